# METADATA
# title: Tests of purpose
# description: What counts as proof, and that absence is none.
package yanmen.purpose_test

import data.yanmen.purpose

test_of_age if {
	purpose.of_age with input as {"purpose": "application", "subject_age": 18}
	not purpose.of_age with input as {"purpose": "application", "subject_age": 17}
	not purpose.of_age with input as {"purpose": "application", "subject_age": null}
	not purpose.of_age with input as {"purpose": "application", "subject_age": "40"}
	purpose.of_age with input as {"purpose": "oversight"}
	not purpose.of_age with input as {"subject_age": 40}
}

test_clock_needs_a_number if {
	purpose.clock with input as {"now": 1}
	not purpose.clock with input as {"now": null}
	not purpose.clock with input as {"now": "1"}
	not purpose.clock with input as {}
}

test_known if {
	purpose.known with input as {"purpose": "application"}
	not purpose.known with input as {"purpose": "marketing"}
	not purpose.known with input as {}
}
