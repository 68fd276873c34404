package policy

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/yanmen/yanmen/agent"
)

// A Place is where a rule stands in its bundle.
type Place struct {
	File string // for example yanmen/collect/collect.rego
	Line int
}

// A Step is a rule that an answer rests on: because it held, or because it did
// not. It holds names and places of rules, never a value.
type Step struct {
	Rule  string // for example consent.given
	Title string // of its annotation, "" if it has none
	Held  bool
	// Places are the lines that say so: of the definition that held, or of the
	// condition at which each definition failed.
	Places []Place
	Steps  []Step // what that rests on in turn
}

// A Path is why a code, or a field's value, is part of an answer.
type Path struct {
	// Code is a denial, an obligation, a reason or an improvement; "" for a field.
	Code agent.Code
	// Field is the name of the field in which the code or the value stands.
	Field string
	// Places are the rules that put it there.
	Places []Place
	Steps  []Step
}

// Paths asks a question again and returns which rules led to the answer: first
// the codes, in the order of the answer's fields, then the point's own fields. The
// input is a pointer to an input of a point. Titles are in Chinese for "zh" where
// the bundle has them, and in English for any other language.
//
// It is made for reading: the interpreter answers, step by step and without its
// shortcuts. The error says that there was no answer.
func (e *Engine) Paths(ctx context.Context, in any, lang string) ([]Path, error) {
	q := questionOfInput(in)
	if q == nil {
		return nil, errors.New("explain: not the input of a point")
	}
	lib := e.library()
	if lib == nil {
		return nil, errors.New("explain: the rules did not compile")
	}
	t := &tracer{rules: map[uint64]*ast.Rule{}, held: map[*ast.Rule]bool{}, failed: map[*ast.Rule][]*ast.Expr{}, added: map[*ast.Rule][]addition{}}
	seen := q.write(new(arena), in)
	answer := e.traced(ctx, lib, q.point, seen.term().Value, t)
	object, ok := answer.(ast.Object)
	if !ok {
		return nil, errors.New("explain: the rules did not answer")
	}
	x := &explanation{e: e, compiler: lib.compiler, t: t, lang: lang}
	return x.paths(q.point, object), nil
}

// traced lets the library evaluate the rules under the eyes of a tracer.
func (e *Engine) traced(ctx context.Context, lib *library, point string, input ast.Value, t *tracer) ast.Value {
	cancel := topdown.NewCancel()
	defer time.AfterFunc(10*e.limit, cancel.Cancel).Stop()
	defer context.AfterFunc(ctx, cancel.Cancel)()
	rs, err := lib.points[point].Eval(ctx,
		rego.EvalParsedInput(input),
		rego.EvalExternalCancel(cancel),
		rego.EvalMetrics(metrics.NoOp()),
		rego.EvalQueryTracer(t),
		rego.EvalRuleIndexing(false), // else a rule that cannot match is passed over in silence
		rego.EvalEarlyExit(false),
		rego.EvalTransaction(lib.reading))
	if err != nil || len(rs) != 1 || len(rs[0].Expressions) != 1 {
		return nil
	}
	v, _ := rs[0].Expressions[0].Value.(ast.Value)
	return v
}

// A tracer notes which rules held and at which conditions the others failed.
type tracer struct {
	rules  map[uint64]*ast.Rule // whose body a query is
	held   map[*ast.Rule]bool
	failed map[*ast.Rule][]*ast.Expr
	added  map[*ast.Rule][]addition
}

// An addition is what a rule put into a set, and the variables by which it did.
type addition struct {
	member ast.Value
	locals *ast.ValueMap
}

// Enabled implements the library's interface.
func (*tracer) Enabled() bool { return true }

// Config implements the library's interface.
func (*tracer) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: true} }

// TraceEvent implements the library's interface.
func (t *tracer) TraceEvent(e topdown.Event) {
	switch node := e.Node.(type) {
	case *ast.Rule:
		switch e.Op {
		case topdown.EnterOp:
			t.rules[e.QueryID] = node
		case topdown.ExitOp:
			t.held[node] = true
			if k := node.Head.Key; k != nil {
				t.added[node] = append(t.added[node], addition{bound(k.Value, e.Locals), e.Locals})
			}
		}
	case *ast.Expr:
		if r := t.rules[e.QueryID]; r != nil && e.Op == topdown.FailOp && !slices.Contains(t.failed[r], node) {
			t.failed[r] = append(t.failed[r], node)
		}
	}
}

// bound returns the value of a variable, and anything else as it is.
func bound(v ast.Value, locals *ast.ValueMap) ast.Value {
	if name, ok := v.(ast.Var); ok && locals != nil {
		return locals.Get(name)
	}
	return v
}

// An explanation turns what a tracer noted into paths.
type explanation struct {
	e        *Engine
	compiler *ast.Compiler
	t        *tracer
	lang     string
}

// A group is the rules of one name: its definitions, and what they say else.
type group struct {
	name  string
	rules []*ast.Rule
}

func (x *explanation) group(ref ast.Ref) (g group) {
	for _, r := range x.compiler.GetRules(ref.ConstantPrefix()) {
		g.name = strings.TrimPrefix(r.Ref().ConstantPrefix().String(), "data.yanmen.")
		if r.Default {
			continue
		}
		for ; r != nil; r = r.Else {
			g.rules = append(g.rules, r)
		}
	}
	slices.SortFunc(g.rules, func(a, b *ast.Rule) int {
		return cmp.Or(cmp.Compare(a.Location.File, b.Location.File), cmp.Compare(a.Location.Row, b.Location.Row))
	})
	return g
}

func (x *explanation) anyHeld(g group) bool {
	return slices.ContainsFunc(g.rules, func(r *ast.Rule) bool { return x.t.held[r] })
}

// short reports whether a group did not hold, or, for a function, not for all
// that it was asked about.
func (x *explanation) short(g group) bool {
	return len(g.rules) > 0 && (!x.anyHeld(g) ||
		slices.ContainsFunc(g.rules, func(r *ast.Rule) bool { return len(r.Head.Args) > 0 && len(x.t.failed[r]) > 0 }))
}

// first are the fields whose codes are explained one by one, in this order.
var first = []string{"denials", "obligations", "reasons", "improve"}

func (x *explanation) paths(point string, answer ast.Object) (out []Path) {
	fields := x.fields(point)
	for _, name := range first {
		set, ok := valueOf(answer, name).(ast.Set)
		if !ok {
			continue
		}
		g := x.group(fields[name])
		for _, member := range set.Slice() {
			code, _ := member.Value.(ast.String)
			p := Path{Code: agent.Code(code), Field: name}
			for _, r := range g.rules {
				for _, a := range x.t.added[r] {
					if place := linePlace(r.Location); a.member != nil && a.member.Compare(member.Value) == 0 && !slices.Contains(p.Places, place) {
						p.Places = append(p.Places, place)
						p.Steps = append(p.Steps, x.because(r, a.locals, 0)...)
					}
				}
			}
			out = append(out, p)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name == "allow" || slices.Contains(first, name) {
			continue
		}
		g := x.group(fields[name])
		if step := x.holds(g, nil, nil, 0); len(step.Places) > 0 {
			out = append(out, Path{Field: name, Places: step.Places, Steps: step.Steps})
		}
	}
	return out
}

func valueOf(o ast.Object, name string) ast.Value {
	if t := o.Get(ast.StringTerm(name)); t != nil {
		return t.Value
	}
	return nil
}

// fields returns the rule behind each field of a point's decision. The compiler
// has put a variable in the place of each; this follows them back.
func (x *explanation) fields(point string) map[string]ast.Ref {
	out := map[string]ast.Ref{}
	for _, r := range x.compiler.GetRulesExact(ast.MustParseRef("data.yanmen." + point + ".decision")) {
		is := map[ast.Value]*ast.Term{}
		for _, expr := range r.Body {
			if ops := expr.Operands(); expr.IsEquality() && len(ops) == 2 {
				if v, ok := ops[0].Value.(ast.Var); ok {
					is[v] = ops[1]
				}
			}
		}
		follow := func(t *ast.Term) ast.Value {
			v, ok := t.Value.(ast.Var)
			for ok && is[v] != nil {
				t = is[v]
				v, ok = t.Value.(ast.Var)
			}
			return t.Value
		}
		if object, ok := follow(r.Head.Value).(ast.Object); ok {
			object.Foreach(func(k, v *ast.Term) {
				name, _ := k.Value.(ast.String)
				if ref, ok := follow(v).(ast.Ref); ok {
					out[string(name)] = ref
				}
			})
		}
	}
	return out
}

// deepest bounds how far a path is followed.
const deepest = 12

// because says why a rule held: what it refers to, and that it held or did not.
func (x *explanation) because(r *ast.Rule, locals *ast.ValueMap, depth int) (steps []Step) {
	for _, expr := range r.Body {
		for _, c := range conditions(expr) {
			g := x.group(c.ref)
			switch {
			case len(g.rules) == 0: // data, or the input
			case c.negated && !x.anyHeld(g):
				steps = noted(steps, x.missing(g, depth+1))
			case !c.negated && x.anyHeld(g):
				steps = noted(steps, x.holds(g, c.ref, locals, depth+1))
			}
		}
	}
	return steps
}

// holds is the step of a group that held. If ref asks for a member of a set by a
// variable that locals knows, only what put that member there counts.
func (x *explanation) holds(g group, ref ast.Ref, locals *ast.ValueMap, depth int) Step {
	s := x.step(g, true)
	if depth > deepest {
		return s
	}
	var member ast.Value
	if len(ref) > 0 && locals != nil {
		if n := len(ref.ConstantPrefix()); n < len(ref) {
			member = bound(ref[n].Value, locals)
		}
	}
	for _, r := range g.rules {
		if !x.t.held[r] {
			continue
		}
		var by *ast.ValueMap
		if r.Head.Key != nil && member != nil {
			i := slices.IndexFunc(x.t.added[r], func(a addition) bool { return a.member != nil && a.member.Compare(member) == 0 })
			if i < 0 {
				continue
			}
			by = x.t.added[r][i].locals
		}
		s.Places = append(s.Places, linePlace(r.Location))
		for _, inner := range x.because(r, by, depth) {
			s.Steps = noted(s.Steps, inner)
		}
	}
	return s
}

// missing is the step of a group that did not hold, with the conditions at which
// it failed.
func (x *explanation) missing(g group, depth int) Step {
	s := x.step(g, false)
	for _, r := range g.rules {
		failed := x.t.failed[r]
		if len(failed) == 0 {
			continue
		}
		for _, expr := range failed {
			if place := linePlace(expr.Location); !slices.Contains(s.Places, place) {
				s.Places = append(s.Places, place)
			}
			if depth > deepest {
				continue
			}
			for _, c := range conditions(expr) {
				inner := x.group(c.ref)
				switch {
				case len(inner.rules) == 0:
				case c.negated && x.anyHeld(inner):
					s.Steps = noted(s.Steps, x.holds(inner, nil, nil, depth+1))
				case !c.negated && x.short(inner):
					s.Steps = noted(s.Steps, x.missing(inner, depth+1))
				}
			}
		}
	}
	if len(s.Places) == 0 && len(g.rules) > 0 {
		s.Places = []Place{linePlace(g.rules[0].Location)}
	}
	return s
}

func (x *explanation) step(g group, held bool) Step {
	s := Step{Rule: g.name, Held: held}
	for _, r := range g.rules {
		for _, a := range r.Annotations {
			if zh, _ := a.Custom["zh"].(string); x.lang == "zh" {
				s.Title = zh
			} else {
				s.Title = a.Title
			}
			if s.Title != "" {
				return s
			}
		}
	}
	return s
}

// noted appends a step that is not there yet.
func noted(steps []Step, s Step) []Step {
	if slices.ContainsFunc(steps, func(o Step) bool { return o.Rule == s.Rule && o.Held == s.Held && slices.Equal(o.Places, s.Places) }) {
		return steps
	}
	return append(steps, s)
}

// A condition is one reference that an expression makes to the bundle.
type condition struct {
	ref     ast.Ref
	negated bool
}

// conditions lists the references of an expression, those within every included.
func conditions(expr *ast.Expr) (all []condition) {
	if every, ok := expr.Terms.(*ast.Every); ok {
		for _, inner := range every.Body {
			all = append(all, conditions(inner)...)
		}
		return all
	}
	ast.WalkRefs(expr, func(ref ast.Ref) bool {
		if ref.HasPrefix(ast.DefaultRootRef) {
			all = append(all, condition{ref, expr.Negated})
		}
		return false
	})
	return all
}

func linePlace(l *ast.Location) Place {
	return Place{strings.TrimPrefix(l.File, "/"), l.Row}
}
