package policy

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/yanmen/yanmen/agent"
)

// broken returns an engine over the bundle with one file changed.
func broken(t testing.TB, name, old, changed string) *Engine {
	t.Helper()
	b, err := load(copyOf(t, name, func(s string) string {
		if !strings.Contains(s, old) {
			t.Fatalf("%s does not say what the test changes", name)
		}
		return strings.Replace(s, old, changed, 1)
	}))
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEngine(b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRetain_undecidedNeitherUsesNorDeletes(t *testing.T) {
	in := golden(t).base(t, agent.PointRetain, "retain").(*agent.RetainInput)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	want := agent.Retention{Decision: undecided()}
	const rules = "yanmen/retain/retain.rego"
	for name, got := range map[string]agent.Retention{
		"nil":                          engine(t).Retain(context.Background(), nil),
		"cancelled":                    engine(t).Retain(cancelled, in),
		"an action of no list":         broken(t, rules, `action := "keep" if`, `action := "archive" if`).Retain(context.Background(), in),
		"deleted although allowed":     broken(t, rules, `action := "keep" if`, `action := "delete" if`).Retain(context.Background(), in),
		"a time that is no number":     broken(t, rules, `until := min(_ends) if allow`, `until := "soon" if allow`).Retain(context.Background(), in),
		"no time":                      broken(t, rules, `	"until": until,`, ``).Retain(context.Background(), in),
		"allowed with denials":         broken(t, rules, `allow if count(denials) == 0`, `allow if count(denials) >= 0`).Retain(context.Background(), new(agent.RetainInput)),
		"two answers at the same time": broken(t, rules, `default until := null`, "default until := null\n\nuntil := 5 if allow").Retain(context.Background(), in),
	} {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %+v", name, got)
		}
	}
}

// Deletion is proven: what is not known, or is zero, never deletes what would
// have been kept or restricted. Only that no order keeps it is true as a zero.
func TestRetain_absenceDeletesNothing(t *testing.T) {
	e, g := engine(t), golden(t)
	n := 0
	for _, c := range g.Cases {
		if c.Point != agent.PointRetain {
			continue
		}
		in := g.input(t, c).(*agent.RetainInput)
		if e.Retain(context.Background(), in).Action == "delete" {
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
			if got := e.Retain(context.Background(), &zeroed); got.Action == "delete" && path != "hold" {
				t.Errorf("%s: zeroing %s deletes", c.Name, path)
			}
			seen := without(door(in).(ast.Object), []string{path})
			r, ok := open(e.evaluate(context.Background(), agent.PointRetain, seen))
			if !ok {
				t.Fatalf("%s: no answer without %s", c.Name, path)
			}
			if r.text(kAction) == "delete" {
				t.Errorf("%s: without %s it is deleted", c.Name, path)
			}
		})
	}
	if n < 100 {
		t.Errorf("%d fields taken away, want all", n)
	}
}

// What becomes of data in the end is the register's to say, within what the agent
// knows how to do. What it does not know, it only stores.
func TestRetain_endIsAsTheRegisterSays(t *testing.T) {
	in := golden(t).base(t, agent.PointRetain, "retain").(*agent.RetainInput)
	in.EndedAt = agent.Known(in.Now)
	const entry = "  income:\n    title: {zh: 收入信息, en: income}\n    sensitive: true\n    class: C2\n    expiry: "
	for expiry, want := range map[string]string{"delete": "delete", "anonymise": "anonymise", "restrict": "restrict", "sell": "restrict", "null": "restrict"} {
		e := broken(t, "yanmen/catalogue/data.yaml", entry+"delete", entry+expiry)
		if got := e.Retain(context.Background(), in); got.Action != want || got.Allow {
			t.Errorf("%s: %+v", expiry, got)
		}
	}
}

// Dates that people read and instants that rules read are the same days.
func TestFigures_beginWithTheDayTheyName(t *testing.T) {
	china := time.FixedZone("", 8*3600)
	n := 0
	var walk func(string, any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(path, e)
			}
		case map[string]any:
			if from, dated := v["from"].(string); dated {
				n++
				var since int64
				if err := section(map[string]any{"yanmen": v}, "since", &since); err != nil {
					t.Fatal(err)
				}
				if day, err := time.ParseInLocation(time.DateOnly, from, china); err != nil || day.Unix() != since {
					t.Errorf("%s: from %s is not since %d", path, from, since)
				}
			}
			for k, e := range v {
				walk(path+"."+k, e)
			}
		}
	}
	for _, name := range []string{"retain", "rights"} {
		walk(name, decode[any](t, name))
	}
	if n < 12 {
		t.Errorf("%d dated figures, want all", n)
	}
}

// The categories that statutes keep are those of the catalogue or made here, so
// that a misspelt one does not lose its period.
func TestRetain_tablesSpeakTheVocabulary(t *testing.T) {
	e := engine(t)
	d := decode[struct {
		Kinds map[string]struct {
			Days   int64
			Expiry string
		}
		Statutes []struct {
			Categories []string
			Lenders    []string
			Counts     string
			Figures    []struct{ Since, Days int64 }
		}
		Adverse  []struct{ Since, Days int64 }
		Over     []string
		Expiries []string
		Classes  []string `json:"lender_classes"`
	}](t, "retain")
	for _, s := range d.Statutes {
		for _, c := range s.Categories {
			_, listed := e.bundle.catalogue.Categories[agent.Category(c)]
			if _, made := d.Kinds[c]; !made && !listed {
				t.Errorf("a statute keeps %s, which nobody knows", c)
			}
		}
		for _, l := range s.Lenders {
			known := false
			for _, class := range d.Classes {
				known = known || l == class
			}
			if !known {
				t.Errorf("a statute binds %s, which is no class of lender", l)
			}
		}
		if s.Counts != "collected" && s.Counts != "ended" {
			t.Errorf("a statute counts from %s", s.Counts)
		}
		for i, f := range s.Figures {
			if f.Days <= 0 || i > 0 && f.Since <= s.Figures[i-1].Since {
				t.Error("the figures of a statute are not in the order of time, or have none")
			}
		}
		if len(s.Figures) == 0 {
			t.Error("a statute has no figure")
		}
	}
	for name, k := range d.Kinds {
		if k.Days <= 0 {
			t.Errorf("%s is kept for no time", name)
		}
		if k.Expiry != "restrict" && !slices.Contains(d.Expiries, k.Expiry) {
			t.Errorf("in the end %s is to %q", name, k.Expiry)
		}
	}
	holding := decode[struct{ Holding []string }](t, "consent").Holding
	for _, s := range d.Over {
		for _, h := range holding {
			if s == h {
				t.Errorf("a consent that is %s both holds and is over", s)
			}
		}
	}
}

func BenchmarkRetain(b *testing.B) {
	e, g := engine(b), golden(b)
	for _, c := range g.Cases {
		if c.Name != "income of an applicant is used for 180 days" && c.Name != "identity material after the end of the relationship" {
			continue
		}
		in := g.input(b, c).(*agent.RetainInput)
		want := e.Retain(context.Background(), in)
		b.Run(want.Action, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if e.Retain(context.Background(), in).Action != want.Action {
					b.Fatal("another answer")
				}
			}
		})
	}
}
