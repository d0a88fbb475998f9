//! The folded log-likelihood of Pareto/NBD with exact first and second derivatives.
//!
//! ln L = ln[Γ(r+x)/Γ(r) alpha^−x] + logaddexp(G₁(x, t_x), G₂(x, T)): the costly parts G depend
//! on two numbers of a history each, so that few are computed and many are looked up.

use crate::maths::history::Folded;
use crate::maths::jet::{Jet, index};
use crate::maths::likelihood::{Derivatives, Domain, Likelihood};
use crate::maths::memory::{Grow, collected};
use crate::maths::special::{digamma_difference, ln_gamma_difference, trigamma_difference};

use super::super::log_concave::{self, Panels};
use super::{LONGEST_SERIES, ParetoNbd, Powers};

/// Rows between two calls of `interrupt`; a tabulated part counts as one.
const INTERRUPT_EVERY: usize = 4096;

/// The log-likelihood of folded histories with its derivatives by r, alpha, s and beta.
#[derive(Clone, Debug)]
pub struct ParetoNbdLikelihood {
    groups: Vec<Group>,
}

/// All histories with one x.
#[derive(Clone, Debug)]
struct Group {
    x: f64,
    customers: f64,
    /// Distinct t_x and distinct T, each ascending.
    last: Vec<f64>,
    ages: Vec<f64>,
    /// Index of t_x, index of T, customers; ascending.
    rows: Vec<(u32, u32, f64)>,
}

impl ParetoNbdLikelihood {
    /// Of rows in any order, times divided by `unit`: equal data give equal bits.
    pub fn new(rows: &[Folded], unit: f64) -> Self {
        let scaled = |row: &Folded| Folded { t_x: row.t_x / unit, age: row.age / unit, ..*row };
        let mut data: Vec<Folded> = collected(rows.iter().map(scaled));
        data.sort_unstable_by(|a, b| {
            let times = a.t_x.total_cmp(&b.t_x).then(a.age.total_cmp(&b.age));
            a.x.cmp(&b.x).then(times).then(a.customers.cmp(&b.customers))
        });
        let groups = data.chunk_by(|a, b| a.x == b.x).map(Group::new);
        ParetoNbdLikelihood { groups: collected(groups) }
    }
}

impl Group {
    fn new(data: &[Folded]) -> Self {
        let distinct = |time: fn(&Folded) -> f64| {
            let mut times: Vec<f64> = collected(data.iter().map(time));
            times.sort_unstable_by(f64::total_cmp);
            times.dedup();
            times
        };
        let (last, ages) = (distinct(|row| row.t_x), distinct(|row| row.age));
        let position =
            |times: &[f64], time: f64| times.partition_point(|&earlier| earlier < time) as u32;
        let rows = collected(data.iter().map(|row| {
            (position(&last, row.t_x), position(&ages, row.age), f64::from(row.customers))
        }));
        Group {
            x: data.first().map_or(0.0, |row| f64::from(row.x)),
            customers: data.iter().map(|row| f64::from(row.customers)).sum(),
            last,
            ages,
            rows,
        }
    }
}

impl Likelihood for ParetoNbdLikelihood {
    fn domains(&self) -> Vec<Domain> {
        vec![Domain::Positive; 4]
    }

    fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let &[r, alpha, s, beta] = parameters else {
            return Derivatives { value: f64::NAN, ..Derivatives::zero(4) };
        };
        let Ok(model) = ParetoNbd::new(r, alpha, s, beta) else {
            return Derivatives { value: f64::NAN, ..Derivatives::zero(4) };
        };
        let mut sum = Jet::ZERO;
        let mut until_interrupt = INTERRUPT_EVERY;
        let mut tick = || {
            until_interrupt -= 1;
            if until_interrupt == 0 {
                until_interrupt = INTERRUPT_EVERY;
                interrupt();
            }
        };
        let (mut dead, mut alive) = (Vec::new(), Vec::new());
        for group in &self.groups {
            let x = group.x;
            sum.value += group.customers * ln_gamma_difference(r, x);
            sum.gradient[R] += group.customers * digamma_difference(r, x);
            sum.hessian[index(R, R)] += group.customers * trigamma_difference(r, x);
            let purchases = group.customers * x;
            sum.value -= purchases * alpha.ln();
            sum.gradient[ALPHA] -= purchases / alpha;
            sum.hessian[index(ALPHA, ALPHA)] += purchases / (alpha * alpha);

            dead.clear();
            dead.add_all(group.last.iter().map(|&t_x| {
                tick();
                ln_integral(Powers::of_dead(&model, x), t_x, alpha >= beta)
                    .ln_times(S, s, 1.0)
                    .ln_times(BETA, beta, -1.0)
            }));
            alive.clear();
            alive.add_all(group.ages.iter().map(|&age| {
                tick();
                ln_integral(Powers::of_living(&model, x), age, alpha >= beta)
                    .ln_times(R, r + x, 1.0)
                    .ln_times(ALPHA, alpha, -1.0)
            }));
            for &(last, age, customers) in &group.rows {
                tick();
                let row = dead[last as usize].log_add(&alive[age as usize]);
                sum.add(&row, customers);
            }
        }
        sum.derivatives(4)
    }
}

/// Positions of the parameters.
const R: usize = 0;
const ALPHA: usize = 1;
const S: usize = 2;
const BETA: usize = 3;

/// The same with (r, alpha) and (s, beta) exchanged.
fn swapped(jet: &Jet) -> Jet {
    const OTHER: [usize; 4] = [S, BETA, R, ALPHA];
    let mut swapped = *jet;
    for (i, &from_i) in OTHER.iter().enumerate() {
        swapped.gradient[i] = jet.gradient[from_i];
        for (j, &from_j) in OTHER[..=i].iter().enumerate() {
            swapped.hessian[index(i, j)] = jet.hessian[index(from_i, from_j)];
        }
    }
    swapped
}

/// ln of ∫ from t to ∞ of (1+u/alpha)^−p (1+u/beta)^−q du.
fn ln_integral(powers: Powers, t: f64, alpha_is_large: bool) -> Jet {
    let jet = if powers.z(t) <= LONGEST_SERIES {
        powers.ln_tail_jet(t)
    } else {
        // The cut is a constant here: the sum does not depend on it.
        let cut = powers.cut();
        powers.ln_span_jet(t, cut).log_add(&powers.ln_tail_jet(cut))
    };
    if alpha_is_large { jet } else { swapped(&jet) }
}

// Here of (1+u/large)^−d (1+u/small)^−c, so that large exponents and scales may go together;
// derivatives by d, large, c, small stand at the positions of r, alpha, s, beta.
impl Powers {
    /// ln of the integral from t to ∞, by the series of [`Powers::tail`], whose terms are
    /// ρ z^k, ρ = (d)_k/(e)_k, e = c + d; ∂ ln ρ/∂d = D, ∂ ln ρ/∂c = −H.
    fn ln_tail_jet(&self, t: f64) -> Jet {
        let Powers { large, d, small, c, w } = *self;
        let (big, near, e, z) = (large + t, small + t, c + d, self.z(t));
        // ρ, D, H and the sums of squares in their derivatives, for k = 1.
        let (rho, d1, e1) = (d / e, c / (d * e), 1.0 / e);
        let (dd1, ee1) = (-d1 * (1.0 / d + 1.0 / e), e1 * e1);
        let (mut ln_d, mut ln_dd, mut ln_e, mut ln_ee) = (d1, dd1, e1, ee1);
        // Sums over k from 2 of ρ z^(k−2) times what the derivatives need; z may be 0.
        let mut sums = [0.0; 10];
        let mut term = rho;
        let mut k = 1.0;
        loop {
            // From k to k + 1.
            let (upper, lower) = (d + k, e + k);
            let reciprocal = 1.0 / (upper * lower);
            let (by_d, by_e) = (lower * reciprocal, upper * reciprocal);
            let step = c * reciprocal;
            term *= upper * by_e;
            ln_d += step;
            ln_dd -= step * (by_d + by_e);
            ln_e += by_e;
            ln_ee += by_e * by_e;
            k += 1.0;
            let (term_d, term_e) = (term * ln_d, term * ln_e);
            sums[0] += term;
            sums[1] += term_d;
            sums[2] += term_e;
            sums[3] += k * term;
            sums[4] += term_d * ln_d + term * ln_dd;
            sums[5] += term * ln_ee - term_d * ln_e;
            sums[6] += term_e * ln_e + term * ln_ee;
            sums[7] += k * term_d;
            sums[8] += k * term_e;
            sums[9] += k * (k - 1.0) * term;
            term *= z;
            if term * k * k <= 1e-17 * (1.0 - z) || term.is_nan() {
                break;
            }
        }
        let [s0, s_d, s_e, s_k, s_dd, s_de, s_ee, s_kd, s_ke, s_kk] = sums;
        let zz = z * z;
        let series = 1.0 + z * rho + zz * s0;
        let l_d = (z * rho * d1 + zz * s_d) / series;
        let l_c = -(z * rho * e1 + zz * s_e) / series;
        let l_z = (rho + z * s_k) / series;
        let l_dd = (z * rho * (d1 * d1 + dd1) + zz * s_dd) / series - l_d * l_d;
        let l_dc = (z * rho * (ee1 - d1 * e1) + zz * s_de) / series - l_d * l_c;
        let l_cc = (z * rho * (e1 * e1 + ee1) + zz * s_ee) / series - l_c * l_c;
        let l_dz = (rho * d1 + z * s_kd) / series - l_d * l_z;
        let l_cz = -(rho * e1 + z * s_ke) / series - l_c * l_z;
        let l_zz = s_kk / series - l_z * l_z;

        let (z_large, z_small) = (near / (big * big), -1.0 / big);
        let (ln_large, ln_small) = ((t / large).ln_1p(), (t / small).ln_1p());
        // t/(large (large+t)), the derivative of −ln(1+t/large).
        let (slope_large, slope_small) = (t / (large * big), t / (small * near));
        let mut jet = Jet {
            value: -d * ln_large + (1.0 - c) * ln_small + (small / w).ln() + series.ln(),
            gradient: [
                -ln_large - 1.0 / w + l_d,
                d * slope_large + l_z * z_large,
                -ln_small - 1.0 / w + l_c,
                (c - 1.0) * slope_small + 1.0 / small + l_z * z_small,
            ],
            hessian: [0.0; 10],
        };
        let ww = 1.0 / (w * w);
        let mut set = |i, j, value| jet.hessian[index(i, j)] = value;
        set(R, R, ww + l_dd);
        set(R, S, ww + l_dc);
        set(S, S, ww + l_cc);
        set(R, ALPHA, slope_large + l_dz * z_large);
        set(R, BETA, l_dz * z_small);
        set(S, ALPHA, l_cz * z_large);
        set(S, BETA, slope_small + l_cz * z_small);
        let bend = -d * slope_large * (1.0 / large + 1.0 / big);
        set(ALPHA, ALPHA, bend + l_zz * z_large * z_large - 2.0 * l_z * z_large / big);
        set(ALPHA, BETA, l_zz * z_large * z_small + l_z / (big * big));
        let bend = -(c - 1.0) * slope_small * (1.0 / small + 1.0 / near);
        set(BETA, BETA, bend - 1.0 / (small * small) + l_zz * z_small * z_small);
        jet
    }

    /// ln of the integral over (t, end): its derivatives are mean, and mean plus covariance, of
    /// those of ln of the integrand.
    fn ln_span_jet(&self, t: f64, end: f64) -> Jet {
        let Powers { large, d, small, c, .. } = *self;
        let (big, near) = (large + t, small + t);
        let ratio = near / big;
        let mut total = 0.0;
        let mut jet = Jet::ZERO;
        let top = log_concave::nodes(
            ((end - t) / near).ln_1p(),
            Panels::Wide,
            |v| self.by_log_time(ratio, v),
            |v, weight| {
                let u = t + near * v.exp_m1();
                let (over_big, over_near) = (1.0 / (large + u), 1.0 / (small + u));
                let (slope_large, slope_small) = (u / large * over_big, u / small * over_near);
                let g =
                    [-(u / large).ln_1p(), d * slope_large, -(u / small).ln_1p(), c * slope_small];
                total += weight;
                for i in 0..4 {
                    jet.gradient[i] += weight * g[i];
                    for j in 0..=i {
                        jet.hessian[index(i, j)] += weight * g[i] * g[j];
                    }
                }
                jet.hessian[index(R, ALPHA)] += weight * slope_large;
                jet.hessian[index(S, BETA)] += weight * slope_small;
                jet.hessian[index(ALPHA, ALPHA)] -= weight * g[ALPHA] * (1.0 / large + over_big);
                jet.hessian[index(BETA, BETA)] -= weight * g[BETA] * (1.0 / small + over_near);
            },
        );
        jet.value = top + (total * near).ln() - d * (t / large).ln_1p() - c * (t / small).ln_1p();
        for mean in &mut jet.gradient {
            *mean /= total;
        }
        for i in 0..4 {
            for j in 0..=i {
                let at = index(i, j);
                jet.hessian[at] = jet.hessian[at] / total - jet.gradient[i] * jet.gradient[j];
            }
        }
        jet
    }
}
