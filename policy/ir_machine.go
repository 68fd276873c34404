package policy

import (
	"context"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

const (
	// checkEvery is how many steps a run takes between two looks at the clock.
	checkEvery = 1024
	// mostSteps bounds a run whatever the clock says. The longest run of the
	// rules that are built in takes a few thousand.
	mostSteps = 1 << 22
)

// A machine runs a program for one input at a time. It is reused, and keeps
// nothing of the input that it ran for.
type machine struct {
	program *program
	arena   arena
	input   value

	stack []value // locals of the calls under way
	top   int

	answers []value // of functions without parameters, each asked once
	asked   []bool

	ctx   context.Context
	until time.Time
	steps int // taken before the last look at the clock
	left  int // until the next
	late  bool

	returned value
	results  []value
}

func newMachine(p *program) *machine {
	return &machine{
		program: p,
		stack:   make([]value, p.room),
		answers: make([]value, len(p.functions)),
		asked:   make([]bool, len(p.functions)),
	}
}

// machine returns one that is at rest; it goes back by release.
func (p *program) machine() *machine { return p.machines.Get().(*machine) }

func (m *machine) release() {
	m.arena.reset()
	clear(m.stack)
	clear(m.answers)
	clear(m.asked)
	clear(m.results)
	m.input, m.returned, m.results = value{}, value{}, m.results[:0]
	m.ctx = nil
	m.program.machines.Put(m)
}

// A signal says how a block ended: n >= 0 that it broke off, and so do n blocks
// around it.
type signal int

const (
	ended    signal = -1 - iota // at its end
	returned                    // and so does the function
	failed                      // and so does the run: an error, a conflict or a time-out
)

// run answers the query, or returns nil: where it is undefined, has more than
// one answer, or does not come to its end in time. It reports whether it met an
// error or a conflict instead. The answer shares no memory with the machine.
func (m *machine) run(ctx context.Context, until time.Time, input value) (answer ast.Value, erred bool) {
	m.ctx, m.input = ctx, input
	m.until = until
	m.steps, m.left, m.late = 0, checkEvery, false
	m.top = m.program.locals
	locals := m.stack[:m.top]
	locals[0] = input
	for _, code := range m.program.code {
		if m.block(code, locals) == failed {
			return nil, !m.late
		}
	}
	// A result is an object that has the answer under the query's name.
	if len(m.results) != 1 {
		return nil, false
	}
	r := &m.results[0]
	if r.kind != isRecord || len(r.box.fields) != 1 {
		return nil, false
	}
	return r.box.fields[0].term().Value, false
}

// spend takes steps, and reports false when the run has to stop.
func (m *machine) spend(n int) bool {
	if m.left -= n; m.left > 0 {
		return true
	}
	m.steps += checkEvery - m.left
	m.left = checkEvery
	m.late = m.late || m.steps >= mostSteps || m.ctx.Err() != nil || !time.Now().Before(m.until)
	return !m.late
}

func (m *machine) read(o int32, locals []value) *value {
	if o < 0 {
		return &m.program.constants[^o]
	}
	return &locals[o]
}

func (m *machine) block(code []step, locals []value) signal {
	for i := range code {
		in := &code[i]
		if m.left--; m.left <= 0 && !m.spend(0) {
			return failed
		}
		switch in.op {
		case opMove:
			locals[in.to] = *m.read(in.a, locals)
		case opReset:
			locals[in.to] = value{}
		case opDot:
			found := m.read(in.a, locals).at(m.read(in.b, locals))
			if locals[in.to] = found; found.kind == isNothing {
				return 0
			}
		case opEqual, opDiffer:
			if m.read(in.a, locals).equal(m.read(in.b, locals)) != (in.op == opEqual) {
				return 0
			}
		case opDefined, opUndefined:
			if (locals[in.a].kind != isNothing) != (in.op == opDefined) {
				return 0
			}
		case opIsArray, opIsObject, opIsSet:
			if !m.read(in.a, locals).is(in.op) {
				return 0
			}
		case opOnce:
			a, to := m.read(in.a, locals), &locals[in.to]
			if to.kind != isNothing && !to.equal(a) {
				return failed
			}
			*to = *a
		case opBreak:
			return signal(in.n)
		case opBlock:
			for _, body := range m.program.extras[in.more].bodies {
				if s := m.block(body, locals); s > 0 {
					return s - 1
				} else if s == returned || s == failed {
					return s
				}
			}
		case opNot:
			switch s := m.block(m.program.extras[in.more].bodies[0], locals); s {
			case ended:
				return 0
			case returned, failed:
				return s
			}
		case opScan:
			if s := m.scan(in, locals); s != ended {
				return s
			}
		case opCall:
			to := &locals[in.to]
			if !m.call(in, locals, to) {
				return failed
			}
			if to.kind == isNothing {
				return 0
			}
		case opBuiltin:
			v, ok := m.program.extras[in.more].builtin(m, m.read(in.a, locals), m.read(in.b, locals))
			if !ok {
				return failed
			}
			if locals[in.to] = v; v.kind == isNothing {
				return 0
			}
		case opReturn:
			m.returned = locals[in.a]
			return returned
		case opResult:
			m.results = append(m.results, locals[in.a])
		default:
			if !m.collect(in, locals) {
				return failed
			}
		}
	}
	return ended
}

// call asks a function; its answer may be nothing. False says that the run
// failed.
func (m *machine) call(in *step, locals []value, to *value) bool {
	f := &m.program.functions[in.n]
	if len(f.params) == 0 && m.asked[in.n] {
		*to = m.answers[in.n]
		return true
	}
	start := m.top
	m.top += f.locals
	own := m.stack[start:m.top]
	clear(own)
	own[0] = m.input
	if len(f.params) > 0 {
		for i, a := range m.program.extras[in.more].args {
			own[f.params[i]] = *m.read(a, locals)
		}
	}
	m.returned = value{}
	for _, code := range f.blocks {
		s := m.block(code, own)
		if s == failed {
			return false
		}
		if s == returned {
			break
		}
	}
	m.top = start
	*to, m.returned = m.returned, value{}
	if len(f.params) == 0 {
		m.answers[in.n], m.asked[in.n] = *to, true
	}
	return true
}

// scan runs the body for each member of a collection; of anything else there
// are none.
func (m *machine) scan(in *step, locals []value) signal {
	source := *m.read(in.a, locals)
	if source.kind < isList {
		return ended
	}
	body := m.program.extras[in.more].bodies[0]
	switch source.kind {
	case isList:
		for i := range source.box.items {
			if !m.round(in, body, locals, whole(int64(i)), source.box.items[i]) {
				return failed
			}
		}
	case isTable:
		for i := range source.box.fields {
			if f := &source.box.fields[i]; !m.round(in, body, locals, text(f.name), f.value) {
				return failed
			}
		}
	default:
		return m.scanTerm(in, body, locals, source.term().Value)
	}
	return ended
}

// scanTerm is scan for what the library holds. Its functions take the round as
// one, which would cost memory at every scan.
func (m *machine) scanTerm(in *step, body []step, locals []value, source ast.Value) signal {
	stopped := false
	switch c := source.(type) {
	case *ast.Array:
		for i := range c.Len() {
			if !m.round(in, body, locals, whole(int64(i)), native(c.Elem(i))) {
				return failed
			}
		}
	case ast.Set:
		stopped = c.Until(func(t *ast.Term) bool { v := native(t); return !m.round(in, body, locals, v, v) })
	case ast.Object:
		stopped = c.Until(func(k, t *ast.Term) bool { return !m.round(in, body, locals, native(k), native(t)) })
	}
	if stopped {
		return failed
	}
	return ended
}

// round runs the body of a scan for one member, and reports false when the run
// has to stop.
func (m *machine) round(in *step, body []step, locals []value, key, v value) bool {
	if !m.spend(1) {
		return false
	}
	locals[in.key], locals[in.to] = key, v
	s := m.block(body, locals)
	return s == ended || s == 0
}

// collect makes a collection or puts something into one.
func (m *machine) collect(in *step, locals []value) bool {
	to := &locals[in.to]
	switch in.op {
	case opMakeArray:
		b := m.arena.box()
		b.items = m.arena.list(min(max(int(in.n), 4), 64))
		*to = value{kind: isList, box: b}
		return true
	case opMakeObject:
		b := m.arena.box()
		b.fields = m.arena.record(8)
		*to = value{kind: isRecord, box: b}
		return true
	case opMakeSet:
		b := m.arena.box()
		b.term = ast.NewTerm(ast.NewSet())
		*to = value{kind: isTerm, box: b}
		return true
	}
	if to.box == nil || to.box.constant {
		return false // unreachable: the translator makes what grows in the run
	}
	a := m.read(in.a, locals)
	switch {
	case in.op == opAppend && to.kind == isList:
		to.box.items = append(to.box.items, *a)
		return true
	case in.op == opInsert && to.kind == isRecord:
		v := *m.read(in.b, locals)
		for i := range to.box.fields {
			if to.box.fields[i].name == a.s {
				to.box.fields[i].value = v
				return true
			}
		}
		to.box.fields = append(to.box.fields, field{a.s, v})
		return true
	case in.op == opAdd && to.kind == isTerm:
		if set, ok := to.box.term.Value.(ast.Set); ok {
			set.Add(a.term())
			return true
		}
	}
	return false
}
