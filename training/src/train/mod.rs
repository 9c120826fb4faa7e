//! Training: mini-batches of histories, Adam, early stopping on users of their own, checkpoints from which it goes on.

mod batch;
mod checkpoint;
mod error;
mod examples;
#[cfg(feature = "cli")]
mod in_folder;
mod initial;
mod optimizer;
mod training;

pub use self::checkpoint::Checkpoint;
pub use self::error::TrainError;
#[cfg(feature = "cli")]
pub use self::in_folder::{Progress, train};
pub use self::training::{Begin, Data, Epoch, Step, Training, VALIDATION, validation_questions};
