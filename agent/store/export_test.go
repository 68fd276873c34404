package store

import (
	"github.com/yanmen/yanmen/agent"
)

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

// Settled returns how many erasures a restart completed.
func (s *Store) Settled() int { return len(s.settled) }

// Crash abandons the store as a killed process would: nothing more is written,
// and the folder's lock is let go.
func (s *Store) Crash() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.quit)
		<-s.done
		s.db.Close()
		s.db = nil
	}
}

var (
	EncodeProfile = encodeProfile
	DecodeProfile = decodeProfile
)

// Profile codec and queue rows for fuzzing.
func RecodeItem(b []byte) ([]byte, bool) {
	q, ok := decodeItem(b)
	if !ok {
		return nil, false
	}
	return q.encode(), true
}

func NodeRow(i int64) (int64, int) { return nodeRow(i) }
func FirstNode(n int64) int64      { return firstNode(n) }

var _ = agent.ErrClosed
