//! Textbook lifetime value: published examples, identities, limits and refusals.

use pg_clv::maths::classic::{FirstPayment, Relationship, clv_discounted, clv_simple};
use pg_clv::maths::error::Refusal;

fn near(actual: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1e-300);
    assert!((actual - expected).abs() <= tolerance * scale, "{actual:?} is not {expected:?}");
}

fn terms(margin: f64, retention_rate: f64, discount_rate: f64) -> Relationship {
    Relationship {
        margin,
        retention_rate,
        discount_rate,
        periods: None,
        growth_rate: 0.0,
        retention_cost: 0.0,
        acquisition_cost: 0.0,
        first_payment: FirstPayment::PeriodEnd,
    }
}

#[test]
fn simple_value_is_the_product_less_the_acquisition_cost() {
    // 50 a purchase, 4 purchases a year, 3 years, 40 %: 240; less 60.
    assert_eq!(clv_simple(50.0, 4.0, 3.0, 0.4, 60.0), Ok(180.0));
    assert_eq!(clv_simple(50.0, 4.0, 0.0, 0.4, 60.0), Ok(-60.0));
    near(clv_simple(50.0, 4.0, 3.0, -0.1, 0.0).unwrap(), -60.0, 1e-15);
}

#[test]
fn simple_value_refuses_what_is_no_number_or_no_share() {
    let refused = |result: Result<f64, pg_clv::maths::error::ArgumentError>| {
        let error = result.unwrap_err();
        (error.argument, error.refusal)
    };
    let invalid = Refusal::Invalid;
    assert_eq!(refused(clv_simple(f64::NAN, 1., 1., 0.5, 0.)), ("average_order_value", invalid));
    assert_eq!(refused(clv_simple(1., -1., 1., 0.5, 0.)), ("purchase_frequency", invalid));
    assert_eq!(refused(clv_simple(1., 1., f64::INFINITY, 0.5, 0.)), ("lifespan", invalid));
    assert_eq!(refused(clv_simple(1., 1., 1., 30.0, 0.)), ("margin", invalid));
    assert_eq!(refused(clv_simple(1., 1., 1., 0.5, -1.)), ("acquisition_cost", invalid));
    assert_eq!(
        refused(clv_simple(1e200, 1e200, 1., 0.5, 0.)),
        ("customer lifetime value", Refusal::Overflow)
    );
}

/// Revenue 50, margin 0.5, growth factor 1.1, discount 0.1, retention 0.9, acquisition 100: the
/// example is printed with the result 175; its own formula gives 37.5.
#[test]
fn published_example_misprinted_as_175_is_37_5() {
    let terms = Relationship { acquisition_cost: 100.0, ..terms(50.0 * 0.5 * 1.1, 0.9, 0.1) };
    near(clv_discounted(&terms).unwrap(), 37.5, 1e-13);
}

/// Berger and Nasr 1998, case 1: 260 a year, 50 spent on retention, r = 0.75, d = 0.2, 10 years
/// after the first: 568.78.
#[test]
fn berger_and_nasr_case_1_is_568_78() {
    let terms = Relationship {
        periods: Some(11),
        retention_cost: 50.0,
        first_payment: FirstPayment::Now,
        ..terms(260.0, 0.75, 0.2)
    };
    assert_eq!((clv_discounted(&terms).unwrap() * 100.0).round() / 100.0, 568.78);
}

/// Gupta and Lehmann 2003: the multiple r / (1 + i - r) is 4 at r = 0.9 and i = 0.125; at 90 %
/// and 12 % their table prints 4.09.
#[test]
fn gupta_and_lehmann_multiple_is_that_of_the_first_renewal() {
    let multiple = |r, i| {
        clv_discounted(&Relationship {
            first_payment: FirstPayment::FirstRenewal,
            ..terms(1.0, r, i)
        })
        .unwrap()
    };
    near(multiple(0.9, 0.125), 4.0, 1e-14);
    assert_eq!((multiple(0.9, 0.12) * 100.0).round() / 100.0, 4.09);
    assert_eq!((multiple(0.6, 0.1) * 100.0).round() / 100.0, 1.2);
}

#[test]
fn conditions_of_the_infinite_sum_are_enforced() {
    let error = clv_discounted(&terms(1.0, 1.0, 0.0)).unwrap_err();
    assert_eq!((error.refusal, error.argument), (Refusal::Invalid, "growth_rate"));
    assert!(error.hint().contains("Give periods"));
    let growing = Relationship { growth_rate: 0.2, ..terms(1.0, 0.9, 0.05) };
    assert!(clv_discounted(&growing).is_err());
    assert!(clv_discounted(&Relationship { periods: Some(30), ..growing }).is_ok());
    let shrinking = Relationship { growth_rate: -0.1, ..terms(1.0, 1.0, 0.0) };
    near(clv_discounted(&shrinking).unwrap(), 10.0, 1e-14);
    let costly = Relationship { retention_cost: 1.0, ..shrinking };
    assert_eq!(clv_discounted(&costly).unwrap_err().argument, "retention_rate");
}

#[test]
fn finite_sum_is_exact_where_the_ratio_is_near_1_and_periods_are_many() {
    // mpmath, 50 digits: sum of q^k, k < 10^9, q = (1 + g) / (1 + d) with d = 0, r = 1, g exact.
    for (growth, expected) in [
        (0.0, 1e9),
        (2f64.powi(-40), 1_000_454_885.245_218_9),
        (-(2f64.powi(-30)), 650_652_940.358_441_8),
    ] {
        let terms = Relationship {
            periods: Some(1_000_000_000),
            growth_rate: growth,
            first_payment: FirstPayment::Now,
            ..terms(1.0, 1.0, 0.0)
        };
        near(clv_discounted(&terms).unwrap(), expected, 1e-14);
    }
}
