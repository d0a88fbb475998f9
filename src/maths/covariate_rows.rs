//! Rows of a fit with covariates, folded: customers who share both are one row with a count.
//! Covariates, most often few distinct ones, are kept once and not with every row.

use std::cmp::Ordering;
use std::fmt;
use std::mem::size_of;

use hashbrown::HashTable;

use super::counted::{Counted, Row};
use super::covariates::count_in_words;
use super::memory::{Grow, collected, copied, make_room_in_table};

/// The rows of the customers with one and the same covariates, in the order of their keys.
#[derive(Clone, Debug, PartialEq)]
pub struct CovariateGroup<R> {
    /// All arrays, one after the other.
    pub covariates: Vec<f64>,
    pub rows: Vec<R>,
}

impl<R: Row> CovariateGroup<R> {
    pub(super) fn customers(&self) -> f64 {
        self.rows.iter().map(|row| f64::from(row.customers())).sum()
    }
}

/// A row with the number of its covariates among the distinct ones.
#[derive(Clone, Copy, Debug)]
struct Grouped<R> {
    row: R,
    group: u32,
}

impl<R: Row> Row for Grouped<R> {
    type Key = (u32, R::Key);

    fn key(&self) -> Self::Key {
        (self.group, self.row.key())
    }

    fn customers(&self) -> u32 {
        self.row.customers()
    }

    fn set_customers(&mut self, customers: u32) {
        self.row.set_customers(customers);
    }
}

/// Why a customer was not added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// More than 2³² − 1 different sets of covariates.
    TooMany,
    /// Not as many covariates as the customers before, in some array.
    Covariates { arrays: &'static [&'static str], expected: Vec<usize>, found: Vec<usize> },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::TooMany => write!(f, "There are more than {} sets of covariates.", u32::MAX),
            Refused::Covariates { arrays, expected, found } => {
                let [expected, found] = [expected, found].map(|n| count_in_words(arrays, n));
                write!(f, "A customer has {found}, those before {expected}.")
            }
        }
    }
}

impl std::error::Error for Refused {}

/// Rows with covariates, folded.
#[derive(Clone, Debug)]
pub struct CovariateRows<R> {
    /// Of each customer in each array; empty before the first.
    lengths: Vec<usize>,
    /// Distinct covariates, one after the other, and their numbers by their bits.
    values: Vec<f64>,
    numbers: HashTable<u32>,
    rows: Counted<Grouped<R>>,
}

impl<R> Default for CovariateRows<R> {
    fn default() -> Self {
        CovariateRows {
            lengths: Vec::new(),
            values: Vec::new(),
            numbers: HashTable::new(),
            rows: Counted::default(),
        }
    }
}

impl<R: Row> CovariateRows<R> {
    /// Adds customers with one row and one set of covariates, none of them NaN: those of `arrays`, one
    /// after the other, so many of each. Negative zeros count as zeros.
    pub fn add(
        &mut self,
        row: R,
        covariates: &[f64],
        arrays: &'static [&'static str],
        lengths: &[usize],
    ) -> Result<(), Refused> {
        if self.lengths.is_empty() {
            self.lengths.extend_from_slice(lengths);
        }
        if self.lengths != lengths {
            let (expected, found) = (self.lengths.clone(), lengths.to_vec()); // small
            return Err(Refused::Covariates { arrays, expected, found });
        }
        let group = self.number(covariates)?;
        self.rows.push(Grouped { row, group });
        Ok(())
    }

    /// How many covariates a customer has in each array; empty if there is no customer.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    fn width(&self) -> usize {
        self.lengths.iter().sum()
    }

    /// The number of these covariates among the distinct ones.
    fn number(&mut self, covariates: &[f64]) -> Result<u32, Refused> {
        let width = covariates.len();
        let hash = |covariates: &[f64]| mix(covariates.iter().map(|z| (z + 0.0).to_bits()));
        let values = &mut self.values;
        let of = |number: u32| number as usize * width..(number as usize + 1) * width;
        let same = |&number: &u32| values[of(number)] == *covariates;
        if let Some(&number) = self.numbers.find(hash(covariates), same) {
            return Ok(number);
        }
        let number = u32::try_from(self.numbers.len()).map_err(|_| Refused::TooMany)?;
        values.add_all(covariates.iter().map(|z| z + 0.0));
        let rehash = |&number: &u32| hash(&values[of(number)]);
        make_room_in_table(&mut self.numbers, rehash);
        self.numbers.insert_unique(hash(covariates), number, rehash);
        Ok(number)
    }

    /// Rows and their covariates, equal ones perhaps more than once.
    pub fn iter(&self) -> impl Iterator<Item = (R, &[f64])> {
        let width = self.width();
        let covariates =
            move |row: &Grouped<R>| &self.values[row.group as usize * width..][..width];
        self.rows.as_slice().iter().map(move |row| (row.row, covariates(row)))
    }

    /// In the order of the covariates, then of the rows: equal data give equal groups, however they
    /// arrived.
    pub fn groups(&mut self) -> Vec<CovariateGroup<R>> {
        let width = self.width();
        let mut groups: Vec<CovariateGroup<R>> = Vec::new();
        for rows in self.rows.fold().chunk_by(|one, next| one.group == next.group) {
            let first = rows[0].group as usize * width;
            groups.add(CovariateGroup {
                covariates: copied(&self.values[first..first + width]),
                rows: collected(rows.iter().map(|row| row.row)),
            });
        }
        groups.sort_unstable_by(|one, other| {
            let pairs = one.covariates.iter().zip(&other.covariates);
            pairs.map(|(one, other)| one.total_cmp(other)).fold(Ordering::Equal, Ordering::then)
        });
        groups
    }

    /// Bytes on the heap.
    pub fn memory(&self) -> usize {
        self.rows.memory()
            + self.values.capacity() * size_of::<f64>()
            + self.numbers.allocation_size()
    }

    /// Bytes on the heap, at most, while one more customer is taken in.
    pub fn memory_to_grow(&self) -> usize {
        // Both vector and table double.
        let values = 2 * self.values.capacity().max(self.width()) * size_of::<f64>();
        let numbers = 2 * self.numbers.allocation_size().max(64);
        self.rows.memory_to_grow() + self.memory() - self.rows.memory() + values + numbers
    }
}

/// Spreads the bits of some words over one: the finaliser of MurmurHash3 (Appleby 2011), once per
/// word. They come from the caller's own data, so no secret is needed.
fn mix(words: impl IntoIterator<Item = u64>) -> u64 {
    words.into_iter().fold(0x9e37_79b9_7f4a_7c15, |hash: u64, word| {
        let mut bits = hash.rotate_left(23) ^ word;
        bits ^= bits >> 33;
        bits = bits.wrapping_mul(0xff51_afd7_ed55_8ccd);
        bits ^= bits >> 33;
        bits = bits.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        bits ^ (bits >> 33)
    })
}
