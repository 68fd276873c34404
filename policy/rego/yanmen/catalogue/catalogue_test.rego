# METADATA
# title: Tests of catalogue
# description: What counts as proof, and that absence is none.
package yanmen.catalogue_test

import data.yanmen.catalogue

test_unknown_category_is_not_ordinary if {
	catalogue.ordinary("phone")
	not catalogue.ordinary("income")
	not catalogue.ordinary("shoe_size")
}

test_use_is_by_purpose if {
	catalogue.use("income").days == 180 with input as {"purpose": "application"}
	not catalogue.use("claim") with input as {"purpose": "application"}
}

# A card is for paying out, and for asking why a payment from it failed.
test_a_card_is_needed_where_money_moves if {
	not catalogue.needed("card") with input as {"purpose": "application"}
	catalogue.needed("card") with input as {"purpose": "drawdown"}
	catalogue.needed("card") with input as {"purpose": "overdue"}
}

test_a_draw_needs_no_reason_for_being_late if {
	not catalogue.needed("claim") with input as {"purpose": "drawdown"}
	not catalogue.needed("proof") with input as {"purpose": "drawdown"}
	not catalogue.needed("history") with input as {"purpose": "drawdown"}
}

test_needed_is_by_purpose if {
	catalogue.needed("income") with input as {"purpose": "application"}
	not catalogue.needed("claim") with input as {"purpose": "application"}
	not catalogue.needed("claim") with input as {}
	catalogue.needed("shoe_size") with input as {"purpose": "application"}
}

test_registers_know_what_they_list if {
	catalogue.known("phone")
	not catalogue.known("phone_book")
	catalogue.banned("phone_book")
	not catalogue.banned("phone")
	catalogue.registered("phone")
	catalogue.registered("phone_book")
	not catalogue.registered("shoe_size")
	not catalogue.registered("")
}

test_class_is_that_of_either_register if {
	catalogue.class("phone") == "C2"
	catalogue.class("card_secret") == "C3"
	not catalogue.class("religion")
	not catalogue.class("shoe_size")
}

test_expiry_is_what_the_register_says if {
	catalogue.expiry("income") == "delete"
	not catalogue.expiry("shoe_size")
}

test_sources if {
	catalogue.source("borrower")
	not catalogue.source("")
}
