//! Contractual lifetimes: the Kaplan-Meier curve, median and restricted mean, the log-rank test.
//! The statistics stand in maths::survival.

use std::collections::BTreeMap;

use pgrx::pg_extern;

use super::error::{Outcome, missing, refused, too_large};
use super::portable::{self, Constant, Portable, Reader};
use super::raw::{Call, Field, Returned, check_interrupts};
use crate::maths::error::{not_negative, open_share, positive};
use crate::maths::survival::{KaplanMeier, LogRank, Tenure, log_rank};

/// The most distinct tenures that one state holds: about a gigabyte.
const TENURE_LIMIT: usize = 1 << 24;

/// The most groups of a log-rank test, whose work grows with their square.
const GROUP_LIMIT: usize = 100;

/// Customers by group, tenure (its bits, which sort as the number does) and whether they churned.
type Customers = BTreeMap<(usize, u64, bool), u64>;

#[derive(Default)]
struct Lifetimes {
    /// The names of the groups in the order of their arrival; none where there is but one.
    groups: Vec<String>,
    customers: Customers,
    /// Confidence or horizon.
    argument: Constant,
}

/// Name of the argument after tenure and churned.
const LEVEL: &str = "level";
const HORIZON: &str = "horizon";

impl Lifetimes {
    fn group(&mut self, name: &str) -> Outcome<usize> {
        if let Some(known) = self.groups.iter().position(|known| known == name) {
            return Ok(known);
        }
        if self.groups.len() == GROUP_LIMIT {
            return Err(too_large(
                "too many groups to compare",
                format!("There are more than {GROUP_LIMIT}."),
                "Compare channels, plans or segments, not customers.",
            ));
        }
        self.groups.push(name.to_owned());
        Ok(self.groups.len() - 1)
    }

    fn add(&mut self, group: usize, tenure: u64, churned: bool, customers: u64) -> Outcome<()> {
        *self.customers.entry((group, tenure, churned)).or_default() += customers;
        if self.customers.len() <= TENURE_LIMIT {
            return Ok(());
        }
        Err(too_large(
            "too many distinct tenures",
            format!("There are more than {TENURE_LIMIT}."),
            "Count tenures in whole days or months.",
        ))
    }

    /// The tenures of one group.
    fn tenures(&self, group: usize) -> Vec<Tenure> {
        self.customers
            .range((group, 0, false)..(group + 1, 0, false))
            .map(|(&(_, time, churned), &customers)| Tenure {
                time: f64::from_bits(time),
                churned,
                customers,
            })
            .collect()
    }
}

impl Portable for Lifetimes {
    fn merge(&mut self, other: &Self) -> Outcome<()> {
        self.argument.merge("level or horizon", &other.argument)?;
        let groups =
            other.groups.iter().map(|name| self.group(name)).collect::<Outcome<Vec<usize>>>()?;
        for (&(group, tenure, churned), &customers) in &other.customers {
            let group = groups.get(group).copied().unwrap_or(group);
            self.add(group, tenure, churned, customers)?;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &mut Vec<u8>) {
        self.argument.write(bytes);
        bytes.extend((self.groups.len() as u64).to_le_bytes());
        for name in &self.groups {
            bytes.extend((name.len() as u64).to_le_bytes());
            bytes.extend(name.as_bytes());
        }
        bytes.extend((self.customers.len() as u64).to_le_bytes());
        for (&(group, tenure, churned), &customers) in &self.customers {
            bytes.extend((group as u64).to_le_bytes());
            bytes.extend(tenure.to_le_bytes());
            bytes.push(u8::from(churned));
            bytes.extend(customers.to_le_bytes());
        }
    }

    fn read(bytes: &mut Reader) -> Option<Self> {
        let mut state = Lifetimes { argument: Constant::read(bytes)?, ..Lifetimes::default() };
        for _ in 0..bytes.count(8)? {
            let length = bytes.count(1)?;
            state.groups.push(str::from_utf8(bytes.bytes(length)?).ok()?.to_owned());
        }
        for _ in 0..bytes.count(25)? {
            let group = usize::try_from(bytes.word()?).ok()?;
            let key = (group, bytes.word()?, bytes.byte()? != 0);
            state.customers.insert(key, bytes.word()?);
        }
        Some(state)
    }
}

/// Tenure and churned in arguments `i` and `i + 1`; none without a tenure.
fn tenure(call: &Call, i: usize) -> Outcome<Option<(u64, bool)>> {
    let Some(tenure) = call.float(i) else {
        if call.boolean(i + 1) != Some(false) {
            return Ok(None);
        }
        return Err(missing(
            "tenure of a customer who is still there is NULL",
            "churned is false.",
            "Their tenure runs up to now: coalesce(ended_on, as_of) - started_on.",
        ));
    };
    // A negative zero has other bits.
    let tenure = not_negative("tenure", tenure).map_err(refused)? + 0.0;
    let churned = call.boolean(i + 1).ok_or_else(|| {
        missing(
            "churned is NULL",
            format!("The tenure is {tenure}."),
            "A customer who is still there has churned = false: coalesce(ended_on <= as_of, false).",
        )
    })?;
    Ok(Some((tenure.to_bits(), churned)))
}

/// (state, tenure, churned [, argument])
fn step(call: &Call, argument: &str) -> Outcome<Option<Returned>> {
    portable::step(call, |state: &mut Lifetimes| {
        if call.arguments() > 3 {
            let Some(value) = call.float(3) else { return Ok(()) };
            state.argument.agree(argument, value)?;
        }
        match tenure(call, 1)? {
            Some((tenure, churned)) => state.add(0, tenure, churned, 1),
            None => Ok(()),
        }
    })
}

#[pg_extern(sql = false)]
fn _kaplan_meier_step(call: Call) -> Outcome<Option<Returned>> {
    step(&call, LEVEL)
}

#[pg_extern(sql = false)]
fn _restricted_mean_step(call: Call) -> Outcome<Option<Returned>> {
    step(&call, HORIZON)
}

/// (state, group, tenure, churned)
#[pg_extern(sql = false)]
fn _log_rank_step(call: Call) -> Outcome<Option<Returned>> {
    portable::step(&call, |state: &mut Lifetimes| {
        let (Some(name), Some((tenure, churned))) = (call.written(1), tenure(&call, 2)?) else {
            return Ok(());
        };
        let group = state.group(&name)?;
        state.add(group, tenure, churned, 1)
    })
}

#[pg_extern(sql = false)]
fn _clv_lifetimes_combine(call: Call) -> Outcome<Option<Returned>> {
    portable::combine::<Lifetimes>(&call)
}

#[pg_extern(sql = false)]
fn _clv_lifetimes_serialize(call: Call) -> Outcome<Option<Returned>> {
    portable::serialize::<Lifetimes>(&call)
}

#[pg_extern(sql = false)]
fn _clv_lifetimes_deserialize(call: Call) -> Outcome<Option<Returned>> {
    portable::deserialize::<Lifetimes>(&call)
}

/// The state in argument 0, if it has seen a customer.
fn lifetimes(call: &Call) -> Outcome<Option<&Lifetimes>> {
    call.aggregate()?;
    Ok(call.state::<Lifetimes>(0).map(|state| &*state).filter(|s| !s.customers.is_empty()))
}

fn curve(state: &Lifetimes) -> Outcome<KaplanMeier> {
    let level = state.argument.value().unwrap_or(0.95);
    let level = open_share("level", level).map_err(refused)?;
    Ok(KaplanMeier::new(&state.tenures(0), level))
}

fn optional(value: Option<f64>) -> Field<'static> {
    value.map_or(Field::Null, Field::Float)
}

#[pg_extern(sql = false)]
fn _kaplan_meier_final(call: Call) -> Outcome<Option<Returned>> {
    let Some(state) = lifetimes(&call)? else { return Ok(None) };
    let points = curve(state)?.points;
    call.rows(points.iter().map(|point| {
        [
            Field::Float(point.time),
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
    let Some(state) = lifetimes(&call)? else { return Ok(None) };
    let median = curve(state)?.median();
    call.row(&[optional(median.median), optional(median.ci_low), optional(median.ci_high)])
        .map(Some)
}

#[pg_extern(sql = false)]
fn _restricted_mean_final(call: Call) -> Outcome<Option<Returned>> {
    let Some(state) = lifetimes(&call)? else { return Ok(None) };
    let Some(horizon) = state.argument.value() else { return Ok(None) };
    let horizon = positive(HORIZON, horizon).map_err(refused)?;
    // The limits of the curve are not looked at.
    let mean = KaplanMeier::new(&state.tenures(0), 0.95).restricted_mean(horizon);
    call.row(&[Field::Float(mean.mean), Field::Float(mean.std_error)]).map(Some)
}

#[pg_extern(sql = false)]
fn _log_rank_final(call: Call) -> Outcome<Option<Returned>> {
    let Some(state) = lifetimes(&call)? else { return Ok(None) };
    // By name, so that the order of arrival does not change a bit.
    let mut order: Vec<usize> = (0..state.groups.len()).collect();
    order.sort_by_key(|&group| &state.groups[group]);
    let groups: Vec<Vec<Tenure>> = order.into_iter().map(|group| state.tenures(group)).collect();
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
