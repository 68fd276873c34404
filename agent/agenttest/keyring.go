package agenttest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/yanmen/yanmen/agent"
)

var errKeys = errors.New("keyring: does not open")

// Keyring is an [agent.Keys] in memory, with real cryptography. It outlives the
// stores that use it, as the files of a keyring outlive a process. Make one
// with [NewKeyring].
type Keyring struct {
	// Fault, if set, is asked before and after each step that would be durable,
	// with "begin", "begun", "finish", "finished", "abort" or "aborted". An
	// error before a step keeps it from happening; one after it is reported
	// although it happened. Set it while no call is under way.
	Fault func(step string) error

	shards uint16
	lookup [32]byte

	mu      sync.Mutex
	keys    map[uint16][32]byte // the only shard keys that exist
	pending *rekey
}

// NewKeyring returns a keyring with so many shards: few, so that subjects share
// them.
func NewKeyring(shards uint16) *Keyring {
	k := &Keyring{shards: max(shards, 1), keys: make(map[uint16][32]byte)}
	rand.Read(k.lookup[:])
	for s := range k.shards {
		k.keys[s] = newKey()
	}
	return k
}

func newKey() (key [32]byte) {
	rand.Read(key[:])
	return key
}

func (k *Keyring) fault(step string) error {
	if k.Fault == nil {
		return nil
	}
	return k.Fault(step)
}

func (k *Keyring) shard(s uint16) ([32]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.keys[s]
	if !ok {
		return key, errKeys
	}
	return key, nil
}

// Snapshot returns a keyring with the keys that exist now and nothing pending:
// what a thief of all key files would have.
func (k *Keyring) Snapshot() *Keyring {
	k.mu.Lock()
	defer k.mu.Unlock()
	return &Keyring{shards: k.shards, lookup: k.lookup, keys: maps.Clone(k.keys)}
}

// Tag implements [agent.Keys].
func (k *Keyring) Tag(kind agent.IndexKind, value []byte) (agent.Tag, error) {
	m := hmac.New(sha256.New, k.lookup[:])
	m.Write([]byte{byte(kind)})
	m.Write(value)
	return agent.Tag(m.Sum(nil)), nil
}

// ShardOf implements [agent.Keys].
func (k *Keyring) ShardOf(t agent.Tag) uint16 { return binary.BigEndian.Uint16(t[:]) % k.shards }

// Row implements [agent.Keys].
func (k *Keyring) Row(shard uint16, t agent.Tag) ([]byte, error) {
	key, err := k.shard(shard)
	if err != nil {
		return nil, err
	}
	return sivSeal(key, t[:]), nil
}

// SealRef implements [agent.Keys].
func (k *Keyring) SealRef(shard uint16, row, plain []byte) ([]byte, error) {
	key, err := k.shard(shard)
	if err != nil {
		return nil, err
	}
	return seal(key, plain, append([]byte("ref"), row...)), nil
}

// OpenRef implements [agent.Keys].
func (k *Keyring) OpenRef(shard uint16, row, sealed []byte) ([]byte, error) {
	key, err := k.shard(shard)
	if err != nil {
		return nil, err
	}
	return open(key, sealed, append([]byte("ref"), row...))
}

// NewData implements [agent.Keys].
func (k *Keyring) NewData(shard uint16, id agent.SubjectID) ([]byte, agent.DataKey, error) {
	key, err := k.shard(shard)
	if err != nil {
		return nil, nil, err
	}
	d := newDataKey(newKey())
	return seal(key, d.key[:], append([]byte("data"), id[:]...)), d, nil
}

// OpenData implements [agent.Keys].
func (k *Keyring) OpenData(shard uint16, id agent.SubjectID, wrapped []byte) (agent.DataKey, error) {
	key, err := k.shard(shard)
	if err != nil {
		return nil, err
	}
	plain, err := open(key, wrapped, append([]byte("data"), id[:]...))
	if err != nil || len(plain) != 32 {
		return nil, errKeys
	}
	return newDataKey([32]byte(plain)), nil
}

// BeginRekey implements [agent.Keys].
func (k *Keyring) BeginRekey(shards []uint16) (agent.Rekey, error) {
	if err := k.fault("begin"); err != nil {
		return nil, err
	}
	k.mu.Lock()
	if k.pending != nil {
		k.mu.Unlock()
		return nil, errors.New("keyring: a rekey is pending")
	}
	r := &rekey{k: k, shards: slices.Clone(shards), old: make(map[uint16][32]byte), fresh: make(map[uint16][32]byte)}
	rand.Read(r.id[:])
	for _, s := range shards {
		r.old[s], r.fresh[s] = k.keys[s], newKey()
	}
	k.pending = r
	k.mu.Unlock()
	if err := k.fault("begun"); err != nil {
		return nil, err
	}
	return r, nil
}

// PendingRekey implements [agent.Keys].
func (k *Keyring) PendingRekey() agent.Rekey {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pending == nil {
		return nil
	}
	return k.pending
}

type rekey struct {
	k          *Keyring
	id         [16]byte
	shards     []uint16
	old, fresh map[uint16][32]byte
}

func (r *rekey) ID() [16]byte     { return r.id }
func (r *rekey) Shards() []uint16 { return r.shards }

func (r *rekey) Row(shard uint16, old []byte) ([]byte, error) {
	tag, err := sivOpen(r.old[shard], old)
	if err != nil {
		return nil, err
	}
	return sivSeal(r.fresh[shard], tag), nil
}

func (r *rekey) Ref(shard uint16, oldRow, newRow, sealed []byte) ([]byte, error) {
	plain, err := open(r.old[shard], sealed, append([]byte("ref"), oldRow...))
	if err != nil {
		return nil, err
	}
	return seal(r.fresh[shard], plain, append([]byte("ref"), newRow...)), nil
}

func (r *rekey) Rewrap(shard uint16, id agent.SubjectID, wrapped []byte) ([]byte, error) {
	ad := append([]byte("data"), id[:]...)
	plain, err := open(r.old[shard], wrapped, ad)
	if err != nil {
		return nil, err
	}
	return seal(r.fresh[shard], plain, ad), nil
}

func (r *rekey) Finish() error {
	return r.end("finish", "finished", func() { maps.Copy(r.k.keys, r.fresh) })
}

func (r *rekey) Abort() error { return r.end("abort", "aborted", func() {}) }

func (r *rekey) end(before, after string, act func()) error {
	if err := r.k.fault(before); err != nil {
		return err
	}
	r.k.mu.Lock()
	if r.k.pending == r {
		act()
		r.k.pending = nil
	}
	r.k.mu.Unlock()
	return r.k.fault(after)
}

type dataKey struct {
	key  [32]byte
	aead cipher.AEAD
}

func newDataKey(key [32]byte) *dataKey { return &dataKey{key, gcm(key)} }

func (d *dataKey) Seal(plain, aad []byte) ([]byte, error) {
	out := make([]byte, 13, 13+len(plain)+16)
	out[0] = 1
	rand.Read(out[1:])
	return d.aead.Seal(out, out[1:], plain, aad), nil
}

func (d *dataKey) Open(sealed, aad []byte) ([]byte, error) { return openGCM(d.aead, sealed, aad) }

func (d *dataKey) MAC(data []byte) [16]byte {
	m := hmac.New(sha256.New, d.key[:])
	m.Write([]byte("mac"))
	m.Write(data)
	return [16]byte(m.Sum(nil))
}

func gcm(key [32]byte) cipher.AEAD {
	b, err := aes.NewCipher(key[:])
	if err != nil {
		panic("agenttest: " + err.Error()) // cannot happen: the length is right
	}
	a, err := cipher.NewGCM(b)
	if err != nil {
		panic("agenttest: " + err.Error())
	}
	return a
}

func seal(key [32]byte, plain, aad []byte) []byte {
	out, _ := newDataKey(key).Seal(plain, aad) // never fails
	return out
}

func open(key [32]byte, sealed, aad []byte) ([]byte, error) { return openGCM(gcm(key), sealed, aad) }

func openGCM(a cipher.AEAD, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < 13 || sealed[0] != 1 {
		return nil, errKeys
	}
	plain, err := a.Open(nil, sealed[1:13], sealed[13:], aad)
	if err != nil {
		return nil, errKeys
	}
	return plain, nil
}

// sivSeal is deterministic: the initial value is a MAC of the text.
func sivSeal(key [32]byte, plain []byte) []byte {
	m := hmac.New(sha256.New, key[:])
	m.Write(plain)
	iv := m.Sum(nil)[:16]
	return append(iv[:16:16], ctr(key, iv, plain)...)
}

func sivOpen(key [32]byte, sealed []byte) ([]byte, error) {
	if len(sealed) < 16 {
		return nil, errKeys
	}
	plain := ctr(key, sealed[:16], sealed[16:])
	if !hmac.Equal(sivSeal(key, plain)[:16], sealed[:16]) {
		return nil, errKeys
	}
	return plain, nil
}

func ctr(key [32]byte, iv, text []byte) []byte {
	half := sha256.Sum256(append([]byte("ctr"), key[:]...))
	b, err := aes.NewCipher(half[:])
	if err != nil {
		panic("agenttest: " + err.Error())
	}
	out := make([]byte, len(text))
	cipher.NewCTR(b, iv).XORKeyStream(out, text)
	return out
}
