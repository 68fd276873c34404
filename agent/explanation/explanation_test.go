package explanation

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

var now = time.Date(2026, 3, 15, 9, 0, 0, 0, agent.Zone).Unix()

func judged(j agent.Judgement) *agent.Finding {
	return &agent.Finding{Case: "c", Purpose: agent.PurposeOverdue, Result: agent.Result{Facts: new(agent.Facts), Judgement: &j}}
}

func remedies(c agent.Code) []agent.Code {
	return map[agent.Code][]agent.Code{
		"income.unverified": {"provide.statements_6m", "provide.contract"},
		"claim.unproven":    {"provide.medical_bill"},
	}[c]
}

func TestTell_givesFourReasonsAndWhatWouldChangeThem(t *testing.T) {
	fd := judged(agent.Judgement{
		Reasons: []agent.Code{"income.unverified", "evidence.missing", "debt_service.high", "lenders.many", "inquiries.many"},
		Improve: []agent.Code{"provide.statements_6m", "reduce.debt"}})
	fd.AsOf = now
	fd.Result.Facts.Terms.MonthsMissing = []agent.Date{20251101, 20260101}
	s := Tell(fd, now, remedies, true)
	if len(s.Reasons) != MaxReasons || s.Reasons[0].Code != "income.unverified" || s.Reasons[3].Code != "lenders.many" {
		t.Errorf("reasons %+v", s.Reasons)
	}
	if !slices.Equal(s.Reasons[0].Improve, []agent.Code{"provide.statements_6m"}) {
		t.Errorf("remedies of the first: %q, want what the answer names and no more", s.Reasons[0].Improve)
	}
	if !slices.Equal(s.More, []agent.Code{"reduce.debt"}) {
		t.Errorf("more: %q", s.More)
	}
	if want := (Months{20250901, 20260228, 6, []agent.Date{20251101, 20260101}, 20260315, false}); s.Months == nil || !reflect.DeepEqual(*s.Months, want) {
		t.Errorf("months %+v, want %+v", s.Months, want)
	}
}

// The months are those before the case, however much later it is told.
func TestTell_namesTheMonthsBeforeTheCase(t *testing.T) {
	for days, stale := range map[int64]bool{0: false, 90: false, 91: true, 400: true} {
		fd := judged(agent.Judgement{Reasons: []agent.Code{"income.unverified"}, Improve: []agent.Code{CodeStatements}})
		fd.AsOf = now
		m := Tell(fd, now+days*86400, remedies, true).Months
		if m == nil || m.From != 20250901 || m.To != 20260228 || m.AsOf != 20260315 || m.Stale != stale {
			t.Errorf("%d days later: %+v", days, m)
		}
	}
}

// What people decided against the borrower is told with its reasons, what would change
// each, and what ends it: but no proof is asked for that nobody knows to help.
func TestTell_givesThePeoplesReasonsAndWhatWouldChangeThem(t *testing.T) {
	told := func(c agent.Code) []agent.Code {
		return map[agent.Code][]agent.Code{"debt_service.high": {"reduce.debt"}, "evidence.missing": {"provide.credit_report", "provide.medical_bill"}}[c]
	}
	for _, legal := range []agent.Judgement{
		{OverdueClass: "able_unwilling", Disposition: "remind"}, {OverdueClass: "unproven", Disposition: "legal"}, {OverdueClass: "unproven", Disposition: "secure"},
	} {
		legal.Outcome, legal.Reasons = "fail", []agent.Code{"debt_service.high", "evidence.missing"}
		fd := judged(legal)
		fd.Result.Review = &agent.Review{DoneAt: 5, Ruled: &agent.Judgement{Reasons: []agent.Code{"review.needed"}}}
		s := Tell(fd, now, told, true)
		if len(s.Reasons) != 2 || !slices.Equal(s.Reasons[0].Improve, []agent.Code{"reduce.debt"}) || !slices.Equal(s.Reasons[1].Improve, []agent.Code{"provide.credit_report"}) ||
			!slices.Equal(s.More, []agent.Code{"settle.overdue"}) || s.Unwilling != (legal.OverdueClass == "able_unwilling") {
			t.Errorf("told %+v", s)
		}
		// What the rules found, they also said what would change.
		fd.Result.Review.Ruled.Reasons = legal.Reasons
		if s := Tell(fd, now, told, true); len(s.Reasons[0].Improve) != 0 || len(s.Reasons[1].Improve) != 0 {
			t.Errorf("told %+v", s)
		}
	}
	// Nobody is told so before people have found it.
	fd := judged(agent.Judgement{OverdueClass: "able_unwilling", Disposition: "legal"})
	fd.Result.Review = new(agent.Review)
	if s := Tell(fd, now, told, true); s.Unwilling || len(s.More) != 0 {
		t.Errorf("told %+v before people have found it", s)
	}
}

func TestTell_namesNoIllnessToOthers(t *testing.T) {
	for _, how := range []func(*agent.Finding){
		func(fd *agent.Finding) { fd.Result.Facts.Overdue.Claim = agent.ReasonIllness },
		func(fd *agent.Finding) { fd.Result.Judgement.Obligations = []agent.Code{codeSensitive} },
		func(fd *agent.Finding) {
			fd.Result.Facts.Overdue.Reasons = []agent.ReasonFacts{{Reason: agent.ReasonFamily}}
		},
	} {
		fd := judged(agent.Judgement{Reasons: []agent.Code{"claim.unproven"}, Improve: []agent.Code{"provide.medical_bill", "settle.overdue"}})
		how(fd)
		s := Tell(fd, now, remedies, false)
		if len(s.Reasons[0].Improve) != 0 || !slices.Equal(s.More, []agent.Code{"settle.overdue"}) || !slices.Contains(s.Withheld, WithheldSensitive) {
			t.Errorf("told %+v", s)
		}
		if s := Tell(fd, now, remedies, true); len(s.Reasons[0].Improve) != 1 || len(s.Withheld) != 0 {
			t.Errorf("the borrower is told %+v", s)
		}
		if len(fd.Result.Judgement.Improve) != 2 {
			t.Error("the finding was changed")
		}
	}
}

func TestTell_showsNoSignToWhoMayHoldTheAccount(t *testing.T) {
	for _, j := range []agent.Judgement{{Disposition: "freeze"}, {Disposition: "review", OverdueClass: theirs}, {Disposition: "review", Proposal: theirs}} {
		j.Reasons, j.Improve = []agent.Code{"identity.unmatched", "face.unmatched"}, []agent.Code{"provide.police_receipt"}
		s := Tell(judged(j), now, remedies, true)
		if len(s.Reasons) != 1 || s.Reasons[0].Code != codeReview || len(s.More) != 0 || s.Disposition != "review" ||
			!slices.Contains(s.Withheld, WithheldSigns) {
			t.Errorf("told %+v", s)
		}
	}
}

func TestTell_saysWhyNothingWasJudged(t *testing.T) {
	fd := &agent.Finding{Result: agent.Result{Denials: []agent.Denied{{Point: "use", Codes: []agent.Code{"a.b_c"}}, {Point: "disclose", Codes: []agent.Code{"d.e_f"}}}}}
	if s := Tell(fd, now, remedies, true); !slices.Equal(s.Denials, []agent.Code{"a.b_c"}) || s.Outcome != "" || s.Seen {
		t.Errorf("told %+v", s)
	}
	fd.Result.Denials = []agent.Denied{{Point: agent.PointJudge, Codes: []agent.Code{"judge.cost_over_cap"}}}
	if s := Tell(fd, now, remedies, true); !slices.Equal(s.Denials, []agent.Code{"judge.cost_over_cap"}) || !s.Seen {
		t.Errorf("of what was looked at: told %+v", s)
	}
}

func TestTell_saysWhereItStandsWithPeople(t *testing.T) {
	for want, how := range map[string]func(*agent.Result){
		"":            func(*agent.Result) {},
		PersonWaits:   func(r *agent.Result) { r.Judgement.Obligations = []agent.Code{codeHuman} },
		PersonDecided: func(r *agent.Result) { r.Review = &agent.Review{DoneAt: 5}; r.Judgement.Proposal = theirs },
	} {
		fd := judged(agent.Judgement{Outcome: "fail", Disposition: "decline", Reasons: []agent.Code{"lenders.many"}})
		how(&fd.Result)
		if s := Tell(fd, now, remedies, true); s.Person != want || s.Reasons[0].Code != "lenders.many" {
			t.Errorf("%q: told %+v", want, s)
		}
	}
	fd := judged(agent.Judgement{})
	fd.Result.Review = new(agent.Review)
	if s := Tell(fd, now, remedies, true); s.Person != PersonWaits {
		t.Errorf("while it waits: %q", s.Person)
	}
}
