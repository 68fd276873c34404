# METADATA
# title: Contact
# description: May this person be contacted now, in this way, with this content?
# schemas:
#   - input: schema.contact
package yanmen.contact

import data.yanmen.purpose

# METADATA
# title: Decision
# description: The answer of this point, and from when on the same contact may be asked about again.
# entrypoint: true
decision := {
	"allow": allow,
	"denials": denials,
	"obligations": obligations,
	"not_before": not_before,
}

# METADATA
# scope: document
# title: Allow
# description: Nothing speaks against it. Every denial below is the absence of a proof.
default allow := false

allow if count(denials) == 0

# METADATA
# scope: document
# title: Denials
# description: What speaks against it, by code.

# METADATA
# title: Time of the contact unknown
# description: The instant is not known, so neither is the time of day.
# custom:
#   code: contact.clock_missing
#   cites: [YM-1]
#   zh: 联系时间不明
denials contains rego.metadata.rule().custom.code if not purpose.clock

# METADATA
# title: Kind of contact not registered
# description: The register does not know what is to be said.
# custom:
#   code: contact.content_unregistered
#   kind: gap
#   cites: [PIPL-6-1]
#   zh: 联系内容类型未登记
denials contains rego.metadata.rule().custom.code if not _content

# METADATA
# title: Channel not registered
# description: The register does not know the channel.
# custom:
#   code: contact.channel_unregistered
#   kind: gap
#   cites: [YM-1]
#   zh: 联系渠道未登记
denials contains rego.metadata.rule().custom.code if not _channel

# METADATA
# title: Person not registered
# description: It is not known what the person to be contacted has to do with the debt.
# custom:
#   code: contact.target_unregistered
#   kind: gap
#   cites: [COL-WHO]
#   zh: 联系对象类型不明
denials contains rego.metadata.rule().custom.code if not _known_target

# METADATA
# title: Class of lender unknown
# description: Without it nobody can tell which rules of collection bind.
# custom:
#   code: contact.lender_unclassed
#   kind: gap
#   cites: [YM-1]
#   zh: 出借机构类别不明
denials contains rego.metadata.rule().custom.code if not _classed

# METADATA
# title: Not somebody to be told this
# description: Only debtor and guarantor are collected from; a message goes to a third person; marketing to the debtor.
# custom:
#   code: contact.target_unfit
#   cites: [COL-WHO, COL-3P-KIND, COL-CARD, COL-CFC, COL-LOAN]
#   zh: 不得就该内容联系此人
denials contains rego.metadata.rule().custom.code if not _fit

# METADATA
# title: Quiet hours
# description: It is between 22:00 and 08:00 in China, or the hour is not known, and the debtor did not agree to it.
# custom:
#   code: contact.hours_quiet
#   cites: [COL-TIME, CC-1033]
#   zh: 处于22时至次日8时，且债务人未同意
denials contains rego.metadata.rule().custom.code if not _timely

# METADATA
# title: Calls of the day used up
# description: The debtor had as many effective voice calls today as there may be, or it is not known how many.
# custom:
#   code: contact.calls_exceeded
#   cites: [COL-FREQ-3]
#   zh: 当日有效语音催收次数已满或不明
denials contains rego.metadata.rule().custom.code if {
	not _unlimited
	not _calls_left
}

# METADATA
# title: Attempts of the day used up
# description: There were as many unanswered attempts at this contact point today as there may be, or it is not known how many.
# custom:
#   code: contact.attempts_exceeded
#   cites: [COL-FREQ-6]
#   zh: 当日对同一联系方式的未接通次数已满或不明
denials contains rego.metadata.rule().custom.code if {
	not _unlimited
	not _attempts_left
}

# METADATA
# title: Debtor can be reached
# description: A third person is contacted only when it is shown that the debtor cannot be reached.
# custom:
#   code: contact.third_unneeded
#   cites: [COL-3P]
#   zh: 尚未证明债务人失联，不得联系第三人
denials contains rego.metadata.rule().custom.code if {
	not _first_hand
	not _lost
}

# METADATA
# title: Debt told to a third person
# description: What is to be said tells of the debt, or may, and the person is neither debtor nor guarantor.
# custom:
#   code: contact.debt_told
#   cites: [COL-3P]
#   zh: 不得向第三人透露债务信息
denials contains rego.metadata.rule().custom.code if {
	not _knows_of_the_debt
	not _discreet
}

# METADATA
# title: Third person refused
# description: The third person has refused further contact, or it is not known that they have not.
# custom:
#   code: contact.third_refused
#   cites: [COL-3P, CC-1033]
#   zh: 第三人已拒绝继续联系
denials contains rego.metadata.rule().custom.code if {
	not _first_hand
	not _unrefused
}

# METADATA
# title: Marketing refused
# description: The person has refused marketing, or it is not known that they have not.
# custom:
#   code: contact.marketing_refused
#   cites: [PIPL-24-2, CPL-29]
#   zh: 本人已拒绝营销
denials contains rego.metadata.rule().custom.code if {
	not _unasked
	not _unrefused
}

# METADATA
# title: Nothing is due
# description: The due date has not passed, or it is not known that it has. A reminder before it is no collection.
# custom:
#   code: contact.debt_undue
#   cites: [PIPL-6-1, YM-33]
#   zh: 债务未到期或到期情况不明
denials contains rego.metadata.rule().custom.code if {
	not _unlimited
	not _due
}

# METADATA
# title: A plan runs
# description: A restructuring plan was agreed and is not broken; collection has stopped.
# custom:
#   code: contact.plan_running
#   cites: [COL-CARD-70]
#   zh: 个性化分期协议履行中，停止催收
denials contains rego.metadata.rule().custom.code if {
	not _unlimited
	not _planless
}

# METADATA
# title: Identity misused
# description: It was reported or found that the person is not the borrower; collection has stopped.
# custom:
#   code: contact.identity_misused
#   cites: [PIPL-8-1, YM-31]
#   zh: 涉嫌冒用身份，停止催收
denials contains rego.metadata.rule().custom.code if {
	not _unlimited
	not _the_borrower
}

# METADATA
# title: Debt disputed
# description: The debt, or who owes it, is disputed; collection rests until that is answered.
# custom:
#   code: contact.debt_disputed
#   cites: [PIPL-8-1, YM-32]
#   zh: 债务存在争议，答复前暂停催收
denials contains rego.metadata.rule().custom.code if {
	not _unlimited
	not _undisputed
}

# METADATA
# title: Agency without contract
# description: Somebody contacts for the lender, and no contract with them is known.
# custom:
#   code: contact.agency_uncontracted
#   cites: [PIPL-21-1]
#   zh: 委外机构未登记或无合同
denials contains rego.metadata.rule().custom.code if {
	not _own_staff
	not _contracted
}

# METADATA
# title: Agency with a record of violence
# description: The agency is on record for violence or threats, or it is not known that it is not.
# custom:
#   code: contact.agency_violent
#   cites: [COL-LOAN, COL-BAN]
#   zh: 委外机构有暴力催收等违法违规记录或情况不明
denials contains rego.metadata.rule().custom.code if {
	not _own_staff
	not _peaceful
}

# METADATA
# title: Agency not rated
# description: The last rating of the agency is older than a year, or not known.
# custom:
#   code: contact.agency_unrated
#   cites: [COL-AGENT]
#   zh: 委外机构一年内未经评估
denials contains rego.metadata.rule().custom.code if {
	not _own_staff
	not _rated
}

# METADATA
# scope: document
# title: Obligations
# description: What must be done besides, by code.

# METADATA
# title: Keep a true record of the contact
# description: Every contact is recorded, true, complete and traceable.
# custom:
#   code: contact.record_kept
#   cites: [COL-CARD, COL-CFC]
#   zh: 如实、完整记录本次联系
obligations contains rego.metadata.rule().custom.code if allow

# METADATA
# title: Keep the recording
# description: What is spoken in collection is recorded and kept.
# custom:
#   code: contact.recording_kept
#   cites: [COL-CARD, COL-CFC]
#   zh: 全程录音并按期保存
obligations contains rego.metadata.rule().custom.code if {
	allow
	not _unlimited
	not _written
}

# METADATA
# title: Say who calls and why
# description: Who is contacted is told at the beginning for whom and why.
# custom:
#   code: contact.purpose_told
#   cites: [PIPL-7-1, COL-WHO]
#   zh: 首先表明身份、受托关系和来意
obligations contains rego.metadata.rule().custom.code if allow

# METADATA
# title: No threats, abuse or deceit
# description: No threats, abuse, fraud, posing as an authority or telling others.
# custom:
#   code: contact.conduct_kept
#   cites: [COL-BAN, CC-1033]
#   zh: 不得威胁、辱骂、欺诈、冒充公权机关或泄露隐私
obligations contains rego.metadata.rule().custom.code if {
	allow
	not _unlimited
}

# METADATA
# title: Ask for contact details or a call back, no more
# description: A third person is asked to pass a message on, or for contact details, and is left alone on refusal.
# custom:
#   code: contact.message_only
#   cites: [COL-3P]
#   zh: 仅可请其转告或询问联系方式，拒绝后立即停止
obligations contains rego.metadata.rule().custom.code if {
	allow
	not _first_hand
}

# METADATA
# title: Offer an easy refusal
# description: Marketing comes with an easy way to refuse it.
# custom:
#   code: contact.refusal_offered
#   cites: [PIPL-24-2]
#   zh: 提供便捷的拒绝方式
obligations contains rego.metadata.rule().custom.code if {
	allow
	not _unasked
}

# METADATA
# scope: document
# title: Not before
# description: When the same contact may be asked about again; null where time alone does not change the answer.
default not_before := null

not_before := _tomorrow + _opening if {
	_only_time
	_full
} else := _today + _until if {
	_only_time
	_second < _until
} else := _tomorrow + _until if {
	_only_time
}

_content := data.yanmen.contact.contents[input.content]

_channel := data.yanmen.contact.channels[input.channel]

_known_target if input.target in data.yanmen.contact.targets

_classed if input.lender_class in data.yanmen.contact.lender_classes

_fit if input.target in _content.targets

# The figure of a name that holds now; undefined before there was one.
_figure(name) := values[count(values) - 1] if {
	purpose.clock
	values := [f.value | some f in data.yanmen.contact.figures[name]; f.since <= input.now]
}

_from := _figure("quiet_from")

_until := _figure("quiet_until")

_second := (input.now + data.yanmen.contact.zone) % 86400

_today := input.now - _second

_tomorrow := _today + 86400

_timely if _content.quiet == false

_timely if input.agreed_hours == true

_timely if {
	_second >= _until
	_second < _from
}

# What the limits of collection do not touch.
_unlimited if _content.collects == "never"

_unlimited if {
	_content.collects == "late"
	is_number(input.days_past_due)
	input.days_past_due == 0
}

_calls_left if _channel.counted == false

_calls_left if {
	is_number(input.calls_today)
	input.calls_today < _figure("calls")
}

_attempts_left if input.agreed_frequency == true

_attempts_left if {
	is_number(input.attempts_today)
	input.attempts_today < _figure("attempts")
}

_first_hand if _content.thirds == false

_lost if input.unreachable == true

_lost if {
	is_number(input.failed_in_row)
	input.failed_in_row >= _figure("failures")
}

_knows_of_the_debt if input.target in data.yanmen.contact.told

_discreet if input.debt_details == false

_unrefused if input.refused == false

_unasked if _content.asks == false

_due if {
	is_number(input.days_past_due)
	input.days_past_due > 0
}

_planless if input.plan_runs == false

_planless if {
	input.plan_runs == true
	input.plan_broken == true
}

_the_borrower if input.not_the_borrower == false

_undisputed if input.disputed == false

_own_staff if input.agency.used == false

_contracted if {
	input.agency.found == true
	input.agency.contract == true
}

_peaceful if input.agency.violent == false

_rated if {
	is_number(input.agency.reviewed_at)
	input.agency.reviewed_at <= input.now
	input.now - input.agency.reviewed_at <= _figure("rating_seconds")
}

_written if _channel.spoken == false

# Time alone changes the answer where it is denied for nothing but the hour or
# a count of the day that is known.
_only_time if {
	count(denials) > 0
	every code in denials {
		_passes(code)
	}
}

_passes("contact.hours_quiet") if is_number(_until)

_passes("contact.calls_exceeded") if is_number(input.calls_today)

_passes("contact.attempts_exceeded") if is_number(input.attempts_today)

_full if {
	not _unlimited
	not _calls_left
}

_full if {
	not _unlimited
	not _attempts_left
}

# When a day begins for this contact.
default _opening := 0

_opening := _until if {
	_content.quiet == true
	not input.agreed_hours == true
}
