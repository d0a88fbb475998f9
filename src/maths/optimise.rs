//! Climbs a log-likelihood to its maximum: Newton's method with exact derivatives inside a
//! trust region, on the logarithms of the positive parameters and the log odds of shares. What is climbed, and from
//! where, is said elsewhere (`likelihood`, `fit`).

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::likelihood::{Derivatives, Domain, Likelihood};

/// A positive parameter is kept within 1/LIMIT and LIMIT, any other within the logarithms of these:
/// a likelihood that still rises there has its supremum at 0 or infinity. The data are scaled, so
/// that ordinary values are near 1.
const LIMIT: f64 = 1e8;
/// Radius of the first and of the widest trust region: a factor of e, and of e⁴.
const FIRST_RADIUS: f64 = 1.0;
const WIDEST_RADIUS: f64 = 4.0;
/// A radius below which no step can change the parameters noticeably.
const NARROWEST_RADIUS: f64 = 1e-13;
/// Gain, relative to the value, below which gradients and no longer values are compared.
const NOISE: f64 = 1e-10;
/// A Newton step within this that also ends within this of a known maximum is taken to lead there.
const NEAR: f64 = 0.7;
/// Steps in a row that promise less than the rounding error of the value.
const PATIENCE: u32 = 3;
/// A last Newton step within this is taken without another evaluation: its error is its square.
const TRUSTED: f64 = 1e-6;
/// With no progress left, a remaining Newton step below this still counts as converged.
const SETTLED: f64 = 1e-5;

/// When to stop, and what to subtract.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// Per parameter, the factor of its square that is subtracted from the log-likelihood;
    /// empty for none.
    pub penalties: &'a [f64],
    pub max_iterations: u32,
    /// Largest component of the Newton step (relative change of a positive parameter) at which
    /// the point counts as the maximum.
    pub tolerance: f64,
}

/// Why the climb ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The Newton step, that is the gradient in the metric of the Hessian, vanishes.
    Converged,
    /// No step improves the value beyond its rounding error, and the Newton step is small.
    Precision,
    /// The value still rises, or is flat, while parameters run to 0 or infinity.
    Ridge,
    /// As `Ridge`, but no parameter is extreme: the maximum is not determined by the data.
    Flat,
    /// `max_iterations` were used up.
    Iterations,
    /// Value or derivatives are not finite at the starting point.
    Undefined,
    /// The climb came close to a maximum that is known already.
    Merged,
}

impl Stop {
    pub fn converged(self) -> bool {
        matches!(self, Stop::Converged | Stop::Precision)
    }
}

/// Where a climb ended. All but `parameters` and `log_likelihood` is by the working parameters
/// (logarithms of the positive ones, log odds of shares) and includes the penalty.
#[derive(Clone, Debug)]
pub struct Climb {
    /// The natural parameters.
    pub parameters: Vec<f64>,
    /// Without the penalty.
    pub log_likelihood: f64,
    /// What was maximised: with the penalty.
    pub objective: f64,
    pub gradient: DVector<f64>,
    /// The observed information: minus the Hessian.
    pub information: DMatrix<f64>,
    pub stop: Stop,
    pub iterations: u32,
    pub evaluations: u32,
}

/// A point of the climb: the objective by the working parameters.
pub struct Point {
    working: DVector<f64>,
    natural: Vec<f64>,
    log_likelihood: f64,
    objective: f64,
    gradient: DVector<f64>,
    information: DMatrix<f64>,
}

impl Point {
    /// What is climbed, at this point.
    pub fn objective(&self) -> f64 {
        self.objective
    }

    fn finite(&self) -> bool {
        self.objective.is_finite()
            && self.gradient.iter().all(|g| g.is_finite())
            && self.information.iter().all(|h| h.is_finite())
    }
}

/// Where a climb from `start` (natural parameters) begins; takes an evaluation.
pub fn begin(
    likelihood: &dyn Likelihood,
    start: &[f64],
    settings: &Settings,
    interrupt: &mut dyn FnMut(),
) -> Point {
    let domains = likelihood.domains();
    let working = confined(to_working(&domains, start));
    point(likelihood, &domains, settings.penalties, working, interrupt)
}

/// Climbs from `start` to a maximum of `likelihood`. `known` are the parameters of maxima that were
/// found before: near one the climb ends as `Stop::Merged`. Always ends: after at most
/// `max_iterations` + 1 evaluations, the one at the start counted.
pub fn maximise(
    likelihood: &dyn Likelihood,
    start: Point,
    known: &[Vec<f64>],
    settings: &Settings,
    interrupt: &mut dyn FnMut(),
) -> Climb {
    let domains = likelihood.domains();
    let known: Vec<_> = known.iter().map(|natural| to_working(&domains, natural)).collect();
    let evaluate = |working: DVector<f64>, interrupt: &mut dyn FnMut()| {
        point(likelihood, &domains, settings.penalties, working, interrupt)
    };

    let mut current = start;
    let mut evaluations = 1;
    let mut iterations = 0;
    let mut radius = FIRST_RADIUS;
    let mut stalled = 0;
    let stop = loop {
        if !current.finite() {
            break Stop::Undefined;
        }
        let Some(model) = Quadratic::new(&current) else { break Stop::Undefined };
        let newton = model.newton();
        let newton_size = newton.as_ref().map_or(f64::INFINITY, |step| step.amax());
        if newton_size <= settings.tolerance {
            if let Some(step) = newton.filter(|_| newton_size <= TRUSTED) {
                current.natural = to_natural(&domains, &(&current.working + step));
                // The objective is level here; the penalty, and with it ln L, is not.
                current.log_likelihood =
                    current.objective + penalty(settings.penalties, &current.natural);
            }
            break Stop::Converged;
        }
        let leads_to = |known: &DVector<f64>| {
            newton.as_ref().is_some_and(|step| {
                newton_size < NEAR && (&current.working + step - known).amax() < NEAR
            })
        };
        if known.iter().any(leads_to) {
            break Stop::Merged;
        }
        if stalled >= PATIENCE || radius < NARROWEST_RADIUS {
            break settle(newton_size, &current.working, &domains);
        }
        if iterations >= settings.max_iterations {
            break Stop::Iterations;
        }
        iterations += 1;
        let (step, full) = match newton {
            Some(step) if step.norm() <= radius => (step, true),
            _ => (model.restricted(radius), false),
        };
        let working = confined(&current.working + step);
        let step = &working - &current.working;
        let promised = model.gain(&current, &step);
        if step.amax() == 0.0 || promised <= 0.0 {
            break settle(newton_size, &current.working, &domains);
        }
        let scale = current.objective.abs().max(1.0);
        stalled = if promised <= 16.0 * f64::EPSILON * scale { stalled + 1 } else { 0 };
        let trial = evaluate(working, interrupt);
        evaluations += 1;
        let gained = trial.objective - current.objective;
        let length = step.norm();
        if !trial.finite() {
            radius = length / 4.0;
        } else if full
            && promised <= NOISE * scale
            && model.decrement(&trial.gradient) < model.decrement(&current.gradient)
        {
            // The last steps gain less than the value's rounding error, but gradients, which
            // vanish at the maximum, still tell the better point.
            current = trial;
        } else {
            if gained < 0.25 * promised {
                radius = length / 4.0;
            } else if gained > 0.75 * promised && length > 0.8 * radius {
                radius = (2.0 * radius).min(WIDEST_RADIUS);
            }
            if gained > 1e-4 * promised {
                current = trial;
            }
        }
    };
    Climb {
        parameters: current.natural,
        log_likelihood: current.log_likelihood,
        objective: current.objective,
        gradient: current.gradient,
        information: current.information,
        stop,
        iterations,
        evaluations,
    }
}

/// Parameters that count as having run to infinity (`true`), or to 0 or minus infinity (`false`):
/// positive ones, and odds of shares, beyond 10⁴ or its inverse, and coefficients that change a rate by the factor 100
/// where a standardised covariate changes by 1.
pub fn run_away(domains: &[Domain], natural: &[f64]) -> Vec<(usize, bool)> {
    let working = to_working(domains, natural);
    let beyond = |(i, &value): (usize, &f64)| {
        let far = match domains[i] {
            Domain::Positive | Domain::Share => 0.5 * LIMIT.ln(),
            Domain::Real => 0.25 * LIMIT.ln(),
        };
        (value.abs() > far).then_some((i, value > 0.0))
    };
    working.iter().enumerate().filter_map(beyond).collect()
}

fn settle(newton_size: f64, working: &DVector<f64>, domains: &[Domain]) -> Stop {
    if newton_size <= SETTLED {
        Stop::Precision
    } else if !run_away(domains, &to_natural(domains, working)).is_empty() {
        Stop::Ridge
    } else {
        Stop::Flat
    }
}

/// Parameters kept within their limits.
fn confined(mut working: DVector<f64>) -> DVector<f64> {
    let bound = LIMIT.ln();
    working.iter_mut().for_each(|value| *value = value.clamp(-bound, bound));
    working
}

fn to_working(domains: &[Domain], natural: &[f64]) -> DVector<f64> {
    DVector::from_iterator(
        domains.len(),
        domains.iter().zip(natural).map(|(domain, &value)| match domain {
            Domain::Positive => value.ln(),
            Domain::Share => (value / (1.0 - value)).ln(),
            Domain::Real => value,
        }),
    )
}

fn to_natural(domains: &[Domain], working: &DVector<f64>) -> Vec<f64> {
    domains
        .iter()
        .zip(working)
        .map(|(domain, &value)| match domain {
            Domain::Positive => value.exp(),
            Domain::Share => 1.0 / (1.0 + (-value).exp()),
            Domain::Real => value,
        })
        .collect()
}

fn penalty(penalties: &[f64], natural: &[f64]) -> f64 {
    penalties.iter().zip(natural).map(|(penalty, value)| penalty * value * value).sum()
}

/// The likelihood at `working`, its derivatives carried over from the natural parameters by the
/// chain rule: for p = e^θ, dp/dθ = d²p/dθ² = p; for p = 1/(1 + e^−θ), they are p (1−p) and
/// p (1−p) (1−2p).
fn point(
    likelihood: &dyn Likelihood,
    domains: &[Domain],
    penalties: &[f64],
    working: DVector<f64>,
    interrupt: &mut dyn FnMut(),
) -> Point {
    let natural = to_natural(domains, &working);
    // A likelihood of few rows does not ask, and a climb may take thousands of them.
    interrupt();
    let Derivatives { value, mut gradient, hessian } = likelihood.evaluate(&natural, interrupt);
    let mut information = -hessian;
    let objective = value - penalty(penalties, &natural);
    for (i, &penalty) in penalties.iter().enumerate() {
        gradient[i] -= 2.0 * penalty * natural[i];
        information[(i, i)] += 2.0 * penalty;
    }
    let slopes: Vec<(f64, f64)> =
        domains.iter().zip(&natural).map(|(domain, &value)| domain.slopes(value)).collect();
    for (i, &(slope, bend)) in slopes.iter().enumerate() {
        for (j, &(other, _)) in slopes.iter().enumerate() {
            information[(i, j)] *= slope * other;
        }
        gradient[i] *= slope;
        information[(i, i)] -= bend * gradient[i];
    }
    Point { working, natural, log_likelihood: value, objective, gradient, information }
}

/// The quadratic model of the objective at a point, in the eigenvectors of the information.
struct Quadratic {
    /// Eigenvalues of the information: all positive near a maximum.
    curvature: DVector<f64>,
    axes: DMatrix<f64>,
    /// The gradient along the axes.
    slope: DVector<f64>,
}

impl Quadratic {
    /// None when the eigenvalues cannot be found, which finite symmetric matrices do not meet.
    fn new(point: &Point) -> Option<Self> {
        let eigen = SymmetricEigen::try_new(point.information.clone(), f64::EPSILON, 1000)?;
        let slope = eigen.eigenvectors.tr_mul(&point.gradient);
        Some(Quadratic { curvature: eigen.eigenvalues, axes: eigen.eigenvectors, slope })
    }

    /// The step to the top of the model; None where the model has none.
    fn newton(&self) -> Option<DVector<f64>> {
        let least = self.curvature.min();
        (least > 1e-15 * self.curvature.max()).then(|| self.shifted(0.0))
    }

    /// The step to the top of the model whose curvature is raised by `shift` along all axes.
    fn shifted(&self, shift: f64) -> DVector<f64> {
        &self.axes * self.slope.zip_map(&self.curvature, |slope, c| slope / (c + shift))
    }

    /// Twice what the model would promise for the Newton step if `gradient` were that of its point.
    fn decrement(&self, gradient: &DVector<f64>) -> f64 {
        let slope = self.axes.tr_mul(gradient);
        slope.zip_map(&self.curvature, |slope, c| slope * slope / c).sum()
    }

    /// The highest point of the model on the sphere of `radius` (Moré and Sorensen 1983).
    fn restricted(&self, radius: f64) -> DVector<f64> {
        let length =
            |shift: f64| self.slope.zip_map(&self.curvature, |slope, c| slope / (c + shift)).norm();
        let (lowest, least) = self.curvature.argmin();
        let scale = self.curvature.amax().max(self.slope.norm()).max(f64::MIN_POSITIVE);
        let mut low = (-least).max(0.0) + 1e-14 * scale;
        if length(low) < radius {
            // No slope along the axis of least curvature: go along that axis, either way.
            let step = self.shifted(low);
            let rest = (radius * radius - step.norm_squared()).max(0.0).sqrt();
            return step + self.axes.column(lowest) * rest;
        }
        let mut high = low + self.slope.norm() / radius;
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if length(middle) > radius {
                low = middle;
            } else {
                high = middle;
            }
            if high - low <= 1e-6 * high {
                break;
            }
        }
        self.shifted(high)
    }

    /// What the model promises for `step`.
    fn gain(&self, point: &Point, step: &DVector<f64>) -> f64 {
        point.gradient.dot(step) - 0.5 * step.dot(&(&point.information * step))
    }
}
