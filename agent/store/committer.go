package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/yanmen/yanmen/agent"
)

// maxWaiting is how many requests wait before callers block to hand theirs over.
const maxWaiting = 1024

// A request is one thing to commit. Its maker waits for done.
type request struct {
	p     *prepared          // a write, or
	apply func(*batch) error // anything else, checked before it sets the first row
	size  int64              // of what apply sets
	count int

	out  agent.Committed
	err  error
	done chan struct{}
}

func newRequest() *request { return &request{done: make(chan struct{}, 1)} }

// submit hands a request to the committer and waits for its answer, which comes
// after at most two batches. The caller holds mu. There is no way to give up
// waiting: the answer would be uncertain, and it is near.
func (s *Store) submit(r *request) {
	s.requests <- r
	<-r.done
}

// submitRows commits rows that expect nothing.
func (s *Store) submitRows(rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	r := newRequest()
	for i := range rows {
		r.size += rowSize(rows[i].key, rows[i].val)
	}
	r.count = len(rows)
	r.apply = func(b *batch) error { return b.set(rows...) }
	s.submit(r)
	return r.err
}

// limit is how many bytes one transaction may set, with room for the rows that
// end it.
func (s *Store) limit() int64 { return s.db.MaxBatchSize() - 16<<10 }

// A chain is the end of the chain of items for one platform.
type chain struct {
	seq    uint64
	digest [32]byte
}

// heads are what new numbers follow from.
type heads struct {
	fresh  bool // the format is not written yet
	size   int64
	edge   [64]node // the last stored node of each level: all that appending reads
	chains map[string]chain
}

type node struct {
	set bool
	i   int64
	h   [32]byte
}

// commitLoop is the one goroutine that commits. It takes what waits, makes one
// transaction of it, syncs that, and answers. While it syncs, callers seal and
// hand over the next batch; a lone caller pays for one batch.
func (s *Store) commitLoop() {
	defer close(s.done)
	var waiting []*request
	var last time.Time // when the batch before began
	busy := false      // it joined several requests
	for {
		if len(waiting) == 0 {
			select {
			case r := <-s.requests:
				waiting = append(waiting, r)
			case <-s.quit:
				return
			}
		}
		if s.failed.Load() {
			for _, r := range waiting {
				r.answer(agent.ErrUncertain)
			}
			waiting = waiting[:0]
			continue
		}
		until := time.Time{}
		if busy {
			until = last.Add(pace)
		}
		waiting = s.gather(waiting, until)
		last = time.Now()
		left := s.commitBatch(waiting)
		busy = len(waiting)-len(left) > 1
		waiting = append(waiting[:0], left...)
	}
}

// pace is how far apart batches begin while several callers commit at a time. A
// transaction and its sync cost as much work as several writes, so under load
// waiting for company serves everybody; a lone caller never waits.
const pace = 2 * time.Millisecond

// gather adds the requests that wait, and those that come until the time.
func (s *Store) gather(waiting []*request, until time.Time) []*request {
	var over <-chan time.Time
	if d := time.Until(until); d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		over = t.C
	}
	for len(waiting) < maxWaiting {
		select {
		case r := <-s.requests:
			waiting = append(waiting, r)
			continue
		default:
		}
		if over == nil {
			break
		}
		select {
		case r := <-s.requests:
			waiting = append(waiting, r)
		case <-over:
			over = nil
		case <-s.quit:
			return waiting
		}
	}
	return waiting
}

func (r *request) answer(err error) {
	if err != nil {
		r.out, r.err = agent.Committed{}, err
	}
	r.done <- struct{}{}
}

// A batch is a transaction under way. Nothing of it is visible, and no state of
// the store has changed, until it is durable.
type batch struct {
	s      *Store
	txn    *badger.Txn
	head   heads
	chains map[string]chain // ends moved in this batch
	count  int
	size   int64
	queued map[string]int64 // change of the number of waiting items
	forget []agent.SubjectID
}

// errNextBatch: the request fits, but not into this transaction any more.
var errNextBatch = errors.New("next batch")

// commitBatch commits the requests as far as they fit into one transaction and
// answers them. It returns those that did not fit.
func (s *Store) commitBatch(in []*request) (left []*request) {
	if err := s.checkSpace(); err != nil {
		for _, r := range in {
			r.answer(err)
		}
		return nil
	}
	b := &batch{s: s, txn: s.db.NewTransactionAt(s.snaps.durable, true), head: s.head}
	defer b.txn.Discard()
	var applied []*request
	for i, r := range in {
		err := b.add(r)
		if errors.Is(err, errNextBatch) {
			left = in[i:]
			break
		}
		if err != nil {
			r.answer(err)
			continue
		}
		applied = append(applied, r)
	}
	if len(applied) == 0 {
		return left
	}
	if err := b.commit(); err != nil {
		// Whether the batch is on the disk is not known, and what the database
		// now shows may not be. No number is given out and nothing is read
		// until the folder was opened again: see recover.
		s.failed.Store(true)
		s.stats.failures.Add(1)
		for _, r := range applied {
			r.answer(agent.ErrUncertain)
		}
		return left
	}
	s.stats.batches.Add(1)
	s.stats.writes.Add(uint64(len(applied)))
	for _, r := range applied {
		r.answer(nil)
	}
	return left
}

// add puts one request into the batch, wholly or, with an error, not at all.
func (b *batch) add(r *request) error {
	if r.p != nil {
		return b.write(r)
	}
	if err := b.fits(r.size, r.count); err != nil {
		return err
	}
	return r.apply(b)
}

// fits asks for room for rows of this size and number.
func (b *batch) fits(size int64, count int) error {
	if size > b.s.limit() || int64(count) > b.s.db.MaxBatchCount()-64 {
		return ErrTooLarge
	}
	if b.size+size > b.s.limit() || int64(b.count+count) > b.s.db.MaxBatchCount()-64 {
		return errNextBatch
	}
	return nil
}

// set puts rows into the transaction. After fits it cannot fail for want of
// room; should it fail, the batch fails with it, for half a request is in.
func (b *batch) set(rows ...row) error {
	for _, r := range rows {
		var err error
		if r.val == nil {
			err = b.txn.Delete(r.key)
		} else {
			err = b.txn.Set(r.key, r.val)
		}
		if err != nil {
			panic("store: a batch within its limits was refused") // unreachable
		}
		b.count++
		b.size += rowSize(r.key, r.val)
	}
	return nil
}

func (b *batch) holds(e *expectation) (bool, error) {
	if e.begins == nil {
		there, err := hasRow(b.txn, e.key)
		return !there, err
	}
	val, err := getRow(b.txn, e.key)
	return val != nil && bytes.HasPrefix(val, e.begins), err
}

// write checks what a write expects, numbers it and puts it into the batch.
func (b *batch) write(r *request) error {
	p, w := r.p, r.p.w
	for i := range p.expect {
		ok, err := b.holds(&p.expect[i])
		if err != nil {
			return err
		}
		if !ok {
			b.s.stats.conflicts.Add(1)
			return agent.ErrConflict
		}
	}
	var item, pointer row
	end := b.chain(w.Platform)
	if w.Payload != nil {
		payload := w.Payload(end.seq+1, end.digest)
		if len(payload) == 0 || len(payload) > maxPayload {
			return errors.New("commit: a payload has between 1 byte and 64 KiB")
		}
		q := queuedItem{kind: itemVerdict, at: w.Entry.At / 1000, subject: w.Subject, digest: sha256.Sum256(payload), prev: end.digest, id: w.VerdictID}
		end = chain{end.seq + 1, q.digest}
		item.key = queueKey(w.Platform, end.seq)
		var err error
		if q.payload, err = p.key.Seal(payload, aad(nil, w.Subject, kindPayload, q.prev[:], item.key)); err != nil {
			return fmt.Errorf("seal: %w", err)
		}
		item.val = q.encode()
		pointer = row{queuedKey(w.Subject, end.seq, w.Platform), []byte{}}
		r.out.Seq, r.out.Digest = end.seq, end.digest
	}
	leaf, nodes, err := b.leaf(&w.Entry, p.commitment, r.out.Digest, r.out.Seq)
	if err != nil {
		return err
	}
	r.out.Leaf = b.head.size
	var body row
	if p.body != nil {
		body = row{bodyKey(w.Subject, r.out.Leaf), p.body}
	}
	size := p.size + rowSize(leaf.key, leaf.val) + rowSize(body.key, body.val) + rowSize(item.key, item.val) + rowSize(pointer.key, nil)
	if err := b.fits(size, len(p.rows)+4); err != nil {
		r.out = agent.Committed{}
		return err
	}
	b.append(leaf, nodes)
	if item.key != nil {
		b.set(item, pointer)
		b.advance(w.Platform, end)
	}
	if body.key != nil {
		b.set(body)
	}
	return b.set(p.rows...)
}

// leaf makes the row of the next leaf of the journal and its nodes.
func (b *batch) leaf(e *agent.Entry, commitment, payload [32]byte, seq uint64) (row, [][32]byte, error) {
	n := b.head.size
	leaf := b.s.log.Leaf(e, commitment, payload, seq)
	nodes, err := b.s.log.Nodes(n, leaf, b.node)
	if err != nil {
		return row{}, nil, fmt.Errorf("append to journal: %w", err)
	}
	if int64(len(nodes)) != firstNode(n+1)-firstNode(n) {
		return row{}, nil, errors.New("append to journal: wrong number of nodes")
	}
	val := make([]byte, 0, 1+32*len(nodes)+len(leaf))
	val = append(val, byte(len(nodes)))
	for i := range nodes {
		val = append(val, nodes[i][:]...)
	}
	return row{leafKey(n), append(val, leaf...)}, nodes, nil
}

// append puts the leaf that leaf made into the batch.
func (b *batch) append(leaf row, nodes [][32]byte) {
	b.set(leaf)
	for level, h := range nodes {
		b.head.edge[level] = node{true, firstNode(b.head.size) + int64(level), h}
	}
	b.head.size++
}

// node reads a stored node for the journal. Appending reads none but the last
// of each level, so this reads the database after a start only.
func (b *batch) node(i int64) ([32]byte, error) {
	for l := range b.head.edge {
		if e := &b.head.edge[l]; e.i == i && e.set {
			return e.h, nil
		}
	}
	n, at := nodeRow(i)
	val, err := getRow(b.txn, leafKey(n))
	if err != nil {
		return [32]byte{}, err
	}
	nodes, _, ok := splitLeaf(val)
	if !ok || len(nodes) < 32*(at+1) {
		return [32]byte{}, agent.ErrCorrupt
	}
	return [32]byte(nodes[32*at:]), nil
}

func (b *batch) chain(platform string) chain {
	if c, ok := b.chains[platform]; ok {
		return c
	}
	return b.head.chains[platform]
}

// advance moves the end of a platform's chain: one more item waits there.
func (b *batch) advance(platform string, end chain) {
	if b.chains == nil {
		b.chains = make(map[string]chain)
	}
	b.chains[platform] = end
	b.depth(platform, 1)
}

func (b *batch) depth(platform string, change int64) {
	if b.queued == nil {
		b.queued = make(map[string]int64)
	}
	b.queued[platform] += change
}

// commit writes the ends of the chains with the batch and makes it durable;
// only then does the store's state move.
func (b *batch) commit() error {
	s := b.s
	if b.head.fresh {
		b.set(row{metaFormat, []byte{formatVersion}})
		b.head.fresh = false
	}
	for platform, c := range b.chains {
		val := binary.BigEndian.AppendUint64(make([]byte, 0, 40), c.seq)
		b.set(row{headKey(platform), append(val, c.digest[:]...)})
	}
	ts := s.snaps.durable + 1
	// The values are synced first, into a file whose name is durable since the
	// batch before, then what points to them: one transaction in one log, closed
	// by its own mark. If the process dies before the second sync ends, the batch
	// is there wholly or not at all.
	if err := s.o.commit(func() error { return b.txn.CommitAt(ts, nil) }); err != nil {
		return err
	}
	if err := s.syncLogNames(); err != nil {
		return err
	}
	for platform, c := range b.chains {
		b.head.chains[platform] = c
	}
	s.head = b.head
	s.size.Store(b.head.size)
	for _, id := range b.forget {
		s.data.drop(id)
	}
	if discard := s.snaps.advance(ts); discard > 0 {
		s.db.SetDiscardTs(discard)
	}
	s.queues.apply(b.queued, b.chains)
	return nil
}
