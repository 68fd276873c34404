package house

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/agent/statement"
	"github.com/yanmen/yanmen/agent/statement/statementtest"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// evidence is what the checks get of a case that has everything: an overdue loan
// with several reasons, and what lenders hold of who asks for the second time.
func evidence(b *testing.B) (a *asker, e *agent.Evidence, who agent.Person, asOf int64) {
	a = newAsker(b)
	f, err := intake.Parse(synthetic.Light.First(2, "all-1", a.now), intake.Options{Now: a.now.Add(time.Minute)})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := a.h.Verify(b.Context(), f); err != nil {
		b.Fatal(err)
	}
	s, err := a.h.Agent.Suppose(b.Context(), "all-1")
	if err != nil {
		b.Fatal(err)
	}
	e = s.Evidence()
	claim := *e.Claim
	claim.Also = []string{agent.ReasonBusinessFailure, agent.ReasonIllness, agent.ReasonLostCard, agent.ReasonOverIndebted, agent.ReasonStolenIdentity}
	e.Claim = &claim
	e.Proofs = &agent.Proofs{Items: []agent.Proof{{Kind: agent.ProofTermination, Seen: agent.Yes, On: agent.DateOf(a.now.AddDate(0, 0, -40))}}}
	e.ContactLog = &agent.ContactLog{}
	e.History = &agent.History{}
	for i := range 12 {
		at := a.now.AddDate(0, 0, -10*i-1)
		e.ContactLog.Attempts = append(e.ContactLog.Attempts, agent.ContactAttempt{At: at.Unix(), Reached: agent.Yes})
		e.ContactLog.Promises = append(e.ContactLog.Promises, agent.Promise{At: at.Unix(), DueOn: agent.DateOf(at).AddDays(3), Amount: 500_00})
		e.History.Applications = append(e.History.Applications, agent.PastApplication{At: at.Unix(), Income: agent.Known(1_100_000), Household: agent.Known(2), Employment: "employed"})
	}
	return a, e, f.Subject, s.AsOf
}

// year is a statement of about rows rows of the twelve months before this one.
func year(b *testing.B, write func(io.Writer, statementtest.Profile) (statementtest.Truth, error), account string, rows int, now time.Time) *agent.Statement {
	p := statementtest.Profile{Owner: "张样例", Months: 12, Salary: 1_200_000, Benefit: 180_000, Receipts: 2_000_000, Spending: 600_000, Medical: 50_000,
		Repayment: 250_000, LoanIn: 300_000, Opening: 5_000_000, SpendingRows: rows / 12}
	y, m, _ := now.In(agent.Zone).Date()
	p.From = agent.DateOf(time.Date(y, m-12, 1, 0, 0, 0, 0, agent.Zone))
	var file bytes.Buffer
	if _, err := write(&file, p); err != nil {
		b.Fatal(err)
	}
	s, err := statement.Read(&file, statement.Options{Account: account, Owner: p.Owner})
	if err != nil {
		b.Fatal(err)
	}
	s.Transactions = s.Transactions[:rows]
	s.Rows = int64(rows)
	return s
}

// edited is a second statement of the account, from a day later, in which somebody
// changed every tenth amount and no balance.
func edited(s *agent.Statement) *agent.Statement {
	c := *s
	c.From = c.From.AddDays(1)
	c.Transactions = slices.Clone(s.Transactions)
	for i := 5; i < len(c.Transactions); i += 10 {
		c.Transactions[i].Amount += 100_00
	}
	return &c
}

// All the checks as an agent runs them. What the bars are is in
// docs/checks/statements.md: 50 µs without statements, 2 ms with 5,000 rows.
func BenchmarkChecks(b *testing.B) {
	a, e, who, asOf := evidence(b)
	checks := Checks(a.h.Policy)
	run := func(name string, list ...*agent.Statement) {
		b.Run(name, func(b *testing.B) {
			e := *e
			e.Statements = list
			var rows int
			for _, s := range list {
				rows += len(s.Transactions)
			}
			b.ReportAllocs()
			for b.Loop() {
				checks.Facts(&e, who, agent.PurposeOverdue, asOf)
			}
			b.ReportMetric(float64(rows), "rows")
		})
	}
	bank, wallet := year(b, statementtest.CMB, "bank", 2500, a.now), year(b, statementtest.WeChat, "wallet", 2500, a.now)
	run("without")
	run("ordinary", bank, wallet)
	newest := *bank
	newest.Transactions = slices.Clone(bank.Transactions)
	slices.Reverse(newest.Transactions)
	run("newest_first", &newest, wallet)
	run("edited", edited(bank), edited(edited(bank)))
	var months []*agent.Statement // that overlap: each has half of the one before, too
	for i := range 24 {
		s := *bank
		s.Transactions = bank.Transactions[i*95 : i*95+208]
		s.From, s.To, s.Rows = agent.DateOf(time.Unix(s.Transactions[0].At, 0)), agent.DateOf(time.Unix(s.Transactions[207].At, 0)), 208
		months = append(months, &s)
	}
	run("many", months...)
	named := make([]*agent.Statement, len(months)) // each under a label of its own
	for i, s := range months {
		c := *s
		c.Account = "bank-" + strconv.Itoa(i)
		named[i] = &c
	}
	run("named", named...)
	twice := *bank
	twice.Account = "other"
	run("twice", bank, &twice)
}
