# METADATA
# title: Tests of retain
# description: What may be used, what is restricted and what is deleted, to the second, and that absence is neither use nor deletion.
package yanmen.retain_test

import data.yanmen.fixture_test as fixture
import data.yanmen.retain

day := 86400

# 2026-06-01 in China.
now := 1780243200

# Income of a bank's customer, taken in thirty days ago for an application: used
# for 180 days, kept by no statute.
base := {
	"now": now,
	"purpose": "application",
	"category": "income",
	"basis": "contract",
	"consent": "",
	"lender_class": "bank",
	"collected_at": now - (30 * day),
	"ended_at": null,
	"adverse_ended_at": null,
	"unlawful": false,
	"hold": false,
}

answer(changes) := got if got := retain.decision with input as fixture.with_set(base, changes)

lacking(changes, path) := got if {
	got := retain.decision with input as json.patch(fixture.with_set(base, changes), [{"op": "remove", "path": path}])
}

test_in_order_is_kept_until_use_ends if {
	answer({}) == {
		"allow": true,
		"denials": set(),
		"obligations": set(),
		"action": "keep",
		"until": now + (150 * day),
	}
}

# What each change denies, and what becomes of the data.
_cases := [
	{"code": "retain.clock_missing", "action": "restrict", "set": {"/now": 0}},
	{"code": "retain.purpose_unregistered", "action": "restrict", "set": {"/purpose": "marketing"}},
	{"code": "retain.purpose_unregistered", "action": "restrict", "set": {"/purpose": "", "/category": "finding"}},
	{"code": "retain.category_unregistered", "action": "restrict", "set": {"/category": "claim"}},
	{"code": "retain.category_unregistered", "action": "restrict", "set": {"/category": ""}},
	{"code": "retain.lender_unknown", "action": "restrict", "set": {"/lender_class": ""}},
	{"code": "retain.basis_unknown", "action": "restrict", "set": {"/basis": ""}},
	{"code": "retain.basis_unfit", "action": "restrict", "set": {"/basis": "emergency"}},
	{"code": "retain.basis_unfit", "action": "restrict", "set": {"/basis": "contract", "/category": "consent"}},
	{"code": "retain.consent_withdrawn", "action": "delete", "set": {"/basis": "consent", "/consent": "withdrawn"}},
	{"code": "retain.consent_missing", "action": "delete", "set": {"/basis": "consent", "/consent": "expired"}},
	{"code": "retain.consent_missing", "action": "delete", "set": {"/basis": "consent", "/consent": "refused"}},
	{"code": "retain.consent_missing", "action": "restrict", "set": {"/basis": "consent", "/consent": "unknown"}},
	{"code": "retain.consent_missing", "action": "restrict", "set": {"/basis": "consent"}},
	{"code": "retain.collection_undated", "action": "restrict", "set": {"/collected_at": null}},
	{"code": "retain.collection_undated", "action": "restrict", "set": {"/collected_at": 0}},
	{"code": "retain.collection_undated", "action": "restrict", "set": {"/collected_at": now + 1}},
	{"code": "retain.period_ended", "action": "delete", "set": {"/collected_at": now - (180 * day)}},
	{"code": "retain.purpose_ended", "action": "delete", "set": {"/ended_at": now}},
	{"code": "retain.purpose_ended", "action": "restrict", "set": {"/ended_at": 0}},
	{"code": "retain.adverse_expired", "action": "delete", "set": {"/adverse_ended_at": now - (1826 * day)}},
	{"code": "retain.adverse_expired", "action": "restrict", "set": {"/adverse_ended_at": 0}},
	{"code": "retain.data_unlawful", "action": "delete", "set": {"/unlawful": true}},
]

test_each_denial_is_reached if every case in _cases {
	got := answer(case.set)
	not got.allow
	case.code in got.denials
	got.action == case.action
	got.until == null
}

# A denial alone, with nothing else said.
test_denials_stand_for_themselves if {
	answer({"/purpose": "marketing", "/category": "finding"}).denials == {
		"retain.purpose_unregistered",
		"retain.category_unregistered",
		"retain.period_ended",
	}
	answer({"/category": "claim"}).denials == {"retain.category_unregistered", "retain.period_ended"}
	answer({"/lender_class": ""}).denials == {"retain.lender_unknown"}
	answer({"/basis": ""}).denials == {"retain.basis_unknown", "retain.basis_unfit", "retain.consent_missing"}
	answer({"/basis": "emergency"}).denials == {"retain.basis_unfit"}
	answer({"/basis": "consent", "/consent": "withdrawn"}).denials == {"retain.consent_withdrawn"}
	answer({"/basis": "consent", "/consent": "revoked"}).denials == {"retain.consent_missing"}
	answer({"/collected_at": null}).denials == {"retain.collection_undated", "retain.period_ended"}
	answer({"/collected_at": now - (180 * day)}).denials == {"retain.period_ended"}
	answer({"/ended_at": now}).denials == {"retain.purpose_ended"}
	answer({"/adverse_ended_at": now - (1826 * day)}).denials == {"retain.adverse_expired"}
	answer({"/unlawful": true}).denials == {"retain.data_unlawful"}
}

test_a_consent_that_holds_keeps if {
	answer({"/basis": "consent", "/consent": "given"}).action == "keep"
	answer({"/basis": "consent", "/consent": "renewed"}).action == "keep"
}

test_a_withdrawn_consent_does_not_touch_what_rests_on_a_contract if {
	answer({"/consent": "withdrawn"}).action == "keep"
}

test_until_is_the_next_end_of_use if {
	answer({"/collected_at": now}).until == now + (180 * day)
	answer({"/collected_at": now - ((180 * day) - 1)}).until == now + 1
	answer({"/ended_at": now + 1}).until == now + 1
	answer({"/ended_at": now + (151 * day)}).until == now + (150 * day)
	answer({"/adverse_ended_at": now - ((1826 * day) - 1)}).until == now + 1
	answer({"/adverse_ended_at": now - (1000 * day)}).until == now + (150 * day)
}

# Identity material and transaction information are kept ten years, the one from
# the end of the relationship, the other from when it was taken in.
test_statute_restricts_until_its_end if {
	got := answer({"/category": "identity", "/collected_at": now - (2000 * day), "/ended_at": now - (3652 * day)})
	got == {
		"allow": false,
		"denials": {"retain.period_ended", "retain.purpose_ended"},
		"obligations": {"retain.storage_only", "retain.statute_recorded"},
		"action": "restrict",
		"until": now + day,
	}
	answer({"/category": "identity", "/ended_at": now - ((3653 * day) - 1)}).until == now + 1
	loan := answer({"/category": "loan", "/collected_at": now - (1095 * day)})
	loan.action == "restrict"
	loan.until == now + ((3653 - 1095) * day)
	answer({"/category": "loan", "/collected_at": now - (3653 * day)}).action == "delete"
}

test_statute_that_has_ended_lets_go if {
	got := answer({"/category": "identity", "/ended_at": now - (3653 * day)})
	got.action == "delete"
	got.until == null
	got.obligations == {"retain.erasure_recorded", "retain.copies_deleted"}
}

test_statute_binds_the_lenders_that_it_names if {
	changes := {"/category": "identity", "/ended_at": now - day}
	answer(changes).action == "restrict"
	answer(object.union(changes, {"/lender_class": "microloan"})).action == "restrict"
	answer(object.union(changes, {"/lender_class": "consumer_finance"})).action == "restrict"
	answer(object.union(changes, {"/lender_class": "private_lender"})).action == "delete"
	unknown := answer(object.union(changes, {"/lender_class": "other"}))
	unknown.action == "restrict"
	unknown.until == null
	unknown.obligations == {"retain.storage_only", "retain.facts_completed"}
}

# While the relationship goes on, a period that counts from its end has none.
test_statute_without_a_beginning_has_no_end if {
	got := answer({"/category": "identity", "/collected_at": now - (1095 * day)})
	got.action == "restrict"
	got.until == null
	got.obligations == {"retain.storage_only", "retain.statute_recorded"}
	ahead := answer({"/category": "identity", "/collected_at": now - (1095 * day), "/ended_at": now + day})
	ahead.action == "restrict"
	ahead.until == null
}

# Before the first figure of a law the period is not known.
test_no_figure_before_the_law if {
	before := 1735660799
	late := {"/now": before, "/category": "loan", "/collected_at": before - (3653 * day)}
	answer(late).action == "restrict"
	answer(late).until == null
	answer(object.union(late, {"/now": before + 1})).action == "delete"
	old := 1363276799
	adverse := {"/now": old, "/collected_at": old, "/adverse_ended_at": old}
	answer(adverse).action == "restrict"
	answer(adverse).denials == {"retain.adverse_expired"}
	answer(object.union(adverse, {"/now": old + 1})).action == "keep"
}

# Of several figures that hold, the last counts.
test_later_figure_replaces_the_earlier if {
	figures := [{"since": 1, "days": 10}, {"since": now, "days": 20}, {"since": now + 1, "days": 30}]
	changes := {"/adverse_ended_at": now - (10 * day)}
	answer(changes).until == now + (10 * day) with data.yanmen.retain.adverse as figures
	earlier := object.union(changes, {"/now": now - 1})
	answer(earlier).until == now with data.yanmen.retain.adverse as figures
}

test_order_keeps_what_is_over if {
	got := answer({"/hold": true, "/ended_at": now - day})
	got.action == "restrict"
	got.until == null
	got.obligations == {"retain.storage_only", "retain.order_recorded"}
	statute := answer({"/hold": true, "/category": "identity", "/ended_at": now - day})
	statute.until == null
	statute.obligations == {"retain.storage_only", "retain.order_recorded", "retain.statute_recorded"}
}

test_order_does_not_stop_use if {
	got := answer({"/hold": true})
	got.action == "keep"
	got.obligations == {"retain.order_recorded"}
}

test_unlawful_data_are_restricted_while_a_statute_runs if {
	got := answer({"/category": "loan", "/unlawful": true})
	got.action == "restrict"
	got.until == now + (3623 * day)
}

# What proves what was done is kept for three years, the relationship ended or not.
test_proof_outlives_the_relationship if {
	every kind in ["finding", "processing_record"] {
		changes := {"/category": kind, "/basis": "legal_duty", "/ended_at": now - day}
		answer(changes) == {
			"allow": true,
			"denials": set(),
			"obligations": set(),
			"action": "keep",
			"until": now + (1066 * day),
		}
		over := object.union(changes, {"/collected_at": now - (1096 * day)})
		answer(over).action == "delete"
		answer(over).denials == {"retain.period_ended"}
	}
	every kind in ["consent", "assessment"] {
		changes := {"/category": kind, "/basis": "legal_duty", "/collected_at": now - (2000 * day)}
		answer(changes).action == "keep"
		answer(changes).until == null
		answer(object.union(changes, {"/ended_at": now - day})).until == now + (1095 * day)
		answer(object.union(changes, {"/ended_at": now + day})).action == "keep"
		answer(object.union(changes, {"/ended_at": now + day})).until == null
		answer(object.union(changes, {"/ended_at": now - (1096 * day)})).action == "delete"
		answer(object.union(changes, {"/ended_at": 0})).action == "restrict"
	}
}

test_finding_whose_consent_was_withdrawn_is_restricted if {
	got := answer({"/category": "finding", "/basis": "consent", "/consent": "withdrawn"})
	got.action == "restrict"
	got.until == now + (1066 * day)
	got.obligations == {"retain.storage_only", "retain.statute_recorded"}
}

test_kind_stands_before_the_catalogue if {
	answer({"/category": "finding", "/basis": "legal_duty", "/purpose": "oversight"}).action == "keep"
}

# Two years for a bank's cards, five for consumer finance, none for the others.
test_contact_records_by_class_of_lender if {
	changes := {"/category": "contact_record", "/ended_at": now - day}
	answer(changes).until == now + (701 * day)
	answer(object.union(changes, {"/lender_class": "consumer_finance"})).until == now + (1797 * day)
	answer(object.union(changes, {"/lender_class": "microloan"})).action == "delete"
	log := {"/category": "contact_log", "/purpose": "overdue", "/ended_at": now - day}
	answer(log).until == now + (701 * day)
	answer(object.union(log, {"/lender_class": "consumer_finance"})).until == now + (1797 * day)
	answer({"/category": "contact_record"}).until == now + (1797 * day)
}

# The last of several statutory periods counts.
test_the_longest_statute_counts if {
	statutes := [
		{"categories": ["income"], "lenders": ["bank"], "counts": "ended", "figures": [{"since": 1, "days": 10}]},
		{"categories": ["income"], "lenders": ["bank"], "counts": "collected", "figures": [{"since": 1, "days": 60}]},
		{"categories": ["income"], "lenders": ["bank"], "counts": "collected", "figures": [{"since": 1, "days": 30}]},
	]
	changes := {"/ended_at": now - day}
	answer(changes).until == now + (30 * day) with data.yanmen.retain.statutes as statutes
	answer(changes).action == "restrict" with data.yanmen.retain.statutes as statutes
}

# What use and statutes let go of is dealt with as the register says, and only so.
test_register_says_what_becomes_of_it if {
	over := {"/collected_at": now - (180 * day)}
	anonymous := answer(over) with data.yanmen.catalogue.categories.income.expiry as "anonymise"
	anonymous == {
		"allow": false,
		"denials": {"retain.period_ended"},
		"obligations": {"retain.copies_deleted", "retain.person_untraceable"},
		"action": "anonymise",
		"until": null,
	}
	every expiry in ["restrict", "keep", "", null, 5] {
		stored := answer(over) with data.yanmen.catalogue.categories.income.expiry as expiry
		stored == {
			"allow": false,
			"denials": {"retain.period_ended"},
			"obligations": {"retain.deletion_reviewed", "retain.storage_only"},
			"action": "restrict",
			"until": null,
		}
	}
	unsaid := answer(over) with data.yanmen.catalogue.categories.income as {"uses": {"application": {"days": 180}}}
	unsaid.action == "restrict"
	finding := object.union(over, {"/category": "finding", "/collected_at": now - (1096 * day)})
	answer(finding).action == "anonymise" with data.yanmen.retain.kinds.finding.expiry as "anonymise"
	answer(finding).action == "restrict" with data.yanmen.retain.kinds.finding.expiry as "restrict"
	answer(finding).action == "anonymise" with data.yanmen.retain.kinds.finding.expiry as "anonymise"
		with data.yanmen.catalogue.categories.finding.expiry as "delete"
}

# No register lets go of what a statute or an order keeps, or stops what may go on.
test_register_does_not_outdo_statute_or_order if {
	every expiry in ["anonymise", "delete"] {
		loan := answer({"/category": "loan", "/ended_at": now}) with data.yanmen.catalogue.categories.loan.expiry as expiry
		loan.action == "restrict"
		loan.obligations == {"retain.storage_only", "retain.statute_recorded"}
		ordered := answer({"/hold": true, "/ended_at": now}) with data.yanmen.catalogue.categories.income.expiry as expiry
		ordered.action == "restrict"
		ordered.obligations == {"retain.order_recorded", "retain.storage_only"}
		unknown := answer({"/collected_at": null}) with data.yanmen.catalogue.categories.income.expiry as expiry
		unknown.action == "restrict"
		answer({}).action == "keep" with data.yanmen.catalogue.categories.income.expiry as expiry
	}
}

# Without a field nothing more is used, and nothing more is deleted.
test_absence_deletes_nothing if {
	over := {"/ended_at": now - day, "/collected_at": now - (180 * day)}
	answer(over).action == "delete"
	every path in ["/now", "/purpose", "/category", "/basis", "/lender_class", "/collected_at", "/hold"] {
		lacking(over, path).action == "restrict"
	}
	every path in ["/ended_at"] {
		lacking({"/ended_at": now - day}, path).action == "restrict"
		lacking({}, path).denials == {"retain.purpose_ended"}
	}
	lacking({"/adverse_ended_at": now - (1826 * day)}, "/adverse_ended_at").action == "restrict"
	lacking({"/unlawful": true}, "/unlawful").denials == {"retain.data_unlawful"}
	lacking({"/unlawful": true}, "/unlawful").action == "restrict"
	lacking({"/basis": "consent", "/consent": "withdrawn"}, "/consent").action == "restrict"
	lacking({"/category": "identity", "/unlawful": true, "/ended_at": now - (3653 * day)}, "/ended_at").action == "restrict"
}

# What is of the wrong type is not known.
test_garbage_deletes_nothing if {
	over := {"/ended_at": now - day, "/collected_at": now - (180 * day)}
	answer(object.union(over, {"/now": "2026-06-01"})).action == "restrict"
	answer({"/ended_at": "never"}).denials == {"retain.purpose_ended"}
	answer({"/ended_at": "never"}).action == "restrict"
	answer({"/adverse_ended_at": "never"}).denials == {"retain.adverse_expired"}
	answer({"/collected_at": "2026"}).denials == {"retain.collection_undated", "retain.period_ended"}
	answer({"/collected_at": now + 1}).denials == {"retain.collection_undated", "retain.period_ended"}
}

# What is restricted for want of a fact is restricted for no statute.
test_facts_are_asked_for_before_a_statute_is_named if {
	answer({"/category": "loan", "/collected_at": null}).obligations == {"retain.storage_only", "retain.facts_completed"}
	finding := answer({"/category": "finding", "/basis": "emergency", "/ended_at": now - day})
	finding.until == null
	finding.obligations == {"retain.storage_only", "retain.facts_completed"}
	contract := answer({"/consent": "withdrawn", "/ended_at": 0})
	contract.action == "restrict"
	contract.denials == {"retain.purpose_ended"}
}

# A statute whose end is not known hides that another's is.
test_until_waits_for_every_statute if {
	statutes := [
		{"categories": ["income"], "lenders": ["bank"], "counts": "ended", "figures": [{"since": 1, "days": 10}]},
		{"categories": ["income"], "lenders": ["bank"], "counts": "collected", "figures": [{"since": 1, "days": 200}]},
	]
	changes := {"/collected_at": now - (180 * day)}
	answer(changes).until == null with data.yanmen.retain.statutes as statutes
	other := object.union(changes, {"/lender_class": "microloan"})
	answer(other).action == "delete" with data.yanmen.retain.statutes as statutes
	ended := object.union(changes, {"/ended_at": now})
	answer(ended).until == now + (20 * day) with data.yanmen.retain.statutes as statutes
}

test_nothing_is_restricted if {
	got := retain.decision with input as {}
	not got.allow
	got.action == "restrict"
	got.until == null
	got.obligations == {"retain.storage_only", "retain.facts_completed"}
}
