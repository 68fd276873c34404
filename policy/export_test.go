package policy

import (
	"maps"
	"slices"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/yanmen/yanmen/agent"
)

// What tests of scenarios need, which stand outside: package scenario imports this
// one.

func NewForTest(t testing.TB) *Engine { return engine(t) }

// CodesForTest returns the codes that rules make, sorted.
func CodesForTest(e *Engine) []agent.Code {
	return slices.Sorted(maps.Keys(codedRules(e.bundle.compiler)))
}

// SeenForTest reports whether rules see an input as a document says.
func SeenForTest(t testing.TB, in any, document map[string]any) bool {
	t.Helper()
	v, err := ast.InterfaceToValue(document)
	if err != nil {
		t.Fatal(err)
	}
	return v.Compare(door(in)) == 0
}
