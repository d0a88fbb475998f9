//! The fit aggregates. Rows are folded as they come in, so that a state holds one entry for each
//! distinct history; the final function climbs the likelihood and writes a clv_model.

use std::rc::Rc;

use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use serde_json::{Map, Value};

use super::customer::{Customer, check_discrete, is_count, spend};
use super::error::{Outcome, invalid, too_large};
use super::model::{Circumstances, Form, Kind, OfSpend, fitted};
use super::observation::{MIXED_AS_OF, Observation};
use super::portable::{self, Portable, Reader, Writer};
use super::raw::{Call, Returned, check_interrupts, parse_interval};
use super::time::Unit;
use crate::maths::bg_bb::BgBb;
use crate::maths::bg_nbd::BgNbd;
use crate::maths::border::Border;
use crate::maths::counted::{Counted, Row};
use crate::maths::covariates::Design;
use crate::maths::error::written;
use crate::maths::fit::{Fit, InvalidOption, Options};
use crate::maths::gamma_gamma::{GammaGamma, Spend, correlation, influence, largest_share};
use crate::maths::history::{Folded, History};
use crate::maths::mbg_nbd::MbgNbd;
use crate::maths::memory;
use crate::maths::nbd::Nbd;
use crate::maths::pareto_nbd::ParetoNbd;

/// The largest state of one group, in bytes, while it grows: about twenty million distinct
/// histories.
const MEMORY_LIMIT: usize = 1 << 30;

/// What a fit has collected of its group.
pub struct State<R> {
    pub rows: Counted<R>,
    /// Rows with a NULL.
    pub skipped: u64,
    /// Customers that a spend model has no use for.
    left_out: u64,
    pub observation: Observation,
    pub options: Option<Rc<Value>>,
}

/// The option of a fit with covariates by which some have one coefficient for both processes.
pub const EQUAL: &str = "equal";

/// A row that can be collected and travel between processes.
pub trait Collected: Row + 'static {
    const SIZE: usize;
    /// Whether the row would be another one had the observation ended on another day.
    const DEPENDS_ON_AS_OF: bool;
    fn write(&self, bytes: &mut Writer);
    /// From SIZE bytes.
    fn read(bytes: &[u8]) -> Option<Self>;
}

pub fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

impl Collected for Folded {
    const SIZE: usize = 24;
    const DEPENDS_ON_AS_OF: bool = true;

    fn write(&self, bytes: &mut Writer) {
        bytes.extend(self.x.to_le_bytes());
        bytes.extend(self.customers.to_le_bytes());
        bytes.extend(self.t_x.to_le_bytes());
        bytes.extend(self.age.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Some(Folded {
            x: u32::from_le_bytes(field(bytes, 0)?),
            customers: u32::from_le_bytes(field(bytes, 4)?),
            t_x: f64::from_le_bytes(field(bytes, 8)?),
            age: f64::from_le_bytes(field(bytes, 16)?),
        })
    }
}

impl Collected for Spend {
    const SIZE: usize = 16;
    const DEPENDS_ON_AS_OF: bool = false;

    fn write(&self, bytes: &mut Writer) {
        bytes.extend(self.x.to_le_bytes());
        bytes.extend(self.customers.to_le_bytes());
        bytes.extend(self.mean.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Some(Spend {
            x: u32::from_le_bytes(field(bytes, 0)?),
            customers: u32::from_le_bytes(field(bytes, 4)?),
            mean: f64::from_le_bytes(field(bytes, 8)?),
        })
    }
}

impl<R> Default for State<R> {
    fn default() -> Self {
        State {
            rows: Counted::default(),
            skipped: 0,
            left_out: 0,
            observation: Observation::default(),
            options: None,
        }
    }
}

/// That a state that grows to so many bytes is not too large.
pub fn check_memory(bytes: usize) -> Outcome<()> {
    if bytes <= MEMORY_LIMIT {
        return Ok(());
    }
    Err(too_large(
        "too many distinct customers for one fit",
        format!("Their histories would take more than {MEMORY_LIMIT} bytes."),
        "Fit a random sample, or a model per segment with GROUP BY.",
    ))
}

impl<R: Collected> State<R> {
    pub fn push(&mut self, row: R) -> Outcome<()> {
        check_memory(self.rows.memory_to_grow())?;
        self.rows.push(row);
        Ok(())
    }

    fn merge_rows(&mut self, rows: &Counted<R>) -> Outcome<()> {
        if self.rows.memory_to_merge(rows) <= MEMORY_LIMIT {
            self.rows.merge(rows);
            return Ok(());
        }
        rows.as_slice().iter().try_for_each(|&row| self.push(row))
    }

    /// Takes in all of another state but its rows.
    pub fn merge_all_but_rows(&mut self, other: &Self) -> Outcome<()> {
        self.skipped += other.skipped;
        self.left_out += other.left_out;
        self.agree_on_options(other.options.clone())?;
        self.agree(other.observation)
    }

    /// Takes in options, which must be those of the other rows.
    pub fn agree_on_options(&mut self, options: Option<Rc<Value>>) -> Outcome<()> {
        agree_on_options(&mut self.options, options)
    }

    /// Takes in what rows have in common with those that are there.
    pub fn agree(&mut self, observation: Observation) -> Outcome<()> {
        agree::<R>(&mut self.observation, observation, self.options.as_deref())
    }
}

/// Takes in what a row has in common with those that are there.
pub fn agree<R: Collected>(
    known: &mut Observation,
    new: Observation,
    options: Option<&Value>,
) -> Outcome<()> {
    match R::DEPENDS_ON_AS_OF {
        true => known.agree(new, options),
        false => known.agree_on_unit(new),
    }
}

/// Where the transition functions of one signature find what follows the customer.
#[derive(Clone, Copy)]
pub struct Tail {
    pub weight: Option<usize>,
    pub options: Option<usize>,
}

/// The number of customers that the row stands for; none if NULL.
pub fn weight(call: &Call, at: Option<usize>) -> Outcome<Option<u32>> {
    let Some(at) = at else { return Ok(Some(1)) };
    let Some(weight) = call.float(at) else { return Ok(None) };
    if is_count(weight) {
        return Ok(Some(weight as u32));
    }
    Err(invalid(
        "weight is not a whole number of at least 0",
        format!("weight is {}.", written(weight)),
        "The weight counts the customers that share the row's history.",
    ))
}

/// What a row adds to a fit: none if it is to be left out.
pub type Contribution<R> = (Option<R>, Observation);

/// One row: `read` gives what it adds, or none if it has a NULL.
fn step<R: Collected>(
    call: &Call,
    tail: Tail,
    read: impl FnOnce(u32) -> Outcome<Option<Contribution<R>>>,
) -> Outcome<Option<Returned>> {
    portable::step(call, |state: &mut State<R>| {
        if let Some(i) = tail.options {
            state.agree_on_options(options_argument(call, i)?)?;
        }
        match weight(call, tail.weight)? {
            None => state.skipped += 1,
            Some(0) => {}
            Some(customers) => match read(customers)? {
                None => state.skipped += u64::from(customers),
                Some((row, observation)) => {
                    state.agree(observation)?;
                    match row {
                        Some(row) => state.push(row)?,
                        None => state.left_out += u64::from(customers),
                    }
                }
            },
        }
        Ok(())
    })
}

fn folded(customer: Customer, customers: u32) -> Contribution<Folded> {
    let History { x, t_x, age } = customer.history;
    let row = Folded { x: x as u32, customers, t_x: t_x + 0.0, age: age + 0.0 };
    (Some(row), Observation::of(&customer))
}

pub fn read_summary(call: &Call, n: u32) -> Outcome<Option<Contribution<Folded>>> {
    Ok(Customer::summary(call, 1)?.map(|customer| folded(customer, n)))
}

pub fn read_columns(call: &Call, n: u32) -> Outcome<Option<Contribution<Folded>>> {
    Ok(Customer::columns(call, 1)?.map(|customer| folded(customer, n)))
}

fn step_summary(call: &Call, tail: Tail) -> Outcome<Option<Returned>> {
    step(call, tail, |n| read_summary(call, n))
}

fn step_columns(call: &Call, tail: Tail) -> Outcome<Option<Returned>> {
    step(call, tail, |n| read_columns(call, n))
}

/// A spend model learns from repeat purchases of positive value.
fn spent(
    x: f64,
    monetary: Option<f64>,
    customers: u32,
    as_of: Option<i32>,
) -> Option<Contribution<Spend>> {
    // Spend has no unit of time.
    let observation = Observation { unit_days: None, as_of };
    if x == 0.0 {
        return Some((None, observation));
    }
    let mean = monetary?;
    Some(((mean > 0.0).then_some(Spend { x: x as u32, customers, mean }), observation))
}

pub fn read_spend_summary(call: &Call, n: u32) -> Outcome<Option<Contribution<Spend>>> {
    let customer = Customer::summary(call, 1)?;
    Ok(customer.and_then(|of| spent(of.history.x, of.monetary, n, of.as_of)))
}

pub fn read_spend_columns(call: &Call, n: u32) -> Outcome<Option<Contribution<Spend>>> {
    let Some(x) = call.float(1) else { return Ok(None) };
    if !is_count(x) {
        return Err(invalid(
            "frequency is not a whole number of at least 0",
            format!("frequency is {}.", written(x)),
            "frequency counts purchase days after the first.",
        ));
    }
    let monetary = call.float(2).map(|value| spend("monetary", value)).transpose()?;
    Ok(spent(x, monetary, n, None))
}

fn spend_step_summary(call: &Call, tail: Tail) -> Outcome<Option<Returned>> {
    step(call, tail, |n| read_spend_summary(call, n))
}

fn spend_step_columns(call: &Call, tail: Tail) -> Outcome<Option<Returned>> {
    step(call, tail, |n| read_spend_columns(call, n))
}

const PLAIN: Tail = Tail { weight: None, options: None };

#[pg_extern(sql = false)]
fn _clv_fit_step_summary(call: Call) -> Outcome<Option<Returned>> {
    step_summary(&call, PLAIN)
}

#[pg_extern(sql = false)]
fn _clv_fit_step_summary_options(call: Call) -> Outcome<Option<Returned>> {
    step_summary(&call, Tail { options: Some(2), ..PLAIN })
}

#[pg_extern(sql = false)]
fn _clv_fit_step_columns(call: Call) -> Outcome<Option<Returned>> {
    step_columns(&call, PLAIN)
}

#[pg_extern(sql = false)]
fn _clv_fit_step_columns_options(call: Call) -> Outcome<Option<Returned>> {
    step_columns(&call, Tail { options: Some(4), ..PLAIN })
}

#[pg_extern(sql = false)]
fn _clv_fit_step_weighted(call: Call) -> Outcome<Option<Returned>> {
    step_columns(&call, Tail { weight: Some(4), ..PLAIN })
}

#[pg_extern(sql = false)]
fn _clv_fit_step_weighted_options(call: Call) -> Outcome<Option<Returned>> {
    step_columns(&call, Tail { weight: Some(4), options: Some(5) })
}

#[pg_extern(sql = false)]
fn _clv_spend_step_summary(call: Call) -> Outcome<Option<Returned>> {
    spend_step_summary(&call, PLAIN)
}

#[pg_extern(sql = false)]
fn _clv_spend_step_summary_options(call: Call) -> Outcome<Option<Returned>> {
    spend_step_summary(&call, Tail { options: Some(2), ..PLAIN })
}

#[pg_extern(sql = false)]
fn _clv_spend_step_columns(call: Call) -> Outcome<Option<Returned>> {
    spend_step_columns(&call, PLAIN)
}

#[pg_extern(sql = false)]
fn _clv_spend_step_columns_options(call: Call) -> Outcome<Option<Returned>> {
    spend_step_columns(&call, Tail { options: Some(3), ..PLAIN })
}

#[pg_extern(sql = false)]
fn _clv_spend_step_weighted(call: Call) -> Outcome<Option<Returned>> {
    spend_step_columns(&call, Tail { weight: Some(3), ..PLAIN })
}

#[pg_extern(sql = false)]
fn _clv_spend_step_weighted_options(call: Call) -> Outcome<Option<Returned>> {
    spend_step_columns(&call, Tail { weight: Some(3), options: Some(4) })
}

impl<R: Collected> Portable for State<R> {
    fn merge(&mut self, other: &Self) -> Outcome<()> {
        self.merge_all_but_rows(other)?;
        self.merge_rows(&other.rows)
    }

    fn write(&mut self, bytes: &mut Writer) {
        bytes.extend(self.skipped.to_le_bytes());
        bytes.extend(self.left_out.to_le_bytes());
        self.observation.write(bytes);
        write_options(self.options.as_deref(), bytes);
        let rows = self.rows.fold();
        bytes.extend((rows.len() as u64).to_le_bytes());
        bytes.reserve(R::SIZE * rows.len());
        rows.iter().for_each(|row| row.write(bytes));
    }

    fn read(bytes: &mut Reader) -> Option<Self> {
        let (skipped, left_out) = (bytes.word()?, bytes.word()?);
        let observation = Observation::read(bytes)?;
        let options = read_options(bytes)?;
        let count = bytes.count(R::SIZE)?;
        let mut rows = memory::room(count);
        for row in bytes.bytes(count * R::SIZE)?.chunks_exact(R::SIZE) {
            rows.push(R::read(row)?);
        }
        let rows = Counted::from_sorted(rows)?;
        Some(State { rows, skipped, left_out, observation, options })
    }
}

/// Options as they were written, decoded once.
pub fn options_argument(call: &Call, i: usize) -> Outcome<Option<Rc<Value>>> {
    call.decoded(i, |call| Ok(call.json(i).unwrap_or_default()))
}

/// Rows of one fit have one and the same options.
pub fn agree_on_options(known: &mut Option<Rc<Value>>, new: Option<Rc<Value>>) -> Outcome<()> {
    match (&known, new) {
        (Some(known), Some(new)) if !Rc::ptr_eq(known, &new) && **known != *new => Err(invalid(
            "options must be the same for all rows of a fit",
            format!("They are {known} in one row and {new} in another."),
            "Pass a constant, or group by what the options depend on.",
        )),
        (None, Some(new)) => {
            *known = Some(new);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Options as JSON, none as no text.
pub fn write_options(options: Option<&Value>, bytes: &mut Writer) {
    let text = options.map_or(String::new(), Value::to_string);
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

pub fn read_options(bytes: &mut Reader) -> Option<Option<Rc<Value>>> {
    let length = bytes.count(1)?;
    match bytes.bytes(length)? {
        [] => Some(None),
        text => serde_json::from_slice(text).ok().map(|value| Some(Rc::new(value))),
    }
}

#[pg_extern(sql = false)]
fn _clv_fit_combine(call: Call) -> Outcome<Option<Returned>> {
    portable::combine::<State<Folded>>(&call)
}

#[pg_extern(sql = false)]
fn _clv_fit_serialize(call: Call) -> Outcome<Option<Returned>> {
    portable::serialize::<State<Folded>>(&call)
}

#[pg_extern(sql = false)]
fn _clv_fit_deserialize(call: Call) -> Outcome<Option<Returned>> {
    portable::deserialize::<State<Folded>>(&call)
}

#[pg_extern(sql = false)]
fn _clv_spend_combine(call: Call) -> Outcome<Option<Returned>> {
    portable::combine::<State<Spend>>(&call)
}

#[pg_extern(sql = false)]
fn _clv_spend_serialize(call: Call) -> Outcome<Option<Returned>> {
    portable::serialize::<State<Spend>>(&call)
}

#[pg_extern(sql = false)]
fn _clv_spend_deserialize(call: Call) -> Outcome<Option<Returned>> {
    portable::deserialize::<State<Spend>>(&call)
}

/// The options of a fit as the caller wrote them.
pub fn options(
    kind: Kind,
    design: &Design,
    written: Option<&Value>,
) -> Outcome<(Options, Option<f64>)> {
    let mut options = Options::default();
    let mut unit_days = None;
    let Some(written) = written.filter(|value| !value.is_null()) else {
        return Ok((options, unit_days));
    };
    let Value::Object(map) = written else { return Err(bad_options(written.to_string())) };
    for (key, value) in map {
        match (key.as_str(), value) {
            ("penalty", Value::Number(number)) => {
                options.penalty = number.as_f64().unwrap_or(f64::NAN)
            }
            ("tolerance", Value::Number(number)) => {
                options.tolerance = number.as_f64().unwrap_or(f64::NAN);
            }
            ("max_iterations", Value::Number(number)) => {
                let limit = number.as_u64().and_then(|limit| u32::try_from(limit).ok());
                options.max_iterations =
                    limit.ok_or_else(|| bad_options(format!("max_iterations is {number}")))?;
            }
            ("start", Value::Object(start)) => options.start = starting_point(kind, design, start)?,
            ("unit", Value::String(unit)) => unit_days = Some(unit_option(unit)?),
            // Heeded while the rows come in.
            (MIXED_AS_OF, Value::Bool(_)) => {}
            // Heeded by the design.
            (EQUAL, Value::Array(_)) if design.effects().is_some() => {}
            (
                "penalty" | "tolerance" | "max_iterations" | "start" | "unit" | MIXED_AS_OF,
                other,
            ) => {
                return Err(bad_options(format!("{key} is {other}")));
            }
            _ => return Err(bad_options(format!("\"{key}\" is not known"))),
        }
    }
    Ok((options, unit_days))
}

/// None for the parameters of a limit of the model, such as those of last month's: what is gone does
/// not say where to begin.
fn starting_point(
    kind: Kind,
    design: &Design,
    start: &Map<String, Value>,
) -> Outcome<Option<Vec<f64>>> {
    let of_limit = |border: &Border| {
        border.parameters.len() == start.len()
            && border.parameters.iter().all(|&name| start.get(name).is_some_and(Value::is_number))
    };
    if kind.borders().iter().any(of_limit) {
        return Ok(None);
    }
    let names = Form { kind, border: None }.names(design);
    if let Some(unknown) = start.keys().find(|key| !names.contains(key)) {
        return Err(bad_options(format!("start has no parameter \"{unknown}\"")));
    }
    let value = |name: &String| {
        let value = start.get(name).and_then(Value::as_f64);
        value.ok_or_else(|| bad_options(format!("start lacks a number for {name}")))
    };
    names.iter().map(value).collect::<Outcome<_>>().map(Some)
}

fn unit_option(unit: &str) -> Outcome<f64> {
    Unit::from_span(parse_interval(unit)?).map(Unit::length)
}

/// What the customers have in common, in the unit of the options if they have none.
pub fn of_fit(customers: Observation, option: Option<f64>) -> Outcome<Observation> {
    match (customers.unit_days, option) {
        (Some(known), Some(option)) if known != option => Err(invalid(
            "invalid options of a fit",
            format!("unit is {option} days long, that of the customers {known}."),
            "Leave the option unit out: summaries know theirs.",
        )),
        (known, option) => Ok(Observation { unit_days: known.or(option), ..customers }),
    }
}

pub fn bad_options(detail: String) -> ErrorReport {
    invalid(
        "invalid options of a fit",
        format!("{detail}."),
        "options is a JSON object with any of penalty, start, max_iterations, tolerance, unit, mixed_as_of: '{\"penalty\": 0.01}'.",
    )
}

/// Refuses rows that the model is not made for.
type Check<R> = fn(&[R]) -> Outcome<()>;

/// What a spend model reports of its rows beside the fit.
type Description<R> = fn(&[R], &State<R>, &Fit, &Options) -> Option<OfSpend>;

type Fitter<R> = fn(&[R], &Options, &mut dyn FnMut()) -> Result<Fit, InvalidOption>;

fn finish<R: Collected>(
    call: &Call,
    kind: Kind,
    check: Check<R>,
    fitter: Fitter<R>,
    describe: Description<R>,
) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(state) = call.state::<State<R>>(0) else { return Ok(None) };
    let design = Design::default();
    let (options, unit_option) = options(kind, &design, state.options.as_deref())?;
    let observation = of_fit(state.observation, unit_option)?;
    state.rows.fold();
    let rows = state.rows.as_slice();
    check(rows)?;
    let fit = fitter(rows, &options, &mut check_interrupts)
        .map_err(|option| bad_options(option.to_string()))?;
    let of_spend = describe(rows, state, &fit, &options);
    let beside = Circumstances { skipped: state.skipped, of_spend, observation, design };
    call.returned_json(fitted(kind, fit, beside)?).map(Some)
}

/// The final function of a model that needs nothing beside its rows.
macro_rules! fit_final {
    ($name:ident, $model:ident, $kind:ident) => {
        #[pg_extern(sql = false)]
        fn $name(call: Call) -> Outcome<Option<Returned>> {
            finish(&call, Kind::$kind, |_| Ok(()), $model::fit, |_, _, _, _| None)
        }
    };
}

fit_final!(_nbd_fit_final, Nbd, Nbd);
fit_final!(_bgnbd_fit_final, BgNbd, BgNbd);
fit_final!(_mbgnbd_fit_final, MbgNbd, MbgNbd);
fit_final!(_pnbd_fit_final, ParetoNbd, ParetoNbd);

#[pg_extern(sql = false)]
fn _bgbb_fit_final(call: Call) -> Outcome<Option<Returned>> {
    let check = |rows: &[Folded]| rows.iter().try_for_each(|row| check_discrete(row.history()));
    finish(&call, Kind::BgBb, check, BgBb::fit, |_, _, _, _| None)
}

#[pg_extern(sql = false)]
fn _gamma_gamma_fit_final(call: Call) -> Outcome<Option<Returned>> {
    let describe = |rows: &[Spend], state: &State<Spend>, fit: &Fit, options: &Options| {
        Some(OfSpend {
            left_out: state.left_out,
            correlation: correlation(rows),
            largest_share: largest_share(rows),
            influence: Some(influence(rows, fit, options, &mut check_interrupts)),
        })
    };
    finish(&call, Kind::GammaGamma, |_| Ok(()), GammaGamma::fit, describe)
}
