//! The aggregate clv_holdout: what each customer did after the end of the observation that a model
//! was fitted to, up to a later date; and clv_accuracy, how well it was foreseen. Purchase days are
//! those of clv_summary.

use pgrx::pg_extern;

use super::error::{Outcome, corrupted, invalid, refused};
use super::portable::{self, Writer};
use super::raw::{Call, Field, Packed, Returned};
use super::summary::{
    Day, bounded, date, double, finite, in_zone, push_words, timestamp, timestamptz,
};
use super::sums::Sums;
use crate::maths::holdout::{Accuracy, terms};
use crate::maths::orders::{self, Amount, Words};
use crate::maths::summary;

/// What a group remembers beside the orders of its stretch of time.
#[derive(Clone, Copy)]
#[repr(C)]
struct Header {
    /// The last day before the stretch, and its last day.
    from: i32,
    to: i32,
    /// Orders that are no refunds.
    orders: u32,
}

const STATE: usize = 0;
const ORDERED_AT: usize = 1;
const AMOUNT: usize = 2;
const FROM: usize = 3;
const TO: usize = 4;
const ZONE: usize = 5;

macro_rules! holdout_step {
    ($name:ident, $day:ident, $amount:expr) => {
        #[pg_extern(sql = false)]
        fn $name(call: Call) -> Outcome<Option<Returned>> {
            step(&call, $day, $amount)
        }
    };
}

holdout_step!(_clv_holdout_step_date, date, double);
holdout_step!(_clv_holdout_step_timestamp, timestamp, double);
holdout_step!(_clv_holdout_step_timestamptz, timestamptz, double);
holdout_step!(_clv_holdout_step_date_numeric, date, Call::money);
holdout_step!(_clv_holdout_step_timestamp_numeric, timestamp, Call::money);
holdout_step!(_clv_holdout_step_timestamptz_numeric, timestamptz, Call::money);

/// (state, ordered_at, amount, from, to, time_zone): days of the zone that is named; from and to
/// are dates.
#[pg_extern(sql = false)]
fn _clv_holdout_step_zone(call: Call) -> Outcome<Option<Returned>> {
    let Some(ordered_at) = in_zone(&call, ORDERED_AT, ZONE)? else { return call.unchanged() };
    step(&call, |call, i| if i == ORDERED_AT { Some(ordered_at) } else { date(call, i) }, double)
}

#[pg_extern(sql = false)]
fn _clv_holdout_step_zone_numeric(call: Call) -> Outcome<Option<Returned>> {
    let Some(ordered_at) = in_zone(&call, ORDERED_AT, ZONE)? else { return call.unchanged() };
    step(
        &call,
        |call, i| if i == ORDERED_AT { Some(ordered_at) } else { date(call, i) },
        Call::money,
    )
}

/// One order. An order outside the stretch shows that the customer is there, and no more.
fn step(
    call: &Call,
    read: impl Fn(&Call, usize) -> Option<Day>,
    amount: impl Fn(&Call, usize) -> Option<Amount<'_>>,
) -> Outcome<Option<Returned>> {
    let aggregate = call.aggregate()?;
    let state = call.packed::<Header>(STATE);
    let (Some(ordered_at), Some(amount), Some(from), Some(to)) =
        (read(call, ORDERED_AT), amount(call, AMOUNT), read(call, FROM), read(call, TO))
    else {
        return Ok(state.map(Packed::returned));
    };
    let (from, to) = (bounded("from", from)?, bounded("to", to)?);
    if from > to {
        return Err(invalid(
            "holdout ends before it begins",
            format!("It ends {} days before.", i64::from(from) - i64::from(to)),
            "Give the as_of of the summaries first, then the later end of the holdout.",
        ));
    }
    let fresh = Header { from, to, orders: 0 };
    let mut state = state.unwrap_or_else(|| aggregate.packed(fresh));
    let header = *state.header();
    agree(&header, &fresh)?;
    let ordered_at = match ordered_at {
        Day::Never => return Ok(Some(state.returned())),
        other => bounded("ordered_at", other)?,
    };
    let amount = finite(amount, ordered_at)?;
    if (from + 1..=to).contains(&ordered_at) {
        orders::add(&mut state, ordered_at, amount);
        let header = state.header();
        header.orders = header.orders.saturating_add(u32::from(!amount.is_refund()));
    }
    Ok(Some(state.returned()))
}

fn agree(one: &Header, other: &Header) -> Outcome<()> {
    if (one.from, one.to) == (other.from, other.to) {
        return Ok(());
    }
    Err(invalid(
        "from and to must be the same for all orders of a customer",
        "Two rows of one group differ in from or to.",
        "Pass constants, or values that depend on the customer alone.",
    ))
}

#[pg_extern(sql = false)]
fn _clv_holdout_combine(call: Call) -> Outcome<Option<Returned>> {
    let aggregate = call.aggregate()?;
    let state = call.packed::<Header>(STATE);
    let Some(mut other) = call.packed::<Header>(1) else {
        return Ok(state.map(Packed::returned));
    };
    let added = *other.header();
    let fresh = Header { orders: 0, ..added };
    let mut state = state.unwrap_or_else(|| aggregate.packed(fresh));
    let header = *state.header();
    agree(&header, &added)?;
    orders::merge(&mut state, other.words());
    let header = state.header();
    header.orders = header.orders.saturating_add(added.orders);
    Ok(Some(state.returned()))
}

/// The form in which a state travels, all little-endian: version, three reserved bytes, from, to,
/// orders, then the words.
const VERSION: u8 = 2;

#[pg_extern(sql = false)]
fn _clv_holdout_serialize(call: Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(mut state) = call.packed::<Header>(STATE) else { return Ok(None) };
    let header = *state.header();
    let length = orders::compact(state.words());
    state.truncate(length);
    let words = state.words();
    let mut bytes = Writer::with_room(16 + 8 * words.len());
    bytes.extend([VERSION, 0, 0, 0]);
    bytes.extend(header.from.to_le_bytes());
    bytes.extend(header.to.to_le_bytes());
    bytes.extend(header.orders.to_le_bytes());
    words.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
    bytes.returned(&call)
}

#[pg_extern(sql = false)]
fn _clv_holdout_deserialize(call: Call) -> Outcome<Option<Returned>> {
    let memory = call.for_now()?;
    let Some(bytes) = call.bytes(STATE) else { return Ok(None) };
    let damaged = || corrupted("serialised clv_holdout state is damaged", "length or version");
    let [VERSION, _, _, _, f0, f1, f2, f3, t0, t1, t2, t3, o0, o1, o2, o3, words @ ..] = bytes
    else {
        return Err(damaged());
    };
    if words.len() % 8 != 0 {
        return Err(damaged());
    }
    let mut state = memory.packed(Header {
        from: i32::from_le_bytes([*f0, *f1, *f2, *f3]),
        to: i32::from_le_bytes([*t0, *t1, *t2, *t3]),
        orders: u32::from_le_bytes([*o0, *o1, *o2, *o3]),
    });
    push_words(&mut state, words);
    Ok(Some(state.returned()))
}

#[pg_extern(sql = false)]
fn _clv_holdout_final(call: Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(mut state) = call.packed::<Header>(STATE) else { return Ok(None) };
    let header = *state.header();
    let activity = summary::activity(state.words()).map_err(refused)?;
    call.row(&[
        Field::Int(activity.purchases as i32),
        activity.monetary.map_or(Field::Null, Field::Float),
        Field::Bigint(i64::from(header.orders)),
        Field::Float(activity.revenue),
        Field::Date(header.from),
        Field::Date(header.to),
    ])
    .map(Some)
}

/// (predicted, actual) of a customer; rows with a NULL are left out.
#[pg_extern(sql = false)]
fn _clv_accuracy_step(call: Call) -> Outcome<Option<Returned>> {
    portable::step(&call, |sums: &mut Sums| {
        if let (Some(predicted), Some(actual)) = (call.float(1), call.float(2)) {
            sums.add_all(terms(predicted, actual).map_err(refused)?);
        }
        Ok(())
    })
}

#[pg_extern(sql = false)]
fn _clv_accuracy_final(call: Call) -> Outcome<Option<Returned>> {
    let Some(accuracy) = Sums::finished(&call)?.and_then(Accuracy::of) else { return Ok(None) };
    call.row(&[
        Field::Bigint(accuracy.customers as i64),
        Field::Float(accuracy.predicted),
        Field::Float(accuracy.actual),
        Field::Float(accuracy.bias),
        Field::Float(accuracy.mean_absolute_error),
        Field::Float(accuracy.root_mean_square_error),
    ])
    .map(Some)
}
