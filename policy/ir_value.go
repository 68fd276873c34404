package policy

import (
	"cmp"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
)

// A kind says what a value is. Kinds up to isText are scalars, in the order in
// which Rego sorts them; two scalars of different kinds are never equal.
type kind uint8

const (
	isNothing kind = iota // undefined; the zero value
	isNull
	isBool
	isWhole  // a number written as an int64 is
	isText   //
	isList   // an array
	isRecord // an object of few fields under texts
	isTable  // an object under texts that is a constant
	isTerm   // anything else, as the library holds it
)

// A value is what a local of a running program holds. What rules compare and
// count most, texts and whole numbers, is in it; the rest is in a box.
type value struct {
	kind kind
	n    int64  // of isWhole; 1 and 0 of isBool
	s    string // of isText
	box  *box
}

// A box is what does not fit a value. Programs change only boxes that they
// made themselves in the same run; a constant's box is shared by all runs.
type box struct {
	term     *ast.Term // the value as the library holds it, or nil if nobody made it yet
	items    []value
	fields   []field
	table    map[string]value // of a constant with more than few fields
	constant bool
}

// fewFields are found one by one as fast as by a map.
const fewFields = 12

// index makes the map of a table that is worth one.
func (b *box) index() {
	if len(b.fields) <= fewFields {
		return
	}
	b.table = make(map[string]value, len(b.fields))
	for _, f := range b.fields {
		b.table[f.name] = f.value
	}
}

// A field is one of a record.
type field struct {
	name string
	value
}

var (
	null = value{kind: isNull}
	yes  = value{kind: isBool, n: 1}
	no   = value{kind: isBool}
)

func boolean(b bool) value {
	if b {
		return yes
	}
	return no
}

func whole(n int64) value { return value{kind: isWhole, n: n} }

func text[S ~string](s S) value { return value{kind: isText, s: string(s)} }

// native returns a term as a value, without looking into what it holds.
func native(t *ast.Term) value {
	switch v := t.Value.(type) {
	case ast.Null:
		return null
	case ast.Boolean:
		return boolean(bool(v))
	case ast.Number:
		// 1.0 and 1 are equal and written differently; only the latter is whole.
		var room [20]byte
		if n, ok := v.Int64(); ok && string(strconv.AppendInt(room[:0], n, 10)) == string(v) {
			return whole(n)
		}
	case ast.String:
		return text(v)
	}
	return value{kind: isTerm, box: &box{term: t}}
}

// constant returns a term as a value that any number of runs may share: it
// knows its term, and tables and lists are laid open.
func constant(t *ast.Term) value {
	v := native(t)
	b := &box{term: t, constant: true}
	switch c := t.Value.(type) {
	case *ast.Array:
		v.kind = isList
		b.items = make([]value, 0, c.Len())
		c.Foreach(func(t *ast.Term) { b.items = append(b.items, constant(t)) })
	case ast.Object:
		b.fields = make([]field, 0, c.Len())
		c.Foreach(func(k, t *ast.Term) { // sorted by key
			if name, ok := k.Value.(ast.String); ok {
				b.fields = append(b.fields, field{string(name), constant(t)})
			}
		})
		if len(b.fields) == c.Len() { // else some key is no text
			v.kind = isTable
			b.index()
		}
	case ast.Set:
		c.Slice() // sorts it now, once
	}
	v.box = b
	return v
}

// term returns the value as the library holds it. It shares no memory that is
// used again: what a machine holds is copied, a set is the library's own.
func (v *value) term() *ast.Term {
	if v.box != nil && v.box.term != nil {
		return v.box.term
	}
	switch v.kind {
	case isNull:
		return ast.InternedNullTerm
	case isBool:
		return ast.InternedTerm(v.n == 1)
	case isWhole:
		if v.n >= 0 && ast.HasInternedIntNumberTerm(int(v.n)) {
			return ast.InternedTerm(int(v.n))
		}
		return ast.NewTerm(ast.Number(strconv.FormatInt(v.n, 10)))
	case isText:
		return ast.InternedTerm(v.s)
	case isList:
		terms := make([]*ast.Term, len(v.box.items))
		for i := range v.box.items {
			terms[i] = v.box.items[i].term()
		}
		return ast.ArrayTerm(terms...)
	case isRecord:
		pairs := make([][2]*ast.Term, len(v.box.fields))
		for i := range v.box.fields {
			f := &v.box.fields[i]
			pairs[i] = [2]*ast.Term{ast.InternedTerm(f.name), f.term()}
		}
		return ast.NewTerm(ast.NewObject(pairs...))
	}
	panic("policy: nothing has no term") // cannot happen: nothing stops a block before it is read
}

// at returns what v holds under a key: nothing if it has no such place.
func (v *value) at(key *value) value {
	switch v.kind {
	case isRecord:
		if key.kind == isText {
			for i := range v.box.fields {
				if v.box.fields[i].name == key.s {
					return v.box.fields[i].value
				}
			}
		}
		return value{}
	case isTable:
		if key.kind != isText {
			return value{}
		}
		if v.box.table != nil {
			return v.box.table[key.s]
		}
		for i := range v.box.fields {
			if v.box.fields[i].name == key.s {
				return v.box.fields[i].value
			}
		}
		return value{}
	case isList:
		if key.kind == isWhole {
			if key.n >= 0 && key.n < int64(len(v.box.items)) {
				return v.box.items[key.n]
			}
			return value{}
		}
		if key.kind <= isText {
			return value{}
		}
	}
	if v.kind < isList {
		return value{}
	}
	var found *ast.Term
	switch c := v.term().Value.(type) {
	case *ast.Array:
		found = c.Get(key.term())
	case ast.Object:
		found = c.Get(key.term())
	case ast.Set:
		if k := key.term(); c.Contains(k) {
			found = k
		}
	}
	if found == nil {
		return value{}
	}
	return native(found)
}

// equal reports whether two values are the same to Rego.
func (v *value) equal(w *value) bool {
	if v.kind <= isText && w.kind <= isText {
		return v.kind == w.kind && v.n == w.n && v.s == w.s
	}
	return v.term().Equal(w.term())
}

// compare orders two values as Rego does.
func (v *value) compare(w *value) int {
	if v.kind <= isText && w.kind <= isText {
		return cmp.Or(cmp.Compare(v.kind, w.kind), cmp.Compare(v.n, w.n), cmp.Compare(v.s, w.s))
	}
	return v.term().Value.Compare(w.term().Value)
}

// is makes a test of the plan for a type of collection.
func (v *value) is(op opcode) bool {
	switch v.kind {
	case isList:
		return op == opIsArray
	case isRecord, isTable:
		return op == opIsObject
	case isTerm:
		switch v.box.term.Value.(type) {
		case *ast.Array:
			return op == opIsArray
		case ast.Object:
			return op == opIsObject
		case ast.Set:
			return op == opIsSet
		}
	}
	return false
}

// An arena holds the input of one evaluation, boxes, and what collections take
// in during it. It is reused.
type arena struct {
	fields []field
	items  []value
	boxes  []box
	names  []field // room that was handed out for records
	rooms  []value // and for lists
}

// list and record return room for as many members; one that takes in more moves
// out of the arena.
func (a *arena) list(n int) []value   { return room(&a.rooms, n) }
func (a *arena) record(n int) []field { return room(&a.names, n) }

func room[T any](slab *[]T, n int) []T {
	if cap(*slab)-len(*slab) < n {
		*slab = make([]T, 0, max(256, n, 2*cap(*slab)))
	}
	start := len(*slab)
	*slab = (*slab)[:start+n]
	return (*slab)[start : start : start+n]
}

// box returns an empty box. Boxes that were handed out stay where they are.
func (a *arena) box() *box {
	if len(a.boxes) == cap(a.boxes) {
		a.boxes = make([]box, 0, max(16, 2*cap(a.boxes)))
	}
	a.boxes = a.boxes[:len(a.boxes)+1]
	return &a.boxes[len(a.boxes)-1]
}

// object returns a record of the fields.
func (a *arena) object(fields ...field) value {
	start := len(a.fields)
	a.fields = append(a.fields, fields...)
	b := a.box()
	b.fields = a.fields[start:len(a.fields):len(a.fields)]
	return value{kind: isRecord, box: b}
}

// list returns an array of texts; nil and empty are both empty to rules.
func list[S ~string](a *arena, ss []S) value {
	start := len(a.items)
	for _, s := range ss {
		a.items = append(a.items, text(s))
	}
	b := a.box()
	b.items = a.items[start:len(a.items):len(a.items)]
	return value{kind: isList, box: b}
}

// objects makes a list of what each element becomes. Elements take items of the
// arena themselves, so the list's own come after them.
func objects[T any](a *arena, list []T, object func(*arena, *T) value) value {
	made := make([]value, len(list))
	for i := range list {
		made[i] = object(a, &list[i])
	}
	start := len(a.items)
	a.items = append(a.items, made...)
	b := a.box()
	b.items = a.items[start:len(a.items):len(a.items)]
	return value{kind: isList, box: b}
}

// reset forgets everything, so that nothing of one subject waits in a pool for
// the next.
func (a *arena) reset() {
	// Of an extraordinary input; too much to keep.
	if max(cap(a.items), cap(a.boxes)) > 1<<12 {
		a.items, a.boxes = nil, nil
	}
	if max(cap(a.names), cap(a.rooms)) > 1<<12 {
		a.names, a.rooms = nil, nil
	}
	clear(a.fields)
	clear(a.items)
	clear(a.boxes)
	clear(a.names)
	clear(a.rooms)
	a.fields, a.items, a.boxes = a.fields[:0], a.items[:0], a.boxes[:0]
	a.names, a.rooms = a.names[:0], a.rooms[:0]
}
