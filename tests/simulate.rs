//! Simulated customers: reproducible, and such that the models' own fits find their parameters.

mod common;

use pg_clv::maths::bg_bb::BgBb;
use pg_clv::maths::bg_nbd::BgNbd;
use pg_clv::maths::fit::{Fit, Options};
use pg_clv::maths::gamma_gamma::{GammaGamma, Spends};
use pg_clv::maths::history::{Folded, Histories, History};
use pg_clv::maths::mbg_nbd::MbgNbd;
use pg_clv::maths::pareto_nbd::ParetoNbd;
use pg_clv::maths::purchase_model::PurchaseModel;
use pg_clv::maths::sbg::Sbg;
use pg_clv::maths::simulate::{Draws, MAX_PURCHASES, Observation, Purpose, Simulate};
use pg_clv::maths::survival::Tenure;
use statrs::distribution::{ChiSquared, ContinuousCDF};

const SEEDS: u64 = 20;

fn histories(model: &dyn Simulate, observation: Observation, customers: u64) -> Vec<Folded> {
    let mut folded = Histories::default();
    for number in 0..customers {
        let History { x, t_x, age } = observation.customer(model, number).unwrap().history();
        folded.add(x as u32, t_x, age, 1);
    }
    folded.fold().to_vec()
}

fn observed(seed: u64, youngest: f64, oldest: f64) -> Observation {
    Observation { seed, youngest, oldest, holdout: 0.0 }
}

/// Fits to the data of 20 seeds find every parameter within 3 standard errors of its logarithm,
/// where estimates of positive parameters are the nearest to normal. And neither too near nor too
/// far: the sum over the seeds of the squared distances in the metric of the covariance is a
/// chi-square of 20 × parameters, held to its middle 99.8 %.
fn parameters_are_recovered(name: &str, truth: &[f64], fit: impl Fn(u64) -> Fit) {
    let (mut worst, mut sum) = (0.0_f64, 0.0);
    for seed in 1..=SEEDS {
        let fit = fit(seed);
        assert!(fit.converged, "{name}, seed {seed}: {}", fit.termination);
        let (estimates, mut covariance) = (fit.parameters.unwrap(), fit.covariance.unwrap());
        for i in 0..truth.len() {
            for j in 0..truth.len() {
                covariance[(i, j)] /= estimates[i] * estimates[j];
            }
        }
        let off = |i: usize| (estimates[i] / truth[i]).ln();
        let inverse = covariance.clone().try_inverse().unwrap();
        for i in 0..truth.len() {
            worst = worst.max(off(i).abs() / covariance[(i, i)].sqrt());
            sum += (0..truth.len()).map(|j| off(i) * inverse[(i, j)] * off(j)).sum::<f64>();
        }
    }
    let freedom = SEEDS as f64 * truth.len() as f64;
    let share = ChiSquared::new(freedom).unwrap().cdf(sum);
    println!(
        "{name}: worst {worst:.2} standard errors; chi-square {sum:.1} of {freedom}: {share:.3}"
    );
    assert!(worst <= 3.0, "{name}: {worst} standard errors");
    assert!((0.001..=0.999).contains(&share), "{name}: chi-square {sum} of {freedom}");
}

#[test]
fn bg_nbd_fits_recover_the_parameters_of_simulated_customers() {
    let truth = [0.6, 6.0, 0.9, 3.0];
    let model = BgNbd::new(truth[0], truth[1], truth[2], truth[3]).unwrap();
    parameters_are_recovered("BG/NBD", &truth, |seed| {
        let rows = histories(&model, observed(seed, 40.0, 80.0), 4000);
        BgNbd::fit(&rows, &Options::default(), &mut || ()).unwrap()
    });
}

#[test]
fn mbg_nbd_fits_recover_the_parameters_of_simulated_customers() {
    let truth = [0.8, 5.0, 0.7, 2.0];
    let model = MbgNbd::new(truth[0], truth[1], truth[2], truth[3]).unwrap();
    parameters_are_recovered("MBG/NBD", &truth, |seed| {
        let rows = histories(&model, observed(seed, 40.0, 80.0), 4000);
        MbgNbd::fit(&rows, &Options::default(), &mut || ()).unwrap()
    });
}

#[test]
fn pareto_nbd_fits_recover_the_parameters_of_simulated_customers() {
    let truth = [0.8, 6.0, 0.7, 12.0];
    let model = ParetoNbd::new(truth[0], truth[1], truth[2], truth[3]).unwrap();
    parameters_are_recovered("Pareto/NBD", &truth, |seed| {
        let rows = histories(&model, observed(seed, 60.0, 120.0), 3000);
        ParetoNbd::fit(&rows, &Options::default(), &mut || ()).unwrap()
    });
}

#[test]
fn bg_bb_fits_recover_the_parameters_of_simulated_customers() {
    let truth = [1.2, 0.75, 0.66, 2.78];
    let model = BgBb::new(truth[0], truth[1], truth[2], truth[3]).unwrap();
    parameters_are_recovered("BG/BB", &truth, |seed| {
        let rows = histories(&model, observed(seed, 8.0, 12.0), 8000);
        BgBb::fit(&rows, &Options::default(), &mut || ()).unwrap()
    });
}

#[test]
fn gamma_gamma_fits_recover_the_parameters_of_simulated_spends() {
    let truth = [6.25, 3.74, 15.44];
    let model = GammaGamma::new(truth[0], truth[1], truth[2]).unwrap();
    parameters_are_recovered("Gamma-Gamma", &truth, |seed| {
        let mut spends = Spends::default();
        for customer in 0..20_000 {
            let x = 1 + customer as u32 % 6;
            let mut draws = Draws::new(seed, customer, Purpose::Spend);
            let total: f64 = model.simulate_spends(x as usize, &mut draws).iter().sum();
            spends.add(x, total / f64::from(x), 1);
        }
        GammaGamma::fit(spends.fold(), &Options::default(), &mut || ()).unwrap()
    });
}

#[test]
fn sbg_fits_recover_the_parameters_of_simulated_tenures() {
    let truth = [0.7, 1.2];
    let model = Sbg::new(truth[0], truth[1]).unwrap();
    parameters_are_recovered("sBG", &truth, |seed| {
        let tenures: Vec<Tenure> = (0..4000)
            .map(|customer| {
                let mut draws = Draws::new(seed, customer, Purpose::Tenure);
                model.simulate_tenure(6 + customer as u32 % 4, &mut draws)
            })
            .collect();
        Sbg::fit(&tenures, &Options::default(), &mut || ()).unwrap()
    });
}

/// The shares of simulated new customers by purchases are those of the model: chi-square.
fn counts_are_distributed_as_the_model_says<M: Simulate + PurchaseModel>(model: &M, span: f64) {
    const CUSTOMERS: u64 = 20_000;
    const CELLS: usize = 12;
    let mut counts = [0.0; CELLS];
    for customer in 0..CUSTOMERS {
        let mut draws = Draws::new(7, customer, Purpose::Purchases);
        let x = model.purchase_times(span, &mut draws).unwrap().len();
        counts[x.min(CELLS - 1)] += 1.0;
    }
    let mut rest = 1.0;
    let mut sum = 0.0;
    for (n, count) in counts.into_iter().enumerate() {
        let p = if n == CELLS - 1 { rest } else { model.purchase_pmf_new(n as u64, span) };
        rest -= p;
        let expected = CUSTOMERS as f64 * p;
        assert!(expected > 8.0, "a cell of {expected}");
        sum += (count - expected).powi(2) / expected;
    }
    let p = ChiSquared::new(CELLS as f64 - 1.0).unwrap().sf(sum);
    println!("chi-square {sum:.2}, p = {p:.3}");
    assert!(p > 0.001, "chi-square {sum}, p = {p}");
}

#[test]
fn counts_of_new_customers_follow_the_distribution_of_the_model() {
    counts_are_distributed_as_the_model_says(&BgNbd::new(0.6, 6.0, 0.9, 3.0).unwrap(), 50.0);
    counts_are_distributed_as_the_model_says(&BgNbd::new(0.2, 0.1, 0.5, 0.4).unwrap(), 5.0);
    counts_are_distributed_as_the_model_says(&MbgNbd::new(0.8, 5.0, 0.7, 2.0).unwrap(), 50.0);
    counts_are_distributed_as_the_model_says(&ParetoNbd::new(0.8, 6.0, 0.7, 12.0).unwrap(), 60.0);
    counts_are_distributed_as_the_model_says(
        &ParetoNbd::new(40.0, 99.0, 30.0, 150.0).unwrap(),
        20.0,
    );
    counts_are_distributed_as_the_model_says(&BgBb::new(1.2, 0.75, 0.66, 2.78).unwrap(), 15.0);
}

#[test]
fn a_customer_is_the_same_whoever_else_is_drawn() {
    let model = ParetoNbd::new(0.8, 6.0, 0.7, 12.0).unwrap();
    let observation = Observation { seed: 42, youngest: 20.0, oldest: 60.0, holdout: 30.0 };
    let forwards: Vec<_> = (0..50).map(|i| observation.customer(&model, i).unwrap()).collect();
    for (number, customer) in forwards.iter().enumerate().rev() {
        assert_eq!(*customer, observation.customer(&model, number as u64).unwrap());
    }
    assert!(forwards.windows(2).all(|pair| pair[0] != pair[1]));
    let other = Observation { seed: 43, ..observation };
    assert_ne!(forwards[3], other.customer(&model, 3).unwrap());
}

#[test]
fn longer_observation_only_adds_later_purchases() {
    let models: [&dyn Simulate; 4] = [
        &BgNbd::new(0.6, 1.0, 0.3, 3.0).unwrap(),
        &MbgNbd::new(0.6, 1.0, 0.3, 3.0).unwrap(),
        &ParetoNbd::new(0.8, 1.0, 0.7, 12.0).unwrap(),
        &BgBb::new(1.2, 0.75, 0.66, 2.78).unwrap(),
    ];
    for model in models {
        let short = Observation { seed: 5, youngest: 10.0, oldest: 30.0, holdout: 0.0 };
        let long = Observation { holdout: 25.0, ..short };
        let mut later = 0;
        for number in 0..200 {
            let (short, long) =
                (short.customer(model, number).unwrap(), long.customer(model, number).unwrap());
            assert!(long.purchases.starts_with(&short.purchases));
            assert!(long.purchases.is_sorted() && short.holdout_purchases() == 0);
            assert_eq!(long.history(), short.history());
            later += long.holdout_purchases();
        }
        assert!(later > 100);
    }
}

#[test]
fn streams_keep_their_values() {
    // The first uniform number is bits 12 to 63 of the first word of ChaCha8 with the key
    // (seed, purpose) and the customer as the stream; all else follows by libm. A change of any
    // digit would change every simulated data set.
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let observation = Observation { seed: 2026, youngest: 27.0, oldest: 39.0, holdout: 0.0 };
    let firsts: Vec<(f64, f64, f64)> = (0..6)
        .map(|number| observation.customer(&model, number).unwrap().history())
        .map(|History { x, t_x, age }| (x, t_x, age))
        .collect();
    println!("{firsts:?}");
    assert_eq!(firsts, FIRSTS);
}

const FIRSTS: [(f64, f64, f64); 6] = [
    (0.0, 0.0, 36.66924617639852),
    (0.0, 0.0, 29.536268355026188),
    (0.0, 0.0, 32.011340469111516),
    (16.0, 30.781018337583966, 34.48941326390725),
    (0.0, 0.0, 28.74548408572848),
    (0.0, 0.0, 27.893097483544494),
];

#[test]
fn rates_without_bounds_are_refused_and_extreme_parameters_end() {
    let model = BgNbd::new(1e8, 1e-8, 1e-8, 1e8).unwrap();
    let mut draws = Draws::new(1, 1, Purpose::Purchases);
    let error = model.purchase_times(1e6, &mut draws).unwrap_err();
    assert_eq!(error.to_string(), "purchases is out of range");
    for [r, alpha, s, beta] in
        [[1e-12, 1e12, 1e-12, 1e-12], [1e-8, 1e8, 1e-8, 1e-8], [1e8, 1e9, 1e8, 1e-8]]
    {
        let models: [&dyn Simulate; 4] = [
            &BgNbd::new(r, alpha, s, beta).unwrap(),
            &MbgNbd::new(r, alpha, s, beta).unwrap(),
            &ParetoNbd::new(r, alpha, s, beta).unwrap(),
            &BgBb::new(r, alpha, s, beta).unwrap(),
        ];
        for model in models {
            for number in 0..20 {
                let times = observed(3, 5.0, 10.0).customer(model, number).unwrap().purchases;
                assert!(times.len() < MAX_PURCHASES && times.iter().all(|t| t.is_finite()));
            }
        }
        let tenure = Sbg::new(r, alpha).unwrap().simulate_tenure(9, &mut draws);
        assert!((1.0..=9.0).contains(&tenure.time));
    }
}
