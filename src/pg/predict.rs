//! The functions that apply a model to a customer: P(alive), expected purchases, spend, value.

use pgrx::datum::Interval;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

use super::customer::{Customer, check_discrete, spend};
use super::error::{Outcome, invalid, missing, refused};
use super::model::{Kind, Model};
use super::raw::{Call, Span, parse_interval};
use super::summary::{bounded, date};
use super::time::DAYS_PER_YEAR;
use crate::maths::error::{ArgumentError, discount, margin, written};
use crate::maths::history::History;

/// How a function takes its customer, by the number of arguments that it has without one.
pub fn customer(call: &Call, at: usize, others: usize) -> Outcome<(Option<Customer>, usize)> {
    if call.arguments() == others + 1 {
        Ok((Customer::summary(call, at)?, at + 1))
    } else {
        Ok((Customer::columns(call, at)?, at + 3))
    }
}

/// The customer's history in the unit of the model. A model without a unit takes the customer's.
pub fn in_unit_of(model: &Model, customer: &Customer) -> Outcome<(History, Option<f64>)> {
    let (history, unit) = match (model.unit_days, customer.unit_days) {
        (Some(unit), Some(own)) if unit != own => {
            let History { x, t_x, age } = customer.history;
            (History { x, t_x: t_x * own / unit, age: age * own / unit }, Some(unit))
        }
        (unit, own) => (customer.history, unit.or(own)),
    };
    if model.kind == Kind::BgBb {
        check_discrete(history).map_err(|error| in_own_unit(error, history, customer.history))?;
    }
    Ok((history, unit))
}

/// An error of a history that was converted, with the customer's own, which a WHERE finds.
#[cold]
fn in_own_unit(error: ErrorReport, converted: History, own: History) -> ErrorReport {
    if converted == own {
        return error;
    }
    let detail = error.detail().unwrap_or_default();
    let detail =
        format!("{detail} In the customer's own unit recency is {}, age {}.", own.t_x, own.age);
    error.set_detail(detail)
}

/// How an argument of time is given.
#[derive(Clone, Copy)]
pub enum Time {
    /// As a number in the unit of the model.
    Number,
    Interval,
    /// As a text that is read as an interval: what a literal, NULL or a driver's parameter is.
    Text,
}

impl Time {
    /// Argument `i` in units of the model, checked; none if NULL.
    pub fn read(
        self,
        call: &Call,
        i: usize,
        name: &str,
        unit: Option<f64>,
    ) -> Outcome<Option<f64>> {
        let (time, given, of) = match self {
            Time::Number => {
                let Some(time) = call.float(i) else { return Ok(None) };
                (time, time, "")
            }
            Time::Interval | Time::Text => {
                let Some(span) = self.span(call, i, name)? else { return Ok(None) };
                let unit = unit.ok_or_else(|| unknown_unit(name))?;
                (span.days() / unit, span.days(), " days")
            }
        };
        if time >= 0.0 {
            return Ok(Some(time));
        }
        Err(invalid(
            format!("{name} must be at least 0"),
            format!("{name} is {given}{of}."),
            "Count from the end of observation onwards.",
        ))
    }

    /// Argument `i` as an interval. A text is read once per query.
    fn span(self, call: &Call, i: usize, name: &str) -> Outcome<Option<Span>> {
        match self {
            Time::Text => {
                let span = call.decoded(i, |call| {
                    let written = call.text(i).unwrap_or_default();
                    // PostgreSQL would take it for seconds.
                    if written.trim().parse::<f64>().is_ok() {
                        return Err(without_unit(name, written));
                    }
                    parse_interval(written)
                })?;
                Ok(span.map(|span| *span))
            }
            Time::Number | Time::Interval => Ok(call.interval(i)),
        }
    }
}

fn counted_days(days: i32) -> String {
    format!("{days} day{}", if days == 1 { "" } else { "s" })
}

fn without_unit(name: &str, written: &str) -> ErrorReport {
    invalid(
        format!("{name} has no unit of time"),
        format!("{name} is '{written}'."),
        &format!("Say what it counts: {name} => '30 days', '1 year'."),
    )
}

fn unknown_unit(needing: &str) -> ErrorReport {
    invalid(
        format!("{needing} needs a model that knows its unit of time"),
        "The model was fitted to plain columns, or made without a unit.",
        "Fit clv_summary values, give the fit the options '{\"unit\": \"1 week\"}', or give the model's constructor a unit.",
    )
}

/// (model, customer, horizon) or (model, frequency, recency, age, horizon).
fn expected_purchases(call: &Call, time: Time, kind: Option<Kind>) -> Outcome<Option<f64>> {
    let Some(model) = Model::argument(call, 0)? else { return Ok(None) };
    if let Some(kind) = kind
        && kind != model.kind
    {
        let prefix = kind.prefix();
        return Err(model.unfit(
            &format!("{prefix} model"),
            &format!("{prefix}_fit, or call clv_predict_purchases, which takes any purchase model"),
        ));
    }
    let Some(purchases) = model.purchases()? else { return Ok(None) };
    let (Some(customer), next) = customer(call, 1, 2)? else { return Ok(None) };
    let (history, unit) = in_unit_of(&model, &customer)?;
    let Some(horizon) = time.read(call, next, "horizon", unit)? else { return Ok(None) };
    Ok(finite(model.discounted_purchases(purchases, history, 0.0, horizon)))
}

/// What is infinite has no place in a column of numbers.
pub fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// The functions of one answer that take its time by number, by interval and by text.
macro_rules! by_time {
    ($answer:ident($($of:expr)?): $number:ident, $interval:ident, $text:ident) => {
        #[pg_extern(sql = false)]
        fn $number(call: Call) -> Outcome<Option<f64>> {
            $answer(&call, Time::Number $(, $of)?)
        }

        #[pg_extern(sql = false)]
        fn $interval(call: Call) -> Outcome<Option<f64>> {
            $answer(&call, Time::Interval $(, $of)?)
        }

        #[pg_extern(sql = false)]
        fn $text(call: Call) -> Outcome<Option<f64>> {
            $answer(&call, Time::Text $(, $of)?)
        }
    };
}

by_time!(
    expected_purchases(None):
    clv_predict_purchases,
    clv_predict_purchases_interval,
    clv_predict_purchases_text
);
by_time!(
    expected_purchases(Some(Kind::Nbd)):
    nbd_predict,
    nbd_predict_interval,
    nbd_predict_text
);
by_time!(
    expected_purchases(Some(Kind::BgNbd)):
    bgnbd_predict,
    bgnbd_predict_interval,
    bgnbd_predict_text
);
by_time!(
    expected_purchases(Some(Kind::MbgNbd)):
    mbgnbd_predict,
    mbgnbd_predict_interval,
    mbgnbd_predict_text
);
by_time!(
    expected_purchases(Some(Kind::ParetoNbd)):
    pnbd_predict,
    pnbd_predict_interval,
    pnbd_predict_text
);
by_time!(
    expected_purchases(Some(Kind::BgBb)):
    bgbb_predict,
    bgbb_predict_interval,
    bgbb_predict_text
);

/// (model, customer [, after]) or (model, frequency, recency, age [, after]).
fn p_alive(call: &Call, after: impl Into<Option<Time>>) -> Outcome<Option<f64>> {
    let after = after.into();
    let Some(model) = Model::argument(call, 0)? else { return Ok(None) };
    let Some(purchases) = model.purchases()? else { return Ok(None) };
    let others = if after.is_some() { 2 } else { 1 };
    let (Some(customer), next) = customer(call, 1, others)? else { return Ok(None) };
    let (history, unit) = in_unit_of(&model, &customer)?;
    let Some(after) = after.map_or(Ok(Some(0.0)), |time| time.read(call, next, "after", unit))?
    else {
        return Ok(None);
    };
    Ok(finite(purchases.p_alive(history, after)))
}

#[pg_extern(sql = false)]
fn clv_p_alive(call: Call) -> Outcome<Option<f64>> {
    p_alive(&call, None)
}

by_time!(
    p_alive():
    clv_p_alive_after,
    clv_p_alive_after_interval,
    clv_p_alive_after_text
);

/// (model, horizon): a customer just acquired.
fn expected_purchases_new(call: &Call, time: Time) -> Outcome<Option<f64>> {
    let Some(model) = Model::argument(call, 0)? else { return Ok(None) };
    let Some(purchases) = model.purchases()? else { return Ok(None) };
    let Some(horizon) = time.read(call, 1, "horizon", model.unit_days)? else { return Ok(None) };
    Ok(finite(purchases.expected_purchases_new(horizon)))
}

by_time!(
    expected_purchases_new():
    clv_expected_purchases,
    clv_expected_purchases_interval,
    clv_expected_purchases_text
);

/// (model, [customer,] n, horizon), the customer either way or, left out, just acquired.
fn purchase_pmf(call: &Call, time: Time) -> Outcome<Option<f64>> {
    let Some(model) = Model::argument(call, 0)? else { return Ok(None) };
    let Some(purchases) = model.purchases()? else { return Ok(None) };
    let (history, unit, next) = if call.arguments() == 3 {
        (None, model.unit_days, 1)
    } else {
        let (Some(customer), next) = customer(call, 1, 3)? else { return Ok(None) };
        let (history, unit) = in_unit_of(&model, &customer)?;
        (Some(history), unit, next)
    };
    let Some(n) = call.int(next) else { return Ok(None) };
    let n = u64::try_from(n).map_err(|_| {
        invalid(
            "n must be at least 0",
            format!("n is {n}."),
            "Ask for the probability of 0, 1, 2 … purchases.",
        )
    })?;
    let Some(horizon) = time.read(call, next + 1, "horizon", unit)? else { return Ok(None) };
    if !horizon.is_finite() {
        return Err(invalid(
            "horizon must be finite",
            format!("horizon is {}.", written(horizon)),
            "Ask for the purchases within a stretch of time.",
        ));
    }
    Ok(finite(match history {
        Some(history) => purchases.purchase_pmf(history, n, horizon),
        None => purchases.purchase_pmf_new(n, horizon),
    }))
}

by_time!(
    purchase_pmf():
    clv_purchase_pmf,
    clv_purchase_pmf_interval,
    clv_purchase_pmf_text
);

/// A discount rate per year as the continuous rate per unit, and the horizon; none is the whole
/// lifetime.
pub fn discounting(
    horizon: Option<f64>,
    rate: Option<f64>,
    unit: Option<f64>,
) -> Outcome<(f64, f64)> {
    let horizon = horizon.unwrap_or(f64::INFINITY);
    let delta = match rate {
        Some(rate) => continuous_rate(rate, unit)?,
        None if horizon.is_finite() => 0.0,
        None => return Err(lifetime_needs_discount()),
    };
    // At a rate of 0 a lifetime may still have an end in expectation.
    if horizon == f64::INFINITY && delta < 0.0 {
        return Err(lifetime_needs_discount());
    }
    Ok((delta, horizon))
}

/// (model, customer, horizon, discount_rate), the customer either way.
fn discounted_purchases(call: &Call, time: Time) -> Outcome<Option<f64>> {
    let Some(model) = Model::argument(call, 0)? else { return Ok(None) };
    let Some(purchases) = model.purchases()? else { return Ok(None) };
    let (Some(customer), next) = customer(call, 1, 3)? else { return Ok(None) };
    let (history, unit) = in_unit_of(&model, &customer)?;
    let horizon = time.read(call, next, "horizon", unit)?;
    let (delta, horizon) = discounting(horizon, call.float(next + 1), unit)?;
    Ok(finite(model.discounted_purchases(purchases, history, delta, horizon)))
}

by_time!(
    discounted_purchases():
    clv_discounted_purchases,
    clv_discounted_purchases_interval,
    clv_discounted_purchases_text
);

/// What a spend model knows a customer by, frequency and monetary: (spend, customer) or (spend,
/// frequency, monetary).
pub fn spend_history(call: &Call) -> Outcome<Option<(f64, Option<f64>)>> {
    if call.arguments() == 2 {
        let customer = Customer::summary(call, 1)?;
        return Ok(customer.map(|customer| (customer.history.x, customer.monetary)));
    }
    let Some(frequency) = call.float(1) else { return Ok(None) };
    if !(frequency >= 0.0 && frequency.fract() == 0.0) {
        return Err(invalid(
            "frequency is not a whole number of at least 0",
            format!("frequency is {}.", written(frequency)),
            "frequency counts purchase days after the first.",
        ));
    }
    let monetary = call.float(2).map(|value| spend("monetary", value)).transpose()?;
    Ok(Some((frequency, monetary)))
}

#[pg_extern(sql = false)]
fn clv_predict_spend(call: Call) -> Outcome<Option<f64>> {
    let Some(model) = Model::argument(&call, 0)? else { return Ok(None) };
    let Some((frequency, monetary)) = spend_history(&call)? else { return Ok(None) };
    expected_spend(&model, frequency, monetary)
}

/// Without a repeat purchase the mean of all customers. NULL where it is infinite: of one customer
/// that may be finite although the mean of all is not.
fn expected_spend(model: &Model, x: f64, monetary: Option<f64>) -> Outcome<Option<f64>> {
    let Some(spend) = model.spend()? else { return Ok(None) };
    Ok(match monetary {
        _ if x == 0.0 => spend.mean_spend(),
        Some(monetary) => spend.expected_spend(x, monetary),
        None => None,
    }
    .and_then(finite))
}

/// (purchases, spend, customer, horizon, discount_rate, margin), the customer either way; as
/// columns with monetary.
fn value(call: &Call, time: Time) -> Outcome<Option<f64>> {
    let (Some(model), Some(spend_model)) = (Model::argument(call, 0)?, Model::argument(call, 1)?)
    else {
        return Ok(None);
    };
    let (purchases, _) = (model.purchases()?, spend_model.spend()?);
    let Some((customer, next)) = valued_customer(call)? else { return Ok(None) };
    let (history, unit) = in_unit_of(&model, &customer)?;
    let horizon = time.read(call, next, "horizon", unit)?;
    let (delta, horizon) = discounting(horizon, call.float(next + 1), unit)?;
    let Some(margin_share) = call.float(next + 2) else { return Ok(None) };
    let margin_share = margin("margin", margin_share).map_err(refused)?;
    let (Some(purchases), Some(spend)) =
        (purchases, expected_spend(&spend_model, history.x, customer.monetary)?)
    else {
        return Ok(None);
    };
    let purchases = model.discounted_purchases(purchases, history, delta, horizon);
    Ok(finite(margin_share * spend * purchases))
}

fn valued_customer(call: &Call) -> Outcome<Option<(Customer, usize)>> {
    if call.arguments() == 6 {
        return Ok(Customer::summary(call, 2)?.map(|customer| (customer, 3)));
    }
    let monetary = call.float(5).map(|value| spend("monetary", value)).transpose()?;
    Ok(Customer::columns(call, 2)?.map(|customer| (Customer { monetary, ..customer }, 6)))
}

/// The continuous rate per unit of the model of a discount rate per year.
pub fn continuous_rate(rate: f64, unit: Option<f64>) -> Outcome<f64> {
    let remedy = "Give a discount rate per year above -1 and at most 1: 10 % is 0.10";
    let rate = discount("discount_rate", rate)
        .map_err(|error| refused(ArgumentError { remedy, ..error }))?;
    let delta = rate.ln_1p();
    if delta == 0.0 {
        return Ok(0.0);
    }
    let unit = unit.ok_or_else(|| unknown_unit("discount_rate"))?;
    Ok(delta * unit / DAYS_PER_YEAR)
}

fn lifetime_needs_discount() -> ErrorReport {
    missing(
        "a whole lifetime needs a discount rate",
        "No horizon was given, and what is not discounted may add up to infinity.",
        "Pass discount_rate => 0.10 for 10 % a year, or a horizon.",
    )
}

by_time!(
    value():
    clv_value,
    clv_value_interval,
    clv_value_text
);

/// The horizon that ends with a day of the calendar: (customer, day).
#[pg_extern(sql = false)]
fn clv_until(call: Call) -> Outcome<Option<Interval>> {
    let (Some(customer), Some(day)) = (Customer::summary(&call, 0)?, date(&call, 1)) else {
        return Ok(None);
    };
    let Some(as_of) = customer.as_of else { return Ok(None) };
    let days = bounded("day", day)? - as_of;
    if days < 0 {
        let error = invalid(
            "day lies before the end of observation",
            format!("It lies {} before the customer's as_of.", counted_days(-days)),
            "Give a day from the customer's as_of on, or summarise the orders anew.",
        );
        return Err(Customer::named(&call, 0, error));
    }
    Ok(Interval::new(0, days, 0).ok())
}
