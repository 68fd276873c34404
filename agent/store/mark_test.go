package store

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Badger's deletion of a value in the value log is lost when the value's file is
// collected before a compaction drops the value, and the deletion is compacted
// before the copy is. A mark stays. When the first half of this test fails, Badger
// has mended it, and marks are not needed any more.
func TestMark_staysWhereADeletionIsLost(t *testing.T) {
	key := []byte("k")
	long := make([]byte, 1000)
	for name, remove := range map[string]func(txn *badger.Txn) error{
		"deleted": func(txn *badger.Txn) error { return txn.Delete(key) },
		"marked":  func(txn *badger.Txn) error { return txn.SetEntry(badger.NewEntry(key, nil).WithMeta(mark)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ts := uint64(0)
			// session opens the database; what it wrote is a table of level 0 when
			// it ends, and with compact of the last level.
			session := func(compact bool, f func(db *badger.DB)) {
				t.Helper()
				o := Options{memory: 8 << 20, values: 1 << 20, tables: fullTables}
				if compact {
					o.tables = 1
				}
				db, err := openBadger(dir, o, nil)
				if err != nil {
					t.Fatal(err)
				}
				db.SetDiscardTs(ts)
				f(db)
				for deadline := time.Now().Add(time.Minute); compact && db.Levels()[0].NumTables > 0; time.Sleep(time.Millisecond) {
					if time.Now().After(deadline) {
						t.Fatal("level 0 is not compacted")
					}
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
			}
			update := func(db *badger.DB, f func(txn *badger.Txn) error) {
				t.Helper()
				ts++
				txn := db.NewTransactionAt(ts, true)
				if err := f(txn); err != nil {
					t.Fatal(err)
				}
				if err := txn.CommitAt(ts, nil); err != nil {
					t.Fatal(err)
				}
			}
			fill := func(db *badger.DB, more func(txn *badger.Txn) error) {
				t.Helper()
				update(db, func(txn *badger.Txn) error {
					for i := range uint32(1100) { // more than a file
						if err := txn.Set(binary.BigEndian.AppendUint32([]byte("other"), i), long); err != nil {
							return err
						}
					}
					return more(txn)
				})
			}
			none := func(*badger.Txn) error { return nil }
			nothing := func(*badger.DB) {}
			session(false, func(db *badger.DB) {
				update(db, func(txn *badger.Txn) error { return txn.Set(key, long) })
				fill(db, none)
			})
			session(true, nothing)
			session(false, func(db *badger.DB) { fill(db, none) }) // the first file is garbage but for one value
			session(true, nothing)
			session(false, func(db *badger.DB) { update(db, remove) })
			session(false, func(db *badger.DB) {
				if err := db.RunValueLogGC(garbage); err != nil {
					t.Fatalf("nothing was collected: %v", err)
				}
				if err := db.Flatten(1); err != nil {
					t.Fatal(err)
				}
				txn := db.NewTransactionAt(ts, false)
				defer txn.Discard()
				_, err := txn.Get(key)
				if back := err == nil; name == "deleted" && !back {
					t.Errorf("the row is not there (%v): Badger does not bring it back any more", err)
				}
				if err != nil && !errors.Is(err, badger.ErrKeyNotFound) {
					t.Error(err)
				}
				if there, err := hasRow(txn, key); name == "marked" && (there || err != nil) {
					t.Errorf("a row that was marked is there: %v, %v", there, err)
				}
			})
		})
	}
}

// A reader that has found where a value lies keeps it, also if its file is
// collected meanwhile; those who come later do not wait.
func TestCollect_waitsForReaders(t *testing.T) {
	var s snapshots
	s.reset(1)
	_, g, turn := s.acquire()
	batch := s.begin()
	done := make(chan struct{})
	go func() { s.outlast(); close(done) }()
	waits := func(when string) {
		t.Helper()
		select {
		case <-done:
			t.Fatalf("a file goes %s", when)
		case <-time.After(20 * time.Millisecond):
		}
	}
	waits("while somebody reads")
	_, later, next := s.acquire() // and reads on
	s.release(g, turn)
	waits("while a commit reads")
	s.end(batch)
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("who began later is waited for")
	}
	// The next collection waits for that one too.
	done = make(chan struct{})
	go func() { s.outlast(); close(done) }()
	waits("while somebody reads since before")
	s.release(later, next)
	<-done
}
