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
	keys = append(keys, "explain.unwilling")
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
	for _, k := range []string{agent.StreamWage, agent.StreamBenefit, agent.StreamReceipts, agent.StreamFund, agent.StreamFamily} {
		keys = append(keys, "stream."+k)
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

// The officer reads each reason and each stream, in words.
func TestWriteFacts_tellsEachEntry(t *testing.T) {
	fd := &agent.Finding{Case: "c", Purpose: agent.PurposeOverdue, Result: agent.Result{Facts: &agent.Facts{
		Overdue: agent.OverdueFacts{Reasons: []agent.ReasonFacts{
			{Reason: agent.ReasonIllness, Claimed: true, Support: agent.ClaimUnproven, Strength: agent.EvidenceWeak, Needed: []string{agent.ProofDiagnosis, agent.ProofMedicalBill}},
			{Reason: agent.ReasonJobLoss, Support: agent.ClaimSupported, Strength: agent.EvidenceGood, For: []string{"salary.stopped"}},
		}},
		Capacity: agent.CapacityFacts{Streams: []agent.StreamFacts{
			{Kind: agent.StreamReceipts, Counted: true, Monthly: agent.Known(16_000_00), Months: agent.Known(6), LastOn: 20260428, TrendBP: agent.Known(9_500)},
			{Kind: agent.StreamFamily, Monthly: agent.Known(500_00), Months: agent.Known(3)},
		}}}}}
	none := func(agent.Code, string) (string, []string, bool) { return "", nil, false }
	for lang, want := range map[Lang][]string{
		English: {"illness (stated) · unproven · evidence: weak · would decide it: diagnosis, medical bill\n", "job loss (the data show it) · borne out · evidence: good · for it: ",
			"business receipts (counted) · a month: ¥16,000.00 · 6 months · last: 2026-04-28 · trend: 95.00%\n", "family support (not counted) · a month: ¥500.00 · 3 months\n"},
		Chinese: {"生病（借款人所述） · 尚未证实", "经营收款（计入收入） · 每月: ¥16,000.00 · 6 个月", "家人资助（不计入收入）"},
	} {
		var b strings.Builder
		if err := WriteFacts(&b, lang, fd, nil, nil, none); err != nil {
			t.Fatal(err)
		}
		for _, line := range want {
			if !strings.Contains(b.String(), "    "+line) {
				t.Errorf("%s: no %q in\n%s", lang, line, b.String())
			}
		}
	}
}

// Who lacks a document is told that it is judged anew with it; who owes too much is not.
func TestWriteSheet_promisesNoNewJudgementToWhoFails(t *testing.T) {
	for outcome, want := range map[string]string{"inconclusive": "With more to go by it is judged anew.", "fail": "Once what is named below has changed, you may apply again."} {
		var b strings.Builder
		s := &explanation.Sheet{Outcome: outcome, Disposition: "decline"}
		if err := WriteSheet(&b, English, s, Contacts{}, func(agent.Code, string) (string, []string, bool) { return "", nil, false }); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "Your application cannot be accepted as it is. "+want+"\n") {
			t.Errorf("%s: told\n%s", outcome, b.String())
		}
	}
}

// A remedy that belongs to several reasons is printed once.
func TestWriteSheet_saysARemedyOnce(t *testing.T) {
	s := &explanation.Sheet{Outcome: "inconclusive", Disposition: "decline", Reasons: []explanation.Reason{
		{Code: "a.b_c", Improve: []agent.Code{"do.this"}}, {Code: "d.e_f", Improve: []agent.Code{"do.this", "do.that"}}, {Code: "g.h_i", Improve: []agent.Code{"do.this"}}}}
	for lang, again := range map[Lang]string{Chinese: "上面已经写明的办法", English: "what is named above"} {
		var b strings.Builder
		if err := WriteSheet(&b, lang, s, Contacts{}, func(agent.Code, string) (string, []string, bool) { return "", nil, false }); err != nil {
			t.Fatal(err)
		}
		for text, n := range map[string]int{"do.this": 1, "do.that": 1, again: 2} {
			if strings.Count(b.String(), text) != n {
				t.Errorf("%s: %q not %d times in\n%s", lang, text, n, b.String())
			}
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
