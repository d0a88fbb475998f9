//! The limits of a model in which a fit ends whose likelihood has no maximum inside: nobody ever
//! leaves, or customers do not differ. Each is a model of its own with fewer parameters.

use super::error::{Result, finite, open_share, scale, shape};
use super::likelihood::Domain;
use super::purchase_model::PurchaseModel;
use super::simulate::Simulate;

/// A limit of a model.
#[derive(Debug, PartialEq)]
pub struct Border {
    /// The value of the key `border` of a clv_model.
    pub name: &'static str,
    /// What is true of the customers there, and what the parameters do.
    pub meaning: &'static str,
    /// What is left of the parameters.
    pub parameters: &'static [&'static str],
    pub domains: &'static [Domain],
    /// Whether those that are gone are 0 there, so that a penalty takes nothing for them.
    pub at_zero: bool,
}

impl Border {
    /// The one of this name.
    pub fn named(borders: &'static [Border], name: &str) -> Option<&'static Border> {
        borders.iter().find(|border| border.name == name)
    }

    /// That parameters, as many as there are, lie where they may.
    pub(super) fn check(&self, parameters: &[f64]) -> Result<()> {
        // Beside a gamma distribution's r or s these are its scale, otherwise of a beta one.
        let gamma = ["r", "s"].iter().any(|name| self.parameters.contains(name));
        let has_unit = |name: &str| match name {
            "alpha" | "beta" => gamma,
            _ => ["lambda", "mu"].contains(&name),
        };
        let places = self.parameters.iter().zip(self.domains);
        places.zip(parameters).try_for_each(|((name, domain), &value)| {
            match domain {
                Domain::Share => open_share(name, value)?,
                Domain::Positive if has_unit(name) => scale(name, value)?,
                Domain::Positive => shape(name, value)?,
                Domain::Real => finite(name, value)?,
            };
            Ok(())
        })
    }
}

/// A purchase model that also draws customers.
pub trait Purchases: PurchaseModel + Simulate {}

impl<M: PurchaseModel + Simulate> Purchases for M {}

/// A purchase model on a border of some family, made of the parameters that are left; none for
/// another number of them.
pub type Made = Result<Option<Box<dyn Purchases>>>;
