// Package overdue computes how late a loan is and what the data say to the
// reason that the borrower gives.
//
// It is pure: evidence and an instant in, facts out. Days are civil days in
// China; an instalment is late from the day after it fell due. Payments are
// allocated to the oldest instalment first, to the fen.
//
// A claim is weighed in classes, not in points (see claim.go). What is missing
// supports nothing and contradicts nothing: a claim is contradicted only by data
// that are there, and leaving evidence out never makes it so. Whether anybody is
// unwilling to pay is not computed here or anywhere; what follows from the facts
// is for the rules and, where it is adverse, for a person to say.
package overdue

import (
	"slices"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// A Window is the time around a due date, in days, in which something belongs
// to that date.
type Window struct{ Before, After int64 }

func (w Window) holds(days int64) bool { return days >= -w.Before && days <= w.After }

// Figures are the lender's own, but for the lapse. The zero Figures accept
// evidence of the due date alone.
type Figures struct {
	LapseDays int64 // longest technical lapse; seven by the measures on classes of financial assets (Order [2023] 1)

	Return     Window // a bank's return of a payment
	CardLoss   Window // a loss report, a bank's answer about the account
	BankNotice Window // a bank's notice of a fault
	JobLoss    Window // a termination notice, benefit granted, insurance or salary that stopped
	Illness    Window // a diagnosis, a bill, spending
	Business   Window // a deregistration
	Disaster   Window // a notice for the area
	Police     Window // a police receipt; theft of an identity is found late

	FinalPayDays int64 // days after a loss of work in which a last pay may still come
	GapDays      int64 // days without salary from which work was lost and found again
	MedicalFen   int64 // one medical payment of this many fen is spending that bears an illness out
	MedicalDays  int   // and so are payments on this many days
	AttemptDays  int64 // days back in which attempts to contact are counted
}

// Defaults returns the figures of a lender who set none.
func Defaults() Figures {
	return Figures{
		LapseDays:    7,
		Return:       Window{3, 10},
		CardLoss:     Window{60, 14},
		BankNotice:   Window{3, 14},
		JobLoss:      Window{180, 31},
		Illness:      Window{180, 31},
		Business:     Window{365, 60},
		Disaster:     Window{90, 31},
		Police:       Window{1095, 3650},
		FinalPayDays: 45,
		GapDays:      62,
		MedicalFen:   2000_00,
		MedicalDays:  4,
		AttemptDays:  30,
	}
}

// Check computes the facts with the figures of [Defaults].
func Check(e *agent.Evidence, asOf int64) agent.OverdueFacts { return Defaults().Check(e, asOf) }

// Check computes the facts as of an instant in seconds; what is dated later is
// not looked at. A nil e is no evidence at all. It may be called concurrently.
//
// BankReturn, FundsAtDue and every window refer to the oldest instalment that
// is not paid. FundsAtDue is Yes if one account held at least the instalment
// through the whole due date, and No if every account whose balance is known
// held less. SalaryAfter is looked at for a claimed loss of work alone: Yes if
// salaries went on, No if they stopped on an account that goes on; pay that
// paused and began again, and one late pay, leave it Unknown.
func (f Figures) Check(e *agent.Evidence, asOf int64) agent.OverdueFacts {
	if e == nil {
		e = &agent.Evidence{}
	}
	today := agent.DateOf(time.Unix(asOf, 0))
	l := readLedger(e.Loan, today)
	facts := agent.OverdueFacts{
		DaysPastDue:    l.days,
		Bucket:         bucket(l.days),
		AmountPastDue:  l.past,
		TechnicalLapse: f.lapse(l.days),
		Support:        agent.ClaimNone,
		Attempts30:     f.attempts(e.ContactLog, asOf),
	}
	var returned returns
	if l.due != 0 && l.due <= today {
		returned = f.returns(e.Loan.Payments, l.due, today)
		facts.BankReturn = returned.nearest.String()
		facts.FundsAtDue = funds(e.Statements, l.due, l.amount, asOf)
	}
	if e.Claim == nil || e.Claim.Reason == "" {
		return facts
	}
	c := claim{Figures: f, e: e, today: today, asOf: asOf, due: l.due, returned: returned, funds: facts.FundsAtDue}
	if since := e.Claim.Since; since > 0 && since <= today {
		c.since = since
	}
	facts.Claim, facts.Support = c.weigh(e.Claim.Reason)
	facts.SalaryAfter = c.salaryAfter
	facts.For, facts.Against = c.pro.sorted(), c.contra.sorted()
	return facts
}

// bucket names the band of days past due (convention of the trade).
func bucket(days agent.Int) string {
	d, ok := days.Value()
	switch {
	case !ok:
		return "unknown"
	case d <= 0:
		return "M0"
	case d > 180:
		return "M7+"
	}
	return [...]string{"M1", "M2", "M3", "M4", "M5", "M6"}[(d-1)/30]
}

func (f Figures) lapse(days agent.Int) agent.Tri {
	d, ok := days.Value()
	if !ok {
		return agent.Unknown
	}
	return agent.TriOf(d >= 1 && d <= f.LapseDays)
}

func (f Figures) attempts(log *agent.ContactLog, asOf int64) agent.Int {
	if log == nil {
		return agent.Int{}
	}
	var n int64
	for _, a := range log.Attempts {
		if a.At <= asOf && a.At > asOf-f.AttemptDays*86400 {
			n++
		}
	}
	return agent.Known(n)
}

// A weight is the class of a code.
type weight uint8

const (
	idle weight = iota // worth telling, decides nothing
	weak
	strong
	numWeights
)

// A scale holds the codes on one side and how many of each class they are.
type scale struct {
	codes []string
	count [numWeights]int
}

func (s *scale) add(code string, w weight) {
	if !slices.Contains(s.codes, code) {
		s.codes = append(s.codes, code)
		s.count[w]++
	}
}

// carries reports whether the side is heavy enough.
func (s *scale) carries() bool { return s.count[strong] > 0 || s.count[weak] > 1 }

func (s *scale) sorted() []string {
	slices.Sort(s.codes)
	return s.codes
}
