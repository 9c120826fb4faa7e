//! Draws of a seeded generator: the same seed, the same exercises and the same chance, everywhere.

/// A generator of whole numbers, by SplitMix64.
#[derive(Debug, Clone)]
pub struct Draws(u64);

impl Draws {
    /// The generator of this name, such as an exercise's, and of its turn.
    pub fn named(name: &str, turn: u64) -> Self {
        // FNV-1a: any spreading of names over seeds will do, as long as it stays the same.
        let hash = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(name.bytes().fold(0xcbf2_9ce4_8422_2325, hash).wrapping_add(turn))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    /// Heads or tails.
    pub fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    /// So many of the things, each as likely, in a drawn order; all where there are no more.
    pub fn some(&mut self, things: &[u32], count: usize) -> Vec<u32> {
        let mut left = things.to_vec();
        (0..count.min(things.len())).map(|_| left.swap_remove(self.below(left.len()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_turn_give_the_same_draws_again_and_others_give_others() {
        let draws = |name, turn| {
            let mut draws = Draws::named(name, turn);
            [0; 8].map(|_| draws.below(1000))
        };
        assert_eq!(draws("order-1", 0), draws("order-1", 0));
        assert_ne!(draws("order-1", 0), draws("order-1", 1));
        assert_ne!(draws("order-1", 0), draws("order-2", 0));
    }

    #[test]
    fn every_number_below_the_end_is_as_likely() {
        let mut draws = Draws::named("dice", 0);
        let mut counts = [0usize; 6];
        (0..6000).for_each(|_| counts[draws.below(6)] += 1);
        // 1000 each, with a standard deviation of 29.
        assert!(counts.iter().all(|count| count.abs_diff(1000) < 120), "{counts:?}");
        assert_eq!(draws.below(0), 0);
    }

    #[test]
    fn some_of_the_things_are_different_ones() {
        let mut drawn = Draws::named("some", 0).some(&[4, 5, 6, 7], 4);
        drawn.sort_unstable();
        assert_eq!(drawn, [4, 5, 6, 7]);
        assert_eq!(Draws::named("some", 0).some(&[4], 3), [4]);
    }
}
