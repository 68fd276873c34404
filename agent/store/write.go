package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/yanmen/yanmen/agent"
)

// Limits of one write beside Badger's.
const (
	// maxValue is the longest value of a row, so that several fit into a
	// transaction and none is half of a file of the value log.
	maxValue   = 256 << 10
	maxPayload = 64 << 10
)

// A row is a key with its new value; nil deletes it.
type row struct{ key, val []byte }

// An expectation is what a row must be when the write is committed: absent, or
// beginning with these bytes.
type expectation struct{ key, begins []byte }

// A prepared write is everything about a write that can be computed without
// its number: sealed by the caller's goroutine, in parallel with others.
type prepared struct {
	w          *agent.Write
	key        agent.DataKey
	expect     []expectation
	rows       []row
	commitment [32]byte
	body       []byte // value of the body row; nil: the entry has none
	stage      []row  // pieces of long records
	marks      []row  // that say they are unfinished
	staged     bool   // the pieces are there
	size       int64
}

func (p *prepared) put(key, val []byte) {
	p.rows = append(p.rows, row{key, val})
	p.size += rowSize(key, val)
}

// rowSize is what Badger counts against its limit.
func rowSize(key, val []byte) int64 { return int64(len(key)+len(val)) + 12 }

// Commit makes the write durable before it returns nil.
func (s *Store) Commit(ctx context.Context, w *agent.Write) (agent.Committed, error) {
	if err := validate(w); err != nil {
		return agent.Committed{}, fmt.Errorf("commit: %w", err)
	}
	c, err := s.commit(ctx, w)
	if errors.Is(err, errRelink) {
		return s.commitRelink(ctx, w)
	}
	return c, err
}

func (s *Store) commit(ctx context.Context, w *agent.Write) (agent.Committed, error) {
	if err := s.enter(ctx); err != nil {
		return agent.Committed{}, err
	}
	defer s.mu.RUnlock()
	p, err := s.prepare(w, nil)
	if err != nil {
		if errors.Is(err, agent.ErrConflict) {
			s.stats.conflicts.Add(1)
		}
		return agent.Committed{}, err
	}
	return s.submitPrepared(p)
}

// validate refuses writes that no caller should make.
func validate(w *agent.Write) error {
	queued := w.Platform != "" || w.VerdictID != "" || w.Payload != nil
	switch {
	case w.Entry.Kind == "":
		return errors.New("a write needs a journal entry")
	case w.Subject.IsZero() && (w.New || w.Index != nil || w.Records != nil || w.Profile != nil || w.Finding != nil || w.Consents != nil || w.Unsettled || w.Settled || queued || w.Entry.Body != nil):
		return errors.New("a write without a subject is its journal entry alone")
	case len(w.Records) != len(w.Retain):
		return errors.New("every record needs an end of retention")
	case queued && (w.Platform == "" || w.VerdictID == "" || w.Payload == nil):
		return errors.New("a verdict needs platform, id and payload")
	case len(w.Platform) > 255 || len(w.VerdictID) > 255:
		return errors.New("names of a platform or verdict have at most 255 bytes")
	case w.Review && w.Finding == nil:
		return errors.New("a case waits for a person with a finding alone")
	case w.Finding != nil && (w.Version == 0 || w.Slot == agent.Slot{}):
		return errors.New("a finding needs a slot and a version")
	case w.Unsettled && w.Settled:
		return errors.New("a subject is settled or not")
	}
	for _, c := range w.Consents {
		if c.Record == "" || c.N == 0 || len(c.Event) == 0 {
			return errors.New("an event of a consent needs a record, a number and content")
		}
	}
	for _, e := range w.Index {
		if e.Kind != agent.IndexNumber && e.Kind != agent.IndexCase && e.Kind != agent.IndexConsent || len(e.Value) == 0 || e.Ref.Subject != w.Subject {
			return errors.New("an index entry needs a kind, a value and the write's subject")
		}
	}
	for i := range w.Records {
		r := &w.Records[i]
		if r.Data == nil || r.Data.Category() != r.Category || catByte[r.Category] == 0 {
			return errors.New("a record's category and data differ")
		}
	}
	return nil
}

// errRelink says that a case entry leads away from another subject, which only
// commitRelink may change.
var errRelink = errors.New("relink")

// prepare seals a write. The caller holds mu. relinked is set by commitRelink:
// the index row that may lead elsewhere.
func (s *Store) prepare(w *agent.Write, relinked []byte) (*prepared, error) {
	p := &prepared{w: w, rows: make([]row, 0, 8+len(w.Records)+2*len(w.Index))}
	if w.Subject.IsZero() {
		return p, nil
	}
	v := s.view()
	defer v.close()
	if err := s.prepareKey(v, p); err != nil {
		return nil, err
	}
	if err := s.prepareIndex(v, p, relinked); err != nil {
		return nil, err
	}
	var buf []byte
	var err error
	if buf, err = s.prepareRecords(v, p, buf); err != nil {
		return nil, err
	}
	if w.Profile != nil {
		version := w.Profile.Version
		key := subjectKey(w.Subject, kindProfile)
		p.expectVersion(key, version)
		header := binary.BigEndian.AppendUint64(nil, version+1)
		buf = aad(buf, w.Subject, kindProfile, header)
		if err := p.seal(key, header, encodeProfile(w.Profile), buf); err != nil {
			return nil, err
		}
	}
	if w.Finding != nil {
		key := subjectKey(w.Subject, kindFinding, w.Slot[:]...)
		p.expectVersion(key, w.Version-1)
		if err := p.keepOlder(v, key); err != nil {
			return nil, err
		}
		header := binary.BigEndian.AppendUint64(nil, w.Version)
		buf = aad(buf, w.Subject, kindFinding, w.Slot[:], header)
		if err := p.seal(key, header, w.Finding, buf); err != nil {
			return nil, err
		}
		switch {
		case w.Review:
			p.put(reviewKey(w.Subject, w.Slot), []byte{})
		case w.Version > 1: // a slot's first finding has no mark before it
			p.put(reviewKey(w.Subject, w.Slot), nil)
		}
	}
	if buf, err = p.consents(buf); err != nil {
		return nil, err
	}
	if w.Entry.Body != nil {
		plain := make([]byte, 32, 32+len(w.Entry.Body))
		rand.Read(plain)
		plain = append(plain, w.Entry.Body...)
		p.commitment = commitment(plain)
		buf = aad(buf, w.Subject, kindBody, p.commitment[:])
		sealed, err := p.key.Seal(plain, buf)
		if err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
		p.body = append(p.commitment[:len(p.commitment):len(p.commitment)], sealed...)
	}
	return p, nil
}

// consents adds the rows of the ledger and the mark of an ended consent.
func (p *prepared) consents(buf []byte) ([]byte, error) {
	w := p.w
	last := map[string]uint32{}
	for _, c := range w.Consents {
		mac := p.key.MAC(append([]byte{kindConsent}, c.Record...))
		at := consentKey(w.Subject, mac, c.N)
		p.expect = append(p.expect, expectation{at, nil})
		switch before := last[c.Record]; {
		case before != 0 && before != c.N-1:
			return buf, errors.New("commit: events of a consent leave a gap")
		case before == 0 && c.N > 1:
			p.expect = append(p.expect, expectation{consentKey(w.Subject, mac, c.N-1), []byte{}})
		}
		last[c.Record] = c.N
		buf = aad(buf, w.Subject, kindConsent, at[kindAt+1:])
		if err := p.seal(at, nil, c.Event, buf); err != nil {
			return buf, err
		}
	}
	switch {
	case w.Unsettled:
		p.put(endedKey(w.Subject), []byte{})
	case w.Settled:
		p.put(endedKey(w.Subject), nil)
	}
	return buf, nil
}

func consentKey(id agent.SubjectID, record [16]byte, n uint32) []byte {
	return binary.BigEndian.AppendUint32(subjectKey(id, kindConsent, record[:]...), n)
}

// keepOlder moves the finding that the write supersedes aside, sealed as it is:
// its seal is bound to its version, which is part of the new key.
func (p *prepared) keepOlder(v *view, key []byte) error {
	w := p.w
	if w.Version == 1 {
		return nil
	}
	val, err := v.get(key)
	if err != nil {
		return err
	}
	if len(val) < 8 || beUint64(val) != w.Version-1 {
		return agent.ErrConflict // as the committer would find
	}
	p.put(olderKey(w.Subject, w.Slot, w.Version-1), val)
	return nil
}

// commitment is what a leaf says of a body: SHA-256 over salt ‖ body.
func commitment(salted []byte) [32]byte { return sha256.Sum256(salted) }

func (p *prepared) expectVersion(key []byte, version uint64) {
	if version == 0 {
		p.expect = append(p.expect, expectation{key, nil})
		return
	}
	p.expect = append(p.expect, expectation{key, binary.BigEndian.AppendUint64(nil, version)})
}

// seal adds a row whose value is header ‖ sealed plain.
func (p *prepared) seal(key, header, plain, aad []byte) error {
	sealed, err := p.key.Seal(plain, aad)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	if len(header)+len(sealed) > maxValue {
		return ErrTooLarge
	}
	p.put(key, append(header, sealed...))
	return nil
}

// prepareKey finds the subject's data key, or makes it for a new subject.
func (s *Store) prepareKey(v *view, p *prepared) (err error) {
	w := p.w
	if !w.New {
		if p.key, err = s.dataKey(v, w.Subject); err == nil && p.key == nil {
			err = agent.ErrConflict // erased since the caller found it
		}
		return err
	}
	shard, err := s.homeShard(w)
	if err != nil {
		return err
	}
	wrapped, key, err := s.keys.NewData(shard, w.Subject)
	if err != nil {
		return fmt.Errorf("make data key: %w", err)
	}
	p.key = key
	keyRow := subjectKey(w.Subject, kindKey)
	p.expect = append(p.expect, expectation{keyRow, nil})
	p.put(keyRow, append(binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(wrapped)), shard), wrapped...))
	p.put(memberKey(shard, w.Subject), []byte{})
	return nil
}

// homeShard is the shard that wraps a new subject's data key: that of the
// identity number, so that erasing touches few shards.
func (s *Store) homeShard(w *agent.Write) (uint16, error) {
	at := -1
	for i := range w.Index {
		if at < 0 || w.Index[i].Kind == agent.IndexNumber {
			at = i
		}
	}
	var tag agent.Tag
	if at < 0 {
		copy(tag[:], w.Subject[:]) // random as a tag is
		return s.keys.ShardOf(tag), nil
	}
	tag, err := s.keys.Tag(w.Index[at].Kind, w.Index[at].Value)
	if err != nil {
		return 0, fmt.Errorf("make data key: %w", err)
	}
	return s.keys.ShardOf(tag), nil
}

// prepareIndex adds the rows by which the subject is found, and the sealed list
// of their tags by which erasing finds the rows again.
func (s *Store) prepareIndex(v *view, p *prepared, relinked []byte) error {
	for i := range p.w.Index {
		e := &p.w.Index[i]
		tag, err := s.keys.Tag(e.Kind, e.Value)
		if err != nil {
			return fmt.Errorf("index: %w", err)
		}
		shard := s.keys.ShardOf(tag)
		xrow, err := s.keys.Row(shard, tag)
		if err != nil {
			return fmt.Errorf("index: %w", err)
		}
		key := indexKey(shard, xrow)
		ref, ok, err := s.ref(v.txn, shard, xrow)
		switch {
		case err != nil:
			return err
		case !ok:
			p.expect = append(p.expect, expectation{key, nil})
		case p.w.New && ref == e.Ref:
			return agent.ErrConflict
		case ref == e.Ref:
			continue // it was there under mu, so it stays
		case relinked != nil && string(relinked) == string(key):
		case p.w.Relink && relinked == nil && e.Kind == agent.IndexCase:
			return errRelink
		default:
			return agent.ErrConflict
		}
		plain := append(append(make([]byte, 0, 32), e.Ref.Subject[:]...), e.Ref.Slot[:]...)
		sealed, err := s.keys.SealRef(shard, xrow, plain)
		if err != nil {
			return fmt.Errorf("index: %w", err)
		}
		p.put(key, sealed)
		entry := append(append(make([]byte, 0, 33), byte(e.Kind)), tag[:]...)
		id := p.key.MAC(entry)
		if err := p.seal(subjectKey(p.w.Subject, kindIndex, id[:]...), nil, entry, aad(nil, p.w.Subject, kindIndex, id[:])); err != nil {
			return err
		}
	}
	return nil
}

// prepareRecords seals the records that are not there yet. One that is there
// with the same content stays, and its retention is only ever lengthened: it
// was collected again, for a purpose that may keep it for longer.
func (s *Store) prepareRecords(v *view, p *prepared, buf []byte) ([]byte, error) {
	w := p.w
	if len(w.Records) == 0 {
		return buf, nil
	}
	for i := range w.Records {
		plain, err := encodeRecord(&w.Records[i])
		if err != nil {
			return buf, fmt.Errorf("encode record: %w", err)
		}
		var id [17]byte
		id[0] = catByte[w.Records[i].Category]
		mac := p.key.MAC(append([]byte{id[0]}, plain...))
		copy(id[1:], mac[:])
		var old []byte // header of the row that is there
		if !w.New {
			val, err := getRow(v.txn, subjectKey(w.Subject, kindRecord, id[:]...))
			if err != nil {
				return buf, err
			}
			if val != nil {
				if len(val) < recordHeader {
					return buf, agent.ErrCorrupt
				}
				old = val[:recordHeader]
			}
		}
		if old != nil && int64(beUint64(old)) >= w.Retain[i] {
			continue
		}
		if buf, err = p.record(id, uint64(w.Retain[i]), plain, old, buf); err != nil {
			return buf, err
		}
	}
	return buf, nil
}

// record seals one record into a row, or into pieces when it is long. old is
// the header of the row it replaces.
func (p *prepared) record(id [17]byte, retain uint64, plain, old, buf []byte) ([]byte, error) {
	key := subjectKey(p.w.Subject, kindRecord, id[:]...)
	header := make([]byte, recordHeader, recordHeader+len(plain)+64)
	binary.BigEndian.PutUint64(header, retain)
	// What sealing adds is small and fixed; a page is ample.
	pieces := 0
	// So are records of more than a page, where those before would leave too little
	// room in the transaction: a case has many statements.
	if len(plain)+4096 > maxValue || len(plain) > 4096 && p.size+int64(len(plain)) > maxValue {
		pieces = (len(plain) + 4096 + maxValue - 1) / maxValue
		rand.Read(header[8:16])
		binary.BigEndian.PutUint32(header[16:], uint32(pieces))
	}
	buf = aad(buf, p.w.Subject, kindRecord, id[:], header[:recordHeader])
	sealed, err := p.key.Seal(plain, buf)
	if err != nil {
		return buf, fmt.Errorf("seal: %w", err)
	}
	if pieces == 0 {
		p.put(key, append(header, sealed...))
		return buf, nil
	}
	p.expect = append(p.expect, expectation{key, old})
	p.put(key, header)
	each := (len(sealed) + pieces - 1) / pieces
	for n := range pieces {
		k := binary.BigEndian.AppendUint32(subjectKey(p.w.Subject, kindBlob, header[8:16]...), uint32(n))
		p.stage = append(p.stage, row{k, sealed[n*each : min((n+1)*each, len(sealed))]})
	}
	p.marks = append(p.marks, row{pendingKey(p.w.Subject, beUint64(header[8:])), []byte{}})
	if old != nil {
		for n := range binary.BigEndian.Uint32(old[16:]) {
			k := binary.BigEndian.AppendUint32(subjectKey(p.w.Subject, kindBlob, old[8:16]...), n)
			p.put(k, nil)
		}
	}
	return buf, nil
}

// submitPrepared commits a prepared write. Pieces of long records go first, in
// transactions of their own: nothing leads to them until the write is there,
// and the marks let a restart clear away what a crash left of them.
func (s *Store) submitPrepared(p *prepared) (agent.Committed, error) {
	if err := s.submitStage(p); err != nil {
		return agent.Committed{}, err
	}
	r := newRequest()
	r.p = p
	s.submit(r)
	if r.err == nil {
		if p.w.New {
			s.data.put(p.w.Subject, p.key)
		}
	} else if len(p.stage) > 0 && !errors.Is(r.err, agent.ErrUncertain) {
		// Best effort: the marks make the next start clear away what stays.
		_ = s.submitRows(append(deletions(p.stage), deletions(p.marks)...))
	}
	return r.out, r.err
}

func (s *Store) submitStage(p *prepared) error {
	if len(p.stage) == 0 || p.staged {
		return nil
	}
	p.staged = true
	rows := p.marks
	for _, m := range rows {
		p.put(m.key, nil)
	}
	var size int64
	for _, piece := range p.stage {
		if size += rowSize(piece.key, piece.val); size > s.limit()/2 {
			if err := s.submitRows(rows); err != nil {
				return err
			}
			rows, size = nil, rowSize(piece.key, piece.val)
		}
		rows = append(rows[:len(rows):len(rows)], piece)
	}
	return s.submitRows(rows)
}

func deletions(rows []row) []row {
	d := make([]row, len(rows))
	for i := range rows {
		d[i].key = rows[i].key
	}
	return d
}
