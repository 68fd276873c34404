package store

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"
)

// Badger's words are not an interface: this test tells when they change.
func TestListener_hearsOfEachTable(t *testing.T) {
	db, err := openBadger(t.TempDir(), Options{memory: 256 << 10})
	if err != nil {
		t.Fatal(err)
	}
	brake := db.Opts().Logger.(*listener)
	braked := func() int {
		brake.mu.Lock()
		defer brake.mu.Unlock()
		return brake.tables
	}
	val := make([]byte, separate-1)
	r := rand.NewChaCha8([32]byte{1})
	for ts := uint64(1); braked() == 0; ts++ {
		if ts > 5000 {
			t.Fatal("20 MB written in random order, and no compaction was heard of")
		}
		txn := db.NewTransactionAt(ts, true)
		for range 32 {
			if err := txn.Set(binary.BigEndian.AppendUint64(nil, r.Uint64()), val); err != nil {
				t.Fatal(err)
			}
		}
		if err := txn.CommitAt(ts, nil); err != nil {
			t.Fatal(err)
		}
	}
	// Closing lets go whatever is held up, and what comes after.
	brake.mu.Lock()
	brake.next = time.Now().Add(time.Hour)
	brake.mu.Unlock()
	held := make(chan struct{})
	go func() {
		brake.Debugf("[%d] LOG Compact. Added %d keys. Skipped %d keys. Iteration took: %v", 0, 0, 0, time.Second)
		close(held)
	}()
	for n := braked(); braked() == n; {
		time.Sleep(time.Millisecond)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	<-held
	brake.Debugf("[%d] LOG Compact. Added %d keys. Skipped %d keys. Iteration took: %v", 0, 0, 0, time.Second)
}
