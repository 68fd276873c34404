# METADATA
# title: Purposes
# description: The entry of the register for the purpose at hand, and what it says of the subject.
# schemas:
#   - input: schema.ground
package yanmen.purpose

# METADATA
# title: Entry
# description: What the register says of the purpose; undefined where it does not know it.
entry := data.yanmen.purpose.register[input.purpose]

# METADATA
# title: Known
# description: The register knows the purpose. One that it does not know is a gap.
known if entry

# METADATA
# scope: document
# title: Of age
# description: The subject is known to be old enough for the purpose, or its age does not matter.
of_age if entry.minimum_age == 0

of_age if {
	age_known
	input.subject_age >= entry.minimum_age
}

# METADATA
# title: Age known
# description: The subject's age is a number.
age_known if is_number(input.subject_age)

# METADATA
# title: Child
# description: The subject is known to be a child in the sense of PIPL 31.
child if {
	age_known
	input.subject_age < data.yanmen.purpose.child_age
}

# METADATA
# title: Clock
# description: The instant of the decision is known.
clock if {
	is_number(input.now)
	input.now > 0
}
