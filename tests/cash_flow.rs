//! Present values: published spreadsheet examples, identities, refusals.

use pg_clv::maths::cash_flow::{CashFlow, historical, npv, xnpv};
use pg_clv::maths::classic::{FirstPayment, clv_discounted_curves};
use pg_clv::maths::error::Refusal;
use proptest::prelude::*;

fn near(actual: f64, expected: f64, tolerance: f64) {
    assert!(
        (actual - expected).abs() <= tolerance * expected.abs(),
        "{actual:?} is not {expected:?}"
    );
}

fn flows(pairs: &[(f64, f64)]) -> Vec<CashFlow> {
    pairs.iter().map(|&(day, amount)| CashFlow { day, amount }).collect()
}

/// The two examples of the documentation of Excel's NPV: -40000 now and five flows at 8 %:
/// 1922.06; four flows at the ends of the years at 10 %: 1188.44.
#[test]
fn npv_gives_the_spreadsheets_examples() {
    let investment = [-40_000., 8_000., 9_200., 10_000., 12_000., 14_500.];
    near(npv(&investment, 0.08).unwrap().unwrap(), 1922.06, 1e-5);
    let at_ends = npv(&[-10_000., 3_000., 4_200., 6_800.], 0.1).unwrap().unwrap() / 1.1;
    near(at_ends, 1188.44, 1e-5);
}

#[test]
fn npv_at_rate_0_is_the_sum_and_of_nothing_is_none() {
    assert_eq!(npv(&[1., 2., 3.5], 0.0), Ok(Some(6.5)));
    assert_eq!(npv(&[], 0.1), Ok(None));
    assert_eq!(npv(&[7.0], 99.0), Ok(Some(7.0)));
}

/// The example of the documentation of Excel's XNPV: flows from 2008-01-01 on at 9 %: 2086.6476.
const INVESTMENT: [(f64, f64); 5] =
    [(0., -10_000.), (60., 2_750.), (303., 4_250.), (411., 3_250.), (456., 2_750.)];

#[test]
fn xnpv_gives_the_spreadsheets_example_in_any_order() {
    let mut dated = flows(&INVESTMENT);
    let value = xnpv(&dated, 0.09, None).unwrap().unwrap();
    near(value, 2086.647602, 1e-9);
    dated.rotate_left(2);
    assert_eq!(xnpv(&dated, 0.09, None), Ok(Some(value)));
}

#[test]
fn xnpv_at_another_day_is_compounded_to_it() {
    let dated = flows(&INVESTMENT);
    let value = xnpv(&dated, 0.09, None).unwrap().unwrap();
    near(xnpv(&dated, 0.09, Some(730.)).unwrap().unwrap(), value * 1.09 * 1.09, 1e-13);
    assert_eq!(xnpv(&[], 0.09, None), Ok(None));
}

#[test]
fn historical_value_subtracts_refunds_and_leaves_out_what_came_later() {
    let dated = flows(&[(0., 100.), (30., -20.), (40., 50.), (400., 1000.)]);
    assert_eq!(historical(&dated, 40., 0., 40.), Ok(Some(130.)));
    assert_eq!(historical(&dated, 39., 0., 0.), Ok(Some(80.)));
    assert_eq!(historical(&dated, -1., 0., 0.), Ok(None));
}

#[test]
fn historical_value_is_compounded_to_a_late_day_and_discounted_to_an_early_one() {
    let dated = flows(&[(365.25, 110.)]);
    near(historical(&dated, 400., 0.1, 0.).unwrap().unwrap(), 100.0, 1e-15);
    near(historical(&dated, 400., 0.1, 730.5).unwrap().unwrap(), 121.0, 1e-15);
    // 10 %, written as 10; a present value may be wanted at any rate.
    assert_eq!(historical(&dated, 400., 10., 0.).unwrap_err().detail(), "discount_rate is 10.");
    assert!(xnpv(&dated, 10., None).is_ok());
}

#[test]
fn cents_add_up_over_a_million_flows() {
    let dated: Vec<_> = (0..1_000_000).map(|k| CashFlow { day: k as f64, amount: 0.1 }).collect();
    // 0.1 is the double 0.1000000000000000055…, so the exact sum rounds to 100000.
    assert_eq!(historical(&dated, 1e6, 0., 0.), Ok(Some(100_000.0)));
}

#[test]
fn present_values_refuse_what_is_no_money_and_no_rate() {
    let error = npv(&[1., f64::NAN], 0.1).unwrap_err();
    assert_eq!((error.argument, error.element), ("cash_flows", Some(2)));
    assert_eq!(npv(&[1.], -1.0).unwrap_err().argument, "discount_rate");
    assert_eq!(npv(&[1., 1e308, 1e308], -0.9).unwrap_err().refusal, Refusal::Overflow);
    let dated = |day, amount| xnpv(&flows(&[(day, amount)]), 0.1, Some(0.)).unwrap_err().argument;
    assert_eq!(dated(f64::INFINITY, 1.), "day");
    assert_eq!(dated(0., f64::NAN), "amount");
    assert_eq!(historical(&[], f64::NAN, 0.1, 0.).unwrap_err().argument, "as_of");
}

proptest! {
    #[test]
    fn npv_equals_xnpv_of_yearly_flows(
        amounts in proptest::collection::vec(-100.0..100.0, 1..20), rate in -0.3..0.9
    ) {
        let dated: Vec<_> = amounts.iter().enumerate()
            .map(|(k, &amount)| CashFlow { day: 365.0 * k as f64, amount }).collect();
        let error = npv(&amounts, rate).unwrap().unwrap() - xnpv(&dated, rate, None).unwrap().unwrap();
        let size: f64 = amounts.iter().enumerate()
            .map(|(k, amount)| amount.abs() * (1.0 + rate).powi(-(k as i32))).sum();
        prop_assert!(error.abs() <= 1e-13 * size);
    }

    #[test]
    fn npv_is_the_discounted_value_of_customers_who_all_stay(
        margins in proptest::collection::vec(-100.0..100.0, 1..20), rate in 0.0..0.9
    ) {
        let rates = vec![1.0; margins.len()];
        let value = clv_discounted_curves(&rates, &margins, rate, 0., 0., FirstPayment::Now).unwrap();
        prop_assert!((npv(&margins, rate).unwrap().unwrap() - value).abs() <= 1e-11);
    }
}

proptest! {
    #[test]
    fn no_flows_panic_or_give_nan(
        days in any::<(f64, f64)>(), amounts in any::<(f64, f64)>(), rate in -1.0..1e300
    ) {
        let dated = flows(&[(days.0, amounts.0), (days.1, amounts.1)]);
        for value in [
            npv(&[amounts.0, amounts.1], rate),
            xnpv(&dated, rate, None),
            historical(&dated, days.0, rate, days.1),
        ] {
            prop_assert!(!value.is_ok_and(|value| value.is_some_and(|value| !value.is_finite())));
        }
    }
}
