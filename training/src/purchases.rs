//! What users bought: all that training and measuring need to know of them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// One purchase of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchase {
    /// Row in the catalogue.
    pub item: u32,
    /// Which of the user's baskets, counted from 0 in the order of their first item.
    pub basket: u32,
}

/// How much of the history is known when an item is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Everything before the item, the rest of its own basket included.
    NextItem,
    /// Only earlier baskets.
    NextBasket,
}

impl Protocol {
    /// How many of a user's `purchases`, from the oldest, are known when the one at `position` is to be told.
    pub fn known(self, purchases: &[Purchase], position: usize) -> usize {
        match self {
            Self::NextItem => position,
            Self::NextBasket => {
                purchases[..position].partition_point(|purchase| purchase.basket < purchases[position].basket)
            }
        }
    }
}

/// The items of `purchases`, each once.
pub fn bought(purchases: &[Purchase]) -> HashSet<u32> {
    purchases.iter().map(|purchase| purchase.item).collect()
}

/// How many users bought each item, `[items]`.
pub fn customers(users: &[Vec<Purchase>], items: usize) -> Vec<u32> {
    let mut customers = vec![0; items];
    for purchases in users {
        bought(purchases).into_iter().for_each(|item| customers[item as usize] += 1);
    }
    customers
}
