package agenttest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// Slots implements [agent.Store].
func (m *Memory) Slots(ctx context.Context, id agent.SubjectID) ([]agent.Slot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s := m.subjects[id]; s != nil {
		return slices.Collect(maps.Keys(s.findings)), nil
	}
	return nil, nil
}

// Consents implements [agent.Store].
func (m *Memory) Consents(ctx context.Context, g *agent.Grant) ([][]byte, error) {
	scope, err := g.Burn(time.Now())
	if err != nil {
		return nil, err
	}
	if !scope.Consents {
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
	var out [][]byte
	for _, events := range s.consents {
		for _, e := range events {
			out = append(out, slices.Clone(e))
		}
	}
	return out, nil
}

// Unsettled implements [agent.Store].
func (m *Memory) Unsettled(ctx context.Context) ([]agent.SubjectID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var ids []agent.SubjectID
	for id, s := range m.subjects {
		if s.ended {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
