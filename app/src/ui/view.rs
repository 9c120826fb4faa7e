//! The parts of views that change. Leptos compiles its machinery anew for every type of closure and of view that it meets;
//! these have one type each, whatever they show, which makes the page's wasm a fifteenth smaller. To that end the closures in
//! views give either text or [`AnyView`]s, and stand in the view itself, where its macro erases their type, too.

use std::sync::Arc;

use crate::ui::memo::Memo;
use leptos::prelude::*;

/// Shows `view` as long as `condition` holds.
pub fn when(
    condition: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + Sync + 'static,
) -> AnyView {
    either(condition, view, || ().into_any())
}

/// Shows `view` as long as `condition` holds, else `otherwise`.
pub fn either(
    condition: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + Sync + 'static,
    otherwise: impl Fn() -> AnyView + Send + Sync + 'static,
) -> AnyView {
    fn shown(condition: Memo<bool>, views: [Box<dyn Fn() -> AnyView + Send + Sync>; 2]) -> AnyView {
        let [view, otherwise] = views;
        view! { {move || if condition.get() { view() } else { otherwise() }} }.into_any()
    }
    shown(memo(condition), [Box::new(view), Box::new(otherwise)])
}

/// Something in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Unique in the list: the entry's view stays as long as its key does.
    pub key: u32,
    /// Row of the catalogue.
    pub item: u32,
}

/// Shows each of the entries, given its place in the list.
pub fn each(
    entries: impl Fn() -> Vec<Entry> + Send + Sync + 'static,
    view: impl Fn(ReadSignal<usize>, Entry) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    type Entries = Box<dyn Fn() -> Vec<Entry> + Send + Sync>;
    type Shown = Arc<dyn Fn(ReadSignal<usize>, Entry) -> AnyView + Send + Sync>;
    fn list(entries: Entries, view: Shown) -> AnyView {
        let view = move |place, entry| view(place, entry);
        view! { <ForEnumerate each=entries key=|entry| entry.key children=view /> }.into_any()
    }
    list(Box::new(entries), Arc::new(view))
}

/// A memo whose function has no type of its own.
pub fn memo<T: PartialEq + Send + Sync + 'static>(compute: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    fn boxed<T: PartialEq + Send + Sync + 'static>(compute: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T> {
        Memo::new(move |_| compute())
    }
    boxed(Box::new(compute))
}
