//! Other people's clicks: a CSV of users, items and times, and the user whose history is looked at.

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shaders::MAX_HISTORY;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::reader;
use super::source::{Kind, Source};
use super::{Own, Refusal, TABLE_LIMIT, page_catalogue};
use crate::browser::dom::{focus, lowercase};
use crate::session::Session;
use crate::session::products::Products;
use crate::ui::format;
use crate::ui::view::either;

/// Users that are listed at once; the search finds the others.
const LISTED: usize = 24;

/// A file of histories.
#[derive(Debug)]
pub struct Loaded {
    file: String,
    /// Whose rows the histories are.
    catalogue: Arc<Products>,
    histories: reader::Histories,
}

/// The user who is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    name: String,
    /// Items in the whole history.
    total: usize,
    /// Rows of those shown, oldest first.
    items: Vec<u32>,
}

impl Own {
    /// Reads histories for the catalogue in use.
    pub(super) fn take_histories(self, source: Source) {
        self.read_histories(async move {
            let bytes = source.read(TABLE_LIMIT, &|_, _| ()).await?;
            Ok((source.name(), bytes))
        });
    }

    fn read_histories(self, file: impl Future<Output = Result<(String, Vec<u8>), Refusal>> + 'static) {
        spawn_local(async move {
            let result = async {
                let (file, bytes) = file.await?;
                let catalogue = page_catalogue(self.session).await.ok_or("There is no catalogue on the page.")?;
                let histories = reader::histories(&file, &bytes, catalogue.csv()).await;
                let histories = histories.map_err(|error| Refusal::by_reader(&error, |why| why))?;
                Ok(Loaded { file, catalogue, histories })
            };
            let result = result.await.map(Arc::new);
            self.histories.set(Some(result));
        });
    }

    fn look_at(self, name: &str, items: &[u32]) {
        let newest = &items[items.len().saturating_sub(MAX_HISTORY)..];
        self.session.become_shopper(newest);
        self.chosen.set(Some(Chosen { name: name.to_owned(), total: items.len(), items: newest.to_vec() }));
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }

    /// Whose history is shown, in words, as long as it is. Reactive.
    pub fn shown_user(self) -> Option<String> {
        let chosen = self.chosen.get()?;
        if !self.session.shop().clicks.with(|clicks| clicks.items() == chosen.items) {
            return None;
        }
        let Chosen { name, total, items } = chosen;
        Some(match items.len() {
            shown if shown == total => format!("user {name}"),
            shown => format!("user {name}: the newest {} of {} clicks", format::count(shown), format::count(total)),
        })
    }
}

/// The part of the dialog.
#[component]
pub fn Histories() -> impl IntoView {
    let own = expect_context::<Own>();
    let pasted = RwSignal::new(String::new());
    Effect::new(move || {
        if own.histories_first.get() {
            own.histories_first.set(false);
            focus("own-histories".to_owned());
        }
    });
    let choose = move |event: ev::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        own.take(super::dialog::files(input.files()), Some(Kind::Histories));
        input.set_value("");
    };
    let read = move |_| {
        let text = pasted.get_untracked();
        own.read_histories(async { Ok(("pasted text".to_owned(), text.into_bytes())) });
    };
    view! {
        <h3 id="own-histories" tabindex="-1">
            "Histories"
        </h3>
        <p>
            "Look at other people’s clicks with the network and the catalogue on the page: a CSV with the columns "
            <code>"user"</code> ", " <code>"item"</code> " (the product’s id) and " <code>"time"</code>
            " (a number or a date)."
        </p>
        <ul class="files">
            <li>
                <label class="button">
                    <input
                        type="file"
                        class="visually-hidden"
                        accept=".csv,text/csv"
                        data-testid="histories-file"
                        on:change=choose
                    />
                    "Choose histories"
                </label>
                <span class="file-name">"a .csv file: user, item, time"</span>
            </li>
        </ul>
        <details>
            <summary>"Or paste them"</summary>
            <textarea
                data-testid="histories-paste"
                aria-label="Histories as CSV"
                rows="5"
                spellcheck="false"
                placeholder="user,item,time"
                prop:value=pasted
                on:input=move |event| pasted.set(event_target_value(&event))
            ></textarea>
            <button
                type="button"
                class="button"
                data-testid="histories-read"
                disabled=move || pasted.with(|text| text.trim().is_empty())
                on:click=read
            >
                "Read them"
            </button>
        </details>
        {move || match own.histories.get() {
            None => ().into_any(),
            Some(Err(refusal)) => {
                view! {
                    <div class="failure" role="alert" data-testid="histories-error">
                        <p>{format::sentence(&refusal.why)}</p>
                    </div>
                }
                    .into_any()
            }
            Some(Ok(loaded)) => view! { <Users loaded=loaded /> }.into_any(),
        }}
    }
}

/// The users to choose from.
#[component]
fn Users(
    /// The histories.
    loaded: Arc<Loaded>,
) -> impl IntoView {
    let own = expect_context::<Own>();
    let session = expect_context::<Session>();
    let search = RwSignal::new(String::new());
    let Loaded { file, histories, .. } = &*loaded;
    let found = format!("{file}: {}.", format::plural(histories.users.len(), "user", "users"));
    let unknown =
        histories.skipped.as_ref().map(|skipped| format!(" {}.", format::sentence(skipped).trim_end_matches('.')));
    let many = histories.users.len() > LISTED;
    let of_this = {
        let loaded = loaded.clone();
        move || {
            session
                .shop()
                .catalogue
                .with(|catalogue| catalogue.ready().is_some_and(|one| Arc::ptr_eq(one, &loaded.catalogue)))
        }
    };
    let list = move || {
        let wanted = lowercase(&search.get());
        let users = loaded.histories.users.iter().enumerate();
        let users = users.filter(|(_, (name, _))| wanted.is_empty() || lowercase(name).contains(&wanted));
        let users = users.take(LISTED).map(|(index, (name, items))| {
            let loaded = loaded.clone();
            let look = move |_| {
                if let Some((name, items)) = loaded.histories.users.get(index) {
                    own.look_at(name, items);
                }
            };
            view! {
                <li>
                    <button type="button" class="user" data-testid="histories-user" data-user=name.to_owned() on:click=look>
                        <strong>{name.to_owned()}</strong>
                        <span class="numbers">{format::plural(items.len(), "click", "clicks")}</span>
                    </button>
                </li>
            }
            .into_any()
        });
        users.collect_view()
    };
    let list = StoredValue::new(list);
    let users = move || {
        let search = many.then(|| {
            view! {
                <label class="search">
                    <crate::ui::icons::Icon path=crate::ui::icons::SEARCH />
                    <span class="visually-hidden">"Search users"</span>
                    <input
                        type="search"
                        data-testid="histories-search"
                        placeholder=format!("Search users; the first {LISTED} are listed")
                        autocomplete="off"
                        prop:value=search
                        on:input=move |event| search.set(event_target_value(&event))
                    />
                </label>
            }
            .into_any()
        });
        view! {
            {search}
            <ul class="users" aria-label="Users">
                {move || list.with_value(|list| list())}
            </ul>
        }
        .into_any()
    };
    view! {
        <p class="outcome" role="status" data-testid="histories-found">
            {found}
            {unknown}
        </p>
        {either(of_this, users, || {
            view! { <p class="quiet">"They were read for another catalogue than the one on the page now. Choose them again."</p> }
                .into_any()
        })}
    }
}
