package overdue

import (
	"slices"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// A question is what all reasons are weighed by.
type question struct {
	Figures
	e        *agent.Evidence
	today    agent.Date
	asOf     int64
	due      agent.Date // oldest instalment not paid; 0: unknown or none
	returned returns
	funds    agent.Tri
	able     agent.Tri
	others   agent.Tri
	spending agent.Tri
}

// A claim is one reason, and what was looked up for it.
type claim struct {
	*question
	since     agent.Date // when the reason began; 0: unknown
	pay       wage
	insured   insurance
	insuredOn bool // contributions went on after the loss
	receipts  receipts
	blocked   agent.Tri
}

// reasons returns the facts of every reason that was claimed or that the data
// show, sorted by reason, and of the reason that was claimed first its place
// among them, -1 if there is none, and what became of its salaries.
//
// The borrower's date belongs to the reason named first. A further reason, or
// one that the data show, has no date: what went on after it cannot be said.
func (q *question) reasons() (list []agent.ReasonFacts, first int, after agent.Tri) {
	first = -1
	stated := q.e.Claim
	for i := range models {
		m := &models[i]
		c := claim{question: q}
		claimed := q.claimed(m.reason)
		if claimed && m.reason == stated.Reason && stated.Since > 0 && stated.Since <= q.today {
			c.since = stated.Since
		}
		if !claimed && !m.shown(&c) {
			continue
		}
		facts := m.weigh(&c)
		facts.Claimed = claimed
		if !claimed && facts.Support != agent.ClaimSupported {
			continue // what nobody claimed cannot be contradicted
		}
		if list == nil {
			list = make([]agent.ReasonFacts, 0, 2)
		}
		if stated != nil && m.reason == stated.Reason {
			first, after = len(list), c.salaryAfter()
		}
		list = append(list, facts)
	}
	return list, first, after
}

// claimed reports whether the borrower gave the reason, first or further.
func (q *question) claimed(reason string) bool {
	c := q.e.Claim
	return c != nil && (c.Reason == reason || slices.Contains(c.Also, reason))
}

// given reports whether a kind of proof serves a reason that was claimed. The
// date of the document does not count: brought too late it is no proof of another.
func (q *question) given(proof string) bool {
	if proof == "" {
		return false
	}
	serves := func(s signal) bool { return s.proof == proof }
	for i := range models {
		if q.claimed(models[i].reason) && slices.ContainsFunc(models[i].supports, serves) {
			return true
		}
	}
	return false
}

func (c *claim) salaryAfter() agent.Tri {
	switch c.pay {
	case payContinued, payReduced:
		return agent.Yes
	case payStopped:
		return agent.No
	}
	return agent.Unknown
}

// proven reports whether somebody saw a document of the kind, dated inside the
// window.
func (c *claim) proven(kind string, w Window) bool {
	if c.e.Proofs == nil {
		return false
	}
	for _, p := range c.e.Proofs.Items {
		if p.Kind == kind && p.Seen == agent.Yes && c.timely(p.On, w) {
			return true
		}
	}
	return false
}

// belied reports whether a proof is a notice of termination after which the salary
// went on. Where nobody claimed a loss of work such a notice shows none: else
// leaving out the claim would hide what speaks against it.
func (c *claim) belied(proof string) bool {
	if proof != agent.ProofTermination || c.e.Proofs == nil {
		return false
	}
	dated := *c
	for _, p := range c.e.Proofs.Items {
		if p.Kind == proof && p.Seen == agent.Yes && c.timely(p.On, c.JobLoss) {
			dated.since = max(dated.since, p.On)
		}
	}
	return dated.salary() == payContinued
}

// timely reports whether a date is known, past and inside the window around the
// due date. Without a due date nothing explains a delay.
func (c *claim) timely(d agent.Date, w Window) bool {
	return d > 0 && d <= c.today && c.due != 0 && w.holds(d.Days(c.due))
}

func (c *claim) paidOthers() bool { return c.others == agent.Yes }
func (c *claim) spentMuch() bool  { return c.spending == agent.Yes }

// lookAtAccount reads what banks answered about the account. Those that disagree
// cancel each other.
func (c *claim) lookAtAccount() {
	c.blocked = agent.Unknown
	if c.e.Answers == nil {
		return
	}
	for _, a := range c.e.Answers.Items {
		if a.Kind != agent.AnswerBankAccount || a.At <= 0 || a.At > c.asOf || a.Match != agent.Yes && a.Match != agent.No ||
			c.due == 0 || a.At < c.due.Time().Unix()-c.CardLoss.Before*day {
			continue
		}
		if c.blocked != agent.Unknown && c.blocked != a.Match {
			c.blocked = agent.Unknown
			return
		}
		c.blocked = a.Match
	}
}

// cardChanged reports whether another card was bound around the due date.
func (c *claim) cardChanged() bool {
	if c.e.DeviceLog == nil {
		return false
	}
	for _, ev := range c.e.DeviceLog.Events {
		if ev.Kind == "card_changed" && ev.At > 0 && ev.At <= c.asOf && c.timely(dateOf(ev.At), c.CardLoss) {
			return true
		}
	}
	return false
}

// emptyWhenDue reports whether the bank returned the payment of the due date
// for want of funds. A fault that came first explains a later empty account.
func (c *claim) emptyWhenDue() bool {
	if !c.returned.seen[insufficientFunds] {
		return false
	}
	first := c.returned.first[insufficientFunds]
	return first >= 0 && first <= 1 && !(c.returned.seen[systemFault] && c.returned.first[systemFault] <= first)
}

func (c *claim) lookAtWork() {
	c.lookAtInsurance()
	c.pay = c.salary()
}

// An insurance says how contributions ended.
type insurance uint8

const (
	insuranceUnknown insurance = iota
	insurancePaused            // one month not paid
	insuranceStopped           // two and more
)

// lookAtInsurance looks for contributions that stopped after a last paid month,
// and for those that went on. The current month may still be paid. A month
// nobody knows about ends the search.
func (c *claim) lookAtInsurance() {
	if c.e.SocialInsurance == nil {
		return
	}
	months := c.e.SocialInsurance.Months
	this := monthStart(c.today)
	var last agent.Date           // last month paid
	paidAfter, paused := 0, false // paused: a month after the loss is known to be unpaid
	for i, m := range months {
		month := monthStart(m.Month)
		if m.Month <= 0 || month >= this {
			continue
		}
		if m.Paid == agent.No && c.since != 0 && month >= monthStart(c.since) {
			paused = true
		}
		if m.Paid != agent.Yes {
			continue
		}
		last = max(last, month)
		// Contributions run a month behind; the month of the loss and the
		// next prove nothing.
		if c.since != 0 && month > loan.AddMonths(monthStart(c.since), 1) && !paidBefore(months[:i], month) {
			paidAfter++
		}
	}
	c.insuredOn = paidAfter >= 2 && !paused
	if last == 0 {
		return
	}
	stopped := 0
	for month := loan.AddMonths(last, 1); month < this && paid(months, month) == agent.No; month = loan.AddMonths(month, 1) {
		stopped++
	}
	stop := loan.AddMonths(last, 1)
	if stopped == 0 || !c.timely(stop, c.JobLoss) {
		return
	}
	if c.since != 0 && (stop < loan.AddMonths(monthStart(c.since), -1) || stop > loan.AddMonths(monthStart(c.since), 3)) {
		return // another event than the one claimed
	}
	c.insured = insurancePaused
	if stopped >= 2 {
		c.insured = insuranceStopped
	}
}

// paid returns the state of a month. Entries that disagree are unknown.
func paid(months []agent.InsuredMonth, month agent.Date) agent.Tri {
	result := agent.Unknown
	for _, m := range months {
		if m.Month <= 0 || monthStart(m.Month) != month || m.Paid == agent.Unknown {
			continue
		}
		if result != agent.Unknown && result != m.Paid {
			return agent.Unknown
		}
		result = m.Paid
	}
	return result
}

func paidBefore(months []agent.InsuredMonth, month agent.Date) bool {
	for _, m := range months {
		if m.Month > 0 && monthStart(m.Month) == month && m.Paid == agent.Yes {
			return true
		}
	}
	return false
}

func monthStart(d agent.Date) agent.Date { return d - d%100 + 1 }
