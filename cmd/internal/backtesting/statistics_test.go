package backtesting

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func near(a, b, by float64) bool { return math.Abs(a-b) <= by }

// A loan of a test: the value of a measure, and what happened.
type loan struct {
	value   int64
	outcome int
}

func curveOf(loans []loan) curve {
	c := curve{}
	for _, l := range loans {
		var p pair
		p[l.outcome] = 1
		c.add(l.value, p)
	}
	return c
}

// someLoans makes loans whose chance of default rises with the value, with many
// ties.
func someLoans(r *rand.Rand, n, values int, slope float64) []loan {
	out := make([]loan, n)
	for i := range out {
		out[i].value = int64(r.IntN(values)) - 2
		if r.Float64() < 0.2+slope*float64(out[i].value)/float64(values) {
			out[i].outcome = defaulted
		}
	}
	return out
}

func TestRate_isWilsonsInterval(t *testing.T) {
	// Newcombe 1998, table I, method 3.
	for _, c := range []struct {
		x, n      int64
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}, {29, 29, 0.8830, 1}} {
		got := pair{c.n - c.x, c.x}.rate()
		if !near(got.Low, c.low, 5e-5) || !near(got.High, c.high, 5e-5) {
			t.Errorf("rate of %d of %d = %.4f to %.4f, want %.4f to %.4f", c.x, c.n, got.Low, got.High, c.low, c.high)
		}
	}
	// The ends are where the score test just rejects: found by bisection.
	for _, p := range []pair{{7, 3}, {990, 10}, {50, 1}, {3, 60}} {
		n, x := float64(p.n()), float64(p[defaulted])
		end := func(from, to float64) float64 {
			for range 100 {
				mid := (from + to) / 2
				if math.Abs(x/n-mid) > z95*math.Sqrt(mid*(1-mid)/n) {
					from = mid
				} else {
					to = mid
				}
			}
			return from
		}
		got := p.rate()
		if low, high := end(0, x/n), end(1, x/n); !near(got.Low, low, 1e-9) || !near(got.High, high, 1e-9) {
			t.Errorf("rate of %v = %g to %g, want %g to %g", p, got.Low, got.High, low, high)
		}
	}
	if got := (pair{}).rate(); got.Low != 0 || got.High != 1 {
		t.Errorf("rate of nobody = %g to %g, want 0 to 1", got.Low, got.High)
	}
}

// The statistic is the correlation of weight and outcome, times √(n-1).
func TestTrend_isTheCorrelation(t *testing.T) {
	for _, groups := range [][]pair{{{90, 10}, {80, 20}, {60, 40}}, {{5, 1}, {0, 0}, {3, 9}, {1, 1}}, {{10, 5}, {20, 10}, {40, 3}, {7, 7}, {1, 30}}} {
		var w, y []float64
		for i, g := range groups {
			for outcome, n := range g {
				for range n {
					w, y = append(w, float64(i)), append(y, float64(outcome))
				}
			}
		}
		mean := func(v []float64) (m float64) {
			for _, x := range v {
				m += x / float64(len(v))
			}
			return m
		}
		mw, my := mean(w), mean(y)
		var sxy, sxx, syy float64
		for i := range w {
			sxy, sxx, syy = sxy+(w[i]-mw)*(y[i]-my), sxx+(w[i]-mw)*(w[i]-mw), syy+(y[i]-my)*(y[i]-my)
		}
		want := sxy / math.Sqrt(sxx*syy) * math.Sqrt(float64(len(w)-1))
		if got, ok := trend(groups); !ok || !near(got, want, 1e-9) {
			t.Errorf("trend(%v) = %g, %v, want %g", groups, got, ok, want)
		}
	}
	for _, groups := range [][]pair{nil, {{1, 0}}, {{5, 5}}, {{5, 0}, {7, 0}}, {{0, 0}, {3, 4}}} {
		if z, ok := trend(groups); ok {
			t.Errorf("trend(%v) = %g, want nothing to compare", groups, z)
		}
	}
}

func TestRising_comparesNeighboursThatAreThere(t *testing.T) {
	for _, c := range []struct {
		groups []pair
		want   bool
	}{
		{[]pair{{9, 1}, {8, 2}, {0, 0}, {7, 3}}, true},
		{[]pair{{9, 1}, {90, 10}}, true},
		{[]pair{{8, 2}, {0, 0}, {9, 1}}, false},
	} {
		if got := rising(c.groups); got != c.want {
			t.Errorf("rising(%v) = %v, want %v", c.groups, got, c.want)
		}
	}
}

func TestAUC_isWhatPairsSay(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 40 {
		loans := someLoans(r, 20+r.IntN(80), 2+r.IntN(30), r.Float64()-0.3)
		loans = append(loans, loan{1, paid}, loan{2, paid}, loan{2, defaulted}, loan{0, defaulted})
		wins := func(bad, good loan) float64 {
			switch {
			case bad.value > good.value:
				return 1
			case bad.value == good.value:
				return 0.5
			}
			return 0
		}
		var side [2][]loan
		for _, l := range loans {
			side[l.outcome] = append(side[l.outcome], l)
		}
		// DeLong's components one by one: each default against all that paid, and
		// the other way round.
		component := [2][]float64{}
		for _, b := range side[defaulted] {
			sum := 0.0
			for _, g := range side[paid] {
				sum += wins(b, g)
			}
			component[defaulted] = append(component[defaulted], sum/float64(len(side[paid])))
		}
		for _, g := range side[paid] {
			sum := 0.0
			for _, b := range side[defaulted] {
				sum += wins(b, g)
			}
			component[paid] = append(component[paid], sum/float64(len(side[defaulted])))
		}
		area, variance := 0.0, 0.0
		for _, v := range component[defaulted] {
			area += v / float64(len(component[defaulted]))
		}
		for _, c := range component {
			s := 0.0
			for _, v := range c {
				s += (v - area) * (v - area)
			}
			variance += s / float64(len(c)-1) / float64(len(c))
		}
		half := z95 * math.Sqrt(variance)
		got := auc(curveOf(loans).points())
		if !near(got.Value, area, 1e-12) || !near(got.Low, max(0, area-half), 1e-12) || !near(got.High, min(1, area+half), 1e-12) {
			t.Fatalf("auc = %+v, want %g ± %g", got, area, half)
		}
	}
	for _, c := range []struct {
		loans []loan
		want  float64
	}{
		{[]loan{{1, paid}, {2, defaulted}}, 1},
		{[]loan{{2, paid}, {1, defaulted}}, 0},
		{[]loan{{1, paid}, {1, defaulted}}, 0.5},
		{[]loan{{1, paid}, {2, paid}, {3, paid}, {2, defaulted}, {3, defaulted}}, 4.0 / 6}, // 1 + ½ + 0 and 1 + 1 + ½
	} {
		if got := auc(curveOf(c.loans).points()); !near(got.Value, c.want, 1e-12) {
			t.Errorf("auc of %v = %g, want %g", c.loans, got.Value, c.want)
		}
	}
}

// The interval holds the truth about as often as it says.
func TestAUC_intervalCoversTheTruth(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	const rounds = 400
	in := 0
	for range rounds {
		var loans []loan
		for i := range 300 {
			l := loan{int64(math.Round(100 * r.NormFloat64())), paid}
			if i%3 == 0 {
				l.outcome, l.value = defaulted, l.value+80
			}
			loans = append(loans, l)
		}
		truth := 0.5 * math.Erfc(-0.8/2) // Φ(0.8/√2)
		if got := auc(curveOf(loans).points()); got.Low <= truth && truth <= got.High {
			in++
		}
	}
	if in < rounds*92/100 || in > rounds*98/100 {
		t.Errorf("the interval holds the truth in %d of %d", in, rounds)
	}
}

func ksByDefinition(loans []loan) float64 {
	most := 0.0
	for _, at := range loans {
		var below, all pair
		for _, l := range loans {
			all[l.outcome]++
			if l.value <= at.value {
				below[l.outcome]++
			}
		}
		most = max(most, math.Abs(float64(below[0])/float64(all[0])-float64(below[1])/float64(all[1])))
	}
	return most
}

func TestKS_isTheLargestDistance(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for range 40 {
		loans := append(someLoans(r, 20+r.IntN(80), 2+r.IntN(30), r.Float64()), loan{1, paid}, loan{2, defaulted})
		points, all := curveOf(loans).points()
		if got, want := ks(points, all), ksByDefinition(loans); !near(got, want, 1e-12) {
			t.Fatalf("ks = %g, want %g", got, want)
		}
	}
}

// Drawing rows one by one gives the same interval as drawing counts.
func TestKSInterval_isThatOfABootstrapOfRows(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	loans := someLoans(r, 600, 12, 0.6)
	var drawn []float64
	for range resamples {
		sample := make([]loan, len(loans))
		for i := range sample {
			sample[i] = loans[r.IntN(len(loans))]
		}
		points, all := curveOf(sample).points()
		drawn = append(drawn, ks(points, all))
	}
	slices.Sort(drawn)
	low, high := drawn[resamples*25/1000], drawn[resamples*975/1000]
	points, all := curveOf(loans).points()
	got := ksInterval(points, all)
	if !near(got.Low, low, 0.03) || !near(got.High, high, 0.03) || got.Low > got.Value || got.Value > got.High {
		t.Errorf("ksInterval = %+v, want about %g to %g", got, low, high)
	}
	if again := ksInterval(points, all); again != got {
		t.Errorf("a second time ksInterval = %+v, want %+v", again, got)
	}
}

func TestPoisson_hasItsMeanAndVariance(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for _, mean := range []int64{0, 1, 7, 60, 61, 5000} {
		const n = 20_000
		var sum, squares float64
		for range n {
			v := float64(poisson(r, mean))
			sum, squares = sum+v, squares+v*v
		}
		m := float64(mean)
		got := sum / n
		variance := squares/n - got*got
		if !near(got, m, 5*math.Sqrt(m/n)) || !near(variance, m, 0.1*m) {
			t.Errorf("poisson(%d) has mean %g and variance %g", mean, got, variance)
		}
	}
}

func TestPSI_isWhatATableSays(t *testing.T) {
	// (0.4-0.5)·ln(0.4/0.5) + (0.3-0.3)·0 + (0.3-0.2)·ln(0.3/0.2) = 0.022314 + 0.040547
	index, chance, ok := psi([]int64{50, 30, 20}, []int64{40, 30, 30})
	if !ok || !near(index, 0.062861, 1e-6) || !near(chance, 5.9915*0.02, 1e-9) {
		t.Errorf("psi = %g, %g, %v", index, chance, ok)
	}
	// 0.005 of a hundred for the group that is not there: (0.1-0.005)·ln(0.1/0.005) + (0.9-1)·ln(0.9/1)
	if index, _, _ := psi([]int64{0, 100}, []int64{10, 90}); !near(index, 0.284595+0.010536, 1e-6) {
		t.Errorf("psi with a new group = %g", index)
	}
	if index, _, ok := psi([]int64{5, 10, 0}, []int64{10, 20, 0}); !ok || !near(index, 0, 1e-12) {
		t.Errorf("psi of the same shares = %g, %v", index, ok)
	}
	for _, c := range [][2][]int64{{{0, 0}, {1, 2}}, {{1, 2}, {0, 0}}, {{3, 0}, {4, 0}}} {
		if _, _, ok := psi(c[0], c[1]); ok {
			t.Errorf("psi(%v) = something, want nothing to compare", c)
		}
	}
}

func TestPSI_chanceIsExceededOnceInTwenty(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	draw := func(n int) []int64 {
		out := make([]int64, 4)
		for range n {
			out[min(3, r.IntN(6))]++
		}
		return out
	}
	const rounds = 2000
	over := 0
	for range rounds {
		if index, chance, _ := psi(draw(400), draw(250)); index > chance {
			over++
		}
	}
	if over < rounds*3/100 || over > rounds*7/100 {
		t.Errorf("chance was exceeded %d times in %d", over, rounds)
	}
}
