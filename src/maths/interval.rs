//! Intervals around estimates and predictions. Two kinds that must not be mixed up: how far an
//! expectation may be off since the parameters are estimates, and how far the purchases of one
//! customer scatter around their expectation though the parameters be known.

use nalgebra::{DMatrix, DVector};

use super::error::{Result, open_share};
use super::experiments::normal_quantile_above;
use super::history::History;
use super::likelihood::Domain;
use super::purchase_model::PurchaseModel;

/// Both ends of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    pub lower: f64,
    pub upper: f64,
}

/// The estimates of a fit with their covariance, by the natural parameters.
#[derive(Clone, Copy, Debug)]
pub struct Estimates<'a> {
    pub parameters: &'a [f64],
    pub covariance: &'a DMatrix<f64>,
    pub domains: &'a [Domain],
}

/// The normal quantile that leaves half of 1 − `level` above.
fn quantile(level: f64) -> Result<f64> {
    Ok(normal_quantile_above(0.5 - 0.5 * open_share("level", level)?))
}

/// Confidence limits of one parameter. A positive one is normal by its logarithm, to first order
/// (Meeker and Escobar 1998, section 8.4): the limits stay positive.
pub fn parameter_limits(
    estimate: f64,
    std_error: f64,
    domain: Domain,
    level: f64,
) -> Result<Limits> {
    let z = quantile(level)?;
    Ok(match domain {
        Domain::Positive => by_logarithm(estimate, z * std_error / estimate),
        // The same by the odds.
        Domain::Share => {
            let odds = estimate / (1.0 - estimate);
            let Limits { lower, upper } =
                by_logarithm(odds, z * std_error / (estimate * (1.0 - estimate)));
            // Odds may overflow.
            Limits { lower: lower / (1.0 + lower), upper: 1.0 / (1.0 + 1.0 / upper) }
        }
        Domain::Real => Limits { lower: estimate - z * std_error, upper: estimate + z * std_error },
    })
}

fn by_logarithm(estimate: f64, width: f64) -> Limits {
    Limits { lower: estimate * (-width).exp(), upper: estimate * width.exp() }
}

/// Confidence limits of an expectation at the parameters' true values: the delta method on its
/// logarithm, so that they are positive and the same for any multiple of it.
///
/// `expectation` answers at any parameters near the estimates, not below 0. None where it is
/// infinite or cannot be differentiated (a mean over an infinite horizon at a = 1); both limits are
/// 0 where it is 0.
pub fn expectation_limits(
    estimates: Estimates,
    expectation: impl Fn(&[f64]) -> f64,
    level: f64,
) -> Result<Option<Limits>> {
    let z = quantile(level)?;
    let estimate = expectation(estimates.parameters);
    if estimate == 0.0 {
        return Ok(Some(Limits { lower: 0.0, upper: 0.0 }));
    }
    let variance = ln_variance(estimates, estimate, expectation);
    let limits = by_logarithm(estimate, z * variance.max(0.0).sqrt());
    // A lower limit that underflows and an upper one that overflows are still limits.
    Ok((estimate.is_finite() && variance.is_finite()).then_some(limits))
}

/// Var ln E by the delta method. The derivatives are central differences of sixth order, over
/// steps so large that a rounding error of 1e-15 stays below 1e-12 of them.
fn ln_variance(estimates: Estimates, at: f64, expectation: impl Fn(&[f64]) -> f64) -> f64 {
    const WEIGHTS: [f64; 3] = [0.75, -0.15, 1.0 / 60.0];
    const STEP: f64 = 2e-3;
    let Estimates { parameters, covariance, domains } = estimates;
    let mut point = parameters.to_vec(); // small
    let gradient = DVector::from_iterator(
        parameters.len(),
        domains.iter().enumerate().map(|(i, domain)| {
            // A coefficient has no scale of its own but its standard error.
            let step = match domain {
                Domain::Positive => STEP * parameters[i],
                Domain::Share => STEP * parameters[i] * (1.0 - parameters[i]),
                Domain::Real => 10.0 * STEP * covariance[(i, i)].sqrt(),
            };
            if step == 0.0 {
                return 0.0;
            }
            let mut slope = 0.0;
            for (k, weight) in (1..).zip(WEIGHTS) {
                let mut side = |sign: f64| {
                    point[i] = parameters[i] + sign * f64::from(k) * step;
                    expectation(&point)
                };
                slope += weight * (side(1.0) - side(-1.0));
            }
            point[i] = parameters[i];
            slope / (step * at)
        }),
    );
    gradient.dot(&(covariance * &gradient))
}

/// From here on whole numbers are no longer exact in a double.
const MOST: u64 = 1 << 53;

/// Prediction limits of the number of purchases in the next `t`, the parameters taken as known:
/// the smallest n that is not exceeded with a probability of (1 − level)/2, and of (1 + level)/2.
/// So between them, both included, lies the number with a probability of `level` or a little more.
///
/// By bisection on P(n or more): some 100 evaluations at most, however many purchases are expected.
/// A limit beyond 2^53 is infinite. None where the model has no answer (BG/BB: a horizon too long).
pub fn count_limits(
    model: &dyn PurchaseModel,
    customer: History,
    t: f64,
    level: f64,
) -> Result<Option<Limits>> {
    let tail = 0.5 - 0.5 * open_share("level", level)?;
    if model.p_at_least(customer, 1, t).is_nan() {
        return Ok(None);
    }
    // The smallest n with P(X > n) <= above.
    let least = |above: f64| {
        let exceeds = |n: u64| model.p_at_least(customer, n + 1, t) > above;
        if !exceeds(0) {
            return 0.0;
        }
        let (mut low, mut high) = (0, 1);
        while exceeds(high) {
            if high >= MOST {
                return f64::INFINITY;
            }
            (low, high) = (high, 2 * high);
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if exceeds(middle) { low = middle } else { high = middle }
        }
        high as f64
    };
    Ok(Some(Limits { lower: least(1.0 - tail), upper: least(tail) }))
}
