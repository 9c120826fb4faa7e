//! What stands in a call of the macros.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, LitStr, Token, parse_quote};
use words::{Dictionaries, Piece, pieces};

/// A text, and what fills its gaps.
pub struct Call {
    text: LitStr,
    /// For several things, where the text counts some.
    plural: Option<LitStr>,
    fillings: Vec<(Ident, Expr)>,
}

impl Parse for Call {
    fn parse(input: ParseStream) -> Result<Self, Error> {
        let text = input.parse()?;
        let plural = input.parse::<Option<Token![|]>>()?.map(|_| input.parse()).transpose()?;
        let mut fillings = Vec::new();
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let name: Ident = input.parse()?;
            let value = match input.parse::<Option<Token![=]>>()? {
                Some(_) => input.parse()?,
                None => parse_quote!(#name),
            };
            fillings.push((name, value));
        }
        if !input.is_empty() {
            return Err(input.error("a comma, or nothing more"));
        }
        Ok(Self { text, plural, fillings })
    }
}

impl Call {
    /// The text in the reader's language.
    ///
    /// # Errors
    /// Where the dictionaries do not have it, or the gaps are others than what is given.
    pub fn text(self, all: &Dictionaries) -> Result<TokenStream, Error> {
        let number = all.first().and_then(|dictionary| dictionary.number(&self.text.value()));
        let number = number.ok_or_else(|| self.missing("page.po"))?;
        let there = all.first().and_then(|dictionary| dictionary.texts.get(&self.text.value()));
        if there.and_then(|text| text.plural.clone()) != self.plural.as_ref().map(LitStr::value) {
            return Err(Error::new(self.text.span(), "the dictionaries have another plural"));
        }
        let (values, tags) = self.gaps();
        let (values, tags) = (self.filled(values, true)?, self.filled(tags, false)?);
        self.all_used(&values, &tags)?;
        let text = &self.text;
        let pairs = |fillings: &[(String, Expr)]| {
            let pairs = fillings.iter().map(|(name, value)| quote!((#name, &(#value))));
            quote!(&[#(#pairs),*])
        };
        Ok(match &self.plural {
            Some(plural) => {
                let (count, mut others): (Vec<_>, Vec<_>) = values.into_iter().partition(|(name, _)| name == COUNT);
                let [(name, value)] = count.as_slice() else {
                    return Err(Error::new(plural.span(), "a text with a plural has the gap {count}"));
                };
                // Of its own, whatever else is called so.
                let count = Ident::new(COUNT, Span::mixed_site());
                others.push((name.clone(), parse_quote!(crate::ui::format::count(#count))));
                let values = pairs(&others);
                quote!(match #value { #count => crate::language::counted(#number, [#text, #plural], #count, #values) })
            }
            None if !tags.is_empty() => {
                let (values, tags) = (pairs(&values), pairs(&tags));
                quote!(crate::language::shown(#number, #text, #values, #tags))
            }
            None if !values.is_empty() => {
                let values = pairs(&values);
                quote!(crate::language::filled(#number, #text, #values))
            }
            None => quote!(crate::language::text(#number, #text)),
        })
    }

    /// The sentence in English.
    ///
    /// # Errors
    /// As [`Call::text`].
    pub fn sentence(self, all: &Dictionaries) -> Result<TokenStream, Error> {
        let is_there = all.first().is_some_and(|dictionary| dictionary.sentences.contains_key(&self.text.value()));
        if !is_there || self.plural.is_some() {
            return Err(self.missing("sentences.po"));
        }
        let (values, tags) = self.gaps();
        let values = self.filled(values, true)?;
        self.all_used(&values, &self.filled(tags, false)?)?;
        let text = &self.text;
        if values.is_empty() {
            return Ok(quote!(#text));
        }
        let values = values.iter().map(|(name, value)| {
            let name = Ident::new(name, text.span());
            quote!(#name = #value)
        });
        Ok(quote!(::std::format!(#text, #(#values),*)))
    }

    fn missing(&self, file: &str) -> Error {
        Error::new(self.text.span(), format!("no dictionary has this text: every language needs it in its {file}"))
    }

    /// The names of the gaps for values, and of those for views.
    fn gaps(&self) -> (Vec<String>, Vec<String>) {
        let (mut values, mut tags) = (Vec::new(), Vec::new());
        let mut find = |text: &str| {
            let mut inner = Vec::new();
            for piece in pieces(text) {
                match piece {
                    Piece::Text(_) => {}
                    Piece::Value(name) => values.push(name.to_owned()),
                    Piece::Tag(name, words) => {
                        tags.push(name.to_owned());
                        inner.push(words.to_owned());
                    }
                }
            }
            inner
        };
        for words in find(&self.text.value()) {
            find(&words);
        }
        for names in [&mut values, &mut tags] {
            names.sort();
            names.dedup();
        }
        (values, tags)
    }

    /// What fills the gaps of these names: what is given or, where `or_variable`, the variable of the name.
    fn filled(&self, names: Vec<String>, or_variable: bool) -> Result<Vec<(String, Expr)>, Error> {
        names
            .into_iter()
            .map(|name| {
                let given = self.fillings.iter().find(|(ident, _)| *ident == name).map(|(_, value)| value.clone());
                let is_variable = or_variable && syn::parse_str::<Ident>(&name).is_ok();
                let value = given.or_else(|| {
                    let variable = is_variable.then(|| Ident::new(&name, self.text.span()))?;
                    Some(parse_quote!(#variable))
                });
                match value {
                    Some(value) => Ok((name, value)),
                    None => Err(Error::new(self.text.span(), format!("nothing is given for “{name}”"))),
                }
            })
            .collect()
    }

    /// Refuses what fills no gap.
    fn all_used(&self, values: &[(String, Expr)], tags: &[(String, Expr)]) -> Result<(), Error> {
        let is_used = |ident: &Ident| values.iter().chain(tags).any(|(name, _)| ident == name);
        match self.fillings.iter().find(|(ident, _)| !is_used(ident)) {
            Some((ident, _)) => Err(Error::new(ident.span(), "the text has no gap of this name")),
            None => Ok(()),
        }
    }
}

/// The gap for the number by which the form of a text is chosen.
const COUNT: &str = "count";

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What a call of `t!` becomes, by dictionaries with one language.
    fn text(call: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = "msgid \"Undo\"\nmsgstr \"撤销\"\n\n\
                    msgid \"of {a} <b>{c}</b>\"\nmsgstr \"<b>{c}</b> 的 {a}\"\n\n\
                    msgid \"{count} {a}\"\nmsgid_plural \"{count} {a}s\"\nmsgstr[0] \"{count} {a}\"\n";
        fs::create_dir(folder.path().join("zh")).unwrap();
        fs::write(folder.path().join("zh/page.po"), file).unwrap();
        fs::write(folder.path().join("zh/sentences.po"), "msgid \"{a} is gone\"\nmsgstr \"{a} 没了\"\n").unwrap();
        let all = Dictionaries::read(folder.path()).unwrap();
        let call: Call = syn::parse_str(call).map_err(|error| error.to_string())?;
        let is_sentence = call.text.value().contains("gone");
        let tokens = if is_sentence { call.sentence(&all) } else { call.text(&all) };
        tokens.map(|tokens| tokens.to_string().replace(' ', "")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_text_becomes_its_number_and_what_fills_it() {
        let whole = |expected: &str| Ok(expected.replace(' ', ""));
        assert_eq!(text("\"Undo\""), whole("crate::language::text(0usize, \"Undo\")"));
        assert_eq!(
            text("\"of {a} <b>{c}</b>\", a = 1 + 1, b = bold,"),
            whole(
                "crate::language::shown(1usize, \"of{a}<b>{c}</b>\", &[(\"a\",&(1+1)),(\"c\",&(c))], &[(\"b\",&(bold))])"
            )
        );
        assert!(
            text("\"{count} {a}\" | \"{count} {a}s\", a, count = n")
                .unwrap()
                .contains("[\"{count}{a}\",\"{count}{a}s\"]")
        );
        assert_eq!(text("\"{a} is gone\", a = file"), whole("::std::format!(\"{a}isgone\", a = file)"));
    }

    #[test]
    fn what_does_not_fit_the_dictionaries_does_not_compile() {
        for (call, why) in [
            ("\"Redo\"", "no dictionary has this text: every language needs it in its page.po"),
            ("\"it is gone\"", "no dictionary has this text: every language needs it in its sentences.po"),
            ("\"Undo\", a = 1", "the text has no gap of this name"),
            ("\"of {a} <b>{c}</b>\"", "nothing is given for “b”"),
            ("\"Undo\" | \"Undos\"", "the dictionaries have another plural"),
            ("\"{count} {a}\"", "the dictionaries have another plural"),
            ("\"Undo\" a", "a comma, or nothing more"),
        ] {
            assert_eq!(text(call), Err(why.to_owned()), "{call}");
        }
    }
}
