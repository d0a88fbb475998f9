//! Scores of equal width by percent rank: equal values get equal scores, whatever their order.
//!
//! RFM scores and value tiers are both made of this. What is scored is in `rfm` and
//! `concentration`; here is only the rank of one column of numbers.

/// Rows between two calls of the interrupt hook.
pub(super) const CHUNK: usize = 8192;

/// The borders between the scores 1 to `scores` of a column of values, more being better.
///
/// score(v) = least(scores, 1 + floor(scores × percent_rank(v))) with SQL's
/// percent_rank(v) = (number of values below v) / (n − 1), and 0 where n = 1. A score therefore
/// says what share of the others a value strictly exceeds; ties share the place of the lowest of
/// them, so that a column of equal values scores 1 throughout, and so does a single value.
///
/// Score s begins at bin border s − 1: the values with scores × below < (s − 1) × (n − 1) do not
/// reach it, and the largest of them is the order statistic of rank ceil((s − 1)(n − 1)/scores).
/// No sort is needed, and no division in floating point decides a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Borders {
    /// Element s − 2 is the largest value that does not reach score s; ascending.
    exceed: Vec<f64>,
}

impl Borders {
    /// The borders of `values`, none of them NaN; reorders them. No values: everything scores 1.
    ///
    /// Linear time, no memory beyond the argument. `interrupt` is called between the steps, of
    /// which each takes at most some milliseconds per million values.
    pub fn of(values: &mut [f64], scores: u32, interrupt: &mut dyn FnMut()) -> Self {
        let Some(others) = values.len().checked_sub(1) else {
            return Borders { exceed: Vec::new() };
        };
        let ranks: Vec<usize> = (1..u64::from(scores))
            .map(|s| (s * others as u64).div_ceil(u64::from(scores)).saturating_sub(1) as usize)
            .collect();
        let mut exceed = Vec::with_capacity(ranks.len());
        select(values, 0, &ranks, &mut exceed, interrupt);
        Borders { exceed }
    }

    /// The score of a value, from 1; also of one that was not in the column.
    pub fn score(&self, value: f64) -> u32 {
        1 + self.exceed.iter().filter(|&&border| border < value).count() as u32
    }
}

/// Appends the order statistics of the ascending, possibly repeated `ranks` (from 0, counted from
/// `offset` before the slice) in order: the middle one first, which halves the rest.
fn select(
    values: &mut [f64],
    offset: usize,
    ranks: &[usize],
    found: &mut Vec<f64>,
    interrupt: &mut dyn FnMut(),
) {
    let Some(&middle) = ranks.get(ranks.len() / 2) else { return };
    interrupt();
    let before = ranks.partition_point(|&rank| rank < middle);
    let after = ranks.partition_point(|&rank| rank <= middle);
    let (low, &mut value, high) =
        values.select_nth_unstable_by(middle - offset, |a, b| a.total_cmp(b));
    select(low, offset, &ranks[..before], found, interrupt);
    found.extend(std::iter::repeat_n(value, after - before));
    select(high, middle + 1, &ranks[after..], found, interrupt);
}

/// SQL's NTILE: the tile, from 1, of row `position` (from 0) of `rows` rows in order; the first
/// rows % tiles tiles are one row longer.
pub fn ntile(position: usize, rows: usize, tiles: u32) -> u32 {
    let tiles = tiles as usize;
    let (length, longer) = (rows / tiles, rows % tiles);
    let in_longer = longer * (length + 1);
    let tile = if position < in_longer {
        position / (length + 1)
    } else {
        longer + (position - in_longer) / length.max(1)
    };
    tile as u32 + 1
}
