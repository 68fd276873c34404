// Package capacity computes what a subject can carry: the monthly income that
// sources stand behind, what is owed, what living costs, what is left of it and
// what would be left of less, the largest principal whose instalment fits, and how
// long it takes to pay what is past due.
//
// It looks at means alone. What somebody says, promised or did when asked to pay is
// never read: who can pay and who is willing are two questions.
//
// It is pure: evidence and an instant in, facts out, amounts in whole fen and
// ratios in whole basis points, rounded against the borrower's ability (ratios
// up, income down). What no source says is unknown and never 0, and whatever is
// computed from it is unknown too. Two sources of one thing are never added: of
// income the lower counts, of debt the higher.
//
// How income is found is told in income.go, how arrears are cured in cure.go. What ratio is too high, which grade
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
	// ReportDays is how many days old a credit report may be whose inquiries and new
	// loans count: the line of the check of conduct, which counts them too.
	ReportDays int64
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

// Defaults returns the figures of a lender who set none. They know no floor, and of
// credit reports they count that of the day alone.
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
	var fl flows
	c := newCalendar(asOf)
	today := dateOf(asOf)
	f.income(&facts, &fl, &c, e)
	facts.NewInstalment = newInstalment(e.Loan, today)
	f.debts(&facts, e, f.repayments(&fl, &c, e.Loan), today)
	facts.LivingFloor = f.Living(e.Liabilities, today)

	if e.Loan != nil {
		facts.Requested = positive(e.Loan.Requested)
	}
	income, earns := facts.VerifiedIncome.Value()
	owed, owes := facts.Obligations.Value()
	floor, lives := facts.LivingFloor.Value()
	instalment, pays := facts.NewInstalment.Value()
	if pays && earns && owes {
		facts.DebtServiceBP = ratio(add(owed, instalment), income)
	}
	if owes && lives {
		if spent := add(owed, floor); fl.held {
			facts.BufferDays = agent.Known(carries(fl.balance(), spent))
		}
		if earns {
			p := plan{residual: left(income, owed, floor), spent: add(owed, floor)}
			facts.Residual = agent.Known(p.residual)
			facts.Instalment = agent.Known(max(p.residual, 0))
			facts.Affordable = affordable(e.Loan, p.residual)
			if pays {
				facts.Shock20 = agent.Known(left(fallen(income, 20), owed, floor, instalment))
				facts.Shock40 = agent.Known(left(fallen(income, 40), owed, floor, instalment))
			}
			p.poorer = left(fallen(income, 20), owed, floor)
			f.cure(&facts, &p, &fl, e.Loan, today)
		}
	}
	if facts.CureChance == "" {
		facts.CureChance = agent.ChanceUnknown
	}
	return facts
}

// left returns an income less what is taken off it. It may be negative.
func left(income int64, off ...int64) int64 {
	var sum int64
	for _, n := range off {
		sum = add(sum, n)
	}
	return income - min(sum, math.MaxInt64/2)
}

// fallen returns an income that fell by some per cent, rounded down.
func fallen(income, per int64) int64 {
	return income/100*(100-per) + income%100*(100-per)/100
}

// MaxBufferDays stands for every buffer above it: ten years.
const MaxBufferDays = 3650

// carries returns for how many days, thirty to the month, money pays what a month
// costs.
func carries(money, month int64) int64 {
	if month == 0 {
		return MaxBufferDays
	}
	return scaled(money, 30, month, 0, MaxBufferDays)
}

// balance returns what all accounts hold together, 0 if they are overdrawn.
func (fl *flows) balance() int64 { return max(fl.money-fl.debt, 0) }

// Living returns what the household needs to live on a day, fen a month; unknown if
// nobody knows how many live in it, or if no row of the table is in force.
func (f Figures) Living(l *agent.Liabilities, on agent.Date) agent.Int {
	if l == nil {
		return agent.Int{}
	}
	household, ok := l.Household.Value()
	if !ok || household < 1 || household > maxHousehold {
		return agent.Int{}
	}
	cost, matched := int64(-1), -1
	for i := range f.Floors {
		fl := &f.Floors[i]
		if fl.From > on || i+1 < len(f.Floors) && f.Floors[i+1].Region == fl.Region && f.Floors[i+1].From <= on {
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
	if cost < 0 {
		return agent.Int{}
	}
	return agent.Known(cost)
}

// CodeUnlisted is the warning that statements show more going to lenders than the
// sources of debt name. It says that something is not explained, and no more: who
// pays everything by card and settles the card each month looks the same.
const CodeUnlisted = "repayments.unlisted"

// debts sets what is owed and owned. The subject's own list and the credit
// report describe the same debts, so the higher of both counts. A list without a
// line cannot be told from one that was left out: without a report it says
// nothing. Repayments that statements show count if they are higher than a list
// behind which the subject stands alone; what a report of all lenders does not
// explain is told and not counted. What a report counts over the last days is
// unknown once it is old; debts that it shows are owed until somebody shows less.
//
// The loan in question is counted apart. As far as the list or the report says that
// it shows debts to the lender of the case, this loan is taken off, at most its next
// instalment and what is left of its principal: what else is owed to that lender
// remains. Lenders are counted as they are told.
func (f Figures) debts(facts *agent.CapacityFacts, e *agent.Evidence, seen agent.Int, today agent.Date) {
	var monthly, balance, lenders agent.Int
	this := running(e.Loan, facts.NewInstalment, today)
	if l := e.Liabilities; l != nil {
		facts.Assets = positive(l.Assets)
		if len(l.Obligations) > 0 {
			monthly, balance, lenders = obligations(l.Obligations)
			own := slices.DeleteFunc(slices.Clone(l.Obligations), func(o agent.Obligation) bool { return o.Own != agent.Yes })
			ownMonthly, ownBalance, _ := obligations(own)
			monthly, balance = without(monthly, ownMonthly, this.monthly), without(balance, ownBalance, this.balance)
		}
	}
	reported := false
	if r := e.CreditReport; r != nil {
		reported = positive(r.Monthly).IsKnown()
		if r.On < this.since {
			this = itself{} // not yet in it
		}
		monthly = higher(monthly, without(r.Monthly, r.OwnMonthly, this.monthly))
		balance = higher(balance, without(r.Balance, r.OwnBalance, this.balance))
		lenders = higher(lenders, r.Lenders)
		if r.Fresh(today, f.ReportDays) {
			facts.Inquiries30 = positive(r.Inquiries30)
			facts.NewLoans90 = positive(r.NewLoans90)
		}
		facts.OverdueAccounts = positive(r.Overdue)
	}
	if named, ok := monthly.Value(); ok {
		repaid := seen.Or(0)
		if repaid > named && repaid-named > scaled(named, max(f.UnlistedBP, 0), 10_000, 0, math.MaxInt64) {
			facts.StatementWarnings = append(facts.StatementWarnings, CodeUnlisted)
			slices.Sort(facts.StatementWarnings)
		}
		if !reported {
			monthly = higher(monthly, seen)
		}
	}
	facts.Obligations, facts.Debts, facts.Lenders = monthly, balance, lenders
	owed, owes := balance.Value()
	if assets, ok := facts.Assets.Value(); ok && owes {
		facts.AssetLiabilityBP = ratio(owed, assets)
	}
}

// itself is the loan in question as one among the debts: fen a month, and fen.
type itself struct {
	monthly, balance int64
	since            agent.Date
}

// running returns the loan in question as reports and lists may show it: nothing of
// one that is applied for, or of which nobody knows that anything is left to pay.
func running(l *agent.Loan, instalment agent.Int, today agent.Date) (this itself) {
	if l == nil || l.Requested.IsKnown() || l.StartsOn <= 0 || l.StartsOn > today {
		return itself{}
	}
	g := loan.ReadLedger(l, today)
	open := false
	g.Open(func(_ agent.Date, _, principal int64) bool {
		open = true
		this.balance = add(this.balance, principal)
		return true
	})
	if !open {
		return itself{}
	}
	this.monthly, this.since = instalment.Or(0), l.StartsOn
	return this
}

// without takes off a debt what of it is owed to the lender of the case, at most so
// much. What is negative is a mistake and takes nothing off.
func without(all, own agent.Int, most int64) agent.Int {
	v, ok := all.Value()
	if !ok || v < 0 {
		return all
	}
	return agent.Known(v - min(v, max(own.Or(0), 0), most))
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
func newInstalment(l *agent.Loan, today agent.Date) agent.Int {
	if l == nil {
		return agent.Int{}
	}
	if !l.Requested.IsKnown() && len(l.Schedule) > 0 {
		return scheduled(l.Schedule, today)
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

func scheduled(lines []agent.Instalment, today agent.Date) agent.Int {
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
	return agent.Known(scaled(num, 10_000, den, den-1, MaxRatioBP))
}

// scaled returns (n·by + plus)/den, rounded down and at most most. None is
// negative, and den is not 0.
func scaled(n, by, den, plus, most int64) int64 {
	hi, lo := bits.Mul64(uint64(n), uint64(by))
	lo, carry := bits.Add64(lo, uint64(plus), 0)
	if hi += carry; hi >= uint64(den) {
		return most
	}
	q, _ := bits.Div64(hi, lo, uint64(den))
	return int64(min(q, uint64(most)))
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
