// Package store is the durable place of the agent: Badger behind [agent.Store]
// and [agent.Outbox], and the one committer that numbers what leaves.
//
// It promises that a write is wholly there or not at all and durable before it
// is answered; that a record opens for a grant only; and that after an erasure
// no file and no living key opens anything of the subject. It knows no rules,
// no wire format and no key: those come through [agent.Policy]'s grants, the
// write's own functions and [agent.Keys]. The journal's bytes come from [Log].
//
// # Format, version 1
//
// Numbers in keys are big-endian, so that rows sort as they count. No key holds
// a value about a person, nor anything that could be tried against a guess:
// what is looked up passes through the keyring's PRF and the shard's AES-SIV,
// ids of records are MACs under the subject's own key, all other ids are random
// or counted. "sealed" is AEAD under the subject's data key; its associated data
// is subject id ‖ kind ‖ the rest of the row's key ‖ clear header ‖ version.
//
//	s subject[16] k                  shard[2] ‖ wrapped data key
//	s subject[16] p                  version[8] ‖ sealed profile
//	s subject[16] i mac[16]          sealed(kind ‖ tag[32]), one for each index row
//	s subject[16] r cat[1] mac[16]   retain until[8] ‖ blob[8] ‖ pieces[4] ‖ sealed record, if pieces is 0
//	s subject[16] b blob[8] n[4]     piece n of a long record's sealed bytes
//	s subject[16] f slot[16]         version[8] ‖ sealed finding
//	s subject[16] o slot[16] version[8]  that row, as it was before it was superseded
//	s subject[16] j leaf[8]          commitment[32] ‖ sealed(salt[32] ‖ entry body)
//	s subject[16] c mac[16] n[4]     sealed event n of a consent record
//	s subject[16] q seq[8] platform  (empty) there is an undelivered verdict
//	x shard[2] row                   sealed under the shard's key: subject[16] ‖ slot[16]
//	k shard[2] subject[16]           (empty) the subject's data key is wrapped by this shard
//	q len[1] platform seq[8]         kind[1] ‖ at[8] ‖ subject[16] ‖ digest[32] ‖ prev[32] ‖ len[1] ‖ id ‖ sealed payload
//	h platform                       seq[8] ‖ digest[32] of the last item of the chain
//	l n[8]                           count[1] ‖ node[32]… ‖ leaf n of the journal
//	e subject[16] blob[8]            (leaf[8]) unfinished: an erasure (blob 0) or a long record
//	u subject[16]                    (empty) a consent has ended, and not all that rested on it was decided anew
//	w subject[16] slot[16]           (empty) a case waits for a person; written and deleted with its finding
//	m format                         1
//	m rekey                          id[16] of the rekey that was committed and is not finished
//
// A queued notice of erasure is not sealed: it holds random ids only, and the
// key it could be sealed with is gone. A tombstone has no payload. The nodes of
// leaf n are the stored hashes that appending it adds, in the order of
// golang.org/x/mod/sumdb/tlog.
package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/yanmen/yanmen/agent"
)

var (
	// ErrLocked: another process has the folder open.
	ErrLocked = errors.New("store: the folder is in use by another process")
	// ErrFormat: the folder was written by another version of the format.
	ErrFormat = errors.New("store: the folder has a format that this version does not know")
	// ErrTooLarge: the write does not fit into one transaction.
	ErrTooLarge = errors.New("store: the write is too large for one transaction")
)

// Log is the journal's half of a commit: the store keeps what it returns. Its
// methods are pure but for read, must not call the store, and are safe for
// concurrent use: [Store.Check] builds the tree beside the committer.
type Log interface {
	// Leaf returns the bytes of a leaf. commitment is SHA-256 over salt ‖ body
	// (zero: no body), payload is the digest of the queued payload and seq its
	// number (zero: none was queued).
	Leaf(e *agent.Entry, commitment, payload [32]byte, seq uint64) []byte
	// Nodes returns the tree hashes to store when leaf number n is appended,
	// in storage order; read returns the stored node i, also of leaves before
	// n that are not durable yet. Nodes are numbered as tlog.StoredHashIndex.
	Nodes(n int64, leaf []byte, read func(i int64) ([32]byte, error)) ([][32]byte, error)
}

// Options tune a store. The zero value is what the agent runs with.
type Options struct {
	// MinFree is the free space in bytes below which nothing is written:
	// Badger dies of a full disk, so there must be room for what it has under
	// way. 0 means 512 MiB.
	MinFree uint64
	// Logger takes the database's warnings; nil discards them. They never
	// carry a value.
	Logger *slog.Logger
	// Now is the clock that grants expire by; nil means time.Now.
	Now func() time.Time

	free   func(dir string) (uint64, error) // nil: statfs
	commit func(commit func() error) error  // nil: commit(); tests put faults here
	memory int64                            // size of a memtable; 0: memTableSize
}

const defaultMinFree = 512 << 20

// Store implements [agent.Store] and [agent.Outbox] on a folder. Make one with
// [Open]. All methods are safe for concurrent use.
type Store struct {
	dir  string
	keys agent.Keys
	log  Log
	o    Options
	lock *os.File // held for as long as the store is open

	// mu is held for reading by every call, over its whole time, a commit's
	// wait for the disk included, and for writing by whatever replaces keys or
	// the database: erasure, recovery after a failed commit, closing. So
	// readers and writers see one generation of shard keys, and a subject that
	// a call has found stays for as long as the call lasts.
	mu     sync.RWMutex
	db     *badger.DB // nil when recovery could not open it again
	closed bool
	// unfinished is a rekey whose rows are durable and whose Finish failed:
	// nothing can be looked up until it succeeds.
	unfinished agent.Rekey

	// settled holds the leaves of erasures that were completed by a restart or
	// a recovery, until they are asked for again. Guarded by mu.
	settled map[agent.SubjectID]int64

	// failed is set by the committer when a commit reported an error. What the
	// database then shows may not be durable, so it is opened again before
	// anything else is answered.
	failed atomic.Bool

	snaps    snapshots
	data     keyCache
	requests chan *request
	quit     chan struct{}
	done     chan struct{}

	// head is what the committer appends to. It belongs to the committer's
	// goroutine, and to whoever holds mu for writing.
	head heads
	// next numbers the files that Badger will begin next. Owned as head.
	next nextFiles

	queues queues
	size   atomic.Int64 // leaves of the journal, durable
	stats  counters
}

var (
	_ agent.Store  = (*Store)(nil)
	_ agent.Outbox = (*Store)(nil)
)

// Open opens the folder, making it if it is not there, and finishes what a
// crash left: an erasure that was committed is completed, one that was not is
// dropped. Errors are [ErrLocked], [ErrFormat], [agent.ErrDiskFull],
// [agent.ErrCorrupt] or the system's.
func Open(dir string, keys agent.Keys, log Log, o Options) (*Store, error) {
	if keys == nil || log == nil {
		return nil, errors.New("open store: want keys and a journal")
	}
	if o.MinFree == 0 {
		o.MinFree = defaultMinFree
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.free == nil {
		o.free = freeSpace
	}
	if o.commit == nil {
		o.commit = func(commit func() error) error { return commit() }
	}
	if o.memory == 0 {
		o.memory = memTableSize
	}
	s := &Store{dir: dir, keys: keys, log: log, o: o,
		requests: make(chan *request, maxWaiting), quit: make(chan struct{}), done: make(chan struct{})}
	s.queues.all = map[string]*queue{}
	var err error
	if s.lock, err = lockFolder(dir); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := s.openDatabase(); err != nil {
		s.lock.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	go s.commitLoop()
	if err := s.settle(); err != nil {
		s.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

// openDatabase opens Badger and reads heads, size and queue depths from it.
// The caller owns the store or holds mu for writing.
func (s *Store) openDatabase() error {
	if err := s.checkSpace(); err != nil {
		return err
	}
	db, err := openBadger(s.dir, s.o)
	if err != nil {
		return err
	}
	s.db = db
	if err := s.findLogs(); err != nil {
		db.Close()
		s.db = nil
		return err
	}
	s.snaps.reset(db.MaxVersion())
	db.SetDiscardTs(s.snaps.durable)
	s.data.clear()
	if err := s.load(); err != nil {
		db.Close()
		s.db = nil
		return err
	}
	s.failed.Store(false)
	return nil
}

func (s *Store) load() error {
	v := s.view()
	defer v.close()
	format, err := v.get(metaFormat)
	fresh := false
	if err == nil && format == nil {
		fresh, err = v.empty()
	}
	switch {
	case err != nil:
		return err
	case fresh:
		// A fresh folder: the first commit writes the format.
		s.head = heads{fresh: true, chains: map[string]chain{}}
		s.size.Store(0)
		s.queues.reset()
		return nil
	case len(format) != 1 || format[0] != formatVersion:
		return ErrFormat
	}
	s.head = heads{chains: map[string]chain{}}
	err = v.each([]byte{rowHead}, func(key, val []byte) error {
		if len(val) != 40 {
			return agent.ErrCorrupt
		}
		s.head.chains[string(key[1:])] = chain{binary.BigEndian.Uint64(val), [32]byte(val[8:])}
		return nil
	})
	if err != nil {
		return err
	}
	if s.head.size, err = v.leaves(); err != nil {
		return err
	}
	s.size.Store(s.head.size)
	return s.queues.load(v)
}

// Close waits for what is under way and closes the folder. It may be called
// again.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.quit) // no caller waits for the committer: they would hold mu
	<-s.done
	defer s.lock.Close()
	if s.db == nil {
		return nil
	}
	err := databaseError(s.db.Close())
	s.db = nil
	if err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// enter begins a call: it takes mu for reading and sees to it that what the
// call reads is durable. Every enter that returned nil is followed by s.mu.RUnlock.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for {
		s.mu.RLock()
		switch {
		case s.closed:
			s.mu.RUnlock()
			return agent.ErrClosed
		case !s.failed.Load() && s.unfinished == nil && s.db != nil:
			return nil
		}
		s.mu.RUnlock()
		s.mu.Lock()
		err := s.recover()
		s.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// recover brings the store back to what is on disk after a failed commit, and
// tries again to finish an erasure. The caller holds mu for writing.
func (s *Store) recover() error {
	if s.closed {
		return agent.ErrClosed
	}
	if s.failed.Load() || s.db == nil {
		if s.db != nil {
			// Its error says no more than the one that brought us here: what
			// counts is what the folder holds when it is opened again.
			_ = s.db.Close()
			s.db = nil
		}
		if err := s.openDatabase(); err != nil {
			return fmt.Errorf("reopen store: %w", err)
		}
		s.queues.signal()
	}
	return s.settle()
}

// Size returns the number of leaves in the journal.
func (s *Store) Size() int64 { return s.size.Load() }

// Leaf returns leaf n of the journal, 0 ≤ n < Size.
func (s *Store) Leaf(n int64) ([]byte, error) {
	_, leaf, err := s.leafRow(n)
	return leaf, err
}

// Node returns the stored tree hash i, numbered as tlog.StoredHashIndex.
func (s *Store) Node(i int64) (h [32]byte, err error) {
	n, at := nodeRow(i)
	nodes, _, err := s.leafRow(n)
	if err != nil {
		return h, err
	}
	if len(nodes) < 32*(at+1) {
		return h, agent.ErrCorrupt
	}
	return [32]byte(nodes[32*at:]), nil
}

func (s *Store) leafRow(n int64) (nodes, leaf []byte, err error) {
	if err := s.enter(context.Background()); err != nil {
		return nil, nil, err
	}
	defer s.mu.RUnlock()
	if n < 0 || n >= s.size.Load() {
		return nil, nil, errors.New("read journal: there is no such leaf")
	}
	v := s.view()
	defer v.close()
	val, err := v.get(leafKey(n))
	if err != nil {
		return nil, nil, err
	}
	nodes, leaf, ok := splitLeaf(val)
	if !ok {
		return nil, nil, agent.ErrCorrupt
	}
	return nodes, leaf, nil
}

// Stats are counts since the store was opened, for metrics.
type Stats struct {
	Writes    uint64 // committed writes
	Batches   uint64 // transactions that committed them, synced at once
	Conflicts uint64 // writes that lost to another
	Failures  uint64 // commits that reported an error
	Leaves    int64  // leaves of the journal
	Bytes     int64  // size of the database's files, a minute old at most
	Free      uint64 // free space of the folder's disk
}

type counters struct{ writes, batches, conflicts, failures atomic.Uint64 }

// Stats returns the counts.
func (s *Store) Stats() Stats {
	st := Stats{Writes: s.stats.writes.Load(), Batches: s.stats.batches.Load(),
		Conflicts: s.stats.conflicts.Load(), Failures: s.stats.failures.Load(), Leaves: s.size.Load()}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db != nil {
		lsm, vlog := s.db.Size()
		st.Bytes = lsm + vlog
	}
	st.Free, _ = s.o.free(s.dir) // 0 when it cannot be told: nothing would be written either
	return st
}
