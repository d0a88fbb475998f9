//! The mathematics of customer lifetime value: pure functions of numbers.
//!
//! One file per model, each with the same items in the same order: what the model is and where
//! it comes from, its parameters, the likelihood of one history, the predictions, the folded
//! likelihood with derivatives that a fit climbs. No Postgres, no I/O, no clock, no unsafe.

pub mod concentration;
pub mod history;
pub mod kmeans;
pub mod lifecycle;
pub mod likelihood;
pub mod percent_rank;
pub mod purchase_model;
pub mod rfm;
pub mod segment;
