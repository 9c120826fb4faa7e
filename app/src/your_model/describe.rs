//! A catalogue in a line.

use model::Catalogue;

use crate::ui::format;

/// The size of a catalogue: 120 products in 5 categories.
pub fn catalogue(catalogue: &Catalogue) -> String {
    let products = format::plural(catalogue.items().len(), "product", "products");
    format!("{products} in {}", format::plural(catalogue.categories().len(), "category", "categories"))
}
