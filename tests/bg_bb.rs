mod common;

use common::{Row, assert_oracle};
use pg_clv::maths::bg_bb::BgBb;
use pg_clv::maths::history::History;
use pg_clv::maths::purchase_model::PurchaseModel;

fn model(row: &Row) -> BgBb {
    let [alpha, beta, gamma, delta] =
        ["alpha", "beta", "gamma", "delta"].map(|name| row.number(name));
    BgBb { alpha, beta, gamma, delta }
}

fn history(row: &Row) -> History {
    History { x: row.number("x"), t_x: row.number("t_x"), age: row.number("n") }
}

#[test]
fn log_likelihood_is_the_oracle_s() {
    assert_oracle("bgbb_loglik", |row| model(row).log_likelihood(history(row)));
}

#[test]
fn p_alive_is_the_oracle_s() {
    assert_oracle("bgbb_palive", |row| match row.number("m") {
        0.0 => model(row).p_survived(history(row)),
        m => model(row).p_alive(history(row), m - 1.0),
    });
}

#[test]
fn expected_purchases_are_the_oracle_s() {
    assert_oracle("bgbb_exp", |row| model(row).expected_purchases_new(row.number("n")));
    assert_oracle("bgbb_cond_exp", |row| {
        model(row).expected_purchases(history(row), row.number("m"))
    });
}

#[test]
fn distribution_of_purchases_is_the_oracle_s() {
    assert_oracle("bgbb_pmf", |row| {
        model(row).purchase_pmf_new(row.number("x") as u64, row.number("n"))
    });
}

#[test]
fn discounted_purchases_are_the_oracle_s() {
    assert_oracle("bgbb_dert", |row| {
        let delta = row.number("d").ln_1p();
        model(row).discounted_purchases(history(row), delta, f64::INFINITY)
    });
}
