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

test_sources if {
	catalogue.source("borrower")
	not catalogue.source("")
}
