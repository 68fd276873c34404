package identity

import (
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// at is an event some days before noon of asOf.
func at(kind string, days int64) agent.DeviceEvent {
	return agent.DeviceEvent{Kind: kind, At: asOf - days*86400}
}

func paid(days, fen int64) agent.DeviceEvent {
	e := at("transaction", days)
	e.Amount = agent.Known(fen)
	return e
}

// quiet is a person who pays some 200 yuan every week, by day.
func quiet() (list []agent.DeviceEvent) {
	for week := range int64(20) {
		list = append(list, paid(8+week*7, 200_00+week))
	}
	return list
}

func night(e agent.DeviceEvent) agent.DeviceEvent {
	e.At -= 9 * 3600 // three o'clock
	return e
}

func newDevice(e agent.DeviceEvent) agent.DeviceEvent { e.NewDevice = agent.Yes; return e }
func newPlace(e agent.DeviceEvent) agent.DeviceEvent  { e.NewPlace = agent.Yes; return e }

func TestCheck_takeover(t *testing.T) {
	many := func(n int) (list []agent.DeviceEvent) {
		for i := range n {
			e := paid(1, 100_00)
			e.At += int64(i)
			list = append(list, e)
		}
		return list
	}
	with := func(more ...agent.DeviceEvent) []agent.DeviceEvent { return append(quiet(), more...) }
	owl := func() (list []agent.DeviceEvent) {
		for _, e := range quiet() {
			list = append(list, night(e))
		}
		return list
	}
	tests := []struct {
		name   string
		events []agent.DeviceEvent
		want   string
		codes  string
	}{
		{"no events", nil, "unknown", ""},
		{"old events alone", []agent.DeviceEvent{newDevice(at("login", 181))}, "unknown", ""},
		{"events ahead", []agent.DeviceEvent{newDevice(at("login", -1))}, "unknown", ""},
		{"undated", []agent.DeviceEvent{{Kind: "login", NewDevice: agent.Yes}}, "unknown", ""},
		{"long before all time", []agent.DeviceEvent{{Kind: "login", At: -1 << 63, NewDevice: agent.Yes}}, "unknown", ""},
		{"old events that just count", []agent.DeviceEvent{newDevice(at("login", 180))}, "none", ""},
		{"of another kind", []agent.DeviceEvent{newDevice(at("other", 1))}, "unknown", ""},
		{"quiet", with(), "none", ""},
		{"quiet now too", with(paid(1, 210_00)), "none", ""},
		{"a device last month", with(newDevice(at("login", 8))), "none", ""},
		{"a device on the last day that counts", with(newDevice(at("login", 7))), "some", "device.new"},
		{"a new device", with(newDevice(at("login", 1))), "some", "device.new"},
		{"twice a new device", with(newDevice(at("login", 1)), newDevice(at("login", 2))), "some", "device.new"},
		{"a journey", with(newPlace(at("login", 1))), "some", "place.new"},
		{"awake at night", with(night(at("login", 1))), "some", "hours.odd"},
		{"always awake at night", append(owl(), night(at("login", 1))), "none", ""},
		{"every tenth at night", append(append(owl()[:2], quiet()[2:]...), night(at("login", 1))), "none", ""},
		{"not every tenth at night", append(append(owl()[:1], quiet()[1:]...), night(at("login", 1))), "some", "hours.odd"},
		{"too few to be always", append(owl()[:9], night(at("login", 1))), "some", "hours.odd"},
		{"much money", with(paid(1, 1000_01)), "some", "amount.unusual"},
		{"as much as may be", with(paid(1, 1000_00)), "none", ""},
		{"much, but little history", append(quiet()[:9], paid(1, 9000_00)), "none", ""},
		{"much, and history enough", append(quiet()[:10], paid(1, 9000_00)), "some", "amount.unusual"},
		{"many payments", with(many(6)...), "some", "frequency.unusual"},
		{"not so many", with(many(5)...), "none", ""},
		{"a lost handbag", with(newDevice(at("login", 1)), at("phone_changed", 2), at("card_changed", 2), at("password_changed", 2)),
			"some", "card.changed device.new password.changed phone.changed"},
		{"all but money", with(newDevice(newPlace(night(at("login", 1)))), at("phone_changed", 2), at("card_changed", 2), at("password_changed", 2)),
			"some", "card.changed device.new hours.odd password.changed phone.changed place.new"},
		{"money without a change", with(append(many(6), paid(1, 9000_00))...), "some", "amount.unusual frequency.unusual"},
		{"a new phone, a purchase", with(newDevice(paid(1, 9000_00)), at("password_changed", 1)), "some", "amount.unusual device.new password.changed"},
		{"number, device, money", with(at("phone_changed", 2), newDevice(newPlace(paid(1, 9000_00)))),
			"strong", "amount.unusual device.new phone.changed place.new"},
		{"device, emptied", with(append(many(6), newDevice(night(paid(1, 9000_00))))...),
			"strong", "amount.unusual device.new frequency.unusual hours.odd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Check(&agent.Evidence{DeviceLog: &agent.DeviceLog{Events: tt.events}}, person(), asOf)
			if got.Takeover != tt.want || strings.Join(got.Codes, " ") != tt.codes {
				t.Errorf("takeover %s %v, want %s %s", got.Takeover, got.Codes, tt.want, tt.codes)
			}
		})
	}
}

func TestCheck_moneyAloneIsNeverStrong(t *testing.T) {
	f := Defaults()
	f.Takeover.Strong = 2
	log := &agent.DeviceLog{Events: append(quiet(), paid(1, 9000_00))}
	if got := f.Check(&agent.Evidence{DeviceLog: log}, person(), asOf).Takeover; got != agent.SuspicionSome {
		t.Errorf("money alone: %s, want some", got)
	}
	log.Events = append(log.Events, newPlace(at("login", 1)))
	if got := f.Check(&agent.Evidence{DeviceLog: log}, person(), asOf).Takeover; got != agent.SuspicionStrong {
		t.Errorf("money and a new place: %s, want strong", got)
	}
}

func TestCheck_nightIsByTheClockInChina(t *testing.T) {
	for hour, odd := range map[int64]bool{0: true, 4: true, 5: false, 12: false, 23: false} {
		e := at("login", 1)
		e.At += (hour - 12) * 3600
		got := Check(&agent.Evidence{DeviceLog: &agent.DeviceLog{Events: []agent.DeviceEvent{e}}}, person(), asOf)
		if (len(got.Codes) > 0) != odd {
			t.Errorf("%d o'clock: %v, want odd=%v", hour, got.Codes, odd)
		}
	}
}

func TestExceeds_doesNotOverflow(t *testing.T) {
	const most = 1<<63 - 1
	for _, tt := range []struct {
		a, b, times int64
		want        bool
	}{{most, most, 3, false}, {most, most / 3, 3, true}, {most, most/3 + 1, 3, false}, {6, 2, 3, false}, {7, 2, 3, true}, {1, 0, 3, true}, {0, 0, 3, false}, {9, 1, 0, false}} {
		if got := exceeds(tt.a, tt.b, tt.times); got != tt.want {
			t.Errorf("exceeds(%d, %d, %d) = %v", tt.a, tt.b, tt.times, got)
		}
	}
}

func BenchmarkTakeover(b *testing.B) {
	e := &agent.Evidence{DeviceLog: &agent.DeviceLog{Events: append(quiet(), newDevice(paid(1, 9000_00)))}}
	p := person()
	b.ReportAllocs()
	for b.Loop() {
		Check(e, p, asOf)
	}
}
