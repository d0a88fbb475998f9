//! Static covariates z of a customer in BG/NBD and Pareto/NBD (Fader and Hardie 2007,
//! "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models"), with the signs
//! of CLVTools. γ₁ are the coefficients of the purchases, γ₂ those of the dropout.
//!
//! Pareto/NBD: alpha e^(−γ₁z), beta e^(−γ₂z): the mean rates of purchases and dropout grow with γz.
//! BG/NBD: alpha e^(−γ₁z), a e^(γ₂z), b e^(γ₂z): the mean dropout probability a/(a+b) stays, and
//! customers differ the less in it, the larger γ₂z.

use nalgebra::DMatrix;

use super::bg_nbd::BgNbd;
use super::counted::Sampler;
use super::covariate_histories::CovariateGroup;
use super::error::{ArgumentError, Result};
use super::fit::{Fit, Fittable, InvalidOption, Options, Parameter, fit, too_few};
use super::fit_histories::HistoryFit;
use super::history::Folded;
use super::likelihood::{Derivatives, Domain, Likelihood};
use super::memory::{Grow, collected};
use super::pareto_nbd::ParetoNbd;

/// Parameters of the model without covariates: those of a customer whose covariates are all 0.
const BASELINE: usize = 4;
const PROCESSES: usize = 2;

/// Per baseline parameter: the process whose covariates act on it (0 purchases, 1 dropout) and the
/// sign with which they do.
type Effects = [Option<(usize, f64)>; BASELINE];

const BG_NBD: Effects = [None, Some((0, -1.0)), Some((1, 1.0)), Some((1, 1.0))];
const PARETO_NBD: Effects = [None, Some((0, -1.0)), None, Some((1, -1.0))];

/// What the covariates multiply the baseline parameters by.
fn factors(effects: &Effects, coefficients: &[f64], covariates: &[f64]) -> [f64; BASELINE] {
    let width = covariates.len();
    effects.map(|effect| {
        let Some((process, sign)) = effect else { return 1.0 };
        let coefficients = coefficients[process * width..].iter();
        let sum: f64 = coefficients.zip(covariates).map(|(gamma, z)| gamma * z).sum();
        (sign * sum).exp()
    })
}

/// The parameters of a customer: baseline and coefficients in the order of the fit.
fn effective(effects: &Effects, parameters: &[f64], covariates: &[f64]) -> Result<[f64; BASELINE]> {
    let expected = BASELINE + PROCESSES * covariates.len();
    if parameters.len() != expected {
        let remedy = "Give as many covariates as the model was fitted with";
        return Err(ArgumentError::invalid("covariates", covariates.len() as f64, remedy));
    }
    let (baseline, coefficients) = parameters.split_at(BASELINE);
    let factors = factors(effects, coefficients, covariates);
    Ok(std::array::from_fn(|k| baseline[k] * factors[k]))
}

/// The domains of the parameters of a fit with so many covariates.
pub fn domains(covariates: usize) -> Vec<Domain> {
    let mut domains = vec![Domain::Positive; BASELINE];
    domains.resize(BASELINE + PROCESSES * covariates, Domain::Real);
    domains
}

/// The names of the parameters of a fit with so many covariates, after those of the model.
pub fn coefficient_names(covariates: usize) -> impl Iterator<Item = String> {
    ["purchase", "dropout"]
        .into_iter()
        .flat_map(move |process| (1..=covariates).map(move |j| format!("{process}_{j}")))
}

impl BgNbd {
    /// The model of a customer with these covariates. `parameters` as the fit gives them: r, alpha,
    /// a, b, then γ₁, then γ₂.
    pub fn of_customer(parameters: &[f64], covariates: &[f64]) -> Result<Self> {
        let [r, alpha, a, b] = effective(&BG_NBD, parameters, covariates)?;
        BgNbd::new(r, alpha, a, b)
    }

    /// Fits r, alpha, a, b, γ₁ and γ₂ to `CovariateHistories::groups`: see [`fit_with_covariates`].
    pub fn fit_with_covariates(
        groups: &[CovariateGroup],
        options: &Options,
        interrupt: &mut dyn FnMut(),
    ) -> std::result::Result<Fit, InvalidOption> {
        let rows = all_rows(groups);
        fit_with_covariates(BgNbd::problem(&rows), BG_NBD, groups, options, interrupt)
    }
}

impl ParetoNbd {
    /// The model of a customer with these covariates. `parameters` as the fit gives them: r, alpha,
    /// s, beta, then γ₁, then γ₂.
    pub fn of_customer(parameters: &[f64], covariates: &[f64]) -> Result<Self> {
        let [r, alpha, s, beta] = effective(&PARETO_NBD, parameters, covariates)?;
        ParetoNbd::new(r, alpha, s, beta)
    }

    /// Fits r, alpha, s, beta, γ₁ and γ₂ to `CovariateHistories::groups`: see
    /// [`fit_with_covariates`].
    pub fn fit_with_covariates(
        groups: &[CovariateGroup],
        options: &Options,
        interrupt: &mut dyn FnMut(),
    ) -> std::result::Result<Fit, InvalidOption> {
        let rows = all_rows(groups);
        fit_with_covariates(ParetoNbd::problem(&rows), PARETO_NBD, groups, options, interrupt)
    }
}

fn all_rows(groups: &[CovariateGroup]) -> Vec<Folded> {
    collected(groups.iter().flat_map(|group| &group.rows).copied())
}

/// Mean and standard deviation of a covariate over the customers.
#[derive(Clone, Copy, Debug)]
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Scale {
    fn of(groups: &[CovariateGroup], j: usize) -> Self {
        let (mut customers, mut sum) = (0.0, 0.0);
        for group in groups {
            customers += group.customers();
            sum += group.customers() * group.covariates[j];
        }
        let mean = sum / customers;
        let off = |group: &CovariateGroup| (group.covariates[j] - mean).abs();
        let most = groups.iter().map(off).fold(0.0, f64::max);
        let square = |group: &CovariateGroup| group.customers() * (off(group) / most).powi(2);
        let squares: f64 = groups.iter().map(square).sum();
        Scale { mean, deviation: most * (squares / customers).sqrt() }
    }

    /// None if the covariate does not vary beyond the rounding errors of its mean.
    fn usable(&self) -> bool {
        self.deviation.is_finite() && self.deviation > 1e-12 * self.mean.abs()
    }
}

/// Fits the baseline parameters and the coefficients of both processes.
///
/// The climb sees standardised covariates, so that neither their unit nor their origin matters;
/// estimates and covariance are those of the covariates as given, `gradient_norm` and
/// `condition_number` of the standardised ones. So is a penalty: it is taken, as in ridge
/// regression, of the coefficients per standard deviation and of the parameters of a customer
/// with mean covariates.
fn fit_with_covariates(
    base: HistoryFit,
    effects: Effects,
    groups: &[CovariateGroup],
    options: &Options,
    interrupt: &mut dyn FnMut(),
) -> std::result::Result<Fit, InvalidOption> {
    let width = groups.first().map_or(0, |group| group.covariates.len());
    let scales: Vec<Scale> = (0..width).map(|j| Scale::of(groups, j)).collect();
    let standardised = Standardised { effects, scales };
    let problem = CovariateFit { base, groups, standardised: &standardised };
    let start = options.start.as_deref().map(|start| standardised.start(start));
    let mut fit = fit(&problem, &Options { start, ..options.clone() }, interrupt)?;
    standardised.restore(&mut fit);
    Ok(fit)
}

/// Parameters for standardised covariates and for those given: the former are alpha e^(∓γ·mean),
/// and γ times the standard deviation.
struct Standardised {
    effects: Effects,
    scales: Vec<Scale>,
}

impl Standardised {
    fn start(&self, start: &[f64]) -> Vec<f64> {
        let width = self.scales.len();
        if start.len() != BASELINE + PROCESSES * width {
            return start.to_vec(); // small
        }
        let means: Vec<f64> = self.scales.iter().map(|scale| scale.mean).collect();
        let factors = factors(&self.effects, &start[BASELINE..], &means);
        let shifted = start[..BASELINE].iter().zip(factors).map(|(value, factor)| value * factor);
        let scales = self.scales.iter().cycle();
        let scaled = start[BASELINE..].iter().zip(scales).map(|(g, scale)| g * scale.deviation);
        shifted.chain(scaled).collect()
    }

    /// Takes estimates and covariance back to the covariates as given.
    fn restore(&self, fit: &mut Fit) {
        let width = self.scales.len();
        let Some(parameters) = fit.parameters.as_mut().filter(|_| width > 0) else { return };
        for (gamma, scale) in parameters[BASELINE..].iter_mut().zip(self.scales.iter().cycle()) {
            *gamma /= scale.deviation;
        }
        let origin: Vec<f64> = self.scales.iter().map(|scale| -scale.mean).collect();
        let factors = factors(&self.effects, &parameters[BASELINE..], &origin);
        let size = parameters.len();
        let mut jacobian = DMatrix::identity(size, size);
        for k in 0..BASELINE {
            parameters[k] *= factors[k];
            jacobian[(k, k)] = factors[k];
            let Some((process, sign)) = self.effects[k] else { continue };
            for (j, scale) in self.scales.iter().enumerate() {
                let slope = -sign * scale.mean / scale.deviation * parameters[k];
                jacobian[(k, BASELINE + process * width + j)] = slope;
            }
        }
        for i in BASELINE..size {
            jacobian[(i, i)] = 1.0 / self.scales[(i - BASELINE) % width].deviation;
        }
        if !parameters[..BASELINE].iter().all(|&value| value > 0.0 && value < f64::INFINITY) {
            let termination = "not fitted: the covariates lie so far from 0 that a customer with \
                               covariates of 0 has no parameters; subtract their means";
            *fit = Fit {
                parameters: None,
                std_errors: None,
                covariance: None,
                log_likelihood: None,
                aic: None,
                bic: None,
                converged: false,
                termination: termination.into(),
                gradient_norm: None,
                condition_number: None,
                ..*fit
            };
            return;
        }
        if let Some(covariance) = &fit.covariance {
            let covariance = &jacobian * covariance * jacobian.transpose();
            let covariance = (&covariance + covariance.transpose()) * 0.5;
            fit.std_errors = Some(covariance.diagonal().iter().map(|v| v.sqrt()).collect());
            fit.covariance = Some(covariance);
        }
    }
}

struct CovariateFit<'a> {
    /// All rows, group by group.
    base: HistoryFit<'a>,
    groups: &'a [CovariateGroup],
    standardised: &'a Standardised,
}

impl Fittable for CovariateFit<'_> {
    fn parameters(&self) -> Vec<Parameter> {
        let coefficient = |name: String| Parameter { name: name.into(), dimension: 0 };
        let names = coefficient_names(self.standardised.scales.len()).map(coefficient);
        self.base.parameters().into_iter().chain(names).collect()
    }

    fn customers(&self) -> u64 {
        self.base.customers()
    }

    fn obstacle(&self) -> Option<String> {
        let scales = &self.standardised.scales;
        let parameters = BASELINE + PROCESSES * scales.len();
        if let Some(obstacle) = self.base.obstacle() {
            return Some(obstacle);
        }
        if self.customers() <= parameters as u64 {
            return Some(too_few(self.customers(), parameters));
        }
        let unusable = scales.iter().position(|scale| !scale.usable())?;
        Some(format!("covariate {} is the same for all customers", unusable + 1))
    }

    fn magnitude(&self) -> f64 {
        self.base.magnitude()
    }

    fn densities(&self) -> f64 {
        self.base.densities()
    }

    fn rows(&self) -> usize {
        self.base.rows()
    }

    fn likelihood(&self, unit: f64, every: u64) -> Box<dyn Likelihood + '_> {
        let Standardised { effects, scales } = self.standardised;
        let mut likelihood = CovariateLikelihood {
            effects: *effects,
            width: scales.len(),
            base: self.base.likelihood,
            rows: Vec::new(),
            covariates: Vec::new(),
            groups: Vec::new(),
        };
        let mut sampler = Sampler::new(every);
        for group in self.groups {
            let scaled = |row: Folded| Folded { t_x: row.t_x / unit, age: row.age / unit, ..row };
            let taken = group.rows.iter().filter_map(|&row| sampler.take(row));
            let rows: Vec<Folded> = collected(taken.map(scaled));
            let covariates = group.covariates.iter().zip(scales);
            let covariates = covariates.map(|(z, scale)| (z - scale.mean) / scale.deviation);
            likelihood.push(covariates, &rows);
        }
        Box::new(likelihood)
    }

    fn starts(&self, unit: f64) -> Vec<Vec<f64>> {
        let mut starts = self.base.starts(unit);
        let size = BASELINE + PROCESSES * self.standardised.scales.len();
        starts.iter_mut().for_each(|start| start.resize(size, 0.0));
        starts
    }
}

/// From so many rows on, the tables of a group's likelihood are kept from one evaluation to the
/// next. Below, there may be as many groups as customers, and tables outgrow the rows.
const KEPT_FROM: usize = 16;

/// Groups between two calls of `interrupt`.
const GROUPS_PER_CHECK: usize = 4096;

/// Σ ln L over groups of customers with equal covariates: the likelihood without covariates at
/// the parameters of each group, its derivatives carried over by the chain rule.
pub struct CovariateLikelihood {
    effects: Effects,
    width: usize,
    base: fn(&[Folded], unit: f64) -> Box<dyn Likelihood>,
    /// Group by group; none of the groups that keep tables.
    rows: Vec<Folded>,
    covariates: Vec<f64>,
    groups: Vec<Group>,
}

enum Group {
    Kept(Box<dyn Likelihood>),
    /// So many of `rows`.
    Rows(usize),
}

impl CovariateLikelihood {
    /// BG/NBD by r, alpha, a, b, γ₁ and γ₂.
    pub fn bg_nbd(groups: &[CovariateGroup]) -> Self {
        Self::new(BG_NBD, BgNbd::problem(&[]).likelihood, groups)
    }

    /// Pareto/NBD by r, alpha, s, beta, γ₁ and γ₂.
    pub fn pareto_nbd(groups: &[CovariateGroup]) -> Self {
        Self::new(PARETO_NBD, ParetoNbd::problem(&[]).likelihood, groups)
    }

    fn new(
        effects: Effects,
        base: fn(&[Folded], unit: f64) -> Box<dyn Likelihood>,
        groups: &[CovariateGroup],
    ) -> Self {
        let width = groups.first().map_or(0, |group| group.covariates.len());
        let (rows, covariates) = (Vec::new(), Vec::new());
        let mut all = Self { effects, width, base, rows, covariates, groups: Vec::new() };
        for group in groups {
            all.push(group.covariates.iter().copied(), &group.rows);
        }
        all
    }

    fn push(&mut self, covariates: impl Iterator<Item = f64>, rows: &[Folded]) {
        if rows.is_empty() {
            return;
        }
        self.covariates.add_all(covariates);
        self.groups.add(if rows.len() >= KEPT_FROM {
            Group::Kept((self.base)(rows, 1.0))
        } else {
            self.rows.add_all(rows.iter().copied());
            Group::Rows(rows.len())
        });
    }

    /// Adds what a group with covariates `z` contributes, given its `part` at its own parameters
    /// `at`, the baseline ones times `factors`.
    fn add(
        &self,
        sum: &mut Derivatives,
        part: &Derivatives,
        z: &[f64],
        at: &[f64; BASELINE],
        factors: &[f64; BASELINE],
    ) {
        let (g, h) = (&part.gradient, &part.hessian);
        // ∂ at_k / ∂(γz) of each process; the second derivative is at_k where the first is not 0.
        let mut slope = [[0.0; BASELINE]; PROCESSES];
        for k in 0..BASELINE {
            if let Some((process, sign)) = self.effects[k] {
                slope[process][k] = sign * at[k];
            }
        }
        sum.value += part.value;
        for k in 0..BASELINE {
            sum.gradient[k] += g[k] * factors[k];
            for l in 0..=k {
                sum.hessian[(k, l)] += h[(k, l)] * factors[k] * factors[l];
            }
        }
        for p in 0..PROCESSES {
            let first = BASELINE + p * self.width;
            let by_sum: f64 = (0..BASELINE).map(|k| slope[p][k] * g[k]).sum();
            // Second derivatives by γz of this process and by a baseline parameter, or γz of another.
            let along: [f64; BASELINE] =
                std::array::from_fn(|k| (0..BASELINE).map(|l| h[(k, l)] * slope[p][l]).sum());
            for (j, z_j) in z.iter().enumerate() {
                sum.gradient[first + j] += by_sum * z_j;
                for k in 0..BASELINE {
                    let mixed = along[k] * factors[k] + slope[p][k] / at[k] * factors[k] * g[k];
                    sum.hessian[(first + j, k)] += mixed * z_j;
                }
            }
            for q in 0..=p {
                let mut twice: f64 = (0..BASELINE).map(|k| slope[q][k] * along[k]).sum();
                if p == q {
                    twice += (0..BASELINE).map(|k| slope[p][k].abs() * g[k]).sum::<f64>();
                }
                let other = BASELINE + q * self.width;
                for (j, z_j) in z.iter().enumerate() {
                    for (i, z_i) in z.iter().enumerate() {
                        if p != q || i <= j {
                            sum.hessian[(first + j, other + i)] += twice * z_j * z_i;
                        }
                    }
                }
            }
        }
    }
}

impl Likelihood for CovariateLikelihood {
    fn domains(&self) -> Vec<Domain> {
        domains(self.width)
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let size = BASELINE + PROCESSES * self.width;
        if parameters.len() != size {
            return Derivatives::undefined(size);
        }
        let (baseline, coefficients) = parameters.split_at(BASELINE);
        let mut sum = Derivatives::zero(size);
        let mut rows = self.rows.as_slice();
        for (i, group) in self.groups.iter().enumerate() {
            if i % GROUPS_PER_CHECK == 0 {
                interrupt();
            }
            let z = &self.covariates[i * self.width..(i + 1) * self.width];
            let factors = factors(&self.effects, coefficients, z);
            let at = std::array::from_fn(|k| baseline[k] * factors[k]);
            if !at.iter().all(|&value| value > 0.0 && value < f64::INFINITY) {
                return Derivatives::undefined(size);
            }
            let part = match group {
                Group::Kept(likelihood) => likelihood.evaluate(&at, interrupt),
                Group::Rows(count) => {
                    let (own, others) = rows.split_at(*count);
                    rows = others;
                    (self.base)(own, 1.0).evaluate(&at, interrupt)
                }
            };
            self.add(&mut sum, &part, z, &at, &factors);
        }
        sum.hessian.fill_upper_triangle_with_lower_triangle();
        sum
    }
}
