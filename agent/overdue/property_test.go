package overdue

import (
	"reflect"
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
	"pgregory.net/rapid"
)

var reasons = []string{agent.ReasonLostCard, agent.ReasonSystemFault, agent.ReasonJobLoss, agent.ReasonIllness, agent.ReasonFamily,
	agent.ReasonBusinessFailure, agent.ReasonDisaster, agent.ReasonStolenIdentity, agent.ReasonDispute, agent.ReasonOverIndebted}

var proofKinds = []string{agent.ProofTermination, agent.ProofUnemployment, agent.ProofDiagnosis, agent.ProofMedicalBill, agent.ProofPoliceReceipt,
	agent.ProofCardLoss, agent.ProofBankNotice, agent.ProofDeregistration, agent.ProofAreaNotice, agent.ProofIncome, agent.ProofContract,
	agent.ProofTaxZero, agent.ProofFamily, agent.ProofComplaint}

func genDate(t *rapid.T, label string) agent.Date {
	return agent.Date(20251101).AddDays(rapid.IntRange(0, 240).Draw(t, label))
}

func genTri(t *rapid.T, label string) agent.Tri {
	return rapid.SampledFrom([]agent.Tri{agent.Unknown, agent.No, agent.Yes}).Draw(t, label)
}

func genStatement(t *rapid.T) *agent.Statement {
	from := genDate(t, "from")
	days := rapid.IntRange(1, 200).Draw(t, "days")
	whole := rapid.IntRange(0, 2).Draw(t, "whole") > 0
	if whole { // up to the check, so that the due date and the months before it are seen
		from, days = 20251101, 231
	}
	s := bank(rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "account"), from, from.AddDays(days))
	if whole {
		for _, kind := range rapid.SliceOfN(rapid.SampledFrom([]agent.Kind{agent.KindSalary, agent.KindReceipt}), 0, 2).Draw(t, "streams") {
			usual, then := rapid.SampledFrom([]int64{3000_00, 8000_00}).Draw(t, "usual"), rapid.SampledFrom([]int64{0, 1000_00, 7000_00}).Draw(t, "then")
			turn := rapid.IntRange(2, 8).Draw(t, "turn")
			for k := range 8 {
				amount := usual
				if k >= turn {
					amount = then
				}
				s.Transactions = append(s.Transactions, flowRow(loan.AddMonths(20251101, k)+7, agent.FlowIn, kind, amount))
			}
		}
		if rapid.Bool().Draw(t, "around") {
			kind := rapid.SampledFrom([]agent.Kind{agent.KindRepayment, agent.KindPurchase}).Draw(t, "what around")
			s.Transactions = append(s.Transactions, flowRow(20260612, agent.FlowOut, kind, 7000_00))
		}
	}
	for range rapid.IntRange(0, 20).Draw(t, "rows") {
		d := from.AddDays(rapid.IntRange(0, days).Draw(t, "day"))
		var row agent.Transaction
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			row = salaryRow(d)
		case 1:
			row = medicalRow(d, rapid.Int64Range(1, 3000_00).Draw(t, "medical"))
		case 2:
			kind := rapid.SampledFrom([]agent.Kind{agent.KindReceipt, agent.KindRepayment, agent.KindPurchase, agent.KindBenefit, agent.KindLoanIn,
				agent.KindRefund, agent.KindInvestment}).Draw(t, "what")
			row = flowRow(d, rapid.SampledFrom([]agent.Flow{agent.FlowIn, agent.FlowOut}).Draw(t, "flow"), kind, rapid.SampledFrom([]int64{1, 1000_00, 5000_00}).Draw(t, "amount"))
		default:
			row = balanceRow(d, rapid.Int64Range(0, 23).Draw(t, "hour"), rapid.Int64Range(0, rapid.SampledFrom([]int64{2000_00, 20000_00}).Draw(t, "wealth")).Draw(t, "balance"))
		}
		s.Transactions = append(s.Transactions, row)
	}
	return s
}

func genEvidence(t *rapid.T) *agent.Evidence {
	e := &agent.Evidence{
		Claim: &agent.Claim{Reason: rapid.SampledFrom(reasons).Draw(t, "reason"), Since: genDate(t, "since"),
			Also: rapid.SliceOfN(rapid.SampledFrom(reasons), 0, 3).Draw(t, "also")},
		Loan:            late(),
		Proofs:          &agent.Proofs{},
		SocialInsurance: &agent.SocialInsurance{},
		Answers:         &agent.Answers{},
		Liabilities:     &agent.Liabilities{Household: agent.Known(rapid.Int64Range(0, 3).Draw(t, "household"))},
		CreditReport: &agent.CreditReport{On: genDate(t, "reported"), Lenders: agent.Known(rapid.Int64Range(0, 6).Draw(t, "lenders")),
			Monthly: agent.Known(rapid.Int64Range(0, 9000_00).Draw(t, "monthly")), Overdue: agent.Known(rapid.Int64Range(0, 3).Draw(t, "overdue"))},
		Income:     &agent.Income{Verified: genTri(t, "verified")},
		DeviceLog:  &agent.DeviceLog{Events: []agent.DeviceEvent{{At: genDate(t, "bound").Time().Unix(), Kind: "card_changed"}}},
		ContactLog: &agent.ContactLog{Attempts: []agent.ContactAttempt{{At: genDate(t, "called").Time().Unix(), Reached: genTri(t, "reached")}}},
	}
	e.Loan.StartsOn, e.Loan.Principal = genDate(t, "starts"), agent.Known(5000_00)
	for k := range 6 {
		e.Income.Months = append(e.Income.Months, agent.MonthAmount{Month: loan.AddMonths(20251201, k), Amount: rapid.Int64Range(0, 9000_00).Draw(t, "earned")})
	}
	for range rapid.IntRange(0, 6).Draw(t, "debts") {
		e.Liabilities.Obligations = append(e.Liabilities.Obligations, agent.Obligation{Lender: rapid.StringMatching("[a-f]").Draw(t, "lender"), Balance: 1, Monthly: rapid.Int64Range(0, 2000_00).Draw(t, "owes")})
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
	"claim":      func(e *agent.Evidence) { e.Claim = nil },
	"debts":      func(e *agent.Evidence) { e.Liabilities = nil },
	"report":     func(e *agent.Evidence) { e.CreditReport = nil },
	"income":     func(e *agent.Evidence) { e.Income = nil },
	"devices":    func(e *agent.Evidence) { e.DeviceLog = nil },
	"contacts":   func(e *agent.Evidence) { e.ContactLog = nil },
}

// entry returns what is said of a reason; nothing is unproven.
func entry(facts agent.OverdueFacts, reason string) agent.ReasonFacts {
	for _, r := range facts.Reasons {
		if r.Reason == reason {
			return r
		}
	}
	return agent.ReasonFacts{Reason: reason, Support: unproven}
}

func TestCheck_leavingEvidenceOutNeverContradicts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		before := check(e, asOf)
		for name, take := range takes {
			less := *e
			take(&less)
			after := check(&less, asOf)
			if after.Support == contradicted && before.Support != contradicted {
				t.Fatalf("without %s: %+v became %+v", name, before, after)
			}
			for _, code := range after.Against {
				if !slices.Contains(before.Against, code) {
					t.Fatalf("without %s: %s speaks against", name, code)
				}
			}
			for _, r := range after.Reasons {
				was := entry(before, r.Reason)
				if r.Support == contradicted && was.Support != contradicted {
					t.Fatalf("without %s: %+v became %+v", name, was, r)
				}
				for _, code := range r.Against {
					if r.Claimed && !slices.Contains(was.Against, code) {
						t.Fatalf("without %s: %s speaks against %s", name, code, r.Reason)
					}
				}
			}
			if after.Able == agent.Yes && before.Able != agent.Yes || after.Spending == agent.Yes && before.Spending != agent.Yes {
				t.Fatalf("without %s: able %v became %v, spending %v became %v", name, before.Able, after.Able, before.Spending, after.Spending)
			}
			if after.OthersPaid == agent.Yes && before.OthersPaid != agent.Yes {
				t.Fatalf("without %s: others paid", name)
			}
		}
	})
}

func TestCheck_supportAndContradictionRestOnCodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := check(genEvidence(t), asOf)
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
		e.Income.Verified, e.Liabilities.Obligations, e.DeviceLog.Events = agent.Unknown, nil, nil
		*e.CreditReport = agent.CreditReport{}
		for _, s := range e.Statements {
			for i := range s.Transactions {
				s.Transactions[i].State = agent.StateUnknown
			}
		}
		got := check(e, asOf)
		if got.Support != unproven || got.For != nil || got.Against != nil || got.Able != agent.Unknown || got.Spending == agent.Yes || got.OthersPaid == agent.Yes {
			t.Fatalf("%+v", got)
		}
		for _, r := range got.Reasons {
			if !r.Claimed || r.Support != unproven || r.Strength != agent.EvidenceNone || r.For != nil || r.Against != nil {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func TestCheck_orderAndRepetitionChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		want := check(e, asOf)
		mixed := *e
		l := *e.Loan
		l.Payments = rapid.Permutation(l.Payments).Draw(t, "payments")
		l.Schedule = rapid.Permutation(l.Schedule).Draw(t, "schedule")
		mixed.Loan = &l
		mixed.Proofs = &agent.Proofs{Items: rapid.Permutation(append(e.Proofs.Items, e.Proofs.Items...)).Draw(t, "proofs")}
		mixed.SocialInsurance = &agent.SocialInsurance{Months: rapid.Permutation(append(e.SocialInsurance.Months, e.SocialInsurance.Months...)).Draw(t, "months")}
		mixed.Answers = &agent.Answers{Items: rapid.Permutation(e.Answers.Items).Draw(t, "answers")}
		debts := *e.Liabilities
		debts.Obligations = rapid.Permutation(debts.Obligations).Draw(t, "obligations")
		mixed.Liabilities = &debts
		mixed.Income = &agent.Income{Verified: e.Income.Verified, Months: rapid.Permutation(append(e.Income.Months, e.Income.Months...)).Draw(t, "earnings")}
		stated := *e.Claim
		stated.Also = rapid.Permutation(append(stated.Also, stated.Also...)).Draw(t, "claims")
		mixed.Claim = &stated
		mixed.Statements = nil
		for _, s := range e.Statements {
			c := *s
			c.Transactions = rapid.Permutation(s.Transactions).Draw(t, "rows")
			mixed.Statements = append(mixed.Statements, &c, s)
		}
		mixed.Statements = rapid.Permutation(append(mixed.Statements, nil)).Draw(t, "statements")
		if got := check(&mixed, asOf); !reflect.DeepEqual(got, want) {
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
		want := check(e, asOf)
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
		if got := check(&split, asOf); !reflect.DeepEqual(got, want) {
			t.Fatalf("split after %v: %+v\nwant %+v", a.To, got, want)
		}
	})
}

var supportRank = map[string]int{contradicted: 0, unproven: 1, supported: 2}

func TestCheck_aProofMoreWeakensNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		before := check(e, asOf)
		more := *e
		more.Proofs = proofs(append(slices.Clone(e.Proofs.Items), agent.Proof{Kind: rapid.SampledFrom(proofKinds).Draw(t, "more"), Seen: genTri(t, "more seen"), On: genDate(t, "more on")})...)
		after := check(&more, asOf)
		for _, was := range before.Reasons {
			is := entry(after, was.Reason)
			if supportRank[is.Support] < supportRank[was.Support] || !slices.Equal(is.Against, was.Against) {
				t.Fatalf("%+v became %+v", was, is)
			}
			for _, code := range was.For {
				if !slices.Contains(is.For, code) {
					t.Fatalf("%s no longer speaks for %s", code, was.Reason)
				}
			}
		}
		if after.Able != before.Able || after.OthersPaid != before.OthersPaid || after.Spending != before.Spending {
			t.Fatalf("%+v became %+v", before, after)
		}
	})
}

// Each proof that is said to be needed decides, by itself, what was unproven.
func TestCheck_whatIsNeededDecides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		for _, r := range check(e, asOf).Reasons {
			if (r.Support == unproven) == (r.Needed == nil) {
				t.Fatalf("%+v", r)
			}
			for _, kind := range r.Needed {
				if r.Reason == agent.ReasonOverIndebted {
					continue // what is asked for there leads to an income, which decides
				}
				more := *e
				more.Proofs = proofs(append(slices.Clone(e.Proofs.Items), seen(kind, 20260610))...)
				if got := entry(check(&more, asOf), r.Reason); got.Support != supported {
					t.Fatalf("%s does not decide: %+v became %+v", kind, r, got)
				}
			}
		}
	})
}

func TestCheck_theFirstReasonIsTheSameTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		got := check(e, asOf)
		r := entry(got, got.Claim)
		if !r.Claimed || r.Support != got.Support || !slices.Equal(r.For, got.For) || !slices.Equal(r.Against, got.Against) {
			t.Fatalf("%+v\n%+v", got, r)
		}
		for i, r := range got.Reasons {
			if i > 0 && got.Reasons[i-1].Reason >= r.Reason {
				t.Fatalf("out of order: %+v", got.Reasons)
			}
			if claimed := r.Reason == e.Claim.Reason || slices.Contains(e.Claim.Also, r.Reason); claimed != r.Claimed || !r.Claimed && r.Support != supported {
				t.Fatalf("%+v", r)
			}
		}
	})
}

// Who somebody is and where decides nothing here.
func TestCheck_whoSomebodyIsChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		want := check(e, asOf)
		other := *e
		debts := *e.Liabilities
		debts.Region = rapid.SampledFrom([]string{"11", "540000", "650100"}).Draw(t, "region")
		other.Liabilities = &debts
		other.Identity = &agent.Identity{Kind: rapid.SampledFrom([]string{agent.DocumentCitizen, agent.DocumentPermit, agent.DocumentForeigner}).Draw(t, "document")}
		if got := check(&other, asOf); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v\nwant %+v", got, want)
		}
	})
}

func TestCheck_payingMoreIsNeverLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &agent.Loan{Schedule: lines(20260110, 12), Payments: []agent.Payment{pay(20260110, 1)}}
		for range rapid.IntRange(0, 6).Draw(t, "payments") {
			l.Payments = append(l.Payments, pay(genDate(t, "on"), rapid.Int64Range(0, 3000_00).Draw(t, "amount")))
		}
		before := check(&agent.Evidence{Loan: l}, asOf)
		more := *l
		more.Payments = append(slices.Clone(l.Payments), pay(genDate(t, "also on"), rapid.Int64Range(0, 3000_00).Draw(t, "also")))
		after := check(&agent.Evidence{Loan: &more}, asOf)
		if max(after.DaysPastDue.Or(1<<62), 0) > max(before.DaysPastDue.Or(-1), 0) || after.AmountPastDue.Or(1<<62) > before.AmountPastDue.Or(-1) {
			t.Fatalf("%+v became %+v", before, after)
		}
		if (after.DaysPastDue.Or(1) <= 0) != (after.AmountPastDue.Or(-1) == 0) {
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
		got := check(e, rapid.SampledFrom([]int64{0, asOf, 1 << 40}).Draw(t, "as of"))
		if got.DaysPastDue.Or(0) < 0 && got.AmountPastDue != agent.Known(0) || got.AmountPastDue.Or(0) < 0 {
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
		check(e, asOf)
	}
}

// heavyEvidence has 5,000 rows on two accounts over a year, of every kind.
func heavyEvidence() *agent.Evidence {
	e := lightEvidence()
	e.Claim.Also = []string{agent.ReasonIllness, agent.ReasonBusinessFailure, agent.ReasonOverIndebted}
	e.Liabilities = &agent.Liabilities{Household: agent.Known(2)}
	for _, account := range []string{"a", "b"} {
		s := bank(account, 20250620, 20260619)
		for i := range 2500 {
			d := s.From.AddDays(i * 365 / 2500)
			switch i % 10 {
			case 0:
				s.Transactions = append(s.Transactions, flowRow(d, agent.FlowIn, agent.KindReceipt, 300_00))
			case 1:
				s.Transactions = append(s.Transactions, flowRow(d, agent.FlowOut, agent.KindRepayment, 100_00))
			default:
				s.Transactions = append(s.Transactions, balanceRow(d, 9, 1000))
			}
			if i%200 == 9 {
				s.Transactions = append(s.Transactions, salaryRow(d))
			}
		}
		e.Statements = append(e.Statements, s)
	}
	return e
}

func BenchmarkCheck_statements(b *testing.B) {
	e := heavyEvidence()
	b.ReportAllocs()
	for b.Loop() {
		check(e, asOf)
	}
}

// The same numbers as in FuzzCheck, in every run of the tests.
func TestCheck_anyNumbersDoNotBreakIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := bytesOf{rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "bytes")}
		e := g.evidence()
		got := check(e, g.instant())
		if got.DaysPastDue.Or(0) < 0 && got.AmountPastDue != agent.Known(0) || got.AmountPastDue.Or(0) < 0 || got.Reached30.Or(0) > got.Attempts30.Or(0) {
			t.Fatalf("%+v", got)
		}
	})
}

// FuzzCheck builds evidence of any numbers at all: nothing panics, nothing is
// decided twice in two ways, and what is contradicted says by what.
func FuzzCheck(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\xff\xfe\xfd\xfc"))
	f.Fuzz(func(t *testing.T, data []byte) {
		g := bytesOf{data}
		e := g.evidence()
		at := g.instant()
		got := check(e, at)
		if again := check(e, at); !reflect.DeepEqual(got, again) {
			t.Fatalf("%+v\nthen %+v", got, again)
		}
		for _, r := range got.Reasons {
			if r.Support == contradicted && len(r.Against) == 0 || r.Support == supported && len(r.For) == 0 {
				t.Fatalf("%+v", r)
			}
		}
	})
}

// bytesOf reads numbers from bytes until they run out, and zeros after.
type bytesOf struct{ rest []byte }

func (g *bytesOf) next() int64 {
	if len(g.rest) == 0 {
		return 0
	}
	b := g.rest[0]
	g.rest = g.rest[1:]
	return int64(b)
}

func (g *bytesOf) amount() int64 {
	return [...]int64{0, 1, -1, 1000_00, 2200_00, 1<<63 - 1, -1 << 63, g.next() * 100_00}[g.next()%8]
}

func (g *bytesOf) date() agent.Date {
	return [...]agent.Date{0, -1, 20260610, 20261399, 99991231, 1<<31 - 1, -1 << 31, agent.Date(20251101).AddDays(int(g.next()))}[g.next()%8]
}

func (g *bytesOf) instant() int64 {
	return [...]int64{asOf, 0, -1 << 63, 1<<63 - 1, 1 << 40, asOf - g.next()*day}[g.next()%6]
}

func (g *bytesOf) of(names []string) string { return names[g.next()%int64(len(names))] }

func (g *bytesOf) evidence() *agent.Evidence {
	e := &agent.Evidence{
		Claim:        &agent.Claim{Reason: g.of(reasons), Since: g.date(), Also: []string{g.of(reasons), g.of(reasons)}},
		Loan:         &agent.Loan{StartsOn: g.date(), Principal: agent.Known(g.amount())},
		Liabilities:  &agent.Liabilities{Household: agent.Known(g.amount()), Obligations: []agent.Obligation{{Lender: "a", Balance: g.amount(), Monthly: g.amount()}}},
		CreditReport: &agent.CreditReport{On: g.date(), Lenders: agent.Known(g.amount()), Monthly: agent.Known(g.amount()), Overdue: agent.Known(g.amount())},
		Income:       &agent.Income{Verified: agent.Yes},
		DeviceLog:    &agent.DeviceLog{Events: []agent.DeviceEvent{{At: g.instant(), Kind: "card_changed"}}},
		Answers:      &agent.Answers{Items: []agent.Answer{{Kind: agent.AnswerBankAccount, At: g.instant(), Match: agent.Tri(g.next())}}},
		Proofs:       proofs(seen(g.of(proofKinds), g.date())),
		ContactLog:   &agent.ContactLog{Attempts: []agent.ContactAttempt{{At: g.instant(), Reached: agent.Tri(g.next())}}},
		SocialInsurance: &agent.SocialInsurance{Months: []agent.InsuredMonth{{Month: g.date(), Paid: agent.Tri(g.next())},
			{Month: g.date(), Paid: agent.Tri(g.next())}}},
	}
	for range g.next() % 4 {
		e.Loan.Schedule = append(e.Loan.Schedule, agent.Instalment{DueOn: g.date(), Principal: g.amount(), Fee: g.amount()})
		e.Loan.Payments = append(e.Loan.Payments, agent.Payment{On: g.date(), Amount: g.amount(), Result: g.of(append(classNames[1:], loan.Settled))})
		e.Income.Months = append(e.Income.Months, agent.MonthAmount{Month: g.date(), Amount: g.amount()})
	}
	for range g.next() % 4 {
		s := bank(g.of([]string{"", "a", "b"}), g.date(), g.date())
		for range g.next() % 16 {
			s.Transactions = append(s.Transactions, agent.Transaction{At: g.instant(), Amount: g.amount(), Balance: agent.Known(g.amount()),
				Flow: agent.Flow(g.next()), Kind: agent.Kind(g.next() % 24), State: agent.State(g.next() % 3)})
		}
		e.Statements = append(e.Statements, s)
	}
	return e
}
