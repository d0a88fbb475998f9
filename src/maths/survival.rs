//! Lifetimes seen whole or cut off, without a model: Kaplan-Meier and the log-rank test.
//!
//! The parametric counterpart is in `sbg`.

use nalgebra::{DMatrix, DVector};
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

use super::counted::Row;

/// Customers who were lost at, or last seen after, one and the same time since their start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tenure {
    /// Time from the start to the loss, or to the end of observation: 0 or more, finite.
    pub time: f64,
    /// Lost at `time`; otherwise still there when observation ended (right-censored).
    pub churned: bool,
    pub customers: u64,
}

impl Row for Tenure {
    type Key = (u64, bool);

    fn key(&self) -> Self::Key {
        (self.time.to_bits(), self.churned)
    }

    fn customers(&self) -> u32 {
        u32::try_from(self.customers).unwrap_or(u32::MAX)
    }

    fn set_customers(&mut self, customers: u32) {
        self.customers = u64::from(customers);
    }
}

/// What happened at one observed time: lost and censored customers of those at risk.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Count {
    time: f64,
    /// Customers whose tenure is at least `time`.
    at_risk: f64,
    churned: f64,
    censored: f64,
}

/// The distinct times in ascending order. Who is censored at a time is still at risk at it.
fn counts(tenures: &[Tenure]) -> Vec<Count> {
    let mut sorted: Vec<&Tenure> = tenures.iter().filter(|t| t.customers > 0).collect();
    sorted.sort_by(|a, b| a.time.total_cmp(&b.time));
    let mut at_risk = sorted.iter().map(|t| t.customers as f64).sum();
    let mut counts = Vec::new();
    for group in sorted.chunk_by(|a, b| a.time == b.time) {
        let of = |churned: bool| -> f64 {
            group.iter().filter(|t| t.churned == churned).map(|t| t.customers as f64).sum()
        };
        let count = Count { time: group[0].time, at_risk, churned: of(true), censored: of(false) };
        at_risk -= count.churned + count.censored;
        counts.push(count);
    }
    counts
}

/// The Kaplan-Meier curve just after one observed time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    pub time: f64,
    /// Customers with a tenure of at least `time`.
    pub at_risk: u64,
    pub churned: u64,
    pub censored: u64,
    /// P(lifetime > time).
    pub survival: f64,
    /// Greenwood's standard error; `None` once nobody is left (survival 0), where it is undefined.
    pub std_error: Option<f64>,
    /// Pointwise limits on the scale of ln(−ln S), so within [0, 1]; `None` as for `std_error`.
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
}

/// An estimate of a time with confidence limits; `None` is beyond what was observed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MedianLifetime {
    pub median: Option<f64>,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
}

/// Mean of min(lifetime, horizon) with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RestrictedMean {
    pub mean: f64,
    pub std_error: f64,
}

/// The product-limit estimate of survival (Kaplan and Meier 1958) with Greenwood's variance (1926)
/// and log-log limits (Kalbfleisch and Prentice 1980): the default of lifelines, and of R's survfit
/// with conf.type = "log-log".
#[derive(Clone, Debug, PartialEq)]
pub struct KaplanMeier {
    pub points: Vec<CurvePoint>,
}

impl KaplanMeier {
    /// The curve of the tenures, in any order; `confidence` is the level of the limits, in (0, 1);
    /// they are NaN otherwise. No customers give a curve without points.
    pub fn new(tenures: &[Tenure], confidence: f64) -> Self {
        let within = confidence > 0.0 && confidence < 1.0;
        let z =
            if within { Normal::standard().inverse_cdf(0.5 + 0.5 * confidence) } else { f64::NAN };
        // The factors (n − d)/n since the last censoring telescope to left/start: without any the
        // curve is the empirical one, to the bit.
        let (mut survival, mut start, mut left) = (1.0, 0.0, 0.0);
        let mut at_start = 1.0;
        // Greenwood's sum of d/(n (n − d)).
        let mut relative_variance = 0.0;
        let points = counts(tenures)
            .into_iter()
            .map(|Count { time, at_risk, churned, censored }| {
                if at_risk != left {
                    (at_start, start) = (survival, at_risk);
                }
                left = at_risk - churned;
                survival = at_start * (left / start);
                let defined = survival > 0.0;
                if defined {
                    relative_variance += churned / (at_risk * left);
                }
                let relative_error = f64::sqrt(relative_variance);
                let log = f64::ln(survival);
                // ln(−ln S) has the standard error (error of ln S)/|ln S|; at S = 1 there is none.
                let limit = |sign: f64| {
                    if log == 0.0 {
                        1.0
                    } else {
                        (log * (sign * z * relative_error / log).exp()).exp()
                    }
                };
                CurvePoint {
                    time,
                    at_risk: at_risk as u64,
                    churned: churned as u64,
                    censored: censored as u64,
                    survival,
                    std_error: defined.then_some(survival * relative_error),
                    ci_low: defined.then(|| limit(-1.0)),
                    ci_high: defined.then(|| limit(1.0)),
                }
            })
            .collect();
        KaplanMeier { points }
    }

    /// P(lifetime > time): 1 before the first observed time, flat after the last.
    pub fn survival(&self, time: f64) -> f64 {
        let passed = self.points.partition_point(|point| point.time <= time);
        passed.checked_sub(1).map_or(1.0, |last| self.points[last].survival)
    }

    /// The first time at which survival is a half or less (to rounding), and the same of the
    /// confidence limits (Brookmeyer and Crowley 1982).
    pub fn median(&self) -> MedianLifetime {
        const HALF: f64 = 0.5 * (1.0 + 1e-12);
        let first = |curve: fn(&CurvePoint) -> Option<f64>| {
            self.points
                .iter()
                .find(|point| curve(point).is_some_and(|value| value <= HALF))
                .map(|point| point.time)
        };
        MedianLifetime {
            median: first(|point| Some(point.survival)),
            ci_low: first(|point| point.ci_low),
            ci_high: first(|point| point.ci_high),
        }
    }

    /// ∫ S from 0 to the horizon, with the standard error of Klein and Moeschberger (2003, 4.5.2):
    /// the variance is Σ (∫ S from t_i to the horizon)² d_i/(n_i (n_i − d_i)).
    ///
    /// Past the last observed time the curve is continued flat, so that an infinite horizon gives a
    /// finite mean only if nobody is left.
    pub fn restricted_mean(&self, horizon: f64) -> RestrictedMean {
        let within = self.points.partition_point(|point| point.time < horizon);
        let (mut end, mut area, mut variance) = (horizon, 0.0, 0.0);
        for point in self.points[..within].iter().rev() {
            // At 0 the curve ends, and the horizon may be infinite.
            if point.survival > 0.0 {
                area += point.survival * (end - point.time);
            }
            end = point.time;
            let kept = point.at_risk - point.churned;
            if kept > 0 {
                variance +=
                    area * area * point.churned as f64 / (point.at_risk as f64 * kept as f64);
            }
        }
        RestrictedMean { mean: area + end, std_error: variance.sqrt() }
    }
}

/// A test that the groups have one and the same survival curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogRank {
    pub chi_square: f64,
    pub degrees_of_freedom: u32,
    pub p_value: f64,
}

/// The log-rank test of k groups (Mantel 1966; Peto and Peto 1972): observed minus expected losses
/// at each time, with the hypergeometric variance.
///
/// Groups nobody of whom was at risk at any loss do not count. `None` if fewer than two are left,
/// or nobody was lost while two groups were at risk. `interrupt` is called at every time.
pub fn log_rank(groups: &[&[Tenure]], interrupt: &mut dyn FnMut()) -> Option<LogRank> {
    let groups: Vec<Vec<Count>> = groups.iter().map(|group| counts(group)).collect();
    let mut times: Vec<f64> = groups
        .iter()
        .flatten()
        .filter(|count| count.churned > 0.0)
        .map(|count| count.time)
        .collect();
    times.sort_by(f64::total_cmp);
    times.dedup();

    let k = groups.len();
    let mut excess = DVector::<f64>::zeros(k);
    let mut variance = DMatrix::<f64>::zeros(k, k);
    let mut next = vec![0; k];
    for time in times {
        interrupt();
        let mut churned = 0.0;
        let mut at_risk = DVector::<f64>::zeros(k);
        for (g, counts) in groups.iter().enumerate() {
            next[g] += counts[next[g]..].partition_point(|count| count.time < time);
            if let Some(count) = counts.get(next[g]) {
                at_risk[g] = count.at_risk;
                if count.time == time {
                    churned += count.churned;
                    excess[g] += count.churned;
                }
            }
        }
        let all = at_risk.sum();
        let share = at_risk / all;
        excess.axpy(-churned, &share, 1.0);
        if all > 1.0 {
            let scale = churned * (all - churned) / (all - 1.0);
            variance += scale * (DMatrix::from_diagonal(&share) - &share * share.transpose());
        }
    }

    // The rows of the variance sum to 0: one group is left out, and those never compared.
    let compared: Vec<usize> = (0..k).filter(|&g| variance[(g, g)] > 0.0).collect();
    let kept = compared.split_last()?.1;
    let statistic = excess.select_rows(kept);
    let solved = variance.select_rows(kept).select_columns(kept).cholesky()?.solve(&statistic);
    let chi_square = statistic.dot(&solved);
    let degrees_of_freedom = kept.len();
    let p_value = ChiSquared::new(degrees_of_freedom as f64).ok()?.sf(chi_square);
    Some(LogRank { chi_square, degrees_of_freedom: degrees_of_freedom as u32, p_value })
}
