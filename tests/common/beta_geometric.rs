//! The tests that BG/NBD and MBG/NBD have in common: references, edges, laws, the likelihood.

use super::{Row, derivatives, laws, rows};
use pg_clv::maths::history::{Folded, History};
use pg_clv::maths::likelihood::Likelihood;
use pg_clv::maths::purchase_model::PurchaseModel;

/// One of the two models: its name in the tables and how it is made.
pub struct Model {
    pub prefix: &'static str,
    pub model: fn([f64; 4]) -> Box<dyn PurchaseModel>,
    pub likelihood: fn(&[Folded]) -> Box<dyn Likelihood>,
}

const NAMES: [&str; 4] = ["r", "alpha", "a", "b"];

pub fn assert_near(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{value}, not {expected}");
}

/// The histories of a data set of tests/data/oracle, folded.
fn folded(name: &str, columns: [&str; 2], unit: f64) -> Vec<Folded> {
    let history = |row: &Row| Folded {
        x: row.number("x") as u32,
        customers: 1,
        t_x: row.number(columns[0]) / unit,
        age: row.number(columns[1]) / unit,
    };
    let mut all: Vec<Folded> = rows(name).iter().map(history).collect();
    all.sort_by(|l, r| l.x.cmp(&r.x).then(l.t_x.total_cmp(&r.t_x)).then(l.age.total_cmp(&r.age)));
    all.dedup_by(|next, kept| {
        let same = next.history() == kept.history();
        kept.customers += u32::from(same);
        same
    });
    all
}

pub fn cdnow() -> Vec<Folded> {
    folded("oracle/data_cdnow_sample_39w", ["t_x_days", "T_days"], 7.0)
}

impl Model {
    fn rows(&self, table: &str) -> Vec<Row> {
        rows(table).into_iter().filter(|row| row.text("model") == self.prefix).collect()
    }

    pub fn future_agrees_with_references_at_40_digits(&self) {
        let (mut worst, mut count) = (0.0_f64, 0);
        for row in self.rows("beta_geometric_future") {
            let n = |column| row.number(column);
            let parameters = NAMES.map(n);
            let model = (self.model)(parameters);
            let customer = History { x: n("x"), t_x: n("t_x"), age: n("T") };
            let (value, quantity) = (n("value"), row.text("quantity"));
            let got = match quantity {
                "p_alive" => model.p_alive(customer, n("first")),
                "expected" => model.expected_purchases(customer, n("first")),
                "pmf" => model.purchase_pmf(customer, n("second") as u64, n("first")),
                "discounted" => model.discounted_purchases(customer, n("first"), n("second")),
                other => panic!("no such quantity: {other}"),
            };
            let error = if value < 1e-300 { got } else { (got / value - 1.0).abs() };
            // An exponent of some hundreds (x = 200, n = 250) costs three digits, x = 5000 four.
            let tolerance = if customer.x > 1000.0 { 1e-11 } else { 1e-12 };
            assert!(
                error < tolerance,
                "{quantity} {customer:?} {parameters:?}: {got:e}, not {value:e}"
            );
            worst = worst.max(error);
            count += 1;
        }
        println!("{count} rows, worst relative error {worst:.1e}");
        assert_eq!(count, 268);
    }

    pub fn edges_are_finite(&self) {
        for parameters in [
            [0.243, 4.414, 0.793, 2.426],
            [0.11, 2.24, 0.31, 0.5],
            [0.55, 10.58, 1.0, 2.5],
            [0.55, 10.58, 1.0 + 1e-14, 2.5],
            [0.8, 1e9, 1.2, 6.0],
            [1e-6, 1e-6, 1e-6, 1e-6],
            [1e4, 1e4, 1e4, 1e4],
        ] {
            laws::edges_are_finite((self.model)(parameters).as_ref());
        }
    }

    pub fn likelihood_equals_the_sum_of_single_histories(&self) {
        let (rows, parameters) = (cdnow(), [0.4, 7.0, 0.8, 1.9]);
        let model = (self.model)(parameters);
        let sum: f64 = rows
            .iter()
            .map(|row| f64::from(row.customers) * model.log_likelihood(row.history()))
            .sum();
        let value = (self.likelihood)(&rows).evaluate(&parameters, &mut || {}).value;
        assert_near(value, sum, 1e-12 * sum.abs());
    }

    pub fn derivatives_agree_with_references_at_60_digits(&self) {
        let row = |(x, t_x, age, customers)| Folded { x, customers, t_x, age };
        let rows_of_data = [
            (0, 0.0, 5.0, 300),
            (0, 0.0, 38.86, 1000),
            (1, 0.01, 38.86, 40),
            (1, 12.0, 12.0, 2),
            (2, 30.43, 38.86, 7),
            (7, 29.43, 38.86, 3),
            (60, 38.0, 39.0, 1),
        ];
        let likelihood = (self.likelihood)(&rows_of_data.map(row));
        let mut worst = 0.0_f64;
        for row in self.rows("beta_geometric_derivatives") {
            let at = NAMES.map(|name| row.number(name));
            let result = likelihood.evaluate(&at, &mut || {});
            // Each against the size of its own terms: customers over the parameters.
            let mut check = |column: &str, value: f64, scale: f64| {
                let expected = row.number(column);
                let error = (value - expected).abs() / expected.abs().max(scale);
                assert!(
                    error < 1e-12,
                    "{column} at {at:?}: {value:e}, not {expected:e}: {error:.1e}"
                );
                worst = worst.max(error);
            };
            check("value", result.value, 0.0);
            for i in 0..4 {
                check(&format!("d_{}", NAMES[i]), result.gradient[i], 1.0 / at[i]);
                for j in 0..=i {
                    let column = format!("d_{}_{}", NAMES[i], NAMES[j]);
                    check(&column, result.hessian[(i, j)], 1.0 / (at[i] * at[j]));
                    assert_eq!(result.hessian[(i, j)], result.hessian[(j, i)]);
                }
            }
        }
        println!("worst error {worst:.1e}");
        assert!(worst > 0.0);
    }

    pub fn derivatives_agree_with_differences(&self) {
        let rows = cdnow();
        let likelihood = (self.likelihood)(&rows);
        for at in [[0.243, 4.414, 0.793, 2.426], [2.0, 30.0, 0.1, 0.4], [1e-3, 1e-2, 5.0, 90.0]] {
            derivatives::agree_with_differences(likelihood.as_ref(), &at, 2357.0, 1e-9);
        }
    }

    pub fn gradient_vanishes_at_the_maximum_likelihood_estimates(&self) {
        let sets = [
            ("cdnow_sample_39w", cdnow()),
            ("synthetic_A", folded("oracle/data_synthetic_A", ["t_x", "T"], 1.0)),
        ];
        for (name, data) in sets {
            let mle = self
                .rows("oracle/mle")
                .into_iter()
                .find(|row| row.text("dataset") == name)
                .unwrap();
            let at = [1, 2, 3, 4].map(|i| mle.number(&format!("value{i}")));
            let result = (self.likelihood)(&data).evaluate(&at, &mut || {});
            assert_near(result.value, mle.number("loglik"), 1e-9 * result.value.abs());
            assert_near(result.value, mle.number("loglik"), 1e-6);
            for (slope, at) in result.gradient.iter().zip(at) {
                assert_near(slope * at, 0.0, 1e-8);
            }
            let covariance = (-result.hessian).try_inverse().unwrap();
            for i in 0..4 {
                let expected = mle.number(&format!("se{}", i + 1));
                assert_near(covariance[(i, i)].sqrt(), expected, 1e-9 * expected);
            }
        }
    }

    pub fn likelihood_is_not_a_number_outside_its_domain(&self) {
        let likelihood = (self.likelihood)(&cdnow());
        for at in [[0.0, 1.0, 1.0, 1.0], [1.0, -1.0, 1.0, 1.0], [1.0, 1.0, f64::NAN, 1.0]] {
            assert!(!likelihood.evaluate(&at, &mut || {}).value.is_finite());
        }
        assert_eq!((self.likelihood)(&[]).evaluate(&[1.0; 4], &mut || {}).value, 0.0);
    }

    pub fn laws_hold(&self, parameters: [f64; 4], customer: History, delta: f64) {
        let model = (self.model)(parameters);
        laws::p_alive_falls(model.as_ref(), customer);
        laws::discounting_is_consistent(model.as_ref(), customer, delta);
        laws::pmf_agrees_with_expectation(model.as_ref(), customer, 2.0 * parameters[1]);
        laws::tail_is_the_sum_of_the_pmf(model.as_ref(), customer, 2.0 * parameters[1]);
    }
}
