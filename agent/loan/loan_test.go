package loan

import (
	"math/big"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"pgregory.net/rapid"
)

var methods = []string{agent.MethodEqualInstalment, agent.MethodEqualPrincipal, agent.MethodInterestOnly, agent.MethodBullet}

func TestSchedule_byHand(t *testing.T) {
	// 1,200.00 yuan at 12 % a year over three months, computed on paper.
	tests := []struct {
		method string
		want   []agent.Instalment
	}{
		{agent.MethodEqualInstalment, []agent.Instalment{
			{DueOn: 20260228, Principal: 39603, Interest: 1200},
			{DueOn: 20260331, Principal: 39999, Interest: 804},
			{DueOn: 20260430, Principal: 40398, Interest: 404},
		}},
		{agent.MethodEqualPrincipal, []agent.Instalment{
			{DueOn: 20260228, Principal: 40000, Interest: 1200},
			{DueOn: 20260331, Principal: 40000, Interest: 800},
			{DueOn: 20260430, Principal: 40000, Interest: 400},
		}},
		{agent.MethodInterestOnly, []agent.Instalment{
			{DueOn: 20260228, Interest: 1200},
			{DueOn: 20260331, Interest: 1200},
			{DueOn: 20260430, Principal: 120000, Interest: 1200},
		}},
		{agent.MethodBullet, []agent.Instalment{
			{DueOn: 20260430, Principal: 120000, Interest: 3600},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.method, func(t *testing.T) {
			got, err := Schedule(Terms{120000, 1200, tt.method, 3}, 20260131)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(tt.want) {
				t.Fatalf("Schedule has %d lines, want %d", len(got), len(tt.want))
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("line %d = %+v, want %+v", i, got[i], tt.want[i])
				}
			}
		})
	}
}

func TestMonthly_knownFigures(t *testing.T) {
	tests := []struct {
		terms Terms
		want  int64
	}{
		// Textbook annuities; the second column of any table of them.
		{Terms{100_000_00, 480, agent.MethodEqualInstalment, 360}, 524_67},
		{Terms{120_000, 1200, agent.MethodEqualInstalment, 3}, 40803},
		{Terms{120_000, 0, agent.MethodEqualInstalment, 12}, 10000},
		{Terms{100, 0, agent.MethodEqualInstalment, 3}, 33},
		{Terms{100, 0, agent.MethodEqualPrincipal, 3}, 34},
		{Terms{120_000, 1200, agent.MethodEqualPrincipal, 3}, 41200},
		{Terms{120_000, 1200, agent.MethodInterestOnly, 3}, 41200},
		{Terms{120_000, 1200, agent.MethodBullet, 3}, 41200},
		{Terms{MaxPrincipal, MaxRateBP, agent.MethodBullet, MaxMonths}, 8_350_000_000_000},
	}
	for _, tt := range tests {
		got, err := Monthly(tt.terms)
		if err != nil || got != tt.want {
			t.Errorf("Monthly(%+v) = %d, %v, want %d", tt.terms, got, err, tt.want)
		}
	}
}

func TestTerms_absentOrAbsurdIsRefused(t *testing.T) {
	good := Terms{120000, 1200, agent.MethodEqualInstalment, 12}
	bad := map[string]func(*Terms){
		"no principal":       func(t *Terms) { t.Principal = 0 },
		"negative principal": func(t *Terms) { t.Principal = -1 },
		"huge principal":     func(t *Terms) { t.Principal = MaxPrincipal + 1 },
		"negative rate":      func(t *Terms) { t.RateBP = -1 },
		"huge rate":          func(t *Terms) { t.RateBP = MaxRateBP + 1 },
		"no method":          func(t *Terms) { t.Method = "" },
		"other method":       func(t *Terms) { t.Method = "daily" },
		"no term":            func(t *Terms) { t.Months = 0 },
		"negative term":      func(t *Terms) { t.Months = -12 },
		"huge term":          func(t *Terms) { t.Months = MaxMonths + 1 },
	}
	for name, spoil := range bad {
		terms := good
		spoil(&terms)
		if _, err := Schedule(terms, 20260101); err != ErrTerms {
			t.Errorf("%s: Schedule error = %v, want ErrTerms", name, err)
		}
		if _, err := Monthly(terms); err != ErrTerms {
			t.Errorf("%s: Monthly error = %v, want ErrTerms", name, err)
		}
		if terms.Principal == good.Principal {
			if _, err := LargestPrincipal(terms, 1000); err != ErrTerms {
				t.Errorf("%s: LargestPrincipal error = %v, want ErrTerms", name, err)
			}
		}
	}
	if _, err := Schedule(good, 0); err != ErrTerms {
		t.Errorf("Schedule from an unknown date: error = %v, want ErrTerms", err)
	}
}

func genTerms(t *rapid.T) Terms {
	return Terms{
		Principal: rapid.Int64Range(1, 1_000_000_00).Draw(t, "principal"),
		RateBP:    rapid.Int64Range(0, 3600).Draw(t, "rate"),
		Method:    rapid.SampledFrom(methods).Draw(t, "method"),
		Months:    rapid.Int64Range(1, 120).Draw(t, "months"),
	}
}

func TestSchedule_repaysThePrincipalExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := genTerms(t)
		lines, err := Schedule(terms, 20240131)
		if err != nil {
			t.Fatal(err)
		}
		var principal int64
		last := agent.Date(20240131)
		for _, l := range lines {
			if l.Principal < 0 || l.Interest < 0 || l.DueOn <= last {
				t.Fatalf("bad line %+v after %v", l, last)
			}
			principal += l.Principal
			last = l.DueOn
		}
		if principal != terms.Principal {
			t.Fatalf("principals add up to %d, want %d", principal, terms.Principal)
		}
	})
}

// The formula and the running balance are two computations of one thing: if the
// level instalment were wrong, the last line would show it multiplied.
func TestSchedule_lastLevelInstalmentIsNearTheOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := genTerms(t)
		terms.Method = agent.MethodEqualInstalment
		terms.Principal += 1000_00
		lines, _ := Schedule(terms, 20240115)
		level, _ := Monthly(terms)
		last := lines[len(lines)-1]
		// Each line is off by half a fen of instalment and half a fen of
		// interest at most; both compound to the end.
		q := big.NewRat(yearBP+terms.RateBP, yearBP)
		bound, power := new(big.Rat), big.NewRat(1, 1)
		for range terms.Months {
			bound.Add(bound, power)
			power.Mul(power, q)
		}
		bound.Add(bound, big.NewRat(1, 1))
		diff := last.Principal + last.Interest - level
		if new(big.Rat).SetInt64(max(diff, -diff)).Cmp(bound) > 0 {
			t.Fatalf("%+v: last differs from %d by %d, more than %v", terms, level, diff, bound.FloatString(1))
		}
	})
}

func TestLargestPrincipal_isTheLargest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := genTerms(t)
		budget := rapid.Int64Range(1, 100_000_00).Draw(t, "budget")
		p, err := LargestPrincipal(terms, budget)
		if err != nil {
			t.Fatal(err)
		}
		if p > 0 {
			terms.Principal = p
			if m, _ := Monthly(terms); m > budget {
				t.Fatalf("Monthly(%+v) = %d, over the budget %d", terms, m, budget)
			}
		}
		terms.Principal = p + 1
		if m, _ := Monthly(terms); m <= budget {
			t.Fatalf("Monthly(%+v) = %d fits %d: the principal is not the largest", terms, m, budget)
		}
	})
}

func TestMonthly_neverFallsWithPrincipalOrRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := genTerms(t)
		more := terms
		more.Principal += rapid.Int64Range(0, 100).Draw(t, "more principal")
		more.RateBP += rapid.Int64Range(0, 100).Draw(t, "more rate")
		a, _ := Monthly(terms)
		b, _ := Monthly(more)
		if b < a {
			t.Fatalf("Monthly(%+v) = %d is below Monthly(%+v) = %d", more, b, terms, a)
		}
	})
}

func TestLargestPrincipal_edges(t *testing.T) {
	for _, m := range methods {
		terms := Terms{0, 1200, m, 12}
		for _, budget := range []int64{-1 << 63, -1, 0} {
			if p, err := LargestPrincipal(terms, budget); p != 0 || err != nil {
				t.Errorf("%s: LargestPrincipal(%d) = %d, %v, want 0", m, budget, p, err)
			}
		}
		if p, err := LargestPrincipal(terms, 1<<63-1); p != MaxPrincipal || err != nil {
			t.Errorf("%s: LargestPrincipal without bound = %d, %v, want the limit", m, p, err)
		}
	}
}

func TestAddMonths_clampsToTheMonth(t *testing.T) {
	tests := []struct {
		from agent.Date
		n    int
		want agent.Date
	}{
		{20240131, 1, 20240229}, {20230131, 1, 20230228}, {20240229, 12, 20250228},
		{20251231, 1, 20260131}, {20250115, -1, 20241215}, {20250131, -2, 20241130},
		{20250331, 0, 20250331}, {20250831, -18, 20240229}, {20000131, 1, 20000229}, {19000131, 1, 19000228},
	}
	for _, tt := range tests {
		if got := AddMonths(tt.from, tt.n); got != tt.want {
			t.Errorf("AddMonths(%v, %d) = %v, want %v", tt.from, tt.n, got, tt.want)
		}
	}
}

func BenchmarkMonthly(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Monthly(Terms{50_000_00, 1450, agent.MethodEqualInstalment, 36})
	}
}

func BenchmarkLargestPrincipal(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		LargestPrincipal(Terms{0, 1450, agent.MethodEqualInstalment, 36}, 2000_00)
	}
}
