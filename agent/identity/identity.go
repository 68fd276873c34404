// Package identity computes how far a subject is who the case file says: the
// form of the number, the dates in it, whether declared and documented name and
// number agree, and what authorities answered.
//
// It is pure: evidence and an instant in, facts out, nothing asked, nothing
// kept. A passed form is never a verified identity; only a fresh answer of a
// source raises the assurance above the form, and only as far as the factors
// that are on file. What is absent, malformed, stale or contradicted is unknown
// and lowers the assurance; it never refutes anybody. Area codes, cards and
// phones that look wrong are warnings.
//
// Identifiers: GB 11643-1999 (18 characters, ISO 7064 MOD 11-2) and its
// predecessor of 1989 (15 digits), GB/T 2260 for the first two digits of the
// area, ISO/IEC 7812 (Luhn) for cards. Which assurance a purpose needs, and what
// follows from a mismatch, is for the rules to say.
package identity

import (
	"slices"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// Figures are the ages at which an answer of a source stops counting, in days.
// They are internal figures of the lender, not of any law. The zero Figures
// trust no answer.
type Figures struct {
	TwoFactorDays int64 // name and number: they change least
	CarrierDays   int64 // numbers change hands after 90 days of rest
	BankCardDays  int64
	FaceDays      int64 // says who held the phone then, so it ages fastest
}

// Defaults returns the figures of a lender who set none.
func Defaults() Figures {
	return Figures{TwoFactorDays: 365, CarrierDays: 90, BankCardDays: 90, FaceDays: 30}
}

// Check computes the facts with the figures of [Defaults].
func Check(e *agent.Evidence, declared agent.Person, asOf int64) agent.IdentityFacts {
	return Defaults().Check(e, declared, asOf)
}

// Check computes the facts about the declared person as of an instant in
// seconds. Declared values count before those of the evidence; a nil e is no
// evidence at all. It may be called concurrently.
//
// Codes it may give, all warnings but for the mismatches: answer.future,
// answer.stale (with the kind's own code beside it), answer.undated, area.unknown, card.unusual, document.expired,
// document.inconsistent, name.dot_differs, name.malformed, name.mismatch,
// number.invalid, number.legacy, number.mismatch, phone.differs, phone.invalid,
// and for each kind k of two_factor, carrier, bank_card and face: k.conflicting,
// k.stale, k.unanchored, k.unanswered, k.unmatched.
func (f Figures) Check(e *agent.Evidence, declared agent.Person, asOf int64) agent.IdentityFacts {
	if e == nil {
		e = &agent.Evidence{}
	}
	var document agent.Identity
	if e.Identity != nil {
		document = *e.Identity
	}
	var codes codeList
	today := agent.DateOf(time.Unix(asOf, 0))
	facts := agent.IdentityFacts{
		Assurance:   agent.AssuranceNone,
		NumberForm:  "unknown",
		Sex:         "unknown",
		NameMatch:   matchNames(declared.Name, document.Name, &codes),
		NumberMatch: matchNumbers(declared.Number, document.Number),
	}

	given := declared.Number
	if given.IsZero() {
		given = document.Number
	}
	id, form := parseNumber(given.Reveal(), today)
	facts.NumberForm = form.String()
	switch form {
	case formInvalid:
		codes.add("number.invalid")
	case formLegacy:
		codes.add("number.legacy")
	}
	formed := form == formValid || form == formLegacy
	if formed {
		if !id.areaKnown() {
			codes.add("area.unknown")
		}
		// Two different numbers are two persons: neither one's age stands.
		if facts.NumberMatch != agent.No {
			facts.Age = agent.Known(id.age(today))
			facts.Sex = id.sex()
		}
	}
	if facts.NumberMatch == agent.No {
		codes.add("number.mismatch")
	}

	facts.DocumentExpired = expired(document, today, &codes)
	phone := declared.Phone
	if e.Phone != nil {
		if phone.IsZero() {
			phone = e.Phone.Number
		} else if !samePhone(phone, e.Phone.Number) {
			codes.add("phone.differs")
		}
	}
	if facts.PhoneForm = phoneForm(phone); facts.PhoneForm == agent.No {
		codes.add("phone.invalid")
	}
	cards := declared.Cards
	if len(cards) == 0 && e.Cards != nil {
		cards = e.Cards.Numbers
	}
	if facts.CardForm = cardForm(cards); facts.CardForm == agent.No {
		codes.add("card.unusual")
	}

	answers := f.weigh(e.Answers, asOf, &codes)
	facts.Refuted = answers.refuted()
	if formed {
		facts.Assurance = agent.AssuranceFormat
		// Without a name, or while declared and documented person differ, it
		// is open whom a source was asked about.
		named := !declared.Name.IsZero() || !document.Name.IsZero()
		if named && facts.NameMatch != agent.No && facts.NumberMatch != agent.No {
			facts.Assurance = answers.assurance(facts.PhoneForm == agent.Yes, len(cards) > 0, &codes)
		}
	}
	facts.Codes = codes.sorted()
	return facts
}

// expired reports whether the document's last day is behind us. The last day
// itself still counts.
func expired(d agent.Identity, today agent.Date, codes *codeList) agent.Tri {
	if d.IssuedOn != 0 && (d.IssuedOn > today || d.ExpiresOn != 0 && d.ExpiresOn < d.IssuedOn) {
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

// codeList gathers codes without allocating until there is one to return.
type codeList struct {
	n   int
	buf [32]string // more than there are codes
}

func (l *codeList) add(code string) {
	if l.n < len(l.buf) && !slices.Contains(l.buf[:l.n], code) {
		l.buf[l.n] = code
		l.n++
	}
}

func (l *codeList) sorted() []string {
	if l.n == 0 {
		return nil
	}
	s := slices.Clone(l.buf[:l.n])
	slices.Sort(s)
	return s
}
