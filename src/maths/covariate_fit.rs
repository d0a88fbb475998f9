//! Fits with static covariates: the likelihood of groups of customers with equal covariates by the
//! parameters of the model and the coefficients, of standardised covariates while it climbs.

use nalgebra::DMatrix;

use super::counted::{Row, Sampler};
use super::covariate_rows::CovariateGroup;
use super::covariates::{Design, PARAMETERS, PROCESSES, WithCovariates};
use super::fit::{Fit, Fittable, InvalidOption, Options, Parameter, fit, too_few};
use super::likelihood::{Derivatives, Domain, Likelihood};
use super::memory::{Grow, collected};

/// Mean and standard deviation of a covariate over the customers.
#[derive(Clone, Copy, Debug)]
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Scale {
    fn of<R: Row>(groups: &[CovariateGroup<R>], column: usize) -> Self {
        let (mut customers, mut sum) = (0.0, 0.0);
        for group in groups {
            customers += group.customers();
            sum += group.customers() * group.covariates[column];
        }
        let mean = sum / customers;
        let off = |group: &CovariateGroup<R>| (group.covariates[column] - mean).abs();
        let most = groups.iter().map(off).fold(0.0, f64::max);
        let square = |group: &CovariateGroup<R>| group.customers() * (off(group) / most).powi(2);
        let squares: f64 = groups.iter().map(square).sum();
        Scale { mean, deviation: most * (squares / customers).sqrt() }
    }

    /// Whether the covariate varies beyond the rounding errors of its mean.
    fn usable(&self) -> bool {
        self.deviation.is_finite() && self.deviation > 1e-12 * self.mean.abs()
    }
}

/// Fits the parameters of a model and the coefficients of its covariates to
/// `CovariateRows::groups`.
///
/// The climb sees standardised covariates, so that neither their unit nor their origin matters;
/// estimates and covariance are those of the covariates as given, `gradient_norm` and
/// `condition_number` of the standardised ones. So is a penalty: it is taken, as in ridge
/// regression, of the coefficients per standard deviation and of the parameters of a customer
/// with mean covariates. There is no fit on the border.
pub fn fit_with_covariates<M: WithCovariates>(
    groups: &[CovariateGroup<M::Row>],
    design: &Design,
    options: &Options,
    interrupt: &mut dyn FnMut(),
) -> Result<Fit, InvalidOption> {
    let rows: Vec<M::Row> = collected(groups.iter().flat_map(|group| &group.rows).copied());
    let standardised = Standardised::new(design, groups);
    let problem = CovariateFit::<M> { base: M::plain(&rows), groups, standardised: &standardised };
    let start = options.start.as_deref().map(|start| standardised.start(start));
    let mut fit = fit(&problem, &Options { start, ..options.clone() }, interrupt)?;
    standardised.restore(&mut fit);
    if let Some(remark) = fit.parameters.as_deref().and_then(M::remark) {
        fit.termination.push_str(remark);
    }
    Ok(fit)
}

/// Parameters for standardised covariates and for those given: the former are alpha e^(∓γ·mean),
/// and γ times the standard deviation.
struct Standardised<'a> {
    design: &'a Design,
    /// Of each column. The columns of a coefficient share the larger of their deviations.
    scales: Vec<Scale>,
}

impl<'a> Standardised<'a> {
    fn new<R: Row>(design: &'a Design, groups: &[CovariateGroup<R>]) -> Self {
        let width = groups.first().map_or(0, |group| group.covariates.len());
        let mut scales: Vec<Scale> = (0..width).map(|j| Scale::of(groups, j)).collect();
        for coefficient in &design.coefficients {
            let columns = || coefficient.columns.into_iter().flatten();
            let deviation = columns().map(|j| scales[j].deviation).fold(0.0, f64::max);
            columns().for_each(|j| scales[j].deviation = deviation);
        }
        Standardised { design, scales }
    }

    /// The standard deviation that each coefficient is measured by.
    fn scale(&self, coefficient: usize) -> Scale {
        let columns = self.design.coefficients[coefficient].columns.into_iter().flatten();
        let flat = Scale { mean: 0.0, deviation: 0.0 };
        columns.map(|j| self.scales[j]).find(Scale::usable).unwrap_or(flat)
    }

    fn start(&self, start: &[f64]) -> Vec<f64> {
        let own = self.design.on().len();
        if start.len() != own + self.design.size() {
            return start.to_vec(); // small
        }
        let means: Vec<f64> = self.scales.iter().map(|scale| scale.mean).collect();
        let factors = self.design.factors(&start[own..], &means);
        let shifted = start[..own].iter().zip(factors).map(|(value, factor)| value * factor);
        let scaled = start[own..].iter().enumerate().map(|(c, g)| g * self.scale(c).deviation);
        shifted.chain(scaled).collect()
    }

    /// Takes estimates and covariance back to the covariates as given.
    fn restore(&self, fit: &mut Fit) {
        let (own, size) = (self.design.on().len(), self.design.size());
        let Some(parameters) = fit.parameters.as_mut().filter(|_| size > 0) else { return };
        for (c, gamma) in parameters[own..].iter_mut().enumerate() {
            *gamma /= self.scale(c).deviation;
        }
        let origin: Vec<f64> = self.scales.iter().map(|scale| -scale.mean).collect();
        let factors = self.design.factors(&parameters[own..], &origin);
        let mut jacobian = DMatrix::identity(own + size, own + size);
        for (k, effect) in self.design.on().iter().enumerate() {
            parameters[k] *= factors[k];
            jacobian[(k, k)] = factors[k];
            let Some((process, sign)) = *effect else { continue };
            for (c, coefficient) in self.design.coefficients.iter().enumerate() {
                let Some(column) = coefficient.columns[process] else { continue };
                let slope = self.scales[column].mean / self.scale(c).deviation;
                jacobian[(k, own + c)] = -sign * slope * parameters[k];
            }
        }
        for c in 0..size {
            jacobian[(own + c, own + c)] = 1.0 / self.scale(c).deviation;
        }
        if !parameters[..own].iter().all(|&value| value > 0.0 && value < f64::INFINITY) {
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

struct CovariateFit<'a, M: WithCovariates> {
    /// All rows, group by group.
    base: Box<dyn Fittable + 'a>,
    groups: &'a [CovariateGroup<M::Row>],
    standardised: &'a Standardised<'a>,
}

impl<M: WithCovariates> Fittable for CovariateFit<'_, M> {
    fn parameters(&self) -> Vec<Parameter> {
        let coefficient = |name: String| Parameter { name: name.into(), dimension: 0 };
        let names = self.standardised.design.names().map(coefficient);
        self.base.parameters().into_iter().chain(names).collect()
    }

    fn customers(&self) -> u64 {
        self.base.customers()
    }

    fn obstacle(&self) -> Option<String> {
        let design = self.standardised.design;
        let parameters = design.on().len() + design.size();
        if let Some(obstacle) = self.base.obstacle() {
            return Some(obstacle);
        }
        if self.customers() <= parameters as u64 {
            return Some(too_few(self.customers(), parameters));
        }
        let unusable = (0..design.size()).find(|&c| !self.standardised.scale(c).usable())?;
        let name = design.names().nth(unusable)?;
        Some(format!("the covariate of {name} is the same for all customers"))
    }

    fn magnitude(&self) -> f64 {
        self.base.magnitude()
    }

    fn densities(&self) -> f64 {
        self.base.densities()
    }

    fn rows(&self) -> usize {
        self.groups.iter().map(|group| group.rows.len()).sum()
    }

    fn likelihood(&self, unit: f64, every: u64) -> Box<dyn Likelihood + '_> {
        let Standardised { design, scales } = self.standardised;
        let mut likelihood = CovariateLikelihood::<M>::empty(design, unit);
        let mut sampler = Sampler::new(every);
        for group in self.groups {
            let rows: Vec<M::Row> =
                collected(group.rows.iter().filter_map(|&row| sampler.take(row)));
            let covariates = group.covariates.iter().zip(scales);
            let covariates = covariates.map(|(z, scale)| (z - scale.mean) / scale.deviation);
            likelihood.push(covariates, &rows);
        }
        Box::new(likelihood)
    }

    fn starts(&self, unit: f64) -> Vec<Vec<f64>> {
        let design = self.standardised.design;
        let mut starts = self.base.starts(unit);
        starts.iter_mut().for_each(|start| start.resize(design.on().len() + design.size(), 0.0));
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
pub struct CovariateLikelihood<'a, M: WithCovariates> {
    design: &'a Design,
    unit: f64,
    /// Group by group; none of the groups that keep tables.
    rows: Vec<M::Row>,
    /// Group by group, all columns.
    covariates: Vec<f64>,
    groups: Vec<Group>,
}

enum Group {
    Kept(Box<dyn Likelihood>),
    /// So many of `rows`.
    Rows(usize),
}

impl<'a, M: WithCovariates> CovariateLikelihood<'a, M> {
    /// By the parameters of the model, then the coefficients.
    pub fn new(groups: &[CovariateGroup<M::Row>], design: &'a Design) -> Self {
        let mut all = Self::empty(design, 1.0);
        for group in groups {
            all.push(group.covariates.iter().copied(), &group.rows);
        }
        all
    }

    fn empty(design: &'a Design, unit: f64) -> Self {
        let (rows, covariates, groups) = (Vec::new(), Vec::new(), Vec::new());
        Self { design, unit, rows, covariates, groups }
    }

    fn push(&mut self, covariates: impl Iterator<Item = f64>, rows: &[M::Row]) {
        if rows.is_empty() {
            return;
        }
        self.covariates.add_all(covariates);
        self.groups.add(if rows.len() >= KEPT_FROM {
            Group::Kept(M::likelihood(rows, self.unit))
        } else {
            self.rows.add_all(rows.iter().copied());
            Group::Rows(rows.len())
        });
    }

    /// Adds what a group with covariates `z` contributes, given its `part` at its own parameters
    /// `at`, those of the model times `factors`.
    fn add(
        &self,
        sum: &mut Derivatives,
        part: &Derivatives,
        z: &[f64],
        at: &[f64; PARAMETERS],
        factors: &[f64; PARAMETERS],
    ) {
        let (g, h) = (&part.gradient, &part.hessian);
        let on = self.design.on();
        let own = on.len();
        // ∂ at_k / ∂(γz) of each process; the second derivative is at_k where the first is not 0.
        let mut slope = [[0.0; PARAMETERS]; PROCESSES];
        for (k, effect) in on.iter().enumerate() {
            if let Some((process, sign)) = *effect {
                slope[process][k] = sign * at[k];
            }
        }
        sum.value += part.value;
        for k in 0..own {
            sum.gradient[k] += g[k] * factors[k];
            for l in 0..=k {
                sum.hessian[(k, l)] += h[(k, l)] * factors[k] * factors[l];
            }
        }
        // Derivatives by γz of a process: the first, those by a parameter of the model as well, and
        // those by γz of any process as well.
        let mut by_sum = [0.0; PROCESSES];
        let mut mixed = [[0.0; PARAMETERS]; PROCESSES];
        let mut twice = [[0.0; PROCESSES]; PROCESSES];
        for p in 0..PROCESSES {
            by_sum[p] = (0..own).map(|k| slope[p][k] * g[k]).sum();
            let mut along = [0.0; PARAMETERS];
            for k in 0..own {
                along[k] = (0..own).map(|l| h[(k, l)] * slope[p][l]).sum();
                mixed[p][k] = along[k] * factors[k] + slope[p][k] / at[k] * factors[k] * g[k];
            }
            for q in 0..PROCESSES {
                twice[p][q] = (0..own).map(|k| slope[q][k] * along[k]).sum();
            }
            twice[p][p] += (0..own).map(|k| slope[p][k].abs() * g[k]).sum::<f64>();
        }
        let coefficients = &self.design.coefficients;
        let present = |c: usize| {
            let columns = coefficients[c].columns.into_iter().enumerate();
            columns.filter_map(|(process, column)| Some((process, z[column?])))
        };
        for c in 0..coefficients.len() {
            for (p, z_c) in present(c) {
                sum.gradient[own + c] += by_sum[p] * z_c;
                for (k, mixed) in mixed[p][..own].iter().enumerate() {
                    sum.hessian[(own + c, k)] += mixed * z_c;
                }
                for d in 0..=c {
                    for (q, z_d) in present(d) {
                        sum.hessian[(own + c, own + d)] += twice[p][q] * z_c * z_d;
                    }
                }
            }
        }
    }
}

impl<M: WithCovariates> Likelihood for CovariateLikelihood<'_, M> {
    fn domains(&self) -> Vec<Domain> {
        self.design.domains()
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let own = self.design.on().len();
        let size = own + self.design.size();
        if parameters.len() != size {
            return Derivatives::undefined(size);
        }
        let (baseline, coefficients) = parameters.split_at(own);
        let width: usize = self.design.lengths().iter().sum();
        let mut sum = Derivatives::zero(size);
        let mut rows = self.rows.as_slice();
        for (i, group) in self.groups.iter().enumerate() {
            if i % GROUPS_PER_CHECK == 0 {
                interrupt();
            }
            let z = &self.covariates[i * width..(i + 1) * width];
            let factors = self.design.factors(coefficients, z);
            let mut at = [1.0; PARAMETERS];
            for k in 0..own {
                at[k] = baseline[k] * factors[k];
            }
            if !at.iter().all(|&value| value > 0.0 && value < f64::INFINITY) {
                return Derivatives::undefined(size);
            }
            let part = match group {
                Group::Kept(likelihood) => likelihood.evaluate(&at[..own], interrupt),
                Group::Rows(count) => {
                    let (own_rows, others) = rows.split_at(*count);
                    rows = others;
                    M::likelihood(own_rows, self.unit).evaluate(&at[..own], interrupt)
                }
            };
            self.add(&mut sum, &part, z, &at, &factors);
        }
        sum.hessian.fill_upper_triangle_with_lower_triangle();
        sum
    }
}
