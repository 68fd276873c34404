package agenttest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// A Backend is a store with its queue.
type Backend interface {
	agent.Store
	agent.Outbox
}

// Memory is a [Backend] without a disk. It passes the suite of [TestStore],
// accuses the test of breaches of the contract by its caller, and fails on
// demand in both ways that a commit can. Make one with [NewMemory].
type Memory struct {
	t testing.TB

	mu       sync.Mutex
	subjects map[agent.SubjectID]*memSubject
	index    map[string]agent.Ref // by kind and value
	chains   map[string]memChain
	queue    map[string][]agent.Queued
	owner    map[string]agent.SubjectID // whose a queued verdict is, by id
	added    map[string]chan struct{}
	entries  []agent.Entry
	verdicts map[string]bool // ids ever queued
	full     bool
	fail     []bool // what becomes of the next commits that fail: kept or lost
}

type memSubject struct {
	profile  agent.Profile
	records  map[[32]byte]agent.StoredRecord
	findings map[agent.Slot]agent.StoredCase
	older    map[agent.Slot][]agent.StoredCase
	consents map[string][][]byte // by record, in order
	ended    bool
	reviews  map[agent.Slot]bool
}

type memChain struct {
	seq    uint64
	digest [32]byte
}

var _ Backend = (*Memory)(nil)

// NewMemory returns an empty store that reports to t.
func NewMemory(t testing.TB) *Memory {
	return &Memory{t: t, subjects: map[agent.SubjectID]*memSubject{}, index: map[string]agent.Ref{}, chains: map[string]memChain{},
		queue: map[string][]agent.Queued{}, owner: map[string]agent.SubjectID{}, added: map[string]chan struct{}{}, verdicts: map[string]bool{}}
}

// FailNext makes one commit more report [agent.ErrUncertain]: kept, although it
// is durable, or not kept, and it is lost.
func (m *Memory) FailNext(kept bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = append(m.fail, kept)
}

// SetFull makes commits and erasures report [agent.ErrDiskFull] until it is
// called with false.
func (m *Memory) SetFull(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}

// Entries returns a copy of the journal.
func (m *Memory) Entries() []agent.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.entries)
}

// Find implements [agent.Store].
func (m *Memory) Find(ctx context.Context, kind agent.IndexKind, value []byte) (agent.Ref, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return agent.Ref{}, false, err
	}
	ref, ok := m.index[string(byte(kind))+string(value)]
	return ref, ok, nil
}

// Profile implements [agent.Store].
func (m *Memory) Profile(ctx context.Context, id agent.SubjectID) (agent.Profile, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return agent.Profile{}, err
	}
	s := m.subjects[id]
	if s == nil {
		return agent.Profile{}, agent.ErrConflict
	}
	return cloneProfile(s.profile), nil
}

func cloneProfile(p agent.Profile) agent.Profile {
	p.Aliases, p.Disclosed = maps.Clone(p.Aliases), slices.Clone(p.Disclosed)
	return p
}

// Held implements [agent.Store].
func (m *Memory) Held(ctx context.Context, id agent.SubjectID) ([]agent.Held, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	until := map[agent.Category]int64{}
	if s := m.subjects[id]; s != nil {
		for _, r := range s.records {
			if u, ok := until[r.Category]; !ok || r.RetainUntil < u {
				until[r.Category] = r.RetainUntil
			}
		}
	}
	var held []agent.Held
	for _, c := range slices.Sorted(maps.Keys(until)) {
		held = append(held, agent.Held{Category: c, Until: until[c]})
	}
	return held, nil
}

// Records implements [agent.Store].
func (m *Memory) Records(ctx context.Context, g *agent.Grant) ([]agent.StoredRecord, error) {
	scope, err := g.Burn(time.Now())
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := m.subjects[scope.Subject]
	if s == nil {
		return nil, agent.ErrConflict
	}
	var out []agent.StoredRecord
	for _, r := range s.records {
		if slices.Contains(scope.Categories, r.Category) {
			out = append(out, r)
		}
	}
	return out, nil
}

// Case implements [agent.Store].
func (m *Memory) Case(ctx context.Context, g *agent.Grant, slot agent.Slot) (agent.StoredCase, error) {
	all, err := m.History(ctx, g, slot)
	if err != nil || len(all) == 0 {
		return agent.StoredCase{}, err
	}
	return all[len(all)-1], nil
}

// History implements [agent.Store].
func (m *Memory) History(ctx context.Context, g *agent.Grant, slot agent.Slot) ([]agent.StoredCase, error) {
	scope, err := g.Burn(time.Now())
	if err != nil {
		return nil, err
	}
	if !scope.Findings {
		return nil, agent.ErrGrant
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := m.subjects[scope.Subject]
	if s == nil {
		return nil, agent.ErrConflict
	}
	all := slices.Clone(s.older[slot])
	if c, ok := s.findings[slot]; ok {
		all = append(all, c)
	}
	for i := range all {
		all[i].Finding = slices.Clone(all[i].Finding)
	}
	return all, nil
}

// Cases implements [agent.Store].
func (m *Memory) Cases(ctx context.Context, after agent.Ref, max int) ([]agent.Ref, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var refs []agent.Ref
	order := func(a, b agent.Ref) int {
		return cmp.Or(bytes.Compare(a.Subject[:], b.Subject[:]), bytes.Compare(a.Slot[:], b.Slot[:]))
	}
	for id, s := range m.subjects {
		for slot := range s.findings {
			if ref := (agent.Ref{Subject: id, Slot: slot}); order(ref, after) > 0 {
				refs = append(refs, ref)
			}
		}
	}
	slices.SortFunc(refs, order)
	return refs[:min(len(refs), max)], nil
}

// Reviews implements [agent.Store].
func (m *Memory) Reviews(ctx context.Context) ([]agent.Ref, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var refs []agent.Ref
	for id, s := range m.subjects {
		for slot := range s.reviews {
			refs = append(refs, agent.Ref{Subject: id, Slot: slot})
		}
	}
	return refs, nil
}

// Commit implements [agent.Store].
func (m *Memory) Commit(ctx context.Context, w *agent.Write) (agent.Committed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return agent.Committed{}, err
	}
	if err := sound(w); err != nil {
		return agent.Committed{}, err
	}
	if m.full {
		return agent.Committed{}, agent.ErrDiskFull
	}
	from, err := m.expected(w)
	if err != nil {
		return agent.Committed{}, err
	}
	kept, failing := m.nextFault()
	if failing && !kept {
		return agent.Committed{}, agent.ErrUncertain
	}
	c, err := m.write(w, from)
	if err == nil && failing {
		return agent.Committed{}, agent.ErrUncertain
	}
	return c, err
}

func (m *Memory) nextFault() (kept, failing bool) {
	if len(m.fail) == 0 {
		return false, false
	}
	kept, m.fail = m.fail[0], m.fail[1:]
	return kept, true
}

// sound refuses what no caller should write.
func sound(w *agent.Write) error {
	queued := w.Platform != "" || w.VerdictID != "" || w.Payload != nil
	empty := !w.New && w.Index == nil && w.Records == nil && w.Profile == nil && w.Finding == nil && w.Consents == nil && !w.Unsettled && !w.Settled && !queued
	switch {
	case w.Entry.Kind == "":
		return errors.New("commit: no journal entry")
	case w.Subject.IsZero() && (!empty || w.Entry.Body != nil):
		return errors.New("commit: no subject")
	case len(w.Records) != len(w.Retain):
		return errors.New("commit: retention is missing")
	case queued && (w.Platform == "" || w.VerdictID == "" || w.Payload == nil):
		return errors.New("commit: half a verdict")
	case w.Review && w.Finding == nil:
		return errors.New("commit: a review of nothing")
	case w.Finding != nil && (w.Version == 0 || w.Slot == agent.Slot{}):
		return errors.New("commit: half a finding")
	case w.Unsettled && w.Settled:
		return errors.New("commit: settled or not")
	}
	for _, c := range w.Consents {
		if c.Record == "" || c.N == 0 || len(c.Event) == 0 {
			return errors.New("commit: half an event of a consent")
		}
	}
	for _, e := range w.Index {
		if e.Ref.Subject != w.Subject || len(e.Value) == 0 {
			return errors.New("commit: an index entry of another subject")
		}
	}
	for _, r := range w.Records {
		if r.Data == nil || r.Data.Category() != r.Category {
			return errors.New("commit: a record of another category")
		}
	}
	return nil
}

// expected checks what the write expects and returns the anonymous subject that
// a relinked entry leads away from.
func (m *Memory) expected(w *agent.Write) (from agent.SubjectID, err error) {
	s := m.subjects[w.Subject]
	if !w.Subject.IsZero() && w.New != (s == nil) {
		return from, agent.ErrConflict
	}
	if s == nil {
		s = &memSubject{}
	}
	for _, e := range w.Index {
		ref, ok := m.index[string(byte(e.Kind))+string(e.Value)]
		switch {
		case !ok || ref == e.Ref && !w.New:
		case w.Relink && e.Kind == agent.IndexCase && ref.Subject != w.Subject && from.IsZero() &&
			m.subjects[ref.Subject].profile.Anonymous:
			from = ref.Subject
		default:
			return from, agent.ErrConflict
		}
	}
	if w.Profile != nil && w.Profile.Version != s.profile.Version ||
		w.Finding != nil && w.Version != s.findings[w.Slot].Version+1 {
		return from, agent.ErrConflict
	}
	next := map[string]uint32{}
	for _, c := range w.Consents {
		if next[c.Record] == 0 {
			next[c.Record] = uint32(len(s.consents[c.Record])) + 1
		}
		if c.N != next[c.Record] {
			return from, agent.ErrConflict
		}
		next[c.Record]++
	}
	return from, nil
}

func (m *Memory) write(w *agent.Write, from agent.SubjectID) (agent.Committed, error) {
	var c agent.Committed
	if w.Payload != nil {
		if m.verdicts[w.VerdictID] {
			m.t.Errorf("the id of a verdict was used twice")
		}
		end := m.chains[w.Platform]
		payload := w.Payload(end.seq+1, end.digest)
		if len(payload) == 0 {
			return c, errors.New("commit: an empty payload")
		}
		c.Seq, c.Digest = m.enqueue(agent.Queued{Platform: w.Platform, Kind: agent.QueuedVerdict, ID: w.VerdictID, Payload: payload, At: w.Entry.At / 1000})
		m.verdicts[w.VerdictID] = true
		m.owner[w.VerdictID] = w.Subject
	}
	if !from.IsZero() {
		m.forget(from)
	}
	if !w.Subject.IsZero() {
		s := m.subjects[w.Subject]
		if s == nil {
			s = &memSubject{records: map[[32]byte]agent.StoredRecord{}, findings: map[agent.Slot]agent.StoredCase{}, older: map[agent.Slot][]agent.StoredCase{}, consents: map[string][][]byte{}, reviews: map[agent.Slot]bool{}}
			m.subjects[w.Subject] = s
		}
		for _, e := range w.Index {
			m.index[string(byte(e.Kind))+string(e.Value)] = e.Ref
		}
		for i, r := range w.Records {
			id, err := recordID(&r)
			if err != nil {
				return c, err
			}
			old, ok := s.records[id]
			if !ok || old.RetainUntil < w.Retain[i] {
				s.records[id] = agent.StoredRecord{Record: r, RetainUntil: w.Retain[i]}
			}
		}
		if w.Profile != nil {
			s.profile = cloneProfile(*w.Profile)
			s.profile.Version++
		}
		if w.Finding != nil {
			if old, ok := s.findings[w.Slot]; ok {
				s.older[w.Slot] = append(s.older[w.Slot], old)
			}
			s.findings[w.Slot] = agent.StoredCase{Version: w.Version, Finding: slices.Clone(w.Finding)}
			delete(s.reviews, w.Slot)
			if w.Review {
				s.reviews[w.Slot] = true
			}
		}
		for _, c := range w.Consents {
			s.consents[c.Record] = append(s.consents[c.Record], slices.Clone(c.Event))
		}
		s.ended = (s.ended || w.Unsettled) && !w.Settled
	}
	c.Leaf = int64(len(m.entries))
	m.entries = append(m.entries, w.Entry)
	return c, nil
}

func recordID(r *agent.Record) ([32]byte, error) {
	b, err := agent.EncodeDatum(r.Data)
	if err != nil {
		return [32]byte{}, err
	}
	b = append(b, r.Source...)
	b = append(b, 0)
	b = append(b, r.Category...)
	b = append(b, 0)
	b = append(b, r.Loan...)
	b = append(b, 0)
	for i := range 8 {
		b = append(b, byte(r.CollectedAt>>(8*i)))
	}
	return sha256.Sum256(b), nil
}

func (m *Memory) enqueue(q agent.Queued) (uint64, [32]byte) {
	end := m.chains[q.Platform]
	q.Seq, q.Prev, q.Digest = end.seq+1, end.digest, sha256.Sum256(q.Payload)
	m.chains[q.Platform] = memChain{q.Seq, q.Digest}
	m.queue[q.Platform] = append(m.queue[q.Platform], q)
	select {
	case m.channel(q.Platform) <- struct{}{}:
	default:
	}
	return q.Seq, q.Digest
}

func (m *Memory) channel(platform string) chan struct{} {
	if m.added[platform] == nil {
		m.added[platform] = make(chan struct{}, 1)
	}
	return m.added[platform]
}

// forget drops a subject and makes tombstones of its undelivered verdicts.
func (m *Memory) forget(id agent.SubjectID) {
	delete(m.subjects, id)
	maps.DeleteFunc(m.index, func(_ string, r agent.Ref) bool { return r.Subject == id })
	for _, items := range m.queue {
		for i := range items {
			if items[i].Kind == agent.QueuedVerdict && m.owner[items[i].ID] == id {
				items[i].Kind, items[i].Payload = agent.QueuedTombstone, nil
			}
		}
	}
}

// Erase implements [agent.Store].
func (m *Memory) Erase(ctx context.Context, e *agent.Erasure) (agent.Committed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return agent.Committed{}, err
	}
	if e.Subject.IsZero() || e.Entry.Kind == "" || e.Entry.Body != nil {
		return agent.Committed{}, errors.New("erase: want a subject and an entry without a body")
	}
	s := m.subjects[e.Subject]
	switch {
	case s == nil:
		return agent.Committed{}, agent.ErrUnknownSubject
	case m.full:
		return agent.Committed{}, agent.ErrDiskFull
	}
	kept, failing := m.nextFault()
	if failing && !kept {
		return agent.Committed{}, agent.ErrUncertain
	}
	for _, platform := range slices.Sorted(maps.Keys(s.profile.Aliases)) {
		end := m.chains[platform]
		id, payload := e.Notice(platform, s.profile.Aliases[platform].Sub, end.seq+1, end.digest)
		m.enqueue(agent.Queued{Platform: platform, Kind: agent.QueuedErased, ID: id, Payload: payload, At: e.Entry.At / 1000})
	}
	m.forget(e.Subject)
	c := agent.Committed{Leaf: int64(len(m.entries))}
	m.entries = append(m.entries, e.Entry)
	// An erasure finds out by itself whether its commit was kept.
	return c, nil
}

// Next implements [agent.Outbox].
func (m *Memory) Next(ctx context.Context, platform string, after uint64, max int) ([]agent.Queued, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out []agent.Queued
	for _, q := range m.queue[platform] {
		if q.Seq > after && len(out) < max {
			q.Payload = slices.Clone(q.Payload)
			out = append(out, q)
		}
	}
	return out, nil
}

// Delivered implements [agent.Outbox].
func (m *Memory) Delivered(ctx context.Context, platform string, seqs []uint64, digests [][32]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(seqs) != len(digests) {
		return errors.New("deliver: want one digest for each number")
	}
	want := map[uint64][32]byte{}
	for i, seq := range seqs {
		want[seq] = digests[i]
	}
	for _, q := range m.queue[platform] {
		if d, ok := want[q.Seq]; ok && d != q.Digest {
			return agent.ErrCorrupt
		}
	}
	m.queue[platform] = slices.DeleteFunc(m.queue[platform], func(q agent.Queued) bool { _, ok := want[q.Seq]; return ok })
	return nil
}

// Added implements [agent.Outbox].
func (m *Memory) Added(platform string) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.channel(platform)
}

// Depth implements [agent.Outbox].
func (m *Memory) Depth(platform string) (int64, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.queue[platform]
	if len(q) == 0 {
		return 0, 0, nil
	}
	return int64(len(q)), q[0].At, nil
}
