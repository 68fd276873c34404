package capacity

import (
	"cmp"
	"math/bits"
	"slices"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// Income is found in streams, month by month over the twelve complete months
// before the as-of date:
//
//	wage       salaries on statements; bases of social insurance. The lower.
//	benefit    benefits and pensions on statements.
//	receipts   business receipts on statements, of which a share counts. Money
//	           that a wallet collected and paid out to the bank is one stream
//	           seen twice: the higher view counts, for it holds the other.
//	declared   months that somebody beside the borrower stands behind. They
//	           describe the whole, so the whole is at most that.
//
// The amount of a stream is the lower of the medians of its last six and its
// last three months: one good month raises nothing, and a stream that dried up
// counts as such. A month counts if the statements of an account that shows the
// stream cover it; a covered month without income is a month with nothing. Only
// settled inflows of the kinds that [agent.Kind.IsIncome] names are added up.
//
// Statements of one account may overlap or come twice: each instant belongs to
// one of them. Accounts without a label count as one account of their format.

// lookBack is how many complete months are looked at; window and recent are how
// many of them the medians are of.
const (
	lookBack = 12
	window   = 6
	recent   = 3
)

// A calendar holds the months before an as-of date: month k, from 1, is the k-th
// before the current one and runs from start[k] to start[k-1].
type calendar struct {
	asOf  int64
	month int // months since year 0 of the current month
	start [lookBack + 1]int64
}

func newCalendar(asOf int64) calendar {
	today := dateOf(asOf)
	c := calendar{asOf: asOf, month: monthOf(today)}
	for k := range c.start {
		c.start[k] = loan.AddMonths(today-today%100+1, -k).Time().Unix()
	}
	return c
}

// at returns the month of an instant, 0 for one outside the twelve.
func (c *calendar) at(t int64) int {
	if t >= c.start[0] || t < c.start[lookBack] {
		return 0
	}
	k := 1
	for t < c.start[k] {
		k++
	}
	return k
}

// of returns the month that a date lies in, 0 for one outside the twelve.
func (c *calendar) of(d agent.Date) int {
	if k := c.month - monthOf(d); d > 0 && k >= 1 && k <= lookBack {
		return k
	}
	return 0
}

// A stream is one source's amounts by month.
type stream struct {
	sum     [lookBack + 1]int64
	covered uint16 // bit k: month k counts
	last    agent.Date
}

// amount returns the monthly amount, if enough months count and the newest of
// them is fresh.
func (s *stream) amount(f Figures, c *calendar) agent.Int {
	n := bits.OnesCount16(s.covered)
	if n == 0 || n < f.MinMonths {
		return agent.Int{}
	}
	newest := bits.TrailingZeros16(s.covered)
	if c.asOf-c.start[newest-1] >= f.MaxAgeDays*86400 {
		return agent.Int{}
	}
	var months [window]int64
	i := 0
	for k := newest; k <= lookBack && i < window; k++ {
		if s.covered&(1<<k) != 0 {
			months[i] = s.sum[k]
			i++
		}
	}
	late := lowerMedian(months[:min(i, recent)])
	return agent.Known(min(late, lowerMedian(months[:i])))
}

// earned returns the months with an amount.
func (s *stream) earned() (months uint16) {
	for k, sum := range s.sum {
		if sum > 0 {
			months |= 1 << k
		}
	}
	return months
}

// lowerMedian of a list that is not empty. It leaves the list as it is.
func lowerMedian(list []int64) int64 {
	var sorted [window]int64
	n := copy(sorted[:], list)
	slices.Sort(sorted[:n])
	return sorted[(n-1)/2]
}

// Streams of statements.
const (
	salary       = iota
	benefit      // public benefits and pensions
	collected    // receipts at a bank from customers
	passedOn     // receipts at a bank from a wallet's platform
	walletIncome // receipts in a wallet
	numStreams
)

// flows are all statements together.
type flows struct {
	streams [numStreams]stream
	months  uint16 // covered months with income
	last    int64  // instant of the last income
	seen    bool   // there is a statement
	rows    int64
	unknown int64
	refused int64
}

// income sets all facts about income and statements.
func (f Figures) income(facts *agent.CapacityFacts, e *agent.Evidence, asOf int64) {
	c := newCalendar(asOf)
	var fl flows
	f.read(&fl, e.Statements, &c)
	if fl.seen {
		facts.StatementRows = agent.Known(fl.rows)
		facts.StatementUnknown = agent.Known(fl.unknown)
		facts.StatementWarnings = warnings(e.Statements)
	}
	insured := insurance(e.SocialInsurance, &c)
	declared := verified(e.Income, &c)

	wage := lower(fl.streams[salary].amount(f, &c), insured.amount(f, &c))
	wallet := fl.streams[walletIncome].amount(f, &c)
	receipts := plus(fl.streams[collected].amount(f, &c), higher(wallet, fl.streams[passedOn].amount(f, &c)))
	if v, ok := receipts.Value(); ok {
		receipts = agent.Known(v/10_000*f.ReceiptShareBP + v%10_000*f.ReceiptShareBP/10_000)
	}
	seen := plus(wage, plus(fl.streams[benefit].amount(f, &c), receipts))
	facts.VerifiedIncome = lower(seen, declared.amount(f, &c))

	months := fl.months | insured.earned() | declared.earned()
	if fl.seen || insured.covered|declared.covered != 0 {
		facts.IncomeMonths = agent.Known(int64(bits.OnesCount16(months)))
	}
	facts.LastIncomeOn = max(insured.last, declared.last)
	if fl.last != 0 {
		facts.LastIncomeOn = max(facts.LastIncomeOn, dateOf(fl.last))
	}
	if e.Income != nil {
		facts.DeclaredIncome = stated(e.Income)
	}

	clean := len(facts.StatementWarnings) == 0 && fl.refused == 0
	switch {
	case facts.VerifiedIncome.IsKnown() && clean && f.GoodMonths > 0 && bits.OnesCount16(fl.months) >= f.GoodMonths:
		facts.Evidence = agent.EvidenceGood
	case facts.VerifiedIncome.IsKnown():
		facts.Evidence = agent.EvidenceFair
	case facts.DeclaredIncome.IsKnown() || fl.last != 0 || months != 0:
		facts.Evidence = agent.EvidenceWeak
	default:
		facts.Evidence = agent.EvidenceNone
	}
}

// read adds up the statements, account by account.
func (f Figures) read(fl *flows, list []*agent.Statement, c *calendar) {
	var buf [16]*agent.Statement
	order := buf[:0]
	for _, s := range list {
		if s != nil {
			order = append(order, s)
		}
	}
	fl.seen = len(order) > 0
	// Of two statements that begin together the longer and fuller owns what
	// both cover, whatever the order in which they came.
	slices.SortStableFunc(order, func(a, b *agent.Statement) int {
		return cmp.Or(
			cmp.Compare(a.Account, b.Account),
			cmp.Compare(unlabelled(a), unlabelled(b)),
			cmp.Compare(a.From, b.From),
			cmp.Compare(b.To, a.To),
			cmp.Compare(b.Rows, a.Rows),
			cmp.Compare(a.Refused, b.Refused),
			cmp.Compare(a.Format, b.Format),
		)
	})
	for len(order) > 0 {
		n := 1
		for n < len(order) && order[n].Account == order[0].Account && unlabelled(order[n]) == unlabelled(order[0]) {
			n++
		}
		f.readAccount(fl, order[:n], c)
		order = order[n:]
	}
}

// unlabelled returns what stands for the label of an account that has none.
func unlabelled(s *agent.Statement) string {
	if s.Account == "" {
		return s.Format
	}
	return ""
}

// readAccount adds up the statements of one account, in order of their first
// days.
func (f Figures) readAccount(fl *flows, list []*agent.Statement, c *calendar) {
	var account [numStreams]stream
	var covered uint16
	edge := f.EdgeDays * 86400
	var begin, end int64 // what the statements so far cover without a gap
	for _, s := range list {
		if s.From <= 0 || s.To < s.From {
			fl.readRows(&account, s, 0, 0, c)
			fl.refused += s.Refused
			fl.rows += s.Refused
			continue
		}
		from, to := s.From.Time().Unix(), min(s.To.Time().Unix(), maxInstant)+86400
		if to <= end {
			continue // wholly known already
		}
		if from > end {
			begin = from
		}
		fl.readRows(&account, s, max(from, end), to, c)
		fl.refused += s.Refused
		fl.rows += s.Refused
		end = to
		for k := 1; k <= lookBack; k++ {
			if c.start[k] >= begin-edge && c.start[k-1] <= end+edge {
				covered |= 1 << k
			}
		}
	}
	for i := range account {
		earned := account[i].earned() & covered
		if earned == 0 {
			continue // an account that never showed the stream is silent about it
		}
		fl.months |= earned
		fl.streams[i].covered |= covered
		for k := 1; k <= lookBack; k++ {
			if earned&(1<<k) != 0 {
				fl.streams[i].sum[k] = add(fl.streams[i].sum[k], account[i].sum[k])
			}
		}
	}
}

// maxInstant keeps the end of a statement far from overflow.
const maxInstant = 1 << 40

// readRows counts the rows of a statement that no other one has counted: those
// from lo to hi, and those outside the period that the statement says it covers,
// which count as rows but never as income.
func (fl *flows) readRows(account *[numStreams]stream, s *agent.Statement, lo, hi int64, c *calendar) {
	wallet := s.Format == "alipay" || s.Format == "wechat"
	from := int64(0)
	if hi != 0 {
		from = s.From.Time().Unix()
	}
	for i := range s.Transactions {
		t := &s.Transactions[i]
		if t.At >= from && t.At < lo {
			continue
		}
		fl.rows++
		if t.Kind == agent.KindUnknown {
			fl.unknown++
		}
		if !t.Kind.IsIncome() || t.State != agent.StateSettled || t.Flow != agent.FlowIn || t.Amount <= 0 ||
			t.At < lo || t.At >= hi || t.At > c.asOf {
			continue
		}
		fl.last = max(fl.last, t.At)
		k := c.at(t.At)
		if k == 0 {
			continue
		}
		st := &account[streamOf(t, wallet)]
		st.sum[k] = add(st.sum[k], t.Amount)
	}
}

func streamOf(t *agent.Transaction, wallet bool) int {
	switch {
	case t.Kind == agent.KindSalary:
		return salary
	case t.Kind == agent.KindBenefit:
		return benefit
	case wallet:
		return walletIncome
	case t.Party == agent.PartyPlatform:
		return passedOn
	}
	return collected
}

// insurance returns the contribution bases of the months that were paid. Once a
// later month is known to be unpaid the base describes a wage that ended.
func insurance(si *agent.SocialInsurance, c *calendar) (s stream) {
	if si == nil {
		return s
	}
	unpaid := lookBack + 1
	for _, m := range si.Months {
		k := c.of(m.Month)
		base, ok := m.Base.Value()
		switch {
		case k == 0:
		case m.Paid == agent.No:
			unpaid = min(unpaid, k)
		case m.Paid == agent.Yes && ok && base > 0:
			s.take(k, base, m.Month)
		}
	}
	if s.covered != 0 && unpaid < bits.TrailingZeros16(s.covered) {
		return stream{}
	}
	return s
}

// verified returns the declared months if somebody beside the borrower stands
// behind them.
func verified(in *agent.Income, c *calendar) (s stream) {
	if in == nil || in.Verified != agent.Yes {
		return s
	}
	for _, m := range in.Months {
		if k := c.of(m.Month); k != 0 && m.Amount >= 0 {
			s.take(k, m.Amount, m.Month)
		}
	}
	return s
}

// take sets a month; of two amounts for one month the lower stands.
func (s *stream) take(k int, amount int64, month agent.Date) {
	if s.covered&(1<<k) == 0 || amount < s.sum[k] {
		s.sum[k] = amount
	}
	s.covered |= 1 << k
	if amount > 0 {
		s.last = max(s.last, month)
	}
}

// stated returns what the borrower says a month brings: the figure, or else the
// median of the months.
func stated(in *agent.Income) agent.Int {
	if n := positive(in.DeclaredMonthly); n.IsKnown() || len(in.Months) == 0 {
		return n
	}
	amounts := make([]int64, len(in.Months))
	for i, m := range in.Months {
		amounts[i] = m.Amount
	}
	slices.Sort(amounts)
	return positive(agent.Known(amounts[(len(amounts)-1)/2]))
}

// warnings returns the codes of all statements, sorted, each once.
func warnings(list []*agent.Statement) (codes []string) {
	for _, s := range list {
		if s != nil {
			codes = append(codes, s.Warnings...)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// lower returns the lower of two amounts of which either may be unknown.
func lower(a, b agent.Int) agent.Int {
	x, ok := a.Value()
	y, ok2 := b.Value()
	if !ok || ok2 && y < x {
		return b
	}
	return a
}

// plus adds two amounts; an unknown one is a stream that is not there.
func plus(a, b agent.Int) agent.Int {
	x, ok := a.Value()
	y, ok2 := b.Value()
	switch {
	case !ok:
		return b
	case !ok2:
		return a
	}
	return agent.Known(add(x, y))
}

func dateOf(at int64) agent.Date { return agent.DateOf(time.Unix(at, 0)) }

func monthOf(d agent.Date) int { return int(d)/10000*12 + int(d)/100%100 - 1 }
