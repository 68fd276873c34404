package store

import (
	"time"

	"github.com/dgraph-io/badger/v4"
)

// WithFree replaces the measuring of free space.
func (o Options) WithFree(free func(string) (uint64, error)) Options { o.free = free; return o }

// WithCommit puts f around every commit.
func (o Options) WithCommit(f func(commit func() error) error) Options { o.commit = f; return o }

// WithMemory sets the size of a memtable, which bounds a transaction.
func (o Options) WithMemory(n int64) Options { o.memory = n; return o }

// WithTidy sets the size of a file of the value log, and the pause between two
// looks for what can go. Any table of memory is worth compacting.
func (o Options) WithTidy(values int64, pause time.Duration) Options {
	o.values, o.tidy, o.tables = values, pause, 1
	return o
}

// Tidy looks for what can go until there is nothing more. It is the only one to: the
// store was opened with a pause that does not end.
func (s *Store) Tidy() {
	for range 10_000 {
		if !s.tidy() {
			return
		}
	}
}

// Compact has the database merge all tables, but for one.
func (s *Store) Compact() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.db.Flatten(1)
}

// Collected counts the files of the value log that were removed.
func (s *Store) Collected() uint64 { return s.stats.collected.Load() }

// Marks counts the rows that are deleted and not gone.
func (s *Store) Marks() (n int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	it := v.txn.NewIterator(badger.IteratorOptions{})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if it.Item().UserMeta() == mark {
			n++
		}
	}
	return n
}

// Tamper lets f change each row, raw and unchecked.
func (s *Store) Tamper(f func(key, val []byte) (newVal []byte, change bool)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []row
	v := s.view()
	err := v.each(nil, func(key, val []byte) error {
		if n, change := f(key, val); change {
			rows = append(rows, row{append([]byte(nil), key...), n})
		}
		return nil
	})
	v.close()
	if err != nil {
		return err
	}
	return s.submitRows(rows)
}

// Versions calls f with every version of every row that the database still
// holds, the deleted and replaced ones too.
func (s *Store) Versions(f func(key, val []byte)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	it := v.txn.NewIterator(badger.IteratorOptions{AllVersions: true})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		it.Item().Value(func(val []byte) error { f(it.Item().Key(), val); return nil })
	}
}

var (
	EncodeProfile = encodeProfile
	DecodeProfile = decodeProfile
)

// RecodeItem decodes and encodes the value of a queue row.
func RecodeItem(b []byte) ([]byte, bool) {
	q, ok := decodeItem(b)
	if !ok {
		return nil, false
	}
	return q.encode(), true
}

// NodeRow and FirstNode number the stored nodes.
func NodeRow(i int64) (int64, int) { return nodeRow(i) }
func FirstNode(n int64) int64      { return firstNode(n) }
