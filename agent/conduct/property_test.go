package conduct

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
	"pgregory.net/rapid"
)

// genStatement is a statement of up to forty rows, with balances that follow from
// one another unless one of them was changed.
func genStatement(t *rapid.T, account string) *agent.Statement {
	s := statement(account, 20260101, agent.Date(20260101).AddDays(rapid.IntRange(2, 320).Draw(t, "days")))
	n := rapid.IntRange(0, 40).Draw(t, "rows")
	days := rapid.SliceOfN(rapid.IntRange(0, int(s.To.Days(s.From))), n, n).Draw(t, "on")
	slices.Sort(days)
	for _, d := range days {
		r := row(s.From.AddDays(d), rapid.SampledFrom([]agent.Flow{agent.FlowIn, agent.FlowOut}).Draw(t, "flow"), rapid.Int64Range(0, 9).Draw(t, "fen")*1000_00)
		if r.Flow == agent.FlowIn {
			r.Kind = rapid.SampledFrom([]agent.Kind{agent.KindSalary, agent.KindReceipt}).Draw(t, "kind")
		}
		s.Transactions = append(s.Transactions, r)
	}
	chain(rapid.Int64Range(-50, 50).Draw(t, "opening")*1000_00, s.Transactions...)
	if n > 0 && rapid.IntRange(0, 3).Draw(t, "edited") == 0 {
		s.Transactions[rapid.IntRange(0, n-1).Draw(t, "which")].Amount += 7
	}
	if n > 0 && rapid.IntRange(0, 3).Draw(t, "unread") == 0 {
		s.Transactions[rapid.IntRange(0, n-1).Draw(t, "which one")].Balance = agent.Int{}
	}
	if rapid.Bool().Draw(t, "warned") {
		s.Warnings = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"time.later", "count.differs", "serial.duplicate", "cells.merged"}), 0, 4, rapid.ID[string]).Draw(t, "warnings")
	}
	return s
}

func genStatements(t *rapid.T) []*agent.Statement {
	list := []*agent.Statement{genStatement(t, "a")}
	if rapid.Bool().Draw(t, "two accounts") {
		list = append(list, genStatement(t, "b"))
	}
	return list
}

// Whether two statements differ is what a comparison of every moment with every
// other says, however the rows are ordered.
func TestDiffers_isWhatComparingEachMomentSays(t *testing.T) {
	yes := 0
	rapid.Check(t, func(t *rapid.T) {
		var both [2]*agent.Statement
		for i := range both {
			s := statement("a", 20260601, 20260608)
			for range rapid.IntRange(0, 12).Draw(t, "rows") {
				r := row(20260601, rapid.SampledFrom([]agent.Flow{agent.FlowIn, agent.FlowOut, agent.FlowNeutral}).Draw(t, "flow"), rapid.Int64Range(0, 2).Draw(t, "fen"))
				r.At += rapid.Int64Range(-1, 8).Draw(t, "day")*86400 + rapid.Int64Range(0, 1).Draw(t, "second")
				r.State = rapid.SampledFrom([]agent.State{agent.StateSettled, agent.StateSettled, agent.StateSettled, agent.StateFailed}).Draw(t, "state")
				s.Transactions = append(s.Transactions, r)
			}
			if rapid.Bool().Draw(t, "sorted") {
				slices.SortStableFunc(s.Transactions, func(a, b agent.Transaction) int { return cmp.Compare(a.At, b.At) })
			}
			if rapid.Bool().Draw(t, "turned") {
				slices.Reverse(s.Transactions)
			}
			both[i] = s
		}
		if alike := rapid.IntRange(0, 2).Draw(t, "alike"); alike > 0 {
			both[1].Transactions = rapid.Permutation(slices.Clone(both[0].Transactions)).Draw(t, "again")
			for i := range both {
				if alike > 1 { // but for one row
					both[i].Transactions = append(both[i].Transactions, row(20260604, agent.FlowOut, int64(100+i)))
				}
			}
		}
		from, to := agent.Date(20260602).Time().Unix(), agent.Date(20260608).Time().Unix()
		type key struct {
			at   int64
			flow agent.Flow
		}
		var by [2]map[key][]int64
		for i, s := range both {
			by[i] = map[key][]int64{}
			for _, r := range s.Transactions {
				if k := (key{r.At, r.Flow}); r.State == agent.StateSettled && r.Flow != agent.FlowNeutral && r.At >= from && r.At < to {
					by[i][k] = append(by[i][k], r.Amount)
					slices.Sort(by[i][k])
				}
			}
		}
		want := false
		for k, list := range by[0] {
			other := by[1][k]
			want = want || len(list) == len(other) && !slices.Equal(list, other)
		}
		x, y := ends{s: both[0]}, ends{s: both[1]}
		if got := differs(&x, &y, 20261231); got != want || differs(&y, &x, 20261231) != want {
			t.Fatalf("differs is %v, want %v, of %+v and %+v", got, want, both[0], both[1])
		}
		if want {
			yes++
		}
	})
	if yes == 0 {
		t.Error("no two statements differed")
	}
}

func TestCheck_orderAndRepetitionOfStatementsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := genStatements(t)
		want := check(&agent.Evidence{Statements: list})
		var mixed []*agent.Statement
		for _, s := range list {
			c := *s
			c.Transactions = rapid.Permutation(s.Transactions).Draw(t, "rows")
			mixed = append(mixed, &c)
		}
		again := *list[0]
		mixed = rapid.Permutation(append(mixed, &again)).Draw(t, "statements")
		if got := check(&agent.Evidence{Statements: mixed}); !reflect.DeepEqual(got, want) {
			t.Fatalf("mixed and repeated: %+v\nwant %+v", got, want)
		}
	})
}

// cut splits a statement after a day.
func cut(s *agent.Statement, after int) (a, b *agent.Statement) {
	x, y := *s, *s
	x.To = s.From.AddDays(after)
	y.From = x.To.AddDays(1)
	x.Transactions, y.Transactions = nil, nil
	for _, r := range s.Transactions {
		if r.At < y.From.Time().Unix() {
			x.Transactions = append(x.Transactions, r)
		} else {
			y.Transactions = append(y.Transactions, r)
		}
	}
	x.Rows, y.Rows = int64(len(x.Transactions)), int64(len(y.Transactions))
	return &x, &y
}

// The reader warns of a file whose balances do not add up, and both parts of it
// bear the warning.
func TestCheck_splittingAStatementChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := genStatements(t)
		s := list[0]
		if e := balances(s); e.broken {
			s.Warnings = append(s.Warnings, codeBalance)
		}
		want := check(&agent.Evidence{Statements: list})
		a, b := cut(s, rapid.IntRange(0, int(s.To.Days(s.From))-1).Draw(t, "cut"))
		got := check(&agent.Evidence{Statements: append([]*agent.Statement{b, a}, list[1:]...)})
		if slices.Contains(want.Codes, codeBalance) { // the joint of an edited statement may be told too
			got.Codes = slices.DeleteFunc(got.Codes, func(c string) bool { return c == codeBalanceSkips })
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("split: %+v\nwant %+v", got, want)
		}
	})
}

// Whoever cuts an edited statement where it was edited still leaves a sign.
func TestCheck_aBreakCutInTwoIsStillASign(t *testing.T) {
	s := statement("a", 20260901, 20260930, year()...)
	for i := 2; i < len(s.Transactions); i++ {
		b, _ := s.Transactions[i].Balance.Value()
		s.Transactions[i].Balance = known(b + 5000_00)
	}
	if f := check(&agent.Evidence{Statements: []*agent.Statement{s}}); f.Forgery != agent.SuspicionStrong {
		t.Fatalf("whole: %s", f.Forgery)
	}
	a, b := cut(s, 0)
	if f := check(&agent.Evidence{Statements: []*agent.Statement{b, a}}); f.Forgery != agent.SuspicionSome || !slices.Equal(f.Codes, []string{codeBalanceSkips}) {
		t.Errorf("cut: %s %v", f.Forgery, f.Codes)
	}
}

// The second method: try every order of the rows of a day. Rows that stand in one
// are never broken. Two closed circles of rows that have nothing in common stand in
// none and are not seen.
func TestBalances_agreeWithEveryOrderOfRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []agent.Transaction
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			r := row(20260901, rapid.SampledFrom([]agent.Flow{agent.FlowIn, agent.FlowOut}).Draw(t, "flow"), rapid.Int64Range(0, 3).Draw(t, "fen"))
			r.Balance = known(rapid.Int64Range(0, 4).Draw(t, "balance"))
			rows = append(rows, r)
		}
		possible := false
		var order func(last *agent.Transaction, rest []agent.Transaction)
		order = func(last *agent.Transaction, rest []agent.Transaction) {
			possible = possible || len(rest) == 0
			for i, r := range rest {
				before := r.Balance.Or(0) + r.Amount
				if r.Flow == agent.FlowIn {
					before = r.Balance.Or(0) - r.Amount
				}
				if last == nil || last.Balance == known(before) {
					order(&r, slices.Delete(slices.Clone(rest), i, i+1))
				}
			}
		}
		order(nil, rows)
		if broken := balances(statement("a", 20260901, 20260901, rows...)).broken; possible && broken {
			t.Fatalf("an order exists, and the rows are called broken: %+v", rows)
		}
	})
}

// One amount that was changed in a day of receipts is always seen.
func TestBalances_seeAnEditedAmount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []agent.Transaction
		for range rapid.IntRange(2, 30).Draw(t, "rows") {
			rows = append(rows, row(20260901, agent.FlowIn, rapid.Int64Range(1, 1000).Draw(t, "fen")))
		}
		chain(0, rows...) // balances only rise: none comes twice
		i := rapid.IntRange(1, len(rows)-1).Draw(t, "which")
		rows[i].Amount += rapid.Int64Range(1, 1<<40).Draw(t, "more")
		if !balances(statement("a", 20260901, 20260901, rows...)).broken {
			t.Fatalf("row %d of %d was changed and nobody minds", i, len(rows))
		}
	})
}

func full() *agent.Evidence {
	e := applied(40, 1000_00, 9, "unemployed")
	e.CreditReport = &agent.CreditReport{On: today, Inquiries30: known(1), Inquiries90: known(2), Inquiries180: known(3), NewLoans30: known(1), NewLoans90: known(1), NewLoans180: known(2)}
	e.Loan = &agent.Loan{Schedule: []agent.Instalment{{DueOn: 20260910, Principal: 100}, {DueOn: 20261010, Principal: 100}},
		Payments: []agent.Payment{settled(20260913, 100), settled(20261021, 100)}}
	e.ContactLog = &agent.ContactLog{Promises: []agent.Promise{{At: ago(60), DueOn: 20260925, Amount: 5}, {At: ago(31), DueOn: 20261021, Amount: 100}, {At: ago(1), DueOn: 20261130, Amount: 5}}}
	e.Statements = []*agent.Statement{statement("a", 20260901, 20260930, slices.Delete(year(), 2, 3)...)}
	return e
}

// Each kind of evidence that is left out makes its facts unknown and leaves every
// other one as it was.
func TestCheck_absenceIsUnknown(t *testing.T) {
	whole := check(full())
	rv := reflect.ValueOf(whole)
	for i := range rv.NumField() {
		if rv.Field(i).IsZero() {
			t.Fatalf("%s is not there to be taken", rv.Type().Field(i).Name)
		}
	}
	ints := func(into ...*agent.Int) {
		for _, n := range into {
			*n = agent.Int{}
		}
	}
	drop := func(w *agent.ConductFacts, codes ...string) {
		w.Codes = slices.DeleteFunc(w.Codes, func(c string) bool { return slices.Contains(codes, c) })
	}
	for name, tt := range map[string]struct {
		take func(*agent.Evidence)
		want func(*agent.ConductFacts)
	}{
		"history": {func(e *agent.Evidence) { e.History = nil }, func(w *agent.ConductFacts) {
			ints(&w.Applications30, &w.Applications90, &w.Applications180)
			w.Inconsistent = agent.Unknown
			drop(w, codeIncomeRose, codeHouseholdDiffers, codeWorkDiffers)
		}},
		"report": {func(e *agent.Evidence) { e.CreditReport = nil }, func(w *agent.ConductFacts) {
			ints(&w.Inquiries90, &w.Inquiries180, &w.NewLoans30, &w.NewLoans180)
		}},
		"promises": {func(e *agent.Evidence) { e.ContactLog = nil }, func(w *agent.ConductFacts) {
			ints(&w.PromisesKept, &w.PromisesBroken, &w.PromisesOpen)
		}},
		"loan": {func(e *agent.Evidence) { e.Loan = nil }, func(w *agent.ConductFacts) {
			ints(&w.PromisesKept, &w.PromisesBroken, &w.PromisesOpen, &w.TimesLate, &w.LongestLate)
		}},
		"statements": {func(e *agent.Evidence) { e.Statements = nil }, func(w *agent.ConductFacts) {
			w.Forgery = agent.SuspicionUnknown
			drop(w, codeBalance)
		}},
		"proofs":      {func(e *agent.Evidence) { e.Proofs = nil }, func(w *agent.ConductFacts) { drop(w, codeIncomeRose) }},
		"income":      {func(e *agent.Evidence) { e.Income = nil }, func(w *agent.ConductFacts) { drop(w, codeIncomeRose) }},
		"liabilities": {func(e *agent.Evidence) { e.Liabilities = nil }, func(w *agent.ConductFacts) { drop(w, codeHouseholdDiffers) }},
		"employment":  {func(e *agent.Evidence) { e.Employment = nil }, func(w *agent.ConductFacts) { drop(w, codeWorkDiffers) }},
		"identity and the rest": {func(e *agent.Evidence) {
			e.Identity, e.Phone, e.Cards, e.DeviceLog, e.Answers = nil, nil, nil, nil, nil
		},
			func(*agent.ConductFacts) {}},
	} {
		e := full()
		tt.take(e)
		want := whole
		want.Codes = slices.Clone(whole.Codes)
		tt.want(&want)
		if got := check(e); !reflect.DeepEqual(got, want) {
			t.Errorf("without %s: %+v\nwant %+v", name, got, want)
		}
	}
}

// What is left out makes nobody consistent and nobody inconsistent.
func TestCheck_leavingOutNeverTurnsAnAnswerAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := applied(rapid.Int64Range(1, 120).Draw(t, "days"), rapid.SampledFrom([]int64{1000_00, 8000_00}).Draw(t, "income"),
			rapid.Int64Range(1, 6).Draw(t, "household"), rapid.SampledFrom([]string{"employed", "unemployed"}).Draw(t, "work"))
		if rapid.Bool().Draw(t, "certified") {
			e.Proofs.Items = []agent.Proof{{Kind: agent.ProofIncome, Seen: agent.Yes, On: today}}
		}
		before := check(e).Inconsistent
		for i, take := range []func(*agent.Evidence){
			func(e *agent.Evidence) { e.History = nil }, func(e *agent.Evidence) { e.Income = nil }, func(e *agent.Evidence) { e.Proofs = nil },
			func(e *agent.Evidence) { e.Employment = nil }, func(e *agent.Evidence) { e.Liabilities = nil },
		} {
			c := *e
			take(&c)
			after := check(&c).Inconsistent
			if before == agent.Yes && after == agent.No || before != agent.Yes && after == agent.Yes {
				t.Fatalf("without part %d: %v became %v", i, before, after)
			}
		}
	})
}

// Nothing protected is read: sex and place of birth are in the number, ethnicity in
// the name, and the region where somebody lives in what they owe.
func TestCheck_protectedAttributesChangeNothing(t *testing.T) {
	e := full()
	want := check(e)
	e.Identity = &agent.Identity{Name: agent.NewPersonal("阿依古丽·买买提"), Number: agent.NewPersonal("650102190001010023"), Kind: agent.DocumentCitizen}
	e.Liabilities.Region = "650102"
	if got := check(e); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

func TestCheck_isSafeForConcurrentUse(t *testing.T) {
	f, e := Defaults(), full()
	want := f.Check(e, asOf)
	done := make(chan agent.ConductFacts)
	for range 4 {
		go func() { done <- f.Check(e, asOf) }()
	}
	for range 4 {
		if got := <-done; !reflect.DeepEqual(got, want) {
			t.Errorf("%+v", got)
		}
	}
}

// The same numbers as in FuzzCheck, in every run of the tests.
func TestCheck_anyNumbersDoNotBreakIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := try(rapid.SliceOfN(rapid.Byte(), 0, 800).Draw(t, "bytes")); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzCheck builds evidence of any numbers at all: nothing panics, nothing is
// counted below 0, and the same evidence has the same facts.
func FuzzCheck(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\xff\xfe\xfd\xfc"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := try(data); err != nil {
			t.Fatal(err)
		}
	})
}

func try(data []byte) error {
	g := bytesOf{data}
	e, at, figures := g.evidence(), g.instant(), Defaults()
	if g.next()%2 == 1 { // a lender's own, sensible or not
		figures.EvenDays, figures.GraceDays, figures.StatedDays = int(g.next())-20, int(g.next())-20, g.amount()
		figures.IncomeRiseBP, figures.RoundFen, figures.ReportDays = g.amount(), g.amount(), g.amount()
		figures.Holidays = append(figures.Holidays, Holiday{g.date(), g.date()})
	}
	got := figures.Check(e, at)
	if again := figures.Check(e, at); !reflect.DeepEqual(got, again) {
		return fmt.Errorf("%+v\nthen %+v", got, again)
	}
	for _, n := range []agent.Int{got.Applications30, got.Applications90, got.Applications180, got.Inquiries90, got.Inquiries180, got.NewLoans30,
		got.NewLoans180, got.PromisesKept, got.PromisesBroken, got.PromisesOpen, got.TimesLate, got.LongestLate} {
		if n.Or(0) < 0 {
			return fmt.Errorf("a count below 0 in %+v", got)
		}
	}
	if got.Applications30.Or(0) > got.Applications90.Or(0) || got.Applications90.Or(0) > got.Applications180.Or(0) || !slices.IsSorted(got.Codes) {
		return fmt.Errorf("out of order: %+v", got)
	}
	if (got.Forgery == agent.SuspicionUnknown || got.Forgery == agent.SuspicionNone) && slices.ContainsFunc(got.Codes, func(c string) bool {
		return slices.ContainsFunc(figures.Signs, func(s Sign) bool { return s.Code == c })
	}) {
		return fmt.Errorf("a sign that does not count: %+v", got)
	}
	return nil
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
	return [...]int64{0, 1, -1, 1000_00, maxFen, 1<<63 - 1, -1 << 63, g.next() * 100_00}[g.next()%8]
}

func (g *bytesOf) number() agent.Int {
	if g.next()%4 == 0 {
		return agent.Int{}
	}
	return known(g.amount())
}

func (g *bytesOf) date() agent.Date {
	return [...]agent.Date{0, -1, 20260610, 20261399, 99991231, 1<<31 - 1, -1 << 31, agent.Date(20260401).AddDays(int(g.next()))}[g.next()%8]
}

func (g *bytesOf) instant() int64 {
	return [...]int64{asOf, 0, -1 << 63, 1<<63 - 1, 1 << 40, asOf - g.next()*day}[g.next()%6]
}

func (g *bytesOf) of(names ...string) string { return names[g.next()%int64(len(names))] }

func (g *bytesOf) evidence() *agent.Evidence {
	e := &agent.Evidence{
		Loan:        &agent.Loan{},
		Liabilities: &agent.Liabilities{Household: g.number()},
		CreditReport: &agent.CreditReport{On: g.date(), Inquiries30: g.number(), Inquiries90: g.number(), Inquiries180: g.number(),
			NewLoans30: g.number(), NewLoans90: g.number(), NewLoans180: g.number()},
		Income:     &agent.Income{DeclaredMonthly: g.number(), Verified: agent.Tri(g.next() % 4)},
		Employment: &agent.Employment{Status: g.of("", "employed", "unemployed", "student"), Since: g.date()},
		Proofs:     &agent.Proofs{Items: []agent.Proof{{Kind: g.of(agent.ProofIncome, agent.ProofContract), Seen: agent.Tri(g.next() % 4), On: g.date()}}},
		ContactLog: &agent.ContactLog{},
		History:    &agent.History{},
	}
	for range g.next() % 4 {
		e.Loan.Schedule = append(e.Loan.Schedule, agent.Instalment{DueOn: g.date(), Principal: g.amount(), Fee: g.amount()})
		e.Loan.Payments = append(e.Loan.Payments, agent.Payment{On: g.date(), Amount: g.amount(), Result: g.of(loan.Settled, "other")})
		e.ContactLog.Promises = append(e.ContactLog.Promises, agent.Promise{At: g.instant(), DueOn: g.date(), Amount: g.amount()})
		e.History.Applications = append(e.History.Applications, agent.PastApplication{At: g.instant(), Income: g.number(), Household: g.number(), Employment: g.of("", "employed", "unemployed")})
	}
	for range g.next() % 4 {
		s := statement(g.of("", "a", "b"), g.date(), g.date())
		s.Refused = g.next() % 2
		for range g.next() % 16 {
			s.Transactions = append(s.Transactions, agent.Transaction{At: g.instant(), Amount: g.amount(), Balance: g.number(),
				Flow: agent.Flow(g.next() % 5), Kind: agent.Kind(g.next() % 24), State: agent.State(g.next() % 3)})
		}
		e.Statements = append(e.Statements, s)
	}
	return e
}

func BenchmarkCheck_light(b *testing.B) {
	e, f := full(), Defaults()
	e.Statements = nil
	b.ReportAllocs()
	for b.Loop() {
		f.Check(e, asOf)
	}
}

// heavyEvidence has 5,000 rows on two accounts over a year.
func heavyEvidence(edited bool) *agent.Evidence {
	e := full()
	e.Statements = nil
	for _, account := range []string{"a", "b"} {
		s := statement(account, 20251101, 20261031)
		for i := range 2500 {
			d := s.From.AddDays(i * 365 / 2500)
			switch {
			case i%208 == 0:
				s.Transactions = append(s.Transactions, paid(d, agent.KindSalary, 8123_45))
			case i%10 == 0:
				s.Transactions = append(s.Transactions, paid(d, agent.KindReceipt, 300_00))
			default:
				s.Transactions = append(s.Transactions, row(d, agent.FlowOut, 31_00))
			}
		}
		chain(100_000_00, s.Transactions...)
		if edited {
			s.Transactions[1000].Amount++
		}
		e.Statements = append(e.Statements, s)
	}
	return e
}

func BenchmarkCheck_statements(b *testing.B) {
	e, f := heavyEvidence(false), Defaults()
	b.ReportAllocs()
	for b.Loop() {
		f.Check(e, asOf)
	}
}

// Balances that do not add up, and each statement there twice for other days.
func BenchmarkCheck_edited(b *testing.B) {
	e, f := heavyEvidence(true), Defaults()
	for _, s := range e.Statements {
		c := *s
		c.From = c.From.AddDays(-1)
		e.Statements = append(e.Statements, &c)
	}
	b.ReportAllocs()
	for b.Loop() {
		f.Check(e, asOf)
	}
}
