//! Gamma-Gamma against the oracle, published values and its own derivatives.

mod common;

use common::{Row, assert_oracle, rows};
use pg_clv::maths::fit::{Fit, Options};
use pg_clv::maths::gamma_gamma::{
    GammaGamma, GammaGammaLikelihood, Spend, Spends, correlation, influence, largest_share,
};
use pg_clv::maths::likelihood::Likelihood;
use pg_clv::maths::simulate::{Draws, Purpose};

fn spends(lines: &[Row]) -> Vec<Spend> {
    let mut spends = Spends::default();
    for line in lines {
        let (x, mean) = (line.number("x") as u32, line.number("zbar"));
        if x > 0 && mean > 0.0 {
            spends.add(x, mean, 1);
        }
    }
    spends.fold().to_vec()
}

fn fitted(spends: &[Spend], options: &Options) -> Fit {
    GammaGamma::fit(spends, options, &mut || ()).unwrap()
}

fn model(row: &Row) -> GammaGamma {
    GammaGamma::new(row.number("p"), row.number("q"), row.number("v")).unwrap()
}

#[test]
fn log_likelihood_agrees_with_the_oracle() {
    assert_oracle("gg_loglik", |row| {
        model(row).log_likelihood(row.number("x"), row.number("zbar"))
    });
}

#[test]
fn expected_spend_agrees_with_the_oracle() {
    assert_oracle("gg_cond_spend", |row| {
        model(row).expected_spend(row.number("x"), row.number("zbar")).unwrap()
    });
}

#[test]
fn fit_reaches_the_oracle_estimates_and_standard_errors() {
    for line in rows("oracle/mle").iter().filter(|line| line.text("model") == "gamma_gamma") {
        let spends = spends(&rows(&format!("oracle/data_{}", line.text("dataset"))));
        let fit = fitted(&spends, &Options::default());

        assert!(fit.converged);
        assert_eq!(fit.customers, line.number("customers") as u64);
        assert!((fit.log_likelihood.unwrap() - line.number("loglik")).abs() < 1e-6);
        let (estimates, errors) = (fit.parameters.unwrap(), fit.std_errors.unwrap());
        for i in 0..3 {
            let (value, error) =
                (line.number(&format!("value{}", i + 1)), line.number(&format!("se{}", i + 1)));
            assert!((estimates[i] / value - 1.0).abs() < 1e-8, "{} {value}", estimates[i]);
            assert!((errors[i] / error - 1.0).abs() < 1e-6, "{} {error}", errors[i]);
        }
    }
}

#[test]
fn published_values_of_cdnow_are_met() {
    let data = rows("oracle/data_cdnow_sample_39w");
    let fit = fitted(&spends(&data), &Options::default());
    let published = [6.249572, 3.744225, 15.443521];
    for (estimate, published) in fit.parameters.unwrap().iter().zip(published) {
        assert!((estimate / published - 1.0).abs() < 1e-6);
    }
    assert!((fit.log_likelihood.unwrap() + 4055.9177).abs() < 1e-4);
    assert!((fit.aic.unwrap() - (6.0 + 2.0 * 4055.9177)).abs() < 1e-3);
    assert!((fit.bic.unwrap() - (3.0 * 946f64.ln() + 2.0 * 4055.9177)).abs() < 1e-3);
}

#[test]
fn summed_likelihood_is_the_sum_over_customers() {
    let spends = spends(&rows("oracle/data_cdnow_sample_39w"));
    for (p, q, v) in [(6.25, 3.74, 15.44), (0.3, 0.9, 2.0), (80.0, 30.0, 0.5)] {
        let model = GammaGamma::new(p, q, v).unwrap();
        let sum: f64 = spends
            .iter()
            .map(|s| f64::from(s.customers) * model.log_likelihood(f64::from(s.x), s.mean))
            .sum();
        let likelihood = GammaGammaLikelihood::new(&spends, 1.0);
        let folded = likelihood.evaluate(&[p, q, v], &mut || ()).value;
        assert!((folded / sum - 1.0).abs() < 1e-12, "{folded} {sum}");
    }
}

#[test]
fn derivatives_agree_with_differences() {
    let spends = spends(&rows("oracle/data_cdnow_sample_39w"));
    let likelihood = GammaGammaLikelihood::new(&spends, 1.0);
    let at = |point: &[f64]| likelihood.evaluate(point, &mut || ());
    for point in [[6.25, 3.74, 15.44], [0.3, 0.9, 2.0], [40.0, 12.0, 3.0]] {
        let exact = at(&point);
        for i in 0..3 {
            let step = 1e-5 * point[i];
            let (mut low, mut high) = (point, point);
            low[i] -= step;
            high[i] += step;
            let (low, high) = (at(&low), at(&high));
            let slope = (high.value - low.value) / (2.0 * step);
            let scale = exact.value.abs() / point[i];
            assert!((slope - exact.gradient[i]).abs() < 1e-8 * scale, "{i} at {point:?}");
            for j in 0..3 {
                let curvature = (high.gradient[j] - low.gradient[j]) / (2.0 * step);
                let scale = exact.value.abs() / (point[i] * point[j]);
                let error = (curvature - exact.hessian[(i, j)]).abs();
                assert!(error < 1e-8 * scale, "{i} {j} at {point:?}");
            }
        }
    }
}

#[test]
fn large_data_are_fitted_from_a_sample_to_the_same_maximum() {
    let data = rows("oracle/data_cdnow_sample_39w");
    let mut large = Spends::default();
    for k in 0..20 {
        for spend in spends(&data) {
            let mean = spend.mean * (1.0 + 0.01 * f64::from(k));
            large.add(spend.x, mean, spend.customers);
        }
    }
    let large = large.fold();
    assert!(large.len() > 10_000);
    let sampled = fitted(large, &Options::default());
    let far = Options { start: Some(vec![1.0, 9.0, 100.0]), ..Options::default() };
    let direct = fitted(large, &far);
    assert!(sampled.converged && direct.converged && sampled.evaluations <= 6);
    for (one, two) in sampled.parameters.unwrap().iter().zip(direct.parameters.unwrap()) {
        assert!((one / two - 1.0).abs() < 1e-10);
    }
}

/// Two populations that spend differently give the likelihood several maxima: these were missed
/// without a starting point of small p, or without a climb from each starting point.
#[test]
fn the_highest_maximum_of_two_populations_is_found() {
    let mixtures = [
        (652, 26, [2.34, 4.13, 56.8], [0.653, 12.0, 40.6]),
        (5070, 3, [0.708, 13.4, 9.06], [5.76, 1.48, 83.5]),
    ];
    for (seed, most, one, other) in mixtures {
        let mut spends = Spends::default();
        for i in 0..2000 {
            let [p, q, v] = if i % 3 == 0 { other } else { one };
            let x = 1 + i / 3 % most;
            let mut draws = Draws::new(seed, i, Purpose::Spend);
            let values = GammaGamma::new(p, q, v).unwrap().simulate_spends(x as usize, &mut draws);
            spends.add(x as u32, values.iter().sum::<f64>() / x as f64, 1);
        }
        let spends = spends.fold();
        let usual = fitted(spends, &Options::default());
        let mut compared = 0;
        for (p, q) in [(4.0, 3.0), (1.0, 2.0), (20.0, 5.0), (0.3, 1.5), (1.0, 20.0), (0.1, 5.0)] {
            let start = Some(vec![p, q, 100.0 * (q - 1.0) / p]);
            let fit = fitted(spends, &Options { start, ..Options::default() });
            if fit.converged {
                let short = fit.log_likelihood.unwrap() - usual.log_likelihood.unwrap();
                assert!(usual.converged && short < 1e-6, "{seed}: {short}");
                compared += 1;
            }
        }
        assert!(compared > 0);
    }
}

#[test]
fn unit_of_money_changes_v_and_the_density_alone() {
    let dollars = spends(&rows("oracle/data_cdnow_sample_39w"));
    for factor in [100.0, 1e-9, 3.7e12] {
        let mut other = dollars.clone();
        other.iter_mut().for_each(|spend| spend.mean *= factor);
        let (one, two) =
            (fitted(&dollars, &Options::default()), fitted(&other, &Options::default()));
        let (p, q) = (one.parameters.unwrap(), two.parameters.unwrap());
        for (i, scale) in [1.0, 1.0, factor].into_iter().enumerate() {
            assert!((q[i] / (p[i] * scale) - 1.0).abs() < 1e-9);
            let (s, t) = (one.std_errors.as_ref().unwrap()[i], two.std_errors.as_ref().unwrap()[i]);
            assert!((t / (s * scale) - 1.0).abs() < 1e-8);
        }
        let shift = 946.0 * factor.ln();
        assert!((two.log_likelihood.unwrap() + shift - one.log_likelihood.unwrap()).abs() < 1e-7);
    }
}

#[test]
fn penalty_means_the_same_in_every_unit_and_pulls_to_zero() {
    let spends = spends(&rows("oracle/data_cdnow_sample_39w"));
    let free = fitted(&spends, &Options::default());
    let fit = fitted(&spends, &Options { penalty: 0.01, ..Options::default() });
    let found = fit.parameters.unwrap();
    // At the maximum the gradient of ln L is that of the penalty, 2 × 0.01 × parameter.
    let gradient = GammaGammaLikelihood::new(&spends, 1.0).evaluate(&found, &mut || ()).gradient;
    for i in 0..3 {
        assert!((gradient[i] - 0.02 * found[i]).abs() < 1e-6);
    }
    let squares = |p: &[f64]| p.iter().map(|p| p * p).sum::<f64>();
    assert!(squares(&found) < squares(&free.parameters.unwrap()));
    assert!(fit.log_likelihood.unwrap() < free.log_likelihood.unwrap());
}

#[test]
fn order_of_the_rows_changes_no_bit() {
    let mut lines = rows("oracle/data_cdnow_sample_39w");
    let one = fitted(&spends(&lines), &Options::default());
    lines.reverse();
    lines.rotate_left(777);
    assert_eq!(one, fitted(&spends(&lines), &Options::default()));
}

#[test]
fn merged_parts_equal_the_whole() {
    let rows = spends(&rows("oracle/data_cdnow_sample_39w"));
    let (mut one, mut two) = (Spends::default(), Spends::default());
    for (i, spend) in rows.iter().enumerate() {
        let part = if i % 3 == 0 { &mut one } else { &mut two };
        part.add(spend.x, spend.mean, spend.customers);
        if spend.customers > 1 {
            one.add(spend.x, spend.mean, 1);
            two.add(spend.x, spend.mean, 1);
        }
    }
    one.merge(&two);
    let mut expected = rows.clone();
    expected.iter_mut().filter(|s| s.customers > 1).for_each(|s| s.customers += 2);
    assert_eq!(one.fold(), expected);
}

#[test]
fn warm_start_needs_one_pass() {
    let spends = spends(&rows("oracle/data_cdnow_sample_39w"));
    let cold = fitted(&spends, &Options::default());
    let warm = fitted(&spends, &Options { start: cold.parameters.clone(), ..Options::default() });
    assert!(warm.converged && warm.evaluations == 1 && cold.evaluations <= 16);
}

#[test]
fn data_that_cannot_determine_the_model_say_so() {
    let fit = |list: &[(u32, f64)]| {
        let mut spends = Spends::default();
        list.iter().for_each(|&(x, mean)| spends.add(x, mean, 1));
        fitted(spends.fold(), &Options::default())
    };
    for (list, termination) in [
        (&[][..], "not fitted: no customer has a repeat purchase of positive value"),
        (&[(3, 10.0), (2, 5.0)][..], "not fitted: 2 customers are too few for 3 parameters"),
        (
            &[(1, 9.5), (1, 9.5), (2, 9.5), (7, 9.5), (2, 9.5)][..],
            "not fitted: all customers have the same mean spend",
        ),
    ] {
        let fit = fit(list);
        assert_eq!((fit.parameters, fit.converged), (None, false));
        assert_eq!(fit.termination, termination);
    }
    // Spends that hardly differ: purchases vary so little that p has no finite estimate.
    let alike: Vec<(u32, f64)> = (0..40).map(|i| (1 + i % 4, 10.0 + 1e-4 * f64::from(i))).collect();
    let fit = fit(&alike);
    assert!(!fit.converged && fit.termination.contains("runs to infinity"), "{}", fit.termination);
    assert!(fit.parameters.unwrap().iter().all(|p| p.is_finite()));
    assert_eq!(fit.std_errors, None);
}

/// With q <= 1 the mean over all customers is infinite, that of one with x purchases finite as soon
/// as p x + q > 1: given x and z̄, ν is gamma(p x + q, v + x z̄), and E[p / ν] is integrated.
#[test]
fn expected_spend_exists_for_a_customer_where_the_mean_of_all_does_not() {
    for (p, q, v) in [(2.0, 0.8, 12.0), (0.7, 1.0, 3.0), (6.0, 0.05, 40.0), (0.3, 0.6, 10.0)] {
        let model = GammaGamma::new(p, q, v).unwrap();
        assert_eq!(model.mean_spend(), None);
        for x in [1.0, 2.0, 3.0, 10.0] {
            let (shape, rate) = (p * x + q, v + x * 25.0);
            let expected = model.expected_spend(x, 25.0);
            assert_eq!(expected.is_some(), shape > 1.0, "{model:?} {x}");
            let Some(expected) = expected else { continue };
            // Over u = ln ν by the trapezium rule, exact for such smooth and thin tails.
            let (mut mass, mut mean) = (0.0, 0.0);
            for i in -400_000..=4_000 {
                let u = f64::from(i) * 1e-3;
                let density = (shape * u - rate * u.exp()).exp();
                mass += density;
                mean += density * p * (-u).exp();
            }
            let integrated = mean / mass;
            assert!((expected / integrated - 1.0).abs() < 1e-9, "{expected} {integrated}");
        }
    }
}

#[test]
fn infinite_mean_spend_is_none_and_told() {
    let model = GammaGamma::new(2.0, 0.8, 12.0).unwrap();
    assert_eq!((model.mean_spend(), model.expected_spend(0.0, 0.0)), (None, None));
    assert_eq!(GammaGamma::new(0.1, 0.8, 12.0).unwrap().expected_spend(1.0, 5.0), None);
    // Quantiles of a log-logistic law whose tail falls off with the power 1/2.
    let mut spends = Spends::default();
    for i in 0..200 {
        let u = (f64::from(i) + 0.5) / 200.0;
        spends.add(1, (u / (1.0 - u)).powi(2), 1);
    }
    let fit = fitted(spends.fold(), &Options::default());
    assert!(fit.converged && fit.parameters.unwrap()[1] < 1.0);
    assert!(
        fit.termination.contains("mean spend over all customers is infinite"),
        "{}",
        fit.termination
    );
}

#[test]
fn correlation_is_that_of_pearson() {
    // In exact rational arithmetic, of x and zbar over the 946 repeaters of data_cdnow_sample_39w.csv.
    let found = correlation(&spends(&rows("oracle/data_cdnow_sample_39w"))).unwrap();
    assert!((found - 0.1138879193912548).abs() < 1e-12, "{found}");
    let same = [Spend { x: 2, customers: 9, mean: 5.0 }, Spend { x: 2, customers: 9, mean: 7.0 }];
    assert_eq!(correlation(&same), None);
    assert_eq!(correlation(&[]), None);
}

/// The fit from the usual starting points without one customer of a row.
fn without(spends: &[Spend], row: usize, options: &Options) -> Fit {
    let mut others = spends.to_vec();
    others[row].customers -= 1;
    others.retain(|spend| spend.customers > 0);
    fitted(&others, options)
}

fn drawn(customers: u64, p: f64, q: f64, v: f64) -> Spends {
    let model = GammaGamma::new(p, q, v).unwrap();
    let mut spends = Spends::default();
    for number in 1..=customers {
        let x = 1 + number % 5;
        let values = model.simulate_spends(x as usize, &mut Draws::new(7, number, Purpose::Spend));
        spends.add(x as u32, values.iter().sum::<f64>() / x as f64, 1);
    }
    spends
}

/// What is said to happen without a customer is what happens: whether the change is small and comes
/// from one step of Newton's method, or large.
#[test]
fn influence_is_the_change_of_a_fit_without_the_customer() {
    let mut planted = spends(&rows("oracle/data_cdnow_sample_39w"));
    planted.push(Spend { x: 1, customers: 1, mean: 9_999_999.0 });
    planted.sort_by_key(|spend| (spend.x, spend.mean.to_bits()));
    let cdnow = spends(&rows("oracle/data_cdnow_sample_39w"));
    // A row of several customers weighs as one of them.
    let mut tripled = cdnow.clone();
    tripled.iter_mut().for_each(|spend| spend.customers *= 3);
    for (spends, penalty, large) in [
        (planted, 0.0, true),
        (cdnow.clone(), 0.0, true),
        (cdnow, 0.05, true),
        (tripled, 0.0, true),
        (drawn(20_000, 6.0, 4.0, 15.0).fold().to_vec(), 0.0, false),
        (drawn(20_000, 6.0, 4.0, 15.0).fold().to_vec(), 0.5, false),
        (drawn(60, 2.0, 3.0, 15.0).fold().to_vec(), 0.0, true),
    ] {
        let options = Options { penalty, ..Options::default() };
        let all = fitted(&spends, &options);
        let found = influence(&spends, &all, &options, &mut || ());
        assert_eq!(found.len(), 3);
        let known = all.parameters.unwrap();
        let mut largest: f64 = 0.0;
        for customer in &found {
            let same = |s: &Spend| s.x == customer.x && s.mean == customer.mean;
            let row = spends.iter().position(same).unwrap();
            let exact = without(&spends, row, &options).parameters.unwrap();
            let changes = customer.changes.unwrap();
            for i in 0..3 {
                let change = exact[i] / known[i] - 1.0;
                largest = largest.max(change.abs());
                // The error of a step of 0.02 is of the order of its square.
                assert!((changes[i] - change).abs() < 4e-4, "{customer:?}: {change}");
            }
            let mean = |p: &[f64]| p[0] * p[2] / (p[1] - 1.0);
            let change = mean(&exact) / mean(&known) - 1.0;
            assert!((customer.mean_spend.unwrap() - change).abs() < 1e-3, "{customer:?}: {change}");
        }
        assert_eq!(largest > 0.02, large, "{largest}");
    }
}

/// Each customer of a small shop is left out in turn: the first three move the model most.
#[test]
fn the_most_influential_come_first() {
    let mut spends = drawn(300, 6.0, 4.0, 15.0);
    spends.add(2, 4_000.0, 1);
    spends.add(12, 0.02, 1);
    let spends = spends.fold();
    let all = fitted(spends, &Options::default());
    let (known, covariance) = (all.parameters.clone().unwrap(), all.covariance.clone().unwrap());
    let information = covariance.try_inverse().unwrap();
    // Cook's distance of the parameters' logarithms.
    let distance = |row: usize| {
        let moved = without(spends, row, &Options::default()).parameters.unwrap();
        let step = nalgebra::DVector::from_fn(3, |i, _| known[i] * (moved[i] / known[i]).ln());
        step.dot(&(&information * &step))
    };
    let mut order: Vec<usize> = (0..spends.len()).collect();
    order.sort_by(|&one, &other| distance(other).total_cmp(&distance(one)));
    let found = influence(spends, &all, &Options::default(), &mut || ());
    let found: Vec<_> = found.iter().map(|customer| (customer.x, customer.mean)).collect();
    let expected: Vec<_> =
        order[..3].iter().map(|&row| (spends[row].x, spends[row].mean)).collect();
    assert_eq!(found[..2], expected[..2]);
    assert!(found[..2].contains(&(2, 4_000.0)));
}

#[test]
fn one_order_left_in_by_mistake_shows() {
    let mut spends = spends(&rows("oracle/data_cdnow_sample_39w"));
    let usual = largest_share(&spends).unwrap();
    assert!(usual < 0.1, "{usual}");
    spends.push(Spend { x: 1, customers: 1, mean: 9_999_999.0 });
    spends.sort_by_key(|spend| (spend.x, spend.mean.to_bits()));
    assert!(largest_share(&spends).unwrap() > 0.98);
    let fit = fitted(&spends, &Options::default());
    let first = influence(&spends, &fit, &Options::default(), &mut || ())[0];
    assert_eq!((first.x, first.mean), (1, 9_999_999.0));
    assert!(first.changes.unwrap().iter().any(|change| change.abs() > 0.1), "{first:?}");
    assert_eq!(largest_share(&[]), None);
    // At the ends of the doubles.
    for mean in [f64::MAX, 5e-324] {
        let equal = [Spend { x: 9, customers: 1, mean }, Spend { x: 9, customers: 3, mean }];
        assert_eq!(largest_share(&equal), Some(0.25));
    }
}

#[test]
fn without_a_maximum_nobody_has_influence() {
    let alike: Vec<(u32, f64)> = (0..40).map(|i| (1 + i % 4, 10.0 + 1e-4 * f64::from(i))).collect();
    let mut spends = Spends::default();
    alike.iter().for_each(|&(x, mean)| spends.add(x, mean, 1));
    let spends = spends.fold();
    let fit = fitted(spends, &Options::default());
    assert_eq!(influence(spends, &fit, &Options::default(), &mut || ()), []);
}
