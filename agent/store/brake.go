package store

import (
	"strings"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// A brake spaces out the tables that Badger's compactions write. Left alone, a
// compaction runs on every core it finds, and on two cores each step of a
// commit then waits behind it: one second in ten, answers took a second.
// Badger has no setting for this, but tells its logger of each table that it is
// about to write, from the goroutine that compacts; that is where we hold it up.
// Should a later version no longer tell, compactions run as before.
type brake struct {
	quiet

	mu      sync.Mutex
	db      *badger.DB // nil: not open yet
	next    time.Time
	tables  int // held up so far
	closing chan struct{}
}

const (
	tableSize = 1 << 20
	// spacing lies between two tables: at level 5 some 30 MB/s, three times what
	// full load needs on average.
	spacing = 60 * time.Millisecond
	// At fullTables level 0 is worth compacting: together they are near the size
	// of the level below, which is rewritten with them. With more than firmTables
	// reads grow slower, and compactions are held up less; from freeTables on not
	// at all, so that writes never wait for them: Badger stalls those at stallTables.
	fullTables  = 16
	firmTables  = 30
	freeTables  = 36
	stallTables = 48
)

// What Badger says, word for word.
const (
	saysTable   = "LOG Compact. Added"
	saysClosing = "Closing database"
)

func newBrake(q quiet) *brake { return &brake{quiet: q, closing: make(chan struct{})} }

func (b *brake) attach(db *badger.DB) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.db = db
}

func (b *brake) Debugf(format string, _ ...any) {
	switch {
	case strings.Contains(format, saysTable):
		b.hold()
	case strings.HasPrefix(format, saysClosing):
		b.mu.Lock()
		if b.db != nil {
			close(b.closing)
			b.db = nil
		}
		b.mu.Unlock()
	}
}

func (b *brake) hold() {
	b.mu.Lock()
	if b.db == nil {
		b.mu.Unlock()
		return
	}
	b.tables++
	wait := spacing
	for _, l := range b.db.Levels() {
		switch {
		case l.Level != 0:
		case l.NumTables >= freeTables:
			wait = 0
		case l.NumTables >= firmTables:
			wait /= 3
		}
	}
	now := time.Now()
	if b.next.Before(now) {
		b.next = now
	}
	b.next = b.next.Add(wait)
	until := b.next.Sub(now)
	b.mu.Unlock()
	if wait == 0 {
		return
	}
	t := time.NewTimer(until)
	defer t.Stop()
	select {
	case <-t.C:
	case <-b.closing:
	}
}
