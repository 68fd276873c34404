package policy

import (
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

func TestRemedies_areThoseOfTheTables(t *testing.T) {
	e := engine(t)
	for reason, want := range map[agent.Code][]agent.Code{
		"income.unverified": {"provide.statements_6m"},
		"inquiries.many":    {"fewer.applications"},
		"document.expired":  {"renew.document"},
		"review.needed":     nil,
		"nobody.says_this":  nil,
	} {
		if got := e.Remedies(reason); !slices.Equal(got, want) {
			t.Errorf("Remedies(%s) = %q, want %q", reason, got, want)
		}
	}
	for _, c := range []agent.Code{"provide.medical_bill", "provide.card_loss_report"} {
		if !slices.Contains(e.Remedies("claim.unproven"), c) {
			t.Errorf("no %s for a claim that nothing proves", c)
		}
	}
	e.Remedies("inquiries.many")[0] = "x.y_z"
	if e.Remedies("inquiries.many")[0] != "fewer.applications" {
		t.Error("who was told a remedy can change it for others")
	}
}
