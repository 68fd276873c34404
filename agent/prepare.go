package agent

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
)

// prepare fills the write: subject, index, finding, verdict, journal entry.
func (a *Agent) prepare(q *question, fd *Finding, v *Verdict, to RecipientEntry) error {
	f, w := q.f, &q.w
	if q.subject.IsZero() {
		q.subject = NewSubjectID()
		w.New = true
		if !q.kept {
			// Nothing about the person may be kept, so the case stands for
			// itself: its own key, no index by number.
			q.profile.Anonymous = true
			w.Profile = &q.profile
		}
	} else if q.profile.Anonymous && q.kept && !q.relink {
		// A refused case comes back with what it lacked: the person is new.
		q.relink, w.New = true, true
		q.subject = NewSubjectID()
		q.profile = Profile{Aliases: q.profile.Aliases, Disclosed: q.profile.Disclosed}
		w.Profile = &q.profile
	}
	if q.relink {
		// The case moves to another subject: its finding starts anew there.
		rand.Read(q.slot[:])
		q.version = 0
	}
	w.Subject, w.Slot, w.Version, w.Relink = q.subject, q.slot, q.version+1, q.relink
	ref := Ref{Subject: q.subject, Slot: q.slot}
	w.Index = append(w.Index, IndexEntry{IndexCase, []byte(f.Case.ID), ref})
	if w.New && q.kept {
		w.Index = append(w.Index, IndexEntry{IndexNumber, []byte(NormalizeNumber(f.Subject.Number.Reveal())), Ref{Subject: q.subject}})
	}

	r := &fd.Result
	r.Case, r.Subject, r.Purpose = f.Case.ID, q.subject.String(), f.Case.Purpose
	r.Plan = planOf(r)
	rules := a.c.Policy.Digest()
	r.Rules = encodeHex(rules[:])
	for _, p := range q.points {
		if !p.Allow {
			r.Denials = append(r.Denials, Denied{Point: p.Point, Codes: p.Denials})
		}
		r.Obligations = append(r.Obligations, p.Obligations...)
	}
	slices.Sort(r.Obligations)
	r.Obligations = slices.Compact(r.Obligations)
	fd.Trail = q.trailed(r.Obligations)
	if v != nil {
		r.Leaves = &Leaving{ID: v.ID, Platform: to.ID, Claims: v.Claims, IssuedAt: v.IssuedAt, ValidUntil: v.ValidUntil, Supersedes: v.Supersedes}
		v.Seq = 1 // any number will do to find out whether the claims can be said
		if _, err := a.c.Payload(v); err != nil {
			return fmt.Errorf("write verdict: %w", err)
		}
		w.Platform, w.VerdictID = to.ID, v.ID
		w.Payload = func(seq uint64, prev [32]byte) []byte {
			v.Seq, v.Prev = seq, prev
			b, err := a.c.Payload(v)
			if err != nil {
				panic("agent: a verdict that was valid is not") // cannot happen: only seq and prev changed
			}
			return b
		}
	} else {
		r.Recalled = q.prior.outside()
	}
	q.guard()
	w.Finding, w.Review = encodeFinding(fd), r.Review.waits()
	w.Entry = a.entry("verify", q.now, f.Case.Purpose, q.points, v)
	w.Entry.opened(q.opened)
	w.Entry.asks(q.asks)
	w.Entry.Body = entryBody(f.Case.ID, f.Digest)
	return nil
}

// entry writes the public part of a journal entry: codes, times, random ids.
func (a *Agent) entry(kind string, now time.Time, p Purpose, points []PointDecision, v *Verdict) Entry {
	b := make([]byte, 0, 512)
	b = append(b, `{"purpose":"`...)
	b = append(b, p...)
	rules := a.c.Policy.Digest()
	b = append(b, `","rules":"`...)
	b = append(b, encodeHex(rules[:])...)
	b = append(b, `","points":{`...)
	for i, d := range points {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, d.Point...)
		b = append(b, `":[`...)
		if d.Allow {
			b = append(b, `"allow"`...)
		} else {
			b = append(b, `"deny"`...)
		}
		for _, c := range d.Denials {
			if !wellFormed(string(c)) {
				c = CodeUndecided
			}
			b = append(b, `,"`...)
			b = append(b, c...)
			b = append(b, '"')
		}
		b = append(b, ']')
	}
	b = append(b, '}')
	if v != nil {
		b = append(b, `,"verdict":"`...)
		b = append(b, v.ID...)
		b = append(b, `","platform":"`...)
		b = append(b, v.Audience...)
		b = append(b, '"')
	}
	return Entry{Kind: kind, At: now.UnixMilli(), Public: append(b, '}')}
}

// opened adds to an entry what of the agent's own was opened for oversight on
// the way to it, see [Agent.oversight]: policy allowed each, or the way ended
// there. Of one point an entry names one decision alone, and its use is that of
// evidence.
func (e *Entry) opened(categories []string) {
	if len(categories) > 0 {
		e.Public = fmt.Appendf(e.Public[:len(e.Public)-1], `,"opened":["%s"]}`, strings.Join(categories, `","`))
	}
}

// entryBody is the sealed part of an entry: the digest of the file, then the id
// of the case. The subject is whoever's key opens it.
func entryBody(caseID string, digest [32]byte) []byte {
	return append(append(make([]byte, 0, 96), digest[:]...), caseID...)
}

// wellFormed holds for ids and codes: texts that need no quoting in the journal
// and can hold no sentence.
func wellFormed(s string) bool {
	return s != "" && len(s) <= 64 && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	}) < 0
}
