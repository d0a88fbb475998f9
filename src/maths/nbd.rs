//! NBD: Ehrenberg (1959), "The pattern of consumer purchases", Applied Statistics 8; after a first
//! purchase as in Fader and Hardie's notes on the Pareto/NBD, of which it is the limit.
//!
//! Purchases at a rate ~ Gamma(r, alpha), and nobody ever leaves: the baseline of all models that
//! let customers leave, and what they come to where data do not show that anybody does.

use super::border::{Border, Made};
use super::error::{ArgumentError, scale, shape};
use super::fit::{Borders, Fit, Fittable, InvalidOption, Options, fit};
use super::fit_histories::HistoryFit;
use super::history::{Folded, History};
use super::likelihood::{Derivatives, Domain, Likelihood};
use super::memory::collected;
use super::purchase_model::PurchaseModel;
use super::rate::{Rate, discounted_span};
use super::special::{digamma_difference, ln_gamma_difference, trigamma_difference};

/// The NBD model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nbd(pub(super) Rate);

impl Nbd {
    /// Names of the parameters, in the order of [`Nbd::new`] and of the likelihood.
    pub const PARAMETERS: [&'static str; 2] = ["r", "alpha"];

    /// The limits at which a fit may end.
    pub const BORDERS: &'static [Border] = &[Border {
        meaning: "customers do not differ in their rate of purchases (r and alpha run to infinity), \
                  which is a Poisson process",
        ..POISSON
    }];

    pub fn new(r: f64, alpha: f64) -> Result<Self, ArgumentError> {
        Ok(Nbd(Rate::Gamma { r: shape("r", r)?, alpha: scale("alpha", alpha)? }))
    }

    /// Of customers who all purchase at the rate `lambda`: Poisson.
    pub fn with_same_rate(lambda: f64) -> Result<Self, ArgumentError> {
        Ok(Nbd(Rate::Same { lambda: scale("lambda", lambda)? }))
    }

    /// The model on the border of this name.
    pub fn on_border(name: &str, parameters: &[f64]) -> Made {
        Ok(match (name, parameters) {
            ("nbd", &[r, alpha]) => Some(Box::new(Nbd::new(r, alpha)?)),
            ("poisson", &[lambda]) => Some(Box::new(Nbd::with_same_rate(lambda)?)),
            _ => None,
        })
    }
}

/// The limit of the models of purchase times in which nobody leaves.
pub(super) const NBD: Border = Border {
    name: "nbd",
    meaning: "the data do not show that anybody leaves, which is the NBD model",
    parameters: &Nbd::PARAMETERS,
    domains: &[Domain::Positive; 2],
    at_zero: true,
};

/// The same where moreover all purchase at one rate.
pub(super) const POISSON: Border = Border {
    name: "poisson",
    meaning: "the data do not show that anybody leaves or that customers differ in their rate of \
              purchases, which is a Poisson process",
    parameters: &["lambda"],
    domains: &[Domain::Positive],
    at_zero: false,
};

/// How many purchases, and when, does not matter: the number up to T says all.
impl PurchaseModel for Nbd {
    /// lnΓ(r+x) − lnΓ(r) + r ln(alpha/(alpha+T)) − x ln(alpha+T).
    fn log_likelihood(&self, History { x, age, .. }: History) -> f64 {
        self.0.ln_moment(x, age)
    }

    /// Always 1.
    fn p_alive(&self, _customer: History, _after: f64) -> f64 {
        1.0
    }

    /// (r+x)/(alpha+T) a unit of time, for ever.
    fn survivor_purchases(&self, x: f64, age: f64, delta: f64, horizon: f64) -> f64 {
        self.0.after(x, age).mean() * discounted_span(delta, horizon)
    }

    fn expected_purchases_new(&self, t: f64) -> f64 {
        self.0.mean() * t
    }

    fn purchase_pmf(&self, History { x, age, .. }: History, n: u64, t: f64) -> f64 {
        self.0.after(x, age).pmf(n as f64, t)
    }

    fn p_at_least(&self, History { x, age, .. }: History, n: u64, t: f64) -> f64 {
        self.0.after(x, age).at_least(n as f64, t)
    }

    fn purchase_pmf_new(&self, n: u64, t: f64) -> f64 {
        self.0.pmf(n as f64, t)
    }
}

/// The log-likelihood of folded histories with its derivatives by r and alpha, or by lambda: sums
/// over the distinct numbers of purchases and over the distinct ages.
pub struct NbdLikelihood {
    same_rate: bool,
    /// Each x above 0 with its customers.
    counts: Vec<(f64, f64)>,
    /// Each age with its customers and their purchases.
    ages: Vec<(f64, f64, f64)>,
}

/// Counts or ages between two interrupt checks.
const PER_CHECK: usize = 4096;

impl NbdLikelihood {
    /// Of rows in the order of their x, times divided by `unit`.
    pub fn new(rows: &[Folded], unit: f64) -> Self {
        Self::with_rate(rows, unit, false)
    }

    fn with_rate(rows: &[Folded], unit: f64, same_rate: bool) -> Self {
        let customers = |row: &Folded| f64::from(row.customers);
        let of_count = |rows: &[Folded]| (f64::from(rows[0].x), rows.iter().map(customers).sum());
        let bought = &rows[rows.partition_point(|row| row.x == 0)..];
        let counts = collected(bought.chunk_by(|one, next| one.x == next.x).map(of_count));
        // Ages are not negative: in the order of their bits.
        let of_age = |row: &Folded| (row.age, customers(row), customers(row) * f64::from(row.x));
        let mut ages: Vec<(f64, f64, f64)> = collected(rows.iter().map(of_age));
        ages.sort_unstable_by_key(|age| age.0.to_bits());
        ages.dedup_by(|next, first| {
            let same = next.0 == first.0;
            if same {
                (first.1, first.2) = (first.1 + next.1, first.2 + next.2);
            }
            same
        });
        ages.iter_mut().for_each(|age| age.0 /= unit);
        NbdLikelihood { same_rate, counts, ages }
    }

    fn by_rate(&self, lambda: f64) -> Derivatives {
        let (time, purchases) = self
            .ages
            .iter()
            .fold((0.0, 0.0), |(time, all), &(age, n, x)| (time + n * age, all + x));
        let mut result = Derivatives::zero(1);
        result.value = purchases * lambda.ln() - lambda * time;
        result.gradient[0] = purchases / lambda - time;
        result.hessian[(0, 0)] = -purchases / (lambda * lambda);
        result
    }
}

impl Likelihood for NbdLikelihood {
    fn domains(&self) -> Vec<Domain> {
        vec![Domain::Positive; if self.same_rate { 1 } else { 2 }]
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        if !parameters.iter().all(|&p| p > 0.0 && p.is_finite()) {
            return Derivatives::undefined(parameters.len());
        }
        let (r, alpha) = match *parameters {
            [lambda] if self.same_rate => return self.by_rate(lambda),
            [r, alpha] if !self.same_rate => (r, alpha),
            _ => return Derivatives::undefined(parameters.len()),
        };
        let mut result = Derivatives::zero(2);
        let (g, h) = (&mut result.gradient, &mut result.hessian);
        for counts in self.counts.chunks(PER_CHECK) {
            interrupt();
            for &(x, n) in counts {
                result.value += n * ln_gamma_difference(r, x);
                g[0] += n * digamma_difference(r, x);
                h[(0, 0)] += n * trigamma_difference(r, x);
            }
        }
        for ages in self.ages.chunks(PER_CHECK) {
            interrupt();
            for &(age, n, purchases) in ages {
                let (growth, inverse) = ((age / alpha).ln_1p(), 1.0 / (alpha + age));
                // The derivative of −ln(1 + T/alpha) by alpha.
                let slope = age / alpha * inverse;
                result.value -= r * n * growth + purchases * (alpha + age).ln();
                g[0] -= n * growth;
                g[1] += r * n * slope - purchases * inverse;
                h[(1, 0)] += n * slope;
                h[(1, 1)] +=
                    purchases * inverse * inverse - r * n * slope * (1.0 / alpha + inverse);
            }
        }
        h.fill_upper_triangle_with_lower_triangle();
        result
    }
}

impl Nbd {
    pub(super) fn problem(rows: &[Folded]) -> HistoryFit<'_> {
        HistoryFit {
            rows,
            parameters: &Self::PARAMETERS,
            dimensions: &[0, 1],
            likelihood: |rows, unit| Box::new(NbdLikelihood::new(rows, unit)),
            starts: |r, alpha| vec![vec![r, alpha]],
            borders: |rows| vec![(&Self::BORDERS[0], Self::with_same_rate_problem(rows))],
        }
    }

    fn with_same_rate_problem(rows: &[Folded]) -> Box<dyn Fittable + '_> {
        Box::new(HistoryFit {
            rows,
            parameters: POISSON.parameters,
            dimensions: &[-1],
            likelihood: |rows, unit| Box::new(NbdLikelihood::with_rate(rows, unit, true)),
            starts: |r, alpha| vec![vec![r / alpha]],
            borders: |_| Vec::new(),
        })
    }

    /// As limits of a model in which customers leave.
    pub(super) fn as_borders(rows: &[Folded]) -> Borders<'_> {
        let nbd = HistoryFit { borders: |_| Vec::new(), ..Self::problem(rows) };
        vec![(&POISSON, Self::with_same_rate_problem(rows)), (&NBD, Box::new(nbd))]
    }

    /// Fits r and alpha to `rows` in the order of `Histories::fold`. `interrupt` is called every few
    /// thousand rows and may unwind.
    pub fn fit(
        rows: &[Folded],
        options: &Options,
        interrupt: &mut dyn FnMut(),
    ) -> Result<Fit, InvalidOption> {
        fit(&Self::problem(rows), options, interrupt)
    }
}
