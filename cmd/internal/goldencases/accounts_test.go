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
