//! Arguments that several topics take: whole numbers, arrays without gaps, words with a fixed
//! meaning. A customer is read in customer.rs, time in time.rs.

use std::fmt::Debug;

use super::error::{Outcome, invalid, missing};
use crate::maths::error::written;
use crate::maths::memory;

/// A number that counts something. Beyond 2^53 a double no longer counts.
pub fn whole(argument: &str, value: f64) -> Outcome<u64> {
    if (0.0..=9_007_199_254_740_992.0).contains(&value) && value.fract() == 0.0 {
        return Ok(value as u64);
    }
    Err(invalid(
        format!("invalid {argument}"),
        format!("{argument} is {}.", written(value)),
        "Give a whole number of at least 0.",
    ))
}

/// A number that is neither NaN nor infinite.
pub fn finite(argument: &str, value: f64) -> Outcome<f64> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(invalid(
        format!("{argument} is not finite"),
        format!("{argument} is {}.", written(value)),
        "Filter such rows out, or pass NULL for an unknown value.",
    ))
}

/// The elements of an array none of which may be NULL.
pub fn complete<T>(argument: &str, values: Vec<Option<T>>) -> Outcome<Vec<T>> {
    let mut complete = memory::room(values.len());
    for (k, value) in values.into_iter().enumerate() {
        complete.push(value.ok_or_else(|| {
            missing(
                format!("{argument} has a NULL element"),
                format!("{argument}[{}] is NULL.", k + 1),
                "Leave the element or the row out, or say with coalesce what it stands for.",
            )
        })?);
    }
    Ok(complete)
}

/// The elements of an array for a DETAIL, of a long one the first.
pub fn shown<T: Debug>(values: &[T]) -> String {
    const SHOWN: usize = 20;
    match values.get(..SHOWN) {
        Some(first) if values.len() > SHOWN => {
            format!("{first:?} and {} more", values.len() - SHOWN)
        }
        _ => format!("{values:?}"),
    }
}

/// What `written` stands for among the words that an argument may be.
pub fn word<T: Copy>(argument: &str, written: &str, words: &[(&str, T)]) -> Outcome<T> {
    let known = words.iter().find(|(word, _)| *word == written);
    known.map(|&(_, meaning)| meaning).ok_or_else(|| {
        let words: Vec<String> = words.iter().map(|(word, _)| format!("'{word}'")).collect();
        invalid(
            format!("invalid {argument}"),
            format!("{argument} is '{written}'."),
            &format!("Give one of {}.", words.join(", ")),
        )
    })
}
