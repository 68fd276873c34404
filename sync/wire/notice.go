package wire

import (
	"encoding/hex"
	"strconv"
)

// A Tombstone stands in the chain where a verdict was that never left: its
// subject was erased first. Nothing of the subject is in it; the digest keeps
// the chain whole.
type Tombstone struct {
	Issuer   string // the agent
	Audience string // the platform
	ID       string // of the verdict that is gone, UUIDv7
	Seq      uint64
	Prev     [32]byte
	Digest   [32]byte // SHA-256 of the payload that is gone
}

// Marshal returns the payload. It refuses a tombstone with a member that is
// absent or out of range.
func (t *Tombstone) Marshal() ([]byte, error) {
	const m = "tombstone"
	if err := checkParties(m, t.Issuer, t.Audience); err != nil {
		return nil, err
	}
	if !isUUIDv7(t.ID) {
		return nil, field(m, "jti", "want a UUID of version 7")
	}
	if err := checkChain(m, t.Seq, t.Prev); err != nil {
		return nil, err
	}
	if t.Digest == ([32]byte{}) {
		return nil, field(m, "digest", "absent")
	}
	b := head(make([]byte, 0, 320+len(t.Issuer)+len(t.Audience)), t.Issuer, t.Audience)
	b = append(b, `","jti":"`...)
	b = append(b, t.ID...)
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, t.Seq, 10)
	b = append(b, `,"prev":`...)
	b = hexOrNull(b, &t.Prev)
	b = append(b, `,"digest":"`...)
	b = hex.AppendEncode(b, t.Digest[:])
	return append(b, `"}`...), nil
}

// ParseTombstone reads exactly what [Tombstone.Marshal] writes and refuses all
// else.
func ParseTombstone(b []byte) (*Tombstone, error) {
	s, err := begin("tombstone", b)
	if err != nil {
		return nil, err
	}
	t := new(Tombstone)
	t.Issuer, t.Audience = s.parties()
	s.lit(`,"jti":"`)
	t.ID = s.text()
	s.lit(`","seq":`)
	t.Seq = s.number()
	s.lit(`,"prev":`)
	s.hexOrNull(&t.Prev)
	s.lit(`,"digest":"`)
	s.hex(t.Digest[:])
	s.lit(`"}`)
	if !s.end() {
		return nil, malformed("tombstone")
	}
	out, err := t.Marshal()
	if err := same("tombstone", b, out, err); err != nil {
		return nil, err
	}
	return t, nil
}

// Erased tells a platform to erase what it holds of a subject. It has a place
// in the chain like a verdict, and its receipt is the platform's answer.
type Erased struct {
	Issuer   string // the agent
	Audience string // the platform
	ID       string // UUIDv7
	Subject  [16]byte
	IssuedAt int64 // seconds
	Seq      uint64
	Prev     [32]byte
}

// Marshal returns the payload. It refuses a notice with a member that is absent
// or out of range. It is quick: it runs in the committer.
func (e *Erased) Marshal() ([]byte, error) {
	const m = "erased"
	if err := checkParties(m, e.Issuer, e.Audience); err != nil {
		return nil, err
	}
	switch {
	case !isUUIDv7(e.ID):
		return nil, field(m, "jti", "want a UUID of version 7")
	case e.Subject == [16]byte{}:
		return nil, field(m, "sub", "absent")
	case e.IssuedAt <= 0 || e.IssuedAt > maxTime:
		return nil, field(m, "iat", "want seconds from 1970 to 9999")
	}
	if err := checkChain(m, e.Seq, e.Prev); err != nil {
		return nil, err
	}
	b := head(make([]byte, 0, 320+len(e.Issuer)+len(e.Audience)), e.Issuer, e.Audience)
	b = append(b, `","jti":"`...)
	b = append(b, e.ID...)
	b = append(b, `","sub":"`...)
	b = hex.AppendEncode(b, e.Subject[:])
	b = append(b, `","iat":`...)
	b = strconv.AppendInt(b, e.IssuedAt, 10)
	b = append(b, `,"seq":`...)
	b = strconv.AppendUint(b, e.Seq, 10)
	b = append(b, `,"prev":`...)
	b = hexOrNull(b, &e.Prev)
	return append(b, '}'), nil
}

// ParseErased reads exactly what [Erased.Marshal] writes and refuses all else.
func ParseErased(b []byte) (*Erased, error) {
	s, err := begin("erased", b)
	if err != nil {
		return nil, err
	}
	e := new(Erased)
	e.Issuer, e.Audience = s.parties()
	s.lit(`,"jti":"`)
	e.ID = s.text()
	s.lit(`","sub":"`)
	s.hex(e.Subject[:])
	s.lit(`","iat":`)
	e.IssuedAt = int64(s.number())
	s.lit(`,"seq":`)
	e.Seq = s.number()
	s.lit(`,"prev":`)
	s.hexOrNull(&e.Prev)
	s.lit(`}`)
	if !s.end() {
		return nil, malformed("erased")
	}
	out, err := e.Marshal()
	if err := same("erased", b, out, err); err != nil {
		return nil, err
	}
	return e, nil
}
