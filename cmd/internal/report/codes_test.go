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
	"github.com/yanmen/yanmen/agent/statement"
)

// codesIn lists what is written like a code in the Go files of a folder.
func codesIn(t *testing.T, dir string) (codes []string) {
	t.Helper()
	code := regexp.MustCompile(`^[a-z][a-z_]*\.[a-z]+(_[a-z]+)*$`)
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

// Every code that a check, a statement and the terms of a loan can give, every class of a bank's return, and every
// cause of a source is told in words, in both languages; there are no words for anything else.
func TestCodeWord_hasWordsForEveryCode(t *testing.T) {
	given := map[string]bool{}
	for _, c := range agent.AskCauses {
		given[string(c)] = true
	}
	for _, class := range []string{"card_lost", "card_invalid", "system_fault", "insufficient_funds", "account_frozen", "other"} {
		given["return."+class] = true
	}
	given[agent.CodeAccountRepeated] = true
	for dir, least := range map[string]int{"identity": 55, "conduct": 25, "loan": 12, "overdue": 40, "capacity": 1, "statement": 25} {
		codes := codesIn(t, filepath.Join("..", "..", "..", "agent", dir))
		if len(codes) < least {
			t.Errorf("%s: %d codes were found, want %d at least", dir, len(codes), least)
		}
		for _, c := range codes {
			// What refuses a whole statement is told with its remedy, and no code of a case.
			if (&statement.Error{Rule: c}).Remedy() == "" {
				given[c] = true
			}
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

// Where a sentence of the rules is not at hand, a code still says what was seen, and is there to be looked up.
func TestWrite_tellsCodesInWordsWithTheCodeBeside(t *testing.T) {
	r := result()
	r.Facts.Identity.Codes = []string{"two_factor.conflicting"}
	r.Facts.Capacity.StatementWarnings = []string{"balance.differs", "repayments.unlisted"}
	r.Facts.Conduct.Codes = []string{"balance.differs", "income.rose"}
	st := &agent.Statement{Format: "cmb", Account: "bank", Rows: 1, Refused: 1, Warnings: []string{"row.time"}}
	for lang, want := range map[Lang][]string{
		English: {"name and number: answers conflict", "(two_factor.conflicting)", "(medical.billed)", "(salary.continued)", "(balance.differs)", "(repayments.unlisted)", "(income.rose)", "(row.time)"},
		Chinese: {"实名两要素：答复相互矛盾", "（two_factor.conflicting）", "（medical.billed）", "（salary.continued）", "（balance.differs）", "（repayments.unlisted）", "（income.rose）", "（row.time）"},
	} {
		got := write(t, lang, r, st)
		for _, w := range want {
			if strings.Count(got, w) != 1 {
				t.Errorf("%s: %q stands %d times, want once:\n%s", lang, w, strings.Count(got, w), got)
			}
		}
	}
	// A code of rules that are newer than these words stands as it is.
	if got := (texts{English}).coded("some.novelty"); got != "some.novelty" {
		t.Errorf("an unknown code is told as %q", got)
	}
}

func TestAskedWord_hasWordsForEveryState(t *testing.T) {
	for _, state := range []string{agent.AskedAnswered, agent.AskedFresh, agent.AskedLacking, agent.AskedPast, agent.AskedDenied, agent.AskedInconclusive} {
		if _, ok := table["asked."+state]; !ok {
			t.Errorf("no words for %s", state)
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
