//! A numeric value read as money; every read is bounded by the value's bytes.

use super::{Call, plain_bytes};
use crate::maths::decimal::Decimal;
use crate::maths::orders::Amount;

impl Call {
    /// The numeric argument `i` as cents, or digit by digit where it is no whole number of cents or
    /// a large one; one that is not finite as a double.
    #[inline]
    pub fn money(&self, i: usize) -> Option<Amount<'_>> {
        let datum = self.datum(i)?;
        // SAFETY: a numeric argument is a varlena; it, or its detoasted copy, outlives the call,
        // which the borrow of self stands for.
        Some(amount(unsafe { plain_bytes(datum) }))
    }
}

/// A numeric as it is stored (numeric.c): a header, with or without the weight in a word of its
/// own, and digits of base 10,000, the first of which counts 10,000^weight.
#[inline]
fn amount(bytes: &[u8]) -> Amount<'_> {
    const SHORT: u16 = 0x8000;
    const SPECIAL: u16 = 0xc000;
    const POSITIVE_INFINITY: u16 = 0xd000;
    const NEGATIVE_INFINITY: u16 = 0xf000;
    const NEGATIVE: u16 = 0x4000;
    const SHORT_NEGATIVE: u16 = 0x2000;
    const SHORT_WEIGHT: u16 = 0x007f;
    const SHORT_WEIGHT_SIGN: u16 = 0x0040;
    const NOT_A_NUMBER: Amount = Amount::Real(f64::NAN);

    let Some((header, rest)) = bytes.split_first_chunk::<2>() else { return NOT_A_NUMBER };
    let header = u16::from_ne_bytes(*header);
    if header & SPECIAL == SPECIAL {
        return match header & NEGATIVE_INFINITY {
            POSITIVE_INFINITY => Amount::Real(f64::INFINITY),
            NEGATIVE_INFINITY => Amount::Real(f64::NEG_INFINITY),
            _ => NOT_A_NUMBER,
        };
    }
    let (negative, weight, digits) = if header & SHORT != 0 {
        let weight = (header & SHORT_WEIGHT) as i16;
        let sign = if header & SHORT_WEIGHT_SIGN != 0 { -0x80 } else { 0 };
        (header & SHORT_NEGATIVE != 0, weight | sign, rest)
    } else {
        let Some((weight, digits)) = rest.split_first_chunk::<2>() else { return NOT_A_NUMBER };
        (header & SPECIAL == NEGATIVE, i16::from_ne_bytes(*weight), digits)
    };
    let digits = digits.as_chunks::<2>().0;
    let cents = cents(weight, digits).map(|cents| if negative { -cents } else { cents });
    match cents.and_then(Amount::of_cents) {
        Some(amount) => amount,
        None => Decimal::new(negative, weight, digits).map_or(NOT_A_NUMBER, Amount::Decimal),
    }
}

/// The cents of a numeric without its sign. None if it has parts of a cent, or is 10^12 and more.
#[inline]
fn cents(weight: i16, digits: &[[u8; 2]]) -> Option<i64> {
    let mut cents = 0;
    let mut power = i32::from(weight);
    for digit in digits {
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
    Some(cents)
}
