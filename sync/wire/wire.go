// Package wire is the bytes that leave: every message between an agent and a
// platform, written member by member and read back strictly.
//
// A message is one JSON object without spaces, its members in one fixed order,
// all present, every text of ASCII characters that need no escape. So there is
// one way to write a message, and a parser accepts nothing else: what parses,
// marshals to the same bytes. The object is the payload of a JWT whose header
// names the kind ("verdict+jwt"); crypto/seal signs and seals it.
//
//	verdict    {"v":1,"iss","aud","jti","sub","case","purpose","claims":{"outcome",
//	           "identity_assurance","overdue_class","capacity_band","disposition","reasons":[]},
//	           "iat","valid_until","rules","basis","consent","reviewed","seq","prev","supersedes"}
//	tombstone  {"v":1,"iss","aud","jti","seq","prev","digest"}
//	erased     {"v":1,"iss","aud","jti","sub","iat","seq","prev"}
//	receipt    {"v":1,"iss","aud","iat","lines":[{"seq","digest","id"}]}
//	enrolment  {"v":1,"agent","lender","keys":[JWK…]}
//
// Digests and random names are lower-case hexadecimal; what is absent is null.
// A claim holds a value of its closed list or "not_available". There is no
// "exp": a verdict that was weeks under way must still verify.
//
// Version 1 is a draft: its golden files may still change. Signing, sealing and
// transport are left to others. Errors name a member and a rule, never a value.
package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"github.com/yanmen/yanmen/agent"
)

// Version is the wire version that this package writes and reads.
const Version = 1

// ErrVersion says that a message is of a version that this package does not
// know. Keep it and read it with a newer program; it is not corrupt.
var ErrVersion = errors.New("wire: unknown version")

// errForm says that bytes are not the one way to write any message of a kind.
var errForm = errors.New("not in canonical form")

// maxSeq keeps numbers exact in every language whose numbers are doubles.
const maxSeq = 1<<53 - 1

// maxTime is the last second of the year 9999.
const maxTime = 253402300799

// field is the error of a check: which member broke which rule, and no more.
func field(message, member, rule string) error {
	return errors.New("wire: " + message + ": " + member + ": " + rule)
}

// isName reports whether s may name an agent, a platform or a case: 1 to 64 of
// A-Z a-z 0-9 . _ -
func isName(s string) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// isToken reports whether s may name a lender: it is one token of a subject, so
// it has no dot.
func isToken(s string) bool {
	return isName(s) && strings.IndexByte(s, '.') < 0
}

// isUUIDv7 reports whether s is a UUID of version 7 (RFC 9562) in its lower-case form.
func isUUIDv7(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
			continue
		case 14:
			if c != '7' {
				return false
			}
		case 19:
			if c != '8' && c != '9' && c != 'a' && c != 'b' {
				return false
			}
		}
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return true
}

// checkChain holds what every numbered message must: a number from 1, and a
// predecessor exactly from 2 on.
func checkChain(message string, seq uint64, prev [32]byte) error {
	if seq == 0 || seq > maxSeq {
		return field(message, "seq", "want 1 to 2^53-1")
	}
	if (seq == 1) != (prev == [32]byte{}) {
		return field(message, "prev", "want none for the first message, one for any other")
	}
	return nil
}

func checkParties(message, iss, aud string) error {
	if !isName(iss) {
		return field(message, "iss", "want 1 to 64 of A-Z a-z 0-9 . _ -")
	}
	if !isName(aud) {
		return field(message, "aud", "want 1 to 64 of A-Z a-z 0-9 . _ -")
	}
	return nil
}

// head appends the members with which every message between parties begins.
func head(b []byte, iss, aud string) []byte {
	b = append(b, `{"v":1,"iss":"`...)
	b = append(b, iss...)
	b = append(b, `","aud":"`...)
	return append(b, aud...)
}

// hexOrNull appends a digest as a string, or null when it is absent.
func hexOrNull(b []byte, d *[32]byte) []byte {
	if *d == ([32]byte{}) {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = hex.AppendEncode(b, d[:])
	return append(b, '"')
}

// A scanner reads a message from the front. After the first thing that is not
// as expected it is bad and everything it returns is zero.
type scanner struct {
	b   []byte
	bad bool
}

func (s *scanner) fail() { s.bad, s.b = true, nil }

// lit reads exactly this text.
func (s *scanner) lit(text string) {
	if len(s.b) < len(text) || string(s.b[:len(text)]) != text {
		s.fail()
		return
	}
	s.b = s.b[len(text):]
}

// try reads this text if it comes next, and reports whether it did.
func (s *scanner) try(text string) bool {
	if len(s.b) < len(text) || string(s.b[:len(text)]) != text {
		return false
	}
	s.b = s.b[len(text):]
	return true
}

// text reads up to the next quotation mark. No text of ours has an escape; the
// checks that follow refuse any other character.
func (s *scanner) text() string {
	i := bytes.IndexByte(s.b, '"')
	if i < 0 || i > 128 {
		s.fail()
		return ""
	}
	t := string(s.b[:i])
	s.b = s.b[i:]
	return t
}

// number reads a whole number in its only form: no sign, no leading zero.
func (s *scanner) number() uint64 {
	n := 0
	for n < len(s.b) && s.b[n] >= '0' && s.b[n] <= '9' {
		n++
	}
	if n == 0 || n > 1 && s.b[0] == '0' {
		s.fail()
		return 0
	}
	v, err := strconv.ParseUint(string(s.b[:n]), 10, 63)
	if err != nil {
		s.fail()
		return 0
	}
	s.b = s.b[n:]
	return v
}

// hex fills dst from lower-case hexadecimal digits.
func (s *scanner) hex(dst []byte) {
	n := hex.EncodedLen(len(dst))
	if len(s.b) < n {
		s.fail()
		return
	}
	for _, c := range s.b[:n] {
		if c >= 'A' && c <= 'F' {
			s.fail()
			return
		}
	}
	if _, err := hex.Decode(dst, s.b[:n]); err != nil {
		s.fail()
		return
	}
	s.b = s.b[n:]
}

// hexOrNull reads what hexOrNull writes. Zeros must be written as null.
func (s *scanner) hexOrNull(dst *[32]byte) {
	if s.try("null") {
		return
	}
	s.lit(`"`)
	s.hex(dst[:])
	s.lit(`"`)
	if *dst == ([32]byte{}) {
		s.fail()
	}
}

// begin starts to read a message and finds versions that are not ours.
func begin(message string, b []byte) (*scanner, error) {
	s := &scanner{b: b}
	s.lit(`{"v":`)
	v := s.number()
	if !s.bad && v != Version {
		return nil, ErrVersion
	}
	if s.bad || !s.try(",") {
		return nil, malformed(message)
	}
	return s, nil
}

// parties reads the members that head writes after the version.
func (s *scanner) parties() (iss, aud string) {
	s.lit(`"iss":"`)
	iss = s.text()
	s.lit(`","aud":"`)
	aud = s.text()
	s.lit(`"`)
	return iss, aud
}

// end reports whether all was read as expected and nothing is left.
func (s *scanner) end() bool { return !s.bad && len(s.b) == 0 }

func malformed(message string) error { return errors.New("wire: " + message + ": " + errForm.Error()) }

// same is the promise of the package, kept by comparing and not by argument:
// what was parsed marshals to the same bytes.
func same(message string, in, out []byte, err error) error {
	if err != nil {
		return err
	}
	if !bytes.Equal(in, out) {
		return malformed(message)
	}
	return nil
}

// oneOf reports whether s is in the closed list or stands for no answer.
func oneOf(list []string, s string) bool {
	if s == agent.NotAvailable {
		return true
	}
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
