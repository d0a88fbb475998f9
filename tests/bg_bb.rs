//! BG/BB against the oracle, published values, all futures enumerated, and its own derivatives.

mod common;

use common::{Row, assert_oracle, rows};
use pg_clv::maths::bg_bb::{BgBb, BgBbLikelihood, MAX_OPPORTUNITIES, is_discrete};
use pg_clv::maths::fit::{Fit, Options};
use pg_clv::maths::history::{Folded, History};
use pg_clv::maths::likelihood::Likelihood;
use pg_clv::maths::purchase_model::PurchaseModel;
use proptest::prelude::*;

/// The estimates for the donations (Fader, Hardie and Shang 2010).
const PUBLISHED: [f64; 4] = [1.203522, 0.749716, 0.656718, 2.783442];

fn donors() -> BgBb {
    of(PUBLISHED)
}

fn of([alpha, beta, gamma, delta]: [f64; 4]) -> BgBb {
    BgBb::new(alpha, beta, gamma, delta).unwrap()
}

fn model(row: &Row) -> BgBb {
    of(BgBb::PARAMETERS.map(|name| row.number(name)))
}

fn history(row: &Row) -> History {
    discrete(row.number("x"), row.number("t_x"), row.number("n"))
}

fn discrete(x: f64, t_x: f64, n: f64) -> History {
    History { x, t_x, age: n }
}

fn donations() -> Vec<Folded> {
    rows("donations")
        .iter()
        .map(|row| Folded {
            x: row.number("frequency") as u32,
            t_x: row.number("recency"),
            age: row.number("periods"),
            customers: row.number("weights") as u32,
        })
        .collect()
}

fn fitted(histories: &[Folded]) -> Fit {
    BgBb::fit(histories, &Options::default(), &mut || ()).unwrap()
}

fn assert_close(got: f64, expected: f64, relative: f64) {
    let error = (got - expected).abs();
    assert!(error <= relative * expected.abs(), "{got:e} is not {expected:e}");
}

#[test]
fn log_likelihood_agrees_with_the_oracle() {
    assert_oracle("bgbb_loglik", |row| model(row).log_likelihood(history(row)));
}

#[test]
fn p_alive_agrees_with_the_oracle() {
    assert_oracle("bgbb_palive", |row| match row.number("m") {
        0.0 => model(row).p_survived(history(row)),
        m => model(row).p_alive(history(row), m - 1.0),
    });
}

#[test]
fn expected_purchases_agree_with_the_oracle() {
    assert_oracle("bgbb_exp", |row| model(row).expected_purchases_new(row.number("n")));
    assert_oracle("bgbb_cond_exp", |row| {
        model(row).expected_purchases(history(row), row.number("m"))
    });
}

#[test]
fn distribution_of_purchases_agrees_with_the_oracle() {
    assert_oracle("bgbb_pmf", |row| {
        model(row).purchase_pmf_new(row.number("x") as u64, row.number("n"))
    });
}

#[test]
fn discounted_purchases_agree_with_the_oracle() {
    assert_oracle("bgbb_dert", |row| {
        let delta = row.number("d").ln_1p();
        model(row).discounted_purchases(history(row), delta, f64::INFINITY)
    });
}

#[test]
fn p_alive_of_the_donors_is_the_published_one() {
    for (x, t_x, published) in [(0.0, 0.0, 0.108133), (2.0, 4.0, 0.589657), (6.0, 6.0, 0.930434)] {
        let got = donors().p_alive(discrete(x, t_x, 6.0), 0.0);
        assert!((got - published).abs() < 1e-6, "{got}, not {published}");
    }
}

#[test]
fn fit_of_the_donations_reaches_the_oracle_estimates_and_standard_errors() {
    let fit = fitted(&donations());
    let oracle = rows("oracle/mle");
    let oracle = oracle.iter().find(|row| row.text("model") == "bgbb").unwrap();
    assert!(fit.converged, "{}", fit.termination);
    assert_eq!(fit.customers, 11_104);
    assert!((fit.log_likelihood.unwrap() - oracle.number("loglik")).abs() < 1e-6);
    let (estimates, errors) = (fit.parameters.unwrap(), fit.std_errors.unwrap());
    for i in 0..4 {
        assert_close(estimates[i], oracle.number(&format!("value{}", i + 1)), 1e-8);
        assert_close(errors[i], oracle.number(&format!("se{}", i + 1)), 1e-8);
    }
    println!("{} iterations, {} evaluations", fit.iterations, fit.evaluations);
}

#[test]
fn fit_from_shuffled_rows_gives_the_same_bits() {
    let mut histories = donations();
    let fit = fitted(&histories);
    histories.reverse();
    histories.swap(3, 11);
    assert_eq!(fitted(&histories), fit);
}

#[test]
fn data_that_cannot_determine_the_model_give_a_reason_and_no_estimates() {
    let once = Folded { x: 0, t_x: 0.0, age: 6.0, customers: 100 };
    let always = Folded { x: 6, t_x: 6.0, age: 6.0, customers: 100 };
    let fraction = Folded { x: 1, t_x: 2.5, age: 6.0, customers: 1 };
    for (histories, reason) in [
        (vec![], "no customer has a repeat purchase"),
        (vec![once], "no customer has a repeat purchase"),
        (vec![once, always], "2 distinct histories are too few"),
        (vec![once, fraction], "not one of whole opportunities"),
    ] {
        let fit = fitted(&histories);
        assert!(fit.parameters.is_none() && !fit.converged);
        assert!(fit.termination.contains(reason), "{}", fit.termination);
    }
}

#[test]
fn customers_who_all_stay_are_beta_binomial() {
    let histories: Vec<Folded> =
        (1..=8).map(|x| Folded { x, t_x: 8.0, age: 8.0, customers: 10 + 5 * x }).collect();
    let fit = fitted(&histories);
    assert!(fit.converged && fit.border == Some("beta_binomial"), "{}", fit.termination);
    assert!(fit.parameters.unwrap().iter().all(|value| value.is_finite()));
}

#[test]
fn folded_likelihood_is_the_sum_over_the_histories() {
    let histories = donations();
    let sum: f64 = histories
        .iter()
        .map(|row| f64::from(row.customers) * donors().log_likelihood(row.history()))
        .sum();
    let folded = BgBbLikelihood::new(&histories).evaluate(&PUBLISHED, &mut || ()).value;
    assert_close(folded, sum, 1e-14);
}

#[test]
fn derivatives_are_those_of_the_likelihood() {
    let mut histories = donations();
    for (x, t_x, age) in [(0, 0.0, 0.0), (1, 1.0, 1.0), (10, 40.0, 52.0), (3, 5.0, 365.0)] {
        histories.push(Folded { x, t_x, age, customers: 7 });
    }
    let likelihood = BgBbLikelihood::new(&histories);
    let at = |parameters: &[f64]| likelihood.evaluate(parameters, &mut || ());
    for point in [[1.2, 0.75, 0.66, 2.78], [0.05, 3.0, 40.0, 0.2], [20.0, 0.3, 0.01, 500.0]] {
        let here = at(&point);
        for i in 0..4 {
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
            let slope = difference(&|p| at(p).value);
            assert!((slope - here.gradient[i]).abs() < noise, "{point:?} {i}");
            for (j, other) in point.iter().enumerate() {
                let curvature = difference(&|p| at(p).gradient[j]);
                assert!(
                    (curvature - here.hessian[(i, j)]).abs() < noise / other,
                    "{point:?} {i} {j}: {curvature}, {}",
                    here.hessian[(i, j)]
                );
            }
        }
    }
}

#[test]
fn long_histories_interrupt() {
    let histories = [Folded { x: 1, t_x: 1.0, age: 50_000.0, customers: 1 }];
    let mut calls = 0;
    let result = BgBbLikelihood::new(&histories).evaluate(&[1.0; 4], &mut || calls += 1);
    assert!(result.value.is_finite() && calls >= 12);
}

/// E[f(purchases at each of the next opportunities)], by Bayes over all 2^m futures.
fn mean_over_futures(customer: History, m: u32, f: impl Fn(&[bool]) -> f64) -> f64 {
    let now = donors().log_likelihood(customer);
    let mean = |future: u32| {
        let bought: Vec<bool> = (0..m).map(|k| future >> k & 1 == 1).collect();
        let count = future.count_ones();
        let last = bought.iter().rposition(|&bought| bought);
        let later = History {
            x: customer.x + f64::from(count),
            t_x: last.map_or(customer.t_x, |k| customer.age + k as f64 + 1.0),
            age: customer.age + f64::from(m),
        };
        (donors().log_likelihood(later) - now).exp() * f(&bought)
    };
    (0..1 << m).map(mean).sum()
}

#[test]
fn predictions_are_the_means_over_all_futures() {
    for customer in [discrete(0.0, 0.0, 0.0), discrete(2.0, 4.0, 6.0), discrete(3.0, 3.0, 3.0)] {
        let count = |bought: &[bool]| bought.iter().filter(|&&bought| bought).count();
        for m in [1, 5, 9] {
            let t = f64::from(m);
            let mean = mean_over_futures(customer, m, |bought| count(bought) as f64);
            assert_close(donors().expected_purchases(customer, t), mean, 1e-12);
            for n in 0..=m {
                let share = |bought: &[bool]| f64::from(u8::from(count(bought) == n as usize));
                let probability = mean_over_futures(customer, m, share);
                let got = donors().purchase_pmf(customer, u64::from(n), t);
                assert_close(got, probability, 1e-12);
            }
            let delta: f64 = 0.07;
            let discounted = mean_over_futures(customer, m, |bought| {
                let worth =
                    |(k, &b): (usize, &bool)| f64::from(b) * (-delta * (k + 1) as f64).exp();
                bought.iter().enumerate().map(worth).sum()
            });
            assert_close(donors().discounted_purchases(customer, delta, t), discounted, 1e-12);
        }
    }
}

#[test]
fn a_customer_just_acquired_has_the_empty_history() {
    let new = discrete(0.0, 0.0, 0.0);
    assert_eq!(donors().log_likelihood(new), 0.0);
    assert_eq!(donors().p_survived(new), 1.0);
    for t in [0.0, 1.0, 12.0] {
        assert_eq!(donors().expected_purchases(new, t), donors().expected_purchases_new(t));
        assert_eq!(donors().purchase_pmf(new, 1, t), donors().purchase_pmf_new(1, t));
    }
}

#[test]
fn a_fraction_of_an_opportunity_brings_nothing() {
    let customer = discrete(2.0, 4.0, 6.0);
    let whole = donors().expected_purchases(customer, 3.0);
    assert_eq!(donors().expected_purchases(customer, 3.7), whole);
    assert_eq!(donors().expected_purchases(customer, 3.0 - 1e-12), whole);
    assert_eq!(donors().expected_purchases(customer, 0.9), 0.0);
    assert_eq!(donors().p_alive(customer, 1.5), donors().p_alive(customer, 1.0));
    assert_eq!(donors().purchase_pmf(customer, 0, 0.5), 1.0);
}

#[test]
fn the_whole_future_is_finite_where_dropout_is_certain_enough() {
    let customer = discrete(2.0, 4.0, 6.0);
    assert_eq!(donors().expected_purchases(customer, f64::INFINITY), f64::INFINITY);
    assert!(donors().discounted_purchases(customer, 1e-9, f64::INFINITY).is_finite());
    let next = donors().expected_purchases(customer, 1.0);
    assert_close(donors().discounted_purchases(customer, -0.01, 1.0), next * 0.01_f64.exp(), 1e-14);
    let most = f64::from(MAX_OPPORTUNITIES);
    assert!(donors().discounted_purchases(customer, -1e-6, most) > 0.0);
    assert!(donors().discounted_purchases(customer, -1e-6, most + 1.0).is_nan());
    let leaving = of([1.2, 0.75, 1.5, 2.8]);
    let all = leaving.expected_purchases(customer, f64::INFINITY);
    assert_close(leaving.discounted_purchases(customer, 1e-18, f64::INFINITY), all, 1e-6);
    assert_close(leaving.expected_purchases(customer, 1e14), all, 1e-5);
}

#[test]
fn histories_that_cannot_come_about_have_no_answers() {
    let many = f64::from(MAX_OPPORTUNITIES);
    for (x, t_x, n) in [
        (1.0, 0.0, 6.0),
        (0.0, 2.0, 6.0),
        (3.0, 2.0, 6.0),
        (1.0, 7.0, 6.0),
        (1.0, 2.5, 6.0),
        (-1.0, 1.0, 6.0),
        (1.0, 1.0, many + 1.0),
        (f64::NAN, 1.0, 6.0),
        (1.0, 1.0, f64::INFINITY),
    ] {
        let customer = discrete(x, t_x, n);
        assert!(!is_discrete(customer));
        assert!(donors().log_likelihood(customer).is_nan());
        assert!(donors().p_alive(customer, 0.0).is_nan());
        assert!(donors().expected_purchases(customer, 1.0).is_nan());
        assert!(donors().purchase_pmf(customer, 0, 1.0).is_nan());
        assert!(donors().discounted_purchases(customer, 0.1, 1.0).is_nan());
    }
    assert!(donors().log_likelihood(discrete(1.0, 1.0, many)).is_finite());
    assert!(donors().purchase_pmf_new(0, many + 1.0).is_nan());
    assert!(donors().purchase_pmf_new(0, f64::NAN).is_nan());
    assert!(donors().expected_purchases_new(f64::NAN).is_nan());
    assert!(donors().purchase_pmf_new(many as u64 / 2, many) > 0.0);
}

fn parameter() -> impl Strategy<Value = f64> {
    (-5.0..5.0_f64).prop_map(f64::exp)
}

prop_compose! {
    fn any_model()(alpha in parameter(), beta in parameter(), gamma in parameter(),
                   delta in parameter()) -> BgBb {
        of([alpha, beta, gamma, delta])
    }
}

fn any_history() -> impl Strategy<Value = History> {
    (0..60_u32)
        .prop_flat_map(|n| (0..=n).prop_map(move |t_x| (t_x, n)))
        .prop_flat_map(|(t_x, n)| (t_x.min(1)..=t_x).prop_map(move |x| (x, t_x, n)))
        .prop_map(|(x, t_x, n)| discrete(f64::from(x), f64::from(t_x), f64::from(n)))
}

proptest! {
    #[test]
    fn p_alive_is_a_probability_that_falls_with_silence(
        model in any_model(), customer in any_history()
    ) {
        let mut before = 1.0;
        for silent in 0..5 {
            let later = History { age: customer.age + f64::from(silent), ..customer };
            let p = model.p_alive(later, 0.0);
            prop_assert!((0.0..=1.0).contains(&p) && p <= before);
            prop_assert!(model.p_alive(customer, f64::from(silent)) <= model.p_survived(customer));
            before = p;
        }
    }

    #[test]
    fn distribution_sums_to_1_and_its_mean_is_the_expectation(
        model in any_model(), customer in any_history(), t in 0..40_u32
    ) {
        let t = f64::from(t);
        let (mut sum, mut mean, mut sum_new, mut mean_new) = (0.0, 0.0, 0.0, 0.0);
        for n in (0..=t as u64).rev() {
            let p = model.purchase_pmf(customer, n, t);
            sum += p;
            mean += p * n as f64;
            let p_new = model.purchase_pmf_new(n, t);
            sum_new += p_new;
            mean_new += p_new * n as f64;
            let tail = model.p_at_least(customer, n, t);
            prop_assert!((tail - sum).abs() <= 1e-11 * sum, "{} {}", tail, sum);
        }
        let expected = model.expected_purchases(customer, t);
        let expected_new = model.expected_purchases_new(t);
        prop_assert!((sum - 1.0).abs() < 1e-12 && (sum_new - 1.0).abs() < 1e-12);
        prop_assert!((mean - expected).abs() <= 1e-12 * expected);
        prop_assert!((mean_new - expected_new).abs() <= 1e-12 * expected_new);
    }

    #[test]
    fn expectation_rises_with_the_horizon_and_falls_with_the_discount(
        model in any_model(), customer in any_history(), t in 0..500_u32, delta in 1e-6..1.0_f64
    ) {
        let (t, later) = (f64::from(t), f64::from(t) + 1.0);
        let now = model.expected_purchases(customer, t);
        let rise = model.expected_purchases(customer, later) - now;
        prop_assert!(rise >= -1e-15 * now && rise <= 1.0);
        let discounted = model.discounted_purchases(customer, delta, later);
        prop_assert!(discounted <= model.expected_purchases(customer, later));
        let forever = model.discounted_purchases(customer, delta, f64::INFINITY);
        prop_assert!(discounted <= forever * (1.0 + 1e-14) && forever <= 1.0 / delta.exp_m1());
    }

    #[test]
    fn discounted_purchases_are_the_discounted_steps_of_the_expectation(
        model in any_model(), customer in any_history(), delta in 1e-4..0.5_f64
    ) {
        let expected = |k: u32| model.expected_purchases(customer, f64::from(k));
        let worth = |k: u32| (expected(k) - expected(k - 1)) * (-delta * f64::from(k)).exp();
        let sum: f64 = (1..=400).map(worth).sum();
        let got = model.discounted_purchases(customer, delta, 400.0);
        prop_assert!((got - sum).abs() <= 1e-12 * expected(400), "{} {}", got, sum);
    }

    #[test]
    fn extreme_parameters_give_finite_answers(
        exponents in prop::array::uniform4(-8.0..8.0_f64), customer in any_history(),
        silent in 0..2000_u32, t in 0..2000_u32
    ) {
        let parameters = exponents.map(|exponent| 10_f64.powf(exponent));
        let model = of(parameters);
        let customer = History { age: customer.age + f64::from(silent), ..customer };
        let t = f64::from(t);
        prop_assert!(model.log_likelihood(customer) <= 1e-12);
        prop_assert!((0.0..=1.0).contains(&model.p_alive(customer, t)));
        prop_assert!((0.0..=t).contains(&model.expected_purchases(customer, t)));
        prop_assert!((0.0..=1.0 + 1e-12).contains(&model.purchase_pmf(customer, t as u64 / 3, t)));
        prop_assert!(model.discounted_purchases(customer, 1e-3, f64::INFINITY) < 1e3);
        let History { x, t_x, age } = customer;
        let rows = [Folded { x: x as u32, t_x, age, customers: 3 }];
        let result = BgBbLikelihood::new(&rows).evaluate(&parameters, &mut || ());
        prop_assert!(result.value <= 1e-8, "{}", result.value);
        prop_assert!(result.gradient.iter().chain(&result.hessian).all(|value| value.is_finite()));
    }
}
