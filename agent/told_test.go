package agent_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// on is noon of a day.
func on(d agent.Date) int64 { return d.Time().Unix() + 12*3600 }

func insuredAt(d agent.Date, months ...agent.InsuredMonth) agent.Record {
	return agent.Record{Category: agent.CatSocialInsurance, Source: "bureau", CollectedAt: on(d), Data: &agent.SocialInsurance{Months: months}}
}

func month(m agent.Date, paid agent.Tri, base agent.Int) agent.InsuredMonth {
	return agent.InsuredMonth{Month: m, Paid: paid, Base: base}
}

func TestContradicts_monthsOfInsurance(t *testing.T) {
	const yes, no, unknown = agent.Yes, agent.No, agent.Unknown
	none, base := agent.Int{}, agent.Known
	for name, tt := range map[string]struct {
		old, now []agent.InsuredMonth
		want     bool
	}{
		"paid, then unpaid":               {[]agent.InsuredMonth{month(20260301, yes, none)}, []agent.InsuredMonth{month(20260301, no, none)}, true},
		"another day of the month":        {[]agent.InsuredMonth{month(20260301, yes, none)}, []agent.InsuredMonth{month(20260315, no, none)}, true},
		"unpaid, booked since":            {[]agent.InsuredMonth{month(20260301, no, none)}, []agent.InsuredMonth{month(20260301, yes, none)}, false},
		"unpaid, made up for years after": {[]agent.InsuredMonth{month(20220301, no, none)}, []agent.InsuredMonth{month(20220301, yes, none)}, false},
		"the month was not over":          {[]agent.InsuredMonth{month(20260401, yes, none)}, []agent.InsuredMonth{month(20260401, no, none)}, false},
		"the last one that was":           {[]agent.InsuredMonth{month(20260401, yes, none), month(20260301, yes, none)}, []agent.InsuredMonth{month(20260301, no, none)}, true},
		"not known before":                {[]agent.InsuredMonth{month(20260301, unknown, none)}, []agent.InsuredMonth{month(20260301, no, none)}, false},
		"not known now":                   {[]agent.InsuredMonth{month(20260301, yes, none)}, []agent.InsuredMonth{month(20260301, unknown, none)}, false},
		"told no more":                    {[]agent.InsuredMonth{month(20260301, yes, none)}, []agent.InsuredMonth{month(20260201, no, none)}, false},
		"two employers then":              {[]agent.InsuredMonth{month(20260301, yes, none), month(20260301, no, none)}, []agent.InsuredMonth{month(20260301, no, none)}, false},
		"two employers now":               {[]agent.InsuredMonth{month(20260301, yes, none)}, []agent.InsuredMonth{month(20260301, no, none), month(20260301, yes, none), month(20260301, no, none)}, false},
		"without a month":                 {[]agent.InsuredMonth{month(0, yes, none)}, []agent.InsuredMonth{month(0, no, none)}, false},
		"nothing before":                  {nil, []agent.InsuredMonth{month(20260301, no, none)}, false},
		"nothing now":                     {[]agent.InsuredMonth{month(20260301, yes, none)}, nil, false},

		"a base that falls by a quarter": {[]agent.InsuredMonth{month(20260301, yes, base(8000_00))}, []agent.InsuredMonth{month(20260301, yes, base(6000_00))}, false},
		"by more":                        {[]agent.InsuredMonth{month(20260301, yes, base(8000_00))}, []agent.InsuredMonth{month(20260301, yes, base(5999_99))}, true},
		"a base that was made up for":    {[]agent.InsuredMonth{month(20260301, yes, base(4000_00))}, []agent.InsuredMonth{month(20260301, yes, base(20000_00))}, false},
		"a base of an unpaid month":      {[]agent.InsuredMonth{month(20260301, no, base(8000_00))}, []agent.InsuredMonth{month(20260301, yes, base(4000_00))}, false},
		"a base that was not known":      {[]agent.InsuredMonth{month(20260301, yes, none)}, []agent.InsuredMonth{month(20260301, yes, base(1))}, false},
		"a base that is not known":       {[]agent.InsuredMonth{month(20260301, yes, base(8000_00))}, []agent.InsuredMonth{month(20260301, yes, none)}, false},
		"no base":                        {[]agent.InsuredMonth{month(20260301, yes, base(8000_00))}, []agent.InsuredMonth{month(20260301, yes, base(0))}, false},
		"a base below nothing":           {[]agent.InsuredMonth{month(20260301, yes, base(math.MinInt64))}, []agent.InsuredMonth{month(20260301, yes, base(1))}, false},
		"the largest base":               {[]agent.InsuredMonth{month(20260301, yes, base(math.MaxInt64))}, []agent.InsuredMonth{month(20260301, yes, base(1))}, true},
	} {
		t.Run(name, func(t *testing.T) {
			old, now := insuredAt(20260410, tt.old...), insuredAt(20260510, tt.now...)
			if got := now.Contradicts(&old); got != tt.want {
				t.Errorf("Contradicts = %v, want %v", got, tt.want)
			}
		})
	}
}

// A report with counts in 30, 90 and 180 days: inquiries, then new loans; -1 is not
// known.
func reportOf(day agent.Date, counts ...int64) *agent.CreditReport {
	r := &agent.CreditReport{On: day}
	for i, to := range []*agent.Int{&r.Inquiries30, &r.Inquiries90, &r.Inquiries180, &r.NewLoans30, &r.NewLoans90, &r.NewLoans180} {
		if i < len(counts) && counts[i] >= 0 {
			*to = agent.Known(counts[i])
		}
	}
	return r
}

func TestContradicts_reports(t *testing.T) {
	const x = -1
	worst := func(r *agent.CreditReport, overdue, days agent.Int) *agent.CreditReport {
		r.Overdue, r.WorstLate24M = overdue, days
		return r
	}
	n := agent.Known
	for name, tt := range map[string]struct {
		old, now *agent.CreditReport
		want     bool
	}{
		"thirty days within ninety":           {reportOf(20260301, 5, 5, 5), reportOf(20260427, 0, 4, 9), true},
		"and as many":                         {reportOf(20260301, 5, 5, 5), reportOf(20260427, 0, 5, 9), false},
		"no longer certainly within":          {reportOf(20260301, 5, 5, 5), reportOf(20260428, 0, 4, 9), false},
		"thirty days within half a year":      {reportOf(20260301, 5, x, x), reportOf(20260726, x, x, 4), true},
		"no longer within half a year":        {reportOf(20260301, 5, x, x), reportOf(20260727, x, x, 4), false},
		"ninety days within half a year":      {reportOf(20260301, x, 7, x), reportOf(20260527, x, x, 6), true},
		"ninety no longer within half a year": {reportOf(20260301, x, 7, x), reportOf(20260528, x, x, 6), false},
		"new loans":                           {reportOf(20260301, x, x, x, 3), reportOf(20260308, x, x, x, x, x, 2), true},
		"new loans of ninety days":            {reportOf(20260301, x, x, x, x, 3), reportOf(20260308, x, x, x, x, x, 2), true},
		"inquiries are no loans":              {reportOf(20260301, 3, 3, 3), reportOf(20260308, 3, 3, 3, 0, 0, 0), false},
		"a window against itself":             {reportOf(20260301, 5, 8, 9), reportOf(20260302, 0, 5, 8), false},
		"more than before":                    {reportOf(20260301, 5, 5, 5), reportOf(20260310, 9, 9, 9), false},
		"of one day":                          {reportOf(20260301, 5, 5, 5), reportOf(20260301, 0, 4, 4), true},
		"of one day, the other way round":     {reportOf(20260301, 0, 4, 4), reportOf(20260301, 5, 5, 5), true},
		"told later, of an earlier day":       {reportOf(20260308, 0, 4, 4), reportOf(20260301, 5, 5, 5), true},
		"one that differs in itself, twice":   {reportOf(20260301, 5, 4, 5), reportOf(20260301, 5, 4, 5), false},
		"counts below nothing":                {reportOf(20260301, 5, 5, 5), negative(reportOf(20260302)), false},
		"not known before":                    {reportOf(20260301), reportOf(20260302, 1, 1, 1, 1, 1, 1), false},
		"not known now":                       {reportOf(20260301, 1, 1, 1, 1, 1, 1), reportOf(20260302), false},
		"without a day before":                {reportOf(0, 5, 5, 5), reportOf(20260302, 0, 0, 0), false},
		"without a day now":                   {reportOf(20260301, 5, 5, 5), reportOf(0, 0, 0, 0), false},
		"of a day to come":                    {reportOf(20260301, 5, 5, 5), reportOf(20260803, 0, 0, 0), false},
		"overdue, and never late":             {worst(reportOf(20260301), n(1), n(20)), worst(reportOf(20260701), n(0), n(0)), true},
		"overdue, and less late":              {worst(reportOf(20260301), n(1), n(20)), worst(reportOf(20260701), n(0), n(1)), false},
		"overdue without days to show for it": {worst(reportOf(20260301), n(1), n(0)), worst(reportOf(20260701), n(0), n(0)), false},
		"late before, and no more":            {worst(reportOf(20260301), n(0), n(20)), worst(reportOf(20260302), n(0), n(0)), false},
		"overdue, days not known any more":    {worst(reportOf(20260301), n(1), n(20)), worst(reportOf(20260701), n(0), agent.Int{}), false},
		"overdue, as of not known":            {worst(reportOf(20260301), agent.Int{}, n(20)), worst(reportOf(20260701), n(0), n(0)), false},
		"overdue longer ago than 24 months":   {worst(reportOf(20240701), n(1), n(20)), worst(reportOf(20260701), n(0), n(0)), false},
		"never late before, overdue now":      {worst(reportOf(20260301), n(0), n(0)), worst(reportOf(20260701), n(1), n(20)), false},
	} {
		t.Run(name, func(t *testing.T) {
			old := agent.Record{Category: agent.CatCreditReport, Source: "bureau", CollectedAt: on(20260731), Data: tt.old}
			now := agent.Record{Category: agent.CatCreditReport, Source: "bureau", CollectedAt: on(20260801), Data: tt.now}
			if got := now.Contradicts(&old); got != tt.want {
				t.Errorf("Contradicts = %v, want %v", got, tt.want)
			}
		})
	}
}

func negative(r *agent.CreditReport) *agent.CreditReport {
	r.Inquiries90, r.Inquiries180 = agent.Known(-1), agent.Known(math.MinInt64)
	return r
}

func TestContradicts_isOfOneProviderAndOfWhatItToldBefore(t *testing.T) {
	paid, unpaid := insuredAt(20260410, month(20260301, agent.Yes, agent.Int{})), insuredAt(20260510, month(20260301, agent.No, agent.Int{}))
	if !unpaid.Contradicts(&paid) {
		t.Fatal("a month that was paid and is unpaid is no contradiction")
	}
	for name, change := range map[string]func(now, old *agent.Record){
		"another source":  func(now, old *agent.Record) { now.Source = "other" },
		"a borrower":      func(now, old *agent.Record) { now.Source, old.Source = "borrower", "borrower" },
		"a lender":        func(now, old *agent.Record) { now.Source, old.Source = "lender", "lender" },
		"nobody":          func(now, old *agent.Record) { now.Source, old.Source = "", "" },
		"the other first": func(now, old *agent.Record) { now.CollectedAt, old.CollectedAt = old.CollectedAt, now.CollectedAt },
		"without a time":  func(now, old *agent.Record) { old.CollectedAt = 0 },
		"nothing now":     func(now, old *agent.Record) { now.Data = nil },
		"nothing before":  func(now, old *agent.Record) { old.Data = nil },
		"another category": func(now, old *agent.Record) {
			old.Category, old.Data = agent.CatCreditReport, reportOf(20260401, 1)
		},
		"another datum": func(now, old *agent.Record) { old.Data = reportOf(20260401, 1) },
		"answers": func(now, old *agent.Record) {
			now.Category, now.Data = agent.CatAnswer, &agent.Answers{}
			old.Category, old.Data = agent.CatAnswer, &agent.Answers{}
		},
	} {
		now, old := unpaid, paid
		if change(&now, &old); now.Contradicts(&old) {
			t.Errorf("%s: that is a contradiction", name)
		}
	}
	// At one instant neither is the later one, and each is held against the other.
	old := paid
	old.CollectedAt = unpaid.CollectedAt
	if !unpaid.Contradicts(&old) {
		t.Error("paid and unpaid at one instant are no contradiction")
	}
}

func TestVerifyAsking_whatASourceTellsAgainstItselfIsFlagged(t *testing.T) {
	s := twoFactor(t, "insurance")
	s.About.Kind = agent.SourceInsurance
	b := newAskBench(t, s)
	paid := agent.Yes
	over := agent.DateOf(b.now).AddDays(-40) // a day of a month that is over
	s.Answer = answerOf(func() agent.Datum {
		return &agent.SocialInsurance{Months: []agent.InsuredMonth{month(over, paid, agent.Int{})}}
	})
	for i, tc := range []struct {
		paid agent.Tri
		want string
	}{{agent.No, "insurance answered"}, {agent.Yes, "insurance answered"}, {agent.Yes, "insurance answered"}, {agent.No, "insurance answered source.answer_contradicted"}} {
		b.now = b.now.Add(time.Minute)
		paid = tc.paid
		if got := states(b.ask(t, b.file("case-1"), agent.AskAlways)); got != tc.want {
			t.Errorf("%d: asked: %s, want %s", i, got, tc.want)
		}
		if n := len(b.ev.Told); n != i+1 {
			t.Errorf("%d: %d times is known what was told", i, n)
		}
		if b.ev.SocialInsurance.Months[0].Paid != tc.paid {
			t.Errorf("%d: what was told last does not count", i)
		}
	}
	if all := b.entries(t, "answer"); all[len(all)-1].Outcome != "contradicted" {
		t.Errorf("on the record is %+v", all[len(all)-1])
	}
}

func answerOf(say func() agent.Datum) func(context.Context, agent.Inquiry) (agent.Datum, error) {
	return func(context.Context, agent.Inquiry) (agent.Datum, error) { return say(), nil }
}
