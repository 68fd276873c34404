package policy

import (
	"context"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

func TestRights_undecidedGivesNothing(t *testing.T) {
	in := golden(t).base(t, agent.PointRights, "rights").(*agent.RightsInput)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	want := agent.RightsAnswer{Decision: undecided()}
	const rules = "yanmen/rights/rights.rego"
	for name, got := range map[string]agent.RightsAnswer{
		"nil":                      engine(t).Rights(context.Background(), nil),
		"cancelled":                engine(t).Rights(cancelled, in),
		"an action of no list":     broken(t, rules, `"fulfil" if _owed`, `"ignore" if _owed`).Rights(context.Background(), in),
		"a term that is no number": broken(t, rules, `due_at := _due`, `due_at := "soon"`).Rights(context.Background(), in),
		"no term":                  broken(t, rules, `	"due_at": due_at,`, ``).Rights(context.Background(), in),
		"allowed with denials":     broken(t, rules, `allow if count(denials) == 0`, `allow if count(denials) >= 0`).Rights(context.Background(), new(agent.RightsInput)),
	} {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %+v", name, got)
		}
	}
}

// The walk over all points excuses fields whose zero founds a refusal. Where the
// lender wants to fulfil they are no excuse: no zero fulfils what is denied, but
// for those that say something true.
func TestRights_zeroNeverFulfils(t *testing.T) {
	e, g := engine(t), golden(t)
	said := []string{"confidential", "harms_others", "deceased", "statute_until"}
	n := 0
	for _, c := range g.Cases {
		if c.Point != agent.PointRights {
			continue
		}
		in := g.input(t, c).(*agent.RightsInput)
		if in.Refusal != "" || e.Rights(context.Background(), in).Allow {
			continue
		}
		leaves(reflect.ValueOf(in).Elem(), "", func(path string, _ reflect.Value) {
			n++
			zeroed := *in
			leaves(reflect.ValueOf(&zeroed).Elem(), "", func(p string, v reflect.Value) {
				if p == path {
					v.SetZero()
				}
			})
			got := e.Rights(context.Background(), &zeroed)
			if (got.Allow || got.Action != "refuse") && !slices.Contains(said, path) {
				t.Errorf("%s: zeroing %s gives %+v", c.Name, path, got)
			}
		})
	}
	if n < 100 {
		t.Errorf("%d fields zeroed, want all", n)
	}
}

// Every request and every reason is whole, and each says what it is about in both
// languages.
func TestRights_tablesAreWhole(t *testing.T) {
	e := engine(t)
	d := decode[struct {
		Requests map[string]struct {
			Term                 string
			Tells, Moves, Erases *bool
			Bases                any
			Duties               []string
		}
		Requesters map[string]struct {
			Mandate *bool
			After   *bool `json:"after_death"`
		}
		Terms    map[string][]struct{ Since, Days int64 }
		Refusals []struct {
			Code     agent.Code
			Fact     string
			Requests []string
			Cites    []string
		}
	}](t, "rights")
	grounds := decode[struct{ Grounds []string }](t, "basis").Grounds
	for _, name := range []string{"access", "copy", "transfer", "correct", "delete", "restrict", "explain", "withdraw", "human_review", "dispute", "report"} {
		r, ok := d.Requests[name]
		if !ok || len(d.Terms[r.Term]) == 0 || r.Tells == nil || r.Moves == nil || r.Erases == nil || r.Duties == nil {
			t.Errorf("%s is not whole", name)
		}
		switch b := r.Bases.(type) {
		case string:
			if b != "any" {
				t.Errorf("%s needs the ground %s", name, b)
			}
		case []any:
			for _, ground := range b {
				if s, _ := ground.(string); !slices.Contains(grounds, s) {
					t.Errorf("%s needs a ground that is none of the seven", name)
				}
			}
		default:
			t.Errorf("%s does not say which grounds it needs", name)
		}
		for _, duty := range r.Duties {
			if _, _, ok := e.Explain(agent.Code("rights."+duty), "zh"); !ok {
				t.Errorf("%s obliges to %s, which has no text", name, duty)
			}
		}
	}
	for _, name := range []string{"subject", "guardian", "relative", "agent"} {
		if r := d.Requesters[name]; r.Mandate == nil || r.After == nil {
			t.Errorf("%s is not whole", name)
		}
	}
	form := regexp.MustCompile(`^[a-z]+\.[a-z]+$`)
	for _, r := range d.Refusals {
		if !form.MatchString(string(r.Code)) || r.Fact == "" || len(r.Requests) == 0 || len(r.Cites) == 0 {
			t.Errorf("the reason %s is not whole", r.Code)
		}
		for _, name := range r.Requests {
			if _, ok := d.Requests[name]; !ok {
				t.Errorf("%s is a reason to refuse %s, which nobody may ask for", r.Code, name)
			}
		}
		zh, cites, ok := e.Explain(r.Code, "zh")
		if en, _, _ := e.Explain(r.Code, "en"); !ok || zh == "" || en == "" || zh == en || len(cites) != len(r.Cites) {
			t.Errorf("the reason %s is not explained", r.Code)
		}
	}
	for name, figures := range d.Terms {
		for i, f := range figures {
			if f.Days <= 0 || i > 0 && f.Since <= figures[i-1].Since {
				t.Errorf("the figures of %s are not in the order of time, or have none", name)
			}
		}
	}
}

func BenchmarkRights(b *testing.B) {
	e, g := engine(b), golden(b)
	for name, change := range map[string]func(*agent.RightsInput){
		"fulfil":   func(*agent.RightsInput) {},
		"restrict": func(in *agent.RightsInput) { in.Request, in.StatuteUntil = "delete", agent.Known(in.Now+1) },
		"refuse":   func(in *agent.RightsInput) { in.Confidential, in.Refusal = true, "secrecy.required" },
	} {
		in := g.base(b, agent.PointRights, "rights").(*agent.RightsInput)
		change(in)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if a := e.Rights(context.Background(), in); !a.Allow || a.Action != name {
					b.Fatal("another answer")
				}
			}
		})
	}
}
