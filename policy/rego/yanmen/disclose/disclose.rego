# METADATA
# title: Disclose
# description: Which claims may leave, for this purpose, to this recipient?
# schemas:
#   - input: schema.disclose
package yanmen.disclose

import data.yanmen.assessment
import data.yanmen.basis
import data.yanmen.consent
import data.yanmen.notice
import data.yanmen.purpose
import data.yanmen.recipient

# METADATA
# title: Decision
# description: The answer of this point.
# entrypoint: true
decision := {
	"allow": allow,
	"denials": denials,
	"obligations": obligations,
	"claims": claims,
	"valid_for": valid_for,
	"retraction": retraction,
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
# title: Time of the decision unknown
# description: The instant of the decision is not known, so nothing can be in force.
# custom:
#   code: disclose.clock_missing
#   cites: [YM-1]
#   zh: 决定时间不明
denials contains rego.metadata.rule().custom.code if not purpose.clock

# METADATA
# title: Case denied
# description: "An earlier point denied the case: nothing leaves of it, unless it takes back what left before."
# custom:
#   code: disclose.case_denied
#   cites: [PIPL-6-2, YM-1]
#   zh: 案件已被拒绝，不对外提供
denials contains rego.metadata.rule().custom.code if {
	_tells
	not _answered
}

# METADATA
# title: Purpose not registered
# description: The register does not know the purpose.
# custom:
#   code: disclose.purpose_unregistered
#   kind: gap
#   cites: [PIPL-6-1]
#   zh: 处理目的未登记
denials contains rego.metadata.rule().custom.code if not purpose.known

# METADATA
# title: Purpose not for this
# description: The purpose is registered, and not for this point.
# custom:
#   code: disclose.purpose_unfit
#   cites: [PIPL-6-1]
#   zh: 该目的不得用于此环节
denials contains rego.metadata.rule().custom.code if {
	purpose.known
	not _registered
}

# METADATA
# title: Outcome unknown
# description: There is no outcome that could be told.
# custom:
#   code: disclose.outcome_unknown
#   cites: [YM-1]
#   zh: 核验结果不明
denials contains rego.metadata.rule().custom.code if {
	_tells
	not _outcome
}

# METADATA
# title: No claim may leave
# description: None of the claims asked for may leave.
# custom:
#   code: disclose.claim_missing
#   cites: [PIPL-6-2]
#   zh: 没有可对外提供的结论项
denials contains rego.metadata.rule().custom.code if {
	_tells
	not _some_claim
}

# METADATA
# title: Legal basis does not fit the purpose
# description: The purpose may not stand on this ground.
# custom:
#   code: disclose.basis_unfit
#   cites: [PIPL-13-1]
#   zh: 合法性基础与目的不符
denials contains rego.metadata.rule().custom.code if {
	_tells
	not basis.fits
}

# METADATA
# title: No evidence of the legal basis
# description: The case names no contract or statute for its ground.
# custom:
#   code: disclose.basis_unproven
#   cites: [PIPL-13-1]
#   zh: 合法性基础缺少依据
denials contains rego.metadata.rule().custom.code if {
	_tells
	not basis.proven
}

# METADATA
# title: No consent
# description: The case stands on consent, and none holds for the purpose.
# custom:
#   code: disclose.consent_missing
#   cites: [PIPL-13-1, PIPL-14-1]
#   zh: 未取得有效同意
denials contains rego.metadata.rule().custom.code if {
	_tells
	not basis.without_consent
	not consent.valid
	not consent.withdrawn
}

# METADATA
# title: Consent withdrawn
# description: The subject has withdrawn the consent.
# custom:
#   code: disclose.consent_withdrawn
#   cites: [PIPL-15-1]
#   zh: 同意已撤回
denials contains rego.metadata.rule().custom.code if {
	_tells
	not basis.without_consent
	not consent.valid
	consent.withdrawn
}

# METADATA
# title: No valid notice
# description: No complete notice of the purpose was shown and is in force.
# custom:
#   code: disclose.notice_missing
#   cites: [PIPL-17-1]
#   zh: 缺少有效告知
denials contains rego.metadata.rule().custom.code if {
	_tells
	not notice.valid
}

# METADATA
# title: No valid impact assessment
# description: No current assessment covers the purpose and how it is decided.
# custom:
#   code: disclose.assessment_missing
#   cites: [PIPL-55-1]
#   zh: 缺少有效影响评估
denials contains rego.metadata.rule().custom.code if {
	_tells
	not assessment.valid
}

# METADATA
# title: Subject not known to be of age
# description: The subject is a minor, or its age is not known.
# custom:
#   code: disclose.subject_minor
#   cites: [PIPL-31-1, YM-2]
#   zh: 未成年或年龄不明
denials contains rego.metadata.rule().custom.code if {
	_tells
	not purpose.of_age
}

# METADATA
# title: Recipient not registered
# description: The register does not know the recipient.
# custom:
#   code: disclose.recipient_missing
#   kind: gap
#   cites: [PIPL-23-1]
#   zh: 接收方未登记
denials contains rego.metadata.rule().custom.code if not recipient.found

# METADATA
# title: Role of the recipient unknown
# description: The register does not say what the recipient is.
# custom:
#   code: disclose.recipient_role_unknown
#   cites: [PIPL-20-1, PIPL-21-1, PIPL-23-1]
#   zh: 接收方角色不明
denials contains rego.metadata.rule().custom.code if not _role

# METADATA
# title: Recipient abroad
# description: The recipient is not known to be in China.
# custom:
#   code: disclose.recipient_overseas
#   cites: [PIPL-36-1, PIPL-38-1, PIPL-39-1, PIPL-40-1, PIPL-42-1, NDR-35, CRR-24, JRT-LOCAL, YM-4]
#   zh: 接收方不在境内
denials contains rego.metadata.rule().custom.code if not recipient.domestic

# METADATA
# title: Recipient's entry run out
# description: The entry of the recipient has run out, or its end is not known.
# custom:
#   code: disclose.recipient_lapsed
#   cites: [PIPL-21-1]
#   zh: 接收方登记已失效
denials contains rego.metadata.rule().custom.code if {
	_tells
	not recipient.current
}

# METADATA
# title: Recipient for another purpose
# description: The recipient may not receive for this purpose.
# custom:
#   code: disclose.recipient_purpose_uncovered
#   cites: [PIPL-21-1, PIPL-23-1]
#   zh: 接收方未涵盖该目的
denials contains rego.metadata.rule().custom.code if {
	_tells
	not recipient.covers_purpose
}

# METADATA
# title: Contract with the recipient incomplete
# description: The contract lacks what it must settle with a recipient of this role.
# custom:
#   code: disclose.recipient_contract_incomplete
#   cites: [PIPL-20-1, PIPL-21-1, NDR-12]
#   zh: 与接收方的合同不完整
denials contains rego.metadata.rule().custom.code if not recipient.contracted

# METADATA
# title: Handed on without agreement
# description: The recipient works for the lender and hands work on, and the lender has not agreed to it.
# custom:
#   code: disclose.recipient_sub_unapproved
#   cites: [PIPL-21-3]
#   zh: 受托人未经同意转委托
denials contains rego.metadata.rule().custom.code if {
	_tells
	not recipient.direct
}

# METADATA
# title: Recipient pools judgements without a licence
# description: The recipient compiles judgements of several lenders and is not a licensed agency.
# custom:
#   code: disclose.recipient_unlicensed
#   cites: [CRR-2/7/36]
#   zh: 接收方无证汇集信用评价
denials contains rego.metadata.rule().custom.code if {
	_tells
	not recipient.licensed
}

# METADATA
# title: No separate consent for the recipient
# description: Nothing entitles the lender to tell this recipient.
# custom:
#   code: disclose.recipient_unconsented
#   cites: [PIPL-23-1, CRR-28/29]
#   zh: 未就接收方取得单独同意
denials contains rego.metadata.rule().custom.code if {
	_tells
	not recipient.entitled
}

# METADATA
# title: Recipient not assessed
# description: The impact assessment does not cover the recipient.
# custom:
#   code: disclose.recipient_unassessed
#   cites: [PIPL-55-1]
#   zh: 影响评估未涵盖接收方
denials contains rego.metadata.rule().custom.code if {
	_tells
	not recipient.assessed
}

# METADATA
# title: Budget spent
# description: The verdict would say more than the budget still holds.
# custom:
#   code: disclose.budget_spent
#   cites: [PIPL-6-2, YM-3]
#   zh: 信息量预算已用尽
denials contains rego.metadata.rule().custom.code if {
	_tells
	not _full_fits
	not _essential_fits
}

# METADATA
# scope: document
# title: Obligations
# description: What must be done besides, by code.

# METADATA
# title: Fewer claims
# description: "The month's budget does not hold all claims: only the essential ones leave."
# custom:
#   code: disclose.claims_reduced
#   cites: [PIPL-6-2, YM-3]
#   zh: 因预算仅提供必要结论项
obligations contains rego.metadata.rule().custom.code if {
	_tells
	not _full_fits
}

# METADATA
# title: Reason only by its class
# description: "The reason is sensitive: that it is, and what it is, stays, and only the coarse class leaves."
# custom:
#   code: disclose.reason_coarse
#   cites: [PIPL-28-2, PIPL-29-1]
#   zh: 敏感原因仅以粗分类提供
obligations contains rego.metadata.rule().custom.code if {
	_tells
	not _reason_open
}

# METADATA
# title: Tell the person of the recipient
# description: The person is told who received what, where no consent named the recipient.
# custom:
#   code: disclose.recipient_told
#   cites: [PIPL-23-1]
#   zh: 告知接收方情况
obligations contains rego.metadata.rule().custom.code if {
	_tells
	recipient.other
	not consent.names(input.recipient.id)
}

# METADATA
# title: Tell the person beforehand
# description: "Adverse information goes to a credit agency: the person is told first."
# custom:
#   code: disclose.adverse_told
#   cites: [CRR-15]
#   zh: 提供不良信息前告知本人
obligations contains rego.metadata.rule().custom.code if {
	_tells
	input.recipient.role == "licensed_credit_agency"
	not _favourable
}

# METADATA
# scope: document
# title: Claims
# description: The claims that may leave; none where a denial speaks against it.
claims contains claim if {
	allow
	_tells
	_full_fits
	some claim in _possible
}

claims contains claim if {
	allow
	_tells
	not _full_fits
	some claim in _possible_essential
}

# METADATA
# scope: document
# title: Validity
# description: How long the verdict may be relied on, seconds; 0 where nothing leaves.
default valid_for := 0

valid_for := _limits.valid_seconds if allow

# METADATA
# scope: document
# title: Retraction
# description: >-
#   Of a denied case one thing may leave, and nothing besides: that the verdict which this recipient has
#   holds no longer. It tells nothing of the person, so that it asks for no ground, consent, notice,
#   assessment or budget, and a recipient whose entry has run out must hear it too. Else whoever withdrew
#   would go on being judged by what was said before (PIPL 15, 16), a recipient could not delete what it
#   must (PIPL 47), and information would stay wrong to the person's harm (PIPL 8).
# custom:
#   cites: [PIPL-8-1, PIPL-15-1, PIPL-16-1, PIPL-47-1]
default retraction := false

retraction if {
	allow
	_takes_back
}

_takes_back if {
	input.denied == true
	input.recall == true
}

_tells if not _takes_back

_limits := data.yanmen.disclose.purposes[input.purpose]

_registered if {
	"disclose" in purpose.entry.points
	_limits
}

_answered if input.denied == false

_outcome if data.yanmen.disclose.outcomes[input.outcome]

_favourable if input.outcome == "pass"

_possible contains claim if {
	some claim in input.claims
	claim in _limits.claims
	claim in data.yanmen.disclose.outcomes[input.outcome]
	claim in data.yanmen.disclose.roles[input.recipient.role]
}

_possible_essential contains claim if {
	some claim in _possible
	claim in data.yanmen.disclose.essential
}

_some_claim if count(_possible) > 0

# A role that may hear verdicts; an authority asks for records, not for verdicts.
_role if data.yanmen.disclose.roles[input.recipient.role]

# The caller's meter must not show less than the table does.
_metered if {
	is_number(input.bits)
	is_number(input.spent)
	input.bits >= _full_bits
	input.spent >= 0
}

_full_bits := sum([data.yanmen.disclose.bits[claim] | some claim in _possible])

_full_fits if {
	_metered
	_full_bits <= _limits.verdict_bits
	input.spent + _full_bits <= _limits.month_bits
}

_essential_bits := sum([data.yanmen.disclose.bits[claim] | some claim in _possible_essential])

_essential_fits if {
	_metered
	count(_possible_essential) > 0
	_essential_bits <= _limits.verdict_bits
	input.spent + _essential_bits <= _limits.month_bits
}

_reason_open if input.sensitive == false

_reason_open if consent.opens_reasons(input.recipient.id)
