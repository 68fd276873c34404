package policy

import (
	"context"
	"reflect"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/yanmen/yanmen/agent"
)

// The points beside those of a case. They are asked seldom: their inputs are
// written by reflection over the fields' JSON names, and nothing is remembered.

// Provide says whether categories may be handed to a recipient. See
// [agent.ProvideInput].
func (e *Engine) Provide(ctx context.Context, in *agent.ProvideInput) agent.Decision {
	r := answerOf(ctx, e, agent.PointProvide, in)
	d := r.decision()
	if r.bad {
		return undecided()
	}
	return e.aged(d, in.Now)
}

// Retain says what becomes of data. See [agent.RetainInput].
func (e *Engine) Retain(ctx context.Context, in *agent.RetainInput) agent.Retention {
	r := answerOf(ctx, e, agent.PointRetain, in)
	a := agent.Retention{Decision: r.decision(), Action: r.oneOf(kAction, []string{"keep", "restrict", "anonymise", "delete"}), Until: r.maybe(kUntil)}
	r.bad = r.bad || a.Allow != (a.Action == "keep")
	if r.bad {
		return agent.Retention{Decision: undecided()}
	}
	a.Decision = e.aged(a.Decision, in.Now)
	return a
}

// Rights says what is owed to who exercises a right. See [agent.RightsInput].
func (e *Engine) Rights(ctx context.Context, in *agent.RightsInput) agent.RightsAnswer {
	r := answerOf(ctx, e, agent.PointRights, in)
	a := agent.RightsAnswer{Decision: r.decision(), Action: r.oneOf(kAction, []string{"fulfil", "restrict", "refuse"}), DueAt: r.maybe(kDueAt)}
	if r.bad {
		return agent.RightsAnswer{Decision: undecided()}
	}
	a.Decision = e.aged(a.Decision, in.Now)
	return a
}

// Contact says whether a person may be contacted. See [agent.ContactInput].
func (e *Engine) Contact(ctx context.Context, in *agent.ContactInput) agent.ContactAnswer {
	r := answerOf(ctx, e, agent.PointContact, in)
	a := agent.ContactAnswer{Decision: r.decision(), NotBefore: r.maybe(kNotBefore)}
	if r.bad {
		return agent.ContactAnswer{Decision: undecided()}
	}
	a.Decision = e.aged(a.Decision, in.Now)
	return a
}

// Access says whether one of the staff may act. See [agent.AccessInput].
func (e *Engine) Access(ctx context.Context, in *agent.AccessInput) agent.Decision {
	r := answerOf(ctx, e, agent.PointAccess, in)
	d := r.decision()
	if r.bad {
		return undecided()
	}
	return e.aged(d, in.Now)
}

// answerOf evaluates a point; what cannot be read is bad from the start.
func answerOf[I any](ctx context.Context, e *Engine, point string, in *I) *reader {
	if in == nil {
		return &reader{object: ast.NewObject(), bad: true}
	}
	r, ok := open(decide(ctx, e, point, in, reflected[I]))
	if !ok {
		return &reader{object: ast.NewObject(), bad: true}
	}
	return r
}

// reflected writes an input field by field, under the names of its JSON tags. A
// field of a type that no input has is a mistake of the program.
func reflected[I any](a *arena, in *I) value {
	return a.object(reflectedFields(a, reflect.ValueOf(in).Elem())...)
}

func reflectedFields(a *arena, v reflect.Value) []field {
	var fields []field
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			fields = append(fields, reflectedFields(a, v.Field(i))...)
			continue
		}
		name := f.Tag.Get("json")
		if name == "" {
			panic("policy: an input's field has no name")
		}
		fields = append(fields, field{name, reflectedValue(a, v.Field(i))})
	}
	return fields
}

func reflectedValue(a *arena, v reflect.Value) value {
	switch n := v.Interface().(type) {
	case agent.Int:
		return maybe(n)
	case agent.Tri:
		return text(n.String())
	case []string:
		return list(a, n)
	}
	switch v.Kind() {
	case reflect.String:
		return text(v.String())
	case reflect.Bool:
		return boolean(v.Bool())
	case reflect.Int64:
		return whole(v.Int())
	case reflect.Struct:
		return a.object(reflectedFields(a, v)...)
	}
	panic("policy: an input's field has a type that rules cannot see")
}
