package statement

import (
	"bytes"
	"cmp"
	"strings"
	"unicode"

	"github.com/yanmen/yanmen/agent"
)

// banner is what a statement says of itself around its table. What it does not
// say is unknown.
type banner struct {
	from, to agent.Date
	exported int64 // seconds; 0: not said
	rows     agent.Int
	stated   [4]struct{ count, sum agent.Int } // by agent.Flow
	holder   string                            // normalised
}

// read takes what a line says and reports whether it said anything. Where two
// lines differ the first one stands.
func (b *banner) read(line []byte) bool {
	line = trim(bytes.Trim(line, ", \t\""))
	if len(line) > 512 {
		return false
	}
	known := false
	if v, ok := after(line, "起始时间", "起始日期"); ok {
		b.from = cmp.Or(b.from, parseDay(v))
		known = true
	}
	if v, ok := after(line, "终止时间", "终止日期"); ok {
		b.to = cmp.Or(b.to, parseDay(v))
		known = true
	}
	if v, ok := after(line, "导出时间"); ok {
		if at, on, ok := parseBracketed(v); ok && b.exported == 0 {
			if b.exported = at; at == on.Time().Unix() { // the day alone
				b.exported += 86399
			}
		}
		known = true
	}
	if v, ok := after(line, "姓名"); ok {
		if b.holder == "" {
			b.holder = normalName(v)
		}
		return true
	}
	if v, ok := bytes.CutPrefix(line, []byte("共")); ok {
		if n, rest, ok := count(v); ok && bytes.HasPrefix(rest, []byte("笔")) {
			if !b.rows.IsKnown() {
				b.rows = agent.Known(n)
			}
			return true
		}
	}
	for _, label := range [...]string{"收入", "支出", "不计收支", "中性交易"} {
		v, ok := bytes.CutPrefix(line, []byte(label))
		if !ok {
			continue
		}
		if v, ok = cutColon(v); !ok {
			continue
		}
		n, rest, ok := count(trim(v))
		if !ok || !bytes.HasPrefix(rest, []byte("笔")) {
			continue
		}
		s := &b.stated[flowOf([]byte(label))]
		if !s.count.IsKnown() {
			s.count = agent.Known(n)
			if fen, ok := parseFen(trim(bytes.TrimSuffix(trim(rest[len("笔"):]), []byte("元"))), false); ok {
				s.sum = agent.Known(fen)
			}
		}
		return true
	}
	return known
}

// closing takes a bank's closing row, which repeats the columns' sums.
func (b *banner) closing(cells [][]byte, lay layout) bool {
	if len(cells) == 0 || !bytes.HasSuffix(cells[0], []byte("合计")) {
		return false
	}
	if !bytes.HasPrefix(cells[0], []byte("人民币")) {
		return true // sums of rows in other currencies, which are refused
	}
	for flow, col := range map[agent.Flow]int{agent.FlowIn: lay.at[fIn], agent.FlowOut: lay.at[fOut]} {
		if col < 0 || col >= len(cells) {
			continue
		}
		if fen, ok := parseFen(cells[col], false); ok && !b.stated[flow].sum.IsKnown() {
			b.stated[flow].sum = agent.Known(fen)
		}
	}
	return true
}

// after returns what follows one of the labels and a colon.
func after(line []byte, labels ...string) ([]byte, bool) {
	for _, l := range labels {
		if _, v, ok := bytes.Cut(line, []byte(l)); ok {
			if v, ok = cutColon(v); ok {
				return trim(v), true
			}
		}
	}
	return nil, false
}

func cutColon(b []byte) ([]byte, bool) {
	if v, ok := bytes.CutPrefix(b, []byte("：")); ok {
		return v, true
	}
	return bytes.CutPrefix(b, []byte(":"))
}

// parseDay reads the day of [2024-01-02 03:04:05], with or without brackets and
// time, or gives the zero Date.
func parseDay(b []byte) agent.Date {
	_, on, _ := parseBracketed(b)
	return on
}

func parseBracketed(b []byte) (at int64, on agent.Date, ok bool) {
	if v, ok := bytes.CutPrefix(b, []byte("[")); ok {
		b, _, _ = bytes.Cut(v, []byte("]"))
	}
	return parseTime(trim(b))
}

func count(b []byte) (n int64, rest []byte, ok bool) {
	v, rest, ok := digits(b, 1, 9)
	return int64(v), rest, ok
}

// normalName makes two writings of a name comparable: no spaces, one kind of
// middle dot, lower case. A text too long for a name gives "".
func normalName(b []byte) string {
	if len(b) > 128 {
		return ""
	}
	return strings.Map(func(r rune) rune { return unicode.ToLower(nameRune(r)) }, string(b))
}

// nameRune returns how a character of a name is written in comparisons, or -1 for one
// that is left out.
func nameRune(r rune) rune {
	switch r {
	case ' ', '\t', '\u3000', '\u00a0':
		return -1
	case '•', '・', '‧', '．', '.':
		return '·'
	case '＊':
		return '*'
	}
	return r
}

// sameName compares normalised names, where * in a masks one character of b.
func sameName(a, b string) bool {
	ra, rb := []rune(a), []rune(b)
	if len(ra) != len(rb) {
		return false
	}
	for i := range ra {
		if ra[i] != rb[i] && ra[i] != '*' {
			return false
		}
	}
	return true
}
