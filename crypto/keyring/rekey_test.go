package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// rows is a store of one table: what the real store does with a rekey, with the
// transaction as one assignment.
type rows struct {
	marker  [16]byte
	wrapped map[agent.SubjectID][]byte
	refs    map[agent.SubjectID][]byte
	row     map[agent.SubjectID][]byte
}

func (s *rows) clone() *rows {
	return &rows{s.marker, maps.Clone(s.wrapped), maps.Clone(s.refs), maps.Clone(s.row)}
}

// shardOf puts alice and bob into one shard and everybody else into others.
func shardOf(id agent.SubjectID) uint16 {
	if id == bob {
		return shardOf(alice)
	}
	return uint16(id[15]) * 100
}

var carol = agent.SubjectID{15: 3}

func tagOf(id agent.SubjectID) agent.Tag { return agent.Tag{31: id[15]} }

func fill(t testing.TB, r *Ring) *rows {
	t.Helper()
	s := &rows{wrapped: map[agent.SubjectID][]byte{}, refs: map[agent.SubjectID][]byte{}, row: map[agent.SubjectID][]byte{}}
	for _, id := range []agent.SubjectID{alice, bob, carol} {
		var err error
		if s.wrapped[id], _, err = r.NewData(shardOf(id), id); err != nil {
			t.Fatal(err)
		}
		s.row[id] = must[[]byte](t)(r.Row(shardOf(id), tagOf(id)))
		s.refs[id] = must[[]byte](t)(r.SealRef(shardOf(id), s.row[id], id[:]))
	}
	return s
}

// opens says whether all of a subject opens (true), nothing of it does (false),
// and fails the test on anything between.
func (s *rows) opens(t testing.TB, r *Ring, id agent.SubjectID) bool {
	t.Helper()
	n, got := shardOf(id), 0
	if row, err := r.Row(n, tagOf(id)); err == nil && bytes.Equal(row, s.row[id]) {
		got++
	}
	if ref, err := r.OpenRef(n, s.row[id], s.refs[id]); err == nil && bytes.Equal(ref, id[:]) {
		got++
	}
	if _, err := r.OpenData(n, id, s.wrapped[id]); err == nil {
		got++
	}
	if got != 0 && got != 3 {
		t.Fatalf("%d of the 3 ways to a subject open", got)
	}
	return got == 3
}

// erase removes alice as the store would; committed is called when the
// transaction is durable.
func (s *rows) erase(r *Ring, committed func()) error {
	k, err := r.BeginRekey([]uint16{shardOf(alice)})
	if err != nil {
		return err
	}
	next := s.clone()
	if err := next.rewrite(k, bob); err != nil {
		return err
	}
	delete(next.wrapped, alice)
	delete(next.refs, alice)
	delete(next.row, alice)
	next.marker = k.ID()
	*s = *next
	committed()
	if err := k.Finish(); err != nil {
		return err
	}
	s.marker = [16]byte{}
	return nil
}

func (s *rows) rewrite(k agent.Rekey, id agent.SubjectID) (err error) {
	old := s.row[id]
	if s.row[id], err = k.Row(shardOf(id), old); err != nil {
		return err
	}
	if s.refs[id], err = k.Ref(shardOf(id), old, s.row[id], s.refs[id]); err != nil {
		return err
	}
	s.wrapped[id], err = k.Rewrap(shardOf(id), id, s.wrapped[id])
	return err
}

// recover does what the store does when it opens.
func (s *rows) recover(r *Ring) error {
	if k := r.PendingRekey(); k != nil {
		if k.ID() == s.marker {
			if err := k.Finish(); err != nil {
				return err
			}
		} else if err := k.Abort(); err != nil {
			return err
		}
	}
	s.marker = [16]byte{}
	return nil
}

// A moment is all that survives a crash.
type moment struct {
	name string
	dir  string
	root *testRoot
	rows *rows
}

func onStep(t testing.TB, hook func(dir, step string) error) {
	t.Helper()
	testOnlyStep = hook
	t.Cleanup(func() { testOnlyStep = nil })
}

// watch calls do and returns the moments at its durable steps.
func watch(t *testing.T, name string, dir string, root *testRoot, s *rows, do func(take func(step string))) []moment {
	t.Helper()
	var all []moment
	take := func(step string) {
		// Files that are only linked or renamed are copied as they are seen.
		all = append(all, moment{fmt.Sprintf("%s > %d %s", name, len(all), step), linkedCopy(t, dir), root.clone(), s.clone()})
	}
	onStep(t, func(_, step string) error { take(step); return nil })
	do(take)
	testOnlyStep = nil
	return all
}

// linkedCopy copies a folder and keeps two names of one file two names of one
// file.
func linkedCopy(t testing.TB, dir string) string {
	t.Helper()
	to := copyFolder(t, dir)
	for _, name := range []string{keysetFile, shardsFile} {
		a, errA := os.Stat(filepath.Join(dir, name))
		b, errB := os.Stat(filepath.Join(dir, name+oldSuffix))
		if errA == nil && errB == nil && os.SameFile(a, b) {
			os.Remove(filepath.Join(to, name+oldSuffix))
			if err := os.Link(filepath.Join(to, name), filepath.Join(to, name+oldSuffix)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return to
}

func checkSettled(t *testing.T, m moment, r *Ring) {
	t.Helper()
	if r.PendingRekey() != nil {
		t.Errorf("%s: a rekey is still prepared", m.name)
	}
	for _, id := range []agent.SubjectID{bob, carol} {
		if !m.rows.opens(t, r, id) {
			t.Errorf("%s: a subject that was not erased does not open", m.name)
		}
	}
	if _, there := m.rows.wrapped[alice]; there && !m.rows.opens(t, r, alice) {
		t.Errorf("%s: the subject does not open although nothing was committed", m.name)
	}
	if !m.root.keep && len(m.root.keys) != 1 {
		t.Errorf("%s: the root holds %d keys, want 1", m.name, len(m.root.keys))
	}
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{keysetFile, lockFile, shardsFile}; !slices.Equal(names, want) {
		t.Errorf("%s: the folder holds %v, want %v", m.name, names, want)
	}
}

// The process dies at each durable step of an erasure, and again at each step of
// the recovery. Whatever happened, one state opens, and what is not erased is
// there.
func TestRekey_survivesDyingAtEveryStep(t *testing.T) {
	for _, keep := range []bool{false, true} {
		dir, root, r := createRing(t)
		root.keep = keep
		s := fill(t, r)
		before := s.clone()
		moments := watch(t, "erase", dir, root, s, func(take func(string)) {
			take("start")
			if err := s.erase(r, func() { take("transaction") }); err != nil {
				t.Fatal(err)
			}
			take("end")
		})
		if len(moments) < 16 {
			t.Fatalf("%d durable steps seen, want at least 16", len(moments))
		}
		// One rekey for each way to die, then for each way to die again.
		crashes := 0
		for _, again := range []bool{true, false} {
			crashes += len(moments)
			var next []moment
			for _, m := range moments {
				next = append(next, recoverAt(t, m, before, again)...)
			}
			moments = next
		}
		t.Logf("destructible root %v: %d crashes survived", !keep, crashes)
		r.Close()
	}
}

// recoverAt reopens a moment, lets the store recover, checks the outcome, and,
// if asked, returns the moments of the recovery.
func recoverAt(t *testing.T, m moment, before *rows, again bool) (moments []moment) {
	t.Helper()
	var r *Ring
	settle := func(take func(string)) {
		var err error
		if r, err = Open(m.dir, m.root); err != nil {
			t.Fatalf("%s: Open: %v", m.name, err)
		}
		take("opened")
		if err := m.rows.recover(r); err != nil {
			t.Fatalf("%s: recover: %v", m.name, err)
		}
	}
	if again {
		moments = watch(t, m.name, m.dir, m.root, m.rows, settle)
	} else {
		settle(func(string) {})
	}
	defer r.Close()
	checkSettled(t, m, r)
	if _, there := m.rows.wrapped[alice]; !there && before.opens(t, r, alice) {
		t.Errorf("%s: the erased subject opens", m.name)
	}
	return moments
}

// Each step reports an error although it was done; calling again comes to the
// same end.
func TestRekey_goesOnAfterAnError(t *testing.T) {
	broken := errors.New("broken")
	for fail := 0; ; fail++ {
		dir, root, r := createRing(t)
		s := fill(t, r)
		before := s.clone()
		k := must[agent.Rekey](t)(r.BeginRekey([]uint16{shardOf(alice)}))
		if err := s.rewrite(k, bob); err != nil {
			t.Fatal(err)
		}
		delete(s.wrapped, alice)
		n := 0
		var all []moment
		onStep(t, func(_, step string) error {
			all = append(all, moment{step, linkedCopy(t, dir), root.clone(), s.clone()})
			if n++; n == fail+1 {
				return broken
			}
			return nil
		})
		err := k.Finish()
		if err == nil {
			testOnlyStep = nil
			t.Logf("%d steps", fail)
			return
		}
		if !errors.Is(err, broken) {
			t.Fatalf("Finish: %v", err)
		}
		if !s.opens(t, r, bob) {
			t.Fatal("the new keys are not in force after Finish returned an error")
		}
		if err := k.Abort(); err == nil {
			t.Fatal("Abort worked after Finish had begun")
		}
		if _, err := r.BeginRekey([]uint16{5}); !errors.Is(err, ErrPending) {
			t.Fatalf("BeginRekey beside an unfinished one: got %v, want ErrPending", err)
		}
		if p := r.PendingRekey(); p == nil || p.ID() != k.ID() {
			t.Fatal("PendingRekey lost the unfinished rekey")
		}
		for range 2 {
			if err := k.Finish(); err != nil {
				t.Fatalf("Finish again: %v", err)
			}
		}
		testOnlyStep = nil
		all = append(all, moment{"end", dir, root, s})
		r.Close()
		// Dying at any of these steps is as good.
		for _, m := range all {
			r := reopen(t, m.dir, m.root)
			if p := r.PendingRekey(); p != nil {
				if err := p.Finish(); err != nil {
					t.Fatalf("failed step %d, died after %s: Finish: %v", fail, m.name, err)
				}
			}
			if !s.opens(t, r, bob) || before.opens(t, r, alice) {
				t.Errorf("failed step %d, died after %s: wrong keys in force", fail, m.name)
			}
			r.Close()
		}
	}
}

// The second promise of an erasure: every file that was ever there, tried with
// every key that still exists, opens nothing of the erased.
func TestRekey_oldFilesOpenNothing(t *testing.T) {
	for _, keep := range []bool{false, true} {
		dir, root, r := createRing(t)
		root.keep = keep
		s := fill(t, r)
		before := s.clone()
		moments := watch(t, "erase", dir, root, s, func(take func(string)) {
			take("start")
			if err := s.erase(r, func() { take("transaction") }); err != nil {
				t.Fatal(err)
			}
		})
		r.Close()
		tried := 0
		for _, m := range moments {
			for _, name := range []string{shardsFile, shardsFile + newSuffix, shardsFile + oldSuffix} {
				if _, err := os.Stat(filepath.Join(m.dir, name)); err != nil {
					continue
				}
				// Today's keyset with an old table.
				c := copyFolder(t, dir)
				copyFile(t, filepath.Join(m.dir, name), filepath.Join(c, shardsFile))
				tried++
				if r, err := Open(c, root.clone()); err == nil {
					if before.opens(t, r, alice) {
						t.Errorf("%s: %s opens the erased subject with today's keyset", m.name, name)
					}
					r.Close()
				}
			}
			if keep {
				continue // such a root opens an old copy of the whole folder: see Root
			}
			for _, name := range []string{keysetFile, keysetFile + newSuffix, keysetFile + oldSuffix} {
				if _, err := os.Stat(filepath.Join(m.dir, name)); err != nil {
					continue
				}
				c := copyFolder(t, m.dir)
				copyFile(t, filepath.Join(m.dir, name), filepath.Join(c, keysetFile))
				tried++
				if r, err := Open(c, root.clone()); err == nil {
					if before.opens(t, r, alice) {
						t.Errorf("%s: %s opens the erased subject with today's root", m.name, name)
					}
					r.Close()
				}
			}
		}
		t.Logf("destructible root %v: %d old files tried", !keep, tried)
		r = reopen(t, dir, root)
		if !s.opens(t, r, bob) || !s.opens(t, r, carol) {
			t.Error("a subject that was not erased does not open")
		}
		// The old wrapped keys of those that stay are dead too.
		if before.opens(t, r, bob) {
			t.Error("an old row of a rewrapped subject opens")
		}
	}
}

func TestRekey_overwritesWhatItReplaces(t *testing.T) {
	dir, _, r := createRing(t)
	// A second name outside keeps the old files after the ring forgot them.
	held := map[string]string{}
	for _, name := range []string{keysetFile, shardsFile} {
		held[name] = filepath.Join(t.TempDir(), name)
		if err := os.Link(filepath.Join(dir, name), held[name]); err != nil {
			t.Fatal(err)
		}
	}
	k := must[agent.Rekey](t)(r.BeginRekey([]uint16{1}))
	if err := k.Finish(); err != nil {
		t.Fatal(err)
	}
	for name, path := range held {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) == 0 || len(bytes.Trim(b, "\x00")) > 0 {
			t.Errorf("the replaced %s was not overwritten", name)
		}
	}
}

func TestRekey_abortKeepsTheOldKeys(t *testing.T) {
	dir, root, r := createRing(t)
	s := fill(t, r)
	k := must[agent.Rekey](t)(r.BeginRekey([]uint16{shardOf(alice)}))
	next := s.clone()
	if err := next.rewrite(k, bob); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := k.Abort(); err != nil {
			t.Fatalf("Abort: %v", err)
		}
	}
	if err := k.Finish(); err == nil {
		t.Error("Finish worked after Abort")
	}
	if _, err := k.Row(shardOf(alice), s.row[alice]); err == nil {
		t.Error("Row worked after Abort")
	}
	r.Close()
	r = reopen(t, dir, root)
	if r.PendingRekey() != nil || !s.opens(t, r, alice) || !s.opens(t, r, bob) || next.opens(t, r, bob) {
		t.Error("Abort did not leave the old keys in force")
	}
	if k, err := r.BeginRekey([]uint16{9, 3, 9}); err != nil {
		t.Errorf("BeginRekey after Abort: %v", err)
	} else if got := k.Shards(); !slices.Equal(got, []uint16{3, 9}) {
		t.Errorf("Shards = %v, want [3 9]", got)
	}
}

func TestRekey_translatesOnlyItsShards(t *testing.T) {
	_, _, r := createRing(t)
	s := fill(t, r)
	k := must[agent.Rekey](t)(r.BeginRekey([]uint16{shardOf(alice)}))
	if _, err := k.Row(shardOf(carol), s.row[carol]); err == nil {
		t.Error("Row took a shard that the rekey does not name")
	}
	for name, use := range map[string]func() error{
		"row":           func() error { _, err := k.Row(shardOf(alice), s.row[carol]); return err },
		"row, cut":      func() error { _, err := k.Row(shardOf(alice), s.row[alice][:3]); return err },
		"reference":     func() error { _, err := k.Ref(shardOf(alice), s.row[bob], s.row[bob], s.refs[alice]); return err },
		"wrong subject": func() error { _, err := k.Rewrap(shardOf(alice), bob, s.wrapped[alice]); return err },
	} {
		if err := use(); !errors.Is(err, agent.ErrCorrupt) {
			t.Errorf("%s: got %v, want ErrCorrupt", name, err)
		}
	}
}

// An erasure must not come to a stop between the transaction and Finish because
// the root is not at hand: BeginRekey asks it first.
func TestBeginRekey_wantsTheRoot(t *testing.T) {
	dir, root, r := createRing(t)
	root.fail = errors.New("unreachable")
	if _, err := r.BeginRekey([]uint16{1}); !errors.Is(err, root.fail) {
		t.Errorf("BeginRekey without its root: got %v, want the root's error", err)
	}
	root.fail = nil
	k := must[agent.Rekey](t)(r.BeginRekey([]uint16{1}))
	root.fail = errors.New("unreachable")
	if err := k.Finish(); !errors.Is(err, root.fail) {
		t.Errorf("Finish without its root: got %v, want the root's error", err)
	}
	root.fail = nil
	root.failAnchor = errors.New("unreachable")
	if err := k.Finish(); !errors.Is(err, root.failAnchor) {
		t.Errorf("Finish without an anchor: got %v, want the root's error", err)
	}
	if r.PendingRekey() == nil {
		t.Error("an erasure counts as finished although the root could not destroy the old key")
	}
	root.failAnchor = nil
	if err := k.Finish(); err != nil {
		t.Errorf("Finish with its root back: %v", err)
	}
	r.Close()
	root.failAnchor = errors.New("unreachable")
	if _, err := Open(dir, root); !errors.Is(err, root.failAnchor) {
		t.Errorf("Open without an anchor: got %v, want the root's error", err)
	}
	root.failAnchor = nil
	reopen(t, dir, root)
}

func TestRekey_allShards(t *testing.T) {
	dir, root, r := createRing(t)
	s := fill(t, r)
	all := make([]uint16, Shards)
	for i := range all {
		all[i] = uint16(i)
	}
	k := must[agent.Rekey](t)(r.BeginRekey(all))
	r.Close()
	r = reopen(t, dir, root)
	p := r.PendingRekey()
	if p == nil || p.ID() != k.ID() || len(p.Shards()) != Shards {
		t.Fatal("PendingRekey lost the rekey of all shards")
	}
	before := s.clone()
	for _, id := range []agent.SubjectID{alice, bob, carol} {
		if err := s.rewrite(p, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Finish(); err != nil {
		t.Fatal(err)
	}
	for _, id := range []agent.SubjectID{alice, bob, carol} {
		if !s.opens(t, r, id) || before.opens(t, r, id) {
			t.Error("a rekey of all shards left an old key in force")
		}
	}
}
