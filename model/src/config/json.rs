//! Reading a configuration from JSON, whoever parsed that: `serde_json`, or the browser, which saves the page a parser. Every
//! field that is missing, unknown or of the wrong kind is named.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as NoVariant, StringDeserializer};

/// A JSON value.
pub trait Json: Sized {
    /// Names and values of an object.
    fn fields(&self) -> Option<Vec<(String, Self)>>;
    /// The value of an object's field.
    fn field(&self, name: &str) -> Option<Self>;
    /// Values of an array.
    fn elements(&self) -> Option<Vec<Self>>;
    /// A string.
    fn text(&self) -> Option<String>;
    /// A number.
    fn number(&self) -> Option<f64>;
    /// A truth value.
    fn flag(&self) -> Option<bool>;
}

impl Json for serde_json::Value {
    fn fields(&self) -> Option<Vec<(String, Self)>> {
        Some(self.as_object()?.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    fn field(&self, name: &str) -> Option<Self> {
        self.get(name).cloned()
    }

    fn elements(&self) -> Option<Vec<Self>> {
        self.as_array().cloned()
    }

    fn text(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn flag(&self) -> Option<bool> {
        self.as_bool()
    }
}

/// The fields of an object that were not read yet.
pub(crate) struct Fields<J> {
    left: Vec<(String, J)>,
}

impl<J: Json> Fields<J> {
    /// The fields of `json`.
    ///
    /// # Errors
    /// Where it is no object.
    pub fn new(json: &J) -> Result<Self, String> {
        let left = json.fields().ok_or("expected an object")?;
        Ok(Self { left })
    }

    /// Lets `read` take every field.
    pub fn read<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        let value = read(self)?;
        match self.left.first() {
            Some((name, _)) => Err(format!("unknown field `{name}`")),
            None => Ok(value),
        }
    }

    fn take<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl FnOnce(&J) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(place) = self.left.iter().position(|(field, _)| field == name) else { return Ok(None) };
        let (_, value) = self.left.swap_remove(place);
        read(&value).ok_or_else(|| format!("field `{name}` is not {expected}")).map(Some)
    }

    /// A field that must be there, of the kind that `expected` says.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl FnOnce(&J) -> Option<T>,
    ) -> Result<T, String> {
        self.take(name, expected, read)?.ok_or_else(|| missing(name))
    }

    /// A whole number that must be there.
    pub fn size(&mut self, name: &'static str) -> Result<usize, String> {
        self.required(name, "a whole number", size)
    }

    /// A list of whole numbers that must be there.
    pub fn sizes(&mut self, name: &'static str) -> Result<Vec<usize>, String> {
        self.required(name, "a list of whole numbers", |value| value.elements()?.iter().map(size).collect())
    }

    /// A truth value, where it is there.
    pub fn flag(&mut self, name: &'static str) -> Result<Option<bool>, String> {
        self.take(name, "true or false", J::flag)
    }

    /// An object that must be there.
    pub fn object(&mut self, name: &'static str) -> Result<Self, String> {
        self.optional_object(name)?.ok_or_else(|| missing(name))
    }

    /// An object, where it is there.
    pub fn optional_object(&mut self, name: &'static str) -> Result<Option<Self>, String> {
        self.take(name, "an object", |value| Self::new(value).ok())
    }

    /// Which kind an object is.
    pub fn name(&mut self) -> Result<String, String> {
        self.required("name", "a string", J::text)
    }

    /// One of the names that `T` derives.
    pub fn choice<T: for<'de> Deserialize<'de>>(&mut self, name: &'static str) -> Result<Option<T>, String> {
        let Some(text) = self.take(name, "a string", J::text)? else { return Ok(None) };
        let deserializer: StringDeserializer<NoVariant> = text.into_deserializer();
        T::deserialize(deserializer).map(Some).map_err(|error| format!("field `{name}`: {error}"))
    }
}

/// A whole number; the largest there is for a larger one.
fn size<J: Json>(value: &J) -> Option<usize> {
    value.number().filter(|number| number.fract() == 0.0 && *number >= 0.0).map(|number| number as usize)
}

/// A field is missing.
pub(crate) fn missing(name: &str) -> String {
    format!("missing field `{name}`")
}

/// A name is none of those that `what` may have.
pub(crate) fn unknown(what: &str, name: &str) -> String {
    format!("unknown {what} `{name}`")
}

/// A name that is none of those known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{name}\" is not known; there are {known}")]
pub struct UnknownName {
    name: String,
    known: &'static str,
}

impl UnknownName {
    /// `name` is none of `known`, a list with commas.
    pub fn new(name: &str, known: &'static str) -> Self {
        Self { name: name.to_owned(), known }
    }
}
