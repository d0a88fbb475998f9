//! k-means clusters of customers by several features: the same for a seed, whatever the row order.
//!
//! Own code, because no crate can be interrupted on stable Rust: `kmeans` 2.0 needs a nightly
//! compiler, linfa 0.8 starts threads, smartcore 0.7 keeps its centres and inertia to itself.

use super::memory::Grow;
use std::cmp::Ordering;
use std::fmt;

mod lloyd;
mod points;
mod random;

use lloyd::{Run, lloyd, start};
use points::Points;
use random::SplitMix64;

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
    /// Customers and numbers expected.
    room: (usize, usize),
}

impl Features {
    /// Room for so many customers, once the first says how many features they have, and at most
    /// for `numbers`.
    pub fn of_customers(customers: usize, numbers: usize) -> Self {
        Features { room: (customers, numbers), ..Features::default() }
    }

    /// Appends a customer; the first decides how many features there are.
    pub fn push(&mut self, features: &[f64]) -> Result<(), KMeansError> {
        if self.values.is_empty() {
            self.dimension = features.len();
            let (customers, numbers) = self.room;
            self.values.make_exact_room(customers.saturating_mul(features.len()).min(numbers));
        }
        if features.is_empty() || features.len() != self.dimension {
            let (expected, found) = (self.dimension, features.len());
            return Err(KMeansError::Ragged { expected, found });
        }
        if let Some(&value) = features.iter().find(|value| !value.is_finite()) {
            return Err(KMeansError::NotFinite(value));
        }
        self.values.add_all(features.iter().map(|value| value + 0.0));
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
    /// With more distinct customers than this, twice as many starts are tried on a weighted sample
    /// of about this size, and the best is carried on with all.
    pub sample: usize,
}

impl Search {
    /// Ten starts of at most 300 steps.
    pub fn new(clusters: usize, seed: u64) -> Self {
        let sample = (1 << 15).max(128 * clusters);
        Search { clusters, seed, restarts: 10, iterations: 300, sample }
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
/// of the rows nor the plan changes a bit, and scores of few values cost next to nothing. Many
/// customers are searched by a sample first, see [`Search::sample`]; whichever way the centres
/// began, in the end every customer of the partition is in the nearest cluster, and, if the steps
/// were enough, each centre is the mean of all its customers.
///
/// Memory while it runs: 4 bytes per customer, 33 more while they are put in order; per distinct
/// customer 8 a feature and 20 more.
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
    let (points, scale, mut assignment) = Points::fold(features, interrupt);
    let distinct = points.len();
    if k > distinct {
        return Err(KMeansError::TooFewDistinct { clusters: k, distinct });
    }
    let mut random = SplitMix64(search.seed);
    let sample = (distinct > search.sample)
        .then(|| points.sample(search.sample, random.uniform(), interrupt))
        .filter(|sample| sample.len() >= k);
    let best = match sample {
        None => best_start(&points, search, &mut random, interrupt),
        Some(sample) => {
            // Twice the starts make up for what the sample ranks otherwise than all would.
            let on_sample = Search { restarts: 2 * search.restarts, ..search };
            let best = best_start(&sample, on_sample, &mut random, interrupt);
            lloyd(&points, best.centres, search.iterations, interrupt)
        }
    };
    let mut order: Vec<usize> = (0..k).collect();
    let centre = |cluster: usize| &best.centres[cluster * points.dimension..][..points.dimension];
    order.sort_by(|&one, &other| by_features(centre(one), centre(other))); // small
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
        centres: order.iter().map(|&cluster| scale.restore(centre(cluster))).collect(),
        customers: sizes,
        inertia: best.inertia,
        assignment,
        iterations: best.iterations,
        converged: best.converged,
    })
}

fn best_start(
    points: &Points,
    search: Search,
    random: &mut SplitMix64,
    interrupt: &mut dyn FnMut(),
) -> Run {
    let mut run = || {
        let centres = start(points, search.clusters, random, interrupt);
        lloyd(points, centres, search.iterations, interrupt)
    };
    let first = run();
    (1..search.restarts).fold(first, |best, _| {
        let next = run();
        if next.inertia < best.inertia { next } else { best }
    })
}

fn by_features(one: &[f64], other: &[f64]) -> Ordering {
    let unequal = one.iter().zip(other).map(|(one, other)| one.total_cmp(other));
    unequal.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
