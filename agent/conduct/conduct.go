// Package conduct computes how somebody has dealt with lenders so far: how often
// they applied and borrowed, whether what they stated over time fits together,
// which promises they kept, how often they paid late, and whether their statements
// look edited.
//
// It counts what happened and concludes nothing. It is pure: evidence and an instant
// in, facts out. What was not there to be looked at is unknown and never 0, and
// leaving something out never makes a fact better or worse than unknown. What a
// count means for a decision is for the rules to say, and whether somebody is
// willing to pay is for a person.
//
// What was stated over time is compared in stated.go, what providers told in told.go,
// statements are looked at in forgery.go.
package conduct

import (
	"cmp"
	"slices"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// Figures are the product's own, but for the holidays. None of them was fitted to
// data. The zero Figures find every report stale and nothing suspicious.
type Figures struct {
	ReportDays int64 // days after which a credit report says nothing of the last 30 to 180 days
	GraceDays  int   // days after the promised one on which a payment still keeps a promise

	StatedDays    int64  // days for which a stated income or household is held against the present one
	IncomeRiseBP  int64  // a stated income that is higher by more than this share needs a reason
	HouseholdStep int64  // persons by which two stated households must differ; 0: never compared
	SinceDays     int64  // days by which a stated beginning of work may be wrong
	ToldDays      int64  // days for which what a provider told is held against what it tells now
	Exclusive     []Pair // what nobody is at the same time

	Signs    []Sign // what speaks for an edited statement
	Families int    // families of signs that together are strong; 0: none ever are

	Holidays        []Holiday // by day
	HolidaySalaries int       // holidays with a salary that make a sign
	RestSalaries    int       // salary days, more than half of them days of rest, that make a sign
	RoundFen        int64     // a salary that this divides is round
	RegularMonths   int       // months with one round salary on one day of the month that make a sign
	EvenDays        int       // days before a holiday, at most 40, that are compared with it
	EvenBP          int64     // share by which the receipts of even days differ at most
}

// Pair is two kinds of employment.
type Pair struct{ A, B string }

// Sign is a code that speaks for an edited statement. Signs of one family have one
// cause and count once. A hard sign is strong alone.
type Sign struct {
	Code, Family string
	Hard         bool
}

// Holiday is a public holiday, from its first to its last day.
type Holiday struct{ From, To agent.Date }

// The codes that this package gives beside those of package statement.
const (
	codeReportStale           = "report.stale"           // the credit report is too old, or bears no day
	codeReportDiffers         = "report.differs"         // it counts more in a shorter time than in a longer one
	codeReportContradicted    = "report.contradicted"    // a provider's report cannot follow from one that it gave before
	codeInsuranceContradicted = "insurance.contradicted" // nor what it tells of months of insurance
	codeIncomeRose            = "income.rose"            // stated, and no evidence stands behind it
	codeHouseholdDiffers      = "household.differs"      // from the one stated a short time before
	codeWorkDiffers           = "employment.differs"     // was not what it is now said to have been
	codeBalance               = "balance.differs"        // also of package statement
	codeBalanceSkips          = "balance.skips"          // a statement does not begin with what the one before ended with
	codeOverlapDiffers        = "overlap.differs"        // two statements give one moment other amounts
	codeSalaryRest            = "salary.rest_days"       // salaries come on days of rest
	codeSalaryEven            = "salary.even"            // one round amount on one day of the month, days of rest included
	codeReceiptsEven          = "receipts.even"          // the same receipts every day, a long holiday included
)

var signs = []Sign{
	{codeBalance, "balance", true},
	{codeBalanceSkips, "balance", false},

	{"count.differs", "totals", false},
	{"income_count.differs", "totals", false},
	{"expense_count.differs", "totals", false},
	{"neutral_count.differs", "totals", false},
	{"income_total.differs", "totals", false},
	{"expense_total.differs", "totals", false},
	{"neutral_total.differs", "totals", false},

	{"time.impossible", "time", false},
	{"time.later", "time", false},
	{"period.differs", "order", false},
	{"order.mixed", "order", false},
	{"serial.duplicate", "serial", false},
	{"serial.date_differs", "serial", false},
	{"amount.decimals", "figures", false},
	{"row.formula", "figures", false},
	{"owner.differs", "owner", false},

	{codeOverlapDiffers, "overlap", false},
	{codeSalaryRest, "pattern", false},
	{codeSalaryEven, "pattern", false},
	{codeReceiptsEven, "pattern", false},
}

// holidays are the Spring Festival and the National Day of 2024 to 2027: the days
// off in the State Council's notices on holidays for 2024 (国办发明电〔2023〕7号),
// 2025 (〔2024〕12号) and 2026 (〔2025〕7号). For 2027 they are the statutory days
// alone (全国年节及纪念日放假办法 as revised in 2024); its notice may add to them.
var holidays = []Holiday{
	{20240210, 20240217}, {20241001, 20241007},
	{20250128, 20250204}, {20251001, 20251008},
	{20260215, 20260223}, {20261001, 20261007},
	{20270205, 20270208}, {20271001, 20271003},
}

// Defaults returns the figures of a lender who set none.
func Defaults() Figures {
	return Figures{
		ReportDays:      30,
		GraceDays:       1,
		StatedDays:      90,
		IncomeRiseBP:    5000,
		HouseholdStep:   2,
		SinceDays:       31,
		ToldDays:        180,
		Exclusive:       []Pair{{"unemployed", "employed"}, {"unemployed", "self_employed"}, {"retired", "student"}},
		Signs:           slices.Clone(signs),
		Families:        3,
		Holidays:        slices.Clone(holidays),
		HolidaySalaries: 2,
		RestSalaries:    6,
		RoundFen:        1000_00,
		RegularMonths:   6,
		EvenDays:        28,
		EvenBP:          200,
	}
}

// Check computes the facts as of an instant in seconds. A nil e is no evidence at
// all. It may be called concurrently.
//
// Only what was there before the instant counts: an application of the same second
// is the present one.
func (f Figures) Check(e *agent.Evidence, asOf int64) agent.ConductFacts {
	if e == nil {
		e = &agent.Evidence{}
	}
	var facts agent.ConductFacts
	today := agent.DateOf(time.Unix(asOf, 0))
	past := applications(e.History, asOf)
	if past != nil {
		facts.Applications30 = within(past, asOf, 30)
		facts.Applications90 = within(past, asOf, 90)
		facts.Applications180 = within(past, asOf, 180)
	}
	f.report(&facts, e.CreditReport, today)
	f.promises(&facts, e, asOf, today)
	facts.TimesLate, facts.LongestLate = loan.PaidLate(e.Loan, today)
	f.stated(&facts, e, past, asOf, today)
	f.told(&facts, e.Told, asOf)
	f.forgery(&facts, e.Statements, asOf, today)
	slices.Sort(facts.Codes)
	facts.Codes = slices.Compact(facts.Codes)
	return facts
}

const day = 24 * 3600

// applications returns the applications before an instant, each once, by time; nil
// if they are not known, or one of them bears no time.
func applications(h *agent.History, asOf int64) []agent.PastApplication {
	if h == nil || h.Applications == nil {
		return nil
	}
	past := make([]agent.PastApplication, 0, len(h.Applications))
	for _, a := range h.Applications {
		if a.At <= 0 {
			return nil
		}
		if a.At < asOf {
			past = append(past, a)
		}
	}
	slices.SortFunc(past, func(a, b agent.PastApplication) int {
		if a.At != b.At {
			return cmp.Compare(a.At, b.At)
		}
		return cmp.Or(cmp.Compare(a.Requested.Or(-1), b.Requested.Or(-1)), cmp.Compare(a.Income.Or(-1), b.Income.Or(-1)),
			cmp.Compare(a.Household.Or(-1), b.Household.Or(-1)), cmp.Compare(a.Employment, b.Employment), cmp.Compare(a.Outcome, b.Outcome))
	})
	return slices.Compact(past)
}

// within counts the applications of the last days. They are before asOf and after
// 1970, so the difference cannot overflow.
func within(past []agent.PastApplication, asOf, days int64) agent.Int {
	n := int64(0)
	for i := range past {
		if asOf-past[i].At <= days*day {
			n++
		}
	}
	return agent.Known(n)
}

// report sets what a credit report of late counts. The windows of a stale report lie
// somewhere else, and its counts are unknown.
func (f Figures) report(facts *agent.ConductFacts, r *agent.CreditReport, today agent.Date) {
	switch {
	case r == nil:
		return
	case !r.Fresh(today, f.ReportDays):
		facts.Codes = append(facts.Codes, codeReportStale)
		return
	}
	if rising(r.Inquiries30, r.Inquiries90, r.Inquiries180) {
		facts.Inquiries90, facts.Inquiries180 = r.Inquiries90, r.Inquiries180
	} else {
		facts.Codes = append(facts.Codes, codeReportDiffers)
	}
	if rising(r.NewLoans30, r.NewLoans90, r.NewLoans180) {
		facts.NewLoans30, facts.NewLoans180 = r.NewLoans30, r.NewLoans180
	} else {
		facts.Codes = append(facts.Codes, codeReportDiffers)
	}
}

// rising reports whether those of some counts that are known fit together: none is
// below 0, or below the one before.
func rising(counts ...agent.Int) bool {
	var least int64
	for _, n := range counts {
		v, ok := n.Value()
		if ok && v < least {
			return false
		}
		least = max(least, v)
	}
	return true
}

// promises counts what became of promises to pay. What arrived from the day on
// which one was made until the day that it names, and the grace after it, keeps it
// if it comes to the whole amount. A promise that was written down twice is about
// the same money: each promise is held against all that arrived in its days.
//
// Nothing is known without a payment or an attempt on record, since they may have
// been left out, nor where a promise names no amount or day.
func (f Figures) promises(facts *agent.ConductFacts, e *agent.Evidence, asOf int64, today agent.Date) {
	if e.ContactLog == nil || e.ContactLog.Promises == nil || e.Loan == nil || len(e.Loan.Payments) == 0 {
		return
	}
	byDay := func(a, b agent.Payment) int { return cmp.Compare(a.On, b.On) }
	payments := e.Loan.Payments
	if !slices.IsSortedFunc(payments, byDay) {
		payments = slices.Clone(payments)
		slices.SortStableFunc(payments, byDay)
	}
	var undated int64
	for i := range payments {
		switch p := &payments[i]; {
		case p.Result != loan.Settled:
		case p.Amount < 0:
			return
		case p.On <= 0:
			undated = min(undated, maxFen) + min(p.Amount, maxFen)
		}
	}
	list := slices.Clone(e.ContactLog.Promises)
	slices.SortFunc(list, func(a, b agent.Promise) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.DueOn, b.DueOn), cmp.Compare(a.Amount, b.Amount))
	})
	var kept, broken, open int64
	for _, p := range slices.Compact(list) {
		if p.At > asOf {
			break
		}
		if p.At <= 0 || p.Amount <= 0 || p.Amount > maxFen || p.DueOn <= 0 || p.DueOn > 99991231 {
			return
		}
		made, last := agent.DateOf(time.Unix(p.At, 0)), p.DueOn.AddDays(max(f.GraceDays, 0))
		if p.DueOn < made {
			return
		}
		from, _ := slices.BinarySearchFunc(payments, made, func(x agent.Payment, d agent.Date) int { return cmp.Compare(x.On, d) })
		var paid int64
		for _, x := range payments[from:] {
			if x.On > min(last, today) || paid >= p.Amount {
				break
			}
			if x.Result == loan.Settled {
				paid += min(x.Amount, maxFen)
			}
		}
		switch {
		case paid >= p.Amount:
			kept++
		case paid+undated >= p.Amount:
			return
		case today > last:
			broken++
		default:
			open++
		}
	}
	facts.PromisesKept, facts.PromisesBroken, facts.PromisesOpen = agent.Known(kept), agent.Known(broken), agent.Known(open)
}

// maxFen bounds what is added: two of them are below the largest int64, and a sum
// that stops at more than one of them does not overflow either.
const maxFen = 1 << 61
