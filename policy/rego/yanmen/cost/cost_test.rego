# METADATA
# title: Tests of cost
# description: Which cap holds for whom and when, and the form of its tables.
package yanmen.cost_test

import data.yanmen.cost
import data.yanmen.fixture_test as fixture

_priced(class, on, bp) := fixture.with_set(fixture.application, {
	"/cost/lender_class": class,
	"/cost/contract_on": on,
	"/cost/all_in_bp": bp,
})

_caps := [
	["bank", "2025-10-01", 2400],
	["bank", "2026-11-22", 2400],
	["consumer_finance", "2025-10-01", 2400],
	["microloan", "2026-01-01", 2400],
	["microloan", "2027-12-31", 2400],
	["private_lender", "2020-08-20", 1540],
	["private_lender", "2021-12-19", 1540],
	["private_lender", "2021-12-20", 1520],
	["private_lender", "2024-10-20", 1340],
	["private_lender", "2024-10-21", 1240],
	["private_lender", "2025-05-20", 1200],
	["private_lender", "2026-10-19", 1200],
]

test_caps_by_class_and_day if every case in _caps {
	cost.cap == case[2] with input as _priced(case[0], case[1], 0)
}

_uncapped := [
	["bank", "2025-09-30"],
	["consumer_finance", "2025-09-30"],
	["microloan", "2025-12-31"],
	["microloan", "2028-01-01"],
	["private_lender", "2020-08-19"],
	["private_lender", "2026-10-20"],
	["bank", ""],
	["bank", null],
	["bank", 20260105],
	["bank", {}],
	["", "2026-01-05"],
	["pawnshop", "2026-01-05"],
	[null, "2026-01-05"],
]

test_no_cap_where_none_is_known if every case in _uncapped {
	not cost.cap with input as _priced(case[0], case[1], 1000)
	not cost.known with input as _priced(case[0], case[1], 1000)
	not cost.within with input as _priced(case[0], case[1], 1000)
	not cost.over with input as _priced(case[0], case[1], 999999)
}

test_within_and_over if {
	cost.within with input as _priced("bank", "2026-01-05", 0)
	cost.within with input as _priced("bank", "2026-01-05", 2400)
	not cost.over with input as _priced("bank", "2026-01-05", 2400)
	not cost.within with input as _priced("bank", "2026-01-05", 2401)
	cost.over with input as _priced("bank", "2026-01-05", 2401)
}

# Null is less than every number, and a text more.
test_what_is_no_cost_is_neither if every bp in [null, false, -1] {
	not cost.within with input as _priced("bank", "2026-01-05", bp)
	not cost.over with input as _priced("bank", "2026-01-05", bp)
	not cost.known with input as _priced("bank", "2026-01-05", bp)
}

test_nothing_is_known_of_nothing if {
	not cost.cap with input as {}
	not cost.known with input as {}
	not cost.within with input as {}
	not cost.over with input as {}
	not cost.classed with input as {}
	not cost.shown_before_signing with input as {}
}

test_classed if {
	every class in ["bank", "consumer_finance", "microloan", "private_lender"] {
		cost.classed with input as _priced(class, "", null)
	}
	not cost.classed with input as _priced("", "2026-01-05", 1000)
}

test_shown_before_signing_from_its_day if {
	cost.shown_before_signing with input as _priced("bank", "2026-08-01", 1000)
	not cost.shown_before_signing with input as _priced("bank", "2026-07-31", 1000)
	not cost.shown_before_signing with input as _priced("bank", "", 1000)
}

test_of_caps_that_overlap_the_lowest_counts if {
	both := [
		{"from": "2025-10-01", "until": "9999-12-31", "bp": 2400},
		{"from": "2026-01-01", "until": "9999-12-31", "bp": 2000},
	]
	cost.cap == 2000 with input as _priced("bank", "2026-01-05", 1000) with data.yanmen.cost.caps.bank as both
}

_rows contains row if some row in data.yanmen.cost.lpr

_rows contains row if some row in data.yanmen.cost.caps[_]

# A row that could never hold would be a slip.
test_every_row_has_a_beginning_an_end_and_a_source if {
	every row in _rows {
		row.from < row.until
		"2000-01-01" < row.from
		row.until <= "9999-12-31"
		count(row.cites) > 0
	}
}

test_each_rate_holds_until_the_next if every row in data.yanmen.cost.lpr {
	_followed(row)
}

_followed(row) if {
	some next in data.yanmen.cost.lpr
	next.from == row.until
}

_followed(row) if row.until == max([r.until | some r in data.yanmen.cost.lpr])

# The bands of 2015 are no law any more.
test_no_cap_is_above_24_per_cent if every row in _rows {
	not _high(row)
}

_high(row) if row.bp > 2400

_high(row) if row.lpr_times > 4

test_nothing_is_a_cost_and_no_cap if {
	cost.known with input as _priced("bank", "2026-01-05", 0)
	not cost.known with input as _priced("bank", "2026-01-05", 0)
		with data.yanmen.cost.caps.bank as [{"from": "2020-01-01", "until": "2030-01-01", "bp": 0}]
}

test_a_cap_that_is_no_multiple_of_the_rate_stands_alone if {
	cost.cap == 2400 with input as _priced("bank", "2026-01-05", 1)
		with data.yanmen.cost.caps.bank as [{"from": "2020-01-01", "until": "2030-01-01", "bp": 2400, "lpr_times": 0}]
}
