//! What the network says to a question, and what a prediction is worth beside it. Nobody asks the network before a prediction
//! is committed.

use model::Inspection;
use shaders::{Answer, EngineError};

use super::draws::Draws;
use super::question::{Question, Task};
use super::score::{EVEN, as_drawn, bars, chance_as_drawn, for_place, pairs_in_order, right_way, shares};
use crate::explain::networks::Network;
use crate::language::english;
use crate::session::answer::ranks::Ranks;

/// A change of a click probability that is a network's own, and not the rounding of its sums.
const NOTICED: f32 = 1e-4;

/// Guessed histories from which the worth of one is averaged.
const GUESSES: usize = 24;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The engine says why.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A network or a product is not here.
    #[error("{0}")]
    Missing(String),
}

/// Whoever can be asked what networks say.
pub trait Ask {
    /// The click probabilities of all products after `history` by `network`, with everything computed for those `inspected`.
    ///
    /// # Errors
    /// See [`Unanswered`].
    async fn rank(&mut self, network: Network, history: &[u32], inspected: &[u32]) -> Result<Answer, Unanswered>;
}

/// A prediction.
#[derive(Debug, Clone, PartialEq)]
pub enum Guess {
    /// The products, the most probable first.
    Order(Vec<u32>),
    /// Whether the probability rises; none before anything was said.
    Way(Option<bool>),
    /// The height of each click's bar, `[history]`.
    Bars(Vec<f32>),
    /// Whether each of the networks notices.
    Notice(Vec<bool>),
    /// What is clicked, oldest first.
    Clicks(Vec<u32>),
}

/// What the network says to a question and a prediction.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    /// The products with their probabilities, the most probable first.
    Order(Vec<(u32, f32)>),
    /// The product's probability before and after the click goes or comes.
    Way([f32; 2]),
    /// The weight of each click, and its share of what is above zero, `[history]`.
    Bars(Vec<f32>, Vec<f64>),
    /// The product's probability after the clicks in both orders, `[network]`.
    Notice(Vec<[f32; 2]>),
    /// The place of the product and of how many, and the first products with their probabilities.
    Place {
        /// The place, counted from 1.
        place: usize,
        /// How many products are ranked.
        count: usize,
        /// The first products with their probabilities, and the product itself where it is not among them.
        first: Vec<(u32, f32)>,
    },
}

/// What became of a prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What the network says.
    pub truth: Truth,
    /// What the prediction is worth, from 0 to 1.
    pub score: f64,
    /// What a guess is worth on average.
    pub chance: f64,
}

impl Guess {
    /// What stands there before anything was predicted.
    pub fn start(question: &Question) -> Self {
        match &question.task {
            Task::Order(products) => Self::Order(products.clone()),
            Task::Goes { .. } | Task::Comes { .. } => Self::Way(None),
            Task::Attention(_) => Self::Bars(vec![0.0; question.history.len()]),
            Task::Reordered { networks, .. } => Self::Notice(vec![false; networks.len()]),
            Task::Find { .. } => Self::Clicks(Vec::new()),
        }
    }

    /// Whether something was predicted that can be committed.
    pub fn is_whole(&self) -> bool {
        match self {
            Self::Order(_) | Self::Notice(_) => true,
            Self::Way(way) => way.is_some(),
            Self::Bars(bars) => bars.iter().any(|bar| *bar > 0.0),
            Self::Clicks(clicks) => !clicks.is_empty(),
        }
    }

    /// A guess, each as likely as any other.
    pub fn drawn(question: &Question, draws: &mut Draws) -> Self {
        match &question.task {
            Task::Order(products) => Self::Order(draws.some(products, products.len())),
            Task::Goes { .. } | Task::Comes { .. } => Self::Way(Some(draws.coin())),
            Task::Attention(_) => Self::Bars(bars(question.history.len(), draws)),
            Task::Reordered { networks, .. } => Self::Notice(networks.iter().map(|_| draws.coin()).collect()),
            Task::Find { offers, most, .. } => {
                let count = 1 + draws.below(*most);
                Self::Clicks(draws.some(offers, count))
            }
        }
    }
}

/// Whether a network says something else, by the probabilities before and after.
pub fn notices([before, after]: [f32; 2]) -> bool {
    (after - before).abs() > NOTICED
}

/// What the network says to a question, and what `guess` is worth beside it.
///
/// # Errors
/// See [`Unanswered`].
pub async fn judge(ask: &mut impl Ask, question: &Question, guess: &Guess) -> Result<Judged, Unanswered> {
    let Question { network, history, task } = question;
    let judged = match (task, guess) {
        (Task::Order(_), Guess::Order(order)) => {
            let probabilities = ask.rank(*network, history, &[]).await?.probabilities;
            let of = |item: &u32| probability(&probabilities, *item);
            let mut truth: Vec<(u32, f32)> = order.iter().map(|item| (*item, of(item))).collect();
            let score = pairs_in_order(&order.iter().map(of).collect::<Vec<_>>());
            truth.sort_by(|(_, a), (_, b)| b.total_cmp(a));
            Judged { truth: Truth::Order(truth), score, chance: EVEN }
        }
        (Task::Goes { product, .. } | Task::Comes { product, .. }, Guess::Way(way)) => {
            let before = probability(&ask.rank(*network, history, &[]).await?.probabilities, *product);
            let after = probability(&ask.rank(*network, &question.changed(), &[]).await?.probabilities, *product);
            let score = right_way(way.unwrap_or_default(), after - before);
            Judged { truth: Truth::Way([before, after]), score, chance: EVEN }
        }
        (Task::Attention(product), Guess::Bars(heights)) => {
            let answer = ask.rank(*network, history, &[*product]).await?;
            let weights = answer.inspections.first().map(attention).unwrap_or_default();
            let shares_of = shares(&weights);
            let (score, chance) = (as_drawn(heights, &shares_of), chance_as_drawn(&shares_of));
            Judged { truth: Truth::Bars(weights, shares_of), score, chance }
        }
        (Task::Reordered { product, other, networks }, Guess::Notice(notice)) => {
            let mut truth = Vec::new();
            for network in networks {
                let before = probability(&ask.rank(*network, history, &[]).await?.probabilities, *product);
                let after = probability(&ask.rank(*network, other, &[]).await?.probabilities, *product);
                truth.push([before, after]);
            }
            let right = truth.iter().zip(notice).filter(|(truth, says)| notices(**truth) == **says).count();
            let score = right as f64 / truth.len().max(1) as f64;
            Judged { truth: Truth::Notice(truth), score, chance: EVEN }
        }
        (Task::Find { .. }, Guess::Clicks(clicks)) => {
            let (score, truth) = find(ask, question, clicks).await?;
            let mut draws = Draws::named("clicks", 0);
            let mut chance = 0.0;
            for _ in 0..GUESSES {
                if let Guess::Clicks(clicks) = Guess::drawn(question, &mut draws) {
                    chance += find(ask, question, &clicks).await?.0 / GUESSES as f64;
                }
            }
            Judged { truth, score, chance }
        }
        _ => return Err(Unanswered::Missing(english!("This is no prediction of what was asked").to_owned())),
    };
    Ok(judged)
}

/// What these clicks are worth to a product that is to be the first, and what the ranking is after them.
async fn find(ask: &mut impl Ask, question: &Question, clicks: &[u32]) -> Result<(f64, Truth), Unanswered> {
    const SHOWN: usize = 3;
    let product = question.product().unwrap_or_default();
    let history = [&question.history, clicks].concat();
    let probabilities = ask.rank(question.network, &history, &[]).await?.probabilities;
    let ranks = Ranks::new(&probabilities, &history);
    let count = ranks.order().len();
    let place = ranks.place(product).map_or(count, |place| place as usize);
    let mut first: Vec<u32> = ranks.order().iter().copied().take(SHOWN).collect();
    if !first.contains(&product) {
        first.push(product);
    }
    let first = first.into_iter().map(|item| (item, probability(&probabilities, item))).collect();
    Ok((for_place(place, count), Truth::Place { place, count, first }))
}

/// The weight of each click.
fn attention(inspection: &Inspection) -> Vec<f32> {
    inspection.trace.attention().to_vec()
}

/// The probability of an item; 0 where there is none.
pub fn probability(probabilities: &[f32], item: u32) -> f32 {
    probabilities.get(item as usize).copied().unwrap_or_default()
}

impl Question {
    /// The clicks after one has gone or come.
    pub fn changed(&self) -> Vec<u32> {
        let mut changed = self.history.clone();
        match self.task {
            Task::Goes { click, .. } if click < changed.len() => drop(changed.remove(click)),
            Task::Comes { click, .. } => changed.push(click),
            _ => {}
        }
        changed
    }
}
