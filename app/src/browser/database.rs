//! What the browser keeps of the page until it is asked to forget it: one object a name, in IndexedDB.

use js_sys::Promise;
use leptos::prelude::window;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbRequest, IdbTransactionMode};

use super::frame;

const DATABASE: &str = "interest-lens";
const STORE: &str = "kept";

/// Keeps `object` under `name`: whether there was room for it. A frame keeps nothing: all those of a page would share it.
pub async fn keep(name: &str, object: &JsValue) -> bool {
    let Some(store) = store(IdbTransactionMode::Readwrite).await else { return false };
    match store.put_with_key(object, &name.into()) {
        Ok(request) => done(&request).await.is_ok(),
        Err(_) => false,
    }
}

/// What was kept under `name`.
pub async fn kept(name: &str) -> Option<JsValue> {
    let request = store(IdbTransactionMode::Readonly).await?.get(&name.into()).ok()?;
    done(&request).await.ok().filter(|kept| !kept.is_undefined())
}

/// Forgets what was kept under `name`.
pub async fn forget(name: &str) {
    if let Some(store) = store(IdbTransactionMode::Readwrite).await
        && let Ok(request) = store.delete(&name.into())
    {
        // What is not forgotten is offered once more.
        let _ = done(&request).await;
    }
}

async fn store(mode: IdbTransactionMode) -> Option<IdbObjectStore> {
    if frame::around().is_some() {
        return None;
    }
    let opening = window().indexed_db().ok()??.open_with_u32(DATABASE, 1).ok()?;
    let request: IdbRequest = opening.clone().into();
    let opened = |request: &IdbRequest| request.result().ok().and_then(|opened| opened.dyn_into::<IdbDatabase>().ok());
    let made = request.clone();
    let make = Closure::<dyn FnMut()>::new(move || {
        // Where it cannot be made, nothing is kept.
        let _ = opened(&made).map(|database| database.create_object_store(STORE));
    });
    opening.set_onupgradeneeded(Some(make.as_ref().unchecked_ref()));
    done(&request).await.ok()?;
    let database = opened(&request)?;
    database.transaction_with_str_and_mode(STORE, mode).ok()?.object_store(STORE).ok()
}

/// Waits for what a request brings.
async fn done(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let answered = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(answered).await?;
    request.result()
}
