//! How unequally value is spread over customers: Pareto share, ABC class, decile, Gini; tiers.
//!
//! The percent rank behind the tiers is in `percent_rank`.

use super::memory::{Grow, filled, room};
use super::order::{self, Keyed};
use super::percent_rank::{Borders, CHUNK};

/// A value that is NaN or infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotFinite(pub f64);

/// The value, with −0 as 0, if it is finite.
fn countable(value: f64) -> Result<f64, NotFinite> {
    if value.is_finite() { Ok(value + 0.0) } else { Err(NotFinite(value)) }
}

/// A value and how many customers have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueCount {
    pub value: f64,
    pub customers: u64,
}

/// Values, folded: what an aggregate over customers carries and merges.
///
/// Memory: 16 bytes per distinct value, and up to as much again, at least 64 kB, for values that
/// wait to be folded in. Whatever the order in which values and parts come together, the folded
/// list and so every result is the same to the last bit.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Ascending and distinct.
    folded: Vec<ValueCount>,
    waiting: Vec<ValueCount>,
}

impl Values {
    const WAITING: usize = 4096;

    pub fn push(&mut self, value: f64, interrupt: &mut dyn FnMut()) -> Result<(), NotFinite> {
        self.add(ValueCount { value, customers: 1 }, interrupt)
    }

    /// Adds what another part collected, also a list read back from a serialised state.
    pub fn merge(
        &mut self,
        other: impl IntoIterator<Item = ValueCount>,
        interrupt: &mut dyn FnMut(),
    ) -> Result<(), NotFinite> {
        other.into_iter().try_for_each(|counted| self.add(counted, interrupt))
    }

    /// All values with their counts, equal ones perhaps more than once.
    pub fn counted(&self) -> impl ExactSizeIterator<Item = ValueCount> {
        let (folded, all) = (self.folded.len(), self.folded.len() + self.waiting.len());
        (0..all).map(move |i| if i < folded { self.folded[i] } else { self.waiting[i - folded] })
    }

    fn add(&mut self, counted: ValueCount, interrupt: &mut dyn FnMut()) -> Result<(), NotFinite> {
        let value = countable(counted.value)?;
        self.waiting.add(ValueCount { value, ..counted });
        if self.waiting.len() >= self.folded.len().max(Self::WAITING) {
            self.fold(interrupt);
        }
        Ok(())
    }

    fn fold(&mut self, interrupt: &mut dyn FnMut()) {
        let mut comparisons = 0_usize;
        self.waiting.sort_unstable_by(|one, other| {
            comparisons += 1;
            if comparisons.is_multiple_of(CHUNK) {
                interrupt();
            }
            one.value.total_cmp(&other.value)
        });
        self.waiting.dedup_by(fold_equal);
        // Merged from the end, where there is room.
        let (mut from, mut to) = (self.folded.len(), self.folded.len() + self.waiting.len());
        self.folded.make_exact_room(self.waiting.len());
        self.folded.extend_from_slice(&self.waiting);
        for counted in self.waiting.drain(..).rev() {
            let place = self.folded[..from].partition_point(|known| known.value < counted.value);
            self.folded.copy_within(place..from, to - (from - place));
            to -= from - place + 1;
            self.folded[to] = counted;
            from = place;
        }
        interrupt();
        self.folded.dedup_by(fold_equal);
    }

    /// All values, ascending and distinct, with their counts.
    pub fn folded(&mut self, interrupt: &mut dyn FnMut()) -> &[ValueCount] {
        if !self.waiting.is_empty() {
            self.fold(interrupt);
        }
        &self.folded
    }
}

/// Gives the customers of a value to an equal one before it; whether it was equal.
fn fold_equal(next: &mut ValueCount, kept: &mut ValueCount) -> bool {
    let equal = next.value == kept.value;
    if equal {
        kept.customers = kept.customers.saturating_add(next.customers);
    }
    equal
}

/// Neumaier's compensated sum (1974).
#[derive(Clone, Copy, Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        self.lost += if self.sum.abs() >= term.abs() {
            (self.sum - sum) + term
        } else {
            (term - sum) + self.sum
        };
        self.sum = sum;
    }

    fn value(self) -> f64 {
        self.sum + self.lost
    }
}

/// Brings values by a power of two, so exactly, to below 2: their sums cannot overflow.
fn scale(largest: f64) -> impl Fn(f64) -> f64 {
    let exponent = libm::ilogb(largest);
    // In two factors, for that of the least doubles is itself beyond the doubles.
    let factor = libm::scalbn(1.0, -exponent / 2);
    let rest = libm::scalbn(1.0, -exponent - -exponent / 2);
    move |value| value * factor * rest
}

/// The Gini coefficient of ascending distinct values: 0 where all are equal, 1 − 1/n where one
/// customer has everything.
///
/// G = Σ_i (2i − n − 1) x_(i) / (n Σ x), the mean absolute difference over twice the mean (Gini
/// 1912), with no correction for small n. The weights of ties are summed exactly, so that equal
/// values give exactly 0. None without values, where all are 0: equal, but nothing is shared, and
/// where one is negative: no share of a total.
pub fn gini(values: &[ValueCount], interrupt: &mut dyn FnMut()) -> Option<f64> {
    let (least, largest) = (values.first()?.value, values.last()?.value);
    if least < 0.0 || largest <= 0.0 {
        return None;
    }
    let scaled = scale(largest);
    let customers: f64 = values.iter().map(|counted| counted.customers as f64).sum();
    let (mut weighted, mut total, mut below) = (Sum::default(), Sum::default(), 0.0);
    for (step, &ValueCount { value, customers: tied }) in values.iter().enumerate() {
        if step % CHUNK == 0 {
            interrupt();
        }
        let (value, tied) = (scaled(value), tied as f64);
        // Σ (2i − n − 1) over i = below + 1 ..= below + tied.
        weighted.add(tied * (2.0 * below + tied - customers) * value);
        total.add(tied * value);
        below += tied;
    }
    Some((weighted.value() / (customers * total.value())).clamp(0.0, 1.0))
}

/// ABC analysis by cumulative share of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AbcClass {
    A,
    B,
    C,
}

/// Where one customer stands among all, from the most valuable down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParetoShare {
    /// The share of the total that customers of at least this value hold together, in (0, 1]. Ties
    /// count together, so that they are alike; the least valuable customers stand at exactly 1.
    pub cumulative_share: f64,
    pub class: AbcClass,
    /// 1 = best: 1 + floor(10 × customers of strictly more value / customers).
    pub decile: u8,
}

/// The values of a partition, row by row, of which each customer gets a place on the
/// concentration curve.
///
/// Class A are the fewest customers, from the top, who hold the share `a` of the total (0.8 by
/// custom), B those who with them hold `b` (0.95), C the rest; ties are in one class. So whoever
/// crosses the border is within, and the most valuable customers are always A.
#[derive(Clone, Debug, Default)]
pub struct ParetoCurve {
    rows: u32,
    values: Vec<Keyed>,
}

impl ParetoCurve {
    /// Memory: 16 bytes per customer, 32 while `shares` runs, whose result has 16.
    pub fn of_customers(customers: usize) -> Self {
        ParetoCurve { rows: 0, values: room(customers) }
    }

    /// The next row; one without a value gets no place.
    pub fn push(&mut self, value: Option<f64>) -> Result<(), NotFinite> {
        if let Some(value) = value {
            self.values.add(Keyed { key: order::key(countable(value)?), row: self.rows });
        }
        self.rows += 1;
        Ok(())
    }

    /// The places in the order of the rows; none where the total is 0, of which there is no share, and
    /// none where a value is negative, which is no share.
    /// The borders are taken as shares, 0 <= a <= b <= 1, which the caller checks.
    pub fn shares(
        mut self,
        a: f64,
        b: f64,
        interrupt: &mut dyn FnMut(),
    ) -> Vec<Option<ParetoShare>> {
        order::sort(&mut self.values, &mut Vec::new(), interrupt);
        let mut shares = filled(None, self.rows as usize);
        let number = |end: Option<&Keyed>| end.map_or(0.0, |end| order::number(end.key));
        let (least, largest) = (number(self.values.first()), number(self.values.last()));
        if least < 0.0 || largest <= 0.0 {
            return shares;
        }
        let scaled = scale(largest);
        let value_of = |tied: &[Keyed]| scaled(order::number(tied[0].key)) * tied.len() as f64;
        // From the top, customers of one value at a time.
        let tied = || self.values.chunk_by(|one, other| one.key == other.key).rev();
        let mut held = Sum::default();
        for (step, tied) in tied().enumerate() {
            if step % CHUNK == 0 {
                interrupt();
            }
            held.add(value_of(tied));
        }
        let total = held.value();
        let (mut held, mut above, mut share_above) = (Sum::default(), 0, 0.0);
        for (step, tied) in tied().enumerate() {
            if step % CHUNK == 0 {
                interrupt();
            }
            held.add(value_of(tied));
            let cumulative_share = (held.value() / total).min(1.0);
            let class = match share_above {
                share if share < a || above == 0 => AbcClass::A,
                share if share < b => AbcClass::B,
                _ => AbcClass::C,
            };
            let decile = 1 + (above as u64 * 10 / self.values.len() as u64) as u8;
            for customer in tied {
                shares[customer.row as usize] =
                    Some(ParetoShare { cumulative_share, class, decile });
            }
            (above, share_above) = (above + tied.len(), cumulative_share);
        }
        shares
    }
}

/// Named value tiers, worst first, such as Bronze, Silver, Gold, Platinum.
#[derive(Clone, Debug, PartialEq)]
pub enum Tiers {
    /// By percent rank: equal values are in one tier, see [`Borders`].
    Quantiles(Borders),
    /// By thresholds: element i is the least value of tier i + 1.
    From(Vec<f64>),
}

impl Tiers {
    /// Tiers of equal share over `values` (none of them NaN), which it reorders.
    pub fn by_quantile(values: &mut [f64], tiers: u32, interrupt: &mut dyn FnMut()) -> Self {
        for value in values.iter_mut() {
            *value += 0.0;
        }
        Tiers::Quantiles(Borders::of(values, tiers, interrupt))
    }

    /// None where the thresholds do not rise or are NaN. n thresholds make n + 1 tiers.
    pub fn by_thresholds(thresholds: Vec<f64>) -> Option<Self> {
        let rise = thresholds.windows(2).all(|pair| pair[0] < pair[1]);
        (rise && !thresholds.iter().any(|from| from.is_nan())).then_some(Tiers::From(thresholds))
    }

    /// The tier of a value, from 0 (the lowest). None for NaN.
    pub fn tier(&self, value: f64) -> Option<usize> {
        if value.is_nan() {
            return None;
        }
        Some(match self {
            Tiers::Quantiles(borders) => borders.score(value) as usize - 1,
            Tiers::From(thresholds) => thresholds.iter().filter(|&&from| value >= from).count(),
        })
    }
}
