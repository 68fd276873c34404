package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"

	"github.com/yanmen/yanmen/agent"
)

// queues counts what waits, by platform.
type queues struct {
	mu  sync.Mutex
	all map[string]*queue
}

type queue struct {
	n     int64
	first uint64 // nothing waits below this number
	added chan struct{}
}

// of returns the platform's queue. The caller holds mu.
func (q *queues) of(platform string) *queue {
	p := q.all[platform]
	if p == nil {
		p = &queue{added: make(chan struct{}, 1)}
		q.all[platform] = p
	}
	return p
}

func (q *queues) reset() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range q.all {
		p.n, p.first = 0, 0
	}
}

// load counts the rows of all queues.
func (q *queues) load(v *view) error {
	q.reset()
	q.mu.Lock()
	defer q.mu.Unlock()
	c := scan(v.txn, []byte{rowQueue})
	defer c.close()
	for c.next() {
		platform, seq, ok := parseQueueKey(c.key())
		if !ok {
			return agent.ErrCorrupt
		}
		p := q.of(platform)
		if p.n == 0 {
			p.first = seq
		}
		p.n++
	}
	return c.err
}

// apply takes over what a durable batch changed.
func (q *queues) apply(change map[string]int64, added map[string]chain) {
	if len(change) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for platform, n := range change {
		q.of(platform).n += n
	}
	for platform := range added {
		q.of(platform).wake()
	}
}

func (p *queue) wake() {
	select {
	case p.added <- struct{}{}:
	default: // a signal waits already
	}
}

// signal wakes all readers: after a recovery there may be more than they saw.
func (q *queues) signal() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range q.all {
		p.wake()
	}
}

// Added returns a channel that receives after items were queued for the
// platform. A signal stands for all items queued since the one before.
func (s *Store) Added(platform string) <-chan struct{} {
	s.queues.mu.Lock()
	defer s.queues.mu.Unlock()
	return s.queues.of(platform).added
}

// Depth returns how many items wait and when the oldest was queued.
func (s *Store) Depth(platform string) (n int64, oldest int64, err error) {
	if err := s.enter(context.Background()); err != nil {
		return 0, 0, err
	}
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	s.queues.mu.Lock()
	q := s.queues.of(platform)
	n, first := q.n, q.first
	s.queues.mu.Unlock()
	if n == 0 {
		return 0, 0, nil
	}
	c := scan(v.txn, queuePrefix(platform))
	defer c.close()
	// Rows below first are gone, but their deletions may still have to be
	// passed over: seeking past them keeps this cheap after a long backlog.
	c.seek(queueKey(platform, first))
	if !c.next() {
		return n, 0, c.err // delivered just now
	}
	_, seq, ok := parseQueueKey(c.key())
	if !ok {
		return 0, 0, agent.ErrCorrupt
	}
	val, err := c.value(nil)
	if err != nil {
		return 0, 0, err
	}
	item, ok := decodeItem(val)
	if !ok {
		return 0, 0, agent.ErrCorrupt
	}
	s.queues.mu.Lock()
	q.first = max(q.first, seq)
	s.queues.mu.Unlock()
	return n, item.at, nil
}

// Next returns at most max items with Seq > after, in order of Seq.
func (s *Store) Next(ctx context.Context, platform string, after uint64, max int) ([]agent.Queued, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	if max <= 0 || len(platform) > 255 {
		return nil, nil
	}
	v := s.view()
	defer v.close()
	c := scan(v.txn, queuePrefix(platform))
	defer c.close()
	var out []agent.Queued
	var val []byte
	c.seek(queueKey(platform, after+1))
	for len(out) < max && c.next() {
		if len(out)%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var err error
		if val, err = c.value(val); err != nil {
			return nil, err
		}
		q, err := s.openQueued(v, c.key(), val)
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	if c.err != nil {
		return nil, c.err
	}
	return out, nil
}

// openQueued opens a queue row and holds its payload against its digest.
func (s *Store) openQueued(v *view, key, val []byte) (agent.Queued, error) {
	platform, seq, ok := parseQueueKey(key)
	if !ok {
		return agent.Queued{}, agent.ErrCorrupt
	}
	item, ok := decodeItem(val)
	if !ok {
		return agent.Queued{}, agent.ErrCorrupt
	}
	q := agent.Queued{Platform: platform, Seq: seq, Kind: queuedKinds[item.kind], ID: item.id, Digest: item.digest, Prev: item.prev, At: item.at}
	switch item.kind {
	case itemVerdict:
		data, err := s.dataKey(v, item.subject)
		if err != nil {
			return agent.Queued{}, err
		}
		if data == nil {
			return agent.Queued{}, agent.ErrCorrupt // erasing leaves a tombstone
		}
		if q.Payload, err = data.Open(item.payload, aad(nil, item.subject, kindPayload, item.prev[:], key)); err != nil {
			return agent.Queued{}, agent.ErrCorrupt
		}
	case itemErased:
		q.Payload = bytes.Clone(item.payload)
	}
	if q.Payload != nil && sha256.Sum256(q.Payload) != q.Digest {
		return agent.Queued{}, agent.ErrCorrupt
	}
	return q, nil
}

// Delivered removes the items with these numbers, if their digests are those
// given, and is durable when it returns nil.
func (s *Store) Delivered(ctx context.Context, platform string, seqs []uint64, digests [][32]byte) error {
	if len(seqs) != len(digests) {
		return errors.New("deliver: want one digest for each number")
	}
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.RUnlock()
	if len(platform) > 255 {
		return nil
	}
	// All digests are compared before anything is removed. The rows cannot
	// change meanwhile, only go: by another receipt for the same items.
	v := s.view()
	defer v.close()
	var gone []delivered
	seen := make(map[uint64]bool, len(seqs))
	for i, seq := range seqs {
		key := queueKey(platform, seq)
		val, err := v.get(key)
		if err != nil {
			return err
		}
		if val == nil {
			continue
		}
		item, ok := decodeItem(val)
		if !ok || item.digest != digests[i] {
			return agent.ErrCorrupt
		}
		if seen[seq] {
			continue
		}
		seen[seq] = true
		d := delivered{item: key}
		if item.kind == itemVerdict {
			d.pointer = queuedKey(item.subject, seq, platform)
		}
		gone = append(gone, d)
	}
	for part := range slices.Chunk(gone, int(s.db.MaxBatchCount()/8)) {
		if err := s.remove(platform, part); err != nil {
			return err
		}
	}
	return nil
}

// delivered names the rows of one delivered item. Only a verdict has a pointer.
type delivered struct{ item, pointer []byte }

func (s *Store) remove(platform string, gone []delivered) error {
	r := newRequest()
	for _, d := range gone {
		r.count += 2
		r.size += rowSize(d.item, nil) + rowSize(d.pointer, nil)
	}
	r.apply = func(b *batch) error {
		there := make([]bool, len(gone))
		for i, d := range gone {
			var err error
			if there[i], err = hasRow(b.txn, d.item); err != nil {
				return err
			}
		}
		for i, d := range gone {
			if !there[i] {
				continue
			}
			b.set(row{key: d.item})
			if d.pointer != nil {
				b.set(row{key: d.pointer})
			}
			b.depth(platform, -1)
		}
		return nil
	}
	s.submit(r)
	return r.err
}
