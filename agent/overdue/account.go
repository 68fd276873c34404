package overdue

import (
	"math"
	"math/bits"
	"slices"
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

// held calls f with the least and greatest balance of each account, as far as
// known, from the start of the due date to its end: what it opened the day with
// and what rows of the day left.
func held(list []*agent.Statement, due agent.Date, asOf int64, f func(span)) {
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
		f(span{min(opening.least, today.least), max(opening.greatest, today.greatest)})
	})
}

// A purse is what is known of the balances on the due date.
type purse struct {
	accounts int   // whose balance is known through the day
	most     int64 // that one account held all day
	each     int64 // the most that any of them ever held on the day
	together int64 // the most that all of them may have held at one time
}

func readPurse(list []*agent.Statement, due agent.Date, asOf int64) purse {
	p := purse{most: math.MinInt64, each: math.MinInt64}
	held(list, due, asOf, func(s span) {
		p.accounts++
		p.most = max(p.most, s.least)
		p.each = max(p.each, s.greatest)
		p.together = add(p.together, max(s.greatest, 0))
	})
	return p
}

// funds reports whether an account held the amount through the due date: Yes if
// one did, No if each one known always held less.
func (p purse) funds(amount int64) agent.Tri {
	switch {
	case p.accounts == 0:
		return agent.Unknown
	case p.most >= amount:
		return agent.Yes
	case p.each < amount:
		return agent.No
	}
	return agent.Unknown
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

// A wage says what became of salaries after the claimed loss of work.
type wage uint8

const (
	payUnknown wage = iota
	payStopped
	payReduced
	paySeen
	payResumed
	payContinued
)

// salary looks for salaries after the claimed loss. A last pay explains one
// month after the month of the loss; salaries of two, the later one after the
// time of a last pay, are pay that went on, or that was cut. Salaries that begin
// again after a gap are a new job and do not contradict the loss of the old one.
func (c *claim) salary() wage {
	if c.since == 0 {
		return payUnknown
	}
	const back = 180 * day
	start := c.since.Time().Unix()
	grace := start + c.FinalPayDays*day
	end := loan.AddMonths(monthStart(c.since), 1).Time().Unix() // of the month of the loss
	first, before := int64(math.MaxInt64), int64(math.MinInt64) // the first after the grace, the last up to it
	var earlier, later [24]int64                                // greatest salary of a month before the loss, after its month
	for _, s := range c.e.Statements {
		if s == nil {
			continue
		}
		for i := range s.Transactions {
			t := &s.Transactions[i]
			if !isIncome(t, agent.KindSalary) || t.At > c.asOf {
				continue
			}
			if t.At >= grace {
				first = min(first, t.At)
			} else {
				before = max(before, t.At)
			}
			var month *int64
			switch {
			case t.At >= end:
				month = &later[min(monthsBetween(end, t.At), len(later)-1)]
			case t.At >= start-back && t.At < start:
				month = &earlier[monthsBetween(start-back, t.At)]
			default:
				continue
			}
			*month = max(*month, t.Amount)
		}
	}
	was, n := median(earlier[:], 0)
	is, m := median(later[:], 1)
	switch {
	case first == math.MaxInt64:
		return c.silence(start, grace)
	case first-max(before, start) > c.GapDays*day:
		return payResumed
	case m < 2:
		return paySeen
	case n >= 2 && is <= share(was, c.FallBP):
		return payReduced
	}
	return payContinued
}

// silence looks for an account on which salaries stopped: two months of pay
// before the loss, and covered until at least one pay day after the last pay
// would show if there were one.
func (c *claim) silence(start, grace int64) wage {
	const back = 120 * day
	end := grace + 31*day
	result := payUnknown
	if end > c.asOf {
		return result
	}
	accounts(c.e.Statements, func(account *agent.Statement) {
		var before uint64
		for _, s := range c.e.Statements {
			if !sameAccount(s, account) {
				continue
			}
			for i := range s.Transactions {
				if t := &s.Transactions[i]; isIncome(t, agent.KindSalary) && t.At < grace && t.At >= start-back {
					before |= 1 << min(monthsBetween(start-back, t.At), 63)
				}
			}
		}
		if bits.OnesCount64(before) >= 2 && covers(c.e.Statements, account, start, end) {
			result = payStopped
		}
	})
	return result
}

// benefitBegan reports whether a benefit came in inside the window, and after
// the reason began, on an account that had shown none for a while: neither a
// pension nor anything else that was always there.
func (c *claim) benefitBegan(w Window) bool {
	from := c.due.Time().Unix() - w.Before*day
	to := min(c.due.Time().Unix()+(w.After+1)*day, c.asOf+1)
	if c.since != 0 {
		from = max(from, c.since.Time().Unix())
	}
	first := int64(math.MaxInt64)
	for _, s := range c.e.Statements {
		if s == nil {
			continue
		}
		for i := range s.Transactions {
			if t := &s.Transactions[i]; isIncome(t, agent.KindBenefit) {
				first = min(first, t.At)
			}
		}
	}
	if first < from || first >= to {
		return false
	}
	began := false
	for _, s := range c.e.Statements {
		if s == nil || began {
			continue
		}
		for i := range s.Transactions {
			if t := &s.Transactions[i]; t.At == first && isIncome(t, agent.KindBenefit) {
				began = covers(c.e.Statements, s, first-c.GapDays*day, first)
				break
			}
		}
	}
	return began
}

func isIncome(t *agent.Transaction, kind agent.Kind) bool {
	return t.Kind == kind && t.Flow == agent.FlowIn && t.State == agent.StateSettled && t.Amount > 0
}

// median returns the lower median of the amounts above zero for upper 0, the
// upper one for 1, and how many they are. It changes the order of the list.
func median(list []int64, upper int) (int64, int) {
	slices.Sort(list)
	i, _ := slices.BinarySearch(list, 1)
	list = list[i:]
	if len(list) == 0 {
		return 0, 0
	}
	return list[(len(list)-1+upper)/2], len(list)
}

// share returns so many basis points of an amount that is not negative, rounded
// down; shares above the whole are the whole.
func share(amount, bp int64) int64 {
	bp = min(max(bp, 0), 10000)
	return amount/10000*bp + amount%10000*bp/10000
}

// monthsBetween returns how many calendar months b's month lies after a's.
func monthsBetween(a, b int64) int {
	x, y := time.Unix(a, 0).In(agent.Zone), time.Unix(b, 0).In(agent.Zone)
	return (y.Year()-x.Year())*12 + int(y.Month()-x.Month())
}
