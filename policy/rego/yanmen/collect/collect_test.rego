# METADATA
# title: Tests of collect
# description: Each denial is reached by changing what it is about, and nothing else allows it.
package yanmen.collect_test

import data.yanmen.collect
import data.yanmen.fixture_test as fixture

test_in_order_is_allowed if {
	collect.decision.allow with input as fixture.collect
	count(collect.decision.denials) == 0 with input as fixture.collect
}

_cases := [
	{"code": "collect.clock_missing", "set": {"/now": 0}},
	{"code": "collect.purpose_unregistered", "set": {"/purpose": "marketing"}},
	{"code": "collect.purpose_unfit", "set": {"/purpose": "oversight"}},
	{"code": "collect.category_unregistered", "set": {"/categories": ["shoe_size"]}},
	{"code": "collect.category_banned", "set": {"/categories": ["phone_book"]}},
	{"code": "collect.category_missing", "set": {"/categories": []}},
	{"code": "collect.category_surplus", "set": {"/categories": ["finding"]}},
	{"code": "collect.basis_unknown", "set": {"/basis": ""}},
	{"code": "collect.basis_unfit", "set": {"/basis": "emergency"}},
	{"code": "collect.basis_unproven", "set": {"/basis": "contract"}},
	{"code": "collect.category_unnecessary", "set": {"/basis": "contract", "/categories": ["statement"], "/consent/categories": []}},
	{"code": "collect.consent_missing", "set": {"/consent/state": "refused"}},
	{"code": "collect.consent_withdrawn", "set": {"/consent/state": "withdrawn"}},
	{"code": "collect.consent_undated", "set": {"/consent/given_at": 1001}},
	{"code": "collect.consent_undated", "set": {"/consent/given_at": null}},
	{"code": "collect.consent_lapsed", "set": {"/consent/expires_at": 1000}},
	{"code": "collect.consent_lapsed", "set": {"/consent/expires_at": null}},
	{"code": "collect.consent_uninformed", "set": {"/notice/shown_at": 601}},
	{"code": "collect.consent_uninformed", "set": {"/consent/notice": "v0"}},
	{"code": "collect.consent_unformed", "set": {"/consent/form": "implied"}},
	{"code": "collect.consent_purpose_uncovered", "set": {"/consent/purposes": ["overdue"]}},
	{"code": "collect.consent_category_uncovered", "set": {"/consent/categories": ["identity"]}},
	{"code": "collect.notice_missing", "set": {"/notice/found": false}},
	{"code": "collect.notice_missing", "set": {"/notice/version": ""}},
	{"code": "collect.notice_incomplete", "set": {"/notice/items": ["purpose"]}},
	{"code": "collect.notice_unshown", "set": {"/notice/shown_at": 1001}},
	{"code": "collect.notice_unshown", "set": {"/notice/shown_at": null}},
	{"code": "collect.notice_lapsed", "set": {"/notice/open_ended": false}},
	{"code": "collect.notice_lapsed", "set": {"/notice/open_ended": false, "/notice/valid_until": 1000}},
	{"code": "collect.notice_lapsed", "set": {"/notice/valid_from": 1001}},
	{"code": "collect.notice_purpose_uncovered", "set": {"/notice/purposes": []}},
	{"code": "collect.notice_category_uncovered", "set": {"/notice/categories": ["identity"]}},
	{"code": "collect.sensitive_consent_missing", "set": {"/consent/form": "general"}},
	{"code": "collect.report_unwritten", "set": {"/categories": ["credit_report"]}},
	{
		"code": "collect.report_unwritten",
		"set": {"/categories": ["credit_report"], "/mode": "balanced", "/basis": "contract", "/basis_ref": true},
	},
	{"code": "collect.sensitive_notice_incomplete", "set": {"/notice/items": ["necessity"]}},
	{"code": "collect.subject_age_unknown", "set": {"/subject_age": null}},
	{"code": "collect.subject_child", "set": {"/subject_age": 13}},
	{"code": "collect.subject_minor", "set": {"/subject_age": 17}},
	{"code": "collect.assessment_missing", "set": {"/assessment/found": false}},
	{"code": "collect.assessment_undone", "set": {"/assessment/done_at": null}},
	{"code": "collect.assessment_undone", "set": {"/assessment/done_at": 1001}},
	{"code": "collect.assessment_lapsed", "set": {"/assessment/valid_until": 1000}},
	{"code": "collect.assessment_purpose_uncovered", "set": {"/assessment/purposes": []}},
	{"code": "collect.assessment_category_uncovered", "set": {"/assessment/categories": []}},
	{"code": "collect.assessment_automation_uncovered", "set": {"/assessment/automated": false}},
	{"code": "collect.source_unknown", "set": {"/sources": ["bazaar"]}},
	{"code": "collect.source_unknown", "set": {"/sources": []}},
]

test_each_denial_is_reached if every case in _cases {
	answer := collect.decision with input as fixture.with_set(fixture.collect, case.set)
	not answer.allow
	case.code in answer.denials
}

test_nothing_is_denied if {
	answer := collect.decision with input as {}
	not answer.allow
}

test_contract_carries_what_it_needs if {
	collect.decision.allow with input as fixture.with_set(fixture.collect, {"/basis": "contract", "/basis_ref": true})
}

test_balanced_mode_needs_no_separate_consent_on_a_contract if {
	collect.decision.allow with input as fixture.with_set(fixture.collect, {
		"/basis": "contract",
		"/basis_ref": true,
		"/mode": "balanced",
		"/consent/state": "refused",
	})
}

test_ordinary_data_need_no_separate_consent if {
	collect.decision.allow with input as fixture.with_set(fixture.collect, {"/categories": ["phone"], "/consent/form": "general"})
	collect.decision.allow with input as fixture.with_set(fixture.collect, {
		"/categories": ["phone"],
		"/notice/items": [
			"handler_name", "handler_contact", "purpose", "method", "categories", "retention",
			"expiry", "rights_procedure",
		],
	})
}

test_credit_report_with_writing if {
	collect.decision.allow with input as fixture.with_set(fixture.collect, {
		"/categories": ["credit_report", "identity"],
		"/consent/form": "written",
	})
}

test_notice_with_an_end_holds_until_then if {
	collect.decision.allow with input as fixture.with_set(fixture.collect, {"/notice/open_ended": false, "/notice/valid_until": 1001})
}

test_refused_consent_obliges if {
	answer := collect.decision with input as fixture.with_set(fixture.collect, {"/consent/state": "refused"})
	"collect.service_unharmed" in answer.obligations
}

# A purpose that waives notice and assessment, and asks for no age, at this point.
_waiving := object.union(fixture.oversight, {"sources": ["lender"]})

test_what_a_purpose_waives_is_not_denied if every age in [null, 13, 17] {
	collect.decision.denials == set() with input as object.union(_waiving, {"subject_age": age})
		with data.yanmen.purpose.register.oversight.points as ["collect"]
		with data.yanmen.purpose.register.oversight.automated as true
}
