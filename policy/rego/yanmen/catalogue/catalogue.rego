# METADATA
# title: Catalogue
# description: What the catalogue says of a category.
# schemas:
#   - input: schema.ground
package yanmen.catalogue

# METADATA
# title: Use
# description: How the purpose at hand may use a category; undefined where it may not.
use(category) := data.yanmen.catalogue.categories[category].uses[input.purpose]

# METADATA
# title: Ordinary
# description: The catalogue says that a category is not sensitive.
ordinary(category) if data.yanmen.catalogue.categories[category].sensitive == false

# METADATA
# title: Source
# description: The catalogue knows this kind of source.
source(kind) if kind in data.yanmen.catalogue.sources
