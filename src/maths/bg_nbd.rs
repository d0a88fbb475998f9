//! BG/NBD: Fader, Hardie & Lee (2005), "Counting your customers the easy way", Marketing Science 24.
//!
//! Purchases at a rate ~ Gamma(r, alpha); after each repeat purchase the customer leaves with
//! probability p ~ Beta(a, b). Nobody leaves before the first repeat purchase.

use super::beta_geometric::{AliveCustomer, softplus};
use super::beta_geometric_likelihood::{BetaGeometricLikelihood, beta_geometric_problem};
use super::beta_geometric_limits::{AtPurchases, BORDERS, borders};
use super::border::{Border, Made};
use super::error::{ArgumentError, scale, shape};
use super::fit::{Fit, InvalidOption, Options, fit};
use super::fit_histories::HistoryFit;
use super::history::{Folded, History};
use super::likelihood::{Derivatives, Domain, Likelihood};
use super::purchase_model::PurchaseModel;
use super::special::{ln_beta_ratio, ln_gamma_difference};

/// The BG/NBD model with its parameters, all above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BgNbd {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

impl BgNbd {
    /// Names of the parameters, in the order of [`BgNbd::new`] and of the likelihood.
    pub const PARAMETERS: [&'static str; 4] = ["r", "alpha", "a", "b"];

    pub fn new(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self, ArgumentError> {
        Ok(BgNbd {
            r: shape("r", r)?,
            alpha: scale("alpha", alpha)?,
            a: shape("a", a)?,
            b: shape("b", b)?,
        })
    }

    /// The limits at which a fit may end.
    pub const BORDERS: &'static [Border] = BORDERS;

    /// The model on the border of this name.
    pub fn on_border(name: &str, parameters: &[f64]) -> Made {
        AtPurchases::on_border(0.0, name, parameters)
    }

    /// r, alpha, a, b.
    pub fn parameters(&self) -> [f64; 4] {
        [self.r, self.alpha, self.a, self.b]
    }

    /// ln of P(has left) / P(alive) at T: eq. 6 splits into the two; −∞ without a repeat purchase.
    fn ln_odds_of_having_left(&self, History { x, t_x, age }: History) -> f64 {
        if x == 0.0 {
            return f64::NEG_INFINITY;
        }
        let silence = (age - t_x) / (self.alpha + t_x);
        (self.a / (self.b + (x - 1.0))).ln() + (self.r + x) * silence.ln_1p()
    }

    /// The customer at T, if alive: rate ~ Gamma(r+x, alpha+T), p ~ Beta(a, b+x).
    fn alive(&self, x: f64, age: f64) -> AliveCustomer {
        AliveCustomer { r: self.r + x, alpha: self.alpha + age, a: self.a, b: self.b + x }
    }

    /// A customer just acquired.
    fn acquired(&self) -> AliveCustomer {
        AliveCustomer { r: self.r, alpha: self.alpha, a: self.a, b: self.b }
    }
}

impl PurchaseModel for BgNbd {
    /// Eq. 6.
    fn log_likelihood(&self, customer: History) -> f64 {
        let BgNbd { r, alpha, a, b } = *self;
        let History { x, age, .. } = customer;
        ln_gamma_difference(r, x) + ln_beta_ratio(a, b, x)
            - r * (age / alpha).ln_1p()
            - x * (alpha + age).ln()
            + softplus(self.ln_odds_of_having_left(customer))
    }

    /// Always 1 at T without a repeat purchase.
    fn p_alive(&self, customer: History, after: f64) -> f64 {
        let now = 1.0 / (1.0 + self.ln_odds_of_having_left(customer).exp());
        if after == 0.0 { now } else { now * self.alive(customer.x, customer.age).survival(after) }
    }

    /// Eq. 10 discounted. Infinite for an infinite horizon with delta = 0 and a ≤ 1.
    fn survivor_purchases(&self, x: f64, age: f64, delta: f64, horizon: f64) -> f64 {
        self.alive(x, age).discounted(delta, horizon)
    }

    /// Eq. 9.
    fn expected_purchases_new(&self, t: f64) -> f64 {
        self.acquired().expected(t)
    }

    fn purchase_pmf(&self, customer: History, n: u64, t: f64) -> f64 {
        let p_alive = self.p_alive(customer, 0.0);
        let gone = if n == 0 { 1.0 - p_alive } else { 0.0 };
        (gone + p_alive * self.alive(customer.x, customer.age).pmf(n, t)).clamp(0.0, 1.0)
    }

    fn p_at_least(&self, customer: History, n: u64, t: f64) -> f64 {
        let p_alive = if n == 0 { 1.0 } else { self.p_alive(customer, 0.0) };
        p_alive * self.alive(customer.x, customer.age).at_least(n, t)
    }

    /// Eq. 8.
    fn purchase_pmf_new(&self, n: u64, t: f64) -> f64 {
        self.acquired().pmf(n, t)
    }
}

/// The log-likelihood of folded histories with its derivatives by r, alpha, a and b.
pub struct BgNbdLikelihood(BetaGeometricLikelihood);

impl BgNbdLikelihood {
    /// Of rows in the order of `Histories::fold`, times divided by `unit`.
    pub fn new(rows: &[Folded], unit: f64) -> Self {
        BgNbdLikelihood(BetaGeometricLikelihood::new(rows, unit, 0.0))
    }
}

impl Likelihood for BgNbdLikelihood {
    fn domains(&self) -> Vec<Domain> {
        vec![Domain::Positive; 4]
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        self.0.evaluate(parameters, interrupt)
    }
}

impl BgNbd {
    pub(super) fn problem(rows: &[Folded]) -> HistoryFit<'_> {
        let likelihood = |rows: &[Folded], unit| -> Box<dyn Likelihood> {
            Box::new(BgNbdLikelihood::new(rows, unit))
        };
        beta_geometric_problem(rows, likelihood, borders::<0>)
    }

    /// Fits r, alpha, a and b to `rows` in the order of `Histories::fold`. `interrupt` is called
    /// every few thousand rows and may unwind.
    pub fn fit(
        rows: &[Folded],
        options: &Options,
        interrupt: &mut dyn FnMut(),
    ) -> Result<Fit, InvalidOption> {
        fit(&Self::problem(rows), options, interrupt)
    }
}
