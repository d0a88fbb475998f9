//! The limits of BG/NBD and MBG/NBD in which customers still leave: all with one probability (a and
//! b to infinity), some at the first chance and the others never (a and b to 0), or at random while
//! all purchase at one rate (r and alpha to infinity), or two of these together. Where nobody leaves
//! the limit is the NBD.

use super::border::{Border, Made};
use super::dropout::{Dropout, Shape};
use super::fit::{Borders, Fittable};
use super::fit_histories::HistoryFit;
use super::history::{Folded, History};
use super::jet::Jet;
use super::likelihood::{Derivatives, Domain, Likelihood};
use super::log_concave::{Panels, Slope, ln_integral, ln_integral_convex};
use super::memory::collected;
use super::nbd::{NBD, Nbd, POISSON};
use super::purchase_model::PurchaseModel;
use super::rate::{Rate, RateBase, discounted_span};
use super::special::{ln_one_plus_ratio, log_add_exp, scaled_exponential_integral};

/// Customers who purchase at a rate of their own and may leave after each purchase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AtPurchases {
    pub rate: Rate,
    pub dropout: Dropout,
    /// Chances to leave before the first repeat purchase: 0 in BG/NBD, 1 in MBG/NBD.
    pub early: f64,
}

/// The future of a customer alive whose probability to leave is known.
impl Rate {
    fn survival(self, p: f64, t: f64) -> f64 {
        if p == 0.0 { 1.0 } else { (-self.ln_fall(0.0, 0.0, p * t)).exp() }
    }

    fn expected(self, p: f64, t: f64) -> f64 {
        let about = match self {
            Rate::Gamma { r, alpha } => (r + 1.0) * (p * t / alpha),
            Rate::Same { lambda } => lambda * (p * t),
        };
        // With so few leaving these are all purchases; what follows might underflow.
        if about < 1e-17 {
            return self.mean() * t;
        }
        -(-self.ln_fall(0.0, 0.0, p * t)).exp_m1() / p
    }

    /// E[Σ e^(−delta s) over the purchases at s ≤ horizon]: they come at r/alpha (1 + p s/alpha)^(−r−1).
    fn discounted(self, p: f64, delta: f64, horizon: f64) -> f64 {
        if delta == 0.0 || horizon == 0.0 {
            return self.expected(p, horizon);
        }
        if delta < 0.0 && horizon == f64::INFINITY {
            return f64::INFINITY;
        }
        match self {
            _ if p == 0.0 => self.mean() * discounted_span(delta, horizon),
            Rate::Same { lambda } => lambda * discounted_span(delta + lambda * p, horizon),
            Rate::Gamma { r, alpha } if delta * horizon > 1.0 => {
                // (r/p) e^ζ E_{r+1}(ζ), ζ = delta alpha/p, less what comes after the horizon.
                let (order, decay) = (r + 1.0, delta * alpha / p);
                let whole = scaled_exponential_integral(order, decay);
                let later = if horizon == f64::INFINITY {
                    0.0
                } else {
                    (-delta * horizon - r * (p * horizon / alpha).ln_1p()).exp()
                        * scaled_exponential_integral(order, decay + delta * horizon)
                };
                r / p * (whole - later)
            }
            Rate::Gamma { r, alpha } => {
                let zeta = delta * alpha / p;
                let growth = ln_one_plus_ratio(p * horizon, alpha);
                let by_log_time = |v: f64| Slope {
                    value: -zeta * v.exp_m1() - r * v,
                    slope: -zeta * v.exp() - r,
                };
                let ln_integral = if delta > 0.0 {
                    ln_integral(growth, Panels::Wide, by_log_time)
                } else {
                    ln_integral_convex(growth, by_log_time)
                };
                ((r / p).ln() + ln_integral).exp()
            }
        }
    }
}

impl AtPurchases {
    /// ln of P(has left) / P(alive) at T.
    fn ln_odds_of_having_left(&self, History { x, t_x, age }: History) -> f64 {
        match self.dropout.ln_odds(x + self.early) {
            // Nobody leaves there, however long the silence.
            f64::NEG_INFINITY => f64::NEG_INFINITY,
            odds => odds + self.rate.ln_fall(x, t_x, age - t_x),
        }
    }

    /// The purchases of a customer alive at T with x, in the mean over who may leave.
    fn future(&self, x: f64, age: f64, t: f64, delta: f64) -> f64 {
        let (rate, dropout) = (self.rate.after(x, age), self.dropout.after(x + self.early));
        let discounted = |p: f64| rate.discounted(p, delta, t);
        let most = rate.mean() * t.min(1.0 / delta.abs());
        let mean = dropout.mean_of_reciprocal(most, discounted);
        if delta * t < -1.0 {
            // Those who hardly leave may count for more: of two peaks either rule sees one.
            return mean.max(dropout.mean(rate.mean() * t, discounted));
        }
        mean
    }

    /// P(n purchases in t) of a customer alive at T with x: who stays at n chances makes no more,
    /// who leaves at the n-th might have made more.
    fn alive_pmf(&self, x: f64, age: f64, n: u64, t: f64) -> f64 {
        let (n, rate) = (n as f64, self.rate.after(x, age));
        let dropout = self.dropout.after(x + self.early);
        let stay = dropout.ln_stay(n);
        let left = (stay + dropout.ln_odds(n)).exp();
        let beyond = if left == 0.0 { 0.0 } else { left * rate.at_least(n, t) };
        stay.exp() * rate.pmf(n, t) + beyond
    }

    fn p_stays(&self) -> f64 {
        self.dropout.ln_stay(self.early).exp()
    }
}

impl PurchaseModel for AtPurchases {
    /// ln(density of the purchases up to the last (P(no more of who stays) + odds of leaving then)).
    fn log_likelihood(&self, History { x, t_x, age }: History) -> f64 {
        self.rate.ln_moment(x, t_x)
            + self.dropout.ln_stay(x + self.early)
            + log_add_exp(
                -self.rate.ln_fall(x, t_x, age - t_x),
                self.dropout.ln_odds(x + self.early),
            )
    }

    fn p_alive(&self, customer: History, after: f64) -> f64 {
        let now = 1.0 / (1.0 + self.ln_odds_of_having_left(customer).exp());
        if after == 0.0 {
            return now;
        }
        let rate = self.rate.after(customer.x, customer.age);
        let dropout = self.dropout.after(customer.x + self.early);
        let later = dropout.mean(rate.mean() * after, |p| rate.survival(p, after));
        now * later.min(1.0)
    }

    fn survivor_purchases(&self, x: f64, age: f64, delta: f64, horizon: f64) -> f64 {
        self.future(x, age, horizon, delta)
    }

    fn expected_purchases_new(&self, t: f64) -> f64 {
        self.p_stays() * self.future(0.0, 0.0, t, 0.0)
    }

    fn purchase_pmf(&self, customer: History, n: u64, t: f64) -> f64 {
        let p_alive = self.p_alive(customer, 0.0);
        let gone = if n == 0 { 1.0 - p_alive } else { 0.0 };
        (gone + p_alive * self.alive_pmf(customer.x, customer.age, n, t)).min(1.0)
    }

    fn p_at_least(&self, customer: History, n: u64, t: f64) -> f64 {
        if n == 0 {
            return 1.0;
        }
        let n = n as f64;
        let stay = self.dropout.after(customer.x + self.early).ln_stay(n - 1.0);
        let made = self.rate.after(customer.x, customer.age).at_least(n, t);
        self.p_alive(customer, 0.0) * stay.exp() * made
    }

    fn purchase_pmf_new(&self, n: u64, t: f64) -> f64 {
        let stays = self.p_stays();
        let gone = if n == 0 { 1.0 - stays } else { 0.0 };
        (gone + stays * self.alive_pmf(0.0, 0.0, n, t)).min(1.0)
    }
}

/// A limit: whether all purchase at one rate, and how they leave.
fn form(name: &str) -> Option<(bool, Shape)> {
    Some(match name {
        "same_rate" => (true, Shape::Beta),
        "same_dropout" => (false, Shape::Same),
        "mover_stayer" => (false, Shape::MoverStayer),
        "same_rate_same_dropout" => (true, Shape::Same),
        "same_rate_mover_stayer" => (true, Shape::MoverStayer),
        _ => return None,
    })
}

/// The parts of the parameters, in the order of the border's own list.
fn parts(same_rate: bool, shape: Shape, parameters: &[f64]) -> Option<(Rate, Dropout)> {
    let (rate, rest) = Rate::split(same_rate, parameters)?;
    Some((rate, shape.dropout(rest)?))
}

/// The limits of BG/NBD and MBG/NBD, by rising number of parameters.
pub(super) const BORDERS: &[Border] = &[
    POISSON,
    NBD,
    Border {
        name: "same_rate_same_dropout",
        meaning: "customers differ neither in their rate of purchases (r and alpha run to infinity) \
                  nor in their probability to leave (a and b run to infinity)",
        parameters: &["lambda", "p"],
        domains: &[Domain::Positive, Domain::Share],
        at_zero: false,
    },
    Border {
        name: "same_rate_mover_stayer",
        meaning: "customers do not differ in their rate of purchases (r and alpha run to infinity); \
                  some leave at the first chance, the others never (a and b run to 0)",
        parameters: &["lambda", "movers"],
        domains: &[Domain::Positive, Domain::Share],
        at_zero: false,
    },
    Border {
        name: "same_dropout",
        meaning: "customers do not differ in their probability to leave (a and b run to infinity)",
        parameters: &["r", "alpha", "p"],
        domains: &[Domain::Positive, Domain::Positive, Domain::Share],
        at_zero: false,
    },
    Border {
        name: "mover_stayer",
        meaning: "some customers leave at the first chance, the others never (a and b run to 0)",
        parameters: &["r", "alpha", "movers"],
        domains: &[Domain::Positive, Domain::Positive, Domain::Share],
        at_zero: true,
    },
    Border {
        name: "same_rate",
        meaning: "customers do not differ in their rate of purchases (r and alpha run to infinity)",
        parameters: &["lambda", "a", "b"],
        domains: &[Domain::Positive; 3],
        at_zero: false,
    },
];

impl AtPurchases {
    /// The model on the border of this name.
    pub fn on_border(early: f64, name: &str, parameters: &[f64]) -> Made {
        let Some((same_rate, shape)) = form(name) else { return Nbd::on_border(name, parameters) };
        let Some(border) = Border::named(BORDERS, name) else { return Ok(None) };
        let Some((rate, dropout)) = parts(same_rate, shape, parameters) else { return Ok(None) };
        border.check(parameters)?;
        Ok(Some(Box::new(AtPurchases { rate, dropout, early })))
    }
}

/// The fits of all of them.
pub(super) fn borders<const EARLY: u8>(rows: &[Folded]) -> Borders<'_> {
    let mut borders = Nbd::as_borders(rows);
    borders.extend([
        (&BORDERS[2], limit::<EARLY, true>(&BORDERS[2], rows, Shape::Same)),
        (&BORDERS[3], limit::<EARLY, true>(&BORDERS[3], rows, Shape::MoverStayer)),
        (&BORDERS[4], limit::<EARLY, false>(&BORDERS[4], rows, Shape::Same)),
        (&BORDERS[5], limit::<EARLY, false>(&BORDERS[5], rows, Shape::MoverStayer)),
        (&BORDERS[6], limit::<EARLY, true>(&BORDERS[6], rows, Shape::Beta)),
    ]);
    borders
}

/// The fit of one.
pub(super) fn limit<'a, const EARLY: u8, const SAME_RATE: bool>(
    border: &'static Border,
    rows: &'a [Folded],
    shape: Shape,
) -> Box<dyn Fittable + 'a> {
    type Make = fn(&[Folded], f64) -> Box<dyn Likelihood>;
    type Starts = fn(f64, f64) -> Vec<Vec<f64>>;
    fn likelihood<const EARLY: u8, const SAME_RATE: bool>(
        shape: Shape,
        rows: &[Folded],
        unit: f64,
    ) -> Box<dyn Likelihood> {
        Box::new(LimitLikelihood::new(rows, unit, f64::from(EARLY), SAME_RATE, shape))
    }
    fn starts<const SAME_RATE: bool>(shape: Shape, r: f64, alpha: f64) -> Vec<Vec<f64>> {
        let rate = if SAME_RATE { vec![r / alpha] } else { vec![r, alpha] };
        let with = |dropout: &&[f64]| [rate.as_slice(), dropout].concat();
        shape.starts().iter().map(with).collect()
    }
    let (likelihood, starts): (Make, Starts) = match shape {
        Shape::Beta => (
            |rows, unit| likelihood::<EARLY, SAME_RATE>(Shape::Beta, rows, unit),
            |r, alpha| starts::<SAME_RATE>(Shape::Beta, r, alpha),
        ),
        Shape::Same => (
            |rows, unit| likelihood::<EARLY, SAME_RATE>(Shape::Same, rows, unit),
            |r, alpha| starts::<SAME_RATE>(Shape::Same, r, alpha),
        ),
        Shape::MoverStayer => (
            |rows, unit| likelihood::<EARLY, SAME_RATE>(Shape::MoverStayer, rows, unit),
            |r, alpha| starts::<SAME_RATE>(Shape::MoverStayer, r, alpha),
        ),
    };
    Box::new(HistoryFit {
        rows,
        parameters: border.parameters,
        dimensions: if SAME_RATE { &[-1, 0, 0] } else { &[0, 1, 0] },
        likelihood,
        starts,
        borders: |_| Vec::new(),
    })
}

/// The log-likelihood of folded histories in a limit, with its derivatives.
struct LimitLikelihood {
    same_rate: bool,
    shape: Shape,
    early: f64,
    groups: Vec<Group>,
    /// t_x, T and customers, group by group.
    rows: Vec<(f64, f64, f64)>,
}

/// The rows of one x.
struct Group {
    x: f64,
    customers: f64,
    rows: usize,
}

/// Rows between two interrupt checks.
const BLOCK: usize = 1024;

impl LimitLikelihood {
    /// Of rows in the order of their x, times divided by `unit`.
    fn new(rows: &[Folded], unit: f64, early: f64, same_rate: bool, shape: Shape) -> Self {
        let group = |rows: &[Folded]| Group {
            x: f64::from(rows[0].x),
            customers: rows.iter().map(|row| f64::from(row.customers)).sum(),
            rows: rows.len(),
        };
        let times = |row: &Folded| (row.t_x / unit, row.age / unit, f64::from(row.customers));
        LimitLikelihood {
            same_rate,
            shape,
            early,
            groups: collected(rows.chunk_by(|one, next| one.x == next.x).map(group)),
            rows: collected(rows.iter().map(times)),
        }
    }
}

impl Likelihood for LimitLikelihood {
    fn domains(&self) -> Vec<Domain> {
        let rate = if self.same_rate { 1 } else { 2 };
        let mut domains = vec![Domain::Positive; rate];
        domains.extend(self.shape.domains());
        domains
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let dimension = parameters.len();
        let domains = self.domains();
        let inside = domains.len() == dimension
            && domains.iter().zip(parameters).all(|(domain, &value)| domain.contains(value));
        let parts = parts(self.same_rate, self.shape, parameters);
        let Some((rate, dropout)) = parts.filter(|_| inside) else {
            return Derivatives::undefined(dimension);
        };
        let first = if self.same_rate { 1 } else { 2 };
        let mut sum = Jet::ZERO;
        let mut rows = self.rows.as_slice();
        for group in &self.groups {
            let (own, others) = rows.split_at(group.rows);
            rows = others;
            let m = group.x + self.early;
            let base = RateBase::new(rate, group.x);
            let stay = dropout.stay_jet(first, m);
            let odds = dropout.ln_odds(m);
            sum.add(&stay, group.customers);
            if odds == f64::NEG_INFINITY {
                for block in own.chunks(BLOCK) {
                    interrupt();
                    block.iter().for_each(|&(_, age, n)| sum.add(&base.at(rate, age), n));
                }
                continue;
            }
            let odds = dropout.odds_jet(first, m);
            for block in own.chunks(BLOCK) {
                interrupt();
                for &(t_x, age, n) in block {
                    let mut left = base.at(rate, t_x);
                    left.add(&odds, 1.0);
                    sum.add(&base.at(rate, age).log_add(&left), n);
                }
            }
        }
        sum.derivatives(dimension)
    }
}
