package store_test

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
	"github.com/yanmen/yanmen/agent/store"
)

var ctx = context.Background()

// tree is a journal of the plainest kind.
type tree struct{}

func (tree) Leaf(e *agent.Entry, commitment, payload [32]byte, seq uint64) []byte {
	b := append([]byte(e.Kind), 0)
	b = append(b, e.Public...)
	b = append(b, commitment[:]...)
	b = append(b, payload[:]...)
	return append(b, byte(seq), byte(seq>>8), byte(seq>>16))
}

func (tree) Nodes(n int64, leaf []byte, read func(int64) ([32]byte, error)) ([][32]byte, error) {
	hashes, err := tlog.StoredHashes(n, leaf, tlog.HashReaderFunc(func(is []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(is))
		for j, i := range is {
			h, err := read(i)
			if err != nil {
				return nil, err
			}
			out[j] = h
		}
		return out, nil
	}))
	nodes := make([][32]byte, len(hashes))
	for i := range hashes {
		nodes[i] = hashes[i]
	}
	return nodes, err
}

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
	s, err := store.Open(dir, keys, tree{}, o)
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

func TestNodeRow_agreesWithTlog(t *testing.T) {
	for n := range int64(2000) {
		if got, want := store.FirstNode(n), tlog.StoredHashCount(n); got != want {
			t.Fatalf("FirstNode(%d) = %d, want %d", n, got, want)
		}
		for i := store.FirstNode(n); i < store.FirstNode(n+1); i++ {
			if row, at := store.NodeRow(i); row != n || int64(at) != i-store.FirstNode(n) {
				t.Fatalf("NodeRow(%d) = %d, %d, want %d, %d", i, row, at, n, i-store.FirstNode(n))
			}
		}
	}
	for _, i := range []int64{1 << 40, 1<<40 - 1, 1<<50 + 12345} {
		if n, at := store.NodeRow(i); store.FirstNode(n)+int64(at) != i || store.FirstNode(n+1) <= i {
			t.Errorf("NodeRow(%d) = %d, %d", i, n, at)
		}
	}
}
