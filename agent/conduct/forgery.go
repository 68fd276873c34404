package conduct

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// forgery sets how far the statements look edited. Signs come from the reader of
// the file, which saw what is not kept (totals, serials, the order of rows), and
// from the rows of all statements together. None of them proves anything: a table
// that was filtered, retyped or cut has them too.
func (f Figures) forgery(facts *agent.ConductFacts, list []*agent.Statement, asOf int64, today agent.Date) {
	var signs []string
	looked := false
	for _, s := range list {
		if s == nil {
			continue
		}
		looked = looked || len(s.Transactions) > 0 || s.Refused > 0
		signs = append(signs, s.Warnings...)
	}
	signs = f.rows(signs, list, asOf, today)

	var families []string
	hard := false
	for _, code := range signs {
		i := slices.IndexFunc(f.Signs, func(s Sign) bool { return s.Code == code })
		if i < 0 || slices.Contains(facts.Codes, code) {
			continue
		}
		s := &f.Signs[i]
		facts.Codes = append(facts.Codes, code)
		hard = hard || s.Hard
		if !slices.Contains(families, s.Family) {
			families = append(families, s.Family)
		}
	}
	switch {
	case hard || f.Families > 0 && len(families) >= f.Families:
		facts.Forgery = agent.SuspicionStrong
	case len(families) > 0:
		facts.Forgery = agent.SuspicionSome
	case looked:
		facts.Forgery = agent.SuspicionNone
	default:
		facts.Forgery = agent.SuspicionUnknown
	}
}

// rows adds the signs that rows show.
func (f Figures) rows(signs []string, list []*agent.Statement, asOf int64, today agent.Date) []string {
	var buf [16]ends
	all := buf[:0]
	for _, s := range list {
		if s != nil {
			all = append(all, balances(s))
		}
	}
	p := f.newPatterns(asOf)
	skipped, differ := false, false // once is enough
	for i := range all {
		x := &all[i]
		if x.broken {
			signs = append(signs, codeBalance)
		}
		first := true // of its account
		for j := range all[:i] {
			if x.of(&all[j]) {
				first = false
				skipped = skipped || skips(all, x, &all[j]) || skips(all, &all[j], x)
				differ = differ || differs(x, &all[j], today)
			}
		}
		p.salaries(x.s)
		if first {
			p.begin()
			for j := i; j < len(all); j++ {
				if x.of(&all[j]) {
					p.receipts(all[j].s)
				}
			}
			p.end()
		}
	}
	if skipped {
		signs = append(signs, codeBalanceSkips)
	}
	if differ {
		signs = append(signs, codeOverlapDiffers)
	}
	return p.signs(signs)
}

// ends are the balances that a statement begins and ends with, where they are
// known.
type ends struct {
	s           *agent.Statement
	first, last agent.Int
	broken      bool // the rows between do not add up

	list   []moment // see moments
	listed bool
}

// of holds if two statements are of one account. Without a label they are of one
// if their format is the same.
func (x *ends) of(y *ends) bool {
	return x.s.Account == y.s.Account && (x.s.Account != "" || x.s.Format == y.s.Format)
}

// skips holds if y covers the days right after x and begins with another balance.
// Between them may lie statements without a row: nothing moved on their days.
func skips(all []ends, x, y *ends) bool {
	if !x.last.IsKnown() || !y.first.IsKnown() || x.last == y.first || x.broken || y.broken || x.s.Format != y.s.Format || x.s.From <= 0 || x.s.To < x.s.From {
		return false
	}
	end := x.s.To
	for again := true; again && end < y.s.From && end < 99991231; {
		if end.AddDays(1) == y.s.From {
			return true
		}
		again = false
		for i := range all {
			if z := all[i].s; all[i].of(x) && z.Format == x.s.Format && len(z.Transactions) == 0 && z.Refused == 0 && z.From == end.AddDays(1) && z.To >= z.From {
				end, again = z.To, true
				break
			}
		}
	}
	return false
}

// balances looks whether the rows of a statement can stand in an order in which
// each balance is the one before and the amount between. Of the order only the days
// are asked: banks print few times, and the rows of a day in either direction.
//
// A day is left out, and what follows from it, if one of its rows has no balance or
// no known direction. A statement is left out if rows were refused, or if the reader
// found days in no order: then they are not the days of booking.
func balances(s *agent.Statement) (x ends) {
	x.s = s
	rows := s.Transactions
	if s.Refused != 0 || len(rows) == 0 || slices.Contains(s.Warnings, "order.mixed") {
		return x
	}
	// Nearly every statement is in order: then one look at it is enough.
	forward, backward, any := true, true, false
	rose, fell := false, false // a day began with another balance than the first, or the last
	start := stepOf(&rows[0])
	prev := start
	for i := range rows {
		b := stepOf(&rows[i])
		any = any || b.ok
		forward = forward && b.ok && (i == 0 || prev.post == b.pre && prev.day <= b.day)
		backward = backward && b.ok && (i == 0 || b.post == prev.pre && b.day <= prev.day)
		if b.day != prev.day {
			rose = rose || prev.post != start.pre
			fell = fell || prev.pre != start.post
		}
		prev = b
	}
	switch {
	case forward && (rose || prev.post != start.pre):
		x.first, x.last = agent.Known(start.pre), agent.Known(prev.post)
	case backward && (fell || prev.pre != start.post):
		x.first, x.last = agent.Known(prev.pre), agent.Known(start.post)
	case any && !forward && !backward:
		x.byDay()
	}
	return x
}

// byDay goes through the days. In a day that adds up, all balances after a row are,
// but for one, the balances before a row. A day that ends with what it began with
// may have begun with any of its balances; if there is no other day, the ends are
// not known.
func (x *ends) byDay() {
	steps := make([]step, len(x.s.Transactions))
	for i := range steps {
		steps[i] = stepOf(&x.s.Transactions[i])
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Compare(a.day, b.day) })
	var pre, post []int64
	var held []int64 // what the day before may have ended with; nil: anything
	whole := true    // no day was left out so far
	for len(steps) > 0 {
		n, ok := 0, true
		pre, post = pre[:0], post[:0]
		for ; n < len(steps) && steps[n].day == steps[0].day; n++ {
			ok = ok && steps[n].ok
			pre, post = append(pre, steps[n].pre), append(post, steps[n].post)
		}
		steps = steps[n:]
		if !ok {
			held, whole, x.last = nil, false, agent.Int{}
			continue
		}
		opening, closing, odd := apart(pre, post)
		switch {
		case odd == 0 && held == nil:
			held = slices.Clone(pre)
		case odd == 0:
			held = slices.DeleteFunc(held, func(b int64) bool {
				_, is := slices.BinarySearch(pre, b)
				return !is
			})
			x.broken = len(held) == 0
		default:
			x.broken = odd > 1 || held != nil && !slices.Contains(held, opening)
			held = append(held[:0], closing)
			if whole && !x.first.IsKnown() {
				x.first = agent.Known(opening)
			}
			x.last = agent.Known(closing)
		}
		if x.broken {
			return
		}
	}
}

// apart returns how many balances are before a row and not after one, and a pair of
// those that have no counterpart. It leaves both lists, which are of one length,
// sorted.
func apart(pre, post []int64) (opening, closing int64, odd int) {
	slices.Sort(pre)
	slices.Sort(post)
	for len(pre) > 0 || len(post) > 0 {
		switch {
		case len(post) == 0 || len(pre) > 0 && pre[0] < post[0]:
			opening = pre[0]
			odd++
			pre = pre[1:]
		case len(pre) == 0 || post[0] < pre[0]:
			closing = post[0]
			post = post[1:]
		default:
			pre, post = pre[1:], post[1:]
		}
	}
	return opening, closing, odd
}

// A step is what an account held before and after a row.
type step struct {
	day, pre, post int64
	ok             bool // both are known
}

func stepOf(t *agent.Transaction) (b step) {
	// What is far from any day is all one day, and leaves itself out.
	if t.At < -1<<50 || t.At > 1<<50 {
		return b
	}
	b.day = (t.At + 8*3600) / day
	post, ok := t.Balance.Value()
	if !ok || t.Amount < 0 || t.Amount > maxFen || post > maxFen || post < -maxFen || t.State != agent.StateSettled && t.State != agent.StateUnknown {
		return b
	}
	b.pre, b.post, b.ok = post, post, true
	switch {
	case t.Amount == 0:
	case t.Flow == agent.FlowIn:
		b.pre = post - t.Amount
	case t.Flow == agent.FlowOut:
		b.pre = post + t.Amount
	default:
		b.ok = false
	}
	return b
}

// differs holds if two statements give one moment as many rows with other amounts.
// A moment is a day where no time is printed. The first and the last day of a
// statement may be there in part and are not compared.
func differs(x, y *ends, today agent.Date) bool {
	a, b := x.s, y.s
	from, to := max(a.From, b.From), min(a.To, b.To, today)
	if a == b || a.Format != b.Format || a.Refused != 0 || b.Refused != 0 || a.From <= 0 || b.From <= 0 || from >= to {
		return false
	}
	low, high := from.AddDays(1).Time().Unix(), to.Time().Unix()
	p, q := between(x.moments(), low, high), between(y.moments(), low, high)
	for len(p) > 0 && len(q) > 0 {
		switch {
		case p[0].at < q[0].at:
			p = p[1:]
		case p[0].at > q[0].at:
			q = q[1:]
		case p[0] == q[0] && (len(p) == 1 || p[1].at != p[0].at) && (len(q) == 1 || q[1].at != q[0].at):
			p, q = p[1:], q[1:] // one row each, as nearly everywhere
		default:
			n, m := run(p), run(q)
			if n == m && !slices.Equal(p[:n], q[:m]) {
				return true
			}
			p, q = p[n:], q[m:]
		}
	}
	return false
}

// A moment is one row, as far as two statements must agree on it: its time, of
// which the lowest bit is the direction, and its amount.
type moment struct{ at, amount int64 }

// run returns how many rows a list begins with that are of the same moment.
func run(list []moment) int {
	n := 1
	for n < len(list) && list[n].at == list[0].at {
		n++
	}
	return n
}

// between returns the moments from low until before high, in seconds.
func between(list []moment, low, high int64) []moment {
	at := func(m moment, t int64) int { return cmp.Compare(m.at, 2*t) }
	from, _ := slices.BinarySearchFunc(list, low, at)
	to, _ := slices.BinarySearchFunc(list, high, at)
	return list[from:max(from, to)]
}

// moments returns the settled rows of the statement by time and amount. They are
// put in order once, however many statements they are compared with.
func (x *ends) moments() []moment {
	if x.listed {
		return x.list
	}
	x.listed = true
	x.list = make([]moment, 0, len(x.s.Transactions))
	rising, falling := true, true
	var prev int64
	for i := range x.s.Transactions {
		t := &x.s.Transactions[i]
		// What is far from any day is in the days of no statement.
		if t.State != agent.StateSettled || t.At < -1<<50 || t.At > 1<<50 || t.Flow != agent.FlowIn && t.Flow != agent.FlowOut {
			continue
		}
		at := 2 * t.At
		if t.Flow == agent.FlowOut {
			at++
		}
		if n := len(x.list); n > 0 {
			rising = rising && t.At >= prev
			falling = falling && t.At <= prev
		}
		prev = t.At
		x.list = append(x.list, moment{at, t.Amount})
	}
	// Nearly every statement is in order of time: then only the rows of one time
	// have to be put in order.
	if falling && !rising {
		slices.Reverse(x.list)
		rising = true
	}
	if !rising {
		slices.SortFunc(x.list, moment.order)
		return x.list
	}
	for rest := x.list; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].at>>1 == rest[0].at>>1 {
			n++
		}
		if n > 1 {
			slices.SortFunc(rest[:n], moment.order)
		}
		rest = rest[n:]
	}
	return x.list
}

func (m moment) order(o moment) int {
	if c := cmp.Compare(m.at, o.at); c != 0 {
		return c
	}
	return cmp.Compare(m.amount, o.amount)
}

// maxWindow bounds the days that are compared around a holiday.
const maxWindow = 64

// patterns are what months of rows show together. Days are counted from 1970 in
// China's civil time.
type patterns struct {
	f     *Figures
	asOf  int64
	weeks []week
	paid  []payday
	even  bool
}

// A payday is a day on which a salary came.
type payday struct{ day, amount int64 }

// A week is a holiday with the days before it, and the receipts of one account on
// them.
type week struct {
	first, holiday, last int64                // days; first is EvenDays before holiday
	one, sum             [maxWindow + 1]int64 // of one statement, of the account; from first
}

func (f *Figures) newPatterns(asOf int64) *patterns { return &patterns{f: f, asOf: asOf} }

// dayOf returns the day of an instant that is not before 1970.
func dayOf(at int64) int64 { return (at + 8*3600) / day }

// inflow holds for money that came in before the instant.
func (p *patterns) inflow(t *agent.Transaction, k agent.Kind) bool {
	return t.Kind == k && t.Flow == agent.FlowIn && t.State == agent.StateSettled && t.Amount > 0 && t.At > 0 && t.At <= p.asOf && t.At < math.MaxInt64-day
}

func (p *patterns) salaries(s *agent.Statement) {
	for i := range s.Transactions {
		if t := &s.Transactions[i]; p.inflow(t, agent.KindSalary) {
			p.paid = append(p.paid, payday{dayOf(t.At), t.Amount})
		}
	}
}

// begin forgets the receipts of the account before.
func (p *patterns) begin() {
	for i := range p.weeks {
		p.weeks[i].sum = [maxWindow + 1]int64{}
	}
}

// receipts adds a statement of the account. Of a day that two of them cover the
// fuller one counts.
func (p *patterns) receipts(s *agent.Statement) {
	seen := false
	for i := range s.Transactions {
		t := &s.Transactions[i]
		if !p.inflow(t, agent.KindReceipt) {
			continue
		}
		if p.weeks == nil {
			p.makeWeeks()
		}
		d := dayOf(t.At)
		for j := range p.weeks {
			if w := &p.weeks[j]; d >= w.first && d <= w.last {
				n := &w.one[d-w.first]
				*n = min(*n, maxFen) + min(t.Amount, maxFen)
				seen = true
			}
		}
	}
	if !seen {
		return
	}
	for j := range p.weeks {
		w := &p.weeks[j]
		for d := range w.sum {
			w.sum[d] = max(w.sum[d], w.one[d])
		}
		w.one = [maxWindow + 1]int64{}
	}
}

func (p *patterns) makeWeeks() {
	p.weeks = make([]week, 0, len(p.f.Holidays))
	for _, h := range p.f.Holidays {
		w := week{holiday: dayOf(h.From.Time().Unix()), last: dayOf(h.To.Time().Unix())}
		w.first = w.holiday - int64(p.f.EvenDays)
		if p.f.EvenDays > 0 && w.holiday > 0 && w.holiday <= w.last && w.last-w.first <= maxWindow {
			p.weeks = append(p.weeks, w)
		}
	}
}

// end looks at the receipts of the account: the same every day, in a long holiday
// as before it, is what no trade shows.
func (p *patterns) end() {
	for i := range p.weeks {
		w := &p.weeks[i]
		days := w.sum[:w.last-w.first+1]
		least, most := slices.Min(days), slices.Max(days)
		p.even = p.even || least > 0 && !exceeds(most, least, p.f.EvenBP)
	}
}

func (p *patterns) signs(signs []string) []string {
	if p.even {
		signs = append(signs, codeReceiptsEven)
	}
	if len(p.paid) == 0 {
		return signs
	}
	slices.SortFunc(p.paid, func(a, b payday) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.amount, b.amount)) })
	p.paid = slices.Compact(p.paid)
	if p.onRest() {
		signs = append(signs, codeSalaryRest)
	}
	if p.evenSalary() {
		signs = append(signs, codeSalaryEven)
	}
	return signs
}

// holiday returns which of the holidays a day lies in, from 1, or 0.
func (p *patterns) holiday(d int64) int {
	for i, h := range p.f.Holidays {
		if d >= dayOf(h.From.Time().Unix()) && d <= dayOf(h.To.Time().Unix()) {
			return i + 1
		}
	}
	return 0
}

// rest holds for Saturdays, Sundays and holidays. The few Saturdays and Sundays
// that are worked instead of others count as rest.
func (p *patterns) rest(d int64) bool {
	weekday := (d + 4) % 7 // 1 January 1970 was a Thursday; 0 is a Sunday
	return weekday == 0 || weekday == 6 || p.holiday(d) != 0
}

func (p *patterns) onRest() bool {
	days, resting, hit, prev := 0, 0, 0, 0
	for i, x := range p.paid {
		if i > 0 && p.paid[i-1].day == x.day {
			continue
		}
		days++
		if p.rest(x.day) {
			resting++
		}
		if h := p.holiday(x.day); h != 0 && h != prev { // holidays do not overlap, and days are in order
			hit++
			prev = h
		}
	}
	return p.f.HolidaySalaries > 0 && hit >= p.f.HolidaySalaries || p.f.RestSalaries > 0 && days >= p.f.RestSalaries && 2*resting > days
}

func (p *patterns) evenSalary() bool {
	first := p.paid[0]
	if p.f.RegularMonths <= 0 || len(p.paid) < p.f.RegularMonths || p.f.RoundFen <= 0 || first.amount%p.f.RoundFen != 0 {
		return false
	}
	resting, month := false, agent.Date(0)
	dom := dateOf(first.day) % 100
	for _, x := range p.paid {
		d := dateOf(x.day)
		if x.amount != first.amount || d%100 != dom || d/100 == month {
			return false
		}
		month = d / 100
		resting = resting || p.rest(x.day)
	}
	return resting
}

// dateOf returns the date of a day since 1970.
func dateOf(d int64) agent.Date { return agent.DateOf(time.Unix(d*day-8*3600, 0)) }
