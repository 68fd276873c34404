package overdue

import (
	"reflect"
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"pgregory.net/rapid"
)

var reasons = []string{agent.ReasonLostCard, agent.ReasonSystemFault, agent.ReasonJobLoss, agent.ReasonIllness, agent.ReasonFamily,
	agent.ReasonBusinessFailure, agent.ReasonDisaster, agent.ReasonStolenIdentity, agent.ReasonDispute, agent.ReasonOverIndebted}

var proofKinds = []string{agent.ProofTermination, agent.ProofUnemployment, agent.ProofDiagnosis, agent.ProofMedicalBill, agent.ProofPoliceReceipt,
	agent.ProofCardLoss, agent.ProofBankNotice, agent.ProofDeregistration, agent.ProofAreaNotice, agent.ProofIncome}

func genDate(t *rapid.T, label string) agent.Date {
	return agent.Date(20251101).AddDays(rapid.IntRange(0, 240).Draw(t, label))
}

func genTri(t *rapid.T, label string) agent.Tri {
	return rapid.SampledFrom([]agent.Tri{agent.Unknown, agent.No, agent.Yes}).Draw(t, label)
}

func genStatement(t *rapid.T) *agent.Statement {
	from := genDate(t, "from")
	days := rapid.IntRange(1, 200).Draw(t, "days")
	s := bank(rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "account"), from, from.AddDays(days))
	for range rapid.IntRange(0, 20).Draw(t, "rows") {
		d := from.AddDays(rapid.IntRange(0, days).Draw(t, "day"))
		var row agent.Transaction
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			row = salaryRow(d)
		case 1:
			row = medicalRow(d, rapid.Int64Range(1, 3000_00).Draw(t, "medical"))
		default:
			row = balanceRow(d, rapid.Int64Range(0, 23).Draw(t, "hour"), rapid.Int64Range(0, 2000_00).Draw(t, "balance"))
		}
		s.Transactions = append(s.Transactions, row)
	}
	return s
}

func genEvidence(t *rapid.T) *agent.Evidence {
	e := &agent.Evidence{
		Claim:           &agent.Claim{Reason: rapid.SampledFrom(reasons).Draw(t, "reason"), Since: genDate(t, "since")},
		Loan:            late(),
		Proofs:          &agent.Proofs{},
		SocialInsurance: &agent.SocialInsurance{},
		Answers:         &agent.Answers{},
	}
	for range rapid.IntRange(0, 4).Draw(t, "returns") {
		e.Loan.Payments = append(e.Loan.Payments, fail(genDate(t, "return"), rapid.SampledFrom(classNames[1:]).Draw(t, "class")))
	}
	for range rapid.IntRange(0, 3).Draw(t, "proofs") {
		e.Proofs.Items = append(e.Proofs.Items, agent.Proof{Kind: rapid.SampledFrom(proofKinds).Draw(t, "proof"), Seen: genTri(t, "seen"), On: genDate(t, "on")})
	}
	for range rapid.IntRange(0, 8).Draw(t, "months") {
		e.SocialInsurance.Months = append(e.SocialInsurance.Months, agent.InsuredMonth{Month: monthStart(genDate(t, "month")), Paid: genTri(t, "paid")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "answers") {
		e.Answers.Items = append(e.Answers.Items, agent.Answer{Kind: agent.AnswerBankAccount, At: genDate(t, "answered").Time().Unix(), Match: genTri(t, "match")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "statements") {
		e.Statements = append(e.Statements, genStatement(t))
	}
	return e
}

// takes removes each category that a claim is weighed by.
var takes = map[string]func(*agent.Evidence){
	"loan":       func(e *agent.Evidence) { e.Loan = nil },
	"payments":   func(e *agent.Evidence) { l := *e.Loan; l.Payments = nil; e.Loan = &l },
	"schedule":   func(e *agent.Evidence) { l := *e.Loan; l.Schedule = nil; e.Loan = &l },
	"proofs":     func(e *agent.Evidence) { e.Proofs = nil },
	"insurance":  func(e *agent.Evidence) { e.SocialInsurance = nil },
	"answers":    func(e *agent.Evidence) { e.Answers = nil },
	"statements": func(e *agent.Evidence) { e.Statements = nil },
}

func TestCheck_leavingEvidenceOutNeverContradicts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		before := Check(e, asOf)
		for name, take := range takes {
			less := *e
			take(&less)
			after := Check(&less, asOf)
			if after.Support == contradicted && before.Support != contradicted {
				t.Fatalf("without %s: %+v became %+v", name, before, after)
			}
			for _, code := range after.Against {
				if !slices.Contains(before.Against, code) {
					t.Fatalf("without %s: %s speaks against", name, code)
				}
			}
		}
	})
}

func TestCheck_supportAndContradictionRestOnCodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := Check(genEvidence(t), asOf)
		if got.Support == supported && len(got.For) == 0 || got.Support == contradicted && len(got.Against) == 0 || got.Support == agent.ClaimNone {
			t.Fatalf("%+v", got)
		}
		if !slices.IsSorted(got.For) || !slices.IsSorted(got.Against) {
			t.Fatalf("codes out of order: %v %v", got.For, got.Against)
		}
	})
}

// What is unknown everywhere contradicts nothing.
func TestCheck_unknownNeverContradicts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		for i := range e.Proofs.Items {
			e.Proofs.Items[i].Seen = agent.Unknown
		}
		for i := range e.SocialInsurance.Months {
			e.SocialInsurance.Months[i].Paid = agent.Unknown
		}
		for i := range e.Answers.Items {
			e.Answers.Items[i].Match = agent.Unknown
		}
		e.Loan.Payments = e.Loan.Payments[:2]
		for _, s := range e.Statements {
			for i := range s.Transactions {
				s.Transactions[i].State = agent.StateUnknown
			}
		}
		if got := Check(e, asOf); got.Support != unproven || got.For != nil || got.Against != nil {
			t.Fatalf("%+v", got)
		}
	})
}

func TestCheck_orderAndRepetitionChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		want := Check(e, asOf)
		mixed := *e
		l := *e.Loan
		l.Payments = rapid.Permutation(l.Payments).Draw(t, "payments")
		l.Schedule = rapid.Permutation(l.Schedule).Draw(t, "schedule")
		mixed.Loan = &l
		mixed.Proofs = &agent.Proofs{Items: rapid.Permutation(append(e.Proofs.Items, e.Proofs.Items...)).Draw(t, "proofs")}
		mixed.SocialInsurance = &agent.SocialInsurance{Months: rapid.Permutation(append(e.SocialInsurance.Months, e.SocialInsurance.Months...)).Draw(t, "months")}
		mixed.Answers = &agent.Answers{Items: rapid.Permutation(e.Answers.Items).Draw(t, "answers")}
		mixed.Statements = nil
		for _, s := range e.Statements {
			c := *s
			c.Transactions = rapid.Permutation(s.Transactions).Draw(t, "rows")
			mixed.Statements = append(mixed.Statements, &c, s)
		}
		mixed.Statements = rapid.Permutation(mixed.Statements).Draw(t, "statements")
		if got := Check(&mixed, asOf); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v\nwant %+v", got, want)
		}
	})
}

func TestCheck_splittingAStatementChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		if len(e.Statements) == 0 {
			return
		}
		want := Check(e, asOf)
		s := e.Statements[0]
		a, b := *s, *s
		a.To = s.From.AddDays(rapid.IntRange(0, int(s.To.Days(s.From))-1).Draw(t, "cut"))
		b.From = a.To.AddDays(1)
		a.Transactions, b.Transactions = nil, nil
		for _, row := range s.Transactions {
			if row.At < b.From.Time().Unix() {
				a.Transactions = append(a.Transactions, row)
			} else {
				b.Transactions = append(b.Transactions, row)
			}
		}
		split := *e
		split.Statements = append([]*agent.Statement{&b, &a}, e.Statements[1:]...)
		if got := Check(&split, asOf); !reflect.DeepEqual(got, want) {
			t.Fatalf("split after %v: %+v\nwant %+v", a.To, got, want)
		}
	})
}

func TestCheck_payingMoreIsNeverLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &agent.Loan{Schedule: lines(20260110, 12), Payments: []agent.Payment{pay(20260110, 1)}}
		for range rapid.IntRange(0, 6).Draw(t, "payments") {
			l.Payments = append(l.Payments, pay(genDate(t, "on"), rapid.Int64Range(0, 3000_00).Draw(t, "amount")))
		}
		before := Check(&agent.Evidence{Loan: l}, asOf)
		more := *l
		more.Payments = append(slices.Clone(l.Payments), pay(genDate(t, "also on"), rapid.Int64Range(0, 3000_00).Draw(t, "also")))
		after := Check(&agent.Evidence{Loan: &more}, asOf)
		if after.DaysPastDue.Or(1<<62) > before.DaysPastDue.Or(-1) || after.AmountPastDue.Or(1<<62) > before.AmountPastDue.Or(-1) {
			t.Fatalf("%+v became %+v", before, after)
		}
		if (after.DaysPastDue.Or(-1) == 0) != (after.AmountPastDue.Or(-1) == 0) {
			t.Fatalf("%v days but %v fen", after.DaysPastDue, after.AmountPastDue)
		}
		// A second way: what fell due before today, less what arrived.
		today, due := agent.Date(20260620), int64(0)
		for _, line := range more.Schedule {
			if line.DueOn < today {
				due += line.Principal + line.Interest + line.Fee
			}
		}
		for _, p := range more.Payments {
			if p.On <= today {
				due -= p.Amount
			}
		}
		if got := after.AmountPastDue.Or(-1); got != max(due, 0) {
			t.Fatalf("%d fen past due, want %d", got, max(due, 0))
		}
	})
}

func TestCheck_absurdDatesDoNotBreakIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := func(label string) agent.Date {
			return agent.Date(rapid.SampledFrom([]int64{-1 << 31, -1, 0, 1, 99, 20261399, 20260610, 99991231, 1<<31 - 1}).Draw(t, label))
		}
		i := func(label string) int64 {
			return rapid.SampledFrom([]int64{-1 << 63, -1, 0, 1, asOf, 1<<63 - 1}).Draw(t, label)
		}
		row := medicalRow(20260601, i("amount"))
		row.At = i("at")
		other := salaryRow(20260601)
		other.At = i("at")
		e := &agent.Evidence{
			Claim:           &agent.Claim{Reason: rapid.SampledFrom(reasons).Draw(t, "reason"), Since: d("since"), StatedOn: d("stated")},
			Loan:            &agent.Loan{Schedule: []agent.Instalment{{DueOn: d("due"), Principal: i("p"), Fee: i("f")}}, Payments: []agent.Payment{pay(d("on"), i("paid")), fail(d("on"), "card_lost")}},
			Proofs:          proofs(seen(rapid.SampledFrom(proofKinds).Draw(t, "proof"), d("proof"))),
			SocialInsurance: &agent.SocialInsurance{Months: []agent.InsuredMonth{{Month: d("m"), Paid: agent.Yes}, {Month: d("n"), Paid: agent.No}}},
			Answers:         &agent.Answers{Items: []agent.Answer{{Kind: agent.AnswerBankAccount, At: i("at"), Match: agent.No}}},
			Statements:      []*agent.Statement{bank("a", d("from"), d("to"), row, other), bank("a", d("from"), d("to"))},
			ContactLog:      &agent.ContactLog{Attempts: []agent.ContactAttempt{{At: i("at")}}},
		}
		got := Check(e, rapid.SampledFrom([]int64{0, asOf, 1 << 40}).Draw(t, "as of"))
		if got.DaysPastDue.Or(0) < 0 || got.AmountPastDue.Or(0) < 0 {
			t.Fatalf("%+v", got)
		}
	})
}

func lightEvidence() *agent.Evidence {
	e := &agent.Evidence{Loan: late(fail(20260610, "other")), Claim: &agent.Claim{Reason: agent.ReasonJobLoss, Since: 20260320},
		Proofs: proofs(seen(agent.ProofTermination, 20260320)), SocialInsurance: insured(agent.No, agent.No, agent.Yes, agent.Yes, agent.Yes, agent.Yes),
		ContactLog: &agent.ContactLog{Attempts: []agent.ContactAttempt{{At: asOf - 5}}}}
	return e
}

func BenchmarkCheck_light(b *testing.B) {
	e := lightEvidence()
	b.ReportAllocs()
	for b.Loop() {
		Check(e, asOf)
	}
}

func BenchmarkCheck_statements(b *testing.B) {
	e := lightEvidence()
	for _, account := range []string{"a", "b"} {
		s := bank(account, 20250701, 20260620)
		for i := range 300 {
			d := s.From.AddDays(i)
			if i%30 == 9 {
				s.Transactions = append(s.Transactions, salaryRow(d))
			} else {
				s.Transactions = append(s.Transactions, balanceRow(d, 9, 1000))
			}
		}
		e.Statements = append(e.Statements, s)
	}
	b.ReportAllocs()
	for b.Loop() {
		Check(e, asOf)
	}
}
