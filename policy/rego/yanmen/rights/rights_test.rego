# METADATA
# title: Tests of rights
# description: What is owed, by when, what may be refused, and that absence neither fulfils nor refuses.
package yanmen.rights_test

import data.yanmen.fixture_test as fixture
import data.yanmen.rights

day := 86400

# 2026-06-01 in China.
now := 1780243200

base := {
	"now": now,
	"request": "access",
	"received_at": now - day,
	"requester": "subject",
	"verified": true,
	"mandate": false,
	"deceased": false,
	"basis": "consent",
	"statute_until": null,
	"confidential": false,
	"feasible": false,
	"harms_others": false,
	"automated": false,
	"reports_in_year": null,
	"needed": false,
	"checked": false,
	"refusal": "",
}

answer(changes) := got if got := rights.decision with input as fixture.with_set(base, changes)

lacking(changes, path) := got if {
	got := rights.decision with input as json.patch(fixture.with_set(base, changes), [{"op": "remove", "path": path}])
}

test_in_order_is_fulfilled_within_thirty_days if {
	answer({}) == {
		"allow": true,
		"denials": set(),
		"obligations": {"rights.copy_complete"},
		"action": "fulfil",
		"due_at": now + (29 * day),
	}
}

# What fulfilling each request obliges to.
_owed := {
	"access": {"rights.copy_complete"},
	"copy": {"rights.copy_complete"},
	"transfer": set(),
	"correct": {"rights.data_checked", "rights.decisions_held", "rights.recipients_told"},
	"delete": {"rights.processing_stopped", "rights.recipients_told", "rights.retention_asked"},
	"restrict": {"rights.processing_stopped", "rights.recipients_told"},
	"explain": {"rights.rules_explained"},
	"withdraw": {"rights.processing_stopped", "rights.recipients_told", "rights.retention_asked"},
	"human_review": {"rights.decisions_held", "rights.person_review", "rights.rules_explained"},
	"dispute": {
		"rights.answer_written", "rights.data_checked", "rights.decisions_held",
		"rights.dispute_flagged",
	},
	"report": {"rights.report_free"},
}

test_each_request_is_owed_with_its_duties if {
	every request, duties in _owed {
		got := answer({"/request": request, "/feasible": true, "/automated": true})
		got.allow
		got.action == "fulfil"
		got.obligations == duties
	}
}

# What each change denies, alone, to a lender that wants to fulfil.
_cases := [
	{"code": "rights.requester_unverified", "set": {"/verified": false}},
	{"code": "rights.mandate_missing", "set": {"/requester": "guardian"}},
	{"code": "rights.mandate_missing", "set": {"/requester": "agent"}},
	{"code": "rights.mandate_missing", "set": {"/requester": "relative", "/deceased": true}},
	{"code": "rights.requester_unfit", "set": {"/requester": "relative", "/mandate": true}},
	{"code": "rights.requester_unfit", "set": {"/deceased": true}},
	{"code": "rights.requester_unfit", "set": {"/requester": "agent", "/mandate": true, "/deceased": true}},
	{"code": "rights.requester_unfit", "set": {"/requester": "guardian", "/mandate": true, "/deceased": true}},
	{"code": "rights.secrecy_required", "set": {"/confidential": true}},
	{"code": "rights.secrecy_required", "set": {"/confidential": true, "/request": "copy"}},
	{"code": "rights.secrecy_required", "set": {"/confidential": true, "/request": "explain"}},
	{"code": "rights.secrecy_required", "set": {"/confidential": true, "/request": "report"}},
	{"code": "rights.basis_unfit", "set": {"/request": "transfer", "/feasible": true, "/basis": "legal_duty"}},
	{"code": "rights.basis_unfit", "set": {"/request": "transfer", "/feasible": true, "/basis": ""}},
	{"code": "rights.basis_unfit", "set": {"/request": "withdraw", "/basis": "contract"}},
	{"code": "rights.transfer_infeasible", "set": {"/request": "transfer"}},
	{"code": "rights.others_harmed", "set": {"/request": "transfer", "/feasible": true, "/harms_others": true}},
	{"code": "rights.statute_unknown", "set": {"/request": "delete", "/statute_until": 0}},
	{"code": "rights.statute_unknown", "set": {"/request": "delete", "/statute_until": "2030"}},
]

test_each_denial_is_reached if every case in _cases {
	got := answer(case.set)
	not got.allow
	got.denials == {case.code}
	got.action == "refuse"
	"rights.reasons_given" in got.obligations
	"rights.remedy_told" in got.obligations
	got.due_at == now + (29 * day)
}

test_what_is_not_known_denies_both if {
	unknown := [
		{"codes": {"rights.clock_missing", "rights.request_undated"}, "set": {"/now": 0}},
		{"codes": {"rights.request_undated"}, "set": {"/received_at": null}},
		{"codes": {"rights.request_undated"}, "set": {"/received_at": 0}},
		{"codes": {"rights.request_undated"}, "set": {"/received_at": now + 1}},
		{"codes": {"rights.request_undated"}, "set": {"/received_at": 1363276800}},
	]
	every case in unknown {
		answer(case.set).denials == case.codes
		answer(case.set).action == "refuse"
		answer(case.set).due_at == null
		"rights.answer_overdue" in answer(case.set).obligations
		refused := answer(object.union(case.set, {"/refusal": "secrecy.required", "/confidential": true}))
		refused.denials == case.codes
		refused.action == "refuse"
	}
	strange := answer({"/request": "forget"})
	"rights.request_unknown" in strange.denials
	strange.action == "refuse"
	nobody := answer({"/requester": ""})
	nobody.denials == {"rights.requester_unknown", "rights.requester_unfit", "rights.mandate_missing"}
	nobody.action == "refuse"
}

test_others_may_ask_for_the_person if {
	answer({"/requester": "guardian", "/mandate": true}).allow
	answer({"/requester": "agent", "/mandate": true}).allow
	answer({"/requester": "relative", "/mandate": true, "/deceased": true}).allow
}

test_secrecy_forbids_nothing_but_telling if {
	every request in ["correct", "delete", "restrict", "withdraw", "human_review", "dispute"] {
		answer({"/request": request, "/confidential": true}).action == "fulfil"
	}
}

test_only_transfer_and_withdrawal_ask_for_the_ground if {
	every request in ["access", "copy", "correct", "delete", "restrict", "explain", "human_review", "dispute", "report"] {
		answer({"/request": request, "/basis": "", "/harms_others": true}).action == "fulfil"
	}
	answer({"/request": "transfer", "/feasible": true, "/basis": "contract"}).action == "fulfil"
}

# What a statute keeps is restricted, not refused.
test_statute_turns_deletion_into_restriction if {
	got := answer({"/request": "delete", "/statute_until": now + 1})
	got.allow
	got.action == "restrict"
	got.obligations == {
		"rights.processing_stopped", "rights.reasons_given", "rights.recipients_told", "rights.retention_asked",
		"rights.storage_only",
	}
	answer({"/request": "delete", "/statute_until": now}).action == "fulfil"
	answer({"/request": "restrict", "/statute_until": now + 1}).action == "fulfil"
	answer({"/request": "withdraw", "/statute_until": now + 1}).action == "fulfil"
	refused := answer({"/request": "delete", "/statute_until": now + 1, "/refusal": "statute.running"})
	not refused.allow
	refused.action == "restrict"
}

test_terms_end_to_the_second if {
	dispute := {"/request": "dispute", "/received_at": now - (20 * day)}
	answer(dispute).due_at == now
	not "rights.answer_overdue" in answer(dispute).obligations
	late := answer(object.union(dispute, {"/now": now + 1}))
	late.allow
	"rights.answer_overdue" in late.obligations
	answer({"/received_at": now}).due_at == now + (30 * day)
	answer({"/received_at": now - (30 * day)}).due_at == now
}

test_no_term_before_its_figure if {
	first := {"/received_at": 1601481600, "/now": 1601481600}
	answer(first).action == "fulfil"
	answer(object.union(first, {"/received_at": 1601481599})).denials == {"rights.request_undated"}
}

# Of several figures that hold, the last counts.
test_later_figure_replaces_the_earlier if {
	terms := {"answer": [{"since": 1, "days": 30}, {"since": now - day, "days": 15}, {"since": now, "days": 7}]}
	answer({}).due_at == now + (14 * day) with data.yanmen.rights.terms as terms
	answer({"/received_at": now - (2 * day)}).due_at == now + (28 * day) with data.yanmen.rights.terms as terms
	reports := [{"since": 1, "count": 1}, {"since": now, "count": 3}, {"since": now + 1, "count": 9}]
	asked := {"/request": "report", "/reports_in_year": 3, "/refusal": "reports.exhausted"}
	answer(asked).allow with data.yanmen.rights.free_reports as reports
	not answer(object.union(asked, {"/reports_in_year": 2})).allow with data.yanmen.rights.free_reports as reports
}

test_reports_are_free_until_used_up if {
	"rights.report_free" in answer({"/request": "report", "/reports_in_year": 1}).obligations
	"rights.report_free" in answer({"/request": "report", "/reports_in_year": null}).obligations
	"rights.report_free" in answer({"/request": "report", "/reports_in_year": "2"}).obligations
	paid := answer({"/request": "report", "/reports_in_year": 2})
	paid.action == "fulfil"
	paid.obligations == set()
}

test_a_person_looks_unless_one_did if {
	changes := {"/request": "human_review"}
	not "rights.person_review" in answer(changes).obligations
	"rights.person_review" in lacking(changes, "/automated").obligations
	answer(changes).action == "fulfil"
}

# Each reason with the facts that found it, and the nearest that do not.
_refusals := [
	{"code": "requester.unproven", "request": "access", "set": {"/verified": false}, "not": {}},
	{"code": "requester.unproven", "request": "access", "set": {"/requester": "agent"}, "not": {"/requester": "agent", "/mandate": true}},
	{
		"code": "requester.unproven", "request": "delete",
		"set": {"/requester": "relative", "/mandate": true},
		"not": {"/requester": "relative", "/mandate": true, "/deceased": true},
	},
	{"code": "requester.unproven", "request": "delete", "set": {"/deceased": true}, "not": {"/mandate": false}},
	{"code": "secrecy.required", "request": "explain", "set": {"/confidential": true}, "not": {}},
	{"code": "basis.other", "request": "withdraw", "set": {"/basis": "contract"}, "not": {}},
	{"code": "basis.other", "request": "withdraw", "set": {"/basis": "legal_duty"}, "not": {"/basis": ""}},
	{"code": "basis.other", "request": "transfer", "set": {"/basis": "legal_duty"}, "not": {"/basis": "contract"}},
	{"code": "transfer.infeasible", "request": "transfer", "set": {}, "not": {"/feasible": true}},
	{"code": "transfer.harmful", "request": "transfer", "set": {"/harms_others": true}, "not": {}},
	{
		"code": "purpose.ongoing", "request": "delete",
		"set": {"/needed": true, "/basis": "contract"},
		"not": {"/needed": false, "/basis": "contract"},
	},
	{"code": "purpose.ongoing", "request": "restrict", "set": {"/needed": true, "/basis": "legal_duty"}, "not": {"/needed": true}},
	{"code": "purpose.ongoing", "request": "delete", "set": {"/needed": true, "/basis": "contract"}, "not": {"/needed": true, "/basis": ""}},
	{"code": "data.accurate", "request": "correct", "set": {"/checked": true}, "not": {}},
	{"code": "data.accurate", "request": "dispute", "set": {"/checked": true}, "not": {}},
	{"code": "reports.exhausted", "request": "report", "set": {"/reports_in_year": 2}, "not": {"/reports_in_year": 1}},
	{"code": "reports.exhausted", "request": "report", "set": {"/reports_in_year": 2}, "not": {}},
]

test_each_reason_needs_its_facts if every case in _refusals {
	asked := {"/request": case.request, "/refusal": case.code}
	refused := answer(object.union(asked, case.set))
	refused.allow
	refused.action == "refuse"
	"rights.reasons_given" in refused.obligations
	"rights.remedy_told" in refused.obligations
	owed := answer(object.union(asked, case.not))
	not owed.allow
	owed.denials == {"rights.refusal_unfounded"}
}

# A refusal without proof leaves what is owed as it was.
test_unfounded_refusal_is_owed_all_the_same if {
	got := answer({"/refusal": "secrecy.required"})
	got.action == "fulfil"
	got.obligations == {"rights.copy_complete"}
	unverified := answer({"/refusal": "secrecy.required", "/verified": false})
	unverified.denials == {"rights.refusal_unfounded"}
	unverified.action == "refuse"
}

test_reasons_are_a_closed_list if {
	got := answer({"/refusal": "fee.unpaid"})
	got.denials == {"rights.refusal_unlisted", "rights.refusal_unfit", "rights.refusal_unfounded"}
	got.action == "fulfil"
}

test_reason_of_another_request_does_not_refuse if {
	got := answer({"/request": "delete", "/refusal": "secrecy.required", "/confidential": true})
	got.denials == {"rights.refusal_unfit"}
	got.action == "fulfil"
}

test_refused_dispute_is_answered_in_writing if {
	got := answer({"/request": "dispute", "/checked": true, "/refusal": "data.accurate"})
	got.obligations == {"rights.answer_written", "rights.reasons_given", "rights.remedy_told"}
}

test_who_asks_is_verified if {
	"rights.identity_verify" in answer({"/verified": false}).obligations
	"rights.identity_verify" in answer({"/requester": "agent"}).obligations
	not "rights.identity_verify" in answer({"/requester": "agent", "/mandate": true}).obligations
}

# Each founded refusal with each field that founds it. A relative of the living is
# refused with a mandate or without.
_founding := [[asked, path] |
	some case in _refusals
	asked := object.union({"/request": case.request, "/refusal": case.code}, case.set)
	some path, _ in case.set
	path != "/mandate"
]

# Without a field nothing more is fulfilled, and nothing more is refused.
test_absence_neither_fulfils_nor_refuses if {
	every path in ["/now", "/request", "/received_at", "/requester", "/verified", "/deceased", "/confidential", "/refusal"] {
		not lacking({}, path).allow
		lacking({}, path).action in {"refuse", "fulfil"}
	}
	not lacking({"/requester": "agent", "/mandate": true}, "/mandate").allow
	not lacking({"/request": "delete"}, "/statute_until").allow
	lacking({"/request": "delete"}, "/statute_until").action == "refuse"
	moving := {"/request": "transfer", "/feasible": true}
	every path in ["/basis", "/feasible", "/harms_others"] {
		not lacking(moving, path).allow
	}
	every pair in _founding {
		not lacking(pair[0], pair[1]).allow
	}
	not lacking({"/request": "transfer", "/refusal": "transfer.infeasible"}, "/feasible").allow
	not lacking({"/requester": "agent", "/refusal": "requester.unproven"}, "/mandate").allow
	lacking({}, "/refusal").denials == {"rights.refusal_unlisted", "rights.refusal_unfit", "rights.refusal_unfounded"}
	lacking({"/verified": false}, "/refusal").denials == {
		"rights.requester_unverified",
		"rights.refusal_unlisted",
		"rights.refusal_unfit",
		"rights.refusal_unfounded",
	}
}

# What is of the wrong type is not known.
test_garbage_fulfils_nothing if {
	answer({"/now": "soon"}).action == "refuse"
	answer({"/received_at": "soon"}).denials == {"rights.request_undated"}
	answer({"/received_at": -1}).denials == {"rights.request_undated"}
}

test_unverified_deletion_is_not_even_restricted if {
	got := answer({"/request": "delete", "/statute_until": now + 1, "/verified": false})
	got.action == "refuse"
	not "rights.storage_only" in got.obligations
}

# A founded refusal needs nothing that fulfilling would have needed.
test_refusal_needs_its_own_proof_alone if {
	answer({
		"/request": "transfer",
		"/refusal": "transfer.infeasible",
		"/confidential": true,
		"/harms_others": true,
		"/basis": "",
		"/verified": false,
		"/requester": "",
		"/deceased": true,
	}).denials == set()
	answer({
		"/request": "delete",
		"/refusal": "purpose.ongoing",
		"/needed": true,
		"/basis": "contract",
		"/statute_until": 0,
	}).denials == set()
}

test_nothing_is_denied if {
	got := rights.decision with input as {}
	not got.allow
	got.action == "refuse"
	got.due_at == null
}
