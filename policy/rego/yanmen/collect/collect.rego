# METADATA
# title: Collect
# description: May these categories be taken in, for this purpose, on this ground?
# schemas:
#   - input: schema.collect
package yanmen.collect

import data.yanmen.assessment
import data.yanmen.basis
import data.yanmen.catalogue
import data.yanmen.consent
import data.yanmen.notice
import data.yanmen.purpose

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
#   code: collect.clock_missing
#   cites: [YM-1]
#   zh: 决定时间不明
denials contains rego.metadata.rule().custom.code if not purpose.clock

# METADATA
# title: Purpose not registered
# description: The register does not know the purpose.
# custom:
#   code: collect.purpose_unregistered
#   kind: gap
#   cites: [PIPL-6-1]
#   zh: 处理目的未登记
denials contains rego.metadata.rule().custom.code if not purpose.known

# METADATA
# title: Purpose not for this
# description: The purpose is registered, and not for this point.
# custom:
#   code: collect.purpose_unfit
#   cites: [PIPL-6-1]
#   zh: 该目的不得用于此环节
denials contains rego.metadata.rule().custom.code if {
	purpose.known
	not _registered
}

# METADATA
# title: No category named
# description: The request names no category of data.
# custom:
#   code: collect.category_missing
#   cites: [PIPL-6-1]
#   zh: 未指明数据类别
denials contains rego.metadata.rule().custom.code if not _named

# METADATA
# title: Category not registered
# description: No register knows a category.
# custom:
#   code: collect.category_unregistered
#   kind: gap
#   cites: [PIPL-6-1, PIPL-51-1]
#   zh: 数据类别未登记
denials contains rego.metadata.rule().custom.code if not _catalogued

# METADATA
# title: Data that are never taken
# description: A category is on the register of what the product never takes, whoever consents.
# custom:
#   code: collect.category_banned
#   cites: [PIPL-6-2, CRR-14, YM-6]
#   zh: 属于从不收取的数据类别
denials contains rego.metadata.rule().custom.code if not _unbanned

# METADATA
# title: More data than the purpose needs
# description: A category of the catalogue is not mapped to the purpose.
# custom:
#   code: collect.category_surplus
#   cites: [PIPL-6-2]
#   zh: 超出目的所需的数据类别
denials contains rego.metadata.rule().custom.code if not _mapped

# METADATA
# title: No legal basis
# description: The ground is none of the seven of PIPL 13.
# custom:
#   code: collect.basis_unknown
#   cites: [PIPL-13-1]
#   zh: 无合法性基础
denials contains rego.metadata.rule().custom.code if not basis.known

# METADATA
# title: Legal basis does not fit the purpose
# description: The purpose may not stand on this ground.
# custom:
#   code: collect.basis_unfit
#   cites: [PIPL-13-1]
#   zh: 合法性基础与目的不符
denials contains rego.metadata.rule().custom.code if not basis.fits

# METADATA
# title: No evidence of the legal basis
# description: The case names no contract or statute for its ground.
# custom:
#   code: collect.basis_unproven
#   cites: [PIPL-13-1]
#   zh: 合法性基础缺少依据
denials contains rego.metadata.rule().custom.code if not basis.proven

# METADATA
# title: Data not necessary on this basis
# description: The ground does not need a category, and no valid consent covers it.
# custom:
#   code: collect.category_unnecessary
#   cites: [PIPL-13-2]
#   zh: 该基础下并非必需的数据
denials contains rego.metadata.rule().custom.code if {
	not basis.by_consent
	not _lawful
}

# METADATA
# title: No consent
# description: The case stands on consent, and none is given.
# custom:
#   code: collect.consent_missing
#   cites: [PIPL-13-1, PIPL-14-1]
#   zh: 未取得同意
denials contains rego.metadata.rule().custom.code if {
	not basis.without_consent
	not consent.given
	not consent.withdrawn
}

# METADATA
# title: Consent withdrawn
# description: The subject has withdrawn the consent.
# custom:
#   code: collect.consent_withdrawn
#   cites: [PIPL-15-1]
#   zh: 同意已撤回
denials contains rego.metadata.rule().custom.code if {
	not basis.without_consent
	not consent.given
	consent.withdrawn
}

# METADATA
# title: Consent not given before now
# description: The time of the consent is not known or lies ahead.
# custom:
#   code: collect.consent_undated
#   cites: [PIPL-14-1]
#   zh: 同意时间不明或晚于现在
denials contains rego.metadata.rule().custom.code if {
	not basis.without_consent
	not consent.dated
}

# METADATA
# title: Consent run out
# description: The consent has ended, or its end is not known.
# custom:
#   code: collect.consent_lapsed
#   cites: [PIPL-14-1, NDR-22]
#   zh: 同意已到期或期限不明
denials contains rego.metadata.rule().custom.code if {
	not basis.without_consent
	not consent.unexpired
}

# METADATA
# title: Consent without notice
# description: The notice that the consent names was not shown before it was given.
# custom:
#   code: collect.consent_uninformed
#   cites: [PIPL-14-1, PIPL-17-1]
#   zh: 同意前未告知
denials contains rego.metadata.rule().custom.code if {
	not basis.without_consent
	not consent.informed
}

# METADATA
# title: Form of consent unknown
# description: The consent is neither general nor separate nor written.
# custom:
#   code: collect.consent_unformed
#   cites: [PIPL-14-1]
#   zh: 同意形式不明
denials contains rego.metadata.rule().custom.code if {
	not basis.without_consent
	not consent.formed
}

# METADATA
# title: Consent for another purpose
# description: The consent does not name the purpose.
# custom:
#   code: collect.consent_purpose_uncovered
#   cites: [PIPL-14-2]
#   zh: 同意未涵盖该目的
denials contains rego.metadata.rule().custom.code if {
	not basis.without_consent
	not consent.covers_purpose
}

# METADATA
# title: Consent for other data
# description: The consent does not name every category.
# custom:
#   code: collect.consent_category_uncovered
#   cites: [PIPL-14-2]
#   zh: 同意未涵盖全部数据类别
denials contains rego.metadata.rule().custom.code if {
	not basis.without_consent
	not _consented
}

# METADATA
# title: No notice
# description: The register does not know the notice.
# custom:
#   code: collect.notice_missing
#   cites: [PIPL-7-1, PIPL-17-1]
#   zh: 未找到告知书
denials contains rego.metadata.rule().custom.code if {
	not notice.waived
	not notice.found
}

# METADATA
# title: Notice incomplete
# description: The notice does not tell all that it must.
# custom:
#   code: collect.notice_incomplete
#   cites: [PIPL-17-1, NDR-21]
#   zh: 告知内容不完整
denials contains rego.metadata.rule().custom.code if {
	not notice.waived
	not notice.complete
}

# METADATA
# title: Notice not shown before
# description: The notice was not shown before processing.
# custom:
#   code: collect.notice_unshown
#   cites: [PIPL-17-1]
#   zh: 处理前未告知
denials contains rego.metadata.rule().custom.code if {
	not notice.waived
	not notice.shown
}

# METADATA
# title: Notice not in force
# description: The version of the notice is not in force.
# custom:
#   code: collect.notice_lapsed
#   cites: [PIPL-17-2]
#   zh: 告知书版本未生效或已失效
denials contains rego.metadata.rule().custom.code if {
	not notice.waived
	not notice.in_force
}

# METADATA
# title: Notice for another purpose
# description: The notice does not tell the purpose.
# custom:
#   code: collect.notice_purpose_uncovered
#   cites: [PIPL-17-1]
#   zh: 告知未涵盖该目的
denials contains rego.metadata.rule().custom.code if {
	not notice.waived
	not notice.covers_purpose
}

# METADATA
# title: Notice for other data
# description: The notice does not tell every category.
# custom:
#   code: collect.notice_category_uncovered
#   cites: [PIPL-17-1]
#   zh: 告知未涵盖全部数据类别
denials contains rego.metadata.rule().custom.code if {
	not notice.waived
	not _told
}

# METADATA
# title: No separate consent for sensitive data
# description: A category is sensitive, and no separate consent covers it.
# custom:
#   code: collect.sensitive_consent_missing
#   cites: [PIPL-28-1, PIPL-29-1, GBT-45574, NDR-62]
#   zh: 敏感个人信息未取得单独同意
denials contains rego.metadata.rule().custom.code if {
	not basis.lenient
	not _separately_consented
}

# METADATA
# title: Credit report without writing
# description: A credit report is taken in, and no consent in writing covers it. A reliable electronic signature is writing; the lender proves that it is one. By which way it came is not known here, so writing is asked for of every report, on every ground and in every mode.
# custom:
#   code: collect.report_unwritten
#   cites: [PIPL-14-1, PIPL-29-1, CRR-18, CRR-20, CRM-12, ESL-13/14]
#   zh: 征信报告未取得书面同意
denials contains rego.metadata.rule().custom.code if not _in_form

# METADATA
# title: Necessity and effect not told
# description: A category is sensitive, and the notice does not tell necessity and effect.
# custom:
#   code: collect.sensitive_notice_incomplete
#   cites: [PIPL-30-1]
#   zh: 未告知处理敏感信息的必要性及影响
denials contains rego.metadata.rule().custom.code if {
	not notice.waived
	not _told_sensitive
}

# METADATA
# title: Age unknown
# description: The age of the subject is not known.
# custom:
#   code: collect.subject_age_unknown
#   cites: [YM-1, YM-2]
#   zh: 年龄不明
denials contains rego.metadata.rule().custom.code if {
	not purpose.of_age
	not purpose.age_known
}

# METADATA
# title: Subject is a child
# description: The subject is younger than 14 years.
# custom:
#   code: collect.subject_child
#   cites: [PIPL-31-1]
#   zh: 不满十四周岁
denials contains rego.metadata.rule().custom.code if {
	not purpose.of_age
	purpose.child
}

# METADATA
# title: Subject is a minor
# description: The subject is younger than a borrower must be.
# custom:
#   code: collect.subject_minor
#   cites: [YM-2]
#   zh: 未满十八周岁
denials contains rego.metadata.rule().custom.code if {
	not purpose.of_age
	purpose.age_known
	not purpose.child
}

# METADATA
# title: No impact assessment
# description: The register does not know the assessment.
# custom:
#   code: collect.assessment_missing
#   cites: [PIPL-55-1]
#   zh: 缺少影响评估
denials contains rego.metadata.rule().custom.code if {
	not assessment.waived
	not assessment.found
}

# METADATA
# title: Impact assessment not made before
# description: The assessment was not made before processing.
# custom:
#   code: collect.assessment_undone
#   cites: [PIPL-55-1]
#   zh: 未事前评估
denials contains rego.metadata.rule().custom.code if {
	not assessment.waived
	not assessment.done
}

# METADATA
# title: Impact assessment run out
# description: The assessment has run out, or its end is not known.
# custom:
#   code: collect.assessment_lapsed
#   cites: [PIPL-55-1]
#   zh: 影响评估已失效
denials contains rego.metadata.rule().custom.code if {
	not assessment.waived
	not assessment.current
}

# METADATA
# title: Impact assessment of another purpose
# description: The assessment does not cover the purpose.
# custom:
#   code: collect.assessment_purpose_uncovered
#   cites: [PIPL-55-1]
#   zh: 影响评估未涵盖该目的
denials contains rego.metadata.rule().custom.code if {
	not assessment.waived
	not assessment.covers_purpose
}

# METADATA
# title: Impact assessment of other data
# description: The assessment does not cover every category.
# custom:
#   code: collect.assessment_category_uncovered
#   cites: [PIPL-55-1, PIPL-28-2]
#   zh: 影响评估未涵盖全部数据类别
denials contains rego.metadata.rule().custom.code if {
	not assessment.waived
	not _assessed
}

# METADATA
# title: Automated decision not assessed
# description: The assessment does not cover automated decisions.
# custom:
#   code: collect.assessment_automation_uncovered
#   cites: [PIPL-24-1, PIPL-55-1]
#   zh: 影响评估未涵盖自动化决策
denials contains rego.metadata.rule().custom.code if {
	not assessment.waived
	not assessment.covers_automation
}

# METADATA
# title: Source unknown
# description: No source is named, or one that the catalogue does not know.
# custom:
#   code: collect.source_unknown
#   cites: [PIPL-10-1, JRT-COLLECT, ILN-DATA]
#   zh: 数据来源不明
denials contains rego.metadata.rule().custom.code if not _sourced

# METADATA
# scope: document
# title: Obligations
# description: What must be done besides, by code.

# METADATA
# title: Do not hold a refused consent against the person
# description: What the purpose can do without may be refused or withdrawn without harm to the service.
# custom:
#   code: collect.service_unharmed
#   cites: [PIPL-16-1]
#   zh: 不得因不同意而拒绝服务
obligations contains rego.metadata.rule().custom.code if {
	not basis.without_consent
	not consent.valid
}

_registered if "collect" in purpose.entry.points

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

_lawful if every category in input.categories {
	_lawful_for(category)
}

_lawful_for(category) if basis.carries(category)

_lawful_for(category) if consent.covers(category)

_consented if every category in input.categories {
	category in input.consent.categories
}

_told if every category in input.categories {
	notice.covers(category)
}

_told_sensitive if notice.complete_for_sensitive

_told_sensitive if _ordinary

_ordinary if every category in input.categories {
	catalogue.ordinary(category)
}

_separately_consented if every category in input.categories {
	_separate_for(category)
}

_separate_for(category) if catalogue.ordinary(category)

_separate_for(category) if {
	consent.separate
	consent.covers(category)
}

_in_form if every category in input.categories {
	consent.in_form(category)
}

_assessed if every category in input.categories {
	assessment.covers(category)
}

_sourced if {
	count(input.sources) > 0
	every kind in input.sources {
		catalogue.source(kind)
	}
}
