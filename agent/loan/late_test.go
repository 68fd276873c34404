package loan

import (
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"pgregory.net/rapid"
)

func TestPaidLate_byHand(t *testing.T) {
	lines := []agent.Instalment{{DueOn: 20260110, Principal: 100}, {DueOn: 20260210, Principal: 90, Interest: 10}, {DueOn: 20260310, Principal: 100}, {DueOn: 20260410, Principal: 100}}
	settled := func(on agent.Date, fen int64) agent.Payment {
		return agent.Payment{On: on, Amount: fen, Result: Settled}
	}
	for _, tt := range []struct {
		name           string
		payments       []agent.Payment
		times, longest int64 // -1: unknown
	}{
		{"on the day is not late", []agent.Payment{settled(20260110, 100), settled(20260210, 100)}, 0, 0},
		{"a day after is", []agent.Payment{settled(20260111, 100), settled(20260210, 100)}, 1, 1},
		{"the last fen counts", []agent.Payment{settled(20260110, 99), settled(20260120, 1), settled(20260315, 200)}, 3, 33},
		{"what is open is not paid late", []agent.Payment{settled(20260110, 100), {On: 20260210, Amount: 100, Result: "insufficient_funds"}}, 0, 0},
		{"ahead of time", []agent.Payment{settled(20260101, 400)}, 0, 0},
		{"after today is not yet", []agent.Payment{settled(20260110, 100), settled(20260321, 100)}, 0, 0},
		{"no date", []agent.Payment{settled(20260110, 100), settled(0, 100)}, -1, -1},
		{"a negative payment", []agent.Payment{settled(20260110, -100)}, -1, -1},
		{"no attempt at all", nil, -1, -1},
	} {
		l := &agent.Loan{Schedule: slices.Clone(lines), Payments: tt.payments}
		slices.Reverse(l.Schedule)
		times, longest := PaidLate(l, 20260320)
		if times.Or(-1) != tt.times || longest.Or(-1) != tt.longest {
			t.Errorf("%s: PaidLate = %v, %v, want %d, %d", tt.name, times, longest, tt.times, tt.longest)
		}
	}
	if times, longest := PaidLate(nil, 20260320); times.IsKnown() || longest.IsKnown() {
		t.Error("no loan was paid late")
	}
}

// The second way: on each day ask how much had been due and how much had been paid.
func TestPaidLate_agreesWithAWalkOverTheDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &agent.Loan{}
		start, today := agent.Date(20260101), agent.Date(20260301)
		for i := range rapid.IntRange(1, 5).Draw(t, "lines") {
			l.Schedule = append(l.Schedule, agent.Instalment{DueOn: start.AddDays(10 * i), Principal: rapid.Int64Range(1, 30).Draw(t, "principal")})
		}
		for range rapid.IntRange(1, 6).Draw(t, "payments") {
			l.Payments = append(l.Payments, agent.Payment{On: start.AddDays(rapid.IntRange(0, 80).Draw(t, "day")), Amount: rapid.Int64Range(0, 40).Draw(t, "amount"), Result: Settled})
		}
		var times, longest, need int64
		for _, n := range l.Schedule {
			need += n.Principal
			for day := start; day <= today; day = day.AddDays(1) {
				var paid int64
				for _, p := range l.Payments {
					if p.On <= day {
						paid += p.Amount
					}
				}
				if paid >= need {
					if day > n.DueOn {
						times++
						longest = max(longest, day.Days(n.DueOn))
					}
					break
				}
			}
		}
		gotTimes, gotLongest := PaidLate(l, today)
		if gotTimes != agent.Known(times) || gotLongest != agent.Known(longest) {
			t.Fatalf("PaidLate = %v, %v, want %d, %d", gotTimes, gotLongest, times, longest)
		}
	})
}
