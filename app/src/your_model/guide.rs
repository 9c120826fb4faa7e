//! How to bring a model from elsewhere: a file of the page's, loaded when it is asked for.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

use crate::browser::load::{NO_LIMIT, Transfer, fetch};
use crate::language::{self, Language, english, t};
use crate::ui::progress::Failure;

/// The file without its ending, which is the language's.
const NAME: &str = "assets/guide";

/// The guide, on its way or here. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Guide {
    html: RwSignal<Transfer<String>>,
    /// The language in which it was asked for.
    language: RwSignal<Language>,
}

impl Default for Guide {
    fn default() -> Self {
        Self { html: RwSignal::new(Transfer::START), language: RwSignal::new(Language::English) }
    }
}

impl Guide {
    /// Loads the guide in the reader's language, unless it is here.
    pub fn load(self) {
        let language = language::now();
        if self.language.get_untracked() == language && self.html.with_untracked(|html| html.ready().is_some()) {
            return;
        }
        self.language.set(language);
        self.html.set(Transfer::START);
        spawn_local(async move {
            let file = [NAME, ".", language.of_data(), ".html"].concat();
            let arrived = match fetch(&file, NO_LIMIT, &|_, _| ()).await {
                // Some servers have a page of theirs for what they miss.
                Ok(bytes) if bytes.starts_with(b"<!") => {
                    Transfer::Failed(english!("{file} did not arrive: the server sent another page"))
                }
                Ok(bytes) => Transfer::Ready(String::from_utf8_lossy(&bytes).into_owned()),
                Err(error) => Transfer::Failed(error.to_string()),
            };
            if self.language.get_untracked() == language {
                self.html.set(arrived);
            }
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
        <h3>{t!("How to export a model")}</h3>
        {move || match guide.html.get() {
            Transfer::UnderWay { .. } => view! { <p class="quiet">{t!("Loading the guide …")}</p> }.into_any(),
            Transfer::Failed(why) => view! { <Failure why=why retry=Box::new(move || guide.load()) /> }.into_any(),
            Transfer::Ready(html) => view! { <div class="guide" data-testid="guide" inner_html=html on:click=copy></div> }.into_any(),
        }}
    }
}

/// Copies the code beside the button that was clicked. Where the browser does not let a page copy, the code is selected, and a
/// sentence says how to go on.
fn copy(event: ev::MouseEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(button) = target.and_then(|target| target.closest("[data-copy]").ok().flatten()) else { return };
    let Some(block) = button.parent_element() else { return };
    let Some(code) = block.query_selector("code").ok().flatten() else { return };
    if let Ok(Some(selection)) = window().get_selection() {
        // What cannot be selected stays as it is.
        let _ = selection.select_all_children(&code);
    }
    let clipboard = window().navigator().clipboard();
    let text = code.text_content().unwrap_or_default();
    // A page that came by http, or is framed, may have none.
    let copying = (!clipboard.is_undefined()).then(|| clipboard.write_text(&text));
    spawn_local(async move {
        let is_copied = match copying {
            Some(copying) => JsFuture::from(copying).await.is_ok(),
            None => false,
        };
        if let Ok(Some(said)) = block.query_selector("[data-not-copied]") {
            said.remove();
        }
        if is_copied {
            button.set_text_content(Some(t!("Copied")));
            return;
        }
        button.set_text_content(Some(t!("Copy")));
        let Ok(sentence) = document().create_element("p") else { return };
        // What the page cannot say here, the selection shows.
        let _ = sentence.set_attribute("data-not-copied", "");
        let _ = sentence.set_attribute("class", "quiet");
        let _ = sentence.set_attribute("role", "alert");
        sentence.set_text_content(Some(t!(
            "The browser does not let this page copy. The code is selected: Ctrl+C, or ⌘C on a Mac, copies it."
        )));
        let _ = block.append_with_node_1(&sentence);
    });
}
