//! What every view has around its chart: heading, sentence, the switch to the table, and saving.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::svg_export::{picture, save};
use super::table::Table;
use crate::inside::entry::Entry;
use crate::inside::fields::Fields;
use crate::language::t;
use crate::lesson::help::Help;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::term::with_terms;
use crate::ui::view::{memo, when};

/// A view: its chart, or the same numbers as a table.
#[component]
pub fn Frame(
    /// Which view.
    entry: Entry,
    /// What is between the heading and the chart: buttons, legends.
    #[prop(optional)]
    controls: Option<AnyView>,
    /// The numbers of the chart.
    table: Memo<Table>,
    /// Whether the numbers are those of a log, which programs read line by line.
    #[prop(optional)]
    is_log: bool,
    /// Hears every key that is pressed in the view.
    #[prop(optional)]
    on_key: Option<Callback<KeyboardEvent>>,
    /// The chart.
    children: Children,
) -> impl IntoView {
    let chart = NodeRef::<html::Div>::new();
    let as_table = RwSignal::new(false);
    expect_context::<Fields>().add_switch("as", "table", as_table);
    let all_rows = RwSignal::new(false);
    let rows = memo(move || table.with(|table| table.rows.len()));
    let file = move |extension: &str| format!("interest-lens-{}.{extension}", entry.id);
    let save_svg = move |_| {
        if let Some(chart) = chart.get_untracked() {
            // Hidden things have no place; it is seen only once this is done.
            chart.set_hidden(false);
            let svg = picture(&chart, entry.title, entry.sentence);
            chart.set_hidden(as_table.get_untracked());
            save(&file("svg"), "image/svg+xml", &svg);
        }
    };
    view! {
        <section
            class="view"
            data-testid=format!("view-{}", entry.id)
            aria-label=entry.title
            tabindex="0"
            on:keydown=move |event| {
                if let Some(on_key) = on_key {
                    on_key.run(event);
                }
            }
        >
            <header class="section-head" translate="yes">
                <h2>{entry.title}</h2>
                <Help stop=entry.id />
                <div class="section-tools">
                    <button
                        type="button"
                        class="text-tool"
                        data-testid="table-toggle"
                        aria-pressed=move || as_table.get().to_string()
                        on:click=move |_| as_table.update(|as_table| *as_table = !*as_table)
                    >
                        {t!("As a table")}
                    </button>
                    <span class="saving" role="group" aria-label=t!("Save")>
                        <span class="quiet">{t!("Save")}</span>
                        <button type="button" class="text-tool" data-testid="save-svg" title=t!("Save the chart as SVG") on:click=save_svg>
                            "SVG"
                        </button>
                        <button
                            type="button"
                            class="text-tool"
                            data-testid="save-csv"
                            title=t!("Save the numbers as CSV")
                            on:click=move |_| save(&file("csv"), "text/csv", table.with_untracked(Table::csv))
                        >
                            "CSV"
                        </button>
                        <button
                            type="button"
                            class="text-tool"
                            data-testid="save-json"
                            title=t!("Save the numbers as JSON")
                            on:click=move |_| save(&file("json"), "application/json", table.with_untracked(|table| table.json(entry.title)))
                        >
                            "JSON"
                        </button>
                        {is_log
                            .then(|| {
                                let file = file("jsonl");
                                let save = move |_| save(&file, "application/jsonl", table.with_untracked(Table::json_lines));
                                view! {
                                    <button
                                        type="button"
                                        class="text-tool"
                                        data-testid="save-jsonl"
                                        title=t!("Save the numbers as lines of JSON")
                                        on:click=save
                                    >
                                        "JSONL"
                                    </button>
                                }
                                    .into_any()
                            })}
                    </span>
                </div>
                <p class="quiet view-sentence">{with_terms(entry.sentence)}</p>
            </header>
            {controls}
            <div class="view-chart" node_ref=chart hidden=move || as_table.get()>
                {children()}
            </div>
            {when(
                move || as_table.get(),
                move || {
                    view! {
                        <div class="view-table" role="region" aria-label=t!("{title}, as a table", title = entry.title) tabindex="0">
                            <table inner_html=move || {
                                let most = if all_rows.get() { usize::MAX } else { Table::SHOWN };
                                table.with(|table| table.html(most))
                            }></table>
                        </div>
                        {when(
                            move || !all_rows.get() && rows.get() > Table::SHOWN,
                            move || {
                                view! {
                                    <p class="quiet">
                                        {move || {
                                            let rows = format::count(rows.get());
                                            t!("The first {shown} of {rows} rows. CSV and JSON have all. ", shown = Table::SHOWN)
                                        }}
                                        <button type="button" class="link" translate="yes" data-testid="table-all" on:click=move |_| all_rows.set(true)>
                                            {t!("Show all")}
                                        </button>
                                    </p>
                                }
                                    .into_any()
                            },
                        )}
                    }
                        .into_any()
                },
            )}
        </section>
    }
}
