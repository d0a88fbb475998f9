//! Rates of staying and leaving, and the movements of recurring revenue. The formulas stand in
//! maths::retention.

use pgrx::pg_extern;

use super::error::{Outcome, refused};
use super::portable;
use super::raw::{Call, Field, Returned};
use super::sums::Sums;
use crate::maths::retention::{self, RevenueMovement};

#[pg_extern(sql = false)]
fn clv_retention_rate(start: f64, end: f64, new: f64) -> Outcome<Option<f64>> {
    retention::retention_rate(start, end, new).map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_churn_rate(start: f64, end: f64, new: f64) -> Outcome<Option<f64>> {
    retention::churn_rate(start, end, new).map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_convert_retention_rate(retention_rate: f64, periods: f64) -> Outcome<f64> {
    retention::convert_retention(retention_rate, periods).map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_convert_churn_rate(churn_rate: f64, periods: f64) -> Outcome<f64> {
    retention::convert_churn(churn_rate, periods).map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_convert_discount_rate(discount_rate: f64, periods: f64) -> Outcome<f64> {
    retention::convert_discount(discount_rate, periods).map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_expected_lifespan(churn_rate: f64) -> Outcome<Option<f64>> {
    retention::expected_lifespan(churn_rate).map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_gross_revenue_retention(start: f64, contraction: f64, churn: f64) -> Outcome<Option<f64>> {
    retention::gross_revenue_retention(start, contraction, churn).map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_net_revenue_retention(
    start: f64,
    contraction: f64,
    churn: f64,
    expansion: f64,
) -> Outcome<Option<f64>> {
    retention::net_revenue_retention(start, contraction, churn, expansion).map_err(refused)
}

/// (state, previous, current, paid_before); no revenue may be written as NULL. A customer with a
/// negative period is counted and otherwise left out.
#[pg_extern(sql = false)]
fn _mrr_movements_step(call: Call) -> Outcome<Option<Returned>> {
    portable::step(&call, |sums: &mut Sums| {
        let revenue = |i| call.float(i).unwrap_or(0.0);
        let paid_before = call.boolean(3).unwrap_or(false);
        let moved =
            RevenueMovement::of_customer(revenue(1), revenue(2), paid_before).map_err(refused)?;
        let left_out = f64::from(u8::from(moved.is_none()));
        let moved = moved.unwrap_or_default();
        sums.add_all([
            moved.start,
            moved.new,
            moved.reactivated,
            moved.expansion,
            moved.contraction,
            moved.churned,
            moved.end,
            left_out,
        ]);
        Ok(())
    })
}

#[pg_extern(sql = false)]
fn _mrr_movements_final(call: Call) -> Outcome<Option<Returned>> {
    let totals = Sums::finished(&call)?;
    let Some([start, new, reactivated, expansion, contraction, churned, end, left_out]) = totals
    else {
        return Ok(None);
    };
    let all = RevenueMovement { start, new, reactivated, expansion, contraction, churned, end };
    let rate = |rate: Option<f64>| rate.map_or(Field::Null, Field::Float);
    call.row(&[
        Field::Float(start),
        Field::Float(new),
        Field::Float(reactivated),
        Field::Float(expansion),
        Field::Float(contraction),
        Field::Float(churned),
        Field::Float(end),
        rate(all.gross_retention().map_err(refused)?),
        rate(all.net_retention().map_err(refused)?),
        Field::Bigint(left_out as i64),
    ])
    .map(Some)
}
