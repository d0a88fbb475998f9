//! Fits of purchase models through the common driver: oracle estimates, units, hard data, cost.

mod common;

use common::rows;
use pg_clv::maths::bg_nbd::BgNbd;
use pg_clv::maths::border::Border;
use pg_clv::maths::counted::sample;
use pg_clv::maths::fit::{Fit, InvalidOption, Options};
use pg_clv::maths::history::{Folded, Histories};
use pg_clv::maths::mbg_nbd::MbgNbd;
use pg_clv::maths::simulate::Observation;
use proptest::prelude::*;

type FitFunction = fn(&[Folded], &Options, &mut dyn FnMut()) -> Result<Fit, InvalidOption>;

const MODELS: [(&str, FitFunction); 2] = [("bgnbd", BgNbd::fit), ("mbgnbd", MbgNbd::fit)];

fn fitted(fit: FitFunction, rows: &[Folded], options: &Options) -> Fit {
    fit(rows, options, &mut || ()).unwrap()
}

fn fold(histories: impl IntoIterator<Item = (u32, f64, f64)>) -> Vec<Folded> {
    let mut folded = Histories::default();
    histories.into_iter().for_each(|(x, t_x, age)| folded.add(x, t_x, age, 1));
    folded.fold().to_vec()
}

/// A data set of `mle.csv`, in the unit in which its estimates are stated.
fn histories(dataset: &str) -> Vec<(u32, f64, f64)> {
    let days = dataset == "cdnow_sample_39w";
    rows(&format!("oracle/data_{dataset}"))
        .iter()
        .map(|row| {
            let x = row.number("x") as u32;
            if days {
                (x, row.number("t_x_days") / 7.0, row.number("T_days") / 7.0)
            } else {
                (x, row.number("t_x"), row.number("T"))
            }
        })
        .collect()
}

fn cdnow() -> Vec<Folded> {
    fold(histories("cdnow_sample_39w"))
}

/// Deterministic numbers in (0, 1), spread evenly: multiples of the golden ratio.
fn spread(i: u32) -> f64 {
    (f64::from(i) + 0.5) * 0.618_033_988_749_895 % 1.0
}

/// Customers of the ages 200 to 400, with 0 to 40 purchases, who buy to the very end.
fn loyal() -> Vec<Folded> {
    fold((0..300).map(|i| {
        let age = 200.0 + (200.0 * spread(i)).round();
        let x = (40.0 * spread(7 * i + 3).powi(4)).round() as u32;
        (x, if x == 0 { 0.0 } else { age }, age)
    }))
}

/// Customers who are all as active as each other: 4 or 5 purchases in about the same time.
fn alike() -> Vec<Folded> {
    fold((0..300).map(|i| {
        let age = 100.0 + f64::from(i % 10);
        (4 + i % 2, (age * (0.3 + 0.7 * spread(i))).round(), age)
    }))
}

#[test]
fn fits_reach_the_oracle_estimates_and_standard_errors() {
    for (model, fit) in MODELS {
        for row in rows("oracle/mle").iter().filter(|row| row.text("model") == model) {
            let data = fold(histories(row.text("dataset")));
            let fit = fitted(fit, &data, &Options::default());
            assert!(fit.converged);
            assert_eq!(fit.customers, row.number("customers") as u64);
            assert!((fit.log_likelihood.unwrap() - row.number("loglik")).abs() < 1e-7);
            let (estimates, errors) = (fit.parameters.unwrap(), fit.std_errors.unwrap());
            for i in 0..4 {
                let value = row.number(&format!("value{}", i + 1));
                let error = row.number(&format!("se{}", i + 1));
                assert!((estimates[i] / value - 1.0).abs() < 1e-10, "{} {value}", estimates[i]);
                assert!((errors[i] / error - 1.0).abs() < 1e-8, "{} {error}", errors[i]);
            }
            println!("{model} {}: {} passes", row.text("dataset"), fit.evaluations);
        }
    }
}

#[test]
fn published_values_of_cdnow_are_met() {
    let fit = fitted(BgNbd::fit, &cdnow(), &Options::default());
    let errors = fit.std_errors.unwrap();
    let published = [
        (0.2425945, 0.0125574),
        (4.4136020, 0.3782243),
        (0.7929220, 0.1857332),
        (2.4259068, 0.7054115),
    ];
    for (i, estimate) in fit.parameters.unwrap().into_iter().enumerate() {
        assert!((estimate / published[i].0 - 1.0).abs() < 1e-6);
        assert!((errors[i] / published[i].1 - 1.0).abs() < 1e-4);
    }
    assert!((fit.log_likelihood.unwrap() + 9582.42921).abs() < 1e-5);
    assert!((fit.aic.unwrap() - (8.0 + 2.0 * 9582.42921)).abs() < 1e-4);
    assert!((fit.bic.unwrap() - (4.0 * 2357f64.ln() + 2.0 * 9582.42921)).abs() < 1e-4);
    assert!(fit.gradient_norm.unwrap() < 1e-8 && fit.condition_number.unwrap() < 1e3);
}

#[test]
fn cdnow_takes_few_passes_and_a_warm_start_one() {
    for (_, fit) in MODELS {
        let data = cdnow();
        let cold = fitted(fit, &data, &Options::default());
        assert!(cold.evaluations <= 8, "{}", cold.evaluations);
        let start = Options { start: cold.parameters.clone(), ..Options::default() };
        let warm = fitted(fit, &data, &start);
        assert!(warm.converged && warm.evaluations == 1 && cold.evaluations >= 2);
        // So are the estimates before a hundredth of the customers came, and those of other cohorts,
        // without the first tenth, hardly worse.
        let list = histories("cdnow_sample_39w");
        let fewer = list.iter().enumerate().filter(|(i, _)| i % 100 != 7).map(|(_, &row)| row);
        for (most, passes) in [(fold(fewer), 4), (fold(list.iter().skip(235).copied()), 5)] {
            let start = fitted(fit, &most, &Options::default()).parameters;
            let warm = fitted(fit, &data, &Options { start, ..Options::default() });
            assert!(warm.converged && warm.evaluations <= passes, "{}", warm.evaluations);
            let pairs = warm.parameters.unwrap().into_iter().zip(cold.parameters.clone().unwrap());
            pairs.into_iter().for_each(|(one, two)| assert!((one / two - 1.0).abs() < 1e-9));
        }
    }
}

#[test]
fn large_data_are_fitted_from_a_sample_to_the_same_maximum() {
    // Thirteen cohorts like CDNOW, each observed a little longer than the one before.
    let cohorts = (0..13).flat_map(|k| {
        let longer = 1.0 + 0.01 * f64::from(k);
        let cohort = histories("cdnow_sample_39w");
        cohort.into_iter().map(move |(x, t_x, age)| (x, t_x * longer, age * longer))
    });
    let data = fold(cohorts);
    assert!(data.len() > 10_000);
    for (_, fit) in MODELS {
        let sampled = fitted(fit, &data, &Options::default());
        let far = Options { start: Some(vec![3.0, 100.0, 0.1, 9.0]), ..Options::default() };
        let direct = fitted(fit, &data, &far);
        assert!(sampled.converged && direct.converged);
        assert!(sampled.evaluations <= 6 && direct.evaluations >= 8);
        for (one, two) in sampled.parameters.unwrap().iter().zip(direct.parameters.unwrap()) {
            assert!((one / two - 1.0).abs() < 1e-10);
        }
        assert!((sampled.log_likelihood.unwrap() - direct.log_likelihood.unwrap()).abs() < 1e-6);
    }
}

#[test]
fn unit_of_time_changes_alpha_and_the_density_alone() {
    for (_, fit) in MODELS {
        let weeks = fitted(fit, &cdnow(), &Options::default());
        for factor in [7.0, 604_800.0, 7.0 / 365.25, 1e-12] {
            let other = fold(
                histories("cdnow_sample_39w")
                    .into_iter()
                    .map(|(x, t_x, age)| (x, t_x * factor, age * factor)),
            );
            let other = fitted(fit, &other, &Options::default());
            let scale = [1.0, factor, 1.0, 1.0];
            let (p, q) = (weeks.parameters.as_ref().unwrap(), other.parameters.unwrap());
            let (s, t) = (weeks.covariance.as_ref().unwrap(), other.covariance.unwrap());
            for i in 0..4 {
                assert!((q[i] / (p[i] * scale[i]) - 1.0).abs() < 1e-9);
                for j in 0..4 {
                    let unscaled = t[(i, j)] / (scale[i] * scale[j]);
                    let size = (s[(i, i)] * s[(j, j)]).sqrt();
                    assert!((unscaled - s[(i, j)]).abs() < 1e-7 * size, "{i} {j} at {factor}");
                }
            }
            // 2457 purchases, each a density per unit of time.
            let shifted = other.log_likelihood.unwrap() + 2457.0 * factor.ln();
            assert!((shifted - weeks.log_likelihood.unwrap()).abs() < 1e-6);
        }
    }
}

#[test]
fn penalty_means_the_same_in_every_unit() {
    // In days alpha is 7 times as large: the maximum must fulfil the first-order condition there.
    use pg_clv::maths::bg_nbd::BgNbdLikelihood;
    use pg_clv::maths::likelihood::Likelihood;
    for factor in [1.0, 7.0] {
        let data = fold(
            histories("cdnow_sample_39w")
                .into_iter()
                .map(|(x, t_x, age)| (x, t_x * factor, age * factor)),
        );
        let fit = fitted(BgNbd::fit, &data, &Options { penalty: 0.1, ..Options::default() });
        let found = fit.parameters.unwrap();
        let gradient = BgNbdLikelihood::new(&data, 1.0).evaluate(&found, &mut || ()).gradient;
        for i in 0..4 {
            assert!((gradient[i] - 0.2 * found[i]).abs() < 1e-5 / found[i].min(1.0));
        }
    }
}

#[test]
fn order_and_parts_of_the_data_change_no_bit() {
    let mut list = histories("cdnow_sample_39w");
    let one = fitted(BgNbd::fit, &fold(list.clone()), &Options::default());
    list.reverse();
    list.rotate_left(500);
    let mut whole = Histories::default();
    for part in list.chunks(333) {
        let mut histories = Histories::default();
        part.iter().for_each(|&(x, t_x, age)| histories.add(x, t_x, age, 1));
        whole.merge(&histories);
    }
    assert_eq!(one, fitted(BgNbd::fit, whole.fold(), &Options::default()));
}

#[test]
fn heavy_long_and_short_histories_are_fitted() {
    // Thousands of purchases a customer; ages of decades in seconds; one customer above all.
    let busy = fold((0..300).map(|i| {
        let age = 3000.0 + (900.0 * spread(i)).round();
        let part = if i % 2 == 0 { 1.0 } else { spread(11 * i).powi(3) };
        let x = ((20.0 + 4000.0 * spread(3 * i + 1).powi(3)) * part) as u32;
        (x, if x == 0 { 0.0 } else { (age * part).ceil() }, age)
    }));
    let seconds = fold(
        histories("cdnow_sample_39w")
            .into_iter()
            .map(|(x, t_x, age)| (x, t_x * 604_800.0 * 40.0, age * 604_800.0 * 40.0)),
    );
    let mut dominated = histories("cdnow_sample_39w");
    dominated.push((100_000, 38.9, 39.0));
    for (name, data) in [("busy", busy), ("seconds", seconds), ("dominated", fold(dominated))] {
        for (model, fit) in MODELS {
            let fit = fitted(fit, &data, &Options::default());
            assert!(fit.converged, "{model} {name}: {fit:?}");
            assert!(fit.std_errors.unwrap().iter().all(|s| s.is_finite() && *s > 0.0));
        }
    }
}

#[test]
fn data_without_a_maximum_inside_end_on_the_border() {
    for (name, data, gone) in [("loyal", loyal(), "a"), ("alike", alike(), "alpha")] {
        for (model, fit) in MODELS {
            let free = fitted(fit, &data, &Options::default());
            assert!(free.converged && free.border.is_some(), "{model} {name}: {free:?}");
            let border = Border::named(BgNbd::BORDERS, free.border.unwrap()).unwrap();
            assert!(!border.parameters.contains(&gone), "{model} {name}: {}", free.termination);
            assert!(free.parameters.unwrap().iter().all(|p| p.is_finite() && *p > 0.0));
            assert!(free.log_likelihood.unwrap().is_finite() && free.std_errors.is_some());
            assert!(free.evaluations <= 4 * 101, "{}", free.evaluations);
        }
    }
}

#[test]
fn penalty_gives_a_maximum_where_parameters_run_to_infinity() {
    for (_, fit) in MODELS {
        let fit = fitted(fit, &alike(), &Options { penalty: 1e-3, ..Options::default() });
        assert!(fit.converged, "{fit:?}");
        assert!(fit.parameters.unwrap().iter().all(|&p| p < 1e4));
    }
}

#[test]
fn data_that_cannot_determine_the_model_say_so() {
    for (list, reason) in [
        (vec![], "there is no customer"),
        (vec![(3, 20.0, 30.0)], "1 customer is too few for 4 parameters"),
        (vec![(3, 20.0, 30.0), (1, 2.0, 30.0)], "2 customers are too few for 4 parameters"),
        (vec![(0, 0.0, 30.0), (0, 0.0, 25.0)], "no customer has a repeat purchase"),
        (vec![(3, 20.0, 30.0); 50], "all customers have the same history"),
    ] {
        for (_, fit) in MODELS {
            let fit = fitted(fit, &fold(list.clone()), &Options::default());
            assert_eq!(fit.termination, format!("not fitted: {reason}"));
            assert_eq!((fit.parameters, fit.log_likelihood, fit.converged), (None, None, false));
        }
    }
}

#[test]
fn options_that_cannot_be_obeyed_are_refused() {
    let default = Options::default();
    let cases = [
        (Options { penalty: -1.0, ..default.clone() }, "penalty must be"),
        (Options { penalty: f64::NAN, ..default.clone() }, "penalty must be"),
        (Options { tolerance: 0.0, ..default.clone() }, "tolerance must be"),
        (Options { max_iterations: 0, ..default.clone() }, "max_iterations must be"),
        (Options { start: Some(vec![1.0; 3]), ..default.clone() }, "start must have 4 values"),
        (Options { start: Some(vec![1.0, -2.0, 1.0, 1.0]), ..default }, "alpha cannot start at -2"),
    ];
    for (options, message) in cases {
        let error = BgNbd::fit(&cdnow(), &options, &mut || ()).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

#[test]
fn unreachable_tolerance_ends_at_the_precision_of_the_numbers() {
    let options = Options { tolerance: 1e-300, ..Options::default() };
    for (_, fit) in MODELS {
        let (strict, usual) =
            (fitted(fit, &cdnow(), &options), fitted(fit, &cdnow(), &Options::default()));
        assert!(strict.converged && strict.std_errors.is_some(), "{}", strict.termination);
        for (one, two) in strict.parameters.unwrap().iter().zip(usual.parameters.unwrap()) {
            assert!((one / two - 1.0).abs() < 1e-10);
        }
    }
}

#[test]
fn few_iterations_end_as_told() {
    let few = Options { max_iterations: 1, ..Options::default() };
    let fit = fitted(BgNbd::fit, &cdnow(), &few);
    assert!(!fit.converged && fit.std_errors.is_none());
    assert_eq!(fit.termination, "not converged: stopped at max_iterations = 1");
}

#[test]
fn folding_counts_every_customer_once_in_little_memory() {
    let mut histories = Histories::default();
    assert_eq!(histories.memory(), 0);
    histories.add(1, 3.0, 9.5, 1);
    assert!(histories.memory() <= 256, "{}", histories.memory());
    for i in 0..100_000 {
        histories.add(i % 7, f64::from(i % 1000), f64::from(i / 1000), 2);
        histories.add(i % 7, f64::from(i % 1000), f64::from(i / 1000), 1);
    }
    // Before the last are folded as well as after.
    assert!(histories.memory() <= 32 * 100_001, "{}", histories.memory());
    let rows = histories.fold();
    assert_eq!(rows.len(), 100_001);
    let customers: u64 = rows.iter().map(|row| u64::from(row.customers)).sum();
    assert_eq!(customers, 300_001);
    assert!(rows.is_sorted_by_key(|r| (r.x, r.t_x.to_bits(), r.age.to_bits())));
}

/// Histories in whole days of simulated customers, acquired in the first `spread` days of a year.
fn simulated(
    seed: u64,
    spread: f64,
    customers: u64,
    model: impl Fn(u64) -> [f64; 4],
) -> Vec<Folded> {
    let observation = Observation { seed, youngest: 365.0 - spread, oldest: 365.0, holdout: 0.0 };
    fold((0..customers).map(|number| {
        let [r, alpha, a, b] = model(number);
        let model = BgNbd::new(r, alpha, a, b).unwrap();
        let history = observation.customer(&model, number).unwrap().history();
        (history.x as u32, history.t_x.ceil(), history.age.ceil())
    }))
}

/// That fits find the maximum that several starts on all the data find, which samples must not
/// miss; how many climbs they were compared with.
fn check_that_none_is_higher(data: &[Folded], r: f64, alpha: f64) -> u32 {
    let mut compared = 0;
    for (name, fit) in MODELS {
        let usual = fitted(fit, data, &Options::default());
        for (a, b) in [(1.0, 2.5), (0.5, 20.0), (3.0, 3.0), (0.1, 0.1), (0.05, 5.0)] {
            let start = Some(vec![r, alpha, a, b]);
            let other = fitted(fit, data, &Options { start, ..Options::default() });
            if other.converged {
                let short = other.log_likelihood.unwrap() - usual.log_likelihood.unwrap();
                assert!(usual.converged && short < 1e-6, "{name} {r} {alpha}: {short}");
                compared += 1;
            }
        }
    }
    compared
}

#[test]
fn samples_find_the_maximum_that_all_starts_on_all_data_find() {
    let truths = [
        [0.25, 4.5, 0.8, 2.4],
        [0.8, 30.0, 0.6, 5.0],
        [2.0, 10.0, 0.2, 1.5],
        [0.5, 60.0, 3.0, 3.0],
        [5.0, 20.0, 0.3, 0.6],
        [0.1, 1.0, 0.5, 8.0],
    ];
    let (mut compared, mut sampled) = (0, 0);
    for (seed, &truth) in (1..).zip(truths.iter().cycle()).take(36) {
        // One acquisition cohort, or customers of all ages.
        let spread = if seed % 2 == 0 { 0.0 } else { 335.0 };
        let data = simulated(seed, spread, [700, 1500, 3000][seed as usize % 3], |_| truth);
        sampled += u32::from(data.len() >= 512);
        compared += check_that_none_is_higher(&data, truth[0], truth[1]);
    }
    assert!(compared > 200 && sampled > 20, "{compared} {sampled}");
}

/// Two populations in one data set give the likelihood two maxima, of which the one that is higher
/// on a sample need not be the higher one on all the data: each of these is missed by a fit that
/// climbs from a single point, or takes a single maximum on from a sample.
#[test]
fn samples_of_two_populations_carry_both_maxima() {
    let mixtures = [
        (2053, 335.0, 2188, [0.2385, 9.621, 0.06025, 7.932], [4.217, 13.07, 0.197, 15.91]),
        (2098, 335.0, 727, [0.1696, 18.46, 0.7966, 32.12], [4.156, 96.09, 2.834, 18.56]),
        (2525, 0.0, 3725, [0.1452, 9.093, 0.5232, 27.51], [1.465, 4.997, 0.1779, 7.999]),
    ];
    for (seed, spread, customers, usual, other) in mixtures {
        let data = simulated(seed, spread, customers, |i| if i % 3 == 0 { other } else { usual });
        assert!(data.len() >= 512, "too few for a sample");
        assert!(check_that_none_is_higher(&data, usual[0], usual[1]) > 0);
    }
}

/// A key begins with a digest of the row, which tells neither close times nor large x apart.
#[test]
fn rows_that_differ_in_the_least_bit_are_told_apart_and_stay_in_the_order_of_x() {
    let purchases = [3, 65_533, 65_534, 65_535, 65_536, 70_000, u32::MAX];
    let times = [1.0, f64::from_bits(1.0_f64.to_bits() + 1), 1.0 + 1e-9, 16_384.0, 16_385.0];
    let histories: Vec<(u32, f64, f64)> = purchases
        .iter()
        .flat_map(|&x| times.iter().flat_map(move |&t_x| times.map(|age| (x, t_x, age))))
        .collect();
    let both_ways = histories.iter().chain(histories.iter().rev()).copied();
    let rows = fold(both_ways);
    assert_eq!(rows.len(), histories.len());
    assert!(rows.iter().all(|row| row.customers == 2));
    assert!(rows.is_sorted_by_key(|row| row.x));
    assert!(histories.iter().all(|&(x, t_x, age)| {
        rows.iter().any(|row| (row.x, row.t_x, row.age) == (x, t_x, age))
    }));
    assert_eq!(Histories::from_sorted(rows.clone()).unwrap().fold(), rows);
}

#[test]
fn a_folded_state_can_still_grow_and_merge() {
    let add = |histories: &mut Histories, range: std::ops::Range<u32>| {
        range.for_each(|i| histories.add(i * 7 % 90, 1.0, f64::from(i % 4 + 1), 1));
    };
    let (mut whole, mut left, mut right) =
        (Histories::default(), Histories::default(), Histories::default());
    add(&mut whole, 0..500);
    add(&mut left, 0..200);
    left.fold();
    add(&mut left, 200..300);
    add(&mut right, 300..500);
    left.merge(&right);
    assert_eq!(left.fold(), whole.fold());
    let (mut twice, promised) = (right.clone(), right.memory_to_merge(&right));
    twice.merge(&right);
    assert!(twice.memory() <= promised);
    let pairs = twice.fold().iter().zip(right.fold());
    assert!(pairs.into_iter().all(|(two, one)| two.customers == 2 * one.customers));
    let mut rows = whole.fold().to_vec();
    assert_eq!(Histories::from_sorted(rows.clone()).unwrap().fold(), rows);
    rows.swap(3, 4);
    assert!(Histories::from_sorted(rows).is_none());
}

#[test]
fn memory_to_grow_is_known_before_it_is_taken() {
    let mut histories = Histories::default();
    for i in 0..50_000 {
        let (before, promised) = (histories.memory(), histories.memory_to_grow());
        histories.add(i, f64::from(i), 1e6, 1);
        let after = histories.memory();
        assert!(after <= promised, "{i}: {after} bytes, not {promised}");
        assert!(after == before || promised > before, "{i}: growth was not announced");
        assert!(promised <= 4 * before + 512, "{i}: {promised} bytes for {before}");
    }
}

#[test]
fn zeros_of_either_sign_are_one_history() {
    let mut histories = Histories::default();
    histories.add(0, 0.0, 5.0, 1);
    histories.add(0, -0.0, 5.0, 1);
    assert_eq!(histories.fold(), [Folded { x: 0, customers: 2, t_x: 0.0, age: 5.0 }]);
}

#[test]
fn counts_beyond_32_bits_go_on_in_another_row() {
    let row = |customers| Folded { x: 1, customers, t_x: 2.0, age: 3.0 };
    let (mut one, mut other) = (Histories::default(), Histories::default());
    one.add(1, 2.0, 3.0, 5);
    one.add(1, 2.0, 3.0, u32::MAX);
    one.fold();
    other.add(1, 2.0, 3.0, u32::MAX);
    other.add(1, 2.0, 3.0, 7);
    other.merge(&one);
    other.add(1, 2.0, 3.0, 1);
    assert_eq!(other.fold(), [row(u32::MAX), row(u32::MAX), row(13)]);
}

proptest! {
    #[test]
    fn a_sample_takes_every_nth_customer(
        counts in prop::collection::vec(0..50u32, 0..200), every in 1..120u64,
    ) {
        let row = |(x, &customers)| Folded { x: x as u32, customers, t_x: 1.0, age: 2.0 };
        let rows: Vec<Folded> = counts.iter().enumerate().map(row).collect();
        let customers = counts.iter().enumerate().flat_map(|(x, &n)| vec![x as u32; n as usize]);
        let expected: Vec<u32> =
            customers.zip(1..).filter(|&(_, i)| i % every == 0).map(|(x, _)| x).collect();
        let taken: Vec<u32> = sample(&rows, every)
            .iter()
            .flat_map(|row| vec![row.x; row.customers as usize])
            .collect();
        prop_assert_eq!(taken, expected);
    }

    #[test]
    fn folding_is_counting_whatever_the_order_and_the_parts(
        pushes in prop::collection::vec((0..6u32, 0..5u32, 1..4u32, any::<bool>()), 0..3000),
        cuts in prop::collection::vec(0..3000usize, 0..6),
    ) {
        // Some of the counts nearly fill a row.
        let weight = |n: u32, heavy: bool| if heavy { u32::MAX - n } else { n };
        let mut counts = std::collections::BTreeMap::new();
        let (mut whole, mut merged) = (Histories::default(), Histories::default());
        let mut part = Histories::default();
        for (i, &(x, t_x, n, heavy)) in pushes.iter().enumerate() {
            let (heavy, t_x) = (heavy && i % 97 == 0, f64::from(t_x));
            *counts.entry((x, t_x.to_bits())).or_insert(0) += u64::from(weight(n, heavy));
            whole.add(x, t_x, 9.0, weight(n, heavy));
            part.add(x, t_x, 9.0, weight(n, heavy));
            if cuts.contains(&i) {
                merged.merge(&std::mem::take(&mut part));
            }
        }
        part.merge(&merged);
        prop_assert_eq!(part.fold(), whole.fold());
        let mut expected = Vec::new();
        for ((x, t_x), mut customers) in counts {
            while customers > 0 {
                let full = customers.min(u64::from(u32::MAX));
                expected.push(Folded { x, customers: full as u32, t_x: f64::from_bits(t_x), age: 9.0 });
                customers -= full;
            }
        }
        prop_assert_eq!(whole.fold(), expected);
    }
}

/// Histories of up to a hundred customers, of any size and length that a caller may pass.
fn any_histories() -> impl Strategy<Value = Vec<(u32, f64, f64)>> {
    let customer = (0.0..1.0f64, 0.0..1.0f64, 0.0..1.0f64);
    let scales = (0.0..6.0f64, -9.0..9.0f64);
    (prop::collection::vec(customer, 1..100), scales).prop_map(|(customers, (most, age))| {
        let (most, longest) = (10f64.powf(most), 10f64.powf(age));
        let history = |(x, part, age): (f64, f64, f64)| {
            let (x, age) = ((most * x.powi(6)) as u32, longest * age);
            (x, if x == 0 { 0.0 } else { age * part.sqrt() }, age)
        };
        customers.into_iter().map(history).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_data_end_in_finite_numbers_or_a_reason(list in any_histories()) {
        let rows = fold(list);
        for (_, fit) in MODELS {
            let fit = fitted(fit, &rows, &Options::default());
            prop_assert!(fit.evaluations <= (4 + 10) * 101);
            prop_assert!(fit.converged == fit.std_errors.is_some(), "{:?}", fit);
            if let Some(parameters) = &fit.parameters {
                prop_assert!(parameters.iter().all(|p| p.is_finite() && *p > 0.0), "{:?}", fit);
                prop_assert!(fit.log_likelihood.unwrap().is_finite());
            } else {
                prop_assert!(fit.termination.starts_with("not fitted: "));
            }
            for error in fit.std_errors.iter().flatten() {
                prop_assert!(error.is_finite() && *error > 0.0, "{:?}", fit);
            }
        }
    }
}
