package explanation

import (
	"errors"
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// Levels of a [Change]: what is done to the case.
const (
	// LevelEvidence: a record says something else, and every fact is computed anew.
	LevelEvidence = "evidence"
	// LevelSupposed: a record is made up that nobody has seen, from what the
	// borrower stated; the facts are computed from it. The real one may show less.
	LevelSupposed = "supposed"
	// LevelFact: one fact is set, and nothing else follows from it but judgement.
	LevelFact = "fact"
)

// A Change is one thing that could be otherwise.
type Change struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Level string `json:"level"`

	apply func(*agent.Evidence, agent.Date)
	fix   func(*agent.Facts)
}

// errors tell which keys there are, never the value that was given.
var (
	errSet = errors.New("--set: want KEY=VALUE with a key of: " + strings.Join(setKeys(), ", ") + ", fact.PATH")
	errAdd = errors.New("--add: want statements=3m to 12m, credit_report, proof=KIND, contract, identity, document, phone or card")
)

// setters are the keys of --set whose value is a whole number from 0: amounts in
// fen, counts, months, days.
var setters = []struct {
	key, level string
	apply      func(e *agent.Evidence, n int64, today agent.Date)
}{
	{"income.salary", LevelSupposed, func(e *agent.Evidence, n int64, today agent.Date) {
		in := copied(e.Income)
		in.Months, in.Verified = nil, agent.Yes
		for k := 1; k <= 12; k++ {
			in.Months = append(in.Months, agent.MonthAmount{Month: monthBefore(today, k), Amount: n})
		}
		e.Income = in
	}},
	{"income.declared", LevelEvidence, func(e *agent.Evidence, n int64, _ agent.Date) {
		in := copied(e.Income)
		in.DeclaredMonthly = agent.Known(n)
		e.Income = in
	}},
	{"debt.monthly", LevelEvidence, func(e *agent.Evidence, n int64, _ agent.Date) { payDown(e, n) }},
	{"debt.lenders", LevelEvidence, func(e *agent.Evidence, n int64, _ agent.Date) { payOff(e, n) }},
	{"loan.amount", LevelEvidence, func(e *agent.Evidence, n int64, _ agent.Date) {
		l := copied(e.Loan)
		l.Requested = agent.Known(n)
		if l.Principal.IsKnown() {
			l.Principal = agent.Known(n)
		}
		l.Schedule = nil // it was for another amount
		e.Loan = l
	}},
	{"loan.term", LevelEvidence, func(e *agent.Evidence, n int64, _ agent.Date) {
		l := copied(e.Loan)
		l.TermMonths, l.Schedule = agent.Known(n), nil
		e.Loan = l
	}},
	{"loan.paid", LevelEvidence, func(e *agent.Evidence, n int64, today agent.Date) {
		l := copied(e.Loan)
		l.Payments = append(slices.Clone(l.Payments), agent.Payment{On: today, Amount: n, Result: "settled"})
		e.Loan = l
	}},
	{"overdue.accounts", LevelEvidence, inReport(func(r *agent.CreditReport, n agent.Int) { r.Overdue = n })},
	{"credit.inquiries_30", LevelEvidence, inReport(func(r *agent.CreditReport, n agent.Int) { r.Inquiries30 = n })},
	{"credit.new_loans_90", LevelEvidence, inReport(func(r *agent.CreditReport, n agent.Int) { r.NewLoans90 = n })},
	{"wait.days", LevelSupposed, func(e *agent.Evidence, n int64, _ agent.Date) { wait(e, n) }},
}

func setKeys() (keys []string) {
	for _, s := range setters {
		keys = append(keys, s.key)
	}
	return keys
}

// Set reads KEY=VALUE of --set.
func Set(arg string) (Change, error) {
	key, value, ok := strings.Cut(arg, "=")
	if !ok {
		return Change{}, errSet
	}
	if path, ok := strings.CutPrefix(key, "fact."); ok {
		return setFact(path, value)
	}
	n, err := strconv.ParseInt(value, 10, 64)
	i := slices.IndexFunc(setters, func(s struct {
		key, level string
		apply      func(*agent.Evidence, int64, agent.Date)
	}) bool {
		return s.key == key
	})
	if i < 0 {
		return Change{}, errSet
	}
	if err != nil || n < 0 || n > 1e15 {
		return Change{}, fmt.Errorf("--set %s: want a whole number from 0 (fen, months, days or a count)", key)
	}
	if key == "wait.days" && n > 3650 {
		return Change{}, errors.New("--set wait.days: want 0 to 3650")
	}
	return number(key, n), nil
}

// number makes a change of a key of setters.
func number(key string, n int64) Change {
	for _, s := range setters {
		if s.key != key {
			continue
		}
		return Change{Key: key, Value: strconv.FormatInt(n, 10), Level: s.level,
			apply: func(e *agent.Evidence, today agent.Date) { s.apply(e, n, today) }}
	}
	panic("explanation: no key " + key) // cannot happen: Set has looked, and Find knows them
}

// setFact sets one fact by its path: a whole number, yes, no, a date or a code;
// "unknown" forgets it.
func setFact(path, value string) (Change, error) {
	if !slices.ContainsFunc(table, func(l line) bool { return l.path == path }) {
		return Change{}, errors.New("--set fact.PATH: there is no such fact; yanmen explain --for officer --json lists the paths")
	}
	v, err := factValue(at(reflect.ValueOf(new(agent.Facts)).Elem(), path), value)
	if err != nil {
		return Change{}, err
	}
	return Change{Key: "fact." + path, Value: value, Level: LevelFact,
		fix: func(f *agent.Facts) { at(reflect.ValueOf(f).Elem(), path).Set(v) }}, nil
}

func factValue(field reflect.Value, value string) (reflect.Value, error) {
	wrong := errors.New("--set fact.PATH: want a whole number, yes, no, YYYY-MM-DD, a code, or unknown, as the fact has it")
	switch field.Interface().(type) {
	case agent.Int:
		if value == "unknown" {
			return reflect.ValueOf(agent.Int{}), nil
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return field, wrong
		}
		return reflect.ValueOf(agent.Known(n)), nil
	case agent.Tri:
		for _, t := range []agent.Tri{agent.Unknown, agent.Yes, agent.No} {
			if t.String() == value {
				return reflect.ValueOf(t), nil
			}
		}
		return field, wrong
	case agent.Date:
		d, err := agent.ParseDate(value)
		if err != nil {
			return field, wrong
		}
		return reflect.ValueOf(d), nil
	case string:
		if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) || len(value) > 64 {
			return field, wrong
		}
		return reflect.ValueOf(value), nil
	}
	return field, errors.New("--set fact.PATH: a list cannot be set")
}

// proofs are the kinds that --add proof takes.
var proofs = []string{agent.ProofTermination, agent.ProofUnemployment, agent.ProofDiagnosis, agent.ProofMedicalBill, agent.ProofPoliceReceipt,
	agent.ProofCardLoss, agent.ProofBankNotice, agent.ProofIncome, agent.ProofContract, agent.ProofDeregistration, agent.ProofAreaNotice,
	agent.ProofTaxZero, agent.ProofFamily, agent.ProofComplaint}

// Add reads KEY[=VALUE] of --add.
func Add(arg string) (Change, error) {
	key, value, _ := strings.Cut(arg, "=")
	switch key {
	case "statements":
		n, err := strconv.Atoi(strings.TrimSuffix(value, "m"))
		if err != nil || n < 1 || n > 12 {
			return Change{}, errors.New("--add statements: want 1m to 12m")
		}
		return statements(n), nil
	case "credit_report":
		return Change{Key: key, Level: LevelSupposed, apply: func(e *agent.Evidence, today agent.Date) { report(e, today) }}, nil
	case "contract":
		return proof(agent.ProofContract), nil
	case "identity":
		return Change{Key: key, Level: LevelSupposed, apply: func(e *agent.Evidence, today agent.Date) { answered(e, today, agent.AnswerTwoFactor) }}, nil
	case "document":
		return Change{Key: key, Level: LevelSupposed, apply: renewed}, nil
	case "phone":
		// Answers about the phone were about another one, and so were a bank's.
		return Change{Key: key, Level: LevelSupposed, apply: func(e *agent.Evidence, today agent.Date) {
			e.Phone = &agent.Phone{Number: supposedPhone}
			answered(e, today, agent.AnswerCarrierThree, agent.AnswerCarrierThree, agent.AnswerBankFour)
		}}, nil
	case "card":
		return Change{Key: key, Level: LevelSupposed, apply: func(e *agent.Evidence, today agent.Date) {
			e.Cards = &agent.Cards{Numbers: []agent.Personal{supposedCard}, Payout: supposedCard}
			answered(e, today, agent.AnswerBankFour, agent.AnswerBankFour)
		}}, nil
	case "proof":
		if !slices.Contains(proofs, value) {
			return Change{}, errors.New("--add proof: want one of " + strings.Join(proofs, ", "))
		}
		return proof(value), nil
	}
	return Change{}, errAdd
}

// Numbers that are in order and nobody's.
var (
	supposedPhone = agent.NewPersonal("19900000000")
	supposedCard  = agent.NewPersonal("6299990000000009")
)

// answered supposes that a source said yes today, of the person's own name and number
// and what else its kind compares. Answers of the kinds that are gone are forgotten:
// they were about something else. All others stay, also those that said no.
func answered(e *agent.Evidence, today agent.Date, kind string, gone ...string) {
	a := new(agent.Answers)
	if e.Answers != nil {
		for _, it := range e.Answers.Items {
			if !slices.Contains(gone, it.Kind) {
				a.Items = append(a.Items, it)
			}
		}
	}
	a.Items = append(a.Items, agent.Answer{Kind: kind, Provider: "supposed", At: today.Time().Unix(), Match: agent.Yes})
	e.Answers = a
}

// renewed supposes that the document was seen again, valid for five years more. What
// it says of the person stays as it is; where there is none, one that is theirs.
func renewed(e *agent.Evidence, today agent.Date) {
	d := copied(e.Identity)
	d.IssuedOn, d.ExpiresOn = 0, today.AddDays(5*365)
	e.Identity = d
}

// proof supposes that a document was seen, of the day since when the claim holds, or
// else of today.
func proof(kind string) Change {
	return Change{Key: "proof", Value: kind, Level: LevelSupposed, apply: func(e *agent.Evidence, today agent.Date) {
		on := today
		if e.Claim != nil && e.Claim.Since != 0 && e.Claim.Since < today {
			on = e.Claim.Since
		}
		p := copied(e.Proofs)
		p.Items = append(slices.Clone(p.Items), agent.Proof{Kind: kind, Seen: agent.Yes, On: on})
		e.Proofs = p
	}}
}

// statements supposes statements of the last complete months of one account that
// show each month what the borrower declared: wages, or the takings of who works on
// their own account, of which the check counts a part. Nothing is known of an income
// that nobody declared, and then they show none.
func statements(n int) Change {
	return Change{Key: "statements", Value: fmt.Sprintf("%dm", n), Level: LevelSupposed, apply: func(e *agent.Evidence, today agent.Date) {
		row := agent.Transaction{Flow: agent.FlowIn, Kind: agent.KindSalary, Party: agent.PartyEmployer, Channel: agent.ChannelBank, State: agent.StateSettled, Payer: 1}
		if e.Employment != nil && e.Employment.Status == "self_employed" {
			row.Kind, row.Party = agent.KindReceipt, agent.PartyMerchant
		}
		s := &agent.Statement{Format: "cmb", Account: "supposed", From: monthBefore(today, n), To: monthBefore(today, 0).AddDays(-1)}
		if e.Income != nil {
			row.Amount = max(e.Income.DeclaredMonthly.Or(0), 0)
		}
		for k := n; k >= 1 && row.Amount > 0; k-- {
			row.At = monthBefore(today, k).AddDays(14).Time().Unix()
			s.Transactions = append(s.Transactions, row)
		}
		s.Rows = int64(len(s.Transactions))
		e.Statements = append(slices.Clone(e.Statements), s)
	}}
}

// report supposes a credit report that shows the debts that were stated, and nothing
// else.
func report(e *agent.Evidence, today agent.Date) {
	r := &agent.CreditReport{On: today}
	lenders := map[string]bool{}
	var monthly, balance int64
	if e.Liabilities != nil {
		for _, o := range e.Liabilities.Obligations {
			monthly, balance = sum(monthly, o.Monthly), sum(balance, o.Balance)
			lenders[o.Lender] = true
			if o.Own == agent.Yes {
				r.OwnMonthly, r.OwnBalance = agent.Known(sum(r.OwnMonthly.Or(0), o.Monthly)), agent.Known(sum(r.OwnBalance.Or(0), o.Balance))
			}
		}
	}
	none := agent.Known(0)
	r.Lenders, r.Balance, r.Monthly = agent.Known(int64(len(lenders))), agent.Known(balance), agent.Known(monthly)
	r.Inquiries30, r.Inquiries90, r.Inquiries180, r.NewLoans30, r.NewLoans90, r.NewLoans180, r.Overdue, r.WorstLate24M = none, none, none, none, none, none, none, none
	e.CreditReport = r
}

// inReport sets a field of the credit report. Where there is none, nothing is.
func inReport(set func(*agent.CreditReport, agent.Int)) func(*agent.Evidence, int64, agent.Date) {
	return func(e *agent.Evidence, n int64, _ agent.Date) {
		if e.CreditReport != nil {
			r := copied(e.CreditReport)
			set(r, agent.Known(n))
			e.CreditReport = r
		}
	}
}

// wait lets days pass in which the borrower neither applies nor borrows, and all
// else is shown anew as it is. What was counted over a window that has passed by then
// is 0.
func wait(e *agent.Evidence, days int64) {
	if e.CreditReport == nil {
		return
	}
	r := copied(e.CreditReport)
	for _, w := range []struct {
		days   int64
		counts []*agent.Int
	}{{30, []*agent.Int{&r.Inquiries30, &r.NewLoans30}}, {90, []*agent.Int{&r.Inquiries90, &r.NewLoans90}}, {180, []*agent.Int{&r.Inquiries180, &r.NewLoans180}}} {
		for _, n := range w.counts {
			if days >= w.days && n.IsKnown() {
				*n = agent.Known(0)
			}
		}
	}
	e.CreditReport = r
}

// payDown brings what is paid to other lenders each month down to an amount, and the
// balances with it in proportion. It raises nothing, and leaves what is owed to the
// lender of the case.
func payDown(e *agent.Evidence, monthly int64) {
	share := func(v, of int64) int64 { // v·monthly/of, rounded up against the borrower
		if of <= monthly || v <= 0 {
			return v
		}
		hi, lo := bits.Mul64(uint64(v), uint64(monthly))
		q, r := bits.Div64(hi, lo, uint64(of)) // monthly < of, so it fits
		return int64(q) + int64(min(r, 1))
	}
	if e.Liabilities != nil {
		l := copied(e.Liabilities)
		var total int64
		for _, o := range l.Obligations {
			if o.Own != agent.Yes {
				total = sum(total, o.Monthly)
			}
		}
		l.Obligations = slices.Clone(l.Obligations)
		if total > monthly && len(l.Obligations) > 0 {
			left := monthly
			for i := range l.Obligations {
				o := &l.Obligations[i]
				if o.Own == agent.Yes {
					continue
				}
				o.Balance = share(o.Balance, total)
				o.Monthly = min(left, share(o.Monthly, total))
				left -= max(o.Monthly, 0)
			}
		}
		e.Liabilities = l
	}
	if e.CreditReport != nil {
		r := copied(e.CreditReport)
		own := max(r.OwnMonthly.Or(0), 0)
		if was, ok := r.Monthly.Value(); ok && was > own && was-own > monthly {
			r.Monthly = agent.Known(sum(monthly, own))
			if b, ok := r.Balance.Value(); ok {
				held := min(max(r.OwnBalance.Or(0), 0), max(b, 0))
				r.Balance = agent.Known(sum(share(b-held, was-own), held))
			}
		}
		e.CreditReport = r
	}
}

// payOff pays the smallest debts off until so many lenders are left.
func payOff(e *agent.Evidence, lenders int64) {
	var gone, monthly, balance int64
	own := false
	if e.Liabilities != nil {
		l := copied(e.Liabilities)
		l.Obligations = slices.Clone(l.Obligations)
		slices.SortStableFunc(l.Obligations, func(a, b agent.Obligation) int {
			return int(min(max(b.Balance-a.Balance, -1), 1))
		})
		for int64(len(l.Obligations)) > lenders {
			o := l.Obligations[len(l.Obligations)-1]
			l.Obligations = l.Obligations[:len(l.Obligations)-1]
			own = own || o.Own == agent.Yes
			gone, monthly, balance = gone+1, sum(monthly, o.Monthly), sum(balance, o.Balance)
		}
		e.Liabilities = l
	}
	if e.CreditReport != nil {
		r := copied(e.CreditReport)
		less := func(n agent.Int, by int64) agent.Int {
			if v, ok := n.Value(); ok {
				return agent.Known(max(v-by, 0))
			}
			return n
		}
		if v, ok := r.Lenders.Value(); ok && v > lenders {
			r.Lenders, r.Monthly, r.Balance = agent.Known(lenders), less(r.Monthly, monthly), less(r.Balance, balance)
			if own {
				r.OwnMonthly, r.OwnBalance = agent.Int{}, agent.Int{}
			}
		}
		e.CreditReport = r
	}
}

// copied returns a copy of what a pointer leads to, or a zero value.
func copied[T any](p *T) *T {
	c := new(T)
	if p != nil {
		*c = *p
	}
	return c
}

// sum adds amounts; one that is negative counts for nothing, and it stays below the
// largest.
func sum(a, b int64) int64 {
	if b = max(b, 0); a > 1<<62-b {
		return 1 << 62
	}
	return a + b
}

// monthBefore returns the first day of the k-th month before that of a day.
func monthBefore(today agent.Date, k int) agent.Date {
	y, m := int(today/10000), time.Month(today/100%100)
	return agent.DateOf(time.Date(y, m-time.Month(k), 1, 0, 0, 0, 0, agent.Zone))
}
