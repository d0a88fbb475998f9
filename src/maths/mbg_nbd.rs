//! MBG/NBD: Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models
//! for customer base analysis", International Journal of Research in Marketing 24. As BG/NBD, but
//! a customer may also leave right after the first purchase, at time 0.

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

/// The MBG/NBD model with its parameters, all above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MbgNbd {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

impl MbgNbd {
    /// Names of the parameters, in the order of [`MbgNbd::new`] and of the likelihood.
    pub const PARAMETERS: [&'static str; 4] = ["r", "alpha", "a", "b"];

    pub fn new(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self, ArgumentError> {
        Ok(MbgNbd {
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
        AtPurchases::on_border(1.0, name, parameters)
    }

    /// r, alpha, a, b.
    pub fn parameters(&self) -> [f64; 4] {
        [self.r, self.alpha, self.a, self.b]
    }

    /// ln of P(has left) / P(alive) at T: a/(b+x) ((alpha+T)/(alpha+t_x))^(r+x).
    fn ln_odds_of_having_left(&self, History { x, t_x, age }: History) -> f64 {
        let silence = (age - t_x) / (self.alpha + t_x);
        (self.a / (self.b + x)).ln() + (self.r + x) * silence.ln_1p()
    }

    /// The customer at T, if alive, has stayed x+1 times: p ~ Beta(a, b+x+1).
    fn alive(&self, x: f64, age: f64) -> AliveCustomer {
        AliveCustomer { r: self.r + x, alpha: self.alpha + age, a: self.a, b: self.b + x + 1.0 }
    }

    /// P(alive just after the first purchase).
    fn p_stays(&self) -> f64 {
        self.b / (self.a + self.b)
    }

    /// A customer just acquired, if the first purchase was not the last one.
    fn acquired(&self) -> AliveCustomer {
        AliveCustomer { r: self.r, alpha: self.alpha, a: self.a, b: self.b + 1.0 }
    }
}

impl PurchaseModel for MbgNbd {
    fn log_likelihood(&self, customer: History) -> f64 {
        let MbgNbd { r, alpha, a, b } = *self;
        let History { x, age, .. } = customer;
        if x == 0.0 {
            // Near 0 if T is short or hardly anybody stays.
            return (self.p_stays() * (-r * (age / alpha).ln_1p()).exp_m1()).ln_1p();
        }
        ln_gamma_difference(r, x) + ln_beta_ratio(a, b, x + 1.0)
            - r * (age / alpha).ln_1p()
            - x * (alpha + age).ln()
            + softplus(self.ln_odds_of_having_left(customer))
    }

    fn p_alive(&self, customer: History, after: f64) -> f64 {
        let now = 1.0 / (1.0 + self.ln_odds_of_having_left(customer).exp());
        if after == 0.0 { now } else { now * self.alive(customer.x, customer.age).survival(after) }
    }

    /// Infinite for an infinite horizon with delta = 0 and a ≤ 1.
    fn survivor_purchases(&self, x: f64, age: f64, delta: f64, horizon: f64) -> f64 {
        self.alive(x, age).discounted(delta, horizon)
    }

    fn expected_purchases_new(&self, t: f64) -> f64 {
        self.p_stays() * self.acquired().expected(t)
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

    fn purchase_pmf_new(&self, n: u64, t: f64) -> f64 {
        let gone = if n == 0 { 1.0 - self.p_stays() } else { 0.0 };
        (gone + self.p_stays() * self.acquired().pmf(n, t)).clamp(0.0, 1.0)
    }
}

/// The log-likelihood of folded histories with its derivatives by r, alpha, a and b.
pub struct MbgNbdLikelihood(BetaGeometricLikelihood);

impl MbgNbdLikelihood {
    /// Of rows in the order of `Histories::fold`, times divided by `unit`.
    pub fn new(rows: &[Folded], unit: f64) -> Self {
        MbgNbdLikelihood(BetaGeometricLikelihood::new(rows, unit, 1.0))
    }
}

impl Likelihood for MbgNbdLikelihood {
    fn domains(&self) -> Vec<Domain> {
        vec![Domain::Positive; 4]
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        self.0.evaluate(parameters, interrupt)
    }
}

impl MbgNbd {
    pub(super) fn problem(rows: &[Folded]) -> HistoryFit<'_> {
        let likelihood = |rows: &[Folded], unit| -> Box<dyn Likelihood> {
            Box::new(MbgNbdLikelihood::new(rows, unit))
        };
        beta_geometric_problem(rows, likelihood, borders::<1>)
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
