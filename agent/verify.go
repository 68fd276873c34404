package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"slices"
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
	Conduct  func(e *Evidence, asOf int64) ConductFacts
	Contract func(e *Evidence, asOf int64) ContractFacts
	Cost     func(e *Evidence, asOf int64) CostFacts
	// Terms computes what may be proposed, from the facts of the others. Optional.
	Terms func(e *Evidence, f *Facts, p Purpose, asOf int64) TermsFacts
}

// Facts computes what judgement rests on: evidence about a person, for a purpose,
// as of an instant in seconds. How late a loan is matters to no purpose but that of
// asking why, and to a draw on a limit. No check may be nil. It may be called
// concurrently.
func (c *Checks) Facts(ev *Evidence, who Person, p Purpose, asOf int64) *Facts {
	ev, again := ev.settled(asOf).joined()
	f := &Facts{
		Identity: c.Identity(ev, who, asOf),
		Overdue:  c.Overdue(ev, asOf),
		Capacity: c.Capacity(ev, asOf),
		Conduct:  c.Conduct(ev, asOf),
		Contract: c.Contract(ev, asOf),
		Cost:     c.Cost(ev, asOf),
	}
	if again {
		f.Capacity.StatementWarnings = sortedSet(append(slices.Clone(f.Capacity.StatementWarnings), CodeAccountRepeated))
	}
	if p != PurposeOverdue {
		f.Overdue = ofDraw(&f.Overdue, &f.Contract)
	}
	if c.Terms != nil {
		f.Terms = c.Terms(ev, f, p, asOf)
	}
	return f
}

// ofDraw keeps what a draw has to know: whether a payment under its limit is late.
// Under a limit that is open nothing is, though it may have no schedule yet.
func ofDraw(o *OverdueFacts, c *ContractFacts) OverdueFacts {
	draw := OverdueFacts{Bucket: "unknown", Support: ClaimNone}
	switch {
	case c.LimitKind == "":
	case c.LimitOpen == Yes:
		draw.DaysPastDue, draw.Bucket = Known(0), "M0"
	default:
		draw.DaysPastDue, draw.Bucket, draw.AmountPastDue = notAhead(o.DaysPastDue), o.Bucket, o.AmountPastDue
	}
	return draw
}

// Config is what an Agent is made of. Every field but Ledger, Sources and Past is
// required.
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
	// Ledger is what the ledger of consents needs. Optional: the zero value
	// records nothing, and what is recorded counts all the same.
	Ledger LedgerConfig
	// Sources are asked about a person where that is wanted, see
	// [Agent.VerifyAsking]. Optional; with any, Policy must answer
	// Provide(context.Context, *ProvideInput) Decision too.
	Sources []Source
	// Past returns the registers that had a digest, or nil if they are not there
	// any more. Optional: without it only what was decided by the present
	// registers can be put together again.
	Past func(digest [32]byte) Registers
}

// An Agent answers cases. Its methods are safe for concurrent use.
type Agent struct {
	c Config
	// gate bounds how many cases are decided and computed at a time: more than
	// the cores can carry would only make all of them late.
	gate      chan struct{}
	registers [32]byte // their digest
	// timing, if set, is called at the end of each stage of a verification.
	timing func(Stage)
}

// New returns an agent. It takes the policy, without which nothing opens: it is
// called by cmd and by tests only, and a test of the repository holds that.
func New(c Config) (*Agent, error) {
	if c.Name == "" || c.Store == nil || c.Policy == nil || c.Registers == nil || c.Payload == nil || c.Notice == nil || c.Now == nil ||
		c.Checks.Identity == nil || c.Checks.Overdue == nil || c.Checks.Capacity == nil || c.Checks.Conduct == nil || c.Checks.Contract == nil || c.Checks.Cost == nil {
		return nil, errors.New("agent: a field of the config is missing")
	}
	if _, ok := c.Policy.(providing); !ok && len(c.Sources) > 0 {
		return nil, errors.New("agent: there are sources, and the policy cannot say whether they may be asked")
	}
	return &Agent{c: c, gate: make(chan struct{}, 2*runtime.GOMAXPROCS(0)), registers: c.Registers.Digest()}, nil
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
		if c == categoryConsent {
			s.Consents = true
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
	if err := answerable(f); err != nil {
		return nil, err
	}
	return a.verifyTries(ctx, f.bound(), false)
}

// answerable says what a file lacks to be answered.
func answerable(f *File) error {
	if f.Subject.Number.IsZero() {
		return errors.New("verify: a case needs a subject")
	}
	if !wellFormed(f.Case.ID) || !wellFormed(string(f.Case.Purpose)) || f.Case.Reference != "" && !wellFormed(f.Case.Reference) {
		return errors.New("verify: id, reference and purpose take A-Z a-z 0-9 . _ - only, at most 64")
	}
	return nil
}

// verifyTries answers a case; renewed says that more came than its file holds, so
// that an answer to the same file is not the answer. asks name the questions to
// sources that came before.
func (a *Agent) verifyTries(ctx context.Context, f *File, renewed bool, asks ...string) (*Result, error) {
	for range maxTries {
		r, err := a.verify(ctx, f, renewed, asks...)
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
	loan    string   // key of the loan that it is about
	renewed bool     // more came than the file of the prior finding held
	asks    []string // names of the questions to sources that came before
	opened  []string // what of the agent's own was opened on the way
	version uint64   // of the stored case
	slot    Slot
	profile Profile
	relink  bool
	// reviewed: people have decided what is written.
	reviewed bool
	kept     bool // the person and what came with the file may be kept
	ground   Ground
	points   []PointDecision
	trail    Trail
	w        Write
}

func (a *Agent) verify(ctx context.Context, f *File, renewed bool, asks ...string) (*Result, error) {
	mark := a.stopwatch()
	q := &question{f: f, renewed: renewed, asks: asks}
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
	q.now = a.c.Now()
	if err := a.find(ctx, q); err != nil {
		return nil, err
	}
	if err := a.resolve(ctx, q); err != nil {
		return nil, err
	}
	f := q.f
	if q.prior != nil && !q.renewed && q.prior.Digest == f.Digest && !q.prior.undecided() && sameGround(&q.prior.Legal, &f.Legal) {
		// The answer is what was found before. That it was opened is on the
		// record before it leaves.
		q.w = Write{Subject: q.subject, Entry: a.openEntry(Decision{Allow: true}, q.opened...)}
		return q.prior, nil
	}
	mark(StageFind)

	q.ground = a.ground(&f.Legal, f.Case.Purpose, &f.Subject, q.now)
	q.trail.Now, q.trail.Age = q.ground.Now, q.ground.SubjectAge
	recipient := a.c.Registers.Recipient(f.Case.Recipient)
	fd := &Finding{Case: f.Case.ID, AsOf: f.Case.AsOf, Purpose: f.Case.Purpose, Recipient: f.Case.Recipient,
		Digest: f.Digest, Legal: f.Legal, Registers: a.registers}

	collected := a.collect(ctx, q)
	mark(StageCollect)
	var ev *Evidence
	if collected {
		var err error
		if ev, err = a.use(ctx, q); err != nil {
			return nil, err
		}
		mark(StageOpen)
		fd.Loan = q.loan
	}
	var claims Claims
	var sensitive bool
	denied := ev == nil
	if !denied {
		fd.Result.Facts = a.c.Checks.Facts(ev, f.Subject, f.Case.Purpose, f.Case.AsOf)
		mark(StageChecks)
		j := judged(ctx, a.c.Policy, JudgeInputOf(f.Case.AsOf, f.Case.Purpose, fd.Result.Facts, a.c.Registers.LenderClass()))
		q.points = append(q.points, PointDecision{PointJudge, j.Decision})
		if j.Allow {
			fd.Result.Judgement = &j
			claims = claimsOf(fd.Result.Facts, &j, false)
			sensitive = sensitiveReason(fd.Result.Facts, &j)
		}
		denied = !j.Allow
		mark(StageJudge)
	}
	fd.Result.Review = reviewOf(q.prior, fd.Result.Judgement, q.now.Unix())
	v := a.disclose(ctx, q, recipient, claims, denied, sensitive)
	mark(StageDisclose)
	if err := a.prepare(q, fd, v, recipient); err != nil {
		return nil, err
	}
	mark(StageSeal)
	return fd, nil
}

// A location is where a case and its person are in the store.
type location struct {
	byCase, number       Ref
	haveCase, haveNumber bool
	same                 bool    // the case is of the person with the number
	profile              Profile // of the case's subject
}

// locate looks case and person up. A case of somebody else is [ErrCaseSubject].
func (a *Agent) locate(ctx context.Context, f *File) (l location, err error) {
	st := a.c.Store
	if l.byCase, l.haveCase, err = st.Find(ctx, IndexCase, []byte(f.Case.ID)); err != nil {
		return l, err
	}
	number := []byte(NormalizeNumber(f.Subject.Number.Reveal()))
	if l.number, l.haveNumber, err = st.Find(ctx, IndexNumber, number); err != nil || !l.haveCase {
		return l, err
	}
	if l.profile, err = st.Profile(ctx, l.byCase.Subject); err != nil {
		return l, err
	}
	if l.same = l.haveNumber && l.number.Subject == l.byCase.Subject; !l.same && !l.profile.Anonymous {
		return l, ErrCaseSubject
	}
	return l, nil
}

// find resolves case and person and opens the prior finding, if there is one.
func (a *Agent) find(ctx context.Context, q *question) error {
	l, err := a.locate(ctx, q.f)
	if err != nil {
		return err
	}
	q.subject, q.known = l.number.Subject, l.haveNumber
	if l.haveCase {
		if q.prior, q.version, _, err = a.open(ctx, l.byCase); err != nil {
			return err
		}
		q.opened = append(q.opened, categoryFinding)
		q.slot, q.profile = l.byCase.Slot, l.profile
		if !l.same { // a refused case that stood without a person
			q.relink = l.haveNumber
			if !l.haveNumber {
				q.subject = l.byCase.Subject
			}
		}
	} else {
		rand.Read(q.slot[:])
	}
	if l.haveNumber && (!l.haveCase || q.relink) {
		if q.profile, err = a.c.Store.Profile(ctx, q.subject); err != nil {
			return err
		}
	}
	return nil
}

// open opens a finding under a grant for oversight. The caller commits the
// decision, see openEntry, before it shows anything of it; a denial is on the
// record when open returns it.
func (a *Agent) open(ctx context.Context, ref Ref) (*Finding, uint64, Decision, error) {
	g, d := a.Authorize(ctx, a.oversight(), ref.Subject)
	if !d.Allow {
		if _, err := a.c.Store.Commit(ctx, &Write{Entry: a.openEntry(d)}); err != nil {
			return nil, 0, d, err
		}
		return nil, 0, d, &Denied{Point: PointUse, Codes: d.Denials}
	}
	sc, err := a.c.Store.Case(ctx, g, ref.Slot)
	if err != nil {
		return nil, 0, d, err
	}
	fd, ok := decodeFinding(sc.Finding)
	if !ok {
		return nil, 0, d, ErrCorrupt
	}
	return fd, sc.Version, d, nil
}

// openEntry is the journal entry for an opening for oversight: of what, or, if it
// was denied, of nothing.
func (a *Agent) openEntry(d Decision, what ...string) Entry {
	e := a.entry("open", a.c.Now(), PurposeOversight, []PointDecision{{PointUse, d}}, nil)
	e.opened(what)
	return e
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
	return groundOf(l, p, who.AgeAt(DateOf(now)), now.Unix(), a.c.Registers)
}

// groundOf is ground with what it takes of person and clock, so that a ground
// can be resolved again when neither is at hand.
func groundOf(l *Legal, p Purpose, age Int, now int64, rs Registers) Ground {
	at := func(sec int64) Int {
		if sec == 0 {
			return Int{}
		}
		return Known(sec)
	}
	g := Ground{
		Now: now, Purpose: p, Mode: rs.Mode(),
		Basis: l.Basis, BasisRef: l.BasisRef != "",
		SubjectAge: age,
		Notice:     rs.Notice(l.Notice),
		Consent: ConsentInput{State: l.Consent.State, Form: l.Consent.Form, GivenAt: at(l.Consent.GivenAt), ExpiresAt: at(l.Consent.ExpiresAt),
			Notice: l.Consent.Notice, Purposes: l.Consent.Purposes, Categories: l.Consent.Categories,
			Recipients: l.Consent.Recipients, Reasons: l.Consent.Reasons},
		Assessment: rs.Assessment(l.Assessment),
	}
	g.Notice.ShownAt = at(l.NoticeAt)
	return g
}

// collect decides whether what came with the file may be taken in. If it may,
// the records will be part of the write.
func (a *Agent) collect(ctx context.Context, q *question) bool {
	// Who is asked about is taken in too: the number finds the subject again.
	in := &CollectInput{Ground: q.ground, Categories: []string{string(CatIdentity)}, Sources: []string{"lender"}}
	for i := range q.f.Collected {
		in.Categories = append(in.Categories, string(q.f.Collected[i].Category))
		in.Sources = append(in.Sources, sourceKind(q.f.Collected[i].Source))
	}
	in.Categories, in.Sources = sortedSet(in.Categories), sortedSet(in.Sources)
	q.trail.Collected, q.trail.Sources = in.Categories, in.Sources
	d := a.c.Policy.Collect(ctx, in)
	retain := make([]int64, len(q.f.Collected))
	for i := range q.f.Collected {
		keep, ok := a.c.Policy.RetainFor(q.f.Collected[i].Category, q.f.Case.Purpose)
		if !ok && d.Allow {
			d = Decision{Denials: []Code{CodeUndecided}}
		}
		// To the end of the day: what is collected again on the same day is
		// already kept for as long, and need not be written again.
		const day = 24 * 3600
		retain[i] = (q.now.Unix()+keep)/day*day + day
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
	held := []Held{}
	if q.known {
		var err error
		if held, err = a.held(ctx, in, q.subject, nil); err != nil {
			return nil, err
		}
	}
	stored := len(held) > 0
	for i := range q.f.Collected {
		// A category that came but that the purpose has no use for is asked
		// about too: the rules deny the surplus, openly.
		in.Categories = append(in.Categories, string(q.f.Collected[i].Category))
	}
	in.Categories = sortedSet(in.Categories)
	q.trail.Used, q.trail.UsableUntil, q.trail.Restricted = in.Categories, in.UsableUntil, in.Restricted
	g, d := a.Authorize(ctx, in, q.subject)
	q.points = append(q.points, PointDecision{PointUse, d})
	if g == nil {
		return nil, nil
	}
	g.scope.Held = held
	var opened []StoredRecord
	if stored {
		var err error
		if opened, err = a.c.Store.Records(ctx, g); err != nil {
			return nil, err
		}
	}
	q.loan = loanOf(q.f, q.prior, opened)
	return gather(q.loan, opened, q.f.Collected), nil
}

// held lists what is stored of a subject that the purpose of a use has a use
// for, and adds it to the question. What may be kept no longer is not asked for:
// it is as if it were not there, and denies nobody the use of what is. keep, if
// not nil, picks.
func (a *Agent) held(ctx context.Context, in *UseInput, id SubjectID, keep func(Category) bool) ([]Held, error) {
	all, err := a.c.Store.Held(ctx, id)
	if err != nil {
		return nil, err
	}
	wanted := a.c.Policy.CategoriesFor(in.Purpose)
	held := []Held{}
	for _, h := range all {
		if h.Until <= in.Now || !slices.Contains(wanted, h.Category) || keep != nil && !keep(h.Category) {
			continue
		}
		held = append(held, h)
		in.Categories = append(in.Categories, string(h.Category))
		if until, ok := in.UsableUntil.Value(); !ok || h.Until < until {
			in.UsableUntil = Known(h.Until)
		}
	}
	return held, nil
}
