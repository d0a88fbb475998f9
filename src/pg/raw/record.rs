//! A composite value read field by field; every read is bounded by the value's bytes.

use pgrx::pg_sys;

use super::Span;

/// The next multiple of a power of two. What std has looks out for an overflow, which takes longer
/// than the rest of a field; a value has at most 2^30 bytes.
fn aligned(offset: usize, align: usize) -> usize {
    offset.wrapping_add(align - 1) & !(align - 1)
}

/// The fields of a composite value, in order.
pub struct Record<'a> {
    bytes: &'a [u8],
    /// Of the fields from the next one on, the first in the lowest bit, whether they have a value.
    present: u64,
    offset: usize,
}

impl<'a> Record<'a> {
    /// Offsets in a tuple header without its length word (htup_details.h).
    const INFOMASK2: usize = 14;
    const INFOMASK: usize = 16;
    const HOFF: usize = 18;
    const BITS: usize = 19;
    const LENGTH_WORD: usize = 4;

    /// `bytes`: a tuple header without its length word, and the fields behind it.
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut record = Record { bytes, present: 0, offset: 0 };
        let word = |at| u16::from_ne_bytes(record.at(at).unwrap_or_default());
        let fields = u32::from(word(Self::INFOMASK2) & pg_sys::HEAP_NATTS_MASK as u16);
        let has_null = word(Self::INFOMASK) & pg_sys::HEAP_HASNULL as u16 != 0;
        let bits = match has_null {
            true => record.at(Self::BITS).unwrap_or_else(|| record.last_bits()),
            false => [u8::MAX; 8],
        };
        // No type of the extension has 64 fields.
        record.present = u64::from_le_bytes(bits) & ((1 << fields.min(63)) - 1);
        record.offset = usize::from(bytes.get(Self::HOFF).copied().unwrap_or_default());
        record
    }

    /// The bitmap of a value that ends before eight bytes of it: one with next to no fields but NULL.
    #[cold]
    fn last_bits(&self) -> [u8; 8] {
        let mut bits = [0; 8];
        let stored = self.bytes.get(Self::BITS..).unwrap_or_default();
        bits.iter_mut().zip(stored).for_each(|(bit, &stored)| *bit = stored);
        bits
    }

    fn at<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.bytes.get(offset..offset + N)?.try_into().ok()
    }

    /// Whether the next field is NULL or missing; moves on to the one after.
    fn skip_null(&mut self) -> bool {
        let is_null = self.present & 1 == 0;
        self.present >>= 1;
        is_null
    }

    /// Where the next field of `size` bytes at a multiple of `align` starts in `bytes`.
    fn field(&mut self, size: usize, align: usize) -> Option<usize> {
        if self.skip_null() {
            return None;
        }
        let start = aligned(self.offset, align);
        self.offset = start + size;
        start.checked_sub(Self::LENGTH_WORD)
    }

    /// Passes over a text field.
    pub fn skip_text(&mut self) {
        if self.skip_null() {
            return;
        }
        // A short length word is not aligned; it differs from padding, which is 0 (postgres.h).
        let byte_at = |offset: usize| {
            let place = offset.checked_sub(Self::LENGTH_WORD)?;
            self.bytes.get(place).copied()
        };
        let is_padding = byte_at(self.offset) == Some(0);
        let start = if is_padding { aligned(self.offset, 4) } else { self.offset };
        let first = byte_at(start).unwrap_or_default();
        let word: [u8; 4] = start.checked_sub(4).and_then(|at| self.at(at)).unwrap_or_default();
        let size = match cfg!(target_endian = "little") {
            true if first & 1 == 1 => u32::from(first >> 1),
            true => u32::from_le_bytes(word) >> 2,
            false if first & 0x80 != 0 => u32::from(first & 0x7f),
            false => u32::from_be_bytes(word) & 0x3fff_ffff,
        };
        self.offset = start.saturating_add(size as usize);
    }

    pub fn int(&mut self) -> Option<i32> {
        let start = self.field(4, 4)?;
        self.at(start).map(i32::from_ne_bytes)
    }

    pub fn boolean(&mut self) -> Option<bool> {
        let start = self.field(1, 1)?;
        self.at(start).map(|[byte]: [u8; 1]| byte != 0)
    }

    pub fn bigint(&mut self) -> Option<i64> {
        let start = self.field(8, 8)?;
        self.at(start).map(i64::from_ne_bytes)
    }

    pub fn float(&mut self) -> Option<f64> {
        let start = self.field(8, 8)?;
        self.at(start).map(f64::from_ne_bytes)
    }

    pub fn date(&mut self) -> Option<i32> {
        self.int()
    }

    pub fn interval(&mut self) -> Option<Span> {
        let start = self.field(16, 8)?;
        Some(Span {
            micros: i64::from_ne_bytes(self.at(start)?),
            days: i32::from_ne_bytes(self.at(start + 8)?),
            months: i32::from_ne_bytes(self.at(start + 12)?),
        })
    }
}
