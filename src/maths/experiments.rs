//! Experiments on two groups: sample size, power, and the significance of a difference.
//!
//! A difference is always that of the first group less the second, with two-sided p-values.

use std::cmp::Ordering;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};
use statrs::function::beta::checked_beta_reg;

use super::error::{
    ArgumentError, Result, finite, in_range, not_negative, open_share, positive, share,
};
use super::exact_sum::ExactSum;
use super::memory::{collected, copied};

/// Customers in a group of an experiment and how many of them responded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Responses {
    pub responses: u64,
    pub customers: u64,
}

impl Responses {
    fn check(self) -> Result<()> {
        if self.responses > self.customers {
            let remedy = "Give first the customers who responded, then all customers of the group";
            return Err(ArgumentError::invalid("responses", self.responses as f64, remedy));
        }
        Ok(())
    }

    pub(super) fn rate(self) -> f64 {
        self.responses as f64 / self.customers as f64
    }
}

/// A difference between two groups, its two-sided p-value and its confidence limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    pub difference: f64,
    /// The test statistic: z, or t of Welch.
    pub statistic: f64,
    pub p_value: f64,
    pub lower: f64,
    pub upper: f64,
}

/// Customers needed in each group to find the difference of two response rates.
///
/// Normal approximation with the pooled variance under the null (Fleiss, Levin and Paik 2003,
/// chapter 4, without continuity correction): the group sizes are n and `ratio` × n, rounded up.
/// `significance` is two-sided; `power` lies above half of it.
pub fn sample_size(
    rate_1: f64,
    rate_2: f64,
    significance: f64,
    power: f64,
    ratio: f64,
) -> Result<(u64, u64)> {
    let spread = Spread::of(rate_1, rate_2, positive("ratio", ratio)?)?;
    let z = normal_quantile_above(open_share("significance", significance)? / 2.0);
    if open_share("power", power)? <= significance / 2.0 {
        let remedy = "Give a power above half the significance, usually 0.8 or 0.9";
        return Err(ArgumentError::invalid("power", power, remedy));
    }
    if rate_1 == rate_2 {
        let remedy = "Give two rates that differ: no sample is large enough to find no difference";
        return Err(ArgumentError::invalid("rate_2", rate_2, remedy));
    }
    let width = z * spread.null + normal_quantile_above(1.0 - power) * spread.alternative;
    let customers = (width / (rate_1 - rate_2)).powi(2).ceil().max(1.0);
    let largest = 1e15;
    if customers > largest || customers * ratio > largest {
        let remedy = "Give rates that differ more, or a ratio nearer to 1";
        return Err(ArgumentError::invalid("sample size", customers, remedy));
    }
    Ok((customers as u64, ((customers * ratio).ceil() as u64).max(1)))
}

/// Probability of finding the difference of two response rates with these group sizes, at a
/// two-sided significance: the normal approximation of `sample_size`, both tails counted.
pub fn power(
    rate_1: f64,
    rate_2: f64,
    customers_1: u64,
    customers_2: u64,
    significance: f64,
) -> Result<f64> {
    let first = positive("customers_1", customers_1 as f64)?;
    let spread = Spread::of(rate_1, rate_2, positive("customers_2", customers_2 as f64)? / first)?;
    let z = normal_quantile_above(open_share("significance", significance)? / 2.0);
    let shift = (rate_1 - rate_2).abs() * first.sqrt();
    let beyond = |limit: f64| match spread.alternative {
        0.0 => f64::from(limit < 0.0),
        deviation => normal_above(limit / deviation),
    };
    Ok(beyond(z * spread.null - shift) + beyond(z * spread.null + shift))
}

/// Standard deviations of the difference of two rates, times the root of the first group's size.
struct Spread {
    /// If both groups respond alike, at the pooled rate.
    null: f64,
    alternative: f64,
}

impl Spread {
    fn of(rate_1: f64, rate_2: f64, ratio: f64) -> Result<Self> {
        let rate_1 = share("rate_1", rate_1)?;
        let rate_2 = share("rate_2", rate_2)?;
        let pooled = (rate_1 + ratio * rate_2) / (1.0 + ratio);
        Ok(Spread {
            null: (pooled * (1.0 - pooled) * (1.0 + 1.0 / ratio)).sqrt(),
            alternative: (rate_1 * (1.0 - rate_1) + rate_2 * (1.0 - rate_2) / ratio).sqrt(),
        })
    }
}

/// Difference of two response rates: the pooled z test, and the score limits of Newcombe (1998,
/// method 10), which stay within -1 and 1; `None` if a group is empty.
///
/// Where nobody or everybody responded, z is 0 and p is 1.
pub fn rate_difference(
    first: Responses,
    second: Responses,
    level: f64,
) -> Result<Option<Difference>> {
    first.check()?;
    second.check()?;
    let z_limit = normal_quantile_above((1.0 - open_share("level", level)?) / 2.0);
    if first.customers == 0 || second.customers == 0 {
        return Ok(None);
    }
    let (n_1, n_2) = (first.customers as f64, second.customers as f64);
    let pooled = (first.responses as f64 + second.responses as f64) / (n_1 + n_2);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / n_1 + 1.0 / n_2)).sqrt();
    let difference = first.rate() - second.rate();
    let statistic = if deviation == 0.0 { 0.0 } else { difference / deviation };
    let (lower_1, upper_1) = wilson(first, z_limit);
    let (lower_2, upper_2) = wilson(second, z_limit);
    let (rate_1, rate_2) = (first.rate(), second.rate());
    Ok(Some(Difference {
        difference,
        statistic,
        p_value: 2.0 * normal_above(statistic.abs()),
        lower: difference - (rate_1 - lower_1).hypot(upper_2 - rate_2),
        upper: difference + (upper_1 - rate_1).hypot(rate_2 - lower_2),
    }))
}

/// Score limits of one rate. Source: Wilson 1927.
pub(super) fn wilson(group: Responses, z: f64) -> (f64, f64) {
    let (n, rate) = (group.customers as f64, group.rate());
    let centre = rate + z * z / (2.0 * n);
    let half = z * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    (((centre - half) / scale).clamp(0.0, rate), ((centre + half) / scale).clamp(rate, 1.0))
}

/// What the exact test says of two response rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExactTest {
    /// Two-sided: the probability of all tables no likelier than the observed one.
    pub p_value: f64,
    /// Conditional maximum-likelihood estimate of the odds ratio, first group over second:
    /// 0 or infinite where the table is at its limit, `None` where only one table is possible.
    pub odds_ratio: Option<f64>,
    /// Exact conditional limits of the odds ratio, from 0 to infinity.
    pub lower: f64,
    pub upper: f64,
}

/// Difference of two response rates by Fisher's exact test (1935), conditional on the number of
/// all responses; `None` if a group is empty.
///
/// The limits are those of the odds ratio, each at half of 1 - level (Cornfield 1956). Up to
/// 10^9 customers; the time grows with the square root of their number.
pub fn exact_test(first: Responses, second: Responses, level: f64) -> Result<Option<ExactTest>> {
    first.check()?;
    second.check()?;
    let tail = (1.0 - open_share("level", level)?) / 2.0;
    let customers = first.customers.saturating_add(second.customers);
    if customers > 1_000_000_000 {
        let remedy = "Give at most 1000000000 customers; the z test is as good for so many";
        return Err(ArgumentError::invalid("customers", customers as f64, remedy));
    }
    if first.customers == 0 || second.customers == 0 {
        return Ok(None);
    }
    let tables = Tables {
        first: first.customers,
        second: second.customers,
        responses: first.responses + second.responses,
    };
    let observed = first.responses;
    let (least, most) = (tables.least(), tables.most());
    let odds_ratio = match (observed == least, observed == most) {
        (true, true) => None,
        (true, false) => Some(0.0),
        (false, true) => Some(f64::INFINITY),
        (false, false) => Some(odds_at(|odds| tables.at(observed, odds).excess > 0.0)),
    };
    let lower = match observed == least {
        true => 0.0,
        false => odds_at(|odds| tables.at(observed, odds).at_least > tail),
    };
    let upper = match observed == most {
        true => f64::INFINITY,
        false => odds_at(|odds| tables.at(observed, odds).at_most < tail),
    };
    Ok(Some(ExactTest { p_value: tables.p_value(observed), odds_ratio, lower, upper }))
}

/// All tables with given groups and responses; the responses of the first group tell them apart.
struct Tables {
    first: u64,
    second: u64,
    responses: u64,
}

/// The distribution of the first group's responses, seen from one table.
struct Tails {
    at_most: f64,
    at_least: f64,
    /// The mean less the responses of that table.
    excess: f64,
}

impl Tables {
    fn least(&self) -> u64 {
        self.responses.saturating_sub(self.second)
    }

    fn most(&self) -> u64 {
        self.responses.min(self.first)
    }

    /// P(k) / P(k - 1) under an odds ratio (Fisher's noncentral hypergeometric distribution).
    fn step(&self, k: u64, odds: f64) -> f64 {
        let up = (self.first - k + 1) as f64 * (self.responses - k + 1) as f64;
        let down = k as f64 * (self.second + k - self.responses) as f64;
        odds * (up / down)
    }

    /// Visits the tables from the likeliest outwards, each with its probability over that of the
    /// likeliest, as far as this is above `negligible`. Ratios of neighbours lose no digits, which
    /// differences of ln Gamma do.
    fn visit(&self, odds: f64, negligible: f64, mut see: impl FnMut(u64, f64)) {
        let (mut mode, mut above) = (self.least(), self.most() + 1);
        while above - mode > 1 {
            let middle = mode + (above - mode) / 2;
            if self.step(middle, odds) >= 1.0 {
                mode = middle;
            } else {
                above = middle;
            }
        }
        see(mode, 1.0);
        let mut weight = 1.0;
        for k in mode + 1..=self.most() {
            weight *= self.step(k, odds);
            if weight <= negligible {
                break;
            }
            see(k, weight);
        }
        weight = 1.0;
        for k in (self.least()..mode).rev() {
            weight /= self.step(k + 1, odds);
            if weight <= negligible {
                break;
            }
            see(k, weight);
        }
    }

    fn at(&self, observed: u64, odds: f64) -> Tails {
        let (mut below, mut here, mut above, mut offset) = (0.0, 0.0, 0.0, 0.0);
        self.visit(odds, 1e-40, |k, weight| {
            match k.cmp(&observed) {
                Ordering::Less => below += weight,
                Ordering::Equal => here = weight,
                Ordering::Greater => above += weight,
            }
            offset += weight * (k as f64 - observed as f64);
        });
        let all = below + here + above;
        Tails {
            at_most: (below + here) / all,
            at_least: (here + above) / all,
            excess: offset / all,
        }
    }

    fn p_value(&self, observed: u64) -> f64 {
        let mut here = 0.0;
        self.visit(1.0, 0.0, |k, weight| here += if k == observed { weight } else { 0.0 });
        // Tables as likely as the observed one must not be lost to rounding.
        let likely = here * (1.0 + 1e-7);
        let (mut all, mut unlikely) = (0.0, 0.0);
        self.visit(1.0, 0.0, |_, weight| {
            all += weight;
            unlikely += if weight <= likely { weight } else { 0.0 };
        });
        unlikely / all
    }
}

/// The odds ratio at which `above`, which holds for all larger ones, begins to hold: by
/// bisection of its logarithm.
fn odds_at(above: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (-1.0_f64, 1.0_f64);
    while low > -128.0 && above(low.exp()) {
        (low, high) = (2.0 * low, low);
    }
    while high < 128.0 && !above(high.exp()) {
        (low, high) = (high, 2.0 * high);
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high || high - low < 1e-15 {
            return middle.exp();
        }
        if above(middle.exp()) {
            high = middle;
        } else {
            low = middle;
        }
    }
}

/// Mean and variance of a group, as `avg`, `var_samp` and `count` of SQL give them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub mean: f64,
    /// Of the sample: divided by customers - 1.
    pub variance: f64,
    pub customers: u64,
}

impl Sample {
    /// Of finite values, in whatever order; a single one has no variance, here 0. `None` without
    /// values.
    pub fn of(values: &[f64]) -> Option<Sample> {
        if values.is_empty() {
            return None;
        }
        let sum = |numbers: &mut dyn Iterator<Item = f64>| {
            let mut sum = ExactSum::default();
            numbers.for_each(|number| sum.add(number));
            sum.value()
        };
        let mean = sum(&mut values.iter().copied()) / values.len() as f64;
        let squares = sum(&mut values.iter().map(|value| (value - mean).powi(2)));
        let variance = squares / (values.len() as f64 - 1.0).max(1.0);
        Some(Sample { mean, variance, customers: values.len() as u64 })
    }
}

/// Difference of two means (order value, lifetime value) without assuming equal variances.
///
/// t and its degrees of freedom after Welch 1947; `None` if a group has fewer than 2 customers
/// or neither varies.
pub fn mean_difference(first: Sample, second: Sample, level: f64) -> Result<Option<Difference>> {
    let tail = (1.0 - open_share("level", level)?) / 2.0;
    for group in [first, second] {
        finite("mean", group.mean)?;
        not_negative("variance", group.variance)?;
    }
    if first.customers < 2 || second.customers < 2 {
        return Ok(None);
    }
    let (n_1, n_2) = (first.customers as f64, second.customers as f64);
    let (error_1, error_2) = ((first.variance / n_1).sqrt(), (second.variance / n_2).sqrt());
    let error = error_1.hypot(error_2);
    if error == 0.0 {
        return Ok(None);
    }
    let (part_1, part_2) = ((error_1 / error).powi(2), (error_2 / error).powi(2));
    let freedom = 1.0 / (part_1 * part_1 / (n_1 - 1.0) + part_2 * part_2 / (n_2 - 1.0));
    let difference = in_range("difference", first.mean - second.mean)?;
    let statistic = in_range("t", difference / error)?;
    let half = error * student_quantile_above(tail, freedom);
    Ok(Some(Difference {
        difference,
        statistic,
        p_value: 2.0 * student_above(statistic.abs(), freedom),
        lower: in_range("lower", difference - half)?,
        upper: in_range("upper", difference + half)?,
    }))
}

/// Difference of two means of skewed values: BCa bootstrap limits. Source: Efron and Tibshirani
/// 1993, chapter 14.
///
/// The same seed and the same values, in whatever order, give the same limits. `None` if a group
/// has fewer than two values, which say nothing of their spread. `interrupt` is called once a
/// resample and may unwind. The `statistic` of a `Difference` has no counterpart here, so the
/// result is (difference, lower, upper).
pub fn bootstrap_difference(
    first: &[f64],
    second: &[f64],
    level: f64,
    resamples: u32,
    seed: u64,
    interrupt: &mut dyn FnMut(),
) -> Result<Option<(f64, f64, f64)>> {
    let tail = (1.0 - open_share("level", level)?) / 2.0;
    if !(100..=1_000_000).contains(&resamples) {
        let remedy = "Give between 100 and 1000000 resamples";
        return Err(ArgumentError::invalid("resamples", f64::from(resamples), remedy));
    }
    let (first, second) = (sorted("first", first)?, sorted("second", second)?);
    if first.len() < 2 || second.len() < 2 {
        return Ok(None);
    }
    let observed = in_range("difference", mean(&first) - mean(&second))?;
    let mut random = generator(seed);
    let mut resampled: Vec<f64> = collected((0..resamples).map(|_| {
        interrupt();
        resampled_mean(&first, &mut random) - resampled_mean(&second, &mut random)
    }));
    resampled.sort_unstable_by(f64::total_cmp);
    // A tie counts half, so that a discrete distribution is not taken for a biased one.
    let below = resampled.partition_point(|&value| value < observed);
    let up_to = resampled.partition_point(|&value| value <= observed);
    let least = 0.5 / f64::from(resamples);
    let share_below = ((below + up_to) as f64 * least).clamp(least, 1.0 - least);
    let bias = -normal_quantile_above(share_below);
    let acceleration = acceleration(&first, &second);
    let limit = |z: f64| {
        let shifted = bias + z;
        let stretch = (1.0 - acceleration * shifted).max(0.0);
        quantile(&resampled, normal_above(-bias - shifted / stretch))
    };
    let z = normal_quantile_above(tail);
    let (low, high) = (in_range("limit", limit(-z))?, in_range("limit", limit(z))?);
    Ok(Some((observed, low, high)))
}

/// The values in ascending order, all of them finite.
fn sorted(name: &'static str, values: &[f64]) -> Result<Vec<f64>> {
    for (k, &value) in values.iter().enumerate() {
        finite(name, value).map_err(|error| error.at(k))?;
    }
    let mut values = copied(values);
    values.sort_unstable_by(f64::total_cmp);
    Ok(values)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// ChaCha8 with the seed as the first bytes of its key: a stream fixed by a specification, so
/// that it outlives releases of any crate.
fn generator(seed: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// Mean of as many values as there are, drawn with replacement.
fn resampled_mean(values: &[f64], random: &mut ChaCha8Rng) -> f64 {
    let draw = |_| {
        let index = (u128::from(random.next_u64()) * values.len() as u128) >> 64;
        values[index as usize]
    };
    (0..values.len()).map(draw).sum::<f64>() / values.len() as f64
}

/// The acceleration of BCa by the jackknife over both samples; 0 where nothing varies.
fn acceleration(first: &[f64], second: &[f64]) -> f64 {
    // It has no unit: of what lies far from 1 the cubes would leave the range of a double.
    let ends = [first.first(), first.last(), second.first(), second.last()];
    let largest = ends.into_iter().flatten().fold(0.0, |most: f64, end| most.max(end.abs()));
    let unit = if (1e-90..1e90).contains(&largest) { 1.0 } else { largest };
    let influences = |values: &[f64], sign: f64| {
        let (count, mean) = (values.len() as f64, mean(values));
        let (mut squares, mut cubes) = (0.0, 0.0);
        for value in values {
            // The jackknife value differs from its mean by (mean - value) / (n - 1).
            let influence = sign * (value / unit - mean / unit) / count;
            squares += influence.powi(2);
            cubes += influence.powi(3);
        }
        (squares, cubes)
    };
    let (squares_1, cubes_1) = influences(first, 1.0);
    let (squares_2, cubes_2) = influences(second, -1.0);
    let spread = (squares_1 + squares_2).powf(1.5);
    if spread == 0.0 { 0.0 } else { (cubes_1 + cubes_2) / (6.0 * spread) }
}

/// Quantile of sorted values, linear between them. Source: Hyndman and Fan 1996, type 7.
fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let last = sorted.len() - 1;
    let position = probability.clamp(0.0, 1.0) * last as f64;
    let below = position.floor();
    let index = below as usize;
    let step = sorted[(index + 1).min(last)] - sorted[index];
    sorted[index] + (position - below) * step
}

/// P(Z > z). From libm, since erfc of statrs keeps only ten digits.
pub(super) fn normal_above(z: f64) -> f64 {
    0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The z with P(Z > z) = `tail`.
pub(super) fn normal_quantile_above(tail: f64) -> f64 {
    -Normal::standard().inverse_cdf(tail)
}

/// Degrees of freedom from which t is taken by way of z, where the incomplete beta function
/// loses digits.
const MANY: f64 = 1000.0;

/// P(T > t) of Student's t, t at least 0.
fn student_above(t: f64, freedom: f64) -> f64 {
    if freedom >= MANY {
        // Far beyond any tail that a double can hold; its square still fits one.
        let t = t.min(1e100);
        let w = ((freedom - 0.5) * (t / freedom.sqrt()).powi(2).ln_1p()).sqrt();
        return normal_above(w + hill(w, freedom));
    }
    let Ok(student) = StudentsT::new(0.0, 1.0, freedom) else { return f64::NAN };
    if t >= 1.0 {
        return student.sf(t);
    }
    let part = t * t / (freedom + t * t);
    checked_beta_reg(0.5, freedom / 2.0, part).map_or(f64::NAN, |inner| 0.5 - 0.5 * inner)
}

/// The t with P(T > t) = `tail`, at most 1/2.
pub(super) fn student_quantile_above(tail: f64, freedom: f64) -> f64 {
    if freedom >= MANY {
        let z = normal_quantile_above(tail);
        let w = (0..4).fold(z, |w, _| z - hill(w, freedom));
        return (freedom * (w * w / (freedom - 0.5)).exp_m1()).sqrt();
    }
    let Ok(student) = StudentsT::new(0.0, 1.0, freedom) else { return f64::NAN };
    // The inverse of statrs stops short, in far tails and at the centre by orders of magnitude:
    // a few steps of Newton on logarithms, exact for a power of t.
    let start = match tail {
        tail if tail > 0.25 => (0.5 - tail) / student.pdf(0.0),
        tail => -student.inverse_cdf(tail),
    };
    (0..4).fold(start, |t, _| {
        let above = student_above(t, freedom);
        t * (above / tail).powf(above / (t * student.pdf(t)))
    })
}

/// z - w, where w^2 = (n - 1/2) ln(1 + t^2 / n) and z is the normal quantile of the tail of t.
/// Source: Hill 1970, CACM algorithm 395; below 1e-13 from 1000 degrees of freedom on.
fn hill(w: f64, freedom: f64) -> f64 {
    let (square, b) = (w * w, 48.0 * (freedom - 0.5).powi(2));
    let second = ((-0.4 * square - 3.3) * square - 24.0) * square - 85.5;
    w * (second / (0.8 * square * square + 100.0 + b) + square + 3.0) / b
}
