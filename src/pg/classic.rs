//! Customer lifetime value by formula, present values of cash flows, customer equity. The
//! formulas stand in maths::classic, maths::cash_flow and maths::unit_economics.

use pgrx::iter::TableIterator;
use pgrx::pg_extern;
use pgrx::prelude::name;

use super::argument::{complete, whole, word};
use super::error::{Outcome, refused};
use super::raw::Call;
use crate::maths::cash_flow;
use crate::maths::classic::{self, Effect, FirstPayment, Relationship};
use crate::maths::unit_economics;

/// The timings of the first payment, under their SQL names.
pub fn first_payment(written: &str) -> Outcome<FirstPayment> {
    word(
        "first_payment",
        written,
        &[
            ("now", FirstPayment::Now),
            ("period_end", FirstPayment::PeriodEnd),
            ("first_renewal", FirstPayment::FirstRenewal),
        ],
    )
}

#[pg_extern(sql = false)]
fn clv_simple(
    average_order_value: f64,
    purchase_frequency: f64,
    lifespan: f64,
    margin: f64,
    acquisition_cost: f64,
) -> Outcome<f64> {
    classic::clv_simple(average_order_value, purchase_frequency, lifespan, margin, acquisition_cost)
        .map_err(refused)
}

/// (margin, retention_rate, discount_rate, periods, growth_rate, retention_cost,
/// acquisition_cost, first_payment); only periods may be NULL.
fn relationship(call: &Call) -> Outcome<Option<Relationship>> {
    let float = |i| call.float(i);
    let terms = || {
        Some(Relationship {
            margin: float(0)?,
            retention_rate: float(1)?,
            discount_rate: float(2)?,
            periods: None,
            growth_rate: float(4)?,
            retention_cost: float(5)?,
            acquisition_cost: float(6)?,
            first_payment: FirstPayment::PeriodEnd,
        })
    };
    let (Some(terms), Some(written)) = (terms(), call.text(7)) else { return Ok(None) };
    let periods = float(3).map(|periods| whole("periods", periods)).transpose()?;
    Ok(Some(Relationship { periods, first_payment: first_payment(written)?, ..terms }))
}

#[pg_extern(sql = false)]
fn clv_discounted(call: Call) -> Outcome<Option<f64>> {
    let terms = relationship(&call)?;
    terms.map(|terms| classic::clv_discounted(&terms)).transpose().map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_discounted_curves(
    margins: Vec<Option<f64>>,
    retention_rates: Vec<Option<f64>>,
    discount_rate: f64,
    retention_cost: f64,
    acquisition_cost: f64,
    first_payment_at: &str,
) -> Outcome<f64> {
    classic::clv_discounted_curves(
        &complete("retention_rates", retention_rates)?,
        &complete("margins", margins)?,
        discount_rate,
        retention_cost,
        acquisition_cost,
        first_payment(first_payment_at)?,
    )
    .map_err(refused)
}

type SensitivityRows = TableIterator<
    'static,
    (name!(term, &'static str), name!(gain, f64), name!(elasticity, Option<f64>)),
>;

#[pg_extern(sql = false)]
fn clv_sensitivity(call: Call) -> Outcome<SensitivityRows> {
    let Some(terms) = relationship(&call)? else { return Ok(TableIterator::empty()) };
    let effects = classic::clv_sensitivity(&terms).map_err(refused)?;
    let row = |term, Effect { gain, elasticity }: Effect| (term, gain, elasticity);
    Ok(TableIterator::new([
        row("margin", effects.margin),
        row("retention_rate", effects.retention_rate),
        row("discount_rate", effects.discount_rate),
        row("growth_rate", effects.growth_rate),
        row("retention_cost", effects.retention_cost),
        row("acquisition_cost", effects.acquisition_cost),
    ]))
}

#[pg_extern(sql = false)]
fn clv_subscription(
    arpu: f64,
    churn_rate: f64,
    gross_margin: f64,
    expansion_rate: f64,
    acquisition_cost: f64,
) -> Outcome<Option<f64>> {
    classic::clv_subscription(arpu, churn_rate, gross_margin, expansion_rate, acquisition_cost)
        .map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_npv(cash_flows: Vec<Option<f64>>, discount_rate: f64) -> Outcome<Option<f64>> {
    cash_flow::npv(&complete("cash_flows", cash_flows)?, discount_rate).map_err(refused)
}

/// Only periods may be NULL.
#[pg_extern(sql = false)]
fn customer_equity(call: Call) -> Outcome<Option<f64>> {
    let (Some(residual), Some(acquisitions), Some(value), Some(rate)) =
        (call.float(0), call.float(1), call.float(2), call.float(3))
    else {
        return Ok(None);
    };
    let periods = call.float(4).map(|periods| whole("periods", periods)).transpose()?;
    unit_economics::customer_equity(residual, acquisitions, value, rate, periods)
        .map(Some)
        .map_err(refused)
}

#[pg_extern(sql = false)]
fn customer_equity_curves(
    residual_value: f64,
    acquisitions: Vec<Option<f64>>,
    values_at_acquisition: Vec<Option<f64>>,
    discount_rate: f64,
) -> Outcome<f64> {
    unit_economics::customer_equity_curves(
        residual_value,
        &complete("acquisitions", acquisitions)?,
        &complete("values_at_acquisition", values_at_acquisition)?,
        discount_rate,
    )
    .map_err(refused)
}
