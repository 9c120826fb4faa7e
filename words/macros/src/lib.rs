//! Macros that look the page's texts up in its dictionaries while it is compiled: one that is missing there, or has other gaps than
//! the code fills, does not compile. The dictionaries are in the folder `languages` of the crate that uses them.

mod call;

use std::path::Path;
use std::sync::OnceLock;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{Error, LitStr, parse_macro_input};
use words::Dictionaries;

use crate::call::Call;

/// A text in the reader's language: `&'static str`.
///
/// With gaps it becomes a `String`, and each is filled with what its name says, or with the variable of that name:
/// `t!("answered in {time}", time = milliseconds(ms))`. With `<name>words</name>` it becomes a view, and what is given as `name` makes
/// a view of the words. `t!("{count} click" | "{count} clicks", count = n)` takes the form that goes with the number.
#[proc_macro]
pub fn t(input: TokenStream) -> TokenStream {
    let call = parse_macro_input!(input as Call);
    expanded(dictionaries().and_then(|all| call.text(all)))
}

/// A sentence in English that is translated where it is shown: as `format!`.
#[proc_macro]
pub fn english(input: TokenStream) -> TokenStream {
    let call = parse_macro_input!(input as Call);
    expanded(dictionaries().and_then(|all| call.sentence(all)))
}

/// The text of an HTML file beside the code, in the reader's language: `&'static str`.
#[proc_macro]
pub fn html(input: TokenStream) -> TokenStream {
    let file = parse_macro_input!(input as LitStr);
    let number = |all: &Dictionaries| {
        let number = all.first().and_then(|dictionary| dictionary.number(&file.value()));
        number.ok_or_else(|| Error::new(file.span(), "no file of this name is among the dictionaries"))
    };
    expanded(dictionaries().and_then(number).map(|number| quote!(crate::language::text(#number, include_str!(#file)))))
}

/// Has whatever is in the dictionaries compiled anew when they change, and says what is wrong with them.
#[proc_macro]
pub fn dictionaries_hold(_: TokenStream) -> TokenStream {
    let checked = dictionaries().and_then(|all| {
        let mut problems = all.problems.iter().map(|problem| Error::new(proc_macro2::Span::call_site(), problem));
        let Some(first) = problems.next() else {
            let files = all.by_language.values().flat_map(|dictionary| &dictionary.files);
            let files = files.map(|file| file.display().to_string());
            return Ok(quote!(#(const _: &str = include_str!(#files);)*));
        };
        Err(problems.fold(first, |mut all, problem| {
            all.combine(problem);
            all
        }))
    });
    expanded(checked)
}

/// The dictionaries of the crate that is compiled.
fn dictionaries() -> Result<&'static Dictionaries, Error> {
    static READ: OnceLock<Result<Dictionaries, String>> = OnceLock::new();
    let read = READ.get_or_init(|| {
        let root = std::env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?;
        Dictionaries::read(&Path::new(&root).join("languages")).map_err(|error| error.to_string())
    });
    read.as_ref().map_err(|why| Error::new(proc_macro2::Span::call_site(), why))
}

fn expanded(tokens: Result<Tokens, Error>) -> TokenStream {
    tokens.unwrap_or_else(Error::into_compile_error).into()
}
