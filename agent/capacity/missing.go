package capacity

import "github.com/yanmen/yanmen/agent"

// Missing returns the first days of those of the last GoodMonths complete months
// before an instant in which no source shows an income, the oldest first. They are the
// months of which more has to be shown: none where an income is verified and was seen
// in so many of the last twelve. facts is what [Figures.Check] found as of that instant.
// It may be called concurrently.
func (f Figures) Missing(e *agent.Evidence, facts *agent.CapacityFacts, asOf int64) (months []agent.Date) {
	most := min(f.GoodMonths, lookBack)
	if e == nil || facts.VerifiedIncome.IsKnown() && facts.IncomeMonths.Or(0) >= int64(most) {
		return nil
	}
	c := newCalendar(asOf)
	var fl flows
	f.read(&fl, e.Statements, &c)
	insured, declared := insurance(e.SocialInsurance, &c), verified(e.Income, &c)
	seen := fl.months | insured.earned() | declared.earned()
	for k := most; k >= 1; k-- {
		if seen&(1<<k) == 0 {
			months = append(months, dateOf(c.start[k]))
		}
	}
	return months
}
