//! BG/NBD: values in print, references at 40 digits, the laws of purchase models, the likelihood.

mod common;

use common::beta_geometric::{Model, assert_near, cdnow};
use pg_clv::maths::bg_nbd::{BgNbd, BgNbdLikelihood};
use pg_clv::maths::history::History;
use pg_clv::maths::purchase_model::PurchaseModel;
use proptest::prelude::*;

const MODEL: Model = Model {
    prefix: "bgnbd",
    model: |[r, alpha, a, b]| Box::new(model(r, alpha, a, b)),
    likelihood: |rows| Box::new(BgNbdLikelihood::new(rows, 1.0)),
};

fn model(r: f64, alpha: f64, a: f64, b: f64) -> BgNbd {
    BgNbd::new(r, alpha, a, b).unwrap()
}

#[test]
fn values_in_print_are_met() {
    let cdnow_model = model(0.2425945, 4.4136020, 0.7929220, 2.4259068);
    for (t, expected) in [(1.0, 0.0531843), (3.0, 0.1506308), (32.0, 1.043732), (78.0, 1.8579584)] {
        assert_near(cdnow_model.expected_purchases_new(t), expected, 1e-6);
    }
    let customer = History { x: 2.0, t_x: 30.43, age: 38.86 };
    assert_near(cdnow_model.expected_purchases(customer, 39.0), 1.2259068, 1e-6);
    let model_1516 = model(0.2425967, 4.413659, 0.7929869, 2.426164);
    let customer_1516 = History { x: 26.0, t_x: 216.0 / 7.0, age: 31.0 };
    assert_near(model_1516.expected_purchases(customer_1516, 52.0), 25.75659, 1e-4);
    assert_near(model_1516.p_alive(customer_1516, 0.0), 0.9688523, 1e-6);
    let total: f64 = cdnow()
        .iter()
        .map(|row| f64::from(row.customers) * cdnow_model.log_likelihood(row.history()))
        .sum();
    assert_near(total, -9582.42921, 1e-4);
}

#[test]
fn expectation_is_exact_around_a_equal_to_1() {
    let customer = History { x: 2.0, t_x: 30.43, age: 38.86 };
    for a in [1.0, 1.0 + 1e-14, 1.0 - 1e-14, 1.0 + 1e-12] {
        let expected = model(0.243, 4.414, a, 2.426).expected_purchases(customer, 39.0);
        assert_near(expected, 1.1021367860, 1e-10);
    }
}

#[test]
fn expectation_is_a_number_for_a_plus_b_below_1() {
    let customer = History { x: 0.0, t_x: 0.0, age: 1.0 };
    let expected = model(0.11, 2.24, 0.31, 0.5).expected_purchases(customer, 30.0);
    assert_near(expected, 0.5645886155, 1e-10);
}

#[test]
fn without_a_repeat_purchase_nobody_has_left() {
    for age in [0.0, 39.0, 1e5] {
        let customer = History { x: 0.0, t_x: 0.0, age };
        assert_eq!(model(0.243, 4.414, 0.793, 2.426).p_alive(customer, 0.0), 1.0);
    }
}

#[test]
fn parameters_that_are_not_positive_are_refused() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(BgNbd::new(0.2, 4.4, bad, 2.4).unwrap_err().argument, "a");
        assert_eq!(BgNbd::new(0.2, 4.4, 0.8, bad).unwrap_err().argument, "b");
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
