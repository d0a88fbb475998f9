//! Sums without rounding errors.

use pg_clv::maths::exact_sum::ExactSum;
use proptest::prelude::*;

fn sum(numbers: &[f64]) -> ExactSum {
    let mut sum = ExactSum::default();
    numbers.iter().for_each(|&number| sum.add(number));
    sum
}

#[test]
fn what_cancels_leaves_the_small_numbers_whole() {
    assert_eq!(sum(&[1e100, 1.0, -1e100, 1e-300]).value(), 1.0);
    assert_eq!(sum(&[0.1; 10]).value(), 1.0);
    assert_eq!(sum(&[]).value(), 0.0);
}

/// Values of `math.fsum` of Python 3.
#[test]
fn a_tie_is_decided_by_what_lies_below_it() {
    let ulp = 2.0_f64.powi(-53);
    assert_eq!(sum(&[1.0, ulp]).value(), 1.0);
    assert_eq!(sum(&[1.0, ulp, 1e-40]).value(), 1.0 + 2.0 * ulp);
    assert_eq!(sum(&[1.0, ulp, -1e-40]).value(), 1.0);
    assert_eq!(sum(&[1.0 + 2.0 * ulp, ulp]).value(), 1.0 + 4.0 * ulp);
}

#[test]
fn beyond_the_range_of_a_double_a_sum_is_infinite_and_may_come_back() {
    let max = f64::MAX;
    for sign in [1.0, -1.0] {
        let all = |numbers: &[f64]| {
            let signed: Vec<f64> = numbers.iter().map(|number| sign * number).collect();
            let mut reversed = signed.clone();
            reversed.reverse();
            assert_eq!(sum(&signed).value(), sum(&reversed).value());
            sign * sum(&signed).value()
        };
        assert_eq!(all(&[1e308, 1e308]), f64::INFINITY);
        assert_eq!(all(&[1e308, 1e308, -1e308, 1.0]), 1e308);
        assert_eq!(all(&[1e308, 1e308, 3.0, -1e308, -1e308]), 3.0);
        assert_eq!(all(&[max, max, max, 5e-324, -max, -max, -max]), 5e-324);
        assert_eq!(all(&[max, max, max, -max, -max]), max);
        // Half a unit in the last place beyond the largest double, and a little less.
        let half = 2.0_f64.powi(970);
        assert_eq!(all(&[max, half]), f64::INFINITY);
        assert_eq!(all(&[max, half, -1e-300]), max);
        assert_eq!(all(&[half, -1e-300, max]), max);
        assert_eq!(all(&[3.0, 1e300, 1e-300, f64::INFINITY, 2.0, -max, -max]), f64::INFINITY);
        assert_eq!(all(&[f64::INFINITY]), f64::INFINITY);
    }
    assert!(sum(&[f64::INFINITY, 1.0, f64::NEG_INFINITY]).value().is_nan());
    assert!(sum(&[f64::NAN, 1.0]).value().is_nan());
    assert!(sum(&[1.0, f64::NAN, f64::INFINITY]).value().is_nan());
}

/// All doubles span 2,098 bits, of which a part takes up to 53: some dozens of parts hold a sum of
/// any length.
#[test]
fn a_sum_takes_the_same_time_however_many_it_has_seen() {
    let mut beyond = ExactSum::default();
    let mut wild = ExactSum::default();
    for i in 0..100_000 {
        beyond.add(1e308);
        wild.add((1.0 + f64::from(i) / 3e5) * 2.0_f64.powi(i * 7919 % 2040 - 1040));
        assert!(beyond.parts().len() <= 5 && wild.parts().len() <= 200);
    }
    assert_eq!(beyond.value(), f64::INFINITY);
    (0..100_000).for_each(|_| beyond.add(-1e308));
    assert_eq!(beyond.value(), 0.0);
}

/// The largest doubles, of either sign.
fn large() -> impl Strategy<Value = f64> {
    let largest = (-1.0..1.0).prop_map(|share| share * f64::MAX);
    prop_oneof![largest, Just(f64::MAX), Just(f64::MIN), Just(2.0_f64.powi(970))]
}

fn any_size() -> impl Strategy<Value = f64> {
    prop_oneof![large(), prop::num::f64::NORMAL, prop::num::f64::SUBNORMAL]
}

proptest! {
    #[test]
    fn the_sum_of_whole_numbers_is_theirs(numbers in prop::collection::vec(-1_000_000_000_000_i64..1_000_000_000_000, 0..50)) {
        let floats: Vec<f64> = numbers.iter().map(|&n| n as f64).collect();
        prop_assert_eq!(sum(&floats).value(), numbers.iter().sum::<i64>() as f64);
    }

    #[test]
    fn order_and_division_do_not_change_a_bit(
        numbers in prop::collection::vec(any_size(), 0..40),
        cut in 0_usize..40,
    ) {
        let (left, right) = numbers.split_at(cut.min(numbers.len()));
        let mut merged = sum(right);
        merged.merge(&sum(left));
        let mut reversed = numbers.clone();
        reversed.reverse();
        let mut sorted = numbers.clone();
        sorted.sort_by(f64::total_cmp);
        let all = sum(&numbers);
        let value = all.value();
        prop_assert!(!value.is_nan());
        prop_assert_eq!(merged.value().to_bits(), value.to_bits());
        prop_assert_eq!(sum(&reversed).value().to_bits(), value.to_bits());
        // All that is positive comes last, so that most of these leave the range on both sides.
        prop_assert_eq!(sum(&sorted).value().to_bits(), value.to_bits());
        let travelled = ExactSum::of(all.parts(), all.beyond());
        prop_assert_eq!(travelled.value().to_bits(), value.to_bits());
    }

    /// The sum of the same numbers where none leaves the range.
    #[test]
    fn beyond_the_range_the_sum_is_that_of_smaller_numbers_enlarged(numbers in prop::collection::vec(large(), 0..40)) {
        let smaller: Vec<f64> = numbers.iter().map(|number| number / 2.0_f64.powi(20)).collect();
        prop_assert_eq!(sum(&numbers).value(), sum(&smaller).value() * 2.0_f64.powi(20));
    }
}
