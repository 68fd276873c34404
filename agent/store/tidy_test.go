package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
	"github.com/yanmen/yanmen/agent/store"
)

// never is a pause that no test outlasts.
const never = 1000 * time.Hour

// A life is what a store should hold after many writes.
type life struct {
	s       *store.Store
	r       *rand.Rand
	alive   []*agenttest.Person
	version map[agent.SubjectID]uint64
	gone    []*agenttest.Person
	waiting int // in the queue
}

// round writes, supersedes, delivers and erases.
func (l *life) round(t *testing.T) {
	t.Helper()
	for range 14 {
		p := agenttest.NewPerson(len(l.alive) + len(l.gone))
		if _, err := l.s.Commit(ctx, p.Write); err != nil {
			t.Fatal(err)
		}
		l.alive = append(l.alive, p)
		l.version[p.ID] = 1
		l.waiting++
	}
	for range 6 {
		p := l.alive[l.r.IntN(len(l.alive))]
		l.version[p.ID]++
		if _, err := l.s.Commit(ctx, p.Supersede(l.version[p.ID])); err != nil {
			t.Fatal(err)
		}
		l.waiting++
	}
	l.deliver(t, 1+l.r.IntN(24))
	for range 10 {
		at := l.r.IntN(len(l.alive))
		p := l.alive[at]
		if _, err := l.s.Erase(ctx, erasure(p.ID)); err != nil {
			t.Fatal(err)
		}
		l.alive = append(l.alive[:at], l.alive[at+1:]...)
		l.gone = append(l.gone, p)
		l.waiting++ // the notice
	}
}

func (l *life) deliver(t *testing.T, n int) {
	t.Helper()
	q, err := l.s.Next(ctx, agenttest.Platform, 0, n)
	if err != nil {
		t.Fatal(err)
	}
	var seqs []uint64
	var digests [][32]byte
	for _, i := range q {
		seqs, digests = append(seqs, i.Seq), append(digests, i.Digest)
	}
	if err := l.s.Delivered(ctx, agenttest.Platform, seqs, digests); err != nil {
		t.Fatal(err)
	}
	l.waiting -= len(q)
}

// holds compares the store with what it should hold.
func (l *life) holds(t *testing.T, when string) {
	t.Helper()
	for _, p := range l.alive {
		if !whole(t, l.s, p) {
			t.Fatalf("%s: a subject is gone", when)
		}
		g := agenttest.UnauthorizedGrant(agent.GrantScope{Subject: p.ID, Purpose: agent.PurposeOversight, Findings: true})
		all, err := l.s.History(ctx, g, p.Slot)
		if err != nil || uint64(len(all)) != l.version[p.ID] {
			t.Fatalf("%s: %d findings of a case, %v, want %d", when, len(all), err, l.version[p.ID])
		}
	}
	for _, p := range l.gone {
		if whole(t, l.s, p) {
			t.Fatalf("%s: an erased subject is there", when)
		}
	}
	q, err := l.s.Next(ctx, agenttest.Platform, 0, 1<<20)
	if err != nil || len(q) != l.waiting {
		t.Fatalf("%s: %d items wait, %v, want %d", when, len(q), err, l.waiting)
	}
	for i := range q {
		if q[i].Seq != q[0].Seq+uint64(i) {
			t.Fatalf("%s: what was delivered waits again, or what waits is gone", when)
		}
	}
	if r := clean(t, l.s); r.Subjects != int64(len(l.alive)) || r.Queued != int64(l.waiting) {
		t.Fatalf("%s: Check counts %d subjects and %d items, want %d and %d", when, r.Subjects, r.Queued, len(l.alive), l.waiting)
	}
}

// Files of the value log are collected again and again while rows come and go:
// nothing is lost, nothing comes back, and in the end nothing is left of what was
// deleted.
func TestTidy_losesNothingAndBringsNothingBack(t *testing.T) {
	dir, keys := t.TempDir(), agenttest.NewKeyring(64)
	o := store.Options{MinFree: 1}.WithMemory(512<<10).WithTidy(1<<20, never)
	l := &life{s: open(t, dir, keys, o), r: rand.New(rand.NewPCG(1, 2)), version: map[agent.SubjectID]uint64{}}
	collected := uint64(0)
	for round := range 80 {
		l.round(t)
		if round%4 == 3 {
			if err := l.s.Compact(); err != nil {
				t.Fatal(err)
			}
		}
		if round%2 == 0 {
			l.s.Tidy()
		}
		if round%10 == 9 {
			l.holds(t, fmt.Sprintf("round %d", round))
		}
		if round%27 == 26 {
			collected += l.s.Collected()
			if err := l.s.Close(); err != nil {
				t.Fatal(err)
			}
			l.s = open(t, dir, keys, o)
		}
	}
	l.deliver(t, l.waiting)
	if l.s.Marks() == 0 {
		t.Error("nothing was marked: the test shows nothing")
	}
	// What is deleted goes once the database has forgotten what it was.
	for n := 0; l.s.Marks() > 0; n++ {
		if n == 10 {
			t.Fatalf("%d rows are deleted and not gone", l.s.Marks())
		}
		collected += l.s.Collected()
		l.s.Close() // writes what is in memory to a table
		l.s = open(t, dir, keys, o)
		if err := l.s.Compact(); err != nil {
			t.Fatal(err)
		}
		l.s.Tidy()
	}
	collected += l.s.Collected()
	l.holds(t, "in the end")
	l.s.Close()
	l.s = open(t, dir, keys, o)
	l.holds(t, "after a restart")
	for _, p := range l.gone {
		l.s.Versions(func(key, val []byte) {
			if len(val) > 0 && bytes.Contains(key, p.ID[:]) {
				t.Error("a row of an erased subject is in the database")
			}
		})
	}
	if collected < 1 {
		t.Errorf("%d files of the value log were collected, want 1 at least", collected)
	}
	t.Logf("%d files collected", collected)
}
