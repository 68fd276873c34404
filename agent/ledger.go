package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrUnknownConsent: no consent record with this id is stored (or its person
// was erased).
var ErrUnknownConsent = errors.New("consent: none with this id")

// PointConsent stands in denials and in the journal for the ledger of consents.
const PointConsent = "consent"

// categoryConsent stands in a use decision for the ledger of consents.
const categoryConsent = "consent"

// A LedgerConfig is what the ledger of consents needs.
type LedgerConfig struct {
	// Sign signs an event with the key that Key names. Without it nothing is
	// recorded.
	Sign func(msg []byte) (sig []byte, err error)
	Key  func() string
	// Verify reports whether a key of the agent, the present one or one before
	// it, signed. Without it no record is shown.
	Verify func(msg, sig []byte) bool
	// Only says that a consent counts as the ledger has it or not at all. Else
	// a case file speaks for a consent that the ledger does not know.
	Only bool
	// ReaskBlock is for how long nobody asks again after a refusal or a
	// withdrawal, seconds; more than 0.
	ReaskBlock int64
}

// A ConsentEffect is what became of one case after a consent had ended.
type ConsentEffect struct {
	Case     string `json:"case"`
	Verdict  string `json:"verdict,omitempty"` // that had left; "" if none had
	Platform string `json:"platform,omitempty"`
	// Superseded is the verdict that takes its place; "" if policy let none leave.
	Superseded string `json:"superseded_by,omitempty"`
	// Stands says why the answer stays. "" if it does not.
	Stands Code `json:"stands,omitempty"`
	// Denials say what policy now denies. Nil if the answer stays.
	Denials []Denied `json:"denials,omitempty"`
}

// A ConsentOutcome is what came of an event.
type ConsentOutcome struct {
	Record *ConsentRecord
	// Known holds for an event that was there before: it was not recorded twice.
	Known bool
	// Effects lists the cases that rested on a consent that has ended, as far
	// as they were decided anew by this call.
	Effects []ConsentEffect
}

// RecordConsent appends an event to the ledger of the person with this number,
// who becomes known with it; without a number, of the person whose record the
// event names. The event's own fields (see [ConsentEvent]) are set here. The
// same event recorded twice is stored once.
//
// When it returns nil the event is durable, and if it ended a consent then every
// case that rested on it was decided anew and that is durable too. An event
// that may not follow what is there is refused on the record with a [*Denied];
// nothing of it is kept. After any other error call it again.
func (a *Agent) RecordConsent(ctx context.Context, number Personal, e ConsentEvent) (*ConsentOutcome, error) {
	if a.c.Ledger.Sign == nil || a.c.Ledger.Key == nil || a.c.Ledger.ReaskBlock <= 0 {
		return nil, errors.New("consent: this agent keeps no ledger")
	}
	if !wellFormedRef(e.Consent) {
		return nil, errors.New("consent: an id takes A-Z a-z 0-9 . _ - only, at most 128")
	}
	var out *ConsentOutcome
	err := ErrConflict
	for try := 0; try < maxTries && errors.Is(err, ErrConflict); try++ {
		out, err = a.recordOnce(ctx, number, e)
	}
	if err != nil {
		return nil, err
	}
	if ended(e.Kind) {
		out.Effects, err = a.settle(ctx, out.Record.Subject)
		if err != nil {
			return nil, fmt.Errorf("consent: the event is recorded; deciding anew what rested on it is not finished, call again: %w", err)
		}
	}
	return out, nil
}

// WithdrawConsent is [Agent.RecordConsent] for a withdrawal: a consent that was
// withdrawn before stays so, and that is no error.
func (a *Agent) WithdrawConsent(ctx context.Context, e ConsentEvent) (*ConsentOutcome, error) {
	e.Kind = ConsentWithdrawn
	return a.RecordConsent(ctx, Personal{}, e)
}

func wellFormedRef(s string) bool {
	return wellFormed(s[:min(len(s), 64)]) && (len(s) <= 64 || len(s) <= 128 && wellFormed(s[64:]))
}

func (a *Agent) recordOnce(ctx context.Context, number Personal, e ConsentEvent) (*ConsentOutcome, error) {
	st, now := a.c.Store, a.c.Now()
	byID, have, err := st.Find(ctx, IndexConsent, []byte(e.Consent))
	if err != nil {
		return nil, err
	}
	w := &Write{Subject: byID.Subject}
	age := Int{}
	if number.IsZero() {
		if !have {
			return nil, ErrUnknownConsent
		}
	} else {
		n := []byte(NormalizeNumber(number.Reveal()))
		ref, known, err := st.Find(ctx, IndexNumber, n)
		if err != nil {
			return nil, err
		}
		if have && (!known || ref.Subject != byID.Subject) {
			return nil, a.refuseConsent(ctx, nil, CodeConsentSubjectUnfit)
		}
		if w.Subject = ref.Subject; !known {
			w.New, w.Subject = true, NewSubjectID()
			w.Index = []IndexEntry{{IndexNumber, n, Ref{Subject: w.Subject}}}
		}
		age = AgeAt(number.Reveal(), dateAt(e.At))
	}

	var profile Profile
	var all []*ConsentRecord
	var points []PointDecision
	if !w.New {
		if profile, err = st.Profile(ctx, w.Subject); err != nil {
			return nil, err
		}
		if profile.Consents > 0 {
			var d Decision
			if all, d, err = a.openLedger(ctx, w.Subject); err != nil {
				return nil, err
			}
			points = append(points, PointDecision{PointUse, d})
		}
	}
	record := recordOf(all, e.Consent)
	if record != nil {
		for i := range record.Events {
			if again := e.Kind == ConsentWithdrawn && record.choice() == &record.Events[i] && record.Events[i].Kind == e.Kind; again || e.same(&record.Events[i]) {
				_, err := st.Commit(ctx, &Write{Subject: w.Subject, Entry: a.openEntry(points[0].Decision, categoryConsent)})
				return &ConsentOutcome{Record: record, Known: true}, err
			}
		}
	}
	if codes := admit(all, record, &e, age, now.Unix()); len(codes) > 0 {
		return nil, a.refuseConsent(ctx, points, codes...)
	}

	e.N, e.RecordedAt, e.ReaskUntil, e.Prev = 1, now.Unix(), 0, [32]byte{}
	if record == nil {
		record = &ConsentRecord{Subject: w.Subject}
		h := *e.Header
		h.RecordID = NewUUIDv4()
		e.Header = &h
		w.Index = append(w.Index, IndexEntry{IndexConsent, []byte(e.Consent), Ref{Subject: w.Subject}})
	} else {
		last := &record.Events[len(record.Events)-1]
		e.N, e.Prev = last.N+1, last.Digest()
	}
	if e.Kind == ConsentRefused || e.Kind == ConsentWithdrawn {
		e.ReaskUntil = e.At + a.c.Ledger.ReaskBlock
	}
	e.Key = a.c.Ledger.Key()
	if e.Signature, err = a.c.Ledger.Sign(e.signed(w.Subject)); err != nil {
		return nil, fmt.Errorf("sign event: %w", err)
	}
	profile.Consents++
	w.Profile = &profile
	w.Consents = []ConsentRow{{e.Consent, uint32(e.N), e.encode()}}
	w.Unsettled = ended(e.Kind)
	w.Entry = a.entry("consent", now, PurposeOversight, append(points, PointDecision{PointConsent, Decision{Allow: true}}), nil)
	w.Entry.Body = entryBody(e.Consent, e.Digest())
	if _, err := st.Commit(ctx, w); err != nil {
		return nil, err
	}
	record.Events = append(record.Events, e)
	return &ConsentOutcome{Record: record}, nil
}

// refuseConsent puts a refused event on the record, as codes alone, and returns
// the denial.
func (a *Agent) refuseConsent(ctx context.Context, points []PointDecision, codes ...Code) error {
	slices.Sort(codes)
	points = append(points, PointDecision{PointConsent, Decision{Denials: codes}})
	if _, err := a.c.Store.Commit(ctx, &Write{Entry: a.entry("consent", a.c.Now(), PurposeOversight, points, nil)}); err != nil {
		return err
	}
	return &Denied{Point: PointConsent, Codes: codes}
}

func recordOf(all []*ConsentRecord, id string) *ConsentRecord {
	for _, r := range all {
		if r.ID() == id {
			return r
		}
	}
	return nil
}

// openLedger opens the ledger of a subject under a grant for oversight. The
// caller commits the decision before it shows anything of it; a denial is on
// the record when it returns.
func (a *Agent) openLedger(ctx context.Context, id SubjectID) ([]*ConsentRecord, Decision, error) {
	in := a.oversight()
	in.Categories = []string{categoryConsent}
	g, d := a.Authorize(ctx, in, id)
	if g == nil {
		if _, err := a.c.Store.Commit(ctx, &Write{Entry: a.openEntry(d)}); err != nil {
			return nil, d, err
		}
		return nil, d, &Denied{Point: PointUse, Codes: d.Denials}
	}
	rows, err := a.c.Store.Consents(ctx, g)
	if err != nil {
		return nil, d, err
	}
	all, ok := gatherRecords(id, rows)
	if !ok {
		return nil, d, ErrCorrupt
	}
	return all, d, nil
}

// Consent opens a consent record for oversight and verifies chain and
// signatures. That it was opened is on the record before Consent returns.
func (a *Agent) Consent(ctx context.Context, id string) (*ConsentRecord, error) {
	ref, ok, err := a.c.Store.Find(ctx, IndexConsent, []byte(id))
	if err != nil {
		return nil, err
	}
	if !ok || id == "" {
		return nil, ErrUnknownConsent
	}
	all, d, err := a.openLedger(ctx, ref.Subject)
	if err != nil {
		return nil, err
	}
	if _, err := a.c.Store.Commit(ctx, &Write{Subject: ref.Subject, Entry: a.openEntry(d, categoryConsent)}); err != nil {
		return nil, err
	}
	r := recordOf(all, id)
	if r == nil || a.c.Ledger.Verify == nil {
		return nil, ErrCorrupt
	}
	for i := range r.Events {
		if e := &r.Events[i]; !a.c.Ledger.Verify(e.signed(r.Subject), e.Signature) {
			return nil, ErrCorrupt
		}
	}
	return r, nil
}

// resolve puts what the ledger knows of the consent that a question names in the
// place of what its file says. The entry of the answer says that the ledger was
// opened: see [Entry.opened].
func (a *Agent) resolve(ctx context.Context, q *question) error {
	named := q.f.Legal.Consent
	var c Consent
	switch {
	case q.known && q.profile.Consents > 0 && named.ID != "":
		all, _, err := a.openLedger(ctx, q.subject)
		if err != nil {
			return err
		}
		q.opened = append(q.opened, categoryConsent)
		if r := recordOf(all, named.ID); r != nil {
			c = r.Consent()
			break
		}
		fallthrough
	default:
		if !a.c.Ledger.Only || named.ID == "" && named.State == "" {
			return nil
		}
		c = Consent{ID: named.ID, State: ConsentUnknown}
	}
	// The file is the caller's, who may ask with it again.
	f := *q.f
	f.Legal.Consent = c
	q.f = &f
	return nil
}

// sameGround reports whether two grounds are the same to the letter.
func sameGround(a, b *Legal) bool {
	var x, y coder
	x.legal(a)
	y.legal(b)
	return string(x.b) == string(y.b)
}

// SettleConsents decides anew what a crash left undecided after a consent had
// ended. Call it before anything else is asked of a store that was just opened.
func (a *Agent) SettleConsents(ctx context.Context) error {
	ids, err := a.c.Store.Unsettled(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := a.settle(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// settle decides anew every case of a subject that rested on a consent which
// has ended, and takes the mark away that says so. It may be cut off anywhere
// and called again: a case that was decided anew no longer names a consent
// that holds.
func (a *Agent) settle(ctx context.Context, id SubjectID) ([]ConsentEffect, error) {
	var effects []ConsentEffect
	err := ErrConflict
	for try := 0; try < maxTries && errors.Is(err, ErrConflict); try++ {
		err = a.settleOnce(ctx, id, &effects)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(effects, func(a, b ConsentEffect) int {
		if a.Case < b.Case {
			return -1
		}
		return 1
	})
	return effects, nil
}

func (a *Agent) settleOnce(ctx context.Context, id SubjectID, effects *[]ConsentEffect) error {
	st := a.c.Store
	before, err := st.Profile(ctx, id)
	if err != nil {
		return err
	}
	all, d, err := a.openLedger(ctx, id)
	if err != nil {
		return err
	}
	slots, err := st.Slots(ctx, id)
	if err != nil {
		return err
	}
	// One entry stands for the ledger and the findings that are opened below,
	// and is there before anything that follows from them.
	if _, err := st.Commit(ctx, &Write{Subject: id, Entry: a.openEntry(d, categoryConsent, categoryFinding)}); err != nil {
		return err
	}
	for _, slot := range slots {
		fd, version, _, err := a.open(ctx, Ref{id, slot})
		if err != nil {
			return err
		}
		r := recordOf(all, fd.Legal.Consent.ID)
		if r == nil || !rests(fd, r) {
			continue
		}
		effect, err := a.redecide(ctx, Ref{id, slot}, version, fd, r)
		if err != nil {
			return err
		}
		*effects = append(*effects, *effect)
	}
	// An event that came meanwhile may have ended another consent: then the
	// mark is for whoever recorded it, and this looks again.
	after, err := st.Profile(ctx, id)
	if err != nil {
		return err
	}
	if after.Consents != before.Consents {
		return ErrConflict
	}
	_, err = st.Commit(ctx, &Write{Subject: id, Profile: &after, Settled: true,
		Entry: a.entry("settle", a.c.Now(), PurposeOversight, nil, nil)})
	return err
}

// rests reports whether an answer rests on a consent that has ended since. One
// that policy denied in the first place rests on nothing.
func rests(fd *Finding, r *ConsentRecord) bool {
	held := fd.Legal.Consent.State == ConsentGiven || fd.Legal.Consent.State == ConsentRenewed
	return held && ended(r.Consent().State) && fd.Result.Stands == "" && fd.Result.Facts != nil
}

// redecide asks policy about an answered case again, on the ground as it is now:
// the consent has ended. Nothing is taken in and nothing is opened for it. If
// policy still allows, on a ground that needs no consent, the answer stays, with
// the reason. Else a denial takes its place, and what policy lets leave of that.
func (a *Agent) redecide(ctx context.Context, ref Ref, version uint64, fd *Finding, r *ConsentRecord) (*ConsentEffect, error) {
	q, allowed, err := a.again(ctx, ref, version, fd, func(q *question) error { q.f.Legal.Consent = r.Consent(); return nil })
	if err != nil {
		return nil, err
	}
	effect := &ConsentEffect{Case: fd.Case}
	if l := fd.outside(); l != nil && !l.Retraction() {
		effect.Verdict, effect.Platform = l.ID, l.Platform
	}
	if allowed {
		stays := *fd
		switch fd.Legal.Basis {
		case BasisContract:
			stays.Result.Stands = CodeConsentContractCarries
		case BasisLegalDuty:
			stays.Result.Stands = CodeConsentDutyCarries
		default:
			stays.Result.Stands = CodeConsentOtherGroundCarries
		}
		effect.Stands = stays.Result.Stands
		w := &Write{Subject: ref.Subject, Slot: ref.Slot, Version: version + 1, Finding: encodeFinding(&stays), Review: stays.Result.Review.waits(),
			Entry: a.entry("withdraw", q.now, fd.Purpose, q.points, nil)}
		w.Entry.Body = entryBody(fd.Case, fd.Digest)
		_, err := a.c.Store.Commit(ctx, w)
		return effect, err
	}
	recipient := a.c.Registers.Recipient(fd.Recipient)
	next := &Finding{Case: fd.Case, AsOf: fd.AsOf, Purpose: fd.Purpose, Recipient: fd.Recipient,
		Loan: fd.Loan, Digest: fd.Digest, Legal: q.f.Legal, Registers: a.registers}
	next.Result.Review = reviewOf(fd, nil, q.now.Unix())
	v := a.disclose(ctx, q, recipient, Claims{}, true, false)
	if v != nil {
		effect.Superseded = v.ID
	}
	if err := a.prepare(q, next, v, recipient); err != nil {
		return nil, err
	}
	q.w.Entry.Kind = "withdraw"
	if _, err := a.c.Store.Commit(ctx, &q.w); err != nil {
		return nil, err
	}
	effect.Denials = next.Result.Denials
	return effect, nil
}

// again asks policy about an answered case once more, on the ground as ground
// puts it into the question: may what was taken in be taken in, and what was used
// be used? Nothing is taken in and nothing is opened for it.
func (a *Agent) again(ctx context.Context, ref Ref, version uint64, fd *Finding, ground func(*question) error) (*question, bool, error) {
	q := &question{now: a.c.Now(), subject: ref.Subject, known: true, prior: fd, version: version, slot: ref.Slot,
		f: &File{Digest: fd.Digest, Legal: fd.Legal,
			Case: Case{ID: fd.Case, AsOf: fd.AsOf, Purpose: fd.Purpose, Recipient: fd.Recipient}}}
	var err error
	if q.profile, err = a.c.Store.Profile(ctx, ref.Subject); err != nil {
		return nil, false, err
	}
	if err := ground(q); err != nil {
		return nil, false, err
	}
	var used []string
	if t := fd.Trail; t != nil {
		used = slices.Sorted(slices.Values(t.Used))
	}
	q.ground = groundOf(&q.f.Legal, fd.Purpose, ageIn(fd), q.now.Unix(), a.c.Registers)
	q.trail.Now, q.trail.Age = q.ground.Now, q.ground.SubjectAge
	if !a.collect(ctx, q) {
		return q, false, nil
	}
	in := &UseInput{Ground: q.ground, Categories: used}
	q.trail.Used, q.trail.UsableUntil, q.trail.Restricted = in.Categories, in.UsableUntil, in.Restricted
	d := a.c.Policy.Use(ctx, in)
	d.Allow = d.Allow && len(d.Denials) == 0
	q.points = append(q.points, PointDecision{PointUse, d})
	return q, d.Allow, nil
}

// guard makes a write conflict with an event of the ledger that came since the
// question was asked, if the question names a consent of somebody known.
func (q *question) guard() {
	if w := &q.w; w.Profile == nil && !w.New && q.known && q.f.Legal.Consent.ID != "" {
		w.Profile = &q.profile
	}
}
