# METADATA
# title: Tests of consent
# description: What counts as proof, and that absence is none.
package yanmen.consent_test

import data.yanmen.consent
import data.yanmen.fixture_test as fixture

test_valid if {
	consent.valid with input as fixture.ground
	consent.separate with input as fixture.ground
	not consent.written with input as fixture.ground
	consent.covers("income") with input as fixture.ground
	consent.names("hub") with input as fixture.ground
}

test_a_consent_that_does_not_hold_covers_nothing if {
	not consent.covers("income") with input as fixture.with_set(fixture.ground, {"/consent/state": "expired"})
	not consent.names("hub") with input as fixture.with_set(fixture.ground, {"/consent/expires_at": 1})
	not consent.valid with input as {}
}

test_reasons_open_with_separate_consent if {
	consent.opens_reasons("hub") with input as fixture.with_set(fixture.ground, {"/consent/reasons": ["hub"]})
	not consent.opens_reasons("hub") with input as fixture.ground
	not consent.opens_reasons("hub") with input as fixture.with_set(fixture.ground, {
		"/consent/reasons": ["hub"],
		"/consent/form": "general",
	})
}

test_dated_needs_a_time_before_now if {
	consent.dated with input as fixture.with_set(fixture.ground, {"/consent/given_at": 1000})
	not consent.dated with input as fixture.with_set(fixture.ground, {"/consent/given_at": 1001})
	not consent.dated with input as fixture.with_set(fixture.ground, {"/consent/given_at": 0})
	not consent.dated with input as fixture.with_set(fixture.ground, {"/consent/given_at": -1})
	not consent.dated with input as {"now": "x", "consent": {"given_at": "600"}}
}

test_unexpired_needs_an_end_after_now if {
	not consent.unexpired with input as fixture.with_set(fixture.ground, {"/consent/expires_at": 1000})
	not consent.unexpired with input as fixture.with_set(fixture.ground, {"/consent/expires_at": "never"})
}

_shown_and_given(shown, given) := fixture.with_set(
	fixture.ground,
	{"/notice/shown_at": shown, "/consent/given_at": given},
)

test_informed_needs_the_notice_first if {
	consent.informed with input as _shown_and_given(600, 600)
	not consent.informed with input as _shown_and_given(601, 600)
	not consent.informed with input as _shown_and_given(0, 600)
	not consent.informed with input as _shown_and_given(-1, 600)
	not consent.informed with input as _shown_and_given(500, "later")
	not consent.informed with input as _shown_and_given("500", "600")
	not consent.informed with input as fixture.with_set(fixture.ground, {"/notice/version": "", "/consent/notice": ""})
}

test_nobody_is_named_by_no_name if {
	not consent.names("") with input as fixture.with_set(fixture.ground, {"/consent/recipients": [""]})
	not consent.names("other") with input as fixture.ground
}

test_reasons_open_to_those_who_are_named if {
	not consent.opens_reasons("other") with input as fixture.with_set(fixture.ground, {"/consent/reasons": ["other"]})
}

_written := fixture.with_set(fixture.ground, {"/consent/form": "written"})

test_form_is_as_the_law_asks if {
	consent.free_of_form("income")
	not consent.free_of_form("credit_report")
	consent.in_form("income") with input as {}
	consent.in_form("credit_report") with input as _written
	not consent.in_form("credit_report") with input as fixture.ground
	not consent.in_form("credit_report") with input as fixture.with_set(_written, {"/consent/categories": ["income"]})
	not consent.in_form("credit_report") with input as fixture.with_set(_written, {"/consent/state": "withdrawn"})
}

test_without_its_list_no_form_is_free if {
	not consent.free_of_form("income") with data.yanmen.consent.writing as []
}
