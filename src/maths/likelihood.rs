//! What a fit climbs: the log-likelihood of a data set with its exact derivatives.

use nalgebra::{DMatrix, DVector};

/// Value, gradient and Hessian of a summed log-likelihood at one point.
#[derive(Clone, Debug)]
pub struct Derivatives {
    pub value: f64,
    pub gradient: DVector<f64>,
    pub hessian: DMatrix<f64>,
}

impl Derivatives {
    pub fn zero(dimension: usize) -> Self {
        Derivatives {
            value: 0.0,
            gradient: DVector::zeros(dimension),
            hessian: DMatrix::zeros(dimension, dimension),
        }
    }

    /// What an evaluation answers where the model is not defined.
    pub fn undefined(dimension: usize) -> Self {
        Derivatives { value: f64::NAN, ..Self::zero(dimension) }
    }
}

/// Where a parameter lives, and so how the optimiser may move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Above 0: the optimiser works on its logarithm.
    Positive,
    /// Between 0 and 1: the optimiser works on its log odds.
    Share,
    /// Any real number of ordinary size (the coefficient of a standardised covariate).
    Real,
}

impl Domain {
    /// The derivative of a parameter by what the optimiser works on, and that of the logarithm of
    /// this derivative.
    pub fn slopes(self, natural: f64) -> (f64, f64) {
        match self {
            Domain::Positive => (natural, 1.0),
            Domain::Share => (natural * (1.0 - natural), 1.0 - 2.0 * natural),
            Domain::Real => (1.0, 0.0),
        }
    }

    /// Whether the parameter may have this value.
    pub fn contains(self, value: f64) -> bool {
        let above = match self {
            Domain::Positive => value > 0.0,
            Domain::Share => value > 0.0 && value < 1.0,
            Domain::Real => true,
        };
        above && value.is_finite()
    }
}

/// A log-likelihood over folded data, as a function of the parameters of the model.
///
/// The sum runs over rows in a fixed order, so that equal data give equal bits.
pub trait Likelihood {
    /// The parameters' domains, in the order of the model's own list.
    fn domains(&self) -> Vec<Domain>;

    /// Sum of ln L with first and second derivatives by the natural parameters (not their logs).
    /// Not finite where the model is not defined; the optimiser then steps back. `interrupt` is
    /// called every few thousand rows and may unwind.
    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives;
}
