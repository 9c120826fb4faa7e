//! "Download this computation": everything that led to the click probability of the inspected product, as safetensors, as JSON,
//! and as a notebook that computes it once more in NumPy. All of it comes with the views.

mod computation;
mod json;
mod notebook;
mod safetensors;

use leptos::prelude::*;

use self::computation::{About, Computation, Product};
use crate::browser::arrival;
use crate::explain::card;
use crate::inside::charts::svg_export::save;
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::Scene;
use crate::ui::icons::{self, Icon};

/// The buttons, a file each.
#[component]
pub fn Download() -> impl IntoView {
    let session = expect_context::<Session>();
    let none = move || session.answered.with(|answer| answer.as_ref().is_none_or(|answer| answer.inspected.is_none()));
    let button = move |name: &'static str, id: &'static str, title: &'static str, offer: fn(&str, &Computation)| {
        let download = move |_| {
            if let Some((file, computation)) = untrack(|| shown(session)) {
                offer(&file, &computation);
            }
        };
        view! {
            <button type="button" class="text-tool" data-testid=id title=title disabled=move || none() on:click=download>
                <Icon path=icons::DOWNLOAD />
                {name}
            </button>
        }
        .into_any()
    };
    view! {
        <p class="saving download" role="group" aria-label=t!("Download this computation") translate="yes">
            <span class="quiet">{t!("Download this computation")}</span>
            {button(
                t!("Notebook"),
                "download-notebook",
                t!("A Jupyter notebook that computes every stage anew in NumPy and compares it with the page"),
                |file, computation| save(&format!("{file}.ipynb"), "application/x-ipynb+json", notebook::notebook(computation)),
            )}
            {button(
                "safetensors",
                "download-trace",
                t!("Inputs, every vector on the way, the probability, and the weights that were used"),
                |file, computation| save(&format!("{file}.safetensors"), "application/octet-stream", computation.file()),
            )}
            {button(
                "JSON",
                "download-trace-json",
                t!("Inputs, every vector on the way and the probability, with their names and equations"),
                |file, computation| save(&format!("{file}.json"), "application/json", json::json(computation)),
            )}
        </p>
    }
}

/// What led to the probability of the inspected product, and the beginning of the names of its files; none where no product is
/// inspected.
fn shown(session: Session) -> Option<(String, Computation)> {
    let (scene, host) = (Scene::now(session)?, session.host.get()?);
    let (inputs, network) = (scene.inputs()?, scene.answer.now.network);
    let product = |item: u32| {
        let (row, category_row) = scene.rows(item);
        let category = scene.products.categories().get(category_row as usize).cloned().unwrap_or_default();
        Product { id: session.id(item), title: session.title(item), category, row, category_row }
    };
    let history: Vec<Product> = scene.answer.now.clicks.iter().map(|click| product(click.item)).collect();
    let about = About {
        // What stands behind it follows the page's state a moment later.
        page: location().href().unwrap_or_default().split(['?', '#']).next().unwrap_or_default().to_owned(),
        program: arrival::folder().trim_end_matches('/').to_owned(),
        backend: host.backend_name(),
        engine: host.name,
        network: card(scene.model.config().network.kind()).name,
        file: scene.model.file.to_string(),
    };
    let computation = Computation::new(&inputs, about, product(inputs.inspection.item), history);
    Some((format!("interest-lens-{}-computation", network.id()), computation))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::sync::Arc;

    use model::{NetworkKind, Trace, Weights};
    use shaders::{Engine, Host};

    use super::*;
    use crate::explain::inputs::Inputs;

    /// The repository.
    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    /// What led to the probability of product 7 after this history, and what the engine kept of it.
    fn computed(weights: &Arc<Weights>, categories: &[u32], history: &[u32]) -> (Computation, Trace) {
        let inspection = pollster::block_on(async {
            let mut engine = Engine::new(&Host::before_gpu(), weights, categories).await.unwrap();
            engine.set_history(history).unwrap();
            engine.rank(&[7]).await.unwrap().inspections.remove(0)
        });
        let row = |item: u32| (item, categories[item as usize]);
        let inputs = Inputs::new(weights, &inspection, row(7), history.iter().copied().map(row));
        let product = |item: u32| {
            let (row, category_row) = row(item);
            let (title, category) = (format!("灯笼 “{item}”\n=1+2 {{data}}"), format!("类别 {category_row}"));
            Product { id: format!("p{item}"), title, category, row, category_row }
        };
        let network = card(weights.config().network.kind()).name;
        let about = About { backend: "cpu", engine: "a \"test\"".to_owned(), network, ..About::default() };
        let computation = Computation::new(&inputs, about, product(7), history.iter().copied().map(product).collect());
        (computation, inspection.trace)
    }

    fn computation(weights: &Arc<Weights>, categories: &[u32], history: &[u32]) -> Computation {
        computed(weights, categories, history).0
    }

    /// The networks that come with the page.
    fn shipped() -> Vec<(String, Arc<Weights>, Vec<u32>)> {
        let of = |kind: &NetworkKind| {
            let file = root().join("assets").join(kind.id()).with_extension("safetensors");
            let weights = Weights::from_safetensors(kind.id(), &std::fs::read(file).unwrap()).unwrap();
            let vocabulary = weights.vocabulary();
            let categories = (0..vocabulary.items as u32).map(|item| item % vocabulary.categories as u32).collect();
            (kind.id().to_owned(), weights.into(), categories)
        };
        NetworkKind::ALL.iter().map(of).collect()
    }

    /// The networks of the tests, which have every option.
    fn seeded() -> Vec<(String, Arc<Weights>, Vec<u32>)> {
        let of = |one: testing::Seeded| (one.name.to_owned(), Arc::new(one.weights), one.categories);
        testing::networks().into_iter().map(of).collect()
    }

    /// Runs notebooks in Python; what they print.
    fn run(task: &str, paths: &[PathBuf]) -> String {
        let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        let script = root().join("testing/run_notebooks.py");
        let run = Command::new(python).arg(script).arg(task).args(paths).output().unwrap();
        // `cargo xtask check` installs what is missing.
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    }

    #[test]
    fn notebooks_of_every_option_compute_in_numpy_what_the_page_shows() {
        let folder = tempfile::tempdir().unwrap();
        let mut paths = Vec::new();
        let all = shipped().into_iter().map(|one| (one, &[0, 1, 5, 50][..]));
        for ((name, weights, categories), lengths) in all.chain(seeded().into_iter().map(|one| (one, &[0, 1, 5][..]))) {
            for &length in lengths {
                let notebook = notebook::notebook(&computation(&weights, &categories, &testing::history(length)));
                assert!(notebook.len() < 2_000_000, "{name}: {} bytes", notebook.len());
                paths.push(folder.path().join(format!("{name}, {length} clicks.ipynb")));
                std::fs::write(&paths[paths.len() - 1], notebook).unwrap();
            }
        }
        let said = run("run", &paths);
        assert_eq!(said.matches("numbers of the page were computed anew").count(), paths.len(), "{said}");
    }

    #[test]
    fn a_notebook_with_other_weights_or_numbers_fails() {
        let folder = tempfile::tempdir().unwrap();
        let write = |(name, weights, categories): (String, Arc<Weights>, Vec<u32>)| {
            let path = folder.path().join(format!("{name}.ipynb"));
            std::fs::write(&path, notebook::notebook(&computation(&weights, &categories, &testing::history(5))))
                .unwrap();
            path
        };
        // Of few units, none may be where an activation learned something.
        run("spoil", &shipped().into_iter().map(write).collect::<Vec<_>>());
    }

    #[test]
    fn files_are_the_same_each_time_and_have_every_number_that_the_engine_kept() {
        for (name, weights, categories) in seeded() {
            let history = testing::history(5);
            let [(one, trace), (other, _)] = [(); 2].map(|()| computed(&weights, &categories, &history));
            for part in trace.parts() {
                let is_there = |value: &f32| one.numbers.iter().any(|numbers| numbers.values.contains(value));
                assert!(part.values().iter().all(is_there), "{name}: {}", part.name());
            }
            assert_eq!(one.file(), other.file(), "{name}");
            assert_eq!(notebook::notebook(&one), notebook::notebook(&other), "{name}");
            assert_eq!(json::json(&one), json::json(&other), "{name}");
            let said: serde_json::Value = serde_json::from_str(&json::json(&one)).unwrap();
            assert_eq!(said["products"][0]["title"], format!("灯笼 “{}”\n=1+2 {{data}}", history[0]));
            assert_eq!(said["history"].as_array().unwrap().len(), 5);
        }
    }
}
