# METADATA
# title: Provide
# description: May these categories be handed to this recipient, for this purpose, on this ground?
# schemas:
#   - input: schema.provide
package yanmen.provide

import data.yanmen.assessment
import data.yanmen.basis
import data.yanmen.catalogue
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
#   code: provide.clock_missing
#   cites: [YM-1]
#   zh: 决定时间不明
denials contains rego.metadata.rule().custom.code if not purpose.clock

# METADATA
# title: Act unknown
# description: What is to be done is none of the acts that the register lists.
# custom:
#   code: provide.act_unknown
#   cites: [PIPL-10-1]
#   zh: 提供方式不明
denials contains rego.metadata.rule().custom.code if not _act

# METADATA
# title: Purpose not registered
# description: The register does not know the purpose.
# custom:
#   code: provide.purpose_unregistered
#   kind: gap
#   cites: [PIPL-6-1, PIPL-10-1]
#   zh: 处理目的未登记
denials contains rego.metadata.rule().custom.code if not purpose.known

# METADATA
# title: Purpose not for this
# description: The purpose is registered, and not for this point.
# custom:
#   code: provide.purpose_unfit
#   cites: [PIPL-6-1, PIPL-10-1]
#   zh: 该目的不得用于此环节
denials contains rego.metadata.rule().custom.code if {
	purpose.known
	not _registered
}

# METADATA
# title: No category named
# description: The request names no category of data.
# custom:
#   code: provide.category_missing
#   cites: [PIPL-6-1]
#   zh: 未指明数据类别
denials contains rego.metadata.rule().custom.code if not _named

# METADATA
# title: Category not registered
# description: No register knows a category.
# custom:
#   code: provide.category_unregistered
#   kind: gap
#   cites: [PIPL-6-1, PIPL-51-1]
#   zh: 数据类别未登记
denials contains rego.metadata.rule().custom.code if not _catalogued

# METADATA
# title: Data that are never taken
# description: A category is on the register of what the product never takes, whoever consents.
# custom:
#   code: provide.category_banned
#   cites: [PIPL-6-2, CRR-14, YM-6]
#   zh: 属于从不收取的数据类别
denials contains rego.metadata.rule().custom.code if not _unbanned

# METADATA
# title: More data than the purpose needs
# description: A category of the catalogue is not mapped to the purpose.
# custom:
#   code: provide.category_surplus
#   cites: [PIPL-6-2]
#   zh: 超出目的所需的数据类别
denials contains rego.metadata.rule().custom.code if not _mapped

# METADATA
# title: Class that is never provided
# description: A category is of a class that is neither shared nor entrusted nor published.
# custom:
#   code: provide.class_unshareable
#   cites: [JRT-SHARE, JRT-ENTRUST, JRT-PUBLIC]
#   zh: 该级别信息不得共享、委托或公开
denials contains rego.metadata.rule().custom.code if not _shareable

# METADATA
# title: Raw biometrics
# description: Samples or templates of biometrics are in it, or it is not known that none are. They never leave.
# custom:
#   code: provide.biometrics_raw
#   cites: [FR-8, JRT-C3-STORE]
#   zh: 含原始生物识别信息，不得提供
denials contains rego.metadata.rule().custom.code if not _without_raw

# METADATA
# title: Legal basis does not fit the purpose
# description: The purpose may not stand on this ground.
# custom:
#   code: provide.basis_unfit
#   cites: [PIPL-13-1]
#   zh: 合法性基础与目的不符
denials contains rego.metadata.rule().custom.code if not basis.fits

# METADATA
# title: No evidence of the legal basis
# description: The case names no contract or statute for its ground.
# custom:
#   code: provide.basis_unproven
#   cites: [PIPL-13-1]
#   zh: 合法性基础缺少依据
denials contains rego.metadata.rule().custom.code if not basis.proven

# METADATA
# title: Data not necessary on this basis
# description: The ground does not need a category, and no valid consent covers it.
# custom:
#   code: provide.category_unnecessary
#   cites: [PIPL-13-2]
#   zh: 该基础下并非必需的数据
denials contains rego.metadata.rule().custom.code if {
	not basis.by_consent
	not _lawful
}

# METADATA
# title: No consent
# description: The case stands on consent, and none holds for the purpose.
# custom:
#   code: provide.consent_missing
#   cites: [PIPL-13-1, PIPL-14-1]
#   zh: 未取得有效同意
denials contains rego.metadata.rule().custom.code if {
	not basis.without_consent
	not consent.valid
	not consent.withdrawn
}

# METADATA
# title: Consent withdrawn
# description: The subject has withdrawn the consent.
# custom:
#   code: provide.consent_withdrawn
#   cites: [PIPL-15-1]
#   zh: 同意已撤回
denials contains rego.metadata.rule().custom.code if {
	not basis.without_consent
	not consent.valid
	consent.withdrawn
}

# METADATA
# title: Consent for other data
# description: The consent does not name every category.
# custom:
#   code: provide.consent_category_uncovered
#   cites: [PIPL-14-2, NDR-22]
#   zh: 同意未涵盖全部数据类别
denials contains rego.metadata.rule().custom.code if {
	not basis.without_consent
	not _consented
}

# METADATA
# title: No separate consent for sensitive data
# description: A category is sensitive, and no separate consent covers it.
# custom:
#   code: provide.sensitive_consent_missing
#   cites: [PIPL-28-1, PIPL-28-2, PIPL-29-1, NDR-22]
#   zh: 敏感个人信息未取得单独同意
denials contains rego.metadata.rule().custom.code if {
	not basis.lenient
	not _separately_consented
}

# METADATA
# title: No valid notice
# description: No complete notice of the purpose was shown and is in force.
# custom:
#   code: provide.notice_missing
#   cites: [PIPL-17-1, NDR-21]
#   zh: 缺少有效告知
denials contains rego.metadata.rule().custom.code if not notice.valid

# METADATA
# title: Notice for other data
# description: The notice does not tell every category.
# custom:
#   code: provide.notice_category_uncovered
#   cites: [PIPL-17-1, PIPL-23-1]
#   zh: 告知未涵盖全部数据类别
denials contains rego.metadata.rule().custom.code if not _told_data

# METADATA
# title: Necessity and effect not told
# description: A category is sensitive, and the notice does not tell necessity and effect.
# custom:
#   code: provide.sensitive_notice_incomplete
#   cites: [PIPL-30-1]
#   zh: 未告知处理敏感信息的必要性及影响
denials contains rego.metadata.rule().custom.code if not _told_sensitive

# METADATA
# title: No valid impact assessment
# description: No current assessment covers the purpose and how it is decided.
# custom:
#   code: provide.assessment_missing
#   cites: [PIPL-55-1]
#   zh: 缺少有效影响评估
denials contains rego.metadata.rule().custom.code if not assessment.valid

# METADATA
# title: Impact assessment of other data
# description: The assessment does not cover every category.
# custom:
#   code: provide.assessment_category_uncovered
#   cites: [PIPL-55-1, JRT-SHARE]
#   zh: 影响评估未涵盖全部数据类别
denials contains rego.metadata.rule().custom.code if not _assessed

# METADATA
# title: Subject not known to be of age
# description: The subject is a minor, or its age is not known.
# custom:
#   code: provide.subject_minor
#   cites: [PIPL-31-1, YM-2]
#   zh: 未成年或年龄不明
denials contains rego.metadata.rule().custom.code if not purpose.of_age

# METADATA
# title: Processing restricted
# description: Only storage and protection are allowed for this subject.
# custom:
#   code: provide.subject_restricted
#   cites: [PIPL-47-2]
#   zh: 已限制处理
denials contains rego.metadata.rule().custom.code if not _unrestricted

# METADATA
# title: Recipient not registered
# description: The register does not know the recipient.
# custom:
#   code: provide.recipient_missing
#   kind: gap
#   cites: [PIPL-23-1]
#   zh: 接收方未登记
denials contains rego.metadata.rule().custom.code if not recipient.found

# METADATA
# title: Role of the recipient unknown
# description: The register does not say what the recipient is.
# custom:
#   code: provide.recipient_role_unknown
#   cites: [PIPL-20-1, PIPL-21-1, PIPL-23-1]
#   zh: 接收方角色不明
denials contains rego.metadata.rule().custom.code if not recipient.role

# METADATA
# title: Recipient abroad
# description: The recipient is not known to be in China.
# custom:
#   code: provide.recipient_overseas
#   cites: [PIPL-36-1, PIPL-38-1, PIPL-39-1, PIPL-40-1, PIPL-42-1, NDR-35, CRR-24, JRT-LOCAL, YM-4]
#   zh: 接收方不在境内
denials contains rego.metadata.rule().custom.code if not recipient.domestic

# METADATA
# title: Recipient's entry run out
# description: The entry of the recipient has run out, or its end is not known.
# custom:
#   code: provide.recipient_lapsed
#   cites: [PIPL-21-1]
#   zh: 接收方登记已失效
denials contains rego.metadata.rule().custom.code if not recipient.current

# METADATA
# title: Recipient for another purpose
# description: The recipient may not receive for this purpose.
# custom:
#   code: provide.recipient_purpose_uncovered
#   cites: [PIPL-21-1, PIPL-23-1]
#   zh: 接收方未涵盖该目的
denials contains rego.metadata.rule().custom.code if not recipient.covers_purpose

# METADATA
# title: Contract with the recipient incomplete
# description: The contract lacks what it must settle with a recipient of this role.
# custom:
#   code: provide.recipient_contract_incomplete
#   cites: [PIPL-20-1, PIPL-21-1, NDR-12]
#   zh: 与接收方的合同不完整
denials contains rego.metadata.rule().custom.code if not recipient.contracted

# METADATA
# title: Handed on without agreement
# description: The recipient works for the lender and hands work on, and the lender has not agreed to it.
# custom:
#   code: provide.recipient_sub_unapproved
#   cites: [PIPL-21-3]
#   zh: 受托人未经同意转委托
denials contains rego.metadata.rule().custom.code if not recipient.direct

# METADATA
# title: Recipient pools judgements without a licence
# description: The recipient compiles judgements of several lenders and is not a licensed agency.
# custom:
#   code: provide.recipient_unlicensed
#   cites: [CRR-2/7/36]
#   zh: 接收方无证汇集信用评价
denials contains rego.metadata.rule().custom.code if not recipient.licensed

# METADATA
# title: No separate consent for the recipient
# description: Nothing entitles the lender to tell this recipient.
# custom:
#   code: provide.recipient_unconsented
#   cites: [PIPL-23-1, CRR-28/29]
#   zh: 未就接收方取得单独同意
denials contains rego.metadata.rule().custom.code if not recipient.entitled

# METADATA
# title: Recipient not assessed
# description: The impact assessment does not cover the recipient.
# custom:
#   code: provide.recipient_unassessed
#   cites: [PIPL-55-1]
#   zh: 影响评估未涵盖接收方
denials contains rego.metadata.rule().custom.code if not recipient.assessed

# METADATA
# title: Authority abroad
# description: An authority that is not known to be one of China asks.
# custom:
#   code: provide.authority_foreign
#   cites: [PIPL-41-1, DSL-21/27/29/36]
#   zh: 境外司法或执法机构，未经批准不得提供
denials contains rego.metadata.rule().custom.code if {
	not _no_authority
	not recipient.domestic
}

# METADATA
# title: Credit report without writing
# description: A credit report is asked for or handed on, and no written consent covers it and names the recipient.
# custom:
#   code: provide.report_unwritten
#   cites: [CRR-18, CRR-20, CRR-28/29, CRM-12, ESL-13/14]
#   zh: 查询或提供征信报告未取得书面同意
denials contains rego.metadata.rule().custom.code if not _written

# METADATA
# title: Credit report from an unlicensed source
# description: A credit report comes from a licensed agency alone.
# custom:
#   code: provide.report_unlicensed
#   cites: [CRR-2/7/36, CRM-5, PIPL-32-1]
#   zh: 征信报告来源不具备征信资质
denials contains rego.metadata.rule().custom.code if not _report_source

# METADATA
# title: Adverse information not told before
# description: Adverse information is in it, or it is not known that none is, and the person was not told.
# custom:
#   code: provide.adverse_untold
#   cites: [CRR-15, CRR-44]
#   zh: 提供不良信息前未告知本人
denials contains rego.metadata.rule().custom.code if not _adverse_told

# METADATA
# title: Transfer not told
# description: Data go with the business, and the person was not told who takes it over.
# custom:
#   code: provide.transfer_untold
#   cites: [PIPL-22-1]
#   zh: 因合并、分立等转移未告知接收方
denials contains rego.metadata.rule().custom.code if {
	not _kept
	not _transfer_told
}

# METADATA
# title: Publication without separate consent
# description: Data are made public, and no separate consent says so.
# custom:
#   code: provide.publication_unconsented
#   cites: [PIPL-25-1]
#   zh: 公开未取得单独同意
denials contains rego.metadata.rule().custom.code if {
	not _unpublished
	not _publication
}

# METADATA
# scope: document
# title: Obligations
# description: What must be done besides, by code.

# METADATA
# title: Tell the person of the recipient
# description: The person is told who received what, where no consent named the recipient.
# custom:
#   code: provide.recipient_told
#   cites: [PIPL-23-1]
#   zh: 告知接收方情况
obligations contains rego.metadata.rule().custom.code if {
	recipient.other
	not consent.names(input.recipient.id)
}

# METADATA
# title: Keep the record of providing
# description: What was provided to whom is on record for three years.
# custom:
#   code: provide.record_kept
#   cites: [NDR-12]
#   zh: 提供记录至少保存三年
obligations contains rego.metadata.rule().custom.code if not _inside

# METADATA
# title: Supervise who works for the lender
# description: The lender supervises what the processor does.
# custom:
#   code: provide.processor_supervised
#   cites: [PIPL-21-1, NDR-12]
#   zh: 监督受托人的处理活动
obligations contains rego.metadata.rule().custom.code if recipient.role.sub == true

# METADATA
# title: Take away what names the person
# description: What is entrusted is de-identified first, and encryption alone does not do that.
# custom:
#   code: provide.data_deidentified
#   cites: [JRT-ENTRUST]
#   zh: 委托处理前去标识化，不应仅加密
obligations contains rego.metadata.rule().custom.code if recipient.role.sub == true

# METADATA
# title: Hide account numbers
# description: Account numbers go as tokens or encrypted.
# custom:
#   code: provide.account_tokenised
#   cites: [JRT-SHARE]
#   zh: 账号以支付标记或者加密方式提供
obligations contains rego.metadata.rule().custom.code if {
	some category in input.categories
	category in data.yanmen.provide.tokenised
}

# METADATA
# title: Bind the successor
# description: Who takes the business over is bound as the lender was, and a new purpose needs new consent.
# custom:
#   code: provide.successor_bound
#   cites: [PIPL-22-1]
#   zh: 接收方继续履行义务，变更目的须重新取得同意
obligations contains rego.metadata.rule().custom.code if input.act == "transfer"

_act if input.act in data.yanmen.provide.acts

_registered if "provide" in purpose.entry.points

_named if count(input.categories) > 0

_catalogued if every category in input.categories {
	catalogue.registered(category)
}

_unbanned if every category in input.categories {
	not catalogue.banned(category)
}

_mapped if every category in input.categories {
	catalogue.needed(category)
}

_shareable if every category in input.categories {
	_shareable_class(category)
}

_shareable_class(category) if catalogue.class(category) in data.yanmen.provide.classes

# One without a class is not in the catalogue, and denied for that.
_shareable_class(category) if not catalogue.class(category)

_without_raw if input.raw == false

_lawful if every category in input.categories {
	_lawful_for(category)
}

_lawful_for(category) if basis.carries(category)

_lawful_for(category) if consent.covers(category)

_consented if every category in input.categories {
	category in input.consent.categories
}

_separately_consented if every category in input.categories {
	_separate_for(category)
}

_separate_for(category) if catalogue.ordinary(category)

_separate_for(category) if {
	consent.separate
	consent.covers(category)
}

_told_data if every category in input.categories {
	notice.covers(category)
}

_told_sensitive if notice.complete_for_sensitive

_told_sensitive if every category in input.categories {
	catalogue.ordinary(category)
}

_assessed if every category in input.categories {
	assessment.covers(category)
}

_unrestricted if input.restricted == false

_inside if input.recipient.role == "same_handler"

_no_authority if input.recipient.role != "authority"

_written if every category in input.categories {
	_written_for(category)
}

_written_for(category) if consent.free_of_form(category)

_written_for(category) if {
	consent.in_form(category)
	consent.names(input.recipient.id)
}

_report_source if input.act in data.yanmen.provide.handing

_report_source if recipient.role.entitled == "writing"

_report_source if every category in input.categories {
	consent.free_of_form(category)
}

_adverse_told if input.adverse == false

_adverse_told if input.told == true

# What stays with the lender, or with who works for it, is supplied to nobody; what
# a duty commands needs no word beforehand.
_adverse_told if recipient.role.entitled in data.yanmen.provide.unsupplied

_kept if input.act in data.yanmen.provide.staying

_transfer_told if input.told == true

_unpublished if input.act in data.yanmen.provide.private

_publication if {
	consent.separate
	consent.names(data.yanmen.provide.public)
}
