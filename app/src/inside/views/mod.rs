//! The views, a file or a folder each: in it, what the page says of the view, and the view itself.

mod compare;
mod embeddings;
mod interests;
mod map;
mod model;
mod next_click;
mod shaders;
mod steps;
mod train;
mod what_if;

use leptos::prelude::*;

use super::entry::Entry;

/// What knows every view. The page starts with [`View::entry`]; [`View::made`] comes with the views.
macro_rules! registry {
    ($($(#[$about:meta])* $View:ident => $file:ident,)+) => {
        /// A view of the network's inside.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum View { $($(#[$about])* $View,)+ }

        impl View {
            /// Every view, in the order of the tabs.
            pub const ALL: &[Self] = &[$(Self::$View,)+];

            /// What the page says about the view.
            pub fn entry(self) -> Entry {
                match self { $(Self::$View => $file::entry(),)+ }
            }

            /// The view, made anew.
            pub fn made(self) -> AnyView {
                match self { $(Self::$View => $file::view(),)+ }
            }
        }
    };
}

registry! {
    /// The data flow of the network, down to one number.
    Model => model,
    /// Gates and states at every step.
    Steps => steps,
    /// A changed history, and what each click does.
    WhatIf => what_if,
    /// Two networks, or two settings of one.
    Compare => compare,
    /// The interests that lie side by side in the history, and the clicks in each.
    Interests => interests,
    /// Paths of the evolution state.
    Map => map,
    /// What the interest states say of the next click.
    Auxiliary => next_click,
    /// The catalogue's embeddings.
    Embedding => embeddings,
    /// The WGSL that runs.
    Shader => shaders,
    /// A network that learns in the page.
    Train => train,
}
