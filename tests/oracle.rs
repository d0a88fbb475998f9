//! BG/NBD and MBG/NBD against every row of their oracle tables. What the columns mean, the
//! conventions and the tolerance of a row are stated in common/mod.rs, which also runs the tables
//! of the other models in their own test files.

mod common;

use common::{Row, assert_oracle, discounted_by_period};
use pg_clv::maths::bg_nbd::BgNbd;
use pg_clv::maths::history::History;
use pg_clv::maths::mbg_nbd::MbgNbd;
use pg_clv::maths::purchase_model::PurchaseModel;

fn history(row: &Row) -> History {
    History { x: row.number("x"), t_x: row.number("t_x"), age: row.number("T") }
}

/// The model of a row, whichever of the two it is.
fn model(row: &Row) -> Box<dyn PurchaseModel> {
    let [r, alpha, a, b] = ["r", "alpha", "a", "b"].map(|name| row.number(name));
    match row.text("model") {
        "bgnbd" => Box::new(BgNbd::new(r, alpha, a, b).unwrap()),
        "mbgnbd" => Box::new(MbgNbd::new(r, alpha, a, b).unwrap()),
        other => panic!("no such model: {other}"),
    }
}

fn both(table: &str, computed: impl Fn(&Row) -> f64) {
    assert_oracle(&format!("bgnbd_{table}"), &computed);
    assert_oracle(&format!("mbgnbd_{table}"), &computed);
}

#[test]
fn log_likelihood() {
    both("loglik", |row| model(row).log_likelihood(history(row)));
}

#[test]
fn p_alive() {
    both("palive", |row| model(row).p_alive(history(row), 0.0));
}

#[test]
fn conditional_expectation() {
    both("cond_exp", |row| model(row).expected_purchases(history(row), row.number("t")));
}

#[test]
fn expectation_of_a_new_customer() {
    both("exp", |row| model(row).expected_purchases_new(row.number("t")));
}

#[test]
fn pmf_of_a_new_customer() {
    both("pmf", |row| model(row).purchase_pmf_new(row.number("n") as u64, row.number("t")));
}

#[test]
fn discounted_purchases_without_end() {
    both("dert", |row| {
        model(row).discounted_purchases(history(row), row.number("delta"), f64::INFINITY)
    });
}

#[test]
fn expectations_of_many_horizons() {
    assert_oracle("bgnbd_disc_exp", |row| {
        let model = model(row);
        discounted_by_period(row, |t| model.expected_purchases(history(row), t))
    });
}
