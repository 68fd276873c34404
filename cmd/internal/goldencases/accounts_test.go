package goldencases

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yanmen/yanmen/agent"
)

// A statement that comes again under another label, or under none, is told of, and
// changes nothing else.
func TestInvariant_anotherLabelChangesNothing(t *testing.T) {
	b, all := newBench(t), allCases(t)
	all = slices.DeleteFunc(all, func(c *goldenCase) bool { return len(c.evidence.Statements) == 0 })
	told := 0
	rapid.Check(t, func(r *rapid.T) {
		c, e := genCase(r, all)
		if len(e.Statements) == 0 {
			return
		}
		before, was := b.answer(t, c, e, c.person)
		twice := copied(e)
		again := *rapid.SampledFrom(e.Statements).Draw(r, "again")
		if len(again.Transactions) < 3 {
			return // too little to be known again
		}
		again.Account = rapid.SampledFrom([]string{"0", "other", "zz"}).Draw(r, "label")
		again.Transactions = rapid.Permutation(again.Transactions).Draw(r, "rows")
		twice.Statements = rapid.Permutation(append(twice.Statements, &again)).Draw(r, "statements")
		after, is := b.answer(t, c, twice, c.person)
		if !reflect.DeepEqual(is, was) {
			r.Fatalf("%s, a statement under another label: %+v\nwas %+v", c.ID, is, was)
		}
		if !slices.Contains(after.Capacity.StatementWarnings, agent.CodeAccountRepeated) {
			r.Fatalf("%s: nothing tells that a statement came under two labels", c.ID)
		}
		told++
		w := &after.Capacity.StatementWarnings
		*w = slices.DeleteFunc(*w, func(code string) bool {
			return code == agent.CodeAccountRepeated && !slices.Contains(before.Capacity.StatementWarnings, code)
		})
		if len(*w) == 0 {
			*w = before.Capacity.StatementWarnings[:0]
		}
		if !reflect.DeepEqual(after.Capacity, before.Capacity) || !reflect.DeepEqual(after.Overdue, before.Overdue) || !reflect.DeepEqual(after.Conduct, before.Conduct) {
			r.Fatalf("%s, a statement under another label: other facts:\n%+v\n%+v\nwere\n%+v\n%+v", c.ID, after.Capacity, after.Conduct, before.Capacity, before.Conduct)
		}
	})
	if told == 0 {
		t.Error("no statement came again")
	}
}

// Where the second one has other amounts, it counts no more, and the check of conduct
// tells what differs.
func TestFacts_anEditedStatementUnderAnotherLabelIsToldOf(t *testing.T) {
	b := newBench(t)
	tried := 0
	for _, c := range allCases(t) {
		before := b.checks.Facts(c.evidence, c.person, c.Purpose, c.asOf)
		if slices.Contains(before.Capacity.StatementWarnings, agent.CodeAccountRepeated) {
			t.Errorf("%s: accounts that are not the same are taken for one", c.ID)
		}
		for i, s := range c.evidence.Statements {
			middle := len(s.Transactions) / 2
			if len(s.Transactions) < 6 || s.Refused != 0 || slices.Contains(before.Conduct.Codes, "overlap.differs") {
				continue
			}
			e := copied(c.evidence)
			again := *e.Statements[i]
			again.Account, again.Transactions = "other", slices.Clone(s.Transactions)
			again.Transactions[middle].Amount += 500_00
			e.Statements = append(e.Statements, &again)
			after := b.checks.Facts(e, c.person, c.Purpose, c.asOf)
			if !slices.Contains(after.Capacity.StatementWarnings, agent.CodeAccountRepeated) || !slices.Contains(after.Conduct.Codes, "overlap.differs") {
				t.Errorf("%s: statement %d: warnings %v, codes of conduct %v", c.ID, i, after.Capacity.StatementWarnings, after.Conduct.Codes)
			}
			if was, is := before.Capacity.VerifiedIncome.Or(0), after.Capacity.VerifiedIncome.Or(0); is > was+500_00 {
				t.Errorf("%s: statement %d: an income of %d became %d", c.ID, i, was, is)
			}
			tried++
		}
	}
	if tried < 10 {
		t.Errorf("only %d statements were tried", tried)
	}
}
