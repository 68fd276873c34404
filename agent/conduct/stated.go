package conduct

import (
	"math/bits"
	"slices"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// stated compares income, household and employment as they are stated now with
// what was stated in earlier applications:
//
//	income      higher by more than IncomeRiseBP than at an application of the last
//	            StatedDays, while no other source stands behind it and no document
//	            of that time was seen
//	household   smaller or larger by HouseholdStep or more than at an application of
//	            the last StatedDays
//	employment  is now said to have begun more than SinceDays before an application
//	            that stated what excludes it
//
// Yes takes one of them. No takes all three compared, so that an answer that was
// left out makes nobody consistent; and a document that was not asked for makes
// nobody inconsistent.
func (f Figures) stated(facts *agent.ConductFacts, e *agent.Evidence, past []agent.PastApplication, asOf int64, today agent.Date) {
	parts := [...]struct {
		code    string
		differs agent.Tri
	}{
		{codeIncomeRose, f.incomeRose(e, past, asOf, today)},
		{codeHouseholdDiffers, f.householdDiffers(e.Liabilities, past, asOf)},
		{codeWorkDiffers, f.workDiffers(e.Employment, past)},
	}
	facts.Inconsistent = agent.No
	for _, p := range parts {
		switch p.differs {
		case agent.Yes:
			facts.Codes = append(facts.Codes, p.code)
			facts.Inconsistent = agent.Yes
		case agent.Unknown:
			if facts.Inconsistent == agent.No {
				facts.Inconsistent = agent.Unknown
			}
		}
	}
}

// worst puts the answers about several applications together: Yes if one is, else
// unknown if one is, else No; unknown if there is none.
type worst struct{ yes, no, unknown bool }

func (w *worst) add(t agent.Tri) {
	w.yes = w.yes || t == agent.Yes
	w.no = w.no || t == agent.No
	w.unknown = w.unknown || t == agent.Unknown
}

func (w *worst) answer() agent.Tri {
	switch {
	case w.yes:
		return agent.Yes
	case w.no && !w.unknown:
		return agent.No
	}
	return agent.Unknown
}

// recent returns the applications of the last StatedDays.
func (f Figures) recent(past []agent.PastApplication, asOf int64) []agent.PastApplication {
	for len(past) > 0 && asOf-past[0].At > f.StatedDays*day {
		past = past[1:]
	}
	return past
}

func (f Figures) incomeRose(e *agent.Evidence, past []agent.PastApplication, asOf int64, today agent.Date) agent.Tri {
	if e.Income == nil {
		return agent.Unknown
	}
	now, ok := e.Income.DeclaredMonthly.Value()
	if !ok || now < 0 {
		return agent.Unknown
	}
	var w worst
	for _, a := range f.recent(past, asOf) {
		then, ok := a.Income.Value()
		switch {
		case !ok || then < 0:
			w.add(agent.Unknown)
		case !exceeds(now, then, f.IncomeRiseBP):
			w.add(agent.No)
		default:
			w.add(unexplained(e, agent.DateOf(time.Unix(a.At, 0)), today))
		}
	}
	return w.answer()
}

// exceeds reports whether now is above then by more than a share in basis points.
func exceeds(now, then, bp int64) bool {
	if now <= then {
		return false
	}
	hi, lo := bits.Mul64(uint64(now-then), 10_000)
	hi2, lo2 := bits.Mul64(uint64(then), uint64(max(bp, 0)))
	return hi > hi2 || hi == hi2 && lo > lo2
}

// unexplained says whether nothing stands behind an income that rose since a day.
// It is unknown where documents were not looked for.
func unexplained(e *agent.Evidence, since, today agent.Date) agent.Tri {
	if e.Income.Verified == agent.Yes {
		return agent.No
	}
	if e.Proofs == nil {
		return agent.Unknown
	}
	answer := agent.Yes
	for _, p := range e.Proofs.Items {
		if p.Kind != agent.ProofIncome && p.Kind != agent.ProofContract || p.Seen == agent.No {
			continue
		}
		switch {
		case p.Seen == agent.Yes && p.On >= since && p.On <= today:
			return agent.No
		case p.Seen == agent.Unknown || p.On <= 0:
			answer = agent.Unknown
		}
	}
	return answer
}

func (f Figures) householdDiffers(l *agent.Liabilities, past []agent.PastApplication, asOf int64) agent.Tri {
	if l == nil || f.HouseholdStep <= 0 {
		return agent.Unknown
	}
	now, ok := l.Household.Value()
	if !ok || now < 1 {
		return agent.Unknown
	}
	var w worst
	for _, a := range f.recent(past, asOf) {
		if then, ok := a.Household.Value(); !ok || then < 1 {
			w.add(agent.Unknown)
		} else {
			w.add(agent.TriOf(max(now-then, then-now) >= f.HouseholdStep))
		}
	}
	return w.answer()
}

func (f Figures) workDiffers(now *agent.Employment, past []agent.PastApplication) agent.Tri {
	if now == nil || now.Status == "" {
		return agent.Unknown
	}
	var w worst
	for _, a := range past {
		excludes := slices.Contains(f.Exclusive, Pair{now.Status, a.Employment}) || slices.Contains(f.Exclusive, Pair{a.Employment, now.Status})
		switch {
		case a.Employment == "" || excludes && now.Since <= 0:
			w.add(agent.Unknown)
		case !excludes:
			w.add(agent.No)
		default:
			w.add(agent.TriOf(agent.DateOf(time.Unix(a.At, 0)).Days(now.Since) > f.SinceDays))
		}
	}
	return w.answer()
}
