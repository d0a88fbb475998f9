//! The mathematics of customer lifetime value: pure functions of numbers.
//!
//! One file per model, each with the same items in the same order: what the model is and where
//! it comes from, its parameters, the likelihood of one history, the predictions, the folded
//! likelihood with derivatives that a fit climbs. No Postgres, no I/O, no clock, no unsafe.

pub mod anomaly;
pub mod cash_flow;
pub mod classic;
pub mod error;
pub mod experiments;
pub mod history;
pub mod likelihood;
pub mod purchase_model;
pub mod retention;
pub mod success;
pub mod unit_economics;
