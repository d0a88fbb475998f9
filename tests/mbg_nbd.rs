//! MBG/NBD: values in print, references at 40 digits, the laws of purchase models, the likelihood.

mod common;

use common::beta_geometric::{Model, assert_near, cdnow};
use pg_clv::maths::history::History;
use pg_clv::maths::mbg_nbd::{MbgNbd, MbgNbdLikelihood};
use pg_clv::maths::purchase_model::PurchaseModel;
use proptest::prelude::*;

const MODEL: Model = Model {
    prefix: "mbgnbd",
    model: |[r, alpha, a, b]| Box::new(model(r, alpha, a, b)),
    likelihood: |rows| Box::new(MbgNbdLikelihood::new(rows, 1.0)),
};

fn model(r: f64, alpha: f64, a: f64, b: f64) -> MbgNbd {
    MbgNbd::new(r, alpha, a, b).unwrap()
}

#[test]
fn values_in_print_are_met() {
    let cdnow_model = model(0.5248432, 6.1830852, 0.8913594, 1.6140023);
    let total: f64 = cdnow()
        .iter()
        .map(|row| f64::from(row.customers) * cdnow_model.log_likelihood(row.history()))
        .sum();
    assert_near(total, -9582.13572, 1e-4);
}

#[test]
fn one_time_buyers_may_have_left() {
    let customer = History { x: 0.0, t_x: 0.0, age: 0.0 };
    let model = model(0.5, 6.0, 0.9, 1.6);
    assert_near(model.p_alive(customer, 0.0), 1.6 / 2.5, 1e-15);
    let older = History { age: 39.0, ..customer };
    assert!(model.p_alive(older, 0.0) < 0.5);
}

#[test]
fn parameters_that_are_not_positive_are_refused() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(MbgNbd::new(0.2, 4.4, bad, 2.4).unwrap_err().argument, "a");
        assert_eq!(MbgNbd::new(0.2, 4.4, 0.8, bad).unwrap_err().argument, "b");
    }
}

#[test]
fn future_agrees_with_references_at_40_digits() {
    MODEL.future_agrees_with_references_at_40_digits();
}

#[test]
fn edges_are_finite() {
    MODEL.edges_are_finite();
}

#[test]
fn likelihood_equals_the_sum_of_single_histories() {
    MODEL.likelihood_equals_the_sum_of_single_histories();
}

#[test]
fn derivatives_agree_with_references_at_60_digits() {
    MODEL.derivatives_agree_with_references_at_60_digits();
}

#[test]
fn derivatives_agree_with_differences() {
    MODEL.derivatives_agree_with_differences();
}

#[test]
fn gradient_vanishes_at_the_maximum_likelihood_estimates() {
    MODEL.gradient_vanishes_at_the_maximum_likelihood_estimates();
}

#[test]
fn likelihood_is_not_a_number_outside_its_domain() {
    MODEL.likelihood_is_not_a_number_outside_its_domain();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_of_purchase_models(
        r in 0.05..8.0_f64, alpha in 1.0..50.0_f64, a in 0.1..6.0_f64, b in 0.1..9.0_f64,
        x in 0..30_u32, last in 0.0..1.0_f64, age in 5.0..300.0_f64, delta in 1e-4..0.05_f64,
    ) {
        let t_x = if x == 0 { 0.0 } else { last * age };
        let customer = History { x: f64::from(x), t_x, age };
        MODEL.laws_hold([r, alpha, a, b], customer, delta);
    }
}
