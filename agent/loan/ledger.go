package loan

import (
	"cmp"
	"math"
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// Settled is the result of a payment that arrived.
const Settled = "settled"

// A Ledger is what schedule and payments of a loan come to on a day. The zero
// Ledger knows nothing.
type Ledger struct {
	Days   agent.Int  // past due
	Past   agent.Int  // fen past due
	DueOn  agent.Date // of the oldest instalment not paid, which may lie ahead; 0: none or unknown
	Amount int64      // fen of that instalment in full

	open []agent.Instalment // those not paid, by due date
	paid int64              // fen of the first of them that is paid
}

// ReadLedger allocates the settled payments up to a day to the oldest instalment
// first. An instalment is past due from the day after its own. Everything is
// unknown where the schedule is missing or senseless, where a payment without a
// date could make the difference, and where an instalment fell due and no attempt
// to pay is on record at all: such a ledger cannot be told from one left out.
func ReadLedger(l *agent.Loan, today agent.Date) Ledger {
	if l == nil || len(l.Schedule) == 0 {
		return Ledger{}
	}
	lines := inOrder(l.Schedule, func(a, b agent.Instalment) int { return cmp.Compare(a.DueOn, b.DueOn) })
	for i := range lines {
		if n := &lines[i]; n.DueOn <= 0 || n.Principal < 0 || n.Interest < 0 || n.Fee < 0 {
			return Ledger{}
		}
	}
	if len(l.Payments) == 0 && lines[0].DueOn < today {
		return Ledger{}
	}
	var paid, undated int64
	for _, p := range l.Payments {
		switch {
		case p.Result != Settled:
		case p.Amount < 0:
			return Ledger{}
		case p.On <= 0:
			undated = add(undated, p.Amount)
		case p.On <= today:
			paid = add(paid, p.Amount)
		}
	}
	result := allocate(lines, paid, today)
	if undated > 0 {
		other := allocate(lines, add(paid, undated), today)
		if result.Days != other.Days || result.Past != other.Past || result.DueOn != other.DueOn || result.Amount != other.Amount {
			return Ledger{}
		}
	}
	return result
}

// inOrder returns a list in an order; the list itself stays as it is.
func inOrder[T any](list []T, order func(a, b T) int) []T {
	if slices.IsSortedFunc(list, order) {
		return list
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, order)
	return list
}

func allocate(lines []agent.Instalment, paid int64, today agent.Date) Ledger {
	result := Ledger{Days: agent.Known(0)}
	for len(lines) > 0 && whole(&lines[0]) <= paid {
		paid -= whole(&lines[0])
		lines = lines[1:]
	}
	var past int64
	if len(lines) > 0 {
		result.DueOn, result.Amount = lines[0].DueOn, whole(&lines[0])
		result.open, result.paid = lines, paid
		if result.DueOn < today {
			result.Days = agent.Known(today.Days(result.DueOn))
		}
	}
	for i := range lines {
		if lines[i].DueOn >= today {
			break
		}
		past = add(past, whole(&lines[i])-paid)
		paid = 0
	}
	result.Past = agent.Known(past)
	return result
}

// Open calls yield for each instalment that is not paid, by due date, with what
// is left of it: fen in all, and fen of principal. A part that was paid went to
// fee and interest first.
func (g *Ledger) Open(yield func(due agent.Date, left, principal int64) bool) {
	paid := g.paid
	for i := range g.open {
		n := &g.open[i]
		left := whole(n) - paid
		if paid = 0; !yield(n.DueOn, left, min(left, n.Principal)) {
			return
		}
	}
}

func whole(n *agent.Instalment) int64 { return add(n.Principal, add(n.Interest, n.Fee)) }

// add adds amounts that are not negative and stays at the largest int64.
func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
