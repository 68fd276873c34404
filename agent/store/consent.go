package store

import (
	"bytes"
	"context"

	"github.com/yanmen/yanmen/agent"
)

// Slots lists the subject's cases by the order of their random names. A subject
// that is not there has none.
func (s *Store) Slots(ctx context.Context, id agent.SubjectID) ([]agent.Slot, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	var slots []agent.Slot
	err := v.each(subjectKey(id, kindFinding), func(key, _ []byte) error {
		if len(key) != kindAt+1+len(agent.Slot{}) {
			return agent.ErrCorrupt
		}
		slots = append(slots, agent.Slot(key[kindAt+1:]))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return slots, nil
}

// Consents opens the subject's ledger and burns the grant. Each event is opened
// at its own place, so that none opens at another's; that each record counts
// from 1 without a gap is for the reader to see, who has the chain.
func (s *Store) Consents(ctx context.Context, g *agent.Grant) ([][]byte, error) {
	scope, err := g.Burn(s.o.Now())
	if err != nil {
		return nil, err
	}
	if !scope.Consents {
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
	var events [][]byte
	var buf []byte
	err = v.each(subjectKey(scope.Subject, kindConsent), func(at, val []byte) error {
		if len(at) != kindAt+1+16+4 {
			return agent.ErrCorrupt
		}
		buf = aad(buf, scope.Subject, kindConsent, at[kindAt+1:])
		plain, err := key.Open(val, buf)
		if err != nil {
			return agent.ErrCorrupt
		}
		events = append(events, plain)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return events, nil
}

// Unsettled lists the subjects of which a consent has ended and not all that
// rested on it was decided anew.
func (s *Store) Unsettled(ctx context.Context) ([]agent.SubjectID, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	v := s.view()
	defer v.close()
	var ids []agent.SubjectID
	err := v.each([]byte{rowEnded}, func(key, _ []byte) error {
		if len(key) != 1+len(agent.SubjectID{}) {
			return agent.ErrCorrupt
		}
		ids = append(ids, agent.SubjectID(bytes.Clone(key[1:])))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}
