//! What a call has decoded of one of its arguments: a value for each run of bytes, so that the
//! models of many segments are decoded once each, in whatever order the rows come.

use std::any::Any;
use std::hash::{BuildHasher, Hasher};
use std::rc::Rc;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// As many models as a table of segments may well have; a model takes some 2 kB with its bytes.
const MOST_VALUES: usize = 1 << 14;
/// Bytes, detoasted, that the values were decoded from. Decoded they take several times as many.
const MOST_BYTES: usize = 1 << 25;

/// A value and the bytes it was decoded from.
struct Known {
    hash: u64,
    bytes: Vec<u8>,
    /// What counts towards `MOST_BYTES`: a pointer is shorter than what it points to.
    size: usize,
    value: Rc<dyn Any>,
}

/// The values of one argument.
#[derive(Default)]
pub struct Decoded {
    known: Vec<Known>,
    /// Of which this one was asked for last: mostly the next row has it as well.
    last: usize,
    /// Their numbers by the hash of their bytes.
    by_hash: HashTable<u32>,
    /// Their numbers by the address at which their bytes were last seen: a hash join passes each
    /// model from one place, however often, so that most are found without a hash. A guess, for
    /// the bytes decide. None, or a power of two.
    by_address: Vec<u32>,
    /// The sum of their sizes.
    size: usize,
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FixedState::with_seed(0).build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

impl Decoded {
    /// What these bytes were decoded to, if they were.
    #[inline]
    pub fn find<T: 'static>(&mut self, bytes: &[u8]) -> Option<Rc<T>> {
        let last = self.known.get(self.last).filter(|known| known.bytes == bytes);
        let known = match last {
            Some(known) => known,
            None => self.find_other(bytes)?,
        };
        Rc::clone(&known.value).downcast().ok()
    }

    fn find_other(&mut self, bytes: &[u8]) -> Option<&Known> {
        // One value is no other.
        if self.known.len() < 2 {
            return None;
        }
        let known = &self.known;
        let is_it = |number: u32| known.get(number as usize).filter(|known| known.bytes == bytes);
        let guess = self.guess(bytes);
        let mut number = self.by_address.get(guess).copied().unwrap_or(0);
        if is_it(number).is_none() {
            let hash = hash(bytes);
            let same =
                |&number: &u32| known[number as usize].hash == hash && is_it(number).is_some();
            number = *self.by_hash.find(hash, same)?;
            if let Some(guess) = self.by_address.get_mut(guess) {
                *guess = number;
            }
        }
        self.last = number as usize;
        self.known.get(self.last)
    }

    /// The place in `by_address` of bytes that lie where these do.
    fn guess(&self, bytes: &[u8]) -> usize {
        // Fibonacci hashing: the top bits depend on all.
        let spread = (bytes.as_ptr().addr() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (spread >> 32) as usize & self.by_address.len().saturating_sub(1)
    }

    /// Keeps a value that `find` did not, of a size in bytes: a larger one than `MOST_BYTES` alone,
    /// and none where memory is short.
    pub fn keep(&mut self, bytes: &[u8], size: usize, value: Rc<dyn Any>) {
        let hash = hash(bytes);
        let mut own = Vec::new();
        if own.try_reserve_exact(bytes.len()).is_err() {
            return;
        }
        own.extend_from_slice(bytes);
        while self.known.len() >= MOST_VALUES
            || self.size.saturating_add(size) > MOST_BYTES && !self.known.is_empty()
        {
            // By chance, which the hash is: with the oldest first, a few values more than are kept,
            // coming by in turn, would each be gone when they come again.
            self.forget(hash as usize % self.known.len());
        }
        let known = &self.known;
        let rehash = |&number: &u32| known[number as usize].hash;
        if self.by_hash.try_reserve(1, rehash).is_err() || self.known.try_reserve(1).is_err() {
            return;
        }
        self.last = self.known.len();
        let known = &self.known;
        self.by_hash.insert_unique(hash, self.last as u32, |&number| known[number as usize].hash);
        self.known.push(Known { hash, bytes: own, size, value });
        self.size += size;
        let guesses = 4 * self.known.len().next_power_of_two();
        if self.known.len() > 1 && guesses > self.by_address.len() {
            self.by_address.clear();
            if self.by_address.try_reserve_exact(guesses).is_ok() {
                self.by_address.resize(guesses, 0);
            }
        }
    }

    fn forget(&mut self, number: usize) {
        let end = self.known.len() - 1;
        let (gone, moved) = (self.known[number].hash, self.known[end].hash);
        if let Ok(place) = self.by_hash.find_entry(gone, |&other| other as usize == number) {
            place.remove();
        }
        if let Some(place) = self.by_hash.find_mut(moved, |&other| other as usize == end) {
            *place = number as u32;
        }
        self.size -= self.known.swap_remove(number).size;
    }
}
