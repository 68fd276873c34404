# METADATA
# title: Rights
# description: What is owed to who exercises a right, and may the lender do what it wants to, fulfil or refuse?
# schemas:
#   - input: schema.rights
package yanmen.rights

import data.yanmen.basis
import data.yanmen.purpose

# METADATA
# title: Decision
# description: "The answer of this point. Allow is about what the lender wants; the action is what is owed, and by when."
# entrypoint: true
decision := {
	"allow": allow,
	"denials": denials,
	"obligations": obligations,
	"action": action,
	"due_at": due_at,
}

# METADATA
# scope: document
# title: Allow
# description: Nothing speaks against what the lender wants. Every denial below is the absence of a proof.
default allow := false

allow if count(denials) == 0

# METADATA
# scope: document
# title: Action
# description: Refuse for a proven reason; fulfil what is owed, or restrict what cannot be deleted yet; else refuse for now.
default action := "refuse"

action := "refuse" if {
	_refuses
	allow
} else := "restrict" if {
	_owed
	_kept
} else := "fulfil" if _owed

# METADATA
# scope: document
# title: Due
# description: By when it is answered; null where that cannot be said.
default due_at := null

due_at := _due

# METADATA
# scope: document
# title: Denials
# description: What speaks against what the lender wants, by code.

# METADATA
# title: Time of the decision unknown
# description: The instant of the decision is not known.
# custom:
#   code: rights.clock_missing
#   cites: [YM-1]
#   zh: 决定时间不明
denials contains rego.metadata.rule().custom.code if not purpose.clock

# METADATA
# title: Request unknown
# description: The request is none of those that the register knows.
# custom:
#   code: rights.request_unknown
#   cites: [PIPL-44-1, PIPL-50-1]
#   zh: 请求种类不明
denials contains rego.metadata.rule().custom.code if not _request

# METADATA
# title: Time of the request unknown
# description: When the request was received is not known or lies ahead, so neither is when it is due.
# custom:
#   code: rights.request_undated
#   cites: [PIPL-50-1, GBT-35273-8.7]
#   zh: 收到请求的时间不明或晚于现在，无法确定答复期限
denials contains rego.metadata.rule().custom.code if not _due

# METADATA
# title: Who asks is unknown
# description: The request is made neither by the person nor by anybody who may stand for the person.
# custom:
#   code: rights.requester_unknown
#   cites: [PIPL-49-1, PIPL-50-1]
#   zh: 请求人身份类型不明
denials contains rego.metadata.rule().custom.code if {
	not _refuses
	not _requester
}

# METADATA
# title: Who asks is not verified
# description: Nobody has verified that who asks is who they say.
# custom:
#   code: rights.requester_unverified
#   cites: [NDR-25, GBT-35273-8.7]
#   zh: 请求人身份未核实
denials contains rego.metadata.rule().custom.code if {
	not _refuses
	not _verified
}

# METADATA
# title: No mandate
# description: Guardianship, kinship or a mandate was not proven.
# custom:
#   code: rights.mandate_missing
#   cites: [PIPL-31-1, PIPL-49-1]
#   zh: 未证明监护、亲属或者委托关系
denials contains rego.metadata.rule().custom.code if {
	not _refuses
	not _mandated
}

# METADATA
# title: Who asks does not fit
# description: Relatives ask for a person who has died, everybody else for one who lives.
# custom:
#   code: rights.requester_unfit
#   cites: [PIPL-49-1]
#   zh: 请求人与本人生存状况不符
denials contains rego.metadata.rule().custom.code if {
	not _refuses
	not _entitled
}

# METADATA
# title: A statute forbids telling
# description: The answer would tell what a statute wants kept secret, or it is not known that it would not.
# custom:
#   code: rights.secrecy_required
#   cites: [PIPL-18-1, PIPL-45-1]
#   zh: 法律、行政法规规定应当保密
denials contains rego.metadata.rule().custom.code if {
	not _refuses
	not _tellable
}

# METADATA
# title: The right does not reach this ground
# description: A transfer needs data given on consent or under a contract, a withdrawal data that rest on consent.
# custom:
#   code: rights.basis_unfit
#   cites: [PIPL-15-1, NDR-25]
#   zh: 数据的处理基础不在该权利范围内
denials contains rego.metadata.rule().custom.code if {
	not _refuses
	not _based
}

# METADATA
# title: Transfer not possible
# description: A transfer is not known to be technically possible.
# custom:
#   code: rights.transfer_infeasible
#   cites: [NDR-25]
#   zh: 转移在技术上不可行或者不明
denials contains rego.metadata.rule().custom.code if {
	not _refuses
	not _feasible
}

# METADATA
# title: Others harmed
# description: A transfer is not known to leave the rights of others unharmed.
# custom:
#   code: rights.others_harmed
#   cites: [NDR-25]
#   zh: 转移可能损害他人合法权益
denials contains rego.metadata.rule().custom.code if {
	not _refuses
	not _harmless
}

# METADATA
# title: Statutory period unknown
# description: It is not known whether a statute still keeps what is to be deleted.
# custom:
#   code: rights.statute_unknown
#   cites: [PIPL-47-2, YM-1]
#   zh: 法定保存期限是否届满不明
denials contains rego.metadata.rule().custom.code if {
	not _refuses
	not _measured
}

# METADATA
# title: Refused without a reason
# description: The reason for which the lender wants to refuse is none of the closed list.
# custom:
#   code: rights.refusal_unlisted
#   cites: [PIPL-50-1, NDR-23]
#   zh: 拒绝理由不在限定清单内
denials contains rego.metadata.rule().custom.code if {
	not _fulfils
	not _reason
}

# METADATA
# title: Refused for a reason of another request
# description: The reason is not one for which this request may be refused.
# custom:
#   code: rights.refusal_unfit
#   cites: [PIPL-45-1, PIPL-50-1]
#   zh: 拒绝理由不适用于该请求
denials contains rego.metadata.rule().custom.code if {
	not _fulfils
	not _apt
}

# METADATA
# title: Refused without proof
# description: The fact on which the refusal rests is not on record.
# custom:
#   code: rights.refusal_unfounded
#   cites: [PIPL-50-1, NDR-23]
#   zh: 拒绝理由缺少事实依据
denials contains rego.metadata.rule().custom.code if {
	not _fulfils
	not _founded
}

# METADATA
# scope: document
# title: Obligations
# description: What must be done besides, by code.

# METADATA
# title: Verify who asks
# description: Identity and mandate are verified, by means that ask for no more than that needs.
# custom:
#   code: rights.identity_verify
#   cites: [NDR-23, NDR-25, GBT-35273-8.7]
#   zh: 核实请求人身份及授权
obligations contains rego.metadata.rule().custom.code if not _proven

# METADATA
# title: Give reasons
# description: What is refused or only restricted comes with the reason.
# custom:
#   code: rights.reasons_given
#   cites: [PIPL-50-1]
#   zh: 说明拒绝或者仅限制处理的理由
obligations contains rego.metadata.rule().custom.code if action != "fulfil"

# METADATA
# title: Tell the remedies
# description: Who is refused is told where to complain and that a court may be asked.
# custom:
#   code: rights.remedy_told
#   cites: [PIPL-50-1, CRR-26]
#   zh: 告知投诉和诉讼途径
obligations contains rego.metadata.rule().custom.code if action == "refuse"

# METADATA
# title: Store and protect, nothing else
# description: What cannot be deleted yet is restricted until its statutory period ends.
# custom:
#   code: rights.storage_only
#   cites: [PIPL-47-2]
#   zh: 除存储和必要的安全保护外停止处理
obligations contains rego.metadata.rule().custom.code if action == "restrict"

# METADATA
# title: The answer is late
# description: The request was to be answered by now, or it is not known by when.
# custom:
#   code: rights.answer_overdue
#   cites: [PIPL-50-1, GBT-35273-8.7, CRR-25]
#   zh: 已超过答复期限或者期限不明
obligations contains rego.metadata.rule().custom.code if not _timely

# METADATA
# title: Hand over all of it
# description: The copy holds findings, consents and recipients as well.
# custom:
#   code: rights.copy_complete
#   cites: [PIPL-45-1]
#   zh: 副本包括结论、同意记录和接收方
obligations contains rego.metadata.rule().custom.code if "copy_complete" in _duties

# METADATA
# title: Check the data
# description: What is said to be wrong is checked against its source.
# custom:
#   code: rights.data_checked
#   cites: [PIPL-46-1, CRR-25]
#   zh: 核查有异议的数据
obligations contains rego.metadata.rule().custom.code if "data_checked" in _duties

# METADATA
# title: Hold decisions
# description: Until it is answered, no automated decision rests on what is questioned.
# custom:
#   code: rights.decisions_held
#   cites: [PIPL-8-1, PIPL-24-3, PIPL-46-1]
#   zh: 答复前不得以有争议的数据或者决定作自动化决策
obligations contains rego.metadata.rule().custom.code if "decisions_held" in _duties

# METADATA
# title: Flag the dispute
# description: The data are marked as disputed until it is settled.
# custom:
#   code: rights.dispute_flagged
#   cites: [CRR-25]
#   zh: 对有异议的信息予以标注
obligations contains rego.metadata.rule().custom.code if "dispute_flagged" in _duties

# METADATA
# title: Answer in writing
# description: A dispute is answered in writing, however it ends.
# custom:
#   code: rights.answer_written
#   cites: [CRR-25]
#   zh: 书面答复异议人
obligations contains rego.metadata.rule().custom.code if _request.term == "dispute"

# METADATA
# title: Stop processing
# description: Processing stops at once, not only when the answer is due.
# custom:
#   code: rights.processing_stopped
#   cites: [PIPL-15-1, PIPL-44-1, PIPL-47-1]
#   zh: 立即停止处理
obligations contains rego.metadata.rule().custom.code if "processing_stopped" in _duties

# METADATA
# title: Tell the recipients
# description: Whoever received the data is told of the change.
# custom:
#   code: rights.recipients_told
#   cites: [PIPL-46-1, PIPL-47-1]
#   zh: 通知数据接收方
obligations contains rego.metadata.rule().custom.code if "recipients_told" in _duties

# METADATA
# title: Ask what may be deleted
# description: What becomes of each kind of data is decided at the point of retention.
# custom:
#   code: rights.retention_asked
#   cites: [PIPL-47-1, PIPL-47-2, AML-34]
#   zh: 逐类确定数据应当删除还是限制处理
obligations contains rego.metadata.rule().custom.code if "retention_asked" in _duties

# METADATA
# title: Explain
# description: The rules of processing and how the decision came about are explained.
# custom:
#   code: rights.rules_explained
#   cites: [PIPL-24-3, PIPL-48-1]
#   zh: 说明处理规则及决定的形成过程
obligations contains rego.metadata.rule().custom.code if "rules_explained" in _duties

# METADATA
# title: A person looks
# description: A person decides anew, unless one took part in the decision.
# custom:
#   code: rights.person_review
#   cites: [PIPL-24-3]
#   zh: 由人工复核并重新作出决定
obligations contains rego.metadata.rule().custom.code if {
	"person_review" in _duties
	not input.automated == false
}

# METADATA
# title: The report is free
# description: It is one of the free reports of the year, or it is not known that these are used up.
# custom:
#   code: rights.report_free
#   cites: [CRR-17]
#   zh: 免费提供本人报告
obligations contains rego.metadata.rule().custom.code if {
	"report_free" in _duties
	not _exhausted
}

_fulfils if input.refusal == ""

_refuses if input.refusal != ""

_request := data.yanmen.rights.requests[input.request]

_requester := data.yanmen.rights.requesters[input.requester]

_duties := _request.duties if action != "refuse"

_verified if input.verified == true

_mandated if _requester.mandate == false

_mandated if input.mandate == true

_proven if {
	_verified
	_mandated
}

_entitled if _requester.after_death == input.deceased

_tellable if _request.tells == false

_tellable if input.confidential == false

_based if _request.bases == "any"

_based if input.basis in _request.bases

_feasible if _request.moves == false

_feasible if input.feasible == true

_harmless if _request.moves == false

_harmless if input.harms_others == false

_measured if _request.erases == false

_measured if input.statute_until == null

_measured if {
	is_number(input.statute_until)
	input.statute_until > 0
}

# All that fulfilling needs, whether the lender wants to fulfil or not.
_owed if {
	purpose.clock
	_due
	_proven
	_entitled
	_tellable
	_based
	_feasible
	_harmless
	_measured
}

_kept if {
	_request.erases == true
	input.statute_until > input.now
}

# What is no time has no term: no figure held then.
_due := input.received_at + (days[count(days) - 1] * 86400) if {
	input.received_at <= input.now
	days := [term.days | some term in data.yanmen.rights.terms[_request.term]; term.since <= input.received_at]
}

_timely if input.now <= _due

_reason := reason if {
	some reason in data.yanmen.rights.refusals
	reason.code == input.refusal
}

_apt if input.request in _reason.requests

_founded if _reason.fact in _facts

# What is on record that can found a refusal. Each is said, none is inferred from
# what is missing.
_facts contains "unproven" if input.verified == false

_facts contains "unproven" if {
	_requester.mandate == true
	input.mandate == false
}

_facts contains "unproven" if _requester.after_death != input.deceased

_facts contains "secret" if input.confidential == true

_facts contains "other_basis" if {
	basis.known
	not input.basis in _request.bases
}

_facts contains "infeasible" if input.feasible == false

_facts contains "harmful" if input.harms_others == true

_facts contains "ongoing" if {
	input.needed == true
	basis.known
	not basis.by_consent
}

_facts contains "accurate" if input.checked == true

_facts contains "exhausted" if _exhausted

_exhausted if {
	is_number(input.reports_in_year)
	input.reports_in_year >= _free_reports
}

_free_reports := counts[count(counts) - 1] if {
	counts := [figure.count | some figure in data.yanmen.rights.free_reports; figure.since <= input.now]
}
