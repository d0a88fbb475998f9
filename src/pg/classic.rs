//! Customer lifetime value by formula, present values of cash flows, customer equity. The
//! formulas stand in maths::classic, maths::cash_flow and maths::unit_economics.

use pgrx::iter::TableIterator;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::name;

use super::argument::{complete, whole, word};
use super::error::{Outcome, corrupted, invalid, refused};
use super::portable::Writer;
use super::raw::{Call, Packed, Returned};
use super::summary::{Day, bounded, date, timestamp, timestamptz};
use crate::maths::cash_flow::{self, CashFlow};
use crate::maths::classic::{self, Effect, FirstGrowth, FirstPayment, Relationship};
use crate::maths::error::finite;
use crate::maths::memory::collected;
use crate::maths::orders::Words;
use crate::maths::unit_economics;

/// The timings of the first payment, under their SQL names.
pub fn first_payment(written: &str) -> Outcome<FirstPayment> {
    word(
        "first_payment",
        written,
        &[
            ("now", FirstPayment::Now),
            ("period_end", FirstPayment::PeriodEnd),
            ("first_renewal", FirstPayment::FirstRenewal),
        ],
    )
}

#[pg_extern(sql = false)]
fn clv_simple(
    average_order_value: f64,
    purchase_frequency: f64,
    lifespan: f64,
    margin: f64,
    acquisition_cost: f64,
) -> Outcome<f64> {
    classic::clv_simple(average_order_value, purchase_frequency, lifespan, margin, acquisition_cost)
        .map_err(refused)
}

/// The payments that growth may begin with, under their SQL names.
fn first_growth(written: &str) -> Outcome<FirstGrowth> {
    word(
        "first_growth",
        written,
        &[
            ("second_payment", FirstGrowth::SecondPayment),
            ("first_payment", FirstGrowth::FirstPayment),
        ],
    )
}

/// (payment, retention_rate, discount_rate, periods, growth_rate, retention_cost,
/// acquisition_cost, first_payment, first_growth); only periods may be NULL.
fn relationship(call: &Call) -> Outcome<Option<Relationship>> {
    let float = |i| call.float(i);
    let terms = || {
        Some(Relationship {
            payment: float(0)?,
            retention_rate: float(1)?,
            discount_rate: float(2)?,
            periods: None,
            growth_rate: float(4)?,
            first_growth: FirstGrowth::SecondPayment,
            retention_cost: float(5)?,
            acquisition_cost: float(6)?,
            first_payment: FirstPayment::PeriodEnd,
        })
    };
    let (Some(terms), Some(payment), Some(growth)) = (terms(), call.text(7), call.text(8)) else {
        return Ok(None);
    };
    let periods = float(3).map(|periods| whole("periods", periods)).transpose()?;
    let (first_payment, first_growth) = (first_payment(payment)?, first_growth(growth)?);
    Ok(Some(Relationship { periods, first_payment, first_growth, ..terms }))
}

#[pg_extern(sql = false)]
fn clv_discounted(call: Call) -> Outcome<Option<f64>> {
    let terms = relationship(&call)?;
    terms.map(|terms| classic::clv_discounted(&terms)).transpose().map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_discounted_curves(call: Call) -> Outcome<Option<f64>> {
    let (Some(payments), Some(retention_rates), Some(rate)) =
        (call.floats(0), call.floats(1), call.float(2))
    else {
        return Ok(None);
    };
    let (Some(retention_cost), Some(acquisition_cost), Some(first)) =
        (call.float(3), call.float(4), call.text(5))
    else {
        return Ok(None);
    };
    classic::clv_discounted_curves(
        &complete("retention_rates", retention_rates)?,
        &complete("payments", payments)?,
        rate,
        retention_cost,
        acquisition_cost,
        first_payment(first)?,
    )
    .map(Some)
    .map_err(refused)
}

/// The type is written out, because cargo-pgrx reads it as it is written.
#[pg_extern(sql = false)]
fn clv_sensitivity(
    call: Call,
) -> Result<
    TableIterator<
        'static,
        (name!(term, &'static str), name!(gain, f64), name!(elasticity, Option<f64>)),
    >,
    ErrorReport,
> {
    let Some(terms) = relationship(&call)? else { return Ok(TableIterator::empty()) };
    let effects = classic::clv_sensitivity(&terms).map_err(refused)?;
    let row = |term, Effect { gain, elasticity }: Effect| (term, gain, elasticity);
    Ok(TableIterator::new([
        row("payment", effects.payment),
        row("retention_rate", effects.retention_rate),
        row("discount_rate", effects.discount_rate),
        row("growth_rate", effects.growth_rate),
        row("retention_cost", effects.retention_cost),
        row("acquisition_cost", effects.acquisition_cost),
    ]))
}

#[pg_extern(sql = false)]
fn clv_subscription(
    arpu: f64,
    churn_rate: f64,
    margin: f64,
    expansion_rate: f64,
    acquisition_cost: f64,
) -> Outcome<Option<f64>> {
    classic::clv_subscription(arpu, churn_rate, margin, expansion_rate, acquisition_cost)
        .map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_npv(call: Call) -> Outcome<Option<f64>> {
    let (Some(cash_flows), Some(rate)) = (call.floats(0), call.float(1)) else { return Ok(None) };
    cash_flow::npv(&complete("cash_flows", cash_flows)?, rate).map_err(refused)
}

/// Only periods may be NULL.
#[pg_extern(sql = false)]
fn clv_customer_equity(call: Call) -> Outcome<Option<f64>> {
    let (Some(residual), Some(acquisitions), Some(value), Some(rate)) =
        (call.float(0), call.float(1), call.float(2), call.float(3))
    else {
        return Ok(None);
    };
    let periods = call.float(4).map(|periods| whole("periods", periods)).transpose()?;
    unit_economics::customer_equity(residual, acquisitions, value, rate, periods)
        .map(Some)
        .map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_customer_equity_curves(call: Call) -> Outcome<Option<f64>> {
    let (Some(residual_value), Some(acquisitions), Some(values), Some(rate)) =
        (call.float(0), call.floats(1), call.floats(2), call.float(3))
    else {
        return Ok(None);
    };
    let acquisitions = complete("acquisitions", acquisitions)?;
    let values = complete("values_at_acquisition", values)?;
    unit_economics::customer_equity_curves(residual_value, &acquisitions, &values, rate)
        .map(Some)
        .map_err(refused)
}

/// What a collection of dated cash flows is valued for.
#[derive(Clone, Copy)]
#[repr(C)]
struct Valuation {
    discount_rate: f64,
    /// i32::MIN: not given.
    value_day: i32,
    as_of: i32,
}

const NOT_GIVEN: i32 = i32::MIN;

impl Valuation {
    fn value_day(&self) -> Option<f64> {
        (self.value_day != NOT_GIVEN).then_some(f64::from(self.value_day))
    }
}

/// Two words a flow: the day, the amount.
type CashFlows<'a> = Packed<'a, Valuation>;

fn flows(state: &mut CashFlows) -> Vec<CashFlow> {
    let flow =
        |words: &[u64]| CashFlow { day: words[0] as i64 as f64, amount: f64::from_bits(words[1]) };
    collected(state.words().chunks_exact(2).map(flow))
}

/// How an argument becomes a day.
type Reading = fn(&Call, usize) -> Option<Day>;

/// One flow on the day in argument 1, of the amount in argument 2; the valuation behind them.
/// Rows with a NULL leave the state as it is.
fn add_flow(
    call: &Call,
    read: Reading,
    valuation: impl FnOnce() -> Outcome<Option<Valuation>>,
) -> Outcome<Option<Returned>> {
    let aggregate = call.aggregate()?;
    let state = call.packed::<Valuation>(0);
    let (Some(day), Some(amount), Some(valuation)) = (read(call, 1), call.float(2), valuation()?)
    else {
        return Ok(state.map(Packed::returned));
    };
    let day = match day {
        Day::Never if valuation.as_of < i32::MAX => return Ok(state.map(Packed::returned)),
        day => bounded("day of a cash flow", day)?,
    };
    let amount = finite("amount", amount).map_err(refused)?;
    if day > valuation.as_of {
        return Ok(state.map(Packed::returned));
    }
    let mut state = state.unwrap_or_else(|| aggregate.packed(valuation));
    agree(state.header(), &valuation)?;
    state.push(i64::from(day) as u64);
    state.push(amount.to_bits());
    Ok(Some(state.returned()))
}

fn agree(known: &Valuation, new: &Valuation) -> Outcome<()> {
    if known.discount_rate.to_bits() == new.discount_rate.to_bits()
        && known.value_day == new.value_day
        && known.as_of == new.as_of
    {
        return Ok(());
    }
    Err(invalid(
        "dates and discount rate must be the same for all rows of a group",
        "Two rows of one group differ in as_of, discount_rate or value_date.",
        "Pass constants, or group by what they depend on.",
    ))
}

/// (state, paid_on, amount, discount_rate [, value_date])
fn xnpv_step(call: &Call, read: Reading) -> Outcome<Option<Returned>> {
    add_flow(call, read, || {
        let Some(discount_rate) = call.float(3) else { return Ok(None) };
        let value_day = match call.arguments() {
            4 => NOT_GIVEN,
            _ => match read(call, 4) {
                Some(day) => bounded("value_date", day)?,
                None => return Ok(None),
            },
        };
        Ok(Some(Valuation { discount_rate, value_day, as_of: i32::MAX }))
    })
}

#[pg_extern(sql = false)]
fn _clv_xnpv_step_date(call: Call) -> Outcome<Option<Returned>> {
    xnpv_step(&call, date)
}

#[pg_extern(sql = false)]
fn _clv_xnpv_step_timestamp(call: Call) -> Outcome<Option<Returned>> {
    xnpv_step(&call, timestamp)
}

#[pg_extern(sql = false)]
fn _clv_xnpv_step_timestamptz(call: Call) -> Outcome<Option<Returned>> {
    xnpv_step(&call, timestamptz)
}

/// (state, ordered_at, amount, as_of, discount_rate, value_date)
fn historical_step(call: &Call, read: Reading) -> Outcome<Option<Returned>> {
    add_flow(call, read, || {
        let (Some(as_of), Some(discount_rate), Some(day)) =
            (read(call, 3), call.float(4), read(call, 5))
        else {
            return Ok(None);
        };
        let as_of = bounded("as_of", as_of)?;
        let value_day = bounded("value_date", day)?;
        Ok(Some(Valuation { discount_rate, value_day, as_of }))
    })
}

#[pg_extern(sql = false)]
fn _clv_historical_step_date(call: Call) -> Outcome<Option<Returned>> {
    historical_step(&call, date)
}

#[pg_extern(sql = false)]
fn _clv_historical_step_timestamp(call: Call) -> Outcome<Option<Returned>> {
    historical_step(&call, timestamp)
}

#[pg_extern(sql = false)]
fn _clv_historical_step_timestamptz(call: Call) -> Outcome<Option<Returned>> {
    historical_step(&call, timestamptz)
}

#[pg_extern(sql = false)]
fn _clv_cash_flows_combine(call: Call) -> Outcome<Option<Returned>> {
    let aggregate = call.aggregate()?;
    let (first, second) = (call.packed::<Valuation>(0), call.packed::<Valuation>(1));
    let Some(mut other) = second else { return Ok(first.map(Packed::returned)) };
    let valuation = *other.header();
    let mut state = first.unwrap_or_else(|| aggregate.packed(valuation));
    agree(state.header(), &valuation)?;
    other.words().iter().for_each(|&word| state.push(word));
    Ok(Some(state.returned()))
}

/// The form in which a state travels, all little-endian words: version, discount_rate, value_day,
/// as_of, the flows.
const VERSION: u64 = 1;

#[pg_extern(sql = false)]
fn _clv_cash_flows_serialize(call: Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(mut state) = call.packed::<Valuation>(0) else { return Ok(None) };
    let Valuation { discount_rate, value_day, as_of } = *state.header();
    let head =
        [VERSION, discount_rate.to_bits(), i64::from(value_day) as u64, i64::from(as_of) as u64];
    let words = head.iter().chain(&*state.words());
    let mut bytes = Writer::with_room(8 * words.size_hint().0);
    words.for_each(|word| bytes.extend(word.to_le_bytes()));
    bytes.returned(&call)
}

#[pg_extern(sql = false)]
fn _clv_cash_flows_deserialize(call: Call) -> Outcome<Option<Returned>> {
    let memory = call.for_now()?;
    let Some(bytes) = call.bytes(0) else { return Ok(None) };
    let (words, rest) = bytes.as_chunks::<8>();
    let words: Vec<u64> = collected(words.iter().map(|&word| u64::from_le_bytes(word)));
    let [VERSION, discount_rate, value_day, as_of, flows @ ..] = words.as_slice() else {
        return Err(damaged());
    };
    if !rest.is_empty() || flows.len() % 2 != 0 {
        return Err(damaged());
    }
    let mut state = memory.packed(Valuation {
        discount_rate: f64::from_bits(*discount_rate),
        value_day: *value_day as i32,
        as_of: *as_of as i32,
    });
    flows.iter().for_each(|&word| state.push(word));
    Ok(Some(state.returned()))
}

fn damaged() -> ErrorReport {
    corrupted("serialised state of cash flows is damaged", "length or version")
}

#[pg_extern(sql = false)]
fn _clv_xnpv_final(call: Call) -> Outcome<Option<f64>> {
    call.aggregate()?;
    let Some(mut state) = call.packed::<Valuation>(0) else { return Ok(None) };
    let valuation = *state.header();
    cash_flow::xnpv(&flows(&mut state), valuation.discount_rate, valuation.value_day())
        .map_err(refused)
}

#[pg_extern(sql = false)]
fn _clv_historical_final(call: Call) -> Outcome<Option<f64>> {
    call.aggregate()?;
    let Some(mut state) = call.packed::<Valuation>(0) else { return Ok(None) };
    let valuation = *state.header();
    let (as_of, value_day) = (f64::from(valuation.as_of), f64::from(valuation.value_day));
    cash_flow::historical(&flows(&mut state), as_of, valuation.discount_rate, value_day)
        .map_err(refused)
}
