//! Predictions held against what customers then did.

use super::error::{ArgumentError, Result, finite};

/// How far predictions were off; a difference is predicted less actual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accuracy {
    pub customers: f64,
    /// Means per customer.
    pub predicted: f64,
    pub actual: f64,
    /// Mean difference: above 0 where too much was predicted.
    pub bias: f64,
    pub mean_absolute_error: f64,
    pub root_mean_square_error: f64,
}

/// The largest difference whose square can be summed over all customers there may be.
const LARGEST: f64 = 1e140;

/// What a customer adds to the sums that [`Accuracy::of`] takes.
pub fn terms(predicted: f64, actual: f64) -> Result<[f64; 5]> {
    let difference = finite("predicted", predicted)? - finite("actual", actual)?;
    if difference.abs() > LARGEST {
        let remedy = "Give numbers of purchases or amounts of money";
        return Err(ArgumentError::invalid("predicted", predicted, remedy));
    }
    Ok([1.0, predicted, actual, difference.abs(), difference * difference])
}

impl Accuracy {
    /// From the sums of [`terms`] over the customers; None without customers.
    pub fn of([customers, predicted, actual, absolute, square]: [f64; 5]) -> Option<Self> {
        (customers > 0.0).then(|| Accuracy {
            customers,
            predicted: predicted / customers,
            actual: actual / customers,
            bias: (predicted - actual) / customers,
            mean_absolute_error: absolute / customers,
            root_mean_square_error: (square / customers).sqrt(),
        })
    }
}
