//! A Rust value in PostgreSQL's memory, dropped with it.

use std::ffi::c_void;
use std::mem::{align_of, size_of};

use pgrx::pg_sys;

use super::reserve::with_reserve;
use crate::maths::memory;

#[repr(C)]
struct Kept<T> {
    callback: pg_sys::MemoryContextCallback,
    value: T,
}

unsafe extern "C-unwind" fn drop_kept<T>(value: *mut c_void) {
    // SAFETY: PostgreSQL calls it once, with what `keep_in` gave it, before the memory goes.
    unsafe { value.cast::<T>().drop_in_place() }
}

/// Keeps a value until the memory context goes, then drops it. In the context's own memory and not
/// in a Box: groups are many, and only PostgreSQL's allocator reports an error when it fails.
///
/// # Safety
/// `context` must be a live memory context.
pub unsafe fn keep_in<T>(context: pg_sys::MemoryContext, value: T) -> *mut T {
    const { assert!(align_of::<T>() <= 8) }
    memory::check();
    // SAFETY: the chunk is as large and as aligned as the value needs and is written at once.
    unsafe {
        let kept = with_reserve(|| pg_sys::MemoryContextAlloc(context, size_of::<Kept<T>>()));
        let kept = kept.cast::<Kept<T>>();
        let place = &raw mut (*kept).value;
        place.write(value);
        let next = std::ptr::null_mut();
        let (func, arg) = (Some(drop_kept::<T> as _), place.cast());
        (&raw mut (*kept).callback).write(pg_sys::MemoryContextCallback { func, arg, next });
        pg_sys::MemoryContextRegisterResetCallback(context, &raw mut (*kept).callback);
        place
    }
}
