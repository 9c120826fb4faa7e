//! A catalogue in a line.

use crate::language::t;

/// The size of a catalogue: 120 products in 5 categories.
pub fn catalogue(products: usize, categories: usize) -> String {
    let products = t!("{count} product" | "{count} products", count = products);
    let categories = t!("{count} category" | "{count} categories", count = categories);
    t!("{products} in {categories}")
}
