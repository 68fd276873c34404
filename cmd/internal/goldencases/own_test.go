package goldencases

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// A report that shows the loan in question beside the others, and says so, makes
// nobody poorer than one that does not.
func TestInvariant_aReportThatShowsThisLoanChangesNoMeans(t *testing.T) {
	b, all := newBench(t), allCases(t)
	shown := 0
	rapid.Check(t, func(r *rapid.T) {
		c, e := genCase(r, all)
		before, _ := b.answer(t, c, e, c.person)
		instalment, ok := before.Capacity.NewInstalment.Value()
		if e.Loan == nil || e.Loan.Requested.IsKnown() || e.CreditReport == nil || !ok {
			return
		}
		monthly, told := e.CreditReport.Monthly.Value()
		if !told || e.Loan.StartsOn <= 0 || e.CreditReport.On < e.Loan.StartsOn {
			return
		}
		if left := loan.ReadLedger(e.Loan, agent.DateOf(time.Unix(c.asOf, 0))); left.DueOn == 0 {
			return // paid off, or nobody knows
		}
		shows := copied(e)
		shows.CreditReport.Monthly, shows.CreditReport.OwnMonthly = agent.Known(monthly+instalment), agent.Known(instalment)
		after, _ := b.answer(t, c, shows, c.person)
		if !reflect.DeepEqual(after.Capacity, before.Capacity) {
			r.Fatalf("%s: with the loan in the report %+v\nwas %+v", c.ID, after.Capacity, before.Capacity)
		}
		shown++
	})
	if shown == 0 {
		t.Error("no report showed a loan")
	}
}

// Whatever debts are said to be this lender's own, more of them do not help.
func TestInvariant_moreDebtNeverImprovesWhoeverItIsOwedTo(t *testing.T) {
	b, all := newBench(t), allCases(t)
	rapid.Check(t, func(r *rapid.T) {
		c, e := genCase(r, all)
		amount := func(name string) agent.Int {
			return rapid.SampledFrom([]agent.Int{{}, agent.Known(0), agent.Known(92_000), agent.Known(1_000_000), agent.Known(1 << 50)}).Draw(r, name)
		}
		if e.CreditReport != nil {
			e.CreditReport.OwnMonthly, e.CreditReport.OwnBalance = amount("own monthly"), amount("own balance")
		}
		if e.Liabilities != nil {
			for i := range e.Liabilities.Obligations {
				e.Liabilities.Obligations[i].Own = agent.Tri(rapid.IntRange(0, 2).Draw(r, "own"))
			}
		}
		_, before := b.answer(t, c, e, c.person)
		more := copied(e)
		oweMore(more, rapid.Int64Range(10_000, 60_000).Draw(r, "more"))
		_, after := b.answer(t, c, more, c.person)
		list := better(&after, &before)
		if c.Purpose == agent.PurposeOverdue { // debts may bear out what the borrower says
			list = slices.DeleteFunc(list, func(s string) bool { return s == "pass" })
		}
		if len(list) > 0 {
			r.Fatalf("%s: more debt is better in %v", c.ID, list)
		}
	})
}
