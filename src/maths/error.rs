//! Why an argument was refused: which one, its value, what would be accepted.
//!
//! The SQL surface turns the kind into a SQLSTATE, the rest into DETAIL and HINT.

use std::fmt;
use std::ops::RangeInclusive;

/// What kind of refusal it is, as SQL distinguishes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The value is outside what the function is defined for (SQLSTATE 22023).
    Invalid,
    /// The result is too large for a double (SQLSTATE 22003).
    Overflow,
}

/// An argument that a function cannot work with.
#[derive(Clone, Debug, PartialEq)]
pub struct ArgumentError {
    pub refusal: Refusal,
    /// The argument under its SQL name.
    pub argument: &'static str,
    /// Which element, counted from 1 as SQL arrays are, if the argument is an array.
    pub element: Option<usize>,
    pub value: f64,
    /// What to give instead: a sentence without its full stop.
    pub remedy: &'static str,
}

pub type Result<T> = std::result::Result<T, ArgumentError>;

impl ArgumentError {
    pub fn invalid(argument: &'static str, value: f64, remedy: &'static str) -> Self {
        ArgumentError { refusal: Refusal::Invalid, argument, element: None, value, remedy }
    }

    /// Says that the error lies in element `index`, counted from 0.
    pub fn at(self, index: usize) -> Self {
        ArgumentError { element: Some(index + 1), ..self }
    }

    /// The argument as the user would write it: `retention[3]`.
    fn place(&self) -> String {
        match self.element {
            Some(element) => format!("{}[{element}]", self.argument),
            None => self.argument.to_owned(),
        }
    }

    /// The DETAIL of the SQL error.
    pub fn detail(&self) -> String {
        format!("{} is {}.", self.place(), written(self.value))
    }

    /// The HINT of the SQL error.
    pub fn hint(&self) -> String {
        format!("{}.", self.remedy)
    }
}

/// A number as it was written, whole ones without ".0".
pub fn written(value: f64) -> String {
    if value.is_infinite() {
        format!("{}Infinity", if value < 0.0 { "-" } else { "" })
    } else if value.fract() == 0.0 && value.abs() < 1e16 {
        format!("{value:.0}")
    } else {
        format!("{value:?}")
    }
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refusal {
            Refusal::Invalid => write!(f, "invalid {}", self.place()),
            Refusal::Overflow => write!(f, "{} is out of range", self.place()),
        }
    }
}

impl std::error::Error for ArgumentError {}

/// The value, if it is neither NaN nor infinite.
pub fn finite(argument: &'static str, value: f64) -> Result<f64> {
    let remedy = "Give a number that is neither NaN nor infinite";
    if value.is_finite() { Ok(value) } else { Err(ArgumentError::invalid(argument, value, remedy)) }
}

/// The value, if it is finite and 0 or more.
pub fn not_negative(argument: &'static str, value: f64) -> Result<f64> {
    match finite(argument, value)? {
        value if value >= 0.0 => Ok(value),
        value => Err(ArgumentError::invalid(argument, value, "Give a number that is 0 or more")),
    }
}

/// The value, if it is finite and above 0.
pub fn positive(argument: &'static str, value: f64) -> Result<f64> {
    match finite(argument, value)? {
        value if value > 0.0 => Ok(value),
        value => Err(ArgumentError::invalid(argument, value, "Give a number above 0")),
    }
}

/// The value of a parameter of a model that is a pure number, if it is within what the models
/// compute with: a fit keeps such a one within 10⁻⁸ and 10⁸ of an ordinary one.
pub fn shape(argument: &'static str, value: f64) -> Result<f64> {
    let remedy = "Give a number from 1e-12 to 1e12, the limits of a parameter without a unit";
    within(argument, value, 1e-12..=1e12, remedy)
}

/// The value of a parameter of a model that is a time or an amount, if it is within what the
/// models compute with, whatever the unit.
pub fn scale(argument: &'static str, value: f64) -> Result<f64> {
    let remedy = "Give a number from 1e-30 to 1e30, the limits of a parameter with a unit";
    within(argument, value, 1e-30..=1e30, remedy)
}

fn within(
    argument: &'static str,
    value: f64,
    limits: RangeInclusive<f64>,
    remedy: &'static str,
) -> Result<f64> {
    match positive(argument, value)? {
        value if limits.contains(&value) => Ok(value),
        value => Err(ArgumentError::invalid(argument, value, remedy)),
    }
}

/// The value, if it is a share: between 0 and 1, both included.
pub fn share(argument: &'static str, value: f64) -> Result<f64> {
    let remedy = "Give a share between 0 and 1: 30 % is 0.30";
    match finite(argument, value)? {
        value if (0.0..=1.0).contains(&value) => Ok(value),
        value => Err(ArgumentError::invalid(argument, value, remedy)),
    }
}

/// The value, if it is a probability strictly between 0 and 1.
pub fn open_share(argument: &'static str, value: f64) -> Result<f64> {
    if value > 0.0 && value < 1.0 {
        return Ok(value);
    }
    let remedy = "Give a probability above 0 and below 1: 95 % is 0.95";
    Err(ArgumentError::invalid(argument, value, remedy))
}

/// The value, if it is a margin as a share of revenue: at most 1, below 0 if sales lose money.
pub fn margin(argument: &'static str, value: f64) -> Result<f64> {
    let remedy = "Give the margin as a share of revenue, at most 1: 30 % is 0.30";
    match finite(argument, value)? {
        value if value <= 1.0 => Ok(value),
        value => Err(ArgumentError::invalid(argument, value, remedy)),
    }
}

/// The value, if it is a rate of interest: above -1. It may be above 1 where it is looked for, as
/// the internal rate of return, or comes from a conversion.
pub fn interest(argument: &'static str, value: f64) -> Result<f64> {
    let remedy = "Give a rate above -1: 10 % is 0.10";
    match finite(argument, value)? {
        value if value > -1.0 => Ok(value),
        value => Err(ArgumentError::invalid(argument, value, remedy)),
    }
}

/// The value, if money can be discounted by it: above -1. Above 1 it is a percentage by mistake.
pub fn discount(argument: &'static str, value: f64) -> Result<f64> {
    let remedy = "Give a discount rate above -1 and at most 1: 10 % is 0.10";
    match finite(argument, value)? {
        value if value > -1.0 && value <= 1.0 => Ok(value),
        value => Err(ArgumentError::invalid(argument, value, remedy)),
    }
}

/// A result, if the arguments did not drive it out of the range of a double.
pub fn in_range(result: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() {
        return Ok(value);
    }
    let remedy = "Give smaller amounts, fewer periods or a lower growth rate";
    let refusal = Refusal::Overflow;
    Err(ArgumentError { refusal, argument: result, element: None, value, remedy })
}
