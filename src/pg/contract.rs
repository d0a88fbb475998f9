//! Contracts that are renewed or end: the fit of the sBG model, and what it says of retention,
//! survival and the lifetime still to come.

use pgrx::iter::TableIterator;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::name;

use super::argument::shown;
use super::error::{Outcome, invalid};
use super::fit::{bad_options, of_fit, options};
use super::model::{Circumstances, Kind, Model, fitted};
use super::predict::{discounting, finite};
use super::raw::{Call, Returned, check_interrupts};
use super::tenure::{Lifetimes, Seen};
use crate::maths::covariates::Design;
use crate::maths::error::written;
use crate::maths::memory::collected;
use crate::maths::sbg::{MAX_PERIODS, Sbg, in_whole_periods, tenures_of_cohort};
use crate::maths::survival::Tenure;

/// That a tenure can come about in the model.
pub fn check_periods(tenure: &Tenure) -> Outcome<()> {
    if in_whole_periods(tenure) {
        return Ok(());
    }
    let late = if tenure.entered > 0.0 {
        format!(", entered {}", written(tenure.entered))
    } else {
        String::new()
    };
    Err(invalid(
        "tenure is not a possible number of periods",
        format!("tenure is {}, churned {}{late}.", written(tenure.time), tenure.churned),
        &format!(
            "Count whole periods up to {MAX_PERIODS}; who churned has a tenure of at least 1. clv_tenure counts them by the calendar."
        ),
    ))
}

#[pg_extern(sql = false)]
fn _sbg_fit_final(call: Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(lifetimes) = call.state::<Lifetimes>(0) else { return Ok(None) };
    let tenures = lifetimes.tenures(0);
    tenures.iter().try_for_each(check_periods)?;
    let state = &lifetimes.state;
    let design = Design::default();
    let (options, unit_option) = options(Kind::Sbg, &design, state.options.as_deref())?;
    let observation = of_fit(state.observation, unit_option)?;
    let fit = Sbg::fit(&tenures, &options, &mut check_interrupts)
        .map_err(|option| bad_options(option.to_string()))?;
    let beside = Circumstances { skipped: state.skipped, of_spend: None, observation, design };
    call.returned_json(fitted(Kind::Sbg, fit, beside)?).map(Some)
}

/// A number of whole periods, at least `least`.
fn periods(name: &str, value: f64, least: f64) -> Outcome<f64> {
    if value >= least && value.fract() == 0.0 {
        return Ok(value);
    }
    Err(invalid(
        format!("{name} is not a whole number of at least {least}"),
        format!("{name} is {value}."),
        "Periods are counted from the start of the contract: 1, 2, 3 …",
    ))
}

/// (model, period).
fn of_period(call: &Call, least: f64, answer: fn(&Sbg, f64) -> f64) -> Outcome<Option<f64>> {
    let Some(model) = Model::argument(call, 0)? else { return Ok(None) };
    let (Some(sbg), Some(period)) = (model.contract()?, call.float(1)) else { return Ok(None) };
    Ok(finite(answer(sbg, periods("period", period, least)?)))
}

#[pg_extern(sql = false)]
fn sbg_retention(call: Call) -> Outcome<Option<f64>> {
    of_period(&call, 1.0, Sbg::retention)
}

#[pg_extern(sql = false)]
fn sbg_survival(call: Call) -> Outcome<Option<f64>> {
    of_period(&call, 0.0, Sbg::survival)
}

/// What is still to come of a customer in period `tenure`; (model, customer, horizon, discount_rate).
fn residual(call: &Call, model: &Model, tenure: f64) -> Outcome<Option<f64>> {
    let Some(sbg) = model.contract()? else { return Ok(None) };
    let horizon = call.float(2).map(|horizon| periods("horizon", horizon, 0.0)).transpose()?;
    let (delta, horizon) = discounting(horizon, call.float(3), model.unit_days)?;
    Ok(finite(sbg.discounted_residual_lifetime(tenure, delta.exp_m1(), horizon)))
}

#[pg_extern(sql = false)]
fn sbg_predict(call: Call) -> Outcome<Option<f64>> {
    let Some(model) = Model::argument(&call, 0)? else { return Ok(None) };
    let Some(tenure) = call.float(1) else { return Ok(None) };
    residual(&call, &model, periods("tenure", tenure, 1.0)?)
}

#[pg_extern(sql = false)]
fn sbg_predict_contract(call: Call) -> Outcome<Option<f64>> {
    let Some(model) = Model::argument(&call, 0)? else { return Ok(None) };
    let Some(contract) = Seen::argument(&call, 1)? else { return Ok(None) };
    let days = contract.period.days();
    if let Some(unit) = model.unit_days.filter(|&unit| unit != days) {
        return Err(invalid(
            "contract and model have different periods",
            format!("That of the model is {unit} days long, that of the contract {days}."),
            "Make the clv_tenure with the period that the model was fitted in.",
        ));
    }
    // Before the renewal after the last one made. Who has ended the contract will not renew it.
    let remaining = residual(&call, &model, f64::from(contract.tenure.periods) + 1.0)?;
    Ok(if contract.tenure.ended || contract.tenure.churned {
        remaining.and(Some(0.0))
    } else {
        remaining
    })
}

/// The customers of a cohort by how long they stayed, from how many were left after each period.
#[pg_extern(sql = false)]
fn sbg_cohort(
    call: Call,
) -> Result<
    TableIterator<'static, (name!(tenure, i32), name!(churned, bool), name!(customers, i64))>,
    ErrorReport,
> {
    let Some(survivors) = call.bigints(0) else { return Ok(TableIterator::empty()) };
    // A count below 0 or NULL is more than the size of any cohort.
    let counts: Vec<u64> = collected(
        survivors.iter().map(|count| count.and_then(|n| u64::try_from(n).ok()).unwrap_or(u64::MAX)),
    );
    let counted = counts.iter().all(|&count| count != u64::MAX);
    let tenures = counted.then(|| tenures_of_cohort(&counts)).flatten();
    let Some(tenures) = tenures else {
        return Err(invalid(
            "survivors of a cohort must be counts that never rise",
            format!("survivors is {}.", shown(&survivors)).replace("Some(", "").replace(')', ""),
            "Give the size of the cohort and then the customers left after each period: ARRAY[1000, 631, 468].",
        ));
    };
    Ok(TableIterator::new(
        tenures
            .into_iter()
            .map(|tenure| (tenure.time as i32, tenure.churned, tenure.customers as i64)),
    ))
}
