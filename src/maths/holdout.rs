//! Predictions held against what customers then did: errors by frequency, purchases by period.
//! All sums are exact until they are read, so that parts may be taken and merged in any order.

use std::collections::BTreeMap;

use super::error::{ArgumentError, Result, finite, not_negative, positive};
use super::exact_sum::ExactSum;
use super::purchase_model::PurchaseModel;

/// How far predictions were off; a difference is predicted less actual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accuracy {
    pub customers: u64,
    /// Means per customer.
    pub predicted: f64,
    pub actual: f64,
    /// Mean difference: above 0 where too much was predicted.
    pub bias: f64,
    pub mean_absolute_error: f64,
    pub root_mean_square_error: f64,
}

/// Sums over some customers, mergeable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Errors {
    pub customers: u64,
    pub predicted: ExactSum,
    pub actual: ExactSum,
    pub absolute: ExactSum,
    pub square: ExactSum,
}

impl Errors {
    fn add(&mut self, predicted: f64, actual: f64) {
        let difference = predicted - actual;
        self.customers += 1;
        self.predicted.add(predicted);
        self.actual.add(actual);
        self.absolute.add(difference.abs());
        self.square.add(difference * difference);
    }

    fn merge(&mut self, other: &Self) {
        self.customers += other.customers;
        self.predicted.merge(&other.predicted);
        self.actual.merge(&other.actual);
        self.absolute.merge(&other.absolute);
        self.square.merge(&other.square);
    }

    /// None without customers.
    pub fn accuracy(&self) -> Option<Accuracy> {
        let customers = self.customers as f64;
        let (predicted, actual) = (self.predicted.value(), self.actual.value());
        (self.customers > 0).then(|| Accuracy {
            customers: self.customers,
            predicted: predicted / customers,
            actual: actual / customers,
            bias: (predicted - actual) / customers,
            mean_absolute_error: self.absolute.value() / customers,
            root_mean_square_error: (self.square.value() / customers).sqrt(),
        })
    }
}

/// The largest difference whose square can be summed over all customers there may be.
const LARGEST: f64 = 1e140;

/// Errors of predictions by the number of purchases before: 0, 1, … and `last` or more.
#[derive(Clone, Debug, PartialEq)]
pub struct Holdout {
    by_frequency: Vec<Errors>,
}

impl Holdout {
    /// Customers with `last` purchases or more share a row; 7 in Fader, Hardie and Lee 2005.
    pub fn new(last: u16) -> Self {
        Holdout { by_frequency: vec![Errors::default(); usize::from(last) + 1] }
    }

    /// A customer with `frequency` purchases before, and predicted and actual ones after.
    pub fn add(&mut self, frequency: f64, predicted: f64, actual: f64) -> Result<()> {
        let frequency = not_negative("frequency", frequency)?;
        for (argument, value) in [("predicted", predicted), ("actual", actual)] {
            if finite(argument, value)?.abs() > LARGEST {
                let remedy = "Give numbers of purchases, or amounts of money";
                return Err(ArgumentError::invalid(argument, value, remedy));
            }
        }
        let last = self.by_frequency.len() - 1;
        self.by_frequency[(frequency as usize).min(last)].add(predicted, actual);
        Ok(())
    }

    /// Takes in the rows of another one, whose last row must begin at the same frequency.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.by_frequency.len() != other.by_frequency.len() {
            let remedy = "Give the same last frequency for all customers";
            let last = other.by_frequency.len() as f64 - 1.0;
            return Err(ArgumentError::invalid("last_frequency", last, remedy));
        }
        for (sums, others) in self.by_frequency.iter_mut().zip(&other.by_frequency) {
            sums.merge(others);
        }
        Ok(())
    }

    /// By frequency from 0; the last row is that of `last` or more.
    pub fn by_frequency(&self) -> &[Errors] {
        &self.by_frequency
    }

    /// Over all customers.
    pub fn total(&self) -> Errors {
        let mut total = Errors::default();
        self.by_frequency.iter().for_each(|errors| total.merge(errors));
        total
    }
}

/// One period of the tracking table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tracked {
    /// From 1.
    pub period: u32,
    /// Customers acquired before the end of the period.
    pub customers: u64,
    /// Repeat purchases within the period.
    pub expected: f64,
    pub actual: u64,
    /// Up to the end of the period.
    pub expected_cumulative: f64,
    pub actual_cumulative: u64,
}

/// Repeat purchases by period of calendar time, as they were made, and the customers by the time
/// of their first purchase, from which the expected ones follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracking {
    /// The length of a period, in the unit of the model.
    period: f64,
    /// Customers by the bits of the time of their first purchase, which sort as the times.
    acquired: BTreeMap<u64, u64>,
    /// Repeat purchases within each period.
    purchases: Vec<u64>,
}

impl Tracking {
    /// The most periods of a table.
    pub const MAX_PERIODS: u32 = 100_000;

    pub fn new(period: f64, periods: u32) -> Result<Self> {
        if periods == 0 || periods > Self::MAX_PERIODS {
            let remedy = "Give a number of periods from 1 to 100000";
            return Err(ArgumentError::invalid("periods", f64::from(periods), remedy));
        }
        let purchases = vec![0; periods as usize];
        Ok(Tracking { period: positive("period", period)?, acquired: BTreeMap::new(), purchases })
    }

    /// Customers whose first purchase was at `time`, counted from the start of the first period.
    pub fn add_customers(&mut self, time: f64, customers: u64) -> Result<()> {
        let time = not_negative("time", time)? + 0.0;
        let sum = self.acquired.entry(time.to_bits()).or_default();
        *sum = sum.saturating_add(customers);
        Ok(())
    }

    /// Repeat purchases at `time`. One at the very end of a period belongs to it; one after the
    /// last period is left out.
    pub fn add_purchases(&mut self, time: f64, purchases: u64) -> Result<()> {
        let mut period = (not_negative("time", time)? / self.period).ceil().max(1.0);
        // The quotient is rounded, the ends of the periods are not.
        if time <= self.period * (period - 1.0) && period > 1.0 {
            period -= 1.0;
        } else if time > self.period * period {
            period += 1.0;
        }
        if let Some(sum) = self.purchases.get_mut(period as usize - 1) {
            *sum = sum.saturating_add(purchases);
        }
        Ok(())
    }

    /// Takes in customers and purchases of another table with the same periods.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.period != other.period || self.purchases.len() != other.purchases.len() {
            let remedy = "Give the same periods for all customers";
            return Err(ArgumentError::invalid("period", other.period, remedy));
        }
        for (&time, &customers) in &other.acquired {
            let sum = self.acquired.entry(time).or_default();
            *sum = sum.saturating_add(customers);
        }
        for (sum, purchases) in self.purchases.iter_mut().zip(&other.purchases) {
            *sum = sum.saturating_add(*purchases);
        }
        Ok(())
    }

    /// Customers by the time of their first purchase, and repeat purchases by period: what another
    /// table is made of.
    pub fn contents(&self) -> (impl Iterator<Item = (f64, u64)>, &[u64]) {
        let acquired = self.acquired.iter().map(|(&time, &n)| (f64::from_bits(time), n));
        (acquired, &self.purchases)
    }

    /// The table under `model`: expected are Σ E[X(end of the period − first purchase)] over the
    /// customers (Fader, Hardie and Lee 2005, section 4.2). `interrupt` is called every few
    /// thousand evaluations of the model and may unwind.
    pub fn table(&self, model: &dyn PurchaseModel, interrupt: &mut dyn FnMut()) -> Vec<Tracked> {
        let (mut expected_before, mut actual_cumulative) = (0.0, 0_u64);
        let mut evaluations = 0_u32;
        let mut rows = Vec::with_capacity(self.purchases.len());
        for (period, &actual) in (1..).zip(&self.purchases) {
            let end = self.period * f64::from(period);
            let (mut expected, mut customers) = (0.0, 0_u64);
            for (&time, &acquired) in &self.acquired {
                let age = end - f64::from_bits(time);
                if age < 0.0 {
                    break;
                }
                customers = customers.saturating_add(acquired);
                expected += acquired as f64 * model.expected_purchases_new(age);
                evaluations = evaluations.wrapping_add(1);
                if evaluations.is_multiple_of(4096) {
                    interrupt();
                }
            }
            actual_cumulative = actual_cumulative.saturating_add(actual);
            rows.push(Tracked {
                period,
                customers,
                expected: expected - expected_before,
                actual,
                expected_cumulative: expected,
                actual_cumulative,
            });
            expected_before = expected;
        }
        rows
    }
}
