//! The shifted beta geometric model of contractual lifetimes (Fader and Hardie 2007).
//!
//! At each renewal a customer leaves with the same probability θ ~ Beta(alpha, beta). Time counts
//! whole renewal periods; a fraction of a period brings no renewal, so it is cut off.

use super::beta_moments::{LnRising, ln_beta_moment, ln_rising_factorials, whole_periods};
use super::border::Border;
use super::dropout::{Dropout, Shape};
use super::error::{self, ArgumentError};
use super::fit::{Borders, Fit, Fittable, InvalidOption, Options, Parameter, fit, too_few};
use super::jet::Jet;
use super::likelihood::{Derivatives, Domain, Likelihood};
use super::memory::{filled, room};
use super::survival::Tenure;

/// The distribution of θ: Beta(alpha, beta), or a limit of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sbg {
    pub(super) theta: Dropout,
}

impl Sbg {
    /// Names of the parameters, in the order of [`Sbg::new`] and of the likelihood.
    pub const PARAMETERS: [&'static str; 2] = ["alpha", "beta"];

    pub fn new(alpha: f64, beta: f64) -> Result<Self, ArgumentError> {
        let (a, b) = (error::shape("alpha", alpha)?, error::shape("beta", beta)?);
        Ok(Sbg { theta: Dropout::Beta { a, b } })
    }

    /// alpha, beta; none of a limit, which has others.
    pub fn parameters(&self) -> Option<[f64; 2]> {
        match self.theta {
            Dropout::Beta { a, b } => Some([a, b]),
            _ => None,
        }
    }

    /// The limits at which a fit may end.
    pub const BORDERS: &'static [Border] = &[
        Border {
            name: "same_dropout",
            meaning: "customers do not differ in their probability to leave (alpha and beta run to \
                      infinity), which is a geometric model",
            parameters: &["theta"],
            domains: &[Domain::Share],
            at_zero: false,
        },
        Border {
            name: "mover_stayer",
            meaning: "some customers leave at the first renewal, the others never (alpha and beta \
                      run to 0)",
            parameters: &["movers"],
            domains: &[Domain::Share],
            at_zero: true,
        },
    ];

    /// The model on the border of this name; none without such a border or for another number of
    /// parameters.
    pub fn on_border(name: &str, parameters: &[f64]) -> Result<Option<Self>, ArgumentError> {
        let Some(border) = Border::named(Self::BORDERS, name) else { return Ok(None) };
        let Some(theta) = shape(border).dropout(parameters) else { return Ok(None) };
        border.check(parameters)?;
        Ok(Some(Sbg { theta }))
    }

    /// ln P(T > t) = ln B(alpha, beta + t) − ln B(alpha, beta) (2007, eq. 6).
    pub fn ln_survival(&self, t: f64) -> f64 {
        let periods = whole_periods(t);
        match self.theta {
            Dropout::Beta { a, b } => ln_beta_moment(b, a, periods),
            limit => limit.ln_stay(periods),
        }
    }

    /// P(T > t): still a customer after t renewals. 1 at t = 0, 0 at t = ∞.
    pub fn survival(&self, t: f64) -> f64 {
        self.ln_survival(t).exp()
    }

    /// S(t)/S(t−1), the share of those left that renews at the end of period t ≥ 1 (eq. 8). Rises
    /// with t to 1.
    pub fn retention(&self, t: f64) -> f64 {
        let before = (whole_periods(t) - 1.0).max(0.0);
        match self.theta {
            // Not B/(A + B), which is ∞/∞ at t = ∞.
            Dropout::Beta { a, b } => 1.0 / (1.0 + a / (b + before)),
            limit => limit.after(before).ln_stay(1.0).exp(),
        }
    }

    /// P(T = t): a new customer leaves at the end of period t ≥ 1 (eq. 5).
    pub fn churn_probability(&self, t: f64) -> f64 {
        let before = (whole_periods(t) - 1.0).max(0.0);
        match self.theta {
            Dropout::Beta { a, b } => self.survival(before) * a / (a + b + before),
            limit => (limit.ln_stay(before + 1.0) + limit.ln_odds(before + 1.0)).exp(),
        }
    }

    /// The model of the customers who have renewed so many times: their θ is Beta(alpha, beta + n).
    pub fn after_renewals(&self, renewals: f64) -> Sbg {
        Sbg { theta: self.theta.after(whole_periods(renewals)) }
    }

    /// Σ over t = 1..horizon of S(t) (1 + d)^−t: the renewals to come, the one after t periods
    /// discounted by t periods. `d` per period; `horizon` may be infinite. Infinite for an infinite
    /// horizon with d = 0 and alpha ≤ 1; NaN for d below 0 and a horizon above [`MAX_PERIODS`].
    pub fn discounted_renewals(&self, d: f64, horizon: f64) -> f64 {
        self.theta.discounted_stays(d, whole_periods(horizon))
    }

    /// Σ over t = 0..horizon − 1 of S(t) (1 + d)^−t: the payments of a new customer within so many
    /// periods, each made at the start of its period, the first now.
    pub fn discounted_lifetime(&self, d: f64, horizon: f64) -> f64 {
        let periods = whole_periods(horizon);
        if periods < 1.0 { 0.0 } else { 1.0 + self.discounted_renewals(d, periods - 1.0) }
    }

    /// The discounted payments still to come from a customer in period n ≥ 1 (n − 1 renewals
    /// made), just before the next renewal, which counts undiscounted (Fader and Hardie 2010,
    /// "Customer-base valuation in a contractual setting"); the next `horizon` renewals.
    pub fn discounted_residual_lifetime(&self, n: f64, d: f64, horizon: f64) -> f64 {
        (1.0 + d) * self.after_renewals(n - 1.0).discounted_renewals(d, horizon)
    }
}

/// Customers by tenure from the survivors of one cohort: entry t counts those left after t periods,
/// entry 0 the whole cohort. `None` unless there is an entry and the counts never rise.
pub fn tenures_of_cohort(survivors: &[u64]) -> Option<Vec<Tenure>> {
    let &left = survivors.last()?;
    let mut tenures = room(survivors.len());
    for (t, pair) in survivors.windows(2).enumerate() {
        let customers = pair[0].checked_sub(pair[1])?;
        tenures.push(Tenure::whole((t + 1) as f64, true, customers));
    }
    tenures.push(Tenure::whole((survivors.len() - 1) as f64, false, left));
    Some(tenures)
}

/// The most periods a tenure may have in a fit.
pub const MAX_PERIODS: u32 = 100_000;

/// Whether a tenure can come about in this model: a whole number of at most [`MAX_PERIODS`]
/// periods, and at least one if the customer was lost, for losses fall on the end of one; observed
/// from the start, or from a renewal on that is not later.
pub fn in_whole_periods(tenure: &Tenure) -> bool {
    let least = if tenure.churned { 1.0 } else { 0.0 };
    (least..=f64::from(MAX_PERIODS)).contains(&tenure.time)
        && tenure.time.fract() == 0.0
        && (0.0..=tenure.time).contains(&tenure.entered)
        && tenure.entered.fract() == 0.0
}

/// ln L of folded tenures: Σ ln P(T = t) over those lost, Σ ln S(t) over those still there, less
/// Σ ln S(e) over those observed from renewal e on, of whom it is known that they made it.
/// Parameters: alpha, beta.
#[derive(Clone, Debug)]
pub struct SbgLikelihood {
    /// Customers lost at the end of period t, and last seen after it less those first seen after it;
    /// by t.
    churned: Vec<f64>,
    censored: Vec<f64>,
}

impl SbgLikelihood {
    /// Takes tenures in any order; those that are not [`in_whole_periods`], or were not observed at
    /// all, are left out.
    pub fn new(tenures: &[Tenure]) -> Self {
        let usable = |tenure: &&Tenure| in_whole_periods(tenure) && tenure.is_observed();
        let tenures = || tenures.iter().filter(usable);
        let longest = tenures().map(|tenure| tenure.time as usize).max().unwrap_or(0);
        let (mut churned, mut censored) = (filled(0.0, longest + 1), filled(0.0, longest + 1));
        for tenure in tenures() {
            let by_time = if tenure.churned { &mut churned } else { &mut censored };
            by_time[tenure.time as usize] += tenure.customers as f64;
            // S(0) is 1.
            censored[tenure.entered as usize] -= tenure.customers as f64;
        }
        SbgLikelihood { churned, censored }
    }
}

impl Likelihood for SbgLikelihood {
    fn domains(&self) -> Vec<Domain> {
        vec![Domain::Positive; 2]
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let &[alpha, beta] = parameters else { return Derivatives::undefined(2) };
        let longest = self.churned.len() - 1;
        let kept = ln_rising_factorials(beta, longest);
        let either = ln_rising_factorials(alpha + beta, longest);
        let mut result = Derivatives::zero(2);
        let (g, h) = (&mut result.gradient, &mut result.hessian);
        let mut add = |customers: f64, kept: LnRising, either: LnRising| {
            result.value += customers * (kept.value - either.value);
            g[0] -= customers * either.first;
            g[1] += customers * (kept.first - either.first);
            h[(0, 0)] -= customers * either.second;
            h[(0, 1)] -= customers * either.second;
            h[(1, 1)] += customers * (kept.second - either.second);
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
        result.value += lost * alpha.ln();
        result.gradient[0] += lost / alpha;
        result.hessian[(0, 0)] -= lost / (alpha * alpha);
        result.hessian.fill_lower_triangle_with_upper_triangle();
        result
    }
}

impl Sbg {
    pub(super) fn problem(tenures: &[Tenure]) -> Box<dyn Fittable + '_> {
        Box::new(Problem { tenures })
    }

    /// Fits alpha and beta to tenures in any order. `interrupt` is called every few thousand periods
    /// and may unwind.
    pub fn fit(
        tenures: &[Tenure],
        options: &Options,
        interrupt: &mut dyn FnMut(),
    ) -> Result<Fit, InvalidOption> {
        fit(&Problem { tenures }, options, interrupt)
    }
}

struct Problem<'a> {
    tenures: &'a [Tenure],
}

impl Problem<'_> {
    fn observed(&self) -> impl Iterator<Item = &Tenure> {
        self.tenures.iter().filter(|tenure| tenure.is_observed())
    }

    fn sum(&self, value: impl Fn(&Tenure) -> f64) -> f64 {
        self.observed().map(|tenure| tenure.customers as f64 * value(tenure)).sum()
    }
}

impl Fittable for Problem<'_> {
    fn parameters(&self) -> Vec<Parameter> {
        Sbg::PARAMETERS.map(|name| Parameter::named(name, 0)).into()
    }

    fn customers(&self) -> u64 {
        self.observed().fold(0, |sum, tenure| sum.saturating_add(tenure.customers))
    }

    fn obstacle(&self) -> Option<String> {
        let any = |property: fn(&Tenure) -> bool| self.observed().any(property);
        if !self.tenures.iter().all(in_whole_periods) {
            Some(format!("a tenure is not a whole number of periods up to {MAX_PERIODS}"))
        } else if self.customers() <= 2 {
            Some(too_few(self.customers(), 2))
        } else if !any(|tenure| tenure.churned) {
            Some("no customer was lost".into())
        } else if !any(|tenure| tenure.time > 1.0) {
            Some("no customer was seen past the first period".into())
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

    /// Evaluations cost by the longest tenure, not by the rows: there is nothing to sample.
    fn rows(&self) -> usize {
        1
    }

    fn likelihood(&self, _unit: f64, _every: u64) -> Box<dyn Likelihood + '_> {
        Box::new(SbgLikelihood::new(self.tenures))
    }

    /// The share lost per period, and customers who differ much, little and very much.
    fn starts(&self, _unit: f64) -> Vec<Vec<f64>> {
        let lost = self.sum(|tenure| f64::from(u8::from(tenure.churned)));
        let rate = (lost / self.sum(|tenure| tenure.time - tenure.entered)).clamp(0.001, 0.9);
        [2.0, 20.0, 0.2].map(|size| vec![size * rate, size * (1.0 - rate)]).into()
    }

    fn borders(&self) -> Borders<'_> {
        let problem = |border: &'static Border| {
            let problem = LimitProblem { inside: Problem { tenures: self.tenures }, border };
            (border, Box::new(problem) as Box<dyn Fittable>)
        };
        Sbg::BORDERS.iter().map(problem).collect()
    }
}

/// How customers leave in a limit.
fn shape(border: &Border) -> Shape {
    if border.parameters == ["theta"] { Shape::Same } else { Shape::MoverStayer }
}

/// The fit of a limit.
struct LimitProblem<'a> {
    inside: Problem<'a>,
    border: &'static Border,
}

impl Fittable for LimitProblem<'_> {
    fn parameters(&self) -> Vec<Parameter> {
        self.border.parameters.iter().map(|name| Parameter::named(name, 0)).collect()
    }

    fn customers(&self) -> u64 {
        self.inside.customers()
    }

    fn obstacle(&self) -> Option<String> {
        self.inside.obstacle()
    }

    fn magnitude(&self) -> f64 {
        1.0
    }

    fn densities(&self) -> f64 {
        0.0
    }

    fn rows(&self) -> usize {
        1
    }

    fn likelihood(&self, _unit: f64, _every: u64) -> Box<dyn Likelihood + '_> {
        let tenures = SbgLikelihood::new(self.inside.tenures);
        Box::new(LimitLikelihood { tenures, shape: shape(self.border) })
    }

    fn starts(&self, _unit: f64) -> Vec<Vec<f64>> {
        shape(self.border).starts().iter().map(|start| start.to_vec()).collect() // small
    }
}

/// ln L of tenures in a limit.
struct LimitLikelihood {
    tenures: SbgLikelihood,
    shape: Shape,
}

impl Likelihood for LimitLikelihood {
    fn domains(&self) -> Vec<Domain> {
        vec![Domain::Share]
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let inside = parameters.len() == 1 && Domain::Share.contains(parameters[0]);
        let Some(theta) = self.shape.dropout(parameters).filter(|_| inside) else {
            return Derivatives::undefined(1);
        };
        let mut sum = Jet::ZERO;
        let SbgLikelihood { churned, censored } = &self.tenures;
        for (t, (&lost, &left)) in churned.iter().zip(censored).enumerate() {
            if t % 4096 == 0 {
                interrupt();
            }
            let m = t as f64;
            sum.add(&theta.stay_jet(0, m), left + lost);
            if lost > 0.0 {
                if theta.ln_odds(m) == f64::NEG_INFINITY {
                    return Derivatives::undefined(1);
                }
                sum.add(&theta.odds_jet(0, m), lost);
            }
        }
        sum.derivatives(1)
    }
}
