package report

import (
	"strings"
	"testing"
	"unicode"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/explanation"
)

// Nothing that is told falls back on its code for want of words, in either language.
func TestExplain_hasWordsForEverything(t *testing.T) {
	var keys []string
	for _, f := range explanation.Facts(&agent.Finding{Result: agent.Result{Facts: new(agent.Facts)}}) {
		keys = append(keys, "fact."+f.Path)
		part, _, _ := strings.Cut(f.Path, ".")
		keys = append(keys, "part."+part)
		for _, c := range f.From {
			keys = append(keys, "category."+string(c))
		}
	}
	for _, d := range agent.Dispositions {
		if d != agent.NotAvailable && d != "freeze" { // freeze is told as a review
			keys = append(keys, "explain.answer."+d)
		}
	}
	for _, k := range []string{explanation.WhyMissing, explanation.WhyNotEnough} {
		keys = append(keys, "why."+k)
	}
	for _, k := range []string{explanation.WithheldSensitive, explanation.WithheldSigns} {
		keys = append(keys, "explain.withheld."+k)
	}
	for _, k := range []string{explanation.PersonWaits, explanation.PersonDecided} {
		keys = append(keys, "explain.person."+k)
	}
	for _, k := range []string{explanation.LevelEvidence, explanation.LevelSupposed, explanation.LevelFact} {
		keys = append(keys, "whatif."+k)
	}
	for _, k := range keys {
		w, ok := explainTable[k]
		if !ok {
			t.Errorf("no words for %s", k)
			continue
		}
		if w[0] == "" || w[1] == "" || !strings.ContainsFunc(w[0], func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: %q", k, w)
		}
	}
	for k := range explainTable {
		if _, twice := table[k]; twice {
			t.Errorf("%s has words in both tables", k)
		}
	}
}

func TestStep_saysEachChangeInWords(t *testing.T) {
	var all []explanation.Change
	for _, a := range []string{"income.salary=100", "income.declared=100", "debt.monthly=100", "debt.lenders=1", "loan.amount=100", "loan.term=6", "loan.paid=100",
		"overdue.accounts=0", "credit.inquiries_30=0", "credit.new_loans_90=0", "wait.days=30", "fact.capacity.residual=5"} {
		c, err := explanation.Set(a)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	for _, a := range []string{"statements=6m", "credit_report", "contract", "identity", "document", "phone", "card", "proof=diagnosis", "proof=tax_zero_return", "proof=complaint_receipt"} {
		c, err := explanation.Add(a)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	for _, c := range all {
		for _, lang := range []Lang{Chinese, English} {
			if s := Step(lang, c); s == "" || strings.Contains(s, "%!") || strings.ContainsAny(s, "_") || strings.Contains(c.Key, ".") && strings.Contains(s, c.Key) {
				t.Errorf("%s in %s: %q", c.Key, lang, s)
			}
		}
	}
	if s := Step(English, all[2]); !strings.Contains(s, "¥1.00 a month") {
		t.Errorf("an amount: %q", s)
	}
}
