package conduct

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

const today agent.Date = 20261120

var asOf = today.Time().Unix() + 10*3600

var known = agent.Known

func check(e *agent.Evidence) agent.ConductFacts { return Defaults().Check(e, asOf) }

// ago is an instant some days before the case.
func ago(days int64) int64 { return asOf - days*day }

func settled(on agent.Date, fen int64) agent.Payment {
	return agent.Payment{On: on, Amount: fen, Result: loan.Settled}
}

func TestCheck_nothingIsUnknown(t *testing.T) {
	want := agent.ConductFacts{Forgery: agent.SuspicionUnknown}
	for name, e := range map[string]*agent.Evidence{"no evidence": nil, "empty": {}, "empty records": {History: &agent.History{}, Loan: &agent.Loan{},
		ContactLog: &agent.ContactLog{}, Income: &agent.Income{}, Employment: &agent.Employment{}, Liabilities: &agent.Liabilities{},
		Statements: []*agent.Statement{nil, {}}}} {
		if got := check(e); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestCheck_countsApplicationsInTheirDays(t *testing.T) {
	at := func(seconds ...int64) *agent.Evidence {
		h := &agent.History{Applications: []agent.PastApplication{}}
		for _, s := range seconds {
			h.Applications = append(h.Applications, agent.PastApplication{At: s, Outcome: "declined"})
		}
		return &agent.Evidence{History: h}
	}
	for name, tt := range map[string]struct {
		e    *agent.Evidence
		want [3]int64 // -1: unknown
	}{
		"none":                   {at(), [3]int64{0, 0, 0}},
		"the edges":              {at(ago(30), ago(30)-1, ago(90), ago(90)-1, ago(180), ago(180)-1), [3]int64{1, 3, 5}},
		"the present one is not": {at(asOf, asOf+1, asOf-1), [3]int64{1, 1, 1}},
		"one written down twice": {at(ago(5), ago(40), ago(5)), [3]int64{1, 2, 2}},
		"one without a time":     {at(ago(5), 0), [3]int64{-1, -1, -1}},
	} {
		f := check(tt.e)
		if got := [3]int64{f.Applications30.Or(-1), f.Applications90.Or(-1), f.Applications180.Or(-1)}; got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestCheck_aReportCountsAsLongAsItIsFresh(t *testing.T) {
	for name, tt := range map[string]struct {
		on            agent.Date
		i90, i180, n3 int64 // counts of the report, -1: unknown
		want          [4]int64
		codes         []string
	}{
		"today's":           {today, 4, 6, 1, [4]int64{4, 6, 1, 3}, nil},
		"thirty days":       {today.AddDays(-30), 4, 6, 1, [4]int64{4, 6, 1, 3}, nil},
		"thirty-one":        {today.AddDays(-31), 4, 6, 1, [4]int64{-1, -1, -1, -1}, []string{codeReportStale}},
		"of tomorrow":       {today.AddDays(1), 4, 6, 1, [4]int64{-1, -1, -1, -1}, []string{codeReportStale}},
		"without a day":     {0, 4, 6, 1, [4]int64{-1, -1, -1, -1}, []string{codeReportStale}},
		"fewer in longer":   {today, 4, 3, 1, [4]int64{-1, -1, 1, 3}, []string{codeReportDiffers}},
		"fewer than 30":     {today, 1, 6, 1, [4]int64{-1, -1, 1, 3}, []string{codeReportDiffers}},
		"loans over those":  {today, 4, 6, 9, [4]int64{4, 6, -1, -1}, []string{codeReportDiffers}},
		"a count below 0":   {today, 4, 6, -2, [4]int64{4, 6, -1, -1}, []string{codeReportDiffers}},
		"some are not told": {today, -1, 6, -1, [4]int64{-1, 6, -1, 3}, nil},
	} {
		n := func(v int64) agent.Int {
			if v == -1 {
				return agent.Int{}
			}
			return known(v)
		}
		f := check(&agent.Evidence{CreditReport: &agent.CreditReport{On: tt.on, Inquiries30: known(2), Inquiries90: n(tt.i90), Inquiries180: n(tt.i180),
			NewLoans30: n(tt.n3), NewLoans90: known(2), NewLoans180: known(3)}})
		got := [4]int64{f.Inquiries90.Or(-1), f.Inquiries180.Or(-1), f.NewLoans30.Or(-1), f.NewLoans180.Or(-1)}
		if got != tt.want || !slices.Equal(f.Codes, tt.codes) {
			t.Errorf("%s: %v %v, want %v %v", name, got, f.Codes, tt.want, tt.codes)
		}
	}
}

func TestCheck_promises(t *testing.T) {
	said := func(on, due agent.Date, fen int64) agent.Promise {
		return agent.Promise{At: on.Time().Unix() + 9*3600, DueOn: due, Amount: fen}
	}
	attempt := agent.Payment{On: 20261001, Amount: 1, Result: "insufficient_funds"}
	pays := func(p ...agent.Payment) []agent.Payment { return append(p, attempt) }
	for name, tt := range map[string]struct {
		promises []agent.Promise
		payments []agent.Payment
		want     [3]int64 // kept, broken, open; -1: unknown
	}{
		"none":                            {[]agent.Promise{}, pays(), [3]int64{0, 0, 0}},
		"on its day":                      {[]agent.Promise{said(20261101, 20261105, 500)}, pays(settled(20261105, 500)), [3]int64{1, 0, 0}},
		"on the day of grace":             {[]agent.Promise{said(20261101, 20261105, 500)}, pays(settled(20261106, 500)), [3]int64{1, 0, 0}},
		"after it":                        {[]agent.Promise{said(20261101, 20261105, 500)}, pays(settled(20261107, 500)), [3]int64{0, 1, 0}},
		"before it was made":              {[]agent.Promise{said(20261101, 20261105, 500)}, pays(settled(20261031, 500)), [3]int64{0, 1, 0}},
		"on the day on which it was":      {[]agent.Promise{said(20261101, 20261105, 500)}, pays(settled(20261101, 500)), [3]int64{1, 0, 0}},
		"in parts":                        {[]agent.Promise{said(20261101, 20261105, 500)}, pays(settled(20261102, 200), settled(20261105, 300)), [3]int64{1, 0, 0}},
		"a part alone":                    {[]agent.Promise{said(20261101, 20261105, 500)}, pays(settled(20261105, 499)), [3]int64{0, 1, 0}},
		"what the bank returned":          {[]agent.Promise{said(20261101, 20261105, 500)}, pays(agent.Payment{On: 20261105, Amount: 500, Result: "card_lost"}), [3]int64{0, 1, 0}},
		"its day is today":                {[]agent.Promise{said(20261118, today, 500)}, pays(), [3]int64{0, 0, 1}},
		"its day was yesterday":           {[]agent.Promise{said(20261101, today.AddDays(-1), 500)}, pays(), [3]int64{0, 0, 1}},
		"the day before":                  {[]agent.Promise{said(20261101, today.AddDays(-2), 500)}, pays(), [3]int64{0, 1, 0}},
		"kept ahead":                      {[]agent.Promise{said(20261101, 20261220, 500)}, pays(settled(20261110, 500)), [3]int64{1, 0, 0}},
		"a payment to come keeps nothing": {[]agent.Promise{said(20261101, 20261220, 500)}, pays(settled(20261210, 500)), [3]int64{0, 0, 1}},
		"said twice":                      {[]agent.Promise{said(20261101, 20261105, 500), said(20261103, 20261105, 500)}, pays(settled(20261105, 500)), [3]int64{2, 0, 0}},
		"written down twice":              {[]agent.Promise{said(20261101, 20261105, 500), said(20261101, 20261105, 500)}, pays(settled(20261105, 500)), [3]int64{1, 0, 0}},
		"made after the case":             {[]agent.Promise{said(20261121, 20261125, 500)}, pays(), [3]int64{0, 0, 0}},
		"of each kind":                    {[]agent.Promise{said(20261118, 20261125, 9), said(20261001, 20261002, 5), said(20261008, 20261010, 7)}, pays(settled(20261010, 7)), [3]int64{1, 1, 1}},
		"no payment on record":            {[]agent.Promise{said(20261101, 20261105, 500)}, nil, [3]int64{-1, -1, -1}},
		"a payment without a day":         {[]agent.Promise{said(20261101, 20261105, 500)}, pays(settled(0, 500)), [3]int64{-1, -1, -1}},
		"one that makes no difference":    {[]agent.Promise{said(20261101, 20261105, 500)}, pays(settled(0, 100)), [3]int64{0, 1, 0}},
		"a negative payment":              {[]agent.Promise{said(20261101, 20261105, 500)}, pays(settled(20261105, -500)), [3]int64{-1, -1, -1}},
		"no amount":                       {[]agent.Promise{said(20261101, 20261105, 0)}, pays(), [3]int64{-1, -1, -1}},
		"no day":                          {[]agent.Promise{said(20261101, 0, 500)}, pays(), [3]int64{-1, -1, -1}},
		"a day before it was made":        {[]agent.Promise{said(20261101, 20261031, 500)}, pays(), [3]int64{-1, -1, -1}},
	} {
		f := check(&agent.Evidence{ContactLog: &agent.ContactLog{Promises: tt.promises}, Loan: &agent.Loan{Payments: tt.payments}})
		if got := [3]int64{f.PromisesKept.Or(-1), f.PromisesBroken.Or(-1), f.PromisesOpen.Or(-1)}; got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestCheck_latenessIsThatOfTheLedger(t *testing.T) {
	f := check(&agent.Evidence{Loan: &agent.Loan{
		Schedule: []agent.Instalment{{DueOn: 20260910, Principal: 100}, {DueOn: 20261010, Principal: 100}, {DueOn: 20261110, Principal: 100}},
		Payments: []agent.Payment{settled(20260913, 100), settled(20261021, 100)}}})
	if f.TimesLate != known(2) || f.LongestLate != known(11) {
		t.Errorf("late %v times, at most %v days, want 2 and 11", f.TimesLate, f.LongestLate)
	}
}

// applied is an application some days ago, and consistent answers now.
func applied(days, income, household int64, employment string) *agent.Evidence {
	return &agent.Evidence{
		History:     &agent.History{Applications: []agent.PastApplication{{At: ago(days), Income: known(income), Household: known(household), Employment: employment}}},
		Income:      &agent.Income{DeclaredMonthly: known(8000_00)},
		Employment:  &agent.Employment{Status: "employed", Since: 20200101},
		Liabilities: &agent.Liabilities{Household: known(3)},
		Proofs:      &agent.Proofs{},
	}
}

func TestCheck_whatWasStated(t *testing.T) {
	proof := func(kind string, seen agent.Tri, on agent.Date) func(*agent.Evidence) {
		return func(e *agent.Evidence) {
			e.Proofs.Items = append(e.Proofs.Items, agent.Proof{Kind: kind, Seen: seen, On: on})
		}
	}
	for name, tt := range map[string]struct {
		e      *agent.Evidence
		change func(*agent.Evidence)
		want   agent.Tri
		codes  []string
	}{
		"it fits":                     {applied(40, 8000_00, 3, "employed"), nil, agent.No, nil},
		"a half more":                 {applied(40, 5333_34, 3, "employed"), nil, agent.No, nil},
		"more than that":              {applied(40, 5333_33, 3, "employed"), nil, agent.Yes, []string{codeIncomeRose}},
		"from nothing":                {applied(40, 0, 3, "employed"), nil, agent.Yes, []string{codeIncomeRose}},
		"less than before":            {applied(40, 50000_00, 3, "employed"), nil, agent.No, nil},
		"long ago":                    {applied(91, 1000_00, 9, "employed"), nil, agent.Unknown, nil},
		"a source stands behind it":   {applied(40, 1000_00, 3, "employed"), func(e *agent.Evidence) { e.Income.Verified = agent.Yes }, agent.No, nil},
		"a certificate since":         {applied(40, 1000_00, 3, "employed"), proof(agent.ProofIncome, agent.Yes, 20261101), agent.No, nil},
		"a contract since":            {applied(40, 1000_00, 3, "employed"), proof(agent.ProofContract, agent.Yes, 20261101), agent.No, nil},
		"a certificate of before":     {applied(40, 1000_00, 3, "employed"), proof(agent.ProofIncome, agent.Yes, 20260901), agent.Yes, []string{codeIncomeRose}},
		"a certificate of no day":     {applied(40, 1000_00, 3, "employed"), proof(agent.ProofIncome, agent.Yes, 0), agent.Unknown, nil},
		"one that was not seen":       {applied(40, 1000_00, 3, "employed"), proof(agent.ProofIncome, agent.No, 20261101), agent.Yes, []string{codeIncomeRose}},
		"perhaps seen":                {applied(40, 1000_00, 3, "employed"), proof(agent.ProofIncome, agent.Unknown, 20261101), agent.Unknown, nil},
		"another document":            {applied(40, 1000_00, 3, "employed"), proof(agent.ProofDiagnosis, agent.Yes, 20261101), agent.Yes, []string{codeIncomeRose}},
		"nobody looked for documents": {applied(40, 1000_00, 3, "employed"), func(e *agent.Evidence) { e.Proofs = nil }, agent.Unknown, nil},
		"one person more":             {applied(40, 8000_00, 2, "employed"), nil, agent.No, nil},
		"two more":                    {applied(40, 8000_00, 1, "employed"), nil, agent.Yes, []string{codeHouseholdDiffers}},
		"two fewer":                   {applied(40, 8000_00, 5, "employed"), nil, agent.Yes, []string{codeHouseholdDiffers}},
		"a household of none":         {applied(40, 8000_00, 0, "employed"), nil, agent.Unknown, nil},
		"was out of work then":        {applied(40, 8000_00, 3, "unemployed"), nil, agent.Yes, []string{codeWorkDiffers}},
		"found work since":            {applied(40, 8000_00, 3, "unemployed"), func(e *agent.Evidence) { e.Employment.Since = 20261101 }, agent.No, nil},
		"in that month":               {applied(40, 8000_00, 3, "unemployed"), func(e *agent.Evidence) { e.Employment.Since = today.AddDays(-71) }, agent.No, nil},
		"a month before it":           {applied(40, 8000_00, 3, "unemployed"), func(e *agent.Evidence) { e.Employment.Since = today.AddDays(-72) }, agent.Yes, []string{codeWorkDiffers}},
		"since when is not said":      {applied(40, 8000_00, 3, "unemployed"), func(e *agent.Evidence) { e.Employment.Since = 0 }, agent.Unknown, nil},
		"a job beside one's own":      {applied(40, 8000_00, 3, "self_employed"), nil, agent.No, nil},
		"a student with a job":        {applied(40, 8000_00, 3, "student"), nil, agent.No, nil},
		"the other way round": {applied(40, 8000_00, 3, "employed"), func(e *agent.Evidence) { e.Employment.Status = "unemployed" },
			agent.Yes, []string{codeWorkDiffers}},
		"all of it": {applied(40, 1000_00, 9, "unemployed"), nil, agent.Yes, []string{codeWorkDiffers, codeHouseholdDiffers, codeIncomeRose}},
		"one of several": {applied(40, 8000_00, 3, "employed"), func(e *agent.Evidence) {
			e.History.Applications = append(e.History.Applications, agent.PastApplication{At: ago(50), Income: known(1000_00), Household: known(3), Employment: "employed"})
		}, agent.Yes, []string{codeIncomeRose}},
		"no application": {applied(40, 8000_00, 3, "employed"), func(e *agent.Evidence) { e.History.Applications = []agent.PastApplication{} }, agent.Unknown, nil},
		"an income below nothing": {applied(40, 8000_00, 3, "employed"), func(e *agent.Evidence) { e.Income.DeclaredMonthly = known(-1) },
			agent.Unknown, nil},
	} {
		if tt.change != nil {
			tt.change(tt.e)
		}
		if f := check(tt.e); f.Inconsistent != tt.want || !slices.Equal(f.Codes, tt.codes) {
			t.Errorf("%s: %v %v, want %v %v", name, f.Inconsistent, f.Codes, tt.want, tt.codes)
		}
	}
}

func row(on agent.Date, flow agent.Flow, fen int64) agent.Transaction {
	return agent.Transaction{At: on.Time().Unix(), Amount: fen, Flow: flow, State: agent.StateSettled, Kind: agent.KindPurchase}
}

func paid(on agent.Date, k agent.Kind, fen int64) agent.Transaction {
	t := row(on, agent.FlowIn, fen)
	t.Kind = k
	return t
}

func statement(account string, from, to agent.Date, rows ...agent.Transaction) *agent.Statement {
	return &agent.Statement{Format: "cmb", Account: account, From: from, To: to, Rows: int64(len(rows)), Transactions: rows}
}

// chain gives rows the balances that follow from a first one.
func chain(opening int64, rows ...agent.Transaction) []agent.Transaction {
	for i := range rows {
		if rows[i].Flow == agent.FlowIn {
			opening += rows[i].Amount
		} else {
			opening -= rows[i].Amount
		}
		rows[i].Balance = known(opening)
	}
	return rows
}

func year() []agent.Transaction {
	return chain(1000_00, row(20260901, agent.FlowIn, 500_00), row(20260901, agent.FlowOut, 300_00), row(20260902, agent.FlowOut, 100_00),
		row(20260910, agent.FlowIn, 900_00), row(20260911, agent.FlowOut, 50_00))
}

func TestCheck_balances(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(rows []agent.Transaction) []agent.Transaction
		want   string
	}{
		"they add up": {func(r []agent.Transaction) []agent.Transaction { return r }, agent.SuspicionNone},
		"newest first": {func(r []agent.Transaction) []agent.Transaction {
			slices.Reverse(r)
			return r
		}, agent.SuspicionNone},
		"a day in another order": {func(r []agent.Transaction) []agent.Transaction {
			r[0], r[1] = r[1], r[0]
			return r
		}, agent.SuspicionNone},
		"an amount was changed": {func(r []agent.Transaction) []agent.Transaction { r[3].Amount += 100_00; return r }, agent.SuspicionStrong},
		"a balance was changed": {func(r []agent.Transaction) []agent.Transaction { r[2].Balance = known(9999_00); return r }, agent.SuspicionStrong},
		"a row was taken out":   {func(r []agent.Transaction) []agent.Transaction { return slices.Delete(r, 2, 3) }, agent.SuspicionStrong},
		"a day was taken out": {func([]agent.Transaction) []agent.Transaction {
			// Opening and closing are the same, and the rest adds up in another order.
			s := chain(100, row(20260901, agent.FlowOut, 50), row(20260902, agent.FlowIn, 30), row(20260903, agent.FlowIn, 20), row(20260904, agent.FlowOut, 20))
			return slices.Delete(s, 1, 2)
		}, agent.SuspicionStrong},
		"a day that ends as it began": {func(r []agent.Transaction) []agent.Transaction {
			return chain(100, row(20260901, agent.FlowOut, 50), row(20260902, agent.FlowIn, 30), row(20260902, agent.FlowOut, 30), row(20260903, agent.FlowIn, 20))
		}, agent.SuspicionNone},
		"and that has nothing to do with the others": {func([]agent.Transaction) []agent.Transaction {
			s := chain(100, row(20260901, agent.FlowOut, 50), row(20260902, agent.FlowIn, 30), row(20260902, agent.FlowOut, 30), row(20260903, agent.FlowIn, 20))
			s[1].Balance, s[2].Balance = known(9030), known(9000)
			return s
		}, agent.SuspicionStrong},
		"a row was put in":       {func(r []agent.Transaction) []agent.Transaction { return append(r, row(20260912, agent.FlowIn, 7)) }, agent.SuspicionNone},
		"a direction is unknown": {func(r []agent.Transaction) []agent.Transaction { r[3].Flow = agent.FlowNeutral; return r }, agent.SuspicionNone},
		"a row moved nothing":    {func(r []agent.Transaction) []agent.Transaction { r[3].State = agent.StateFailed; return r }, agent.SuspicionNone},
	} {
		rows := tt.change(year())
		if f := check(&agent.Evidence{Statements: []*agent.Statement{statement("a", 20260901, 20260930, rows...)}}); f.Forgery != tt.want {
			t.Errorf("%s: %s %v, want %s", name, f.Forgery, f.Codes, tt.want)
		}
	}
	s := statement("a", 20260901, 20260930, slices.Delete(year(), 2, 3)...)
	s.Refused = 1
	if f := check(&agent.Evidence{Statements: []*agent.Statement{s}}); f.Forgery != agent.SuspicionNone {
		t.Errorf("a refused row: %s, the rows beside it cannot add up", f.Forgery)
	}
	s.Refused, s.Warnings = 0, []string{"order.mixed"}
	if f := check(&agent.Evidence{Statements: []*agent.Statement{s}}); f.Forgery != agent.SuspicionSome {
		t.Errorf("days that are not those of booking: %s, nothing follows from them", f.Forgery)
	}
}

func TestCheck_aStatementFollowsTheOneBefore(t *testing.T) {
	two := func(opening int64, from agent.Date, account string) *agent.Evidence {
		return &agent.Evidence{Statements: []*agent.Statement{
			statement(account, from, 20261031, chain(opening, row(20261005, agent.FlowIn, 10_00))...),
			statement("a", 20260901, 20260930, year()...)}}
	}
	with := func(e *agent.Evidence, more ...*agent.Statement) *agent.Evidence {
		e.Statements = append(e.Statements, more...)
		return e
	}
	refused := statement("a", 20261001, 20261001)
	refused.Refused = 1
	for name, tt := range map[string]struct {
		e    *agent.Evidence
		want string
	}{
		"what it ended with":        {two(1950_00, 20261001, "a"), agent.SuspicionNone},
		"something else":            {two(3950_00, 20261001, "a"), agent.SuspicionSome},
		"a day lies between":        {two(3950_00, 20261002, "a"), agent.SuspicionNone},
		"an empty one lies between": {with(two(3950_00, 20261003, "a"), statement("a", 20261002, 20261002), statement("a", 20261001, 20261001)), agent.SuspicionSome},
		"an empty one of some days": {with(two(3950_00, 20261004, "a"), statement("a", 20261001, 20261002)), agent.SuspicionNone},
		"one with refused rows":     {with(two(3950_00, 20261002, "a"), refused), agent.SuspicionNone},
		"an empty one of another":   {with(two(3950_00, 20261002, "a"), statement("b", 20261001, 20261001)), agent.SuspicionNone},
		"another account":           {two(3950_00, 20261001, "b"), agent.SuspicionNone},
		"an unlabelled other":       {two(3950_00, 20261001, ""), agent.SuspicionNone},
	} {
		if f := check(tt.e); f.Forgery != tt.want || tt.want == agent.SuspicionSome && !slices.Equal(f.Codes, []string{codeBalanceSkips}) {
			t.Errorf("%s: %s %v, want %s", name, f.Forgery, f.Codes, tt.want)
		}
	}
}

func TestCheck_twoStatementsOfOneDay(t *testing.T) {
	first := func() *agent.Statement {
		return statement("a", 20260901, 20261031, row(20260905, agent.FlowIn, 500), row(20260905, agent.FlowIn, 700), row(20260907, agent.FlowOut, 50), row(20261031, agent.FlowIn, 3))
	}
	for name, tt := range map[string]struct {
		change func(*agent.Statement)
		want   string
	}{
		"the same":             {func(*agent.Statement) {}, agent.SuspicionNone},
		"in another order":     {func(s *agent.Statement) { slices.Reverse(s.Transactions) }, agent.SuspicionNone},
		"an amount differs":    {func(s *agent.Statement) { s.Transactions[1].Amount = 7000 }, agent.SuspicionSome},
		"an amount moved on":   {func(s *agent.Statement) { s.Transactions[0].Amount, s.Transactions[2].Amount = 400, 150 }, agent.SuspicionSome},
		"a row is not there":   {func(s *agent.Statement) { s.Transactions = s.Transactions[1:] }, agent.SuspicionNone},
		"one came to nothing":  {func(s *agent.Statement) { s.Transactions[1].State = agent.StateClosed }, agent.SuspicionNone},
		"on the last day":      {func(s *agent.Statement) { s.Transactions[3].Amount = 9 }, agent.SuspicionNone},
		"of another account":   {func(s *agent.Statement) { s.Account, s.Transactions[1].Amount = "b", 7000 }, agent.SuspicionNone},
		"of another format":    {func(s *agent.Statement) { s.Format, s.Transactions[1].Amount = "icbc", 7000 }, agent.SuspicionNone},
		"with a refused row":   {func(s *agent.Statement) { s.Refused, s.Transactions[1].Amount = 1, 7000 }, agent.SuspicionNone},
		"before the other one": {func(s *agent.Statement) { s.From, s.To, s.Transactions[1].Amount = 20260101, 20260905, 7000 }, agent.SuspicionNone},
	} {
		s := first()
		s.From = 20260815 // another period, or it would have taken the other's place
		tt.change(s)
		f := check(&agent.Evidence{Statements: []*agent.Statement{first(), s}})
		if f.Forgery != tt.want || tt.want == agent.SuspicionSome && !slices.Equal(f.Codes, []string{codeOverlapDiffers}) {
			t.Errorf("%s: %s %v, want %s", name, f.Forgery, f.Codes, tt.want)
		}
	}
}

func TestCheck_salariesOnDaysOfRest(t *testing.T) {
	on := func(amount int64, days ...agent.Date) *agent.Evidence {
		s := statement("a", 20240101, 20261115)
		for i, d := range days {
			s.Transactions = append(s.Transactions, paid(d, agent.KindSalary, amount+int64(i%2)))
		}
		return &agent.Evidence{Statements: []*agent.Statement{s}}
	}
	for name, tt := range map[string]struct {
		e     *agent.Evidence
		codes []string
	}{
		"working days":             {on(812345, 20260610, 20260710, 20260810, 20260910, 20261010, 20261110), nil},
		"one holiday":              {on(812345, 20261001, 20261103), nil},
		"two days of one holiday":  {on(812345, 20261001, 20261003, 20261103), nil},
		"two holidays":             {on(812345, 20251001, 20261005, 20261103), []string{codeSalaryRest}},
		"a half of six":            {on(812345, 20260613, 20260712, 20260808, 20260910, 20261009, 20261110), nil}, // Saturday, Sunday, Saturday
		"more than a half":         {on(812345, 20260613, 20260712, 20260808, 20260912, 20261009, 20261110), []string{codeSalaryRest}},
		"five are too few":         {on(812345, 20260613, 20260712, 20260808, 20260912, 20261009), nil},
		"it has not come yet":      {on(812345, 20251001, 20261121), nil},
		"even, on days of rest":    {on(812345, 20260613, 20260612), nil},
		"another amount each time": {on(8000_00, 20260515, 20260615, 20260715, 20260815, 20260915, 20261015), nil},
	} {
		if f := check(tt.e); !slices.Equal(f.Codes, tt.codes) {
			t.Errorf("%s: %v, want %v", name, f.Codes, tt.codes)
		}
	}
}

func TestCheck_evenSalaries(t *testing.T) {
	on := func(amount int64, days ...agent.Date) *agent.Evidence {
		s := statement("a", 20240101, 20261115)
		for _, d := range days {
			s.Transactions = append(s.Transactions, paid(d, agent.KindSalary, amount))
		}
		return &agent.Evidence{Statements: []*agent.Statement{s}}
	}
	for name, tt := range map[string]struct {
		e     *agent.Evidence
		codes []string
	}{
		"round, one day, also a Saturday": {on(8000_00, 20260515, 20260615, 20260715, 20260815, 20260915, 20261015), []string{codeSalaryEven}},
		"not round":                       {on(8123_45, 20260515, 20260615, 20260715, 20260815, 20260915, 20261015), nil},
		"moved from the Saturday":         {on(8000_00, 20260515, 20260615, 20260715, 20260814, 20260915, 20261015), nil},
		"five months":                     {on(8000_00, 20260615, 20260715, 20260815, 20260915, 20261015), nil},
		"never a day of rest":             {on(8000_00, 20260105, 20260205, 20260305, 20260506, 20260605, 20260805), nil},
		"working days alone":              {on(8000_00, 20260409, 20260609, 20260709, 20260909, 20261009, 20261109), nil},
	} {
		if f := check(tt.e); !slices.Equal(f.Codes, tt.codes) {
			t.Errorf("%s: %v, want %v", name, f.Codes, tt.codes)
		}
	}
}

// trade is receipts on every day from one to another.
func trade(account string, from, to agent.Date, amount func(d agent.Date) int64) *agent.Statement {
	s := statement(account, from, to)
	for d := from; d <= to; d = d.AddDays(1) {
		if n := amount(d); n > 0 {
			s.Transactions = append(s.Transactions, paid(d, agent.KindReceipt, n/2), paid(d, agent.KindReceipt, n-n/2))
		}
	}
	return s
}

func TestCheck_receiptsThatKnowNoHoliday(t *testing.T) {
	even := func(agent.Date) int64 { return 900_00 }
	for name, tt := range map[string]struct {
		list []*agent.Statement
		want string
	}{
		"the same every day":       {[]*agent.Statement{trade("a", 20260101, 20260331, even)}, agent.SuspicionSome},
		"two per cent apart":       {[]*agent.Statement{trade("a", 20260101, 20260331, func(d agent.Date) int64 { return 900_00 + int64(d%2)*18_00 })}, agent.SuspicionSome},
		"more than that":           {[]*agent.Statement{trade("a", 20260101, 20260331, func(d agent.Date) int64 { return 900_00 + int64(d%2)*18_01 })}, agent.SuspicionNone},
		"closed on one day":        {[]*agent.Statement{trade("a", 20260101, 20260331, func(d agent.Date) int64 { return map[bool]int64{true: 900_00}[d != 20260217] })}, agent.SuspicionNone},
		"less on a holiday":        {[]*agent.Statement{trade("a", 20260101, 20260331, func(d agent.Date) int64 { return map[bool]int64{true: 900_00, false: 400_00}[d < 20260215] })}, agent.SuspicionNone},
		"no holiday in it":         {[]*agent.Statement{trade("a", 20260301, 20260831, even)}, agent.SuspicionNone},
		"too short before":         {[]*agent.Statement{trade("a", 20260201, 20260331, even)}, agent.SuspicionNone},
		"overlapping ones":         {[]*agent.Statement{trade("a", 20260101, 20260220, even), trade("a", 20260210, 20260331, even)}, agent.SuspicionSome},
		"halves of two accounts":   {[]*agent.Statement{trade("a", 20260101, 20260210, even), trade("b", 20260211, 20260331, even)}, agent.SuspicionNone},
		"only the first has trade": {[]*agent.Statement{trade("a", 20260101, 20260331, even), trade("b", 20260101, 20260331, func(d agent.Date) int64 { return int64(d % 7) })}, agent.SuspicionSome},
	} {
		if f := check(&agent.Evidence{Statements: tt.list}); f.Forgery != tt.want {
			t.Errorf("%s: %s %v, want %s", name, f.Forgery, f.Codes, tt.want)
		}
	}
}

func TestCheck_signsOfTheReader(t *testing.T) {
	for name, tt := range map[string]struct {
		warnings []string
		want     string
		codes    []string
	}{
		"none":                        {nil, agent.SuspicionNone, nil},
		"what is no sign":             {[]string{"cells.merged", "payers.many", "row.quote", "sheet.many", "balance.unreadable"}, agent.SuspicionNone, nil},
		"one":                         {[]string{"time.later"}, agent.SuspicionSome, []string{"time.later"}},
		"several of one cause":        {[]string{"count.differs", "income_total.differs", "expense_total.differs"}, agent.SuspicionSome, []string{"count.differs", "expense_total.differs", "income_total.differs"}},
		"of two":                      {[]string{"count.differs", "serial.duplicate"}, agent.SuspicionSome, []string{"count.differs", "serial.duplicate"}},
		"of three":                    {[]string{"count.differs", "serial.duplicate", "time.impossible"}, agent.SuspicionStrong, []string{"count.differs", "serial.duplicate", "time.impossible"}},
		"balances that do not add up": {[]string{"balance.differs"}, agent.SuspicionStrong, []string{"balance.differs"}},
	} {
		s := statement("a", 20260901, 20260930, row(20260903, agent.FlowIn, 5))
		s.Warnings = tt.warnings
		if f := check(&agent.Evidence{Statements: []*agent.Statement{s}}); f.Forgery != tt.want || !slices.Equal(f.Codes, tt.codes) {
			t.Errorf("%s: %s %v, want %s %v", name, f.Forgery, f.Codes, tt.want, tt.codes)
		}
	}
}

// No sign but a hard one is more than some when it stands alone.
func TestDefaults_oneWeakSignIsNeverStrong(t *testing.T) {
	for _, sign := range Defaults().Signs {
		s := statement("a", 20260901, 20260930, row(20260903, agent.FlowIn, 5))
		s.Warnings = []string{sign.Code}
		want := agent.SuspicionSome
		if sign.Hard {
			want = agent.SuspicionStrong
		}
		if f := check(&agent.Evidence{Statements: []*agent.Statement{s}}); f.Forgery != want {
			t.Errorf("%s: %s, want %s", sign.Code, f.Forgery, want)
		}
	}
}

func TestDefaults_holidaysAreWholeAndInOrder(t *testing.T) {
	var last agent.Date
	years := map[agent.Date]int{}
	for _, h := range Defaults().Holidays {
		if h.From <= last || h.To < h.From || h.To.Days(h.From) > 9 {
			t.Errorf("%v to %v", h.From, h.To)
		}
		if _, err := agent.ParseDate(h.From.String()); err != nil {
			t.Error(err)
		}
		last = h.To
		years[h.From/10000]++
	}
	for y := agent.Date(2024); y <= 2027; y++ {
		if years[y] != 2 {
			t.Errorf("%d has %d holidays, want Spring Festival and National Day", y, years[y])
		}
	}
	if w := time.Unix(0, 0).In(agent.Zone).Weekday(); w != time.Thursday {
		t.Errorf("days are counted from a %v", w)
	}
}
