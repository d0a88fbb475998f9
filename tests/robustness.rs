//! Every fit over wild data: finite answers or a reason, in any unit, in any order, within bounds.

mod common;

use pg_clv::maths::bg_bb::BgBb;
use pg_clv::maths::bg_nbd::BgNbd;
use pg_clv::maths::fit::{Fit, InvalidOption, Options};
use pg_clv::maths::gamma_gamma::{GammaGamma, Spend, Spends};
use pg_clv::maths::history::{Folded, Histories, History};
use pg_clv::maths::mbg_nbd::MbgNbd;
use pg_clv::maths::pareto_nbd::ParetoNbd;
use pg_clv::maths::purchase_model::PurchaseModel;
use pg_clv::maths::sbg::Sbg;
use pg_clv::maths::simulate::{Draws, Observation, Purpose};
use pg_clv::maths::survival::Tenure;
use proptest::prelude::*;

type FitFunction = fn(&[Folded], &Options, &mut dyn FnMut()) -> Result<Fit, InvalidOption>;
type Make = fn(Option<&str>, &[f64]) -> Box<dyn PurchaseModel>;

/// The models of purchase times, made of what a fit found.
const MODELS: [(&str, FitFunction, Make); 3] = [
    ("BG/NBD", BgNbd::fit, |border, p| match border {
        Some(border) => BgNbd::on_border(border, p).unwrap().unwrap(),
        None => Box::new(BgNbd::new(p[0], p[1], p[2], p[3]).unwrap()),
    }),
    ("MBG/NBD", MbgNbd::fit, |border, p| match border {
        Some(border) => MbgNbd::on_border(border, p).unwrap().unwrap(),
        None => Box::new(MbgNbd::new(p[0], p[1], p[2], p[3]).unwrap()),
    }),
    ("Pareto/NBD", ParetoNbd::fit, |border, p| match border {
        Some(border) => ParetoNbd::on_border(border, p).unwrap().unwrap(),
        None => Box::new(ParetoNbd::new(p[0], p[1], p[2], p[3]).unwrap()),
    }),
];

fn fitted(fit: FitFunction, rows: &[Folded]) -> Fit {
    fit(rows, &Options::default(), &mut || ()).unwrap()
}

fn fold(histories: &[(u32, f64, f64)]) -> Vec<Folded> {
    let mut folded = Histories::default();
    histories.iter().for_each(|&(x, t_x, age)| folded.add(x, t_x, age, 1));
    folded.fold().to_vec()
}

/// Numbers where there must be numbers, a reason where there are none, and an end.
fn assert_sound(what: &str, fit: &Fit) {
    // Four starts inside, ten on the borders.
    assert!(fit.evaluations <= (4 + 10) * 101, "{what}: {} evaluations", fit.evaluations);
    assert!(!fit.termination.is_empty());
    assert_eq!(fit.converged, fit.std_errors.is_some(), "{what}: {fit:?}");
    assert_eq!(fit.converged, fit.termination.starts_with("converged"), "{what}: {fit:?}");
    assert_eq!(fit.parameters.is_none(), fit.termination.starts_with("not fitted: "), "{what}");
    for value in fit.parameters.iter().flatten() {
        assert!(value.is_finite() && *value > 0.0, "{what}: {fit:?}");
    }
    for value in fit.std_errors.iter().flatten() {
        assert!(value.is_finite() && *value > 0.0, "{what}: {fit:?}");
    }
    for value in [fit.log_likelihood, fit.aic, fit.bic, fit.gradient_norm, fit.condition_number] {
        assert!(value.is_none_or(f64::is_finite), "{what}: {fit:?}");
    }
}

/// Histories of 1 to 60 customers: up to a million purchases, ages from 1e-9 to 1e9.
fn any_histories() -> impl Strategy<Value = Vec<(u32, f64, f64)>> {
    let customer = (0.0..1.0f64, 0.0..1.0f64, 0.0..1.0f64);
    let scales = (0.0..6.0f64, -9.0..9.0f64);
    (prop::collection::vec(customer, 1..60), scales).prop_map(|(customers, (most, age))| {
        let (most, longest) = (10f64.powf(most), 10f64.powf(age));
        let history = |(x, part, age): (f64, f64, f64)| {
            let (x, age) = ((most * x.powi(6)) as u32, longest * age);
            (x, if x == 0 { 0.0 } else { age * part.sqrt() }, age)
        };
        customers.into_iter().map(history).collect()
    })
}

/// Discrete histories of 1 to 60 customers with up to `most` opportunities.
fn any_discrete_histories() -> impl Strategy<Value = Vec<(u32, f64, f64)>> {
    let customer = (0.0..1.0f64, 0.0..1.0f64, 0.0..1.0f64);
    (prop::collection::vec(customer, 1..60), 0.0..3.0f64).prop_map(|(customers, most)| {
        let most = 10f64.powf(most);
        let history = |(n, t_x, x): (f64, f64, f64)| {
            let n = (most * n).ceil();
            let t_x = (n * t_x * 1.5).floor().min(n);
            let x = (t_x * x).ceil();
            if x == 0.0 { (0, 0.0, n) } else { (x as u32, t_x, n) }
        };
        customers.into_iter().map(history).collect()
    })
}

fn any_tenures() -> impl Strategy<Value = Vec<Tenure>> {
    let row = (0.0..1.0f64, any::<bool>(), 1..1000_u64);
    (prop::collection::vec(row, 1..30), 0.0..4.0f64).prop_map(|(rows, longest)| {
        let longest = 10f64.powf(longest);
        let tenure = |(time, churned, customers): (f64, bool, u64)| {
            Tenure::whole((longest * time).ceil(), churned, customers)
        };
        rows.into_iter().map(tenure).collect()
    })
}

fn any_spends() -> impl Strategy<Value = Vec<Spend>> {
    let row = (0.0..1.0f64, 0.0..1.0f64);
    (prop::collection::vec(row, 1..60), (0.0..6.0f64, -9.0..9.0f64, 0.0..8.0f64)).prop_map(
        |(rows, (most, size, spread))| {
            let mut spends = Spends::default();
            for (x, mean) in rows {
                let x = 1 + (10f64.powf(most) * x.powi(6)) as u32;
                spends.add(x, 10f64.powf(size + spread * (mean - 0.5)), 1);
            }
            spends.fold().to_vec()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_purchase_times_end_in_finite_numbers_or_a_reason(list in any_histories()) {
        let rows = fold(&list);
        for (name, fit, make) in MODELS {
            let fit = fitted(fit, &rows);
            assert_sound(name, &fit);
            // What was estimated, however extreme, predicts.
            let Some(parameters) = &fit.parameters else { continue };
            let model = make(fit.border, parameters);
            for row in rows.iter().take(5) {
                let customer = row.history();
                prop_assert!((0.0..=1.0).contains(&model.p_alive(customer, 0.0)), "{name} {fit:?}");
                let expected = model.expected_purchases(customer, customer.age);
                prop_assert!(expected >= 0.0, "{name} {customer:?} {expected} {fit:?}");
            }
        }
    }

    #[test]
    fn any_opportunities_end_in_finite_numbers_or_a_reason(list in any_discrete_histories()) {
        let rows = fold(&list);
        let fit = fitted(BgBb::fit, &rows);
        assert_sound("BG/BB", &fit);
        if let Some(p) = &fit.parameters {
            let model: Box<dyn PurchaseModel> = match fit.border {
                Some(border) => BgBb::on_border(border, p).unwrap().unwrap(),
                None => Box::new(BgBb::new(p[0], p[1], p[2], p[3]).unwrap()),
            };
            for row in &rows {
                let p_alive = model.p_alive(row.history(), 0.0);
                prop_assert!((0.0..=1.0).contains(&p_alive), "{p_alive} {fit:?}");
            }
        }
    }

    #[test]
    fn any_tenures_end_in_finite_numbers_or_a_reason(tenures in any_tenures()) {
        let fit = Sbg::fit(&tenures, &Options::default(), &mut || ()).unwrap();
        assert_sound("sBG", &fit);
    }

    #[test]
    fn any_spends_end_in_finite_numbers_or_a_reason(spends in any_spends()) {
        let fit = GammaGamma::fit(&spends, &Options::default(), &mut || ()).unwrap();
        assert_sound("Gamma-Gamma", &fit);
    }
}

/// Deterministic numbers in (0, 1), spread evenly: multiples of the golden ratio.
fn spread(i: u32) -> f64 {
    (f64::from(i) + 0.5) * 0.618_033_988_749_895 % 1.0
}

fn cohort(customers: u32, history: impl Fn(u32) -> (u32, f64, f64)) -> Vec<Folded> {
    fold(&(0..customers).map(history).collect::<Vec<_>>())
}

#[test]
fn hard_cohorts_end_with_what_they_deserve() {
    let cohorts =
        [
            (
                "thousands of purchases",
                cohort(200, |i| {
                    let age = 3000.0 + (900.0 * spread(i)).round();
                    let part = if i % 2 == 0 { 1.0 } else { spread(11 * i).powi(3) };
                    let x = ((20.0 + 4000.0 * spread(3 * i + 1).powi(3)) * part) as u32;
                    (x, if x == 0 { 0.0 } else { (age * part).ceil() }, age)
                }),
            ),
            (
                "nobody stops",
                cohort(300, |i| {
                    let age = 200.0 + (200.0 * spread(i)).round();
                    let x = (40.0 * spread(7 * i + 3).powi(4)).round() as u32;
                    (x, if x == 0 { 0.0 } else { age }, age)
                }),
            ),
            (
                "all alike",
                cohort(300, |i| {
                    let age = 100.0 + f64::from(i % 10);
                    (4 + i % 2, (age * (0.3 + 0.7 * spread(i))).round(), age)
                }),
            ),
            (
                "all stop at once",
                cohort(300, |i| {
                    let x = (6.0 * spread(5 * i + 2).powi(2)) as u32;
                    (x, if x == 0 { 0.0 } else { 0.5 * spread(i) }, 1000.0)
                }),
            ),
            (
                "one customer above all",
                cohort(300, |i| match i {
                    0 => (200_000, 99.9, 100.0),
                    _ => (i % 3, if i % 3 == 0 { 0.0 } else { 100.0 * spread(i) }, 100.0),
                }),
            ),
            (
                "one repeat purchase in all",
                cohort(500, |i| {
                    if i == 0 { (1, 3.0, 50.0) } else { (0, 0.0, 40.0 + f64::from(i % 20)) }
                }),
            ),
            ("everybody buys on the last day", cohort(100, |i| (1 + i % 9, 52.0, 52.0))),
            ("no time at all", cohort(100, |i| (i % 4, 0.0, 0.0))),
            (
                "many repeat purchases in no time",
                cohort(100, |i| {
                    (i % 50, if i % 50 == 0 { 0.0 } else { 1e-12 }, 1.0 + f64::from(i % 7))
                }),
            ),
        ];
    for (what, rows) in &cohorts {
        for (name, fit, _) in MODELS {
            let fit = fitted(fit, rows);
            println!("{what}, {name}: {} {:?}", fit.termination, fit.parameters);
            assert_sound(&format!("{what}, {name}"), &fit);
        }
    }
    let opportunities = [
        (
            "nobody misses one",
            cohort(100, |i| {
                let n = 3 + i % 8;
                (n, f64::from(n), f64::from(n))
            }),
        ),
        ("one purchase each", cohort(100, |i| (1, f64::from(1 + i % 5), 12.0))),
        ("all stop at once", cohort(100, |i| (i % 2, f64::from(i % 2), f64::from(50 + i % 3)))),
        ("nobody stops", cohort(100, |i| (5 + i % 5, 20.0, 20.0))),
        (
            "a thousand opportunities",
            cohort(60, |i| {
                let t_x = (1000.0 * spread(i)).ceil();
                ((t_x * spread(3 * i)).ceil() as u32, t_x, 1000.0)
            }),
        ),
    ];
    for (what, rows) in &opportunities {
        let fit = fitted(BgBb::fit, rows);
        println!("{what}, BG/BB: {} {:?}", fit.termination, fit.parameters);
        assert_sound(what, &fit);
    }
    let row = Tenure::whole;
    let tenures = [
        ("all but one lost at once", vec![row(1.0, true, 999), row(2.0, false, 1)]),
        ("hardly anybody lost", vec![row(1.0, true, 1), row(5000.0, false, 1_000_000)]),
        ("lost late only", vec![row(90.0, true, 50), row(100.0, false, 50)]),
        ("half at once, the rest never", vec![row(1.0, true, 500), row(1000.0, false, 500)]),
        (
            "2^60 customers",
            vec![row(1.0, true, 1 << 59), row(2.0, true, 1 << 57), row(3.0, false, 1 << 58)],
        ),
    ];
    for (what, tenures) in &tenures {
        let fit = Sbg::fit(tenures, &Options::default(), &mut || ()).unwrap();
        println!("{what}, sBG: {} {:?}", fit.termination, fit.parameters);
        assert_sound(what, &fit);
    }
}

fn simulated() -> Vec<(u32, f64, f64)> {
    let model = ParetoNbd::new(0.8, 6.0, 0.7, 12.0).unwrap();
    let observation = Observation { seed: 3, youngest: 50.0, oldest: 100.0, holdout: 0.0 };
    let days = |t: f64| (7.0 * t).ceil() / 7.0;
    (0..1500)
        .map(|number| observation.customer(&model, number).unwrap().history())
        .map(|History { x, t_x, age }| (x as u32, days(t_x), days(age)))
        .collect()
}

#[test]
fn days_and_weeks_give_one_model() {
    let weeks = simulated();
    let purchases: u32 = weeks.iter().map(|history| history.0).sum();
    for (name, fit, make) in MODELS {
        let one = fitted(fit, &fold(&weeks));
        assert!(one.converged, "{name}: {}", one.termination);
        let in_weeks = make(one.border, one.parameters.as_ref().unwrap());
        for unit in [7.0, 604_800.0, 7.0 / 365.25] {
            let times: Vec<_> =
                weeks.iter().map(|&(x, t, age)| (x, t * unit, age * unit)).collect();
            let other = fitted(fit, &fold(&times));
            let shifted = other.log_likelihood.unwrap() + f64::from(purchases) * unit.ln();
            assert!((shifted - one.log_likelihood.unwrap()).abs() < 1e-6, "{name} {unit}");
            let in_unit = make(other.border, other.parameters.as_ref().unwrap());
            for &(x, t_x, age) in &weeks[..50] {
                let customer = History { x: f64::from(x), t_x, age };
                let other = History { t_x: t_x * unit, age: age * unit, ..customer };
                let pairs = [
                    (in_weeks.p_alive(customer, 9.0), in_unit.p_alive(other, 9.0 * unit)),
                    (
                        in_weeks.expected_purchases(customer, 52.0),
                        in_unit.expected_purchases(other, 52.0 * unit),
                    ),
                    (
                        in_weeks.discounted_purchases(customer, 0.002, f64::INFINITY),
                        in_unit.discounted_purchases(other, 0.002 / unit, f64::INFINITY),
                    ),
                    (
                        in_weeks.purchase_pmf(customer, 2, 26.0),
                        in_unit.purchase_pmf(other, 2, 26.0 * unit),
                    ),
                ];
                for (one, other) in pairs {
                    assert!((one / other - 1.0).abs() < 1e-7, "{name} {unit}: {one} {other}");
                }
            }
        }
    }
}

#[test]
fn cents_and_dollars_give_one_spend_model() {
    let model = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    let spends = |unit: f64| {
        let mut spends = Spends::default();
        for customer in 0..1500 {
            let x = 1 + customer as u32 % 6;
            let all =
                model.simulate_spends(x as usize, &mut Draws::new(1, customer, Purpose::Spend));
            spends.add(x, unit * all.iter().sum::<f64>() / f64::from(x), 1);
        }
        spends.fold().to_vec()
    };
    let fit = |unit| GammaGamma::fit(&spends(unit), &Options::default(), &mut || ()).unwrap();
    let one = fit(1.0);
    let p = one.parameters.unwrap();
    for unit in [100.0, 1e-9, 1e9] {
        let other = fit(unit);
        let q = other.parameters.unwrap();
        let shifted = other.log_likelihood.unwrap() + 1500.0 * unit.ln();
        assert!((shifted - one.log_likelihood.unwrap()).abs() < 1e-6);
        for (one, other) in [(p[0], q[0]), (p[1], q[1]), (p[2], q[2] / unit)] {
            assert!((one / other - 1.0).abs() < 1e-9, "{one} {other}");
        }
    }
}

#[test]
fn order_and_weights_change_no_bit() {
    let times = simulated();
    let discrete: Vec<(u32, f64, f64)> = {
        let model = BgBb::new(1.2, 0.75, 0.66, 2.78).unwrap();
        let observation = Observation { seed: 3, youngest: 5.0, oldest: 9.0, holdout: 0.0 };
        let customer = |number| observation.customer(&model, number).unwrap().history();
        (0..1000).map(customer).map(|History { x, t_x, age }| (x as u32, t_x, age)).collect()
    };
    let purchases = MODELS.map(|(name, fit, _)| (name, fit, &times));
    for (name, fit, data) in
        purchases.into_iter().chain([("BG/BB", BgBb::fit as FitFunction, &discrete)])
    {
        // Each customer twice, mixed, and each once with weight 2, from the last to the first.
        let twice: Vec<_> = data.iter().chain(data).copied().collect();
        let mut weighted = Histories::default();
        for part in data.rchunks(77) {
            let mut histories = Histories::default();
            part.iter().rev().for_each(|&(x, t_x, age)| histories.add(x, t_x, age, 2));
            weighted.merge(&histories);
        }
        assert_eq!(fitted(fit, &fold(&twice)), fitted(fit, weighted.fold()), "{name}");
    }

    let model = Sbg::new(0.7, 1.2).unwrap();
    let tenures: Vec<Tenure> = (0..500)
        .map(|i| model.simulate_tenure(9, &mut Draws::new(1, i, Purpose::Tenure)))
        .collect();
    let twice: Vec<Tenure> = tenures.iter().chain(&tenures).copied().collect();
    let weighted: Vec<Tenure> =
        tenures.iter().rev().map(|t| Tenure { customers: 2, ..*t }).collect();
    let fit = |tenures: &[Tenure]| Sbg::fit(tenures, &Options::default(), &mut || ()).unwrap();
    assert_eq!(fit(&twice), fit(&weighted));

    let model = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    let values: Vec<(u32, f64)> = (0..500)
        .map(|i| {
            let x = 1 + i as u32 % 4;
            let all = model.simulate_spends(x as usize, &mut Draws::new(1, i, Purpose::Spend));
            (x, all.iter().sum::<f64>() / f64::from(x))
        })
        .collect();
    let (mut twice, mut weighted) = (Spends::default(), Spends::default());
    values.iter().chain(&values).for_each(|&(x, mean)| twice.add(x, mean, 1));
    values.iter().rev().for_each(|&(x, mean)| weighted.add(x, mean, 2));
    let fit = |spends: &[Spend]| GammaGamma::fit(spends, &Options::default(), &mut || ()).unwrap();
    assert_eq!(fit(twice.fold()), fit(weighted.fold()));
}
