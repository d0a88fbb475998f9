//! Lloyd's algorithm from a k-means++ start, with a bound on every point's distances so that most
//! points of a step need none.

use super::super::memory::{copied, filled, room};
use super::super::percent_rank::CHUNK;
use super::points::Points;
use super::random::SplitMix64;

/// One start carried to its end.
pub struct Run {
    pub centres: Vec<f64>,
    pub nearest: Vec<u32>,
    pub inertia: f64,
    pub iterations: u32,
    pub converged: bool,
}

/// k-means++: each further centre is a customer drawn in proportion to the squared distance from
/// the nearest centre so far.
pub fn start(
    points: &Points,
    k: usize,
    random: &mut SplitMix64,
    interrupt: &mut dyn FnMut(),
) -> Vec<f64> {
    match points.dimension {
        1 => Space::<1>(points).start(k, random, interrupt),
        2 => Space::<2>(points).start(k, random, interrupt),
        3 => Space::<3>(points).start(k, random, interrupt),
        4 => Space::<4>(points).start(k, random, interrupt),
        5 => Space::<5>(points).start(k, random, interrupt),
        6 => Space::<6>(points).start(k, random, interrupt),
        _ => Space::<0>(points).start(k, random, interrupt),
    }
}

/// From `centres`, at most `iterations` steps.
pub fn lloyd(
    points: &Points,
    centres: Vec<f64>,
    iterations: u32,
    interrupt: &mut dyn FnMut(),
) -> Run {
    match points.dimension {
        1 => Space::<1>(points).lloyd(centres, iterations, interrupt),
        2 => Space::<2>(points).lloyd(centres, iterations, interrupt),
        3 => Space::<3>(points).lloyd(centres, iterations, interrupt),
        4 => Space::<4>(points).lloyd(centres, iterations, interrupt),
        5 => Space::<5>(points).lloyd(centres, iterations, interrupt),
        6 => Space::<6>(points).lloyd(centres, iterations, interrupt),
        _ => Space::<0>(points).lloyd(centres, iterations, interrupt),
    }
}

/// Points of D features, so that the loops over them have a fixed length; 0: as the points say.
struct Space<'a, const D: usize>(&'a Points);

/// Where the points are, and what moves with them.
struct State {
    centres: Vec<f64>,
    /// Of each cluster the sum of its customers, their number, and that of its points.
    sums: Vec<f64>,
    masses: Vec<f64>,
    points: Vec<usize>,
    /// Of each point its cluster.
    nearest: Vec<u32>,
    /// How far the centres have moved, all steps together: of each step the two farthest.
    moved: f64,
    /// Of each point the value of `moved` until which it surely stays where it is.
    settled: Vec<f64>,
}

impl<const D: usize> Space<'_, D> {
    fn dimension(&self) -> usize {
        if D == 0 { self.0.dimension } else { D }
    }

    fn point(&self, point: usize) -> &[f64] {
        &self.0.values[point * self.dimension()..][..self.dimension()]
    }

    /// More than the relative rounding error of a distance, and of what is computed with it.
    fn slack(&self) -> f64 {
        (self.dimension() as f64 + 16.0) * f64::EPSILON
    }

    fn start(&self, k: usize, random: &mut SplitMix64, interrupt: &mut dyn FnMut()) -> Vec<f64> {
        let mut masses = copied(&self.0.weights);
        let mut distances = filled(f64::INFINITY, self.0.len());
        let mut centres = room(k * self.dimension());
        for _ in 0..k {
            let drawn = random.draw(&masses);
            let centre = self.point(drawn);
            centres.extend_from_slice(centre);
            for (point, (distance, mass)) in distances.iter_mut().zip(&mut masses).enumerate() {
                if point % CHUNK == 0 {
                    interrupt();
                }
                *distance = distance.min(squared_distance(self.point(point), centre));
                *mass = *distance * self.0.weights[point];
            }
        }
        centres
    }

    fn lloyd(&self, centres: Vec<f64>, iterations: u32, interrupt: &mut dyn FnMut()) -> Run {
        let k = centres.len() / self.dimension();
        let mut state = State {
            sums: filled(0.0, centres.len()),
            masses: vec![0.0; k],
            points: vec![0; k],
            nearest: filled(u32::MAX, self.0.len()),
            moved: 0.0,
            settled: filled(f64::NEG_INFINITY, self.0.len()),
            centres,
        };
        let mut run_iterations = 0;
        // Sums that follow each point from cluster to cluster gather rounding errors, so the last
        // centres are of sums made afresh, and no point may move by them either.
        let mut afresh = false;
        let converged = loop {
            if self.assign(&mut state, interrupt) {
                if run_iterations >= iterations {
                    break false;
                }
                run_iterations += 1;
                afresh = false;
            } else if afresh {
                break true;
            } else {
                self.sum(&mut state, interrupt);
                afresh = true;
            }
            self.recentre(&mut state, interrupt);
        };
        let mut inertia = 0.0;
        for (point, (&cluster, weight)) in state.nearest.iter().zip(&self.0.weights).enumerate() {
            if point % CHUNK == 0 {
                interrupt();
            }
            inertia += weight * self.distance(point, &state.centres, cluster as usize);
        }
        let State { centres, nearest, .. } = state;
        Run { centres, nearest, inertia, iterations: run_iterations, converged }
    }

    fn distance(&self, point: usize, centres: &[f64], cluster: usize) -> f64 {
        squared_distance(self.point(point), &centres[cluster * self.dimension()..])
    }

    /// Gives every point to its nearest centre, the first of equals. Whether any point moved.
    ///
    /// A point stays as long as the centres have moved less than its distances to the nearest and
    /// to the second nearest differ (Hamerly 2010, both bounds in one number): only the others are
    /// measured.
    fn assign(&self, state: &mut State, interrupt: &mut dyn FnMut()) -> bool {
        let (dimension, slack) = (self.dimension(), self.slack());
        let State { centres, sums, masses, points, nearest, moved, settled } = state;
        let mut any = false;
        let mut work = 0;
        for (point, (nearest, settled)) in nearest.iter_mut().zip(settled).enumerate() {
            if point % CHUNK == 0 || work >= CHUNK {
                work = 0;
                interrupt();
            }
            if *settled > *moved {
                continue;
            }
            work += masses.len();
            let features = self.point(point);
            let (mut least, mut second, mut cluster) = (f64::INFINITY, f64::INFINITY, 0);
            for (number, centre) in centres.chunks_exact(dimension).enumerate() {
                let distance = squared_distance(features, centre);
                let closer = distance < least;
                let farther = if closer { least } else { distance };
                second = if farther < second { farther } else { second };
                least = if closer { distance } else { least };
                cluster = if closer { number } else { cluster };
            }
            let gap = second.sqrt() * (1.0 - slack) - least.sqrt() * (1.0 + slack);
            *settled = *moved + gap;
            *settled -= settled.abs() * slack;
            if *nearest == cluster as u32 {
                continue;
            }
            any = true;
            let weight = self.0.weights[point];
            if let Some(points) = points.get_mut(*nearest as usize) {
                let from = *nearest as usize;
                *points -= 1;
                masses[from] -= weight;
                for (sum, value) in sums[from * dimension..].iter_mut().zip(features) {
                    *sum -= weight * value;
                }
            }
            points[cluster] += 1;
            masses[cluster] += weight;
            for (sum, value) in sums[cluster * dimension..].iter_mut().zip(features) {
                *sum += weight * value;
            }
            *nearest = cluster as u32;
        }
        any
    }

    fn sum(&self, state: &mut State, interrupt: &mut dyn FnMut()) {
        let dimension = self.dimension();
        state.sums.fill(0.0);
        state.masses.fill(0.0);
        for (point, (&cluster, &weight)) in state.nearest.iter().zip(&self.0.weights).enumerate() {
            if point % CHUNK == 0 {
                interrupt();
            }
            let cluster = cluster as usize;
            state.masses[cluster] += weight;
            let sum = &mut state.sums[cluster * dimension..];
            for (sum, value) in sum.iter_mut().zip(self.point(point)) {
                *sum += weight * value;
            }
        }
    }

    /// Moves every centre to the mean of its points, and one without points to the point that is
    /// farthest from its own.
    fn recentre(&self, state: &mut State, interrupt: &mut dyn FnMut()) {
        let dimension = self.dimension();
        let mut centres = room(state.centres.len());
        let mut taken: Vec<usize> = Vec::new();
        for (cluster, (sum, &mass)) in
            state.sums.chunks_exact_mut(dimension).zip(&state.masses).enumerate()
        {
            if state.points[cluster] > 0 {
                centres.extend(sum.iter().map(|sum| sum / mass));
                continue;
            }
            sum.fill(0.0);
            let mut farthest: Option<(f64, usize)> = None;
            for (point, &nearest) in state.nearest.iter().enumerate() {
                if point % CHUNK == 0 {
                    interrupt();
                }
                let distance = self.distance(point, &state.centres, nearest as usize);
                if farthest.is_none_or(|(least, _)| distance >= least) && !taken.contains(&point) {
                    farthest = Some((distance, point));
                }
            }
            let farthest = farthest.map(|(_, point)| point);
            centres.extend_from_slice(farthest.map_or(sum, |point| self.point(point)));
            taken.extend(farthest);
        }
        let (mut farthest, mut second) = (0.0_f64, 0.0_f64);
        for (centre, before) in
            centres.chunks_exact(dimension).zip(state.centres.chunks_exact(dimension))
        {
            let moved = squared_distance(centre, before).sqrt();
            second = second.max(moved.min(farthest));
            farthest = farthest.max(moved);
        }
        state.moved = (state.moved + farthest + second) * (1.0 + self.slack());
        state.centres = centres;
    }
}

fn squared_distance(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other) * (one - other)).sum()
}
