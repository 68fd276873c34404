package agent

import (
	"context"
	"errors"
	"fmt"
)

// Import takes in the evidence of a file without a question. It is durable when
// it returns nil. The same content imported twice is stored once. If policy
// denies, nothing is stored but the decision, and the error is a [*Denied].
func (a *Agent) Import(ctx context.Context, f *File) (SubjectID, error) {
	if f.Subject.Number.IsZero() {
		return SubjectID{}, errors.New("import: a file needs a subject")
	}
	if !wellFormed(string(f.Case.Purpose)) {
		return SubjectID{}, errors.New("import: purpose takes A-Z a-z 0-9 . _ - only, at most 64")
	}
	f = f.bound()
	for range maxTries {
		id, err := a.importOnce(ctx, f)
		if !errors.Is(err, ErrConflict) {
			return id, err
		}
	}
	return SubjectID{}, fmt.Errorf("import: %w", ErrConflict)
}

func (a *Agent) importOnce(ctx context.Context, f *File) (SubjectID, error) {
	q := &question{f: f, now: a.c.Now()}
	number := []byte(NormalizeNumber(f.Subject.Number.Reveal()))
	ref, known, err := a.c.Store.Find(ctx, IndexNumber, number)
	if err != nil {
		return SubjectID{}, err
	}
	if q.subject, q.known = ref.Subject, known; known {
		if q.profile, err = a.c.Store.Profile(ctx, ref.Subject); err != nil {
			return SubjectID{}, err
		}
	}
	if err := a.resolve(ctx, q); err != nil {
		return SubjectID{}, err
	}
	f = q.f
	q.ground = a.ground(&f.Legal, f.Case.Purpose, &f.Subject, q.now)
	if !a.collect(ctx, q) {
		d := &Denied{Point: PointCollect, Codes: q.points[0].Denials}
		w := &Write{Entry: a.entry("import", q.now, f.Case.Purpose, q.points, nil)}
		w.Entry.opened(q.opened)
		if _, err := a.c.Store.Commit(ctx, w); err != nil {
			return SubjectID{}, err
		}
		return SubjectID{}, d
	}
	w := &q.w
	w.Subject = ref.Subject
	if !known {
		w.New, w.Subject = true, NewSubjectID()
		w.Index = []IndexEntry{{IndexNumber, number, Ref{Subject: w.Subject}}}
	}
	q.guard()
	w.Entry = a.entry("import", q.now, f.Case.Purpose, q.points, nil)
	w.Entry.opened(q.opened)
	w.Entry.Body = entryBody("", f.Digest)
	_, err = a.c.Store.Commit(ctx, w)
	return w.Subject, err
}

// Show opens the finding of a case for oversight. That it was opened is on the
// record before Show returns.
func (a *Agent) Show(ctx context.Context, caseID string) (*Finding, error) {
	ref, ok, err := a.c.Store.Find(ctx, IndexCase, []byte(caseID))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrUnknownCase
	}
	fd, _, d, err := a.open(ctx, ref)
	if err != nil {
		return nil, err
	}
	w := &Write{Subject: ref.Subject, Entry: a.openEntry(d, categoryFinding)}
	if _, err := a.c.Store.Commit(ctx, w); err != nil {
		return nil, err
	}
	return fd, nil
}

// Subject finds a subject by identity number or case id, whichever is there.
func (a *Agent) Subject(ctx context.Context, kind IndexKind, value Personal) (SubjectID, bool, error) {
	v := value.Reveal()
	if kind == IndexNumber {
		v = NormalizeNumber(v)
	}
	ref, ok, err := a.c.Store.Find(ctx, kind, []byte(v))
	return ref.Subject, ok, err
}

// Erase destroys what opens a subject's data and tells every platform that may
// hold a verdict to erase too. It is complete when it returns nil and may be
// called again after any error.
func (a *Agent) Erase(ctx context.Context, id SubjectID) error {
	now := a.c.Now()
	_, err := a.c.Store.Erase(ctx, &Erasure{
		Subject: id,
		Entry:   a.entry("erase", now, PurposeOversight, nil, nil),
		Notice: func(platform string, sub [16]byte, seq uint64, prev [32]byte) (string, []byte) {
			notice := NewUUIDv7(now)
			return notice, a.c.Notice(a.c.Name, platform, notice, sub, now.Unix(), seq, prev)
		},
	})
	return err
}
