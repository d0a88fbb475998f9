//! Pareto/NBD: Schmittlein, Morrison & Colombo (1987), "Counting your customers", Management
//! Science 33; Fader & Hardie's notes of 2005, 2006 and 2014 on it.
//!
//! Purchases at a rate λ ~ Gamma(r, alpha); the customer leaves at a rate μ ~ Gamma(s, beta).

mod likelihood;
pub(super) mod limits;

pub use likelihood::ParetoNbdLikelihood;

use super::border::{Border, Made};
use super::error::{ArgumentError, scale, shape};
use super::fit::{Fit, InvalidOption, Options, fit};
use super::fit_histories::HistoryFit;
use super::history::{Folded, History};
use super::log_concave::{Panels, Slope, ln_integral, ln_integral_convex};
use super::purchase_model::PurchaseModel;
use super::special::{ln_beta, ln_gamma_difference, log_add_exp, scaled_exponential_integral};

/// The series in z needs some 37/−ln z terms. Above this z, the integral is cut in two at the time
/// where z is `CUT`: quadrature up to there, and the series from there.
const LONGEST_SERIES: f64 = 0.96;
const CUT: f64 = 0.75;
/// An infinite t in a pmf stands for this many times the smaller of alpha and beta.
const FOREVER: f64 = 1e300;
/// And one below so many times alpha for no time.
const NO_TIME: f64 = 1e-290;

/// The Pareto/NBD model with its parameters, all above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParetoNbd {
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
}

impl ParetoNbd {
    /// Names of the parameters, in the order of [`ParetoNbd::new`] and of the likelihood.
    pub const PARAMETERS: [&'static str; 4] = ["r", "alpha", "s", "beta"];

    pub fn new(r: f64, alpha: f64, s: f64, beta: f64) -> Result<Self, ArgumentError> {
        Ok(ParetoNbd {
            r: shape("r", r)?,
            alpha: scale("alpha", alpha)?,
            s: shape("s", s)?,
            beta: scale("beta", beta)?,
        })
    }

    /// The limits at which a fit may end.
    pub const BORDERS: &'static [Border] = limits::BORDERS;

    /// The model on the border of this name.
    pub fn on_border(name: &str, parameters: &[f64]) -> Made {
        limits::on_border(name, parameters)
    }

    /// r, alpha, s, beta.
    pub fn parameters(&self) -> [f64; 4] {
        [self.r, self.alpha, self.s, self.beta]
    }

    /// The customer at T, if alive: λ ~ Gamma(r+x, alpha+T), μ ~ Gamma(s, beta+T), again
    /// independent. Every prediction is P(alive) times that of a new customer of this model.
    fn alive(&self, x: f64, age: f64) -> ParetoNbd {
        ParetoNbd { r: self.r + x, alpha: self.alpha + age, s: self.s, beta: self.beta + age }
    }

    /// As [`PurchaseModel::discounted_purchases`], for a customer just acquired.
    fn discounted_purchases_new(&self, delta: f64, horizon: f64) -> f64 {
        let ParetoNbd { r, alpha, s, beta } = *self;
        if delta == 0.0 {
            return self.expected_purchases_new(horizon);
        }
        if delta < 0.0 && horizon == f64::INFINITY {
            return f64::INFINITY;
        }
        if delta * beta > 1e20 * (s + 1.0) {
            // Nobody leaves before it is discounted away.
            return -r / alpha / delta * (-delta * horizon).exp_m1();
        }
        // Past this, e^(−delta u) leaves nothing that counts.
        if delta > 0.0 && horizon > 50.0 / delta {
            return r / alpha * beta * scaled_exponential_integral(s, delta * beta);
        }
        if horizon / beta == f64::INFINITY {
            return if delta < 0.0 { f64::INFINITY } else { self.expected_purchases_new(horizon) };
        }
        let (z, width) = (delta * beta, (horizon / beta).ln_1p());
        let rate = |v: f64| {
            let w = v.exp_m1();
            Slope { value: (1.0 - s) * v - z * w, slope: 1.0 - s - z * (w + 1.0) }
        };
        let ln_span = if delta > 0.0 {
            ln_integral(width, Panels::Wide, rate)
        } else {
            ln_integral_convex(width, rate)
        };
        r / alpha * beta * ln_span.exp()
    }

    /// P(X(t) ≥ n), n ≥ 1: the n-th purchase of one who never dies is at u, α^r u^(n−1)
    /// (α+u)^−(r+n) / B(n, r), and the customer lives until then, (β/(β+u))^s.
    fn p_at_least_new(&self, n: f64, t: f64) -> f64 {
        let ParetoNbd { r, alpha, s, beta } = *self;
        let smaller = alpha.min(beta);
        let t = t.min(FOREVER * smaller);
        if t < NO_TIME * alpha {
            return 0.0;
        }
        let earlier = n - 1.0;
        let ln_integral = ln_integral((t / smaller).ln_1p(), Panels::Narrow, |v| {
            let u = smaller * v.exp_m1();
            let (mut value, mut slope) = (v, 1.0);
            if earlier > 0.0 {
                value -= earlier * (alpha / u).ln_1p();
                // In this order nothing overflows or underflows.
                slope += earlier * (alpha / (alpha + u)) * ((smaller + u) / u);
            }
            value -= (r + 1.0) * (u / alpha).ln_1p() + s * (u / beta).ln_1p();
            slope -= (r + 1.0) * ((smaller + u) / (alpha + u)) + s * ((smaller + u) / (beta + u));
            Slope { value, slope }
        });
        ((smaller / alpha).ln() - ln_beta(n, r) + ln_integral).exp().clamp(0.0, 1.0)
    }

    /// The two parts of L as [`Powers`] has them.
    fn shares(&self, History { x, t_x, age }: History) -> Shares {
        let ParetoNbd { r, alpha, s, beta } = *self;
        Shares {
            alive: (r + x) / (alpha + age) * Powers::of_living(self, x).tail(age),
            dead: s / (beta + t_x) * Powers::of_dead(self, x).tail(t_x),
            ln_rise: self.ln_rise(x, t_x, age),
        }
    }

    /// ln of (alpha+u)^−(r+x) (beta+u)^−s at u = t_x over that at T.
    fn ln_rise(&self, x: f64, t_x: f64, age: f64) -> f64 {
        let silence = age - t_x;
        (self.r + x) * (silence / (self.alpha + t_x)).ln_1p()
            + self.s * (silence / (self.beta + t_x)).ln_1p()
    }

    /// 1 − `p_alive`, exact also where that is near 0.
    fn p_dead(&self, History { x, t_x, age }: History, p_alive: f64) -> f64 {
        if p_alive < 0.5 {
            return 1.0 - p_alive;
        }
        let ln_span = Powers::of_dead(self, x).ln_span(t_x, age - t_x);
        p_alive * self.s / (self.beta + t_x) * (self.ln_rise(x, t_x, age) + ln_span).exp()
    }

    /// ln P(X(t) > 0): r alpha^r beta^s ∫₀^t (alpha+u)^−(r+1) (beta+u)^−s du.
    fn ln_purchase_before(&self, t: f64) -> f64 {
        (self.r / self.alpha).ln() + Powers::of_living(self, 0.0).ln_span(0.0, t)
    }
}

impl PurchaseModel for ParetoNbd {
    /// Fader & Hardie (2005), by the integrals of [`Powers`]. For x = 0 and ln L near 0 it is
    /// ln(1 − P(a purchase before T)).
    fn log_likelihood(&self, customer: History) -> f64 {
        let History { x, t_x, age } = customer;
        let ParetoNbd { r, alpha, s, beta } = *self;
        if x == 0.0 {
            let ln_purchase = self.ln_purchase_before(age);
            if ln_purchase < -0.7 {
                return (-ln_purchase.exp()).ln_1p();
            }
        }
        let Shares { alive, dead, .. } = self.shares(customer);
        let ln_density = |t: f64| -(r + x) * (t / alpha).ln_1p() - s * (t / beta).ln_1p();
        ln_gamma_difference(r, x) - x * alpha.ln()
            + log_add_exp(alive.ln() + ln_density(age), dead.ln() + ln_density(t_x))
    }

    /// Schmittlein et al. (1987), eq. 11-13, times E[e^(−μ after)].
    fn p_alive(&self, customer: History, after: f64) -> f64 {
        let Shares { alive, dead, ln_rise } = self.shares(customer);
        // The sum may fall below 1 by its rounding.
        let p_alive = (1.0 / (alive + dead * ln_rise.exp())).clamp(0.0, 1.0);
        if after == 0.0 {
            return p_alive;
        }
        p_alive * (-self.s * (after / (self.beta + customer.age)).ln_1p()).exp()
    }

    /// Schmittlein et al. (1987), eq. 17; at s = 1 its limit r/alpha · beta ln(1 + t/beta).
    fn expected_purchases_new(&self, t: f64) -> f64 {
        let ParetoNbd { r, alpha, s, beta } = *self;
        if t < 1e-32 * beta {
            // Nobody has left yet, and t / beta might underflow.
            return r / alpha * t;
        }
        let log = (t / beta).ln_1p();
        let span = if s == 1.0 { log } else { -((1.0 - s) * log).exp_m1() / (s - 1.0) };
        r / alpha * beta * span
    }

    /// Fader & Hardie (2014), "Deriving the conditional PMF of the Pareto/NBD model".
    fn purchase_pmf(&self, customer: History, n: u64, t: f64) -> f64 {
        let p_alive = self.p_alive(customer, 0.0);
        let p_dead = if n == 0 { self.p_dead(customer, p_alive) } else { 0.0 };
        (p_dead + p_alive * self.alive(customer.x, customer.age).purchase_pmf_new(n, t))
            .clamp(0.0, 1.0)
    }

    fn p_at_least(&self, customer: History, n: u64, t: f64) -> f64 {
        if n == 0 {
            return 1.0;
        }
        self.p_alive(customer, 0.0)
            * self.alive(customer.x, customer.age).p_at_least_new(n as f64, t)
    }

    /// Fader & Hardie (2006): alive at t with n purchases, or dead at u < t with n by then. The
    /// latter is left as an integral over u, since its closed form is a difference.
    fn purchase_pmf_new(&self, n: u64, t: f64) -> f64 {
        let ParetoNbd { r, alpha, s, beta } = *self;
        let smaller = alpha.min(beta);
        let t = t.min(FOREVER * smaller);
        if t < NO_TIME * alpha {
            return if n == 0 { 1.0 } else { 0.0 };
        }
        let n = n as f64;
        // ln Γ(r+n)/(Γ(r) n!).
        let choose = if n == 0.0 { 0.0 } else { -n.ln() - ln_beta(r, n) };
        let ln_nbd = |u: f64| {
            let purchases = if n == 0.0 { 0.0 } else { -n * (alpha / u).ln_1p() };
            choose - r * (u / alpha).ln_1p() + purchases
        };
        let ln_dead = (s / beta * smaller).ln()
            + ln_integral((t / smaller).ln_1p(), Panels::Narrow, |v| {
                let u = smaller * v.exp_m1();
                let ratio = |scale: f64| (smaller + u) / (scale + u);
                let purchases =
                    if n == 0.0 { 0.0 } else { n * (alpha / (alpha + u)) * ((smaller + u) / u) };
                Slope {
                    value: ln_nbd(u) - (s + 1.0) * (u / beta).ln_1p() + v,
                    slope: purchases - r * ratio(alpha) - (s + 1.0) * ratio(beta) + 1.0,
                }
            });
        ((ln_nbd(t) - s * (t / beta).ln_1p()).exp() + ln_dead.exp()).clamp(0.0, 1.0)
    }

    /// Undiscounted, Schmittlein et al. (1987), eq. 22: infinite for an infinite horizon unless s > 1.
    /// Discounted, the DERT of Fader, Hardie & Lee (2005), "RFM and CLV", with
    /// ∫ e^(−delta u) E[e^(−μ u)] du up to the horizon.
    fn survivor_purchases(&self, x: f64, age: f64, delta: f64, horizon: f64) -> f64 {
        self.alive(x, age).discounted_purchases_new(delta, horizon)
    }
}

/// The parts of L over (alpha+u)^−(r+x) (beta+u)^−s: `alive` over that at u = T, which is the
/// part of those who live at T; `dead` over that at t_x. So 1/P(alive) = alive + dead e^ln_rise.
struct Shares {
    alive: f64,
    dead: f64,
    ln_rise: f64,
}

/// (large+u)^−d (small+u)^−c, d + c > 1, the integrand of the likelihood over the time u of
/// dropout: with J(p, q, t) = ∫ from t to ∞ of (alpha+u)^−p (beta+u)^−q du,
/// L = Γ(r+x)/Γ(r) alpha^r beta^s [s J(r+x, s+1, t_x) + (r+x) J(r+x+1, s, T)].
///
/// That is the two 2F1 of the literature without their difference: those who died in (t_x, T)
/// and those who live at T, the latter integrated by parts.
#[derive(Clone, Copy)]
struct Powers {
    large: f64,
    d: f64,
    small: f64,
    c: f64,
    /// c + d − 1, by the caller: r + s + x, which may be far below 1.
    w: f64,
}

impl Powers {
    fn new((alpha, p): (f64, f64), (beta, q): (f64, f64), w: f64) -> Self {
        if alpha >= beta {
            Powers { large: alpha, d: p, small: beta, c: q, w }
        } else {
            Powers { large: beta, d: q, small: alpha, c: p, w }
        }
    }

    /// p = r+x, q = s+1: a customer who dies at u.
    fn of_dead(&ParetoNbd { r, alpha, s, beta }: &ParetoNbd, x: f64) -> Self {
        Powers::new((alpha, r + x), (beta, s + 1.0), r + s + x)
    }

    /// p = r+x+1, q = s: a customer who lives on, and buys next at u.
    fn of_living(&ParetoNbd { r, alpha, s, beta }: &ParetoNbd, x: f64) -> Self {
        Powers::new((alpha, r + x + 1.0), (beta, s), r + s + x)
    }

    /// z of the series at t: (large − small) / (large + t).
    fn z(&self, t: f64) -> f64 {
        (self.large - self.small) / (self.large + t)
    }

    /// The time where z is [`CUT`].
    fn cut(&self) -> f64 {
        (self.large - self.small) / CUT - self.large
    }

    /// The integral from t to ∞ over the integrand at t:
    /// (small+t)/w 2F1(1, d; w+1; z), w = c + d − 1: Euler's integral in its all-positive form.
    fn tail(&self, t: f64) -> f64 {
        if self.z(t) <= LONGEST_SERIES {
            return self.tail_by_series(t);
        }
        let span = self.cut() - t;
        let ln_fall = -self.d * (span / (self.large + t)).ln_1p()
            - self.c * (span / (self.small + t)).ln_1p();
        self.ln_span(t, span).exp() + ln_fall.exp() * self.tail_by_series(self.cut())
    }

    fn tail_by_series(&self, t: f64) -> f64 {
        let z = self.z(t);
        let e = self.c + self.d;
        let (mut sum, mut term, mut k) = (1.0, 1.0, 0.0);
        // The ratio of two terms stays below z, and so what is left below term / (1 − z).
        let bound = 1e-17 * (1.0 - z);
        while term > bound * sum {
            term *= (self.d + k) / (e + k) * z;
            sum += term;
            k += 1.0;
        }
        (self.small + t) / self.w * sum
    }

    /// ln of the integral over (t, t+span) over the integrand at t, by v = ln((small+u)/(small+t)).
    fn ln_span(&self, t: f64, span: f64) -> f64 {
        let (near, ratio) = (self.small + t, (self.small + t) / (self.large + t));
        near.ln() + ln_integral((span / near).ln_1p(), Panels::Wide, |v| self.by_log_time(ratio, v))
    }

    /// The integrand as a function of v, over the integrand at t; ratio = (small+t)/(large+t).
    fn by_log_time(&self, ratio: f64, v: f64) -> Slope {
        let w = ratio * v.exp_m1();
        Slope {
            value: (1.0 - self.c) * v - self.d * w.ln_1p(),
            slope: 1.0 - self.c - self.d * (ratio + w) / (1.0 + w),
        }
    }
}

impl ParetoNbd {
    pub(super) fn problem(rows: &[Folded]) -> HistoryFit<'_> {
        HistoryFit {
            rows,
            parameters: &Self::PARAMETERS,
            dimensions: &[0, 1, 0, 1],
            likelihood: |rows, unit| Box::new(ParetoNbdLikelihood::new(rows, unit)),
            starts: |r, alpha| {
                [(1.0, 1.0), (0.5, 5.0), (3.0, 10.0), (0.2, 0.1)]
                    .map(|(s, beta)| vec![r, alpha, s, beta])
                    .into()
            },
            borders: limits::borders,
        }
    }

    /// Fits r, alpha, s and beta to `rows` in the order of `Histories::fold`. `interrupt` is called
    /// every few thousand rows and may unwind.
    pub fn fit(
        rows: &[Folded],
        options: &Options,
        interrupt: &mut dyn FnMut(),
    ) -> Result<Fit, InvalidOption> {
        fit(&Self::problem(rows), options, interrupt)
    }
}
