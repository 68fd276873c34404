package intake

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/yanmen/yanmen/agent"
)

// Bounds of version 1. The schema states them too.
const (
	maxAmount   = 10_000_000_000_000 // fen: a hundred thousand million yuan
	maxRate     = 1_000_000          // basis points: ten thousand per cent
	maxCount    = 100_000
	maxText     = 64  // characters of a name
	maxNumber   = 32  // characters of a document, phone or card number
	maxKey      = 64  // bytes
	maxRef      = 128 // bytes
	firstYear   = 1900
	firstMoment = 1990 // first year of an instant
	lastYear    = 2100
	day         = 86400
)

// personal reads a text about the person: 1 to max characters, no control
// characters.
func (d *decoder) personal(max int) agent.Personal {
	return agent.NewPersonal(d.words(max))
}

// words reads a text of 1 to max characters, no control characters, and gives ""
// after a fault.
func (d *decoder) words(max int) string {
	b, ok := d.text()
	if !ok {
		return ""
	}
	n := 0
	for i := 0; i < len(b); n++ {
		r, size := utf8.DecodeRune(b[i:])
		if unicode.IsControl(r) {
			d.fail(ruleForm, "want a text without control characters")
			return ""
		}
		i += size
	}
	if n == 0 || n > max {
		d.fail(ruleLength, "want 1 to "+strconv.Itoa(max)+" characters")
		return ""
	}
	return string(b)
}

// ref reads 1 to max of A-Z a-z 0-9 . _ - and gives "" after a fault.
func (d *decoder) ref(max int) string {
	b, ok := d.text()
	if !ok {
		return ""
	}
	if len(b) == 0 || len(b) > max {
		d.fail(ruleLength, "want 1 to "+strconv.Itoa(max)+" characters")
		return ""
	}
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '.', c == '_', c == '-':
		default:
			d.fail(ruleForm, "want only A-Z a-z 0-9 . _ -")
			return ""
		}
	}
	return intern(b)
}

// key is ref for the names that may appear in the journal or outside: it may
// not be a person's number.
func (d *decoder) key() string {
	s := d.ref(maxKey)
	if isPersonal(s) {
		d.fail(rulePersonal, "this looks like an identity, phone or card number; use a reference that tells nothing about the person")
		return ""
	}
	return s
}

// common are keys that nearly every case names: they need no copy.
var common = func() map[string]string {
	m := map[string]string{}
	for _, s := range []string{"borrower", "lender", string(agent.PurposeApplication), string(agent.PurposeDrawdown), string(agent.PurposeOverdue)} {
		m[s] = s
	}
	for _, c := range []agent.Category{agent.CatIdentity, agent.CatPhone, agent.CatCard, agent.CatLoan, agent.CatClaim, agent.CatProof,
		agent.CatEmployment, agent.CatSocialInsurance, agent.CatIncome, agent.CatLiabilities, agent.CatCreditReport,
		agent.CatStatement, agent.CatContactLog, agent.CatDeviceLog, agent.CatAnswer, agent.CatHistory} {
		m[string(c)] = string(c)
	}
	return m
}()

func intern(b []byte) string {
	if s, ok := common[string(b)]; ok {
		return s
	}
	return string(b)
}

// keys reads a list of different keys.
func (d *decoder) keys(max int) []string {
	l := list(d, max, func(d *decoder, s *string) { *s = d.key() })
	for i := range l {
		for j := range i {
			if l[i] == l[j] && l[i] != "" {
				d.path = append(d.path, step{index: i})
				d.fail(ruleDuplicate, "the list has this element twice")
				d.path = d.path[:len(d.path)-1]
				break
			}
		}
	}
	return l
}

// An enum is a closed list of words.
type enum struct {
	words []string
	hint  string
}

func newEnum(words ...string) enum {
	hint := "want one of"
	for i, w := range words {
		if i > 0 {
			hint += ","
		}
		hint += " " + w
	}
	return enum{words, hint}
}

// word reads one of the list.
func (d *decoder) word(e enum) string {
	b, ok := d.text()
	if !ok {
		return ""
	}
	for _, w := range e.words {
		if string(b) == w {
			return w
		}
	}
	d.fail(ruleEnum, e.hint)
	return ""
}

var tris = newEnum("yes", "no", "unknown")

// tri reads yes, no or unknown.
func (d *decoder) tri() agent.Tri {
	switch d.word(tris) {
	case "yes":
		return agent.Yes
	case "no":
		return agent.No
	}
	return agent.Unknown
}

// whole reads a whole number between lo and hi, written without fraction or
// exponent.
func (d *decoder) whole(lo, hi int64) (n int64, ok bool) {
	raw := d.raw()
	if raw == nil {
		return 0, false
	}
	if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		d.fail(ruleType, "want a whole number")
		return 0, false
	}
	neg := raw[0] == '-'
	digits := raw
	if neg {
		digits = raw[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			d.fail(ruleType, "want a whole number, without fraction or exponent")
			return 0, false
		}
		if n <= maxAmount { // enough to be out of every range
			n = n*10 + int64(c-'0')
		}
	}
	if neg {
		n = -n
	}
	if n < lo || n > hi {
		d.fail(ruleRange, "want "+strconv.FormatInt(lo, 10)+" to "+strconv.FormatInt(hi, 10))
		return 0, false
	}
	return n, true
}

// fen reads an amount that its object requires.
func (d *decoder) fen() int64 {
	n, _ := d.whole(0, maxAmount)
	return n
}

// number reads a number that may be absent.
func (d *decoder) number(lo, hi int64) agent.Int {
	if n, ok := d.whole(lo, hi); ok {
		return agent.Known(n)
	}
	return agent.Int{}
}

func (d *decoder) amount() agent.Int { return d.number(0, maxAmount) }
func (d *decoder) count() agent.Int  { return d.number(0, maxCount) }

// longTerm marks a document without end of validity.
const longTerm agent.Date = 99991231

// date reads YYYY-MM-DD.
func (d *decoder) date() agent.Date {
	b, ok := d.text()
	if !ok {
		return 0
	}
	y, m, day, ok := ymd(b)
	if !ok || len(b) != 10 {
		d.fail(ruleForm, "want a date that exists, as YYYY-MM-DD")
		return 0
	}
	return d.civil(y, m, day)
}

// end reads YYYY-MM-DD, or 9999-12-31 for a document that is valid for life.
func (d *decoder) expiry() agent.Date {
	b, ok := d.text()
	if !ok {
		return 0
	}
	if string(b) == "9999-12-31" {
		return longTerm
	}
	y, m, day, ok := ymd(b)
	if !ok || len(b) != 10 {
		d.fail(ruleForm, "want a date that exists, as YYYY-MM-DD; 9999-12-31 stands for long-term")
		return 0
	}
	return d.civil(y, m, day)
}

// month reads YYYY-MM and gives its first day.
func (d *decoder) month() agent.Date {
	b, ok := d.text()
	if !ok {
		return 0
	}
	var y, m int
	if len(b) == 7 && b[4] == '-' {
		y, m = digits(b[:4]), digits(b[5:])
	}
	if y < 0 || m < 1 || m > 12 {
		d.fail(ruleForm, "want a month as YYYY-MM")
		return 0
	}
	return d.civil(y, m, 1)
}

func (d *decoder) civil(y, m, day int) agent.Date {
	if y < firstYear || y > lastYear {
		d.fail(ruleRange, "want a year from 1900 to 2100")
		return 0
	}
	return agent.Date(y*10000 + m*100 + day)
}

// moment reads an RFC 3339 instant and gives its second.
func (d *decoder) moment() int64 {
	b, ok := d.text()
	if !ok {
		return 0
	}
	at, y, ok := rfc3339(b)
	if !ok {
		d.fail(ruleForm, "want an instant with its offset, as 2006-01-02T15:04:05+08:00")
		return 0
	}
	if y < firstMoment || y > lastYear {
		d.fail(ruleRange, "want a year from 1990 to 2100")
		return 0
	}
	return at
}

// past is moment for what has happened: at most a day ahead of our clock.
func (d *decoder) past() int64 {
	at := d.moment()
	if at > d.now+day {
		d.fail(ruleFuture, "want an instant that is not in the future")
		return 0
	}
	return at
}

// digits gives the number that b writes, -1 if b is not all digits. b is short.
func digits(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// ymd reads a date that exists at the beginning of b.
func ymd(b []byte) (y, m, day int, ok bool) {
	if len(b) < 10 || b[4] != '-' || b[7] != '-' {
		return 0, 0, 0, false
	}
	y, m, day = digits(b[:4]), digits(b[5:7]), digits(b[8:10])
	return y, m, day, y >= 0 && m >= 1 && m <= 12 && day >= 1 && day <= daysIn(y, m)
}

func daysIn(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// rfc3339 reads an instant. It is stricter than the time package (which takes
// one-digit hours and commas), has no leap second, and makes no error that
// would quote the input.
func rfc3339(b []byte) (sec int64, year int, ok bool) {
	y, m, dd, ok := ymd(b)
	if !ok || len(b) < 20 || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return 0, 0, false
	}
	hh, mm, ss := digits(b[11:13]), digits(b[14:16]), digits(b[17:19])
	if hh < 0 || hh > 23 || mm < 0 || mm > 59 || ss < 0 || ss > 59 {
		return 0, 0, false
	}
	rest := b[19:]
	if rest[0] == '.' {
		i := 1
		for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
			i++
		}
		if i == 1 || i > 10 || i == len(rest) {
			return 0, 0, false
		}
		rest = rest[i:]
	}
	offset := 0
	switch {
	case len(rest) == 1 && rest[0] == 'Z':
	case len(rest) == 6 && rest[3] == ':' && (rest[0] == '+' || rest[0] == '-'):
		oh, om := digits(rest[1:3]), digits(rest[4:6])
		if oh < 0 || oh > 23 || om < 0 || om > 59 {
			return 0, 0, false
		}
		offset = (oh*60 + om) * 60
		if rest[0] == '-' {
			offset = -offset
		}
	default:
		return 0, 0, false
	}
	return days(y, m, dd)*day + int64(hh*3600+mm*60+ss-offset), y, true
}

// days counts days from 1970-01-01 in the Gregorian calendar, by years that
// begin in March so that the leap day comes last.
func days(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	return int64(365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - 1 - 719468)
}
