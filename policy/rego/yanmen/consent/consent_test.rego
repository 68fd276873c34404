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
