//! The rate at which a customer purchases: it varies over customers as gamma(r, alpha), or is the
//! same for all, which is the limit of r and alpha to infinity at a fixed ratio.

use statrs::function::gamma::gamma_lr;

use super::beta_geometric::made_at_least;
use super::jet::{Jet, index};
use super::special::{ln_beta, ln_gamma, ln_gamma_difference, polygamma_differences};

/// The distribution of the rate over customers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rate {
    Gamma { r: f64, alpha: f64 },
    Same { lambda: f64 },
}

impl Rate {
    /// From the first parameters, with the others.
    pub fn split(same: bool, parameters: &[f64]) -> Option<(Rate, &[f64])> {
        Some(match *parameters {
            [lambda, ref rest @ ..] if same => (Rate::Same { lambda }, rest),
            [r, alpha, ref rest @ ..] if !same => (Rate::Gamma { r, alpha }, rest),
            _ => return None,
        })
    }

    /// Over the customers with x purchases in t.
    pub fn after(self, x: f64, t: f64) -> Rate {
        match self {
            Rate::Gamma { r, alpha } => Rate::Gamma { r: r + x, alpha: alpha + t },
            same => same,
        }
    }

    pub fn mean(self) -> f64 {
        match self {
            Rate::Gamma { r, alpha } => r / alpha,
            Rate::Same { lambda } => lambda,
        }
    }

    /// ln E[λ^x e^(−λ t)]: the likelihood of x purchases at given times within t.
    pub fn ln_moment(self, x: f64, t: f64) -> f64 {
        match self {
            Rate::Gamma { r, alpha } => {
                let times = if x == 0.0 { 0.0 } else { x * (alpha + t).ln() };
                ln_gamma_difference(r, x) - r * (t / alpha).ln_1p() - times
            }
            Rate::Same { lambda } => x * lambda.ln() - lambda * t,
        }
    }

    /// By how much that falls from t to t + span.
    pub fn ln_fall(self, x: f64, t: f64, span: f64) -> f64 {
        match self {
            Rate::Gamma { r, alpha } => (r + x) * (span / (alpha + t)).ln_1p(),
            Rate::Same { lambda } => lambda * span,
        }
    }

    /// P(n purchases in t) of who does not leave: negative binomial or Poisson.
    pub fn pmf(self, n: f64, t: f64) -> f64 {
        match self {
            _ if t == 0.0 => f64::from(u8::from(n == 0.0)),
            _ if n == 0.0 => (-self.ln_fall(0.0, 0.0, t)).exp(),
            Rate::Gamma { r, alpha } => {
                let (ln_z, ln_rest) = (-(alpha / t).ln_1p(), -(t / alpha).ln_1p());
                (n * ln_z + r * ln_rest - n.ln() - ln_beta(n, r)).exp()
            }
            Rate::Same { lambda } => {
                let mean = expected_number(lambda, t);
                (n * mean.ln() - mean - ln_gamma(n + 1.0)).exp()
            }
        }
    }

    /// P(n purchases or more in t) of who does not leave.
    pub fn at_least(self, n: f64, t: f64) -> f64 {
        if n == 0.0 || t == 0.0 {
            return f64::from(u8::from(n == 0.0));
        }
        match self {
            Rate::Gamma { r, alpha } => made_at_least(r, alpha, n, t, self.pmf(n, t).ln()),
            Rate::Same { lambda } => gamma_lr(n, expected_number(lambda, t)).clamp(0.0, 1.0),
        }
    }
}

/// The mean of a Poisson law, finite and above 0 since of others nothing can be computed.
fn expected_number(lambda: f64, t: f64) -> f64 {
    (lambda * t).clamp(f64::MIN_POSITIVE, f64::MAX)
}

/// ∫ e^(−delta s) ds from 0 to `horizon`.
pub(super) fn discounted_span(delta: f64, horizon: f64) -> f64 {
    if delta == 0.0 {
        horizon
    } else if horizon == f64::INFINITY {
        if delta > 0.0 { 1.0 / delta } else { f64::INFINITY }
    } else {
        -(-delta * horizon).exp_m1() / delta
    }
}

/// The likelihood of x purchases with its derivatives, first by r and alpha or by lambda: what does
/// not depend on the time.
pub(super) struct RateBase {
    x: f64,
    ln_rise: f64,
    slope: f64,
    bend: f64,
}

impl RateBase {
    pub fn new(rate: Rate, x: f64) -> Self {
        match rate {
            Rate::Gamma { r, .. } => {
                let (slope, bend) = polygamma_differences(r, x);
                RateBase { x, ln_rise: ln_gamma_difference(r, x), slope, bend }
            }
            Rate::Same { lambda } => RateBase {
                x,
                ln_rise: x * lambda.ln(),
                slope: x / lambda,
                bend: -x / lambda.powi(2),
            },
        }
    }

    /// [`Rate::ln_moment`] at t.
    pub fn at(&self, rate: Rate, t: f64) -> Jet {
        let mut jet = Jet::ZERO;
        match rate {
            Rate::Gamma { r, alpha } => {
                let (growth, inverse) = ((t / alpha).ln_1p(), 1.0 / (alpha + t));
                // The derivative of −ln(1 + t/alpha) by alpha.
                let slope = t / alpha * inverse;
                let times = if self.x == 0.0 { 0.0 } else { self.x * (alpha + t).ln() };
                jet.value = self.ln_rise - r * growth - times;
                jet.set(0, self.slope - growth, self.bend);
                let bend = self.x * inverse * inverse - r * slope * (1.0 / alpha + inverse);
                jet.set(1, r * slope - self.x * inverse, bend);
                jet.hessian[index(1, 0)] = slope;
            }
            Rate::Same { lambda } => {
                jet.value = self.ln_rise - lambda * t;
                jet.set(0, self.slope - t, self.bend);
            }
        }
        jet
    }
}
