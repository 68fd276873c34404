package identity

import "github.com/yanmen/yanmen/agent"

type form uint8

const (
	formUnknown form = iota
	formInvalid
	formLegacy // 15 digits of 1989, completed to 18
	formValid
)

func (f form) String() string {
	return [...]string{"unknown", "invalid", "legacy", "valid"}[f]
}

// maxAge is the age beyond which a date of birth is taken for a mistake.
const maxAge = 120

// A number is a citizen identity number in its 18-character form.
type number [18]byte

// readNumber reads a number as [agent.NormalizeNumber] would normalise it, and
// checks its characters and its check character. The date needs an as-of
// instant, see parseIdentifier.
func readNumber(s string) (n number, _ form) {
	if s == "" {
		return n, formUnknown
	}
	s = agent.NarrowNumber(s)
	length := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ':
			continue
		case length == len(n):
			return n, formInvalid
		case c == 'x' && length == len(n)-1:
			c = 'X'
		case c == 'X' && length == len(n)-1:
		case c < '0' || c > '9':
			return n, formInvalid
		}
		n[length] = c
		length++
	}
	switch length {
	case 0:
		return n, formUnknown
	case 15:
		copy(n[8:17], n[6:15])
		n[6], n[7] = '1', '9'
		n[17] = agent.CheckCharacter(n[:17])
		return n, formLegacy
	case 18:
		if agent.CheckCharacter(n[:17]) == n[17] {
			return n, formValid
		}
	}
	return n, formInvalid
}

// born returns the date in the number, which need not exist.
func (n *number) born() (d agent.Date) {
	for _, c := range n[6:14] {
		d = d*10 + agent.Date(c-'0')
	}
	return d
}

// age returns the full years at today. Dates compare as numbers, so that
// someone born on 29 February is a year older on 1 March of a common year: a
// period that lacks its day ends with the month (Civil Code, article 202), and
// a borrower counts as a minor until the day is over.
func (n *number) age(today agent.Date) int64 {
	return int64(today-n.born()) / 10000
}

// sex reads the parity of the sequence number.
func (n *number) sex() string {
	if n[16]&1 == 1 {
		return "male"
	}
	return "female"
}

func exists(d agent.Date) bool {
	month, day := int(d)/100%100, int(d)%100
	return month >= 1 && month <= 12 && day >= 1 && agent.DateOf(d.Time()) == d
}

// phoneForm checks a mobile number of the mainland, with or without +86.
func phoneForm(p agent.Personal) agent.Tri {
	digits, n, ok := phoneDigits(p)
	switch {
	case n == 0 && ok:
		return agent.Unknown
	case !ok || n != 11:
		return agent.No
	}
	return agent.TriOf(digits[0] == '1' && digits[1] >= '3')
}

func samePhone(a, b agent.Personal) bool {
	x, nx, _ := phoneDigits(a)
	y, ny, _ := phoneDigits(b)
	return nx == 0 || ny == 0 || x == y && nx == ny
}

// phoneDigits returns the national digits of a phone number, without spaces and
// dashes, and reports whether there was nothing else in it.
func phoneDigits(p agent.Personal) (digits [16]byte, n int, ok bool) {
	s := p.Reveal()
	if len(s) > 0 && s[0] == '+' {
		if len(s) < 3 || s[1:3] != "86" {
			return digits, 0, false
		}
		s = s[3:]
	} else if len(s) > 11 && s[:2] == "86" {
		s = s[2:]
	} else if len(s) > 11 && s[:4] == "0086" {
		s = s[4:]
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ' || c == '-':
		case c < '0' || c > '9' || n == len(digits):
			return digits, n, false
		default:
			digits[n] = c
			n++
		}
	}
	return digits, n, n > 0 || len(s) == 0 && p.IsZero()
}

// cardForm reports whether every card has 13 to 19 digits and passes Luhn's
// check. Old account numbers may fail it, so No is a warning.
func cardForm(cards []agent.Personal) agent.Tri {
	form := agent.Unknown
	for _, c := range cards {
		if c.IsZero() {
			continue
		}
		if !luhn(c.Reveal()) {
			return agent.No
		}
		form = agent.Yes
	}
	return form
}

func luhn(s string) bool {
	sum, n := 0, 0
	for i := len(s) - 1; i >= 0; i-- {
		c := s[i]
		if c == ' ' || c == '-' {
			continue
		}
		if c < '0' || c > '9' {
			return false
		}
		d := int(c - '0')
		if n++; n%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return n >= 13 && n <= 19 && sum%10 == 0
}
