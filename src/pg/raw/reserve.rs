//! A reserve for small allocations, which cannot report that they fail (see `maths::memory`): texts
//! of errors, those of PostgreSQL's errors that pgrx copies, what serde and nalgebra need.
//!
//! The allocator of the system, behind which four megabytes wait. When it has nothing left, a small
//! allocation gets the reserve and the computation ends where it asks next. It unwinds nowhere.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use pgrx::pg_sys;

use crate::maths::memory;

struct Reserve;

#[global_allocator]
static ALLOCATOR: Reserve = Reserve;

/// Never written to, so that it takes address space but no memory.
static KEPT: AtomicPtr<u8> = AtomicPtr::new(null_mut());

const fn layout() -> Layout {
    // PostgreSQL's contexts grow by blocks of a megabyte and more: one must fit beside the texts.
    match Layout::from_size_align(1 << 22, 16) {
        Ok(layout) => layout,
        Err(_) => panic!("no layout"),
    }
}

/// Whether the reserve is there, or could be had again.
pub fn refill() -> bool {
    if KEPT.load(Relaxed).is_null() {
        // SAFETY: the layout has a size.
        KEPT.store(unsafe { System.alloc(layout()) }, Relaxed);
    }
    !KEPT.load(Relaxed).is_null()
}

impl Reserve {
    /// Gives `allocate` a second chance if it was small and there is a reserve to give up.
    #[cold]
    fn again(size: usize, allocate: impl Fn() -> *mut u8) -> *mut u8 {
        let kept = match size {
            ..=memory::SMALL => KEPT.swap(null_mut(), Relaxed),
            _ => null_mut(),
        };
        if kept.is_null() {
            return null_mut();
        }
        memory::reserve_used();
        // SAFETY: it was allocated with this layout, and the swap took it away from all others.
        unsafe { System.dealloc(kept, layout()) };
        allocate()
    }

    #[inline]
    fn twice(size: usize, allocate: impl Fn() -> *mut u8) -> *mut u8 {
        let allocated = allocate();
        if allocated.is_null() { Self::again(size, allocate) } else { allocated }
    }
}

// SAFETY: all memory comes from the system's allocator and goes back to it; a failed reallocation
// has left its block as it was.
unsafe impl GlobalAlloc for Reserve {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises; so below.
        Self::twice(layout.size(), || unsafe { System.alloc(layout) })
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        Self::twice(layout.size(), || unsafe { System.alloc_zeroed(layout) })
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        Self::twice(size, || unsafe { System.realloc(block, layout, size) })
    }
}

/// Gives the reserve up; nothing if it is gone.
fn give_up() {
    let kept = KEPT.swap(null_mut(), Relaxed);
    if !kept.is_null() {
        memory::reserve_used();
        // SAFETY: as in `again`.
        unsafe { System.dealloc(kept, layout()) };
    }
}

unsafe extern "C-unwind" fn on_error(_: *mut c_void) {
    give_up();
}

/// Calls what may end with an error of PostgreSQL, before which the reserve is given up: pgrx copies
/// the error into PostgreSQL's memory, and where that is exhausted the copy fails, and again, until
/// the server panics.
pub fn with_reserve<T>(call: impl FnOnce() -> T) -> T {
    struct Pop(*mut pg_sys::ErrorContextCallback);
    impl Drop for Pop {
        fn drop(&mut self) {
            // SAFETY: a global of the one thread that a backend has.
            unsafe { pg_sys::error_context_stack = self.0 };
        }
    }
    // SAFETY: as above; the callback is in the list for as long as this frame stands.
    unsafe {
        let previous = pg_sys::error_context_stack;
        let mut callback =
            pg_sys::ErrorContextCallback { previous, callback: Some(on_error), arg: null_mut() };
        let _pop = Pop(previous);
        pg_sys::error_context_stack = &raw mut callback;
        call()
    }
}
