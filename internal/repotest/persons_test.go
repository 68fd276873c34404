package repotest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Numbers in this repository belong to nobody:
//
//	identity numbers   area 99…, which was never assigned; or born before 1906;
//	                   or sequence 000; or with a wrong check character
//	mobile numbers     1[3-9]x 0000 xxxx
//	card numbers       prefix 629999; or failing Luhn
//
// The tests look at runs of digits that no letter or digit touches, in every
// text file. Numbers that code puts together they do not see.
func TestPersons_noPlausibleNumber(t *testing.T) {
	eachText(t, func(name string, text []byte) {
		if strings.HasSuffix(name, "go.sum") {
			return
		}
		for _, r := range digitRuns(text) {
			if what := plausible(r.text); what != "" {
				// The number is not printed: it may be somebody's.
				t.Errorf("%s:%d: %d digits that may be %s", name, lineOf(text, r.at), len(r.text), what)
			}
		}
	})
}

type digitRun struct {
	at   int
	text string
}

// digitRuns returns the runs of digits, with an X behind them if there is one,
// that stand alone.
func digitRuns(text []byte) (runs []digitRun) {
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i]) {
			continue
		}
		start := i
		for i < len(text) && isDigit(text[i]) {
			i++
		}
		if i < len(text) && (text[i] == 'X' || text[i] == 'x') {
			i++
		}
		if (start == 0 || !isWord(text[start-1])) && (i == len(text) || !isWord(text[i])) {
			runs = append(runs, digitRun{start, string(text[start:i])})
		}
	}
	return runs
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWord(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// plausible says what a run of digits may be to a living person, "" for nothing.
func plausible(s string) string {
	switch {
	case isCitizenNumber(s):
		if s[:2] != "99" && s[6:10] >= "1906" && s[14:17] != "000" {
			return "an identity number"
		}
		return "" // invented as it should be; that it passes Luhn by chance says nothing
	case isOldCitizenNumber(s):
		return "an identity number of 15 digits"
	case len(s) == 11 && s[0] == '1' && s[1] >= '3' && s[3:7] != "0000" && isDigit(s[10]):
		return "a mobile number"
	case len(s) >= 16 && len(s) <= 19 && strings.IndexByte("3456", s[0]) >= 0 && !strings.HasPrefix(s, "629999") && luhn(s):
		return "a card number"
	}
	return ""
}

// isCitizenNumber holds for 18 characters with a date that exists and the right
// check character (GB 11643, ISO 7064 MOD 11-2).
func isCitizenNumber(s string) bool {
	if len(s) != 18 {
		return false
	}
	sum := 0
	for i := range 17 {
		if !isDigit(s[i]) {
			return false
		}
		sum = (sum + int(s[i]-'0')) * 2 % 11
	}
	return strings.ToUpper(s[17:]) == "0123456789X"[(12-sum)%11:][:1] && isDate(s[6:14])
}

// isOldCitizenNumber holds for 15 digits of an assigned province with a date
// that exists and a sequence: there is no check digit to tell more.
func isOldCitizenNumber(s string) bool {
	if len(s) != 15 || !isDigit(s[14]) || s[12:] == "000" {
		return false
	}
	const provinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
	return strings.Contains(provinces, s[:2]) && isDate("19"+s[6:12])
}

func isDate(s string) bool {
	d, err := time.Parse("20060102", s)
	return err == nil && d.Before(time.Now())
}

func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		c := s[len(s)-1-i]
		if !isDigit(c) {
			return false
		}
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func TestPersons_scannerKnowsPlausibleNumbers(t *testing.T) {
	number := func(area, date, sequence string) string {
		for _, c := range "0123456789X" {
			if s := area + date + sequence + string(c); isCitizenNumber(s) {
				return s
			}
		}
		t.Fatal("no check character")
		return ""
	}
	endsInX := ""
	for n := 1; !strings.HasSuffix(endsInX, "X"); n++ {
		endsInX = number("110101", "19900307", fmt.Sprintf("%03d", n))
	}
	for _, c := range []struct{ text, want string }{
		{number("110101", "19900307", "123"), "an identity number"},
		{endsInX, "an identity number"},
		{strings.ToLower(endsInX), "an identity number"},
		{number("990101", "19900307", "123"), ""},
		{number("110101", "19050307", "123"), ""},
		{number("110101", "19900307", "000"), ""},
		{"1", ""},
		{strings.Repeat("1", 17) + "X", ""},
		{"110101" + "900307" + "123", "an identity number of 15 digits"},
		{"110101" + "900307" + "000", ""},
		{"110101" + "901307" + "123", ""},
		{"990101" + "900307" + "123", ""},
		{"138" + "1234" + "5678", "a mobile number"},
		{"138" + "0000" + "5678", ""},
		{"128" + "1234" + "5678", ""},
		{"6222" + "0000" + "0000" + "0000" + "0", ""},
		{"4111" + "1111" + "1111" + "1111", "a card number"},
		{"629999" + "0000" + "0000" + "06", ""},
	} {
		if got := plausible(c.text); got != c.want {
			t.Errorf("plausible(%d digits) = %q, want %q", len(c.text), got, c.want)
		}
	}
	text := fmt.Sprintf("a%[1]d %[1]d,%[1]dX;%[1]dXY\n%[1]d", 12)
	var got []string
	for _, r := range digitRuns([]byte(text)) {
		got = append(got, r.text)
	}
	if want := "12 12X 12"; strings.Join(got, " ") != want {
		t.Errorf("digitRuns = %q, want %q", got, want)
	}
}
