//! Moments of the beta distribution and rising factorials, of which the discrete models are made.
//!
//! Everything here keeps its relative accuracy where differences of lnΓ lose theirs.

use super::memory::room;

/// Whole opportunities or renewals within `time`: the last one reached, for nothing happens in
/// between; none in a negative time. What a conversion of units makes miss a whole number by 1e-9
/// of it counts as whole.
pub(super) fn whole_periods(time: f64) -> f64 {
    let nearest = time.round();
    let periods =
        if (time - nearest).abs() <= 1e-9 * nearest.abs() { nearest } else { time.floor() };
    // Not max(0, ·), which would make 0 of NaN.
    if periods < 0.0 { 0.0 } else { periods }
}

/// Coefficients of w, w³, w⁵ … (w = 1/z) in the remainder of Stirling's series of lnΓ(z).
const STIRLING: [f64; 7] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
];

/// From here on seven terms of Stirling's series are exact in double precision.
const STIRLING_FROM: f64 = 12.0;

/// μ(z) − μ(z + s), where μ is the remainder of Stirling's series, by divided differences.
fn stirling_remainder_drop(z: f64, s: f64) -> f64 {
    let (w0, w1) = (1.0 / z, 1.0 / (z + s));
    let (mut value, mut slope) = (0.0, 0.0);
    for coefficient in STIRLING.iter().rev().flat_map(|&c| [c, 0.0]) {
        slope = slope * w1 + value;
        value = value * w0 + coefficient;
    }
    s * w0 * w1 * slope
}

/// ln E[Y^t] for Y ~ Beta(a, b), which is ln B(a + t, b) − ln B(a, b)
/// = lnΓ(a + t) + lnΓ(a + b) − lnΓ(a) − lnΓ(a + b + t).
///
/// Symmetric in b and t; relatively accurate also when b or t is tiny, and defined for b in
/// (−a, 0), where it is the continuation. 0 at t = 0, −∞ at t = ∞ for b > 0.
pub(super) fn ln_beta_moment(a: f64, b: f64, t: f64) -> f64 {
    if t == f64::INFINITY {
        return if b > 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    // Γ(z) = Γ(z + 1)/z moves a up to where Stirling's series holds. Each step multiplies by
    // 1 + excess; the product minus 1 is carried, so that nothing is lost next to 1.
    let (mut z, mut excess) = (a, 0.0);
    while z < STIRLING_FROM {
        let factor = b / z * (t / (z + b + t));
        excess += factor + excess * factor;
        z += 1.0;
    }
    let spread = b / z * (t / (z + b + t));
    (z - 0.5) * spread.ln_1p() - b * (t / (z + b)).ln_1p() - t * (b / (z + t)).ln_1p()
        + stirling_remainder_drop(z + t, b)
        - stirling_remainder_drop(z, b)
        - excess.ln_1p()
}

/// How many terms of a discounted sum are added up one by one before quadrature is quicker.
const DIRECT_TERMS: f64 = 2048.0;
/// How many if the rate is below 0: for such sums there is nothing else.
const MOST_TERMS: f64 = 100_000.0;
/// More nodes than an integral over any logarithm of a double has.
const MOST_NODES: u32 = 20_000;

/// What a term may be of the sum where the sum stops, and −ln of it.
const IGNORED: f64 = 1e-18;
const NEGLIGIBLE: f64 = 41.5;

/// Σ over k = 1..periods of (1 + d)^−k E[Y^k] for Y ~ Beta(a, b).
///
/// `periods` may be infinite; the sum is infinite where d = 0 and b ≤ 1 then. For −1 < d < 0 NaN
/// with more than 100,000 periods, a bound on the work.
pub(super) fn discounted_moment_sum(a: f64, b: f64, d: f64, periods: f64) -> f64 {
    if d.is_nan() || d <= -1.0 || periods.is_nan() || (d < 0.0 && periods > MOST_TERMS) {
        f64::NAN
    } else if d == 0.0 {
        moment_sum(a, b, periods)
    } else if d < 0.0 || periods.min(NEGLIGIBLE / d.ln_1p()) <= DIRECT_TERMS {
        discounted_moment_sum_direct(a, b, d, periods)
    } else {
        discounted_moment_sum_quadrature(a, b, d, periods)
    }
}

/// Σ over k = 1..periods of E[Y^k] = a/(b − 1) · (1 − B(a + 1 + periods, b − 1)/B(a + 1, b − 1)).
fn moment_sum(a: f64, b: f64, periods: f64) -> f64 {
    if a + b < 1.0 && periods >= 1.0 {
        // E[Y^(k+1)] is E[Y] times the k-th moment of Beta(a + 1, b), whose sum does not need the
        // digits of a + b that a + 1 has lost.
        return a / (a + b) * (1.0 + moment_sum(a + 1.0, b, periods - 1.0));
    }
    // At b = 1 the limit; the moment below is linear in so small an excess.
    let excess = if b == 1.0 { f64::EPSILON * f64::EPSILON } else { b - 1.0 };
    if periods == f64::INFINITY {
        return if b > 1.0 { a / excess } else { f64::INFINITY };
    }
    -a * ln_beta_moment(a + 1.0, excess, periods).exp_m1() / excess
}

fn discounted_moment_sum_direct(a: f64, b: f64, d: f64, periods: f64) -> f64 {
    let seen = if d > 0.0 { (NEGLIGIBLE / d.ln_1p()).ceil() } else { f64::INFINITY };
    let last = periods.min(seen) as u32;
    let (mut term, mut sum) = (1.0, 0.0);
    for k in 0..last {
        let kept = a + f64::from(k);
        let (either, growth) = (kept + b, 1.0 + d);
        // By the fall where it is the smaller: its rounding errors do not add up over the terms.
        let fall = (b + either * d) / (either * growth);
        term = if fall.abs() < 0.5 { term - term * fall } else { term * kept / (either * growth) };
        sum += term;
    }
    sum
}

/// The sum is E[Y] · E[(1 − (qY)^periods) q/(1 − qY)] with q = 1/(1 + d) and the outer Y now
/// Beta(a + 1, b). In the logit u of Y the integrand is analytic for |Im u| < π, so the trapezoidal
/// rule converges geometrically, for any d; dividing by the same rule's integral of the density
/// saves the beta function.
fn discounted_moment_sum_quadrature(a: f64, b: f64, d: f64, periods: f64) -> f64 {
    let (left, right) = (a + 1.0, b);
    let rate = d.ln_1p();
    // ln of the density up to a constant, and the inner expectation times 1 + d.
    let at = |u: f64| {
        let e = (-u.abs()).exp();
        let tail = e.ln_1p();
        let (minus_ln_y, minus_ln_rest) = (tail + (-u).max(0.0), tail + u.max(0.0));
        let rest = if u > 0.0 { e } else { 1.0 } / (1.0 + e);
        let inner = -(-periods * (rate + minus_ln_y)).exp_m1() / (d + rest);
        (-left * minus_ln_y - right * minus_ln_rest, inner)
    };
    let peak = (left / right).ln();
    let (ln_peak, _) = at(peak);
    // The density is as wide as 1/left + 1/right says; where it is wide the strip limits the step.
    let step = (0.6 * (1.0 / left + 1.0 / right).sqrt()).min(0.2);
    // Right of here the inner expectation is constant and the density falls as e^(−bu).
    let constant_from = NEGLIGIBLE + left.ln() - d.max(1.0 / periods).ln();
    let (mut mass, mut sum) = (0.0, 0.0);
    for (direction, first) in [(-1.0, 1_u32), (1.0, 0)] {
        for j in first..MOST_NODES {
            let u = peak + direction * f64::from(j) * step;
            let (ln_density, inner) = at(u);
            let density = (ln_density - ln_peak).exp();
            let value = density * inner;
            mass += density;
            sum += value;
            if density <= IGNORED * mass && value <= IGNORED * sum {
                break;
            }
            if direction > 0.0 && u >= constant_from {
                let geometric = 1.0 / (right * step).exp_m1();
                mass += density * geometric;
                sum += value * geometric;
                break;
            }
        }
    }
    a / (a + b) * sum / mass
}

/// ln of the rising factorial z (z + 1) … (z + k − 1) with its first two derivatives by z.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LnRising {
    pub value: f64,
    pub first: f64,
    pub second: f64,
}

/// The logarithms of the rising factorials of z for k = 0..=longest: all that the likelihood of a
/// discrete model needs of lnΓ, digamma and trigamma.
pub(super) fn ln_rising_factorials(z: f64, longest: usize) -> Vec<LnRising> {
    let mut sum = LnRising::default();
    let mut table = room(longest + 1);
    table.push(sum);
    for k in 0..longest {
        let factor = z + k as f64;
        sum.value += factor.ln();
        sum.first += 1.0 / factor;
        sum.second -= 1.0 / (factor * factor);
        table.push(sum);
    }
    table
}
