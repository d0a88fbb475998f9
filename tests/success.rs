//! Scores of customer success by hand, at their bounds, and what they refuse.

use pg_clv::maths::success::{
    EffortCount, HealthMetric, PromoterCount, SatisfactionCount, adoption_rate, health_score,
    share_of_wallet,
};
use proptest::prelude::*;

#[test]
fn net_promoter_score_by_hand() {
    let mut count = PromoterCount::default();
    assert_eq!(count.score(), None);
    for rating in [10., 9., 9., 8., 7., 6., 0., 10., 3., 9.] {
        count.add(rating).unwrap();
    }
    assert_eq!(count, PromoterCount { promoters: 5, passives: 2, detractors: 3 });
    assert_eq!(count.score(), Some(20.0));
}

#[test]
fn satisfaction_and_effort_by_hand() {
    let mut satisfaction = SatisfactionCount::default();
    let mut effort = EffortCount::default();
    assert_eq!((satisfaction.score(), effort.score()), (None, None));
    for rating in [5., 4., 3., 1.] {
        satisfaction.add(rating).unwrap();
        effort.add(rating).unwrap();
    }
    assert_eq!((satisfaction.score(), effort.score()), (Some(50.0), Some(3.25)));
}

#[test]
fn ratings_off_the_scale_are_refused() {
    for rating in [-1., 11., 9.5, f64::NAN, f64::INFINITY] {
        assert_eq!(PromoterCount::default().add(rating).unwrap_err().argument, "rating");
        assert!(SatisfactionCount::default().add(rating).is_err());
        assert!(EffortCount::default().add(rating).is_err());
    }
    assert!(SatisfactionCount::default().add(0.).is_err());
    assert!(SatisfactionCount::default().add(6.).is_err());
    assert!(EffortCount::default().add(8.).is_err());
}

#[test]
fn shares_by_hand() {
    assert_eq!(adoption_rate(30., 120.), Ok(Some(0.25)));
    assert_eq!(adoption_rate(0., 0.), Ok(None));
    assert_eq!(share_of_wallet(80., 200.), Ok(Some(0.4)));
    assert_eq!(share_of_wallet(0., 0.), Ok(None));
    // No part of the whole.
    assert_eq!(adoption_rate(3., 2.), Ok(None));
    assert_eq!(adoption_rate(-1., 2.), Ok(None));
    assert_eq!(share_of_wallet(3., 2.), Ok(None));
    assert_eq!(share_of_wallet(3., -2.), Ok(None));
    assert_eq!(share_of_wallet(3., f64::NAN).unwrap_err().argument, "category_spend");
}

fn metric(value: f64, worst: f64, best: f64, weight: f64) -> HealthMetric {
    HealthMetric { value: Some(value), worst, best, weight }
}

#[test]
fn health_is_the_weighted_mean_with_directions_from_the_bounds() {
    // Logins 15 of 0 to 20: 0.75 at weight 2. Tickets 3 of 10 (worst) to 0 (best): 0.7 at weight 1.
    let metrics = [metric(15., 0., 20., 2.), metric(3., 10., 0., 1.)];
    let health = health_score(&metrics).unwrap().unwrap();
    assert!((health - 100.0 * 2.2 / 3.0).abs() < 1e-12);
    assert_eq!(health_score(&[metric(99., 0., 20., 1.)]), Ok(Some(100.0)));
    assert_eq!(health_score(&[metric(99., 20., 0., 1.)]), Ok(Some(0.0)));
    // What lies beyond a bound does not make up for another metric.
    let beyond = [metric(99., 0., 20., 1.), metric(0., 0., 20., 1.)];
    assert_eq!(health_score(&beyond), Ok(Some(50.0)));
    assert_eq!(health_score(&[metric(0., -1.7e308, 1.7e308, 1.)]), Ok(Some(50.0)));
}

#[test]
fn a_metric_without_value_is_left_out_with_its_weight() {
    let missing = HealthMetric { value: None, ..metric(0., 0., 1., 5.) };
    assert_eq!(health_score(&[missing, metric(0.5, 0., 1., 1.)]), Ok(Some(50.0)));
    assert_eq!(health_score(&[missing]), Ok(None));
    assert_eq!(health_score(&[]), Ok(None));
    assert_eq!(health_score(&[metric(1., 0., 1., 0.)]), Ok(None));
}

#[test]
fn health_refuses_bounds_without_distance_and_names_the_metric() {
    let refused = |bad| {
        let error = health_score(&[metric(1., 0., 1., 1.), bad]).unwrap_err();
        (error.argument, error.element)
    };
    assert_eq!(refused(metric(1., 3., 3., 1.)), ("best", Some(2)));
    assert_eq!(refused(metric(1., 0., 3., -1.)), ("weights", Some(2)));
    assert_eq!(refused(metric(f64::NAN, 0., 3., 1.)), ("metrics", Some(2)));
    assert_eq!(refused(metric(1., f64::INFINITY, 3., 1.)), ("worst", Some(2)));
}

proptest! {
    #[test]
    fn scores_stay_within_their_bounds(ratings in proptest::collection::vec(0..=10_u8, 1..40)) {
        let mut count = PromoterCount::default();
        ratings.iter().for_each(|&rating| count.add(f64::from(rating)).unwrap());
        prop_assert!((-100.0..=100.0).contains(&count.score().unwrap()));
    }

    #[test]
    fn health_lies_within_0_and_100_and_turns_with_its_bounds(
        value in -9.0..9.0, worst in -9.0..0.0, best in 0.1..9.0
    ) {
        let better_high = health_score(&[metric(value, worst, best, 3.0)]).unwrap().unwrap();
        let better_low = health_score(&[metric(value, best, worst, 3.0)]).unwrap().unwrap();
        prop_assert!((0.0..=100.0).contains(&better_high));
        prop_assert!((better_high + better_low - 100.0).abs() < 1e-11);
    }
}

proptest! {
    #[test]
    fn no_metrics_panic_or_give_nan(numbers in proptest::array::uniform4(any::<f64>())) {
        let [value, worst, best, weight] = numbers;
        if let Ok(Some(health)) = health_score(&[metric(value, worst, best, weight.abs())]) {
            prop_assert!((0.0..=100.0).contains(&health));
        }
    }
}
