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
	judge.band == "U" with input as fixture.with_set(
		fixture.overdue,
		{"/capacity/evidence": "weak", "/capacity/debt_service_bp": 9000},
	)
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

test_another_face_brings_a_person if {
	every code in ["face.unmatched", "face.conflicting"] {
		answer := judge.decision with input as fixture.with_set(fixture.application, {"/identity/codes": ["area.unknown", code]})
		[answer.outcome, answer.disposition, answer.offer] == ["review", "review", null]
		answer.row == "application.face_unmatched"
		not "identity.unmatched" in answer.reasons
		answer.improve == {"verify.without_face"}
		"judge.human_review" in answer.obligations
		late := judge.decision with input as fixture.with_set(fixture.overdue, {"/identity/codes": [code]})
		[late.outcome, late.row] == ["review", "identity.face_unmatched"]
		late.improve == {"verify.without_face"}
		"judge.human_review" in late.obligations
	}
	every code in ["face.stale", "face.unanswered", "face.unanchored", "face.score_low"] {
		answer := judge.decision with input as fixture.with_set(fixture.application, {"/identity/codes": [code]})
		answer.outcome == "pass"
	}
	unsaid := judge.decision with input as fixture.with_set(fixture.application, {"/identity/codes": null})
	unsaid.outcome != "pass"
}

# A face without life is no other face: nothing counts of it, and another way is named.
test_a_face_without_life_is_asked_for_in_another_way if {
	lifeless := {"/identity/codes": ["area.unknown", "face.not_live"]}
	answer := judge.decision with input as fixture.with_set(fixture.application, lifeless)
	[answer.row, answer.outcome, answer.disposition] == ["application.face_lifeless", "inconclusive", "review"]
	answer.offer == null
	[answer.reasons, answer.improve] == [{"face.unmatched"}, {"verify.without_face"}]
	"judge.human_review" in answer.obligations
	late := judge.decision with input as fixture.with_set(fixture.overdue, lifeless)
	[late.row, late.outcome, late.disposition] == ["identity.face_lifeless", "inconclusive", "review"]
	[late.reasons, late.improve] == [{"face.unmatched"}, {"verify.without_face"}]

	# Another face, another name and an authority's no come first; one that nobody verified
	# lacks more than a face.
	first := {
		"application.face_unmatched": {"/identity/codes": ["face.not_live", "face.unmatched"]},
		"application.identity_unmatched": {"/identity/name_match": "no"},
		"application.identity_refuted": {"/identity/refuted": "yes"},
		"application.identity_unverified": {"/identity/assurance": "format"},
	}
	every row, change in first {
		told := _answer(fixture.application, object.union(lifeless, change))
		told.row == row
		"face.unmatched" in told.reasons
	}
	contradicted := {"/identity/codes": ["face.not_live", "answer.contradicted"]}
	_answer(fixture.application, contradicted).row == "application.identity_unverified"
	expired := {"/identity/codes": ["area.unknown"], "/identity/document_expired": "yes"}
	_answer(fixture.application, expired).row == "application.document_expired"
}

# A document was seen, so nobody is asked for one; a person compares the names.
test_a_name_written_in_another_way_takes_a_person if every code in data.yanmen.judge.unclear_names {
	unclear := {"/identity/name_match": "unknown", "/identity/codes": [code, "name.shape_differs"]}
	answer := _answer(fixture.application, unclear)
	[answer.row, answer.outcome, answer.disposition] == ["application.name_unclear", "review", "review"]
	[answer.reasons, answer.improve, answer.offer] == [{"review.needed"}, set(), null]
	"judge.human_review" in answer.obligations

	# It helps nobody who would be declined, and proves nothing else.
	other := {
		"application.late_elsewhere": {"/capacity/overdue_accounts": 1},
		"application.document_missing": {"/identity/document_expired": "unknown"},
		"application.identity_unmatched": {"/identity/number_match": "no"},
		"application.identity_refuted": {"/identity/refuted": "yes"},
		"application.identity_unverified": {"/identity/assurance": "format"},
	}
	every row, change in other {
		_answer(fixture.application, object.union(unclear, change)).row == row
	}
	every change in [
		{"/identity/codes": ["name.shape_differs"]},
		{"/identity/number_match": "unknown"},
	] {
		_answer(fixture.application, object.union(unclear, change)).row == "application.document_missing"
	}
	contradicted := object.union(unclear, {"/identity/codes": [code, "answer.contradicted"]})
	_answer(fixture.application, contradicted).row == "application.identity_unverified"
}

test_a_source_that_contradicts_itself_verifies_nobody if {
	answer := judge.decision with input as fixture.with_set(fixture.application, {"/identity/codes": ["answer.contradicted", "area.unknown"]})
	[answer.outcome, answer.disposition, answer.offer] == ["inconclusive", "review", null]
	answer.reasons == {"evidence.conflicting", "identity.unverified"}
	"judge.human_review" in answer.obligations
	late := judge.decision with input as fixture.with_set(fixture.overdue, {"/identity/codes": ["answer.contradicted"]})
	late.outcome != "pass"
	late.disposition == "review"
	"judge.human_review" in late.obligations
}

test_a_source_that_contradicts_what_it_told_takes_a_person if every code in data.yanmen.judge.contradicting {
	told := {"/conduct/codes": ["report.stale", code]}
	applied := _answer(fixture.application, told)
	[applied.row, applied.outcome, applied.offer] == ["application.evidence_conflicting", "review", null]
	applied.reasons == {"evidence.conflicting", "review.needed"}
	"judge.human_review" in applied.obligations
	late := _answer(fixture.overdue, told)
	[late.row, late.outcome, late.proposal] == ["source.not_consistent", "review", ""]
	"judge.human_review" in late.obligations

	# What bears a technical cause out is neither insurance nor a report.
	lost := object.union(told, {"/overdue/reasons": [_reason("lost_card", "supported", "good")]})
	_row(lost) == "technical.borne_out"
	worked := object.union(told, {"/overdue/reasons": [_reason("job_loss", "supported", "good")]})
	_row(worked) == "source.not_consistent"

	# Who would be declined is not, before a person has looked.
	_answer(fixture.application, object.union(told, {"/capacity/overdue_accounts": 1})).row == "application.evidence_conflicting"
}

test_codes_that_nobody_reports_are_no_consistency if {
	_answer(fixture.application, {"/conduct/codes": null}).row == "application.evidence_conflicting"
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
	answer.obligations == {pair[2], "judge.human_review", "judge.reasons_given", "judge.review_offered"}
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
	_answer(fixture.application, {"/identity/refuted": ""}).improve == {"provide.identity"}
	_answer(fixture.overdue, {"/identity/name_match": ""}).row == "identity.not_verified"
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
	_answer(fixture.application, {"/capacity/shock_20": -1, "/conduct/promises_broken": 5}).reasons == set()
	"history.short" in _answer(fixture.application, {"/capacity/income_months": 0, "/capacity/inquiries_30": 8}).reasons
	_answer(fixture.application, {"/capacity/debt_service_bp": 5500, "/capacity/inquiries_30": 8}).reasons == {
		"inquiries.many",
		"review.needed",
	}
}

# Who is looked at for many new loans is told so.
test_new_loans_are_named if {
	most := data.yanmen.judge.lines.many_new_loans
	fast := _answer(fixture.application, {"/capacity/new_loans_90": most})
	[fast.row, fast.reasons, fast.improve] == ["application.borrowing_fast", {"inquiries.many", "review.needed"}, {"fewer.applications"}]
	_answer(fixture.application, {"/capacity/new_loans_90": most - 1}).reasons == set()
}

# A report that is too old is told to be old, and one that is not there to be missing.
test_an_old_report_is_told_to_be_old if {
	unknown := {"/capacity/inquiries_30": null, "/capacity/new_loans_90": null}
	old := _answer(fixture.application, object.union(unknown, {"/conduct/codes": ["report.stale"]}))
	[old.row, old.reasons, old.improve] == ["application.evidence_missing", {"evidence.missing", "evidence.stale"}, {"provide.credit_report"}]
	every codes in [[], null] {
		answer := _answer(fixture.application, object.union(unknown, {"/conduct/codes": codes}))
		not "evidence.stale" in answer.reasons
		"provide.credit_report" in answer.improve
	}

	# What else counts by an old report is no sign of its age.
	looked := _answer(fixture.application, {"/capacity/inquiries_30": 8, "/conduct/codes": ["report.stale"]})
	not "evidence.stale" in looked.reasons
}

# As many months of income as the remedy asks for are what turns an application.
test_a_history_is_as_long_as_is_asked_for if {
	most := data.yanmen.judge.lines.history_months
	_answer(fixture.application, {"/capacity/income_months": most}).row == "application.accepted_whole"
	every months in [most - 1, 0] {
		short := _answer(fixture.application, {"/capacity/income_months": months})
		[short.row, short.outcome, short.disposition, short.offer] == ["application.evidence_missing", "inconclusive", "decline", null]
		short.reasons == {"evidence.missing", "history.short"}
		short.improve == {"provide.statements_6m"}
	}
	_answer(fixture.application, {"/capacity/income_months": null}).row == "application.evidence_missing"
	less := {"/capacity/requested": 90000000, "/capacity/debt_service_bp": 90000}
	_answer(fixture.application, less).row == "application.accepted_less"
	_answer(fixture.application, object.union(less, {"/capacity/income_months": most - 1})).row == "application.evidence_missing"
}

test_a_plan_is_limited_where_the_data_say_how if {
	late := {"/overdue/claim": "job_loss", "/overdue/support": "supported", "/overdue/days_past_due": 91}
	"judge.plan_limited" in _answer(fixture.overdue, late).obligations
	not "judge.plan_limited" in judge.decision.obligations with input as fixture.with_set(fixture.overdue, late)
		with data.yanmen.cost.plan.months as 0
}

test_band_is_one_lower_where_a_fall_of_income_is_not_borne if every pair in [
	[0, "A"],
	[-1, "B"],
	[null, "B"],
] {
	judge.band == pair[1] with input as fixture.with_set(fixture.overdue, {"/capacity/shock_20": pair[0]})
}

test_band_is_no_lower_than_the_last if {
	judge.band == "E" with input as fixture.with_set(fixture.overdue, {
		"/capacity/shock_20": -1,
		"/capacity/debt_service_bp": 5501,
	})
}

_reason(name, support, strength) := {"reason": name, "support": support, "strength": strength}

_row(changes) := _answer(fixture.overdue, changes).row

# Which of several reasons carries.
test_reasons_carry_in_their_order if every case in [
	[[["job_loss", "supported", "good"], ["illness", "supported", "fair"]], "hardship.borne_out"],
	[[["job_loss", "supported", "good"], ["illness", "unproven", "fair"]], "income.loss_borne_out"],
	[[["illness", "supported", "fair"], ["lost_card", "supported", "good"]], "technical.borne_out"],
	[[["illness", "contradicted", "good"], ["job_loss", "unproven", "fair"]], "claim.half_proven"],
	[[["illness", "contradicted", "good"]], "claim.against_data"],
	[[["fate", "supported", "good"], ["job_loss", "supported", "weak"]], "income.loss_borne_out"],
	[[["fate", "supported", "good"]], "arrears.in_first_days"],
	[[["job_loss", "supported", "good"], ["dispute", "unproven", "none"]], "debt.in_dispute"],
	[[["job_loss", "perhaps", "good"]], "arrears.in_first_days"],
] {
	reasons := [_reason(r[0], r[1], r[2]) | some r in case[0]]
	_row({"/overdue/reasons": reasons}) == case[1]
}

test_a_reason_that_was_weighed_is_not_weighed_again if {
	claim := {"/overdue/claim": "job_loss", "/overdue/support": "supported", "/overdue/salary_after": "yes"}
	_row(claim) == "claim.against_data"
	_row(object.union(claim, {"/overdue/reasons": [_reason("job_loss", "supported", "fair")]})) == "income.loss_borne_out"
}

test_each_reason_that_is_not_proven_names_its_proof if {
	answer := _answer(fixture.overdue, {"/overdue/reasons": [
		_reason("job_loss", "unproven", "weak"),
		_reason("illness", "unproven", "weak"),
		_reason("lost_card", "contradicted", "good"),
	]})
	answer.improve == {"provide.medical_bill", "provide.termination_notice"}
	"judge.reason_sensitive" in answer.obligations
}

_able := {
	"/overdue/claim": "none_given",
	"/overdue/days_past_due": 31,
	"/overdue/able": "yes",
	"/overdue/attempts_30": 3,
	"/overdue/reached_30": 0,
}

test_unwillingness_is_proposed_to_two_people if {
	answer := _answer(fixture.overdue, _able)
	answer.row == "unwilling.for_decision"
	answer.proposal == "able_unwilling"
	answer.overdue_class == "unproven"
	answer.disposition == "review"
	answer.obligations == {"judge.human_review", "judge.two_persons", "judge.reasons_given", "judge.review_offered"}
}

test_legal_steps_are_proposed_to_two_people if {
	late := object.union(_able, {"/overdue/days_past_due": 91, "/conduct/promises_broken": 1})
	_answer(fixture.overdue, late).proposal == "legal"
	spent := object.union(late, {"/overdue/days_past_due": 90, "/overdue/spending": "yes"})
	_answer(fixture.overdue, spent).proposal == "secure"
}

test_nothing_is_proposed_without_each_of_its_grounds if every change in [
	{"/overdue/days_past_due": 30},
	{"/overdue/claim": ""},
	{"/overdue/claim": null},
	{"/overdue/claim": "fate"},
	{"/capacity/overdue_accounts": null},
	{"/overdue/able": "unknown"},
	{"/overdue/able": "no"},
	{"/overdue/attempts_30": 2},
	{"/overdue/attempts_30": 0},
	{"/overdue/attempts_30": null},
	{"/identity/takeover": "some"},
	{"/identity/takeover": "unknown"},
	{"/identity/takeover": ""},
	{"/identity/assurance": "none"},
	{"/capacity/debt_service_bp": 5001},
	{"/capacity/evidence": "weak"},
	{"/overdue/reasons": [_reason("illness", "unproven", "none")]},
	{"/overdue/reasons": [_reason("illness", "supported", "good")]},
	{"/overdue/claim": "dispute"},
	{"/cost/all_in_bp": 2401},
	{"/conduct/forgery": "strong"},
] {
	_answer(fixture.overdue, object.union(_able, change)).proposal == ""
}

test_rows_of_a_late_loan if every case in [
	[{"/overdue/days_past_due": -7}, "due.coming_soon"],
	[{"/overdue/days_past_due": -8}, "due.not_past"],
	[{"/identity/takeover": "strong"}, "account.taken_over"],
	[{"/identity/takeover": "doubtful"}, "arrears.not_explained"],
	[{"/conduct/forgery": "strong"}, "statement.looks_forged"],
	[{"/conduct/forgery": ""}, "arrears.in_first_days"],
	[{"/conduct/forgery": "certain"}, "arrears.not_explained"],
	[{"/conduct/promises_broken": 1}, "promise.not_kept"],
	[{"/conduct/promises_broken": 0}, "arrears.in_first_days"],
	[{"/conduct/promises_kept": 1}, "arrears.in_first_days"],
	[{"/overdue/reached_30": 1}, "arrears.in_first_days"],
	[{"/overdue/attempts_30": 1}, "arrears.in_first_days"],
	[{"/overdue/attempts_30": 0}, "arrears.in_first_days"],
	[{"/capacity/lenders": null}, "arrears.in_first_days"],
	[{"/overdue/days_past_due": 91, "/overdue/able": "no", "/capacity/plan_months": 12}, "arrears.plan_carried"],
	[{"/overdue/days_past_due": 90, "/overdue/able": "no", "/capacity/cure_chance": "likely"}, "arrears.soon_cured"],
] {
	_row(case[0]) == case[1]
}

test_a_row_that_does_not_say_takes_a_person if {
	row := {"code": "x.y", "when": {}, "then": {"outcome": "pass", "disposition": "none", "class": "none"}, "reasons": [], "improve": []}
	answer := judge.decision with input as fixture.overdue with data.yanmen.judge.overdue as [row]
	answer.obligations == {"judge.human_review"}
	answer.proposal == ""
}

test_a_row_about_what_nobody_knows_never_matches if {
	rows := [
		{"code": "x.y", "when": {"weather": ["fine"]}},
		{"code": "x.a"},
		{"code": "x.z", "when": {}, "days": {"from": 21}},
		{"code": "x.w", "when": {}, "days": {"to": 19}},
		{"code": "x.v", "when": {}, "days": {"from": 21, "to": 30}},
		{"code": "x.u", "when": {}, "days": {}},
		{"code": "x.t", "when": {}, "then": {"outcome": "pass", "disposition": "none", "class": "none"}, "reasons": [], "improve": []},
	]
	judge.decision.row == "x.t" with input as fixture.overdue with data.yanmen.judge.overdue as rows
}

# The code of the only row of a table where it matches a late loan, else empty.
_alone(changes, asks) := row if {
	then := {"outcome": "review", "disposition": "review", "class": "unproven"}
	only := object.union({"code": "x.y", "when": {}, "then": then, "reasons": [], "improve": []}, asks)
	row := judge.decision.row with input as fixture.with_set(fixture.overdue, changes)
		with data.yanmen.judge.overdue as [only]
}

test_days_of_a_row_are_held_with_their_ends if every case in [
	[9, {"from": 10, "to": 20}, ""],
	[10, {"from": 10, "to": 20}, "x.y"],
	[20, {"from": 10, "to": 20}, "x.y"],
	[21, {"from": 10, "to": 20}, ""],
	[null, {"from": 10, "to": 20}, ""],
	[10, {"from": 10}, "x.y"],
	[9, {"from": 10}, ""],
	[20, {"to": 20}, "x.y"],
	[21, {"to": 20}, ""],
	[null, {"to": 20}, ""],
] {
	_alone({"/overdue/days_past_due": case[0]}, {"days": case[1]}) == case[2]
}

# What a lender may write in a row of its own, though no row of the tables does.
test_each_word_of_a_row_is_reached if every case in [
	["late", "late", {"/overdue/days_past_due": 1}],
	["late", "due", {"/overdue/days_past_due": 0}],
	["late", "ahead", {"/overdue/days_past_due": -1}],
	["late", "unknown", {"/overdue/days_past_due": null}],
	["lenders", "many", {"/capacity/lenders": 6}],
	["lenders", "few", {"/capacity/lenders": 5}],
	["lenders", "few", {"/capacity/lenders": 0}],
	["lenders", "unknown", {"/capacity/lenders": null}],
	["contact", "reached", {"/overdue/attempts_30": 3, "/overdue/reached_30": 1}],
	["contact", "tried", {"/overdue/attempts_30": 3, "/overdue/reached_30": 0}],
	["contact", "few", {"/overdue/attempts_30": 2, "/overdue/reached_30": 0}],
	["contact", "few", {"/overdue/attempts_30": 1, "/overdue/reached_30": null}],
	["contact", "none", {"/overdue/attempts_30": 0, "/overdue/reached_30": 0}],
	["contact", "unknown", {"/overdue/attempts_30": null, "/overdue/reached_30": 0}],
	["promises", "broken", {"/conduct/promises_broken": 1, "/conduct/promises_kept": 1}],
	["promises", "kept", {"/conduct/promises_broken": 0, "/conduct/promises_kept": 1}],
	["promises", "none", {"/conduct/promises_broken": 0, "/conduct/promises_kept": 0}],
	["promises", "unknown", {"/conduct/promises_broken": null, "/conduct/promises_kept": 0}],
	["promises", "unknown", {"/conduct/promises_broken": null, "/conduct/promises_kept": null}],
	["plan", "yes", {"/capacity/plan_months": 1}],
	["plan", "unknown", {"/capacity/plan_months": 0}],
	["plan", "unknown", {"/capacity/plan_months": null}],
	["reason", "illness", {"/overdue/claim": "illness", "/overdue/support": "unproven"}],
	["reason", "other", {"/overdue/claim": "fate", "/overdue/support": "supported"}],
	["reason", "none", {}],
	["support", "none", {}],
	["strength", "none", {}],
] {
	_alone(case[2], {"when": {case[0]: [case[1]]}}) == "x.y"
}

# What a check weighed stands, whatever support the claim came with.
test_what_a_check_found_goes_before_what_is_said if {
	claim := {"/overdue/claim": "job_loss", "/overdue/support": "supported"}
	_row(object.union(claim, {"/overdue/reasons": [_reason("job_loss", "contradicted", "good")]})) == "claim.against_data"
	_row(object.union(claim, {"/overdue/reasons": [_reason("illness", "contradicted", "good")]})) == "income.loss_borne_out"
}

# Nobody is asked for a medical bill where another reason is proven.
test_no_proof_is_asked_for_where_a_reason_is_proven if {
	answer := _answer(fixture.overdue, {"/overdue/reasons": [
		_reason("job_loss", "supported", "good"),
		_reason("illness", "unproven", "weak"),
	]})
	answer.row == "income.loss_borne_out"
	answer.improve == set()
}

# What nobody named may still be true, so nothing is proposed against the borrower.
test_a_claim_without_a_name_is_no_less_unproven if {
	answer := _answer(fixture.overdue, object.union(_able, {"/overdue/support": "unproven"}))
	answer.proposal == ""
	"claim.unproven" in answer.reasons
}

test_a_claim_that_is_absent_is_sensitive if {
	answer := judge.decision with input as json.patch(fixture.overdue, [{"op": "remove", "path": "/overdue/claim"}])
	"judge.reason_sensitive" in answer.obligations
}

test_nothing_is_offered_on_a_late_loan if every affordable in [20000000, 3000000] {
	_answer(fixture.overdue, {"/capacity/affordable": affordable}).offer == null
}

# Facts of a limit say nothing of an application that is on none.
test_an_application_on_no_limit if every change in [
	{"/overdue/days_past_due": 1},
	{"/contract/limit_left": 0},
	{"/contract/limit_open": "no"},
] {
	_answer(fixture.application, change).row == "application.accepted_whole"
	_answer(fixture.application, object.union(change, {"/capacity/inquiries_30": 8})).row == "application.borrowing_fast"
}

test_an_application_of_somebody_with_many_loans if every pair in [
	[5, "application.income_short"],
	[6, "application.over_indebted"],
] {
	_answer(fixture.application, {
		"/capacity/lenders": pair[0],
		"/capacity/debt_service_bp": 9000,
		"/capacity/affordable": 0,
	}).row == pair[1]
}

# However small an offer may be, nothing is none.
test_a_limit_that_is_used_up_offers_nothing if {
	answer := judge.decision with input as fixture.with_set(_draw, {"/contract/limit_left": 0})
		with data.yanmen.judge.lines.smallest_offer as 0
	answer.row == "application.limit_used"
	answer.offer == null
}

_draw := object.union(fixture.application, {
	"overdue": object.union(fixture.application.overdue, {"days_past_due": 0}),
	"contract": {"plan": "unknown", "limit_kind": "revolving", "limit_left": 8000000, "limit_open": "yes"},
})

test_a_draw_on_a_limit if every case in [
	[{}, "application.accepted_whole", 5000000],
	[{"/contract/limit_left": 3000000}, "application.accepted_less", 3000000],
	[{"/contract/limit_left": 5000000}, "application.accepted_whole", 5000000],
	[{"/contract/limit_left": 0}, "application.limit_used", null],
	[{"/contract/limit_left": null}, "application.limit_unknown", null],
	[{"/contract/limit_open": "no"}, "application.limit_closed", null],
	[{"/contract/limit_open": "unknown"}, "application.limit_unknown", null],
	[{"/contract/limit_kind": "overdraft"}, "application.limit_unknown", null],
	[{"/overdue/days_past_due": 1}, "application.draw_overdue", null],
	[{"/overdue/days_past_due": null}, "application.limit_unknown", null],
] {
	answer := _answer(_draw, case[0])
	answer.row == case[1]
	answer.offer == case[2]
}

test_an_application_where_the_account_is_in_other_hands if {
	answer := _answer(fixture.application, {"/identity/takeover": "strong"})
	answer.row == "application.account_taken"
	answer.proposal == "not_the_borrower"
	answer.obligations == {
		"judge.collection_stopped",
		"judge.human_review",
		"judge.reasons_given",
		"judge.review_offered",
	}
	_answer(fixture.application, {"/identity/takeover": ""}).row == "application.identity_unverified"
	_answer(fixture.application, {"/identity/takeover": "some"}).outcome == "pass"
}

test_a_statement_that_looks_edited_refuses_nobody if {
	_answer(fixture.application, {"/conduct/forgery": "strong"}).outcome == "review"
	_answer(fixture.application, {"/conduct/forgery": "some"}).outcome == "pass"
}

test_conduct_is_told_and_decides_nothing if {
	signs := {
		"/conduct/applications_30": 3,
		"/conduct/new_loans_30": 2,
		"/conduct/new_loans_180": 6,
		"/conduct/promises_broken": 1,
		"/conduct/inconsistent": "yes",
	}
	_answer(fixture.application, signs).outcome == "pass"
	answer := _answer(fixture.application, object.union(signs, {"/capacity/inquiries_30": 8}))
	answer.reasons == {"inquiries.many", "review.needed", "evidence.conflicting"}
	answer.improve == {"fewer.applications", "keep.promise"}
}

test_conduct_below_its_lines_is_not_told if every path, value in {
	"/conduct/applications_30": 2,
	"/conduct/new_loans_30": 1,
	"/conduct/new_loans_180": 5,
	"/conduct/promises_broken": 0,
	"/conduct/inconsistent": "no",
} {
	answer := _answer(fixture.application, {"/capacity/inquiries_30": 4, "/capacity/overdue_accounts": 1, path: value})
	answer.reasons == {"overdue.current"}
	answer.improve == {"settle.overdue"}
}

test_each_sign_of_conduct_is_told if every case in [
	["/conduct/applications_30", 3, "fewer.applications"],
	["/conduct/new_loans_30", 2, "fewer.applications"],
	["/conduct/new_loans_180", 6, "fewer.applications"],
	["/conduct/promises_broken", 1, "keep.promise"],
] {
	answer := _answer(fixture.application, {"/capacity/overdue_accounts": 1, case[0]: case[1]})
	answer.improve == {"settle.overdue", case[2]}
}

test_a_person_looks_where_no_row_matches if {
	answer := judge.decision with input as fixture.overdue with data.yanmen.judge.overdue as []
	answer.disposition == "review"
	answer.outcome == "inconclusive"
	answer.obligations == {"judge.human_review", "judge.reasons_given", "judge.review_offered"}
}

test_a_row_cannot_spare_two_people if every then in [
	{"outcome": "fail", "disposition": "legal", "class": "unproven"},
	{"outcome": "fail", "disposition": "secure", "class": "unproven"},
	{"outcome": "fail", "disposition": "review", "class": "able_unwilling"},
	{"outcome": "fail", "disposition": "review", "class": "unproven", "proposal": "decline"},
] {
	row := {"code": "x.y", "when": {}, "then": then, "human_review": false, "reasons": [], "improve": []}
	answer := judge.decision with input as fixture.overdue with data.yanmen.judge.overdue as [row]
	"judge.two_persons" in answer.obligations
}

test_an_application_asks_for_a_document if every change in [
	{"/identity/name_match": "unknown"},
	{"/identity/number_match": "unknown"},
	{"/identity/document_expired": "unknown"},
] {
	answer := _answer(fixture.application, change)
	answer.row == "application.document_missing"
	answer.outcome == "inconclusive"
	answer.improve == {"provide.document"}
	_answer(fixture.overdue, change).row == "arrears.in_first_days"
}

test_a_document_kept_back_declines_no_less if {
	_answer(fixture.application, {"/identity/name_match": "unknown", "/capacity/overdue_accounts": 1}).row == "application.late_elsewhere"
	every code in data.yanmen.judge.distrusted {
		distrusted := {"/identity/name_match": "unknown", "/identity/codes": [code]}
		_answer(fixture.application, distrusted).row == "application.identity_unverified"
	}
}

_part := {"/capacity/affordable": 3000000, "/capacity/new_instalment": 700000, "/capacity/debt_service_bp": 5000}

test_the_band_is_that_of_the_smaller_sum if every case in [
	# 2,000 + 11,000 x 35/50 of 18,000: 5,389 bp. What is asked for is E.
	[{"/capacity/debt_service_bp": 7223, "/capacity/new_instalment": 1100000}, "D"],
	# 2,000 + 7,000 x 3/5 of 18,000: 3,445 bp. 2,800 of the instalment are spared.
	[object.union(_part, {"/capacity/shock_20": 400000}), "B"],
	[object.union(_part, {"/capacity/shock_20": -280000}), "B"],
	[object.union(_part, {"/capacity/shock_20": -280001}), "C"],
	[object.union(_part, {"/capacity/shock_20": null}), "C"],
	# 2,400 + 3,000 of 18,000 is 3,000 bp; a part of a fen more is one fen, and one bp.
	[object.union(_part, {"/capacity/obligations": 240000, "/capacity/new_instalment": 500000}), "A"],
	[object.union(_part, {"/capacity/obligations": 240000, "/capacity/new_instalment": 500001}), "B"],
	[object.union(_part, {"/capacity/obligations": 0, "/capacity/new_instalment": 0}), "A"],
	# Without its parts it is that of what was asked for.
	[object.union(_part, {"/capacity/new_instalment": null}), "C"],
	[object.union(_part, {"/capacity/obligations": null}), "C"],
	[object.union(_part, {"/capacity/verified_income": 0}), "C"],
] {
	answer := _answer(fixture.application, case[0])
	answer.disposition == "accept_less"
	answer.band == case[1]
}

test_no_band_where_the_borrower_alone_tells_the_debts if every base in [fixture.application, fixture.overdue] {
	_answer(base, {"/capacity/overdue_accounts": null}).band == "U"
	_answer(base, {"/capacity/overdue_accounts": null, "/capacity/debt_service_bp": 5500}).band == "U"
	_answer(base, {"/capacity/overdue_accounts": null, "/capacity/debt_service_bp": 5501}).band == "E"
	_answer(base, {"/capacity/overdue_accounts": null, "/capacity/residual": -1}).band == "E"
}

test_who_was_not_heard_is_asked if {
	answer := _answer(fixture.overdue, object.union(_able, {"/overdue/claim": ""}))
	answer.row == "unwilling.not_heard"
	answer.outcome == "inconclusive"
	answer.improve == {"state.reason"}
	answer.obligations == {"judge.human_review", "judge.reasons_given", "judge.review_offered"}
}

test_debts_fail_nobody_while_a_claim_is_open if {
	many := {"/capacity/lenders": 6, "/capacity/debt_service_bp": 9000}
	_answer(fixture.overdue, many).outcome == "fail"
	open := _answer(fixture.overdue, object.union(many, {"/overdue/reasons": [_reason("illness", "unproven", "none")]}))
	open.row == "debts.claim_open"
	open.outcome == "inconclusive"
	open.overdue_class == "unproven"
	open.disposition == "restructure"
}

test_a_report_on_file_is_not_asked_for if {
	claim := {"/overdue/reasons": [_reason("over_indebted", "unproven", "none")]}
	_answer(fixture.overdue, claim).improve == {"provide.statements_6m"}
	_answer(fixture.overdue, object.union(claim, {"/capacity/lenders": null})).improve == {"provide.credit_report"}
	_answer(fixture.overdue, object.union(claim, {"/conduct/codes": ["report.stale"]})).improve == {"provide.credit_report"}
}

test_a_limit_that_is_closed_has_a_reason if every change in [
	{"/contract/limit_kind": "revolving", "/contract/limit_left": 0, "/contract/limit_open": "no"},
	{"/contract/limit_kind": "revolving", "/contract/limit_left": 1, "/contract/limit_open": "no"},
] {
	_answer(fixture.application, change).reasons == {"limit.used"}
}

test_statements_that_do_not_join_are_asked_for_whole if every forgery in ["none", "some", "unknown"] {
	cut := {"/conduct/forgery": forgery, "/conduct/codes": ["balance.skips"]}
	applied := _answer(fixture.application, cut)
	applied.row == "application.evidence_conflicting"
	"provide.statement_whole" in applied.improve
	late := _answer(fixture.overdue, cut)
	late.row == "statement.not_joined"
	late.outcome == "inconclusive"
	late.improve == {"provide.statement_whole"}
}

test_what_looks_edited_does_so_joined_or_not if {
	cut := {"/conduct/forgery": "strong", "/conduct/codes": ["balance.skips"]}
	_answer(fixture.overdue, cut).row == "statement.looks_forged"
	_answer(fixture.overdue, {"/conduct/codes": ["report.stale"]}).row == "arrears.in_first_days"
}

# What would be better is told where something was not given.
test_who_is_accepted_whole_is_told_of_no_sign if {
	answer := judge.decision with input as fixture.with_set(
		fixture.application,
		{"/conduct/applications_30": 99},
	)
	answer.row == "application.accepted_whole"
	answer.improve == set()
}

test_weak_evidence_is_not_enough_to_decide if {
	answer := judge.decision with input as fixture.with_set(
		fixture.application,
		{"/capacity/evidence": "weak"},
	)
	answer.row == "application.evidence_missing"
}
