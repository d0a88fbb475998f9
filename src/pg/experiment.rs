//! Experiments on two groups, from numbers of the groups or from the rows of their customers. The
//! statistics stand in maths::experiments.

use pgrx::pg_extern;

use super::argument::{complete, whole};
use super::error::{Outcome, refused, too_large};
use super::portable::{self, Constant, Portable, Reader, Writer, write_floats};
use super::raw::{Call, Field, Returned, check_interrupts};
use crate::maths::error::finite;
use crate::maths::experiments::{self, Difference, Responses, Sample};
use crate::maths::memory::{Grow, room};
use crate::maths::uplift::{self, Uplift};

/// The level of confidence limits where none is given.
const LEVEL: f64 = 0.95;

#[pg_extern(sql = false)]
fn experiment_sample_size(call: Call) -> Outcome<Option<Returned>> {
    let Some([rate_1, rate_2, significance, power, ratio]) = floats(&call, 0) else {
        return Ok(None);
    };
    let (first, second) =
        experiments::sample_size(rate_1, rate_2, significance, power, ratio).map_err(refused)?;
    call.row(&[Field::Bigint(first as i64), Field::Bigint(second as i64)]).map(Some)
}

#[pg_extern(sql = false)]
fn experiment_power(
    rate_1: f64,
    rate_2: f64,
    customers_1: f64,
    customers_2: f64,
    significance: f64,
) -> Outcome<f64> {
    let customers_1 = whole("customers_1", customers_1)?;
    let customers_2 = whole("customers_2", customers_2)?;
    experiments::power(rate_1, rate_2, customers_1, customers_2, significance).map_err(refused)
}

/// The numbers in arguments `i` to `i + N`, if none is NULL.
fn floats<const N: usize>(call: &Call, i: usize) -> Option<[f64; N]> {
    let mut values = [0.0; N];
    for (k, value) in values.iter_mut().enumerate() {
        *value = call.float(i + k)?;
    }
    Some(values)
}

/// (responses_1, customers_1, responses_2, customers_2, level)
fn responses(call: &Call) -> Outcome<Option<(Responses, Responses, f64)>> {
    let Some([responses_1, customers_1, responses_2, customers_2, level]) = floats(call, 0) else {
        return Ok(None);
    };
    let first = Responses {
        responses: whole("responses_1", responses_1)?,
        customers: whole("customers_1", customers_1)?,
    };
    let second = Responses {
        responses: whole("responses_2", responses_2)?,
        customers: whole("customers_2", customers_2)?,
    };
    Ok(Some((first, second, level)))
}

fn written(
    call: &Call,
    difference: Option<Difference>,
    uplift: Option<Uplift>,
) -> Outcome<Option<Returned>> {
    let Some(Difference { difference, statistic, p_value, lower, upper }) = difference else {
        return Ok(None);
    };
    let limit = |side: fn((f64, f64)) -> f64| {
        let limits = uplift.and_then(|uplift| uplift.limits);
        limits.map_or(Field::Null, |limits| Field::Float(side(limits)))
    };
    call.row(&[
        Field::Float(difference),
        Field::Float(statistic),
        Field::Float(p_value),
        Field::Float(lower),
        Field::Float(upper),
        uplift.map_or(Field::Null, |uplift| Field::Float(uplift.uplift)),
        limit(|limits| limits.0),
        limit(|limits| limits.1),
    ])
    .map(Some)
}

fn compared_rates(
    call: &Call,
    first: Responses,
    second: Responses,
    level: f64,
) -> Outcome<Option<Returned>> {
    let difference = experiments::rate_difference(first, second, level).map_err(refused)?;
    written(call, difference, uplift::of_rates(first, second, level).map_err(refused)?)
}

fn compared_means(
    call: &Call,
    first: Sample,
    second: Sample,
    level: f64,
) -> Outcome<Option<Returned>> {
    let difference = experiments::mean_difference(first, second, level).map_err(refused)?;
    written(call, difference, uplift::of_means(first, second, level).map_err(refused)?)
}

#[pg_extern(sql = false)]
fn experiment_rates(call: Call) -> Outcome<Option<Returned>> {
    let Some((first, second, level)) = responses(&call)? else { return Ok(None) };
    compared_rates(&call, first, second, level)
}

#[pg_extern(sql = false)]
fn experiment_rates_exact(call: Call) -> Outcome<Option<Returned>> {
    let Some((first, second, level)) = responses(&call)? else { return Ok(None) };
    let test = experiments::exact_test(first, second, level).map_err(refused)?;
    let Some(test) = test else { return Ok(None) };
    call.row(&[
        test.odds_ratio.map_or(Field::Null, Field::Float),
        Field::Float(test.p_value),
        Field::Float(test.lower),
        Field::Float(test.upper),
    ])
    .map(Some)
}

/// (mean_1, variance_1, customers_1, mean_2, variance_2, customers_2, level)
#[pg_extern(sql = false)]
fn experiment_means(call: Call) -> Outcome<Option<Returned>> {
    let Some([mean_1, variance_1, customers_1, mean_2, variance_2, customers_2, level]) =
        floats(&call, 0)
    else {
        return Ok(None);
    };
    let first = Sample {
        mean: mean_1,
        variance: variance_1,
        customers: whole("customers_1", customers_1)?,
    };
    let second = Sample {
        mean: mean_2,
        variance: variance_2,
        customers: whole("customers_2", customers_2)?,
    };
    compared_means(&call, first, second, level)
}

/// The responses of two groups, the treated one first.
#[derive(Default)]
struct Answers {
    /// By group: not responded, responded.
    counts: [[u64; 2]; 2],
    level: Constant,
}

impl Answers {
    fn group(&self, i: usize) -> Responses {
        let [not_responded, responses] = self.counts[i];
        Responses { responses, customers: responses + not_responded }
    }
}

impl Portable for Answers {
    fn merge(&mut self, other: &Self) -> Outcome<()> {
        for (count, added) in
            self.counts.as_flattened_mut().iter_mut().zip(other.counts.as_flattened())
        {
            *count += added;
        }
        self.level.merge("level", &other.level)
    }

    fn write(&mut self, bytes: &mut Writer) {
        self.level.write(bytes);
        self.counts.as_flattened().iter().for_each(|count| bytes.extend(count.to_le_bytes()));
    }

    fn read(bytes: &mut Reader) -> Option<Self> {
        let mut answers = Answers { level: Constant::read(bytes)?, ..Answers::default() };
        for count in answers.counts.as_flattened_mut() {
            *count = bytes.word()?;
        }
        Some(answers)
    }
}

/// (state, treated, responded [, level])
#[pg_extern(sql = false)]
fn _experiment_rates_step(call: Call) -> Outcome<Option<Returned>> {
    portable::step(&call, |state: &mut Answers| {
        let (Some(treated), Some(responded)) = (call.boolean(1), call.boolean(2)) else {
            return Ok(());
        };
        if call.arguments() > 3 {
            let Some(level) = call.float(3) else { return Ok(()) };
            state.level.agree("level", level)?;
        }
        state.counts[usize::from(!treated)][usize::from(responded)] += 1;
        Ok(())
    })
}

#[pg_extern(sql = false)]
fn _experiment_rates_combine(call: Call) -> Outcome<Option<Returned>> {
    portable::combine::<Answers>(&call)
}

#[pg_extern(sql = false)]
fn _experiment_rates_serialize(call: Call) -> Outcome<Option<Returned>> {
    portable::serialize::<Answers>(&call)
}

#[pg_extern(sql = false)]
fn _experiment_rates_deserialize(call: Call) -> Outcome<Option<Returned>> {
    portable::deserialize::<Answers>(&call)
}

#[pg_extern(sql = false)]
fn _experiment_rates_final(call: Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(state) = call.state::<Answers>(0) else { return Ok(None) };
    let level = state.level.value().unwrap_or(LEVEL);
    compared_rates(&call, state.group(0), state.group(1), level)
}

/// The largest state of one group of rows, in numbers: a gigabyte.
const VALUE_LIMIT: usize = 1 << 27;

/// The values of two groups, the treated one first.
#[derive(Default)]
struct Values {
    groups: [Vec<f64>; 2],
    level: Constant,
    resamples: Constant,
    seed: Constant,
}

impl Values {
    fn make_room(&self, added: usize) -> Outcome<()> {
        if self.groups[0].len() + self.groups[1].len() + added <= VALUE_LIMIT {
            return Ok(());
        }
        Err(too_large(
            "too many customers in one experiment",
            format!("There are more than {VALUE_LIMIT}."),
            "Test a random sample, or pass mean, variance and number to experiment_means.",
        ))
    }
}

impl Portable for Values {
    fn merge(&mut self, other: &Self) -> Outcome<()> {
        self.make_room(other.groups[0].len() + other.groups[1].len())?;
        for (group, added) in self.groups.iter_mut().zip(&other.groups) {
            group.add_all(added.iter().copied());
        }
        self.level.merge("level", &other.level)?;
        self.resamples.merge("resamples", &other.resamples)?;
        self.seed.merge("seed", &other.seed)
    }

    fn write(&mut self, bytes: &mut Writer) {
        for constant in [&self.level, &self.resamples, &self.seed] {
            constant.write(bytes);
        }
        self.groups.iter().for_each(|group| write_floats(group, bytes));
    }

    fn read(bytes: &mut Reader) -> Option<Self> {
        let (level, resamples) = (Constant::read(bytes)?, Constant::read(bytes)?);
        let seed = Constant::read(bytes)?;
        let groups = [bytes.floats()?, bytes.floats()?];
        Some(Values { groups, level, resamples, seed })
    }
}

/// (state, treated, value [, level [, resamples [, seed]]])
#[pg_extern(sql = false)]
fn _experiment_values_step(call: Call) -> Outcome<Option<Returned>> {
    portable::step(&call, |state: &mut Values| {
        let (Some(treated), Some(value)) = (call.boolean(1), call.float(2)) else {
            return Ok(());
        };
        if (3..call.arguments()).any(|i| call.is_null(i)) {
            return Ok(());
        }
        if let Some(level) = call.float(3) {
            state.level.agree("level", level)?;
        }
        if let Some(resamples) = call.int(4) {
            state.resamples.agree("resamples", f64::from(resamples))?;
        }
        if let Some(seed) = call.int(5) {
            state.seed.agree("seed", f64::from(seed))?;
        }
        state.make_room(1)?;
        state.groups[usize::from(!treated)].add(finite("value", value).map_err(refused)?);
        Ok(())
    })
}

#[pg_extern(sql = false)]
fn _experiment_values_combine(call: Call) -> Outcome<Option<Returned>> {
    portable::combine::<Values>(&call)
}

#[pg_extern(sql = false)]
fn _experiment_values_serialize(call: Call) -> Outcome<Option<Returned>> {
    portable::serialize::<Values>(&call)
}

#[pg_extern(sql = false)]
fn _experiment_values_deserialize(call: Call) -> Outcome<Option<Returned>> {
    portable::deserialize::<Values>(&call)
}

#[pg_extern(sql = false)]
fn _experiment_means_final(call: Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(state) = call.state::<Values>(0) else { return Ok(None) };
    let level = state.level.value().unwrap_or(LEVEL);
    let (Some(first), Some(second)) = (Sample::of(&state.groups[0]), Sample::of(&state.groups[1]))
    else {
        return Ok(None);
    };
    compared_means(&call, first, second, level)
}

/// The resamples and the seed where none are given.
const RESAMPLES: u32 = 10_000;
const SEED: i32 = 1;

#[pg_extern(sql = false)]
fn _experiment_bootstrap_final(call: Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(state) = call.state::<Values>(0) else { return Ok(None) };
    let resamples = state.resamples.value().map_or(RESAMPLES, |value| value as u32);
    let seed = state.seed.value().map_or(SEED, |value| value as i32);
    let limits = experiments::bootstrap_difference(
        &state.groups[0],
        &state.groups[1],
        state.level.value().unwrap_or(LEVEL),
        resamples,
        seed as u64,
        &mut check_interrupts,
    )
    .map_err(refused)?;
    let Some((difference, lower, upper)) = limits else { return Ok(None) };
    let (difference, lower, upper) =
        (Field::Float(difference), Field::Float(lower), Field::Float(upper));
    let null = Field::Null;
    call.row(&[difference, null, null, lower, upper, null, null, null]).map(Some)
}

/// (customers, shares)
#[pg_extern(sql = false)]
fn experiment_sample_ratio(call: Call) -> Outcome<Option<Returned>> {
    let Some(customers) = call.floats(0) else { return Ok(None) };
    let mut counts = room(customers.len());
    for customers in complete("customers", customers)? {
        counts.push(whole("customers", customers)?);
    }
    let shares = call.floats(1).map(|shares| complete("shares", shares)).transpose()?;
    let test = uplift::sample_ratio(&counts, shares.as_deref()).map_err(refused)?;
    let Some(test) = test else { return Ok(None) };
    call.row(&[
        Field::Float(test.chi_square),
        Field::Int(test.degrees_of_freedom as i32),
        Field::Float(test.p_value),
    ])
    .map(Some)
}

#[pg_extern(sql = false)]
fn experiment_adjust(call: Call) -> Outcome<Option<Vec<Option<f64>>>> {
    call.floats(0).map(|p_values| uplift::adjust(&p_values)).transpose().map_err(refused)
}
