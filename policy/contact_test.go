package policy

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yanmen/yanmen/agent"
)

// china is what the rules count in; they know no zones, only seconds.
var china = time.FixedZone("CST", 8*3600)

// The hours of the rules are those of a calendar: the same answer as the
// standard library's on any second of many years.
func TestContact_hoursAreChinas(t *testing.T) {
	e, g := engine(t), golden(t)
	base := *g.base(t, agent.PointContact, "collection").(*agent.ContactInput)
	rapid.Check(t, func(r *rapid.T) {
		in := base
		day := rapid.Int64Range(20200, 40000).Draw(r, "day")
		in.Now = day*86400 + rapid.SampledFrom([]int64{0, 50399, 50400, 50401, 57599, 57600, 86399, 86400}).Draw(r, "edge")
		if rapid.Bool().Draw(r, "any second") {
			in.Now = day*86400 + rapid.Int64Range(0, 86399).Draw(r, "second")
		}
		in.CallsToday = agent.Known(rapid.Int64Range(0, 4).Draw(r, "calls"))
		at := time.Unix(in.Now, 0).In(china)
		morning := time.Date(at.Year(), at.Month(), at.Day(), 8, 0, 0, 0, china)
		quiet := at.Hour() >= 22 || at.Hour() < 8
		calls, _ := in.CallsToday.Value()
		var want agent.Int
		if calls >= 3 || at.Hour() >= 22 {
			want = agent.Known(morning.AddDate(0, 0, 1).Unix())
		} else if quiet {
			want = agent.Known(morning.Unix())
		}
		a := e.Contact(context.Background(), &in)
		if a.Allow != (!quiet && calls < 3) || a.NotBefore != want {
			r.Fatalf("at %s after %d calls: %+v, want not before %v", at, calls, a, want)
		}
		// What it says holds: asked again then, with the counts of a new day,
		// it allows.
		if then, ok := a.NotBefore.Value(); ok {
			in.Now, in.CallsToday = then, agent.Known(0)
			if a := e.Contact(context.Background(), &in); !a.Allow {
				r.Fatalf("at %d: %+v", then, a)
			}
		}
	})
}

func TestContact_undecidedDenies(t *testing.T) {
	e, g := engine(t), golden(t)
	in := g.base(t, agent.PointContact, "collection").(*agent.ContactInput)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, a := range map[string]agent.ContactAnswer{
		"nil":       e.Contact(context.Background(), nil),
		"cancelled": e.Contact(cancelled, in),
	} {
		if _, ok := a.NotBefore.Value(); ok || !isUndecided(a.Decision) {
			t.Errorf("%s = %+v", name, a)
		}
	}
}

// A dated figure is the last of its list that holds, so a list out of order
// would say the wrong one.
func TestFigures_areInOrderOfTime(t *testing.T) {
	type figures struct {
		Figures map[string][]struct {
			Since, Value int64
			Cites        []string
		}
	}
	register := engine(t).bundle.register
	for _, point := range []string{agent.PointContact, agent.PointAccess} {
		all := decode[figures](t, point).Figures
		if len(all) == 0 {
			t.Errorf("%s has no figures", point)
		}
		for name, list := range all {
			for i, f := range list {
				if f.Since <= 0 || f.Value <= 0 || i > 0 && f.Since <= list[i-1].Since {
					t.Errorf("%s: %s is out of order, or not dated", point, name)
				}
				if len(f.Cites) == 0 || slices.ContainsFunc(f.Cites, func(id string) bool { return register.Rules[id].Status == "" }) {
					t.Errorf("%s: %s cites %v", point, name, f.Cites)
				}
			}
			if len(list) == 0 {
				t.Errorf("%s: %s has no figure", point, name)
			}
		}
	}
}

func BenchmarkContact(b *testing.B) {
	e, g := engine(b), golden(b)
	for _, base := range []string{"collection", "message", "reminder", "agency"} {
		in := g.base(b, agent.PointContact, base).(*agent.ContactInput)
		b.Run(base, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !e.Contact(context.Background(), in).Allow {
					b.Fatal("denied")
				}
			}
		})
	}
}
