//! A visitor's own data: who of the users is trained on, and who is asked what was learned.

use model::{Catalogue, CatalogueError, ShopperHistories};
use sha2::{Digest, Sha256};

use crate::packed::{PackedError, pack};
use crate::purchases::{Purchase, customers};

/// One of so many users is asked.
const ASKED_OF: usize = 10;
/// As many users are asked at most: questions take time, and a GAUC of a thousand questions is known to a hundredth.
const ASKED_AT_MOST: usize = 200;

/// Data to train on, as files of [`crate::packed`].
#[derive(Debug, Clone, PartialEq)]
pub struct OwnData {
    /// The products, CSV, each as popular as there are users who have it.
    pub catalogue: String,
    /// The users who are trained on.
    pub training: Vec<u8>,
    /// The users who are asked.
    pub validation: Vec<u8>,
    /// How many users are trained on and how many are asked.
    pub users: [usize; 2],
    /// How many purchases they have.
    pub purchases: [usize; 2],
    /// Users of one purchase, which follows nothing and is followed by nothing: they are left out.
    pub left_out: usize,
    /// The items of the first user who is asked, oldest first.
    pub asked: Vec<u32>,
}

/// Why there is nothing to train on.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// A network ranks products, and of one there is no order.
    #[error("{0}: there is one product, and a network learns to tell products from one another")]
    OneProduct(String),
    /// Nothing follows anything.
    #[error("{0}: no user has two lines, and what is learned is which product follows which")]
    NothingFollows(String),
    /// Nobody would be left to learn from, or to ask.
    #[error("{0}: one user alone has two lines or more, and it takes two: one to learn from, and one to ask")]
    OneUser(String),
    /// The catalogue cannot be written.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The purchases cannot be written.
    #[error(transparent)]
    Packed(#[from] PackedError),
}

/// The data of `histories`, the users of `catalogue`. Of the users of two purchases or more, a tenth are asked and not trained on,
/// one at least and 200 at most: those whose names have the least SHA-256, so that most stay where they are when others come or go.
/// The arrays name the files in errors, the catalogue's first, and the second one is the source that the files tell.
///
/// # Errors
/// See [`OwnError`].
pub fn own_data(
    [catalogue_file, file]: [&str; 2],
    catalogue: Catalogue,
    histories: &ShopperHistories,
) -> Result<OwnData, OwnError> {
    let items = catalogue.items().len();
    if items < 2 {
        return Err(OwnError::OneProduct(catalogue_file.to_owned()));
    }
    let mut users: Vec<_> = histories
        .users()
        .filter(|(_, items)| items.len() > 1)
        .map(|(name, items)| (Sha256::digest(name), (0..).zip(items).map(purchase).collect::<Vec<_>>()))
        .collect();
    match users.len() {
        0 => return Err(OwnError::NothingFollows(file.to_owned())),
        1 => return Err(OwnError::OneUser(file.to_owned())),
        _ => {}
    }
    users.sort_by_key(|(hash, _)| *hash);
    let left_out = histories.len() - users.len();
    let mut asked: Vec<Vec<Purchase>> = users.into_iter().map(|(_, purchases)| purchases).collect();
    let all = customers(&asked, items);
    let trained = asked.split_off((asked.len() / ASKED_OF).clamp(1, ASKED_AT_MOST));
    let catalogue = catalogue.with_popularity(&all);
    let packed = |users: &[Vec<Purchase>]| pack(file, users, &catalogue, [file, "the visitor’s own"]);
    Ok(OwnData {
        training: packed(&trained)?,
        validation: packed(&asked)?,
        users: [&trained, &asked].map(Vec::len),
        purchases: [&trained, &asked].map(|users| users.iter().map(Vec::len).sum()),
        left_out,
        asked: asked[0].iter().map(|purchase| purchase.item).collect(),
        catalogue: catalogue.to_csv()?,
    })
}

/// Histories tell no baskets: each purchase is its own.
fn purchase((basket, &item): (u32, &u32)) -> Purchase {
    Purchase { item, basket }
}
