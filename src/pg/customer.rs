//! A customer as the caller writes it: one clv_summary, or the plain columns frequency, recency,
//! age. Checks what no purchase history can be.

use pgrx::pg_sys::panic::ErrorReport;

use super::error::{Outcome, invalid};
use super::raw::{Call, Record};
use super::summary::{bounded, finite_date};
use super::time::date_text;
use crate::maths::bg_bb::{MAX_OPPORTUNITIES, is_discrete};
use crate::maths::error::written;
use crate::maths::history::History;

/// A checked customer.
#[derive(Clone, Copy)]
pub struct Customer {
    pub history: History,
    /// Mean net value of a repeat purchase day, if there was one.
    pub monetary: Option<f64>,
    /// The length of the unit of the history, if it came with one.
    pub unit_days: Option<f64>,
    /// The end of observation, if the customer came with one; days since 2000-01-01.
    pub as_of: Option<i32>,
}

impl Customer {
    /// The clv_summary in argument `i`; none if it, or a field that counts, is NULL.
    pub fn summary(call: &Call, i: usize) -> Outcome<Option<Customer>> {
        let Some(bytes) = call.bytes(i) else { return Ok(None) };
        read(Record::new(bytes)).map_err(|error| of_customer(error, Record::new(bytes)))
    }

    /// An error of the customer whose clv_summary is argument `i`.
    #[cold]
    pub fn named(call: &Call, i: usize, error: ErrorReport) -> ErrorReport {
        match call.record(i) {
            Some(summary) => of_customer(error, summary),
            None => error,
        }
    }

    /// The columns frequency, recency, age from argument `i` on; none if one is NULL.
    pub fn columns(call: &Call, i: usize) -> Outcome<Option<Customer>> {
        let (Some(x), Some(t_x), Some(age)) = (call.float(i), call.float(i + 1), call.float(i + 2))
        else {
            return Ok(None);
        };
        if !is_possible(x, t_x, age) {
            return Err(impossible(x, t_x, age));
        }
        let history = History { x, t_x, age };
        Ok(Some(Customer { history, monetary: None, unit_days: None, as_of: None }))
    }
}

fn read(mut record: Record) -> Outcome<Option<Customer>> {
    let frequency = record.int();
    let (recency, age, monetary) = (record.float(), record.float(), record.float());
    let _orders = record.bigint();
    let _revenue = record.float();
    let (_first, _last, as_of) = (record.date(), record.date(), record.date());
    let unit = record.interval();
    let (Some(x), Some(t_x), Some(age)) = (frequency, recency, age) else { return Ok(None) };
    let x = f64::from(x);
    if !is_possible(x, t_x, age) {
        return Err(impossible(x, t_x, age));
    }
    if let Some(value) = monetary.filter(|&value| !is_spend(value)) {
        return Err(no_spend("monetary", value));
    }
    let unit_days = unit.map(|unit| unit.days());
    if let Some(days) = unit_days.filter(|&days| days <= 0.0) {
        return Err(unit_not_positive(days));
    }
    let as_of = as_of.map(|day| bounded("as_of", finite_date(day))).transpose()?;
    Ok(Some(Customer { history: History { x, t_x, age }, monetary, unit_days, as_of }))
}

/// An error of a customer, with the fields of their summary by which a WHERE finds them.
#[cold]
pub fn of_customer(error: ErrorReport, mut summary: Record) -> ErrorReport {
    let _frequency = summary.int();
    let _recency_age_monetary = [(); 3].map(|()| summary.float());
    let known = |field: Option<String>| field.unwrap_or_else(|| "NULL".to_owned());
    let orders = known(summary.bigint().map(|orders| orders.to_string()));
    let revenue = known(summary.float().map(written));
    let [first, last, as_of] = [(); 3].map(|()| known(summary.date().map(date_text)));
    let detail = error.detail().unwrap_or_default();
    let detail = format!(
        "{detail} The customer has orders {orders}, revenue {revenue}, first_order {first}, last_order {last}, as_of {as_of}."
    );
    error.set_detail(detail)
}

#[cold]
fn unit_not_positive(days: f64) -> ErrorReport {
    invalid(
        "unit of a customer is not positive",
        format!("The unit is {days} days."),
        "Make summaries with clv_summary.",
    )
}

/// A mean spend that makes sense: finite, 0 or more.
pub fn spend(name: &str, value: f64) -> Outcome<f64> {
    if is_spend(value) { Ok(value) } else { Err(no_spend(name, value)) }
}

fn is_spend(value: f64) -> bool {
    value >= 0.0 && value.is_finite()
}

#[cold]
fn no_spend(name: &str, value: f64) -> ErrorReport {
    invalid(
        format!("{name} must be a finite number of at least 0"),
        format!("{name} is {}.", written(value)),
        "Net refunds against the purchases they belong to, as clv_summary does; spend is revenue, and profit comes in as the margin of clv_value.",
    )
}

/// A number of purchases: whole, and not too large to count.
pub fn is_count(x: f64) -> bool {
    f64::from(x as u32) == x
}

fn is_possible(x: f64, t_x: f64, age: f64) -> bool {
    is_count(x) && (0.0..=age).contains(&t_x) && age.is_finite() && (x > 0.0 || t_x == 0.0)
}

#[cold]
fn impossible(x: f64, t_x: f64, age: f64) -> ErrorReport {
    let detail = format!("frequency is {x}, recency {t_x}, age {age}.");
    if !is_count(x) {
        invalid(
            "frequency is not a whole number of at least 0",
            detail,
            "frequency counts purchase days after the first.",
        )
    } else if !(t_x.is_finite() && t_x >= 0.0 && age.is_finite() && age >= 0.0) {
        invalid(
            "recency and age must be finite and at least 0",
            detail,
            "Measure both from the first purchase, in one unit.",
        )
    } else if t_x > age {
        invalid(
            "recency is greater than age",
            detail,
            "recency runs from the first purchase to the last, age from the first to the end of observation.",
        )
    } else {
        invalid(
            "recency is not 0 although frequency is 0",
            detail,
            "recency runs from the first purchase to the last; it is not the time since the last.",
        )
    }
}

/// That a history counts opportunities, as the BG/BB model needs it.
pub fn check_discrete(history: History) -> Outcome<()> {
    if is_discrete(history) {
        return Ok(());
    }
    let History { x, t_x, age } = history;
    Err(invalid(
        "history does not count opportunities to purchase",
        format!("frequency is {x}, recency {t_x}, age {age}."),
        &format!(
            "For BG/BB all three are whole numbers of opportunities, frequency <= recency <= age <= {MAX_OPPORTUNITIES}, recency the number of the last opportunity taken."
        ),
    ))
}
