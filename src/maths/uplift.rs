//! How much better a group did relative to another, whether the groups have the sizes that they
//! should have, and p-values of several comparisons.

use super::comparison::chi_square_above;
use super::error::{ArgumentError, Result, in_range, not_negative, open_share, positive};
use super::experiments::{
    Responses, Sample, normal_quantile_above, student_quantile_above, wilson,
};
use super::memory::{filled, room};

/// First group over second, less 1: 0.05 is 5 % more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uplift {
    pub uplift: f64,
    /// Confidence limits; none where the second group's own limits reach 0, so that no ratio can
    /// be excluded.
    pub limits: Option<(f64, f64)>,
}

/// Returns the uplift of a response rate, with limits recovered from the score limits of the two
/// rates; `None` if a group is empty or nobody in the second responded.
///
/// Source: Donner and Zou 2012, "Closed-form confidence intervals for functions of the normal mean
/// and standard deviation", with Wilson's limits as in Newcombe 1998. Exchanging the groups inverts
/// the ratio and its limits.
pub fn of_rates(first: Responses, second: Responses, level: f64) -> Result<Option<Uplift>> {
    let z = normal_quantile_above((1.0 - open_share("level", level)?) / 2.0);
    if first.customers == 0 || second.customers == 0 || second.responses == 0 {
        return Ok(None);
    }
    let (rate_1, rate_2) = (first.rate(), second.rate());
    let (lower_1, upper_1) = wilson(first, z);
    let (lower_2, upper_2) = wilson(second, z);
    let product = rate_1 * rate_2;
    // x (2 r - x), at most r²: what a limit x of a rate r leaves of its square.
    let part = |limit: f64, rate: f64| limit * (2.0 * rate - limit);
    let root = |one: f64, other: f64| (product * product - one * other).max(0.0).sqrt();
    let (least, most) = (part(lower_1, rate_1), part(upper_1, rate_1));
    let (narrow, wide) = (part(upper_2, rate_2), part(lower_2, rate_2));
    // In the form that does not cancel, nor divide by 0 where the second rate's limit is twice it.
    let lower = if least == 0.0 { 0.0 } else { least / (product + root(least, narrow)) };
    let upper = (product + root(most, wide)) / wide;
    let uplift = in_range("uplift", rate_1 / rate_2)? - 1.0;
    Ok(Some(Uplift { uplift, limits: Some((lower - 1.0, upper - 1.0)) }))
}

/// Returns the uplift of a mean, with limits that invert the t test of every ratio; `None` if a
/// group has fewer than 2 customers or the second mean is not above 0.
///
/// Source: Fieller 1954; the degrees of freedom of unequal variances as in Tamhane and Logan 2004,
/// at the observed ratio.
pub fn of_means(first: Sample, second: Sample, level: f64) -> Result<Option<Uplift>> {
    let tail = (1.0 - open_share("level", level)?) / 2.0;
    if first.customers < 2 || second.customers < 2 || second.mean <= 0.0 {
        return Ok(None);
    }
    let (n_1, n_2) = (first.customers as f64, second.customers as f64);
    let ratio = in_range("uplift", first.mean / second.mean)?;
    // Variances relative to the second mean, so that no square of an amount overflows.
    let relative = |variance: f64, n: f64| (variance.sqrt() / second.mean).powi(2) / n;
    let (error_1, error_2) = (relative(first.variance, n_1), relative(second.variance, n_2));
    let contrast = error_1 + ratio * ratio * error_2;
    if contrast == 0.0 {
        return Ok(Some(Uplift { uplift: ratio - 1.0, limits: Some((ratio - 1.0, ratio - 1.0)) }));
    }
    let (part_1, part_2) = (error_1 / contrast, ratio * ratio * error_2 / contrast);
    let freedom = 1.0 / (part_1 * part_1 / (n_1 - 1.0) + part_2 * part_2 / (n_2 - 1.0));
    let t = student_quantile_above(tail, freedom);
    let g = t * t * error_2;
    let half = t * (error_1 * (1.0 - g) + ratio * ratio * error_2).max(0.0).sqrt();
    let limit = |side: f64| (ratio + side * half) / (1.0 - g) - 1.0;
    let (lower, upper) = (limit(-1.0), limit(1.0));
    let bounded = g < 1.0 && lower.is_finite() && upper.is_finite();
    Ok(Some(Uplift { uplift: ratio - 1.0, limits: bounded.then_some((lower, upper)) }))
}

/// Whether the groups of an experiment have the sizes that they were meant to have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleRatio {
    pub chi_square: f64,
    pub degrees_of_freedom: u32,
    pub p_value: f64,
}

/// Tests sizes of groups against the shares that customers were assigned by (any positive numbers,
/// 1 : 1 : 2), or against equal ones; `None` without customers.
///
/// Pearson's test of fit (1900). A sample ratio that does not fit says that the assignment or the
/// counting is broken: Fabijan et al. 2019, who take a p-value below 0.0005 for proof.
pub fn sample_ratio(customers: &[u64], shares: Option<&[f64]>) -> Result<Option<SampleRatio>> {
    if customers.len() < 2 {
        let remedy = "Give the number of customers of each group, at least two";
        return Err(ArgumentError::invalid("number of groups", customers.len() as f64, remedy));
    }
    if let Some(shares) = shares
        && shares.len() != customers.len()
    {
        let remedy = "Give a share for each group";
        return Err(ArgumentError::invalid("number of shares", shares.len() as f64, remedy));
    }
    let mut weights = room(customers.len());
    for k in 0..customers.len() {
        let share = shares.map_or(1.0, |shares| shares[k]);
        weights.push(positive("shares", share).map_err(|error| error.at(k))?);
    }
    let total: f64 = customers.iter().map(|&count| count as f64).sum();
    let weight = in_range("sum of shares", weights.iter().sum::<f64>())?;
    if total == 0.0 {
        return Ok(None);
    }
    let chi_square = customers.iter().zip(&weights).map(|(&count, share)| {
        let expected = total * (share / weight);
        (count as f64 - expected).powi(2) / expected
    });
    let chi_square = in_range("chi_square", chi_square.sum())?;
    let freedom = (customers.len() - 1) as u32;
    let p_value = chi_square_above(chi_square, freedom);
    Ok(Some(SampleRatio { chi_square, degrees_of_freedom: freedom, p_value }))
}

/// Adjusts the p-values of several comparisons so that all of them together are wrong as rarely as
/// one alone, whatever depends on what; an unknown one stays unknown and does not count.
///
/// Source: Holm 1979, "A simple sequentially rejective multiple test procedure".
pub fn adjust(p_values: &[Option<f64>]) -> Result<Vec<Option<f64>>> {
    let mut order: Vec<(f64, usize)> = room(p_values.len());
    for (k, p) in p_values.iter().enumerate() {
        let Some(p) = *p else { continue };
        let remedy = "Give p-values between 0 and 1";
        let p = not_negative("p_values", p).map_err(|error| error.at(k))?;
        if p > 1.0 {
            return Err(ArgumentError::invalid("p_values", p, remedy).at(k));
        }
        order.push((p, k));
    }
    order.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    let mut adjusted = filled(None, p_values.len());
    let mut largest = 0.0_f64;
    for (rank, &(p, k)) in order.iter().enumerate() {
        largest = largest.max(((order.len() - rank) as f64 * p).min(1.0));
        adjusted[k] = Some(largest);
    }
    Ok(adjusted)
}
