//! The limits of the purchase models: values by integration over what varies, the NBD in print, fits
//! that end there and what they may cost, and how the models inside come to them.

mod common;

use common::rows;
use pg_clv::maths::bg_bb::BgBb;
use pg_clv::maths::bg_nbd::BgNbd;
use pg_clv::maths::border::{Border, Made};
use pg_clv::maths::fit::{Fit, InvalidOption, Options};
use pg_clv::maths::history::{Folded, Histories, History};
use pg_clv::maths::likelihood::Domain;
use pg_clv::maths::mbg_nbd::MbgNbd;
use pg_clv::maths::nbd::{Nbd, NbdLikelihood};
use pg_clv::maths::pareto_nbd::ParetoNbd;
use pg_clv::maths::purchase_model::PurchaseModel;
use pg_clv::maths::sbg::Sbg;
use pg_clv::maths::simulate::{Observation, Simulate};
use pg_clv::maths::survival::Tenure;

type FitFunction = fn(&[Folded], &Options, &mut dyn FnMut()) -> Result<Fit, InvalidOption>;
type Family = (&'static str, FitFunction, fn(&str, &[f64]) -> Made, &'static [Border]);

const FAMILIES: [Family; 3] = [
    ("bgnbd", BgNbd::fit, BgNbd::on_border, BgNbd::BORDERS),
    ("mbgnbd", MbgNbd::fit, MbgNbd::on_border, MbgNbd::BORDERS),
    ("pnbd", ParetoNbd::fit, ParetoNbd::on_border, ParetoNbd::BORDERS),
];

fn family(name: &str) -> Family {
    *FAMILIES.iter().find(|family| family.0 == name).unwrap()
}

fn fitted(fit: FitFunction, rows: &[Folded]) -> Fit {
    fit(rows, &Options::default(), &mut || ()).unwrap()
}

fn fold(histories: impl IntoIterator<Item = (u32, f64, f64)>) -> Vec<Folded> {
    let mut folded = Histories::default();
    histories.into_iter().for_each(|(x, t_x, age)| folded.add(x, t_x, age, 1));
    folded.fold().to_vec()
}

fn cdnow() -> Vec<Folded> {
    fold(rows("oracle/data_cdnow_sample_39w").iter().map(|row| {
        (row.number("x") as u32, row.number("t_x_days") / 7.0, row.number("T_days") / 7.0)
    }))
}

/// Histories in whole days, told in weeks, of customers acquired over most of a year.
fn simulated(model: &dyn Simulate, seed: u64, customers: u64) -> Vec<Folded> {
    let observation = Observation { seed, youngest: 10.0, oldest: 50.0, holdout: 0.0 };
    let days = |weeks: f64| (7.0 * weeks).ceil() / 7.0;
    fold((0..customers).map(|number| {
        let History { x, t_x, age } = observation.customer(model, number).unwrap().history();
        (x as u32, days(t_x), days(age))
    }))
}

fn assert_near(what: &str, value: f64, expected: f64, tolerance: f64) {
    let error = (value - expected).abs() / expected.abs().max(1e-300);
    assert!(error < tolerance, "{what}: {value:e}, not {expected:e}: {error:.1e}");
}

#[test]
fn limits_agree_with_integrals_over_the_customers() {
    let table = rows("reference/border");
    for row in &table {
        let (_, _, on_border, _) = family(row.text("family"));
        let parameters: Vec<f64> = ["p1", "p2", "p3"]
            .iter()
            .filter(|name| !row.text(name).is_empty())
            .map(|name| row.number(name))
            .collect();
        let model = on_border(row.text("border"), &parameters).unwrap().unwrap();
        let customer =
            History { x: row.number("x"), t_x: row.number("t_x"), age: row.number("age") };
        let what = |quantity: &str| {
            format!("{} {} {quantity} {customer:?}", row.text("family"), row.text("border"))
        };
        for (quantity, value) in [
            ("log_likelihood", model.log_likelihood(customer)),
            ("p_alive", model.p_alive(customer, 0.0)),
            ("p_alive_13", model.p_alive(customer, 13.0)),
            ("expected", model.expected_purchases(customer, 26.0)),
            ("discounted", model.discounted_purchases(customer, 0.001953125, 52.0)),
            ("pmf_0", model.purchase_pmf(customer, 0, 13.0)),
            ("pmf_2", model.purchase_pmf(customer, 2, 13.0)),
            ("at_least_3", model.p_at_least(customer, 3, 13.0)),
            ("new", model.expected_purchases_new(26.0)),
        ] {
            assert_near(&what(quantity), value, row.number(quantity), 2e-11);
        }
        // The sums over what can happen.
        let (mut sum, mut mean) = (0.0, 0.0);
        for n in 0..400 {
            let p = model.purchase_pmf(customer, n, 13.0);
            assert!((0.0..=1.0).contains(&p), "{} {p}", what("pmf"));
            (sum, mean) = (sum + p, mean + n as f64 * p);
            let tail = model.p_at_least(customer, n, 13.0);
            assert!((0.0..=1.0).contains(&tail), "{} {tail}", what("tail"));
        }
        assert_near(&what("sum"), sum, 1.0, 1e-10);
        assert_near(&what("mean"), mean, model.expected_purchases(customer, 13.0), 1e-9);
        assert_near(
            &what("by sums"),
            (0..400).map(|n| model.purchase_pmf_new(n, 26.0) * n as f64).sum(),
            row.number("new"),
            1e-9,
        );
    }
    assert_eq!(table.len(), 135);
}

#[test]
fn discrete_limits_agree_with_integrals_over_the_customers() {
    let table = rows("reference/border_discrete");
    for row in &table {
        let parameters: Vec<f64> = ["p1", "p2", "p3"]
            .iter()
            .filter(|name| !row.text(name).is_empty())
            .map(|name| row.number(name))
            .collect();
        let model = BgBb::on_border(row.text("border"), &parameters).unwrap().unwrap();
        let customer = History { x: row.number("x"), t_x: row.number("t_x"), age: row.number("n") };
        for (quantity, value) in [
            ("log_likelihood", model.log_likelihood(customer)),
            ("p_alive", model.p_alive(customer, 0.0)),
            ("p_alive_3", model.p_alive(customer, 3.0)),
            ("expected", model.expected_purchases(customer, 5.0)),
            ("discounted", model.discounted_purchases(customer, 0.0625_f64.ln_1p(), 8.0)),
            ("pmf_0", model.purchase_pmf(customer, 0, 5.0)),
            ("pmf_2", model.purchase_pmf(customer, 2, 5.0)),
            ("at_least_2", model.p_at_least(customer, 2, 5.0)),
            ("new", model.expected_purchases_new(5.0)),
        ] {
            let what = format!("{} {quantity} {customer:?}", row.text("border"));
            assert_near(&what, value, row.number(quantity), 2e-13);
        }
        let sum: f64 = (0..=40).map(|n| model.purchase_pmf(customer, n, 40.0)).sum();
        assert_near("sum", sum, 1.0, 1e-12);
        assert!(model.purchase_pmf(customer, 1, 1e9).is_nan());
        let impossible = History { x: 3.0, t_x: 2.0, age: 6.0 };
        assert!(model.log_likelihood(impossible).is_nan());
    }
    assert_eq!(table.len(), 35);
}

#[test]
fn discrete_customers_of_a_limit_are_fitted_by_it() {
    let cases: [(&str, &[f64]); 7] = [
        ("binomial", &[0.3]),
        ("beta_binomial", &[1.2, 2.5]),
        ("same_rate_same_dropout", &[0.4, 0.15]),
        ("same_rate_mover_stayer", &[0.4, 0.3]),
        ("same_dropout", &[1.2, 2.5, 0.15]),
        ("mover_stayer", &[1.2, 2.5, 0.3]),
        ("same_rate", &[0.4, 0.6, 2.5]),
    ];
    for (border, parameters) in cases {
        let model = Simulated(BgBb::on_border(border, parameters).unwrap().unwrap());
        let (mut there, mut inside) = (0, 0);
        for seed in 0..12 {
            let observation = Observation { seed, youngest: 4.0, oldest: 12.0, holdout: 0.0 };
            let data = fold((0..500).map(|number| {
                // A whole number of opportunities, as BG/BB has it.
                let age = 4.0 + (number % 9) as f64;
                let one = Observation { youngest: age, oldest: age, ..observation };
                let History { x, t_x, age } = one.customer(&model, number).unwrap().history();
                (x as u32, t_x, age)
            }));
            let fit = fitted(BgBb::fit, &data);
            assert!(fit.converged, "{border} {seed}: {}", fit.termination);
            match fit.border {
                None => inside += 1,
                Some(name) => {
                    there += u32::from(name == border);
                    if seed < 3 {
                        check_standard_errors(&format!("bgbb {name}"), &fit, |at| {
                            let Ok(Some(model)) = BgBb::on_border(name, at) else {
                                return f64::NAN;
                            };
                            data.iter()
                                .map(|row| {
                                    f64::from(row.customers) * model.log_likelihood(row.history())
                                })
                                .sum()
                        });
                    }
                }
            }
        }
        println!("bgbb {border}: {there} of 12 there, {inside} inside");
        assert!(there >= 2, "{border}: {there} {inside}");
    }
}

#[test]
fn contracts_without_heterogeneity_are_geometric() {
    let row = |time: f64, churned, customers| Tenure { time, churned, entered: 0.0, customers };
    let geometric = [
        row(1.0, true, 200),
        row(2.0, true, 160),
        row(3.0, true, 128),
        row(4.0, true, 103),
        row(4.0, false, 409),
    ];
    let fit = Sbg::fit(&geometric, &Options::default(), &mut || ()).unwrap();
    assert!(fit.converged && fit.border == Some("same_dropout"), "{}", fit.termination);
    // Lost over all renewals that were due.
    let (lost, due) = (591.0, 200.0 + 320.0 + 384.0 + 412.0 + 1636.0);
    let theta = fit.parameters.unwrap()[0];
    assert!((theta / (lost / due) - 1.0).abs() < 1e-12, "{theta}");
    let error: f64 = theta * (1.0 - theta) / due;
    assert!((fit.std_errors.unwrap()[0] / error.sqrt() - 1.0).abs() < 1e-9);
    assert!((fit.aic.unwrap() - (2.0 - 2.0 * fit.log_likelihood.unwrap())).abs() < 1e-9);
    let model = Sbg::on_border("same_dropout", &[theta]).unwrap().unwrap();
    let near = Sbg::new(1e9 * theta, 1e9 * (1.0 - theta)).unwrap();
    for t in [0.0, 1.0, 2.0, 7.0, 40.0] {
        assert_near("survival", model.survival(t), (1.0 - theta).powf(t), 1e-13);
        assert_near("retention", model.retention(t), 1.0 - theta, 1e-14);
        assert_near("near", near.survival(t), model.survival(t), 1e-6);
        let churn = model.churn_probability(t + 1.0);
        assert_near("churn", churn, theta * (1.0 - theta).powf(t), 1e-13);
    }
    let sum: f64 = (1..=30).map(|t| (1.0 - theta).powi(t) * 1.1_f64.powi(-t)).sum();
    assert_near("renewals", model.discounted_renewals(0.1, 30.0), sum, 1e-13);
    assert_near(
        "for ever",
        model.discounted_renewals(0.0, f64::INFINITY),
        1.0 / theta - 1.0,
        1e-13,
    );
    assert_eq!(model.after_renewals(5.0), model);

    // Who had renewed twice when the data begin counts from then on.
    let late = geometric.map(|row| Tenure { time: row.time + 2.0, entered: 2.0, ..row });
    let late = Sbg::fit(&late, &Options::default(), &mut || ()).unwrap();
    assert_eq!(late.border, Some("same_dropout"), "{}", late.termination);
    assert!((late.parameters.unwrap()[0] / theta - 1.0).abs() < 1e-10);

    let halves = [row(1.0, true, 500), row(40.0, false, 1500)];
    let fit = Sbg::fit(&halves, &Options::default(), &mut || ()).unwrap();
    assert!(fit.converged && fit.border == Some("mover_stayer"), "{}", fit.termination);
    assert!((fit.parameters.unwrap()[0] - 0.25).abs() < 1e-12);
    let model = Sbg::on_border("mover_stayer", &[0.25]).unwrap().unwrap();
    assert_eq!([0.0, 1.0, 9.0].map(|t| model.survival(t)), [1.0, 0.75, 0.75]);
    assert_eq!([1.0, 2.0].map(|t| model.retention(t)), [0.75, 1.0]);
    assert_near("churn", model.churn_probability(1.0), 0.25, 1e-15);
    assert_eq!(model.churn_probability(2.0), 0.0);
    assert_eq!(model.after_renewals(1.0).survival(9.0), 1.0);
    assert_near("renewals", model.discounted_renewals(0.25, f64::INFINITY), 3.0, 1e-14);
    assert_eq!(model.discounted_renewals(0.0, f64::INFINITY), f64::INFINITY);
    for bad in [0.0, 1.0, f64::NAN] {
        assert!(Sbg::on_border("same_dropout", &[bad]).is_err());
    }
    assert_eq!(Sbg::on_border("same_rate", &[0.5]).unwrap(), None);
}

#[test]
fn limits_outside_their_domain_are_refused() {
    for (_, _, on_border, borders) in FAMILIES {
        for border in borders {
            let good: Vec<f64> = border.parameters.iter().map(|_| 0.5).collect();
            assert!(on_border(border.name, &good).unwrap().is_some(), "{}", border.name);
            assert!(on_border(border.name, &good[1..]).unwrap().is_none());
            for (i, name) in border.parameters.iter().enumerate() {
                for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
                    let mut parameters = good.clone();
                    parameters[i] = bad;
                    let error = on_border(border.name, &parameters).err().unwrap();
                    assert_eq!(error.argument, *name);
                }
            }
        }
        assert!(on_border("nothing", &[1.0]).unwrap().is_none());
    }
    assert!(Nbd::on_border("same_dropout", &[1.0, 1.0, 0.5]).unwrap().is_none());
    // A pure number in BG/BB, a time in the other models.
    assert!(BgBb::on_border("beta_binomial", &[1e13, 1.0]).is_err());
    assert!(BgNbd::on_border("nbd", &[1.0, 1e13]).is_ok());
}

/// All parameters of a border at the ends of their domain or between them.
fn ends(border: &Border) -> Vec<Vec<f64>> {
    border.domains.iter().fold(vec![Vec::new()], |all, domain| {
        let values = match domain {
            Domain::Share => [1e-12, 0.3, 1.0 - 1e-12],
            _ => [1e-12, 0.3, 1e12],
        };
        let with = |known: &Vec<f64>| values.map(|value| [known.as_slice(), &[value]].concat());
        all.iter().flat_map(with).collect()
    })
}

#[test]
fn probabilities_are_some_at_the_ends_of_every_limit() {
    let poisson: Family = ("nbd", Nbd::fit, Nbd::on_border, Nbd::BORDERS);
    let customers = [(0.0, 0.0, 0.0), (0.0, 0.0, 40.0), (2.0, 30.0, 39.0), (1e6, 1e5, 1e6)];
    for (family, _, on_border, borders) in FAMILIES.into_iter().chain([poisson]) {
        for (border, parameters) in
            borders.iter().flat_map(|b| ends(b).into_iter().map(move |p| (b, p)))
        {
            let model = on_border(border.name, &parameters).unwrap().unwrap();
            for t in [0.0, 1e-300, 1.0, 1e10, 1e300] {
                let probable = |what: &str, p: f64| {
                    let name = border.name;
                    assert!(
                        (0.0..=1.0).contains(&p),
                        "{what} {p}: {family} {name} {parameters:?} {t}"
                    );
                };
                for n in [0, 1, 3, 100, i32::MAX as u64] {
                    probable("pmf of a new customer", model.purchase_pmf_new(n, t));
                    for (x, t_x, age) in customers {
                        let customer = History { x, t_x, age };
                        probable("pmf", model.purchase_pmf(customer, n, t));
                        probable("at least", model.p_at_least(customer, n, t));
                        probable("alive", model.p_alive(customer, t));
                    }
                }
            }
        }
    }
}

#[test]
fn nbd_of_cdnow_is_met() {
    let fit = fitted(Nbd::fit, &cdnow());
    assert!(fit.converged && fit.border.is_none());
    let parameters = fit.parameters.unwrap();
    assert!((parameters[0] - 0.384766).abs() < 5e-7, "{parameters:?}");
    assert!((parameters[1] - 12.072023).abs() < 5e-7, "{parameters:?}");
    let log_likelihood = fit.log_likelihood.unwrap();
    assert!((log_likelihood + 9763.6576).abs() < 5e-5);
    assert!((fit.aic.unwrap() - (4.0 - 2.0 * log_likelihood)).abs() < 1e-9);
    let model = Nbd::new(parameters[0], parameters[1]).unwrap();
    let sum: f64 = cdnow()
        .iter()
        .map(|row| f64::from(row.customers) * model.log_likelihood(row.history()))
        .sum();
    assert!((sum - log_likelihood).abs() < 1e-8);
    assert!(fit.evaluations <= 6, "{}", fit.evaluations);
}

#[test]
fn derivatives_of_the_nbd_agree_with_differences() {
    let likelihood = NbdLikelihood::new(&cdnow(), 1.0);
    for at in [[0.4, 12.0], [3.0, 0.5], [0.02, 300.0]] {
        common::derivatives::agree_with_differences(&likelihood, &at, 2357.0, 1e-9);
    }
}

/// The fit's covariance against second differences of the sum of single histories' ln L.
fn check_standard_errors(what: &str, fit: &Fit, made: impl Fn(&[f64]) -> f64) {
    let p = fit.parameters.as_ref().unwrap();
    let n = p.len();
    let step = 1e-3;
    let value = |moves: &[(usize, f64)]| {
        let mut at = p.clone();
        moves.iter().for_each(|&(i, k)| at[i] += k * step * p[i]);
        made(&at)
    };
    let mixed = |i: usize, j: usize| {
        let corner = |one: f64, other: f64| one * other * value(&[(i, one), (j, other)]);
        let sum = corner(1.0, 1.0) + corner(1.0, -1.0) + corner(-1.0, 1.0) + corner(-1.0, -1.0);
        -sum / (4.0 * step * step)
    };
    let information: Vec<Vec<f64>> =
        (0..n).map(|i| (0..n).map(|j| mixed(i, j)).collect()).collect();
    // information × covariance = 1, by relative parameters.
    let covariance = fit.covariance.as_ref().unwrap();
    for i in 0..n {
        for j in 0..n {
            let product: f64 =
                (0..n).map(|k| information[i][k] * covariance[(k, j)] / (p[k] * p[j])).sum();
            let product = product * (information[j][j] / information[i][i]).sqrt();
            let expected = if i == j { 1.0 } else { 0.0 };
            assert!((product - expected).abs() < 0.03, "{what}: {i} {j} {product}");
        }
    }
    assert!((value(&[]) - fit.log_likelihood.unwrap()).abs() < 1e-6, "{what}");
}

/// Who is made to behave as in a limit, and the limits that a family may end at then.
#[test]
fn customers_of_a_limit_are_fitted_by_it_or_inside_and_never_without_an_answer() {
    type Customers = Box<dyn Simulate>;
    let limit = |on_border: fn(&str, &[f64]) -> Made, name: &str, parameters: &[f64]| {
        let made = on_border(name, parameters).unwrap().unwrap();
        Box::new(Simulated(made)) as Customers
    };
    let cases: [(&str, Customers, &[&str]); 6] = [
        ("bgnbd", limit(Nbd::on_border, "nbd", &[0.8, 10.0]), &["nbd", "mover_stayer"]),
        ("mbgnbd", limit(Nbd::on_border, "nbd", &[0.8, 10.0]), &["nbd", "mover_stayer"]),
        ("bgnbd", limit(BgNbd::on_border, "same_dropout", &[0.8, 10.0, 0.2]), &["same_dropout"]),
        ("mbgnbd", limit(MbgNbd::on_border, "mover_stayer", &[0.8, 10.0, 0.3]), &["mover_stayer"]),
        ("bgnbd", limit(BgNbd::on_border, "same_rate", &[0.2, 0.8, 2.5]), &["same_rate"]),
        (
            "pnbd",
            limit(ParetoNbd::on_border, "same_dropout", &[0.8, 10.0, 0.05]),
            &["same_dropout"],
        ),
    ];
    for (name, customers, expected) in &cases {
        let (_, fit, on_border, borders) = family(name);
        let (mut inside, mut there) = (0, 0);
        for seed in 0..12 {
            let data = simulated(customers.as_ref(), seed, 400);
            let fit = fitted(fit, &data);
            assert!(fit.converged, "{name} {expected:?} {seed}: {}", fit.termination);
            let Some(border) = fit.border else {
                inside += 1;
                continue;
            };
            there += u32::from(expected.contains(&border));
            let known = Border::named(borders, border).unwrap();
            let parameters = fit.parameters.as_ref().unwrap();
            assert_eq!(parameters.len(), known.parameters.len());
            let places = known.domains.iter().zip(parameters);
            places.for_each(|(domain, &value)| assert!(domain.contains(value)));
            let k = parameters.len() as f64;
            let aic = 2.0 * k - 2.0 * fit.log_likelihood.unwrap();
            assert!((fit.aic.unwrap() - aic).abs() < 1e-9);
            assert!(fit.termination.starts_with("converged on the border: "));
            if seed < 3 {
                check_standard_errors(&format!("{name} {border}"), &fit, |at| {
                    let Ok(Some(model)) = on_border(border, at) else { return f64::NAN };
                    data.iter()
                        .map(|row| f64::from(row.customers) * model.log_likelihood(row.history()))
                        .sum()
                });
            }
        }
        println!("{name} {expected:?}: {there} of 12 there, {inside} inside");
        assert!(there >= 3 && there + inside >= 8, "{name} {expected:?}: {there} {inside}");
    }
}

/// Boxed limits simulate as well.
struct Simulated(Box<dyn pg_clv::maths::border::Purchases>);

impl Simulate for Simulated {
    fn purchase_times(
        &self,
        span: f64,
        draws: &mut pg_clv::maths::simulate::Draws,
    ) -> pg_clv::maths::error::Result<Vec<f64>> {
        self.0.purchase_times(span, draws)
    }
}

/// Customers of a shop that nobody has left: bought to the last as often as before.
fn loyal() -> Vec<Folded> {
    fold((0..300).map(|i| {
        let spread = |i: u32| (f64::from(i) + 0.5) * 0.618_033_988_749_895 % 1.0;
        let age = 20.0 + (20.0 * spread(i)).round();
        let x = (40.0 * spread(7 * i + 3).powi(4)).round() as u32;
        (x, if x == 0 { 0.0 } else { age - spread(3 * i) }, age)
    }))
}

#[test]
fn where_nobody_leaves_every_family_is_the_nbd_to_the_digits() {
    let mut shown = 0;
    for seed in 0..12 {
        let data = simulated(&Nbd::new(0.8, 10.0).unwrap(), seed, 1000);
        let nbd = fitted(Nbd::fit, &data);
        for (_, fit, ..) in FAMILIES {
            let fit = fitted(fit, &data);
            assert!(fit.converged, "{seed}: {}", fit.termination);
            assert!(fit.evaluations <= 150, "{}", fit.evaluations);
            if fit.border == Some("nbd") {
                assert_eq!(fit.parameters, nbd.parameters);
                assert_eq!(fit.std_errors, nbd.std_errors);
                assert_eq!(fit.covariance, nbd.covariance);
                assert_eq!(
                    (fit.log_likelihood, fit.aic, fit.bic),
                    (nbd.log_likelihood, nbd.aic, nbd.bic)
                );
                shown += 1;
            } else {
                // Never below what it contains.
                assert!(fit.log_likelihood.unwrap() > nbd.log_likelihood.unwrap() - 1e-6);
            }
        }
    }
    assert!(shown >= 9, "{shown}");
    // In any order, in parts.
    let data = loyal();
    let (mut one, mut other) = (Histories::default(), Histories::default());
    let (first, second) = data.split_at(data.len() / 3);
    second.iter().rev().for_each(|row| one.add(row.x, row.t_x, row.age, row.customers));
    first.iter().for_each(|row| other.add(row.x, row.t_x, row.age, row.customers));
    one.merge(&other);
    for (_, fit, ..) in FAMILIES {
        assert_eq!(fitted(fit, &data), fitted(fit, one.fold()));
    }
}

#[test]
fn models_inside_come_to_their_limits() {
    let customers = [(0.0, 0.0, 39.0), (2.0, 30.5, 39.0), (7.0, 12.5, 38.75)];
    let near: [(&str, &str, [f64; 4], &[f64]); 8] = [
        ("bgnbd", "nbd", [0.75, 9.5, 1e-9, 0.5], &[0.75, 9.5]),
        ("mbgnbd", "nbd", [0.75, 9.5, 1e-9, 0.5], &[0.75, 9.5]),
        ("pnbd", "nbd", [0.75, 9.5, 1e-10, 0.5], &[0.75, 9.5]),
        ("bgnbd", "same_dropout", [0.75, 9.5, 2e9, 8e9], &[0.75, 9.5, 0.2]),
        ("mbgnbd", "same_dropout", [0.75, 9.5, 2e9, 8e9], &[0.75, 9.5, 0.2]),
        ("pnbd", "same_dropout", [0.75, 9.5, 2e8, 1e9], &[0.75, 9.5, 0.2]),
        ("bgnbd", "mover_stayer", [0.75, 9.5, 3e-10, 7e-10], &[0.75, 9.5, 0.3]),
        ("mbgnbd", "mover_stayer", [0.75, 9.5, 3e-10, 7e-10], &[0.75, 9.5, 0.3]),
    ];
    for (name, border, [p1, p2, p3, p4], parameters) in near {
        let inside: Box<dyn PurchaseModel> = match name {
            "bgnbd" => Box::new(BgNbd::new(p1, p2, p3, p4).unwrap()),
            "mbgnbd" => Box::new(MbgNbd::new(p1, p2, p3, p4).unwrap()),
            _ => Box::new(ParetoNbd::new(p1, p2, p3, p4).unwrap()),
        };
        let limit = family(name).2(border, parameters).unwrap().unwrap();
        for (x, t_x, age) in customers {
            // Of the movers nobody comes a second time.
            let customer = History { x, t_x, age };
            let what = format!("{name} {border} {customer:?}");
            let (one, other) = (inside.log_likelihood(customer), limit.log_likelihood(customer));
            assert_near(&what, one, other, 1e-6);
            assert_near(&what, inside.p_alive(customer, 5.0), limit.p_alive(customer, 5.0), 1e-6);
            let expected = |model: &dyn PurchaseModel| model.expected_purchases(customer, 26.0);
            assert_near(&what, expected(inside.as_ref()), expected(limit.as_ref()), 1e-6);
        }
    }
}

#[test]
fn a_penalty_leads_inside_where_parameters_are_infinite_and_to_the_border_where_they_are_0() {
    let truth = BgNbd::on_border("same_dropout", &[0.8, 10.0, 0.2]).unwrap().unwrap();
    let truth = Simulated(truth);
    let data = (0..12)
        .map(|seed| simulated(&truth, seed, 400))
        .find(|data| fitted(BgNbd::fit, data).border == Some("same_dropout"))
        .unwrap();
    let options = Options { penalty: 1e-3, ..Options::default() };
    let penalised = BgNbd::fit(&data, &options, &mut || ()).unwrap();
    assert!(penalised.converged && penalised.border.is_none(), "{}", penalised.termination);
    let loyal = BgNbd::fit(&loyal(), &options, &mut || ()).unwrap();
    assert!(loyal.converged && loyal.border == Some("nbd"), "{}", loyal.termination);
}

#[test]
fn what_is_known_of_a_limit_is_in_its_table() {
    for (name, _, _, borders) in FAMILIES {
        for border in borders {
            assert_eq!(border.parameters.len(), border.domains.len(), "{name} {}", border.name);
            assert!(!border.domains.contains(&Domain::Real) && !border.meaning.is_empty());
        }
        assert!(borders.is_sorted_by_key(|border| border.parameters.len()));
    }
}
