//! The future of a customer known to be alive in BG/NBD and MBG/NBD, which differ only in the past.
//!
//! Purchases at a rate ~ Gamma(r, alpha); after each one the customer leaves with probability
//! p ~ Beta(a, b). Given (rate, p) the time to leaving is exponential with rate × p.

use super::beta_geometric_series::discounted_by_series;
use super::beta_moments::ln_beta_moment;
use super::log_concave::{Panels, Slope, ln_integral_convex, nodes};
use super::quadrature::{beta_expectation, integrate};
use super::special::{
    hypergeometric_series, ln_beta, ln_beta_ratio, log_add_exp, scaled_exponential_integral,
};

/// A customer alive now: the distribution of the rate and of the dropout probability.
#[derive(Clone, Copy, Debug)]
pub(super) struct AliveCustomer {
    pub r: f64,
    pub alpha: f64,
    pub a: f64,
    pub b: f64,
}

/// The most terms of a sum before quadrature takes over.
const MAX_TERMS: u32 = 1500;
/// The most stretches of time before quadrature takes over.
const MAX_STRETCHES: u32 = 1000;
/// The longest time that is told from an infinite one, in units of alpha/(r + 1).
const LONGEST: f64 = 1e300;
/// From this a on nothing is left to come after it.
const SHORT_LIVED: f64 = 1.1;

/// ln(1 + e^x).
pub(super) fn softplus(x: f64) -> f64 {
    log_add_exp(0.0, x)
}

impl AliveCustomer {
    /// P(still alive t from now): E[(1 + p t/alpha)^(−r)].
    pub fn survival(&self, t: f64) -> f64 {
        if t == f64::INFINITY { 0.0 } else { self.mean_power(self.r, t).clamp(0.0, 1.0) }
    }

    /// E[purchases in the next t]; at t = ∞ the mean of 1/p, infinite for a ≤ 1.
    ///
    /// E[(1 − (1 + p y)^(−r))/p] with y = t/alpha: Fader, Hardie & Lee (2005), eq. 9 and 10.
    pub fn expected(&self, t: f64) -> f64 {
        let Self { r, alpha, a, b } = *self;
        if t == f64::INFINITY {
            return if a > 1.0 { (a + b - 1.0) / (a - 1.0) } else { f64::INFINITY };
        }
        let y = t / alpha;
        if y * (r + 1.0) > LONGEST {
            return if a < SHORT_LIVED { f64::INFINITY } else { self.expected(f64::INFINITY) };
        }
        let c = a + b - 1.0;
        let sum = if 2.0 * r >= c && r <= 2.0 * c {
            self.expected_by_euler(t)
        } else {
            let series = if r < c { discounted_by_series(self, 0.0, t) } else { None };
            series.or_else(|| self.expected_by_counts(t))
        };
        sum.unwrap_or_else(|| {
            let order = r + 1.0;
            beta_expectation(a, b, self.mode(1.0 / (y * order)), |p, _| {
                // So rare a dropout changes nothing, and the products below might underflow.
                if p * y * order < 1e-20 { r * y } else { -(-r * (p * y).ln_1p()).exp_m1() / p }
            })
        })
    }

    /// Euler's form of eq. 9, [1 − (1−z)^(a−1) 2F1(c−r, a−1; c; z)] c/(a−1) with c = a+b−1 and
    /// z = t/(alpha+t), the factor a−1 taken out of the series, so that a = 1 is nothing special.
    /// Loses no digits for c/2 ≤ r ≤ 2c: each term is then at most half of, or adds to, the main one.
    fn expected_by_euler(&self, t: f64) -> Option<f64> {
        let Self { r, alpha, a, b } = *self;
        let (c, z) = (a + b - 1.0, t / (alpha + t));
        let d = c - r;
        let mut term = d / c * z;
        let mut sum = term;
        let mut n = 1.0;
        while term != 0.0 {
            let ratio = (d + n) * (a - 1.0 + n) / ((c + n) * (n + 1.0)) * z;
            term *= ratio;
            sum += term;
            n += 1.0;
            let bound = ratio.abs().max(z);
            if bound < 1.0 && term.abs() * bound <= 1e-17 * (1.0 - bound) * (z + f64::abs(sum)) {
                break;
            }
            if n > f64::from(MAX_TERMS) {
                return None;
            }
        }
        // (1−z)^(a−1) = e^(−(a−1) l).
        let (l, k) = ((t / alpha).ln_1p(), a - 1.0);
        let main = if k == 0.0 { l } else { -(-k * l).exp_m1() / k };
        let value = c * (main - (-k * l).exp() * sum);
        value.is_finite().then_some(value)
    }

    /// Sum over the purchases n that would be made if nobody ever left, negative binomial:
    /// P(n) × (1 + E[1−p] + … + E[(1−p)^(n−1)]). Every term is positive.
    fn expected_by_counts(&self, t: f64) -> Option<f64> {
        let Self { r, alpha, a, b } = *self;
        let ln_none = -r * (t / alpha).ln_1p();
        if ln_none < -600.0 {
            return None;
        }
        let z = t / (alpha + t);
        let mut probability = r * z;
        let (mut stay, mut made) = (1.0, 1.0);
        let mut sum = probability;
        for n in 1..MAX_TERMS {
            let n = f64::from(n);
            let ratio = (r + n) / (n + 1.0) * z;
            probability *= ratio;
            stay *= (b + (n - 1.0)) / (a + b + (n - 1.0));
            made += stay;
            let term = probability * made;
            sum += term;
            // `made` grows at most as n.
            let bound = ratio.max(z) * (1.0 + 1.0 / n);
            if bound < 1.0 && term * bound <= 1e-17 * (1.0 - bound) * sum {
                return Some(ln_none.exp() * sum);
            }
        }
        None
    }

    /// E[(1 + p y)^(−k)] with y = t/alpha: 2F1(k, a; a+b; −y).
    fn mean_power(&self, k: f64, t: f64) -> f64 {
        let Self { alpha, a, b, .. } = *self;
        let y = (t / alpha).min(LONGEST / (k + 1.0));
        if a + b >= k {
            // Pfaff's form: few terms after many purchases, all positive.
            if let Some(sum) = hypergeometric_series(a + b - k, a, a + b, t / (alpha + t)) {
                return (sum.ln() - a * y.ln_1p()).exp();
            }
        }
        // Euler's integral. Its integrand is largest at the odds s = p/(1−p) with
        // b e s² + [(b − k) + (k − a) e] s − a = 0, e = 1 + y; here all over e.
        let e = 1.0 + y;
        let half = 0.5 * ((b - k) / e + (k - a));
        let root = (half * half + a * b / e).sqrt();
        let odds = if half > 0.0 { a / e / (half + root) } else { (root - half) / b };
        let centre = if odds > 0.0 && odds < f64::MAX { odds.ln() } else { (a / b).ln() };
        beta_expectation(a, b, centre, |p, _| (-k * (p * y).ln_1p()).exp())
    }

    /// About where p^(a−1) (1−p)^(b−1) / (k + p) is largest in ln(p/(1−p)).
    fn mode(&self, k: f64) -> f64 {
        let Self { a, b, .. } = *self;
        // (a+b−1) p² + ((a+b) k + 1 − a) p − a k = 0.
        let (square, linear) = (a + b - 1.0, (a + b) * k + 1.0 - a);
        let root = (linear * linear + 4.0 * square * a * k).max(0.0).sqrt();
        let p = if linear > 0.0 {
            2.0 * a * k / (linear + root)
        } else {
            (root - linear) / (2.0 * square)
        };
        let odds = p / (1.0 - p);
        if odds > 0.0 && odds < f64::MAX { odds.ln() } else { (a / b).ln() }
    }

    /// P(n purchases in the next t): Fader, Hardie & Lee (2005), eq. 8.
    pub fn pmf(&self, n: u64, t: f64) -> f64 {
        let Self { r, alpha, a, b } = *self;
        if t == 0.0 {
            return if n == 0 { 1.0 } else { 0.0 };
        }
        if n == 0 {
            return (-r * (t / alpha).ln_1p()).exp();
        }
        let n = n as f64;
        let ln_made = self.ln_made(n, t);
        let ln_stayed = ln_beta_ratio(a, b, n);
        // B(a+1, b+n−1)/B(a, b+n) = a/(b+n−1).
        let p = (ln_made + ln_stayed).exp()
            + ln_stayed.exp() * a / (b + (n - 1.0)) * made_at_least(r, alpha, n, t, ln_made);
        p.clamp(0.0, 1.0)
    }

    /// P(n purchases or more in the next t): so many would be made if nobody ever left, and the
    /// customer stayed after each of the n − 1 before the last.
    pub fn at_least(&self, n: u64, t: f64) -> f64 {
        if n == 0 || t == 0.0 {
            return if n == 0 { 1.0 } else { 0.0 };
        }
        let n = n as f64;
        let made = made_at_least(self.r, self.alpha, n, t, self.ln_made(n, t));
        ln_beta_ratio(self.a, self.b, n - 1.0).exp() * made
    }

    /// ln P(n ≥ 1 purchases in the next t > 0) if nobody ever left: negative binomial.
    fn ln_made(&self, n: f64, t: f64) -> f64 {
        let Self { r, alpha, .. } = *self;
        let (ln_z, ln_rest) = (-(alpha / t).ln_1p(), -(t / alpha).ln_1p());
        n * ln_z + r * ln_rest - n.ln() - ln_beta(n, r)
    }

    /// E[Σ e^(−delta s) over the purchases at s ≤ horizon].
    ///
    /// Purchases come at the mean rate r/alpha E[(1 + p s/alpha)^(−r−1)]. A delta below 0 is
    /// allowed; the whole future is then worth ∞.
    pub fn discounted(&self, delta: f64, horizon: f64) -> f64 {
        let Self { r, alpha, a, b } = *self;
        if delta == 0.0 || horizon == 0.0 {
            return self.expected(horizon);
        }
        if delta < 0.0 && horizon == f64::INFINITY {
            return f64::INFINITY;
        }
        if delta * alpha > 1e20 * (r + 1.0) {
            // Nothing changes before it is discounted away.
            return -r / alpha / delta * (-delta * horizon).exp_m1();
        }
        if delta * horizon <= 1.0 && horizon / alpha * (r + 1.0) > LONGEST {
            return if delta > 0.0 { self.expected(horizon) } else { f64::INFINITY };
        }
        let series = if delta > 0.0 { discounted_by_series(self, delta, horizon) } else { None };
        if let Some(value) = series.or_else(|| self.discounted_by_stretches(delta, horizon)) {
            return value;
        }
        let order = r + 1.0;
        if delta * horizon > 1.0 {
            // For given p the integral over time is closed: (r/p) e^ζ E_{r+1}(ζ), ζ = delta alpha/p,
            // less what comes after the horizon. For a p far smaller than this it is constant.
            let decay = delta * alpha;
            let least = 1e-20 * decay / order;
            return beta_expectation(a, b, self.mode(decay / order), |p, _| {
                let p = p.max(least);
                let whole = scaled_exponential_integral(order, decay / p);
                let later = if horizon == f64::INFINITY {
                    0.0
                } else {
                    (-delta * horizon - r * (p * horizon / alpha).ln_1p()).exp()
                        * scaled_exponential_integral(order, decay / p + delta * horizon)
                };
                r * ((whole - later) / p)
            });
        }
        let y = horizon / alpha;
        // (1 + y)^−r is never below e^(−10^15).
        if -delta * horizon > 1e16 {
            return f64::INFINITY;
        }
        if y == 0.0 {
            return 0.0;
        }
        // For given p in v = ln(1 + p s/alpha): r/p times the integral of e^(−r v − delta s).
        let least = 1e-20 / (y * order);
        beta_expectation(a, b, self.mode(1.0 / (y * order)), |p, _| {
            let p = p.max(least);
            let (width, growth) = ((p * y).ln_1p(), -delta * horizon / (p * y));
            if -delta * horizon < 1.0 {
                let mut sum = 0.0;
                let decline = |v: f64| Slope { value: -r * v, slope: -r };
                let top = nodes(width, Panels::Wide, decline, |v, weight| {
                    sum += weight * (growth * v.exp_m1()).exp();
                });
                return r * (top.exp() * sum / p);
            }
            let ln_integral = ln_integral_convex(width, |v| Slope {
                value: growth * v.exp_m1() - r * v,
                slope: growth * v.exp() - r,
            });
            (ln_integral + r.ln() - p.ln()).exp()
        })
    }

    /// The same by stretches of v = ln(1 + s/alpha), each with one power series for the rate at all
    /// its nodes. `None` where the series would be long.
    fn discounted_by_stretches(&self, delta: f64, horizon: f64) -> Option<f64> {
        let Self { r, alpha, a, b } = *self;
        let k = r + 1.0;
        // E[(1 + p y)^(−k)] = (1−z)^w 2F1(f, g; c; z), z = y/(1+y), all terms positive.
        let c = a + b;
        let (f, g, w) = if c >= k { (c - k, a, a) } else { (k, b, k) };
        // With a tiny f or g the series begins with 1 + f g …, which would lose what grows later.
        if w > 40.0 || f.min(g) < 1e-6 {
            return None;
        }
        // What comes after e^(−38) counts for nothing.
        let seen = if delta > 0.0 { horizon.min(38.0 / delta) } else { horizon };
        let end = (seen / alpha).ln_1p();
        let mut series = Stretch::first(f, g, c);
        let (mut start, mut sum) = (0.0, 0.0);
        for _ in 0..MAX_STRETCHES {
            if start >= end {
                return Some(r * sum);
            }
            let length = series.longest().min(8.0 / w).min(end - start);
            if length < f64::min(0.05, end - start) {
                return None;
            }
            let t_end = -(-length).exp_m1();
            series.extend(t_end)?;
            let e = series.e;
            let discounted_rate = |d: f64| {
                let t = -(-d).exp_m1();
                let y = (1.0 - e + e * t) * d.exp() / e;
                series.value(t) * (start + (1.0 - w) * d - delta * alpha * y).exp()
            };
            // A late stretch need only be good against the sum.
            let share = sum / (discounted_rate(0.0) * length);
            sum += integrate(discounted_rate, 0.0, length, 1e-12 * share.clamp(1.0, 1e12));
            if !sum.is_finite() {
                return None;
            }
            start += length;
            series = series.next(t_end, (-w * length).exp());
        }
        None
    }
}

/// 2F1(f, g; c; z) around z₀ = 1 − e as a power series in t = (z − z₀)/e: all its coefficients are
/// positive, and going from one z₀ to a larger one damps errors.
struct Stretch {
    f: f64,
    g: f64,
    c: f64,
    e: f64,
    terms: usize,
    coefficients: [f64; Stretch::MOST],
}

impl Stretch {
    const MOST: usize = 256;

    fn first(f: f64, g: f64, c: f64) -> Self {
        let mut coefficients = [0.0; Stretch::MOST];
        coefficients[0] = 1.0;
        Stretch { f, g, c, e: 1.0, terms: 1, coefficients }
    }

    /// How far −ln(1 − t) may go.
    fn longest(&self) -> f64 {
        let Self { f, g, c, e, .. } = *self;
        // Near z = 1 there is a solution in (1−z)^m. Where m is large the first series is short
        // right up to 1; elsewhere it takes some 100 terms to 1 − z = 1/3.
        let m = c - f - g;
        if e == 1.0 {
            return if m > 12.0 { f64::INFINITY } else { 1.1 };
        }
        // Rounding errors grow as the alternating series of (1−z)^m and of z^(1−c).
        let t = (3.0 / m.max(1.0)).min(1.5 * (1.0 - e) / (c * e)).min(0.66);
        -(-t).ln_1p()
    }

    /// Finds as many coefficients as t up to `t_end` needs, from the first one or two.
    fn extend(&mut self, t_end: f64) -> Option<()> {
        let Self { f, g, c, e, .. } = *self;
        let z = 1.0 - e;
        let coefficients = &mut self.coefficients;
        let mut power = t_end;
        let mut sum = coefficients[0];
        let mut n = 0.0;
        for i in 1..Stretch::MOST {
            if z == 0.0 {
                coefficients[i] = coefficients[i - 1] * (f + n) * (g + n) / ((c + n) * (n + 1.0));
            } else if i > 1 {
                // The hypergeometric equation in t (Abramowitz & Stegun 15.5.1).
                let m = n - 1.0;
                coefficients[i] = (n * ((z - e) * m + (f + g + 1.0) * z - c) * coefficients[i - 1]
                    + e * (f + m) * (g + m) * coefficients[i - 2])
                    / (z * n * (n + 1.0));
            }
            let term = coefficients[i] * power;
            sum += term;
            self.terms = i + 1;
            // The terms fall nearly as the powers of t or, near t = 1, as a power of 1/n.
            if n > 4.0 && term <= 1e-17 * f64::max(1.0 - t_end, 1.0 / n) * sum {
                return sum.is_finite().then_some(());
            }
            power *= t_end;
            n += 1.0;
        }
        None
    }

    /// By Horner's rule in t⁴, four sums side by side.
    fn value(&self, t: f64) -> f64 {
        let t2 = t * t;
        let t4 = t2 * t2;
        let mut sums = [0.0; 4];
        for four in self.coefficients[..self.terms.next_multiple_of(4)].rchunks_exact(4) {
            for (sum, coefficient) in sums.iter_mut().zip(four) {
                *sum = *sum * t4 + coefficient;
            }
        }
        (sums[0] + t * sums[1]) + t2 * (sums[2] + t * sums[3])
    }

    /// The series around the point at t, all multiplied by `factor`.
    fn next(&self, t: f64, factor: f64) -> Self {
        let mut slope = 0.0;
        for i in (1..self.terms).rev() {
            slope = slope * t + self.coefficients[i] * i as f64;
        }
        let mut next = Stretch::first(self.f, self.g, self.c);
        next.e = self.e * (1.0 - t);
        next.coefficients[0] = factor * self.value(t);
        next.coefficients[1] = factor * slope * (1.0 - t);
        next
    }
}

/// P(n ≥ 1 purchases or more in the next t > 0) if nobody ever left, given that of n: the regularised
/// incomplete beta function I_z(n, r).
pub(super) fn made_at_least(r: f64, alpha: f64, n: f64, t: f64, ln_made: f64) -> f64 {
    let (z, rest) = (1.0 / (1.0 + alpha / t), alpha / (alpha + t));
    let p = if z < (n + 1.0) / (n + r + 2.0) {
        ln_made.exp() * incomplete_beta_fraction(n, r, z)
    } else if r < 0.5 {
        // With a small r nearly nobody buys; the difference from 1 would lose what is left.
        let ln_fewer = -r * (t / alpha).ln_1p() - ln_beta_moment(1.0, r, n - 1.0)
            + incomplete_beta_excess(r, n, rest).ln_1p();
        -ln_fewer.exp_m1()
    } else {
        1.0 - ln_made.exp() * n / r * incomplete_beta_fraction(r, n, rest)
    };
    p.clamp(0.0, 1.0)
}

/// 2F1(r, 1−n; r+1; z) − 1 = Σ r/(r+k) (1−n)_k/k! z^k over k ≥ 1, for n z of about 1 at most.
fn incomplete_beta_excess(r: f64, n: f64, z: f64) -> f64 {
    let (mut sum, mut power) = (0.0, 1.0);
    for k in 1..60 {
        let k = f64::from(k);
        power *= (k - n) / k * z;
        let term = r / (r + k) * power;
        sum += term;
        if term.abs() <= 1e-17 * f64::abs(sum) {
            break;
        }
    }
    sum
}

/// Some √(least of a and b) are needed, of which the larger is a number of purchases or a shape.
const MOST_FRACTIONS: u32 = 100_000;

/// I_z(a, b) a B(a, b) z^(−a) (1−z)^(−b), the continued fraction of the regularised incomplete
/// beta function (Abramowitz & Stegun 26.5.8), quick for z < (a+1)/(a+b+2).
fn incomplete_beta_fraction(a: f64, b: f64, z: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * z / (a + 1.0));
    let mut value = d;
    for m in 1..MOST_FRACTIONS {
        let m = f64::from(m);
        let even = m * (b - m) * z / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        value *= c * d;
        let odd = -(a + m) * (a + b + m) * z / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 2e-16 {
            break;
        }
    }
    value
}
