package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds what is walked through below a member that version 1 does
// not know. Version 1 itself is five levels deep.
const maxDepth = 32

// A decoder walks the tokens of one case and collects faults. A fault of a
// value skips the value and goes on; a fault of syntax kills the decoder, after
// which every method returns at once. Its text comes from src, which the caller
// must not change meanwhile; nothing that the decoder returns aliases src.
type decoder struct {
	dec  *jsontext.Decoder
	buf  bytes.Buffer
	src  []byte
	now  int64 // seconds
	path []step
	errs Errors
	dead bool
	// unquoted holds the last text that had escapes in it.
	unquoted []byte
}

// A step of the path to the value at hand: a name out of our own tables, or an
// index when the name is empty.
type step struct {
	name  string
	index int
}

var decoders = sync.Pool{New: func() any {
	return &decoder{dec: jsontext.NewDecoder(eof{}), path: make([]step, 0, 8)}
}}

// eof is a reader at its end: a decoder at rest holds on to nothing personal.
type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

func newDecoder(src []byte, now int64) *decoder {
	d := decoders.Get().(*decoder)
	d.src, d.now = src, now
	// The decoder reads a bytes.Buffer in place, without a copy.
	d.buf = *bytes.NewBuffer(src)
	// Objects check names for duplicates themselves: every name is known and
	// has a bit, so that reading can go on after a duplicate.
	d.dec.Reset(&d.buf, jsontext.AllowDuplicateNames(true))
	return d
}

// free gives the decoder back. What it pointed to is forgotten; unquoted text
// is overwritten.
func (d *decoder) free() {
	d.dec.Reset(eof{})
	clear(d.unquoted[:cap(d.unquoted)])
	*d = decoder{dec: d.dec, path: d.path[:0], unquoted: d.unquoted[:0]}
	decoders.Put(d)
}

// pointer writes the path as a JSON pointer. Our names need no escaping.
func (d *decoder) pointer() string {
	var b []byte
	for _, s := range d.path {
		b = append(b, '/')
		if s.name != "" {
			b = append(b, s.name...)
		} else {
			b = strconv.AppendInt(b, int64(s.index), 10)
		}
	}
	return string(b)
}

// fail records a fault at the value at hand.
func (d *decoder) fail(rule, hint string) {
	if d.dead {
		return
	}
	d.errs = append(d.errs, &Error{Pointer: d.pointer(), Rule: rule, Hint: hint})
	if len(d.errs) >= MaxErrors {
		d.dead = true
	}
}

// failAt records a fault at a member of the object at hand.
func (d *decoder) failAt(name, rule, hint string) {
	d.path = append(d.path, step{name: name})
	d.fail(rule, hint)
	d.path = d.path[:len(d.path)-1]
}

// broken ends the reading after an error of the JSON library, whose text is
// dropped: it quotes the input.
func (d *decoder) broken(err error) {
	var syntax *jsontext.SyntacticError
	switch {
	case !utf8.Valid(d.src):
		d.fail(ruleEncoding, "the file must be UTF-8 throughout")
	case bytes.HasPrefix(d.src, []byte("\xef\xbb\xbf")):
		d.fail(ruleEncoding, "the file must not begin with a byte order mark")
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		d.fail(ruleSyntax, "the JSON ends too early")
	case errors.As(err, &syntax):
		d.fail(ruleSyntax, fmt.Sprintf("not JSON at byte %d", syntax.ByteOffset))
	default:
		d.fail(ruleSyntax, "not JSON")
	}
	d.dead = true
}

// kind returns the kind of the next value or closing delimiter, 0 when dead.
func (d *decoder) kind() jsontext.Kind {
	if d.dead {
		return 0
	}
	k := d.dec.PeekKind()
	if k == 0 {
		_, err := d.dec.ReadToken() // gives the error that PeekKind kept
		d.broken(err)
	}
	return k
}

// raw reads the next value, or the next name, as it is written. The result is
// valid until the next read.
func (d *decoder) raw() []byte {
	if d.dead {
		return nil
	}
	v, err := d.dec.ReadValue()
	if err != nil {
		d.broken(err)
		return nil
	}
	return v
}

// token reads a delimiter.
func (d *decoder) token() {
	if d.dead {
		return
	}
	if _, err := d.dec.ReadToken(); err != nil {
		d.broken(err)
	}
}

// skip passes over the next value, however it is made, down to maxDepth.
func (d *decoder) skip() {
	depth := d.dec.StackDepth()
	for !d.dead {
		d.token()
		now := d.dec.StackDepth()
		if now > maxDepth {
			d.fail(ruleDepth, "the file nests deeper than version 1 does")
			d.dead = true
			return
		}
		if now == depth {
			return
		}
	}
}

// text reads a string and gives its characters, valid until the next read.
func (d *decoder) text() (s []byte, ok bool) {
	raw := d.raw()
	if raw != nil && raw[0] != '"' {
		d.fail(ruleType, "want a string")
		return nil, false
	}
	return d.unquote(raw)
}

// unquote strips quotes and escapes of a string that the library has checked.
func (d *decoder) unquote(raw []byte) ([]byte, bool) {
	if len(raw) < 2 {
		return nil, false // the decoder died
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], true
	}
	var err error
	d.unquoted, err = jsontext.AppendUnquote(d.unquoted[:0], raw)
	if err != nil {
		d.broken(err) // unreachable: the library accepted the string before
		return nil, false
	}
	return d.unquoted, true
}

// wrongType reports the next value, which is no object or array, and skips it.
func (d *decoder) wrongType(want string) {
	d.fail(ruleType, "want "+want)
	if !d.dead {
		d.skip()
	}
}

// A field is one member of an object of version 1.
type field[T any] struct {
	name     string
	required bool
	read     func(*decoder, *T)
}

const (
	required = true
	optional = false
)

// An object lists the members that an object of version 1 may have; at most
// 64. The tables of this package and the JSON Schema say the same: a test
// compares them.
type object[T any] []field[T]

// read reads an object into v.
func (o object[T]) read(d *decoder, v *T) {
	if d.kind() != '{' {
		d.wrongType("an object")
		return
	}
	d.token()
	var seen uint64
	next := 0
	for {
		if k := d.kind(); k == '}' || k == 0 {
			break
		}
		name, ok := d.unquote(d.raw())
		if !ok {
			return
		}
		i := o.find(name, next)
		if i < 0 {
			// The name's own text stays out: somebody's data may be in it.
			d.fail(ruleUnknown, "the object has a member that version 1 does not know")
			d.skip()
			continue
		}
		next = i + 1
		d.path = append(d.path, step{name: o[i].name})
		if seen&(1<<i) != 0 {
			d.fail(ruleDuplicate, "the object has this member twice")
			d.skip()
		} else {
			seen |= 1 << i
			o[i].read(d, v)
		}
		d.path = d.path[:len(d.path)-1]
		if d.dead {
			return
		}
	}
	d.token()
	for i := range o {
		if o[i].required && seen&(1<<i) == 0 {
			d.failAt(o[i].name, ruleRequired, "the member is missing")
		}
	}
}

// find looks a name up, first where it would be in a file written in our order.
func (o object[T]) find(name []byte, next int) int {
	for i := next; i < len(o); i++ {
		if string(name) == o[i].name {
			return i
		}
	}
	for i := range min(next, len(o)) {
		if string(name) == o[i].name {
			return i
		}
	}
	return -1
}

// list reads an array of at most max values.
func list[T any](d *decoder, max int, read func(*decoder, *T)) []T {
	if d.kind() != '[' {
		d.wrongType("an array")
		return nil
	}
	d.token()
	l := []T{} // an empty list says that there is none, an absent one nothing
	d.path = append(d.path, step{})
	defer func() { d.path = d.path[:len(d.path)-1] }()
	for i := 0; ; i++ {
		if k := d.kind(); k == ']' || k == 0 {
			break
		}
		if i == max {
			d.path = d.path[:len(d.path)-1]
			d.fail(ruleMany, "at most "+strconv.Itoa(max)+" elements")
			d.path = append(d.path, step{})
		}
		if i >= max {
			d.skip()
			continue
		}
		if cap(l) == 0 {
			l = make([]T, 0, min(max, 12)) // a year of months, without growing
		}
		var zero T
		l = append(l, zero)
		d.path[len(d.path)-1].index = i
		read(d, &l[i])
	}
	d.token()
	return l
}

// end checks that nothing but white space follows the case.
func (d *decoder) end() {
	if d.dead {
		return
	}
	switch _, err := d.dec.ReadToken(); {
	case err == io.EOF:
	case err == nil:
		d.fail(ruleSyntax, "one a file; several go one a line, as NDJSON")
		d.dead = true
	default:
		d.broken(err)
	}
}
