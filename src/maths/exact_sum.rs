//! A sum of doubles without rounding errors: it depends on the numbers alone, not on their order
//! or on how they were divided among processes.

use super::memory::Grow;

/// A sum held exactly, as doubles that do not overlap, in ascending size. Source: Shewchuk 1997,
/// "Adaptive Precision Floating-Point Arithmetic", theorem 10.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExactSum {
    parts: Vec<f64>,
}

impl ExactSum {
    /// Adds a number. A sum beyond the range of a double becomes infinite and stays so, to the
    /// side on which it left; of both infinities or NaN it is NaN.
    pub fn add(&mut self, number: f64) {
        if let [beyond] = self.parts[..]
            && !beyond.is_finite()
        {
            // What was beyond may have an end on the other side; a finite number changes nothing.
            self.parts[0] = if number.is_finite() { beyond } else { beyond + number };
            return;
        }
        let mut rest = number;
        let mut kept = 0;
        for i in 0..self.parts.len() {
            let (sum, error) = two_sum(self.parts[i], rest);
            if !sum.is_finite() {
                // The errors of an infinite sum are NaN: it stands alone.
                rest = sum;
                kept = 0;
                break;
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
    }

    pub fn merge(&mut self, other: &ExactSum) {
        other.parts.iter().for_each(|&part| self.add(part));
    }

    /// What the sum is made of: numbers that add up to it exactly.
    pub fn parts(&self) -> &[f64] {
        &self.parts
    }

    /// The sum, rounded once, ties to even.
    pub fn value(&self) -> f64 {
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
