//! The ranking MLP, which the page calls the head: from interest and query to the click probability.

use model::Kind;

use super::mlp::{hidden_layers, output};
use crate::explain::calculation::{Calculation, Function, Named, Stage, Term, Vector, at};
use crate::explain::inputs::Inputs;
use crate::language::t;

/// A part of what goes into the ranking MLP.
struct Piece {
    /// Letter of the part.
    letter: &'static str,
    /// `[unit]`.
    values: Vec<f32>,
    /// What the query was multiplied by to give the part, with its letter; none where the part is no such product.
    of_query: Option<Named>,
}

impl Piece {
    fn plain(letter: &'static str, values: &[f32]) -> Self {
        Self { letter, values: values.to_vec(), of_query: None }
    }

    fn of_query(letter: &'static str, q: &[f32], with: Named) -> Self {
        let values = q.iter().zip(&with.values).map(|(a, b)| a * b).collect();
        Self { letter, values, of_query: Some(with) }
    }
}

/// The stage that makes a click probability of `interest` and the query.
pub fn stage(inputs: &Inputs, interest: Vector) -> Stage {
    let (weights, q) = (&inputs.weights, &inputs.query);
    let head = &weights.config().head;
    let mut pieces = vec![Piece::plain("v", &interest.values), Piece::plain("q", q)];
    let mut letters = vec![interest.letter.clone(), "q".to_owned()];
    if head.interest_product {
        letters.push(format!("q ⊙ {}", interest.letter));
        pieces.push(Piece::of_query("q⊙v", q, Named::new("v", interest.values.as_slice())));
    }
    let mut vectors = vec![interest.computed_before()];
    if head.key_sum {
        let sum = key_sum(inputs);
        letters.extend(["Σ k".to_owned(), "q ⊙ Σ k".to_owned()]);
        pieces.push(Piece::plain("Σk", &sum.values));
        pieces.push(Piece::of_query("q⊙Σk", q, Named::new("Σk", sum.values.as_slice())));
        vectors.push(sum);
    }
    let input = joined(format!("z = [{}]", letters.join(", ")), pieces, q.clone());
    let z = Named::new("z", input.values.as_slice());
    vectors.push(input);
    let letters = ["y¹", "y²", "y³", "y⁴", "y⁵", "y⁶", "y⁷", "y⁸"];
    let (hidden, last) = hidden_layers(weights, "head", head.hidden.len(), head.activation, letters, z);
    vectors.extend(hidden);
    let (logit, probability) = (inputs.inspection.logit, inputs.inspection.probability);
    vectors.push(output(weights, "head", &last, "logit", "ℓ", logit));
    let of_logit = Calculation::sum_of(vec![Term::new("ℓ", [logit])]).then(Function::Sigmoid);
    vectors.push(Vector::number(Kind::Score, t!("click probability"), "p", "p = σ(ℓ)", probability, of_logit));
    Stage {
        name: t!("Head"),
        sentence: if head.key_sum {
            t!("A perceptron makes the click probability of the interest, the product and the sum of the clicks.")
        } else {
            t!("A perceptron makes the click probability of the interest and the product.")
        },
        id: "ranking_mlp",
        weighs: false,
        vectors,
    }
}

/// Σ_j k_j.
fn key_sum(inputs: &Inputs) -> Vector {
    let keys = inputs.keys.clone();
    Vector::computed(t!("sum of the clicks"), "Σ k", "Σ_j k_j", inputs.query.len(), move |unit| {
        let term = |(j, key): (usize, &Vec<f32>)| Term::new(format!("k_{{{},{}}}", j + 1, unit + 1), [key[unit]]);
        Calculation::sum_of(keys.iter().enumerate().map(term).collect())
    })
}

/// All pieces one after the other: what goes into the ranking MLP.
fn joined(equation: String, pieces: Vec<Piece>, q: Vec<f32>) -> Vector {
    let values: Vec<f32> = pieces.iter().flat_map(|piece| piece.values.iter().copied()).collect();
    Vector::new(t!("input of the head"), "z", equation, values, move |unit| {
        let mut place = unit;
        for piece in &pieces {
            if place < piece.values.len() {
                let term = match &piece.of_query {
                    Some(with) => Term::new(
                        format!("{} {}", at("q", place), at(with.letter, place)),
                        [q[place], with.values[place]],
                    ),
                    None => Term::new(at(piece.letter, place), [piece.values[place]]),
                };
                return Calculation::sum_of(vec![term]);
            }
            place -= piece.values.len();
        }
        Calculation::sum_of(Vec::new())
    })
}
