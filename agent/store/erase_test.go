package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
	"github.com/yanmen/yanmen/agent/store"
)

func erasure(id agent.SubjectID) *agent.Erasure {
	return &agent.Erasure{Subject: id, Entry: agent.Entry{Kind: "erase", At: 1700000001_000, Public: []byte(`{"purpose":"oversight"}`)},
		Notice: func(platform string, sub [16]byte, seq uint64, prev [32]byte) (string, []byte) {
			return fmt.Sprintf("notice-%d", seq), fmt.Appendf(nil, `{"erased":"%x","seq":%d}`, sub, seq)
		}}
}

func people(t testing.TB, s *store.Store, n int) []*agenttest.Person {
	t.Helper()
	out := make([]*agenttest.Person, n)
	for i := range out {
		out[i] = agenttest.NewPerson(i)
		if _, err := s.Commit(ctx, out[i].Write); err != nil {
			t.Fatalf("Commit = %v", err)
		}
	}
	return out
}

func categories(p *agenttest.Person) (cats []agent.Category) {
	for _, r := range p.Write.Records {
		cats = append(cats, r.Category)
	}
	return cats
}

// whole reports that a subject is all there, or that nothing of it is.
func whole(t testing.TB, s *store.Store, p *agenttest.Person) (there bool) {
	t.Helper()
	_, byNumber, err1 := s.Find(ctx, agent.IndexNumber, p.Number)
	_, byCase, err2 := s.Find(ctx, agent.IndexCase, p.Case)
	got, err3 := s.Records(ctx, agenttest.UnauthorizedGrant(agent.GrantScope{Subject: p.ID, Categories: categories(p)}))
	switch {
	case err1 != nil || err2 != nil:
		t.Errorf("Find = %v, %v", err1, err2)
	case byNumber && byCase && err3 == nil && len(got) == 10:
		return true
	case !byNumber && !byCase && errors.Is(err3, agent.ErrConflict):
		return false
	default:
		t.Errorf("subject is half there: by number %v, by case %v, records %d, %v", byNumber, byCase, len(got), err3)
	}
	return false
}

// The erasure dies, or reports an error, at every step in turn, with a restart
// and without; afterwards the subject is whole or gone, asking again completes
// it, nobody else is touched, and no version of any row opens with a key that
// still exists.
func TestErase_survivesEveryStep(t *testing.T) {
	steps := []string{"begin", "begun", "commit lost", "commit kept", "finish", "finished", "abort", "aborted", "mark", "sweep"}
	for _, step := range steps {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s,restart=%v", step, restart), func(t *testing.T) {
				keys := agenttest.NewKeyring(3)
				f := &faults{next: make(chan bool, 8)}
				o := f.options()
				commits, failAt := 0, 0
				o = o.WithCommit(func(commit func() error) error {
					if commits++; commits == failAt {
						return errDisk
					}
					select {
					case kept := <-f.next:
						if kept {
							commit()
						}
						return errDisk
					default:
						return commit()
					}
				})
				dir := t.TempDir()
				s := open(t, dir, keys, o)
				all := people(t, s, 6)
				p, others := all[2], slices.Delete(slices.Clone(all), 2, 3)
				broken := errors.New("broken")
				keys.Fault = func(at string) error {
					if at == step {
						return broken
					}
					return nil
				}
				switch step {
				case "commit lost", "abort", "aborted":
					f.next <- false
				case "commit kept":
					f.next <- true
				case "mark":
					failAt = commits + 2
				case "sweep":
					failAt = commits + 3
				}
				_, err := s.Erase(ctx, erasure(p.ID))
				if err == nil && step != "commit kept" {
					t.Fatal("the fault was not felt")
				}
				keys.Fault, failAt = nil, 0
				if restart {
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
					s = open(t, dir, keys, o)
				}
				there := whole(t, s, p)
				_, again := s.Erase(ctx, erasure(p.ID))
				if err == nil && (there || !errors.Is(again, agent.ErrUnknownSubject)) {
					t.Errorf("Erase after a complete one = %v; still there: %v", again, there)
				}
				if err != nil && again != nil {
					t.Errorf("Erase again = %v, want it complete", again)
				}
				if whole(t, s, p) {
					t.Error("the subject is still there")
				}
				for _, o := range others {
					if !whole(t, s, o) {
						t.Error("another subject is gone")
					}
				}
				if n := clean(t, s).Subjects; n != 5 {
					t.Errorf("Check counts %d subjects, want 5", n)
				}
				agenttest.CheckWorld(t, s, agenttest.Platform, nil)
				noVersionOpens(t, s, keys.Snapshot(), p)
			})
		}
	}
}

// noVersionOpens tries every version of every row that the files hold with
// every key that exists.
func noVersionOpens(t testing.TB, s *store.Store, keys *agenttest.Keyring, p *agenttest.Person) {
	t.Helper()
	versions := 0
	s.Versions(func(key, val []byte) {
		versions++
		switch key[0] {
		case 'x':
			for shard := range uint16(4) {
				plain, err := keys.OpenRef(shard, key[3:], val)
				if err == nil && agent.SubjectID(plain) == p.ID {
					t.Error("an old index row of the erased subject opens")
				}
			}
		case 's':
			if agent.SubjectID(key[1:]) != p.ID || key[17] != 'k' || len(val) < 2 {
				return
			}
			for shard := range uint16(4) {
				if _, err := keys.OpenData(shard, p.ID, val[2:]); err == nil {
					t.Error("an old copy of the erased subject's data key opens")
				}
			}
		}
	})
	if versions == 0 {
		t.Error("no version was tried")
	}
}

// A copy of all files from before the erasure, with the keys from after it,
// finds and opens nothing of the subject.
func TestErase_oldCopyOfTheFolderOpensNothing(t *testing.T) {
	keys := agenttest.NewKeyring(1) // one shard: everybody is a neighbour
	dir, old := t.TempDir(), t.TempDir()
	s := open(t, dir, keys, store.Options{MinFree: 1})
	all := people(t, s, 4)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(old, "copy"), os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, keys, store.Options{MinFree: 1})
	if _, err := s.Erase(ctx, erasure(all[0].ID)); err != nil {
		t.Fatal(err)
	}
	for _, p := range all[1:] {
		if !whole(t, s, p) {
			t.Error("another subject is gone")
		}
	}
	c := open(t, filepath.Join(old, "copy"), keys.Snapshot(), store.Options{MinFree: 1})
	if _, ok, err := c.Find(ctx, agent.IndexNumber, all[0].Number); ok || err != nil {
		t.Errorf("Find in the old copy = %v, %v: the subject can be tested for", ok, err)
	}
	if _, err := c.Profile(ctx, all[0].ID); !errors.Is(err, agent.ErrCorrupt) {
		t.Errorf("Profile in the old copy = %v, want that its key does not open", err)
	}
	if q, err := c.Next(ctx, agenttest.Platform, 0, 1); !errors.Is(err, agent.ErrCorrupt) {
		t.Errorf("Next in the old copy = %v, %v", q, err)
	}
	noVersionOpens(t, c, keys.Snapshot(), all[0])
}

// A subject whose shards hold more than one transaction takes goes in rounds.
func TestErase_goesInRounds(t *testing.T) {
	keys := agenttest.NewKeyring(8)
	o := store.Options{MinFree: 1}.WithMemory(1 << 20)
	dir := t.TempDir()
	s := open(t, dir, keys, o)
	all := people(t, s, 3)
	p := all[1]
	var cases [][]byte
	for i := range 1500 {
		w := p.Supersede(1)
		w.Slot = agent.Slot{byte(i), byte(i >> 8), 1}
		c := fmt.Appendf(nil, "many-%d", i)
		w.Index = []agent.IndexEntry{{Kind: agent.IndexCase, Value: c, Ref: agent.Ref{Subject: p.ID, Slot: w.Slot}}}
		w.VerdictID = fmt.Sprintf("many-%d", i)
		if i%100 != 0 {
			w.Platform, w.VerdictID, w.Payload = "", "", nil
		} else {
			cases = append(cases, c)
		}
		if _, err := s.Commit(ctx, w); err != nil {
			t.Fatalf("Commit = %v", err)
		}
	}
	rekeys := 0
	keys.Fault = func(step string) error {
		if step == "begin" {
			rekeys++
		}
		if rekeys == 2 && step == "begun" {
			return errors.New("died between two rounds")
		}
		return nil
	}
	if _, err := s.Erase(ctx, erasure(p.ID)); err == nil {
		t.Fatal("the fault was not felt: one round was enough")
	}
	keys.Fault = nil
	s.Close()
	s = open(t, dir, keys, o)
	if _, ok, err := s.Find(ctx, agent.IndexNumber, p.Number); !ok || err != nil {
		t.Errorf("Find between two rounds = %v, %v, want the subject, so that erasing can be asked for again", ok, err)
	}
	r, err := s.Check(ctx)
	if want := []store.Problem{{Row: "pending", Code: "erasure.unfinished", Count: 1}}; err != nil || !slices.Equal(r.Problems, want) {
		t.Errorf("Check between two rounds = %v, %v, want %v", r.Problems, err, want)
	}
	if _, err := s.Erase(ctx, erasure(p.ID)); err != nil {
		t.Fatalf("Erase = %v", err)
	}
	if whole(t, s, p) {
		t.Error("the subject is still there")
	}
	for _, c := range cases {
		if _, ok, _ := s.Find(ctx, agent.IndexCase, c); ok {
			t.Error("a case of the erased subject is found")
		}
	}
	if !whole(t, s, all[0]) || !whole(t, s, all[2]) {
		t.Error("another subject is gone")
	}
	clean(t, s)
	agenttest.CheckWorld(t, s, agenttest.Platform, nil)
	noVersionOpens(t, s, keys.Snapshot(), p)
}

func TestErase_wantsAnEntryWithoutABody(t *testing.T) {
	s := open(t, t.TempDir(), agenttest.NewKeyring(1), store.Options{MinFree: 1})
	p := people(t, s, 1)[0]
	e := erasure(p.ID)
	e.Entry.Body = []byte("x")
	if _, err := s.Erase(ctx, e); err == nil {
		t.Error("Erase took a body that it cannot keep")
	}
	e = erasure(p.ID)
	e.Notice = nil
	if _, err := s.Erase(ctx, e); err == nil {
		t.Error("Erase took no notice for a platform that holds verdicts")
	}
	if !whole(t, s, p) {
		t.Error("a refused erasure erased")
	}
}

// A relink that dies leaves the case where it was, or moves it.
func TestRelink_survivesEveryStep(t *testing.T) {
	for _, step := range []string{"begin", "begun", "commit lost", "commit kept", "finish", "finished"} {
		t.Run(step, func(t *testing.T) {
			keys := agenttest.NewKeyring(2)
			f := &faults{next: make(chan bool, 8)}
			dir := t.TempDir()
			s := open(t, dir, keys, f.options())
			bystanders := people(t, s, 4)
			anon, p := agenttest.NewPerson(90), agenttest.NewPerson(91)
			anon.Write.Index, anon.Write.Records, anon.Write.Retain = anon.Write.Index[1:], nil, nil
			anon.Write.Profile = &agent.Profile{Anonymous: true}
			if _, err := s.Commit(ctx, anon.Write); err != nil {
				t.Fatal(err)
			}
			p.Write.Index[1].Value = anon.Case
			p.Case, p.Write.Relink = anon.Case, true
			keys.Fault = func(at string) error {
				if at == step {
					return errors.New("broken")
				}
				return nil
			}
			switch step {
			case "commit lost":
				f.next <- false
			case "commit kept":
				f.next <- true
			}
			if _, err := s.Commit(ctx, p.Write); err == nil {
				t.Fatal("the fault was not felt")
			}
			keys.Fault = nil
			s.Close()
			s = open(t, dir, keys, f.options())
			ref, ok, err := s.Find(ctx, agent.IndexCase, anon.Case)
			if !ok || err != nil || ref.Subject != anon.ID && ref.Subject != p.ID {
				t.Fatalf("Find(case) = %v, %v", ok, err)
			}
			if ref.Subject == anon.ID {
				if _, err := s.Commit(ctx, p.Write); err != nil {
					t.Errorf("Commit again = %v", err)
				}
			}
			if !whole(t, s, p) {
				t.Error("the case's new subject is not there")
			}
			for _, b := range bystanders {
				if !whole(t, s, b) {
					t.Error("a bystander is gone")
				}
			}
			clean(t, s)
			agenttest.CheckWorld(t, s, agenttest.Platform, nil)
			noVersionOpens(t, s, keys.Snapshot(), anon)
		})
	}
}
