package backtesting

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A Rate is how many of a group defaulted, with Wilson's 95 % interval, which
// holds for small groups and for rates near 0 as well.
type Rate struct {
	N        int64   `json:"n"`
	Defaults int64   `json:"defaults"`
	Rate     float64 `json:"rate"` // 0 to 1; 0 of nobody
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// An Estimate is a figure with its 95 % interval.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// z95 is the 97.5 % quantile of the normal distribution.
const z95 = 1.959963984540054

// paid and defaulted index a pair of counts.
type pair [2]int64

const (
	paid = iota
	defaulted
)

func (p pair) n() int64 { return p[paid] + p[defaulted] }

func (p *pair) add(q pair) {
	p[paid] += q[paid]
	p[defaulted] += q[defaulted]
}

// rate is the rate of defaults with Wilson's interval. Of nobody it is anything
// from 0 to 1.
func (p pair) rate() Rate {
	r := Rate{N: p.n(), Defaults: p[defaulted], High: 1}
	if r.N == 0 {
		return r
	}
	n, x := float64(r.N), float64(r.Defaults)
	r.Rate = x / n
	const zz = z95 * z95
	centre, half := (x+zz/2)/(n+zz), z95/(n+zz)*math.Sqrt(x*(n-x)/n+zz/4)
	r.Low, r.High = max(0, centre-half), min(1, centre+half)
	if r.Defaults == 0 {
		r.Low = 0 // but for rounding
	}
	if r.Defaults == r.N {
		r.High = 1
	}
	return r
}

// trend is the z of the Cochran-Armitage test for groups in their order, with
// weights 0, 1, 2 …: above 0, the rate of defaults rises with the group. ok is
// false where there is nothing to compare. Its variance is that of the
// hypergeometric distribution, which has n-1.
func trend(groups []pair) (z float64, ok bool) {
	var n, x, nw, nww, xw float64
	for i, g := range groups {
		w, m := float64(i), float64(g.n())
		n, x = n+m, x+float64(g[defaulted])
		nw, nww, xw = nw+m*w, nww+m*w*w, xw+float64(g[defaulted])*w
	}
	if n < 2 {
		return 0, false
	}
	p := x / n
	v := p * (1 - p) * (nww - nw*nw/n) * n / (n - 1)
	if v <= 0 {
		return 0, false
	}
	return (xw - p*nw) / math.Sqrt(v), true
}

// rising holds if the rate of defaults never falls from one group to the next.
// Groups of nobody are passed over. It compares products, so that equal rates
// are equal.
func rising(groups []pair) bool {
	var last pair
	for _, g := range groups {
		if g.n() == 0 {
			continue
		}
		if last.n() > 0 && g[defaulted]*last.n() < last[defaulted]*g.n() {
			return false
		}
		last = g
	}
	return true
}

// A curve counts outcomes by the value of a measure.
type curve map[int64]pair

func (c curve) add(value int64, p pair) {
	q := c[value]
	q.add(p)
	c[value] = q
}

// A point of a curve, in the order of values.
type point struct {
	value int64
	pair
}

func (c curve) points() ([]point, pair) {
	var all pair
	out := make([]point, 0, len(c))
	for v, p := range c {
		out = append(out, point{v, p})
		all.add(p)
	}
	slices.SortFunc(out, func(a, b point) int {
		if a.value < b.value {
			return -1
		}
		return 1
	})
	return out, all
}

// auc is the chance that of two loans, one that defaulted and one that did not,
// the one that defaulted has the higher value; a tie is half (Mann and Whitney).
// The interval is DeLong's, cut to 0 and 1. It wants one of each at least.
func auc(points []point, all pair) Estimate {
	m, n := float64(all[defaulted]), float64(all[paid])
	var below pair
	var area float64
	// each is the chance of one value against the other side.
	each := make([][2]float64, len(points))
	for i, p := range points {
		good, bad := float64(p.pair[paid]), float64(p.pair[defaulted])
		each[i][defaulted] = (float64(below[paid]) + good/2) / n
		each[i][paid] = (m - float64(below[defaulted]) - bad/2) / m
		area += bad * each[i][defaulted]
		below.add(p.pair)
	}
	area /= m
	var s [2]float64
	for i, p := range points {
		for side := range s {
			d := each[i][side] - area
			s[side] += float64(p.pair[side]) * d * d
		}
	}
	variance := 0.0
	for side, k := range [2]float64{n, m} {
		if k > 1 {
			variance += s[side] / (k - 1) / k
		}
	}
	half := z95 * math.Sqrt(variance)
	return Estimate{area, max(0, area-half), min(1, area+half)}
}

// ks is the largest distance between the two cumulative distributions.
func ks(points []point, all pair) float64 {
	var below pair
	most := 0.0
	for _, p := range points {
		below.add(p.pair)
		d := float64(below[paid])/float64(all[paid]) - float64(below[defaulted])/float64(all[defaulted])
		most = max(most, math.Abs(d))
	}
	return most
}

// resamples is how many samples a bootstrap draws, seed from where its random
// numbers start: the same history gives the same interval.
const (
	resamples = 400
	seed      = 20260601
)

// ksInterval is [ks] with the 2.5 % and 97.5 % quantiles of a bootstrap, in which
// every count is replaced by a Poisson number of that mean: it needs no memory
// for the rows. A distance is never below 0, so that the interval of a measure
// that says nothing does not hold 0.
func ksInterval(points []point, all pair) Estimate {
	r := rand.New(rand.NewPCG(seed, uint64(len(points))))
	drawn := make([]float64, 0, resamples)
	sample := make([]point, len(points))
	for range resamples {
		var sum pair
		for i, p := range points {
			sample[i] = point{p.value, pair{poisson(r, p.pair[paid]), poisson(r, p.pair[defaulted])}}
			sum.add(sample[i].pair)
		}
		if sum[paid] > 0 && sum[defaulted] > 0 {
			drawn = append(drawn, ks(sample, sum))
		}
	}
	value := ks(points, all)
	if len(drawn) == 0 {
		return Estimate{value, 0, 1}
	}
	slices.Sort(drawn)
	at := func(q float64) float64 { return drawn[int(q*float64(len(drawn)-1)+0.5)] }
	return Estimate{value, min(value, at(0.025)), max(value, at(0.975))}
}

// poisson draws a Poisson number: exactly up to a mean of 60, by the normal
// distribution above.
func poisson(r *rand.Rand, mean int64) int64 {
	if mean > 60 {
		return max(0, int64(math.Round(float64(mean)+math.Sqrt(float64(mean))*r.NormFloat64())))
	}
	if mean == 0 {
		return 0
	}
	limit, product := math.Exp(-float64(mean)), r.Float64()
	var k int64
	for product > limit {
		product *= r.Float64()
		k++
	}
	return k
}

// chi95 are the 95 % quantiles of the chi-square distribution with 1, 2, …
// degrees of freedom.
var chi95 = []float64{3.8415, 5.9915, 7.8147, 9.4877, 11.0705, 12.5916}

// psi is the population stability index of two distributions over the same
// groups, and how much of it chance alone would exceed once in twenty if nothing
// had changed: chi-square times (1/n + 1/m). A group that one of them lacks counts
// half a loan there. ok is false if one of them is of nobody, or there is one
// group only.
func psi(before, after []int64) (index, chance float64, ok bool) {
	var n, m float64
	groups := 0
	for i := range before {
		n, m = n+float64(before[i]), m+float64(after[i])
		if before[i]+after[i] > 0 {
			groups++
		}
	}
	if n == 0 || m == 0 || groups < 2 || groups-2 >= len(chi95) {
		return 0, 0, false
	}
	for i := range before {
		if before[i]+after[i] == 0 {
			continue
		}
		p, q := max(float64(before[i]), 0.5)/n, max(float64(after[i]), 0.5)/m
		index += (q - p) * math.Log(q/p)
	}
	return index, chi95[groups-2] * (1/n + 1/m), true
}
