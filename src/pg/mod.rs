//! The SQL surface: argument checks, NULLs, memory, errors. No formulas; those are in maths.
//!
//! A topic has one stem here, in sql/ and in tests/pg_regress/. All unsafe code is in raw.

// pgrx recognises an ErrorReport only as it is, not boxed; it is moved once per failing call.
#![allow(clippy::result_large_err)]

mod argument;
mod classic;
mod contract;
mod customer;
mod error;
mod fit;
mod holdout;
mod model;
mod predict;
mod raw;
mod rfm;
mod segment;
mod summary;
mod time;
