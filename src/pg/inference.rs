//! What statisticians ask of a fitted model: comparisons, tests, limits of its predictions.

use pgrx::iter::TableIterator;
use pgrx::prelude::name;
use pgrx::{pg_extern, pg_sys::panic::ErrorReport};

use super::error::{Outcome, invalid, refused};
use super::model::{Form, Kind, Model, Predictor};
use super::predict::{Time, customer, finite, in_unit_of, spend_history};
use super::raw::{Call, Field, Returned};
use crate::maths::comparison::{Candidate, compare, likelihood_ratio_test};
use crate::maths::interval::{Estimates, Limits, count_limits, expectation_limits};
use crate::maths::likelihood::Domain;
use crate::maths::memory::Grow;

/// Likelihoods of models are comparable if they are of one sort of data in one unit.
fn check_comparable(one: &Model, other: &Model) -> Outcome<()> {
    let sort = |model: &Model| match model.kind {
        Kind::Nbd | Kind::BgNbd | Kind::MbgNbd | Kind::ParetoNbd => "purchase times",
        Kind::BgBb => "opportunities",
        Kind::GammaGamma => "spend",
        Kind::Sbg => "contracts",
    };
    if sort(one) != sort(other) {
        return Err(invalid(
            "models of different data cannot be compared",
            format!("One is of {}, another of {}.", sort(one), sort(other)),
            "Compare models that explain the same data.",
        ));
    }
    if one.unit_days != other.unit_days {
        let days =
            |model: &Model| model.unit_days.map_or("unknown".into(), |d| format!("{d} days"));
        return Err(invalid(
            "models in different units of time cannot be compared",
            format!("The unit of one is {}, of another {}.", days(one), days(other)),
            "Fit both to the same summaries.",
        ));
    }
    if let (Some(first), Some(second)) = (&one.as_of, &other.as_of)
        && first != second
    {
        return Err(invalid(
            "models of different data cannot be compared",
            format!("as_of of one is {first}, of another {second}."),
            "Fit both to the same summaries.",
        ));
    }
    Ok(())
}

/// The models by rising AIC. Those without a log-likelihood, not fitted or given, are left out.
#[pg_extern(sql = false)]
fn clv_compare_models(
    call: Call,
) -> Result<
    TableIterator<
        'static,
        (
            name!(position, i32),
            name!(model, String),
            name!(parameters, i32),
            name!(log_likelihood, f64),
            name!(aic, f64),
            name!(aic_difference, f64),
            name!(aic_weight, f64),
            name!(bic, Option<f64>),
            name!(bic_difference, Option<f64>),
            name!(converged, Option<bool>),
        ),
    >,
    ErrorReport,
> {
    let mut candidates = Vec::new();
    let mut known: Vec<(usize, Model)> = Vec::new();
    for (position, value) in call.jsons(0).into_iter().enumerate() {
        let Some(value) = value else { continue };
        let model = Model::decode(value)?;
        let Some(log_likelihood) = model.log_likelihood else { continue };
        if let Some((_, first)) = known.first() {
            check_comparable(first, &model)?;
        }
        let (parameters, customers) = (model.parameters.len() as u32, model.customers);
        candidates.add(Candidate { log_likelihood, parameters, customers });
        known.add((position, model));
    }
    let ranked = compare(&candidates).map_err(refused)?;
    Ok(TableIterator::new(ranked.into_iter().map(move |rank| {
        let (position, model) = &known[rank.candidate];
        let candidate = &candidates[rank.candidate];
        (
            *position as i32 + 1,
            model.kind.prefix().to_owned(),
            candidate.parameters as i32,
            candidate.log_likelihood,
            rank.aic,
            rank.aic_difference,
            rank.aic_weight,
            // None for models of no customers, which are given and not fitted.
            finite(rank.bic),
            finite(rank.bic_difference),
            model.converged,
        )
    })))
}

/// (smaller, larger): NULL if one of them was not fitted.
#[pg_extern(sql = false)]
fn clv_likelihood_ratio(call: Call) -> Outcome<Option<Returned>> {
    let (Some(smaller), Some(larger)) = (Model::argument(&call, 0)?, Model::argument(&call, 1)?)
    else {
        return Ok(None);
    };
    check_comparable(&smaller, &larger)?;
    // Two families are compared: one that ends on its border has found all its parameters to be of
    // no use but those of the border, which is for the test to say.
    let size =
        |model: &Model| Form { kind: model.kind, border: None }.names(&model.design).len() as u32;
    let of = |model: &Model| model.log_likelihood.map(|l| (l, size(model)));
    let (Some(one), Some(other)) = (of(&smaller), of(&larger)) else { return Ok(None) };
    if smaller.customers != larger.customers && smaller.customers > 0 {
        return Err(invalid(
            "models of different customers cannot be compared",
            format!("Customers of one: {}, of the other: {}.", smaller.customers, larger.customers),
            "Fit both to the same summaries.",
        ));
    }
    if size(&smaller) >= size(&larger) {
        return Err(invalid(
            "the first model is no special case of the second",
            format!("They have {} and {} parameters.", size(&smaller), size(&larger)),
            "Compare models that are not nested with clv_compare_models.",
        ));
    }
    let test = likelihood_ratio_test(one, other).map_err(refused)?;
    call.row(&[
        Field::Float(test.statistic),
        Field::Int(test.degrees_of_freedom as i32),
        Field::Float(test.p_value),
    ])
    .map(Some)
}

/// (model, customer, horizon, level), the customer either way.
fn interval(call: &Call, time: Time) -> Outcome<Option<Returned>> {
    let Some(model) = Model::argument(call, 0)? else { return Ok(None) };
    let Some(purchases) = model.purchases()? else { return Ok(None) };
    let (Some(customer), next) = customer(call, 1, 3)? else { return Ok(None) };
    let (history, unit) = in_unit_of(&model, &customer)?;
    let (Some(horizon), Some(level)) =
        (time.read(call, next, "horizon", unit)?, call.float(next + 1))
    else {
        return Ok(None);
    };
    let counts = count_limits(purchases, history, horizon, level).map_err(refused)?;
    let domains: Vec<Domain> =
        (0..model.parameters.len()).map(|i| model.form().domain(i)).collect();
    let expectation = |parameters: &[f64]| match model.form().predictor(parameters) {
        Ok(Predictor::Purchases(model)) => model.expected_purchases(history, horizon),
        _ => f64::NAN,
    };
    let expected = match &model.covariance {
        Some(covariance) => {
            let parameters = &model.parameters;
            let estimates = Estimates { parameters, covariance, domains: &domains };
            expectation_limits(estimates, expectation, level).map_err(refused)?
        }
        None => None,
    };
    let number = |value: f64| if value.is_finite() { Field::Float(value) } else { Field::Null };
    let both = |limits: Option<Limits>| {
        limits.map_or([Field::Null; 2], |limits| [number(limits.lower), number(limits.upper)])
    };
    let [expected_low, expected_high] = both(expected);
    let [purchases_low, purchases_high] = both(counts);
    call.row(&[
        number(purchases.expected_purchases(history, horizon)),
        expected_low,
        expected_high,
        purchases_low,
        purchases_high,
    ])
    .map(Some)
}

#[pg_extern(sql = false)]
fn clv_predict_interval(call: Call) -> Outcome<Option<Returned>> {
    interval(&call, Time::Number)
}

#[pg_extern(sql = false)]
fn clv_predict_interval_interval(call: Call) -> Outcome<Option<Returned>> {
    interval(&call, Time::Interval)
}

#[pg_extern(sql = false)]
fn clv_predict_interval_text(call: Call) -> Outcome<Option<Returned>> {
    interval(&call, Time::Text)
}

/// (model, customer), the customer either way; of a spend model (spend, customer) or (spend,
/// frequency, monetary).
#[pg_extern(sql = false)]
fn clv_log_likelihood(call: Call) -> Outcome<Option<f64>> {
    let Some(model) = Model::argument(&call, 0)? else { return Ok(None) };
    if call.arguments() == 3 || model.kind == Kind::GammaGamma {
        let (spend, history) = (model.spend()?, spend_history(&call)?);
        return Ok(match (spend, history) {
            // As in a fit, whoever has not spent again tells nothing.
            (Some(spend), Some((x, Some(mean)))) if x > 0.0 && mean > 0.0 => {
                finite(spend.log_likelihood(x, mean))
            }
            _ => None,
        });
    }
    let Some(purchases) = model.purchases()? else { return Ok(None) };
    let (Some(customer), _) = customer(&call, 1, 1)? else { return Ok(None) };
    let (history, _) = in_unit_of(&model, &customer)?;
    Ok(finite(purchases.log_likelihood(history)))
}
