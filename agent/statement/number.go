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

// parseTime reads a date with or without a time of day, in China's civil time:
// 2024-01-02 03:04:05, 2024/1/2 3:04 (as spreadsheets rewrite it) or 20240102.
func parseTime(b []byte) (at int64, on agent.Date, ok bool) {
	var y, m, d, hh, mm, ss int
	if y, b, ok = digits(b, 4, 4); !ok || len(b) == 0 {
		return 0, 0, false
	}
	switch sep := b[0]; sep {
	case '-', '/':
		if m, b, ok = digits(b[1:], 1, 2); !ok || len(b) == 0 || b[0] != sep {
			return 0, 0, false
		}
		if d, b, ok = digits(b[1:], 1, 2); !ok {
			return 0, 0, false
		}
	default:
		if m, b, ok = digits(b, 2, 2); !ok {
			return 0, 0, false
		}
		if d, b, ok = digits(b, 2, 2); !ok {
			return 0, 0, false
		}
	}
	if len(b) > 0 {
		if b[0] != ' ' {
			return 0, 0, false
		}
		if hh, b, ok = digits(bytes.TrimLeft(b, " "), 1, 2); !ok || len(b) == 0 || b[0] != ':' {
			return 0, 0, false
		}
		if mm, b, ok = digits(b[1:], 2, 2); !ok {
			return 0, 0, false
		}
		if len(b) > 0 {
			if b[0] != ':' {
				return 0, 0, false
			}
			if ss, b, ok = digits(b[1:], 2, 2); !ok || len(b) > 0 {
				return 0, 0, false
			}
		}
	}
	if y < 1990 || y > 2100 || m < 1 || m > 12 || d < 1 || hh > 23 || mm > 59 || ss > 59 {
		return 0, 0, false
	}
	t := time.Date(y, time.Month(m), d, hh, mm, ss, 0, agent.Zone)
	if t.Day() != d { // 31 April is refused, not moved to May
		return 0, 0, false
	}
	return t.Unix(), agent.Date(y*10000 + m*100 + d), true
}

// digits reads between least and most decimal digits.
func digits(b []byte, least, most int) (n int, rest []byte, ok bool) {
	i := 0
	for ; i < len(b) && i < most && b[i] >= '0' && b[i] <= '9'; i++ {
		n = n*10 + int(b[i]-'0')
	}
	return n, b[i:], i >= least
}
