package scenario

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/policy"
)

// Inputs and answers are filled field by field, under the names by which rules
// know them.

// china is the time zone of all instants in scenarios. It has had no other offset
// since 1991, and needs no table of zones.
var china = time.FixedZone("CST", 8*60*60)

// ruleName is the name under which rules see a field: its JSON name, or the Go
// name in snake case.
func ruleName(f reflect.StructField) string {
	if name := f.Tag.Get("json"); name != "" {
		return name
	}
	var b strings.Builder
	for i, r := range f.Name {
		if unicode.IsUpper(r) && i > 0 {
			if prev := rune(f.Name[i-1]); unicode.IsLower(prev) || unicode.IsDigit(prev) {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// leaves calls visit for each field that holds a value, by its path.
func leaves(v reflect.Value, path string, visit func(path string, v reflect.Value)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		p := path
		if !f.Anonymous {
			p = strings.TrimPrefix(path+"."+ruleName(f), ".")
		}
		if f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[agent.Int]() {
			leaves(v.Field(i), p, visit)
		} else {
			visit(p, v.Field(i))
		}
	}
}

// fields returns the values of a struct by path; s is a pointer to it.
func fields(s any) map[string]any { return fieldsOf(reflect.ValueOf(s).Elem()) }

func fieldsOf(s reflect.Value) map[string]any {
	out := map[string]any{}
	leaves(s, "", func(path string, v reflect.Value) { out[path] = v.Interface() })
	return out
}

// Fields lists the fields of a point's input by path, sorted; nil where there is
// no such point.
func Fields(point string) []string {
	in := policy.NewInput(point)
	if in == nil {
		return nil
	}
	var out []string
	leaves(reflect.ValueOf(in).Elem(), "", func(path string, _ reflect.Value) { out = append(out, path) })
	slices.Sort(out)
	return out
}

// flatten writes nested maps as paths. What is written with dots comes before what
// stands in a group, so that a base may change one field of a group it takes over.
func flatten(m map[string]any) map[string]any {
	flat := map[string]any{}
	for k, v := range m {
		if sub, ok := v.(map[string]any); ok {
			for p, v := range flatten(sub) {
				flat[k+"."+p] = v
			}
		}
	}
	for k, v := range m {
		if _, group := v.(map[string]any); !group {
			flat[k] = v
		}
	}
	return flat
}

// fill sets fields of the struct that s points to.
func fill(s any, flat map[string]any) error {
	left := make(map[string]any, len(flat))
	for k, v := range flat {
		left[k] = v
	}
	var fault error
	leaves(reflect.ValueOf(s).Elem(), "", func(path string, v reflect.Value) {
		value, ok := left[path]
		if !ok || fault != nil {
			return
		}
		delete(left, path)
		if want := set(path, v, value); want != "" {
			fault = fmt.Errorf("%s must be %s", path, want)
		}
	})
	if fault != nil {
		return fault
	}
	for path := range left {
		return fmt.Errorf("there is no field %s", path)
	}
	return nil
}

// clear sets fields to what says that they are not known. A path that names a
// group clears all that is in it.
func clear(in any, paths []string) error {
	for _, p := range paths {
		found := false
		leaves(reflect.ValueOf(in).Elem(), "", func(path string, v reflect.Value) {
			if path == p || strings.HasPrefix(path, p+".") {
				found = true
				v.SetZero()
			}
		})
		if !found {
			return fmt.Errorf("there is no field %s", p)
		}
	}
	return nil
}

// isInstant tells the fields that hold an instant, by name.
func isInstant(path string) bool {
	name := path[strings.LastIndexByte(path, '.')+1:]
	switch name {
	case "now", "as_of", "valid_from", "not_before", "until":
		return true
	}
	return strings.HasSuffix(name, "_at") || strings.HasSuffix(name, "_until")
}

// instant reads a date, which is its first second in China, or a date with a time.
func instant(value any) (int64, bool) {
	s, ok := value.(string)
	if !ok {
		return 0, false
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, china); err == nil {
			return t.Unix(), true
		}
	}
	return 0, false
}

func number(value any) (int64, bool) {
	switch n := value.(type) {
	case uint64:
		return int64(n), n <= 1<<62
	case int64:
		return n, true
	}
	return 0, false
}

const wantInstant = "a date such as 2026-06-01 or 2026-06-01T09:30"

// set sets one field and returns what it should have been if it cannot.
func set(path string, v reflect.Value, value any) string {
	read, want := number, "a whole number"
	if isInstant(path) {
		read, want = instant, wantInstant
	}
	switch v.Interface().(type) {
	case agent.Int:
		if value == nil {
			v.SetZero()
			return ""
		}
		n, ok := read(value)
		if !ok {
			return want + ", or null"
		}
		v.Set(reflect.ValueOf(agent.Known(n)))
		return ""
	case agent.Tri:
		var tri agent.Tri
		s, ok := value.(string)
		if !ok || tri.UnmarshalText([]byte(s)) != nil {
			return `"yes", "no" or "unknown", in quotes`
		}
		v.Set(reflect.ValueOf(tri))
		return ""
	case agent.Date:
		n, ok := instant(value)
		if !ok {
			return wantInstant
		}
		t := time.Unix(n, 0).In(china)
		v.SetInt(int64(t.Year()*10000 + int(t.Month())*100 + t.Day()))
		return ""
	}
	switch v.Kind() {
	case reflect.Int64:
		n, ok := read(value)
		if !ok {
			return want
		}
		v.SetInt(n)
		return ""
	case reflect.Bool:
		b, ok := value.(bool)
		if !ok {
			return "true or false"
		}
		v.SetBool(b)
		return ""
	case reflect.String:
		s, ok := value.(string)
		if !ok {
			return "a text; put it into quotes"
		}
		v.SetString(s)
		return ""
	case reflect.Slice:
		list, ok := value.([]any)
		if !ok {
			return "a list of texts"
		}
		v.SetZero()
		if v.Type().Elem().Kind() == reflect.Struct {
			for _, item := range list {
				group, ok := item.(map[string]any)
				one := reflect.New(v.Type().Elem())
				if !ok || fill(one.Interface(), flatten(group)) != nil {
					return "a list of groups of its fields"
				}
				v.Set(reflect.Append(v, one.Elem()))
			}
			return ""
		}
		for _, item := range list {
			s, ok := item.(string)
			if !ok {
				return "a list of texts"
			}
			v.Set(reflect.Append(v, reflect.ValueOf(s).Convert(v.Type().Elem())))
		}
		return ""
	}
	panic("scenario: a field has a type that files cannot hold")
}

// document writes an input as rules see it: nested, null where nothing is known.
func document(in any) map[string]any {
	doc := map[string]any{}
	for path, value := range fields(in) {
		m := doc
		names := strings.Split(path, ".")
		for _, n := range names[:len(names)-1] {
			sub, ok := m[n].(map[string]any)
			if !ok {
				sub = map[string]any{}
				m[n] = sub
			}
			m = sub
		}
		m[names[len(names)-1]] = plain(value)
	}
	return doc
}

func plain(value any) any {
	switch v := value.(type) {
	case agent.Int:
		if n, ok := v.Value(); ok {
			return n
		}
		return nil
	case agent.Tri:
		return v.String()
	case agent.Date:
		if v == 0 {
			return nil
		}
		return int64(v)
	}
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			if list[i] = v.Index(i).String(); v.Type().Elem().Kind() == reflect.Struct {
				list[i] = document(v.Index(i).Addr().Interface())
			}
		}
		return list
	}
	return value
}
