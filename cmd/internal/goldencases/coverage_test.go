package goldencases

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/yanmen/yanmen/agent"
)

// unreached names the rows of the tables that no golden case reaches, and why.
var unreached = map[string]string{}

// uncontradicted names the reasons that nothing speaks against enough: whoever
// claims them is asked for a proof, and no more.
var uncontradicted = []string{agent.ReasonIllness, agent.ReasonFamily, agent.ReasonDisaster, agent.ReasonStolenIdentity, agent.ReasonDispute}

// Every row of the tables decides some case, each reason is there from every side,
// and whatever may be answered is.
func TestCases_coverWhatMayBeAnswered(t *testing.T) {
	b, all := newBench(t), allCases(t)
	if len(all) < 120 {
		t.Errorf("%d cases, want 120 at least", len(all))
	}
	seen := map[string]bool{}
	for _, c := range all {
		f, j := b.answer(t, c, c.evidence, c.person)
		seen["row "+string(j.Row)] = true
		seen["disposition "+j.Disposition], seen["disposition "+j.Proposal] = true, true
		seen["band "+j.Band], seen["outcome "+j.Outcome], seen["class "+j.OverdueClass], seen["class "+j.Proposal] = true, true, true, true
		for _, r := range f.Overdue.Reasons {
			seen[r.Reason+" "+r.Support] = true
		}
		for _, code := range j.Reasons {
			seen["reason "+string(code)] = true
		}
	}
	want := []string{}
	for kind, words := range map[string][]string{"disposition ": agent.Dispositions, "band ": agent.Bands, "outcome ": agent.Outcomes, "class ": agent.Classes} {
		for _, w := range words {
			want = append(want, kind+w)
		}
	}
	for _, r := range []string{agent.ReasonLostCard, agent.ReasonSystemFault, agent.ReasonJobLoss, agent.ReasonIllness, agent.ReasonFamily,
		agent.ReasonBusinessFailure, agent.ReasonDisaster, agent.ReasonStolenIdentity, agent.ReasonDispute, agent.ReasonOverIndebted} {
		want = append(want, r+" supported", r+" unproven")
		if !slices.Contains(uncontradicted, r) {
			want = append(want, r+" contradicted")
		} else if seen[r+" contradicted"] {
			t.Errorf("%s can be contradicted: take it off the list", r)
		}
	}
	for _, row := range rows(t) {
		if unreached[row] == "" {
			want = append(want, "row "+row)
		} else if seen["row "+row] {
			t.Errorf("row %s is reached: take it off the list", row)
		}
	}
	for _, w := range want {
		if !seen[w] {
			t.Errorf("no case has %s", w)
		}
	}
}

// rows reads the codes of the tables of judgement.
func rows(t *testing.T) (codes []string) {
	t.Helper()
	const judge = "../../../policy/rego/yanmen/judge/"
	type row struct {
		Code string `yaml:"code"`
	}
	var data struct {
		Application map[string]row `yaml:"application"`
		Overdue     []row          `yaml:"overdue"`
	}
	var drawdown map[string]row
	for file, into := range map[string]any{"data.yaml": &data, "drawdown/data.yaml": &drawdown} {
		b, err := os.ReadFile(judge + file)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(b, into); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []map[string]row{data.Application, drawdown} {
		for _, r := range table {
			codes = append(codes, r.Code)
		}
	}
	for _, r := range data.Overdue {
		codes = append(codes, r.Code)
	}
	if len(codes) < 40 || slices.Contains(codes, "") {
		t.Fatalf("%d rows, some of them perhaps without a code", len(codes))
	}
	return codes
}

func TestRead_refusesWhatItDoesNotKnow(t *testing.T) {
	const good = `
as_of: "2026-05-20T12:00:00+08:00"
bases:
  somebody: {loan: {requested: 12000.5, rate: 12, method: equal_instalment, term: 12}, answers: [two_factor yes]}
cases:
  - {id: a, base: somebody, zh: 甲, en: one, purpose: application, want: {outcome: pass}}
`
	if _, err := readCases([]byte(good)); err != nil {
		t.Fatalf("what is in order is refused: %v", err)
	}
	for _, bad := range [][2]string{
		{"want: {", "wants: {"},
		{"outcome: pass", "outcom: pass"},
		{"rate: 12,", "rates: 12,"},
		{"loan: {", "loans: {"},
		{"base: somebody", "base: nobody"},
		{"base: somebody", "base: somebody, without: [income]"},
		{"base: somebody", "base: somebody, with: {loan: {due: [2026-05-32 100]}}"},
		{"base: somebody", "base: somebody, with: {loan: {starts: 2026-02-30}}"},
		{"base: somebody", "base: somebody, with: {proofs: [diagnosis]}"},
		{"base: somebody", "base: somebody, with: {statements: [{rows: [2026-05-01 in wages 100]}]}"},
		{"base: somebody", "base: somebody, with: {statements: [{monthly: [8 in salary 100 2026-05]}]}"},
		{"12000.5,", "12000.505,"},
		{"12000.5,", "plenty,"},
		{"two_factor yes", "two_factor maybe"},
		{"two_factor yes", "two_factor yes soon"},
		{`as_of: "2026-05-20T12:00:00+08:00"`, "as_of: 2026-05-20"},
	} {
		text := strings.Replace(good, bad[0], bad[1], 1)
		if text == good {
			t.Fatalf("%q is not in the text", bad[0])
		}
		if _, err := readCases([]byte(text)); err == nil {
			t.Errorf("with %s for %s the text is read", bad[1], bad[0])
		}
	}
}
