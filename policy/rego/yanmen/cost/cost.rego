# METADATA
# title: Cost
# description: What a loan may cost, all in, by the class of its lender and the day of its contract.
# schemas:
#   - input: schema.judge
package yanmen.cost

# METADATA
# title: Cap
# description: The largest all-in annual cost in basis points. Undefined where no cap is known for this lender on that day.
cap := min(_caps)

# METADATA
# title: Known
# description: Both the cost and its cap are known.
known if {
	input.cost.all_in_bp >= 0
	cap > 0
}

# METADATA
# title: Within
# description: The cost is known and no more than its cap.
within if {
	input.cost.all_in_bp >= 0
	input.cost.all_in_bp <= cap
}

# METADATA
# title: Over
# description: The cost is known to be more than its cap.
over if {
	known
	not within
}

# METADATA
# title: Classed
# description: There are caps for lenders of this class.
classed if data.yanmen.cost.caps[input.cost.lender_class]

# METADATA
# title: To be shown
# description: The contract is of a day from which the all-in cost has to be shown before signing.
shown_before_signing if data.yanmen.cost.disclosure.from <= input.cost.contract_on

_caps contains row.bp if {
	some row in data.yanmen.cost.caps[input.cost.lender_class]
	_holds(row)
}

_caps contains row.lpr_times * rate.bp if {
	some row in data.yanmen.cost.caps[input.cost.lender_class]
	row.lpr_times > 0
	_holds(row)
	some rate in data.yanmen.cost.lpr
	_holds(rate)
}

# Dates of one form compare as they are read.
_holds(row) if {
	row.from <= input.cost.contract_on
	input.cost.contract_on < row.until
}
