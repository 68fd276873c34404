package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/explanation"
)

// Step says one change in plain words.
func Step(lang Lang, c explanation.Change) string {
	t := texts{lang}
	key, value := c.Key, c.Value
	if rest, ok := strings.CutPrefix(key, "fact."); ok {
		return fmt.Sprintf(t.s("step.fact"), t.s("fact."+rest)+" = "+value)
	}
	switch key {
	case "income.salary", "income.declared", "debt.monthly", "loan.amount", "loan.paid":
		n, _ := strconv.ParseInt(value, 10, 64) // Set has read it
		value = yuan(agent.Known(n))
	case "statements":
		value = strings.TrimSuffix(value, "m")
	case "proof":
		value = t.s("proof." + value)
	case "credit_report", "identity", "document", "phone", "card":
		return t.s("step." + key)
	}
	return fmt.Sprintf(t.s("step."+key), value)
}

// WriteWhatIf prints what a case is answered now and what it would be after
// changes. search is what looked for them, nil if nobody did; before is what was
// answered when the case was, if that differs.
func WriteWhatIf(w io.Writer, lang Lang, caseID string, before *agent.Judgement, now explanation.Outlook, then []explanation.Outlook, search *explanation.Search, explain Explainer) error {
	t := texts{lang}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s · %s\n", t.s("case"), caseID, t.s("whatif.title"))
	if before != nil && !sameAnswer(before, &now.Judgement) {
		fmt.Fprintf(&b, "  %s\n", t.s("whatif.moved"))
	}
	t.outlook(&b, t.s("whatif.before"), &now.Judgement, nil, explain)
	searched := search != nil
	switch {
	case searched && len(then) == 0:
		fmt.Fprintf(&b, "%s\n", t.s("whatif.none"))
	case searched:
		fmt.Fprintf(&b, "%s\n", t.s("whatif.found"))
	}
	for i, o := range then {
		for k, c := range o.Changes {
			head := "  + "
			if searched && k == 0 {
				head = fmt.Sprintf("%d. ", i+1)
			}
			fmt.Fprintf(&b, "%s%s\n      %s\n", head, Step(lang, c), t.s("whatif."+c.Level))
		}
		t.outlook(&b, t.s("whatif.after"), &o.Judgement, &now.Judgement, explain)
	}
	if searched && search.Ended {
		fmt.Fprintf(&b, t.s("whatif.ended")+"\n", search.Asked)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// sameAnswer holds if a reader would see no difference.
func sameAnswer(a, b *agent.Judgement) bool {
	return a.Outcome == b.Outcome && a.Band == b.Band && a.Disposition == b.Disposition && a.Offer == b.Offer
}

// outlook prints one answer; where there was another before it, what of it is gone
// is marked.
func (t texts) outlook(b *strings.Builder, head string, j, before *agent.Judgement, explain Explainer) {
	if !j.Allow {
		fmt.Fprintf(b, "  %s: %s\n", head, t.s("whatif.judgeno"))
		t.codes(b, t.s("denied"), j.Denials, explain)
		return
	}
	line := fmt.Sprintf("  %s: %s · %s %s · %s", head, t.s("outcome."+j.Outcome), t.s("band"), t.band(j.Band), t.s("disposition."+j.Disposition))
	if n := yuan(j.Offer); n != "" {
		line += " · " + t.s("offer") + " " + n
	}
	fmt.Fprintln(b, line)
	left := func(mark string, codes []agent.Code, but []agent.Code) {
		for _, c := range codes {
			gone := false
			for _, o := range but {
				gone = gone || o == c
			}
			if gone {
				continue
			}
			title, _, ok := explain(c, string(t.lang))
			if !ok {
				title = string(c)
			}
			fmt.Fprintf(b, "      %s %s  %s\n", mark, c, title)
		}
	}
	if before == nil {
		left("·", j.Reasons, nil)
		return
	}
	left("−", before.Reasons, j.Reasons)
	left("·", j.Reasons, nil)
}
