package capacity

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// owing is a loan of 12 lines of 900 and 20 yuan, the fifth of them due on 20
// November, who earns 10,000 and what others are owed: 3,150 a month and 200,000.
func owing(t *testing.T) *agent.Evidence {
	t.Helper()
	l := &agent.Loan{Principal: known(10_800_00), RateBP: known(1200), TermMonths: known(12), Method: agent.MethodEqualInstalment, StartsOn: 20250620}
	for i := range 12 {
		l.Schedule = append(l.Schedule, agent.Instalment{DueOn: loan.AddMonths(20250720, i), Principal: 900_00, Interest: 20_00})
		if i < 3 {
			l.Payments = append(l.Payments, agent.Payment{On: loan.AddMonths(20250720, i), Amount: 920_00, Result: loan.Settled})
		}
	}
	l.Payments = append(l.Payments, agent.Payment{On: 20251020, Amount: 920_00, Result: loan.Settled})
	return &agent.Evidence{Loan: l, Statements: []*agent.Statement{salaries(6, 10_000_00)},
		Liabilities: &agent.Liabilities{Household: known(1), Region: "31", Assets: known(400_000_00), Obligations: []agent.Obligation{
			{Kind: "mortgage", Lender: "L01", Monthly: 3000_00, Balance: 199_000_00}, {Kind: "card", Lender: "L02", Monthly: 150_00, Balance: 1000_00}}},
		CreditReport: &agent.CreditReport{On: 20251110, Lenders: known(2), Monthly: known(3150_00), Balance: known(200_000_00)}}
}

// A loan costs the borrower the same whether or not report and list show it, as long
// as they say that they do.
func TestCheck_thisLoanIsCountedOnce(t *testing.T) {
	want := check(owing(t), asOf)
	if want.Obligations != known(3150_00) || want.NewInstalment != known(920_00) || want.DebtServiceBP != known(4070) {
		t.Fatalf("the case to start from: %+v", want)
	}
	const own = 920_00
	reported := func(e *agent.Evidence, monthly, balance, ownMonthly, ownBalance int64) {
		r := e.CreditReport
		r.Monthly, r.Balance, r.OwnMonthly, r.OwnBalance = known(monthly), known(balance), known(ownMonthly), known(ownBalance)
	}
	listed := func(e *agent.Evidence, monthly, balance int64, own agent.Tri) {
		e.Liabilities.Obligations = append(e.Liabilities.Obligations, agent.Obligation{Kind: "consumer_loan", Lender: "L00", Monthly: monthly, Balance: balance, Own: own})
	}
	tests := map[string]struct {
		change         func(*agent.Evidence)
		monthly, debts int64
	}{
		"in the report": {func(e *agent.Evidence) { reported(e, 4070_00, 207_200_00, own, 7200_00) }, 3150_00, 200_000_00},
		"in the list":   {func(e *agent.Evidence) { listed(e, own, 7200_00, agent.Yes) }, 3150_00, 200_000_00},
		"in both": {func(e *agent.Evidence) {
			reported(e, 4070_00, 207_200_00, own, 7200_00)
			listed(e, own, 7200_00, agent.Yes)
		}, 3150_00, 200_000_00},
		"in the report, unmarked": {func(e *agent.Evidence) {
			e.CreditReport.Monthly, e.CreditReport.Balance = known(4070_00), known(207_200_00)
		}, 4070_00, 207_200_00},
		"in the list, unmarked":  {func(e *agent.Evidence) { listed(e, own, 7200_00, agent.Unknown) }, 4070_00, 207_200_00},
		"in the list, another's": {func(e *agent.Evidence) { listed(e, own, 7200_00, agent.No) }, 4070_00, 207_200_00},
		// No more comes off than this loan is.
		"beside another one of the lender": {func(e *agent.Evidence) { reported(e, 4570_00, 217_200_00, 1420_00, 17_200_00) }, 3650_00, 210_000_00},
		"two in the list":                  {func(e *agent.Evidence) { listed(e, own, 7200_00, agent.Yes); listed(e, 500_00, 10_000_00, agent.Yes) }, 3650_00, 210_000_00},
		"below nothing":                    {func(e *agent.Evidence) { e.Liabilities.Obligations = nil; reported(e, 300_00, 100_00, own, 7200_00) }, 0, 0},
		"negative":                         {func(e *agent.Evidence) { reported(e, 4070_00, 207_200_00, -own, -7200_00) }, 4070_00, 207_200_00},
		"a report from before the loan": {func(e *agent.Evidence) {
			reported(e, 4070_00, 207_200_00, own, 7200_00)
			e.CreditReport.On = 20250619
		}, 4070_00, 207_200_00},
		"no day on which it began": {func(e *agent.Evidence) { reported(e, 4070_00, 207_200_00, own, 7200_00); e.Loan.StartsOn = 0 }, 4070_00, 207_200_00},
		"an application, with another loan running": {func(e *agent.Evidence) {
			reported(e, 4070_00, 207_200_00, own, 7200_00)
			e.Loan.Requested = known(10_000_00)
		}, 4070_00, 207_200_00},
		"paid off": {func(e *agent.Evidence) {
			reported(e, 4070_00, 207_200_00, own, 7200_00)
			e.Loan.Payments = []agent.Payment{{On: 20251001, Amount: 12 * own, Result: loan.Settled}}
		}, 4070_00, 207_200_00},
		"no payment on record": {func(e *agent.Evidence) { reported(e, 4070_00, 207_200_00, own, 7200_00); e.Loan.Payments = nil }, 4070_00, 207_200_00},
	}
	for name, tt := range tests {
		e := owing(t)
		tt.change(e)
		got := check(e, asOf)
		if got.Obligations != known(tt.monthly) || got.Debts != known(tt.debts) {
			t.Errorf("%s: obligations %v and debts %v, want %d and %d", name, got.Obligations, got.Debts, tt.monthly, tt.debts)
		}
		if tt.monthly == 3150_00 && (got.DebtServiceBP != want.DebtServiceBP || got.Residual != want.Residual || got.AssetLiabilityBP != want.AssetLiabilityBP) {
			t.Errorf("%s: debt service %v, residual %v, over assets %v; want %v, %v, %v", name, got.DebtServiceBP, got.Residual, got.AssetLiabilityBP,
				want.DebtServiceBP, want.Residual, want.AssetLiabilityBP)
		}
	}
}

// Whatever is said to be this lender's, more debt helps in nothing, and no more comes
// off than this loan's instalment and what is left of it.
func TestCheck_ownDebtHelpsByThisLoanAtMost(t *testing.T) {
	plain := check(owing(t), asOf)
	rapid.Check(t, func(r *rapid.T) {
		amount := rapid.OneOf(rapid.Int64Range(0, 3000_00), rapid.Int64Range(0, 1<<61))
		e := owing(t)
		e.CreditReport.Monthly, e.CreditReport.Balance = known(amount.Draw(r, "monthly")), known(amount.Draw(r, "balance"))
		unmarked := check(e, asOf)
		e.CreditReport.OwnMonthly, e.CreditReport.OwnBalance = known(amount.Draw(r, "own monthly")), known(amount.Draw(r, "own balance"))
		e.Liabilities.Obligations[1].Own = rapid.SampledFrom([]agent.Tri{agent.Unknown, agent.No, agent.Yes}).Draw(r, "own")
		before := check(e, asOf)
		if off := unmarked.Obligations.Or(0) - before.Obligations.Or(0); off < 0 || off > plain.NewInstalment.Or(0) {
			r.Fatalf("%d came off a month", off)
		}
		if off := unmarked.Debts.Or(0) - before.Debts.Or(0); off < 0 || off > 7200_00 {
			r.Fatalf("%d came off the debts", off)
		}
		e.CreditReport.Monthly = known(e.CreditReport.Monthly.Or(0) + amount.Draw(r, "more a month"))
		e.CreditReport.Balance = known(e.CreditReport.Balance.Or(0) + amount.Draw(r, "more"))
		e.Liabilities.Obligations = append(e.Liabilities.Obligations, agent.Obligation{Lender: "L01", Monthly: amount.Draw(r, "one more"), Balance: amount.Draw(r, "of"),
			Own: rapid.SampledFrom([]agent.Tri{agent.Unknown, agent.No, agent.Yes}).Draw(r, "whose")})
		if names := better(check(e, asOf), before); names != nil {
			r.Fatalf("more debt is better in %v", names)
		}
	})
}
