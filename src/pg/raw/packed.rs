//! Aggregate state of a small group: a header and words in one chunk of PostgreSQL's memory.

use std::marker::PhantomData;
use std::mem::size_of;
use std::ptr::NonNull;

use pgrx::pg_sys;

use super::reserve::with_reserve;
use super::{Aggregate, Call, Returned};
use crate::maths::orders::Words;
use crate::pg::error::{Outcome, raise, too_large};

impl Call {
    /// The packed state that argument `i` (internal) points to.
    pub fn packed<H>(&self, i: usize) -> Option<Packed<'_, H>> {
        self.datum(i).and_then(|d| NonNull::new(d.cast_mut_ptr())).map(Packed::new)
    }
}

impl Call {
    /// The state in argument 0 as it came, for a row that changes nothing.
    pub fn unchanged(&self) -> Outcome<Option<Returned>> {
        self.aggregate()?;
        Ok(self.datum(0).map(Returned))
    }
}

impl Aggregate {
    /// A new packed state with room for four words.
    pub fn packed<'a, H>(&self, header: H) -> Packed<'a, H> {
        const FIRST: u32 = 0;
        // SAFETY: the chunk has room for the block and its first words and is written at once.
        let block = unsafe {
            let context = self.0.as_ptr();
            let chunk =
                with_reserve(|| pg_sys::MemoryContextAlloc(context, Packed::<H>::size(FIRST)));
            let block = chunk.cast::<Block<H>>();
            block.write(Block { header, length: FIRST << Block::<H>::LENGTH_BITS });
            NonNull::new_unchecked(block)
        };
        Packed::new(block)
    }
}

/// MaxAllocSize of memutils.h, which the bindings lack.
const LARGEST_CHUNK: usize = 0x3fff_ffff;

/// A header, the number of words in use (27 bits) and the room (5 bits): 0 stands for four words,
/// 1, 2, … for as many as fit 64, 128, … bytes, which is what PostgreSQL hands out.
#[repr(C)]
struct Block<H> {
    header: H,
    length: u32,
}

impl<H> Block<H> {
    const LENGTH_BITS: u32 = 27;
    const LENGTH_MASK: u32 = (1 << Self::LENGTH_BITS) - 1;
}

/// A header and a growing array of words in one chunk of PostgreSQL's memory: 48 bytes for a
/// header of 12 and four words, known to work_mem.
pub struct Packed<'a, H> {
    block: NonNull<Block<H>>,
    call: PhantomData<&'a mut H>,
}

impl<H> Packed<'_, H> {
    fn new(block: NonNull<Block<H>>) -> Self {
        const { assert!(size_of::<Block<H>>().is_multiple_of(size_of::<u64>())) }
        Packed { block, call: PhantomData }
    }

    fn size(room: u32) -> usize {
        if room == 0 { size_of::<Block<H>>() + 4 * size_of::<u64>() } else { 32 << room }
    }

    fn words_in(room: u32) -> usize {
        (Self::size(room) - size_of::<Block<H>>()) / size_of::<u64>()
    }

    fn block(&self) -> &Block<H> {
        // SAFETY: made by `Aggregate::packed` and not freed while the aggregate runs.
        unsafe { self.block.as_ref() }
    }

    fn length(&self) -> usize {
        (self.block().length & Block::<H>::LENGTH_MASK) as usize
    }

    fn room(&self) -> u32 {
        self.block().length >> Block::<H>::LENGTH_BITS
    }

    fn set(&mut self, length: usize, room: u32) {
        // SAFETY: as for `block`; self is borrowed mutably.
        unsafe {
            self.block.as_mut().length = length as u32 | (room << Block::<H>::LENGTH_BITS);
        }
    }

    fn first_word(&self) -> *mut u64 {
        // SAFETY: the words stand behind the block in the same chunk.
        unsafe { self.block.as_ptr().add(1).cast() }
    }

    pub fn header(&mut self) -> &mut H {
        // SAFETY: as for `block`; self is borrowed mutably.
        unsafe { &mut self.block.as_mut().header }
    }

    pub fn returned(self) -> Returned {
        Returned(pg_sys::Datum::from(self.block.as_ptr()))
    }
}

impl<H> Words for Packed<'_, H> {
    fn words(&mut self) -> &mut [u64] {
        // SAFETY: `length` words behind the block are initialised.
        unsafe { std::slice::from_raw_parts_mut(self.first_word(), self.length()) }
    }

    fn push(&mut self, word: u64) {
        if self.free() == 0 {
            self.grow();
        }
        let length = self.length();
        // SAFETY: there is room for one more word.
        unsafe { self.first_word().add(length).write(word) };
        self.set(length + 1, self.room());
    }

    fn truncate(&mut self, length: usize) {
        self.set(length.min(self.length()), self.room());
    }

    fn free(&self) -> usize {
        Self::words_in(self.room()) - self.length()
    }

    fn grow(&mut self) {
        let room = self.room() + 1;
        if Self::size(room) > LARGEST_CHUNK {
            raise(too_large(
                "too many rows in one group",
                format!("One group has more than {} of them.", Self::words_in(room - 1)),
                "Group by customer, and leave test accounts and wholesale feeds out.",
            ));
        }
        // SAFETY: the chunk was allocated by PostgreSQL; repalloc keeps its context and contents.
        unsafe {
            let chunk =
                with_reserve(|| pg_sys::repalloc(self.block.as_ptr().cast(), Self::size(room)));
            self.block = NonNull::new_unchecked(chunk.cast());
        }
        self.set(self.length(), room);
    }
}
