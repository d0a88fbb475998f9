//! Folds equal observations into one row with a count: the compact state of a fit before it
//! begins. Knows how to collect and merge; not what the observations mean.

use super::memory::{Grow, collected, copied, room};
use std::borrow::Cow;
use std::mem::size_of;

/// An observation with the number of customers that share it.
pub trait Row: Copy {
    type Key: Ord;

    /// Equal for equal observations, whatever the count; rows are in its order. Sorting is fastest
    /// where the first part of a key decides.
    fn key(&self) -> Self::Key;

    fn customers(&self) -> u32;

    fn set_customers(&mut self, customers: u32);
}

/// Observations with their counts; equal ones are folded now and then. By sorting and not by
/// hashing: rows that are next to each other in memory stay in the processor's cache, and a fit
/// needs them sorted in the end.
///
/// Memory from some two thousand distinct observations on: 32 bytes for each if a row has up to 24,
/// and waits the longer the smaller it is; otherwise the size of a row and a third.
#[derive(Clone, Debug)]
pub struct Counted<R> {
    /// Those that are folded, distinct and in the order of their keys; then those that wait.
    rows: Vec<R>,
    folded: usize,
}

impl<R> Default for Counted<R> {
    fn default() -> Self {
        Counted { rows: Vec::new(), folded: 0 }
    }
}

impl<R: Row> Counted<R> {
    /// Rows as `fold` gives them; none if they are not in that order.
    pub fn from_sorted(rows: Vec<R>) -> Option<Self> {
        let folded = rows.len();
        let in_order = |one: &R, next: &R| {
            one.key() < next.key() || one.key() == next.key() && one.customers() == u32::MAX
        };
        rows.is_sorted_by(in_order).then_some(Counted { rows, folded })
    }

    /// Adds the customers of `row` to those of the same observation.
    pub fn push(&mut self, row: R) {
        if self.rows.len() == self.rows.capacity() {
            if self.rows.len() - self.folded >= Self::room(self.folded) {
                self.fold();
            }
            let room = Self::room(self.rows.len());
            if self.rows.capacity() - self.rows.len() < room {
                self.rows.make_exact_room(room);
            }
        }
        self.rows.push(row);
    }

    /// Rows to make room for: as many as there are while they are few, then as many as 32 bytes a row
    /// leave, when each lies there twice and has its place noted while it is folded.
    fn room(rows: usize) -> usize {
        let size = size_of::<R>();
        let spare = rows * 32_usize.saturating_sub(size) / (2 * size + size_of::<usize>());
        rows.clamp(4, 256).max(rows / 8).max(spare)
    }

    /// All rows, distinct and in the order of their keys: equal data give equal rows, however they
    /// arrived. Only a count that does not fit a row goes on in a second one.
    pub fn fold(&mut self) -> &[R] {
        if self.folded == 0 {
            fold_equal(&mut self.rows);
            self.folded = self.rows.len();
        } else if self.folded < self.rows.len() {
            let mut waiting = copied(&self.rows[self.folded..]);
            self.rows.truncate(self.folded);
            fold_equal(&mut waiting);
            self.take_in(waiting);
        }
        &self.rows
    }

    /// Adds what `other` has counted, in one pass over both in the order of their keys.
    pub fn merge(&mut self, other: &Self) {
        self.fold();
        let mut theirs = copied(&other.rows);
        if other.folded < theirs.len() {
            fold_equal(&mut theirs);
        }
        self.take_in(theirs);
    }

    /// Merges sorted rows into these, all of which are folded.
    fn take_in(&mut self, mut fresh: Vec<R>) {
        let rows = &mut self.rows;
        if rows.is_empty() {
            self.folded = fresh.len();
            *rows = fresh;
            return;
        }
        // Of those that are new, the row that comes next.
        let mut places = room(fresh.len());
        let (mut at, mut overflow) = (0, false);
        fresh.retain_mut(|row| {
            let key = row.key();
            while rows.get(at).is_some_and(|known| known.key() < key) {
                at += 1;
            }
            if let Some(known) = rows.get_mut(at).filter(|known| known.key() == key) {
                if move_customers(row, known) {
                    return false;
                }
                overflow = true;
            }
            places.push(at);
            true
        });
        // From the end, where there is room.
        let (mut from, mut to) = (rows.len(), rows.len() + fresh.len());
        rows.make_exact_room(fresh.len());
        rows.extend_from_slice(&fresh);
        for (row, place) in fresh.into_iter().zip(places).rev() {
            rows.copy_within(place..from, to - (from - place));
            to -= from - place + 1;
            rows[to] = row;
            from = place;
        }
        if overflow {
            merge_neighbours(rows);
        }
        self.folded = rows.len();
    }

    /// In no order; equal ones perhaps more than once.
    pub fn as_slice(&self) -> &[R] {
        &self.rows
    }

    /// Bytes on the heap.
    pub fn memory(&self) -> usize {
        self.rows.capacity() * size_of::<R>()
    }

    /// Bytes on the heap, at most, while one more observation is taken in: what has to grow lies
    /// there twice until it is copied, and what waits while it is folded.
    pub fn memory_to_grow(&self) -> usize {
        let rows = self.rows.len();
        let more = if rows == self.rows.capacity() { rows + 2 * Self::room(rows) } else { 0 };
        self.memory() + more * size_of::<R>()
    }

    /// Bytes on the heap, at most, while `other` is merged in.
    pub fn memory_to_merge(&self, other: &Self) -> usize {
        let (ours, theirs) = (self.rows.len(), other.rows.len());
        self.memory() + (ours + 2 * theirs) * size_of::<R>() + theirs * size_of::<usize>()
    }
}

/// Takes one customer in `every`, at equal steps through rows in their order: those of one list by
/// `sample`, or of several lists as if they were one.
pub struct Sampler {
    every: u64,
    /// Customers up to the next one to take, that one counted.
    due: u64,
}

impl Sampler {
    pub fn new(every: u64) -> Self {
        Sampler { every, due: every }
    }

    /// The row with those of its customers that are taken, if any are.
    pub fn take<R: Row>(&mut self, mut row: R) -> Option<R> {
        let customers = u64::from(row.customers());
        if customers < self.due {
            self.due -= customers;
            return None;
        }
        let beyond = customers - self.due;
        self.due = self.every - beyond % self.every;
        row.set_customers((1 + beyond / self.every) as u32);
        Some(row)
    }
}

/// One customer in `every` of these rows; all of them are not copied.
pub fn sample<R: Row>(rows: &[R], every: u64) -> Cow<'_, [R]> {
    if every == 1 {
        return Cow::Borrowed(rows);
    }
    let mut sampler = Sampler::new(every);
    Cow::Owned(collected(rows.iter().filter_map(|&row| sampler.take(row))))
}

/// Sorts rows, and gives the customers of equal ones to the first of them.
fn fold_equal<R: Row>(rows: &mut Vec<R>) {
    rows.sort_unstable_by_key(R::key);
    merge_neighbours(rows);
}

/// Gives the customers of equal rows to the first of them.
fn merge_neighbours<R: Row>(rows: &mut Vec<R>) {
    rows.dedup_by(|next, first| first.key() == next.key() && move_customers(next, first));
}

/// Moves as many customers as fit; whether these were all.
fn move_customers<R: Row>(from: &mut R, to: &mut R) -> bool {
    let moved = from.customers().min(u32::MAX - to.customers());
    to.set_customers(to.customers() + moved);
    from.set_customers(from.customers() - moved);
    from.customers() == 0
}
