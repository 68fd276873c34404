# METADATA
# title: Judge
# description: What do the facts mean, for this purpose? What is not known never becomes guilt.
# schemas:
#   - input: schema.judge
package yanmen.judge

import data.yanmen.cost

# METADATA
# title: Decision
# description: The answer of this point. Reasons and improvements are sets; their order is that of the data.
# entrypoint: true
decision := {
	"allow": allow,
	"denials": denials,
	"obligations": obligations,
	"outcome": _answer.outcome,
	"overdue_class": _class,
	"band": band,
	"disposition": _disposition,
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
obligations contains code if some code in _answer.obligations

# A claim that the table does not know is taken for sensitive.
obligations contains "judge.reason_sensitive" if not _ordinary_claim

# What the lender lacks, and the borrower cannot help.
obligations contains "judge.cost_stated" if {
	input.purpose == "application"
	not input.cost.all_in_bp >= 0
}

obligations contains "judge.lender_classed" if {
	input.purpose == "application"
	not cost.classed
}

obligations contains "judge.cap_determined" if {
	input.purpose == "application"
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
	_disposition == "restructure"
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

improve contains _claimed.proof if {
	input.purpose == "overdue"
	_support == "unproven"
}

improve contains code if {
	some sign in _shown
	some code in data.yanmen.judge.signs[sign].improve
}

# METADATA
# scope: document
# title: Band
# description: A to E by debt service; E too where nothing is left to live on; U where it cannot be measured.
default band := "U"

band := "A" if {
	_fit
	input.capacity.debt_service_bp <= data.yanmen.judge.edges.A
} else := "B" if {
	_fit
	input.capacity.debt_service_bp <= data.yanmen.judge.edges.B
} else := "C" if {
	_fit
	input.capacity.debt_service_bp <= data.yanmen.judge.edges.C
} else := "D" if {
	_fit
	input.capacity.debt_service_bp <= data.yanmen.judge.edges.D
} else := "E" if {
	_fit
} else := "E" if {
	_evident
	is_number(input.capacity.residual)
	input.capacity.residual < 0
}

_clock if {
	is_number(input.as_of)
	input.as_of > 0
}

_purpose if _own.situations

_own := data.yanmen.judge.purposes[input.purpose]

# What follows from the situation. There is none for a purpose without lines,
# and what is said then is denied with it.
default _answer := {
	"outcome": "inconclusive",
	"disposition": "review",
	"class": "unproven",
	"reasons": [],
	"improve": [],
	"obligations": ["judge.reasons_given", "judge.review_offered"],
}

_answer := _own.situations[_situation]

_class := _claimed.class if {
	_situation == "supported"
} else := _answer.class

_disposition := _answer.disposition if {
	_situation != "supported"
} else := _claimed.late if {
	input.overdue.days_past_due > data.yanmen.judge.lines.late_days
} else := _claimed.late if {
	band == "E"
} else := _claimed.early

_offered := input.capacity.requested if {
	_situation == "whole"
} else := _offer if {
	_situation == "less"
} else := null

default _situation := ""

_situation := _application_situation if input.purpose == "application"

_situation := _overdue_situation if input.purpose == "overdue"

# The situation of an application: the first that holds, the ordinary ones
# before those that need more reading.
_application_situation := "whole" if {
	_in_order
	cost.within
	input.capacity.requested > 0
	input.capacity.affordable >= input.capacity.requested
	input.capacity.debt_service_bp <= data.yanmen.judge.lines.debt_service_bp
} else := "less" if {
	_in_order
	cost.within
	_offer >= data.yanmen.judge.lines.smallest_offer
} else := _identity if {
	_identity != "sound"
} else := "conflicting" if {
	not _undoubted
} else := "late_elsewhere" if {
	_late_elsewhere
} else := "over_indebted" if {
	_over_indebted
} else := "unready" if {
	not _ready
} else := "short" if {
	_offer < data.yanmen.judge.lines.smallest_offer
} else := "unpriced" if {
	_in_order
} else := "stretched"

# The situation of a late loan: the first that holds. Who it is comes first,
# then what the data say to the claim, and only then what nobody explained.
_overdue_situation := "uncounted" if {
	not input.overdue.days_past_due >= 0
} else := "stolen" if {
	_identity == "refuted"
	_stolen
} else := "suspect" if {
	_identity == "refuted"
} else := "suspect" if {
	_stolen
} else := _identity if {
	not _identity in {"sound", "expired"}
} else := "current" if {
	input.overdue.days_past_due == 0
} else := "disputed" if {
	cost.over
} else := "disputed" if {
	input.overdue.claim == "dispute"
} else := "contradicted" if {
	_support == "contradicted"
} else := "supported" if {
	_support == "supported"
	_claimed
} else := "over_indebted" if {
	_over_indebted
} else := "technical" if {
	input.overdue.technical_lapse == "yes"
} else := "unproven_early" if {
	input.overdue.days_past_due <= data.yanmen.judge.lines.remind_days
} else := "unproven_late"

# Sound first, as the proof that all the others lack.
_identity := "sound" if {
	input.identity.assurance in _own.assurances
	input.identity.refuted in {"no", "unknown"}
	input.identity.document_expired in {"no", "unknown"}
	input.identity.name_match in data.yanmen.judge.unopposed
	input.identity.number_match in data.yanmen.judge.unopposed
} else := "refuted" if {
	input.identity.refuted == "yes"
} else := "unmatched" if {
	input.identity.name_match == "no"
} else := "unmatched" if {
	input.identity.number_match == "no"
} else := "expired" if {
	input.identity.document_expired == "yes"
	input.identity.assurance in _own.assurances
} else := "unverified"

_claimed := data.yanmen.judge.claims[input.overdue.claim]

_ordinary_claim if _claimed.sensitive == false

_stolen if {
	input.overdue.claim == "stolen_identity"
	input.overdue.support == "supported"
}

# A salary that goes on speaks against a loss of work, whatever else was found.
_support := "contradicted" if {
	input.overdue.salary_after == "yes"
	input.overdue.claim == "job_loss"
} else := input.overdue.support

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

_undoubted if every warning in input.capacity.statement_warnings {
	not _doubtful(warning)
}

_doubtful(warning) if warning in data.yanmen.judge.doubts

# Nothing speaks against an application, and everything is known that could.
_in_order if {
	_identity == "sound"
	_undoubted
	_fit
	input.capacity.verified_income >= 0
	_credit_known
	input.capacity.overdue_accounts <= data.yanmen.judge.lines.overdue_accounts
	input.capacity.lenders < data.yanmen.judge.lines.many_lenders
	input.capacity.inquiries_30 < data.yanmen.judge.lines.many_inquiries
	input.capacity.new_loans_90 < data.yanmen.judge.lines.many_new_loans
}

_credit_known if {
	input.capacity.overdue_accounts >= 0
	input.capacity.lenders >= 0
	input.capacity.inquiries_30 >= 0
	input.capacity.new_loans_90 >= 0
}

# Enough is known to decide an application.
_ready if {
	_evident
	_credit_known
	is_number(input.capacity.residual)
	is_number(_offer)
}

_over_indebted if {
	input.capacity.lenders >= data.yanmen.judge.lines.many_lenders
	band == "E"
}

_late_elsewhere if input.capacity.overdue_accounts > data.yanmen.judge.lines.overdue_accounts

# The largest sum that both the residual and the line of debt service carry,
# in whole units; undefined where something it needs is not known.
_offer := sum - (sum % data.yanmen.judge.lines.offer_unit) if {
	input.capacity.affordable >= 0
	input.capacity.requested > 0
	sum := min([input.capacity.affordable, input.capacity.requested, _within_line])
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

_signs contains "late_elsewhere" if _late_elsewhere

_signs contains "debt_service_high" if {
	input.capacity.debt_service_bp > data.yanmen.judge.lines.debt_service_bp
}

_signs contains "lenders_many" if input.capacity.lenders >= data.yanmen.judge.lines.many_lenders

_signs contains "inquiries_many" if input.capacity.inquiries_30 >= data.yanmen.judge.lines.many_inquiries

_signs contains "loans_new" if input.capacity.new_loans_90 >= data.yanmen.judge.lines.many_new_loans
