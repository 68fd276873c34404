package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/cmd/internal/report"
)

func TestWriteReviews_saysWhoHasWhatAndSinceWhen(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, agent.Zone)
	decision := agent.ReviewDecision{By: "li.2", Outcome: "fail", Class: "able_unwilling", Disposition: "legal", Reason: "reason.evidence_accepted",
		Because: []agent.Code{"overdue.current"}}
	all := []agent.Waiting{
		{Case: "a-1", Purpose: agent.PurposeOverdue, Proposal: "legal", Review: agent.Review{Since: now.Unix() - 3600, Why: []agent.Code{agent.CodeTwoPersons},
			By: "wang.1", TakenAt: now.Unix() - 60, Decisions: []agent.ReviewDecision{decision}, Half: true}},
		{Case: "a-2", Purpose: agent.PurposeApplication, Review: agent.Review{Since: now.Unix() - 60, Why: []agent.Code{agent.CodeReviewAsked},
			By: "zhao.3", TakenAt: now.Unix() - 24*3600}},
	}
	for lang, want := range map[report.Lang]string{
		report.English: "a-1 · overdue verification · since 2026-11-21 09:00 · half decided: waits for a second person\n" +
			"  judge.two_persons  the rules want two persons to decide\n" +
			"  proposed by the rules: legal way\n" +
			"  taken by wang.1\n" +
			"  decided by li.2: fail · able but unwilling (found by a person) · legal way · the evidence holds · overdue.current\n" +
			"a-2 · application · since 2026-11-21 09:59 · waits for a person\n" +
			"  review.person_asked  the borrower asked for a person\n",
		report.Chinese: "a-1 · 逾期验证 · 等待始于 2026-11-21 09:00 · 已有一人决定，等待另一人\n" +
			"  judge.two_persons  规则要求由两人决定\n" +
			"  规则提请决定: 法律途径\n" +
			"  领取人 wang.1\n" +
			"  已决定 li.2: 不通过 · 有能力而不还（经人工认定） · 法律途径 · 证据可信 · overdue.current\n" +
			"a-2 · 贷前申请 · 等待始于 2026-11-21 09:59 · 等待人工复核\n" +
			"  review.person_asked  借款人要求由人决定\n",
	} {
		var b strings.Builder
		if err := report.WriteReviews(&b, lang, all, now); err != nil || b.String() != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", lang, err, b.String(), want)
		}
	}
}
