package policy

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/yanmen/yanmen/agent"
)

var update = flag.Bool("update", false, "write schemas/ from the Go structs")

// schemaOf names the Go struct behind each schema. The ground alone is what
// the packages that several points share may read.
var schemaOf = func() map[string]reflect.Type {
	types := map[string]reflect.Type{"ground": reflect.TypeFor[agent.Ground]()}
	for _, q := range questions {
		types[q.point] = q.input
	}
	return types
}()

func schemaFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("schemas", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// describe writes the schema of a type: every field required, none besides.
func describe(t reflect.Type) map[string]any {
	switch t {
	case reflect.TypeFor[agent.Int](), reflect.TypeFor[agent.Date]():
		return map[string]any{"anyOf": []any{map[string]any{"type": "integer"}, map[string]any{"type": "null"}}}
	case reflect.TypeFor[agent.Tri]():
		return map[string]any{"type": "string", "enum": []any{"unknown", "no", "yes"}}
	}
	switch t.Kind() {
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": describe(t.Elem())}
	case reflect.Struct:
		properties, required := map[string]any{}, []any{}
		var add func(reflect.Type)
		add = func(t reflect.Type) {
			for i := range t.NumField() {
				f := t.Field(i)
				if f.Anonymous {
					add(f.Type)
					continue
				}
				properties[ruleName(f)] = describe(f.Type)
				required = append(required, ruleName(f))
			}
		}
		add(t)
		return map[string]any{"type": "object", "additionalProperties": false, "required": required, "properties": properties}
	}
	panic("no schema for " + t.String())
}

func TestSchema_saysWhatTheStructSays(t *testing.T) {
	for name, typ := range schemaOf {
		s := describe(typ)
		s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
		s["title"] = "Input of " + name
		if name == "ground" {
			s["title"] = "What every point but judge sees"
		}
		want, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		if *update {
			if err := os.WriteFile(filepath.Join("schemas", name+".json"), want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(schemaFile(t, name), want) {
			t.Errorf("schemas/%s.json differs from %v; run go test ./policy -update", name, typ)
		}
	}
}

// door returns what rules see of an input, as the library holds it.
func door(in any) ast.Value {
	v := questionOfInput(in).write(new(arena), in)
	return v.term().Value
}

func TestDoor_passesSchema(t *testing.T) {
	g := golden(t)
	for _, c := range g.Cases {
		checkSchema(t, c.Point, door(g.input(t, c)))
		checkSchema(t, c.Point, door(NewInput(c.Point)))
	}
}

func checkSchema(t *testing.T, point string, v ast.Value) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaFile(t, point)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("s.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("s.json")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := ast.JSON(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(plain); err != nil {
		t.Errorf("%s: %v", point, err)
	}
}

// Every field reaches rules under its own name with its own value: each is set
// alone, and what rules see changes at its path and nowhere else.
func TestDoor_carriesEveryField(t *testing.T) {
	for _, point := range []string{agent.PointCollect, agent.PointUse, agent.PointJudge, agent.PointDisclose} {
		empty := flatten(door(NewInput(point)))
		leaves(reflect.ValueOf(NewInput(point)).Elem(), "", func(path string, _ reflect.Value) {
			in := NewInput(point)
			var want string
			leaves(reflect.ValueOf(in).Elem(), "", func(p string, v reflect.Value) {
				if p == path {
					want = mark(v)
				}
			})
			got := flatten(door(in))
			for p, v := range got {
				if p == path && v != want {
					t.Errorf("%s: rules see %s as %s, want %s", point, p, v, want)
				}
				if p != path && v != empty[p] {
					t.Errorf("%s: setting %s changed %s", point, path, p)
				}
			}
			if _, ok := got[path]; !ok {
				t.Errorf("%s: rules do not see %s", point, path)
			}
		})
	}
}

// mark sets a field to a value that is not its zero and returns how rules
// write it.
func mark(v reflect.Value) string {
	switch v.Interface().(type) {
	case agent.Int:
		v.Set(reflect.ValueOf(agent.Known(777777)))
		return "777777"
	case agent.Tri:
		v.Set(reflect.ValueOf(agent.Yes))
		return `"yes"`
	case agent.Date:
		v.SetInt(20250131)
		return "20250131"
	case []string:
		v.Set(reflect.ValueOf([]string{"marked"}))
		return `["marked"]`
	}
	switch v.Kind() {
	case reflect.Slice: // of structs: one with every field marked
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		var fields []string
		leaves(v.Index(0), "", func(path string, f reflect.Value) { fields = append(fields, strconv.Quote(path)+": "+mark(f)) })
		slices.Sort(fields)
		return "[{" + strings.Join(fields, ", ") + "}]"
	case reflect.String:
		v.SetString("marked")
		return `"marked"`
	case reflect.Bool:
		v.SetBool(true)
		return "true"
	}
	v.SetInt(777777)
	return "777777"
}

// flatten writes an object as paths.
func flatten(v ast.Value) map[string]string {
	out := map[string]string{}
	var walk func(string, ast.Value)
	walk = func(prefix string, v ast.Value) {
		o, ok := v.(ast.Object)
		if !ok {
			out[prefix] = v.String()
			return
		}
		o.Foreach(func(k, v *ast.Term) {
			p := string(k.Value.(ast.String))
			if prefix != "" {
				p = prefix + "." + p
			}
			walk(p, v.Value)
		})
	}
	walk("", v)
	return out
}
