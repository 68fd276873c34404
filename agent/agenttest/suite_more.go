package agenttest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

func erasure(id agent.SubjectID) *agent.Erasure {
	return &agent.Erasure{Subject: id, Entry: entry("erase"),
		Notice: func(platform string, sub [16]byte, seq uint64, prev [32]byte) (string, []byte) {
			return fmt.Sprintf("notice-%d", seq), fmt.Appendf(nil, `{"erased":"%x","seq":%d,"prev":"%x"}`, sub, seq, prev)
		}}
}

// Both kinds of fault: after each the caller asks again as the contract says,
// and there is exactly one answer.
func testFaults(t *testing.T, r *Rig) {
	var acked []Acked
	for i, kept := range []bool{false, true, true, false, true, false} {
		p := NewPerson(i)
		r.FailNext(kept)
		_, err := r.Commit(ctx, p.Write)
		wantErr(t, "Commit under a fault", err, agent.ErrUncertain)
		ref, ok := find(t, r, agent.IndexCase, p.Case)
		if ok != kept {
			t.Fatalf("after a fault (kept: %v) Find = %v", kept, ok)
		}
		version := uint64(1)
		if kept {
			// What was kept is whole, and is not written again.
			if sc, err := openCase(r, ref.Subject, ref.Slot); err != nil || sc.Version != 1 {
				t.Errorf("Case after a kept fault = version %d, %v", sc.Version, err)
			}
			_, err := r.Commit(ctx, p.Write)
			wantErr(t, "the same write again", err, agent.ErrConflict)
			version = 2
			w := p.Supersede(2)
			acked = append(acked, Acked{Case: p.Case, Version: 2, Verdict: w.VerdictID, Committed: commit(t, r, w)})
		} else {
			p.Queue(fmt.Sprintf("retry-%d", i))
			acked = append(acked, Acked{Case: p.Case, Version: 1, Verdict: p.Write.VerdictID, Committed: commit(t, r, p.Write)})
		}
		if sc, err := openCase(r, p.ID, p.Slot); err != nil || sc.Version != version {
			t.Errorf("Case = version %d, %v, want %d", sc.Version, err, version)
		}
		CheckWorld(t, r, Platform, acked)
	}
}

func testFull(t *testing.T, r *Rig) {
	p, q := NewPerson(1), NewPerson(2)
	commit(t, r, p.Write)
	r.SetFull(true)
	_, err := r.Commit(ctx, q.Write)
	wantErr(t, "Commit on a full disk", err, agent.ErrDiskFull)
	_, err = r.Erase(ctx, erasure(p.ID))
	wantErr(t, "Erase on a full disk", err, agent.ErrDiskFull)
	if _, ok := find(t, r, agent.IndexNumber, p.Number); !ok {
		t.Error("a full disk made what is stored unreadable")
	}
	if got, err := openRecords(r, p.ID, allCategories(p)...); err != nil || len(got) != 10 {
		t.Errorf("Records on a full disk = %d, %v", len(got), err)
	}
	r.SetFull(false)
	if c := commit(t, r, q.Write); c.Leaf != 1 || c.Seq != 2 {
		t.Errorf("Committed = %+v after the disk had room again, want leaf 1, number 2", c)
	}
	CheckWorld(t, r, Platform, nil)
}

// anonymous turns a person's write into that of a refused case: no record, no
// index by number.
func anonymous(p *Person) {
	w := p.Write
	w.Index = w.Index[1:]
	w.Records, w.Retain = nil, nil
	w.Profile = &agent.Profile{Anonymous: true, Aliases: w.Profile.Aliases}
}

func testRelink(t *testing.T, r *Rig) {
	bystander := NewPerson(7)
	commit(t, r, bystander.Write)
	for i, known := range []bool{false, true} {
		refused, person := NewPerson(10+i), NewPerson(20+i)
		anonymous(refused)
		refused.Write.Review = true
		commit(t, r, refused.Write)
		w := person.Write
		if known { // the person is there already, without this case
			commit(t, r, &agent.Write{Subject: person.ID, New: true, Index: w.Index[:1], Entry: entry("import")})
			w.New, w.Index = false, w.Index[1:]
		}
		for j := range w.Index {
			if w.Index[j].Kind == agent.IndexCase {
				w.Index[j].Value = refused.Case
			}
		}
		_, err := r.Commit(ctx, w)
		wantErr(t, "Commit of a case that leads elsewhere", err, agent.ErrConflict)
		w.Relink = true
		c := commit(t, r, w)
		if ref, ok := find(t, r, agent.IndexCase, refused.Case); !ok || ref != (agent.Ref{Subject: person.ID, Slot: person.Slot}) {
			t.Errorf("Find(case) = %v, %v, want the new subject", ref, ok)
		}
		if refs, err := r.Reviews(ctx); err != nil || len(refs) != 0 {
			t.Errorf("Reviews = %v, %v: the case that moved still waits where it was", refs, err)
		}
		_, err = r.Profile(ctx, refused.ID)
		wantErr(t, "Profile of the anonymous subject", err, agent.ErrConflict)
		_, err = r.Erase(ctx, erasure(refused.ID))
		wantErr(t, "Erase of the anonymous subject", err, agent.ErrUnknownSubject)
		if got, err := openRecords(r, person.ID, allCategories(person)...); err != nil || len(got) != 10 {
			t.Errorf("Records = %d, %v, want 10", len(got), err)
		}
		q, err := r.Next(ctx, Platform, c.Seq-2, 2)
		if err != nil || len(q) != 2 || q[0].Kind != agent.QueuedTombstone || q[0].ID != refused.Write.VerdictID || q[0].Payload != nil ||
			q[1].Kind != agent.QueuedVerdict || q[1].ID != w.VerdictID {
			t.Errorf("Next = %+v, %v, want a tombstone and the new verdict", q, err)
		}
		CheckWorld(t, r, Platform, []Acked{{Case: refused.Case, Version: 1, Verdict: w.VerdictID, Committed: c}})
	}
	if got, err := openRecords(r, bystander.ID, allCategories(bystander)...); err != nil || len(got) != 10 {
		t.Errorf("Records of a bystander = %d, %v", len(got), err)
	}
	if _, ok := find(t, r, agent.IndexNumber, bystander.Number); !ok {
		t.Error("a bystander is not found any more")
	}
}

func testRelinkRefused(t *testing.T, r *Rig) {
	p, q := NewPerson(1), NewPerson(2)
	commit(t, r, p.Write)
	q.Write.Index[1].Value = p.Case
	q.Write.Relink = true
	_, err := r.Commit(ctx, q.Write)
	wantErr(t, "Relink away from a person", err, agent.ErrConflict)
	if ref, ok := find(t, r, agent.IndexCase, p.Case); !ok || ref.Subject != p.ID {
		t.Errorf("Find(case) = %v, %v, want the first subject", ref, ok)
	}
	q.Write.Index[1].Value = q.Case // nothing to lead away from: an ordinary write
	commit(t, r, q.Write)
	CheckWorld(t, r, Platform, nil)
}

func testGrants(t *testing.T, r *Rig) {
	p := NewPerson(1)
	commit(t, r, p.Write)
	scope := agent.GrantScope{Subject: p.ID, Categories: []agent.Category{agent.CatIncome}}
	g := UnauthorizedGrant(scope)
	got, err := r.Records(ctx, g)
	if err != nil || len(got) != 1 || got[0].Category != agent.CatIncome {
		t.Errorf("Records = %d, %v, want income alone", len(got), err)
	}
	late := scope
	late.Expires = time.Now().Add(-time.Second)
	for name, g := range map[string]*agent.Grant{"nil": nil, "zero": new(agent.Grant), "burnt": g,
		"expired": UnauthorizedGrant(late), "of nobody": UnauthorizedGrant(agent.GrantScope{Categories: scope.Categories, Findings: true})} {
		got, err := r.Records(ctx, g)
		if !errors.Is(err, agent.ErrGrant) || got != nil {
			t.Errorf("Records with a grant that is %s = %v, %v", name, got, err)
		}
		sc, err := r.Case(ctx, g, p.Slot)
		if !errors.Is(err, agent.ErrGrant) || sc.Finding != nil {
			t.Errorf("Case with a grant that is %s: %v", name, err)
		}
	}
	g = UnauthorizedGrant(scope)
	_, err = r.Case(ctx, g, p.Slot)
	wantErr(t, "Case with a grant for records", err, agent.ErrGrant)
	_, err = r.Records(ctx, g)
	wantErr(t, "Records with the grant that was tried there", err, agent.ErrGrant)
	if got, err := r.Records(ctx, UnauthorizedGrant(agent.GrantScope{Subject: p.ID, Findings: true})); err != nil || len(got) != 0 {
		t.Errorf("Records of no category = %d, %v, want none", len(got), err)
	}
	// What was read sealed before an erasure opens no more after it.
	if scope.Held, err = r.Held(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Erase(ctx, erasure(p.ID)); err != nil {
		t.Fatal(err)
	}
	got, err = r.Records(ctx, UnauthorizedGrant(scope))
	wantErr(t, "Records of an erased subject with what Held returned before", err, agent.ErrConflict)
	if got != nil {
		t.Error("Records of an erased subject gave some")
	}
}

func testDelivered(t *testing.T, r *Rig) {
	var seqs []uint64
	var digests [][32]byte
	for i := range 6 {
		c := commit(t, r, NewPerson(i).Write)
		seqs, digests = append(seqs, c.Seq), append(digests, c.Digest)
	}
	wrong := append([][32]byte{{1}}, digests[1:3]...)
	wantErr(t, "Delivered with a wrong digest", r.Delivered(ctx, Platform, seqs[:3], wrong), agent.ErrCorrupt)
	if n, _, _ := r.Depth(Platform); n != 6 {
		t.Errorf("Depth = %d after a wrong digest, want 6", n)
	}
	if err := r.Delivered(ctx, Platform, seqs[:2], digests[:1]); err == nil {
		t.Error("Delivered took numbers without digests")
	}
	for range 2 { // a receipt may come twice, and name a number twice
		if err := r.Delivered(ctx, Platform, []uint64{1, 2, 2, 5, 99}, [][32]byte{digests[0], digests[1], digests[1], digests[4], {}}); err != nil {
			t.Errorf("Delivered = %v", err)
		}
	}
	if n, oldest, err := r.Depth(Platform); n != 3 || oldest != 1700000000 || err != nil {
		t.Errorf("Depth = %d, %d, %v, want 3", n, oldest, err)
	}
	q, err := r.Next(ctx, Platform, 0, 2)
	if err != nil || len(q) != 2 || q[0].Seq != 3 || q[1].Seq != 4 {
		t.Errorf("Next = %v, %v, want 3 and 4", q, err)
	}
	CheckWorld(t, r, Platform, nil)
	if err := r.Delivered(ctx, Platform, seqs, digests); err != nil {
		t.Errorf("Delivered = %v", err)
	}
	if n, _, _ := r.Depth(Platform); n != 0 {
		t.Errorf("Depth = %d, want 0", n)
	}
	p := NewPerson(9)
	if c := commit(t, r, p.Write); c.Seq != 7 {
		t.Errorf("the chain went on at %d, want 7", c.Seq)
	}
	if q, err := r.Next(ctx, Platform, 0, 9); err != nil || len(q) != 1 || q[0].Prev != digests[5] {
		t.Errorf("Next = %v, %v, want one that follows the delivered", q, err)
	}
}

func testErase(t *testing.T, r *Rig) {
	var people []*Person
	for i := range 12 {
		p := NewPerson(i)
		commit(t, r, p.Write)
		people = append(people, p)
	}
	p := people[4]
	delivered := commit(t, r, p.Supersede(2))
	open := commit(t, r, p.Supersede(3))
	if err := r.Delivered(ctx, Platform, []uint64{delivered.Seq}, [][32]byte{delivered.Digest}); err != nil {
		t.Fatal(err)
	}
	c, err := r.Erase(ctx, erasure(p.ID))
	if err != nil || c.Leaf != 14 {
		t.Fatalf("Erase = %+v, %v, want leaf 14", c, err)
	}
	for _, kv := range []struct {
		kind  agent.IndexKind
		value []byte
	}{{agent.IndexNumber, p.Number}, {agent.IndexCase, p.Case}} {
		if _, ok := find(t, r, kv.kind, kv.value); ok {
			t.Error("an erased subject is found")
		}
	}
	_, err = openRecords(r, p.ID, allCategories(p)...)
	wantErr(t, "Records of an erased subject", err, agent.ErrConflict)
	_, err = openCase(r, p.ID, p.Slot)
	wantErr(t, "Case of an erased subject", err, agent.ErrConflict)
	_, err = r.Commit(ctx, p.Supersede(4))
	wantErr(t, "Commit for an erased subject", err, agent.ErrConflict)
	_, err = r.Erase(ctx, erasure(p.ID))
	wantErr(t, "Erase again", err, agent.ErrUnknownSubject)
	q, err := r.Next(ctx, Platform, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range q {
		switch i.Seq {
		case 5, open.Seq:
			if i.Kind != agent.QueuedTombstone || i.Payload != nil || i.ID == "" || i.Digest == ([32]byte{}) {
				t.Errorf("item %d is a %s, want a tombstone with its digest", i.Seq, i.Kind)
			}
		case open.Seq + 1:
			if i.Kind != agent.QueuedErased || sha256.Sum256(i.Payload) != i.Digest || i.ID == "" {
				t.Errorf("item %d is a %s, want the notice", i.Seq, i.Kind)
			}
		default:
			if i.Kind != agent.QueuedVerdict || i.Payload == nil {
				t.Errorf("item %d of another subject is a %s", i.Seq, i.Kind)
			}
		}
	}
	if n, _, _ := r.Depth(Platform); int(n) != len(q) || len(q) != 14 {
		t.Errorf("Depth = %d, Next = %d items, want 14", n, len(q))
	}
	for _, o := range people {
		if o == p {
			continue
		}
		if got, err := openRecords(r, o.ID, allCategories(o)...); err != nil || len(got) != 10 {
			t.Errorf("Records of another subject = %d, %v", len(got), err)
		}
		if ref, ok := find(t, r, agent.IndexNumber, o.Number); !ok || ref.Subject != o.ID {
			t.Error("another subject is not found any more")
		}
	}
	CheckWorld(t, r, Platform, nil)
	again := NewPerson(4) // the person comes back as somebody new
	again.Queue("verdict-back")
	commit(t, r, again.Write)
	if ref, ok := find(t, r, agent.IndexNumber, p.Number); !ok || ref.Subject == p.ID {
		t.Errorf("Find = %v, %v, want the new subject", ref, ok)
	}
	CheckWorld(t, r, Platform, nil)
}

func testEraseFaults(t *testing.T, r *Rig) {
	other := NewPerson(50)
	commit(t, r, other.Write)
	for i, kept := range []bool{false, true} {
		p := NewPerson(i)
		commit(t, r, p.Write)
		r.FailNext(kept)
		_, err := r.Erase(ctx, erasure(p.ID))
		switch {
		case kept && err != nil:
			t.Errorf("Erase that was kept = %v, want nil: it looks for itself", err)
		case !kept:
			wantErr(t, "Erase that was lost", err, agent.ErrUncertain)
			if got, err := openRecords(r, p.ID, allCategories(p)...); err != nil || len(got) != 10 {
				t.Errorf("Records after a lost erasure = %d, %v", len(got), err)
			}
			if _, err := r.Erase(ctx, erasure(p.ID)); err != nil {
				t.Errorf("Erase again = %v", err)
			}
		}
		_, err = r.Profile(ctx, p.ID)
		wantErr(t, "Profile of an erased subject", err, agent.ErrConflict)
		if got, err := openRecords(r, other.ID, allCategories(other)...); err != nil || len(got) != 10 {
			t.Errorf("Records of another subject = %d, %v", len(got), err)
		}
		CheckWorld(t, r, Platform, nil)
	}
}

func testEraseUnderLoad(t *testing.T, r *Rig) {
	const n = 24
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			p := NewPerson(i)
			if _, err := r.Commit(ctx, p.Write); err != nil {
				t.Errorf("Commit = %v", err)
				return
			}
			if i%4 == 0 {
				if _, err := r.Erase(ctx, erasure(p.ID)); err != nil {
					t.Errorf("Erase = %v", err)
				}
				return
			}
			if _, err := r.Commit(ctx, p.Supersede(2)); err != nil {
				t.Errorf("Commit = %v", err)
			}
			if got, err := openRecords(r, p.ID, allCategories(p)...); err != nil || len(got) != 10 {
				t.Errorf("Records = %d, %v", len(got), err)
			}
		})
	}
	wg.Wait()
	for i := range n {
		if _, ok := find(t, r, agent.IndexNumber, NewPerson(i).Number); ok != (i%4 != 0) {
			t.Errorf("person %d: found %v", i, ok)
		}
	}
	CheckWorld(t, r, Platform, nil)
}

func testContext(t *testing.T, r *Rig) {
	p := NewPerson(1)
	commit(t, r, p.Write)
	over, cancel := context.WithCancel(ctx)
	cancel()
	calls := map[string]func() error{
		"Find":      func() error { _, _, err := r.Find(over, agent.IndexNumber, p.Number); return err },
		"Profile":   func() error { _, err := r.Profile(over, p.ID); return err },
		"Held":      func() error { _, err := r.Held(over, p.ID); return err },
		"Commit":    func() error { _, err := r.Commit(over, p.Supersede(2)); return err },
		"Erase":     func() error { _, err := r.Erase(over, erasure(p.ID)); return err },
		"Next":      func() error { _, err := r.Next(over, Platform, 0, 1); return err },
		"Delivered": func() error { return r.Delivered(over, Platform, nil, nil) },
	}
	for name, call := range calls {
		wantErr(t, name, call(), context.Canceled)
	}
	if c := commit(t, r, p.Supersede(2)); c.Leaf != 1 {
		t.Errorf("a cancelled call wrote something: leaf %d", c.Leaf)
	}
}

func testHistory(t *testing.T, r *Rig) {
	p, other := NewPerson(1), NewPerson(2)
	commit(t, r, p.Write)
	commit(t, r, other.Write)
	want := [][]byte{p.Write.Finding}
	for v := uint64(2); v <= 3; v++ {
		w := p.Supersede(v)
		commit(t, r, w)
		want = append(want, w.Finding)
	}
	// One that loses leaves nothing behind.
	_, err := r.Commit(ctx, p.Supersede(2))
	wantErr(t, "Commit of a version that is there", err, agent.ErrConflict)
	grant := func(s agent.GrantScope) *agent.Grant { return UnauthorizedGrant(s) }
	scope := agent.GrantScope{Subject: p.ID, Purpose: agent.PurposeOversight, Findings: true}
	got, err := r.History(ctx, grant(scope), p.Slot)
	if err != nil || len(got) != len(want) {
		t.Fatalf("History = %d findings, %v, want %d", len(got), err, len(want))
	}
	for i, sc := range got {
		if sc.Version != uint64(i+1) || !bytes.Equal(sc.Finding, want[i]) {
			t.Errorf("History[%d] is version %d and not as it was written", i, sc.Version)
		}
	}
	if got, err := r.History(ctx, grant(agent.GrantScope{Subject: other.ID, Purpose: agent.PurposeOversight, Findings: true}), other.Slot); err != nil || len(got) != 1 {
		t.Errorf("History of one answer = %d, %v", len(got), err)
	}
	if got, err := r.History(ctx, grant(scope), agent.Slot{9}); err != nil || len(got) != 0 {
		t.Errorf("History of an empty slot = %d, %v", len(got), err)
	}
	_, err = r.History(ctx, grant(agent.GrantScope{Subject: p.ID, Purpose: agent.PurposeOversight}), p.Slot)
	wantErr(t, "History without a grant for findings", err, agent.ErrGrant)
	once := grant(scope)
	if _, err := r.History(ctx, once, p.Slot); err != nil {
		t.Fatal(err)
	}
	_, err = r.History(ctx, once, p.Slot)
	wantErr(t, "History under a burnt grant", err, agent.ErrGrant)
	if _, err := r.Erase(ctx, erasure(p.ID)); err != nil {
		t.Fatal(err)
	}
	_, err = r.History(ctx, grant(scope), p.Slot)
	wantErr(t, "History of an erased subject", err, agent.ErrConflict)
}

func testCases(t *testing.T, r *Rig) {
	want := map[agent.Ref]bool{}
	var first *Person
	for i := range 9 {
		p := NewPerson(i)
		commit(t, r, p.Write)
		want[agent.Ref{Subject: p.ID, Slot: p.Slot}] = true
		if first == nil {
			first = p
		}
		second := *p.Supersede(1)
		second.Slot[0] = 0xff
		second.Index = nil
		if i%2 == 0 { // a second case
			commit(t, r, &second)
			want[agent.Ref{Subject: p.ID, Slot: second.Slot}] = true
		} else { // or a second answer, which is no other case
			commit(t, r, p.Supersede(2))
		}
	}
	commit(t, r, &agent.Write{Subject: agent.NewSubjectID(), New: true, Entry: entry("import")}) // without a case
	for _, page := range []int{1, 2, 100} {
		got := map[agent.Ref]bool{}
		for after := (agent.Ref{}); ; {
			refs, err := r.Cases(ctx, after, page)
			if err != nil || len(refs) > page {
				t.Fatalf("Cases = %d of at most %d, %v", len(refs), page, err)
			}
			if len(refs) == 0 {
				break
			}
			for _, ref := range refs {
				if got[ref] || !want[ref] {
					t.Fatal("a case is listed twice, or is none")
				}
				got[ref] = true
			}
			after = refs[len(refs)-1]
		}
		if len(got) != len(want) {
			t.Errorf("by %d: %d cases are listed, want %d", page, len(got), len(want))
		}
	}
	if _, err := r.Erase(ctx, erasure(first.ID)); err != nil {
		t.Fatal(err)
	}
	refs, err := r.Cases(ctx, agent.Ref{}, 100)
	if err != nil || len(refs) != len(want)-2 {
		t.Errorf("after an erasure %d cases, %v, want %d", len(refs), err, len(want)-2)
	}
}
