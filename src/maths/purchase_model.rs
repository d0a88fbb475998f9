//! What every purchase model answers, whatever its assumptions.
//!
//! Times are in the model's own unit. `delta` is a continuous discount rate per unit:
//! ln(1 + yearly rate) × unit in years. A horizon of `f64::INFINITY` means the whole future.

use super::history::History;

pub trait PurchaseModel {
    /// ln L of one history, without combinatorial constant.
    fn log_likelihood(&self, customer: History) -> f64;

    /// P(alive at T + after | history); `after` = 0 is the usual P(alive).
    fn p_alive(&self, customer: History, after: f64) -> f64;

    /// P(not left by T | history), with which all that is expected of a survivor counts.
    fn p_survived(&self, customer: History) -> f64 {
        self.p_alive(customer, 0.0)
    }

    /// E[sum of e^(-delta (s - T)) over the purchases at s in (T, T + horizon] | x, survived T]:
    /// when the x purchases were made does not matter any more.
    fn survivor_purchases(&self, x: f64, age: f64, delta: f64, horizon: f64) -> f64;

    /// E[purchases in (T, T + t] | history].
    fn expected_purchases(&self, customer: History, t: f64) -> f64 {
        self.discounted_purchases(customer, 0.0, t)
    }

    /// E[X(t)]: purchases of a customer just acquired (the first one not counted) up to t.
    fn expected_purchases_new(&self, t: f64) -> f64;

    /// P(n purchases in (T, T + t] | history).
    fn purchase_pmf(&self, customer: History, n: u64, t: f64) -> f64;

    /// P(n purchases or more in (T, T + t] | history), without a sum over the numbers below n. Of a
    /// customer just acquired with a history of all zeros.
    fn p_at_least(&self, customer: History, n: u64, t: f64) -> f64;

    /// P(X(t) = n) of a customer just acquired.
    fn purchase_pmf_new(&self, n: u64, t: f64) -> f64;

    /// E[sum of e^(-delta (s - T)) over the purchases at s in (T, T + horizon] | history].
    fn discounted_purchases(&self, customer: History, delta: f64, horizon: f64) -> f64 {
        let expected = self.survivor_purchases(customer.x, customer.age, delta, horizon);
        if_survived(self.p_survived(customer), expected)
    }
}

/// What is expected of a survivor with probability `p`; 0 × ∞ is ∞, since p underflowed.
pub fn if_survived(p: f64, expected: f64) -> f64 {
    if expected == f64::INFINITY { expected } else { p * expected }
}
