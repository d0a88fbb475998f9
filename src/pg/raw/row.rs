//! Composite results: one row, or an array of rows.

use std::mem::size_of;
use std::ptr::NonNull;

use pgrx::memcxt::PgMemoryContexts;
use pgrx::{IntoDatum, pg_sys};

use super::reserve::with_reserve;
use super::{Call, Returned, Span};
use crate::maths::memory::collected;
use crate::pg::error::{Outcome, corrupted};

/// A field of a composite result.
#[derive(Clone, Copy)]
pub enum Field<'a> {
    Null,
    Int(i32),
    Bigint(i64),
    Float(f64),
    Date(i32),
    Interval(Span),
    Text(&'a str),
    Boolean(bool),
    Floats(&'a [f64]),
}

impl Call {
    /// A value of the composite type that the function is declared to return.
    pub fn row<const N: usize>(&self, fields: &[Field; N]) -> Outcome<Returned> {
        let row_type = self.row_type()?;
        // SAFETY: the descriptor is blessed and lives as long as the function's memory.
        unsafe {
            if usize::try_from((*row_type.as_ptr()).natts) != Ok(N) {
                return Err(corrupted(
                    "result type has another number of fields",
                    format!("expected {N} fields"),
                ));
            }
            Ok(Returned(with_reserve(|| form_row(row_type.as_ptr(), fields))))
        }
    }

    /// An array of composite values, of the array type that the function is declared to return.
    pub fn rows<const N: usize>(
        &self,
        rows: impl Iterator<Item = [Field<'static>; N]>,
    ) -> Outcome<Returned> {
        let element = self.element_type()?;
        // SAFETY: the descriptor is that of the composite type `element`, copied and blessed; the
        // tuples and the array are palloc'd in the current context.
        unsafe {
            let row_type = pg_sys::BlessTupleDesc(pg_sys::lookup_rowtype_tupdesc_copy(element, -1));
            if usize::try_from((*row_type).natts) != Ok(N) {
                return Err(corrupted(
                    "element type has another number of fields",
                    format!("expected {N} fields"),
                ));
            }
            let mut tuples =
                collected(rows.map(|fields| with_reserve(|| form_row(row_type, &fields))));
            let count = i32::try_from(tuples.len()).unwrap_or(i32::MAX);
            let (length, by_value, align) = (-1, false, pg_sys::TYPALIGN_DOUBLE as _);
            let array = with_reserve(|| {
                pg_sys::construct_array(
                    tuples.as_mut_ptr(),
                    count,
                    element,
                    length,
                    by_value,
                    align,
                )
            });
            Ok(Returned(pg_sys::Datum::from(array)))
        }
    }

    /// The composite type of the elements of the declared result type.
    fn element_type(&self) -> Outcome<pg_sys::Oid> {
        // SAFETY: looks up types in PostgreSQL's catalog cache.
        let element = unsafe {
            // By the function's own signature: Citus calls it without an expression.
            let array = pg_sys::get_func_rettype((*self.frame().flinfo).fn_oid);
            pg_sys::get_element_type(array)
        };
        if element == pg_sys::InvalidOid {
            return Err(corrupted("result type is no array", "the function is declared wrongly"));
        }
        Ok(element)
    }

    fn row_type(&self) -> Outcome<NonNull<pg_sys::TupleDescData>> {
        if let Some(known) = self.memory().row_type {
            return Ok(known);
        }
        // SAFETY: asks PostgreSQL for the declared result type, kept in the function's memory.
        let found = unsafe {
            let mut descriptor: pg_sys::TupleDesc = std::ptr::null_mut();
            PgMemoryContexts::For((*self.frame().flinfo).fn_mcxt).switch_to(|_| {
                let class = pg_sys::get_call_result_type(
                    self.0.as_ptr(),
                    std::ptr::null_mut(),
                    &mut descriptor,
                );
                if class == pg_sys::TypeFuncClass::TYPEFUNC_COMPOSITE && !descriptor.is_null() {
                    descriptor = pg_sys::BlessTupleDesc(pg_sys::CreateTupleDescCopy(descriptor));
                } else {
                    descriptor = std::ptr::null_mut();
                }
            });
            NonNull::new(descriptor)
        };
        let known = found.ok_or_else(|| {
            corrupted("result type is not composite", "the function is declared wrongly")
        })?;
        self.memory().row_type = Some(known);
        Ok(known)
    }
}

/// # Safety
/// `row_type` must be a blessed descriptor of N attributes, of the types of `fields`.
unsafe fn form_row<const N: usize>(
    row_type: pg_sys::TupleDesc,
    fields: &[Field; N],
) -> pg_sys::Datum {
    let mut nulls = fields.each_ref().map(|field| matches!(field, Field::Null));
    let mut values = fields.each_ref().map(field_datum);
    // SAFETY: as above; the datums are palloc'd in the current context, where the tuple goes too.
    unsafe {
        let tuple = pg_sys::heap_form_tuple(row_type, values.as_mut_ptr(), nulls.as_mut_ptr());
        pg_sys::HeapTupleHeaderGetDatum((*tuple).t_data)
    }
}

fn field_datum(field: &Field) -> pg_sys::Datum {
    let datum = match *field {
        Field::Null => None,
        Field::Int(value) | Field::Date(value) => value.into_datum(),
        Field::Bigint(value) => value.into_datum(),
        Field::Float(value) => value.into_datum(),
        Field::Text(value) => value.into_datum(),
        Field::Boolean(value) => value.into_datum(),
        Field::Floats(values) => values.into_datum(),
        Field::Interval(span) => {
            let interval =
                pg_sys::Interval { time: span.micros, day: span.days, month: span.months };
            // SAFETY: palloc'd in the current context, as every by-reference result is.
            unsafe {
                let chunk = pg_sys::palloc(size_of::<pg_sys::Interval>());
                chunk.cast::<pg_sys::Interval>().write(interval);
                Some(pg_sys::Datum::from(chunk))
            }
        }
    };
    datum.unwrap_or(pg_sys::Datum::null())
}
