package overdue

import (
	"math"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// settled is the result of a payment that arrived.
const settled = loan.Settled

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
