//! What a customer costs to win against what it brings. The formulas stand in
//! maths::unit_economics; customer equity is a topic of classic.rs.

use pgrx::pg_extern;

use super::argument::complete;
use super::classic::first_payment;
use super::error::{Outcome, refused};
use crate::maths::unit_economics::{self, LtvCacReading};

#[pg_extern(sql = false)]
fn clv_customer_acquisition_cost(spend: f64, new_customers: f64) -> Outcome<Option<f64>> {
    unit_economics::acquisition_cost(spend, new_customers).map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_ltv_cac_ratio(lifetime_value: f64, acquisition_cost: f64) -> Outcome<Option<f64>> {
    unit_economics::ltv_cac_ratio(lifetime_value, acquisition_cost).map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_ltv_cac_reading(ratio: f64) -> Outcome<&'static str> {
    LtvCacReading::of(ratio).map(LtvCacReading::name).map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_payback_period(
    acquisition_cost: f64,
    payment: f64,
    churn_rate: f64,
    discount_rate: f64,
    first_payment_at: &str,
) -> Outcome<Option<f64>> {
    let timing = first_payment(first_payment_at)?;
    unit_economics::payback(acquisition_cost, payment, churn_rate, discount_rate, timing)
        .map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_payback_observed(acquisition_cost: f64, payments: Vec<Option<f64>>) -> Outcome<Option<f64>> {
    let payments = complete("payments", payments)?;
    unit_economics::payback_observed(acquisition_cost, &payments).map_err(refused)
}
