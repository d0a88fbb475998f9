//! Decimal numbers of any scale and their sums, without rounding errors: what PostgreSQL's numeric
//! holds is added digit by digit and rounded once, when it is read as a double.

/// A decimal number as PostgreSQL's numeric has it: digits of base 10,000, the first of which
/// counts 10,000^weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decimal<'a> {
    pub negative: bool,
    pub weight: i16,
    /// In the byte order of the machine.
    digits: &'a [[u8; 2]],
}

const BASE: i64 = 10_000;

impl<'a> Decimal<'a> {
    /// None if there are more digits than numeric has (numeric.h: 131,072 before and 16,383 behind
    /// the decimal point).
    pub fn new(negative: bool, weight: i16, digits: &'a [[u8; 2]]) -> Option<Self> {
        (digits.len() <= usize::from(u16::MAX)).then_some(Decimal { negative, weight, digits })
    }

    pub fn len(&self) -> usize {
        self.digits.len()
    }

    pub fn is_empty(&self) -> bool {
        self.digits.is_empty()
    }

    /// The digits, the first of them first.
    pub fn digits(&self) -> impl ExactSizeIterator<Item = u16> {
        self.digits.iter().map(|&digit| u16::from_ne_bytes(digit))
    }
}

/// An exact sum of decimal numbers.
#[derive(Clone, Debug, Default)]
pub struct DecimalSum {
    /// The power of 10,000 that the first of the digits counts.
    lowest: i32,
    /// Ascending. They carry nothing before the sum is read, so they may be negative or large: each
    /// number adds less than 10,000 to one, and 10^14 numbers fit.
    digits: Vec<i64>,
}

impl DecimalSum {
    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.digits.is_empty()
    }

    /// Makes it the sum of nothing; its memory stays.
    pub fn clear(&mut self) {
        self.digits.clear();
    }

    /// Makes digits for the powers from `low` to `high`; returns the place of `low`.
    fn reach(&mut self, low: i32, high: i32) -> usize {
        if self.digits.is_empty() {
            self.lowest = low;
        }
        if low < self.lowest {
            let more = (self.lowest - low) as usize;
            self.digits.splice(0..0, std::iter::repeat_n(0, more));
            self.lowest = low;
        }
        let needed = (high - self.lowest) as usize + 1;
        if self.digits.len() < needed {
            self.digits.resize(needed, 0);
        }
        (low - self.lowest) as usize
    }

    /// Adds digits of base 10,000, the first of which counts 10,000^weight.
    pub fn add(&mut self, negative: bool, weight: i32, digits: impl ExactSizeIterator<Item = u16>) {
        let Some(rest) = digits.len().checked_sub(1) else { return };
        let first = self.reach(weight - rest as i32, weight) + rest;
        for (at, digit) in (0..=first).rev().zip(digits) {
            let digit = i64::from(digit);
            self.digits[at] += if negative { -digit } else { digit };
        }
    }

    /// Adds hundredths.
    pub fn add_cents(&mut self, cents: i128) {
        let (mut rest, mut power) = (cents * 100, -1);
        while rest != 0 {
            let at = self.reach(power, power);
            self.digits[at] += (rest % i128::from(BASE)) as i64;
            rest /= i128::from(BASE);
            power += 1;
        }
    }

    pub fn merge(&mut self, other: &DecimalSum) {
        if other.is_empty() {
            return;
        }
        let highest = other.lowest + other.digits.len() as i32 - 1;
        let first = self.reach(other.lowest, highest);
        self.digits[first..]
            .iter_mut()
            .zip(&other.digits)
            .for_each(|(ours, theirs)| *ours += theirs);
    }

    /// Whether it is below 0, and the digits of its size, ascending, each from 0 to 9,999.
    fn carried(&self) -> (bool, Vec<i64>) {
        let carry = |sign: i64| {
            let mut digits = Vec::with_capacity(self.digits.len() + 4); // small
            let mut over = 0;
            for digit in &self.digits {
                let sum = sign * digit + over;
                digits.push(sum.rem_euclid(BASE));
                over = sum.div_euclid(BASE);
            }
            while over > 0 {
                digits.push(over % BASE);
                over /= BASE;
            }
            (over == 0).then_some(digits)
        };
        match carry(1) {
            Some(digits) => (false, digits),
            None => (true, carry(-1).unwrap_or_default()),
        }
    }

    /// Whether it is below 0, its weight and its digits, the first of them first, without zeros at
    /// either end, as PostgreSQL's numeric would have it; none if it is 0.
    pub fn digits(&self) -> Option<(bool, i32, impl ExactSizeIterator<Item = u16>)> {
        let (negative, digits) = self.carried();
        let first = digits.iter().position(|&digit| digit != 0)?;
        let last = digits.iter().rposition(|&digit| digit != 0)?;
        let weight = self.lowest + last as i32;
        let digits: Vec<u16> = digits[first..=last].iter().rev().map(|&d| d as u16).collect();
        Some((negative, weight, digits.into_iter()))
    }

    /// The sum as the double nearest to it, ties to even; infinite beyond the range of a double.
    pub fn value(&self) -> f64 {
        let (negative, digits) = self.carried();
        if digits.iter().all(|&digit| digit == 0) {
            return 0.0;
        }
        let mut written = String::with_capacity(4 * digits.len() + 10); // small
        written.extend(negative.then_some('-'));
        digits.iter().rev().for_each(|digit| written.push_str(&format!("{digit:04}")));
        // The reader of Rust's standard library rounds correctly, however many digits there are.
        format!("{written}e{}", 4 * self.lowest).parse().unwrap_or(f64::NAN)
    }

    /// Whether it is above 0.
    pub fn is_positive(&self) -> bool {
        let (negative, digits) = self.carried();
        !negative && digits.iter().any(|&digit| digit != 0)
    }
}
