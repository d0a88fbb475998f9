//! Arguments and results of jsonb, by serde.

use std::ffi::CStr;

use pgrx::{IntoDatum, pg_sys};

use super::reserve::with_reserve;
use super::{Call, Returned, plain_bytes, varlenas};
use crate::maths::memory::{collected, headroom};
use crate::pg::error::{Outcome, corrupted, invalid, raise, too_large};

/// The most bytes of text of a jsonb that is read.
const MOST_JSON: usize = 4 << 20;

impl Call {
    /// A jsonb argument as a serde value; a text argument is read as JSON.
    pub fn json(&self, i: usize) -> Option<serde_json::Value> {
        let datum = self.datum(i)?;
        // SAFETY: a jsonb or a text argument, as the function is declared.
        unsafe {
            match self.declared_type(i) {
                Some(pg_sys::TEXTOID) => Some(parse_json(plain_bytes(datum))),
                _ => json(datum),
            }
        }
    }

    /// The type of argument `i` by the signature of the function: whoever calls it by its number
    /// alone, as Citus does, has no expression to ask.
    fn declared_type(&self, i: usize) -> Option<pg_sys::Oid> {
        let (mut types, mut count) = (std::ptr::null_mut(), 0);
        // SAFETY: the frame of a call has its function; the types are palloc'd, `count` of them.
        unsafe {
            let function = self.frame().flinfo.as_ref()?.fn_oid;
            pg_sys::get_func_signature(function, &mut types, &mut count);
            (i < usize::try_from(count).unwrap_or(0)).then(|| *types.add(i))
        }
    }

    /// A jsonb[] argument as serde values; an element is none if it is NULL.
    pub fn jsons(&self, i: usize) -> Vec<Option<serde_json::Value>> {
        // SAFETY: an array of jsonb, or of a domain over it.
        let read = |d: Option<pg_sys::Datum>| d.and_then(|d| unsafe { json(d) });
        self.datum(i)
            .map_or(Vec::new(), |d| collected(unsafe { varlenas(d) }.into_iter().map(read)))
    }

    /// A jsonb result.
    pub fn returned_json(&self, value: serde_json::Value) -> Outcome<Returned> {
        with_reserve(|| pgrx::JsonB(value).into_datum())
            .map(Returned)
            .ok_or_else(|| corrupted("jsonb without a value", "a fitted model"))
    }
}

/// None without a value.
///
/// # Safety
/// `datum` must be a jsonb.
unsafe fn json(datum: pg_sys::Datum) -> Option<serde_json::Value> {
    // SAFETY: jsonb_out takes a jsonb and returns a C string.
    let text: &CStr =
        with_reserve(|| unsafe { pgrx::direct_function_call(pg_sys::jsonb_out, &[Some(datum)]) })?;
    Some(parse_json(text.to_bytes()))
}

fn parse_json(text: &[u8]) -> serde_json::Value {
    if text.len() > MOST_JSON {
        raise(too_large(
            "a jsonb value is too large",
            format!("It has {} bytes as text, and at most {MOST_JSON} are read.", text.len()),
            "A model, the options of a fit and a map of segments have some hundreds to thousands.",
        ));
    }
    // serde allocates bit by bit: at most a map of one entry with an empty name, 664 bytes for 9.
    headroom(96 * text.len());
    // Not through pgrx::JsonB, which panics at numbers such as 1e999 that no double holds.
    serde_json::from_slice(text).unwrap_or_else(|error| {
        raise(invalid(
            "a json value cannot be read",
            format!("{error}."),
            "Write options as '{\"unit\": \"1 week\"}'. Numbers must fit double precision, and values must not be nested deeply.",
        ))
    })
}
