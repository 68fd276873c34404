package agent

import (
	"cmp"
	"slices"
)

// CodeAccountRepeated is the warning that statements which the case file calls those
// of several accounts show the same payments: they are taken for one account. It is
// no doubt about them. Where one moment has other amounts in one of them, the check
// of conduct says so.
const CodeAccountRepeated = "account.repeated"

// joined is evidence in which statements of the same payments are of one account,
// whatever the labels that the case file gave them, and whether there were any: a
// statement that came under two labels must not be counted as two. Of several labels
// the first by order stands. Statements without a label are of one account if their
// format is the same.
//
// Payments are compared only where two accounts have statements of one format, or
// one that was read by a map, for the same days.
func (e *Evidence) joined() (*Evidence, bool) {
	if e == nil || len(e.Statements) < 2 {
		return e, false
	}
	type account struct{ label, format string }
	of := func(s *Statement) account {
		if s.Account == "" {
			return account{format: s.Format}
		}
		return account{label: s.Account}
	}
	var names []account
	for _, s := range e.Statements {
		if s != nil && !slices.Contains(names, of(s)) {
			names = append(names, of(s))
		}
	}
	if len(names) < 2 {
		return e, false
	}
	// Those without a label come last: a name is better than none.
	slices.SortFunc(names, func(a, b account) int {
		if (a.label == "") != (b.label == "") {
			return cmp.Compare(b.label, a.label)
		}
		return cmp.Or(cmp.Compare(a.label, b.label), cmp.Compare(a.format, b.format))
	})
	all := make([][]payments, len(names))
	for _, s := range e.Statements {
		if s != nil && s.From > 0 && s.To >= s.From {
			i := slices.Index(names, of(s))
			all[i] = append(all[i], payments{s: s})
		}
	}
	first := make([]int, len(names)) // the account that each one is
	again := false
	for i := range names {
		first[i] = i
		for k := range i {
			if first[i] != first[k] && sameAccount(all[i], all[k]) {
				again = true
				from, to := max(first[i], first[k]), min(first[i], first[k])
				for n := range first[:i+1] {
					if first[n] == from {
						first[n] = to
					}
				}
			}
		}
	}
	if !again {
		return e, false
	}
	j := *e
	j.Statements = slices.Clone(e.Statements)
	for n, s := range j.Statements {
		if s == nil {
			continue
		}
		i := slices.Index(names, of(s))
		if name := names[first[i]]; name.label != s.Account {
			c := *s
			c.Account = name.label
			j.Statements[n] = &c
		}
	}
	return &j, true
}

// payments are the rows of a statement in an order that does not depend on the file.
type payments struct {
	s    *Statement
	list []payment
}

// A payment is a row as far as two statements of it agree.
type payment struct {
	at, amount, balance int64
	flow                Flow
	told                bool // the balance is printed
}

func (p payment) order(o payment) int {
	if p.at != o.at {
		return cmp.Compare(p.at, o.at)
	}
	return cmp.Or(cmp.Compare(p.amount, o.amount), cmp.Compare(p.flow, o.flow), cmp.Compare(p.balance, o.balance))
}

// between returns the rows from low until before high, in seconds.
func (p *payments) between(low, high int64) []payment {
	if p.list == nil {
		rows := p.s.Transactions
		p.list = make([]payment, len(rows))
		for i := range rows {
			t := &rows[i]
			x := payment{at: t.At, amount: t.Amount, flow: t.Flow}
			x.balance, x.told = t.Balance.Value()
			p.list[i] = x
		}
		if n := len(rows); n > 0 && rows[0].At > rows[n-1].At {
			slices.Reverse(p.list) // newest first, as many print
		}
		slices.SortFunc(p.list, payment.order)
	}
	at := func(x payment, t int64) int { return cmp.Compare(x.at, t) }
	from, _ := slices.BinarySearchFunc(p.list, low, at)
	to, _ := slices.BinarySearchFunc(p.list, high, at)
	return p.list[from:max(from, to)]
}

// fewest is how many rows must agree, and how many of them must be unlike each other.
// A salary that is paid in two equal halves is alike in every month.
const fewest = 3

// sameAccount holds if the statements of two accounts show the same payments on the
// days that both cover:
//
//   - more than four rows in five agree, and the statements are of the same days;
//   - or most rows agree in amount and balance, or in amount and second: most of the
//     shorter one's, for rows may have been left out of it, or changed;
//   - or nine in ten agree, where only days are printed and no balance.
//
// In the latter, rows must be unlike each other too. Two accounts of one person
// have the same amount on the same day now and then, but not most of the time, and
// not at one second or with the same balance.
func sameAccount(a, b []payments) bool {
	var n, m, rows int64 // rows of either, and how many agree but for the balance
	var alike, told, timed agreement
	whole := true
	shared := func(do func(p, q []payment)) {
		for i := range a {
			for k := range b {
				x, y := a[i].s, b[k].s
				from, to := max(x.From, y.From), min(x.To, y.To)
				if from > to || x.Format != y.Format && x.Format != formatMap && y.Format != formatMap {
					continue
				}
				whole = whole && x.From == y.From && x.To == y.To
				low, high := from.Time().Unix(), to.Time().Unix()+24*3600
				do(a[i].between(low, high), b[k].between(low, high))
			}
		}
	}
	shared(func(p, q []payment) {
		n, m = n+int64(len(p)), m+int64(len(q))
		agree(p, q, false, func(x payment) {
			rows++
			if (x.at+8*3600)%(24*3600) != 0 {
				timed.add(x)
			}
		})
	})
	most := func(rows int64) bool { return 2*rows >= min(n, m) }
	if rows < fewest || !most(rows) {
		return false // as nearly always, with accounts that are not the same
	}
	if timed.unlike >= fewest && most(timed.rows) {
		return true
	}
	shared(func(p, q []payment) {
		agree(p, q, true, func(x payment) {
			alike.add(x)
			if x.told {
				told.add(x)
			}
		})
	})
	return whole && alike.rows >= fewest && 5*alike.rows > 4*max(n, m) ||
		told.unlike >= fewest && most(told.rows) ||
		alike.unlike >= fewest && 10*alike.rows >= 9*max(n, m)
}

// formatMap is the format of statements that were read by a map of columns.
const formatMap = "map"

// agree gives each row that two lists share. Where both print a balance it must be
// the same one, if balances are asked about.
func agree(p, q []payment, balances bool, each func(payment)) {
	for len(p) > 0 && len(q) > 0 {
		switch {
		case p[0].at < q[0].at:
			p = p[1:]
			continue
		case p[0].at > q[0].at:
			q = q[1:]
			continue
		}
		x, y := p[0], q[0]
		if x.told = x.told && y.told && balances; !x.told {
			x.balance, y.balance = 0, 0
		}
		switch c := x.order(y); {
		case c < 0:
			p = p[1:]
		case c > 0:
			q = q[1:]
		default:
			each(x)
			p, q = p[1:], q[1:]
		}
	}
}

// An agreement counts rows, and up to fewest of them that are unlike each other: in
// amount, direction, time of day or balance.
type agreement struct {
	rows   int64
	unlike int
	seen   [fewest]payment
}

func (a *agreement) add(x payment) {
	a.rows++
	if x.at %= 24 * 3600; a.unlike < fewest && !slices.Contains(a.seen[:a.unlike], x) {
		a.seen[a.unlike] = x
		a.unlike++
	}
}
