//! Special functions of the models: gamma and its kin, Gauss' 2F1, the exponential integral.
//!
//! Arguments are finite and in the stated domain. What libm or std has is not repeated here.

/// Above this, the Stirling series below are exact to the last bit.
const STIRLING: f64 = 16.0;

/// ln Γ(z) for z > 0.
pub fn ln_gamma(z: f64) -> f64 {
    libm::lgamma(z)
}

/// lnΓ(z) − [(z − ½) ln z − z + ½ ln 2π] for z ≥ 16 (Abramowitz & Stegun 6.1.41).
fn stirling_correction(z: f64) -> f64 {
    let s = 1.0 / (z * z);
    (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * (1.0 / 1188.0)))))
        / z
}

/// ln[z (z+1) … (z+n−1)] for a whole n, by products that stay far from overflow.
fn ln_rising_product(z: f64, n: u32) -> f64 {
    let mut sum = 0.0;
    let mut product = 1.0;
    for k in 0..n {
        product *= z + f64::from(k);
        if !(1e-140..1e140).contains(&product) {
            sum += product.ln();
            product = 1.0;
        }
    }
    sum + product.ln()
}

/// How many unit steps lift z to the Stirling region, at most n of them if n is whole.
fn steps_up(z: f64, n: f64) -> u32 {
    if n <= STIRLING && f64::from(n as u32) == n {
        return n as u32;
    }
    (STIRLING - z).ceil().max(0.0) as u32
}

/// ln Γ(z+n) − ln Γ(z) for z > 0, n ≥ 0 (whole or not), without cancellation for large z.
pub fn ln_gamma_difference(z: f64, n: f64) -> f64 {
    let steps = steps_up(z, n);
    let shift = f64::from(steps);
    let low = ln_rising_product(z, steps);
    if shift == n {
        return low;
    }
    let (top, lower) = (z + n, z + shift);
    if top < STIRLING {
        return ln_gamma(top) - ln_gamma(z);
    }
    let d = n - shift;
    low + d * top.ln() + (lower - 0.5) * (d / lower).ln_1p() - d + stirling_correction(top)
        - stirling_correction(lower)
}

/// ln B(a, b) for a, b > 0, exact also when one of them is huge.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    ln_gamma(small) - ln_gamma_difference(large, small)
}

/// ln of p^a (1−p)^b / B(a, b) at its mode p = a/(a+b).
pub(super) fn ln_beta_peak(a: f64, b: f64) -> f64 {
    if a.min(b) >= STIRLING {
        const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;
        return 0.5 * (a * (b / (a + b))).ln() - HALF_LN_TWO_PI + stirling_correction(a + b)
            - stirling_correction(a)
            - stirling_correction(b);
    }
    -a * (b / a).ln_1p() - b * (a / b).ln_1p() - ln_beta(a, b)
}

/// ln B(a, b+m)/B(a, b) = ln E[(1−p)^m] over p ~ Beta(a, b), for a whole m ≥ 0.
///
/// To an absolute error of a few 1e-16 where it is near 0.
pub fn ln_beta_ratio(a: f64, b: f64, m: f64) -> f64 {
    let steps = steps_up(b, m);
    let low = (0..steps).fold((0.0, 1.0), |(sum, product), k| {
        let k = f64::from(k);
        let product = product * ((b + k) / (a + b + k));
        if product < 1e-140 { (sum + f64::ln(product), 1.0) } else { (sum, product) }
    });
    let low = low.0 + low.1.ln();
    let shift = f64::from(steps);
    if shift == m {
        return low;
    }
    // Γ(z+d) Γ(z+a) / (Γ(z) Γ(z+a+d)) is symmetric in a and d; terms are as large as the first.
    let (z, d) = (b + shift, m - shift);
    let (d, a) = if a < d { (a, d) } else { (d, a) };
    low + d * (-a / (z + a + d)).ln_1p() + (z - 0.5) * (d / z).ln_1p()
        - (z + a - 0.5) * (d / (z + a)).ln_1p()
        + (stirling_correction(z + d) - stirling_correction(z))
        - (stirling_correction(z + a + d) - stirling_correction(z + a))
}

/// ψ(z) − ln z for z ≥ 16 (Abramowitz & Stegun 6.3.18).
fn digamma_correction(z: f64) -> f64 {
    let s = 1.0 / (z * z);
    -0.5 / z
        - s * (1.0 / 12.0
            - s * (1.0 / 120.0
                - s * (1.0 / 252.0 - s * (1.0 / 240.0 - s * (1.0 / 132.0 - s * 691.0 / 32760.0)))))
}

/// ψ'(z) − 1/z for z ≥ 16 (Abramowitz & Stegun 6.4.12).
fn trigamma_correction(z: f64) -> f64 {
    let s = 1.0 / (z * z);
    0.5 * s
        + s / z
            * (1.0 / 6.0
                - s * (1.0 / 30.0
                    - s * (1.0 / 42.0 - s * (1.0 / 30.0 - s * (5.0 / 66.0 - s * 691.0 / 2730.0)))))
}

/// Σ (z+k)^(−power) over k < n, for power 1 and 2.
fn reciprocal_sum(z: f64, n: u32, power: i32) -> f64 {
    (0..n).rev().map(|k| (z + f64::from(k)).powi(-power)).sum()
}

/// ψ(z), the derivative of ln Γ, for z > 0.
pub fn digamma(z: f64) -> f64 {
    let steps = (STIRLING - z).ceil().max(0.0) as u32;
    let top = z + f64::from(steps);
    top.ln() + digamma_correction(top) - reciprocal_sum(z, steps, 1)
}

/// ψ'(z) for z > 0.
pub fn trigamma(z: f64) -> f64 {
    let steps = (STIRLING - z).ceil().max(0.0) as u32;
    let top = z + f64::from(steps);
    reciprocal_sum(z, steps, 2) + (1.0 / top + trigamma_correction(top))
}

/// ψ(z+n) − ψ(z) for z > 0 and a whole n ≥ 0, without cancellation.
pub fn digamma_difference(z: f64, n: f64) -> f64 {
    let steps = steps_up(z, n);
    let low = reciprocal_sum(z, steps, 1);
    let (lower, d) = (z + f64::from(steps), n - f64::from(steps));
    if d == 0.0 {
        return low;
    }
    low + (d / lower).ln_1p() + digamma_correction(z + n) - digamma_correction(lower)
}

/// ψ'(z+n) − ψ'(z) for z > 0 and a whole n ≥ 0: not positive, without cancellation.
pub fn trigamma_difference(z: f64, n: f64) -> f64 {
    let steps = steps_up(z, n);
    let low = reciprocal_sum(z, steps, 2);
    let (lower, d) = (z + f64::from(steps), n - f64::from(steps));
    if d == 0.0 {
        return -low;
    }
    let top = z + n;
    trigamma_correction(top) - trigamma_correction(lower) - d / lower / top - low
}

/// ψ(z+n) − ψ(z) and ψ'(z+n) − ψ'(z), as above.
pub fn polygamma_differences(z: f64, n: f64) -> (f64, f64) {
    let steps = steps_up(z, n);
    if f64::from(steps) != n {
        return (digamma_difference(z, n), trigamma_difference(z, n));
    }
    (0..steps).rev().fold((0.0, 0.0), |(sum, slope), k| {
        let inverse = 1.0 / (z + f64::from(k));
        (sum + inverse, slope - inverse * inverse)
    })
}

/// ln 2 in two parts (fdlibm's), of which the first times a small whole number is exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// e^(−y) for y ≥ 0, to a relative error of 5e-16; 10⁻³⁰⁴ from y = 700 on, and
/// for NaN.
///
/// The powers of 2 and a Taylor polynomial on ±ln 2 / 2. Without a branch or a table, so that the
/// compiler works several out side by side, which it cannot with a call of `exp`.
#[inline(always)]
pub fn decay(y: f64) -> f64 {
    // Added to a number below 2^51 it leaves the nearest whole number in the last bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const TAYLOR: [f64; 14] = [
        1.0 / 6_227_020_800.0,
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    let y = -y.min(700.0);
    let rounded = y * std::f64::consts::LOG2_E + ROUND;
    let power = rounded - ROUND;
    let rest = (y - power * LN_2_HIGH) - power * LN_2_LOW;
    // Estrin's scheme: terms need not wait for each other.
    let square = rest * rest;
    let fourth = square * square;
    let t = |i: usize| TAYLOR[i] * rest + TAYLOR[i + 1];
    let high = t(0) * fourth + (t(2) * square + t(4));
    let middle = t(6) * square + t(8);
    let low = t(10) * square + t(12);
    let sum = (high * fourth + middle) * fourth + low;
    let exponent = (rounded.to_bits() << 52).wrapping_add(1023 << 52);
    sum * f64::from_bits(exponent)
}

/// ln(1 + z) for a finite z ≥ 0, to a relative error of 4.5e-16.
///
/// The power of 2 and, with s = f / (2 + f), the series ln(1 + f) = 2 Σ s^(2n+1) / (2n+1) between
/// √½ and √2. Like `decay` without a branch or a table.
#[inline(always)]
pub fn ln_growth(z: f64) -> f64 {
    const TWICE_SERIES: [f64; 10] = [
        2.0 / 21.0,
        2.0 / 19.0,
        2.0 / 17.0,
        2.0 / 15.0,
        2.0 / 13.0,
        2.0 / 11.0,
        2.0 / 9.0,
        2.0 / 7.0,
        2.0 / 5.0,
        2.0 / 3.0,
    ];
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    // The bits of 2^52; with a small whole number in the last bits, those of their sum.
    const WHOLE: u64 = 0x4330_0000_0000_0000;
    let sum = 1.0 + z;
    let rounded_off = if z < 1.0 { z - (sum - 1.0) } else { 1.0 - (sum - z) };
    let shifted = sum.to_bits() + (ONE - ROOT_HALF);
    let power = f64::from_bits(WHOLE | (shifted >> 52)) - (f64::from_bits(WHOLE) + 1023.0);
    let f = f64::from_bits((shifted & ((1 << 52) - 1)) + ROOT_HALF) - 1.0;
    let s = f / (2.0 + f);
    let square = s * s;
    let fourth = square * square;
    let t = |i: usize| TWICE_SERIES[i] * square + TWICE_SERIES[i + 1];
    let high = t(0) * (fourth * fourth) + (t(2) * fourth + t(4));
    let series = high * (fourth * fourth) + (t(6) * fourth + t(8));
    let half = 0.5 * f * f;
    let small = s * (half + square * series) + (power * LN_2_LOW + rounded_off * (1.0 / sum));
    power * LN_2_HIGH + (f - (half - small))
}

/// ln(1 + t/scale), also where the ratio is beyond the range of a double.
pub fn ln_one_plus_ratio(t: f64, scale: f64) -> f64 {
    match t / scale {
        f64::INFINITY => t.ln() - scale.ln(),
        ratio => ratio.ln_1p(),
    }
}

/// ln(e^x + e^y); either may be −∞.
pub fn log_add_exp(x: f64, y: f64) -> f64 {
    let (high, low) = if x > y { (x, y) } else { (y, x) };
    if high == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

/// The most terms a series may take before its caller turns to quadrature.
const MAX_TERMS: u32 = 1500;

/// Gauss' series Σ (a)_n (b)_n / (c)_n z^n / n! for c > 0 and 0 ≤ z < 1; `None` if it overflows
/// or needs more than 1500 terms. Exact where its terms are positive: a, b ≥ 0.
pub fn hypergeometric_series(a: f64, b: f64, c: f64, z: f64) -> Option<f64> {
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 0..MAX_TERMS {
        let n = f64::from(n);
        let ratio = (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        term *= ratio;
        sum += term;
        // What is left is below a geometric series of the larger of this ratio and its limit z.
        let bound = ratio.abs().max(z);
        if bound < 1.0 && term.abs() * bound <= 1e-17 * (1.0 - bound) * f64::abs(sum) {
            return sum.is_finite().then_some(sum);
        }
    }
    None
}

/// e^z E_n(z) = ∫₀^∞ e^(−z w) (1+w)^(−n) dw for n ≥ ½ and z > 0: Tricomi's U(1, 2−n, z).
///
/// Continued fraction (Abramowitz & Stegun 5.1.22, even part) where it is quick; below z = 1 the
/// power series at the order nearest to 1 and the recurrence upwards (5.1.14).
pub fn scaled_exponential_integral(n: f64, z: f64) -> f64 {
    if z + n > 1e18 {
        // The first term of the fraction; the others might overflow.
        return 1.0 / (z + n);
    }
    if z >= 1.0 || n > 20.0 {
        return exponential_integral_fraction(n, z);
    }
    let whole = n.round().max(1.0);
    let mut order = n - (whole - 1.0);
    let e = order - 1.0;
    let ln_z = z.ln();
    // [1 − Γ(1−e) z^e]/e without cancellation; its limit at e = 0 is −γ − ln z.
    let mut sum = if e == 0.0 {
        -EULER_GAMMA - ln_z
    } else {
        -(e * (ln_gamma_one_minus_over(e) + ln_z)).exp_m1() / e
    };
    let mut power = -1.0;
    for k in 1..30 {
        let k = f64::from(k);
        power *= -z / k;
        let term = power / (k - e);
        sum += term;
        if term.abs() < 1e-18 * sum {
            break;
        }
    }
    let decay = (-z).exp();
    for _ in 1..whole as u32 {
        sum = (decay - z * sum) / order;
        order += 1.0;
    }
    sum / decay
}

const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// ln Γ(1−e) / e for 0 < |e| ≤ ½ (Abramowitz & Stegun 6.1.33 where libm would cancel).
fn ln_gamma_one_minus_over(e: f64) -> f64 {
    /// ζ(k)/k from k = 2.
    const ZETA_OVER_K: [f64; 9] = [
        0.822_467_033_424_113_2,
        0.400_685_634_386_531_4,
        0.270_580_808_427_784_5,
        0.207_385_551_028_673_99,
        0.169_557_176_997_408_2,
        0.144_049_896_768_846_1,
        0.125_509_669_524_743_04,
        0.111_334_265_869_564_7,
        0.100_099_457_512_781_8,
    ];
    if e.abs() > 0.02 {
        return ln_gamma(1.0 - e) / e;
    }
    EULER_GAMMA + ZETA_OVER_K.iter().rev().fold(0.0, |sum, z| (sum + z) * e)
}

fn exponential_integral_fraction(n: f64, z: f64) -> f64 {
    let mut b = z + n;
    let mut c = f64::MAX;
    let mut d = 1.0 / b;
    let mut value = d;
    for i in 1..500 {
        let i = f64::from(i);
        let numerator = -i * (n - 1.0 + i);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}
