//! Folds equal observations into one row with a count: the compact state of a fit before it
//! begins. Knows how to collect, merge and sort; not what the observations mean.

use std::fmt;
use std::mem::size_of;

use hashbrown::HashTable;

/// An observation with the number of customers that share it.
pub trait Row: Copy {
    /// Equal for equal observations, whatever the count.
    fn key(&self) -> [u64; 3];

    fn customers(&self) -> u32;

    fn set_customers(&mut self, customers: u32);
}

/// More than 2³² − 1 customers share one observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {} customers share one history", u32::MAX)
    }
}

impl std::error::Error for TooMany {}

/// Bytes of an index that holds its first row, at most.
const SMALLEST_INDEX: usize = 64;

/// Distinct observations with their counts. A row takes its own size, up to an eighth more while
/// there is room to grow, and 6 to 12 bytes of index.
#[derive(Clone, Debug)]
pub struct Counted<R> {
    rows: Vec<R>,
    /// Of all rows; or empty, and the rows are in the order of their keys.
    index: HashTable<u32>,
}

impl<R> Default for Counted<R> {
    fn default() -> Self {
        Counted { rows: Vec::new(), index: HashTable::new() }
    }
}

impl<R: Row> Counted<R> {
    /// Rows that are distinct and in the order of their keys; none if they are not.
    pub fn from_sorted(rows: Vec<R>) -> Option<Self> {
        let sorted = rows.windows(2).all(|pair| pair[0].key() < pair[1].key());
        sorted.then(|| Counted { rows, index: HashTable::new() })
    }

    /// Adds the customers of `row` to those of the same observation.
    pub fn push(&mut self, row: R) -> Result<(), TooMany> {
        if self.index.is_empty() {
            self.build_index();
        }
        let key = row.key();
        let rows = &mut self.rows;
        if let Some(&at) = self.index.find(mix(key), |&at| rows[at as usize].key() == key) {
            return add(&mut rows[at as usize], &row);
        }
        let at = u32::try_from(rows.len()).map_err(|_| TooMany)?;
        if rows.len() == rows.capacity() {
            rows.reserve_exact(Self::room(rows.len()));
        }
        rows.push(row);
        self.index.insert_unique(mix(key), at, |&at| mix(rows[at as usize].key()));
        Ok(())
    }

    fn build_index(&mut self) {
        let rows = &self.rows;
        let hash = |&at: &u32| mix(rows[at as usize].key());
        self.index.reserve(rows.len(), hash);
        for at in 0..rows.len() as u32 {
            self.index.insert_unique(hash(&at), at, hash);
        }
    }

    /// Adds what `other` has counted, in one pass over both in the order of their keys.
    pub fn merge(&mut self, other: &Self) -> Result<(), TooMany> {
        self.sort();
        let copy;
        let theirs = if other.index.is_empty() {
            other.as_slice()
        } else {
            copy = other.rows();
            &copy
        };
        let ours = &self.rows;
        let mut merged: Vec<R> = Vec::with_capacity(ours.len() + theirs.len());
        let (mut i, mut j) = (0, 0);
        while let (Some(our), Some(their)) = (ours.get(i), theirs.get(j)) {
            let order = our.key().cmp(&their.key());
            i += usize::from(order.is_le());
            j += usize::from(order.is_ge());
            let mut row = if order.is_le() { *our } else { *their };
            if order.is_eq() {
                add(&mut row, their)?;
            }
            merged.push(row);
        }
        merged.extend_from_slice(&ours[i..]);
        merged.extend_from_slice(&theirs[j..]);
        self.rows = merged;
        Ok(())
    }

    /// Distinct observations.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// In the order of arrival, or, after `sort`, of the keys.
    pub fn as_slice(&self) -> &[R] {
        &self.rows
    }

    /// Puts the rows in the order of their keys, and gives up the index.
    pub fn sort(&mut self) {
        if !self.index.is_empty() {
            self.rows.sort_unstable_by_key(R::key);
            self.index = HashTable::new();
        }
    }

    /// A copy in the order of the keys: equal data give equal rows, however they arrived.
    pub fn rows(&self) -> Vec<R> {
        let mut rows = self.rows.clone();
        rows.sort_unstable_by_key(R::key);
        rows
    }

    /// Bytes on the heap.
    pub fn memory(&self) -> usize {
        self.rows.capacity() * size_of::<R>() + self.index.allocation_size()
    }

    /// Bytes on the heap, at most, while one more observation is taken in: what has to grow lies
    /// there twice until it is copied.
    pub fn memory_to_grow(&self) -> usize {
        let (mut rows, mut index) = (0, 0);
        if self.rows.len() == self.rows.capacity() {
            rows = (self.rows.len() + Self::room(self.rows.len())) * size_of::<R>();
        }
        if self.index.is_empty() {
            index = 12 * self.rows.len() + SMALLEST_INDEX;
        } else if self.index.len() == self.index.capacity() {
            index = 2 * self.index.allocation_size();
        }
        self.memory() + rows + index
    }

    /// Bytes on the heap, at most, while `other` is merged in.
    pub fn memory_to_merge(&self, other: &Self) -> usize {
        self.memory() + (self.len() + 2 * other.len()) * size_of::<R>()
    }

    /// Rows to make room for: an eighth and not a doubling, so that the unused part stays small.
    fn room(rows: usize) -> usize {
        (rows / 8).max(4)
    }
}

/// Adds the customers of `other`, which has the same key.
fn add<R: Row>(row: &mut R, other: &R) -> Result<(), TooMany> {
    row.set_customers(row.customers().checked_add(other.customers()).ok_or(TooMany)?);
    Ok(())
}

/// Spreads the bits of a key over a whole word: the finaliser of MurmurHash3 (Appleby 2011),
/// once per word. Keys come from the caller's own data, so no secret is needed.
pub(super) fn mix(key: impl IntoIterator<Item = u64>) -> u64 {
    key.into_iter().fold(0x9e37_79b9_7f4a_7c15, |hash: u64, word| {
        let mut bits = hash.rotate_left(23) ^ word;
        bits ^= bits >> 33;
        bits = bits.wrapping_mul(0xff51_afd7_ed55_8ccd);
        bits ^= bits >> 33;
        bits = bits.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        bits ^ (bits >> 33)
    })
}
