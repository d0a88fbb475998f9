//! A numeric value read as money; every read is bounded by the value's bytes.

use pgrx::pg_sys;

use super::{Call, plain_bytes};
use crate::maths::summary::Amount;

impl Call {
    /// The numeric argument `i` as cents, or as PostgreSQL's double precision where it is no whole
    /// number of cents or a large one. PostgreSQL's own cast goes through text, which costs more
    /// than all else that is done with an order.
    #[inline]
    pub fn money(&self, i: usize) -> Option<Amount> {
        let datum = self.datum(i)?;
        // SAFETY: a numeric argument is a varlena; read within the call.
        let cents = unsafe { cents(plain_bytes(datum)) };
        Some(cents.map_or_else(|| Amount::from(as_double(datum)), Amount::of_cents))
    }
}

#[cold]
fn as_double(numeric: pg_sys::Datum) -> f64 {
    // SAFETY: numeric_float8 takes a numeric and returns a double precision.
    let double =
        unsafe { pgrx::direct_function_call_as_datum(pg_sys::numeric_float8, &[Some(numeric)]) };
    double.map_or(f64::NAN, |double| f64::from_bits(double.value() as u64))
}

/// The cents of a numeric (numeric.c): a header, with or without the weight in a word of its own,
/// and digits of base 10,000, the first of which counts 10,000^weight. None for what is not finite,
/// has parts of a cent, or is 10^12 and more.
fn cents(bytes: &[u8]) -> Option<i64> {
    const SHORT: u16 = 0x8000;
    const SPECIAL: u16 = 0xc000;
    const NEGATIVE: u16 = 0x4000;
    const SHORT_NEGATIVE: u16 = 0x2000;
    const SHORT_WEIGHT: u16 = 0x007f;
    const SHORT_WEIGHT_SIGN: u16 = 0x0040;

    let (header, rest) = bytes.split_first_chunk::<2>()?;
    let header = u16::from_ne_bytes(*header);
    if header & SPECIAL == SPECIAL {
        return None;
    }
    let (negative, weight, digits) = if header & SHORT != 0 {
        let weight = (header & SHORT_WEIGHT) as i16;
        let sign = if header & SHORT_WEIGHT_SIGN != 0 { -0x80 } else { 0 };
        (header & SHORT_NEGATIVE != 0, weight | sign, rest)
    } else {
        let (weight, digits) = rest.split_first_chunk::<2>()?;
        (header & SPECIAL == NEGATIVE, i16::from_ne_bytes(*weight), digits)
    };
    let mut cents = 0;
    let mut power = i32::from(weight);
    for digit in digits.as_chunks::<2>().0 {
        let digit = i64::from(u16::from_ne_bytes(*digit));
        cents += match power {
            2 => 10_000_000_000 * digit,
            1 => 1_000_000 * digit,
            0 => 100 * digit,
            -1 if digit % 100 == 0 => digit / 100,
            _ => return None,
        };
        power -= 1;
    }
    Some(if negative { -cents } else { cents })
}
