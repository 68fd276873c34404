package store

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/yanmen/yanmen/agent"
)

// mark is the user's byte of a row that was deleted: it has no value, and readers
// pass over it.
//
// Badger's own deletion is not safe for values in the value log. When it collects
// a file of the log, it writes each value that the tree still knows to the top of
// the tree, also a deleted one that no compaction has dropped yet; when the
// deletion, now below it, reaches the last level, it is dropped, and the row is
// there again. A mark is a newer version and not a deletion, so no compaction drops
// it, wherever it lies. It goes when the tree holds no older version any more: then
// no collection finds anything to bring back.
const mark = 1

const (
	// tidyPause lies between two looks for marks and files that can go, while
	// there are some; idlePause when there were none.
	tidyPause = 250 * time.Millisecond
	idlePause = 40 // times tidyPause

	// tidyRows is how many rows one look reads of the queues, and of a subject.
	tidyRows = 512

	// garbage is the share of a file of the value log that nothing leads to any
	// more, from which on its rest is written anew and the file removed.
	garbage = 0.5
)

// A tidier remembers where tidying goes on. It belongs to its goroutine, and to
// whoever holds mu for writing.
type tidier struct {
	queue   []byte          // rows of the queues were looked at up to here
	subject agent.SubjectID // subjects with marks were looked at up to this one,
	row     []byte          // its rows up to here: nil for all of them,
	said    seen            // the row that says that it has marks,
	kept    int             // and so many marks had to stay
}

// tidyLoop removes what deletions leave. It keeps out of everybody's way: while
// somebody waits for the store as a whole, or a commit failed, it does nothing.
func (s *Store) tidyLoop() {
	defer close(s.tidied)
	t := time.NewTimer(s.o.tidy)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-s.quit:
			return
		}
		if s.tidy() {
			t.Reset(s.o.tidy)
		} else {
			t.Reset(idlePause * s.o.tidy)
		}
	}
}

// tidy is one look, at marks and then at the value log: what a collection under way
// has read may be written back, so meanwhile no mark may go. It reports whether
// there may be more to do. What fails is left for the next look; a commit that
// failed is found by the next call.
func (s *Store) tidy() (more bool) {
	if !s.mu.TryRLock() {
		return true
	}
	defer s.mu.RUnlock()
	for _, step := range []func() (bool, error){s.tidyQueue, s.tidySubject, s.collect} {
		if s.closed || s.db == nil || s.failed.Load() || s.unfinished != nil {
			return false
		}
		some, err := step()
		more = more || some && err == nil
	}
	return more
}

// tidyQueue removes marks at the front of the queues.
func (s *Store) tidyQueue() (more bool, err error) {
	v := s.view()
	r := v.marks([]byte{rowQueue}, s.tidier.queue)
	v.close()
	s.tidier.queue = r.next
	return r.next != nil || len(r.alone) > 0, s.unmark(r.alone)
}

// tidySubject removes marks of one subject, and with the last of them the row that
// says that there are some.
func (s *Store) tidySubject() (more bool, err error) {
	v := s.view()
	t := &s.tidier
	if t.row == nil {
		t.kept = 0
		if t.subject, t.said, more = v.marked(t.subject); !more {
			v.close()
			return false, nil // once around
		}
	}
	r := v.marks(subjectPrefix(t.subject), t.row)
	v.close()
	t.row = r.next
	t.kept += r.kept
	if r.next == nil && t.kept == 0 {
		r.alone = append(r.alone, t.said)
	}
	return true, s.unmark(r.alone)
}

// A seen is a row as it was when it was looked at.
type seen struct {
	key     []byte
	version uint64
}

// marked returns the first subject after another that has marks, and the row that
// says so; if there is none, no subject.
func (v *view) marked(after agent.SubjectID) (id agent.SubjectID, at seen, ok bool) {
	it := v.txn.NewIterator(badger.IteratorOptions{Prefix: []byte{rowMarked}})
	defer it.Close()
	for it.Seek(markedKey(after)); it.Valid(); it.Next() {
		key := it.Item().KeyCopy(nil)
		if len(key) == 1+len(id) && agent.SubjectID(key[1:]) != after {
			return agent.SubjectID(key[1:]), seen{key, it.Item().Version()}, true
		}
	}
	return id, at, false
}

// marks are what a look at rows found.
type marks struct {
	alone []seen // no older version of the row is in the tree
	kept  int    // marks that still have one
	next  []byte // where to go on; nil: all rows were looked at
}

// marks looks at rows of a prefix, tidyRows of them at most. Of a queue it looks at
// the front alone: after the first row that waits others do, too many to read.
func (v *view) marks(prefix, from []byte) (r marks) {
	it := v.txn.NewIterator(badger.IteratorOptions{Prefix: prefix, AllVersions: true})
	defer it.Close()
	if from == nil {
		from = prefix
	}
	it.Seek(from)
	for n := 0; it.Valid(); n++ {
		item := it.Item()
		newest := seen{item.KeyCopy(nil), item.Version()}
		if n == tidyRows {
			r.next = newest.key
			return r
		}
		deleted, marked := item.IsDeletedOrExpired(), item.UserMeta() == mark
		older := false
		for it.Next(); it.Valid() && bytes.Equal(it.Item().Key(), newest.key); it.Next() {
			older = true
		}
		switch {
		case marked && !deleted && older:
			r.kept++
		case marked && !deleted:
			r.alone = append(r.alone, newest)
		case !deleted && newest.key[0] == rowQueue:
			platform, _, ok := parseQueueKey(newest.key)
			if !ok {
				return r
			}
			it.Seek(append(queueKey(platform, math.MaxUint64), 0))
		}
	}
	return r
}

// unmark deletes rows that nobody has written since they were looked at.
func (s *Store) unmark(rows []seen) error {
	for part := range slices.Chunk(rows, tidyRows/4) { // others commit in between
		r := newRequest()
		r.count = len(part)
		for _, at := range part {
			r.size += rowSize(at.key, nil)
		}
		r.apply = func(b *batch) error {
			for _, at := range part {
				item, err := b.txn.Get(at.key)
				switch {
				case errors.Is(err, badger.ErrKeyNotFound):
				case err != nil:
					return databaseError(err)
				case item.Version() == at.version:
					b.put(row{key: at.key}, b.txn.Delete(at.key))
				}
			}
			return nil
		}
		if s.submit(r); r.err != nil {
			return r.err
		}
	}
	return nil
}

// collect removes one file of the value log of which enough is garbage. What it
// still holds is written anew first.
func (s *Store) collect() (some bool, err error) {
	// It needs room before it gives some back: half of what writes must leave.
	if free, err := s.o.free(s.dir); err != nil || free < s.o.MinFree/2 {
		return false, err
	}
	defer func() {
		switch r := recover(); r {
		case nil:
		case errKeep:
			some, err = false, errKeep
		default:
			panic(r)
		}
	}()
	err = s.db.RunValueLogGC(garbage)
	switch {
	case errors.Is(err, badger.ErrNoRewrite), errors.Is(err, badger.ErrRejected):
		return false, nil
	case err != nil:
		// It is not known what of the values is durable at their new place.
		s.failed.Store(true)
		return false, databaseError(err)
	}
	s.stats.collected.Add(1)
	return true, nil
}

var errKeep = errors.New("the file stays")

// beforeRemoval is called by Badger, in the goroutine of collect, when all that a
// file of the value log held is durable at another place and before the file is
// removed. A reader that found the old place may still be on its way to it, and
// Badger would give it an empty value.
func (s *Store) beforeRemoval() {
	if syncFolder(s.dir) != nil {
		panic(errKeep) // to collect: Badger does not ask; it holds no lock here, and the file is in place
	}
	s.snaps.outlast()
}
