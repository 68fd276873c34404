# METADATA
# title: Catalogue
# description: What the catalogue says of a category.
# schemas:
#   - input: schema.ground
package yanmen.catalogue

# METADATA
# title: Known
# description: The catalogue knows a category and says what class it is of.
known(category) if data.yanmen.catalogue.categories[category].class

# METADATA
# title: Banned
# description: A category is one that the product never takes.
banned(category) if data.yanmen.catalogue.never[category]

# METADATA
# scope: document
# title: Registered
# description: A register knows the category, be it as one that is never taken. One that no register knows is a gap.
registered(category) if known(category)

registered(category) if banned(category)

# METADATA
# title: Use
# description: How the purpose at hand may use a category; undefined where it may not.
use(category) := data.yanmen.catalogue.categories[category].uses[input.purpose]

# METADATA
# scope: document
# title: Needed
# description: The purpose at hand needs a category. Of one that the catalogue does not know nothing can be said; it is denied as a gap.
needed(category) if use(category)

needed(category) if not known(category)

# METADATA
# title: Ordinary
# description: The catalogue says that a category is not sensitive.
ordinary(category) if data.yanmen.catalogue.categories[category].sensitive == false

# METADATA
# scope: document
# title: Class
# description: The class of a category by JR/T 0171, also of one that is never taken.
class(category) := data.yanmen.catalogue.categories[category].class

class(category) := data.yanmen.catalogue.never[category].class

# METADATA
# title: Expiry
# description: What becomes of a category once its use is over and nothing keeps it.
expiry(category) := data.yanmen.catalogue.categories[category].expiry

# METADATA
# title: Source
# description: The catalogue knows this kind of source.
source(kind) if kind in data.yanmen.catalogue.sources
