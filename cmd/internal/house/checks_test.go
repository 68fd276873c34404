package house

import (
	"slices"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/policy"
)

// One line says for how long a credit report counts, whichever check looks at it.
func TestChecks_oneAgeForCreditReports(t *testing.T) {
	e, err := policy.New()
	if err != nil {
		t.Fatal(err)
	}
	checks := Checks(e)
	asOf := time.Date(2026, 6, 20, 12, 0, 0, 0, agent.Zone).Unix()
	today, n := agent.DateOf(time.Unix(asOf, 0)), agent.Known(1)
	fresh := 0
	for days := -2; days < 200; days++ {
		ev := &agent.Evidence{CreditReport: &agent.CreditReport{On: today.AddDays(-days), Inquiries30: n, Inquiries90: n, Inquiries180: n, NewLoans30: n, NewLoans90: n, NewLoans180: n}}
		f := checks.Facts(ev, agent.Person{}, agent.PurposeApplication, asOf)
		stale := slices.Contains(f.Conduct.Codes, "report.stale")
		for _, count := range []agent.Int{f.Capacity.Inquiries30, f.Capacity.NewLoans90, f.Conduct.Inquiries90, f.Conduct.NewLoans180} {
			if count.IsKnown() == stale {
				t.Errorf("a report of %d days: stale %v, counted %v", days, stale, count)
			}
		}
		if !stale {
			fresh++
		}
	}
	if fresh < 2 {
		t.Errorf("%d days on which a report counts", fresh)
	}
}

// One table says what living costs, for what a borrower can carry today and for what
// could have been paid on the due day, by the region and the household.
func TestChecks_oneTableOfLiving(t *testing.T) {
	e, err := policy.New()
	if err != nil {
		t.Fatal(err)
	}
	checks := Checks(e)
	asOf := time.Date(2026, 6, 20, 12, 0, 0, 0, agent.Zone).Unix()
	for _, region := range []string{"", "11", "110101", "320500", "620000", "990100"} {
		for _, household := range []int64{1, 4} {
			l := &agent.Liabilities{Household: agent.Known(household), Region: region}
			able := func(holds int64) *agent.Facts {
				s := &agent.Statement{Format: "cmb", Account: "a", From: 20260501, To: 20260619, Transactions: []agent.Transaction{
					{At: agent.Date(20260601).Time().Unix(), Amount: 1, Flow: agent.FlowOut, Kind: agent.KindPurchase, State: agent.StateSettled, Balance: agent.Known(holds)}}}
				return checks.Facts(&agent.Evidence{Liabilities: l, Statements: []*agent.Statement{s},
					Loan: &agent.Loan{Schedule: []agent.Instalment{{DueOn: 20260610, Principal: 1000_00}},
						Payments: []agent.Payment{{On: 20260610, Result: "other"}}}}, agent.Person{}, agent.PurposeOverdue, asOf)
			}
			floor, ok := able(0).Capacity.LivingFloor.Value()
			if !ok || floor <= 0 {
				t.Fatalf("region %q: no floor", region)
			}
			if got := able(floor + 1000_00).Overdue.Able; got != agent.Yes {
				t.Errorf("region %q, %d persons: able %v with living and the instalment at hand", region, household, got)
			}
			if got := able(floor + 1000_00 - 1).Overdue.Able; got != agent.Unknown {
				t.Errorf("region %q, %d persons: able %v a fen short of it", region, household, got)
			}
		}
	}
}
