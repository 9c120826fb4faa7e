//! Shortens the names under which a program imports functions of its script. wasm-bindgen ends each of them with a hash of sixteen
//! digits, of which no compression leaves less than eight bytes, in the program and in its script: a thirtieth of the page's file.

use std::collections::HashMap;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{EntityType, ImportSection, Module};
use wasmparser::{Import, Imports, Parser};

use crate::invalid::Invalid;

/// What could not be shortened, and why.
#[derive(Debug, thiserror::Error)]
pub enum Unnamed {
    /// Not a wasm file.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The script does not define what the program imports of it, or not in one place.
    #[error("its script defines {0} in {1} places")]
    Defined(String, usize),
}

/// The same program and the same script, whose functions have the shortest names instead of those that wasm-bindgen made up.
///
/// # Errors
/// See [`Unnamed`].
pub fn shorten(wasm: &[u8], script: &str) -> Result<(Vec<u8>, String), Unnamed> {
    let mut module = Module::new();
    let mut shortening = Shortening::default();
    let invalid = |error: reencode::Error<Unnamed>| match error {
        reencode::Error::UserError(error) => error,
        error => Invalid::new(error).into(),
    };
    shortening.parse_core_module(&mut module, Parser::new(0), wasm).map_err(invalid)?;
    let mut shortened = script.to_owned();
    for (long, short) in shortening.names {
        let defined = |name: &str| format!("\n        {name}: function(");
        let places = script.matches(&defined(&long)).count();
        if places != 1 {
            return Err(Unnamed::Defined(long, places));
        }
        shortened = shortened.replacen(&defined(&long), &defined(&short), 1);
    }
    Ok((module.finish(), shortened))
}

/// What the names of functions that wasm-bindgen made up begin with, but for those that its own script has to know.
const MADE_UP: &str = "__wbg_";

#[derive(Default)]
struct Shortening {
    names: HashMap<String, String>,
}

impl Reencode for Shortening {
    type Error = Unnamed;

    fn parse_imports(
        &mut self,
        section: &mut ImportSection,
        imports: Imports<'_>,
    ) -> Result<(), reencode::Error<Unnamed>> {
        for import in imports {
            let (_, Import { module, name, ty }) = import?;
            let ty: EntityType = self.entity_type(ty)?;
            if name.starts_with(MADE_UP) && matches!(ty, EntityType::Function(_)) {
                let count = self.names.len();
                let short = self.names.entry(name.to_owned()).or_insert_with(|| short(count));
                section.import(module, short, ty);
            } else {
                section.import(module, name, ty);
            }
        }
        Ok(())
    }
}

/// The name of this number: a letter, and then letters and digits.
fn short(number: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let (first, mut rest) = (number % 26, number / 26);
    let mut name = char::from(LETTERS[first]).to_string();
    while rest > 0 {
        rest -= 1;
        name.push(char::from(LETTERS[rest % LETTERS.len()]));
        rest /= LETTERS.len();
    }
    name
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use wasm_encoder::TypeSection;
    use wasmparser::Payload;

    use super::*;

    fn module(names: &[&str]) -> Vec<u8> {
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        types.ty().function([], []);
        names.iter().for_each(|name| _ = imports.import("./page_bg.js", name, EntityType::Function(0)));
        let mut module = Module::new();
        module.section(&types).section(&imports);
        module.finish()
    }

    fn imported(wasm: &[u8]) -> Vec<String> {
        Parser::new(0)
            .parse_all(wasm)
            .filter_map(
                |payload| if let Payload::ImportSection(section) = payload.unwrap() { Some(section) } else { None },
            )
            .flat_map(|section| {
                section.into_imports().map(|import| import.unwrap().name.to_owned()).collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn program_and_script_agree_on_shorter_names() {
        let names = ["__wbg_now_0123456789abcdef", "__wbindgen_throw", "__wbg_log_fedcba9876543210"];
        let of = |names: [&str; 3]| {
            let define = |name| format!("        {name}: function(arg0) {{}},\n");
            format!("    const import0 = {{\n{}    }};\n", names.map(define).concat())
        };
        let (wasm, script) = shorten(&module(&names), &of(names)).unwrap();
        assert_eq!(imported(&wasm), ["a", "__wbindgen_throw", "b"]);
        assert_eq!(script, of(["a", "__wbindgen_throw", "b"]));
    }

    #[test]
    fn a_function_that_the_script_does_not_define_is_named() {
        let error = shorten(&module(&["__wbg_now_0123456789abcdef"]), "").unwrap_err();
        assert_eq!(error.to_string(), "its script defines __wbg_now_0123456789abcdef in 0 places");
        assert!(matches!(shorten(b"no wasm", ""), Err(Unnamed::Invalid(_))));
    }

    #[test]
    fn no_two_names_are_the_same() {
        let names: Vec<String> = (0..3000).map(short).collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        assert!(names[..26].iter().all(|name| name.len() == 1) && names[26..900].iter().all(|name| name.len() == 2));
        assert!(names.iter().all(|name| name.starts_with(|letter: char| letter.is_ascii_lowercase())));
    }
}
