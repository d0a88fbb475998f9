//! The limits of BG/BB: nobody leaves (beta-binomial), all leave with one probability, some leave at
//! once and the others never, all purchase with one probability (alpha and beta to infinity), or two
//! of these together.

use super::beta_moments::{LnRising, ln_beta_moment, ln_rising_factorials, whole_periods};
use super::bg_bb::{BgBb, BgBbLikelihood, MAX_OPPORTUNITIES, Problem, Row, is_discrete};
use super::border::{Border, Made};
use super::counted::sample;
use super::dropout::{Dropout, Shape};
use super::fit::{Borders, Fittable, Parameter};
use super::history::History;
use super::jet::{Jet, index};
use super::likelihood::{Derivatives, Domain, Likelihood};
use super::purchase_model::PurchaseModel;
use super::special::{ln_beta, log_add_exp};

/// The distribution over customers of the probability to purchase at an opportunity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Purchase {
    Beta { alpha: f64, beta: f64 },
    Same { p: f64 },
}

impl Purchase {
    /// From the first parameters, with the others.
    fn split(same: bool, parameters: &[f64]) -> Option<(Purchase, &[f64])> {
        Some(match *parameters {
            [p, ref rest @ ..] if same => (Purchase::Same { p }, rest),
            [alpha, beta, ref rest @ ..] if !same => (Purchase::Beta { alpha, beta }, rest),
            _ => return None,
        })
    }

    /// ln E[p^x (1−p)^j].
    fn ln_moment(self, x: f64, j: f64) -> f64 {
        match self {
            Purchase::Beta { alpha, beta } => {
                ln_beta_moment(alpha, beta, x) + ln_beta_moment(beta, alpha + x, j)
            }
            Purchase::Same { p } => {
                let none = if j == 0.0 { 0.0 } else { j * (-p).ln_1p() };
                if x == 0.0 { none } else { x * p.ln() + none }
            }
        }
    }

    fn after(self, x: f64, j: f64) -> Purchase {
        match self {
            Purchase::Beta { alpha, beta } => Purchase::Beta { alpha: alpha + x, beta: beta + j },
            same => same,
        }
    }

    fn mean(self) -> f64 {
        match self {
            Purchase::Beta { alpha, beta } => alpha / (alpha + beta),
            Purchase::Same { p } => p,
        }
    }
}

/// Customers who purchase and leave with probabilities of their own, in a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AtOpportunities {
    pub purchase: Purchase,
    pub dropout: Dropout,
}

impl AtOpportunities {
    /// ln of the probability to die right after opportunity k: at the next chance to.
    fn ln_death_after(&self, k: f64) -> f64 {
        self.dropout.ln_stay(k + 1.0) + self.dropout.ln_odds(k + 1.0)
    }

    /// ln of the two parts of the likelihood: not died by the end of opportunity n, and died before.
    fn shares(&self, customer: History) -> (f64, f64) {
        let History { x, t_x, age } = customer;
        if !is_discrete(customer) {
            return (f64::NAN, f64::NAN);
        }
        let alive = self.purchase.ln_moment(x, age - x) + self.dropout.ln_stay(age);
        let dead = (t_x as u32..age as u32).map(f64::from).fold(f64::NEG_INFINITY, |sum, k| {
            let death = self.ln_death_after(k);
            if death == f64::NEG_INFINITY {
                return sum;
            }
            log_add_exp(sum, self.purchase.ln_moment(x, k - x) + death)
        });
        (alive, dead)
    }

    /// The customer not died by the end of opportunity n.
    fn survivor(&self, x: f64, age: f64) -> AtOpportunities {
        AtOpportunities {
            purchase: self.purchase.after(x, age - x),
            dropout: self.dropout.after(age),
        }
    }

    fn discounted_purchases_new(&self, d: f64, opportunities: f64) -> f64 {
        self.purchase.mean() * self.dropout.discounted_stays(d, opportunities)
    }

    /// Σ over k from n to the opportunities within t of C(k − less, n − less) times what `ends` gives
    /// of the k opportunities, and of the last one.
    fn sum_over_ends(&self, n: f64, less: f64, t: f64, ends: impl Fn(f64, bool) -> f64) -> f64 {
        let opportunities = whole_periods(t);
        if opportunities.is_nan() || opportunities > f64::from(MAX_OPPORTUNITIES) {
            return f64::NAN;
        }
        if n > opportunities {
            return 0.0;
        }
        let sum: f64 = (n as u32..=opportunities as u32)
            .map(f64::from)
            .map(|k| {
                let end = ends(k, k == opportunities);
                if end == f64::NEG_INFINITY {
                    return 0.0;
                }
                let (all, chosen) = (k - less, n - less);
                // 1/C(m, c) = (m + 1) B(c + 1, m − c + 1).
                let choose = -(all + 1.0).ln() - ln_beta(chosen + 1.0, all - chosen + 1.0);
                (choose + self.purchase.ln_moment(n, k - n) + end).exp()
            })
            .sum();
        at_most_1(sum)
    }

    /// Alive at opportunity k = n, n + 1, … with the n-th purchase there.
    fn p_at_least_new(&self, n: f64, t: f64) -> f64 {
        self.sum_over_ends(n, 1.0, t, |k, _| self.dropout.ln_stay(k))
    }
}

/// A probability freed of the rounding of its sum; NaN stays NaN.
fn at_most_1(sum: f64) -> f64 {
    if sum > 1.0 { 1.0 } else { sum }
}

impl PurchaseModel for AtOpportunities {
    fn log_likelihood(&self, customer: History) -> f64 {
        let (alive, dead) = self.shares(customer);
        log_add_exp(alive, dead)
    }

    /// Alive at opportunity n + 1 + after, as of BG/BB.
    fn p_alive(&self, customer: History, after: f64) -> f64 {
        let opportunities = whole_periods(after) + 1.0;
        let stays = self.dropout.after(customer.age).ln_stay(opportunities);
        self.p_survived(customer) * stays.exp()
    }

    fn p_survived(&self, customer: History) -> f64 {
        let (alive, dead) = self.shares(customer);
        1.0 / (1.0 + (dead - alive).exp())
    }

    fn expected_purchases_new(&self, t: f64) -> f64 {
        self.discounted_purchases_new(0.0, whole_periods(t))
    }

    fn purchase_pmf(&self, customer: History, n: u64, t: f64) -> f64 {
        let survived = self.p_survived(customer);
        let gone = if n == 0 { 1.0 - survived } else { 0.0 };
        let survivor = self.survivor(customer.x, customer.age);
        at_most_1(gone + survived * survivor.purchase_pmf_new(n, t))
    }

    fn p_at_least(&self, customer: History, n: u64, t: f64) -> f64 {
        if n == 0 {
            return 1.0;
        }
        let survivor = self.survivor(customer.x, customer.age);
        self.p_survived(customer) * survivor.p_at_least_new(n as f64, t)
    }

    /// Died after opportunity k = n, n + 1, …, or survived all, with n purchases at the first k.
    fn purchase_pmf_new(&self, n: u64, t: f64) -> f64 {
        self.sum_over_ends(n as f64, 0.0, t, |k, last| {
            if last { self.dropout.ln_stay(k) } else { self.ln_death_after(k) }
        })
    }

    fn survivor_purchases(&self, x: f64, age: f64, delta: f64, horizon: f64) -> f64 {
        self.survivor(x, age).discounted_purchases_new(delta.exp_m1(), whole_periods(horizon))
    }
}

/// A limit: whether all purchase with one probability, and how they leave; not at all if None.
type Form = (bool, Option<Shape>);

fn form(name: &str) -> Option<Form> {
    Some(match name {
        "binomial" => (true, None),
        "beta_binomial" => (false, None),
        "same_rate_same_dropout" => (true, Some(Shape::Same)),
        "same_rate_mover_stayer" => (true, Some(Shape::MoverStayer)),
        "same_dropout" => (false, Some(Shape::Same)),
        "mover_stayer" => (false, Some(Shape::MoverStayer)),
        "same_rate" => (true, Some(Shape::Beta)),
        _ => return None,
    })
}

/// From the parameters, in the order of the border's own list.
fn model((same, shape): Form, parameters: &[f64]) -> Option<AtOpportunities> {
    let (purchase, rest) = Purchase::split(same, parameters)?;
    let dropout = match shape {
        Some(shape) => {
            // Of theta the first parameter of the beta distribution is gamma, as a is of p.
            shape.dropout(rest)?
        }
        None if rest.is_empty() => Dropout::Same { p: 0.0 },
        None => return None,
    };
    Some(AtOpportunities { purchase, dropout })
}

/// The limits of BG/BB, by rising number of parameters.
pub(super) const BORDERS: &[Border] = &[
    Border {
        name: "binomial",
        meaning: "the data do not show that anybody leaves or that customers differ in their \
                  probability to purchase, which is a binomial model",
        parameters: &["p"],
        domains: &[Domain::Share],
        at_zero: false,
    },
    Border {
        name: "beta_binomial",
        meaning: "the data do not show that anybody leaves, which is the beta-binomial model",
        parameters: &["alpha", "beta"],
        domains: &[Domain::Positive; 2],
        at_zero: true,
    },
    Border {
        name: "same_rate_same_dropout",
        meaning: "customers differ neither in their probability to purchase (alpha and beta run to \
                  infinity) nor in that to leave (gamma and delta run to infinity)",
        parameters: &["p", "theta"],
        domains: &[Domain::Share; 2],
        at_zero: false,
    },
    Border {
        name: "same_rate_mover_stayer",
        meaning: "customers do not differ in their probability to purchase (alpha and beta run to \
                  infinity); some leave at once, the others never (gamma and delta run to 0)",
        parameters: &["p", "movers"],
        domains: &[Domain::Share; 2],
        at_zero: false,
    },
    Border {
        name: "same_dropout",
        meaning: "customers do not differ in their probability to leave (gamma and delta run to \
                  infinity)",
        parameters: &["alpha", "beta", "theta"],
        domains: &[Domain::Positive, Domain::Positive, Domain::Share],
        at_zero: false,
    },
    Border {
        name: "mover_stayer",
        meaning: "some customers leave at once, the others never (gamma and delta run to 0)",
        parameters: &["alpha", "beta", "movers"],
        domains: &[Domain::Positive, Domain::Positive, Domain::Share],
        at_zero: true,
    },
    Border {
        name: "same_rate",
        meaning: "customers do not differ in their probability to purchase (alpha and beta run to \
                  infinity)",
        parameters: &["p", "gamma", "delta"],
        domains: &[Domain::Share, Domain::Positive, Domain::Positive],
        at_zero: false,
    },
];

impl BgBb {
    /// The limits at which a fit may end.
    pub const BORDERS: &'static [Border] = BORDERS;

    /// The model on the border of this name.
    pub fn on_border(name: &str, parameters: &[f64]) -> Made {
        let (Some(border), Some(form)) = (Border::named(BORDERS, name), form(name)) else {
            return Ok(None);
        };
        let Some(model) = model(form, parameters) else { return Ok(None) };
        border.check(parameters)?;
        Ok(Some(Box::new(model)))
    }
}

/// The fits of all of them.
pub(super) fn borders<'a>(inside: &Problem<'a>) -> Borders<'a> {
    let problem = |border: &'static Border| {
        let form = form(border.name)?;
        let problem = LimitProblem { inside: *inside, border, form };
        Some((border, Box::new(problem) as Box<dyn Fittable + 'a>))
    };
    BORDERS.iter().filter_map(problem).collect()
}

struct LimitProblem<'a> {
    inside: Problem<'a>,
    border: &'static Border,
    form: Form,
}

impl Fittable for LimitProblem<'_> {
    fn parameters(&self) -> Vec<Parameter> {
        self.border.parameters.iter().map(|name| Parameter::named(name, 0)).collect()
    }

    fn customers(&self) -> u64 {
        self.inside.customers()
    }

    fn obstacle(&self) -> Option<String> {
        self.inside.obstacle()
    }

    fn magnitude(&self) -> f64 {
        self.inside.magnitude()
    }

    fn densities(&self) -> f64 {
        self.inside.densities()
    }

    fn rows(&self) -> usize {
        self.inside.rows()
    }

    fn likelihood(&self, _unit: f64, every: u64) -> Box<dyn Likelihood + '_> {
        let rows = BgBbLikelihood::new(&sample(self.inside.histories, every)).rows;
        Box::new(LimitLikelihood { rows, form: self.form, domains: self.border.domains })
    }

    fn starts(&self, _unit: f64) -> Vec<Vec<f64>> {
        let (same, shape) = self.form;
        let p = self.inside.purchase_share();
        let purchases = if same {
            vec![vec![p]]
        } else {
            vec![vec![2.0 * p, 2.0 * (1.0 - p)], vec![20.0 * p, 20.0 * (1.0 - p)]]
        };
        let none: &[&[f64]] = &[&[]];
        let dropouts = shape.map_or(none, Shape::starts);
        let with = |purchase: &Vec<f64>| {
            let purchase = purchase.clone();
            dropouts.iter().map(move |dropout| [purchase.as_slice(), dropout].concat())
        };
        purchases.iter().flat_map(with).collect()
    }
}

/// Σ ln L of folded histories in a limit, with its derivatives.
struct LimitLikelihood {
    /// By n, then x, then falling t_x.
    rows: Vec<Row>,
    form: Form,
    domains: &'static [Domain],
}

/// What the terms of one evaluation share.
struct Tables {
    purchase: Purchase,
    /// Of alpha, beta and their sum, where customers differ.
    rising: [Vec<LnRising>; 3],
    /// ln P(stayed at k chances), and ln P(died right after opportunity k) if possible.
    stay: Vec<Jet>,
    death: Vec<Option<Jet>>,
}

impl Tables {
    fn new(model: &AtOpportunities, certain: bool, longest: usize) -> Self {
        let AtOpportunities { purchase, dropout } = *model;
        let (first, rising) = match purchase {
            Purchase::Beta { alpha, beta } => {
                (2, [alpha, beta, alpha + beta].map(|z| ln_rising_factorials(z, longest)))
            }
            Purchase::Same { .. } => (1, [const { Vec::new() }; 3]),
        };
        let stay = |k: usize| match certain {
            true => Jet::ZERO,
            false => dropout.stay_jet(first, k as f64),
        };
        let stay: Vec<Jet> = (0..=longest + 1).map(stay).collect();
        let death = |k: usize| {
            let m = (k + 1) as f64;
            (!certain && dropout.ln_odds(m) > f64::NEG_INFINITY).then(|| {
                let mut jet = stay[k + 1];
                jet.add(&dropout.odds_jet(first, m), 1.0);
                jet
            })
        };
        let death = (0..=longest).map(death).collect();
        Tables { purchase, rising, stay, death }
    }

    /// ln of the probability of x purchases at k opportunities.
    fn purchases(&self, x: usize, k: usize) -> Jet {
        let mut jet = Jet::ZERO;
        match self.purchase {
            Purchase::Beta { .. } => {
                let [alpha, beta, both] = &self.rising;
                let (a, b, ab) = (alpha[x], beta[k - x], both[k]);
                jet.value = a.value + b.value - ab.value;
                jet.set(0, a.first - ab.first, a.second - ab.second);
                jet.set(1, b.first - ab.first, b.second - ab.second);
                jet.hessian[index(1, 0)] = -ab.second;
            }
            Purchase::Same { p } => {
                let (x, none) = (x as f64, (k - x) as f64);
                let (odds, rest) = (1.0 / p, 1.0 / (1.0 - p));
                jet.value = self.purchase.ln_moment(x, none);
                jet.set(0, x * odds - none * rest, -x * odds * odds - none * rest * rest);
            }
        }
        jet
    }
}

/// Terms between two calls of `interrupt`.
const CHUNK: u32 = 4096;

impl Likelihood for LimitLikelihood {
    fn domains(&self) -> Vec<Domain> {
        self.domains.to_vec() // small
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let dimension = parameters.len();
        let inside = dimension == self.domains.len()
            && self.domains.iter().zip(parameters).all(|(domain, &value)| domain.contains(value));
        let Some(model) = model(self.form, parameters).filter(|_| inside) else {
            return Derivatives::undefined(dimension);
        };
        let longest = self.rows.last().map_or(0, |row| row.n);
        let tables = Tables::new(&model, self.form.1.is_none(), longest);
        let mut sum = Jet::ZERO;
        let mut terms = 0_u32;
        for rows in self.rows.chunk_by(|one, next| (one.n, one.x) == (next.n, next.x)) {
            let Row { n, x, .. } = rows[0];
            let mut likelihood = tables.purchases(x, n);
            likelihood.add(&tables.stay[n], 1.0);
            let mut reached = n;
            for row in rows {
                for k in (row.t_x..reached).rev() {
                    let Some(death) = &tables.death[k] else { continue };
                    let mut dead = tables.purchases(x, k);
                    dead.add(death, 1.0);
                    likelihood = likelihood.log_add(&dead);
                    terms = terms.wrapping_add(1);
                    if terms.is_multiple_of(CHUNK) {
                        interrupt();
                    }
                }
                reached = row.t_x;
                sum.add(&likelihood, row.customers);
            }
        }
        sum.derivatives(dimension)
    }
}
