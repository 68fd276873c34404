# METADATA
# title: Tests of basis
# description: What counts as proof, and that absence is none.
package yanmen.basis_test

import data.yanmen.basis

test_grounds if {
	basis.without_consent with input as {"basis": "contract", "purpose": "application"}
	not basis.without_consent with input as {"basis": "consent", "purpose": "application"}
	not basis.without_consent with input as {"basis": "legal_duty", "purpose": "application"}
	not basis.without_consent with input as {"basis": "contract"}
}

test_proof if {
	basis.proven with input as {"basis": "consent"}
	basis.proven with input as {"basis": "contract", "basis_ref": true}
	basis.proven with input as {"basis": "legal_duty", "purpose": "oversight"}
	not basis.proven with input as {"basis": "legal_duty", "purpose": "overdue"}
	not basis.proven with input as {"basis": "contract"}
}

test_ground_carries_what_it_needs if {
	basis.carries("income") with input as {"basis": "contract", "purpose": "application"}
	not basis.carries("statement") with input as {"basis": "contract", "purpose": "application"}
	not basis.carries("income") with input as {"basis": "consent", "purpose": "application"}
}

test_lenient_only_where_said if {
	basis.lenient with input as {"basis": "contract", "purpose": "application", "mode": "balanced"}
	basis.lenient with input as {"basis": "legal_duty", "purpose": "oversight", "mode": "strict"}
	not basis.lenient with input as {"basis": "contract", "purpose": "application", "mode": ""}
	not basis.lenient with input as {"basis": "consent", "purpose": "application", "mode": "balanced"}
}

test_a_purpose_cannot_name_a_ground_that_the_law_does_not_have if {
	not basis.fits with input as {"basis": "legitimate_interest", "purpose": "application"}
		with data.yanmen.purpose.register.application.bases as ["legitimate_interest"]
}

test_a_statute_proves_a_legal_duty_alone if {
	not basis.proven with input as {"basis": "contract", "purpose": "oversight"}
}

test_consent_carries_nothing_without_consent if {
	not basis.carries("income") with input as {"basis": "consent", "purpose": "application"}
		with data.yanmen.catalogue.categories.income.uses.application.grounds as ["consent"]
}
