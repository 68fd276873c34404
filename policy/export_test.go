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
	return slices.Sorted(maps.Keys(codedRules(e.library().compiler)))
}

// RowsForTest returns the codes of the rows of judgement.
func RowsForTest(t testing.TB) (codes []agent.Code) {
	t.Helper()
	for _, r := range decode[judgementTables](t, "judge").rows() {
		codes = append(codes, r.Code)
	}
	return codes
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
