package identity

import (
	"cmp"
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// Takeover are the figures by which a device log is read for signs that an
// account is in other hands. All of them are the product's own. The zero Takeover
// sees nothing.
type Takeover struct {
	// RecentDays before the case are looked at for signs. Whoever takes over an
	// account uses it within days, before the owner notices.
	RecentDays int64
	// HistoryDays before the case are what is compared with: half a year is
	// long enough for habits and short enough for a change of life.
	HistoryDays int64
	// MinHistory transactions, or for hours events, are too few below to tell a
	// habit.
	MinHistory int
	// NightUntil is the hour in China before which, from midnight, most people
	// sleep. HabitBP is the share of a person's earlier events at night from
	// which that is their habit, basis points.
	NightUntil int64
	HabitBP    int64
	// Times is how many times the person's own highest count of a day, or
	// amount, is unusual; and never a count of MinCount or less, nor an
	// amount of MinAmount fen or less.
	Times     int64
	MinCount  int64
	MinAmount int64
	// Weights of the signs. A sign that honest people show every year weighs 1:
	// they buy devices, travel, lie awake, lose cards, forget passwords. One
	// that they show seldom weighs 2: another phone number, or more money than
	// ever before.
	NewDevice, NewPlace, OddHours              int
	PhoneChanged, CardChanged, PasswordChanged int
	UnusualFrequency, UnusualAmount            int
	// Strong is the sum from which signs together are rare among honest people,
	// if money moves unusually as well and something else changed. Who lost a
	// handbag has a new device, phone, card and password at once, and is not
	// suspect for that.
	Strong int
}

// The kinds of events.
const (
	eventLogin = iota
	eventTransaction
	eventPhone
	eventCard
	eventPassword
)

type event struct {
	at, amount int64
	kind       uint8
}

// takeover returns how far the log of devices looks as if somebody else had the
// account, as one of the Suspicion constants.
func (f *Takeover) takeover(log *agent.DeviceLog, asOf int64, codes *codeList) string {
	if log == nil || f.RecentDays <= 0 || f.HistoryDays < f.RecentDays {
		return agent.SuspicionUnknown
	}
	var buf [64]event
	events := buf[:0]
	var means, access, money int // weights of signs by what they are of
	sign := func(group *int, weight int, code string) {
		if codes.add(code) {
			*group += weight
		}
	}
	for i := range log.Events {
		e := &log.Events[i]
		kind, ok := eventKind(e.Kind)
		if !ok || e.At <= 0 || e.At > asOf || asOf-e.At > f.HistoryDays*86400 {
			continue
		}
		amount, _ := e.Amount.Value()
		events = append(events, event{e.At, amount, kind})
		if asOf-e.At > f.RecentDays*86400 {
			continue
		}
		if e.NewDevice == agent.Yes {
			sign(&means, f.NewDevice, "device.new")
		}
		if e.NewPlace == agent.Yes {
			sign(&means, f.NewPlace, "place.new")
		}
		switch kind {
		case eventPhone:
			sign(&access, f.PhoneChanged, "phone.changed")
		case eventCard:
			sign(&access, f.CardChanged, "card.changed")
		case eventPassword:
			sign(&access, f.PasswordChanged, "password.changed")
		}
	}
	if len(events) == 0 {
		return agent.SuspicionUnknown
	}
	// The order of a log and what it says twice change nothing.
	slices.SortFunc(events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind), cmp.Compare(a.amount, b.amount))
	})
	events = slices.Compact(events)
	cut, _ := slices.BinarySearchFunc(events, asOf-f.RecentDays*86400, func(e event, at int64) int { return cmp.Compare(e.at, at) })
	past, now := f.habits(events[:cut]), f.habits(events[cut:])
	if now.nights > 0 && (past.events < f.MinHistory || int64(past.nights)*10_000 < f.HabitBP*int64(past.events)) {
		sign(&means, f.OddHours, "hours.odd")
	}
	if past.transactions >= f.MinHistory {
		if now.busiest > f.MinCount && exceeds(now.busiest, past.busiest, f.Times) {
			sign(&money, f.UnusualFrequency, "frequency.unusual")
		}
		if now.largest > f.MinAmount && exceeds(now.largest, past.largest, f.Times) {
			sign(&money, f.UnusualAmount, "amount.unusual")
		}
	}
	switch sum := means + access + money; {
	case money > 0 && means+access > 0 && sum >= f.Strong && f.Strong > 0:
		return agent.SuspicionStrong
	case sum > 0:
		return agent.SuspicionSome
	}
	return agent.SuspicionNone
}

// habits are what a stretch of a log shows.
type habits struct {
	events, nights, transactions int
	busiest                      int64 // transactions within any 24 hours
	largest                      int64 // fen
}

// habits reads events in the order of time.
func (f *Takeover) habits(events []event) (h habits) {
	from, within := 0, int64(0)
	for i := range events {
		e := &events[i]
		if e.kind > eventTransaction {
			continue
		}
		h.events++
		if hour := (e.at + 8*3600) % 86400 / 3600; hour < f.NightUntil {
			h.nights++
		}
		if e.kind != eventTransaction {
			continue
		}
		h.transactions++
		h.largest = max(h.largest, e.amount)
		for within++; e.at-events[from].at >= 86400; from++ {
			if events[from].kind == eventTransaction {
				within--
			}
		}
		h.busiest = max(h.busiest, within)
	}
	return h
}

// exceeds reports whether a is more than b times as much, without overflow.
func exceeds(a, b, times int64) bool {
	return times > 0 && (a/times > b || a/times == b && a%times > 0)
}

func eventKind(s string) (uint8, bool) {
	switch s {
	case "login":
		return eventLogin, true
	case "transaction":
		return eventTransaction, true
	case "phone_changed":
		return eventPhone, true
	case "card_changed":
		return eventCard, true
	case "password_changed":
		return eventPassword, true
	}
	return 0, false
}
