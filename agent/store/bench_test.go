package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
	"github.com/yanmen/yanmen/agent/store"
	"github.com/yanmen/yanmen/crypto/keyring"
)

// BenchmarkCommit measures an answer to a known subject's case: profile,
// finding, verdict with its pointer, entry with body, leaf with nodes, one case
// to the index; and one write in five is a new subject with ten records.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s := open(b, b.TempDir(), ring(b), store.Options{MinFree: 1})
			var next atomic.Int64
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					var p *agenttest.Person
					var version uint64
					for {
						n := next.Add(1)
						if n > int64(b.N) {
							return
						}
						var w *agent.Write
						if p == nil || version%5 == 0 {
							p, version = agenttest.NewPerson(int(n)), 0
							w = p.Write
						} else {
							w = p.Supersede(version)
							c := fmt.Appendf(nil, "case-%d-%d", n, version)
							slot := agent.Slot{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24), byte(version)}
							w.Index = []agent.IndexEntry{{Kind: agent.IndexCase, Value: c, Ref: agent.Ref{Subject: p.ID, Slot: slot}}}
							w.Slot, w.Version = slot, 1
							w.Profile = &agent.Profile{Version: version, Aliases: p.Write.Profile.Aliases, Disclosed: p.Write.Profile.Disclosed}
						}
						version++
						if _, err := s.Commit(ctx, w); err != nil {
							b.Errorf("Commit = %v", err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			st := s.Stats()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
			b.ReportMetric(float64(st.Writes)/float64(max(st.Batches, 1)), "writes/sync")
		})
	}
}

// BenchmarkRecords opens ten records under a grant.
func BenchmarkRecords(b *testing.B) {
	s := open(b, b.TempDir(), ring(b), store.Options{MinFree: 1})
	const people = 1000
	var all []*agenttest.Person
	for i := range people {
		p := agenttest.NewPerson(i)
		if _, err := s.Commit(ctx, p.Write); err != nil {
			b.Fatal(err)
		}
		all = append(all, p)
	}
	cats := make([]agent.Category, 0, 10)
	for _, r := range all[0].Write.Records {
		cats = append(cats, r.Category)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		got, err := s.Records(ctx, agenttest.UnauthorizedGrant(agent.GrantScope{Subject: all[i%people].ID, Categories: cats}))
		if err != nil || len(got) != 10 {
			b.Fatal(err)
		}
	}
}

// BenchmarkFind looks up a number that is there.
func BenchmarkFind(b *testing.B) {
	s := open(b, b.TempDir(), ring(b), store.Options{MinFree: 1})
	p := agenttest.NewPerson(1)
	if _, err := s.Commit(ctx, p.Write); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, err := s.Find(ctx, agent.IndexNumber, p.Number); !ok || err != nil {
			b.Fatal(err)
		}
	}
}

// ring is a real keyring: what the figures are worth depends on its speed.
func ring(b *testing.B) *keyring.Ring {
	b.Helper()
	dir := b.TempDir()
	pass := filepath.Join(dir, "passphrase")
	if err := os.WriteFile(pass, []byte("a passphrase for a benchmark only"), 0o600); err != nil {
		b.Fatal(err)
	}
	r, err := keyring.Create(filepath.Join(dir, "keys"), keyring.PassphraseFile(pass))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.Close() })
	return r
}
