# METADATA
# title: Notice
# description: What the notice tells and when it was shown (PIPL 17, 30).
# schemas:
#   - input: schema.ground
package yanmen.notice

import data.yanmen.purpose

# METADATA
# title: Waived
# description: The purpose needs no notice beside the one at collection.
waived if purpose.entry.notice == "waived"

# METADATA
# title: Found
# description: The register knows the notice, and it has a version.
found if {
	input.notice.found == true
	input.notice.version != ""
}

# METADATA
# title: Complete
# description: The notice tells every item of PIPL 17, and what happens at the end of the period (NDR 21).
complete if every item in data.yanmen.notice.items {
	item in input.notice.items
}

# METADATA
# title: Complete for sensitive data
# description: The notice tells necessity and effect too (PIPL 30).
complete_for_sensitive if every item in data.yanmen.notice.sensitive_items {
	item in input.notice.items
}

# METADATA
# title: Shown
# description: The notice was shown before now.
shown if {
	is_number(input.notice.shown_at)
	input.notice.shown_at > 0
	input.notice.shown_at <= input.now
}

# METADATA
# scope: document
# title: In force
# description: The version is in force now.
in_force if {
	_begun
	is_number(input.notice.valid_until)
	input.now < input.notice.valid_until
}

in_force if {
	_begun
	input.notice.valid_until == null
	input.notice.open_ended == true
}

# METADATA
# title: Covers the purpose
# description: The notice tells the purpose.
covers_purpose if input.purpose in input.notice.purposes

# METADATA
# title: Covers
# description: The notice tells a category.
covers(category) if category in input.notice.categories

# METADATA
# title: Names
# description: The notice tells a recipient.
names(recipient) if {
	recipient != ""
	recipient in input.notice.recipients
}

# METADATA
# title: Valid
# description: The notice is known, complete, shown, in force and tells the purpose.
valid if {
	found
	complete
	shown
	in_force
	covers_purpose
}

_begun if {
	is_number(input.notice.valid_from)
	input.notice.valid_from > 0
	input.notice.valid_from <= input.now
}
