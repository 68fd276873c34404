# METADATA
# title: Impact assessment
# description: What the assessment of PIPL 55 covers, and until when.
# schemas:
#   - input: schema.ground
package yanmen.assessment

import data.yanmen.purpose

# METADATA
# title: Waived
# description: Nothing of what PIPL 55 lists happens for the purpose.
waived if purpose.entry.assessment == "waived"

# METADATA
# title: Found
# description: The register knows the assessment.
found if input.assessment.found == true

# METADATA
# title: Done
# description: The assessment was made before now.
done if {
	is_number(input.assessment.done_at)
	input.assessment.done_at > 0
	input.assessment.done_at <= input.now
}

# METADATA
# title: Current
# description: The assessment has not run out.
current if {
	is_number(input.assessment.valid_until)
	input.now < input.assessment.valid_until
}

# METADATA
# title: Covers the purpose
# description: The assessment covers the purpose.
covers_purpose if input.purpose in input.assessment.purposes

# METADATA
# title: Covers
# description: The assessment covers a category.
covers(category) if category in input.assessment.categories

# METADATA
# title: Names
# description: The assessment covers a recipient.
names(recipient) if {
	recipient != ""
	recipient in input.assessment.recipients
}

# METADATA
# scope: document
# title: Covers automation
# description: The assessment covers automated decisions, or the purpose has none.
covers_automation if purpose.entry.automated == false

covers_automation if input.assessment.automated == true

# METADATA
# title: Valid
# description: The assessment is known, made, current, and covers the purpose and how it is decided.
valid if {
	found
	done
	current
	covers_purpose
	covers_automation
}
