package explanation

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

func evidence() *agent.Evidence {
	return &agent.Evidence{
		Loan:       &agent.Loan{Requested: agent.Known(500_000), Principal: agent.Known(500_000), TermMonths: agent.Known(12), Schedule: []agent.Instalment{{DueOn: 20260401}}},
		Claim:      &agent.Claim{Reason: agent.ReasonIllness, Since: 20260110},
		Proofs:     &agent.Proofs{Items: make([]agent.Proof, 1, 4)},
		Employment: &agent.Employment{Status: "employed"},
		Income:     &agent.Income{DeclaredMonthly: agent.Known(900_000)},
		Liabilities: &agent.Liabilities{Obligations: []agent.Obligation{
			{Lender: "a", Balance: 100, Monthly: 30}, {Lender: "b", Balance: 900, Monthly: 60}, {Lender: "c", Balance: 500, Monthly: 10}}},
		CreditReport: &agent.CreditReport{Lenders: agent.Known(3), Monthly: agent.Known(100), Balance: agent.Known(1500), Inquiries30: agent.Known(4),
			NewLoans90: agent.Known(2), Inquiries90: agent.Known(6), Overdue: agent.Known(1)},
		Statements: make([]*agent.Statement, 0, 4),
	}
}

const today agent.Date = 20260315

// every is one change of each kind.
func every(t *testing.T) (all []Change) {
	t.Helper()
	for _, k := range setKeys() {
		for _, v := range []string{"0", "7", "90", "1000000000000000"} {
			if k == "wait.days" && len(v) > 4 {
				continue
			}
			c, err := Set(k + "=" + v)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, c)
		}
	}
	for _, a := range []string{"statements=1m", "statements=12m", "credit_report", "contract", "proof=diagnosis", "identity", "document", "phone", "card"} {
		c, err := Add(a)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// What a change leads to is a copy: the evidence of the case stays what it is.
func TestChange_leavesTheEvidenceAlone(t *testing.T) {
	for _, c := range every(t) {
		if c.apply == nil {
			continue
		}
		e := evidence()
		given := *e
		c.apply(&given, today)
		if !reflect.DeepEqual(e, evidence()) {
			t.Errorf("%s changes what the evidence leads to", c.Key)
		}
		c.apply(new(agent.Evidence), today) // and nothing breaks where there is none
	}
}

func TestSet_changesWhatItNames(t *testing.T) {
	after := func(args ...string) *agent.Evidence {
		t.Helper()
		e := evidence()
		for _, a := range args {
			c, err := Set(a)
			if err != nil {
				t.Fatal(err)
			}
			c.apply(e, today)
		}
		return e
	}
	if l := after("loan.amount=200").Loan; l.Requested != agent.Known(200) || l.Principal != agent.Known(200) || l.Schedule != nil {
		t.Errorf("loan %+v", l)
	}
	in := after("income.salary=7").Income
	if len(in.Months) != 12 || in.Months[0] != (agent.MonthAmount{Month: 20260201, Amount: 7}) || in.Months[11].Month != 20250301 || in.Verified != agent.Yes ||
		in.DeclaredMonthly != agent.Known(900_000) {
		t.Errorf("income %+v", in)
	}
	e := after("debt.monthly=50")
	var monthly int64
	for _, o := range e.Liabilities.Obligations {
		monthly += o.Monthly
	}
	if monthly != 50 || e.CreditReport.Monthly != agent.Known(50) || e.CreditReport.Balance != agent.Known(750) || e.Liabilities.Obligations[1].Balance != 450 {
		t.Errorf("half the debt: %+v %+v", e.Liabilities, e.CreditReport)
	}
	if e := after("debt.monthly=5000"); !reflect.DeepEqual(e.Liabilities, evidence().Liabilities) || !reflect.DeepEqual(e.CreditReport, evidence().CreditReport) {
		t.Error("paying down raises a debt")
	}
	e = after("debt.lenders=1")
	if len(e.Liabilities.Obligations) != 1 || e.Liabilities.Obligations[0].Lender != "b" || e.CreditReport.Monthly != agent.Known(60) || e.CreditReport.Lenders != agent.Known(1) {
		t.Errorf("one lender: %+v %+v", e.Liabilities, e.CreditReport)
	}
	r := after("wait.days=30").CreditReport
	if r.Inquiries30 != agent.Known(0) || r.NewLoans90 != agent.Known(2) || r.NewLoans30.IsKnown() {
		t.Errorf("after 30 days %+v", r)
	}
	if r := after("wait.days=90").CreditReport; r.NewLoans90 != agent.Known(0) {
		t.Errorf("after 90 days %+v", r)
	}
}

func TestAdd_supposesWhatWasStated(t *testing.T) {
	after := func(e *agent.Evidence, arg string) *agent.Evidence {
		t.Helper()
		c, err := Add(arg)
		if err != nil || c.Level != LevelSupposed {
			t.Fatalf("Add(%s) = %+v, %v", arg, c, err)
		}
		c.apply(e, today)
		return e
	}
	s := after(evidence(), "statements=6m").Statements[0]
	if s.From != 20250901 || s.To != 20260228 || len(s.Transactions) != 6 || s.Transactions[0].Amount != 900_000 || s.Transactions[0].Kind != agent.KindSalary {
		t.Errorf("statement %+v", s)
	}
	self := evidence()
	self.Employment = &agent.Employment{Status: "self_employed"}
	if k := after(self, "statements=3m").Statements[0].Transactions[0].Kind; k != agent.KindReceipt {
		t.Errorf("who works alone receives %v", k)
	}
	silent := evidence()
	silent.Income = nil
	if n := len(after(silent, "statements=3m").Statements[0].Transactions); n != 0 {
		t.Errorf("%d rows of an income that nobody stated", n)
	}
	if r := after(evidence(), "credit_report").CreditReport; r.Monthly != agent.Known(100) || r.Lenders != agent.Known(3) || r.Overdue != agent.Known(0) {
		t.Errorf("report %+v", r)
	}
	no := agent.Answer{Kind: agent.AnswerTwoFactor, Provider: "p", At: 5, Match: agent.No}
	other := agent.Answer{Kind: agent.AnswerCarrierThree, Provider: "p", At: 5, Match: agent.No}
	for arg, want := range map[string][]string{
		"identity": {agent.AnswerTwoFactor, agent.AnswerCarrierThree, agent.AnswerTwoFactor},
		"phone":    {agent.AnswerTwoFactor, agent.AnswerCarrierThree},
		"card":     {agent.AnswerTwoFactor, agent.AnswerCarrierThree, agent.AnswerBankFour},
	} {
		e := evidence()
		e.Answers = &agent.Answers{Items: []agent.Answer{no, other}}
		var kinds []string
		for _, it := range after(e, arg).Answers.Items {
			kinds = append(kinds, it.Kind)
		}
		if !reflect.DeepEqual(kinds, want) || e.Answers.Items[0] != no {
			t.Errorf("%s: answers of %v, want %v, and who said no still says it", arg, kinds, want)
		}
	}
	if d := after(&agent.Evidence{Identity: &agent.Identity{Kind: agent.DocumentPassport, IssuedOn: 20100101, ExpiresOn: 20200101, BornOn: 19900101}}, "document").Identity; d.ExpiresOn <= today || d.Kind != agent.DocumentPassport || d.BornOn != 19900101 {
		t.Errorf("document %+v", d)
	}
	p := after(evidence(), "proof=diagnosis").Proofs.Items
	if last := p[len(p)-1]; last != (agent.Proof{Kind: agent.ProofDiagnosis, Seen: agent.Yes, On: 20260110}) {
		t.Errorf("proof %+v", last)
	}
}

func TestSet_setsOneFact(t *testing.T) {
	f := new(agent.Facts)
	for _, a := range []string{"fact.capacity.residual=-5", "fact.identity.refuted=yes", "fact.identity.takeover=some", "fact.cost.contract_on=2026-01-02"} {
		c, err := Set(a)
		if err != nil || c.Level != LevelFact || c.apply != nil {
			t.Fatalf("Set(%s) = %+v, %v", a, c, err)
		}
		c.fix(f)
	}
	if f.Capacity.Residual != agent.Known(-5) || f.Identity.Refuted != agent.Yes || f.Identity.Takeover != "some" || f.Cost.ContractOn != 20260102 {
		t.Errorf("facts %+v", f)
	}
	c, _ := Set("fact.capacity.residual=unknown")
	if c.fix(f); f.Capacity.Residual.IsKnown() {
		t.Error("the fact was not forgotten")
	}
}

func TestSet_namesTheRemedyAndNeverTheValue(t *testing.T) {
	for _, a := range []string{"x", "loan.amount", "loan.amount=secretly", "loan.amount=-1", "loan.amount=9999999999999999", "secretly=5", "wait.days=4000",
		"fact.secretly=1", "fact.capacity.residual=secretly", "fact.identity.refuted=secretly", "fact.identity.sex=male", "fact.identity.codes=a",
		"fact.identity.takeover=a secretly b", "fact.cost.contract_on=secretly"} {
		if _, err := Set(a); err == nil || strings.Contains(err.Error(), "secretly") || !strings.Contains(err.Error(), "--set") {
			t.Errorf("Set(%s): %v", a, err)
		}
	}
	for _, a := range []string{"", "secretly", "statements", "statements=0m", "statements=13m", "proof=secretly", "proof"} {
		if _, err := Add(a); err == nil || strings.Contains(err.Error(), "secretly") || !strings.Contains(err.Error(), "--add") {
			t.Errorf("Add(%s): %v", a, err)
		}
	}
}

// What is owed to the lender of the case is left by who pays others down, and gone
// with the line by which it was owed.
func TestPayDown_leavesTheLoanInQuestion(t *testing.T) {
	given := func() *agent.Evidence {
		return &agent.Evidence{
			Liabilities: &agent.Liabilities{Obligations: []agent.Obligation{{Lender: "L1", Balance: 9000, Monthly: 300}, {Lender: "L0", Balance: 100, Monthly: 92, Own: agent.Yes}}},
			CreditReport: &agent.CreditReport{Lenders: agent.Known(2), Balance: agent.Known(9100), Monthly: agent.Known(392),
				OwnBalance: agent.Known(100), OwnMonthly: agent.Known(92)}}
	}
	e := given()
	payDown(e, 150)
	if l, r := e.Liabilities.Obligations, e.CreditReport; l[0].Monthly != 150 || l[0].Balance != 4500 || l[1] != given().Liabilities.Obligations[1] ||
		r.Monthly != agent.Known(242) || r.Balance != agent.Known(4600) || r.OwnMonthly != agent.Known(92) {
		t.Errorf("paid down: %+v, %+v", l, r)
	}
	e = given()
	if payDown(e, 300); !reflect.DeepEqual(e, given()) {
		t.Errorf("what others are paid already: %+v", e)
	}
	e = given()
	if payOff(e, 1); e.CreditReport.Monthly != agent.Known(300) || e.CreditReport.Balance != agent.Known(9000) || e.CreditReport.OwnMonthly.IsKnown() || e.CreditReport.OwnBalance.IsKnown() {
		t.Errorf("paid off: %+v", e.CreditReport)
	}
	e = given()
	if report(e, 20260101); e.CreditReport.OwnMonthly != agent.Known(92) || e.CreditReport.OwnBalance != agent.Known(100) || e.CreditReport.Monthly != agent.Known(392) {
		t.Errorf("reported as stated: %+v", e.CreditReport)
	}
}

func TestPayDown_holdsAtTheEdges(t *testing.T) {
	e := &agent.Evidence{Liabilities: &agent.Liabilities{Obligations: []agent.Obligation{{Balance: math.MaxInt64, Monthly: math.MaxInt64}, {Balance: -5, Monthly: -7}, {Monthly: math.MaxInt64}}},
		CreditReport: &agent.CreditReport{Monthly: agent.Known(math.MaxInt64), Balance: agent.Known(-3)}}
	for _, n := range []int64{0, 1, 1e15} {
		given := *e
		payDown(&given, n)
		var total int64
		for _, o := range given.Liabilities.Obligations {
			total = sum(total, o.Monthly)
		}
		if total > n || given.CreditReport.Monthly != agent.Known(n) {
			t.Errorf("paid down to %d: %d and %v", n, total, given.CreditReport.Monthly)
		}
	}
}
