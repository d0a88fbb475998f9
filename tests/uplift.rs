//! Relative uplift, sample ratios and adjusted p-values.

use pg_clv::maths::experiments::{Responses, Sample, rate_difference};
use pg_clv::maths::uplift::{adjust, of_means, of_rates, sample_ratio};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

fn responses(responses: u64, customers: u64) -> Responses {
    Responses { responses, customers }
}

fn near(actual: f64, expected: f64, tolerance: f64) {
    assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected}");
}

/// Wilson's limits, and the formula as it is printed.
#[test]
fn uplift_of_rates_is_the_printed_formula() {
    let wilson = |x: f64, n: f64| {
        let z: f64 = 1.959_963_984_540_054;
        let p = x / n;
        let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        let middle = p + z * z / (2.0 * n);
        ((middle - half) / (1.0 + z * z / n), (middle + half) / (1.0 + z * z / n))
    };
    for (x_1, n_1, x_2, n_2) in [(60., 500., 45., 480.), (8., 15., 4., 15.), (0., 30., 5., 30.)] {
        let ((l_1, u_1), (l_2, u_2)) = (wilson(x_1, n_1), wilson(x_2, n_2));
        let (p_1, p_2) = (x_1 / n_1, x_2 / n_2);
        let root = |a: f64, b: f64| (p_1 * p_2 * (p_1 * p_2) - a * b).sqrt();
        let (a, b) = (l_1 * (2.0 * p_1 - l_1), u_2 * (2.0 * p_2 - u_2));
        let (c, d) = (u_1 * (2.0 * p_1 - u_1), l_2 * (2.0 * p_2 - l_2));
        let expected = ((p_1 * p_2 - root(a, b)) / b - 1.0, (p_1 * p_2 + root(c, d)) / d - 1.0);
        let found =
            of_rates(responses(x_1 as u64, n_1 as u64), responses(x_2 as u64, n_2 as u64), 0.95);
        let found = found.unwrap().unwrap();
        near(found.uplift, p_1 / p_2 - 1.0, 1e-15);
        near(found.limits.unwrap().0, expected.0, 1e-9);
        near(found.limits.unwrap().1, expected.1, 1e-9);
    }
}

#[test]
fn without_a_response_to_compare_with_there_is_no_uplift() {
    assert_eq!(of_rates(responses(5, 10), responses(0, 10), 0.95), Ok(None));
    assert_eq!(of_rates(responses(0, 0), responses(5, 10), 0.95), Ok(None));
    let sample = |mean, variance, customers| Sample { mean, variance, customers };
    assert_eq!(of_means(sample(1., 1., 9), sample(0., 1., 9), 0.95), Ok(None));
    assert_eq!(of_means(sample(1., 1., 9), sample(-2., 1., 9), 0.95), Ok(None));
    assert_eq!(of_means(sample(1., 1., 1), sample(2., 1., 9), 0.95), Ok(None));
    // A mean that may as well be 0 excludes no ratio.
    let unsure = of_means(sample(1., 1., 9), sample(0.1, 1., 9), 0.95).unwrap().unwrap();
    assert_eq!(unsure.limits, None);
    assert_eq!(of_rates(responses(1, 9), responses(1, 9), 95.0).unwrap_err().argument, "level");
}

/// Draws below 1 with equal chances.
fn uniform(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// The share of simulated experiments whose limits hold the true uplift.
fn coverage(mut one: impl FnMut(&mut ChaCha8Rng) -> Option<(f64, f64)>, truth: f64) -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let runs = 4000;
    let held = (0..runs)
        .filter(|_| one(&mut random).is_none_or(|(low, high)| low <= truth && truth <= high))
        .count();
    held as f64 / f64::from(runs)
}

#[test]
fn limits_of_the_uplift_hold_it_as_often_as_they_say() {
    let draw = |random: &mut ChaCha8Rng, n: u64, rate: f64| {
        responses((0..n).filter(|_| uniform(random) < rate).count() as u64, n)
    };
    for (n, rate_1, rate_2) in [(400, 0.06, 0.05), (80, 0.3, 0.2), (1000, 0.02, 0.02)] {
        let rates = |random: &mut ChaCha8Rng| {
            let (first, second) = (draw(random, n, rate_1), draw(random, n, rate_2));
            of_rates(first, second, 0.9).unwrap().and_then(|uplift| uplift.limits)
        };
        let share = coverage(rates, rate_1 / rate_2 - 1.0);
        assert!((0.885..0.93).contains(&share), "{share} of {rate_1} over {rate_2}");
    }
    // Exponential spends: mean and standard deviation alike.
    let spend = |random: &mut ChaCha8Rng, n: usize, mean: f64| {
        let values: Vec<f64> = (0..n).map(|_| -mean * (1.0 - uniform(random)).ln()).collect();
        Sample::of(&values).unwrap()
    };
    let means = |random: &mut ChaCha8Rng| {
        let (first, second) = (spend(random, 200, 33.0), spend(random, 100, 30.0));
        of_means(first, second, 0.9).unwrap().and_then(|uplift| uplift.limits)
    };
    let share = coverage(means, 0.1);
    assert!((0.88..0.92).contains(&share), "{share} of means");
}

/// 821,588 and 815,482 users of an equal split: Fabijan et al. 2019 print p = 1.8e-6.
#[test]
fn a_published_sample_ratio_is_found_broken() {
    let test = sample_ratio(&[821_588, 815_482], None).unwrap().unwrap();
    assert_eq!(test.degrees_of_freedom, 1);
    near(test.chi_square, 6106.0_f64.powi(2) / 1_637_070.0, 1e-9);
    near(test.p_value / 1.8e-6, 1.0, 0.03);
}

#[test]
fn sample_ratios_take_shares_in_whatever_measure() {
    let shares = |shares: &[f64]| sample_ratio(&[100, 210, 390], Some(shares)).unwrap().unwrap();
    near(shares(&[1., 2., 4.]).chi_square, 100.0 / 200.0 + 100.0 / 400.0, 1e-12);
    near(shares(&[1., 2., 4.]).p_value, (-0.375_f64).exp(), 1e-12);
    assert_eq!(shares(&[1., 2., 4.]), shares(&[0.25, 0.5, 1.0]));
    assert_eq!(sample_ratio(&[0, 0], None), Ok(None));
    assert_eq!(sample_ratio(&[5], None).unwrap_err().argument, "number of groups");
    assert_eq!(sample_ratio(&[5, 5], Some(&[1.0])).unwrap_err().argument, "number of shares");
    assert_eq!(sample_ratio(&[5, 5], Some(&[1.0, 0.0])).unwrap_err().element, Some(2));
}

/// The example of Holm's method in R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
#[test]
fn p_values_are_adjusted_as_holm_does() {
    let p_values = [Some(0.01), Some(0.04), None, Some(0.03), Some(0.005)];
    let adjusted = adjust(&p_values).unwrap();
    let expected = [Some(0.03), Some(0.06), None, Some(0.06), Some(0.02)];
    for (found, expected) in adjusted.iter().zip(expected) {
        match (found, expected) {
            (Some(found), Some(expected)) => near(*found, expected, 1e-15),
            (found, expected) => assert_eq!(*found, expected),
        }
    }
    assert_eq!(adjust(&[Some(0.9), Some(0.8)]).unwrap(), [Some(1.0), Some(1.0)]);
    assert_eq!(adjust(&[Some(0.9), Some(1.1)]).unwrap_err().element, Some(2));
    assert_eq!(adjust(&[]), Ok(vec![]));
}

proptest! {
    #[test]
    fn exchanging_the_groups_inverts_the_limits(
        x in (1..500_u64, 1..500_u64), more in (0..5000_u64, 0..5000_u64), level in 0.5..0.999
    ) {
        let (first, second) = (responses(x.0, x.0 + more.0), responses(x.1, x.1 + more.1));
        let there = of_rates(first, second, level).unwrap().unwrap();
        let back = of_rates(second, first, level).unwrap().unwrap();
        let (low, high) = there.limits.unwrap();
        let (inverse_low, inverse_high) = back.limits.unwrap();
        prop_assert!(((1.0 + low) * (1.0 + inverse_high) - 1.0).abs() < 1e-9);
        prop_assert!(((1.0 + high) * (1.0 + inverse_low) - 1.0).abs() < 1e-9);
        prop_assert!(-1.0 <= low && low <= there.uplift && there.uplift <= high);
        // No uplift is excluded about when no difference is.
        let difference = rate_difference(first, second, level).unwrap().unwrap();
        let excluded = (low > 1e-3 || high < -1e-3) && difference.p_value > 2.0 * (1.0 - level);
        prop_assert!(!excluded, "{there:?} {difference:?}");
    }

    #[test]
    fn limits_of_a_ratio_of_means_hold_it_and_do_not_depend_on_the_currency(
        means in (0.0..1e3, 0.1..1e3), variances in (0.0..1e4, 0.0..1e4),
        n in (2..10_000_u64, 2..10_000_u64), scale in -100..100_i32
    ) {
        let unit = 2.0_f64.powi(scale);
        let of = |unit: f64| {
            let sample = |m: f64, v: f64, n| Sample { mean: m * unit, variance: v * unit * unit, customers: n };
            of_means(sample(means.0, variances.0, n.0), sample(means.1, variances.1, n.1), 0.95)
        };
        let (plain, scaled) = (of(1.0).unwrap().unwrap(), of(unit).unwrap().unwrap());
        prop_assert_eq!(plain, scaled);
        if let Some((low, high)) = plain.limits {
            prop_assert!(low <= plain.uplift && plain.uplift <= high);
        }
    }
}
