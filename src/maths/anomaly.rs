//! When a value of a time series is a spike or a drop: robust z over a trailing window.

use super::error::{ArgumentError, Result, finite, in_range, positive};
use super::memory::{Grow, room};

/// Standard deviations of a normal distribution per median absolute deviation.
const MAD_SCALE: f64 = 1.482_602_218_505_602;

/// Standard deviations of a normal distribution per mean absolute deviation: sqrt(pi / 2).
const MEAN_DEVIATION_SCALE: f64 = 1.253_314_137_315_500_3;

/// The threshold of Iglewicz and Hoaglin.
pub const USUAL_THRESHOLD: f64 = 3.5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Drop,
    Usual,
    Spike,
}

/// A value against its history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alert {
    /// Median of the history.
    pub expected: f64,
    /// Below it a value is a drop.
    pub lower: f64,
    /// Above it a value is a spike.
    pub upper: f64,
    /// Deviation from the median in robust standard deviations. Where the history does not vary
    /// at all: 0 for the very same value, otherwise infinite.
    pub z: f64,
    pub verdict: Verdict,
}

/// Judges a value by its history, which is reordered; `None` with fewer than 3 values in it.
///
/// z = (value - median) / (1.4826 MAD), an alert beyond `threshold`. Where more than half of the
/// history is one value, the MAD is 0 and 1.2533 times the mean absolute deviation from the median
/// stands in. Source: Iglewicz and Hoaglin 1993, *How to Detect and Handle Outliers*.
pub fn judge(history: &mut [f64], value: f64, threshold: f64) -> Result<Option<Alert>> {
    finite("value", value)?;
    positive("threshold", threshold)?;
    for (k, &earlier) in history.iter().enumerate() {
        finite("history", earlier).map_err(|error| error.at(k))?;
    }
    if history.len() < 3 {
        return Ok(None);
    }
    let expected = median(history);
    for earlier in &mut *history {
        *earlier = (*earlier - expected).abs();
    }
    let mut deviation = MAD_SCALE * median(history);
    if deviation == 0.0 {
        let count = history.len() as f64;
        deviation = MEAN_DEVIATION_SCALE * history.iter().map(|d| d / count).sum::<f64>();
    }
    let lower = in_range("lower", expected - threshold * deviation)?;
    let upper = in_range("upper", expected + threshold * deviation)?;
    let verdict = match value {
        value if value < lower => Verdict::Drop,
        value if value > upper => Verdict::Spike,
        _ => Verdict::Usual,
    };
    let z = if value == expected { 0.0 } else { (value - expected) / deviation };
    Ok(Some(Alert { expected, lower, upper, z, verdict }))
}

/// Judges every value of a series by the `window` values before it, or with a season by
/// those 1, 2 … `window` seasons before it (7: the same weekday of the weeks before).
///
/// A missing value is not judged and left out of the windows; a window that reaches beyond the
/// start is shorter. `None` where there is too little history. `interrupt` is called once a value and
/// may unwind.
pub fn alerts(
    series: &[Option<f64>],
    window: usize,
    season: usize,
    threshold: f64,
    interrupt: &mut dyn FnMut(),
) -> Result<Vec<Option<Alert>>> {
    if window < 3 {
        let remedy = "Give a history of at least 3 values";
        return Err(ArgumentError::invalid("history", window as f64, remedy));
    }
    if season == 0 {
        let remedy = "Give a season of at least 1, which means none";
        return Err(ArgumentError::invalid("season", 0.0, remedy));
    }
    let mut history = Vec::new();
    let mut alerts = room(series.len());
    for (now, &value) in series.iter().enumerate() {
        interrupt();
        let Some(value) = value else {
            alerts.push(None);
            continue;
        };
        history.clear();
        let before = series[..now].iter().rev().skip(season - 1).step_by(season).take(window);
        history.add_all(before.flatten().copied());
        alerts.push(judge(&mut history, value, threshold)?);
    }
    Ok(alerts)
}

/// The middle value, or the mean of the two; the values are reordered. Not empty.
fn median(values: &mut [f64]) -> f64 {
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(values.len() / 2, f64::total_cmp);
    match below.iter().copied().max_by(f64::total_cmp) {
        Some(lower) if even => 0.5 * lower + 0.5 * upper,
        _ => upper,
    }
}
