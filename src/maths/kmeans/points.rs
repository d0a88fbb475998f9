//! What k-means works on: distinct customers in order, in standardised features.

use super::super::memory::{Grow, collected, filled, room};
use super::super::order::{self, Keyed};
use super::super::percent_rank::CHUNK;
use super::Features;

/// How each feature is standardised: first by a power of two, exactly, so that no square
/// overflows, then from its least value, so that far from 0 no digits are lost.
#[derive(Default)]
pub struct Scale {
    exponent: Vec<i32>,
    least: Vec<f64>,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Scale {
    pub fn restore(&self, centre: &[f64]) -> Vec<f64> {
        let feature = |(feature, &z): (usize, &f64)| {
            let scaled = self.mean[feature] + z * self.deviation[feature] + self.least[feature];
            libm::scalbn(scaled, self.exponent[feature])
        };
        collected(centre.iter().enumerate().map(feature))
    }
}

/// Points, one after the other, and how many customers each stands for.
#[derive(Default)]
pub struct Points {
    pub dimension: usize,
    pub values: Vec<f64>,
    pub weights: Vec<f64>,
}

impl Points {
    /// The points, how they are standardised, and of each customer the number of its point.
    pub fn fold(features: &Features, interrupt: &mut dyn FnMut()) -> (Self, Scale, Vec<u32>) {
        let (order, starts) = arrange(features, interrupt);
        let distinct = starts.iter().filter(|&&start| start).count();
        let mut point_of = filled(0, order.len());
        let dimension = features.dimension;
        let mut values = room(distinct * dimension);
        let mut weights: Vec<f64> = room(distinct);
        for (place, (&Keyed { row, .. }, start)) in order.iter().zip(starts).enumerate() {
            if place % CHUNK == 0 {
                interrupt();
            }
            match weights.last_mut() {
                Some(weight) if !start => *weight += 1.0,
                _ => {
                    values.extend_from_slice(features.row(row as usize));
                    weights.push(1.0);
                }
            }
            point_of[row as usize] = (weights.len() - 1) as u32;
        }
        let mut points = Points { dimension, values, weights };
        let mut scale = Scale::default();
        for feature in 0..dimension {
            interrupt();
            points.standardise(feature, &mut scale);
        }
        (points, scale, point_of)
    }

    fn standardise(&mut self, feature: usize, scale: &mut Scale) {
        let column = |values: &[f64]| -> Vec<f64> {
            collected(values.iter().skip(feature).step_by(self.dimension).copied())
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
        scale.exponent.add(exponent);
        scale.least.add(least);
        scale.mean.add(mean);
        scale.deviation.add(deviation);
    }

    pub fn len(&self) -> usize {
        self.weights.len()
    }

    pub fn point(&self, point: usize) -> &[f64] {
        &self.values[point * self.dimension..][..self.dimension]
    }

    /// About `size` points drawn so that no inertia is far from that of all, whatever the centres:
    /// a lightweight coreset (Bachem, Lucic & Krause 2018). Half of the draws go in proportion to
    /// the customers, half to their squared distance from the mean, here 0, so that the few far
    /// away are there; each point stands for the inverse of its chance. The draws are systematic:
    /// one random offset, then equal steps through the points in order.
    pub fn sample(&self, size: usize, offset: f64, interrupt: &mut dyn FnMut()) -> Points {
        let mut sample = Points { dimension: self.dimension, ..Points::default() };
        let customers: f64 = self.weights.iter().sum();
        let squares = |point: usize| self.point(point).iter().map(|z| z * z).sum::<f64>();
        let mut inertia = 0.0;
        for (point, weight) in self.weights.iter().enumerate() {
            if point % CHUNK == 0 {
                interrupt();
            }
            inertia += weight * squares(point);
        }
        let (mut passed, mut drawn) = (offset, 0.0);
        for (point, weight) in self.weights.iter().enumerate() {
            if point % CHUNK == 0 {
                interrupt();
            }
            let chance = 0.5 * weight / customers + 0.5 * weight * squares(point) / inertia;
            passed += size as f64 * chance;
            let draws = passed.floor() - drawn;
            if draws > 0.0 {
                drawn += draws;
                sample.values.add_all(self.point(point).iter().copied());
                sample.weights.add(draws * weight / (size as f64 * chance));
            }
        }
        sample
    }
}

/// The customers in the order of their features, the first before the second …, and whether each
/// differs from the one before. By a radix sort for each feature of those who are alike so far.
fn arrange(features: &Features, interrupt: &mut dyn FnMut()) -> (Vec<Keyed>, Vec<bool>) {
    let customers = features.customers();
    let mut order = collected((0..customers as u32).map(|row| Keyed { key: 0, row }));
    let mut starts = filled(false, customers);
    if let Some(first) = starts.first_mut() {
        *first = true;
    }
    let mut spare = Vec::new();
    for feature in 0..features.dimension {
        let (mut from, mut checked) = (0, 0);
        while from < customers {
            let alike = starts[from + 1..].iter().position(|&start| start);
            let to = alike.map_or(customers, |more| from + 1 + more);
            if to - checked > CHUNK {
                checked = to;
                interrupt();
            }
            if to - from > 1 {
                let alike = &mut order[from..to];
                for customer in alike.iter_mut() {
                    customer.key = order::key(features.row(customer.row as usize)[feature]);
                }
                order::sort(alike, &mut spare, interrupt);
                for (pair, start) in alike.windows(2).zip(&mut starts[from + 1..]) {
                    *start = pair[0].key != pair[1].key;
                }
            }
            from = to;
        }
    }
    (order, starts)
}
