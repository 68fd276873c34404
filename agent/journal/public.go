package journal

const (
	maxNumber = 1_000_000_000_000_000 // 10¹⁵: room for milliseconds, none for a card number
	maxString = 128
	maxDepth  = 8
	// maxPlainDigits is the longest string of digits alone: one less than a
	// mobile number has.
	maxPlainDigits = 10
)

// scanPublic returns the length of the public part at the start of b, or 0 if
// there is no valid one. See [Leaf] for what is valid.
func scanPublic(b []byte) int {
	if len(b) == 0 || b[0] != '{' {
		return 0
	}
	s := scanner{b: b[:min(len(b), maxPublic)]}
	if !s.value(1) {
		return 0
	}
	return s.i
}

// A scanner reads the narrow JSON of public parts. Its methods report whether
// what they name stands at i, and leave i behind it.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.i++
	return true
}

func (s *scanner) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

func (s *scanner) value(depth int) bool {
	switch s.peek() {
	case '{':
		return depth <= maxDepth && s.object(depth)
	case '[':
		return depth <= maxDepth && s.array(depth)
	case '"':
		_, ok := s.text(&textBytes)
		return ok
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

func (s *scanner) object(depth int) bool {
	s.i++
	if s.take('}') {
		return true
	}
	var few [8][]byte
	names := few[:0]
	for {
		name, ok := s.text(&nameBytes)
		if !ok || len(name) == 0 || !s.take(':') {
			return false
		}
		// Quadratic in the members of one object, of which 32 KiB hold few.
		for _, n := range names {
			if string(n) == string(name) {
				return false
			}
		}
		names = append(names, name)
		if !s.value(depth + 1) {
			return false
		}
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

func (s *scanner) array(depth int) bool {
	s.i++
	if s.take(']') {
		return true
	}
	for {
		if !s.value(depth + 1) {
			return false
		}
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// text reads a string of allowed bytes. None of them needs an escape, so a text
// has one form.
func (s *scanner) text(allowed *[256]bool) ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	start, plain := s.i, true
	for allowed[s.peek()] {
		// An identity number may end in X.
		if c := s.peek(); !isDigit(c) && c != 'X' && c != 'x' {
			plain = false
		}
		s.i++
	}
	t := s.b[start:s.i]
	if len(t) > maxString || plain && len(t) > maxPlainDigits {
		return nil, false
	}
	return t, s.take('"')
}

func (s *scanner) number() bool {
	negative := s.take('-')
	if s.take('0') {
		return !negative && !isDigit(s.peek())
	}
	start := s.i
	for isDigit(s.peek()) {
		s.i++
	}
	return s.i > start && s.i-start <= 15 // below maxNumber
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// The bytes of names and of strings. Tables, because every entry is read on its
// way into the journal.
var (
	nameBytes = bytesOf("abcdefghijklmnopqrstuvwxyz0123456789_")
	textBytes = bytesOf("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/+=-")
)

func bytesOf(s string) (t [256]bool) {
	for _, c := range []byte(s) {
		t[c] = true
	}
	return t
}
