package agent

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// paid is a statement of the first half of 2026, of rows at days from the first of
// January. Of each row: day, second of the day, amount and balance in yuan; -1 is no
// balance.
func paid(label, format string, rows ...[4]int64) *Statement {
	s := &Statement{Format: format, Account: label, From: 20260101, To: 20260630}
	for _, r := range rows {
		t := Transaction{At: s.From.AddDays(int(r[0])).Time().Unix() + r[1], Amount: r[2] * 100, Flow: FlowIn, Kind: KindReceipt, State: StateSettled}
		if r[3] >= 0 {
			t.Balance = Known(r[3] * 100)
		}
		s.Transactions = append(s.Transactions, t)
	}
	s.Rows = int64(len(s.Transactions))
	return s
}

// labels joins statements and lists what they are called then.
func labels(list ...*Statement) (string, bool) {
	e, again := (&Evidence{Statements: list}).joined()
	var names []string
	for _, s := range e.Statements {
		names = append(names, s.Account)
	}
	return strings.Join(names, " "), again
}

func TestJoined_takesTheSamePaymentsForOneAccount(t *testing.T) {
	wallet := [][4]int64{{3, 30001, 12, -1}, {9, 41007, 40, -1}, {9, 52013, 12, -1}, {40, 33333, 75, -1}, {41, 60606, 12, -1}, {99, 9999, 31, -1}}
	bank := [][4]int64{{3, 0, 9000, 9000}, {9, 0, 400, 9400}, {33, 0, 9000, 18400}, {40, 0, 75, 18475}, {64, 0, 9000, 27475}, {99, 0, 31, 27506}}
	days := [][4]int64{{3, 0, 9000, -1}, {9, 0, 400, -1}, {33, 0, 9000, -1}, {40, 0, 75, -1}, {64, 0, 9000, -1}, {99, 0, 31, -1}}
	half := [][4]int64{{9, 0, 4500, -1}, {40, 0, 4500, -1}, {68, 0, 4500, -1}, {99, 0, 4500, -1}}
	with := func(rows [][4]int64, change ...[4]int64) [][4]int64 {
		return append(slices.Clone(rows), change...)
	}
	edited := func(rows [][4]int64) [][4]int64 { // one amount is another, and each balance after it
		rows = slices.Clone(rows)
		for i := 3; i < len(rows); i++ {
			if rows[i][3] >= 0 {
				rows[i][3] += 500
			}
		}
		rows[3][2] += 500
		return rows
	}
	early := paid("b", "wechat", wallet[:5]...)
	early.To = 20260228
	later := paid("b", "wechat", wallet...)
	later.From, later.To = 20260701, 20261231
	for name, tt := range map[string]struct {
		x, y *Statement
		want string // what both are called, "" if they stay as they are
	}{
		"a wallet":                     {paid("b", "wechat", wallet...), paid("a", "wechat", wallet...), "a"},
		"one without a label":          {paid("", "wechat", wallet...), paid("b", "wechat", wallet...), "b"},
		"a bank with balances":         {paid("a", "map", bank...), paid("b", "map", bank...), "a"},
		"a bank with days alone":       {paid("a", "map", days...), paid("b", "map", days...), "a"},
		"salaries alone, one changed":  {paid("a", "map", with(half, [4]int64{130, 0, 4500, -1}, [4]int64{160, 0, 4500, -1})...), paid("b", "map", with(half, [4]int64{130, 0, 4500, -1}, [4]int64{160, 0, 5500, -1})...), "a"},
		"salaries alone":               {paid("a", "map", half...), paid("b", "map", half...), "a"},
		"a wallet read by a map":       {paid("a", "wechat", wallet...), paid("b", "map", wallet...), "a"},
		"half of the days":             {paid("a", "wechat", wallet...), early, "a"},
		"rows left out":                {paid("a", "wechat", wallet...), paid("b", "wechat", wallet[2:5]...), "a"},
		"an amount changed":            {paid("a", "wechat", wallet...), paid("b", "wechat", edited(wallet)...), "a"},
		"a balance changed":            {paid("a", "map", bank...), paid("b", "map", edited(bank)...), "a"},
		"other days":                   {paid("a", "wechat", wallet...), later, ""},
		"another wallet":               {paid("a", "wechat", wallet...), paid("b", "alipay", wallet...), ""},
		"one amount on one day":        {paid("a", "map", days...), paid("b", "map", [4]int64{3, 0, 9000, -1}, [4]int64{10, 0, 55, -1}), ""},
		"salaries in halves":           {paid("a", "map", with(half, [4]int64{5, 0, 55, -1})...), paid("b", "map", with(half, [4]int64{6, 0, 66, -1})...), ""},
		"salaries in halves, balances": {paid("a", "icbc", [4]int64{9, 0, 4500, 4600}, [4]int64{40, 0, 4500, 9100}, [4]int64{68, 0, 4500, 13600}), paid("b", "icbc", [4]int64{9, 0, 4500, 4500}, [4]int64{40, 0, 4500, 9000}, [4]int64{68, 0, 4500, 13500}), ""},
		"a salary and little else":     {paid("a", "map", days...), paid("b", "map", [4]int64{3, 0, 9000, 1}, [4]int64{33, 0, 9000, 2}, [4]int64{64, 0, 9000, 3}), ""},
		"no rows":                      {paid("a", "map"), paid("b", "map"), ""},
		"one row":                      {paid("a", "wechat", wallet[0]), paid("b", "wechat", wallet[0]), ""},
	} {
		as := tt.want + " " + tt.want
		before := tt.x.Account + " " + tt.y.Account
		if tt.want == "" {
			as = before
		}
		if got, again := labels(tt.x, tt.y); got != as || again != (tt.want != "") {
			t.Errorf("%s: called %q, %v; want %q", name, got, again, as)
		}
		if tt.x.Account+" "+tt.y.Account != before {
			t.Errorf("%s: the evidence was changed", name)
		}
		slices.Reverse(tt.y.Transactions)
		back, again := labels(tt.y, tt.x)
		if tt.want == "" {
			as = tt.y.Account + " " + tt.x.Account
		}
		if back != as || again != (tt.want != "") {
			t.Errorf("%s, the other way round: called %q, %v; want %q", name, back, again, as)
		}
	}
}

// Months that came one by one under another label are held against the whole; what
// else stands under that label goes with them.
func TestJoined_goesByAllStatementsOfAnAccount(t *testing.T) {
	rows := [][4]int64{{3, 30001, 12, -1}, {9, 41007, 40, -1}, {40, 33333, 75, -1}, {41, 60606, 12, -1}, {60, 9999, 31, -1}}
	whole := paid("all", "wechat", rows...)
	month := func(label string, from, to Date, rows ...[4]int64) *Statement {
		s := paid(label, "wechat", rows...)
		s.From, s.To = from, to
		return s
	}
	list := []*Statement{month("z", 20260101, 20260131, rows[:2]...), month("z", 20260201, 20260228, rows[2:4]...), whole, nil,
		month("z", 20260701, 20260731), paid("other", "cmb", rows...)}
	e, again := (&Evidence{Statements: list}).joined()
	var got []string
	for _, s := range e.Statements {
		if s != nil {
			got = append(got, s.Account)
		}
	}
	if want := []string{"all", "all", "all", "all", "other"}; !again || !slices.Equal(got, want) {
		t.Errorf("called %v, want %v", got, want)
	}
}

func TestJoined_isTransitive(t *testing.T) {
	rows := [][4]int64{{3, 30001, 12, -1}, {9, 41007, 40, -1}, {20, 33333, 75, -1}, {41, 60606, 12, -1}, {50, 9999, 31, -1}, {60, 8888, 90, -1}}
	a, b, c := paid("a", "wechat", rows[:3]...), paid("b", "wechat", rows[3:]...), paid("c", "wechat", rows...)
	a.To, b.From = 20260131, 20260201
	for _, list := range [][]*Statement{{a, b, c}, {c, b, a}, {b, c, a}} {
		if got, again := labels(list...); got != "a a a" || !again {
			t.Errorf("called %q", got)
		}
	}
	if got, again := labels(a, b); got != "a b" || again {
		t.Errorf("without the whole: called %q", got)
	}
}

// Accounts of people who are paid and pay on the same days, at full hours, are theirs.
func TestJoined_leavesTrueAccounts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		list := make([]*Statement, 2)
		for i := range list {
			var rows [][4]int64
			for m := range int64(6) {
				rows = append(rows, [4]int64{30*m + 9, 0, 5000, -1}, [4]int64{30*m + 20, 0, 20, -1}) // one salary in halves, one standing payment
			}
			for range 20 + random.IntN(200) {
				rows = append(rows, [4]int64{random.Int64N(180), 0, 1 + random.Int64N(60), -1})
			}
			list[i] = paid(string(rune('a'+i)), "map", rows...)
		}
		if _, again := labels(list...); again {
			t.Fatal("two accounts are taken for one")
		}
	}
}

func BenchmarkJoined(b *testing.B) {
	rows := func(seed int64) (list [][4]int64) {
		for i := range int64(2500) {
			list = append(list, [4]int64{i / 14, (i%14)*6000 + seed, 1 + i*7%300, 10_000 + i})
		}
		return list
	}
	same, other := paid("b", "map", rows(1)...), paid("b", "map", rows(2)...)
	one := paid("a", "map", rows(1)...)
	var months []*Statement
	for i := range 24 {
		s := paid(string(rune('a'+i)), "map", rows(int64(i))[:208]...)
		months = append(months, s)
	}
	for name, list := range map[string][]*Statement{"same": {one, same}, "other": {one, other}, "many": months} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				(&Evidence{Statements: list}).joined()
			}
		})
	}
}
