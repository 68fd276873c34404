package agenttest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// consented is a write of events of a person's consent records.
func consented(p *Person, rows ...agent.ConsentRow) *agent.Write {
	return &agent.Write{Subject: p.ID, Consents: rows, Entry: withBody(entry("consent"))}
}

func event(record string, n uint32) agent.ConsentRow {
	return agent.ConsentRow{Record: record, N: n, Event: fmt.Appendf(nil, "%s %d consentcanary", record, n)}
}

func openConsents(t testing.TB, r Backend, id agent.SubjectID) []string {
	t.Helper()
	rows, err := r.Consents(ctx, UnauthorizedGrant(agent.GrantScope{Subject: id, Consents: true}))
	if err != nil {
		t.Fatalf("Consents = %v", err)
	}
	out := make([]string, len(rows))
	for i := range rows {
		out[i] = string(rows[i])
	}
	return out
}

// Events are appended in order, each once, and nothing is appended past a gap.
func testConsents(t *testing.T, r *Rig) {
	p, other := NewPerson(1), NewPerson(2)
	commit(t, r, p.Write)
	commit(t, r, other.Write)
	if got := openConsents(t, r, p.ID); len(got) != 0 {
		t.Errorf("a subject without consents has %d events", len(got))
	}
	w := consented(p, event("a", 1), event("a", 2))
	w.Index = []agent.IndexEntry{{Kind: agent.IndexConsent, Value: []byte("a"), Ref: agent.Ref{Subject: p.ID}}}
	commit(t, r, w)
	commit(t, r, consented(p, event("b", 1)))
	for _, bad := range []*agent.Write{
		consented(p, event("a", 2)),                // there already
		consented(p, event("a", 4)),                // leaves a gap
		consented(p, event("c", 2)),                // has no beginning
		consented(p, event("b", 2), event("a", 1)), // one of two does not fit
		{Subject: agent.NewSubjectID(), Consents: []agent.ConsentRow{event("a", 1)}, Entry: entry("consent")}, // nobody's
	} {
		_, err := r.Commit(ctx, bad)
		wantErr(t, "Commit of an event that does not follow", err, agent.ErrConflict)
	}
	for _, bad := range []agent.ConsentRow{{Record: "", N: 3, Event: []byte("x")}, {Record: "a", N: 0, Event: []byte("x")}, {Record: "a", N: 3}} {
		if _, err := r.Commit(ctx, consented(p, bad)); err == nil {
			t.Error("half an event is taken")
		}
	}
	commit(t, r, consented(p, event("a", 3)))
	got := openConsents(t, r, p.ID)
	a := slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s[0] != 'a' })
	if want := []string{"a 1 consentcanary", "a 2 consentcanary", "a 3 consentcanary"}; !slices.Equal(a, want) || len(got) != 4 {
		t.Errorf("Consents = %q, want %q in this order and one more", got, want)
	}
	if got := openConsents(t, r, other.ID); len(got) != 0 {
		t.Errorf("another subject has %d events", len(got))
	}
	if ref, ok := find(t, r, agent.IndexConsent, []byte("a")); !ok || ref.Subject != p.ID {
		t.Error("the record is not found by its id")
	}
	w = consented(other, event("a", 1))
	w.Index = []agent.IndexEntry{{Kind: agent.IndexConsent, Value: []byte("a"), Ref: agent.Ref{Subject: other.ID}}}
	_, err := r.Commit(ctx, w)
	wantErr(t, "Commit of another subject's record", err, agent.ErrConflict)

	g := UnauthorizedGrant(agent.GrantScope{Subject: p.ID, Findings: true, Categories: allCategories(p)})
	_, err = r.Consents(ctx, g)
	wantErr(t, "Consents without a grant for them", err, agent.ErrGrant)
	g = UnauthorizedGrant(agent.GrantScope{Subject: p.ID, Consents: true})
	if _, err := r.Consents(ctx, g); err != nil {
		t.Error(err)
	}
	_, err = r.Consents(ctx, g)
	wantErr(t, "Consents with a burnt grant", err, agent.ErrGrant)
	_, err = r.Consents(ctx, UnauthorizedGrant(agent.GrantScope{Subject: agent.NewSubjectID(), Consents: true}))
	wantErr(t, "Consents of nobody", err, agent.ErrConflict)

	commit(t, r, &agent.Write{Subject: p.ID, Slot: agent.Slot{9}, Version: 1, Finding: []byte("another"), Entry: entry("verify")})
	slots, err := r.Slots(ctx, p.ID)
	if err != nil || len(slots) != 2 || !slices.Contains(slots, p.Slot) || !slices.Contains(slots, agent.Slot{9}) {
		t.Errorf("Slots = %v, %v", slots, err)
	}
	if slots, err := r.Slots(ctx, agent.NewSubjectID()); err != nil || len(slots) > 0 {
		t.Errorf("Slots of nobody = %v, %v", slots, err)
	}
}

// A mark stays until it is taken away or the subject is erased.
func testUnsettled(t *testing.T, r *Rig) {
	p, q := NewPerson(1), NewPerson(2)
	commit(t, r, p.Write)
	commit(t, r, q.Write)
	for _, x := range []*Person{p, q} {
		w := consented(x, event("a", 1))
		w.Unsettled = true
		commit(t, r, w)
	}
	want := func(when string, ids ...agent.SubjectID) {
		t.Helper()
		got, err := r.Unsettled(ctx)
		if err != nil || len(got) != len(ids) {
			t.Fatalf("%s: Unsettled = %d subjects, %v, want %d", when, len(got), err, len(ids))
		}
		for _, id := range ids {
			if !slices.Contains(got, id) {
				t.Errorf("%s: a mark is missing", when)
			}
		}
	}
	want("marked", p.ID, q.ID)
	commit(t, r, p.Supersede(2))
	want("after another write", p.ID, q.ID)
	w := &agent.Write{Subject: p.ID, Settled: true, Unsettled: true, Entry: entry("settle")}
	if _, err := r.Commit(ctx, w); err == nil {
		t.Error("settled and unsettled at once is taken")
	}
	w.Unsettled = false
	commit(t, r, w)
	want("settled", q.ID)
	if _, err := r.Erase(ctx, erasure(q.ID)); err != nil {
		t.Fatal(err)
	}
	want("erased")
	CheckWorld(t, r, Platform, nil)
}
