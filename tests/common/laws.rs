//! What holds for every purchase model, whatever its parameters.

use pg_clv::maths::history::History;
use pg_clv::maths::purchase_model::PurchaseModel;

fn assert_close(what: &str, value: f64, expected: f64, tolerance: f64) {
    let error = (value - expected).abs() / expected.abs().max(1e-290);
    assert!(error <= tolerance, "{what}: {value:e}, not {expected:e}: {error:.1e}");
}

/// P(alive) is a probability and falls as time passes without a purchase, seen or foreseen.
pub fn p_alive_falls(model: &dyn PurchaseModel, customer: History) {
    let now = model.p_alive(customer, 0.0);
    assert!((0.0..=1.0).contains(&now), "P(alive) {now}");
    let older = History { age: customer.age * 1.5 + 1.0, ..customer };
    assert!(model.p_alive(older, 0.0) <= now, "P(alive) rises with T");
    let mut before = now;
    for after in [1e-3, 1.0, 20.0, 1e3, 1e6] {
        let p_alive = model.p_alive(customer, after);
        assert!((0.0..=before * (1.0 + 1e-12)).contains(&p_alive), "P(alive) after {after}");
        before = p_alive;
    }
    assert_eq!(model.p_alive(customer, f64::INFINITY), 0.0);
}

/// The PMFs sum to 1 and have the expectations as their means; t short enough for a light tail.
pub fn pmf_agrees_with_expectation(model: &dyn PurchaseModel, customer: History, t: f64) {
    let (mut sum, mut mean, mut sum_new, mut mean_new) = (0.0, 0.0, 0.0, 0.0);
    for n in 0..1200 {
        let (p, p_new) = (model.purchase_pmf(customer, n, t), model.purchase_pmf_new(n, t));
        assert!((0.0..=1.0).contains(&p) && (0.0..=1.0).contains(&p_new), "P({n}) {p} {p_new}");
        sum += p;
        sum_new += p_new;
        mean += n as f64 * p;
        mean_new += n as f64 * p_new;
    }
    assert_close("sum", sum, 1.0, 1e-11);
    assert_close("sum, new customer", sum_new, 1.0, 1e-11);
    assert_close("mean", mean, model.expected_purchases(customer, t), 1e-10);
    assert_close("mean, new customer", mean_new, model.expected_purchases_new(t), 1e-10);
}

/// P(n purchases or more) is the sum of the PMF from n on, for customers new and known, and falls
/// with n; t as above.
pub fn tail_is_the_sum_of_the_pmf(model: &dyn PurchaseModel, customer: History, t: f64) {
    let new = History { x: 0.0, t_x: 0.0, age: 0.0 };
    let (mut tail, mut tail_new) = (0.0, 0.0);
    let mut after = 0.0;
    for n in (0..1200).rev() {
        tail += model.purchase_pmf(customer, n, t);
        tail_new += model.purchase_pmf_new(n, t);
        let p = model.p_at_least(customer, n, t);
        assert!(p >= after * (1.0 - 1e-12) && p <= 1.0, "P(>= {n}) {p} {after}");
        if n < 400 {
            assert_close("tail", p, tail, 1e-10);
            assert_close("tail, new customer", model.p_at_least(new, n, t), tail_new, 1e-10);
        }
        after = p;
    }
}

/// Longer horizons bring more purchases, discounted ones fewer; limits in delta and horizon meet.
pub fn discounting_is_consistent(model: &dyn PurchaseModel, customer: History, delta: f64) {
    let (mut before, mut before_discounted) = (0.0, 0.0);
    for t in [1e-3, 0.3 / delta, 0.999_999_999 / delta, 1.000_000_001 / delta, 10.0 / delta] {
        let undiscounted = model.expected_purchases(customer, t);
        let discounted = model.discounted_purchases(customer, delta, t);
        assert!(undiscounted >= before && discounted >= before_discounted, "falls at {t}");
        assert!(discounted <= undiscounted && discounted >= undiscounted * (-delta * t).exp());
        assert_close("delta 0", model.discounted_purchases(customer, 0.0, t), undiscounted, 1e-15);
        let grown = model.discounted_purchases(customer, -0.1 / t, t);
        assert!(grown >= undiscounted && grown <= undiscounted * 0.1_f64.exp(), "delta below 0");
        let hardly = model.discounted_purchases(customer, 1e-14 / t, t);
        assert_close("delta towards 0", hardly, undiscounted, 1e-12);
        (before, before_discounted) = (undiscounted, discounted);
    }
    let whole = model.discounted_purchases(customer, delta, f64::INFINITY);
    assert!(before_discounted <= whole * (1.0 + 1e-12));
    assert_close(
        "horizon",
        model.discounted_purchases(customer, delta, 60.0 / delta),
        whole,
        1e-12,
    );
}

/// Finite and free of panics at the edges: nothing to wait for, great age, many purchases.
pub fn edges_are_finite(model: &dyn PurchaseModel) {
    for (x, t_x, age) in [
        (0.0, 0.0, 0.0),
        (0.0, 0.0, 1e-3),
        (0.0, 0.0, 1e5),
        (1.0, 1e-3, 1e-3),
        (1.0, 1e-3, 1e5),
        (5000.0, 1e5, 1e5),
        (5000.0, 3e3, 1e5),
        (5000.0, 1e-3, 1e-3),
    ] {
        let customer = History { x, t_x, age };
        let finite = |what: &str, value: f64| {
            assert!(value.is_finite(), "{what} of {customer:?}: {value}");
            assert!(value >= 0.0, "{what} of {customer:?}: {value}");
        };
        assert!(model.log_likelihood(customer).is_finite(), "ln L of {customer:?}");
        for t in [0.0, 1e-3, 1.0, 365.0, 1e5] {
            finite("p_alive", model.p_alive(customer, t));
            finite("expectation", model.expected_purchases(customer, t));
            finite("expectation, new", model.expected_purchases_new(t));
            finite("discounted", model.discounted_purchases(customer, 0.002, t));
            for n in [0, 1, 171, 5000, u64::MAX] {
                finite("pmf", model.purchase_pmf(customer, n, t));
                finite("pmf, new", model.purchase_pmf_new(n, t));
                finite("tail", model.p_at_least(customer, n, t));
            }
        }
        finite("discounted", model.discounted_purchases(customer, 0.002, f64::INFINITY));
        assert_eq!(model.expected_purchases(customer, 0.0), 0.0);
        assert!(!model.expected_purchases(customer, f64::INFINITY).is_nan());
        for n in [0, 1, 5000] {
            finite("pmf without end", model.purchase_pmf(customer, n, f64::INFINITY));
            finite("tail without end", model.p_at_least(customer, n, f64::INFINITY));
        }
        assert_eq!(model.discounted_purchases(customer, -1e-4, f64::INFINITY), f64::INFINITY);
    }
}
