package store_test

import (
	"context"
	"errors"
	"math"
	"math/bits"
	"sync/atomic"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
	"github.com/yanmen/yanmen/agent/journal"
	"github.com/yanmen/yanmen/agent/store"
)

var ctx = context.Background()

// faults stand between the store and its disk.
type faults struct {
	next chan bool // kept or lost
	full atomic.Bool
}

var errDisk = errors.New("disk error")

func (f *faults) options() store.Options {
	return store.Options{}.WithFree(func(string) (uint64, error) {
		if f.full.Load() {
			return 1 << 20, nil
		}
		return math.MaxUint64, nil
	}).WithCommit(func(commit func() error) error {
		select {
		case kept := <-f.next:
			if kept {
				if err := commit(); err != nil {
					return err
				}
			}
			return errDisk
		default:
			return commit()
		}
	}).WithMemory(4 << 20)
}

func open(t testing.TB, dir string, keys agent.Keys, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(dir, keys, journal.Log{}, o)
	if err != nil {
		t.Fatalf("Open = %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func clean(t testing.TB, s *store.Store) store.Report {
	t.Helper()
	r, err := s.Check(ctx)
	if err != nil {
		t.Fatalf("Check = %v", err)
	}
	if len(r.Problems) > 0 {
		t.Errorf("Check found %+v", r.Problems)
	}
	return r
}

func TestStore_conforms(t *testing.T) {
	agenttest.TestStore(t, func(t testing.TB) *agenttest.Rig {
		f := &faults{next: make(chan bool, 8)}
		s := open(t, t.TempDir(), agenttest.NewKeyring(4), f.options())
		t.Cleanup(func() { clean(t, s) })
		return &agenttest.Rig{Backend: s, FailNext: func(kept bool) { f.next <- kept }, SetFull: f.full.Store}
	})
}

// A leaf completes one subtree for each trailing one bit of its number, and
// each is stored with it.
func TestNodeRow_findsEveryNode(t *testing.T) {
	i := int64(0)
	for n := range int64(5000) {
		if got := store.FirstNode(n); got != i {
			t.Fatalf("FirstNode(%d) = %d, want %d", n, got, i)
		}
		for at := range bits.TrailingZeros64(uint64(n+1)) + 1 {
			if row, place := store.NodeRow(i); row != n || place != at {
				t.Fatalf("NodeRow(%d) = %d, %d, want %d, %d", i, row, place, n, at)
			}
			i++
		}
	}
	for _, i := range []int64{1 << 40, 1<<40 - 1, 1<<50 + 12345} {
		if n, at := store.NodeRow(i); store.FirstNode(n)+int64(at) != i || store.FirstNode(n+1) <= i {
			t.Errorf("NodeRow(%d) = %d, %d", i, n, at)
		}
	}
}
