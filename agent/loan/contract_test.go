package loan

import (
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"pgregory.net/rapid"
)

// contract is a loan that has the lines of a plan, and says what it says of it.
func contract(t interface {
	Helper()
	Fatal(...any)
}, p Plan) *agent.Loan {
	t.Helper()
	return &agent.Loan{Principal: agent.Known(p.Principal), RateBP: agent.Known(p.RateBP), Method: p.Method, TermMonths: agent.Known(p.Months),
		StartsOn: p.StartsOn, Accrual: p.Accrual, Rounding: p.Rounding, Schedule: lines(t, p)}
}

// planOf is the fact about the schedule, as a number: −1 for unknown.
func planOf(t testing.TB, f Figures, l *agent.Loan) int64 {
	t.Helper()
	c := f.Contract(&agent.Evidence{Loan: l}, day(20250220))
	off, ok := c.PlanOff.Value()
	if ok != (c.Plan != agent.Unknown) || ok && (c.Plan == agent.Yes) != (off == 0) {
		t.Fatalf("Plan is %v, and off by %v", c.Plan, c.PlanOff)
	}
	if !ok {
		return -1
	}
	return off
}

func TestContract_planByHand(t *testing.T) {
	// 1,000.00 yuan at 10 % over three months: interest of 8.33, 5.56, 2.78 by
	// equal parts of 333.33; the half up, even and by excess differ.
	good := func() *agent.Loan {
		return &agent.Loan{Principal: agent.Known(100_000), RateBP: agent.Known(1000), Method: agent.MethodEqualPrincipal, TermMonths: agent.Known(3), StartsOn: 20250110,
			Schedule: []agent.Instalment{{DueOn: 20250210, Principal: 33_333, Interest: 833}, {DueOn: 20250310, Principal: 33_333, Interest: 556}, {DueOn: 20250410, Principal: 33_334, Interest: 278}}}
	}
	for name, tt := range map[string]struct {
		edit func(*agent.Loan)
		want int64
	}{
		"as agreed":                     {func(*agent.Loan) {}, 0},
		"as agreed, and it says how":    {func(l *agent.Loan) { l.Rounding = agent.RoundingHalfEven }, 0},
		"not by the rule that it names": {func(l *agent.Loan) { l.Rounding = agent.RoundingUp }, 1}, // the first interest would be 834
		"down, and it does not say":     {func(l *agent.Loan) { l.Schedule[1].Interest, l.Schedule[2].Interest = 555, 277 }, 0},
		"a fee is not of the plan":      {func(l *agent.Loan) { l.Schedule[0].Fee = 9_999 }, 0},
		"moved for a weekend":           {func(l *agent.Loan) { l.Schedule[0].DueOn, l.Schedule[1].DueOn = 20250211, 20250312 }, 0},
		"a fen too much":                {func(l *agent.Loan) { l.Schedule[1].Interest++ }, 1},
		"of an application":             {func(l *agent.Loan) { l.Principal, l.Requested = agent.Int{}, l.Principal }, 0},
		"another principal":             {func(l *agent.Loan) { l.Principal = agent.Known(100_300) }, 100},
		"a line left out":               {func(l *agent.Loan) { l.Schedule = l.Schedule[:2] }, 33_332}, // by excess the last line is the smallest
		"a line too many":               {func(l *agent.Loan) { l.Schedule = append(l.Schedule, agent.Instalment{DueOn: 20250510, Interest: 77}) }, 77},
		"interest and principal changed over": {func(l *agent.Loan) {
			l.Schedule[0] = agent.Instalment{DueOn: 20250210, Principal: 33_433, Interest: 733}
		}, 100},
		"no principal":                     {func(l *agent.Loan) { l.Principal = agent.Int{} }, -1},
		"no rate":                          {func(l *agent.Loan) { l.RateBP = agent.Int{} }, -1},
		"no method":                        {func(l *agent.Loan) { l.Method = "" }, -1},
		"no term":                          {func(l *agent.Loan) { l.TermMonths = agent.Int{} }, -1},
		"no start":                         {func(l *agent.Loan) { l.StartsOn = 0 }, -1},
		"no schedule":                      {func(l *agent.Loan) { l.Schedule = nil }, -1},
		"a line before the start":          {func(l *agent.Loan) { l.Schedule[0].DueOn = 20250109 }, -1},
		"a line without a date":            {func(l *agent.Loan) { l.Schedule[0].DueOn = 0 }, -1},
		"a negative line":                  {func(l *agent.Loan) { l.Schedule[0].Principal = -1 }, -1},
		"a rule that is none":              {func(l *agent.Loan) { l.Rounding = "near" }, -1},
		"an accrual that is none":          {func(l *agent.Loan) { l.Accrual = "hourly" }, -1},
		"a first period beyond a lifetime": {func(l *agent.Loan) { l.StartsOn = 19000101 }, -1},
		"by the day, and a line beyond":    {func(l *agent.Loan) { l.Accrual, l.Schedule[2].DueOn = agent.AccrualDaily, 29990101 }, -1},
		"by the day, a line left out":      {func(l *agent.Loan) { l.Accrual, l.Schedule = agent.AccrualDaily, l.Schedule[:2] }, 33_332},
	} {
		l := good()
		tt.edit(l)
		if got := planOf(t, Defaults(), l); got != tt.want {
			t.Errorf("%s: the plan is off by %d, want %d", name, got, tt.want)
		}
	}
	f := Defaults()
	f.DayBasis = 364
	if got := planOf(t, f, good()); got != -1 {
		t.Errorf("by a year of 364 days the plan is off by %d, want unknown", got)
	}
	if c := Defaults().Contract(nil, 0); c != (agent.ContractFacts{}) {
		t.Errorf("of no evidence Contract = %+v", c)
	}
	if c := Defaults().Contract(&agent.Evidence{}, 0); c != (agent.ContractFacts{}) {
		t.Errorf("of no loan Contract = %+v", c)
	}
}

// 1,000.00 yuan at 12 % over two months from 1 January, first due on 16 February:
// one month and fifteen days, or 46 days. Level instalments are of 507.51.
func TestContract_oddFirstPeriodByAnyConvention(t *testing.T) {
	for name, tt := range map[string]struct {
		method          string
		first, interest int64
		second          int64
		want            int64
	}{
		"as a month":                   {agent.MethodEqualInstalment, 49_751, 1_000, 502, 0},
		"month and days, longer":       {agent.MethodEqualInstalment, 49_751, 1_500, 502, 0},
		"month and days, level":        {agent.MethodEqualInstalment, 49_251, 1_500, 507, 0},
		"all days, longer":             {agent.MethodEqualInstalment, 49_751, 1_533, 502, 0},
		"all days, level":              {agent.MethodEqualInstalment, 49_218, 1_533, 508, 0},
		"days too many":                {agent.MethodEqualInstalment, 49_751, 1_600, 502, 66},
		"equal parts":                  {agent.MethodEqualPrincipal, 50_000, 1_533, 500, 0},
		"interest first":               {agent.MethodInterestOnly, 0, 1_500, 1_000, 0},
		"interest first, and too much": {agent.MethodInterestOnly, 0, 1_510, 1_000, 10},
	} {
		l := &agent.Loan{Principal: agent.Known(100_000), RateBP: agent.Known(1200), Method: tt.method, TermMonths: agent.Known(2), StartsOn: 20250101,
			Schedule: []agent.Instalment{{DueOn: 20250216, Principal: tt.first, Interest: tt.interest}, {DueOn: 20250316, Principal: 100_000 - tt.first, Interest: tt.second}}}
		if got := planOf(t, Defaults(), l); got != tt.want {
			t.Errorf("%s: off by %d, want %d", name, got, tt.want)
		}
	}
}

// What a plan makes is found to be that plan, whatever the order of its lines, and
// one fen anywhere is found out if the rule is named.
func TestContract_knowsItsOwnPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Plan{Terms: genTerms(t), StartsOn: 20240131, Accrual: rapid.SampledFrom(accruals).Draw(t, "accrual"), Rounding: rapid.SampledFrom(roundings).Draw(t, "rounding")}
		if rapid.Bool().Draw(t, "odd") {
			p.FirstDue = p.StartsOn.AddDays(rapid.IntRange(1, 80).Draw(t, "first"))
		}
		l := contract(t, p)
		if rapid.Bool().Draw(t, "does not say") {
			l.Rounding = ""
		}
		l.Schedule = rapid.Permutation(l.Schedule).Draw(t, "lines")
		before := slices.Clone(l.Schedule)
		c := Defaults().Contract(&agent.Evidence{Loan: l}, day(20250220))
		if c.Plan != agent.Yes || c.PlanOff != agent.Known(0) {
			t.Fatalf("%+v: Plan is %v, off by %v", p, c.Plan, c.PlanOff)
		}
		if !slices.Equal(before, l.Schedule) {
			t.Fatal("the lines were sorted in place")
		}
		by := rapid.Int64Range(2*MaxMonths, 100_000).Draw(t, "by")
		l.Schedule[rapid.IntRange(0, len(l.Schedule)-1).Draw(t, "which")].Principal += by
		if c := Defaults().Contract(&agent.Evidence{Loan: l}, day(20250220)); c.Plan != agent.No || c.PlanOff.Or(0) < 1 || c.PlanOff.Or(0) > by {
			t.Fatalf("%+v: a line is off by %d, and the plan %v by %v", p, by, c.Plan, c.PlanOff)
		}
	})
}

func TestContract_penaltyRate(t *testing.T) {
	for _, tt := range []struct{ rate, want agent.Int }{
		{agent.Known(1800), agent.Known(1800)}, {agent.Known(0), agent.Known(0)}, {agent.Int{}, agent.Int{}},
		{agent.Known(-1), agent.Int{}}, {agent.Known(MaxRateBP + 1), agent.Int{}},
	} {
		if got := Defaults().Contract(&agent.Evidence{Loan: &agent.Loan{PenaltyBP: tt.rate}}, 0).PenaltyBP; got != tt.want {
			t.Errorf("PenaltyBP of %v = %v, want %v", tt.rate, got, tt.want)
		}
	}
}

func BenchmarkContract(b *testing.B) {
	for name, p := range map[string]Plan{
		"months":  {Terms: Terms{5_000_000, 1800, agent.MethodEqualInstalment, 36}, StartsOn: 20240131},
		"days":    {Terms: Terms{5_000_000, 1800, agent.MethodEqualInstalment, 36}, StartsOn: 20240131, Accrual: agent.AccrualDaily},
		"odd":     {Terms: Terms{5_000_000, 1800, agent.MethodEqualInstalment, 36}, StartsOn: 20240131, FirstDue: 20240220},
		"differs": {Terms: Terms{5_000_000, 1800, agent.MethodEqualInstalment, 36}, StartsOn: 20240131, FirstDue: 20240220},
	} {
		b.Run(name, func(b *testing.B) {
			l := contract(b, p)
			l.PenaltyBP = agent.Known(2700)
			for _, n := range l.Schedule[:10] {
				l.Payments = append(l.Payments, agent.Payment{On: n.DueOn, Amount: n.Principal + n.Interest, Result: Settled})
			}
			if name == "differs" {
				l.Schedule[35].Interest += 5
			}
			e := &agent.Evidence{Loan: l}
			b.ReportAllocs()
			for b.Loop() {
				Defaults().Contract(e, day(20250220))
			}
		})
	}
}
