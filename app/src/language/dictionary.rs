//! A language's file, and the browser's knowledge of the language: all that English does without.

use std::cell::RefCell;

use js_sys::{Array, Intl, JsString, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::{Dictionary, Language, sentences};
use crate::browser::arrival;
use crate::browser::load::{NO_LIMIT, fetch};

thread_local! {
    /// The languages that are here. Their texts stay as long as the page does.
    static HERE: RefCell<Vec<&'static Dictionary>> = const { RefCell::new(Vec::new()) };
}

/// A language's texts; none for English.
///
/// # Errors
/// Why they did not arrive, in a sentence.
pub async fn arrived(language: Language) -> Result<Option<&'static Dictionary>, String> {
    let here = HERE.with_borrow(|here| here.iter().find(|here| here.language == language).copied());
    if language == Language::English || here.is_some() {
        return Ok(here);
    }
    let file = [&arrival::folder(), language.id(), ".txt"].concat();
    let bytes = fetch(&file, NO_LIMIT, &|_, _| ()).await.map_err(|error| error.to_string())?;
    let dictionary: &Dictionary = Box::leak(Box::new(read(language, &bytes)));
    HERE.with_borrow_mut(|here| here.push(dictionary));
    Ok(Some(dictionary))
}

/// The dictionary of what `words::Dictionary::to_file` wrote.
fn read(language: Language, file: &[u8]) -> Dictionary {
    let text: &'static str = String::from_utf8_lossy(file).into_owned().leak();
    let (texts, pairs) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut sentences: Vec<_> = pairs.lines().filter_map(|pair| pair.split_once('\t')).collect();
    sentences::sort(&mut sentences);
    Dictionary {
        language,
        texts: texts.lines().collect(),
        sentences,
        sentence: |dictionary, english| {
            let mut said = (dictionary.said)(dictionary, english);
            if !said.ends_with(['.', '!', '?', '。', '！', '？']) {
                said.push_str(full_stop(dictionary.language));
            }
            said
        },
        said: |dictionary, english| sentences::said(&dictionary.sentences, full_stop(dictionary.language), english),
        grouped: |dictionary, count| {
            let numbers = Intl::NumberFormat::new(&locales(dictionary), &Object::new());
            let text = numbers.format().call1(&JsValue::UNDEFINED, &(count as f64).into());
            text.ok().and_then(|text| text.as_string()).unwrap_or_else(|| count.to_string())
        },
        form: |dictionary, count| {
            let rules = Intl::PluralRules::new(&locales(dictionary), &Object::new());
            let has = Reflect::get(&rules.resolved_options(), &"pluralCategories".into());
            let has = has.and_then(JsCast::dyn_into::<Array>).unwrap_or_default();
            let chosen = rules.select(count as f64);
            // In the order in which files of translations have them.
            let in_order = ["zero", "one", "two", "few", "many", "other"].map(JsString::from);
            in_order.iter().filter(|form| has.includes(form, 0)).position(|form| *form == chosen).unwrap_or(0)
        },
    }
}

fn full_stop(language: Language) -> &'static str {
    if language == Language::Chinese { "。" } else { "." }
}

fn locales(dictionary: &Dictionary) -> Array {
    Array::of1(&dictionary.language.tag().into())
}
