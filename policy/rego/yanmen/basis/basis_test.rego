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
