//! What is wrong with a parameter that no model can have.

use std::fmt;

/// A parameter outside its domain: which one, and its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InvalidParameter {
    pub name: &'static str,
    pub value: f64,
}

impl fmt::Display for InvalidParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parameter {} must be a finite number above 0, not {}", self.name, self.value)
    }
}

impl std::error::Error for InvalidParameter {}

/// The value itself if it is finite and above 0.
pub fn positive(name: &'static str, value: f64) -> Result<f64, InvalidParameter> {
    if value.is_finite() && value > 0.0 { Ok(value) } else { Err(InvalidParameter { name, value }) }
}
