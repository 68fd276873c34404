package wire

import (
	"encoding/hex"
	"strconv"
)

// MaxLines is how many items one receipt may name; a receipt so long is below
// 200 KiB.
const MaxLines = 1024

// A Receipt is a platform's word that it holds the items that it names, durably.
// One signature covers them all. It is signed and not sealed: it names numbers,
// random ids and digests of payloads that hold 200 random bits, so a reader who
// is not the agent can neither learn nor test anything by it.
type Receipt struct {
	Issuer   string // the platform
	Audience string // the agent
	IssuedAt int64  // seconds
	Lines    []Line // 1 to MaxLines, ascending by Seq, without duplicates
}

// A Line names one item.
type Line struct {
	Seq    uint64
	Digest [32]byte // SHA-256 of the payload, for a tombstone of the one that is gone
	ID     string   // UUIDv7
}

// Marshal returns the payload. It refuses a receipt with a member that is
// absent, out of range or out of order.
func (r *Receipt) Marshal() ([]byte, error) {
	const m = "receipt"
	if err := checkParties(m, r.Issuer, r.Audience); err != nil {
		return nil, err
	}
	if r.IssuedAt <= 0 || r.IssuedAt > maxTime {
		return nil, field(m, "iat", "want seconds from 1970 to 9999")
	}
	if len(r.Lines) == 0 || len(r.Lines) > MaxLines {
		return nil, field(m, "lines", "want 1 to 1024")
	}
	b := head(make([]byte, 0, 192+160*len(r.Lines)), r.Issuer, r.Audience)
	b = append(b, `","iat":`...)
	b = strconv.AppendInt(b, r.IssuedAt, 10)
	b = append(b, `,"lines":[`...)
	var last uint64
	for i := range r.Lines {
		l := &r.Lines[i]
		switch {
		case l.Seq <= last || l.Seq > maxSeq:
			return nil, field(m, "seq", "want ascending from 1")
		case l.Digest == [32]byte{}:
			return nil, field(m, "digest", "absent")
		case !isUUIDv7(l.ID):
			return nil, field(m, "id", "want a UUID of version 7")
		}
		last = l.Seq
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"seq":`...)
		b = strconv.AppendUint(b, l.Seq, 10)
		b = append(b, `,"digest":"`...)
		b = hex.AppendEncode(b, l.Digest[:])
		b = append(b, `","id":"`...)
		b = append(b, l.ID...)
		b = append(b, `"}`...)
	}
	return append(b, `]}`...), nil
}

// ParseReceipt reads exactly what [Receipt.Marshal] writes and refuses all else.
func ParseReceipt(b []byte) (*Receipt, error) {
	s, err := begin("receipt", b)
	if err != nil {
		return nil, err
	}
	r := new(Receipt)
	r.Issuer, r.Audience = s.parties()
	s.lit(`,"iat":`)
	r.IssuedAt = int64(s.number())
	s.lit(`,"lines":[`)
	for !s.bad && !s.try("]") {
		if len(r.Lines) > 0 {
			s.lit(",")
		}
		var l Line
		s.lit(`{"seq":`)
		l.Seq = s.number()
		s.lit(`,"digest":"`)
		s.hex(l.Digest[:])
		s.lit(`","id":"`)
		l.ID = s.text()
		s.lit(`"}`)
		if r.Lines = append(r.Lines, l); len(r.Lines) > MaxLines {
			s.fail()
		}
	}
	s.lit(`}`)
	if !s.end() {
		return nil, malformed("receipt")
	}
	out, err := r.Marshal()
	if err := same("receipt", b, out, err); err != nil {
		return nil, err
	}
	return r, nil
}
