package house

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// A person with two loans is judged on each by what is about it: whichever case came
// first, and whichever loan was looked at later.
func TestVerify_aCaseIsAboutItsOwnLoan(t *testing.T) {
	h, lost := demonstration(t, "demo-03")
	people := 700
	number := func() func(object) {
		people++
		return subjectOf(people)
	}
	late := func(object) {}
	paid := func(doc object) {
		delete(doc, "claim")
		delete(doc, "proofs")
		delete(doc["evidence"].(object), "contact_log")
		loan := doc["loan"].(object)
		loan["product"] = "second"
		payments := []any{}
		for _, x := range loan["schedule"].([]any) {
			due := x.(object)
			on := due["due_on"].(string)
			if on > time.Now().Format(time.DateOnly) {
				continue
			}
			sum := 0.0
			for _, part := range []string{"principal_fen", "interest_fen", "fee_fen"} {
				n, _ := due[part].(float64)
				sum += n
			}
			payments = append(payments, object{"on": on, "amount_fen": sum, "result": "settled"})
		}
		loan["payments"] = payments
	}
	at := func(when time.Time) func(object) {
		return func(doc object) {
			for _, part := range []string{"loan", "claim", "proofs"} {
				if o, ok := doc[part].(object); ok {
					o["collected_at"] = when.Format(time.RFC3339)
				}
			}
		}
	}
	ask := func(id string, changes ...func(object)) *agent.Result {
		t.Helper()
		r := answer(t, h, lost, id, func(doc object) {
			for _, change := range changes {
				change(doc)
			}
		})
		if r.Facts == nil {
			t.Fatalf("%s: denied by %v", id, r.Denials)
		}
		return r
	}
	now := time.Now().Add(-time.Hour)
	lateAlone, paidAlone := ask("late-alone", number(), late), ask("paid-alone", number(), paid)
	if lateAlone.Judgement.Row == paidAlone.Judgement.Row || lateAlone.Facts.Overdue.DaysPastDue == paidAlone.Facts.Overdue.DaysPastDue {
		t.Fatalf("the two loans are answered alike: %s", lateAlone.Judgement.Row)
	}
	same := func(what string, got, want *agent.Facts) {
		t.Helper()
		if !reflect.DeepEqual(got.Overdue, want.Overdue) || !reflect.DeepEqual(got.Contract, want.Contract) {
			t.Errorf("%s: it is answered on another loan: %d days past due, %s; alone %d, %s", what, got.Overdue.DaysPastDue.Or(-1), got.Overdue.Claim, want.Overdue.DaysPastDue.Or(-1), want.Overdue.Claim)
		}
	}
	for _, tt := range []struct {
		name          string
		first, second time.Time
	}{
		{"looked-at-after", now, now.Add(time.Minute)},
		{"looked-at-before", now, now.Add(-time.Minute)},
		{"looked-at-together", now, now},
	} {
		who := number()
		same(tt.name, ask(tt.name+"-late-1", who, late, at(tt.first)).Facts, lateAlone.Facts)
		same(tt.name, ask(tt.name+"-paid-2", who, paid, at(tt.second)).Facts, paidAlone.Facts)
		who = number()
		same(tt.name, ask(tt.name+"-paid-1", who, paid, at(tt.first)).Facts, paidAlone.Facts)
		same(tt.name, ask(tt.name+"-late-2", who, late, at(tt.second)).Facts, lateAlone.Facts)
		// What is asked later of the first case is about its loan, too.
		for id, want := range map[string]*agent.Facts{tt.name + "-late-1": lateAlone.Facts, tt.name + "-paid-1": paidAlone.Facts} {
			s, err := h.Agent.Suppose(context.Background(), id)
			if err != nil {
				t.Fatal(err)
			}
			got := s.Facts(s.Evidence(), s.AsOf)
			same("supposed "+id, got, want)
			fd, behind, denials, err := h.Agent.ExplainBehind(context.Background(), id)
			if err != nil || len(denials) > 0 {
				t.Fatal(err, denials)
			}
			n := 0
			for _, b := range behind {
				if b.Category == agent.CatLoan {
					n++
				}
			}
			if n != 1 || fd.Loan == "" {
				t.Errorf("%s: %d loans lie behind it, want 1; it names one: %v", id, n, fd.Loan != "")
			}
		}
		// A later file that brings no loan is about the loan that the case was about.
		again := ask(tt.name+"-late-1", subjectOf(people-1), func(doc object) {
			for _, part := range []string{"loan", "claim", "proofs"} {
				delete(doc, part)
			}
		})
		same(tt.name+" again", again.Facts, lateAlone.Facts)
	}
}

func subjectOf(n int) func(object) {
	number := synthetic.NewPerson(n, 19900506).Number
	return func(doc object) {
		doc["subject"].(object)["number"], doc["evidence"].(object)["identity"].(object)["number"] = number, number
	}
}
