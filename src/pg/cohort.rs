//! Cohorts: the calendar period of a day, the number of a period, and the wide table. The
//! calendar stands in maths::cohort.

use pgrx::pg_extern;

use super::argument::word;
use super::error::{Outcome, invalid};
use super::portable;
use super::raw::{Call, Field, Returned};
use super::sums::Sums;
use super::time::day_of_timestamp;
use crate::maths::cohort::Period;

fn period(written: &str) -> Outcome<Period> {
    word(
        "period",
        written,
        &[
            ("day", Period::Day),
            ("week", Period::Week),
            ("month", Period::Month),
            ("quarter", Period::Quarter),
            ("year", Period::Year),
        ],
    )
}

/// How an argument becomes a day.
type Reading = fn(&Call, usize) -> Outcome<Option<i32>>;

fn date(call: &Call, i: usize) -> Outcome<Option<i32>> {
    match call.date(i) {
        Some(i32::MIN | i32::MAX) => Err(infinite()),
        day => Ok(day),
    }
}

fn timestamp(call: &Call, i: usize) -> Outcome<Option<i32>> {
    moment(call, i).map(|micros| micros.map(day_of_timestamp))
}

fn timestamptz(call: &Call, i: usize) -> Outcome<Option<i32>> {
    moment(call, i).map(|micros| micros.map(|micros| call.local_day(micros)))
}

fn moment(call: &Call, i: usize) -> Outcome<Option<i64>> {
    match call.timestamp(i) {
        Some(i64::MIN | i64::MAX) => Err(infinite()),
        micros => Ok(micros),
    }
}

/// 24 November 4714 BC, in days since 2000-01-01.
const FIRST_DAY: i32 = -2_451_545;

fn infinite() -> pgrx::pg_sys::panic::ErrorReport {
    invalid(
        "time is infinite",
        "An infinite time lies in no period of the calendar.",
        "Correct the time or filter the row out: WHERE isfinite(ordered_at).",
    )
}

/// (at, period)
fn start(call: &Call, read: Reading) -> Outcome<Option<Returned>> {
    let (Some(day), Some(written)) = (read(call, 0)?, call.text(1)) else { return Ok(None) };
    let start = period(written)?.start(day);
    if start < FIRST_DAY {
        return Err(invalid(
            "period begins before the calendar of PostgreSQL",
            format!("It begins {} days before its first day.", FIRST_DAY - start),
            "Correct the date or filter the row out.",
        ));
    }
    Ok(Some(call.returned_date(start)))
}

/// (cohort, at, period)
fn number(call: &Call, read: Reading) -> Outcome<Option<i32>> {
    let (Some(first), Some(day), Some(written)) = (read(call, 0)?, read(call, 1)?, call.text(2))
    else {
        return Ok(None);
    };
    let period = period(written)?;
    Ok(Some(period.number(day) - period.number(first)))
}

#[pg_extern(sql = false)]
fn cohort_start_date(call: Call) -> Outcome<Option<Returned>> {
    start(&call, date)
}

#[pg_extern(sql = false)]
fn cohort_start_timestamp(call: Call) -> Outcome<Option<Returned>> {
    start(&call, timestamp)
}

#[pg_extern(sql = false)]
fn cohort_start_timestamptz(call: Call) -> Outcome<Option<Returned>> {
    start(&call, timestamptz)
}

#[pg_extern(sql = false)]
fn cohort_period_date(call: Call) -> Outcome<Option<i32>> {
    number(&call, date)
}

#[pg_extern(sql = false)]
fn cohort_period_timestamp(call: Call) -> Outcome<Option<i32>> {
    number(&call, timestamp)
}

#[pg_extern(sql = false)]
fn cohort_period_timestamptz(call: Call) -> Outcome<Option<i32>> {
    number(&call, timestamptz)
}

/// The columns p0 to p12 of the type clv_cohort.
const COLUMNS: usize = 13;

/// (state, period, value); periods without a column are left out.
#[pg_extern(sql = false)]
fn _cohort_wide_step(call: Call) -> Outcome<Option<Returned>> {
    portable::step(&call, |sums: &mut Sums| {
        let (Some(period), Some(value)) = (call.int(1), call.float(2)) else { return Ok(()) };
        if !value.is_finite() {
            return Err(invalid(
                "value of a cohort is not finite",
                format!("The value of period {period} is {value}."),
                "Correct the value or filter the row out.",
            ));
        }
        if let Some(column) = usize::try_from(period).ok().filter(|&column| column < COLUMNS) {
            sums.add(column, value);
        }
        Ok(())
    })
}

#[pg_extern(sql = false)]
fn _cohort_wide_final(call: Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(sums) = call.state::<Sums>(0) else { return Ok(None) };
    let totals = sums.totals::<COLUMNS>()?;
    call.row(&totals.map(|total| total.map_or(Field::Null, Field::Float))).map(Some)
}
