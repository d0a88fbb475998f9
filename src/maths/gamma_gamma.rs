//! Gamma-Gamma: what a customer spends per purchase, apart from how often. Fader and Hardie
//! 2013, "The Gamma-Gamma model of monetary value", after Colombo and Jiang 1999: values of a
//! customer's purchases are gamma(p, ν), ν varies over customers as gamma(q, v).

use super::counted::{Counted, Row, sample};
use super::error::{ArgumentError, scale, shape};
use super::fit::{Fit, Fittable, InvalidOption, Options, Parameter, fit, too_few};
use super::likelihood::{Derivatives, Domain, Likelihood};
use super::memory::{collected, room};
use super::special::{digamma, ln_beta, trigamma};

mod influence;

pub use influence::{Influence, influence, largest_share};

/// The parameters: `p` and `q` are pure numbers, `v` is in units of money; all above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaGamma {
    p: f64,
    q: f64,
    v: f64,
}

impl GammaGamma {
    /// Names of the parameters, in the order of [`GammaGamma::new`] and of the likelihood.
    pub const PARAMETERS: [&'static str; 3] = ["p", "q", "v"];

    pub fn new(p: f64, q: f64, v: f64) -> Result<Self, ArgumentError> {
        Ok(GammaGamma { p: shape("p", p)?, q: shape("q", q)?, v: scale("v", v)? })
    }

    /// p, q, v.
    pub fn parameters(&self) -> [f64; 3] {
        [self.p, self.q, self.v]
    }

    /// ln of the density of the mean spend z̄ over x purchases, x >= 1 and z̄ > 0 (2013,
    /// equation 1a).
    pub fn log_likelihood(&self, x: f64, mean_spend: f64) -> f64 {
        let GammaGamma { p, q, v } = *self;
        let total = x * mean_spend;
        let (rise, fall) = (total / v, v / total);
        let ln_growths = if rise.is_normal() && fall.is_normal() {
            (rise.ln_1p(), fall.ln_1p())
        } else {
            let ln_rise = mean_spend.ln() + x.ln() - v.ln();
            (ln_rise.max(0.0), (-ln_rise).max(0.0))
        };
        -mean_spend.ln() - ln_beta(p * x, q) - q * ln_growths.0 - p * x * ln_growths.1
    }

    /// E[M] = p v / (q − 1), the mean over all customers; None for q <= 1, where it is infinite.
    pub fn mean_spend(&self) -> Option<f64> {
        (self.q > 1.0).then(|| self.p * self.v / (self.q - 1.0))
    }

    /// E[M | x, z̄] = p (v + x z̄) / (p x + q − 1), equation 5: the population's mean and the
    /// customer's own, weighted by experience. With x = 0 the population's mean. None where it is
    /// infinite: for p x + q <= 1.
    pub fn expected_spend(&self, x: f64, mean_spend: f64) -> Option<f64> {
        let GammaGamma { p, q, v } = *self;
        let weight = p * x + (q - 1.0);
        (weight > 0.0).then(|| match p * (v + x * mean_spend) / weight {
            // The customer's total may overflow where the mean does not.
            f64::INFINITY => p / weight * v + p * x / weight * mean_spend,
            spend => spend,
        })
    }
}

/// Customers with one and the same number of purchases and mean spend, counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spend {
    /// Purchases that the mean is taken over: 1 or more.
    pub x: u32,
    pub customers: u32,
    /// Mean spend per purchase (z̄), above 0.
    pub mean: f64,
}

impl Row for Spend {
    type Key = (u32, u64);

    fn key(&self) -> Self::Key {
        (self.x, self.mean.to_bits())
    }

    fn customers(&self) -> u32 {
        self.customers
    }

    fn set_customers(&mut self, customers: u32) {
        self.customers = customers;
    }
}

/// Spends, folded: 16 bytes for a distinct one, 32 while they grow.
pub type Spends = Counted<Spend>;

impl Spends {
    pub fn add(&mut self, x: u32, mean: f64, customers: u32) {
        self.push(Spend { x, customers, mean });
    }
}

/// Rows between two calls of `interrupt`.
const CHUNK: usize = 4096;

/// The log-likelihood of spends over a unit of money that brings their mean near 1, and v with
/// it. With S = x z̄, a row needs ln(v + S) and 1 / (v + S); all else depends on x alone.
pub struct GammaGammaLikelihood {
    groups: Vec<Group>,
    /// S of every row and the customers who share it, group by group.
    rows: Vec<(f64, u32)>,
    /// −Σ ln z̄: no parameter touches it.
    constant: f64,
}

/// The rows of one x.
struct Group {
    x: f64,
    customers: f64,
    /// Σ ln S.
    ln_totals: f64,
    rows: usize,
}

impl GammaGammaLikelihood {
    /// Of `spends` in the order of their x, each divided by `unit`.
    pub fn new(spends: &[Spend], unit: f64) -> Self {
        let mut rows = room(spends.len());
        let mut constant = 0.0;
        let groups = collected(spends.chunk_by(|one, next| one.x == next.x).map(|spends| {
            let x = f64::from(spends[0].x);
            let mut group = Group { x, customers: 0.0, ln_totals: 0.0, rows: spends.len() };
            let mut ln_means = 0.0;
            for spend in spends {
                let customers = f64::from(spend.customers);
                let mean = spend.mean / unit;
                rows.push((x * mean, spend.customers));
                group.customers += customers;
                ln_means += customers * mean.ln();
            }
            group.ln_totals = ln_means + group.customers * x.ln();
            constant -= ln_means;
            group
        }));
        GammaGammaLikelihood { groups, rows, constant }
    }
}

/// Σ ln(v + S), Σ 1/(v + S), Σ 1/(v + S)² over the customers of some rows.
#[derive(Default)]
struct Sums {
    ln: f64,
    inverse: f64,
    square: f64,
}

impl Sums {
    /// Single customers share one logarithm: that of the product of their v + S, taken before it
    /// leaves the range of a double. Scaled data and v lie far within 10^±100.
    fn add(&mut self, v: f64, rows: &[(f64, u32)]) {
        let mut product = 1.0;
        let (mut ln, mut inverse, mut square) = (0.0, 0.0, 0.0);
        for &(total, customers) in rows {
            let sum = v + total;
            let reciprocal = 1.0 / sum;
            if customers == 1 {
                product *= sum;
                inverse += reciprocal;
                square += reciprocal * reciprocal;
            } else {
                let customers = f64::from(customers);
                ln += customers * sum.ln();
                inverse += customers * reciprocal;
                square += customers * reciprocal * reciprocal;
            }
            if !(1e-200..1e200).contains(&product) {
                ln += product.ln();
                product = 1.0;
            }
        }
        self.ln += ln + product.ln();
        self.inverse += inverse;
        self.square += square;
    }
}

impl Likelihood for GammaGammaLikelihood {
    fn domains(&self) -> Vec<Domain> {
        vec![Domain::Positive; 3]
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let &[p, q, v] = parameters else { return Derivatives::undefined(3) };
        let (digamma_q, trigamma_q) = (digamma(q), trigamma(q));
        let ln_v = v.ln();
        let mut result = Derivatives::zero(3);
        result.value = self.constant;
        let (g, h) = (&mut result.gradient, &mut result.hessian);
        let mut rest = self.rows.as_slice();
        let mut since_interrupt = 0;
        for group in &self.groups {
            let (rows, others) = rest.split_at(group.rows);
            rest = others;
            let mut sums = Sums::default();
            for chunk in rows.chunks(CHUNK) {
                sums.add(v, chunk);
                since_interrupt += chunk.len();
                if since_interrupt >= CHUNK {
                    since_interrupt = 0;
                    interrupt();
                }
            }
            let &Group { x, customers: n, ln_totals, .. } = group;
            let px = p * x;
            let shape = px + q;
            let (digamma_shape, trigamma_shape) = (digamma(shape), trigamma(shape));
            result.value += n * (q * ln_v - ln_beta(px, q)) + px * ln_totals - shape * sums.ln;
            g[0] += x * (n * (digamma_shape - digamma(px)) + ln_totals - sums.ln);
            g[1] += n * (digamma_shape - digamma_q + ln_v) - sums.ln;
            g[2] += n * q / v - shape * sums.inverse;
            h[(0, 0)] += n * x * x * (trigamma_shape - trigamma(px));
            h[(0, 1)] += n * x * trigamma_shape;
            h[(0, 2)] -= x * sums.inverse;
            h[(1, 1)] += n * (trigamma_shape - trigamma_q);
            h[(1, 2)] += n / v - sums.inverse;
            h[(2, 2)] += shape * sums.square - n * q / (v * v);
        }
        h.fill_lower_triangle_with_upper_triangle();
        result
    }
}

/// What is said of a fit whose q is not above 1.
pub(super) const INFINITE_MEAN: &str = "; q is not above 1, so that the mean spend over all customers is infinite: one without a repeat \
     purchase has no expected spend";

impl GammaGamma {
    pub(super) fn problem(spends: &[Spend]) -> Box<dyn Fittable + '_> {
        Box::new(SpendFit { spends })
    }

    /// Fits p, q and v to `spends` in the order of `Spends::fold`. Customers without a repeat
    /// purchase or with a spend of 0 or less are left out, and counted, by the caller.
    pub fn fit(
        spends: &[Spend],
        options: &Options,
        interrupt: &mut dyn FnMut(),
    ) -> Result<Fit, InvalidOption> {
        let mut fit = fit(&SpendFit { spends }, options, interrupt)?;
        if fit.parameters.as_ref().is_some_and(|parameters| parameters[1] <= 1.0) {
            fit.termination.push_str(INFINITE_MEAN);
        }
        Ok(fit)
    }
}

/// Pearson's correlation of the number of purchases and the mean spend over customers: the model
/// takes them as independent. None where one of them does not vary.
pub fn correlation(spends: &[Spend]) -> Option<f64> {
    let (customers, x, mean) = spends.iter().fold((0.0, 0.0, 0.0), |(n, x, mean), spend| {
        let customers = f64::from(spend.customers);
        (n + customers, x + customers * f64::from(spend.x), mean + customers * spend.mean)
    });
    let (mean_x, mean_spend) = (x / customers, mean / customers);
    let (mut xx, mut xm, mut mm) = (0.0, 0.0, 0.0);
    for spend in spends {
        let customers = f64::from(spend.customers);
        let (x, mean) = (f64::from(spend.x) - mean_x, spend.mean / mean_spend - 1.0);
        xx += customers * x * x;
        xm += customers * x * mean;
        mm += customers * mean * mean;
    }
    let correlation = xm / (xx.sqrt() * mm.sqrt());
    correlation.is_finite().then(|| correlation.clamp(-1.0, 1.0))
}

/// Folded spends as the fit sees them.
struct SpendFit<'a> {
    spends: &'a [Spend],
}

impl SpendFit<'_> {
    /// Mean over customers of a function of their row.
    fn mean_of(&self, value: impl Fn(&Spend) -> f64) -> f64 {
        let sum: f64 = self.spends.iter().map(|s| f64::from(s.customers) * value(s)).sum();
        sum / self.customers() as f64
    }
}

impl Fittable for SpendFit<'_> {
    fn parameters(&self) -> Vec<Parameter> {
        GammaGamma::PARAMETERS.map(|name| Parameter::named(name, i32::from(name == "v"))).into()
    }

    fn customers(&self) -> u64 {
        self.spends.iter().map(|spend| u64::from(spend.customers)).sum()
    }

    fn obstacle(&self) -> Option<String> {
        let (first, rest) = match self.spends {
            [] => return Some("no customer has a repeat purchase of positive value".into()),
            [first, rest @ ..] => (first, rest),
        };
        let customers = self.customers();
        if customers <= 3 {
            Some(too_few(customers, 3))
        } else if rest.iter().all(|spend| spend.mean == first.mean) {
            Some("all customers have the same mean spend".into())
        } else {
            None
        }
    }

    fn magnitude(&self) -> f64 {
        self.mean_of(|spend| spend.mean)
    }

    fn densities(&self) -> f64 {
        self.customers() as f64
    }

    fn rows(&self) -> usize {
        self.spends.len()
    }

    fn likelihood(&self, unit: f64, every: u64) -> Box<dyn Likelihood + '_> {
        Box::new(GammaGammaLikelihood::new(&sample(self.spends, every), unit))
    }

    /// For some p, the q and v that match mean and variance of z̄ over customers:
    /// var z̄ / mean² = (q − 1)/(q − 2) · (1 + E[1/x]/p) − 1.
    fn starts(&self, unit: f64) -> Vec<Vec<f64>> {
        let mean = self.magnitude() / unit;
        let spread = self.mean_of(|spend| (spend.mean / unit / mean).powi(2));
        let inverse_x = self.mean_of(|spend| 1.0 / f64::from(spend.x));
        [4.0, 1.0, 20.0, 0.1]
            .map(|p| {
                let ratio = spread / (1.0 + inverse_x / p);
                let q = ((2.0 * ratio - 1.0) / (ratio - 1.0)).clamp(2.0, 50.0);
                let q = if ratio > 1.0 { q } else { 50.0 };
                vec![p, q, mean * (q - 1.0) / p]
            })
            .into()
    }
}
