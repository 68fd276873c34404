package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/yanmen/yanmen/agent"
)

// Find looks an index value up. ok is false when there is no entry.
func (s *Store) Find(ctx context.Context, kind agent.IndexKind, value []byte) (ref agent.Ref, ok bool, err error) {
	if err := s.enter(ctx); err != nil {
		return agent.Ref{}, false, err
	}
	defer s.mu.RUnlock()
	tag, err := s.keys.Tag(kind, value)
	if err != nil {
		return agent.Ref{}, false, fmt.Errorf("find: %w", err)
	}
	v := s.view()
	defer v.close()
	shard := s.keys.ShardOf(tag)
	row, err := s.keys.Row(shard, tag)
	if err != nil {
		return agent.Ref{}, false, fmt.Errorf("find: %w", err)
	}
	return s.ref(v.txn, shard, row)
}

// ref reads and opens one index row.
func (s *Store) ref(txn *badger.Txn, shard uint16, row []byte) (agent.Ref, bool, error) {
	sealed, err := getRow(txn, indexKey(shard, row))
	if err != nil || sealed == nil {
		return agent.Ref{}, false, err
	}
	ref, err := s.openRef(shard, row, sealed)
	return ref, err == nil, err
}

func (s *Store) openRef(shard uint16, row, sealed []byte) (ref agent.Ref, err error) {
	plain, err := s.keys.OpenRef(shard, row, sealed)
	if err != nil || len(plain) != len(ref.Subject)+len(ref.Slot) {
		return agent.Ref{}, agent.ErrCorrupt
	}
	copy(ref.Subject[:], plain)
	copy(ref.Slot[:], plain[len(ref.Subject):])
	return ref, nil
}

// Profile returns the subject's profile; a subject without one has the zero
// Profile. If the subject is not there, because it was erased since it was
// found, the error is [agent.ErrConflict], as from Records and Case.
func (s *Store) Profile(ctx context.Context, id agent.SubjectID) (agent.Profile, error) {
	if err := s.enter(ctx); err != nil {
		return agent.Profile{}, err
	}
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	key, err := s.dataKey(v, id)
	if err != nil {
		return agent.Profile{}, err
	}
	if key == nil {
		return agent.Profile{}, agent.ErrConflict
	}
	return readProfile(v.txn, id, key)
}

func readProfile(txn *badger.Txn, id agent.SubjectID, key agent.DataKey) (agent.Profile, error) {
	val, err := getRow(txn, subjectKey(id, kindProfile))
	if err != nil || val == nil {
		return agent.Profile{}, err
	}
	return openProfile(id, key, val)
}

func openProfile(id agent.SubjectID, key agent.DataKey, val []byte) (agent.Profile, error) {
	if len(val) < 8 {
		return agent.Profile{}, agent.ErrCorrupt
	}
	plain, err := key.Open(val[8:], aad(nil, id, kindProfile, val[:8]))
	if err != nil {
		return agent.Profile{}, agent.ErrCorrupt
	}
	p, ok := decodeProfile(plain)
	if !ok {
		return agent.Profile{}, agent.ErrCorrupt
	}
	p.Version = beUint64(val)
	return p, nil
}

// recordHeader is the length of a record row's clear header.
const recordHeader = 8 + 8 + 4

// categories returns which category bytes are named.
func categories(cats []agent.Category) (want [256]bool) {
	for _, c := range cats {
		if b, ok := catByte[c]; ok {
			want[b] = true
		}
	}
	return want
}

var allCategories = func() (all [256]bool) {
	for _, b := range catByte {
		all[b] = true
	}
	return all
}()

// eachRecord calls f for the subject's record rows of the wanted categories.
func eachRecord(txn *badger.Txn, id agent.SubjectID, want *[256]bool, f func(key, val []byte) error) error {
	prefix := subjectKey(id, kindRecord)
	c := scan(txn, prefix)
	defer c.close()
	var val []byte
	for c.next() {
		key := c.key()
		if len(key) != len(prefix)+1+16 {
			return agent.ErrCorrupt
		}
		if cat := key[len(prefix)]; !want[cat] {
			next := int(cat) + 1
			for next < 256 && !want[next] {
				next++
			}
			if next == 256 {
				return nil
			}
			c.seek(append(prefix[:len(prefix):len(prefix)], byte(next)))
			continue
		}
		var err error
		if val, err = c.value(val); err != nil {
			return err
		}
		if len(val) < recordHeader {
			return agent.ErrCorrupt
		}
		if err := f(key, val); err != nil {
			return err
		}
	}
	return c.err
}

// Held lists the categories of stored records, each with its earliest end of
// retention, in the order of the format's category numbers. A subject that is
// not there holds nothing.
func (s *Store) Held(ctx context.Context, id agent.SubjectID) ([]agent.Held, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	held := make([]agent.Held, 0, 16)
	err := eachRecord(v.txn, id, &allCategories, func(key, val []byte) error {
		until, cat := int64(beUint64(val)), catOf[key[kindAt+1]]
		n := len(held)
		if n == 0 || held[n-1].Category != cat {
			held = append(held, agent.Held{Category: cat, Until: until, Rows: new(sealedRows)})
			n++
		}
		held[n-1].Until = min(held[n-1].Until, until)
		rows := held[n-1].Rows.(*sealedRows)
		*rows = append(*rows, sealedRow{[17]byte(key[kindAt+1:]), bytes.Clone(val)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return held, nil
}

// Records opens all records of the categories that the grant names, in no
// promised order, and burns the grant.
func (s *Store) Records(ctx context.Context, g *agent.Grant) ([]agent.StoredRecord, error) {
	scope, err := g.Burn(s.o.Now())
	if err != nil {
		return nil, err
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	key, err := s.dataKey(v, scope.Subject)
	if err != nil {
		return nil, err
	}
	if key == nil {
		return nil, agent.ErrConflict
	}
	want := categories(scope.Categories)
	out := make([]agent.StoredRecord, 0, 16)
	var buf []byte
	open := func(id, val []byte) error {
		buf = aad(buf, scope.Subject, kindRecord, id, val[:recordHeader])
		sealed, err := recordBody(v.txn, scope.Subject, val)
		if err != nil {
			return err
		}
		rec, err := openRecord(key, id[0], sealed, buf)
		if err != nil {
			return err
		}
		out = append(out, agent.StoredRecord{Record: rec, RetainUntil: int64(beUint64(val))})
		return nil
	}
	if scope.Held == nil {
		err = eachRecord(v.txn, scope.Subject, &want, func(key, val []byte) error { return open(key[kindAt+1:], val) })
		if err != nil {
			return nil, err
		}
		return out, nil
	}
	for _, h := range scope.Held {
		rows, ok := h.Rows.(*sealedRows)
		if !ok || !want[catByte[h.Category]] {
			continue
		}
		for i := range *rows {
			r := &(*rows)[i]
			err := open(r.id[:], r.val)
			if errors.Is(err, agent.ErrCorrupt) && binary.BigEndian.Uint32(r.val[16:]) > 0 {
				// The pieces of a record that was replaced since are gone.
				err = agent.ErrConflict
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// sealedRows are rows of records as [Store.Held] read them.
type sealedRows []sealedRow

type sealedRow struct {
	id  [17]byte // category and MAC, as in the key
	val []byte   // at least a record's header
}

// recordBody returns the sealed bytes of a record row, joined if they lie in
// pieces. The result may share memory with val.
func recordBody(txn *badger.Txn, id agent.SubjectID, val []byte) ([]byte, error) {
	pieces := binary.BigEndian.Uint32(val[16:])
	if pieces == 0 {
		return val[recordHeader:], nil
	}
	if len(val) != recordHeader {
		return nil, agent.ErrCorrupt
	}
	var body []byte
	prefix := subjectKey(id, kindBlob, val[8:16]...)
	for n := range pieces {
		piece, err := getRow(txn, binary.BigEndian.AppendUint32(prefix[:len(prefix):len(prefix)], n))
		if err != nil {
			return nil, err
		}
		if len(piece) == 0 {
			return nil, agent.ErrCorrupt
		}
		body = append(body, piece...)
	}
	return body, nil
}

// A record inside its seal: when it was collected ‖ its source ‖ its loan ‖ its datum.

func encodeRecord(r *agent.Record) ([]byte, error) {
	datum, err := agent.EncodeDatum(r.Data)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, 24+len(r.Source)+len(r.Loan)+len(datum))
	b = binary.AppendVarint(b, r.CollectedAt)
	return append(appendText(appendText(b, r.Source), r.Loan), datum...), nil
}

func openRecord(key agent.DataKey, cat byte, sealed, aad []byte) (agent.Record, error) {
	plain, err := key.Open(sealed, aad)
	if err != nil {
		return agent.Record{}, agent.ErrCorrupt
	}
	r := reader{b: plain}
	rec := agent.Record{Category: catOf[cat], CollectedAt: r.varint(), Source: r.text(), Loan: r.text()}
	if r.bad || rec.Category == "" {
		return agent.Record{}, agent.ErrCorrupt
	}
	if rec.Data, err = agent.DecodeDatum(rec.Category, r.b); err != nil {
		return agent.Record{}, agent.ErrCorrupt
	}
	return rec, nil
}

// Case opens the finding in a slot and burns the grant. A slot that holds none
// gives the zero StoredCase.
func (s *Store) Case(ctx context.Context, g *agent.Grant, slot agent.Slot) (agent.StoredCase, error) {
	all, err := s.findings(ctx, g, slot, false)
	if err != nil || len(all) == 0 {
		return agent.StoredCase{}, err
	}
	return all[0], nil
}

// History opens every finding that a slot has held, oldest first, and burns the
// grant.
func (s *Store) History(ctx context.Context, g *agent.Grant, slot agent.Slot) ([]agent.StoredCase, error) {
	return s.findings(ctx, g, slot, true)
}

func (s *Store) findings(ctx context.Context, g *agent.Grant, slot agent.Slot, older bool) (all []agent.StoredCase, err error) {
	scope, err := g.Burn(s.o.Now())
	if err != nil {
		return nil, err
	}
	if !scope.Findings {
		return nil, agent.ErrGrant
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	key, err := s.dataKey(v, scope.Subject)
	if err != nil {
		return nil, err
	}
	if key == nil {
		return nil, agent.ErrConflict
	}
	open := func(val []byte) error {
		plain, err := openFinding(scope.Subject, key, slot[:], val)
		if err == nil {
			all = append(all, agent.StoredCase{Version: beUint64(val), Finding: plain})
		}
		return err
	}
	if older {
		err := v.each(subjectKey(scope.Subject, kindOlder, slot[:]...), func(rowKey, val []byte) error {
			if !olderMatches(rowKey, val) {
				return agent.ErrCorrupt
			}
			return open(val)
		})
		if err != nil {
			return nil, err
		}
	}
	val, err := v.get(subjectKey(scope.Subject, kindFinding, slot[:]...))
	if err != nil || val == nil {
		return all, err
	}
	return all, open(val)
}

// openFinding opens the value of a finding's row, older ones included.
func openFinding(id agent.SubjectID, key agent.DataKey, slot, val []byte) ([]byte, error) {
	if len(val) < 8 {
		return nil, agent.ErrCorrupt
	}
	plain, err := key.Open(val[8:], aad(nil, id, kindFinding, slot, val[:8]))
	if err != nil {
		return nil, agent.ErrCorrupt
	}
	return plain, nil
}

func olderKey(id agent.SubjectID, slot agent.Slot, version uint64) []byte {
	return binary.BigEndian.AppendUint64(subjectKey(id, kindOlder, slot[:]...), version)
}

// olderMatches reports whether an older finding stands under its own version.
func olderMatches(key, val []byte) bool {
	return len(key) == kindAt+1+16+8 && len(val) >= 8 && bytes.Equal(key[kindAt+1+16:], val[:8])
}

// Cases lists slots that hold a finding, after the given one. It opens nothing.
func (s *Store) Cases(ctx context.Context, after agent.Ref, max int) (refs []agent.Ref, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	c := scan(v.txn, []byte{rowSubject})
	defer c.close()
	if !after.Subject.IsZero() {
		c.seek(append(subjectKey(after.Subject, kindFinding, after.Slot[:]...), 0))
	}
	for len(refs) < max && c.next() {
		key := c.key()
		if len(key) <= kindAt {
			return nil, agent.ErrCorrupt
		}
		id := agent.SubjectID(key[1:kindAt])
		switch kind := key[kindAt]; {
		case kind < kindFinding:
			c.seek(subjectKey(id, kindFinding))
		case kind > kindFinding:
			c.seek(subjectKey(id, 0xff)) // no kind has it
		case len(key) != kindAt+1+16:
			return nil, agent.ErrCorrupt
		default:
			refs = append(refs, agent.Ref{Subject: id, Slot: agent.Slot(key[kindAt+1:])})
		}
	}
	return refs, c.err
}

// Reviews lists the cases that wait for a person, by the order of random names.
func (s *Store) Reviews(ctx context.Context) (refs []agent.Ref, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	err = v.each([]byte{rowReview}, func(key, _ []byte) error {
		if len(key) != 1+16+16 {
			return agent.ErrCorrupt
		}
		refs = append(refs, agent.Ref{Subject: agent.SubjectID(key[1:17]), Slot: agent.Slot(key[17:])})
		return nil
	})
	return refs, err
}

// Body opens the sealed part of the journal entry at a leaf, if it belongs to
// the grant's subject, with the salt of its commitment. It burns the grant,
// which must be for [agent.PurposeOversight] and open findings.
func (s *Store) Body(ctx context.Context, g *agent.Grant, leaf int64) (salt [32]byte, body []byte, err error) {
	scope, err := g.Burn(s.o.Now())
	if err != nil {
		return salt, nil, err
	}
	if scope.Purpose != agent.PurposeOversight || !scope.Findings {
		return salt, nil, agent.ErrGrant
	}
	if err := s.enter(ctx); err != nil {
		return salt, nil, err
	}
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	key, err := s.dataKey(v, scope.Subject)
	if err != nil {
		return salt, nil, err
	}
	if key == nil {
		return salt, nil, agent.ErrConflict
	}
	val, err := v.get(bodyKey(scope.Subject, leaf))
	if err != nil {
		return salt, nil, err
	}
	if val == nil {
		return salt, nil, errors.New("read journal: the subject has no entry there")
	}
	return openBody(scope.Subject, key, val)
}

func bodyKey(id agent.SubjectID, leaf int64) []byte {
	return binary.BigEndian.AppendUint64(subjectKey(id, kindBody), uint64(leaf))
}

func openBody(id agent.SubjectID, key agent.DataKey, val []byte) (salt [32]byte, body []byte, err error) {
	if len(val) < 32 {
		return salt, nil, agent.ErrCorrupt
	}
	// The commitment stands for the leaf's number, which is not known yet when
	// the body is sealed; the leaf carries the same commitment.
	plain, err := key.Open(val[32:], aad(nil, id, kindBody, val[:32]))
	if err != nil || len(plain) < 32 || commitment(plain) != [32]byte(val) {
		return salt, nil, agent.ErrCorrupt
	}
	return [32]byte(plain), plain[32:], nil
}
