//! Aggregate states that are kept as a Rust value: how they begin, meet and travel between
//! processes. Knows nothing of what they hold.

use super::error::{Outcome, corrupted, invalid, too_large};
use super::raw::{Call, Returned};
use crate::maths::exact_sum::ExactSum;
use crate::maths::memory::{self, Grow};

/// A state that can meet another of the same kind, here or from another process.
pub trait Portable: Default + 'static {
    /// Takes in all that `other` has seen.
    fn merge(&mut self, other: &Self) -> Outcome<()>;

    /// All little-endian.
    fn write(&mut self, bytes: &mut Writer);

    /// `None` if the bytes were not written by `write`.
    fn read(bytes: &mut Reader) -> Option<Self>;
}

/// The version of all serialised forms, their first byte.
const VERSION: u8 = 1;

/// Adds a row to the state in argument 0, or to a new one.
pub fn step<S: Portable>(
    call: &Call,
    add: impl FnOnce(&mut S) -> Outcome<()>,
) -> Outcome<Option<Returned>> {
    let aggregate = call.aggregate()?;
    if let Some(state) = call.state::<S>(0) {
        add(state)?;
        return call.returned_argument(0).map(Some);
    }
    let mut state = S::default();
    add(&mut state)?;
    Ok(Some(aggregate.keep(state)))
}

pub fn combine<S: Portable>(call: &Call) -> Outcome<Option<Returned>> {
    match call.state::<S>(1) {
        Some(other) => step(call, |state: &mut S| state.merge(other)),
        None if call.is_null(0) => Ok(None),
        None => call.returned_argument(0).map(Some),
    }
}

pub fn serialize<S: Portable>(call: &Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(state) = call.state::<S>(0) else { return Ok(None) };
    let mut bytes = Writer::default();
    bytes.push(VERSION);
    state.write(&mut bytes);
    bytes.returned(call)
}

pub fn deserialize<S: Portable>(call: &Call) -> Outcome<Option<Returned>> {
    call.aggregate()?;
    let Some(bytes) = call.bytes(0) else { return Ok(None) };
    let mut reader = Reader(bytes);
    let state = match reader.byte() {
        Some(VERSION) => S::read(&mut reader).filter(|_| reader.0.is_empty()),
        _ => None,
    };
    let state = state
        .ok_or_else(|| corrupted("serialised aggregate state is damaged", "length or version"))?;
    Ok(Some(call.keep_for_now(state)))
}

/// A serialised state as it grows.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// With room for so many bytes.
    pub fn with_room(bytes: usize) -> Self {
        Writer(memory::room(bytes))
    }

    pub fn push(&mut self, byte: u8) {
        self.0.add(byte);
    }

    pub fn extend(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.0.make_room(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    pub fn reserve(&mut self, bytes: usize) {
        self.0.make_exact_room(bytes);
    }

    /// As a bytea.
    pub fn returned(&self, call: &Call) -> Outcome<Option<Returned>> {
        /// What PostgreSQL allocates at once (MaxAllocSize), without the length word.
        const MOST: usize = 0x3fff_ffff - 4;
        if self.0.len() > MOST {
            return Err(too_large(
                "aggregate state is too large to travel between processes",
                format!("It has {} bytes, and a bytea at most {MOST}.", self.0.len()),
                "SET max_parallel_workers_per_gather = 0, or use a random sample.",
            ));
        }
        call.returned_bytes(&self.0).map(Some)
    }
}

/// Reads a serialised state from its first byte on.
pub struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (&first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(first)
    }

    pub fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    pub fn word(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub fn int(&mut self) -> Option<i32> {
        self.take().map(i32::from_le_bytes)
    }

    pub fn float(&mut self) -> Option<f64> {
        self.word().map(f64::from_bits)
    }

    /// A number of entries of at least `size` bytes each, no more than bytes are left for.
    pub fn count(&mut self, size: usize) -> Option<usize> {
        let count = usize::try_from(self.word()?).ok()?;
        (count <= self.0.len() / size).then_some(count)
    }

    pub fn bytes(&mut self, count: usize) -> Option<&[u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    pub fn floats(&mut self) -> Option<Vec<f64>> {
        let count = self.count(8)?;
        let bytes = self.bytes(8 * count)?.as_chunks().0;
        Some(memory::collected(bytes.iter().map(|&float| f64::from_le_bytes(float))))
    }

    pub fn sum(&mut self) -> Option<ExactSum> {
        let beyond = self.float()?;
        Some(ExactSum::of(&self.floats()?, beyond))
    }
}

pub fn write_sum(sum: &ExactSum, bytes: &mut Writer) {
    bytes.extend(sum.beyond().to_le_bytes());
    write_floats(sum.parts(), bytes);
}

pub fn write_floats(floats: &[f64], bytes: &mut Writer) {
    bytes.extend((floats.len() as u64).to_le_bytes());
    bytes.reserve(8 * floats.len());
    floats.iter().for_each(|float| bytes.extend(float.to_le_bytes()));
}

/// An argument that must be one and the same for all rows of a group, such as a confidence.
#[derive(Default)]
pub struct Constant(Option<f64>);

impl Constant {
    pub fn agree(&mut self, argument: &str, value: f64) -> Outcome<()> {
        match self.0 {
            Some(known) if known.to_bits() != value.to_bits() => Err(invalid(
                format!("{argument} must be the same for all rows of a group"),
                format!("{argument} is {known} in one row and {value} in another."),
                "Pass a constant, or group by what it depends on.",
            )),
            _ => {
                self.0 = Some(value);
                Ok(())
            }
        }
    }

    pub fn merge(&mut self, argument: &str, other: &Constant) -> Outcome<()> {
        other.0.map_or(Ok(()), |value| self.agree(argument, value))
    }

    pub fn value(&self) -> Option<f64> {
        self.0
    }

    pub fn write(&self, bytes: &mut Writer) {
        write_floats(self.0.as_slice(), bytes);
    }

    pub fn read(bytes: &mut Reader) -> Option<Constant> {
        match bytes.floats()?.as_slice() {
            [] => Some(Constant(None)),
            &[value] => Some(Constant(Some(value))),
            _ => None,
        }
    }
}
