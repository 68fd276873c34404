package loan

import (
	"math"
	"math/big"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"pgregory.net/rapid"
)

var (
	accruals  = []string{agent.AccrualMonthly, agent.AccrualDaily}
	roundings = []string{agent.RoundingHalfUp, agent.RoundingHalfEven, agent.RoundingUp, agent.RoundingDown}
)

func lines(t interface {
	Helper()
	Fatal(...any)
}, p Plan) []agent.Instalment {
	t.Helper()
	ls, err := p.Lines()
	if err != nil {
		t.Fatal(err)
	}
	return ls
}

func TestPlan_byHand(t *testing.T) {
	// 1,200.00 yuan at 12 % over two months; January has 31 days, February 28.
	terms := func(method string) Terms { return Terms{120_000, 1200, method, 2} }
	for name, tt := range map[string]struct {
		plan Plan
		want []agent.Instalment
	}{
		"by the day, of 360": {
			Plan{Terms: terms(agent.MethodInterestOnly), StartsOn: 20250101, Accrual: agent.AccrualDaily},
			[]agent.Instalment{{DueOn: 20250201, Interest: 1240}, {DueOn: 20250301, Principal: 120_000, Interest: 1120}}},
		"by the day, of 365, rounded up": {
			Plan{Terms: terms(agent.MethodInterestOnly), StartsOn: 20250101, Accrual: agent.AccrualDaily, DayBasis: 365, Rounding: agent.RoundingUp},
			[]agent.Instalment{{DueOn: 20250201, Interest: 1224}, {DueOn: 20250301, Principal: 120_000, Interest: 1105}}}, // 1223.01, 1104.66
		"a bullet by the day": {
			Plan{Terms: terms(agent.MethodBullet), StartsOn: 20250101, Accrual: agent.AccrualDaily},
			[]agent.Instalment{{DueOn: 20250301, Principal: 120_000, Interest: 2360}}},
		"a first period of a month and ten days": {
			Plan{Terms: terms(agent.MethodEqualPrincipal), StartsOn: 20250101, FirstDue: 20250211},
			[]agent.Instalment{{DueOn: 20250211, Principal: 60_000, Interest: 1600}, {DueOn: 20250311, Principal: 60_000, Interest: 600}}},
		"a first period of ten days": { // level 60,902 (60901.49), principal as of a month
			Plan{Terms: terms(agent.MethodEqualInstalment), StartsOn: 20250101, FirstDue: 20250111, Rounding: agent.RoundingUp},
			[]agent.Instalment{{DueOn: 20250111, Principal: 59_702, Interest: 400}, {DueOn: 20250211, Principal: 60_298, Interest: 603}}},
		"first due at the end of a short month": {
			Plan{Terms: Terms{200, 0, agent.MethodEqualPrincipal, 2}, StartsOn: 20250131, FirstDue: 20250228},
			[]agent.Instalment{{DueOn: 20250228, Principal: 100}, {DueOn: 20250331, Principal: 100}}},
		"a half to the even fen": { // a month of 50 fen at 12 % is half a fen; of 150 one and a half
			Plan{Terms: Terms{150, 1200, agent.MethodInterestOnly, 1}, StartsOn: 20250101, Rounding: agent.RoundingHalfEven},
			[]agent.Instalment{{DueOn: 20250201, Principal: 150, Interest: 2}}},
		"a half to the even fen, below": {
			Plan{Terms: Terms{50, 1200, agent.MethodInterestOnly, 1}, StartsOn: 20250101, Rounding: agent.RoundingHalfEven},
			[]agent.Instalment{{DueOn: 20250201, Principal: 50}}},
		"equal parts are rounded": {
			Plan{Terms: Terms{200, 0, agent.MethodEqualPrincipal, 3}, StartsOn: 20250131},
			[]agent.Instalment{{DueOn: 20250228, Principal: 67}, {DueOn: 20250331, Principal: 67}, {DueOn: 20250430, Principal: 66}}},
	} {
		got := lines(t, tt.plan)
		if len(got) != len(tt.want) {
			t.Errorf("%s: %d lines, want %d", name, len(got), len(tt.want))
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s: line %d = %+v, want %+v", name, i, got[i], tt.want[i])
			}
		}
	}
}

func TestPlan_absentOrAbsurdIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Plan){
		"no start":            func(p *Plan) { p.StartsOn = 0 },
		"a negative start":    func(p *Plan) { p.StartsOn = -20250101 },
		"another rule":        func(p *Plan) { p.Rounding = "near" },
		"another accrual":     func(p *Plan) { p.Accrual = "hourly" },
		"another year":        func(p *Plan) { p.DayBasis = 364 },
		"due before it lends": func(p *Plan) { p.FirstDue = 20241231 },
		"due in no lifetime":  func(p *Plan) { p.FirstDue = 99991231 },
		"no principal":        func(p *Plan) { p.Principal = 0 },
	} {
		p := Plan{Terms: Terms{120_000, 1200, agent.MethodEqualInstalment, 12}, StartsOn: 20250101}
		spoil(&p)
		if ls, err := p.Lines(); err != ErrTerms || ls != nil {
			t.Errorf("%s: Lines = %v, %v, want ErrTerms", name, ls, err)
		}
	}
}

// Every method, way of accrual, rule and term.
func TestPlan_repaysThePrincipalExactly(t *testing.T) {
	principal := int64(1)
	for _, method := range methods {
		for _, accrual := range accruals {
			for _, rounding := range roundings {
				for months := int64(1); months <= MaxMonths; months++ {
					if accrual == agent.AccrualDaily && months > 72 && months%37 != 0 {
						continue // the calendar takes most of the time
					}
					principal = principal*31%100_000_007 + months // small and large
					p := Plan{Terms: Terms{principal, (principal + months) % 3700, method, months}, StartsOn: 20240131, Accrual: accrual, Rounding: rounding}
					if months%3 == 0 {
						p.FirstDue = AddMonths(20240131, 1).AddDays(int(months % 50))
					}
					var sum int64
					last := p.StartsOn
					for _, l := range lines(t, p) {
						if l.Principal < 0 || l.Interest < 0 || l.DueOn <= last {
							t.Fatalf("%+v: line %+v after %v", p, l, last)
						}
						sum, last = sum+l.Principal, l.DueOn
					}
					if sum != principal {
						t.Fatalf("%+v: principals add up to %d", p, sum)
					}
				}
			}
		}
	}
}

// round is the second way to round: over fractions, by the distance to the fen
// below.
func round(x *big.Rat, rounding string) *big.Int {
	floor := new(big.Int).Quo(x.Num(), x.Denom())
	above := new(big.Int).Add(floor, big.NewInt(1))
	rest := new(big.Rat).Sub(x, new(big.Rat).SetInt(floor))
	switch rounding {
	case agent.RoundingDown:
		return floor
	case agent.RoundingUp:
		if rest.Sign() > 0 {
			return above
		}
		return floor
	}
	switch c := rest.Cmp(big.NewRat(1, 2)); {
	case c < 0, c == 0 && rounding == agent.RoundingHalfEven && floor.Bit(0) == 0:
		return floor
	}
	return above
}

// The second method: fractions, powers by repeated multiplication, and days by
// the calendar of the standard library.
func TestPlan_agreesWithFractions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Plan{Terms: genTerms(t), StartsOn: agent.Date(20240101).AddDays(rapid.IntRange(0, 800).Draw(t, "start")),
			Accrual: rapid.SampledFrom(accruals).Draw(t, "accrual"), Rounding: rapid.SampledFrom(roundings).Draw(t, "rounding"),
			DayBasis: rapid.SampledFrom([]int64{0, 360, 365}).Draw(t, "basis")}
		basis := p.DayBasis
		if basis == 0 {
			basis = 360
		}
		rate := big.NewRat(p.RateBP, 10_000)
		month := new(big.Rat).Quo(rate, big.NewRat(12, 1))
		left := big.NewInt(p.Principal)
		times := func(r *big.Rat) *big.Int { return round(new(big.Rat).Mul(new(big.Rat).SetInt(left), r), p.Rounding) }

		level := new(big.Rat) // the principal over the sum of what a fen is worth
		power := big.NewRat(1, 1)
		for range p.Months {
			power.Quo(power, new(big.Rat).Add(big.NewRat(1, 1), month))
			level.Add(level, power)
		}
		fixed := round(level.Quo(big.NewRat(p.Principal, 1), level), p.Rounding)

		begin := p.StartsOn
		ls := lines(t, p)
		for i, l := range ls {
			r := month
			if p.Method == agent.MethodBullet {
				r = new(big.Rat).Mul(month, big.NewRat(p.Months, 1))
			}
			if p.Accrual == agent.AccrualDaily {
				days := int64(l.DueOn.Time().Sub(begin.Time()).Hours()+12) / 24
				r = new(big.Rat).Mul(rate, big.NewRat(days, basis))
			}
			begin = l.DueOn
			interest := times(r)
			principal := new(big.Int)
			switch {
			case i == len(ls)-1:
				principal.Set(left)
			case p.Method == agent.MethodEqualInstalment:
				principal.Sub(fixed, interest)
			case p.Method == agent.MethodEqualPrincipal:
				principal = round(big.NewRat(p.Principal, p.Months), p.Rounding)
			}
			if principal.Sign() < 0 {
				principal.SetInt64(0)
			}
			if principal.Cmp(left) > 0 {
				principal.Set(left)
			}
			left.Sub(left, principal)
			if l.Interest != interest.Int64() || l.Principal != principal.Int64() {
				t.Fatalf("%+v line %d = %+v, want %v and %v", p, i, l, principal, interest)
			}
		}
	})
}

// Without a fee the cost is the nominal rate; of a bullet loan the closed form of
// its one payment. Bisection finds the same.
func TestAllIn_ofAScheduleIsItsRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := genTerms(t)
		terms.Principal += 10_000_00
		l := &agent.Loan{Principal: agent.Known(terms.Principal), StartsOn: 20240131,
			Schedule: lines(t, Plan{Terms: terms, StartsOn: 20240131, Rounding: rapid.SampledFrom(roundings).Draw(t, "rounding")})}
		want := float64(terms.RateBP)
		if terms.Method == agent.MethodBullet {
			n := float64(terms.Months)
			want = yearBP * (math.Pow(1+float64(terms.RateBP)*n/yearBP, 1/n) - 1)
		}
		got, ok := AllIn(l).Value()
		if !ok || math.Abs(float64(got)-want) > 1 {
			t.Fatalf("AllIn of %+v = %d %v, want %v", terms, got, ok, want)
		}
		low, high := 0.0, float64(MaxRateBP)
		for range 60 {
			rate := (low + high) / 2
			var worth float64
			for i, n := range l.Schedule {
				month := float64(i + 1)
				if terms.Method == agent.MethodBullet {
					month = float64(terms.Months)
				}
				worth += float64(n.Principal+n.Interest) / math.Pow(1+rate/yearBP, month)
			}
			if worth > float64(terms.Principal) {
				low = rate
			} else {
				high = rate
			}
		}
		if math.Abs(float64(got)-low) > 0.51 {
			t.Fatalf("AllIn of %+v = %d, by bisection %v", terms, got, low)
		}
	})
}

// Interest by the day of a year of 360 days costs more than its rate says.
func TestAllIn_countsInterestByTheDay(t *testing.T) {
	l := offered(1_000_000, 2400, agent.MethodEqualPrincipal, 12)
	l.Accrual = agent.AccrualDaily
	if got := AllIn(l).Or(0); got < 2425 || got > 2445 { // 24 % · 365/360 = 24.33 %
		t.Errorf("AllIn = %d, want about 2433", got)
	}
	l.StartsOn = 20250101
	byTerms := AllIn(l)
	l.Schedule = lines(t, Plan{Terms: Terms{1_000_000, 2400, agent.MethodEqualPrincipal, 12}, StartsOn: 20250101, Accrual: agent.AccrualDaily})
	if got := AllIn(l); got != byTerms {
		t.Errorf("AllIn by schedule = %v, by terms %v", got, byTerms)
	}
}
