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

// openBadger opens the database in managed mode: we number the commits, so that
// reads are at the last durable one. In its ordinary mode a read waits for the
// commit under way, which would add a sync to each and thin out the batches.
func openBadger(dir string, o Options) (*badger.DB, error) {
	brake := newBrake(quiet{o.Logger})
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
		WithValueLogFileSize(16 << 20).
		WithBaseTableSize(tableSize).
		WithNumLevelZeroTables(fullTables).
		WithNumLevelZeroTablesStall(stallTables).
		WithLogger(brake)
	if opts.ValueThreshold > o.memory*15/100 {
		opts.ValueThreshold = o.memory * 15 / 100
	}
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
func (v *view) empty() bool {
	it := v.txn.NewIterator(badger.IteratorOptions{})
	defer it.Close()
	it.Rewind()
	return !it.Valid()
}

// leaves returns the number of leaves, from the last one's key.
func (v *view) leaves() (int64, error) {
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

func getRow(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, databaseError(err)
	}
	val, err := item.ValueCopy(nil)
	if err != nil {
		return nil, databaseError(err)
	}
	if val == nil {
		val = []byte{} // an empty row is not an absent one
	}
	return val, nil
}

func hasRow(txn *badger.Txn, key []byte) (bool, error) {
	_, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, databaseError(err)
}

func eachRow(txn *badger.Txn, prefix []byte, f func(key, val []byte) error) error {
	// Prefetching starts a goroutine a row; the values lie in the tree anyway.
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		item := it.Item()
		var ferr error
		if err := item.Value(func(val []byte) error { ferr = f(item.Key(), val); return nil }); err != nil {
			return databaseError(err)
		}
		if ferr != nil {
			return ferr
		}
	}
	return nil
}
