//! The shop: ready-made shoppers, and the catalogue as cards.

use std::sync::Arc;

use leptos::prelude::*;
use model::Catalogue;

use crate::browser::load::Transfer;
use crate::language::{self, t};
use crate::page::pictogram::Pictogram;
use crate::session::shop::products::{Products, matches};
use crate::session::{Session, Shopper};
use crate::ui::format;
use crate::ui::icons::{self, Icon};
use crate::ui::progress::{Failure, Progress};
use crate::ui::view::{Entry, each, memo, when};

/// Cards on one page.
const PAGE: usize = 24;

/// The first part of the page.
#[component]
pub fn Shop() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <section id="shop" class="shop" aria-labelledby="shop-title" tabindex="-1">
            <h2 id="shop-title" translate="yes">{t!("Shop")}</h2>
            <Presets />
            {move || match session.shop().catalogue.get() {
                Transfer::UnderWay { received, total } => {
                    view! { <Progress what=t!("the catalogue") received=received total=total /> }.into_any()
                }
                Transfer::Failed(why) => {
                    view! { <Failure why=why retry=Box::new(move || session.load_catalogue()) /> }.into_any()
                }
                Transfer::Ready(_) if !session.shop_may_show.get() => ().into_any(),
                Transfer::Ready(catalogue) => view! { <Shelves catalogue=catalogue /> }.into_any(),
            }}
        </section>
    }
}

/// Ready-made histories to start from.
#[component]
fn Presets() -> impl IntoView {
    let session = expect_context::<Session>();
    let any = move || session.shop().shoppers.with(|shoppers| !shoppers.is_empty());
    when(any, move || {
        let presets = move || {
            session.shop().shoppers.get().into_iter().map(|shopper| view! { <Preset shopper=shopper /> }).collect_view()
        };
        view! {
            <div class="presets" role="group" aria-label=t!("Ready-made shoppers")>
                <p class="presets-label" translate="yes">{t!("Or look at a ready-made shopper")}</p>
                {move || presets()}
            </div>
        }
        .into_any()
    })
}

/// One ready-made history.
#[component]
fn Preset(
    /// The history with its name.
    shopper: Shopper,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let rows = session.shop_untracked().products().map_or_else(Vec::new, |catalogue| shopper.rows(&catalogue));
    let Shopper { name, description, .. } = shopper;
    let pressed = {
        let rows = rows.clone();
        move || session.shop().clicks.with(|clicks| clicks.are(&rows))
    };
    view! {
        <button
            type="button"
            class="preset"
            translate="yes"
            data-testid="preset"
            aria-pressed=move || pressed().to_string()
            on:click=move |_| session.become_shopper(&rows)
        >
            <strong>{language::said(&name)}</strong>
            <span>{language::said(&description)}</span>
        </button>
    }
}

/// Search, categories and the cards.
#[component]
fn Shelves(
    /// The products.
    catalogue: Arc<Products>,
) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let category = RwSignal::new(None::<u32>);
    let page = RwSignal::new(0);
    let found = memo({
        let catalogue = catalogue.clone();
        move || matches(&catalogue, &search.get(), category.get())
    });
    let pages = move || found.with(|found| found.len().div_ceil(PAGE).max(1));
    let range = move || {
        let first = page.get() * PAGE;
        found.with(|found| (first, (first + PAGE).min(found.len()), found.len()))
    };
    let mut counts = vec![0; catalogue.categories().len()];
    catalogue.items().iter().for_each(|item| counts[item.category as usize] += 1);
    let options = catalogue.categories().iter().zip(counts).enumerate().map(|(row, (name, count))| {
        view! { <option value=row.to_string()>{t!("{name} ({products})", name = language::said(name), products = format::count(count))}</option> }.into_any()
    });
    let options = options.collect_view();
    let products = catalogue.items().len();
    view! {
        <div class="find" role="search" aria-label=t!("Products of the shop")>
            <label class="search">
                <Icon path=icons::SEARCH />
                <span class="visually-hidden">{t!("Search products")}</span>
                <input
                    type="search"
                    data-testid="search"
                    placeholder=t!("Search")
                    autocomplete="off"
                    prop:value=search
                    on:input=move |event| {
                        search.set(event_target_value(&event));
                        page.set(0);
                    }
                />
            </label>
            <label class="category-filter">
                <span class="visually-hidden">{t!("Category")}</span>
                <select
                    data-testid="category"
                    on:change=move |event| {
                        category.set(event_target_value(&event).parse().ok());
                        page.set(0);
                    }
                >
                    <option value="">{t!("All categories ({products})", products = format::count(products))}</option>
                    {options}
                </select>
            </label>
        </div>
        <ul class="cards" aria-label=t!("Products")>
            {each(
                move || {
                    let first = page.get() * PAGE;
                    found.with(|found| found.iter().skip(first).take(PAGE).map(|&item| Entry { key: item, item }).collect())
                },
                move |_, Entry { item, .. }| view! { <Card catalogue=catalogue.clone() item=item /> }.into_any(),
            )}
        </ul>
        {when(
            move || found.with(Vec::is_empty),
            || view! { <p class="quiet" translate="yes">{t!("No product fits. Try fewer letters or all categories.")}</p> }.into_any(),
        )}
        <div class="pages" role="group" aria-label=t!("Pages")>
            <button
                type="button"
                class="tool"
                aria-label=t!("Page before")
                data-testid="page-before"
                disabled=move || page.get() == 0
                on:click=move |_| page.update(|page| *page = page.saturating_sub(1))
            >
                <Icon path=icons::LEFT />
            </button>
            <span class="numbers" aria-live="polite">
                {move || {
                    let (first, last, all) = range();
                    let first = if all == 0 { 0 } else { first + 1 };
                    t!(
                        "{first}–{last} of {all}",
                        first = format::count(first),
                        last = format::count(last),
                        all = format::count(all)
                    )
                }}
            </span>
            <button
                type="button"
                class="tool"
                aria-label=t!("Next page")
                data-testid="page-next"
                disabled=move || { page.get() + 1 >= pages() }
                on:click=move |_| page.update(|page| *page += 1)
            >
                <Icon path=icons::RIGHT />
            </button>
        </div>
    }
}

/// One product. A click on it is the click that the networks see.
#[component]
fn Card(
    /// The products.
    catalogue: Arc<Products>,
    /// Row of this one.
    item: u32,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let product = catalogue.items()[item as usize].clone();
    let times =
        move || session.shop().clicks.with(|clicks| clicks.now().iter().filter(|click| click.item == item).count());
    view! {
        <li>
            <button
                type="button"
                class="card"
                data-testid="shop-item"
                data-item=product.id.clone()
                title=product.title.clone()
                on:click=move |_| session.click(item)
            >
                <span class="category" style=hue(&catalogue, product.category)>
                    <Pictogram item=Box::new(move || item) />
                    <span>{catalogue.category(&product).to_owned()}</span>
                </span>
                <span class="card-title">{product.title.clone()}</span>
                <span class="card-foot">
                    <span class="price numbers">{product.price.map(|price| format::price(price, session.is_your_shop()))}</span>
                    <span class="clicked">
                        {move || match times() {
                            0 => String::new(),
                            1 => t!("in history").to_owned(),
                            times => t!("{times}× in history"),
                        }}
                    </span>
                </span>
            </button>
        </li>
    }
}

/// The colour of a category's mark: hues at equal distances around the circle.
pub fn hue(catalogue: &Catalogue, category: u32) -> String {
    format!("--hue:{:.0}", 360.0 * f64::from(category) / catalogue.categories().len() as f64)
}
