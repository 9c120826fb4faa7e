//! Whose history it is, where it begins with that of a ready-made shopper.

use leptos::prelude::*;

use crate::language::{self, t};
use crate::session::Session;

/// Keeps `whose` up to date.
pub fn follow(session: Session, whose: RwSignal<String>) {
    Effect::new(move || whose.set(sentence(session).unwrap_or_default()));
}

/// None where nobody ready-made comes first. Reactive.
fn sentence(session: Session) -> Option<String> {
    let shop = session.shop();
    let catalogue = shop.catalogue.with(|catalogue| catalogue.ready().cloned())?;
    let mut shoppers = shop.shoppers.get().into_iter();
    let (name, own) = shop.clicks.with(|clicks| {
        shoppers.find_map(|shopper| {
            let rows = shopper.rows(&catalogue);
            Some((shopper.name, clicks.beyond(&rows).filter(|_| !rows.is_empty())?))
        })
    })?;
    let name = language::said(&name);
    Some(match own {
        0 => t!("Ready-made shopper “{name}”. Yours come next."),
        own => t!("Ready-made shopper “{name}”, then {own} of yours."),
    })
}
