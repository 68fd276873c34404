# METADATA
# title: Tests of judge
# description: Each situation, and what is not known.
package yanmen.judge_test

import data.yanmen.fixture_test as fixture
import data.yanmen.judge

_bases := {"application": fixture.application, "overdue": fixture.overdue}

_cases := [
	{
		"base": "application",
		"set": {},
		"outcome": "pass",
		"disposition": "accept",
	},
	{
		"base": "application",
		"set": {"/capacity/debt_service_bp": 7223, "/capacity/new_instalment": 1100000},
		"outcome": "pass",
		"disposition": "accept_less",
	},
	{
		"base": "application",
		"set": {"/capacity/affordable": 3000000},
		"outcome": "pass",
		"disposition": "accept_less",
	},
	{
		"base": "application",
		"set": {"/identity/refuted": "yes"},
		"outcome": "review",
		"disposition": "freeze",
	},
	{
		"base": "application",
		"set": {"/identity/name_match": "no"},
		"outcome": "review",
		"disposition": "review",
	},
	{
		"base": "application",
		"set": {"/identity/number_match": "no"},
		"outcome": "review",
		"disposition": "review",
	},
	{
		"base": "application",
		"set": {"/identity/document_expired": "yes"},
		"outcome": "inconclusive",
		"disposition": "review",
	},
	{
		"base": "application",
		"set": {"/identity/assurance": "format"},
		"outcome": "inconclusive",
		"disposition": "review",
	},
	{
		"base": "application",
		"set": {"/capacity/statement_warnings": ["income_total.differs"]},
		"outcome": "review",
		"disposition": "review",
	},
	{
		"base": "application",
		"set": {"/capacity/overdue_accounts": 1},
		"outcome": "fail",
		"disposition": "decline",
	},
	{
		"base": "application",
		"set": {"/capacity/lenders": 9, "/capacity/debt_service_bp": 9000},
		"outcome": "fail",
		"disposition": "decline",
	},
	{
		"base": "application",
		"set": {
			"/capacity/verified_income": null,
			"/capacity/evidence": "none",
			"/capacity/residual": null,
			"/capacity/debt_service_bp": null,
			"/capacity/affordable": null,
			"/capacity/income_months": null,
		},
		"outcome": "inconclusive",
		"disposition": "decline",
	},
	{
		"base": "application",
		"set": {"/capacity/evidence": "weak", "/capacity/income_months": 2},
		"outcome": "inconclusive",
		"disposition": "decline",
	},
	{
		"base": "application",
		"set": {"/capacity/lenders": null},
		"outcome": "inconclusive",
		"disposition": "decline",
	},
	{
		"base": "application",
		"set": {"/capacity/affordable": 0, "/capacity/residual": -1},
		"outcome": "fail",
		"disposition": "decline",
	},
	{
		"base": "application",
		"set": {"/capacity/inquiries_30": 8},
		"outcome": "review",
		"disposition": "review",
	},
	{
		"base": "application",
		"set": {"/capacity/new_loans_90": 4},
		"outcome": "review",
		"disposition": "review",
	},
	{
		"base": "application",
		"set": {"/capacity/lenders": 6},
		"outcome": "review",
		"disposition": "review",
	},
	{
		"base": "application",
		"set": {"/cost/all_in_bp": null},
		"outcome": "inconclusive",
		"disposition": "review",
	},
	{
		"base": "application",
		"set": {"/cost/all_in_bp": null, "/capacity/affordable": 3000000},
		"outcome": "inconclusive",
		"disposition": "review",
	},
	{
		"base": "application",
		"set": {"/cost/lender_class": ""},
		"outcome": "inconclusive",
		"disposition": "review",
	},
	{
		"base": "application",
		"set": {"/cost/contract_on": "2025-09-30"},
		"outcome": "inconclusive",
		"disposition": "review",
	},
	{
		"base": "application",
		"set": {"/cost/all_in_bp": null, "/capacity/overdue_accounts": 1},
		"outcome": "fail",
		"disposition": "decline",
	},
	{
		"base": "overdue",
		"set": {
			"/cost/all_in_bp": 2401,
			"/capacity/lenders": 9,
			"/capacity/debt_service_bp": 9000,
		},
		"outcome": "review",
		"disposition": "review",
	},
	{
		"base": "overdue",
		"set": {"/cost/all_in_bp": 2401, "/overdue/technical_lapse": "yes"},
		"outcome": "review",
		"disposition": "review",
	},
	{
		"base": "overdue",
		"set": {"/cost/all_in_bp": null, "/overdue/technical_lapse": "yes"},
		"outcome": "pass",
		"disposition": "remind",
	},
	{
		"base": "overdue",
		"set": {"/overdue/days_past_due": null},
		"outcome": "inconclusive",
		"disposition": "review",
	},
	{
		"base": "overdue",
		"set": {
			"/overdue/claim": "stolen_identity",
			"/overdue/support": "supported",
			"/identity/refuted": "yes",
		},
		"outcome": "review",
		"disposition": "freeze",
	},
	{
		"base": "overdue",
		"set": {"/identity/refuted": "yes"},
		"outcome": "review",
		"disposition": "freeze",
	},
	{
		"base": "overdue",
		"set": {"/overdue/claim": "stolen_identity", "/overdue/support": "supported"},
		"outcome": "review",
		"disposition": "freeze",
	},
	{
		"base": "overdue",
		"set": {"/identity/name_match": "no"},
		"outcome": "review",
		"disposition": "review",
	},
	{
		"base": "overdue",
		"set": {"/identity/assurance": "none"},
		"outcome": "inconclusive",
		"disposition": "review",
	},
	{
		"base": "overdue",
		"set": {"/overdue/days_past_due": 0},
		"outcome": "pass",
		"disposition": "none",
	},
	{
		"base": "overdue",
		"set": {"/overdue/claim": "dispute"},
		"outcome": "review",
		"disposition": "review",
	},
	{
		"base": "overdue",
		"set": {"/overdue/claim": "job_loss", "/overdue/support": "contradicted"},
		"outcome": "review",
		"disposition": "review",
	},
	{
		"base": "overdue",
		"set": {
			"/overdue/claim": "job_loss",
			"/overdue/support": "supported",
			"/overdue/salary_after": "yes",
		},
		"outcome": "review",
		"disposition": "review",
	},
	{
		"base": "overdue",
		"set": {"/overdue/claim": "job_loss", "/overdue/support": "supported"},
		"outcome": "pass",
		"disposition": "instalments",
	},
	{
		"base": "overdue",
		"set": {
			"/overdue/claim": "job_loss",
			"/overdue/support": "supported",
			"/overdue/days_past_due": 91,
		},
		"outcome": "pass",
		"disposition": "restructure",
	},
	{
		"base": "overdue",
		"set": {"/overdue/claim": "illness", "/overdue/support": "supported", "/capacity/residual": -1},
		"outcome": "pass",
		"disposition": "restructure",
	},
	{
		"base": "overdue",
		"set": {"/capacity/lenders": 9, "/capacity/debt_service_bp": 9000},
		"outcome": "fail",
		"disposition": "restructure",
	},
	{
		"base": "overdue",
		"set": {"/overdue/technical_lapse": "yes"},
		"outcome": "pass",
		"disposition": "remind",
	},
	{
		"base": "overdue",
		"set": {"/overdue/claim": "illness", "/overdue/support": "unproven"},
		"outcome": "inconclusive",
		"disposition": "remind",
	},
	{
		"base": "overdue",
		"set": {"/overdue/days_past_due": 31},
		"outcome": "inconclusive",
		"disposition": "review",
	},
	{
		"base": "overdue",
		"set": {"/identity/document_expired": "yes", "/overdue/days_past_due": 0},
		"outcome": "pass",
		"disposition": "none",
	},
]

test_each_situation if every case in _cases {
	answer := judge.decision with input as fixture.with_set(_bases[case.base], case.set)
	answer.allow
	answer.outcome == case.outcome
	answer.disposition == case.disposition
}

test_bands if every pair in [["A", 3000], ["B", 4000], ["C", 5000], ["D", 5500], ["E", 5501]] {
	judge.band == pair[0] with input as fixture.with_set(fixture.overdue, {"/capacity/debt_service_bp": pair[1]})
}

test_band_of_what_is_not_known if {
	judge.band == "U" with input as {}
	judge.band == "U" with input as fixture.with_set(fixture.overdue, {"/capacity/residual": null})
	judge.band == "U" with input as fixture.with_set(fixture.overdue, {"/capacity/debt_service_bp": null})
	judge.band == "U" with input as fixture.with_set(fixture.overdue, {"/capacity/evidence": "weak"})
}

test_no_judgement_without_time_or_purpose if {
	not judge.decision.allow with input as fixture.with_set(fixture.overdue, {"/as_of": 0})
	not judge.decision.allow with input as fixture.with_set(fixture.overdue, {"/purpose": "oversight"})
	not judge.decision.allow with input as {}
}

test_identity_codes_are_reasons if {
	answer := judge.decision with input as fixture.with_set(fixture.application, {"/identity/codes": ["answer.stale", "area.unknown"]})
	answer.reasons == {"evidence.stale"}
}

test_offer_is_whole_units_within_the_line if {
	answer := judge.decision with input as fixture.with_set(fixture.application, {
		"/capacity/debt_service_bp": 7223,
		"/capacity/new_instalment": 1100000,
	})
	answer.offer == 3500000
}

test_an_unknown_claim_is_sensitive if {
	"judge.reason_sensitive" in judge.decision.obligations with input as fixture.with_set(
		fixture.overdue,
		{"/overdue/claim": "fate"},
	)
	not "judge.reason_sensitive" in judge.decision.obligations with input as fixture.overdue
}

test_an_application_over_the_cap_is_not_judged if {
	answer := judge.decision with input as fixture.with_set(fixture.application, {"/cost/all_in_bp": 2401})
	not answer.allow
	answer.denials == {"judge.cost_over_cap"}
	answer.outcome == "inconclusive"
	answer.offer == null
}

test_an_application_at_the_cap_is_judged if {
	answer := judge.decision with input as fixture.with_set(fixture.application, {"/cost/all_in_bp": 2400})
	answer.allow
	answer.outcome == "pass"
	answer.obligations == set()
}

test_a_late_loan_over_the_cap_is_a_dispute if {
	answer := judge.decision with input as fixture.with_set(fixture.overdue, {
		"/cost/all_in_bp": 2401,
		"/overdue/claim": "job_loss",
		"/overdue/support": "supported",
	})
	answer.allow
	answer.overdue_class == "dispute"
	"judge.cost_disputed" in answer.obligations
}

test_what_the_lender_lacks if every pair in [
	["/cost/all_in_bp", null, "judge.cost_stated"],
	["/cost/lender_class", "pawnshop", "judge.lender_classed"],
	["/cost/contract_on", "", "judge.cap_determined"],
] {
	answer := judge.decision with input as fixture.with_set(fixture.application, {pair[0]: pair[1]})
	answer.obligations == {pair[2], "judge.reasons_given", "judge.review_offered"}
	answer.improve == set()
	answer.reasons == set()
}

test_what_the_lender_lacks_of_a_late_loan_changes_nothing if {
	known := judge.decision with input as fixture.overdue
	every pair in [["/cost/all_in_bp", null], ["/cost/lender_class", ""], ["/cost/contract_on", ""]] {
		known == judge.decision with input as fixture.with_set(fixture.overdue, {pair[0]: pair[1]})
	}
}

test_the_cost_of_an_offer_is_disclosed if {
	offered := fixture.with_set(fixture.application, {"/cost/contract_on": "2026-08-01"})
	judge.decision.obligations == {"judge.cost_disclosed"} with input as offered
	declined := fixture.with_set(offered, {"/capacity/overdue_accounts": 1})
	not "judge.cost_disclosed" in judge.decision.obligations with input as declined
	earlier := fixture.with_set(offered, {"/cost/contract_on": "2026-07-31"})
	judge.decision.obligations == set() with input as earlier
	less := fixture.with_set(offered, {"/capacity/affordable": 3000000})
	judge.decision.obligations == {"judge.cost_disclosed"} with input as less
}

test_a_new_plan_is_limited if {
	restructured := fixture.with_set(fixture.overdue, {
		"/overdue/claim": "job_loss",
		"/overdue/support": "supported",
		"/overdue/days_past_due": 91,
	})
	"judge.plan_limited" in judge.decision.obligations with input as restructured
	given_time := fixture.with_set(restructured, {"/overdue/days_past_due": 90})
	not "judge.plan_limited" in judge.decision.obligations with input as given_time
}

_answer(base, changes) := answer if {
	answer := judge.decision with input as fixture.with_set(base, changes)
}

test_a_claim_says_nothing_of_an_application if {
	answer := _answer(fixture.application, {"/overdue/claim": "illness", "/overdue/support": "unproven"})
	answer.reasons == set()
	answer.improve == set()
}

test_band_at_its_edges if {
	judge.band == "A" with input as fixture.with_set(fixture.overdue, {"/capacity/residual": 0})
	judge.band == "A" with input as fixture.with_set(fixture.overdue, {"/capacity/debt_service_bp": 0})
	judge.band == "U" with input as fixture.with_set(fixture.overdue, {"/capacity/residual": 0, "/capacity/debt_service_bp": null})
	judge.band == "U" with input as fixture.with_set(fixture.overdue, {"/capacity/residual": -1, "/capacity/evidence": "weak"})
}

test_an_instant_is_a_number if {
	not judge.decision.allow with input as fixture.with_set(fixture.overdue, {"/as_of": "today"})
}

test_nothing_is_no_sum if {
	_answer(fixture.application, {"/capacity/requested": 0}).outcome == "inconclusive"
}

test_the_smallest_offer_is_not_short if {
	_answer(fixture.application, {"/capacity/inquiries_30": 8, "/capacity/affordable": 100000}).outcome == "review"
}

test_support_of_a_claim_that_the_table_does_not_know if {
	_answer(fixture.overdue, {"/overdue/claim": "fate", "/overdue/support": "supported"}).outcome == "inconclusive"
}

test_an_identity_of_which_nothing_is_known_is_unverified if {
	_answer(fixture.application, {"/identity/name_match": ""}).improve == {"provide.identity"}
	_answer(fixture.application, {"/identity/document_expired": "yes", "/identity/assurance": "none"}).improve == {"provide.identity"}
}

test_what_is_not_known_does_not_pass if every path in [
	"/capacity/verified_income",
	"/capacity/overdue_accounts",
	"/capacity/lenders",
	"/capacity/inquiries_30",
	"/capacity/new_loans_90",
	"/capacity/residual",
	"/capacity/debt_service_bp",
] {
	_answer(fixture.application, {path: null}).outcome != "pass"
}

test_credit_of_which_a_part_is_not_known_is_inconclusive if every path in [
	"/capacity/overdue_accounts",
	"/capacity/lenders",
	"/capacity/inquiries_30",
	"/capacity/new_loans_90",
] {
	_answer(fixture.application, {path: null}).outcome == "inconclusive"
}

test_none_is_known if every path in ["/capacity/lenders", "/capacity/inquiries_30", "/capacity/verified_income"] {
	_answer(fixture.application, {path: 0}).outcome == "pass"
}

test_many_lenders_are_as_many_as_the_line if {
	_answer(fixture.overdue, {"/capacity/lenders": 6, "/capacity/debt_service_bp": 9000}).overdue_class == "over_indebted"
}

# On the line or below it, what a new instalment would be does not matter.
test_offer_within_the_line if every ratio in [0, 5500] {
	_answer(fixture.application, {
		"/capacity/debt_service_bp": ratio,
		"/capacity/affordable": 4000000,
		"/capacity/new_instalment": 1000000000,
	}).offer == 4000000
}

_over := {"/capacity/debt_service_bp": 6000, "/capacity/new_instalment": 1000000}

test_offer_over_the_line_needs_its_parts if every path in [
	"/capacity/verified_income",
	"/capacity/obligations",
	"/capacity/new_instalment",
] {
	_answer(fixture.application, _over).offer == 3900000
	answer := _answer(fixture.application, object.union(_over, {path: null}))
	answer.outcome == "inconclusive"
	answer.offer == null
}

test_offer_over_the_line_with_nothing_in_a_part if {
	_answer(fixture.application, object.union(_over, {"/capacity/obligations": 0})).offer == 4900000
	_answer(fixture.application, object.union(_over, {"/capacity/verified_income": 0})).outcome == "fail"
	_answer(fixture.application, object.union(_over, {"/capacity/new_instalment": 0})).outcome == "inconclusive"
}

test_signs_are_read_where_an_application_is_not_whole if {
	_answer(fixture.application, {"/capacity/income_months": 3}).reasons == set()
	"history.short" in _answer(fixture.application, {"/capacity/income_months": 0, "/capacity/inquiries_30": 8}).reasons
	_answer(fixture.application, {"/capacity/debt_service_bp": 5500, "/capacity/inquiries_30": 8}).reasons == {
		"inquiries.many",
		"review.needed",
	}
}

test_a_plan_is_limited_where_the_data_say_how if {
	late := {"/overdue/claim": "job_loss", "/overdue/support": "supported", "/overdue/days_past_due": 91}
	"judge.plan_limited" in _answer(fixture.overdue, late).obligations
	not "judge.plan_limited" in judge.decision.obligations with input as fixture.with_set(fixture.overdue, late)
		with data.yanmen.cost.plan.months as 0
}
