package agenttest

import "testing"

func TestMemory_isAStore(t *testing.T) {
	TestStore(t, func(t testing.TB) *Rig {
		m := NewMemory(t)
		return &Rig{Backend: m, FailNext: m.FailNext, SetFull: m.SetFull}
	})
}
