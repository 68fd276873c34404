# METADATA
# title: Judge
# description: What do the facts mean, for this purpose? What is not known never becomes guilt.
# schemas:
#   - input: schema.judge
package yanmen.judge

import data.yanmen.cost
import data.yanmen.draw

# METADATA
# title: Decision
# description: The answer of this point. Reasons and improvements are sets; their order is that of the data.
# entrypoint: true
decision := {
	"allow": allow,
	"denials": denials,
	"obligations": obligations,
	"row": _answer.code,
	"outcome": _answer.then.outcome,
	"overdue_class": _answer.then.class,
	"band": band,
	"disposition": _answer.then.disposition,
	"proposal": proposal,
	"offer": _offered,
	"reasons": reasons,
	"improve": improve,
}

# METADATA
# scope: document
# title: Allow
# description: A judgement may be made. It says nothing of how the judgement turns out.
default allow := false

allow if count(denials) == 0

# METADATA
# scope: document
# title: Denials
# description: Why no judgement may be made, by code.

# METADATA
# title: Time of the judgement unknown
# description: The instant at which the facts hold is not known.
# custom:
#   code: judge.clock_missing
#   cites: [YM-1]
#   zh: 判断时间不明
denials contains rego.metadata.rule().custom.code if not _clock

# METADATA
# title: Purpose without lines
# description: There are no lines by which to judge for this purpose.
# custom:
#   code: judge.purpose_unregistered
#   cites: [PIPL-6-1]
#   zh: 该目的没有判断标准
denials contains rego.metadata.rule().custom.code if not _purpose

# METADATA
# title: Cost over the cap
# description: The loan applied for would cost more than its lender may take. That says nothing against who applies, so nothing is judged. A cost that is not known is no pass either; it has obligations instead.
# custom:
#   code: judge.cost_over_cap
#   cites: [AST-1/6, AST-SCOPE, COST-ML, PBL-25, PBL-SCOPE, LPR, LPR-HIST]
#   zh: 综合融资成本超过上限
denials contains rego.metadata.rule().custom.code if not _bearable

# METADATA
# scope: document
# title: Obligations
# description: What must be done besides, by code.
obligations contains code if {
	not _passed
	some code in {"judge.reasons_given", "judge.review_offered"}
}

# What a row does not say is taken for yes.
obligations contains "judge.human_review" if {
	allow
	not _unattended
}

obligations contains "judge.two_persons" if not _single

obligations contains "judge.collection_stopped" if _answer.then.disposition == "freeze"

# A reason that the table does not know is taken for sensitive.
obligations contains "judge.reason_sensitive" if not _ordinary

# What the lender lacks, and the borrower cannot help.
obligations contains "judge.cost_stated" if {
	input.purpose in data.yanmen.judge.lending
	not input.cost.all_in_bp >= 0
}

obligations contains "judge.lender_classed" if {
	input.purpose in data.yanmen.judge.lending
	not cost.classed
}

obligations contains "judge.cap_determined" if {
	input.purpose in data.yanmen.judge.lending
	cost.classed
	not cost.cap
}

obligations contains "judge.cost_disclosed" if {
	is_number(_offered)
	cost.shown_before_signing
}

obligations contains "judge.cost_disputed" if {
	input.purpose == "overdue"
	cost.over
}

obligations contains "judge.plan_limited" if {
	_answer.then.disposition == "restructure"
	data.yanmen.cost.plan.months > 0
}

# METADATA
# scope: document
# title: Reasons
# description: Why, by the codes that may leave.
reasons contains code if some code in _answer.reasons

reasons contains code if some code in data.yanmen.judge.identity[_identity].reasons

reasons contains data.yanmen.judge.identity_reasons[code] if some code in input.identity.codes

reasons contains code if {
	input.purpose == "overdue"
	some code in data.yanmen.judge.support[_support].reasons
}

reasons contains code if {
	some sign in _shown
	some code in data.yanmen.judge.signs[sign].reasons
}

# METADATA
# scope: document
# title: Improve
# description: What would change the answer.
improve contains code if some code in _answer.improve

improve contains code if some code in data.yanmen.judge.identity[_identity].improve

improve contains _proof(data.yanmen.judge.claims[weighed[4]]) if {
	input.purpose == "overdue"
	_support == "unproven"
	some weighed in _weighed
	weighed[5] == "unproven"
}

improve contains code if {
	some sign in _shown
	some code in data.yanmen.judge.signs[sign].improve
}

# METADATA
# scope: document
# title: Proposal
# description: A class or a disposition that people may decide on; empty where there is none. It stays.
default proposal := ""

proposal := _answer.then.proposal

# METADATA
# scope: document
# title: Band
# description: A to E by debt service, one lower where a fifth less income would not do; E too where nothing is left to live on; U where it cannot be measured, as where nobody but the borrower tells the debts. Of an application accepted for less it is that of the smaller sum.
default band := "U"

band := _graded(_share_service, _share_shock) if {
	input.purpose == "application"
	_situation == "less"
} else := _band

# The band of what was asked for.
_band := _graded(input.capacity.debt_service_bp, input.capacity.shock_20) if {
	_fit
	_credit_known
} else := "E" if {
	_evident
	is_number(input.capacity.residual)
	input.capacity.residual < 0
} else := "E" if {
	# More debts only make it worse.
	_fit
	_graded(input.capacity.debt_service_bp, input.capacity.shock_20) == "E"
}

_graded(service, shock) := data.yanmen.judge.bands[min([
	_grade(service) + _step(shock),
	count(data.yanmen.judge.bands) - 1,
])]

_grade(service) := 0 if {
	service <= data.yanmen.judge.edges.A
} else := 1 if {
	service <= data.yanmen.judge.edges.B
} else := 2 if {
	service <= data.yanmen.judge.edges.C
} else := 3 if {
	service <= data.yanmen.judge.edges.D
} else := 4

_step(shock) := 0 if {
	shock >= 0
} else := 1

_passed if _answer.then.outcome == "pass"

_unattended if _answer.human_review == false

# Whatever a row says, what takes two people is no less for not being proposed.
_single if {
	proposal in data.yanmen.judge.one_person
	not _answer.then.class in data.yanmen.judge.two_persons
	not _answer.then.disposition in data.yanmen.judge.two_persons
}

_clock if {
	is_number(input.as_of)
	input.as_of > 0
}

_purpose if _own

_own := data.yanmen.judge.purposes[input.purpose]

# What follows. There is nothing for a purpose without lines, and what is said
# then is denied with it; nor where no row matches, and then a person looks.
default _answer := {
	"code": "",
	"then": {"outcome": "inconclusive", "disposition": "review", "class": "unproven"},
	"human_review": true,
	"reasons": [],
	"improve": [],
}

_answer := data.yanmen.judge.application[_situation] if input.purpose == "application"

_answer := data.yanmen.judge.drawdown[draw.situation(_identity)] if input.purpose == "drawdown"

_answer := data.yanmen.judge.overdue[min(_matching)] if input.purpose == "overdue"

# The rows of late loans that match. One that does not say when matches nothing.
_matching contains i if {
	some i, row in data.yanmen.judge.overdue
	every name, words in row.when {
		_known[name] in words
	}
	_timely(row)
}

_timely(row) if not row.days

_timely(row) if _within(row.days)

_within(days) if {
	_days >= days.from
	_days <= days.to
}

_within(days) if {
	not days.to
	_days >= days.from
}

_within(days) if {
	not days.from
	_days <= days.to
}

# The dimensions of the rows, each once. Where one of them is absent or says what
# no check says, none is known, and only the last row matches.
_known := {
	"identity": _identity,
	"takeover": _suspicion(input.identity.takeover),
	"late": _late,
	"dispute": _dispute,
	"heard": _heard,
	"reason": _reason,
	"support": _support,
	"strength": _strength,
	"able": input.overdue.able,
	"band": band,
	"evidence": input.capacity.evidence,
	"lenders": _lenders,
	"technical": input.overdue.technical_lapse,
	"contact": _contact,
	"promises": _promises,
	"spending": input.overdue.spending,
	"others": input.overdue.others_paid,
	"forgery": _forgery,
	"source": _source,
	"inconsistent": input.conduct.inconsistent,
	"schedule": input.contract.plan,
	"cure": input.capacity.cure_chance,
	"plan": _plan,
}

_days := input.overdue.days_past_due if is_number(input.overdue.days_past_due)

_late := "late" if {
	_days > 0
} else := "ahead" if {
	_days < 0
} else := "due" if {
	_days == 0
} else := "unknown"

_dispute := "cost" if {
	cost.over
} else := "claimed" if {
	"dispute" in _named
} else := "no"

# What the borrower says of it is on record, though it may be that he says nothing.
_heard := "yes" if {
	input.overdue.claim != ""
	data.yanmen.judge.claims[input.overdue.claim]
} else := "no"

_lenders := "many" if {
	input.capacity.lenders >= data.yanmen.judge.lines.many_lenders
} else := "few" if {
	input.capacity.lenders >= 0
} else := "unknown"

_contact := "reached" if {
	input.overdue.reached_30 > 0
} else := "tried" if {
	input.overdue.attempts_30 >= data.yanmen.judge.lines.contact_attempts
} else := "few" if {
	input.overdue.attempts_30 > 0
} else := "none" if {
	input.overdue.attempts_30 == 0
} else := "unknown"

_promises := "broken" if {
	input.conduct.promises_broken >= data.yanmen.judge.lines.promises_broken
} else := "kept" if {
	input.conduct.promises_kept > 0
} else := "none" if {
	input.conduct.promises_broken == 0
} else := "unknown"

_plan := "yes" if {
	input.capacity.plan_months > 0
} else := "unknown"

# Degrees of suspicion that a check may report.
_suspicion(word) := word if word in data.yanmen.judge.unsuspected

_suspicion("strong") := "strong"

# Nobody has looked at statements where no check of conduct is. Where they do not
# join, an edited one may have been cut where it was edited, and whole ones are asked
# for: it is no stronger a sign for that.
_forgery := "unknown" if {
	input.conduct.forgery == ""
} else := "cut" if {
	input.conduct.forgery in data.yanmen.judge.unsuspected
	not _joined
} else := _suspicion(input.conduct.forgery)

_joined if {
	every code in input.conduct.codes {
		not _disjoined(code)
	}
}

_disjoined(code) if code in data.yanmen.judge.disjoined

# What a source tells of insurance and credit is known to agree with what it told before.
_source := "consistent" if {
	every code in input.conduct.codes {
		not _contradicting(code)
	}
} else := "contradicted"

_contradicting(code) if code in data.yanmen.judge.contradicting

# The reasons that were claimed, or that the data show.
_named contains input.overdue.claim

_named contains reason.reason if some reason in input.overdue.reasons

# The reasons that were weighed, so that the least of them carries.
_weighed contains _weight(reason.reason, reason.support, reason.strength) if some reason in input.overdue.reasons

# A claim that no check weighed counts as it is said to be supported.
_weighed contains _weight(input.overdue.claim, _said, "none") if {
	every reason in input.overdue.reasons {
		reason.reason != input.overdue.claim
	}
}

_weight(name, support, strength) := [
	data.yanmen.judge.precedence.support[support],
	_standing(name).tier,
	data.yanmen.judge.precedence.strength[strength],
	_standing(name).place,
	name,
	support,
	strength,
]

# What the table does not know comes last.
_standing(name) := data.yanmen.judge.claims[name] if {
	data.yanmen.judge.claims[name].tier >= 0
} else := {"tier": 2, "place": 0}

# What would prove a reason. What is on file already is not asked for again.
_proof(claim) := claim.proof if {
	not claim.proof in _filed
} else := claim.instead

_filed contains "provide.credit_report" if {
	_credit_known
	not "report.stale" in input.conduct.codes
}

# A salary that goes on speaks against a loss of work, whatever else was found.
_said := "contradicted" if {
	input.overdue.salary_after == "yes"
	input.overdue.claim == "job_loss"
} else := input.overdue.support

_reason := name if {
	name := min(_weighed)[4]
	data.yanmen.judge.claims[name]
} else := "other" if {
	count(_weighed) > 0
} else := "none"

default _support := "none"

_support := min(_weighed)[5]

default _strength := "none"

_strength := min(_weighed)[6]

_ordinary if {
	count(_named) > 0
	every name in _named {
		data.yanmen.judge.claims[name].sensitive == false
	}
}

_offered := input.capacity.requested if {
	_whole
} else := _offer if {
	input.purpose == "application"
	_situation == "less"
} else := null

_whole if {
	input.purpose == "application"
	_situation == "whole"
}

_whole if {
	input.purpose == "drawdown"
	draw.situation(_identity) == "whole"
}

# The situation of an application: the first that holds, the ordinary ones
# before those that need more reading.
_situation := "whole" if {
	_in_order
	cost.within
	input.capacity.requested > 0
	_limit >= input.capacity.requested
	input.capacity.affordable >= input.capacity.requested
	input.capacity.debt_service_bp <= data.yanmen.judge.lines.debt_service_bp
} else := "less" if {
	_in_order
	cost.within
	_offer >= data.yanmen.judge.lines.smallest_offer
} else := _identity if {
	not _identity in {"sound", "undocumented", "unclear_name"}
} else := "taken_over" if {
	input.identity.takeover == "strong"
} else := "unverified" if {
	not _unsuspected
} else := "conflicting" if {
	not _undoubted
} else := "late_here" if {
	input.contract.limit_kind != ""
	_days > 0
} else := "limit_used" if {
	input.contract.limit_kind != ""
	is_number(input.contract.limit_left)
	input.contract.limit_left <= 0
} else := "limit_closed" if {
	input.contract.limit_kind != ""
	input.contract.limit_open == "no"
} else := "late_elsewhere" if {
	_late_elsewhere
} else := "over_indebted" if {
	_over_indebted
} else := "limit_unknown" if {
	not _drawable
} else := "unready" if {
	not _ready
} else := "short" if {
	_offer < data.yanmen.judge.lines.smallest_offer
} else := _identity if {
	# Last, lest somebody who would be declined keep the document back, or write his name
	# in another way.
	_identity in {"undocumented", "unclear_name"}
} else := "unpriced" if {
	_in_order
} else := "stretched"

# Sound first, as the proof that all the others lack.
_identity := "sound" if {
	input.identity.assurance in _own.assurances
	input.identity.refuted in {"no", "unknown"}
	input.identity.document_expired in _own.document.expired
	input.identity.name_match in _own.document.matches
	input.identity.number_match in _own.document.matches
	_trusted
	_one_face
	_living
} else := "refuted" if {
	input.identity.refuted == "yes"
} else := "unmatched" if {
	input.identity.name_match == "no"
} else := "unmatched" if {
	input.identity.number_match == "no"
} else := "another_face" if {
	some code in input.identity.codes
	_faced(code)
} else := "not_live" if {
	input.identity.assurance in _own.assurances
	_trusted
	some code in input.identity.codes
	_lifeless(code)
} else := "expired" if {
	input.identity.document_expired == "yes"
	input.identity.assurance in _own.assurances
} else := "unclear_name" if {
	input.identity.assurance in _own.assurances
	_trusted
	input.identity.document_expired in _own.document.expired
	input.identity.number_match in _own.document.matches
	some code in input.identity.codes
	code in data.yanmen.judge.unclear_names
} else := "undocumented" if {
	input.purpose == "application"
	input.identity.assurance in _own.assurances
	input.identity.refuted in {"no", "unknown"}
	_trusted
} else := "unverified"

# No source of identity is known to say now one thing, now another.
_trusted if {
	every code in input.identity.codes {
		not _distrusted(code)
	}
}

_distrusted(code) if code in data.yanmen.judge.distrusted

# No face that was compared is another one. Nobody needs to show theirs.
_one_face if {
	every code in input.identity.codes {
		not _faced(code)
	}
}

_faced(code) if code in data.yanmen.judge.faces

# No face that was shown was without life.
_living if {
	every code in input.identity.codes {
		not _lifeless(code)
	}
}

_lifeless(code) if code in data.yanmen.judge.lifeless

# Of an application that is not known to cost too much. What has cost too much
# already is a dispute, see the situations.
_bearable if cost.within

_bearable if not cost.known

_bearable if input.purpose == "overdue"

# Comparisons with null: it is less than every number. So each fact is compared
# from below first, which null does not pass.

_evident if input.capacity.evidence in data.yanmen.judge.evidence

_fit if {
	_evident
	input.capacity.residual >= 0
	input.capacity.debt_service_bp >= 0
}

_unsuspected if input.identity.takeover in data.yanmen.judge.unsuspected

_undoubted if {
	_forgery in data.yanmen.judge.unsuspected
	_source == "consistent"
	every warning in input.capacity.statement_warnings {
		not _doubtful(warning)
	}
}

_doubtful(warning) if warning in data.yanmen.judge.doubts

# Nothing speaks against an application, and everything is known that could.
_in_order if {
	_identity == "sound"
	_unsuspected
	_undoubted
	_drawable
	_fit
	input.capacity.verified_income >= 0
	_long_enough
	_credit_known
	input.capacity.overdue_accounts <= data.yanmen.judge.lines.overdue_accounts
	input.capacity.lenders < data.yanmen.judge.lines.many_lenders
	input.capacity.inquiries_30 < data.yanmen.judge.lines.many_inquiries
	input.capacity.new_loans_90 < data.yanmen.judge.lines.many_new_loans
}

# An application on no limit, or on one that can be drawn on. Whether a payment
# under it is late has to be known.
_drawable if input.contract.limit_kind == ""

_drawable if {
	input.contract.limit_kind in data.yanmen.judge.limits
	input.contract.limit_open == "yes"
	input.contract.limit_left > 0
	_days <= 0
}

# What a limit that can be drawn on leaves, or all that is asked for where there
# is none. Nothing is offered on any other.
_limit := input.capacity.requested if {
	input.contract.limit_kind == ""
} else := input.contract.limit_left

_credit_known if {
	input.capacity.overdue_accounts >= 0
	input.capacity.lenders >= 0
	input.capacity.inquiries_30 >= 0
	input.capacity.new_loans_90 >= 0
}

# Enough is known to decide an application.
_ready if {
	_evident
	_long_enough
	_credit_known
	is_number(input.capacity.residual)
	is_number(_offer)
}

# Income was seen in as many months as the remedy asks statements of.
_long_enough if input.capacity.income_months >= data.yanmen.judge.lines.history_months

_over_indebted if {
	input.capacity.lenders >= data.yanmen.judge.lines.many_lenders
	_band == "E"
}

_late_elsewhere if input.capacity.overdue_accounts > data.yanmen.judge.lines.overdue_accounts

# The largest sum that the residual, the limit and the line of debt service carry,
# in whole units; undefined where something it needs is not known.
_offer := sum - (sum % data.yanmen.judge.lines.offer_unit) if {
	input.capacity.affordable >= 0
	input.capacity.requested > 0
	sum := min([input.capacity.affordable, input.capacity.requested, _limit, _within_line])
}

# Instalments grow with the principal, so of the requested sum the line leaves
# room for the share that its room is of the new instalment.
_within_line := input.capacity.requested if {
	input.capacity.debt_service_bp >= 0
	input.capacity.debt_service_bp <= data.yanmen.judge.lines.debt_service_bp
} else := share if {
	input.capacity.debt_service_bp >= 0
	input.capacity.verified_income >= 0
	input.capacity.obligations >= 0
	input.capacity.new_instalment > 0
	most := input.capacity.verified_income * data.yanmen.judge.lines.debt_service_bp
	room := max([0, most - (input.capacity.obligations * 10000)]) * input.capacity.requested
	divisor := input.capacity.new_instalment * 10000

	# Over the line, so less than requested whatever rounding says.
	share := min([(room - (room % divisor)) / divisor, input.capacity.requested - 1])
}

# What a smaller offer takes of the requested instalment, upwards to the fen; it
# leaves that much more. Debt service is upwards to the basis point.
_share_instalment := _upwards(input.capacity.new_instalment * _offer, input.capacity.requested) if {
	input.capacity.new_instalment >= 0
}

_share_service := _upwards((input.capacity.obligations + _share_instalment) * 10000, input.capacity.verified_income) if {
	input.capacity.obligations >= 0
	input.capacity.verified_income > 0
}

_share_shock := (input.capacity.shock_20 + input.capacity.new_instalment) - _share_instalment if {
	is_number(input.capacity.shock_20)
} else := null

_upwards(n, by) := (most - (most % by)) / by if most := (n + by) - 1

# Signs are read only where an application was not accepted whole.
_shown contains sign if {
	input.purpose == "application"
	_situation != "whole"
	some sign in _signs
}

_signs contains "income_unverified" if not input.capacity.verified_income >= 0

_signs contains "history_short" if {
	input.capacity.income_months >= 0
	input.capacity.income_months < data.yanmen.judge.lines.history_months
}

_signs contains "credit_unknown" if not _credit_known

# There is a report, and it is too old to count by.
_signs contains "credit_stale" if {
	not _credit_known
	"report.stale" in input.conduct.codes
}

_signs contains "late_elsewhere" if _late_elsewhere

_signs contains "debt_service_high" if {
	input.capacity.debt_service_bp > data.yanmen.judge.lines.debt_service_bp
}

_signs contains "lenders_many" if input.capacity.lenders >= data.yanmen.judge.lines.many_lenders

_signs contains "inquiries_many" if input.capacity.inquiries_30 >= data.yanmen.judge.lines.many_inquiries

_signs contains "loans_fast" if input.capacity.new_loans_90 >= data.yanmen.judge.lines.many_new_loans

_signs contains "loans_new" if input.conduct.new_loans_30 >= data.yanmen.judge.lines.many_new_loans_30

_signs contains "loans_new" if input.conduct.new_loans_180 >= data.yanmen.judge.lines.many_new_loans_180

_signs contains "applications_many" if {
	input.conduct.applications_30 >= data.yanmen.judge.lines.many_applications
}

_signs contains "promises_broken" if _promises == "broken"

_signs contains "statements_differ" if input.conduct.inconsistent == "yes"

_signs contains "statements_cut" if _forgery == "cut"

_signs contains "evidence_thin" if not _evident
