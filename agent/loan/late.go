package loan

import (
	"cmp"

	"github.com/yanmen/yanmen/agent"
)

// PaidLate returns how many instalments were paid in full after their day, up to
// today, and by how many days the latest of them was. What is still open is not
// counted: [ReadLedger] tells of it. Payments go to the oldest instalment first,
// and an instalment is paid on the day on which the last fen of it arrived.
//
// Both are unknown where ReadLedger knows nothing, and where a settled payment
// bears no date. A line of nothing is never late.
func PaidLate(l *agent.Loan, today agent.Date) (times, longest agent.Int) {
	if !ReadLedger(l, today).Days.IsKnown() {
		return times, longest
	}
	lines := inOrder(l.Schedule, func(a, b agent.Instalment) int { return cmp.Compare(a.DueOn, b.DueOn) })
	payments := inOrder(l.Payments, func(a, b agent.Payment) int { return cmp.Compare(a.On, b.On) })
	var count, most, paid int64 // paid: fen that no line has taken yet
	for i := range payments {
		p := &payments[i]
		if p.Result != Settled || p.Amount == 0 || p.On > today {
			continue
		}
		if p.On <= 0 {
			return agent.Int{}, agent.Int{}
		}
		paid = add(paid, p.Amount)
		for len(lines) > 0 && whole(&lines[0]) <= paid {
			n := &lines[0]
			paid -= whole(n)
			if lines = lines[1:]; p.On > n.DueOn && whole(n) > 0 {
				count++
				most = max(most, p.On.Days(n.DueOn))
			}
		}
	}
	return agent.Known(count), agent.Known(most)
}
