package identity

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/yanmen/yanmen/agent"
)

// dot is the middle dot in the names of many minorities. Sources write a dozen
// look-alikes of it.
const dot = '·'

// matchNames compares two names as people write them: width, case, spaces, the
// shape of the middle dot, and the traditional or simplified shape of a
// character do not matter. Names that differ by the dot or the shape alone match
// with a warning, because many registers cannot store them otherwise. Where
// several traditional characters fell together in one simplified, equal
// simplified names may be two names: that is unknown. Only foreign documents
// carry names in Latin letters, whose parts come in any order, beside names in
// characters, which say nothing of each other.
func matchNames(a, b agent.Personal, foreign bool, codes *codeList) agent.Tri {
	x, y := a.Reveal(), b.Reveal()
	if x == "" || y == "" {
		return agent.Unknown
	}
	if !utf8.ValidString(x) || !utf8.ValidString(y) {
		codes.add("name.malformed")
		return agent.Unknown
	}
	dots, letters, shapes, merged := 0, 0, 0, 0
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
			switch sameCharacter(p, q) {
			case standsYes:
				shapes++
			case standsUnknown:
				merged++
			default:
				return matchForeign(a.Reveal(), b.Reveal(), foreign, codes)
			}
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
	if shapes+merged > 0 {
		codes.add("name.shape_differs")
	}
	if merged > 0 {
		codes.add("name.ambiguous")
		return agent.Unknown
	}
	return agent.Yes
}

// matchForeign is for names that are not equal rune by rune.
func matchForeign(a, b string, foreign bool, codes *codeList) agent.Tri {
	x, y := latinWords(a), latinWords(b)
	switch {
	case x != nil && y != nil && slices.Equal(x, y):
		codes.add("name.order_differs")
		return agent.Unknown
	case foreign && (x == nil) != (y == nil):
		codes.add("name.script_differs")
		return agent.Unknown
	}
	codes.add("name.mismatch")
	return agent.No
}

// latinWords returns the words of a name in Latin letters, folded and sorted,
// and nil if there is anything else in it.
func latinWords(s string) []string {
	words := strings.FieldsFunc(strings.Map(fold, s), func(r rune) bool { return r == dot || r == 0 })
	for _, w := range words {
		if strings.ContainsFunc(w, func(r rune) bool { return !unicode.Is(unicode.Latin, r) }) {
			return nil
		}
	}
	slices.Sort(words)
	return words
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
	case ',', '-', '\'', '’', '‐': // between and inside the parts of Latin names
		return 0
	}
	if unicode.IsSpace(r) || unicode.IsControl(r) {
		return 0
	}
	return unicode.ToUpper(r)
}

// beside are pairs that the table lacks: 䶮 is the standard form of 龑.
const beside = "䶮龑\n"

//go:embed variants.txt
var variantsText string

// A variant is a character and the one that stands for its group.
type variant struct {
	char, group uint16
	merged      bool // characters of several meanings fell together in the group
}

// variants returns the characters of variants.txt, sorted: OpenCC 1.4.1
// (Apache-2.0), the characters of one code unit.
var variants = sync.OnceValue(func() []variant {
	list := make([]variant, 0, 7000)
	merged := false
	for line := range strings.Lines(beside + variantsText) {
		if line[0] == '#' {
			continue
		}
		for _, group := range strings.Fields(line) {
			first, _ := utf8.DecodeRuneInString(group)
			for _, r := range group {
				list = append(list, variant{uint16(r), uint16(first), merged})
			}
		}
		merged = line != beside // the second line of the table
	}
	slices.SortFunc(list, func(a, b variant) int { return int(a.char) - int(b.char) })
	return list
})

// sameCharacter reports whether two different runes are shapes of one character:
// standsUnknown if they may be, or may be two that fell together.
func sameCharacter(p, q rune) standing {
	x, ok := lookVariant(p)
	if !ok {
		return standsNo
	}
	if y, ok := lookVariant(q); !ok || x.group != y.group {
		return standsNo
	}
	if x.merged {
		return standsUnknown
	}
	return standsYes
}

func lookVariant(r rune) (variant, bool) {
	if r > 0xFFFF {
		return variant{}, false
	}
	list := variants()
	i, ok := slices.BinarySearchFunc(list, uint16(r), func(v variant, c uint16) int { return int(v.char) - int(c) })
	if !ok {
		return variant{}, false
	}
	return list[i], true
}
