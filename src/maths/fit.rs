//! From folded data to a fitted model: units, starting points, the best of several climbs,
//! standard errors and a verdict in words. One driver for all models; what differs between
//! them is behind [`Fittable`].

use std::borrow::Cow;
use std::fmt;

use nalgebra::{DMatrix, SymmetricEigen};

use super::border::Border;
use super::likelihood::{Domain, Likelihood};
use super::optimise::{Climb, Point, Settings, Stop, begin, maximise, run_away};

/// Customers of the sample that a climb over a large data set begins with, and how many times
/// larger the next one is.
const SAMPLE: usize = 256;
const GROWTH: usize = 16;
/// Objectives within this of each other, relative to their size, count as equal.
const PRECISION: f64 = 1e-9;

/// One parameter of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: Cow<'static, str>,
    /// The power of the unit of the data that it is measured in: 1 of a time or an amount (alpha in
    /// weeks, v in dollars), -1 of a rate (lambda per week), 0 of a pure number.
    pub dimension: i32,
}

impl Parameter {
    pub const fn named(name: &'static str, dimension: i32) -> Self {
        Parameter { name: Cow::Borrowed(name), dimension }
    }
}

/// Limits of a model, each with the data set that it shall be determined by.
pub type Borders<'a> = Vec<(&'static Border, Box<dyn Fittable + 'a>)>;

/// A data set together with the model that it shall determine.
pub trait Fittable {
    /// In the order of the model's own list.
    fn parameters(&self) -> Vec<Parameter>;

    /// Customers in the data, not distinct rows.
    fn customers(&self) -> u64;

    /// Why the data cannot determine the model, if so: "no customer has a repeat purchase".
    fn obstacle(&self) -> Option<String>;

    /// The magnitude of the parameters that have a unit: mean time per purchase, mean spend; 1
    /// without a unit.
    fn magnitude(&self) -> f64;

    /// How often a density by the unit enters the likelihood (Σx for purchase times): with data
    /// divided by `unit`, ln L is larger by this number × ln(unit).
    fn densities(&self) -> f64;

    /// Rows of the folded data: what a pass over them costs.
    fn rows(&self) -> usize;

    /// The log-likelihood of the data divided by `unit`: of all customers, or of one in `every`.
    fn likelihood(&self, unit: f64, every: u64) -> Box<dyn Likelihood + '_>;

    /// Starting points for the data divided by `unit`; at least one.
    fn starts(&self, unit: f64) -> Vec<Vec<f64>>;

    /// How many of them, the likeliest, are worth a climb over a sample.
    fn worthy_starts(&self) -> usize {
        usize::MAX
    }

    /// The limits of the model at which a likelihood without a maximum may have its supremum, by
    /// rising number of parameters.
    fn borders(&self) -> Borders<'_> {
        Vec::new()
    }
}

/// The obstacle that more parameters are asked for than there are customers to tell them.
pub(super) fn too_few(customers: u64, parameters: usize) -> String {
    too_few_of(customers, ["customer", "customers"], parameters)
}

/// The same of what is called so, one of it and several.
pub(super) fn too_few_of(count: u64, [one, several]: [&str; 2], parameters: usize) -> String {
    let are = if count == 1 { format!("{one} is") } else { format!("{several} are") };
    format!("{count} {are} too few for {parameters} parameters")
}

/// What a caller may ask of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// penalty × Σ parameter², in the user's unit, is subtracted from the sum of log-likelihoods.
    pub penalty: f64,
    /// Where to begin, in the user's unit: usually the estimates of an earlier fit.
    pub start: Option<Vec<f64>>,
    /// Of each climb over all the data.
    pub max_iterations: u32,
    /// The relative change of a parameter that Newton's method may still ask for at the end.
    pub tolerance: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { penalty: 0.0, start: None, max_iterations: 100, tolerance: 1e-8 }
    }
}

/// An option that no fit can obey.
#[derive(Clone, Debug, PartialEq)]
pub enum InvalidOption {
    /// Negative, infinite or NaN.
    Penalty(f64),
    /// Not between 0 and 1, both excluded.
    Tolerance(f64),
    /// Zero.
    MaxIterations,
    /// Not one number per parameter.
    StartLength { expected: usize, found: usize },
    /// The starting value of a parameter is outside its domain.
    Start { parameter: String, value: f64 },
}

impl fmt::Display for InvalidOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidOption::Penalty(value) => {
                write!(f, "penalty must be a finite number of at least 0, not {value}")
            }
            InvalidOption::Tolerance(value) => {
                write!(f, "tolerance must be between 0 and 1, not {value}")
            }
            InvalidOption::MaxIterations => write!(f, "max_iterations must be at least 1"),
            InvalidOption::StartLength { expected, found } => {
                write!(f, "start must have {expected} values, one for each parameter, not {found}")
            }
            InvalidOption::Start { parameter, value } => {
                write!(f, "{parameter} cannot start at {value}")
            }
        }
    }
}

impl std::error::Error for InvalidOption {}

/// A fitted model, or the reason why there is none; parameters in the user's unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// None when the data cannot determine the model at all. Those of the border if there is one.
    pub parameters: Option<Vec<f64>>,
    /// The limit of the model at which the likelihood has its supremum; none inside.
    pub border: Option<&'static str>,
    /// None unless converged at a strict maximum.
    pub std_errors: Option<Vec<f64>>,
    /// Inverse of the observed information (with the penalty, if any) by the natural parameters.
    pub covariance: Option<DMatrix<f64>>,
    /// Without the penalty.
    pub log_likelihood: Option<f64>,
    /// Akaike's criterion: 2k − 2 ln L.
    pub aic: Option<f64>,
    /// Schwarz's criterion: k ln(customers) − 2 ln L.
    pub bic: Option<f64>,
    pub customers: u64,
    /// Newton steps, over all starting points.
    pub iterations: u32,
    /// Passes over the data, over all starting points; those over a sample do not count.
    pub evaluations: u32,
    pub converged: bool,
    /// How the fit ended, in words.
    pub termination: String,
    /// Largest |∂ ln L / ∂ ln(parameter)|, per customer.
    pub gradient_norm: Option<f64>,
    /// Largest over smallest eigenvalue of the information by the logarithms of the parameters:
    /// the same in every unit. None where the information is not positive definite.
    pub condition_number: Option<f64>,
}

/// Fits the model: the same data give the same bits, whatever their order was. `interrupt` is
/// called every few thousand rows and may unwind.
///
/// A likelihood that has its maximum on the border of the parameters is fitted there: the answer is
/// the simplest limit of the model that is no lower than any point that the climbs have found, with
/// what is left of its parameters.
pub fn fit(
    problem: &dyn Fittable,
    options: &Options,
    interrupt: &mut dyn FnMut(),
) -> Result<Fit, InvalidOption> {
    let Attempt { mut fit, objective, endless } = attempt(problem, options, interrupt)?;
    if !endless {
        return Ok(fit);
    }
    let lowest = objective - PRECISION * objective.abs().max(1.0);
    let (mut iterations, mut evaluations) = (fit.iterations, fit.evaluations);
    let options = Options { start: None, ..options.clone() };
    for (border, limit) in problem.borders() {
        if options.penalty > 0.0 && !border.at_zero {
            continue;
        }
        let there = attempt(limit.as_ref(), &options, interrupt)?;
        iterations += there.fit.iterations;
        evaluations += there.fit.evaluations;
        if there.fit.converged && there.objective >= lowest {
            let termination = format!("converged on the border: {}", border.meaning);
            fit = Fit { border: Some(border.name), termination, ..there.fit };
            break;
        }
    }
    Ok(Fit { iterations, evaluations, ..fit })
}

/// What the climbs of one model led to.
struct Attempt {
    fit: Fit,
    /// What was maximised, at the best point; in the unit of the climb.
    objective: f64,
    /// Whether that is no maximum since parameters run away or the likelihood is flat.
    endless: bool,
}

/// The same without the limits of the model.
fn attempt(
    problem: &dyn Fittable,
    options: &Options,
    interrupt: &mut dyn FnMut(),
) -> Result<Attempt, InvalidOption> {
    let parameters = problem.parameters();
    check(options, parameters.len())?;
    let mut fit = Fit {
        parameters: None,
        border: None,
        std_errors: None,
        covariance: None,
        log_likelihood: None,
        aic: None,
        bic: None,
        customers: problem.customers(),
        iterations: 0,
        evaluations: 0,
        converged: false,
        termination: String::new(),
        gradient_norm: None,
        condition_number: None,
    };
    if let Some(obstacle) = problem.obstacle() {
        fit.termination = format!("not fitted: {obstacle}");
        return Ok(Attempt { fit, objective: f64::NEG_INFINITY, endless: false });
    }
    let unit = power_of_two(problem.magnitude());
    let units: Vec<f64> = parameters.iter().map(|p| unit.powi(p.dimension)).collect();
    let likelihood = problem.likelihood(unit, 1);
    let domains = likelihood.domains();
    let warm = match &options.start {
        Some(start) => Some(scaled_start(start, &units, &domains, &parameters)?),
        None => None,
    };
    let penalties: Vec<f64> = match options.penalty {
        0.0 => Vec::new(),
        penalty => units.iter().map(|unit| penalty * unit * unit).collect(),
    };
    let settings = Settings {
        penalties: &penalties,
        max_iterations: options.max_iterations,
        tolerance: options.tolerance,
    };
    let near = match warm {
        None => sampled_maxima(problem, unit, &penalties, interrupt),
        Some(start) => vec![start],
    };
    let mut climbs = Climbs::default();
    climbs.climb(likelihood.as_ref(), &near, usize::MAX, &settings, interrupt);
    if !climbs.converged() {
        let starts = problem.starts(unit);
        climbs.climb(likelihood.as_ref(), &starts, usize::MAX, &settings, interrupt);
    }
    let Climbs { best, iterations, evaluations, .. } = climbs;
    (fit.iterations, fit.evaluations) = (iterations, evaluations);
    let Some(best) = best.filter(|best| best.stop != Stop::Undefined) else {
        fit.termination = "not fitted: the likelihood is not finite at any starting point".into();
        return Ok(Attempt { fit, objective: f64::NEG_INFINITY, endless: false });
    };
    let objective = best.objective;
    let endless = match best.stop {
        Stop::Ridge | Stop::Flat => true,
        Stop::Iterations => !run_away(&domains, &best.parameters).is_empty(),
        _ => false,
    };

    fit.converged = best.stop.converged();
    fit.termination = verdict(&best, &domains, &parameters, options.penalty > 0.0);
    let k = parameters.len() as f64;
    let log_likelihood = best.log_likelihood - problem.densities() * unit.ln();
    fit.log_likelihood = Some(log_likelihood);
    fit.aic = Some(2.0 * k - 2.0 * log_likelihood);
    fit.bic = Some(k * (fit.customers as f64).ln() - 2.0 * log_likelihood);
    fit.gradient_norm = Some(best.gradient.amax() / fit.customers as f64);
    let estimates: Vec<f64> =
        best.parameters.iter().zip(&units).map(|(p, unit)| p * unit).collect();
    if let Some((inverse, condition)) = invert(best.information) {
        fit.condition_number = Some(condition);
        if fit.converged {
            let slope = |i: usize| domains[i].slopes(estimates[i]).0;
            let covariance = DMatrix::from_fn(inverse.nrows(), inverse.ncols(), |i, j| {
                slope(i) * slope(j) * inverse[(i, j)]
            });
            fit.std_errors = Some(covariance.diagonal().iter().map(|v| v.sqrt()).collect());
            fit.covariance = Some(covariance);
        }
    }
    fit.parameters = Some(estimates);
    Ok(Attempt { fit, objective, endless })
}

/// Climbs from several starting points, the best of them, and the maxima that they led to.
#[derive(Default)]
struct Climbs {
    best: Option<Climb>,
    maxima: Vec<Vec<f64>>,
    iterations: u32,
    evaluations: u32,
}

impl Climbs {
    fn converged(&self) -> bool {
        self.best.as_ref().is_some_and(|best| best.stop.converged())
    }

    /// From so many of the starting points, those where the objective is highest.
    fn climb(
        &mut self,
        likelihood: &dyn Likelihood,
        starts: &[Vec<f64>],
        most: usize,
        settings: &Settings,
        interrupt: &mut dyn FnMut(),
    ) {
        let begin = |start: &Vec<f64>| begin(likelihood, start, settings, interrupt);
        let mut points: Vec<Point> = starts.iter().map(begin).collect();
        // Not a number counts as the least.
        let height = |point: &Point| point.objective().max(f64::NEG_INFINITY);
        points.sort_by(|one, other| height(other).total_cmp(&height(one))); // small
        for start in points.into_iter().take(most) {
            let climb = maximise(likelihood, start, &self.maxima, settings, interrupt);
            self.iterations += climb.iterations;
            self.evaluations += climb.evaluations;
            if climb.stop.converged() {
                self.maxima.push(climb.parameters.clone());
            }
            if self.best.as_ref().is_none_or(|best| better(&climb, best)) {
                self.best = Some(climb);
            }
        }
    }
}

/// The maxima over samples of a large data set, each larger than the one before, usually a single
/// one: several starting points are tried at next to no cost, and the climb over all the data is a
/// short one. None where the last sample has no maximum, or data are few.
fn sampled_maxima(
    problem: &dyn Fittable,
    unit: f64,
    penalties: &[f64],
    interrupt: &mut dyn FnMut(),
) -> Vec<Vec<f64>> {
    let mut near = Vec::new();
    let mut size = SAMPLE;
    while 2 * size <= problem.rows() {
        let every = problem.customers() / size as u64;
        let likelihood = problem.likelihood(unit, every);
        let penalties: Vec<f64> = penalties.iter().map(|penalty| penalty / every as f64).collect();
        // No nearer to the sample's maximum than that is to the maximum of all data.
        let settings = Settings { penalties: &penalties, max_iterations: 50, tolerance: 1e-2 };
        let starts = if near.is_empty() { problem.starts(unit) } else { near };
        let mut climbs = Climbs::default();
        let most = problem.worthy_starts();
        climbs.climb(likelihood.as_ref(), &starts, most, &settings, interrupt);
        near = if climbs.converged() { climbs.maxima } else { Vec::new() };
        size *= GROWTH;
    }
    near
}

fn check(options: &Options, parameters: usize) -> Result<(), InvalidOption> {
    if !(options.penalty >= 0.0 && options.penalty.is_finite()) {
        return Err(InvalidOption::Penalty(options.penalty));
    }
    if !(options.tolerance > 0.0 && options.tolerance < 1.0) {
        return Err(InvalidOption::Tolerance(options.tolerance));
    }
    if options.max_iterations == 0 {
        return Err(InvalidOption::MaxIterations);
    }
    match &options.start {
        Some(start) if start.len() != parameters => {
            Err(InvalidOption::StartLength { expected: parameters, found: start.len() })
        }
        _ => Ok(()),
    }
}

fn scaled_start(
    start: &[f64],
    units: &[f64],
    domains: &[Domain],
    parameters: &[Parameter],
) -> Result<Vec<f64>, InvalidOption> {
    for ((&value, domain), parameter) in start.iter().zip(domains).zip(parameters) {
        if !domain.contains(value) {
            return Err(InvalidOption::Start { parameter: parameter.name.to_string(), value });
        }
    }
    Ok(start.iter().zip(units).map(|(value, unit)| value / unit).collect())
}

/// The power of two next to `magnitude`: dividing by it changes no bit of the data but the
/// exponent.
fn power_of_two(magnitude: f64) -> f64 {
    if magnitude.is_finite() && magnitude > 0.0 {
        magnitude.log2().round().clamp(-900.0, 900.0).exp2()
    } else {
        1.0
    }
}

/// A proper maximum beats a ridge that is no higher than the precision of the sum.
fn better(climb: &Climb, best: &Climb) -> bool {
    match (climb.stop, best.stop) {
        (Stop::Undefined | Stop::Merged, _) => false,
        (_, Stop::Undefined) => true,
        _ => {
            let margin = PRECISION * best.objective.abs().max(1.0);
            match (climb.stop.converged(), best.stop.converged()) {
                (true, false) => climb.objective > best.objective - margin,
                (false, true) => climb.objective > best.objective + margin,
                _ => climb.objective > best.objective,
            }
        }
    }
}

/// How a climb ended, in words.
fn verdict(climb: &Climb, domains: &[Domain], parameters: &[Parameter], penalised: bool) -> String {
    match climb.stop {
        Stop::Converged | Stop::Merged => "converged".into(),
        Stop::Precision => "converged: no step improves the likelihood in double precision".into(),
        Stop::Iterations => {
            format!("not converged: stopped at max_iterations = {}", climb.iterations)
        }
        Stop::Ridge => {
            let ends: Vec<(usize, &str)> = run_away(domains, &climb.parameters)
                .into_iter()
                .map(|(i, up)| match (up, domains[i]) {
                    (true, Domain::Share) => (i, "1"),
                    (true, _) => (i, "infinity"),
                    (false, Domain::Positive | Domain::Share) => (i, "0"),
                    (false, Domain::Real) => (i, "minus infinity"),
                })
                .collect();
            let running: Vec<String> = ends
                .iter()
                .map(|(i, end)| format!("{} runs to {end}", parameters[*i].name))
                .collect();
            // A penalty draws towards 0.
            let remedy = if !penalised && ends.iter().any(|&(_, end)| end.ends_with("infinity")) {
                ", a penalty would keep the parameters finite"
            } else {
                ""
            };
            format!(
                "not converged: the likelihood has no maximum, {}; the data hold less variety \
                 than the model assumes{remedy}",
                running.join(", ")
            )
        }
        Stop::Flat | Stop::Undefined => {
            "not converged: the likelihood is flat, the data do not determine the parameters".into()
        }
    }
}

/// Inverse and condition number of a positive definite matrix.
fn invert(information: DMatrix<f64>) -> Option<(DMatrix<f64>, f64)> {
    let eigen = SymmetricEigen::try_new(information, f64::EPSILON, 1000)?;
    let (least, largest) = (eigen.eigenvalues.min(), eigen.eigenvalues.max());
    if least.is_nan() || least <= 1e-15 * largest {
        return None;
    }
    let scaled =
        DMatrix::from_fn(eigen.eigenvectors.nrows(), eigen.eigenvectors.ncols(), |i, j| {
            eigen.eigenvectors[(i, j)] / eigen.eigenvalues[j]
        });
    let inverse = scaled * eigen.eigenvectors.transpose();
    Some(((&inverse + inverse.transpose()) * 0.5, largest / least))
}
