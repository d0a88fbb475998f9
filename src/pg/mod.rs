//! The SQL surface: argument checks, NULLs, memory, errors. No formulas; those are in maths.
//!
//! A topic has one stem here, in sql/ and in tests/pg_regress/. All unsafe code is in raw.

// pgrx recognises an ErrorReport only as it is, not boxed; it is moved once per failing call.
#![allow(clippy::result_large_err)]
// cargo-pgrx reads the types of rows as they are written: no alias may shorten them.
#![allow(clippy::type_complexity)]

mod alert;
mod argument;
mod classic;
mod cohort;
mod concentration;
mod contract;
mod covariates;
mod customer;
mod economics;
mod encoding;
mod error;
mod experiment;
mod fit;
mod holdout;
mod inference;
mod kmeans;
mod lifecycle;
mod metrics;
mod model;
mod observation;
mod portable;
mod predict;
mod raw;
mod retention;
mod rfm;
mod segment;
mod simulate;
mod success;
mod summary;
mod sums;
mod survival;
mod tenure;
mod time;
