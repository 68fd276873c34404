package loan

import (
	"cmp"
	"math"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// Parts of an instalment that a payment can go to, for [Figures.Order].
const (
	PartFee       = "fee"
	PartPenalty   = "penalty"
	PartInterest  = "interest"
	PartPrincipal = "principal"
)

// Figures are what the arithmetic needs beside the contract. A lender whose
// contracts say otherwise sets them.
type Figures struct {
	// DayBasis is the days of a year by which daily interest and a penalty are
	// found: 360 or 365.
	DayBasis int64
	// Order is what a payment goes to within an instalment, the oldest instalment
	// first: fee, interest and principal, each once, and penalty at most once.
	// Without penalty nothing on record was paid towards one, and it is reckoned
	// apart on what is past due still.
	Order []string
	// A limit moves by steps, see [Figures.NextLimit].
	RaiseBP   int64 // of the limit, up
	LowerBP   int64 // down
	LateTimes int64 // instalments paid late from which a limit is lowered
}

// Defaults returns the figures of a lender who set none. A year of 360 days is
// the banks' conversion (notice 银发〔2005〕129号, from memory). Fee before interest
// before principal is article 561 of the Civil Code where nothing else is agreed
// (from memory). That no penalty is taken out of payments is the product's own,
// so that what is past due is the same to every check: a list of payments does
// not say whether a lender waived one. The steps are the product's own.
func Defaults() Figures {
	return Figures{
		DayBasis:  dayBasis,
		Order:     []string{PartFee, PartInterest, PartPrincipal},
		RaiseBP:   2000,
		LowerBP:   2000,
		LateTimes: 3,
	}
}

// Contract computes the facts about the contract's own figures as of an instant
// in seconds. A nil e is no evidence at all. It may be called concurrently.
//
// Plan compares the lender's schedule, by due date, with what rate, method and
// term give: principal and interest of each line, a line too few or too many as
// one against nothing. It is by the agreed rule of rounding, or by that of the
// four that fits best where none is agreed. Conventions that differ among lenders
// fit likewise: equal parts of the principal may be rounded or cut; an odd first
// period may count as a month, as its days, or as whole months and days; and its
// instalment may be level or longer by the odd days. Due dates are taken as the
// lender gives them. It is unknown where principal, rate, method, term, start or
// schedule are missing or senseless.
func (f Figures) Contract(e *agent.Evidence, asOf int64) (facts agent.ContractFacts) {
	if e == nil || e.Loan == nil {
		return facts
	}
	l, today := e.Loan, agent.DateOf(time.Unix(asOf, 0))
	if rate, ok := l.PenaltyBP.Value(); ok && rate >= 0 && rate <= MaxRateBP {
		facts.PenaltyBP = l.PenaltyBP
	}
	lines, ok := sorted(l.Schedule)
	if ok {
		if off, ok := f.off(l, lines); ok {
			facts.Plan, facts.PlanOff = agent.TriOf(off == 0), agent.Known(off)
		}
		facts.Penalty = f.penalty(l, lines, today)
	}
	facts.LimitKind, facts.LimitLeft = limitLeft(&l.Limit)
	facts.LimitOpen = limitOpen(l, facts.LimitLeft, today)
	return facts
}

// sorted returns the lines by due date, if there are any and none is senseless.
func sorted(lines []agent.Instalment) ([]agent.Instalment, bool) {
	lines = inOrder(lines, func(a, b agent.Instalment) int {
		return cmp.Or(cmp.Compare(a.DueOn, b.DueOn), cmp.Compare(a.Principal, b.Principal), cmp.Compare(a.Interest, b.Interest), cmp.Compare(a.Fee, b.Fee))
	})
	for i := range lines {
		if n := &lines[i]; n.DueOn <= 0 || !fits(n.Principal) || !fits(n.Interest) || !fits(n.Fee) {
			return nil, false
		}
	}
	return lines, len(lines) > 0
}

// off returns the largest difference of a line, fen, by the variant of the plan
// that comes nearest.
func (f Figures) off(l *agent.Loan, lines []agent.Instalment) (int64, bool) {
	terms, ok := termsOf(l, lent(l))
	agreed, named := ruleOf(l.Rounding)
	start := l.StartsOn
	if !ok || !named || start <= 0 || f.DayBasis != 360 && f.DayBasis != 365 {
		return 0, false
	}
	c := course{Terms: terms, basis: f.DayBasis}
	whole := c.whole()
	months, days, ok := period(start, lines[0].DueOn)
	if !ok {
		return 0, false
	}
	var room [64]int64
	switch l.Accrual {
	case "", agent.AccrualMonthly:
	case agent.AccrualDaily:
		// A line that the lender left out has no days; it differs all the same.
		if c.daily, ok = daysOf(room[:0], start, lines); !ok {
			return 0, false
		}
		for len(c.daily) < c.lines() {
			c.daily = append(c.daily, 0)
		}
	default:
		return 0, false
	}
	best := int64(math.MaxInt64)
	try := func(v variant) {
		best = min(best, c.apart(v, lines, best))
	}
	for r := range rules {
		if l.Rounding != "" && r != agreed {
			continue
		}
		v := variant{rule: r, months: int64(whole)}
		try(v)
		if c.Method == agent.MethodEqualPrincipal {
			v.cut = true
			try(v)
		}
		if c.daily != nil || months == int64(whole) && days == 0 {
			continue
		}
		for _, cut := range [...]bool{false, true} {
			for _, level := range [...]bool{false, true} {
				if cut && c.Method != agent.MethodEqualPrincipal || level && c.Method != agent.MethodEqualInstalment {
					continue
				}
				try(variant{r, months, days, level, cut})
				try(variant{r, 0, lines[0].DueOn.Days(start), level, cut})
			}
		}
	}
	return best, true
}

// apart returns the largest difference between the lines of a variant and those
// given, or some difference not below enough.
func (c *course) apart(v variant, lines []agent.Instalment, enough int64) int64 {
	var worst int64
	c.walk(v, func(i int, principal, interest int64) bool {
		if i < len(lines) {
			principal, interest = principal-lines[i].Principal, interest-lines[i].Interest
		}
		worst = max(worst, principal, -principal, interest, -interest)
		return worst < enough
	})
	for i := c.lines(); i < len(lines); i++ {
		worst = max(worst, lines[i].Principal, lines[i].Interest)
	}
	return worst
}
