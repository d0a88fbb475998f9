//! The random numbers of k-means.

/// The generator of Steele, Lea and Flood (2014). Own code, because a seed must give the same
/// clusters in every later version, which general random crates do not promise.
pub struct SplitMix64(pub u64);

impl SplitMix64 {
    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// An index in proportion to its mass; the last with a mass where rounding runs over the end,
    /// and 0 where there is no mass at all.
    pub fn draw(&mut self, masses: &[f64]) -> usize {
        let mut left = self.uniform() * masses.iter().sum::<f64>();
        let mut drawn = 0;
        for (index, &mass) in masses.iter().enumerate().filter(|(_, mass)| **mass > 0.0) {
            drawn = index;
            if left < mass {
                break;
            }
            left -= mass;
        }
        drawn
    }
}
