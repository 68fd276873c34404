package statement

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// An xmlPart reads the tokens of one part of a workbook. It knows as much of XML as
// spreadsheet programs write, in UTF-8: what package encoding/xml would refuse it
// refuses, and also document types, names outside of ASCII, and characters that are
// named by a number but are none. Names of elements are without their prefixes: a
// part has one name space that matters.
//
// Package encoding/xml makes values of its own of every name, attribute and text: a
// workbook of a year would be read at a tenth of the speed.
type xmlPart struct {
	w     *workbook
	r     io.ReadCloser
	read  int64 // bytes so far
	most  int64 // bytes that the packed ones may give
	buf   []byte
	at    int   // of the next token in buf
	err   error // of the reader, after what buf holds
	close bool  // the open element ends at once
	open  [maxXMLDepth][]byte
	depth int
	attrs []attribute
	clean []byte // texts with references, in plain
}

// A token is a part's next piece. What it holds lasts until the next one.
type token struct {
	kind  tokenKind
	name  []byte // of an element, without its prefix
	attrs []attribute
	text  []byte
}

type tokenKind uint8

const (
	begins tokenKind = iota
	ends
	isText
)

type attribute struct{ name, value []byte }

// attr returns the value of an attribute, nil if there is none.
func (t *token) attr(name string) []byte {
	for i := range t.attrs {
		if string(t.attrs[i].name) == name {
			return t.attrs[i].value
		}
	}
	return nil
}

func (t *token) is(name string) bool { return string(t.name) == name }

func (x *xmlPart) done() { x.r.Close() } // read only: its error changes nothing

// inside reports whether an element that is open has a name, 0 being the innermost.
func (x *xmlPart) inside(n int, name string) bool {
	return n < x.depth && string(x.open[x.depth-1-n]) == name
}

// errMore says that a token goes on after what was read.
var errMore = errors.New("more")

// more reads on until the buffer is full or nothing is left, and holds the part to
// its bounds. A token may be maxXMLToken long.
func (x *xmlPart) more() error {
	if x.err != nil {
		return x.err
	}
	x.buf = x.buf[:copy(x.buf, x.buf[x.at:])]
	x.at = 0
	if len(x.buf) == cap(x.buf) {
		if cap(x.buf) >= maxXMLToken {
			return errDamaged
		}
		x.buf = append(make([]byte, 0, max(64<<10, 2*cap(x.buf))), x.buf...)
	}
	for len(x.buf) < cap(x.buf) && x.err == nil {
		n, err := x.r.Read(x.buf[len(x.buf):cap(x.buf)])
		x.buf = x.buf[:len(x.buf)+n]
		x.read += int64(n)
		x.w.unpacked -= int64(n)
		switch {
		case x.read > x.most:
			x.err = errBomb
		case x.w.unpacked < 0:
			x.err = &Error{Rule: "size.large"}
		case err == io.EOF:
			x.err = io.EOF
		case err != nil:
			x.err = errDamaged // a checksum, or data that do not unpack
		}
	}
	return nil
}

// next returns the next token, the depth at which it stands, and io.EOF at the
// end of a part that is whole.
func (x *xmlPart) next() (t token, depth int, err error) {
	if x.close {
		x.close = false
		return x.ended(x.open[x.depth-1])
	}
	for {
		t, size, err := x.token(x.buf[x.at:])
		if err == errMore {
			switch err := x.more(); {
			case err == io.EOF && x.at == len(x.buf) && x.depth == 0:
				return t, 0, io.EOF
			case err == io.EOF:
				return t, 0, errDamaged
			case err != nil:
				return t, 0, err
			}
			continue
		}
		if err != nil {
			return t, 0, err
		}
		x.at += size
		switch {
		case t.kind == begins && t.name != nil:
			if x.depth == maxXMLDepth {
				return t, 0, errDamaged
			}
			x.open[x.depth] = append(x.open[x.depth][:0], t.name...)
			x.depth++
			return t, x.depth, nil
		case t.kind == ends:
			return x.ended(t.name)
		case t.kind == isText:
			return t, x.depth, nil
		} // else a comment or an instruction
	}
}

func (x *xmlPart) ended(name []byte) (token, int, error) {
	if x.depth == 0 || !bytes.Equal(x.open[x.depth-1], name) {
		return token{}, 0, errDamaged
	}
	x.depth--
	return token{kind: ends, name: name}, x.depth, nil
}

// token reads the token that b begins with, and how long it is. The error is
// errMore if b ends before it does. A token without a name or text says nothing.
func (x *xmlPart) token(b []byte) (t token, size int, err error) {
	if len(b) == 0 {
		return t, 0, errMore
	}
	if b[0] != '<' {
		end := bytes.IndexByte(b, '<')
		if end < 0 {
			if x.err != io.EOF {
				return t, 0, errMore
			}
			end = len(b)
		}
		t.kind = isText
		t.text, err = x.plain(b[:end], inText, x.clean[:0])
		return t, end, err
	}
	if len(b) < len("<![CDATA[") && x.err == nil {
		return t, 0, errMore
	}
	switch {
	case len(b) == 1:
		return t, 0, errMore
	case b[1] == '/':
		name, n := nameOf(b[2:])
		at := 2 + n
		at += spaces(b[at:])
		switch {
		case at == len(b):
			return t, 0, errMore
		case n == 0 || b[at] != '>':
			return t, 0, errDamaged
		}
		name, ok := local(name)
		if !ok {
			return t, 0, errDamaged
		}
		return token{kind: ends, name: name}, at + 1, nil
	case b[1] == '?':
		end := bytes.Index(b, []byte("?>"))
		if end < 0 {
			return t, 0, errMore
		}
		if end < 2 || !goodInstruction(b[2:end]) {
			return t, 0, errDamaged
		}
		return t, end + 2, nil
	case bytes.HasPrefix(b, []byte("<!--")):
		end := bytes.Index(b[4:], []byte("--"))
		if end < 0 || 4+end+2 == len(b) {
			return t, 0, errMore
		}
		if b[4+end+2] != '>' {
			return t, 0, errDamaged
		}
		return t, 4 + end + 3, nil
	case bytes.HasPrefix(b, []byte("<![CDATA[")):
		const head = len("<![CDATA[")
		end := bytes.Index(b[head:], []byte("]]>"))
		if end < 0 {
			return t, 0, errMore
		}
		t.kind = isText
		t.text, err = x.plain(b[head:head+end], inSection, x.clean[:0])
		return t, head + end + 3, err
	case b[1] == '!': // a document type: no spreadsheet program writes one
		return t, 0, errDamaged
	}
	return x.begin(b)
}

// begin reads the tag that opens an element.
func (x *xmlPart) begin(b []byte) (t token, size int, err error) {
	name, n := nameOf(b[1:])
	at := 1 + n
	if at == len(b) {
		return t, 0, errMore
	}
	var ok bool
	if t.name, ok = local(name); !ok || n == 0 {
		return t, 0, errDamaged
	}
	x.attrs = x.attrs[:0]
	x.clean = x.clean[:0] // the values of all attributes, one after the other
	for {
		at += spaces(b[at:])
		if at == len(b) {
			return t, 0, errMore
		}
		switch b[at] {
		case '>':
			t.attrs = x.attrs
			return t, at + 1, nil
		case '/':
			if at+1 == len(b) {
				return t, 0, errMore
			}
			if b[at+1] != '>' {
				return t, 0, errDamaged
			}
			x.close = true
			t.attrs = x.attrs
			return t, at + 2, nil
		}
		name, n := nameOf(b[at:])
		at += n
		at += spaces(b[at:])
		if at == len(b) {
			return t, 0, errMore
		}
		name, ok := local(name)
		if !ok || n == 0 || b[at] != '=' {
			return t, 0, errDamaged
		}
		at++
		at += spaces(b[at:])
		if at == len(b) {
			return t, 0, errMore
		}
		quote := b[at]
		if quote != '"' && quote != '\'' {
			return t, 0, errDamaged
		}
		at++
		end := bytes.IndexByte(b[at:], quote)
		if end < 0 {
			return t, 0, errMore
		}
		raw := b[at : at+end]
		if bytes.IndexByte(raw, '<') >= 0 {
			return t, 0, errDamaged
		}
		value, err := x.plain(raw, inValue, x.clean)
		if err != nil {
			return t, 0, err
		}
		x.attrs = append(x.attrs, attribute{name, value})
		at += end + 1
	}
}

// A place is where characters stand.
type place uint8

const (
	inText place = iota
	inValue
	inSection // of CDATA, in which & is itself
)

// plain returns characters as they are meant: with references resolved and line
// ends that are \n. It appends to dst what it must write anew.
func (x *xmlPart) plain(b []byte, at place, dst []byte) ([]byte, error) {
	odd, wide := false, false
	for _, c := range b {
		switch {
		case c >= utf8.RuneSelf:
			wide = true
		case c == '&' && at != inSection || c == '\r':
			odd = true
		case c < ' ' && c != '\t' && c != '\n':
			return nil, errDamaged
		}
	}
	if wide && (!utf8.Valid(b) || bytes.Contains(b, []byte("\ufffe")) || bytes.Contains(b, []byte("\uffff"))) ||
		at == inText && bytes.Contains(b, []byte("]]>")) {
		return nil, errDamaged
	}
	if !odd {
		return b, nil
	}
	from := len(dst)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '&' && at != inSection:
			end := bytes.IndexByte(b[i:], ';')
			var ok bool
			if end < 0 {
				return nil, errDamaged
			}
			if dst, ok = reference(dst, b[i+1:i+end]); !ok {
				return nil, errDamaged
			}
			i += end
		case c == '\r':
			dst = append(dst, '\n')
			if i+1 < len(b) && b[i+1] == '\n' {
				i++
			}
		default:
			dst = append(dst, c)
		}
	}
	x.clean = dst // kept for its room
	return dst[from:], nil
}

var references = map[string]string{"lt": "<", "gt": ">", "amp": "&", "apos": "'", "quot": `"`}

// reference resolves what stands between & and ;.
func reference(dst, b []byte) ([]byte, bool) {
	if s, ok := references[string(b)]; ok {
		return append(dst, s...), true
	}
	digits, ok := bytes.CutPrefix(b, []byte("#"))
	if !ok {
		return dst, false
	}
	base := 10
	if hex, ok := bytes.CutPrefix(digits, []byte("x")); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil || n < ' ' && n != '\t' && n != '\n' && n != '\r' || n == 0xfffe || n == 0xffff || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return dst, false
	}
	return utf8.AppendRune(dst, rune(n)), true
}

// nameOf returns the name that b begins with, and its length.
func nameOf(b []byte) (name []byte, n int) {
	for n < len(b) && (nameBytes[b[n]] == 2 || n > 0 && nameBytes[b[n]] == 1) {
		n++
	}
	return b[:n], n
}

// nameBytes is 2 for what a name may begin with, 1 for what it may go on with.
var nameBytes = func() (t [256]uint8) {
	for c := range t {
		switch c := byte(c); {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == ':':
			t[c] = 2
		case c >= '0' && c <= '9', c == '-', c == '.':
			t[c] = 1
		}
	}
	return t
}()

// local cuts the prefix off a name. A name has one at most.
func local(name []byte) ([]byte, bool) {
	i := bytes.IndexByte(name, ':')
	if i < 0 {
		return name, true
	}
	if bytes.IndexByte(name[i+1:], ':') >= 0 {
		return nil, false
	}
	if i == 0 || i == len(name)-1 {
		return name, true
	}
	return name[i+1:], true
}

func spaces(b []byte) (n int) {
	for n < len(b) && (b[n] == ' ' || b[n] == '\n' || b[n] == '\t' || b[n] == '\r') {
		n++
	}
	return n
}

// goodInstruction is false of an XML declaration that says another version or
// encoding than what is read here, and of what has no name.
func goodInstruction(b []byte) bool {
	name, n := nameOf(b)
	if n == 0 || n < len(b) && spaces(b[n:]) == 0 {
		return false
	}
	if string(name) != "xml" {
		return true
	}
	for _, want := range [...]struct{ key, value string }{{"version", "1.0"}, {"encoding", "utf-8"}} {
		_, rest, found := bytes.Cut(b[n:], []byte(want.key))
		if !found {
			continue
		}
		size := len(want.value)
		if len(rest) < size+3 || rest[0] != '=' || rest[1] != '"' && rest[1] != '\'' || rest[size+2] != rest[1] ||
			!bytes.EqualFold(rest[2:size+2], []byte(want.value)) {
			return false
		}
	}
	return true
}
