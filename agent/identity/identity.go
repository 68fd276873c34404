// Package identity computes how far a subject is who the case file says: the
// form of the number, the dates in it, whether declared and documented name and
// number agree, what authorities answered, whose account is paid out to, and
// whether the account looks as if it were in other hands.
//
// It is pure: evidence and an instant in, facts out, nothing asked, nothing
// kept. A passed form is never a verified identity; only a fresh answer of a
// source raises the assurance above the form, and only as far as the factors
// that are on file. A face that was not compared costs nothing: every level but
// the highest is reached without one. What is absent, malformed, stale or
// contradicted is unknown and lowers the assurance; it never refutes anybody.
// Area codes, spans of documents, cards and phones that look wrong are warnings.
//
// Identifiers: GB 11643-1999 (18 characters, ISO 7064 MOD 11-2), which residence
// permits of people from Hong Kong, Macao and Taiwan and since December 2023 the
// card of foreign permanent residents follow, and its predecessor of 1989 (15
// digits); of the older card, travel permits and passports the pattern alone;
// ISO/IEC 7812 (Luhn) for bank cards. Areas and shapes of characters are tables
// that cmd/internal/tablegen writes. Which assurance a purpose needs, and what
// follows from a mismatch, is for the rules to say.
package identity

import (
	"slices"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// Figures are the ages at which an answer of a source stops counting, in days,
// and what else the check weighs by. They are the product's own, not of any law.
// The zero Figures trust no answer.
type Figures struct {
	TwoFactorDays int64 // name and number: they change least
	CarrierDays   int64 // numbers change hands after 90 days of rest
	BankCardDays  int64
	FaceDays      int64 // says who held the phone then, so it ages fastest
	// OneQuestionDays is within how many days two answers of one provider about a
	// phone or a card are taken to be about the same one.
	OneQuestionDays int64
	// FaceScoreBP is the likeness below which a vendor's match is noted as
	// narrow, basis points. The vendor's word stands: scores of different
	// vendors do not compare.
	FaceScoreBP int64
	// AreaLagYears is for how long after a code was given up offices may still
	// have given it to the newly born.
	AreaLagYears int
	Takeover     Takeover
}

// Defaults returns the figures of a lender who set none.
func Defaults() Figures {
	return Figures{
		TwoFactorDays: 365, CarrierDays: 90, BankCardDays: 90, FaceDays: 30, OneQuestionDays: 1,
		FaceScoreBP:  8000,
		AreaLagYears: 5,
		Takeover: Takeover{
			RecentDays: 7, HistoryDays: 180, MinHistory: 10,
			NightUntil: 5, HabitBP: 1000,
			Times: 3, MinCount: 5, MinAmount: 1000_00,
			NewDevice: 1, NewPlace: 1, OddHours: 1,
			PhoneChanged: 2, CardChanged: 1, PasswordChanged: 1,
			UnusualFrequency: 2, UnusualAmount: 2,
			Strong: 6,
		},
	}
}

// Check computes the facts with the figures of [Defaults].
func Check(e *agent.Evidence, declared agent.Person, asOf int64) agent.IdentityFacts {
	return Defaults().Check(e, declared, asOf)
}

// Check computes the facts about the declared person as of an instant in
// seconds. Declared values count before those of the evidence; a nil e is no
// evidence at all. It may be called concurrently.
//
// Codes it may give, all warnings but for the mismatches, in the order of what
// they are about:
//
//   - number.invalid, number.kind_differs, number.legacy, number.mismatch;
//     area.abolished, area.unknown, area.untimely
//   - name.ambiguous, name.dot_differs, name.malformed, name.mismatch,
//     name.order_differs, name.script_differs, name.shape_differs
//   - document.expired, document.inconsistent, document.kind_differs,
//     document.span_unusual
//   - phone.differs, phone.invalid, card.unusual
//   - answer.contradicted (one provider, with the kind's conflicting beside it),
//     answer.future, answer.stale (with the kind's own code beside it),
//     answer.undated, and for each kind k of two_factor, carrier, bank_card and
//     face: k.conflicting, k.stale, k.unanchored, k.unanswered, k.unmatched;
//     face.not_live, face.score_low
//   - payout.holder_differs, payout.holder_unclear, payout.unconfirmed,
//     payout.unmatched
//   - amount.unusual, card.changed, device.new, frequency.unusual, hours.odd,
//     password.changed, phone.changed, place.new
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

	seen := document != (agent.Identity{})
	documentKind := kindOfNumber(document.Kind, document.Number)
	onDocument := parseIdentifier(documentKind, document.Number, today)
	given, kind := onDocument, documentKind
	if !declared.Number.IsZero() {
		kind = kindOfNumber(declared.Document, declared.Number)
		given = parseIdentifier(kind, declared.Number, today)
	}
	facts := agent.IdentityFacts{
		Assurance: agent.AssuranceNone,
		NameMatch: matchNames(declared.Name, document.Name, kind != agent.DocumentCitizen, &codes),
		Sex:       "unknown",
		Takeover:  f.Takeover.takeover(e.DeviceLog, asOf, &codes),
	}
	if !declared.Number.IsZero() {
		facts.NumberMatch = matchNumbers(&given, &onDocument)
	}
	if seen {
		facts.Document = documentKind
		if kind != documentKind {
			codes.add("document.kind_differs")
		}
	}
	facts.NumberForm = given.form.String()
	given.note(declared.Document, f.AreaLagYears, &codes)
	// Two different numbers are two persons: neither one's age stands.
	if facts.NumberMatch == agent.No {
		codes.add("number.mismatch")
	} else if given.form >= formLegacy {
		facts.Age = age(declared, document, kind, documentKind, facts.NameMatch, today)
		if given.dated && kind != agent.DocumentForeigner {
			facts.Sex = given.n.sex()
		}
	}

	born := document.BornOn
	if onDocument.dated {
		if born != 0 && born != onDocument.n.born() {
			codes.add("document.inconsistent")
		}
		born = onDocument.n.born()
	}
	facts.DocumentExpired = expired(document, today, born, &codes)
	checkSpan(document, documentKind, born, &codes)

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

	answers, live := f.weigh(e.Answers, asOf, &codes)
	facts.Live = live
	facts.Refuted = answers.refuted()
	name := declared.Name
	if name.IsZero() {
		name = document.Name
	}
	facts.Payout, facts.PayoutBank = payout(e.Cards, name, cards, answers[bankCard], &codes)
	if given.form >= formLegacy {
		facts.Assurance = agent.AssuranceFormat
		// Without a name, or while declared and documented person differ, it
		// is open whom a source was asked about.
		if !name.IsZero() && facts.NameMatch != agent.No && facts.NumberMatch != agent.No {
			facts.Assurance = answers.assurance(facts.PhoneForm == agent.Yes, len(cards) > 0, &codes)
		}
	}
	facts.Codes = codes.sorted()
	return facts
}

// age returns the age of the declared person, or else of the one that the document is
// of. The number tells it or, where numbers of its kind hold no date, a document that
// was seen; not one in another name.
func age(declared agent.Person, document agent.Identity, kind, documentKind string, name agent.Tri, today agent.Date) agent.Int {
	who := agent.Person{Number: declared.Number, Document: kind}
	if who.Number.IsZero() {
		who.Number = document.Number
	}
	document.Kind = documentKind
	if name != agent.No {
		who.BornOn = document.Birth(&who)
	}
	return who.AgeAt(today)
}

// codeList gathers codes without allocating until there is one to return.
type codeList struct {
	n   int
	buf [64]string // more than there are codes
}

// add reports whether the code is a new one.
func (l *codeList) add(code string) bool {
	if l.n == len(l.buf) || slices.Contains(l.buf[:l.n], code) {
		return false
	}
	l.buf[l.n] = code
	l.n++
	return true
}

func (l *codeList) sorted() []string {
	if l.n == 0 {
		return nil
	}
	s := slices.Clone(l.buf[:l.n])
	slices.Sort(s)
	return s
}
