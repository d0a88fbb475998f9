//! Fits with static covariates of the customers, and the model of a customer with given ones.

use std::rc::Rc;

use pgrx::pg_extern;
use serde_json::Value;

use super::customer::Customer;
use super::error::{Outcome, invalid, refused};
use super::fit::{
    agree_on_options, bad_options, check_memory, of_fit, options, options_argument, read_options,
    write_options,
};
use super::model::{Circumstances, Kind, MOST_COVARIATES, Model, fitted, given};
use super::observation::Observation;
use super::portable::{self, Portable, Reader, Writer, write_floats};
use super::raw::{Call, Returned, check_interrupts};
use crate::maths::bg_nbd::BgNbd;
use crate::maths::covariate_histories::{CovariateGroup, CovariateHistories, Refused};
use crate::maths::error::written;
use crate::maths::fit::{Fit, InvalidOption, Options};
use crate::maths::history::{Folded, History};
use crate::maths::memory::collected;
use crate::maths::pareto_nbd::ParetoNbd;

/// What a fit with covariates has collected of its group.
#[derive(Default)]
struct State {
    rows: CovariateHistories,
    skipped: u64,
    observation: Observation,
    options: Option<Rc<Value>>,
}

impl State {
    fn push(&mut self, history: Folded, covariates: &[f64]) -> Outcome<()> {
        check_memory(self.rows.memory_to_grow())?;
        self.rows.add(history, covariates).map_err(|refusal| {
            let remedy = match refusal {
                Refused::TooMany => "Fit a random sample.",
                Refused::Covariates { .. } => "Give every customer an array of the same length.",
            };
            invalid("covariates cannot be taken in", format!("There are {refusal}."), remedy)
        })
    }
}

impl Portable for State {
    fn merge(&mut self, other: &Self) -> Outcome<()> {
        self.skipped += other.skipped;
        agree_on_options(&mut self.options, other.options.clone())?;
        self.observation.agree(other.observation, self.options.as_deref())?;
        other.rows.iter().try_for_each(|(row, covariates)| self.push(row, covariates))
    }

    fn write(&mut self, bytes: &mut Writer) {
        bytes.extend(self.skipped.to_le_bytes());
        self.observation.write(bytes);
        write_options(self.options.as_deref(), bytes);
        let groups = self.rows.groups();
        bytes.extend((groups.len() as u64).to_le_bytes());
        for CovariateGroup { covariates, rows } in &groups {
            write_floats(covariates, bytes);
            bytes.extend((rows.len() as u64).to_le_bytes());
            for row in rows {
                bytes.extend((u64::from(row.customers) << 32 | u64::from(row.x)).to_le_bytes());
                bytes.extend(row.t_x.to_le_bytes());
                bytes.extend(row.age.to_le_bytes());
            }
        }
    }

    fn read(bytes: &mut Reader) -> Option<Self> {
        let mut state = State {
            skipped: bytes.word()?,
            observation: Observation::read(bytes)?,
            options: read_options(bytes)?,
            rows: CovariateHistories::default(),
        };
        for _ in 0..bytes.count(8)? {
            let covariates = bytes.floats()?;
            for _ in 0..bytes.count(24)? {
                let counts = bytes.word()?;
                let (x, customers) = (counts as u32, (counts >> 32) as u32);
                let row = Folded { x, customers, t_x: bytes.float()?, age: bytes.float()? };
                state.rows.add(row, &covariates).ok()?;
            }
        }
        Some(state)
    }
}

/// The array of covariates in argument `i`; none if it, or one of them, is NULL.
fn covariates(call: &Call, i: usize) -> Outcome<Option<Vec<f64>>> {
    let Some(values) = call.floats(i).filter(|values| values.iter().all(Option::is_some)) else {
        return Ok(None);
    };
    let values: Vec<f64> = collected(values.into_iter().flatten());
    if let Some(odd) = values.iter().position(|value| !value.is_finite()) {
        return Err(invalid(
            "covariates must be finite",
            format!("covariates[{}] is {}.", odd + 1, written(values[odd])),
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
    Ok(Some(values))
}

/// (customer, covariates [, options]).
fn step(call: &Call, with_options: bool) -> Outcome<Option<Returned>> {
    portable::step(call, |state: &mut State| {
        if with_options {
            agree_on_options(&mut state.options, options_argument(call, 3)?)?;
        }
        let named = |error| Customer::named(call, 1, error);
        let (Some(customer), Some(covariates)) =
            (Customer::summary(call, 1)?, covariates(call, 2).map_err(named)?)
        else {
            state.skipped += 1;
            return Ok(());
        };
        state.observation.agree(Observation::of(&customer), state.options.as_deref())?;
        let History { x, t_x, age } = customer.history;
        state.push(Folded { x: x as u32, customers: 1, t_x, age }, &covariates).map_err(named)
    })
}

#[pg_extern(sql = false)]
fn _clv_covariates_step(call: Call) -> Outcome<Option<Returned>> {
    step(&call, false)
}

#[pg_extern(sql = false)]
fn _clv_covariates_step_options(call: Call) -> Outcome<Option<Returned>> {
    step(&call, true)
}

#[pg_extern(sql = false)]
fn _clv_covariates_combine(call: Call) -> Outcome<Option<Returned>> {
    portable::combine::<State>(&call)
}

#[pg_extern(sql = false)]
fn _clv_covariates_serialize(call: Call) -> Outcome<Option<Returned>> {
    portable::serialize::<State>(&call)
}

#[pg_extern(sql = false)]
fn _clv_covariates_deserialize(call: Call) -> Outcome<Option<Returned>> {
    portable::deserialize::<State>(&call)
}

type Fitter =
    fn(&[CovariateGroup], &Options, &mut dyn FnMut()) -> std::result::Result<Fit, InvalidOption>;

fn finish(call: &Call, kind: Kind, fitter: Fitter) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(state) = call.state::<State>(0) else { return Ok(None) };
    let groups = state.rows.groups();
    let count = groups.first().map_or(0, |group| group.covariates.len());
    let (options, unit_option) = options(kind, count, state.options.as_deref())?;
    let observation = of_fit(state.observation, unit_option)?;
    let fit = fitter(&groups, &options, &mut check_interrupts)
        .map_err(|option| bad_options(option.to_string()))?;
    let beside =
        Circumstances { skipped: state.skipped, of_spend: None, observation, covariates: count };
    call.returned_json(fitted(kind, fit, beside)?).map(Some)
}

#[pg_extern(sql = false)]
fn _bgnbd_fit_covariates_final(call: Call) -> Outcome<Option<Returned>> {
    finish(&call, Kind::BgNbd, BgNbd::fit_with_covariates)
}

#[pg_extern(sql = false)]
fn _pnbd_fit_covariates_final(call: Call) -> Outcome<Option<Returned>> {
    finish(&call, Kind::ParetoNbd, ParetoNbd::fit_with_covariates)
}

/// (model, covariates): the model of a customer with these covariates.
#[pg_extern(sql = false)]
fn clv_model_for(call: Call) -> Outcome<Option<Returned>> {
    let Some(model) = Model::argument(&call, 0)? else { return Ok(None) };
    let Some(covariates) = covariates(&call, 1)? else { return Ok(None) };
    if covariates.len() != model.covariates {
        return Err(invalid(
            "the model was fitted with another number of covariates",
            format!("It has {}, {} are given.", model.covariates, covariates.len()),
            "Give the covariates of a customer in the order in which the fit had them.",
        ));
    }
    if model.parameters.is_empty() {
        return Ok(None);
    }
    let parameters = match model.kind {
        Kind::BgNbd => BgNbd::of_customer(&model.parameters, &covariates).map(|m| m.parameters()),
        Kind::ParetoNbd => {
            ParetoNbd::of_customer(&model.parameters, &covariates).map(|m| m.parameters())
        }
        _ => return Err(model.unfit("BG/NBD or Pareto/NBD model", "bgnbd_fit")),
    };
    let parameters = parameters.map_err(refused)?;
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
