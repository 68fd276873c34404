package agenttest

import (
	"crypto/sha256"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// Acked is one verdict that a commit has acknowledged.
type Acked struct {
	Case    []byte
	Version uint64
	Verdict string
	agent.Committed
}

// CheckWorld holds the invariants of a store and its queue after any step:
// waiting items follow each other without a gap between neighbours, each names
// the digest of the one before, payloads have their digests, no verdict waits
// under two numbers, the depth counts them; and every acknowledged verdict is
// there with its number, and its case is found and opens at that version or a
// later one. Items already delivered must not be among the acknowledged.
func CheckWorld(t testing.TB, b Backend, platform string, acked []Acked) {
	t.Helper()
	items := map[uint64]agent.Queued{}
	ids := map[string]uint64{}
	var last agent.Queued
	for {
		const page = 50
		q, err := b.Next(ctx, platform, last.Seq, page)
		if err != nil {
			t.Fatalf("Next = %v", err)
		}
		for _, i := range q {
			if i.Seq <= last.Seq {
				t.Errorf("item %d comes after item %d", i.Seq, last.Seq)
			}
			if i.Seq == last.Seq+1 && i.Prev != last.Digest {
				t.Errorf("item %d does not follow item %d", i.Seq, last.Seq)
			}
			if i.Platform != platform {
				t.Errorf("item %d is for another platform", i.Seq)
			}
			if (i.Kind == agent.QueuedTombstone) != (i.Payload == nil) || i.Payload != nil && sha256.Sum256(i.Payload) != i.Digest {
				t.Errorf("item %d: payload and digest differ", i.Seq)
			}
			if was, ok := ids[i.ID]; ok {
				t.Errorf("one id waits under numbers %d and %d", was, i.Seq)
			}
			ids[i.ID], items[i.Seq], last = i.Seq, i, i
		}
		if len(q) < page {
			break
		}
	}
	if n, _, err := b.Depth(platform); err != nil || n != int64(len(items)) {
		t.Errorf("Depth = %d, %v, but %d items wait", n, err, len(items))
	}
	for _, a := range acked {
		i, ok := items[a.Seq]
		if !ok || i.ID != a.Verdict || i.Digest != a.Digest {
			t.Errorf("acknowledged verdict %d is not in the queue as it was acknowledged", a.Seq)
			continue
		}
		if i.Kind == agent.QueuedTombstone {
			continue // erased since
		}
		ref, ok, err := b.Find(ctx, agent.IndexCase, a.Case)
		if err != nil || !ok {
			t.Errorf("the case of verdict %d is not found: %v", a.Seq, err)
			continue
		}
		sc, err := openCase(b, ref.Subject, ref.Slot)
		if err != nil || sc.Version < a.Version || len(sc.Finding) == 0 {
			t.Errorf("the finding of verdict %d is at version %d, want %d: %v", a.Seq, sc.Version, a.Version, err)
		}
	}
}
