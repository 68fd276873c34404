// Package overdue computes how late a loan is and what the data say to the
// reason that the borrower gives.
//
// It is pure: evidence and an instant in, facts out. Days are civil days in
// China; an instalment is late from the day after it fell due. Payments are
// allocated to the oldest instalment first, to the fen.
//
// A reason is weighed in classes, not in points; models.go is the table. What is
// missing supports nothing and contradicts nothing: a reason is contradicted
// only by data that are there, and leaving evidence out never makes it so.
// Whether anybody is unwilling to pay is not computed here or anywhere; what
// follows from the facts is for the rules and, where it is adverse, for a person
// to say.
package overdue

import (
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// A Window is the time around a due date, in days, in which something belongs
// to that date.
type Window struct{ Before, After int64 }

func (w Window) holds(days int64) bool { return days >= -w.Before && days <= w.After }

// Figures are the lender's own, but for the lapse: none of the others is law, and
// those of [Defaults] are the product's. The zero Figures accept evidence of the
// due date alone and find nobody able.
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
	Family     Window // a certificate of bereavement, divorce or care
	Dispute    Window // a complaint's receipt
	Debts      Window // a credit report
	Around     Window // payments to others, and spending; half a year each way at most

	FinalPayDays int64 // days after a loss of work in which a last pay may still come
	GapDays      int64 // days without salary from which work was lost and found again
	MedicalFen   int64 // one medical payment of this many fen is spending that bears an illness out
	MedicalDays  int   // and so are payments on this many days
	AttemptDays  int64 // days back in which attempts to contact are counted
	FallBP       int64 // pay and receipts of no more than this share of the former ones have fallen
	HoldBP       int64 // receipts of at least this share went on
	PayDays      int64 // days before the due date in which a salary is money at hand
	DebtShareBP  int64 // debts that take this share of the income are too many
	ManyLenders  int64 // and so are this many lenders

	// Living is what a household needs to live on a day, fen a month: the table by
	// which capacity is checked. Nil, or unknown, and nobody is found able.
	Living func(l *agent.Liabilities, on agent.Date) agent.Int
}

// Defaults returns the figures of a lender who set none. They do not know what living
// costs, so nobody is found able.
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
		Family:       Window{180, 31},
		Dispute:      Window{365, 60},
		Debts:        Window{180, 60},
		Around:       Window{7, 30},
		FinalPayDays: 45,
		GapDays:      62,
		MedicalFen:   2000_00,
		MedicalDays:  4,
		AttemptDays:  30,
		FallBP:       6000,
		HoldBP:       8000,
		PayDays:      10,
		DebtShareBP:  7000,
		ManyLenders:  5,
	}
}

// Check computes the facts as of an instant in seconds; what is dated later is
// not looked at. A nil e is no evidence at all. It may be called concurrently.
//
// BankReturn, FundsAtDue and every window refer to the oldest instalment that
// is not paid. FundsAtDue is Yes if one account held at least the instalment
// through the whole due date, and No if every account whose balance is known
// held less. SalaryAfter is looked at for a claimed loss of work alone: Yes if
// salaries went on, No if they stopped on an account that goes on; pay that
// paused and began again, and one late pay, leave it Unknown.
//
// Reasons has one entry for every reason on the list that the borrower gave, and
// one for each that a strong signal shows and nothing contradicts. The borrower's
// date counts for the reason named first alone. Able, OthersPaid and Spending are
// looked at from the day after the due date on.
func (f Figures) Check(e *agent.Evidence, asOf int64) agent.OverdueFacts {
	if e == nil {
		e = &agent.Evidence{}
	}
	today := agent.DateOf(time.Unix(asOf, 0))
	l := loan.ReadLedger(e.Loan, today)
	facts := agent.OverdueFacts{
		DaysPastDue:    daysPastDue(&l, today),
		Bucket:         bucket(l.Days),
		AmountPastDue:  l.Past,
		TechnicalLapse: f.lapse(l.Days),
		Support:        agent.ClaimNone,
	}
	facts.Attempts30, facts.Reached30 = f.attempts(e.ContactLog, asOf)
	q := question{Figures: f, e: e, today: today, asOf: asOf, due: l.DueOn}
	if l.DueOn != 0 && l.DueOn <= today {
		q.returned = f.returns(e.Loan.Payments, l.DueOn, today)
		facts.BankReturn = q.returned.nearest.String()
		p := readPurse(e.Statements, l.DueOn, asOf)
		q.funds = p.funds(l.Amount)
		if l.DueOn < today {
			q.able = q.ability(p, l.Amount)
			q.others = q.paidElsewhere()
			q.spending = q.spent(l.Amount)
		}
	}
	facts.FundsAtDue, facts.Able, facts.OthersPaid, facts.Spending = q.funds, q.able, q.others, q.spending
	list, first, after := q.reasons()
	facts.Reasons, facts.SalaryAfter = list, after
	switch {
	case first >= 0:
		r := &list[first]
		facts.Claim, facts.Support, facts.For, facts.Against = r.Reason, r.Support, r.For, r.Against
	case e.Claim != nil && e.Claim.Reason == agent.ReasonNoneGiven:
		facts.Claim = agent.ReasonNoneGiven
	case e.Claim != nil && e.Claim.Reason != "":
		facts.Support = agent.ClaimUnproven // a reason that is not on the list
	}
	return facts
}

// daysPastDue counts on past the due date, and down to it while nothing is past
// due and an instalment lies ahead.
func daysPastDue(l *loan.Ledger, today agent.Date) agent.Int {
	if l.DueOn > today {
		return agent.Known(-l.DueOn.Days(today))
	}
	return l.Days
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

// attempts counts the attempts of the last days, and those that reached the
// borrower.
func (f Figures) attempts(log *agent.ContactLog, asOf int64) (made, reached agent.Int) {
	if log == nil {
		return
	}
	var n, m int64
	for _, a := range log.Attempts {
		if a.At <= asOf && a.At > asOf-f.AttemptDays*day {
			n++
			if a.Reached == agent.Yes {
				m++
			}
		}
	}
	return agent.Known(n), agent.Known(m)
}
