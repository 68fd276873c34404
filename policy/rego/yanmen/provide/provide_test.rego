# METADATA
# title: Tests of provide
# description: Each denial is reached by changing what it is about, and nothing else allows it.
package yanmen.provide_test

import data.yanmen.fixture_test as fixture
import data.yanmen.provide

test_in_order_is_allowed if {
	answer := provide.decision with input as fixture.provide
	answer.allow
	answer.denials == set()
	answer.obligations == {"provide.record_kept"}
}

_cases := [
	{"code": "provide.clock_missing", "set": {"/now": 0}},
	{"code": "provide.act_unknown", "set": {"/act": "sell"}},
	{"code": "provide.act_unknown", "set": {"/act": ""}},
	{"code": "provide.purpose_unregistered", "set": {"/purpose": "marketing"}},
	{"code": "provide.purpose_unfit", "set": {"/purpose": "oversight"}},
	{"code": "provide.category_missing", "set": {"/categories": []}},
	{"code": "provide.category_unregistered", "set": {"/categories": ["shoe_size"]}},
	{"code": "provide.category_banned", "set": {"/categories": ["phone_book"]}},
	{"code": "provide.category_surplus", "set": {"/categories": ["claim"]}},
	{"code": "provide.class_unshareable", "set": {"/categories": ["card_secret"]}},
	{"code": "provide.class_unshareable", "set": {"/categories": ["verification_code"]}},
	{"code": "provide.biometrics_raw", "set": {"/raw": true}},
	{"code": "provide.basis_unfit", "set": {"/basis": "public_interest"}},
	{"code": "provide.basis_unproven", "set": {"/basis": "contract"}},
	{"code": "provide.category_unnecessary", "set": {"/basis": "contract", "/categories": ["statement"], "/consent/categories": []}},
	{"code": "provide.consent_missing", "set": {"/consent/state": "refused"}},
	{"code": "provide.consent_missing", "set": {"/consent/expires_at": 1000}},
	{"code": "provide.consent_withdrawn", "set": {"/consent/state": "withdrawn"}},
	{"code": "provide.consent_category_uncovered", "set": {"/consent/categories": ["identity"]}},
	{"code": "provide.sensitive_consent_missing", "set": {"/consent/form": "general"}},
	{"code": "provide.notice_missing", "set": {"/notice/shown_at": null}},
	{"code": "provide.notice_category_uncovered", "set": {"/notice/categories": ["identity"]}},
	{"code": "provide.sensitive_notice_incomplete", "set": {"/notice/items": ["necessity"]}},
	{"code": "provide.assessment_missing", "set": {"/assessment/valid_until": 1000}},
	{"code": "provide.assessment_category_uncovered", "set": {"/assessment/categories": ["identity"]}},
	{"code": "provide.subject_minor", "set": {"/subject_age": 17}},
	{"code": "provide.subject_restricted", "set": {"/restricted": true}},
	{"code": "provide.recipient_missing", "set": {"/recipient/found": false}},
	{"code": "provide.recipient_role_unknown", "set": {"/recipient/role": "friend"}},
	{"code": "provide.recipient_overseas", "set": {"/recipient/country": "SG"}},
	{"code": "provide.recipient_lapsed", "set": {"/recipient/valid_until": 1000}},
	{"code": "provide.recipient_purpose_uncovered", "set": {"/recipient/purposes": []}},
	{"code": "provide.recipient_contract_incomplete", "set": {"/recipient/contract": false}},
	{"code": "provide.recipient_sub_unapproved", "set": {"/recipient/role": "entrusted_processor", "/recipient/sub": true}},
	{"code": "provide.recipient_unlicensed", "set": {"/recipient/pools": true}},
	{"code": "provide.recipient_unconsented", "set": {"/consent/recipients": []}},
	{"code": "provide.recipient_unassessed", "set": {"/assessment/recipients": []}},
	{"code": "provide.authority_foreign", "set": {"/recipient/role": "authority", "/recipient/country": "SG"}},
	{"code": "provide.report_unwritten", "set": {"/categories": ["credit_report"]}},
	{"code": "provide.report_unwritten", "set": {"/categories": ["credit_report"], "/consent/form": "written", "/consent/recipients": []}},
	{"code": "provide.report_unlicensed", "set": {"/categories": ["credit_report"], "/consent/form": "written"}},
	{"code": "provide.adverse_untold", "set": {"/adverse": true}},
	{"code": "provide.transfer_untold", "set": {"/act": "transfer"}},
	{"code": "provide.publication_unconsented", "set": {"/act": "publish"}},
	{
		"code": "provide.publication_unconsented",
		"set": {"/act": "publish", "/consent/recipients": ["hub", "public"], "/consent/form": "general"},
	},
]

test_each_denial_is_reached if every case in _cases {
	answer := provide.decision with input as fixture.with_set(fixture.provide, case.set)
	not answer.allow
	case.code in answer.denials
}

test_nothing_is_denied if {
	answer := provide.decision with input as {}
	not answer.allow
}

test_processor_with_a_contract if {
	answer := provide.decision with input as fixture.with_set(fixture.provide, {
		"/act": "supply",
		"/adverse": true,
		"/recipient/role": "entrusted_processor",
		"/recipient/items": ["purpose", "period", "method", "categories", "measures", "duties"],
		"/consent/recipients": [],
	})
	answer.allow
	answer.obligations == {"provide.data_deidentified", "provide.processor_supervised", "provide.record_kept"}
}

test_same_handler_is_no_other if {
	answer := provide.decision with input as fixture.with_set(fixture.provide, {
		"/act": "supply",
		"/recipient/role": "same_handler",
		"/recipient/contract": false,
		"/consent/recipients": [],
		"/assessment/recipients": [],
	})
	answer.allow
	answer.obligations == set()
}

test_credit_report_from_an_agency_with_writing if {
	answer := provide.decision with input as fixture.with_set(fixture.provide, {
		"/categories": ["credit_report", "identity"],
		"/recipient/role": "licensed_credit_agency",
		"/recipient/pools": true,
		"/consent/form": "written",
	})
	answer.allow
}

test_credit_report_handed_on_with_writing if {
	provide.decision.allow with input as fixture.with_set(fixture.provide, {
		"/act": "supply",
		"/categories": ["credit_report"],
		"/consent/form": "written",
	})
}

test_adverse_information_told_before if {
	provide.decision.allow with input as fixture.with_set(fixture.provide, {"/adverse": true, "/told": true})
}

test_transfer_that_was_told if {
	answer := provide.decision with input as fixture.with_set(fixture.provide, {"/act": "transfer", "/told": true})
	answer.allow
	answer.obligations == {"provide.record_kept", "provide.successor_bound"}
}

test_publication_with_a_consent_of_its_own if {
	provide.decision.allow with input as fixture.with_set(fixture.provide, {
		"/act": "publish",
		"/consent/recipients": ["hub", "public"],
	})
}

test_account_numbers_are_hidden if {
	answer := provide.decision with input as fixture.with_set(fixture.provide, {
		"/purpose": "overdue",
		"/categories": ["card", "identity"],
	})
	answer.allow
	"provide.account_tokenised" in answer.obligations
}

test_no_bank_is_asked_about_a_card_at_application if {
	answer := provide.decision with input as fixture.with_set(fixture.provide, {"/categories": ["card", "identity"]})
	answer.denials == {"provide.category_surplus"}
}

test_balanced_mode_on_a_contract if {
	answer := provide.decision with input as fixture.with_set(fixture.provide, {
		"/mode": "balanced",
		"/basis": "contract",
		"/basis_ref": true,
		"/consent/state": "refused",
	})
	answer.allow
	answer.obligations == {"provide.recipient_told", "provide.record_kept"}
}

test_ordinary_data_need_no_enhanced_notice if {
	provide.decision.allow with input as fixture.with_set(fixture.provide, {
		"/categories": ["phone"],
		"/notice/items": [
			"handler_name", "handler_contact", "purpose", "method", "categories", "retention",
			"expiry", "rights_procedure",
		],
	})
}

test_authority_of_china_on_a_duty if {
	provide.decision.allow with input as fixture.with_set(fixture.provide, {
		"/act": "supply",
		"/purpose": "overdue",
		"/basis": "legal_duty",
		"/basis_ref": true,
		"/adverse": true,
		"/recipient/role": "authority",
		"/recipient/contract": false,
		"/consent/recipients": [],
	})
}

test_consent_does_not_matter_on_another_ground if {
	provide.decision.denials == set() with input as fixture.with_set(fixture.provide, {
		"/basis": "contract",
		"/basis_ref": true,
		"/recipient/role": "same_handler",
		"/consent/state": "withdrawn",
		"/categories": ["phone"],
	})
	provide.decision.denials == set() with input as fixture.with_set(fixture.provide, {
		"/basis": "contract",
		"/basis_ref": true,
		"/recipient/role": "same_handler",
		"/consent/categories": [],
		"/categories": ["phone"],
	})
}

test_writing_names_the_report if {
	"provide.report_unwritten" in provide.decision.denials with input as fixture.with_set(fixture.provide, {
		"/categories": ["credit_report"],
		"/consent/form": "written",
		"/consent/categories": ["identity"],
	})
}
