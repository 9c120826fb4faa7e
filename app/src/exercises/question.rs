//! What an exercise asks, as data: see `assets/lesson/exercises.json`.

use model::Json;

use crate::explain::networks::Network;
use crate::session::shop::products::ids;

/// An exercise: the same kind of question several times.
#[derive(Debug, Clone, PartialEq)]
pub struct Exercise {
    /// The name in the address, in the texts and in results.
    pub id: String,
    /// What is to be predicted.
    pub kind: Kind,
    /// The first question and its variants.
    pub variants: Vec<Question>,
}

/// What is to be predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The order of five products.
    Order,
    /// Which way a probability moves when a click goes.
    Goes,
    /// Which way a probability moves when a click comes.
    Comes,
    /// The attention that each click gets.
    Attention,
    /// Which networks notice that the clicks are in another order.
    Reordered,
    /// A history after which a product is the first.
    Find,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Order, Self::Goes, Self::Comes, Self::Attention, Self::Reordered, Self::Find];

    /// The name in data, in texts and in results.
    pub fn id(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Goes => "goes",
            Self::Comes => "comes",
            Self::Attention => "attention",
            Self::Reordered => "reordered",
            Self::Find => "find",
        }
    }
}

/// One question. Products are rows of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The network that is asked.
    pub network: Network,
    /// The clicks, oldest first.
    pub history: Vec<u32>,
    /// What is to be predicted.
    pub task: Task,
}

/// What is to be predicted, with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// The order of these products by their probabilities.
    Order(Vec<u32>),
    /// Which way the probability of a product moves when the click at this index of the history goes.
    Goes {
        /// The product.
        product: u32,
        /// The index of the click, from the oldest.
        click: usize,
    },
    /// Which way the probability of a product moves when this product is clicked.
    Comes {
        /// The product.
        product: u32,
        /// What is clicked.
        click: u32,
    },
    /// How the attention for this product is shared among the clicks.
    Attention(u32),
    /// Which of the networks say something else of a product when the same clicks come in another order.
    Reordered {
        /// The product.
        product: u32,
        /// The clicks in the other order.
        other: Vec<u32>,
        /// The networks.
        networks: Vec<Network>,
    },
    /// Clicks that make a product the first of the ranking.
    Find {
        /// The product.
        product: u32,
        /// What there is to click.
        offers: Vec<u32>,
        /// How many clicks there may be.
        most: usize,
    },
}

impl Question {
    /// The product that the question is about; none where it is about several.
    pub fn product(&self) -> Option<u32> {
        match self.task {
            Task::Order(_) => None,
            Task::Goes { product, .. } | Task::Comes { product, .. } | Task::Attention(product) => Some(product),
            Task::Reordered { product, .. } | Task::Find { product, .. } => Some(product),
        }
    }

    /// The product whose click goes or comes.
    pub fn click(&self) -> Option<u32> {
        match self.task {
            Task::Goes { click, .. } => self.history.get(click).copied(),
            Task::Comes { click, .. } => Some(click),
            _ => None,
        }
    }

    /// Reads a question of this kind; `row` gives the row of a product's id. None where a field or a product is missing.
    fn from_json(kind: Kind, json: &impl Json, row: &dyn Fn(&str) -> Option<u32>) -> Option<Self> {
        let state = json.field("state")?.text()?;
        // Names and values as in the page's address.
        let said = |name: &str| state.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let product = || row(said("inspect")?);
        let click = || row(&json.field("click")?.text()?);
        let products = |name: &str| -> Option<Vec<u32>> {
            json.field(name)?.elements()?.iter().map(|id| row(&id.text()?)).collect()
        };
        let network = |id: &str| Network::shipped().find(|network| network.id() == id);
        let task = match kind {
            Kind::Order => Task::Order(products("products")?),
            Kind::Goes => Task::Goes { product: product()?, click: json.field("index")?.number()? as usize },
            Kind::Comes => Task::Comes { product: product()?, click: click()? },
            Kind::Attention => Task::Attention(product()?),
            Kind::Reordered => Task::Reordered {
                product: product()?,
                other: products("other")?,
                networks: json
                    .field("networks")?
                    .elements()?
                    .iter()
                    .map(|id| network(&id.text()?))
                    .collect::<Option<_>>()?,
            },
            Kind::Find => Task::Find {
                product: product()?,
                offers: products("offers")?,
                most: json.field("most")?.number()? as usize,
            },
        };
        let history = ids(said("history")?).iter().map(|id| row(id)).collect::<Option<_>>()?;
        Some(Self { network: network(said("network")?)?, history, task })
    }
}

impl Exercise {
    /// Reads an exercise; `row` gives the row of a product's id. None where a field or a product is missing.
    pub fn from_json(json: &impl Json, row: &dyn Fn(&str) -> Option<u32>) -> Option<Self> {
        let kind = json.field("kind")?.text()?;
        let kind = Kind::ALL.into_iter().find(|one| one.id() == kind)?;
        let variants = json.field("variants")?.elements()?;
        let variants = variants.iter().map(|variant| Question::from_json(kind, variant, row)).collect::<Option<_>>()?;
        Some(Self { id: json.field("id")?.text()?, kind, variants })
    }
}
