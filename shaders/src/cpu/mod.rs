//! The CPU backend: the stages one after another, for several candidates at a time. What a stage or a network computes is
//! said in its own folder or file; here is what they all run on.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod checked;
pub(crate) mod dense;
pub(crate) mod lanes;
pub(crate) mod mlp;
mod pace;
pub(crate) mod queries;
mod runner;

pub(crate) use checked::checked;
pub(crate) use runner::Runner;
