//! What the networks of Interest Lens are.
//!
//! Without features: [`Config`] (which network, which sizes), [`Weights`] (named tensors in a safetensors file),
//! [`Catalogue`] (the products), [`ShopperHistories`] (what people clicked), the [`Trace`] types (what a network
//! computed on the way to a click probability) and [`metrics`]. Nothing here needs a tensor library, so the page can use
//! it.
//!
//! With the feature `browser`: [`browser`], which reads weights with the browser's JSON parser.
//!
//! With the feature `burn`: [`mod@reference`], the networks in burn tensors, which are the reference for every other
//! implementation.

#[cfg(feature = "browser")]
pub mod browser;
mod catalogue;
pub mod columns;
mod config;
pub mod dates;
pub mod foreign;
mod histories;
pub mod metrics;
mod networks;
pub mod presets;
mod principal;
#[cfg(feature = "burn")]
pub mod reference;
pub mod table;
mod trace;
mod weights;

pub use catalogue::{Catalogue, CatalogueError, Item, sort_rows};
pub use config::activation::Activation;
pub use config::attention::{LocalActivationConfig, Normalization};
pub use config::head::HeadConfig;
pub use config::json::{Json, UnknownName};
pub use config::{Config, Vocabulary};
pub use histories::{HistoriesError, ShopperHistories, UnknownItems};
pub use networks::*;
pub use principal::principal_components;
pub use table::TableError;
pub use trace::{Axis, Inspection, Kind, Part, PartSpec, Steps, Trace, TraceSizes};
pub use weights::{
    EMBEDDING_PROJECTION_COMPONENTS, EMBEDDING_PROJECTION_MEAN, PROJECTION_COMPONENTS, PROJECTION_MEAN, Tensor,
    Weights, WeightsError, check_variance,
};
