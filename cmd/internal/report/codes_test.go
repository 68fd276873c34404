package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/yanmen/yanmen/agent"
)

// codesIn lists what is written like a code in the Go files of a folder.
func codesIn(t *testing.T, dir string) (codes []string) {
	t.Helper()
	code := regexp.MustCompile(`^[a-z_]+\.[a-z]+(_[a-z]+)*$`)
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && code.MatchString(s) {
					codes = append(codes, s)
				}
			}
			return true
		})
	}
	return codes
}

// Every code that the checks of identity and conduct, and the terms of a loan, can give, and every cause of a
// source, is told in words, in both languages; there are no words for anything else.
func TestCodeWord_hasWordsForEveryCode(t *testing.T) {
	given := map[string]bool{}
	for _, c := range agent.AskCauses {
		given[string(c)] = true
	}
	for dir, least := range map[string]int{"identity": 55, "conduct": 25, "loan": 12} {
		codes := codesIn(t, filepath.Join("..", "..", "..", "agent", dir))
		if len(codes) < least {
			t.Errorf("%s: %d codes were found, want %d at least", dir, len(codes), least)
		}
		for _, c := range codes {
			given[c] = true
		}
	}
	han := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	}
	for c := range given {
		zh, ok := CodeWord(Chinese, c)
		en, also := CodeWord(English, c)
		if !ok || !also || !han(zh) || en == "" || han(en) || strings.ContainsAny(en, "_") {
			t.Errorf("%s: %q, %q", c, zh, en)
		}
	}
	for c := range codeWords {
		if !given[c] {
			t.Errorf("there are words for %s, which nothing gives", c)
		}
	}
	for _, c := range []string{"", "carrier", "carrier.other", "other.stale", "provide.consent_withdrawn"} {
		if w, ok := CodeWord(English, c); ok {
			t.Errorf("%q is told as %q", c, w)
		}
	}
}

func TestKindWord_hasWordsForEveryKind(t *testing.T) {
	for _, k := range []string{agent.AnswerTwoFactor, agent.AnswerCarrierThree, agent.AnswerBankFour, agent.AnswerFace, agent.AnswerBankAccount, agent.SourceInsurance, agent.SourceReport} {
		if KindWord(Chinese, k) == k || KindWord(English, k) == k && k != "face" && k != "carrier" {
			t.Errorf("no words for %s", k)
		}
	}
	if KindWord(English, "other") != "other" {
		t.Error("a kind that is not known is not told as it is")
	}
}

// The officer reads beside the facts of a case what each code of a check means.
func TestWriteFacts_tellsCodesInWords(t *testing.T) {
	f := new(agent.Facts)
	f.Identity.Codes = []string{"answer.contradicted", "two_factor.conflicting"}
	f.Conduct.Codes = []string{"salary.even"}
	fd := &agent.Finding{Case: "c", Purpose: agent.PurposeApplication, Result: agent.Result{Facts: f}}
	none := func(agent.Code, string) (string, []string, bool) { return "", nil, false }
	for lang, want := range map[Lang][]string{
		English: {"answer.contradicted       one source says yes and no to one question", "two_factor.conflicting    name and number: answers conflict", "salary.even               a salary of one round amount"},
		Chinese: {"answer.contradicted       同一来源前后答复相反", "two_factor.conflicting    实名两要素：答复相互矛盾", "salary.even               工资每月同日"},
	} {
		var b strings.Builder
		if err := WriteFacts(&b, lang, fd, nil, nil, none); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(b.String(), "    "+w) {
				t.Errorf("%s: %q is not told:\n%s", lang, w, b.String())
			}
		}
	}
}
