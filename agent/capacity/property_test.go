package capacity

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
	"pgregory.net/rapid"
)

var kinds = []agent.Kind{agent.KindSalary, agent.KindBenefit, agent.KindReceipt, agent.KindPurchase, agent.KindUnknown, agent.KindTransferIn,
	agent.KindHousingFund, agent.KindRepayment}

func genStatement(t *rapid.T, account string) *agent.Statement {
	from := agent.Date(20240901).AddDays(rapid.IntRange(0, 300).Draw(t, "from"))
	days := rapid.IntRange(30, 420).Draw(t, "days")
	s := statement(account, rapid.SampledFrom([]string{"cmb", "wechat"}).Draw(t, "format"), from, from.AddDays(days))
	for range rapid.IntRange(0, 40).Draw(t, "rows") {
		row := in(from.AddDays(rapid.IntRange(0, days).Draw(t, "day")), rapid.SampledFrom(kinds).Draw(t, "kind"), rapid.Int64Range(1, 20_000_00).Draw(t, "amount"))
		row.Party = rapid.SampledFrom([]agent.Party{agent.PartyUnknown, agent.PartyPlatform, agent.PartyEmployer, agent.PartyPerson}).Draw(t, "party")
		switch row.Kind {
		case agent.KindRepayment:
			row.Flow = agent.FlowOut
		case agent.KindTransferIn: // few amounts, so that some come again
			row.Amount = rapid.Int64Range(1, 2).Draw(t, "gift")
		}
		if rapid.Bool().Draw(t, "balance known") {
			row.Balance = agent.Known(rapid.Int64Range(-1000_00, 50_000_00).Draw(t, "balance"))
		}
		s.Transactions = append(s.Transactions, row)
	}
	s.Rows = int64(len(s.Transactions))
	return s
}

func genEvidence(t *rapid.T) *agent.Evidence {
	e := full()
	if rapid.Bool().Draw(t, "overdue") {
		e.Loan = late(agent.Int{}).Loan
		e.Loan.RateBP = agent.Known(rapid.Int64Range(0, 3600).Draw(t, "rate"))
	}
	e.Statements = []*agent.Statement{genStatement(t, "a")}
	if rapid.Bool().Draw(t, "two accounts") {
		e.Statements = append(e.Statements, genStatement(t, "b"))
	}
	return e
}

func TestCheck_orderAndRepetitionOfStatementsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		want := check(e, asOf)

		mixed := *e
		mixed.Statements = nil
		for _, s := range e.Statements {
			c := *s
			c.Transactions = rapid.Permutation(s.Transactions).Draw(t, "rows")
			mixed.Statements = append(mixed.Statements, &c)
		}
		mixed.Statements = append(mixed.Statements, e.Statements[0]) // given twice
		mixed.Statements = rapid.Permutation(mixed.Statements).Draw(t, "statements")
		if got := check(&mixed, asOf); !reflect.DeepEqual(got, want) {
			t.Fatalf("mixed and repeated: %+v\nwant %+v", got, want)
		}

		split := *e
		s := e.Statements[0]
		a, b := *s, *s
		days := int(s.To.Days(s.From))
		a.To = s.From.AddDays(rapid.IntRange(0, days-1).Draw(t, "cut"))
		b.From = a.To.AddDays(1)
		a.Transactions, b.Transactions = nil, nil
		for _, row := range s.Transactions {
			if row.At < b.From.Time().Unix() {
				a.Transactions = append(a.Transactions, row)
			} else {
				b.Transactions = append(b.Transactions, row)
			}
		}
		a.Rows, b.Rows = int64(len(a.Transactions)), int64(len(b.Transactions))
		split.Statements = append([]*agent.Statement{&b, &a}, e.Statements[1:]...)
		if got := check(&split, asOf); !reflect.DeepEqual(got, want) {
			t.Fatalf("split at %v: %+v\nwant %+v", a.To, got, want)
		}
	})
}

// A second way to the income of one account with one stream, day by day over a
// plain map, so that the code does not certify itself.
func TestCheck_incomeAgreesWithASecondComputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := genStatement(t, "a")
		s.Format = "cmb"
		for i := range s.Transactions {
			if k := s.Transactions[i].Kind; k == agent.KindBenefit || k == agent.KindReceipt {
				s.Transactions[i].Kind = agent.KindSalary
			}
		}
		sums := map[string]int64{}
		for _, row := range s.Transactions {
			if row.Kind == agent.KindSalary && row.At <= asOf {
				sums[time.Unix(row.At, 0).In(agent.Zone).Format("2006-01")] += row.Amount
			}
		}
		var months []int64
		any, newest := false, time.Time{}
		for k := 1; k <= 12; k++ {
			first := time.Date(2025, time.Month(11-k), 1, 0, 0, 0, 0, agent.Zone)
			end := first.AddDate(0, 1, 0)
			if s.From.Time().After(first.AddDate(0, 0, 5)) || s.To.Time().AddDate(0, 0, 1).Before(end.AddDate(0, 0, -5)) {
				continue
			}
			if newest.IsZero() {
				newest = end
			}
			sum := sums[first.Format("2006-01")]
			any = any || sum > 0
			months = append(months, sum)
		}
		want := agent.Int{}
		earned := len(slices.DeleteFunc(slices.Clone(months), func(sum int64) bool { return sum == 0 }))
		if any && len(months) >= 3 && time.Unix(asOf, 0).Sub(newest) < 90*24*time.Hour {
			median := func(n int) int64 {
				list := slices.Clone(months[:min(n, len(months))])
				slices.Sort(list)
				return list[(len(list)-1)/2]
			}
			if n := min(median(6), median(3)); n > 0 || earned >= 3 {
				want = agent.Known(n)
			}
		}
		if got := check(evidence(s), asOf).VerifiedIncome; got != want {
			t.Fatalf("income %v, want %v (months %v, newest %v)", got, want, months, newest)
		}
	})
}

// better names the facts about means by which a is better than b, and those that
// only a knows.
func better(a, b agent.CapacityFacts) (names []string) {
	more := func(name string, x, y agent.Int) { // more is better
		v, ok := x.Value()
		if w, known := y.Value(); ok && (!known || v > w) {
			names = append(names, name)
		}
	}
	less := func(name string, x, y agent.Int) {
		v, ok := x.Value()
		if w, known := y.Value(); ok && (!known || v < w) {
			names = append(names, name)
		}
	}
	more("verified income", a.VerifiedIncome, b.VerifiedIncome)
	more("residual", a.Residual, b.Residual)
	more("affordable", a.Affordable, b.Affordable)
	more("instalment", a.Instalment, b.Instalment)
	more("shock 20", a.Shock20, b.Shock20)
	more("shock 40", a.Shock40, b.Shock40)
	more("buffer", a.BufferDays, b.BufferDays)
	more("assets", a.Assets, b.Assets)
	less("debt service", a.DebtServiceBP, b.DebtServiceBP)
	less("debts over assets", a.AssetLiabilityBP, b.AssetLiabilityBP)
	less("cure", a.CureMonths, b.CureMonths)
	less("plan", a.PlanMonths, b.PlanMonths)
	chances := []string{agent.ChanceUnknown, agent.ChanceUnlikely, agent.ChancePossible, agent.ChanceLikely}
	if slices.Index(chances, a.CureChance) > slices.Index(chances, b.CureChance) {
		names = append(names, "chance")
	}
	grades := []string{agent.EvidenceNone, agent.EvidenceWeak, agent.EvidenceFair, agent.EvidenceGood}
	if slices.Index(grades, a.Evidence) > slices.Index(grades, b.Evidence) {
		names = append(names, "evidence")
	}
	return names
}

func TestCheck_moreIncomeNeverHurtsAndMoreDebtNeverHelps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		e.SocialInsurance = nil // else its bases are mostly the lower, and nothing is tried
		before := check(e, asOf)

		richer := *e
		s := *e.Statements[0]
		s.Transactions = slices.Clone(s.Transactions)
		for i := range s.Transactions {
			if row := &s.Transactions[i]; row.Kind.IsIncome() {
				row.Amount += rapid.Int64Range(0, 9000_00).Draw(t, "more")
			}
		}
		richer.Statements = append([]*agent.Statement{&s}, e.Statements[1:]...)
		after := check(&richer, asOf)
		if worse := better(before, after); worse != nil || after.Evidence != before.Evidence {
			t.Fatalf("more income is worse in %v: %+v became %+v", worse, before, after)
		}

		indebted := *e
		l := *e.Liabilities
		l.Obligations = append(slices.Clone(l.Obligations), agent.Obligation{Lender: "new",
			Balance: rapid.Int64Range(0, 1<<62).Draw(t, "balance"), Monthly: rapid.Int64Range(0, 1<<rapid.IntRange(0, 62).Draw(t, "size")).Draw(t, "monthly")})
		indebted.Liabilities = &l
		if names := better(check(&indebted, asOf), before); names != nil {
			t.Fatalf("more debt is better in %v", names)
		}

		repaying := *e
		repaying.CreditReport = nil
		before = check(&repaying, asOf)
		s = *e.Statements[0]
		s.Transactions = slices.Clone(s.Transactions)
		for i := range s.Transactions {
			if row := &s.Transactions[i]; row.Kind == agent.KindRepayment {
				row.Amount += rapid.Int64Range(0, 9000_00).Draw(t, "more repaid")
			}
		}
		repaying.Statements = append([]*agent.Statement{&s}, e.Statements[1:]...)
		if names := better(check(&repaying, asOf), before); names != nil {
			t.Fatalf("more repayments are better in %v", names)
		}
	})
}

// One more inflow, on whatever statement and beside whatever else is known, lowers
// nothing: but for the row that makes statements a source of the wage beside another
// one, and the row that makes one more account show a stream, so that its months
// without any count: the row of its third month, or its first where no other account
// shows the stream often and lately.
func TestCheck_oneMoreInflowNeverHurts(t *testing.T) {
	tried, visible := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		if rapid.Bool().Draw(t, "not insured") {
			e.SocialInsurance = nil
		}
		if rapid.Bool().Draw(t, "vouched for") {
			e.Income.Verified = agent.Yes
			for i := range rapid.IntRange(3, 6).Draw(t, "months") {
				e.Income.Months = append(e.Income.Months, agent.MonthAmount{Month: loan.AddMonths(20251001, -i),
					Amount: rapid.Int64Range(5000_00, 20_000_00).Draw(t, "vouched")})
			}
		}
		if rapid.Bool().Draw(t, "little to see") { // else most streams are there already, or stale
			for i, s := range e.Statements {
				account := half(s.Account, s.Format)
				if i == 0 && rapid.Bool().Draw(t, "left in August") {
					account.From, account.To = 20250301, 20250831
				}
				for range rapid.IntRange(0, 2).Draw(t, "streams") {
					account.Transactions = append(account.Transactions, monthly(loan.AddMonths(account.From, rapid.IntRange(0, 3).Draw(t, "first")),
						rapid.SampledFrom(kinds[:4]).Draw(t, "stream"), repeat(4000_00, rapid.IntRange(1, 6).Draw(t, "times"))...)...)
				}
				e.Statements[i] = account
			}
		}
		i := rapid.IntRange(0, len(e.Statements)-1).Draw(t, "statement")
		kind := rapid.SampledFrom(kinds[:3]).Draw(t, "kind")
		party := rapid.SampledFrom([]agent.Party{agent.PartyUnknown, agent.PartyPlatform, agent.PartyPublic}).Draw(t, "party")
		before := check(e, asOf)
		for range 6 {
			s := *e.Statements[i]
			row := in(s.From.AddDays(rapid.IntRange(0, int(s.To.Days(s.From))).Draw(t, "day")), kind, rapid.Int64Range(1, 20_000_00).Draw(t, "amount"))
			row.Party = party
			seen := becomesVisible(e.Statements, i, row, e.SocialInsurance != nil || e.Income.Verified == agent.Yes)
			s.Transactions = append(slices.Clone(s.Transactions), row)
			e.Statements[i] = &s
			after := check(e, asOf)
			tried++
			if seen {
				visible++
			} else if worse := better(before, after); worse != nil {
				t.Fatalf("one more %v of %d is worse in %v: %+v became %+v", row.Kind, row.Amount, worse, before, after)
			}
			before = after
		}
	})
	if !t.Failed() && visible*5 > tried {
		t.Errorf("%d of %d rows were not looked at", visible, tried)
	}
}

// becomesVisible says whether a row beside those of statement i makes the wage of
// statements a source beside another one, or one more account show the stream.
func becomesVisible(list []*agent.Statement, i int, row agent.Transaction, other bool) bool {
	same := func(t *agent.Transaction, format string) bool {
		return t.Kind == row.Kind && (t.Kind != agent.KindReceipt || format == "wechat" || (t.Party == agent.PartyPlatform) == (row.Party == agent.PartyPlatform))
	}
	c := newCalendar(asOf)
	covers := func(s *agent.Statement, t *agent.Transaction) bool {
		k := c.at(t.At)
		return k != 0 && s.From.Time().Unix() <= c.start[k]+5*86400 && s.To.Time().Unix()+86400 >= c.start[k-1]-5*86400
	}
	all, elsewhere, often := map[int]bool{}, false, false
	here := map[int]bool{}
	for j, s := range list {
		months := map[int]bool{}
		for k := range s.Transactions {
			if t := &s.Transactions[k]; same(t, s.Format) && covers(s, t) {
				months[c.at(t.At)], all[c.at(t.At)] = true, true
			}
		}
		if j == i {
			here = months
		} else {
			fresh := s.To >= 20250826 // August, but for five days
			elsewhere, often = len(months) > 0, len(months) >= figures.MinMonths && fresh
		}
	}
	before, ever := len(here), len(all)
	here[c.at(row.At)], all[c.at(row.At)] = true, true
	switch {
	case !covers(list[i], &row):
		return false
	case row.Kind == agent.KindSalary && other && ever < figures.MinMonths && len(all) > 1:
		return true // two months of three are a median already
	case !elsewhere:
		return false
	}
	return len(here) >= figures.MinMonths && before < figures.MinMonths || before == 0 && !often
}

// Where each thing is told by one source, a case with a category less is never
// better in anything. (Of two sources the worse one counts; without it the other
// speaks alone, as it would have from the start.)
func TestCheck_leavingOutNeverHelps(t *testing.T) {
	without := map[string]func(*agent.Evidence){
		"statements":    func(e *agent.Evidence) { e.Statements = nil },
		"income":        func(e *agent.Evidence) { e.Income = nil },
		"insurance":     func(e *agent.Evidence) { e.SocialInsurance = nil },
		"liabilities":   func(e *agent.Evidence) { e.Liabilities = nil },
		"credit report": func(e *agent.Evidence) { e.CreditReport = nil },
		"loan":          func(e *agent.Evidence) { e.Loan = nil },
	}
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		switch rapid.IntRange(0, 2).Draw(t, "source of income") {
		case 0:
			e.SocialInsurance = nil
		case 1:
			e.Statements = nil
		case 2:
			e.SocialInsurance, e.Statements = nil, nil
			for i := range 6 {
				e.Income.Months = append(e.Income.Months, agent.MonthAmount{Month: agent.Date(20250501 + 100*i), Amount: 7000_00})
			}
			e.Income.Verified = agent.Yes
		}
		if rapid.Bool().Draw(t, "report") {
			l := *e.Liabilities
			l.Obligations = nil
			e.Liabilities = &l
		} else {
			e.CreditReport = nil
		}
		before := check(e, asOf)
		for name, take := range without {
			less := *e
			take(&less)
			if names := better(check(&less, asOf), before); names != nil {
				t.Fatalf("without %s it is better in %v than %+v", name, names, before)
			}
		}
	})
}

// What somebody says, promised, or is, and how they were reached, is not read:
// ability is not willingness, and no attribute of a person is a means.
func TestCheck_readsMeansAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genEvidence(t)
		want := check(e, asOf)
		other := *e
		other.Identity = &agent.Identity{Kind: rapid.SampledFrom([]string{agent.DocumentCitizen, agent.DocumentPermit, agent.DocumentForeigner}).Draw(t, "document")}
		other.Claim = &agent.Claim{Reason: rapid.SampledFrom([]string{agent.ReasonJobLoss, agent.ReasonIllness, agent.ReasonOverIndebted}).Draw(t, "reason"), StatedOn: 20251110}
		other.ContactLog = &agent.ContactLog{Attempts: []agent.ContactAttempt{{At: asOf - 86400, Channel: "call", Reached: agent.No}},
			Promises: []agent.Promise{{At: asOf - 30*86400, DueOn: 20251101, Amount: 1000_00}}}
		other.History = &agent.History{Applications: []agent.PastApplication{{At: asOf - 86400, Income: agent.Known(1)}}}
		other.Employment = &agent.Employment{Status: "unemployed", Since: 20251001}
		if got := check(&other, asOf); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v became %+v", want, got)
		}
	})
}

// Leaving out a field or a category of evidence makes what rests on it unknown;
// it never creates income, never removes debt from a case that has one source
// of it, and never panics.
func TestCheck_absenceIsUnknown(t *testing.T) {
	single := func() *agent.Evidence { // every fact has one source
		e := full()
		e.SocialInsurance, e.CreditReport = nil, nil
		return e
	}
	if got := check(single(), asOf); !got.Affordable.IsKnown() || !got.DebtServiceBP.IsKnown() {
		t.Fatalf("the case to take from is not complete: %+v", got)
	}
	tests := []struct {
		name string
		take func(*agent.Evidence)
		gone func(agent.CapacityFacts) []agent.Int
	}{
		{"statements", func(e *agent.Evidence) { e.Statements = nil }, func(f agent.CapacityFacts) []agent.Int {
			return []agent.Int{f.VerifiedIncome, f.IncomeMonths, f.DebtServiceBP, f.Residual, f.Affordable, f.StatementRows, f.StatementUnknown}
		}},
		{"income", func(e *agent.Evidence) { e.Income = nil }, func(f agent.CapacityFacts) []agent.Int { return []agent.Int{f.DeclaredIncome} }},
		{"liabilities", func(e *agent.Evidence) { e.Liabilities = nil }, func(f agent.CapacityFacts) []agent.Int {
			return []agent.Int{f.Obligations, f.DebtServiceBP, f.LivingFloor, f.Residual, f.Affordable, f.Assets, f.Debts, f.AssetLiabilityBP, f.Lenders}
		}},
		{"household", func(e *agent.Evidence) { e.Liabilities.Household = agent.Int{} }, func(f agent.CapacityFacts) []agent.Int {
			return []agent.Int{f.LivingFloor, f.Residual, f.Affordable}
		}},
		{"assets", func(e *agent.Evidence) { e.Liabilities.Assets = agent.Int{} }, func(f agent.CapacityFacts) []agent.Int {
			return []agent.Int{f.Assets, f.AssetLiabilityBP}
		}},
		{"loan", func(e *agent.Evidence) { e.Loan = nil }, func(f agent.CapacityFacts) []agent.Int {
			return []agent.Int{f.NewInstalment, f.DebtServiceBP, f.Affordable, f.Requested}
		}},
		{"requested", func(e *agent.Evidence) { e.Loan.Requested = agent.Int{} }, func(f agent.CapacityFacts) []agent.Int {
			return []agent.Int{f.NewInstalment, f.DebtServiceBP, f.Requested}
		}},
		{"rate", func(e *agent.Evidence) { e.Loan.RateBP = agent.Int{} }, func(f agent.CapacityFacts) []agent.Int {
			return []agent.Int{f.NewInstalment, f.Affordable}
		}},
		{"term", func(e *agent.Evidence) { e.Loan.TermMonths = agent.Int{} }, func(f agent.CapacityFacts) []agent.Int {
			return []agent.Int{f.NewInstalment, f.Affordable}
		}},
		{"report", func(e *agent.Evidence) {}, func(f agent.CapacityFacts) []agent.Int {
			return []agent.Int{f.Inquiries30, f.NewLoans90, f.OverdueAccounts}
		}},
	}
	for _, tt := range tests {
		e := single()
		tt.take(e)
		for i, n := range tt.gone(check(e, asOf)) {
			if n.IsKnown() {
				t.Errorf("without %s: fact %d is known", tt.name, i)
			}
		}
	}
}

func TestCheck_absurdNumbersDoNotBreakIt(t *testing.T) {
	edge := []int64{-1 << 63, -1, 0, 1, 1<<63 - 1}
	rapid.Check(t, func(t *rapid.T) {
		n := func(label string) int64 { return rapid.SampledFrom(edge).Draw(t, label) }
		i := func(label string) agent.Int {
			if rapid.Bool().Draw(t, label+" unknown") {
				return agent.Int{}
			}
			return agent.Known(n(label))
		}
		d := func(label string) agent.Date {
			return agent.Date(rapid.SampledFrom([]int64{-1 << 31, -1, 0, 1, 20250931, 20251001, 99991231, 1<<31 - 1}).Draw(t, label))
		}
		row := in(20251010, agent.KindSalary, n("amount"))
		row.At = rapid.SampledFrom([]int64{-1 << 63, 0, asOf, 1<<63 - 1}).Draw(t, "at")
		e := &agent.Evidence{
			Statements:      []*agent.Statement{statement("a", "cmb", d("from"), d("to"), in(20251010, agent.KindSalary, n("amount")), row)},
			SocialInsurance: &agent.SocialInsurance{Months: []agent.InsuredMonth{{Month: d("month"), Paid: agent.Yes, Base: i("base")}}},
			Income:          &agent.Income{DeclaredMonthly: i("declared"), Verified: agent.Yes, Months: []agent.MonthAmount{{Month: d("m"), Amount: n("amount")}}},
			Liabilities: &agent.Liabilities{Assets: i("assets"), Household: i("household"), Obligations: []agent.Obligation{
				{Balance: n("balance"), Monthly: n("monthly")}, {Balance: n("balance"), Monthly: n("monthly")}}},
			CreditReport: &agent.CreditReport{Monthly: i("monthly"), Balance: i("balance"), Lenders: i("lenders")},
			Loan: &agent.Loan{Principal: i("principal"), RateBP: i("rate"), TermMonths: i("term"), Method: agent.MethodBullet, Requested: i("requested"),
				Schedule: []agent.Instalment{{DueOn: d("due"), Principal: n("principal"), Interest: n("interest"), Fee: n("fee")}},
				Payments: []agent.Payment{{On: d("paid on"), Amount: n("paid"), Result: loan.Settled}}},
		}
		e.Statements[0].Transactions[0].Balance = i("balance")
		out := in(20251010, agent.KindRepayment, n("repaid"))
		out.Flow = agent.FlowOut
		gift := in(20251010, agent.KindTransferIn, n("gift"))
		gift.Party = agent.PartyPerson
		e.Statements[0].Transactions = append(e.Statements[0].Transactions, out, gift)
		f := figures
		f.MinMonths, f.RegularMonths = 0, 1
		got := f.Check(e, rapid.SampledFrom([]int64{asOf, asOf, 0, -1 << 63, 1<<63 - 1}).Draw(t, "as of"))
		for _, v := range []agent.Int{got.VerifiedIncome, got.DeclaredIncome, got.Obligations, got.NewInstalment, got.DebtServiceBP, got.LivingFloor,
			got.Affordable, got.Instalment, got.BufferDays, got.Debts, got.Assets, got.AssetLiabilityBP, got.Lenders} {
			if v.Or(0) < 0 {
				t.Fatalf("a negative amount in %+v", got)
			}
		}
		if got.DebtServiceBP.Or(0) > MaxRatioBP || got.AssetLiabilityBP.Or(0) > MaxRatioBP {
			t.Fatalf("a ratio over the bound in %+v", got)
		}
		for _, v := range []agent.Int{got.CureMonths, got.PlanMonths} {
			if m, ok := v.Value(); ok && (m < 1 || m > maxCure) {
				t.Fatalf("months out of bounds in %+v", got)
			}
		}
	})
}

func BenchmarkCheck_light(b *testing.B) {
	e := full()
	e.Statements = nil
	for range 8 {
		e.Liabilities.Obligations = append(e.Liabilities.Obligations, e.Liabilities.Obligations[0])
	}
	e.Loan = late(agent.Int{}).Loan
	e.Loan.RateBP, e.Loan.TermMonths = agent.Known(1450), agent.Known(36)
	b.ReportAllocs()
	for b.Loop() {
		check(e, asOf)
	}
}

// The case that must take no more than two milliseconds: 5,000 rows of all kinds.
func BenchmarkCheck_statements(b *testing.B) {
	e := late(agent.Int{})
	e.Loan.RateBP = agent.Known(1450)
	e.Statements = nil
	for _, account := range []string{"a", "b"} {
		s := statement(account, "cmb", 20241101, 20251031)
		for i := range 2500 {
			row := in(s.From.AddDays(i*364/2500), kinds[i%len(kinds)], int64(100_00+i%7*1000))
			row.Party, row.Balance = agent.PartyPerson, agent.Known(int64(i))
			if row.Kind == agent.KindRepayment {
				row.Flow = agent.FlowOut
			}
			s.Transactions = append(s.Transactions, row)
		}
		e.Statements = append(e.Statements, s)
	}
	b.ReportAllocs()
	for b.Loop() {
		check(e, asOf)
	}
}
