package policy

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// Paths answer by the interpreter, step by step: what they explain must be what
// the engine decided, and each place a line of a rule.
func TestPaths_explainEachCodeOfEveryGoldenDecision(t *testing.T) {
	e, g := engine(t), golden(t)
	lines := map[string]int{}
	for _, c := range g.Cases {
		in := g.input(t, c)
		paths, err := e.Paths(context.Background(), in, "en")
		d, whole := ask(e, in)
		if slices.Contains(d.Denials, agent.CodeUndecided) {
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		want := slices.Concat(d.Denials, d.Obligations)
		if j, ok := whole.(agent.Judgement); ok && j.Allow {
			want = slices.Concat(want, j.Reasons, j.Improve)
		}
		var got []agent.Code
		var walk func([]Place, []Step)
		walk = func(places []Place, steps []Step) {
			if len(places) == 0 {
				t.Errorf("%s: a step has no place", c.Name)
			}
			for _, p := range places {
				if lines[p.File] == 0 {
					b, err := fs.ReadFile(embedded(), p.File)
					if err != nil {
						t.Fatalf("%s: no file %s", c.Name, p.File)
					}
					lines[p.File] = bytes.Count(b, []byte("\n"))
				}
				if p.Line < 1 || p.Line > lines[p.File] {
					t.Errorf("%s: no line %d in %s", c.Name, p.Line, p.File)
				}
			}
			for _, s := range steps {
				if s.Rule == "" {
					t.Errorf("%s: a step has no rule", c.Name)
				}
				walk(s.Places, s.Steps)
			}
		}
		for _, p := range paths {
			if p.Code != "" && (d.Allow || p.Field == "denials" || p.Field == "obligations") {
				got = append(got, p.Code)
			}
			walk(p.Places, p.Steps)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: explained %v, decided %v", c.Name, got, want)
		}
	}
	if len(lines) < 8 {
		t.Errorf("only %d files were met", len(lines))
	}
}

// flat writes a step and what it rests on, one a line.
func flat(steps []Step) (out []string) {
	for _, s := range steps {
		mark := "-"
		if s.Held {
			mark = "+"
		}
		out = append(out, mark+s.Rule)
		out = append(out, flat(s.Steps)...)
	}
	return out
}

func TestPaths_sayWhichProofFailed(t *testing.T) {
	e, g := engine(t), golden(t)
	in := g.base(t, agent.PointCollect, "collect").(*agent.CollectInput)
	in.Consent.State = "withdrawn"
	paths, err := e.Paths(context.Background(), in, "en")
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(paths, func(p Path) bool { return p.Code == "collect.consent_withdrawn" })
	if at < 0 {
		t.Fatalf("the withdrawal is not explained: %v", paths)
	}
	got := flat(paths[at].Steps)
	for _, want := range []string{"-consent.given", "+consent.withdrawn", "-basis.without_consent"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not among %v", want, got)
		}
	}
	// The place is the condition's own line.
	text, err := fs.ReadFile(embedded(), "yanmen/consent/consent.rego")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range paths[at].Steps {
		if s.Rule == "consent.given" && !strings.HasPrefix(strings.Split(string(text), "\n")[s.Places[0].Line-1], "given if") {
			t.Errorf("consent.given failed at line %d", s.Places[0].Line)
		}
	}

	// A judgement's fields are explained by the branch that held.
	j := g.base(t, agent.PointJudge, "application").(*agent.JudgeInput)
	j.Capacity.OverdueAccounts = agent.Known(3)
	if paths, err = e.Paths(context.Background(), j, "en"); err != nil {
		t.Fatal(err)
	}
	at = slices.IndexFunc(paths, func(p Path) bool { return p.Field == "outcome" })
	if at < 0 || !slices.Contains(flat(paths[at].Steps), "+judge._late_elsewhere") {
		t.Errorf("the outcome is not explained by what is late elsewhere")
	}
	// A reason is explained by its own sign, not by all that were seen.
	at = slices.IndexFunc(paths, func(p Path) bool { return p.Code == "overdue.current" })
	if at < 0 {
		t.Fatal("the reason is not explained")
	}
	for _, s := range paths[at].Steps {
		for _, inner := range s.Steps {
			if inner.Rule == "judge._signs" && len(inner.Places) != 1 {
				t.Errorf("the reason rests on %d signs, want one", len(inner.Places))
			}
		}
	}
}

// What is shown are names and places. No text of an input is among them.
func TestPaths_holdNoValue(t *testing.T) {
	e := engine(t)
	const canary = "canary7731"
	for _, point := range points {
		in := NewInput(point)
		leaves(reflect.ValueOf(in).Elem(), "", func(_ string, v reflect.Value) {
			switch v.Interface().(type) {
			case []string:
				v.Set(reflect.ValueOf([]string{canary}))
			case agent.Int:
				v.Set(reflect.ValueOf(agent.Known(987654321)))
			case int64:
				v.SetInt(987654321)
			default:
				if v.Kind() == reflect.String {
					v.SetString(canary)
				}
			}
		})
		for _, lang := range []string{"zh", "en"} {
			paths, err := e.Paths(context.Background(), in, lang)
			if err != nil {
				continue // a point without rules yet
			}
			if said := fmt.Sprintf("%+v", paths); strings.Contains(said, canary) || strings.Contains(said, "987654321") {
				t.Errorf("%s: a value of the input is shown", point)
			}
			if len(paths) == 0 {
				t.Errorf("%s: nothing is explained of a denial", point)
			}
		}
	}
	if _, err := e.Paths(context.Background(), 7, "en"); err == nil {
		t.Error("a number is explained")
	}
}
