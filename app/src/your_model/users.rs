//! The part of the dialog with other people's clicks: a file or a text to read, and the users in it.

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::histories::Loaded;
use super::opening::YourModel;
use super::paste::Paste;
use super::source::{Kind, files};
use crate::browser::dom::{focus, lowercase};
use crate::language::{self, t};
use crate::session::Session;
use crate::ui::format;
use crate::ui::icons::{self, Icon};
use crate::ui::view::either;

/// Users that are listed at once; the search finds the others.
const LISTED: usize = 24;

/// The part of the dialog with other people's clicks.
#[component]
pub fn Users() -> impl IntoView {
    let yours = expect_context::<YourModel>();
    Effect::new(move || {
        if yours.histories_first.get() {
            yours.histories_first.set(false);
            focus("own-histories".to_owned());
        }
    });
    let choose = move |event: ev::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        yours.take(files(input.files()), Some(Kind::Histories));
        input.set_value("");
    };
    view! {
        <h3 id="own-histories" tabindex="-1">
            {t!("Histories")}
        </h3>
        <p>
            {t!(
                "Look at other people’s clicks with the network and the catalogue on the page: a CSV with the columns <code>user</code>, \
                 <code>item</code> (the product’s id) and <code>time</code> (a number or a date).",
                code = |name| view! { <code translate="no">{name}</code> }.into_any()
            )}
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
                    {t!("Choose histories")}
                </label>
                <span class="file-name">{t!("a .csv file: user, item, time")}</span>
            </li>
        </ul>
        <Paste
            summary=t!("Or paste them")
            test_id="histories-paste"
            label=t!("Histories as CSV")
            placeholder="user,item,time"
            button_id="histories-read"
            button=t!("Read them")
            not_yet=|| None
            take=move |text| yours.histories.take(text)
        />
        {move || match yours.histories.read.get() {
            None => ().into_any(),
            Some(Err(refusal)) => {
                view! {
                    <div class="failure" translate="no" role="alert" data-testid="histories-error">
                        <p>{format::sentence(&refusal.why)}</p>
                    </div>
                }
                    .into_any()
            }
            Some(Ok(loaded)) => view! { <UserList loaded=loaded /> }.into_any(),
        }}
    }
}

/// The users to choose from.
#[component]
fn UserList(
    /// The histories.
    loaded: Arc<Loaded>,
) -> impl IntoView {
    let yours = expect_context::<YourModel>();
    let session = expect_context::<Session>();
    let search = RwSignal::new(String::new());
    let Loaded { file, histories, .. } = &*loaded;
    let found = t!(
        "{file}: {count} user." | "{file}: {count} users.",
        file = language::said(file),
        count = histories.users.len()
    );
    let unknown = histories.skipped.as_ref().map(|skipped| [" ", &format::sentence(skipped)].concat());
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
                    yours.histories.look_at(name, items);
                    yours.close();
                }
            };
            view! {
                <li>
                    <button type="button" class="user" data-testid="histories-user" data-user=name.to_owned() on:click=look>
                        <strong>{name.to_owned()}</strong>
                        <span class="numbers">{t!("{count} click" | "{count} clicks", count = items.len())}</span>
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
                    <Icon path=icons::SEARCH />
                    <span class="visually-hidden">{t!("Search users")}</span>
                    <input
                        type="search"
                        data-testid="histories-search"
                        placeholder=t!("Search users; the first {count} are listed", count = LISTED)
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
            <ul class="users" translate="no" aria-label=t!("Users")>
                {move || list.with_value(|list| list())}
            </ul>
        }
        .into_any()
    };
    view! {
        <p class="outcome" translate="no" role="status" data-testid="histories-found">
            {found}
            {unknown}
        </p>
        {either(of_this, users, || {
            view! { <p class="quiet">{t!("They were read for another catalogue than the one on the page now. Choose them again.")}</p> }
                .into_any()
        })}
    }
}
