//! The oracle tables of tests/data/oracle, read row by row and held against what we compute.
//!
//! Columns: `model, quantity, parameters…, inputs…, value, cond, tag`. Inputs are exact doubles,
//! `value` was computed at 60 digits and more from the published formulas. `cond` is the relative
//! condition number with respect to the real inputs: no double program can be better than about
//! cond × 1.1e-16. So a row passes when its relative error is at most
//! max(1e-10, 100 × cond × 1.1e-16); the aim is max(1e-13, 16 × cond × 1.1e-16). `tag` names the
//! parameter set and the corner; a row tagged underflow only needs a result below 1e-300. Where
//! `cond` is empty it was not computed: it counts as 0, the strictest tolerance.
//!
//! Conventions: log-likelihoods without combinatorial constant. BG/BB p_alive at n+m: m = 0 has
//! not died by the end of opportunity n, m = 1 is the P(alive) of the paper. dert_discrete
//! discounts opportunity n+k by (1+d)^-k, k from 1. sBG residual lifetime at n: active in period n
//! with n−1 renewals behind, just before the next renewal; the discounted lifetime counts the
//! first period undiscounted. cond_expected_transactions over a horizon t; expected_transactions
//! and pmf of a new customer; dert_continuous at rate delta per unit of time, infinite horizon;
//! discounted_transactions_discrete over K periods of length h at rate d per period, each period's
//! transactions at its end.

// Each test crate uses its part of this module.
#![allow(dead_code)]

pub mod beta_geometric;
pub mod derivatives;
pub mod laws;

use std::collections::HashMap;

/// One row of a table by the names of its columns.
pub struct Row(HashMap<String, String>);

impl Row {
    pub fn number(&self, column: &str) -> f64 {
        self.0[column].parse().unwrap()
    }

    pub fn text(&self, column: &str) -> &str {
        &self.0[column]
    }
}

/// The rows of tests/data/`name`.csv.
pub fn rows(name: &str) -> Vec<Row> {
    let path = format!("{}/tests/data/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| Row(row.unwrap())).collect()
}

/// Asserts that every row of tests/data/oracle/`name`.csv is met within its tolerance; prints the
/// worst error in units of the tolerance and of the aim, and the rows that miss the aim.
pub fn assert_oracle(name: &str, computed: impl Fn(&Row) -> f64) {
    let rows = rows(&format!("oracle/{name}"));
    assert!(!rows.is_empty(), "{name}: no rows");
    let (mut worst, mut worst_aim, mut misses) = (0.0_f64, 0.0_f64, Vec::new());
    for row in &rows {
        let (value, got) = (row.number("value"), computed(row));
        let cond = if row.text("cond").is_empty() { 0.0 } else { row.number("cond") };
        let mut error = if value == 0.0 { got.abs() } else { ((got - value) / value).abs() };
        if row.text("tag").contains("underflow") {
            error = if got.abs() < 1e-300 { 0.0 } else { f64::INFINITY };
        }
        if error.is_nan() {
            error = f64::INFINITY;
        }
        let aim = error / f64::max(1e-13, 16.0 * cond * 1.1e-16);
        worst = worst.max(error / f64::max(1e-10, 100.0 * cond * 1.1e-16));
        worst_aim = worst_aim.max(aim);
        if aim > 1.0 {
            misses.push(format!("  {aim:8.1e} × aim: {got:e}, not {value:e}: {:?}", row.0));
        }
    }
    println!(
        "{name}: {} rows, worst {worst:.1e} of the tolerance, {worst_aim:.1e} of the aim, {} miss it",
        rows.len(),
        misses.len()
    );
    misses.iter().take(20).for_each(|miss| println!("{miss}"));
    assert!(worst <= 1.0, "{name}: {worst:.1e} times the tolerance");
}

/// Σ (1 + d)^−k over the purchases of the k-th period of a row, by what is expected within t:
/// summed by parts, no difference of nearly equal expectations.
pub fn discounted_by_period(row: &Row, expected: impl Fn(f64) -> f64) -> f64 {
    let (length, periods, rate) = (row.number("h"), row.number("K") as u32, row.number("d"));
    let (mut sum, mut factor) = (0.0, 1.0);
    for k in 1..periods {
        factor /= 1.0 + rate;
        sum += factor * rate / (1.0 + rate) * expected(length * f64::from(k));
    }
    sum + factor / (1.0 + rate) * expected(length * f64::from(periods))
}
