//! Reading a [`Config`] from JSON, whoever parsed that: `serde_json`, or the browser, which saves the page a parser. Every
//! field that is missing, unknown or of the wrong kind is named.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as UnknownName, StringDeserializer};

use super::{Activation, Config, HeadConfig};
use crate::networks::{
    Auxiliary, DienAttention, DienConfig, DinConfig, EmbeddingMlpConfig, LocalActivationConfig, NetworkConfig,
    TinConfig,
};

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

impl TryFrom<serde_json::Value> for Config {
    type Error = String;

    fn try_from(json: serde_json::Value) -> Result<Self, String> {
        Self::from_json(&json)
    }
}

impl Config {
    /// Reads what `Serialize` writes.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub fn from_json(json: &impl Json) -> Result<Self, String> {
        let mut fields = Fields::new(json)?;
        fields.read(|fields| {
            Ok(Self {
                item_dim: fields.size("item_dim")?,
                category_dim: fields.size("category_dim")?,
                max_history: fields.size("max_history")?,
                network: network(fields.object("network")?)?,
                head: head(fields.object("head")?)?,
            })
        })
    }
}

fn head<J: Json>(mut fields: Fields<J>) -> Result<HeadConfig, String> {
    fields.read(|fields| {
        Ok(HeadConfig {
            hidden: fields.sizes("hidden")?,
            activation: activation(fields.object("activation")?)?,
            interest_product: fields.flag("interest_product")?.ok_or_else(|| missing("interest_product"))?,
            key_sum: fields.flag("key_sum")?.ok_or_else(|| missing("key_sum"))?,
            wide: fields.flag("wide")?.unwrap_or(false),
        })
    })
}

fn activation<J: Json>(mut fields: Fields<J>) -> Result<Activation, String> {
    fields.read(|fields| match fields.name()?.as_str() {
        "relu" => Ok(Activation::Relu),
        "sigmoid" => Ok(Activation::Sigmoid),
        "prelu" => Ok(Activation::Prelu),
        "dice" => Ok(Activation::Dice {
            epsilon: fields.required("epsilon", "a number", J::number)? as f32,
            affine: fields.flag("affine")?.ok_or_else(|| missing("affine"))?,
        }),
        other => Err(unknown("activation", other)),
    })
}

fn network<J: Json>(mut fields: Fields<J>) -> Result<NetworkConfig, String> {
    fields.read(|fields| match fields.name()?.as_str() {
        "embedding-mlp" => Ok(NetworkConfig::EmbeddingMlp(EmbeddingMlpConfig {
            pooling: fields.choice("pooling")?.ok_or_else(|| missing("pooling"))?,
        })),
        "din" => Ok(NetworkConfig::Din(DinConfig {
            attention: fields.object("attention")?.read(local_activation)?,
            normalization: fields.choice("normalization")?.ok_or_else(|| missing("normalization"))?,
            padding: fields.flag("padding")?.unwrap_or(false),
        })),
        "dien" => Ok(NetworkConfig::Dien(DienConfig {
            hidden: fields.size("hidden")?,
            attention: fields.optional_object("attention")?.map_or(Ok(DienAttention::default()), dien_attention)?,
            normalization: fields.choice("normalization")?.unwrap_or_default(),
            evolution: fields.choice("evolution")?.ok_or_else(|| missing("evolution"))?,
            reset: fields.choice("reset")?.unwrap_or_default(),
            auxiliary: fields.optional_object("auxiliary")?.map_or(Ok(Auxiliary::default()), auxiliary)?,
        })),
        "tin" => Ok(NetworkConfig::Tin(TinConfig {})),
        other => Err(unknown("network", other)),
    })
}

fn local_activation<J: Json>(fields: &mut Fields<J>) -> Result<LocalActivationConfig, String> {
    Ok(LocalActivationConfig {
        hidden: fields.sizes("hidden")?,
        activation: activation(fields.object("activation")?)?,
        query_projection: fields.flag("query_projection")?.unwrap_or(false),
    })
}

fn dien_attention<J: Json>(mut fields: Fields<J>) -> Result<DienAttention, String> {
    fields.read(|fields| match fields.name()?.as_str() {
        "bilinear" => Ok(DienAttention::Bilinear),
        "local-activation" => Ok(DienAttention::LocalActivation(local_activation(fields)?)),
        "none" => Ok(DienAttention::None),
        other => Err(unknown("attention", other)),
    })
}

fn auxiliary<J: Json>(mut fields: Fields<J>) -> Result<Auxiliary, String> {
    fields.read(|fields| match fields.name()?.as_str() {
        "inner-product" => Ok(Auxiliary::InnerProduct),
        "mlp" => Ok(Auxiliary::Mlp {
            hidden: fields.sizes("hidden")?,
            activation: activation(fields.object("activation")?)?,
        }),
        other => Err(unknown("auxiliary", other)),
    })
}

/// The fields of an object that were not read yet.
struct Fields<J> {
    left: Vec<(String, J)>,
}

impl<J: Json> Fields<J> {
    fn new(json: &J) -> Result<Self, String> {
        let left = json.fields().ok_or("expected an object")?;
        Ok(Self { left })
    }

    /// Lets `read` take every field.
    fn read<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
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

    fn required<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl FnOnce(&J) -> Option<T>,
    ) -> Result<T, String> {
        self.take(name, expected, read)?.ok_or_else(|| missing(name))
    }

    fn size(&mut self, name: &'static str) -> Result<usize, String> {
        self.required(name, "a whole number", size)
    }

    fn sizes(&mut self, name: &'static str) -> Result<Vec<usize>, String> {
        self.required(name, "a list of whole numbers", |value| value.elements()?.iter().map(size).collect())
    }

    fn flag(&mut self, name: &'static str) -> Result<Option<bool>, String> {
        self.take(name, "true or false", J::flag)
    }

    fn object(&mut self, name: &'static str) -> Result<Self, String> {
        self.optional_object(name)?.ok_or_else(|| missing(name))
    }

    fn optional_object(&mut self, name: &'static str) -> Result<Option<Self>, String> {
        self.take(name, "an object", |value| Self::new(value).ok())
    }

    /// Which kind an object is.
    fn name(&mut self) -> Result<String, String> {
        self.required("name", "a string", J::text)
    }

    /// One of the names that `T` derives.
    fn choice<T: for<'de> Deserialize<'de>>(&mut self, name: &'static str) -> Result<Option<T>, String> {
        let Some(text) = self.take(name, "a string", J::text)? else { return Ok(None) };
        let deserializer: StringDeserializer<UnknownName> = text.into_deserializer();
        T::deserialize(deserializer).map(Some).map_err(|error| format!("field `{name}`: {error}"))
    }
}

/// A whole number; the largest there is for a larger one.
fn size<J: Json>(value: &J) -> Option<usize> {
    value.number().filter(|number| number.fract() == 0.0 && *number >= 0.0).map(|number| number as usize)
}

fn missing(name: &str) -> String {
    format!("missing field `{name}`")
}

fn unknown(what: &str, name: &str) -> String {
    format!("unknown {what} `{name}`")
}
