//! Static covariates: derivatives against mpmath, recovery, invariances, what cannot be fitted.

mod common;

use common::derivatives::agree_with_differences;
use pg_clv::maths::bg_nbd::BgNbd;
use pg_clv::maths::comparison::{likelihood_ratio_test, wald_test};
use pg_clv::maths::counted::Row;
use pg_clv::maths::covariate_fit::{CovariateLikelihood, fit_with_covariates};
use pg_clv::maths::covariate_rows::{CovariateGroup, CovariateRows, Refused};
use pg_clv::maths::covariates::{Design, Effects, InvalidDesign, WithCovariates};
use pg_clv::maths::error::ArgumentError;
use pg_clv::maths::fit::{Fit, InvalidOption, Options};
use pg_clv::maths::gamma_gamma::{GammaGamma, Spend, Spends};
use pg_clv::maths::history::{Folded, Histories};
use pg_clv::maths::likelihood::{Derivatives, Likelihood};
use pg_clv::maths::mbg_nbd::MbgNbd;
use pg_clv::maths::pareto_nbd::ParetoNbd;
use pg_clv::maths::sbg::Sbg;
use pg_clv::maths::simulate::{Draws, Observation, Purpose, Simulate};
use pg_clv::maths::survival::Tenure;
use proptest::prelude::*;

type Groups = [CovariateGroup<Folded>];
type FitFunction = fn(&Groups, &Design, &Options, &mut dyn FnMut()) -> Result<Fit, InvalidOption>;
type PlainFit = fn(&[Folded], &Options, &mut dyn FnMut()) -> Result<Fit, InvalidOption>;
type Evaluate = fn(&Groups, &Design, &[f64]) -> Derivatives;
type Make = fn(&[f64]) -> Result<Box<dyn Simulate>, ArgumentError>;

/// A model of purchases under its names, with parameters for two covariates.
struct Model {
    prefix: &'static str,
    effects: &'static Effects,
    fit: FitFunction,
    plain: PlainFit,
    evaluate: Evaluate,
    make: Make,
    truth: [f64; 8],
}

fn evaluate<M: WithCovariates>(
    groups: &[CovariateGroup<M::Row>],
    design: &Design,
    at: &[f64],
) -> Derivatives {
    CovariateLikelihood::<M>::new(groups, design).evaluate(at, &mut || ())
}

const MODELS: [Model; 3] = [
    Model {
        prefix: "bgnbd",
        effects: &BgNbd::EFFECTS,
        fit: fit_with_covariates::<BgNbd>,
        plain: BgNbd::fit,
        evaluate: evaluate::<BgNbd>,
        make: |p| BgNbd::new(p[0], p[1], p[2], p[3]).map(|model| Box::new(model) as Box<_>),
        truth: [0.6, 6.0, 0.9, 3.0, 0.4, -0.1, -0.3, 0.2],
    },
    Model {
        prefix: "mbgnbd",
        effects: &MbgNbd::EFFECTS,
        fit: fit_with_covariates::<MbgNbd>,
        plain: MbgNbd::fit,
        evaluate: evaluate::<MbgNbd>,
        make: |p| MbgNbd::new(p[0], p[1], p[2], p[3]).map(|model| Box::new(model) as Box<_>),
        truth: [0.6, 6.0, 0.9, 3.0, 0.4, -0.1, -0.3, 0.2],
    },
    Model {
        prefix: "pnbd",
        effects: &ParetoNbd::EFFECTS,
        fit: fit_with_covariates::<ParetoNbd>,
        plain: ParetoNbd::fit,
        evaluate: evaluate::<ParetoNbd>,
        make: |p| ParetoNbd::new(p[0], p[1], p[2], p[3]).map(|model| Box::new(model) as Box<_>),
        truth: [0.8, 6.0, 0.7, 12.0, 0.4, -0.1, -0.3, 0.2],
    },
];

impl Model {
    /// So many covariates of purchases and of dropout.
    fn design(&self, purchase: usize, dropout: usize) -> Design {
        self.constrained(purchase, dropout, &[])
    }

    fn constrained(&self, purchase: usize, dropout: usize, equal: &[usize]) -> Design {
        Design::new(self.effects, &[purchase, dropout], equal).unwrap()
    }
}

/// With the covariates twice, for purchases and for dropout.
fn fitted(model: &Model, groups: &Groups, options: &Options) -> Fit {
    let width = groups.first().map_or(0, |group| group.covariates.len() / 2);
    (model.fit)(groups, &model.design(width, width), options, &mut || ()).unwrap()
}

const ARRAYS: &[&str] = &["purchase", "dropout"];

/// Adds a customer whose covariates act on purchases and on dropout.
fn add(histories: &mut CovariateRows<Folded>, row: Folded, z: &[f64]) -> Result<(), Refused> {
    histories.add(row, &[z, z].concat(), ARRAYS, &[z.len(), z.len()])
}

/// Customers with a flag, and a number near `centre`, as the model says they behave.
fn simulated(model: &Model, seed: u64, customers: u64, centre: f64) -> Vec<(Folded, Vec<f64>)> {
    let observation = Observation { seed, youngest: 60.0, oldest: 100.0, holdout: 0.0 };
    (0..customers)
        .map(|number| {
            let z = vec![(number % 2) as f64, (number % 7) as f64 / 2.0 - 1.5];
            let both = [z.as_slice(), &z].concat();
            let parameters = model.design(2, 2).of_customer(&model.truth, &both).unwrap();
            let own = (model.make)(&parameters).unwrap();
            let history = observation.customer(own.as_ref(), number).unwrap().history();
            let folded =
                Folded { x: history.x as u32, customers: 1, t_x: history.t_x, age: history.age };
            (folded, vec![z[0], z[1] + centre])
        })
        .collect()
}

fn fold(customers: &[(Folded, Vec<f64>)]) -> CovariateRows<Folded> {
    let mut histories = CovariateRows::default();
    customers.iter().for_each(|(folded, z)| add(&mut histories, *folded, z).unwrap());
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
        let mut histories = CovariateRows::default();
        for (x, t_x, age, z) in data {
            for i in 0..customers {
                // Forty rows that differ by less than any tolerance here.
                let age = age * (1.0 + 1e-15 * f64::from(i));
                add(&mut histories, Folded { x, customers: 1, t_x, age }, &z).unwrap();
            }
        }
        let groups = histories.groups();
        assert_eq!(groups.len(), 4);
        for model in &MODELS {
            let found = (model.evaluate)(&groups, &model.design(2, 2), &model.truth);
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
        let (mut with, mut plain) = (CovariateRows::default(), Histories::default());
        for (row, _) in &customers {
            add(&mut with, *row, &[]).unwrap();
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
        let (mut with, mut plain) = (CovariateRows::default(), Histories::default());
        for number in 0..500 {
            let history = observation.customer(&truth, number).unwrap().history();
            let row =
                Folded { x: history.x as u32, customers: 1, t_x: history.t_x, age: history.age };
            add(&mut with, row, &[(number % 2) as f64]).unwrap();
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
            let of = |parameters: &[f64], z: &[f64]| {
                model.design(2, 2).of_customer(parameters, &[z, z].concat()).unwrap()
            };
            let (one, other) = (of(&p, z), of(&q, y));
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
        let mut whole = CovariateRows::default();
        for part in customers.chunks(77) {
            let weighted: Vec<_> =
                part.iter().map(|(row, z)| (Folded { customers: 2, ..*row }, z.clone())).collect();
            for (row, z) in fold(&weighted).iter() {
                whole.add(row, z, ARRAYS, &[2, 2]).unwrap();
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
        let error = (model.fit)(&groups, &model.design(2, 2), &short, &mut || ()).unwrap_err();
        assert_eq!(error, InvalidOption::StartLength { expected: 8, found: 4 });
        let mut negative = cold.parameters.unwrap();
        negative[1] = -1.0;
        let negative = Options { start: Some(negative), ..Options::default() };
        let error = (model.fit)(&groups, &model.design(2, 2), &negative, &mut || ()).unwrap_err();
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
        assert_eq!(
            constant.termination,
            "not fitted: the covariate of purchase_2 is the same for all customers"
        );
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
    let (model, row) = (&MODELS[0], Folded { x: 1, customers: 1, t_x: 1.0, age: 2.0 });
    let design = model.design(2, 2);
    assert_eq!(design.of_customer(&model.truth, &[1.0; 2]).unwrap_err().argument, "covariates");
    assert_eq!(
        design.of_customer(&model.truth[..4], &[1.0; 4]).unwrap_err().argument,
        "covariates"
    );
    let far = design.of_customer(&model.truth, &[1e9, 0.0, 0.0, 0.0]).unwrap();
    assert_eq!((model.make)(&far).err().unwrap().argument, "alpha");
    let mut histories = CovariateRows::default();
    histories.add(row, &[1.0, 2.0, 3.0], ARRAYS, &[2, 1]).unwrap();
    // As many in all, but not in each.
    let refused = histories.add(row, &[1.0, 2.0, 3.0], ARRAYS, &[1, 2]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "A customer has 1 covariate of purchase and 2 of dropout, those before 2 covariates of \
         purchase and 1 of dropout."
    );
    let mut spends = CovariateRows::default();
    let row = Spend { x: 1, customers: 1, mean: 1.0 };
    spends.add(row, &[1.0, 2.0], GammaGamma::EFFECTS.arrays(), &[2]).unwrap();
    let refused = spends.add(row, &[1.0], GammaGamma::EFFECTS.arrays(), &[1]).unwrap_err();
    assert_eq!(refused.to_string(), "A customer has 1 covariate, those before 2 covariates.");
}

#[test]
fn designs_name_their_coefficients_and_refuse_what_is_none() {
    let names = |design: Result<Design, InvalidDesign>| -> String {
        design.map_or_else(|e| e.to_string(), |design| design.names().collect::<Vec<_>>().join(" "))
    };
    for model in &MODELS {
        let new =
            |lengths: &[usize], equal: &[usize]| names(Design::new(model.effects, lengths, equal));
        assert_eq!(new(&[2, 1], &[]), "purchase_1 purchase_2 dropout_1");
        assert_eq!(new(&[2, 0], &[]), "purchase_1 purchase_2");
        assert_eq!(new(&[0, 0], &[]), "");
        assert_eq!(new(&[3, 2], &[2]), "purchase_1 purchase_3 dropout_1 both_2");
        assert_eq!(new(&[2, 2], &[1, 2]), "both_1 both_2");
        assert_eq!(new(&[2], &[]), "there are 1 arrays of covariates, not 2");
        for equal in [[2, 2].as_slice(), &[0], &[3]] {
            assert!(new(&[3, 2], equal).starts_with("equal has"), "{equal:?}");
        }
    }
    assert_eq!(names(Design::new(&Sbg::EFFECTS, &[2], &[1])), "alpha_2 beta_2 both_1");
    assert_eq!(names(Design::new(&GammaGamma::EFFECTS, &[2], &[])), "spend_1 spend_2");
    let constrained = Design::new(&GammaGamma::EFFECTS, &[2], &[1]);
    assert_eq!(constrained.unwrap_err(), InvalidDesign::OneProcess);
}

#[test]
fn folding_keeps_distinct_covariates_once() {
    let mut histories = CovariateRows::default();
    for i in 0..20_000_u32 {
        let before = (histories.memory(), histories.memory_to_grow());
        let row = Folded { x: i % 5, customers: 1, t_x: f64::from(i % 5), age: 9.0 };
        // 0 and −0 are one.
        let zero = if i % 2 == 0 { 0.0 } else { -0.0 };
        add(&mut histories, row, &[f64::from(i % 1000), zero]).unwrap();
        assert!(histories.memory() <= before.1, "{} {before:?}", histories.memory());
    }
    assert!(histories.memory() < 100_000, "{}", histories.memory());
    let groups = histories.groups();
    assert_eq!((groups.len(), histories.iter().count()), (1000, 1000));
    assert!(groups.windows(2).all(|pair| pair[0].covariates[0] < pair[1].covariates[0]));
    let customers: u32 = groups.iter().flat_map(|group| &group.rows).map(|row| row.customers).sum();
    assert_eq!(customers, 20_000);
}

/// The customers with the first covariate for purchases, the second for dropout.
fn apart(customers: &[(Folded, Vec<f64>)]) -> Vec<CovariateGroup<Folded>> {
    let mut rows = CovariateRows::default();
    customers.iter().for_each(|(row, z)| rows.add(*row, z, ARRAYS, &[1, 1]).unwrap());
    rows.groups()
}

/// The derivatives by fewer parameters, each of which the larger design has in these places.
fn gathered(full: &Derivatives, places: &[&[usize]]) -> Derivatives {
    let mut sum = Derivatives::zero(places.len());
    sum.value = full.value;
    for (i, rows) in places.iter().enumerate() {
        sum.gradient[i] = rows.iter().map(|&row| full.gradient[row]).sum();
        for (j, columns) in places.iter().enumerate() {
            let pairs = rows.iter().flat_map(|&row| columns.iter().map(move |&c| (row, c)));
            sum.hessian[(i, j)] = pairs.map(|pair| full.hessian[pair]).sum();
        }
    }
    sum
}

fn close(one: &Derivatives, other: &Derivatives) {
    let near = |one: f64, other: f64| (one - other).abs() <= 1e-12 * other.abs().max(1.0);
    assert!(near(one.value, other.value), "{} {}", one.value, other.value);
    for (i, gradient) in one.gradient.iter().enumerate() {
        assert!(near(*gradient, other.gradient[i]), "{i}: {gradient} {}", other.gradient[i]);
        for j in 0..one.gradient.len() {
            let (one, other) = (one.hessian[(i, j)], other.hessian[(i, j)]);
            assert!(near(one, other), "{i} {j}: {one} {other}");
        }
    }
}

#[test]
fn separate_arrays_and_constraints_are_special_cases_of_all_coefficients() {
    for model in &MODELS {
        let customers = simulated(model, 7, 300, 0.3);
        let both = fold(&customers).groups();
        // Purchases by the flag, dropout by the number: the others at 0.
        let [r, alpha, a, b, ..] = model.truth;
        let full =
            (model.evaluate)(&both, &model.design(2, 2), &[r, alpha, a, b, 0.4, 0.0, 0.0, 0.2]);
        let two = [r, alpha, a, b, 0.4, 0.2];
        let found = (model.evaluate)(&apart(&customers), &model.design(1, 1), &two);
        close(&found, &gathered(&full, &[&[0], &[1], &[2], &[3], &[4], &[7]]));
        // One coefficient of the flag for both.
        let full =
            (model.evaluate)(&both, &model.design(2, 2), &[r, alpha, a, b, 0.4, -0.1, 0.4, 0.2]);
        let one = [r, alpha, a, b, -0.1, 0.2, 0.4];
        let found = (model.evaluate)(&both, &model.constrained(2, 2, &[1]), &one);
        close(&found, &gathered(&full, &[&[0], &[1], &[2], &[3], &[5], &[7], &[4, 6]]));
        // One coefficient of two characteristics.
        let full =
            (model.evaluate)(&both, &model.design(2, 2), &[r, alpha, a, b, 0.4, 0.0, 0.0, 0.4]);
        let one = [r, alpha, a, b, 0.4];
        let found = (model.evaluate)(&apart(&customers), &model.constrained(1, 1, &[1]), &one);
        close(&found, &gathered(&full, &[&[0], &[1], &[2], &[3], &[4, 7]]));
    }
}

#[test]
fn a_constrained_fit_is_the_highest_point_of_the_larger_one_where_it_holds() {
    for model in &MODELS {
        let customers = simulated(model, 8, 1500, 3.0);
        for groups in [fold(&customers).groups(), apart(&customers)] {
            let width = groups[0].covariates.len() / 2;
            let fit = |equal: &[usize]| {
                let design = model.constrained(width, width, equal);
                let fit = (model.fit)(&groups, &design, &Options::default(), &mut || ()).unwrap();
                assert!(fit.converged, "{}: {}", model.prefix, fit.termination);
                let parameters = fit.parameters.as_ref().unwrap();
                assert_eq!(parameters.len(), 4 + 2 * width - equal.len());
                let k = parameters.len() as f64;
                let ln_l = fit.log_likelihood.unwrap();
                assert_eq!(fit.aic.unwrap(), 2.0 * k - 2.0 * ln_l);
                // A maximum in the covariates as they are given.
                let there = (model.evaluate)(&groups, &design, parameters);
                assert!((there.value - ln_l).abs() < 1e-9 * ln_l.abs());
                let errors = fit.std_errors.clone().unwrap();
                for (slope, error) in there.gradient.iter().zip(&errors) {
                    assert!((slope * error).abs() < 1e-4, "{}: {slope}", model.prefix);
                }
                // Standard errors are those of the information in the covariates as they are given.
                let inverse = (-there.hessian).try_inverse().unwrap();
                for (i, error) in errors.iter().enumerate() {
                    assert!((inverse[(i, i)].sqrt() / error - 1.0).abs() < 1e-5);
                }
                fit
            };
            let (constrained, free) = (fit(&[1]), fit(&[]));
            let test = likelihood_ratio_test(
                (constrained.log_likelihood.unwrap(), 3 + 2 * width as u32),
                (free.log_likelihood.unwrap(), 4 + 2 * width as u32),
            )
            .unwrap();
            assert_eq!(test.degrees_of_freedom, 1);
            // The estimates of the larger model say the same of the difference, about.
            let (p, v) = (free.parameters.unwrap(), free.covariance.unwrap());
            let (i, j) = (4, 4 + width);
            let variance = v[(i, i)] + v[(j, j)] - 2.0 * v[(i, j)];
            let wald = (p[i] - p[j]).powi(2) / variance;
            println!("{}: {:.3} {wald:.3}", model.prefix, test.statistic);
            assert!((test.statistic - wald).abs() < 0.35 * wald.max(0.5), "{}", model.prefix);
        }
    }
}

#[test]
fn a_true_constraint_passes_the_likelihood_ratio_test_as_often_as_it_should() {
    let model = &MODELS[2];
    let design = model.constrained(1, 1, &[1]);
    let mut rejected = 0;
    for seed in 0..100 {
        let observation = Observation { seed, youngest: 40.0, oldest: 80.0, holdout: 0.0 };
        let mut rows = CovariateRows::default();
        for number in 0..500 {
            let z = (number % 2) as f64;
            let own = design.of_customer(&[0.8, 6.0, 0.7, 12.0, 0.5], &[z, z]).unwrap();
            let own = (model.make)(&own).unwrap();
            let history = observation.customer(own.as_ref(), number).unwrap().history();
            let (x, t_x, age) = (history.x as u32, history.t_x, history.age);
            add(&mut rows, Folded { x, customers: 1, t_x, age }, &[z]).unwrap();
        }
        let groups = rows.groups();
        let fit = |design: &Design| {
            (model.fit)(&groups, design, &Options::default(), &mut || ()).unwrap()
        };
        let (smaller, larger) = (fit(&design), fit(&model.design(1, 1)));
        let ln = |fit: &Fit| fit.log_likelihood.unwrap();
        let test = likelihood_ratio_test((ln(&smaller), 5), (ln(&larger), 6)).unwrap();
        rejected += i32::from(test.p_value < 0.1);
    }
    println!("rejected at 10 %: {rejected} of 100");
    assert!((1..=19).contains(&rejected), "{rejected}");
}

#[test]
fn one_process_alone_may_have_covariates() {
    for model in &MODELS {
        let customers = simulated(model, 9, 1500, 0.0);
        for lengths in [[2, 0], [0, 2]] {
            let mut rows = CovariateRows::default();
            customers.iter().for_each(|(row, z)| rows.add(*row, z, ARRAYS, &lengths).unwrap());
            let design = model.design(lengths[0], lengths[1]);
            let fit = (model.fit)(&rows.groups(), &design, &Options::default(), &mut || ());
            let fit = fit.unwrap();
            assert!(fit.converged, "{}: {}", model.prefix, fit.termination);
            assert_eq!(fit.parameters.unwrap().len(), 6);
            // Nested in the fit with both.
            let both = fitted(model, &fold(&customers).groups(), &Options::default());
            assert!(both.log_likelihood.unwrap() > fit.log_likelihood.unwrap());
        }
    }
}

/// Customers with a flag and a number, and what they spend.
fn spenders(truth: &[f64], design: &Design, seed: u64, customers: u64) -> CovariateRows<Spend> {
    let mut rows = CovariateRows::default();
    for number in 0..customers {
        let z = [(number % 2) as f64, (number % 7) as f64 - 3.0];
        let x = 1 + (number % 5) as u32;
        let p = design.of_customer(truth, &z).unwrap();
        let model = GammaGamma::new(p[0], p[1], p[2]).unwrap();
        let mut draws = Draws::new(seed, number, Purpose::Spend);
        let spends = model.simulate_spends(x as usize, &mut draws);
        let mean = spends.iter().sum::<f64>() / f64::from(x);
        let row = Spend { x, customers: 1, mean };
        rows.add(row, &z, GammaGamma::EFFECTS.arrays(), &[2]).unwrap();
    }
    rows
}

/// Contracts with a flag and a number, watched for up to twelve periods.
fn contracts(truth: &[f64], design: &Design, seed: u64, customers: u64) -> CovariateRows<Tenure> {
    let mut rows = CovariateRows::default();
    for number in 0..customers {
        let z = [(number % 2) as f64, (number % 7) as f64 / 2.0 - 1.5];
        let p = design.of_customer(truth, &z).unwrap();
        let model = Sbg::new(p[0], p[1]).unwrap();
        let mut draws = Draws::new(seed, number, Purpose::Tenure);
        let row = model.simulate_tenure(6 + (number % 7) as u32, &mut draws);
        rows.add(row, &z, Sbg::EFFECTS.arrays(), &[2]).unwrap();
    }
    rows
}

const SPEND: [f64; 5] = [4.0, 3.5, 20.0, 0.4, -0.15];
const CONTRACT: [f64; 6] = [1.2, 3.0, 0.5, -0.2, 0.1, 0.3];

#[test]
fn derivatives_of_spend_and_contracts_agree_with_differences() {
    let design = Design::new(&GammaGamma::EFFECTS, &[2], &[]).unwrap();
    // Single customers, and groups that keep their tables.
    for customers in [13, 2000] {
        let groups = spenders(&SPEND, &design, 1, customers).groups();
        let likelihood = CovariateLikelihood::<GammaGamma>::new(&groups, &design);
        agree_with_differences(&likelihood, &SPEND, customers as f64, 1e-8);
    }
    for (equal, at) in [([].as_slice(), CONTRACT.as_slice()), (&[1], &[1.2, 3.0, 0.5, 0.3, -0.2])] {
        let free = Design::new(&Sbg::EFFECTS, &[2], &[]).unwrap();
        let design = Design::new(&Sbg::EFFECTS, &[2], equal).unwrap();
        let groups = contracts(&CONTRACT, &free, 1, 500).groups();
        let likelihood = CovariateLikelihood::<Sbg>::new(&groups, &design);
        agree_with_differences(&likelihood, at, 500.0, 1e-8);
    }
    for model in &MODELS {
        let groups = apart(&simulated(model, 10, 200, 0.0));
        for equal in [[].as_slice(), &[1]] {
            let design = model.constrained(1, 1, equal);
            struct Of<'a>(&'a Model, &'a Groups, &'a Design);
            impl Likelihood for Of<'_> {
                fn domains(&self) -> Vec<pg_clv::maths::likelihood::Domain> {
                    Vec::new()
                }
                fn evaluate(&self, at: &[f64], _interrupt: &mut dyn FnMut()) -> Derivatives {
                    (self.0.evaluate)(self.1, self.2, at)
                }
            }
            let at = &model.truth[..4 + design.size()];
            agree_with_differences(&Of(model, &groups, &design), at, 200.0, 1e-8);
        }
    }
}

#[test]
fn spend_without_covariates_is_the_plain_fit_and_scales_with_them() {
    let design = Design::new(&GammaGamma::EFFECTS, &[2], &[]).unwrap();
    let mut rows = spenders(&SPEND, &design, 2, 1000);
    let (mut none, mut plain) = (CovariateRows::default(), Spends::default());
    let (mut scaled, options) = (Spends::default(), Options::default());
    for (row, z) in rows.iter() {
        none.add(row, &[], GammaGamma::EFFECTS.arrays(), &[0]).unwrap();
        plain.add(row.x, row.mean, row.customers());
        // What the customer would spend with covariates of 0.
        scaled.add(row.x, row.mean / (SPEND[3] * z[0] + SPEND[4] * z[1]).exp(), row.customers());
    }
    let nothing = Design::new(&GammaGamma::EFFECTS, &[0], &[]).unwrap();
    let fit = fit_with_covariates::<GammaGamma>(&none.groups(), &nothing, &options, &mut || ());
    assert_eq!(fit.unwrap(), GammaGamma::fit(plain.fold(), &options, &mut || ()).unwrap());
    // At the truth, ln L is that of the scaled spends less the logarithms of their scales.
    let groups = rows.groups();
    let with = evaluate::<GammaGamma>(&groups, &design, &SPEND).value;
    let model = GammaGamma::new(SPEND[0], SPEND[1], SPEND[2]).unwrap();
    let without: f64 = scaled
        .fold()
        .iter()
        .map(|s| f64::from(s.customers) * model.log_likelihood(f64::from(s.x), s.mean))
        .sum();
    let scales: f64 = groups
        .iter()
        .map(|g| g.rows.len() as f64 * (SPEND[3] * g.covariates[0] + SPEND[4] * g.covariates[1]))
        .sum();
    assert!((with - (without - scales)).abs() < 1e-8, "{with} {without} {scales}");
}

#[test]
fn contracts_without_covariates_have_the_plain_fit() {
    let free = Design::new(&Sbg::EFFECTS, &[2], &[]).unwrap();
    let nothing = Design::new(&Sbg::EFFECTS, &[0], &[]).unwrap();
    let (mut none, mut tenures) = (CovariateRows::default(), Vec::new());
    for (row, _) in contracts(&CONTRACT, &free, 2, 3000).iter() {
        // Every fourth was seen from the second renewal on, or not at all.
        let late = row.customers() == 1 && tenures.len() % 4 == 0 && row.time > 2.0;
        let row = Tenure { entered: if late { 2.0 } else { 0.0 }, ..row };
        none.add(row, &[], Sbg::EFFECTS.arrays(), &[0]).unwrap();
        tenures.push(row);
    }
    let options = Options::default();
    let fit = fit_with_covariates::<Sbg>(&none.groups(), &nothing, &options, &mut || ()).unwrap();
    let plain = Sbg::fit(&tenures, &options, &mut || ()).unwrap();
    let (p, q) = (fit.parameters.unwrap(), plain.parameters.unwrap());
    let (s, t) = (fit.std_errors.unwrap(), plain.std_errors.unwrap());
    for i in 0..2 {
        assert!((p[i] - q[i]).abs() < 1e-6 * t[i] && (s[i] / t[i] - 1.0).abs() < 1e-6);
    }
    assert!((fit.log_likelihood.unwrap() - plain.log_likelihood.unwrap()).abs() < 1e-8);
}

#[test]
fn a_long_contract_costs_no_more_than_a_short_one() {
    // A million periods in all if each cost one.
    let mut rows = CovariateRows::default();
    let design = Design::new(&Sbg::EFFECTS, &[1], &[]).unwrap();
    for number in 0..2000_u32 {
        let time = f64::from(1 + number % 3 * 40_000);
        let row = Tenure::whole(time, number % 2 == 0, 1);
        rows.add(row, &[f64::from(number)], Sbg::EFFECTS.arrays(), &[1]).unwrap();
    }
    let groups = rows.groups();
    let start = std::time::Instant::now();
    let found = evaluate::<Sbg>(&groups, &design, &[0.7, 1.3, 1e-4, 0.0]);
    assert!(found.value.is_finite() && start.elapsed().as_secs_f64() < 2.0);
    let expected: f64 = groups
        .iter()
        .map(|g| {
            let own = design.of_customer(&[0.7, 1.3, 1e-4, 0.0], &g.covariates).unwrap();
            let (model, row) = (Sbg::new(own[0], own[1]).unwrap(), g.rows[0]);
            let lost = model.churn_probability(row.time).ln();
            if row.churned { lost } else { model.ln_survival(row.time) }
        })
        .sum();
    assert!((found.value / expected - 1.0).abs() < 1e-12, "{} {expected}", found.value);
}

/// So many customers by these parameters and a seed.
type Draw<R> = fn(&[f64], &Design, u64, u64) -> CovariateRows<R>;

#[test]
fn coefficients_of_spend_and_contracts_are_recovered() {
    fn recover<M: WithCovariates>(
        truth: &[f64],
        design: &Design,
        draw: Draw<M::Row>,
        counts: &mut [u32; 2],
    ) -> f64 {
        let mut worst = 0.0_f64;
        for seed in 1..=10 {
            let groups = draw(truth, design, seed, 4000).groups();
            let fit = fit_with_covariates::<M>(&groups, design, &Options::default(), &mut || ());
            let fit = fit.unwrap();
            assert!(fit.converged, "{}", fit.termination);
            let (estimates, errors) = (fit.parameters.unwrap(), fit.std_errors.unwrap());
            for i in 0..truth.len() {
                let off = (estimates[i] - truth[i]).abs() / errors[i];
                worst = worst.max(off);
                counts[0] += 1;
                counts[1] += u32::from(off < 1.96);
            }
        }
        worst
    }
    let mut counts = [0; 2];
    let design = Design::new(&GammaGamma::EFFECTS, &[2], &[]).unwrap();
    let spend = recover::<GammaGamma>(&SPEND, &design, spenders, &mut counts);
    let design = Design::new(&Sbg::EFFECTS, &[2], &[]).unwrap();
    let free = recover::<Sbg>(&CONTRACT, &design, contracts, &mut counts);
    let design = Design::new(&Sbg::EFFECTS, &[2], &[2]).unwrap();
    let constrained = recover::<Sbg>(&[1.2, 3.0, 0.5, 0.1, -0.2], &design, contracts, &mut counts);
    println!(
        "worst {spend:.2} {free:.2} {constrained:.2}; {} of {} within 1.96",
        counts[1], counts[0]
    );
    assert!(spend < 3.5 && free < 3.5 && constrained < 3.5);
    // Nineteen in twenty, give or take four standard deviations.
    assert!(f64::from(counts[1]) > 0.87 * f64::from(counts[0]));
}

#[test]
fn an_infinite_mean_spend_is_remarked_with_covariates_too() {
    let truth = [3.0, 0.8, 10.0, 0.3, 0.0];
    let design = Design::new(&GammaGamma::EFFECTS, &[2], &[]).unwrap();
    let groups = spenders(&truth, &design, 3, 2000).groups();
    let fit = fit_with_covariates::<GammaGamma>(&groups, &design, &Options::default(), &mut || ());
    let fit = fit.unwrap();
    assert!(fit.converged && fit.termination.contains("q is not above 1"), "{}", fit.termination);
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
