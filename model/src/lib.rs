//! What the networks of Interest Lens are.
//!
//! Without features: [`Config`] (which network, which sizes), [`Weights`] (named tensors in a safetensors file),
//! [`Catalogue`] (the products), [`ShopperHistories`] (what people clicked), the [`Trace`] types (what a network
//! computed on the way to a click probability) and [`metrics`]. Nothing here needs a tensor library, so the page can use
//! it.
//!
//! With the feature `browser`: [`browser`], which reads weights with the browser's JSON parser.
//!
//! With the feature `burn`: [`reference`], the networks in burn tensors, which are the reference for every other
//! implementation. With `cli`: data preparation, training and evaluation, as the program `interest-lens`.

#[cfg(feature = "browser")]
pub mod browser;
mod catalogue;
mod config;
#[cfg(feature = "cli")]
pub mod evaluate;
#[cfg(feature = "cli")]
pub mod export;
mod histories;
pub mod import;
#[cfg(feature = "cli")]
pub mod knn;
pub mod metrics;
mod networks;
#[cfg(feature = "cli")]
pub mod prepare;
pub mod presets;
mod principal;
#[cfg(feature = "cli")]
pub mod projection;
#[cfg(feature = "burn")]
pub mod reference;
#[cfg(feature = "cli")]
pub mod results;
#[cfg(feature = "cli")]
pub mod samples;
#[cfg(feature = "cli")]
pub mod sequences;
mod table;
mod trace;
#[cfg(feature = "cli")]
pub mod train;
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
    Weights, WeightsError,
};
