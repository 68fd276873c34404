package policy

// lay puts a program in place: steps in the order in which they run, and beside
// each other the constants that they read, so that one run touches little memory
// and a garbage collection has few things to visit. bodies are those of the
// functions, then that of the query.
func (p *program) lay(bodies [][][]instruction) {
	l := &layout{
		program:   p,
		constants: map[*value]int32{},
		scalars:   map[scalar]int32{},
		boxes:     map[*box]*box{},
		texts:     map[string]string{},
	}
	n := 0
	for _, b := range bodies {
		n += size(b)
	}
	l.steps = make([]step, 0, n) // never grows: bodies are parts of it
	for i := range p.functions {
		p.functions[i].blocks = l.blocks(bodies[i])
	}
	p.code = l.blocks(bodies[len(bodies)-1])
}

type layout struct {
	program   *program
	steps     []step
	constants map[*value]int32
	scalars   map[scalar]int32
	boxes     map[*box]*box // the copy of each
	texts     map[string]string
}

// A scalar is all that there is to a constant that is no collection.
type scalar struct {
	kind kind
	n    int64
	s    string
}

func size(blocks [][]instruction) (n int) {
	for _, code := range blocks {
		n += len(code)
		for i := range code {
			n += size(code[i].bodies)
		}
	}
	return n
}

func (l *layout) blocks(blocks [][]instruction) [][]step {
	out := make([][]step, len(blocks))
	for i, code := range blocks {
		out[i] = l.block(code)
	}
	return out
}

func (l *layout) block(code []instruction) []step {
	start := len(l.steps)
	l.steps = l.steps[:start+len(code)]
	out := l.steps[start:len(l.steps):len(l.steps)]
	for i := range code {
		in := &code[i]
		s := step{op: in.op, a: l.operand(&in.a), b: l.operand(&in.b), to: in.to, key: in.key, n: int32(in.n)}
		if len(in.args) > 0 || len(in.bodies) > 0 || in.builtin != nil {
			s.more = int32(len(l.program.extras))
			l.program.extras = append(l.program.extras, extra{builtin: in.builtin})
			x := extra{builtin: in.builtin, bodies: l.blocks(in.bodies)}
			for j := range in.args {
				x.args = append(x.args, l.operand(&in.args[j]))
			}
			l.program.extras[s.more] = x
		}
		out[i] = s
	}
	return out
}

func (l *layout) operand(o *operand) int32 {
	if o.constant == nil {
		return o.local
	}
	if n, ok := l.constants[o.constant]; ok {
		return ^n
	}
	n := int32(len(l.program.constants))
	if v := o.constant; v.kind <= isText {
		key := scalar{v.kind, v.n, v.s}
		if m, ok := l.scalars[key]; ok {
			n = m
		}
		l.scalars[key] = n
	}
	if int(n) == len(l.program.constants) {
		l.program.constants = append(l.program.constants, l.value(o.constant))
	}
	l.constants[o.constant] = n
	return ^n
}

// value returns a copy that shares its texts and boxes with all equal ones.
func (l *layout) value(v *value) value {
	out := *v
	out.s = l.text(v.s)
	if v.box != nil {
		out.box = l.box(v.box)
	}
	return out
}

func (l *layout) box(b *box) *box {
	if made := l.boxes[b]; made != nil {
		return made
	}
	made := &box{term: b.term, constant: true}
	l.boxes[b] = made
	if b.items != nil {
		made.items = make([]value, len(b.items))
		for i := range b.items {
			made.items[i] = l.value(&b.items[i])
		}
	}
	if b.fields != nil {
		made.fields = make([]field, len(b.fields))
		for i := range b.fields {
			made.fields[i] = field{l.text(b.fields[i].name), l.value(&b.fields[i].value)}
		}
		if b.table != nil {
			made.index()
		}
	}
	return made
}

func (l *layout) text(s string) string {
	if same, ok := l.texts[s]; ok {
		return same
	}
	l.texts[s] = s
	return s
}
