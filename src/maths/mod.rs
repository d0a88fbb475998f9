//! The mathematics of customer lifetime value: pure functions of numbers.
//!
//! One file per model, each with the same items in the same order: what the model is and where
//! it comes from, its parameters, the likelihood of one history, the predictions, the folded
//! likelihood with derivatives that a fit climbs. No Postgres, no I/O, no clock, no unsafe.

pub mod anomaly;
mod beta_geometric;
mod beta_geometric_likelihood;
mod beta_geometric_limits;
mod beta_geometric_series;
mod beta_moments;
pub mod bg_bb;
mod bg_bb_limits;
pub mod bg_nbd;
pub mod border;
pub mod cash_flow;
pub mod classic;
pub mod cohort;
pub mod comparison;
pub mod concentration;
pub mod counted;
pub mod covariate_fit;
mod covariate_models;
pub mod covariate_rows;
pub mod covariates;
pub mod decimal;
mod dropout;
pub mod error;
pub mod exact_sum;
pub mod experiments;
pub mod fit;
pub mod fit_histories;
pub mod gamma_gamma;
pub mod history;
pub mod holdout;
pub mod interval;
mod jet;
pub mod kmeans;
pub mod lifecycle;
pub mod likelihood;
mod log_concave;
pub mod mbg_nbd;
pub mod memory;
pub mod nbd;
pub mod optimise;
mod order;
pub mod orders;
pub mod pareto_nbd;
pub mod percent_rank;
pub mod purchase_model;
pub mod quadrature;
mod rate;
pub mod retention;
pub mod rfm;
pub mod sbg;
pub mod segment;
pub mod simulate;
pub mod special;
pub mod success;
pub mod summary;
pub mod survival;
pub mod survivors;
pub mod tenure;
pub mod unit_economics;
pub mod uplift;
