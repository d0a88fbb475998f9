//! Experiments against scipy and statsmodels (tests/data/reference), and at the limits.

use pg_clv::maths::experiments::{
    Responses, Sample, bootstrap_difference, exact_test, mean_difference, power, rate_difference,
    sample_size,
};
use proptest::prelude::*;

fn near(actual: f64, expected: f64, tolerance: f64) {
    let close = (actual - expected).abs() <= tolerance * expected.abs();
    assert!(actual == expected || close, "{actual:?} is not {expected:?}");
}

/// The rows of a reference table, as numbers.
fn reference(name: &str) -> Vec<Vec<f64>> {
    let path = format!("{}/tests/data/reference/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows: Vec<Vec<f64>> = reader.deserialize().map(|row| row.unwrap()).collect();
    assert!(rows.len() >= 10);
    rows
}

fn responses(responses: f64, customers: f64) -> Responses {
    Responses { responses: responses as u64, customers: customers as u64 }
}

#[test]
fn sample_sizes_equal_those_of_statsmodels() {
    for row in reference("sample_size") {
        let [p1, p2, significance, power, ratio, expected] = row[..] else { unreachable!() };
        let (first, second) = sample_size(p1, p2, significance, power, ratio).unwrap();
        // Rounded up; a rounding error must not tip an integral size.
        assert!(
            (first as f64) >= expected - 1e-6 && (first as f64) < expected + 1.0 + 1e-6,
            "{row:?}"
        );
        assert!(second as f64 >= expected * ratio - 1e-6, "{row:?}");
        assert!((second as f64) < expected.ceil() * ratio + 1.0, "{row:?}");
    }
}

#[test]
fn power_equals_that_of_statsmodels() {
    for row in reference("power") {
        let [p1, p2, n1, n2, significance, expected] = row[..] else { unreachable!() };
        near(power(p1, p2, n1 as u64, n2 as u64, significance).unwrap(), expected, 1e-10);
    }
}

#[test]
fn rate_differences_equal_those_of_statsmodels() {
    for row in reference("rate_difference") {
        let [x1, n1, x2, n2, confidence, difference, z, p, lower, upper] = row[..] else {
            unreachable!()
        };
        let first = responses(x1, n1);
        let found = rate_difference(first, responses(x2, n2), confidence).unwrap().unwrap();
        near(found.difference, difference, 1e-13);
        near(found.statistic, z, 1e-12);
        near(found.p_value, p, 1e-11);
        near(found.lower, lower, 1e-11);
        near(found.upper, upper, 1e-11);
    }
}

#[test]
fn exact_tests_equal_those_of_scipy_and_mpmath() {
    for row in reference("exact_test") {
        let [x1, n1, x2, n2, confidence, p, odds_ratio, lower, upper] = row[..] else {
            unreachable!()
        };
        let found = exact_test(responses(x1, n1), responses(x2, n2), confidence).unwrap().unwrap();
        near(found.p_value, p, 1e-12);
        near(found.odds_ratio.unwrap(), odds_ratio, 1e-12);
        near(found.lower, lower, 1e-12);
        near(found.upper, upper, 1e-12);
    }
}

#[test]
fn mean_differences_equal_those_of_scipy_and_statsmodels() {
    for row in reference("mean_difference") {
        let [
            mean_1,
            variance_1,
            n1,
            mean_2,
            variance_2,
            n2,
            confidence,
            difference,
            t,
            p,
            lower,
            upper,
        ] = row[..]
        else {
            unreachable!()
        };
        let first = Sample { mean: mean_1, variance: variance_1, customers: n1 as u64 };
        let second = Sample { mean: mean_2, variance: variance_2, customers: n2 as u64 };
        let found = mean_difference(first, second, confidence).unwrap().unwrap();
        near(found.difference, difference, 1e-13);
        near(found.statistic, t, 1e-12);
        near(found.p_value, p, 1e-10);
        near(found.lower, lower, 1e-10);
        near(found.upper, upper, 1e-10);
    }
}

/// The limits of scipy come from other random numbers: with 200,000 resamples they agree to a
/// few per cent of the standard error.
#[test]
fn bootstrap_limits_equal_those_of_scipy_but_for_chance() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/reference/bootstrap_difference.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let mut rows = 0;
    for row in reader.deserialize::<(String, String, f64, f64, f64, f64, f64)>() {
        let (first, second, confidence, difference, lower, upper, error) = row.unwrap();
        let numbers = |text: &str| -> Vec<f64> {
            text.split(' ').map(|number| number.parse().unwrap()).collect()
        };
        let (first, second) = (numbers(&first), numbers(&second));
        let found = bootstrap_difference(&first, &second, confidence, 200_000, 7, &mut || ());
        let (observed, low, high) = found.unwrap().unwrap();
        near(observed, difference, 1e-12);
        assert!((low - lower).abs() < 0.03 * error, "{low} is not {lower}");
        assert!((high - upper).abs() < 0.03 * error, "{high} is not {upper}");
        rows += 1;
    }
    assert_eq!(rows, 2);
}

#[test]
fn bootstrap_is_the_same_for_a_seed_whatever_the_order() {
    let limits = |first: &[f64], seed| {
        bootstrap_difference(first, &[1., 5., 9.], 0.95, 999, seed, &mut || ()).unwrap().unwrap()
    };
    let once = limits(&[3., 8., 1., 40.], 42);
    assert_eq!(once, limits(&[40., 1., 3., 8.], 42));
    assert_ne!(once, limits(&[3., 8., 1., 40.], 43));
}

#[test]
fn bootstrap_asks_for_interrupts_and_has_limits_of_its_own() {
    let mut calls = 0;
    bootstrap_difference(&[1., 2.], &[3., 5.], 0.9, 100, 1, &mut || calls += 1).unwrap();
    assert_eq!(calls, 100);
    let run = |first: &[f64], second: &[f64], confidence, resamples| {
        bootstrap_difference(first, second, confidence, resamples, 1, &mut || ())
    };
    assert_eq!(run(&[4.; 9], &[1.; 5], 0.9, 100), Ok(Some((3., 3., 3.))));
    // One value says nothing of the spread of its group.
    assert_eq!(run(&[], &[1., 2.], 0.9, 100), Ok(None));
    assert_eq!(run(&[1., 2.], &[1.], 0.9, 100), Ok(None));
    assert_eq!(run(&[1.], &[1.], 0.9, 99).unwrap_err().argument, "resamples");
    assert_eq!(run(&[1.], &[1.], 1.0, 100).unwrap_err().argument, "level");
    assert_eq!(run(&[1.], &[2., f64::NAN], 0.9, 100).unwrap_err().detail(), "second[2] is NaN.");
}

#[test]
fn tests_of_tables_at_their_limit() {
    let nobody = rate_difference(responses(0., 10.), responses(0., 20.), 0.95).unwrap().unwrap();
    assert_eq!((nobody.difference, nobody.statistic, nobody.p_value), (0.0, 0.0, 1.0));
    assert!(nobody.lower < 0.0 && nobody.upper > 0.0);
    let exact = exact_test(responses(0., 10.), responses(0., 20.), 0.95).unwrap().unwrap();
    assert_eq!((exact.p_value, exact.odds_ratio), (1.0, None));
    assert_eq!((exact.lower, exact.upper), (0.0, f64::INFINITY));
    let all = exact_test(responses(10., 10.), responses(0., 20.), 0.95).unwrap().unwrap();
    // 1 / C(30, 10), the only table so unlikely.
    near(all.p_value, 1.0 / 30_045_015.0, 1e-13);
    assert_eq!((all.odds_ratio, all.upper), (Some(f64::INFINITY), f64::INFINITY));
    assert_eq!(exact_test(responses(0., 0.), responses(0., 20.), 0.95), Ok(None));
    assert_eq!(rate_difference(responses(0., 0.), responses(0., 20.), 0.95), Ok(None));
}

/// Fisher's lady tasting tea: 3 of 4 cups right; p = 34 / 70. The odds ratio is the root of
/// 16 w + 72 w^2 + 48 w^3 + 4 w^4 = 3 (1 + 16 w + 36 w^2 + 16 w^3 + w^4), the limits those of the
/// tails 0.025 (mpmath). The documentation of R's fisher.test prints 6.408309 and 0.3135693, the
/// lower limit at 90 %, from roots found less exactly.
#[test]
fn fishers_tea_taster() {
    let (right, wrong) = (responses(3., 4.), responses(1., 4.));
    let found = exact_test(right, wrong, 0.95).unwrap().unwrap();
    near(found.p_value, 34.0 / 70.0, 1e-14);
    near(found.odds_ratio.unwrap(), 6.408_319_658_199_674, 1e-13);
    near(found.lower, 0.211_735_595_446_578_57, 1e-13);
    near(found.upper, 626.243_530_588_814, 1e-12);
    let lower = exact_test(right, wrong, 0.90).unwrap().unwrap().lower;
    near(lower, 0.313_569_3, 1e-4);
}

#[test]
fn a_billion_customers_are_tested_exactly() {
    let first = Responses { responses: 10_003_000, customers: 500_000_000 };
    let second = Responses { responses: 10_000_000, customers: 500_000_000 };
    let exact = exact_test(first, second, 0.95).unwrap().unwrap();
    let z = rate_difference(first, second, 0.95).unwrap().unwrap();
    near(exact.p_value, z.p_value, 1e-3);
    let more = Responses { responses: 1, customers: u64::MAX };
    assert_eq!(exact_test(more, more, 0.95).unwrap_err().argument, "customers");
}

#[test]
fn means_without_spread_or_customers_are_not_tested() {
    let sample = |mean, variance, customers| Sample { mean, variance, customers };
    let test = |first, second| mean_difference(first, second, 0.95);
    assert_eq!(test(sample(1., 0., 9), sample(2., 0., 9)), Ok(None));
    assert_eq!(test(sample(1., 1., 1), sample(2., 1., 9)), Ok(None));
    assert_eq!(test(sample(1., -1., 3), sample(2., 1., 9)).unwrap_err().argument, "variance");
    assert_eq!(test(sample(f64::NAN, 1., 3), sample(2., 1., 9)).unwrap_err().argument, "mean");
    let far = test(sample(1e300, 1., 5000), sample(-1e300, 1., 5000)).unwrap().unwrap();
    assert_eq!(far.p_value, 0.0);
    let spread = test(sample(0., 1e308, 3), sample(0., 1e308, 3)).unwrap().unwrap();
    assert_eq!(spread.p_value, 1.0);
}

/// Customers of each group, P(|T| > 8) and the 97.5 % quantile of Student's t at 2 n - 2 degrees
/// of freedom, across the change of method at 1000. mpmath, 40 digits.
const STUDENT: [(u64, f64, f64); 5] = [
    (50, 2.536943394094079e-12, 1.9844674545084818),
    (500, 3.433_344_710_699_037e-15, 1.9623438462163346),
    (501, 3.4266614823914744e-15, 1.9623390808264085),
    (502, 3.4200168031569137e-15, 1.9623343344825913),
    (100_001, 1.250_776_035_686_031e-15, 1.9599758459667685),
];

#[test]
fn welch_keeps_its_digits_for_many_customers() {
    for (customers, p_value, quantile) in STUDENT {
        // Equal groups of equal variance have 2 n - 2 degrees of freedom.
        let group = |mean| Sample { mean, variance: customers as f64 / 2.0, customers };
        let found = mean_difference(group(8.0), group(0.0), 0.95).unwrap().unwrap();
        near(found.p_value, p_value, 2e-12);
        near(found.upper, 8.0 + quantile, 1e-13);
    }
}

#[test]
fn sizes_and_power_refuse_what_is_no_experiment() {
    let size = |p1, p2, significance, power, ratio| {
        sample_size(p1, p2, significance, power, ratio).unwrap_err().argument
    };
    assert_eq!(size(0.1, 0.1, 0.05, 0.8, 1.), "rate_2");
    assert_eq!(size(1.1, 0.1, 0.05, 0.8, 1.), "rate_1");
    assert_eq!(size(0.2, 0.1, 0.0, 0.8, 1.), "significance");
    assert_eq!(size(0.2, 0.1, 0.05, 1.0, 1.), "power");
    assert_eq!(size(0.2, 0.1, 0.05, 0.02, 1.), "power");
    assert_eq!(size(0.2, 0.1, 0.05, 0.8, 0.), "ratio");
    assert_eq!(size(0.5, 0.500_000_001, 0.05, 0.8, 1.), "sample size");
    assert_eq!(power(0.1, 0.2, 0, 5, 0.05).unwrap_err().argument, "customers_1");
    assert_eq!(
        rate_difference(responses(9., 8.), responses(0., 1.), 0.9).unwrap_err().argument,
        "responses"
    );
    assert_eq!(power(0.0, 1.0, 5, 5, 0.05), Ok(1.0));
    assert_eq!(power(0.0, 0.0, 5, 5, 0.05), Ok(0.0));
}

proptest! {
    #[test]
    fn the_sample_size_has_the_power_and_one_customer_less_has_not(
        p1 in 0.01..0.99, p2 in 0.01..0.99, target in 0.5..0.95
    ) {
        prop_assume!(f64::abs(p1 - p2) > 0.01);
        let (n, _) = sample_size(p1, p2, 0.05, target, 1.0).unwrap();
        prop_assert!(power(p1, p2, n, n, 0.05).unwrap() >= target - 1e-9);
        // Both tails count in the power, one in the size: they part by the far tail.
        if n > 20 {
            prop_assert!(power(p1, p2, n - 1, n - 1, 0.05).unwrap() < target + 1e-3);
        }
    }

    #[test]
    fn swapping_the_groups_turns_signs_and_odds(
        x1 in 0..30_u64, more_1 in 1..30_u64, x2 in 0..30_u64, more_2 in 1..30_u64
    ) {
        let first = Responses { responses: x1, customers: x1 + more_1 };
        let second = Responses { responses: x2, customers: x2 + more_2 };
        let there = rate_difference(first, second, 0.9).unwrap().unwrap();
        let back = rate_difference(second, first, 0.9).unwrap().unwrap();
        prop_assert!((there.lower + back.upper).abs() < 1e-14);
        prop_assert!((there.p_value - back.p_value).abs() < 1e-14);
        prop_assert!(there.lower <= there.difference && there.difference <= there.upper);
        prop_assert!(there.lower >= -1.0 && there.upper <= 1.0);
        let there = exact_test(first, second, 0.9).unwrap().unwrap();
        let back = exact_test(second, first, 0.9).unwrap().unwrap();
        prop_assert!((there.p_value - back.p_value).abs() < 1e-12);
        prop_assert!((0.0..=1.0 + 1e-12).contains(&there.p_value));
        if let (Some(odds), Some(turned)) = (there.odds_ratio, back.odds_ratio) {
            if odds > 0.0 && odds.is_finite() {
                prop_assert!((odds * turned - 1.0).abs() < 1e-10);
            }
            prop_assert!(there.lower <= odds && odds <= there.upper);
        }
        if there.lower > 0.0 {
            prop_assert!((there.lower * back.upper - 1.0).abs() < 1e-10);
        }
    }
}

proptest! {
    /// A difference as large as its half width has the p-value 1 - confidence.
    #[test]
    fn limits_and_p_value_of_means_agree(
        n_1 in 2..3000_u64, n_2 in 2..3000_u64, ratio in 0.01..100.0, exponent in -13.0..-0.4
    ) {
        let significance = f64::powf(10.0, exponent);
        let confidence = 1.0 - significance;
        let sample = |mean, variance, customers| Sample { mean, variance, customers };
        let test = |mean| {
            let first = sample(mean, ratio, n_1);
            mean_difference(first, sample(0.0, 1.0, n_2), confidence).unwrap().unwrap()
        };
        let half = test(0.0).upper;
        prop_assert!((test(half).p_value / (1.0 - confidence) - 1.0).abs() < 1e-9);
        prop_assert!((test(half).lower / half).abs() < 1e-14);
    }

    #[test]
    fn no_groups_panic_or_give_nan(
        means in any::<(f64, f64)>(), variances in any::<(f64, f64)>(), counts in any::<(u64, u64)>(),
        confidence in 0.0..1.0
    ) {
        let first = Sample { mean: means.0, variance: variances.0.abs(), customers: counts.0 };
        let second = Sample { mean: means.1, variance: variances.1.abs(), customers: counts.1 };
        if let Ok(Some(found)) = mean_difference(first, second, confidence) {
            prop_assert!((0.0..=1.0).contains(&found.p_value));
            prop_assert!(found.lower <= found.upper);
        }
        let first = Responses { responses: counts.0 / 3, customers: counts.0 };
        let second = Responses { responses: counts.1 / 2, customers: counts.1 };
        if let Ok(Some(found)) = rate_difference(first, second, confidence) {
            prop_assert!((0.0..=1.0).contains(&found.p_value));
            prop_assert!(found.lower <= found.upper);
        }
        let rate = |number: f64| number.abs().fract();
        if let Ok(found) = power(rate(means.0), rate(means.1), counts.0, counts.1, confidence) {
            prop_assert!((0.0..=1.0 + 1e-12).contains(&found));
        }
    }
}
