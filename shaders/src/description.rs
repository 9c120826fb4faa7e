//! What runs on a GPU, for people to read.

/// One stage as a GPU runs it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShaderStage {
    /// The name that its entry point, its last file and its folder under `src/stages/` share.
    pub name: &'static str,
    /// The WGSL, in the order in which the files are put together.
    pub files: Vec<SourceFile>,
    /// Workgroups in x and y of each dispatch, one for each batch of candidates.
    pub dispatches: Vec<[u32; 2]>,
    /// Bytes of each buffer, in the order of the bindings; none where there is no device to have buffers on.
    pub buffer_bytes: Vec<u64>,
}

/// A part of a stage's WGSL.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceFile {
    /// Name of the file under `src/stages/`; empty of the sizes that are written above them.
    pub name: &'static str,
    /// What it says.
    pub text: String,
}
