//! Which of several fitted models the data support: the likelihood-ratio test of nested models,
//! information criteria of any, and Wald's test of one parameter.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::error::{ArgumentError, Result, finite};
use super::experiments::normal_above;
use super::memory::collected;

/// The outcome of a likelihood-ratio test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LikelihoodRatio {
    /// 2 (ln L of the larger model − ln L of the smaller one), at least 0.
    pub statistic: f64,
    pub degrees_of_freedom: u32,
    pub p_value: f64,
}

/// Maximised log-likelihoods of one data set count as equal within this, relative to their size.
const PRECISION: f64 = 1e-9;

/// Tests whether a model needs the parameters by which it is larger than one nested in it: the
/// statistic is a chi-square of as many degrees of freedom (Wilks 1938).
///
/// Holds where the smaller model fixes parameters within their range, as a coefficient at 0. Where
/// it fixes one at the end of the range (no dropout: a → 0, no heterogeneity: r → ∞), the
/// p-value is too large, for one such parameter up to twice (Self and Liang 1987): what is
/// significant by it is so all the more. Both models must see the same data in the same unit.
pub fn likelihood_ratio_test(smaller: (f64, u32), larger: (f64, u32)) -> Result<LikelihoodRatio> {
    let ((ln_smaller, k_smaller), (ln_larger, k_larger)) = (smaller, larger);
    let gain = finite("log_likelihood", ln_larger)? - finite("log_likelihood", ln_smaller)?;
    if k_larger <= k_smaller {
        let remedy = "Give first the model with fewer parameters, a special case of the second";
        return Err(ArgumentError::invalid("parameters", f64::from(k_larger), remedy));
    }
    if gain < -PRECISION * ln_smaller.abs().max(1.0) {
        let remedy = "Give converged fits to the same data, the first a special case of the second, \
                      which is then at least as likely";
        return Err(ArgumentError::invalid("log_likelihood", ln_larger, remedy));
    }
    let statistic = 2.0 * gain.max(0.0);
    let degrees_of_freedom = k_larger - k_smaller;
    let p_value = chi_square_above(statistic, degrees_of_freedom);
    Ok(LikelihoodRatio { statistic, degrees_of_freedom, p_value })
}

/// Returns P(chi-square > `statistic`).
pub(super) fn chi_square_above(statistic: f64, degrees_of_freedom: u32) -> f64 {
    if degrees_of_freedom == 1 {
        return 2.0 * normal_above(statistic.sqrt());
    }
    ChiSquared::new(f64::from(degrees_of_freedom)).map_or(f64::NAN, |law| law.sf(statistic))
}

/// Wald's test that a parameter is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaldTest {
    pub z: f64,
    /// Of both sides.
    pub p_value: f64,
}

/// Of a coefficient; for a parameter that is positive by definition the test says nothing.
pub fn wald_test(estimate: f64, std_error: f64) -> WaldTest {
    let z = estimate / std_error;
    WaldTest { z, p_value: 2.0 * normal_above(z.abs()) }
}

/// A fitted model as the criteria see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    pub log_likelihood: f64,
    pub parameters: u32,
    pub customers: u64,
}

/// One model among others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// Its place in the list given, from 0.
    pub candidate: usize,
    /// Akaike's criterion: 2k − 2 ln L.
    pub aic: f64,
    /// Above the best one's.
    pub aic_difference: f64,
    /// Akaike's weight: how the evidence is divided among the models (Burnham and Anderson 2002,
    /// section 2.9); the weights sum to 1.
    pub aic_weight: f64,
    /// Schwarz's criterion: k ln(customers) − 2 ln L.
    pub bic: f64,
    pub bic_difference: f64,
}

/// The models by rising AIC, those of equal AIC in the order given.
///
/// Log-likelihoods are comparable only over the same customers, observed in the same unit, and
/// between models of the same kind: those of purchase times (BG/NBD, MBG/NBD, Pareto/NBD) are
/// densities, that of BG/BB is a probability of opportunities taken.
pub fn compare(candidates: &[Candidate]) -> Result<Vec<Ranked>> {
    let Some(first) = candidates.first() else { return Ok(Vec::new()) };
    for (index, candidate) in candidates.iter().enumerate() {
        finite("log_likelihood", candidate.log_likelihood).map_err(|error| error.at(index))?;
        if candidate.customers != first.customers {
            let remedy = "Compare models that were fitted to the same customers";
            let customers = candidate.customers as f64;
            return Err(ArgumentError::invalid("customers", customers, remedy).at(index));
        }
    }
    let aic = |c: &Candidate| 2.0 * f64::from(c.parameters) - 2.0 * c.log_likelihood;
    let ln_customers = (first.customers as f64).ln();
    let bic = |c: &Candidate| f64::from(c.parameters) * ln_customers - 2.0 * c.log_likelihood;
    let least = |criterion: &dyn Fn(&Candidate) -> f64| {
        candidates.iter().map(criterion).fold(f64::INFINITY, f64::min)
    };
    let (best_aic, best_bic) = (least(&aic), least(&bic));
    let ranked = candidates.iter().enumerate().map(|(index, candidate)| Ranked {
        candidate: index,
        aic: aic(candidate),
        aic_difference: aic(candidate) - best_aic,
        aic_weight: (-0.5 * (aic(candidate) - best_aic)).exp(),
        bic: bic(candidate),
        bic_difference: bic(candidate) - best_bic,
    });
    let mut ranked: Vec<Ranked> = collected(ranked);
    ranked.sort_unstable_by(|one, other| {
        one.aic.total_cmp(&other.aic).then(one.candidate.cmp(&other.candidate))
    });
    let total: f64 = ranked.iter().map(|model| model.aic_weight).sum();
    ranked.iter_mut().for_each(|model| model.aic_weight /= total);
    Ok(ranked)
}
