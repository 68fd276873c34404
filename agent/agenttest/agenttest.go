// Package agenttest holds what tests of the agent share: a keyring and a store
// that live in memory and fail on demand, the suite that every [agent.Store]
// must pass, and checks that hold after every step of every scenario.
//
// It is for tests only: its keyring keeps keys in plain memory and it makes
// grants without asking policy. A test of the repository holds that no other
// code imports it.
package agenttest

import (
	"reflect"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/yanmen/yanmen/agent"
)

// grant mirrors agent.Grant, whose fields are nobody's to set: outside tests
// the core alone makes grants, after policy allowed the use.
type grant struct {
	scope agent.GrantScope
	live  atomic.Bool
}

// UnauthorizedGrant returns a live grant of any scope, without a decision. An
// Expires of zero is an hour from now.
func UnauthorizedGrant(scope agent.GrantScope) *agent.Grant {
	theirs, ours := reflect.TypeFor[agent.Grant](), reflect.TypeFor[grant]()
	if theirs.NumField() != ours.NumField() {
		panic("agenttest: agent.Grant has changed")
	}
	for i := range ours.NumField() {
		t, o := theirs.Field(i), ours.Field(i)
		if t.Name != o.Name || t.Type != o.Type || t.Offset != o.Offset {
			panic("agenttest: agent.Grant has changed")
		}
	}
	if scope.Expires.IsZero() {
		scope.Expires = time.Now().Add(time.Hour)
	}
	g := new(agent.Grant)
	m := (*grant)(unsafe.Pointer(g))
	m.scope = scope
	m.live.Store(true)
	return g
}
