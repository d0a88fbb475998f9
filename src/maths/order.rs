//! Rows in the order of a column of numbers, by a radix sort: linear, stable, and it can be
//! interrupted, which a sort of the standard library cannot without slowing every comparison.

use super::memory::Grow;
use super::percent_rank::CHUNK;

/// A row and its number, as an integer of the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Keyed {
    pub key: u64,
    pub row: u32,
}

/// An integer that orders as `f64::total_cmp` does.
pub(super) fn key(value: f64) -> u64 {
    let bits = value.to_bits();
    if value.is_sign_negative() { !bits } else { bits | 1 << 63 }
}

/// The number of a key.
pub(super) fn number(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 0 { !key } else { key & !(1 << 63) })
}

/// Orders by key, rows of one key as they stood, provided that they stood by rising row.
///
/// `spare` is memory for as many rows again, which long lists need.
pub(super) fn sort(rows: &mut [Keyed], spare: &mut Vec<Keyed>, interrupt: &mut dyn FnMut()) {
    /// Below this the counts of the digits cost more than comparisons do.
    const SHORT: usize = 1024;
    const DIGITS: usize = 256;

    if rows.len() < SHORT {
        return rows.sort_unstable();
    }
    let digit = |key: u64, place: usize| (key >> (8 * place)) as usize % DIGITS;
    let mut counts = [[0_usize; DIGITS]; 8];
    for chunk in rows.chunks(CHUNK) {
        interrupt();
        for row in chunk {
            for (place, counts) in counts.iter_mut().enumerate() {
                counts[digit(row.key, place)] += 1;
            }
        }
    }
    if spare.len() < rows.len() {
        spare.make_exact_room(rows.len() - spare.len());
        spare.resize(rows.len(), Keyed { key: 0, row: 0 });
    }
    let (mut from, mut to) = (rows, &mut spare[..]);
    let mut swapped = false;
    for (place, counts) in counts.iter().enumerate() {
        if counts.contains(&from.len()) {
            continue;
        }
        let mut next = [0; DIGITS];
        for digit in 1..DIGITS {
            next[digit] = next[digit - 1] + counts[digit - 1];
        }
        to = &mut to[..from.len()];
        for chunk in from.chunks(CHUNK) {
            interrupt();
            for &row in chunk {
                let next = &mut next[digit(row.key, place)];
                to[*next] = row;
                *next += 1;
            }
        }
        (from, to) = (to, from);
        swapped = !swapped;
    }
    if swapped {
        to.copy_from_slice(from);
    }
}
