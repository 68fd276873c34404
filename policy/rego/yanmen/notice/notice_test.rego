# METADATA
# title: Tests of notice
# description: What counts as proof, and that absence is none.
package yanmen.notice_test

import data.yanmen.fixture_test as fixture
import data.yanmen.notice

test_valid if {
	notice.valid with input as fixture.ground
	notice.names("hub") with input as fixture.ground
	not notice.names("") with input as fixture.with_set(fixture.ground, {"/notice/recipients": [""]})
}

test_absence_is_not_in_force if {
	not notice.valid with input as {}
	not notice.in_force with input as {"now": 1, "notice": {"valid_from": 1, "open_ended": true}}
	not notice.shown with input as {"now": 1, "notice": {"shown_at": 0}}
}
