package identity

import "github.com/yanmen/yanmen/agent"

// kindOfNumber returns the kind of document that a number is of: the one that
// was said, else what the first digits tell. No area begins with 9, but 99 marks
// people who do not exist and stays a citizen's.
func kindOfNumber(said string, p agent.Personal) string {
	if said != "" {
		return said
	}
	if n, f := readNumber(p.Reveal()); f == formValid {
		if n.ofPermit() {
			return agent.DocumentPermit
		}
		if n[0] == '9' && n[1] != '9' {
			return agent.DocumentForeigner
		}
	}
	return agent.DocumentCitizen
}

// ofPermit holds for residents from Hong Kong, Macao and Taiwan.
func (n *number) ofPermit() bool {
	return n[0] == '8' && n[1] >= '1' && n[1] <= '3' && string(n[2:6]) == "0000"
}

// An identifier is the number of a document after reading.
type identifier struct {
	kind string
	form form
	// n is the number if it is one of 18 characters, with a date and a check
	// character in it.
	n     number
	dated bool
	// text is the number without spaces, letters raised; length is 0 if it does
	// not fit.
	text   [18]byte
	length int
}

// readIdentifier reads a number as one of its kind. The date in it is not
// checked.
func readIdentifier(kind string, p agent.Personal) (id identifier) {
	s := p.Reveal()
	id.kind, id.form = kind, formInvalid
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ':
			continue
		case id.length == len(id.text):
			id.length = 0
			return id
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		}
		id.text[id.length] = c
		id.length++
	}
	if id.length == 0 {
		id.form = formUnknown
		return id
	}
	t := id.text[:id.length]
	switch kind {
	case agent.DocumentCitizen, agent.DocumentPermit, agent.DocumentForeigner:
		if kind == agent.DocumentForeigner && id.length == 15 {
			// The card before December 2023, which stays valid.
			id.form = fits(letters(t[:3]) && numerals(t[3:]))
			return id
		}
		id.n, id.form = readNumber(s)
		if id.form == formLegacy && kind != agent.DocumentCitizen ||
			kind == agent.DocumentPermit && !id.n.ofPermit() || kind == agent.DocumentForeigner && id.n[0] != '9' {
			id.form = formInvalid
		}
		if id.dated = id.form >= formLegacy; id.dated {
			id.text, id.length = id.n, len(id.n)
		}
	case agent.DocumentHKMacao:
		// Cards before 2013 have two digits more, which count reissues.
		id.form = fits((t[0] == 'H' || t[0] == 'M') && (id.length == 9 || id.length == 11) && numerals(t[1:]))
		if id.length > 9 { // one person, however often reissued
			clear(id.text[9:])
			id.length = 9
		}
	case agent.DocumentTaiwan:
		id.form = fits(id.length == 8 && numerals(t))
	case agent.DocumentPassport:
		// Of any country: up to nine letters and digits, digits among them.
		id.form = fits(id.length >= 5 && id.length <= 9 && passport(t))
	}
	return id
}

// parseIdentifier checks the date too.
func parseIdentifier(kind string, p agent.Personal, today agent.Date) identifier {
	id := readIdentifier(kind, p)
	if id.dated {
		if born := id.n.born(); !exists(born) || born > today || id.n.age(today) > maxAge {
			id.form, id.dated = formInvalid, false
		}
	}
	return id
}

// note adds what there is to say of the number itself. said is the kind that was
// declared with it, "" if none was.
func (id *identifier) note(said string, lagYears int, codes *codeList) {
	switch {
	case id.form == formInvalid:
		codes.add("number.invalid")
		if id.kind == agent.DocumentPermit || id.kind == agent.DocumentForeigner {
			if _, f := readNumber(string(id.text[:id.length])); f == formValid {
				codes.add("number.kind_differs")
			}
		}
	case id.form == formLegacy:
		codes.add("number.legacy")
	}
	if id.dated {
		if said == agent.DocumentCitizen && id.n.ofPermit() {
			codes.add("number.kind_differs")
		}
		id.n.checkArea(id.kind, lagYears, codes)
	}
}

func fits(ok bool) form {
	if ok {
		return formValid
	}
	return formInvalid
}

func numerals(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func letters(b []byte) bool {
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

func passport(b []byte) bool {
	digit := false
	for i, c := range b {
		if numerals(b[i : i+1]) {
			digit = true
		} else if c < 'A' || c > 'Z' {
			return false
		}
	}
	return digit
}

// matchNumbers compares two numbers as persons: 15 digits and the 18 that they
// became are one. A number that is no number matches nothing and refutes
// nothing, and neither do numbers of different kinds: many people have a
// passport beside their card.
func matchNumbers(a, b *identifier) agent.Tri {
	switch {
	case a.form < formLegacy || b.form < formLegacy:
		return agent.Unknown
	case a.text == b.text && a.length == b.length:
		return agent.Yes
	case a.kind != b.kind:
		return agent.Unknown
	case a.kind == agent.DocumentForeigner && a.dated != b.dated:
		return agent.Unknown // the card before and after the change of form
	}
	return agent.No
}

// expired reports whether the document's last day is behind us. The last day
// itself still counts. Days that cannot be give no answer.
func expired(d agent.Identity, today, born agent.Date, codes *codeList) agent.Tri {
	if d.IssuedOn != 0 && (d.IssuedOn > today || d.IssuedOn < born || d.ExpiresOn != 0 && d.ExpiresOn < d.IssuedOn) {
		codes.add("document.inconsistent")
		return agent.Unknown
	}
	switch {
	case d.ExpiresOn == 0:
		return agent.Unknown
	case d.ExpiresOn < today:
		codes.add("document.expired")
		return agent.Yes
	}
	return agent.No
}

const longTerm agent.Date = 99991231

// checkSpan warns if a document of its kind is not issued for so long to a
// person of that age. Citizens: five years below 16, ten from 16 to 25, twenty
// from 26 to 45, long-term from 46 (Law on Resident Identity Cards, article 5);
// residence permits: five. Of other kinds the span says too little. born is 0
// if the day of birth is unknown.
func checkSpan(d agent.Identity, kind string, born agent.Date, codes *codeList) {
	if !exists(d.IssuedOn) || d.ExpiresOn == 0 || d.ExpiresOn < d.IssuedOn {
		return
	}
	usual := true
	switch age := (d.IssuedOn - born) / 10000; {
	case kind == agent.DocumentPermit:
		usual = lasts(d, 5)
	case kind != agent.DocumentCitizen:
	case born == 0:
		usual = lasts(d, 5) || lasts(d, 10) || lasts(d, 20) || d.ExpiresOn == longTerm
	case age < 16:
		usual = lasts(d, 5)
	case age < 26:
		usual = lasts(d, 10)
	case age < 46:
		usual = lasts(d, 20)
	default:
		usual = d.ExpiresOn == longTerm
	}
	if !usual {
		codes.add("document.span_unusual")
	}
}

// lasts leaves a day before: a card of 29 February ends on 28 February or 1 March,
// and some offices write the eve of the day.
func lasts(d agent.Identity, years agent.Date) bool {
	gap := d.ExpiresOn.Days(d.IssuedOn + years*10000)
	return gap == 0 || gap == -1
}
