//! k-means clusters of customers by several features: the same for a seed, whatever the row order.
//!
//! Own code, because no crate can be interrupted on stable Rust: `kmeans` 2.0 needs a nightly
//! compiler, linfa 0.8 starts threads, smartcore 0.7 keeps its centres and inertia to itself.

use std::cmp::Ordering;
use std::fmt;

use super::percent_rank::CHUNK;

/// Why features have no clusters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KMeansError {
    /// A customer without features, or with another number of them than the first.
    Ragged {
        expected: usize,
        found: usize,
    },
    NotFinite(f64),
    NoClusters,
    TooManyClusters {
        clusters: usize,
        customers: usize,
    },
    /// Fewer different customers than clusters.
    TooFewDistinct {
        clusters: usize,
        distinct: usize,
    },
}

impl fmt::Display for KMeansError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KMeansError::Ragged { expected: 0, .. } => {
                write!(out, "a customer needs at least one feature")
            }
            KMeansError::Ragged { expected, found } => {
                write!(out, "a customer has {found} features where the first has {expected}")
            }
            KMeansError::NotFinite(value) => write!(out, "the feature {value} is not finite"),
            KMeansError::NoClusters => write!(out, "the number of clusters must be at least 1"),
            KMeansError::TooManyClusters { clusters, customers } => {
                write!(out, "{clusters} clusters of {customers} customers")
            }
            KMeansError::TooFewDistinct { clusters, distinct } => {
                write!(out, "{clusters} clusters of {distinct} different customers")
            }
        }
    }
}

impl std::error::Error for KMeansError {}

/// The features of all customers, one after the other: 8 bytes a number.
#[derive(Clone, Debug, Default)]
pub struct Features {
    dimension: usize,
    values: Vec<f64>,
}

impl Features {
    /// Appends a customer; the first decides how many features there are.
    pub fn push(&mut self, features: &[f64]) -> Result<(), KMeansError> {
        if self.values.is_empty() {
            self.dimension = features.len();
        }
        if features.is_empty() || features.len() != self.dimension {
            let (expected, found) = (self.dimension, features.len());
            return Err(KMeansError::Ragged { expected, found });
        }
        if let Some(&value) = features.iter().find(|value| !value.is_finite()) {
            return Err(KMeansError::NotFinite(value));
        }
        self.values.extend(features.iter().map(|value| value + 0.0));
        Ok(())
    }

    pub fn customers(&self) -> usize {
        self.values.len().checked_div(self.dimension).unwrap_or(0)
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.dimension..(row + 1) * self.dimension]
    }
}

/// How to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    pub clusters: usize,
    pub seed: u64,
    /// Starts by k-means++, of which the one with the least inertia is kept.
    pub restarts: u32,
    /// Steps of one start.
    pub iterations: u32,
}

impl Search {
    /// Ten starts of at most 300 steps.
    pub fn new(clusters: usize, seed: u64) -> Self {
        Search { clusters, seed, restarts: 10, iterations: 300 }
    }
}

/// The clusters found, in the order of their centres: by the first feature, then the second …
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    /// Of each cluster the mean of its customers, in the units of the features.
    pub centres: Vec<Vec<f64>>,
    pub customers: Vec<u64>,
    /// Sum of squared distances to the centres in standard deviations of the features.
    pub inertia: f64,
    /// Of each customer the cluster, from 0, in the order of the rows.
    pub assignment: Vec<u32>,
    /// Steps of the start that was kept.
    pub iterations: u32,
    /// Whether it ended because no customer changed the cluster.
    pub converged: bool,
}

/// Lloyd's algorithm (1982) from k-means++ starts (Arthur & Vassilvitskii 2007) on standardised
/// features, each with mean 0 and standard deviation 1; one that is the same for everyone is 0.
///
/// Identical customers are folded and the rest is put in order first, so that neither the order
/// of the rows nor the plan changes a bit, and scores of few values cost next to nothing.
/// Memory while it runs: 12 bytes per customer; per distinct customer 8 a feature and 40 more.
pub fn clusters(
    features: &Features,
    search: Search,
    interrupt: &mut dyn FnMut(),
) -> Result<Clusters, KMeansError> {
    let (k, customers) = (search.clusters, features.customers());
    if k == 0 {
        return Err(KMeansError::NoClusters);
    }
    if k > customers {
        return Err(KMeansError::TooManyClusters { clusters: k, customers });
    }
    let (points, mut assignment) = Points::fold(features, interrupt);
    let distinct = points.weights.len();
    if k > distinct {
        return Err(KMeansError::TooFewDistinct { clusters: k, distinct });
    }
    let mut random = SplitMix64(search.seed);
    let mut best = points.lloyd(points.start(k, &mut random, interrupt), search, interrupt);
    for _ in 1..search.restarts {
        let run = points.lloyd(points.start(k, &mut random, interrupt), search, interrupt);
        if run.inertia < best.inertia {
            best = run;
        }
    }
    let mut order: Vec<usize> = (0..k).collect();
    let centre = |cluster: usize| &best.centres[cluster * points.dimension..][..points.dimension];
    order.sort_by(|&one, &other| by_features(centre(one), centre(other)));
    let mut place = vec![0_u32; k];
    for (number, &cluster) in order.iter().enumerate() {
        place[cluster] = number as u32;
    }
    let mut sizes = vec![0; k];
    for (&cluster, &weight) in best.nearest.iter().zip(&points.weights) {
        sizes[place[cluster as usize] as usize] += weight as u64;
    }
    for point in &mut assignment {
        *point = place[best.nearest[*point as usize] as usize];
    }
    Ok(Clusters {
        centres: order.iter().map(|&cluster| points.scale.restore(centre(cluster))).collect(),
        customers: sizes,
        inertia: best.inertia,
        assignment,
        iterations: best.iterations,
        converged: best.converged,
    })
}

fn by_features(one: &[f64], other: &[f64]) -> Ordering {
    let unequal = one.iter().zip(other).map(|(one, other)| one.total_cmp(other));
    unequal.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// How each feature is standardised: first by a power of two, exactly, so that no square
/// overflows, then from its least value, so that far from 0 no digits are lost.
#[derive(Default)]
struct Scale {
    exponent: Vec<i32>,
    least: Vec<f64>,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Scale {
    fn restore(&self, centre: &[f64]) -> Vec<f64> {
        let feature = |(feature, &z): (usize, &f64)| {
            let scaled = self.mean[feature] + z * self.deviation[feature] + self.least[feature];
            libm::scalbn(scaled, self.exponent[feature])
        };
        centre.iter().enumerate().map(feature).collect()
    }
}

/// Distinct customers in standardised features, in order, with their counts.
struct Points {
    dimension: usize,
    scale: Scale,
    values: Vec<f64>,
    weights: Vec<f64>,
}

/// One start carried to its end.
struct Run {
    centres: Vec<f64>,
    nearest: Vec<u32>,
    inertia: f64,
    iterations: u32,
    converged: bool,
}

impl Points {
    /// The points, and of each customer the number of its point.
    fn fold(features: &Features, interrupt: &mut dyn FnMut()) -> (Self, Vec<u32>) {
        let mut order: Vec<usize> = (0..features.customers()).collect();
        let mut comparisons = 0_usize;
        order.sort_unstable_by(|&one, &other| {
            comparisons += 1;
            if comparisons.is_multiple_of(CHUNK) {
                interrupt();
            }
            by_features(features.row(one), features.row(other))
        });
        let mut point_of = vec![0; order.len()];
        let (mut values, mut weights): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        for &row in &order {
            let features = features.row(row);
            if values.ends_with(features) && !weights.is_empty() {
                *weights.last_mut().unwrap_or(&mut 0.0) += 1.0;
            } else {
                values.extend_from_slice(features);
                weights.push(1.0);
            }
            point_of[row] = (weights.len() - 1) as u32;
        }
        let dimension = features.dimension;
        let mut points = Points { dimension, scale: Scale::default(), values, weights };
        for feature in 0..dimension {
            interrupt();
            points.standardise(feature);
        }
        (points, point_of)
    }

    fn standardise(&mut self, feature: usize) {
        let column = |values: &[f64]| -> Vec<f64> {
            values.iter().skip(feature).step_by(self.dimension).copied().collect()
        };
        let mut column = column(&self.values);
        let largest = column.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let exponent = if largest > 0.0 { libm::ilogb(largest) } else { 0 };
        for value in &mut column {
            *value = libm::scalbn(*value, -exponent);
        }
        let least = column.iter().copied().fold(f64::INFINITY, f64::min);
        for value in &mut column {
            *value -= least;
        }
        let customers: f64 = self.weights.iter().sum();
        let mean_of = |values: &mut dyn Iterator<Item = f64>| {
            values.zip(&self.weights).map(|(value, weight)| value * weight).sum::<f64>() / customers
        };
        let mean = mean_of(&mut column.iter().copied());
        let variance = mean_of(&mut column.iter().map(|value| (value - mean).powi(2)));
        let constant = column.iter().all(|&value| value == 0.0) || variance == 0.0;
        let deviation = if constant { 1.0 } else { variance.sqrt() };
        for (value, scaled) in
            self.values.iter_mut().skip(feature).step_by(self.dimension).zip(column)
        {
            *value = (scaled - mean) / deviation;
        }
        self.scale.exponent.push(exponent);
        self.scale.least.push(least);
        self.scale.mean.push(mean);
        self.scale.deviation.push(deviation);
    }

    fn point(&self, point: usize) -> &[f64] {
        &self.values[point * self.dimension..(point + 1) * self.dimension]
    }

    /// k-means++: each further centre is a customer drawn in proportion to the squared distance
    /// from the nearest centre so far.
    fn start(&self, k: usize, random: &mut SplitMix64, interrupt: &mut dyn FnMut()) -> Vec<f64> {
        let mut masses = self.weights.clone();
        let mut distances = vec![f64::INFINITY; self.weights.len()];
        let mut centres = Vec::with_capacity(k * self.dimension);
        for _ in 0..k {
            let drawn = random.draw(&masses);
            let centre = self.point(drawn);
            centres.extend_from_slice(centre);
            for (point, (distance, mass)) in distances.iter_mut().zip(&mut masses).enumerate() {
                if point % CHUNK == 0 {
                    interrupt();
                }
                *distance = distance.min(squared_distance(self.point(point), centre));
                *mass = *distance * self.weights[point];
            }
        }
        centres
    }

    fn lloyd(&self, centres: Vec<f64>, search: Search, interrupt: &mut dyn FnMut()) -> Run {
        let nearest = vec![u32::MAX; self.weights.len()];
        let mut run =
            Run { centres, nearest, inertia: f64::INFINITY, iterations: 0, converged: false };
        while self.assign(&mut run, interrupt) && run.iterations < search.iterations {
            self.recentre(&mut run, search.clusters);
            run.iterations += 1;
        }
        run
    }

    /// Gives every point to its nearest centre, the first of equals. Whether any point moved.
    fn assign(&self, run: &mut Run, interrupt: &mut dyn FnMut()) -> bool {
        run.inertia = 0.0;
        run.converged = true;
        for (point, nearest) in run.nearest.iter_mut().enumerate() {
            if point.is_multiple_of(CHUNK / 8) {
                interrupt();
            }
            let (mut least, mut cluster) = (f64::INFINITY, 0);
            for (number, centre) in run.centres.chunks_exact(self.dimension).enumerate() {
                let distance = squared_distance(self.point(point), centre);
                if distance < least {
                    (least, cluster) = (distance, number as u32);
                }
            }
            run.converged &= *nearest == cluster;
            *nearest = cluster;
            run.inertia += self.weights[point] * least;
        }
        !run.converged
    }

    /// Moves every centre to the mean of its points, and one without points to the point that is
    /// farthest from its own.
    fn recentre(&self, run: &mut Run, k: usize) {
        let dimension = self.dimension;
        let mut sums = vec![0.0; k * dimension];
        let mut masses = vec![0.0; k];
        for (point, &cluster) in run.nearest.iter().enumerate() {
            let (cluster, weight) = (cluster as usize, self.weights[point]);
            masses[cluster] += weight;
            let sum = &mut sums[cluster * dimension..(cluster + 1) * dimension];
            for (sum, value) in sum.iter_mut().zip(self.point(point)) {
                *sum += weight * value;
            }
        }
        let from_centre = |point: usize| {
            let cluster = run.nearest[point] as usize;
            squared_distance(self.point(point), &run.centres[cluster * dimension..][..dimension])
        };
        let mut taken: Vec<usize> = Vec::new();
        for (sum, &mass) in sums.chunks_exact_mut(dimension).zip(&masses) {
            if mass > 0.0 {
                sum.iter_mut().for_each(|sum| *sum /= mass);
                continue;
            }
            let free = (0..self.weights.len()).filter(|point| !taken.contains(point));
            let farthest =
                free.max_by(|&one, &other| from_centre(one).total_cmp(&from_centre(other)));
            if let Some(point) = farthest {
                sum.copy_from_slice(self.point(point));
                taken.push(point);
            }
        }
        run.centres = sums;
    }
}

fn squared_distance(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other) * (one - other)).sum()
}

/// The generator of Steele, Lea and Flood (2014). Own code, because a seed must give the same
/// clusters in every later version, which general random crates do not promise.
struct SplitMix64(u64);

impl SplitMix64 {
    /// Uniform in [0, 1).
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// An index in proportion to its mass; the last with a mass where rounding runs over the end,
    /// and 0 where there is no mass at all.
    fn draw(&mut self, masses: &[f64]) -> usize {
        let mut left = self.uniform() * masses.iter().sum::<f64>();
        let mut drawn = 0;
        for (index, &mass) in masses.iter().enumerate().filter(|(_, mass)| **mass > 0.0) {
            drawn = index;
            if left < mass {
                break;
            }
            left -= mass;
        }
        drawn
    }
}
