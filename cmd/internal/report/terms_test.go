package report

import (
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

func TestTerms_tellThePlanTheLimitAndTheSettlement(t *testing.T) {
	plan := &agent.PlanFacts{Months: agent.Known(3), Instalment: agent.Known(1000_00), Last: agent.Known(999_98), Total: agent.Known(2999_98),
		FirstOn: 20260620, LastOn: 20260820}
	late := &agent.Result{Purpose: agent.PurposeOverdue, Plan: plan, Judgement: &agent.Judgement{Disposition: "instalments"},
		Facts: &agent.Facts{Terms: agent.TermsFacts{Settle: agent.Known(5000_01)}}}
	want := []Row{{"settles it today", "¥5,000.01"}, {"arrears: months", "3 months"}, {"arrears: instalment", "¥1,000.00"}, {"arrears: last", "¥999.98"},
		{"arrears: total", "¥2,999.98"}, {"arrears: first day", "2026-06-20"}, {"arrears: last day", "2026-08-20"}}
	if got := (texts{English}).terms(late); !slices.Equal(got, want) {
		t.Errorf("a plan reads %q, want %q", got, want)
	}
	draw := &agent.Result{Purpose: agent.PurposeDrawdown, Judgement: &agent.Judgement{Disposition: "accept"},
		Facts: &agent.Facts{Terms: agent.TermsFacts{NextLimit: agent.Known(24_000_00), NextWhy: []string{"limit.raised", "payment.punctual"}}}}
	if got, want := (texts{Chinese}).terms(draw), []Row{{"额度可调整为", "¥24,000.00"}, {"额度调整的理由", "额度可以上调、各期均按时归还"}}; !slices.Equal(got, want) {
		t.Errorf("a limit reads %q, want %q", got, want)
	}
	draw.Facts.Terms = agent.TermsFacts{NextWhy: []string{"conduct.unknown"}}
	if got := (texts{English}).terms(draw); len(got) != 1 || got[0].Value != "how payments and promises were kept is not known" {
		t.Errorf("a limit of which nobody can tell reads %q", got)
	}
}
