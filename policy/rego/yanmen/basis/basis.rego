# METADATA
# title: Legal basis
# description: Which of the seven grounds of PIPL 13 the case stands on, and what that ground carries.
# schemas:
#   - input: schema.ground
package yanmen.basis

import data.yanmen.catalogue
import data.yanmen.purpose

# METADATA
# title: Known
# description: The ground is one of the seven.
known if input.basis in data.yanmen.basis.grounds

# METADATA
# title: Fits
# description: The purpose may stand on the ground.
fits if {
	known
	input.basis in purpose.entry.bases
}

# METADATA
# title: By consent
# description: The ground is consent.
by_consent if input.basis == "consent"

# METADATA
# title: Without consent
# description: The ground is one that fits and needs no consent.
without_consent if {
	fits
	not by_consent
}

# METADATA
# scope: document
# title: Proven
# description: "There is evidence of the ground: the consent itself, what the case names, or the statute that commands the purpose."
proven if by_consent

proven if input.basis_ref == true

proven if {
	input.basis == "legal_duty"
	count(purpose.entry.statutes) > 0
}

# METADATA
# title: Carries
# description: The ground needs the category for the purpose, without consent.
carries(category) if {
	without_consent
	input.basis in catalogue.use(category).grounds
}

# METADATA
# scope: document
# title: Lenient
# description: "Separate consent is not asked for on this ground: by the mode, or because a statute commands the purpose."
lenient if {
	without_consent
	input.mode in data.yanmen.basis.lenient_modes
}

lenient if {
	without_consent
	purpose.entry.separate_consent == "waived"
}
