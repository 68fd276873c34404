package overdue

import (
	"math"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// maxDays bounds what is added up day by day: twelve months.
const maxDays = 372

// sums adds up the rows of an account that pick chooses, day by day from an
// instant on. Statements of one account may overlap or come twice: of each day
// the greatest of their sums counts.
func sums(list []*agent.Statement, account *agent.Statement, from int64, days []int64, pick func(*agent.Transaction) bool) {
	clear(days)
	end := from + int64(len(days))*day
	for _, s := range list {
		if !sameAccount(s, account) {
			continue
		}
		var own [maxDays]int64
		for i := range s.Transactions {
			t := &s.Transactions[i]
			if t.At >= from && t.At < end && t.State == agent.StateSettled && t.Amount > 0 && pick(t) {
				n := (t.At - from) / day
				own[n] = add(own[n], t.Amount)
			}
		}
		for n := range days {
			days[n] = max(days[n], own[n])
		}
	}
}

// monthly adds the rows of an account that pick chooses to sum, month by month:
// month k runs from starts[k] to starts[k+1].
func monthly(list []*agent.Statement, account *agent.Statement, starts, sum []int64, pick func(*agent.Transaction) bool) {
	var buf [maxDays]int64
	from := starts[0]
	days := buf[:min(max(starts[len(sum)]-from, 0)/day, maxDays)]
	sums(list, account, from, days, pick)
	k := 0
	for n, amount := range days {
		for k+1 < len(sum) && from+int64(n)*day >= starts[k+1] {
			k++
		}
		sum[k] = add(sum[k], amount)
	}
}

func total(days []int64) (sum int64) {
	for _, n := range days {
		sum = add(sum, n)
	}
	return sum
}

// around returns the whole days around the due date that spending and payments
// to others are looked for in: no more than maxDays, and not today.
func (q *question) around() (from, to int64) {
	due := q.due.Time().Unix()
	from = due - min(max(q.Around.Before, 0), maxDays/2)*day
	to = due + (min(max(q.Around.After, 0), maxDays/2-1)+1)*day
	return from, min(to, q.today.Time().Unix())
}

// living returns what the household needs for so many days by the figures of the due
// day, rounded up; unknown if they do not say, or say more than can be counted.
func (q *question) living(days int64) agent.Int {
	if q.Living == nil {
		return agent.Int{}
	}
	month, ok := q.Living(q.e.Liabilities, q.due).Value()
	if !ok || month <= 0 || month > math.MaxInt64/(2*maxDays) {
		return agent.Int{}
	}
	return agent.Known((month*days + 29) / 30)
}

// ability reports whether the instalment could have been paid when it was due.
//
// Yes takes an account that held, through the whole day, the instalment, a
// month's living and a month of the other debts that the borrower listed; or,
// where no balance is known, one salary of that much a few days before. No takes
// known balances that together never reached the instalment, and no salary that
// did. Only the loan, the statements and the borrower's own list are looked at,
// and the list is required for Yes: so no evidence that is left out makes anyone
// look able. Money on a frozen account is not at hand. A lost card does not
// change that there was money; whether it could be moved is another fact.
func (q *question) ability(p purse, amount int64) agent.Tri {
	begin := q.due.Time().Unix()
	end := begin + day
	var pay int64
	for _, s := range q.e.Statements {
		if s == nil {
			continue
		}
		for i := range s.Transactions {
			t := &s.Transactions[i]
			if t.At >= begin-q.PayDays*day && t.At < end && isIncome(t, agent.KindSalary) {
				pay = max(pay, t.Amount)
			}
		}
	}
	if p.accounts > 0 && p.together < amount && pay < amount {
		return agent.No
	}
	need, ok := q.living(30).Value()
	if !ok || q.returned.seen[accountFrozen] {
		return agent.Unknown
	}
	need = add(add(need, amount), q.listed())
	switch {
	case p.funds(need) == agent.Yes:
		return agent.Yes
	case p.accounts == 0 && pay >= need && !q.returned.seen[insufficientFunds]:
		return agent.Yes
	}
	return agent.Unknown
}

// listed returns what the borrower says that all debts cost a month.
func (q *question) listed() (sum int64) {
	if q.e.Liabilities != nil {
		for _, o := range q.e.Liabilities.Obligations {
			sum = add(sum, max(o.Monthly, 0))
		}
	}
	return sum
}

// paidElsewhere reports whether other lenders were paid around the due date.
// Rows that are this loan's own payments do not count.
func (q *question) paidElsewhere() agent.Tri {
	from, to := q.around()
	found, covered := false, false
	accounts(q.e.Statements, func(account *agent.Statement) {
		covered = covered || from < to && covers(q.e.Statements, account, from, to)
	})
	for _, s := range q.e.Statements {
		if s == nil {
			continue
		}
		for i := range s.Transactions {
			t := &s.Transactions[i]
			if t.Kind != agent.KindRepayment || t.Flow != agent.FlowOut || t.State != agent.StateSettled || t.Amount <= 0 || t.At < from || t.At >= to {
				continue
			}
			found = found || !q.ownPayment(t)
		}
	}
	switch {
	case found:
		return agent.Yes
	case covered:
		return agent.No
	}
	return agent.Unknown
}

// ownPayment reports whether a row is a payment of this loan: the same amount
// within three days.
func (q *question) ownPayment(t *agent.Transaction) bool {
	for _, p := range q.e.Loan.Payments {
		if p.Result == settled && p.Amount == t.Amount && p.On > 0 {
			if d := p.On.Days(dateOf(t.At)); d >= -3 && d <= 3 {
				return true
			}
		}
	}
	return false
}

// spent reports whether more than the instalment went into what can wait:
// purchases, gifts and investments around the due date, less refunds, less what
// the household needs to live in that time. One account must show it alone, for
// a wallet and the bank behind it tell of one purchase twice; No takes a
// statement of the whole time and no more than the instalment on all together.
func (q *question) spent(amount int64) agent.Tri {
	from, to := q.around()
	if from >= to {
		return agent.Unknown
	}
	n := (to - from) / day
	var buf [maxDays]int64
	days := buf[:n]
	var most, all int64
	covered := false
	accounts(q.e.Statements, func(account *agent.Statement) {
		sums(q.e.Statements, account, from, days, func(t *agent.Transaction) bool { return t.Flow == agent.FlowOut && canWait(t.Kind) })
		out := total(days)
		sums(q.e.Statements, account, from, days, func(t *agent.Transaction) bool {
			return t.Flow == agent.FlowIn && (t.Kind == agent.KindRefund || t.Kind == agent.KindInvestment)
		})
		most = max(most, out-min(out, total(days)))
		all = add(all, out)
		covered = covered || covers(q.e.Statements, account, from, to)
	})
	living, ok := q.living(n).Value()
	switch {
	case ok && most-min(most, living) > amount:
		return agent.Yes
	case covered && all <= amount:
		return agent.No
	}
	return agent.Unknown
}

func canWait(k agent.Kind) bool {
	return k == agent.KindPurchase || k == agent.KindRedPacket || k == agent.KindInvestment
}

// A receipts says what became of business receipts after the claimed start.
type receipts uint8

const (
	receiptsUnknown receipts = iota
	receiptsFell
	receiptsContinued
)

// lookAtReceipts compares the complete months after the month in which the
// business is said to have failed with the three before it, on the accounts that
// cover both. Receipts fell if each later month has no more than a share of the
// earlier ones' median and no other account shows any; they went on if each has
// nearly as much.
func (c *claim) lookAtReceipts() {
	c.receipts = receiptsUnknown
	if c.since == 0 || len(c.e.Statements) == 0 {
		return
	}
	const most = 8 // complete months after the start; more of them fit no window
	var starts [4 + most + 1]int64
	begin := loan.AddMonths(monthStart(c.since), -3)
	months := 0 // complete ones from begin on, the month of the start being the fourth
	for k := range starts {
		d := loan.AddMonths(begin, k)
		starts[k] = d.Time().Unix()
		if k > 0 && d <= monthStart(c.today) {
			months = k
		}
	}
	if months < 6 {
		return
	}
	var sum [4 + most]int64
	elsewhere := false
	accounts(c.e.Statements, func(account *agent.Statement) {
		var own [4 + most]int64
		monthly(c.e.Statements, account, starts[:months+1], own[:months], func(t *agent.Transaction) bool {
			return t.Kind == agent.KindReceipt && t.Flow == agent.FlowIn
		})
		if covers(c.e.Statements, account, starts[0], starts[months]) {
			for k, amount := range own {
				sum[k] = add(sum[k], amount)
			}
		} else {
			elsewhere = elsewhere || total(own[4:]) > 0
		}
	})
	usual, n := median(sum[:3], 0)
	if n < 3 {
		return
	}
	fell, held := !elsewhere && c.timely(c.since, c.Business), true
	for _, after := range sum[4:months] {
		fell = fell && after <= share(usual, c.FallBP)
		held = held && after >= share(usual, c.HoldBP)
	}
	switch {
	case held && c.HoldBP > 0:
		c.receipts = receiptsContinued
	case fell:
		c.receipts = receiptsFell
	}
}

// report returns the credit report if it is of the time of the due date.
func (c *claim) report() *agent.CreditReport {
	if r := c.e.CreditReport; r != nil && c.timely(r.On, c.Debts) {
		return r
	}
	return nil
}

// owesTooMuch reports whether debts take the larger part of the lowest income
// that a source beside the borrower shows. Of the list and the report the higher
// counts; an income that no source shows is unknown, not nothing.
func (c *claim) owesTooMuch() bool {
	if c.due == 0 || c.due > c.today || c.DebtShareBP <= 0 {
		return false
	}
	owed := c.listed()
	if r := c.report(); r != nil {
		owed = max(owed, r.Monthly.Or(0))
	}
	income, ok := c.income()
	return ok && owed > 0 && owed >= share(income, c.DebtShareBP)
}

// income returns the lower of the verified months and the salaries on
// statements, each the median of up to six months before the due date.
func (c *claim) income() (int64, bool) {
	var shown agent.Int
	lower := func(list []int64) {
		if v, n := median(list, 0); n >= 3 {
			shown = agent.Known(min(v, shown.Or(v)))
		}
	}
	end := monthStart(c.due)
	if i := c.e.Income; i != nil && i.Verified == agent.Yes {
		var months [6]int64
		for _, m := range i.Months {
			for k := range months {
				if m.Month > 0 && monthStart(m.Month) == loan.AddMonths(end, k-len(months)) {
					months[k] = max(months[k], m.Amount)
				}
			}
		}
		lower(months[:])
	}
	if len(c.e.Statements) > 0 {
		var starts [7]int64
		for k := range starts {
			starts[k] = loan.AddMonths(end, k-6).Time().Unix()
		}
		var months [6]int64
		accounts(c.e.Statements, func(account *agent.Statement) {
			monthly(c.e.Statements, account, starts[:], months[:], func(t *agent.Transaction) bool { return isIncome(t, agent.KindSalary) })
		})
		lower(months[:])
	}
	return shown.Value()
}

// manyLenders reports whether the report or the borrower's list names many.
func (c *claim) manyLenders() bool {
	if c.due == 0 || c.ManyLenders <= 0 {
		return false
	}
	if r := c.report(); r != nil && r.Lenders.Or(0) >= c.ManyLenders {
		return true
	}
	if c.e.Liabilities == nil {
		return false
	}
	list := c.e.Liabilities.Obligations
	var n int64
next:
	for i, o := range list {
		if o.Lender == "" || o.Balance <= 0 {
			continue
		}
		for _, p := range list[:i] {
			if p.Lender == o.Lender && p.Balance > 0 {
				continue next
			}
		}
		n++
	}
	return n >= c.ManyLenders
}

// lateElsewhere reports whether more accounts than this one are overdue.
func (c *claim) lateElsewhere() bool {
	r := c.report()
	return r != nil && r.Overdue.Or(0) >= 2
}

// fewDebts reports whether the credit report knows of this lender at most.
func (c *claim) fewDebts() bool {
	r := c.report()
	return r != nil && r.Lenders.Or(2) <= 1 && r.Overdue.Or(2) <= 1
}

// payoutReceived reports whether the statements show the loan's money come in.
func (c *claim) payoutReceived() bool {
	l := c.e.Loan
	if l == nil || l.StartsOn <= 0 || c.due == 0 {
		return false
	}
	principal, ok := l.Principal.Value()
	if !ok || principal <= 0 {
		return false
	}
	for _, s := range c.e.Statements {
		if s == nil {
			continue
		}
		for i := range s.Transactions {
			t := &s.Transactions[i]
			if isIncome(t, agent.KindLoanIn) && t.Amount == principal && t.At <= c.asOf {
				if d := dateOf(t.At).Days(l.StartsOn); d >= -3 && d <= 7 {
					return true
				}
			}
		}
	}
	return false
}

func dateOf(seconds int64) agent.Date { return agent.DateOf(time.Unix(seconds, 0)) }
