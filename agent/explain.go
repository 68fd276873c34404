package agent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// ExplainTo opens the finding of a case to explain it to whoever asks (PIPL 24,
// 45, 48), and asks whether that may be. Of in the caller says who asks and what
// was verified of them; the request, the time of the decision, the basis of the
// case, whether a person has decided it, and when the request was received if nobody
// said, are filled in.
//
// Opening, question and answer are on the record before ExplainTo returns. That
// the answer is no is not an error: what may be told then is nothing.
func (a *Agent) ExplainTo(ctx context.Context, caseID string, in RightsInput,
	ask func(context.Context, *RightsInput) RightsAnswer) (*Finding, *RightsInput, RightsAnswer, error) {
	none := RightsAnswer{}
	ref, fd, d, err := a.openCase(ctx, caseID)
	if err != nil {
		return nil, nil, none, err
	}
	now := a.c.Now()
	in.Now, in.Request, in.Basis = now.Unix(), "explain", fd.Legal.Basis
	in.Automated = fd.Result.Review == nil || fd.Result.Review.DoneAt == 0
	if !in.ReceivedAt.IsKnown() {
		in.ReceivedAt = Known(in.Now)
	}
	answer := ask(ctx, &in)
	question, err := json.Marshal(&in)
	if err != nil {
		return nil, nil, none, errors.New("explain: encode question")
	}
	w := &Write{Subject: ref.Subject, Entry: a.entry("explain", now, PurposeOversight,
		[]PointDecision{{PointUse, d}, {PointRights, answer.Decision}}, nil)}
	w.Entry.opened([]string{categoryFinding})
	// The id of a case cannot hold a brace: there the question begins.
	w.Entry.Body = append(entryBody(caseID, fd.Digest), question...)
	if _, err := a.c.Store.Commit(ctx, w); err != nil {
		return nil, nil, none, err
	}
	return fd, &in, answer, nil
}

// Behind says of one record that lies behind the facts of a case where it comes
// from and when. It holds nothing of what the record says about the subject.
type Behind struct {
	Category    Category `json:"category"`
	Source      string   `json:"source"`
	CollectedAt int64    `json:"collected_at"` // seconds
	// Later: it was collected after the answer was found, which does not rest
	// on it.
	Later bool `json:"later"`
	// Of a statement: the account's label, the form, and the days it covers.
	Account string `json:"account,omitempty"`
	Format  string `json:"format,omitempty"`
	From    Date   `json:"from,omitempty"`
	To      Date   `json:"to,omitempty"`
	Rows    int64  `json:"rows,omitempty"`
}

// ExplainBehind opens the finding of a case, and the records behind it as far as
// policy lets its purpose use them now, and tells where they come from. denials
// says why they were not opened; the finding is there all the same.
//
// That they were opened is on the record before ExplainBehind returns.
func (a *Agent) ExplainBehind(ctx context.Context, caseID string) (fd *Finding, behind []Behind, denials []Code, err error) {
	fd, opened, denials, err := a.openBehind(ctx, caseID, "explain")
	if err != nil {
		return nil, nil, nil, err
	}
	at := fd.AsOf
	if fd.Trail != nil {
		at = fd.Trail.Now
	}
	loan := fd.loan(opened)
	for i := range opened {
		r := &opened[i].Record
		if !r.about(loan) {
			continue
		}
		b := Behind{Category: r.Category, Source: r.Source, CollectedAt: r.CollectedAt, Later: r.CollectedAt > at}
		if s, ok := r.Data.(*Statement); ok {
			b.Account, b.Format, b.From, b.To, b.Rows = s.Account, s.Format, s.From, s.To, s.Rows
		}
		behind = append(behind, b)
	}
	return fd, behind, denials, nil
}

// openCase finds a case and opens its finding for oversight. The caller commits
// the decision before it shows anything.
func (a *Agent) openCase(ctx context.Context, caseID string) (Ref, *Finding, Decision, error) {
	ref, ok, err := a.c.Store.Find(ctx, IndexCase, []byte(caseID))
	if err == nil && !ok {
		err = ErrUnknownCase
	}
	if err != nil {
		return Ref{}, nil, Decision{}, err
	}
	fd, _, d, err := a.open(ctx, ref)
	return ref, fd, d, err
}

// An opening is a case with its finding and the records behind it. Nothing of it is
// shown before [Agent.writeOpening] is committed.
type opening struct {
	subject SubjectID
	profile Profile // as it was before anything was opened
	fd      *Finding
	now     time.Time
	records []StoredRecord
	opened  []string        // the categories, none if that was denied
	points  []PointDecision // use, if there was anything to open
}

// denials returns why the records were not opened.
func (o *opening) denials() (codes []Code) {
	for _, p := range o.points {
		codes = append(codes, p.Denials...)
	}
	return codes
}

// openRecords opens the finding of a case, which is on the record before it returns,
// and on the ground of the case as it is now the records that its purpose uses, all
// or those that are wanted. Without an allow there are none.
func (a *Agent) openRecords(ctx context.Context, caseID string, wanted func(Category) bool) (*opening, error) {
	ref, ok, err := a.c.Store.Find(ctx, IndexCase, []byte(caseID))
	if err == nil && !ok {
		err = ErrUnknownCase
	}
	if err != nil {
		return nil, err
	}
	o := &opening{subject: ref.Subject}
	// Read first: an event of the ledger that comes later conflicts with the
	// write, so nothing is shown that a withdrawal has overtaken.
	if o.profile, err = a.c.Store.Profile(ctx, ref.Subject); err != nil {
		return nil, err
	}
	var d Decision
	if o.fd, _, d, err = a.open(ctx, ref); err != nil {
		return nil, err
	}
	if _, err := a.c.Store.Commit(ctx, &Write{Subject: ref.Subject, Entry: a.openEntry(d, categoryFinding)}); err != nil {
		return nil, err
	}
	o.now = a.c.Now()
	use := &UseInput{Ground: groundOf(&o.fd.Legal, o.fd.Purpose, ageIn(o.fd), o.now.Unix(), a.c.Registers)}
	held, err := a.held(ctx, use, ref.Subject, wanted)
	if err != nil || len(held) == 0 {
		return o, err
	}
	use.Categories = sortedSet(use.Categories)
	g, d := a.Authorize(ctx, use, ref.Subject)
	if g == nil && len(d.Denials) == 0 {
		d.Denials = []Code{CodeUndecided}
	}
	o.points = []PointDecision{{PointUse, d}}
	if g != nil {
		g.scope.Held = held
		if o.records, err = a.c.Store.Records(ctx, g); err != nil {
			return nil, err
		}
		o.opened = use.Categories
	}
	return o, nil
}

// writeOpening returns what puts an opening on the record, and what was asked about it.
func (a *Agent) writeOpening(o *opening, caseID, kind string, asked ...PointDecision) *Write {
	w := &Write{Subject: o.subject, Profile: &o.profile, Entry: a.entry(kind, o.now, o.fd.Purpose, slices.Concat(o.points, asked), nil)}
	w.Entry.Body = entryBody(caseID, o.fd.Digest)
	w.Entry.opened(o.opened)
	return w
}

// openBehind is openRecords with all of it on the record, under a kind of entry.
// Without an allow there are no records, and the denials say why.
func (a *Agent) openBehind(ctx context.Context, caseID, kind string) (*Finding, []StoredRecord, []Code, error) {
	o, err := a.openRecords(ctx, caseID, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(o.points) > 0 {
		if _, err := a.c.Store.Commit(ctx, a.writeOpening(o, caseID, kind)); err != nil {
			return nil, nil, nil, err
		}
	}
	return o.fd, o.records, o.denials(), nil
}

// A Scenario is a case as the evidence that its purpose may use shows it now, to
// ask what would be answered if something were otherwise. It lives in memory, for
// oversight, and nothing that it answers is recorded. Its methods are safe for
// concurrent use.
type Scenario struct {
	Case    string
	Purpose Purpose
	AsOf    int64 // seconds, of the case
	// Found is what was found when the case was answered. Nil if nothing was.
	Found *Judgement

	agent    *Agent
	evidence *Evidence
	identity *IdentityFacts // as they were found
	who      Person         // who stands for the subject
}

// Suppose opens a case and the records behind it. Where policy does not let them be
// opened, or did not let the case be answered, the error is a [*Denied]. That they
// were opened is on the record before Suppose returns.
func (a *Agent) Suppose(ctx context.Context, caseID string) (*Scenario, error) {
	fd, opened, denials, err := a.openBehind(ctx, caseID, "whatif")
	switch {
	case err != nil:
		return nil, err
	case len(denials) > 0:
		return nil, &Denied{Point: PointUse, Codes: denials}
	case fd.Result.Facts == nil && len(fd.Result.Denials) > 0:
		return nil, &fd.Result.Denials[0]
	case fd.Result.Facts == nil:
		return nil, &Denied{Point: PointUse, Codes: []Code{CodeUndecided}}
	}
	ev, identity := gather(fd.loan(opened), opened, nil), &fd.Result.Facts.Identity
	return &Scenario{Case: fd.Case, Purpose: fd.Purpose, AsOf: fd.AsOf, Found: fd.Result.Judgement,
		agent: a, evidence: ev, identity: identity, who: standIn(ev, identity)}, nil
}

// Evidence returns the evidence. Fields may be set; what they lead to is shared and
// must not be changed.
func (s *Scenario) Evidence() *Evidence {
	e := *s.evidence
	return &e
}

// Facts computes the facts of other evidence as of an instant. The facts of identity
// are those that were found, with what the other evidence changes of them: who is
// asked about is not known any more.
func (s *Scenario) Facts(e *Evidence, asOf int64) *Facts {
	if d := s.evidence.Identity; d == nil || d.Number.IsZero() {
		e = shown(e, &s.who)
	}
	f := s.agent.c.Checks.Facts(e, s.who, s.Purpose, asOf)
	is := s.agent.c.Checks.Identity(s.evidence, s.who, asOf)
	f.Identity = resupposed(s.identity, &is, &f.Identity)
	return f
}

// Judge asks policy what it makes of facts. It records nothing.
func (s *Scenario) Judge(ctx context.Context, f *Facts, asOf int64) Judgement {
	return judged(ctx, s.agent.c.Policy, JudgeInputOf(asOf, s.Purpose, f, s.agent.c.Registers.LenderClass()))
}
