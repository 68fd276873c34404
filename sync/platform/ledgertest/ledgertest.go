// Package ledgertest holds implementations of platform.Ledger to the contract.
// For tests only. It promises no more than what the contract says; where a
// ledger keeps items, and whether what it erased can still be found there, its
// own tests must show.
package ledgertest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/sync/platform"
	"github.com/yanmen/yanmen/sync/wire"
)

// Open opens the ledger of a test, the same each time, and returns how to close it.
type Open func(t *testing.T) (platform.Ledger, func() error)

// TestLedger runs the contract against new ledgers: fresh returns how to open
// one that is empty at first.
func TestLedger(t *testing.T, fresh func(t *testing.T) Open) {
	ctx := context.Background()
	start := func(t *testing.T) (platform.Ledger, func() platform.Ledger) {
		open := fresh(t)
		l, done := open(t)
		reopen := func() platform.Ledger {
			t.Helper()
			if err := done(); err != nil {
				t.Fatal(err)
			}
			l, done = open(t)
			return l
		}
		t.Cleanup(func() { done() })
		return l, reopen
	}
	accept := func(t *testing.T, l platform.Ledger, items ...platform.Received) {
		t.Helper()
		if err := l.Accept(ctx, items); err != nil {
			t.Fatalf("Accept: %v", err)
		}
	}
	head := func(t *testing.T, l platform.Ledger, agent string, want platform.Received) {
		t.Helper()
		if seq, digest, err := l.Head(ctx, agent); err != nil || seq != want.Seq || digest != want.Digest {
			t.Fatalf("Head(%s) = %d, %x, %v; want %d, %x", agent, seq, digest, err, want.Seq, want.Digest)
		}
	}
	found := func(t *testing.T, l platform.Ledger, agent string, seq uint64, digest [32]byte, gone bool) {
		t.Helper()
		if e, err := l.Find(ctx, agent, seq); err != nil || e != (platform.Entry{Digest: digest, Gone: gone}) {
			t.Fatalf("Find(%s, %d) = %+v, %v; want %x, %v", agent, seq, e, err, digest, gone)
		}
	}

	t.Run("empty", func(t *testing.T) {
		l, _ := start(t)
		head(t, l, "agent-1", platform.Received{})
		if _, err := l.Find(ctx, "agent-1", 1); err == nil {
			t.Error("found what was never accepted")
		}
		accept(t, l)
	})
	t.Run("remembers", func(t *testing.T) {
		l, reopen := start(t)
		c := NewChain("agent-1")
		a, b, other := c.Verdict(1), c.Verdict(2), NewChain("agent-2").Verdict(3)
		accept(t, l, a, other, b)
		for range 2 {
			head(t, l, "agent-1", b)
			head(t, l, "agent-2", other)
			head(t, l, "agent-3", platform.Received{})
			found(t, l, "agent-1", 1, a.Digest, false)
			found(t, l, "agent-1", 2, b.Digest, false)
			found(t, l, "agent-2", 1, other.Digest, false)
			for _, seq := range []uint64{0, 3, 1 << 60} {
				if _, err := l.Find(ctx, "agent-1", seq); err == nil {
					t.Errorf("found number %d", seq)
				}
			}
			l = reopen()
		}
		next := c.Verdict(3)
		accept(t, l, next)
		head(t, l, "agent-1", next)
	})
	t.Run("tombstone in place", func(t *testing.T) {
		l, reopen := start(t)
		c := NewChain("agent-1")
		a, dead, b := c.Verdict(1), c.Tombstone(), c.Verdict(2)
		accept(t, l, a, dead, b)
		for range 2 {
			head(t, l, "agent-1", b)
			found(t, l, "agent-1", 2, dead.Digest, true)
			l = reopen()
		}
	})
	t.Run("withdrawn", func(t *testing.T) {
		l, reopen := start(t)
		c := NewChain("agent-1")
		a, b := c.Verdict(1), c.Verdict(2)
		accept(t, l, a, b)
		accept(t, l, Withdraw(a))
		for range 2 {
			head(t, l, "agent-1", b)
			found(t, l, "agent-1", 1, a.Digest, true)
			found(t, l, "agent-1", 2, b.Digest, false)
			l = reopen()
		}
		// Both at once.
		d := c.Verdict(3)
		accept(t, l, d, Withdraw(d))
		found(t, l, "agent-1", 3, d.Digest, true)
		found(t, reopen(), "agent-1", 3, d.Digest, true)
	})
	t.Run("erased", func(t *testing.T) {
		l, reopen := start(t)
		c := NewChain("agent-1")
		a, b, a2 := c.Verdict(1), c.Verdict(2), c.Verdict(1)
		e := c.Erased(1)
		accept(t, l, a, b)
		accept(t, l, a2, e)
		after := c.Verdict(4)
		accept(t, l, after)
		for range 2 {
			head(t, l, "agent-1", after)
			found(t, l, "agent-1", 1, a.Digest, false)
			found(t, l, "agent-1", 3, a2.Digest, false)
			found(t, l, "agent-1", 4, e.Digest, false)
			l = reopen()
		}
	})
	t.Run("many", func(t *testing.T) {
		l, reopen := start(t)
		c := NewChain("agent-1")
		var all []platform.Received
		for i := range 1000 {
			all = append(all, c.Verdict(byte(i)))
		}
		for i := 0; i < len(all); i += 250 {
			accept(t, l, all[i:i+250]...)
		}
		for range 2 {
			head(t, l, "agent-1", all[999])
			for i := 0; i < len(all); i += 37 {
				found(t, l, "agent-1", uint64(i+1), all[i].Digest, false)
			}
			l = reopen()
		}
	})
}

// A Chain makes items of one agent, each in its place. The tokens hold true
// payloads and no signature.
type Chain struct {
	agent string
	seq   uint64
	prev  [32]byte
}

// NewChain begins the chain of an agent.
func NewChain(agent string) *Chain { return &Chain{agent: agent} }

func (c *Chain) item(kind string, payload []byte, digest [32]byte, err error) platform.Received {
	if err != nil {
		panic("ledgertest: " + err.Error())
	}
	r := platform.Received{Kind: kind, Agent: c.agent, Lender: "lender-1", ID: c.id(c.seq), Seq: c.seq, Prev: c.prev, Digest: digest,
		Token: fmt.Appendf(nil, "e30.%s.AAAA", base64.RawURLEncoding.EncodeToString(payload))}
	c.prev = digest
	return r
}

func (*Chain) id(seq uint64) string { return fmt.Sprintf("01900000-0000-7000-8000-%012x", seq) }

// Verdict returns the next item: a verdict on the subject of this number.
func (c *Chain) Verdict(subject byte) platform.Received {
	c.seq++
	v := &agent.Verdict{Issuer: c.agent, Audience: "platform-1", ID: c.id(c.seq), Subject: [16]byte{1, subject}, Case: "c", Purpose: agent.PurposeOverdue,
		Claims: agent.Claims{Outcome: "pass", Assurance: "none", Class: "none", Band: "U", Disposition: "none"}, IssuedAt: 1, ValidUntil: 2,
		Rules: [32]byte{1}, Seq: c.seq, Prev: c.prev}
	payload, err := wire.Verdict(v)
	r := c.item(wire.KindVerdict, payload, sha256.Sum256(payload), err)
	r.Verdict, r.Subject = v, v.Subject
	return r
}

// Tombstone returns the next item: a tombstone for a verdict that never came.
func (c *Chain) Tombstone() platform.Received {
	c.seq++
	digest := sha256.Sum256(fmt.Append(nil, c.agent, c.seq))
	m := wire.Tombstone{Issuer: c.agent, Audience: "platform-1", ID: c.id(c.seq), Seq: c.seq, Prev: c.prev, Digest: digest}
	payload, err := m.Marshal()
	return c.item(wire.KindTombstone, payload, digest, err)
}

// Erased returns the next item: a notice to erase the subject of this number.
func (c *Chain) Erased(subject byte) platform.Received {
	c.seq++
	m := wire.Erased{Issuer: c.agent, Audience: "platform-1", ID: c.id(c.seq), Subject: [16]byte{1, subject}, IssuedAt: 1, Seq: c.seq, Prev: c.prev}
	payload, err := m.Marshal()
	r := c.item(wire.KindErased, payload, sha256.Sum256(payload), err)
	r.Subject = m.Subject
	return r
}

// Withdraw returns the tombstone for a verdict that came before its subject was
// erased.
func Withdraw(v platform.Received) platform.Received {
	c := &Chain{agent: v.Agent, seq: v.Seq, prev: v.Prev}
	m := wire.Tombstone{Issuer: c.agent, Audience: "platform-1", ID: c.id(c.seq), Seq: c.seq, Prev: c.prev, Digest: v.Digest}
	payload, err := m.Marshal()
	return c.item(wire.KindTombstone, payload, v.Digest, err)
}
