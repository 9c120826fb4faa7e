//! What can go wrong in an engine.

/// What can go wrong.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    /// The browser could not load the file of the GPU backend.
    #[error("the part of this page that runs on GPUs could not be loaded")]
    NotLoaded,
    /// There is no usable GPU.
    #[error("no GPU to run on: {0}")]
    NoAdapter(String),
    /// There is an adapter, but it gave no device.
    #[error("the GPU {adapter} refused a device: {message}")]
    Refused {
        /// Name of the adapter.
        adapter: String,
        /// What it said.
        message: String,
    },
    /// A shader did not compile, or its pipeline could not be made.
    #[error("the shader {stage} failed: {message}")]
    Shader {
        /// Name of the stage, as in `stages/<stage>/`.
        stage: &'static str,
        /// What the compiler said.
        message: String,
    },
    /// The GPU reported an error while it worked.
    #[error("the GPU failed: {0}")]
    Device(String),
    /// The device is gone: driver reset, GPU unplugged, laptop asleep, tab evicted.
    #[error("the GPU was lost: {0}")]
    DeviceLost(String),
    /// The network, or the catalogue, is larger than WebGPU's default limits allow.
    #[error("{what} needs {needed} {unit}, but WebGPU's default limits allow {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How much it needs.
        needed: u64,
        /// Of what.
        unit: &'static str,
        /// The limit.
        limit: u64,
    },
    /// An option of a network that has no live stages.
    #[error("there are no live stages for {0}")]
    Unsupported(String),
    /// An item, a category or a position that does not exist.
    #[error("there is no {what} {index}; there are {count}")]
    OutOfRange {
        /// "item", "category" or "history position".
        what: &'static str,
        /// What was asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// The categories are not those of the weights' items.
    #[error("{categories} item categories for weights with {items} items")]
    ItemCategories {
        /// How many categories were given.
        categories: usize,
        /// How many items the weights have.
        items: usize,
    },
    /// More candidates are wanted than there is room for.
    #[error("the best {count} candidates are more than the {} that an engine gives", crate::question::MAX_BEST)]
    TooMany {
        /// How many.
        count: usize,
    },
    /// The history is full.
    #[error("a history of {length} items is over the limit of {}", crate::question::MAX_HISTORY)]
    HistoryTooLong {
        /// The length it would have.
        length: usize,
    },
}

impl From<wasm_split_helpers::SplitLoaderError> for EngineError {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self::NotLoaded
    }
}
