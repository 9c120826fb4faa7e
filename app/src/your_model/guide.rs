//! How to bring a model from elsewhere: a file of the page's, loaded when it is asked for.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::browser::load::{NO_LIMIT, Transfer, fetch};
use crate::ui::progress::Failure;

/// The guide, on its way or here. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Guide(RwSignal<Transfer<String>>);

impl Default for Guide {
    fn default() -> Self {
        Self(RwSignal::new(Transfer::START))
    }
}

impl Guide {
    /// Loads the guide, unless it is here.
    pub fn load(self) {
        let Self(guide) = self;
        if guide.with_untracked(|guide| guide.ready().is_some()) {
            return;
        }
        spawn_local(async move {
            guide.set(match fetch("assets/guide.html", NO_LIMIT, &|_, _| ()).await {
                Ok(bytes) => Transfer::Ready(String::from_utf8_lossy(&bytes).into_owned()),
                Err(error) => Transfer::Failed(error.to_string()),
            });
        });
    }
}

/// The part of the dialog with the guide.
#[component]
pub fn GuideText(
    /// The guide.
    guide: Guide,
) -> impl IntoView {
    view! {
        <h3>"How to export a model"</h3>
        {move || match guide.0.get() {
            Transfer::UnderWay { .. } => view! { <p class="quiet">"Loading the guide …"</p> }.into_any(),
            Transfer::Failed(why) => view! { <Failure why=why retry=Box::new(move || guide.load()) /> }.into_any(),
            Transfer::Ready(html) => view! { <div class="guide" data-testid="guide" inner_html=html on:click=copy></div> }.into_any(),
        }}
    }
}

/// Copies the code beside the button that was clicked. Where the browser does not allow it, the code is selected.
fn copy(event: ev::MouseEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(button) = target.and_then(|target| target.closest("[data-copy]").ok().flatten()) else { return };
    let Some(code) = button.parent_element().and_then(|parent| parent.query_selector("code").ok().flatten()) else {
        return;
    };
    if let Ok(Some(selection)) = window().get_selection() {
        // What cannot be selected stays as it is.
        let _ = selection.select_all_children(&code);
    }
    if window().is_secure_context() {
        // A refusal leaves the selection, to be copied by hand.
        let _ = window().navigator().clipboard().write_text(&code.text_content().unwrap_or_default());
        button.set_text_content(Some("Copied"));
    } else {
        button.set_text_content(Some("Selected"));
    }
}
