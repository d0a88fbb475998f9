//! How much of a spend model hangs on single customers: an order of 9,999,999 left in by mistake
//! moves the parameters of thousands, and the likelihood is none the worse for it.

use nalgebra::{Matrix3, Vector3};

use super::{CHUNK, GammaGamma, GammaGammaLikelihood, Spend};
use crate::maths::fit::{Fit, Options};
use crate::maths::likelihood::Likelihood;
use crate::maths::memory::copied;
use crate::maths::special::digamma;

/// Customers that are named.
const MOST: usize = 3;

/// A change by more than this, of the logarithm of a parameter, is not left to a single Newton
/// step, whose error is about its square: the model is fitted again.
const ONE_STEP: f64 = 0.02;

/// One of the customers without whom the model would be most different.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Influence {
    pub x: u32,
    pub mean: f64,
    /// Of the total spend of all customers of the fit.
    pub share: f64,
    /// Relative changes of p, q and v if this customer were left out; None where the model does not
    /// converge without them.
    pub changes: Option<[f64; 3]>,
    /// The same of the mean spend over all customers; None also where one of the two is infinite.
    pub mean_spend: Option<f64>,
}

/// What customers spend, as shares of what all spend: over the largest mean, so that no sum leaves
/// the range of a double.
struct Shares {
    largest_mean: f64,
    total: f64,
}

impl Shares {
    fn of(spends: &[Spend]) -> Option<Shares> {
        let largest_mean = spends.iter().map(|spend| spend.mean).reduce(f64::max)?;
        let mut shares = Shares { largest_mean, total: 1.0 };
        let spent = |spend: &Spend| f64::from(spend.customers) * shares.of_one(spend);
        shares.total = spends.iter().map(spent).sum();
        Some(shares)
    }

    fn of_one(&self, spend: &Spend) -> f64 {
        f64::from(spend.x) * (spend.mean / self.largest_mean) / self.total
    }
}

/// The share of the customer who spent most in what all spent in repeat purchases; None without
/// customers.
pub fn largest_share(spends: &[Spend]) -> Option<f64> {
    let shares = Shares::of(spends)?;
    spends.iter().map(|spend| shares.of_one(spend)).reduce(f64::max)
}

/// The customers that move the parameters most, most influential first: by s' I⁻¹ s, the score of a
/// customer in the metric of the information (Cook's distance; Cook and Weisberg 1982, chapter 5).
///
/// `fit` is that of `spends` under `options`. None of them where it has no covariance.
pub fn influence(
    spends: &[Spend],
    fit: &Fit,
    options: &Options,
    interrupt: &mut dyn FnMut(),
) -> Vec<Influence> {
    let Some((model, information)) = estimates(fit) else { return Vec::new() };
    let Some(covariance) = information.try_inverse() else { return Vec::new() };
    let Some(shares) = Shares::of(spends) else { return Vec::new() };
    let changes_without = |spend: &Spend, interrupt: &mut dyn FnMut()| {
        let changes = match newton_step(&model, &information, spend) {
            Some(step) if step.amax() <= ONE_STEP => Some(step.map(f64::exp_m1).into()),
            _ => refitted(&model, spends, spend, options, interrupt),
        };
        let without = changes.and_then(|changes: [f64; 3]| {
            let [p, q, v] = model.parameters();
            let [dp, dq, dv] = changes;
            GammaGamma::new(p * (1.0 + dp), q * (1.0 + dq), v * (1.0 + dv)).ok()?.mean_spend()
        });
        let mean_spend =
            without.zip(model.mean_spend()).map(|(without, with)| without / with - 1.0);
        let share = shares.of_one(spend);
        Influence { x: spend.x, mean: spend.mean, share, changes, mean_spend }
    };
    most_influential(spends, &model, &covariance, interrupt)
        .iter()
        .map(|spend| changes_without(spend, interrupt))
        .collect()
}

/// The model of a fit and its information by the logarithms of the parameters.
fn estimates(fit: &Fit) -> Option<(GammaGamma, Matrix3<f64>)> {
    let &[p, q, v] = fit.parameters.as_deref()? else { return None };
    let natural = [p, q, v];
    let covariance = fit.covariance.as_ref().filter(|covariance| covariance.nrows() == 3)?;
    let by_logarithms = Matrix3::from_fn(|i, j| covariance[(i, j)] / (natural[i] * natural[j]));
    Some((GammaGamma::new(p, q, v).ok()?, by_logarithms.try_inverse()?))
}

fn most_influential(
    spends: &[Spend],
    model: &GammaGamma,
    covariance: &Matrix3<f64>,
    interrupt: &mut dyn FnMut(),
) -> Vec<Spend> {
    let GammaGamma { p, q, v } = *model;
    let digamma_q = digamma(q);
    let mut most: Vec<(f64, Spend)> = Vec::new();
    for group in spends.chunk_by(|one, next| one.x == next.x) {
        let x = f64::from(group[0].x);
        let shape = p * x + q;
        let (of_p, of_q) = (digamma(shape) - digamma(p * x), digamma(shape) - digamma_q);
        for chunk in group.chunks(CHUNK) {
            interrupt();
            for spend in chunk {
                let total = x * spend.mean;
                let score = Vector3::new(
                    p * x * (of_p - (v / total).ln_1p()),
                    q * (of_q - (total / v).ln_1p()),
                    q - shape * v / (v + total),
                );
                let distance = score.dot(&(covariance * score));
                let place = most.partition_point(|&(other, _)| other >= distance);
                if place < MOST {
                    most.insert(place, (distance, *spend));
                    most.truncate(MOST);
                }
            }
        }
    }
    most.into_iter().map(|(_, spend)| spend).collect()
}

/// What Newton's method changes first of the logarithms of the parameters when a customer is left
/// out of a likelihood at its maximum: −(I − I_i)⁻¹ s_i. None where that has no maximum.
fn newton_step(
    model: &GammaGamma,
    information: &Matrix3<f64>,
    spend: &Spend,
) -> Option<Vector3<f64>> {
    let natural = Vector3::from(model.parameters());
    let one = GammaGammaLikelihood::new(&[Spend { customers: 1, ..*spend }], 1.0);
    let own = one.evaluate(natural.as_slice(), &mut || ());
    let score = Vector3::from_fn(|i, _| natural[i] * own.gradient[i]);
    let own_information = Matrix3::from_fn(|i, j| {
        let diagonal = if i == j { score[i] } else { 0.0 };
        -natural[i] * natural[j] * own.hessian[(i, j)] - diagonal
    });
    (information - own_information).cholesky().map(|rest| -rest.solve(&score))
}

fn refitted(
    model: &GammaGamma,
    spends: &[Spend],
    without: &Spend,
    options: &Options,
    interrupt: &mut dyn FnMut(),
) -> Option<[f64; 3]> {
    let mut others = copied(spends);
    let at = others.iter().position(|spend| spend == without)?;
    others[at].customers -= 1;
    others.retain(|spend| spend.customers > 0);
    let known = model.parameters();
    let warm = Options { start: Some(known.into()), ..options.clone() };
    let fit = GammaGamma::fit(&others, &warm, interrupt).ok().filter(|fit| fit.converged)?;
    let &[p, q, v] = fit.parameters.as_deref()? else { return None };
    Some([p / known[0] - 1.0, q / known[1] - 1.0, v / known[2] - 1.0])
}
