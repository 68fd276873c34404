package policy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// The ledger's codes are written in package agent: each has a text here, and
// none is here that the ledger does not give.
func TestOwn_hasEveryCodeOfTheLedger(t *testing.T) {
	var want []string
	files := token.NewFileSet()
	for _, name := range []string{"consent.go", "ledger.go"} {
		f, err := parser.ParseFile(files, "../agent/"+name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			c, ok := n.(*ast.ValueSpec)
			if ok && strings.HasPrefix(c.Names[0].Name, "CodeConsent") {
				code, err := strconv.Unquote(c.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, code)
			}
			return true
		})
	}
	var got []string
	for _, part := range own {
		for _, c := range part.codes {
			if len(c.Cites) == 0 {
				t.Errorf("%s rests on nothing", c.Code)
			}
			if part.name == agent.PointConsent {
				got = append(got, string(c.Code))
				if !codeForm.MatchString(string(c.Code)) {
					t.Errorf("%s is not %s.noun_state", c.Code, part.name)
				}
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(want) < 18 || !slices.Equal(got, want) {
		t.Errorf("codes with a text are %q, want %q", got, want)
	}
}

// A register of another age explains what it can; this program's own has
// everything.
func TestOwn_citesWhatTheRegisterKnows(t *testing.T) {
	e := engine(t)
	for _, part := range own {
		for _, c := range part.codes {
			_, cites, ok := e.Explain(c.Code, "zh")
			if !ok || len(cites) != len(c.Cites) {
				t.Errorf("Explain(%s) cites %d of %d, ok %v", c.Code, len(cites), len(c.Cites), ok)
			}
		}
	}
	old := register{Laws: e.bundle.register.Laws, Rules: maps.Clone(e.bundle.register.Rules)}
	delete(old.Rules, "YM-7")
	for _, s := range ownSentences(&old) {
		if slices.Contains(s.Cites, "YM-7") || s.Code != agent.CodeConsentTimeAhead && s.Code != agent.CodeConsentTimeBackward &&
			s.Code != agent.CodeConsentHeaderRepeated && len(s.Cites) == 0 {
			t.Errorf("%s cites %q from a register without YM-7", s.Code, s.Cites)
		}
	}
}
