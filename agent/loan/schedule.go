package loan

import (
	"math/big"
	"math/bits"

	"github.com/yanmen/yanmen/agent"
)

// A Plan is what a schedule is computed from where its months are not all alike:
// days, rounding and an odd first period. The zero of each field but Terms and
// StartsOn is what [Schedule] takes.
type Plan struct {
	Terms
	StartsOn agent.Date
	FirstDue agent.Date // 0: a month after StartsOn, of a bullet loan its whole term
	Accrual  string     // agent.AccrualMonthly or AccrualDaily; "" is monthly
	Rounding string     // one of the agent.Rounding constants; "" is half_up
	DayBasis int64      // days of a year by which a daily rate is found, 360 or 365; 0 is 360
}

// Lines returns the instalments. By the day, the interest of a line is that of
// the days since the one before; by the month it is a twelfth of a year's, and
// an odd first period counts its whole months and then its days. The level
// instalment is that of equal months. So is the principal of the first line, also
// where its period is odd.
//
// Each amount is rounded by the one rule, and the last line takes what that left
// of the principal: principals add up to the fen. Errors are [ErrTerms].
func (p Plan) Lines() ([]agent.Instalment, error) {
	r, ok := ruleOf(p.Rounding)
	if p.check() != nil || p.StartsOn <= 0 || !ok {
		return nil, ErrTerms
	}
	c := course{Terms: p.Terms, basis: p.DayBasis}
	switch {
	case c.basis == 0:
		c.basis = dayBasis
	case c.basis != 360 && c.basis != 365:
		return nil, ErrTerms
	}
	whole := c.whole()
	lines := make([]agent.Instalment, c.lines())
	regular := p.FirstDue == 0 || p.FirstDue == AddMonths(p.StartsOn, whole)
	for i := range lines {
		if regular {
			lines[i].DueOn = AddMonths(p.StartsOn, whole+i)
		} else {
			lines[i].DueOn = AddMonths(p.FirstDue, i)
		}
	}
	v := variant{rule: r}
	if v.months, v.days, ok = period(p.StartsOn, lines[0].DueOn); !ok {
		return nil, ErrTerms
	}
	switch p.Accrual {
	case "", agent.AccrualMonthly:
	case agent.AccrualDaily:
		c.daily, _ = daysOf(nil, p.StartsOn, lines) // the first is in bounds, the others are a month each
	default:
		return nil, ErrTerms
	}
	c.walk(v, func(i int, principal, interest int64) bool {
		lines[i].Principal, lines[i].Interest = principal, interest
		return true
	})
	return lines, nil
}

// dayBasis is the bank's year of 360 days, by which a daily rate is the annual
// one over 360.
const dayBasis = 360

// maxDays bounds the days of a schedule and of what is past due, so that no
// product overflows.
const maxDays = MaxMonths * 31

// A course is the run of a schedule before anything is rounded.
type course struct {
	Terms
	basis     int64
	daily     []int64  // days of each line; nil: by the month
	quo, rest *big.Int // the level instalment and what is left of it, of den
	den       *big.Int
}

// A variant is a way to round, and to reckon an odd first period.
type variant struct {
	rule         rule
	months, days int64 // of the first period, where interest is by the month
	level        bool  // the first instalment is the level one, not its principal
	cut          bool  // equal parts of the principal are cut to the fen
}

func (c *course) lines() int {
	if c.Method == agent.MethodBullet {
		return 1
	}
	return int(c.Months)
}

// whole is how many months the first line takes where it is regular.
func (c *course) whole() int { return int(c.Months) / c.lines() }

// first returns the interest of the first period by the month.
func (c *course) first(v variant) int64 {
	return v.rule.share(c.Principal, c.RateBP*(v.months*c.basis+v.days*12), yearBP*c.basis)
}

// walk calls yield with each line until it is told to stop.
func (c *course) walk(v variant, yield func(i int, principal, interest int64) bool) {
	var level, part int64
	switch c.Method {
	case agent.MethodEqualInstalment:
		if c.den == nil {
			var num *big.Int
			num, c.den = annuity(c.RateBP, c.Months)
			c.quo, c.rest = num.QuoRem(num.Mul(num, big.NewInt(c.Principal)), c.den, new(big.Int))
		}
		level = c.quo.Int64()
		if v.rule.raises(c.rest.Sign(), new(big.Int).Lsh(c.rest, 1).Cmp(c.den), level) {
			level++
		}
	case agent.MethodEqualPrincipal:
		if part = c.Principal / c.Months; !v.cut {
			part = v.rule.share(c.Principal, 1, c.Months)
		}
	}
	left, n := c.Principal, c.lines()
	for i := range n {
		var interest int64
		switch {
		case c.daily != nil:
			interest = v.rule.share(left, c.RateBP*c.daily[i], 10_000*c.basis)
		case i == 0:
			interest = c.first(v)
		default:
			interest = v.rule.share(left, c.RateBP, yearBP)
		}
		var principal int64
		switch {
		case i == n-1:
			principal = left
		case c.Method == agent.MethodEqualInstalment:
			month := interest
			if i == 0 && c.daily == nil && !v.level {
				month = v.rule.share(left, c.RateBP, yearBP)
			}
			// Rounding may pay a loan of a few fen off early, and an odd
			// period cost more than the level instalment.
			principal = max(0, min(level-month, left))
		case c.Method == agent.MethodEqualPrincipal:
			principal = min(part, left)
		}
		left -= principal
		if !yield(i, principal, interest) {
			return
		}
	}
}

// period returns whole months and odd days from one date to a later one.
func period(from, to agent.Date) (months, days int64, ok bool) {
	if to < from || to.Days(from) > maxDays {
		return 0, 0, false
	}
	k := (int(to)/10000-int(from)/10000)*12 + int(to)/100%100 - int(from)/100%100
	if AddMonths(from, k) > to {
		k--
	}
	return int64(k), to.Days(AddMonths(from, k)), true
}

// daysOf appends the days of each line, sorted by date.
func daysOf(days []int64, from agent.Date, lines []agent.Instalment) ([]int64, bool) {
	for i := range lines {
		n := lines[i].DueOn.Days(from)
		if n < 0 || n > maxDays {
			return nil, false
		}
		days, from = append(days, n), lines[i].DueOn
	}
	return days, true
}

// A rule says where an amount between two fen goes.
type rule uint8

const (
	halfUp rule = iota
	halfEven
	up
	down
	rules
)

var ruleNames = [rules]string{agent.RoundingHalfUp, agent.RoundingHalfEven, agent.RoundingUp, agent.RoundingDown}

func ruleOf(name string) (rule, bool) {
	for r, n := range ruleNames {
		if n == name {
			return rule(r), true
		}
	}
	return halfUp, name == ""
}

// raises reports whether a quotient goes up, by the sign of what is left over and
// how twice of that compares with the divisor.
func (r rule) raises(rest, half int, quo int64) bool {
	switch r {
	case up:
		return rest > 0
	case down:
		return false
	case halfEven:
		return half > 0 || half == 0 && quo%2 == 1
	}
	return half >= 0
}

// share returns amount·num/den to the fen over 128 bits. All are non-negative
// and inside the limits of Terms.
func (r rule) share(amount, num, den int64) int64 {
	hi, lo := bits.Mul64(uint64(amount), uint64(num))
	q, rest := bits.Div64(hi, lo, uint64(den))
	half := -1
	if other := uint64(den) - rest; rest > other {
		half = 1
	} else if rest == other {
		half = 0
	}
	sign := 0
	if rest > 0 {
		sign = 1
	}
	if r.raises(sign, half, int64(q)) {
		q++
	}
	return int64(q)
}
