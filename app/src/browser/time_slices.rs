//! The page's own work in slices, so that no change of it, however many views it reaches, holds up the browser.
//!
//! Leptos runs each effect as a future. By itself a browser polls all that are ready in one go; here, once a slice is used
//! up, the rest wait for a task of their own, in their order, and clicks, scrolling and painting come in between.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessageChannel;

use super::clock::now;

/// The length of a slice: half a frame at 60 Hz.
const SLICE_MS: f64 = 8.0;

/// The length of a slice while the page starts, and nobody has used it yet: the browser lays it out and paints it after each.
const FIRST_SLICE_MS: f64 = 40.0;

/// How long the page starts at most, from the navigation.
const START_MS: f64 = 1000.0;

thread_local! {
    static IN_USE: Cell<bool> = const { Cell::new(false) };
    /// When the present slice began; none before the first.
    static START: Cell<Option<f64>> = const { Cell::new(None) };
    /// What waits for the next slice.
    static WAITING: RefCell<Vec<Waker>> = const { RefCell::new(Vec::new()) };
    /// Where a message to oneself becomes the next task.
    static CHANNEL: Option<MessageChannel> = channel();
}

/// Lets Leptos run its effects in slices. Before anything is mounted.
pub fn run_in_slices() {
    // Where it runs them already by another way, that does.
    let _ = Executor::init_custom_executor(Slices);
}

/// Makes slices short from now on: there has been a click.
pub fn note_use() {
    IN_USE.set(true);
}

/// Whether some of the page's work waits for the next slice.
pub fn is_behind() -> bool {
    !WAITING.with_borrow(Vec::is_empty)
}

struct Slices;

impl CustomExecutor for Slices {
    fn spawn(&self, future: PinnedFuture<()>) {
        self.spawn_local(future);
    }

    fn spawn_local(&self, future: PinnedLocalFuture<()>) {
        wasm_bindgen_futures::spawn_local(Sliced(future));
    }

    fn poll_local(&self) {}
}

/// A future that is polled only while the slice lasts.
struct Sliced(PinnedLocalFuture<()>);

impl Future for Sliced {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if is_used_up() && wait(context.waker()) {
            return Poll::Pending;
        }
        self.0.as_mut().poll(context)
    }
}

fn is_used_up() -> bool {
    let now = now();
    let start = START.get().unwrap_or(now);
    START.set(Some(start));
    now - start >= if now < START_MS && !IN_USE.get() { FIRST_SLICE_MS } else { SLICE_MS }
}

/// Has `waker` wake in the next slice: whether there will be one.
fn wait(waker: &Waker) -> bool {
    CHANNEL.with(|channel| {
        let Some(channel) = channel else { return false };
        let is_first = WAITING.with_borrow(Vec::is_empty);
        if is_first && channel.port2().post_message(&JsValue::NULL).is_err() {
            return false;
        }
        WAITING.with_borrow_mut(|waiting| waiting.push(waker.clone()));
        true
    })
}

fn channel() -> Option<MessageChannel> {
    let channel = MessageChannel::new().ok()?;
    let on_message = Closure::<dyn Fn()>::new(|| {
        START.set(Some(now()));
        WAITING.take().iter().for_each(Waker::wake_by_ref);
    });
    channel.port1().set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
    Some(channel)
}
