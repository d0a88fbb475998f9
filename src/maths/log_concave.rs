//! Integrals of e^g for a concave or convex g on [0, width]: every integral of the Pareto/NBD model
//! is one, by the logarithm of time. Gauss-Legendre where g is within 40 of its top; nothing cancels.

/// Outside the nodes kept, e^g is below e^−40 of its top.
const DROP: f64 = 40.0;
/// Over the upper half of a panel, and over the whole of it, g falls by at most so much times the
/// panel's widest extent.
const HALF_FALL: f64 = 2.0;
const FALL: f64 = 5.0;
/// Bounds the loops; concavity ends them long before.
const MAX_STEPS: u32 = 200;
/// The most panels of one integral, in times over all the range of a double a few hundred. Beyond
/// it, which no concave or convex g needs, the integral is NaN.
const MOST_PANELS: u32 = 4096;

/// Gauss-Legendre, 16 points: positive nodes on [−1, 1] with weights (Abramowitz & Stegun 25.4.30).
const GAUSS: [(f64, f64); 8] = [
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_095),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_89),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
];

/// Value and slope of g at a point.
pub struct Slope {
    pub value: f64,
    pub slope: f64,
}

/// How wide a panel of 16 nodes may be for the last digits: 3 where the integrand only decays or
/// has a wide peak (its singularities are at least π off), half of it for a power of u besides.
#[derive(Clone, Copy)]
pub enum Panels {
    Wide,
    Narrow,
}

/// ∫ e^g over [0, width] = e^`top` × Σ of the weights given to `visit` with their nodes; returns
/// `top`. `g` is concave (value −∞ with an infinite slope is allowed at 0), `width` finite.
pub fn nodes(
    width: f64,
    panels: Panels,
    g: impl Fn(f64) -> Slope,
    mut visit: impl FnMut(f64, f64),
) -> f64 {
    if width <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let peak = find_peak(width, &g);
    let top = g(peak).value;
    let floor = top - DROP;

    // Newton's method from outside the support of a concave function never enters it.
    let mut right = width;
    for _ in 0..MAX_STEPS {
        let at = g(right);
        if at.value >= floor - 4.0 || right <= peak {
            break;
        }
        right = (right - (at.value - floor) / at.slope).max(peak);
    }
    let mut left = 0.5 * peak;
    if left > 0.0 && g(left).value < floor {
        for _ in 0..MAX_STEPS {
            let at = g(left);
            if at.value >= floor - 4.0 {
                break;
            }
            left = (left - (at.value - floor) / at.slope).min(peak);
        }
    } else {
        left = 0.0;
    }

    let sides = [(peak, left), (peak, right)];
    if gauss(sides, panels, top, &g, &mut visit) { top } else { f64::NAN }
}

/// Visits the nodes between the two ends of each side as far as e^g counts against e^`top`; false
/// if they would be too many. The first end of a side is where g is larger.
fn gauss(
    sides: [(f64, f64); 2],
    panels: Panels,
    top: f64,
    g: &impl Fn(f64) -> Slope,
    visit: &mut impl FnMut(f64, f64),
) -> bool {
    let widest = match panels {
        Panels::Wide => 3.0,
        Panels::Narrow => 1.5,
    };
    let floor = top - DROP;
    let mut panels_left = MOST_PANELS;
    // Each side is cut into panels by halving, depth first.
    for (peak, far) in sides {
        let mut start = peak;
        let mut ends = [far; 64];
        let mut depth = 0;
        let mut upper = g(start).value;
        loop {
            let end = ends[depth];
            let middle = 0.5 * (start + end);
            let lower = g(end).value;
            let fall = upper - lower;
            let wide = (end - start).abs() > widest
                || (fall.abs() > FALL * widest && lower > f64::NEG_INFINITY)
                || upper - g(middle).value > HALF_FALL * widest;
            if wide && depth < 63 && upper >= floor {
                depth += 1;
                ends[depth] = middle;
                continue;
            }
            if panels_left == 0 {
                return false;
            }
            panels_left -= 1;
            if upper >= floor {
                let half = 0.5 * (end - start);
                for (node, weight) in GAUSS {
                    for v in [middle - half * node, middle + half * node] {
                        visit(v, half.abs() * weight * (g(v).value - top).exp());
                    }
                }
            }
            if depth == 0 {
                break;
            }
            (start, upper, depth) = (end, lower, depth - 1);
        }
    }
    true
}

/// ln ∫ e^g over [0, width].
pub fn ln_integral(width: f64, panels: Panels, g: impl Fn(f64) -> Slope) -> f64 {
    let mut sum = 0.0;
    let top = nodes(width, panels, g, |_, weight| sum += weight);
    top + sum.ln()
}

/// ln ∫ e^g over [0, width] for a convex g: it is largest at both ends.
pub fn ln_integral_convex(width: f64, g: impl Fn(f64) -> Slope) -> f64 {
    if width <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let (first, last) = (g(0.0).value, g(width).value);
    let top = first.max(last);
    if !top.is_finite() {
        return top;
    }
    // Where g is smallest, and from there each way as far as it is below what counts.
    let lowest = boundary(0.0, width, |v| g(v).slope >= 0.0);
    let counts = |v: f64| g(v).value >= top - DROP;
    let (left, right) = if counts(lowest) {
        (lowest, lowest)
    } else {
        (boundary(0.0, lowest, |v| !counts(v)), boundary(lowest, width, counts))
    };
    let mut sum = 0.0;
    let sides = [(0.0, left), (width, right)];
    if gauss(sides, Panels::Wide, top, &g, &mut |_, weight| sum += weight) {
        top + sum.ln()
    } else {
        f64::NAN
    }
}

/// From where on `holds` is true; `high` if nowhere. To 2^−50 of the distance.
fn boundary(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    if holds(low) {
        return low;
    }
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// Where g is within ½ of its maximum.
fn find_peak(width: f64, g: &impl Fn(f64) -> Slope) -> f64 {
    if g(0.0).slope <= 0.0 {
        return 0.0;
    }
    if g(width).slope >= 0.0 {
        return width;
    }
    let (mut low, mut high) = (0.0, width);
    for _ in 0..MAX_STEPS {
        let middle = 0.5 * (low + high);
        let Slope { slope, .. } = g(middle);
        // A tangent lies above a concave function.
        let reach = if slope > 0.0 { slope * (high - middle) } else { slope * (low - middle) };
        if reach < 0.5 || middle <= low || middle >= high {
            return middle;
        }
        if slope > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}
