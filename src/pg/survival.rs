//! Contractual lifetimes: the Kaplan-Meier curve, median and restricted mean, the log-rank test.
//! The statistics stand in maths::survival, the rows in tenure.

use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use serde_json::Value;

use super::error::{Outcome, invalid, missing, refused};
use super::raw::{Call, Field, Returned, check_interrupts};
use super::tenure::Lifetimes;
use crate::maths::error::{open_share, positive};
use crate::maths::survival::{KaplanMeier, LogRank, Tenure, log_rank};

fn bad_options(detail: String, remedy: &str) -> ErrorReport {
    invalid("invalid options of a lifetime", format!("{detail}."), remedy)
}

/// The number that the options give under the one key they may have.
fn option(lifetimes: &Lifetimes, name: &str, remedy: &str) -> Outcome<Option<f64>> {
    let Some(written) = lifetimes.state.options.as_deref().filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let Value::Object(map) = written else { return Err(bad_options(written.to_string(), remedy)) };
    if let Some(unknown) = map.keys().find(|key| *key != name) {
        return Err(bad_options(format!("\"{unknown}\" is not known"), remedy));
    }
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_f64()),
        Some(other) => Err(bad_options(format!("{name} is {other}"), remedy)),
    }
}

fn curve(lifetimes: &mut Lifetimes) -> Outcome<KaplanMeier> {
    const REMEDY: &str = "options is a JSON object with the confidence level: '{\"level\": 0.90}'.";
    let level = option(lifetimes, "level", REMEDY)?.unwrap_or(0.95);
    let level = open_share("level", level).map_err(refused)?;
    Ok(KaplanMeier::new(&lifetimes.tenures(0), level))
}

fn optional(value: Option<f64>) -> Field<'static> {
    value.map_or(Field::Null, Field::Float)
}

#[pg_extern(sql = false)]
fn _kaplan_meier_final(call: Call) -> Outcome<Option<Returned>> {
    let Some(lifetimes) = Lifetimes::finished(&call)? else { return Ok(None) };
    let points = curve(lifetimes)?.points;
    call.rows(points.iter().map(|point| {
        [
            Field::Float(point.time),
            Field::Bigint(point.entered as i64),
            Field::Bigint(point.at_risk as i64),
            Field::Bigint(point.churned as i64),
            Field::Bigint(point.censored as i64),
            Field::Float(point.survival),
            optional(point.std_error),
            optional(point.ci_low),
            optional(point.ci_high),
        ]
    }))
    .map(Some)
}

#[pg_extern(sql = false)]
fn _median_lifetime_final(call: Call) -> Outcome<Option<Returned>> {
    let Some(lifetimes) = Lifetimes::finished(&call)? else { return Ok(None) };
    let median = curve(lifetimes)?.median();
    call.row(&[optional(median.median), optional(median.ci_low), optional(median.ci_high)])
        .map(Some)
}

#[pg_extern(sql = false)]
fn _restricted_mean_final(call: Call) -> Outcome<Option<Returned>> {
    let Some(lifetimes) = Lifetimes::finished(&call)? else { return Ok(None) };
    const REMEDY: &str = "options is a JSON object with the horizon, in the unit of the tenures: '{\"horizon\": 12}'.";
    let Some(horizon) = option(lifetimes, "horizon", REMEDY)? else {
        return Err(missing(
            "a restricted mean lifetime needs a horizon",
            "options has no horizon.",
            REMEDY,
        ));
    };
    let horizon = positive("horizon", horizon).map_err(refused)?;
    // The limits of the curve are not looked at.
    let mean = KaplanMeier::new(&lifetimes.tenures(0), 0.95).restricted_mean(horizon);
    call.row(&[optional(mean.map(|mean| mean.mean)), optional(mean.map(|mean| mean.std_error))])
        .map(Some)
}

#[pg_extern(sql = false)]
fn _log_rank_final(call: Call) -> Outcome<Option<Returned>> {
    let Some(lifetimes) = Lifetimes::finished(&call)? else { return Ok(None) };
    // By name, so that the order of arrival does not change a bit.
    let mut order: Vec<usize> = (0..lifetimes.groups.len()).collect();
    order.sort_by_key(|&group| &lifetimes.groups[group]); // small
    let groups: Vec<Vec<Tenure>> =
        order.into_iter().map(|group| lifetimes.tenures(group as u32)).collect();
    let groups: Vec<&[Tenure]> = groups.iter().map(Vec::as_slice).collect();
    let Some(LogRank { chi_square, degrees_of_freedom, p_value }) =
        log_rank(&groups, &mut check_interrupts)
    else {
        return Ok(None);
    };
    call.row(&[
        Field::Float(chi_square),
        Field::Int(degrees_of_freedom as i32),
        Field::Float(p_value),
    ])
    .map(Some)
}
