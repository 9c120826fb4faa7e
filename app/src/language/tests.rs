//! Whether the dictionaries and the code have the same texts, and every sentence that can reach the page is in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::LitStr;
use words::{Dictionaries, Dictionary};

use super::{IN_USE, Language, counted, filled, sentence, text};

/// Literals of the crates below that no visitor reads, such as names for training and what a file begins with, and parts of sentences
/// that the dictionaries have whole.
const NOT_READ: [&str; 43] = [
    "const GROUPS = {MAX_GROUPS};\n{0}",
    "scaled softmax",
    "none, softmax, scaled-softmax",
    "SQLite format 3",
    "version https://git-lfs",
    "names an item that is",
    "name items that are",
    "{lines} of {of} lines {verb} not in this catalogue, first line {first_line}: \"{first_id}\"",
    "ComiRec-SA: four interests by self-attention",
    "all interests read",
    "positions from the newest click",
    "GRU, AIGRU, AGRU, AUGRU, AUGRU-authors",
    "two layers of GRU, attention on the second",
    "GRU with attentional input",
    "attention in place of the update gate",
    "attentional update gate",
    "DIEN: AUGRU + auxiliary loss",
    "DIEN, the gate of the authors' code",
    "DIEN, attention by the local activation unit",
    "DIEN, no sum of the keys in the head",
    "AUGRU, the authors' gate",
    "DIN, Dice, scores not normalised",
    "DIN, softmax",
    "DIN, PReLU",
    "DIN, sum of the keys in the head",
    "Embedding & MLP, mean pooling: the papers' base model",
    "Embedding & MLP, sum pooling",
    "PNN: a product layer",
    "TIN: temporal encoding, attention, representation",
    "seeded weights",
    "relu, sigmoid, tanh, leaky-relu, silu, linear",
    "{answers} {predictions} of the library, off by {off} at most",
    "mean, sum, max",
    " and of ",
    "no stage leaves {name}",
    "Interest Lens",
    "microsoft basic render",
    "answers sooner than",
    "is being compared with",
    "The CPU {reason} the GPU ({0}) here.",
    "no tensor {name}",
    "there is no item {item}; there are {items}",
    "by hand",
];

/// What a program that is wrong stops by, with words for whoever mends it.
const STOPS: [&str; 3] = ["panic", "unreachable", "expect"];

/// Names that stand in English sentences and in translations alike.
const NAMES: [&str; 2] = ["Interest Lens", "Embedding & MLP"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn dictionaries() -> Dictionaries {
    Dictionaries::read(&root().join("app/languages")).unwrap()
}

fn chinese() -> Dictionary {
    dictionaries().by_language["zh"].clone()
}

/// The text of every file of a kind in a folder.
fn files(folder: &Path, kind: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, kind));
        } else if path.extension().is_some_and(|found| found == kind) {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

/// The literals of Rust code, but for its tests, its documentation, and what is said where the program stops.
fn literals(code: TokenStream, found: &mut Vec<String>) {
    let mut tokens = code.into_iter().peekable();
    let mut is_test = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                // That of a whole file, such as its documentation, has a mark before its brackets.
                tokens.next_if(|next| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '!'));
                let Some(TokenTree::Group(attribute)) = tokens.next_if(|next| matches!(next, TokenTree::Group(_)))
                else {
                    continue;
                };
                let text = attribute.stream().to_string();
                is_test |= text == "cfg (test)" || text == "cfg(test)";
                if text.starts_with("error") {
                    literals(attribute.stream(), found);
                }
            }
            TokenTree::Ident(name) if name.to_string().contains("assert") || STOPS.iter().any(|stop| name == stop) => {
                tokens.next_if(|next| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '!'));
                tokens.next_if(|next| matches!(next, TokenTree::Group(_)));
            }
            TokenTree::Group(_) if is_test => is_test = false,
            TokenTree::Group(group) => literals(group.stream(), found),
            TokenTree::Literal(literal) => {
                found.extend(syn::parse_str::<LitStr>(&literal.to_string()).map(|text| text.value()))
            }
            TokenTree::Punct(mark) if mark.as_char() == ';' => is_test = false,
            _ => {}
        }
    }
}

/// A format with its gaps named as in the dictionaries: by their names or, where they have none, by their places.
fn with_gaps(format: &str) -> String {
    let (mut text, mut rest, mut place) = (String::new(), format, 0);
    while let Some((before, behind)) = rest.split_once('{') {
        text.push_str(before);
        if let Some(behind) = behind.strip_prefix('{') {
            text.push('{');
            rest = behind;
            continue;
        }
        let Some((gap, behind)) = behind.split_once('}') else { break };
        let name = gap.split(':').next().unwrap();
        if name.is_empty() {
            text.push_str(&format!("{{{place}}}"));
            place += 1;
        } else {
            text.push_str(&format!("{{{name}}}"));
        }
        rest = behind;
    }
    (text + rest).replace("}}", "}")
}

/// Whether a text has two words or more, one after the other. A tensor's name, with dots inside, is none.
fn has_words(text: &str) -> bool {
    let is_word = |word: &str| {
        let word = word.trim_end_matches([',', ';', ':', '.']);
        word.len() > 1 && word.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '’')
    };
    let words: Vec<bool> = text.split(' ').filter(|word| !word.is_empty()).map(is_word).collect();
    words.windows(2).any(|pair| pair[0] && pair[1])
}

/// The words of an English text in small letters, without names and without what one types, such as options and names of tensors.
fn english_words(text: &str) -> Vec<String> {
    let text: String = words::pieces(text)
        .map(|piece| match piece {
            words::Piece::Text(text) | words::Piece::Tag(_, text) => text,
            words::Piece::Value(_) => " ",
        })
        .collect();
    let text = NAMES.iter().fold(text, |text, name| text.replace(name, " "));
    text.split_whitespace()
        .filter(|part| !is_typed(part))
        .flat_map(|part| part.split(|letter: char| !letter.is_alphabetic()).map(str::to_lowercase))
        .collect()
}

/// Whether a part of a text without blanks is code: an option, or something with marks inside that no word has.
fn is_typed(part: &str) -> bool {
    let inside = part.trim_matches(|letter: char| !letter.is_alphanumeric());
    part.starts_with(['-', '`']) || inside.contains(['.', '_', '(', '='])
}

#[test]
fn texts_are_those_of_the_language_in_use_and_english_without_one() {
    let said = || {
        let undo = text(1, "Undo");
        let step = filled(0, "step {step} of {steps}", &[("steps", &3), ("step", &"2")]);
        let clicks = [1, 2].map(|count| counted(2, ["{count} click", "{count} clicks"], count, &[("count", &count)]));
        [undo.to_owned(), step, clicks.concat(), sentence("gone").unwrap_or_default(), super::said("gone")]
    };
    assert_eq!(said(), ["Undo", "step 2 of 3", "1 click2 clicks", "", "gone"]);
    let other = super::Dictionary {
        language: Language::Chinese,
        texts: vec!["共 {steps} 步，第 {step} 步", "撤销", "一次\t{count} 次"],
        sentences: Vec::new(),
        sentence: |_, english| format!("{english}。"),
        said: |_, english| english.to_uppercase(),
        grouped: |_, count| count.to_string(),
        form: |_, count| usize::from(count > 1),
    };
    IN_USE.set(Some(Box::leak(Box::new(other))));
    assert_eq!(said(), ["撤销", "共 3 步，第 2 步", "一次2 次", "gone。", "GONE"]);
    // A text that the file does not have.
    assert_eq!(text(9, "Undo"), "Undo");
    IN_USE.set(None);
}

#[test]
fn the_dictionaries_are_in_order() {
    let problems = dictionaries().problems;
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn the_code_has_every_text_of_the_dictionaries() {
    let mut used = BTreeSet::new();
    for (path, text) in files(&root().join("app/src"), "rs") {
        used.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        let mut found = Vec::new();
        literals(text.parse().unwrap(), &mut found);
        used.extend(found);
    }
    let unused: Vec<_> = chinese().texts.into_keys().filter(|text| !used.contains(text)).collect();
    assert!(unused.is_empty(), "{unused:#?}");
}

#[test]
fn every_sentence_that_can_reach_the_page_is_in_the_dictionaries() {
    let sentences = chinese().sentences;
    let mut missing = BTreeSet::new();
    let mut said = BTreeSet::new();
    for folder in ["model", "import", "reader", "shaders"] {
        for (path, code) in files(&root().join(folder).join("src"), "rs") {
            let mut found = Vec::new();
            literals(code.parse().unwrap(), &mut found);
            for text in found.iter().map(|text| with_gaps(text)) {
                if has_words(&text) && !sentences.contains_key(&text) && !NOT_READ.contains(&text.as_str()) {
                    missing.insert(format!("{}: {text}", path.strip_prefix(root()).unwrap().display()));
                }
                said.insert(text);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn html_has_the_same_elements_and_equations_in_every_language() {
    // Tags, but for what is read aloud; and equations whole.
    let shape = |html: &str| {
        let mut parts = Vec::new();
        for part in html.split('<').skip(1) {
            let (tag, text) = part.split_once('>').unwrap();
            let tag = tag.split(" aria-label=").next().unwrap();
            let is_letter = ["mi", "mo", "mn"].contains(&tag);
            parts.push(if is_letter { format!("{tag} {text}") } else { tag.to_owned() });
        }
        parts
    };
    for (path, english) in files(&root().join("app/src/explain"), "html") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for (language, dictionary) in dictionaries().by_language {
            let other = &dictionary.texts[&name].translations[0];
            assert_eq!(shape(other), shape(&english), "{language}: {name}");
        }
    }
}

#[test]
fn a_term_has_one_translation() {
    let terms = fs::read_to_string(root().join("app/languages/zh/terms.txt")).unwrap();
    let terms: Vec<(Vec<&str>, &str)> = terms
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once(" = ").unwrap())
        .map(|(term, translation)| (term.split(' ').collect(), translation))
        .collect();
    let is = |word: &str, term: &str| {
        let many = [format!("{term}s"), format!("{}ies", term.trim_end_matches('y'))];
        word == term || many.iter().any(|many| word == many)
    };
    let dictionary = chinese();
    let texts = dictionary.texts.iter().filter(|(english, _)| !english.ends_with(".html"));
    let texts = texts.map(|(english, text)| (english, text.translations.concat()));
    let mut wrong = Vec::new();
    for (english, translated) in
        texts.chain(dictionary.sentences.iter().map(|(english, other)| (english, other.clone())))
    {
        let words = english_words(english);
        for (term, translation) in &terms {
            let has_term =
                words.windows(term.len()).any(|found| found.iter().zip(term).all(|(word, term)| is(word, term)));
            if has_term && !translated.contains(translation) {
                wrong.push(format!("{translation}: {english} – {translated}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_index_html_says_is_in_the_dictionaries() {
    let index = fs::read_to_string(root().join("index.html")).unwrap();
    let sentences = chinese().sentences;
    // Each sentence stands in quotes, or in an element of what is shown while the page loads. What is above the scripts, other sites
    // read, in English.
    let scripts = index.split_once("<script>").unwrap().1;
    let script = scripts.lines().flat_map(|line| line.split('"').skip(1).step_by(2));
    let shown = index.split("id=\"loading\"").nth(1).unwrap().split("<script").next().unwrap();
    let shown = shown.split(['<', '>']).map(str::trim).filter(|text| !text.contains('\n') && !text.contains('='));
    let is_said = |text: &&str| text.chars().next().is_some_and(char::is_uppercase) && has_words(text);
    let said: Vec<&str> = script.chain(shown).filter(is_said).filter(|text| !text.contains("width=")).collect();
    let missing: Vec<_> = said.iter().filter(|text| !sentences.contains_key(**text)).collect();
    assert!(said.len() > 15 && missing.iter().all(|text| NAMES.contains(*text)), "{missing:#?}");
}

#[test]
fn the_title_of_the_page_is_that_of_index_html() {
    let index = fs::read_to_string(root().join("index.html")).unwrap();
    let title = chinese().texts.into_keys().find(|text| text.starts_with("Interest Lens:")).unwrap();
    assert!(index.contains(&format!("<title>{title}</title>")), "{title}");
}
