//! What the customers of one fit have in common: the unit of time, and the day up to which they
//! were observed. Summaries know both, plain columns neither.

use pgrx::pg_sys::panic::ErrorReport;
use serde_json::Value;

use super::customer::Customer;
use super::error::{Outcome, invalid};
use super::portable::{Reader, Writer};
use super::time::date_text;

/// The option of a fit that allows customers observed up to different days.
pub const MIXED_AS_OF: &str = "mixed_as_of";

#[derive(Clone, Copy, Default)]
pub struct Observation {
    pub unit_days: Option<f64>,
    /// The end of observation, of several the latest; days since 2000-01-01.
    pub as_of: Option<i32>,
}

impl Observation {
    pub fn of(customer: &Customer) -> Self {
        Observation { unit_days: customer.unit_days, as_of: customer.as_of }
    }

    /// Takes in another customer, or those of another process, who must share the unit and, unless
    /// `options` allow others, the end of observation.
    pub fn agree(&mut self, other: Observation, options: Option<&Value>) -> Outcome<()> {
        let mixed = options.and_then(|options| options.get(MIXED_AS_OF));
        if mixed != Some(&Value::Bool(true)) {
            agree_on_as_of(&mut self.as_of, other.as_of, || {
                format!("or allow it with the option {{\"{MIXED_AS_OF}\": true}}")
            })?;
        }
        self.agree_on_unit(other)
    }

    /// As `agree`, where it does not matter when the observation ended.
    pub fn agree_on_unit(&mut self, other: Observation) -> Outcome<()> {
        if let (Some(known), Some(new)) = (self.unit_days, other.unit_days)
            && known != new
        {
            return Err(invalid(
                "customers of one fit have different units of time",
                format!("One has a unit of {known} days, another of {new} days."),
                "Summarise all of them with the same unit.",
            ));
        }
        self.unit_days = self.unit_days.or(other.unit_days);
        self.as_of = self.as_of.max(other.as_of);
        Ok(())
    }

    pub fn write(&self, bytes: &mut Writer) {
        let as_of = self.as_of.map_or(i64::MIN, i64::from);
        bytes.extend(self.unit_days.unwrap_or(f64::NAN).to_le_bytes());
        bytes.extend(as_of.to_le_bytes());
    }

    pub fn read(bytes: &mut Reader) -> Option<Self> {
        let (unit_days, as_of) = (bytes.float()?, bytes.word()? as i64);
        Some(Observation {
            unit_days: (!unit_days.is_nan()).then_some(unit_days),
            as_of: i32::try_from(as_of).ok(),
        })
    }
}

/// Takes in an end of observation, which must be that of the others; `way_out` says what else can
/// be done.
#[inline]
pub fn agree_on_as_of(
    known: &mut Option<i32>,
    new: Option<i32>,
    way_out: impl FnOnce() -> String,
) -> Outcome<()> {
    match (*known, new) {
        (Some(one), Some(other)) if one != other => Err(mixed(one, other, &way_out())),
        _ => {
            *known = known.or(new);
            Ok(())
        }
    }
}

#[cold]
fn mixed(one: i32, other: i32, way_out: &str) -> ErrorReport {
    let (first, last) = (date_text(one.min(other)), date_text(one.max(other)));
    invalid(
        "customers were observed up to different days",
        format!("as_of is {first} in one summary and {last} in another."),
        &format!(
            "Summarise all customers up to the same day, those who did not buy as well; {way_out}."
        ),
    )
}
