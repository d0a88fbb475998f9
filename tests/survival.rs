//! Kaplan-Meier and the log-rank test against lifelines, on the larynx data, and with late entry on
//! those of the multicentre AIDS cohort study.

mod common;

use common::{Row, rows};
use pg_clv::maths::survival::{KaplanMeier, LogRank, Tenure, log_rank};
use proptest::prelude::*;

/// The patients of some stages ("1 4"), or of all.
fn larynx(stages: &str) -> Vec<Tenure> {
    rows("larynx")
        .iter()
        .filter(|row| stages == "all" || stages.split(' ').any(|stage| stage == row.text("group")))
        .map(|row| {
            let customers = row.number("customers") as u64;
            Tenure::whole(row.number("time"), row.number("churned") == 1.0, customers)
        })
        .collect()
}

fn optional(row: &Row, column: &str) -> Option<f64> {
    (!row.text(column).is_empty()).then(|| row.number(column))
}

fn assert_close(got: Option<f64>, expected: Option<f64>) {
    match (got, expected) {
        (Some(got), Some(expected)) => {
            assert!((got - expected).abs() <= 1e-12 * expected.abs(), "{got} is not {expected}");
        }
        _ => assert_eq!(got, expected),
    }
}

#[test]
fn curve_and_limits_are_those_of_lifelines() {
    let reference = rows("larynx_kaplan_meier");
    let same = |a: &Row, b: &Row| {
        (a.text("group"), a.text("confidence")) == (b.text("group"), b.text("confidence"))
    };
    let mut curves = 0;
    for expected in reference.chunk_by(same) {
        let tenures = larynx(expected[0].text("group"));
        let points = KaplanMeier::new(&tenures, expected[0].number("confidence")).points;
        assert_eq!(points.len(), expected.len());
        for (point, row) in points.iter().zip(expected) {
            assert_eq!(point.time, row.number("time"));
            assert_eq!(point.at_risk as f64, row.number("at_risk"));
            assert_eq!(point.churned as f64, row.number("churned"));
            assert_eq!(point.censored as f64, row.number("censored"));
            assert_close(Some(point.survival), optional(row, "survival"));
            assert_close(point.std_error, optional(row, "std_error"));
            assert_close(point.ci_low, optional(row, "ci_low"));
            assert_close(point.ci_high, optional(row, "ci_high"));
        }
        curves += 1;
    }
    assert_eq!(curves, 10);
}

#[test]
fn median_and_restricted_mean_are_those_of_lifelines() {
    for row in rows("larynx_lifetimes") {
        let curve = KaplanMeier::new(&larynx(row.text("group")), row.number("confidence"));
        let median = curve.median();
        assert_eq!(median.median, optional(&row, "median"));
        assert_eq!(median.ci_low, optional(&row, "ci_low"));
        assert_eq!(median.ci_high, optional(&row, "ci_high"));
        let mean = curve.restricted_mean(row.number("horizon")).unwrap();
        assert_close(Some(mean.mean), optional(&row, "restricted_mean"));
        assert_close(Some(mean.std_error), optional(&row, "restricted_mean_se"));
    }
}

#[test]
fn log_rank_test_is_that_of_lifelines() {
    for row in rows("larynx_log_rank") {
        let groups: Vec<Vec<Tenure>> = row.text("groups").split(' ').map(larynx).collect();
        let groups: Vec<&[Tenure]> = groups.iter().map(Vec::as_slice).collect();
        let test = log_rank(&groups, &mut || ()).unwrap();
        let relative = |got: f64, column: &str| (got / row.number(column) - 1.0).abs();
        assert!(relative(test.chi_square, "chi_square") < 1e-11);
        assert!(relative(test.p_value, "p_value") < 1e-10);
        assert_eq!(f64::from(test.degrees_of_freedom), row.number("degrees_of_freedom"));
    }
}

/// The men of one group, or of all, each with the time at which they came under observation.
fn late_entry(group: &str) -> Vec<Tenure> {
    rows("reference/late_entry")
        .iter()
        .filter(|row| group == "all" || group == row.text("group"))
        .map(|row| Tenure {
            time: row.number("time"),
            churned: row.number("churned") == 1.0,
            entered: row.number("entered"),
            customers: row.number("customers") as u64,
        })
        .collect()
}

#[test]
fn late_entries_give_the_curve_of_lifelines() {
    let reference = rows("reference/late_entry_kaplan_meier");
    let same =
        |a: &Row, b: &Row| (a.text("group"), a.text("level")) == (b.text("group"), b.text("level"));
    let mut curves = 0;
    for expected in reference.chunk_by(same) {
        let tenures = late_entry(expected[0].text("group"));
        let points = KaplanMeier::new(&tenures, expected[0].number("level")).points;
        assert_eq!(points.len(), expected.len());
        let mut left = tenures.iter().filter(|t| t.entered == 0.0).map(|t| t.customers).sum();
        for (point, row) in points.iter().zip(expected) {
            assert_eq!(point.time, row.number("time"));
            assert_eq!(point.at_risk as f64, row.number("at_risk"));
            assert_eq!(point.churned as f64, row.number("churned"));
            assert_eq!(point.censored as f64, row.number("censored"));
            assert_eq!(point.at_risk, left + point.entered);
            left = point.at_risk - point.churned - point.censored;
            assert_close(Some(point.survival), optional(row, "survival"));
            assert_close(point.std_error, optional(row, "std_error"));
            assert_close(point.ci_low, optional(row, "ci_low"));
            assert_close(point.ci_high, optional(row, "ci_high"));
        }
        curves += 1;
    }
    assert_eq!(curves, 6);
    for row in rows("reference/late_entry_lifetimes") {
        let curve = KaplanMeier::new(&late_entry(row.text("group")), row.number("level"));
        let median = curve.median();
        assert_eq!(median.median, optional(&row, "median"));
        assert_eq!(median.ci_low, optional(&row, "ci_low"));
        assert_eq!(median.ci_high, optional(&row, "ci_high"));
        let mean = curve.restricted_mean(row.number("horizon")).unwrap();
        assert_close(Some(mean.mean), optional(&row, "restricted_mean"));
    }
}

#[test]
fn late_entries_give_the_log_rank_test_of_statsmodels() {
    let row = &rows("reference/late_entry_log_rank")[0];
    let test = log_rank(&[&late_entry("odd"), &late_entry("even")], &mut || ()).unwrap();
    assert!((test.chi_square / row.number("chi_square") - 1.0).abs() < 1e-11);
    assert!((test.p_value / row.number("p_value") - 1.0).abs() < 1e-10);
    assert_eq!(f64::from(test.degrees_of_freedom), row.number("degrees_of_freedom"));
}

fn late(entered: f64, tenure: Tenure) -> Tenure {
    Tenure { entered, ..tenure }
}

#[test]
fn who_enters_at_a_time_is_not_at_risk_of_the_losses_at_it() {
    let curve = KaplanMeier::new(&[lost(2.0, 1), kept(4.0, 1), late(2.0, lost(3.0, 2))], 0.95);
    let risk: Vec<_> = curve.points.iter().map(|p| (p.time, p.entered, p.at_risk)).collect();
    assert_eq!(risk, [(2.0, 0, 2), (3.0, 2, 3), (4.0, 0, 1)]);
    assert_eq!(curve.points[1].survival, 0.5 / 3.0);
    // Who enters as it leaves was never under observation, unless from the start.
    let never = [late(2.0, lost(2.0, 9)), late(5.0, kept(5.0, 9))];
    let with: Vec<Tenure> = [lost(0.0, 1), kept(4.0, 1)].into_iter().chain(never).collect();
    assert_eq!(KaplanMeier::new(&with, 0.95), KaplanMeier::new(&with[..2], 0.95));
    assert_eq!(log_rank(&[&with, &never], &mut || ()), None);
}

#[test]
fn what_nobody_was_there_to_see_is_not_known() {
    // Nobody from 3 to 5, though the curve goes on: of those of whom it is known that they passed 5.
    let gap = KaplanMeier::new(
        &[lost(2.0, 4), kept(3.0, 6), late(5.0, lost(6.0, 3)), kept(3.0, 2)],
        0.95,
    );
    assert_eq!(gap.unknown_from, 3.0);
    assert_eq!(gap.points.iter().map(|p| p.at_risk).collect::<Vec<_>>(), [12, 8, 3]);
    assert_eq!((gap.survival(5.0), gap.survival(6.0)), (8.0 / 12.0, 0.0));
    assert_eq!(gap.median().median, None);
    assert_eq!(gap.restricted_mean(3.5), None);
    let until = gap.restricted_mean(3.0).unwrap();
    assert!((until.mean - (2.0 + 8.0 / 12.0)).abs() < 1e-15);
    // Closed by one who enters as the others are last seen.
    let closed = [lost(2.0, 4), kept(3.0, 8), late(3.0, lost(6.0, 3))];
    assert_eq!(KaplanMeier::new(&closed, 0.95).unknown_from, f64::INFINITY);
    assert_eq!(KaplanMeier::new(&closed, 0.95).median().median, Some(6.0));
    // All who are there are lost while others are known to come: the curve is 0, which cannot be.
    let zero = KaplanMeier::new(&[lost(1.0, 1), late(1.0, kept(8.0, 50))], 0.95);
    assert_eq!((zero.unknown_from, zero.survival(1.0)), (1.0, 0.0));
    assert_eq!((zero.median().median, zero.restricted_mean(1.5)), (None, None));
    assert_eq!(zero.restricted_mean(1.0).map(|mean| mean.mean), Some(1.0));
    // Nobody was seen from the start.
    let late_only = KaplanMeier::new(&[late(2.0, lost(3.0, 5)), late(2.0, kept(4.0, 5))], 0.95);
    assert_eq!((late_only.unknown_from, late_only.survival(3.0)), (0.0, 0.5));
    assert_eq!((late_only.median().median, late_only.restricted_mean(1.0)), (None, None));
    // Nobody is left, and nobody comes: the curve is known to be 0.
    let over = KaplanMeier::new(&[lost(1.0, 1), late(0.5, lost(2.0, 1))], 0.95);
    assert_eq!(over.restricted_mean(9.0).map(|mean| mean.mean), Some(1.5));
}

#[test]
fn a_mean_up_to_a_far_horizon_is_finite() {
    let curve = KaplanMeier::new(&[lost(1.0, 1), kept(2.0, 1)], 0.95);
    let mean = curve.restricted_mean(1e160).unwrap();
    assert!((mean.mean / 5e159 - 1.0).abs() < 1e-12);
    assert!((mean.std_error / (5e159 * 0.5_f64.sqrt()) - 1.0).abs() < 1e-12);
}

fn lost(time: f64, customers: u64) -> Tenure {
    Tenure::whole(time, true, customers)
}

fn kept(time: f64, customers: u64) -> Tenure {
    Tenure::whole(time, false, customers)
}

#[test]
fn who_is_censored_at_a_time_is_at_risk_of_the_losses_at_it() {
    let curve = KaplanMeier::new(&[kept(2.0, 5), lost(2.0, 5)], 0.95);
    assert_eq!(curve.points.len(), 1);
    assert_eq!(curve.points[0].survival, 0.5);
    assert_eq!((curve.survival(1.9), curve.survival(2.0), curve.survival(99.0)), (1.0, 0.5, 0.5));
}

#[test]
fn a_curve_at_1_or_0_has_no_spread_to_state() {
    let curve = KaplanMeier::new(&[kept(1.0, 5), lost(2.0, 5)], 0.95);
    let [first, last] = curve.points[..] else { panic!("two times") };
    assert_eq!((first.survival, first.std_error), (1.0, Some(0.0)));
    assert_eq!((first.ci_low, first.ci_high), (Some(1.0), Some(1.0)));
    assert_eq!((last.survival, last.std_error, last.ci_low, last.ci_high), (0.0, None, None, None));
    let mean = curve.restricted_mean(10.0).unwrap();
    assert_eq!((mean.mean, mean.std_error), (2.0, 0.0));
    assert_eq!(curve.median().median, Some(2.0));
}

#[test]
fn nobody_gives_an_empty_curve() {
    let curve = KaplanMeier::new(&[lost(3.0, 0)], 0.95);
    assert!(curve.points.is_empty());
    assert_eq!(curve.median().median, None);
    assert_eq!(curve.restricted_mean(7.0).unwrap().mean, 7.0);
}

#[test]
fn a_level_outside_0_and_1_gives_no_limits() {
    for confidence in [0.0, 1.0, -0.5, 95.0, f64::NAN] {
        let curve = KaplanMeier::new(&[lost(1.0, 5), kept(2.0, 5)], confidence);
        assert_eq!(curve.points[0].survival, 0.5);
        assert!(curve.points[0].ci_low.unwrap().is_nan());
    }
}

#[test]
fn groups_that_are_alike_do_not_differ() {
    let one = [lost(1.0, 10), lost(2.0, 20), kept(3.0, 5)];
    let two = [lost(1.0, 20), lost(2.0, 40), kept(3.0, 10)];
    let test = log_rank(&[&one, &two], &mut || ()).unwrap();
    assert!(test.chi_square < 1e-25 && test.p_value > 1.0 - 1e-12);
}

#[test]
fn groups_without_a_comparison_do_not_count() {
    let one = [lost(2.0, 10), kept(3.0, 5)];
    let two = [lost(2.0, 3), kept(3.0, 15)];
    let early = [kept(1.0, 100)];
    let two_groups = log_rank(&[&one, &two], &mut || ());
    assert_eq!(two_groups.map(|test| test.degrees_of_freedom), Some(1));
    let three = log_rank(&[&early, &one, &[], &two], &mut || ()).unwrap();
    assert!((three.chi_square / two_groups.unwrap().chi_square - 1.0).abs() < 1e-14);
    assert_eq!(three.degrees_of_freedom, 1);
    let none: Option<LogRank> = None;
    assert_eq!(log_rank(&[&one], &mut || ()), none);
    assert_eq!(log_rank(&[&one, &early], &mut || ()), none);
    assert_eq!(log_rank(&[&early, &[kept(5.0, 3)]], &mut || ()), none);
    assert_eq!(log_rank(&[], &mut || ()), none);
    // The last customer of all is lost: no variance.
    assert_eq!(log_rank(&[&[lost(1.0, 1)], &[]], &mut || ()), none);
}

fn any_tenures(censored: bool) -> impl Strategy<Value = Vec<Tenure>> {
    let row = (0..30_u32, any::<bool>(), 1..20_u64).prop_map(move |(time, churned, customers)| {
        Tenure::whole(f64::from(time) / 4.0, churned || !censored, customers)
    });
    prop::collection::vec(row, 1..40)
}

proptest! {
    #[test]
    fn without_censoring_the_curve_is_the_empirical_one(tenures in any_tenures(false)) {
        let curve = KaplanMeier::new(&tenures, 0.95);
        let all: u64 = tenures.iter().map(|row| row.customers).sum();
        for t in 0..32 {
            let t = f64::from(t) / 4.0;
            let left: u64 =
                tenures.iter().filter(|row| row.time > t).map(|row| row.customers).sum();
            prop_assert_eq!(curve.survival(t), left as f64 / all as f64);
            prop_assert_eq!(curve.median().median.is_some_and(|median| median <= t), 2 * left <= all);
        }
        let total: f64 = tenures.iter().map(|row| row.time * row.customers as f64).sum();
        for horizon in [100.0, f64::INFINITY] {
            let mean = curve.restricted_mean(horizon).unwrap();
            prop_assert!((mean.mean - total / all as f64).abs() < 1e-12);
            prop_assert!(mean.std_error.is_finite());
        }
        for point in &curve.points {
            if let Some(error) = point.std_error {
                let binomial = point.survival * (1.0 - point.survival) / all as f64;
                prop_assert!((error * error - binomial).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn the_curve_falls_within_its_limits_whatever_the_order_of_rows(
        tenures in any_tenures(true), confidence in 0.01..0.999_f64
    ) {
        let curve = KaplanMeier::new(&tenures, confidence);
        let mut before = 1.0;
        for point in &curve.points {
            prop_assert!((0.0..=before).contains(&point.survival));
            before = point.survival;
            if let (Some(low), Some(high)) = (point.ci_low, point.ci_high) {
                prop_assert!(0.0 <= low && low <= point.survival + 1e-15);
                prop_assert!(point.survival <= high + 1e-15 && high <= 1.0);
            }
        }
        let reversed: Vec<Tenure> = tenures.iter().rev().copied().collect();
        prop_assert_eq!(KaplanMeier::new(&reversed, confidence), curve);
    }

    #[test]
    fn with_late_entries_the_risk_set_is_who_is_there(
        (tenures, entries) in (any_tenures(true), prop::collection::vec(0..30_u32, 40))
    ) {
        let tenures: Vec<Tenure> = tenures
            .iter()
            .zip(entries)
            .map(|(&tenure, entered)| late((f64::from(entered) / 4.0).min(tenure.time), tenure))
            .collect();
        let curve = KaplanMeier::new(&tenures, 0.9);
        let mut survival = 1.0;
        for point in &curve.points {
            let there = |t: &&Tenure| (t.entered < point.time || t.entered == 0.0) && t.time >= point.time;
            let at_risk: u64 = tenures.iter().filter(there).map(|t| t.customers).sum();
            let lost = |t: &&Tenure| t.churned && t.time == point.time;
            let churned: u64 = tenures.iter().filter(there).filter(lost).map(|t| t.customers).sum();
            prop_assert_eq!((point.at_risk, point.churned), (at_risk, churned));
            survival *= 1.0 - churned as f64 / at_risk as f64;
            prop_assert!((point.survival - survival).abs() < 1e-13);
        }
        // One group against an empty one is no comparison; split in two halves it is alike.
        prop_assert_eq!(log_rank(&[&tenures, &[]], &mut || ()), None);
        if let Some(test) = log_rank(&[&tenures, &tenures], &mut || ()) {
            prop_assert!(test.chi_square < 1e-20);
        }
        // Weights are customers.
        let one_by_one: Vec<Tenure> = tenures
            .iter()
            .flat_map(|&t| (0..t.customers).map(move |_| Tenure { customers: 1, ..t }))
            .collect();
        prop_assert_eq!(KaplanMeier::new(&one_by_one, 0.9), curve);
    }

    #[test]
    fn log_rank_does_not_depend_on_the_order_of_groups(
        a in any_tenures(true), b in any_tenures(true), c in any_tenures(true)
    ) {
        let one = log_rank(&[&a, &b, &c], &mut || ());
        let other = log_rank(&[&c, &a, &b], &mut || ());
        match (one, other) {
            (Some(one), Some(other)) => {
                prop_assert!((one.chi_square - other.chi_square).abs() <= 1e-9 * one.chi_square + 1e-12);
                prop_assert_eq!(one.degrees_of_freedom, other.degrees_of_freedom);
                prop_assert!((0.0..=1.0).contains(&one.p_value));
            }
            _ => prop_assert_eq!(one, other),
        }
    }
}
