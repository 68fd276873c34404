package store

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Badger's words are not an interface: this test tells when they change.
func TestListener_hearsOfEachTableAndRemoval(t *testing.T) {
	removed := 0
	db, err := openBadger(t.TempDir(), Options{memory: 256 << 10, values: 1 << 20, tables: fullTables}, func() { removed++ })
	if err != nil {
		t.Fatal(err)
	}
	l := db.Opts().Logger.(*listener)
	braked := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.tables
	}
	r := rand.NewChaCha8([32]byte{1})
	for ts := uint64(1); braked() == 0 || removed == 0; ts++ {
		if ts > 5000 {
			t.Fatalf("80 MB written in random order over the same rows: heard of %d tables and %d removals", braked(), removed)
		}
		txn := db.NewTransactionAt(ts, true)
		for range 32 {
			val := make([]byte, 512)
			r.Read(val)
			if err := txn.Set(binary.BigEndian.AppendUint64(nil, r.Uint64()%5000), val); err != nil {
				t.Fatal(err)
			}
		}
		if err := txn.CommitAt(ts, nil); err != nil {
			t.Fatal(err)
		}
		db.SetDiscardTs(ts)
		if ts%100 == 0 {
			if err := db.RunValueLogGC(garbage); err != nil && !errors.Is(err, badger.ErrNoRewrite) {
				t.Fatal(err)
			}
		}
	}
	// Closing lets go whatever is held up, and what comes after.
	l.mu.Lock()
	l.next = time.Now().Add(time.Hour)
	l.mu.Unlock()
	held := make(chan struct{})
	says := func() {
		l.Debugf("[%d] LOG Compact. Added %d keys. Skipped %d keys. Iteration took: %v", 0, 0, 0, time.Second)
	}
	go func() {
		says()
		close(held)
	}()
	for n := braked(); braked() == n; {
		time.Sleep(time.Millisecond)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	<-held
	says()
}
