package overdue

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

func flowRow(d agent.Date, flow agent.Flow, kind agent.Kind, amount int64) agent.Transaction {
	return agent.Transaction{At: at(d, 11), Amount: amount, Flow: flow, Kind: kind, State: agent.StateSettled}
}

// each gives one row of each month, on the twelfth, from a month on.
func each(first agent.Date, flow agent.Flow, kind agent.Kind, amounts ...int64) (rows []agent.Transaction) {
	for i, amount := range amounts {
		rows = append(rows, flowRow(loan.AddMonths(first, i)+11, flow, kind, amount))
	}
	return rows
}

func statements(from, to agent.Date, rows ...[]agent.Transaction) []*agent.Statement {
	return []*agent.Statement{bank("a", from, to, slices.Concat(rows...)...)}
}

func TestModels_areSortedAndWhole(t *testing.T) {
	code := regexp.MustCompile(`^[a-z]+\.[a-z]+(_[a-z]+)*$`)
	var names []string
	for _, m := range models {
		names = append(names, m.reason)
		for _, s := range slices.Concat(m.supports, m.contradicts) {
			if !code.MatchString(s.code) || (s.proof == "") == (s.sees == nil) {
				t.Errorf("%s: signal %q wants a code, and a proof or a way to see it", m.reason, s.code)
			}
		}
		for _, s := range m.contradicts {
			if s.proof != "" {
				t.Errorf("%s: the document %s speaks against it: adding a proof must never weaken", m.reason, s.proof)
			}
		}
	}
	want := slices.Sorted(slices.Values(reasons))
	if !slices.Equal(names, want) {
		t.Errorf("models of %v, want %v", names, want)
	}
}

// The pages for people say the same as the table: every code with its weight,
// every document, every window.
func TestModels_areWhatThePagesSay(t *testing.T) {
	words := map[string][numWeights]string{
		"overdue.md":       {"told", "weak", "fair", "strong"},
		"overdue.zh-CN.md": {"仅告知", "弱", "中", "强"},
	}
	quoted := regexp.MustCompile("`[a-z]+\\.[a-z_]+`")
	f := Defaults()
	for name, weights := range words {
		page, err := os.ReadFile("../../docs/checks/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range models {
			_, row, ok := strings.Cut(string(page), " `"+m.reason+"` |")
			if !ok {
				t.Errorf("%s: no row of %s", name, m.reason)
				continue
			}
			row, _, _ = strings.Cut(row, "\n")
			cells := strings.Split(row, "|")
			w := m.window(&f)
			if want := fmt.Sprintf(" %d / %d ", w.Before, w.After); cells[0] != want {
				t.Errorf("%s: window of %s is%q, want%q", name, m.reason, cells[0], want)
			}
			for i, side := range [][]signal{m.supports, m.contradicts} {
				for _, s := range side {
					if mark := "`" + s.code + "` " + weights[s.weight]; !strings.Contains(cells[i+1], mark) {
						t.Errorf("%s: row of %s lacks %s", name, m.reason, mark)
					}
				}
				if got := len(quoted.FindAllString(cells[i+1], -1)); got != len(side) {
					t.Errorf("%s: row of %s has %d codes in column %d, want %d", name, m.reason, got, i+1, len(side))
				}
			}
			var kinds []string
			for _, kind := range m.needed(true) {
				kinds = append(kinds, "`"+kind+"`")
			}
			if got := strings.TrimSpace(cells[3]); got != strings.Join(kinds, ", ") && got != strings.Join(kinds, "、") {
				t.Errorf("%s: %s needs %s, want %s", name, m.reason, got, kinds)
			}
		}
	}
}

func TestCheck_furtherSignals(t *testing.T) {
	const Y, N, U = agent.Yes, agent.No, agent.Unknown
	const in, out = agent.FlowIn, agent.FlowOut
	pays := func(amounts ...int64) []agent.Transaction { return each(20260101, in, agent.KindSalary, amounts...) }
	shop := func(amounts ...int64) []*agent.Statement {
		return statements(20251101, 20260619, each(20251101, in, agent.KindReceipt, amounts...))
	}
	report := func(lenders, monthly, overdue int64) *agent.CreditReport {
		return &agent.CreditReport{On: 20260615, Lenders: agent.Known(lenders), Monthly: agent.Known(monthly), Overdue: agent.Known(overdue)}
	}
	// By hand: salaries of 8,000.00 before; 60 per cent of it is 4,800.00.
	// Receipts of 10,000.00 a month before; 60 per cent 6,000.00, 80 per cent
	// 8,000.00. Debts of 70 per cent of 8,000.00 are 5,600.00.
	tests := []claimCase{
		{"pay cut to sixty per cent", agent.ReasonJobLoss, 20260301, agent.Evidence{Statements: statements(20260101, 20260619, pays(8000_00, 8000_00, 8000_00, 4800_00, 4800_00, 4800_00))}, supported, "salary.reduced", "", Y},
		{"pay cut to a fen more", agent.ReasonJobLoss, 20260301, agent.Evidence{Statements: statements(20260101, 20260619, pays(8000_00, 8000_00, 8000_00, 4800_01, 4800_01, 4800_01))}, contradicted, "", "salary.continued", Y},
		{"pay cut, one month known before", agent.ReasonJobLoss, 20260301, agent.Evidence{Statements: statements(20260201, 20260619, pays(0, 8000_00, 8000_00, 100, 100, 100))}, contradicted, "", "salary.continued", Y},
		{"benefit begins", agent.ReasonJobLoss, 20260401, agent.Evidence{Statements: statements(20260101, 20260619, each(20260501, in, agent.KindBenefit, 1700_00))}, unproven, "benefit.began", "", U},
		{"benefit that was always there", agent.ReasonJobLoss, 20260401, agent.Evidence{Statements: statements(20260101, 20260619, each(20260101, in, agent.KindBenefit, 1700_00, 1700_00, 1700_00, 1700_00, 1700_00))}, unproven, "", "", U},
		{"benefit on a statement that begins with it", agent.ReasonJobLoss, 20260401, agent.Evidence{Statements: statements(20260501, 20260619, each(20260501, in, agent.KindBenefit, 1700_00))}, unproven, "", "", U},
		{"benefit before the loss", agent.ReasonJobLoss, 20260520, agent.Evidence{Statements: statements(20260101, 20260619, each(20260501, in, agent.KindBenefit, 1700_00))}, unproven, "", "", U},
		{"benefit and a month not insured", agent.ReasonJobLoss, 20260420, agent.Evidence{Statements: statements(20260101, 20260619, each(20260501, in, agent.KindBenefit, 1700_00)), SocialInsurance: insured(N, Y, Y, Y)}, supported, "benefit.began insurance.paused", "", U},
		{"reimbursed and spent", agent.ReasonIllness, 20260501, agent.Evidence{Statements: statements(20260101, 20260619, each(20260501, out, agent.KindMedical, 3000_00), each(20260501, in, agent.KindBenefit, 900_00))}, supported, "benefit.began medical.spent", "", U},
		{"others paid, told only", agent.ReasonIllness, 20260501, agent.Evidence{Proofs: proofs(seen(agent.ProofDiagnosis, 20260501)), Statements: statements(20260101, 20260619, each(20260601, out, agent.KindRepayment, 800_00))}, supported, "diagnosis.seen", "others.paid", U},

		{"police receipt", agent.ReasonLostCard, 20260605, agent.Evidence{Proofs: proofs(seen(agent.ProofPoliceReceipt, 20260606))}, supported, "police.receipted", "", U},
		{"police receipt, empty account", agent.ReasonLostCard, 20260605, agent.Evidence{Loan: late(fail(20260610, "insufficient_funds")), Proofs: proofs(seen(agent.ProofPoliceReceipt, 20260606))}, unproven, "police.receipted", "return.insufficient_funds", U},
		{"another card bound", agent.ReasonLostCard, 20260605, agent.Evidence{DeviceLog: &agent.DeviceLog{Events: []agent.DeviceEvent{{At: at(20260612, 9), Kind: "card_changed"}}}}, unproven, "card.changed", "", U},
		{"frozen is no fault", agent.ReasonSystemFault, 0, agent.Evidence{Loan: late(fail(20260610, "account_frozen"))}, unproven, "", "return.account_frozen", U},

		{"zero return", agent.ReasonBusinessFailure, 20260301, agent.Evidence{Proofs: proofs(seen(agent.ProofTaxZero, 20260415))}, supported, "tax.zero_returned", "", U},
		{"receipts fell to sixty per cent", agent.ReasonBusinessFailure, 20260215, agent.Evidence{Statements: shop(1_000_000, 1_000_000, 1_000_000, 9_00, 600_000, 600_000, 600_000)}, unproven, "receipts.fell", "", U},
		{"a fen more once", agent.ReasonBusinessFailure, 20260215, agent.Evidence{Statements: shop(1_000_000, 1_000_000, 1_000_000, 9_00, 600_000, 600_001, 600_000)}, unproven, "", "", U},
		{"fell and zero return", agent.ReasonBusinessFailure, 20260215, agent.Evidence{Proofs: proofs(seen(agent.ProofTaxZero, 20260415)), Statements: shop(1_000_000, 1_000_000, 1_000_000, 9_00, 0, 0, 0)}, supported, "receipts.fell tax.zero_returned", "", U},
		{"fell here, came in elsewhere", agent.ReasonBusinessFailure, 20260215, agent.Evidence{Statements: append(shop(1_000_000, 1_000_000, 1_000_000, 9_00, 0, 0, 0), bank("b", 20260401, 20260619, each(20260401, in, agent.KindReceipt, 1)...))}, unproven, "", "", U},
		{"receipts go on at eighty per cent", agent.ReasonBusinessFailure, 20260215, agent.Evidence{Statements: shop(1_000_000, 1_000_000, 1_000_000, 0, 800_000, 800_000, 800_000)}, contradicted, "", "receipts.continued", U},
		{"a fen less once", agent.ReasonBusinessFailure, 20260215, agent.Evidence{Statements: shop(1_000_000, 1_000_000, 1_000_000, 0, 800_000, 799_999, 800_000)}, unproven, "", "", U},
		{"receipts, start unknown", agent.ReasonBusinessFailure, 0, agent.Evidence{Statements: shop(1_000_000, 1_000_000, 1_000_000, 0, 800_000, 800_000, 800_000)}, unproven, "", "", U},
		{"two months before only", agent.ReasonBusinessFailure, 20260115, agent.Evidence{Statements: shop(1_000_000, 1_000_000, 0, 0, 0, 0, 0)}, unproven, "", "", U},

		{"certificate", agent.ReasonFamily, 20260301, agent.Evidence{Proofs: proofs(seen(agent.ProofFamily, 20260520))}, supported, "family.certified", "", U},
		{"complaint", agent.ReasonDispute, 20260301, agent.Evidence{Proofs: proofs(seen(agent.ProofComplaint, 20260520))}, supported, "complaint.receipted", "", U},

		{"debts of seventy per cent", agent.ReasonOverIndebted, 20260301, agent.Evidence{CreditReport: report(3, 5600_00, 0), Statements: statements(20251201, 20260619, each(20251201, in, agent.KindSalary, 8000_00, 8000_00, 8000_00, 8000_00))}, supported, "debts.exceed_income", "", U},
		{"a fen less", agent.ReasonOverIndebted, 20260301, agent.Evidence{CreditReport: report(3, 5599_99, 0), Statements: statements(20251201, 20260619, each(20251201, in, agent.KindSalary, 8000_00, 8000_00, 8000_00, 8000_00))}, unproven, "", "", U},
		{"debts of an unknown income", agent.ReasonOverIndebted, 20260301, agent.Evidence{CreditReport: report(3, 5600_00, 0)}, unproven, "", "", U},
		{"the lower income counts", agent.ReasonOverIndebted, 20260301, agent.Evidence{CreditReport: report(3, 3500_00, 0),
			Income:     &agent.Income{Verified: Y, Months: []agent.MonthAmount{{Month: 20260301, Amount: 5000_00}, {Month: 20260401, Amount: 5000_00}, {Month: 20260501, Amount: 5000_00}}},
			Statements: statements(20251201, 20260619, each(20251201, in, agent.KindSalary, 8000_00, 8000_00, 8000_00, 8000_00))}, supported, "debts.exceed_income", "", U},
		{"an income that nobody verified", agent.ReasonOverIndebted, 20260301, agent.Evidence{CreditReport: report(3, 3500_00, 0),
			Income: &agent.Income{Months: []agent.MonthAmount{{Month: 20260301, Amount: 5000_00}, {Month: 20260401, Amount: 5000_00}, {Month: 20260501, Amount: 5000_00}}}}, unproven, "", "", U},
		{"many lenders, two of them late", agent.ReasonOverIndebted, 20260301, agent.Evidence{CreditReport: report(5, 0, 2)}, supported, "accounts.overdue lenders.many", "", U},
		{"four lenders", agent.ReasonOverIndebted, 20260301, agent.Evidence{CreditReport: report(4, 0, 1)}, unproven, "", "", U},
		{"lenders listed by the borrower", agent.ReasonOverIndebted, 20260301, agent.Evidence{Liabilities: &agent.Liabilities{Obligations: []agent.Obligation{
			{Lender: "a", Balance: 1}, {Lender: "b", Balance: 1}, {Lender: "c", Balance: 1}, {Lender: "d", Balance: 1}, {Lender: "d", Balance: 1}, {Lender: "e", Balance: 1}}}}, unproven, "lenders.many", "", U},
		{"no other debts", agent.ReasonOverIndebted, 20260301, agent.Evidence{CreditReport: report(1, 900_00, 1)}, unproven, "", "debts.few", U},
		{"no other debts and money in hand", agent.ReasonOverIndebted, 20260301, agent.Evidence{CreditReport: report(1, 900_00, 1), Liabilities: &agent.Liabilities{Household: agent.Known(1)},
			Statements: statements(20260501, 20260619, []agent.Transaction{balanceRow(20260601, 9, 9000_00)})}, contradicted, "", "debts.few funds.ample", U},
		{"an old report", agent.ReasonOverIndebted, 20260301, agent.Evidence{CreditReport: &agent.CreditReport{On: 20250615, Lenders: agent.Known(9), Overdue: agent.Known(9)}}, unproven, "", "", U},

		{"the loan's money came in", agent.ReasonStolenIdentity, 20260301, agent.Evidence{Loan: &agent.Loan{Principal: agent.Known(12000_00), StartsOn: 20260310, Schedule: late().Schedule, Payments: late().Payments},
			Statements: statements(20260301, 20260619, each(20260301, in, agent.KindLoanIn, 12000_00))}, unproven, "", "payout.received", U},
		{"and the police know", agent.ReasonStolenIdentity, 20260301, agent.Evidence{Loan: &agent.Loan{Principal: agent.Known(12000_00), StartsOn: 20260310, Schedule: late().Schedule, Payments: late().Payments},
			Proofs: proofs(seen(agent.ProofPoliceReceipt, 20260615)), Statements: statements(20260301, 20260619, each(20260301, in, agent.KindLoanIn, 12000_00))}, supported, "police.receipted", "payout.received", U},
		{"another sum came in", agent.ReasonStolenIdentity, 20260301, agent.Evidence{Loan: &agent.Loan{Principal: agent.Known(12000_01), StartsOn: 20260310, Schedule: late().Schedule, Payments: late().Payments},
			Statements: statements(20260301, 20260619, each(20260301, in, agent.KindLoanIn, 12000_00))}, unproven, "", "", U},
	}
	for _, tt := range tests {
		t.Run(tt.reason+"/"+tt.name, tt.run)
	}
}

func TestCheck_everyReasonOnce(t *testing.T) {
	e := &agent.Evidence{
		Loan:   late(fail(20260610, "system_fault")),
		Claim:  &agent.Claim{Reason: agent.ReasonJobLoss, Since: 20260401, Also: []string{agent.ReasonIllness, agent.ReasonJobLoss, "free text", agent.ReasonIllness}},
		Proofs: proofs(seen(agent.ProofTermination, 20260401), seen(agent.ProofPoliceReceipt, 20260601)),
	}
	want := []agent.ReasonFacts{
		{Reason: agent.ReasonIllness, Claimed: true, Support: unproven, Strength: agent.EvidenceNone, Needed: []string{agent.ProofDiagnosis, agent.ProofMedicalBill}},
		{Reason: agent.ReasonJobLoss, Claimed: true, Support: supported, Strength: agent.EvidenceGood, For: []string{"employment.terminated"}},
		{Reason: agent.ReasonStolenIdentity, Support: supported, Strength: agent.EvidenceGood, For: []string{"police.receipted"}},
		{Reason: agent.ReasonSystemFault, Support: supported, Strength: agent.EvidenceGood, For: []string{"return.system_fault"}},
	}
	got := check(e, asOf)
	if len(got.Reasons) != len(want) {
		t.Fatalf("reasons %+v", got.Reasons)
	}
	for i, r := range got.Reasons {
		if fmt.Sprintf("%+v", r) != fmt.Sprintf("%+v", want[i]) {
			t.Errorf("%+v\nwant %+v", r, want[i])
		}
	}
	if got.Claim != agent.ReasonJobLoss || got.Support != supported || !slices.Equal(got.For, []string{"employment.terminated"}) {
		t.Errorf("claim %s is %s for %v", got.Claim, got.Support, got.For)
	}
}

// A police receipt serves a lost card and a stolen identity alike.
func TestCheck_aProofShowsNoOtherReasonThanTheOneItWasGivenFor(t *testing.T) {
	lost, stolen := agent.ReasonLostCard, agent.ReasonStolenIdentity
	for name, c := range map[string]struct {
		claim *agent.Claim
		on    agent.Date
		want  []string
	}{
		"for the card":            {&agent.Claim{Reason: lost}, 20260611, []string{lost}},
		"for the card, further":   {&agent.Claim{Reason: agent.ReasonIllness, Also: []string{lost}}, 20260611, []string{agent.ReasonIllness, lost}},
		"for the card, too early": {&agent.Claim{Reason: lost}, 20260301, []string{lost}},
		"for both":                {&agent.Claim{Reason: lost, Also: []string{stolen}}, 20260611, []string{lost, stolen}},
		"for the identity":        {&agent.Claim{Reason: stolen}, 20260611, []string{stolen}},
		"beside another claim":    {&agent.Claim{Reason: agent.ReasonIllness}, 20260611, []string{agent.ReasonIllness, stolen}},
		"beside no claim":         {nil, 20260611, []string{stolen}},
	} {
		var have []string
		for _, r := range check(&agent.Evidence{Loan: late(), Claim: c.claim, Proofs: proofs(seen(agent.ProofPoliceReceipt, c.on))}, asOf).Reasons {
			if have = append(have, r.Reason); r.Reason == stolen && r.Support != supported {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if !slices.Equal(have, c.want) {
			t.Errorf("%s: %v, want %v", name, have, c.want)
		}
	}
}

// The borrower's date is that of the reason named first; by it a further reason
// would be called wrong for what went on before it began.
func TestCheck_aFurtherReasonHasNoDate(t *testing.T) {
	e := &agent.Evidence{
		Loan:       late(),
		Claim:      &agent.Claim{Reason: agent.ReasonIllness, Since: 20260115, Also: []string{agent.ReasonJobLoss}},
		Statements: statements(20251101, 20260619, each(20251101, agent.FlowIn, agent.KindSalary, 8000_00, 8000_00, 8000_00, 8000_00, 8000_00, 8000_00)),
	}
	for _, r := range check(e, asOf).Reasons {
		if r.Support != unproven || r.Against != nil {
			t.Errorf("%+v", r)
		}
	}
}

// What nobody claimed is told only if it stands; it never stands contradicted.
func TestCheck_anUnclaimedReasonIsNotContradicted(t *testing.T) {
	e := &agent.Evidence{Loan: late(fail(20260610, "insufficient_funds"), fail(20260611, "system_fault"))}
	if got := check(e, asOf).Reasons; got != nil {
		t.Errorf("unclaimed: %+v", got)
	}
	e.Claim = &agent.Claim{Reason: agent.ReasonSystemFault}
	if got := check(e, asOf).Reasons; len(got) != 1 || got[0].Support != contradicted || got[0].Strength != agent.EvidenceGood || got[0].Needed != nil {
		t.Errorf("claimed: %+v", got)
	}
}

func TestCheck_able(t *testing.T) {
	// By hand: the instalment of 1,000.00, living of 2,200.00 for one person and
	// 1,300.00 for each further one, and the debts that are listed.
	home := func(n, monthly int64) *agent.Liabilities {
		return &agent.Liabilities{Household: agent.Known(n), Obligations: []agent.Obligation{{Monthly: monthly}}}
	}
	holds := func(fen int64) []*agent.Statement {
		return statements(20260501, 20260619, []agent.Transaction{balanceRow(20260601, 9, fen)})
	}
	paid := func(on agent.Date, fen int64) []*agent.Statement {
		return statements(20260501, 20260619, []agent.Transaction{flowRow(on, agent.FlowIn, agent.KindSalary, fen)})
	}
	tests := []struct {
		name string
		e    agent.Evidence
		want agent.Tri
	}{
		{"nothing", agent.Evidence{}, agent.Unknown},
		{"enough for one", agent.Evidence{Statements: holds(3200_00), Liabilities: home(1, 0)}, agent.Yes},
		{"a fen short for one", agent.Evidence{Statements: holds(3199_99), Liabilities: home(1, 0)}, agent.Unknown},
		{"for one but not for three", agent.Evidence{Statements: holds(5799_99), Liabilities: home(3, 0)}, agent.Unknown},
		{"enough for three", agent.Evidence{Statements: holds(5800_00), Liabilities: home(3, 0)}, agent.Yes},
		{"other debts", agent.Evidence{Statements: holds(5799_99), Liabilities: home(1, 2600_00)}, agent.Unknown},
		{"and enough for them", agent.Evidence{Statements: holds(5800_00), Liabilities: home(1, 2600_00)}, agent.Yes},
		{"debts beyond int64", agent.Evidence{Statements: holds(1<<63 - 2), Liabilities: home(1, 1<<63-1)}, agent.Unknown},
		{"household unknown", agent.Evidence{Statements: holds(1 << 62)}, agent.Unknown},
		{"a household of nobody", agent.Evidence{Statements: holds(1 << 62), Liabilities: home(0, 0)}, agent.Unknown},
		{"the instalment and nothing to live on", agent.Evidence{Statements: holds(1000_00), Liabilities: home(1, 0)}, agent.Unknown},
		{"less than the instalment", agent.Evidence{Statements: holds(999_99)}, agent.No},
		{"less on each, enough together", agent.Evidence{Statements: append(holds(600_00), bank("b", 20260501, 20260619, balanceRow(20260601, 9, 600_00)))}, agent.Unknown},
		{"frozen", agent.Evidence{Loan: late(fail(20260610, "account_frozen")), Statements: holds(9000_00), Liabilities: home(1, 0)}, agent.Unknown},
		{"empty here, money there", agent.Evidence{Loan: late(fail(20260610, "insufficient_funds")), Statements: holds(9000_00), Liabilities: home(1, 0)}, agent.Yes},
		{"a lost card does not take the money", agent.Evidence{Loan: late(fail(20260610, "card_lost")), Statements: holds(9000_00), Liabilities: home(1, 0)}, agent.Yes},
		{"salary the day before", agent.Evidence{Statements: paid(20260609, 3200_00), Liabilities: home(1, 0)}, agent.Yes},
		{"salary a fen short", agent.Evidence{Statements: paid(20260609, 3199_99), Liabilities: home(1, 0)}, agent.Unknown},
		{"salary ten days before", agent.Evidence{Statements: paid(20260531, 3200_00), Liabilities: home(1, 0)}, agent.Yes},
		{"salary eleven days before", agent.Evidence{Statements: paid(20260530, 3200_00), Liabilities: home(1, 0)}, agent.Unknown},
		{"salary the day after", agent.Evidence{Statements: paid(20260611, 9000_00), Liabilities: home(1, 0)}, agent.Unknown},
		{"salary, but the bank found nothing", agent.Evidence{Loan: late(fail(20260610, "insufficient_funds")), Statements: paid(20260609, 9000_00), Liabilities: home(1, 0)}, agent.Unknown},
		{"salary gone by the due date", agent.Evidence{Statements: append(paid(20260608, 9000_00), bank("b", 20260501, 20260619, balanceRow(20260609, 9, 1))), Liabilities: home(1, 0)}, agent.Unknown},
		{"nothing is late", agent.Evidence{Loan: &agent.Loan{Schedule: lines(20260420, 12), Payments: []agent.Payment{pay(20260420, 2000_00)}}, Statements: holds(9000_00), Liabilities: home(1, 0)}, agent.Unknown},
	}
	for _, tt := range tests {
		if tt.e.Loan == nil {
			tt.e.Loan = late()
		}
		if got := check(&tt.e, asOf).Able; got != tt.want {
			t.Errorf("%s: Able = %v, want %v", tt.name, got, tt.want)
		}
	}
}

// What living costs is asked of the day on which the instalment fell due, and what is
// not known, or beyond counting, makes nobody able and nobody's spending more.
func TestCheck_livingIsThatOfTheDueDay(t *testing.T) {
	home := &agent.Liabilities{Household: agent.Known(2), Region: "110101"}
	e := &agent.Evidence{Loan: late(), Liabilities: home, Statements: statements(20260501, 20260619,
		[]agent.Transaction{balanceRow(20260601, 9, 1<<62)}, []agent.Transaction{flowRow(20260612, agent.FlowOut, agent.KindPurchase, 1<<62)})}
	for _, tt := range []struct {
		month      agent.Int
		able, much agent.Tri
	}{
		{agent.Known(2200_00), agent.Yes, agent.Yes},
		{agent.Known(1), agent.Yes, agent.Yes},
		{agent.Int{}, agent.Unknown, agent.Unknown},
		{agent.Known(0), agent.Unknown, agent.Unknown},
		{agent.Known(-1), agent.Unknown, agent.Unknown},
		{agent.Known(1<<63 - 1), agent.Unknown, agent.Unknown},
		{agent.Known(1 << 54), agent.Unknown, agent.Unknown},
	} {
		f := Defaults()
		f.Living = func(l *agent.Liabilities, on agent.Date) agent.Int {
			if l != home || on != 20260610 {
				t.Fatalf("living is asked of %v", on)
			}
			return tt.month
		}
		if got := f.Check(e, asOf); got.Able != tt.able || got.Spending != tt.much {
			t.Errorf("living %v: able %v, spending %v", tt.month, got.Able, got.Spending)
		}
	}
	if got := Defaults().Check(e, asOf); got.Able != agent.Unknown || got.Spending != agent.Unknown {
		t.Errorf("without figures: able %v, spending %v", got.Able, got.Spending)
	}
}

func TestCheck_othersPaidAndSpending(t *testing.T) {
	const in, out = agent.FlowIn, agent.FlowOut
	home := &agent.Liabilities{Household: agent.Known(1)}
	row := func(on agent.Date, flow agent.Flow, kind agent.Kind, fen int64) []agent.Transaction {
		return []agent.Transaction{flowRow(on, flow, kind, fen)}
	}
	// By hand: seven days before the due date to the day before the check are
	// seventeen days, 3 June to 19 June; living of 2,200.00 a month for them is
	// 1,246.67; with the instalment that makes 2,246.67.
	tests := []struct {
		name             string
		e                agent.Evidence
		others, spending agent.Tri
	}{
		{"no statement", agent.Evidence{Liabilities: home}, agent.Unknown, agent.Unknown},
		{"nothing on it", agent.Evidence{Statements: statements(20260601, 20260619)}, agent.No, agent.No},
		{"it ends too soon", agent.Evidence{Statements: statements(20260601, 20260618)}, agent.Unknown, agent.Unknown},
		{"it begins too late", agent.Evidence{Statements: statements(20260604, 20260619)}, agent.Unknown, agent.Unknown},
		{"others", agent.Evidence{Statements: statements(20260601, 20260619, row(20260603, out, agent.KindRepayment, 1))}, agent.Yes, agent.No},
		{"others too early", agent.Evidence{Statements: statements(20260601, 20260619, row(20260602, out, agent.KindRepayment, 1))}, agent.No, agent.No},
		{"others today", agent.Evidence{Statements: statements(20260601, 20260620, row(20260620, out, agent.KindRepayment, 1))}, agent.No, agent.No},
		{"a repayment that came back", agent.Evidence{Statements: statements(20260601, 20260619, row(20260605, in, agent.KindRepayment, 1))}, agent.No, agent.No},
		{"this loan", agent.Evidence{Loan: late(pay(20260612, 300_00)), Statements: statements(20260601, 20260619, row(20260610, out, agent.KindRepayment, 300_00))}, agent.No, agent.No},
		{"this loan and another", agent.Evidence{Loan: late(pay(20260612, 300_00)), Statements: statements(20260601, 20260619, row(20260610, out, agent.KindRepayment, 300_00), row(20260610, out, agent.KindRepayment, 300_01))}, agent.Yes, agent.No},
		{"spending", agent.Evidence{Liabilities: home, Statements: statements(20260601, 20260619, row(20260610, out, agent.KindPurchase, 2246_68))}, agent.No, agent.Yes},
		{"a fen less", agent.Evidence{Liabilities: home, Statements: statements(20260601, 20260619, row(20260610, out, agent.KindPurchase, 2246_67))}, agent.No, agent.Unknown},
		{"spending of an unknown household", agent.Evidence{Statements: statements(20260601, 20260619, row(20260610, out, agent.KindPurchase, 1<<62))}, agent.No, agent.Unknown},
		{"less than the instalment", agent.Evidence{Statements: statements(20260601, 20260619, row(20260610, out, agent.KindPurchase, 1000_00))}, agent.No, agent.No},
		{"paid back", agent.Evidence{Liabilities: home, Statements: statements(20260601, 20260619, row(20260610, out, agent.KindPurchase, 5000_00), row(20260611, in, agent.KindRefund, 4000_00))}, agent.No, agent.Unknown},
		{"a hospital cannot wait", agent.Evidence{Liabilities: home, Statements: statements(20260601, 20260619, row(20260610, out, agent.KindMedical, 9000_00))}, agent.No, agent.No},
		{"one purchase seen by wallet and bank", agent.Evidence{Liabilities: home, Statements: append(statements(20260601, 20260619, row(20260610, out, agent.KindPurchase, 2000_00)),
			bank("b", 20260601, 20260619, row(20260610, out, agent.KindPurchase, 2000_00)...))}, agent.No, agent.Unknown},
		{"both on the due date's own day only", agent.Evidence{Loan: &agent.Loan{Schedule: lines(20260420, 12), Payments: []agent.Payment{pay(20260420, 2000_00)}}, Liabilities: home,
			Statements: statements(20260601, 20260620, row(20260619, out, agent.KindRepayment, 5))}, agent.Unknown, agent.Unknown},
	}
	for _, tt := range tests {
		if tt.e.Loan == nil {
			tt.e.Loan = late()
		}
		if tt.name == "this loan" || tt.name == "this loan and another" {
			if due := check(&tt.e, asOf).DaysPastDue; due != agent.Known(10) {
				t.Fatalf("%s: %v days", tt.name, due)
			}
		}
		got := check(&tt.e, asOf)
		if got.OthersPaid != tt.others || got.Spending != tt.spending {
			t.Errorf("%s: others paid %v, spending %v; want %v, %v", tt.name, got.OthersPaid, got.Spending, tt.others, tt.spending)
		}
	}
}

func TestCheck_reached(t *testing.T) {
	log := &agent.ContactLog{Attempts: []agent.ContactAttempt{{At: asOf, Reached: agent.Yes}, {At: asOf - 1, Reached: agent.No}, {At: asOf - 2}, {At: asOf - 30*day, Reached: agent.Yes}, {At: asOf + 1, Reached: agent.Yes}}}
	if got := check(&agent.Evidence{ContactLog: log}, asOf).Reached30; got != agent.Known(1) {
		t.Errorf("Reached30 = %v, want 1", got)
	}
	if got := check(&agent.Evidence{}, asOf).Reached30; got.IsKnown() {
		t.Errorf("Reached30 without a log = %v", got)
	}
}
