//! Contracts: the function clv_tenure, and the rows that all aggregates over lifetimes collect.
//! The calendar stands in maths::tenure.
//!
//! A customer is (tenure, churned), (entered, tenure, churned), one clv_tenure, or the dates that
//! clv_tenure takes. A weight comes after it, options come last.

use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

use super::error::{Outcome, invalid, missing, refused, too_large};
use super::fit::{Collected, State, field, options_argument, weight};
use super::observation::Observation;
use super::portable::{self, Portable, Reader, Writer};
use super::raw::{Call, Field, Returned, Span};
use super::time::{date_text, day_of_timestamp};
use crate::maths::counted::Row;
use crate::maths::error::{not_negative, written};
use crate::maths::memory::{self, collected};
use crate::maths::survival::Tenure;
use crate::maths::tenure::{Contract, ContractPeriod, ContractTenure};

/// How an argument becomes a day; the infinities are i32::MIN and MAX.
type Reading = fn(&Call, usize) -> Option<i32>;

fn timestamp(call: &Call, i: usize) -> Option<i32> {
    call.timestamp(i).map(|micros| finite_or(micros, day_of_timestamp))
}

fn timestamptz(call: &Call, i: usize) -> Option<i32> {
    call.timestamp(i).map(|micros| finite_or(micros, |micros| call.local_day(micros)))
}

fn finite_or(micros: i64, day: impl FnOnce(i64) -> i32) -> i32 {
    match micros {
        i64::MIN => i32::MIN,
        i64::MAX => i32::MAX,
        _ => day(micros),
    }
}

fn on_calendar(argument: &str, day: i32) -> Outcome<i32> {
    if day > i32::MIN && day < i32::MAX {
        return Ok(day);
    }
    Err(invalid(
        format!("{argument} is infinite"),
        format!("{argument} is {}.", date_text(day)),
        "A contract begins on a day of the calendar, and is seen up to one. An end may be infinity: it still runs.",
    ))
}

fn contract_period(span: Span) -> Outcome<ContractPeriod> {
    const MICROS_PER_DAY: i64 = 86_400_000_000;
    match span {
        Span { months: 1.., days: 0, micros: 0 } => Ok(ContractPeriod::Months(span.months)),
        Span { months: 0, days: 1.., micros: 0 } => Ok(ContractPeriod::Days(span.days)),
        // interval '24 hours'
        Span { months: 0, days: 0, micros: MICROS_PER_DAY } => Ok(ContractPeriod::Days(1)),
        _ => Err(invalid(
            "period of a contract is no number of months or of days",
            format!("The period is {}.", span.written()),
            "Use a period such as interval '1 month', '3 months', '1 year', '1 week' or '30 days', not a mixture of months and days.",
        )),
    }
}

/// A contract as it was seen, with the end of observation and the length of its period in days.
pub struct Seen {
    pub tenure: ContractTenure,
    as_of: i32,
    pub period: Span,
}

impl Seen {
    /// A clv_tenure argument, which may have been made by hand; none if a field is NULL.
    pub fn argument(call: &Call, i: usize) -> Outcome<Option<Self>> {
        let Some(mut record) = call.record(i) else { return Ok(None) };
        let (periods, churned) = (record.int(), record.boolean());
        let (days, ended) = (record.int(), record.boolean());
        let (entered, period, as_of) = (record.int(), record.interval(), record.date());
        let (Some(periods), Some(churned), Some(days), Some(ended)) =
            (periods, churned, days, ended)
        else {
            return Ok(None);
        };
        let (Some(entered), Some(period), Some(as_of)) = (entered, period, as_of) else {
            return Ok(None);
        };
        contract_period(period)?;
        let as_of = on_calendar("as_of", as_of)?;
        if periods < i32::from(churned) || !(0..=periods).contains(&entered) {
            return Err(impossible(periods, churned, entered));
        }
        let tenure = ContractTenure { periods, churned, days, ended, entered };
        Ok(Some(Seen { tenure, as_of, period }))
    }

    /// What an aggregate takes of it.
    fn observed(self) -> (Tenure, Observation) {
        let ContractTenure { periods, churned, entered, .. } = self.tenure;
        let tenure =
            Tenure { time: f64::from(periods), churned, entered: f64::from(entered), customers: 1 };
        let unit_days = Some(self.period.days());
        (tenure, Observation { unit_days, as_of: Some(self.as_of) })
    }
}

/// (started_on, ended_on, as_of, period) from argument `i` on. None if one of them but the end is
/// NULL, or the contract begins after as_of.
fn seen(call: &Call, i: usize, read: Reading, observed_from: Option<i32>) -> Outcome<Option<Seen>> {
    let (Some(started), Some(as_of), Some(period)) =
        (read(call, i), read(call, i + 2), call.interval(i + 3))
    else {
        return Ok(None);
    };
    let as_of = on_calendar("as_of", as_of)?;
    let started = on_calendar("started_on", started)?;
    let ended = read(call, i + 1).filter(|&end| end < i32::MAX);
    if let Some(end) = ended.filter(|&end| end < started) {
        return Err(invalid(
            "contract ends before it starts",
            format!("started_on is {}, ended_on {}.", date_text(started), date_text(end)),
            "Correct the dates or filter the row out: WHERE coalesce(ended_on >= started_on, true).",
        ));
    }
    if let Some(from) = observed_from.filter(|&from| from > as_of) {
        return Err(invalid(
            "observed_from is after as_of",
            format!("observed_from is {}, as_of {}.", date_text(from), date_text(as_of)),
            "Give the first and the last day that the data cover.",
        ));
    }
    let tenure = Contract { started, ended }.tenure(as_of, contract_period(period)?, observed_from);
    Ok(tenure.map(|tenure| Seen { tenure, as_of, period }))
}

/// (started_on, ended_on, as_of, period, observed_from)
fn tenure(call: &Call, read: Reading) -> Outcome<Option<Returned>> {
    let Some(Seen { tenure, as_of, period }) = seen(call, 0, read, read(call, 4))? else {
        return Ok(None);
    };
    call.row(&[
        Field::Int(tenure.periods),
        Field::Boolean(tenure.churned),
        Field::Int(tenure.days),
        Field::Boolean(tenure.ended),
        Field::Int(tenure.entered),
        Field::Interval(period),
        Field::Date(as_of),
    ])
    .map(Some)
}

#[pg_extern(sql = false)]
fn clv_tenure_date(call: Call) -> Outcome<Option<Returned>> {
    tenure(&call, Call::date)
}

#[pg_extern(sql = false)]
fn clv_tenure_timestamp(call: Call) -> Outcome<Option<Returned>> {
    tenure(&call, timestamp)
}

#[pg_extern(sql = false)]
fn clv_tenure_timestamptz(call: Call) -> Outcome<Option<Returned>> {
    tenure(&call, timestamptz)
}

/// A tenure in one of the groups that are compared, or in the only one.
#[derive(Clone, Copy)]
pub struct Member {
    group: u32,
    tenure: Tenure,
}

impl Row for Member {
    type Key = (u32, <Tenure as Row>::Key);

    fn key(&self) -> Self::Key {
        (self.group, self.tenure.key())
    }

    fn customers(&self) -> u32 {
        self.tenure.customers()
    }

    fn set_customers(&mut self, customers: u32) {
        self.tenure.set_customers(customers);
    }
}

impl Collected for Member {
    const SIZE: usize = 24;
    const DEPENDS_ON_AS_OF: bool = false;

    fn write(&self, bytes: &mut Writer) {
        let Tenure { time, churned, entered, .. } = self.tenure;
        bytes.extend((2 * self.group + u32::from(churned)).to_le_bytes());
        bytes.extend(self.customers().to_le_bytes());
        bytes.extend(time.to_le_bytes());
        bytes.extend(entered.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let group = u32::from_le_bytes(field(bytes, 0)?);
        let tenure = Tenure {
            time: f64::from_le_bytes(field(bytes, 8)?),
            churned: group % 2 == 1,
            entered: f64::from_le_bytes(field(bytes, 16)?),
            customers: u64::from(u32::from_le_bytes(field(bytes, 4)?)),
        };
        Some(Member { group: group / 2, tenure })
    }
}

/// In the only group.
impl Collected for Tenure {
    const SIZE: usize = Member::SIZE;
    const DEPENDS_ON_AS_OF: bool = Member::DEPENDS_ON_AS_OF;

    fn write(&self, bytes: &mut Writer) {
        Member { group: 0, tenure: *self }.write(bytes);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        <Member as Collected>::read(bytes).map(|member| member.tenure)
    }
}

/// What an aggregate over lifetimes has collected.
#[derive(Default)]
pub struct Lifetimes {
    /// The names of the groups in the order of their arrival; none where there is but one.
    pub groups: Vec<String>,
    pub state: State<Member>,
}

/// The most groups of a log-rank test, whose work grows with their square.
const GROUP_LIMIT: usize = 100;

impl Lifetimes {
    fn group(&mut self, name: &str) -> Outcome<u32> {
        if let Some(known) = self.groups.iter().position(|known| known == name) {
            return Ok(known as u32);
        }
        if self.groups.len() == GROUP_LIMIT {
            return Err(too_large(
                "too many groups to compare",
                format!("There are more than {GROUP_LIMIT}."),
                "Compare channels, plans or segments, not customers.",
            ));
        }
        memory::headroom(name.len());
        self.groups.push(name.to_owned());
        Ok(self.groups.len() as u32 - 1)
    }

    /// The state in argument 0, if it has seen a customer under observation.
    pub fn finished(call: &Call) -> Outcome<Option<&mut Self>> {
        call.aggregate()?;
        Ok(call
            .state::<Lifetimes>(0)
            .filter(|lifetimes| !lifetimes.state.rows.as_slice().is_empty()))
    }

    /// The tenures of one group, equal ones once.
    pub fn tenures(&mut self, group: u32) -> Vec<Tenure> {
        let members = self.state.rows.fold().iter();
        collected(members.filter(|member| member.group == group).map(|member| member.tenure))
    }
}

impl Portable for Lifetimes {
    fn merge(&mut self, other: &Self) -> Outcome<()> {
        if other.groups.is_empty() {
            return self.state.merge(&other.state);
        }
        let groups =
            other.groups.iter().map(|name| self.group(name)).collect::<Outcome<Vec<u32>>>()?;
        self.state.merge_all_but_rows(&other.state)?;
        other.state.rows.as_slice().iter().try_for_each(|&Member { group, tenure }| {
            let group = groups.get(group as usize).copied().unwrap_or(group);
            self.state.push(Member { group, tenure })
        })
    }

    fn write(&mut self, bytes: &mut Writer) {
        bytes.extend((self.groups.len() as u64).to_le_bytes());
        for name in &self.groups {
            bytes.extend((name.len() as u64).to_le_bytes());
            bytes.extend(name.as_bytes());
        }
        self.state.write(bytes);
    }

    fn read(bytes: &mut Reader) -> Option<Self> {
        let mut groups = Vec::new();
        for _ in 0..bytes.count(8)? {
            let length = bytes.count(1)?;
            groups.push(str::from_utf8(bytes.bytes(length)?).ok()?.to_owned());
        }
        Some(Lifetimes { groups, state: State::read(bytes)? })
    }
}

/// How the customer of a row is written.
#[derive(Clone, Copy)]
pub enum Form {
    /// (tenure, churned)
    Plain,
    /// (entered, tenure, churned)
    Late,
    /// (contract clv_tenure)
    Contract,
    /// (started_on, ended_on, as_of, period)
    Dates,
}

impl Form {
    fn arguments(self) -> usize {
        match self {
            Form::Plain => 2,
            Form::Late => 3,
            Form::Contract => 1,
            Form::Dates => 4,
        }
    }

    /// The customer from argument `i` on; none if one is NULL, or there is nothing to see yet.
    pub fn read(self, call: &Call, i: usize) -> Outcome<Option<(Tenure, Observation)>> {
        match self {
            Form::Plain => Ok(plain(call, i)?.map(|tenure| (tenure, Observation::default()))),
            Form::Late => Ok(late(call, i)?.map(|tenure| (tenure, Observation::default()))),
            Form::Contract => Ok(Seen::argument(call, i)?.map(Seen::observed)),
            Form::Dates => Ok(seen(call, i, Call::date, None)?.map(Seen::observed)),
        }
    }
}

/// (tenure, churned)
fn plain(call: &Call, i: usize) -> Outcome<Option<Tenure>> {
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
            format!("The tenure is {}.", written(tenure)),
            "A customer who is still there has churned = false: coalesce(ended_on <= as_of, false).",
        )
    })?;
    Ok(Some(Tenure::whole(tenure, churned, 1)))
}

/// (entered, tenure, churned)
fn late(call: &Call, i: usize) -> Outcome<Option<Tenure>> {
    let (Some(tenure), Some(entered)) = (plain(call, i + 1)?, call.float(i)) else {
        return Ok(None);
    };
    let entered = not_negative("entered", entered).map_err(refused)? + 0.0;
    if entered > tenure.time {
        return Err(invalid(
            "entered is greater than tenure",
            format!("entered is {}, tenure {}.", written(entered), written(tenure.time)),
            "Both run from the start of the customer, entered to the begin of observation: greatest(observed_from - started_on, 0). Leave out who had left before.",
        ));
    }
    Ok(Some(Tenure { entered, ..tenure }))
}

#[cold]
fn impossible(periods: i32, churned: bool, entered: i32) -> ErrorReport {
    invalid(
        "not a possible clv_tenure",
        format!("periods is {periods}, churned {churned}, entered {entered}."),
        "Make it with the function clv_tenure.",
    )
}

/// One row: a group if `grouped`, the customer, then a weight and options if there are any.
fn step(
    call: &Call,
    form: Form,
    grouped: bool,
    weighted: bool,
    options: bool,
) -> Outcome<Option<Returned>> {
    let first = 1 + usize::from(grouped);
    let next = first + form.arguments();
    portable::step(call, |lifetimes: &mut Lifetimes| {
        if options {
            lifetimes
                .state
                .agree_on_options(options_argument(call, next + usize::from(weighted))?)?;
        }
        let name = if grouped { call.written(1) } else { None };
        let customers = weight(call, weighted.then_some(next))?;
        let (Some(customers), Some((tenure, observation)), true) =
            (customers, form.read(call, first)?, name.is_some() || !grouped)
        else {
            lifetimes.state.skipped += u64::from(customers.unwrap_or(1));
            return Ok(());
        };
        let tenure = Tenure { customers: u64::from(customers), ..tenure };
        if customers > 0 {
            lifetimes.state.agree(observation)?;
        }
        if tenure.is_observed() {
            let group = name.map_or(Ok(0), |name| lifetimes.group(&name))?;
            lifetimes.state.push(Member { group, tenure })?;
        } else {
            lifetimes.state.skipped += u64::from(customers);
        }
        Ok(())
    })
}

macro_rules! lifetime_step {
    ($($name:ident: $form:ident $grouped:literal $weighted:literal $options:literal;)*) => {
        $(
            #[pg_extern(sql = false)]
            fn $name(call: Call) -> Outcome<Option<Returned>> {
                step(&call, Form::$form, $grouped, $weighted, $options)
            }
        )*
    };
}

lifetime_step! {
    _clv_lifetime_step_plain: Plain false false false;
    _clv_lifetime_step_plain_options: Plain false false true;
    _clv_lifetime_step_plain_weight: Plain false true false;
    _clv_lifetime_step_plain_weight_options: Plain false true true;
    _clv_lifetime_step_late: Late false false false;
    _clv_lifetime_step_late_options: Late false false true;
    _clv_lifetime_step_late_weight: Late false true false;
    _clv_lifetime_step_late_weight_options: Late false true true;
    _clv_lifetime_step_contract: Contract false false false;
    _clv_lifetime_step_contract_options: Contract false false true;
    _clv_lifetime_step_dates: Dates false false false;
    _clv_lifetime_step_dates_options: Dates false false true;
    _clv_lifetime_group_step_plain: Plain true false false;
    _clv_lifetime_group_step_plain_weight: Plain true true false;
    _clv_lifetime_group_step_late: Late true false false;
    _clv_lifetime_group_step_late_weight: Late true true false;
    _clv_lifetime_group_step_contract: Contract true false false;
    _clv_lifetime_group_step_dates: Dates true false false;
}

#[pg_extern(sql = false)]
fn _clv_lifetime_combine(call: Call) -> Outcome<Option<Returned>> {
    portable::combine::<Lifetimes>(&call)
}

#[pg_extern(sql = false)]
fn _clv_lifetime_serialize(call: Call) -> Outcome<Option<Returned>> {
    portable::serialize::<Lifetimes>(&call)
}

#[pg_extern(sql = false)]
fn _clv_lifetime_deserialize(call: Call) -> Outcome<Option<Returned>> {
    portable::deserialize::<Lifetimes>(&call)
}
