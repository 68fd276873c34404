package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/yanmen/yanmen/agent"
)

// maxInput bounds an input in JSON, in bytes.
const maxInput = 1 << 20

// An InputError says where an input in JSON is not of its form, and what is
// wanted there. It never holds a value of the input; a member that is not known
// is reported at the object that holds it, for its name may be a value too.
type InputError struct {
	Pointer string // RFC 6901; "" is the whole input
	Want    string
}

// Error names place and remedy.
func (e *InputError) Error() string {
	at := e.Pointer
	if at == "" {
		at = "/"
	}
	return "input " + at + ": " + e.Want
}

// inputs are the input types of the points.
var inputs = map[string]reflect.Type{
	agent.PointCollect:  reflect.TypeFor[agent.CollectInput](),
	agent.PointUse:      reflect.TypeFor[agent.UseInput](),
	agent.PointProvide:  reflect.TypeFor[agent.ProvideInput](),
	agent.PointJudge:    reflect.TypeFor[agent.JudgeInput](),
	agent.PointDisclose: reflect.TypeFor[agent.DiscloseInput](),
	agent.PointRetain:   reflect.TypeFor[agent.RetainInput](),
	agent.PointRights:   reflect.TypeFor[agent.RightsInput](),
	agent.PointContact:  reflect.TypeFor[agent.ContactInput](),
	agent.PointAccess:   reflect.TypeFor[agent.AccessInput](),
}

// Points returns the names of the points of decision, in the order in which data
// meets them.
func Points() []string { return slices.Clone(points) }

// ReadInput reads the input of a point from JSON, as its schema says: every
// member once and none besides. It returns a pointer to the input type of the
// point, for [Engine.Ask]. What is not of the form is an [*InputError].
func ReadInput(point string, b []byte) (any, error) {
	typ, ok := inputs[point]
	if !ok {
		return nil, fmt.Errorf("read input: there is no such point; want one of %s", strings.Join(points, ", "))
	}
	if len(b) > maxInput {
		return nil, &InputError{Want: "want no more than 1 MiB"}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	in := reflect.New(typ)
	if err := readValue(d, in.Elem(), ""); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &InputError{Want: "want nothing after the object"}
	}
	return in.Interface(), nil
}

func readValue(d *json.Decoder, v reflect.Value, at string) error {
	if v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[agent.Int]() {
		return readObject(d, v, at)
	}
	t, err := d.Token()
	if err != nil {
		return &InputError{at, "want JSON"}
	}
	wrong := func(want string) error { return &InputError{at, "want " + want} }
	switch v.Interface().(type) {
	case agent.Int:
		if t == nil {
			v.SetZero()
			return nil
		}
		n, ok := wholeOf(t)
		if !ok {
			return wrong("a whole number, or null where it is not known")
		}
		v.Set(reflect.ValueOf(agent.Known(n)))
		return nil
	case agent.Date:
		if t == nil {
			v.SetZero()
			return nil
		}
		n, ok := wholeOf(t)
		if !ok || n != int64(agent.Date(n)) {
			return wrong("a date as a number YYYYMMDD, or null where it is not known")
		}
		v.Set(reflect.ValueOf(agent.Date(n)))
		return nil
	case agent.Tri:
		var tri agent.Tri
		if s, ok := t.(string); !ok || tri.UnmarshalText([]byte(s)) != nil {
			return wrong(`"yes", "no" or "unknown"`)
		}
		v.Set(reflect.ValueOf(tri))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		s, ok := t.(string)
		if !ok {
			return wrong("a text")
		}
		v.SetString(s)
	case reflect.Bool:
		b, ok := t.(bool)
		if !ok {
			return wrong("true or false")
		}
		v.SetBool(b)
	case reflect.Int64:
		n, ok := wholeOf(t)
		if !ok {
			return wrong("a whole number")
		}
		v.SetInt(n)
	case reflect.Slice:
		if t != json.Delim('[') {
			return wrong("a list")
		}
		v.SetZero()
		for d.More() {
			item := reflect.New(v.Type().Elem()).Elem()
			if err := readValue(d, item, fmt.Sprintf("%s/%d", at, v.Len())); err != nil {
				return err
			}
			v.Set(reflect.Append(v, item))
		}
		if _, err := d.Token(); err != nil {
			return wrong("JSON")
		}
	default:
		panic("policy: an input's field has a type that JSON cannot fill")
	}
	return nil
}

func readObject(d *json.Decoder, v reflect.Value, at string) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return &InputError{at, "want an object"}
	}
	members := map[string]reflect.Value{}
	var order []string
	var list func(reflect.Value)
	list = func(v reflect.Value) {
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Anonymous {
				list(v.Field(i))
				continue
			}
			members[f.Tag.Get("json")] = v.Field(i)
			order = append(order, f.Tag.Get("json"))
		}
	}
	list(v)
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return &InputError{at, "want JSON"}
		}
		field, ok := members[name]
		if !ok {
			return &InputError{at, "holds a member that is not known; want " + strings.Join(order, ", ")}
		}
		if seen[name] {
			return &InputError{at + "/" + name, "want it once"}
		}
		seen[name] = true
		if err := readValue(d, field, at+"/"+name); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return &InputError{at, "want JSON"}
	}
	for _, name := range order {
		if !seen[name] {
			return &InputError{at + "/" + name, "is missing; every member is wanted, with null, \"\", [] or false where nothing is known"}
		}
	}
	return nil
}

// wholeOf reads a number that is whole as it is written.
func wholeOf(t json.Token) (int64, bool) {
	n, ok := t.(json.Number)
	if !ok {
		return 0, false
	}
	v, err := n.Int64()
	return v, err == nil
}

// Ask puts an input to its point: the decision, and the whole answer, which for
// some points is more than that. An input that is none of the points' denies.
func (e *Engine) Ask(ctx context.Context, in any) (agent.Decision, any) {
	switch in := in.(type) {
	case *agent.CollectInput:
		d := e.Collect(ctx, in)
		return d, d
	case *agent.UseInput:
		d := e.Use(ctx, in)
		return d, d
	case *agent.ProvideInput:
		d := e.Provide(ctx, in)
		return d, d
	case *agent.JudgeInput:
		d := e.Judge(ctx, in)
		return d.Decision, d
	case *agent.DiscloseInput:
		d := e.Disclose(ctx, in)
		return d.Decision, d
	case *agent.RetainInput:
		d := e.Retain(ctx, in)
		return d.Decision, d
	case *agent.RightsInput:
		d := e.Rights(ctx, in)
		return d.Decision, d
	case *agent.ContactInput:
		d := e.Contact(ctx, in)
		return d.Decision, d
	case *agent.AccessInput:
		d := e.Access(ctx, in)
		return d, d
	}
	d := undecided()
	return d, d
}
