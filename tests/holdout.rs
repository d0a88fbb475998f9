//! Predictions against what happened: exact sums, accuracy by hand, CDNOW's second 39 weeks.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use pg_clv::maths::bg_nbd::BgNbd;
use pg_clv::maths::exact_sum::ExactSum;
use pg_clv::maths::fit::Options;
use pg_clv::maths::history::{Histories, History};
use pg_clv::maths::holdout::{Holdout, Tracking};
use pg_clv::maths::mbg_nbd::MbgNbd;
use pg_clv::maths::pareto_nbd::ParetoNbd;
use pg_clv::maths::purchase_model::PurchaseModel;
use pg_clv::maths::simulate::Observation;
use proptest::prelude::*;

fn sum_of(values: &[f64]) -> f64 {
    let mut sum = ExactSum::default();
    values.iter().for_each(|&value| sum.add(value));
    sum.value()
}

#[test]
fn sums_that_floating_point_gets_wrong_are_exact() {
    assert_eq!(sum_of(&[]), 0.0);
    assert_eq!(sum_of(&[0.1; 10]), 1.0);
    assert_eq!(sum_of(&[1e308, 1.0, -1e308]), 1.0);
    assert_eq!(sum_of(&[1e16, 1.0, 1e-16]), 1e16 + 2.0);
    assert_eq!(sum_of(&[1e16, 1.0, -1e-16]), 1e16);
    assert_eq!(sum_of(&[1e16, 1.0]), 1e16);
    assert_eq!(sum_of(&[5e-324, -5e-324, 5e-324]), 5e-324);
    assert_eq!(sum_of(&[1.0, -1.0]).to_bits(), 0);
}

proptest! {
    #[test]
    fn sums_are_those_of_whole_numbers_in_any_order_and_parts(
        values in prop::collection::vec((-(1_i64 << 53)..1 << 53, 0..60_u32), 0..200),
        cut in 0.0..1.0_f64
    ) {
        // Each value is a whole number below 2^113, exact in a double; their sum fits 128 bits.
        let exact: i128 = values.iter().map(|&(value, shift)| i128::from(value) << shift).sum();
        let doubles: Vec<f64> =
            values.iter().map(|&(value, shift)| value as f64 * f64::from(shift).exp2()).collect();
        prop_assert_eq!(sum_of(&doubles), exact as f64);
        let (one, other) = doubles.split_at((cut * doubles.len() as f64) as usize);
        let (mut first, mut second) = (ExactSum::default(), ExactSum::default());
        one.iter().rev().for_each(|&value| first.add(value));
        other.iter().for_each(|&value| second.add(value));
        second.merge(&ExactSum::of(first.parts()));
        prop_assert_eq!(second.value(), exact as f64);
    }
}

#[test]
fn accuracy_is_that_of_the_sums_by_hand() {
    let mut holdout = Holdout::new(2);
    for (frequency, predicted, actual) in
        [(0.0, 0.5, 0.0), (0.0, 0.25, 1.0), (1.0, 1.5, 1.0), (2.0, 3.0, 5.0), (9.0, 4.0, 2.0)]
    {
        holdout.add(frequency, predicted, actual).unwrap();
    }
    let rows: Vec<_> = holdout.by_frequency().iter().map(|e| e.accuracy().unwrap()).collect();
    assert_eq!(rows.iter().map(|row| row.customers).collect::<Vec<_>>(), [2, 1, 2]);
    assert_eq!((rows[0].bias, rows[0].mean_absolute_error), (-0.125, 0.625));
    assert_eq!(rows[0].root_mean_square_error, 0.40625_f64.sqrt());
    assert_eq!((rows[2].predicted, rows[2].actual, rows[2].bias), (3.5, 3.5, 0.0));
    assert_eq!((rows[2].mean_absolute_error, rows[2].root_mean_square_error), (2.0, 2.0));
    let total = holdout.total().accuracy().unwrap();
    assert_eq!((total.customers, total.bias), (5, 0.25 / 5.0));
    assert_eq!(total.root_mean_square_error, (9.0625_f64 / 5.0).sqrt());
    assert_eq!(Holdout::new(7).total().accuracy(), None);
}

#[test]
fn parts_of_a_holdout_give_the_bits_of_the_whole() {
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
    let observation = Observation { seed: 1, youngest: 27.0, oldest: 39.0, holdout: 39.0 };
    let customers: Vec<(f64, f64, f64)> = (0..2000)
        .map(|number| observation.customer(&model, number).unwrap())
        .map(|customer| {
            let predicted = model.expected_purchases(customer.history(), 39.0);
            (customer.history().x, predicted, customer.holdout_purchases() as f64)
        })
        .collect();
    let of = |customers: &mut dyn Iterator<Item = &(f64, f64, f64)>| {
        let mut holdout = Holdout::new(7);
        customers.for_each(|&(x, predicted, actual)| holdout.add(x, predicted, actual).unwrap());
        holdout
    };
    let whole = of(&mut customers.iter());
    let mut parts = of(&mut customers[1300..].iter().rev());
    parts.merge(&of(&mut customers[..1300].iter().step_by(2))).unwrap();
    parts.merge(&of(&mut customers[1..1300].iter().step_by(2))).unwrap();
    assert_eq!(whole.total().accuracy(), parts.total().accuracy());
    for (one, other) in whole.by_frequency().iter().zip(parts.by_frequency()) {
        assert_eq!(one.accuracy(), other.accuracy());
    }
    // The model's own customers: no bias beyond chance.
    let total = whole.total().accuracy().unwrap();
    let chance = total.root_mean_square_error / 2000f64.sqrt();
    assert!(total.bias.abs() < 3.0 * chance, "{total:?}");
    assert!(parts.merge(&Holdout::new(6)).is_err());
}

#[test]
fn numbers_that_cannot_be_compared_are_refused() {
    let mut holdout = Holdout::new(7);
    assert_eq!(holdout.add(-1.0, 1.0, 1.0).unwrap_err().argument, "frequency");
    assert_eq!(holdout.add(1.0, f64::INFINITY, 1.0).unwrap_err().argument, "predicted");
    assert_eq!(holdout.add(1.0, 1.0, 1e300).unwrap_err().argument, "actual");
    assert_eq!(holdout.total().customers, 0);
    assert_eq!(Tracking::new(0.0, 5).unwrap_err().argument, "period");
    assert_eq!(Tracking::new(1.0, 0).unwrap_err().argument, "periods");
    let mut tracking = Tracking::new(1.0, 5).unwrap();
    assert!(
        tracking.add_customers(-1.0, 1).is_err() && tracking.add_purchases(f64::NAN, 1).is_err()
    );
    assert!(tracking.merge(&Tracking::new(2.0, 5).unwrap()).is_err());
}

#[test]
fn tracking_follows_customers_from_their_own_first_purchase() {
    let model = ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap();
    let mut tracking = Tracking::new(0.1, 30).unwrap();
    tracking.add_customers(0.0, 3).unwrap();
    tracking.add_customers(1.25, 2).unwrap();
    tracking.add_customers(9.0, 100).unwrap();
    // 3 × 0.1 is above 0.3: the end of the third period is that of the product.
    for (time, purchases) in [(0.0, 1), (0.1, 1), (0.3, 1), (0.1 * 3.0, 1), (3.0, 7), (3.01, 50)] {
        tracking.add_purchases(time, purchases).unwrap();
    }
    let table = tracking.table(&model, &mut || ());
    assert_eq!(table.len(), 30);
    assert_eq!([0, 1, 2, 29].map(|i| table[i].actual), [2, 0, 2, 7]);
    assert_eq!(table[29].actual_cumulative, 11);
    assert_eq!([0, 11, 12, 29].map(|i| table[i].customers), [3, 3, 5, 5]);
    let expected = |t: f64| model.expected_purchases_new(t);
    let (last, before) = (0.1 * 30.0, 0.1 * 29.0);
    let cumulative = 3.0 * expected(last) + 2.0 * expected(last - 1.25);
    assert!((table[29].expected_cumulative / cumulative - 1.0).abs() < 1e-14);
    let step = cumulative - 3.0 * expected(before) - 2.0 * expected(before - 1.25);
    assert!((table[29].expected / step - 1.0).abs() < 1e-12);
}

/// Days of each customer's purchases in CDNOW, counted from the eve of the first: 273 and 546 days
/// are 39 and 78 weeks.
fn cdnow() -> Vec<BTreeSet<u32>> {
    let month_ends = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let mut customers: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for row in common::rows("cdnow_orders") {
        let date: Vec<u32> =
            row.text("ordered_at").split('-').map(|n| n.parse().unwrap()).collect();
        let day = 365 * (date[0] - 1997) + month_ends[date[1] as usize - 1] + date[2];
        customers.entry(row.text("customer_id").to_owned()).or_default().insert(day);
    }
    customers.into_values().collect()
}

#[test]
fn repeat_purchases_of_cdnow_are_tracked_through_78_weeks() {
    let customers = cdnow();
    let week = |day: u32| f64::from(day) / 7.0;
    let (mut histories, mut parts) = (Histories::default(), Vec::new());
    for days in &customers {
        let first = *days.first().unwrap();
        let known: Vec<u32> = days.iter().copied().filter(|&day| day <= 273).collect();
        let (x, last) = (known.len() as u32 - 1, *known.last().unwrap());
        histories.add(x, week(last - first), week(273 - first), 1).unwrap();
        let mut part = Tracking::new(1.0, 78).unwrap();
        part.add_customers(week(first), 1).unwrap();
        days.iter().skip(1).for_each(|&day| part.add_purchases(week(day), 1).unwrap());
        parts.push(part);
    }
    let mut tracking = Tracking::new(1.0, 78).unwrap();
    parts.iter().rev().for_each(|part| tracking.merge(part).unwrap());
    let mut again = Tracking::new(1.0, 78).unwrap();
    let (acquired, purchases) = tracking.contents();
    acquired.for_each(|(time, customers)| again.add_customers(time, customers).unwrap());
    for (period, &purchases) in (1..).zip(purchases) {
        again.add_purchases(f64::from(period), purchases).unwrap();
    }
    assert_eq!(again, tracking);

    let rows = histories.rows();
    let options = Options::default();
    let of = |parameters: Option<Vec<f64>>| <[f64; 4]>::try_from(parameters.unwrap()).unwrap();
    let [r, alpha, a, b] = of(BgNbd::fit(&rows, &options, &mut || ()).unwrap().parameters);
    let bg_nbd = BgNbd::new(r, alpha, a, b).unwrap();
    let [r, alpha, a, b] = of(MbgNbd::fit(&rows, &options, &mut || ()).unwrap().parameters);
    let mbg_nbd = MbgNbd::new(r, alpha, a, b).unwrap();
    let [r, alpha, s, beta] = of(ParetoNbd::fit(&rows, &options, &mut || ()).unwrap().parameters);
    let pareto_nbd = ParetoNbd::new(r, alpha, s, beta).unwrap();
    let models: [(&str, &dyn PurchaseModel, f64); 3] = [
        ("BG/NBD", &bg_nbd, 0.045),
        ("MBG/NBD", &mbg_nbd, 0.07),
        ("Pareto/NBD", &pareto_nbd, 0.045),
    ];
    for (name, model, most) in models {
        let table = tracking.table(model, &mut || ());
        let (middle, end) = (table[38], table[77]);
        // 2457 repeat purchases in 39 weeks are published, 4339 in 78 counted from the orders.
        assert_eq!((middle.actual_cumulative, end.actual_cumulative), (2457, 4339));
        assert_eq!((end.customers, table[0].customers), (2357, 157));
        let later = end.expected_cumulative - middle.expected_cumulative;
        println!(
            "{name}: {:.1} of 2457, {later:.1} of 1882, {:.1} of 4339",
            middle.expected_cumulative, end.expected_cumulative
        );
        // All expect too little of the second half, Pareto/NBD and BG/NBD the least.
        assert!((middle.expected_cumulative / 2457.0 - 1.0).abs() < 0.03);
        assert!((1.0 - most..1.0).contains(&(end.expected_cumulative / 4339.0)), "{name}");
        assert!((1.0 - 2.6 * most..1.0).contains(&(later / 1882.0)), "{name}");
        let sum: f64 = table.iter().map(|row| row.expected).sum();
        assert!((sum / end.expected_cumulative - 1.0).abs() < 1e-12);

        let mut holdout = Holdout::new(7);
        for days in &customers {
            let first = *days.first().unwrap();
            let known: Vec<u32> = days.iter().copied().filter(|&day| day <= 273).collect();
            let customer = History {
                x: known.len() as f64 - 1.0,
                t_x: week(known.last().unwrap() - first),
                age: week(273 - first),
            };
            let predicted = model.expected_purchases(customer, 39.0);
            holdout.add(customer.x, predicted, (days.len() - known.len()) as f64).unwrap();
        }
        let total = holdout.total().accuracy().unwrap();
        println!("{name}: {total:?}");
        assert_eq!(holdout.by_frequency()[0].customers, 2357 - 946);
        assert!((total.actual - 1882.0 / 2357.0).abs() < 1e-15);
        assert!(
            (-3.0 * most * total.actual..0.0).contains(&total.bias)
                && total.mean_absolute_error < total.actual
        );
    }
}
