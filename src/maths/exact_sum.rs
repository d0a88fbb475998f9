//! A sum of doubles without rounding errors: it depends on the numbers alone, not on their order
//! or on how they were divided among processes.

use super::memory::{Grow, collected};

/// 2^1023, half of the first power of 2 beyond the range of a double.
const HALF_RANGE: f64 = 2.0 / f64::MIN_POSITIVE;

/// Half of what the last bit of the largest doubles is worth, 2^970.
const HALF_UNIT: f64 = HALF_RANGE * f64::EPSILON / 2.0;

/// A sum held exactly, as doubles that do not overlap, in ascending size. Source: Shewchuk 1997,
/// "Adaptive Precision Floating-Point Arithmetic", theorem 10.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExactSum {
    parts: Vec<f64>,
    /// How many times 2^1024 the sum has more than its parts, so that one that leaves the range of
    /// a double on the way may come back. Infinite or NaN if a number was, or several together.
    beyond: f64,
}

impl ExactSum {
    pub fn add(&mut self, number: f64) {
        if !number.is_finite() {
            self.beyond += number;
            return;
        }
        let mut rest = number;
        let mut kept = 0;
        for i in 0..self.parts.len() {
            let part = self.parts[i];
            let (mut sum, mut error) = two_sum(part, rest);
            if !error.is_finite() {
                // Of two such numbers the larger is between 2^1023 and 2^1024: exact without that.
                let (large, small) =
                    if part.abs() > rest.abs() { (part, rest) } else { (rest, part) };
                let half = HALF_RANGE.copysign(large);
                (sum, error) = two_sum(large - half - half, small);
                self.beyond += 1_f64.copysign(large);
            }
            if error != 0.0 {
                self.parts[kept] = error;
                kept += 1;
            }
            rest = sum;
        }
        self.parts.truncate(kept);
        self.parts.add(rest);
    }

    /// Makes it the sum of nothing; its memory stays.
    pub fn clear(&mut self) {
        self.parts.clear();
        self.beyond = 0.0;
    }

    pub fn merge(&mut self, other: &ExactSum) {
        self.beyond += other.beyond;
        other.parts.iter().for_each(|&part| self.add(part));
    }

    /// Makes it of what `parts` and `beyond` gave of a sum.
    pub fn of(parts: &[f64], beyond: f64) -> ExactSum {
        let mut sum = ExactSum { parts: Vec::new(), beyond };
        parts.iter().for_each(|&part| sum.add(part));
        sum
    }

    /// What the sum is made of: numbers that add up to it exactly, but for what is `beyond`.
    pub fn parts(&self) -> &[f64] {
        &self.parts
    }

    /// How many times 2^1024 the sum has more than its parts.
    pub fn beyond(&self) -> f64 {
        self.beyond
    }

    /// The sum, rounded once, ties to even; infinite beyond the range of a double, NaN of both
    /// infinities or NaN.
    pub fn value(&self) -> f64 {
        if self.beyond == 0.0 {
            return self.rounded();
        }
        if self.beyond.abs() == 1.0 {
            // The parts may take it back: they are less than 2^1024 together.
            let mut sum = ExactSum { parts: collected(self.parts.iter().copied()), beyond: 0.0 };
            [HALF_RANGE; 2].iter().for_each(|half| sum.add(half.copysign(self.beyond)));
            if sum.beyond == 0.0 {
                return sum.rounded();
            }
            // Half a unit in the last place above the largest double, what lies below it decides.
            sum.add(HALF_UNIT.copysign(self.beyond));
            if sum.beyond == self.beyond && sum.rounded() * self.beyond < 0.0 {
                return f64::MAX.copysign(self.beyond);
            }
        }
        self.beyond * f64::INFINITY
    }

    /// The parts, rounded once.
    fn rounded(&self) -> f64 {
        let mut parts = self.parts.iter().rev();
        let Some(&first) = parts.next() else { return 0.0 };
        let mut sum = first;
        let mut error = 0.0;
        for &part in parts.by_ref() {
            (sum, error) = two_sum(sum, part);
            if error != 0.0 {
                break;
            }
        }
        // Half way between two doubles, what follows decides.
        if let Some(&next) = parts.next()
            && (error < 0.0) == (next < 0.0)
        {
            let doubled = 2.0 * error;
            let away = sum + doubled;
            if doubled == away - sum {
                sum = away;
            }
        }
        sum
    }
}

/// a + b rounded, and what the rounding lost. Source: Knuth 1969, section 4.2.2, theorem B.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}
