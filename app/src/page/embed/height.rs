//! How high a view alone is, told to the page around in the two ways that course systems know.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ResizeObserver, Window};

use crate::browser::clock::pause;
use crate::browser::js::object;
use crate::browser::{frame, lazy, time_slices};
use crate::session::Session;

/// How long the height has to stay before it is told, in milliseconds: what comes in parts is told once.
const STAYS_MS: i32 = 100;

/// The height of what the page has. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Height {
    session: Session,
    around: StoredValue<Window, LocalStorage>,
    /// What was told last, in CSS pixels.
    told: StoredValue<Option<u32>>,
    /// Counts the changes, so that the last one is told.
    turn: StoredValue<u32>,
}

impl Height {
    /// The height, told to the page around now and whenever it has changed.
    pub fn told(around: Window, session: Session) -> Self {
        frame::tell(&around, &object([("context", "h5p".into()), ("action", "hello".into())]));
        let height = Self {
            session,
            around: StoredValue::new_local(around),
            told: StoredValue::new(None),
            turn: StoredValue::new(0),
        };
        let on_resize = Closure::<dyn FnMut()>::new(move || height.tell_soon());
        if let (Ok(observer), Some(body)) = (ResizeObserver::new(on_resize.as_ref().unchecked_ref()), document().body())
        {
            observer.observe(&body);
        }
        // For as long as the page is there.
        on_resize.forget();
        height
    }

    /// Tells the height once more, though it may be the same.
    pub fn tell_again(self) {
        self.told.set_value(None);
        self.tell_soon();
    }

    /// Tells the height once it stays, and once what was asked for is there.
    fn tell_soon(self) {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        spawn_local(async move {
            loop {
                pause(STAYS_MS).await;
                if self.turn.get_value() != turn {
                    return;
                }
                let is_waiting = self.session.is_waiting() || lazy::is_any_under_way() || time_slices::is_behind();
                if !is_waiting || self.session.problem.with_untracked(Option::is_some) {
                    return self.tell();
                }
            }
        });
    }

    fn tell(self) {
        let Some(body) = document().body() else { return };
        // All of it, in whole pixels.
        let height = body.get_bounding_client_rect().height().ceil() as u32;
        if self.told.get_value() == Some(height) {
            return;
        }
        self.told.set_value(Some(height));
        self.around.with_value(|around| {
            let lti = format!("{{\"subject\":\"lti.frameResize\",\"height\":{height}}}");
            frame::tell(around, &JsValue::from_str(&lti));
            let fields = ["height", "scrollHeight", "clientHeight"].map(|name| (name, JsValue::from(height)));
            let [height, scroll_height, client_height] = fields;
            let asks = [("context", "h5p".into()), ("action", "resize".into()), height, scroll_height, client_height];
            frame::tell(around, &object(asks));
        });
    }
}
