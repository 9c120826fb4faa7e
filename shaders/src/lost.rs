//! Why a part of the program that comes later is not there.

/// Why the part that was lost last did not come, in sentences. What loads parts in a browser leaves that in `globalThis.lost`;
/// elsewhere no part comes later.
pub fn why_lost() -> String {
    #[cfg(target_arch = "wasm32")]
    {
        let why = js_sys::Reflect::get(&js_sys::global(), &"lost".into()).ok();
        why.and_then(|why| why.as_string()).unwrap_or_default()
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        String::new()
    }
}
