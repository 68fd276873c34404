package overdue

import (
	"math"
	"math/bits"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

const day = 86400

// Everything here is a least, a greatest or a set, so that the order of rows and
// statements, a statement cut in two and one given twice change nothing.

// accounts calls f with the first statement of each account. Statements without
// a label are one account of their format.
func accounts(list []*agent.Statement, f func(*agent.Statement)) {
next:
	for i, s := range list {
		if s == nil {
			continue
		}
		for _, t := range list[:i] {
			if sameAccount(s, t) {
				continue next
			}
		}
		f(s)
	}
}

func sameAccount(s, t *agent.Statement) bool {
	return s != nil && t != nil && s.Account == t.Account && (s.Account != "" || s.Format == t.Format)
}

// period returns the instants that a statement covers, the end excluded; an
// empty one if it does not say.
func period(s *agent.Statement) (from, to int64) {
	if s.From <= 0 || s.To < s.From {
		return 0, 0
	}
	return s.From.Time().Unix(), s.To.Time().Unix() + day
}

// covers reports whether statements of the account cover every instant between.
func covers(list []*agent.Statement, account *agent.Statement, from, to int64) bool {
	for from < to {
		reached := from
		for _, s := range list {
			if sameAccount(s, account) {
				if a, b := period(s); a <= from && b > reached {
					reached = b
				}
			}
		}
		if reached == from {
			return false
		}
		from = reached
	}
	return true
}

// span is the least and greatest of some amounts; none while least > greatest.
type span struct{ least, greatest int64 }

var noSpan = span{math.MaxInt64, math.MinInt64}

func (s *span) take(v int64) { s.least, s.greatest = min(s.least, v), max(s.greatest, v) }

// funds reports whether an account held the amount through the due date: Yes if
// the balance it opened the day with, and each one on the day, was enough.
func funds(list []*agent.Statement, due agent.Date, amount, asOf int64) agent.Tri {
	result := agent.Unknown
	begin := due.Time().Unix()
	end := min(begin+day, asOf)
	accounts(list, func(account *agent.Statement) {
		opening, today := noSpan, noSpan
		before := int64(math.MinInt64)
		for _, s := range list {
			if !sameAccount(s, account) {
				continue
			}
			for i := range s.Transactions {
				t := &s.Transactions[i]
				balance, ok := t.Balance.Value()
				if !ok || t.State != agent.StateSettled || t.At >= end {
					continue
				}
				switch {
				case t.At >= begin:
					today.take(balance)
				case t.At > before:
					before, opening = t.At, noSpan
					opening.take(balance)
				case t.At == before: // dates without a time: the order is not known
					opening.take(balance)
				}
			}
		}
		if opening == noSpan || !covers(list, account, before, end) {
			return
		}
		switch {
		case min(opening.least, today.least) >= amount:
			result = agent.Yes
		case result == agent.Unknown && max(opening.greatest, today.greatest) < amount:
			result = agent.No
		}
	})
	return result
}

// medicalSpending reports whether the statements show it inside the window.
func (c *claim) medicalSpending() bool {
	from := c.due.Time().Unix() - c.Illness.Before*day
	to := min(c.due.Time().Unix()+(c.Illness.After+1)*day, c.asOf+1)
	var days [8]uint64 // a bit a day; longer windows wrap, which loses days and adds none
	for _, s := range c.e.Statements {
		if s == nil {
			continue
		}
		for i := range s.Transactions {
			t := &s.Transactions[i]
			if t.Kind != agent.KindMedical || t.Flow != agent.FlowOut || t.State != agent.StateSettled || t.Amount <= 0 ||
				t.At < from || t.At >= to {
				continue
			}
			if c.MedicalFen > 0 && t.Amount >= c.MedicalFen {
				return true
			}
			n := (t.At - from) / day
			days[n/64%8] |= 1 << (n % 64)
		}
	}
	n := 0
	for _, word := range days {
		n += bits.OnesCount64(word)
	}
	return c.MedicalDays > 0 && n >= c.MedicalDays
}

// salary looks for salaries after the claimed loss and sets what they say. A
// last pay explains one month after the month of the loss; salaries of two, the
// later one after the time of a last pay, are pay that went on. Salaries that
// begin again after a gap are a new job and do not contradict the loss of the
// old one.
func (c *claim) salary() {
	if c.since == 0 {
		return
	}
	start := c.since.Time().Unix()
	grace := start + c.FinalPayDays*day
	end := loan.AddMonths(monthStart(c.since), 1).Time().Unix() // of the month of the loss
	first, before := int64(math.MaxInt64), int64(math.MinInt64) // the first after the grace, the last up to it
	var months uint64                                           // with salary after the month of the loss
	for _, s := range c.e.Statements {
		if s == nil {
			continue
		}
		for i := range s.Transactions {
			t := &s.Transactions[i]
			if !isSalary(t) || t.At > c.asOf {
				continue
			}
			if t.At >= grace {
				first = min(first, t.At)
			} else {
				before = max(before, t.At)
			}
			if t.At >= end {
				months |= 1 << min(monthsBetween(end, t.At), 63)
			}
		}
	}
	switch {
	case first == math.MaxInt64:
		c.silence(start, grace)
	case first-max(before, start) > c.GapDays*day:
		c.contra.add("salary.resumed", idle)
	case bits.OnesCount64(months) >= 2:
		c.salaryAfter = agent.Yes
		c.contra.add("salary.continued", strong)
	default:
		c.contra.add("salary.seen", weak)
	}
}

// silence looks for an account on which salaries stopped: two months of pay
// before the loss, and covered until at least one pay day after the last pay
// would show if there were one.
func (c *claim) silence(start, grace int64) {
	const back = 120 * day
	end := grace + 31*day
	if end > c.asOf {
		return
	}
	accounts(c.e.Statements, func(account *agent.Statement) {
		var before uint64
		for _, s := range c.e.Statements {
			if !sameAccount(s, account) {
				continue
			}
			for i := range s.Transactions {
				if t := &s.Transactions[i]; isSalary(t) && t.At < grace && t.At >= start-back {
					before |= 1 << min(monthsBetween(start-back, t.At), 63)
				}
			}
		}
		if bits.OnesCount64(before) >= 2 && covers(c.e.Statements, account, start, end) {
			c.salaryAfter = agent.No
			if c.timely(c.since, c.JobLoss) {
				c.pro.add("salary.stopped", weak)
			}
		}
	})
}

func isSalary(t *agent.Transaction) bool {
	return t.Kind == agent.KindSalary && t.Flow == agent.FlowIn && t.State == agent.StateSettled && t.Amount > 0
}

// monthsBetween returns how many calendar months b's month lies after a's.
func monthsBetween(a, b int64) int {
	x, y := time.Unix(a, 0).In(agent.Zone), time.Unix(b, 0).In(agent.Zone)
	return (y.Year()-x.Year())*12 + int(y.Month()-x.Month())
}
