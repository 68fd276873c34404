package agent_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
)

// A reviewBench is a bench whose rules want a person, with a door of access that
// heeds what the matrix does: a second decision is another person's, and one
// against the borrower needs a second.
type reviewBench struct {
	*bench
	asked []agent.AccessInput
}

func newReviews(t *testing.T, judged agent.Judgement) *reviewBench {
	b := &reviewBench{bench: newBench(t, nil)}
	judged.Allow = true
	b.rules.judge = func(*agent.JudgeInput) agent.Judgement { return judged }
	b.configure(t, func(c *agent.Config) {
		c.Checks.Overdue = func(*agent.Evidence, int64) agent.OverdueFacts {
			return agent.OverdueFacts{DaysPastDue: agent.Known(95), Bucket: "M4", Support: agent.ClaimContradicted, Able: agent.Yes, Attempts30: agent.Known(4)}
		}
	})
	return b
}

var (
	anna = agent.Staff{ID: "anna-1", Role: "reviewer", Verified: true, TrainedAt: agent.Known(1)}
	bo   = agent.Staff{ID: "bo-2", Role: "reviewer", Verified: true, TrainedAt: agent.Known(1)}
	cai  = agent.Staff{ID: "cai-3", Role: "reviewer", Verified: true, TrainedAt: agent.Known(1)}

	unwilling = agent.ReviewDecision{Outcome: "fail", Class: "able_unwilling", Disposition: "legal", Reason: "reason.evidence_accepted"}
	lenient   = agent.ReviewDecision{Outcome: "pass", Class: "hardship", Disposition: "instalments", Reason: "reason.hardship_seen"}

	proposed = agent.Judgement{Decision: agent.Decision{Obligations: []agent.Code{agent.CodeHumanReview, agent.CodeTwoPersons}},
		Outcome: "review", OverdueClass: "unproven", Band: "B", Disposition: "review", Reasons: []agent.Code{"claim.contradicted", "review.needed"}}
)

func (b *reviewBench) access(_ context.Context, in *agent.AccessInput) agent.Decision {
	b.asked = append(b.asked, *in)
	switch {
	case in.Role != "reviewer":
		return deny("access.act_unentitled")
	case in.Act == "review_decide" && in.Adverse && in.Decided:
		return deny("access.decision_repeated")
	case in.Act == "review_decide" && in.Adverse:
		return agent.Decision{Allow: true, Obligations: []agent.Code{"access.second_needed"}}
	}
	return allow
}

func (b *reviewBench) waiting(t *testing.T) []agent.Waiting {
	t.Helper()
	all, err := b.Reviews(ctx)
	if err != nil {
		t.Fatalf("Reviews = %v", err)
	}
	return all
}

func (b *reviewBench) take(t *testing.T, id string, s agent.Staff) {
	t.Helper()
	if _, err := b.TakeReview(ctx, id, s, b.access); err != nil {
		t.Fatalf("TakeReview by %s = %v", s.ID, err)
	}
}

// decide takes the case and decides it.
func (b *reviewBench) decide(t *testing.T, s agent.Staff, d agent.ReviewDecision) *agent.Finding {
	t.Helper()
	b.take(t, "case", s)
	fd, err := b.DecideReview(ctx, "case", s, d, b.access)
	if err != nil {
		t.Fatalf("DecideReview by %s = %v", s.ID, err)
	}
	return fd
}

// refused wants a denial by a point with a code, on the record in one entry, and
// nothing else changed.
func (b *reviewBench) refused(t *testing.T, what, point string, code agent.Code, do func() error) {
	t.Helper()
	before, queue := b.store.Entries(), b.queue(t)
	var denied *agent.Denied
	if err := do(); !errors.As(err, &denied) || denied.Point != point || !slices.Contains(denied.Codes, code) {
		t.Errorf("%s = %v, want %s of %s", what, err, code, point)
	}
	after := b.store.Entries()
	if len(after) != len(before)+1 || !bytes.Contains(after[len(after)-1].Public, []byte(`"`+point+`":["deny","`)) {
		t.Errorf("%s: the refusal is not on the record", what)
	}
	if len(b.queue(t)) != len(queue) {
		t.Errorf("%s: a verdict was queued", what)
	}
}

func TestReviews_aCaseEntersAndLeavesWithItsAnswer(t *testing.T) {
	b := newReviews(t, proposed)
	r := b.must(t, file("case", numberA, 1))
	if r.Review == nil || !slices.Equal(r.Review.Why, []agent.Code{agent.CodeHumanReview, agent.CodeTwoPersons}) || r.Leaves.Claims.Class != "unproven" {
		t.Fatalf("the answer waits for %+v", r.Review)
	}
	all := b.waiting(t)
	if len(all) != 1 || all[0].Case != "case" || all[0].Since != b.now.Unix() || all[0].By != "" {
		t.Fatalf("Reviews = %+v", all)
	}
	// A new answer that needs a person still waits since the first.
	b.now = b.now.Add(time.Hour)
	b.must(t, file("case", numberA, 2))
	if all := b.waiting(t); len(all) != 1 || all[0].Since != b.now.Add(-time.Hour).Unix() {
		t.Errorf("Reviews = %+v", all)
	}
	b.rules.judge = nil
	b.must(t, file("case", numberA, 3))
	if all := b.waiting(t); len(all) != 0 {
		t.Errorf("an answer that needs nobody waits: %+v", all)
	}
}

// Whatever a bundle obliges to, nothing goes against somebody without a person.
func TestReviews_noBundleSparesAPerson(t *testing.T) {
	human, two := []agent.Code{agent.CodeHumanReview}, []agent.Code{agent.CodeHumanReview, agent.CodeTwoPersons}
	for _, c := range []struct {
		outcome, class, disposition, proposal string
		want                                  []agent.Code
	}{
		{"pass", "technical", "grace", "", nil},
		{"pass", "hardship", "restructure", "", nil},
		{"inconclusive", "unproven", "instalments", "", nil},
		{"inconclusive", "none", "decline", "", human},
		{"fail", "none", "remind", "", human},
		{"inconclusive", "unproven", "freeze", "", human},
		{"inconclusive", "unproven", "review", "", human},
		{"inconclusive", "unproven", "restructure", "", human},
		{"pass", "not_the_borrower", "none", "", human},
		{"review", "unproven", "review", "not_the_borrower", human},
		{"inconclusive", "unproven", "none", "able_unwilling", two},
		{"inconclusive", "able_unwilling", "none", "", two},
		{"inconclusive", "unproven", "legal", "", two},
		{"inconclusive", "unproven", "secure", "", two},
	} {
		b := newReviews(t, agent.Judgement{Outcome: c.outcome, OverdueClass: c.class, Disposition: c.disposition, Proposal: c.proposal, Band: "B"})
		r := b.must(t, file("case", numberA, 1))
		var why []agent.Code
		if all := b.waiting(t); len(all) == 1 {
			why = all[0].Why
		}
		if !slices.Equal(why, c.want) || !slices.Equal(r.Judgement.Obligations, c.want) {
			t.Errorf("%+v waits for %v and obliges to %v", c, why, r.Judgement.Obligations)
		}
	}
}

func TestAskReview_putsAnyCaseIntoTheQueue(t *testing.T) {
	b := newReviews(t, agent.Judgement{Outcome: "pass", OverdueClass: "technical", Band: "A", Disposition: "grace"})
	b.must(t, file("case", numberA, 1))
	b.rules.collect = func(*agent.CollectInput) agent.Decision { return deny("consent.missing") }
	b.must(t, file("denied", numberB, 1))
	for _, id := range []string{"case", "denied", "case"} {
		if err := b.AskReview(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	if all := b.waiting(t); len(all) != 2 || all[0].Case != "case" || !slices.Equal(all[0].Why, []agent.Code{agent.CodeReviewAsked}) {
		t.Fatalf("Reviews = %+v", all)
	}
	if err := b.AskReview(ctx, "nothing"); !errors.Is(err, agent.ErrUnknownCase) {
		t.Errorf("AskReview of no case = %v", err)
	}
	// The request outlives a new answer: nobody but a person ends it.
	b.rules.collect = nil
	b.must(t, file("case", numberA, 2))
	if all := b.waiting(t); len(all) != 2 {
		t.Errorf("the borrower's request is gone: %+v", all)
	}
	// A denied case stays denied, and a person has looked.
	b.refused(t, "a decision on what was not judged", agent.PointReview, agent.CodeReviewUnjudged, func() error {
		_, err := b.DecideReview(ctx, "denied", anna, lenient, b.access)
		return err
	})
	b.take(t, "denied", anna)
	fd, err := b.DecideReview(ctx, "denied", anna, agent.ReviewDecision{Outcome: "inconclusive", Reason: "reason.rules_confirmed"}, b.access)
	if err != nil || fd.Result.Judgement != nil || fd.Result.Review.DoneAt == 0 {
		t.Errorf("DecideReview of a denied case = %v", err)
	}
	b.decide(t, anna, agent.ReviewDecision{Outcome: "pass", Reason: "reason.rules_confirmed"})
	if all := b.waiting(t); len(all) != 0 {
		t.Errorf("decided cases wait: %+v", all)
	}
	// What was decided may be asked about again.
	if err := b.AskReview(ctx, "case"); err != nil || len(b.waiting(t)) != 1 {
		t.Errorf("AskReview of a decided case = %v", err)
	}
}

func TestTakeReview_keepsOthersOffForADay(t *testing.T) {
	b := newReviews(t, proposed)
	b.must(t, file("case", numberA, 1))
	b.must(t, file("second", numberB, 1))
	take := func(id string, s agent.Staff) error { _, err := b.TakeReview(ctx, id, s, b.access); return err }
	if err := take("second", anna); err != nil {
		t.Fatal(err)
	}
	fd, err := b.TakeReview(ctx, "case", anna, b.access)
	if err != nil || fd.Result.Review.By != anna.ID || fd.Result.Facts == nil {
		t.Fatalf("TakeReview = %v", err)
	}
	last := b.asked[len(b.asked)-1]
	if n, _ := last.Subjects.Value(); n != 2 || last.Act != "review_take" || !slices.Equal(last.Categories, []string{"finding"}) || !last.Verified || last.Role != "reviewer" {
		t.Errorf("access was asked %+v", last)
	}
	b.refused(t, "a take of what another has", agent.PointReview, agent.CodeReviewTaken, func() error { return take("case", bo) })
	b.refused(t, "a decision on what another has", agent.PointReview, agent.CodeReviewTaken, func() error {
		_, err := b.DecideReview(ctx, "case", bo, lenient, b.access)
		return err
	})
	b.refused(t, "a release of what another has", agent.PointReview, agent.CodeReviewUnheld, func() error { return b.ReleaseReview(ctx, "case", bo, b.access) })
	clerk := agent.Staff{ID: "dong-4", Role: "clerk"}
	for what, do := range map[string]func() error{
		"a clerk's take":     func() error { return take("case", clerk) },
		"a clerk's release":  func() error { return b.ReleaseReview(ctx, "case", clerk, b.access) },
		"a clerk's decision": func() error { _, err := b.DecideReview(ctx, "case", clerk, lenient, b.access); return err },
	} {
		b.refused(t, what, agent.PointAccess, "access.act_unentitled", do)
	}
	if err := b.ReleaseReview(ctx, "case", anna, b.access); err != nil {
		t.Fatal(err)
	}
	if err := take("case", bo); err != nil {
		t.Errorf("a take of what was released = %v", err)
	}
	b.now = b.now.Add(24*time.Hour - time.Second)
	b.refused(t, "a take within the day", agent.PointReview, agent.CodeReviewTaken, func() error { return take("case", anna) })
	b.now = b.now.Add(time.Second)
	b.refused(t, "a decision a day after it was taken", agent.PointReview, agent.CodeReviewUnheld, func() error {
		_, err := b.DecideReview(ctx, "case", bo, lenient, b.access)
		return err
	})
	if err := take("case", anna); err != nil {
		t.Errorf("a take after a day = %v", err)
	}
	if all := b.waiting(t); len(all) != 2 || all[0].Case != "case" || all[0].By != anna.ID {
		t.Errorf("Reviews = %+v", all)
	}
	for _, id := range []string{"", "two words", "验", "a\"b", ".", "-_-"} {
		if err := take("case", agent.Staff{ID: id, Role: "reviewer"}); err == nil {
			t.Errorf("a staff id of text is taken")
		}
	}
	b.must(t, file("third", numberA, 9))
	b.decide(t, anna, lenient)
	b.refused(t, "a take of what is decided", agent.PointReview, agent.CodeReviewUnqueued, func() error { return take("case", anna) })
	b.refused(t, "a release of what is decided", agent.PointReview, agent.CodeReviewUnqueued, func() error { return b.ReleaseReview(ctx, "case", anna, b.access) })
	b.refused(t, "a second decision", agent.PointReview, agent.CodeReviewUnqueued, func() error {
		_, err := b.DecideReview(ctx, "case", bo, lenient, b.access)
		return err
	})
}

func TestDecideReview_onePersonWhereItIsNotAgainstTheBorrower(t *testing.T) {
	b := newReviews(t, proposed)
	first := b.must(t, file("case", numberA, 1))
	fd := b.decide(t, anna, lenient)
	j, v := fd.Result.Judgement, b.payloads[len(b.payloads)-1]
	if j.Outcome != "pass" || j.OverdueClass != "hardship" || j.Disposition != "instalments" || j.Band != "B" || slices.Contains(j.Reasons, "review.needed") {
		t.Errorf("the judgement is %+v", j)
	}
	if fd.Result.Review.DoneAt != b.now.Unix() || fd.Result.Review.Ruled.Outcome != "review" {
		t.Errorf("the review is %+v", fd.Result.Review)
	}
	if !v.Reviewed || v.Claims.Class != "hardship" || v.Supersedes != first.Leaves.ID || fd.Result.Leaves.ID != v.ID {
		t.Errorf("what leaves is %+v", v)
	}
	if len(b.waiting(t)) != 0 {
		t.Error("a decided case waits")
	}
	// The same file gets the reviewed answer; other bytes are judged anew.
	if r := b.must(t, file("case", numberA, 1)); r.Leaves.ID != v.ID || r.Judgement.Outcome != "pass" {
		t.Error("the same bytes are answered otherwise than people decided")
	}
	if r := b.must(t, file("case", numberA, 2)); r.Judgement.Outcome != "review" || len(r.Review.Decisions) != 0 || len(b.waiting(t)) != 1 {
		t.Error("a decision on other facts is carried over")
	}
	if v := b.payloads[len(b.payloads)-1]; v.Reviewed {
		t.Error("what nobody reviewed is marked as reviewed")
	}
}

func TestDecideReview_twoPersonsForWhatIsTwofold(t *testing.T) {
	for _, d := range []agent.ReviewDecision{unwilling,
		{Outcome: "fail", Class: "unproven", Disposition: "secure", Reason: "reason.evidence_accepted"},
		{Outcome: "fail", Class: "unproven", Disposition: "legal", Reason: "reason.evidence_accepted"}} {
		b := newReviews(t, proposed)
		b.must(t, file("case", numberA, 1))
		sent := len(b.queue(t))
		fd := b.decide(t, anna, d)
		if !fd.Result.Review.Half || fd.Result.Judgement.Outcome != "review" || len(b.queue(t)) != sent {
			t.Fatalf("one person has decided %+v", fd.Result.Review)
		}
		if all := b.waiting(t); len(all) != 1 || !all[0].Half || len(all[0].Decisions) != 1 {
			t.Errorf("Reviews = %+v, want it half decided", all)
		}
		b.refused(t, "a second decision of the same person", agent.PointAccess, "access.decision_repeated", func() error {
			_, err := b.DecideReview(ctx, "case", anna, d, b.access)
			return err
		})
		// Nor does a change of mind in private decide it.
		b.refused(t, "another decision of the same person", agent.PointAccess, "access.decision_repeated", func() error {
			_, err := b.DecideReview(ctx, "case", anna, lenient, b.access)
			return err
		})
		b.refused(t, "a take by the first person", agent.PointReview, agent.CodeReviewRepeated, func() error {
			_, err := b.TakeReview(ctx, "case", anna, b.access)
			return err
		})
		// Whatever the rules of access say.
		b.refused(t, "a second decision under lax rules", agent.PointReview, agent.CodeReviewRepeated, func() error {
			_, err := b.DecideReview(ctx, "case", anna, d, func(context.Context, *agent.AccessInput) agent.Decision { return allow })
			return err
		})
		fd = b.decide(t, bo, d)
		v := b.payloads[len(b.payloads)-1]
		if fd.Result.Judgement.OverdueClass != d.Class || fd.Result.Judgement.Disposition != d.Disposition || fd.Result.Review.Half {
			t.Errorf("two persons have decided %+v", fd.Result.Judgement)
		}
		if v.Claims.Class != d.Class || v.Claims.Disposition != d.Disposition || !v.Reviewed || len(b.queue(t)) != sent+1 {
			t.Errorf("what leaves is %+v", v)
		}
	}
	// One person is not enough even if access wants no second.
	b := newReviews(t, proposed)
	b.must(t, file("case", numberA, 1))
	b.take(t, "case", anna)
	fd, err := b.DecideReview(ctx, "case", anna, unwilling, func(context.Context, *agent.AccessInput) agent.Decision { return allow })
	if err != nil || !fd.Result.Review.Half {
		t.Errorf("DecideReview under lax rules = %v", err)
	}
}

// However an id is written, it is one person's.
func TestDecideReview_nobodyIsTwoPersons(t *testing.T) {
	for _, id := range []string{"ANNA-1", "anna1", "anna.1", "Anna__1", "anna-l", "Anna.I"} {
		b := newReviews(t, proposed)
		b.must(t, file("case", numberA, 1))
		alike := agent.Staff{ID: id, Role: anna.Role, Verified: true, TrainedAt: anna.TrainedAt}
		lax := func(context.Context, *agent.AccessInput) agent.Decision { return allow }
		b.take(t, "case", anna)
		b.take(t, "case", alike) // as if it were taken again
		fd, err := b.DecideReview(ctx, "case", anna, unwilling, b.access)
		if err != nil || !fd.Result.Review.Half || fd.Result.Review.Decisions[0].By != anna.ID {
			t.Fatalf("DecideReview = %v", err)
		}
		b.refused(t, "a take by the first person as "+id, agent.PointReview, agent.CodeReviewRepeated, func() error {
			_, err := b.TakeReview(ctx, "case", alike, lax)
			return err
		})
		b.refused(t, "a second decision of the first person as "+id, agent.PointReview, agent.CodeReviewRepeated, func() error {
			_, err := b.DecideReview(ctx, "case", alike, unwilling, lax)
			return err
		})
		b.refused(t, "a second decision asked of the rules as "+id, agent.PointAccess, "access.decision_repeated", func() error {
			_, err := b.DecideReview(ctx, "case", alike, unwilling, b.access)
			return err
		})
		b.take(t, "case", bo)
		b.refused(t, "a release of what another has as "+id, agent.PointReview, agent.CodeReviewUnheld, func() error { return b.ReleaseReview(ctx, "case", alike, lax) })
		if all := b.waiting(t); all[0].By != bo.ID {
			t.Errorf("the case is with %q", all[0].By)
		}
	}
}

// What people decide against the borrower has reasons that leave and can be told:
// theirs or, where they give none, what the rules found that speaks against anybody.
func TestDecideReview_againstTheBorrowerTakesAReason(t *testing.T) {
	because := func(d agent.ReviewDecision, codes ...agent.Code) agent.ReviewDecision { d.Because = codes; return d }
	refusedWith := func(b *reviewBench, what string, code agent.Code, d agent.ReviewDecision) {
		t.Helper()
		b.refused(t, what, agent.PointReview, code, func() error { _, err := b.DecideReview(ctx, "case", anna, d, b.access); return err })
	}
	found := func(codes ...agent.Code) *reviewBench {
		j := proposed
		j.Reasons = codes
		b := newReviews(t, j)
		b.must(t, file("case", numberA, 1))
		return b
	}
	frozen := agent.ReviewDecision{Outcome: "inconclusive", Class: "unproven", Disposition: "freeze", Reason: "reason.identity_doubted"}

	for _, none := range [][]agent.Code{nil, {"review.needed"}, {"amount.reduced", "claim.supported", "review.needed"}} {
		b := found(none...)
		b.take(t, "case", anna)
		refusedWith(b, "a decision without a reason", agent.CodeReviewUntold, unwilling)
		refusedWith(b, "a failed outcome without a reason", agent.CodeReviewUntold,
			agent.ReviewDecision{Outcome: "fail", Class: "unproven", Disposition: "remind", Reason: "reason.rules_confirmed"})
	}
	b := found("review.needed")
	b.take(t, "case", anna)
	refusedWith(b, "a freeze without a reason", agent.CodeReviewUntold, frozen)
	for what, codes := range map[string][]agent.Code{
		"what needs a person": {"review.needed"}, "what speaks for somebody": {"claim.supported"}, "a word of one's own": {"because"},
		"a code twice":         {"overdue.current", "overdue.current"},
		"a reason of a person": {"reason.evidence_accepted"},
		"five":                 {"overdue.current", "evidence.conflicting", "evidence.missing", "history.short", "lenders.many"},
	} {
		refusedWith(b, what, agent.CodeReviewGrounds, because(unwilling, codes...))
	}
	refusedWith(b, "a pass with what speaks against it", agent.CodeReviewGrounds, because(lenient, "overdue.current"))

	// Nobody gives a reason again that the first has given; what both give is told.
	for _, second := range [][]agent.Code{nil, {"evidence.conflicting", "overdue.current"}} {
		b := found("review.needed")
		b.decide(t, anna, because(unwilling, "overdue.current"))
		fd := b.decide(t, bo, because(unwilling, second...))
		want := []agent.Code{"overdue.current"}
		if second != nil {
			want = second
		}
		v := b.payloads[len(b.payloads)-1]
		if !slices.Equal(fd.Result.Judgement.Reasons, want) || !slices.Equal(v.Claims.Reasons, want) || v.Claims.Class != "able_unwilling" {
			t.Errorf("reasons %v, and %+v leaves", fd.Result.Judgement.Reasons, v.Claims)
		}
		// It comes back from where it is stored.
		if r := b.must(t, file("case", numberA, 1)); !slices.Equal(r.Review.Decisions[0].Because, []agent.Code{"overdue.current"}) || !slices.Equal(r.Judgement.Reasons, want) {
			t.Errorf("stored are %+v", r.Review.Decisions)
		}
	}
	// What the rules found stands, what speaks for the borrower does not.
	b = found("claim.supported", "claim.contradicted", "review.needed")
	b.decide(t, anna, unwilling)
	if fd := b.decide(t, bo, unwilling); !slices.Equal(fd.Result.Judgement.Reasons, []agent.Code{"claim.contradicted"}) {
		t.Errorf("reasons %v", fd.Result.Judgement.Reasons)
	}
	// What people give takes its place.
	b = found("claim.contradicted", "review.needed")
	b.decide(t, anna, because(unwilling, "evidence.conflicting"))
	if fd := b.decide(t, bo, unwilling); !slices.Equal(fd.Result.Judgement.Reasons, []agent.Code{"evidence.conflicting"}) {
		t.Errorf("reasons %v", fd.Result.Judgement.Reasons)
	}
	// That it is stolen is a reason to freeze.
	b = found("claim.supported", "review.needed")
	if fd := b.decide(t, anna, frozen); fd.Result.Review.DoneAt == 0 || !slices.Equal(fd.Result.Judgement.Reasons, []agent.Code{"claim.supported"}) {
		t.Errorf("a freeze for %v", fd.Result.Judgement.Reasons)
	}
}

func TestDecideReview_whatDiffersReopensTheCase(t *testing.T) {
	b := newReviews(t, proposed)
	b.must(t, file("case", numberA, 1))
	sent := len(b.queue(t))
	b.decide(t, anna, unwilling)
	fd := b.decide(t, bo, lenient)
	r := fd.Result.Review
	if r.Half || r.DoneAt != 0 || len(r.Decisions) != 2 || r.Decisions[0].By != anna.ID || r.Decisions[1].By != bo.ID || len(b.queue(t)) != sent {
		t.Fatalf("two who differ leave %+v", r)
	}
	if all := b.waiting(t); len(all) != 1 || all[0].Half || len(all[0].Decisions) != 2 {
		t.Errorf("Reviews = %+v", all)
	}
	// It takes two anew: the first round counts for neither.
	if fd := b.decide(t, cai, unwilling); !fd.Result.Review.Half {
		t.Error("a decision of the round before counts")
	}
	fd = b.decide(t, anna, unwilling)
	if fd.Result.Review.DoneAt == 0 || len(fd.Result.Review.Decisions) != 4 || fd.Result.Judgement.OverdueClass != "able_unwilling" {
		t.Errorf("the review ends as %+v", fd.Result.Review)
	}
}

func TestDecideReview_linesThatNobodyCrosses(t *testing.T) {
	type facts struct {
		overdue  func(*agent.OverdueFacts)
		identity agent.IdentityFacts
	}
	with := func(change func(d *agent.ReviewDecision)) agent.ReviewDecision { d := unwilling; change(&d); return d }
	for what, c := range map[string]struct {
		d    agent.ReviewDecision
		f    facts
		code agent.Code
	}{
		"able unknown": {unwilling, facts{overdue: func(o *agent.OverdueFacts) { o.Able = agent.Unknown }}, agent.CodeReviewAble},
		"unable":       {unwilling, facts{overdue: func(o *agent.OverdueFacts) { o.Able = agent.No }}, agent.CodeReviewAble},
		"no contact":   {unwilling, facts{overdue: func(o *agent.OverdueFacts) { o.Attempts30 = agent.Known(0) }}, agent.CodeReviewContact},
		"contact unknown": {unwilling, facts{overdue: func(o *agent.OverdueFacts) { o.Attempts30 = agent.Int{} }},
			agent.CodeReviewContact},
		"claim supported": {unwilling, facts{overdue: func(o *agent.OverdueFacts) { o.Support = agent.ClaimSupported }}, agent.CodeReviewClaim},
		"another reason supported": {unwilling, facts{overdue: func(o *agent.OverdueFacts) {
			o.Reasons = []agent.ReasonFacts{{Reason: agent.ReasonIllness, Support: agent.ClaimSupported}}
		}}, agent.CodeReviewClaim},
		"not due":      {unwilling, facts{overdue: func(o *agent.OverdueFacts) { o.DaysPastDue = agent.Known(0) }}, agent.CodeReviewUndue},
		"due unknown":  {unwilling, facts{overdue: func(o *agent.OverdueFacts) { o.DaysPastDue = agent.Int{} }}, agent.CodeReviewUndue},
		"refuted":      {unwilling, facts{identity: agent.IdentityFacts{Refuted: agent.Yes}}, agent.CodeReviewIdentity},
		"taken over":   {unwilling, facts{identity: agent.IdentityFacts{Takeover: "strong"}}, agent.CodeReviewIdentity},
		"free outcome": {with(func(d *agent.ReviewDecision) { d.Outcome = "guilty" }), facts{}, agent.CodeReviewOutcome},
		"no outcome":   {with(func(d *agent.ReviewDecision) { d.Outcome = "review" }), facts{}, agent.CodeReviewOutcome},
		"free class":   {with(func(d *agent.ReviewDecision) { d.Class = "lazy" }), facts{}, agent.CodeReviewClass},
		"free disposition": {with(func(d *agent.ReviewDecision) { d.Disposition = "shout" }), facts{},
			agent.CodeReviewDisposition},
		"accept a loan that runs": {with(func(d *agent.ReviewDecision) { d.Disposition = "accept" }), facts{}, agent.CodeReviewDisposition},
		"pass, and to court":      {with(func(d *agent.ReviewDecision) { d.Outcome = "pass" }), facts{}, agent.CodeReviewDisposition},
		"free reason":             {with(func(d *agent.ReviewDecision) { d.Reason = "reason.looks_rich" }), facts{}, agent.CodeReviewReason},
	} {
		b := newReviews(t, proposed)
		b.configure(t, func(cfg *agent.Config) {
			overdue := cfg.Checks.Overdue
			cfg.Checks.Overdue = func(e *agent.Evidence, at int64) agent.OverdueFacts {
				o := overdue(e, at)
				if c.f.overdue != nil {
					c.f.overdue(&o)
				}
				return o
			}
			cfg.Checks.Identity = func(*agent.Evidence, agent.Person, int64) agent.IdentityFacts { return c.f.identity }
		})
		b.must(t, file("case", numberA, 1))
		b.refused(t, what, agent.PointReview, c.code, func() error {
			_, err := b.DecideReview(ctx, "case", anna, c.d, b.access)
			return err
		})
		if r := b.waiting(t)[0]; len(r.Decisions) != 0 {
			t.Errorf("%s: a refused decision is kept", what)
		}
	}
}

// Rules that say by themselves what takes two persons are not heeded outside.
func TestVerify_saysNothingTwofoldByItself(t *testing.T) {
	for _, way := range []string{"secure", "legal"} {
		b := newReviews(t, agent.Judgement{Outcome: "fail", OverdueClass: "able_unwilling", Band: "A", Disposition: way})
		b.must(t, file("case", numberA, 1))
		if c := b.payloads[len(b.payloads)-1].Claims; c.Class != "unproven" || c.Disposition != "review" {
			t.Errorf("nobody has decided, and %s, %s leave", c.Class, c.Disposition)
		}
	}
}

// The answer is not changed on a ground that holds no longer.
func TestDecideReview_needsTheGroundStill(t *testing.T) {
	b := newReviews(t, proposed)
	b.must(t, file("case", numberA, 1))
	b.take(t, "case", anna)
	b.rules.collect = func(*agent.CollectInput) agent.Decision { return deny("consent.expired") }
	b.refused(t, "a decision without ground", agent.PointCollect, "consent.expired", func() error {
		_, err := b.DecideReview(ctx, "case", anna, lenient, b.access)
		return err
	})
	if len(b.waiting(t)) != 1 {
		t.Error("the case waits no longer")
	}
}

// Nobody takes what another is taking, and nobody decides what has become another
// answer meanwhile.
func TestReview_ofTwoActsAtOnceOneStands(t *testing.T) {
	b := newReviews(t, proposed)
	s := &between{Memory: b.store}
	b.configure(t, func(c *agent.Config) { c.Store = s })
	b.must(t, file("case", numberA, 1))
	s.before = func() {
		if _, err := b.TakeReview(ctx, "case", bo, b.access); err != nil {
			t.Errorf("TakeReview = %v", err)
		}
	}
	var denied *agent.Denied
	if _, err := b.TakeReview(ctx, "case", anna, b.access); !errors.As(err, &denied) || denied.Codes[0] != agent.CodeReviewTaken {
		t.Errorf("TakeReview of what is being taken = %v", err)
	}
	if err := b.ReleaseReview(ctx, "case", bo, b.access); err != nil {
		t.Fatal(err)
	}
	// A new answer comes while somebody decides: nobody decides what they have not
	// seen.
	b.take(t, "case", anna)
	s.before = func() { b.must(t, file("case", numberA, 2)) }
	if _, err := b.DecideReview(ctx, "case", anna, lenient, b.access); !errors.As(err, &denied) || denied.Codes[0] != agent.CodeReviewUnheld {
		t.Errorf("DecideReview of facts that are new = %v", err)
	}
	b.decide(t, anna, unwilling)
	b.take(t, "case", bo)
	s.before = func() { b.must(t, file("case", numberA, 3)) }
	if _, err := b.DecideReview(ctx, "case", bo, unwilling, b.access); !errors.As(err, &denied) || denied.Codes[0] != agent.CodeReviewUnheld {
		t.Errorf("DecideReview of facts that are new = %v", err)
	}
	if all := b.waiting(t); len(all) != 1 || len(all[0].Decisions) != 0 || all[0].Half {
		t.Errorf("a decision on other facts stands: %+v", all)
	}
}

// What was recorded of a reviewed answer is what the rules said, and replays.
func TestDecideReview_replaysAsTheRulesJudged(t *testing.T) {
	b := newReviews(t, proposed)
	b.must(t, file("case", numberA, 1))
	b.decide(t, anna, unwilling)
	b.decide(t, bo, unwilling)
	all, err := b.History(ctx, "case")
	if err != nil || len(all) != 2 {
		t.Fatalf("History = %d answers, %v, want the rules' and the people's", len(all), err)
	}
	again, open := all[1].Replay(ctx, b.rules)
	if open || len(again) != len(all[1].Decisions) || len(again) != 4 {
		t.Fatalf("Replay = %d of %d decisions, open %v", len(again), len(all[1].Decisions), open)
	}
	for i, d := range again {
		was := all[1].Decisions[i]
		if told(d.Point, d.Input, d.Outcome) != told(was.Point, was.Input, was.Outcome) {
			t.Errorf("Replay asks or answers otherwise at %s:\n%s\n%s", d.ID, told(d.Point, d.Input, d.Outcome), told(was.Point, was.Input, was.Outcome))
		}
	}
}

// Each act is one commit: cut off there, either nothing of it happened or all.
func TestReview_isWholeOrNotAtAllWhereItIsCutOff(t *testing.T) {
	acts := []struct {
		name string
		do   func(b *reviewBench) error
		done func(all []agent.Waiting) bool
	}{
		{"ask", func(b *reviewBench) error { return b.AskReview(ctx, "case") },
			func(all []agent.Waiting) bool { return slices.Contains(all[0].Why, agent.CodeReviewAsked) }},
		{"take", func(b *reviewBench) error { _, err := b.TakeReview(ctx, "case", anna, b.access); return err },
			func(all []agent.Waiting) bool { return all[0].By == anna.ID }},
		{"release", func(b *reviewBench) error { return b.ReleaseReview(ctx, "case", anna, b.access) },
			func(all []agent.Waiting) bool { return all[0].By == "" }},
		{"take again", func(b *reviewBench) error { _, err := b.TakeReview(ctx, "case", anna, b.access); return err },
			func(all []agent.Waiting) bool { return all[0].By == anna.ID }},
		{"first decision", func(b *reviewBench) error {
			_, err := b.DecideReview(ctx, "case", anna, unwilling, b.access)
			return err
		}, func(all []agent.Waiting) bool { return all[0].Half }},
		{"take by the second", func(b *reviewBench) error { _, err := b.TakeReview(ctx, "case", bo, b.access); return err },
			func(all []agent.Waiting) bool { return all[0].By == bo.ID }},
		{"second decision", func(b *reviewBench) error {
			_, err := b.DecideReview(ctx, "case", bo, unwilling, b.access)
			return err
		}, func(all []agent.Waiting) bool { return len(all) == 0 }},
	}
	for cut := range acts {
		for _, kept := range []bool{false, true} {
			b := newReviews(t, proposed)
			b.must(t, file("case", numberA, 1))
			for i, act := range acts {
				if i != cut {
					if err := act.do(b); err != nil {
						t.Fatalf("%s = %v", act.name, err)
					}
					continue
				}
				sent := len(b.queue(t))
				b.store.FailNext(kept)
				if err := act.do(b); !errors.Is(err, agent.ErrUncertain) {
					t.Fatalf("%s that is cut off = %v, want ErrUncertain", act.name, err)
				}
				// What is there is what the list says, and the verdict went with it.
				if act.done(b.waiting(t)) != kept {
					t.Errorf("%s, kept %v: the queue says otherwise", act.name, kept)
				}
				if n := len(b.queue(t)) - sent; (n == 1) != (kept && act.name == "second decision") {
					t.Errorf("%s, kept %v: %d verdicts were queued", act.name, kept, n)
				}
				if !kept {
					if err := act.do(b); err != nil {
						t.Errorf("%s again = %v", act.name, err)
					}
				}
			}
			if len(b.waiting(t)) != 0 {
				t.Errorf("cut off at %s, kept %v: the case is not decided", acts[cut].name, kept)
			}
			agenttest.CheckWorld(t, b.store, "hub", nil)
		}
	}
}

// Nothing about the person, no id of staff and no case id is in the open part.
func TestReview_theJournalNamesNobody(t *testing.T) {
	b := newReviews(t, proposed)
	b.must(t, file("case", numberA, 1))
	b.decide(t, anna, unwilling)
	b.decide(t, bo, unwilling)
	b.waiting(t)
	n := 0
	for _, e := range b.store.Entries() {
		if e.Kind != "review" {
			continue
		}
		n++
		for _, s := range []string{anna.ID, bo.ID, `"case"`, "able_unwilling", "reason."} {
			if bytes.Contains(e.Public, []byte(s)) {
				t.Errorf("the open part of an entry says %s", s)
			}
		}
		if e.Body != nil && !bytes.Contains(e.Body, []byte(`"by":"`)) {
			t.Error("the sealed part does not say who acted")
		}
	}
	if n != 5 {
		t.Errorf("%d entries of reviews, want 5", n)
	}
}
