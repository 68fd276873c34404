package overdue

import (
	"cmp"
	"math"
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// A ledger is what schedule and payments come to.
type ledger struct {
	days   agent.Int  // past due
	past   agent.Int  // fen past due
	due    agent.Date // of the oldest instalment not paid, which may lie ahead; 0: none or unknown
	amount int64      // fen of that instalment in full
}

// readLedger allocates the settled payments up to today. Everything is unknown
// where the schedule is missing or senseless, where a payment without a date
// could make the difference, and where an instalment fell due and no attempt to
// pay is on record at all: such a ledger cannot be told from one left out.
func readLedger(l *agent.Loan, today agent.Date) ledger {
	if l == nil || len(l.Schedule) == 0 {
		return ledger{}
	}
	lines := l.Schedule
	byDate := func(a, b agent.Instalment) int { return cmp.Compare(a.DueOn, b.DueOn) }
	if !slices.IsSortedFunc(lines, byDate) {
		lines = slices.Clone(lines)
		slices.SortStableFunc(lines, byDate)
	}
	for i := range lines {
		if n := &lines[i]; n.DueOn <= 0 || n.Principal < 0 || n.Interest < 0 || n.Fee < 0 {
			return ledger{}
		}
	}
	if len(l.Payments) == 0 && lines[0].DueOn < today {
		return ledger{}
	}
	var paid, undated int64
	for _, p := range l.Payments {
		switch {
		case p.Result != settled:
		case p.Amount < 0:
			return ledger{}
		case p.On <= 0:
			undated = add(undated, p.Amount)
		case p.On <= today:
			paid = add(paid, p.Amount)
		}
	}
	result := allocate(lines, paid, today)
	if undated > 0 && result != allocate(lines, add(paid, undated), today) {
		return ledger{}
	}
	return result
}

func allocate(lines []agent.Instalment, paid int64, today agent.Date) ledger {
	var past int64
	result := ledger{days: agent.Known(0)}
	for i := range lines {
		n := &lines[i]
		amount := add(n.Principal, add(n.Interest, n.Fee))
		if amount <= paid {
			paid -= amount
			continue
		}
		if result.due == 0 {
			result.due, result.amount = n.DueOn, amount
			if n.DueOn < today {
				result.days = agent.Known(today.Days(n.DueOn))
			}
		}
		if n.DueOn >= today {
			break
		}
		past = add(past, amount-paid)
		paid = 0
	}
	result.past = agent.Known(past)
	return result
}

// settled is the result of a payment that arrived.
const settled = "settled"

// A class is a bank's return class. Of two returns equally near the lower one
// counts: what speaks for the borrower comes first.
type class uint8

const (
	noReturn class = iota
	systemFault
	cardLost
	cardInvalid
	accountFrozen
	insufficientFunds
	otherReturn
)

var classNames = [...]string{"", "system_fault", "card_lost", "card_invalid", "account_frozen", "insufficient_funds", "other"}

func (c class) String() string { return classNames[c] }

// classOf reads a result. A text that is no class never becomes a fact.
func classOf(result string) class {
	for c := systemFault; c <= otherReturn; c++ {
		if classNames[c] == result {
			return c
		}
	}
	return noReturn
}

// returns are the bank's returns around a due date.
type returns struct {
	nearest class
	seen    [otherReturn + 1]bool
	first   [otherReturn + 1]int64 // days from the due date to the first of the class
}

func (f Figures) returns(payments []agent.Payment, due, today agent.Date) (r returns) {
	best := int64(math.MaxInt64)
	for _, p := range payments {
		c := classOf(p.Result)
		if c == noReturn || p.On <= 0 || p.On > today {
			continue
		}
		days := p.On.Days(due)
		if !f.Return.holds(days) {
			continue
		}
		if !r.seen[c] || days < r.first[c] {
			r.first[c] = days
		}
		r.seen[c] = true
		distance := max(days, -days)*2 + btoi(days < 0) // after the due date before before it
		if distance < best || distance == best && c < r.nearest {
			best, r.nearest = distance, c
		}
	}
	return r
}

func btoi(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// add adds amounts that are not negative and stays at the largest int64.
func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
