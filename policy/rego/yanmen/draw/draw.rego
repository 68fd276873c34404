# METADATA
# title: Draw
# description: Which situation a draw on a limit is in.
# schemas:
#   - input: schema.judge
package yanmen.draw

import data.yanmen.cost

# METADATA
# title: Situation
# description: The situation of a draw by what is known of the identity, the first that holds. What holds against it comes before what is missing, so that nobody is asked for a card in vain.
situation(identity) := "whole" if {
	identity == "sound"
	_documented
	_unsuspected
	_covered
	_confirmed
	cost.within
} else := "payout_unmatched" if {
	# It is the card that an authority refutes: who asks is who they say.
	identity == "refuted"
	input.identity.payout_bank == "no"
	input.identity.assurance in data.yanmen.judge.purposes.drawdown.assurances
} else := identity if {
	identity != "sound"
} else := "taken_over" if {
	input.identity.takeover == "strong"
} else := "unverified" if {
	not _unsuspected
} else := "late" if {
	input.overdue.days_past_due > 0
} else := "limit_used" if {
	_limited
	is_number(input.contract.limit_left)
	input.contract.limit_left <= 0
} else := "limit_closed" if {
	_limited
	input.contract.limit_open == "no"
} else := "limit_unknown" if {
	not _open
} else := "limit_exceeded" if {
	not _covered
} else := "payout_foreign" if {
	input.identity.payout == "no"
} else := "payout_unmatched" if {
	input.identity.payout_bank == "no"
} else := "undocumented" if {
	not _documented
} else := "card_missing" if {
	not _named
} else := "card_unconfirmed" if {
	not _confirmed
} else := "unpriced"

_unsuspected if input.identity.takeover in data.yanmen.judge.unsuspected

_limited if input.contract.limit_kind in data.yanmen.judge.limits

# All that has to be known of a limit, and nothing of it in the way. That something
# is left was seen above; a sum asked for that is more than nothing is a number, for
# null is less than every number.
_open if {
	_limited
	input.contract.limit_open == "yes"
	is_number(input.contract.limit_left)
	input.capacity.requested > 0
	is_number(input.overdue.days_past_due)
	input.overdue.days_past_due <= 0
}

_covered if {
	_open
	input.contract.limit_left >= input.capacity.requested
}

# A valid document was seen, and it is that of who asks. It is on file from when the
# limit was granted, so a draw need not go without.
_documented if {
	input.identity.name_match == "yes"
	input.identity.number_match == "yes"
	input.identity.document_expired == "no"
}

# An account to pay out to is named.
_named if input.identity.payout in {"yes", "no"}

_named if "payout.unconfirmed" in input.identity.codes

# The account is the borrower's own: name, number, phone and card belong together
# by the word of a bank, and no other name stands on it.
_confirmed if {
	input.identity.payout == "yes"
	input.identity.payout_bank == "yes"
}
