//! The probability to leave at a chance to leave: it varies over customers as beta(a, b), is the same
//! for all (the limit of a and b to infinity at a fixed ratio), or is 1 for some and 0 for the others
//! (the limit of a and b to 0).

use super::beta_moments::discounted_moment_sum;
use super::jet::{Jet, index};
use super::likelihood::Domain;
use super::quadrature::beta_expectation;
use super::simulate::Draws;
use super::special::{ln_beta_ratio, polygamma_differences};

/// The distribution over customers of the probability to leave at a chance to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Dropout {
    Beta {
        a: f64,
        b: f64,
    },
    Same {
        p: f64,
    },
    /// 1 for so many, 0 for the others (Blumen, Kogan and McCarthy 1955).
    MoverStayer {
        movers: f64,
    },
}

impl Dropout {
    /// ln E[(1−p)^m]: stayed at m chances to leave.
    pub fn ln_stay(self, m: f64) -> f64 {
        match self {
            _ if m == 0.0 => 0.0,
            Dropout::Beta { .. } if m == f64::INFINITY => f64::NEG_INFINITY,
            Dropout::Beta { a, b } => ln_beta_ratio(a, b, m),
            Dropout::Same { p } => m * (-p).ln_1p(),
            Dropout::MoverStayer { movers } => (-movers).ln_1p(),
        }
    }

    /// ln of E[p (1−p)^(m−1)], left at the m-th chance, over E[(1−p)^m].
    pub fn ln_odds(self, m: f64) -> f64 {
        match self {
            _ if m == 0.0 => f64::NEG_INFINITY,
            Dropout::Beta { a, b } => (a / (b + (m - 1.0))).ln(),
            Dropout::Same { p } => (p / (1.0 - p)).ln(),
            Dropout::MoverStayer { movers } if m == 1.0 => (movers / (1.0 - movers)).ln(),
            Dropout::MoverStayer { .. } => f64::NEG_INFINITY,
        }
    }

    /// Over the customers who stayed at m chances.
    pub fn after(self, m: f64) -> Dropout {
        match self {
            Dropout::Beta { a, b } => Dropout::Beta { a, b: b + m },
            Dropout::MoverStayer { .. } if m > 0.0 => Dropout::Same { p: 0.0 },
            same => same,
        }
    }

    /// E[f(p)] of an f that falls about as e^(−fall p).
    pub fn mean(self, fall: f64, f: impl Fn(f64) -> f64) -> f64 {
        match self {
            Dropout::Beta { a, b } => {
                // Where p^a (1−p)^b e^(−fall p) is largest: fall p² − (a + b + fall) p + a = 0.
                let sum = a + b + fall;
                let p = 2.0 * a / (sum + (sum * sum - 4.0 * a * fall).max(0.0).sqrt());
                beta_expectation(a, b, centre(p, a / b), |p, _| f(p))
            }
            Dropout::Same { p } => f(p),
            Dropout::MoverStayer { movers } => {
                // Nothing of infinity where there is nobody.
                let of = |share: f64, p: f64| if share == 0.0 { 0.0 } else { share * f(p) };
                of(1.0 - movers, 0.0) + of(movers, 1.0)
            }
        }
    }

    /// E[f(p)] of an f that is about the smaller of `most` and 1/p.
    pub fn mean_of_reciprocal(self, most: f64, f: impl Fn(f64) -> f64) -> f64 {
        let Dropout::Beta { a, b } = self else { return self.mean(most, f) };
        let level = a / (a + b);
        // Where 1/p begins before, it is largest where p^(a−1) (1−p)^b is, or at its beginning.
        let p = if level * most <= 1.0 { level } else { ((a - 1.0) / (a + b)).max(1.0 / most) };
        beta_expectation(a, b, centre(p, a / b), |p, _| f(p))
    }

    /// Σ over k = 1..periods of (1 + d)^−k P(stayed at k chances); `periods` may be infinite.
    pub fn discounted_stays(self, d: f64, periods: f64) -> f64 {
        let at = |p: f64| {
            // A geometric sum with the ratio (1−p)/(1+d).
            let (fall, ln_ratio) = (d + p, (-p).ln_1p() - d.ln_1p());
            if fall == 0.0 {
                return periods;
            }
            let sum = -(periods * ln_ratio).exp_m1() * (1.0 - p) / fall;
            if p == 1.0 || periods == 0.0 { 0.0 } else { sum }
        };
        match self {
            Dropout::Beta { a, b } => discounted_moment_sum(b, a, d, periods),
            Dropout::Same { p } => at(p),
            Dropout::MoverStayer { movers } => (1.0 - movers) * at(0.0),
        }
    }

    pub fn draw(self, draws: &mut Draws) -> f64 {
        match self {
            Dropout::Beta { a, b } => draws.beta(a, b),
            Dropout::Same { p } => p,
            Dropout::MoverStayer { movers } => f64::from(u8::from(draws.happens(movers))),
        }
    }
}

/// The log odds of p, or of the usual odds where p is none.
fn centre(p: f64, usual: f64) -> f64 {
    if p < 1.0 && p > 0.0 { (p / (1.0 - p)).ln() } else { usual.ln() }
}

/// Which of the distributions a dropout has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Beta,
    Same,
    MoverStayer,
}

impl Shape {
    pub fn dropout(self, parameters: &[f64]) -> Option<Dropout> {
        Some(match (self, parameters) {
            (Shape::Beta, &[a, b]) => Dropout::Beta { a, b },
            (Shape::Same, &[p]) => Dropout::Same { p },
            (Shape::MoverStayer, &[movers]) => Dropout::MoverStayer { movers },
            _ => return None,
        })
    }

    pub fn starts(self) -> &'static [&'static [f64]] {
        match self {
            Shape::Beta => &[&[1.0, 2.5], &[0.5, 20.0]],
            Shape::Same => &[&[0.3], &[0.05]],
            Shape::MoverStayer => &[&[0.3]],
        }
    }

    pub fn domains(self) -> &'static [Domain] {
        match self {
            Shape::Beta => &[Domain::Positive; 2],
            Shape::Same | Shape::MoverStayer => &[Domain::Share],
        }
    }
}

impl Dropout {
    /// [`Dropout::ln_stay`]; the parameters begin at `first`.
    pub fn stay_jet(self, first: usize, m: f64) -> Jet {
        let mut jet = Jet { value: self.ln_stay(m), ..Jet::ZERO };
        match self {
            _ if m == 0.0 => {}
            Dropout::Beta { a, b } => {
                let (of_b, slope_b) = polygamma_differences(b, m);
                let (of_both, slope_both) = polygamma_differences(a + b, m);
                let second = first + 1;
                jet.gradient[first] = -of_both;
                jet.gradient[second] = of_b - of_both;
                jet.hessian[index(first, first)] = -slope_both;
                jet.hessian[index(second, first)] = -slope_both;
                jet.hessian[index(second, second)] = slope_b - slope_both;
            }
            Dropout::Same { p } => jet.set(first, -m / (1.0 - p), -m / (1.0 - p).powi(2)),
            Dropout::MoverStayer { movers } => {
                jet.set(first, -1.0 / (1.0 - movers), -1.0 / (1.0 - movers).powi(2));
            }
        }
        jet
    }

    /// [`Dropout::ln_odds`], where finite.
    pub fn odds_jet(self, first: usize, m: f64) -> Jet {
        let mut jet = Jet { value: self.ln_odds(m), ..Jet::ZERO };
        match self {
            Dropout::Beta { a, b } => {
                let chances = b + (m - 1.0);
                jet.set(first, 1.0 / a, -1.0 / (a * a));
                jet.set(first + 1, -1.0 / chances, 1.0 / (chances * chances));
            }
            Dropout::Same { p: share } | Dropout::MoverStayer { movers: share } => {
                let rest = 1.0 - share;
                let bend = 1.0 / (rest * rest) - 1.0 / (share * share);
                jet.set(first, 1.0 / (share * rest), bend);
            }
        }
        jet
    }
}
