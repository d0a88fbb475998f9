//! Static covariates: derivatives against mpmath, recovery, invariances, what cannot be fitted.

mod common;

use pg_clv::maths::bg_nbd::BgNbd;
use pg_clv::maths::comparison::{likelihood_ratio_test, wald_test};
use pg_clv::maths::covariate_histories::{CovariateGroup, CovariateHistories, Refused};
use pg_clv::maths::covariates::CovariateLikelihood;
use pg_clv::maths::error::ArgumentError;
use pg_clv::maths::fit::{Fit, InvalidOption, Options};
use pg_clv::maths::history::{Folded, Histories};
use pg_clv::maths::likelihood::Likelihood;
use pg_clv::maths::pareto_nbd::ParetoNbd;
use pg_clv::maths::simulate::{Observation, Simulate};
use proptest::prelude::*;

type FitFunction = fn(&[CovariateGroup], &Options, &mut dyn FnMut()) -> Result<Fit, InvalidOption>;
type PlainFit = fn(&[Folded], &Options, &mut dyn FnMut()) -> Result<Fit, InvalidOption>;
type OfCustomer = fn(&[f64], &[f64]) -> Result<Box<dyn Simulate>, ArgumentError>;

/// A model under its names, with parameters for two covariates.
struct Model {
    prefix: &'static str,
    fit: FitFunction,
    plain: PlainFit,
    likelihood: fn(&[CovariateGroup]) -> CovariateLikelihood,
    of_customer: OfCustomer,
    truth: [f64; 8],
}

const MODELS: [Model; 2] = [
    Model {
        prefix: "bgnbd",
        fit: BgNbd::fit_with_covariates,
        plain: BgNbd::fit,
        likelihood: CovariateLikelihood::bg_nbd,
        of_customer: |p, z| BgNbd::of_customer(p, z).map(|model| Box::new(model) as Box<_>),
        truth: [0.6, 6.0, 0.9, 3.0, 0.4, -0.1, -0.3, 0.2],
    },
    Model {
        prefix: "pnbd",
        fit: ParetoNbd::fit_with_covariates,
        plain: ParetoNbd::fit,
        likelihood: CovariateLikelihood::pareto_nbd,
        of_customer: |p, z| ParetoNbd::of_customer(p, z).map(|model| Box::new(model) as Box<_>),
        truth: [0.8, 6.0, 0.7, 12.0, 0.4, -0.1, -0.3, 0.2],
    },
];

fn fitted(model: &Model, groups: &[CovariateGroup], options: &Options) -> Fit {
    (model.fit)(groups, options, &mut || ()).unwrap()
}

/// Customers with a flag, and a number near `centre`, as the model says they behave.
fn simulated(model: &Model, seed: u64, customers: u64, centre: f64) -> Vec<(Folded, Vec<f64>)> {
    let observation = Observation { seed, youngest: 60.0, oldest: 100.0, holdout: 0.0 };
    (0..customers)
        .map(|number| {
            let z = vec![(number % 2) as f64, (number % 7) as f64 / 2.0 - 1.5];
            let own = (model.of_customer)(&model.truth, &z).unwrap();
            let history = observation.customer(own.as_ref(), number).unwrap().history();
            let folded =
                Folded { x: history.x as u32, customers: 1, t_x: history.t_x, age: history.age };
            (folded, vec![z[0], z[1] + centre])
        })
        .collect()
}

fn fold(customers: &[(Folded, Vec<f64>)]) -> CovariateHistories {
    let mut histories = CovariateHistories::default();
    customers.iter().for_each(|(folded, z)| histories.add(*folded, z).unwrap());
    histories
}

#[test]
fn likelihood_and_derivatives_agree_with_mpmath() {
    // The data of tests/data/reference/make_inference.py.
    let data = [
        (3, 12.5, 20.0, [1.0, 0.25]),
        (0, 0.0, 31.0, [0.0, -1.5]),
        (11, 30.0, 30.0, [1.0, 0.0]),
        (1, 0.5, 25.0, [0.0, 2.0]),
        (2, 7.0, 39.0, [1.0, 0.25]),
    ];
    // Once each customer by itself, once forty of each: with and without kept tables.
    for customers in [1, 40] {
        let mut histories = CovariateHistories::default();
        for (x, t_x, age, z) in data {
            for i in 0..customers {
                // Forty rows that differ by less than any tolerance here.
                let age = age * (1.0 + 1e-15 * f64::from(i));
                histories.add(Folded { x, customers: 1, t_x, age }, &z).unwrap();
            }
        }
        let groups = histories.groups();
        assert_eq!(groups.len(), 4);
        for model in &MODELS {
            let found = (model.likelihood)(&groups).evaluate(&model.truth, &mut || ());
            let mut worst = 0.0_f64;
            for row in common::rows("reference/covariates") {
                if row.text("model") != model.prefix {
                    continue;
                }
                let (i, j) = (row.number("first") as isize, row.number("second") as isize);
                let expected = row.number("value") * f64::from(customers);
                let size = |i: isize| if i < 0 { 1.0 } else { model.truth[i as usize].abs() };
                let got = match (i, j) {
                    (-1, _) => found.value,
                    (i, -1) => found.gradient[i as usize],
                    (i, j) => {
                        assert_eq!(
                            found.hessian[(i as usize, j as usize)],
                            found.hessian[(j as usize, i as usize)]
                        );
                        found.hessian[(i as usize, j as usize)]
                    }
                };
                let error = (got - expected).abs() * size(i) * size(j) / f64::from(customers);
                worst = worst.max(error);
                assert!(error < 1e-12, "{} {i} {j}: {got} not {expected}", model.prefix);
            }
            println!("{} with {customers} of each: worst error {worst:.1e}", model.prefix);
        }
    }
}

#[test]
fn without_covariates_the_fit_is_the_plain_one_bit_for_bit() {
    for model in &MODELS {
        let customers = simulated(model, 1, 800, 0.0);
        let (mut with, mut plain) = (CovariateHistories::default(), Histories::default());
        for (row, _) in &customers {
            with.add(*row, &[]).unwrap();
            plain.add(row.x, row.t_x, row.age, 1);
        }
        for penalty in [0.0, 0.01] {
            let options = Options { penalty, ..Options::default() };
            let plain = (model.plain)(plain.fold(), &options, &mut || ()).unwrap();
            assert_eq!(fitted(model, &with.groups(), &options), plain);
        }
    }
}

#[test]
fn coefficients_are_recovered_from_simulated_customers() {
    for model in &MODELS {
        let mut worst = 0.0_f64;
        for seed in 1..=10 {
            let fit = fitted(
                model,
                &fold(&simulated(model, seed, 4000, 0.0)).groups(),
                &Options::default(),
            );
            assert!(fit.converged, "{}: {}", model.prefix, fit.termination);
            let (estimates, errors) = (fit.parameters.unwrap(), fit.std_errors.unwrap());
            for i in 0..8 {
                let off = (estimates[i] - model.truth[i]).abs() / errors[i];
                worst = worst.max(off);
                assert!(off < 3.5, "{} seed {seed}, {i}: {off}", model.prefix);
            }
            // The flag's effect on purchases is beyond doubt at this size.
            assert!(wald_test(estimates[4], errors[4]).p_value < 1e-3);
        }
        println!("{}: worst {worst:.2} standard errors", model.prefix);
    }
}

#[test]
fn covariates_that_do_nothing_pass_the_likelihood_ratio_test_as_often_as_they_should() {
    let model = &MODELS[0];
    let mut rejected = 0;
    for seed in 0..100 {
        let observation = Observation { seed, youngest: 30.0, oldest: 60.0, holdout: 0.0 };
        let truth = BgNbd::new(0.6, 6.0, 0.9, 3.0).unwrap();
        let (mut with, mut plain) = (CovariateHistories::default(), Histories::default());
        for number in 0..500 {
            let history = observation.customer(&truth, number).unwrap().history();
            let row =
                Folded { x: history.x as u32, customers: 1, t_x: history.t_x, age: history.age };
            with.add(row, &[(number % 2) as f64]).unwrap();
            plain.add(row.x, row.t_x, row.age, 1);
        }
        let larger = fitted(model, &with.groups(), &Options::default());
        let smaller = BgNbd::fit(plain.fold(), &Options::default(), &mut || ()).unwrap();
        let test = likelihood_ratio_test(
            (smaller.log_likelihood.unwrap(), 4),
            (larger.log_likelihood.unwrap(), 6),
        )
        .unwrap();
        rejected += i32::from(test.p_value < 0.1);
    }
    println!("rejected at 10 %: {rejected} of 100");
    assert!((1..=19).contains(&rejected), "{rejected}");
}

#[test]
fn origin_and_unit_of_a_covariate_change_its_coefficient_alone() {
    for model in &MODELS {
        let customers = simulated(model, 3, 1500, 0.0);
        let one = fitted(model, &fold(&customers).groups(), &Options::default());
        assert!(one.converged, "{}", one.termination);
        // A year instead of its distance from 1998; money in cents.
        let moved: Vec<(Folded, Vec<f64>)> = customers
            .iter()
            .map(|(row, z)| (*row, vec![z[0] * 1e6 + 3e5, z[1] + 1998.0]))
            .collect();
        let other = fitted(model, &fold(&moved).groups(), &Options::default());
        assert!(other.converged, "{}", other.termination);
        let difference = one.log_likelihood.unwrap() - other.log_likelihood.unwrap();
        assert!(difference.abs() < 1e-6, "{difference}");
        let (p, q) = (one.parameters.unwrap(), other.parameters.unwrap());
        let (s, t) = (one.std_errors.unwrap(), other.std_errors.unwrap());
        for (i, unit) in [(4, 1e6), (5, 1.0), (6, 1e6), (7, 1.0)] {
            assert!((q[i] * unit - p[i]).abs() < 1e-6 * s[i], "{} {i}", model.prefix);
            assert!((t[i] * unit / s[i] - 1.0).abs() < 1e-6, "{} {i}", model.prefix);
        }
        // Customers are predicted alike.
        for ((_, z), (_, y)) in customers.iter().zip(&moved).take(14) {
            let (one, other) = match model.prefix {
                "bgnbd" => (
                    BgNbd::of_customer(&p, z).unwrap().parameters(),
                    BgNbd::of_customer(&q, y).unwrap().parameters(),
                ),
                _ => (
                    ParetoNbd::of_customer(&p, z).unwrap().parameters(),
                    ParetoNbd::of_customer(&q, y).unwrap().parameters(),
                ),
            };
            for (one, other) in one.iter().zip(other) {
                assert!((one / other - 1.0).abs() < 1e-6, "{one} {other}");
            }
        }
    }
}

#[test]
fn order_parts_and_weights_of_the_data_change_no_bit() {
    for model in &MODELS {
        let mut customers = simulated(model, 4, 600, 0.5);
        let twice: Vec<_> = customers.iter().chain(&customers).cloned().collect();
        let one = fitted(model, &fold(&twice).groups(), &Options::default());
        customers.reverse();
        let mut whole = CovariateHistories::default();
        for part in customers.chunks(77) {
            let weighted: Vec<_> =
                part.iter().map(|(row, z)| (Folded { customers: 2, ..*row }, z.clone())).collect();
            for (row, z) in fold(&weighted).iter() {
                whole.add(row, z).unwrap();
            }
        }
        assert_eq!(one, fitted(model, &whole.groups(), &Options::default()));
    }
}

#[test]
fn estimates_are_a_warm_start() {
    for model in &MODELS {
        let groups = fold(&simulated(model, 5, 1000, 40.0)).groups();
        let cold = fitted(model, &groups, &Options::default());
        let start = Options { start: cold.parameters.clone(), ..Options::default() };
        let warm = fitted(model, &groups, &start);
        assert!(warm.converged && warm.evaluations <= 2, "{}", warm.evaluations);
        let short = Options { start: Some(vec![1.0; 4]), ..Options::default() };
        let error = (model.fit)(&groups, &short, &mut || ()).unwrap_err();
        assert_eq!(error, InvalidOption::StartLength { expected: 8, found: 4 });
        let mut negative = cold.parameters.unwrap();
        negative[1] = -1.0;
        let negative = Options { start: Some(negative), ..Options::default() };
        let error = (model.fit)(&groups, &negative, &mut || ()).unwrap_err();
        assert!(error.to_string().starts_with("alpha cannot start at -"), "{error}");
    }
}

#[test]
fn covariates_that_cannot_be_fitted_say_why() {
    for model in &MODELS {
        let customers = simulated(model, 6, 400, 0.0);
        let with = |z: &dyn Fn(usize) -> Vec<f64>| {
            let rows: Vec<_> = customers.iter().enumerate().map(|(i, c)| (c.0, z(i))).collect();
            fitted(model, &fold(&rows).groups(), &Options::default())
        };
        let constant = with(&|i| vec![(i % 3) as f64, 0.1]);
        assert_eq!(constant.termination, "not fitted: covariate 2 is the same for all customers");
        // One covariate told twice.
        let double = with(&|i| vec![(i % 3) as f64, 5.0 + 2.0 * (i % 3) as f64]);
        assert!(!double.converged && double.std_errors.is_none(), "{}", double.termination);
        assert!(double.parameters.unwrap().iter().all(|p| p.is_finite()));
        // A year to the second, with an effect of several per cent: alpha in the year 0 is no double.
        let far = with(&|i| vec![1998.0 + 1e-4 * f64::from(customers[i].0.x.min(9))]);
        assert!(far.parameters.is_none() && far.log_likelihood.is_none() && !far.converged);
        assert!(far.termination.contains("subtract their means"), "{}", far.termination);
        // A covariate that tells exactly who never purchases again.
        let telling = with(&|i| vec![f64::from(u8::from(customers[i].0.x == 0))]);
        println!("{}: {}", model.prefix, telling.termination);
        assert!(!telling.converged && telling.std_errors.is_none(), "{}", telling.termination);
        assert!(telling.termination.contains("purchase_1 runs to minus infinity"));
        assert!(telling.parameters.unwrap().iter().all(|p| p.is_finite()));
    }
}

#[test]
fn customers_must_have_as_many_covariates_as_the_model() {
    let p = MODELS[0].truth;
    assert_eq!(BgNbd::of_customer(&p, &[1.0]).unwrap_err().argument, "covariates");
    assert_eq!(BgNbd::of_customer(&p, &[1e9, 0.0]).unwrap_err().argument, "alpha");
    assert_eq!(
        ParetoNbd::of_customer(&p[..4], &[]).unwrap().parameters(),
        ParetoNbd::new(p[0], p[1], p[2], p[3]).unwrap().parameters()
    );
    let mut histories = CovariateHistories::default();
    let row = Folded { x: 1, customers: 1, t_x: 1.0, age: 2.0 };
    histories.add(row, &[1.0, 2.0]).unwrap();
    let refused = histories.add(row, &[1.0]).unwrap_err();
    assert_eq!(refused, Refused::Covariates { expected: 2, found: 1 });
    assert_eq!(refused.to_string(), "1 covariates, not 2 as of the customers before");
}

#[test]
fn folding_keeps_distinct_covariates_once() {
    let mut histories = CovariateHistories::default();
    for i in 0..20_000_u32 {
        let before = (histories.memory(), histories.memory_to_grow());
        let row = Folded { x: i % 5, customers: 1, t_x: f64::from(i % 5), age: 9.0 };
        // 0 and −0 are one.
        let zero = if i % 2 == 0 { 0.0 } else { -0.0 };
        histories.add(row, &[f64::from(i % 1000), zero]).unwrap();
        assert!(histories.memory() <= before.1, "{} {before:?}", histories.memory());
    }
    assert!(histories.memory() < 100_000, "{}", histories.memory());
    let groups = histories.groups();
    assert_eq!((groups.len(), histories.iter().count()), (1000, 1000));
    assert!(groups.windows(2).all(|pair| pair[0].covariates[0] < pair[1].covariates[0]));
    let customers: u32 = groups.iter().flat_map(|group| &group.rows).map(|row| row.customers).sum();
    assert_eq!(customers, 20_000);
}

/// Up to forty customers with two covariates: flags, or numbers of any size about any origin.
fn any_customers() -> impl Strategy<Value = Vec<(Folded, Vec<f64>)>> {
    let customer = (0.0..1.0f64, 0.0..1.0f64, 0.0..1.0f64, 0.0..1.0f64, any::<bool>());
    let scales = (0.0..4.0f64, -6.0..6.0f64, -9.0..9.0f64, -3.0..3.0f64);
    (prop::collection::vec(customer, 1..40), scales).prop_map(
        |(customers, (most, longest, size, origin))| {
            let customer = |(x, part, age, z, flag): (f64, f64, f64, f64, bool)| {
                let x = (10f64.powf(most) * x.powi(6)) as u32;
                let age = 10f64.powf(longest) * age;
                let t_x = if x == 0 { 0.0 } else { age * part.sqrt() };
                let z = 10f64.powf(size) * (z + origin);
                (Folded { x, customers: 1, t_x, age }, vec![z, f64::from(u8::from(flag))])
            };
            customers.into_iter().map(customer).collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_covariates_end_in_finite_numbers_or_a_reason(customers in any_customers()) {
        let groups = fold(&customers).groups();
        for model in &MODELS {
            let fit = fitted(model, &groups, &Options::default());
            prop_assert!(fit.evaluations <= 4 * 101);
            prop_assert_eq!(fit.converged, fit.std_errors.is_some(), "{:?}", fit);
            prop_assert_eq!(fit.parameters.is_none(), fit.termination.starts_with("not fitted: "));
            for (i, value) in fit.parameters.iter().flatten().enumerate() {
                prop_assert!(value.is_finite() && (i >= 4 || *value > 0.0), "{:?}", fit);
            }
            for error in fit.std_errors.iter().flatten() {
                prop_assert!(error.is_finite() && *error >= 0.0, "{:?}", fit);
            }
            prop_assert!(fit.log_likelihood.is_none_or(f64::is_finite), "{:?}", fit);
        }
    }
}
