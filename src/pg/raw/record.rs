//! A composite value read field by field; every read is bounded by the value's bytes.

use pgrx::pg_sys;

use super::Span;

/// The fields of a composite value, in order.
pub struct Record<'a> {
    bytes: &'a [u8],
    fields: u16,
    next: u16,
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
        let mut record = Record { bytes, fields: 0, next: 0, offset: 0 };
        let fields = u16::from_ne_bytes(record.at(Self::INFOMASK2).unwrap_or_default());
        record.fields = fields & pg_sys::HEAP_NATTS_MASK as u16;
        record.offset = usize::from(bytes.get(Self::HOFF).copied().unwrap_or_default());
        record
    }

    fn at<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.bytes.get(offset..offset + N)?.try_into().ok()
    }

    /// Whether the next field is NULL or missing; moves on to the one after.
    fn skip_null(&mut self) -> bool {
        let field = self.next;
        self.next += 1;
        if field >= self.fields {
            return true;
        }
        let mask = u16::from_ne_bytes(self.at(Self::INFOMASK).unwrap_or_default());
        if mask & pg_sys::HEAP_HASNULL as u16 == 0 {
            return false;
        }
        let byte = self.bytes.get(Self::BITS + usize::from(field / 8)).copied().unwrap_or_default();
        byte & (1 << (field % 8)) == 0
    }

    /// Where the next field of `size` bytes at a multiple of `align` starts in `bytes`.
    fn field(&mut self, size: usize, align: usize) -> Option<usize> {
        if self.skip_null() {
            return None;
        }
        let start = self.offset.next_multiple_of(align);
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
        let start = if is_padding { self.offset.next_multiple_of(4) } else { self.offset };
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
