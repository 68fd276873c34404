# METADATA
# title: Access
# description: May somebody of the lender's staff do this?
# schemas:
#   - input: schema.access
package yanmen.access

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
# title: Time of the act unknown
# description: The instant of the act is not known.
# custom:
#   code: access.clock_missing
#   cites: [YM-1]
#   zh: 操作时间不明
denials contains rego.metadata.rule().custom.code if not purpose.clock

# METADATA
# title: Role not registered
# description: The matrix does not know the role.
# custom:
#   code: access.role_unregistered
#   kind: gap
#   cites: [PIPL-51-1]
#   zh: 角色未登记
denials contains rego.metadata.rule().custom.code if not _role

# METADATA
# title: Act not registered
# description: The matrix does not know the act.
# custom:
#   code: access.act_unregistered
#   kind: gap
#   cites: [PIPL-51-1]
#   zh: 操作未登记
denials contains rego.metadata.rule().custom.code if not _act

# METADATA
# title: Act not of the role
# description: The matrix does not give the act to the role.
# custom:
#   code: access.act_unentitled
#   cites: [PIPL-51-1, PIPL-9-1]
#   zh: 该角色无权进行此操作
denials contains rego.metadata.rule().custom.code if not _entitled

# METADATA
# title: Not trained
# description: The last training of the actor is too long ago, or not known.
# custom:
#   code: access.actor_untrained
#   cites: [PIPL-51-1, YM-42]
#   zh: 操作人员未按期接受培训
denials contains rego.metadata.rule().custom.code if not _trained

# METADATA
# title: Not authenticated again
# description: The act is a weighty one, and the actor did not authenticate again for it.
# custom:
#   code: access.actor_unverified
#   cites: [YM-43]
#   zh: 重要操作未重新验证身份
denials contains rego.metadata.rule().custom.code if {
	not _light
	not _verified
}

# METADATA
# title: Purpose does not fit the act
# description: Data are shown, and not for a purpose of the act.
# custom:
#   code: access.purpose_unfit
#   cites: [PIPL-6-1]
#   zh: 操作与处理目的不符
denials contains rego.metadata.rule().custom.code if {
	not _dark
	not _purposeful
}

# METADATA
# title: No category named
# description: Data are shown, and it is not said which.
# custom:
#   code: access.category_missing
#   cites: [PIPL-6-1]
#   zh: 未指明查看的数据类别
denials contains rego.metadata.rule().custom.code if {
	not _dark
	not _named
}

# METADATA
# title: Category not registered
# description: A category is not classified in the catalogue.
# custom:
#   code: access.category_unregistered
#   kind: gap
#   cites: [PIPL-51-1]
#   zh: 数据类别未登记分类
denials contains rego.metadata.rule().custom.code if {
	not _dark
	not _classed
}

# METADATA
# title: Category not of the role
# description: The role has no need to see a category.
# custom:
#   code: access.category_unentitled
#   cites: [PIPL-6-2, PIPL-51-1]
#   zh: 该角色无需查看此类数据
denials contains rego.metadata.rule().custom.code if {
	not _dark
	not _needed
}

# METADATA
# title: Clear text without authentication
# description: Data are to be shown in clear, and the actor did not authenticate again for it.
# custom:
#   code: access.clear_unverified
#   cites: [JRT-DISPLAY]
#   zh: 未经身份验证不得明文展示
denials contains rego.metadata.rule().custom.code if {
	not _dark
	not _masked
	not _verified
}

# METADATA
# title: Clear text not of the role
# description: Data are to be shown in clear, and the role sees masked data only.
# custom:
#   code: access.clear_unentitled
#   cites: [JRT-DISPLAY, PIPL-51-1]
#   zh: 该角色只能查看屏蔽后的数据
denials contains rego.metadata.rule().custom.code if {
	not _dark
	not _masked
	not _sees_clear
}

# METADATA
# title: Secret in clear
# description: A category that is never shown in clear, or whose class is not known, is to be.
# custom:
#   code: access.secret_shown
#   cites: [JRT-DISPLAY]
#   zh: C3类或类别不明的数据不得明文展示
denials contains rego.metadata.rule().custom.code if {
	not _dark
	not _masked
	not _showable
}

# METADATA
# title: Bulk alarm
# description: The actor would have taken out the data of too many persons within a day, or it is not known of how many.
# custom:
#   code: access.bulk_alarmed
#   cites: [CRIM-5, YM-44]
#   zh: 一日内查看人数达到预警线或人数不明
denials contains rego.metadata.rule().custom.code if {
	not _dark
	not _few
}

# METADATA
# title: Own preparation
# description: It takes two people, and the actor prepared what is to be decided, or may have.
# custom:
#   code: access.decision_own
#   cites: [YM-41, PIPL-24-3]
#   zh: 不得批准本人准备的决定
denials contains rego.metadata.rule().custom.code if {
	not _single
	not _unprepared
}

# METADATA
# title: Second decision by the same person
# description: It takes two people, and the actor gave the first decision already, or may have.
# custom:
#   code: access.decision_repeated
#   cites: [YM-41]
#   zh: 第二次决定须由他人作出
denials contains rego.metadata.rule().custom.code if {
	not _single
	not _undecided
}

# METADATA
# scope: document
# title: Obligations
# description: What must be done besides, by code.

# METADATA
# title: Record the act
# description: Who did what, when and for which purpose goes to the journal.
# custom:
#   code: access.act_recorded
#   cites: [PIPL-51-1, PIPL-54-1]
#   zh: 操作记入审计日志
obligations contains rego.metadata.rule().custom.code if allow

# METADATA
# title: Mask what is shown
# description: Names, numbers and accounts are shown masked.
# custom:
#   code: access.text_masked
#   cites: [JRT-DISPLAY]
#   zh: 屏蔽展示
obligations contains rego.metadata.rule().custom.code if {
	allow
	_act.shows == true
	_masked
}

# METADATA
# title: A second person decides too
# description: The decision takes effect when a second person has made it as well.
# custom:
#   code: access.second_needed
#   cites: [YM-41]
#   zh: 须由第二人复核后生效
obligations contains rego.metadata.rule().custom.code if {
	allow
	not _single
}

_role := data.yanmen.access.roles[input.role]

_act := data.yanmen.access.acts[input.act]

_entitled if input.act in _role.acts

# The figure of a name that holds now; undefined before there was one.
_figure(name) := values[count(values) - 1] if {
	purpose.clock
	values := [f.value | some f in data.yanmen.access.figures[name]; f.since <= input.now]
}

_trained if {
	is_number(input.trained_at)
	input.trained_at <= input.now
	input.now - input.trained_at <= _figure("training_seconds")
}

_light if _act.verify == false

_verified if input.verified == true

# Nothing of a person is shown.
_dark if _act.shows == false

_purposeful if input.purpose in _act.purposes

_named if count(input.categories) > 0

_classed if every category in input.categories {
	_class(category)
}

_class(category) := data.yanmen.catalogue.categories[category].class

_class(category) := data.yanmen.catalogue.never[category].class

_needed if every category in input.categories {
	category in _role.categories
}

_masked if input.clear == false

_sees_clear if _role.clear == true

_showable if every category in input.categories {
	_class(category) in data.yanmen.access.clear_classes
}

_few if {
	is_number(input.subjects)
	input.subjects > 0
	every category in input.categories {
		input.subjects < _figure(_kind(category))
	}
}

_kind(category) := data.yanmen.access.kinds.of[category]

_kind(category) := data.yanmen.access.kinds.gravest if not data.yanmen.access.kinds.of[category]

_single if _act.second == "never"

_single if {
	_act.second == "adverse"
	input.adverse == false
}

_unprepared if input.prepared == false

_undecided if input.decided == false
