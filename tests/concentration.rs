//! Concentration of value: Gini, Pareto share, tiers. Reference values of CDNOW: exact fractions.

use std::collections::BTreeMap;

use pg_clv::maths::concentration::{
    AbcClass, NotFinite, ParetoCurve, ParetoShare, Tiers, ValueCount, Values, gini,
};
use proptest::prelude::*;

fn folded(values: &[f64]) -> Vec<ValueCount> {
    let mut collected = Values::default();
    for &value in values {
        collected.push(value, &mut || ()).expect("valid values");
    }
    collected.folded(&mut || ()).to_vec()
}

fn gini_of(values: &[f64]) -> Option<f64> {
    gini(&folded(values), &mut || ())
}

fn places(values: impl IntoIterator<Item = Option<f64>>) -> Vec<Option<ParetoShare>> {
    let mut curve = ParetoCurve::default();
    for value in values {
        curve.push(value).expect("a valid value");
    }
    curve.shares(0.8, 0.95, &mut || ())
}

fn shares(values: &[f64]) -> Vec<ParetoShare> {
    let places = places(values.iter().copied().map(Some));
    places.into_iter().map(|place| place.expect("a positive total")).collect()
}

/// The revenue of each CDNOW customer, July 1998.
fn cdnow_revenue() -> Vec<f64> {
    let mut cents: BTreeMap<u32, i64> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(include_str!("data/cdnow_orders.csv").as_bytes());
    for order in reader.records() {
        let order = order.expect("a well-formed file");
        let amount: f64 = order[3].parse().expect("an amount");
        *cents.entry(order[0].parse().expect("a number")).or_default() +=
            (amount * 100.0).round() as i64;
    }
    cents.into_values().map(|cents| cents as f64 / 100.0).collect()
}

#[test]
fn gini_of_cdnow_revenue_is_the_reference() {
    let gini = gini_of(&cdnow_revenue()).expect("a positive total");
    assert!((gini / 0.6309171170162412 - 1.0).abs() < 1e-14, "{gini}");
}

#[test]
fn gini_has_its_textbook_values() {
    assert_eq!(gini_of(&[0.3; 7]), Some(0.0));
    assert_eq!(gini_of(&[5.0]), Some(0.0));
    assert_eq!(gini_of(&[0.0, 0.0, 0.0, 9.0]), Some(0.75));
    // 1, 2, 3, 4: mean difference 1.25 over twice the mean 5.
    assert_eq!(gini_of(&[4.0, 2.0, 1.0, 3.0]), Some(0.25));
}

#[test]
fn gini_without_a_total_is_undefined() {
    assert_eq!(gini_of(&[]), None);
    assert_eq!(gini_of(&[0.0, -0.0]), None);
    assert_eq!(places([Some(0.0), None, Some(-0.0)]), [None; 3]);
    assert_eq!(places([None]), [None]);
    assert_eq!(places([]), []);
}

#[test]
fn gini_holds_at_the_ends_of_the_doubles() {
    assert_eq!(gini_of(&[f64::MAX, f64::MAX, 0.0, 0.0]), Some(0.5));
    assert_eq!(gini_of(&[5e-324, 0.0]), Some(0.5));
}

#[test]
fn values_that_are_no_numbers_are_refused() {
    let refused = |value| {
        let refused = Values::default().push(value, &mut || ()).err();
        let on_the_curve = ParetoCurve::default().push(Some(value)).err();
        assert_eq!(format!("{refused:?}"), format!("{on_the_curve:?}"));
        refused
    };
    assert_eq!(refused(f64::INFINITY), Some(NotFinite(f64::INFINITY)));
    assert!(matches!(refused(f64::NAN), Some(NotFinite(_))));
    assert_eq!(refused(-0.0), None);
    assert_eq!(refused(-0.01), None);
    let read_back = [ValueCount { value: f64::NAN, customers: 1 }];
    assert!(Values::default().merge(read_back, &mut || ()).is_err());
}

/// Shares of a total have no meaning with values of both signs, however small the negative one is.
#[test]
fn with_a_negative_value_there_are_no_shares() {
    for least in [-5e-324, -0.01, -1e308] {
        assert_eq!(gini_of(&[4.0, 2.0, least, 3.0]), None);
        assert_eq!(places([Some(4.0), None, Some(least), Some(3.0)]), [None; 4]);
    }
    assert_eq!(gini_of(&[-1.0, -2.0]), None);
}

#[test]
fn cdnow_classes_and_deciles_are_the_reference() {
    let shares = shares(&cdnow_revenue());
    let class = |class| shares.iter().filter(|share| share.class == class).count();
    assert_eq!([AbcClass::A, AbcClass::B, AbcClass::C].map(class), [777, 804, 776]);
    let decile = |decile| shares.iter().filter(|share| share.decile == decile).count();
    assert_eq!(
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(decile),
        [236, 236, 236, 236, 235, 236, 235, 270, 204, 233]
    );
    // The best 471 of 2357 hold 67.4 % of the revenue.
    let mut cumulative: Vec<f64> = shares.iter().map(|share| share.cumulative_share).collect();
    cumulative.sort_by(f64::total_cmp);
    assert!((cumulative[470] - 0.6740155779006878).abs() < 1e-13);
    assert_eq!(cumulative[2356], 1.0);
}

#[test]
fn tied_customers_share_one_place() {
    let share = |cumulative_share, class, decile| ParetoShare { cumulative_share, class, decile };
    assert_eq!(
        shares(&[10.0, 60.0, 10.0, 20.0]),
        [
            share(1.0, AbcClass::B, 6),
            share(0.6, AbcClass::A, 1),
            share(1.0, AbcClass::B, 6),
            share(0.8, AbcClass::A, 3),
        ]
    );
}

#[test]
fn the_best_customers_are_class_a_even_if_they_hold_everything() {
    let all = shares(&[0.0, 100.0, 0.0]);
    assert_eq!((all[1].class, all[1].cumulative_share), (AbcClass::A, 1.0));
    assert_eq!((all[0].class, all[0].cumulative_share), (AbcClass::C, 1.0));
    assert_eq!(shares(&[7.0])[0].class, AbcClass::A);
}

#[test]
fn a_class_that_is_exactly_full_takes_nobody_more() {
    let classes = shares(&[5.0, 80.0, 15.0]).into_iter().map(|share| share.class);
    assert!(classes.eq([AbcClass::C, AbcClass::A, AbcClass::B]));
}

#[test]
fn a_customer_without_a_value_has_no_place_and_moves_nobody() {
    let with_gaps = places([None, Some(60.0), None, Some(30.0), Some(10.0), None]);
    let places: Vec<ParetoShare> = with_gaps.iter().copied().flatten().collect();
    assert_eq!(places, shares(&[60.0, 30.0, 10.0]));
    let placed: Vec<bool> = with_gaps.iter().map(Option::is_some).collect();
    assert_eq!(placed, [false, true, false, true, true, false]);
}

#[test]
fn minus_zero_stands_with_zero() {
    let all = shares(&[0.0, 4.0, -0.0]);
    assert_eq!((all[0], all[0].decile), (all[2], 4));
}

#[test]
fn shares_hold_at_the_ends_of_the_doubles() {
    for value in [f64::MAX, f64::MIN_POSITIVE, 5e-324] {
        let all = shares(&[value, 0.0, value]);
        assert_eq!([0, 1, 2].map(|row: usize| all[row].cumulative_share), [1.0; 3]);
        assert_eq!([0, 1, 2].map(|row: usize| all[row].decile), [1, 7, 1]);
    }
    let all = shares(&[f64::MAX, f64::MAX / 2.0, f64::MAX / 2.0]);
    assert_eq!([0, 1, 2].map(|row: usize| all[row].cumulative_share), [0.5, 1.0, 1.0]);
}

/// Enough rows for the radix sort, in no order, a third of them tied.
#[test]
fn many_customers_stand_where_counting_puts_them() {
    let values: Vec<f64> = (0..3000_u32)
        .map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 8))
        .map(|hash| if hash % 3.0 == 0.0 { hash % 100.0 } else { (hash / 1e6).exp() })
        .collect();
    let total: f64 = values.iter().sum();
    for (value, share) in values.iter().zip(shares(&values)) {
        let held: f64 = values.iter().filter(|other| *other >= value).sum();
        let above: Vec<f64> = values.iter().copied().filter(|other| other > value).collect();
        assert!((share.cumulative_share - held / total).abs() < 1e-12);
        assert_eq!(usize::from(share.decile), 1 + 10 * above.len() / values.len());
        let class = match above.iter().sum::<f64>() / total {
            above if above < 0.8 => AbcClass::A,
            above if above < 0.95 => AbcClass::B,
            _ => AbcClass::C,
        };
        assert_eq!(share.class, class);
    }
}

#[test]
fn placing_many_customers_can_be_interrupted_throughout() {
    let mut curve = ParetoCurve::of_customers(200_000);
    for i in 0..200_000_u32 {
        curve.push(Some(f64::from(i.wrapping_mul(2_654_435_761)).sqrt())).expect("a valid value");
    }
    let mut calls = 0;
    curve.shares(0.8, 0.95, &mut || calls += 1);
    assert!(calls > 100, "{calls}");
}

#[test]
fn quantile_tiers_of_cdnow_are_the_reference() {
    let revenue = cdnow_revenue();
    let tiers = Tiers::by_quantile(&mut revenue.clone(), 4, &mut || ());
    let mut sizes = [0; 4];
    for value in revenue {
        sizes[tiers.tier(value).expect("a number")] += 1;
    }
    assert_eq!(sizes, [593, 585, 589, 590]);
}

#[test]
fn tiers_by_threshold_begin_at_the_threshold() {
    let tiers = Tiers::by_thresholds(vec![0.0, 100.0, 500.0]).expect("rising thresholds");
    let all = [-5.0, 0.0, 99.99, 100.0, 500.0, f64::INFINITY].map(|value| tiers.tier(value));
    assert_eq!(all, [Some(0), Some(1), Some(1), Some(2), Some(3), Some(3)]);
    assert_eq!(tiers.tier(f64::NAN), None);
    assert_eq!(Tiers::by_thresholds(vec![1.0, 1.0]), None);
    assert_eq!(Tiers::by_thresholds(vec![f64::NAN]), None);
    assert_eq!(Tiers::by_thresholds(vec![]).and_then(|one| one.tier(3.0)), Some(0));
}

#[test]
fn one_tier_and_no_values_give_tier_0() {
    let one = Tiers::by_quantile(&mut [1.0, 2.0, 3.0], 1, &mut || ());
    assert_eq!(one.tier(3.0), Some(0));
    assert_eq!(Tiers::by_quantile(&mut [], 4, &mut || ()).tier(3.0), Some(0));
}

fn any_values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![3 => (0..8_u32).prop_map(f64::from), 2 => 0.0..1e6_f64];
    prop::collection::vec(value, 1..200)
}

/// Half the relative mean absolute difference, pair by pair.
fn gini_by_pairs(values: &[f64]) -> f64 {
    let pairs = values.iter().flat_map(|one| values.iter().map(move |other| (one - other).abs()));
    let n = values.len() as f64;
    pairs.sum::<f64>() / (2.0 * n * values.iter().sum::<f64>())
}

proptest! {
    #[test]
    fn gini_is_half_the_relative_mean_difference(values in any_values()) {
        match gini_of(&values) {
            None => prop_assert!(values.iter().all(|&value| value == 0.0)),
            Some(gini) => prop_assert!((gini - gini_by_pairs(&values)).abs() < 1e-13),
        }
    }

    #[test]
    fn parts_merge_to_the_same_bits_in_any_order(
        values in any_values(), cut in any::<prop::sample::Index>(),
    ) {
        // Enough repeats of shifted values that folding happens on the way.
        let many: Vec<f64> =
            (0..200).flat_map(|i| values.iter().map(move |v| v + f64::from(i) * 0.37)).collect();
        let (left, right) = many.split_at(cut.index(many.len()));
        let mut whole = Values::default();
        whole.merge(folded(right), &mut || ()).expect("valid values");
        whole.merge(folded(left), &mut || ()).expect("valid values");
        let serial = folded(&many);
        prop_assert_eq!(whole.folded(&mut || ()), &serial[..]);
        prop_assert_eq!(serial.iter().map(|one| one.customers).sum::<u64>(), many.len() as u64);
    }

    #[test]
    fn more_value_never_stands_lower(values in any_values()) {
        prop_assume!(values.iter().any(|&value| value > 0.0));
        let shares = shares(&values);
        for (value, share) in values.iter().zip(&shares) {
            prop_assert!((0.0..=1.0).contains(&share.cumulative_share));
            prop_assert!((1..=10).contains(&share.decile));
            for (other, other_share) in values.iter().zip(&shares) {
                if value >= other {
                    prop_assert!(share.cumulative_share <= other_share.cumulative_share);
                    prop_assert!(share.class <= other_share.class);
                    prop_assert!(share.decile <= other_share.decile);
                }
                prop_assert!(value != other || share == other_share);
            }
        }
    }

    #[test]
    fn shares_are_those_of_counting(values in any_values()) {
        let total: f64 = values.iter().sum();
        prop_assume!(total > 0.0);
        for (&value, share) in values.iter().zip(shares(&values)) {
            let held: f64 = values.iter().filter(|&&other| other >= value).sum();
            let above = values.iter().filter(|&&other| other > value).count();
            prop_assert!((share.cumulative_share - held / total).abs() < 1e-12);
            prop_assert_eq!(usize::from(share.decile), (1 + 10 * above / values.len()).min(10));
        }
    }

    #[test]
    fn class_a_are_the_fewest_who_hold_four_fifths(values in any_values()) {
        let total: f64 = values.iter().sum();
        prop_assume!(total > 0.0);
        let all: Vec<_> = values.iter().copied().zip(shares(&values)).collect();
        let in_a = all.iter().filter(|(_, share)| share.class == AbcClass::A);
        let least = in_a.clone().map(|(value, _)| *value).fold(f64::INFINITY, f64::min);
        let held: f64 = in_a.clone().map(|(value, _)| value).sum();
        let held_without_last: f64 =
            in_a.map(|(value, _)| value).filter(|value| **value > least).sum();
        prop_assert!(held >= 0.8 * total * (1.0 - 1e-12));
        prop_assert!(held_without_last < 0.8 * total * (1.0 + 1e-12));
    }

    #[test]
    fn quantile_tiers_are_those_of_percent_rank(values in any_values(), tiers in 1..12_u32) {
        let made = Tiers::by_quantile(&mut values.clone(), tiers, &mut || ());
        for &value in &values {
            let below = values.iter().filter(|&&other| other < value).count();
            let rank = (tiers as usize * below).checked_div(values.len() - 1).unwrap_or(0);
            prop_assert_eq!(made.tier(value), Some(rank.min(tiers as usize - 1)));
        }
    }
}
