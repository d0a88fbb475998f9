//! Scores of equal width by percent rank: equal values get equal scores, whatever their order.
//!
//! RFM scores and value tiers are both made of this. What is scored is in `rfm` and
//! `concentration`; here is only the rank of one column of numbers.

use std::cmp::Ordering;

/// Rows between two calls of the interrupt hook.
pub(super) const CHUNK: usize = 8192;

/// The borders between the scores 1 to `scores` of a column of values, more being better.
///
/// score(v) = least(scores, 1 + floor(scores × percent_rank(v))) with SQL's
/// percent_rank(v) = (number of values below v) / (n − 1), and 0 where n = 1. A score therefore
/// says what share of the others a value strictly exceeds; ties share the place of the lowest of
/// them, so that a column of equal values scores 1 throughout, and so does a single value.
///
/// The values that do not reach score s are those with scores × below < (s − 1) × (n − 1); the
/// largest of them is the order statistic of rank ceil((s − 1)(n − 1) / scores). So no sort is
/// needed, and no division in floating point decides a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Borders {
    /// Element s − 2 is the largest value that does not reach score s; ascending.
    exceed: Vec<f64>,
}

impl Borders {
    /// The borders of `values`, none of them NaN or −0; reorders them. No values: everything
    /// scores 1.
    ///
    /// Linear time, no memory beyond the argument. `interrupt` is called between the steps, of
    /// which each takes at most some milliseconds per million values.
    pub fn of(values: &mut [f64], scores: u32, interrupt: &mut dyn FnMut()) -> Self {
        let others = values.len().saturating_sub(1) as u64;
        let ranks: Vec<usize> = (1..u64::from(scores))
            .map(|s| (s * others).div_ceil(u64::from(scores)).saturating_sub(1) as usize)
            .collect();
        Borders { exceed: order_statistics(values, &ranks, f64::total_cmp, interrupt) }
    }

    /// The score of a value, from 1; also of one that was not in the column.
    pub fn score(&self, value: f64) -> u32 {
        1 + self.exceed.iter().filter(|&&border| border < value).count() as u32
    }
}

/// The elements that stand at `ranks` (from 0, ascending, repeats allowed) once `values` are in
/// order; reorders them. Ranks beyond the end are left out.
pub(super) fn order_statistics<T: Copy>(
    values: &mut [T],
    ranks: &[usize],
    compare: impl Fn(&T, &T) -> Ordering + Copy,
    interrupt: &mut dyn FnMut(),
) -> Vec<T> {
    let within = ranks.partition_point(|&rank| rank < values.len());
    let mut found = Vec::with_capacity(within); // small
    select(values, 0, &ranks[..within], compare, &mut found, interrupt);
    found
}

/// The middle rank first, which halves the rest; `offset` values stand before the slice.
fn select<T: Copy>(
    values: &mut [T],
    offset: usize,
    ranks: &[usize],
    compare: impl Fn(&T, &T) -> Ordering + Copy,
    found: &mut Vec<T>,
    interrupt: &mut dyn FnMut(),
) {
    let Some(&middle) = ranks.get(ranks.len() / 2) else { return };
    interrupt();
    let before = ranks.partition_point(|&rank| rank < middle);
    let after = ranks.partition_point(|&rank| rank <= middle);
    let (low, &mut value, high) = values.select_nth_unstable_by(middle - offset, compare);
    select(low, offset, &ranks[..before], compare, found, interrupt);
    found.extend(std::iter::repeat_n(value, after - before));
    select(high, middle + 1, &ranks[after..], compare, found, interrupt);
}
