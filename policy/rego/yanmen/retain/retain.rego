# METADATA
# title: Retain
# description: May this kind of data of one subject still be used, and if not, is it restricted, made anonymous or deleted?
# schemas:
#   - input: schema.retain
package yanmen.retain

import data.yanmen.basis
import data.yanmen.catalogue
import data.yanmen.purpose

# METADATA
# title: Decision
# description: The answer of this point. What is not allowed is not used; whether it is deleted the action says.
# entrypoint: true
decision := {
	"allow": allow,
	"denials": denials,
	"obligations": obligations,
	"action": action,
	"until": until,
}

# METADATA
# scope: document
# title: Allow
# description: It may be used as before. Every denial below is the absence of a proof.
default allow := false

allow if count(denials) == 0

# METADATA
# scope: document
# title: Action
# description: Keep what may be used; do what the catalogue says with what is proven to be over and kept by nothing; restrict all else.
default action := "restrict"

action := "keep" if {
	allow
} else := _expiry if {
	_over
	_released
	_expiry in data.yanmen.retain.expiries
}

# METADATA
# scope: document
# title: Until
# description: When to ask again, the next end of use or the last end of a statutory period; null where no time is known.
default until := null

until := min(_ends) if allow

until := max(_running) if {
	_over
	_settled
}

# METADATA
# scope: document
# title: Denials
# description: What speaks against further use, by code.

# METADATA
# title: Time of the decision unknown
# description: The instant of the decision is not known, so no period can be measured.
# custom:
#   code: retain.clock_missing
#   cites: [YM-1]
#   zh: 决定时间不明
denials contains rego.metadata.rule().custom.code if not purpose.clock

# METADATA
# title: Purpose not registered
# description: The register does not know the purpose for which it is kept.
# custom:
#   code: retain.purpose_unregistered
#   kind: gap
#   cites: [PIPL-6-1]
#   zh: 处理目的未登记
denials contains rego.metadata.rule().custom.code if not purpose.entry

# METADATA
# title: Kind of data not registered for the purpose
# description: Neither the catalogue nor the kinds made here say how long it is kept for the purpose.
# custom:
#   code: retain.category_unregistered
#   kind: gap
#   cites: [PIPL-6-2, PIPL-19-1]
#   zh: 该目的下数据类别未登记，无保存期限
denials contains rego.metadata.rule().custom.code if not _days

# METADATA
# title: Class of lender unknown
# description: It is not known which lender keeps it, so neither which statute does.
# custom:
#   code: retain.lender_unknown
#   cites: [PIPL-47-2, YM-1]
#   zh: 机构类型不明，无法确定法定保存期限
denials contains rego.metadata.rule().custom.code if not _lender

# METADATA
# title: No legal basis
# description: The ground is none of the seven of PIPL 13.
# custom:
#   code: retain.basis_unknown
#   cites: [PIPL-13-1]
#   zh: 无合法性基础
denials contains rego.metadata.rule().custom.code if not basis.known

# METADATA
# title: Legal basis does not fit
# description: The purpose, or what is made here, may not stand on this ground.
# custom:
#   code: retain.basis_unfit
#   cites: [PIPL-13-1]
#   zh: 合法性基础与目的或者记录种类不符
denials contains rego.metadata.rule().custom.code if not _fits

# METADATA
# title: Consent withdrawn
# description: It rests on a consent that the subject has withdrawn.
# custom:
#   code: retain.consent_withdrawn
#   cites: [PIPL-15-1, PIPL-47-1]
#   zh: 同意已撤回
denials contains rego.metadata.rule().custom.code if {
	not _without_consent
	input.consent == "withdrawn"
}

# METADATA
# title: No consent that holds
# description: It rests on consent, and none that holds is known.
# custom:
#   code: retain.consent_missing
#   cites: [PIPL-13-1, PIPL-47-1, NDR-24]
#   zh: 没有有效的同意
denials contains rego.metadata.rule().custom.code if {
	not _without_consent
	not _given
	not input.consent == "withdrawn"
}

# METADATA
# title: Time of collection unknown
# description: When it was collected or made is not known, or lies ahead.
# custom:
#   code: retain.collection_undated
#   cites: [PIPL-19-1, YM-1]
#   zh: 收集或者形成时间不明或晚于现在
denials contains rego.metadata.rule().custom.code if not _dated

# METADATA
# title: Period of use ended
# description: It has been kept as long as its purpose needs, or it is not known whether it has.
# custom:
#   code: retain.period_ended
#   cites: [PIPL-19-1, PIPL-47-1]
#   zh: 使用期限已满或者不明
denials contains rego.metadata.rule().custom.code if not _in_period

# METADATA
# title: Purpose ended
# description: The relationship or the purpose that it served has ended.
# custom:
#   code: retain.purpose_ended
#   cites: [PIPL-47-1]
#   zh: 业务关系或者处理目的已终止
denials contains rego.metadata.rule().custom.code if not _serves

# METADATA
# title: Adverse information too old
# description: The bad conduct that it tells of ended longer ago than it may be held against the person.
# custom:
#   code: retain.adverse_expired
#   cites: [CRR-16, PIPL-47-1]
#   zh: 不良信息已超过保存期限
denials contains rego.metadata.rule().custom.code if not _adverse_fresh

# METADATA
# title: Kept unlawfully
# description: It was collected or kept in breach of law or contract, or it is not known that it was not.
# custom:
#   code: retain.data_unlawful
#   cites: [PIPL-10-1, PIPL-47-1]
#   zh: 违反法律、行政法规或者约定处理
denials contains rego.metadata.rule().custom.code if not _lawful

# METADATA
# scope: document
# title: Obligations
# description: What must be done besides, by code.

# METADATA
# title: Store and protect, nothing else
# description: Every other processing stops until it may be deleted.
# custom:
#   code: retain.storage_only
#   cites: [PIPL-47-2]
#   zh: 除存储和必要的安全保护外停止处理
obligations contains rego.metadata.rule().custom.code if action == "restrict"

# METADATA
# title: Record which statute keeps it
# description: Its use is over and a statute keeps it; the record says which, and until when.
# custom:
#   code: retain.statute_recorded
#   cites: [PIPL-47-2, PIPL-56-1, NDR-12, AML-34, FR-9, COL-CARD, COL-CFC]
#   zh: 记录所依据的法定保存期限及届满日
obligations contains rego.metadata.rule().custom.code if {
	_over
	not _released_by_statute
}

# METADATA
# title: Record the order that keeps it
# description: A court or authority has ordered that it be kept; the record says which.
# custom:
#   code: retain.order_recorded
#   cites: [PIPL-13-1, PIPL-47-2]
#   zh: 记录要求保留的司法或者行政决定
obligations contains rego.metadata.rule().custom.code if input.hold == true

# METADATA
# title: Find out what is missing
# description: It is restricted because something that decides is not known or not in order.
# custom:
#   code: retain.facts_completed
#   cites: [PIPL-47-1, YM-1]
#   zh: 查明缺失或者不符的事实
obligations contains rego.metadata.rule().custom.code if {
	action == "restrict"
	not _over
}

# METADATA
# title: Say why it is not deleted
# description: Its use is over, nothing keeps it, and the register does not have it deleted; the record says why it cannot be, and somebody looks at it again.
# custom:
#   code: retain.deletion_reviewed
#   cites: [PIPL-47-1, PIPL-47-2]
#   zh: 记录未予删除的原因并定期复查
obligations contains rego.metadata.rule().custom.code if {
	action == "restrict"
	_over
	_released
}

# METADATA
# title: Leave no way back to the person
# description: What is left points to nobody, alone or with other data, and nothing restores it.
# custom:
#   code: retain.person_untraceable
#   cites: [NDR-24, PIPL-47-1]
#   zh: 匿名化后不能识别特定自然人且不能复原
obligations contains rego.metadata.rule().custom.code if action == "anonymise"

# METADATA
# title: Record the destruction
# description: What is deleted can be found and read by nobody, and its destruction is recorded.
# custom:
#   code: retain.erasure_recorded
#   cites: [JRT-ERASE, PIPL-47-1]
#   zh: 删除后不可检索、访问，并记录销毁
obligations contains rego.metadata.rule().custom.code if action == "delete"

# METADATA
# title: Have copies deleted
# description: Whoever was entrusted with it returns or deletes it too.
# custom:
#   code: retain.copies_deleted
#   cites: [PIPL-21-2, PIPL-47-1]
#   zh: 受托人持有的副本一并返还或者删除
obligations contains rego.metadata.rule().custom.code if action in data.yanmen.retain.expiries

# What is made here stands before the catalogue, which may list it too.
_kind := data.yanmen.retain.kinds[input.category]

_days := _kind.days if {
	purpose.entry
} else := catalogue.use(input.category).days

# What becomes of it in the end; undefined where no register says so.
_expiry := _kind.expiry

_expiry := catalogue.expiry(input.category) if not _kind

default _counts := "collected"

_counts := _kind.counts

_proof if _kind.proof == true

_lender if input.lender_class in data.yanmen.retain.lender_classes

_fits if input.basis in _kind.bases

_fits if {
	not _kind
	basis.fits
}

_without_consent if {
	basis.known
	not basis.by_consent
}

_given if input.consent in data.yanmen.consent.holding

# Null is less than every number, and text more: what lies between two numbers is one.
_dated if {
	input.collected_at > 0
	input.collected_at <= input.now
}

_goes_on if input.ended_at == null

_goes_on if {
	is_number(input.ended_at)
	input.ended_at > input.now
}

_ended if {
	input.ended_at > 0
	input.ended_at <= input.now
}

# From when something counts; undefined where that is not known or lies ahead.
_start(event) := input.collected_at if {
	event == "collected"
	_dated
}

_start(event) := input.ended_at if {
	event == "ended"
	_ended
}

# The figure that holds now, of several the last.
_figure(figures) := days[count(days) - 1] if {
	days := [figure.days | some figure in figures; figure.since <= input.now]
}

_end_of_use := _start(_counts) + (_days * 86400)

_in_period if input.now < _end_of_use

_in_period if {
	_counts == "ended"
	_goes_on
}

_serves if _proof

_serves if _goes_on

_adverse_end := input.adverse_ended_at + (_figure(data.yanmen.retain.adverse) * 86400) if {
	is_number(input.adverse_ended_at)
	input.adverse_ended_at > 0
}

_adverse_fresh if input.adverse_ended_at == null

_adverse_fresh if input.now < _adverse_end

_lawful if input.unlawful == false

# What is over is proven like what may be used: something has ended, and all that
# says which period runs is known.
_over if {
	_known
	_ground_to_delete
}

_known if {
	purpose.clock
	_days
	_lender
	basis.known
	_dated
}

_ground_to_delete if _end_of_use <= input.now

_ground_to_delete if {
	not _proof
	_ended
}

_ground_to_delete if {
	basis.by_consent
	input.consent in data.yanmen.retain.over
}

_ground_to_delete if _adverse_end <= input.now

_ground_to_delete if input.unlawful == true

_released if {
	input.hold == false
	_released_by_statute
}

_released_by_statute if every statute in data.yanmen.retain.statutes {
	_free(statute)
}

_free(statute) if not _keeps(statute)

_free(statute) if _end(statute) <= input.now

# A statute keeps what it names, for the lenders that it names.
_keeps(statute) if {
	input.category in statute.categories
	input.lender_class in statute.lenders
}

_end(statute) := _start(statute.counts) + (_figure(statute.figures) * 86400)

# No order, and the end of every statutory period is known.
_settled if {
	input.hold == false
	every statute in data.yanmen.retain.statutes {
		_measured(statute)
	}
}

_measured(statute) if not _keeps(statute)

_measured(statute) if is_number(_end(statute))

_running contains end if {
	some statute in data.yanmen.retain.statutes
	_keeps(statute)
	end := _end(statute)
	end > input.now
}

_ends contains _end_of_use

_ends contains _adverse_end

_ends contains input.ended_at if {
	is_number(input.ended_at)
	not _proof
}
