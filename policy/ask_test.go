package policy

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// jsonOf writes what rules see of an input.
func jsonOf(t testing.TB, in any) []byte {
	t.Helper()
	plain, err := ast.JSON(door(in))
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReadInput_givesBackWhatRulesSee(t *testing.T) {
	e, g := engine(t), golden(t)
	for _, c := range g.Cases {
		in := g.input(t, c)
		got, err := ReadInput(c.Point, jsonOf(t, in))
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if door(got).Compare(door(in)) != 0 {
			t.Errorf("%s: read %v, want %v", c.Name, door(got), door(in))
		}
		_, want := ask(e, in)
		if _, answer := e.Ask(context.Background(), got); !reflect.DeepEqual(answer, want) {
			t.Errorf("%s: %+v, want %+v", c.Name, answer, want)
		}
	}
}

// Each member of each point: without it, twice, or with something else in its
// place nothing is read, and the error names the place and no value.
func TestReadInput_wantsEveryMemberOnce(t *testing.T) {
	const canary = "canary-7731"
	for _, point := range points {
		zero := jsonOf(t, NewInput(point))
		if _, err := ReadInput(point, zero); err != nil {
			t.Fatalf("%s: the zero input: %v", point, err)
		}
		for path := range flatten(door(NewInput(point))) {
			pointer := "/" + strings.ReplaceAll(path, ".", "/")
			change := func(do func(parent map[string]any, name string)) []byte {
				var doc map[string]any
				if err := json.Unmarshal(zero, &doc); err != nil {
					t.Fatal(err)
				}
				steps := strings.Split(path, ".")
				parent := doc
				for _, s := range steps[:len(steps)-1] {
					parent = parent[s].(map[string]any)
				}
				do(parent, steps[len(steps)-1])
				b, err := json.Marshal(doc)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			for what, b := range map[string][]byte{
				"absent":       change(func(m map[string]any, k string) { delete(m, k) }),
				"an object":    change(func(m map[string]any, k string) { m[k] = map[string]any{canary: canary} }),
				"a fraction":   change(func(m map[string]any, k string) { m[k] = 7731.5 }),
				"a mixed list": change(func(m map[string]any, k string) { m[k] = []any{7731} }),
			} {
				_, err := ReadInput(point, b)
				var fault *InputError
				if !errors.As(err, &fault) || !strings.HasPrefix(fault.Pointer, pointer) {
					t.Errorf("%s: %s %s: %v", point, path, what, err)
				}
				if err != nil && strings.Contains(err.Error(), "7731") {
					t.Errorf("%s: %s %s: the error quotes the value", point, path, what)
				}
			}
			name := pointer[strings.LastIndexByte(pointer, '/')+1:]
			twice := strings.Replace(string(zero), `"`+name+`":`, `"`+name+`":null,"`+name+`":`, 1)
			if _, err := ReadInput(point, []byte(twice)); err == nil {
				t.Errorf("%s: %s twice is read", point, path)
			}
		}
	}
}

func TestReadInput_refusesWhatIsNoInput(t *testing.T) {
	in := string(jsonOf(t, NewInput("access")))
	for name, c := range map[string]struct{ point, text, want string }{
		"no point":       {"resell", in, "no such point"},
		"nothing":        {"access", "", "input /: want an object"},
		"half":           {"access", in[:len(in)/2], "want"},
		"not closed":     {"access", in[:len(in)-1], "want JSON"},
		"two":            {"access", in + in, "nothing after"},
		"a list":         {"access", "[" + in + "]", "want an object"},
		"unknown member": {"access", strings.Replace(in, "{", `{"name":"x",`, 1), "input /: holds a member that is not known"},
		"large":          {"access", in + strings.Repeat(" ", maxInput), "no more than"},
		"open list":      {"access", strings.Replace(in, "[]", "[", 1), "want"},
	} {
		_, err := ReadInput(c.point, []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestAsk_deniesWhatIsNoInput(t *testing.T) {
	if d, _ := engine(t).Ask(context.Background(), "access"); !isUndecided(d) {
		t.Errorf("a text = %+v", d)
	}
}
