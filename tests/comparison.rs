//! Comparison of fitted models: chi-square tails, criteria, refusals, the size of the test.

mod common;

use pg_clv::maths::comparison::{Candidate, compare, likelihood_ratio_test, wald_test};

#[test]
fn p_values_are_the_tails_of_chi_square() {
    for row in common::rows("reference/chi_square") {
        let (statistic, freedom) = (row.number("statistic"), row.number("freedom") as u32);
        let test = likelihood_ratio_test((-1000.0, 4), (-1000.0 + statistic / 2.0, 4 + freedom));
        let test = test.unwrap();
        let expected = row.number("p_value");
        let error = (test.p_value - expected).abs() / expected;
        assert!(error < 1e-9, "{statistic} {freedom}: {} not {expected}", test.p_value);
        assert_eq!(test.degrees_of_freedom, freedom);
    }
}

#[test]
fn models_that_are_not_nested_are_refused() {
    assert_eq!(likelihood_ratio_test((-9.0, 4), (-8.0, 4)).unwrap_err().argument, "parameters");
    let error = likelihood_ratio_test((-9582.4, 4), (-9594.9, 6)).unwrap_err();
    assert_eq!((error.argument, error.value), ("log_likelihood", -9594.9));
    assert!(likelihood_ratio_test((f64::NAN, 4), (-8.0, 5)).is_err());
    // Equal but for rounding.
    let same = likelihood_ratio_test((-9582.4, 4), (-9582.4 - 1e-8, 6)).unwrap();
    assert_eq!((same.statistic, same.p_value), (0.0, 1.0));
}

#[test]
fn wald_test_of_a_coefficient_has_both_sides() {
    let test = wald_test(-1.959_963_984_540_054, 1.0);
    assert!((test.p_value - 0.05).abs() < 1e-15 && test.z < 0.0);
    assert_eq!(wald_test(0.0, 0.3).p_value, 1.0);
}

#[test]
fn purchase_models_of_cdnow_rank_as_their_published_likelihoods() {
    // NBD, BG/NBD, Pareto/NBD, MBG/NBD on CDNOW: table of published values.
    let of = |log_likelihood, parameters| Candidate { log_likelihood, parameters, customers: 2357 };
    let list = [of(-9763.6576, 2), of(-9582.42921, 4), of(-9594.97618, 4), of(-9582.13572, 4)];
    let ranked = compare(&list).unwrap();
    assert_eq!(ranked.iter().map(|model| model.candidate).collect::<Vec<_>>(), [3, 1, 2, 0]);
    assert!((ranked[0].aic - 19172.27144).abs() < 1e-9 && ranked[0].aic_difference == 0.0);
    assert!((ranked[1].aic_difference - 0.58698).abs() < 1e-9);
    // 4 ln 2357 − 2 ln L.
    assert!((ranked[0].bic - 19_195.332_019_611_746).abs() < 1e-6, "{}", ranked[0].bic);
    // e^(−.58698/2) : 1 : e^(−25.68092/2), divided by their sum.
    let (one, other) = ((-0.29349_f64).exp(), (-12.84046_f64).exp());
    assert!((ranked[0].aic_weight - 1.0 / (1.0 + one + other)).abs() < 1e-9);
    assert!((ranked.iter().map(|model| model.aic_weight).sum::<f64>() - 1.0).abs() < 1e-15);
    assert!(ranked[3].aic_weight < 1e-70 && ranked[3].bic_difference > 300.0);
}

#[test]
fn only_fits_to_the_same_customers_are_compared() {
    let one = Candidate { log_likelihood: -10.0, parameters: 4, customers: 100 };
    assert_eq!(compare(&[]), Ok(vec![]));
    let other = Candidate { customers: 101, ..one };
    assert_eq!(compare(&[one, other]).unwrap_err().element, Some(2));
    let unfit = Candidate { log_likelihood: f64::NAN, ..one };
    assert_eq!(compare(&[one, unfit]).unwrap_err().argument, "log_likelihood");
    // Ties keep their order.
    let ranked = compare(&[one, one, one]).unwrap();
    assert!(ranked.windows(2).all(|pair| pair[0].candidate < pair[1].candidate));
    assert!(ranked.iter().all(|model| (model.aic_weight - 1.0 / 3.0).abs() < 1e-15));
}
