package statement

import (
	"bytes"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// maxFen is ten thousand million yuan. No personal statement has a larger
// amount, and the sum of as many rows as can be read stays an int64.
const maxFen = 1_000_000_000_000

// parseFen reads yuan with up to two decimals as fen: "¥1,234.50". Commas must
// part thousands. A sign is read only where the format has one. Anything else
// is not ok: the reader does not round, and does not guess a comma's meaning.
func parseFen(b []byte, signed bool) (fen int64, ok bool) {
	neg := false
	if signed && len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg = b[0] == '-'
		b = b[1:]
	}
	b = bytes.TrimPrefix(b, []byte("¥"))
	b = bytes.TrimPrefix(b, []byte("￥"))
	var digits, group int
	commas := false
	i := 0
	for ; i < len(b) && b[i] != '.'; i++ {
		switch c := b[i]; {
		case c >= '0' && c <= '9':
			if fen = fen*10 + int64(c-'0'); fen > maxFen {
				return 0, false
			}
			digits++
			group++
		case c == ',' && group > 0 && group <= 3 && (!commas || group == 3):
			commas = true
			group = 0
		default:
			return 0, false
		}
	}
	if digits == 0 || commas && group != 3 {
		return 0, false
	}
	fen *= 100
	if i < len(b) {
		frac := b[i+1:]
		if len(frac) == 0 || len(frac) > 2 {
			return 0, false
		}
		for j, unit := 0, int64(10); j < len(frac); j, unit = j+1, unit/10 {
			if frac[j] < '0' || frac[j] > '9' {
				return 0, false
			}
			fen += int64(frac[j]-'0') * unit
		}
	}
	if fen > maxFen {
		return 0, false
	}
	if neg {
		fen = -fen
	}
	return fen, true
}

// A civil is a date and time of day as written, which need not exist.
type civil struct{ y, m, d, hh, mm, ss int }

// parseTime reads a date with or without a time of day, in China's civil time:
// 2024-01-02 03:04:05, 2024/1/2 3:04 (as spreadsheets rewrite it) or 20240102.
func parseTime(b []byte) (at int64, on agent.Date, ok bool) {
	c, ok := splitTime(b)
	if !ok || !c.exists() || c.y < 1990 || c.y > 2100 {
		return 0, 0, false
	}
	return time.Date(c.y, time.Month(c.m), c.d, c.hh, c.mm, c.ss, 0, agent.Zone).Unix(), agent.Date(c.y*10000 + c.m*100 + c.d), true
}

// exists is false of 31 April, which is refused and not moved to May, and of 25:61.
func (c civil) exists() bool {
	if c.m < 1 || c.m > 12 || c.d < 1 || c.d > 31 || c.hh > 23 || c.mm > 59 || c.ss > 59 {
		return false
	}
	return c.d <= 28 || time.Date(c.y, time.Month(c.m), c.d, 0, 0, 0, 0, time.UTC).Day() == c.d
}

// splitTime takes apart what has the form of a time, whether or not it exists.
func splitTime(b []byte) (c civil, ok bool) {
	if c.y, b, ok = digits(b, 4, 4); !ok || len(b) == 0 {
		return c, false
	}
	switch sep := b[0]; sep {
	case '-', '/':
		if c.m, b, ok = digits(b[1:], 1, 2); !ok || len(b) == 0 || b[0] != sep {
			return c, false
		}
		if c.d, b, ok = digits(b[1:], 1, 2); !ok {
			return c, false
		}
	default:
		if c.m, b, ok = digits(b, 2, 2); !ok {
			return c, false
		}
		if c.d, b, ok = digits(b, 2, 2); !ok {
			return c, false
		}
	}
	if len(b) == 0 {
		return c, true
	}
	if b[0] != ' ' {
		return c, false
	}
	if c.hh, b, ok = digits(bytes.TrimLeft(b, " "), 1, 2); !ok || len(b) == 0 || b[0] != ':' {
		return c, false
	}
	if c.mm, b, ok = digits(b[1:], 2, 2); !ok || len(b) == 0 {
		return c, ok
	}
	if b[0] != ':' {
		return c, false
	}
	c.ss, b, ok = digits(b[1:], 2, 2)
	return c, ok && len(b) == 0
}

// plainTime appends to dst what splitTime reads: a date in the order of a [Map],
// and the time of day that follows it or stands apart. What it cannot read it
// leaves for splitTime to refuse.
func plainTime(dst, date, clock []byte, order string) []byte {
	const sixDigits = len("030405")
	y, m, d, rest, ok := splitDate(date, order)
	if !ok || len(rest) > 0 && len(clock) > 0 {
		return append(dst, '?')
	}
	dst = append(padded(dst, y, 4), '-')
	dst = append(padded(dst, m, 2), '-')
	dst = padded(dst, d, 2)
	if len(rest) > 0 {
		clock = rest
	}
	if _, left, ok := digits(clock, sixDigits, sixDigits); ok && len(left) == 0 {
		for i, mark := range " ::" {
			dst = append(append(dst, byte(mark)), clock[2*i:2*i+2]...)
		}
		return dst
	}
	if len(clock) > 0 {
		dst = append(append(dst, ' '), clock...)
	}
	return dst
}

// padded appends n in width digits, which it has at most.
func padded(dst []byte, n, width int) []byte {
	for unit := [...]int{1, 10, 100, 1000}[width-1]; unit > 0; unit /= 10 {
		dst = append(dst, byte('0'+n/unit%10))
	}
	return dst
}

func splitDate(b []byte, order string) (y, m, d int, rest []byte, ok bool) {
	if order == "" || order == "ymd" {
		if _, left, ok := digits(b, 8, 15); ok { // all in one, with the time of day or without
			n := len(b) - len(left)
			if n != 8 && n != 14 || n == 14 && len(left) > 0 {
				return 0, 0, 0, nil, false
			}
			y, _, _ = digits(b, 4, 4)
			m, _, _ = digits(b[4:], 2, 2)
			d, _, _ = digits(b[6:], 2, 2)
			return y, m, d, trim(b[8:]), true
		}
	}
	var part [3]int
	var sep string
	for i := range part {
		least, most := 1, 2
		if (i == 0) == (order == "" || order == "ymd") && i != 1 {
			least, most = 4, 4
		}
		if part[i], b, ok = digits(b, least, most); !ok {
			return 0, 0, 0, nil, false
		}
		if i == 2 {
			break
		}
		found := ""
		for _, s := range [...]string{"-", "/", ".", "年", "月"} {
			if bytes.HasPrefix(b, []byte(s)) {
				found = s
			}
		}
		if found == "" || i == 0 && found == "月" || i == 1 && found != sep && !(sep == "年" && found == "月") || i == 1 && found == "年" {
			return 0, 0, 0, nil, false
		}
		sep = found
		b = b[len(found):]
	}
	if sep == "月" {
		b = bytes.TrimPrefix(b, []byte("日"))
	}
	if len(b) > 0 && b[0] != ' ' && sep != "月" {
		return 0, 0, 0, nil, false
	}
	switch order {
	case "dmy":
		return part[2], part[1], part[0], trim(b), true
	case "mdy":
		return part[2], part[0], part[1], trim(b), true
	}
	return part[0], part[1], part[2], trim(b), true
}

// overlong reports whether an amount has more than two decimals and is else
// written as a number: no institution books a part of a fen.
func overlong(b []byte) bool {
	whole, frac, ok := bytes.Cut(b, []byte("."))
	if !ok || len(frac) <= 2 {
		return false
	}
	if _, ok := parseFen(whole, true); !ok {
		return false
	}
	_, rest, _ := digits(frac, 0, len(frac))
	return len(rest) == 0
}

// digits reads between least and most decimal digits.
func digits(b []byte, least, most int) (n int, rest []byte, ok bool) {
	i := 0
	for ; i < len(b) && i < most && b[i] >= '0' && b[i] <= '9'; i++ {
		n = n*10 + int(b[i]-'0')
	}
	return n, b[i:], i >= least
}
