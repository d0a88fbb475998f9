//! Cohorts: the calendar period of a day, the number of a period, and what is left of cohorts
//! period by period. Calendar and table stand in maths::cohort.

use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

use super::argument::word;
use super::error::{Outcome, invalid, too_large};
use super::portable::{self, Portable, Reader, Writer, write_sum};
use super::raw::{Call, Field, Returned};
use super::summary::{Day, bounded, finite};
use super::time::{date_text, day_of_timestamp};
use crate::maths::cohort::{CELL_LIMIT, NoRoom, Period, Retention};
use crate::maths::exact_sum::ExactSum;
use crate::maths::memory::{Grow, collected, room};
use crate::maths::orders::{self, Amount};
use crate::maths::summary::day_totals;

fn period(written: &str) -> Outcome<Period> {
    word("period", written, &Period::ALL.map(|period| (period.name(), period)))
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

fn infinite() -> ErrorReport {
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

/// Option because an aggregate makes its state before it knows the period and as_of.
#[derive(Default)]
struct State(Option<Retention>);

impl State {
    /// The table of this period and as_of, which all rows of a group share.
    fn of(&mut self, period: Period, as_of: i32) -> Outcome<&mut Retention> {
        let known = self.0.get_or_insert_with(|| Retention::new(period, as_of));
        if (known.period(), known.as_of()) == (period, as_of) {
            return Ok(known);
        }
        let one = (date_text(known.as_of()), known.period().name());
        Err(invalid(
            "as_of and period must be the same for all customers",
            format!(
                "One has {} and '{}', another {} and '{}'.",
                one.0,
                one.1,
                date_text(as_of),
                period.name()
            ),
            "Pass constants.",
        ))
    }
}

fn no_room(reason: NoRoom) -> ErrorReport {
    match reason {
        NoRoom::TooManyPeriods => too_large(
            "too many periods of cohorts",
            format!("All cohorts together have more than {CELL_LIMIT} periods."),
            "Count in longer periods, or correct orders of the distant past: WHERE ordered_at > '2000-01-01'.",
        ),
    }
}

impl Portable for State {
    fn merge(&mut self, other: &Self) -> Outcome<()> {
        let Some(theirs) = &other.0 else { return Ok(()) };
        self.of(theirs.period(), theirs.as_of())?.merge(theirs).map_err(no_room)
    }

    fn write(&mut self, bytes: &mut Writer) {
        let Some(table) = &self.0 else { return };
        bytes.push(table.period() as u8);
        bytes.extend(table.as_of().to_le_bytes());
        for (number, customers, cells) in table.parts() {
            bytes.extend(number.to_le_bytes());
            bytes.extend(customers.to_le_bytes());
            let cells: Vec<(u64, &ExactSum)> = collected(cells);
            bytes.extend((cells.len() as u64).to_le_bytes());
            for (active, revenue) in cells {
                bytes.extend(active.to_le_bytes());
                write_sum(revenue, bytes);
            }
        }
    }

    fn read(bytes: &mut Reader) -> Option<Self> {
        let Some(period) = bytes.byte() else { return Some(State(None)) };
        let period = *Period::ALL.get(usize::from(period))?;
        let mut table = Retention::new(period, bytes.int()?);
        while let Some(number) = bytes.int() {
            table.restore_customers(number, bytes.word()?).ok()?;
            for at in 0..bytes.count(24)? {
                let (active, revenue) = (bytes.word()?, bytes.sum()?);
                table.restore(number, at, active, &revenue).ok()?;
            }
        }
        Some(State(Some(table)))
    }
}

/// Days up to `as_of`, one of which may be at infinity in the past by mistake.
fn day_up_to(as_of: i32, day: i32) -> Outcome<Option<i32>> {
    match day {
        i32::MIN => Err(infinite()),
        day => Ok((day <= as_of).then_some(day)),
    }
}

/// (state, ordered_on, as_of, period): the days on which one customer bought.
fn add_days(call: &Call, state: &mut State) -> Outcome<()> {
    let (Some(ordered_on), Some(as_of), Some(written)) =
        (call.dates(1), date(call, 2)?, call.text(3))
    else {
        return Ok(());
    };
    let table = state.of(period(written)?, as_of)?;
    let mut purchases = Vec::new();
    for day in ordered_on.into_iter().flatten() {
        purchases.add_all(day_up_to(as_of, day)?);
    }
    purchases.sort_unstable();
    table.add(&purchases, &[]).map_err(no_room)
}

/// (state, ordered_on, amounts, as_of, period): the orders and refunds of one customer.
fn add_orders(call: &Call, state: &mut State) -> Outcome<()> {
    let (Some(ordered_on), Some(amounts), Some(as_of), Some(written)) =
        (call.dates(1), call.floats(2), date(call, 3)?, call.text(4))
    else {
        return Ok(());
    };
    let table = state.of(period(written)?, as_of)?;
    if ordered_on.len() != amounts.len() {
        return Err(invalid(
            "ordered_on and amounts have different lengths",
            format!("There are {} days and {} amounts.", ordered_on.len(), amounts.len()),
            "Collect both from the same rows: array_agg(ordered_at), array_agg(amount).",
        ));
    }
    let mut words = Vec::new();
    for (day, amount) in ordered_on.into_iter().zip(amounts) {
        let (Some(day), Some(amount)) = (day, amount) else { continue };
        let Some(day) = day_up_to(as_of, day)? else { continue };
        let day = bounded("ordered_on", Day::On(day))?;
        orders::add(&mut words, day, finite(Amount::from(amount), day)?);
    }
    let days = day_totals(&mut words);
    let purchases = days.iter().filter(|total| total.is_purchase).map(|total| total.day);
    let purchases: Vec<i32> = collected(purchases);
    let values: Vec<(i32, f64)> = collected(days.iter().map(|total| (total.day, total.net)));
    table.add(&purchases, &values).map_err(no_room)
}

#[pg_extern(sql = false)]
fn _cohort_retention_step_days(call: Call) -> Outcome<Option<Returned>> {
    portable::step(&call, |state| add_days(&call, state))
}

#[pg_extern(sql = false)]
fn _cohort_retention_step_amounts(call: Call) -> Outcome<Option<Returned>> {
    portable::step(&call, |state| add_orders(&call, state))
}

#[pg_extern(sql = false)]
fn _cohort_retention_combine(call: Call) -> Outcome<Option<Returned>> {
    portable::combine::<State>(&call)
}

#[pg_extern(sql = false)]
fn _cohort_retention_serialize(call: Call) -> Outcome<Option<Returned>> {
    portable::serialize::<State>(&call)
}

#[pg_extern(sql = false)]
fn _cohort_retention_deserialize(call: Call) -> Outcome<Option<Returned>> {
    portable::deserialize::<State>(&call)
}

fn finished(call: &Call, with_money: bool) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(State(Some(table))) = call.state::<State>(0) else { return Ok(None) };
    let rows = table.rows().map_err(no_room)?;
    let mut fields = room(rows.len());
    for row in rows {
        let money = |value: f64| if with_money { Field::Float(value) } else { Field::Null };
        let customers = row.customers as f64;
        fields.push([
            // The first period of PostgreSQL's calendar begins before it.
            Field::Date(row.cohort.max(FIRST_DAY)),
            Field::Int(row.period),
            Field::Bigint(row.customers as i64),
            Field::Bigint(row.active as i64),
            Field::Float(row.active as f64 / customers),
            money(row.revenue),
            money(row.revenue_so_far / customers),
        ]);
    }
    call.rows(fields.into_iter()).map(Some)
}

#[pg_extern(sql = false)]
fn _cohort_retention_final_days(call: Call) -> Outcome<Option<Returned>> {
    finished(&call, false)
}

#[pg_extern(sql = false)]
fn _cohort_retention_final_amounts(call: Call) -> Outcome<Option<Returned>> {
    finished(&call, true)
}
