# METADATA
# title: Tests of recipient
# description: What each role asks for, and that absence is no proof.
package yanmen.recipient_test

import data.yanmen.fixture_test as fixture
import data.yanmen.recipient

test_in_order if {
	recipient.found with input as fixture.disclose
	recipient.domestic with input as fixture.disclose
	recipient.current with input as fixture.disclose
	recipient.covers_purpose with input as fixture.disclose
	recipient.contracted with input as fixture.disclose
	recipient.direct with input as fixture.disclose
	recipient.licensed with input as fixture.disclose
	recipient.entitled with input as fixture.disclose
	recipient.assessed with input as fixture.disclose
	recipient.other with input as fixture.disclose
}

test_nothing_is_known_of_nobody if {
	not recipient.found with input as {}
	not recipient.role with input as {}
	not recipient.domestic with input as {}
	not recipient.current with input as {}
	not recipient.covers_purpose with input as {}
	not recipient.contracted with input as {}
	not recipient.direct with input as {}
	not recipient.licensed with input as {}
	not recipient.entitled with input as {}
	not recipient.assessed with input as {}
	not recipient.other with input as {}
}

test_contract_is_that_of_the_role if {
	every role in ["joint_handler", "entrusted_processor"] {
		not recipient.contracted with input as fixture.with_set(fixture.disclose, {"/recipient/role": role})
	}
	recipient.contracted with input as fixture.with_set(fixture.disclose, {
		"/recipient/role": "joint_handler",
		"/recipient/items": ["purpose", "method", "categories", "measures", "duties"],
	})
	every role in ["same_handler", "authority"] {
		recipient.contracted with input as fixture.with_set(fixture.disclose, {
			"/recipient/role": role,
			"/recipient/contract": false,
			"/recipient/items": [],
		})
	}
}

test_a_processor_hands_on_with_agreement if {
	not recipient.direct with input as fixture.with_set(fixture.disclose, {
		"/recipient/role": "entrusted_processor",
		"/recipient/sub": true,
	})
	recipient.direct with input as fixture.with_set(fixture.disclose, {
		"/recipient/role": "entrusted_processor",
		"/recipient/sub": true,
		"/recipient/sub_approved": true,
	})
	recipient.direct with input as fixture.with_set(fixture.disclose, {"/recipient/role": "entrusted_processor"})
	recipient.direct with input as fixture.with_set(fixture.disclose, {"/recipient/sub": true})
}

test_only_the_licensed_pool if {
	every role in ["same_handler", "entrusted_processor", "joint_handler", "other_handler", "authority"] {
		not recipient.licensed with input as fixture.with_set(fixture.disclose, {
			"/recipient/role": role,
			"/recipient/pools": true,
		})
	}
	recipient.licensed with input as fixture.with_set(fixture.disclose, {
		"/recipient/role": "licensed_credit_agency",
		"/recipient/pools": true,
	})
}

test_who_is_entitled if {
	unnamed := {"/consent/recipients": []}
	every role in ["same_handler", "entrusted_processor"] {
		recipient.entitled with input as fixture.with_set(fixture.disclose, object.union(unnamed, {"/recipient/role": role}))
	}
	every role in ["joint_handler", "other_handler", "licensed_credit_agency", "authority"] {
		not recipient.entitled with input as fixture.with_set(fixture.disclose, object.union(unnamed, {"/recipient/role": role}))
	}
}

test_an_agency_needs_writing if {
	agency := fixture.with_set(fixture.disclose, {"/recipient/role": "licensed_credit_agency"})
	not recipient.entitled with input as agency
	recipient.entitled with input as fixture.with_set(agency, {"/consent/form": "written"})
}

test_a_notice_does_in_balanced_mode_on_another_ground if {
	case := fixture.with_set(fixture.disclose, {"/basis": "contract", "/basis_ref": true, "/consent/state": "refused"})
	not recipient.entitled with input as case
	recipient.entitled with input as fixture.with_set(case, {"/mode": "balanced"})
	not recipient.entitled with input as fixture.with_set(case, {"/mode": "balanced", "/notice/recipients": []})
}

test_an_authority_needs_a_duty if {
	asked := fixture.with_set(fixture.disclose, {
		"/recipient/role": "authority",
		"/purpose": "overdue",
		"/basis": "legal_duty",
	})
	not recipient.entitled with input as asked
	recipient.entitled with input as fixture.with_set(asked, {"/basis_ref": true})
	not recipient.entitled with input as fixture.with_set(asked, {"/basis_ref": true, "/purpose": "application"})
	not recipient.entitled with input as fixture.with_set(asked, {"/basis": "consent"})
}

test_assessment_names_whoever_is_not_the_lender if {
	unnamed := {"/assessment/recipients": []}
	every role in ["same_handler", "authority"] {
		recipient.assessed with input as fixture.with_set(fixture.disclose, object.union(unnamed, {"/recipient/role": role}))
	}
	not recipient.assessed with input as fixture.with_set(fixture.disclose, unnamed)
}

test_each_role_has_its_own_title if {
	# What entitles another role does not entitle this one.
	noticed := {"/basis": "contract", "/basis_ref": true, "/consent/state": "refused", "/mode": "balanced"}
	not recipient.entitled with input as fixture.with_set(
		fixture.disclose,
		object.union(noticed, {"/recipient/role": "licensed_credit_agency"}),
	)
	not recipient.entitled with input as fixture.with_set(
		fixture.disclose,
		{"/consent/form": "written", "/recipient/role": "authority"},
	)
	not recipient.entitled with input as fixture.with_set(fixture.disclose, {
		"/purpose": "overdue",
		"/basis": "legal_duty",
		"/basis_ref": true,
		"/consent/recipients": [],
	})
}

test_the_end_of_an_entry_is_a_number if {
	not recipient.current with input as fixture.with_set(fixture.disclose, {"/recipient/valid_until": "never"})
}
