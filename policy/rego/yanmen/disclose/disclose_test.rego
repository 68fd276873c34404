# METADATA
# title: Tests of disclose
# description: Each denial is reached by changing what it is about, and nothing else allows it.
package yanmen.disclose_test

import data.yanmen.disclose
import data.yanmen.fixture_test as fixture

test_in_order_is_allowed if {
	disclose.decision.allow with input as fixture.disclose
	count(disclose.decision.denials) == 0 with input as fixture.disclose
}

_cases := [
	{"code": "disclose.clock_missing", "set": {"/now": 0}},
	{"code": "disclose.case_denied", "set": {"/denied": true}},
	{"code": "disclose.purpose_unregistered", "set": {"/purpose": "marketing"}},
	{"code": "disclose.purpose_unfit", "set": {"/purpose": "oversight"}},
	{"code": "disclose.outcome_unknown", "set": {"/outcome": ""}},
	{"code": "disclose.claim_missing", "set": {"/claims": []}},
	{"code": "disclose.claim_missing", "set": {"/claims": ["overdue_class"]}},
	{"code": "disclose.basis_unfit", "set": {"/basis": "public_interest"}},
	{"code": "disclose.basis_unproven", "set": {"/basis": "contract"}},
	{"code": "disclose.consent_missing", "set": {"/consent/state": "unknown"}},
	{"code": "disclose.consent_withdrawn", "set": {"/consent/state": "withdrawn"}},
	{"code": "disclose.notice_missing", "set": {"/notice/shown_at": null}},
	{"code": "disclose.assessment_missing", "set": {"/assessment/valid_until": null}},
	{"code": "disclose.subject_minor", "set": {"/subject_age": 17}},
	{"code": "disclose.recipient_missing", "set": {"/recipient/found": false}},
	{"code": "disclose.recipient_missing", "set": {"/recipient/id": ""}},
	{"code": "disclose.recipient_role_unknown", "set": {"/recipient/role": "friend"}},
	{"code": "disclose.recipient_overseas", "set": {"/recipient/country": ""}},
	{"code": "disclose.recipient_overseas", "set": {"/recipient/country": "US"}},
	{"code": "disclose.recipient_lapsed", "set": {"/recipient/valid_until": null}},
	{"code": "disclose.recipient_lapsed", "set": {"/recipient/valid_until": 1000}},
	{"code": "disclose.recipient_purpose_uncovered", "set": {"/recipient/purposes": ["overdue"]}},
	{"code": "disclose.recipient_contract_incomplete", "set": {"/recipient/role": "entrusted_processor"}},
	{"code": "disclose.recipient_contract_incomplete", "set": {"/recipient/contract": false}},
	{"code": "disclose.recipient_contract_incomplete", "set": {"/recipient/items": []}},
	{"code": "disclose.recipient_sub_unapproved", "set": {
		"/recipient/role": "entrusted_processor",
		"/recipient/items": ["purpose", "period", "method", "categories", "measures", "duties"],
		"/recipient/sub": true,
	}},
	{"code": "disclose.recipient_role_unknown", "set": {"/recipient/role": "authority"}},
	{"code": "disclose.recipient_unlicensed", "set": {"/recipient/pools": true}},
	{"code": "disclose.recipient_unconsented", "set": {"/consent/recipients": ["other"]}},
	{"code": "disclose.recipient_unconsented", "set": {"/consent/form": "general"}},
	{"code": "disclose.recipient_unconsented", "set": {"/recipient/role": "licensed_credit_agency"}},
	{"code": "disclose.recipient_unassessed", "set": {"/assessment/recipients": []}},
	{"code": "disclose.budget_spent", "set": {"/spent": 128000}},
	{"code": "disclose.budget_spent", "set": {"/bits": 0}},
	{"code": "disclose.budget_spent", "set": {"/claims": ["reasons"], "/spent": 128000}},
]

test_each_denial_is_reached if every case in _cases {
	answer := disclose.decision with input as fixture.with_set(fixture.disclose, case.set)
	not answer.allow
	case.code in answer.denials
}

test_nothing_is_denied if {
	answer := disclose.decision with input as {}
	not answer.allow
}

test_claims_are_those_that_purpose_role_and_outcome_allow if {
	answer := disclose.decision with input as fixture.disclose
	answer.claims == {"capacity_band", "disposition", "identity_assurance", "outcome", "reasons"}
	answer.valid_for == 2592000
}

test_nothing_leaves_when_denied if {
	answer := disclose.decision with input as fixture.with_set(fixture.disclose, {"/denied": true})
	answer.claims == set()
	answer.valid_for == 0
}

test_essential_claims_leave_when_the_budget_is_short if {
	answer := disclose.decision with input as fixture.with_set(fixture.disclose, {"/spent": 120000})
	answer.claims == {"disposition", "outcome"}
	"disclose.claims_reduced" in answer.obligations
}

test_same_handler_needs_no_consent_of_its_own if {
	disclose.decision.allow with input as fixture.with_set(fixture.disclose, {
		"/recipient/role": "same_handler",
		"/consent/recipients": [],
		"/assessment/recipients": [],
	})
}

test_processor_with_a_contract if {
	disclose.decision.allow with input as fixture.with_set(fixture.disclose, {
		"/recipient/role": "entrusted_processor",
		"/recipient/contract": true,
		"/recipient/items": ["purpose", "period", "method", "categories", "measures", "duties"],
	})
}

test_agency_with_written_consent if {
	answer := disclose.decision with input as fixture.with_set(fixture.disclose, {
		"/recipient/role": "licensed_credit_agency",
		"/recipient/pools": true,
		"/consent/form": "written",
		"/outcome": "fail",
	})
	answer.allow
	answer.obligations == {"disclose.adverse_told"}
}

test_agency_hears_good_news_without_warning if {
	answer := disclose.decision with input as fixture.with_set(fixture.disclose, {
		"/recipient/role": "licensed_credit_agency",
		"/consent/form": "written",
	})
	answer.obligations == set()
}

test_notice_is_enough_on_another_ground_in_balanced_mode if {
	answer := disclose.decision with input as fixture.with_set(fixture.disclose, {
		"/mode": "balanced",
		"/basis": "contract",
		"/basis_ref": true,
		"/consent/state": "refused",
	})
	answer.allow
	answer.obligations == {"disclose.recipient_told"}
}

test_sensitive_reason_stays_coarse_without_consent if {
	answer := disclose.decision with input as fixture.with_set(fixture.disclose, {"/sensitive": true})
	answer.obligations == {"disclose.reason_coarse"}
}

test_sensitive_reason_with_consent_for_the_recipient if {
	answer := disclose.decision with input as fixture.with_set(fixture.disclose, {
		"/sensitive": true,
		"/consent/reasons": ["hub"],
	})
	answer.obligations == set()
}

test_withdrawn_consent_does_not_matter_on_another_ground if {
	disclose.decision.denials == set() with input as fixture.with_set(fixture.disclose, {
		"/basis": "contract",
		"/basis_ref": true,
		"/recipient/role": "same_handler",
		"/consent/state": "withdrawn",
	})
}

test_no_essential_claim_leaves_when_denied if {
	answer := disclose.decision with input as fixture.with_set(fixture.disclose, {"/denied": true, "/spent": 120000})
	answer.claims == set()
}

test_a_purpose_needs_its_point_and_its_lines if {
	"disclose.purpose_unfit" in disclose.decision.denials with input as fixture.disclose
		with data.yanmen.purpose.register.application.points as ["use"]
	"disclose.purpose_unfit" in disclose.decision.denials with input as fixture.disclose
		with data.yanmen.disclose.purposes as {}
}

test_the_meter_shows_numbers if {
	"disclose.budget_spent" in disclose.decision.denials with input as fixture.with_set(fixture.disclose, {"/bits": "many"})
	"disclose.budget_spent" in disclose.decision.denials with input as fixture.with_set(fixture.disclose, {"/spent": "none"})
}

test_a_verdict_says_as_much_as_its_line if {
	full := {"capacity_band", "disposition", "identity_assurance", "outcome", "reasons"}
	disclose.decision.claims == full with input as fixture.disclose
		with data.yanmen.disclose.purposes.application.verdict_bits as 24793
	disclose.decision.claims == {"disposition", "outcome"} with input as fixture.disclose
		with data.yanmen.disclose.purposes.application.verdict_bits as 24792
	disclose.decision.claims == {"disposition", "outcome"} with input as fixture.disclose
		with data.yanmen.disclose.purposes.application.verdict_bits as 6023
	"disclose.budget_spent" in disclose.decision.denials with input as fixture.disclose
		with data.yanmen.disclose.purposes.application.verdict_bits as 6022
}

_denied := {"/denied": true, "/recall": true}

# What speaks against a retraction too.
_kept := {
	"disclose.clock_missing",
	"disclose.purpose_unregistered",
	"disclose.purpose_unfit",
	"disclose.recipient_missing",
	"disclose.recipient_role_unknown",
	"disclose.recipient_overseas",
	"disclose.recipient_contract_incomplete",
}

_retraction := {
	"allow": true,
	"denials": set(),
	"obligations": set(),
	"claims": set(),
	"valid_for": 2592000,
	"retraction": true,
}

test_a_retraction_leaves_of_a_denied_case if {
	disclose.decision == _retraction with input as fixture.with_set(fixture.disclose, _denied)
}

_waived contains case if {
	some case in _cases
	not case.code in _kept
}

_held contains case if {
	some case in _cases
	case.code in _kept
}

test_a_retraction_needs_nothing_else if {
	count({case.code | some case in _waived}) == 17
	every case in _waived {
		_retraction == disclose.decision with input as fixture.with_set(fixture.disclose, object.union(case.set, _denied))
	}
}

test_a_retraction_needs_what_is_kept if {
	{case.code | some case in _held} == _kept
	every case in _held {
		answer := disclose.decision with input as fixture.with_set(fixture.disclose, object.union(case.set, _denied))
		not answer.allow
		not answer.retraction
		case.code in answer.denials
		every denial in answer.denials {
			denial in _kept
		}
	}
}

test_a_retraction_asks_for_nothing if {
	every change in [
		{"/spent": 120000},
		{"/sensitive": true},
		{"/consent/recipients": []},
		{"/recipient/role": "licensed_credit_agency", "/outcome": "fail"},
	] {
		_retraction == disclose.decision with input as fixture.with_set(fixture.disclose, object.union(change, _denied))
	}
}

test_a_retraction_is_for_a_denied_case_whose_verdict_is_out if {
	every change in [{"/denied": true}, {"/denied": true, "/recall": "true"}, {"/denied": "true", "/recall": true}] {
		answer := disclose.decision with input as fixture.with_set(fixture.disclose, change)
		answer.denials == {"disclose.case_denied"}
		not answer.retraction
	}
	answer := disclose.decision with input as fixture.with_set(fixture.disclose, {"/recall": true})
	count(answer.claims) == 5
	not answer.retraction
	every field in ["/denied", "/recall"] {
		less := json.patch(fixture.with_set(fixture.disclose, _denied), [{"op": "remove", "path": field}])
		"disclose.case_denied" in disclose.decision.denials with input as less
	}
}
