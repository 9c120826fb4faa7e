//! How questions are found: drawn by a seed, until one leaves no doubt about its answer. So the page's own exercises are found
//! for its networks, ahead, and those of a visitor's model when they are wanted.

use super::draws::Draws;
use super::judge::{Ask, Unanswered, probability};
use super::question::{Kind, Question, Task};
use super::score::{in_common, shares};
use crate::explain::networks::Network;
use crate::session::answer::ranks::{Ranks, sort_rows};
use model::Catalogue;

/// Products that many people know: of so many the questions are made.
const KNOWN: usize = 400;
/// Products among which the one is looked for that tells most.
const LOOKED_AT: usize = 60;
/// Sets of five products that are tried with a history.
const FIVES: usize = 400;
/// What there is to click to make a product the first, and how often.
const OFFERS: usize = 8;
const MOST: usize = 3;

/// What questions are made of.
#[derive(Debug, Clone)]
pub struct Stock {
    /// The best known products, the most popular first.
    known: Vec<u32>,
    /// The category of each product, `[items]`.
    categories: Vec<u32>,
    /// What people clicked, oldest first.
    shoppers: Vec<Vec<u32>>,
}

impl Stock {
    /// What a catalogue and the histories of some people have.
    pub fn new(catalogue: &Catalogue, shoppers: Vec<Vec<u32>>) -> Self {
        let items = catalogue.items();
        let popularity = |item: u32| items.get(item as usize).map_or(0, |item| item.popularity);
        let mut known: Vec<u32> = (0..items.len() as u32).collect();
        sort_rows(&mut known, &|a, b| popularity(b).cmp(&popularity(a)));
        known.truncate(KNOWN);
        Self { known, categories: catalogue.item_categories(), shoppers }
    }

    /// Between five and seven clicks: a part of what a shopper clicked or, as often, some of one category and then of another.
    fn history(&self, draws: &mut Draws) -> Vec<u32> {
        let length = 5 + draws.below(3);
        let shopper = self.shoppers.get(draws.below(2 * self.shoppers.len()));
        if let Some(shopper) = shopper.filter(|clicks| clicks.len() >= length) {
            let start = draws.below(shopper.len() - length + 1);
            return shopper[start..start + length].to_vec();
        }
        let mut clicks = Vec::new();
        for wanted in [length / 2, length - length / 2] {
            let Some(like) = self.known.get(draws.below(self.known.len())) else { return clicks };
            let category = |item: &u32| self.categories.get(*item as usize);
            let alike: Vec<u32> = self
                .known
                .iter()
                .copied()
                .filter(|item| category(item) == category(like) && !clicks.contains(item))
                .collect();
            clicks.extend(draws.some(&alike, wanted));
        }
        clicks
    }

    /// So many of the best known products that are not among `clicks`.
    fn others(&self, clicks: &[u32], count: usize, draws: &mut Draws) -> Vec<u32> {
        let others: Vec<u32> = self.known.iter().copied().filter(|item| !clicks.contains(item)).collect();
        draws.some(&others, count)
    }

    /// One question of a kind that `network` is asked, or all of `networks` where several are, with luck a good one; none where
    /// there is nothing to ask.
    async fn draw(
        &self,
        ask: &mut impl Ask,
        kind: Kind,
        network: Network,
        networks: &[Network],
        draws: &mut Draws,
    ) -> Result<Option<Question>, Unanswered> {
        let history = self.history(draws);
        let task = match kind {
            Kind::Order => {
                let probabilities = ask.rank(network, &history, &[]).await?.probabilities;
                let fives = (0..FIVES).map(|_| self.others(&history, 5, draws)).collect::<Vec<_>>();
                best(fives, |five| smallest_gap(&probabilities, five)).map(Task::Order)
            }
            Kind::Goes | Kind::Comes => {
                let click = draws.below(history.len());
                let comes = self.others(&history, 1, draws).first().copied().unwrap_or_default();
                let task = |product| match kind {
                    Kind::Goes => Task::Goes { product, click },
                    _ => Task::Comes { product, click: comes },
                };
                let changed = Question { network, history: history.clone(), task: task(0) }.changed();
                let before = ask.rank(network, &history, &[]).await?.probabilities;
                let after = ask.rank(network, &changed, &[]).await?.probabilities;
                let up = if draws.coin() { 1.0 } else { -1.0 };
                let products = self.others(&[&history[..], &[comes]].concat(), LOOKED_AT, draws);
                best(products, |item| up * (probability(&after, *item) - probability(&before, *item))).map(task)
            }
            Kind::Attention => {
                let probabilities = ask.rank(network, &history, &[]).await?.probabilities;
                let first: Vec<u32> =
                    Ranks::new(&probabilities, &history).order().iter().copied().take(LOOKED_AT).collect();
                draws.some(&first, 1).first().copied().map(Task::Attention)
            }
            Kind::Reordered => {
                let mut other = history.clone();
                if draws.coin() {
                    other.reverse();
                } else {
                    other.rotate_left(history.len() / 2);
                }
                let products = self.others(&history, LOOKED_AT, draws);
                // The least that a network which notices makes of it.
                let mut least = vec![f32::INFINITY; products.len()];
                for &network in networks {
                    let before = ask.rank(network, &history, &[]).await?.probabilities;
                    let after = ask.rank(network, &other, &[]).await?.probabilities;
                    let changes: Vec<f32> = products
                        .iter()
                        .map(|item| (probability(&after, *item) - probability(&before, *item)).abs())
                        .collect();
                    if changes.iter().any(|change| *change > SAME) {
                        least.iter_mut().zip(changes).for_each(|(least, change)| *least = least.min(change));
                    }
                }
                let networks = networks.to_vec();
                let product = best((0..products.len()).collect(), |place| least[*place]).map(|place| products[place]);
                product.map(|product| Task::Reordered { product, other, networks })
            }
            Kind::Find => {
                let offers = self.others(&history, OFFERS, draws);
                let mut firsts = Vec::new();
                for offer in &offers {
                    let clicks = [&history[..2.min(history.len())], &[*offer]].concat();
                    let probabilities = ask.rank(network, &clicks, &[]).await?.probabilities;
                    firsts.extend(Ranks::new(&probabilities, &clicks).order().first());
                }
                // What comes first after few of the clicks.
                let often = |item: &u32| firsts.iter().filter(|first| *first == item).count();
                let rare: Vec<u32> =
                    firsts.iter().copied().filter(|item| often(item) <= 2 && !offers.contains(item)).collect();
                let product = draws.some(&rare, 1).first().copied();
                product.map(|product| Task::Find { product, offers, most: MOST })
            }
        };
        let history = if kind == Kind::Find { history[..2.min(history.len())].to_vec() } else { history };
        Ok(task.map(|task| Question { network, history, task }))
    }

    /// The first question of a kind, of so many drawn, that `network` and, where there is one, `sibling` answer without doubt:
    /// else the best of them. With it, how much it is beyond doubt: see [`clarity`].
    ///
    /// # Errors
    /// See [`Unanswered`].
    pub async fn find(
        &self,
        ask: &mut impl Ask,
        kind: Kind,
        [network, sibling]: [Network; 2],
        networks: &[Network],
        (draws, tries): (&mut Draws, usize),
    ) -> Result<Option<(Question, f32)>, Unanswered> {
        let mut found: Option<(Question, f32)> = None;
        for _ in 0..tries {
            let Some(question) = self.draw(ask, kind, network, networks, draws).await? else { continue };
            let mut clear = clarity(ask, &question).await?;
            if sibling != network && clear >= 1.0 {
                clear = clear.min(clarity(ask, &Question { network: sibling, ..question.clone() }).await?);
            }
            if found.as_ref().is_none_or(|(_, best)| clear > *best) {
                found = Some((question, clear));
            }
            if clear >= 1.0 {
                break;
            }
        }
        Ok(found)
    }
}

/// The change of a probability that a network which does not notice stays below.
const SAME: f32 = 1e-5;
/// The difference of probabilities from which on neighbours in an order are told apart.
const APART: f32 = 0.03;
/// The change of a probability that leaves no doubt about its way, or that somebody noticed.
const MOVED: f32 = 0.03;
/// How much more of the whole attention the click with most has than the next one.
const AHEAD: f64 = 0.05;
/// How much of the whole attention is elsewhere than where all clicks get the same.
const UNEVEN: f64 = 0.2;
/// The difference of probabilities from which on a product is the first.
const FIRST: f32 = 0.01;

/// How clear the answer to a question is: from 1 on there is no doubt.
///
/// # Errors
/// See [`Unanswered`].
pub async fn clarity(ask: &mut impl Ask, question: &Question) -> Result<f32, Unanswered> {
    let Question { network, history, task } = question;
    Ok(match task {
        Task::Order(products) => smallest_gap(&ask.rank(*network, history, &[]).await?.probabilities, products) / APART,
        Task::Goes { product, .. } | Task::Comes { product, .. } => {
            let before = ask.rank(*network, history, &[]).await?.probabilities;
            let after = ask.rank(*network, &question.changed(), &[]).await?.probabilities;
            (probability(&after, *product) - probability(&before, *product)).abs() / MOVED
        }
        Task::Attention(product) => {
            let answer = ask.rank(*network, history, &[*product]).await?;
            let mut shares = shares(answer.inspections.first().map_or(&[][..], |one| one.trace.attention()));
            let even = vec![1.0 / shares.len().max(1) as f64; shares.len()];
            let uneven = (1.0 - in_common(&shares, &even)) / UNEVEN;
            shares.sort_by(|a, b| b.total_cmp(a));
            let ahead = shares.first().zip(shares.get(1)).map_or(0.0, |(first, next)| first - next) / AHEAD;
            uneven.min(ahead) as f32
        }
        Task::Reordered { product, other, networks } => {
            let mut clear = f32::INFINITY;
            for network in networks {
                let before = ask.rank(*network, history, &[]).await?.probabilities;
                let after = ask.rank(*network, other, &[]).await?.probabilities;
                let change = (probability(&after, *product) - probability(&before, *product)).abs();
                if change > SAME {
                    clear = clear.min(change / MOVED);
                }
            }
            if clear.is_finite() { clear } else { 1.0 }
        }
        Task::Find { product, offers, .. } => {
            let mut clear = 0.0f32;
            for offer in offers {
                let clicks = [&history[..], &[*offer]].concat();
                let probabilities = ask.rank(*network, &clicks, &[]).await?.probabilities;
                let ranks = Ranks::new(&probabilities, &clicks);
                if let [first, next, ..] = *ranks.order()
                    && first == *product
                {
                    clear = clear.max((probability(&probabilities, first) - probability(&probabilities, next)) / FIRST);
                }
            }
            clear
        }
    })
}

/// The smallest difference between the probabilities of products that are neighbours by them.
fn smallest_gap(probabilities: &[f32], products: &[u32]) -> f32 {
    let mut of: Vec<f32> = products.iter().map(|item| probability(probabilities, *item)).collect();
    of.sort_by(f32::total_cmp);
    of.windows(2).map(|pair| pair[1] - pair[0]).fold(f32::INFINITY, f32::min)
}

/// The one of `things` with the highest value; none of none.
fn best<T>(things: Vec<T>, value: impl Fn(&T) -> f32) -> Option<T> {
    let valued = things.into_iter().map(|thing| (value(&thing), thing));
    valued.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, thing)| thing)
}
