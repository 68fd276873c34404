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

// A question is what a point of decision is asked, and how. All that is done alike
// at every point goes by these.
type question struct {
	point         string
	input, answer reflect.Type
	write         func(*arena, any) value // what rules see of an input
	ask           func(context.Context, *Engine, any) any
}

func questionOf[I, A any](point string, write func(*arena, *I) value, ask func(*Engine, context.Context, *I) A) question {
	return question{point, reflect.TypeFor[I](), reflect.TypeFor[A](),
		func(a *arena, in any) value { return write(a, in.(*I)) },
		func(ctx context.Context, e *Engine, in any) any { return ask(e, ctx, in.(*I)) }}
}

// questions are those of all points, in the order in which data meets them.
var questions = []question{
	questionOf(agent.PointCollect, collectInput, (*Engine).Collect),
	questionOf(agent.PointUse, useInput, (*Engine).Use),
	questionOf(agent.PointProvide, reflected, (*Engine).Provide),
	questionOf(agent.PointJudge, judgeInput, (*Engine).Judge),
	questionOf(agent.PointDisclose, discloseInput, (*Engine).Disclose),
	questionOf(agent.PointRetain, reflected, (*Engine).Retain),
	questionOf(agent.PointRights, reflected, (*Engine).Rights),
	questionOf(agent.PointContact, reflected, (*Engine).Contact),
	questionOf(agent.PointAccess, reflected, (*Engine).Access),
}

// points are the names of all points, in that order.
var points = func() (names []string) {
	for _, q := range questions {
		names = append(names, q.point)
	}
	return names
}()

// questionAt is nil where there is no such point.
func questionAt(point string) *question {
	if i := slices.Index(points, point); i >= 0 {
		return &questions[i]
	}
	return nil
}

// questionOfInput is nil for what is not a pointer to an input.
func questionOfInput(in any) *question {
	t := reflect.TypeOf(in)
	if t == nil || t.Kind() != reflect.Pointer {
		return nil
	}
	i := slices.IndexFunc(questions, func(q question) bool { return q.input == t.Elem() })
	if i < 0 {
		return nil
	}
	return &questions[i]
}

// Points returns the names of the points of decision, in the order in which data
// meets them.
func Points() []string { return slices.Clone(points) }

// NewInput returns a pointer to the zero input of a point, for example an
// *[agent.UseInput]; nil where there is no such point.
func NewInput(point string) any {
	if q := questionAt(point); q != nil {
		return reflect.New(q.input).Interface()
	}
	return nil
}

// NewAnswer returns a pointer to the zero answer of a point, for example an
// *[agent.Decision]; nil where there is no such point.
func NewAnswer(point string) any {
	if q := questionAt(point); q != nil {
		return reflect.New(q.answer).Interface()
	}
	return nil
}

// ReadInput reads the input of a point from JSON, as its schema says: every
// member once and none besides. It returns a pointer to the input type of the
// point, for [Engine.Ask]. What is not of the form is an [*InputError].
func ReadInput(point string, b []byte) (any, error) {
	in := NewInput(point)
	if in == nil {
		return nil, fmt.Errorf("read input: there is no such point; want one of %s", strings.Join(points, ", "))
	}
	if len(b) > maxInput {
		return nil, &InputError{Want: "want no more than 1 MiB"}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := readValue(d, reflect.ValueOf(in).Elem(), ""); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &InputError{Want: "want nothing after the object"}
	}
	return in, nil
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
	q := questionOfInput(in)
	if q == nil {
		d := undecided()
		return d, d
	}
	answer := q.ask(ctx, e, in)
	if d, ok := answer.(agent.Decision); ok {
		return d, answer
	}
	return reflect.ValueOf(answer).FieldByName("Decision").Interface().(agent.Decision), answer
}
