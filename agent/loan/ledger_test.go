package loan

import (
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"pgregory.net/rapid"
)

func TestLedger_whatIsLeftByHand(t *testing.T) {
	l := &agent.Loan{Schedule: []agent.Instalment{ // not in order: the reader sorts
		{DueOn: 20250310, Principal: 100, Interest: 8, Fee: 1}, {DueOn: 20250110, Principal: 100, Interest: 10}, {DueOn: 20250210, Principal: 100, Interest: 9},
	}, Payments: []agent.Payment{{On: 20250111, Amount: 115, Result: Settled}, {On: 20250212, Amount: 999, Result: "card_lost"}}}
	g := ReadLedger(l, 20250301)
	if g.Past != agent.Known(104) || g.Days != agent.Known(19) || g.DueOn != 20250210 || g.Amount != 109 {
		t.Errorf("ReadLedger = %+v, want 104 fen past due for 19 days", g)
	}
	type line struct {
		due             agent.Date
		left, principal int64
	}
	var got []line
	g.Open(func(d agent.Date, left, principal int64) bool {
		got = append(got, line{d, left, principal})
		return true
	})
	if want := []line{{20250210, 104, 100}, {20250310, 109, 100}}; !slices.Equal(got, want) {
		t.Errorf("open are %v, want %v", got, want)
	}
	g.Open(func(agent.Date, int64, int64) bool { got = got[:1]; return false })
	if len(got) != 1 {
		t.Error("Open goes on after it was told to stop")
	}
	var none Ledger
	none.Open(func(agent.Date, int64, int64) bool {
		t.Error("a ledger that knows nothing has an open line")
		return false
	})
}

// Whatever was paid, and to the fen: what was due and is not paid is past due, and
// all that is left is the schedule less what was paid.
func TestLedger_addsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &agent.Loan{}
		var due, all, paid int64
		today := agent.Date(20250615)
		for i := range rapid.IntRange(1, 12).Draw(t, "lines") {
			n := agent.Instalment{DueOn: AddMonths(20250110, i), Principal: rapid.Int64Range(0, 50).Draw(t, "principal"), Interest: rapid.Int64Range(0, 5).Draw(t, "interest"), Fee: rapid.Int64Range(0, 5).Draw(t, "fee")}
			l.Schedule = append(l.Schedule, n)
			all += n.Principal + n.Interest + n.Fee
			if n.DueOn < today {
				due += n.Principal + n.Interest + n.Fee
			}
		}
		for range rapid.IntRange(1, 5).Draw(t, "payments") {
			p := agent.Payment{On: today.AddDays(-rapid.IntRange(0, 200).Draw(t, "ago")), Amount: rapid.Int64Range(0, 200).Draw(t, "amount"), Result: Settled}
			paid += p.Amount
			l.Payments = append(l.Payments, p)
		}
		g := ReadLedger(l, today)
		if past := g.Past.Or(-1); past != max(due-paid, 0) {
			t.Fatalf("past due %d, want %d − %d", past, due, paid)
		}
		var left int64
		g.Open(func(_ agent.Date, n, principal int64) bool {
			if left += n; principal < 0 || principal > n {
				t.Fatalf("of %d fen left %d are principal", n, principal)
			}
			return true
		})
		if left != max(all-paid, 0) {
			t.Fatalf("left %d, want %d − %d", left, all, paid)
		}
	})
}
