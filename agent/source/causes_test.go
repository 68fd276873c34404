package source

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// A cause that the agent does not know would be told as source.ask_failed.
func TestCauses_theAgentKnowsEachOfThem(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "source.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		if lit, ok := node.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, _ := strconv.Unquote(lit.Value); strings.HasPrefix(s, "source.") {
				n++
				if !slices.Contains(agent.AskCauses, agent.Code(s)) {
					t.Errorf("%s is not among the agent's causes", s)
				}
			}
		}
		return true
	})
	// The agent itself gives three of them.
	if n != len(agent.AskCauses)-3 {
		t.Errorf("there are %d causes, and the agent knows %d of a source", n, len(agent.AskCauses)-3)
	}
}

func TestBreaker_saysWhetherItIsOpen(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b := &breaker{most: 2, cooldown: time.Minute}
	b.leave(now, answerLate)
	if b.open(now) {
		t.Error("it is open after one failure of two")
	}
	b.leave(now, answerLate)
	if !b.open(now) || !b.open(now.Add(59*time.Second)) || b.open(now.Add(time.Minute)) {
		t.Error("it is not open for its pause alone")
	}
	b.leave(now, "")
	if b.open(now) {
		t.Error("it is open after an answer")
	}
}
