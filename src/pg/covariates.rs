//! Fits with static covariates of the customers, and the model of a customer with given ones.

use std::rc::Rc;

use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use serde_json::Value;

use super::contract::check_periods;
use super::customer::Customer;
use super::error::{Outcome, invalid, refused};
use super::fit::{
    Collected, Contribution, EQUAL, Tail, agree, agree_on_options, bad_options, check_memory,
    of_fit, options, options_argument, read_columns, read_options, read_spend_columns,
    read_spend_summary, read_summary, weight, write_options,
};
use super::model::{Circumstances, Kind, MOST_COVARIATES, Model, OfSpend, fitted, given};
use super::observation::Observation;
use super::portable::{self, Portable, Reader, Writer, write_floats};
use super::raw::{Call, Returned, check_interrupts};
use super::tenure::Form;
use crate::maths::bg_nbd::BgNbd;
use crate::maths::covariate_fit::fit_with_covariates;
use crate::maths::covariate_rows::{CovariateGroup, CovariateRows, Refused};
use crate::maths::covariates::{Design, WithCovariates, count_in_words};
use crate::maths::error::written;
use crate::maths::gamma_gamma::{GammaGamma, Spend, correlation, largest_share};
use crate::maths::history::Folded;
use crate::maths::mbg_nbd::MbgNbd;
use crate::maths::memory::collected;
use crate::maths::pareto_nbd::ParetoNbd;
use crate::maths::sbg::Sbg;
use crate::maths::survival::Tenure;

/// What a fit with covariates has collected of its group.
struct State<R> {
    rows: CovariateRows<R>,
    skipped: u64,
    /// Customers that a spend model has no use for.
    left_out: u64,
    observation: Observation,
    options: Option<Rc<Value>>,
}

impl<R> Default for State<R> {
    fn default() -> Self {
        State {
            rows: CovariateRows::default(),
            skipped: 0,
            left_out: 0,
            observation: Observation::default(),
            options: None,
        }
    }
}

impl<R: Collected> State<R> {
    fn push(&mut self, row: R, covariates: &Covariates) -> Outcome<()> {
        check_memory(self.rows.memory_to_grow())?;
        let Covariates { arrays, values, lengths } = covariates;
        self.rows.add(row, values, arrays, lengths).map_err(|refusal| {
            let remedy = match refusal {
                Refused::TooMany => "Fit a random sample.",
                Refused::Covariates { .. } => "Give every customer an array of the same length.",
            };
            invalid("covariates cannot be taken in", refusal.to_string(), remedy)
        })
    }
}

impl<R: Collected> Portable for State<R> {
    fn merge(&mut self, other: &Self) -> Outcome<()> {
        self.skipped += other.skipped;
        self.left_out += other.left_out;
        agree_on_options(&mut self.options, other.options.clone())?;
        agree::<R>(&mut self.observation, other.observation, self.options.as_deref())?;
        let arrays = if other.rows.lengths().len() > 1 { PROCESSES } else { ONE };
        let lengths = other.rows.lengths().to_vec(); // small
        let mut covariates = Covariates { arrays, lengths, values: Vec::new() };
        other.rows.iter().try_for_each(|(row, values)| {
            covariates.values.clear();
            covariates.values.extend_from_slice(values);
            self.push(row, &covariates)
        })
    }

    fn write(&mut self, bytes: &mut Writer) {
        bytes.extend(self.skipped.to_le_bytes());
        bytes.extend(self.left_out.to_le_bytes());
        self.observation.write(bytes);
        write_options(self.options.as_deref(), bytes);
        let groups = self.rows.groups();
        let lengths = self.rows.lengths();
        bytes.extend((lengths.len() as u64).to_le_bytes());
        lengths.iter().for_each(|&length| bytes.extend((length as u64).to_le_bytes()));
        bytes.extend((groups.len() as u64).to_le_bytes());
        for CovariateGroup { covariates, rows } in &groups {
            write_floats(covariates, bytes);
            bytes.extend((rows.len() as u64).to_le_bytes());
            rows.iter().for_each(|row| row.write(bytes));
        }
    }

    fn read(bytes: &mut Reader) -> Option<Self> {
        let mut state = State {
            skipped: bytes.word()?,
            left_out: bytes.word()?,
            observation: Observation::read(bytes)?,
            options: read_options(bytes)?,
            rows: CovariateRows::default(),
        };
        let mut lengths = Vec::new();
        for _ in 0..bytes.count(8).filter(|&arrays| arrays <= PROCESSES.len())? {
            lengths.push(usize::try_from(bytes.word()?).ok()?);
        }
        let width = lengths.iter().try_fold(0_usize, |sum, &length| sum.checked_add(length))?;
        for _ in 0..bytes.count(8)? {
            let covariates = bytes.floats()?;
            if covariates.len() != width {
                return None;
            }
            for _ in 0..bytes.count(R::SIZE)? {
                let row = R::read(bytes.bytes(R::SIZE)?)?;
                state.rows.add(row, &covariates, ONE, &lengths).ok()?;
            }
        }
        Some(state)
    }
}

/// The arrays of a purchase model, and the only one of other models.
const PROCESSES: &[&str] = BgNbd::EFFECTS.processes;
const ONE: &[&str] = &["covariates"];

/// The covariates of a customer: all arrays, one after the other.
struct Covariates {
    arrays: &'static [&'static str],
    lengths: Vec<usize>,
    values: Vec<f64>,
}

/// The arrays of covariates from argument `first` on; none if one of them, or an element, is NULL.
fn covariates(
    call: &Call,
    first: usize,
    arrays: &'static [&'static str],
) -> Outcome<Option<Covariates>> {
    let mut all = Covariates { arrays, lengths: Vec::new(), values: Vec::new() };
    for (i, name) in arrays.iter().enumerate() {
        let Some(values) = call.floats(first + i).filter(|all| all.iter().all(Option::is_some))
        else {
            return Ok(None);
        };
        let values: Vec<f64> = collected(values.into_iter().flatten());
        if let Some(odd) = values.iter().position(|value| !value.is_finite()) {
            return Err(invalid(
                "covariates must be finite",
                format!("{name}[{}] is {}.", odd + 1, written(values[odd])),
                "Code a missing characteristic as a number of its own, or leave the customer out.",
            ));
        }
        if values.len() > MOST_COVARIATES {
            return Err(invalid(
                "too many covariates",
                format!("There are {}; at most {MOST_COVARIATES} are supported.", values.len()),
                "Choose the ones that matter; compare models by clv_compare_models.",
            ));
        }
        all.lengths.push(values.len());
        all.values.extend(values);
    }
    Ok(Some(all))
}

/// What a row adds to a fit, read from the arguments.
type ReadRow<R> = fn(&Call, u32) -> Outcome<Option<Contribution<R>>>;

/// Says of an error whose it is.
type Named = fn(&Call, ErrorReport) -> ErrorReport;

/// The first argument is a clv_summary.
fn by_summary(call: &Call, error: ErrorReport) -> ErrorReport {
    Customer::named(call, 1, error)
}

fn by_nothing(_call: &Call, error: ErrorReport) -> ErrorReport {
    error
}

/// (customer, arrays of covariates from argument `first` on [, weight] [, options]).
fn step<R: Collected>(
    call: &Call,
    (read, named): (ReadRow<R>, Named),
    first: usize,
    arrays: &'static [&'static str],
    tail: Tail,
) -> Outcome<Option<Returned>> {
    portable::step(call, |state: &mut State<R>| {
        if let Some(i) = tail.options {
            agree_on_options(&mut state.options, options_argument(call, i)?)?;
        }
        let named = |error| named(call, error);
        let Some(customers) = weight(call, tail.weight)? else {
            state.skipped += 1;
            return Ok(());
        };
        if customers == 0 {
            return Ok(());
        }
        let covariates = covariates(call, first, arrays).map_err(named)?;
        let (Some((row, observation)), Some(covariates)) = (read(call, customers)?, covariates)
        else {
            state.skipped += u64::from(customers);
            return Ok(());
        };
        agree::<R>(&mut state.observation, observation, state.options.as_deref())?;
        match row {
            Some(row) => state.push(row, &covariates).map_err(named),
            None => {
                state.left_out += u64::from(customers);
                Ok(())
            }
        }
    })
}

/// A contract; none also where nothing of it was observed.
fn contract(call: &Call, form: Form, n: u32) -> Outcome<Option<Contribution<Tenure>>> {
    let Some((tenure, observation)) = form.read(call, 1)? else { return Ok(None) };
    check_periods(&tenure)?;
    let tenure = Tenure { customers: u64::from(n), ..tenure };
    Ok(tenure.is_observed().then_some((Some(tenure), observation)))
}

fn read_plain(call: &Call, n: u32) -> Outcome<Option<Contribution<Tenure>>> {
    contract(call, Form::Plain, n)
}

fn read_late(call: &Call, n: u32) -> Outcome<Option<Contribution<Tenure>>> {
    contract(call, Form::Late, n)
}

fn read_contract(call: &Call, n: u32) -> Outcome<Option<Contribution<Tenure>>> {
    contract(call, Form::Contract, n)
}

fn read_dates(call: &Call, n: u32) -> Outcome<Option<Contribution<Tenure>>> {
    contract(call, Form::Dates, n)
}

/// A transition function: what it reads, where its covariates begin, and what follows them.
macro_rules! steps {
    ($($name:ident: $read:ident, $named:ident, $first:literal, $arrays:ident, $weight:expr, $options:expr;)*) => {
        $(#[pg_extern(sql = false)]
        fn $name(call: Call) -> Outcome<Option<Returned>> {
            step(&call, ($read, $named), $first, $arrays, Tail { weight: $weight, options: $options })
        })*
    };
}

steps! {
    _clv_covariates_step_summary: read_summary, by_summary, 2, PROCESSES, None, None;
    _clv_covariates_step_summary_options: read_summary, by_summary, 2, PROCESSES, None, Some(4);
    _clv_covariates_step_columns: read_columns, by_nothing, 4, PROCESSES, None, None;
    _clv_covariates_step_columns_options: read_columns, by_nothing, 4, PROCESSES, None, Some(6);
    _clv_covariates_step_weighted: read_columns, by_nothing, 4, PROCESSES, Some(6), None;
    _clv_covariates_step_weighted_options: read_columns, by_nothing, 4, PROCESSES, Some(6), Some(7);
    _clv_spend_covariates_step_summary: read_spend_summary, by_summary, 2, ONE, None, None;
    _clv_spend_covariates_step_summary_options: read_spend_summary, by_summary, 2, ONE, None, Some(3);
    _clv_spend_covariates_step_columns: read_spend_columns, by_nothing, 3, ONE, None, None;
    _clv_spend_covariates_step_columns_options: read_spend_columns, by_nothing, 3, ONE, None, Some(4);
    _clv_spend_covariates_step_weighted: read_spend_columns, by_nothing, 3, ONE, Some(4), None;
    _clv_spend_covariates_step_weighted_options: read_spend_columns, by_nothing, 3, ONE, Some(4), Some(5);
    _clv_tenure_covariates_step_plain: read_plain, by_nothing, 3, ONE, None, None;
    _clv_tenure_covariates_step_plain_options: read_plain, by_nothing, 3, ONE, None, Some(4);
    _clv_tenure_covariates_step_plain_weight: read_plain, by_nothing, 3, ONE, Some(4), None;
    _clv_tenure_covariates_step_plain_weight_options: read_plain, by_nothing, 3, ONE, Some(4), Some(5);
    _clv_tenure_covariates_step_late: read_late, by_nothing, 4, ONE, None, None;
    _clv_tenure_covariates_step_late_options: read_late, by_nothing, 4, ONE, None, Some(5);
    _clv_tenure_covariates_step_late_weight: read_late, by_nothing, 4, ONE, Some(5), None;
    _clv_tenure_covariates_step_late_weight_options: read_late, by_nothing, 4, ONE, Some(5), Some(6);
    _clv_tenure_covariates_step_contract: read_contract, by_nothing, 2, ONE, None, None;
    _clv_tenure_covariates_step_contract_options: read_contract, by_nothing, 2, ONE, None, Some(3);
    _clv_tenure_covariates_step_dates: read_dates, by_nothing, 5, ONE, None, None;
    _clv_tenure_covariates_step_dates_options: read_dates, by_nothing, 5, ONE, None, Some(6);
}

/// How states of one kind of row meet and travel.
macro_rules! travels {
    ($row:ident: $combine:ident, $serialize:ident, $deserialize:ident) => {
        #[pg_extern(sql = false)]
        fn $combine(call: Call) -> Outcome<Option<Returned>> {
            portable::combine::<State<$row>>(&call)
        }

        #[pg_extern(sql = false)]
        fn $serialize(call: Call) -> Outcome<Option<Returned>> {
            portable::serialize::<State<$row>>(&call)
        }

        #[pg_extern(sql = false)]
        fn $deserialize(call: Call) -> Outcome<Option<Returned>> {
            portable::deserialize::<State<$row>>(&call)
        }
    };
}

travels!(Folded: _clv_covariates_combine, _clv_covariates_serialize, _clv_covariates_deserialize);
travels!(Spend: _clv_spend_covariates_combine, _clv_spend_covariates_serialize, _clv_spend_covariates_deserialize);
travels!(Tenure: _clv_tenure_covariates_combine, _clv_tenure_covariates_serialize, _clv_tenure_covariates_deserialize);

/// The numbers of the covariates that shall have one coefficient for both processes.
fn equal(options: Option<&Value>) -> Outcome<Vec<usize>> {
    let Some(written) = options.and_then(|options| options.get(EQUAL)) else {
        return Ok(Vec::new());
    };
    let number = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok());
    let numbers = written.as_array().and_then(|all| all.iter().map(number).collect());
    numbers.ok_or_else(|| bad_equal(format!("equal is {written}.")))
}

fn bad_equal(detail: String) -> ErrorReport {
    invalid(
        "invalid constraint of a fit with covariates",
        detail,
        "equal has the numbers of covariates whose coefficients are the same for both processes: '{\"equal\": [1]}' for the first of each.",
    )
}

fn finish<M: WithCovariates>(
    call: &Call,
    kind: Kind,
    describe: fn(&[CovariateGroup<M::Row>], &State<M::Row>) -> Option<OfSpend>,
) -> Outcome<Option<Returned>>
where
    M::Row: Collected,
{
    call.aggregate()?;
    let Some(state) = call.state::<State<M::Row>>(0) else { return Ok(None) };
    let Some(effects) = kind.effects() else { return Ok(None) };
    let groups = state.rows.groups();
    let written = state.options.as_deref();
    let design = match state.rows.lengths() {
        [] => Design::none(Some(effects)),
        lengths => Design::new(effects, lengths, &equal(written)?)
            .map_err(|error| bad_equal(format!("Here {error}.")))?,
    };
    let (options, unit_option) = options(kind, &design, written)?;
    let observation = of_fit(state.observation, unit_option)?;
    let fit = fit_with_covariates::<M>(&groups, &design, &options, &mut check_interrupts)
        .map_err(|option| bad_options(option.to_string()))?;
    let of_spend = describe(&groups, state);
    let beside = Circumstances { skipped: state.skipped, of_spend, observation, design };
    call.returned_json(fitted(kind, fit, beside)?).map(Some)
}

#[pg_extern(sql = false)]
fn _bgnbd_fit_covariates_final(call: Call) -> Outcome<Option<Returned>> {
    finish::<BgNbd>(&call, Kind::BgNbd, |_, _| None)
}

#[pg_extern(sql = false)]
fn _mbgnbd_fit_covariates_final(call: Call) -> Outcome<Option<Returned>> {
    finish::<MbgNbd>(&call, Kind::MbgNbd, |_, _| None)
}

#[pg_extern(sql = false)]
fn _pnbd_fit_covariates_final(call: Call) -> Outcome<Option<Returned>> {
    finish::<ParetoNbd>(&call, Kind::ParetoNbd, |_, _| None)
}

#[pg_extern(sql = false)]
fn _gamma_gamma_fit_covariates_final(call: Call) -> Outcome<Option<Returned>> {
    finish::<GammaGamma>(&call, Kind::GammaGamma, |groups, state| {
        let spends: Vec<Spend> = collected(groups.iter().flat_map(|group| &group.rows).copied());
        Some(OfSpend {
            left_out: state.left_out,
            correlation: correlation(&spends),
            largest_share: largest_share(&spends),
            influence: None,
        })
    })
}

#[pg_extern(sql = false)]
fn _sbg_fit_covariates_final(call: Call) -> Outcome<Option<Returned>> {
    finish::<Sbg>(&call, Kind::Sbg, |_, _| None)
}

/// (model, arrays of covariates): the model of a customer with these covariates.
#[pg_extern(sql = false)]
fn clv_model_for(call: Call) -> Outcome<Option<Returned>> {
    let Some(model) = Model::argument(&call, 0)? else { return Ok(None) };
    let arrays = if call.arguments() == 3 { PROCESSES } else { ONE };
    let Some(covariates) = covariates(&call, 1, arrays)? else { return Ok(None) };
    let Some(effects) = model.kind.effects().filter(|_| model.border.is_none()) else {
        return Err(model.unfit("model with covariates", "bgnbd_fit_covariates"));
    };
    if covariates.lengths != model.design.lengths() {
        let given = count_in_words(arrays, &covariates.lengths);
        return Err(invalid(
            "the model was fitted with another number of covariates",
            format!("It has {}; given: {given}.", model.covariates_in_words()),
            match effects.separate {
                true => {
                    "Give the covariates of a customer in the order in which the fit had them: clv_model_for(model, purchase, dropout)."
                }
                false => {
                    "Give the covariates of a customer in the order in which the fit had them: clv_model_for(model, covariates)."
                }
            },
        ));
    }
    if model.parameters.is_empty() {
        return Ok(None);
    }
    let parameters =
        model.design.of_customer(&model.parameters, &covariates.values).map_err(refused)?;
    model.kind.inside(&parameters).map_err(refused)?;
    let origin = "parameters of a fit, for the given covariates";
    call.returned_json(given(
        model.kind,
        &parameters,
        model.unit_days,
        model.as_of.clone(),
        origin,
    )?)
    .map(Some)
}
