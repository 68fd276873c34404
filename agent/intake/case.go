package intake

import "github.com/yanmen/yanmen/agent"

// A document is what the members of the outermost object become.
type document struct {
	file       agent.File
	statements []statementPart
}

// add appends a record unless its object was faulty, which is known from the
// errors.
func (f *document) add(source string, at int64, data agent.Datum) {
	f.file.Collected = append(f.file.Collected, agent.Record{
		Category: data.Category(), Source: source, CollectedAt: at, Data: data,
	})
}

var root = object[document]{
	{"version", required, func(d *decoder, f *document) {
		if n, ok := d.whole(0, maxCount); ok && n != 1 {
			d.fail(ruleVersion, "want 1, the only version that this program reads")
		}
	}},
	{"case", required, func(d *decoder, f *document) { caseObject.read(d, &f.file.Case) }},
	{"subject", required, readSubject},
	{"legal", optional, func(d *decoder, f *document) { legalObject.read(d, &f.file.Legal) }},
	{"loan", optional, readPart(&loanObject)},
	{"claim", optional, readPart(&claimObject)},
	{"proofs", optional, readPart(&proofsObject)},
	{"answers", optional, readPart(&answersObject)},
	{"evidence", optional, func(d *decoder, f *document) { evidenceObject.read(d, f) }},
}

var purposes = newEnum(string(agent.PurposeApplication), string(agent.PurposeDrawdown), string(agent.PurposeOverdue))

var caseObject = object[agent.Case]{
	{"id", required, func(d *decoder, c *agent.Case) { c.ID = d.key() }},
	{"reference", optional, func(d *decoder, c *agent.Case) { c.Reference = d.key() }},
	{"as_of", required, func(d *decoder, c *agent.Case) { c.AsOf = d.past() }},
	{"purpose", required, func(d *decoder, c *agent.Case) { c.Purpose = agent.Purpose(d.word(purposes)) }},
	{"recipient", required, func(d *decoder, c *agent.Case) { c.Recipient = d.key() }},
}

// A subject is the person and where the phone and card numbers came from.
type subject struct {
	person agent.Person
	payout agent.Personal
	holder agent.Personal
	source string
	at     int64
}

const maxCards = 20

var subjectObject = object[subject]{
	{"source", required, func(d *decoder, s *subject) { s.source = d.key() }},
	{"collected_at", required, func(d *decoder, s *subject) { s.at = d.past() }},
	{"name", required, func(d *decoder, s *subject) { s.person.Name = d.personal(maxText) }},
	{"number", required, func(d *decoder, s *subject) { s.person.Number = d.personal(maxNumber) }},
	{"document", optional, func(d *decoder, s *subject) { s.person.Document = d.word(documents) }},
	{"payout", optional, func(d *decoder, s *subject) { payoutObject.read(d, s) }},
	{"phone", optional, func(d *decoder, s *subject) { s.person.Phone = d.personal(maxNumber) }},
	{"cards", optional, func(d *decoder, s *subject) {
		s.person.Cards = list(d, maxCards, func(d *decoder, p *agent.Personal) { *p = d.personal(maxNumber) })
	}},
}

var payoutObject = object[subject]{
	{"number", required, func(d *decoder, s *subject) { s.payout = d.personal(maxNumber) }},
	{"holder", optional, func(d *decoder, s *subject) { s.holder = d.personal(maxText) }},
}

// readSubject makes records of phone and cards. Name and number are what the
// file declares: they become no identity record, because a check that compared
// them with themselves would find a match where no document was seen.
func readSubject(d *decoder, f *document) {
	var s subject
	subjectObject.read(d, &s)
	f.file.Subject = s.person
	if !s.person.Phone.IsZero() {
		f.add(s.source, s.at, &agent.Phone{Number: s.person.Phone})
	}
	if len(s.person.Cards) > 0 || !s.payout.IsZero() {
		f.add(s.source, s.at, &agent.Cards{Numbers: s.person.Cards, Payout: s.payout, PayoutHolder: s.holder})
	}
}

var (
	bases = newEnum(string(agent.BasisConsent), string(agent.BasisContract), string(agent.BasisLegalDuty), string(agent.BasisEmergency),
		string(agent.BasisPublicInterest), string(agent.BasisPublic), string(agent.BasisOther))
	// States of W3C DPV 2.3, in one word each.
	consentStates = newEnum("unknown", "requested", "deferred", "refused", "given", "renewed", "expired", "withdrawn", "revoked", "invalidated")
	consentForms  = newEnum("general", "separate", "written")
)

// legalObject requires nothing: what a ground lacks is for the rules to deny,
// on the record, and not for the reader to turn away.
var legalObject = object[agent.Legal]{
	{"basis", optional, func(d *decoder, l *agent.Legal) { l.Basis = agent.Basis(d.word(bases)) }},
	{"basis_ref", optional, func(d *decoder, l *agent.Legal) { l.BasisRef = d.ref(maxRef) }},
	{"notice", optional, func(d *decoder, l *agent.Legal) { l.Notice = d.key() }},
	{"notice_shown_at", optional, func(d *decoder, l *agent.Legal) { l.NoticeAt = d.moment() }},
	{"assessment", optional, func(d *decoder, l *agent.Legal) { l.Assessment = d.key() }},
	{"consent", optional, func(d *decoder, l *agent.Legal) { consentObject.read(d, &l.Consent) }},
}

const maxScope = 64

var consentObject = object[agent.Consent]{
	{"id", required, func(d *decoder, c *agent.Consent) { c.ID = d.ref(maxRef) }},
	{"state", required, func(d *decoder, c *agent.Consent) { c.State = d.word(consentStates) }},
	{"form", optional, func(d *decoder, c *agent.Consent) { c.Form = d.word(consentForms) }},
	{"given_at", optional, func(d *decoder, c *agent.Consent) { c.GivenAt = d.moment() }},
	{"expires_at", optional, func(d *decoder, c *agent.Consent) { c.ExpiresAt = d.moment() }},
	{"notice", optional, func(d *decoder, c *agent.Consent) { c.Notice = d.key() }},
	{"purposes", optional, func(d *decoder, c *agent.Consent) { c.Purposes = d.keys(maxScope) }},
	{"categories", optional, func(d *decoder, c *agent.Consent) { c.Categories = d.keys(maxScope) }},
	{"recipients", optional, func(d *decoder, c *agent.Consent) { c.Recipients = d.keys(maxScope) }},
	{"reasons", optional, func(d *decoder, c *agent.Consent) { c.Reasons = d.keys(maxScope) }},
}
