//! What can go wrong in an engine.

/// What can go wrong.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    /// The browser could not load the file of the GPU backend: why, in sentences.
    #[error("the part of this page that runs on GPUs could not be loaded. {0}")]
    NotLoaded(String),
    /// The browser could not load the file of the backend that looks for numbers that grow too large: why, in sentences.
    #[error("the part of this page that looks for overflow could not be loaded. {0}")]
    Unchecked(String),
    /// The numbers of the network grew too large: in sentences that name the part of the computation and what to do.
    #[error("{0}")]
    Overflow(String),
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
    /// The browser or its GPU did not answer.
    #[error(transparent)]
    NoAnswer(#[from] Wait),
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

/// What a browser is waited for, and how many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wait {
    /// For an adapter.
    #[error("the browser named no GPU within {} seconds", self.seconds())]
    Adapter,
    /// For the adapter's device.
    #[error("the GPU gave no device within {} seconds", self.seconds())]
    Device,
    /// For compiled shaders. A driver that has never seen them takes seconds.
    #[error("the GPU did not compile its shaders within {} seconds", self.seconds())]
    Shaders,
    /// For the first answer, in which drivers do what they put off so far.
    #[error("the GPU gave no first answer within {} seconds", self.seconds())]
    First,
    /// For an answer that the CPU gives else: a GPU that was chosen for being faster takes a hundredth of that.
    #[error("the GPU gave no answer within {} seconds", self.seconds())]
    Answer,
    /// For an answer where the address insists on the GPU: software takes half a minute for 50,000 products.
    #[error("the GPU gave no answer within {} seconds", self.seconds())]
    Insisting,
}

impl Wait {
    /// The limit.
    fn seconds(self) -> i32 {
        match self {
            Self::Adapter | Self::Device => 20,
            Self::Shaders | Self::First => 60,
            Self::Answer => 4,
            Self::Insisting => 120,
        }
    }

    /// The limit in milliseconds.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn ms(self) -> i32 {
        self.seconds() * 1000
    }
}

impl From<wasm_split_helpers::SplitLoaderError> for EngineError {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self::NotLoaded(crate::lost::why_lost())
    }
}
