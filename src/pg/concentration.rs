//! How value is spread over customers: clv_tier, pareto_share and the aggregate gini.
//! The formulas stand in maths::concentration.

use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

use super::argument::{complete, finite, shown};
use super::error::{Outcome, corrupted, invalid, missing, too_large};
use super::portable::{Portable, Reader, Writer, combine, deserialize, serialize, step};
use super::raw::{Call, Field, Repeated, Returned, Window, check_interrupts};
use crate::maths::concentration::{
    AbcClass, NotFinite, ParetoCurve, ParetoShare, Tiers, ValueCount, Values, gini,
};
use crate::maths::memory;

/// The names of tiers, worst first.
fn names(given: Option<Vec<Option<String>>>) -> Outcome<Vec<String>> {
    let hint = "Name the tiers from the lowest up: names => '{Bronze,Silver,Gold,Platinum}'.";
    let Some(given) = given else {
        return Err(missing("names is NULL", "The tiers must be known.", hint));
    };
    let names = complete("names", given)?;
    if (2..=100).contains(&names.len()) {
        return Ok(names);
    }
    let detail = format!("The number of names is {}.", names.len());
    Err(invalid("there must be from 2 to 100 tiers", detail, hint))
}

/// The values of a partition that are not NULL.
fn values(window: &Window) -> Outcome<Vec<f64>> {
    let mut values = memory::room(window.rows());
    window.column(0, |cell| {
        if let Some(value) = cell.float() {
            values.push(finite("value", value)?);
        }
        Ok(())
    })?;
    Ok(values)
}

struct NamedTiers {
    tiers: Tiers,
    names: Vec<String>,
    /// Of each tier its name, once a customer is in it.
    texts: Repeated,
}

/// (value, names) OVER
#[pg_extern(sql = false)]
fn clv_tier(call: Call) -> Outcome<Option<Returned>> {
    let window = call.window()?;
    let NamedTiers { tiers, names, texts } = window.kept(|| {
        let names = names(window.current_texts(1))?;
        let count = names.len();
        let tiers = Tiers::by_quantile(&mut values(&window)?, count as u32, &mut check_interrupts);
        Ok(NamedTiers { tiers, names, texts: window.repeated(count) })
    })?;
    let tier = window.current(0).float().and_then(|value| tiers.tier(value));
    let Some((tier, name)) = tier.and_then(|tier| Some((tier, names.get(tier)?))) else {
        return Ok(None);
    };
    window.repeat(texts, tier, || call.returned_text(name)).map(Some)
}

/// (value, names, thresholds)
#[pg_extern(sql = false)]
fn clv_tier_thresholds(call: Call) -> Outcome<Option<String>> {
    let Some(value) = call.float(0) else { return Ok(None) };
    let value = finite("value", value)?;
    let Some(names) = call.decoded(1, |call| names(call.texts(1)))? else { return Ok(None) };
    let tiers = call.decoded(2, |call| {
        let thresholds = complete("thresholds", call.floats(2).unwrap_or_default())?;
        let written = format!("thresholds is {}.", shown(&thresholds));
        Tiers::by_thresholds(thresholds).ok_or_else(|| {
            let hint = "Give the least value of each tier but the lowest, in rising order.";
            invalid("thresholds do not rise", written, hint)
        })
    })?;
    let Some(tiers) = tiers else { return Ok(None) };
    if let Tiers::From(thresholds) = &*tiers
        && thresholds.len() + 1 != names.len()
    {
        return Err(invalid(
            "thresholds must be one fewer than names",
            format!("There are {} thresholds and {} names.", thresholds.len(), names.len()),
            "Give the least value of each tier but the lowest.",
        ));
    }
    Ok(tiers.tier(value).and_then(|tier| names.get(tier)).cloned())
}

fn refused(NotFinite(value): NotFinite) -> ErrorReport {
    match finite("value", value) {
        Err(error) => error,
        Ok(_) => corrupted("finite value refused", "a value"),
    }
}

/// A border between the classes of an ABC analysis, of the current row.
fn border(window: &Window, argument: usize, name: &str) -> Outcome<f64> {
    let hint = "Give shares of the total such as 0.8 and 0.95, the first not above the second.";
    match window.current(argument).float() {
        Some(share) if (0.0..=1.0).contains(&share) => Ok(share),
        Some(share) => {
            Err(invalid(format!("{name} is no share"), format!("{name} is {share}."), hint))
        }
        None => Err(missing(format!("{name} is NULL"), "The classes need borders.", hint)),
    }
}

/// The places of a partition's customers.
struct Placed {
    shares: Vec<Option<ParetoShare>>,
    /// Of each class and decile the composite, once a customer has it.
    rows: Repeated,
}

/// (value, a_share, b_share) OVER
#[pg_extern(sql = false)]
fn clv_pareto_share(call: Call) -> Outcome<Option<Returned>> {
    let window = call.window()?;
    let placed = window.kept(|| {
        let (a, b) = (border(&window, 1, "a_share")?, border(&window, 2, "b_share")?);
        if a > b {
            return Err(invalid(
                "a_share is greater than b_share",
                format!("a_share is {a}, b_share {b}."),
                "Class A ends at a_share, class B at b_share: 0.8 and 0.95.",
            ));
        }
        let mut curve = ParetoCurve::of_customers(window.rows());
        window.column(0, |cell| curve.push(cell.float()).map_err(refused))?;
        let shares = curve.shares(a, b, &mut check_interrupts);
        Ok(Placed { shares, rows: window.repeated(33) })
    })?;
    let Some(share) = placed.shares.get(window.position()).copied().flatten() else {
        return Ok(None);
    };
    let (class, place) = match share.class {
        AbcClass::A => ("A", 0),
        AbcClass::B => ("B", 11),
        AbcClass::C => ("C", 22),
    };
    let decile = Field::Int(i32::from(share.decile));
    let row = [Field::Float(share.cumulative_share), Field::Text(class), decile];
    let number = place + usize::from(share.decile);
    window.repeat_but_first(&placed.rows, number, &call, &row).map(Some)
}

/// The most distinct values of one group: a serialised state has to fit into one gigabyte.
const DISTINCT_LIMIT: usize = 1 << 25;

fn bounded(values: &mut Values) -> Outcome<()> {
    if values.counted().len() <= DISTINCT_LIMIT
        || values.folded(&mut check_interrupts).len() <= DISTINCT_LIMIT
    {
        return Ok(());
    }
    Err(too_large(
        "too many distinct values for one Gini coefficient",
        format!("There are more than {DISTINCT_LIMIT}."),
        "Round the values, or use a random sample.",
    ))
}

impl Portable for Values {
    fn merge(&mut self, other: &Values) -> Outcome<()> {
        self.merge(other.counted(), &mut check_interrupts).map_err(refused)?;
        bounded(self)
    }

    /// Each distinct value and how many customers have it.
    fn write(&mut self, bytes: &mut Writer) {
        let values = self.folded(&mut check_interrupts);
        bytes.reserve(size_of_val(values));
        for counted in values {
            bytes.extend(counted.value.to_le_bytes());
            bytes.extend(counted.customers.to_le_bytes());
        }
    }

    fn read(bytes: &mut Reader) -> Option<Values> {
        let mut values = Values::default();
        while let Some(value) = bytes.float() {
            let counted = ValueCount { value, customers: bytes.word()? };
            values.merge([counted], &mut check_interrupts).ok()?;
        }
        Some(values)
    }
}

/// A NULL does not count; a negative value leaves nothing to share.
#[pg_extern(sql = false)]
fn _gini_step(call: Call) -> Outcome<Option<Returned>> {
    step(&call, |values: &mut Values| match call.float(1) {
        Some(value) => {
            values.push(value, &mut check_interrupts).map_err(refused)?;
            bounded(values)
        }
        None => Ok(()),
    })
}

#[pg_extern(sql = false)]
fn _gini_combine(call: Call) -> Outcome<Option<Returned>> {
    combine::<Values>(&call)
}

#[pg_extern(sql = false)]
fn _gini_serialize(call: Call) -> Outcome<Option<Returned>> {
    serialize::<Values>(&call)
}

#[pg_extern(sql = false)]
fn _gini_deserialize(call: Call) -> Outcome<Option<Returned>> {
    deserialize::<Values>(&call)
}

#[pg_extern(sql = false)]
fn _gini_final(call: Call) -> Outcome<Option<f64>> {
    call.aggregate()?;
    let Some(state) = call.state::<Values>(0) else { return Ok(None) };
    Ok(gini(state.folded(&mut check_interrupts), &mut check_interrupts))
}
