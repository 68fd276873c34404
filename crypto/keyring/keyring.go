// Package keyring holds every key of the agent and does all that needs one.
//
// The keys form a tree. A [Root] seals the keyset: the keys that sign verdicts
// and the journal, the key of the lookup PRF, and the table key. The table key
// seals the table of [Shards] shard keys. From a shard key come the key that
// makes index rows and the key that wraps the data keys of subjects. A data key
// lives in the store, wrapped, beside what it seals. So whoever destroys a shard
// key destroys the way to every subject of the shard that was not rewrapped
// before: that is how a subject is erased, and [Ring.BeginRekey] does it so that
// a crash at any step leaves exactly one state that opens.
//
// The folder belongs to one process at a time. It holds two files, both
// replaced as a whole and never changed in place:
//
//	keyset   "yanmen keyset 1\n" ‖ what the root made of it ‖ SHA-256
//	shards   "yanmen shards 1 aes-256-gcm <table key id>\n" ‖ AES-256-GCM ‖ SHA-256
//
// The first line is associated data of what follows; the digest at the end
// tells damage from a wrong passphrase and protects nothing. keyset.new and
// shards.new are on their way in, keyset.old and shards.old on their way out:
// the next Open settles them. The keyset always holds exactly one table key.
//
// The package writes nothing about a key into an error, and no type of it
// prints one. It leaves to its callers what is sealed and under which subject,
// when keys change, and the format of what is signed.
package keyring

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/yanmen/yanmen/agent"
)

// Errors of this package. Callers test them with errors.Is. Values sealed by a
// ring that do not open give [agent.ErrCorrupt] instead.
var (
	// ErrNotFound: the folder holds no keyset. Create one, or look for the
	// folder elsewhere.
	ErrNotFound = errors.New("keyring: no keyset in this folder; was the agent initialised, and is this its folder?")
	// ErrExists: the folder holds a keyring already. Creating another one
	// would make everything sealed by it unreadable.
	ErrExists = errors.New("keyring: this folder holds a keyring already; it is never overwritten")
	// ErrLocked: another process has the folder open. Stop it first.
	ErrLocked = errors.New("keyring: another process has this folder open; stop it first")
	// ErrMode: the folder or a file in it, or the passphrase file, may be read
	// by others than its owner. Nothing was opened.
	ErrMode = errors.New("keyring: others than the owner have access; want mode 0700 for a folder, 0600 for a file")
	// ErrPassphrase: the passphrase does not open the keyset.
	ErrPassphrase = errors.New("keyring: the passphrase does not open this keyset; is it the file that was used when the agent was initialised?")
	// ErrDamaged: a file of the keyring is cut, changed or of an unknown
	// version. Restore the folder from its live replica.
	ErrDamaged = errors.New("keyring: a file is damaged or of an unknown version; restore the folder from its replica")
	// ErrPending: a rekey is prepared and neither finished nor aborted.
	ErrPending = errors.New("keyring: another rekey is prepared; finish or abort it first")
	// ErrClosed: the ring is closed.
	ErrClosed = errors.New("keyring: closed")
)

// A Ring holds the open keys of one agent. It implements [agent.Keys]. All
// methods are safe for concurrent use; after [Ring.Close] those that need a key
// return [ErrClosed]. A ring prints as a mark.
type Ring struct {
	opaque
	root  Root
	keyID string
	jwks  []byte

	// live is nil once the ring is closed.
	live atomic.Pointer[live]

	// mu is held while files are replaced, and guards what follows.
	mu      sync.Mutex
	folder  *folder
	handles *handles
	pending *rekey
}

var _ agent.Keys = (*Ring)(nil)

// live is what the quick methods need; its fields do not change.
type live struct {
	primitives
	table *table
}

// Create makes fresh keys in dir, which it makes if need be, sealed by root,
// and returns them open. When it returns nil the keys are durable. It refuses a
// folder that holds a keyring ([ErrExists]), is open elsewhere ([ErrLocked]) or
// is readable by others ([ErrMode]). After any other error or a crash call it
// again; if it then says ErrExists the keys had been made, and [Open] opens them.
func Create(dir string, root Root) (_ *Ring, err error) {
	f, err := createFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("create keyring: %w", err)
	}
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	for _, name := range []string{keysetFile, shardsFile} {
		if ok, err := f.exists(name); err != nil {
			return nil, fmt.Errorf("create keyring: %w", err)
		} else if ok {
			return nil, ErrExists
		}
	}
	h, err := newHandles()
	if err != nil {
		return nil, fmt.Errorf("create keyring: %w", err)
	}
	t := newTable()
	sealed, err := h.sealTable(t.marshal(nil))
	if err != nil {
		return nil, fmt.Errorf("create keyring: %w", err)
	}
	// The keyset is the point of no return, as in rekey.Finish: before it is
	// in place the folder counts as empty, after it Open installs the table.
	if err := f.stage(shardsFile, sealed); err != nil {
		return nil, fmt.Errorf("create keyring: %w", err)
	}
	anchor, err := f.replaceKeyset(h, root)
	if err != nil {
		return nil, fmt.Errorf("create keyring: %w", err)
	}
	if err := f.install(shardsFile); err != nil {
		return nil, fmt.Errorf("create keyring: %w", err)
	}
	if err := root.Anchor(anchor); err != nil {
		return nil, fmt.Errorf("anchor keyset: %w", err)
	}
	return newRing(f, root, h, t, nil)
}

// Open opens the keys in dir. It finishes or takes back what a crash left half
// done, but for a prepared rekey, which [Ring.PendingRekey] returns: the store
// alone knows which way it went. See the errors of this package.
func Open(dir string, root Root) (_ *Ring, err error) {
	f, err := openFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("open keyring: %w", err)
	}
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	h, anchor, err := f.readKeyset(root)
	if err != nil {
		return nil, fmt.Errorf("open keyring: %w", err)
	}
	t, pending, err := f.readTable(h, shardsFile)
	if err != nil {
		// The keyset names another table: the crash came after the new keyset
		// and before its table, which waits beside the old one.
		staged := false
		if ok, _ := f.exists(shardsFile + newSuffix); ok {
			var stagedErr error
			t, pending, stagedErr = f.readTable(h, shardsFile+newSuffix)
			staged = stagedErr == nil
		}
		if !staged {
			return nil, fmt.Errorf("open keyring: %w", err)
		}
		if err := f.install(shardsFile); err != nil {
			return nil, fmt.Errorf("open keyring: %w", err)
		}
	}
	// All that the one state needs is in place; what else there is goes.
	if err := f.sweep(); err != nil {
		return nil, fmt.Errorf("open keyring: %w", err)
	}
	if err := root.Anchor(anchor); err != nil {
		return nil, fmt.Errorf("anchor keyset: %w", err)
	}
	return newRing(f, root, h, t, pending)
}

func newRing(f *folder, root Root, h *handles, t *table, pending *rekey) (*Ring, error) {
	p, err := h.primitives()
	if err != nil {
		return nil, err
	}
	keyID, jwks, err := h.public()
	if err != nil {
		return nil, err
	}
	r := &Ring{root: root, keyID: keyID, jwks: jwks, folder: f, handles: h, pending: pending}
	r.live.Store(&live{primitives: p, table: t})
	if pending != nil {
		pending.attach(r, t)
	}
	return r, nil
}

// Close drops the keys and lets another process open the folder. A prepared
// rekey stays prepared. Data keys handed out go on working. Close may be called
// twice.
func (r *Ring) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.live.Swap(nil)
	if l == nil {
		return nil
	}
	l.table.drop()
	if r.pending != nil {
		r.pending.drop()
		r.pending = nil
	}
	r.handles = nil
	return r.folder.close()
}

// Tag returns the keyed hash of an index value: HMAC-SHA-256 over kind ‖ value
// under the lookup key. A zero kind and an empty value are refused.
func (r *Ring) Tag(kind agent.IndexKind, value []byte) (agent.Tag, error) {
	l := r.live.Load()
	if l == nil {
		return agent.Tag{}, ErrClosed
	}
	if kind == 0 || len(value) == 0 {
		return agent.Tag{}, errors.New("make tag: no kind or no value")
	}
	in := append(append(make([]byte, 0, 1+len(value)), byte(kind)), value...)
	out, err := l.lookup.ComputePrimaryPRF(in, uint32(len(agent.Tag{})))
	clear(in)
	if err != nil || len(out) != len(agent.Tag{}) {
		return agent.Tag{}, errors.New("make tag: the lookup key failed")
	}
	return agent.Tag(out), nil
}

// ShardOf returns the shard of a tag: its first twelve bits. It needs no key.
func (r *Ring) ShardOf(t agent.Tag) uint16 { return uint16(t[0])<<4 | uint16(t[1])>>4 }

// Row returns the index row for a tag: 48 bytes, AES-SIV under the shard's key.
func (r *Ring) Row(n uint16, t agent.Tag) ([]byte, error) {
	s, err := r.shard(n)
	if err != nil {
		return nil, fmt.Errorf("make row: %w", err)
	}
	return s.row(t)
}

// SealRef seals the value of an index row under the shard's key, with the row
// as associated data.
func (r *Ring) SealRef(n uint16, row, plain []byte) ([]byte, error) {
	s, err := r.shard(n)
	if err != nil {
		return nil, fmt.Errorf("seal reference: %w", err)
	}
	return s.sealRef(row, plain)
}

// OpenRef opens what SealRef sealed. [agent.ErrCorrupt] if it was changed, or
// sealed for another row, another shard or under a key that is gone.
func (r *Ring) OpenRef(n uint16, row, sealed []byte) ([]byte, error) {
	s, err := r.shard(n)
	if err != nil {
		return nil, fmt.Errorf("open reference: %w", err)
	}
	return s.openRef(row, sealed)
}

// NewData makes a data key for a subject and returns it with its wrapped form:
// 62 bytes under the shard's key, with the subject id as associated data. The
// zero id is refused.
func (r *Ring) NewData(n uint16, id agent.SubjectID) ([]byte, agent.DataKey, error) {
	s, err := r.shard(n)
	if err != nil {
		return nil, nil, fmt.Errorf("make data key: %w", err)
	}
	if id.IsZero() {
		return nil, nil, errors.New("make data key: no subject")
	}
	var secret [dataKeySize]byte
	rand.Read(secret[:]) // never fails: it crashes the process instead
	defer clear(secret[:])
	wrapped, err := s.wrap(id, secret[:])
	if err != nil {
		return nil, nil, err
	}
	k, err := newDataKey(secret[:])
	if err != nil {
		return nil, nil, err
	}
	return wrapped, k, nil
}

// OpenData unwraps a data key. [agent.ErrCorrupt] if it was changed, or wrapped
// for another subject, another shard or under a key that is gone.
func (r *Ring) OpenData(n uint16, id agent.SubjectID, wrapped []byte) (agent.DataKey, error) {
	s, err := r.shard(n)
	if err != nil {
		return nil, fmt.Errorf("open data key: %w", err)
	}
	secret, err := s.unwrap(id, wrapped)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	k, err := newDataKey(secret)
	if err != nil {
		return nil, err
	}
	return k, nil
}

func (r *Ring) shard(n uint16) (*shard, error) {
	l := r.live.Load()
	if l == nil {
		return nil, ErrClosed
	}
	return l.table.shard(n)
}
