// Package agent is the reference monitor of Yanmen: the nouns, the interfaces
// that the core needs, and the one pipeline through which a case becomes a
// verdict. It imports the standard library alone.
//
// The words mean the same here, in the rules, in JSON and in the logs:
//
//	lender      who runs this program                       出借机构
//	platform    who receives verdicts                       中心平台
//	subject     the person the data is about                借款人
//	category    a kind of data in the catalogue             数据类别
//	purpose     why data is used                            处理目的
//	basis       the ground of PIPL article 13               合法性基础
//	record      one category of one subject's data, from
//	            one source, at one time; sealed at rest     数据记录
//	case        one question about one subject and one loan 案件
//	evidence    records opened under a grant, in memory     证据
//	facts       what checks computed from evidence; stay    事实
//	finding     facts with the judgement on them; stays     结论
//	verdict     the claims that leave                       判定
//	decision    one evaluation of policy                    策略决定
//	grant       an allow that opens named categories, once  授权
//	journal     the Merkle log of decisions and acts        审计日志
//	erase       destroy what opens a subject's data         删除
//
// Amounts are int64 fen, rates and ratios int64 basis points, instants whole
// seconds since 1970 (UTC), dates [Date] in China's civil time (UTC+8).
package agent

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Zone is China's civil time, in which dates of cases and statements are read.
// It is fixed: China has had no daylight saving since 1991 and one zone since 1949.
var Zone = time.FixedZone("CST", 8*3600)

// A SubjectID names a subject inside one agent. It is random: it tells nothing
// about the person and cannot be computed from anything known about them.
type SubjectID [16]byte

// NewSubjectID returns a fresh random id.
func NewSubjectID() (id SubjectID) {
	rand.Read(id[:]) // never fails: crypto/rand ends the program instead
	return id
}

// ParseSubjectID reads the 32 hexadecimal digits that String writes.
func ParseSubjectID(s string) (id SubjectID, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(id) {
		return SubjectID{}, errors.New("subject id: want 32 hexadecimal digits")
	}
	copy(id[:], b)
	return id, nil
}

// String returns the id as 32 hexadecimal digits.
func (id SubjectID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether the id is the zero id, which names nobody.
func (id SubjectID) IsZero() bool { return id == SubjectID{} }

// Personal is a text that identifies a person: a name, a document number, a
// phone or card number. Printing, logging or marshalling it in any way gives a
// fixed mark; [Personal.Reveal] alone gives the text. The value sits behind a
// pointer so that printing a surrounding struct shows an address at most.
type Personal struct{ v *string }

const personalMark = "[personal]"

// NewPersonal wraps a text. The empty text gives the zero Personal.
func NewPersonal(s string) Personal {
	if s == "" {
		return Personal{}
	}
	return Personal{&s}
}

// Reveal returns the text, or "" for the zero Personal. Call it only to check,
// to look up or to seal the value; never for a message.
func (p Personal) Reveal() string {
	if p.v == nil {
		return ""
	}
	return *p.v
}

// IsZero reports whether there is no text.
func (p Personal) IsZero() bool { return p.v == nil }

// String returns a fixed mark.
func (Personal) String() string { return personalMark }

// GoString returns a fixed mark.
func (Personal) GoString() string { return personalMark }

// Format writes a fixed mark for every verb.
func (Personal) Format(f fmt.State, _ rune) { f.Write([]byte(personalMark)) }

// LogValue returns a fixed mark.
func (Personal) LogValue() slog.Value { return slog.StringValue(personalMark) }

// MarshalText returns a fixed mark, so that no encoder leaks the value. The
// records' codec names each personal field instead.
func (Personal) MarshalText() ([]byte, error) { return []byte(personalMark), nil }

// Int is a whole number that may be unknown. The zero Int is unknown: what is
// not known is never 0.
type Int struct {
	v     int64
	known bool
}

// Known returns the known number v.
func Known(v int64) Int { return Int{v, true} }

// Value returns the number and whether it is known.
func (n Int) Value() (v int64, ok bool) { return n.v, n.known }

// IsKnown reports whether the number is known.
func (n Int) IsKnown() bool { return n.known }

// Or returns the number, or def when it is unknown.
func (n Int) Or(def int64) int64 {
	if n.known {
		return n.v
	}
	return def
}

// IsZero reports whether the number is unknown (for omitzero).
func (n Int) IsZero() bool { return !n.known }

// MarshalJSON writes the number, or null when unknown.
func (n Int) MarshalJSON() ([]byte, error) {
	if !n.known {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%d", n.v), nil
}

// UnmarshalJSON reads a whole number or null.
func (n *Int) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = Int{}
		return nil
	}
	var v int64
	var neg bool
	for i, c := range b {
		if i == 0 && c == '-' && len(b) > 1 {
			neg = true
			continue
		}
		if c < '0' || c > '9' || v > (1<<63-1-9)/10 {
			return errors.New("want a whole number or null")
		}
		v = v*10 + int64(c-'0')
	}
	if len(b) == 0 {
		return errors.New("want a whole number or null")
	}
	if neg {
		v = -v
	}
	*n = Known(v)
	return nil
}

// Tri is yes, no or unknown. The zero Tri is unknown.
type Tri uint8

// The three values of [Tri].
const (
	Unknown Tri = iota
	No
	Yes
)

// TriOf returns Yes for true and No for false.
func TriOf(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

var triNames = [...]string{"unknown", "no", "yes"}

// String returns "unknown", "no" or "yes".
func (t Tri) String() string {
	if int(t) < len(triNames) {
		return triNames[t]
	}
	return "unknown"
}

// MarshalText writes what String returns.
func (t Tri) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (t *Tri) UnmarshalText(b []byte) error {
	for i, n := range triNames {
		if string(b) == n {
			*t = Tri(i)
			return nil
		}
	}
	return errors.New("want yes, no or unknown")
}

// Date is a civil date as the number YYYYMMDD. The zero Date is unknown.
// Dates compare as numbers; see [Date.Days] for differences.
type Date int32

// DateOf returns the civil date of an instant in China.
func DateOf(t time.Time) Date {
	y, m, d := t.In(Zone).Date()
	return Date(y*10000 + int(m)*100 + d)
}

// ParseDate reads YYYY-MM-DD and refuses dates that do not exist.
func ParseDate(s string) (Date, error) {
	t, err := time.ParseInLocation("2006-01-02", s, Zone)
	if err != nil {
		return 0, errors.New("want a date as YYYY-MM-DD") // the library's error quotes the input
	}
	return DateOf(t), nil
}

// Time returns the first instant of the date. The zero Date gives the zero Time.
func (d Date) Time() time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Unix(d.start(), 0).In(Zone)
}

// start returns the first second of a date. Checks ask for it thousands of times a
// case, so it is reckoned here: in years that begin in March the leap day is the
// last one, and month m begins (153m+2)/5 days after it. A day that its month does
// not have is one of the next, as for package time.
func (d Date) start() int64 {
	y, m, day := int64(d)/10000, int64(d)/100%100, int64(d)%100
	if d <= 0 || m < 1 || m > 12 {
		return time.Date(int(y), time.Month(m), int(day), 0, 0, 0, 0, Zone).Unix()
	}
	if m -= 3; m < 0 {
		m += 12
		y--
	}
	const epoch = 719_468 // days from 1 March of year 0 to 1970
	y += 400              // no year before 0, and no other sum of days in a cycle of years
	days := 365*y + y/4 - y/100 + y/400 - 146_097 + (153*m+2)/5 + day - 1 - epoch
	return days*86400 - 8*3600
}

// Days returns the number of days from e to d, positive when d is later. Both
// dates must be known.
func (d Date) Days(e Date) int64 {
	if d == 0 || e == 0 {
		return (d.Time().Unix() - e.Time().Unix()) / 86400
	}
	return (d.start() - e.start()) / 86400
}

// AddDays returns the date n days later.
func (d Date) AddDays(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// String returns YYYY-MM-DD, or "unknown" for the zero Date.
func (d Date) String() string {
	if d == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%04d-%02d-%02d", int(d)/10000, int(d)/100%100, int(d)%100)
}

// MarshalText writes YYYY-MM-DD, or nothing for the zero Date.
func (d Date) MarshalText() ([]byte, error) {
	if d == 0 {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d = 0
	if len(b) > 0 {
		*d, err = ParseDate(string(b))
	}
	return err
}
