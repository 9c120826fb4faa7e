//! Work in slices, so that the page stays alive while the CPU ranks.

use web_time::{Duration, Instant};

/// Half a frame at 60 Hz.
const SLICE: Duration = Duration::from_millis(8);

/// Remembers when the present slice began.
pub(crate) struct Pace(Instant);

impl Pace {
    pub fn new() -> Self {
        Self(Instant::now())
    }

    /// Lets the page do its own work once the slice is used up.
    pub async fn breathe(&mut self) {
        if self.0.elapsed() >= SLICE {
            next_task().await;
            self.0 = Instant::now();
        }
    }
}

/// Comes back in a task of its own. A message to oneself, since timers are clamped to 4 ms and more.
#[cfg(target_arch = "wasm32")]
async fn next_task() {
    use wasm_bindgen::JsValue;
    let Ok(channel) = web_sys::MessageChannel::new() else { return };
    let message = js_sys::Promise::new(&mut |resolve, _| {
        channel.port1().set_onmessage(Some(&resolve));
        // Where no message can be sent, go on at once rather than wait for it for ever.
        if channel.port2().post_message(&JsValue::NULL).is_err() {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    let _ = wasm_bindgen_futures::JsFuture::from(message).await;
    channel.port1().close();
}

/// A native caller has threads for that.
#[cfg(not(target_arch = "wasm32"))]
async fn next_task() {}
