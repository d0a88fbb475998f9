//! Purchase histories with covariates, folded: customers who share both are one row with a count.
//! Covariates, most often few distinct ones, are kept once and not with every history.

use std::cmp::Ordering;
use std::fmt;
use std::mem::size_of;

use hashbrown::HashTable;

use super::counted::{Counted, Row};
use super::history::Folded;
use super::memory::{Grow, collected, copied, make_room_in_table};

/// The histories of the customers with one and the same covariates, in the order of
/// `Histories::fold`.
#[derive(Clone, Debug, PartialEq)]
pub struct CovariateGroup {
    pub covariates: Vec<f64>,
    pub rows: Vec<Folded>,
}

impl CovariateGroup {
    pub(super) fn customers(&self) -> f64 {
        self.rows.iter().map(|row| f64::from(row.customers)).sum()
    }
}

/// A history with the number of its covariates among the distinct ones.
#[derive(Clone, Copy, Debug)]
struct Grouped {
    history: Folded,
    group: u32,
}

impl Row for Grouped {
    type Key = (u32, <Folded as Row>::Key);

    fn key(&self) -> Self::Key {
        (self.group, self.history.key())
    }

    fn customers(&self) -> u32 {
        self.history.customers
    }

    fn set_customers(&mut self, customers: u32) {
        self.history.customers = customers;
    }
}

/// Why a customer was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// More than 2³² − 1 different sets of covariates.
    TooMany,
    /// Not as many covariates as the customers before.
    Covariates { expected: usize, found: usize },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::TooMany => write!(f, "more than {} sets of covariates", u32::MAX),
            Refused::Covariates { expected, found } => {
                write!(f, "{found} covariates, not {expected} as of the customers before")
            }
        }
    }
}

impl std::error::Error for Refused {}

/// Histories with covariates, folded.
#[derive(Clone, Debug, Default)]
pub struct CovariateHistories {
    /// Of each customer; None before the first.
    width: Option<usize>,
    /// Distinct covariates, one after the other, and their numbers by their bits.
    values: Vec<f64>,
    numbers: HashTable<u32>,
    rows: Counted<Grouped>,
}

impl CovariateHistories {
    /// Adds customers with one history and one set of covariates, none of them NaN. Negative zeros
    /// count as zeros.
    pub fn add(&mut self, history: Folded, covariates: &[f64]) -> Result<(), Refused> {
        let (expected, found) = (*self.width.get_or_insert(covariates.len()), covariates.len());
        if expected != found {
            return Err(Refused::Covariates { expected, found });
        }
        let group = self.number(covariates)?;
        let (t_x, age) = (history.t_x + 0.0, history.age + 0.0);
        self.rows.push(Grouped { history: Folded { t_x, age, ..history }, group });
        Ok(())
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

    /// Histories and their covariates, equal ones perhaps more than once.
    pub fn iter(&self) -> impl Iterator<Item = (Folded, &[f64])> {
        let width = self.width.unwrap_or(0);
        let covariates = move |row: &Grouped| &self.values[row.group as usize * width..][..width];
        self.rows.as_slice().iter().map(move |row| (row.history, covariates(row)))
    }

    /// In the order of the covariates, then of the histories: equal data give equal groups, however
    /// they arrived.
    pub fn groups(&mut self) -> Vec<CovariateGroup> {
        let width = self.width.unwrap_or(0);
        let mut groups: Vec<CovariateGroup> = Vec::new();
        for rows in self.rows.fold().chunk_by(|one, next| one.group == next.group) {
            let first = rows[0].group as usize * width;
            groups.add(CovariateGroup {
                covariates: copied(&self.values[first..first + width]),
                rows: collected(rows.iter().map(|row| row.history)),
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
        let values = 2 * self.values.capacity().max(self.width.unwrap_or(0)) * size_of::<f64>();
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
