//! AUC, GAUC and logloss on plain slices.
//!
//! A click is `true`. Scores may be logits or probabilities, for AUC only their order counts.

/// Area under the ROC curve: the probability that a random click scores higher than a random non-click, ties counting
/// half,
///
/// AUC = (Σ_{clicks} rank − P(P+1)/2) / (P·N)
///
/// with P clicks, N non-clicks and ranks from 1 by ascending score, equal scores sharing the mean of their ranks
/// (midranks; Hanley and McNeil 1982, Mann and Whitney 1947).
///
/// None where one of the classes is missing or a score is NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn auc(scores: &[f32], clicks: &[bool]) -> Option<f64> {
    assert_eq!(scores.len(), clicks.len(), "one score for each click");
    let positives = clicks.iter().filter(|&&click| click).count() as f64;
    let negatives = clicks.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let mut rank = 0.0;
    let mut sum = 0.0;
    // == and not total_cmp, so that −0 and 0, which total_cmp puts side by side, are a tie.
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let midrank = rank + (tied.len() as f64 + 1.0) / 2.0;
        sum += midrank * tied.iter().filter(|&&index| clicks[index]).count() as f64;
        rank += tied.len() as f64;
    }
    Some((sum - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

/// AUC within each user, averaged with the users' numbers of impressions as weights (Zhou et al. 2018, "Deep Interest
/// Network for Click-Through Rate Prediction", KDD, section "Metrics"):
///
/// GAUC = Σ_u impressions_u · AUC_u / Σ_u impressions_u
///
/// An impression is one element of the slices, `users` says whose. Users with clicks only or non-clicks only have no AUC
/// and count in neither sum. None where no user has both, or a score is NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn gauc(users: &[u32], scores: &[f32], clicks: &[bool]) -> Option<f64> {
    assert_eq!(users.len(), scores.len(), "one user for each score");
    assert_eq!(scores.len(), clicks.len(), "one score for each click");
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..users.len()).collect();
    order.sort_by_key(|&index| users[index]);
    let (mut weighted, mut impressions) = (0.0, 0.0);
    for user in order.chunk_by(|&a, &b| users[a] == users[b]) {
        let scores: Vec<f32> = user.iter().map(|&index| scores[index]).collect();
        let clicks: Vec<bool> = user.iter().map(|&index| clicks[index]).collect();
        if let Some(auc) = auc(&scores, &clicks) {
            weighted += user.len() as f64 * auc;
            impressions += user.len() as f64;
        }
    }
    (impressions > 0.0).then(|| weighted / impressions)
}

/// Mean negative log-likelihood of clicks y given logits z, with p = σ(z):
///
/// logloss = −(1/n) Σ [y·ln p + (1−y)·ln(1−p)] = (1/n) Σ [max(z, 0) − y·z + ln(1 + e^{−|z|})]
///
/// The second form neither overflows nor takes the logarithm of 0. None for empty slices.
///
/// # Panics
/// If the slices differ in length.
pub fn logloss(logits: &[f32], clicks: &[bool]) -> Option<f64> {
    assert_eq!(logits.len(), clicks.len(), "one logit for each click");
    let loss = |(&logit, &click): (&f32, &bool)| {
        let (z, y) = (f64::from(logit), f64::from(u8::from(click)));
        z.max(0.0) - y * z + (-z.abs()).exp().ln_1p()
    };
    (!logits.is_empty()).then(|| logits.iter().zip(clicks).map(loss).sum::<f64>() / logits.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All quantities are sums of a few exact or correctly rounded float64 terms.
    const TOLERANCE: f64 = 1e-12;

    #[test]
    fn auc_by_hand() {
        let (t, f) = (true, false);
        assert_eq!(auc(&[0.1, 0.4, 0.35, 0.8], &[f, f, t, t]), Some(0.75));
        assert_eq!(auc(&[3.0, 2.0, 1.0], &[t, t, f]), Some(1.0));
        assert_eq!(auc(&[3.0, 2.0, 1.0], &[f, f, t]), Some(0.0));
        assert_eq!(auc(&[5.0; 7], &[t, f, f, t, f, f, f]), Some(0.5), "all tied");
        // Clicks 2, 1 against non-clicks 2, 0: a tie, a win, a loss, a win.
        assert_eq!(auc(&[2.0, 1.0, 2.0, 0.0], &[t, t, f, f]), Some(2.5 / 4.0));
        assert_eq!(auc(&[-0.0, 0.0], &[f, t]), Some(0.5));
        assert_eq!(auc(&[f32::NEG_INFINITY, f32::INFINITY], &[f, t]), Some(1.0));
    }

    #[test]
    fn auc_without_an_answer() {
        assert_eq!(auc(&[], &[]), None);
        assert_eq!(auc(&[1.0, 2.0], &[true, true]), None);
        assert_eq!(auc(&[1.0, 2.0], &[false, false]), None);
        assert_eq!(auc(&[1.0, f32::NAN], &[true, false]), None);
    }

    #[test]
    fn gauc_weighs_users_by_impressions_and_skips_those_of_one_class() {
        // User 7: AUC 1, 2 impressions. User 3: AUC 1/2, 3 impressions. User 9: clicks only. Users need not be in blocks.
        let users = [7, 3, 9, 3, 7, 3, 9];
        let scores = [0.9, 0.5, 0.1, 0.4, 0.2, 0.6, 0.3];
        let clicks = [true, true, true, false, false, false, true];
        let expected = (2.0 * 1.0 + 3.0 * 0.5) / 5.0;
        assert!((gauc(&users, &scores, &clicks).unwrap() - expected).abs() < TOLERANCE);
        assert_eq!(gauc(&[1, 1, 2], &[0.1, 0.2, 0.3], &[true, true, false]), None);
        assert_eq!(gauc(&[1, 1], &[f32::NAN, 0.2], &[true, false]), None);
        assert_eq!(gauc(&[], &[], &[]), None);
    }

    #[test]
    fn logloss_by_hand() {
        assert!((logloss(&[0.0], &[true]).unwrap() - 2f64.ln()).abs() < TOLERANCE);
        // σ(ln 3) = 3/4; float32 rounds ln 3 by up to 6e-8.
        let z = 3f32.ln();
        let expected = -(0.75f64.ln() + 0.25f64.ln()) / 2.0;
        assert!((logloss(&[z, z], &[true, false]).unwrap() - expected).abs() < 1e-7);
        assert_eq!(logloss(&[], &[]), None);
    }

    #[test]
    fn logloss_is_finite_for_large_logits() {
        assert_eq!(logloss(&[1e4], &[false]), Some(1e4));
        assert_eq!(logloss(&[-1e4], &[true]), Some(1e4));
        assert_eq!(logloss(&[1e4, -1e4], &[true, false]), Some(0.0));
        assert_eq!(logloss(&[f32::MAX], &[false]), Some(f64::from(f32::MAX)));
    }

    /// Impressions whose scores often tie.
    fn impressions() -> impl Strategy<Value = Vec<(u32, i8, bool)>> {
        prop::collection::vec((0..5u32, -9..9i8, any::<bool>()), 0..80)
    }

    /// Counts the pairs of a click and a non-click that are in the right order.
    fn brute_force(scores: &[f32], clicks: &[bool]) -> Option<f64> {
        let of = |class| scores.iter().zip(clicks).filter(move |(_, click)| **click == class).map(|(score, _)| *score);
        let pairs = of(true).flat_map(|click| of(false).map(move |other| (click, other)));
        let wins = pairs.clone().map(|(click, other)| match click.total_cmp(&other) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        });
        let count = pairs.count();
        (count > 0).then(|| wins.sum::<f64>() / count as f64)
    }

    fn close(a: Option<f64>, b: Option<f64>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < TOLERANCE,
            (a, b) => a == b,
        }
    }

    proptest! {
        #[test]
        fn auc_counts_ordered_pairs(rows in impressions()) {
            let scores: Vec<f32> = rows.iter().map(|row| f32::from(row.1)).collect();
            let clicks: Vec<bool> = rows.iter().map(|row| row.2).collect();
            prop_assert!(close(auc(&scores, &clicks), brute_force(&scores, &clicks)));
        }

        #[test]
        fn auc_depends_on_the_order_alone(rows in impressions()) {
            let scores: Vec<f32> = rows.iter().map(|row| f32::from(row.1)).collect();
            let clicks: Vec<bool> = rows.iter().map(|row| row.2).collect();
            let expected = auc(&scores, &clicks);
            for map in [|s: f32| 3.0 * s - 7.0, f32::exp, |s: f32| s * s * s, |s: f32| 1.0 / (1.0 + (-s).exp())] {
                let mapped: Vec<f32> = scores.iter().map(|&score| map(score)).collect();
                prop_assert_eq!(auc(&mapped, &clicks), expected);
            }
            let reversed: Vec<f32> = scores.iter().map(|score| -score).collect();
            prop_assert!(close(auc(&reversed, &clicks), expected.map(|auc| 1.0 - auc)));
        }

        #[test]
        fn gauc_is_the_weighted_mean_of_each_users_pairs(rows in impressions()) {
            let users: Vec<u32> = rows.iter().map(|row| row.0).collect();
            let scores: Vec<f32> = rows.iter().map(|row| f32::from(row.1)).collect();
            let clicks: Vec<bool> = rows.iter().map(|row| row.2).collect();
            let (mut weighted, mut impressions) = (0.0, 0.0);
            for user in 0..5 {
                let own: Vec<_> = rows.iter().filter(|row| row.0 == user).collect();
                let scores: Vec<f32> = own.iter().map(|row| f32::from(row.1)).collect();
                let clicks: Vec<bool> = own.iter().map(|row| row.2).collect();
                if let Some(auc) = brute_force(&scores, &clicks) {
                    weighted += own.len() as f64 * auc;
                    impressions += own.len() as f64;
                }
            }
            let expected = (impressions > 0.0).then(|| weighted / impressions);
            prop_assert!(close(gauc(&users, &scores, &clicks), expected));
        }

        #[test]
        fn logloss_is_the_cross_entropy(rows in prop::collection::vec((-15f32..15.0, any::<bool>()), 1..50)) {
            let logits: Vec<f32> = rows.iter().map(|row| row.0).collect();
            let clicks: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let likelihood = |&(z, click): &(f32, bool)| {
                let p = 1.0 / (1.0 + (-f64::from(z)).exp());
                if click { p.ln() } else { (1.0 - p).ln() }
            };
            let expected = -rows.iter().map(likelihood).sum::<f64>() / rows.len() as f64;
            // 1 − p loses up to e^15 · 1.1e-16, about 4e-10 of its value.
            prop_assert!((logloss(&logits, &clicks).unwrap() - expected).abs() < 1e-9);
        }
    }
}
