# METADATA
# title: Tests of draw
# description: Each situation of a draw, and what is not known.
package yanmen.draw_test

import data.yanmen.draw
import data.yanmen.fixture_test as fixture
import data.yanmen.judge

# What is changed, the situation, and the sum that is paid out.
_cases := [
	[{}, "whole", 5000000],
	[{"/contract/limit_kind": "single_draw"}, "whole", 5000000],
	[{"/contract/limit_left": 5000000}, "whole", 5000000],
	[{"/identity/takeover": "some"}, "whole", 5000000],
	[{"/identity/takeover": "unknown"}, "whole", 5000000],
	[{"/identity/refuted": "yes"}, "refuted", null],
	[
		{"/identity/refuted": "yes", "/identity/payout_bank": "no", "/identity/assurance": "authority-3"},
		"payout_unmatched",
		null,
	],
	[
		{"/identity/refuted": "yes", "/identity/payout_bank": "no", "/identity/assurance": "format"},
		"refuted",
		null,
	],
	[{"/identity/name_match": "no"}, "unmatched", null],
	[{"/identity/codes": ["face.unmatched"]}, "another_face", null],
	[{"/identity/codes": ["face.not_live"]}, "not_live", null],
	[{"/identity/document_expired": "yes"}, "expired", null],
	[{"/identity/assurance": "format"}, "unverified", null],
	[{"/identity/takeover": "strong"}, "taken_over", null],
	[{"/identity/takeover": ""}, "unverified", null],
	[{"/overdue/days_past_due": 1}, "late", null],
	[{"/overdue/days_past_due": 1, "/contract/limit_left": 0, "/contract/limit_open": "no"}, "late", null],
	[{"/contract/limit_left": 0}, "limit_used", null],
	[{"/contract/limit_left": -1, "/contract/limit_open": "no"}, "limit_used", null],
	[{"/contract/limit_open": "no"}, "limit_closed", null],
	[{"/contract/limit_open": "unknown"}, "limit_unknown", null],
	[{"/contract/limit_left": null}, "limit_unknown", null],
	[{"/contract/limit_kind": ""}, "limit_unknown", null],
	[{"/contract/limit_kind": "", "/contract/limit_open": "no"}, "limit_unknown", null],
	[{"/contract/limit_kind": "overdraft", "/contract/limit_left": 0}, "limit_unknown", null],
	[{"/overdue/days_past_due": null}, "limit_unknown", null],
	[{"/capacity/requested": null}, "limit_unknown", null],
	[{"/capacity/requested": 0}, "limit_unknown", null],
	[{"/contract/limit_left": 4999999}, "limit_exceeded", null],
	[{"/identity/name_match": "unknown"}, "undocumented", null],
	[{"/identity/number_match": "unknown"}, "undocumented", null],
	[{"/identity/document_expired": "unknown"}, "undocumented", null],
	[{"/identity/payout": "no"}, "payout_foreign", null],
	[{"/identity/payout": "no", "/identity/payout_bank": "no"}, "payout_foreign", null],
	[{"/identity/payout_bank": "no"}, "payout_unmatched", null],
	[{"/identity/payout": "unknown", "/identity/payout_bank": "no"}, "payout_unmatched", null],
	[{"/identity/payout": "unknown", "/identity/payout_bank": "unknown"}, "card_missing", null],
	[
		{"/identity/payout": "unknown", "/identity/payout_bank": "unknown", "/identity/codes": ["payout.unconfirmed"]},
		"card_unconfirmed",
		null,
	],
	[{"/identity/payout_bank": "unknown"}, "card_unconfirmed", null],
	[{"/identity/payout_bank": "unknown", "/overdue/days_past_due": 1}, "late", null],
	[{"/cost/all_in_bp": null}, "unpriced", null],
	[{"/cost/lender_class": ""}, "unpriced", null],
]

test_cases if every case in _cases {
	answer := judge.decision with input as fixture.with_set(fixture.drawdown, case[0])
	row := data.yanmen.judge.drawdown[case[1]]
	answer.allow
	answer.row == row.code
	answer.outcome == row.then.outcome
	answer.disposition == row.then.disposition
	answer.offer == case[2]
}

test_each_row_is_reached if {
	reached := {case[1] | some case in _cases}
	rows := {name | some name, row in data.yanmen.judge.drawdown}
	reached == rows
}

# Nothing that is missing pays out.
test_absence_does_not_pass if {
	every path in [
		"/identity", "/identity/payout", "/identity/payout_bank", "/identity/assurance", "/identity/takeover",
		"/identity/name_match", "/identity/number_match", "/identity/document_expired",
		"/overdue", "/overdue/days_past_due", "/capacity", "/capacity/requested",
		"/contract", "/contract/limit_kind", "/contract/limit_left", "/contract/limit_open", "/cost", "/cost/all_in_bp",
	] {
		answer := judge.decision with input as json.patch(fixture.drawdown, [{"op": "remove", "path": path}])
		answer.outcome != "pass"
	}
}

test_asks_for_what_is_missing if {
	base := fixture.drawdown
	none := judge.decision with input as fixture.with_set(base, {"/identity/payout": "unknown", "/identity/payout_bank": "unknown"})
	none.improve == {"provide.card"}
	none.reasons == {"evidence.missing"}
	unasked := judge.decision with input as fixture.with_set(base, {"/identity/payout_bank": "unknown"})
	unasked.improve == {"confirm.card"}
}

# What could be drawn is no offer to who asks for something else.
test_a_draw_alone_offers_what_is_asked_for if every purpose in ["application", "overdue"] {
	answer := judge.decision with input as fixture.with_set(
		fixture.drawdown,
		{"/purpose": purpose, "/capacity/affordable": null},
	)
	answer.offer == null
}

test_the_situation_is_of_the_identity if {
	draw.situation("expired") == "expired" with input as fixture.drawdown
	draw.situation("sound") == "whole" with input as fixture.drawdown
}

test_a_cost_over_the_cap_is_not_judged if {
	answer := judge.decision with input as fixture.with_set(fixture.drawdown, {"/cost/all_in_bp": 2401})
	not answer.allow
	"judge.cost_over_cap" in answer.denials
}

test_the_lender_owes_the_cost if {
	stated := judge.decision with input as fixture.with_set(fixture.drawdown, {"/cost/all_in_bp": null})
	"judge.cost_stated" in stated.obligations
	classed := judge.decision with input as fixture.with_set(fixture.drawdown, {"/cost/lender_class": ""})
	"judge.lender_classed" in classed.obligations
}
