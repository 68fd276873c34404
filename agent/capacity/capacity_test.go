package capacity

import (
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// asOf is noon of 15 November 2025 in China: October is the newest complete
// month and November 2024 the oldest that is looked at.
var asOf = time.Date(2025, 11, 15, 12, 0, 0, 0, agent.Zone).Unix()

var (
	unknown agent.Int
	known   = agent.Known
)

// figures are the defaults with floors of three days, and reports of thirty days.
var figures = func() Figures {
	f := Defaults()
	f.ReportDays = 30
	f.Floors = []Floor{
		{20200101, "", 1500_00, 900_00},
		{20200101, "11", 2000_00, 1200_00}, {20250601, "11", 2200_00, 1300_00}, {20251116, "11", 9000_00, 9000_00},
		{20200101, "31", 2200_00, 1300_00},
		{20260101, "3101", 9000_00, 9000_00},
	}
	return f
}()

func check(e *agent.Evidence, asOf int64) agent.CapacityFacts { return figures.Check(e, asOf) }

func in(day agent.Date, kind agent.Kind, amount int64) agent.Transaction {
	return agent.Transaction{At: day.Time().Unix() + 36000, Amount: amount, Flow: agent.FlowIn, Kind: kind, State: agent.StateSettled}
}

func statement(account, format string, from, to agent.Date, rows ...agent.Transaction) *agent.Statement {
	return &agent.Statement{Format: format, Account: account, From: from, To: to, Rows: int64(len(rows)), Transactions: rows}
}

// monthly returns a row on the tenth of each month from the given one on.
func monthly(first agent.Date, kind agent.Kind, amounts ...int64) (rows []agent.Transaction) {
	for i, a := range amounts {
		rows = append(rows, in(loan.AddMonths(first-first%100+10, i), kind, a))
	}
	return rows
}

func repeat(amount int64, n int) []int64 { return slices.Repeat([]int64{amount}, n) }

func salaries(n int, amount int64) *agent.Statement {
	first := loan.AddMonths(20251101, -n)
	return statement("a", "cmb", first, 20251031, monthly(first, agent.KindSalary, repeat(amount, n)...)...)
}

func evidence(list ...*agent.Statement) *agent.Evidence { return &agent.Evidence{Statements: list} }

func TestCheck_nothingKnown(t *testing.T) {
	for _, e := range []*agent.Evidence{nil, {}, {Income: &agent.Income{}, SocialInsurance: &agent.SocialInsurance{},
		Liabilities: &agent.Liabilities{}, CreditReport: &agent.CreditReport{}, Loan: &agent.Loan{}, Statements: []*agent.Statement{nil}}} {
		got := check(e, asOf)
		if want := (agent.CapacityFacts{Evidence: agent.EvidenceNone, CureChance: agent.ChanceUnknown}); !reflect.DeepEqual(got, want) {
			t.Errorf("Check of nothing = %+v, want everything unknown", got)
		}
	}
}

// full is a case computed on paper:
//
//	salary 9,000 on the statement, base 8,000: the lower counts
//	obligations: list 1,500 + 500, report 2,300: the higher counts
//	floor: Shanghai, three persons: 2,200 + 2 × 1,300 = 4,800
//	residual: 8,000 − 2,300 − 4,800 = 900
//	12,000 over 12 months without interest: 1,000 a month
//	debt service: (2,300 + 1,000) / 8,000 = 41.25 %
//	affordable: 900 × 12 = 10,800, and half a fen a month of rounding
//	a fifth less: 6,400 − 2,300 − 4,800 − 1,000 = −1,700; two fifths: −3,300
//	wage: of the base, since it is the lower, in six months without change
func full() *agent.Evidence {
	e := evidence(salaries(6, 9000_00))
	e.SocialInsurance = &agent.SocialInsurance{}
	for i := 1; i <= 6; i++ {
		e.SocialInsurance.Months = append(e.SocialInsurance.Months,
			agent.InsuredMonth{Month: loan.AddMonths(20251101, -i), Paid: agent.Yes, Base: known(8000_00)})
	}
	e.Income = &agent.Income{DeclaredMonthly: known(12000_00)}
	e.Liabilities = &agent.Liabilities{Assets: known(100_000_00), Household: known(3), Region: "310000", Obligations: []agent.Obligation{
		{Kind: "card", Lender: "l1", Balance: 20_000_00, Monthly: 1500_00},
		{Kind: "consumer_loan", Lender: "l1", Balance: 5_000_00, Monthly: 500_00},
		{Kind: "card", Lender: "l2", Monthly: 0},
	}}
	e.CreditReport = &agent.CreditReport{On: 20251101, Lenders: known(2), Balance: known(30_000_00), Monthly: known(2300_00),
		Inquiries30: known(4), NewLoans90: known(1), Overdue: known(0)}
	e.Loan = &agent.Loan{RateBP: known(0), TermMonths: known(12), Method: agent.MethodEqualInstalment, Requested: known(12_000_00)}
	return e
}

func TestCheck_byHand(t *testing.T) {
	got := check(full(), asOf)
	want := agent.CapacityFacts{
		Evidence: agent.EvidenceGood, DeclaredIncome: known(12000_00), VerifiedIncome: known(8000_00), IncomeMonths: known(6),
		LastIncomeOn: 20251010, Obligations: known(2300_00), NewInstalment: known(1000_00), DebtServiceBP: known(4125),
		LivingFloor: known(4800_00), Residual: known(900_00), Affordable: known(10_800_05), Requested: known(12_000_00),
		Assets: known(100_000_00), Debts: known(30_000_00), AssetLiabilityBP: known(3000), Lenders: known(2), Inquiries30: known(4),
		NewLoans90: known(1), OverdueAccounts: known(0), StatementRows: known(6), StatementUnknown: known(0),
		Streams: []agent.StreamFacts{{Kind: agent.StreamWage, Counted: true, Monthly: known(8000_00), Months: known(6), LastOn: 20251001,
			TrendBP: known(10_000), VariationBP: known(0)}},
		Shock20: known(-1700_00), Shock40: known(-3300_00), Instalment: known(900_00), CureChance: agent.ChanceUnknown,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Check = %+v\nwant    %+v", got, want)
	}
}

func TestCheck_incomeOfStatements(t *testing.T) {
	year := func(kind agent.Kind, amounts ...int64) *agent.Statement { // ends with October
		first := loan.AddMonths(20251101, -len(amounts))
		return statement("a", "cmb", first, 20251031, monthly(first, kind, amounts...)...)
	}
	failed := in(20251012, agent.KindSalary, 99_000_00)
	failed.State = agent.StateFailed
	noState := in(20251012, agent.KindSalary, 99_000_00)
	noState.State = agent.StateUnknown
	out := in(20251012, agent.KindSalary, 99_000_00)
	out.Flow = agent.FlowOut
	neutral := in(20251012, agent.KindSalary, 99_000_00)
	neutral.Flow = agent.FlowNeutral
	noFlow := in(20251012, agent.KindSalary, 99_000_00)
	noFlow.Flow = agent.FlowUnknown
	noise := salaries(6, 5000_00)
	noise.Transactions = append(noise.Transactions, failed, noState, out, neutral, noFlow, in(20251012, agent.KindSalary, -1),
		in(20251012, agent.KindUnknown, 99_000_00), in(20251012, agent.KindTransferIn, 99_000_00), in(20251012, agent.KindLoanIn, 99_000_00),
		in(20251012, agent.KindOwnTransfer, 99_000_00), in(20251012, agent.KindRefund, 99_000_00), in(20251012, agent.KindInvestment, 99_000_00),
		in(20251012, agent.KindTopUp, 99_000_00), in(20251012, agent.KindRedPacket, 99_000_00), in(20251012, agent.KindHousingFund, 99_000_00))
	passed := func(amounts ...int64) *agent.Statement {
		s := year(agent.KindReceipt, amounts...)
		for i := range s.Transactions {
			s.Transactions[i].Party = agent.PartyPlatform
		}
		return s
	}
	wallet := func(amounts ...int64) *agent.Statement {
		s := year(agent.KindReceipt, amounts...)
		s.Account, s.Format = "w", "wechat"
		return s
	}
	gap := salaries(6, 5000_00) // August not covered
	gapEarly, gapLate := *gap, *gap
	gapEarly.To, gapLate.From = 20250731, 20250901

	tests := []struct {
		name   string
		e      *agent.Evidence
		want   agent.Int
		months agent.Int
		grade  string
	}{
		{"two months are too few", evidence(salaries(2, 5000_00)), unknown, known(2), "weak"},
		{"three months", evidence(salaries(3, 5000_00)), known(5000_00), known(3), "fair"},
		{"twelve months", evidence(salaries(12, 5000_00)), known(5000_00), known(12), "good"},
		{"thirteen months", evidence(salaries(13, 5000_00)), known(5000_00), known(12), "good"},
		{"other money does not count", evidence(noise), known(5000_00), known(6), "good"},
		{"a bonus raises nothing", evidence(year(agent.KindSalary, 5000_00, 5000_00, 5000_00, 5000_00, 50000_00, 5000_00)), known(5000_00), known(6), "good"},
		{"the lower median of an even number", evidence(year(agent.KindSalary, 1, 2, 3, 4, 5, 6)), known(3), known(6), "good"},
		{"a fall counts after two months", evidence(year(agent.KindSalary, 5000_00, 5000_00, 5000_00, 5000_00, 3000_00, 3000_00)), known(3000_00), known(6), "good"},
		{"a wage that stopped is nothing, not unknown", evidence(year(agent.KindSalary, 5000_00, 5000_00, 5000_00, 5000_00, 0, 0)), known(0), known(4), "fair"},
		{"a rise waits for its median", evidence(year(agent.KindSalary, 5000_00, 5000_00, 5000_00, 5000_00, 8000_00, 8000_00)), known(5000_00), known(6), "good"},
		{"an account without income says nothing", evidence(year(agent.KindPurchase, 1, 1, 1, 1, 1, 1)), unknown, known(0), "none"},
		{"stale", evidence(statement("a", "cmb", 20250101, 20250731, monthly(20250101, agent.KindSalary, repeat(5000_00, 7)...)...)), unknown, known(7), "weak"},
		{"fresh enough", evidence(statement("a", "cmb", 20250101, 20250831, monthly(20250101, agent.KindSalary, repeat(5000_00, 8)...)...)), known(5000_00), known(8), "good"},
		{"too old", evidence(statement("a", "cmb", 20200101, 20200831, monthly(20200101, agent.KindSalary, repeat(5000_00, 8)...)...)), unknown, known(0), "weak"},
		{"future rows", evidence(statement("a", "cmb", 20251201, 20260831, monthly(20251201, agent.KindSalary, repeat(5000_00, 8)...)...)), unknown, known(0), "none"},
		{"no period", evidence(statement("a", "cmb", 0, 0, monthly(20250501, agent.KindSalary, repeat(5000_00, 6)...)...)), unknown, known(0), "none"},
		{"period upside down", evidence(statement("a", "cmb", 20251031, 20250501, monthly(20250501, agent.KindSalary, repeat(5000_00, 6)...)...)), unknown, known(0), "none"},
		{"rows outside the period", evidence(statement("a", "cmb", 20251001, 20251031, monthly(20250501, agent.KindSalary, repeat(5000_00, 6)...)...)), unknown, known(1), "weak"},
		{"a month that is not covered does not count", evidence(&gapEarly, &gapLate), known(5000_00), known(5), "fair"},
		{"half of receipts", evidence(year(agent.KindReceipt, repeat(9000_01, 6)...)), known(4500_00), known(6), "good"},
		{"a wallet passed on to the bank counts once", evidence(passed(repeat(6000_00, 6)...), wallet(repeat(8000_00, 6)...)), known(4000_00), known(6), "good"},
		{"less in the wallet than passed on", evidence(passed(repeat(6000_00, 6)...), wallet(repeat(2_00, 6)...)), known(3000_00), known(6), "good"},
		{"customers at the bank come on top", evidence(year(agent.KindReceipt, repeat(6000_00, 6)...), wallet(repeat(8000_00, 6)...)), known(7000_00), known(6), "good"},
		{"pension", evidence(year(agent.KindBenefit, repeat(3000_00, 6)...)), known(3000_00), known(6), "good"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := check(tt.e, asOf)
			if got.VerifiedIncome != tt.want || got.IncomeMonths != tt.months || got.Evidence != tt.grade {
				t.Errorf("income %v of %v months, %s; want %v, %v, %s", got.VerifiedIncome, got.IncomeMonths, got.Evidence, tt.want, tt.months, tt.grade)
			}
		})
	}
}

func TestCheck_salaryThatChangedBanks(t *testing.T) {
	a := statement("a", "cmb", 20241101, 20251031, monthly(20241101, agent.KindSalary, repeat(5000_00, 9)...)...)
	b := statement("b", "icbc", 20241101, 20251031, monthly(20250801, agent.KindSalary, repeat(6000_00, 3)...)...)
	if got := check(evidence(a, b), asOf); got.VerifiedIncome != known(5000_00) || got.IncomeMonths != known(12) {
		t.Errorf("income %v of %v months, want 5,000 of 12", got.VerifiedIncome, got.IncomeMonths)
	}
}

func TestCheck_sourcesOfWage(t *testing.T) {
	insured := func(base int64, paid ...agent.Tri) *agent.SocialInsurance {
		si := &agent.SocialInsurance{}
		for i, p := range paid { // newest first, from October back
			si.Months = append(si.Months, agent.InsuredMonth{Month: loan.AddMonths(20251001, -i), Paid: p, Base: known(base)})
		}
		return si
	}
	const Y, N, U = agent.Yes, agent.No, agent.Unknown
	declared := func(v agent.Tri, amount int64, n int) *agent.Income {
		inc := &agent.Income{Verified: v}
		for i := range n {
			inc.Months = append(inc.Months, agent.MonthAmount{Month: loan.AddMonths(20251001, -i), Amount: amount})
		}
		return inc
	}
	noBase := insured(1, Y, Y, Y)
	for i := range noBase.Months {
		noBase.Months[i].Base = unknown
	}
	tests := []struct {
		name string
		e    agent.Evidence
		want agent.Int
		how  string
	}{
		{"insurance alone", agent.Evidence{SocialInsurance: insured(8000_00, Y, Y, Y)}, known(8000_00), "fair"},
		{"two months of it", agent.Evidence{SocialInsurance: insured(8000_00, Y, Y)}, unknown, "weak"},
		{"unknown months do not count", agent.Evidence{SocialInsurance: insured(8000_00, U, Y, U, Y, Y)}, known(8000_00), "fair"},
		{"insurance that stopped", agent.Evidence{SocialInsurance: insured(8000_00, N, Y, Y, Y)}, unknown, "none"},
		{"no base", agent.Evidence{SocialInsurance: noBase}, unknown, "none"},
		{"stale insurance", agent.Evidence{SocialInsurance: insured(8000_00, U, U, U, Y, Y, Y)}, unknown, "weak"},
		{"the wage does not follow insurance that stopped", agent.Evidence{SocialInsurance: insured(8000_00, N, Y, Y, Y), Statements: evidence(salaries(6, 9000_00)).Statements}, known(9000_00), "good"},
		{"declared", agent.Evidence{Income: declared(N, 9000_00, 6)}, unknown, "weak"},
		{"declared, source unknown", agent.Evidence{Income: declared(U, 9000_00, 6)}, unknown, "weak"},
		{"verified", agent.Evidence{Income: declared(Y, 9000_00, 6)}, known(9000_00), "fair"},
		{"verified and insured", agent.Evidence{Income: declared(Y, 9000_00, 6), SocialInsurance: insured(8000_00, Y, Y, Y)}, known(8000_00), "fair"},
		{"verified below the statement", agent.Evidence{Income: declared(Y, 7000_00, 6), Statements: evidence(salaries(6, 9000_00)).Statements}, known(7000_00), "good"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := check(&tt.e, asOf); got.VerifiedIncome != tt.want || got.Evidence != tt.how {
				t.Errorf("income %v, %s; want %v, %s", got.VerifiedIncome, got.Evidence, tt.want, tt.how)
			}
		})
	}
}

// An employer stands behind 10,000, which an account that bears no wage does not show.
func TestCheck_littleMoneyIsNotTheLowerSource(t *testing.T) {
	rows := func(kind agent.Kind, amounts ...int64) *agent.Statement {
		first := loan.AddMonths(20251101, -len(amounts))
		return statement("a", "cmb", first, 20251031, monthly(first, kind, amounts...)...)
	}
	moved := func(n int, amounts ...int64) []*agent.Statement { // a wage until August, fresh enough, and another account until October
		old := statement("o", "icbc", 20250301, 20250831, monthly(20250301, agent.KindSalary, repeat(5000_00, 6)...)...)
		first := loan.AddMonths(20251101, -n)
		return []*agent.Statement{old, statement("a", "cmb", first, 20251031, monthly(first, agent.KindSalary, amounts...)...)}
	}
	employer := &agent.Income{Verified: agent.Yes}
	insured := &agent.SocialInsurance{}
	for i := range 6 {
		m := loan.AddMonths(20251001, -i)
		employer.Months = append(employer.Months, agent.MonthAmount{Month: m, Amount: 10_000_00})
		insured.Months = append(insured.Months, agent.InsuredMonth{Month: m, Paid: agent.Yes, Base: known(8000_00)})
	}
	for _, tt := range []struct {
		name string
		e    agent.Evidence
		want agent.Int
	}{
		{"a benefit once", agent.Evidence{Income: employer, Statements: evidence(rows(agent.KindBenefit, 0, 0, 0, 0, 0, 800_00)).Statements}, known(10_000_00)},
		{"a benefit each month", agent.Evidence{Income: employer, Statements: evidence(rows(agent.KindBenefit, repeat(800_00, 6)...)).Statements}, known(10_000_00)},
		{"a benefit that stopped", agent.Evidence{Income: employer, Statements: evidence(rows(agent.KindBenefit, 800_00, 800_00, 800_00, 800_00, 0, 0)).Statements}, known(10_000_00)},
		{"sold something once", agent.Evidence{Income: employer, Statements: evidence(rows(agent.KindReceipt, 0, 0, 0, 300_00, 0, 0)).Statements}, known(10_000_00)},
		{"a part of the whole", agent.Evidence{Income: employer, Statements: evidence(rows(agent.KindBenefit, repeat(12_000_00, 6)...)).Statements}, known(10_000_00)},
		{"a wage seen twice in six months", agent.Evidence{Income: employer, Statements: evidence(rows(agent.KindSalary, 0, 0, 0, 0, 500_00, 500_00)).Statements}, known(10_000_00)},
		{"beside contributions", agent.Evidence{SocialInsurance: insured, Statements: evidence(rows(agent.KindSalary, 0, 0, 0, 0, 500_00, 500_00)).Statements}, known(8000_00)},
		{"a wage that stopped", agent.Evidence{Income: employer, Statements: evidence(rows(agent.KindSalary, 9000_00, 9000_00, 9000_00, 9000_00, 0, 0)).Statements}, known(0)},
		{"three months, then nothing", agent.Evidence{Income: employer, Statements: evidence(rows(agent.KindSalary, 9000_00, 9000_00, 9000_00, 0, 0, 0)).Statements}, known(0)},
		{"a lower wage", agent.Evidence{Income: employer, Statements: evidence(rows(agent.KindSalary, repeat(9000_00, 6)...)).Statements}, known(9000_00)},
		{"contributions and a benefit", agent.Evidence{Income: employer, SocialInsurance: insured, Statements: evidence(rows(agent.KindBenefit, repeat(800_00, 6)...)).Statements}, known(8800_00)},
		{"an employer who says nothing was paid", agent.Evidence{Income: &agent.Income{Verified: agent.Yes, Months: []agent.MonthAmount{{Month: 20251001}, {Month: 20250901}, {Month: 20250801}}},
			Statements: evidence(rows(agent.KindBenefit, repeat(800_00, 6)...)).Statements}, known(0)},
		{"a benefit once and nothing else", agent.Evidence{Statements: evidence(rows(agent.KindBenefit, 0, 0, 0, 0, 0, 800_00)).Statements}, unknown},
		{"one row in another account", agent.Evidence{Statements: moved(6, 0, 0, 0, 100_00, 0, 0)}, known(5000_00)},
		{"the wage goes on in another account", agent.Evidence{Statements: moved(4, 0, 4000_00, 4000_00, 4000_00)}, known(4000_00)},
	} {
		if got := check(&tt.e, asOf).VerifiedIncome; got != tt.want {
			t.Errorf("%s: income %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestCheck_statementsThatAreNotCleanAreFairAtMost(t *testing.T) {
	s := salaries(6, 9000_00)
	s.Warnings = []string{"total.differs"}
	if got := check(evidence(s), asOf); got.Evidence != agent.EvidenceFair || !slices.Equal(got.StatementWarnings, s.Warnings) {
		t.Errorf("warning: %s %v", got.Evidence, got.StatementWarnings)
	}
	s = salaries(6, 9000_00)
	s.Refused, s.Rows = 2, 8
	if got := check(evidence(s), asOf); got.Evidence != agent.EvidenceFair || got.StatementRows != known(8) {
		t.Errorf("refused rows: %s, %v rows", got.Evidence, got.StatementRows)
	}
}

func TestCheck_debtOfUnknownIsUnknown(t *testing.T) {
	e := full()
	e.Liabilities.Obligations = nil
	e.CreditReport = nil
	got := check(e, asOf)
	if got.Obligations.IsKnown() || got.DebtServiceBP.IsKnown() || got.Residual.IsKnown() || got.Affordable.IsKnown() || got.Debts.IsKnown() || got.Lenders.IsKnown() {
		t.Errorf("without a word on debts: %+v", got)
	}
	e.CreditReport = &agent.CreditReport{Monthly: known(0), Balance: known(0), Lenders: known(0)}
	got = check(e, asOf)
	if got.Obligations != known(0) || got.DebtServiceBP != known(1250) || got.AssetLiabilityBP != known(0) {
		t.Errorf("a report of no debts: %+v", got)
	}
	e = full()
	e.Liabilities.Obligations[0].Monthly = -1
	e.CreditReport = nil
	if got = check(e, asOf); got.Obligations.IsKnown() || got.Debts != known(25_000_00) {
		t.Errorf("a negative instalment: %+v", got)
	}
}

func TestCheck_floor(t *testing.T) {
	tests := []struct {
		region    string
		household agent.Int
		want      agent.Int
	}{
		{"310000", known(1), known(2200_00)}, {"110101", known(2), known(3500_00)}, {"620000", known(4), known(4200_00)},
		{"", known(1), known(2200_00)}, // not known: the dearest
		{"31", unknown, unknown}, {"31", known(0), unknown}, {"31", known(-1), unknown}, {"31", known(51), unknown},
	}
	for _, tt := range tests {
		e := &agent.Evidence{Liabilities: &agent.Liabilities{Region: tt.region, Household: tt.household}}
		if got := check(e, asOf).LivingFloor; got != tt.want {
			t.Errorf("floor of %q, %v = %v, want %v", tt.region, tt.household, got, tt.want)
		}
		if got := (Figures{}).Check(e, asOf).LivingFloor; got.IsKnown() {
			t.Errorf("zero figures know a floor of %v", got)
		}
	}
}

// A row holds from its day until the next row of its region, and an unknown
// region costs as much as the dearest row that holds.
func TestCheck_floorOfTheDay(t *testing.T) {
	for _, tt := range []struct {
		day    agent.Date
		region string
		want   agent.Int
	}{
		{20191231, "11", unknown}, {20191231, "", unknown}, {20200101, "11", known(2000_00)}, {20250531, "11", known(2000_00)},
		{20250601, "11", known(2200_00)}, {20251115, "11", known(2200_00)}, {20251116, "11", known(9000_00)},
		{20251231, "310101", known(2200_00)}, {20260101, "310101", known(9000_00)}, {20260101, "310201", known(2200_00)},
		{20250531, "", known(2200_00)}, {20251116, "", known(9000_00)}, {20251116, "99", known(1500_00)},
	} {
		e := &agent.Evidence{Liabilities: &agent.Liabilities{Region: tt.region, Household: known(1)}}
		if got := check(e, tt.day.Time().Unix()).LivingFloor; got != tt.want {
			t.Errorf("floor of %q on %v = %v, want %v", tt.region, tt.day, got, tt.want)
		}
	}
}

// Without a table nothing that rests on the floor is known.
func TestCheck_withoutFloorsNothingIsLeft(t *testing.T) {
	got := Defaults().Check(full(), asOf)
	if got.LivingFloor.IsKnown() || got.Residual.IsKnown() || got.Affordable.IsKnown() || !got.DebtServiceBP.IsKnown() {
		t.Errorf("without floors: %+v", got)
	}
}

// What a report counts over its last days counts as long as the report is of late;
// what it shows to be owed is owed at any age.
func TestCheck_countsOfAReportAgeAndDebtsDoNot(t *testing.T) {
	for _, tt := range []struct {
		on    agent.Date
		fresh bool
	}{
		{20251115, true}, {20251016, true}, {20251015, false}, {20241115, false}, {20251116, false}, {0, false}, {-1, false},
	} {
		e := full()
		e.CreditReport.On = tt.on
		got, want := check(e, asOf), check(full(), asOf)
		if !tt.fresh {
			want.Inquiries30, want.NewLoans90 = unknown, unknown
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("of %v:\n got %+v\nwant %+v", tt.on, got, want)
		}
	}
	e := full()
	e.CreditReport.On = 20251114
	if got := Defaults().Check(e, asOf); got.Inquiries30.IsKnown() || got.NewLoans90.IsKnown() {
		t.Errorf("a report of yesterday counts where no age was set: %v, %v", got.Inquiries30, got.NewLoans90)
	}
}

func TestCheck_newInstalment(t *testing.T) {
	schedule := []agent.Instalment{{DueOn: 20251210, Principal: 3}, {DueOn: 20251010, Principal: 1}, {DueOn: 20251115, Principal: 2, Interest: 1, Fee: 1}}
	tests := []struct {
		name string
		loan agent.Loan
		want agent.Int
	}{
		{"the line due today", agent.Loan{Schedule: schedule}, known(4)},
		{"the line due next", agent.Loan{Schedule: schedule[:2]}, known(3)},
		{"the last line", agent.Loan{Schedule: schedule[1:2]}, known(1)},
		{"a date unknown", agent.Loan{Schedule: []agent.Instalment{{Principal: 1}}}, unknown},
		{"a negative line", agent.Loan{Schedule: []agent.Instalment{{DueOn: 20251210, Principal: -1}}}, unknown},
		{"a request comes first", agent.Loan{Schedule: schedule, Requested: known(1200), RateBP: known(0), TermMonths: known(12), Method: agent.MethodEqualInstalment}, known(100)},
		{"a principal without a schedule", agent.Loan{Principal: known(1200), RateBP: known(0), TermMonths: known(12), Method: agent.MethodEqualInstalment}, known(100)},
		{"no rate", agent.Loan{Requested: known(1200), TermMonths: known(12), Method: agent.MethodEqualInstalment}, unknown},
		{"no term", agent.Loan{Requested: known(1200), RateBP: known(0), Method: agent.MethodEqualInstalment}, unknown},
		{"no method", agent.Loan{Requested: known(1200), RateBP: known(0), TermMonths: known(12)}, unknown},
		{"an absurd request", agent.Loan{Requested: known(math.MaxInt64), RateBP: known(0), TermMonths: known(12), Method: agent.MethodBullet}, unknown},
	}
	for _, tt := range tests {
		if got := check(&agent.Evidence{Loan: &tt.loan}, asOf).NewInstalment; got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestRatio_roundsUpAndIsBounded(t *testing.T) {
	tests := []struct {
		num, den int64
		want     agent.Int
	}{
		{1, 3, known(3334)}, {0, 5, known(0)}, {5, 0, known(MaxRatioBP)}, {0, 0, unknown}, {-1, 5, unknown}, {1, -5, unknown},
		{math.MaxInt64, 1, known(MaxRatioBP)}, {math.MaxInt64, math.MaxInt64, known(10000)}, {1, math.MaxInt64, known(1)}, {5500, 10000, known(5500)},
	}
	for _, tt := range tests {
		if got := ratio(tt.num, tt.den); got != tt.want {
			t.Errorf("ratio(%d, %d) = %v, want %v", tt.num, tt.den, got, tt.want)
		}
	}
}
