package overdue

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// asOf is noon of 20 June 2026 in China.
var asOf = at(20260620, 12)

// figures are the defaults and what living costs: 2,200.00 a month for one person and
// 1,300.00 for each further one.
var figures = func() Figures {
	f := Defaults()
	f.Living = func(l *agent.Liabilities, _ agent.Date) agent.Int {
		if l == nil {
			return agent.Int{}
		}
		n, ok := l.Household.Value()
		if !ok || n < 1 || n > 50 {
			return agent.Int{}
		}
		return agent.Known(2200_00 + (n-1)*1300_00)
	}
	return f
}()

func check(e *agent.Evidence, asOf int64) agent.OverdueFacts { return figures.Check(e, asOf) }

func at(d agent.Date, hour int64) int64 { return d.Time().Unix() + hour*3600 }

// lines fall due on the tenth, from the given month on, a thousand yuan each.
func lines(first agent.Date, n int) (s []agent.Instalment) {
	for i := range n {
		s = append(s, agent.Instalment{DueOn: loan.AddMonths(first, i), Principal: 900_00, Interest: 90_00, Fee: 10_00})
	}
	return s
}

func pay(on agent.Date, amount int64) agent.Payment {
	return agent.Payment{On: on, Amount: amount, Result: loan.Settled}
}

func fail(on agent.Date, result string) agent.Payment { return agent.Payment{On: on, Result: result} }

// late is a loan of which the instalment of 10 June 2026 is open: ten days.
func late(returns ...agent.Payment) *agent.Loan {
	return &agent.Loan{Schedule: lines(20260410, 12),
		Payments: append([]agent.Payment{pay(20260410, 1000_00), pay(20260510, 1000_00)}, returns...)}
}

func TestCheck_nothingKnown(t *testing.T) {
	for _, e := range []*agent.Evidence{nil, {}, {Loan: &agent.Loan{}, Claim: &agent.Claim{}, Proofs: &agent.Proofs{}, Statements: []*agent.Statement{nil}}} {
		got := check(e, asOf)
		if got.DaysPastDue.IsKnown() || got.AmountPastDue.IsKnown() || got.Bucket != "unknown" || got.TechnicalLapse != agent.Unknown ||
			got.Claim != "" || got.Support != agent.ClaimNone || got.For != nil || got.Against != nil || got.BankReturn != "" ||
			got.Attempts30.IsKnown() || got.FundsAtDue != agent.Unknown || got.SalaryAfter != agent.Unknown {
			t.Errorf("Check of nothing = %+v, want everything unknown", got)
		}
	}
}

func TestCheck_arrears(t *testing.T) {
	known, unknown := agent.Known, agent.Int{}
	tests := []struct {
		name     string
		schedule []agent.Instalment
		payments []agent.Payment
		days     agent.Int
		amount   agent.Int
		bucket   string
		lapse    agent.Tri
	}{
		{"paid to the fen", lines(20260410, 3), []agent.Payment{pay(20260410, 3000_00)}, known(0), known(0), "M0", agent.No},
		{"a fen short", lines(20260410, 3), []agent.Payment{pay(20260410, 2999_99)}, known(10), known(1), "M1", agent.No},
		{"due today", lines(20260420, 3), []agent.Payment{pay(20260420, 2000_00)}, known(0), known(0), "M0", agent.No},
		{"due yesterday", lines(20260419, 3), []agent.Payment{pay(20260420, 2000_00)}, known(1), known(1000_00), "M1", agent.Yes},
		{"seven days", lines(20260413, 3), []agent.Payment{pay(20260420, 2000_00)}, known(7), known(1000_00), "M1", agent.Yes},
		{"eight days", lines(20260412, 3), []agent.Payment{pay(20260420, 2000_00)}, known(8), known(1000_00), "M1", agent.No},
		{"oldest first", lines(20260310, 4), []agent.Payment{pay(20260610, 1000_00)}, known(71), known(3000_00), "M3", agent.No},
		{"parts", lines(20260410, 3), []agent.Payment{pay(20260410, 600_00), pay(20260415, 400_00), pay(20260510, 1000_00), pay(20260612, 250_00)}, known(10), known(750_00), "M1", agent.No},
		{"paid ahead", lines(20260610, 3), []agent.Payment{pay(20260501, 3000_00)}, known(0), known(0), "M0", agent.No},
		{"returns pay nothing", lines(20260610, 3), []agent.Payment{fail(20260610, "system_fault"), {On: 20260611, Amount: 1000_00, Result: "other"}, {On: 20260611, Amount: 1000_00}}, known(10), known(1000_00), "M1", agent.No},
		{"paid tomorrow", lines(20260610, 1), []agent.Payment{pay(20260621, 1000_00)}, known(10), known(1000_00), "M1", agent.No},
		{"nothing due yet and no payment", lines(20260710, 3), nil, known(-20), known(0), "M0", agent.No},
		{"due tomorrow", lines(20260421, 3), []agent.Payment{pay(20260420, 2000_00)}, known(-1), known(0), "M0", agent.No},
		{"the next one ahead", lines(20260410, 6), []agent.Payment{pay(20260410, 3000_00)}, known(-20), known(0), "M0", agent.No},
		{"part of the next one paid", lines(20260410, 6), []agent.Payment{pay(20260410, 3999_99)}, known(-20), known(0), "M0", agent.No},
		{"the next one of nothing", []agent.Instalment{{DueOn: 20260625}, {DueOn: 20260710, Principal: 5}}, nil, known(-20), known(0), "M0", agent.No},
		{"due and no attempt on record", lines(20260610, 3), nil, unknown, unknown, "unknown", agent.Unknown},
		{"no schedule", nil, []agent.Payment{pay(20260610, 1)}, unknown, unknown, "unknown", agent.Unknown},
		{"a line without a date", append(lines(20260610, 3), agent.Instalment{Principal: 1}), []agent.Payment{pay(20260610, 1)}, unknown, unknown, "unknown", agent.Unknown},
		{"a negative line", append(lines(20260610, 3), agent.Instalment{DueOn: 20270101, Principal: -1}), []agent.Payment{pay(20260610, 1)}, unknown, unknown, "unknown", agent.Unknown},
		{"a negative payment", lines(20260610, 3), []agent.Payment{pay(20260610, -1)}, unknown, unknown, "unknown", agent.Unknown},
		{"a payment without a date", lines(20260610, 3), []agent.Payment{pay(0, 1000_00)}, unknown, unknown, "unknown", agent.Unknown},
		{"one that makes no difference", lines(20260610, 1), []agent.Payment{pay(20260610, 1000_00), pay(0, 1000_00)}, known(0), known(0), "M0", agent.No},
		{"lines out of order", []agent.Instalment{{DueOn: 20260610, Principal: 5}, {DueOn: 20260510, Principal: 7}}, []agent.Payment{pay(20260610, 7)}, known(10), known(5), "M1", agent.No},
		{"lines of nothing", []agent.Instalment{{DueOn: 20260110}, {DueOn: 20260610, Principal: 5}}, []agent.Payment{fail(20260610, "other")}, known(10), known(5), "M1", agent.No},
		{"sums beyond int64", []agent.Instalment{{DueOn: 20260510, Principal: 1<<63 - 1, Interest: 1<<63 - 1}, {DueOn: 20260610, Principal: 1<<63 - 1}},
			[]agent.Payment{fail(20260610, "other")}, known(41), known(1<<63 - 1), "M2", agent.No},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := check(&agent.Evidence{Loan: &agent.Loan{Schedule: tt.schedule, Payments: tt.payments}}, asOf)
			if got.DaysPastDue != tt.days || got.AmountPastDue != tt.amount || got.Bucket != tt.bucket || got.TechnicalLapse != tt.lapse {
				t.Errorf("%v days, %v fen, %s, lapse %v; want %v, %v, %s, %v",
					got.DaysPastDue, got.AmountPastDue, got.Bucket, got.TechnicalLapse, tt.days, tt.amount, tt.bucket, tt.lapse)
			}
		})
	}
}

func TestBucket_edges(t *testing.T) {
	for days, want := range map[int64]string{0: "M0", 1: "M1", 30: "M1", 31: "M2", 60: "M2", 61: "M3", 90: "M3", 91: "M4", 120: "M4",
		121: "M5", 150: "M5", 151: "M6", 180: "M6", 181: "M7+", 99999: "M7+"} {
		if got := bucket(agent.Known(days)); got != want {
			t.Errorf("bucket(%d) = %s, want %s", days, got, want)
		}
	}
}

func TestCheck_attempts(t *testing.T) {
	log := &agent.ContactLog{Attempts: []agent.ContactAttempt{{At: asOf}, {At: asOf + 1}, {At: asOf - 30*day + 1}, {At: asOf - 30*day}, {}}}
	if got := check(&agent.Evidence{ContactLog: log}, asOf).Attempts30; got != agent.Known(2) {
		t.Errorf("Attempts30 = %v, want 2", got)
	}
	if got := check(&agent.Evidence{ContactLog: &agent.ContactLog{}}, asOf).Attempts30; got != agent.Known(0) {
		t.Errorf("Attempts30 of an empty log = %v, want 0", got)
	}
}

func TestCheck_bankReturn(t *testing.T) {
	tests := []struct {
		name    string
		returns []agent.Payment
		want    string
	}{
		{"none", nil, ""},
		{"on the day", []agent.Payment{fail(20260610, "card_lost")}, "card_lost"},
		{"the nearest", []agent.Payment{fail(20260613, "other"), fail(20260611, "insufficient_funds")}, "insufficient_funds"},
		{"after before before", []agent.Payment{fail(20260609, "other"), fail(20260611, "insufficient_funds")}, "insufficient_funds"},
		{"same day, for the borrower", []agent.Payment{fail(20260610, "insufficient_funds"), fail(20260610, "system_fault")}, "system_fault"},
		{"last day of the window", []agent.Payment{fail(20260620, "other")}, "other"},
		{"first day of the window", []agent.Payment{fail(20260607, "other")}, "other"},
		{"before the window", []agent.Payment{fail(20260606, "other")}, ""},
		{"tomorrow", []agent.Payment{fail(20260621, "other")}, ""},
		{"undated", []agent.Payment{fail(0, "other")}, ""},
		{"a text that is no class", []agent.Payment{fail(20260610, "free text")}, ""},
	}
	for _, tt := range tests {
		if got := check(&agent.Evidence{Loan: late(tt.returns...)}, asOf).BankReturn; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func balanceRow(d agent.Date, hour, balance int64) agent.Transaction {
	return agent.Transaction{At: at(d, hour), Amount: 1, Flow: agent.FlowOut, Kind: agent.KindPurchase, State: agent.StateSettled, Balance: agent.Known(balance)}
}

func bank(account string, from, to agent.Date, rows ...agent.Transaction) *agent.Statement {
	return &agent.Statement{Format: "cmb", Account: account, From: from, To: to, Rows: int64(len(rows)), Transactions: rows}
}

func TestCheck_fundsAtDue(t *testing.T) {
	pending := balanceRow(20260610, 9, 0)
	pending.State = agent.StatePending
	tests := []struct {
		name string
		list []*agent.Statement
		want agent.Tri
	}{
		{"none", nil, agent.Unknown},
		{"enough all day", []*agent.Statement{bank("a", 20260601, 20260620, balanceRow(20260605, 9, 1000_00))}, agent.Yes},
		{"a fen short", []*agent.Statement{bank("a", 20260601, 20260620, balanceRow(20260605, 9, 999_99))}, agent.No},
		{"enough in the morning only", []*agent.Statement{bank("a", 20260601, 20260620, balanceRow(20260605, 9, 1000_00), balanceRow(20260610, 9, 0))}, agent.Unknown},
		{"enough in the evening only", []*agent.Statement{bank("a", 20260601, 20260620, balanceRow(20260605, 9, 0), balanceRow(20260610, 21, 1000_00))}, agent.Unknown},
		{"the newest before counts", []*agent.Statement{bank("a", 20260601, 20260620, balanceRow(20260609, 9, 1000_00), balanceRow(20260605, 9, 0))}, agent.Yes},
		{"same instant, both possible", []*agent.Statement{bank("a", 20260601, 20260620, balanceRow(20260609, 0, 1000_00), balanceRow(20260609, 0, 0))}, agent.Unknown},
		{"after the day does not count", []*agent.Statement{bank("a", 20260601, 20260620, balanceRow(20260605, 9, 1000_00), balanceRow(20260611, 0, 0))}, agent.Yes},
		{"not covered", []*agent.Statement{bank("a", 20260501, 20260609, balanceRow(20260605, 9, 1000_00))}, agent.Unknown},
		{"nothing before the day", []*agent.Statement{bank("a", 20260610, 20260620, balanceRow(20260610, 9, 1000_00))}, agent.Unknown},
		{"two statements of one account", []*agent.Statement{bank("a", 20260607, 20260620), bank("a", 20260501, 20260606, balanceRow(20260505, 9, 1000_00))}, agent.Yes},
		{"a gap between them", []*agent.Statement{bank("a", 20260608, 20260620), bank("a", 20260501, 20260606, balanceRow(20260505, 9, 1000_00))}, agent.Unknown},
		{"two accounts", []*agent.Statement{bank("a", 20260607, 20260620), bank("b", 20260501, 20260606, balanceRow(20260505, 9, 1000_00))}, agent.Unknown},
		{"one of two accounts had it", []*agent.Statement{bank("a", 20260601, 20260620, balanceRow(20260605, 9, 0)), bank("b", 20260601, 20260620, balanceRow(20260605, 9, 1000_00))}, agent.Yes},
		{"pending moves nothing", []*agent.Statement{bank("a", 20260601, 20260620, balanceRow(20260605, 9, 1000_00), pending)}, agent.Yes},
		{"no balances", []*agent.Statement{bank("a", 20260601, 20260620, agent.Transaction{At: at(20260605, 9), State: agent.StateSettled})}, agent.Unknown},
		{"no period", []*agent.Statement{bank("a", 0, 0, balanceRow(20260605, 9, 1000_00))}, agent.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := check(&agent.Evidence{Loan: late(), Statements: tt.list}, asOf).FundsAtDue; got != tt.want {
				t.Errorf("FundsAtDue = %v, want %v", got, tt.want)
			}
		})
	}
}

func proofs(items ...agent.Proof) *agent.Proofs { return &agent.Proofs{Items: items} }

func seen(kind string, on agent.Date) agent.Proof {
	return agent.Proof{Kind: kind, Seen: agent.Yes, On: on}
}

func salaryRow(d agent.Date) agent.Transaction {
	return agent.Transaction{At: at(d, 10), Amount: 8000_00, Flow: agent.FlowIn, Kind: agent.KindSalary, State: agent.StateSettled}
}

func medicalRow(d agent.Date, amount int64) agent.Transaction {
	return agent.Transaction{At: at(d, 10), Amount: amount, Flow: agent.FlowOut, Kind: agent.KindMedical, State: agent.StateSettled}
}

// insured gives months back from May 2026, newest first.
func insured(paid ...agent.Tri) *agent.SocialInsurance {
	si := &agent.SocialInsurance{}
	for i, p := range paid {
		si.Months = append(si.Months, agent.InsuredMonth{Month: loan.AddMonths(20260501, -i), Paid: p, Base: agent.Known(8000_00)})
	}
	return si
}

type claimCase struct {
	name         string
	reason       string
	since        agent.Date
	e            agent.Evidence
	support      string
	pro, against string
	after        agent.Tri
}

func (tt claimCase) run(t *testing.T) {
	t.Helper()
	e := tt.e
	if e.Loan == nil {
		e.Loan = late()
	}
	e.Claim = &agent.Claim{Reason: tt.reason, StatedOn: 20260615, Since: tt.since}
	got := check(&e, asOf)
	if got.Claim != tt.reason || got.Support != tt.support || strings.Join(got.For, " ") != tt.pro ||
		strings.Join(got.Against, " ") != tt.against || got.SalaryAfter != tt.after {
		t.Errorf("%s is %s, for %v, against %v, salary after %v; want %s, [%s], [%s], %v",
			got.Claim, got.Support, got.For, got.Against, got.SalaryAfter, tt.support, tt.pro, tt.against, tt.after)
	}
}

const (
	supported    = agent.ClaimSupported
	contradicted = agent.ClaimContradicted
	unproven     = agent.ClaimUnproven
)

func TestCheck_claims(t *testing.T) {
	const Y, N, U = agent.Yes, agent.No, agent.Unknown
	enough := []*agent.Statement{bank("a", 20260601, 20260620, balanceRow(20260605, 9, 5000_00))}
	short := []*agent.Statement{bank("a", 20260601, 20260620, balanceRow(20260605, 9, 1))}
	answer := func(days int64, m agent.Tri) agent.Answer {
		return agent.Answer{Kind: agent.AnswerBankAccount, Provider: "p", At: asOf - days*day, Match: m}
	}
	answers := func(items ...agent.Answer) *agent.Answers { return &agent.Answers{Items: items} }
	salaries := func(from, to agent.Date, on ...agent.Date) []*agent.Statement {
		s := bank("a", from, to)
		for _, d := range on {
			s.Transactions = append(s.Transactions, salaryRow(d))
		}
		return []*agent.Statement{s}
	}
	none := agent.Evidence{}
	tests := []claimCase{
		{"no evidence", agent.ReasonLostCard, 20260605, none, unproven, "", "", U},
		{"return card lost", agent.ReasonLostCard, 0, agent.Evidence{Loan: late(fail(20260610, "card_lost"))}, supported, "return.card_lost", "", U},
		{"return card invalid", agent.ReasonLostCard, 0, agent.Evidence{Loan: late(fail(20260612, "card_invalid"))}, supported, "return.card_invalid", "", U},
		{"loss report", agent.ReasonLostCard, 0, agent.Evidence{Proofs: proofs(seen(agent.ProofCardLoss, 20260608))}, supported, "card.loss_reported", "", U},
		{"loss report of last year", agent.ReasonLostCard, 0, agent.Evidence{Proofs: proofs(seen(agent.ProofCardLoss, 20250608))}, unproven, "", "", U},
		{"loss report of tomorrow", agent.ReasonLostCard, 0, agent.Evidence{Proofs: proofs(seen(agent.ProofCardLoss, 20260621))}, unproven, "", "", U},
		{"loss report without a date", agent.ReasonLostCard, 0, agent.Evidence{Proofs: proofs(seen(agent.ProofCardLoss, 0))}, unproven, "", "", U},
		{"loss report not seen", agent.ReasonLostCard, 0, agent.Evidence{Proofs: proofs(agent.Proof{Kind: agent.ProofCardLoss, Seen: N, On: 20260608}, agent.Proof{Kind: agent.ProofCardLoss, On: 20260608})}, unproven, "", "", U},
		{"another proof", agent.ReasonLostCard, 0, agent.Evidence{Proofs: proofs(seen(agent.ProofDiagnosis, 20260608))}, unproven, "", "", U},
		{"bank says blocked", agent.ReasonLostCard, 0, agent.Evidence{Answers: answers(answer(5, Y))}, supported, "account.blocked", "", U},
		{"bank says open", agent.ReasonLostCard, 0, agent.Evidence{Answers: answers(answer(5, N))}, unproven, "", "account.open", U},
		{"bank does not answer", agent.ReasonLostCard, 0, agent.Evidence{Answers: answers(answer(5, U))}, unproven, "", "", U},
		{"banks disagree", agent.ReasonLostCard, 0, agent.Evidence{Answers: answers(answer(5, N), answer(4, Y), answer(3, Y))}, unproven, "", "", U},
		{"bank's answer of long ago", agent.ReasonLostCard, 0, agent.Evidence{Answers: answers(answer(100, N))}, unproven, "", "", U},
		{"bank's answer of tomorrow", agent.ReasonLostCard, 0, agent.Evidence{Answers: answers(answer(-1, N))}, unproven, "", "", U},
		{"an empty account alone", agent.ReasonLostCard, 0, agent.Evidence{Loan: late(fail(20260610, "insufficient_funds"))}, unproven, "", "return.insufficient_funds", U},
		{"an empty account and a loss report", agent.ReasonLostCard, 0, agent.Evidence{Loan: late(fail(20260610, "insufficient_funds")), Proofs: proofs(seen(agent.ProofCardLoss, 20260608))}, supported, "card.loss_reported", "return.insufficient_funds", U},
		{"an empty account in good order", agent.ReasonLostCard, 0, agent.Evidence{Loan: late(fail(20260610, "insufficient_funds")), Answers: answers(answer(5, N))}, contradicted, "", "account.open return.insufficient_funds", U},
		{"money was there", agent.ReasonLostCard, 0, agent.Evidence{Statements: enough}, unproven, "funds.sufficient", "", U},
		{"nothing is late", agent.ReasonLostCard, 0, agent.Evidence{Loan: &agent.Loan{Schedule: lines(20260410, 3), Payments: []agent.Payment{pay(20260410, 3000_00)}}, Proofs: proofs(seen(agent.ProofCardLoss, 20260608))}, unproven, "", "", U},
		{"how late is unknown", agent.ReasonLostCard, 0, agent.Evidence{Loan: &agent.Loan{}, Proofs: proofs(seen(agent.ProofCardLoss, 20260608))}, unproven, "", "", U},

		{"return system fault", agent.ReasonSystemFault, 0, agent.Evidence{Loan: late(fail(20260610, "system_fault"))}, supported, "return.system_fault", "", U},
		{"bank notice", agent.ReasonSystemFault, 0, agent.Evidence{Proofs: proofs(seen(agent.ProofBankNotice, 20260611)), Statements: enough}, supported, "bank.fault_noticed funds.sufficient", "", U},
		{"bank notice too early", agent.ReasonSystemFault, 0, agent.Evidence{Proofs: proofs(seen(agent.ProofBankNotice, 20260606))}, unproven, "", "", U},
		{"empty on the due date", agent.ReasonSystemFault, 0, agent.Evidence{Loan: late(fail(20260610, "insufficient_funds"))}, contradicted, "", "return.insufficient_funds", U},
		{"empty in the night after", agent.ReasonSystemFault, 0, agent.Evidence{Loan: late(fail(20260611, "insufficient_funds"))}, contradicted, "", "return.insufficient_funds", U},
		{"empty days later", agent.ReasonSystemFault, 0, agent.Evidence{Loan: late(fail(20260615, "insufficient_funds"))}, unproven, "", "return.insufficient_funds", U},
		{"a fault first, empty later", agent.ReasonSystemFault, 0, agent.Evidence{Loan: late(fail(20260610, "system_fault"), fail(20260611, "insufficient_funds"))}, supported, "return.system_fault", "return.insufficient_funds", U},
		{"empty first, a fault later", agent.ReasonSystemFault, 0, agent.Evidence{Loan: late(fail(20260610, "insufficient_funds"), fail(20260611, "system_fault"))}, contradicted, "return.system_fault", "return.insufficient_funds", U},
		{"money was not there", agent.ReasonSystemFault, 0, agent.Evidence{Statements: short}, unproven, "", "funds.short", U},

		{"termination", agent.ReasonJobLoss, 20260401, agent.Evidence{Proofs: proofs(seen(agent.ProofTermination, 20260401))}, supported, "employment.terminated", "", U},
		{"benefit", agent.ReasonJobLoss, 20260401, agent.Evidence{Proofs: proofs(seen(agent.ProofUnemployment, 20260501))}, supported, "unemployment.granted", "", U},
		{"termination too long ago", agent.ReasonJobLoss, 20251001, agent.Evidence{Proofs: proofs(seen(agent.ProofTermination, 20251001))}, unproven, "", "", U},
		{"insurance stopped", agent.ReasonJobLoss, 20260320, agent.Evidence{SocialInsurance: insured(N, N, Y, Y, Y)}, supported, "insurance.stopped", "", U},
		{"insurance stopped, since unknown", agent.ReasonJobLoss, 0, agent.Evidence{SocialInsurance: insured(N, N, Y, Y, Y)}, supported, "insurance.stopped", "", U},
		{"insurance paused a month", agent.ReasonJobLoss, 20260420, agent.Evidence{SocialInsurance: insured(N, Y, Y, Y)}, unproven, "insurance.paused", "", U},
		{"nobody knows the last months", agent.ReasonJobLoss, 20260320, agent.Evidence{SocialInsurance: insured(U, U, Y, Y, Y)}, unproven, "", "", U},
		{"never insured", agent.ReasonJobLoss, 20260320, agent.Evidence{SocialInsurance: insured(N, N, N, N)}, unproven, "", "", U},
		{"months that disagree", agent.ReasonJobLoss, 20260320, agent.Evidence{SocialInsurance: &agent.SocialInsurance{Months: append(insured(N, N, Y, Y).Months, insured(U, U, N, N).Months...)}}, supported, "insurance.stopped", "", U},
		{"stopped long before the claimed loss", agent.ReasonJobLoss, 20260601, agent.Evidence{SocialInsurance: insured(N, N, N, N, Y)}, unproven, "", "", U},
		{"insurance went on", agent.ReasonJobLoss, 20260101, agent.Evidence{SocialInsurance: insured(Y, Y, Y, Y, Y)}, unproven, "", "insurance.continued", U},
		{"insurance of the months of the loss", agent.ReasonJobLoss, 20260310, agent.Evidence{SocialInsurance: insured(U, Y, Y, Y)}, unproven, "", "", U},
		{"salary stopped", agent.ReasonJobLoss, 20260215, agent.Evidence{Statements: salaries(20251101, 20260620, 20251210, 20260110, 20260210)}, unproven, "salary.stopped", "", N},
		{"last pay a month later", agent.ReasonJobLoss, 20260215, agent.Evidence{Statements: salaries(20251101, 20260620, 20251210, 20260110, 20260310)}, unproven, "salary.stopped", "", N},
		{"salary stopped and insurance paused", agent.ReasonJobLoss, 20260320, agent.Evidence{Statements: salaries(20251101, 20260620, 20260110, 20260210, 20260310), SocialInsurance: insured(N, Y, Y, Y)}, supported, "insurance.paused salary.stopped", "", N},
		{"statement ends too soon", agent.ReasonJobLoss, 20260215, agent.Evidence{Statements: salaries(20251101, 20260420, 20251210, 20260110, 20260210)}, unproven, "", "", U},
		{"no salary before either", agent.ReasonJobLoss, 20260215, agent.Evidence{Statements: salaries(20251101, 20260620)}, unproven, "", "", U},
		{"too soon to tell", agent.ReasonJobLoss, 20260520, agent.Evidence{Statements: salaries(20251101, 20260620, 20260310, 20260410, 20260510)}, unproven, "", "", U},
		{"salary goes on", agent.ReasonJobLoss, 20260215, agent.Evidence{Statements: salaries(20251101, 20260620, 20260110, 20260210, 20260310, 20260410, 20260510, 20260610)}, contradicted, "", "salary.continued", Y},
		{"salary goes on in spite of a notice", agent.ReasonJobLoss, 20260215, agent.Evidence{Statements: salaries(20251101, 20260620, 20260410, 20260510), Proofs: proofs(seen(agent.ProofTermination, 20260215))}, contradicted, "employment.terminated", "salary.continued", Y},
		{"one more salary", agent.ReasonJobLoss, 20260215, agent.Evidence{Statements: salaries(20251101, 20260620, 20260410)}, unproven, "", "salary.seen", U},
		{"two in one month", agent.ReasonJobLoss, 20260215, agent.Evidence{Statements: salaries(20251101, 20260620, 20260410, 20260411)}, unproven, "", "salary.seen", U},
		{"one more salary and insurance", agent.ReasonJobLoss, 20260215, agent.Evidence{Statements: salaries(20251101, 20260620, 20260410), SocialInsurance: insured(Y, Y, Y)}, contradicted, "", "insurance.continued salary.seen", U},
		{"a new job after a gap", agent.ReasonJobLoss, 20251215, agent.Evidence{Statements: salaries(20251101, 20260620, 20251210, 20260510, 20260610), Proofs: proofs(seen(agent.ProofTermination, 20251215))}, supported, "employment.terminated", "salary.resumed", U},
		{"a new job insured again", agent.ReasonJobLoss, 20251215, agent.Evidence{Statements: salaries(20251101, 20260620, 20251210, 20260410, 20260510, 20260610), SocialInsurance: insured(Y, Y, Y, N, N, Y), Proofs: proofs(seen(agent.ProofTermination, 20251215))}, supported, "employment.terminated", "salary.resumed", U},
		{"a last pay and one too many", agent.ReasonJobLoss, 20260215, agent.Evidence{Statements: salaries(20251101, 20260620, 20260210, 20260310, 20260410)}, contradicted, "", "salary.continued", Y},
		{"no pay known before, then a late one", agent.ReasonJobLoss, 20260215, agent.Evidence{Statements: salaries(20260301, 20260620, 20260510, 20260610)}, unproven, "", "salary.resumed", U},
		{"salaries before the claimed loss", agent.ReasonJobLoss, 20260501, agent.Evidence{Statements: salaries(20251101, 20260620, 20260110, 20260210, 20260310, 20260410, 20260510, 20260610)}, unproven, "", "", U},
		{"since unknown", agent.ReasonJobLoss, 0, agent.Evidence{Statements: salaries(20251101, 20260620, 20260110, 20260210, 20260310, 20260410, 20260510, 20260610)}, unproven, "", "", U},
		{"since tomorrow", agent.ReasonJobLoss, 20260621, agent.Evidence{Statements: salaries(20251101, 20260620, 20260110)}, unproven, "", "", U},

		{"diagnosis", agent.ReasonIllness, 20260501, agent.Evidence{Proofs: proofs(seen(agent.ProofDiagnosis, 20260501))}, supported, "diagnosis.seen", "", U},
		{"bill", agent.ReasonIllness, 20260501, agent.Evidence{Proofs: proofs(seen(agent.ProofMedicalBill, 20260601))}, supported, "medical.billed", "", U},
		{"spending alone", agent.ReasonIllness, 20260501, agent.Evidence{Statements: []*agent.Statement{bank("a", 20260101, 20260620, medicalRow(20260505, 3000_00))}}, unproven, "medical.spent", "", U},
		{"spending on many days", agent.ReasonIllness, 20260501, agent.Evidence{Statements: []*agent.Statement{bank("a", 20260101, 20260620, medicalRow(20260505, 1), medicalRow(20260506, 1), medicalRow(20260507, 1), medicalRow(20260508, 1))}}, unproven, "medical.spent", "", U},
		{"a trip to the pharmacy", agent.ReasonIllness, 20260501, agent.Evidence{Statements: []*agent.Statement{bank("a", 20260101, 20260620, medicalRow(20260505, 50_00), medicalRow(20260505, 50_00), medicalRow(20260505, 50_00), medicalRow(20260505, 50_00))}}, unproven, "", "", U},
		{"spending of another year", agent.ReasonIllness, 20260501, agent.Evidence{Statements: []*agent.Statement{bank("a", 20250101, 20260620, medicalRow(20250505, 3000_00))}}, unproven, "", "", U},
		{"an empty account says nothing about illness", agent.ReasonIllness, 20260501, agent.Evidence{Loan: late(fail(20260610, "insufficient_funds")), Statements: short}, unproven, "", "", U},

		{"police receipt", agent.ReasonStolenIdentity, 20260301, agent.Evidence{Proofs: proofs(seen(agent.ProofPoliceReceipt, 20260618))}, supported, "police.receipted", "", U},
		{"deregistration", agent.ReasonBusinessFailure, 20260301, agent.Evidence{Proofs: proofs(seen(agent.ProofDeregistration, 20251201))}, supported, "business.deregistered", "", U},
		{"area notice", agent.ReasonDisaster, 20260301, agent.Evidence{Proofs: proofs(seen(agent.ProofAreaNotice, 20260520))}, supported, "area.notified", "", U},
		{"family", agent.ReasonFamily, 20260301, agent.Evidence{Proofs: proofs(seen(agent.ProofDiagnosis, 20260520))}, unproven, "", "", U},
		{"dispute", agent.ReasonDispute, 20260301, none, unproven, "", "", U},
		{"too many debts", agent.ReasonOverIndebted, 20260301, none, unproven, "", "", U},
	}
	for _, tt := range tests {
		t.Run(tt.reason+"/"+tt.name, tt.run)
	}
}

func TestCheck_aReasonOffTheListIsNoFact(t *testing.T) {
	got := check(&agent.Evidence{Loan: late(), Claim: &agent.Claim{Reason: "free text"}}, asOf)
	if got.Claim != "" || got.Support != agent.ClaimUnproven {
		t.Errorf("claim %q is %s", got.Claim, got.Support)
	}
}

func TestCheck_aDateIsADayInChina(t *testing.T) {
	e := &agent.Evidence{Loan: late()}
	if got := check(e, at(20260611, 0)).DaysPastDue; got != agent.Known(1) {
		t.Errorf("first instant of the next day: %v days, want 1", got)
	}
	if got := check(e, at(20260611, 0)-1).DaysPastDue; got != agent.Known(0) {
		t.Errorf("last second of the due date: %v days, want 0", got)
	}
	if _, offset := time.Unix(asOf, 0).In(agent.Zone).Zone(); offset != 8*3600 {
		t.Errorf("offset of the zone = %d", offset)
	}
}

func TestFigures_zeroTrustsTheDueDateAlone(t *testing.T) {
	e := &agent.Evidence{Loan: late(fail(20260611, "card_lost")), Claim: &agent.Claim{Reason: agent.ReasonLostCard},
		Proofs: proofs(seen(agent.ProofCardLoss, 20260608)), ContactLog: &agent.ContactLog{Attempts: []agent.ContactAttempt{{At: asOf - 1}}}}
	got := (Figures{}).Check(e, asOf)
	if got.Support != agent.ClaimUnproven || got.TechnicalLapse != agent.No || got.Attempts30 != agent.Known(0) || slices.Contains(got.For, "card.loss_reported") {
		t.Errorf("zero figures: %+v", got)
	}
}

// A notice of termination that nobody claimed anything by shows no loss of work while
// the salary goes on: leaving out the claim does not turn a contradiction into support.
func TestCheck_aNoticeShowsNothingWhileTheSalaryGoesOn(t *testing.T) {
	pay := func(days ...agent.Date) []*agent.Statement {
		s := bank("a", 20251101, 20260620)
		for _, d := range days {
			s.Transactions = append(s.Transactions, salaryRow(d))
		}
		return []*agent.Statement{s}
	}
	asOf := at(20260620, 10)
	for name, tt := range map[string]struct {
		statements []*agent.Statement
		on         agent.Date
		want       bool // a loss of work is told
	}{
		"no statement":      {nil, 20260215, true},
		"salary goes on":    {pay(20260110, 20260210, 20260310, 20260410, 20260510, 20260610), 20260215, false},
		"one salary more":   {pay(20260110, 20260210, 20260410), 20260215, true},
		"it was before":     {pay(20260110, 20260210, 20260310, 20260410, 20260510, 20260610), 20260612, true},
		"too long ago":      {pay(20260110, 20260210, 20260310, 20260410, 20260510, 20260610), 20250615, false},
		"and nobody saw it": {nil, 0, false},
	} {
		e := &agent.Evidence{Loan: late(), Statements: tt.statements, Proofs: proofs(seen(agent.ProofTermination, tt.on))}
		f := check(e, asOf)
		if got := len(f.Reasons) == 1 && f.Reasons[0].Reason == agent.ReasonJobLoss && f.Reasons[0].Support == agent.ClaimSupported; got != tt.want || !got && len(f.Reasons) > 0 {
			t.Errorf("%s: %+v", name, f.Reasons)
		}
	}
}

func TestCheck_noReasonGivenIsAnAnswer(t *testing.T) {
	f := check(&agent.Evidence{Loan: late(), Claim: &agent.Claim{Reason: agent.ReasonNoneGiven}}, at(20260620, 10))
	if f.Claim != agent.ReasonNoneGiven || f.Support != agent.ClaimNone || len(f.Reasons) > 0 {
		t.Errorf("%q %q %v", f.Claim, f.Support, f.Reasons)
	}
}
