mod common;

use common::{Row, assert_oracle};
use pg_clv::maths::sbg::Sbg;

fn model(row: &Row) -> Sbg {
    Sbg { alpha: row.number("alpha"), beta: row.number("beta") }
}

#[test]
fn survival_retention_and_churn_are_the_oracle_s() {
    assert_oracle("sbg_survival", |row| model(row).survival(row.number("t")));
    assert_oracle("sbg_retention", |row| model(row).retention(row.number("t")));
    assert_oracle("sbg_pchurn", |row| model(row).churn_probability(row.number("t")));
}

#[test]
fn discounted_lifetimes_are_the_oracle_s() {
    assert_oracle("sbg_del", |row| model(row).discounted_lifetime(row.number("d"), f64::INFINITY));
    assert_oracle("sbg_derl", |row| {
        let (n, d) = (row.number("n"), row.number("d"));
        model(row).discounted_residual_lifetime(n, d, f64::INFINITY)
    });
}

#[test]
fn discounted_renewals_keep_their_digits_at_any_horizon_and_rate() {
    let mut worst = (0.0, String::new());
    for row in common::rows("sbg_discounted_renewals") {
        let (d, horizon) = (row.number("d"), row.number("horizon"));
        let want = row.number("value");
        let t0 = std::time::Instant::now();
        let got = model(&row).discounted_renewals(d, horizon);
        let el = t0.elapsed();
        let e = ((got - want) / want).abs();
        if e > 3e-14 || horizon > 1000.0 {
            println!("{:?} {} {d} {horizon} {e:e} {el:?}", row.number("alpha"), row.number("beta"));
        }
        if !(e <= worst.0) {
            worst = (e, format!("{} {} {d} {horizon}", row.number("alpha"), row.number("beta")));
        }
    }
    println!("{worst:?}");
}
