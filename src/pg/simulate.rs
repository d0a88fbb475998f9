//! Customers drawn from a model, by seed: to plan, to test, to see how much data a fit needs.

use pgrx::iter::TableIterator;
use pgrx::prelude::name;
use pgrx::{pg_extern, pg_sys::panic::ErrorReport};

use super::error::{Outcome, invalid, raise, refused};
use super::model::{Kind, Model, Predictor};
use super::predict::finite;
use super::raw::Call;
use crate::maths::history::History;
use crate::maths::sbg::MAX_PERIODS;
use crate::maths::simulate::{Draws, MAX_PURCHASES, Observation, Purpose};

/// A number of customers, from 0.
fn count(name: &str, value: i32) -> Outcome<u64> {
    u64::try_from(value).map_err(|_| {
        invalid(
            format!("{name} must be at least 0"),
            format!("{name} is {value}."),
            "Give how many there shall be.",
        )
    })
}

/// The model in argument 0, which must be of this kind; none if NULL.
fn model(call: &Call, kind: Kind) -> Outcome<Option<Model>> {
    let Some(value) = call.json(0) else { return Ok(None) };
    let model = Model::decode(value)?;
    if model.kind != kind {
        let prefix = kind.prefix();
        return Err(model.unfit(&format!("{prefix} model"), &format!("{prefix}_fit")));
    }
    Ok(Some(model))
}

fn seed(call: &Call, i: usize) -> u64 {
    call.timestamp(i).unwrap_or_default() as u64
}

type Row = (i32, i32, f64, f64, i32);

/// (model, customers, min_age, seed, max_age, holdout).
fn histories(call: &Call, kind: Kind) -> Outcome<Box<dyn Iterator<Item = Row>>> {
    let none = || Ok(Box::new(std::iter::empty()) as Box<dyn Iterator<Item = Row>>);
    let Some(model) = model(call, kind)? else { return none() };
    let (Some(customers), Some(youngest), Some(holdout)) =
        (call.int(1), call.float(2), call.float(5))
    else {
        return none();
    };
    let customers = count("customers", customers)?;
    let oldest = call.float(4).unwrap_or(youngest);
    let ages = youngest >= 0.0 && oldest >= youngest && oldest.is_finite();
    if !(ages && holdout >= 0.0 && holdout.is_finite()) {
        return Err(invalid(
            "ages and holdout must be finite and at least 0, max_age not below min_age",
            format!("min_age is {youngest}, max_age {oldest}, holdout {holdout}."),
            "Give both in the unit of the model.",
        ));
    }
    let observation = Observation { seed: seed(call, 3), youngest, oldest, holdout };
    let Predictor::Purchases(simulator) = model.predictor else { return none() };
    Ok(Box::new((1..=customers).map(move |number| {
        let customer = observation
            .customer(simulator.as_ref(), number)
            .unwrap_or_else(|error| raise(refused(error)));
        let History { x, t_x, age } = customer.history();
        (number as i32, x as i32, t_x, age, customer.holdout_purchases() as i32)
    })))
}

/// The simulator of one purchase model.
macro_rules! simulate {
    ($name:ident, $kind:ident) => {
        #[pg_extern(sql = false)]
        fn $name(
            call: Call,
        ) -> Result<
            TableIterator<
                'static,
                (
                    name!(customer, i32),
                    name!(frequency, i32),
                    name!(recency, f64),
                    name!(age, f64),
                    name!(holdout_purchases, i32),
                ),
            >,
            ErrorReport,
        > {
            histories(&call, Kind::$kind).map(TableIterator::new)
        }
    };
}

simulate!(nbd_simulate, Nbd);
simulate!(bgnbd_simulate, BgNbd);
simulate!(mbgnbd_simulate, MbgNbd);
simulate!(pnbd_simulate, ParetoNbd);
simulate!(bgbb_simulate, BgBb);

/// (model, customers, purchases, seed).
#[pg_extern(sql = false)]
fn gamma_gamma_simulate(
    call: Call,
) -> Result<
    TableIterator<
        'static,
        (name!(customer, i32), name!(frequency, i32), name!(monetary, Option<f64>)),
    >,
    ErrorReport,
> {
    let Some(model) = model(&call, Kind::GammaGamma)? else { return Ok(TableIterator::empty()) };
    let (Predictor::Spend(spend), Some(customers), Some(purchases)) =
        (&model.predictor, call.int(1), call.int(2))
    else {
        return Ok(TableIterator::empty());
    };
    let (spend, seed) = (*spend, seed(&call, 3));
    let customers = count("customers", customers)?;
    if count("purchases", purchases)? > MAX_PURCHASES as u64 {
        return Err(invalid(
            format!("purchases must be at most {MAX_PURCHASES}"),
            format!("purchases is {purchases}."),
            "Give the purchases of one customer.",
        ));
    }
    Ok(TableIterator::new((1..=customers).map(move |number| {
        let mut draws = Draws::new(seed, number, Purpose::Spend);
        let spends = spend.simulate_spends(purchases as usize, &mut draws);
        let mean = spends.iter().sum::<f64>() / f64::from(purchases);
        // NULL without a purchase, and for a mean beyond the range of a double.
        (number as i32, purchases, finite(mean))
    })))
}

/// (model, customers, periods, seed).
#[pg_extern(sql = false)]
fn sbg_simulate(
    call: Call,
) -> Result<
    TableIterator<'static, (name!(customer, i32), name!(tenure, i32), name!(churned, bool))>,
    ErrorReport,
> {
    let Some(model) = model(&call, Kind::Sbg)? else { return Ok(TableIterator::empty()) };
    let (Predictor::Contract(sbg), Some(customers), Some(periods)) =
        (&model.predictor, call.int(1), call.int(2))
    else {
        return Ok(TableIterator::empty());
    };
    let (sbg, seed, customers) = (*sbg, seed(&call, 3), count("customers", customers)?);
    let periods = u32::try_from(periods).ok().filter(|periods| (1..=MAX_PERIODS).contains(periods));
    let Some(periods) = periods else {
        return Err(invalid(
            format!("periods must be between 1 and {MAX_PERIODS}"),
            "The observation ends after so many periods.",
            "Give the number of renewals that are observed at most.",
        ));
    };
    Ok(TableIterator::new((1..=customers).map(move |number| {
        let mut draws = Draws::new(seed, number, Purpose::Purchases);
        let tenure = sbg.simulate_tenure(periods, &mut draws);
        (number as i32, tenure.time as i32, tenure.churned)
    })))
}
