//! The shifted beta geometric model against the oracle, published fits and its own derivatives.

mod common;

use common::{Row, assert_oracle, rows};
use pg_clv::maths::fit::{Fit, Options};
use pg_clv::maths::likelihood::Likelihood;
use pg_clv::maths::sbg::{MAX_PERIODS, Sbg, SbgLikelihood, tenures_of_cohort};
use pg_clv::maths::survival::Tenure;
use proptest::prelude::*;

/// Survivors of 1000 customers after 0 to 7 years (Fader and Hardie 2007, table 1).
const REGULAR: [u64; 8] = [1000, 631, 468, 382, 326, 289, 262, 241];
const HIGH_END: [u64; 8] = [1000, 869, 743, 653, 593, 551, 517, 491];

fn model(row: &Row) -> Sbg {
    Sbg::new(row.number("alpha"), row.number("beta")).unwrap()
}

fn fitted(tenures: &[Tenure]) -> Fit {
    Sbg::fit(tenures, &Options::default(), &mut || ()).unwrap()
}

fn assert_close(got: f64, expected: f64, relative: f64) {
    let error = (got - expected).abs();
    assert!(error <= relative * expected.abs(), "{got:e} is not {expected:e}");
}

#[test]
fn survival_retention_and_churn_agree_with_the_oracle() {
    assert_oracle("sbg_survival", |row| model(row).survival(row.number("t")));
    assert_oracle("sbg_retention", |row| model(row).retention(row.number("t")));
    assert_oracle("sbg_pchurn", |row| model(row).churn_probability(row.number("t")));
}

#[test]
fn discounted_lifetimes_agree_with_the_oracle() {
    assert_oracle("sbg_del", |row| model(row).discounted_lifetime(row.number("d"), f64::INFINITY));
    assert_oracle("sbg_derl", |row| {
        let (n, d) = (row.number("n"), row.number("d"));
        model(row).discounted_residual_lifetime(n, d, f64::INFINITY)
    });
}

#[test]
fn discounted_renewals_keep_their_digits_at_any_rate_and_horizon() {
    let (mut worst, mut count) = (0.0_f64, 0);
    for row in rows("sbg_discounted_renewals") {
        let got = model(&row).discounted_renewals(row.number("d"), row.number("horizon"));
        let expected = row.number("value");
        let error = ((got - expected) / expected).abs();
        worst = worst.max(error);
        count += 1;
    }
    assert_eq!(count, 414);
    println!("sbg_discounted_renewals: {count} rows, worst relative error {worst:.1e}");
}

#[test]
fn fits_of_the_two_segments_are_the_published_ones() {
    for (survivors, alpha, beta, log_likelihood) in
        [(REGULAR, 0.7040773, 1.1820430, -1680.2652), (HIGH_END, 0.6680883, 3.8060949, -1611.1581)]
    {
        let fit = fitted(&tenures_of_cohort(&survivors).unwrap());
        assert!(fit.converged, "{}", fit.termination);
        assert!((fit.log_likelihood.unwrap() - log_likelihood).abs() < 1e-4);
        let estimates = fit.parameters.unwrap();
        assert_close(estimates[0], alpha, 1e-6);
        assert_close(estimates[1], beta, 1e-6);
    }
}

#[test]
fn fit_of_tenures_reaches_the_oracle_estimates_and_standard_errors() {
    let tenures: Vec<Tenure> = rows("oracle/data_sbg_regular")
        .iter()
        .map(|row| {
            let customers = row.number("customers") as u64;
            Tenure::whole(row.number("t"), row.number("churned") == 1.0, customers)
        })
        .collect();
    let fit = fitted(&tenures);
    let oracle = rows("oracle/mle");
    let oracle = oracle.iter().find(|row| row.text("model") == "sbg").unwrap();
    assert!((fit.log_likelihood.unwrap() - oracle.number("loglik")).abs() < 1e-9);
    assert_eq!(fit.customers, 1000);
    let (estimates, errors) = (fit.parameters.unwrap(), fit.std_errors.unwrap());
    for i in 0..2 {
        assert_close(estimates[i], oracle.number(&format!("value{}", i + 1)), 1e-9);
        assert_close(errors[i], oracle.number(&format!("se{}", i + 1)), 1e-8);
    }
}

#[test]
fn one_row_per_customer_gives_the_same_bits_as_the_cohort() {
    let cohort = tenures_of_cohort(&REGULAR).unwrap();
    let mut single: Vec<Tenure> = cohort
        .iter()
        .flat_map(|&row| (0..row.customers).map(move |_| Tenure { customers: 1, ..row }))
        .collect();
    single.reverse();
    let (one, other) = (fitted(&cohort), fitted(&single));
    assert_eq!(one.parameters, other.parameters);
    assert_eq!(one.log_likelihood, other.log_likelihood);
}

#[test]
fn a_cohort_cannot_grow() {
    assert_eq!(tenures_of_cohort(&[]), None);
    assert_eq!(tenures_of_cohort(&[10, 7, 8]), None);
    let censored = Tenure::whole(0.0, false, 10);
    assert_eq!(tenures_of_cohort(&[10]), Some(vec![censored]));
}

#[test]
fn folded_likelihood_is_the_sum_over_the_customers() {
    let model = Sbg::new(0.7, 1.2).unwrap();
    let tenures = tenures_of_cohort(&HIGH_END).unwrap();
    let sum: f64 = tenures
        .iter()
        .map(|row| {
            let probability = if row.churned {
                model.churn_probability(row.time)
            } else {
                model.survival(row.time)
            };
            row.customers as f64 * probability.ln()
        })
        .sum();
    let value = SbgLikelihood::new(&tenures).evaluate(&[0.7, 1.2], &mut || ()).value;
    assert_close(value, sum, 1e-14);
}

#[test]
fn derivatives_are_those_of_the_likelihood() {
    let mut tenures = tenures_of_cohort(&REGULAR).unwrap();
    tenures.push(Tenure::whole(500.0, true, 3));
    tenures.push(Tenure::whole(3.0, false, 90));
    let likelihood = SbgLikelihood::new(&tenures);
    let at = |parameters: &[f64]| likelihood.evaluate(parameters, &mut || ());
    for point in [[0.7, 1.2], [0.01, 30.0], [200.0, 0.3]] {
        let here = at(&point);
        for i in 0..2 {
            let step = 1e-4 * point[i];
            // Richardson's extrapolation of two central differences: error of order step⁴.
            let difference = |f: &dyn Fn(&[f64]) -> f64| {
                let central = |h: f64| {
                    let (mut up, mut down) = (point, point);
                    up[i] += h;
                    down[i] -= h;
                    (f(&up) - f(&down)) / (2.0 * h)
                };
                (4.0 * central(step) - central(2.0 * step)) / 3.0
            };
            let noise = 1e-10 * here.value.abs() / point[i];
            assert!((difference(&|p| at(p).value) - here.gradient[i]).abs() < noise);
            for (j, other) in point.iter().enumerate() {
                let curvature = difference(&|p| at(p).gradient[j]);
                assert!((curvature - here.hessian[(i, j)]).abs() < noise / other);
            }
        }
    }
}

#[test]
fn data_that_cannot_determine_the_model_give_a_reason_and_no_estimates() {
    let row = |time: f64, churned: bool| Tenure::whole(time, churned, 50);
    for (tenures, reason) in [
        (vec![], "0 customers are too few"),
        (vec![row(3.0, false), row(5.0, false)], "no customer was lost"),
        (vec![row(1.0, true), row(1.0, false)], "past the first period"),
        (vec![row(1.5, true), row(3.0, false)], "not a whole number of periods"),
        (vec![row(0.0, true), row(3.0, false)], "not a whole number of periods"),
        (vec![row(f64::from(MAX_PERIODS) + 1.0, true)], "not a whole number of periods"),
        (vec![row(f64::NAN, true)], "not a whole number of periods"),
    ] {
        let fit = fitted(&tenures);
        assert!(fit.parameters.is_none() && !fit.converged);
        assert!(fit.termination.contains(reason), "{}", fit.termination);
    }
}

#[test]
fn customers_all_alike_are_geometric() {
    // Exactly geometric: half are lost each period.
    let fit = fitted(&tenures_of_cohort(&[1024, 512, 256, 128, 64]).unwrap());
    assert!(fit.converged && fit.border == Some("same_dropout"), "{}", fit.termination);
    assert!((fit.parameters.unwrap()[0] - 0.5).abs() < 1e-12);
}

#[test]
fn nothing_is_lost_before_the_first_renewal_and_nothing_kept_for_ever() {
    let model = Sbg::new(0.7, 1.2).unwrap();
    assert_eq!((model.survival(0.0), model.survival(0.99)), (1.0, 1.0));
    assert_eq!(model.survival(f64::INFINITY), 0.0);
    assert_eq!(model.retention(f64::INFINITY), 1.0);
    assert_eq!(model.churn_probability(f64::INFINITY), 0.0);
    assert_eq!(model.discounted_renewals(0.1, 0.0), 0.0);
    assert_eq!(model.discounted_lifetime(0.1, 0.0), 0.0);
    assert_eq!(model.discounted_lifetime(0.1, 1.0), 1.0);
    assert_eq!(model.discounted_renewals(0.0, f64::INFINITY), f64::INFINITY);
    let renewals: f64 = (1..=5_i32).map(|t| model.survival(f64::from(t)) * 0.99_f64.powi(-t)).sum();
    assert_close(model.discounted_renewals(-0.01, 5.0), renewals, 1e-14);
    assert!(model.discounted_renewals(-0.01, f64::from(MAX_PERIODS) + 1.0).is_nan());
    assert_close(model.discounted_residual_lifetime(3.0, 0.1, 1.0), model.retention(3.0), 1e-15);
}

fn any_model() -> impl Strategy<Value = Sbg> {
    (-7.0..7.0_f64, -7.0..7.0_f64)
        .prop_map(|(alpha, beta)| Sbg::new(alpha.exp(), beta.exp()).unwrap())
}

proptest! {
    #[test]
    fn survival_falls_retention_rises_and_losses_are_the_steps(
        model in any_model(), t in 1..2000_u32
    ) {
        let t = f64::from(t);
        let (before, now) = (model.survival(t - 1.0), model.survival(t));
        prop_assert!((0.0..=1.0).contains(&now) && now <= before);
        let retention = model.retention(t);
        prop_assert!((0.0..=1.0).contains(&retention) && retention <= model.retention(t + 1.0));
        // A logarithm of hundreds has a rounding error of that many ulps.
        let precision = 1e-14 * (1.0 - model.ln_survival(t));
        let close = |one: f64, other: f64, scale: f64| {
            (one - other).abs() <= precision * scale + f64::MIN_POSITIVE
        };
        prop_assert!(close(before * retention, now, now));
        prop_assert!(close(before - now, model.churn_probability(t), before));
    }

    #[test]
    fn finite_horizons_add_up_to_the_whole_future(
        model in any_model(), d in 1e-6..0.5_f64, horizon in 1..3000_u32
    ) {
        let horizon = f64::from(horizon);
        let whole = model.discounted_renewals(d, f64::INFINITY);
        let first = model.discounted_renewals(d, horizon);
        let later = model.after_renewals(horizon).discounted_renewals(d, f64::INFINITY);
        let rest = model.survival(horizon) * (-horizon * d.ln_1p()).exp() * later;
        prop_assert!((first + rest - whole).abs() <= 1e-13 * whole, "{} {}", first + rest, whole);
        prop_assert!(whole <= 1.0 / d);
        let lifetime = model.discounted_lifetime(d, horizon + 1.0);
        prop_assert!((lifetime - 1.0 - first).abs() <= 1e-14 * lifetime);
    }

    #[test]
    fn extreme_parameters_give_finite_answers(
        (alpha, beta) in (-8.0..8.0_f64, -8.0..8.0_f64), t in 1.0..1e6_f64, d in -12.0..0.0_f64
    ) {
        let (alpha, beta, d) = (10_f64.powf(alpha), 10_f64.powf(beta), 10_f64.powf(d));
        let model = Sbg::new(alpha, beta).unwrap();
        prop_assert!((0.0..=1.0).contains(&model.survival(t)));
        prop_assert!((0.0..=1.0).contains(&model.churn_probability(t)));
        let all = model.discounted_renewals(d, f64::INFINITY);
        let some = model.discounted_renewals(d, t);
        prop_assert!(0.0 < all && all <= 1.0 / d * (1.0 + 1e-14), "{} {}", all, d);
        prop_assert!(0.0 < some && some <= all * (1.0 + 1e-13), "{} {}", some, all);
        let likelihood = SbgLikelihood::new(&tenures_of_cohort(&REGULAR).unwrap());
        let result = likelihood.evaluate(&[alpha, beta], &mut || ());
        prop_assert!(result.value.is_finite());
        prop_assert!(result.gradient.iter().chain(&result.hessian).all(|value| value.is_finite()));
    }
}
