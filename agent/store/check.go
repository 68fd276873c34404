package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// A Report is what [Store.Check] found: counts and codes, never a value.
type Report struct {
	Subjects, Records, Findings, Consents, Indexed, Bodies, Queued, Leaves int64
	// Problems are sorted by row and code; empty for a sound store.
	Problems []Problem
}

// A Problem is one kind of damage and how often it was met. Row names the kind
// of row: key, profile, index, record, blob, finding, consent, body, queue,
// member, head, leaf, pending, ended, review, meta, or unknown; table and value
// are of the database's files.
type Problem struct {
	Row, Code string
	Count     int64
}

// Check opens and authenticates every value of the store and holds its parts
// against each other: index and subjects, queue and chains, bodies and their
// commitments, the journal's nodes and its leaves. Writes go on meanwhile and
// are not looked at; an erasure waits for it. The error is ctx's, or says that
// the database could not be read; damage is in the report.
func (s *Store) Check(ctx context.Context) (Report, error) {
	if err := s.enter(ctx); err != nil {
		return Report{}, err
	}
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	if !s.soundTables() {
		// What they hold cannot be told from what they should hold.
		return Report{Problems: []Problem{{"table", "damaged", 1}}}, nil
	}
	c := &checker{s: s, v: v, ctx: ctx, problems: map[[2]string]int64{}, begun: map[agent.SubjectID]bool{}}
	size, err := v.leaves()
	if err != nil {
		return Report{}, err
	}
	c.r.Leaves = size
	// Pending rows come first: what is unfinished may look torn.
	for _, step := range []func() error{c.pending, c.subjects, c.index, c.members, c.ended, c.reviews, c.queue, c.journal, c.rest} {
		if err := step(); err != nil {
			return Report{}, fmt.Errorf("check store: %w", err)
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(c.problems), func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	}) {
		c.r.Problems = append(c.r.Problems, Problem{k[0], k[1], c.problems[k]})
	}
	return c.r, nil
}

type checker struct {
	s        *Store
	v        *view
	ctx      context.Context
	r        Report
	problems map[[2]string]int64
	begun    map[agent.SubjectID]bool // subjects with something pending
	seen     int

	// The subject whose rows are being read.
	id    agent.SubjectID
	key   agent.DataKey // nil: does not open
	blobs map[uint64]int64
	event []byte // the rest of the key of the consent event before
}

// soundTables reports whether the database's own sums hold.
func (s *Store) soundTables() (ok bool) {
	defer func() { ok = recover() == nil && ok }() // a wrong length panics
	return s.db.VerifyChecksum() == nil
}

func (c *checker) bad(row, code string) { c.problems[[2]string{row, code}]++ }

// each reads a prefix and stops when ctx ends. A value that the database cannot
// read is told, and the rest is read.
func (c *checker) each(prefix []byte, f func(key, val []byte) error) error {
	rows := scan(c.v.txn, prefix)
	defer rows.close()
	var val []byte
	for rows.next() {
		if c.seen++; c.seen%1024 == 0 && c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		read, err := rows.value(val)
		if err == nil {
			val = read
			err = f(rows.key(), val)
		}
		if errors.Is(err, agent.ErrCorrupt) {
			c.bad("value", "unreadable")
		} else if err != nil {
			return err
		}
	}
	return rows.err
}

func (c *checker) pending() error {
	return c.each([]byte{rowPending}, func(key, _ []byte) error {
		if len(key) != 1+16+8 {
			c.bad("pending", "key.malformed")
			return nil
		}
		c.begun[agent.SubjectID(key[1:])] = true
		if beUint64(key[17:]) == 0 {
			c.bad("pending", "erasure.unfinished")
		}
		return nil
	})
}

func (c *checker) subjects() error {
	first := true
	err := c.each([]byte{rowSubject}, func(key, val []byte) error {
		if len(key) <= kindAt {
			c.bad("unknown", "key.malformed")
			return nil
		}
		if id := agent.SubjectID(key[1:]); first || id != c.id {
			c.endSubject()
			first = false
			if err := c.beginSubject(id); err != nil {
				return err
			}
		}
		return c.subjectRow(key, val)
	})
	c.endSubject()
	return err
}

func (c *checker) beginSubject(id agent.SubjectID) error {
	c.id, c.key, c.blobs, c.event = id, nil, nil, nil
	val, err := c.v.get(subjectKey(id, kindKey))
	switch {
	case err != nil:
		return err
	case val == nil:
		if !c.begun[id] {
			c.bad("key", "absent")
		}
		return nil
	}
	if c.key, err = c.s.openKey(id, val); err != nil {
		c.bad("key", "unauthentic")
		return nil
	}
	c.r.Subjects++
	member, err := c.v.has(memberKey(binary.BigEndian.Uint16(val), id))
	if err == nil && !member {
		c.bad("member", "absent")
	}
	return err
}

// endSubject holds the pieces of long records against the records.
func (c *checker) endSubject() {
	for _, n := range c.blobs {
		if n != 0 && !c.begun[c.id] {
			c.bad("blob", "unreferenced")
		}
	}
}

func (c *checker) subjectRow(key, val []byte) error {
	kind, rest := key[kindAt], key[kindAt+1:]
	if c.key == nil && kind != kindKey {
		return nil // said once, of the key
	}
	switch {
	case kind == kindKey && len(rest) == 0:
	case kind == kindProfile && len(rest) == 0:
		if _, err := openProfile(c.id, c.key, val); err != nil {
			c.bad("profile", "unauthentic")
		}
	case kind == kindIndex && len(rest) == 16:
		return c.indexEntry(key, val)
	case kind == kindRecord && len(rest) == 17:
		return c.record(rest, val)
	case kind == kindBlob && len(rest) == 12:
		if c.blobs == nil {
			c.blobs = map[uint64]int64{}
		}
		c.blobs[beUint64(rest)]++ // blobs sort before records
	case kind == kindFinding && len(rest) == 16:
		c.r.Findings++
		if len(val) < 8 {
			c.bad("finding", "malformed")
		} else if plain, err := openFinding(c.id, c.key, rest, val); err != nil {
			c.bad("finding", "unauthentic")
		} else if waits, ok := agent.FindingWaits(plain); ok {
			return c.queued(agent.Slot(rest), waits)
		}
	case kind == kindOlder && len(rest) == 16+8:
		if !olderMatches(key, val) {
			c.bad("finding", "malformed")
		} else if _, err := openFinding(c.id, c.key, rest[:16], val); err != nil {
			c.bad("finding", "unauthentic")
		}
	case kind == kindConsent && len(rest) == 20:
		c.consent(rest, val)
	case kind == kindBody && len(rest) == 8:
		c.r.Bodies++
		if beUint64(rest) >= uint64(c.r.Leaves) {
			c.bad("body", "leaf.absent")
		}
		if _, _, err := openBody(c.id, c.key, val); err != nil {
			c.bad("body", "unauthentic")
		}
	case kind == kindQueued && len(rest) > 8:
		val, err := c.v.get(queueKey(string(rest[8:]), beUint64(rest)))
		if err != nil {
			return err
		}
		if item, ok := decodeItem(val); !ok || item.subject != c.id {
			c.bad("queue", "pointer.dangling")
		}
	default:
		c.bad("unknown", "kind.unknown")
	}
	return nil
}

// consent opens an event and holds its place: events sort as they count, each
// record's from 1 without a gap.
func (c *checker) consent(rest, val []byte) {
	c.r.Consents++
	want := uint32(1)
	if c.event != nil && bytes.Equal(c.event[:16], rest[:16]) {
		want = binary.BigEndian.Uint32(c.event[16:]) + 1
	}
	if binary.BigEndian.Uint32(rest[16:]) != want {
		c.bad("consent", "event.absent")
	}
	c.event = bytes.Clone(rest)
	if _, err := c.key.Open(val, aad(nil, c.id, kindConsent, rest)); err != nil {
		c.bad("consent", "unauthentic")
	}
}

// ended holds the marks of ended consents against the subjects.
func (c *checker) ended() error {
	return c.each([]byte{rowEnded}, func(key, _ []byte) error {
		if len(key) != 1+16 {
			c.bad("ended", "key.malformed")
			return nil
		}
		there, err := c.v.has(subjectKey(agent.SubjectID(key[1:]), kindKey))
		if err == nil && !there {
			c.bad("ended", "subject.absent")
		}
		return err
	})
}

// queued holds the mark of a case in the queue of reviews against its finding.
// Without its mark nobody would see that the case waits.
func (c *checker) queued(slot agent.Slot, waits bool) error {
	marked, err := c.v.has(reviewKey(c.id, slot))
	switch {
	case err != nil || c.begun[c.id] || marked == waits:
		return err
	case waits:
		c.bad("review", "mark.absent")
	default:
		c.bad("review", "finding.settled")
	}
	return nil
}

// reviews holds the queue of reviews against the findings.
func (c *checker) reviews() error {
	return c.each([]byte{rowReview}, func(key, _ []byte) error {
		if len(key) != 1+16+16 {
			c.bad("review", "key.malformed")
			return nil
		}
		there, err := c.v.has(subjectKey(agent.SubjectID(key[1:]), kindFinding, key[17:]...))
		if err == nil && !there {
			c.bad("review", "finding.absent")
		}
		return err
	})
}

func (c *checker) record(rest, val []byte) error {
	c.r.Records++
	if len(val) < recordHeader {
		c.bad("record", "malformed")
		return nil
	}
	if n := binary.BigEndian.Uint32(val[16:]); n > 0 {
		c.blobs[beUint64(val[8:])] -= int64(n)
	}
	sealed, err := recordBody(c.v.txn, c.id, val)
	if err == nil {
		_, err = openRecord(c.key, rest[0], sealed, aad(nil, c.id, kindRecord, rest, val[:recordHeader]))
	}
	if err != nil {
		c.bad("record", "unauthentic")
	}
	return nil
}

func (c *checker) indexEntry(key, val []byte) error {
	_, tag, err := openIndexEntry(c.id, c.key, key, val)
	if err != nil {
		c.bad("index", "entry.unauthentic")
		return nil
	}
	shard := c.s.keys.ShardOf(tag)
	xrow, err := c.s.keys.Row(shard, tag)
	if err != nil {
		c.bad("index", "shard.unknown")
		return nil
	}
	ref, ok, err := c.s.ref(c.v.txn, shard, xrow)
	switch {
	case err == agent.ErrCorrupt:
		c.bad("index", "unauthentic")
	case err != nil:
		return err
	case !ok && c.begun[c.id]:
	case !ok || ref.Subject != c.id:
		c.bad("index", "row.absent")
	}
	return nil
}

func (c *checker) index() error {
	return c.each([]byte{rowIndex}, func(key, val []byte) error {
		c.r.Indexed++
		if len(key) <= 3 {
			c.bad("index", "key.malformed")
			return nil
		}
		ref, err := c.s.openRef(binary.BigEndian.Uint16(key[1:]), key[3:], val)
		if err != nil {
			c.bad("index", "unauthentic")
			return nil
		}
		there, err := c.v.has(subjectKey(ref.Subject, kindKey))
		if err == nil && !there {
			c.bad("index", "subject.absent")
		}
		return err
	})
}

func (c *checker) members() error {
	return c.each([]byte{rowMember}, func(key, _ []byte) error {
		if len(key) != 3+16 {
			c.bad("member", "key.malformed")
			return nil
		}
		val, err := c.v.get(subjectKey(agent.SubjectID(key[3:]), kindKey))
		if err == nil && (len(val) < 2 || !bytes.Equal(val[:2], key[1:3])) {
			c.bad("member", "subject.absent")
		}
		return err
	})
}

// queue follows each chain from item to item and to its head.
func (c *checker) queue() error {
	heads := map[string]chain{}
	err := c.each([]byte{rowHead}, func(key, val []byte) error {
		if len(val) != 40 {
			c.bad("head", "malformed")
			return nil
		}
		heads[string(key[1:])] = chain{beUint64(val), [32]byte(val[8:])}
		return nil
	})
	if err != nil {
		return err
	}
	var before agent.Queued
	return c.each([]byte{rowQueue}, func(key, val []byte) error {
		c.r.Queued++
		q, err := c.s.openQueued(c.v, key, val)
		if err == agent.ErrCorrupt {
			c.bad("queue", "unauthentic")
			return nil
		}
		if err != nil {
			return err
		}
		if q.Platform == before.Platform && q.Seq == before.Seq+1 && q.Prev != before.Digest {
			c.bad("queue", "chain.broken")
		}
		head := heads[q.Platform]
		if q.Seq > head.seq || q.Seq == head.seq && q.Digest != head.digest {
			c.bad("head", "behind")
		}
		if item, _ := decodeItem(val); item.kind == itemVerdict {
			there, err := c.v.has(queuedKey(item.subject, q.Seq, q.Platform))
			if err != nil {
				return err
			}
			if !there {
				c.bad("queue", "pointer.absent")
			}
		}
		q.Payload = nil
		before = q
		return nil
	})
}

// journal builds the tree again, from the leaves alone.
func (c *checker) journal() error {
	var edge [64]node
	read := func(i int64) ([32]byte, error) {
		for _, e := range edge {
			if e.set && e.i == i {
				return e.h, nil
			}
		}
		return [32]byte{}, agent.ErrCorrupt
	}
	next, broken := int64(0), false
	return c.each([]byte{rowLeaf}, func(key, val []byte) error {
		n := int64(-1)
		if len(key) == 9 {
			n = int64(beUint64(key[1:]))
		}
		stored, leaf, ok := splitLeaf(val)
		if n != next || !ok {
			if !broken {
				c.bad("leaf", "absent")
			}
			broken, next = true, n+1
			return nil
		}
		next++
		if broken {
			return nil // no tree can be built past a gap
		}
		nodes, err := c.s.log.Nodes(n, leaf, read)
		if err != nil {
			c.bad("leaf", "malformed")
			broken = true
			return nil
		}
		var want []byte
		for level, h := range nodes {
			want = append(want, h[:]...)
			edge[level] = node{true, firstNode(n) + int64(level), h}
		}
		if !bytes.Equal(want, stored) {
			c.bad("leaf", "node.differs")
		}
		return nil
	})
}

// rest looks for rows that should not be.
func (c *checker) rest() error {
	for p := range 256 {
		switch byte(p) {
		case rowSubject, rowIndex, rowMember, rowQueue, rowHead, rowLeaf, rowPending, rowEnded, rowReview:
			continue
		}
		err := c.each([]byte{byte(p)}, func(key, val []byte) error {
			switch {
			case bytes.Equal(key, metaFormat):
			case bytes.Equal(key, metaRekey):
				c.bad("meta", "rekey.unfinished")
			default:
				c.bad("unknown", "row.unknown")
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
