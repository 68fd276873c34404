# METADATA
# title: Tests of use
# description: Each denial is reached by changing what it is about, and nothing else allows it.
package yanmen.use_test

import data.yanmen.fixture_test as fixture
import data.yanmen.use

test_in_order_is_allowed if {
	use.decision.allow with input as fixture.use
	count(use.decision.denials) == 0 with input as fixture.use
}

_cases := [
	{"code": "use.clock_missing", "set": {"/now": 0}},
	{"code": "use.purpose_unregistered", "set": {"/purpose": "marketing"}},
	{"code": "use.category_unregistered", "set": {"/categories": ["shoe_size"]}},
	{"code": "use.category_missing", "set": {"/categories": []}},
	{"code": "use.category_surplus", "set": {"/categories": ["finding"]}},
	{"code": "use.basis_unknown", "set": {"/basis": ""}},
	{"code": "use.basis_unfit", "set": {"/basis": "emergency"}},
	{"code": "use.basis_unproven", "set": {"/basis": "contract"}},
	{"code": "use.category_unnecessary", "set": {"/basis": "contract", "/categories": ["statement"], "/consent/categories": []}},
	{"code": "use.consent_missing", "set": {"/consent/state": "refused"}},
	{"code": "use.consent_withdrawn", "set": {"/consent/state": "withdrawn"}},
	{"code": "use.consent_undated", "set": {"/consent/given_at": 1001}},
	{"code": "use.consent_undated", "set": {"/consent/given_at": null}},
	{"code": "use.consent_lapsed", "set": {"/consent/expires_at": 1000}},
	{"code": "use.consent_lapsed", "set": {"/consent/expires_at": null}},
	{"code": "use.consent_uninformed", "set": {"/notice/shown_at": 601}},
	{"code": "use.consent_uninformed", "set": {"/consent/notice": "v0"}},
	{"code": "use.consent_unformed", "set": {"/consent/form": "implied"}},
	{"code": "use.consent_purpose_uncovered", "set": {"/consent/purposes": ["overdue"]}},
	{"code": "use.consent_category_uncovered", "set": {"/consent/categories": ["identity"]}},
	{"code": "use.notice_missing", "set": {"/notice/found": false}},
	{"code": "use.notice_missing", "set": {"/notice/version": ""}},
	{"code": "use.notice_incomplete", "set": {"/notice/items": ["purpose"]}},
	{"code": "use.notice_unshown", "set": {"/notice/shown_at": 1001}},
	{"code": "use.notice_unshown", "set": {"/notice/shown_at": null}},
	{"code": "use.notice_lapsed", "set": {"/notice/open_ended": false}},
	{"code": "use.notice_lapsed", "set": {"/notice/open_ended": false, "/notice/valid_until": 1000}},
	{"code": "use.notice_lapsed", "set": {"/notice/valid_from": 1001}},
	{"code": "use.notice_purpose_uncovered", "set": {"/notice/purposes": []}},
	{"code": "use.notice_category_uncovered", "set": {"/notice/categories": ["identity"]}},
	{"code": "use.sensitive_consent_missing", "set": {"/consent/form": "general"}},
	{"code": "use.report_unwritten", "set": {"/categories": ["credit_report"]}},
	{
		"code": "use.report_unwritten",
		"set": {"/categories": ["credit_report"], "/mode": "balanced", "/basis": "contract", "/basis_ref": true},
	},
	{"code": "use.sensitive_notice_incomplete", "set": {"/notice/items": ["necessity"]}},
	{"code": "use.subject_age_unknown", "set": {"/subject_age": null}},
	{"code": "use.subject_child", "set": {"/subject_age": 13}},
	{"code": "use.subject_minor", "set": {"/subject_age": 17}},
	{"code": "use.assessment_missing", "set": {"/assessment/found": false}},
	{"code": "use.assessment_undone", "set": {"/assessment/done_at": null}},
	{"code": "use.assessment_undone", "set": {"/assessment/done_at": 1001}},
	{"code": "use.assessment_lapsed", "set": {"/assessment/valid_until": 1000}},
	{"code": "use.assessment_purpose_uncovered", "set": {"/assessment/purposes": []}},
	{"code": "use.assessment_category_uncovered", "set": {"/assessment/categories": []}},
	{"code": "use.assessment_automation_uncovered", "set": {"/assessment/automated": false}},
	{"code": "use.retention_over", "set": {"/usable_until": 1000}},
	{"code": "use.subject_restricted", "set": {"/restricted": true}},
]

test_each_denial_is_reached if every case in _cases {
	answer := use.decision with input as fixture.with_set(fixture.use, case.set)
	not answer.allow
	case.code in answer.denials
}

test_nothing_is_denied if {
	answer := use.decision with input as {}
	not answer.allow
}

test_contract_carries_what_it_needs if {
	use.decision.allow with input as fixture.with_set(fixture.use, {"/basis": "contract", "/basis_ref": true})
}

test_balanced_mode_needs_no_separate_consent_on_a_contract if {
	use.decision.allow with input as fixture.with_set(fixture.use, {
		"/basis": "contract",
		"/basis_ref": true,
		"/mode": "balanced",
		"/consent/state": "refused",
	})
}

test_ordinary_data_need_no_separate_consent if {
	use.decision.allow with input as fixture.with_set(fixture.use, {"/categories": ["phone"], "/consent/form": "general"})
	use.decision.allow with input as fixture.with_set(fixture.use, {
		"/categories": ["phone"],
		"/notice/items": [
			"handler_name", "handler_contact", "purpose", "method", "categories", "retention",
			"expiry", "rights_procedure",
		],
	})
}

test_credit_report_with_writing if {
	use.decision.allow with input as fixture.with_set(fixture.use, {
		"/categories": ["credit_report", "identity"],
		"/consent/form": "written",
	})
}

test_notice_with_an_end_holds_until_then if {
	use.decision.allow with input as fixture.with_set(fixture.use, {"/notice/open_ended": false, "/notice/valid_until": 1001})
}

test_refused_consent_obliges if {
	answer := use.decision with input as fixture.with_set(fixture.use, {"/consent/state": "refused"})
	"use.service_unharmed" in answer.obligations
}

test_nothing_stored_is_never_too_old if {
	use.decision.allow with input as fixture.with_set(fixture.use, {"/usable_until": null})
}

test_oversight_opens_findings_alone if {
	use.decision == {"allow": true, "denials": set(), "obligations": set()} with input as fixture.oversight
	not use.decision.allow with input as fixture.with_set(fixture.oversight, {"/categories": ["finding", "income"]})
	not use.decision.allow with input as fixture.with_set(fixture.oversight, {"/basis": "consent"})
}

test_what_a_purpose_waives_is_not_denied if every age in [null, 13, 17] {
	use.decision.denials == set() with input as object.union(fixture.oversight, {"subject_age": age})
		with data.yanmen.purpose.register.oversight.automated as true
}

test_an_end_of_use_is_a_number if {
	not use.decision.allow with input as fixture.with_set(fixture.use, {"/usable_until": "later"})
}
