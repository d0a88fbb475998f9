//! Memory that grows with data or arguments, asked for so that a refusal ends the computation and
//! not the process: a failed allocation of Rust's own collections aborts, and with it goes the
//! whole server.
//!
//! The rule: whatever may grow beyond 64 kB, in one piece or in many, goes through this module before
//! it is filled. What stays below that for all data and arguments (parameters, starts, Hessians, a
//! block of rows) may allocate as usual: for it the SQL surface keeps a reserve. No stable sort of
//! what may grow: it allocates; `sort_unstable` does not.
//!
//! A refusal leaves by unwinding, as an interrupt does, so that no signature in between has to speak
//! of it. It begins in ordinary code: to unwind out of an allocator would be undefined. What is
//! unwound through must bear being dropped half done, and no more.

use std::mem::size_of;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The most bytes of what may allocate as usual.
pub const SMALL: usize = 1 << 16;

/// Who calls the maths.
pub struct Host {
    /// Ends the computation because so many bytes are not to be had; it must unwind.
    pub refuse: fn(usize) -> !,
    /// Makes the reserve for small allocations full again; whether it is.
    pub refill: fn() -> bool,
}

static HOST: OnceLock<Host> = OnceLock::new();

/// Whether a small allocation has used the reserve.
static SHORT: AtomicBool = AtomicBool::new(false);

/// Says once for the process how a refusal is reported; without it, it is a panic.
pub fn on_refusal(host: Host) {
    // The same again if a second caller comes.
    let _ = HOST.set(host);
}

/// Says that a small allocation has used the reserve: whatever asks next is refused, unless there is
/// memory again.
pub fn reserve_used() {
    SHORT.store(true, Relaxed);
}

/// Ends the computation if the reserve for small allocations is used.
#[inline]
pub fn check() {
    if SHORT.load(Relaxed) {
        refill();
    }
}

#[cold]
fn refill() {
    if HOST.get().is_none_or(|host| (host.refill)()) {
        SHORT.store(false, Relaxed);
    } else {
        refuse(SMALL);
    }
}

#[cold]
#[inline(never)]
fn refuse(bytes: usize) -> ! {
    match HOST.get() {
        Some(host) => (host.refuse)(bytes),
        None => panic!("out of memory: {bytes} bytes more are not to be had"),
    }
}

/// A vector that is empty and has room for exactly `count` elements.
pub fn room<T>(count: usize) -> Vec<T> {
    let mut vector = Vec::new();
    vector.make_exact_room(count);
    vector
}

/// A vector of `count` times the same element.
pub fn filled<T: Clone>(element: T, count: usize) -> Vec<T> {
    let mut vector = room(count);
    vector.resize(count, element);
    vector
}

/// A copy of a slice.
pub fn copied<T: Copy>(elements: &[T]) -> Vec<T> {
    let mut vector = room(elements.len());
    vector.extend_from_slice(elements);
    vector
}

/// What `collect` gives.
pub fn collected<T>(elements: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut vector = Vec::new();
    vector.add_all(elements);
    vector
}

/// Checks that so many bytes are to be had now, for code of others that asks for them bit by bit.
pub fn headroom(bytes: usize) {
    drop(room::<u8>(bytes));
}

/// What a growing vector needs.
pub trait Grow<T> {
    /// Makes room for `more` elements and perhaps further ones.
    fn make_room(&mut self, more: usize);

    /// Makes room for `more` elements and no others.
    fn make_exact_room(&mut self, more: usize);

    /// `push`.
    fn add(&mut self, element: T);

    /// `extend`.
    fn add_all(&mut self, elements: impl IntoIterator<Item = T>);
}

impl<T> Grow<T> for Vec<T> {
    fn make_room(&mut self, more: usize) {
        check();
        if self.try_reserve(more).is_err() {
            refuse(more.saturating_add(self.len()).saturating_mul(size_of::<T>()));
        }
    }

    fn make_exact_room(&mut self, more: usize) {
        check();
        if self.try_reserve_exact(more).is_err() {
            refuse(more.saturating_add(self.len()).saturating_mul(size_of::<T>()));
        }
    }

    #[inline]
    fn add(&mut self, element: T) {
        if self.len() == self.capacity() {
            self.make_room(1);
        }
        self.push(element);
    }

    fn add_all(&mut self, elements: impl IntoIterator<Item = T>) {
        let elements = elements.into_iter();
        self.make_room(elements.size_hint().0);
        elements.for_each(|element| self.add(element));
    }
}

/// Makes room for one more number in a table of row numbers.
pub fn make_room_in_table(table: &mut hashbrown::HashTable<u32>, hash: impl Fn(&u32) -> u64) {
    if table.len() == table.capacity() && table.try_reserve(1, hash).is_err() {
        refuse(table.len().saturating_mul(2 * (size_of::<u32>() + 1)));
    }
}
