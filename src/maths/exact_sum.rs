//! A sum without rounding until it is read: the same bits in whatever order and parts it was added.

/// The exact sum of what was added, as numbers that do not overlap, of rising magnitude (Shewchuk
/// 1997, "Adaptive precision floating-point arithmetic", section 2.4): two or three as a rule, 39
/// at the most.
///
/// A crate would do, but none lets its state be shipped from one worker to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExactSum {
    parts: Vec<f64>,
}

impl ExactSum {
    /// Of the parts of another one.
    pub fn of(parts: &[f64]) -> Self {
        let mut sum = ExactSum::default();
        parts.iter().for_each(|&part| sum.add(part));
        sum
    }

    /// Adds a finite value. The sum of magnitudes must stay a double.
    pub fn add(&mut self, value: f64) {
        let mut carry = value;
        let mut kept = 0;
        for i in 0..self.parts.len() {
            let part = self.parts[i];
            let (large, small) =
                if carry.abs() < part.abs() { (part, carry) } else { (carry, part) };
            let sum = large + small;
            let rest = small - (sum - large);
            if rest != 0.0 {
                self.parts[kept] = rest;
                kept += 1;
            }
            carry = sum;
        }
        self.parts.truncate(kept);
        if carry != 0.0 {
            self.parts.push(carry);
        }
    }

    pub fn merge(&mut self, other: &Self) {
        other.parts.iter().for_each(|&part| self.add(part));
    }

    /// What [`ExactSum::of`] takes.
    pub fn parts(&self) -> &[f64] {
        &self.parts
    }

    /// The double next to the sum; of two equally near the even one.
    pub fn value(&self) -> f64 {
        let mut rest = self.parts.iter().rev();
        let mut sum = rest.next().copied().unwrap_or(0.0);
        let mut error = 0.0;
        while error == 0.0 {
            let Some(&part) = rest.next() else { return sum };
            let rounded = sum + part;
            error = part - (rounded - sum);
            sum = rounded;
        }
        // Half way between two doubles: the smaller parts decide.
        if rest.next().is_some_and(|&part| (part < 0.0) == (error < 0.0)) {
            let doubled = 2.0 * error;
            let rounded = sum + doubled;
            if doubled == rounded - sum {
                sum = rounded;
            }
        }
        sum
    }
}
