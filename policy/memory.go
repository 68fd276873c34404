package policy

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/yanmen/yanmen/agent"
)

const (
	// keyRoom is what a key of an ordinary case needs.
	keyRoom = 2048
	// keyLimit bounds what a stranger's input may occupy; beyond it the rules
	// are asked each time.
	keyLimit = 4096
	// generation is how many answers are held before the older half goes.
	generation = 2048
)

// rooms holds buffers for keys: memory copies a key that it keeps.
var rooms = sync.Pool{New: func() any { return new([keyRoom]byte) }}

// An answer is what is remembered of a decision.
type answer struct {
	agent.Decision
	claims     []string
	validFor   int64
	retraction bool
}

func copied(d agent.Decision) agent.Decision {
	d.Denials, d.Obligations = slices.Clone(d.Denials), slices.Clone(d.Obligations)
	return d
}

// decision returns a copy that the caller may change.
func (a answer) decision() agent.Decision { return copied(a.Decision) }

func (a answer) disclosure() agent.Disclosure {
	return agent.Disclosure{Decision: copied(a.Decision), Claims: slices.Clone(a.claims), ValidFor: a.validFor, Retraction: a.retraction}
}

// memory holds the newest answers in two generations of bounded size. The zero
// memory is empty. Safe for concurrent use.
type memory struct {
	mu         sync.RWMutex
	young, old map[string]answer
}

func (m *memory) recall(key []byte) (answer, bool) {
	m.mu.RLock()
	a, ok := m.young[string(key)]
	if ok {
		m.mu.RUnlock()
		return a, true
	}
	a, ok = m.old[string(key)]
	m.mu.RUnlock()
	if ok {
		m.keep(key, a) // used again: it outlives its generation
	}
	return a, ok
}

func (m *memory) keep(key []byte, a answer) {
	if len(key) > keyLimit {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.young) >= generation {
		m.young, m.old = nil, m.young
	}
	if m.young == nil {
		m.young = make(map[string]answer, generation/8)
	}
	m.young[string(key)] = a
}

// A ranking replaces instants by their rank: 0 stays 0, the earliest instant
// after it is 1, the next 2; the latest before it is -1. Two inputs with the
// same ranks have the same order of instants, among each other and against 0.
type ranking struct {
	at [16]int64
	n  int
}

func (r *ranking) add(n agent.Int) {
	if v, ok := n.Value(); ok {
		r.at[r.n] = v
		r.n++
	}
}

// rank counts the distinct instants between 0 and v, v included.
func (r *ranking) rank(v int64) int8 {
	var rank int8
	for i, t := range r.at[:r.n] {
		if slices.Contains(r.at[:i], t) {
			continue
		}
		switch {
		case t > 0 && t <= v:
			rank++
		case t < 0 && t >= v:
			rank--
		}
	}
	return rank
}

// keyWriter appends a canonical form: fields in a fixed order, each text and
// list with its length before it.
type keyWriter struct {
	b     []byte
	times ranking
}

func (w *keyWriter) text(s string) {
	w.b = binary.AppendUvarint(w.b, uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *keyWriter) list(ss []string) {
	w.b = binary.AppendUvarint(w.b, uint64(len(ss)))
	for _, s := range ss {
		w.text(s)
	}
}

func (w *keyWriter) flag(b bool) {
	if b {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

func (w *keyWriter) whole(n int64) { w.b = binary.AppendVarint(w.b, n) }

func (w *keyWriter) maybe(n agent.Int) {
	v, ok := n.Value()
	w.flag(ok)
	w.whole(v)
}

// unknownRank is no rank: there are fewer than 16 instants.
const unknownRank = 127

func (w *keyWriter) time(n agent.Int) {
	rank := int8(unknownRank)
	if v, ok := n.Value(); ok {
		rank = w.times.rank(v)
	}
	w.b = append(w.b, byte(rank))
}

// ground writes the ground; extra are the instants of the point's own fields.
func (w *keyWriter) ground(g *agent.Ground, extra agent.Int) {
	now := agent.Known(g.Now)
	for _, t := range [...]agent.Int{now, g.Notice.ShownAt, g.Notice.ValidFrom, g.Notice.ValidUntil,
		g.Consent.GivenAt, g.Consent.ExpiresAt, g.Assessment.DoneAt, g.Assessment.ValidUntil, extra} {
		w.times.add(t)
	}
	w.time(now)
	w.text(string(g.Purpose))
	w.text(g.Mode)
	w.text(string(g.Basis))
	w.flag(g.BasisRef)
	w.maybe(g.SubjectAge)

	w.flag(g.Notice.Found)
	w.text(g.Notice.Version)
	w.list(g.Notice.Items)
	w.list(g.Notice.Purposes)
	w.list(g.Notice.Categories)
	w.list(g.Notice.Recipients)
	w.time(g.Notice.ShownAt)
	w.time(g.Notice.ValidFrom)
	w.time(g.Notice.ValidUntil)
	w.flag(g.Notice.OpenEnded)

	w.text(g.Consent.State)
	w.text(g.Consent.Form)
	w.time(g.Consent.GivenAt)
	w.time(g.Consent.ExpiresAt)
	w.text(g.Consent.Notice)
	w.list(g.Consent.Purposes)
	w.list(g.Consent.Categories)
	w.list(g.Consent.Recipients)
	w.list(g.Consent.Reasons)

	w.flag(g.Assessment.Found)
	w.time(g.Assessment.DoneAt)
	w.time(g.Assessment.ValidUntil)
	w.list(g.Assessment.Purposes)
	w.list(g.Assessment.Categories)
	w.list(g.Assessment.Recipients)
	w.flag(g.Assessment.Automated)
}

func collectKey(b []byte, in *agent.CollectInput) []byte {
	w := keyWriter{b: append(b, 'c')}
	w.ground(&in.Ground, agent.Int{})
	w.list(in.Categories)
	w.list(in.Sources)
	return w.b
}

func useKey(b []byte, in *agent.UseInput) []byte {
	w := keyWriter{b: append(b, 'u')}
	w.ground(&in.Ground, in.UsableUntil)
	w.list(in.Categories)
	w.time(in.UsableUntil)
	w.flag(in.Restricted)
	return w.b
}

func discloseKey(b []byte, in *agent.DiscloseInput) []byte {
	w := keyWriter{b: append(b, 'd')}
	w.ground(&in.Ground, in.Recipient.ValidUntil)
	r := &in.Recipient
	w.flag(r.Found)
	w.text(r.ID)
	w.text(r.Role)
	w.text(r.Country)
	w.flag(r.Contract)
	w.list(r.Items)
	w.list(r.Purposes)
	w.flag(r.Pools)
	w.flag(r.Sub)
	w.flag(r.SubApproved)
	w.time(r.ValidUntil)
	w.list(in.Claims)
	w.text(in.Outcome)
	w.flag(in.Sensitive)
	w.whole(in.Bits)
	w.whole(in.Spent)
	w.flag(in.Denied)
	w.flag(in.Recall)
	return w.b
}
