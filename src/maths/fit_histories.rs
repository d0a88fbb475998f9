//! What the fits of all purchase models share: folded histories, what they must hold, and where
//! a climb may begin. What a model adds stands at the end of its own file.

use super::counted::sample;
use super::fit::{Borders, Fittable, Parameter, too_few};
use super::history::Folded;
use super::likelihood::Likelihood;

/// Folded histories with the model that they shall determine.
pub struct HistoryFit<'a> {
    /// In the order of `Histories::fold`.
    pub rows: &'a [Folded],
    pub parameters: &'static [&'static str],
    /// The power of the unit of time that each of them is measured in.
    pub dimensions: &'static [i32],
    /// Of rows in that order, times divided by a unit.
    pub likelihood: fn(&[Folded], unit: f64) -> Box<dyn Likelihood>,
    /// Starting points, given r and alpha of an NBD without drop-out in the same unit.
    pub starts: fn(r: f64, alpha: f64) -> Vec<Vec<f64>>,
    pub borders: for<'b> fn(&'b [Folded]) -> Borders<'b>,
}

impl HistoryFit<'_> {
    fn sum(&self, value: impl Fn(&Folded) -> f64) -> f64 {
        self.rows.iter().map(|row| f64::from(row.customers) * value(row)).sum()
    }
}

impl Fittable for HistoryFit<'_> {
    fn parameters(&self) -> Vec<Parameter> {
        let parameter = |(&name, &dimension)| Parameter::named(name, dimension);
        self.parameters.iter().zip(self.dimensions).map(parameter).collect()
    }

    fn customers(&self) -> u64 {
        self.rows.iter().map(|row| u64::from(row.customers)).sum()
    }

    fn obstacle(&self) -> Option<String> {
        let [first, rest @ ..] = self.rows else { return Some("there is no customer".into()) };
        let (customers, parameters) = (self.customers(), self.parameters.len());
        if self.rows.iter().all(|row| row.x == 0) {
            Some("no customer has a repeat purchase".into())
        } else if self.rows.iter().all(|row| row.age == 0.0) {
            Some("no customer was observed for any time".into())
        } else if customers <= parameters as u64 {
            Some(too_few(customers, parameters))
        } else if rest.iter().all(|row| row.history() == first.history()) {
            Some("all customers have the same history".into())
        } else {
            None
        }
    }

    /// Time per purchase, the first one counted. Not the mean age: where customers buy thousands
    /// of times, alpha would be a tiny part of it.
    fn magnitude(&self) -> f64 {
        self.sum(|row| row.age) / (self.densities() + self.customers() as f64)
    }

    fn densities(&self) -> f64 {
        self.sum(|row| f64::from(row.x))
    }

    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn likelihood(&self, unit: f64, every: u64) -> Box<dyn Likelihood + '_> {
        (self.likelihood)(&sample(self.rows, every), unit)
    }

    /// Purchases at the rate λ over T have the mean λT and, if rates vary as gamma(r, alpha), the
    /// variance λT + (λT)² / r: the moments give r, and alpha = r / λ.
    fn starts(&self, unit: f64) -> Vec<Vec<f64>> {
        let rate = self.densities() / self.sum(|row| row.age / unit);
        let (mut excess, mut square) = (0.0, 0.0);
        for row in self.rows {
            let (customers, expected) = (f64::from(row.customers), rate * row.age / unit);
            excess += customers * ((f64::from(row.x) - expected).powi(2) - expected);
            square += customers * expected * expected;
        }
        let r = if excess > 0.0 { (square / excess).clamp(0.05, 20.0) } else { 20.0 };
        (self.starts)(r, r / rate)
    }

    /// The other starts led to no higher maximum in ten thousand simulated data sets, most of them
    /// of two populations.
    fn worthy_starts(&self) -> usize {
        2
    }

    fn borders(&self) -> Borders<'_> {
        (self.borders)(self.rows)
    }
}
