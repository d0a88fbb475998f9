//! The limits of Pareto/NBD in which customers still leave: all at one rate (s and beta to infinity),
//! or while all purchase at one rate (r and alpha to infinity), or both. Where some leave at once and
//! the others never (s and beta to 0) it is the same limit as that of MBG/NBD, and where nobody
//! leaves the NBD.

use crate::maths::beta_geometric_limits::{AtPurchases, limit};
use crate::maths::border::{Border, Made};
use crate::maths::dropout::Shape;
use crate::maths::fit::Borders;
use crate::maths::fit_histories::HistoryFit;
use crate::maths::history::{Folded, History};
use crate::maths::jet::{Jet, index};
use crate::maths::likelihood::{Derivatives, Domain, Likelihood};
use crate::maths::memory::collected;
use crate::maths::nbd::{NBD, Nbd, POISSON};
use crate::maths::purchase_model::PurchaseModel;
use crate::maths::rate::{Rate, RateBase, discounted_span};
use crate::maths::special::{ln_beta, ln_gamma, ln_one_plus_ratio, log_add_exp};

use super::super::log_concave::{Panels, Slope, ln_integral, nodes};
use super::ParetoNbd;

/// The distribution over customers of the rate at which they leave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::maths) enum Lifetime {
    Gamma { s: f64, beta: f64 },
    Same { mu: f64 },
}

impl Lifetime {
    /// ln P(alive at t), and its derivative by t.
    fn ln_survival(self, t: f64) -> Slope {
        match self {
            Lifetime::Gamma { s, beta } => {
                Slope { value: -s * (t / beta).ln_1p(), slope: -s / (beta + t) }
            }
            Lifetime::Same { mu } => Slope { value: -mu * t, slope: -mu },
        }
    }

    /// ln of the density of the lifetime at t, and its derivative by t.
    fn ln_density(self, t: f64) -> Slope {
        match self {
            Lifetime::Gamma { s, beta } => Slope {
                value: (s / beta).ln() - (s + 1.0) * (t / beta).ln_1p(),
                slope: -(s + 1.0) / (beta + t),
            },
            Lifetime::Same { mu } => Slope { value: mu.ln() - mu * t, slope: -mu },
        }
    }

    /// Over the customers alive at t.
    fn after(self, t: f64) -> Lifetime {
        match self {
            Lifetime::Gamma { s, beta } => Lifetime::Gamma { s, beta: beta + t },
            same => same,
        }
    }

    /// About how long the first of a thing that happens at such rates takes.
    fn scale(self) -> f64 {
        match self {
            Lifetime::Gamma { beta, .. } => beta,
            Lifetime::Same { mu } => 1.0 / mu,
        }
    }
}

/// Customers who purchase and leave at rates of their own, one of which is the same for all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::maths) struct InTime {
    pub rate: Rate,
    pub lifetime: Lifetime,
}

/// ∫ of (1 + u/scale)^−k e^(−c u) du: what is left of the density of x purchases and a death at u.
#[derive(Clone, Copy)]
struct Deaths {
    k: f64,
    scale: f64,
    c: f64,
}

impl Deaths {
    fn by_log_time(&self, near: f64, v: f64) -> Slope {
        let fall = self.c * near;
        Slope {
            value: (1.0 - self.k) * v - fall * v.exp_m1(),
            slope: (1.0 - self.k) - fall * v.exp(),
        }
    }

    /// ln of it from t to t + span.
    fn ln_span(&self, t: f64, span: f64) -> f64 {
        let near = self.scale + t;
        let width = (span / near).ln_1p();
        let steep = self.c * near + self.k - 1.0;
        let ln_integral = if steep > 1e16 {
            // Too narrow a peak to be looked for, and exponential to the last digit.
            (-(-steep * width).exp_m1() / steep).ln()
        } else {
            ln_integral(width, Panels::Wide, |v| self.by_log_time(near, v))
        };
        -self.k * (t / self.scale).ln_1p() - self.c * t + near.ln() + ln_integral
    }

    /// The same with the derivatives by k, scale and c: mean, and mean plus covariance, of those of
    /// ln of the integrand.
    fn ln_span_jet(&self, t: f64, span: f64) -> Jet {
        let &Deaths { k, scale, c } = self;
        let near = scale + t;
        let mut total = 0.0;
        let mut jet = Jet::ZERO;
        let top = nodes(
            (span / near).ln_1p(),
            Panels::Wide,
            |v| self.by_log_time(near, v),
            |v, weight| {
                let u = t + near * v.exp_m1();
                let over = 1.0 / (scale + u);
                let slope = u / scale * over;
                let g = [-(u / scale).ln_1p(), k * slope, -u];
                total += weight;
                for i in 0..3 {
                    jet.gradient[i] += weight * g[i];
                    for j in 0..=i {
                        jet.hessian[index(i, j)] += weight * g[i] * g[j];
                    }
                }
                jet.hessian[index(0, 1)] += weight * slope;
                jet.hessian[index(1, 1)] -= weight * g[1] * (1.0 / scale + over);
            },
        );
        jet.value = top + (total * near).ln() - k * (t / scale).ln_1p() - c * t;
        jet.gradient.iter_mut().for_each(|mean| *mean /= total);
        for i in 0..3 {
            for j in 0..=i {
                let at = index(i, j);
                jet.hessian[at] = jet.hessian[at] / total - jet.gradient[i] * jet.gradient[j];
            }
        }
        jet
    }
}

impl InTime {
    /// The deaths of customers with x purchases, and which parameter of the limit each of k, scale
    /// and c moves with: none, one or (as c = lambda + mu) two.
    fn deaths(&self, x: f64) -> (Deaths, [&'static [usize]; 3]) {
        match (self.rate, self.lifetime) {
            (Rate::Gamma { r, alpha }, Lifetime::Same { mu }) => {
                (Deaths { k: r + x, scale: alpha, c: mu }, [&[0], &[1], &[2]])
            }
            (Rate::Same { lambda }, Lifetime::Gamma { s, beta }) => {
                (Deaths { k: s + 1.0, scale: beta, c: lambda }, [&[1], &[2], &[0]])
            }
            (Rate::Same { lambda }, Lifetime::Same { mu }) => {
                let c = lambda + mu;
                (Deaths { k: 0.0, scale: 1.0 / c, c }, [&[], &[], &[0, 1]])
            }
            // Neither is the same for all: the Pareto/NBD itself.
            (Rate::Gamma { .. }, Lifetime::Gamma { .. }) => {
                (Deaths { k: f64::NAN, scale: f64::NAN, c: f64::NAN }, [&[], &[], &[]])
            }
        }
    }

    /// ln of the factor of the density of x purchases and a death that the integral leaves out.
    fn ln_factor(&self, x: f64) -> f64 {
        let rise = match self.rate {
            rate @ Rate::Gamma { .. } => rate.ln_moment(x, 0.0),
            Rate::Same { lambda } => x * lambda.ln(),
        };
        rise + self.lifetime.ln_density(0.0).value
    }

    /// ln of the two parts of L: alive at T, and left before.
    fn shares(&self, History { x, t_x, age }: History) -> (f64, f64) {
        let alive = self.rate.ln_moment(x, age) + self.lifetime.ln_survival(age).value;
        let left = if age > t_x {
            self.ln_factor(x) + self.deaths(x).0.ln_span(t_x, age - t_x)
        } else {
            f64::NEG_INFINITY
        };
        (alive, left)
    }

    /// ln of P(has left) / P(alive) at T.
    fn ln_odds_of_having_left(&self, customer: History) -> f64 {
        match self.shares(customer) {
            // Beyond the range of a double whoever has been silent at all has left.
            (f64::NEG_INFINITY, f64::NEG_INFINITY) if customer.age > customer.t_x => f64::INFINITY,
            (_, f64::NEG_INFINITY) => f64::NEG_INFINITY,
            (alive, left) => left - alive,
        }
    }

    /// The customer at T, if alive.
    fn alive(&self, x: f64, age: f64) -> InTime {
        InTime { rate: self.rate.after(x, age), lifetime: self.lifetime.after(age) }
    }

    fn discounted_purchases_new(&self, delta: f64, horizon: f64) -> f64 {
        if delta < 0.0 && horizon == f64::INFINITY {
            return f64::INFINITY;
        }
        match self.lifetime {
            Lifetime::Same { mu } => self.rate.mean() * discounted_span(delta + mu, horizon),
            // How the rate is distributed does not matter.
            Lifetime::Gamma { s, beta } => ParetoNbd { r: self.rate.mean(), alpha: 1.0, s, beta }
                .discounted_purchases_new(delta, horizon),
        }
    }

    /// ∫ over u up to t of P(n purchases in u), or the density of the n-th, times what `lifetime`
    /// gives at u.
    fn integral(&self, n: f64, nth: bool, t: f64, lifetime: fn(Lifetime, f64) -> Slope) -> f64 {
        let (power, ln_times) = if nth { (n - 1.0, n.ln()) } else { (n, 0.0) };
        let rate_scale = match self.rate {
            Rate::Gamma { alpha, .. } => alpha,
            Rate::Same { lambda } => 1.0 / lambda,
        };
        let scale = rate_scale.min(self.lifetime.scale());
        let by_log_time = |v: f64| {
            let u = if v < 700.0 { scale * v.exp_m1() } else { (v + scale.ln()).exp() };
            let Slope { mut value, mut slope } = lifetime(self.lifetime, u);
            match self.rate {
                Rate::Gamma { r, alpha } => {
                    let choose = if n == 0.0 { 0.0 } else { -n.ln() - ln_beta(r, n) };
                    value += choose - r * ln_one_plus_ratio(u, alpha);
                    if n > 0.0 {
                        value -= n * (alpha + u).ln();
                    }
                    slope -= (r + n) / (alpha + u);
                }
                Rate::Same { lambda } => {
                    value += n * lambda.ln() - ln_gamma(n + 1.0) - lambda * u;
                    slope -= lambda;
                }
            }
            if power > 0.0 {
                value += power * u.ln();
                slope += power / u;
            }
            Slope { value: value + v + ln_times, slope: slope * (scale + u) + 1.0 }
        };
        scale * ln_integral(ln_one_plus_ratio(t, scale), Panels::Narrow, by_log_time).exp()
    }

    fn p_at_least_new(&self, n: f64, t: f64) -> f64 {
        self.integral(n, true, t, Lifetime::ln_survival).min(1.0)
    }
}

impl PurchaseModel for InTime {
    fn log_likelihood(&self, customer: History) -> f64 {
        let (alive, left) = self.shares(customer);
        log_add_exp(alive, left)
    }

    fn p_alive(&self, customer: History, after: f64) -> f64 {
        let now = 1.0 / (1.0 + self.ln_odds_of_having_left(customer).exp());
        now * self.lifetime.after(customer.age).ln_survival(after).value.exp()
    }

    fn survivor_purchases(&self, x: f64, age: f64, delta: f64, horizon: f64) -> f64 {
        self.alive(x, age).discounted_purchases_new(delta, horizon)
    }

    fn expected_purchases_new(&self, t: f64) -> f64 {
        self.discounted_purchases_new(0.0, t)
    }

    fn purchase_pmf(&self, customer: History, n: u64, t: f64) -> f64 {
        let ln_odds = self.ln_odds_of_having_left(customer);
        let p_alive = 1.0 / (1.0 + ln_odds.exp());
        let gone = if n == 0 { 1.0 / (1.0 + (-ln_odds).exp()) } else { 0.0 };
        (gone + p_alive * self.alive(customer.x, customer.age).purchase_pmf_new(n, t)).min(1.0)
    }

    fn p_at_least(&self, customer: History, n: u64, t: f64) -> f64 {
        if n == 0 {
            return 1.0;
        }
        let alive = self.alive(customer.x, customer.age);
        self.p_alive(customer, 0.0) * alive.p_at_least_new(n as f64, t)
    }

    fn purchase_pmf_new(&self, n: u64, t: f64) -> f64 {
        let alive = self.rate.pmf(n as f64, t) * self.lifetime.ln_survival(t).value.exp();
        let dead = self.integral(n as f64, false, t, Lifetime::ln_density);
        (alive + dead).min(1.0)
    }
}

const SAME_DROPOUT: Border = Border {
    name: "same_dropout",
    meaning: "customers do not differ in their rate of leaving (s and beta run to infinity)",
    parameters: &["r", "alpha", "mu"],
    domains: &[Domain::Positive; 3],
    at_zero: false,
};

/// The limits of Pareto/NBD, by rising number of parameters.
pub(super) const BORDERS: &[Border] = &[
    POISSON,
    NBD,
    Border {
        name: "same_rate_same_dropout",
        meaning: "customers differ neither in their rate of purchases (r and alpha run to infinity) \
                  nor in that of leaving (s and beta run to infinity)",
        parameters: &["lambda", "mu"],
        domains: &[Domain::Positive; 2],
        at_zero: false,
    },
    Border {
        name: "same_rate_mover_stayer",
        meaning: "customers do not differ in their rate of purchases (r and alpha run to infinity); \
                  some leave at once, the others never (s and beta run to 0)",
        parameters: &["lambda", "movers"],
        domains: &[Domain::Positive, Domain::Share],
        at_zero: false,
    },
    SAME_DROPOUT,
    Border {
        name: "mover_stayer",
        meaning: "some customers leave at once, the others never (s and beta run to 0)",
        parameters: &["r", "alpha", "movers"],
        domains: &[Domain::Positive, Domain::Positive, Domain::Share],
        at_zero: true,
    },
    Border {
        name: "same_rate",
        meaning: "customers do not differ in their rate of purchases (r and alpha run to infinity)",
        parameters: &["lambda", "s", "beta"],
        domains: &[Domain::Positive; 3],
        at_zero: false,
    },
];

/// The model on the border of this name.
pub(super) fn on_border(name: &str, parameters: &[f64]) -> Made {
    let Some(border) = Border::named(BORDERS, name) else { return Ok(None) };
    border.check(parameters)?;
    let (rate, lifetime) = match (name, parameters) {
        ("same_dropout", &[r, alpha, mu]) => (Rate::Gamma { r, alpha }, Lifetime::Same { mu }),
        ("same_rate_same_dropout", &[lambda, mu]) => (Rate::Same { lambda }, Lifetime::Same { mu }),
        ("same_rate", &[lambda, s, beta]) => (Rate::Same { lambda }, Lifetime::Gamma { s, beta }),
        _ => return AtPurchases::on_border(1.0, name, parameters),
    };
    Ok(Some(Box::new(InTime { rate, lifetime })))
}

/// The fits of all of them.
pub(super) fn borders(rows: &[Folded]) -> Borders<'_> {
    let in_time = |border: usize, dimensions, likelihood, starts| HistoryFit {
        rows,
        parameters: BORDERS[border].parameters,
        dimensions,
        likelihood,
        starts,
        borders: |_| Vec::new(),
    };
    let mut borders = Nbd::as_borders(rows);
    let both = in_time(
        2,
        &[-1, -1],
        |rows, unit| Box::new(InTimeLikelihood::new(rows, unit, Form::Both)),
        |r, alpha| [0.3, 0.03].map(|mu| vec![r / alpha, mu]).into(),
    );
    let same_dropout = in_time(
        4,
        &[0, 1, -1],
        |rows, unit| Box::new(InTimeLikelihood::new(rows, unit, Form::Dropout)),
        |r, alpha| [0.3, 0.03].map(|mu| vec![r, alpha, mu]).into(),
    );
    let same_rate = in_time(
        6,
        &[-1, 0, 1],
        |rows, unit| Box::new(InTimeLikelihood::new(rows, unit, Form::Rate)),
        |r, alpha| [(1.0, 1.0), (0.5, 5.0)].map(|(s, beta)| vec![r / alpha, s, beta]).into(),
    );
    borders.extend([
        (&BORDERS[2], Box::new(both) as _),
        (&BORDERS[3], limit::<1, true>(&BORDERS[3], rows, Shape::MoverStayer)),
        (&BORDERS[4], Box::new(same_dropout) as _),
        (&BORDERS[5], limit::<1, false>(&BORDERS[5], rows, Shape::MoverStayer)),
        (&BORDERS[6], Box::new(same_rate) as _),
    ]);
    borders
}

/// What is the same for all customers.
#[derive(Clone, Copy, Debug)]
enum Form {
    Rate,
    Dropout,
    Both,
}

/// The log-likelihood of folded histories in a limit, with its derivatives.
struct InTimeLikelihood {
    form: Form,
    /// The rows of each x.
    groups: Vec<(f64, Vec<Times>)>,
}

/// t_x, T and customers.
type Times = (f64, f64, f64);

/// Rows between two interrupt checks.
const BLOCK: usize = 256;

impl InTimeLikelihood {
    /// Of rows in the order of their x, times divided by `unit`.
    fn new(rows: &[Folded], unit: f64, form: Form) -> Self {
        let times = |row: &Folded| (row.t_x / unit, row.age / unit, f64::from(row.customers));
        let group = |rows: &[Folded]| (f64::from(rows[0].x), collected(rows.iter().map(times)));
        InTimeLikelihood {
            form,
            groups: collected(rows.chunk_by(|one, next| one.x == next.x).map(group)),
        }
    }

    fn model(&self, parameters: &[f64]) -> Option<InTime> {
        if !parameters.iter().all(|&value| Domain::Positive.contains(value)) {
            return None;
        }
        let (rate, lifetime) = match (self.form, parameters) {
            (Form::Dropout, &[r, alpha, mu]) => (Rate::Gamma { r, alpha }, Lifetime::Same { mu }),
            (Form::Rate, &[lambda, s, beta]) => {
                (Rate::Same { lambda }, Lifetime::Gamma { s, beta })
            }
            (Form::Both, &[lambda, mu]) => (Rate::Same { lambda }, Lifetime::Same { mu }),
            _ => return None,
        };
        Some(InTime { rate, lifetime })
    }
}

impl Likelihood for InTimeLikelihood {
    fn domains(&self) -> Vec<Domain> {
        vec![Domain::Positive; if matches!(self.form, Form::Both) { 2 } else { 3 }]
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let dimension = parameters.len();
        let Some(model) = self.model(parameters) else { return Derivatives::undefined(dimension) };
        let mut sum = Jet::ZERO;
        for (x, rows) in &self.groups {
            let base = RateBase::new(model.rate, *x);
            let factor = model.factor_jet(&base);
            let (deaths, moved) = model.deaths(*x);
            for block in rows.chunks(BLOCK) {
                interrupt();
                for &(t_x, age, n) in block {
                    let mut alive = base.at(model.rate, age);
                    alive.add(&model.survival_jet(age), 1.0);
                    if age > t_x {
                        let mut left = factor;
                        left.add(&deaths.ln_span_jet(t_x, age - t_x).moved(moved), 1.0);
                        alive = alive.log_add(&left);
                    }
                    sum.add(&alive, n);
                }
            }
        }
        sum.derivatives(dimension)
    }
}

impl InTime {
    /// Where the parameters of the lifetime begin.
    fn first(&self) -> usize {
        if matches!(self.rate, Rate::Gamma { .. }) { 2 } else { 1 }
    }

    /// ln P(alive at t) with its derivatives.
    fn survival_jet(&self, t: f64) -> Jet {
        let first = self.first();
        let mut jet = Jet { value: self.lifetime.ln_survival(t).value, ..Jet::ZERO };
        match self.lifetime {
            Lifetime::Gamma { s, beta } => {
                let inverse = 1.0 / (beta + t);
                let slope = t / beta * inverse;
                jet.set(first, -(t / beta).ln_1p(), 0.0);
                jet.set(first + 1, s * slope, -s * slope * (1.0 / beta + inverse));
                jet.hessian[index(first + 1, first)] = slope;
            }
            Lifetime::Same { .. } => jet.set(first, -t, 0.0),
        }
        jet
    }

    /// [`InTime::ln_factor`] with its derivatives.
    fn factor_jet(&self, base: &RateBase) -> Jet {
        let jet = base.at(self.rate, 0.0);
        let first = self.first();
        match self.lifetime {
            Lifetime::Gamma { s, beta } => {
                jet.ln_times(first, s, 1.0).ln_times(first + 1, beta, -1.0)
            }
            Lifetime::Same { mu } => jet.ln_times(first, mu, 1.0),
        }
    }
}
