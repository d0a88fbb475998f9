//! All unsafe code of the extension: the call frame of a SQL function, aggregate state, composite
//! values, the cache of decoded arguments, windows. What leaves this file is safe to use, provided
//! that sql/ declares each function with the argument types that its Rust body asks for.

use std::ffi::{CStr, CString};
use std::mem::size_of;
use std::ptr::NonNull;
use std::rc::Rc;

use pgrx::IntoDatum;
use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::datum::Datum;
use pgrx::memcxt::PgMemoryContexts;
use pgrx::pg_sys;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};

use self::zone::Offset;
use super::error::{Outcome, corrupted, invalid, raise, too_large};
use crate::maths::memory::{self, collected, headroom};

mod array;
mod decoded;
mod kept;
mod load;
mod numeric;
mod packed;
mod record;
mod reserve;
mod window;
mod zone;

pub use array::{elements, numbers};
use decoded::Decoded;
use kept::keep_in;
pub use packed::Packed;
pub use record::Record;
use reserve::with_reserve;
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
            let array = pg_sys::get_fn_expr_rettype(self.frame().flinfo);
            pg_sys::get_element_type(array)
        };
        if element == pg_sys::InvalidOid {
            return Err(corrupted("result type is no array", "the function is declared wrongly"));
        }
        Ok(element)
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

    /// A jsonb result.
    pub fn returned_json(&self, value: serde_json::Value) -> Outcome<Returned> {
        with_reserve(|| pgrx::JsonB(value).into_datum())
            .map(Returned)
            .ok_or_else(|| corrupted("jsonb without a value", "a fitted model"))
    }

    /// The memory of the running aggregate.
    pub fn aggregate(&self) -> Outcome<Aggregate> {
        // The two node types are looked at here, because a call of AggCheckCallContext through
        // pgrx's guard costs more per row than the rest of a transition.
        // SAFETY: `context` is null or a node, whose tag says what it is.
        let context = unsafe {
            let node = self.frame().context;
            if node.is_null() {
                std::ptr::null_mut()
            } else if (*node).type_ == pg_sys::NodeTag::T_AggState {
                let state = node.cast::<pg_sys::AggState>();
                (*(*state).curaggcontext).ecxt_per_tuple_memory
            } else if (*node).type_ == pg_sys::NodeTag::T_WindowAggState {
                (*node.cast::<pg_sys::WindowAggState>()).curaggcontext
            } else {
                std::ptr::null_mut()
            }
        };
        NonNull::new(context).map(Aggregate).ok_or_else(|| {
            corrupted("support function called outside an aggregate", "there is no aggregate state")
        })
    }

    /// The memory in which a deserialised state stands until the caller has combined it: not that
    /// of the groups, where all of them would pile up.
    pub fn for_now(&self) -> Outcome<Aggregate> {
        self.aggregate()?;
        // SAFETY: there always is a current memory context.
        Ok(Aggregate(unsafe { NonNull::new_unchecked(pg_sys::CurrentMemoryContext) }))
    }

    /// Keeps a deserialised state until the caller has combined it, then drops it.
    pub fn keep_for_now<S>(&self, state: S) -> Returned {
        // SAFETY: there always is a current memory context.
        Returned(unsafe { keep_in(pg_sys::CurrentMemoryContext, state) }.into())
    }

    /// Argument `i` as it came.
    pub fn returned_argument(&self, i: usize) -> Outcome<Returned> {
        self.datum(i).map(Returned).ok_or_else(|| corrupted("argument is NULL", "a state"))
    }

    /// The state of type `S` that argument `i` (internal) points to.
    #[allow(clippy::mut_from_ref)]
    pub fn state<S>(&self, i: usize) -> Option<&mut S> {
        // SAFETY: an internal argument is what `Aggregate::keep::<S>` of the same aggregate
        // returned; PostgreSQL gives it to one call at a time.
        self.datum(i).map(|d| unsafe { &mut *d.cast_mut_ptr::<S>() })
    }
}

/// The memory context in which an aggregate keeps the states of its groups.
#[derive(Clone, Copy)]
pub struct Aggregate(NonNull<pg_sys::MemoryContextData>);

impl Aggregate {
    /// Keeps a state until the aggregate's memory goes, then drops it.
    pub fn keep<S>(&self, state: S) -> Returned {
        // SAFETY: the context of a running aggregate.
        let kept = unsafe { keep_in(self.0.as_ptr(), state) };
        Returned(pg_sys::Datum::from(kept))
    }
}

/// The most bytes of text of a jsonb that is read.
const MOST_JSON: usize = 4 << 20;

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
