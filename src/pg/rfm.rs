//! RFM scores: the window function rfm_score, thresholds that keep a scoring for next month.
//! How a rank or a threshold becomes a score stands in maths::rfm.

use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

use super::error::{Outcome, invalid, missing};
use super::raw::{Call, Cell, Field, Record, Returned, Window, check_interrupts};
use crate::maths::rfm::{self, Bins, Measures, Method, Score};

const INFINITE_DATES: [i32; 2] = [i32::MIN, i32::MAX];
const INFINITE_TIMESTAMPS: [i64; 2] = [i64::MIN, i64::MAX];

/// Days since the last order.
fn days(recency: f64) -> Outcome<f64> {
    if recency >= 0.0 && recency.is_finite() {
        return Ok(recency);
    }
    Err(invalid(
        "recency must be a finite number of at least 0",
        format!("recency is {recency}."),
        "Pass the days since the last order, or the date of the last order itself.",
    ))
}

/// The last order counts from the future backwards, so that less is better as with days.
fn last_day(day: i32) -> Outcome<f64> {
    if INFINITE_DATES.contains(&day) { Err(infinite_order()) } else { Ok(-f64::from(day)) }
}

fn last_moment(micros: i64) -> Outcome<f64> {
    if INFINITE_TIMESTAMPS.contains(&micros) { Err(infinite_order()) } else { Ok(-(micros as f64)) }
}

fn infinite_order() -> ErrorReport {
    invalid(
        "the last order is at infinity",
        "A customer's recency needs a date on the calendar.",
        "Correct the date or filter the row out: WHERE isfinite(ordered_at).",
    )
}

fn finite(name: &str, value: f64) -> Outcome<f64> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(invalid(
        format!("{name} is not finite"),
        format!("{name} is {value}."),
        "Filter such customers out, or pass NULL for an unknown value.",
    ))
}

/// Recency in days, frequency and monetary of a clv_summary; NaN stands for NULL. The summary's
/// own `recency` is another thing: it runs from the first to the last purchase.
fn of_summary(mut record: Record) -> Outcome<[f64; 3]> {
    let frequency = record.int();
    let (_recency, _age, monetary) = (record.float(), record.float(), record.float());
    let (_orders, _revenue, _first) = (record.bigint(), record.float(), record.date());
    let (last, as_of) = (record.date(), record.date());
    let recency = match (last, as_of) {
        (Some(last), Some(as_of)) => days(last_day(last)? - last_day(as_of)?)?,
        _ => f64::NAN,
    };
    let monetary = monetary.map(|value| finite("monetary", value)).transpose()?;
    Ok([recency, frequency.map_or(f64::NAN, f64::from), monetary.unwrap_or(f64::NAN)])
}

pub fn bins(given: Option<i32>) -> Outcome<Bins> {
    let hint = "Use bins => 5, the default, for scores from 1 to 5.";
    let Some(given) = given else {
        return Err(missing("bins is NULL", "The number of scores must be known.", hint));
    };
    Bins::new(i64::from(given)).ok_or_else(|| {
        let range = format!("bins must be from {} to {}", Bins::MIN, Bins::MAX);
        invalid(range, format!("bins is {given}."), hint)
    })
}

/// The composite rfm.
fn row(call: &Call, score: Score, bins: Bins) -> Outcome<Returned> {
    let Score { r, f, m } = score;
    let [r, f, m, bins] = [r, f, m, bins.get()].map(|value| Field::Int(i32::from(value)));
    call.row(&[r, f, m, Field::Text(&score.to_string()), bins])
}

/// The scores of a partition.
struct Scored {
    scores: Vec<Option<Score>>,
    bins: Bins,
}

/// `columns`: recency, frequency and monetary of every row, behind which come bins and ntile.
fn score_partition(
    call: &Call,
    arguments: usize,
    columns: impl FnOnce(&Window) -> Outcome<[Vec<f64>; 3]>,
) -> Outcome<Option<Returned>> {
    let window = call.window()?;
    let scored = window.kept(|| {
        let bins = bins(window.current(arguments).int())?;
        let method = match window.current(arguments + 1).boolean() {
            Some(true) => Method::Ntile,
            _ => Method::PercentRank,
        };
        let [recency, frequency, monetary] = &columns(&window)?;
        let measures = Measures { recency, frequency, monetary };
        Ok(Scored { scores: rfm::scores(measures, bins, method, &mut check_interrupts), bins })
    })?;
    let score = scored.scores.get(window.position()).copied().flatten();
    score.map(|score| row(call, score, scored.bins)).transpose()
}

/// A column of numbers; NaN stands for NULL.
fn column(
    window: &Window,
    argument: usize,
    read: impl Fn(Cell) -> Option<Outcome<f64>>,
) -> Outcome<Vec<f64>> {
    let mut values = Vec::with_capacity(window.rows());
    window.column(argument, |cell| {
        values.push(read(cell).unwrap_or(Ok(f64::NAN))?);
        Ok(())
    })?;
    Ok(values)
}

fn score_columns(
    call: &Call,
    recency: impl Fn(Cell) -> Option<Outcome<f64>>,
) -> Outcome<Option<Returned>> {
    score_partition(call, 3, |window| {
        Ok([
            column(window, 0, recency)?,
            column(window, 1, |cell| cell.float().map(|value| finite("frequency", value)))?,
            column(window, 2, |cell| cell.float().map(|value| finite("monetary", value)))?,
        ])
    })
}

#[pg_extern(sql = false)]
fn rfm_score(call: Call) -> Outcome<Option<Returned>> {
    score_columns(&call, |cell| cell.float().map(days))
}

#[pg_extern(sql = false)]
fn rfm_score_date(call: Call) -> Outcome<Option<Returned>> {
    score_columns(&call, |cell| cell.date().map(last_day))
}

#[pg_extern(sql = false)]
fn rfm_score_timestamp(call: Call) -> Outcome<Option<Returned>> {
    score_columns(&call, |cell| cell.timestamp().map(last_moment))
}

#[pg_extern(sql = false)]
fn rfm_score_summary(call: Call) -> Outcome<Option<Returned>> {
    score_partition(&call, 1, |window| {
        let mut columns = [(); 3].map(|()| Vec::with_capacity(window.rows()));
        window.each(0, |bytes| {
            let customer =
                bytes.map_or(Ok([f64::NAN; 3]), |bytes| of_summary(Record::new(bytes)))?;
            columns.iter_mut().zip(customer).for_each(|(column, value)| column.push(value));
            Ok(())
        })?;
        Ok(columns)
    })
}
