//! The whole page takes a visitor's files that are dropped on it.

use leptos::ev;
use leptos::prelude::*;
use web_sys::DataTransfer;

use super::opening::YourModel;
use super::source::files;
use crate::language::t;
use crate::ui::view::when;

/// The sign that files may be dropped, while some are over the page.
#[component]
pub fn DropZone() -> impl IntoView {
    let yours = expect_context::<YourModel>();
    let over = RwSignal::new(false);
    let enter = move |event: ev::DragEvent| {
        if event.data_transfer().is_some_and(|data| has_files(&data)) {
            event.prevent_default();
            over.set(true);
        }
    };
    let handles = [
        window_event_listener(ev::dragenter, enter),
        // A page takes a drop only where it says so all the time.
        window_event_listener(ev::dragover, enter),
        window_event_listener(ev::dragleave, move |event| {
            // Between elements there is a next one; out of the window there is none.
            if event.related_target().is_none() {
                over.set(false);
            }
        }),
        window_event_listener(ev::drop, move |event| {
            over.set(false);
            let Some(data) = event.data_transfer().filter(has_files) else { return };
            event.prevent_default();
            yours.show();
            yours.take(files(data.files()), None);
        }),
    ];
    on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    view! {
        {when(
            move || over.get(),
            || {
                view! {
                    <div class="drop-zone" aria-hidden="true">
                        <p>
                            <strong>{t!("Drop a model, a catalogue or histories (.csv), predictions (.csv, .json)")}</strong>
                            {t!("They are read on your device; nothing is uploaded.")}
                        </p>
                    </div>
                }
                    .into_any()
            },
        )}
    }
}

fn has_files(data: &DataTransfer) -> bool {
    data.types().includes(&"Files".into(), 0)
}
