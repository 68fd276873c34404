// Package loan is the arithmetic of a loan: the schedule of each method of
// repayment, what a month of it takes from a budget, and the largest principal
// that a budget carries.
//
// It is pure and exact. Amounts are int64 fen; powers of the monthly rate are
// taken over whole numbers, never in floating point. The monthly rate is the
// annual nominal rate divided by twelve, whatever the length of the month; a
// daily one is divided by 360 or 365, see [Figures]. Each amount is rounded to
// the fen by one rule, the nearest and a half upwards if no other is agreed, and
// the last instalment takes what the rounding of the earlier ones left of the
// principal.
//
// The all-in annual cost ([AllIn]) alone is found in floating point, since no
// fraction is its solution; it is rounded so that machines agree on it.
//
// Late payment costs what was agreed on the principal that is past due, by the
// day and simply: nothing is charged on interest, and nothing on a penalty.
package loan

import (
	"errors"
	"math/big"

	"github.com/yanmen/yanmen/agent"
)

// The limits of [Terms]. Inside them no computation of this package overflows.
const (
	MaxPrincipal = 10_000_000_000_000 // fen
	MaxRateBP    = 100_000            // a thousand per cent a year
	MaxMonths    = 600
)

// yearBP divides an annual rate in basis points into a monthly fraction.
const yearBP = 12 * 10_000

// ErrTerms means that an amount, rate, method or term is missing or outside the
// limits. Treat the result as unknown; asking again gives the same answer.
var ErrTerms = errors.New("loan terms out of range")

// Terms are what a monthly schedule is computed from.
type Terms struct {
	Principal int64  // fen, 1 to MaxPrincipal
	RateBP    int64  // annual nominal rate in basis points, 0 to MaxRateBP
	Method    string // one of agent.MethodEqualInstalment and its siblings
	Months    int64  // 1 to MaxMonths
}

func (t Terms) check() error {
	switch t.Method {
	case agent.MethodEqualInstalment, agent.MethodEqualPrincipal, agent.MethodInterestOnly, agent.MethodBullet:
	default:
		return ErrTerms
	}
	if t.Principal < 1 || t.Principal > MaxPrincipal || t.RateBP < 0 || t.RateBP > MaxRateBP ||
		t.Months < 1 || t.Months > MaxMonths {
		return ErrTerms
	}
	return nil
}

// Schedule returns the instalments of a loan paid out on starts, the first one
// month later. A month without that day falls due on its last day. The
// principals add up to the principal to the fen. It is the [Plan] of equal months.
func Schedule(t Terms, starts agent.Date) ([]agent.Instalment, error) {
	return Plan{Terms: t, StartsOn: starts}.Lines()
}

// Monthly returns what a month of the loan takes from the borrower's budget, in
// fen. For equal instalments that is the level instalment and for equal
// principal the first and largest one, each without what rounding moves to the
// last. Interest-only and bullet loans fall due in one sum at the end; their
// month is the whole sum of principal and interest divided over the term,
// rounded up, because a borrower who carries the interest alone does not carry
// the loan.
//
// The result never falls when the principal or the rate rises.
func Monthly(t Terms) (int64, error) {
	if err := t.check(); err != nil {
		return 0, err
	}
	return monthly(t), nil
}

func monthly(t Terms) int64 {
	switch t.Method {
	case agent.MethodEqualInstalment:
		return levelInstalment(t)
	case agent.MethodEqualPrincipal:
		return ceilDiv(t.Principal, t.Months) + share(t.Principal, t.RateBP, yearBP)
	case agent.MethodInterestOnly:
		return ceilDiv(t.Principal+t.Months*share(t.Principal, t.RateBP, yearBP), t.Months)
	default: // bullet; check has refused the rest
		return ceilDiv(t.Principal+share(t.Principal, t.RateBP*t.Months, yearBP), t.Months)
	}
}

// LargestPrincipal returns the largest principal, in fen, for which [Monthly]
// is at most budget fen; t.Principal is not looked at. It is 0 when not even
// one fen fits, and never more than [MaxPrincipal].
func LargestPrincipal(t Terms, budget int64) (int64, error) {
	t.Principal = 1
	if err := t.check(); err != nil {
		return 0, err
	}
	if budget <= 0 {
		return 0, nil
	}
	budget = min(budget, 2*MaxPrincipal) // more carries MaxPrincipal all the same
	if t.Method != agent.MethodEqualInstalment {
		fits, over := int64(0), int64(MaxPrincipal+1)
		for over-fits > 1 {
			t.Principal = fits + (over-fits)/2
			if monthly(t) <= budget {
				fits = t.Principal
			} else {
				over = t.Principal
			}
		}
		return fits, nil
	}
	// round(p·num/den) ≤ budget  ⇔  2·p·num < (2·budget+1)·den
	num, den := annuity(t.RateBP, t.Months)
	den.Mul(den, big.NewInt(2*budget+1))
	den.Sub(den, big.NewInt(1))
	num.Lsh(num, 1)
	p := den.Quo(den, num)
	if !p.IsInt64() {
		return MaxPrincipal, nil
	}
	return min(p.Int64(), MaxPrincipal), nil
}

// levelInstalment returns the instalment of an annuity, rounded to the fen.
func levelInstalment(t Terms) int64 {
	num, den := annuity(t.RateBP, t.Months)
	num.Mul(num, big.NewInt(2*t.Principal))
	num.Add(num, den)
	return num.Quo(num, den.Lsh(den, 1)).Int64()
}

// annuity returns the exact instalment per fen of principal as a fraction:
// i·qⁿ/(qⁿ−1) with q = 1+i, and 1/n where there is no interest.
func annuity(rateBP, months int64) (num, den *big.Int) {
	if rateBP == 0 {
		return big.NewInt(1), big.NewInt(months)
	}
	// q = a/b in lowest terms keeps the powers short.
	g := gcd(rateBP, yearBP)
	n := big.NewInt(months)
	a := big.NewInt((yearBP + rateBP) / g)
	b := big.NewInt(yearBP / g)
	a.Exp(a, n, nil)
	b.Exp(b, n, nil)
	den = b.Sub(a, b)
	den.Mul(den, big.NewInt(yearBP/g))
	return a.Mul(a, big.NewInt(rateBP/g)), den
}

// AddMonths returns the date n months later, which may be negative: the same
// day of the month, or the month's last day where it has no such day.
func AddMonths(d agent.Date, n int) agent.Date {
	y, m, day := int(d)/10000, int(d)/100%100, int(d)%100
	m += n - 1
	y += m / 12
	if m %= 12; m < 0 {
		m += 12
		y--
	}
	return agent.Date(y*10000 + (m+1)*100 + min(day, daysIn(y, m+1)))
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// share returns amount·num/den to the nearest fen, a half upwards.
func share(amount, num, den int64) int64 { return halfUp.share(amount, num, den) }

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
