//! The memory of an aggregate and the states that it keeps there.

use std::ptr::NonNull;

use pgrx::pg_sys;

use super::kept::keep_in;
use super::{Call, Returned};
use crate::pg::error::{Outcome, corrupted};

/// The memory context in which an aggregate keeps the states of its groups.
#[derive(Clone, Copy)]
pub struct Aggregate(pub(super) NonNull<pg_sys::MemoryContextData>);

impl Call {
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

    /// The state of type `S` that argument `i` (internal) points to.
    #[allow(clippy::mut_from_ref)]
    pub fn state<S>(&self, i: usize) -> Option<&mut S> {
        // SAFETY: an internal argument is what `Aggregate::keep::<S>` of the same aggregate
        // returned; PostgreSQL gives it to one call at a time.
        self.datum(i).map(|d| unsafe { &mut *d.cast_mut_ptr::<S>() })
    }
}

impl Aggregate {
    /// Keeps a state until the aggregate's memory goes, then drops it.
    pub fn keep<S>(&self, state: S) -> Returned {
        // SAFETY: the context of a running aggregate.
        let kept = unsafe { keep_in(self.0.as_ptr(), state) };
        Returned(pg_sys::Datum::from(kept))
    }
}
