//! What several stages share.

pub(crate) mod gru;
