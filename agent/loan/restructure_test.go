package loan

import (
	"math"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"pgregory.net/rapid"
)

// shortest tries every number of months and, of so many, every instalment.
func shortest(owed, rateBP, budget, most int64) (months, instalment int64) {
	for months = 1; months <= most; months++ {
		for instalment = 1; instalment <= budget; instalment++ {
			left := owed
			for range months {
				left += (2*left*rateBP + yearBP) / (2 * yearBP)
				left = max(0, left-instalment)
			}
			if left == 0 {
				return months, instalment
			}
		}
	}
	return 0, 0
}

func TestRestructure_isTheShortestOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		owed := rapid.Int64Range(1, 400).Draw(t, "owed")
		rate := rapid.Int64Range(0, 30_000).Draw(t, "rate")
		budget := rapid.Int64Range(0, 90).Draw(t, "budget")
		most := rapid.Int64Range(0, 24).Draw(t, "most")
		months, instalment := shortest(owed, rate, budget, most)
		got := Restructure(owed, rate, budget, most, 20240131)
		if n, ok := PlanMonths(owed, rate, budget, most); ok != (months > 0) || ok && n != months || int64(len(got)) != months {
			t.Fatalf("PlanMonths = %d %v, Restructure %d, want %d", n, ok, len(got), months)
		}
		left := owed
		for i, l := range got {
			if l.Interest != (2*left*rate+yearBP)/(2*yearBP) || l.Principal < 0 || l.Fee != 0 || l.DueOn != AddMonths(20240131, i+1) {
				t.Fatalf("line %d = %+v of %d left", i, l, left)
			}
			left -= l.Principal
			if pays := l.Principal + l.Interest; pays > instalment || pays < instalment && i < len(got)-1 {
				t.Fatalf("line %d pays %d, want %d", i, pays, instalment)
			}
		}
		if len(got) > 0 && left != 0 {
			t.Fatalf("%d fen are left", left)
		}
	})
}

func TestPlanMonths_moreToSpareIsNeverLonger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		owed := rapid.Int64Range(1, 50_000_000).Draw(t, "owed")
		rate := rapid.Int64Range(0, 3600).Draw(t, "rate")
		budget := rapid.Int64Range(1, 2_000_000).Draw(t, "budget")
		n, ok := PlanMonths(owed, rate, budget, 60)
		more, ok2 := PlanMonths(owed, rate, budget+rapid.Int64Range(0, 1000).Draw(t, "more"), 60)
		debt, ok3 := PlanMonths(owed+rapid.Int64Range(0, 1000).Draw(t, "debt"), rate, budget, 60)
		if ok && (!ok2 || more > n) || ok3 && (!ok || debt < n) {
			t.Fatalf("%d %v; with more %d %v; of more debt %d %v", n, ok, more, ok2, debt, ok3)
		}
	})
}

func TestRestructure_noneWhereNoneFits(t *testing.T) {
	for name, got := range map[string][]agent.Instalment{
		"interest alone":  Restructure(1_000_000, 1200, 10_000, 60, 20250101),
		"too long":        Restructure(1_000_000, 0, 16_666, 60, 20250101),
		"no budget":       Restructure(1_000_000, 0, 0, 60, 20250101),
		"below nothing":   Restructure(1_000_000, 0, math.MinInt64, 60, 20250101),
		"nothing owed":    Restructure(0, 0, 100, 60, 20250101),
		"too much":        Restructure(MaxPrincipal+1, 0, math.MaxInt64, 60, 20250101),
		"a negative rate": Restructure(100, -1, 100, 60, 20250101),
		"a huge rate":     Restructure(100, MaxRateBP+1, math.MaxInt64, 60, 20250101),
		"no months":       Restructure(100, 0, 100, 0, 20250101),
		"too many months": Restructure(100, 0, 100, MaxMonths+1, 20250101),
		"no day":          Restructure(100, 0, 100, 60, 0),
	} {
		if got != nil {
			t.Errorf("%s: Restructure = %v, want none", name, got)
		}
	}
	if got := Restructure(1_000_000, 0, 16_667, 60, 20250101); len(got) != 60 {
		t.Errorf("60 months fit, and Restructure has %d", len(got))
	}
	if got := Restructure(1_000_000, 1200, math.MaxInt64, 60, 20250101); len(got) != 1 || got[0].Principal != 1_000_000 || got[0].Interest != 10_000 {
		t.Errorf("without a bound Restructure = %v, want one month", got)
	}
}

func BenchmarkRestructure(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if len(Restructure(5_000_000, 1800, 150_000, 60, 20250101)) == 0 {
			b.Fatal("none")
		}
	}
}
