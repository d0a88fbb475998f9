//! Gamma-Gamma against the oracle, published values and its own derivatives.

use std::collections::HashMap;

use pg_clv::maths::fit::{Fit, Options};
use pg_clv::maths::gamma_gamma::{
    GammaGamma, GammaGammaLikelihood, Spend, Spends, correlation, fit_gamma_gamma,
};
use pg_clv::maths::likelihood::Likelihood;

type Line = HashMap<String, String>;

fn oracle(name: &str) -> Vec<Line> {
    let path = format!("{}/tests/data/oracle/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let lines: Vec<Line> =
        csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect();
    assert!(!lines.is_empty());
    lines
}

fn number(line: &Line, column: &str) -> f64 {
    line[column].parse().unwrap()
}

fn spends(lines: &[Line]) -> Vec<Spend> {
    let mut spends = Spends::default();
    for line in lines {
        let (x, mean) = (number(line, "x") as u32, number(line, "zbar"));
        if x > 0 && mean > 0.0 {
            spends.add(x, mean, 1).unwrap();
        }
    }
    spends.rows()
}

fn fitted(spends: &[Spend], options: &Options) -> Fit {
    fit_gamma_gamma(spends, options, &mut || ()).unwrap()
}

/// Every row within max(1e-10, 100 × cond × 1.1e-16), as `oracle/README.md` states.
fn assert_rows(name: &str, value: impl Fn(&GammaGamma, f64, f64) -> f64) {
    let mut worst = (0.0, String::new());
    for line in oracle(name) {
        let model =
            GammaGamma { p: number(&line, "p"), q: number(&line, "q"), v: number(&line, "v") };
        let expected = number(&line, "value");
        let found = value(&model, number(&line, "x"), number(&line, "zbar"));
        let error = ((found - expected) / expected).abs();
        let ratio = error / f64::max(1e-10, 100.0 * number(&line, "cond") * 1.1e-16);
        assert!(ratio <= 1.0, "{line:?}: {found}, relative error {error:e}");
        if ratio > worst.0 {
            worst = (ratio, line["tag"].clone());
        }
    }
    println!("{name}: worst error / tolerance {:.2e} ({})", worst.0, worst.1);
}

#[test]
fn log_likelihood_agrees_with_the_oracle() {
    assert_rows("gg_loglik", |model, x, mean| model.log_likelihood(x, mean));
}

#[test]
fn expected_spend_agrees_with_the_oracle() {
    assert_rows("gg_cond_spend", |model, x, mean| model.expected_spend(x, mean).unwrap());
}

#[test]
fn fit_reaches_the_oracle_estimates_and_standard_errors() {
    for line in oracle("mle").iter().filter(|line| line["model"] == "gamma_gamma") {
        let spends = spends(&oracle(&format!("data_{}", line["dataset"])));
        let fit = fitted(&spends, &Options::default());
        println!("{}: {fit:?}", line["dataset"]);
        assert!(fit.converged);
        assert_eq!(fit.customers, number(line, "customers") as u64);
        assert!((fit.log_likelihood.unwrap() - number(line, "loglik")).abs() < 1e-6);
        let (estimates, errors) = (fit.parameters.unwrap(), fit.std_errors.unwrap());
        for i in 0..3 {
            let (value, error) =
                (number(line, &format!("value{}", i + 1)), number(line, &format!("se{}", i + 1)));
            assert!((estimates[i] / value - 1.0).abs() < 1e-8, "{} {value}", estimates[i]);
            assert!((errors[i] / error - 1.0).abs() < 1e-6, "{} {error}", errors[i]);
        }
    }
}
