package keyring

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	aessiv "github.com/tink-crypto/tink-go/v2/daead/subtle"
	"github.com/yanmen/yanmen/agent"
)

// Shards is the number of shards. Every subject lives in one; an erasure
// rewrites the index rows and wrapped keys of the shards it touches, so more
// shards mean less rewriting and a larger table.
const Shards = 4096

const shardKeySize = 32

var errShard = errors.New("no such shard")

// A table holds the shard keys and, once they were needed, what is derived from
// them.
type table struct {
	opaque
	derived [Shards]atomic.Pointer[shard]

	mu   sync.Mutex // guards keys
	keys []byte     // Shards × shardKeySize; nil once dropped
}

func newTable() *table {
	t := &table{keys: make([]byte, Shards*shardKeySize)}
	rand.Read(t.keys)
	return t
}

func (t *table) shard(n uint16) (*shard, error) {
	if n >= Shards {
		return nil, errShard
	}
	if s := t.derived[n].Load(); s != nil {
		return s, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys == nil {
		return nil, ErrClosed
	}
	s, err := newShard(n, t.at(n))
	if err != nil {
		return nil, err
	}
	t.derived[n].Store(s)
	return s, nil
}

// at returns the key of a shard in place; mu must be held.
func (t *table) at(n uint16) []byte {
	return t.keys[int(n)*shardKeySize:][:shardKeySize:shardKeySize]
}

// replace puts new keys in force and forgets the old ones.
func (t *table) replace(shards []uint16, keys []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys == nil {
		return
	}
	for i, n := range shards {
		copy(t.at(n), keys[i*shardKeySize:][:shardKeySize])
		t.derived[n].Store(nil)
	}
}

func (t *table) drop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.keys)
	t.keys = nil
	for i := range t.derived {
		t.derived[i].Store(nil)
	}
}

// marshal returns the table in clear, to be sealed at once: the keys in order
// of shards; then, if a rekey is prepared, its id (16), the number of its shards
// (2), and for each in rising order the shard (2) and its new key.
func (t *table) marshal(pending *rekey) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	if pending != nil {
		n = 18 + len(pending.shards)*(2+shardKeySize)
	}
	out := append(make([]byte, 0, len(t.keys)+n), t.keys...)
	if pending != nil {
		out = append(out, pending.id[:]...)
		out = binary.BigEndian.AppendUint16(out, uint16(len(pending.shards)))
		for i, s := range pending.shards {
			out = binary.BigEndian.AppendUint16(out, s)
			out = append(out, pending.keys[i*shardKeySize:][:shardKeySize]...)
		}
	}
	return out
}

func parseTable(b []byte) (*table, *rekey, error) {
	if len(b) < Shards*shardKeySize {
		return nil, nil, ErrDamaged
	}
	t := &table{keys: append([]byte(nil), b[:Shards*shardKeySize]...)}
	b = b[Shards*shardKeySize:]
	if len(b) == 0 {
		return t, nil, nil
	}
	if len(b) < 18 {
		return nil, nil, ErrDamaged
	}
	k := &rekey{id: [16]byte(b)}
	n := int(binary.BigEndian.Uint16(b[16:]))
	b = b[18:]
	if n == 0 || len(b) != n*(2+shardKeySize) {
		return nil, nil, ErrDamaged
	}
	for ; len(b) > 0; b = b[2+shardKeySize:] {
		s := binary.BigEndian.Uint16(b)
		if s >= Shards || (len(k.shards) > 0 && s <= k.shards[len(k.shards)-1]) {
			return nil, nil, ErrDamaged
		}
		k.shards = append(k.shards, s)
		k.keys = append(k.keys, b[2:2+shardKeySize]...)
	}
	return t, k, nil
}

// A shard is what is derived from one shard key. Its fields do not change.
type shard struct {
	opaque
	n   uint16
	siv *aessiv.AESSIV
	box *box
}

func newShard(n uint16, key []byte) (*shard, error) {
	siv, err := expand(key, "yanmen shard 1 row aes-siv", n, aessiv.AESSIVKeySize)
	if err != nil {
		return nil, err
	}
	wrap, err := expand(key, "yanmen shard 1 wrap aes-256-gcm", n, 32)
	if err != nil {
		return nil, err
	}
	defer clear(wrap)
	s := &shard{n: n}
	if s.siv, err = aessiv.NewAESSIV(siv); err != nil { // keeps siv itself
		return nil, errors.New("derive shard key: no cipher")
	}
	if s.box, err = newBox(wrap); err != nil {
		return nil, err
	}
	return s, nil
}

// expand derives a key from one that is uniformly random already, so that HKDF
// needs no extraction (RFC 5869, 3.3). The shard is part of the label: a table
// whose keys were moved about opens nothing.
func expand(key []byte, label string, n uint16, size int) ([]byte, error) {
	out, err := hkdf.Expand(sha256.New, key, label+string([]byte{0, byte(n >> 8), byte(n)}), size)
	if err != nil {
		return nil, errors.New("derive key: expansion failed")
	}
	return out, nil
}

// What a wrap key seals is kept apart by the first byte of its associated data.
const (
	boundRef  = 'r'
	boundData = 'd'
)

func (s *shard) row(t agent.Tag) ([]byte, error) {
	row, err := s.siv.EncryptDeterministically(t[:], nil)
	if err != nil {
		return nil, errors.New("make row: encryption failed")
	}
	return row, nil
}

func (s *shard) tag(row []byte) (agent.Tag, error) {
	t, err := s.siv.DecryptDeterministically(row, nil)
	if err != nil || len(t) != len(agent.Tag{}) {
		return agent.Tag{}, fmt.Errorf("open row: %w", agent.ErrCorrupt)
	}
	return agent.Tag(t), nil
}

func (s *shard) sealRef(row, plain []byte) ([]byte, error) {
	out, err := s.box.seal(plain, bound(boundRef, row))
	if err != nil {
		return nil, fmt.Errorf("seal reference: %w", err)
	}
	return out, nil
}

func (s *shard) openRef(row, sealed []byte) ([]byte, error) {
	out, err := s.box.open(sealed, bound(boundRef, row))
	if err != nil {
		return nil, fmt.Errorf("open reference: %w", err)
	}
	return out, nil
}

func (s *shard) wrap(id agent.SubjectID, secret []byte) ([]byte, error) {
	out, err := s.box.seal(secret, bound(boundData, id[:]))
	if err != nil {
		return nil, fmt.Errorf("wrap data key: %w", err)
	}
	return out, nil
}

func (s *shard) unwrap(id agent.SubjectID, wrapped []byte) ([]byte, error) {
	out, err := s.box.open(wrapped, bound(boundData, id[:]))
	if err != nil {
		return nil, fmt.Errorf("open data key: %w", err)
	}
	if len(out) != dataKeySize {
		clear(out)
		return nil, fmt.Errorf("open data key: %w", agent.ErrCorrupt)
	}
	return out, nil
}

func bound(what byte, to []byte) []byte {
	return append(append(make([]byte, 0, 1+len(to)), what), to...)
}
