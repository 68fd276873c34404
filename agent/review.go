package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// PointReview stands in denials and in the journal for the queue of reviews.
const PointReview = "review"

// Why a case waits for a person. The first two are obligations of judge.
const (
	CodeHumanReview Code = "judge.human_review"
	CodeTwoPersons  Code = "judge.two_persons"
	CodeReviewAsked Code = "review.person_asked" // the borrower asked for a person (PIPL 24 paragraph 3)
)

// Denials of the queue. They hold whatever the rules of access say.
const (
	CodeReviewUnqueued    Code = "review.case_unqueued"       // the case waits for nobody
	CodeReviewTaken       Code = "review.case_taken"          // somebody else has it
	CodeReviewUnheld      Code = "review.case_unheld"         // who acts does not have it, or not as it is now
	CodeReviewRepeated    Code = "review.decision_repeated"   // the second decision is somebody else's
	CodeReviewOutcome     Code = "review.outcome_unfit"       // no outcome that decides anything
	CodeReviewClass       Code = "review.class_unfit"         // no class of this purpose
	CodeReviewDisposition Code = "review.disposition_unfit"   // no disposition of this purpose, or against the outcome
	CodeReviewReason      Code = "review.reason_unregistered" // not one of ReviewReasons
	CodeReviewUntold      Code = "review.grounds_missing"     // against the borrower, and nothing that could be told says why
	CodeReviewGrounds     Code = "review.grounds_unfit"       // not of AdverseReasons, too many, twice, or with a pass
	CodeReviewUnjudged    Code = "review.case_unjudged"       // policy denied: there is nothing to decide but that it stays so
	CodeReviewIdentity    Code = "review.identity_doubtful"   // it may not be the borrower
	CodeReviewUndue       Code = "review.payment_undue"       // nothing is known to be past due
	CodeReviewAble        Code = "review.able_unproven"       // ability at the time is not proven
	CodeReviewContact     Code = "review.contact_missing"     // no attempt to reach the borrower is on record
	CodeReviewClaim       Code = "review.claim_supported"     // the evidence supports what the borrower says
)

// ReviewReasons are why a person decides as they do. There is no free text.
var ReviewReasons = []Code{
	"reason.rules_confirmed", "reason.evidence_accepted", "reason.evidence_doubted", "reason.claim_believed", "reason.claim_disbelieved",
	"reason.identity_confirmed", "reason.identity_doubted", "reason.hardship_seen", "reason.plan_agreed", "reason.error_found",
}

// AdverseReasons are the reason codes by which people may decide against the
// borrower: those of [ReasonCodes] that speak against anybody.
var AdverseReasons = slices.DeleteFunc(slices.Clone(ReasonCodes), func(c Code) bool {
	return c == "amount.reduced" || c == "claim.supported" || c == reviewNeeded
})

// reviewNeeded is a reason until a person has looked.
const reviewNeeded Code = "review.needed"

// reviewHold is for how long a case that somebody has taken is theirs, seconds.
const reviewHold = 24 * 3600

// A Review is where a case stands with people: it waits for them, or they have
// decided it. It lies in the finding; each act makes the next version of it.
type Review struct {
	Since int64  `json:"since"` // when it began to wait, seconds
	Why   []Code `json:"why"`   // sorted
	// By has taken the case at TakenAt. "" if nobody has.
	By      string `json:"by,omitempty"`
	TakenAt int64  `json:"taken_at,omitempty"`
	// Decisions are all that people said of this answer, in their order.
	Decisions []ReviewDecision `json:"decisions,omitempty"`
	// Half: the last decision waits for a second person to say the same.
	Half bool `json:"half,omitempty"`
	// DoneAt is when people had decided, seconds; 0 while the case waits.
	DoneAt int64 `json:"done_at,omitempty"`
	// Ruled is what the rules had judged, where people have put another answer
	// in its place.
	Ruled *Judgement `json:"ruled,omitempty"`
	// Note: this version of the finding is the answer before it, with a note.
	Note bool `json:"-"`
}

// A ReviewDecision is what one person decided.
type ReviewDecision struct {
	By          string `json:"by"`
	Role        string `json:"role"`
	At          int64  `json:"at"` // seconds
	Outcome     string `json:"outcome"`
	Class       string `json:"class"`
	Disposition string `json:"disposition"`
	Reason      Code   `json:"reason"` // one of ReviewReasons
	// Because is what the borrower is told of why, and the platform: codes of
	// AdverseReasons, most important first, at most MaxReasons. Nil: what the rules
	// found says it.
	Because []Code `json:"because,omitempty"`
}

// Staff is who of the lender's staff acts: an id, no name. TrainedAt and Verified
// are for the rules of access; what is not said counts as not so.
type Staff struct {
	ID, Role  string
	TrainedAt Int  // last training, seconds
	Verified  bool // authenticated again for this act
}

// An AccessDoor asks the point [PointAccess].
type AccessDoor func(context.Context, *AccessInput) Decision

// Waiting is one case in the queue, without anything about the person.
type Waiting struct {
	Case    string  `json:"case"`
	Purpose Purpose `json:"purpose"`
	// Proposal is what the rules propose to people, see [Judgement]; "" for nothing.
	Proposal string `json:"proposal,omitempty"`
	Review
}

func (r *Review) waits() bool { return r != nil && r.DoneAt == 0 }

// Holder returns the id of who has the case at an instant (seconds), or "" if
// nobody has: what was taken is free again after 24 hours.
func (r *Review) Holder(now int64) string {
	if r.By == "" || now >= r.TakenAt+reviewHold {
		return ""
	}
	return r.By
}

// agreed reports whether two different persons have decided the same.
func (r *Review) agreed() bool {
	n := 0
	if r != nil {
		n = len(r.Decisions)
	}
	return n > 1 && r.DoneAt != 0 && r.Decisions[n-1].same(&r.Decisions[n-2]) && !samePerson(r.Decisions[n-1].By, r.Decisions[n-2].By)
}

// samePerson reports whether two staff ids are one person's, as far as they tell:
// small and capital letters, marks between, and characters that look alike make no
// second person of anybody. What is stored and shown is the id as it was given.
func samePerson(a, b string) bool { return likeness(a) == likeness(b) }

func likeness(id string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '.', '_', '-':
			return -1
		case 'o':
			return '0'
		case 'i', 'l':
			return '1'
		}
		return r
	}, strings.ToLower(id))
}

// decided puts what people decided in the place of what rules judged.
func (r *Review) decided(j Judgement) Judgement {
	if r == nil || r.DoneAt == 0 || r.Ruled == nil || len(r.Decisions) == 0 {
		return j
	}
	d := &r.Decisions[len(r.Decisions)-1]
	j.Outcome, j.OverdueClass, j.Disposition, j.Proposal = d.Outcome, d.Class, d.Disposition, ""
	if d.Disposition != "accept" && d.Disposition != "accept_less" {
		j.Offer = Int{}
	}
	j.Reasons = r.reasons(j.Reasons)
	return j
}

// reasons returns why the last decision is as it is, in codes that can be told:
// what those who made it gave or, if they gave nothing, what the rules found. Of
// what the rules found only what speaks against the borrower is a reason to decide
// so.
func (r *Review) reasons(ruled []Code) []Code {
	n := len(r.Decisions)
	d := &r.Decisions[n-1]
	given := slices.Clone(d.Because)
	if n > 1 && d.same(&r.Decisions[n-2]) {
		for _, c := range r.Decisions[n-2].Because {
			if !slices.Contains(given, c) {
				given = append(given, c)
			}
		}
	}
	if len(given) > 0 {
		return given
	}
	return slices.DeleteFunc(slices.Clone(ruled), func(c Code) bool {
		return c == reviewNeeded || d.adverse() && !slices.Contains(AdverseReasons, c)
	})
}

func (d *ReviewDecision) same(e *ReviewDecision) bool {
	return d.Outcome == e.Outcome && d.Class == e.Class && d.Disposition == e.Disposition
}

// twofold holds for what is never said of anybody by one person alone.
func (d *ReviewDecision) twofold() bool {
	return d.Class == "able_unwilling" || d.Disposition == "secure" || d.Disposition == "legal"
}

// adverse holds for what speaks against the borrower.
func (d *ReviewDecision) adverse() bool {
	return d.twofold() || d.Outcome == "fail" || d.Disposition == "decline"
}

// forbidden returns why people may not decide so, whatever they think: the lines
// that no review crosses. What is unknown is no proof.
func (d *ReviewDecision) forbidden(p Purpose, f *Facts) (codes []Code) {
	deny := func(c Code, when bool) {
		if when && !slices.Contains(codes, c) {
			codes = append(codes, c)
		}
	}
	deny(CodeReviewReason, !slices.Contains(ReviewReasons, d.Reason))
	for i, c := range d.Because {
		deny(CodeReviewGrounds, i >= MaxReasons || d.Outcome == "pass" || !slices.Contains(AdverseReasons, c) || slices.Contains(d.Because[:i], c))
	}
	deny(CodeReviewOutcome, !slices.Contains(Outcomes, d.Outcome) || d.Outcome == "review")
	if f == nil {
		deny(CodeReviewUnjudged, d.Outcome != "inconclusive" || d.Class != "" || d.Disposition != "" || len(d.Because) > 0)
		return codes
	}
	deny(CodeReviewClass, !slices.Contains(Classes, d.Class) || p != PurposeOverdue && d.Class != "none")
	application := slices.Contains([]string{"accept", "accept_less", "decline"}, d.Disposition)
	overdue := slices.Contains([]string{"remind", "grace", "instalments", "restructure", "freeze", "secure", "legal"}, d.Disposition)
	deny(CodeReviewDisposition, !slices.Contains(Dispositions, d.Disposition) || d.Disposition == "review" ||
		p == PurposeOverdue && application || p != PurposeOverdue && overdue ||
		d.Outcome == "pass" && d.adverse() || d.Outcome != "pass" && (d.Disposition == "accept" || d.Disposition == "accept_less"))
	doubtful := f.Identity.Refuted == Yes || f.Identity.Takeover == "strong"
	deny(CodeReviewIdentity, d.Outcome == "pass" && f.Identity.Refuted == Yes && d.Class != "not_the_borrower")
	if d.twofold() {
		days, known := f.Overdue.DaysPastDue.Value()
		deny(CodeReviewIdentity, doubtful)
		deny(CodeReviewUndue, !known || days <= 0)
	}
	if d.Class == "able_unwilling" {
		deny(CodeReviewAble, f.Overdue.Able != Yes)
		deny(CodeReviewContact, f.Overdue.Attempts30.Or(0) <= 0)
		deny(CodeReviewClaim, f.Overdue.Support == ClaimSupported ||
			slices.ContainsFunc(f.Overdue.Reasons, func(r ReasonFacts) bool { return r.Support == ClaimSupported }))
	}
	return codes
}

// WantsPerson reports whether a judgement is never without a person, whatever the
// rules oblige to: it is a person's next step, goes against somebody or holds
// something of theirs back.
func (j *Judgement) WantsPerson() bool {
	return j.Outcome == "fail" || j.Outcome == "review" || j.OverdueClass == "not_the_borrower" || j.Proposal != "" || j.twofold() ||
		slices.Contains([]string{"review", "freeze", "decline"}, j.Disposition) || j.Disposition == "restructure" && j.Outcome != "pass"
}

// twofold holds for what is not so much as proposed without a second person.
func (j *Judgement) twofold() bool {
	return slices.ContainsFunc([]string{j.OverdueClass, j.Disposition, j.Proposal}, func(s string) bool {
		return s == "able_unwilling" || s == "secure" || s == "legal"
	})
}

// judged asks policy what facts mean. It is the floor under every bundle: one that
// asks for no person where one is due does not spare the lender one.
func judged(ctx context.Context, p Policy, in *JudgeInput) Judgement {
	j := p.Judge(ctx, in)
	due := func(c Code, when bool) {
		if j.Allow && when && !slices.Contains(j.Obligations, c) {
			j.Obligations = append(slices.Clone(j.Obligations), c)
			slices.Sort(j.Obligations)
		}
	}
	due(CodeHumanReview, j.WantsPerson())
	due(CodeTwoPersons, j.twofold())
	return j
}

// reviewOf returns what a new answer to a case needs of people, nil for nothing.
// What was decided of the answer before it does not carry over, nor who has taken
// it: the facts are others. Since when it waits, and the borrower's own request, do.
func reviewOf(prior *Finding, j *Judgement, now int64) *Review {
	r := &Review{Since: now}
	if j != nil {
		for _, c := range []Code{CodeHumanReview, CodeTwoPersons} {
			if slices.Contains(j.Obligations, c) {
				r.Why = append(r.Why, c)
			}
		}
	}
	if prior != nil && prior.Result.Review.waits() {
		before := prior.Result.Review
		if slices.Contains(before.Why, CodeReviewAsked) {
			r.Why = append(r.Why, CodeReviewAsked)
		}
		r.Since = before.Since
	}
	if len(r.Why) == 0 {
		return nil
	}
	return r
}

// Reviews lists the cases that wait for a person, the longest first. One entry in
// the journal, durable before anything is opened, stands for the whole list.
func (a *Agent) Reviews(ctx context.Context) ([]Waiting, error) {
	d := a.c.Policy.Use(ctx, a.oversight())
	e := a.entry("review", a.c.Now(), PurposeOversight, []PointDecision{{PointUse, d}}, nil)
	if d.Allow {
		e.opened([]string{categoryFinding})
	}
	if _, err := a.c.Store.Commit(ctx, &Write{Entry: e}); err != nil {
		return nil, err
	}
	if !d.Allow {
		return nil, &Denied{Point: PointUse, Codes: d.Denials}
	}
	all := []Waiting{}
	err := a.queued(ctx, func(_ Ref, fd *Finding) {
		w := Waiting{Case: fd.Case, Purpose: fd.Purpose, Review: *fd.Result.Review}
		if j := fd.Result.Judgement; j != nil {
			w.Proposal = j.Proposal
		}
		all = append(all, w)
	})
	slices.SortFunc(all, func(x, y Waiting) int {
		if x.Since < y.Since || x.Since == y.Since && x.Case < y.Case {
			return -1
		}
		return 1
	})
	return all, err
}

// queued opens what waits. The caller has it on the record before it shows
// anything. A case that is decided or erased meanwhile is passed over.
func (a *Agent) queued(ctx context.Context, visit func(Ref, *Finding)) error {
	refs, err := a.c.Store.Reviews(ctx)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		fd, _, _, err := a.open(ctx, ref)
		if errors.Is(err, ErrConflict) {
			continue
		}
		if err != nil {
			return err
		}
		if fd.Result.Review.waits() {
			visit(ref, fd)
		}
	}
	return nil
}

// AskReview puts a case into the queue because the borrower wants a person to
// decide it (PIPL 24 paragraph 3). It shows nothing and takes nothing from
// anybody, so no rule of access stands before it; it is on the record.
func (a *Agent) AskReview(ctx context.Context, caseID string) error {
	_, err := a.reviewed(ctx, caseID, "review_ask", Staff{}, nil, func(ctx context.Context, x *reviewing) (*Finding, error) {
		next := x.next()
		if next.DoneAt != 0 || len(next.Why) == 0 {
			// The answer is looked at anew, what was said of it stays on record.
			*next = Review{Since: x.now, Decisions: next.Decisions, Ruled: next.Ruled}
		}
		if slices.Contains(next.Why, CodeReviewAsked) {
			return x.fd, x.record(ctx)
		}
		next.Why = append(next.Why, CodeReviewAsked)
		slices.Sort(next.Why)
		return x.note(ctx, next)
	})
	return err
}

// TakeReview gives a case of the queue to one person and returns the finding:
// for 24 hours nobody else decides it. Taken again by the same person it is
// theirs for another 24 hours.
//
// This, as every act on the queue, asks access first, and is durable with that
// decision when it returns; one that is refused is on the record too and is a
// [*Denied].
func (a *Agent) TakeReview(ctx context.Context, caseID string, s Staff, access AccessDoor) (*Finding, error) {
	return a.reviewed(ctx, caseID, "review_take", s, access, func(ctx context.Context, x *reviewing) (*Finding, error) {
		// How many persons' data this person has taken out today, as far as their
		// cases are not decided yet.
		seen := map[SubjectID]bool{x.ref.Subject: true}
		err := a.queued(ctx, func(ref Ref, fd *Finding) {
			if samePerson(fd.Result.Review.Holder(x.now), s.ID) {
				seen[ref.Subject] = true
			}
		})
		if err != nil {
			return nil, err
		}
		in := &AccessInput{Purpose: PurposeOversight, Categories: []string{categoryFinding}, Subjects: Known(int64(len(seen)))}
		if _, err := x.ask(ctx, in); err != nil {
			return nil, err
		}
		r := x.fd.Result.Review
		switch {
		case !r.waits():
			return nil, x.refuse(ctx, CodeReviewUnqueued)
		case x.others(r):
			return nil, x.refuse(ctx, CodeReviewTaken)
		case r.Half && samePerson(r.Decisions[len(r.Decisions)-1].By, s.ID):
			return nil, x.refuse(ctx, CodeReviewRepeated)
		}
		next := x.next()
		next.By, next.TakenAt = s.ID, x.now
		return x.note(ctx, next)
	})
}

// ReleaseReview gives a case back to the queue. Only who has taken it may.
func (a *Agent) ReleaseReview(ctx context.Context, caseID string, s Staff, access AccessDoor) error {
	_, err := a.reviewed(ctx, caseID, "review_take", s, access, func(ctx context.Context, x *reviewing) (*Finding, error) {
		x.said.Act = "review_release"
		// Nothing is shown: the person's data that count were shown when it was taken.
		in := &AccessInput{Purpose: PurposeOversight, Categories: []string{categoryFinding}, Subjects: Known(1)}
		if _, err := x.ask(ctx, in); err != nil {
			return nil, err
		}
		switch r := x.fd.Result.Review; {
		case !r.waits():
			return nil, x.refuse(ctx, CodeReviewUnqueued)
		case !samePerson(r.By, s.ID):
			return nil, x.refuse(ctx, CodeReviewUnheld)
		}
		next := x.next()
		next.By, next.TakenAt = "", 0
		return x.note(ctx, next)
	})
	return err
}

// DecideReview decides a case that the same person has taken, and thereby seen,
// as it is now: a new answer to the case is to be taken anew. By, Role and At of d are set here; an empty class
// or disposition stays as it was judged. The finding tells what came of it:
//
//   - decided: the answer is a new one, marked as reviewed, and what may leave of
//     it was asked anew and supersedes what left before;
//   - half decided, where two persons must say the same: nothing but the decision
//     on record has changed, and the case waits for another person;
//   - a second decision that differs: both stay on record, the case waits anew.
//
// A decision that people may not make is refused, and so is one against the borrower
// without a reason that can be told. So is one where the ground on
// which the case was opened holds no longer.
func (a *Agent) DecideReview(ctx context.Context, caseID string, s Staff, d ReviewDecision, access AccessDoor) (*Finding, error) {
	return a.reviewed(ctx, caseID, "review_decide", s, access, func(ctx context.Context, x *reviewing) (*Finding, error) {
		d := d
		d.By, d.Role, d.At = s.ID, s.Role, x.now
		if j := x.fd.Result.Judgement; j != nil {
			if d.Class == "" {
				d.Class = j.OverdueClass
			}
			if d.Disposition == "" {
				d.Disposition = j.Disposition
			}
		}
		r := x.fd.Result.Review
		var first *ReviewDecision
		if r.waits() && r.Half {
			first = &r.Decisions[len(r.Decisions)-1]
		}
		own := first != nil && samePerson(first.By, s.ID)
		// What another has begun against the borrower is still that question.
		in := &AccessInput{Purpose: PurposeOversight, Categories: []string{}, Adverse: d.adverse() || first != nil, Decided: own}
		answer, err := x.ask(ctx, in)
		if err != nil {
			return nil, err
		}
		if codes := d.forbidden(x.fd.Purpose, x.fd.Result.Facts); len(codes) > 0 {
			return nil, x.refuse(ctx, codes...)
		}
		x.said.Decision = &d
		switch {
		case !r.waits():
			return nil, x.refuse(ctx, CodeReviewUnqueued)
		case x.others(r):
			return nil, x.refuse(ctx, CodeReviewTaken)
		case own:
			return nil, x.refuse(ctx, CodeReviewRepeated)
		case !samePerson(r.Holder(x.now), s.ID):
			return nil, x.refuse(ctx, CodeReviewUnheld)
		}
		next := x.next()
		next.Decisions = append(next.Decisions, d)
		next.By, next.TakenAt = "", 0
		ruled := cmp.Or(next.Ruled, x.fd.Result.Judgement)
		if ruled != nil && (d.adverse() || d.Disposition == "freeze") && len(next.reasons(ruled.Reasons)) == 0 {
			return nil, x.refuse(ctx, CodeReviewUntold)
		}
		// The matrix may ask for a second person; for what is twofold it need not.
		two := d.twofold() || slices.Contains(answer.Obligations, codeSecondNeeded) ||
			d.adverse() && slices.Contains(r.Why, CodeTwoPersons)
		switch {
		case first != nil && !first.same(&d):
			next.Half = false
			return x.note(ctx, next)
		case first == nil && two:
			next.Half = true
			return x.note(ctx, next)
		}
		next.Half, next.DoneAt = false, x.now
		if x.fd.Result.Judgement == nil {
			return x.note(ctx, next) // a person has looked, and it stays denied
		}
		return x.conclude(ctx, next)
	})
}

// codeSecondNeeded is how the rules of access say that another person decides too.
const codeSecondNeeded Code = "access.second_needed"

// A reviewing is one try at an act on a case in the queue.
type reviewing struct {
	a       *Agent
	ref     Ref
	fd      *Finding
	version uint64
	now     int64 // seconds
	staff   Staff
	access  AccessDoor
	points  []PointDecision
	opened  []string // of the agent's own
	said    reviewRecord
}

// A reviewRecord is the sealed part of an act's entry, after id and digest.
type reviewRecord struct {
	Act      string          `json:"act"`
	By       string          `json:"by"`
	Access   *AccessInput    `json:"access,omitempty"`
	Decision *ReviewDecision `json:"decision,omitempty"`
}

func (a *Agent) reviewed(ctx context.Context, caseID, act string, s Staff, access AccessDoor,
	do func(context.Context, *reviewing) (*Finding, error)) (*Finding, error) {
	if access != nil && (!wellFormed(s.ID) || !wellFormed(s.Role) || likeness(s.ID) == "") {
		return nil, errors.New("review: a staff id and a role take A-Z a-z 0-9 . _ - only, at most 64, an id not marks alone")
	}
	for range maxTries {
		fd, err := a.reviewOnce(ctx, caseID, act, s, access, do)
		if !errors.Is(err, ErrConflict) {
			return fd, err
		}
	}
	return nil, fmt.Errorf("review: %w", ErrConflict)
}

func (a *Agent) reviewOnce(ctx context.Context, caseID, act string, s Staff, access AccessDoor,
	do func(context.Context, *reviewing) (*Finding, error)) (*Finding, error) {
	ref, ok, err := a.c.Store.Find(ctx, IndexCase, []byte(caseID))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrUnknownCase
	}
	fd, version, _, err := a.open(ctx, ref)
	if err != nil {
		return nil, err
	}
	return do(ctx, &reviewing{a: a, ref: ref, fd: fd, version: version, now: a.c.Now().Unix(), staff: s, access: access, opened: []string{categoryFinding},
		said: reviewRecord{Act: act, By: s.ID}})
}

// ask asks access. A denial is on the record when it returns.
func (x *reviewing) ask(ctx context.Context, in *AccessInput) (Decision, error) {
	in.Now, in.Role, in.Act = x.now, x.staff.Role, x.said.Act
	if in.Act == "review_release" {
		in.Act = "review_take" // the matrix has one act for both
	}
	in.Verified, in.TrainedAt = x.staff.Verified, x.staff.TrainedAt
	x.said.Access = in
	d := x.access(ctx, in)
	d.Allow = d.Allow && len(d.Denials) == 0
	x.points = append(x.points, PointDecision{PointAccess, d})
	if d.Allow {
		return d, nil
	}
	if err := x.record(ctx); err != nil {
		return d, err
	}
	return d, &Denied{Point: PointAccess, Codes: d.Denials}
}

// others reports whether somebody else has the case.
func (x *reviewing) others(r *Review) bool {
	by := r.Holder(x.now)
	return by != "" && !samePerson(by, x.staff.ID)
}

// refuse puts a refusal of the queue on the record and returns it.
func (x *reviewing) refuse(ctx context.Context, codes ...Code) error {
	slices.Sort(codes)
	x.points = append(x.points, PointDecision{PointReview, Decision{Denials: codes}})
	if err := x.record(ctx); err != nil {
		return err
	}
	return &Denied{Point: PointReview, Codes: codes}
}

// entry is the act's line in the journal. Who acted is in its sealed part.
func (x *reviewing) entry(v *Verdict) Entry {
	e := x.a.entry("review", x.a.c.Now(), PurposeOversight, x.points, v)
	e.opened(x.opened)
	said, err := json.Marshal(&x.said)
	if err != nil {
		panic("agent: an act does not encode") // cannot happen: texts and numbers
	}
	// The id of a case cannot hold a brace: there the act begins.
	e.Body = append(entryBody(x.fd.Case, x.fd.Digest), said...)
	return e
}

// record commits the entry alone.
func (x *reviewing) record(ctx context.Context) error {
	_, err := x.a.c.Store.Commit(ctx, &Write{Subject: x.ref.Subject, Entry: x.entry(nil)})
	return err
}

// next returns a copy of where the case stands, for the act to change.
func (x *reviewing) next() *Review {
	next := new(Review)
	if r := x.fd.Result.Review; r != nil {
		*next = *r
		next.Why, next.Decisions = slices.Clone(r.Why), slices.Clone(r.Decisions)
	}
	return next
}

// note commits the answer as it is, with another state of its review.
func (x *reviewing) note(ctx context.Context, next *Review) (*Finding, error) {
	fd := *x.fd
	next.Note = true
	fd.Result.Review = next
	x.points = append(x.points, PointDecision{PointReview, Decision{Allow: true}})
	w := &Write{Subject: x.ref.Subject, Slot: x.ref.Slot, Version: x.version + 1, Finding: encodeFinding(&fd), Review: next.waits(), Entry: x.entry(nil)}
	if _, err := x.a.c.Store.Commit(ctx, w); err != nil {
		return nil, err
	}
	return &fd, nil
}

// conclude commits the new answer: what people decided, on the facts as they
// were, and what may leave of it now.
func (x *reviewing) conclude(ctx context.Context, next *Review) (*Finding, error) {
	a, fd := x.a, x.fd
	q, allowed, err := a.again(ctx, x.ref, x.version, fd, func(q *question) error { return a.resolve(ctx, q) })
	if err != nil {
		return nil, err
	}
	x.opened = append(x.opened, q.opened...)
	if !allowed {
		x.points = append(x.points, q.points...)
		if err := x.record(ctx); err != nil {
			return nil, err
		}
		last := q.points[len(q.points)-1]
		return nil, &Denied{Point: last.Point, Codes: last.Denials}
	}
	next.Note = false
	if next.Ruled == nil {
		next.Ruled = fd.Result.Judgement
	}
	j := next.decided(*next.Ruled)
	answer := &Finding{Case: fd.Case, AsOf: fd.AsOf, Purpose: fd.Purpose, Recipient: fd.Recipient,
		Loan: fd.Loan, Digest: fd.Digest, Legal: q.f.Legal, Registers: a.registers}
	answer.Result.Facts, answer.Result.Judgement, answer.Result.Review = fd.Result.Facts, &j, next
	x.points = append(x.points, PointDecision{PointReview, Decision{Allow: true}})
	x.points = append(x.points, q.points...)
	// The rules judged before; what they obliged to, they still do.
	q.points = append(q.points, PointDecision{PointJudge, j.Decision})
	q.reviewed = true
	recipient := a.c.Registers.Recipient(fd.Recipient)
	v := a.disclose(ctx, q, recipient, claimsOf(answer.Result.Facts, &j, next.agreed()), false, sensitiveReason(answer.Result.Facts, &j))
	x.points = append(x.points, q.points[len(q.points)-1])
	if err := a.prepare(q, answer, v, recipient); err != nil {
		return nil, err
	}
	q.w.Entry = x.entry(v)
	if _, err := a.c.Store.Commit(ctx, &q.w); err != nil {
		return nil, err
	}
	return answer, nil
}
