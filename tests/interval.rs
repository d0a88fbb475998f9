//! Limits of parameters, expectations and counts: coverage over simulated data, known values.

mod common;

use nalgebra::DMatrix;
use pg_clv::maths::bg_bb::BgBb;
use pg_clv::maths::bg_nbd::BgNbd;
use pg_clv::maths::fit::{Fit, Options};
use pg_clv::maths::history::{Histories, History};
use pg_clv::maths::interval::{
    Estimates, Limits, count_limits, expectation_limits, parameter_limits,
};
use pg_clv::maths::likelihood::Domain;
use pg_clv::maths::mbg_nbd::MbgNbd;
use pg_clv::maths::pareto_nbd::ParetoNbd;
use pg_clv::maths::purchase_model::PurchaseModel;
use pg_clv::maths::simulate::{Observation, Simulate};

const POSITIVE: [Domain; 4] = [Domain::Positive; 4];
const NEW: History = History { x: 0.0, t_x: 0.0, age: 0.0 };

/// Estimates and covariance of BG/NBD on CDNOW, weeks.
fn cdnow() -> Fit {
    let mut folded = Histories::default();
    for row in common::rows("oracle/data_cdnow_sample_39w") {
        let (t_x, age) = (row.number("t_x_days") / 7.0, row.number("T_days") / 7.0);
        folded.add(row.number("x") as u32, t_x, age, 1);
    }
    BgNbd::fit(folded.fold(), &Options::default(), &mut || ()).unwrap()
}

fn bg_nbd(p: &[f64]) -> BgNbd {
    BgNbd::new(p[0], p[1], p[2], p[3]).unwrap()
}

fn estimates(fit: &Fit) -> Estimates<'_> {
    Estimates {
        parameters: fit.parameters.as_ref().unwrap(),
        covariance: fit.covariance.as_ref().unwrap(),
        domains: &POSITIVE,
    }
}

#[test]
fn delta_method_is_exact_for_powers_of_the_parameters() {
    // ln E = 2 ln r − ln alpha + 3 ln a: its variance is a quadratic form of the covariance.
    let covariance =
        DMatrix::from_row_slice(3, 3, &[0.04, 0.01, 0.0, 0.01, 0.9, 0.2, 0.0, 0.2, 0.5]);
    let parameters = [0.5, 4.0, 2.0];
    let estimates = Estimates {
        parameters: &parameters,
        covariance: &covariance,
        domains: &[Domain::Positive; 3],
    };
    let power = |p: &[f64]| p[0] * p[0] / p[1] * p[2].powi(3);
    let g = [2.0 / 0.5, -1.0 / 4.0, 3.0 / 2.0];
    let mut variance = 0.0;
    for i in 0..3 {
        for j in 0..3 {
            variance += g[i] * covariance[(i, j)] * g[j];
        }
    }
    let limits = expectation_limits(estimates, power, 0.95).unwrap().unwrap();
    let width = 1.959_963_984_540_054 * variance.sqrt();
    assert!(((limits.upper / limits.lower).ln() / (2.0 * width) - 1.0).abs() < 1e-12);
    assert!(((limits.upper * limits.lower).sqrt() / power(&parameters) - 1.0).abs() < 1e-14);

    // The same with the last one a coefficient: ln E = 2 ln r − ln alpha − 3 c, at c = 0 too.
    for c in [0.0, 0.7] {
        let parameters = [0.5, 4.0, c];
        let domains = [Domain::Positive, Domain::Positive, Domain::Real];
        let estimates =
            Estimates { parameters: &parameters, covariance: &covariance, domains: &domains };
        let g = [4.0, -0.25, -3.0];
        let mut variance = 0.0;
        for i in 0..3 {
            for j in 0..3 {
                variance += g[i] * covariance[(i, j)] * g[j];
            }
        }
        let of = |p: &[f64]| p[0] * p[0] / p[1] * (-3.0 * p[2]).exp();
        let limits = expectation_limits(estimates, of, 0.9).unwrap().unwrap();
        let width = 1.644_853_626_951_472_6 * variance.sqrt();
        assert!(((limits.upper / limits.lower).ln() / (2.0 * width) - 1.0).abs() < 1e-10);
    }
}

#[test]
fn delta_method_agrees_with_mpmath_on_cdnow() {
    // Estimates, covariance from the 60-digit Hessian and the gradient of eq. 10 by mpmath at
    // 40 digits; see tests/data/reference/make_interval.py.
    let fit = cdnow();
    for row in common::rows("reference/delta_method") {
        let n = |column: &str| row.number(column);
        let customer = History { x: n("x"), t_x: n("t_x"), age: n("T") };
        let expected = |p: &[f64]| bg_nbd(p).expected_purchases(customer, n("t"));
        let limits = expectation_limits(estimates(&fit), expected, 0.95).unwrap().unwrap();
        for (got, expected) in [(limits.lower, n("lower")), (limits.upper, n("upper"))] {
            assert!((got / expected - 1.0).abs() < 1e-7, "{customer:?}: {got}, not {expected}");
        }
    }
}

#[test]
fn expectation_without_uncertainty_or_mean_is_handled() {
    let fit = cdnow();
    let customer = History { x: 2.0, t_x: 30.43, age: 38.86 };
    let at = |t: f64| move |p: &[f64]| bg_nbd(p).expected_purchases(customer, t);
    let limits = |t, level| expectation_limits(estimates(&fit), at(t), level).unwrap();
    assert_eq!(limits(0.0, 0.95), Some(Limits { lower: 0.0, upper: 0.0 }));
    // a is below 1: the whole future has no mean.
    assert_eq!(limits(f64::INFINITY, 0.95), None);
    let (narrow, wide) = (limits(39.0, 0.5).unwrap(), limits(39.0, 0.99).unwrap());
    assert!(wide.lower < narrow.lower && narrow.upper < wide.upper);
    for level in [0.0, 1.0, -0.5, 95.0, f64::NAN] {
        let error = expectation_limits(estimates(&fit), at(39.0), level).unwrap_err();
        assert_eq!(error.argument, "level");
    }
}

#[test]
fn limits_of_parameters_keep_to_their_domain() {
    let wide = parameter_limits(0.1, 0.2, Domain::Positive, 0.95).unwrap();
    assert!((wide.lower / (0.1 * (-2.0 * 1.959_963_984_540_054_f64).exp()) - 1.0).abs() < 1e-14);
    assert!((wide.lower * wide.upper / 0.01 - 1.0).abs() < 1e-14);
    let real = parameter_limits(0.1, 0.2, Domain::Real, 0.95).unwrap();
    assert!((real.lower + 0.291_992_796_908_010_8).abs() < 1e-15);
    assert!((real.upper - 0.491_992_796_908_010_8).abs() < 1e-15);
}

/// The share of customers whose true expectation lies within 90 % limits, over fits to simulated
/// data: 200 fits, one customer each, the same for all.
#[test]
fn expectation_limits_cover_the_truth_as_often_as_they_say() {
    let truth = bg_nbd(&[0.6, 6.0, 0.9, 3.0]);
    let customers = [
        History { x: 0.0, t_x: 0.0, age: 50.0 },
        History { x: 3.0, t_x: 20.0, age: 50.0 },
        History { x: 8.0, t_x: 48.0, age: 50.0 },
        NEW,
    ];
    let mut covered = [0; 4];
    for seed in 0..200 {
        let observation = Observation { seed, youngest: 30.0, oldest: 60.0, holdout: 0.0 };
        let mut folded = Histories::default();
        for number in 0..600 {
            let History { x, t_x, age } = observation.customer(&truth, number).unwrap().history();
            folded.add(x as u32, t_x, age, 1);
        }
        let fit = BgNbd::fit(folded.fold(), &Options::default(), &mut || ()).unwrap();
        assert!(fit.converged, "{}", fit.termination);
        for (customer, covered) in customers.iter().zip(&mut covered) {
            let expected = |p: &[f64]| bg_nbd(p).expected_purchases(*customer, 26.0);
            let limits = expectation_limits(estimates(&fit), expected, 0.9).unwrap().unwrap();
            let true_value = truth.expected_purchases(*customer, 26.0);
            *covered += i32::from((limits.lower..=limits.upper).contains(&true_value));
        }
    }
    println!("covered of 200 at 90 %: {covered:?}");
    // Three standard errors of a share of 0.9 over 200 are 0.064.
    assert!(covered.iter().all(|count| (167..=193).contains(count)), "{covered:?}");
}

fn holds_as_often_as_it_says<M: Simulate + PurchaseModel>(name: &str, model: &M) {
    let observation = Observation { seed: 11, youngest: 20.0, oldest: 40.0, holdout: 20.0 };
    let (mut held, mut below, mut above) = (0, 0, 0);
    for number in 0..3000 {
        let customer = observation.customer(model, number).unwrap();
        let limits = count_limits(model, customer.history(), 20.0, 0.8).unwrap().unwrap();
        let made = customer.holdout_purchases() as f64;
        held += i32::from((limits.lower..=limits.upper).contains(&made));
        below += i32::from(made < limits.lower);
        above += i32::from(made > limits.upper);
    }
    println!("{name}: {held} of 3000 at 80 %, {below} below, {above} above");
    // Three standard errors of 0.8, and of 0.1, over 3000 customers.
    assert!(held >= 2400 - 66 && below <= 300 + 50 && above <= 300 + 50, "{name}");
}

#[test]
fn count_limits_hold_the_number_of_purchases_as_often_as_they_say() {
    holds_as_often_as_it_says("BG/NBD", &bg_nbd(&[2.0, 3.0, 0.9, 9.0]));
    holds_as_often_as_it_says("MBG/NBD", &MbgNbd::new(2.0, 3.0, 0.9, 9.0).unwrap());
    holds_as_often_as_it_says("Pareto/NBD", &ParetoNbd::new(2.0, 3.0, 0.9, 40.0).unwrap());
    holds_as_often_as_it_says("BG/BB", &BgBb::new(1.2, 0.75, 0.66, 20.0).unwrap());
}

#[test]
fn count_limits_are_the_quantiles_of_the_distribution() {
    let customer = History { x: 6.0, t_x: 30.0, age: 35.0 };
    let models: [Box<dyn PurchaseModel>; 4] = [
        Box::new(bg_nbd(&[0.6, 2.0, 0.9, 9.0])),
        Box::new(MbgNbd::new(0.6, 2.0, 0.9, 9.0).unwrap()),
        Box::new(ParetoNbd::new(0.6, 2.0, 0.9, 40.0).unwrap()),
        Box::new(BgBb::new(1.2, 0.75, 0.66, 20.0).unwrap()),
    ];
    for model in models {
        for level in [0.2, 0.5, 0.9, 0.99] {
            let (mut sum, mut lower, mut upper) = (0.0, None, None);
            for n in 0..200 {
                sum += model.purchase_pmf(customer, n, 40.0);
                if lower.is_none() && sum >= 0.5 - 0.5 * level {
                    lower = Some(n as f64);
                }
                if upper.is_none() && sum >= 0.5 + 0.5 * level {
                    upper = Some(n as f64);
                }
            }
            let limits = Limits { lower: lower.unwrap(), upper: upper.unwrap() };
            assert_eq!(count_limits(model.as_ref(), customer, 40.0, level), Ok(Some(limits)));
        }
    }
}

#[test]
fn millions_of_purchases_need_few_evaluations() {
    // Nobody leaves and all purchase at one rate: nearly Poisson of mean 1e8, sd 1e4.
    let model = ParetoNbd::new(1e12, 1e12, 1e-9, 1e9).unwrap();
    let limits = count_limits(&model, NEW, 1e8, 0.95).unwrap().unwrap();
    // Var = mean + mean²/r = 1e8 + 1e4.
    let width = 1.959_963_984_540_054 * (1e8_f64 + 1e4).sqrt();
    assert!((limits.lower - (1e8 - width)).abs() < 3.0, "{limits:?}");
    assert!((limits.upper - (1e8 + width)).abs() < 3.0, "{limits:?}");
    // With heterogeneity: X/t is Gamma(2, 1), quantiles .242209, 5.571643.
    for model in [
        Box::new(ParetoNbd::new(2.0, 1.0, 1e-9, 1e9).unwrap()) as Box<dyn PurchaseModel>,
        Box::new(BgNbd::new(2.0, 1.0, 1e-12, 1e12).unwrap()),
        Box::new(MbgNbd::new(2.0, 1.0, 1e-12, 1e12).unwrap()),
    ] {
        let limits = count_limits(model.as_ref(), NEW, 1e9, 0.95).unwrap().unwrap();
        assert!((limits.lower / 0.242_209_278_543_96e9 - 1.0).abs() < 1e-6, "{limits:?}");
        assert!((limits.upper / 5.571_643_390_938_e9 - 1.0).abs() < 1e-6, "{limits:?}");
    }
    // Over an endless horizon a half of those with a = 0.001 purchase more often than can be counted.
    let endless = count_limits(&bg_nbd(&[1.0, 1.0, 1e-3, 1.0]), NEW, f64::INFINITY, 0.5).unwrap();
    assert_eq!(endless.unwrap().upper, f64::INFINITY);
    let too_long = count_limits(&BgBb::new(1.0, 1.0, 1.0, 1.0).unwrap(), NEW, 1e6, 0.5);
    assert_eq!(too_long, Ok(None));
}

#[test]
fn nothing_to_come_has_the_limits_0() {
    let customer = History { x: 2.0, t_x: 30.43, age: 38.86 };
    let model = bg_nbd(&[0.243, 4.414, 0.793, 2.426]);
    let none = Limits { lower: 0.0, upper: 0.0 };
    assert_eq!(count_limits(&model, customer, 0.0, 0.95), Ok(Some(none)));
    let long_gone = History { age: 1e9, ..customer };
    assert_eq!(count_limits(&model, long_gone, 52.0, 0.95), Ok(Some(none)));
    assert!(count_limits(&model, customer, 52.0, 1.0).is_err());
}
