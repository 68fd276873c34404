package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
)

// A translator makes a program of a plan. What a plan computes from constants
// alone, such as the metadata that each denial takes its code from, is computed
// here and not again at each decision.
type translator struct {
	plan    *ir.Policy
	program *program
	names   map[string]int // functions by name
	strings []*value       // of the plan
	data    *value
	failed  bool

	// Of the function at hand.
	known  map[ir.Local]*value // locals that hold a constant here
	making map[ir.Local]bool   // locals whose collection is no constant
	again  bool                // making has grown
	locals int
	calls  map[int]bool
}

func translate(plan *ir.Policy, data *value) (*program, error) {
	t := &translator{plan: plan, program: &program{}, names: map[string]int{}, data: data}
	if plan.Static == nil || plan.Plans == nil || plan.Funcs == nil || len(plan.Plans.Plans) != 1 {
		return nil, errUnsupported
	}
	for i, f := range plan.Funcs.Funcs {
		t.names[f.Name] = i
	}
	for _, s := range plan.Static.Strings {
		t.strings = append(t.strings, fixed(constant(ast.InternedTerm(s.Value))))
	}
	p := t.program
	var bodies [][][]instruction // of the functions, then of the query
	for _, f := range plan.Funcs.Funcs {
		function, blocks := t.function(f)
		p.functions = append(p.functions, function)
		bodies = append(bodies, blocks)
	}
	bodies = append(bodies, t.blocks(plan.Plans.Plans[0].Blocks))
	p.locals, p.room = t.locals, t.locals+t.deepest(t.calls, 0)
	if t.failed {
		return nil, errUnsupported
	}
	p.lay(bodies)
	p.machines.New = func() any { return newMachine(p) }
	return p, nil
}

// unsupported marks the plan; what is returned meanwhile is never run.
func (t *translator) unsupported() { t.failed = true }

func fixed(v value) *value { return &v }

var (
	constantYes = fixed(constant(ast.InternedTerm(true)))
	constantNo  = fixed(constant(ast.InternedTerm(false)))
)

func (t *translator) function(f *ir.Func) (out function, blocks [][]instruction) {
	if len(f.Params) < 2 || f.Params[0] != ir.Input || f.Params[1] != ir.Data {
		t.unsupported()
		return function{}, nil
	}
	blocks = t.blocks(f.Blocks)
	for _, p := range f.Params[2:] {
		out.params = append(out.params, int(t.local(p)))
	}
	out.locals, out.calls = t.locals, t.calls
	return out, blocks
}

// deepest returns how many locals the deepest chain of these calls needs.
// Rules may not call themselves, so every chain has an end.
func (t *translator) deepest(calls map[int]bool, above int) int {
	if above > len(t.program.functions) {
		t.unsupported()
		return 0
	}
	most := 0
	for n := range calls {
		f := &t.program.functions[n]
		if f.depth == 0 && !t.failed {
			f.depth = f.locals + t.deepest(f.calls, above+1)
		}
		most = max(most, f.depth)
	}
	return most
}

// blocks translates the blocks of a function or query.
func (t *translator) blocks(blocks []*ir.Block) [][]instruction {
	t.making = map[ir.Local]bool{}
	for {
		t.known = map[ir.Local]*value{ir.Data: t.data}
		t.again, t.locals, t.calls = false, 2, map[int]bool{}
		var out [][]instruction
		for _, b := range blocks {
			out = append(out, t.nested(b, 0))
		}
		if !t.again || t.failed {
			return withoutIdle(out)
		}
	}
}

// nested translates a block that has levels others around it to break out of.
// It may stop anywhere, so what it writes is not known after it.
func (t *translator) nested(b *ir.Block, levels int) []instruction {
	code := t.block(b, levels)
	t.forget(b)
	return code
}

// forget drops what is known of the locals that a block writes.
func (t *translator) forget(b *ir.Block) {
	for _, s := range b.Stmts {
		switch s := s.(type) {
		case *ir.BlockStmt:
			for _, b := range s.Blocks {
				t.forget(b)
			}
		case *ir.NotStmt:
			t.forget(s.Block)
		case *ir.ScanStmt:
			delete(t.known, s.Key)
			delete(t.known, s.Value)
			t.forget(s.Block)
		default:
			if l, ok := target(s); ok {
				delete(t.known, l)
			}
		}
	}
}

// target returns the local that a simple statement writes, or whose collection
// it changes.
func target(s ir.Stmt) (ir.Local, bool) {
	switch s := s.(type) {
	case *ir.CallStmt:
		return s.Result, true
	case *ir.DotStmt:
		return s.Target, true
	case *ir.AssignVarStmt:
		return s.Target, true
	case *ir.AssignVarOnceStmt:
		return s.Target, true
	case *ir.ResetLocalStmt:
		return s.Target, true
	case *ir.MakeNullStmt:
		return s.Target, true
	case *ir.MakeNumberIntStmt:
		return s.Target, true
	case *ir.MakeNumberRefStmt:
		return s.Target, true
	case *ir.MakeArrayStmt:
		return s.Target, true
	case *ir.MakeObjectStmt:
		return s.Target, true
	case *ir.MakeSetStmt:
		return s.Target, true
	case *ir.ArrayAppendStmt:
		return s.Array, true
	case *ir.ObjectInsertStmt:
		return s.Object, true
	case *ir.SetAddStmt:
		return s.Set, true
	}
	return 0, false
}

func (t *translator) block(b *ir.Block, levels int) []instruction {
	var code []instruction
	for _, s := range b.Stmts {
		code = append(code, t.statement(s, levels)...)
	}
	return code
}

// local notes a local and returns its number.
func (t *translator) local(l ir.Local) int32 {
	if l < 0 || l > 1<<16 {
		t.unsupported()
		return 0
	}
	t.locals = max(t.locals, int(l)+1)
	return int32(l)
}

// written notes a local that is no constant from here on.
func (t *translator) written(l ir.Local) int32 {
	if l == ir.Input || l == ir.Data {
		t.unsupported()
	}
	delete(t.known, l)
	return t.local(l)
}

// operand returns a value to read, as a constant where it is known.
func (t *translator) operand(v ir.Val) operand {
	switch v := v.(type) {
	case ir.Local:
		if c := t.known[v]; c != nil {
			if c.kind == isTerm { // it has grown to what it is
				c = fixed(constant(c.term()))
				t.known[v] = c
			}
			return operand{constant: c}
		}
		return t.variable(v)
	case ir.Bool:
		if v {
			return operand{constant: constantYes}
		}
		return operand{constant: constantNo}
	case ir.StringIndex:
		return operand{constant: t.static(int(v))}
	}
	t.unsupported()
	return operand{}
}

// variable returns a local to read as it is in the run.
func (t *translator) variable(l ir.Local) operand { return operand{local: t.local(l)} }

func (t *translator) static(i int) *value {
	if i < 0 || i >= len(t.strings) {
		t.unsupported()
		return constantNo
	}
	return t.strings[i]
}

// become makes a local a constant.
func (t *translator) become(l ir.Local, v *value) []instruction {
	to := t.written(l)
	t.known[l] = v
	return []instruction{{op: opMove, a: operand{constant: v}, to: to}}
}

// start makes a collection: a constant, unless it has been seen to take in
// what is known only in a run.
func (t *translator) start(l ir.Local, op opcode, n int, empty *ast.Term) []instruction {
	if t.making[l] {
		return []instruction{{op: op, to: t.written(l), n: n}}
	}
	return t.become(l, fixed(constant(empty)))
}

// grow puts values into a collection: into the constant while all is constant.
// Else the function is translated again, with the collection made in the run.
func (t *translator) grow(l ir.Local, in instruction, add func(old ast.Value, a, b *ast.Term) *ast.Term) []instruction {
	if old := t.known[l]; old != nil && in.a.constant != nil && in.b.constant != nil {
		term := add(old.term().Value, in.a.constant.term(), in.b.constant.term())
		return t.become(l, &value{kind: isTerm, box: &box{term: term, constant: true}})
	}
	if !t.making[l] {
		t.making[l], t.again = true, true
	}
	in.to = t.written(l)
	return []instruction{in}
}

func (t *translator) statement(s ir.Stmt, levels int) []instruction {
	switch s := s.(type) {
	case *ir.NopStmt:
		return nil
	case *ir.AssignVarStmt:
		a := t.operand(s.Source.Value)
		to := t.written(s.Target)
		if a.constant != nil {
			t.known[s.Target] = a.constant
		}
		return []instruction{{op: opMove, a: a, to: to}}
	case *ir.AssignVarOnceStmt:
		return []instruction{{op: opOnce, a: t.operand(s.Source.Value), to: t.written(s.Target)}}
	case *ir.ResetLocalStmt:
		return []instruction{{op: opReset, to: t.written(s.Target)}}
	case *ir.MakeNullStmt:
		return t.become(s.Target, fixed(constant(ast.InternedNullTerm)))
	case *ir.MakeNumberIntStmt:
		v := whole(s.Value)
		return t.become(s.Target, fixed(constant(v.term())))
	case *ir.MakeNumberRefStmt:
		return t.become(s.Target, fixed(constant(ast.NewTerm(ast.Number(t.static(s.Index).s)))))
	case *ir.MakeArrayStmt:
		return t.start(s.Target, opMakeArray, int(max(s.Capacity, 0)), ast.InternedEmptyArray)
	case *ir.MakeObjectStmt:
		return t.start(s.Target, opMakeObject, 0, ast.InternedEmptyObject)
	case *ir.MakeSetStmt:
		return t.start(s.Target, opMakeSet, 0, ast.InternedEmptySet)
	case *ir.ArrayAppendStmt:
		v := t.operand(s.Value.Value)
		return t.grow(s.Array, instruction{op: opAppend, a: v, b: v}, func(old ast.Value, a, _ *ast.Term) *ast.Term {
			return ast.NewTerm(old.(*ast.Array).Append(a))
		})
	case *ir.SetAddStmt:
		v := t.operand(s.Value.Value)
		return t.grow(s.Set, instruction{op: opAdd, a: v, b: v}, func(old ast.Value, a, _ *ast.Term) *ast.Term {
			set := old.(ast.Set).Copy()
			set.Add(a)
			return ast.NewTerm(set)
		})
	case *ir.ObjectInsertStmt:
		k, v := t.operand(s.Key.Value), t.operand(s.Value.Value)
		if k.constant == nil || k.constant.kind != isText {
			t.unsupported() // records are under texts that the plan names
			return nil
		}
		return t.grow(s.Object, instruction{op: opInsert, a: k, b: v}, func(old ast.Value, a, b *ast.Term) *ast.Term {
			object := old.(ast.Object).Copy()
			object.Insert(a, b)
			return ast.NewTerm(object)
		})
	case *ir.DotStmt:
		return t.dot(s)
	case *ir.CallStmt:
		return t.call(s)
	case *ir.EqualStmt:
		return []instruction{{op: opEqual, a: t.operand(s.A.Value), b: t.operand(s.B.Value)}}
	case *ir.NotEqualStmt:
		return []instruction{{op: opDiffer, a: t.operand(s.A.Value), b: t.operand(s.B.Value)}}
	case *ir.IsArrayStmt:
		return []instruction{{op: opIsArray, a: t.operand(s.Source.Value)}}
	case *ir.IsObjectStmt:
		return []instruction{{op: opIsObject, a: t.operand(s.Source.Value)}}
	case *ir.IsSetStmt:
		return []instruction{{op: opIsSet, a: t.operand(s.Source.Value)}}
	case *ir.IsDefinedStmt:
		return []instruction{{op: opDefined, a: t.variable(s.Source)}}
	case *ir.IsUndefinedStmt:
		return []instruction{{op: opUndefined, a: t.variable(s.Source)}}
	case *ir.ReturnLocalStmt:
		return []instruction{{op: opReturn, a: t.variable(s.Source)}}
	case *ir.ResultSetAddStmt:
		return []instruction{{op: opResult, a: t.variable(s.Value)}}
	case *ir.BreakStmt:
		if int(s.Index) > levels {
			t.unsupported() // out of a scan, or out of a negation
		}
		return []instruction{{op: opBreak, n: int(s.Index)}}
	case *ir.BlockStmt:
		in := instruction{op: opBlock}
		for _, b := range s.Blocks {
			in.bodies = append(in.bodies, t.nested(b, levels+1))
		}
		return []instruction{in}
	case *ir.NotStmt:
		return []instruction{{op: opNot, bodies: [][]instruction{t.nested(s.Block, 0)}}}
	case *ir.ScanStmt:
		source := t.operand(s.Source)
		in := instruction{op: opScan, a: source, key: t.written(s.Key), to: t.written(s.Value)}
		t.forget(s.Block) // an earlier round may have written
		in.bodies = [][]instruction{t.nested(s.Block, 0)}
		return []instruction{in}
	}
	t.unsupported()
	return nil
}

func (t *translator) dot(s *ir.DotStmt) []instruction {
	a, b := t.operand(s.Source.Value), t.operand(s.Key.Value)
	if a.constant != nil && b.constant != nil {
		found := a.constant.at(b.constant)
		if found.kind == isNothing {
			t.written(s.Target)
			return []instruction{{op: opBreak}}
		}
		if found.box == nil || !found.box.constant { // of an object under other keys than texts
			found = constant(found.term())
		}
		return t.become(s.Target, &found)
	}
	return []instruction{{op: opDot, a: a, b: b, to: t.written(s.Target)}}
}

func (t *translator) call(s *ir.CallStmt) []instruction {
	args := make([]operand, len(s.Args))
	for i := range s.Args {
		args[i] = t.operand(s.Args[i].Value)
	}
	if n, ok := t.names[s.Func]; ok {
		// Input and data are the same everywhere: no statement replaces them.
		f := t.plan.Funcs.Funcs[n]
		if len(args) != len(f.Params) || len(args) < 2 || args[0] != t.variable(ir.Input) || args[1].constant != t.data {
			t.unsupported()
			return nil
		}
		t.calls[n] = true
		return []instruction{{op: opCall, n: n, args: args[2:], to: t.written(s.Result)}}
	}
	f, arity := builtinOf(s.Func)
	if f == nil || len(args) != arity || !slices.Contains(allowedBuiltins, s.Func) {
		t.unsupported()
		return nil
	}
	in := instruction{op: opBuiltin, builtin: f, a: args[0], to: t.written(s.Result)}
	in.b = args[arity-1]
	return []instruction{in}
}

// withoutIdle leaves out what writes a local that nothing reads. Such is most
// of what was computed here.
func withoutIdle(blocks [][]instruction) [][]instruction {
	read := map[int32]bool{}
	var note func([][]instruction)
	note = func(blocks [][]instruction) {
		for _, code := range blocks {
			for i := range code {
				in := &code[i]
				switch in.op {
				case opReset, opBreak, opMakeArray, opMakeObject, opMakeSet:
				case opAppend, opInsert, opAdd, opOnce:
					read[in.to] = true
					fallthrough
				default:
					read[in.a.local], read[in.b.local] = true, true
				}
				for _, a := range in.args {
					read[a.local] = true
				}
				note(in.bodies)
			}
		}
	}
	note(blocks)
	var keep func([][]instruction)
	keep = func(blocks [][]instruction) {
		for i := range blocks {
			blocks[i] = slices.DeleteFunc(blocks[i], func(in instruction) bool {
				return (in.op == opMove || in.op == opReset) && !read[in.to]
			})
			for _, in := range blocks[i] {
				keep(in.bodies)
			}
		}
	}
	keep(blocks)
	return blocks
}
