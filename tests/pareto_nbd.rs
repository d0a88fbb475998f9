//! Pareto/NBD: every row of its oracle tables, derivatives and probabilities against mpmath, and
//! the properties that hold at any parameters.

mod common;

use common::{Row, assert_oracle, discounted_by_period, laws, rows};
use pg_clv::maths::fit::{Fit, Options};
use pg_clv::maths::history::{Folded, Histories, History};
use pg_clv::maths::likelihood::Likelihood;
use pg_clv::maths::pareto_nbd::{ParetoNbd, ParetoNbdLikelihood};
use pg_clv::maths::purchase_model::PurchaseModel;
use proptest::prelude::*;

fn history(row: &Row) -> History {
    History { x: row.number("x"), t_x: row.number("t_x"), age: row.number("T") }
}

fn model(row: &Row) -> ParetoNbd {
    let [r, alpha, s, beta] = ParetoNbd::PARAMETERS.map(|name| row.number(name));
    ParetoNbd::new(r, alpha, s, beta).unwrap()
}

#[test]
fn log_likelihood_meets_the_oracle() {
    assert_oracle("paretonbd_loglik", |row| model(row).log_likelihood(history(row)));
}

#[test]
fn p_alive_meets_the_oracle() {
    assert_oracle("paretonbd_palive", |row| model(row).p_alive(history(row), 0.0));
}

#[test]
fn conditional_expectation_meets_the_oracle() {
    assert_oracle("paretonbd_cond_exp", |row| {
        model(row).expected_purchases(history(row), row.number("t"))
    });
}

#[test]
fn expectation_of_a_new_customer_meets_the_oracle() {
    assert_oracle("paretonbd_exp", |row| model(row).expected_purchases_new(row.number("t")));
}

#[test]
fn pmf_of_a_new_customer_meets_the_oracle() {
    assert_oracle("paretonbd_pmf", |row| {
        model(row).purchase_pmf_new(row.number("n") as u64, row.number("t"))
    });
}

#[test]
fn discounted_purchases_without_end_meet_the_oracle() {
    assert_oracle("paretonbd_dert", |row| {
        model(row).discounted_purchases(history(row), row.number("delta"), f64::INFINITY)
    });
}

#[test]
fn expectations_of_many_horizons_meet_the_oracle() {
    assert_oracle("paretonbd_disc_exp", |row| {
        let model = model(row);
        discounted_by_period(row, |t| model.expected_purchases(history(row), t))
    });
}

/// ln L, gradient and Hessian in pareto_nbd_derivatives.csv: mpmath at 60 digits, numerical
/// differences of the 2F1 form.
#[test]
fn derivatives_are_those_of_the_log_likelihood() {
    let mut worst: f64 = 0.0;
    for row in rows("pareto_nbd_derivatives") {
        let names = ParetoNbd::PARAMETERS;
        let parameters = names.map(|name| row.number(name));
        let History { x, t_x, age } = history(&row);
        let data = [Folded { x: x as u32, customers: 3, t_x, age }];
        let all = ParetoNbdLikelihood::new(&data, 1.0).evaluate(&parameters, &mut || {});
        let mut check = |got: f64, column: &str, scale: f64| {
            // By the logarithms of the parameters, next to the number of purchases.
            let expected = row.number(column);
            let error = (got / 3.0 - expected).abs() * scale / (1.0 + x + expected.abs() * scale);
            worst = worst.max(error);
            assert!(error < 1e-13, "{column}: {} for {expected}: {error:e}", got / 3.0);
        };
        check(all.value, "value", 1.0);
        for i in 0..4 {
            check(all.gradient[i], &format!("d_{}", names[i]), parameters[i]);
            for j in 0..=i {
                let column = format!("d_{}_{}", names[i], names[j]);
                check(all.hessian[(i, j)], &column, parameters[i] * parameters[j]);
                assert_eq!(all.hessian[(i, j)], all.hessian[(j, i)]);
            }
        }
    }
    println!("worst error of a derivative: {worst:e}");
}

/// P(X(t) = n) in pareto_nbd_pmf.csv: mpmath at 30 digits, Gauss-Legendre over the logarithm of
/// time with ever smaller panels until 19 digits agree.
#[test]
fn pmf_of_many_purchases_is_exact() {
    let mut worst: f64 = 0.0;
    for row in rows("pareto_nbd_pmf") {
        let expected = row.number("value");
        let got = model(&row).purchase_pmf_new(row.number("n") as u64, row.number("t"));
        worst = worst.max((got / expected - 1.0).abs() / (1.0 + expected.ln().abs()));
    }
    println!("worst error of a pmf by its logarithm: {worst:e}");
    assert!(worst < 2e-14, "{worst:e}");
}

/// A data set of mle.csv, folded, in the unit in which its estimates are stated.
fn data(dataset: &str) -> Vec<Folded> {
    let mut folded = Histories::default();
    for row in rows(&format!("oracle/data_{dataset}")) {
        let (t_x, age) = if dataset == "cdnow_sample_39w" {
            (row.number("t_x_days") / 7.0, row.number("T_days") / 7.0)
        } else {
            (row.number("t_x"), row.number("T"))
        };
        folded.add(row.number("x") as u32, t_x, age, 1);
    }
    folded.fold().to_vec()
}

fn fitted(rows: &[Folded]) -> Fit {
    ParetoNbd::fit(rows, &Options::default(), &mut || ()).unwrap()
}

#[test]
fn fits_reach_the_oracle_estimates_and_standard_errors() {
    let mut fits = 0;
    for row in rows("oracle/mle").iter().filter(|row| row.text("model") == "paretonbd") {
        let fit = fitted(&data(row.text("dataset")));
        println!("{}: {} passes", row.text("dataset"), fit.evaluations);
        assert!(fit.converged);
        assert_eq!(fit.customers, row.number("customers") as u64);
        let log_likelihood = fit.log_likelihood.unwrap();
        assert!((log_likelihood - row.number("loglik")).abs() < 1e-9);
        let (estimates, errors) = (fit.parameters.unwrap(), fit.std_errors.unwrap());
        for i in 0..4 {
            let value = row.number(&format!("value{}", i + 1));
            let error = row.number(&format!("se{}", i + 1));
            assert!((estimates[i] / value - 1.0).abs() < 1e-9, "{} {value}", estimates[i]);
            assert!((errors[i] / error - 1.0).abs() < 1e-8, "{} {error}", errors[i]);
        }
        fits += 1;
    }
    assert_eq!(fits, 2);
}

#[test]
fn published_values_of_cdnow_are_met() {
    let fit = fitted(&data("cdnow_sample_39w"));
    let [r, alpha, s, beta] = fit.parameters.unwrap().try_into().unwrap();
    let published = [
        (r, 0.5532770, 0.0476281),
        (alpha, 10.5776834, 0.8427235),
        (s, 0.6062400, 0.1872843),
        (beta, 11.6687342, 6.2112130),
    ];
    for ((estimate, value, std_error), error) in published.into_iter().zip(fit.std_errors.unwrap())
    {
        assert!((estimate / value - 1.0).abs() < 1e-6, "{estimate} {value}");
        assert!((error / std_error - 1.0).abs() < 1e-4, "{error} {std_error}");
    }
    assert!((fit.log_likelihood.unwrap() + 9594.97618).abs() < 1e-5);

    let model = ParetoNbd::new(r, alpha, s, beta).unwrap();
    let customer = History { x: 26.0, t_x: 216.0 / 7.0, age: 31.0 };
    assert!((model.expected_purchases(customer, 52.0) - 25.45518).abs() < 1e-5);
    assert!((model.p_alive(customer, 0.0) - 0.997874).abs() < 1e-6);
    assert!((model.expected_purchases_new(52.0) - 1.473434).abs() < 1e-6);
}

#[test]
fn s_of_one_has_its_own_limit() {
    let customer = History { x: 2.0, t_x: 30.43, age: 38.86 };
    let at =
        |s: f64| ParetoNbd::new(0.55, 10.58, s, 11.67).unwrap().expected_purchases(customer, 39.0);
    assert!((at(1.0) - 1.18470).abs() < 5e-6, "{}", at(1.0));
    for tiny in [1e-15, 1e-12, 1e-9] {
        assert!((at(1.0 + tiny) / at(1.0) - 1.0).abs() < 4.0 * tiny);
        assert!((at(1.0 - tiny) / at(1.0) - 1.0).abs() < 4.0 * tiny);
    }
}

#[test]
fn ends_of_time_have_their_limits() {
    let model = |s: f64| ParetoNbd::new(0.8, 20.0, s, 35.0).unwrap();
    let customer = History { x: 4.0, t_x: 50.0, age: 60.0 };
    let new = History { x: 0.0, t_x: 0.0, age: 0.0 };
    assert_eq!(model(1.4).log_likelihood(new), 0.0);
    assert_eq!(model(1.4).p_alive(new, 0.0), 1.0);
    assert_eq!(model(1.4).p_alive(customer, f64::INFINITY), 0.0);
    assert_eq!(model(1.4).expected_purchases(customer, 0.0), 0.0);
    assert_eq!(model(1.4).discounted_purchases(customer, 0.01, 0.0), 0.0);
    assert_eq!(model(1.4).purchase_pmf(customer, 0, 0.0), 1.0);
    assert_eq!(model(1.4).purchase_pmf(customer, 3, 0.0), 0.0);
    let alive = model(1.4).p_alive(customer, 0.0);
    let forever = alive * 4.8 / 80.0 * 95.0 / 0.4;
    assert!((model(1.4).expected_purchases(customer, f64::INFINITY) / forever - 1.0).abs() < 1e-14);
    assert_eq!(model(1.0).expected_purchases(customer, f64::INFINITY), f64::INFINITY);
    assert_eq!(model(0.9).discounted_purchases(customer, 0.0, f64::INFINITY), f64::INFINITY);
    // Gone for so long that P(alive) is 0 in double precision, though not in truth: as in BG/NBD the
    // mean over the whole future stays infinite, while a finite future brings nothing.
    let gone = History { x: 3000.0, t_x: 10.0, age: 1e5 };
    assert_eq!(model(0.9).expected_purchases(gone, f64::INFINITY), f64::INFINITY);
    assert_eq!(model(0.9).expected_purchases(gone, 1e9), 0.0);
    assert_eq!(model(0.9).discounted_purchases(gone, -0.01, f64::INFINITY), f64::INFINITY);
    let sum: f64 = (0..400).map(|n| model(1.4).purchase_pmf_new(n, f64::INFINITY)).sum();
    let rest = model(1.4).purchase_pmf_new(400, f64::INFINITY) * 400.0;
    assert!(sum < 1.0 && 1.0 - sum < 2.0 * rest, "{sum} {rest}");
}

#[test]
fn edges_are_finite() {
    for [r, alpha, s, beta] in
        [[0.55, 10.58, 0.61, 11.67], [1e-3, 1e3, 1e-3, 1e-3], [50.0, 1.0, 1.0, 1e6]]
    {
        laws::edges_are_finite(&ParetoNbd::new(r, alpha, s, beta).unwrap());
    }
}

#[test]
fn tail_is_the_sum_of_the_pmf() {
    for ([r, alpha, s, beta], (x, t_x, age)) in [
        ([0.55, 10.58, 0.61, 11.67], (2.0, 30.43, 38.86)),
        ([0.06, 2.0, 3.0, 90.0], (0.0, 0.0, 1.5)),
        ([6.0, 2.0, 0.9, 1.0], (30.0, 12.0, 12.0)),
        ([0.3, 50.0, 0.1, 0.02], (7.0, 60.0, 61.0)),
    ] {
        let model = ParetoNbd::new(r, alpha, s, beta).unwrap();
        laws::tail_is_the_sum_of_the_pmf(&model, History { x, t_x, age }, 2.0 * alpha);
    }
}

#[test]
fn parameters_not_above_zero_are_refused() {
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(ParetoNbd::new(wrong, 1.0, 1.0, 1.0).is_err());
        assert_eq!(ParetoNbd::new(1.0, 1.0, 1.0, wrong).unwrap_err().argument, "beta");
    }
    let data = [Folded { x: 1, customers: 1, t_x: 1.0, age: 2.0 }];
    let likelihood = ParetoNbdLikelihood::new(&data, 1.0);
    assert!(likelihood.evaluate(&[1.0, 1.0, 0.0, 1.0], &mut || {}).value.is_nan());
}

fn any_model() -> impl Strategy<Value = ParetoNbd> {
    let log = |low: f64, high: f64| (low.ln()..high.ln()).prop_map(f64::exp);
    (log(0.05, 20.0), log(0.1, 1e3), log(0.05, 10.0), log(0.1, 1e3))
        .prop_map(|(r, alpha, s, beta)| ParetoNbd::new(r, alpha, s, beta).unwrap())
}

fn any_history() -> impl Strategy<Value = History> {
    (0u32..60, 0.0..1.0f64, 0.1..500.0f64).prop_map(|(x, part, age)| History {
        x: f64::from(x),
        t_x: if x == 0 { 0.0 } else { part * age },
        age,
    })
}

proptest! {
    #[test]
    fn p_alive_is_a_probability_and_falls_with_silence(
        model in any_model(), customer in any_history(), longer in 0.01..100.0f64,
    ) {
        let now = model.p_alive(customer, 0.0);
        prop_assert!((0.0..=1.0).contains(&now));
        let later = History { age: customer.age + longer, ..customer };
        prop_assert!(model.p_alive(later, 0.0) <= now * (1.0 + 1e-14));
        // Silence that will only be seen later says less than the same silence seen.
        let unseen = model.p_alive(customer, longer);
        prop_assert!(unseen <= now && model.p_alive(later, 0.0) <= unseen * (1.0 + 1e-13));
    }

    #[test]
    fn likelihood_at_a_later_age_is_less_by_the_purchases_that_did_not_come(
        model in any_model(), customer in any_history(),
    ) {
        // d ln L / dT = −P(alive) E[λ | alive].
        let History { x, age, .. } = customer;
        let [r, alpha, ..] = model.parameters();
        let h = 1e-4 * (alpha + age).min(age);
        let at = |age: f64| model.log_likelihood(History { age, ..customer });
        let slope = (at(age + 2.0 * h) - at(age + h)) / h;
        let middle = History { age: age + 1.5 * h, ..customer };
        let rate = model.p_alive(middle, 0.0) * (r + x) / (alpha + middle.age);
        let noise = 1e-14 * (1.0 + x) * 10.0 / h;
        prop_assert!((slope + rate).abs() < 1e-4 * rate + noise, "{} {}", slope, rate);
    }

    #[test]
    fn pmf_sums_to_one_with_the_expectation_as_its_mean(
        model in any_model(), customer in any_history(), part in 0.01..2.0f64,
    ) {
        let [r, alpha, ..] = model.parameters();
        let sums = |pmf: &dyn Fn(u64) -> f64, k: f64| {
            let (mut total, mut mean) = (0.0, 0.0);
            // The tail falls like (t/(alpha+t))^n ≤ (2/3)^n, from about k purchases on.
            for n in 0..(150.0 + 12.0 * k) as u64 {
                let p = pmf(n);
                assert!(p >= 0.0);
                total += p;
                mean += n as f64 * p;
            }
            (total, mean)
        };
        let t = part * alpha;
        let (total, mean) = sums(&|n| model.purchase_pmf_new(n, t), r);
        prop_assert!((total - 1.0).abs() < 1e-12, "{}", total);
        let expected = model.expected_purchases_new(t);
        prop_assert!((mean / expected - 1.0).abs() < 1e-11, "{} {}", mean, expected);

        let t = part * (alpha + customer.age);
        let (total, mean) = sums(&|n| model.purchase_pmf(customer, n, t), r + customer.x);
        prop_assert!((total - 1.0).abs() < 1e-12, "{}", total);
        let expected = model.expected_purchases(customer, t);
        prop_assert!((mean - expected).abs() < 1e-11 * expected + 1e-300);
    }

    #[test]
    fn purchases_come_at_the_rate_of_those_alive(
        model in any_model(), customer in any_history(), t in 0.1..300.0f64,
    ) {
        let [r, alpha, ..] = model.parameters();
        let h = 1e-3 * t;
        let [before, after] = [t - h, t + h].map(|t| model.expected_purchases(customer, t));
        prop_assert!(after >= before);
        let rate = (r + customer.x) / (alpha + customer.age) * model.p_alive(customer, t);
        let noise = 1e-15 * after / h;
        prop_assert!(((after - before) / (2.0 * h) - rate).abs() <= 1e-4 * rate + noise);
    }

    #[test]
    fn discounting_loses_at_most_its_factor_and_vanishes_with_the_rate(
        model in any_model(), customer in any_history(), delta in 1e-9..0.1f64, t in 0.1..300.0f64,
    ) {
        let full = model.expected_purchases(customer, t);
        let discounted = model.discounted_purchases(customer, delta, t);
        prop_assert!(discounted <= full * (1.0 + 1e-14));
        prop_assert!(discounted >= full * (-delta * t).exp() * (1.0 - 1e-14));
        prop_assert!(model.discounted_purchases(customer, 0.0, t) == full);
        let nearly = model.discounted_purchases(customer, 1e-17, t);
        prop_assert!((nearly - full).abs() <= 1e-13 * full);
    }

    #[test]
    fn discounting_without_end_is_the_limit_of_long_horizons(
        model in any_model(), customer in any_history(), ln_delta in -20.0..1.0f64,
    ) {
        // Two ways: the exponential integral, and quadrature up to where e^−49 is left.
        let delta = ln_delta.exp();
        let forever = model.discounted_purchases(customer, delta, f64::INFINITY);
        let mut last = 0.0;
        for reach in [0.5, 5.0, 49.0] {
            let long = model.discounted_purchases(customer, delta, reach / delta);
            prop_assert!(last <= long * (1.0 + 1e-14) && long <= forever * (1.0 + 1e-13));
            last = long;
        }
        prop_assert!((last - forever).abs() <= 1e-13 * forever, "{} {}", last, forever);
    }

    #[test]
    fn folded_likelihood_is_the_sum_over_its_rows(
        model in any_model(), customers in prop::collection::vec((any_history(), 1u32..9), 1..40),
    ) {
        // Few values of x, and whole times, so that some are shared.
        let rows: Vec<Folded> = customers
            .iter()
            .map(|&(History { x, t_x, age }, customers)| {
                let x = x as u32 % 5;
                let t_x = if x == 0 { 0.0 } else { t_x.floor().min(20.0) };
                Folded { x, customers, t_x, age: age.ceil() }
            })
            .collect();
        let parameters = model.parameters();
        let whole = ParetoNbdLikelihood::new(&rows, 1.0).evaluate(&parameters, &mut || {});
        let (mut value, mut gradient) = (0.0, [0.0; 4]);
        for row in &rows {
            value += f64::from(row.customers) * model.log_likelihood(row.history());
            let one = ParetoNbdLikelihood::new(&[*row], 1.0).evaluate(&parameters, &mut || {});
            gradient.iter_mut().zip(&one.gradient).for_each(|(sum, part)| *sum += part);
        }
        prop_assert!((whole.value - value).abs() < 1e-12 * (1.0 + value.abs()));
        for i in 0..4 {
            let scale = parameters[i] / (1.0 + value.abs());
            prop_assert!((whole.gradient[i] - gradient[i]).abs() * scale < 1e-12);
        }
        let mut reversed = rows.clone();
        reversed.reverse();
        let again = ParetoNbdLikelihood::new(&reversed, 1.0).evaluate(&parameters, &mut || {});
        prop_assert_eq!(again.value.to_bits(), whole.value.to_bits());
    }
}
