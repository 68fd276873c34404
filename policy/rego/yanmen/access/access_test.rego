# METADATA
# title: Tests of access
# description: Each denial is reached by changing what it is about, and nothing else allows it.
package yanmen.access_test

import data.yanmen.access
import data.yanmen.fixture_test as fixture

_now := 1795000000

_show := {
	"now": _now,
	"role": "reviewer",
	"act": "case_show",
	"purpose": "oversight",
	"categories": ["finding"],
	"clear": false,
	"verified": false,
	"trained_at": _now - 1000,
	"prepared": false,
	"decided": false,
	"adverse": false,
	"subjects": 1,
}

_clear := fixture.with_set(_show, {"/clear": true, "/verified": true})

_review := fixture.with_set(_show, {
	"/act": "review_decide",
	"/purpose": "",
	"/categories": [],
	"/verified": true,
	"/adverse": true,
	"/subjects": null,
})

_contact := fixture.with_set(_show, {
	"/role": "collector",
	"/act": "contact_make",
	"/purpose": "overdue",
	"/categories": ["contact_log", "phone"],
	"/subjects": 20,
})

_install := fixture.with_set(_review, {"/role": "compliance", "/act": "policy_install", "/adverse": false})

_bases := {"clear": _clear, "contact": _contact, "install": _install, "review": _review, "show": _show}

_cases := [
	{"base": "show", "code": "access.clock_missing", "set": {"/now": 0}},
	{"base": "show", "code": "access.role_unregistered", "set": {"/role": ""}},
	{"base": "show", "code": "access.act_unregistered", "set": {"/act": ""}},
	{"base": "show", "code": "access.act_unentitled", "set": {"/role": "operator"}},
	{"base": "show", "code": "access.actor_untrained", "set": {"/trained_at": null}},
	{"base": "show", "code": "access.actor_untrained", "set": {"/trained_at": _now + 1}},
	{"base": "show", "code": "access.actor_untrained", "set": {"/trained_at": _now - 31536001}},
	{"base": "review", "code": "access.actor_unverified", "set": {"/verified": false}},
	{"base": "show", "code": "access.purpose_unfit", "set": {"/purpose": "overdue"}},
	{"base": "show", "code": "access.category_missing", "set": {"/categories": []}},
	{"base": "show", "code": "access.category_unregistered", "set": {"/categories": ["finding", "shoe_size"]}},
	{"base": "contact", "code": "access.category_unentitled", "set": {"/categories": ["contact_log", "income"]}},
	{"base": "clear", "code": "access.clear_unverified", "set": {"/verified": false}},
	{"base": "clear", "code": "access.clear_unentitled", "set": {"/role": "risk_officer"}},
	{"base": "clear", "code": "access.secret_shown", "set": {"/categories": ["finding", "shoe_size"]}},
	{"base": "show", "code": "access.bulk_alarmed", "set": {"/subjects": 25}},
	{"base": "show", "code": "access.bulk_alarmed", "set": {"/subjects": 0}},
	{"base": "show", "code": "access.bulk_alarmed", "set": {"/subjects": null}},
	{"base": "contact", "code": "access.bulk_alarmed", "set": {"/subjects": 250}},
	{"base": "contact", "code": "access.bulk_alarmed", "set": {"/subjects": 2500, "/categories": ["phone"]}},
	{"base": "contact", "code": "access.bulk_alarmed", "set": {"/subjects": 25, "/categories": ["loan", "phone"]}},
	{"base": "review", "code": "access.decision_own", "set": {"/prepared": true}},
	{"base": "review", "code": "access.decision_repeated", "set": {"/decided": true}},
	{"base": "install", "code": "access.decision_own", "set": {"/prepared": true}},
]

test_in_order_is_allowed if every name, input_in_order in _bases {
	access.decision.allow with input as input_in_order
	name != ""
}

test_each_denial_is_reached if every case in _cases {
	answer := access.decision with input as fixture.with_set(_bases[case.base], case.set)
	not answer.allow
	case.code in answer.denials
	count(answer.obligations) == 0
}

test_nothing_is_denied if {
	answer := access.decision with input as {}
	not answer.allow
	count(answer.denials) == 16
}

_spared := [
	{"base": "show", "set": {"/trained_at": _now - 31536000}},
	{"base": "show", "set": {"/trained_at": _now}},
	{"base": "show", "set": {"/subjects": 24}},
	{"base": "show", "set": {"/prepared": true, "/decided": true, "/adverse": true}},
	{"base": "contact", "set": {"/subjects": 249}},
	{"base": "contact", "set": {"/subjects": 2499, "/categories": ["phone"]}},
	{"base": "contact", "set": {"/subjects": 24, "/categories": ["loan", "phone"]}},
	{"base": "contact", "set": {"/clear": true, "/verified": true}},
	{"base": "review", "set": {"/adverse": false, "/prepared": true, "/decided": true}},
	{"base": "install", "set": {"/role": "operator"}},
]

test_the_nearest_is_spared if every case in _spared {
	answer := access.decision with input as fixture.with_set(_bases[case.base], case.set)
	answer.allow
}

test_what_is_never_taken_is_never_shown_in_clear if {
	answer := access.decision with input as fixture.with_set(_clear, {"/categories": ["card_secret"]})
		with data.yanmen.catalogue.never as {"card_secret": {"class": "C3"}}
	answer.denials == {"access.secret_shown", "access.category_unentitled"}
}

test_obligations if {
	access.obligations == {"access.act_recorded", "access.text_masked"} with input as _show
	access.obligations == {"access.act_recorded"} with input as _clear
	access.obligations == {"access.act_recorded", "access.second_needed"} with input as _review
	access.obligations == {"access.act_recorded"} with input as fixture.with_set(_review, {"/adverse": false})
}

test_nothing_is_asked_of_what_an_act_does_not_show if {
	answer := access.decision with input as fixture.with_set(_review, {
		"/categories": ["shoe_size", "identity"],
		"/clear": true,
		"/verified": false,
	})
		with data.yanmen.access.roles.reviewer.clear as false
	not answer.allow
	every code in [
		"access.category_unregistered",
		"access.category_unentitled",
		"access.clear_unverified",
		"access.clear_unentitled",
		"access.secret_shown",
	] {
		not code in answer.denials
	}
}

_trainings(since) := [{"since": 0, "value": 0}, {"since": since, "value": 100000}]

test_a_figure_holds_since_its_instant if {
	access.decision.allow with input as _show with data.yanmen.access.figures.training_seconds as _trainings(_now)
	not access.decision.allow with input as _show with data.yanmen.access.figures.training_seconds as _trainings(_now + 1)
}

test_a_number_of_persons_and_an_instant_are_numbers if {
	"access.bulk_alarmed" in access.decision.denials with input as fixture.with_set(
		_show,
		{"/subjects": "many", "/categories": []},
	)
	"access.bulk_alarmed" in access.decision.denials with input as fixture.with_set(
		_show,
		{"/now": "later", "/trained_at": null},
	)
}
