package agent_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// useOf asks for categories of a case.
func useOf(categories ...string) *agent.UseInput {
	return &agent.UseInput{Ground: agent.Ground{Purpose: agent.PurposeOverdue}, Categories: categories}
}

// A grant comes from policy alone, opens what it names, of whom it names, until
// it is used or late, and then nothing. The zero Grant never opens anything.
func TestGrant_opensOnce(t *testing.T) {
	b := newBench(t, nil)
	subject := func(r *agent.Result) agent.SubjectID {
		t.Helper()
		id, err := agent.ParseSubjectID(r.Subject)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	withLoan := file("case-a", numberA, 1)
	withLoan.Collected = append(withLoan.Collected, agent.Record{Category: agent.CatLoan, Source: "lender", Data: &agent.Loan{Product: "p"}})
	a, c := subject(b.must(t, withLoan)), subject(b.must(t, file("case-b", numberB, 2)))
	refA, _, errA := b.store.Find(ctx, agent.IndexCase, []byte("case-a"))
	refB, _, errB := b.store.Find(ctx, agent.IndexCase, []byte("case-b"))
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	grant := func(id agent.SubjectID, categories ...string) *agent.Grant {
		t.Helper()
		g, d := b.Authorize(ctx, useOf(categories...), id)
		if g == nil || !d.Allow {
			t.Fatalf("Authorize = %v", d)
		}
		return g
	}
	closed := func(what string, g *agent.Grant) {
		t.Helper()
		if got, err := b.store.Records(ctx, g); !errors.Is(err, agent.ErrGrant) || got != nil {
			t.Errorf("%s: Records = %d, %v, want ErrGrant", what, len(got), err)
		}
		if got, err := b.store.Case(ctx, g, refA.Slot); !errors.Is(err, agent.ErrGrant) || got.Finding != nil {
			t.Errorf("%s: Case = %v, want ErrGrant", what, err)
		}
	}

	// Without an allow there is no grant.
	closed("nil", nil)
	closed("zero", new(agent.Grant))
	for what, d := range map[string]agent.Decision{"zero": {}, "denial": deny("use.denied"), "both": {Allow: true, Denials: []agent.Code{"use.denied"}}} {
		b.rules.use = func(*agent.UseInput) agent.Decision { return d }
		if g, got := b.Authorize(ctx, useOf("income"), a); g != nil || got.Allow {
			t.Errorf("%s: Authorize = a grant", what)
		}
	}
	b.rules.use = nil

	// It opens what it names, once.
	g := grant(a, "income")
	got, err := b.store.Records(ctx, g)
	if err != nil || len(got) != 1 || got[0].Category != agent.CatIncome {
		t.Errorf("Records = %d, %v, want income alone", len(got), err)
	}
	closed("burnt", g)
	g = grant(a, "finding")
	if got, err := b.store.Case(ctx, g, refA.Slot); err != nil || len(got.Finding) == 0 {
		t.Errorf("Case = %v, want the finding", err)
	}
	closed("burnt on a finding", g)

	// Of callers at one time, one opens.
	g = grant(a, "income")
	var opened atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if _, err := b.store.Records(ctx, g); err == nil {
				opened.Add(1)
			}
		})
	}
	wg.Wait()
	if n := opened.Load(); n != 1 {
		t.Errorf("one grant opened %d times", n)
	}

	// A grant for one opens nothing of another.
	got, err = b.store.Records(ctx, grant(a, "income", "loan"))
	if err != nil || slices.ContainsFunc(got, func(r agent.StoredRecord) bool {
		i, ok := r.Data.(*agent.Income)
		return ok && i.DeclaredMonthly == agent.Known(2)
	}) {
		t.Errorf("Records = %v: a grant for one person opens another's", err)
	}
	if got, err := b.store.Case(ctx, grant(a, "finding"), refB.Slot); len(got.Finding) != 0 {
		t.Errorf("Case = %v: a grant for one person opens another's finding", err)
	}
	// Nor a record with one for findings, nor a finding with one for records.
	if got, err := b.store.Records(ctx, grant(c, "finding")); len(got) != 0 {
		t.Errorf("Records = %d, %v with a grant for findings", len(got), err)
	}
	if got, err := b.store.Case(ctx, grant(c, "income"), refB.Slot); !errors.Is(err, agent.ErrGrant) || got.Finding != nil {
		t.Errorf("Case = %v with a grant for records", err)
	}

	// It does not wait.
	b.now = time.Now().Add(-time.Minute)
	closed("late", grant(a, "income"))
	g = grant(a, "income")
	if _, err := g.Burn(b.now.Add(time.Hour)); !errors.Is(err, agent.ErrGrant) {
		t.Errorf("Burn of a late grant = %v", err)
	}
	// Nobody is the zero subject.
	b.now = time.Now()
	closed("of nobody", grant(agent.SubjectID{}, "income"))
}
