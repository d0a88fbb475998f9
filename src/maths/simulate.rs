//! Seeded simulators: customers as each model says they behave, one by one.
//!
//! Every customer has a random stream of its own, named by the seed and the customer's number, so
//! that nothing depends on how many customers are drawn or in which order. ChaCha8, the elementary
//! functions of libm and the methods below fix every bit on every machine; a crate of
//! distributions fixes it only until its next release.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::beta_geometric_limits::AtPurchases;
use super::bg_bb::{BgBb, MAX_OPPORTUNITIES};
use super::bg_bb_limits::{AtOpportunities, Purchase};
use super::bg_nbd::BgNbd;
use super::error::{ArgumentError, Refusal, Result};
use super::gamma_gamma::GammaGamma;
use super::history::History;
use super::mbg_nbd::MbgNbd;
use super::memory::{Grow, collected};
use super::nbd::Nbd;
use super::pareto_nbd::ParetoNbd;
use super::pareto_nbd::limits::{InTime, Lifetime};
use super::rate::Rate;
use super::sbg::Sbg;
use super::survival::Tenure;

/// The most purchases of one customer: a rate without bounds must not fill the memory.
pub const MAX_PURCHASES: usize = 1_000_000;

/// What the random numbers of a customer are for: purposes do not disturb each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Purchases = 0,
    Spend = 1,
    Tenure = 2,
}

/// The random numbers of one customer for one purpose.
pub struct Draws(ChaCha8Rng);

impl Draws {
    pub fn new(seed: u64, customer: u64, purpose: Purpose) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8] = purpose as u8;
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_stream(customer);
        Draws(stream)
    }

    /// Between 0 and 1, neither of them, on a grid of 2^−52.
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) * f64::EPSILON
    }

    /// Whether what has probability `p` happens.
    pub(super) fn happens(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Exponential with mean 1.
    fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform())
    }

    /// Standard normal: the polar method (Marsaglia and Bray 1964), one of the pair left unused.
    fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }

    /// ln of a gamma variate with scale 1 (Marsaglia and Tsang 2000); the logarithm, since with a
    /// small shape the variate itself underflows.
    fn ln_gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.ln_gamma(shape + 1.0) + libm::log(self.uniform()) / shape;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root > 0.0 {
                let v = root * root * root;
                let ln_v = 3.0 * libm::log1p(c * x);
                if libm::log(self.uniform()) < 0.5 * x * x + d * (1.0 - v + ln_v) {
                    return libm::log(d) + ln_v;
                }
            }
        }
    }

    /// Gamma with scale 1.
    fn gamma(&mut self, shape: f64) -> f64 {
        libm::exp(self.ln_gamma(shape))
    }

    /// Beta(a, b), also where both are so small that nearly all of it is at 0 and 1.
    pub(super) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.ln_gamma(a), self.ln_gamma(b));
        1.0 / (1.0 + libm::exp(y - x))
    }
}

/// A model whose customers can be simulated.
pub trait Simulate {
    /// The times of the repeat purchases of one customer, ascending, at most `span` after the
    /// first purchase. A longer span with the same draws only adds to the list. Refused past
    /// [`MAX_PURCHASES`].
    fn purchase_times(&self, span: f64, draws: &mut Draws) -> Result<Vec<f64>>;

    /// An age between `youngest` and `oldest`, each as likely as any other.
    fn age(&self, youngest: f64, oldest: f64, draws: &mut Draws) -> f64 {
        youngest + (oldest - youngest) * draws.uniform()
    }
}

/// How a cohort is observed; times in the unit of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    pub seed: u64,
    /// Ages lie between these two, evenly spread.
    pub youngest: f64,
    pub oldest: f64,
    /// Time after the age during which purchases are still drawn: what a prediction is held
    /// against. Does not change what comes before.
    pub holdout: f64,
}

/// A simulated customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    pub age: f64,
    /// Times of the repeat purchases since the first one, those of the holdout included.
    pub purchases: Vec<f64>,
}

impl Observation {
    /// The customer with this number; the same whoever else is drawn.
    pub fn customer(&self, model: &dyn Simulate, number: u64) -> Result<Customer> {
        let mut draws = Draws::new(self.seed, number, Purpose::Purchases);
        let age = model.age(self.youngest, self.oldest, &mut draws);
        Ok(Customer { age, purchases: model.purchase_times(age + self.holdout, &mut draws)? })
    }
}

impl Customer {
    fn observed(&self) -> usize {
        self.purchases.partition_point(|&time| time <= self.age)
    }

    /// What a fit sees: purchases up to the age.
    pub fn history(&self) -> History {
        let purchases = &self.purchases[..self.observed()];
        let t_x = purchases.last().copied().unwrap_or(0.0);
        History { x: purchases.len() as f64, t_x, age: self.age }
    }

    /// Purchases after the age.
    pub fn holdout_purchases(&self) -> u64 {
        (self.purchases.len() - self.observed()) as u64
    }
}

/// Purchases at `rate` until `span`, the end of the list, or until `stays` says no after one.
fn purchases_at_rate(
    rate: f64,
    span: f64,
    draws: &mut Draws,
    mut stays: impl FnMut(&mut Draws) -> bool,
) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    let mut time = 0.0;
    loop {
        time += draws.exponential() / rate;
        if time > span {
            return Ok(times);
        }
        if times.len() == MAX_PURCHASES {
            let remedy = "Give parameters and a span that let a customer purchase less often";
            let (refusal, argument) = (Refusal::Overflow, "purchases");
            return Err(ArgumentError {
                refusal,
                argument,
                element: None,
                value: rate * span,
                remedy,
            });
        }
        times.add(time);
        if !stays(draws) {
            return Ok(times);
        }
    }
}

impl Simulate for BgNbd {
    fn purchase_times(&self, span: f64, draws: &mut Draws) -> Result<Vec<f64>> {
        let [r, alpha, a, b] = self.parameters();
        let (rate, dropout) = (draws.gamma(r) / alpha, draws.beta(a, b));
        purchases_at_rate(rate, span, draws, |draws| !draws.happens(dropout))
    }
}

impl Simulate for MbgNbd {
    fn purchase_times(&self, span: f64, draws: &mut Draws) -> Result<Vec<f64>> {
        let [r, alpha, a, b] = self.parameters();
        let (rate, dropout) = (draws.gamma(r) / alpha, draws.beta(a, b));
        if draws.happens(dropout) {
            return Ok(Vec::new());
        }
        purchases_at_rate(rate, span, draws, |draws| !draws.happens(dropout))
    }
}

impl Rate {
    fn draw(self, draws: &mut Draws) -> f64 {
        match self {
            Rate::Gamma { r, alpha } => draws.gamma(r) / alpha,
            Rate::Same { lambda } => lambda,
        }
    }
}

impl Simulate for Nbd {
    fn purchase_times(&self, span: f64, draws: &mut Draws) -> Result<Vec<f64>> {
        purchases_at_rate(self.0.draw(draws), span, draws, |_| true)
    }
}

impl Simulate for AtPurchases {
    fn purchase_times(&self, span: f64, draws: &mut Draws) -> Result<Vec<f64>> {
        let rate = self.rate.draw(draws);
        let dropout = self.dropout.draw(draws);
        if self.early > 0.0 && draws.happens(dropout) {
            return Ok(Vec::new());
        }
        purchases_at_rate(rate, span, draws, |draws| !draws.happens(dropout))
    }
}

impl Simulate for ParetoNbd {
    fn purchase_times(&self, span: f64, draws: &mut Draws) -> Result<Vec<f64>> {
        let [r, alpha, s, beta] = self.parameters();
        let rate = draws.gamma(r) / alpha;
        let lifetime = draws.exponential() * beta / draws.gamma(s);
        purchases_at_rate(rate, span.min(lifetime), draws, |_| true)
    }
}

impl Simulate for InTime {
    fn purchase_times(&self, span: f64, draws: &mut Draws) -> Result<Vec<f64>> {
        let rate = self.rate.draw(draws);
        let lifetime = match self.lifetime {
            Lifetime::Gamma { s, beta } => draws.exponential() * beta / draws.gamma(s),
            Lifetime::Same { mu } => draws.exponential() / mu,
        };
        purchases_at_rate(rate, span.min(lifetime), draws, |_| true)
    }
}

impl Simulate for BgBb {
    fn purchase_times(&self, span: f64, draws: &mut Draws) -> Result<Vec<f64>> {
        let [alpha, beta, gamma, delta] = self.parameters();
        let (purchase, dropout) = (draws.beta(alpha, beta), draws.beta(gamma, delta));
        Ok(purchases_at_opportunities(purchase, dropout, span, draws))
    }

    /// A whole number of opportunities.
    fn age(&self, fewest: f64, most: f64, draws: &mut Draws) -> f64 {
        opportunities(fewest, most, draws)
    }
}

impl Simulate for AtOpportunities {
    fn purchase_times(&self, span: f64, draws: &mut Draws) -> Result<Vec<f64>> {
        let purchase = match self.purchase {
            Purchase::Beta { alpha, beta } => draws.beta(alpha, beta),
            Purchase::Same { p } => p,
        };
        let dropout = self.dropout.draw(draws);
        Ok(purchases_at_opportunities(purchase, dropout, span, draws))
    }

    /// A whole number of opportunities.
    fn age(&self, fewest: f64, most: f64, draws: &mut Draws) -> f64 {
        opportunities(fewest, most, draws)
    }
}

/// Opportunities taken before the customer leaves or the span ends, of at most
/// [`MAX_OPPORTUNITIES`].
fn purchases_at_opportunities(
    purchase: f64,
    dropout: f64,
    span: f64,
    draws: &mut Draws,
) -> Vec<f64> {
    let mut times = Vec::new();
    for opportunity in 1..=span.min(f64::from(MAX_OPPORTUNITIES)) as u32 {
        if draws.happens(dropout) {
            break;
        }
        if draws.happens(purchase) {
            times.add(f64::from(opportunity));
        }
    }
    times
}

fn opportunities(fewest: f64, most: f64, draws: &mut Draws) -> f64 {
    (fewest + (most - fewest + 1.0) * draws.uniform()).floor().min(most)
}

impl GammaGamma {
    /// What a customer spends on each of so many purchases. More purchases with the same draws
    /// only add to the list.
    pub fn simulate_spends(&self, purchases: usize, draws: &mut Draws) -> Vec<f64> {
        let [p, q, v] = self.parameters();
        // The customer's ν ~ Gamma(q, v).
        let ln_rate = draws.ln_gamma(q);
        let scale = v / libm::exp(ln_rate);
        let spend = |ln_value: f64| match scale.is_normal() {
            true => scale * libm::exp(ln_value),
            // The rate is beyond the range of a double, as the spend need not be.
            false => libm::exp(v.ln() - ln_rate + ln_value),
        };
        collected((0..purchases).map(|_| spend(draws.ln_gamma(p))))
    }
}

impl Sbg {
    /// When a customer leaves, if within so many periods; otherwise censored at the end of them.
    pub fn simulate_tenure(&self, periods: u32, draws: &mut Draws) -> Tenure {
        let dropout = self.theta.draw(draws);
        // Geometric by inversion; never for a dropout of 0.
        let period = 1.0 + (libm::log(draws.uniform()) / libm::log1p(-dropout)).floor();
        let (observed, churned) = (f64::from(periods), period <= f64::from(periods));
        Tenure::whole(if churned { period } else { observed }, churned, 1)
    }
}
