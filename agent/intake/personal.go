package intake

// isPersonal reports whether a reference is a person's number in disguise: a
// citizen identity number, a mobile number or a bank card number. The whole is
// tried without its separators, and each part between them for identity and
// mobile numbers (a part that passes Luhn is too often a mere serial number).
// Check characters of identity numbers are not looked at: a mistyped number
// still tells who it is.
func isPersonal(s string) bool {
	digits := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			digits++
		}
	}
	if digits < 11 { // the shortest of them is a mobile number
		return false
	}
	var buf [maxKey]byte
	whole := buf[:0]
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '-' && s[i] != '.' && s[i] != '_' {
			if len(whole) < cap(whole) {
				whole = append(whole, s[i])
			}
			continue
		}
		if part := s[start:i]; isCitizen(part) || isMobile(part) {
			return true
		}
		start = i + 1
	}
	w := string(whole)
	return isCitizen(w) || isMobile(w) || isCard(w)
}

// provinces are the first two digits of area codes (GB/T 2260), and 99, which
// is never assigned and stands for synthetic people.
var provinces = func() (p [100]bool) {
	for _, n := range []int{11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46,
		50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83, 91, 99} {
		p[n] = true
	}
	return p
}()

// isCitizen reports the form of GB 11643: area, date of birth, sequence.
func isCitizen(s string) bool {
	var y, m, d int
	switch {
	case len(s) == 18 && allDigits(s[:17]) && (allDigits(s[17:]) || s[17] == 'X' || s[17] == 'x'):
		y, m, d = number(s[6:10]), number(s[10:12]), number(s[12:14])
	case len(s) == 15 && allDigits(s):
		y, m, d = 1900+number(s[6:8]), number(s[8:10]), number(s[10:12])
	default:
		return false
	}
	return provinces[number(s[:2])] && y >= 1850 && y <= lastYear && m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, m)
}

// isMobile reports a mainland mobile number, with or without the country code.
func isMobile(s string) bool {
	if len(s) == 13 && s[:2] == "86" {
		s = s[2:]
	}
	return len(s) == 11 && allDigits(s) && s[0] == '1' && s[1] >= '3'
}

// isCard reports 16 to 19 digits with a card network's prefix that pass Luhn.
func isCard(s string) bool {
	if len(s) < 16 || len(s) > 19 || !allDigits(s) {
		return false
	}
	switch {
	case s[0] == '3', s[0] == '4', s[0] == '5', s[:2] == "62":
	default:
		return false
	}
	sum := 0
	for i := range len(s) {
		n := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// number gives the number that a short run of digits writes.
func number(s string) (n int) {
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
