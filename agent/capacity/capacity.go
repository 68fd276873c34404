// Package capacity computes what a subject can carry: the monthly income that
// sources stand behind, what is owed, what living costs, what is left, and the
// largest principal whose instalment fits into what is left.
//
// It is pure: evidence and an instant in, facts out, amounts in whole fen and
// ratios in whole basis points, rounded against the borrower's ability (ratios
// up, income down). What no source says is unknown and never 0, and whatever is
// computed from it is unknown too. Two sources of one thing are never added: of
// income the lower counts, of debt the higher.
//
// How income is found is told in income.go. What ratio is too high, which grade
// of evidence a loan needs and what a lender offers is for the rules to say.
package capacity

import (
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// MaxRatioBP stands for every ratio above it, and for a debt over an income or
// assets of nothing: ten thousand per cent.
const MaxRatioBP = 1_000_000

// maxHousehold bounds a household that a floor is computed for.
const maxHousehold = 50

// Figures are the lender's own. None of them is law: bank practice asks for six
// to twelve months of flows no older than ninety days, and all else in [Defaults]
// is the product's assumption. The zero Figures verify nothing and know no floor.
type Figures struct {
	MinMonths      int   // complete months below which a source verifies nothing
	GoodMonths     int   // months of income from which evidence can be good
	MaxAgeDays     int64 // days after which the end of a source's newest month, and a balance, is stale
	EdgeDays       int64 // days that may lack at an end of a statement's month; they only lower its sum
	ReceiptShareBP int64 // share of business receipts taken for net income, 0 to 10,000
	RegularMonths  int   // months in which a person must have sent one amount for it to be support
	UnlistedBP     int64 // how far the repayments that statements show may exceed what is owed, before a code tells it
	ReserveDays    int64 // days that balances must still carry once they have paid what is past due
	// Floors are the costs of living, sorted by region and then by day. The rules'
	// bundle holds them. Of several regions the one with the longest prefix counts;
	// the empty region stands for all others. An unknown region costs as much as
	// the dearest.
	Floors []Floor
}

// Floor is the cost of living of a region: fen a month for the first person of
// a household and for each further one.
type Floor struct {
	From           agent.Date // the row holds from this day until the next row of its region
	Region         string     // leading digits of a GB/T 2260 code
	First, Further int64
}

// Defaults returns the figures of a lender who set none. They know no floor.
func Defaults() Figures {
	return Figures{
		MinMonths:      3,
		GoodMonths:     6,
		MaxAgeDays:     90,
		EdgeDays:       5,
		ReceiptShareBP: 5000,
		RegularMonths:  3,
		UnlistedBP:     1000,
		ReserveDays:    30,
	}
}

// Check computes the facts as of an instant in seconds. A nil e is no evidence
// at all. It may be called concurrently.
//
// The grade of the evidence is good for statements without a warning or a
// refused row that show income in GoodMonths months; fair for an income that any
// source verifies; weak for income declared, stale or seen too briefly; and none
// for nothing at all.
func (f Figures) Check(e *agent.Evidence, asOf int64) agent.CapacityFacts {
	if e == nil {
		e = &agent.Evidence{}
	}
	var facts agent.CapacityFacts
	f.income(&facts, e, asOf)
	debts(&facts, e)
	f.floor(&facts, e.Liabilities, dateOf(asOf))

	facts.NewInstalment = newInstalment(e.Loan, asOf)
	if e.Loan != nil {
		facts.Requested = positive(e.Loan.Requested)
	}
	income, earns := facts.VerifiedIncome.Value()
	owed, owes := facts.Obligations.Value()
	if instalment, ok := facts.NewInstalment.Value(); ok && earns && owes {
		facts.DebtServiceBP = ratio(add(owed, instalment), income)
	}
	if floor, ok := facts.LivingFloor.Value(); ok && earns && owes {
		facts.Residual = agent.Known(income - min(add(owed, floor), math.MaxInt64/2))
		facts.Affordable = affordable(e.Loan, facts.Residual.Or(0))
	}
	return facts
}

// floor sets what the household needs to live.
func (f Figures) floor(facts *agent.CapacityFacts, l *agent.Liabilities, today agent.Date) {
	if l == nil {
		return
	}
	household, ok := l.Household.Value()
	if !ok || household < 1 || household > maxHousehold {
		return
	}
	cost, matched := int64(-1), -1
	for i := range f.Floors {
		fl := &f.Floors[i]
		if fl.From > today || i+1 < len(f.Floors) && f.Floors[i+1].Region == fl.Region && f.Floors[i+1].From <= today {
			continue // not yet in force, or no longer
		}
		c := add(fl.First, times(fl.Further, household-1))
		switch {
		case l.Region == "":
			cost = max(cost, c)
		case len(fl.Region) > matched && strings.HasPrefix(l.Region, fl.Region):
			cost, matched = c, len(fl.Region)
		}
	}
	if cost >= 0 {
		facts.LivingFloor = agent.Known(cost)
	}
}

// debts sets what is owed and owned. The subject's own list and the credit
// report describe the same debts, so the higher of both counts. A list without a
// line cannot be told from one that was left out: without a report it says
// nothing.
func debts(facts *agent.CapacityFacts, e *agent.Evidence) {
	var monthly, balance, lenders agent.Int
	if l := e.Liabilities; l != nil {
		facts.Assets = positive(l.Assets)
		if len(l.Obligations) > 0 {
			monthly, balance, lenders = obligations(l.Obligations)
		}
	}
	if r := e.CreditReport; r != nil {
		monthly = higher(monthly, r.Monthly)
		balance = higher(balance, r.Balance)
		lenders = higher(lenders, r.Lenders)
		facts.Inquiries30 = positive(r.Inquiries30)
		facts.NewLoans90 = positive(r.NewLoans90)
		facts.OverdueAccounts = positive(r.Overdue)
	}
	facts.Obligations, facts.Debts, facts.Lenders = monthly, balance, lenders
	owed, owes := balance.Value()
	if assets, ok := facts.Assets.Value(); ok && owes {
		facts.AssetLiabilityBP = ratio(owed, assets)
	}
}

// obligations adds up a list; a negative amount makes its sum unknown.
func obligations(list []agent.Obligation) (monthly, balance, lenders agent.Int) {
	var month, total, count int64
	monthOK, totalOK := true, true
	for i := range list {
		o := &list[i]
		monthOK = monthOK && o.Monthly >= 0
		totalOK = totalOK && o.Balance >= 0
		month = add(month, max(o.Monthly, 0))
		total = add(total, max(o.Balance, 0))
		if o.Balance > 0 && !slices.ContainsFunc(list[:i], func(p agent.Obligation) bool {
			return p.Balance > 0 && p.Lender == o.Lender && o.Lender != ""
		}) {
			count++
		}
	}
	if monthOK {
		monthly = agent.Known(month)
	}
	if totalOK {
		balance = agent.Known(total)
	}
	return monthly, balance, agent.Known(count)
}

// newInstalment returns the month of the loan applied for, or else the line of
// the running loan that is due next, or its last one.
func newInstalment(l *agent.Loan, asOf int64) agent.Int {
	if l == nil {
		return agent.Int{}
	}
	if !l.Requested.IsKnown() && len(l.Schedule) > 0 {
		return scheduled(l.Schedule, asOf)
	}
	principal := l.Requested
	if !principal.IsKnown() {
		principal = l.Principal
	}
	terms, ok := termsOf(l)
	if terms.Principal = principal.Or(0); !ok {
		return agent.Int{}
	}
	m, err := loan.Monthly(terms)
	if err != nil {
		return agent.Int{}
	}
	return agent.Known(m)
}

func scheduled(lines []agent.Instalment, asOf int64) agent.Int {
	today := dateOf(asOf)
	var pick *agent.Instalment
	for i := range lines {
		l := &lines[i]
		switch {
		case l.DueOn == 0:
			return agent.Int{}
		case pick == nil, pick.DueOn < today && l.DueOn > pick.DueOn,
			l.DueOn >= today && l.DueOn < pick.DueOn:
			pick = l
		}
	}
	if pick.Principal < 0 || pick.Interest < 0 || pick.Fee < 0 {
		return agent.Int{}
	}
	return agent.Known(add(pick.Principal, add(pick.Interest, pick.Fee)))
}

// affordable returns the largest principal whose month fits the residual.
func affordable(l *agent.Loan, residual int64) agent.Int {
	if l == nil {
		return agent.Int{}
	}
	terms, ok := termsOf(l)
	if !ok {
		return agent.Int{}
	}
	p, err := loan.LargestPrincipal(terms, residual)
	if err != nil {
		return agent.Int{}
	}
	return agent.Known(p)
}

// termsOf returns the terms without a principal, if all of them are known.
func termsOf(l *agent.Loan) (loan.Terms, bool) {
	rate, ok := l.RateBP.Value()
	months, ok2 := l.TermMonths.Value()
	return loan.Terms{RateBP: rate, Months: months, Method: l.Method}, ok && ok2
}

// positive passes a number that is not negative; others are mistakes and so
// unknown.
func positive(n agent.Int) agent.Int {
	if v, ok := n.Value(); !ok || v < 0 {
		return agent.Int{}
	}
	return n
}

// higher returns the higher of two numbers of which either may be unknown.
func higher(a, b agent.Int) agent.Int {
	b = positive(b)
	x, ok := a.Value()
	y, ok2 := b.Value()
	if !ok || ok2 && y > x {
		return b
	}
	return a
}

// ratio returns num/den in basis points, rounded up and at most MaxRatioBP.
// Nothing over nothing is unknown.
func ratio(num, den int64) agent.Int {
	switch {
	case num < 0 || den < 0 || num == 0 && den == 0:
		return agent.Int{}
	case den == 0:
		return agent.Known(MaxRatioBP)
	}
	hi, lo := bits.Mul64(uint64(num), 10_000)
	lo, carry := bits.Add64(lo, uint64(den)-1, 0)
	if hi += carry; hi >= uint64(den) {
		return agent.Known(MaxRatioBP)
	}
	q, _ := bits.Div64(hi, lo, uint64(den))
	return agent.Known(int64(min(q, MaxRatioBP)))
}

// add adds amounts that are not negative and stays at the largest int64.
func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// times multiplies likewise.
func times(a, b int64) int64 {
	if a > 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}
