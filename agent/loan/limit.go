package loan

import (
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// limitLeft returns the kind of a limit and what may still be drawn, fen. A
// single-draw limit is used up by the first draw, whatever is paid back.
func limitLeft(m *agent.Limit) (kind string, left agent.Int) {
	total, ok := m.Total.Value()
	drawn, known := m.Drawn.Value()
	draws, counted := m.Draws.Value()
	if total < 0 || drawn < 0 || draws < 0 {
		ok, known, counted = false, false, false
	}
	switch m.Kind {
	case agent.LimitRevolving:
		if ok && known {
			left = agent.Known(max(0, total-drawn))
		}
	case agent.LimitSingleDraw:
		switch {
		case counted && draws > 0, known && drawn > 0:
			left = agent.Known(0)
		case ok && counted:
			left = agent.Known(total)
		}
	default:
		return "", agent.Int{}
	}
	return m.Kind, left
}

// limitOpen holds if the limit is valid on a day, something of it is left and
// nothing is past due.
func limitOpen(l *agent.Loan, left agent.Int, today agent.Date) agent.Tri {
	m := &l.Limit
	if m.Kind != agent.LimitRevolving && m.Kind != agent.LimitSingleDraw {
		return agent.Unknown
	}
	valid, some := agent.Unknown, agent.Unknown
	if m.ValidUntil > 0 {
		valid = agent.TriOf(m.ValidUntil >= today)
	}
	if n, ok := left.Value(); ok {
		some = agent.TriOf(n > 0)
	}
	late := pastDue(l, today)
	switch {
	case valid == agent.No, some == agent.No, late == agent.Yes:
		return agent.No
	case valid == agent.Yes && some == agent.Yes && late == agent.No:
		return agent.Yes
	}
	return agent.Unknown
}

// pastDue holds if something of the loan is past due. Of a limit on which nothing
// is drawn, and which has no schedule, nothing can be.
func pastDue(l *agent.Loan, today agent.Date) agent.Tri {
	g := ReadLedger(l, today)
	if past, ok := g.Past.Value(); ok {
		return agent.TriOf(past > 0)
	}
	if len(l.Schedule) == 0 && l.Limit.Drawn == agent.Known(0) {
		return agent.No
	}
	return agent.Unknown
}

// NextLimit returns what the limit of a loan may be from today on, fen: by what
// the borrower carries a month at the loan's rate, method and term (instalment,
// fen, as [agent.CapacityFacts] has it) and by how the borrower dealt with this
// lender. It is
//
//	lower by LowerBP  after a broken promise, or LateTimes instalments paid late
//	higher by RaiseBP if no instalment was paid late, no promise broken and
//	                  nothing is past due
//	the same          else
//
// and never more than what is carried. It is a proposal: whether a limit is
// raised is for the lender and the borrower. Where any of these is not known, it
// is unknown, so that nothing left out keeps or raises a limit.
func (f Figures) NextLimit(l *agent.Loan, instalment agent.Int, c *agent.ConductFacts, today agent.Date) agent.Int {
	next, _ := f.nextLimit(l, instalment, c, today)
	return next
}

// Why a limit moves, stays or cannot be told, as [agent.TermsFacts] has it.
const (
	whyArrears  = "arrears.open"
	whyCapacity = "capacity.bound"
	whyKept     = "limit.kept"
	whyLowered  = "limit.lowered"
	whyRaised   = "limit.raised"
	whyLate     = "payment.late"
	whyPunctual = "payment.punctual"
	whyBroken   = "promise.broken"

	lacksArrears  = "arrears.unknown"
	lacksCapacity = "capacity.unknown"
	lacksConduct  = "conduct.unknown"
	lacksLimit    = "limit.unknown"
	lacksTerms    = "terms.unknown"
)

// nextLimit is NextLimit, and why, sorted: where it moves to and what moved it, or
// what is not known.
func (f Figures) nextLimit(l *agent.Loan, instalment agent.Int, c *agent.ConductFacts, today agent.Date) (agent.Int, []string) {
	if l == nil || c == nil {
		return agent.Int{}, nil
	}
	var lacks []string
	lack := func(code string, when bool) {
		if when {
			lacks = append(lacks, code)
		}
	}
	total, ok := l.Limit.Total.Value()
	carries, measured := instalment.Value()
	late, ok2 := c.TimesLate.Value()
	broken, ok3 := c.PromisesBroken.Value()
	terms, priced := termsOf(l, 1)
	kind, _ := limitLeft(&l.Limit)
	past := pastDue(l, today)
	lack(lacksArrears, past == agent.Unknown)
	lack(lacksCapacity, !measured)
	lack(lacksConduct, !ok2 || !ok3 || late < 0 || broken < 0)
	lack(lacksLimit, !ok || kind == "" || !fits(total))
	most, err := LargestPrincipal(terms, carries)
	lack(lacksTerms, !priced || err != nil)
	if len(lacks) > 0 || f.LateTimes < 1 || !step(f.RaiseBP) || !step(f.LowerBP) {
		return agent.Int{}, lacks
	}
	next := total
	var why []string
	switch {
	case broken > 0 || late >= f.LateTimes:
		next -= up.share(total, f.LowerBP, 10_000)
	case late == 0 && past == agent.No:
		next += down.share(total, f.RaiseBP, 10_000)
		why = append(why, whyPunctual)
	}
	if past == agent.Yes {
		why = append(why, whyArrears)
	}
	if late > 0 {
		why = append(why, whyLate)
	}
	if broken > 0 {
		why = append(why, whyBroken)
	}
	if most < next {
		next, why = most, append(why, whyCapacity)
	}
	switch {
	case next > total:
		why = append(why, whyRaised)
	case next < total:
		why = append(why, whyLowered)
	default:
		why = append(why, whyKept)
	}
	slices.Sort(why)
	return agent.Known(next), why
}

func step(bp int64) bool { return bp >= 0 && bp <= 10_000 }
