# METADATA
# title: Judge
# description: What do the facts mean, for this purpose? What is not known never becomes guilt.
# schemas:
#   - input: schema.judge
package yanmen.judge

# METADATA
# title: Decision
# description: The answer of this point. Reasons and improvements are sets; their order is that of the data.
# entrypoint: true
decision := {
	"allow": allow,
	"denials": denials,
	"obligations": obligations,
	"outcome": _result.outcome,
	"overdue_class": _result.class,
	"band": band,
	"disposition": _result.disposition,
	"offer": _result.offer,
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
# scope: document
# title: Obligations
# description: What must be done besides, by code.

# METADATA
# title: Give the reasons
# description: The answer is not the one hoped for, so its reasons are given on request.
# custom:
#   code: judge.reasons_given
#   cites: [PIPL-24-3]
#   zh: 应要求说明理由
obligations contains rego.metadata.rule().custom.code if not _passed

# METADATA
# title: Offer a review by a person
# description: The person may refuse a decision made by automation alone.
# custom:
#   code: judge.review_offered
#   cites: [PIPL-24-3]
#   zh: 提供人工复核
obligations contains rego.metadata.rule().custom.code if not _passed

# METADATA
# title: The reason is sensitive
# description: The claimed reason rests on sensitive data, or the rules do not know it.
# custom:
#   code: judge.reason_sensitive
#   cites: [PIPL-28-2]
#   zh: 逾期原因属敏感信息
obligations contains rego.metadata.rule().custom.code if not _ordinary_reason

# METADATA
# title: Stop collection
# description: The debt may not be this person's, so collection stops until a person has looked.
# custom:
#   code: judge.collection_stopped
#   cites: [PIPL-8-1]
#   zh: 停止催收
obligations contains rego.metadata.rule().custom.code if _result.disposition == "freeze"

_clock if {
	is_number(input.as_of)
	input.as_of > 0
}

_purpose if _own

_passed if _result.outcome == "pass"

_ordinary_reason if input.overdue.claim == ""

_ordinary_reason if _claimed.sensitive == false

_own := data.yanmen.judge.purposes[input.purpose]

_lines := data.yanmen.judge.lines

# Identity.

_refuted if input.identity.refuted == "yes"

_unmatched if _refuted

_unmatched if input.identity.name_match == "no"

_unmatched if input.identity.number_match == "no"

_expired if input.identity.document_expired == "yes"

_identified if {
	input.identity.assurance in _own.assurances
	input.identity.refuted in {"no", "unknown"}
	input.identity.document_expired in {"no", "unknown"}
	input.identity.name_match in data.yanmen.judge.unopposed
	input.identity.number_match in data.yanmen.judge.unopposed
}

# Capacity.

_verified if is_number(input.capacity.verified_income)

_evident if input.capacity.evidence in data.yanmen.judge.evidence

# METADATA
# scope: document
# title: Band
# description: A to E by debt service; E too where nothing is left to live on; U where it cannot be measured.
default band := "U"

band := "E" if {
	_evident
	is_number(input.capacity.residual)
	input.capacity.residual < 0
} else := _debt_service_band if {
	_evident
	is_number(input.capacity.residual)
}

_debt_service_band := "A" if {
	_debt_service <= data.yanmen.judge.edges.A
} else := "B" if {
	_debt_service <= data.yanmen.judge.edges.B
} else := "C" if {
	_debt_service <= data.yanmen.judge.edges.C
} else := "D" if {
	_debt_service <= data.yanmen.judge.edges.D
} else := "E" if {
	_debt_service > data.yanmen.judge.edges.D
}

_debt_service := input.capacity.debt_service_bp if {
	is_number(input.capacity.debt_service_bp)
	input.capacity.debt_service_bp >= 0
}

_debt_service_high if _debt_service > _lines.debt_service_bp

_many_lenders if {
	is_number(input.capacity.lenders)
	input.capacity.lenders >= _lines.many_lenders
}

_over_indebted if {
	_many_lenders
	band == "E"
}

_many_inquiries if {
	is_number(input.capacity.inquiries_30)
	input.capacity.inquiries_30 >= _lines.many_inquiries
}

_many_new_loans if {
	is_number(input.capacity.new_loans_90)
	input.capacity.new_loans_90 >= _lines.many_new_loans
}

_late_elsewhere if {
	is_number(input.capacity.overdue_accounts)
	input.capacity.overdue_accounts > _lines.overdue_accounts
}

_informed if every name in data.yanmen.judge.needed {
	is_number(input.capacity[name])
}

_undoubted if every warning in input.capacity.statement_warnings {
	not _doubtful(warning)
}

_doubtful(warning) if warning in data.yanmen.judge.doubts

_short if {
	is_number(input.capacity.income_months)
	input.capacity.income_months < _lines.history_months
}

# The largest sum within the line of debt service: instalments grow with the
# principal, so the share of the requested sum that the line leaves room for.
_within_line := input.capacity.requested if {
	_debt_service <= _lines.debt_service_bp
	is_number(input.capacity.requested)
} else := share if {
	_debt_service > _lines.debt_service_bp
	is_number(input.capacity.requested)
	is_number(input.capacity.new_instalment)
	is_number(input.capacity.obligations)
	input.capacity.new_instalment > 0
	carried := (input.capacity.verified_income * _lines.debt_service_bp) - (input.capacity.obligations * 10000)
	product := max([0, carried]) * input.capacity.requested
	divisor := input.capacity.new_instalment * 10000

	# Over the line, so less than requested whatever rounding says.
	share := min([(product - (product % divisor)) / divisor, input.capacity.requested - 1])
}

# A known sum, before it is compared with the smallest that is lent.
_offer := sum - (sum % _lines.offer_unit) if {
	is_number(input.capacity.affordable)
	input.capacity.affordable < input.capacity.requested
	sum := max([0, min([input.capacity.affordable, _within_line])])
} else := sum - (sum % _lines.offer_unit) if {
	is_number(input.capacity.affordable)
	_within_line < input.capacity.requested
	sum := _within_line
} else := input.capacity.requested if {
	is_number(input.capacity.affordable)
	input.capacity.requested > 0
	_within_line == input.capacity.requested
}

# Outcome, disposition, class and offer: the first line that holds.

default _result := {"outcome": "inconclusive", "disposition": "review", "class": "unproven", "offer": null}

_result := _application if input.purpose == "application"

_result := _overdue if input.purpose == "overdue"

_application := _answer("review", "freeze", "none") if {
	_refuted
} else := _answer("review", "review", "none") if {
	_unmatched
} else := _answer("inconclusive", "review", "none") if {
	not _identified
} else := _answer("review", "review", "none") if {
	not _undoubted
} else := _answer("fail", "decline", "none") if {
	_late_elsewhere
} else := _answer("fail", "decline", "over_indebted") if {
	_over_indebted
} else := _answer("inconclusive", "decline", "none") if {
	not _ready
} else := _answer("fail", "decline", "none") if {
	_offer < _lines.smallest_offer
} else := _answer("review", "review", "none") if {
	_applied_much
} else := _accept("accept_less") if {
	_offer < input.capacity.requested
} else := _accept("accept") if {
	_offer == input.capacity.requested
}

# Enough is known to decide an application.
_ready if {
	_verified
	_evident
	_informed
	is_number(_offer)
	is_number(_debt_service)
	is_number(input.capacity.residual)
}

_applied_much if _many_inquiries

_applied_much if _many_new_loans

_applied_much if _many_lenders

_overdue := _answer("inconclusive", "review", "unproven") if {
	not _counted
} else := _answer("review", "freeze", "not_the_borrower") if {
	_refuted
	_stolen
} else := _answer("review", "freeze", "unproven") if {
	_suspect
} else := _answer("review", "review", "unproven") if {
	_unmatched
} else := _answer("inconclusive", "review", "unproven") if {
	not _identified
} else := _answer("pass", "none", "none") if {
	input.overdue.days_past_due == 0
} else := _answer("review", "review", "dispute") if {
	input.overdue.claim == "dispute"
} else := _answer("review", "review", "unproven") if {
	_contradicted
} else := _answer("pass", _remedy, _claimed.class) if {
	_supported
} else := _answer("fail", "restructure", "over_indebted") if {
	_over_indebted
} else := _answer("pass", "remind", "technical") if {
	input.overdue.technical_lapse == "yes"
} else := _answer("inconclusive", "remind", "unproven") if {
	input.overdue.days_past_due <= _lines.remind_days
} else := _answer("inconclusive", "review", "unproven") if {
	input.overdue.days_past_due > _lines.remind_days
}

_counted if {
	is_number(input.overdue.days_past_due)
	input.overdue.days_past_due >= 0
}

_claimed := data.yanmen.judge.claims[input.overdue.claim]

_supported if {
	input.overdue.support == "supported"
	_claimed
}

_unproven if {
	input.purpose == "overdue"
	input.overdue.support == "unproven"
}

_stolen if {
	input.overdue.claim == "stolen_identity"
	input.overdue.support == "supported"
}

_suspect if _refuted

_suspect if _stolen

# A salary that goes on speaks against a loss of work, whatever else was found.
_contradicted if input.overdue.support == "contradicted"

_contradicted if {
	input.overdue.claim == "job_loss"
	input.overdue.salary_after == "yes"
}

_remedy := _claimed.late if {
	input.overdue.days_past_due > _lines.late_days
} else := _claimed.late if {
	band == "E"
} else := _claimed.early

_answer(outcome, disposition, class) := {
	"outcome": outcome,
	"disposition": disposition,
	"class": class,
	"offer": null,
}

_accept(disposition) := {
	"outcome": "pass",
	"disposition": disposition,
	"class": "none",
	"offer": _offer,
}

# METADATA
# scope: document
# title: Reasons
# description: Why, by the codes that may leave.
reasons contains "identity.unmatched" if _unmatched

reasons contains "document.expired" if _expired

reasons contains "identity.unverified" if {
	not _identified
	not _unmatched
	not _expired
}

reasons contains data.yanmen.judge.identity_reasons[code] if some code in input.identity.codes

reasons contains "review.needed" if _result.outcome == "review"

reasons contains "claim.supported" if {
	input.purpose == "overdue"
	_supported
	not _contradicted
}

reasons contains "claim.contradicted" if {
	input.purpose == "overdue"
	_contradicted
}

reasons contains "claim.unproven" if {
	_unproven
	not _contradicted
}

reasons contains "evidence.missing" if {
	_unproven
	not _contradicted
}

reasons contains "evidence.missing" if {
	input.purpose == "application"
	not _ready
}

reasons contains "evidence.conflicting" if not _undoubted

reasons contains "amount.reduced" if _result.disposition == "accept_less"

reasons contains "debt_service.high" if _debt_service_high

reasons contains "lenders.many" if _many_lenders

reasons contains "income.unverified" if {
	input.purpose == "application"
	not _verified
}

reasons contains "income.insufficient" if {
	input.purpose == "application"
	_evident
	_offer < _lines.smallest_offer
}

reasons contains "history.short" if {
	input.purpose == "application"
	_short
}

reasons contains "inquiries.many" if _many_inquiries

reasons contains "overdue.current" if {
	input.purpose == "application"
	_late_elsewhere
}

# METADATA
# scope: document
# title: Improve
# description: What would change the answer.
improve contains "provide.identity" if {
	not _identified
	not _unmatched
	not _expired
}

improve contains "renew.document" if _expired

improve contains "provide.statements_6m" if {
	input.purpose == "application"
	not _proven
}

improve contains "provide.contract" if {
	input.purpose == "application"
	not _verified
}

improve contains "provide.credit_report" if {
	input.purpose == "application"
	not _informed
}

improve contains _claimed.proof if _unproven

improve contains "settle.overdue" if {
	input.purpose == "application"
	_late_elsewhere
}

improve contains "reduce.debt" if _debt_service_high

improve contains "fewer.applications" if {
	input.purpose == "application"
	_applied_much
}

improve contains "reduce.amount" if _result.disposition == "accept_less"

_proven if {
	_verified
	_evident
}
