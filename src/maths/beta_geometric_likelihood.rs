//! The log-likelihood of folded histories under BG/NBD and MBG/NBD, with exact derivatives.
//!
//! What depends on x, or on a time alone, is worked out once for each x and each distinct time. A
//! row then costs one exponential and some products; those of single customers, nearly all rows of
//! large data, are summed several side by side. The sums run in the order of the rows.

use hashbrown::HashTable;

use super::fit::Borders;
use super::fit_histories::HistoryFit;
use super::history::Folded;
use super::likelihood::{Derivatives, Likelihood};
use super::memory::{Grow, make_room_in_table, room};
use super::special::{decay, ln_beta_ratio, ln_gamma_difference, ln_growth, polygamma_differences};

/// Rows that are summed before the interrupt check; one logarithm does for a lane of them.
const BLOCK: usize = 256;
/// Times between two interrupt checks.
const TIMES_PER_CHECK: usize = 4096;
/// Distinct times to make room for at once: those of a few years in days.
const EXPECTED_TIMES: usize = 1500;
/// Purchases more from one x to the next up to which their factors are simply multiplied.
const FEW: f64 = 4.0;
/// Sums side by side: two doubles are one register of every 64-bit processor.
const LANES: usize = 2;

/// Histories by x, as numbers of their times.
pub(super) struct BetaGeometricLikelihood {
    /// Chances to leave before the first repeat purchase: 0 in BG/NBD, 1 in MBG/NBD.
    early_chances: f64,
    groups: Vec<Group>,
    times: Times,
    /// Of each history with a chance to leave the numbers of t_x and T, group by group.
    rows: Vec<(u32, u32)>,
    /// The customers of the shared histories, group by group.
    customers: Vec<u32>,
}

/// The histories of one x.
struct Group {
    x: f64,
    customers: f64,
    /// Rows of a single customer, behind which stand those that customers share.
    single: usize,
    shared: usize,
}

/// Distinct times, last purchases and ages alike, in the order in which they come.
#[derive(Default)]
struct Times {
    times: Vec<f64>,
    /// Of each time those customers whose age it is; of most last purchases none.
    ages: Vec<Age>,
}

/// The customers of one age, and the sum of their purchases.
#[derive(Clone, Copy, Default)]
struct Age {
    customers: f64,
    purchases: f64,
}

/// What a row needs of a time: ln(1 + t/alpha), 1/(alpha + t).
#[derive(Clone, Copy)]
struct TimeEntry {
    ln_growth: f64,
    inverse: f64,
}

/// The numbers of times.
type Index = HashTable<u32>;

impl Times {
    fn number(&mut self, time: f64, index: &mut Index) -> usize {
        // Fibonacci hashing (Knuth, volume 3, 6.4). Whole numbers have their bits at the top of a
        // double; the table looks at both ends of a hash.
        let hash = |time: f64| {
            let bits = time.to_bits();
            let product = (bits ^ (bits >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            product ^ (product >> 32)
        };
        let times = &mut self.times;
        if let Some(&at) = index.find(hash(time), |&at| times[at as usize] == time) {
            return at as usize;
        }
        let at = times.len();
        times.add(time);
        self.ages.add(Age::default());
        let rehash = |&at: &u32| hash(times[at as usize]);
        make_room_in_table(index, rehash);
        index.insert_unique(hash(time), at as u32, rehash);
        at
    }

    fn entries(&self, alpha: f64, interrupt: &mut dyn FnMut()) -> Vec<TimeEntry> {
        let scale = 1.0 / alpha;
        let mut entries = room(self.times.len());
        for times in self.times.chunks(TIMES_PER_CHECK) {
            interrupt();
            entries.extend(times.iter().map(|time| {
                let growth = time * scale;
                TimeEntry { ln_growth: ln_growth(growth), inverse: 1.0 / (1.0 + growth) * scale }
            }));
        }
        entries
    }

    /// Sums over all customers, age by age; `entries` are those of the times.
    fn sums(&self, entries: &[TimeEntry], r: f64, interrupt: &mut dyn FnMut()) -> AgeSums {
        let mut sums = AgeSums::default();
        let chunks = entries.chunks(TIMES_PER_CHECK).zip(self.ages.chunks(TIMES_PER_CHECK));
        for (entries, ages) in chunks {
            interrupt();
            let ((entries, last_entries), (ages, last_ages)) =
                (entries.as_chunks::<LANES>(), ages.as_chunks::<LANES>());
            for (entries, ages) in entries.iter().zip(ages) {
                for lane in 0..LANES {
                    sums.add(lane, &entries[lane], &ages[lane], r);
                }
            }
            for (entry, age) in last_entries.iter().zip(last_ages) {
                sums.add(0, entry, age, r);
            }
        }
        sums
    }
}

/// Sums over all customers of (r+x) l(T); of (r+x)/(alpha+T) and (r+x)/(alpha+T)², that part of its
/// derivatives by alpha in which T is; and of the first two without their (r+x), by r.
#[derive(Default)]
struct AgeSums {
    growth: Lanes,
    slope: Lanes,
    bend: Lanes,
    growth_by_r: Lanes,
    slope_by_r: Lanes,
}

impl AgeSums {
    #[inline(always)]
    fn add(&mut self, lane: usize, entry: &TimeEntry, age: &Age, r: f64) {
        let (&TimeEntry { ln_growth, inverse }, &Age { customers, purchases }) = (entry, age);
        let k = customers * r + purchases;
        self.growth[lane] += k * ln_growth;
        self.slope[lane] += k * inverse;
        self.bend[lane] += k * inverse * inverse;
        self.growth_by_r[lane] += customers * ln_growth;
        self.slope_by_r[lane] += customers * inverse;
    }
}

impl BetaGeometricLikelihood {
    /// Of rows in the order of their x, times divided by `unit`.
    pub fn new(rows: &[Folded], unit: f64, early_chances: f64) -> Self {
        debug_assert!(rows.is_sorted_by_key(|row| row.x));
        let mut index = Index::with_capacity(rows.len().min(EXPECTED_TIMES)); // small
        let mut likelihood = BetaGeometricLikelihood {
            early_chances,
            groups: Vec::new(),
            times: Times::default(),
            rows: room(rows.len()),
            customers: Vec::new(),
        };
        for rows in rows.chunk_by(|one, next| one.x == next.x) {
            let x = f64::from(rows[0].x);
            let mut group = Group { x, customers: 0.0, single: 0, shared: 0 };
            let mut shared = Vec::new();
            for row in rows {
                let customers = f64::from(row.customers);
                let times = &mut likelihood.times;
                let last = times.number(row.t_x, &mut index);
                let age = times.number(row.age, &mut index);
                times.ages[age].customers += customers;
                times.ages[age].purchases += customers * x;
                group.customers += customers;
                let numbers = (last as u32, age as u32);
                if x + early_chances == 0.0 {
                    // Without a chance to leave, the age says all.
                } else if row.customers == 1 {
                    likelihood.rows.add(numbers);
                    group.single += 1;
                } else {
                    shared.add(numbers);
                    likelihood.customers.add(row.customers);
                }
            }
            group.shared = shared.len();
            likelihood.rows.add_all(shared);
            likelihood.groups.add(group);
        }
        likelihood.times.times.iter_mut().for_each(|time| *time /= unit);
        likelihood
    }

    /// Value, gradient and Hessian by (r, alpha, a, b).
    ///
    /// ln L = lnΓ(r+x)/Γ(r) + ln B(a,b+m)/B(a,b) − x ln alpha − (r+x) l(T) + ln(1 + e^h), where
    /// l(t) = ln(1 + t/alpha), h = ln a − ln(b+m−1) + (r+x) (l(T) − l(t_x)) the log odds of having
    /// left, and m the chances to leave; without a chance the last term is 0.
    pub fn evaluate(&self, parameters: &[f64], interrupt: &mut dyn FnMut()) -> Derivatives {
        let &[r, alpha, a, b] = parameters else { return Derivatives::undefined(4) };
        if !parameters.iter().all(|&p| p > 0.0 && p.is_finite()) {
            return Derivatives::undefined(4);
        }
        let mut result = Derivatives::zero(4);
        let (g, h) = (&mut result.gradient, &mut result.hessian);
        let mut value = 0.0;

        // What depends on the age alone.
        let by_time = self.times.entries(alpha, interrupt);
        let ages = self.times.sums(&by_time, r, interrupt);
        value -= total(ages.growth);
        g[0] -= total(ages.growth_by_r);
        g[1] -= total(ages.slope);
        h[(1, 0)] -= total(ages.slope_by_r);
        h[(1, 1)] += total(ages.bend);

        let ln_alpha = alpha.ln();
        let mut by_purchases = ByPurchases::new(r, a, b);
        let (mut left, mut spread) = (0.0, 0.0);
        let mut gaps = Vec::new();
        let (mut rows, mut customers) = (self.rows.as_slice(), self.customers.as_slice());
        for &Group { x, customers: n, single, shared } in &self.groups {
            // What depends on x alone.
            let m = x + self.early_chances;
            let k = r + x;
            by_purchases.advance(x, m);
            let ByPurchases { ln, psi: [psi_r, psi_b, psi_ab], slope, .. } = by_purchases;
            let [slope_r, slope_b, slope_ab] = slope;
            value += n * (ln - x * ln_alpha);
            g[0] += n * psi_r;
            g[1] += n * r / alpha;
            g[2] -= n * psi_ab;
            g[3] += n * (psi_b - psi_ab);
            h[(0, 0)] += n * slope_r;
            h[(1, 0)] += n / alpha;
            h[(1, 1)] -= n * r / (alpha * alpha);
            h[(2, 2)] -= n * slope_ab;
            h[(3, 2)] -= n * slope_ab;
            h[(3, 3)] += n * (slope_b - slope_ab);
            if m == 0.0 {
                continue;
            }

            // What depends on the row. The derivatives of h by a and b are 1/a and −inverse.
            let chances = b + (m - 1.0);
            let inverse = 1.0 / chances;
            let mut sums = Sums::new(k, (a / chances).ln());
            let (singles, others) = rows.split_at(single);
            let (together, others) = others.split_at(shared);
            for block in singles.chunks(BLOCK) {
                interrupt();
                gaps.clear();
                gaps.extend(block.iter().map(|row| Gap::new(&by_time, row)));
                sums.add_single(&gaps);
            }
            let (counts, other_counts) = customers.split_at(shared);
            for (block, counts) in together.chunks(BLOCK).zip(counts.chunks(BLOCK)) {
                interrupt();
                sums.add_shared(&by_time, block, counts);
            }
            (rows, customers) = (others, other_counts);

            let [s, q] = [sums.left, sums.spread].map(total);
            let [s_silence, s_slope] = [sums.left_silence, sums.left_slope].map(total);
            let [q_silence, q_slope] = [sums.spread_silence, sums.spread_slope].map(total);
            value += sums.ln + total(sums.odds);
            g[0] += s_silence;
            g[1] += k * s_slope;
            left += s;
            g[3] -= s * inverse;
            h[(0, 0)] += total(sums.spread_silence_silence);
            h[(1, 0)] += s_slope + k * total(sums.spread_silence_slope);
            h[(1, 1)] += k * (k * total(sums.spread_slope_slope) - total(sums.left_bend));
            spread += q;
            h[(2, 0)] += q_silence;
            h[(2, 1)] += k * q_slope;
            h[(3, 0)] -= q_silence * inverse;
            h[(3, 1)] -= k * q_slope * inverse;
            h[(3, 2)] -= q * inverse / a;
            h[(3, 3)] += (s + q) * inverse * inverse;
        }
        g[2] += left / a;
        h[(2, 0)] /= a;
        h[(2, 1)] /= a;
        h[(2, 2)] += (spread - left) / (a * a);
        result.hessian.fill_upper_triangle_with_lower_triangle();
        result.value = value;
        result
    }
}

/// What the likelihood needs of a number of purchases alone; from one number to the next larger
/// one it is a short way.
struct ByPurchases {
    /// r, b and a + b.
    from: [f64; 3],
    a: f64,
    /// x and m.
    at: [f64; 2],
    /// lnΓ(r+x)/Γ(r) + ln B(a,b+m)/B(a,b).
    ln: f64,
    /// ψ(z+n) − ψ(z) and its slope for z = r, b and a + b, n being x, m and m.
    psi: [f64; 3],
    slope: [f64; 3],
}

impl ByPurchases {
    fn new(r: f64, a: f64, b: f64) -> Self {
        let zero = [0.0; 3];
        ByPurchases { from: [r, b, a + b], a, at: [0.0; 2], ln: 0.0, psi: zero, slope: zero }
    }

    /// To an x and m that are not smaller.
    fn advance(&mut self, x: f64, m: f64) {
        let [x_before, m_before] = std::mem::replace(&mut self.at, [x, m]);
        let [r, b, _] = self.from;
        let (more, more_chances) = (x - x_before, m - m_before);
        self.ln += if more == more_chances && more <= FEW {
            let factor = |k| (r + (x_before + k)) * self.stay(m_before + k);
            (0..more as u32).map(|k| factor(f64::from(k))).product::<f64>().ln()
        } else {
            ln_gamma_difference(r + x_before, more)
                + ln_beta_ratio(self.a, b + m_before, more_chances)
        };
        let steps = [(x_before, more), (m_before, more_chances), (m_before, more_chances)];
        for (i, (before, more)) in steps.into_iter().enumerate() {
            let (psi, slope) = polygamma_differences(self.from[i] + before, more);
            self.psi[i] += psi;
            self.slope[i] += slope;
        }
    }

    /// The probability to stay at a chance to leave, for who stayed at `m` before.
    fn stay(&self, m: f64) -> f64 {
        (self.from[1] + m) / (self.from[2] + m)
    }
}

type Lanes = [f64; LANES];

fn total(lanes: Lanes) -> f64 {
    lanes.iter().sum()
}

/// Sums over the rows of one x, customers counted: of ln(1 + e^h), of P(has left), its derivative
/// by h (`spread`) and their products with silence = l(T) − l(t_x), its slope and bend by alpha.
#[derive(Default)]
struct Sums {
    k: f64,
    ln_odds: f64,
    ln: f64,
    odds: Lanes,
    left: Lanes,
    left_silence: Lanes,
    left_slope: Lanes,
    left_bend: Lanes,
    spread: Lanes,
    spread_silence: Lanes,
    spread_slope: Lanes,
    spread_silence_silence: Lanes,
    spread_silence_slope: Lanes,
    spread_slope_slope: Lanes,
}

impl Sums {
    fn new(k: f64, ln_odds: f64) -> Self {
        Sums { k, ln_odds, ..Sums::default() }
    }

    /// Rows of one customer each. ln(1 + e^h) = max(h, 0) + ln(1 + e^−|h|), and the second parts
    /// share a logarithm: a factor is at most 2, so that no product of a block overflows.
    fn add_single(&mut self, gaps: &[Gap]) {
        let mut product = [1.0; LANES];
        let (lanes, rest) = gaps.as_chunks::<LANES>();
        for gaps in lanes {
            for lane in 0..LANES {
                product[lane] *= self.add(lane, &gaps[lane], 1.0);
            }
        }
        for gap in rest {
            product[0] *= self.add(0, gap, 1.0);
        }
        self.ln += product.iter().product::<f64>().ln();
    }

    fn add_shared(&mut self, times: &[TimeEntry], rows: &[(u32, u32)], customers: &[u32]) {
        for (row, &customers) in rows.iter().zip(customers) {
            let customers = f64::from(customers);
            self.ln += customers * self.add(0, &Gap::new(times, row), customers).ln();
        }
    }

    /// Adds a row to all sums but that of ln(1 + e^−|h|), of which it returns the 1 + e^−|h|.
    #[inline(always)]
    fn add(&mut self, lane: usize, gap: &Gap, customers: f64) -> f64 {
        let &Gap { silence, slope, bend } = gap;
        let odds = self.ln_odds + self.k * silence;
        let small = decay(odds.abs());
        let sum = 1.0 + small;
        let rest = 1.0 / sum;
        let less = small * rest;
        let s = customers * if odds > 0.0 { rest } else { less };
        let q = customers * less * rest;
        self.odds[lane] += customers * odds.max(0.0);
        self.left[lane] += s;
        self.left_silence[lane] += s * silence;
        self.left_slope[lane] += s * slope;
        self.left_bend[lane] += s * bend;
        self.spread[lane] += q;
        self.spread_silence[lane] += q * silence;
        self.spread_slope[lane] += q * slope;
        self.spread_silence_silence[lane] += q * silence * silence;
        self.spread_silence_slope[lane] += q * silence * slope;
        self.spread_slope_slope[lane] += q * slope * slope;
        sum
    }
}

/// What lies between the last purchase and the end of observation: l(T) − l(t_x), its derivative by
/// alpha, 1/(alpha+T) − 1/(alpha+t_x), and minus the second one.
struct Gap {
    silence: f64,
    slope: f64,
    bend: f64,
}

impl Gap {
    #[inline(always)]
    fn new(times: &[TimeEntry], &(last, age): &(u32, u32)) -> Self {
        let (last, age) = (times[last as usize], times[age as usize]);
        let slope = age.inverse - last.inverse;
        let bend = slope * (age.inverse + last.inverse);
        Gap { silence: age.ln_growth - last.ln_growth, slope, bend }
    }
}

/// What determines r, alpha, a and b. The starting points are the shapes of drop-out that data
/// show: usual, rare, frequent, and all at once or never.
pub(super) fn beta_geometric_problem(
    rows: &[Folded],
    likelihood: fn(&[Folded], f64) -> Box<dyn Likelihood>,
    borders: for<'b> fn(&'b [Folded]) -> Borders<'b>,
) -> HistoryFit<'_> {
    HistoryFit {
        rows,
        parameters: &["r", "alpha", "a", "b"],
        dimensions: &[0, 1, 0, 0],
        likelihood,
        starts: |r, alpha| {
            [(1.0, 2.5), (0.5, 20.0), (3.0, 3.0), (0.1, 0.1)]
                .map(|(a, b)| vec![r, alpha, a, b])
                .into()
        },
        borders,
    }
}
