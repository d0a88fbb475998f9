//! An array value read element by element; every read is bounded by the value's bytes.

use crate::maths::memory;

/// The elements of a double precision[], see `elements`.
pub fn numbers(bytes: &[u8]) -> Option<Vec<Option<f64>>> {
    elements(bytes, f64::from_ne_bytes)
}

/// The elements of an array of a type of N bytes, all dimensions in storage order; an element is
/// none if it is NULL. `bytes`: what stands behind the length word. None if they are no such array.
pub fn elements<const N: usize, T>(bytes: &[u8], read: fn([u8; N]) -> T) -> Option<Vec<Option<T>>> {
    /// Offsets in an array header without its length word (array.h).
    const DIMENSIONS: usize = 0;
    const DATA: usize = 4;
    const SIZES: usize = 12;
    const LENGTH_WORD: usize = 4;
    const ALIGN: usize = 8;

    let word = |at: usize| {
        let word = bytes.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(i32::from_ne_bytes(word)).ok()
    };
    let dimensions = word(DIMENSIONS)?;
    if dimensions == 0 {
        return Some(Vec::new());
    }
    let mut sizes = (0..dimensions).map(|dimension| word(SIZES + 4 * dimension));
    let length = sizes.try_fold(1_usize, |length, size| length.checked_mul(size?))?;
    let bits = SIZES + 8 * dimensions;
    let data = match word(DATA)? {
        0 => (bits + LENGTH_WORD).next_multiple_of(ALIGN),
        offset => offset,
    };
    let has_nulls = word(DATA)? != 0;
    let mut at = data.checked_sub(LENGTH_WORD)?;
    // A NULL takes no more than a bit.
    let mut values = memory::room(length.min(8 * bytes.len()));
    for element in 0..length {
        if has_nulls && bytes.get(bits + element / 8)? & (1 << (element % 8)) == 0 {
            values.push(None);
            continue;
        }
        values.push(Some(read(bytes.get(at..at + N)?.try_into().ok()?)));
        at += N;
    }
    Some(values)
}
