package policy

import (
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// Remedies lists the remedies that the rules' tables name beside a reason: what a
// borrower can do about it. A judgement names those that would help in its case.
// Nil for a reason that nothing of the borrower's changes.
func (e *Engine) Remedies(reason agent.Code) []agent.Code {
	return slices.Clone(e.bundle.remedies[reason])
}

// Codes that the rules give to a claim that nothing proves. Which proof would help
// is said with each claim.
var unprovenCodes = []agent.Code{"claim.unproven", "evidence.missing"}

// readRemedies finds every row of judgement's tables that has reasons and
// improvements. Where a table stands does not matter.
func (l *loaded) readRemedies(data map[string]any) error {
	var judge map[string]any
	if err := section(data, "judge", &judge); err != nil {
		return err
	}
	l.remedies = map[agent.Code][]agent.Code{}
	add := func(reason, remedy agent.Code) {
		if !slices.Contains(l.remedies[reason], remedy) {
			l.remedies[reason] = append(l.remedies[reason], remedy)
		}
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			reasons, improve := codesOf(v["reasons"]), codesOf(v["improve"])
			if proof, ok := v["proof"].(string); ok {
				reasons, improve = append(reasons, unprovenCodes...), append(improve, agent.Code(proof))
			}
			for _, r := range reasons {
				for _, i := range improve {
					add(r, i)
				}
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(judge)
	for _, list := range l.remedies {
		slices.SortFunc(list, func(a, b agent.Code) int { return l.order[a] - l.order[b] })
	}
	return nil
}

func codesOf(v any) (out []agent.Code) {
	list, _ := v.([]any)
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, agent.Code(s))
		}
	}
	return out
}
