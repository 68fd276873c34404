// Package statementtest writes synthetic statements in the forms that
// package statement reads, for tests, benchmarks and the demonstration only.
//
// The people, firms and amounts are made up from a seed: the same [Profile]
// gives the same bytes. Each writer also returns the [Truth], what the rows were
// made to be, against which a reader can be held. It knows nothing of the
// reader. Rows are made month by month, so a long statement needs little memory.
package statementtest

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"github.com/yanmen/yanmen/agent"
)

// A Profile describes the holder of a statement and what goes through the
// account. Amounts are fen a month; zero is none of it. What an institution
// never prints (a salary on a wallet's statement) is left out there.
type Profile struct {
	Seed   uint64
	Owner  string     // holder's name, for transfers between own accounts; empty: a made-up one, not on the banner
	From   agent.Date // first of the first month; zero: 2026-01-01
	Months int        // zero: 6

	Salary      int64      // banks: on the 15th, from Employer
	SalaryUntil agent.Date // no salary on or after this day; zero: it goes on
	Employer    string     // zero: a made-up company
	Benefit     int64      // banks: unemployment benefit, once the salary has ended
	HousingFund int64      // banks
	Receipts    int64      // in some twenty payments by customers
	Spending    int64      // in SpendingRows payments
	Medical     int64      // in two payments
	Repayment   int64      // on the 20th
	LoanIn      int64      // Alipay and banks: loans paid out to the holder

	SpendingRows int   // a month; zero: 60
	Opening      int64 // banks: balance before the first row
	// Plain leaves out what else happens in a month: transfers from and to
	// friends and between own accounts, red packets, refunds, closed payments,
	// investments.
	Plain bool

	closedOut bool // banks book nothing that was closed
}

// Truth is what a statement was made to hold.
type Truth struct {
	Rows int64
	// Settled sums the amounts of settled rows by kind.
	Settled map[agent.Kind]int64
	// Unsettled counts the rows that moved no money.
	Unsettled int64
}

// event is one thing that happens to an account.
type event struct {
	at     int64
	amount int64
	kind   agent.Kind
	out    bool // direction of money
	closed bool
	party  string
	n      int // to vary texts
}

var (
	shops   = [...]string{"样例超市", "青禾便利店", "北坡面馆", "远桥书店", "云汀咖啡店", "南屿水果店", "星野加油站", "白石百货有限公司"}
	clinics = [...]string{"样例市第九人民医院", "百草样例大药房"}
	friends = [...]string{"赵测一", "钱测二", "孙测三", "李测四"}
	buyers  = [...]string{"周试甲", "吴试乙", "郑试丙", "王试丁", "冯试戊", "陈试己", "褚试庚", "卫试辛", "蒋试壬", "沈试癸"}
)

func (p Profile) withDefaults() Profile {
	p.From = cmp.Or(p.From, 20260101)
	p.Months = cmp.Or(p.Months, 6)
	p.SpendingRows = cmp.Or(p.SpendingRows, 60)
	p.Employer = cmp.Or(p.Employer, "样例制造有限公司")
	return p
}

func (p Profile) month(i int) time.Time { return p.From.Time().AddDate(0, i, 0) }

func (p Profile) to() agent.Date { return agent.DateOf(p.month(p.Months).AddDate(0, 0, -1)) }

// events gives what happens, of the kinds that the institution prints.
func (p Profile) events(newestFirst bool, prints func(agent.Kind) bool) iter.Seq[event] {
	return func(yield func(event) bool) {
		for i := range p.Months {
			if newestFirst {
				i = p.Months - 1 - i
			}
			es := p.inMonth(i)
			es = slices.DeleteFunc(es, func(e event) bool { return !prints(e.kind) || e.closed && p.closedOut })
			slices.SortStableFunc(es, func(a, b event) int { return cmp.Compare(a.at, b.at) })
			if newestFirst {
				slices.Reverse(es)
			}
			for _, e := range es {
				if !yield(e) {
					return
				}
			}
		}
	}
}

func (p Profile) inMonth(i int) []event {
	rnd := rand.New(rand.NewPCG(p.Seed, uint64(i)))
	start := p.month(i)
	days := int(p.month(i+1).Sub(start).Hours() / 24)
	es := make([]event, 0, p.SpendingRows+48)
	add := func(e event, day int) {
		if e.amount <= 0 {
			return
		}
		if day == 0 {
			day = 1 + rnd.IntN(days)
		}
		// Daytime: a date without a time of day must not change by zones.
		e.at = start.Unix() + int64(day-1)*86400 + int64(6*3600+rnd.IntN(16*3600))
		e.n = rnd.IntN(1 << 20)
		es = append(es, e)
	}
	payday := agent.DateOf(start.AddDate(0, 0, 14))
	if employed := p.SalaryUntil == 0 || payday < p.SalaryUntil; employed {
		add(event{kind: agent.KindSalary, amount: p.Salary, party: p.Employer}, 15)
	} else {
		add(event{kind: agent.KindBenefit, amount: p.Benefit, party: "样例市社会保险事业管理局"}, 18)
	}
	add(event{kind: agent.KindHousingFund, amount: p.HousingFund, party: "样例市住房公积金管理中心"}, 16)
	for _, v := range parts(rnd, p.Receipts, 20) {
		add(event{kind: agent.KindReceipt, amount: v, party: buyers[rnd.IntN(len(buyers))]}, 0)
	}
	for _, v := range parts(rnd, p.Spending, p.SpendingRows) {
		add(event{kind: agent.KindPurchase, amount: v, out: true, party: shops[rnd.IntN(len(shops))]}, 0)
	}
	for _, v := range parts(rnd, p.Medical, 2) {
		add(event{kind: agent.KindMedical, amount: v, out: true, party: clinics[rnd.IntN(len(clinics))]}, 0)
	}
	add(event{kind: agent.KindRepayment, amount: p.Repayment, out: true, party: "样例消费金融"}, 20)
	add(event{kind: agent.KindLoanIn, amount: p.LoanIn, party: "样例消费金融"}, 5)
	if p.Plain {
		return es
	}
	friend := func() string { return friends[rnd.IntN(len(friends))] }
	sum := func(most int64) int64 { return 100 + rnd.Int64N(most) }
	add(event{kind: agent.KindTransferIn, amount: sum(50_000), party: friend()}, 0)
	add(event{kind: agent.KindTransferOut, amount: sum(50_000), out: true, party: friend()}, 0)
	add(event{kind: agent.KindRedPacket, amount: sum(2_000), party: friend()}, 0)
	add(event{kind: agent.KindOwnTransfer, amount: sum(200_000), out: true, party: cmp.Or(p.Owner, "张样例")}, 0)
	add(event{kind: agent.KindWithdrawal, amount: sum(100_000), out: true}, 0)
	add(event{kind: agent.KindTopUp, amount: sum(100_000)}, 0)
	add(event{kind: agent.KindRefund, amount: sum(10_000), party: shops[rnd.IntN(len(shops))]}, 0)
	add(event{kind: agent.KindInvestment, amount: sum(100_000), out: true, party: "样例基金"}, 0)
	add(event{kind: agent.KindInterest, amount: sum(500)}, 21)
	add(event{kind: agent.KindFee, amount: 200, out: true}, 21)
	add(event{kind: agent.KindPurchase, amount: sum(30_000), out: true, closed: true, party: shops[rnd.IntN(len(shops))]}, 0)
	return es
}

// parts cuts a sum into n uneven parts that add up to it again.
func parts(rnd *rand.Rand, sum int64, n int) []int64 {
	if sum <= 0 || n <= 0 {
		return nil
	}
	out := make([]int64, n)
	left := sum
	for i := range out[:n-1] {
		mean := left / int64(n-i)
		out[i] = mean/2 + rnd.Int64N(mean+1)
		left -= out[i]
	}
	out[n-1] = left
	return out
}

// book is what a banner says, and the truth for the caller.
type book struct {
	Truth
	in, out, neutral tally
	closing          int64 // balance after the last row
}

type tally struct{ count, sum int64 }

func (t *tally) add(v int64) { t.count++; t.sum += v }

// books adds up all events, before the first is written.
func (p Profile) books(prints func(agent.Kind) bool, neutral func(agent.Kind) bool) book {
	b := book{Truth: Truth{Settled: make(map[agent.Kind]int64)}, closing: p.Opening}
	for e := range p.events(false, prints) {
		b.Rows++
		if e.closed {
			b.Unsettled++
		} else {
			b.Settled[e.kind] += e.amount
		}
		switch {
		case neutral(e.kind):
			b.neutral.add(e.amount)
		case e.out:
			b.out.add(e.amount)
		default:
			b.in.add(e.amount)
		}
		b.closing += e.delta()
	}
	return b
}

func (e event) delta() int64 {
	if e.out {
		return -e.amount
	}
	return e.amount
}

func (e event) clock() string {
	return time.Unix(e.at, 0).In(agent.Zone).Format("2006-01-02 15:04:05")
}

// serial is a payment's number of 28 digits as wallets make it: its day stands
// after the digits before, and what tells it from others around.
func (e event) serial(before string) string {
	day := time.Unix(e.at, 0).In(agent.Zone).Format("20060102")
	rest := fmt.Sprintf("%05d%07d", e.at%86400, e.n)
	if before == "" {
		return day + rest + "00000099"
	}
	return before + rest[7:] + day + rest[:7] + "099"
}

func (e event) day() string { return time.Unix(e.at, 0).In(agent.Zone).Format("2006-01-02") }

func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

// grouped writes yuan with commas between thousands.
func grouped(fen int64) string {
	s := yuan(fen)
	first := 0
	if s[0] == '-' {
		first = 1
	}
	for i := len(s) - 6; i > first; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// gb18030 encodes what is written to it.
func gb18030(w io.Writer) *transform.Writer {
	return transform.NewWriter(w, simplifiedchinese.GB18030.NewEncoder())
}

// out keeps the first error of many writes.
type out struct{ *bufio.Writer }

func (o out) printf(format string, args ...any) { fmt.Fprintf(o.Writer, format, args...) }
