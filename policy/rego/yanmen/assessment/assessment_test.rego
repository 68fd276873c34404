# METADATA
# title: Tests of assessment
# description: What counts as proof, and that absence is none.
package yanmen.assessment_test

import data.yanmen.assessment
import data.yanmen.fixture_test as fixture

test_valid if {
	assessment.valid with input as fixture.ground
	assessment.covers("income") with input as fixture.ground
	assessment.names("hub") with input as fixture.ground
	not assessment.valid with input as {}
}

test_automation if {
	assessment.covers_automation with input as {"purpose": "oversight"}
	not assessment.covers_automation with input as {"purpose": "application"}
}
