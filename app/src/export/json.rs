//! A computation as JSON for people: `assets/computation.schema.json` says what is in it.

use super::computation::{Computation, Numbers};
use crate::ui::format::json_text;

/// The file.
pub fn json(computation: &Computation) -> String {
    let schema = format!("{}assets/computation.schema.json", folder(&computation.about.page));
    let numbers: Vec<String> = computation.numbers.iter().map(numbers).collect();
    format!(
        "{{\"$schema\":{},\n{},\n\"numbers\":[\n{}\n]}}\n",
        json_text(&schema),
        computation.fields(),
        numbers.join(",\n")
    )
}

/// The address of the folder that a page is in.
fn folder(page: &str) -> &str {
    &page[..page.rfind('/').map_or(0, |slash| slash + 1)]
}

fn numbers(Numbers { stage, name, letter, equation, shape, values }: &Numbers) -> String {
    let [name, letter, equation] = [name, letter, equation].map(|text| json_text(text));
    let value = |value: &f32| if value.is_finite() { value.to_string() } else { "null".to_owned() };
    let values = values.iter().map(value).collect::<Vec<_>>().join(",");
    format!(
        r#"{{"stage":"{stage}","name":{name},"letter":{letter},"equation":{equation},"shape":{shape:?},"values":[{values}]}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn a_page_is_in_the_folder_of_its_path() {
        assert_eq!(folder("https://a.b/c/"), "https://a.b/c/");
        assert_eq!(folder("https://a.b/c/index.html"), "https://a.b/c/");
        assert_eq!(folder(""), "");
    }
}
