package explanation

import (
	"fmt"
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// A toy is a world with its own small law.
type toy struct {
	e     *agent.Evidence
	judge func(e *agent.Evidence) agent.Judgement
	seen  *agent.Evidence
	asked int
}

func (w *toy) Evidence() *agent.Evidence { e := *w.e; return &e }

func (w *toy) Facts(e *agent.Evidence, _ int64) *agent.Facts {
	w.seen, w.asked = e, w.asked+1
	var f agent.Facts
	if e.CreditReport != nil {
		f.Capacity.Obligations, f.Capacity.Lenders, f.Capacity.Inquiries30 = e.CreditReport.Monthly, e.CreditReport.Lenders, e.CreditReport.Inquiries30
	}
	f.Capacity.Requested = e.Loan.Requested
	f.Capacity.DeclaredIncome = e.Income.DeclaredMonthly
	return &f
}

func (w *toy) Judge(*agent.Facts, int64) agent.Judgement {
	j := w.judge(w.seen)
	j.Allow = true
	return j
}

func turned(ok bool, improve ...agent.Code) agent.Judgement {
	if ok {
		return agent.Judgement{Outcome: "pass", Band: "B", Offer: agent.Known(1)}
	}
	return agent.Judgement{Outcome: "fail", Band: "D", Improve: improve}
}

func steps(o Outlook) string {
	s := ""
	for _, c := range o.Changes {
		s += fmt.Sprintf("%s=%s ", c.Key, c.Value)
	}
	return s
}

func TestFind_movesAnAmountAsLittleAsItTakes(t *testing.T) {
	for _, limit := range []int64{0, 1, 99, 100, 4_321, 9_900, 9_999} {
		e := evidence()
		e.CreditReport.Monthly, e.CreditReport.Inquiries30, e.CreditReport.NewLoans90 = agent.Known(10_000), agent.Known(0), agent.Known(0)
		w := &toy{e: e, judge: func(e *agent.Evidence) agent.Judgement { return turned(e.CreditReport.Monthly.Or(0) <= limit) }}
		s := Find(w, 1_780_000_000)
		found, asked := s.Found, s.Asked
		if len(found) == 0 || len(found[0].Changes) != 1 {
			t.Fatalf("limit %d: found %d", limit, len(found))
		}
		if want := fmt.Sprintf("debt.monthly=%d ", min(limit, 9_999)/100*100); steps(found[0]) != want {
			t.Errorf("limit %d: %s, want %s", limit, steps(found[0]), want)
		}
		if asked > 100 {
			t.Errorf("limit %d: %d questions", limit, asked)
		}
	}
}

func TestFind_takesPairsWhereNothingElseHelps(t *testing.T) {
	e := evidence()
	e.CreditReport = nil
	w := &toy{e: e, judge: func(e *agent.Evidence) agent.Judgement {
		return turned(len(e.Statements) > 0 && e.CreditReport != nil, CodeStatements, "provide.credit_report")
	}}
	s := Find(w, 1_780_000_000)
	found, asked := s.Found, s.Asked
	if len(found) != 1 || steps(found[0]) != "statements=6m credit_report= " {
		t.Errorf("found %d", len(found))
	}
	if asked > 1000 {
		t.Errorf("%d questions", asked)
	}
	// Where one thing is enough, two are not told.
	w.judge = func(e *agent.Evidence) agent.Judgement {
		return turned(len(e.Statements) > 0, CodeStatements, "provide.credit_report")
	}
	if found := Find(w, 1_780_000_000).Found; len(found) != 1 || steps(found[0]) != "statements=6m " {
		t.Errorf("found %d", len(found))
	}
}

// Nobody is told to prove what the answer does not ask for, nor to do what is not
// theirs to do.
func TestFind_suggestsOnlyWhatIsTheBorrowers(t *testing.T) {
	for _, improve := range [][]agent.Code{nil, {"provide.medical_bill"}, {CodeStatements, "provide.credit_report", "provide.identity", "renew.document"}} {
		w := &toy{e: evidence(), judge: func(*agent.Evidence) agent.Judgement { return turned(false, improve...) }}
		now := After(w, 1_780_000_000, nil)
		for _, l := range levers(&now, w.Evidence(), 20260531) {
			key := l.key
			if l.doc != nil {
				key = l.doc.Key
			}
			switch key {
			case "loan.amount", "debt.monthly", "debt.lenders", "wait.days", "loan.paid", "overdue.accounts":
			case "proof", "statements", "credit_report", "identity", "document", "phone", "card":
				if improve == nil {
					t.Errorf("%s is suggested to who was asked for nothing", key)
				}
			default:
				t.Errorf("%s is suggested", key)
			}
		}
		if found := Find(w, 1_780_000_000).Found; len(found) != 0 {
			t.Errorf("%d ways are found that change nothing", len(found))
		}
	}
}

func TestFind_neverTurnsDoubtIntoRefusal(t *testing.T) {
	w := &toy{e: evidence(), judge: func(e *agent.Evidence) agent.Judgement {
		if e.CreditReport.Monthly == evidence().CreditReport.Monthly {
			return agent.Judgement{Outcome: "inconclusive", Band: "E"}
		}
		return agent.Judgement{Outcome: "fail", Band: "A"}
	}}
	if found := Find(w, 1_780_000_000).Found; len(found) != 0 {
		t.Errorf("found %s", steps(found[0]))
	}
}

func TestFind_takesThreeWhereTwoDoNotHelp(t *testing.T) {
	e := evidence()
	e.CreditReport, e.Answers = nil, nil
	whole := func(e *agent.Evidence) bool {
		return len(e.Statements) > 0 && e.CreditReport != nil && e.Identity != nil && e.Identity.ExpiresOn != 0
	}
	improve := []agent.Code{CodeStatements, "provide.credit_report", "provide.identity", "renew.document"}
	w := &toy{e: e, judge: func(e *agent.Evidence) agent.Judgement { return turned(whole(e), improve...) }}
	s := Find(w, 1_780_000_000)
	if len(s.Found) != 1 || steps(s.Found[0]) != "statements=6m credit_report= document= " || s.Ended {
		t.Errorf("found %d, ended %v", len(s.Found), s.Ended)
	}
	// Two documents and an amount, which is moved no further than it takes.
	w.judge = func(e *agent.Evidence) agent.Judgement {
		return turned(len(e.Statements) > 0 && e.CreditReport != nil && e.Loan.Requested.Or(0) <= 250_000, improve...)
	}
	if s := Find(w, 1_780_000_000); len(s.Found) != 1 || steps(s.Found[0]) != "statements=6m credit_report= loan.amount=200000 " {
		t.Errorf("found %d", len(s.Found))
	}
	// Four things at once are not looked for.
	w.judge = func(e *agent.Evidence) agent.Judgement {
		return turned(whole(e) && e.Loan.Requested.Or(0) <= 250_000, improve...)
	}
	if s := Find(w, 1_780_000_000); len(s.Found) != 0 || s.Ended {
		t.Errorf("found %d, ended %v", len(s.Found), s.Ended)
	}
}

// Whatever there is to try, a search asks no more than it says, and tells if it ended
// before it had tried all.
func TestFind_isBounded(t *testing.T) {
	improve := []agent.Code{CodeStatements, "provide.credit_report", "provide.identity", "renew.document"}
	for code := range proofOf {
		improve = append(improve, code)
	}
	e := evidence()
	e.Loan.Requested = agent.Known(1 << 50)
	w := &toy{e: e, judge: func(*agent.Evidence) agent.Judgement { return turned(false, improve...) }}
	all := Find(w, 1_780_000_000)
	if all.Asked > MaxAsked || all.Asked < 500 || w.asked != all.Asked+1 || len(all.Found) != 0 || all.Ended {
		t.Errorf("asked %d, counted %d, found %d, ended %v", all.Asked, w.asked, len(all.Found), all.Ended)
	}
	for _, most := range []int{0, 1, 50, all.Asked - 1, all.Asked} {
		w.asked = 0
		s := find(w, 1_780_000_000, most)
		if s.Asked != most || w.asked != most+1 || s.Ended != (most < all.Asked) || len(s.Found) != 0 {
			t.Errorf("of %d: asked %d, counted %d, found %d, ended %v", most, s.Asked, w.asked, len(s.Found), s.Ended)
		}
	}
	// What was found before the end is told, and nothing that was not asked.
	w.judge = func(e *agent.Evidence) agent.Judgement { return turned(len(e.Statements) > 0, improve...) }
	if s := find(w, 1_780_000_000, 5); len(s.Found) != 1 || steps(s.Found[0]) != "statements=6m " || s.Asked != 5 || !s.Ended {
		t.Errorf("found %d, asked %d", len(s.Found), s.Asked)
	}
}

// Nobody is told to show an income of months in which they did not work yet.
func TestFind_suggestsNoStatementsOfBeforeTheWork(t *testing.T) {
	for since, want := range map[agent.Date]bool{0: true, 20251101: true, 20251102: false, 20260418: false} {
		e := evidence()
		e.Employment = &agent.Employment{Since: since}
		now := Outlook{Facts: new(agent.Facts), Judgement: agent.Judgement{Improve: []agent.Code{CodeStatements}}}
		now.Facts.Capacity.DeclaredIncome = agent.Known(9000_00)
		got := slices.ContainsFunc(levers(&now, e, 20260515), func(l lever) bool { return l.doc != nil && l.doc.Key == "statements" })
		if got != want {
			t.Errorf("at work since %v: statements are suggested: %v, want %v", since, got, want)
		}
	}
}

// An application takes in no card, so nobody who applies is told to bring one; who
// draws on a limit is, where it is what lacks.
func TestFind_asksForACardOnlyWhereOneIsTaken(t *testing.T) {
	for _, tt := range []struct {
		row, improve agent.Code
		want         bool
	}{
		{"application.identity_unverified", "provide.identity", false},
		{"identity.not_verified", "provide.identity", true},
		{"drawdown.card_missing", "provide.card", true},
		{"drawdown.card_unconfirmed", "confirm.card", true},
		{"drawdown.limit_exceeded", "reduce.amount", false},
	} {
		now := Outlook{Facts: new(agent.Facts), Judgement: agent.Judgement{Row: tt.row, Improve: []agent.Code{tt.improve}}}
		got := slices.ContainsFunc(levers(&now, evidence(), 20260531), func(l lever) bool { return l.doc != nil && l.doc.Key == "card" })
		if got != tt.want {
			t.Errorf("%s, %s: a card is asked for: %v, want %v", tt.row, tt.improve, got, tt.want)
		}
	}
}
