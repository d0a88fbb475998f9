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
fn beyond_the_range_of_a_double_a_sum_is_infinite_and_stays_so() {
    for sign in [1.0, -1.0] {
        let all = |numbers: &[f64]| {
            let signed: Vec<f64> = numbers.iter().map(|number| sign * number).collect();
            sum(&signed).value()
        };
        assert_eq!(all(&[1e308, 1e308]), sign * f64::INFINITY);
        assert_eq!(all(&[1e308, 1e308, -1e308, 1.0]), sign * f64::INFINITY);
        assert_eq!(all(&[3.0, 1e300, 1e-300, f64::INFINITY, 2.0]), sign * f64::INFINITY);
        assert_eq!(all(&[f64::INFINITY]), sign * f64::INFINITY);
    }
    assert!(sum(&[f64::INFINITY, 1.0, f64::NEG_INFINITY]).value().is_nan());
    assert!(sum(&[f64::NAN, 1.0]).value().is_nan());
    assert!(sum(&[1.0, f64::NAN, f64::INFINITY]).value().is_nan());
}

/// All doubles span 2,098 bits, of which a part takes up to 53: some dozens of parts hold a sum of
/// any length, and a single one a sum beyond the range of a double.
#[test]
fn a_sum_takes_the_same_time_however_many_it_has_seen() {
    let mut beyond = ExactSum::default();
    let mut wild = ExactSum::default();
    for i in 0..100_000 {
        beyond.add(1e308);
        wild.add((1.0 + f64::from(i) / 3e5) * 2.0_f64.powi(i * 7919 % 2040 - 1040));
        assert!(beyond.parts().len() <= 1 && wild.parts().len() <= 200);
    }
    assert_eq!(beyond.value(), f64::INFINITY);
}

proptest! {
    #[test]
    fn the_sum_of_whole_numbers_is_theirs(numbers in prop::collection::vec(-1_000_000_000_000_i64..1_000_000_000_000, 0..50)) {
        let floats: Vec<f64> = numbers.iter().map(|&n| n as f64).collect();
        prop_assert_eq!(sum(&floats).value(), numbers.iter().sum::<i64>() as f64);
    }

    #[test]
    fn order_and_division_do_not_change_a_bit(
        numbers in prop::collection::vec(prop::num::f64::NORMAL.prop_map(|x| x / 1e10), 0..40),
        cut in 0_usize..40,
    ) {
        let (left, right) = numbers.split_at(cut.min(numbers.len()));
        let mut merged = sum(right);
        merged.merge(&sum(left));
        let mut reversed = numbers.clone();
        reversed.reverse();
        let value = sum(&numbers).value();
        prop_assert_eq!(merged.value().to_bits(), value.to_bits());
        prop_assert_eq!(sum(&reversed).value().to_bits(), value.to_bits());
    }
}
