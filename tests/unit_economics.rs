//! Acquisition cost, LTV:CAC, payback and customer equity by hand and against the discounted value.

use pg_clv::maths::classic::{FirstGrowth, FirstPayment, Relationship, clv_discounted};
use pg_clv::maths::unit_economics::{
    LtvCacReading, acquisition_cost, customer_equity, customer_equity_curves, ltv_cac_ratio,
    payback, payback_observed,
};
use proptest::prelude::*;

fn near(actual: f64, expected: f64, tolerance: f64) {
    assert!(
        (actual - expected).abs() <= tolerance * expected.abs(),
        "{actual:?} is not {expected:?}"
    );
}

#[test]
fn ratios_by_hand_and_none_over_nothing() {
    assert_eq!(acquisition_cost(12_000., 80.), Ok(Some(150.)));
    assert_eq!(acquisition_cost(12_000., 0.), Ok(None));
    assert_eq!(ltv_cac_ratio(450., 150.), Ok(Some(3.)));
    assert_eq!(ltv_cac_ratio(-45., 150.), Ok(Some(-0.3)));
    assert_eq!(ltv_cac_ratio(450., 0.), Ok(None));
    assert_eq!(acquisition_cost(-1., 80.), Ok(None));
    assert_eq!(acquisition_cost(1., -80.), Ok(None));
    assert_eq!(acquisition_cost(1., f64::NAN).unwrap_err().argument, "new_customers");
    assert_eq!(ltv_cac_ratio(1., -2.), Ok(None));
    assert_eq!(ltv_cac_ratio(f64::NAN, -2.).unwrap_err().argument, "lifetime_value");
}

#[test]
fn reading_of_the_ratio_changes_at_1_3_and_5() {
    let reading = |ratio| LtvCacReading::of(ratio).unwrap().name();
    for (ratio, expected) in [
        (-1.0, "loses money"),
        (0.99, "loses money"),
        (1.0, "thin"),
        (2.99, "thin"),
        (3.0, "healthy"),
        (5.0, "healthy"),
        (5.01, "underinvests"),
    ] {
        assert_eq!(reading(ratio), expected);
    }
    assert!(LtvCacReading::of(f64::NAN).is_err());
}

#[test]
fn payback_without_churn_and_discount_is_cost_over_margin() {
    for timing in [FirstPayment::Now, FirstPayment::PeriodEnd, FirstPayment::FirstRenewal] {
        assert_eq!(payback(300., 40., 0., 0., timing), Ok(Some(7.5)));
        assert_eq!(payback(0., 40., 0.1, 0.1, timing), Ok(Some(0.0)));
    }
    assert_eq!(payback(1e12, 1e-3, 0., 0., FirstPayment::Now), Ok(Some(1e15)));
}

#[test]
fn payback_with_churn_by_hand() {
    // 40 + 20 + half of 10.
    near(payback(65., 40., 0.5, 0., FirstPayment::Now).unwrap().unwrap(), 2.5, 1e-15);
    // At the ends of the periods: 50, 25, 12.5 after discounting by 1/2 with d = 1.
    near(payback(75., 100., 0., 1., FirstPayment::PeriodEnd).unwrap().unwrap(), 2.0, 1e-15);
    // All leave after the first payment.
    assert_eq!(payback(10., 40., 1., 0., FirstPayment::Now), Ok(Some(0.25)));
    assert_eq!(payback(40., 40., 1., 0., FirstPayment::Now), Ok(Some(1.0)));
    assert_eq!(payback(40., 40., 1., 0.3, FirstPayment::Now), Ok(Some(1.0)));
}

#[test]
fn payback_that_never_comes_is_none() {
    // 40 / 0.5 = 80 is all that ever comes in.
    assert_eq!(payback(80., 40., 0.5, 0., FirstPayment::Now), Ok(None));
    assert_eq!(payback(81., 40., 0.5, 0., FirstPayment::Now), Ok(None));
    assert_eq!(payback(41., 40., 1., 0., FirstPayment::Now), Ok(None));
    assert_eq!(payback(10., 0., 0., 0., FirstPayment::Now), Ok(None));
    assert_eq!(payback(10., -3., 0., 0., FirstPayment::Now), Ok(None));
    assert_eq!(payback(10., 40., 1., 0., FirstPayment::FirstRenewal), Ok(None));
    assert_eq!(payback(10., 1e-308, 0., 0., FirstPayment::Now), Ok(None));
    assert_eq!(payback(-1., 40., 0., 0., FirstPayment::Now), Ok(None));
}

#[test]
fn payback_refuses_rates_that_are_none() {
    let refused = |cost, margin, churn, rate| {
        payback(cost, margin, churn, rate, FirstPayment::Now).unwrap_err().argument
    };
    assert_eq!(refused(f64::NAN, 1., 0., 0.), "acquisition_cost");
    assert_eq!(refused(1., f64::NAN, 0., 0.), "payment");
    assert_eq!(refused(1., 1., 1.1, 0.), "churn_rate");
    assert_eq!(refused(1., 1., 0., -1.), "discount_rate");
}

#[test]
fn customer_equity_by_hand() {
    // 1000 + 10 × 50 / 0.1 for ever; two periods: 500 / 1.1 + 500 / 1.21.
    near(customer_equity(1000., 10., 50., 0.1, None).unwrap(), 6000.0, 1e-15);
    let two = 1000. + 500. / 1.1 + 500. / 1.21;
    near(customer_equity(1000., 10., 50., 0.1, Some(2)).unwrap(), two, 1e-15);
    assert_eq!(customer_equity(1000., 10., 50., 0., Some(4)), Ok(3000.));
    near(customer_equity_curves(1000., &[10., 10.], &[50., 50.], 0.1).unwrap(), two, 1e-15);
    assert_eq!(customer_equity_curves(1000., &[], &[], 0.1), Ok(1000.));
}

#[test]
fn customer_equity_refuses_a_sum_without_limit_and_unequal_arrays() {
    assert_eq!(customer_equity(0., 1., 1., 0., None).unwrap_err().argument, "discount_rate");
    assert_eq!(
        customer_equity(0., -1., 1., 0.1, None).unwrap_err().argument,
        "acquisitions_per_period"
    );
    // 10 %, written as 10.
    assert_eq!(
        customer_equity(0., 1., 1., 10., None).unwrap_err().detail(),
        "discount_rate is 10."
    );
    let error = customer_equity_curves(0., &[1., 2.], &[1.], 0.1).unwrap_err();
    assert_eq!(error.argument, "number of values at acquisition");
    let error = customer_equity_curves(0., &[1., -2.], &[1., 1.], 0.1).unwrap_err();
    assert_eq!(error.detail(), "acquisitions[2] is -2.");
}

proptest! {
    /// After n whole payments the margins so far equal the cost exactly then when payback says n.
    #[test]
    fn cumulative_margin_at_payback_equals_the_acquisition_cost(
        margin in 1.0..100.0, churn in 0.0..0.3, rate in -0.1..0.2, n in 1..25_u64, timing in 0..3_usize
    ) {
        let timings = [FirstPayment::Now, FirstPayment::PeriodEnd, FirstPayment::FirstRenewal];
        let terms = Relationship {
            payment: margin,
            retention_rate: 1.0 - churn,
            discount_rate: rate,
            periods: Some(n),
            growth_rate: 0.0,
            first_growth: FirstGrowth::SecondPayment,
            retention_cost: 0.0,
            acquisition_cost: 0.0,
            first_payment: timings[timing],
        };
        let cost = clv_discounted(&terms).unwrap();
        let last = cost - clv_discounted(&Relationship { periods: Some(n - 1), ..terms }).unwrap();
        // Where the last payment is lost in the rounding of the sum, n cannot be told.
        prop_assume!(last > 1e-6 * cost);
        let paid = payback(cost, margin, churn, rate, timings[timing]).unwrap();
        prop_assert!((paid.unwrap() - n as f64).abs() < 1e-8);
        let half = payback(cost - last / 2.0, margin, churn, rate, timings[timing]).unwrap();
        prop_assert!((half.unwrap() - (n as f64 - 0.5)).abs() < 1e-8);
    }

    #[test]
    fn equity_of_constant_arrays_equals_the_closed_form(
        customers in 0.0..100.0, value in -50.0..500.0, rate in -0.2..0.5, n in 0..50_u64
    ) {
        let arrays = customer_equity_curves(
            7.0, &vec![customers; n as usize], &vec![value; n as usize], rate);
        let closed = customer_equity(7.0, customers, value, rate, Some(n)).unwrap();
        prop_assert!((arrays.unwrap() - closed).abs() <= 1e-12 * closed.abs().max(7.0));
    }
}

proptest! {
    #[test]
    fn no_payback_panics_or_is_nan(
        cost in any::<f64>(), margin in any::<f64>(), churn in 0.0..=1.0, rate in -1.0..1e9
    ) {
        for timing in [FirstPayment::Now, FirstPayment::PeriodEnd, FirstPayment::FirstRenewal] {
            if let Ok(Some(periods)) = payback(cost.abs(), margin.abs(), churn, rate, timing) {
                prop_assert!(periods >= 0.0 && periods.is_finite());
            }
        }
    }
}

#[test]
fn observed_payback_is_the_first_time_the_payments_reach_the_cost() {
    let payback = |cost, payments: &[f64]| payback_observed(cost, payments).unwrap();
    assert_eq!(payback(100.0, &[40.0, 40.0, 40.0]), Some(2.5));
    assert_eq!(payback(100.0, &[60.0, -10.0, 50.0]), Some(3.0));
    assert_eq!(payback(100.0, &[120.0, -50.0]), Some(100.0 / 120.0));
    assert_eq!(payback(100.0, &[40.0, 59.99]), None);
    assert_eq!(payback(0.0, &[]), Some(0.0));
    assert_eq!(payback(1.0, &[]), None);
    assert_eq!(payback_observed(-1.0, &[]).unwrap_err().argument, "acquisition_cost");
    assert_eq!(payback_observed(9.0, &[1.0, f64::NAN]).unwrap_err().element, Some(2));
    assert_eq!(payback_observed(1e308, &[-1e308]).unwrap_err().argument, "payback");
}
