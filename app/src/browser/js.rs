//! Plain objects of JavaScript.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

/// An object with these fields; what is undefined is null there.
pub fn object<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        set(&object, name, if value.is_undefined() { JsValue::NULL } else { value });
    }
    object.into()
}

/// Sets a field of an object.
pub fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    // A plain object takes every property.
    let _ = Reflect::set(object, &name.into(), &value.into());
}
