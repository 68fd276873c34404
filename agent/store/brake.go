package store

import (
	"strings"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// A listener is the logger that Badger has. For some of what we must know Badger
// has no other way to tell; it says it from the goroutine that does it.
type listener struct {
	quiet
	*brake
}

// What Badger says, word for word. [TestListener_hearsOfEachTable] and
// [TestCommit_endsWhereValuesAreNotSynced] tell when it says it otherwise.
const (
	saysTable    = "LOG Compact. Added"
	saysClosing  = "Closing database"
	saysUnsynced = "Error while curlf sync"
)

func (l *listener) Errorf(format string, args ...any) {
	l.quiet.Errorf(format, args...)
	if strings.HasPrefix(format, saysUnsynced) {
		// Badger would go on, write the pointers to these values, and say that
		// all is well. Ending here, before the pointers, leaves what a power cut
		// leaves: the batch was never there, and nobody was answered.
		panic("store: the disk refused to make values durable; the process ends before it answers")
	}
}

func (l *listener) Debugf(format string, _ ...any) {
	switch {
	case strings.Contains(format, saysTable):
		l.hold()
	case strings.HasPrefix(format, saysClosing):
		l.release()
	}
}

// A brake spaces out the tables that Badger's compactions write. Left alone, a
// compaction runs on every core it finds, and on two cores each step of a
// commit then waits behind it: one second in ten, answers took a second.
// Badger has no setting for this, but tells its logger of each table that it is
// about to write, from the goroutine that compacts; that is where we hold it up.
// Should a later version no longer tell, compactions run as before.
type brake struct {
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
	// At fullTables level 0 is worth compacting: fewer are rewritten more often with
	// the level below, and each is one more to look into for every read of a subject.
	// With more than firmTables reads grow slower, and compactions are held up less;
	// from freeTables on not at all, so that writes never wait for them: Badger stalls
	// those at stallTables.
	fullTables  = 8
	firmTables  = 30
	freeTables  = 36
	stallTables = 48
)

func newBrake() *brake { return &brake{closing: make(chan struct{})} }

func (b *brake) attach(db *badger.DB) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.db = db
}

// release lets go what is held up, and what comes after.
func (b *brake) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.db != nil {
		close(b.closing)
		b.db = nil
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
