//! Reading signals from views that come and go.

use leptos::prelude::*;
use leptos::reactive::graph::{AnySource, Observer, Source, ToAnySource};

/// A source of changes, such as a signal, that outlives the views which read it.
///
/// It remembers the effects of a view for ever, also once the view is gone (Leptos 0.8), which is a leak and slows every
/// change down. Read through [`Scoped::scoped`], it forgets them together with the view.
pub trait Scoped: Copy {
    /// This source, for an effect of a view that comes and goes.
    fn scoped(self) -> Self {
        if let Some(effect) = Observer::get() {
            let source = self.source();
            on_cleanup(move || source.remove_subscriber(&effect));
        }
        self
    }

    /// The source itself, of whatever type.
    fn source(self) -> AnySource;
}

impl<T: Send + Sync + 'static> Scoped for RwSignal<T> {
    fn source(self) -> AnySource {
        ArcRwSignal::from(self).to_any_source()
    }
}
