package agent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
)

// ErrCaseSubject: the case id already stands for a question about another
// person. A case keeps its subject; use a new case id.
var ErrCaseSubject = errors.New("case: this id belongs to a case about another person; use a new case id")

// ErrUnknownCase: no case with this id is stored (or it was erased).
var ErrUnknownCase = errors.New("case: none with this id")

// Checks compute facts. They are pure.
type Checks struct {
	Identity func(e *Evidence, declared Person, asOf int64) IdentityFacts
	Overdue  func(e *Evidence, asOf int64) OverdueFacts
	Capacity func(e *Evidence, asOf int64) CapacityFacts
}

// Config is what an Agent is made of. Every field is required.
type Config struct {
	Name      string // how the agent enrolled: the issuer of its verdicts
	Store     Store
	Policy    Policy
	Registers Registers
	Checks    Checks
	// Payload writes the exact bytes of a verdict. It fails on a claim outside
	// the closed lists; the agent finds that out before it commits.
	Payload func(*Verdict) ([]byte, error)
	// Notice writes the exact bytes of a notice that a platform shall erase.
	Notice func(issuer, platform, id string, sub [16]byte, at int64, seq uint64, prev [32]byte) []byte
	Now    func() time.Time
}

// An Agent answers cases. Its methods are safe for concurrent use.
type Agent struct {
	c Config
	// gate bounds how many cases are decided and computed at a time: more than
	// the cores can carry would only make all of them late.
	gate chan struct{}
	// timing, if set, is called at the end of each stage of a verification.
	timing func(Stage)
}

// New returns an agent. It takes the policy, without which nothing opens: it is
// called by cmd and by tests only, and a test of the repository holds that.
func New(c Config) (*Agent, error) {
	if c.Name == "" || c.Store == nil || c.Policy == nil || c.Registers == nil || c.Payload == nil || c.Notice == nil || c.Now == nil ||
		c.Checks.Identity == nil || c.Checks.Overdue == nil || c.Checks.Capacity == nil {
		return nil, errors.New("agent: a field of the config is missing")
	}
	return &Agent{c: c, gate: make(chan struct{}, 2*runtime.GOMAXPROCS(0))}, nil
}

// grantLife is how long a grant may wait for its use.
const grantLife = 10 * time.Second

// Authorize asks policy whether the categories may be opened and, if so,
// returns the grant. Whoever opens with it must have the decision committed
// before anything of what was opened leaves the process.
func (a *Agent) Authorize(ctx context.Context, in *UseInput, id SubjectID) (*Grant, Decision) {
	d := a.c.Policy.Use(ctx, in)
	if !d.Allow || len(d.Denials) > 0 {
		d.Allow = false
		return nil, d
	}
	s := GrantScope{Subject: id, Purpose: in.Purpose, Expires: a.c.Now().Add(grantLife)}
	for _, c := range in.Categories {
		if c == categoryFinding {
			s.Findings = true
			continue
		}
		s.Categories = append(s.Categories, Category(c))
	}
	g := &Grant{scope: s}
	g.live.Store(true)
	return g, d
}

// categoryFinding stands in a use decision for what the agent itself found.
const categoryFinding = "finding"

// maxTries bounds how often a case is decided again because another write came
// first. Each conflict means that somebody else's write succeeded.
const maxTries = 16

// Verify answers a case. When it returns nil the answer is durable: decision,
// finding, verdict and queue entry are committed together. The same id with the
// same bytes gives the same answer; with other bytes the new answer supersedes
// the old one. A case that policy denies is an answer, not an error.
//
// After [ErrUncertain] or a broken connection ask again with the same file.
func (a *Agent) Verify(ctx context.Context, f *File) (*Result, error) {
	if f.Subject.Number.IsZero() {
		return nil, errors.New("verify: a case needs a subject")
	}
	if !wellFormed(f.Case.ID) || !wellFormed(string(f.Case.Purpose)) || f.Case.Reference != "" && !wellFormed(f.Case.Reference) {
		return nil, errors.New("verify: id, reference and purpose take A-Z a-z 0-9 . _ - only, at most 64")
	}
	for range maxTries {
		r, err := a.verify(ctx, f)
		if !errors.Is(err, ErrConflict) {
			return r, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, fmt.Errorf("verify: %w", ErrConflict)
}

// A question is one try at a case: what is known so far and what will be written.
type question struct {
	f       *File
	now     time.Time
	subject SubjectID
	known   bool // the person is in the store
	prior   *Finding
	version uint64 // of the stored case
	slot    Slot
	profile Profile
	relink  bool
	kept    bool // the person and what came with the file may be kept
	ground  Ground
	points  []PointDecision
	w       Write
}

func (a *Agent) verify(ctx context.Context, f *File) (*Result, error) {
	mark := a.stopwatch()
	q := &question{f: f}
	fd, err := a.answer(ctx, q, mark)
	if err != nil {
		return nil, err
	}
	// From here on nothing is computed: waiting for the disk holds nobody up.
	if _, err := a.c.Store.Commit(ctx, &q.w); err != nil {
		return nil, err
	}
	mark(StageCommit)
	return &fd.Result, nil
}

// answer reads, decides and computes, up to the write that makes the answer
// durable.
func (a *Agent) answer(ctx context.Context, q *question, mark func(Stage)) (*Finding, error) {
	select {
	case a.gate <- struct{}{}:
		defer func() { <-a.gate }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	f := q.f
	q.now = a.c.Now()
	if err := a.find(ctx, q); err != nil {
		return nil, err
	}
	if q.prior != nil && q.prior.digest() == f.Digest {
		// The answer is what was found before. That it was opened is on the
		// record before it leaves.
		q.w = Write{Subject: q.subject, Entry: a.entry("open", q.now, PurposeOversight, nil, nil)}
		return q.prior, nil
	}
	mark(StageFind)

	q.ground = a.ground(&f.Legal, f.Case.Purpose, &f.Subject, q.now)
	recipient := a.c.Registers.Recipient(f.Case.Recipient)
	fd := &Finding{Case: f.Case.ID, AsOf: f.Case.AsOf, Purpose: f.Case.Purpose, Digest: encodeHex(f.Digest[:]), Recipient: f.Case.Recipient}

	collected := a.collect(ctx, q)
	mark(StageCollect)
	var ev *Evidence
	if collected {
		var err error
		if ev, err = a.use(ctx, q); err != nil {
			return nil, err
		}
		mark(StageOpen)
	}
	var claims Claims
	var sensitive bool
	denied := ev == nil
	if !denied {
		fd.Facts = &Facts{
			Identity: a.c.Checks.Identity(ev, f.Subject, f.Case.AsOf),
			Overdue:  a.c.Checks.Overdue(ev, f.Case.AsOf),
			Capacity: a.c.Checks.Capacity(ev, f.Case.AsOf),
		}
		if f.Case.Purpose != PurposeOverdue {
			fd.Facts.Overdue = OverdueFacts{Bucket: "unknown", Support: ClaimNone}
		}
		mark(StageChecks)
		j := a.c.Policy.Judge(ctx, &JudgeInput{AsOf: f.Case.AsOf, Purpose: f.Case.Purpose,
			Identity: fd.Facts.Identity, Overdue: fd.Facts.Overdue, Capacity: fd.Facts.Capacity})
		q.points = append(q.points, PointDecision{PointJudge, j.Decision})
		if j.Allow {
			fd.Judgement = &j
			claims = claimsOf(fd.Facts, &j)
			sensitive = a.sensitive(fd.Facts)
		}
		denied = !j.Allow
		mark(StageJudge)
	}
	v := a.disclose(ctx, q, recipient, claims, denied, sensitive)
	mark(StageDisclose)
	if err := a.prepare(q, fd, v, recipient); err != nil {
		return nil, err
	}
	mark(StageSeal)
	return fd, nil
}

// find resolves case and person and opens the prior finding, if there is one.
func (a *Agent) find(ctx context.Context, q *question) error {
	st := a.c.Store
	byCase, haveCase, err := st.Find(ctx, IndexCase, []byte(q.f.Case.ID))
	if err != nil {
		return err
	}
	number := []byte(NormalizeNumber(q.f.Subject.Number.Reveal()))
	byNumber, haveNumber, err := st.Find(ctx, IndexNumber, number)
	if err != nil {
		return err
	}
	q.subject, q.known = byNumber.Subject, haveNumber
	if haveCase {
		p, err := st.Profile(ctx, byCase.Subject)
		if err != nil {
			return err
		}
		same := haveNumber && byNumber.Subject == byCase.Subject
		if !same && !p.Anonymous {
			return ErrCaseSubject
		}
		if q.prior, q.version, err = a.open(ctx, byCase); err != nil {
			return err
		}
		q.slot, q.profile = byCase.Slot, p
		if !same { // a refused case that stood without a person
			q.relink = haveNumber
			if !haveNumber {
				q.subject = byCase.Subject
			}
		}
	} else {
		rand.Read(q.slot[:])
	}
	if haveNumber && (!haveCase || q.relink) {
		if q.profile, err = st.Profile(ctx, q.subject); err != nil {
			return err
		}
	}
	return nil
}

// open opens a finding under a grant for oversight. The caller commits before
// it shows anything of it.
func (a *Agent) open(ctx context.Context, ref Ref) (*Finding, uint64, error) {
	g, d := a.Authorize(ctx, a.oversight(), ref.Subject)
	if !d.Allow {
		return nil, 0, &Denied{Point: PointUse, Codes: d.Denials}
	}
	sc, err := a.c.Store.Case(ctx, g, ref.Slot)
	if err != nil {
		return nil, 0, err
	}
	fd := new(Finding)
	if err := json.Unmarshal(sc.Finding, fd); err != nil {
		return nil, 0, ErrCorrupt
	}
	return fd, sc.Version, nil
}

// oversight is the ground on which the agent opens what it found itself: the
// duty to explain a decision and to answer for it (PIPL 24, 48, 69).
func (a *Agent) oversight() *UseInput {
	return &UseInput{
		Ground:     Ground{Now: a.c.Now().Unix(), Purpose: PurposeOversight, Mode: a.c.Registers.Mode(), Basis: BasisLegalDuty, BasisRef: true},
		Categories: []string{categoryFinding},
	}
}

// ground resolves the references of a file into what rules see.
func (a *Agent) ground(l *Legal, p Purpose, who *Person, now time.Time) Ground {
	at := func(sec int64) Int {
		if sec == 0 {
			return Int{}
		}
		return Known(sec)
	}
	g := Ground{
		Now: now.Unix(), Purpose: p, Mode: a.c.Registers.Mode(),
		Basis: l.Basis, BasisRef: l.BasisRef != "",
		SubjectAge: AgeAt(who.Number.Reveal(), DateOf(now)),
		Notice:     a.c.Registers.Notice(l.Notice),
		Consent: ConsentInput{State: l.Consent.State, Form: l.Consent.Form, GivenAt: at(l.Consent.GivenAt), ExpiresAt: at(l.Consent.ExpiresAt),
			Notice: l.Consent.Notice, Purposes: l.Consent.Purposes, Categories: l.Consent.Categories,
			Recipients: l.Consent.Recipients, Reasons: l.Consent.Reasons},
		Assessment: a.c.Registers.Assessment(l.Assessment),
	}
	g.Notice.ShownAt = at(l.NoticeAt)
	return g
}

// collect decides whether what came with the file may be taken in. If it may,
// the records will be part of the write.
func (a *Agent) collect(ctx context.Context, q *question) bool {
	// Who is asked about is taken in too: the number finds the subject again.
	in := &CollectInput{Ground: q.ground, Categories: []string{string(CatIdentity)}}
	for i := range q.f.Collected {
		in.Categories = append(in.Categories, string(q.f.Collected[i].Category))
		in.Sources = append(in.Sources, sourceKind(q.f.Collected[i].Source))
	}
	in.Categories, in.Sources = sortedSet(in.Categories), sortedSet(in.Sources)
	d := a.c.Policy.Collect(ctx, in)
	retain := make([]int64, len(q.f.Collected))
	for i := range q.f.Collected {
		keep, ok := a.c.Policy.RetainFor(q.f.Collected[i].Category, q.f.Case.Purpose)
		if !ok && d.Allow {
			d = Decision{Denials: []Code{CodeUndecided}}
		}
		retain[i] = q.now.Unix() + keep
	}
	q.points = append(q.points, PointDecision{PointCollect, d})
	if d.Allow {
		q.kept, q.w.Records, q.w.Retain = true, q.f.Collected, retain
	}
	return d.Allow
}

// sourceKind tells who gave a record, as rules see it.
func sourceKind(source string) string {
	switch source {
	case "borrower", "lender":
		return source
	case "":
		return ""
	}
	return "provider"
}

func sortedSet(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

// use decides whether the evidence may be opened, and opens it: what is stored
// and what came with the file. It returns nil evidence when policy denies.
func (a *Agent) use(ctx context.Context, q *question) (*Evidence, error) {
	in := &UseInput{Ground: q.ground}
	wanted := a.c.Policy.CategoriesFor(q.f.Case.Purpose)
	var held []Held
	if q.known {
		var err error
		if held, err = a.c.Store.Held(ctx, q.subject); err != nil {
			return nil, err
		}
	}
	var stored []string
	for _, h := range held {
		if !slices.Contains(wanted, h.Category) {
			continue
		}
		stored = append(stored, string(h.Category))
		if until, ok := in.UsableUntil.Value(); !ok || h.Until < until {
			in.UsableUntil = Known(h.Until)
		}
	}
	in.Categories = stored
	for i := range q.f.Collected {
		// A category that came but that the purpose has no use for is asked
		// about too: the rules deny the surplus, openly.
		in.Categories = append(in.Categories, string(q.f.Collected[i].Category))
	}
	in.Categories = sortedSet(slices.Clone(in.Categories))
	g, d := a.Authorize(ctx, in, q.subject)
	q.points = append(q.points, PointDecision{PointUse, d})
	if g == nil {
		return nil, nil
	}
	var opened []StoredRecord
	if len(stored) > 0 {
		var err error
		if opened, err = a.c.Store.Records(ctx, g); err != nil {
			return nil, err
		}
	}
	return gather(opened, q.f.Collected), nil
}

// gather puts the newest record of each category, and every statement, into
// evidence. Of two statements of one account and period the newer counts.
func gather(opened []StoredRecord, collected []Record) *Evidence {
	ev := new(Evidence)
	newest := make(map[Category]int64, 16)
	type period struct {
		format, account string
		from, to        Date
	}
	seen := make(map[period]int)
	add := func(r *Record) {
		if s, ok := r.Data.(*Statement); ok {
			p := period{s.Format, s.Account, s.From, s.To}
			if i, ok := seen[p]; ok {
				ev.Statements[i] = s
				return
			}
			seen[p] = len(ev.Statements)
			ev.Statements = append(ev.Statements, s)
			return
		}
		if at, ok := newest[r.Category]; ok && r.CollectedAt < at {
			return
		}
		newest[r.Category] = r.CollectedAt
		ev.set(r.Data)
	}
	for i := range opened {
		add(&opened[i].Record)
	}
	for i := range collected {
		add(&collected[i])
	}
	return ev
}

func (e *Evidence) set(d Datum) {
	switch d := d.(type) {
	case *Identity:
		e.Identity = d
	case *Phone:
		e.Phone = d
	case *Cards:
		e.Cards = d
	case *Loan:
		e.Loan = d
	case *Claim:
		e.Claim = d
	case *Proofs:
		e.Proofs = d
	case *Employment:
		e.Employment = d
	case *SocialInsurance:
		e.SocialInsurance = d
	case *Income:
		e.Income = d
	case *Liabilities:
		e.Liabilities = d
	case *CreditReport:
		e.CreditReport = d
	case *ContactLog:
		e.ContactLog = d
	case *DeviceLog:
		e.DeviceLog = d
	case *Answers:
		e.Answers = d
	}
}

// sensitive reports whether the overdue reason rests on a sensitive category.
func (a *Agent) sensitive(f *Facts) bool {
	return f.Overdue.Claim == ReasonIllness && a.c.Policy.Sensitive(CatProof)
}

// claimsOf puts facts and judgement into the closed vocabulary. What is not in
// a list says the same as what is not known.
func claimsOf(f *Facts, j *Judgement) Claims {
	in := func(v string, list []string) string {
		if slices.Contains(list, v) {
			return v
		}
		return NotAvailable
	}
	c := Claims{
		Outcome:     in(j.Outcome, Outcomes),
		Assurance:   in(f.Identity.Assurance, Assurances),
		Class:       in(j.OverdueClass, Classes),
		Band:        in(j.Band, Bands),
		Disposition: in(j.Disposition, Dispositions),
	}
	// A person's review is not part of this pipeline: unwillingness is never
	// said without one.
	if c.Class == "able_unwilling" {
		c.Class = "unproven"
	}
	for _, r := range j.Reasons {
		if len(c.Reasons) < MaxReasons && slices.Contains(ReasonCodes, r) && !slices.Contains(c.Reasons, r) {
			c.Reasons = append(c.Reasons, r)
		}
	}
	slices.Sort(c.Reasons)
	return c
}

var allClaims = []string{ClaimBand, ClaimDisposition, ClaimAssurance, ClaimOutcome, ClaimClass, ClaimReasons}

// spentWindow is over how long disclosures add up against the budget.
const spentWindow = 30 * 24 * 3600

// disclose decides which claims may leave and returns the verdict, or nil.
func (a *Agent) disclose(ctx context.Context, q *question, to RecipientEntry, c Claims, denied, sensitive bool) *Verdict {
	in := &DiscloseInput{Ground: q.ground, Recipient: to, Claims: slices.Sorted(slices.Values(allClaims)),
		Outcome: c.Outcome, Sensitive: sensitive, Bits: Bits(allClaims), Denied: denied}
	for _, d := range q.profile.Disclosed {
		if d.Platform == to.ID && d.At > in.Now-spentWindow {
			in.Spent += d.Bits
		}
	}
	d := a.c.Policy.Disclose(ctx, in)
	q.points = append(q.points, PointDecision{PointDisclose, d.Decision})
	if !d.Allow || !wellFormed(to.ID) || d.ValidFor <= 0 {
		return nil
	}
	keep := func(name, v string) string {
		if v == "" || !slices.Contains(d.Claims, name) {
			return NotAvailable
		}
		return v
	}
	v := &Verdict{Issuer: a.c.Name, Audience: to.ID, ID: NewUUIDv7(q.now), Case: q.f.Case.Reference, Purpose: q.f.Case.Purpose,
		Claims: Claims{
			Outcome:     keep(ClaimOutcome, c.Outcome),
			Assurance:   keep(ClaimAssurance, c.Assurance),
			Class:       keep(ClaimClass, c.Class),
			Band:        keep(ClaimBand, c.Band),
			Disposition: keep(ClaimDisposition, c.Disposition),
		},
		IssuedAt: q.now.Unix(), ValidUntil: q.now.Unix() + d.ValidFor, Rules: a.c.Policy.Digest(), Basis: q.f.Legal.Basis}
	if slices.Contains(d.Claims, ClaimReasons) {
		v.Claims.Reasons = c.Reasons
	}
	if v.Case == "" {
		v.Case = NewUUIDv4()
	}
	if q.prior != nil && q.prior.Result.Leaves != nil && q.prior.Result.Leaves.Platform == to.ID {
		v.Supersedes = q.prior.Result.Leaves.ID
	}
	if alias, ok := q.profile.Aliases[to.ID]; !ok || q.relink {
		rand.Read(alias.Sub[:])
		rand.Read(alias.Salt[:])
		q.setAlias(to.ID, alias)
	}
	alias := q.profile.Aliases[to.ID]
	v.Subject = alias.Sub
	if id := q.f.Legal.Consent.ID; id != "" {
		v.Consent = sha256.Sum256(append(alias.Salt[:], id...))
	}
	fresh := q.profile.Disclosed[:0:0]
	for _, d := range q.profile.Disclosed {
		if d.At > in.Now-spentWindow {
			fresh = append(fresh, d)
		}
	}
	q.profile.Disclosed = append(fresh, Disclosed{Platform: to.ID, At: in.Now, Bits: Bits(d.Claims)})
	q.w.Profile = &q.profile
	return v
}

// setAlias adds an alias without touching a map that the store may share.
func (q *question) setAlias(platform string, a Alias) {
	m := make(map[string]Alias, len(q.profile.Aliases)+1)
	for k, v := range q.profile.Aliases {
		m[k] = v
	}
	m[platform] = a
	q.profile.Aliases = m
}

// prepare fills the write: subject, index, finding, verdict, journal entry.
func (a *Agent) prepare(q *question, fd *Finding, v *Verdict, to RecipientEntry) error {
	f, w := q.f, &q.w
	if q.subject.IsZero() {
		q.subject = NewSubjectID()
		w.New = true
		if !q.kept {
			// Nothing about the person may be kept, so the case stands for
			// itself: its own key, no index by number.
			q.profile.Anonymous = true
			w.Profile = &q.profile
		}
	} else if q.profile.Anonymous && q.kept && !q.relink {
		// A refused case comes back with what it lacked: the person is new.
		q.relink, w.New = true, true
		q.subject = NewSubjectID()
		q.profile = Profile{Aliases: q.profile.Aliases, Disclosed: q.profile.Disclosed}
		w.Profile = &q.profile
	}
	if q.relink {
		// The case moves to another subject: its finding starts anew there.
		rand.Read(q.slot[:])
		q.version = 0
	}
	w.Subject, w.Slot, w.Version, w.Relink = q.subject, q.slot, q.version+1, q.relink
	ref := Ref{Subject: q.subject, Slot: q.slot}
	w.Index = append(w.Index, IndexEntry{IndexCase, []byte(f.Case.ID), ref})
	if w.New && q.kept {
		w.Index = append(w.Index, IndexEntry{IndexNumber, []byte(NormalizeNumber(f.Subject.Number.Reveal())), Ref{Subject: q.subject}})
	}

	r := &fd.Result
	r.Case, r.Subject, r.Purpose = f.Case.ID, q.subject.String(), f.Case.Purpose
	rules := a.c.Policy.Digest()
	r.Rules = encodeHex(rules[:])
	r.Facts, r.Judgement = fd.Facts, fd.Judgement
	for _, p := range q.points {
		if !p.Allow {
			r.Denials = append(r.Denials, Denied{Point: p.Point, Codes: p.Denials})
		}
		r.Obligations = append(r.Obligations, p.Obligations...)
	}
	slices.Sort(r.Obligations)
	r.Obligations = slices.Compact(r.Obligations)
	if v != nil {
		r.Leaves = &Leaving{ID: v.ID, Platform: to.ID, Claims: v.Claims, IssuedAt: v.IssuedAt, ValidUntil: v.ValidUntil, Supersedes: v.Supersedes}
		v.Seq = 1 // any number will do to find out whether the claims can be said
		if _, err := a.c.Payload(v); err != nil {
			return fmt.Errorf("write verdict: %w", err)
		}
		w.Platform, w.VerdictID = to.ID, v.ID
		w.Payload = func(seq uint64, prev [32]byte) []byte {
			v.Seq, v.Prev = seq, prev
			b, err := a.c.Payload(v)
			if err != nil {
				panic("agent: a verdict that was valid is not") // cannot happen: only seq and prev changed
			}
			return b
		}
	}
	fd.Ground = &q.ground
	var err error
	if w.Finding, err = json.Marshal(fd); err != nil {
		return errors.New("encode finding")
	}
	w.Entry = a.entry("verify", q.now, f.Case.Purpose, q.points, v)
	w.Entry.Body = appendBody(nil, f.Case.ID, q.subject, f.Digest)
	return nil
}

// entry writes the public part of a journal entry: codes, times, random ids.
func (a *Agent) entry(kind string, now time.Time, p Purpose, points []PointDecision, v *Verdict) Entry {
	b := make([]byte, 0, 512)
	b = append(b, `{"purpose":"`...)
	b = append(b, p...)
	rules := a.c.Policy.Digest()
	b = append(b, `","rules":"`...)
	b = append(b, encodeHex(rules[:])...)
	b = append(b, `","points":{`...)
	for i, d := range points {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, d.Point...)
		b = append(b, `":[`...)
		if d.Allow {
			b = append(b, `"allow"`...)
		} else {
			b = append(b, `"deny"`...)
		}
		for _, c := range d.Denials {
			if !wellFormed(string(c)) {
				c = CodeUndecided
			}
			b = append(b, `,"`...)
			b = append(b, c...)
			b = append(b, '"')
		}
		b = append(b, ']')
	}
	b = append(b, '}')
	if v != nil {
		b = append(b, `,"verdict":"`...)
		b = append(b, v.ID...)
		b = append(b, `","platform":"`...)
		b = append(b, v.Audience...)
		b = append(b, '"')
	}
	return Entry{Kind: kind, At: now.UnixMilli(), Public: append(b, '}')}
}

func appendBody(b []byte, caseID string, id SubjectID, digest [32]byte) []byte {
	b = append(b, `{"case":"`...)
	b = append(b, caseID...)
	b = append(b, `","subject":"`...)
	b = append(b, id.String()...)
	b = append(b, `","file":"`...)
	b = append(b, encodeHex(digest[:])...)
	return append(b, `"}`...)
}

// wellFormed holds for ids and codes: texts that need no quoting in the journal
// and can hold no sentence.
func wellFormed(s string) bool {
	return s != "" && len(s) <= 64 && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	}) < 0
}
