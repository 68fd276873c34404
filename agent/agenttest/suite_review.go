package agenttest

import (
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// A case enters the queue of reviews and leaves it with a finding, in the same
// commit, and with its subject.
func testReviews(t *testing.T, r *Rig) {
	p, q := NewPerson(1), NewPerson(2)
	want := func(when string, refs ...agent.Ref) {
		t.Helper()
		got, err := r.Reviews(ctx)
		if err != nil || len(got) != len(refs) {
			t.Fatalf("%s: Reviews = %d cases, %v, want %d", when, len(got), err, len(refs))
		}
		for _, ref := range refs {
			if !slices.Contains(got, ref) {
				t.Errorf("%s: a case is missing", when)
			}
		}
	}
	ref := func(p *Person) agent.Ref { return agent.Ref{Subject: p.ID, Slot: p.Slot} }
	again := func(p *Person, version uint64, review bool) *agent.Write {
		w := p.Supersede(version)
		w.Review = review
		return w
	}

	want("empty")
	p.Write.Review = true
	commit(t, r, p.Write)
	commit(t, r, q.Write)
	want("with the first finding", ref(p))
	commit(t, r, again(q, 2, true))
	want("with the next finding", ref(p), ref(q))
	commit(t, r, again(q, 3, true))
	want("still", ref(p), ref(q))
	commit(t, r, consented(p, event("a", 1)))
	want("after a write without a finding", ref(p), ref(q))

	bare := consented(p, event("a", 2))
	bare.Review = true
	if _, err := r.Commit(ctx, bare); err == nil {
		t.Error("a case without a finding waits for a person")
	}
	_, err := r.Commit(ctx, again(p, 7, false))
	wantErr(t, "Commit of a version that does not follow", err, agent.ErrConflict)
	want("after a conflict", ref(p), ref(q))
	r.FailNext(false)
	_, err = r.Commit(ctx, again(p, 2, false))
	wantErr(t, "Commit that was lost", err, agent.ErrUncertain)
	want("after a lost commit", ref(p), ref(q))
	r.FailNext(true)
	_, err = r.Commit(ctx, again(p, 2, false))
	wantErr(t, "Commit that was kept", err, agent.ErrUncertain)
	want("after a kept commit", ref(q))

	if _, err := r.Erase(ctx, erasure(q.ID)); err != nil {
		t.Fatal(err)
	}
	want("erased")
	CheckWorld(t, r, Platform, nil)
}
