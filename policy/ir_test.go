package policy

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"pgregory.net/rapid"

	"github.com/yanmen/yanmen/agent"
)

// Each point of the built-in bundle runs as a program.
func TestProgram_runsEveryPoint(t *testing.T) {
	e := engine(t)
	for _, point := range decisions {
		if e.programs[point] == nil {
			t.Errorf("%s is interpreted", point)
		}
	}
}

// interpreted returns an engine that leaves the rules to the library.
func interpreted(t testing.TB) *Engine {
	t.Helper()
	testOnlyInterpreted = true
	defer func() { testOnlyInterpreted = false }()
	return engine(t)
}

// A trial asks both engines the same.
type trial struct {
	program, interpreter *Engine
}

// differ returns what is wrong, or nothing where both give the same answer, to
// the last field.
func (a trial) differ(point string, in ast.Value) string {
	got := a.program.evaluate(context.Background(), point, in)
	want := a.interpreter.evaluate(context.Background(), point, in)
	switch {
	case got == nil && want == nil:
		return ""
	case got == nil || want == nil || got.Compare(want) != 0:
		return fmt.Sprintf("%s of %v\nprogram %v\ninterpreter %v", point, in, got, want)
	}
	return ""
}

// A tree is an input that may be cut and grafted: trees and values by name.
type tree map[string]any

func treeOf(o ast.Object) tree {
	t := tree{}
	o.Foreach(func(k, v *ast.Term) {
		if sub, ok := v.Value.(ast.Object); ok {
			t[string(k.Value.(ast.String))] = treeOf(sub)
		} else {
			t[string(k.Value.(ast.String))] = v.Value
		}
	})
	return t
}

func (t tree) object() ast.Object {
	o := ast.NewObject()
	for name, v := range t {
		if sub, ok := v.(tree); ok {
			v = ast.Value(sub.object())
		}
		o.Insert(ast.StringTerm(name), ast.NewTerm(v.(ast.Value)))
	}
	return o
}

// places lists every field and every group of fields.
func (t tree) places() (at []place) {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		at = append(at, place{t, name})
		if sub, ok := t[name].(tree); ok {
			at = append(at, sub.places()...)
		}
	}
	return at
}

type place struct {
	in   tree
	name string
}

// odd are values of every type, most of them wrong wherever they stand.
var odd = func() []ast.Value {
	var out []ast.Value
	for _, text := range []string{
		`null`, `true`, `false`, `""`, `"x"`, `0`, `-0`, `1`, `-1`, `1.0`, `0.5`, `1e3`, `5500.0`,
		`9223372036854775807`, `-9223372036854775808`, `9223372036854775808`, `123456789012345678901234567890`,
		`[]`, `[1]`, `["x", null]`, `[[]]`, `{}`, `{"x": 1}`, `{"x": "outcome"}`, `{1: 2}`, `set()`, `{"x"}`, `{1, "yes"}`,
		`{"identity_basic", "outcome", "capacity"}`, `["outcome", "outcome", 1]`,
	} {
		out = append(out, ast.MustParseTerm(text).Value)
	}
	return out
}()

// A grower changes inputs at random.
type grower struct {
	words   []ast.Value
	numbers []ast.Value
	bases   map[string][]ast.Object
}

func newGrower(t testing.TB) *grower {
	t.Helper()
	g := &grower{bases: map[string][]ast.Object{}}
	words, numbers := map[string]bool{}, map[string]bool{"0": true, "1": true}
	var gather func(v ast.Value)
	gather = func(v ast.Value) {
		switch v := v.(type) {
		case ast.String:
			if len(v) < 40 {
				words[string(v)] = true
			}
		case ast.Number:
			numbers[string(v)] = true
			if n, ok := v.Int64(); ok {
				numbers[fmt.Sprint(n-1)], numbers[fmt.Sprint(n+1)] = true, true
			}
		case *ast.Array:
			v.Foreach(func(t *ast.Term) { gather(t.Value) })
		case ast.Object:
			v.Foreach(func(k, t *ast.Term) { gather(k.Value); gather(t.Value) })
		}
	}
	file := golden(t)
	for _, c := range file.Cases {
		in := door(file.input(t, c)).(ast.Object)
		gather(in)
		g.bases[c.Point] = append(g.bases[c.Point], in)
	}
	data := bundleData(t)["yanmen"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(data)) {
		v, err := ast.InterfaceToValue(data[name])
		if err != nil {
			t.Fatal(err)
		}
		if name != "regulation" {
			gather(v)
		}
	}
	for _, w := range slices.Sorted(maps.Keys(words)) {
		g.words = append(g.words, ast.String(w))
	}
	for _, n := range slices.Sorted(maps.Keys(numbers)) {
		g.numbers = append(g.numbers, ast.Number(n))
	}
	return g
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// value returns one that may replace old: mostly of its type.
func (g *grower) value(r *rand.Rand, old any) ast.Value {
	switch old := old.(type) {
	case ast.String:
		if r.IntN(4) > 0 {
			return pick(r, g.words)
		}
	case ast.Number, ast.Null:
		if r.IntN(4) > 0 {
			return pick(r, g.numbers)
		}
	case ast.Boolean:
		if r.IntN(4) > 0 {
			return !old
		}
	case *ast.Array:
		if r.IntN(4) > 0 {
			var terms []*ast.Term
			old.Foreach(func(t *ast.Term) {
				if r.IntN(3) > 0 {
					terms = append(terms, t)
				}
			})
			for range r.IntN(3) {
				terms = append(terms, ast.NewTerm(pick(r, g.words)))
			}
			if r.IntN(8) == 0 {
				return ast.NewSet(terms...)
			}
			return ast.NewArray(terms...)
		}
	}
	return pick(r, odd)
}

// grow returns a changed input of a point.
func (g *grower) grow(r *rand.Rand, point string) ast.Value {
	in := treeOf(pick(r, g.bases[point]))
	for range r.IntN(9) {
		at := in.places()
		if len(at) == 0 {
			break
		}
		p := pick(r, at)
		if r.IntN(6) == 0 {
			delete(p.in, p.name)
		} else {
			p.in[p.name] = g.value(r, p.in[p.name])
		}
	}
	return in.object()
}

// underRace is whether the race detector is on: it would make minutes of it.
var underRace bool

// Every golden input as it is, and every eighth without each field and each
// group and with an odd value in each place: the program answers as the library
// does.
func TestProgram_answersAsTheLibraryDoes(t *testing.T) {
	both, g := trial{engine(t), interpreted(t)}, newGrower(t)
	for _, point := range decisions {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			n := 0
			check := func(in ast.Value) {
				t.Helper()
				if n++; t.Failed() {
					return
				}
				if wrong := both.differ(point, in); wrong != "" {
					t.Error(wrong)
				}
			}
			for i, base := range g.bases[point] {
				check(base)
				if i%8 != 0 {
					continue // nine points have hundreds of golden inputs
				}
				for j := range treeOf(base).places() {
					whole := treeOf(base)
					p := whole.places()[j]
					old := p.in[p.name]
					delete(p.in, p.name)
					check(whole.object())
					p.in[p.name] = odd[(i+j)%len(odd)]
					check(whole.object())
					if i == 0 {
						for _, v := range odd {
							p.in[p.name] = v
							check(whole.object())
						}
					}
					p.in[p.name] = old
				}
			}
			for _, v := range odd {
				check(v)
			}
			most := 3000 // FuzzProgram goes on from here
			if testing.Short() || underRace {
				most = 1000
			}
			for seed := range uint64(most) {
				check(g.grow(rand.New(rand.NewPCG(1, seed)), point))
			}
			t.Logf("%d inputs", n)
		})
	}
}

// The typed door writes what the library reads.
func TestProgram_typedDoorIsTheSame(t *testing.T) {
	e, l, g := engine(t), interpreted(t), golden(t)
	for _, c := range g.Cases {
		in := g.input(t, c)
		_, got := ask(e, in)
		_, want := ask(l, in)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: program %v, interpreter %v", c.Name, got, want)
		}
	}
	for _, point := range decisions {
		rapid.Check(t, func(r *rapid.T) {
			in := drawInput(r, g, t, point)
			_, got := ask(e, in)
			if want := raw(l, point, door(in)); !reflect.DeepEqual(got, want) {
				r.Fatalf("%s: program %v, interpreter %v", point, got, want)
			}
		})
	}
}

// FuzzProgram lets bytes choose the changes.
func FuzzProgram(f *testing.F) {
	both, g := trial{engine(f), interpreted(f)}, newGrower(f)
	for seed := range uint64(8) {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b uint64) {
		for _, point := range decisions {
			if wrong := both.differ(point, g.grow(rand.New(rand.NewPCG(a, b)), point)); wrong != "" {
				t.Fatal(wrong)
			}
		}
	})
}

// small returns both engines over a module of its own, at point "x". The
// program is nil where plans have what programs lack.
func small(t testing.TB, module, data string) trial {
	t.Helper()
	m, err := ast.ParseModuleWithOpts("x.rego", "package x\n"+module, ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		t.Fatal(err)
	}
	b := &loaded{lib: &library{compiler: ast.NewCompiler().WithCapabilities(capabilities())}}
	if b.lib.compiler.Compile(map[string]*ast.Module{"x.rego": m}); b.lib.compiler.Failed() {
		t.Fatal(b.lib.compiler.Errors)
	}
	term := ast.MustParseTerm(data)
	plain, err := ast.JSON(term.Value)
	if err != nil {
		t.Fatal(err)
	}
	lib := b.lib
	lib.store = inmem.NewFromObjectWithOpts(plain.(map[string]any), inmem.OptReturnASTValuesOnRead(true))
	if lib.reading, err = lib.store.NewTransaction(context.Background()); err != nil {
		t.Fatal(err)
	}
	queries := map[string]string{"x": "data.x.p"}
	if err := lib.prepare(queries); err != nil {
		t.Fatal(err)
	}
	build := func() *Engine {
		b.lib, b.data = lib, constant(term)
		e, err := engineFor(b, queries)
		if err != nil {
			t.Fatal(err)
		}
		e.limit = time.Minute
		e.lib.Store(lib)
		return e
	}
	both := trial{program: build()}
	testOnlyInterpreted = true
	defer func() { testOnlyInterpreted = false }()
	both.interpreter = build()
	return both
}

// What rules may say besides what ours say: each answers as the library does.
func TestProgram_everyShapeOfRule(t *testing.T) {
	inputs := append([]ast.Value{}, odd...)
	for _, text := range []string{
		`{"a": 1, "b": 2, "c": [3, 1, 2], "d": {"x": 1, "y": 2}}`, `{"a": 0, "b": 0, "c": [], "d": {}}`,
		`{"a": "x", "b": null, "c": "cc", "d": ["x", "y", "z"]}`, `{"a": 1.0, "b": 1, "c": [1.0, 1], "d": {"x": [1, {"y": 2}]}}`,
		`{"a": 9223372036854775807, "b": -1, "c": [9223372036854775807, 1], "d": {"1": 1}}`,
		`{"a": -9223372036854775808, "b": -1, "c": {1, 2}, "d": {1: 2}}`, `{"a": 7, "b": 3}`, `{"a": 6, "b": -3, "c": [[1], [2]]}`,
		`{"a": 4000000000, "b": 3000000000, "c": ["x", "x", null, true]}`, `{"a": 0.1, "b": 0.2, "c": [0.1, 2]}`,
		`{"a": true, "b": false, "c": [true]}`, `{"a": 123456789012345678901234567890, "b": 2}`,
	} {
		inputs = append(inputs, ast.MustParseTerm(text).Value)
	}
	data := `{"t": {"x": [1, 2], "y": {"z": "deep"}}, "n": 5, "l": ["x", "y"], "m": {"x": {"x": 1}}}`
	for _, c := range []struct {
		module      string
		interpreted bool
	}{
		{module: "p := input.a + input.b"},
		{module: "p := input.a - input.b"},
		{module: "p := input.a * input.b"},
		{module: "p := input.a / input.b"},
		{module: "p := input.a % input.b"},
		{module: "p := {input.a < input.b, 1}"},
		{module: "p := [input.a < input.b, input.a <= input.b, input.a > input.b, input.a >= input.b, input.a == input.b, input.a != input.b]"},
		{module: "p := [count(input.c), min(input.c), max(input.c)]"},
		{module: "p := sum(input.c)"},
		{module: "p := [is_number(input.a), is_number(input.c)]"},
		{module: "p := input.a in input.c"},
		{module: "p := input.a in input.d"},
		{module: "p := min([input.a, input.b])"},
		{module: "p := max([input.a, input.b, 3])"},
		{module: "p := 1 if input.a\np := 2 if input.b"},    // a conflict
		{module: "p if input.a == 1\np if 1 / input.b > 0"}, // an error that may be passed over
		{module: "p if input.a\np if input.b % 0 == 1"},     //
		{module: "p := 1 if input.a == 1 else := 2 if input.b else := 3"},
		{module: "default p := \"none\"\np := input.c[input.a]"},
		{module: "p := input.d[input.a]"},
		{module: "p := input[_]"},
		{module: "p := data.t[input.a]"},
		{module: "p := data.m[input.a][input.a]"},
		{module: "p := data.t.y.z"},
		{module: "p := data.t.nowhere"},
		{module: "p := data.l[input.a]"},
		{module: "p if not input.a"},
		{module: "p if not input.a == input.b"},
		{module: "p if every x in input.c { x > 0 }"},
		{module: "p if every k, v in input.d { k != v }"},
		{module: "p contains x if some x in input.c"},
		{module: "p contains [k, v] if some k, v in input.d"},
		{module: "p contains x if { some x in input.c; some y in input.d; x == y }"},
		{module: "p contains x if { some x in input.c; not x in data.l }"},
		{module: "p := [x | some x in input.c; x != 1]"},
		{module: "p := {x | some x in input.c}"},
		{module: "p := {1, 2, \"x\"} if input.a"},
		{module: "p := {\"x\": [1, 2, {\"y\": 1}], \"z\": input.a}"},
		{module: "p := {\"x\": 1, \"x\": 1, \"y\": f(input.a)}\nf(1) := 2\nf(x) := y if { x > 1; y := x - 1 }"},
		{module: "p := f(input.a, input.b)\nf(x, y) := x if x > y\nf(x, y) := y if y > x"},
		{module: "p := f(input.a)\nf(x) := 1 if x > 0\nf(x) := 2 if x < 5"},
		{module: "p := f(input.c)\nf([x, y]) := [y, x]\nf([x]) := x", interpreted: true},
		{module: "p := x if [x, 1] = input.c", interpreted: true},
		{module: "p := x if {\"x\": x, \"y\": 2} = input.d", interpreted: true},
		{module: "p := q\nq contains r if { some r in s; r > 1 }\ns contains x if some x in input.c"},
		{module: "p := count(q)\nq contains 1 if input.a\nq contains 2 if input.b"},
		{module: "p := [x | x := data.l[_]]"},
		{module: "p := input"},
		{module: "p := data.n + input.a"},
		{module: "p := a[0] if { a := [input.a, input.b] }"},
		{module: "p := s if { s := [1, [2, {\"x\": {3}}]] }"},
		{module: "p if { some i; input.c[i] == input.c[0]; i > 0 }"},
		{module: "p if q with input.a as 1\nq := input.a", interpreted: true},
		{module: "p := {k: v | some k, v in input.d}", interpreted: true},
		{module: "p := q[input.a]\nq[x] := 1 if some x in input.c", interpreted: true},
	} {
		both := small(t, c.module, data)
		if got := both.program.programs["x"] == nil; got != c.interpreted {
			t.Errorf("%s: interpreted is %v", c.module, got)
		}
		for _, in := range inputs {
			if wrong := both.differ("x", in); wrong != "" {
				t.Errorf("%s\n%s", c.module, wrong)
			}
		}
	}
}

// A block may stop before it writes, and a scan may write for its next round:
// what was a constant before is none after. The planner gives no such plan
// today.
func TestTranslate_forgetsWhatABlockMayWrite(t *testing.T) {
	local := func(l ir.Local) ir.Operand { return ir.Operand{Value: l} }
	text := func(i ir.StringIndex) ir.Operand { return ir.Operand{Value: i} }
	run := func(in string, stmts ...ir.Stmt) string {
		t.Helper()
		stmts = append(stmts, &ir.MakeObjectStmt{Target: 9}, &ir.ObjectInsertStmt{Object: 9, Key: text(0), Value: local(2)},
			&ir.ResultSetAddStmt{Value: 9})
		data := constant(ast.InternedEmptyObject)
		p, err := translate(&ir.Policy{
			Static: &ir.Static{Strings: []*ir.StringConst{{Value: "a"}, {Value: "c"}}},
			Plans:  &ir.Plans{Plans: []*ir.Plan{{Blocks: []*ir.Block{{Stmts: stmts}}}}},
			Funcs:  &ir.Funcs{},
		}, &data)
		if err != nil {
			t.Fatal(err)
		}
		answer, erred := newMachine(p).run(context.Background(), time.Now().Add(time.Minute), native(ast.MustParseTerm(in)))
		if answer == nil || erred {
			t.Fatalf("no answer to %s", in)
		}
		return answer.String()
	}
	block := []ir.Stmt{
		&ir.MakeNumberIntStmt{Value: 5, Target: 2},
		&ir.BlockStmt{Blocks: []*ir.Block{{Stmts: []ir.Stmt{
			&ir.DotStmt{Source: local(ir.Input), Key: text(0), Target: 3},
			&ir.MakeNumberIntStmt{Value: 7, Target: 2},
		}}}},
	}
	for in, want := range map[string]string{`{"a": 1}`: "7", `{}`: "5"} {
		if got := run(in, block...); got != want {
			t.Errorf("after a block, %s gives %s, want %s", in, got, want)
		}
	}
	scan := []ir.Stmt{
		&ir.MakeSetStmt{Target: 2},
		&ir.MakeNumberIntStmt{Value: 0, Target: 3},
		&ir.DotStmt{Source: local(ir.Input), Key: text(1), Target: 4},
		&ir.ScanStmt{Source: 4, Key: 5, Value: 6, Block: &ir.Block{Stmts: []ir.Stmt{
			&ir.SetAddStmt{Set: 2, Value: local(3)},
			&ir.AssignVarStmt{Source: local(6), Target: 3},
		}}},
	}
	if got, want := run(`{"c": [1, 2, 3]}`, scan...), "{0, 1, 2}"; got != want {
		t.Errorf("a scan gives %s, want %s", got, want)
	}
}

// A run that does not come to its end, by steps or by the clock, has no answer,
// and the interpreter is not asked for one.
func TestProgram_runawayIsUndecided(t *testing.T) {
	terms := make([]*ast.Term, 300)
	for i := range terms {
		terms[i] = ast.IntNumberTerm(i)
	}
	in := ast.NewObject([2]*ast.Term{ast.StringTerm("c"), ast.ArrayTerm(terms...)})
	e := small(t, "p if { some a in input.c; some b in input.c; some c in input.c; a + b + c < 0 }\np if input.c", "{}").program
	start := time.Now()
	if v := e.evaluate(context.Background(), "x", in); v != nil {
		t.Errorf("27 million rounds give %v", v)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	short := ast.NewObject([2]*ast.Term{ast.StringTerm("c"), ast.ArrayTerm(terms[:30]...)})
	e.limit = 0
	if v := e.evaluate(context.Background(), "x", short); v != nil {
		t.Errorf("27 thousand rounds in no time give %v", v)
	}
	e.limit = time.Minute
	if v := e.evaluate(context.Background(), "x", short); v == nil || v.Compare(ast.Boolean(true)) != 0 {
		t.Errorf("27 thousand rounds in a minute give %v", v)
	}
}

// A machine that went back keeps nothing of its input, and an answer nothing of
// the machine.
func TestMachine_forgets(t *testing.T) {
	e, g := engine(t), golden(t)
	in := g.base(t, agent.PointJudge, "application").(*agent.JudgeInput)
	p := e.programs[agent.PointJudge]
	m := newMachine(p)
	answer, _ := m.run(context.Background(), time.Now().Add(time.Minute), judgeInput(&m.arena, in))
	want := answer.String()
	m.release()
	for _, values := range [][]value{m.stack, m.answers, m.arena.items[:cap(m.arena.items)], m.results[:cap(m.results)], {m.input, m.returned}} {
		for _, v := range values {
			if v != (value{}) {
				t.Fatalf("a machine at rest holds %v", v)
			}
		}
	}
	for _, f := range m.arena.fields[:cap(m.arena.fields)] {
		if f != (field{}) {
			t.Fatalf("a machine at rest holds %v", f)
		}
	}
	for _, b := range m.arena.boxes[:cap(m.arena.boxes)] {
		if b.term != nil || b.items != nil || b.fields != nil {
			t.Fatal("a machine at rest holds a collection")
		}
	}
	if answer.String() != want {
		t.Errorf("the answer changed to %v", answer)
	}
}

// BenchmarkDecide is each point asked of its program, past the memory.
func BenchmarkDecide(b *testing.B) {
	e, g := engine(b), golden(b)
	ctx := context.Background()
	collect := g.base(b, agent.PointCollect, "collect").(*agent.CollectInput)
	use := g.base(b, agent.PointUse, "use").(*agent.UseInput)
	disclose := g.base(b, agent.PointDisclose, "disclose").(*agent.DiscloseInput)
	for name, ask := range map[string]func() ast.Value{
		"collect":  func() ast.Value { return decide(ctx, e, agent.PointCollect, collect, collectInput) },
		"use":      func() ast.Value { return decide(ctx, e, agent.PointUse, use, useInput) },
		"disclose": func() ast.Value { return decide(ctx, e, agent.PointDisclose, disclose, discloseInput) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if ask() == nil {
					b.Fatal("undecided")
				}
			}
		})
	}
}

// The runs of the built-in rules stay far below the bound.
func TestProgram_stepsAreFew(t *testing.T) {
	e, g := engine(t), newGrower(t)
	most := 0
	for _, point := range decisions {
		for _, in := range g.bases[point] {
			m := newMachine(e.programs[point])
			m.run(context.Background(), time.Now().Add(time.Minute), native(ast.NewTerm(in)))
			most = max(most, m.steps+checkEvery-m.left)
		}
	}
	if t.Logf("at most %d steps", most); most > mostSteps/100 {
		t.Errorf("%d steps", most)
	}
}
