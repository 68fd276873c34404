package agent_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

func TestExplainTo_asksAndRecordsBeforeItTells(t *testing.T) {
	b := newBench(t, nil)
	b.must(t, file("case-1", numberA, 1))
	for _, allowed := range []bool{true, false} {
		var asked agent.RightsInput
		fd, in, a, err := b.ExplainTo(ctx, "case-1", agent.RightsInput{Requester: "guardian", Request: "delete", Verified: true, Basis: "none"},
			func(_ context.Context, in *agent.RightsInput) agent.RightsAnswer {
				asked = *in
				if allowed {
					return agent.RightsAnswer{Decision: allow, Action: "fulfil"}
				}
				return agent.RightsAnswer{Decision: deny("rights.mandate_missing"), Action: "refuse"}
			})
		if err != nil || fd.Case != "case-1" || a.Allow != allowed {
			t.Fatalf("ExplainTo = %+v, %+v, %v", fd, a, err)
		}
		if asked != *in || asked.Request != "explain" || asked.Requester != "guardian" || !asked.Verified || !asked.Automated ||
			asked.Basis != fd.Legal.Basis || asked.ReceivedAt != agent.Known(asked.Now) {
			t.Errorf("asked %+v", asked)
		}
		entries := b.store.Entries()
		last := entries[len(entries)-1]
		want := `"rights":["allow"]`
		if !allowed {
			want = `"rights":["deny","rights.mandate_missing"]`
		}
		if last.Kind != "explain" || !strings.Contains(string(last.Public), want) || !strings.Contains(string(last.Public), `"opened":["finding"]`) {
			t.Errorf("recorded %s %s", last.Kind, last.Public)
		}
	}
	_, _, _, err := b.ExplainTo(ctx, "nobody", agent.RightsInput{}, func(context.Context, *agent.RightsInput) agent.RightsAnswer {
		t.Error("asked about a case that is not there")
		return agent.RightsAnswer{}
	})
	if !errors.Is(err, agent.ErrUnknownCase) {
		t.Errorf("ExplainTo of no case: %v", err)
	}
}

func TestExplainBehind_tellsSourcesAndNoContent(t *testing.T) {
	b := contactBench(t, []agent.ContactAttempt{{At: 5, Channel: "call"}}, 7)
	fd, behind, denials, err := b.ExplainBehind(ctx, "case-1")
	if err != nil || len(denials) != 0 || fd.Case != "case-1" {
		t.Fatalf("ExplainBehind = %v, %q, %v", fd, denials, err)
	}
	i := slices.IndexFunc(behind, func(r agent.Behind) bool { return r.Category == agent.CatContactLog })
	if i < 0 || behind[i].Source != "lender" || behind[i].CollectedAt != 7 || behind[i].Later {
		t.Errorf("behind it %+v", behind)
	}
	entries := b.store.Entries()
	if last := entries[len(entries)-1]; last.Kind != "explain" || !strings.Contains(string(last.Public), "contact_log") {
		t.Errorf("recorded %s %s", last.Kind, last.Public)
	}
}

func TestSuppose_opensNothingThatIsDenied(t *testing.T) {
	b := contactBench(t, []agent.ContactAttempt{}, 7)
	s, err := b.Suppose(ctx, "case-1")
	if err != nil || s.Evidence().ContactLog == nil {
		t.Fatalf("Suppose = %+v, %v", s, err)
	}
	before := len(b.store.Entries())
	e := s.Evidence()
	e.ContactLog = nil
	if s.Evidence().ContactLog == nil {
		t.Error("who is given the evidence can take it from others")
	}
	if j := s.Judge(ctx, s.Facts(e, s.AsOf), s.AsOf); j.Outcome != s.Found.Outcome {
		t.Errorf("judged %+v", j)
	}
	if len(b.store.Entries()) != before {
		t.Error("a supposed answer is recorded")
	}
	b.rules.use = func(in *agent.UseInput) agent.Decision {
		if in.Purpose == agent.PurposeOversight {
			return allow
		}
		return deny("use.consent_missing")
	}
	var denied *agent.Denied
	if s, err := b.Suppose(ctx, "case-1"); s != nil || !errors.As(err, &denied) || !slices.Equal(denied.Codes, []agent.Code{"use.consent_missing"}) {
		t.Errorf("Suppose = %v, %v", s, err)
	}
	fd, behind, denials, err := b.ExplainBehind(ctx, "case-1")
	if err != nil || fd == nil || behind != nil || !slices.Equal(denials, []agent.Code{"use.consent_missing"}) {
		t.Errorf("ExplainBehind = %v, %v, %q, %v", fd, behind, denials, err)
	}
	entries := b.store.Entries()
	if last := entries[len(entries)-1]; last.Kind != "explain" || strings.Contains(string(last.Public), `"opened"`) {
		t.Errorf("recorded %s %s", last.Kind, last.Public)
	}
}
