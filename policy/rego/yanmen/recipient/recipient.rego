# METADATA
# title: Recipient
# description: "Who receives, in which legal role, and what that role asks for (PIPL 20 to 23, 38)."
# schemas:
#   - input: schema.provide
package yanmen.recipient

import data.yanmen.assessment
import data.yanmen.basis
import data.yanmen.consent
import data.yanmen.notice

# METADATA
# title: Found
# description: The register knows the recipient.
found if {
	input.recipient.found == true
	input.recipient.id != ""
}

# METADATA
# title: Role
# description: What the recipient's role asks for; undefined where there is no such role.
role := data.yanmen.recipient.roles[input.recipient.role]

# METADATA
# title: Domestic
# description: The recipient is known to be in China.
domestic if input.recipient.country in data.yanmen.recipient.countries

# METADATA
# title: Current
# description: The entry of the recipient has not run out.
current if {
	is_number(input.recipient.valid_until)
	input.now < input.recipient.valid_until
}

# METADATA
# title: Covers the purpose
# description: The recipient may receive for the purpose.
covers_purpose if input.purpose in input.recipient.purposes

# METADATA
# scope: document
# title: Contracted
# description: The contract settles all that the role asks for, or the role asks for none.
contracted if {
	input.recipient.contract == true
	every item in role.contract {
		item in input.recipient.items
	}
}

contracted if count(role.contract) == 0

# METADATA
# scope: document
# title: Direct
# description: The recipient hands nothing on, or the lender agreed to it, or the role is not one that works for the lender.
direct if role.sub == false

direct if input.recipient.sub == false

direct if input.recipient.sub_approved == true

# METADATA
# scope: document
# title: Licensed
# description: The recipient does not compile judgements of several lenders, or its role is licensed to.
licensed if input.recipient.pools == false

licensed if role.pools == true

# METADATA
# title: Other
# description: The role is one of those about which the person is told where no consent named it.
other if role.told == true

# METADATA
# scope: document
# title: Entitled
# description: Something entitles the lender to tell a recipient of this role.
entitled if role.entitled == "ground"

entitled if {
	role.entitled == "person"
	consent.separate
	consent.names(input.recipient.id)
}

entitled if {
	role.entitled == "person"
	basis.lenient
	notice.names(input.recipient.id)
}

entitled if {
	role.entitled == "writing"
	consent.written
	consent.names(input.recipient.id)
}

entitled if {
	role.entitled == "duty"
	input.basis == "legal_duty"
	basis.fits
	basis.proven
}

# METADATA
# scope: document
# title: Assessed
# description: The impact assessment names the recipient, or the role asks for none.
assessed if role.assessed == false

assessed if assessment.names(input.recipient.id)
