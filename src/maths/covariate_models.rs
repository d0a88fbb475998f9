//! The models that take covariates: how covariates act on each, and the likelihood of a few rows.

use super::bg_nbd::{BgNbd, BgNbdLikelihood};
use super::covariates::{Effects, WithCovariates};
use super::fit::Fittable;
use super::gamma_gamma::{GammaGamma, GammaGammaLikelihood, INFINITE_MEAN, Spend};
use super::history::Folded;
use super::likelihood::{Derivatives, Domain, Likelihood};
use super::mbg_nbd::{MbgNbd, MbgNbdLikelihood};
use super::memory::copied;
use super::pareto_nbd::ParetoNbd;
use super::sbg::Sbg;
use super::special::{ln_beta_ratio, polygamma_differences};
use super::survival::Tenure;

const PURCHASE_AND_DROPOUT: &[&str] = &["purchase", "dropout"];

/// r, alpha, a, b.
const BETA_GEOMETRIC: Effects = Effects {
    processes: PURCHASE_AND_DROPOUT,
    separate: true,
    on: &[None, Some((0, -1.0)), Some((1, 1.0)), Some((1, 1.0))],
};

impl WithCovariates for BgNbd {
    type Row = Folded;

    const EFFECTS: Effects = BETA_GEOMETRIC;

    fn plain(rows: &[Folded]) -> Box<dyn Fittable + '_> {
        Box::new(BgNbd::problem(rows))
    }

    fn likelihood(rows: &[Folded], unit: f64) -> Box<dyn Likelihood> {
        Box::new(BgNbdLikelihood::new(rows, unit))
    }
}

impl WithCovariates for MbgNbd {
    type Row = Folded;

    const EFFECTS: Effects = BETA_GEOMETRIC;

    fn plain(rows: &[Folded]) -> Box<dyn Fittable + '_> {
        Box::new(MbgNbd::problem(rows))
    }

    fn likelihood(rows: &[Folded], unit: f64) -> Box<dyn Likelihood> {
        Box::new(MbgNbdLikelihood::new(rows, unit))
    }
}

impl WithCovariates for ParetoNbd {
    type Row = Folded;

    /// r, alpha, s, beta.
    const EFFECTS: Effects = Effects {
        processes: PURCHASE_AND_DROPOUT,
        separate: true,
        on: &[None, Some((0, -1.0)), None, Some((1, -1.0))],
    };

    fn plain(rows: &[Folded]) -> Box<dyn Fittable + '_> {
        Box::new(ParetoNbd::problem(rows))
    }

    fn likelihood(rows: &[Folded], unit: f64) -> Box<dyn Likelihood> {
        (ParetoNbd::problem(&[]).likelihood)(rows, unit)
    }
}

impl WithCovariates for GammaGamma {
    type Row = Spend;

    /// p, q, v.
    const EFFECTS: Effects =
        Effects { processes: &["spend"], separate: false, on: &[None, None, Some((0, 1.0))] };

    fn plain(rows: &[Spend]) -> Box<dyn Fittable + '_> {
        GammaGamma::problem(rows)
    }

    fn likelihood(rows: &[Spend], unit: f64) -> Box<dyn Likelihood> {
        Box::new(GammaGammaLikelihood::new(rows, unit))
    }

    fn remark(parameters: &[f64]) -> Option<&'static str> {
        (parameters[1] <= 1.0).then_some(INFINITE_MEAN)
    }
}

impl WithCovariates for Sbg {
    type Row = Tenure;

    /// alpha, beta.
    const EFFECTS: Effects = Effects {
        processes: &["alpha", "beta"],
        separate: false,
        on: &[Some((0, 1.0)), Some((1, 1.0))],
    };

    fn plain(rows: &[Tenure]) -> Box<dyn Fittable + '_> {
        Sbg::problem(rows)
    }

    fn likelihood(rows: &[Tenure], _unit: f64) -> Box<dyn Likelihood> {
        Box::new(TenureLikelihood(copied(rows)))
    }
}

/// ln L of tenures by alpha and beta of the sBG model, at a cost by their number and not, as where
/// they are many, by the longest.
struct TenureLikelihood(Vec<Tenure>);

impl Likelihood for TenureLikelihood {
    fn domains(&self) -> Vec<Domain> {
        vec![Domain::Positive; 2]
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let &[alpha, beta] = parameters else { return Derivatives::undefined(2) };
        let mut result = Derivatives::zero(2);
        for (i, tenure) in self.0.iter().enumerate() {
            if i % 4096 == 4095 {
                interrupt();
            }
            let n = tenure.customers as f64;
            // S(t), or S(t−1) alpha/(alpha+beta+t−1) of who left (Fader and Hardie 2007, eq. 5), over
            // S(e) of who was seen from renewal e on.
            let renewals = tenure.time - f64::from(u8::from(tenure.churned));
            add_survival(&mut result, n, alpha, beta, renewals);
            if tenure.entered > 0.0 {
                add_survival(&mut result, -n, alpha, beta, tenure.entered);
            }
            if tenure.churned {
                let at_risk = alpha + beta + renewals;
                let (g, h) = (&mut result.gradient, &mut result.hessian);
                let (inverse, square) = (1.0 / at_risk, 1.0 / (at_risk * at_risk));
                result.value += n * (alpha / at_risk).ln();
                g[0] += n * (1.0 / alpha - inverse);
                g[1] -= n * inverse;
                h[(0, 0)] += n * (square - 1.0 / (alpha * alpha));
                h[(0, 1)] += n * square;
                h[(1, 1)] += n * square;
            }
        }
        result.hessian.fill_lower_triangle_with_upper_triangle();
        result
    }
}

/// Adds n ln S(t) = n ln B(alpha, beta + t)/B(alpha, beta).
fn add_survival(sum: &mut Derivatives, n: f64, alpha: f64, beta: f64, t: f64) {
    let (g, h) = (&mut sum.gradient, &mut sum.hessian);
    let (kept, kept_slope) = polygamma_differences(beta, t);
    let (either, either_slope) = polygamma_differences(alpha + beta, t);
    sum.value += n * ln_beta_ratio(alpha, beta, t);
    g[0] -= n * either;
    g[1] += n * (kept - either);
    h[(0, 0)] -= n * either_slope;
    h[(0, 1)] -= n * either_slope;
    h[(1, 1)] += n * (kept_slope - either_slope);
}
