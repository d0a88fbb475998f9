//! The shifted beta geometric model of contractual lifetimes (Fader and Hardie 2007).
//!
//! A customer leaves at each renewal with his own probability θ ~ Beta(alpha, beta). Time counts
//! whole renewal periods; a fraction of a period brings no renewal, so it is cut off.

use nalgebra::{Matrix2, Vector2};

use super::beta_moments::{
    LnRising, discounted_moment_sum, ln_beta_moment, ln_rising_factorials, whole_periods,
};
use super::likelihood::{Derivatives, Domain, Likelihood};
use super::survival::Tenure;

/// The parameters of the distribution of θ, both above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sbg {
    pub alpha: f64,
    pub beta: f64,
}

impl Sbg {
    /// ln P(T > t) = ln B(alpha, beta + t) − ln B(alpha, beta) (2007, eq. 6).
    pub fn ln_survival(&self, t: f64) -> f64 {
        ln_beta_moment(self.beta, self.alpha, whole_periods(t))
    }

    /// P(T > t): still a customer after t renewals. 1 at t = 0, 0 at t = ∞.
    pub fn survival(&self, t: f64) -> f64 {
        self.ln_survival(t).exp()
    }

    /// S(t)/S(t−1), the share of those left that renews at the end of period t ≥ 1 (eq. 8). Rises
    /// with t to 1.
    pub fn retention(&self, t: f64) -> f64 {
        // Not B/(A + B), which is ∞/∞ at t = ∞.
        1.0 / (1.0 + self.alpha / (self.beta + (whole_periods(t) - 1.0).max(0.0)))
    }

    /// P(T = t): a new customer leaves at the end of period t ≥ 1 (eq. 5).
    pub fn churn_probability(&self, t: f64) -> f64 {
        let before = (whole_periods(t) - 1.0).max(0.0);
        self.survival(before) * self.alpha / (self.alpha + self.beta + before)
    }

    /// The model of the customers who have renewed so many times: their θ is Beta(alpha, beta + n).
    pub fn after_renewals(&self, renewals: f64) -> Sbg {
        Sbg { alpha: self.alpha, beta: self.beta + whole_periods(renewals) }
    }

    /// Σ over t = 1..horizon of S(t) (1 + d)^−t: the renewals to come, the one after t periods
    /// discounted by t periods. `d` ≥ 0 per period; `horizon` may be infinite. Infinite for an
    /// infinite horizon with d = 0 and alpha ≤ 1.
    pub fn discounted_renewals(&self, d: f64, horizon: f64) -> f64 {
        discounted_moment_sum(self.beta, self.alpha, d, whole_periods(horizon))
    }

    /// Σ over t = 0..horizon − 1 of S(t) (1 + d)^−t: the payments of a new customer within so many
    /// periods, each made at the start of its period, the first now.
    pub fn discounted_lifetime(&self, d: f64, horizon: f64) -> f64 {
        let periods = whole_periods(horizon);
        if periods < 1.0 { 0.0 } else { 1.0 + self.discounted_renewals(d, periods - 1.0) }
    }

    /// The discounted payments still to come from a customer in period n ≥ 1 (n − 1 renewals
    /// made), just before the next renewal, which counts undiscounted (Fader and Hardie 2010,
    /// "Customer-base valuation in a contractual setting", eq. 6); the next `horizon` renewals.
    pub fn discounted_residual_lifetime(&self, n: f64, d: f64, horizon: f64) -> f64 {
        (1.0 + d) * self.after_renewals(n - 1.0).discounted_renewals(d, horizon)
    }
}

/// Customers by tenure from the survivors of one cohort: entry t counts those left after t periods,
/// entry 0 the whole cohort. `None` unless the counts never rise.
pub fn tenures_of_cohort(survivors: &[u64]) -> Option<Vec<Tenure>> {
    let (&left, _) = survivors.split_last()?;
    let mut tenures = Vec::with_capacity(survivors.len());
    for (t, pair) in survivors.windows(2).enumerate() {
        let lost = pair[0].checked_sub(pair[1])?;
        tenures.push(Tenure { time: (t + 1) as f64, churned: true, customers: lost });
    }
    let last = (survivors.len() - 1) as f64;
    tenures.push(Tenure { time: last, churned: false, customers: left });
    Some(tenures)
}

/// The most periods a tenure may have in a fit.
pub const MAX_PERIODS: u32 = 100_000;

/// ln L of folded tenures: Σ ln P(T = t) over those lost, ln S(t) over those still there.
///
/// Parameters: alpha, beta.
#[derive(Clone, Debug)]
pub struct SbgLikelihood {
    /// Customers lost at the end of period t, and still there after it; by t.
    churned: Vec<f64>,
    censored: Vec<f64>,
}

impl SbgLikelihood {
    /// `None` if a tenure is not a whole number of at most [`MAX_PERIODS`] periods, or one of 0
    /// periods ends in a loss, which the model rules out.
    pub fn new(tenures: &[Tenure]) -> Option<Self> {
        let longest = tenures.iter().map(|tenure| tenure.time).fold(0.0, f64::max);
        let valid = |tenure: &Tenure| {
            tenure.time >= f64::from(u8::from(tenure.churned))
                && tenure.time <= f64::from(MAX_PERIODS)
                && tenure.time.fract() == 0.0
        };
        if !tenures.iter().all(valid) {
            return None;
        }
        let mut likelihood = SbgLikelihood {
            churned: vec![0.0; longest as usize + 1],
            censored: vec![0.0; longest as usize + 1],
        };
        for tenure in tenures {
            let by_time =
                if tenure.churned { &mut likelihood.churned } else { &mut likelihood.censored };
            by_time[tenure.time as usize] += tenure.customers as f64;
        }
        Some(likelihood)
    }

    pub fn customers(&self) -> f64 {
        self.churned.iter().chain(&self.censored).sum()
    }
}

impl Likelihood for SbgLikelihood {
    fn domains(&self) -> Vec<Domain> {
        vec![Domain::Positive; 2]
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let (alpha, beta) = (parameters[0], parameters[1]);
        let longest = self.churned.len() - 1;
        let kept = ln_rising_factorials(beta, longest);
        let either = ln_rising_factorials(alpha + beta, longest);
        let (mut value, mut gradient, mut hessian) = (0.0, Vector2::zeros(), Matrix2::zeros());
        let mut add = |customers: f64, kept: LnRising, either: LnRising| {
            value += customers * (kept.value - either.value);
            gradient += customers * Vector2::new(-either.first, kept.first - either.first);
            hessian -= customers * Matrix2::from_element(either.second);
            hessian[(1, 1)] += customers * kept.second;
        };
        for t in 0..=longest {
            if t % 4096 == 0 {
                interrupt();
            }
            // S(t) = (beta)_t/(alpha+beta)_t and P(T = t) = alpha (beta)_{t−1}/(alpha+beta)_t.
            add(self.censored[t], kept[t], either[t]);
            add(self.churned[t], kept[t.saturating_sub(1)], either[t]);
        }
        let lost: f64 = self.churned.iter().sum();
        value += lost * alpha.ln();
        gradient[0] += lost / alpha;
        hessian[(0, 0)] -= lost / (alpha * alpha);
        Derivatives {
            value,
            gradient: gradient.as_slice().to_vec().into(),
            hessian: nalgebra::DMatrix::from_column_slice(2, 2, hessian.as_slice()),
        }
    }
}
