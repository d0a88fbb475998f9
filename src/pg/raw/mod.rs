//! All unsafe code of the extension: the call frame of a SQL function here; results, aggregates,
//! decoded arguments, windows in the files below. What leaves this folder is safe to use, provided
//! that sql/ declares each function with the argument types that its Rust body asks for.

use std::ffi::{CStr, CString};
use std::ptr::NonNull;
use std::rc::Rc;

use pgrx::IntoDatum;
use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::datum::Datum;
use pgrx::pg_sys;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};

use self::zone::Offset;
use super::error::{Outcome, corrupted, raise, too_large};
use crate::maths::memory::{self, collected, headroom};

mod aggregate;
mod array;
mod decoded;
mod json;
mod kept;
mod load;
mod numeric;
mod packed;
mod record;
mod reserve;
mod row;
mod window;
mod zone;

pub use aggregate::Aggregate;
pub use array::{elements, numbers};
use decoded::Decoded;
use kept::keep_in;
pub use packed::Packed;
pub use record::Record;
use reserve::with_reserve;
pub use row::Field;
pub use window::{Cell, Repeated, Window};

/// The arguments and surroundings of one call of a SQL function.
pub struct Call(NonNull<pg_sys::FunctionCallInfoBaseData>);

/// A result that this file has made for the call's declared result type.
pub struct Returned(pg_sys::Datum);

// SAFETY: a virtual argument: it stands for the frame itself and consumes no SQL argument.
unsafe impl<'fcx> ArgAbi<'fcx> for Call {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: pgrx hands on the frame PostgreSQL gave it; it outlives the call.
        unsafe {
            let frame = <pg_sys::FunctionCallInfo as ArgAbi>::unbox_arg_unchecked(arg);
            Call(NonNull::new_unchecked(frame))
        }
    }

    fn is_virtual_arg() -> bool {
        true
    }
}

// SAFETY: only consulted when pgrx writes SQL, which `sql = false` forbids everywhere here.
unsafe impl SqlTranslatable for Call {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(Call);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::Skip);
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::Skip));
}

// SAFETY: as for Call.
unsafe impl SqlTranslatable for Returned {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(Returned);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::Skip);
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::Skip));
}

// SAFETY: a Returned is only made for the call that returns it.
unsafe impl BoxRet for Returned {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> Datum<'fcx> {
        // SAFETY: the datum is of the declared type and lives in the caller's memory context.
        unsafe { fcinfo.return_raw_datum(self.0) }
    }
}

/// Cancels the query if the user or a timeout asked for it, or memory has run out.
pub fn check_interrupts() {
    memory::check();
    pgrx::check_for_interrupts!();
}

/// Returns PostgreSQL's name of the database's encoding.
pub fn database_encoding() -> &'static str {
    // SAFETY: the name stands in a table of the server.
    let name = unsafe { CStr::from_ptr(pg_sys::GetDatabaseEncodingName()) };
    name.to_str().unwrap_or("?")
}

/// Reads an interval as PostgreSQL does, whose error is reported as it is.
pub fn parse_interval(written: &str) -> Outcome<Span> {
    let text = CString::new(written).unwrap_or_default();
    let arguments =
        [text.as_c_str().into_datum(), pg_sys::InvalidOid.into_datum(), (-1_i32).into_datum()];
    // SAFETY: interval_in takes a C string, an oid and a typmod, and returns an Interval.
    unsafe {
        let interval = pgrx::direct_function_call_as_datum(pg_sys::interval_in, &arguments)
            .ok_or_else(|| corrupted("interval without a value", written))?;
        Ok(Span::read(interval))
    }
}

/// An interval as PostgreSQL stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub months: i32,
    pub days: i32,
    pub micros: i64,
}

impl Span {
    /// # Safety
    /// `datum` must point to PostgreSQL's Interval struct.
    unsafe fn read(datum: pg_sys::Datum) -> Span {
        // SAFETY: as above.
        let interval = unsafe { *datum.cast_mut_ptr::<pg_sys::Interval>() };
        Span { months: interval.month, days: interval.day, micros: interval.time }
    }
}

/// What a function keeps between its calls within one query.
#[derive(Default)]
struct Memory {
    /// By argument number.
    decoded: Vec<Decoded>,
    row_type: Option<NonNull<pg_sys::TupleDescData>>,
    offsets: Vec<Offset>,
}

impl Call {
    fn frame(&self) -> &pg_sys::FunctionCallInfoBaseData {
        // SAFETY: the frame outlives the call, and nothing here writes to it.
        unsafe { self.0.as_ref() }
    }

    /// How many arguments the call has.
    pub fn arguments(&self) -> usize {
        usize::try_from(self.frame().nargs).unwrap_or(0)
    }

    #[inline]
    fn datum(&self, i: usize) -> Option<pg_sys::Datum> {
        if i >= self.arguments() {
            return None;
        }
        // SAFETY: PostgreSQL allocates `nargs` arguments behind the frame.
        let argument = unsafe { *self.frame().args.as_ptr().add(i) };
        (!argument.isnull).then_some(argument.value)
    }

    pub fn is_null(&self, i: usize) -> bool {
        self.datum(i).is_none()
    }

    #[inline]
    pub fn float(&self, i: usize) -> Option<f64> {
        self.datum(i).map(|d| f64::from_bits(d.value() as u64))
    }

    #[inline]
    pub fn int(&self, i: usize) -> Option<i32> {
        self.datum(i).map(|d| d.value() as i32)
    }

    pub fn boolean(&self, i: usize) -> Option<bool> {
        self.datum(i).map(|d| d.value() as u8 != 0)
    }

    /// Days since 2000-01-01; i32::MIN and MAX are the infinities.
    #[inline]
    pub fn date(&self, i: usize) -> Option<i32> {
        self.int(i)
    }

    /// Microseconds since 2000-01-01; i64::MIN and MAX are the infinities.
    #[inline]
    pub fn timestamp(&self, i: usize) -> Option<i64> {
        self.datum(i).map(|d| d.value() as i64)
    }

    pub fn interval(&self, i: usize) -> Option<Span> {
        // SAFETY: an interval argument.
        self.datum(i).map(|d| unsafe { Span::read(d) })
    }

    /// The bytes behind a bytea, text or composite argument's length word, detoasted.
    pub fn bytes(&self, i: usize) -> Option<&[u8]> {
        // SAFETY: a varlena argument; the detoasted value lives at least as long as the call, which
        // the borrow of self stands for.
        self.datum(i).map(|d| unsafe { plain_bytes(d) })
    }

    /// A text argument.
    pub fn text(&self, i: usize) -> Option<&str> {
        const MOST: usize = 10_000;
        let bytes = self.bytes(i)?;
        if bytes.len() > MOST {
            raise(too_large(
                "a text is too long",
                format!("It has {} bytes, and at most {MOST} are read.", bytes.len()),
                "Such an argument is a word or an interval.",
            ));
        }
        // The server encoding may not be UTF-8; the words that arguments consist of are ASCII.
        Some(std::str::from_utf8(bytes).unwrap_or("?"))
    }

    /// A composite argument, to be read field by field.
    pub fn record(&self, i: usize) -> Option<Record<'_>> {
        self.bytes(i).map(Record::new)
    }

    /// A double precision[] argument; an element is none if it is NULL.
    pub fn floats(&self, i: usize) -> Option<Vec<Option<f64>>> {
        self.bytes(i).and_then(numbers)
    }

    /// A text[] argument; an element is none if it is NULL.
    pub fn texts(&self, i: usize) -> Option<Vec<Option<String>>> {
        // SAFETY: a text[] argument.
        self.datum(i).map(|d| unsafe { texts(d) })
    }

    /// A date[] argument in days since 2000-01-01; i32::MIN and MAX are the infinities.
    pub fn dates(&self, i: usize) -> Option<Vec<Option<i32>>> {
        self.bytes(i).and_then(|bytes| elements(bytes, i32::from_ne_bytes))
    }

    /// A bigint[] argument; an element is none if it is NULL.
    pub fn bigints(&self, i: usize) -> Option<Vec<Option<i64>>> {
        self.bytes(i).and_then(|bytes| elements(bytes, i64::from_ne_bytes))
    }

    /// Field `n` (from 0), a double precision[], of the composite argument `i`.
    pub fn field_floats(&self, i: usize, n: i16) -> Option<Vec<Option<f64>>> {
        // SAFETY: a composite argument, whose type PostgreSQL looks up by the value's own header.
        self.datum(i).and_then(|d| unsafe {
            let header = pg_sys::pg_detoast_datum(d.cast_mut_ptr());
            let mut is_null = true;
            let field = pg_sys::GetAttributeByNum(header.cast(), n + 1, &mut is_null);
            if is_null { None } else { numbers(plain_bytes(field)) }
        })
    }

    /// Argument `i` decoded by `decode`: once for the same bytes, for as long as they are kept.
    #[inline]
    pub fn decoded<T: 'static>(
        &self,
        i: usize,
        decode: impl FnOnce(&Call) -> Outcome<T>,
    ) -> Outcome<Option<Rc<T>>> {
        let Some(datum) = self.datum(i) else { return Ok(None) };
        // SAFETY: a varlena argument: its length word says how many bytes to compare. A pointer to
        // a stored value is compared as it is, for it names one immutable value; one to memory,
        // such as an array that plpgsql changes in place, names whatever is there now.
        let raw = unsafe {
            let start = datum.cast_mut_ptr::<u8>();
            let is_pointer = pgrx::varatt_is_1b_e(start.cast());
            if is_pointer && u32::from(*start.add(1)) != pg_sys::vartag_external::VARTAG_ONDISK {
                varlena_bytes(pg_sys::pg_detoast_datum(start.cast()))
            } else {
                std::slice::from_raw_parts(start, pgrx::varsize_any(start.cast()))
            }
        };
        if let Some(value) = self.memory().decoded.get_mut(i).and_then(|known| known.find(raw)) {
            return Ok(Some(value));
        }
        let value = Rc::new(decode(self)?);
        // SAFETY: a varlena argument, stored in whatever way.
        let size = unsafe { pg_sys::toast_raw_datum_size(datum) };
        let memory = self.memory();
        if memory.decoded.len() <= i {
            memory.decoded.resize_with(i + 1, Decoded::default);
        }
        memory.decoded[i].keep(raw, size, value.clone());
        Ok(Some(value))
    }

    #[allow(clippy::mut_from_ref)]
    fn memory(&self) -> &mut Memory {
        // SAFETY: fn_extra belongs to this function; a Memory put there lives until fn_mcxt is
        // deleted, when PostgreSQL drops it. Each caller in this file lets go of the borrow before
        // it calls foreign code.
        unsafe {
            let function = self.frame().flinfo;
            // There pgrx keeps what it knows of the rows still to come.
            if (*function).fn_retset {
                raise(corrupted("function that returns rows has no memory", "sql/ or src/pg"));
            }
            if (*function).fn_extra.is_null() {
                (*function).fn_extra = keep_in((*function).fn_mcxt, Memory::default()).cast();
            }
            &mut *(*function).fn_extra.cast::<Memory>()
        }
    }

    /// An argument of any type as PostgreSQL writes it.
    pub fn written(&self, i: usize) -> Option<String> {
        let datum = self.datum(i)?;
        // SAFETY: the argument's type is what the call was planned with; its output function
        // returns a C string of its own.
        let written = unsafe {
            let argument = i32::try_from(i).unwrap_or(-1);
            let argument_type = pg_sys::get_fn_expr_argtype(self.frame().flinfo, argument);
            let (mut output, mut is_varlena) = (pg_sys::InvalidOid, false);
            pg_sys::getTypeOutputInfo(argument_type, &mut output, &mut is_varlena);
            CStr::from_ptr(pg_sys::OidOutputFunctionCall(output, datum))
        };
        // What is not UTF-8 becomes three bytes.
        headroom(3 * written.count_bytes());
        Some(written.to_string_lossy().into_owned())
    }

    /// A date[] result, in days since 2000-01-01.
    pub fn returned_dates(&self, days: &[i32]) -> Returned {
        let mut dates: Vec<pg_sys::Datum> =
            collected(days.iter().map(|&day| pg_sys::Datum::from(day)));
        let count = i32::try_from(dates.len()).unwrap_or(i32::MAX);
        let (length, by_value, align) = (4, true, pg_sys::TYPALIGN_INT as _);
        // SAFETY: `count` dates, each by value; the array is palloc'd in the current context.
        unsafe {
            let array = with_reserve(|| {
                pg_sys::construct_array(
                    dates.as_mut_ptr(),
                    count,
                    pg_sys::DATEOID,
                    length,
                    by_value,
                    align,
                )
            });
            Returned(pg_sys::Datum::from(array))
        }
    }

    /// A date result, in days since 2000-01-01.
    pub fn returned_date(&self, day: i32) -> Returned {
        Returned(pg_sys::Datum::from(day))
    }

    /// A text result.
    pub fn returned_text(&self, text: &str) -> Outcome<Returned> {
        with_reserve(|| text.into_datum())
            .map(Returned)
            .ok_or_else(|| corrupted("text without a value", "a name"))
    }

    /// A bytea result.
    pub fn returned_bytes(&self, bytes: &[u8]) -> Outcome<Returned> {
        with_reserve(|| bytes.into_datum())
            .map(Returned)
            .ok_or_else(|| corrupted("bytes without a value", "a serialised state"))
    }

    /// Argument `i` as it came.
    pub fn returned_argument(&self, i: usize) -> Outcome<Returned> {
        self.datum(i).map(Returned).ok_or_else(|| corrupted("argument is NULL", "a state"))
    }
}

/// The elements of an array of a varlena type, detoasted or not as they stand there.
///
/// # Safety
/// `datum` must be such an array.
unsafe fn varlenas(datum: pg_sys::Datum) -> Vec<Option<pg_sys::Datum>> {
    // SAFETY: as above; PostgreSQL puts both lists and what was toasted into the current memory.
    unsafe {
        let array = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast::<pg_sys::ArrayType>();
        let (mut values, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
        let (length, by_value, align) = (-1, false, pg_sys::TYPALIGN_INT as _);
        with_reserve(|| {
            pg_sys::deconstruct_array(
                array,
                (*array).elemtype,
                length,
                by_value,
                align,
                &mut values,
                &mut nulls,
                &mut count,
            )
        });
        let element = |i: usize| (!*nulls.add(i)).then_some(*values.add(i));
        collected((0..usize::try_from(count).unwrap_or(0)).map(element))
    }
}

/// The elements of a text[].
///
/// # Safety
/// `datum` must be one.
unsafe fn texts(datum: pg_sys::Datum) -> Vec<Option<String>> {
    // SAFETY: as above; the elements are looked at before the memory they are in goes.
    unsafe {
        collected(varlenas(datum).into_iter().map(|element| {
            element.map(|element| {
                let bytes = plain_bytes(element);
                // What is not UTF-8 becomes three bytes.
                headroom(3 * bytes.len());
                String::from_utf8_lossy(bytes).into_owned()
            })
        }))
    }
}

/// The bytes behind the length word. PostgreSQL is only asked about what is toasted: a call through
/// pgrx's guard costs more than reading most values.
///
/// # Safety
/// `datum` must be a varlena; it, or its detoasted copy in the current memory, must live for 'a.
#[inline]
unsafe fn plain_bytes<'a>(datum: pg_sys::Datum) -> &'a [u8] {
    let varlena = datum.cast_mut_ptr::<pg_sys::varlena>();
    // SAFETY: as above; the header says how the value is stored.
    unsafe {
        let short = pgrx::varatt_is_1b(varlena) && !pgrx::varatt_is_1b_e(varlena);
        if short || pgrx::varatt_is_4b_u(varlena) {
            varlena_bytes(varlena)
        } else {
            varlena_bytes(with_reserve(|| pg_sys::pg_detoast_datum_packed(varlena)))
        }
    }
}

/// # Safety
/// `datum` must point to a varlena that is not toasted and lives for 'a.
unsafe fn varlena_bytes<'a>(datum: *mut pg_sys::varlena) -> &'a [u8] {
    // SAFETY: the length word counts itself and the bytes behind it.
    unsafe {
        let length = pgrx::varsize_any_exhdr(datum);
        std::slice::from_raw_parts(pgrx::vardata_any(datum).cast(), length)
    }
}
