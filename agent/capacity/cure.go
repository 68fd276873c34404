package capacity

import (
	"math"
	"sort"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// What is past due on the loan in question is cured out of what is left each
// month. The months are counted from the day of the case; what falls due meanwhile
// is paid too. So the arrears are cured in the first month by whose end the
// residuals together have paid all that was past due and all that fell due since.
// Penalties are not in it, and neither is money at hand.
//
// The chance to cure is
//
//	likely    out of income alone within three months, and the same if income
//	          falls by a fifth; or the balances pay it at once, and what they still
//	          hold carries obligations and living for a while (ReserveDays)
//	possible  out of income alone within three months, or at once out of the
//	          balances, or out of both together within three months
//	unlikely  neither; known only where balances are
//
// and unknown where nothing is past due, or where what is left or past due is not
// known. It speaks of means: nobody is more or less willing for it.

// The longest cure, and the longest plan (cards: article 70 of the measures, five
// years), and the months within which a chance is told.
const (
	maxCure     = 60
	chanceAfter = 3
)

// A plan is what a borrower has to cure arrears with, fen a month.
type plan struct {
	residual int64 // left of the income, may be negative
	poorer   int64 // the same of four fifths of the income
	spent    int64 // on obligations and living
}

// cure sets the facts about what is past due on the loan.
func (f Figures) cure(facts *agent.CapacityFacts, p *plan, fl *flows, l *agent.Loan, today agent.Date) {
	g := loan.ReadLedger(l, today)
	arrears, ok := g.Past.Value()
	if !ok {
		return
	}
	owed := arrears
	due := [maxCure]int64{} // what falls due in each month from today on
	ends := [maxCure]agent.Date{}
	for m := range ends {
		ends[m] = loan.AddMonths(today, m+1)
	}
	g.Open(func(on agent.Date, left, principal int64) bool {
		if on < today {
			return true // past due
		}
		owed = add(owed, principal)
		if m := sort.Search(maxCure, func(m int) bool { return on < ends[m] }); m < maxCure {
			due[m] = add(due[m], left)
		}
		return true
	})
	facts.PlanMonths = shortestPlan(l, owed, p.residual)
	if arrears == 0 {
		return
	}
	months := cured(p.residual, arrears, &due)
	if months > 0 {
		facts.CureMonths = agent.Known(int64(months))
	}
	soon := func(residual, arrears int64) bool {
		m := cured(residual, arrears, &due)
		return m > 0 && m <= chanceAfter
	}
	money := fl.balance()
	switch {
	case soon(p.residual, arrears) && soon(p.poorer, arrears),
		money >= arrears && carries(money-arrears, p.spent) >= f.ReserveDays:
		facts.CureChance = agent.ChanceLikely
	case soon(p.residual, arrears), money >= arrears, soon(p.residual, arrears-money):
		facts.CureChance = agent.ChancePossible
	case fl.held:
		facts.CureChance = agent.ChanceUnlikely
	}
}

// cured returns the first month, from 1, by whose end so much a month has paid the
// arrears and all that fell due, 0 if 60 months do not suffice.
func cured(residual, arrears int64, due *[maxCure]int64) int {
	if residual <= 0 {
		return 0
	}
	var paid int64
	for m, n := range due {
		arrears = add(arrears, n)
		if paid = add(paid, residual); paid >= arrears && arrears < math.MaxInt64 {
			return m + 1
		}
	}
	return 0
}

// shortestPlan returns the smallest number of months in which all that is owed is
// repaid, at the loan's rate, by no more than a budget a month.
func shortestPlan(l *agent.Loan, owed, budget int64) agent.Int {
	rate, ok := l.RateBP.Value()
	if n, fits := loan.PlanMonths(owed, rate, budget, maxCure); ok && fits {
		return agent.Known(n)
	}
	return agent.Int{}
}
