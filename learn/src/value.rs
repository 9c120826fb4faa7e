//! What a placeholder of the text stands for.
//!
//! | placeholder | value |
//! |---|---|
//! | `p NETWORK HISTORY ITEM` | click probability |
//! | `place NETWORK HISTORY ITEM` | place in the ranking |
//! | `weight NETWORK HISTORY ITEM CLICK` | attention to a click |
//! | `sum NETWORK HISTORY ITEM` | attention to all clicks together |
//! | `late NETWORK HISTORY ITEM` | share of the attention that the second half of the clicks gets |
//! | `mean PART NETWORK HISTORY ITEM CLICK` | mean over the units of a part of the trace at a click |
//! | `change NETWORK HISTORY ITEM CLICK` | by how much the probability changes without the click |
//! | `agree NETWORK HISTORY ITEM` | 1 where the click of most attention is the one without which it changes most, else −1 |
//! | `note NETWORK ENTRY.FIELD…` | a number of the network's file: configuration, training |
//! | `tensor NETWORK NAME INDEX`, `deviation NETWORK NAME INDEX` | an element of a tensor, and the root of one |
//! | `auc`, `gauc`, `logloss NETWORK PROTOCOL NEGATIVES` | what was measured, over the trainings |
//! | `trainings NETWORK`, `users PROTOCOL` | how many trainings, how many customers asked |
//! | `claim NETWORK THAN PROTOCOL NEGATIVES` | the difference of two GAUC; its sign is 0 unless the interval carries one |
//! | `count products`, `count categories`, `count HISTORY` | how many |
//! | `title ID`, `item NETWORK HISTORY ITEM`, `click NETWORK HISTORY ITEM CLICK` | a product's title |
//!
//! HISTORY is as in [`Shop::history`]. ITEM is an id or `best`, `best=2` …; CLICK is an id, `newest`, `oldest`, `most`, `least` (of
//! attention) or `influential`, without which the probability changes most.

use crate::error::Error;
use crate::format;
use crate::measured::Measured;
use crate::shop::Shop;

/// What stands in a placeholder's place.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number, how people read it, and the side on which it is taken to be: 1 above zero, −1 below, 0 for neither.
    Number {
        /// In full precision.
        value: f64,
        /// Rounded.
        text: String,
        /// See above.
        sign: i8,
    },
    /// A product's title.
    Title(String),
}

impl Value {
    fn number(value: f64, text: impl Into<String>) -> Self {
        Self::Number { value, text: text.into(), sign: i8::from(value > 0.0) - i8::from(value < 0.0) }
    }

    fn weight(value: f32) -> Self {
        Self::number(value.into(), format::weight(value))
    }

    fn count(value: usize) -> Self {
        Self::number(value as f64, format::count(value))
    }

    /// The side on which a number is taken to be.
    pub fn sign(&self) -> i8 {
        match self {
            Self::Number { sign, .. } => *sign,
            Self::Title(_) => 0,
        }
    }

    /// The value as HTML that says what it was computed from.
    pub fn html(&self, of: &str) -> String {
        match self {
            Self::Number { value, text, .. } => {
                format!("<data class=\"numbers\" value=\"{value}\" data-of=\"{of}\">{text}</data>")
            }
            Self::Title(title) => {
                let title = format::escaped(title);
                format!("<span class=\"product\" lang=\"en\" translate=\"no\" data-of=\"{of}\">{title}</span>")
            }
        }
    }
}

/// Computes placeholders.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// Products and networks.
    pub shop: &'a Shop,
    /// Results.
    pub measured: &'a Measured,
}

/// A question about one product: network, history, product.
struct Asked<'a> {
    network: &'a str,
    history: Vec<u32>,
    item: u32,
}

impl Values<'_> {
    /// The value of a placeholder.
    ///
    /// # Errors
    /// [`Error::Placeholder`] where it asks for what there is not; the errors of the engine.
    pub fn of(self, placeholder: &str) -> Result<Value, Error> {
        let words: Vec<&str> = placeholder.split(' ').collect();
        let wrong = |problem: &str| Error::placeholder(placeholder, problem);
        let found = match words.as_slice() {
            ["p", of @ ..] => {
                let p = self.probability(&self.asked(of)?)?;
                Value::number(p.into(), format::percent(p))
            }
            ["place", of @ ..] => {
                let Asked { network, history, item } = self.asked(of)?;
                let place = self.shop.answer(network, &history, None)?.place(item);
                Value::count(place.ok_or_else(|| wrong("the product is in the history"))?)
            }
            ["weight", network, history, item, click] => {
                let asked = self.asked(&[*network, *history, *item])?;
                let weights = self.attention(&asked)?;
                Value::weight(weights[self.click(&asked, click)?])
            }
            ["sum", of @ ..] => Value::weight(self.attention(&self.asked(of)?)?.iter().sum()),
            ["late", of @ ..] => {
                let weights = self.attention(&self.asked(of)?)?;
                let late: f32 = weights[weights.len() / 2..].iter().sum();
                let share = late / weights.iter().sum::<f32>();
                Value::number(share.into(), format::percent(share))
            }
            ["mean", part, network, history, item, click] => {
                let asked = self.asked(&[*network, *history, *item])?;
                let at = self.click(&asked, click)?;
                let trace = self.shop.inspection(asked.network, &asked.history, asked.item)?.trace;
                let steps = trace.part(part).and_then(|part| part.steps()).ok_or_else(|| wrong("no such part"))?;
                Value::weight(steps.step(at).iter().sum::<f32>() / steps.width() as f32)
            }
            ["change", network, history, item, click] => {
                let asked = self.asked(&[*network, *history, *item])?;
                let change = self.changes(&asked)?[self.click(&asked, click)?];
                let sign = if change.abs() < 0.000_05 { 0 } else { change.signum() as i8 };
                Value::Number { value: change.into(), text: format::points(change), sign }
            }
            ["agree", of @ ..] => {
                let asked = self.asked(of)?;
                let agree = self.click(&asked, "most")? == self.click(&asked, "influential")?;
                Value::number(if agree { 1.0 } else { -1.0 }, "")
            }
            ["note", network, field] => {
                let mut note = self.shop.notes(network)?;
                for name in field.split('.') {
                    let inner = name.parse::<usize>().map_or_else(|_| note.get(name), |index| note.get(index));
                    note = inner.ok_or_else(|| wrong("the file has no such entry"))?;
                }
                let number = note.as_f64().ok_or_else(|| wrong("the entry is no number"))?;
                // As people write it: thousands apart, and no more digits than there are.
                let text = note.as_u64().map_or_else(|| number.to_string(), |count| format::count(count as usize));
                Value::number(number, text)
            }
            [what @ ("tensor" | "deviation"), network, name, index] => {
                let values = self.shop.weights(network)?.values(name);
                let index = index.parse::<usize>().map_err(|_| wrong("the last word is no index"))?;
                let value = *values.get(index).ok_or_else(|| wrong("no such tensor or element"))?;
                Value::weight(if *what == "deviation" { value.sqrt() } else { value })
            }
            [metric @ ("auc" | "gauc" | "logloss"), network, protocol, negatives] => {
                let score = self.measured.score(metric, network, [*protocol, *negatives]);
                let score = score.ok_or_else(|| wrong("results.json has no such line"))?;
                let deviation = score.deviation.map(|deviation| format!(" ± {deviation:.3}")).unwrap_or_default();
                Value::number(score.mean, format!("{:.3}{deviation}", score.mean))
            }
            ["trainings", network] => Value::count(self.measured.trainings(network)),
            ["users", protocol] => {
                Value::count(self.measured.users(protocol).ok_or_else(|| wrong("nobody was asked that"))?)
            }
            ["claim", network, than, protocol, negatives] => self.claim([*network, *than], [*protocol, *negatives]),
            ["count", "products"] => Value::count(self.shop.catalogue().items().len()),
            ["count", "categories"] => Value::count(self.shop.catalogue().categories().len()),
            ["count", history] => Value::count(self.shop.history(history)?.len()),
            ["title", id] => Value::Title(self.shop.product(self.shop.row(id)?).title.clone()),
            ["item", of @ ..] => Value::Title(self.shop.product(self.asked(of)?.item).title.clone()),
            ["click", network, history, item, click] => {
                let asked = self.asked(&[*network, *history, *item])?;
                Value::Title(self.shop.product(asked.history[self.click(&asked, click)?]).title.clone())
            }
            _ => return Err(wrong("there is no such placeholder: see learn/src/value.rs")),
        };
        Ok(found)
    }

    /// The row of ITEM after a history.
    ///
    /// # Errors
    /// Where there is no such product.
    pub fn item(self, network: &str, history: &[u32], item: &str) -> Result<u32, Error> {
        let Some(place) = item.strip_prefix("best") else { return self.shop.row(item) };
        let place = place.strip_prefix('=').map_or(Ok(1), str::parse::<usize>);
        let answer = self.shop.answer(network, history, None)?;
        let found = place.ok().and_then(|place| answer.order.get(place.checked_sub(1)?).copied());
        found.ok_or_else(|| Error::placeholder(item, "there is no such place"))
    }

    fn asked<'a>(self, words: &[&'a str]) -> Result<Asked<'a>, Error> {
        let [network, history, item] = *words else {
            return Err(Error::placeholder(&words.join(" "), "these are not network, history and product"));
        };
        let history = self.shop.history(history)?;
        let item = self.item(network, &history, item)?;
        Ok(Asked { network, history, item })
    }

    fn probability(self, asked: &Asked) -> Result<f32, Error> {
        Ok(self.shop.answer(asked.network, &asked.history, None)?.probabilities[asked.item as usize])
    }

    fn attention(self, asked: &Asked) -> Result<Vec<f32>, Error> {
        let inspection = self.shop.inspection(asked.network, &asked.history, asked.item)?;
        Ok(inspection.trace.attention().to_vec())
    }

    /// By how much the probability changes without each click.
    fn changes(self, Asked { network, history, item }: &Asked) -> Result<Vec<f32>, Error> {
        changes(self.shop, network, history, *item)
    }

    /// The place of CLICK in the history.
    fn click(self, asked: &Asked, click: &str) -> Result<usize, Error> {
        let most = |values: &[f32]| (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b]));
        let found = match click {
            "newest" => asked.history.len().checked_sub(1),
            "oldest" => (!asked.history.is_empty()).then_some(0),
            "most" => most(&self.attention(asked)?),
            "least" => most(&self.attention(asked)?.iter().map(|weight| -weight).collect::<Vec<_>>()),
            "influential" => most(&self.changes(asked)?.iter().map(|change| change.abs()).collect::<Vec<_>>()),
            id => {
                let row = self.shop.row(id)?;
                asked.history.iter().rposition(|item| *item == row)
            }
        };
        found.ok_or_else(|| Error::placeholder(click, "there is no such click"))
    }

    fn claim(self, [network, than]: [&str; 2], set: [&str; 2]) -> Value {
        let Some(found) = self.measured.difference(network, than, set) else {
            return Value::Number { value: 0.0, text: "–".to_owned(), sign: 0 };
        };
        let signed = |value: f64| format!("{}{:.3}", if value < 0.0 { "−" } else { "+" }, value.abs());
        let [difference, low, high] = [found.difference, found.low, found.high].map(signed);
        Value::Number { value: found.difference, text: format!("{difference} ({low} … {high})"), sign: found.sign() }
    }
}

/// By how much the probability of `item` changes without each click.
///
/// # Errors
/// The errors of the engine.
pub fn changes(shop: &Shop, network: &str, history: &[u32], item: u32) -> Result<Vec<f32>, Error> {
    let of = |history: &[u32]| -> Result<f32, Error> {
        Ok(shop.answer(network, history, None)?.probabilities[item as usize])
    };
    let whole = of(history)?;
    let without = |at: usize| -> Result<f32, Error> {
        let mut rest = history.to_vec();
        rest.remove(at);
        Ok(of(&rest)? - whole)
    };
    (0..history.len()).map(without).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::sources;

    fn with(check: impl Fn(Values)) {
        let assets = sources().join("../assets");
        let (shop, measured) = (Shop::open(&assets).unwrap(), Measured::open(&assets).unwrap());
        check(Values { shop: &shop, measured: &measured });
    }

    fn number(value: &Value) -> f64 {
        match value {
            Value::Number { value, .. } => *value,
            Value::Title(title) => panic!("{title} is no number"),
        }
    }

    #[test]
    fn what_networks_say_hangs_together() {
        with(|values| {
            let of = |placeholder: &str| number(&values.of(placeholder).unwrap());
            assert_eq!(of("place dien shopper2 best=3"), 3.0);
            assert!(of("p dien shopper2 best") >= of("p dien shopper2 best=2"));
            // A softmax.
            assert!((of("sum dien shopper2 22961") - 1.0).abs() < 1e-5);
            assert!(of("weight din shopper2 22961 most") >= of("weight din shopper2 22961 22960"));
            let change = of("p dien shopper2:without=22960 22961") - of("p dien shopper2 22961");
            assert!((of("change dien shopper2 22961 22960") - change).abs() < 1e-7);
            // DIN knows no order.
            assert!((of("p din shopper2:reversed 22961") - of("p din shopper2 22961")).abs() < 1e-6);
            assert_eq!(of("count shopper2:first=5"), 5.0);
            let config = values.shop.weights("dien").unwrap().config();
            assert_eq!(of("note dien config.item_dim"), config.item_dim as f64);
            assert_eq!(values.of("title 22960").unwrap(), Value::Title("Jam Making Set with Jars".to_owned()));
            assert_eq!(values.of("click din shopper2 22961 oldest").unwrap(), values.of("title 22960").unwrap());
        });
    }

    #[test]
    fn what_there_is_not_is_named() {
        with(|values| {
            for placeholder in [
                "p rnn shopper2 22961",
                "p din shopper9 22961",
                "p din shopper2 no-id",
                "q din",
                "gauc din next_item x",
            ] {
                assert!(matches!(values.of(placeholder), Err(Error::Placeholder { .. })), "{placeholder}");
            }
        });
    }
}
