package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// settle finishes what a crash, or an error, left begun: a rekey, the sweep
// after an erasure, the pieces of a long record that never came to be. The
// caller owns the store or holds mu for writing.
func (s *Store) settle() error {
	if err := s.settleRekey(); err != nil {
		return err
	}
	type pending struct {
		id    agent.SubjectID
		blob  uint64
		value []byte
	}
	var all []pending
	v := s.view()
	err := v.each([]byte{rowPending}, func(key, val []byte) error {
		if len(key) != 1+16+8 {
			return agent.ErrCorrupt
		}
		all = append(all, pending{agent.SubjectID(key[1:]), beUint64(key[17:]), bytes.Clone(val)})
		return nil
	})
	v.close()
	if err != nil {
		return err
	}
	for _, p := range all {
		switch {
		case p.blob != 0:
			err = s.settleBlob(p.id, p.blob)
		case len(p.value) == 8:
			if err = s.sweep(p.id); err == nil {
				if s.settled == nil {
					s.settled = make(map[agent.SubjectID]int64)
				}
				s.settled[p.id] = int64(beUint64(p.value))
			}
		default:
			// An erasure whose last round was not reached: the subject is there
			// until it is asked for again.
		}
		if err != nil {
			return fmt.Errorf("finish what was begun: %w", err)
		}
	}
	return nil
}

func (s *Store) settleRekey() error {
	rk := s.unfinished
	if rk == nil {
		rk = s.keys.PendingRekey()
	}
	v := s.view()
	mark, err := v.get(metaRekey)
	v.close()
	if err != nil {
		return err
	}
	if rk == nil {
		if mark != nil {
			return s.submitRows([]row{{key: metaRekey}})
		}
		return nil
	}
	if id := rk.ID(); bytes.Equal(mark, id[:]) {
		return s.finish(rk)
	}
	if err := rk.Abort(); err != nil {
		return fmt.Errorf("drop prepared keys: %w", err)
	}
	s.unfinished = nil
	return nil
}

// sweep deletes what is left of an erased subject: nothing opens it any more.
func (s *Store) sweep(id agent.SubjectID) error {
	return s.deleteAll(subjectPrefix(id), row{key: pendingKey(id, 0)})
}

// settleBlob deletes the pieces of a long record that no record leads to.
func (s *Store) settleBlob(id agent.SubjectID, blob uint64) error {
	v := s.view()
	used := false
	err := eachRecord(v.txn, id, &allCategories, func(_, val []byte) error {
		used = used || beUint64(val[8:]) == blob
		return nil
	})
	v.close()
	if err != nil {
		return err
	}
	mark := row{key: pendingKey(id, blob)}
	if used {
		return s.submitRows([]row{mark})
	}
	return s.deleteAll(subjectKey(id, kindBlob, binary.BigEndian.AppendUint64(nil, blob)...), mark)
}

// deleteAll deletes the rows of a prefix and, with the last of them, one more.
func (s *Store) deleteAll(prefix []byte, last row) error {
	v := s.view()
	var rows []row
	c := scan(v.txn, prefix) // keys alone: what cannot be read goes too
	for c.next() {
		rows = append(rows, row{key: bytes.Clone(c.key())})
	}
	c.close()
	v.close()
	if c.err != nil {
		return c.err
	}
	rows = append(rows, last)
	for part := range slices.Chunk(rows, int(s.db.MaxBatchCount()/2)) {
		if err := s.submitRows(part); err != nil {
			return err
		}
	}
	return nil
}
