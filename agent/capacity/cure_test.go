package capacity

import (
	"math"
	"math/big"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
	"pgregory.net/rapid"
)

// late is a case of arrears computed on paper, as of 15 November 2025:
//
//	income 8,000, obligations 2,000, floor of Chongqing and one person 1,500:
//	residual 4,500; of four fifths of the income 6,400 − 3,500 = 2,900
//	loan without interest: 1,000 on the tenth of each month from July 2025 to
//	June 2026, of which the first was paid: four lines are past due, 4,000,
//	and seven are to come, the next on 10 December
//
//	month 1: 4,500 paid of 4,000 + 1,000; month 2: 9,000 of 4,000 + 2,000: cured in 2
//	a fifth less: 2,900 of 5,000; 5,800 of 6,000; 8,700 of 7,000: cured in 3
//	owed in all 11,000: at 4,500 a month in 3 months (3,667), not in 2 (5,500)
func late(balance agent.Int) *agent.Evidence {
	s := salaries(6, 8000_00)
	s.Transactions[5].Balance = balance
	e := evidence(s)
	e.Liabilities = &agent.Liabilities{Household: known(1), Region: "500000", Obligations: []agent.Obligation{{Monthly: 2000_00}}}
	e.Loan = &agent.Loan{Principal: known(12_000_00), RateBP: known(0), TermMonths: known(12), Method: agent.MethodEqualInstalment,
		Payments: []agent.Payment{{On: 20250710, Amount: 1000_00, Result: loan.Settled}}}
	for i := range 12 {
		e.Loan.Schedule = append(e.Loan.Schedule, agent.Instalment{DueOn: loan.AddMonths(20250710, i), Principal: 1000_00})
	}
	return e
}

func TestCheck_cureByHand(t *testing.T) {
	got := check(late(known(700_00)), asOf)
	// 700 of balance carry 3,500 a month for six days.
	if got.Residual != known(4500_00) || got.Instalment != known(4500_00) || got.CureMonths != known(2) || got.CureChance != agent.ChanceLikely ||
		got.PlanMonths != known(3) || got.BufferDays != known(6) || got.NewInstalment != known(1000_00) ||
		got.Shock20 != known(1900_00) || got.Shock40 != known(300_00) {
		t.Errorf("%+v", got)
	}
}

// What falls due today is not past due, and is to be paid in the first month; what
// falls due a month from today belongs to the second.
func TestCheck_cureCountsMonthsFromTheDay(t *testing.T) {
	for _, tt := range []struct {
		due          agent.Date
		months, plan agent.Int
	}{
		{20251115, known(2), known(2)}, // 4,500 of 1,000 + 4,000; 9,000
		{20251214, known(2), known(2)},
		{20251215, known(1), known(2)}, // 4,500 of 1,000
	} {
		e := late(unknown)
		e.Loan.Schedule = []agent.Instalment{{DueOn: 20251014, Principal: 2000_00}, {DueOn: tt.due, Principal: 3900_00, Interest: 100_00}}
		got := check(e, asOf)
		if got.CureMonths != tt.months || got.PlanMonths != tt.plan {
			t.Errorf("due on %v: cured in %v, plan of %v months; want %v, %v", tt.due, got.CureMonths, got.PlanMonths, tt.months, tt.plan)
		}
	}
}

// A plan carries the principal that is to come, and no interest of a time that the
// plan has ended.
func TestCheck_planIsOverWhatIsOwedToday(t *testing.T) {
	e := late(unknown) // 1,000 past due and 3,500 to come: 4,500, in one month to the fen
	e.Loan.Schedule = []agent.Instalment{{DueOn: 20251014, Principal: 2000_00}, {DueOn: 20251115, Principal: 3500_00, Interest: 500_00}}
	if got := check(e, asOf).PlanMonths; got != known(1) {
		t.Errorf("plan of %v months, want 1", got)
	}
	e.Loan.Schedule[1].Principal++
	if got := check(e, asOf).PlanMonths; got != known(2) {
		t.Errorf("plan of %v months over a fen more, want 2", got)
	}
	e.Loan.RateBP = unknown
	if got := check(e, asOf); got.PlanMonths.IsKnown() || !got.CureMonths.IsKnown() {
		t.Errorf("without a rate: %+v", got)
	}
}

func TestFallen_toTheFen(t *testing.T) {
	for _, tt := range []struct{ income, per, want int64 }{
		{0, 20, 0}, {1, 20, 0}, {4, 20, 3}, {5, 20, 4}, {99, 40, 59}, {199, 20, 159}, {math.MaxInt64, 20, 7378697629483820645},
	} {
		if got := fallen(tt.income, tt.per); got != tt.want {
			t.Errorf("%d less %d per cent = %d, want %d", tt.income, tt.per, got, tt.want)
		}
	}
}

func TestCheck_chanceToCure(t *testing.T) {
	owing := func(monthly int64) func(*agent.Evidence) {
		return func(e *agent.Evidence) { e.Liabilities.Obligations[0].Monthly = monthly }
	}
	none := func(*agent.Evidence) {}
	tests := []struct {
		name    string
		balance agent.Int
		edit    func(*agent.Evidence)
		months  agent.Int
		chance  string
	}{
		{"a fifth less cures as well", unknown, none, known(2), agent.ChanceLikely},
		// Residual 2,400: 2,400 of 5,000, 4,800 of 6,000, 7,200 of 7,000.
		{"income alone, just", unknown, owing(4100_00), known(3), agent.ChancePossible},
		{"income alone, a fen short", unknown, owing(4166_67), known(4), agent.ChanceUnknown},
		{"income alone, to the fen", unknown, owing(4166_66), known(3), agent.ChancePossible},
		{"four months, no money", known(0), owing(4166_67), known(4), agent.ChanceUnlikely},
		{"four months, a fen of money", known(1), owing(4166_67), known(4), agent.ChancePossible},
		// 4,000 of arrears, and a month of 6,500 of obligations and 1,500 of living.
		{"money for the arrears and a month", known(4000_00 + 8000_00), owing(6500_00), unknown, agent.ChanceLikely},
		{"a fen less", known(4000_00 + 8000_00 - 1), owing(6500_00), unknown, agent.ChancePossible},
		{"money for the arrears alone", known(4000_00), owing(6500_00), unknown, agent.ChancePossible},
		{"nothing left, less money than arrears", known(3999_99), owing(6500_00), unknown, agent.ChanceUnlikely},
		{"nothing left, money not known", unknown, owing(6500_00), unknown, agent.ChanceUnknown},
		{"an overdrawn account", known(-100_00), owing(6500_00), unknown, agent.ChanceUnlikely},
		{"60 months do not suffice", unknown, owing(6500_00 - 1), unknown, agent.ChanceUnknown},
		{"nothing past due", unknown, func(e *agent.Evidence) { e.Loan.Payments[0].Amount = 5000_00 }, unknown, agent.ChanceUnknown},
		{"no word on payments", unknown, func(e *agent.Evidence) { e.Loan.Payments = nil }, unknown, agent.ChanceUnknown},
		{"no loan", unknown, func(e *agent.Evidence) { e.Loan = nil }, unknown, agent.ChanceUnknown},
		{"no income", unknown, func(e *agent.Evidence) { e.Statements = nil }, unknown, agent.ChanceUnknown},
		{"no household", known(12_000_00), func(e *agent.Evidence) { e.Liabilities.Household = unknown }, unknown, agent.ChanceUnknown},
	}
	for _, tt := range tests {
		e := late(tt.balance)
		tt.edit(e)
		if got := check(e, asOf); got.CureMonths != tt.months || got.CureChance != tt.chance {
			t.Errorf("%s: %v months, %s (left %v); want %v, %s", tt.name, got.CureMonths, got.CureChance, got.Residual, tt.months, tt.chance)
		}
	}
}

// Cure and plan, month by month over plain sums and an annuity that is paid off
// line by line, so that the code does not certify itself.
func TestCheck_cureAgreesWithASimulation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := late(unknown)
		e.Liabilities.Obligations[0].Monthly = rapid.Int64Range(4000_00, 6499_00).Draw(t, "obligations")
		e.Loan.RateBP = known(rapid.Int64Range(0, 3600).Draw(t, "rate"))
		e.Loan.Schedule = nil
		first := agent.Date(20250601).AddDays(rapid.IntRange(0, 200).Draw(t, "first"))
		for i := range rapid.IntRange(1, 36).Draw(t, "lines") {
			e.Loan.Schedule = append(e.Loan.Schedule, agent.Instalment{DueOn: loan.AddMonths(first, i),
				Principal: rapid.Int64Range(0, 2000_00).Draw(t, "principal"), Interest: rapid.Int64Range(0, 100_00).Draw(t, "interest")})
		}
		paid := rapid.Int64Range(0, 3000_00).Draw(t, "paid")
		e.Loan.Payments[0].Amount = paid
		got := check(e, asOf)
		residual := got.Residual.Or(-1)

		// The ledger day by day.
		today := agent.Date(20251115)
		var arrears, owed int64
		future := map[agent.Date]int64{}
		for _, n := range e.Loan.Schedule {
			sum := n.Principal + n.Interest
			part := min(sum, paid)
			paid -= part
			if rest := sum - part; n.DueOn < today {
				arrears += rest
				owed += rest
			} else {
				future[n.DueOn] += rest
				owed += min(rest, n.Principal)
			}
		}
		var months agent.Int
		wallet, open := int64(0), arrears
		for m := 1; m <= 60 && arrears > 0 && !months.IsKnown(); m++ {
			for d := loan.AddMonths(today, m-1); d < loan.AddMonths(today, m); d = d.AddDays(1) {
				open += future[d]
			}
			if wallet += residual; wallet >= open {
				months = known(int64(m))
			}
		}
		if got.CureMonths != months {
			t.Fatalf("cured in %v, want %v of %d past due at %d a month", got.CureMonths, months, arrears, residual)
		}

		// A plan of n months fits if the residual alone pays it off, with the interest
		// of each month exact and half a fen of rounding for the instalment.
		want := agent.Int{}
		for n := int64(1); n <= 60 && owed > 0 && !want.IsKnown(); n++ {
			left := new(big.Rat).SetInt64(owed)
			budget := big.NewRat(2*residual+1, 2)
			q := big.NewRat(120_000+e.Loan.RateBP.Or(0), 120_000)
			for range n {
				left.Mul(left, q).Sub(left, budget)
			}
			if left.Sign() < 0 {
				want = known(n)
			}
		}
		if got.PlanMonths != want {
			t.Fatalf("plan of %v months, want %v for %d owed at %d a month", got.PlanMonths, want, owed, residual)
		}
	})
}

func TestCheck_balancesOfAllAccounts(t *testing.T) {
	row := func(day agent.Date, hour int64, balance agent.Int) agent.Transaction {
		t := in(day, agent.KindPurchase, 1)
		t.At, t.Flow, t.Balance = day.Time().Unix()+hour*3600, agent.FlowOut, balance
		return t
	}
	half := func(account string, rows ...agent.Transaction) *agent.Statement {
		return statement(account, "cmb", 20250501, 20251031, rows...)
	}
	failed := row(20251031, 9, known(99_000_00))
	failed.State = agent.StateFailed
	outside := row(20251101, 9, known(99_000_00)) // after the last day that the statement says it covers
	split := half("a", row(20250701, 9, known(350_00)))
	split.To = 20250930
	rest := half("a", row(20251001, 9, known(700_00)))
	rest.From = 20251001
	old := statement("c", "icbc", 20250301, 20250731, row(20250731, 9, known(99_000_00)))
	tests := []struct {
		name string
		list []*agent.Statement
		want agent.Int
	}{
		{"none", []*agent.Statement{half("a", row(20251010, 9, unknown))}, unknown},
		{"one", []*agent.Statement{half("a", row(20251010, 9, known(700_00)))}, known(6)},
		{"the newest", []*agent.Statement{half("a", row(20251011, 9, known(700_00)), row(20251010, 9, known(90_000_00)))}, known(6)},
		{"the lowest of an instant", []*agent.Statement{half("a", row(20251011, 0, known(90_000_00)), row(20251011, 0, known(700_00)), row(20251011, 0, known(800_00)))}, known(6)},
		{"two accounts", []*agent.Statement{half("a", row(20251010, 9, known(700_00))), half("b", row(20251010, 9, known(350_00)))}, known(9)},
		{"one account in two statements", []*agent.Statement{split, rest}, known(6)},
		{"twice", []*agent.Statement{half("a", row(20251010, 9, known(700_00))), half("a", row(20251010, 9, known(700_00)))}, known(6)},
		{"overdrawn elsewhere", []*agent.Statement{half("a", row(20251010, 9, known(700_00))), half("b", row(20251010, 9, known(-350_00)))}, known(3)},
		{"overdrawn in all", []*agent.Statement{half("a", row(20251010, 9, known(700_00))), half("b", row(20251010, 9, known(math.MinInt64)))}, known(0)},
		{"did not settle", []*agent.Statement{half("a", row(20251010, 9, known(700_00)), failed)}, known(6)},
		{"outside the statement", []*agent.Statement{half("a", row(20251010, 9, known(700_00)), outside)}, known(6)},
		{"stale", []*agent.Statement{old}, unknown},
		{"more than can be", []*agent.Statement{half("a", row(20251010, 9, known(math.MaxInt64))), half("b", row(20251010, 9, known(math.MaxInt64)))}, known(MaxBufferDays)},
	}
	for _, tt := range tests {
		e := late(unknown)
		e.Statements = tt.list
		if got := check(e, asOf).BufferDays; got != tt.want {
			t.Errorf("%s: %v days, want %v", tt.name, got, tt.want)
		}
	}
	if got := carries(5, 0); got != MaxBufferDays {
		t.Errorf("a life that costs nothing is carried for %d days", got)
	}
}
