//! What lets a long work come to its end: a screen that stays on, and a question before the page is left.

use js_sys::{Function, Promise, Reflect};
use leptos::ev;
use leptos::leptos_dom::helpers::WindowListenerHandle;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// As long as this is there, the browser asks before the page is left.
pub struct AsksBeforeLeaving(Option<WindowListenerHandle>);

impl AsksBeforeLeaving {
    /// Asks from now on.
    pub fn now() -> Self {
        Self(Some(window_event_listener(ev::beforeunload, |event| {
            event.prevent_default();
            // What some browsers want in its place.
            event.set_return_value(" ");
        })))
    }
}

impl Drop for AsksBeforeLeaving {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.remove();
        }
    }
}

/// A lock that keeps the screen on, where the browser gives one. It lets go of it when the page is hidden.
pub struct ScreenLock(JsValue);

impl ScreenLock {
    /// Asks for a lock; none where there are none, or the browser has reasons of its own, such as a low battery.
    pub async fn ask() -> Option<Self> {
        // By name: web-sys has these only behind a compiler flag.
        let locks = Reflect::get(&window().navigator(), &"wakeLock".into()).ok().filter(JsValue::is_object)?;
        let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
        let asked: Promise = request.call1(&locks, &"screen".into()).ok()?.dyn_into().ok()?;
        JsFuture::from(asked).await.ok().map(Self)
    }
}

impl Drop for ScreenLock {
    fn drop(&mut self) {
        let release =
            Reflect::get(&self.0, &"release".into()).ok().and_then(|release| release.dyn_into::<Function>().ok());
        // One that the browser took back is released already.
        let _ = release.map(|release| release.call0(&self.0));
    }
}
