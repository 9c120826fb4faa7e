//! The views, a file each.

pub mod compare;
pub mod draft;
pub mod embeddings;
pub mod map;
pub mod model;
pub mod next_click;
pub mod shaders;
pub mod steps;
pub mod what_if;

/// A view of the network's inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The data flow of the network, down to one number.
    Model,
    /// Gates and states at every step.
    Steps,
    /// A changed history, and what each click does.
    WhatIf,
    /// Two networks, or two settings of one.
    Compare,
    /// Paths of the evolution state.
    Map,
    /// What the interest states say of the next click.
    Auxiliary,
    /// The catalogue's embeddings.
    Embedding,
    /// The WGSL that runs.
    Shader,
}

/// What the page says about a view.
#[derive(Debug)]
pub struct Entry {
    /// The name in the address and in the tests.
    pub id: &'static str,
    /// The name on its tab.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it shows, in a sentence.
    pub sentence: &'static str,
}

impl View {
    /// Every view, in the order of the tabs. One is added here, in [`View::entry`], and in `inside::view`.
    pub const ALL: [Self; 8] = [
        Self::Model,
        Self::Steps,
        Self::WhatIf,
        Self::Compare,
        Self::Map,
        Self::Auxiliary,
        Self::Embedding,
        Self::Shader,
    ];

    /// What the page says about it.
    pub fn entry(self) -> &'static Entry {
        match self {
            Self::Model => &Entry {
                id: "model",
                name: "Model",
                title: "The model as a picture",
                sentence: "The data flow from embeddings to click probability, with the values of this step in it. Choose a stage \
                           to see every number, and a number to see the sum that gives it.",
            },
            Self::Steps => &Entry {
                id: "steps",
                name: "Steps",
                title: "Step through time",
                sentence: "What the network computes with each click: a column a click, a line a hidden unit. Point at a cell to \
                           read its number.",
            },
            Self::WhatIf => &Entry {
                id: "what-if",
                name: "What if",
                title: "What if",
                sentence: "What the network would say of the inspected product, had the history been another one. Your history \
                           stays as it is until you apply the change.",
            },
            Self::Compare => &Entry {
                id: "compare",
                name: "Compare",
                title: "Side by side",
                sentence: "Two networks, or one with two settings, on the same history. A is the network of the page.",
            },
            Self::Map => &Entry {
                id: "map",
                name: "Map",
                title: "Interest evolution map",
                sentence: "The path that the evolution state takes from click to click, for each product that it is asked about: the \
                           same history, but attention lets it move towards each of them by other clicks.",
            },
            Self::Auxiliary => &Entry {
                id: "auxiliary",
                name: "Next click",
                title: "Auxiliary task",
                sentence: "The interest state after a click shall predict the next click: here is the probability that it gave to the \
                           product that was really clicked next, and to others that were not.",
            },
            Self::Embedding => &Entry {
                id: "embedding",
                name: "Embeddings",
                title: "Embedding space",
                sentence: "Every product as the network knows it, its embedding, in two dimensions. Products that the same people \
                           buy have come to lie close together.",
            },
            Self::Shader => &Entry {
                id: "shader",
                name: "Shaders",
                title: "The shader that computed this",
                sentence: "Each stage of the network as it runs on a GPU, in WGSL, with the sizes of this network put in. Point at an \
                           equation to mark the lines that compute it, or at a line to mark its equation.",
            },
        }
    }
}
