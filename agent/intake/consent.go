package intake

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"regexp"

	"github.com/yanmen/yanmen/agent"
)

// A ConsentFile is one event of a consent record as it was read: whose, and what
// happened. Nothing in it has been decided or kept.
type ConsentFile struct {
	Line   int            // line of the file, from 1; 0 for a file of one event
	Number agent.Personal // identity number, as given
	Event  agent.ConsentEvent
}

// maxConsentBytes bounds one event in bytes.
const maxConsentBytes = 256 << 10

// ReadConsents gives the events of r, one, or with lines one for each line that
// is not blank; docs/schema/consent.schema.json says what each holds. It is as
// strict as [Read] and tells faults in the same way. now is the reader's clock,
// in seconds.
func ReadConsents(r io.Reader, lines bool, now int64) iter.Seq2[*ConsentFile, error] {
	if lines {
		return readLines(r, maxConsentBytes, func(line []byte, n int) (*ConsentFile, error) { return parseConsent(line, now, n) }, consentSizeFault)
	}
	return func(yield func(*ConsentFile, error) bool) {
		b, err := io.ReadAll(io.LimitReader(r, maxConsentBytes+1))
		if err != nil {
			yield(nil, unreadable(err))
			return
		}
		yield(parseConsent(b, now, 0))
	}
}

const consentFile = "consent file"

func consentSizeFault(line int) *Error {
	return &Error{Line: line, Rule: ruleSize, Hint: fmt.Sprintf("an event has at most %d bytes", maxConsentBytes), of: consentFile}
}

func parseConsent(b []byte, now int64, line int) (*ConsentFile, error) {
	if len(b) > maxConsentBytes {
		return nil, Errors{consentSizeFault(line)}
	}
	d := newDecoder(b, now)
	defer d.free()
	f := &ConsentFile{Line: line}
	consentFileObject.read(d, f)
	d.end()
	if len(d.errs) == 0 {
		return f, nil
	}
	for _, e := range d.errs {
		e.Line, e.of = line, consentFile
	}
	return nil, d.errs
}

var consentFileObject = object[ConsentFile]{
	{"version", required, func(d *decoder, f *ConsentFile) {
		if n, ok := d.whole(0, maxCount); ok && n != 1 {
			d.fail(ruleVersion, "want 1, the only version that this program reads")
		}
	}},
	{"consent", required, func(d *decoder, f *ConsentFile) { f.Event.Consent = d.consentID() }},
	{"subject", required, func(d *decoder, f *ConsentFile) { consentSubjectObject.read(d, f) }},
	{"event", required, func(d *decoder, f *ConsentFile) { consentEventObject.read(d, &f.Event) }},
	{"header", optional, func(d *decoder, f *ConsentFile) {
		f.Event.Header = new(agent.ConsentHeader)
		consentHeaderObject.read(d, f.Event.Header)
	}},
	{"notice", optional, func(d *decoder, f *ConsentFile) {
		f.Event.Notice = new(agent.ConsentText)
		consentTextObject.read(d, f.Event.Notice)
	}},
	{"terms", optional, func(d *decoder, f *ConsentFile) {
		f.Event.Terms = &agent.ConsentTerms{Basis: agent.BasisConsent}
		consentTermsObject.read(d, f.Event.Terms)
	}},
}

// consentID is ref for what finds a record: it may not be a person's number.
func (d *decoder) consentID() string {
	s := d.ref(maxRef)
	if isPersonal(s) {
		d.fail(rulePersonal, "this looks like an identity, phone or card number; use a reference that tells nothing about the person")
		return ""
	}
	return s
}

var consentSubjectObject = object[ConsentFile]{
	{"number", required, func(d *decoder, f *ConsentFile) { f.Number = d.personal(maxNumber) }},
}

var (
	consentKinds    = newEnum(agent.ConsentKinds...)
	consentActors   = newEnum(agent.ConsentActors...)
	consentChannels = newEnum("app", "web", "counter", "call", "sms", "letter")
	partyTypes      = newEnum("lender", "processor", "handler", "credit_agency", "authority")
	expiryHandlings = newEnum("delete", "anonymise")
)

var consentEventObject = object[agent.ConsentEvent]{
	{"kind", required, func(d *decoder, e *agent.ConsentEvent) { e.Kind = d.word(consentKinds) }},
	{"at", required, func(d *decoder, e *agent.ConsentEvent) { e.At = d.past() }},
	{"actor", required, func(d *decoder, e *agent.ConsentEvent) { e.Actor = d.word(consentActors) }},
	{"actor_ref", optional, func(d *decoder, e *agent.ConsentEvent) { e.ActorRef = d.consentID() }},
	{"channel", required, func(d *decoder, e *agent.ConsentEvent) { e.Channel = d.word(consentChannels) }},
	{"evidence", optional, func(d *decoder, e *agent.ConsentEvent) { e.Evidence = d.consentID() }},
}

const maxSentence = 1000 // characters of a sentence in a record

// plain reads a text about a business or a rule, not about the person.
func (d *decoder) plain(max int) string { return d.personal(max).Reveal() }

var consentHeaderObject = object[agent.ConsentHeader]{
	{"controllers", required, func(d *decoder, h *agent.ConsentHeader) { h.Controllers = list(d, maxScope, readParty) }},
	{"recipients", required, func(d *decoder, h *agent.ConsentHeader) { h.Recipients = list(d, maxScope, readParty) }},
	{"storage_locations", required, func(d *decoder, h *agent.ConsentHeader) { h.StorageLocations = d.keys(maxScope) }},
	{"retention_days", required, func(d *decoder, h *agent.ConsentHeader) { h.RetentionDays, _ = d.whole(1, 36_500) }},
	{"expiry_handling", required, func(d *decoder, h *agent.ConsentHeader) { h.ExpiryHandling = d.word(expiryHandlings) }},
	{"jurisdiction", required, func(d *decoder, h *agent.ConsentHeader) { h.Jurisdiction = d.country() }},
	{"withdrawal_method", required, func(d *decoder, h *agent.ConsentHeader) { h.WithdrawalMethod = d.plain(maxSentence) }},
	{"privacy_rights", optional, func(d *decoder, h *agent.ConsentHeader) { h.Rights = d.plain(maxSentence) }},
	{"assessment", optional, func(d *decoder, h *agent.ConsentHeader) { h.Assessment = d.key() }},
}

func readParty(d *decoder, p *agent.ConsentParty) { consentPartyObject.read(d, p) }

var consentPartyObject = object[agent.ConsentParty]{
	{"id", required, func(d *decoder, p *agent.ConsentParty) { p.ID = d.key() }},
	{"name", required, func(d *decoder, p *agent.ConsentParty) { p.Name = d.plain(200) }},
	{"address", required, func(d *decoder, p *agent.ConsentParty) { p.Address = d.plain(200) }},
	{"contact", required, func(d *decoder, p *agent.ConsentParty) { p.Contact = d.plain(200) }},
	{"type", required, func(d *decoder, p *agent.ConsentParty) { p.Type = d.word(partyTypes) }},
}

var consentTextObject = object[agent.ConsentText]{
	{"version", required, func(d *decoder, n *agent.ConsentText) { n.Version = d.key() }},
	{"language", required, func(d *decoder, n *agent.ConsentText) { n.Language = d.language() }},
	{"sha256", required, func(d *decoder, n *agent.ConsentText) { n.Digest = d.sha256() }},
	{"necessity", optional, func(d *decoder, n *agent.ConsentText) { n.Necessity = d.plain(maxSentence) }},
	{"impact", optional, func(d *decoder, n *agent.ConsentText) { n.Impact = d.plain(maxSentence) }},
}

// country reads two capital letters, as ISO 3166-1 has them.
func (d *decoder) country() string {
	b, ok := d.text()
	if !ok {
		return ""
	}
	if len(b) != 2 || b[0] < 'A' || b[0] > 'Z' || b[1] < 'A' || b[1] > 'Z' {
		d.fail(ruleForm, "want two letters A-Z")
		return ""
	}
	return string(b)
}

var languageForm = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$`)

// language reads a tag of BCP 47.
func (d *decoder) language() string {
	b, ok := d.text()
	if !ok {
		return ""
	}
	if !languageForm.Match(b) {
		d.fail(ruleForm, "want a language tag, as zh-CN")
		return ""
	}
	return string(b)
}

// sha256 reads a digest of 64 lower-case hexadecimal digits.
func (d *decoder) sha256() (sum [32]byte) {
	b, ok := d.text()
	if !ok {
		return sum
	}
	n, err := hex.Decode(sum[:], b[:min(len(b), 64)])
	if err != nil || n != len(sum) || len(b) != 64 || bytes.ContainsAny(b, "ABCDEF") {
		d.fail(ruleForm, "want SHA-256 as 64 digits of 0-9 a-f")
		return [32]byte{}
	}
	return sum
}

var consentTermsObject = object[agent.ConsentTerms]{
	{"form", required, func(d *decoder, t *agent.ConsentTerms) { t.Form = d.word(consentForms) }},
	{"purposes", required, func(d *decoder, t *agent.ConsentTerms) { t.Purposes = d.keys(maxScope) }},
	{"methods", required, func(d *decoder, t *agent.ConsentTerms) { t.Methods = d.keys(maxScope) }},
	{"categories", required, func(d *decoder, t *agent.ConsentTerms) { t.Categories = d.keys(maxScope) }},
	{"recipients", required, func(d *decoder, t *agent.ConsentTerms) { t.Recipients = d.keys(maxScope) }},
	{"reasons", optional, func(d *decoder, t *agent.ConsentTerms) { t.Reasons = d.keys(maxScope) }},
	{"expires_at", required, func(d *decoder, t *agent.ConsentTerms) { t.ExpiresAt = d.moment() }},
}
