//! Static covariates z of a customer: which parameters of a model they act on, and by which
//! coefficients γ. With signs as in CLVTools:
//!
//! Pareto/NBD: alpha e^(−γ₁z₁), beta e^(−γ₂z₂): the mean rates of purchases and dropout grow with γz
//! (Fader and Hardie 2007, "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD
//! models").
//! BG/NBD, and MBG/NBD likewise: alpha e^(−γ₁z₁), a e^(γ₂z₂), b e^(γ₂z₂): the mean dropout
//! probability a/(a+b) stays, and customers differ the less in it, the larger γ₂z₂ (same source).
//! Gamma-Gamma: v e^(γz), which multiplies all that a customer spends by e^(γz). The mean spend then
//! is a generalised beta of the second kind whose scale depends on covariates (McDonald and Butler
//! 1990, "Regression models for positive random variables", Journal of Econometrics 43).
//! sBG: alpha e^(γ₁z), beta e^(γ₂z), the beta-logistic model (Heckman and Willis 1977, "A
//! beta-logistic model for the analysis of sequential labor force participation by married women",
//! Journal of Political Economy 85).

use std::fmt;

use super::counted::Row;
use super::error::{ArgumentError, Result};
use super::fit::Fittable;
use super::likelihood::{Domain, Likelihood};

/// The most parameters, and the most processes, of a model with covariates.
pub(super) const PARAMETERS: usize = 4;
pub(super) const PROCESSES: usize = 2;

/// How covariates act on a model.
#[derive(Debug, PartialEq)]
pub struct Effects {
    /// What coefficients act on and are called after.
    pub processes: &'static [&'static str],
    /// Whether each process has an array of covariates of its own; otherwise all have the same.
    pub separate: bool,
    /// For each parameter of the model the process that acts on it, and the sign with which.
    pub on: &'static [Option<(usize, f64)>],
}

impl Effects {
    /// The arrays of covariates that a customer has.
    pub fn arrays(&self) -> &'static [&'static str] {
        if self.separate { self.processes } else { &["covariates"] }
    }
}

/// A model that takes covariates.
pub trait WithCovariates {
    type Row: Row + 'static;

    const EFFECTS: Effects;

    /// The fit without covariates, of rows in any order.
    fn plain(rows: &[Self::Row]) -> Box<dyn Fittable + '_>;

    /// The log-likelihood of rows in the order of their keys, divided by `unit`.
    fn likelihood(rows: &[Self::Row], unit: f64) -> Box<dyn Likelihood>;

    /// What else is to be said of a fit with these parameters.
    fn remark(_parameters: &[f64]) -> Option<&'static str> {
        None
    }
}

/// One coefficient: the column of the covariates that it multiplies for each process.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Coefficient {
    name: String,
    pub columns: [Option<usize>; PROCESSES],
}

/// The coefficients of a fit, by the number of covariates and the constraints.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Design {
    /// None of a model that takes no covariates.
    effects: Option<&'static Effects>,
    /// Covariates in each array.
    lengths: Vec<usize>,
    /// Numbers from 1 of the covariates that have one coefficient for all processes.
    equal: Vec<usize>,
    pub(super) coefficients: Vec<Coefficient>,
}

/// Why there is no such design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidDesign {
    /// Not one number of covariates per array.
    Arrays { expected: usize, found: usize },
    /// A constraint on covariates of a number that some process lacks, or given twice.
    Equal(usize),
    /// A constraint where there is a single process.
    OneProcess,
}

impl fmt::Display for InvalidDesign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidDesign::Arrays { expected, found } => {
                write!(f, "there are {found} arrays of covariates, not {expected}")
            }
            InvalidDesign::Equal(number) => {
                write!(
                    f,
                    "equal has {number}, which must be the number of a covariate of each process, once"
                )
            }
            InvalidDesign::OneProcess => {
                write!(f, "equal needs a model in which covariates act on two processes")
            }
        }
    }
}

impl std::error::Error for InvalidDesign {}

impl Design {
    /// With so many covariates in each array; those of the numbers in `equal`, from 1 on, act by one
    /// coefficient on all processes.
    pub fn new(
        effects: &'static Effects,
        lengths: &[usize],
        equal: &[usize],
    ) -> std::result::Result<Self, InvalidDesign> {
        let (expected, found) = (effects.arrays().len(), lengths.len());
        if expected != found {
            return Err(InvalidDesign::Arrays { expected, found });
        }
        if !equal.is_empty() && effects.processes.len() == 1 {
            return Err(InvalidDesign::OneProcess);
        }
        let fewest = lengths.iter().copied().min().unwrap_or(0);
        for (i, number) in equal.iter().enumerate() {
            if !(1..=fewest).contains(number) || equal[..i].contains(number) {
                return Err(InvalidDesign::Equal(*number));
            }
        }
        let column = |process: usize, number: usize| match effects.separate {
            true => lengths[..process].iter().sum::<usize>() + number - 1,
            false => number - 1,
        };
        let mut coefficients = Vec::new();
        for (process, name) in effects.processes.iter().enumerate() {
            let length = lengths[if effects.separate { process } else { 0 }];
            for number in (1..=length).filter(|number| !equal.contains(number)) {
                let mut columns = [None; PROCESSES];
                columns[process] = Some(column(process, number));
                coefficients.push(Coefficient { name: format!("{name}_{number}"), columns });
            }
        }
        coefficients.extend(equal.iter().map(|&number| Coefficient {
            name: format!("both_{number}"),
            columns: std::array::from_fn(|process| Some(column(process, number))),
        }));
        let (lengths, equal) = (lengths.to_vec(), equal.to_vec()); // small
        Ok(Design { effects: Some(effects), lengths, equal, coefficients })
    }

    /// Without any covariate.
    pub fn none(effects: Option<&'static Effects>) -> Self {
        let arrays = effects.map_or(&[][..], Effects::arrays);
        let lengths = arrays.iter().map(|_| 0).collect();
        Design { effects, lengths, ..Design::default() }
    }

    pub fn effects(&self) -> Option<&'static Effects> {
        self.effects
    }

    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    pub fn equal(&self) -> &[usize] {
        &self.equal
    }

    /// How many coefficients there are.
    pub fn size(&self) -> usize {
        self.coefficients.len()
    }

    /// The names of the coefficients, which come after the parameters of the model.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.coefficients.iter().map(|coefficient| coefficient.name.clone())
    }

    /// The parameters of the model that covariates act on, for how many there are of each.
    pub(super) fn on(&self) -> &'static [Option<(usize, f64)>] {
        self.effects.map_or(&[], |effects| effects.on)
    }

    /// The domains of all parameters of a fit.
    pub(super) fn domains(&self) -> Vec<Domain> {
        let own = self.on().iter().map(|_| Domain::Positive);
        own.chain(self.coefficients.iter().map(|_| Domain::Real)).collect()
    }

    /// What covariates, all arrays one after the other, multiply the parameters of the model by.
    pub(super) fn factors(&self, coefficients: &[f64], covariates: &[f64]) -> [f64; PARAMETERS] {
        let mut sums = [0.0; PROCESSES];
        for (coefficient, gamma) in self.coefficients.iter().zip(coefficients) {
            for (sum, column) in sums.iter_mut().zip(coefficient.columns) {
                *sum += column.map_or(0.0, |column| gamma * covariates[column]);
            }
        }
        let mut factors = [1.0; PARAMETERS];
        for (factor, effect) in factors.iter_mut().zip(self.on()) {
            *factor = effect.map_or(1.0, |(process, sign)| (sign * sums[process]).exp());
        }
        factors
    }

    /// The parameters of the model of a customer with these covariates, all arrays one after the
    /// other. `parameters` as the fit gives them: those of the model, then the coefficients.
    pub fn of_customer(&self, parameters: &[f64], covariates: &[f64]) -> Result<Vec<f64>> {
        let own = self.on().len();
        let width: usize = self.lengths.iter().sum();
        if covariates.len() != width || parameters.len() != own + self.size() {
            let remedy = "Give as many covariates as the model was fitted with";
            return Err(ArgumentError::invalid("covariates", covariates.len() as f64, remedy));
        }
        let (baseline, coefficients) = parameters.split_at(own);
        let factors = self.factors(coefficients, covariates);
        Ok(baseline.iter().zip(factors).map(|(value, factor)| value * factor).collect())
    }
}

/// The numbers of covariates in each array: "2 covariates", "2 covariates of purchase and 1 of
/// dropout".
pub fn count_in_words(arrays: &[&str], lengths: &[usize]) -> String {
    let noun = if lengths.first() == Some(&1) { "covariate" } else { "covariates" };
    match lengths {
        [] => "no covariates".into(),
        [one] => format!("{one} {noun}"),
        [first, others @ ..] => {
            let name = |i: usize| arrays.get(i).copied().unwrap_or("another array");
            let mut words = format!("{first} {noun} of {}", name(0));
            for (i, length) in others.iter().enumerate() {
                words.push_str(&format!(" and {length} of {}", name(i + 1)));
            }
            words
        }
    }
}
