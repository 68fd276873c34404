package loan

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yanmen/yanmen/agent"
)

// at is the noon of a date in China, seconds.
func at(d agent.Date) int64 { return d.Time().Add(12 * time.Hour).Unix() }

// lateLoan has six lines of 1,000.00 and 10.00 of interest, two of them unpaid and
// past due on 20 June, and two to come.
func lateLoan() *agent.Loan {
	l := &agent.Loan{Principal: agent.Known(6000_00), RateBP: agent.Known(0), Method: agent.MethodEqualPrincipal, TermMonths: agent.Known(6),
		StartsOn: 20250210, PenaltyBP: agent.Known(0)}
	for i := range 6 {
		l.Schedule = append(l.Schedule, agent.Instalment{DueOn: AddMonths(20250210, i+1), Principal: 1000_00, Interest: 10_00})
	}
	l.Payments = []agent.Payment{{On: 20250310, Amount: 1010_00, Result: Settled}, {On: 20250410, Amount: 1010_00, Result: Settled}}
	return l
}

func overdueFacts(carries agent.Int) *agent.Facts {
	return &agent.Facts{Capacity: agent.CapacityFacts{Instalment: carries}}
}

// 20 June: due and unpaid are 10 May and 10 June, 2,020.00 in all. To come are 10
// July and 10 August with 1,000.00 of principal each: 4,020.00 are owed.
func TestTerms_ofALateLoanByHand(t *testing.T) {
	k := agent.Known
	for name, tt := range map[string]struct {
		carries              agent.Int
		restructure, arrears agent.PlanFacts
	}{
		// Over four months it would be 1,005.00; over three 1,340.00.
		"four months": {k(1339_99), agent.PlanFacts{Months: k(4), Instalment: k(1005_00), Last: k(1005_00), Total: k(4020_00), FirstOn: 20250720, LastOn: 20251020},
			// 1,010.00 fall due in the first month and in the second, which leaves 329.99.
			agent.PlanFacts{Months: k(7), Instalment: k(288_58), Last: k(288_52), Total: k(2020_00), FirstOn: 20250720, LastOn: 20260120}},
		"one month": {k(5000_00), agent.PlanFacts{Months: k(1), Instalment: k(4020_00), Last: k(4020_00), Total: k(4020_00), FirstOn: 20250720, LastOn: 20250720},
			agent.PlanFacts{Months: k(1), Instalment: k(2020_00), Last: k(2020_00), Total: k(2020_00), FirstOn: 20250720, LastOn: 20250720}},
		// What falls due takes all of it: the arrears cannot be spread beside it.
		"no room beside": {k(1010_00), agent.PlanFacts{Months: k(4), Instalment: k(1005_00), Last: k(1005_00), Total: k(4020_00), FirstOn: 20250720, LastOn: 20251020}, agent.PlanFacts{}},
		"sixty months":   {k(67_00), agent.PlanFacts{Months: k(60), Instalment: k(67_00), Last: k(67_00), Total: k(4020_00), FirstOn: 20250720, LastOn: 20300620}, agent.PlanFacts{}},
		"over sixty":     {k(66_99), agent.PlanFacts{}, agent.PlanFacts{}},
		"nothing":        {k(0), agent.PlanFacts{}, agent.PlanFacts{}},
		"not known":      {agent.Int{}, agent.PlanFacts{}, agent.PlanFacts{}},
	} {
		got := Defaults().Terms(&agent.Evidence{Loan: lateLoan()}, overdueFacts(tt.carries), agent.PurposeOverdue, at(20250620))
		if got.Restructure != tt.restructure || got.Instalments != tt.arrears {
			t.Errorf("%s: the plans are\n%+v\n%+v, want\n%+v\n%+v", name, got.Restructure, got.Instalments, tt.restructure, tt.arrears)
		}
	}
}

// 4,000.00 of principal, 20.00 of interest past due, and of the 10.00 of the line
// that ends on 10 July ten days of thirty.
func TestTerms_settleWhereTheContractLetsIt(t *testing.T) {
	for early, want := range map[agent.Tri]agent.Int{agent.Unknown: agent.Known(4023_33), agent.Yes: agent.Known(4023_33), agent.No: {}} {
		l := lateLoan()
		l.Early = early
		got := Defaults().Terms(&agent.Evidence{Loan: l}, overdueFacts(agent.Int{}), agent.PurposeOverdue, at(20250620))
		if got.Settle != want {
			t.Errorf("early repayment %v: %v settles it, want %v", early, got.Settle, want)
		}
	}
	l := lateLoan()
	l.StartsOn = 0
	if got := Defaults().Terms(&agent.Evidence{Loan: l}, overdueFacts(agent.Int{}), agent.PurposeOverdue, at(20250620)); got.Settle.IsKnown() {
		t.Errorf("of a loan without a start %v settles it", got.Settle)
	}
}

func TestTerms_areOfThePurpose(t *testing.T) {
	e := &agent.Evidence{Loan: lateLoan()}
	for _, p := range []agent.Purpose{agent.PurposeApplication, agent.PurposeDrawdown, ""} {
		if got := Defaults().Terms(e, overdueFacts(agent.Known(5000_00)), p, at(20250620)); got.Settle.IsKnown() || got.Restructure.Months.IsKnown() || got.Instalments.Months.IsKnown() {
			t.Errorf("purpose %q: %+v", p, got)
		}
	}
	if got := Defaults().Terms(nil, nil, agent.PurposeOverdue, 0); got.Settle.IsKnown() || got.NextWhy != nil {
		t.Errorf("of nothing: %+v", got)
	}
	limit := func(kind string) agent.TermsFacts {
		l := limited(kind, agent.Known(0), agent.Known(0))
		l.RateBP, l.Method, l.TermMonths = agent.Known(0), agent.MethodEqualPrincipal, agent.Known(10)
		f := &agent.Facts{Capacity: agent.CapacityFacts{Instalment: agent.Known(1_000_000)}, Contract: agent.ContractFacts{LimitKind: kind},
			Conduct: agent.ConductFacts{TimesLate: agent.Known(0), PromisesBroken: agent.Known(0)}}
		return Defaults().Terms(&agent.Evidence{Loan: l}, f, agent.PurposeDrawdown, at(20250220))
	}
	if got := limit(agent.LimitRevolving); got.NextLimit != agent.Known(1_200_000) || !slices.Equal(got.NextWhy, []string{whyRaised, whyPunctual}) {
		t.Errorf("a revolving limit: %+v", got)
	}
	if got := limit(agent.LimitSingleDraw); got.NextLimit.IsKnown() || got.NextWhy != nil {
		t.Errorf("a limit for one draw moves: %+v", got)
	}
}

func TestNextLimit_saysWhy(t *testing.T) {
	type args struct {
		loan    *agent.Loan
		carries agent.Int
		conduct agent.ConductFacts
	}
	for name, tt := range map[string]struct {
		edit func(*args)
		want []string
	}{
		"up":             {func(*args) {}, []string{whyRaised, whyPunctual}},
		"bound":          {func(a *args) { a.carries = agent.Known(110_000) }, []string{whyCapacity, whyRaised, whyPunctual}},
		"down by means":  {func(a *args) { a.carries = agent.Known(50_000) }, []string{whyCapacity, whyLowered, whyPunctual}},
		"late once":      {func(a *args) { a.conduct.TimesLate = agent.Known(1) }, []string{whyKept, whyLate}},
		"late often":     {func(a *args) { a.conduct.TimesLate = agent.Known(3) }, []string{whyLowered, whyLate}},
		"broken":         {func(a *args) { a.conduct.PromisesBroken = agent.Known(1) }, []string{whyLowered, whyBroken}},
		"past due":       {func(a *args) { pastDueNow(a.loan) }, []string{whyArrears, whyKept}},
		"no means":       {func(a *args) { a.carries = agent.Int{} }, []string{lacksCapacity}},
		"no conduct":     {func(a *args) { a.conduct.TimesLate = agent.Int{} }, []string{lacksConduct}},
		"no promises":    {func(a *args) { a.conduct.PromisesBroken = agent.Int{} }, []string{lacksConduct}},
		"no sum":         {func(a *args) { a.loan.Limit.Total = agent.Int{} }, []string{lacksLimit}},
		"no rate":        {func(a *args) { a.loan.RateBP = agent.Int{} }, []string{lacksTerms}},
		"no schedule":    {func(a *args) { a.loan.Limit.Drawn = agent.Int{} }, []string{lacksArrears}},
		"nothing at all": {func(a *args) { *a = args{loan: &agent.Loan{}} }, []string{lacksArrears, lacksCapacity, lacksConduct, lacksLimit, lacksTerms}},
	} {
		l := limited(agent.LimitRevolving, agent.Known(0), agent.Int{})
		l.RateBP, l.Method, l.TermMonths = agent.Known(0), agent.MethodEqualPrincipal, agent.Known(10)
		a := args{l, agent.Known(1_000_000), agent.ConductFacts{TimesLate: agent.Known(0), PromisesBroken: agent.Known(0)}}
		tt.edit(&a)
		next, why := Defaults().nextLimit(a.loan, a.carries, &a.conduct, 20250220)
		if !slices.Equal(why, tt.want) || !slices.IsSorted(why) {
			t.Errorf("%s: %v, want %v", name, why, tt.want)
		}
		if total, ok := a.loan.Limit.Total.Value(); next.IsKnown() && ok {
			moved := map[bool]string{next.Or(0) > total: whyRaised, next.Or(0) < total: whyLowered, next.Or(0) == total: whyKept}[true]
			if !slices.Contains(why, moved) {
				t.Errorf("%s: from %d to %v, and %v", name, total, next, why)
			}
		}
	}
}

func pastDueNow(l *agent.Loan) {
	l.Schedule = []agent.Instalment{{DueOn: 20250210, Principal: 100}}
	l.Payments = []agent.Payment{{On: 20250211, Amount: 1, Result: Settled}}
}

// A plan never asks for more than the borrower carries, runs no longer than sixty
// months, and brings all that it is about; each is checked month by month.
func TestTerms_plansAreCarried(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := genRunning(t)
		l.RateBP = agent.Known(rapid.SampledFrom([]int64{0, 600, 1200, 3600}).Draw(t, "rate"))
		today := agent.Date(20250601)
		budget := rapid.Int64Range(0, 2_000_000).Draw(t, "budget")
		got := Defaults().Terms(&agent.Evidence{Loan: l}, overdueFacts(agent.Known(budget)), agent.PurposeOverdue, at(today))
		g := ReadLedger(l, today)
		for name, p := range map[string]agent.PlanFacts{"restructure": got.Restructure, "instalments": got.Instalments} {
			n, ok := p.Months.Value()
			if !ok {
				continue
			}
			level, last, total := p.Instalment.Or(-1), p.Last.Or(-1), p.Total.Or(-1)
			if n < 1 || n > 60 || level < 1 || level > budget || last < 1 || last > level || level*(n-1)+last != total ||
				p.FirstOn != AddMonths(today, 1) || p.LastOn != AddMonths(today, int(n)) {
				t.Fatalf("%s of %d a month: %+v", name, budget, p)
			}
			if name != "instalments" {
				continue
			}
			if total != g.Past.Or(-1) {
				t.Fatalf("instalments bring %d of %v", total, g.Past)
			}
			for m := range int(n) {
				due := level
				g.Open(func(on agent.Date, left, _ int64) bool {
					if on >= AddMonths(today, m) && on < AddMonths(today, m+1) {
						due += left
					}
					return true
				})
				if m < int(n)-1 && due > budget || due-level+last > budget {
					t.Fatalf("month %d takes %d of %d", m, due, budget)
				}
			}
		}
	})
}

func BenchmarkTerms(b *testing.B) {
	l := lateLoan()
	l.RateBP, l.PenaltyBP = agent.Known(1200), agent.Known(1800)
	for name, budget := range map[string]int64{"a year": 350_00, "five years": 90_00, "none": 1_00} {
		b.Run(name, func(b *testing.B) {
			e, f := &agent.Evidence{Loan: l}, overdueFacts(agent.Known(budget))
			b.ReportAllocs()
			for b.Loop() {
				Defaults().Terms(e, f, agent.PurposeOverdue, at(20250620))
			}
		})
	}
}
