//! Lifetimes seen whole or cut off, without a model: Kaplan-Meier and the log-rank test.
//!
//! The parametric counterpart is in `sbg`.

use nalgebra::{DMatrix, DVector};
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

use super::counted::Row;
use super::memory::{Grow, collected};

/// Customers who were lost at, or last seen after, one and the same time since their start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tenure {
    /// Time from the start to the loss, or to the end of observation: 0 or more, finite.
    pub time: f64,
    /// Lost at `time`; otherwise still there when observation ended (right-censored).
    pub churned: bool,
    /// Time from the start to the begin of observation: losses after it are seen, those at it or
    /// earlier are not (left truncation). 0: from the start, losses at 0 are seen as well.
    pub entered: f64,
    pub customers: u64,
}

impl Row for Tenure {
    type Key = (u64, u64, bool);

    fn key(&self) -> Self::Key {
        (self.time.to_bits(), self.entered.to_bits(), self.churned)
    }

    fn customers(&self) -> u32 {
        // Never more than `set_customers` and the weight of a row gave.
        self.customers as u32
    }

    fn set_customers(&mut self, customers: u32) {
        self.customers = u64::from(customers);
    }
}

impl Tenure {
    /// Returns the tenure of customers who were under observation from their start.
    pub fn whole(time: f64, churned: bool, customers: u64) -> Self {
        Tenure { time, churned, entered: 0.0, customers }
    }

    /// Whether these customers were under observation for any time at all.
    pub fn is_observed(&self) -> bool {
        self.customers > 0 && (self.entered == 0.0 || self.entered < self.time)
    }
}

/// What happened at one observed time: lost and censored customers of those at risk.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Count {
    time: f64,
    /// Customers whose tenure is at least `time`, and who came under observation before it.
    at_risk: f64,
    /// Of these, who came after the observed time before.
    entered: f64,
    churned: f64,
    censored: f64,
}

/// Who is under observation as time goes on.
struct RiskSet<'a> {
    /// Late entries, ascending by time.
    entries: Vec<&'a Tenure>,
    next: usize,
    at_risk: f64,
}

impl<'a> RiskSet<'a> {
    fn new(tenures: &'a [Tenure]) -> Self {
        let observed = || tenures.iter().filter(|tenure| tenure.is_observed());
        let mut entries = collected(observed().filter(|tenure| tenure.entered > 0.0));
        entries.sort_unstable_by(|a, b| a.entered.total_cmp(&b.entered));
        let from_start = observed().filter(|tenure| tenure.entered == 0.0);
        RiskSet {
            entries,
            next: 0,
            at_risk: from_start.map(|tenure| tenure.customers as f64).sum(),
        }
    }

    /// Lets in who came under observation before `time`; returns how many.
    fn enter(&mut self, time: f64) -> f64 {
        let mut entered = 0.0;
        while let Some(entry) = self.entries.get(self.next).filter(|entry| entry.entered < time) {
            entered += entry.customers as f64;
            self.next += 1;
        }
        self.at_risk += entered;
        entered
    }

    /// Returns the time of the next late entry.
    fn next_entry(&self) -> Option<f64> {
        self.entries.get(self.next).map(|entry| entry.entered)
    }
}

/// The distinct times in ascending order, and the time from which on nothing is known, since nobody
/// was under observation although customers came later. Who is censored at a time is still at risk
/// at it.
fn counts(tenures: &[Tenure]) -> (Vec<Count>, f64) {
    let mut sorted = collected(tenures.iter().filter(|tenure| tenure.is_observed()));
    sorted.sort_unstable_by(|a, b| a.time.total_cmp(&b.time));
    let mut risk = RiskSet::new(tenures);
    let mut unknown_from = f64::INFINITY;
    if risk.at_risk == 0.0 && risk.next_entry().is_some() {
        unknown_from = 0.0;
    }
    let mut counts = Vec::new();
    for group in sorted.chunk_by(|a, b| a.time == b.time) {
        let of = |churned: bool| -> f64 {
            group.iter().filter(|t| t.churned == churned).map(|t| t.customers as f64).sum()
        };
        let (time, churned, censored) = (group[0].time, of(true), of(false));
        let entered = risk.enter(time);
        let count = Count { time, at_risk: risk.at_risk, entered, churned, censored };
        counts.add(count);
        risk.at_risk -= churned + censored;
        // Who enters at the very time goes on where others were censored, but not where all were
        // lost: the curve is 0 then.
        let goes_on = risk.at_risk > 0.0
            || risk.next_entry().is_none_or(|next| next == time && churned < count.at_risk);
        if !goes_on {
            unknown_from = unknown_from.min(time);
        }
    }
    (counts, unknown_from)
}

/// The Kaplan-Meier curve just after one observed time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    pub time: f64,
    /// Customers who came under observation late, after the observed time before.
    pub entered: u64,
    /// Customers with a tenure of at least `time`, under observation before it.
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
///
/// With late entries the product is over who is under observation (Tsai, Jewell and Wang 1987): that
/// of lifelines with `entry`, and of R's Surv(start, stop, event). Where nobody is, it stays as it
/// is: right for customers of whom it is known that they got past that stretch.
#[derive(Clone, Debug, PartialEq)]
pub struct KaplanMeier {
    pub points: Vec<CurvePoint>,
    /// The time from which on the curve of a new customer is not known, as nobody was under
    /// observation then though customers came later; infinite if there is none.
    pub unknown_from: f64,
}

impl KaplanMeier {
    /// Returns the curve of the tenures, in any order; `level` is that of the limits, in (0, 1);
    /// they are NaN otherwise. No customers give a curve without points.
    pub fn new(tenures: &[Tenure], level: f64) -> Self {
        let within = level > 0.0 && level < 1.0;
        let z = if within { Normal::standard().inverse_cdf(0.5 + 0.5 * level) } else { f64::NAN };
        // The factors (n − d)/n since the last censoring or entry telescope to left/start: without
        // any the curve is the empirical one, to the bit.
        let (mut survival, mut start, mut left) = (1.0, 0.0, 0.0);
        let mut at_start = 1.0;
        // Greenwood's sum of d/(n (n − d)).
        let mut relative_variance = 0.0;
        let (counts, unknown_from) = counts(tenures);
        let points = collected(counts.into_iter().map(
            |Count { time, at_risk, entered, churned, censored }| {
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
                    entered: entered as u64,
                    at_risk: at_risk as u64,
                    churned: churned as u64,
                    censored: censored as u64,
                    survival,
                    std_error: defined.then_some(survival * relative_error),
                    ci_low: defined.then(|| limit(-1.0)),
                    ci_high: defined.then(|| limit(1.0)),
                }
            },
        ));
        KaplanMeier { points, unknown_from }
    }

    /// P(lifetime > time): 1 before the first observed time, flat after the last.
    pub fn survival(&self, time: f64) -> f64 {
        let passed = self.points.partition_point(|point| point.time <= time);
        passed.checked_sub(1).map_or(1.0, |last| self.points[last].survival)
    }

    /// Whether the point holds for a new customer. Where all who were at risk are lost although
    /// others came later, the curve is 0 from that very point on, and the others show that it is not.
    fn is_known(&self, point: &CurvePoint) -> bool {
        point.time < self.unknown_from || point.time == self.unknown_from && point.survival > 0.0
    }

    /// Returns the first time at which survival is a half or less (to rounding), and the same of the
    /// confidence limits (Brookmeyer and Crowley 1982); none that is not known of a new customer.
    pub fn median(&self) -> MedianLifetime {
        const HALF: f64 = 0.5 * (1.0 + 1e-12);
        let first = |curve: fn(&CurvePoint) -> Option<f64>| {
            self.points
                .iter()
                .find(|point| curve(point).is_some_and(|value| value <= HALF))
                .filter(|point| self.is_known(point))
                .map(|point| point.time)
        };
        MedianLifetime {
            median: first(|point| Some(point.survival)),
            ci_low: first(|point| point.ci_low),
            ci_high: first(|point| point.ci_high),
        }
    }

    /// Returns ∫ S from 0 to the horizon, with the standard error of Klein and Moeschberger (2003,
    /// 4.5.2): the variance is Σ (∫ S from t_i to the horizon)² d_i/(n_i (n_i − d_i)). None if the
    /// curve of a new customer is not known up to the horizon.
    ///
    /// Past the last observed time the curve is continued flat, so that an infinite horizon gives a
    /// finite mean only if nobody is left.
    pub fn restricted_mean(&self, horizon: f64) -> Option<RestrictedMean> {
        if horizon > self.unknown_from {
            return None;
        }
        let within = self.points.partition_point(|point| point.time < horizon);
        let (mut end, mut area, mut std_error) = (horizon, 0.0, 0.0_f64);
        for point in self.points[..within].iter().rev() {
            // At 0 the curve ends, and the horizon may be infinite.
            if point.survival > 0.0 {
                area += point.survival * (end - point.time);
            }
            end = point.time;
            let kept = point.at_risk - point.churned;
            if kept > 0 && point.churned > 0 {
                let of_hazard = point.churned as f64 / (point.at_risk as f64 * kept as f64);
                // The square of a large area is beyond a double.
                std_error = std_error.hypot(area * of_hazard.sqrt());
            }
        }
        Some(RestrictedMean { mean: area + end, std_error })
    }
}

/// A test that the groups have one and the same survival curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogRank {
    pub chi_square: f64,
    pub degrees_of_freedom: u32,
    pub p_value: f64,
}

/// Tests whether k groups have one survival curve by log-rank (Mantel 1966; Peto and Peto 1972):
/// observed minus expected losses at each time, with the hypergeometric variance.
///
/// Groups nobody of whom was at risk at any loss do not count. `None` if fewer than two are left,
/// or nobody was lost while two groups were at risk. `interrupt` is called at every time.
pub fn log_rank(groups: &[&[Tenure]], interrupt: &mut dyn FnMut()) -> Option<LogRank> {
    let counts: Vec<Vec<Count>> = groups.iter().map(|group| counts(group).0).collect();
    let losses = counts.iter().flatten().filter(|count| count.churned > 0.0);
    let mut times: Vec<f64> = collected(losses.map(|count| count.time));
    times.sort_unstable_by(f64::total_cmp);
    times.dedup();

    let k = groups.len();
    let mut excess = DVector::<f64>::zeros(k);
    let mut variance = DMatrix::<f64>::zeros(k, k);
    let mut walks: Vec<_> = groups
        .iter()
        .zip(&counts)
        .map(|(group, of)| (RiskSet::new(group), of.iter().peekable()))
        .collect();
    for time in times {
        interrupt();
        let mut churned = 0.0;
        let mut at_risk = DVector::<f64>::zeros(k);
        for (g, (risk, counts)) in walks.iter_mut().enumerate() {
            while let Some(past) = counts.next_if(|count| count.time < time) {
                risk.at_risk -= past.churned + past.censored;
            }
            risk.enter(time);
            at_risk[g] = risk.at_risk;
            if let Some(now) = counts.peek().filter(|count| count.time == time) {
                churned += now.churned;
                excess[g] += now.churned;
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
