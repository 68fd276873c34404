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

test_complete_tells_every_item if {
	notice.complete with input as fixture.ground
	every item in data.yanmen.notice.items {
		rest := [other | some other in fixture.ground.notice.items; other != item]
		not notice.complete with input as fixture.with_set(fixture.ground, {"/notice/items": rest})
	}
}

test_shown_needs_a_time_before_now if {
	notice.shown with input as fixture.with_set(fixture.ground, {"/notice/shown_at": 1000})
	not notice.shown with input as fixture.with_set(fixture.ground, {"/notice/shown_at": 1001})
	not notice.shown with input as fixture.with_set(fixture.ground, {"/notice/shown_at": -1})
	not notice.shown with input as {"now": "x", "notice": {"shown_at": "500"}}
}

_between(from, until) := fixture.with_set(
	fixture.ground,
	{"/notice/valid_from": from, "/notice/valid_until": until, "/notice/open_ended": false},
)

test_in_force_from_its_beginning_until_its_end if {
	notice.in_force with input as _between(1000, 1001)
	not notice.in_force with input as _between(1001, 1002)
	not notice.in_force with input as _between(100, 1000)
	not notice.in_force with input as _between(0, 2000)
	not notice.in_force with input as _between(-1, 2000)
	not notice.in_force with input as _between(100, "never")
	not notice.in_force with input as {"now": "x", "notice": {"valid_from": "w", "valid_until": null, "open_ended": true}}
}

test_names_those_who_are_told if {
	not notice.names("other") with input as fixture.ground
}

test_valid_needs_every_part if every path, value in {
	"/notice/found": false,
	"/notice/items": [],
	"/notice/shown_at": 1001,
	"/notice/valid_from": 1001,
	"/notice/purposes": ["overdue"],
} {
	not notice.valid with input as fixture.with_set(fixture.ground, {path: value})
}
