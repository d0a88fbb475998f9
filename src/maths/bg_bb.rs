//! The beta-geometric/beta-Bernoulli model of purchases at discrete opportunities (Fader, Hardie
//! and Shang 2010, "Customer-base analysis in a discrete-time noncontractual setting").
//!
//! Before each opportunity a customer leaves for good with probability θ ~ Beta(gamma, delta);
//! while alive, one purchases at it with probability p ~ Beta(alpha, beta).

use std::cmp::Reverse;

use nalgebra::{DMatrix, DVector, Matrix4, Vector4};

use super::beta_moments::{
    LnRising, discounted_moment_sum, ln_beta_moment, ln_rising_factorials, whole_periods,
};
use super::bg_bb_limits::borders;
use super::counted::{Row as _, sample};
use super::error::{ArgumentError, shape};
use super::fit::{Borders, Fit, Fittable, InvalidOption, Options, Parameter, fit, too_few_of};
use super::history::{Folded, History};
use super::likelihood::{Derivatives, Domain, Likelihood};
use super::memory::collected;
use super::purchase_model::PurchaseModel;

/// The most opportunities a history, or the horizon of a distribution, may have: sums run over all.
pub const MAX_OPPORTUNITIES: u32 = 100_000;

/// The parameters, all above 0: alpha, beta of the purchase probability p, gamma, delta of the
/// dropout probability θ.
///
/// A history is (x, t_x, n): x purchases at n opportunities, the last at opportunity t_x; the first
/// purchase, which makes the customer, is opportunity 0. In [`History`] the age is n. All times,
/// horizons too, count opportunities: in a fraction of one nothing happens, so it is cut off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BgBb {
    alpha: f64,
    beta: f64,
    gamma: f64,
    delta: f64,
}

/// Whether a history can come about in this model: whole numbers, x ≤ t_x ≤ n, t_x = 0 just where
/// x = 0, n at most [`MAX_OPPORTUNITIES`]. For any other history the answers are NaN.
pub fn is_discrete(customer: History) -> bool {
    let History { x, t_x, age } = customer;
    let whole = [x, t_x, age].iter().all(|value| value.fract() == 0.0);
    whole
        && (0.0..=t_x).contains(&x)
        && t_x <= age
        && age <= f64::from(MAX_OPPORTUNITIES)
        && (x == 0.0) == (t_x == 0.0)
}

/// The ways to a history, relative to the likelihood of one who died right after t_x (or, if
/// t_x = n, who has not).
struct Paths {
    /// Died after opportunity t_x, t_x + 1, …, n − 1.
    dead: f64,
    /// Not died by the end of opportunity n.
    alive: f64,
}

impl BgBb {
    /// Names of the parameters, in the order of [`BgBb::new`] and of the likelihood.
    pub const PARAMETERS: [&'static str; 4] = ["alpha", "beta", "gamma", "delta"];

    pub fn new(alpha: f64, beta: f64, gamma: f64, delta: f64) -> Result<Self, ArgumentError> {
        Ok(BgBb {
            alpha: shape("alpha", alpha)?,
            beta: shape("beta", beta)?,
            gamma: shape("gamma", gamma)?,
            delta: shape("delta", delta)?,
        })
    }

    /// alpha, beta, gamma, delta.
    pub fn parameters(&self) -> [f64; 4] {
        [self.alpha, self.beta, self.gamma, self.delta]
    }

    /// ln of the probability of x purchases and j none at the first x + j opportunities, the order
    /// given: ln B(alpha + x, beta + j) − ln B(alpha, beta).
    fn ln_purchases(&self, x: f64, j: f64) -> f64 {
        ln_beta_moment(self.alpha, self.beta, x) + ln_beta_moment(self.beta, self.alpha + x, j)
    }

    /// ln of the probability to die right after opportunity k:
    /// ln B(gamma + 1, delta + k) − ln B(gamma, delta).
    fn ln_death_after(&self, k: f64) -> f64 {
        (self.gamma / (self.gamma + self.delta + k)).ln()
            + ln_beta_moment(self.delta, self.gamma, k)
    }

    /// The two parts of the likelihood (2010, eq. 5) by the ratio of each term to the one before.
    fn paths(&self, customer: History) -> Paths {
        let BgBb { alpha, beta, gamma, delta } = *self;
        let History { x, t_x, age } = customer;
        if !is_discrete(customer) {
            return Paths { dead: f64::NAN, alive: f64::NAN };
        }
        if t_x == age {
            return Paths { dead: 0.0, alive: 1.0 };
        }
        let (mut term, mut dead) = (1.0, 1.0);
        let quiet = |k: f64| (beta + (k - x)) / (alpha + beta + k);
        for k in t_x as u32..age as u32 - 1 {
            let k = f64::from(k);
            term *= quiet(k) * (delta + k) / (gamma + delta + k + 1.0);
            dead += term;
        }
        Paths { dead, alive: term * quiet(age - 1.0) * (delta + age - 1.0) / gamma }
    }

    /// The model of a customer with this history who has not died by the end of opportunity n: p
    /// and θ stay independent beta variables.
    fn survivor(&self, x: f64, age: f64) -> BgBb {
        BgBb {
            alpha: self.alpha + x,
            beta: self.beta + (age - x),
            gamma: self.gamma,
            delta: self.delta + age,
        }
    }

    /// P(X(t) ≥ n), n ≥ 1: alive at opportunity k = n, n + 1, … with the n-th purchase there.
    fn p_at_least_new(&self, n: u64, t: f64) -> f64 {
        let BgBb { alpha, beta, gamma, delta } = *self;
        let (x, opportunities) = (n as f64, whole_periods(t));
        if opportunities.is_nan() || opportunities > f64::from(MAX_OPPORTUNITIES) {
            return f64::NAN;
        }
        if x > opportunities {
            return 0.0;
        }
        let mut ln_scale = self.ln_purchases(x, 0.0) + ln_beta_moment(delta, gamma, x);
        // Relative to the term k = n.
        let (mut term, mut sum) = (1.0, 1.0);
        for k in n as u32..opportunities as u32 {
            let k = f64::from(k);
            term *= k / (k + 1.0 - x) * (beta + (k - x)) / (alpha + beta + k) * (delta + k)
                / (gamma + delta + k);
            sum += term;
            if sum > SCALE {
                term /= SCALE;
                sum /= SCALE;
                ln_scale += SCALE.ln();
            }
        }
        (ln_scale + sum.ln()).exp().clamp(0.0, 1.0)
    }

    /// E[Σ (1 + d)^−k over the purchases at opportunities k = 1..opportunities] of a new customer:
    /// opportunity n + k of the paper's discounted expected residual transactions (2010, eq. 14)
    /// is k here. `opportunities` may be infinite.
    fn discounted_purchases_new(&self, d: f64, opportunities: f64) -> f64 {
        self.alpha / (self.alpha + self.beta)
            * discounted_moment_sum(self.delta, self.gamma, d, opportunities)
    }
}

/// Exact to multiply by; a sum is scaled down by it before it overflows.
const SCALE: f64 = 1.157_920_892_373_162e77; // 2^256

impl PurchaseModel for BgBb {
    fn log_likelihood(&self, customer: History) -> f64 {
        let Paths { dead, alive } = self.paths(customer);
        let History { x, t_x, age } = customer;
        let ln_first = if t_x == age {
            ln_beta_moment(self.delta, self.gamma, age)
        } else {
            self.ln_death_after(t_x)
        };
        self.ln_purchases(x, t_x - x) + ln_first + (dead + alive).ln()
    }

    /// Alive at opportunity n + 1 + after, as in the paper (2010, eq. 11); so `after` = 0 counts the
    /// dropout before the next opportunity, and the mean number of purchases at the next
    /// opportunity is P(alive) × E[p].
    fn p_alive(&self, customer: History, after: f64) -> f64 {
        let opportunities = whole_periods(after) + 1.0;
        let ln_kept = ln_beta_moment(self.delta + customer.age, self.gamma, opportunities);
        self.p_survived(customer) * ln_kept.exp()
    }

    /// P(not died by the end of opportunity n | history): the dropout before opportunity n + 1 is
    /// still to come. 1 for one who purchased at opportunity n.
    fn p_survived(&self, customer: History) -> f64 {
        let Paths { dead, alive } = self.paths(customer);
        alive / (alive + dead)
    }

    /// 2010, eq. 8.
    fn expected_purchases_new(&self, t: f64) -> f64 {
        self.discounted_purchases_new(0.0, whole_periods(t))
    }

    /// The horizon is at most [`MAX_OPPORTUNITIES`], otherwise NaN.
    fn purchase_pmf(&self, customer: History, n: u64, t: f64) -> f64 {
        let Paths { dead, alive } = self.paths(customer);
        let none_as_dead = if n == 0 { dead } else { 0.0 };
        let of_survivor = self.survivor(customer.x, customer.age).purchase_pmf_new(n, t);
        ((none_as_dead + alive * of_survivor) / (alive + dead)).clamp(0.0, 1.0)
    }

    /// The horizon is at most [`MAX_OPPORTUNITIES`], otherwise NaN.
    fn p_at_least(&self, customer: History, n: u64, t: f64) -> f64 {
        if n == 0 {
            return 1.0;
        }
        self.p_survived(customer) * self.survivor(customer.x, customer.age).p_at_least_new(n, t)
    }

    /// 2010, eq. 7: died after opportunity k = n, n + 1, …, or survived all, with n purchases at
    /// the first k in any order. The horizon is at most [`MAX_OPPORTUNITIES`], otherwise NaN.
    fn purchase_pmf_new(&self, n: u64, t: f64) -> f64 {
        let BgBb { alpha, beta, gamma, delta } = *self;
        let (x, opportunities) = (n as f64, whole_periods(t));
        if opportunities.is_nan() || opportunities > f64::from(MAX_OPPORTUNITIES) {
            return f64::NAN;
        }
        if x > opportunities {
            return 0.0;
        }
        if x == opportunities {
            return (self.ln_purchases(x, 0.0) + ln_beta_moment(delta, gamma, x)).exp();
        }
        let mut ln_scale = self.ln_purchases(x, 0.0) + self.ln_death_after(x);
        // Relative to the term k = n; the last one is the survivors'.
        let (mut term, mut sum) = (1.0, 1.0);
        let more = |k: f64| (k + 1.0) / (k + 1.0 - x) * (beta + (k - x)) / (alpha + beta + k);
        for k in n as u32..opportunities as u32 - 1 {
            let k = f64::from(k);
            term *= more(k) * (delta + k) / (gamma + delta + k + 1.0);
            sum += term;
            if sum > SCALE {
                term /= SCALE;
                sum /= SCALE;
                ln_scale += SCALE.ln();
            }
        }
        let last = opportunities - 1.0;
        sum += term * more(last) * (delta + last) / gamma;
        (ln_scale + sum.ln()).exp().clamp(0.0, 1.0)
    }

    /// Undiscounted, 2010, eq. 13. Each purchase is discounted to opportunity n by its own
    /// opportunity, k = 1, 2, …, at the rate d = e^delta − 1 each. Infinite for an infinite horizon
    /// with delta = 0 and gamma ≤ 1; NaN for a delta below 0 over more than [`MAX_OPPORTUNITIES`].
    fn survivor_purchases(&self, x: f64, age: f64, delta: f64, horizon: f64) -> f64 {
        self.survivor(x, age).discounted_purchases_new(delta.exp_m1(), whole_periods(horizon))
    }
}

/// Customers with one history, by whole numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub n: usize,
    pub x: usize,
    pub t_x: usize,
    pub customers: f64,
}

/// Σ ln L of folded histories, in one pass per (x, n): the sum over the deaths after opportunity
/// n − 1, n − 2, … serves all t_x in turn. Parameters: alpha, beta, gamma, delta.
#[derive(Clone, Debug)]
pub struct BgBbLikelihood {
    /// By n, then x, then falling t_x.
    pub(super) rows: Vec<Row>,
}

impl BgBbLikelihood {
    /// Of histories in any order; those that are not [`is_discrete`] are left out.
    pub fn new(histories: &[Folded]) -> Self {
        let histories = histories.iter().filter(|folded| is_discrete(folded.history()));
        let mut rows: Vec<Row> = collected(histories.map(|folded| Row {
            n: folded.age as usize,
            x: folded.x as usize,
            t_x: folded.t_x as usize,
            customers: f64::from(folded.customers),
        }));
        rows.sort_unstable_by_key(|row| (row.n, row.x, Reverse(row.t_x), row.customers as u32));
        BgBbLikelihood { rows }
    }
}

/// The rising factorials that one evaluation shares.
struct Tables {
    alpha: Vec<LnRising>,
    beta: Vec<LnRising>,
    delta: Vec<LnRising>,
    alpha_beta: Vec<LnRising>,
    gamma_delta: Vec<LnRising>,
    gamma: f64,
}

impl Tables {
    fn new(&[alpha, beta, gamma, delta]: &[f64; 4], longest: usize) -> Self {
        Tables {
            alpha: ln_rising_factorials(alpha, longest),
            beta: ln_rising_factorials(beta, longest),
            delta: ln_rising_factorials(delta, longest),
            alpha_beta: ln_rising_factorials(alpha + beta, longest),
            gamma_delta: ln_rising_factorials(gamma + delta, longest),
            gamma,
        }
    }

    /// ln of the probability of x purchases at k opportunities and death after k, or survival of
    /// k = n, with its gradient and Hessian: (alpha)_x (beta)_{k−x}/(alpha+beta)_k times
    /// gamma (delta)_k/(gamma+delta)_{k+1}, or (delta)_n/(gamma+delta)_n.
    fn term(&self, x: usize, k: usize, n: usize) -> Logarithm {
        let (a, b, ab) = (self.alpha[x], self.beta[k - x], self.alpha_beta[k]);
        let died = k < n;
        let (d, gd) = (self.delta[k], self.gamma_delta[k + usize::from(died)]);
        let death = if died { 1.0 / self.gamma } else { 0.0 };
        let ln_death = if died { self.gamma.ln() } else { 0.0 };
        let value = a.value + b.value - ab.value + ln_death + d.value - gd.value;
        let gradient = Vector4::new(
            a.first - ab.first,
            b.first - ab.first,
            death - gd.first,
            d.first - gd.first,
        );
        #[rustfmt::skip]
        let hessian = Matrix4::new(
            a.second - ab.second, -ab.second, 0.0, 0.0,
            -ab.second, b.second - ab.second, 0.0, 0.0,
            0.0, 0.0, -death * death - gd.second, -gd.second,
            0.0, 0.0, -gd.second, d.second - gd.second,
        );
        Logarithm { value, gradient, hessian }
    }
}

/// A logarithm with its derivatives by the parameters.
struct Logarithm {
    value: f64,
    gradient: Vector4<f64>,
    hessian: Matrix4<f64>,
}

impl Logarithm {
    /// To ln(e^self + e^other). The gradient is the mean of both, weighted; the Hessian the mean of
    /// both and the spread of the gradients.
    fn add_exp(&mut self, other: Logarithm) {
        let odds = (other.value - self.value).exp();
        let weight = odds / (1.0 + odds);
        let between = other.gradient - self.gradient;
        self.value += odds.ln_1p();
        self.gradient += weight * between;
        self.hessian += weight
            * (other.hessian - self.hessian + (1.0 - weight) * between * between.transpose());
    }
}

/// Terms between two calls of `interrupt`.
const CHUNK: u32 = 4096;

impl Likelihood for BgBbLikelihood {
    fn domains(&self) -> Vec<Domain> {
        vec![Domain::Positive; 4]
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let Ok(parameters) = parameters.try_into() else { return Derivatives::undefined(4) };
        let tables = Tables::new(parameters, self.rows.last().map_or(0, |row| row.n));
        let (mut value, mut gradient, mut hessian) = (0.0, Vector4::zeros(), Matrix4::zeros());
        let mut terms = 0_u32;
        for rows in self.rows.chunk_by(|one, next| (one.n, one.x) == (next.n, next.x)) {
            let Row { n, x, .. } = rows[0];
            let mut likelihood = tables.term(x, n, n);
            let mut reached = n;
            for row in rows {
                for k in (row.t_x..reached).rev() {
                    likelihood.add_exp(tables.term(x, k, n));
                    terms = terms.wrapping_add(1);
                    if terms.is_multiple_of(CHUNK) {
                        interrupt();
                    }
                }
                reached = row.t_x;
                value += row.customers * likelihood.value;
                gradient += row.customers * likelihood.gradient;
                hessian += row.customers * likelihood.hessian;
            }
        }
        Derivatives {
            value,
            gradient: DVector::from_column_slice(gradient.as_slice()),
            hessian: DMatrix::from_column_slice(4, 4, hessian.as_slice()),
        }
    }
}

impl BgBb {
    /// Fits alpha, beta, gamma and delta to histories in the order of `Histories::fold`. `interrupt`
    /// is called every few thousand terms and may unwind.
    pub fn fit(
        histories: &[Folded],
        options: &Options,
        interrupt: &mut dyn FnMut(),
    ) -> Result<Fit, InvalidOption> {
        fit(&Problem { histories }, options, interrupt)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Problem<'a> {
    pub histories: &'a [Folded],
}

impl Problem<'_> {
    fn sum(&self, value: impl Fn(&Folded) -> f64) -> f64 {
        self.histories.iter().map(|folded| f64::from(folded.customers) * value(folded)).sum()
    }

    /// The share of purchases up to the last one: about the mean of p.
    pub fn purchase_share(&self) -> f64 {
        let purchases = self.sum(|folded| f64::from(folded.x));
        (purchases / self.sum(|folded| folded.t_x)).clamp(0.001, 0.9)
    }
}

impl Fittable for Problem<'_> {
    fn parameters(&self) -> Vec<Parameter> {
        BgBb::PARAMETERS.map(|name| Parameter::named(name, 0)).into()
    }

    fn customers(&self) -> u64 {
        self.histories.iter().map(|folded| u64::from(folded.customers)).sum()
    }

    fn obstacle(&self) -> Option<String> {
        let distinct = self.histories.chunk_by(|one, next| one.key() == next.key()).count();
        if !self.histories.iter().all(|folded| is_discrete(folded.history())) {
            Some(format!(
                "a history is not one of whole opportunities, x <= t_x <= n <= {MAX_OPPORTUNITIES}"
            ))
        } else if self.histories.iter().all(|folded| folded.x == 0) {
            Some("no customer has a repeat purchase".into())
        } else if distinct <= BgBb::PARAMETERS.len() {
            let names = ["distinct history", "distinct histories"];
            Some(too_few_of(distinct as u64, names, BgBb::PARAMETERS.len()))
        } else {
            None
        }
    }

    fn magnitude(&self) -> f64 {
        1.0
    }

    fn densities(&self) -> f64 {
        0.0
    }

    fn rows(&self) -> usize {
        self.histories.len()
    }

    fn likelihood(&self, _unit: f64, every: u64) -> Box<dyn Likelihood + '_> {
        Box::new(BgBbLikelihood::new(&sample(self.histories, every)))
    }

    /// Dropout is rare or frequent, customers differ much or little.
    fn starts(&self, _unit: f64) -> Vec<Vec<f64>> {
        let p = self.purchase_share();
        [(2.0, 2.0, 0.2), (2.0, 20.0, 0.05), (20.0, 2.0, 0.5)]
            .map(|(size, dropouts, theta)| {
                vec![size * p, size * (1.0 - p), dropouts * theta, dropouts * (1.0 - theta)]
            })
            .into()
    }

    fn borders(&self) -> Borders<'_> {
        borders(self)
    }
}
