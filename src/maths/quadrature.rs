//! Integrals the models have no closed form for: deterministic rules with bounded work.
//!
//! Gauss-Kronrod for smooth integrands on an interval; double-exponential for the mean of a
//! function of a beta variable.

use super::special::ln_beta_peak;

/// Nodes of the 15-point Kronrod rule on [0, 1] half of the interval, outermost first; every
/// second one belongs to the 7-point Gauss rule (Piessens et al. 1983, QUADPACK, qk15).
const NODES: [f64; 8] = [
    0.991_455_371_120_812_6,
    0.949_107_912_342_758_5,
    0.864_864_423_359_769_1,
    0.741_531_185_599_394_4,
    0.586_087_235_467_691_1,
    0.405_845_151_377_397_2,
    0.207_784_955_007_898_47,
    0.0,
];
const KRONROD: [f64; 8] = [
    0.022_935_322_010_529_224,
    0.063_092_092_629_978_55,
    0.104_790_010_322_250_18,
    0.140_653_259_715_525_92,
    0.169_004_726_639_267_9,
    0.190_350_578_064_785_4,
    0.204_432_940_075_298_9,
    0.209_482_141_084_727_82,
];
const GAUSS: [f64; 4] = [
    0.129_484_966_168_869_7,
    0.279_705_391_489_276_64,
    0.381_830_050_505_118_9,
    0.417_959_183_673_469_4,
];

/// The most intervals an integral is cut into: it bounds the work at 15 × 2 × this many calls.
const MAX_PIECES: usize = 200;

#[derive(Clone, Copy)]
struct Piece {
    lower: f64,
    upper: f64,
    value: f64,
    error: f64,
}

fn kronrod(f: &mut impl FnMut(f64) -> f64, lower: f64, upper: f64) -> Piece {
    let (centre, half) = (0.5 * (lower + upper), 0.5 * (upper - lower));
    let middle = f(centre);
    let (mut kronrod, mut gauss) = (KRONROD[7] * middle, GAUSS[3] * middle);
    for i in 0..7 {
        let pair = f(centre - half * NODES[i]) + f(centre + half * NODES[i]);
        kronrod += KRONROD[i] * pair;
        if i % 2 == 1 {
            gauss += GAUSS[i / 2] * pair;
        }
    }
    // The Kronrod rule is about the 3/2 power better than its distance from the Gauss rule.
    let distance = (kronrod - gauss).abs() / kronrod.abs().max(f64::MIN_POSITIVE);
    let error = (half * kronrod).abs() * (200.0 * distance).min(1.0).powf(1.5);
    Piece { lower, upper, value: half * kronrod, error }
}

/// ∫ f over [lower, upper], f smooth and of one sign, to about the relative tolerance given.
///
/// Cuts the worst piece in two until the estimated error is small enough, or 200 pieces.
pub fn integrate(
    mut f: impl FnMut(f64) -> f64,
    lower: f64,
    upper: f64,
    relative_tolerance: f64,
) -> f64 {
    let whole = kronrod(&mut f, lower, upper);
    if whole.error <= relative_tolerance * whole.value.abs() {
        return whole.value;
    }
    let mut pieces = vec![whole];
    while pieces.len() < MAX_PIECES {
        let mut worst = 0;
        let (mut value, mut error) = (0.0, 0.0);
        for (i, piece) in pieces.iter().enumerate() {
            value += piece.value;
            error += piece.error;
            if piece.error > pieces[worst].error {
                worst = i;
            }
        }
        if error <= relative_tolerance * f64::abs(value) {
            break;
        }
        let Piece { lower, upper, .. } = pieces[worst];
        let middle = 0.5 * (lower + upper);
        pieces[worst] = kronrod(&mut f, lower, middle);
        pieces.push(kronrod(&mut f, middle, upper));
    }
    pieces.iter().map(|piece| piece.value).sum()
}

/// ln(1 + c (e^u − 1)) for 0 < c ≤ ½.
fn ln_one_plus_times_exp_m1(c: f64, u: f64) -> f64 {
    if u < 700.0 { (c * u.exp_m1()).ln_1p() } else { u + c.ln() }
}

/// E[f(p)] for p ~ Beta(a, b) and a positive f, given p and 1 − p.
///
/// The trapezoidal rule in w, where ln(p/(1−p)) = centre + (e^w − 1)·right − (e^−w − 1)·left
/// (double-exponential; Takahasi & Mori 1974). `centre` is about where the integrand is largest.
/// The step is halved until two rules agree; at most 2^8 nodes per unit of w.
pub fn beta_expectation(a: f64, b: f64, centre: f64, f: impl Fn(f64, f64) -> f64) -> f64 {
    let (left, right) = (a.recip().min(1.0), b.recip().min(1.0));
    // Measured from the mode of the weight, u = ln(a/b), so that nothing large cancels.
    let (p_mode, q_mode) = (a / (a + b), b / (a + b));
    let u_mode = (a / b).ln();
    let ln_peak = ln_beta_peak(a, b);
    let integrand = |w: f64| {
        let (up, down) = (w.exp_m1(), (-w).exp_m1());
        let u = (centre - u_mode) + up * right - down * left;
        // −ln(p/p_mode) and −ln(q/q_mode), which differ by u; first the one that cancels nothing.
        let (fall_p, fall_q) = if a <= b {
            let fall_q = ln_one_plus_times_exp_m1(p_mode, u);
            (fall_q - u, fall_q)
        } else {
            let fall_p = ln_one_plus_times_exp_m1(q_mode, -u);
            (fall_p, fall_p + u)
        };
        let weight = (ln_peak - a * fall_p - b * fall_q).exp();
        if weight == 0.0 {
            return 0.0;
        }
        // f need not fear a division by 0; its own products may still underflow.
        let (p, q) = (p_mode * (-fall_p).exp(), q_mode * (-fall_q).exp());
        let value = weight * f(p.max(f64::MIN_POSITIVE), q.max(f64::MIN_POSITIVE));
        value * ((up + 1.0) * right + (down + 1.0) * left)
    };

    // The first rule, outwards from the centre until three terms in a row do not count.
    let mut step = 0.5;
    let mut sum = integrand(0.0);
    let mut ends = [0_i32; 2];
    for (end, direction) in ends.iter_mut().zip([-1.0, 1.0]) {
        let mut idle = 0;
        while idle < 3 && *end < 80 {
            *end += 1;
            let term = integrand(direction * step * f64::from(*end));
            sum += term;
            idle = if term <= 1e-18 * sum { idle + 1 } else { 0 };
        }
    }
    let mut value = sum * step;
    if !value.is_finite() {
        return value;
    }
    for level in 1..8 {
        // The new nodes lie half-way between the old ones.
        let (low, high) = (-(ends[0] << (level - 1)), ends[1] << (level - 1));
        let between: f64 = (low..high).map(|k| integrand((f64::from(k) + 0.5) * step)).sum();
        step *= 0.5;
        let finer = 0.5 * value + step * between;
        // The error of each rule is about the square of that of the one before.
        let settled = (finer - value).abs() <= 1e-11 * finer;
        value = finer;
        if settled {
            break;
        }
    }
    value
}
