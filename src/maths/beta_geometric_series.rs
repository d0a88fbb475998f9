//! The discounted purchases of a customer alive in BG/NBD and MBG/NBD as one power series, all of
//! whose terms are positive.

use super::beta_geometric::AliveCustomer;

/// A longer series costs more than what its callers have instead.
const MOST_TERMS: u32 = 600;
/// Above this z it is longer: z^600 > 1e-17.
const LARGEST_Z: f64 = 0.937;
/// Terms between two looks at what is left.
const BLOCK: u32 = 4;
/// Beyond e^−600 a factor of the sum might leave the range of a double.
const STEEPEST: f64 = 600.0;

/// E[Σ e^(−delta s) over the purchases at s ≤ t], delta ≥ 0: r ∫ e^(−ζ u) E[(1 + p u)^(−r−1)] du for
/// u up to y = t/alpha, ζ = delta alpha. `None` where the series would be long.
///
/// The mean is (1−z)^w 2F1(f, g; c; z), z = u/(1+u), with coefficients c_n > 0 (Pfaff or Euler:
/// Abramowitz & Stegun 15.3.3, 15.3.4). By the moments J_n = ∫ z^n (1−z)^(w−2) e^(−ζ u) dz over
/// (0, Z), Z = y/(1+y), the integral is Σ c_n J_n, and integration by parts ties three moments
/// together:
///
/// n J_{n−1} − (2n + w + ζ) J_n + (n + w) J_{n+1} = Z^n (1−Z)^w e^(−ζ y), n ≥ 1.
///
/// Those equations times λ_n add up to the integral, which so is (1−Z)^w e^(−ζ y) Σ λ_n Z^n, if
/// λ_0 = 0, λ_1 = 1 and (n+1)(λ_{n+1} − λ_n) = c_n + (n − 1 + w)(λ_n − λ_{n−1}) + ζ λ_n: nothing
/// is ever subtracted.
pub(super) fn discounted_by_series(customer: &AliveCustomer, delta: f64, t: f64) -> Option<f64> {
    let AliveCustomer { r, alpha, a, b } = *customer;
    let (k, c) = (r + 1.0, a + b);
    let (f, g, w) = if c >= k { (c - k, a, a) } else { (k, b, k) };
    let (zeta, y, z) = (delta * alpha, t / alpha, t / (alpha + t));
    let fall = w * y.ln_1p() + zeta * y;
    if z > LARGEST_Z || !(0.0..STEEPEST).contains(&fall) {
        return None;
    }
    let (mut coefficient, mut lambda, mut rise, mut power) = (1.0, 1.0, 1.0, z);
    let (mut sum, mut term, mut before) = (0.0, 0.0, 0.0);
    let mut n = 1.0;
    for _ in 0..MOST_TERMS / BLOCK {
        for _ in 0..BLOCK {
            before = term;
            term = lambda * power;
            sum += term;
            coefficient *= (f + (n - 1.0)) * (g + (n - 1.0)) / ((c + (n - 1.0)) * n);
            let share = 1.0 / (n + 1.0);
            // In this order the next λ waits for the least.
            rise = (share * coefficient + share * (n - 1.0 + w) * rise) + share * zeta * lambda;
            lambda += rise;
            power *= z;
            n += 1.0;
        }
        // What is left is below a geometric series of the larger of this ratio and its limit z.
        let bound = f64::max(term / before, z);
        if bound < 1.0 && term * bound <= 1e-17 * (1.0 - bound) * sum {
            let value = r * (-fall).exp() * sum;
            return value.is_finite().then_some(value);
        }
    }
    None
}
