package identity

import (
	"unicode"
	"unicode/utf8"

	"github.com/yanmen/yanmen/agent"
)

// dot is the middle dot in the names of many minorities. Sources write a dozen
// look-alikes of it.
const dot = '·'

// matchNames compares two names as people write them: width, case, spaces and
// the shape of the middle dot do not matter. Names that differ by the dot alone
// match with a warning, because many registers cannot store it.
func matchNames(a, b agent.Personal, codes *codeList) agent.Tri {
	x, y := a.Reveal(), b.Reveal()
	if x == "" || y == "" {
		return agent.Unknown
	}
	if !utf8.ValidString(x) || !utf8.ValidString(y) {
		codes.add("name.malformed")
		return agent.Unknown
	}
	dots, letters := 0, 0
	for {
		var p, q rune
		p, x = nextRune(x)
		q, y = nextRune(y)
		// A dot on one side alone is stepped over.
		for p != q && (p == dot || q == dot) {
			dots++
			if p == dot {
				p, x = nextRune(x)
			} else {
				q, y = nextRune(y)
			}
		}
		if letters == 0 && (p == 0 || q == 0) {
			return agent.Unknown // spaces and dots name nobody
		}
		if p != q {
			codes.add("name.mismatch")
			return agent.No
		}
		if p == 0 {
			break
		}
		if p != dot {
			letters++
		}
	}
	if dots > 0 {
		codes.add("name.dot_differs")
	}
	return agent.Yes
}

// nextRune returns the next rune of a name that matters, folded, and the rest;
// 0 at the end.
func nextRune(s string) (rune, string) {
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		if r = fold(r); r != 0 {
			return r, s
		}
	}
	return 0, ""
}

// fold maps a rune to the one that stands for it in comparisons, and to 0 if it
// does not matter.
func fold(r rune) rune {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF: // most names; left as they are
		return r
	case r >= 0xFF01 && r <= 0xFF5E: // full-width forms of ASCII
		r -= 0xFEE0
	}
	switch r {
	case dot, '.', '•', '・', '･', '‧', '∙', '⋅', '●', '˙', '⸱', '﹒', '。', '｡':
		return dot
	case 0, 0x00AD, 0x034F, 0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF: // invisible
		return 0
	}
	if unicode.IsSpace(r) || unicode.IsControl(r) {
		return 0
	}
	return unicode.ToUpper(r)
}
