//! Recency, frequency and monetary scores, by percent rank, NTILE or fixed thresholds; 5 is best.
//!
//! The ranking of one column is in `percent_rank`; what the scores are called is in `segment`.

use std::cmp::Ordering;
use std::fmt;

use super::memory::{collected, room};
use super::percent_rank::{Borders, CHUNK, order_statistics};

/// The number of scores per measure: 3 to 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bins(u8);

impl Bins {
    pub const MIN: u8 = 3;
    pub const MAX: u8 = 10;
    pub const FIVE: Bins = Bins(5);

    /// None outside 3 to 10.
    pub fn new(bins: i64) -> Option<Self> {
        let bins = u8::try_from(bins).ok()?;
        (Self::MIN..=Self::MAX).contains(&bins).then_some(Bins(bins))
    }

    pub fn get(self) -> u8 {
        self.0
    }
}

/// The scores of one customer, each from 1 to the number of bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score {
    pub r: u8,
    pub f: u8,
    pub m: u8,
}

/// '545'; where a score has two digits (ten bins) '10-4-5'.
impl fmt::Display for Score {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Score { r, f, m } = self;
        if *r.max(f).max(m) < 10 { write!(out, "{r}{f}{m}") } else { write!(out, "{r}-{f}-{m}") }
    }
}

/// How a rank becomes a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By percent rank: equal values get equal scores.
    PercentRank,
    /// SQL's NTILE: scores of equal size, which splits equal values. Ties within one measure are
    /// broken by the other two (better first), in the order r, f, m. Customers alike in all three
    /// are split by position; how many of them get which score does not depend on it.
    Ntile,
}

/// The three measures, one element per customer; NaN stands for a missing value (NULL).
///
/// A customer without recency or frequency is not scored and does not count in the ranking. One
/// without monetary has no repeat order: monetary ranks below every value and so scores 1.
/// Infinite values rank as they compare. Rows beyond the shortest column do not count.
#[derive(Clone, Copy, Debug)]
pub struct Measures<'a> {
    /// Time since the last order, less is better; a date of the last order enters negated.
    pub recency: &'a [f64],
    pub frequency: &'a [f64],
    pub monetary: &'a [f64],
}

/// One customer's measures as (recency, frequency, monetary), turned so that more is better.
type Merits = [f64; 3];

impl<'a> Measures<'a> {
    /// Each customer's merits; None where the customer is not scored.
    fn merits(self) -> impl Iterator<Item = Option<Merits>> + 'a {
        let columns = self.recency.iter().zip(self.frequency).zip(self.monetary);
        columns.map(|((&recency, &frequency), &monetary)| merits(recency, frequency, monetary))
    }

    /// The borders of each measure. One column at a time is copied: 8 bytes per customer.
    fn borders(self, bins: Bins, interrupt: &mut dyn FnMut()) -> [Borders; 3] {
        let mut column = room(self.recency.len());
        [0, 1, 2].map(|measure| {
            column.clear();
            column.extend(self.merits().flatten().map(|merits| merits[measure]));
            Borders::of(&mut column, u32::from(bins.get()), interrupt)
        })
    }
}

/// More is better, −0 is 0, and no monetary value is below every value.
fn merits(recency: f64, frequency: f64, monetary: f64) -> Option<Merits> {
    let monetary = if monetary.is_nan() { f64::NEG_INFINITY } else { monetary };
    (!recency.is_nan() && !frequency.is_nan()).then_some([
        0.0 - recency,
        frequency + 0.0,
        monetary + 0.0,
    ])
}

fn score_by(borders: &[Borders; 3], merits: Merits) -> Score {
    let [r, f, m] = [0, 1, 2].map(|measure| borders[measure].score(merits[measure]) as u8);
    Score { r, f, m }
}

/// The scores of every customer of a partition, in the order of the rows; None: not scored.
///
/// By percent rank, r is least(bins, 1 + floor(bins × percent_rank)) where the customer stands in
/// the order from the longest to the shortest recency, so it counts those who ordered strictly
/// longer ago; f and m count those strictly below. Customers tied at the best value share the
/// place of the lowest of them and so may miss the highest score. A single customer, or customers
/// who are all alike, score 1.
///
/// Memory: 4 bytes per customer for the result; while it runs 8 more (percent rank) or 32 (NTILE).
pub fn scores(
    measures: Measures<'_>,
    bins: Bins,
    method: Method,
    interrupt: &mut dyn FnMut(),
) -> Vec<Option<Score>> {
    match method {
        Method::PercentRank => by_percent_rank(measures, bins, interrupt),
        Method::Ntile => by_ntile(measures, bins, interrupt),
    }
}

fn by_percent_rank(
    measures: Measures<'_>,
    bins: Bins,
    interrupt: &mut dyn FnMut(),
) -> Vec<Option<Score>> {
    let borders = measures.borders(bins, interrupt);
    let mut scores = room(measures.recency.len());
    for (row, merits) in measures.merits().enumerate() {
        if row % CHUNK == 0 {
            interrupt();
        }
        scores.push(merits.map(|merits| score_by(&borders, merits)));
    }
    scores
}

/// A customer's place in the order of one measure: its merits, that measure first, then the row.
type Place = ([f64; 3], usize);

fn by_place((one, row): &Place, (other, other_row): &Place) -> Ordering {
    let by = |measure: usize| one[measure].total_cmp(&other[measure]);
    by(0).then_with(|| by(1)).then_with(|| by(2)).then_with(|| row.cmp(other_row))
}

/// The last place of each tile but the highest: the first rows % tiles tiles are one row longer.
fn tile_ends(rows: usize, tiles: usize) -> Vec<usize> {
    let (length, longer) = (rows / tiles, rows % tiles);
    (1..tiles).map(|tile| (tile * length + tile.min(longer)).saturating_sub(1)).collect()
}

fn by_ntile(measures: Measures<'_>, bins: Bins, interrupt: &mut dyn FnMut()) -> Vec<Option<Score>> {
    let lowest = |merits: Option<Merits>| merits.map(|_| Score { r: 1, f: 1, m: 1 });
    let mut scores: Vec<Option<Score>> = collected(measures.merits().map(lowest));
    let mut places: Vec<Place> = room(scores.len());
    for measure in [0, 1, 2] {
        places.clear();
        places.extend(measures.merits().enumerate().filter_map(|(row, merits)| {
            let [r, f, m] = merits?;
            Some(([[r, f, m], [f, r, m], [m, r, f]][measure], row))
        }));
        let ends = tile_ends(places.len(), usize::from(bins.get()));
        let ends = order_statistics(&mut places, &ends, by_place, interrupt);
        for (step, place) in places.iter().enumerate() {
            if step % CHUNK == 0 {
                interrupt();
            }
            let tiles_below = ends.partition_point(|end| by_place(end, place).is_lt());
            if let Some(score) = &mut scores[place.1] {
                *[&mut score.r, &mut score.f, &mut score.m][measure] = 1 + tiles_below as u8;
            }
        }
    }
    scores
}

/// The cut points of a scored population, kept so that a score means the same next month.
///
/// Element s − 2 of a list is the worst value that scores s: a recency of at most it, a frequency
/// or monetary of at least it. A score that no customer reached begins at infinity (recency: minus
/// infinity), which no finite value passes.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    recency: Vec<f64>,
    frequency: Vec<f64>,
    monetary: Vec<f64>,
}

/// Why three lists of cut points are no thresholds; each measure by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThresholdError {
    /// Not the same number of cut points for each measure, or not 2 to 9 (bins − 1).
    Count,
    NotANumber(&'static str),
    /// Recency must not rise from score to score, frequency and monetary must not fall.
    Order(&'static str),
}

impl fmt::Display for ThresholdError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ThresholdError::Count => {
                write!(out, "each measure needs the same number of cut points, from 2 to 9")
            }
            ThresholdError::NotANumber(measure) => write!(out, "a cut point of {measure} is NaN"),
            ThresholdError::Order("recency") => {
                write!(out, "the cut points of recency must fall, from the lowest score upwards")
            }
            ThresholdError::Order(measure) => {
                write!(out, "the cut points of {measure} must rise, from the lowest score upwards")
            }
        }
    }
}

impl std::error::Error for ThresholdError {}

impl Thresholds {
    /// Cut points from elsewhere: read back, or set by hand.
    pub fn new(
        recency: Vec<f64>,
        frequency: Vec<f64>,
        monetary: Vec<f64>,
    ) -> Result<Self, ThresholdError> {
        let lengths = [recency.len(), frequency.len(), monetary.len()];
        let valid = usize::from(Bins::MIN - 1)..=usize::from(Bins::MAX - 1);
        if !lengths.iter().all(|&length| length == lengths[0] && valid.contains(&length)) {
            return Err(ThresholdError::Count);
        }
        let lists = [("recency", &recency), ("frequency", &frequency), ("monetary", &monetary)];
        for (measure, cuts) in lists {
            if cuts.iter().any(|cut| cut.is_nan()) {
                return Err(ThresholdError::NotANumber(measure));
            }
            let rises = |pair: &[f64]| match measure {
                "recency" => pair[0] >= pair[1],
                _ => pair[0] <= pair[1],
            };
            if !cuts.windows(2).all(rises) {
                return Err(ThresholdError::Order(measure));
            }
        }
        Ok(Thresholds { recency, frequency, monetary })
    }

    /// The cut points by which every customer of `measures` gets the score that `scores` gives by
    /// percent rank. None when nobody is scored. Memory: 8 bytes per customer while it runs.
    pub fn of(measures: Measures<'_>, bins: Bins, interrupt: &mut dyn FnMut()) -> Option<Self> {
        let borders = measures.borders(bins, interrupt);
        let mut worst = [[f64::INFINITY; Bins::MAX as usize + 1]; 3];
        let mut scored = false;
        for (row, merits) in measures.merits().enumerate() {
            if row % CHUNK == 0 {
                interrupt();
            }
            let Some(merits) = merits else { continue };
            scored = true;
            for ((borders, merit), worst) in borders.iter().zip(merits).zip(&mut worst) {
                let worst = &mut worst[borders.score(merit) as usize];
                *worst = worst.min(merit);
            }
        }
        // A score that nobody got begins where the next one does.
        let [recency, frequency, monetary] = worst.map(|mut worst| {
            for score in (0..usize::from(bins.get())).rev() {
                worst[score] = worst[score].min(worst[score + 1]);
            }
            worst[2..=usize::from(bins.get())].to_vec() // small
        });
        let recency = recency.into_iter().map(|merit| 0.0 - merit).collect();
        scored.then_some(Thresholds { recency, frequency, monetary })
    }

    pub fn bins(&self) -> Bins {
        Bins(self.recency.len() as u8 + 1)
    }

    /// Falling, from score 2 upwards.
    pub fn recency(&self) -> &[f64] {
        &self.recency
    }

    /// Rising, from score 2 upwards.
    pub fn frequency(&self) -> &[f64] {
        &self.frequency
    }

    /// Rising, from score 2 upwards.
    pub fn monetary(&self) -> &[f64] {
        &self.monetary
    }

    /// The score of one customer, with the missing values of `Measures`.
    pub fn score(&self, recency: f64, frequency: f64, monetary: f64) -> Option<Score> {
        let reached = |cuts: &[f64], passes: &dyn Fn(f64) -> bool| {
            1 + cuts.iter().filter(|&&cut| passes(cut)).count() as u8
        };
        (!recency.is_nan() && !frequency.is_nan()).then(|| Score {
            r: reached(&self.recency, &|cut| recency <= cut),
            f: reached(&self.frequency, &|cut| frequency >= cut),
            m: reached(&self.monetary, &|cut| monetary >= cut),
        })
    }
}
