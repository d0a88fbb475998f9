//! RFM scores: the window function rfm_score, thresholds that keep a scoring for next month.
//! How a rank or a threshold becomes a score stands in maths::rfm.

use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

use super::argument::{complete, finite, shown};
use super::customer::of_customer;
use super::error::{Outcome, invalid, missing, too_large};
use super::observation;
use super::portable::{
    Constant, Portable, Reader, Writer, combine, deserialize, serialize, step, write_floats,
};
use super::raw::{Call, Cell, Field, Record, Repeated, Returned, Window, check_interrupts};
use crate::maths::memory::{self, Grow};
use crate::maths::rfm::{self, Bins, Measures, Method, Score, Thresholds};

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
    let is_infinite = INFINITE_DATES.contains(&day);
    if is_infinite { Err(infinite_order(day > 0)) } else { Ok(-f64::from(day)) }
}

fn last_moment(micros: i64) -> Outcome<f64> {
    let is_infinite = INFINITE_TIMESTAMPS.contains(&micros);
    if is_infinite { Err(infinite_order(micros > 0)) } else { Ok(-(micros as f64)) }
}

fn infinite_order(after_all: bool) -> ErrorReport {
    invalid(
        "the last order is at infinity",
        format!("It is on {}infinity.", if after_all { "" } else { "-" }),
        "Correct the date or filter the row out: WHERE isfinite(ordered_at).",
    )
}

/// Recency in days, frequency and monetary of a clv_summary, NaN standing for NULL, and the day
/// that the recency is counted to. The summary's own `recency` is another thing: it runs from the
/// first to the last purchase.
fn of_summary(bytes: &[u8]) -> Outcome<([f64; 3], Option<i32>)> {
    measures(Record::new(bytes)).map_err(|error| of_customer(error, Record::new(bytes)))
}

fn measures(mut record: Record) -> Outcome<([f64; 3], Option<i32>)> {
    let frequency = record.int();
    let (_recency, _age, monetary) = (record.float(), record.float(), record.float());
    let (_orders, _revenue, _first) = (record.bigint(), record.float(), record.date());
    let (last, as_of) = (record.date(), record.date());
    let recency = match (last, as_of) {
        (Some(last), Some(as_of)) => days(last_day(last)? - last_day(as_of)?)?,
        _ => f64::NAN,
    };
    let monetary = monetary.map(|value| finite("monetary", value)).transpose()?;
    let frequency = frequency.map_or(f64::NAN, f64::from);
    Ok(([recency, frequency, monetary.unwrap_or(f64::NAN)], as_of))
}

/// Of customers observed up to different days the recencies cannot be ranked.
fn agree_on_as_of(known: &mut Option<i32>, new: Option<i32>) -> Outcome<()> {
    observation::agree_on_as_of(known, new, || {
        "or pass the columns recency, frequency and monetary".to_owned()
    })
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

/// Recency, frequency and monetary as plain columns from argument `i` on; NaN stands for NULL.
fn of_columns(call: &Call, i: usize) -> Outcome<[f64; 3]> {
    let number =
        |i: usize, check: &dyn Fn(f64) -> Outcome<f64>| call.float(i).map_or(Ok(f64::NAN), check);
    Ok([
        number(i, &days)?,
        number(i + 1, &|value| finite("frequency", value))?,
        number(i + 2, &|value| finite("monetary", value))?,
    ])
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
    /// Of each cell of the cube of scores the composite, once a customer has it.
    rows: Repeated,
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
        let scores = rfm::scores(measures, bins, method, &mut check_interrupts);
        let cells = usize::from(bins.get() + 1).pow(3);
        Ok(Scored { scores, bins, rows: window.repeated(cells) })
    })?;
    let Some(score) = scored.scores.get(window.position()).copied().flatten() else {
        return Ok(None);
    };
    let [r, f, m, side] = [score.r, score.f, score.m, scored.bins.get() + 1].map(usize::from);
    let cell = (r * side + f) * side + m;
    window.repeat(&scored.rows, cell, || row(call, score, scored.bins)).map(Some)
}

/// `recency` reads the first argument; NaN stands for NULL.
fn score_columns(
    call: &Call,
    recency: impl Fn(Cell) -> Option<Outcome<f64>>,
) -> Outcome<Option<Returned>> {
    score_partition(call, 3, |window| {
        let mut columns = [(); 3].map(|()| memory::room(window.rows()));
        window.columns([0, 1, 2], |[days, frequency, monetary]| {
            let customer = [
                recency(days),
                frequency.float().map(|value| finite("frequency", value)),
                monetary.float().map(|value| finite("monetary", value)),
            ];
            for (column, value) in columns.iter_mut().zip(customer) {
                column.push(value.unwrap_or(Ok(f64::NAN))?);
            }
            Ok(())
        })?;
        Ok(columns)
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
        let mut columns = [(); 3].map(|()| memory::room(window.rows()));
        let mut known = None;
        window.each(0, |bytes| {
            let (customer, as_of) = bytes.map_or(Ok(([f64::NAN; 3], None)), of_summary)?;
            agree_on_as_of(&mut known, as_of)?;
            columns.iter_mut().zip(customer).for_each(|(column, value)| column.push(value));
            Ok(())
        })?;
        Ok(columns)
    })
}

/// The largest state of one group, in bytes, so that it can be serialised: about forty million
/// customers.
const MEMORY_LIMIT: usize = 1_000_000_000;

/// The customers of which thresholds are wanted.
#[derive(Default)]
struct Population {
    bins: Constant,
    /// The day up to which they were observed, if they came as summaries.
    as_of: Option<i32>,
    /// recency, frequency, monetary.
    columns: [Vec<f64>; 3],
}

impl Population {
    fn push(&mut self, customer: [f64; 3]) -> Outcome<()> {
        if self.columns[0].len() >= MEMORY_LIMIT / size_of_val(&customer) {
            return Err(too_large(
                "too many customers for one set of thresholds",
                format!("They would take more than {MEMORY_LIMIT} bytes."),
                "Use a random sample: it has the same thresholds but for chance.",
            ));
        }
        self.columns.iter_mut().zip(customer).for_each(|(column, value)| column.add(value));
        Ok(())
    }
}

impl Portable for Population {
    fn merge(&mut self, other: &Population) -> Outcome<()> {
        self.bins.merge("bins", &other.bins)?;
        agree_on_as_of(&mut self.as_of, other.as_of)?;
        (0..other.columns[0].len()).try_for_each(|customer| {
            self.push([0, 1, 2].map(|measure: usize| other.columns[measure][customer]))
        })
    }

    fn write(&mut self, bytes: &mut Writer) {
        self.bins.write(bytes);
        bytes.extend(self.as_of.map_or(i64::MIN, i64::from).to_le_bytes());
        self.columns.iter().for_each(|column| write_floats(column, bytes));
    }

    fn read(bytes: &mut Reader) -> Option<Population> {
        let bins = Constant::read(bytes)?;
        let as_of = i32::try_from(bytes.word()? as i64).ok();
        let columns = [bytes.floats()?, bytes.floats()?, bytes.floats()?];
        let equal = columns.iter().all(|column| column.len() == columns[0].len());
        equal.then_some(Population { bins, as_of, columns })
    }
}

/// One customer. One without recency or frequency, who cannot be scored, does not count.
fn add(
    call: &Call,
    (customer, as_of): ([f64; 3], Option<i32>),
    bins_at: usize,
) -> Outcome<Option<Returned>> {
    step(call, |population: &mut Population| {
        let bins = if call.arguments() > bins_at { bins(call.int(bins_at))? } else { Bins::FIVE };
        population.bins.agree("bins", f64::from(bins.get()))?;
        let [recency, frequency, _] = customer;
        if recency.is_nan() || frequency.is_nan() {
            return Ok(());
        }
        agree_on_as_of(&mut population.as_of, as_of)?;
        population.push(customer)
    })
}

/// (state, recency, frequency, monetary [, bins])
#[pg_extern(sql = false)]
fn _rfm_thresholds_step(call: Call) -> Outcome<Option<Returned>> {
    add(&call, (of_columns(&call, 1)?, None), 4)
}

/// (state, customer [, bins])
#[pg_extern(sql = false)]
fn _rfm_thresholds_step_summary(call: Call) -> Outcome<Option<Returned>> {
    let customer = call.bytes(1).map_or(Ok(([f64::NAN; 3], None)), of_summary)?;
    add(&call, customer, 2)
}

#[pg_extern(sql = false)]
fn _rfm_thresholds_combine(call: Call) -> Outcome<Option<Returned>> {
    combine::<Population>(&call)
}

#[pg_extern(sql = false)]
fn _rfm_thresholds_serialize(call: Call) -> Outcome<Option<Returned>> {
    serialize::<Population>(&call)
}

#[pg_extern(sql = false)]
fn _rfm_thresholds_deserialize(call: Call) -> Outcome<Option<Returned>> {
    deserialize::<Population>(&call)
}

#[pg_extern(sql = false)]
fn _rfm_thresholds_final(call: Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(Population { bins, columns, .. }) = call.state::<Population>(0) else {
        return Ok(None);
    };
    let [recency, frequency, monetary] = columns;
    let measures = Measures { recency, frequency, monetary };
    let bins = bins.value().and_then(|bins| Bins::new(bins as i64)).unwrap_or(Bins::FIVE);
    let Some(thresholds) = Thresholds::of(measures, bins, &mut check_interrupts) else {
        return Ok(None);
    };
    let fields = [thresholds.recency(), thresholds.frequency(), thresholds.monetary()];
    call.row(&fields.map(Field::Floats)).map(Some)
}

/// The composite rfm_thresholds in argument `i`.
fn thresholds(call: &Call, i: usize) -> Outcome<Thresholds> {
    let cuts = |field: i16, name: &str| {
        let hint = "Give all three lists, as rfm_thresholds does.";
        call.field_floats(i, field)
            .ok_or_else(|| missing(format!("{name} has no cut points"), "The list is NULL.", hint))
            .and_then(|cuts| complete(name, cuts))
    };
    let [recency, frequency, monetary] =
        [cuts(0, "recency")?, cuts(1, "frequency")?, cuts(2, "monetary")?];
    let [r, f, m] = [&recency, &frequency, &monetary].map(|cuts| shown(cuts));
    let written = format!("recency {r}, frequency {f}, monetary {m}.");
    Thresholds::new(recency, frequency, monetary).map_err(|error| {
        let hint = "A list says where the scores from 2 upwards begin: ROW('{180,90,30,7}', '{1,2,4,8}', '{20,50,100,250}')::rfm_thresholds.";
        invalid(error.to_string(), written, hint)
    })
}

fn score_by_thresholds(call: &Call, customer: [f64; 3], i: usize) -> Outcome<Option<Returned>> {
    let Some(thresholds) = call.decoded(i, |call| thresholds(call, i))? else { return Ok(None) };
    let [recency, frequency, monetary] = customer;
    let score = thresholds.score(recency, frequency, monetary);
    score.map(|score| row(call, score, thresholds.bins())).transpose()
}

/// (recency, frequency, monetary, thresholds)
#[pg_extern(sql = false)]
fn rfm_score_thresholds(call: Call) -> Outcome<Option<Returned>> {
    score_by_thresholds(&call, of_columns(&call, 0)?, 3)
}

/// (customer, thresholds)
#[pg_extern(sql = false)]
fn rfm_score_summary_thresholds(call: Call) -> Outcome<Option<Returned>> {
    let Some(bytes) = call.bytes(0) else { return Ok(None) };
    score_by_thresholds(&call, of_summary(bytes)?.0, 1)
}
