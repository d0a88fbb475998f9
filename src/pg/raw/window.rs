//! Window functions: a partition's arguments read column by column, results kept per partition.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::marker::PhantomData;
use std::mem::{align_of, size_of};
use std::ptr::NonNull;

use pgrx::memcxt::PgMemoryContexts;
use pgrx::pg_sys;

use super::reserve::with_reserve;
use super::{Call, Field, Returned, check_interrupts, keep_in, texts, varlena_bytes};
use crate::maths::memory;
use crate::pg::error::{Outcome, corrupted};

type Object = *mut c_void;

/// WINDOW_SEEK_HEAD of windowapi.h, which the bindings lack.
const SEEK_HEAD: c_int = 1;

unsafe extern "C-unwind" {
    fn WinGetPartitionLocalMemory(object: Object, size: usize) -> *mut c_void;
    fn WinGetCurrentPosition(object: Object) -> i64;
    fn WinGetPartitionRowCount(object: Object) -> i64;
    fn WinRowsArePeers(object: Object, one: i64, other: i64) -> bool;
    fn WinGetFuncArgInPartition(
        object: Object,
        argument: c_int,
        row: c_int,
        seek: c_int,
        set_mark: bool,
        is_null: *mut bool,
        is_out: *mut bool,
    ) -> pg_sys::Datum;
    fn WinGetFuncArgCurrent(object: Object, argument: c_int, is_null: *mut bool) -> pg_sys::Datum;
}

/// As pgrx's own guard, which turns PostgreSQL's errors into unwinding.
///
/// # Safety
/// As for pgrx's own.
unsafe fn guarded<T>(call: impl FnOnce() -> T) -> T {
    // SAFETY: as above.
    with_reserve(|| unsafe { pg_sys::ffi::pg_guard_ffi_boundary(call) })
}

/// The rows and results of the partition that a window function is called in.
pub struct Window<'a> {
    object: NonNull<c_void>,
    call: PhantomData<&'a Call>,
}

/// One argument of one row, or none if it is NULL.
#[derive(Clone, Copy)]
pub struct Cell(Option<pg_sys::Datum>);

impl Cell {
    pub fn float(self) -> Option<f64> {
        self.0.map(|d| f64::from_bits(d.value() as u64))
    }

    pub fn int(self) -> Option<i32> {
        self.0.map(|d| d.value() as i32)
    }

    pub fn bigint(self) -> Option<i64> {
        self.0.map(|d| d.value() as i64)
    }

    /// Days since 2000-01-01; i32::MIN and MAX are the infinities.
    pub fn date(self) -> Option<i32> {
        self.int()
    }

    /// Microseconds since 2000-01-01; i64::MIN and MAX are the infinities.
    pub fn timestamp(self) -> Option<i64> {
        self.0.map(|d| d.value() as i64)
    }

    pub fn boolean(self) -> Option<bool> {
        self.0.map(|d| d.value() & 0xff != 0)
    }

    /// Of a text or array argument the bytes behind the length word.
    ///
    /// # Safety
    /// The argument is a varlena, and its row is the one fetched last.
    unsafe fn bytes<'a>(self) -> Option<&'a [u8]> {
        // SAFETY: as above.
        self.0.map(|d| unsafe { varlena_bytes(pg_sys::pg_detoast_datum_packed(d.cast_mut_ptr())) })
    }
}

/// Results that a partition makes once and returns for many rows, by a small number each.
pub struct Repeated {
    context: pg_sys::MemoryContext,
    made: RefCell<Vec<Option<Made>>>,
}

#[derive(Clone, Copy)]
struct Made {
    datum: pg_sys::Datum,
    /// The first field of a composite, if that is a double precision which may be overwritten.
    first: Option<NonNull<f64>>,
}

impl Repeated {
    fn in_partition(&self, make: impl FnOnce() -> Outcome<Returned>) -> Outcome<Returned> {
        // SAFETY: the partition's context lives as long as what `kept` keeps of the partition, and
        // its rows are used before the next partition begins.
        unsafe { PgMemoryContexts::For(self.context).switch_to(|_| make()) }
    }

    fn remember(&self, number: usize, made: Made) {
        if let Some(place) = self.made.borrow_mut().get_mut(number) {
            *place = Some(made);
        }
    }
}

/// What the partition remembers: nothing at first, as PostgreSQL hands out zeroed memory.
#[repr(C)]
struct Kept {
    results: *mut c_void,
    rows: usize,
}

/// Rows read under one guard.
const CHUNK: usize = 1024;

impl Call {
    /// The partition of a window function's call.
    pub fn window(&self) -> Outcome<Window<'_>> {
        let node = self.frame().context;
        // SAFETY: `context` is null or a node, whose tag says what it is.
        let is_window =
            !node.is_null() && unsafe { (*node).type_ } == pg_sys::NodeTag::T_WindowObjectData;
        match NonNull::new(node.cast::<c_void>()) {
            Some(object) if is_window => Ok(Window { object, call: PhantomData }),
            _ => Err(corrupted("window function called without a window", "there is no OVER")),
        }
    }
}

impl Window<'_> {
    /// The number of rows of the partition.
    pub fn rows(&self) -> usize {
        // SAFETY: a live window object; the guard turns PostgreSQL's errors into unwinding.
        let rows = unsafe { guarded(|| WinGetPartitionRowCount(self.object.as_ptr())) };
        usize::try_from(rows).unwrap_or(0)
    }

    /// The current row's place in the partition, from 0.
    pub fn position(&self) -> usize {
        // SAFETY: a live window object, of which a field is read: no error of PostgreSQL, and so no
        // guard, which would cost more than the rest of the call.
        let position = unsafe { WinGetCurrentPosition(self.object.as_ptr()) };
        usize::try_from(position).unwrap_or(0)
    }

    /// Whether the window's ORDER BY puts every row in a place of its own.
    pub fn in_order(&self) -> bool {
        let rows = self.rows() as i64;
        (1..rows).step_by(CHUNK).all(|start| {
            check_interrupts();
            // SAFETY: as for `rows`; both rows are in the partition.
            unsafe {
                guarded(|| {
                    (start..rows.min(start + CHUNK as i64))
                        .all(|row| !WinRowsArePeers(self.object.as_ptr(), row - 1, row))
                })
            }
        })
    }

    /// An argument of the current row.
    pub fn current(&self, argument: usize) -> Cell {
        let mut is_null = true;
        // SAFETY: as for `rows`; the argument exists because the call has that many.
        let datum = unsafe {
            guarded(|| WinGetFuncArgCurrent(self.object.as_ptr(), argument as c_int, &mut is_null))
        };
        Cell((!is_null).then_some(datum))
    }

    /// Hands an argument of every row of the partition to `take`, in the order of the rows.
    /// By-value types only: a by-reference datum does not outlive the row.
    pub fn column(
        &self,
        argument: usize,
        mut take: impl FnMut(Cell) -> Outcome<()>,
    ) -> Outcome<()> {
        self.columns([argument], |[cell]| take(cell))
    }

    /// As `column`, several arguments of every row at once.
    ///
    /// One pass over the rows, a few at a time forwards for the first argument, backwards for the
    /// second and so on: a pass for each argument would read the rows of a spilled partition
    /// backwards, one block a row.
    pub fn columns<const N: usize>(
        &self,
        arguments: [usize; N],
        mut take: impl FnMut([Cell; N]) -> Outcome<()>,
    ) -> Outcome<()> {
        const TURN: usize = 16;
        let rows = self.rows();
        let null = pg_sys::NullableDatum { value: pg_sys::Datum::null(), isnull: true };
        let mut buffer = [[null; N]; CHUNK];
        for start in (0..rows).step_by(CHUNK) {
            check_interrupts();
            let chunk = &mut buffer[..CHUNK.min(rows - start)];
            // SAFETY: as for `rows`. Nothing in the guarded loop has a destructor that an error
            // of PostgreSQL would jump over.
            unsafe {
                guarded(|| {
                    for (turn, few) in chunk.chunks_mut(TURN).enumerate() {
                        for (number, &argument) in arguments.iter().enumerate() {
                            for step in 0..few.len() {
                                let backwards = number % 2 == 1;
                                let i = if backwards { few.len() - 1 - step } else { step };
                                let cell = &mut few[i][number];
                                let mut is_out = false;
                                cell.value = WinGetFuncArgInPartition(
                                    self.object.as_ptr(),
                                    argument as c_int,
                                    (start + turn * TURN + i) as c_int,
                                    SEEK_HEAD,
                                    false,
                                    &mut cell.isnull,
                                    &mut is_out,
                                );
                            }
                        }
                    }
                });
            }
            for cells in chunk {
                take(cells.map(|cell| Cell((!cell.isnull).then_some(cell.value))))?;
            }
        }
        Ok(())
    }

    /// Hands the bytes of a composite or array argument of every row to `take`, in the order of
    /// the rows, as `Call::bytes` gives those of a plain call.
    pub fn each(
        &self,
        argument: usize,
        mut take: impl FnMut(Option<&[u8]>) -> Outcome<()>,
    ) -> Outcome<()> {
        let mut memory = PgMemoryContexts::new("pg_clv window argument");
        for row in 0..self.rows() {
            if row.is_multiple_of(CHUNK) {
                check_interrupts();
                // SAFETY: nothing of the rows before is referred to any more.
                unsafe { memory.reset() };
            }
            let mut cell = pg_sys::NullableDatum { value: pg_sys::Datum::null(), isnull: true };
            let context = memory.value();
            // SAFETY: as for `column`. What the argument's expression allocates goes to `memory`.
            unsafe {
                guarded(|| {
                    let caller = pg_sys::MemoryContextSwitchTo(context);
                    let mut is_out = false;
                    cell.value = WinGetFuncArgInPartition(
                        self.object.as_ptr(),
                        argument as c_int,
                        row as c_int,
                        SEEK_HEAD,
                        false,
                        &mut cell.isnull,
                        &mut is_out,
                    );
                    // Here, so that what is detoasted goes with the rest.
                    if !cell.isnull {
                        let flat = pg_sys::pg_detoast_datum_packed(cell.value.cast_mut_ptr());
                        cell.value = pg_sys::Datum::from(flat);
                    }
                    pg_sys::MemoryContextSwitchTo(caller);
                });
                take(Cell((!cell.isnull).then_some(cell.value)).bytes())?;
            }
        }
        Ok(())
    }

    /// A text[] argument of the current row; an element is none if it is NULL.
    pub fn current_texts(&self, argument: usize) -> Option<Vec<Option<String>>> {
        // SAFETY: a text[] argument; the current row stays in its slot for the length of the call.
        self.current(argument).0.map(|d| unsafe { texts(d) })
    }

    /// What `compute` makes of the partition, once; dropped with the partition.
    pub fn kept<S: 'static>(&self, compute: impl FnOnce() -> Outcome<S>) -> Outcome<&S> {
        // SAFETY: as for `result`; the state stands in the partition's own memory, and no other
        // function can see it.
        unsafe {
            let kept =
                guarded(|| WinGetPartitionLocalMemory(self.object.as_ptr(), size_of::<*mut S>()))
                    .cast::<*mut S>();
            if (*kept).is_null() {
                let state = compute()?;
                let context = pg_sys::GetMemoryChunkContext(kept.cast());
                *kept = keep_in(context, state);
            }
            Ok(&**kept)
        }
    }

    /// Results to be made once, `count` at most; to be kept by `kept`.
    pub fn repeated(&self, count: usize) -> Repeated {
        // SAFETY: the memory is this partition's own; only the context that it lies in is read.
        let context = unsafe {
            let memory = guarded(|| {
                WinGetPartitionLocalMemory(self.object.as_ptr(), size_of::<*mut c_void>())
            });
            pg_sys::GetMemoryChunkContext(memory)
        };
        Repeated { context, made: RefCell::new(vec![None; count]) } // small
    }

    /// Result `number` of `repeated`, which `make` makes if it is not there.
    pub fn repeat(
        &self,
        repeated: &Repeated,
        number: usize,
        make: impl FnOnce() -> Outcome<Returned>,
    ) -> Outcome<Returned> {
        if let Some(&Some(made)) = repeated.made.borrow().get(number) {
            return Ok(Returned(made.datum));
        }
        let result = repeated.in_partition(make)?;
        repeated.remember(number, Made { datum: result.0, first: None });
        Ok(result)
    }

    /// As `repeat` for the composite of `fields`, of which the first may differ between calls with
    /// the same `number` if it is a double precision. The result holds until the next such call.
    pub fn repeat_but_first<const N: usize>(
        &self,
        repeated: &Repeated,
        number: usize,
        call: &Call,
        fields: &[Field; N],
    ) -> Outcome<Returned> {
        let Some(&Field::Float(value)) = fields.first() else { return call.row(fields) };
        if let Some(&Some(Made { datum, first: Some(first) })) = repeated.made.borrow().get(number)
        {
            // SAFETY: the place of that field, see below. PostgreSQL copies the result of a window
            // function, or is done with it before it calls the function for the next row.
            unsafe { first.write(value) };
            return Ok(Returned(datum));
        }
        let result = repeated.in_partition(|| call.row(fields))?;
        // SAFETY: `Call::row` made a tuple whose data begin with the first field, which is not NULL.
        let first = unsafe {
            let tuple = result.0.cast_mut_ptr::<pg_sys::HeapTupleHeaderData>();
            NonNull::new(tuple.byte_add(usize::from((*tuple).t_hoff)).cast())
        };
        repeated.remember(number, Made { datum: result.0, first });
        Ok(result)
    }

    /// An argument of every row as numbers; NaN stands for NULL. `refuse` makes the error for a
    /// NaN among the values, in which row of the partition, from 0, it may be.
    pub fn floats(
        &self,
        argument: usize,
        refuse: impl Fn(usize) -> pg_sys::panic::ErrorReport,
    ) -> Outcome<Vec<f64>> {
        let mut values = memory::room(self.rows());
        self.column(argument, |cell| {
            let value = cell.float();
            if value.is_some_and(f64::is_nan) {
                return Err(refuse(values.len()));
            }
            values.push(value.unwrap_or(f64::NAN));
            Ok(())
        })?;
        Ok(values)
    }

    /// The current row's result. `compute` gives those of all rows, once per partition; they are
    /// kept in the partition's own memory, `size_of::<T>()` bytes a row.
    pub fn result<T: Copy + 'static>(
        &self,
        compute: impl FnOnce() -> Outcome<Vec<T>>,
    ) -> Outcome<Option<T>> {
        const { assert!(align_of::<T>() <= 8) }
        // SAFETY: PostgreSQL gives this partition's zeroed memory, of this size at every call.
        let kept = unsafe {
            let memory =
                guarded(|| WinGetPartitionLocalMemory(self.object.as_ptr(), size_of::<Kept>()));
            memory.cast::<Kept>()
        };
        // SAFETY: `kept` is this partition's own and only touched here.
        unsafe {
            if (*kept).results.is_null() {
                let results = compute()?;
                let context = pg_sys::GetMemoryChunkContext(kept.cast());
                let size = (results.len() * size_of::<T>()).max(1);
                let memory = pg_sys::MemoryContextAllocHuge(context, size).cast::<T>();
                memory.copy_from_nonoverlapping(results.as_ptr(), results.len());
                *kept = Kept { results: memory.cast(), rows: results.len() };
            }
            let results = std::slice::from_raw_parts((*kept).results.cast::<T>(), (*kept).rows);
            Ok(results.get(self.position()).copied())
        }
    }
}
