package capacity

import (
	"cmp"
	"math"
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
//	           describe the whole, so the whole is at most that. Where no source
//	           shows a wage they stand as they are: what else statements show is
//	           a part of that whole and says nothing against the rest.
//
// The amount of a stream is the lower of the medians of its last six and its
// last three months: one good month raises nothing, and a stream that dried up
// counts as such. A month counts if the statements of an account that shows the
// stream cover it; a covered month without income is a month with nothing. Only
// settled inflows of the kinds that [agent.Kind.IsIncome] names are added up.
//
// More money must not make an income smaller. So what statements show in fewer than
// MinMonths months, with a median of nothing, is no amount: it is neither a wage that
// ended nor the lower of two sources. And an account that shows a stream in fewer
// months adds to what others show, if they suffice, but its empty months are no months
// without income. What remains is the row by which something becomes visible: a wage
// on statements, which are its lower source from then on, or an account as one of
// those that show a stream, whose months count from then on.
//
// Two more streams are told and never counted: withdrawals from the housing fund,
// and family support, which is one amount that persons sent in several months.
// Repayments that went out, and the newest balances, are found on the way.
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
	thin    uint16 // months of accounts that show it too seldom; they count where the others do not suffice
	last    agent.Date
	lastAt  int64 // instant of the last row, for what statements show
}

// enough says that enough months count and the newest of them is fresh.
func (s *stream) enough(f Figures, c *calendar) bool {
	n := bits.OnesCount16(s.covered)
	return n != 0 && n >= f.MinMonths && c.asOf-c.start[bits.TrailingZeros16(s.covered)-1] < f.MaxAgeDays*86400
}

// amount returns the monthly amount, if there are enough months.
func (s *stream) amount(f Figures, c *calendar) agent.Int {
	if !s.enough(f, c) {
		return agent.Int{}
	}
	late := lowerMedian(s.newest(recent))
	return agent.Known(min(late, lowerMedian(s.newest(window))))
}

// shown is the amount of what statements show. Too few months that come to nothing
// say nothing: a wage that ended was seen for longer.
func (s *stream) shown(f Figures, c *calendar) agent.Int {
	n := s.amount(f, c)
	if n.Or(0) == 0 && bits.OnesCount16(s.earned()&s.covered) < f.MinMonths {
		return agent.Int{}
	}
	return n
}

// amounts of at most twelve months, the newest first.
type amounts struct {
	list [lookBack]int64
	n    int
}

// newest returns the amounts of the n newest months that count.
func (s *stream) newest(n int) (a amounts) {
	for k := 1; k <= lookBack && a.n < n; k++ {
		if s.covered&(1<<k) != 0 {
			a.list[a.n] = s.sum[k]
			a.n++
		}
	}
	return a
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

// lowerMedian of a list that is not empty.
func lowerMedian(a amounts) int64 {
	slices.Sort(a.list[:a.n])
	return a.list[(a.n-1)/2]
}

// Streams of statements. Those before fund may count as income.
const (
	salary       = iota
	benefit      // public benefits and pensions
	collected    // receipts at a bank from customers
	passedOn     // receipts at a bank from a wallet's platform
	walletIncome // receipts in a wallet
	fund         // withdrawals from the housing fund
	family       // regular support by persons
	repaid       // repayments out of banks
	walletRepaid // repayments out of wallets
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
	// What the accounts hold by their newest balances, and what they are
	// overdrawn; held says that one of them told.
	held        bool
	money, debt int64
}

// An account is what the statements of one account show.
type account struct {
	streams [numStreams]stream
	gifts   []gift
	at      int64 // instant of the newest balance
	balance agent.Int
}

// A gift is money that a person sent.
type gift struct {
	amount, at int64
	month      int
}

// income sets all facts about income and statements.
func (f Figures) income(facts *agent.CapacityFacts, fl *flows, c *calendar, e *agent.Evidence) {
	f.read(fl, e.Statements, c)
	if fl.seen {
		facts.StatementRows = agent.Known(fl.rows)
		facts.StatementUnknown = agent.Known(fl.unknown)
		facts.StatementWarnings = warnings(e.Statements)
	}
	insured := insurance(e.SocialInsurance, c)
	declared := verified(e.Income, c)

	paid, base := fl.streams[salary].shown(f, c), insured.amount(f, c)
	wage := lower(paid, base)
	wallet := fl.streams[walletIncome].shown(f, c)
	receipts := plus(fl.streams[collected].shown(f, c), higher(wallet, fl.streams[passedOn].shown(f, c)))
	if v, ok := receipts.Value(); ok {
		receipts = agent.Known(v/10_000*f.ReceiptShareBP + v%10_000*f.ReceiptShareBP/10_000)
	}
	pension := fl.streams[benefit].shown(f, c)
	whole := declared.amount(f, c)
	facts.VerifiedIncome = whole
	if wage.IsKnown() || !whole.IsKnown() {
		facts.VerifiedIncome = lower(plus(wage, plus(pension, receipts)), whole)
	}

	both := fl.received()
	earner := &fl.streams[salary]
	if base.IsKnown() && wage != paid || !paid.IsKnown() && earner.earned() == 0 {
		earner = &insured
	}
	for _, s := range []struct {
		kind    string
		stream  *stream
		counted bool
	}{
		{agent.StreamBenefit, &fl.streams[benefit], pension.IsKnown()},
		{agent.StreamFamily, &fl.streams[family], false},
		{agent.StreamFund, &fl.streams[fund], false},
		{agent.StreamReceipts, &both, receipts.IsKnown()},
		{agent.StreamWage, earner, wage.IsKnown()},
	} {
		if s.stream.earned()&s.stream.covered != 0 {
			facts.Streams = append(facts.Streams, s.stream.tell(s.kind, s.counted))
		}
	}

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

// received puts what customers paid to a bank and the higher view of what a wallet
// took in together, month by month.
func (fl *flows) received() (s stream) {
	bank, through, wallet := &fl.streams[collected], &fl.streams[passedOn], &fl.streams[walletIncome]
	for k := range s.sum {
		s.sum[k] = add(bank.sum[k], max(through.sum[k], wallet.sum[k]))
	}
	s.covered = bank.covered | through.covered | wallet.covered
	s.lastAt = max(bank.lastAt, through.lastAt, wallet.lastAt)
	return s
}

// tell describes a stream that some month shows.
func (s *stream) tell(kind string, counted bool) agent.StreamFacts {
	all, six := s.newest(lookBack), s.newest(window)
	median := lowerMedian(all)
	facts := agent.StreamFacts{Kind: kind, Counted: counted, Monthly: agent.Known(median),
		Months: agent.Known(int64(bits.OnesCount16(s.earned() & s.covered))), LastOn: s.last}
	if s.lastAt != 0 {
		facts.LastOn = dateOf(s.lastAt)
	}
	if former := lowerMedian(six); six.n == window && former > 0 {
		facts.TrendBP = agent.Known(scaled(lowerMedian(s.newest(recent)), 10_000, former, 0, MaxRatioBP))
	}
	if median > 0 {
		for i := range all.list[:all.n] {
			all.list[i] = max(all.list[i]-median, median-all.list[i])
		}
		facts.VariationBP = ratio(lowerMedian(all), median)
	}
	return facts
}

// repayments returns what statements show going to lenders in a month, the median
// of the newest three, without what the payments of this loan explain. What a
// wallet repays out of a bank card both of them show: the higher view counts.
func (f Figures) repayments(fl *flows, c *calendar, l *agent.Loan) agent.Int {
	bank, wallet := &fl.streams[repaid], &fl.streams[walletRepaid]
	out := stream{covered: bank.covered | wallet.covered}
	for k := range out.sum {
		out.sum[k] = max(bank.sum[k], wallet.sum[k])
	}
	if l != nil {
		for _, p := range l.Payments {
			if k := c.of(p.On); k != 0 && p.Result == loan.Settled && p.Amount > 0 {
				out.sum[k] -= min(out.sum[k], p.Amount)
			}
		}
	}
	if !out.enough(f, c) {
		return agent.Int{}
	}
	return agent.Known(lowerMedian(out.newest(recent)))
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
	for i := range fl.streams {
		if s := &fl.streams[i]; !s.enough(f, c) {
			s.covered |= s.thin
		}
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
	var a account
	var covered uint16
	edge := f.EdgeDays * 86400
	var begin, end int64 // what the statements so far cover without a gap
	for _, s := range list {
		if s.From <= 0 || s.To < s.From {
			fl.readRows(&a, s, 0, 0, c)
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
		fl.readRows(&a, s, max(from, end), to, c)
		fl.refused += s.Refused
		fl.rows += s.Refused
		end = to
		for k := 1; k <= lookBack; k++ {
			if c.start[k] >= begin-edge && c.start[k-1] <= end+edge {
				covered |= 1 << k
			}
		}
	}
	f.support(&a)
	for i := range a.streams {
		earned := a.streams[i].earned() & covered
		if earned == 0 {
			continue // an account that never showed the stream is silent about it
		}
		if i < fund {
			fl.months |= earned
		}
		into := &fl.streams[i]
		if i < fund && bits.OnesCount16(earned) < f.MinMonths {
			into.thin |= covered
		} else {
			into.covered |= covered
		}
		into.lastAt = max(into.lastAt, a.streams[i].lastAt)
		for k := 1; k <= lookBack; k++ {
			if earned&(1<<k) != 0 {
				into.sum[k] = add(into.sum[k], a.streams[i].sum[k])
			}
		}
	}
	if b, ok := a.balance.Value(); ok && c.asOf-a.at < f.MaxAgeDays*86400 {
		fl.held = true
		fl.money = add(fl.money, max(b, 0))
		fl.debt = add(fl.debt, -min(max(b, -math.MaxInt64), 0))
	}
}

// support makes a stream of the amounts that persons sent in several months. Who
// sent them is not asked: a statement groups its payers, and two statements of one
// account group them otherwise.
func (f Figures) support(a *account) {
	slices.SortFunc(a.gifts, func(x, y gift) int { return cmp.Or(cmp.Compare(x.amount, y.amount), cmp.Compare(x.at, y.at)) })
	for list := a.gifts; len(list) > 0; {
		n, months := 0, uint16(0)
		for n < len(list) && list[n].amount == list[0].amount {
			months |= 1 << list[n].month
			n++
		}
		if f.RegularMonths > 0 && bits.OnesCount16(months) >= f.RegularMonths {
			for _, g := range list[:n] {
				a.streams[family].add(g.month, g.amount, g.at)
			}
		}
		list = list[n:]
	}
}

func (s *stream) add(k int, amount, at int64) {
	s.sum[k] = add(s.sum[k], amount)
	s.lastAt = max(s.lastAt, at)
}

// maxInstant keeps the end of a statement far from overflow.
const maxInstant = 1 << 40

// readRows counts the rows of a statement that no other one has counted: those
// from lo to hi, and those outside the period that the statement says it covers,
// which count as rows but never as income.
func (fl *flows) readRows(a *account, s *agent.Statement, lo, hi int64, c *calendar) {
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
		if t.State != agent.StateSettled || t.At < lo || t.At >= hi || t.At > c.asOf {
			continue
		}
		if b, ok := t.Balance.Value(); ok {
			// Rows of one instant are in no order that means anything.
			if best, known := a.balance.Value(); !known || t.At > a.at || t.At == a.at && b < best {
				a.at, a.balance = t.At, t.Balance
			}
		}
		if t.Amount <= 0 {
			continue
		}
		into := streamOf(t, wallet)
		if into == numStreams {
			continue
		}
		if t.Kind.IsIncome() {
			fl.last = max(fl.last, t.At)
		}
		k := c.at(t.At)
		if k == 0 {
			continue
		}
		if into == family {
			a.gifts = append(a.gifts, gift{t.Amount, t.At, k})
			continue
		}
		a.streams[into].add(k, t.Amount, t.At)
	}
}

// streamOf returns the stream that a row belongs to, numStreams for none.
func streamOf(t *agent.Transaction, wallet bool) int {
	if t.Flow == agent.FlowOut && t.Kind == agent.KindRepayment {
		if wallet {
			return walletRepaid
		}
		return repaid
	}
	if t.Flow != agent.FlowIn {
		return numStreams
	}
	switch t.Kind {
	case agent.KindSalary:
		return salary
	case agent.KindBenefit:
		return benefit
	case agent.KindHousingFund:
		return fund
	case agent.KindTransferIn:
		if t.Party == agent.PartyPerson {
			return family
		}
	case agent.KindReceipt:
		switch {
		case wallet:
			return walletIncome
		case t.Party == agent.PartyPlatform:
			return passedOn
		}
		return collected
	}
	return numStreams
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
