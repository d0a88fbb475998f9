//! What a prediction costs per customer: the CDNOW sample under BG/NBD, in nanoseconds.
//! `cargo run --release --no-default-features --example prediction_speed`

use pg_clv::maths::bg_nbd::{BgNbd, BgNbdLikelihood};
use pg_clv::maths::history::{Folded, History};
use pg_clv::maths::likelihood::Likelihood;
use pg_clv::maths::purchase_model::PurchaseModel;
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

const WEEKS_PER_YEAR: f64 = 365.25 / 7.0;

fn cdnow() -> Result<Vec<History>, Box<dyn Error>> {
    let path =
        format!("{}/tests/data/oracle/data_cdnow_sample_39w.csv", env!("CARGO_MANIFEST_DIR"));
    let mut customers = Vec::new();
    for record in csv::Reader::from_path(path)?.records() {
        let record = record?;
        let days = |column: usize| record[column].parse::<f64>().map(|days| days / 7.0);
        customers.push(History { x: record[1].parse()?, t_x: days(2)?, age: days(3)? });
    }
    Ok(customers)
}

/// The best of five passes, in which a busy machine disturbs least.
fn report(what: &str, customers: &[History], predict: impl Fn(History) -> f64) {
    let pass = |_| {
        let start = Instant::now();
        for &customer in customers {
            black_box(predict(black_box(customer)));
        }
        start.elapsed().as_nanos() / customers.len() as u128
    };
    println!("{what:32} {:6} ns", (0..5).map(pass).min().unwrap_or_default());
}

fn main() -> Result<(), Box<dyn Error>> {
    let customers = cdnow()?;
    let parameters = [0.2425945, 4.4136020, 0.7929220, 2.4259069];
    let [r, alpha, a, b] = parameters;
    let model = BgNbd::new(r, alpha, a, b)?;
    let (year, delta) = (WEEKS_PER_YEAR, 1.1_f64.ln() / WEEKS_PER_YEAR);
    report("ln L", &customers, |c| model.log_likelihood(c));
    report("P(alive)", &customers, |c| model.p_alive(c, 0.0));
    report("P(alive) in a year", &customers, |c| model.p_alive(c, year));
    report("P(3 purchases) in a year", &customers, |c| model.purchase_pmf(c, 3, year));
    report("purchases in a year", &customers, |c| model.expected_purchases(c, year));
    report("purchases in 10 years", &customers, |c| model.expected_purchases(c, 10.0 * year));
    report("discounted, a year", &customers, |c| model.discounted_purchases(c, delta, year));
    report("discounted, 3 years", &customers, |c| model.discounted_purchases(c, delta, 3.0 * year));
    report("discounted, the whole future", &customers, |c| {
        model.discounted_purchases(c, delta, f64::INFINITY)
    });

    // A million rows of the likelihood: the sample at 400 ages.
    let rows: Vec<Folded> = (0..400)
        .flat_map(|later| {
            customers.iter().map(move |c| Folded {
                x: c.x as u32,
                customers: 1,
                t_x: c.t_x,
                age: c.age + f64::from(later),
            })
        })
        .collect();
    let start = Instant::now();
    let likelihood = BgNbdLikelihood::new(&rows);
    let built = start.elapsed().as_nanos() / rows.len() as u128;
    let start = Instant::now();
    black_box(likelihood.evaluate(&parameters, &mut || {}));
    let evaluated = start.elapsed().as_nanos() / rows.len() as u128;
    println!(
        "likelihood, a row of {}: built in {built} ns, evaluated in {evaluated} ns",
        rows.len()
    );
    Ok(())
}
