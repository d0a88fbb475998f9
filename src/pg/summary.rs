//! The aggregate clv_summary: a customer's orders become frequency, recency, age and value.
//! What a purchase day is stands in maths::orders.

use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

use super::error::{Outcome, corrupted, invalid, out_of_range, refused};
use super::portable::Writer;
use super::raw::{Call, Field, Packed, Returned};
use super::time::{Unit, date_text, day_of_timestamp};
use crate::maths::cohort::subtract;
use crate::maths::error::written;
use crate::maths::orders::{self, Amount, DAY_LIMIT, LARGEST_DOUBLE, Words};
use crate::maths::summary;

/// What a group remembers beside its orders.
#[derive(Clone, Copy)]
#[repr(C)]
struct Header {
    as_of: i32,
    months: u8,
    reserved: u8,
    days: u16,
    /// Orders that are no refunds.
    orders: u32,
}

impl Header {
    fn unit(&self) -> Unit {
        Unit { months: self.months, days: self.days }
    }
}

type State<'a> = Packed<'a, Header>;

/// Where the arguments of the transition functions stand.
const STATE: usize = 0;
const ORDERED_AT: usize = 1;
const AMOUNT: usize = 2;
const AS_OF: usize = 3;
const UNIT: usize = 4;
const ZONE: usize = 5;

pub fn date(call: &Call, i: usize) -> Option<Day> {
    call.date(i).map(finite_date)
}

pub fn timestamp(call: &Call, i: usize) -> Option<Day> {
    call.timestamp(i).map(|t| finite_timestamp(t, day_of_timestamp))
}

pub fn timestamptz(call: &Call, i: usize) -> Option<Day> {
    call.timestamp(i).map(|t| finite_timestamp(t, |t| call.local_day(t)))
}

pub fn double(call: &Call, i: usize) -> Option<Amount<'_>> {
    call.float(i).map(Amount::from)
}

macro_rules! summary_step {
    ($name:ident, $day:ident, $amount:expr) => {
        #[pg_extern(sql = false)]
        fn $name(call: Call) -> Outcome<Option<Returned>> {
            step(&call, $day, $amount)
        }
    };
}

summary_step!(_clv_summary_step_date, date, double);
summary_step!(_clv_summary_step_timestamp, timestamp, double);
summary_step!(_clv_summary_step_timestamptz, timestamptz, double);
summary_step!(_clv_summary_step_date_numeric, date, Call::money);
summary_step!(_clv_summary_step_timestamp_numeric, timestamp, Call::money);
summary_step!(_clv_summary_step_timestamptz_numeric, timestamptz, Call::money);

/// (state, ordered_at, amount, as_of, unit, time_zone): days of the zone that is named, whatever
/// the session's is; as_of is a date.
#[pg_extern(sql = false)]
fn _clv_summary_step_zone(call: Call) -> Outcome<Option<Returned>> {
    let Some(ordered_at) = in_zone(&call, ORDERED_AT, ZONE)? else { return call.unchanged() };
    step(&call, |call, i| if i == AS_OF { date(call, i) } else { Some(ordered_at) }, double)
}

#[pg_extern(sql = false)]
fn _clv_summary_step_zone_numeric(call: Call) -> Outcome<Option<Returned>> {
    let Some(ordered_at) = in_zone(&call, ORDERED_AT, ZONE)? else { return call.unchanged() };
    step(&call, |call, i| if i == AS_OF { date(call, i) } else { Some(ordered_at) }, Call::money)
}

/// The day of timestamptz argument `i` in the zone that argument `zone` names; none if one is NULL.
pub fn in_zone(call: &Call, i: usize, zone: usize) -> Outcome<Option<Day>> {
    match call.timestamp(i) {
        None => Ok(None),
        Some(i64::MAX) => Ok(Some(Day::Never)),
        Some(i64::MIN) => Ok(Some(Day::Always)),
        Some(micros) => Ok(call.zoned_day(zone, micros)?.map(Day::On)),
    }
}

/// A day of an order or of as_of; `Never` comes after every as_of.
#[derive(Clone, Copy)]
pub enum Day {
    On(i32),
    Never,
    Always,
}

pub fn finite_date(date: i32) -> Day {
    match date {
        i32::MAX => Day::Never,
        i32::MIN => Day::Always,
        day => Day::On(day),
    }
}

fn finite_timestamp(timestamp: i64, day: impl Fn(i64) -> i32) -> Day {
    match timestamp {
        i64::MAX => Day::Never,
        i64::MIN => Day::Always,
        micros => Day::On(day(micros)),
    }
}

/// One order. Rows with a NULL, and orders after as_of, leave the state as it is.
#[inline(always)]
fn step(
    call: &Call,
    day: impl Fn(&Call, usize) -> Option<Day>,
    amount: impl Fn(&Call, usize) -> Option<Amount<'_>>,
) -> Outcome<Option<Returned>> {
    let aggregate = call.aggregate()?;
    let mut state = call.packed::<Header>(STATE);
    // Among many groups it lies far away; the arguments are read while it comes.
    let known = state.as_mut().map(|state| *state.header());
    let unit_is_null = call.arguments() > UNIT && call.is_null(UNIT);
    let (Some(ordered_at), Some(amount), Some(as_of), false) =
        (day(call, ORDERED_AT), amount(call, AMOUNT), day(call, AS_OF), unit_is_null)
    else {
        return Ok(state.map(Packed::returned));
    };
    let as_of = bounded("as_of", as_of)?;
    let ordered_at = match ordered_at {
        Day::Never => return Ok(state.map(Packed::returned)),
        other => bounded("ordered_at", other)?,
    };
    let amount = finite(amount, ordered_at)?;
    let unit = call.interval(UNIT).map_or(Ok(Unit::DAY), Unit::from_span)?;
    if ordered_at > as_of {
        return Ok(state.map(Packed::returned));
    }
    if known.is_some_and(|known| known.as_of != as_of || known.unit() != unit) {
        return Err(differing());
    }
    let mut state = match state {
        Some(state) => state,
        None => aggregate.packed(Header {
            as_of,
            months: unit.months,
            reserved: 0,
            days: unit.days,
            orders: 0,
        }),
    };
    orders::add(&mut state, ordered_at, amount);
    let header = state.header();
    header.orders = header.orders.saturating_add(u32::from(!amount.is_refund()));
    Ok(Some(state.returned()))
}

#[inline]
pub fn bounded(argument: &str, day: Day) -> Outcome<i32> {
    match day {
        Day::On(day) if day.abs() <= DAY_LIMIT => Ok(day),
        other => Err(unbounded(argument, other)),
    }
}

#[cold]
fn unbounded(argument: &str, day: Day) -> ErrorReport {
    match day {
        Day::On(day) => invalid(
            format!("{argument} is out of range"),
            format!("It is {day} days from 2000-01-01; at most {DAY_LIMIT} are supported."),
            "Correct the date or filter the row out.",
        ),
        Day::Never | Day::Always => {
            let end = if let Day::Never = day { "infinity" } else { "-infinity" };
            let remedy = match argument {
                "ordered_at" => {
                    "Correct the date or filter the row out: WHERE isfinite(ordered_at)."
                }
                "as_of" | "from" | "to" | "value_date" | "day" => "Give a day of the calendar.",
                _ => "Correct the date or filter the row out.",
            };
            invalid(format!("{argument} is infinite"), format!("{argument} is {end}."), remedy)
        }
    }
}

/// The amount of an order of that day, which must be a number; one that is NULL is no order.
#[inline]
pub fn finite(amount: Amount, day: i32) -> Outcome<Amount> {
    match amount {
        Amount::Real(real) if real.is_nan() || real.abs() > LARGEST_DOUBLE => {
            Err(no_amount(real, day))
        }
        finite => Ok(finite),
    }
}

#[cold]
fn no_amount(amount: f64, day: i32) -> ErrorReport {
    let detail = format!("The amount is {}, on {}.", written(amount), date_text(day));
    let remedy = "Correct it or filter such rows out: WHERE amount BETWEEN -1e15 AND 1e15.";
    if amount.is_finite() {
        out_of_range("amount of an order is out of range", detail, remedy)
    } else {
        invalid("amount of an order is not finite", detail, remedy)
    }
}

#[cold]
fn differing() -> ErrorReport {
    invalid(
        "as_of and unit must be the same for all orders of a customer",
        "Two rows of one group differ in as_of or unit.",
        "Pass constants, or values that depend on the customer alone.",
    )
}

#[pg_extern(sql = false)]
fn _clv_summary_combine(call: Call) -> Outcome<Option<Returned>> {
    let aggregate = call.aggregate()?;
    let (Some(mut other), first) = (call.packed::<Header>(1), call.packed::<Header>(STATE)) else {
        return Ok(call.packed::<Header>(STATE).map(Packed::returned));
    };
    let added = *other.header();
    let mut state: State = first.unwrap_or_else(|| aggregate.packed(Header { orders: 0, ..added }));
    let header = *state.header();
    if header.as_of != added.as_of || header.unit() != added.unit() {
        return Err(differing());
    }
    orders::merge(&mut state, other.words());
    let header = state.header();
    header.orders = header.orders.saturating_add(added.orders);
    Ok(Some(state.returned()))
}

/// The form in which a state travels between processes and machines, all little-endian: version,
/// months, reserved, as_of, days, reserved, orders, then the words.
const VERSION: u8 = 2;
const PREFIX: usize = 16;

#[pg_extern(sql = false)]
fn _clv_summary_serialize(call: Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(mut state) = call.packed::<Header>(STATE) else { return Ok(None) };
    let header = *state.header();
    let length = orders::compact(state.words());
    state.truncate(length);
    let words = state.words();
    let mut bytes = Writer::with_room(PREFIX + 8 * words.len());
    bytes.extend([VERSION, header.months, 0, 0]);
    bytes.extend(header.as_of.to_le_bytes());
    bytes.extend(header.days.to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(header.orders.to_le_bytes());
    words.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
    bytes.returned(&call)
}

#[pg_extern(sql = false)]
fn _clv_summary_deserialize(call: Call) -> Outcome<Option<Returned>> {
    let memory = call.for_now()?;
    let Some(bytes) = call.bytes(STATE) else { return Ok(None) };
    let damaged = || corrupted("serialised clv_summary state is damaged", "length or version");
    let [version, months, _, _, a0, a1, a2, a3, d0, d1, _, _, o0, o1, o2, o3, words @ ..] = bytes
    else {
        return Err(damaged());
    };
    if *version != VERSION || words.len() % 8 != 0 {
        return Err(damaged());
    }
    let mut state = memory.packed(Header {
        as_of: i32::from_le_bytes([*a0, *a1, *a2, *a3]),
        months: *months,
        reserved: 0,
        days: u16::from_le_bytes([*d0, *d1]),
        orders: u32::from_le_bytes([*o0, *o1, *o2, *o3]),
    });
    push_words(&mut state, words);
    Ok(Some(state.returned()))
}

/// Adds serialised words.
pub fn push_words(words: &mut impl Words, bytes: &[u8]) {
    bytes.as_chunks::<8>().0.iter().for_each(|&word| words.push(u64::from_le_bytes(word)));
}

/// The purchase days of a customer, ascending, and what they were collected for.
pub struct Purchases {
    pub days: Vec<i32>,
    pub as_of: i32,
    pub unit: Unit,
}

/// Of the state in argument 0, for the final functions of other topics; it stays as it is for
/// those that share it.
pub fn purchases(call: &Call) -> Outcome<Option<Purchases>> {
    call.aggregate()?;
    let Some(mut state) = call.packed::<Header>(STATE) else { return Ok(None) };
    let (as_of, unit) = (state.header().as_of, state.header().unit());
    let days = summary::purchase_days(state.words());
    Ok(Some(Purchases { days, as_of, unit }))
}

/// What the customer had brought by an age, the unit of the same state, counted by the calendar
/// from the first purchase day; none before the customer is that old.
#[pg_extern(sql = false)]
fn _clv_value_at_age_final(call: Call) -> Outcome<Option<f64>> {
    let Some(Purchases { days, as_of, unit }) = purchases(&call)? else { return Ok(None) };
    let Some(&first) = days.first() else { return Ok(None) };
    let end = subtract(first, -i32::from(unit.months), -i32::from(unit.days));
    if as_of < end - 1 {
        return Ok(None);
    }
    let Some(mut state) = call.packed::<Header>(STATE) else { return Ok(None) };
    summary::revenue_before(state.words(), end).map(Some).map_err(refused)
}

/// What the customer has brought, of the same state.
#[pg_extern(sql = false)]
fn _clv_revenue_final(call: Call) -> Outcome<Option<f64>> {
    call.aggregate()?;
    let Some(mut state) = call.packed::<Header>(STATE) else { return Ok(None) };
    if state.words().is_empty() {
        return Ok(None);
    }
    summary::activity(state.words()).map(|activity| Some(activity.revenue)).map_err(refused)
}

#[pg_extern(sql = false)]
fn _clv_summary_final(call: Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(mut state) = call.packed::<Header>(STATE) else { return Ok(None) };
    let header = *state.header();
    let Some(summary) = summary::summarise(state.words()).map_err(refused)? else {
        return Ok(None);
    };
    let unit = header.unit();
    let units = |days: i32| Field::Float(f64::from(days) / unit.length());
    call.row(&[
        Field::Int(summary.frequency as i32),
        units(summary.last - summary.first),
        units(header.as_of - summary.first),
        summary.monetary.map_or(Field::Null, Field::Float),
        Field::Bigint(i64::from(header.orders)),
        Field::Float(summary.revenue),
        Field::Date(summary.first),
        Field::Date(summary.last),
        Field::Date(header.as_of),
        Field::Interval(unit.span()),
    ])
    .map(Some)
}
