package loan

import (
	"math"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// MaxCostBP stands for every all-in cost above it, and for a loan of which fees
// leave the borrower nothing: ten thousand per cent a year.
const MaxCostBP = 1_000_000

// Cost computes what the loan of the evidence costs and when its contract was
// made, as of an instant in seconds. A nil e is no evidence at all. It may be
// called concurrently.
//
// The contract is of the day on which the loan starts. An application that names
// no such day would be made into a contract on the day as of which it is judged.
func Cost(e *agent.Evidence, asOf int64) agent.CostFacts {
	if e == nil || e.Loan == nil {
		return agent.CostFacts{}
	}
	l := e.Loan
	on := l.StartsOn
	if on == 0 && l.Requested.IsKnown() {
		on = agent.DateOf(time.Unix(asOf, 0))
	}
	return agent.CostFacts{AllInBP: allIn(l, on), ContractOn: on}
}

// AllIn returns the all-in annual cost of a loan in basis points, 0 to
// [MaxCostBP]: twelve times the monthly rate at which everything that the
// borrower pays is worth what the borrower receives, to the nearest basis point,
// a half upwards. It counts principal, interest and every fee, as agreed; what
// was paid late or not at all is another matter.
//
// The borrower receives the principal, or of an application without one the sum
// applied for, less the fees of the loan, which bear no date and are taken for
// paid on the first day. A loan without a schedule has the one that its terms
// make; by the day, of a year of 360 days. A due date that lies whole months after the start counts as so many
// months, any other as its days by 12/365.
//
// It is unknown without terms or schedule, where an amount or a date is
// negative, missing or outside the limits of [Terms], and for a schedule that
// does not repay the principal to the fen: lines that were left out would make a
// dear loan look cheap.
func AllIn(l *agent.Loan) agent.Int { return allIn(l, l.StartsOn) }

// allIn is AllIn of a loan that starts on a day, if no schedule says when.
func allIn(l *agent.Loan, on agent.Date) agent.Int {
	lent := lent(l)
	if lent == 0 {
		return agent.Int{}
	}
	got := lent
	for i := range l.Fees {
		f := l.Fees[i].Amount
		if f < 0 || f > MaxPrincipal {
			return agent.Int{}
		}
		got = max(got-f, -MaxPrincipal) // below nothing is nothing, and cannot overflow
	}
	var room [64]flow
	flows := room[:0]
	if len(l.Schedule) == 0 {
		terms, ok := termsOf(l, lent)
		if on <= 0 {
			on = someDay
		}
		lines, err := Plan{Terms: terms, StartsOn: on, Accrual: l.Accrual, Rounding: l.Rounding}.Lines()
		if !ok || err != nil {
			return agent.Int{}
		}
		for i := range lines {
			month := i + 1
			if terms.Method == agent.MethodBullet {
				month = int(terms.Months)
			}
			flows = append(flows, flow{float64(month), float64(lines[i].Principal + lines[i].Interest)})
		}
	} else {
		var repaid int64
		for i := range l.Schedule {
			s := &l.Schedule[i]
			if l.StartsOn == 0 || s.DueOn < l.StartsOn || !fits(s.Principal) || !fits(s.Interest) || !fits(s.Fee) {
				return agent.Int{}
			}
			repaid = min(repaid+s.Principal, math.MaxInt64/2)
			pays := s.Principal + s.Interest + s.Fee
			if s.DueOn == l.StartsOn {
				got = max(got-pays, -MaxPrincipal)
				continue
			}
			flows = append(flows, flow{monthsBetween(l.StartsOn, s.DueOn), float64(pays)})
		}
		if repaid != lent {
			return agent.Int{}
		}
	}
	return rateOf(got, flows)
}

// someDay begins the schedule of a loan that names no day.
const someDay agent.Date = 20000101

// lent returns what is lent or, of an application, asked for; 0 is unknown.
func lent(l *agent.Loan) int64 {
	principal := l.Principal
	if !principal.IsKnown() {
		principal = l.Requested
	}
	if p := principal.Or(0); p >= 1 && p <= MaxPrincipal {
		return p
	}
	return 0
}

// termsOf returns the terms of a loan over a principal, if they are known.
func termsOf(l *agent.Loan, principal int64) (Terms, bool) {
	rate, ok := l.RateBP.Value()
	months, ok2 := l.TermMonths.Value()
	t := Terms{Principal: principal, RateBP: rate, Method: l.Method, Months: months}
	return t, ok && ok2 && t.check() == nil
}

func fits(fen int64) bool { return fen >= 0 && fen <= MaxPrincipal }

// A flow is an amount in fen that the borrower pays, months after the start.
type flow struct{ months, fen float64 }

// tie is what may be missing to a half that is still taken for one. It is far
// above what floating point loses, which differs between machines, and far below
// what an amount of one fen makes.
const tie = 1e-6

// rateOf solves for the rate. In u = ln(1+rate) the logarithm of the value of
// all flows is convex and falls, and at 0 it is no less than that of what was
// received. So Newton's steps from 0 rise to the one solution and never pass it.
func rateOf(got int64, flows []flow) agent.Int {
	var all float64
	for i := range flows {
		all += flows[i].fen
	}
	switch {
	case all == 0:
		return agent.Int{} // nothing was lent for any time
	case got <= 0:
		return agent.Known(MaxCostBP)
	}
	most := math.Log1p(float64(MaxCostBP) / yearBP)
	for u, n := 0.0, 0; n < 100; n++ {
		v := math.Exp(-u)
		var value, weighted float64
		at, power := 0.0, 1.0
		for i := range flows {
			f := &flows[i]
			switch f.months - at {
			case 0:
			case 1: // the next month: most schedules have nothing else
				power *= v
			default:
				power = math.Exp(-u * f.months)
			}
			at = f.months
			worth := f.fen * power
			value += worth
			weighted += float64(f.months * worth) // not fused, on any machine
		}
		step := math.Log(value/float64(got)) * value / weighted
		if !(step > 1e-14) {
			return agent.Known(int64(math.Floor(yearBP*math.Expm1(u) + 0.5 + tie)))
		}
		if u += step; u >= most {
			return agent.Known(MaxCostBP)
		}
	}
	return agent.Int{} // a rate that was not reached would be too low
}

// monthsBetween returns how long after a date another one lies: whole months
// where it is AddMonths of them, else days by 12/365.
func monthsBetween(from, to agent.Date) float64 {
	k := (int(to)/10000-int(from)/10000)*12 + int(to)/100%100 - int(from)/100%100
	if AddMonths(from, k) == to {
		return float64(k)
	}
	return float64(to.Days(from)) * 12 / 365
}
