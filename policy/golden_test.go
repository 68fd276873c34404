package policy

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/goccy/go-yaml"

	"github.com/yanmen/yanmen/agent"
)

// ruleName is the name under which rules see a field of a Go struct: its JSON
// name, or the Go name in snake case.
func ruleName(f reflect.StructField) string {
	if name := f.Tag.Get("json"); name != "" {
		return name
	}
	var b strings.Builder
	for i, r := range f.Name {
		if unicode.IsUpper(r) && i > 0 {
			prev := rune(f.Name[i-1])
			if unicode.IsLower(prev) || unicode.IsDigit(prev) {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// leaves calls visit for each field that holds a value, by its path in rules.
func leaves(v reflect.Value, path string, visit func(path string, v reflect.Value)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		p := path
		if !f.Anonymous {
			p = strings.TrimPrefix(path+"."+ruleName(f), ".")
		}
		switch {
		case f.Type == reflect.TypeFor[agent.Int]() || f.Type.Kind() != reflect.Struct:
			visit(p, v.Field(i))
		default:
			leaves(v.Field(i), p, visit)
		}
	}
}

// isTime tells the fields that hold instants, by name.
func isTime(path string) bool {
	switch path[strings.LastIndexByte(path, '.')+1:] {
	case "now", "as_of", "shown_at", "valid_from", "valid_until", "given_at", "expires_at", "done_at", "usable_until",
		"collected_at", "ended_at", "adverse_ended_at", "received_at", "statute_until", "reviewed_at", "trained_at":
		return true
	}
	return false
}

func setLeaf(t testing.TB, path string, v reflect.Value, value any) {
	t.Helper()
	number := func() (int64, bool) {
		scale := int64(1)
		if isTime(path) {
			scale = 86400 // the file counts days
		}
		switch n := value.(type) {
		case uint64:
			return int64(n) * scale, true
		case int64:
			return n * scale, true
		case float64:
			return int64(n * float64(scale)), isTime(path) // 20606.5 is eight in the evening in China
		}
		return 0, false
	}
	switch v.Interface().(type) {
	case agent.Int:
		if n, ok := number(); ok {
			v.Set(reflect.ValueOf(agent.Known(n)))
			return
		} else if value == nil {
			v.SetZero()
			return
		}
	case agent.Tri:
		if s, ok := value.(string); ok && new(agent.Tri).UnmarshalText([]byte(s)) == nil {
			var tri agent.Tri
			tri.UnmarshalText([]byte(s))
			v.Set(reflect.ValueOf(tri))
			return
		}
	case int64:
		if n, ok := number(); ok {
			v.SetInt(n)
			return
		}
	case bool:
		if b, ok := value.(bool); ok {
			v.SetBool(b)
			return
		}
	case []agent.ReasonFacts:
		if items, ok := value.([]any); ok {
			v.SetZero()
			for _, i := range items {
				var r agent.ReasonFacts
				fill(t, &r, i.(map[string]any))
				v.Set(reflect.Append(v, reflect.ValueOf(r)))
			}
			return
		}
	case []string:
		if items, ok := value.([]any); ok {
			v.SetZero()
			for _, i := range items {
				v.Set(reflect.Append(v, reflect.ValueOf(i.(string))))
			}
			return
		}
	default:
		if s, ok := value.(string); ok && v.Kind() == reflect.String {
			v.SetString(s)
			return
		}
	}
	t.Fatalf("%s cannot be %v", path, value)
}

// fill sets fields from nested maps.
func fill(t testing.TB, in any, values map[string]any) {
	t.Helper()
	flat := map[string]any{}
	var flatten func(string, map[string]any)
	flatten = func(prefix string, m map[string]any) {
		for k, v := range m {
			if sub, ok := v.(map[string]any); ok {
				flatten(prefix+k+".", sub)
			} else {
				flat[prefix+k] = v
			}
		}
	}
	flatten("", values)
	leaves(reflect.ValueOf(in).Elem(), "", func(path string, v reflect.Value) {
		if value, ok := flat[path]; ok {
			setLeaf(t, path, v, value)
			delete(flat, path)
		}
	})
	for path := range flat {
		t.Fatalf("no field %s in %T", path, in)
	}
}

type goldenCase struct {
	Name  string
	Point string
	Base  string
	Set   map[string]any
	Want  struct {
		Allow       bool
		Denials     []agent.Code
		Obligations []agent.Code
		Claims      []string
		ValidFor    int64 `yaml:"valid_for"`
		Retraction  bool
		Outcome     string
		Class       string
		Band        string
		Disposition string
		Row         agent.Code
		Proposal    string
		Offer       int64
		Action      string // of retain and rights
		// Instants, 0 for none: of retain and rights in days, of contact in seconds.
		Until     int64
		DueAt     int64 `yaml:"due_at"`
		NotBefore int64 `yaml:"not_before"`
		Reasons   []agent.Code
		Improve   []agent.Code
	}
}

type goldenFile struct {
	Bases map[string]map[string]any
	Cases []goldenCase
}

// golden reads testdata/decisions*.yaml; bases are known in their own file only.
func golden(t testing.TB) goldenFile {
	t.Helper()
	names, err := filepath.Glob("testdata/decisions*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal("no golden decisions")
	}
	all := goldenFile{Bases: map[string]map[string]any{}}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var g goldenFile
		if err := yaml.UnmarshalWithOptions(b, &g, yaml.DisallowUnknownField()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for base, values := range g.Bases {
			if all.Bases[base] != nil && base != "ground" {
				t.Fatalf("%s: the base %s is in another file too", name, base)
			}
			all.Bases[base] = values
		}
		all.Cases = append(all.Cases, g.Cases...)
	}
	return all
}

// input returns the input of a case.
func (g goldenFile) input(t testing.TB, c goldenCase) any {
	t.Helper()
	in := NewInput(c.Point)
	fill(t, in, g.Bases[c.Base])
	fill(t, in, c.Set)
	return in
}

// base returns the input of a base unchanged.
func (g goldenFile) base(t testing.TB, point, name string) any {
	t.Helper()
	return g.input(t, goldenCase{Point: point, Base: name})
}

func engine(t testing.TB) *Engine {
	t.Helper()
	e, err := New()
	if err != nil {
		t.Fatal(err)
	}
	e.limit *= 40 // a slow machine under the race detector decides all the same
	return e
}

func ask(e *Engine, in any) (agent.Decision, any) { return e.Ask(context.Background(), in) }

func TestGolden_decisionsStay(t *testing.T) {
	e, g := engine(t), golden(t)
	for _, c := range g.Cases {
		t.Run(c.Name, func(t *testing.T) {
			w := c.Want
			d, whole := ask(e, g.input(t, c))
			if d.Allow != w.Allow {
				t.Errorf("allow = %v, want %v", d.Allow, w.Allow)
			}
			if !slices.Equal(d.Denials, w.Denials) {
				t.Errorf("denials = %v, want %v", d.Denials, w.Denials)
			}
			if !slices.Equal(d.Obligations, w.Obligations) {
				t.Errorf("obligations = %v, want %v", d.Obligations, w.Obligations)
			}
			switch got := whole.(type) {
			case agent.Disclosure:
				if !slices.Equal(got.Claims, w.Claims) || got.ValidFor != w.ValidFor || got.Retraction != w.Retraction {
					t.Errorf("claims = %v for %d s, retraction %v, want %v for %d s, %v", got.Claims, got.ValidFor, got.Retraction, w.Claims, w.ValidFor, w.Retraction)
				}
			case agent.Retention:
				if got.Action != w.Action || got.Until.Or(0) != w.Until*86400 {
					t.Errorf("%s until %d, want %s until day %d", got.Action, got.Until.Or(0), w.Action, w.Until)
				}
			case agent.RightsAnswer:
				if got.Action != w.Action || got.DueAt.Or(0) != w.DueAt*86400 {
					t.Errorf("%s by %d, want %s by day %d", got.Action, got.DueAt.Or(0), w.Action, w.DueAt)
				}
			case agent.ContactAnswer:
				if got.NotBefore.Or(0) != w.NotBefore {
					t.Errorf("not before %d, want %d", got.NotBefore.Or(0), w.NotBefore)
				}
			case agent.Judgement:
				g := [...]string{string(got.Row), got.Outcome, got.OverdueClass, got.Band, got.Disposition, got.Proposal}
				if want := [...]string{string(w.Row), w.Outcome, w.Class, w.Band, w.Disposition, w.Proposal}; g != want {
					t.Errorf("judgement = %v, want %v", g, want)
				}
				if got.Offer.Or(0) != w.Offer {
					t.Errorf("offer = %d, want %d", got.Offer.Or(0), w.Offer)
				}
				if !slices.Equal(got.Reasons, w.Reasons) || !slices.Equal(got.Improve, w.Improve) {
					t.Errorf("reasons %v improve %v, want %v and %v", got.Reasons, got.Improve, w.Reasons, w.Improve)
				}
			}
		})
	}
}
