package agent

import (
	"crypto/sha256"
	"slices"
	"time"
)

// States of a consent and kinds of [ConsentEvent], by the names of W3C DPV 2.3
// in lower case. Only given and renewed hold; the other states do not, each for
// its own reason. ConsentNotice is an event alone, and ConsentUnknown and
// ConsentExpired are states alone: nobody records them.
const (
	ConsentNotice      = "notice_shown"     // 告知
	ConsentRequested   = "requested"        // 已请求
	ConsentDeferred    = "request_deferred" // 暂不决定
	ConsentGiven       = "given"            // 已同意
	ConsentRenewed     = "renewed"          // 已续期
	ConsentRefused     = "refused"          // 已拒绝
	ConsentWithdrawn   = "withdrawn"        // 已撤回
	ConsentRevoked     = "revoked"          // 处理者终止
	ConsentInvalidated = "invalidated"      // 认定无效
	ConsentUnknown     = "unknown"          // 不明
	ConsentExpired     = "expired"          // 已到期
)

// ConsentKinds lists the kinds of event.
var ConsentKinds = []string{ConsentNotice, ConsentRequested, ConsentDeferred, ConsentGiven, ConsentRenewed, ConsentRefused,
	ConsentWithdrawn, ConsentRevoked, ConsentInvalidated}

// Who made an event.
const (
	ActorSubject  = "subject"
	ActorGuardian = "guardian"
	ActorLender   = "lender"
)

// ConsentActors lists who may make an event.
var ConsentActors = []string{ActorSubject, ActorGuardian, ActorLender}

// Denials of the ledger. They say why an event was not taken.
const (
	CodeConsentReaskBlocked       Code = "consent.reask_blocked"        // NDR 22(5)
	CodeConsentHeaderMissing      Code = "consent.header_missing"       // the first event of a record carries its header, with all that it must say
	CodeConsentHeaderRepeated     Code = "consent.header_repeated"      // the others do not
	CodeConsentTimeBackward       Code = "consent.time_backward"        // an event before the one before it
	CodeConsentTimeAhead          Code = "consent.time_ahead"           // an event after now
	CodeConsentNoticeMissing      Code = "consent.notice_missing"       // PIPL 14, 17: asked before told
	CodeConsentNoticeIncomplete   Code = "consent.notice_incomplete"    // a notice without version, language or digest
	CodeConsentTermsIncomplete    Code = "consent.terms_incomplete"     // a choice that does not say what for
	CodeConsentRecipientUnnamed   Code = "consent.recipient_unnamed"    // PIPL 23: a recipient without name and contact
	CodeConsentEvidenceMissing    Code = "consent.evidence_missing"     // a written consent without the document
	CodeConsentActorUnfit         Code = "consent.actor_unfit"          // not theirs to choose
	CodeConsentGuardianMissing    Code = "consent.guardian_missing"     // PIPL 31
	CodeConsentAgeUnknown         Code = "consent.age_unknown"          // PIPL 31 cannot be told
	CodeConsentTransitionUnfit    Code = "consent.transition_unfit"     // nothing that could be renewed, withdrawn, …
	CodeConsentSubjectUnfit       Code = "consent.subject_unfit"        // the id is another person's
	CodeConsentContractCarries    Code = "consent.contract_carries"     // why a verdict stays
	CodeConsentDutyCarries        Code = "consent.duty_carries"         // why a verdict stays
	CodeConsentOtherGroundCarries Code = "consent.other_ground_carries" // why a verdict stays
)

// ConsentSchema names the field list that a record follows: schema_version of
// ISO/IEC TS 27560:2023, header.
const ConsentSchema = "ISO/IEC TS 27560:2023"

// A ConsentEvent is one thing that happened to one consent record: a notice
// shown, a choice made. Events are appended, never changed; each carries the
// digest of the one before and a signature of the agent. The clauses are those
// of ISO/IEC TS 27560:2023.
type ConsentEvent struct {
	// Consent is the lender's own id of the record, by which case files name
	// it: 1 to 128 of A-Z a-z 0-9 . _ -, not itself a person's number. One id
	// belongs to one person.
	Consent string
	N       int64  // place in the record, from 1; the agent's
	Kind    string // 6.3.7 event_type and event_state
	At      int64  // 6.3.7 event_time, seconds
	// RecordedAt is when the agent took it in, seconds; the agent's.
	RecordedAt int64
	Actor      string // 6.3.7 entity_id: subject, guardian or lender
	// ActorRef is the lender's reference of a guardian and of the proof of
	// guardianship (PIPL 31), or of the staff member who acted.
	ActorRef string
	Channel  string // 6.3.4.9 collection_method: app, web, counter, call, sms, letter
	Evidence string // reference of the document or recording that proves it

	Header *ConsentHeader // with the first event of a record, and no other
	Notice *ConsentText   // with a notice shown
	Terms  *ConsentTerms  // with a request, and with given and renewed

	// ReaskUntil is set with refused and withdrawn: until then nobody asks the
	// person again for the same purpose (NDR 22(5)); seconds; the agent's.
	ReaskUntil int64

	// Prev is the digest of the event before in the record, zero for the first.
	Prev [sha256.Size]byte
	// Key is the id of the key that signed, Signature the signature over all of
	// the above and the subject's id.
	Key       string
	Signature []byte
}

// A ConsentHeader is what a consent record says once.
type ConsentHeader struct {
	RecordID string // header record_id: a UUID of version 4; the agent's
	// The header's schema_version is [ConsentSchema], its pii_principal_id the
	// subject's random id.
	Controllers      []ConsentParty // 6.3.4.8 pii_controllers
	Recipients       []ConsentParty // 6.3.4.17 recipient_third_parties; PIPL 23: name and contact
	StorageLocations []string       // 6.3.4.11 storage_locations
	RetentionDays    int64          // 6.3.4.12 retention_period
	ExpiryHandling   string         // delete or anonymise (NDR 21(3))
	Jurisdiction     string         // 6.3.4.16 jurisdiction: two letters
	WithdrawalMethod string         // 6.3.4.18 withdrawal_method
	Rights           string         // 6.3.4.19 privacy_rights; optional
	Assessment       string         // 6.3.4.21 impact_assessment: a key of the register; optional
}

// A ConsentParty is a controller or a recipient (6.3.6).
type ConsentParty struct {
	ID      string // party_id: of a recipient, its key in the register
	Name    string // party_name
	Address string // party_address
	Contact string // party_contact
	Type    string // party_type: lender, processor, handler, credit_agency or authority
}

// A ConsentText is one version of a notice as it was shown (6.3.4.1, 6.3.4.2).
type ConsentText struct {
	Version   string
	Language  string            // a tag of BCP 47
	Digest    [sha256.Size]byte // of the wording
	Necessity string            // PIPL 30: why sensitive data are needed; optional
	Impact    string            // PIPL 30: what follows for the person; optional
}

// ConsentTerms is what is asked for or agreed to.
type ConsentTerms struct {
	Form       string   // general, separate or written (PIPL 14, 29)
	Basis      Basis    // 6.3.4.6 lawful_basis, one of PIPL 13 ¶1
	Purposes   []string // 6.3.4.3 purpose
	Methods    []string // 6.3.4.10 processing_method
	Categories []string // 6.3.4.7 pii_information, 6.3.5 pii_type
	Recipients []string // parties of the header
	Reasons    []string // recipients that may learn a sensitive reason
	ExpiresAt  int64    // 6.3.7 validity_duration, as its end; seconds
}

// A ConsentRecord is the events of one consent, in their order, at least one.
type ConsentRecord struct {
	Subject SubjectID
	Events  []ConsentEvent
}

// ID returns the lender's id of the record.
func (r *ConsentRecord) ID() string { return r.Events[0].Consent }

// Header returns what the record says once.
func (r *ConsentRecord) Header() *ConsentHeader { return r.Events[0].Header }

// last returns the newest event of one of the kinds, or nil.
func (r *ConsentRecord) last(kinds ...string) *ConsentEvent {
	for i := len(r.Events) - 1; i >= 0; i-- {
		if slices.Contains(kinds, r.Events[i].Kind) {
			return &r.Events[i]
		}
	}
	return nil
}

// choice returns the newest event that is not a notice, or nil.
func (r *ConsentRecord) choice() *ConsentEvent {
	return r.last(ConsentKinds[1:]...)
}

// State returns the state of the record at an instant: that of the newest
// choice, or expired when what was given has run out.
func (r *ConsentRecord) State(now int64) string {
	c := r.Consent()
	if (c.State == ConsentGiven || c.State == ConsentRenewed) && now >= c.ExpiresAt {
		return ConsentExpired
	}
	return c.State
}

// Consent returns the record as a case stands on it. The state is that of the
// newest choice; that time has run out is in ExpiresAt, for the rules to see.
func (r *ConsentRecord) Consent() Consent {
	c := Consent{ID: r.ID(), State: ConsentUnknown}
	if e := r.choice(); e != nil {
		c.State = e.Kind
	}
	e := r.last(ConsentGiven, ConsentRenewed)
	if e == nil || e.Terms == nil {
		return c
	}
	t := e.Terms
	c.Form, c.GivenAt, c.ExpiresAt = t.Form, e.At, t.ExpiresAt
	c.Purposes, c.Categories, c.Recipients, c.Reasons = t.Purposes, t.Categories, t.Recipients, t.Reasons
	for i := range r.Events[:e.N] {
		if n := r.Events[i].Notice; n != nil {
			c.Notice = n.Version
		}
	}
	return c
}

// ReaskUntil returns until when the person is not to be asked again for what
// this record is about, and for which purposes; 0 if there is no such time.
func (r *ConsentRecord) ReaskUntil() (until int64, purposes []string) {
	e := r.choice()
	if e == nil || e.ReaskUntil == 0 {
		return 0, nil
	}
	for i := len(r.Events) - 1; i >= 0; i-- {
		if t := r.Events[i].Terms; t != nil {
			return e.ReaskUntil, t.Purposes
		}
	}
	return e.ReaskUntil, nil
}

// childAge: PIPL 31.
const childAge = 14

// ended holds for the choices after which what was given holds no longer.
func ended(kind string) bool {
	return kind == ConsentWithdrawn || kind == ConsentRevoked || kind == ConsentInvalidated
}

// admit returns why an event may not follow what is in the ledger of its
// subject, or nothing. record is what there is of its own record, nil for none;
// age is the subject's at the event.
func admit(all []*ConsentRecord, record *ConsentRecord, e *ConsentEvent, age Int, now int64) (codes []Code) {
	deny := func(c Code, when bool) {
		if when {
			codes = append(codes, c)
		}
	}
	state := ConsentUnknown
	informed := false
	if record == nil {
		deny(CodeConsentHeaderMissing, !e.Header.complete())
	} else {
		deny(CodeConsentHeaderRepeated, e.Header != nil)
		deny(CodeConsentTimeBackward, e.At < record.Events[len(record.Events)-1].At)
		state = record.State(e.At)
		informed = record.last(ConsentNotice) != nil
	}
	deny(CodeConsentTimeAhead, e.At <= 0 || e.At > now)

	in := func(list ...string) bool { return slices.Contains(list, state) }
	holds := in(ConsentGiven, ConsentRenewed)
	theirs := e.Actor == ActorSubject || e.Actor == ActorGuardian && e.ActorRef != ""
	terms := false
	switch e.Kind {
	case ConsentNotice:
		deny(CodeConsentActorUnfit, e.Actor != ActorLender)
		deny(CodeConsentNoticeIncomplete, e.Notice == nil || e.Notice.Version == "" || e.Notice.Language == "" || e.Notice.Digest == [32]byte{})
	case ConsentRequested:
		deny(CodeConsentActorUnfit, e.Actor != ActorLender)
		deny(CodeConsentNoticeMissing, !informed)
		deny(CodeConsentTransitionUnfit, holds)
		deny(CodeConsentReaskBlocked, blocked(all, e))
		terms = true
	case ConsentDeferred:
		deny(CodeConsentActorUnfit, !theirs)
		deny(CodeConsentTransitionUnfit, !in(ConsentRequested, ConsentDeferred))
	case ConsentGiven, ConsentRenewed:
		deny(CodeConsentNoticeMissing, !informed)
		deny(CodeConsentActorUnfit, !theirs)
		years, known := age.Value()
		deny(CodeConsentAgeUnknown, !known && e.Actor != ActorGuardian)
		deny(CodeConsentGuardianMissing, known && years < childAge && e.Actor != ActorGuardian)
		renewable := holds || state == ConsentExpired
		deny(CodeConsentTransitionUnfit, e.Kind == ConsentGiven && holds || e.Kind == ConsentRenewed && !renewable)
		deny(CodeConsentEvidenceMissing, e.Terms != nil && e.Terms.Form == "written" && e.Evidence == "")
		terms = true
	case ConsentRefused:
		deny(CodeConsentActorUnfit, !theirs)
		deny(CodeConsentTransitionUnfit, !in(ConsentRequested, ConsentDeferred))
	case ConsentWithdrawn:
		deny(CodeConsentActorUnfit, !theirs)
		deny(CodeConsentTransitionUnfit, !holds && state != ConsentExpired)
	case ConsentRevoked, ConsentInvalidated:
		deny(CodeConsentActorUnfit, e.Actor != ActorLender)
		deny(CodeConsentTransitionUnfit, !holds && state != ConsentExpired)
	default:
		deny(CodeConsentTransitionUnfit, true)
	}
	if terms {
		h := e.Header
		if record != nil {
			h = record.Header()
		}
		deny(CodeConsentTermsIncomplete, !e.Terms.complete(e.At))
		deny(CodeConsentRecipientUnnamed, e.Terms != nil && !named(h, e.Terms))
	}
	return codes
}

// complete holds for a header with all that ISO/IEC TS 27560 makes mandatory.
func (h *ConsentHeader) complete() bool {
	return h != nil && len(h.Controllers) > 0 && len(h.StorageLocations) > 0 && h.RetentionDays > 0 && h.Jurisdiction != "" &&
		h.WithdrawalMethod != "" && !slices.ContainsFunc(h.Controllers, func(p ConsentParty) bool {
		return p.ID == "" || p.Name == "" || p.Address == "" || p.Contact == "" || p.Type == ""
	})
}

// complete holds for terms that say all that a choice must.
func (t *ConsentTerms) complete(at int64) bool {
	return t != nil && slices.Contains([]string{"general", "separate", "written"}, t.Form) && t.Basis == BasisConsent &&
		len(t.Purposes) > 0 && len(t.Categories) > 0 && t.ExpiresAt > at
}

// named holds if the header gives name and contact of every recipient.
func named(h *ConsentHeader, t *ConsentTerms) bool {
	for _, r := range slices.Concat(t.Recipients, t.Reasons) {
		if h == nil || !slices.ContainsFunc(h.Recipients, func(p ConsentParty) bool { return p.ID == r && p.Name != "" && p.Contact != "" }) {
			return false
		}
	}
	return true
}

// blocked reports whether a request comes too early after a refusal or
// withdrawal of the same purpose, in whichever record. A request that does not
// say its purpose is blocked by any.
func blocked(all []*ConsentRecord, e *ConsentEvent) bool {
	return slices.ContainsFunc(all, func(r *ConsentRecord) bool {
		until, purposes := r.ReaskUntil()
		if e.At >= until {
			return false
		}
		return e.Terms == nil || len(purposes) == 0 ||
			slices.ContainsFunc(e.Terms.Purposes, func(p string) bool { return slices.Contains(purposes, p) })
	})
}

// encode returns the bytes of an event that are stored, its words in full; with the subject's id
// before them and without the signature they are what is signed.
func (e *ConsentEvent) encode() []byte {
	c := coder{b: append(make([]byte, 0, 512), codecVersion), plain: true}
	c.consentEvent(e)
	return c.b
}

func decodeConsentEvent(b []byte) (*ConsentEvent, bool) {
	if len(b) == 0 || b[0] != codecVersion {
		return nil, false
	}
	c, e := coder{b: b[1:], decoding: true, plain: true}, new(ConsentEvent)
	c.consentEvent(e)
	return e, !c.bad && len(c.b) == 0
}

func (c *coder) consentEvent(e *ConsentEvent) {
	c.text(&e.Consent)
	c.int(&e.N)
	c.text(&e.Kind)
	c.int(&e.At)
	c.int(&e.RecordedAt)
	c.text(&e.Actor)
	c.text(&e.ActorRef)
	c.text(&e.Channel)
	c.text(&e.Evidence)
	optional(c, &e.Header, func(c *coder, h *ConsentHeader) {
		c.text(&h.RecordID)
		list(c, &h.Controllers, (*coder).party)
		list(c, &h.Recipients, (*coder).party)
		list(c, &h.StorageLocations, (*coder).text)
		c.int(&h.RetentionDays)
		c.text(&h.ExpiryHandling)
		c.text(&h.Jurisdiction)
		c.text(&h.WithdrawalMethod)
		c.text(&h.Rights)
		c.text(&h.Assessment)
	})
	optional(c, &e.Notice, func(c *coder, n *ConsentText) {
		c.text(&n.Version)
		c.text(&n.Language)
		c.digest(&n.Digest)
		c.text(&n.Necessity)
		c.text(&n.Impact)
	})
	optional(c, &e.Terms, func(c *coder, t *ConsentTerms) {
		c.text(&t.Form)
		c.text((*string)(&t.Basis))
		for _, l := range []*[]string{&t.Purposes, &t.Methods, &t.Categories, &t.Recipients, &t.Reasons} {
			list(c, l, (*coder).text)
		}
		c.int(&t.ExpiresAt)
	})
	c.int(&e.ReaskUntil)
	c.digest(&e.Prev)
	c.text(&e.Key)
	sig := string(e.Signature)
	c.text(&sig)
	if c.decoding && sig != "" {
		e.Signature = []byte(sig)
	}
}

func (c *coder) party(p *ConsentParty) {
	for _, s := range []*string{&p.ID, &p.Name, &p.Address, &p.Contact, &p.Type} {
		c.text(s)
	}
}

// Digest returns what the next event of the record and the journal say of this
// one: SHA-256 over its stored bytes.
func (e *ConsentEvent) Digest() [sha256.Size]byte { return sha256.Sum256(e.encode()) }

// Signed returns the bytes that the signature of an event of the record covers,
// for somebody who verifies it elsewhere: a text that is in no other thing that
// the key signs, the subject's id, and what is stored, with an empty signature.
// i is the event's index.
func (r *ConsentRecord) Signed(i int) []byte { return r.Events[i].signed(r.Subject) }

// signed returns the bytes that the signature covers. The text before them is
// in no other thing that the key signs.
func (e *ConsentEvent) signed(id SubjectID) []byte {
	bare := *e
	bare.Signature = nil
	return append(append([]byte("yanmen consent event 1\n"), id[:]...), bare.encode()...)
}

// same reports whether an event says what a stored one says: it came twice.
func (e *ConsentEvent) same(stored *ConsentEvent) bool {
	a, b := *e, *stored
	a.N, a.RecordedAt, a.ReaskUntil, a.Prev, a.Key, a.Signature = 0, 0, 0, [32]byte{}, "", nil
	b.N, b.RecordedAt, b.ReaskUntil, b.Prev, b.Key, b.Signature = 0, 0, 0, [32]byte{}, "", nil
	if a.Header != nil && b.Header != nil {
		h, g := *a.Header, *b.Header
		h.RecordID, g.RecordID = "", ""
		a.Header, b.Header = &h, &g
	}
	return string(a.encode()) == string(b.encode())
}

// gatherRecords sorts opened events into records. It is false if a chain has a
// gap or a link that does not fit: then nothing of the ledger counts.
func gatherRecords(id SubjectID, rows [][]byte) ([]*ConsentRecord, bool) {
	byID := map[string]*ConsentRecord{}
	var all []*ConsentRecord
	for _, row := range rows {
		e, ok := decodeConsentEvent(row)
		if !ok {
			return nil, false
		}
		r := byID[e.Consent]
		if r == nil {
			r = &ConsentRecord{Subject: id}
			byID[e.Consent] = r
			all = append(all, r)
		}
		r.Events = append(r.Events, *e)
	}
	for _, r := range all {
		var prev [32]byte
		for i := range r.Events {
			if r.Events[i].N != int64(i)+1 || r.Events[i].Prev != prev || (r.Events[i].Header != nil) != (i == 0) {
				return nil, false
			}
			prev = r.Events[i].Digest()
		}
	}
	return all, true
}

// dateAt returns the civil date of an instant in seconds.
func dateAt(sec int64) Date { return DateOf(time.Unix(sec, 0)) }
