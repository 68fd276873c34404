package store

import "github.com/dgraph-io/badger/v4"

// WithFree replaces the measuring of free space.
func (o Options) WithFree(free func(string) (uint64, error)) Options { o.free = free; return o }

// WithCommit puts f around every commit.
func (o Options) WithCommit(f func(commit func() error) error) Options { o.commit = f; return o }

// WithMemory sets the size of a memtable, which bounds a transaction.
func (o Options) WithMemory(n int64) Options { o.memory = n; return o }

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
