//! What workers of the page's own run: programs that come when they are needed.

use js_sys::Error;
use wasm_bindgen::JsValue;

use super::arrival::{look_for_new_version, look_into};
use super::load::{NO_LIMIT, fetch};

/// The wasm of a worker.
///
/// # Errors
/// Why it did not arrive, in sentences.
pub async fn wasm(file: &str, progress: &dyn Fn(u64, Option<u64>)) -> Result<Vec<u8>, String> {
    match fetch(file, NO_LIMIT, progress).await {
        Ok(wasm) if wasm.starts_with(b"\0asm") => Ok(wasm),
        Ok(_) => Err(look_into(&compile_error(), &[file]).await),
        Err(error) => {
            look_for_new_version();
            Err(error.to_string())
        }
    }
}

/// What a browser says of bytes that are no WebAssembly.
fn compile_error() -> JsValue {
    let error = Error::new("no WebAssembly");
    error.set_name("CompileError");
    error.into()
}
