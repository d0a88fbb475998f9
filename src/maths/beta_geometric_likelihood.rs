//! The log-likelihood of folded histories under BG/NBD and MBG/NBD, with exact derivatives.
//!
//! What depends on x or on a time alone is tabulated over the distinct values, so that a row costs
//! one exponential, one logarithm and some products. The sum runs in the order of the rows.

use hashbrown::HashTable;

use super::fit_histories::HistoryFit;
use super::history::Folded;
use super::likelihood::{Derivatives, Likelihood};
use super::special::{digamma_difference, ln_beta_ratio, ln_gamma_difference, trigamma_difference};

/// Rows between two calls of the interrupt check.
const ROWS_PER_CHECK: usize = 4096;

/// Histories as index columns into the tables of distinct purchase counts and times.
pub(super) struct BetaGeometricLikelihood {
    /// Chances to leave before the first repeat purchase: 0 in BG/NBD, 1 in MBG/NBD.
    early_chances: f64,
    /// Distinct x, and the customers who have it.
    purchases: Vec<(f64, f64)>,
    /// Distinct times, last purchases and ages alike.
    times: Vec<f64>,
    /// By row: index of x, of t_x and of T, and the customers.
    purchases_index: Vec<u32>,
    last_index: Vec<u32>,
    age_index: Vec<u32>,
    customers: Vec<f64>,
}

/// What a row needs of its x: r + x, ln and inverse of the odds' b + m − 1 (m the chances to leave).
struct PurchasesEntry {
    k: f64,
    ln_odds: f64,
    inverse: f64,
}

/// What a row needs of a time: ln(1 + t/alpha), 1/(alpha + t).
struct TimeEntry {
    ln_growth: f64,
    inverse: f64,
}

/// Distinct values, numbered in the order in which they came.
#[derive(Default)]
struct Distinct {
    values: Vec<f64>,
    index: HashTable<u32>,
}

impl Distinct {
    fn number(&mut self, value: f64) -> u32 {
        // Fibonacci hashing (Knuth, volume 3, 6.4). Whole numbers have their bits at the top of a
        // double; the table looks at both ends of a hash.
        let hash = |value: f64| {
            let bits = value.to_bits();
            let product = (bits ^ (bits >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            product ^ (product >> 32)
        };
        let values = &mut self.values;
        if let Some(&at) = self.index.find(hash(value), |&at| values[at as usize] == value) {
            return at;
        }
        let at = values.len() as u32;
        values.push(value);
        self.index.insert_unique(hash(value), at, |&at| hash(values[at as usize]));
        at
    }
}

impl BetaGeometricLikelihood {
    pub fn new(rows: &[Folded], early_chances: f64) -> Self {
        let (mut counts, mut times) = (Distinct::default(), Distinct::default());
        let numbered = |values: &mut Distinct, value: &dyn Fn(&Folded) -> f64| -> Vec<u32> {
            rows.iter().map(|row| values.number(value(row))).collect()
        };
        let purchases_index = numbered(&mut counts, &|row| f64::from(row.x));
        let last_index = numbered(&mut times, &|row| row.t_x);
        let age_index = numbered(&mut times, &|row| row.age);
        let mut purchases: Vec<(f64, f64)> = counts.values.iter().map(|&x| (x, 0.0)).collect();
        for (row, &i) in rows.iter().zip(&purchases_index) {
            purchases[i as usize].1 += f64::from(row.customers);
        }
        let customers = rows.iter().map(|row| f64::from(row.customers)).collect();
        BetaGeometricLikelihood {
            early_chances,
            purchases,
            times: times.values,
            purchases_index,
            last_index,
            age_index,
            customers,
        }
    }

    /// Value, gradient and Hessian by (r, alpha, a, b).
    ///
    /// ln L = lnΓ(r+x)/Γ(r) + ln B(a,b+m)/B(a,b) − x ln alpha − (r+x) l(T) + ln(1 + e^h), where
    /// l(t) = ln(1 + t/alpha), h = ln a − ln(b+m−1) + (r+x) (l(T) − l(t_x)) the log odds of having
    /// left, and m the chances to leave; without a chance the last term is 0.
    pub fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let mut result = Derivatives::zero(4);
        let &[r, alpha, a, b] = parameters else {
            result.value = f64::NAN;
            return result;
        };
        if !parameters.iter().all(|&p| p > 0.0 && p.is_finite()) {
            result.value = f64::NAN;
            return result;
        }
        let (g, h) = (&mut result.gradient, &mut result.hessian);
        let mut value = 0.0;

        // What depends on x alone.
        let mut by_purchases = Vec::with_capacity(self.purchases.len());
        let ln_alpha = alpha.ln();
        for &(x, n) in &self.purchases {
            let m = x + self.early_chances;
            let k = r + x;
            let (of_b, of_ab) = (digamma_difference(b, m), digamma_difference(a + b, m));
            let (slope_b, slope_ab) = (trigamma_difference(b, m), trigamma_difference(a + b, m));
            value += n * (ln_gamma_difference(r, x) + ln_beta_ratio(a, b, m) - x * ln_alpha);
            g[0] += n * digamma_difference(r, x);
            g[1] += n * r / alpha;
            g[2] -= n * of_ab;
            g[3] += n * (of_b - of_ab);
            h[(0, 0)] += n * trigamma_difference(r, x);
            h[(1, 0)] += n / alpha;
            h[(1, 1)] -= n * r / (alpha * alpha);
            h[(2, 2)] -= n * slope_ab;
            h[(3, 2)] -= n * slope_ab;
            h[(3, 3)] += n * (slope_b - slope_ab);
            by_purchases.push(if m == 0.0 {
                PurchasesEntry { k, ln_odds: f64::NEG_INFINITY, inverse: 0.0 }
            } else {
                let chances = b + (m - 1.0);
                PurchasesEntry { k, ln_odds: (a / chances).ln(), inverse: 1.0 / chances }
            });
        }
        let by_time: Vec<TimeEntry> = self
            .times
            .iter()
            .map(|&t| TimeEntry { ln_growth: (t / alpha).ln_1p(), inverse: 1.0 / (alpha + t) })
            .collect();

        // What depends on the row. The derivatives of h by a and b are 1/a and −inverse.
        let (mut left, mut spread) = (0.0, 0.0);
        for row in 0..self.customers.len() {
            if row % ROWS_PER_CHECK == 0 {
                interrupt();
            }
            let n = self.customers[row];
            let PurchasesEntry { k, ln_odds, inverse } =
                by_purchases[self.purchases_index[row] as usize];
            let last = &by_time[self.last_index[row] as usize];
            let age = &by_time[self.age_index[row] as usize];

            if ln_odds == f64::NEG_INFINITY {
                // Without a chance to leave.
                value -= n * (k * age.ln_growth);
                g[0] -= n * age.ln_growth;
                g[1] -= n * k * age.inverse;
                h[(1, 0)] -= n * age.inverse;
                h[(1, 1)] += n * k * age.inverse * age.inverse;
                continue;
            }
            let silence = age.ln_growth - last.ln_growth;
            let odds = ln_odds + k * silence;
            let small = (-odds.abs()).exp();
            let rest = 1.0 / (1.0 + small);
            // P(has left) and its derivative by the log odds, times the customers.
            let s = n * if odds > 0.0 { rest } else { small * rest };
            let q = n * small * rest * rest;

            let slope = age.inverse - last.inverse;
            let by_alpha = k * slope;
            value += n * (odds.max(0.0) + (1.0 + small).ln() - k * age.ln_growth);
            g[0] += s * silence - n * age.ln_growth;
            g[1] += s * by_alpha - n * k * age.inverse;
            left += s;
            g[3] -= s * inverse;
            h[(0, 0)] += q * silence * silence;
            h[(1, 0)] += s * slope + q * silence * by_alpha - n * age.inverse;
            h[(1, 1)] += q * by_alpha * by_alpha - s * by_alpha * (age.inverse + last.inverse)
                + n * k * age.inverse * age.inverse;
            spread += q;
            h[(2, 0)] += q * silence;
            h[(2, 1)] += q * by_alpha;
            h[(3, 0)] -= q * silence * inverse;
            h[(3, 1)] -= q * by_alpha * inverse;
            h[(3, 2)] -= q * inverse / a;
            h[(3, 3)] += (s + q) * inverse * inverse;
        }
        g[2] += left / a;
        h[(2, 0)] /= a;
        h[(2, 1)] /= a;
        h[(2, 2)] += (spread - left) / (a * a);
        result.hessian.fill_upper_triangle_with_lower_triangle();
        result.value = value;
        result
    }
}

/// What determines r, alpha, a and b. The starting points are the shapes of drop-out that data
/// show: usual, rare, frequent, and all at once or never.
pub(super) fn beta_geometric_problem(
    rows: &[Folded],
    likelihood: fn(&[Folded]) -> Box<dyn Likelihood>,
) -> HistoryFit<'_> {
    HistoryFit {
        rows,
        parameters: &["r", "alpha", "a", "b"],
        in_unit: &["alpha"],
        likelihood,
        starts: |r, alpha| {
            [(1.0, 2.5), (0.5, 20.0), (3.0, 3.0), (0.1, 0.1)]
                .map(|(a, b)| vec![r, alpha, a, b])
                .into()
        },
    }
}
