# METADATA
# title: Tests of contact
# description: Each denial is reached by changing what it is about, and nothing else allows it.
package yanmen.contact_test

import data.yanmen.contact
import data.yanmen.fixture_test as fixture

# Tuesday 2026-06-02 in China: midnight, 10:00, 22:00 and the next morning.
_midnight := 1780329600

_ten := _midnight + 36000

_late := _midnight + 79200

_next := _midnight + 86400

_next_morning := _next + 28800

_collection := {
	"now": _ten,
	"content": "collection",
	"channel": "voice",
	"target": "debtor",
	"lender_class": "bank",
	"agreed_hours": false,
	"agreed_frequency": false,
	"calls_today": 0,
	"attempts_today": 0,
	"failed_in_row": 0,
	"unreachable": false,
	"refused": false,
	"debt_details": true,
	"days_past_due": 20,
	"plan_runs": false,
	"plan_broken": false,
	"disputed": false,
	"not_the_borrower": false,
	"agency": {"used": false, "found": false, "contract": false, "violent": false, "reviewed_at": null},
}

_message := fixture.with_set(_collection, {
	"/content": "message",
	"/target": "third_unrelated",
	"/failed_in_row": 3,
	"/debt_details": false,
})

_reminder := fixture.with_set(_collection, {"/content": "reminder", "/days_past_due": 0})

_marketing := fixture.with_set(_reminder, {"/content": "marketing"})

_agency := fixture.with_set(_collection, {"/agency": {
	"used": true,
	"found": true,
	"contract": true,
	"violent": false,
	"reviewed_at": _ten - 1000,
}})

_bases := {
	"agency": _agency,
	"collection": _collection,
	"marketing": _marketing,
	"message": _message,
	"reminder": _reminder,
	"service": fixture.with_set(_reminder, {"/content": "service"}),
}

_cases := [
	{"base": "service", "code": "contact.clock_missing", "set": {"/now": 0}},
	{"base": "collection", "code": "contact.content_unregistered", "set": {"/content": ""}},
	{"base": "service", "code": "contact.channel_unregistered", "set": {"/channel": ""}},
	{"base": "collection", "code": "contact.target_unregistered", "set": {"/target": "neighbour"}},
	{"base": "service", "code": "contact.lender_unclassed", "set": {"/lender_class": ""}},
	{"base": "collection", "code": "contact.target_unfit", "set": {"/target": "third_related"}},
	{"base": "collection", "code": "contact.target_unfit", "set": {"/target": "third_unrelated"}},
	{"base": "message", "code": "contact.target_unfit", "set": {"/target": "debtor"}},
	{"base": "marketing", "code": "contact.target_unfit", "set": {"/target": "guarantor"}},
	{"base": "collection", "code": "contact.hours_quiet", "set": {"/now": _late}},
	{"base": "collection", "code": "contact.hours_quiet", "set": {"/now": _next}},
	{"base": "collection", "code": "contact.hours_quiet", "set": {"/now": _next_morning - 1}},
	{"base": "reminder", "code": "contact.hours_quiet", "set": {"/now": _late}},
	{"base": "marketing", "code": "contact.hours_quiet", "set": {"/now": _late}},
	{"base": "collection", "code": "contact.hours_quiet", "set": {"/now": 1740671999}},
	{"base": "collection", "code": "contact.calls_exceeded", "set": {"/calls_today": 3}},
	{"base": "collection", "code": "contact.calls_exceeded", "set": {"/calls_today": null}},
	{"base": "collection", "code": "contact.calls_exceeded", "set": {"/calls_today": 3, "/channel": "ai_voice"}},
	{"base": "collection", "code": "contact.attempts_exceeded", "set": {"/attempts_today": 6}},
	{"base": "collection", "code": "contact.attempts_exceeded", "set": {"/attempts_today": null}},
	{"base": "reminder", "code": "contact.calls_exceeded", "set": {"/calls_today": 3, "/days_past_due": 1}},
	{"base": "reminder", "code": "contact.calls_exceeded", "set": {"/calls_today": 3, "/days_past_due": null}},
	{"base": "message", "code": "contact.third_unneeded", "set": {"/failed_in_row": 2}},
	{"base": "message", "code": "contact.third_unneeded", "set": {"/failed_in_row": null}},
	{"base": "message", "code": "contact.debt_told", "set": {"/debt_details": true}},
	{"base": "message", "code": "contact.third_refused", "set": {"/refused": true}},
	{"base": "marketing", "code": "contact.marketing_refused", "set": {"/refused": true}},
	{"base": "collection", "code": "contact.debt_undue", "set": {"/days_past_due": 0}},
	{"base": "collection", "code": "contact.debt_undue", "set": {"/days_past_due": null}},
	{"base": "reminder", "code": "contact.debt_undue", "set": {"/days_past_due": null}},
	{"base": "collection", "code": "contact.plan_running", "set": {"/plan_runs": true}},
	{"base": "collection", "code": "contact.identity_misused", "set": {"/not_the_borrower": true}},
	{"base": "message", "code": "contact.identity_misused", "set": {"/not_the_borrower": true}},
	{"base": "collection", "code": "contact.debt_disputed", "set": {"/disputed": true}},
	{"base": "agency", "code": "contact.agency_uncontracted", "set": {"/agency/found": false}},
	{"base": "agency", "code": "contact.agency_uncontracted", "set": {"/agency/contract": false}},
	{"base": "agency", "code": "contact.agency_violent", "set": {"/agency/violent": true}},
	{"base": "agency", "code": "contact.agency_unrated", "set": {"/agency/reviewed_at": null}},
	{"base": "agency", "code": "contact.agency_unrated", "set": {"/agency/reviewed_at": _ten + 1}},
	{"base": "agency", "code": "contact.agency_unrated", "set": {"/agency/reviewed_at": _ten - 31536001}},
]

test_in_order_is_allowed if every name, input_in_order in _bases {
	answer := contact.decision with input as input_in_order
	answer.allow
	answer.not_before == null
	name != ""
}

test_each_denial_is_reached_alone if every case in _cases {
	answer := contact.decision with input as fixture.with_set(_bases[case.base], case.set)
	not answer.allow
	case.code in answer.denials
	count(answer.obligations) == 0
}

test_nothing_is_denied if {
	answer := contact.decision with input as {}
	not answer.allow
	count(answer.denials) == 20
	answer.not_before == null
}

_spared := [
	{"base": "service", "set": {"/now": _late}},
	{"base": "service", "set": {"/now": 1740671999}},
	{"base": "collection", "set": {"/now": _late, "/agreed_hours": true}},
	{"base": "collection", "set": {"/now": _late - 1}},
	{"base": "collection", "set": {"/now": _next_morning}},
	{"base": "collection", "set": {"/calls_today": 2}},
	{"base": "collection", "set": {"/calls_today": 3, "/channel": "sms"}},
	{"base": "collection", "set": {"/attempts_today": 5}},
	{"base": "collection", "set": {"/attempts_today": 6, "/agreed_frequency": true}},
	{"base": "collection", "set": {"/target": "guarantor"}},
	{"base": "collection", "set": {"/days_past_due": 1}},
	{"base": "collection", "set": {"/refused": true}},
	{"base": "reminder", "set": {"/calls_today": null, "/attempts_today": null}},
	{"base": "reminder", "set": {"/plan_runs": true}},
	{"base": "service", "set": {"/not_the_borrower": true, "/disputed": true}},
	{"base": "message", "set": {"/failed_in_row": 0, "/unreachable": true}},
	{"base": "message", "set": {"/target": "third_related"}},
	{"base": "collection", "set": {"/plan_runs": true, "/plan_broken": true}},
	{"base": "agency", "set": {"/agency/reviewed_at": _ten - 31536000}},
	{"base": "agency", "set": {"/agency/reviewed_at": _ten}},
]

test_the_nearest_is_spared if every case in _spared {
	answer := contact.decision with input as fixture.with_set(_bases[case.base], case.set)
	answer.allow
}

_not_before := [
	{"set": {"/now": _late}, "want": _next_morning},
	{"set": {"/now": _next}, "want": _next_morning},
	{"set": {"/calls_today": 3}, "want": _next_morning},
	{"set": {"/attempts_today": 6}, "want": _next_morning},
	{"set": {"/now": _next, "/calls_today": 3}, "want": _next_morning + 86400},
	{"set": {"/calls_today": 3, "/agreed_hours": true}, "want": _next},
	{"set": {"/calls_today": null}, "want": null},
	{"set": {"/attempts_today": null}, "want": null},
	{"set": {"/now": _late, "/plan_runs": true}, "want": null},
	{"set": {"/now": _late - (31536000 * 2)}, "want": null},
	{"set": {}, "want": null},
]

test_not_before_is_the_next_chance if every case in _not_before {
	answer := contact.decision with input as fixture.with_set(_collection, case.set)
	answer.not_before == case.want
}

test_what_does_not_count_is_not_waited_for if {
	answer := contact.decision with input as fixture.with_set(_marketing, {"/now": _next, "/calls_today": 9})
	answer.not_before == _next_morning
}

test_obligations if {
	contact.obligations == {"contact.record_kept", "contact.purpose_told"} with input as _reminder
	contact.obligations == {
		"contact.record_kept", "contact.recording_kept", "contact.purpose_told",
		"contact.conduct_kept",
	} with input as _collection
	contact.obligations == {
		"contact.record_kept", "contact.purpose_told",
		"contact.conduct_kept",
	} with input as fixture.with_set(_collection, {"/channel": "mail"})
	"contact.message_only" in contact.obligations with input as _message
	"contact.refusal_offered" in contact.obligations with input as _marketing
}

_seven := _midnight + 25200

test_when_to_ask_again_is_said_where_time_alone_helps if {
	contact.decision.not_before == _midnight + 28800 with input as fixture.with_set(_collection, {"/now": _seven})
	contact.decision.not_before == null with input as fixture.with_set(_collection, {"/now": _seven, "/disputed": true})
}

# A count that does not limit a reminder does not put it off until tomorrow.
test_a_reminder_waits_for_the_morning_and_not_for_the_next_day if {
	contact.decision.not_before == _midnight + 28800 with input as fixture.with_set(_collection, {
		"/now": _seven,
		"/content": "reminder",
		"/days_past_due": 0,
		"/attempts_today": 99,
	})
}

test_a_day_begins_at_midnight_where_no_hours_are_quiet if {
	contact.decision.not_before == _next with input as fixture.with_set(_collection, {"/calls_today": 3})
		with data.yanmen.contact.contents.collection.quiet as false
}

_calls(since) := [{"since": 0, "value": 0}, {"since": since, "value": 3}]

test_a_figure_holds_since_its_instant if {
	contact.decision.allow with input as _collection with data.yanmen.contact.figures.calls as _calls(_ten)
	not contact.decision.allow with input as _collection with data.yanmen.contact.figures.calls as _calls(_ten + 1)
}

test_counts_are_numbers if {
	not contact.decision.allow with input as fixture.with_set(_collection, {"/days_past_due": "late"})
	not contact.decision.allow with input as fixture.with_set(_collection, {
		"/content": "message",
		"/target": "third_related",
		"/debt_details": false,
		"/failed_in_row": "many",
	})
}

test_a_plan_of_which_nothing_is_known_is_not_broken if {
	not contact.decision.allow with input as fixture.with_set(_collection, {"/plan_runs": null, "/plan_broken": true})
}
