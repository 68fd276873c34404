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

test_done_needs_a_time_before_now if {
	assessment.done with input as fixture.ground
	assessment.done with input as fixture.with_set(fixture.ground, {"/assessment/done_at": 1000})
	not assessment.done with input as fixture.with_set(fixture.ground, {"/assessment/done_at": 1001})
	not assessment.done with input as fixture.with_set(fixture.ground, {"/assessment/done_at": 0})
	not assessment.done with input as fixture.with_set(fixture.ground, {"/assessment/done_at": -1})
	not assessment.done with input as fixture.with_set(fixture.ground, {"/assessment/done_at": null})
	not assessment.done with input as {"now": "x", "assessment": {"done_at": "200"}}
}

test_current_needs_an_end_after_now if {
	not assessment.current with input as fixture.with_set(fixture.ground, {"/assessment/valid_until": 1000})
	not assessment.current with input as fixture.with_set(fixture.ground, {"/assessment/valid_until": "never"})
}

test_nobody_is_named_by_no_name if {
	not assessment.names("") with input as fixture.with_set(fixture.ground, {"/assessment/recipients": [""]})
	not assessment.names("other") with input as fixture.ground
}

test_valid_needs_every_part if every path, value in {
	"/assessment/found": false,
	"/assessment/done_at": 1001,
	"/assessment/valid_until": 1000,
	"/assessment/purposes": ["overdue"],
	"/assessment/automated": false,
} {
	not assessment.valid with input as fixture.with_set(fixture.ground, {path: value})
}
