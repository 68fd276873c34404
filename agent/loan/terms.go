package loan

import (
	"time"

	"github.com/yanmen/yanmen/agent"
)

// most is the longest plan in months: five years, see [agent.CapacityFacts].
const most = 60

// Terms computes what may be proposed as of an instant in seconds, from evidence
// and the facts that were computed of it: where a revolving limit may move; and of
// a loan that is asked about for being late what settles it, and plans that the
// borrower carries. What those facts do not know stays unknown. It may be called
// concurrently.
func (f Figures) Terms(e *agent.Evidence, facts *agent.Facts, p agent.Purpose, asOf int64) (t agent.TermsFacts) {
	if e == nil || e.Loan == nil || facts == nil {
		return t
	}
	l, today := e.Loan, agent.DateOf(time.Unix(asOf, 0))
	if facts.Contract.LimitKind == agent.LimitRevolving {
		t.NextLimit, t.NextWhy = f.nextLimit(l, facts.Capacity.Instalment, &facts.Conduct, today)
	}
	if p != agent.PurposeOverdue {
		return t
	}
	if l.Early != agent.No {
		if owed, ok := f.Settle(l, today); ok {
			t.Settle = agent.Known(owed.Total())
		}
	}
	if budget, ok := facts.Capacity.Instalment.Value(); ok {
		t.Restructure = restructured(l, budget, today)
		t.Instalments = spread(l, budget, today)
	}
	return t
}

// restructured is the plan over all that is owed: what is past due, and the
// principal of what is not. Penalties are not in it.
func restructured(l *agent.Loan, budget int64, today agent.Date) agent.PlanFacts {
	g := ReadLedger(l, today)
	owed, ok := g.Past.Value()
	rate, priced := l.RateBP.Value()
	if !ok || !priced {
		return agent.PlanFacts{}
	}
	g.Open(func(on agent.Date, left, principal int64) bool {
		if on >= today {
			owed = add(owed, principal)
		}
		return true
	})
	lines := Restructure(owed, rate, budget, most, today)
	if len(lines) == 0 {
		return agent.PlanFacts{}
	}
	var total int64
	for i := range lines {
		total = add(total, whole(&lines[i]))
	}
	return planned(int64(len(lines)), whole(&lines[0]), whole(&lines[len(lines)-1]), total, today)
}

// spread is the shortest plan over what is past due that the budget carries beside
// what falls due in each of its months. It bears no interest of its own.
func spread(l *agent.Loan, budget int64, today agent.Date) agent.PlanFacts {
	g := ReadLedger(l, today)
	arrears, ok := g.Past.Value()
	if !ok || arrears <= 0 {
		return agent.PlanFacts{}
	}
	due := [most]int64{} // what falls due in each month from today on
	month, ends := 0, AddMonths(today, 1)
	g.Open(func(on agent.Date, left, _ int64) bool {
		if on < today {
			return true // past due
		}
		for month < most && on >= ends {
			month++
			ends = AddMonths(today, month+1)
		}
		if month < most {
			due[month] = add(due[month], left)
		}
		return month < most
	})
	var dear int64 // what falls due in the dearest month so far
	for n := int64(1); n <= most && dear < budget; n++ {
		dear = max(dear, due[n-1])
		part := (arrears-1)/n + 1
		if part > budget-min(dear, budget) {
			continue
		}
		// Parts that are rounded up may be fewer.
		n = (arrears-1)/part + 1
		return planned(n, part, arrears-(n-1)*part, arrears, today)
	}
	return agent.PlanFacts{}
}

func planned(months, instalment, last, total int64, today agent.Date) agent.PlanFacts {
	return agent.PlanFacts{Months: agent.Known(months), Instalment: agent.Known(instalment), Last: agent.Known(last), Total: agent.Known(total),
		FirstOn: AddMonths(today, 1), LastOn: AddMonths(today, int(months))}
}
