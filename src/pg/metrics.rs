//! What a shop's customers do on the whole, and one customer in a period. The aggregates over
//! orders share the state of clv_summary; those over customers add up.

use pgrx::pg_extern;

use super::customer::of_customer;
use super::error::{Outcome, invalid};
use super::portable;
use super::raw::{Call, Field, Record, Returned};
use super::summary;
use super::sums::Sums;
use crate::maths::cohort::{Activity, subtract};
use crate::maths::memory::collected;

/// What is added up over customers.
mod total {
    pub const CUSTOMERS: usize = 0;
    pub const ORDERS: usize = 1;
    pub const REVENUE: usize = 2;
    pub const REPEATERS: usize = 3;
    pub const REPEATS: usize = 4;
    pub const LIFESPANS: usize = 5;
    pub const COUNT: usize = 6;
}

#[pg_extern(sql = false)]
fn _clv_metrics_step(call: Call) -> Outcome<Option<Returned>> {
    portable::step(&call, |sums: &mut Sums| {
        let Some(bytes) = call.bytes(1) else { return Ok(()) };
        let mut customer = Record::new(bytes);
        let frequency = customer.int();
        let (_recency, _age, _monetary) = (customer.float(), customer.float(), customer.float());
        let (orders, revenue) = (customer.bigint(), customer.float());
        let (Some(frequency), Some(orders), Some(revenue), Some(first), Some(last)) =
            (frequency, orders, revenue, customer.date(), customer.date())
        else {
            return Ok(());
        };
        if frequency < 0 || orders < 0 || last < first || !revenue.is_finite() {
            let error = invalid(
                "value is not a purchase history",
                format!("frequency is {frequency}."),
                "Pass what the aggregate clv_summary returns.",
            );
            return Err(of_customer(error, Record::new(bytes)));
        }
        let mut numbers = [0.0; total::COUNT];
        numbers[total::CUSTOMERS] = 1.0;
        numbers[total::ORDERS] = orders as f64;
        numbers[total::REVENUE] = revenue;
        numbers[total::REPEATERS] = f64::from(u8::from(frequency > 0));
        numbers[total::REPEATS] = f64::from(frequency);
        numbers[total::LIFESPANS] = f64::from(last) - f64::from(first);
        sums.add_all(numbers);
        Ok(())
    })
}

#[pg_extern(sql = false)]
fn _clv_metrics_final(call: Call) -> Outcome<Option<Returned>> {
    let Some(totals) = Sums::finished::<{ total::COUNT }>(&call)? else { return Ok(None) };
    let per = |above: usize, below: usize| match totals[below] {
        0.0 => Field::Null,
        below => Field::Float(totals[above] / below),
    };
    call.row(&[
        Field::Bigint(totals[total::CUSTOMERS] as i64),
        Field::Bigint(totals[total::ORDERS] as i64),
        Field::Float(totals[total::REVENUE]),
        per(total::REVENUE, total::ORDERS),
        per(total::ORDERS, total::CUSTOMERS),
        per(total::REPEATERS, total::CUSTOMERS),
        per(total::REVENUE, total::CUSTOMERS),
        per(total::LIFESPANS, total::CUSTOMERS),
        per(total::LIFESPANS, total::REPEATS),
    ])
    .map(Some)
}

#[pg_extern(sql = false)]
fn _clv_purchase_days_final(call: Call) -> Outcome<Option<Returned>> {
    let Some(purchases) = summary::purchases(&call)? else { return Ok(None) };
    let days = purchases.days;
    Ok((!days.is_empty()).then(|| call.returned_dates(&days)))
}

#[pg_extern(sql = false)]
fn _clv_purchase_gaps_final(call: Call) -> Outcome<Option<Vec<i32>>> {
    let Some(purchases) = summary::purchases(&call)? else { return Ok(None) };
    let days = purchases.days;
    Ok((!days.is_empty()).then(|| collected(days.windows(2).map(|pair| pair[1] - pair[0]))))
}

#[pg_extern(sql = false)]
fn _clv_activity_final(call: Call) -> Outcome<Option<&'static str>> {
    let Some(purchases) = summary::purchases(&call)? else { return Ok(None) };
    let (months, days) = (i32::from(purchases.unit.months), i32::from(purchases.unit.days));
    // The period ends with as_of; a month before the first of the next month is a whole month.
    let after = purchases.as_of + 1;
    let start = subtract(after, months, days);
    let start_before = subtract(start, months, days);
    let activity = Activity::of(&purchases.days, start_before, start, purchases.as_of);
    Ok(activity.map(Activity::name))
}
