package loan

import (
	"testing"

	"github.com/yanmen/yanmen/agent"
	"pgregory.net/rapid"
)

// limited is an application on a valid limit of 10,000 yuan.
func limited(kind string, drawn, draws agent.Int) *agent.Loan {
	return &agent.Loan{Limit: agent.Limit{Kind: kind, Total: agent.Known(1_000_000), Drawn: drawn, Draws: draws, ValidUntil: 20250220}}
}

func TestContract_limit(t *testing.T) {
	none, known := agent.Int{}, agent.Known
	const rev, single = agent.LimitRevolving, agent.LimitSingleDraw
	// A loan on which nothing is past due, and one on which something is.
	paid := func(l *agent.Loan) *agent.Loan {
		l.Schedule = []agent.Instalment{{DueOn: 20250210, Principal: 100}, {DueOn: 20250310, Principal: 100}}
		l.Payments = []agent.Payment{{On: 20250210, Amount: 100, Result: Settled}}
		return l
	}
	overdue := func(l *agent.Loan) *agent.Loan {
		paid(l).Payments[0].Amount = 99
		return l
	}
	edit := func(l *agent.Loan, f func(*agent.Limit)) *agent.Loan { f(&l.Limit); return l }
	for name, tt := range map[string]struct {
		loan *agent.Loan
		kind string
		left agent.Int
		open agent.Tri
	}{
		"no limit":                     {&agent.Loan{}, "", none, agent.Unknown},
		"a kind that is none":          {limited("overdraft", known(0), known(0)), "", none, agent.Unknown},
		"revolving, nothing drawn":     {limited(rev, known(0), none), rev, known(1_000_000), agent.Yes},
		"revolving, a part drawn":      {paid(limited(rev, known(400_000), known(7))), rev, known(600_000), agent.Yes},
		"and past due":                 {overdue(limited(rev, known(400_000), known(7))), rev, known(600_000), agent.No},
		"drawn, and no schedule":       {limited(rev, known(400_000), known(7)), rev, known(600_000), agent.Unknown},
		"drawn, and no payments":       {with(paid(limited(rev, known(1), none)), func(l *agent.Loan) { l.Payments = nil }), rev, known(999_999), agent.Unknown},
		"all drawn":                    {paid(limited(rev, known(1_000_000), none)), rev, known(0), agent.No},
		"drawn above it":               {paid(limited(rev, known(1_000_001), none)), rev, known(0), agent.No},
		"how much is drawn unknown":    {paid(limited(rev, none, known(3))), rev, none, agent.Unknown},
		"and past due all the same":    {overdue(limited(rev, none, known(3))), rev, none, agent.No},
		"negative":                     {paid(limited(rev, known(-1), none)), rev, none, agent.Unknown},
		"no total":                     {edit(limited(rev, known(0), none), func(m *agent.Limit) { m.Total = none }), rev, none, agent.Unknown},
		"its last day was yesterday":   {edit(limited(rev, known(0), none), func(m *agent.Limit) { m.ValidUntil = 20250219 }), rev, known(1_000_000), agent.No},
		"no day":                       {edit(limited(rev, known(0), none), func(m *agent.Limit) { m.ValidUntil = 0 }), rev, known(1_000_000), agent.Unknown},
		"for long":                     {edit(limited(rev, known(0), none), func(m *agent.Limit) { m.ValidUntil = 99991231 }), rev, known(1_000_000), agent.Yes},
		"single, not drawn":            {limited(single, known(0), known(0)), single, known(1_000_000), agent.Yes},
		"single, drawn and paid back":  {limited(single, known(0), known(1)), single, known(0), agent.No},
		"single, a part drawn":         {paid(limited(single, known(1), none)), single, known(0), agent.No},
		"single, drawn by one account": {paid(limited(single, known(1), known(0))), single, known(0), agent.No},
		"single, draws not counted":    {limited(single, known(0), none), single, none, agent.Unknown},
		"single, negative draws":       {limited(single, known(0), known(-1)), single, none, agent.Unknown},
	} {
		c := Defaults().Contract(&agent.Evidence{Loan: tt.loan}, day(20250220))
		if c.LimitKind != tt.kind || c.LimitLeft != tt.left || c.LimitOpen != tt.open {
			t.Errorf("%s: %q, left %v, open %v, want %q %v %v", name, c.LimitKind, c.LimitLeft, c.LimitOpen, tt.kind, tt.left, tt.open)
		}
	}
}

func with(l *agent.Loan, f func(*agent.Loan)) *agent.Loan { f(l); return l }

func TestNextLimit_byHand(t *testing.T) {
	// Ten months at no interest: what is carried is ten times a month's payment.
	fresh := func() *agent.Loan {
		l := limited(agent.LimitRevolving, agent.Known(0), agent.Int{})
		l.RateBP, l.Method, l.TermMonths = agent.Known(0), agent.MethodEqualPrincipal, agent.Known(10)
		return l
	}
	past := func(l *agent.Loan) {
		l.Schedule = []agent.Instalment{{DueOn: 20250210, Principal: 100}}
		l.Payments = []agent.Payment{{On: 20250211, Amount: 1, Result: Settled}}
	}
	type args struct {
		loan    *agent.Loan
		carries agent.Int
		conduct agent.ConductFacts
		figures Figures
	}
	for name, tt := range map[string]struct {
		edit func(*args)
		want agent.Int
	}{
		"up by a fifth":             {func(*args) {}, agent.Known(1_200_000)},
		"not above what is carried": {func(a *args) { a.carries = agent.Known(110_000) }, agent.Known(1_100_000)},
		"down to what is carried":   {func(a *args) { a.carries = agent.Known(50_000) }, agent.Known(500_000)},
		"nothing is carried":        {func(a *args) { a.carries = agent.Known(0) }, agent.Known(0)},
		"late once":                 {func(a *args) { a.conduct.TimesLate = agent.Known(1) }, agent.Known(1_000_000)},
		"late three times":          {func(a *args) { a.conduct.TimesLate = agent.Known(3) }, agent.Known(800_000)},
		"a promise broken":          {func(a *args) { a.conduct.PromisesBroken = agent.Known(1) }, agent.Known(800_000)},
		"down rounds for the lender": {func(a *args) {
			a.conduct.PromisesBroken, a.loan.Limit.Total = agent.Known(1), agent.Known(999_999)
		}, agent.Known(799_999)}, // a fifth of it is 199,999.8
		"up rounds for the lender too":   {func(a *args) { a.loan.Limit.Total = agent.Known(999_999) }, agent.Known(1_199_998)},
		"past due":                       {func(a *args) { past(a.loan) }, agent.Known(1_000_000)},
		"past due and a promise broken":  {func(a *args) { past(a.loan); a.conduct.PromisesBroken = agent.Known(2) }, agent.Known(800_000)},
		"past due or not, unknown":       {func(a *args) { past(a.loan); a.loan.Payments = nil }, agent.Int{}},
		"what is carried unknown":        {func(a *args) { a.carries = agent.Int{} }, agent.Int{}},
		"lateness unknown":               {func(a *args) { a.conduct.TimesLate = agent.Int{} }, agent.Int{}},
		"promises unknown":               {func(a *args) { a.conduct.PromisesBroken = agent.Int{} }, agent.Int{}},
		"senseless lateness":             {func(a *args) { a.conduct.TimesLate = agent.Known(-1) }, agent.Int{}},
		"no rate":                        {func(a *args) { a.loan.RateBP = agent.Int{} }, agent.Int{}},
		"no limit":                       {func(a *args) { a.loan.Limit.Kind = "" }, agent.Int{}},
		"no total":                       {func(a *args) { a.loan.Limit.Total = agent.Int{} }, agent.Int{}},
		"a total beyond all loans":       {func(a *args) { a.loan.Limit.Total = agent.Known(MaxPrincipal + 1) }, agent.Int{}},
		"no loan":                        {func(a *args) { a.loan = nil }, agent.Int{}},
		"a step of more than the limit":  {func(a *args) { a.figures.LowerBP = 10_001 }, agent.Int{}},
		"a step below nothing":           {func(a *args) { a.figures.RaiseBP = -1 }, agent.Int{}},
		"lowered at no lateness of all":  {func(a *args) { a.figures.LateTimes = 0 }, agent.Int{}},
		"as the lender says, by a tenth": {func(a *args) { a.figures.RaiseBP = 1000 }, agent.Known(1_100_000)},
	} {
		a := args{fresh(), agent.Known(1_000_000), agent.ConductFacts{TimesLate: agent.Known(0), PromisesBroken: agent.Known(0)}, Defaults()}
		tt.edit(&a)
		if got := a.figures.NextLimit(a.loan, a.carries, &a.conduct, 20250220); got != tt.want {
			t.Errorf("%s: NextLimit = %v, want %v", name, got, tt.want)
		}
	}
	if got := Defaults().NextLimit(fresh(), agent.Known(1), nil, 20250220); got.IsKnown() {
		t.Errorf("without conduct NextLimit = %v", got)
	}
}

// Never above what is carried, never raised while something is past due; more
// income never lowers it, and worse conduct never raises it.
func TestNextLimit_movesTheRightWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := genRunning(t)
		terms := genTerms(t)
		l.RateBP, l.Method, l.TermMonths = agent.Known(terms.RateBP), terms.Method, agent.Known(terms.Months)
		total := rapid.Int64Range(0, 10_000_000).Draw(t, "total")
		l.Limit = agent.Limit{Kind: agent.LimitRevolving, Total: agent.Known(total)}
		carries := rapid.Int64Range(0, 500_000).Draw(t, "carries")
		late, broken := rapid.Int64Range(0, 5).Draw(t, "late"), rapid.Int64Range(0, 2).Draw(t, "broken")
		on := agent.Date(20250601)
		next := func(carries, late, broken int64) int64 {
			got, ok := Defaults().NextLimit(l, agent.Known(carries), &agent.ConductFacts{TimesLate: agent.Known(late), PromisesBroken: agent.Known(broken)}, on).Value()
			if !ok {
				t.Fatal("unknown")
			}
			return got
		}
		got := next(carries, late, broken)
		terms.Principal = got
		if got > 0 {
			if m, err := Monthly(terms); err != nil || m > carries {
				t.Fatalf("a limit of %d takes %d a month, and %d is carried", got, m, carries)
			}
		}
		if g := ReadLedger(l, on); g.Past.Or(0) > 0 && got > total {
			t.Fatalf("raised from %d to %d while past due", total, got)
		}
		if more := next(carries+rapid.Int64Range(0, 100_000).Draw(t, "more"), late, broken); more < got {
			t.Fatalf("with more to spare %d, before %d", more, got)
		}
		if worse := next(carries, late+rapid.Int64Range(0, 3).Draw(t, "later"), broken+rapid.Int64Range(0, 1).Draw(t, "worse")); worse > got {
			t.Fatalf("after worse conduct %d, before %d", worse, got)
		}
	})
}
