//! What is to be trained and how, as the visitor sets it: fields of a network, each with what it usually is, and what was set
//! otherwise. The same text stands in the page's address.

use std::collections::BTreeMap;

use model::{Activation, Config, NetworkConfig, NetworkKind};
use training::options::{FineTuning, Frozen, TrainConfig};

use crate::explain::settings::Choices;
use crate::explain::under::{settings, under};
use crate::language::t;

/// What is to be trained: a network, and what of its fields is not as usual.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// Which network.
    pub kind: NetworkKind,
    /// What was set otherwise, by the ids of fields, as it was typed.
    set: BTreeMap<&'static str, String>,
}

/// Something that can be set.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name in the address and in the tests.
    pub id: &'static str,
    /// What stands before it.
    pub label: &'static str,
    /// What it can be.
    pub values: Values,
    /// What it is where nobody sets it.
    pub usual: String,
}

/// What a field can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// A whole number, from the least to the greatest.
    Whole(u64, u64),
    /// A number that is at least the first, and not more than the second.
    Number(f64, f64),
    /// Units of each hidden layer, one to eight of them.
    Layers,
    /// One of these: each with what it is called.
    OneOf(Vec<(String, String)>),
}

/// What is wrong with a field, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The field; none where it is about several of them.
    pub id: Option<&'static str>,
    /// What is wrong.
    pub why: String,
}

/// The field that says whether a network is trained from a seed or on with the visitor's clicks, and its values.
pub const FROM: &str = "from";
const SEED: &str = "seed";
const CLICKS: &str = "clicks";

/// How the page's networks are fine-tuned where nobody sets it otherwise: so many passes of so many steps, each with so many
/// purchases of the shop's customers, with a step size at which some clicks are learned within a minute.
const TUNING_PASSES: usize = 5;
const TUNING_STEPS: usize = 20;
const TUNING_REPLAY: usize = 128;
const TUNING_RATE: f64 = 2e-3;

/// The network with which the form begins: the one that learns within seconds.
const FIRST: NetworkKind = NetworkKind::EmbeddingMlp;

/// The greatest number that goes into a seed's field: JavaScript knows every whole number up to there.
const GREATEST_SEED: u64 = (1 << 53) - 1;

impl Default for Form {
    fn default() -> Self {
        Self::of(FIRST)
    }
}

impl Form {
    /// The network as the page's own was trained.
    pub fn of(kind: NetworkKind) -> Self {
        Self { kind, set: BTreeMap::new() }
    }

    /// The network and what was set, `din,seed.3,head.32-16`.
    pub fn text(&self) -> String {
        let fields = self.fields().into_iter().map(|field| (self.value(&field), field));
        // What cannot be, nobody could read.
        let set = fields.filter(|(value, field)| *value != field.usual && field.values.problem(value).is_none());
        let set = set.map(|(value, field)| format!("{}.{}", field.id, value.replace(' ', "-")));
        std::iter::once(self.kind.id().to_owned()).chain(set).collect::<Vec<_>>().join(",")
    }

    /// What the address says of it; none where it is as it begins.
    pub fn written(&self) -> Option<String> {
        (*self != Self::default()).then(|| self.text())
    }

    /// The form of which an address has the text.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let id = parts.next()?;
        let mut form = Self::of(NetworkKind::ALL.iter().copied().find(|kind| kind.id() == id)?);
        for part in parts {
            let (id, value) = part.split_once('.')?;
            let field = form.fields().into_iter().find(|field| field.id == id)?;
            let value = if field.values == Values::Layers { value.replace('-', " ") } else { value.to_owned() };
            field.values.problem(&value).is_none().then(|| form.change(field.id, value))?;
        }
        Some(form)
    }

    /// Whether the page's network is trained on with the visitor's clicks, in place of one from a seed.
    pub fn is_tuning(&self) -> bool {
        self.set.get(FROM).is_some_and(|from| from == CLICKS)
    }

    /// Has the page's network trained on with the visitor's clicks, or one from a seed, as usual but for the seed.
    pub fn tune(&mut self, tunes: bool) {
        let seed = self.seed();
        *self = Self::of(self.kind);
        self.change("seed", seed);
        self.change(FROM, if tunes { CLICKS } else { SEED }.to_owned());
    }

    /// The seed as it was typed.
    pub fn seed(&self) -> String {
        self.set.get("seed").cloned().unwrap_or_else(|| TrainConfig::shipped(self.kind).seed.to_string())
    }

    /// What a field is set to.
    pub fn value(&self, field: &Field) -> String {
        self.set.get(field.id).cloned().unwrap_or_else(|| field.usual.clone())
    }

    /// Sets a field of this id.
    pub fn change(&mut self, id: &'static str, value: String) {
        let Some(field) = self.fields().into_iter().find(|field| field.id == id) else { return };
        let value = match (&field.values, layers(&value)) {
            (Values::Layers, Some(units)) => listed(&units),
            _ => value.trim().to_owned(),
        };
        // What is as usual need not be said.
        if value == field.usual {
            self.set.remove(id);
        } else {
            self.set.insert(id, value);
        }
    }

    /// Everything that can be set.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = if self.is_tuning() { self.tuning_fields() } else { self.seed_fields() };
        let from = [(SEED, t!("from a seed")), (CLICKS, t!("on with your clicks"))];
        let from = from.map(|(id, name)| (id.to_owned(), name.to_owned())).into();
        fields.insert(0, Field { id: FROM, label: t!("Trained"), values: Values::OneOf(from), usual: SEED.to_owned() });
        fields
    }

    /// What can be set of fine-tuning: sizes and options are those of the page's network.
    fn tuning_fields(&self) -> Vec<Field> {
        let train = TrainConfig::shipped(self.kind);
        let field = |id, label, values, usual: String| Field { id, label, values, usual };
        let frozen =
            [("nothing", t!("nothing")), ("embeddings", t!("the embeddings")), ("head", t!("the ranking MLP"))];
        let frozen = Values::OneOf(frozen.map(|(id, name)| (id.to_owned(), name.to_owned())).into());
        let replay = t!("Others’ purchases a step");
        vec![
            field("seed", t!("Seed"), Values::Whole(0, GREATEST_SEED), train.seed.to_string()),
            field("passes", t!("Passes"), Values::Whole(1, 100), TUNING_PASSES.to_string()),
            field("rate", t!("Largest step size"), Values::Number(1e-6, 1.0), TUNING_RATE.to_string()),
            field("replay", replay, Values::Whole(0, 1024), TUNING_REPLAY.to_string()),
            field("frozen", t!("Stays as it is"), frozen, "nothing".to_owned()),
            field("steps", t!("Steps a pass"), Values::Whole(1, 1000), TUNING_STEPS.to_string()),
            field("negatives", t!("Negatives a purchase"), Values::Whole(1, 32), train.negatives.to_string()),
            field("softmax", t!("Share of the softmax loss"), Values::Number(0.0, 1.0), train.softmax.to_string()),
        ]
    }

    /// What can be set of a training from a seed.
    fn seed_fields(&self) -> Vec<Field> {
        let config = self.kind.shipped();
        let train = TrainConfig::shipped(self.kind);
        let field = |id, label, values, usual: String| Field { id, label, values, usual };
        let size = Values::Whole(1, 512);
        let mut fields = vec![
            field("seed", t!("Seed"), Values::Whole(0, GREATEST_SEED), train.seed.to_string()),
            field("passes", t!("Passes over the purchases"), Values::Whole(1, 50), train.epochs.to_string()),
            field("rate", t!("Largest step size"), Values::Number(1e-6, 1.0), train.learning_rate.to_string()),
            field("negatives", t!("Negatives a purchase"), Values::Whole(1, 32), train.negatives.to_string()),
            field("softmax", t!("Share of the softmax loss"), Values::Number(0.0, 1.0), train.softmax.to_string()),
        ];
        if self.kind == NetworkKind::Dien {
            let usual = train.auxiliary.to_string();
            fields.push(field("auxiliary", t!("Weight of the auxiliary loss"), Values::Number(0.0, 10.0), usual));
        }
        fields.push(field("item", t!("Width of the item embedding"), size.clone(), config.item_dim.to_string()));
        fields.push(field(
            "category",
            t!("Width of the category embedding"),
            size.clone(),
            config.category_dim.to_string(),
        ));
        match &config.network {
            NetworkConfig::Din(din) => {
                let usual = listed(&din.attention.hidden);
                fields.push(field("unit", t!("Layers of the local activation unit"), Values::Layers, usual));
            }
            NetworkConfig::ComirecSa(comirec) => {
                fields.push(field("interests", t!("Interests"), Values::Whole(1, 16), comirec.interests.to_string()));
                fields.push(field("hidden", t!("Hidden units of the attention"), size, comirec.hidden.to_string()));
            }
            // The states of DIEN are as wide as an item, or they could not be told from one another by inner products.
            NetworkConfig::Dien(_) | NetworkConfig::EmbeddingMlp(_) | NetworkConfig::Tin(_) => {}
        }
        fields.push(field("head", t!("Layers of the ranking MLP"), Values::Layers, listed(&config.head.hidden)));
        let activations = ["Dice", "PReLU"].map(|name| (name.to_lowercase(), name.to_owned()));
        fields.push(field("activation", t!("Activation"), Values::OneOf(activations.into()), "dice".to_owned()));
        fields.extend(settings(&config).into_iter().map(|setting| {
            let options = setting.options.into_iter().enumerate();
            let options = options.map(|(place, name)| ((place + 1).to_string(), name)).collect();
            field(setting.id, setting.label, Values::OneOf(options), (setting.place + 1).to_string())
        }));
        fields
    }

    /// What is not as usual, in words: label and value of each field.
    pub fn differences(&self) -> Vec<(&'static str, String)> {
        let named = |field: &Field, value: &String| match &field.values {
            Values::OneOf(options) => options.iter().find(|(id, _)| id == value).map(|(_, name)| name.clone()),
            _ => None,
        };
        let fields = self.fields();
        let differs = fields.iter().filter_map(|field| self.set.get(field.id).map(|value| (field, value)));
        differs.map(|(field, value)| (field.label, named(field, value).unwrap_or_else(|| value.clone()))).collect()
    }

    /// The network and how it is to be trained.
    ///
    /// # Errors
    /// What is wrong with the first field that cannot be what it is.
    pub fn options(&self) -> Result<(Config, TrainConfig), Wrong> {
        let (mut config, mut train) = (self.kind.shipped(), TrainConfig::shipped(self.kind));
        let (mut choices, mut is_prelu) = (Choices::new(), false);
        let mut unit = Vec::new();
        let (mut interests, mut hidden) = (0, 0);
        let mut tuning = FineTuning { steps: 0, replay: 0, frozen: Frozen::Nothing };
        for field in self.fields() {
            let value = self.value(&field);
            if let Some(why) = field.values.problem(&value) {
                let why = t!("{field}: {why}", field = field.label);
                return Err(Wrong { id: Some(field.id), why });
            }
            let whole = || value.trim().parse::<u64>().unwrap_or_default();
            let number = || value.trim().parse::<f64>().unwrap_or_default();
            match field.id {
                FROM => {}
                "seed" => train.seed = whole(),
                "steps" => tuning.steps = whole() as usize,
                "replay" => tuning.replay = whole() as usize,
                "frozen" => {
                    tuning.frozen = match &*value {
                        "embeddings" => Frozen::Embeddings,
                        "head" => Frozen::Head,
                        _ => Frozen::Nothing,
                    }
                }
                "passes" => {
                    train.epochs = whole() as usize;
                    // Whoever asks for passes gets them; what comes out is the best one anyway.
                    train.patience = train.patience.max(train.epochs - 1);
                }
                "rate" => train.learning_rate = number(),
                "negatives" => train.negatives = whole() as usize,
                "softmax" => train.softmax = number() as f32,
                "auxiliary" => train.auxiliary = number() as f32,
                "item" => config.item_dim = whole() as usize,
                "category" => config.category_dim = whole() as usize,
                "interests" => interests = whole() as usize,
                "hidden" => hidden = whole() as usize,
                "unit" => unit = layers(&value).unwrap_or_default(),
                "head" => config.head.hidden = layers(&value).unwrap_or_default(),
                "activation" => is_prelu = value == "prelu",
                id => drop(choices.insert(id, (whole() as usize).saturating_sub(1))),
            }
        }
        if self.is_tuning() {
            // A step of a hundred purchases cannot tell how the average of all of them is to shrink.
            train = TrainConfig { fine_tuning: Some(tuning), warmup: 0.0, weight_decay: 0.0, ..train };
            return Ok((config, train));
        }
        let activation = if is_prelu { Activation::Prelu } else { Activation::DICE };
        config.head.activation = activation;
        let width = config.width();
        match &mut config.network {
            NetworkConfig::Din(din) => (din.attention.hidden, din.attention.activation) = (unit, activation),
            NetworkConfig::Dien(dien) => dien.hidden = width,
            NetworkConfig::ComirecSa(comirec) => (comirec.interests, comirec.hidden) = (interests, hidden),
            NetworkConfig::EmbeddingMlp(_) | NetworkConfig::Tin(_) => {}
        }
        let (config, _) = under(&config, &choices);
        match config.problem() {
            Some(why) => Err(Wrong { id: None, why }),
            None => Ok((config, train)),
        }
    }
}

impl Values {
    /// Why a field cannot be this, in a sentence that goes on; none where it can.
    pub fn problem(&self, value: &str) -> Option<String> {
        match self {
            Self::Whole(least, most) => {
                let fits = value.trim().parse::<u64>().is_ok_and(|number| (least..=most).contains(&&number));
                (!fits).then(|| t!("it takes a whole number from {least} to {most}"))
            }
            Self::Number(least, most) => {
                let fits = value.trim().parse::<f64>().is_ok_and(|number| (least..=most).contains(&&number));
                (!fits).then(|| t!("it takes a number from {least} to {most}"))
            }
            Self::Layers => layers(value)
                .is_none()
                .then(|| t!("it takes the units of one to eight layers, such as 64 32, each 512 at most").to_owned()),
            Self::OneOf(options) => {
                (!options.iter().any(|(id, _)| id == value)).then(|| t!("there is no such choice").to_owned())
            }
        }
    }
}

/// Units of each layer, one after the other.
fn listed(units: &[usize]) -> String {
    units.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
}

/// Units of each layer, written one after the other; none where they are not one to eight, of 1 to 512 units each.
fn layers(text: &str) -> Option<Vec<usize>> {
    let parts = text.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty());
    let units: Vec<usize> = parts.map(str::parse).collect::<Result<_, _>>().ok()?;
    let is_list = text.chars().all(|letter| letter.is_ascii_digit() || [' ', ',', '→', '-'].contains(&letter));
    ((1..=8).contains(&units.len()) && is_list && units.iter().all(|units| (1..=512).contains(units))).then_some(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(kind: NetworkKind, values: &[(&'static str, &str)]) -> Form {
        let mut form = Form::of(kind);
        values.iter().for_each(|(id, value)| form.change(id, (*value).to_owned()));
        form
    }

    #[test]
    fn a_form_begins_with_what_the_page_ships() {
        for kind in NetworkKind::ALL {
            let (config, train) = Form::of(*kind).options().unwrap();
            assert_eq!((config, train), (kind.shipped(), TrainConfig::shipped(*kind)), "{}", kind.id());
            assert!(Form::of(*kind).differences().is_empty());
        }
        assert_eq!(Form::default().written(), None);
    }

    #[test]
    fn fine_tuning_takes_the_network_as_it_is_and_keeps_the_seed() {
        for kind in NetworkKind::ALL {
            let mut form = set(*kind, &[("seed", "7"), ("head", "9 5")]);
            form.tune(true);
            let (config, train) = form.options().unwrap();
            let expected = FineTuning { steps: TUNING_STEPS, replay: TUNING_REPLAY, frozen: Frozen::Nothing };
            assert_eq!((config, train.seed, train.fine_tuning), (kind.shipped(), 7, Some(expected)));
            for (id, value) in [("replay", "0"), ("steps", "3"), ("frozen", "head")] {
                form.change(id, value.to_owned());
            }
            let found = form.options().unwrap().1.fine_tuning;
            assert_eq!(found, Some(FineTuning { steps: 3, replay: 0, frozen: Frozen::Head }));
            assert_eq!(Form::read(&form.written().unwrap()), Some(form.clone()));
            form.tune(false);
            assert_eq!(form, set(*kind, &[("seed", "7")]));
        }
    }

    #[test]
    fn every_field_changes_what_is_trained() {
        for kind in NetworkKind::ALL {
            let usual = Form::of(*kind).options().unwrap();
            for field in Form::of(*kind).fields() {
                let other = match &field.values {
                    Values::Whole(..) => (field.usual.parse::<u64>().unwrap() + 1).to_string(),
                    Values::Number(..) => "0.25".to_owned(),
                    Values::Layers => "9 5".to_owned(),
                    Values::OneOf(options) => options.iter().find(|(id, _)| *id != field.usual).unwrap().0.clone(),
                };
                let form = set(*kind, &[(field.id, &other)]);
                assert_ne!(form.options().unwrap(), usual, "{}: {}", kind.id(), field.id);
                assert_eq!(form.differences().len(), 1);
                assert_eq!(Form::read(&form.written().unwrap()), Some(form.clone()), "{}: {}", kind.id(), field.id);
                // And back.
                let mut back = form;
                back.change(field.id, field.usual);
                assert_eq!(back, Form::of(*kind));
            }
        }
    }

    #[test]
    fn the_states_of_dien_stay_as_wide_as_an_item() {
        let (config, _) = set(NetworkKind::Dien, &[("item", "10"), ("category", "3")]).options().unwrap();
        assert_eq!((config.width(), config.interest_width()), (13, 13));
        assert_eq!(config.network.auxiliary_problem(config.width()), None);
    }

    #[test]
    fn what_cannot_be_is_said_of_the_field() {
        for (id, value) in [
            ("seed", "-1"),
            ("seed", "9007199254740993"),
            ("passes", "0"),
            ("passes", "1.5"),
            ("rate", "0"),
            ("rate", "NaN"),
            ("softmax", "1.1"),
            ("item", ""),
            ("head", "0"),
            ("head", "64 x"),
            ("head", "1 2 3 4 5 6 7 8 9"),
            ("activation", "relu"),
            ("normalization", "9"),
        ] {
            let wrong = set(NetworkKind::Din, &[(id, value)]).options().unwrap_err();
            assert_eq!(wrong.id, Some(id), "{id} {value}: {}", wrong.why);
            assert_eq!(Form::read(&format!("din,{id}.{value}")), None, "{id} {value}");
        }
        for text in ["", "gru", "din,seed", "din,auxiliary.1", "din,nothing.1"] {
            assert_eq!(Form::read(text), None, "{text}");
        }
        assert_eq!(layers("64→32, 8"), Some(vec![64, 32, 8]));
    }
}
