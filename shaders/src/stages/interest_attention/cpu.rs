//! DIEN's attention, `interest_attention.wgsl` in Rust.

use crate::cpu::dense::dot;
use crate::cpu::lanes::Vector;
use crate::stages::interest_attention::{InterestAttention, Scores};
use crate::stages::weighted_pooling::cpu::{normalize, pool};

/// a_t from score_t of each candidate, both `[step]`. score_t is s_t·(W·q) of the bilinear attention, that of
/// `local_activation` in `scores`, or 0 without attention, where a_t is 1 at the last step and 0 before. `query` is W·q
/// `[hidden]`; `states` is `[step, hidden]`, s_t = h_t, or s_t = h'_t of a second GRU, whose interest Σ_t a_t h'_t is left in
/// `interest`.
#[inline(always)]
pub(crate) fn interest_attention<V: Vector>(
    of: InterestAttention,
    states: &[f32],
    query: &[V],
    scores: &mut Vec<V>,
    attention: &mut Vec<V>,
    interest: &mut [V],
) {
    let states_of_steps = states.chunks_exact(of.hidden);
    match of.scores {
        Scores::Bilinear => {
            scores.clear();
            for state in states_of_steps {
                scores.push(dot(query, state)); // (1)
            }
        }
        Scores::LocalActivation => {}
        Scores::None => {
            scores.clear();
            scores.resize(states_of_steps.len(), query[0].broadcast(0.0));
        }
    }
    attention.clone_from(scores);
    if of.scores == Scores::None {
        if let Some(last) = attention.last_mut() {
            *last = last.broadcast(1.0);
        }
    } else {
        normalize(of.normalization, of.hidden, attention); // (2)
    }
    if of.pools {
        pool(states, attention, interest); // (3)
    }
}

#[cfg(test)]
mod tests {
    use model::{Activation, DienAttention, DienConfig, Evolution, LocalActivationConfig};
    use testing::config;

    use super::*;
    use crate::cpu::lanes::Lanes;
    use crate::networks::Body;
    use crate::seeded::by_hand;

    /// Scores, attention and interest of hidden width 2 from the states `[1, 2]` and `[−1, 10]`, the query [2, ½] and, of the
    /// local activation unit, these scores.
    fn attend(evolution: Evolution, attention: DienAttention, scores: &[f32]) -> [Vec<f32>; 3] {
        let network = by_hand(config([2, 0], DienConfig { attention, ..DienConfig::new(2, evolution) }), &[]);
        let Body::Dien(dien) = &network.body else { unreachable!() };
        let query = [Lanes::splat(2.0), Lanes::splat(0.5)];
        let mut scores = scores.iter().map(|&score| Lanes::splat(score)).collect();
        let (mut attention, mut interest) = (Vec::new(), [Lanes::ZERO; 2]);
        interest_attention(dien.attention, &[1.0, 2.0, -1.0, 10.0], &query, &mut scores, &mut attention, &mut interest);
        [&scores, &attention, interest.as_slice()]
            .map(|values| values.iter().map(|lanes| lanes.to_array()[6]).collect())
    }

    #[test]
    fn attention_is_a_softmax_over_the_steps() {
        let [scores, attention, _] = attend(Evolution::Augru, DienAttention::Bilinear, &[]);
        assert_eq!(scores, [3.0, 3.0]);
        assert_eq!(attention, [0.5, 0.5]);
    }

    #[test]
    fn the_states_of_a_second_gru_are_pooled() {
        let [_, attention, interest] = attend(Evolution::Gru, DienAttention::Bilinear, &[]);
        assert_eq!((attention, interest), (vec![0.5, 0.5], vec![0.0, 6.0]));
        let unit = DienAttention::LocalActivation(LocalActivationConfig::new([1], Activation::Relu));
        let [scores, attention, _] = attend(Evolution::Gru, unit, &[-7.0, -7.0]);
        assert_eq!((scores, attention), (vec![-7.0, -7.0], vec![0.5, 0.5]));
    }

    #[test]
    fn without_attention_the_last_state_is_the_interest() {
        let [scores, attention, interest] = attend(Evolution::Gru, DienAttention::None, &[]);
        assert_eq!((scores, attention, interest), (vec![0.0, 0.0], vec![0.0, 1.0], vec![-1.0, 10.0]));
    }

    #[test]
    fn an_empty_history_has_no_attention() {
        for attention in [DienAttention::Bilinear, DienAttention::None] {
            let dien = DienConfig { attention, ..DienConfig::new(2, Evolution::Gru) };
            let network = by_hand(config([2, 0], dien), &[]);
            let Body::Dien(dien) = &network.body else { unreachable!() };
            let (mut scores, mut attention) = (vec![Lanes::ZERO], vec![Lanes::ZERO]);
            let mut interest = [Lanes::splat(9.0); 2];
            interest_attention(dien.attention, &[], &[Lanes::ZERO; 2], &mut scores, &mut attention, &mut interest);
            assert!(scores.is_empty() && attention.is_empty());
            assert_eq!(interest, [Lanes::ZERO; 2]);
        }
    }
}
