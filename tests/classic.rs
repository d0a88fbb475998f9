//! Textbook lifetime value: published examples, identities, limits and refusals.

use pg_clv::maths::classic::{
    FirstGrowth, FirstPayment, Relationship, clv_discounted, clv_discounted_curves,
    clv_sensitivity, clv_simple, clv_subscription,
};
use pg_clv::maths::error::Refusal;
use proptest::prelude::*;

fn near(actual: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1e-300);
    assert!((actual - expected).abs() <= tolerance * scale, "{actual:?} is not {expected:?}");
}

fn terms(payment: f64, retention_rate: f64, discount_rate: f64) -> Relationship {
    Relationship {
        payment,
        retention_rate,
        discount_rate,
        periods: None,
        growth_rate: 0.0,
        first_growth: FirstGrowth::SecondPayment,
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
    assert_eq!((error.refusal, error.argument), (Refusal::Invalid, "retention_rate"));
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

const TIMINGS: [FirstPayment; 3] =
    [FirstPayment::Now, FirstPayment::PeriodEnd, FirstPayment::FirstRenewal];

/// The sum, term by term, as the documentation of the timings states it.
fn by_terms(terms: &Relationship, periods: u64) -> f64 {
    let (r, growth) = (terms.retention_rate, 1.0 + terms.discount_rate);
    let (time, renewals, cost_time) = match terms.first_payment {
        FirstPayment::Now => (0.0, 0, 0.5),
        FirstPayment::PeriodEnd => (1.0, 0, 1.5),
        FirstPayment::FirstRenewal => (1.0, 1, 0.5),
    };
    let mut value = -terms.acquisition_cost;
    for k in 0..periods {
        let grown = k as i32 + i32::from(terms.first_growth == FirstGrowth::FirstPayment);
        let payment = terms.payment * (1.0 + terms.growth_rate).powi(grown);
        value += payment * r.powi(k as i32 + renewals) / growth.powf(k as f64 + time);
    }
    for k in 0..(periods + renewals as u64).saturating_sub(1) {
        let cost = terms.retention_cost * r.powi(k as i32);
        value -= cost / growth.powf(k as f64 + cost_time);
    }
    value
}

#[test]
fn every_timing_is_the_sum_of_its_payments_and_costs() {
    for first_payment in TIMINGS {
        for (retention_rate, discount_rate, growth_rate) in [
            (0.8, 0.1, 0.03),
            (1.0, 0.0, 0.0),
            (0.0, 0.1, 0.5),
            (0.9, -0.3, -1.0),
            (1.0, 0.05, 0.05),
        ] {
            for periods in [0, 1, 2, 3, 10, 37] {
                for first_growth in [FirstGrowth::SecondPayment, FirstGrowth::FirstPayment] {
                    let terms = Relationship {
                        payment: 30.0,
                        retention_rate,
                        discount_rate,
                        periods: Some(periods),
                        growth_rate,
                        first_growth,
                        retention_cost: 4.0,
                        acquisition_cost: 7.0,
                        first_payment,
                    };
                    near(clv_discounted(&terms).unwrap(), by_terms(&terms, periods), 1e-11);
                }
            }
        }
    }
}

#[test]
fn nobody_staying_leaves_the_first_payment_only() {
    for (first_payment, expected) in [
        (FirstPayment::Now, 30.0),
        (FirstPayment::PeriodEnd, 24.0),
        (FirstPayment::FirstRenewal, 0.0),
    ] {
        let terms = Relationship { first_payment, ..terms(30.0, 0.0, 0.25) };
        assert_eq!(clv_discounted(&terms), Ok(expected));
        assert_eq!(clv_discounted(&Relationship { periods: Some(5), ..terms }), Ok(expected));
    }
}

#[test]
fn full_retention_without_discount_counts_the_payments() {
    let terms = Relationship { periods: Some(12), ..terms(30.0, 1.0, 0.0) };
    assert_eq!(clv_discounted(&terms), Ok(360.0));
}

#[test]
fn discounted_value_refuses_rates_that_are_none() {
    let good = Relationship { periods: Some(5), ..terms(30.0, 0.8, 0.1) };
    let refused = |terms: Relationship| clv_discounted(&terms).unwrap_err().argument;
    for bad in [f64::NAN, f64::INFINITY, -0.01, 1.01] {
        assert_eq!(refused(Relationship { retention_rate: bad, ..good }), "retention_rate");
    }
    for bad in [f64::NAN, -1.0, -2.0] {
        assert_eq!(refused(Relationship { discount_rate: bad, ..good }), "discount_rate");
    }
    assert_eq!(refused(Relationship { growth_rate: -1.5, ..good }), "growth_rate");
    assert_eq!(refused(Relationship { payment: f64::NEG_INFINITY, ..good }), "payment");
    assert_eq!(refused(Relationship { retention_cost: -1.0, ..good }), "retention_cost");
    assert_eq!(refused(Relationship { acquisition_cost: -1.0, ..good }), "acquisition_cost");
    let boundless = Relationship { growth_rate: 9.0, periods: Some(1_000_000_000), ..good };
    assert_eq!(clv_discounted(&boundless).unwrap_err().refusal, Refusal::Overflow);
}

#[test]
fn a_refusal_names_argument_value_and_remedy() {
    let error = clv_discounted(&terms(30.0, 1.2, 0.1)).unwrap_err();
    assert_eq!(error.to_string(), "invalid retention_rate");
    assert_eq!(error.detail(), "retention_rate is 1.2.");
    assert_eq!(error.hint(), "Give a share between 0 and 1: 30 % is 0.30.");
    let now = FirstPayment::Now;
    let error = clv_discounted_curves(&[0.9, 1.9], &[1., 1., 1.], 0.1, 0., 0., now).unwrap_err();
    assert_eq!(error.detail(), "retention_rates[2] is 1.9.");
}

#[test]
fn curves_by_hand() {
    // Now: 100 + 0.8 × 60 / 1.1 + 0.8 × 0.9 × 50 / 1.21, less 2 / 1.1^0.5 + 0.8 × 2 / 1.1^1.5, less 10.
    let costs = 2.0 / 1.1_f64.sqrt() + 1.6 / 1.1_f64.powf(1.5) + 10.0;
    let expected = 100.0 + 48.0 / 1.1 + 36.0 / 1.21 - costs;
    for rates in [&[0.8, 0.9][..], &[0.8, 0.9, 0.7][..]] {
        let value =
            clv_discounted_curves(rates, &[100., 60., 50.], 0.1, 2., 10., FirstPayment::Now);
        near(value.unwrap(), expected, 1e-15);
    }
    assert_eq!(
        clv_discounted_curves(&[], &[], 0.1, 2., 10., FirstPayment::FirstRenewal),
        Ok(-10.0)
    );
}

#[test]
fn curves_need_a_rate_for_every_renewal_and_no_more() {
    let length = |rates: &[f64], timing| {
        clv_discounted_curves(rates, &[1., 1.], 0.1, 0., 0., timing).map_err(|error| error.argument)
    };
    assert_eq!(length(&[], FirstPayment::Now), Err("number of retention rates"));
    assert_eq!(length(&[0.5], FirstPayment::FirstRenewal), Err("number of retention rates"));
    assert_eq!(length(&[0.5; 3], FirstPayment::Now), Err("number of retention rates"));
    assert!(length(&[0.5], FirstPayment::PeriodEnd).is_ok());
}

#[test]
fn subscription_by_hand() {
    // 50 a month at 80 % over a net churn of 5 % - 3 %, less 300.
    near(clv_subscription(50., 0.05, 0.8, 0.03, 300.).unwrap().unwrap(), 1700.0, 1e-13);
    assert_eq!(clv_subscription(50., 1.0, 0.8, 0., 30.), Ok(Some(10.0)));
}

#[test]
fn subscription_whose_revenue_never_shrinks_has_no_value() {
    assert_eq!(clv_subscription(50., 0.0, 0.8, 0., 300.), Ok(None));
    assert_eq!(clv_subscription(50., 0.02, 0.8, 0.02, 300.), Ok(None));
    assert_eq!(clv_subscription(50., 0.02, 0.8, 0.05, 300.), Ok(None));
    assert_eq!(clv_subscription(50., 1.02, 0.8, 0., 300.).unwrap_err().argument, "churn_rate");
    assert_eq!(clv_subscription(50., 0.02, 80., 0., 300.).unwrap_err().argument, "margin");
    let negative = clv_subscription(50., 0.02, 0.8, -0.01, 300.).unwrap_err();
    assert_eq!(negative.argument, "expansion_rate");
}

/// m r / (1 + d - r) has the elasticities (1+d) / (1+d-r) by retention and -d / (1+d-r) by discount.
#[test]
fn elasticities_of_the_closed_form_by_hand() {
    let terms = Relationship { first_payment: FirstPayment::FirstRenewal, ..terms(20., 0.8, 0.12) };
    let effects = clv_sensitivity(&terms).unwrap();
    near(effects.value, 50.0, 1e-14);
    near(effects.retention_rate.elasticity.unwrap(), 3.5, 1e-14);
    near(effects.retention_rate.gain, 1.75, 1e-14);
    near(effects.discount_rate.elasticity.unwrap(), -0.375, 1e-14);
    near(effects.payment.elasticity.unwrap(), 1.0, 1e-14);
    assert_eq!(effects.growth_rate.gain, 0.0);
    assert_eq!(effects.acquisition_cost.elasticity, Some(0.0));
}

#[test]
fn elasticity_is_none_where_the_value_is_0() {
    let free = Relationship { periods: Some(4), ..terms(0.0, 0.8, 0.1) };
    let effects = clv_sensitivity(&free).unwrap();
    assert_eq!((effects.value, effects.retention_rate.elasticity), (0.0, None));
}

/// With r = 1 and d = 0 the effect of retention is m n (n-1) / 2: no digit is lost at q = 1.
#[test]
fn sensitivity_is_exact_at_ratio_1_and_for_a_thousand_million_periods() {
    for periods in [1_u64, 2, 3, 1000, 1_000_000_000] {
        let terms = Relationship {
            periods: Some(periods),
            first_payment: FirstPayment::Now,
            ..terms(1.0, 1.0, 0.0)
        };
        let pairs = periods as f64 * (periods as f64 - 1.0) / 2.0;
        near(clv_sensitivity(&terms).unwrap().retention_rate.gain, pairs / 100.0, 1e-14);
    }
}

fn relationship() -> impl Strategy<Value = Relationship> {
    let rates = (0.0..=1.0, -0.2..0.5, -1.0..0.3);
    let money = (-50.0..50.0, 0.0..5.0, 0.0..50.0);
    let timings = (0..3_usize, 0..2_usize);
    (rates, money, 1..60_u64, timings).prop_map(|(rates, money, periods, timing)| Relationship {
        payment: money.0,
        retention_rate: rates.0,
        discount_rate: rates.1,
        periods: Some(periods),
        growth_rate: rates.2,
        first_growth: [FirstGrowth::SecondPayment, FirstGrowth::FirstPayment][timing.1],
        retention_cost: money.1,
        acquisition_cost: money.2,
        first_payment: TIMINGS[timing.0],
    })
}

/// Sum of the sizes of all terms: what rounding errors are measured against.
fn size(terms: &Relationship) -> f64 {
    let positive = Relationship { payment: terms.payment.abs(), acquisition_cost: 0.0, ..*terms };
    let margins = clv_discounted(&Relationship { retention_cost: 0.0, ..positive }).unwrap();
    2.0 * margins - clv_discounted(&positive).unwrap() + terms.acquisition_cost + 1e-9
}

proptest! {
    #[test]
    fn infinite_value_is_the_limit_of_the_finite(terms in relationship()) {
        let ratio = terms.retention_rate * (1.0 + terms.growth_rate).max(1.0);
        prop_assume!(ratio < 0.99 * (1.0 + terms.discount_rate));
        let infinite = clv_discounted(&Relationship { periods: None, ..terms }).unwrap();
        let long = Relationship { periods: Some(5000), ..terms };
        let error = (clv_discounted(&long).unwrap() - infinite).abs();
        prop_assert!(error <= 1e-12 * size(&long));
    }

    #[test]
    fn constant_curves_equal_the_closed_form(terms in relationship()) {
        let n = terms.periods.unwrap() as i32;
        let grown = i32::from(terms.first_growth == FirstGrowth::FirstPayment);
        let margins: Vec<f64> =
            (0..n).map(|k| terms.payment * (1.0 + terms.growth_rate).powi(k + grown)).collect();
        let curve = clv_discounted_curves(
            &vec![terms.retention_rate; n as usize],
            &margins,
            terms.discount_rate,
            terms.retention_cost,
            terms.acquisition_cost,
            terms.first_payment,
        );
        let error = (curve.unwrap() - clv_discounted(&terms).unwrap()).abs();
        prop_assert!(error <= 1e-12 * size(&terms));
    }

    /// Growth 0 equals the form without growth, which is spelt out here.
    #[test]
    fn growth_0_equals_no_growth(m in 0.0..99.0, r in 0.0..1.0, d in 0.01..0.5, n in 1..50_i32) {
        let terms = Relationship {
            first_payment: FirstPayment::Now,
            periods: Some(n as u64),
            ..terms(m, r, d)
        };
        let q: f64 = r / (1.0 + d);
        let expected = m * (1.0 - q.powi(n)) / (1.0 - q);
        prop_assert!((clv_discounted(&terms).unwrap() - expected).abs() <= 1e-12 * expected);
    }

    #[test]
    fn subscription_equals_the_discounted_value_at_rate_0(
        arpu in 0.0..500.0, churn in 0.01..1.0, margin in 0.0..1.0, part in 0.0..0.9
    ) {
        let expansion = churn * part;
        let growth_rate = expansion / (1.0 - churn);
        let terms = Relationship {
            growth_rate,
            acquisition_cost: 20.0,
            first_payment: FirstPayment::Now,
            ..terms(arpu * margin, 1.0 - churn, 0.0)
        };
        let subscription = clv_subscription(arpu, churn, margin, expansion, 20.0).unwrap().unwrap();
        let error = (subscription - clv_discounted(&terms).unwrap()).abs();
        prop_assert!(error <= 1e-11 * (subscription + 40.0));
    }

    /// The exact derivatives against a central difference.
    #[test]
    fn sensitivity_is_the_slope_of_the_value(terms in relationship()) {
        let step = 1e-5;
        let retention_rate = terms.retention_rate.clamp(0.01, 0.98);
        let terms = Relationship { retention_rate, ..terms };
        let effects = clv_sensitivity(&terms).unwrap();
        let slope = |p: f64, change: &dyn Fn(f64) -> Relationship| {
            let rise = clv_discounted(&change(p + step)).unwrap()
                - clv_discounted(&change(p - step)).unwrap();
            p * rise / (2.0 * step)
        };
        let retention = slope(retention_rate, &|p| Relationship { retention_rate: p, ..terms });
        let discount =
            slope(terms.discount_rate, &|p| Relationship { discount_rate: p, ..terms });
        let scale = 1e-5 * (1.0 + size(&terms));
        prop_assert!((100.0 * effects.retention_rate.gain - retention).abs() <= scale);
        prop_assert!((100.0 * effects.discount_rate.gain - discount).abs() <= scale);
        if terms.growth_rate > -0.99 {
            let growth = slope(terms.growth_rate, &|p| Relationship { growth_rate: p, ..terms });
            prop_assert!((100.0 * effects.growth_rate.gain - growth).abs() <= scale);
        }
        let parts = effects.payment.gain + effects.retention_cost.gain
            + effects.acquisition_cost.gain;
        prop_assert!((100.0 * parts - effects.value).abs() <= 1e-12 * size(&terms));
    }
}

/// Doubles of every size, among them the special ones.
fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), -2.0..2.0, 0.0..=1.0, Just(0.0), Just(1.0), Just(-1.0)]
}

proptest! {
    #[test]
    fn no_terms_panic_or_give_nan(
        numbers in proptest::array::uniform6(any_number()), periods in any::<Option<u64>>(),
        timing in 0..3_usize
    ) {
        let [payment, retention_rate, discount_rate, growth_rate, retention_cost, acquisition_cost] =
            numbers;
        let first_payment = TIMINGS[timing];
        let terms = Relationship {
            payment, retention_rate, discount_rate, periods, growth_rate, retention_cost,
            acquisition_cost, first_payment, first_growth: FirstGrowth::FirstPayment,
        };
        if let Ok(value) = clv_discounted(&terms) {
            prop_assert!(value.is_finite());
        }
        if let Ok(effects) = clv_sensitivity(&terms) {
            prop_assert!(effects.retention_rate.gain.is_finite());
            prop_assert!(!effects.discount_rate.elasticity.is_some_and(f64::is_nan));
        }
        let curves = clv_discounted_curves(
            &[retention_rate; 3], &[payment; 3], discount_rate, retention_cost, acquisition_cost,
            first_payment,
        );
        prop_assert!(curves.is_err() || curves.unwrap().is_finite());
        let [arpu, churn, share, expansion, cost, _] = numbers;
        let subscription = clv_subscription(arpu, churn, share, expansion, cost);
        prop_assert!(!subscription.is_ok_and(|value| value.is_some_and(f64::is_nan)));
        let simple = clv_simple(arpu, churn, share, expansion, cost);
        prop_assert!(!simple.is_ok_and(f64::is_nan));
    }
}
