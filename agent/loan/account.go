package loan

import (
	"cmp"
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// Owed is what settles a loan on a day, fen.
type Owed struct {
	Fee       int64 // due and not paid
	Penalty   int64 // accrued and not paid
	Interest  int64 // due and not paid, and that of the days since the last due date
	Principal int64 // all that is not paid
}

// Total is the sum, at most the largest int64.
func (o Owed) Total() int64 { return add(add(o.Fee, o.Penalty), add(o.Interest, o.Principal)) }

// Settle returns what repays the loan early, or late, on a day: interest is for
// the time the money was had and no longer (Civil Code article 677), the share of
// the current line's by its days. What was paid ahead counts. Fees of lines not
// due are not owed; a charge for repaying early is the contract's matter and not
// in it. On the day the loan starts it is the principal.
//
// It is unknown, ok false, where the schedule is missing or does not repay the
// principal, the start is missing or later, [ReadLedger] knows nothing, an amount
// is outside the limits of [Terms], or a penalty of no known rate has accrued.
func (f Figures) Settle(l *agent.Loan, on agent.Date) (o Owed, ok bool) {
	if l == nil {
		return Owed{}, false
	}
	lines, ok := sorted(l.Schedule)
	if !ok || l.StartsOn <= 0 || on < l.StartsOn || lines[0].DueOn < l.StartsOn {
		return Owed{}, false
	}
	if p, known := l.Principal.Value(); known {
		for i := range lines {
			p = max(p-lines[i].Principal, -MaxPrincipal)
		}
		if p != 0 {
			return Owed{}, false
		}
	}
	return f.agreed(l, lines, on, func(as []account) (o Owed, ok bool) {
		r, ok := ruleOf(l.Rounding)
		var ahead int64 // paid on what is not owed yet
		begin := l.StartsOn
		for i := range as {
			a := &as[i]
			penalty, known := f.penaltyOf(l, a, on)
			ok = ok && known
			o.Penalty, o.Principal = add(o.Penalty, penalty), add(o.Principal, a.principal)
			if a.line.DueOn <= on {
				o.Fee, o.Interest = add(o.Fee, a.fee), add(o.Interest, a.interest)
				begin = a.line.DueOn
				continue
			}
			var earned int64
			if begin < on {
				days := a.line.DueOn.Days(begin)
				if days > maxDays {
					return Owed{}, false
				}
				earned = r.share(a.line.Interest, on.Days(begin), days)
			}
			begin = a.line.DueOn
			paid := a.line.Interest - a.interest
			o.Interest, ahead = add(o.Interest, max(0, earned-paid)), add(ahead, max(0, paid-earned))
			ahead = add(ahead, a.line.Fee-a.fee)
		}
		for _, part := range [...]*int64{&o.Principal, &o.Interest, &o.Fee, &o.Penalty} {
			n := min(ahead, *part)
			*part, ahead = *part-n, ahead-n
		}
		return o, ok
	})
}

// penalty returns what has accrued on the instalments that are past due still.
func (f Figures) penalty(l *agent.Loan, lines []agent.Instalment, today agent.Date) agent.Int {
	o, ok := f.agreed(l, lines, today, func(as []account) (o Owed, ok bool) {
		for i := range as {
			n, ok := f.penaltyOf(l, &as[i], today)
			if !ok {
				return Owed{}, false
			}
			o.Penalty = add(o.Penalty, n)
		}
		return o, true
	})
	if !ok {
		return agent.Int{}
	}
	return agent.Known(o.Penalty)
}

// An account is an instalment and what is not paid of it.
type account struct {
	line                     *agent.Instalment
	fee, interest, principal int64
	penaltyPaid              int64
	until                    agent.Date // the penalty is reckoned up to this day; 0: the due date
	fenDays                  int64      // principal past due, times days
}

// accrue reckons the penalty up to a day. It reports whether that can be done.
func (a *account) accrue(on agent.Date) bool {
	from := max(a.until, a.line.DueOn)
	if on <= from {
		return true
	}
	if on.Days(a.line.DueOn) > maxDays {
		return a.principal == 0 // nothing accrues
	}
	a.fenDays += a.principal * on.Days(from)
	a.until = on
	return true
}

// penaltyOf returns the penalty of an instalment that is not paid on a day, and
// whether it is known. One that payments do not go to ends with the instalment.
func (f Figures) penaltyOf(l *agent.Loan, a *account, on agent.Date) (int64, bool) {
	if !a.accrue(on) {
		return 0, false
	}
	if a.fenDays == 0 || a.fee == 0 && a.interest == 0 && a.principal == 0 && !slices.Contains(f.Order, PartPenalty) {
		return 0, true
	}
	rate, ok := l.PenaltyBP.Value()
	r, ok2 := ruleOf(l.Rounding)
	if !ok || !ok2 || rate < 0 || rate > MaxRateBP {
		return 0, false
	}
	return r.share(a.fenDays, rate, 10_000*f.DayBasis) - a.penaltyPaid, true
}

// agreed reads the accounts on a day, and once more with the payments of unknown
// date as the first. Where a date could make a difference nothing is known.
func (f Figures) agreed(l *agent.Loan, lines []agent.Instalment, on agent.Date, read func([]account) (Owed, bool)) (Owed, bool) {
	if g := ReadLedger(l, on); !g.Past.IsKnown() || !f.sound() {
		return Owed{}, false
	}
	room := make([]account, 0, len(lines))
	as, undated, ok := f.accounts(room, l, lines, on, 0)
	if !ok {
		return Owed{}, false
	}
	o, ok := read(as)
	if ok && undated > 0 {
		var early Owed
		if as, _, ok = f.accounts(room, l, lines, on, undated); ok {
			early, ok = read(as)
		}
		ok = ok && early == o
	}
	if !ok {
		return Owed{}, false
	}
	return o, true
}

// sound reports whether basis and order are such as [Figures] says.
func (f Figures) sound() bool {
	var seen [4]int
	parts := [...]string{PartPenalty, PartFee, PartInterest, PartPrincipal}
	for _, part := range f.Order {
		i := slices.Index(parts[:], part)
		if i < 0 {
			return false
		}
		seen[i]++
	}
	return seen[0] <= 1 && seen[1] == 1 && seen[2] == 1 && seen[3] == 1 && (f.DayBasis == 360 || f.DayBasis == 365)
}

// accounts puts the settled payments up to a day on the instalments, the oldest
// first, and before all of them a sum of no date. It returns the sum of the
// payments of unknown date too.
func (f Figures) accounts(as []account, l *agent.Loan, lines []agent.Instalment, on agent.Date, first int64) (_ []account, undated int64, ok bool) {
	for i := range lines {
		n := &lines[i]
		as = append(as, account{line: n, fee: n.Fee, interest: n.Interest, principal: n.Principal})
	}
	payments := inOrder(l.Payments, func(a, b agent.Payment) int { return cmp.Compare(a.On, b.On) })
	open := as
	pay := func(amount int64, on agent.Date) bool {
		for len(open) > 0 && amount > 0 {
			if !f.take(l, &open[0], &amount, on) {
				return false
			}
			if amount > 0 {
				open = open[1:]
			}
		}
		return true
	}
	pay(first, 1) // before anything is due nothing has accrued that could be unknown
	for i := range payments {
		switch p := &payments[i]; {
		case p.Result != Settled:
		case p.On <= 0:
			undated = add(undated, p.Amount)
		case p.On <= on && !pay(p.Amount, p.On):
			return nil, 0, false
		}
	}
	return as, undated, true
}

// take pays an instalment by the order out of an amount, as far as that reaches.
func (f Figures) take(l *agent.Loan, a *account, amount *int64, on agent.Date) bool {
	if !a.accrue(on) {
		return false
	}
	for _, part := range f.Order {
		owed := &a.principal
		switch part {
		case PartFee:
			owed = &a.fee
		case PartInterest:
			owed = &a.interest
		case PartPenalty:
			n, ok := f.penaltyOf(l, a, on)
			if !ok {
				return false
			}
			n = min(n, *amount)
			a.penaltyPaid, *amount = a.penaltyPaid+n, *amount-n
			continue
		}
		n := min(*owed, *amount)
		*owed, *amount = *owed-n, *amount-n
	}
	return true
}
