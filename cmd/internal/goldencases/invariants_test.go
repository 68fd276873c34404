package goldencases

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yanmen/yanmen/agent"
)

// What holds of every case, whatever its answer: the checks and the rules together
// are asked about the golden cases and about others made from them.

// copied returns evidence of which every list may be changed.
func copied(e *agent.Evidence) *agent.Evidence {
	c := *e
	part := func(p any) { // a pointer to a pointer to a struct: the struct is copied, and its lists
		v := reflect.ValueOf(p).Elem()
		if v.IsNil() {
			return
		}
		n := reflect.New(v.Type().Elem())
		n.Elem().Set(v.Elem())
		for i := range n.Elem().NumField() {
			if f := n.Elem().Field(i); f.Kind() == reflect.Slice && !f.IsNil() {
				s := reflect.MakeSlice(f.Type(), f.Len(), f.Len())
				reflect.Copy(s, f)
				f.Set(s)
			}
		}
		v.Set(n)
	}
	for _, p := range []any{&c.Identity, &c.Phone, &c.Cards, &c.Loan, &c.Claim, &c.Proofs, &c.Employment, &c.SocialInsurance, &c.Income,
		&c.Liabilities, &c.CreditReport, &c.ContactLog, &c.DeviceLog, &c.Answers, &c.History} {
		part(p)
	}
	c.Told = slices.Clone(e.Told)
	c.Statements = slices.Clone(e.Statements)
	for i := range c.Statements {
		part(&c.Statements[i])
	}
	return &c
}

// genCase draws a golden case, gives it parts of others and changes its amounts.
func genCase(t *rapid.T, all []*goldenCase) (*goldenCase, *agent.Evidence) {
	c := rapid.SampledFrom(all).Draw(t, "case")
	e := copied(c.evidence)
	for range rapid.IntRange(0, 2).Draw(t, "parts of others") {
		from := copied(rapid.SampledFrom(all).Filter(func(o *goldenCase) bool { return o.Purpose == c.Purpose }).Draw(t, "from").evidence)
		switch rapid.IntRange(0, 8).Draw(t, "part") {
		case 0:
			e.Claim = from.Claim
		case 1:
			e.Proofs = from.Proofs
		case 2:
			e.Answers = from.Answers
		case 3:
			e.DeviceLog = from.DeviceLog
		case 4:
			e.ContactLog = from.ContactLog
		case 5:
			e.Statements = from.Statements
		case 6:
			e.Income, e.SocialInsurance, e.Told = from.Income, from.SocialInsurance, from.Told
		case 7:
			e.Liabilities, e.CreditReport, e.Told = from.Liabilities, from.CreditReport, from.Told
		case 8:
			e.History = from.History
		}
	}
	share := func(name string) int64 {
		return rapid.SampledFrom([]int64{10_000, 10_000, 1, 2_500, 9_000, 9_999, 10_001, 11_000, 17_321, 40_000}).Draw(t, name)
	}
	earnMore(e, share("income"))
	oweMore(e, share("debt"))
	if e.Loan != nil {
		e.Loan.Requested = times(e.Loan.Requested, share("requested"))
	}
	return c, e
}

func times(n agent.Int, bp int64) agent.Int {
	v, ok := n.Value()
	if !ok {
		return n
	}
	return agent.Known(v/10_000*bp + v%10_000*bp/10_000)
}

// earnMore multiplies whatever may count as income. A balance that is printed
// moves with the rows before it.
func earnMore(e *agent.Evidence, bp int64) {
	if i := e.Income; i != nil {
		i.DeclaredMonthly = times(i.DeclaredMonthly, bp)
		for k := range i.Months {
			i.Months[k].Amount = times(agent.Known(i.Months[k].Amount), bp).Or(0)
		}
	}
	if s := e.SocialInsurance; s != nil {
		for k := range s.Months {
			s.Months[k].Base = times(s.Months[k].Base, bp)
		}
	}
	for _, s := range e.Statements {
		var more int64
		for k := range s.Transactions {
			x := &s.Transactions[k]
			if x.Flow == agent.FlowIn && x.Kind.IsIncome() {
				now := times(agent.Known(x.Amount), bp).Or(0)
				more += now - x.Amount
				x.Amount = now
			}
			if b, ok := x.Balance.Value(); ok {
				x.Balance = agent.Known(b + more)
			}
		}
	}
}

// oweMore multiplies debts.
func oweMore(e *agent.Evidence, bp int64) {
	if l := e.Liabilities; l != nil {
		for k := range l.Obligations {
			o := &l.Obligations[k]
			o.Monthly, o.Balance = times(agent.Known(o.Monthly), bp).Or(0), times(agent.Known(o.Balance), bp).Or(0)
		}
	}
	if r := e.CreditReport; r != nil {
		r.Monthly, r.Balance = times(r.Monthly, bp), times(r.Balance, bp)
	}
}

// worse reports whether one band is lower than another. What cannot be measured may
// be the lowest.
func worse(a, b string) bool {
	place := func(band string) int { return strings.Index("ABCDE", strings.Replace(band, "U", "E", 1)) }
	return place(a) > place(b)
}

// better lists what one answer gives that the other does not.
func better(a, than *agent.Judgement) (list []string) {
	if a.Allow && a.Outcome == "pass" && (!than.Allow || than.Outcome != "pass") {
		list = append(list, "pass")
	}
	// That of a smaller sum says nothing of the greater one.
	if worse(than.Band, a.Band) && a.Allow && than.Allow && a.Offer.Or(0) >= than.Offer.Or(0) {
		list = append(list, "band")
	}
	if a.Offer.Or(0) > than.Offer.Or(0) {
		list = append(list, "offer")
	}
	return list
}

func TestInvariant_moreIncomeNeverWorsensTheBand(t *testing.T) {
	b, all := newBench(t), allCases(t)
	rapid.Check(t, func(r *rapid.T) {
		c, e := genCase(r, all)
		_, before := b.answer(t, c, e, c.person)
		more := copied(e)
		earnMore(more, rapid.Int64Range(10_000, 60_000).Draw(r, "more"))
		_, after := b.answer(t, c, more, c.person)
		if worse(after.Band, before.Band) && after.Offer.Or(0) <= before.Offer.Or(0) || after.Offer.Or(0) < before.Offer.Or(0) {
			r.Fatalf("%s: with more income band %s and offer %v became %s and %v", c.ID, before.Band, before.Offer, after.Band, after.Offer)
		}
	})
}

func TestInvariant_moreDebtNeverImproves(t *testing.T) {
	b, all := newBench(t), allCases(t)
	rapid.Check(t, func(r *rapid.T) {
		c, e := genCase(r, all)
		_, before := b.answer(t, c, e, c.person)
		more := copied(e)
		oweMore(more, rapid.Int64Range(10_000, 60_000).Draw(r, "more"))
		if rapid.Bool().Draw(r, "one more") && more.Liabilities != nil && len(more.Liabilities.Obligations) > 0 {
			more.Liabilities.Obligations = append(more.Liabilities.Obligations, agent.Obligation{Kind: "card", Lender: "L99", Monthly: 200_00, Balance: 1000_00})
		}
		_, after := b.answer(t, c, more, c.person)
		list := better(&after, &before)
		// Late loans: debts may bear out what the borrower says. That is no better band.
		if c.Purpose == agent.PurposeOverdue {
			list = slices.DeleteFunc(list, func(s string) bool { return s == "pass" })
		}
		if len(list) > 0 {
			r.Fatalf("%s: more debt is better in %v", c.ID, list)
		}
	})
}

// without takes whole categories away.
var without = map[string]func(*agent.Evidence){
	"identity":      func(e *agent.Evidence) { e.Identity = nil },
	"card":          func(e *agent.Evidence) { e.Cards = nil },
	"loan":          func(e *agent.Evidence) { e.Loan = nil },
	"claim":         func(e *agent.Evidence) { e.Claim = nil },
	"proof":         func(e *agent.Evidence) { e.Proofs = nil },
	"employment":    func(e *agent.Evidence) { e.Employment = nil },
	"insurance":     func(e *agent.Evidence) { e.SocialInsurance, e.Told = nil, untold(e, agent.CatSocialInsurance) },
	"income":        func(e *agent.Evidence) { e.Income = nil },
	"liabilities":   func(e *agent.Evidence) { e.Liabilities = nil },
	"credit_report": func(e *agent.Evidence) { e.CreditReport, e.Told = nil, untold(e, agent.CatCreditReport) },
	"statement":     func(e *agent.Evidence) { e.Statements = nil },
	"contact_log":   func(e *agent.Evidence) { e.ContactLog = nil },
	"device_log":    func(e *agent.Evidence) { e.DeviceLog = nil },
	"source_answer": func(e *agent.Evidence) { e.Answers = nil },
	"history":       func(e *agent.Evidence) { e.History = nil },
}

// untold returns what was told but of one category.
func untold(e *agent.Evidence, c agent.Category) []agent.Record {
	return slices.DeleteFunc(slices.Clone(e.Told), func(r agent.Record) bool { return r.Category == c })
}

const toTwoPeople = "proposed to two people"

// against lists what an answer holds against a person.
func against(f *agent.Facts, j *agent.Judgement) map[string]bool {
	all := map[string]bool{}
	for _, r := range f.Overdue.Reasons {
		if r.Support == agent.ClaimContradicted {
			all[r.Reason+" contradicted"] = true
		}
	}
	switch j.Proposal {
	case "able_unwilling", "secure", "legal":
		all[toTwoPeople] = true // which of the three is by degree
	}
	if j.OverdueClass == "able_unwilling" {
		all[j.OverdueClass] = true
	}
	return all
}

// proposed names the categories without which a loan may be put before two people
// that would not be with them. It is a finding: whoever leaves them out gets people
// to decide on somebody whose reason was borne out, who was refuted, or contradicted
// himself.
// Nothing is said against anybody before they have.
var proposed = []string{"history", "insurance", "proof", "source_answer"}

func TestInvariant_leavingOutNeverAccuses(t *testing.T) {
	b, all := newBench(t), allCases(t)
	rapid.Check(t, func(r *rapid.T) {
		c, e := genCase(r, all)
		f, j := b.answer(t, c, e, c.person)
		was := against(f, &j)
		for _, name := range slices.Sorted(maps.Keys(without)) {
			less := copied(e)
			without[name](less)
			f, j := b.answer(t, c, less, c.person)
			for what := range against(f, &j) {
				if !was[what] && !(what == toTwoPeople && slices.Contains(proposed, name)) {
					r.Fatalf("%s: without %s: %s", c.ID, name, what)
				}
			}
		}
	})
}

// helped names the rows whose cases are answered better without a category, and
// why. Nothing may be added without a reason, and what helps no longer goes.
var helped = func() map[string]string {
	const (
		refuter = "what spoke against the rest is left out, and nobody can know that it was there"
		open    = "a finding: nothing asks an application for this category, so that leaving out what speaks against it helps"
	)
	return map[string]string{
		"application.account_taken without device_log":       open,
		"drawdown.account_taken without device_log":          open,
		"application.evidence_conflicting without insurance": refuter,
		"application.evidence_conflicting without statement": refuter,
		"claim.against_data without statement":               refuter,
		"claim.half_proven without source_answer":            refuter,
	}
}()

// oneOfTwo holds if another source tells of the same thing: of incomes the lower
// counts and of debts the higher, so that whoever has one alone is measured by it.
func oneOfTwo(e *agent.Evidence, name string) bool {
	switch name {
	case "income":
		return e.SocialInsurance != nil || e.Statements != nil
	case "insurance":
		return e.Income != nil || e.Statements != nil
	case "statement":
		return e.Income != nil || e.SocialInsurance != nil
	case "credit_report", "liabilities":
		return e.CreditReport != nil && e.Liabilities != nil
	}
	return false
}

func TestInvariant_leavingOutNeverHelps(t *testing.T) {
	b, all := newBench(t), allCases(t)
	found := map[string]bool{}
	for _, c := range all {
		_, before := b.answer(t, c, c.evidence, c.person)
		for _, name := range slices.Sorted(maps.Keys(without)) {
			less := copied(c.evidence)
			without[name](less)
			_, after := b.answer(t, c, less, c.person)
			list, what := better(&after, &before), string(before.Row)+" without "+name
			if oneOfTwo(c.evidence, name) {
				list = slices.DeleteFunc(list, func(s string) bool { return s == "band" })
			}
			found[what] = found[what] || len(list) > 0
			if len(list) > 0 && helped[what] == "" {
				t.Errorf("%s: %s is better in %v: it became %s", c.ID, what, list, after.Row)
			}
		}
	}
	for what := range helped {
		if !found[what] {
			t.Errorf("%s: it does not help: take it off the list", what)
		}
	}
}

// Of these categories an application needs each, or has nothing from it: no mixture
// of evidence gains by their absence.
func TestInvariant_applicationsGainNothingByLeavingOut(t *testing.T) {
	b, all := newBench(t), allCases(t)
	all = slices.DeleteFunc(all, func(c *goldenCase) bool { return c.Purpose != agent.PurposeApplication })
	rapid.Check(t, func(r *rapid.T) {
		c, e := genCase(r, all)
		_, before := b.answer(t, c, e, c.person)
		for _, name := range []string{"claim", "contact_log", "credit_report", "employment", "history", "loan", "proof", "source_answer"} {
			less := copied(e)
			without[name](less)
			_, after := b.answer(t, c, less, c.person)
			if list := slices.DeleteFunc(better(&after, &before), func(s string) bool { return s == "band" }); len(list) > 0 {
				r.Fatalf("%s without %s is better in %v: row %s became %s", c.ID, name, list, before.Row, after.Row)
			}
		}
	})
}

func TestInvariant_orderSplitAndRepetitionChangeNothing(t *testing.T) {
	b, all := newBench(t), allCases(t)
	same := func(r *rapid.T, c *goldenCase, what string, before *agent.Judgement, e *agent.Evidence) {
		if _, after := b.answer(t, c, e, c.person); !reflect.DeepEqual(after, *before) {
			r.Fatalf("%s, %s: %+v\nwas %+v", c.ID, what, after, *before)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		c, e := genCase(r, all)
		f, before := b.answer(t, c, e, c.person)
		same(r, c, "asked twice", &before, e)

		mixed := copied(e)
		mixed.Statements = rapid.Permutation(mixed.Statements).Draw(r, "statements")
		for _, s := range mixed.Statements {
			s.Transactions = rapid.Permutation(s.Transactions).Draw(r, "rows")
		}
		if p := mixed.Loan; p != nil {
			p.Schedule, p.Payments = rapid.Permutation(p.Schedule).Draw(r, "schedule"), rapid.Permutation(p.Payments).Draw(r, "payments")
		}
		if p := mixed.Answers; p != nil {
			p.Items = rapid.Permutation(p.Items).Draw(r, "answers")
		}
		if p := mixed.Proofs; p != nil {
			p.Items = rapid.Permutation(p.Items).Draw(r, "proofs")
		}
		if p := mixed.Income; p != nil {
			p.Months = rapid.Permutation(p.Months).Draw(r, "months")
		}
		if p := mixed.SocialInsurance; p != nil {
			p.Months = rapid.Permutation(p.Months).Draw(r, "insured")
		}
		if p := mixed.Liabilities; p != nil {
			p.Obligations = rapid.Permutation(p.Obligations).Draw(r, "debts")
		}
		if p := mixed.ContactLog; p != nil {
			p.Attempts, p.Promises = rapid.Permutation(p.Attempts).Draw(r, "attempts"), rapid.Permutation(p.Promises).Draw(r, "promises")
		}
		if p := mixed.DeviceLog; p != nil {
			p.Events = rapid.Permutation(p.Events).Draw(r, "events")
		}
		if p := mixed.History; p != nil {
			p.Applications = rapid.Permutation(p.Applications).Draw(r, "history")
		}
		same(r, c, "mixed", &before, mixed)

		if len(e.Statements) == 0 {
			return
		}
		twice := copied(e)
		twice.Statements = append(twice.Statements, e.Statements[0])
		same(r, c, "a statement given twice", &before, twice)

		split := copied(e)
		s := split.Statements[0]
		x, y := *s, *s
		x.To = s.From.AddDays(rapid.IntRange(0, int(s.To.Days(s.From))-1).Draw(r, "cut"))
		y.From = x.To.AddDays(1)
		x.Transactions, y.Transactions = nil, nil
		for _, row := range s.Transactions {
			if agent.DateOf(time.Unix(row.At, 0)) <= x.To {
				x.Transactions = append(x.Transactions, row)
			} else {
				y.Transactions = append(y.Transactions, row)
			}
		}
		y.Refused, x.Rows, y.Rows = 0, int64(len(x.Transactions))+s.Refused, int64(len(y.Transactions))
		split.Statements[0] = &x
		split.Statements = append(split.Statements, &y)
		// Cut where a balance breaks, the break is a gap between two statements, which
		// weighs less, since an account moves between two exports as well. The rules ask
		// for the days between: nothing is gained.
		if f.Conduct.Forgery == agent.SuspicionStrong {
			f, after := b.answer(t, c, split, c.person)
			if f.Conduct.Forgery != agent.SuspicionStrong && f.Conduct.Forgery != agent.SuspicionSome {
				r.Fatalf("%s: a statement cut after %v looks clean", c.ID, x.To)
			}
			if list := kinder(c.Purpose, &after, &before); len(list) > 0 {
				r.Fatalf("%s: a statement cut after %v is better in %v: row %s became %s", c.ID, x.To, list, before.Row, after.Row)
			}
			return
		}
		same(r, c, fmt.Sprintf("a statement cut after %v", x.To), &before, split)
	})
}

// extremes puts numbers at the edges of what fits into numbers of the evidence.
func extremes(r *rapid.T, v reflect.Value) {
	draw := func() int64 {
		return rapid.SampledFrom([]int64{0, 1, -1, 100, math.MaxInt64, math.MaxInt64 - 1, math.MinInt64, math.MinInt64 + 1, 1 << 53, -(1 << 53)}).Draw(r, "n")
	}
	hit := func() bool { return rapid.IntRange(0, 5).Draw(r, "hit") == 0 }
	switch {
	case v.Type() == reflect.TypeFor[agent.Int]():
		if hit() {
			v.Set(reflect.ValueOf(agent.Known(draw())))
		}
	case v.Type() == reflect.TypeFor[agent.Date]():
		if hit() {
			v.SetInt(rapid.SampledFrom([]int64{0, 1, -1, 99991231, 20260230, math.MaxInt32, math.MinInt32}).Draw(r, "date"))
		}
	case v.Kind() == reflect.Int64:
		if hit() {
			v.SetInt(draw())
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		extremes(r, v.Elem())
	case v.Kind() == reflect.Slice:
		for i := range min(v.Len(), 8) {
			extremes(r, v.Index(i))
		}
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[agent.Personal]():
		for i := range v.NumField() {
			extremes(r, v.Field(i))
		}
	}
}

func TestInvariant_absurdNumbersDoNotBreak(t *testing.T) {
	b, all := newBench(t), allCases(t)
	rapid.Check(t, func(r *rapid.T) {
		c, e := genCase(r, all)
		extremes(r, reflect.ValueOf(e).Elem())
		_, j := b.answer(t, c, e, c.person)
		if slices.Contains(j.Denials, agent.CodeUndecided) {
			r.Fatalf("%s: %v", c.ID, j.Denials)
		}
		if !j.Allow {
			return
		}
		if !slices.Contains(agent.Outcomes, j.Outcome) || !slices.Contains(agent.Dispositions, j.Disposition) || !slices.Contains(agent.Bands, j.Band) ||
			!slices.Contains(agent.Classes, j.OverdueClass) {
			r.Fatalf("%s: a word outside the closed lists: %+v", c.ID, j)
		}
		if n, ok := j.Offer.Value(); ok && (n <= 0 || e.Loan == nil || n > e.Loan.Requested.Or(0)) {
			r.Fatalf("%s: an offer of %d", c.ID, n)
		}
	})
}

// flipped returns an identity number of a person of the other sex, born in another
// region on the same day.
func flipped(number, region string) string {
	b := []byte(number[:17])
	copy(b, region)
	if b[16]++; b[16] > '9' {
		b[16] = '0'
	}
	return string(b) + string(agent.CheckCharacter(b))
}

func TestInvariant_protectedAttributesChangeNothing(t *testing.T) {
	b, all := newBench(t), allCases(t)
	rapid.Check(t, func(r *rapid.T) {
		c, e := genCase(r, all)
		if c.Undeclared {
			return
		}
		found, before := b.answer(t, c, e, c.person)
		region := rapid.SampledFrom([]string{"990002", "995401", "996501", "998100"}).Draw(r, "region")
		who, other := c.person, copied(e)
		was := who.Number.Reveal()
		who.Number = agent.NewPersonal(flipped(was, region))
		// Of two names that may be one in another shape none is made up.
		if e.Identity == nil || e.Identity.Name.IsZero() || found.Identity.NameMatch != agent.Unknown {
			who.Name = agent.NewPersonal("测验买买提·仿样")
		}
		if i := other.Identity; i != nil {
			i.Number = agent.NewPersonal(flipped(i.Number.Reveal(), region))
			if i.Name.Reveal() == c.person.Name.Reveal() {
				i.Name = who.Name
			}
		}
		if k := other.Cards; k != nil && k.PayoutHolder.Reveal() == c.person.Name.Reveal() {
			k.PayoutHolder = who.Name
		}
		f, after := b.answer(t, c, other, who)
		if f.Identity.Sex == "unknown" && f.Identity.NumberMatch != agent.No {
			r.Fatalf("%s: the number made for the test is not read", c.ID)
		}
		if !reflect.DeepEqual(after, before) {
			r.Fatalf("%s: another sex, region and name: %+v\nwas %+v", c.ID, after, before)
		}
	})
}
