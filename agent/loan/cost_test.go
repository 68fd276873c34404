package loan

import (
	"encoding/binary"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yanmen/yanmen/agent"
)

// offered is an application by terms.
func offered(principal, rateBP int64, method string, months int64, fees ...int64) *agent.Loan {
	l := &agent.Loan{Requested: agent.Known(principal), RateBP: agent.Known(rateBP), Method: method, TermMonths: agent.Known(months)}
	for _, f := range fees {
		l.Fees = append(l.Fees, agent.Fee{Kind: "service", Amount: f})
	}
	return l
}

// running is a loan with the schedule of its terms.
func running(t testing.TB, terms Terms, starts agent.Date) *agent.Loan {
	t.Helper()
	lines, err := Schedule(terms, starts)
	if err != nil {
		t.Fatal(err)
	}
	return &agent.Loan{Principal: agent.Known(terms.Principal), StartsOn: starts, Schedule: lines}
}

// The rates were found by bisection in fifty decimal digits, outside of Go.
func TestAllIn_knownFigures(t *testing.T) {
	flat := &agent.Loan{Principal: agent.Known(1_200_000), StartsOn: 20260131}
	for k := 1; k <= 12; k++ {
		flat.Schedule = append(flat.Schedule, agent.Instalment{DueOn: AddMonths(20260131, k), Principal: 100_000, Fee: 9_600})
	}
	fortnights := &agent.Loan{Principal: agent.Known(100_000), StartsOn: 20260110}
	for i := range 4 {
		fortnights.Schedule = append(fortnights.Schedule, agent.Instalment{DueOn: agent.Date(20260110).AddDays(14 * (i + 1)), Principal: 25_000, Interest: 500})
	}
	for name, tt := range map[string]struct {
		loan *agent.Loan
		want int64
	}{
		"no fee is the nominal rate":            {offered(1_000_000, 1200, agent.MethodEqualInstalment, 12), 1200},
		"no interest and no fee":                {offered(1_000_000, 0, agent.MethodEqualPrincipal, 10), 0},
		"a fee at payout":                       {offered(1_000_000, 1200, agent.MethodEqualInstalment, 12, 30_000), 1783},
		"two fees at payout":                    {offered(5_000_000, 1800, agent.MethodEqualInstalment, 24, 100_000, 50_000), 2117},
		"a monthly fee of the first sum":        {flat, 1727},
		"one payment after six months":          {offered(1_000_000, 1200, agent.MethodBullet, 6), 1171},
		"interest first":                        {offered(1_000_000, 2400, agent.MethodInterestOnly, 36), 2400},
		"a week":                                {&agent.Loan{Principal: agent.Known(100_000), StartsOn: 20260110, Schedule: []agent.Instalment{{DueOn: 20260117, Principal: 100_000, Interest: 500}}}, 2629},
		"fortnights":                            {fortnights, 2087},
		"a month's last day is a month":         {running(t, Terms{120_000, 1200, agent.MethodEqualInstalment, 3}, 20260131), 1200},
		"just below a half":                     {&agent.Loan{Principal: agent.Known(240_001), StartsOn: 20260110, Schedule: []agent.Instalment{{DueOn: 20260210, Principal: 240_001, Interest: 2401}}}, 1200},
		"a half goes up":                        {&agent.Loan{Principal: agent.Known(240_000), StartsOn: 20260110, Schedule: []agent.Instalment{{DueOn: 20260210, Principal: 240_000, Interest: 2401}}}, 1201},
		"fees leave nothing":                    {offered(1_000_000, 0, agent.MethodEqualInstalment, 12, 1_000_000), MaxCostBP},
		"more than the largest cost":            {offered(1_000_000, 1200, agent.MethodEqualInstalment, 12, 999_999), MaxCostBP},
		"a line on the first day is no payment": {&agent.Loan{Principal: agent.Known(100_000), StartsOn: 20260110, Schedule: []agent.Instalment{{DueOn: 20260110, Fee: 1_000}, {DueOn: 20260210, Principal: 100_000, Interest: 1_000}}}, 2424},
	} {
		t.Run(name, func(t *testing.T) {
			if got := AllIn(tt.loan); got != agent.Known(tt.want) {
				v, ok := got.Value()
				t.Errorf("AllIn = %d %v, want %d", v, ok, tt.want)
			}
		})
	}
}

func TestAllIn_agreedPrincipalGoesBeforeRequested(t *testing.T) {
	l := offered(1_000_000, 1200, agent.MethodEqualInstalment, 12, 30_000)
	l.Principal = agent.Known(2_000_000)
	if got, want := AllIn(l), AllIn(offered(2_000_000, 1200, agent.MethodEqualInstalment, 12, 30_000)); got != want {
		t.Errorf("AllIn = %v, want %v", got, want)
	}
}

func TestAllIn_unknownWhereItCannotBeComputed(t *testing.T) {
	for name, spoil := range map[string]func(*agent.Loan){
		"no principal":                     func(l *agent.Loan) { l.Principal = agent.Int{} },
		"principal of nothing":             func(l *agent.Loan) { l.Principal = agent.Known(0) },
		"principal over the limit":         func(l *agent.Loan) { l.Principal = agent.Known(MaxPrincipal + 1) },
		"no start":                         func(l *agent.Loan) { l.StartsOn = 0 },
		"a line before the start":          func(l *agent.Loan) { l.Schedule[0].DueOn = 20260109 },
		"a line without a date":            func(l *agent.Loan) { l.Schedule[0].DueOn = 0 },
		"a negative fee":                   func(l *agent.Loan) { l.Fees = []agent.Fee{{Amount: -1}} },
		"a fee over the limit":             func(l *agent.Loan) { l.Fees = []agent.Fee{{Amount: MaxPrincipal + 1}} },
		"negative interest":                func(l *agent.Loan) { l.Schedule[0].Interest = -1 },
		"a negative fee of a line":         func(l *agent.Loan) { l.Schedule[0].Fee = -1 },
		"an amount over the limit":         func(l *agent.Loan) { l.Schedule[0].Interest = MaxPrincipal + 1 },
		"a line that was left out":         func(l *agent.Loan) { l.Schedule = l.Schedule[:2] },
		"more principal than was lent":     func(l *agent.Loan) { l.Schedule[1].Principal++ },
		"no schedule and no terms":         func(l *agent.Loan) { l.Schedule = nil },
		"no schedule and no rate":          func(l *agent.Loan) { *l = *offered(100, 0, agent.MethodBullet, 3); l.RateBP = agent.Int{} },
		"no schedule and no term":          func(l *agent.Loan) { *l = *offered(100, 0, agent.MethodBullet, 3); l.TermMonths = agent.Int{} },
		"no schedule and no method":        func(l *agent.Loan) { *l = *offered(100, 0, "", 3) },
		"everything repaid on the day":     func(l *agent.Loan) { l.Schedule = []agent.Instalment{{DueOn: 20260110, Principal: 120_000}} },
		"a negative amount on some line":   func(l *agent.Loan) { l.Schedule[2].Principal = -l.Schedule[2].Principal },
		"a rate that no terms may contain": func(l *agent.Loan) { *l = *offered(100, MaxRateBP+1, agent.MethodBullet, 3) },
	} {
		t.Run(name, func(t *testing.T) {
			l := running(t, Terms{120_000, 1200, agent.MethodEqualInstalment, 3}, 20260110)
			if !AllIn(l).IsKnown() {
				t.Fatal("the loan has no cost before it is spoilt")
			}
			spoil(l)
			if got := AllIn(l); got.IsKnown() {
				t.Errorf("AllIn = %d, want unknown", got.Or(0))
			}
		})
	}
}

func TestCost_contractDay(t *testing.T) {
	asOf := time.Date(2026, 2, 28, 20, 0, 0, 0, time.UTC).Unix() // 1 March in China
	started := offered(1_000_000, 1200, agent.MethodEqualInstalment, 12)
	started.StartsOn = 20251003
	lent := running(t, Terms{120_000, 1200, agent.MethodEqualInstalment, 3}, 20260110)
	lent.StartsOn = 0
	for name, tt := range map[string]struct {
		e    *agent.Evidence
		want agent.CostFacts
	}{
		"no evidence":                     {nil, agent.CostFacts{}},
		"no loan":                         {&agent.Evidence{}, agent.CostFacts{}},
		"an application is of today":      {&agent.Evidence{Loan: offered(1_000_000, 1200, agent.MethodEqualInstalment, 12)}, agent.CostFacts{AllInBP: agent.Known(1200), ContractOn: 20260301}},
		"unless it says when it starts":   {&agent.Evidence{Loan: started}, agent.CostFacts{AllInBP: agent.Known(1200), ContractOn: 20251003}},
		"a loan without a start has none": {&agent.Evidence{Loan: lent}, agent.CostFacts{}},
	} {
		if got := Cost(tt.e, asOf); got != tt.want {
			t.Errorf("%s: Cost = %+v, want %+v", name, got, tt.want)
		}
	}
}

// The second method: in whole numbers, the value of all payments half a basis
// point below and above the rate lies on both sides of what was received.
func TestAllIn_liesBetweenExactValues(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		l := &agent.Loan{StartsOn: 20240131}
		months := rapid.IntRange(1, 48).Draw(r, "months")
		got, paid := int64(0), make([]int64, months+1)
		for k := 1; k <= months; k++ {
			i := agent.Instalment{
				DueOn:     AddMonths(l.StartsOn, k),
				Principal: rapid.Int64Range(1, 5_000_000).Draw(r, "principal"),
				Interest:  rapid.Int64Range(0, 300_000).Draw(r, "interest"),
				Fee:       rapid.Int64Range(0, 30_000).Draw(r, "fee"),
			}
			got, paid[k] = got+i.Principal, i.Principal+i.Interest+i.Fee
			l.Schedule = append(l.Schedule, i)
		}
		l.Principal = agent.Known(got)
		fee := rapid.Int64Range(0, got/3).Draw(r, "upfront")
		l.Fees = []agent.Fee{{Amount: fee}}
		got -= fee

		bp, ok := AllIn(l).Value()
		if !ok || bp == MaxCostBP {
			if ok && surplus(paid, got, 2*MaxCostBP-1) >= 0 {
				return
			}
			r.Fatalf("AllIn = %d %v", bp, ok)
		}
		if bp > 0 && surplus(paid, got, 2*bp-1) < 0 {
			r.Fatalf("AllIn = %d, which is too high", bp)
		}
		if surplus(paid, got, 2*bp+1) >= 0 {
			r.Fatalf("AllIn = %d, which is too low", bp)
		}
	})
}

// surplus is the sign of the value of what is paid less what was received, at
// an annual rate in half basis points.
func surplus(paid []int64, got, halves int64) int {
	a, b := big.NewInt(2*yearBP+halves), big.NewInt(2*yearBP)
	// Σ paid[k]·(b/a)^k − got, times aⁿ
	sum, n := new(big.Int), int64(len(paid)-1)
	for k, p := range paid {
		x := big.NewInt(p)
		if k == 0 {
			x.SetInt64(-got)
		}
		x.Mul(x, new(big.Int).Exp(b, big.NewInt(int64(k)), nil))
		sum.Add(sum, x.Mul(x, new(big.Int).Exp(a, big.NewInt(n-int64(k)), nil)))
	}
	return sum.Sign()
}

// drawn reads a loan from bytes, sensible or not.
func drawn(b []byte) *agent.Loan {
	word := func() int64 {
		if len(b) < 4 {
			b = nil
			return 0
		}
		v := int64(int32(binary.LittleEndian.Uint32(b)))
		b = b[4:]
		return v
	}
	l := &agent.Loan{
		Principal: agent.Known(word()), RateBP: agent.Known(word() % (2 * MaxRateBP)), TermMonths: agent.Known(word() % (MaxMonths + 2)),
		Method: methods[uint32(word())%4], StartsOn: agent.Date(word()),
	}
	var repaid int64
	for n := uint32(word()) % 40; n > 0; n-- {
		i := agent.Instalment{DueOn: agent.Date(word()), Principal: word(), Interest: word() % 1e6, Fee: word() % 1e5}
		repaid += i.Principal
		l.Schedule = append(l.Schedule, i)
	}
	if len(b)%2 == 0 && repaid > 0 {
		l.Principal = agent.Known(repaid)
	}
	for len(b) > 0 {
		l.Fees = append(l.Fees, agent.Fee{Amount: word()})
	}
	return l
}

func FuzzAllIn_feesNeverLowerIt(f *testing.F) {
	le := func(words ...int32) (b []byte) {
		for _, w := range words {
			b = binary.LittleEndian.AppendUint32(b, uint32(w))
		}
		return b
	}
	f.Add(le(1_000_000, 1200, 12, 0, 20260131, 0), int64(30_000))
	f.Add(le(1_000_000, 2400, 36, 2, 0, 0, 5_000), int64(999_999))
	f.Add(le(200_000, 0, 0, 0, 20260110, 2, 20260117, 100_000, 500, 0, 20260210, 100_000, 900, 100), int64(1))
	f.Add(le(0, 0, 0, 0, 20260110, 1, 99991231, 1<<30, 0, 0), int64(1<<20))
	f.Fuzz(func(t *testing.T, b []byte, fee int64) {
		l := drawn(b)
		before, known := AllIn(l).Value()
		if known && (before < 0 || before > MaxCostBP) {
			t.Fatalf("AllIn = %d", before)
		}
		l.Fees = append(l.Fees, agent.Fee{Amount: fee})
		after, ok := AllIn(l).Value()
		switch {
		case fee < 0 || fee > MaxPrincipal:
			if ok {
				t.Errorf("AllIn with a fee of %d is known", fee)
			}
		case known != ok || after < before:
			t.Errorf("AllIn = %d %v, with a fee more %d %v", before, known, after, ok)
		}
		if len(l.Schedule) > 0 && fee >= 0 && fee <= MaxPrincipal && ok {
			l.Schedule[len(l.Schedule)/2].Fee += 1_000
			if dearer, _ := AllIn(l).Value(); dearer < after {
				t.Errorf("AllIn = %d, with a dearer line %d", after, dearer)
			}
		}
	})
}

func BenchmarkAllIn(b *testing.B) {
	b.Run("schedule", func(b *testing.B) {
		l := running(b, Terms{5_000_000, 1800, agent.MethodEqualInstalment, 24}, 20260131)
		l.Fees = []agent.Fee{{Amount: 50_000}}
		b.ReportAllocs()
		for b.Loop() {
			if !AllIn(l).IsKnown() {
				b.Fatal("unknown")
			}
		}
	})
	b.Run("terms", func(b *testing.B) {
		l := offered(5_000_000, 1800, agent.MethodEqualInstalment, 24, 50_000)
		b.ReportAllocs()
		for b.Loop() {
			if !AllIn(l).IsKnown() {
				b.Fatal("unknown")
			}
		}
	})
	b.Run("days", func(b *testing.B) {
		l := running(b, Terms{5_000_000, 1800, agent.MethodEqualInstalment, 24}, 20260131)
		for i := range l.Schedule {
			l.Schedule[i].DueOn = agent.Date(20260131).AddDays(30 * (i + 1))
		}
		b.ReportAllocs()
		for b.Loop() {
			if !AllIn(l).IsKnown() {
				b.Fatal("unknown")
			}
		}
	})
}
