package agent

// maxAge is the age beyond which a date of birth is taken for a mistake.
const maxAge = 120

// AgeAt returns the full years of a person at a day. The date in the number counts.
// The numbers of travel permits, of passports and of the permanent residence cards
// before December 2023 hold none: of them the date on the document counts, see
// [Person.BornOn]. Of all other kinds a number without a date is a mistake, and a
// document does not mend it. Where number and document differ nobody knows the age.
func (p *Person) AgeAt(on Date) Int {
	age := AgeAt(p.Number.Reveal(), on)
	switch {
	case p.BornOn == 0:
		return age
	case age.IsKnown():
		if !holds(NormalizeNumber(p.Number.Reveal()), p.BornOn) {
			return Int{}
		}
		return age
	case !undated(p.Document, NormalizeNumber(p.Number.Reveal())) || p.BornOn < 0 || DateOf(p.BornOn.Time()) != p.BornOn ||
		p.BornOn > on || int(on-p.BornOn)/10000 > maxAge:
		return Int{}
	}
	return Known(int64(on-p.BornOn) / 10000)
}

// holds reports whether a citizen identity number of 18 characters holds a date.
func holds(number string, born Date) bool {
	for i := 13; i >= 6; i-- {
		if number[i] != byte('0'+born%10) {
			return false
		}
		born /= 10
	}
	return born == 0
}

// undated holds for documents whose numbers hold no date of birth.
func undated(kind, number string) bool {
	switch kind {
	case DocumentHKMacao, DocumentTaiwan, DocumentPassport:
		return len(number) < 15
	case DocumentForeigner:
		return len(number) == 15
	}
	return false
}

// Birth returns the day of birth that the document shows of a person: zero if it
// shows none, or one after it was issued, or is not of the kind and number that the
// person has.
func (i *Identity) Birth(p *Person) Date {
	kind := kindOf(i.Kind)
	plain := func(n Personal) string {
		s := NormalizeNumber(n.Reveal())
		if kind == DocumentHKMacao {
			s = s[:min(len(s), 9)] // what follows counts reissues
		}
		return s
	}
	if n := plain(i.Number); n == "" || n != plain(p.Number) || kind != kindOf(p.Document) || i.IssuedOn != 0 && i.IssuedOn < i.BornOn {
		return 0
	}
	return i.BornOn
}

// kindOf returns the kind of a document that may go without saying.
func kindOf(kind string) string {
	if kind == "" {
		return DocumentCitizen
	}
	return kind
}
