package capacity

import (
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// of returns rows of a kind and a party on the tenth of each month before
// November 2025, the oldest first.
func of(kind agent.Kind, party agent.Party, flow agent.Flow, amounts ...int64) []agent.Transaction {
	rows := monthly(loan.AddMonths(20251101, -len(amounts)), kind, amounts...)
	for i := range rows {
		rows[i].Party, rows[i].Flow = party, flow
	}
	return rows
}

// half is a statement of the half year before November 2025.
func half(account, format string, rows ...[]agent.Transaction) *agent.Statement {
	return statement(account, format, 20250501, 20251031, slices.Concat(rows...)...)
}

func TestCheck_streamsByHand(t *testing.T) {
	// Wage: 5,000 5,200 4,800 5,000 6,000 6,200: the lower median of six is 5,000,
	// of the last three 6,000, a trend of 12,000. Distances from 5,000 are 0 200
	// 200 0 1,000 1,200: their lower median is 200, a variation of 400.
	wage := of(agent.KindSalary, agent.PartyEmployer, agent.FlowIn, 5000_00, 5200_00, 4800_00, 5000_00, 6000_00, 6200_00)
	// Pension: stopped two months ago: 0 0 1,000: trend 0 of a median of 1,000.
	pension := of(agent.KindBenefit, agent.PartyPublic, agent.FlowIn, 1000_00, 1000_00, 1000_00, 1000_00, 0, 0)
	// Receipts: 3,000 of customers, 2,000 passed on by the wallet that took in 2,500.
	shop := of(agent.KindReceipt, agent.PartyMerchant, agent.FlowIn, repeat(3000_00, 6)...)
	passed := of(agent.KindReceipt, agent.PartyPlatform, agent.FlowIn, repeat(2000_00, 6)...)
	wallet := of(agent.KindReceipt, agent.PartyPerson, agent.FlowIn, repeat(2500_00, 6)...)
	// The housing fund once, family in three months and once another sum.
	fund := of(agent.KindHousingFund, agent.PartyPublic, agent.FlowIn, 30_000_00, 0)
	parents := of(agent.KindTransferIn, agent.PartyPerson, agent.FlowIn, 800_00, 800_00, 900_00, 800_00)
	got := check(evidence(half("a", "cmb", wage, pension, shop, passed, fund), half("w", "wechat", wallet, parents)), asOf)
	want := []agent.StreamFacts{
		{Kind: agent.StreamBenefit, Counted: true, Monthly: known(1000_00), Months: known(4), LastOn: 20250810, TrendBP: known(0), VariationBP: known(0)},
		{Kind: agent.StreamFamily, Monthly: known(0), Months: known(3), LastOn: 20251010, TrendBP: unknown},
		{Kind: agent.StreamFund, Monthly: known(0), Months: known(1), LastOn: 20250910, TrendBP: unknown},
		{Kind: agent.StreamReceipts, Counted: true, Monthly: known(5500_00), Months: known(6), LastOn: 20251010, TrendBP: known(10_000), VariationBP: known(0)},
		{Kind: agent.StreamWage, Counted: true, Monthly: known(5000_00), Months: known(6), LastOn: 20251010, TrendBP: known(12_000), VariationBP: known(400)},
	}
	// Of the family's three months of six the lower median is 0, as it is of one in six.
	if !slices.Equal(got.Streams, want) {
		t.Errorf("streams %+v\nwant    %+v", got.Streams, want)
	}
	// 5,000 of the wage, nothing of the pension that stopped, half of 3,000 + 2,500.
	if got.VerifiedIncome != known(5000_00+0+2750_00) {
		t.Errorf("income %v, want 7,750", got.VerifiedIncome)
	}
}

// The wage is told by the source that counts, and by the one there is where none
// does.
func TestCheck_wageIsToldByTheSourceThatCounts(t *testing.T) {
	insured := func(base int64, newest agent.Date, n int) *agent.SocialInsurance {
		si := &agent.SocialInsurance{}
		for i := range n {
			si.Months = append(si.Months, agent.InsuredMonth{Month: loan.AddMonths(newest, -i), Paid: agent.Yes, Base: known(base)})
		}
		return si
	}
	paid := []*agent.Statement{salaries(6, 9000_00)}
	for _, tt := range []struct {
		name   string
		e      agent.Evidence
		want   agent.Int
		months agent.Int
		counts bool
		trend  agent.Int
	}{
		{"bases below", agent.Evidence{Statements: paid, SocialInsurance: insured(8000_00, 20251001, 7)}, known(8000_00), known(7), true, known(10_000)},
		{"bases above", agent.Evidence{Statements: paid, SocialInsurance: insured(10_000_00, 20251001, 7)}, known(9000_00), known(6), true, known(10_000)},
		{"bases that are stale", agent.Evidence{Statements: paid, SocialInsurance: insured(8000_00, 20250501, 4)}, known(9000_00), known(6), true, known(10_000)},
		{"stale bases alone", agent.Evidence{SocialInsurance: insured(8000_00, 20250501, 4)}, known(8000_00), known(4), false, unknown},
		{"too few months", agent.Evidence{Statements: []*agent.Statement{salaries(2, 9000_00)}}, known(9000_00), known(2), false, unknown},
		{"too few months for a trend", agent.Evidence{Statements: []*agent.Statement{salaries(5, 9000_00)}}, known(9000_00), known(5), true, unknown},
	} {
		got := check(&tt.e, asOf).Streams
		if len(got) != 1 || got[0].Kind != agent.StreamWage || got[0].Monthly != tt.want || got[0].Months != tt.months || got[0].Counted != tt.counts || got[0].TrendBP != tt.trend {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// What is told and not counted makes no month one of income.
func TestCheck_fundAndSupportAreNoIncome(t *testing.T) {
	e := evidence(half("a", "cmb", of(agent.KindHousingFund, agent.PartyPublic, agent.FlowIn, repeat(1000_00, 6)...),
		of(agent.KindTransferIn, agent.PartyPerson, agent.FlowIn, repeat(1000_00, 6)...),
		of(agent.KindRepayment, agent.PartyBank, agent.FlowOut, repeat(1000_00, 6)...)))
	got := check(e, asOf)
	if got.IncomeMonths != known(0) || got.VerifiedIncome.IsKnown() || got.LastIncomeOn != 0 || got.Evidence != agent.EvidenceNone || len(got.Streams) != 2 {
		t.Errorf("%+v", got)
	}
}

func TestCheck_receiptsOfAWalletAlone(t *testing.T) {
	got := check(evidence(half("w", "wechat", of(agent.KindReceipt, agent.PartyPerson, agent.FlowIn, repeat(2500_00, 6)...))), asOf).Streams
	if len(got) != 1 || got[0].Kind != agent.StreamReceipts || got[0].Monthly != known(2500_00) || !got[0].Counted {
		t.Errorf("%+v", got)
	}
}

func TestCheck_nothingCountsTwice(t *testing.T) {
	salary := func(amounts ...int64) []agent.Transaction {
		return of(agent.KindSalary, agent.PartyEmployer, agent.FlowIn, amounts...)
	}
	own := func(flow agent.Flow) []agent.Transaction {
		return of(agent.KindOwnTransfer, agent.PartySelf, flow, repeat(4000_00, 6)...)
	}
	topUp := func(flow agent.Flow) []agent.Transaction {
		return of(agent.KindTopUp, agent.PartySelf, flow, repeat(1000_00, 6)...)
	}
	in := func(kind agent.Kind, party agent.Party) []agent.Transaction {
		return of(kind, party, agent.FlowIn, repeat(50_000_00, 6)...)
	}
	tests := []struct {
		name string
		list []*agent.Statement
		want int64
	}{
		{"a salary, moved to a second bank and to two wallets", []*agent.Statement{half("a", "cmb", salary(repeat(6000_00, 6)...), own(agent.FlowOut), topUp(agent.FlowOut)),
			half("b", "icbc", own(agent.FlowIn)), half("w", "wechat", topUp(agent.FlowIn)), half("z", "alipay", topUp(agent.FlowIn))}, 6000_00},
		{"a salary in two parts at two banks", []*agent.Statement{half("a", "cmb", salary(repeat(4000_00, 6)...)), half("b", "icbc", salary(repeat(2000_00, 6)...))}, 6000_00},
		{"a bonus month", []*agent.Statement{half("a", "cmb", salary(6000_00, 6000_00, 36_000_00, 6000_00, 6000_00, 6000_00))}, 6000_00},
		{"a thirteenth salary in the newest month", []*agent.Statement{half("a", "cmb", salary(6000_00, 6000_00, 6000_00, 6000_00, 6000_00, 12_000_00))}, 6000_00},
		{"a thirteenth salary on its own day", []*agent.Statement{half("a", "cmb", salary(repeat(6000_00, 6)...), salary(6000_00))}, 6000_00},
		{"refunds", []*agent.Statement{half("a", "cmb", salary(repeat(6000_00, 6)...), in(agent.KindRefund, agent.PartyMerchant))}, 6000_00},
		{"loans paid in", []*agent.Statement{half("a", "cmb", salary(repeat(6000_00, 6)...), in(agent.KindLoanIn, agent.PartyBank))}, 6000_00},
		{"red packets", []*agent.Statement{half("a", "cmb", salary(repeat(6000_00, 6)...)), half("w", "wechat", in(agent.KindRedPacket, agent.PartyPerson))}, 6000_00},
		{"support of the family", []*agent.Statement{half("a", "cmb", salary(repeat(6000_00, 6)...), in(agent.KindTransferIn, agent.PartyPerson))}, 6000_00},
		{"the housing fund", []*agent.Statement{half("a", "cmb", salary(repeat(6000_00, 6)...), in(agent.KindHousingFund, agent.PartyPublic))}, 6000_00},
		{"sold funds and interest", []*agent.Statement{half("a", "cmb", salary(repeat(6000_00, 6)...), in(agent.KindInvestment, agent.PartyPlatform), in(agent.KindInterest, agent.PartyBank))}, 6000_00},
		{"a withdrawal from the wallet", []*agent.Statement{half("a", "cmb", salary(repeat(6000_00, 6)...), in(agent.KindWithdrawal, agent.PartySelf))}, 6000_00},
	}
	for _, tt := range tests {
		if got := check(evidence(tt.list...), asOf).VerifiedIncome; got != known(tt.want) {
			t.Errorf("%s: income %v, want %d", tt.name, got, tt.want)
		}
	}
}

func TestCheck_familySupportIsOneAmountInThreeMonths(t *testing.T) {
	persons := func(party agent.Party, amounts ...int64) *agent.Statement {
		return half("a", "cmb", of(agent.KindTransferIn, party, agent.FlowIn, amounts...))
	}
	twice := persons(agent.PartyPerson, 500_00, 500_00)
	twice.Transactions = append(twice.Transactions, twice.Transactions...)
	for _, tt := range []struct {
		name   string
		s      *agent.Statement
		months agent.Int
	}{
		{"three months", persons(agent.PartyPerson, 500_00, 500_00, 500_00), known(3)},
		{"two months", persons(agent.PartyPerson, 500_00, 500_00), unknown},
		{"two months, twice in each", twice, unknown},
		{"three amounts", persons(agent.PartyPerson, 500_00, 501_00, 502_00), unknown},
		{"a merchant", persons(agent.PartyMerchant, 500_00, 500_00, 500_00), unknown},
		{"nobody knows who", persons(agent.PartyUnknown, 500_00, 500_00, 500_00), unknown},
	} {
		var got agent.Int
		for _, s := range check(evidence(tt.s), asOf).Streams {
			if s.Kind == agent.StreamFamily && !s.Counted {
				got = s.Months
			}
		}
		if got != tt.months {
			t.Errorf("%s: %v months, want %v", tt.name, got, tt.months)
		}
	}
}

func TestCheck_repaymentsThatNobodyNamed(t *testing.T) {
	repays := func(account, format string, amounts ...int64) *agent.Statement {
		return half(account, format, of(agent.KindRepayment, agent.PartyBank, agent.FlowOut, amounts...))
	}
	listed := &agent.Liabilities{Obligations: []agent.Obligation{{Kind: "card", Lender: "l1", Balance: 1, Monthly: 1000_00}}}
	report := func(monthly int64) *agent.CreditReport { return &agent.CreditReport{Monthly: known(monthly)} }
	mine := &agent.Loan{}
	for i := range 6 {
		mine.Payments = append(mine.Payments, agent.Payment{On: loan.AddMonths(20250512, i), Amount: 900_00, Result: loan.Settled},
			agent.Payment{On: loan.AddMonths(20250513, i), Amount: 5000_00, Result: "card_lost"})
	}
	tests := []struct {
		name string
		e    agent.Evidence
		want agent.Int
		told bool
	}{
		{"more than the list", agent.Evidence{Liabilities: listed, Statements: []*agent.Statement{repays("a", "cmb", repeat(1900_00, 6)...)}}, known(1900_00), true},
		{"a tenth more than the list", agent.Evidence{Liabilities: listed, Statements: []*agent.Statement{repays("a", "cmb", repeat(1100_00, 6)...)}}, known(1100_00), false},
		{"less than the list", agent.Evidence{Liabilities: listed, Statements: []*agent.Statement{repays("a", "cmb", repeat(900_00, 6)...)}}, known(1000_00), false},
		{"more than the report", agent.Evidence{CreditReport: report(1500_00), Statements: []*agent.Statement{repays("a", "cmb", repeat(1900_00, 6)...)}}, known(1500_00), true},
		{"more than list and report", agent.Evidence{Liabilities: listed, CreditReport: report(500_00), Statements: []*agent.Statement{repays("a", "cmb", repeat(1900_00, 6)...)}}, known(1000_00), true},
		{"neither list nor report", agent.Evidence{Statements: []*agent.Statement{repays("a", "cmb", repeat(1900_00, 6)...)}}, unknown, false},
		{"the same out of wallet and bank", agent.Evidence{Liabilities: listed, Statements: []*agent.Statement{repays("a", "cmb", repeat(1900_00, 6)...), repays("w", "wechat", repeat(1900_00, 6)...)}}, known(1900_00), true},
		{"out of two banks", agent.Evidence{Liabilities: listed, Statements: []*agent.Statement{repays("a", "cmb", repeat(1000_00, 6)...), repays("b", "icbc", repeat(1000_00, 6)...)}}, known(2000_00), true},
		{"this loan's own", agent.Evidence{Liabilities: listed, Loan: mine, Statements: []*agent.Statement{repays("a", "cmb", repeat(1900_00, 6)...)}}, known(1000_00), false},
		{"this loan's own and others", agent.Evidence{Liabilities: listed, Loan: mine, Statements: []*agent.Statement{repays("a", "cmb", repeat(2900_00, 6)...)}}, known(2000_00), true},
		{"too old", agent.Evidence{Liabilities: listed, Statements: []*agent.Statement{statement("a", "cmb", 20250101, 20250731, of(agent.KindRepayment, agent.PartyBank, agent.FlowOut, repeat(1900_00, 10)...)...)}}, known(1000_00), false},
		{"paid off early, once", agent.Evidence{Liabilities: listed, Statements: []*agent.Statement{repays("a", "cmb", 0, 0, 0, 0, 90_000_00, 0)}}, known(1000_00), false},
		{"paid down three months ago", agent.Evidence{Liabilities: listed, Statements: []*agent.Statement{repays("a", "cmb", 1900_00, 1900_00, 1900_00, 0, 0, 0)}}, known(1000_00), false},
		{"a loan that began two months ago", agent.Evidence{Liabilities: listed, Statements: []*agent.Statement{repays("a", "cmb", 0, 0, 0, 0, 1900_00, 1900_00)}}, known(1900_00), true},
	}
	for _, tt := range tests {
		got := check(&tt.e, asOf)
		if told := slices.Contains(got.StatementWarnings, CodeUnlisted); got.Obligations != tt.want || told != tt.told {
			t.Errorf("%s: obligations %v, told %v; want %v, %v", tt.name, got.Obligations, told, tt.want, tt.told)
		}
	}
}

// A code about debts is no fault of the statement: the grade stays.
func TestCheck_unlistedRepaymentsLeaveTheGrade(t *testing.T) {
	e := evidence(half("a", "cmb", of(agent.KindSalary, agent.PartyEmployer, agent.FlowIn, repeat(9000_00, 6)...),
		of(agent.KindRepayment, agent.PartyBank, agent.FlowOut, repeat(3000_00, 6)...)))
	e.CreditReport = &agent.CreditReport{Monthly: known(0)}
	if got := check(e, asOf); got.Evidence != agent.EvidenceGood || !slices.Equal(got.StatementWarnings, []string{CodeUnlisted}) {
		t.Errorf("grade %s, warnings %v", got.Evidence, got.StatementWarnings)
	}
}
