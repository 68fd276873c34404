package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// Erasing. The subject's index rows and its wrapped data key lie under shard
// keys. Deleting rows does not clear a disk, so the keys of these shards are
// replaced: all other rows of the shards are rewritten under fresh keys, the
// subject's are left out, and the old keys are destroyed. From then on old
// blocks of the database open with no living key.
//
//	1  BeginRekey      fresh keys are prepared            died here: Abort, nothing happened
//	2  transaction     rows rewritten, subject's dropped,
//	                   its verdicts made tombstones, leaf,
//	                   notices, marks of rekey and sweep  died here: Finish at the next start
//	3  Finish          the old keys are gone              died here: Finish again
//	4  sweep           the unreadable rest is deleted     died here: sweep at the next start
//
// A subject whose shards hold more rows than a transaction takes is erased in
// rounds of 1 to 3; the last round is that of its data key and identity number,
// so until then it is whole but for some of its case ids.

// An erasure is what is known of the subject to erase.
type erasure struct {
	id      agent.SubjectID
	home    uint16 // shard of the data key
	shards  []uint16
	own     map[string]bool // keys of its index rows
	profile agent.Profile
	items   []row // its undelivered verdicts, as tombstones; its marks in the queue of reviews, dropped
}

// Erase destroys what opens the subject. It keeps all other calls out while it
// works. If the erasure had been committed already and was then completed by a
// restart, it says so by returning nil. The body of e.Entry must be nil: the
// key that would seal it is what is destroyed.
func (s *Store) Erase(ctx context.Context, e *agent.Erasure) (agent.Committed, error) {
	if e.Subject.IsZero() || e.Entry.Kind == "" || e.Entry.Body != nil {
		return agent.Committed{}, errors.New("erase: want a subject and a journal entry without a body")
	}
	if err := ctx.Err(); err != nil {
		return agent.Committed{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.recover(); err != nil {
		return agent.Committed{}, err
	}
	x, err := s.findErasure(e.Subject)
	if errors.Is(err, agent.ErrUnknownSubject) {
		return s.alreadyErased(e.Subject)
	}
	if err != nil {
		return agent.Committed{}, fmt.Errorf("erase: %w", err)
	}
	if len(x.profile.Aliases) > 0 && e.Notice == nil {
		return agent.Committed{}, errors.New("erase: want a notice for the platforms")
	}
	rounds, err := s.rounds(x)
	if err != nil {
		return agent.Committed{}, fmt.Errorf("erase: %w", err)
	}
	for _, shards := range rounds[:len(rounds)-1] {
		begun := row{pendingKey(x.id, 0), []byte{}}
		err := s.rekey(x, shards, func(_ agent.Rekey, rows []row) error { return s.submitRows(append(rows, begun)) })
		if err != nil {
			return agent.Committed{}, fmt.Errorf("erase: %w", err)
		}
	}
	var out agent.Committed
	err = s.rekey(x, rounds[len(rounds)-1], func(_ agent.Rekey, rows []row) error {
		r := newRequest()
		r.apply = func(b *batch) error { return b.erase(r, e, x, append(rows, s.lastRows(x)...)) }
		s.submit(r)
		out = r.out
		return r.err
	})
	if errors.Is(err, agent.ErrUncertain) {
		// The folder was opened again, which completed the erasure if its
		// transaction was there after all.
		if out, serr := s.alreadyErased(e.Subject); serr == nil {
			return out, nil
		}
	}
	if err != nil {
		return agent.Committed{}, fmt.Errorf("erase: %w", err)
	}
	if err := s.sweep(x.id); err != nil {
		return agent.Committed{}, fmt.Errorf("erase: %w", err)
	}
	return out, nil
}

// alreadyErased answers for a subject that is not there any more.
func (s *Store) alreadyErased(id agent.SubjectID) (agent.Committed, error) {
	leaf, ok := s.settled[id]
	if !ok {
		return agent.Committed{}, agent.ErrUnknownSubject
	}
	delete(s.settled, id)
	return agent.Committed{Leaf: leaf}, nil
}

// findErasure collects what there is of a subject. The caller holds mu for writing.
func (s *Store) findErasure(id agent.SubjectID) (*erasure, error) {
	v := s.view()
	defer v.close()
	keyRow, err := v.get(subjectKey(id, kindKey))
	if err != nil {
		return nil, err
	}
	if keyRow == nil {
		return nil, agent.ErrUnknownSubject
	}
	key, err := s.openKey(id, keyRow)
	if err != nil {
		return nil, err
	}
	x := &erasure{id: id, home: binary.BigEndian.Uint16(keyRow), own: map[string]bool{}}
	if x.profile, err = readProfile(v.txn, id, key); err != nil {
		return nil, err
	}
	shards := map[uint16]bool{x.home: true}
	err = v.each(subjectKey(id, kindIndex), func(rowKey, val []byte) error {
		_, tag, err := openIndexEntry(id, key, rowKey, val)
		if err != nil {
			return err
		}
		shard := s.keys.ShardOf(tag)
		xrow, err := s.keys.Row(shard, tag)
		if err != nil {
			return agent.ErrCorrupt
		}
		// A row that leads elsewhere or is gone belongs to an earlier round.
		ref, ok, err := s.ref(v.txn, shard, xrow)
		if err != nil {
			return err
		}
		if ok && ref.Subject == id {
			x.own[string(indexKey(shard, xrow))] = true
			shards[shard] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	x.shards = slices.Sorted(maps.Keys(shards))
	prefix := subjectKey(id, kindQueued)
	err = v.each(prefix, func(rowKey, _ []byte) error {
		if len(rowKey) < len(prefix)+8 {
			return agent.ErrCorrupt
		}
		key := queueKey(string(rowKey[len(prefix)+8:]), beUint64(rowKey[len(prefix):]))
		val, err := v.get(key)
		if err != nil {
			return err
		}
		item, ok := decodeItem(val)
		if !ok || item.subject != id {
			return agent.ErrCorrupt
		}
		item.kind, item.subject, item.payload = itemTombstone, agent.SubjectID{}, nil
		x.items = append(x.items, row{key, item.encode()})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = v.each(append([]byte{rowReview}, id[:]...), func(key, _ []byte) error {
		x.items = append(x.items, row{key: bytes.Clone(key)})
		return nil
	})
	return x, err
}

// openIndexEntry opens an entry of the list of a subject's tags.
func openIndexEntry(id agent.SubjectID, key agent.DataKey, rowKey, val []byte) (agent.IndexKind, agent.Tag, error) {
	plain, err := key.Open(val, aad(nil, id, kindIndex, rowKey[kindAt+1:]))
	if err != nil || len(plain) != 33 {
		return 0, agent.Tag{}, agent.ErrCorrupt
	}
	return agent.IndexKind(plain[0]), agent.Tag(plain[1:]), nil
}

// rounds splits the subject's shards into what one transaction takes each, the
// data key's shard in the last.
func (s *Store) rounds(x *erasure) ([][]uint16, error) {
	v := s.view()
	defer v.close()
	cost := func(shard uint16) (n int64, err error) {
		count := func(key, val []byte) error { n += 2*rowSize(key, val) + 160; return nil }
		if err = v.each(shardPrefix(rowIndex, shard), count); err == nil {
			err = v.each(shardPrefix(rowMember, shard), count)
		}
		return n, err
	}
	const smallest = 100 // no row's share of cost is less; it bounds their number
	room := min(s.limit(), s.db.MaxBatchCount()*smallest) / 2
	sum, err := cost(x.home)
	if err != nil {
		return nil, err
	}
	last := []uint16{x.home}
	rounds := [][]uint16{nil}
	var other int64
	for _, shard := range x.shards {
		if shard == x.home {
			continue
		}
		n, err := cost(shard)
		if err != nil {
			return nil, err
		}
		switch at := len(rounds) - 1; {
		case sum+n <= room:
			last, sum = append(last, shard), sum+n
		case other+n <= room || rounds[at] == nil:
			rounds[at], other = append(rounds[at], shard), other+n
		default:
			rounds, other = append(rounds, []uint16{shard}), n
		}
	}
	if rounds[0] == nil {
		return [][]uint16{last}, nil
	}
	return append(rounds, last), nil
}

// rekey is one round: it prepares fresh keys, has the rewritten rows committed
// with the mark that says so, and destroys the old keys. On an error before the
// commit nothing has happened. The caller holds mu for writing.
func (s *Store) rekey(x *erasure, shards []uint16, commit func(rk agent.Rekey, rows []row) error) error {
	rk, err := s.keys.BeginRekey(shards)
	if err != nil {
		return fmt.Errorf("prepare keys: %w", err)
	}
	rows, err := s.rewritten(rk, x)
	if err == nil {
		id := rk.ID()
		err = commit(rk, append(rows, row{metaRekey, id[:]}))
	}
	if errors.Is(err, agent.ErrUncertain) {
		// recover opens the folder again and finds out by the mark whether to
		// finish or to drop the fresh keys.
		s.unfinished = rk
		if rerr := s.recover(); rerr != nil {
			return rerr
		}
		return err
	}
	if err != nil {
		if aerr := rk.Abort(); aerr != nil {
			return fmt.Errorf("drop prepared keys: %w", aerr)
		}
		return err
	}
	return s.finish(rk)
}

// finish destroys the old keys after the rows have left them.
func (s *Store) finish(rk agent.Rekey) error {
	s.unfinished = rk
	if err := rk.Finish(); err != nil {
		return fmt.Errorf("destroy old keys: %w", err)
	}
	s.unfinished = nil
	return s.submitRows([]row{{key: metaRekey}})
}

// rewritten returns all rows of the rekeyed shards under the fresh keys, and
// deletions of the subject's.
func (s *Store) rewritten(rk agent.Rekey, x *erasure) ([]row, error) {
	v := s.view()
	defer v.close()
	var rows []row
	for _, shard := range rk.Shards() {
		err := v.each(shardPrefix(rowIndex, shard), func(key, val []byte) error {
			rows = append(rows, row{key: bytes.Clone(key)})
			if x.own[string(key)] {
				return nil
			}
			r, err := translate(rk, row{key, val})
			rows = append(rows, r)
			return err
		})
		if err != nil {
			return nil, err
		}
		err = v.each(shardPrefix(rowMember, shard), func(key, _ []byte) error {
			if len(key) != 3+len(x.id) {
				return agent.ErrCorrupt
			}
			id := agent.SubjectID(key[3:])
			if id == x.id {
				return nil
			}
			at := subjectKey(id, kindKey)
			val, err := v.get(at)
			if err != nil {
				return err
			}
			r, err := translate(rk, row{at, val})
			rows = append(rows, r)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// translate returns an index row or a wrapped data key under the fresh keys of
// its shard; any other row, and one of another shard, as it is.
func translate(rk agent.Rekey, r row) (row, error) {
	switch {
	case r.val == nil:
	case len(r.key) > 3 && r.key[0] == rowIndex:
		shard := binary.BigEndian.Uint16(r.key[1:])
		if !slices.Contains(rk.Shards(), shard) {
			break
		}
		fresh, err := rk.Row(shard, r.key[3:])
		if err != nil {
			return row{}, agent.ErrCorrupt
		}
		sealed, err := rk.Ref(shard, r.key[3:], fresh, r.val)
		if err != nil {
			return row{}, agent.ErrCorrupt
		}
		return row{indexKey(shard, fresh), sealed}, nil
	case len(r.key) == kindAt+1 && r.key[0] == rowSubject && r.key[kindAt] == kindKey:
		if len(r.val) < 2 {
			return row{}, agent.ErrCorrupt
		}
		shard := binary.BigEndian.Uint16(r.val)
		if !slices.Contains(rk.Shards(), shard) {
			break
		}
		wrapped, err := rk.Rewrap(shard, agent.SubjectID(r.key[1:]), r.val[2:])
		if err != nil {
			return row{}, agent.ErrCorrupt
		}
		return row{r.key, append(bytes.Clone(r.val[:2]), wrapped...)}, nil
	}
	return r, nil
}

// lastRows drops the subject's data key, makes tombstones of what was not
// delivered, and marks the rest for the sweep.
func (s *Store) lastRows(x *erasure) []row {
	rows := []row{
		{key: subjectKey(x.id, kindKey)},
		{key: memberKey(x.home, x.id)},
		{key: endedKey(x.id)},
		{pendingKey(x.id, 0), binary.BigEndian.AppendUint64(nil, uint64(s.head.size))}, // the erasure's own leaf
	}
	return append(rows, x.items...)
}

// erase puts the last round of an erasure into a batch: the rows, the notices
// and the leaf.
func (b *batch) erase(r *request, e *agent.Erasure, x *erasure, rows []row) error {
	leaf, nodes, err := b.leaf(&e.Entry, [32]byte{}, [32]byte{}, 0)
	if err != nil {
		return err
	}
	type notice struct {
		row
		platform string
		end      chain
	}
	var notices []notice
	size := rowSize(leaf.key, leaf.val)
	for _, platform := range slices.Sorted(maps.Keys(x.profile.Aliases)) {
		end := b.chain(platform)
		id, payload := e.Notice(platform, x.profile.Aliases[platform].Sub, end.seq+1, end.digest)
		if len(payload) == 0 || len(payload) > maxPayload {
			return errors.New("a payload has between 1 byte and 64 KiB")
		}
		digest := sha256.Sum256(payload)
		q := queuedItem{kind: itemErased, at: e.Entry.At / 1000, digest: digest, prev: end.digest, id: id, payload: payload}
		n := notice{row{queueKey(platform, end.seq+1), q.encode()}, platform, chain{end.seq + 1, digest}}
		notices = append(notices, n)
		size += rowSize(n.key, n.val)
	}
	for _, w := range rows {
		size += rowSize(w.key, w.val)
	}
	if err := b.fits(size, len(rows)+len(notices)+1); err != nil {
		return err
	}
	r.out.Leaf = b.head.size
	b.append(leaf, nodes)
	for _, n := range notices {
		b.set(n.row)
		b.advance(n.platform, n.end)
	}
	b.forget = append(b.forget, x.id)
	return b.set(rows...)
}

// commitRelink commits a write whose case entry leads away from an anonymous
// subject, and erases that subject in the same transaction. Its undelivered
// verdicts become tombstones; those delivered are superseded by the write's.
func (s *Store) commitRelink(ctx context.Context, w *agent.Write) (agent.Committed, error) {
	if err := ctx.Err(); err != nil {
		return agent.Committed{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.recover(); err != nil {
		return agent.Committed{}, err
	}
	key, from, err := s.relinked(w)
	if err != nil {
		return agent.Committed{}, fmt.Errorf("commit: %w", err)
	}
	p, err := s.prepare(w, key)
	if err != nil {
		return agent.Committed{}, err
	}
	if key == nil { // the other write that led it away was undone or erased
		return s.submitPrepared(p)
	}
	x, err := s.findErasure(from)
	if err != nil {
		return agent.Committed{}, fmt.Errorf("commit: %w", err)
	}
	if !x.profile.Anonymous {
		return agent.Committed{}, agent.ErrConflict
	}
	if err := s.submitStage(p); err != nil {
		return agent.Committed{}, err
	}
	var out agent.Committed
	err = s.rekey(x, x.shards, func(rk agent.Rekey, rows []row) error {
		for i, r := range p.rows {
			if p.rows[i], err = translate(rk, r); err != nil {
				return err
			}
		}
		// The write's own rows come last: it puts back what the erasure drops.
		p.rows = slices.Concat(rows, s.lastRows(x), p.rows)
		p.size = 0
		for _, r := range p.rows {
			p.size += rowSize(r.key, r.val)
		}
		out, err = s.submitPrepared(p)
		return err
	})
	if err == nil {
		s.data.drop(from)
		err = s.sweep(from)
	}
	if err != nil && out != (agent.Committed{}) {
		// The write is there; what failed is tried again before the next call.
		return agent.Committed{}, fmt.Errorf("%w: %w", agent.ErrUncertain, err)
	}
	return out, err
}

// relinked finds the write's case entry that leads to another subject: the key
// of its row, and the subject.
func (s *Store) relinked(w *agent.Write) (key []byte, from agent.SubjectID, err error) {
	v := s.view()
	defer v.close()
	for _, e := range w.Index {
		if e.Kind != agent.IndexCase {
			continue
		}
		tag, err := s.keys.Tag(e.Kind, e.Value)
		if err != nil {
			return nil, from, err
		}
		shard := s.keys.ShardOf(tag)
		xrow, err := s.keys.Row(shard, tag)
		if err != nil {
			return nil, from, err
		}
		ref, ok, err := s.ref(v.txn, shard, xrow)
		switch {
		case err != nil:
			return nil, from, err
		case ok && ref.Subject != w.Subject && key != nil:
			return nil, from, agent.ErrConflict // one move a write
		case ok && ref.Subject != w.Subject:
			key, from = indexKey(shard, xrow), ref.Subject
		}
	}
	return key, from, nil
}
