package keyring

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/yanmen/yanmen/agent"
)

// A rekey is prepared until Finish or Abort has come to its end. Its ring's mu
// guards the state; the translations belong to one goroutine.
type rekey struct {
	opaque
	id     [16]byte
	shards []uint16 // rising
	keys   []byte   // the new keys, in the order of shards

	ring  *Ring
	pairs []*pair // in the order of shards, made when needed
	old   func(n uint16) (*shard, error)
	state rekeyState

	// How far Finish came, so that calling it again goes on from there. What
	// is staged must not be staged again: once the keyset may have changed it
	// can be the only copy of the table.
	next      *keyset.Handle // the fresh table key
	staged    bool
	committed bool
	anchor    []byte
	installed bool
}

type rekeyState int

const (
	rekeyPrepared rekeyState = iota
	rekeyFinishing
	rekeyFinished
	rekeyAborted
)

type pair struct{ from, to *shard }

// BeginRekey makes fresh keys for the shards, in any order, and records durably
// that they are prepared; until Finish the old keys stay in force. It first
// proves that the root opens the keyset, so that an erasure does not come to a
// stop half-way for want of a passphrase. [ErrPending] if one is prepared
// already. After another error or a crash nothing has changed, or the rekey is
// found by the next Open.
func (r *Ring) BeginRekey(shards []uint16) (agent.Rekey, error) {
	shards = slices.Clone(shards)
	slices.Sort(shards)
	shards = slices.Compact(shards)
	if len(shards) == 0 || shards[len(shards)-1] >= Shards {
		return nil, fmt.Errorf("begin rekey: %w", errShard)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.live.Load()
	if l == nil {
		return nil, ErrClosed
	}
	if r.pending != nil {
		return nil, ErrPending
	}
	if _, _, err := r.folder.readKeyset(r.root); err != nil {
		return nil, fmt.Errorf("begin rekey: %w", err)
	}
	k := &rekey{shards: shards, keys: make([]byte, len(shards)*shardKeySize)}
	rand.Read(k.id[:])
	rand.Read(k.keys)
	sealed, err := r.handles.sealTable(l.table.marshal(k))
	if err != nil {
		return nil, fmt.Errorf("begin rekey: %w", err)
	}
	if err := r.folder.replace(shardsFile, sealed); err != nil {
		return nil, fmt.Errorf("begin rekey: %w", err)
	}
	k.attach(r, l.table)
	r.pending = k
	return k, nil
}

// PendingRekey returns the rekey that is prepared, by this process or by one
// that died, or nil.
func (r *Ring) PendingRekey() agent.Rekey {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending == nil {
		return nil // not a nil *rekey in an interface
	}
	return r.pending
}

func (k *rekey) attach(r *Ring, t *table) {
	k.ring, k.old, k.pairs = r, t.shard, make([]*pair, len(k.shards))
}

// ID returns the random id of this rekey.
func (k *rekey) ID() [16]byte { return k.id }

// Shards returns the shards in rising order.
func (k *rekey) Shards() []uint16 { return slices.Clone(k.shards) }

// Row returns the row that the new key gives to the tag of an old row.
func (k *rekey) Row(n uint16, old []byte) ([]byte, error) {
	p, err := k.pair(n)
	if err != nil {
		return nil, fmt.Errorf("translate row: %w", err)
	}
	t, err := p.from.tag(old)
	if err != nil {
		return nil, err
	}
	return p.to.row(t)
}

// Ref seals under the new key what the old one sealed, bound to the new row.
func (k *rekey) Ref(n uint16, oldRow, newRow, sealed []byte) ([]byte, error) {
	p, err := k.pair(n)
	if err != nil {
		return nil, fmt.Errorf("translate reference: %w", err)
	}
	plain, err := p.from.openRef(oldRow, sealed)
	if err != nil {
		return nil, err
	}
	return p.to.sealRef(newRow, plain)
}

// Rewrap wraps a data key with the new key.
func (k *rekey) Rewrap(n uint16, id agent.SubjectID, wrapped []byte) ([]byte, error) {
	p, err := k.pair(n)
	if err != nil {
		return nil, fmt.Errorf("rewrap data key: %w", err)
	}
	secret, err := p.from.unwrap(id, wrapped)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	return p.to.wrap(id, secret)
}

func (k *rekey) pair(n uint16) (*pair, error) {
	k.ring.mu.Lock()
	defer k.ring.mu.Unlock()
	if k.state != rekeyPrepared || k.keys == nil {
		return nil, errors.New("this rekey is over")
	}
	i, ok := slices.BinarySearch(k.shards, n)
	if !ok {
		return nil, errShard
	}
	if k.pairs[i] == nil {
		from, err := k.old(n)
		if err != nil {
			return nil, err
		}
		to, err := newShard(n, k.keys[i*shardKeySize:][:shardKeySize])
		if err != nil {
			return nil, err
		}
		k.pairs[i] = &pair{from, to}
	}
	return k.pairs[i], nil
}

// Finish puts the new keys in force and destroys the old ones. Call it when
// what the store rewrote is durable: from here the rekey cannot be aborted, and
// the ring uses the new keys even if Finish returns an error. Then call it
// again, in this process or after the next Open; it goes on where it stopped.
func (k *rekey) Finish() error {
	r := k.ring
	r.mu.Lock()
	defer r.mu.Unlock()
	switch k.state {
	case rekeyFinished:
		return nil
	case rekeyAborted:
		return errors.New("finish rekey: it was aborted")
	}
	l := r.live.Load()
	if l == nil {
		return ErrClosed
	}
	if k.state == rekeyPrepared {
		l.table.replace(k.shards, k.keys)
		k.pairs = nil
		k.state = rekeyFinishing
	}
	if err := k.finish(l); err != nil {
		return fmt.Errorf("finish rekey: %w", err)
	}
	k.state = rekeyFinished
	k.drop()
	r.pending = nil
	return nil
}

func (k *rekey) finish(l *live) error {
	r := k.ring
	if k.next == nil {
		next, err := newTableHandle()
		if err != nil {
			return errors.New("make table key: generation failed")
		}
		k.next = next
	}
	h := *r.handles
	h.table = k.next
	if !k.staged {
		sealed, err := h.sealTable(l.table.marshal(nil))
		if err != nil {
			return err
		}
		if err := r.folder.stage(shardsFile, sealed); err != nil {
			return err
		}
		k.staged = true
	}
	// Dying here: the keyset holds the old table key, the table says that the
	// rekey is prepared, and the staged table opens for nobody.
	if !k.committed {
		anchor, err := r.folder.replaceKeyset(&h, r.root)
		if err != nil {
			return err
		}
		k.anchor, k.committed = anchor, true
	}
	// Dying here, as soon as the rename inside is durable: the keyset holds
	// the new table key alone. The table in place opens no more; the staged
	// one does, and Open installs it. This is the one point where the old
	// shard keys cease to be readable with the keys that exist.
	if !k.installed {
		if err := r.folder.install(shardsFile); err != nil {
			return err
		}
		k.installed = true
	}
	// Dying here: both files are settled. What the root may still be able to
	// open is the replaced keyset, of which Open makes an end by anchoring.
	if err := r.root.Anchor(k.anchor); err != nil {
		return fmt.Errorf("anchor keyset: %w", err)
	}
	r.handles = &h
	return nil
}

// Abort drops the new keys and leaves the old ones in force. It is refused once
// Finish was called.
func (k *rekey) Abort() error {
	r := k.ring
	r.mu.Lock()
	defer r.mu.Unlock()
	switch k.state {
	case rekeyAborted:
		return nil
	case rekeyFinishing, rekeyFinished:
		return errors.New("abort rekey: it was finished")
	}
	l := r.live.Load()
	if l == nil {
		return ErrClosed
	}
	sealed, err := r.handles.sealTable(l.table.marshal(nil))
	if err != nil {
		return fmt.Errorf("abort rekey: %w", err)
	}
	// Dying inside: the rekey is still prepared, or it is gone.
	if err := r.folder.replace(shardsFile, sealed); err != nil {
		return fmt.Errorf("abort rekey: %w", err)
	}
	k.state = rekeyAborted
	k.drop()
	r.pending = nil
	return nil
}

// drop forgets the keys; the ring's mu must be held.
func (k *rekey) drop() {
	clear(k.keys)
	k.keys, k.pairs, k.old, k.next = nil, nil, nil, nil
}
