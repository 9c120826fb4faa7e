//! The header: which network answers, on what, how fast and how well; and what is wrong, where something is.

use leptos::prelude::*;
use model::NetworkKind;
use shaders::Backend;
use web_sys::MouseEvent;

use crate::browser::address;
use crate::browser::dom::{media_matches, show_in_strip};
use crate::exercises;
use crate::explain::networks::Network;
use crate::explain::{families, family_name};
use crate::language::{self, english, t};
use crate::lesson::help::OpenTour;
use crate::page::about::About;
use crate::page::language::Language;
use crate::page::link::Link;
use crate::page::proof::Proof;
use crate::page::share::Share;
use crate::session::{HostInfo, Problem as Why, Session};
use crate::ui::format;
use crate::ui::icons::{self, Icon};
use crate::ui::progress::{Failure, NewVersion};
use crate::ui::term::term;
use crate::ui::view::when;
use crate::your_model::Open;

/// Name, switch, status, theme.
#[component]
pub fn Header() -> impl IntoView {
    view! {
        <header class="header">
            <div class="name">
                <h1 translate="no">
                    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
                        <circle cx="14" cy="14" r="10" />
                        <path d="M21.5 21.5 28 28M8.5 16.5v-2M12.2 16.5v-6M15.9 16.5v-3.5M19.5 16.5V9" />
                    </svg>
                    "Interest Lens"
                </h1>
                <Share />
                <exercises::Open />
                <OpenTour />
            </div>
            <Switch />
            <Status />
            <div class="header-tools">
                <Open />
                <a class="text-tool learn-open" href=article() data-testid="learn">
                    {t!("Learn")}
                </a>
                <About />
                <Language />
                <Theme />
            </div>
        </header>
    }
}

/// The article, in the page's language where there is one.
fn article() -> &'static str {
    match language::now() {
        language::Language::Chinese => "learn/zh-Hans.html",
        language::Language::English | language::Language::Long => "learn/",
    }
}

/// Which network answers: those of a family side by side. Where they do not fit, they scroll.
#[component]
fn Switch() -> impl IntoView {
    let session = expect_context::<Session>();
    let button = move |network: Network| {
        // Whoever points at a network is likely to choose it.
        let want = move || session.want(network);
        view! {
            <button
                type="button"
                id=format!("network-{}", network.id())
                data-testid=format!("model-{}", network.id())
                title=network.kind().is_none().then(|| network.title())
                data-term=network.kind().map(NetworkKind::id)
                on:pointerenter=move |_| want()
                on:focus=move |_| want()
                aria-pressed=move || (session.network.get() == network).to_string()
                on:click=move |_| session.switch(network)
            >
                {network.name()}
            </button>
        }
        .into_any()
    };
    let family = move |kinds: Vec<NetworkKind>| {
        let name = kinds.first().map(|kind| family_name(kind.family()));
        let buttons = kinds.into_iter().map(|kind| button(Network::Shipped(kind)));
        view! { <div class="family" role="group" aria-label=name>{buttons.collect_view()}</div> }.into_any()
    };
    Effect::new(move |ran: Option<()>| {
        let network = session.network.get();
        // The page begins where nothing has scrolled, and nobody need wait for where the buttons lie.
        if ran.is_some() {
            show_in_strip(format!("network-{}", network.id()));
        }
    });
    view! {
        <div class="switch" translate="no" role="group" aria-label=t!("Network") data-strip>
            {families().into_iter().map(family).collect_view()}
            {when(move || session.has_yours(), move || button(Network::Yours))}
        </div>
    }
}

/// What answers, and how fast.
#[component]
fn Status() -> impl IntoView {
    let session = expect_context::<Session>();
    let link = expect_context::<Link>();
    let backend = move || session.host.with(|host| host.as_ref().map(HostInfo::backend_name));
    let on = move || {
        session.host.with(|host| match host {
            None => t!("no engine yet").to_owned(),
            Some(host) if host.backend == Backend::Gpu => format!("GPU: {}", host.name),
            Some(host) => host.name.clone(),
        })
    };
    let time = move || {
        session.elapsed.get().map(|elapsed| {
            let gpu = elapsed.gpu_ms.map(|ms| t!(" (GPU {time})", time = format::milliseconds(ms)));
            let total = elapsed.total_ms;
            let title = match elapsed.gpu_ms {
                Some(ms) => t!("The answer took {total} ms; in GPU compute passes: {ms} ms"),
                None => t!("The answer took {total} ms"),
            };
            view! {
                <span class="status-part numbers" title=title>
                    {t!("answered in {time}", time = format::milliseconds(elapsed.total_ms))} {gpu}
                </span>
            }
            .into_any()
        })
    };
    let quality = move || {
        let auc = session.model()?.metric("next_item", "uniform", "auc")?;
        let network = session.network.get();
        let negatives = |words| term("negatives", words);
        let detail = match network {
            Network::Shipped(_) => t!("(next item, <negatives>uniform negatives</negatives>)", negatives),
            // Nobody here measured it.
            Network::Yours => t!("(next item, <negatives>uniform negatives</negatives>, as its file says)", negatives),
        };
        let quality = view! {
            <span class="status-part numbers" title=t!("AUC {auc} on users held out of training, against uniformly drawn negatives")>
                {t!(
                    "{network}’s held-out <auc>AUC</auc> {value}",
                    network = network.name(),
                    value = format_args!("{auc:.3}"),
                    auc = |words| term("auc", words)
                )} " " <span class="status-detail">{detail}</span>
            </span>
        };
        Some(quality.into_any())
    };
    let why = move || {
        let host = session.host.get().filter(|host| host.backend == Backend::Cpu)?;
        // Where there is a GPU, nothing need be done for it.
        let advice = (!host.is_choice).then(|| {
            t!(
                "For WebGPU, open this page over https in a current Chrome, Edge, Safari or Firefox, switch hardware acceleration on in \
                 the browser’s settings, and leave <code>?backend=cpu</code> out of the address.",
                code = |words| view! { <code>{words}</code> }.into_any()
            )
        });
        let reason = host
            .reason
            .unwrap_or_else(|| english!("The address of this page asks for the CPU (?backend=cpu).").to_owned());
        let why = view! {
            <button type="button" class="link" popovertarget="why-cpu">
                {t!("CPU or GPU?")}
            </button>
            <div id="why-cpu" class="popover" popover="auto">
                <p>{format::sentence(&reason)}</p>
                <NewVersion />
                <p>
                    {t!("Everything works here, with the same numbers but for rounding.")} " " {advice} " "
                    {t!("<link>Insist on the GPU</link> to see what the browser says.", link = |words| backend_link(link, "gpu", words))}
                </p>
            </div>
        };
        Some(why.into_any())
    };
    view! {
        <div
            class="status"
            translate="no"
            data-testid="status"
            data-backend=move || backend()
            data-busy=move || session.busy.get().to_string()
        >
            <span class="lamp" aria-hidden="true"></span>
            <span class="status-part">{move || on()}</span>
            {move || time()}
            {move || why()}
            <Proof />
            {move || quality()}
        </div>
    }
}

/// Light or dark, remembered.
#[component]
fn Theme() -> impl IntoView {
    let link: Link = expect_context();
    let toggle = move |_| {
        let Some(root) = document().document_element() else { return };
        let now = root.get_attribute("data-theme");
        let dark = now.map_or_else(|| media_matches("(prefers-color-scheme: dark)"), |theme| theme == "dark");
        let next = if dark { "light" } else { "dark" };
        // Where the browser keeps nothing, the choice holds until the page is left. index.html reads it.
        let _ = root.set_attribute("data-theme", next);
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = storage.set_item("theme", next);
        }
        link.write_soon();
    };
    view! {
        <button type="button" class="tool theme-switch" data-testid="theme" aria-label=t!("Switch between light and dark") title=t!("Light or dark") on:click=toggle>
            <Icon path=icons::THEME />
        </button>
    }
}

/// A link to the page on another backend, with the clicks of now.
fn backend_link(link: Link, backend: &'static str, words: String) -> AnyView {
    let follow = move |event: MouseEvent| {
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            address::reload_as(&address::with("backend", backend));
        }
    };
    view! {
        <a href=move || link.address_with("backend", backend) on:click=follow>
            {words}
        </a>
    }
    .into_any()
}

/// Why no answer comes, if none does.
#[component]
pub fn Problem() -> impl IntoView {
    let session = expect_context::<Session>();
    let link = expect_context::<Link>();
    let problem = move || {
        session.problem.get().map(|Why { why, of_network }| {
            if of_network {
                return view! {
                    <div class="banner" translate="no">
                        <p class="failure" role="alert">{format::sentence(&why)}</p>
                    </div>
                }
                .into_any();
            }
            // Where the CPU is at work, the problem is another.
            let on_cpu = session.host.with(|host| host.as_ref().is_some_and(|host| host.backend == Backend::Cpu));
            let way_out = (!on_cpu).then(|| backend_link(link, "cpu", t!("Go on with the CPU").to_owned()));
            view! {
                <div class="banner" translate="no">
                    <Failure why=why retry=Box::new(move || session.retry()) />
                    {way_out}
                </div>
            }
            .into_any()
        })
    };
    // The style sheet lets it show after some seconds.
    let wait = move || {
        session.waits_for.get().map(|what| {
            view! {
                <p class="banner waits" translate="no" role="status" data-testid="waits">
                    {language::said(what)} " " {backend_link(link, "cpu", t!("Go on with the CPU").to_owned())}
                </p>
            }
            .into_any()
        })
    };
    view! { {move || problem()} {move || wait()} }
}
