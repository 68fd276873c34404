package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
)

// ErrMalformed is a leaf or an entry that has no valid form. The text never
// says what was in it.
var ErrMalformed = errors.New("journal: malformed leaf")

// ErrBody is a sealed body that does not belong to its leaf.
var ErrBody = errors.New("journal: body does not match its commitment")

const (
	maxPublic = 32 << 10 // bytes of the public part
	maxKind   = 32
	maxLeaf   = maxPublic + 1<<10
	saltSize  = 16
)

// A Leaf is one entry of the journal as it is hashed. Valid leaves have a Kind
// of at most 32 lower-case letters, digits, '.' and '_', beginning with a
// letter; an At between 1 and 10¹⁵; a Public part that is a JSON object of
// codes, times and random ids; and Payload and Seq either both or neither.
//
// The public part outlives every erasure, so its form is held narrow: no white
// space, at most 32 KiB and 8 levels; names of lower-case letters, digits and
// '_', none twice in an object; whole numbers below 10¹⁵ and strings of at most
// 128 letters, digits and . _ : / + = - that are not 11 digits or more in a row
// from end to end. A person's name, a sentence, a document or card number and a
// telephone number written as text have no form in it.
type Leaf struct {
	Kind    string
	At      int64    // milliseconds since 1970
	Public  []byte   // JSON object; nil is written as {}
	Body    [32]byte // commitment to the sealed body; zero: no body
	Payload [32]byte // SHA-256 of what was queued; zero: nothing
	Seq     uint64   // its number in its chain, from 1; 0: nothing
}

// Marshal returns the bytes of the leaf, or [ErrMalformed].
func (l *Leaf) Marshal() ([]byte, error) {
	public := l.Public
	if public == nil {
		public = []byte("{}")
	}
	if n := scanPublic(public); n == 0 || n != len(public) {
		return nil, ErrMalformed
	}
	if !validKind(l.Kind) || l.At < 1 || l.At >= maxNumber ||
		(l.Payload == [32]byte{}) != (l.Seq == 0) {
		return nil, ErrMalformed
	}
	b := make([]byte, 0, len(public)+256)
	b = append(b, `{"v":1,"kind":"`...)
	b = append(b, l.Kind...)
	b = append(b, `","at":`...)
	b = strconv.AppendInt(b, l.At, 10)
	b = append(b, `,"public":`...)
	b = append(b, public...)
	if l.Body != [32]byte{} {
		b = append(b, `,"body":"`...)
		b = hex.AppendEncode(b, l.Body[:])
		b = append(b, '"')
	}
	if l.Seq != 0 {
		b = append(b, `,"payload":"`...)
		b = hex.AppendEncode(b, l.Payload[:])
		b = append(b, `","seq":`...)
		b = strconv.AppendUint(b, l.Seq, 10)
	}
	return append(b, '}'), nil
}

// ParseLeaf reads what [Leaf.Marshal] writes and nothing else: a leaf that it
// takes marshals back to the same bytes. The error is [ErrMalformed].
func ParseLeaf(b []byte) (Leaf, error) {
	l, err := readLeaf(b)
	if err != nil {
		return Leaf{}, err
	}
	// Writing it again is what makes the reader strict: readLeaf itself may
	// let a sign, a leading zero or an upper-case digit pass.
	again, err := l.Marshal()
	if err != nil || !bytes.Equal(again, b) {
		return Leaf{}, ErrMalformed
	}
	return l, nil
}

func readLeaf(b []byte) (l Leaf, err error) {
	if len(b) > maxLeaf {
		return Leaf{}, ErrMalformed
	}
	var kind, at []byte
	rest, ok := bytes.CutSuffix(b, []byte("}"))
	if ok {
		rest, ok = bytes.CutPrefix(rest, []byte(`{"v":1,"kind":"`))
	}
	if ok {
		kind, rest, ok = bytes.Cut(rest, []byte(`","at":`))
	}
	if ok {
		at, rest, ok = bytes.Cut(rest, []byte(`,"public":`))
	}
	n := scanPublic(rest)
	if !ok || n == 0 {
		return Leaf{}, ErrMalformed
	}
	l.Kind = string(kind)
	l.Public = bytes.Clone(rest[:n])
	rest = rest[n:]
	if l.At, err = strconv.ParseInt(string(at), 10, 64); err != nil {
		return Leaf{}, ErrMalformed // the library's error quotes the input
	}
	if after, found := bytes.CutPrefix(rest, []byte(`,"body":"`)); found {
		if l.Body, rest, err = readHash(after); err != nil {
			return Leaf{}, err
		}
	}
	if after, found := bytes.CutPrefix(rest, []byte(`,"payload":"`)); found {
		if l.Payload, rest, err = readHash(after); err != nil {
			return Leaf{}, err
		}
		seq, found := bytes.CutPrefix(rest, []byte(`,"seq":`))
		if !found {
			return Leaf{}, ErrMalformed
		}
		if l.Seq, err = strconv.ParseUint(string(seq), 10, 64); err != nil {
			return Leaf{}, ErrMalformed
		}
		rest = nil
	}
	if len(rest) != 0 {
		return Leaf{}, ErrMalformed
	}
	return l, nil
}

// readHash reads 64 hexadecimal digits and the quote after them.
func readHash(b []byte) (h [32]byte, rest []byte, err error) {
	const digits = 2 * len(h)
	if len(b) <= digits || b[digits] != '"' {
		return h, nil, ErrMalformed
	}
	if _, err := hex.Decode(h[:], b[:digits]); err != nil {
		return [32]byte{}, nil, ErrMalformed
	}
	return h, b[digits+1:], nil
}

func validKind(s string) bool {
	if s == "" || len(s) > maxKind || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, c := range []byte(s) {
		if !nameBytes[c] && c != '.' {
			return false
		}
	}
	return true
}

// CheckBody checks an opened body against the commitment in its leaf. The
// sealed text is 16 random bytes of salt followed by the body; the commitment
// is SHA-256("yanmen/journal/body/v1" ‖ salt ‖ body). The salt is sealed with
// the body, so that after an erasure nobody can try a guess against the leaf.
// The error is [ErrBody]; a zero commitment, which is that of no body, matches
// nothing.
func CheckBody(saltAndBody []byte, commitment [32]byte) error {
	if len(saltAndBody) < saltSize || commitment == [32]byte{} {
		return ErrBody
	}
	h := sha256.New()
	h.Write([]byte("yanmen/journal/body/v1"))
	h.Write(saltAndBody)
	if [32]byte(h.Sum(nil)) != commitment {
		return ErrBody
	}
	return nil
}
