//! An end for every wait on the browser, and a name for what it throws where nobody expects it.

use std::cell::RefCell;

use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::error::{EngineError, Wait};

thread_local! {
    /// What a panic said while a [`guarded`] call is under way; none while there is no such call.
    static GUARD: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Whether a panic is that of a call whose caller goes on without it, and needs `text` alone: nothing else ends with it.
pub fn outlives_panic(text: impl FnOnce() -> String) -> bool {
    GUARD.with_borrow_mut(|guard| guard.as_mut().map(|said| *said = text()).is_some())
}

/// What an error says: of an exception of the browser its message, without the name of its type in Rust and without its stack.
pub(crate) fn said(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    match text.split_once("JsValue(") {
        Some((before, exception)) => {
            let exception = exception.strip_suffix(')').unwrap_or(exception);
            before.to_owned() + exception.lines().next().unwrap_or_default()
        }
        None => text,
    }
}

/// What `promise` gives, or none where it takes longer than so many milliseconds.
///
/// # Errors
/// What the promise is rejected with.
pub async fn in_time(promise: &Promise, ms: i32) -> Result<Option<JsValue>, JsValue> {
    let expired = JsValue::symbol(None);
    let patience = Promise::new(&mut |resolve, _| {
        // Without a timer the wait has no end of its own, which is what browsers do anyway.
        let _ = web_sys::window()
            .map(|window| window.set_timeout_with_callback_and_timeout_and_arguments_1(&resolve, ms, &expired));
    });
    let value = JsFuture::from(Promise::race(&Array::of2(promise, &patience))).await?;
    Ok((value != expired).then_some(value))
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use std::future::poll_fn;
    use std::mem::ManuallyDrop;
    use std::pin::pin;
    use std::task::Poll;

    use js_sys::Promise;
    use wasm_bindgen::JsValue;
    use wasm_bindgen_futures::JsFuture;

    use super::{EngineError, GUARD, Wait, in_time, said};

    /// What `work` gives; an error where it takes longer than the wait allows, or where something throws in it. What has thrown
    /// is never asked again, nor taken down: nobody knows how far it came.
    ///
    /// # Errors
    /// Those of `work`, [`EngineError::NoAnswer`], and [`EngineError::DeviceLost`] for an exception: the device may be in no
    /// better state than the call.
    pub(crate) async fn guarded<T>(
        wait: Wait,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let mut work = ManuallyDrop::new(Box::pin(work));
        let never = Promise::new(&mut |_, _| ());
        let mut patience = pin!(in_time(&never, wait.ms()));
        let result = poll_fn(|context| match caught(|| work.as_mut().poll(context)) {
            Ok(Poll::Ready(result)) => Poll::Ready(Ok(result)),
            Ok(Poll::Pending) => patience.as_mut().poll(context).map(|_| Ok(Err(wait.into()))),
            Err(thrown) => Poll::Ready(Err(thrown)),
        });
        match result.await {
            Ok(result) => {
                // What is given up cleans up behind itself, for which it calls the browser, too.
                let _ = caught(|| drop(ManuallyDrop::into_inner(work)));
                result
            }
            Err(thrown) => Err(EngineError::DeviceLost(thrown.text().await)),
        }
    }

    /// What `work` gives, unless something throws in it: an exception of the browser, or a panic, which here is one as well.
    fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Thrown> {
        let (mut work, mut result) = (Some(work), None);
        let outer = GUARD.replace(Some(String::new()));
        // What a promise's executor throws is what the promise is rejected with.
        let promise = Promise::new(&mut |done, _| {
            result = work.take().map(|work| work());
            let _ = done.call0(&JsValue::UNDEFINED);
        });
        let panic = GUARD.replace(outer).unwrap_or_default();
        // It is listened to in any case: else the browser would report that nobody does.
        result.ok_or_else(|| Thrown { exception: promise.into(), panic })
    }

    /// What `work` gives that takes no time.
    ///
    /// # Errors
    /// Those of `work`, and [`EngineError::Device`] for an exception.
    pub(crate) fn guarded_now<T>(work: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
        caught(work).unwrap_or_else(|_| Err(EngineError::Device("its browser threw an exception".to_owned())))
    }

    /// What was thrown.
    struct Thrown {
        exception: JsFuture,
        panic: String,
    }

    impl Thrown {
        /// What it said.
        async fn text(self) -> String {
            let exception = format!("{:?}", self.exception.await.err().unwrap_or_default());
            // Of a panic the exception says only that there was one, and the panic names the exception behind it, if any.
            let (text, said_by) = (self.panic.as_str(), self.panic.find("JsValue("));
            said(&if text.is_empty() { &exception } else { &text[said_by.unwrap_or(0)..] })
        }
    }
}

#[cfg(target_arch = "wasm32")]
pub(crate) use browser::{guarded, guarded_now};

/// What `work` gives: outside a browser, a wait ends by itself, and nothing throws.
///
/// # Errors
/// Those of `work`.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) async fn guarded<T>(_: Wait, work: impl Future<Output = Result<T, EngineError>>) -> Result<T, EngineError> {
    work.await
}

/// What `work` gives that takes no time.
///
/// # Errors
/// Those of `work`.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn guarded_now<T>(work: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
    work()
}

#[cfg(test)]
mod tests {
    use super::{outlives_panic, said};

    #[test]
    fn an_exception_says_its_message() {
        assert_eq!(said(&"JsValue(OperationError: nope\nundefined)"), "OperationError: nope");
        assert_eq!(said(&"no device: JsValue(TypeError: f (g) failed)"), "no device: TypeError: f (g) failed");
        assert_eq!(said(&"no adapter (none)"), "no adapter (none)");
    }

    #[test]
    fn a_panic_that_nobody_guards_is_the_end() {
        assert!(!outlives_panic(|| unreachable!("nobody wants to know")));
    }
}
