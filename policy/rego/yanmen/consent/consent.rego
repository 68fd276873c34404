# METADATA
# title: Consent
# description: What the consent says, when it was given and what it covers (PIPL 14, 15, 29).
# schemas:
#   - input: schema.ground
package yanmen.consent

# METADATA
# title: Given
# description: The consent is in a state that holds.
given if input.consent.state in data.yanmen.consent.holding

# METADATA
# title: Withdrawn
# description: The consent was withdrawn.
withdrawn if input.consent.state == "withdrawn"

# METADATA
# title: Dated
# description: The consent was given before now.
dated if {
	is_number(input.consent.given_at)
	input.consent.given_at > 0
	input.consent.given_at <= input.now
}

# METADATA
# title: Unexpired
# description: The consent is known to last beyond now.
unexpired if {
	is_number(input.consent.expires_at)
	input.now < input.consent.expires_at
}

# METADATA
# title: Informed
# description: The version of the notice that the consent names was shown before it was given.
informed if {
	is_number(input.notice.shown_at)
	is_number(input.consent.given_at)
	input.notice.shown_at > 0
	input.notice.shown_at <= input.consent.given_at
	input.notice.version != ""
	input.consent.notice == input.notice.version
}

# METADATA
# title: Formed
# description: The form of the consent is known.
formed if input.consent.form in data.yanmen.consent.forms

# METADATA
# title: Separate
# description: The consent was given for this processing alone.
separate if input.consent.form in data.yanmen.consent.separate_forms

# METADATA
# title: Written
# description: The consent was given in writing.
written if input.consent.form == "written"

# METADATA
# title: Free of form
# description: The law does not ask for consent in writing for a category. Without the list of those for which it does, no form is free.
free_of_form(category) if {
	writing := data.yanmen.consent.writing
	count(writing) > 0
	not category in writing
}

# METADATA
# scope: document
# title: In the form asked for
# description: The law asks for no writing for a category, or a consent that holds is in writing and names it.
in_form(category) if free_of_form(category)

in_form(category) if {
	written
	covers(category)
}

# METADATA
# title: Covers the purpose
# description: The consent names the purpose.
covers_purpose if input.purpose in input.consent.purposes

# METADATA
# title: Valid
# description: The consent holds now, for the purpose at hand.
valid if {
	given
	dated
	unexpired
	informed
	formed
	covers_purpose
}

# METADATA
# title: Covers
# description: The consent holds and names a category.
covers(category) if {
	valid
	category in input.consent.categories
}

# METADATA
# title: Names
# description: The consent holds and names a recipient.
names(recipient) if {
	valid
	recipient != ""
	recipient in input.consent.recipients
}

# METADATA
# title: Opens reasons
# description: The consent is separate and lets a recipient learn a sensitive reason.
opens_reasons(recipient) if {
	names(recipient)
	separate
	recipient in input.consent.reasons
}
