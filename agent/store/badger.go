package store

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"syscall"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/yanmen/yanmen/agent"
)

// memTableSize bounds a transaction too: Badger takes up to 15 % of it. Twice as
// much saves a twentieth of all work, and doubles the time for which the writing of
// one table holds up both cores: the kernel takes the right to write from each of
// its pages, and tells every core each time.
const memTableSize = 2 << 20

// separate is the length from which on a value lies in the value log, and the tree
// holds a pointer. Compactions write what is in the tree some six times over: without
// the value log a light case was 15 KB of writing, its 99th percentile at 1,500 a
// second twice as long, and a seventh of all work more.
//
// The log is never collected. Badger's collection writes each value that the tree
// still knows to its top, under its old version. A deleted one comes back, when a
// compaction drops the deletion before it meets the copy; one whose pointer is at
// level 0 too may be taken from where it was; and behind a damaged value of a file
// all others are dropped. So what is dead in the log stays, unreadable once its
// subject is erased.
const separate = 128

// openBadger opens the database in managed mode: we number the commits, so that
// reads are at the last durable one. In its ordinary mode a read waits for the
// commit under way, which would add a sync to each and thin out the batches.
func openBadger(dir string, o Options) (*badger.DB, error) {
	brake := newBrake()
	opts := badger.DefaultOptions(dir).
		WithSyncWrites(true).
		WithDetectConflicts(false). // one writer, which checks for itself
		WithMetricsEnabled(false).
		WithMemTableSize(o.memory).
		WithNumMemtables(2).
		WithNumCompactors(2).
		// Subjects' rows come in random order, so each compaction of the first
		// level rewrites all of the next: a larger one does so more rarely. At
		// a hundred megabytes this saved a tenth of all work.
		WithBaseLevelSize(40 << 20).
		// Blocks that are neither compressed nor encrypted are read where the table
		// is mapped; a cache of them costs more than it saves.
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithCompression(options.None). // ciphertext does not compress
		WithValueThreshold(separate).
		WithValueLogFileSize(16 << 20).
		WithVerifyValueChecksum(true). // else a damaged length is believed
		WithBaseTableSize(tableSize).
		WithNumLevelZeroTables(fullTables).
		WithNumLevelZeroTablesStall(stallTables).
		WithLogger(&listener{quiet{o.Logger}, brake})
	if err := dropEmptyLogs(dir); err != nil {
		return nil, err
	}
	db, err := badger.OpenManaged(opts)
	if err != nil {
		return nil, databaseError(err)
	}
	brake.attach(db)
	return db, nil
}

// databaseError maps Badger's errors to ours. Its texts quote keys and are left
// behind, but for a system call's error: that says what to do. Badger puts most
// of these into its text without wrapping them.
func databaseError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, badger.ErrDBClosed), errors.Is(err, badger.ErrBlockedWrites):
		return agent.ErrClosed
	case errors.Is(err, badger.ErrTxnTooBig):
		return ErrTooLarge
	}
	text := err.Error()
	for _, no := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EACCES, syscall.EPERM, syscall.EROFS,
		syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EIO} {
		if !errors.Is(err, no) && !strings.Contains(text, no.Error()) {
			continue
		}
		if no == syscall.ENOSPC || no == syscall.EDQUOT {
			return agent.ErrDiskFull
		}
		return fmt.Errorf("database: %w", no)
	}
	return fmt.Errorf("database: %w", agent.ErrCorrupt)
}

// quiet passes Badger's warnings on by their format alone: the arguments may
// quote keys.
type quiet struct{ log *slog.Logger }

func (q quiet) Errorf(format string, _ ...any) {
	if q.log != nil {
		q.log.Error("store.database", slog.String("message", format))
	}
}

func (q quiet) Warningf(format string, _ ...any) {
	if q.log != nil {
		q.log.Warn("store.database", slog.String("message", format))
	}
}

func (quiet) Infof(string, ...any) {}

// snapshots hands out the number of the last durable commit to read at, and
// tells what no reader needs any more.
type snapshots struct {
	mu       sync.Mutex
	durable  uint64
	cur, old *generation
}

// A generation counts the readers that began while it was the current one;
// none of them reads at less than its start.
type generation struct {
	start   uint64
	readers int
}

func (s *snapshots) reset(durable uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.durable = durable
	s.old, s.cur = &generation{start: durable}, &generation{start: durable}
}

func (s *snapshots) acquire() (ts uint64, g *generation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cur.readers++
	return s.durable, s.cur
}

func (s *snapshots) release(g *generation) {
	s.mu.Lock()
	g.readers--
	s.mu.Unlock()
}

// advance makes ts the commit to read at. When it returns more than 0, versions
// that are replaced at that commit or before may be dropped.
func (s *snapshots) advance(ts uint64) (discard uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.durable = ts
	if s.old.readers == 0 && ts > s.cur.start {
		discard = s.cur.start
		s.old, s.cur = s.cur, &generation{start: ts}
	}
	return discard
}

// A view reads at one durable commit.
type view struct {
	s   *Store
	txn *badger.Txn
	g   *generation
}

// view begins a read. The caller holds mu and closes the view.
func (s *Store) view() *view {
	ts, g := s.snaps.acquire()
	return &view{s, s.db.NewTransactionAt(ts, false), g}
}

func (v *view) close() {
	v.txn.Discard()
	v.s.snaps.release(v.g)
}

// get returns a copy of the value, or nil if there is no such row.
func (v *view) get(key []byte) ([]byte, error) { return getRow(v.txn, key) }

// has reports whether there is such a row.
func (v *view) has(key []byte) (bool, error) { return hasRow(v.txn, key) }

// each calls f for all rows of a prefix in order. key and val are valid during
// the call only; an error from f ends it and is returned.
func (v *view) each(prefix []byte, f func(key, val []byte) error) error {
	return eachRow(v.txn, prefix, f)
}

// empty reports whether there is no row at all.
func (v *view) empty() (bool, error) {
	c := scan(v.txn, nil)
	defer c.close()
	return !c.next() && c.err == nil, c.err
}

// leaves returns the number of leaves, from the last one's key.
func (v *view) leaves() (n int64, err error) {
	defer func() {
		if recover() != nil { // see cursor.step
			n, err = 0, fmt.Errorf("database: %w", agent.ErrCorrupt)
		}
	}()
	it := v.txn.NewIterator(badger.IteratorOptions{Reverse: true, Prefix: []byte{rowLeaf}})
	defer it.Close()
	it.Seek([]byte{rowLeaf + 1})
	for ; it.Valid(); it.Next() {
		switch k := it.Item().Key(); {
		case k[0] != rowLeaf: // the row that Seek itself may land on
			if k[0] < rowLeaf {
				return 0, nil
			}
		case len(k) != 9:
			return 0, agent.ErrCorrupt
		default:
			return int64(beUint64(k[1:])) + 1, nil
		}
	}
	return 0, nil
}

// lookUp returns the row's item, or nil if there is no such row.
func lookUp(txn *badger.Txn, key []byte) (item *badger.Item, err error) {
	defer func() {
		if recover() != nil { // see cursor.step
			item, err = nil, fmt.Errorf("database: %w", agent.ErrCorrupt)
		}
	}()
	item, err = txn.Get(key)
	switch {
	case errors.Is(err, badger.ErrKeyNotFound):
		return nil, nil
	case err != nil:
		return nil, databaseError(err)
	}
	return item, nil
}

func getRow(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := lookUp(txn, key)
	if item == nil {
		return nil, err
	}
	return value(item, nil)
}

// value copies the item's value into buf; it is never nil, for an empty row is not
// an absent one. No value is used where it lies: whoever held one of the value log
// while reading another would wait for Badger, which waits for the first.
func value(item *badger.Item, buf []byte) ([]byte, error) {
	val, err := item.ValueCopy(buf)
	switch {
	case err != nil:
		return nil, databaseError(err)
	case len(val) == 0 && item.ValueSize() != 0:
		// What Badger cannot read it gives as empty, and no error.
		return nil, fmt.Errorf("database: %w", agent.ErrCorrupt)
	case val == nil:
		val = []byte{}
	}
	return val, nil
}

func hasRow(txn *badger.Txn, key []byte) (bool, error) {
	item, err := lookUp(txn, key)
	return item != nil, err
}

func eachRow(txn *badger.Txn, prefix []byte, f func(key, val []byte) error) error {
	c := scan(txn, prefix)
	defer c.close()
	var val []byte
	for c.next() {
		var err error
		if val, err = c.value(val); err != nil {
			return err
		}
		if err := f(c.key(), val); err != nil {
			return err
		}
	}
	return c.err
}

// A cursor goes over the rows of a prefix:
//
//	for c := scan(txn, prefix); c.next(); { … }
//
// and c.err says whether it came to the end.
type cursor struct {
	it    *badger.Iterator
	begun bool
	to    []byte // where next goes, if not to the next row
	err   error
}

func scan(txn *badger.Txn, prefix []byte) *cursor {
	// Prefetching starts a goroutine a row; the values lie in the tree anyway, or
	// are wanted one by one.
	return &cursor{it: txn.NewIterator(badger.IteratorOptions{Prefix: prefix})}
}

func (c *cursor) close() { c.it.Close() }

// seek lets the next row be the first at or after key.
func (c *cursor) seek(key []byte) { c.to = key }

func (c *cursor) next() bool {
	if c.err == nil {
		c.step()
	}
	return c.err == nil && c.it.Valid()
}

// step moves the iterator. Badger does not check tables for damage before it reads
// them, and panics where a length is wrong.
func (c *cursor) step() {
	defer func() {
		if recover() != nil {
			c.err = fmt.Errorf("database: %w", agent.ErrCorrupt)
		}
	}()
	switch {
	case c.to != nil:
		c.it.Seek(c.to)
	case c.begun:
		c.it.Next()
	default:
		c.it.Rewind()
	}
	c.to, c.begun = nil, true
}

// key is valid until the next row.
func (c *cursor) key() []byte { return c.it.Item().Key() }

// value copies the row's value into buf.
func (c *cursor) value(buf []byte) ([]byte, error) { return value(c.it.Item(), buf) }
