package loan

import (
	"math"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"pgregory.net/rapid"
)

var ordered = []string{PartFee, PartPenalty, PartInterest, PartPrincipal}

// late is a loan of three lines, of which the first was paid in part.
func late() *agent.Loan {
	return &agent.Loan{Principal: agent.Known(300_000), StartsOn: 20250110, PenaltyBP: agent.Known(1800), Schedule: []agent.Instalment{
		{DueOn: 20250210, Principal: 100_000, Interest: 3_000, Fee: 500},
		{DueOn: 20250310, Principal: 100_000, Interest: 2_000, Fee: 500},
		{DueOn: 20250410, Principal: 100_000, Interest: 1_000, Fee: 500},
	}, Payments: []agent.Payment{{On: 20250220, Amount: 43_500, Result: Settled}, {On: 20250301, Amount: 7_777, Result: "card_lost"}}}
}

func day(d agent.Date) int64 { return d.Time().Unix() }

func TestPenalty_byHand(t *testing.T) {
	// 18 % over 360 is half a thousandth a day. Ten days on 1,000 yuan: 500 fen.
	// Then 435 yuan are paid, so that 600 yuan are left: 30 fen a day.
	for name, tt := range map[string]struct {
		on   agent.Date
		edit func(*agent.Loan, *Figures)
		want agent.Int
	}{
		"on the due date":          {20250210, func(l *agent.Loan, _ *Figures) { l.Payments[0].On = 20250209 }, agent.Known(0)},
		"a day later":              {20250211, func(l *agent.Loan, _ *Figures) { l.Payments[0].On = 20250211 }, agent.Known(50)},
		"ten days later":           {20250220, nil, agent.Known(500)},
		"after a part is paid":     {20250310, nil, agent.Known(500 + 18*30)},
		"two lines":                {20250320, nil, agent.Known(500 + 28*30 + 10*50)},
		"a year of 365 days":       {20250220, func(_ *agent.Loan, f *Figures) { f.DayBasis = 365 }, agent.Known(493)}, // 493.15
		"by its rule":              {20250220, func(l *agent.Loan, f *Figures) { l.Rounding, f.DayBasis = agent.RoundingUp, 365 }, agent.Known(494)},
		"taken before principal":   {20250310, func(_ *agent.Loan, f *Figures) { f.Order = ordered }, agent.Known(545)}, // 605 yuan for 18 days are 544.50; of 1,044.50 in all 500 are paid
		"all paid late":            {20250310, func(l *agent.Loan, _ *Figures) { l.Payments[0].Amount = 103_500 }, agent.Known(0)},
		"no rate, and late":        {20250220, func(l *agent.Loan, _ *Figures) { l.PenaltyBP = agent.Int{} }, agent.Int{}},
		"no rate, and not late":    {20250210, func(l *agent.Loan, _ *Figures) { l.PenaltyBP, l.Payments[0].On = agent.Int{}, 20250130 }, agent.Known(0)},
		"a rate below nothing":     {20250220, func(l *agent.Loan, _ *Figures) { l.PenaltyBP = agent.Known(-1) }, agent.Int{}},
		"a rule that is none":      {20250220, func(l *agent.Loan, _ *Figures) { l.Rounding = "near" }, agent.Int{}},
		"no payments":              {20250220, func(l *agent.Loan, _ *Figures) { l.Payments = nil }, agent.Int{}},
		"a payment of no date":     {20250220, func(l *agent.Loan, _ *Figures) { l.Payments[0].On = 0 }, agent.Int{}},
		"one that changes nothing": {20250205, func(l *agent.Loan, _ *Figures) { l.Payments[0].On = 0; l.Payments[0].Amount = 1 }, agent.Known(0)},
		"a negative line":          {20250220, func(l *agent.Loan, _ *Figures) { l.Schedule[2].Fee = -1 }, agent.Int{}},
		"paid beyond a lifetime":   {29990102, func(l *agent.Loan, _ *Figures) { l.Payments[0].On = 29990101 }, agent.Int{}},
		"taken first, at no rate": {20250220, func(l *agent.Loan, f *Figures) {
			l.PenaltyBP, l.Payments[0].Amount, f.Order = agent.Int{}, 103_500, ordered
		}, agent.Int{}},
		"an order with two penalties": {20250220, func(_ *agent.Loan, f *Figures) { f.Order = append([]string{PartPenalty}, ordered...) }, agent.Int{}},
		"late beyond a lifetime":      {29990101, nil, agent.Int{}},
		"an order without principal":  {20250220, func(_ *agent.Loan, f *Figures) { f.Order = f.Order[:2] }, agent.Int{}},
		"an order with two fees":      {20250220, func(_ *agent.Loan, f *Figures) { f.Order = append(f.Order, PartFee) }, agent.Int{}},
		"an order of other parts":     {20250220, func(_ *agent.Loan, f *Figures) { f.Order = append(f.Order, "cost") }, agent.Int{}},
		"another year":                {20250220, func(_ *agent.Loan, f *Figures) { f.DayBasis = 0 }, agent.Int{}},
	} {
		l, f := late(), Defaults()
		if tt.edit != nil {
			tt.edit(l, &f)
		}
		if got := f.Contract(&agent.Evidence{Loan: l}, day(tt.on)).Penalty; got != tt.want {
			t.Errorf("%s: Penalty = %v, want %v", name, got, tt.want)
		}
	}
}

func TestSettle_byHand(t *testing.T) {
	for name, tt := range map[string]struct {
		on   agent.Date
		edit func(*agent.Loan)
		want Owed
	}{
		"on the first day":       {20250110, nil, Owed{Principal: 300_000}},
		"after one day of 31":    {20250111, nil, Owed{Interest: 97, Principal: 300_000}}, // 96.77
		"on the due date":        {20250210, nil, Owed{Fee: 500, Interest: 3_000, Principal: 300_000}},
		"late":                   {20250220, nil, Owed{Penalty: 500, Interest: 714, Principal: 260_000}}, // 10/28 of 2,000
		"after the last day":     {20250411, nil, Owed{Fee: 1_000, Penalty: 500 + 50*30 + 32*50 + 50, Interest: 3_000, Principal: 260_000}},
		"more than all was paid": {20250311, func(l *agent.Loan) { l.Payments[0].Amount = 999_999 }, Owed{}},
		"paid ahead, fee and interest": {20250115, func(l *agent.Loan) { l.Payments[0] = agent.Payment{On: 20250112, Amount: 3_500, Result: Settled} },
			Owed{Principal: 300_000 - 500 - 2_516}}, // 5/31 of 3,000 are 484
		"paid ahead, the fee": {20250115, func(l *agent.Loan) { l.Payments[0] = agent.Payment{On: 20250112, Amount: 500, Result: Settled} },
			Owed{Interest: 484, Principal: 300_000 - 500}},
		"paid ahead, two lines": {20250110, func(l *agent.Loan) { l.Payments[0] = agent.Payment{On: 20250110, Amount: 206_000, Result: Settled} },
			Owed{Principal: 94_000}},
	} {
		l := late()
		if tt.edit != nil {
			tt.edit(l)
		}
		got, ok := Defaults().Settle(l, tt.on)
		if !ok || got != tt.want {
			t.Errorf("%s: Settle = %+v %v, want %+v", name, got, ok, tt.want)
		}
		if got.Total() != got.Fee+got.Penalty+got.Interest+got.Principal {
			t.Errorf("%s: Total = %d of %+v", name, got.Total(), got)
		}
	}
	for name, spoil := range map[string]func(*agent.Loan, *agent.Date){
		"before the start":     func(_ *agent.Loan, on *agent.Date) { *on = 20250109 },
		"no start":             func(l *agent.Loan, _ *agent.Date) { l.StartsOn = 0 },
		"a start after a line": func(l *agent.Loan, _ *agent.Date) { l.StartsOn = 20250211 },
		"no schedule":          func(l *agent.Loan, _ *agent.Date) { l.Schedule = nil },
		"a line left out":      func(l *agent.Loan, _ *agent.Date) { l.Schedule = l.Schedule[1:] },
		"no payments":          func(l *agent.Loan, _ *agent.Date) { l.Payments = nil },
		"a line too many": func(l *agent.Loan, _ *agent.Date) {
			l.Schedule = append(l.Schedule, agent.Instalment{DueOn: 20250510, Principal: 1})
		},
		"a fen of no date, and nothing late": func(l *agent.Loan, on *agent.Date) {
			l.Payments[0], *on = agent.Payment{Amount: 1, Result: Settled}, 20250205
		},
		"a penalty of no rate":       func(l *agent.Loan, _ *agent.Date) { l.PenaltyBP = agent.Int{} },
		"a negative payment":         func(l *agent.Loan, _ *agent.Date) { l.Payments[0].Amount = -1 },
		"a payment of no date":       func(l *agent.Loan, _ *agent.Date) { l.Payments[0].On = 0 },
		"a line beyond a lifetime":   func(l *agent.Loan, on *agent.Date) { l.Schedule[2].DueOn, *on = 29990101, 20250311 },
		"a rule of rounding unknown": func(l *agent.Loan, _ *agent.Date) { l.Rounding = "near" },
	} {
		l, on := late(), agent.Date(20250220)
		spoil(l, &on)
		if got, ok := Defaults().Settle(l, on); ok || got != (Owed{}) {
			t.Errorf("%s: Settle = %+v %v, want unknown", name, got, ok)
		}
	}
	if got, ok := Defaults().Settle(nil, 20250220); ok || got != (Owed{}) {
		t.Errorf("Settle of no loan = %+v", got)
	}
}

func TestSettle_atTheStartIsThePrincipal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := genTerms(t)
		start := agent.Date(20240101).AddDays(rapid.IntRange(0, 800).Draw(t, "start"))
		p := Plan{Terms: terms, StartsOn: start, Accrual: rapid.SampledFrom(accruals).Draw(t, "accrual")}
		l := &agent.Loan{Principal: agent.Known(terms.Principal), StartsOn: start, Schedule: lines(t, p)}
		if got, ok := Defaults().Settle(l, start); !ok || got != (Owed{Principal: terms.Principal}) {
			t.Fatalf("%+v: Settle = %+v %v at the start", p, got, ok)
		}
		// On a due date, once that line is paid, it is the principal of the rest;
		// between, by the day, a day's interest of it for each day.
		k := rapid.IntRange(0, len(l.Schedule)-1).Draw(t, "line")
		left := terms.Principal
		for _, n := range l.Schedule[:k+1] {
			l.Payments = append(l.Payments, agent.Payment{On: n.DueOn, Amount: n.Principal + n.Interest, Result: Settled})
			left -= n.Principal
		}
		due := l.Schedule[k].DueOn
		if got, ok := Defaults().Settle(l, due); !ok || got != (Owed{Principal: left}) {
			t.Fatalf("%+v: Settle = %+v %v on due date %d, want %d", p, got, ok, k, left)
		}
		if k == len(l.Schedule)-1 || p.Accrual != agent.AccrualDaily {
			return
		}
		days := rapid.Int64Range(0, l.Schedule[k+1].DueOn.Days(due)).Draw(t, "days")
		got, _ := Defaults().Settle(l, due.AddDays(int(days)))
		want := new(big.Rat).Mul(big.NewRat(left, 1), big.NewRat(terms.RateBP*days, 3_600_000))
		if off := new(big.Rat).Sub(want, big.NewRat(got.Interest, 1)); off.Abs(off).Cmp(big.NewRat(1, 1)) > 0 {
			t.Fatalf("%+v: interest of %d days is %d, want %v", p, days, got.Interest, want.FloatString(2))
		}
	})
}

// The second method: day by day, over whole numbers without a bound.
func penaltyByDay(f Figures, l *agent.Loan, on agent.Date) (penalty, past int64) {
	type owed struct {
		n    agent.Instalment
		days *big.Int // fen times days
		paid int64
	}
	as := make([]*owed, len(l.Schedule))
	for i, n := range l.Schedule {
		as[i] = &owed{n: n, days: new(big.Int)}
	}
	due := func(a *owed) int64 {
		x := new(big.Rat).SetFrac(new(big.Int).Mul(a.days, big.NewInt(l.PenaltyBP.Or(0))), big.NewInt(10_000*f.DayBasis))
		return max(0, round(x, l.Rounding).Int64()-a.paid)
	}
	taken := slices.Contains(f.Order, PartPenalty)
	shut := func(a *owed) bool {
		return a.n.Principal+a.n.Interest+a.n.Fee == 0 && (!taken || due(a) == 0)
	}
	for d := time.Date(2024, 12, 1, 0, 0, 0, 0, agent.Zone); agent.DateOf(d) <= on; d = d.AddDate(0, 0, 1) {
		for _, a := range as {
			if a.n.DueOn < agent.DateOf(d) {
				a.days.Add(a.days, big.NewInt(a.n.Principal))
			}
		}
		for _, p := range l.Payments {
			if p.On != agent.DateOf(d) || p.Result != Settled {
				continue
			}
			for fen := p.Amount; fen > 0; fen-- { // fen by fen
				i := slices.IndexFunc(as, func(a *owed) bool { return !shut(a) })
				if i < 0 {
					break
				}
				a := as[i]
				for _, part := range f.Order {
					owed := map[string]*int64{PartFee: &a.n.Fee, PartInterest: &a.n.Interest, PartPrincipal: &a.n.Principal}[part]
					if owed == nil && due(a) > 0 {
						a.paid++
						break
					}
					if owed != nil && *owed > 0 {
						*owed--
						break
					}
				}
			}
		}
	}
	for _, a := range as {
		if !shut(a) {
			penalty += due(a)
			if a.n.DueOn < on {
				past += a.n.Principal + a.n.Interest + a.n.Fee
			}
		}
	}
	return penalty, past
}

func TestPenalty_agreesWithDayByDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := genRunning(t)
		f := Defaults()
		f.DayBasis = rapid.SampledFrom([]int64{360, 365}).Draw(t, "basis")
		if rapid.Bool().Draw(t, "penalty from payments") {
			f.Order = rapid.Permutation(ordered).Draw(t, "order")
		}
		on := agent.Date(20250101).AddDays(rapid.IntRange(0, 300).Draw(t, "on"))
		penalty, past := penaltyByDay(f, l, on)
		if got := f.Contract(&agent.Evidence{Loan: l}, day(on)).Penalty; got != agent.Known(penalty) {
			t.Fatalf("Penalty = %v, day by day %d", got, penalty)
		}
		if len(f.Order) == 3 { // what is past due is what the ledger says
			if g := ReadLedger(l, on); g.Past != agent.Known(past) {
				t.Fatalf("the ledger has %v past due, day by day %d", g.Past, past)
			}
		}

		// Order, and a payment in two parts, change nothing.
		same := *l
		same.Schedule = rapid.Permutation(l.Schedule).Draw(t, "lines")
		same.Payments = rapid.Permutation(l.Payments).Draw(t, "payments")
		if n := same.Payments[0].Amount; n > 1 {
			same.Payments = slices.Clone(same.Payments)
			half := same.Payments[0]
			half.Amount, same.Payments[0].Amount = n/2, n-n/2
			same.Payments = append(same.Payments, half)
		}
		a, ok := f.Settle(l, on)
		b, ok2 := f.Settle(&same, on)
		if a != b || ok != ok2 || f.Contract(&agent.Evidence{Loan: l}, day(on)) != f.Contract(&agent.Evidence{Loan: &same}, day(on)) {
			t.Fatalf("in another order %+v %v, want %+v %v", b, ok2, a, ok)
		}
		// A day more is never cheaper, and a payment never dearer.
		if c, known := f.Settle(l, on.AddDays(1)); ok && known && on.AddDays(1) > l.Payments[len(l.Payments)-1].On && c.Total() < a.Total() {
			t.Fatalf("a day later %+v, before %+v", c, a)
		}
		same.Payments = append(same.Payments, agent.Payment{On: on, Amount: rapid.Int64Range(0, 300).Draw(t, "more"), Result: Settled})
		if c, known := f.Settle(&same, on); ok && (!known || c.Total() > a.Total() || c.Penalty > a.Penalty) {
			t.Fatalf("with a payment more %+v %v, before %+v", c, known, a)
		}
	})
}

// genRunning is a loan of a few fen, so that paying fen by fen takes no time.
func genRunning(t *rapid.T) *agent.Loan {
	l := &agent.Loan{StartsOn: 20250101, PenaltyBP: agent.Known(rapid.Int64Range(0, 100_000).Draw(t, "rate")),
		Rounding: rapid.SampledFrom(roundings).Draw(t, "rounding")}
	for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
		l.Schedule = append(l.Schedule, agent.Instalment{DueOn: AddMonths(20250110, i), Principal: rapid.Int64Range(0, 300).Draw(t, "principal"),
			Interest: rapid.Int64Range(0, 20).Draw(t, "interest"), Fee: rapid.Int64Range(0, 5).Draw(t, "fee")})
	}
	for range rapid.IntRange(1, 6).Draw(t, "payments") {
		l.Payments = append(l.Payments, agent.Payment{On: agent.Date(20250101).AddDays(rapid.IntRange(0, 300).Draw(t, "paid on")),
			Amount: rapid.Int64Range(0, 400).Draw(t, "paid"), Result: rapid.SampledFrom([]string{Settled, Settled, "other"}).Draw(t, "result")})
	}
	slices.SortFunc(l.Payments, func(a, b agent.Payment) int { return int(a.On - b.On) })
	return l
}

// Whatever stands in a loan, nothing panics, and no amount is below nothing.
func TestContract_bearsAnything(t *testing.T) {
	edge := []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, 999, MaxPrincipal, MaxPrincipal + 1, math.MaxInt64 - 1, math.MaxInt64}
	dates := []agent.Date{math.MinInt32, -1, 0, 1, 20240131, 20250210, 20250310, 99991231, math.MaxInt32}
	rapid.Check(t, func(t *rapid.T) {
		n := func(s string) int64 { return rapid.SampledFrom(edge).Draw(t, s) }
		maybe := func(s string) agent.Int {
			if rapid.Bool().Draw(t, s+" known") {
				return agent.Known(n(s))
			}
			return agent.Int{}
		}
		date := func(s string) agent.Date { return rapid.SampledFrom(dates).Draw(t, s) }
		l := &agent.Loan{Principal: maybe("principal"), RateBP: maybe("rate"), TermMonths: agent.Known(rapid.Int64Range(-1, 4).Draw(t, "term")), Requested: maybe("requested"),
			Method: rapid.SampledFrom(append(methods, "", "x")).Draw(t, "method"), StartsOn: date("start"), PenaltyBP: maybe("penalty"),
			Accrual: rapid.SampledFrom(append(accruals, "", "x")).Draw(t, "accrual"), Rounding: rapid.SampledFrom(append(roundings, "", "x")).Draw(t, "rounding"),
			Limit: agent.Limit{Kind: rapid.SampledFrom([]string{"", "x", agent.LimitRevolving, agent.LimitSingleDraw}).Draw(t, "kind"),
				Total: maybe("total"), Drawn: maybe("drawn"), Draws: maybe("draws"), ValidUntil: date("until")}}
		for range rapid.IntRange(0, 3).Draw(t, "lines") {
			l.Schedule = append(l.Schedule, agent.Instalment{DueOn: date("due"), Principal: n("p"), Interest: n("i"), Fee: n("f")})
		}
		for range rapid.IntRange(0, 3).Draw(t, "payments") {
			l.Payments = append(l.Payments, agent.Payment{On: date("on"), Amount: n("paid"), Result: Settled})
		}
		f := Defaults()
		if rapid.Bool().Draw(t, "other order") {
			f.Order = ordered
		}
		asOf := rapid.SampledFrom([]int64{math.MinInt64, -1, 0, day(20250220), 253402214400, math.MaxInt64}).Draw(t, "as of")
		c := f.Contract(&agent.Evidence{Loan: l}, asOf)
		for _, v := range []agent.Int{c.PlanOff, c.LimitLeft, c.PenaltyBP, c.Penalty} {
			if v.Or(0) < 0 {
				t.Fatalf("Contract = %+v", c)
			}
		}
		on := date("settled on")
		if o, _ := f.Settle(l, on); o.Fee < 0 || o.Penalty < 0 || o.Interest < 0 || o.Principal < 0 || o.Total() < o.Principal {
			t.Fatalf("Settle = %+v", o)
		}
		k := &agent.ConductFacts{TimesLate: maybe("late"), PromisesBroken: maybe("broken")}
		if v := f.NextLimit(l, maybe("instalment"), k, on); v.Or(0) < 0 {
			t.Fatalf("NextLimit = %v", v)
		}
		facts := &agent.Facts{Contract: c, Conduct: *k, Capacity: agent.CapacityFacts{Instalment: maybe("carries")}}
		x := f.Terms(&agent.Evidence{Loan: l}, facts, agent.PurposeOverdue, asOf)
		for _, v := range []agent.Int{x.NextLimit, x.Settle, x.Restructure.Instalment, x.Restructure.Last, x.Instalments.Instalment, x.Instalments.Last} {
			if v.Or(0) < 0 {
				t.Fatalf("Terms = %+v", x)
			}
		}
		for _, i := range Restructure(n("owed"), n("at"), n("budget"), n("most"), on) {
			if i.Principal < 0 || i.Interest < 0 {
				t.Fatalf("Restructure has the line %+v", i)
			}
		}
	})
}
