//! The orders of a customer against a map of days with exact sums: any order of arrival, any
//! division among processes, amounts of any scale.

use std::collections::BTreeMap;

use pg_clv::maths::decimal::{Decimal, DecimalSum};
use pg_clv::maths::error::Refusal;
use pg_clv::maths::orders::{Amount, LARGEST_DOUBLE, add, compact, merge};
use pg_clv::maths::summary::{Activity, Summary, activity, purchase_days, summarise};
use proptest::prelude::*;

/// A decimal number as numeric stores it: sign, weight and digits of base 10,000 without zeros at
/// either end.
#[derive(Clone, Debug)]
struct Numeric {
    negative: bool,
    weight: i16,
    digits: Vec<[u8; 2]>,
}

impl Numeric {
    /// coefficient × 10^exponent.
    fn new(coefficient: i128, exponent: i32) -> Self {
        let mut rest = coefficient.unsigned_abs() * 10_u128.pow(exponent.rem_euclid(4) as u32);
        let mut power = exponent.div_euclid(4);
        let mut digits = Vec::new();
        while rest > 0 {
            digits.push((rest % 10_000) as u16);
            rest /= 10_000;
        }
        while digits.first() == Some(&0) {
            digits.remove(0);
            power += 1;
        }
        let weight = (power + digits.len() as i32 - 1) as i16;
        let digits = digits.into_iter().rev().map(u16::to_ne_bytes).collect();
        Numeric { negative: coefficient < 0, weight, digits }
    }

    fn amount(&self) -> Amount<'_> {
        Amount::Decimal(Decimal::new(self.negative, self.weight, &self.digits).unwrap())
    }
}

/// How an order comes in.
#[derive(Clone, Debug)]
enum Money {
    Cents(i64),
    Numeric(Numeric),
    Double(f64),
}

impl Money {
    /// As the extension reads numeric: as cents where it can.
    fn numeric(coefficient: i128, scale: u32) -> Self {
        let unit = 10_i128.pow(scale.max(2) - 2);
        let hundredths = coefficient * 10_i128.pow(2 - scale.min(2));
        match i64::try_from(hundredths / unit) {
            Ok(cents) if hundredths % unit == 0 && Amount::of_cents(cents).is_some() => {
                Money::Cents(cents)
            }
            _ => Money::Numeric(Numeric::new(coefficient, -(scale as i32))),
        }
    }

    fn amount(&self) -> Amount<'_> {
        match self {
            Money::Cents(cents) => Amount::Cents(*cents),
            Money::Numeric(numeric) => numeric.amount(),
            Money::Double(double) => Amount::from(*double),
        }
    }
}

fn words(orders: &[(i32, Money)]) -> Vec<u64> {
    let mut words = Vec::new();
    orders.iter().for_each(|(day, money)| add(&mut words, *day, money.amount()));
    words
}

fn summary(orders: &[(i32, Money)]) -> Option<Summary> {
    summarise(&mut words(orders)).unwrap()
}

/// The orders taken in by several processes, some of which send what they have on.
fn words_of_parts(orders: &[(i32, Money)], parts: &[u8]) -> Vec<u64> {
    let mut states: Vec<Vec<u64>> = vec![Vec::new(); 4];
    for ((day, money), part) in orders.iter().zip(parts.iter().cycle()) {
        add(&mut states[usize::from(part % 4)], *day, money.amount());
    }
    let mut whole = states.swap_remove(usize::from(parts[0] % 4));
    for (i, mut state) in states.into_iter().enumerate() {
        if i % 2 == 0 {
            let kept = compact(&mut state);
            state.truncate(kept);
        }
        merge(&mut whole, &state);
    }
    whole
}

/// What the map makes of days with refunds and net amounts of `1 / scale`.
fn by_map(
    orders: impl Iterator<Item = (i32, bool, i128)>,
    value: impl Fn(i128) -> f64,
) -> (Option<Summary>, Activity, Vec<i32>) {
    let mut days: BTreeMap<i32, (bool, i128)> = BTreeMap::new();
    for (day, refund, amount) in orders {
        let entry = days.entry(day).or_default();
        *entry = (entry.0 | refund, entry.1 + amount);
    }
    let purchases: Vec<(i32, i128)> = days
        .iter()
        .filter(|(_, (refund, net))| !refund || *net > 0)
        .map(|(day, (_, net))| (*day, *net))
        .collect();
    let revenue = value(days.values().map(|(_, net)| net).sum());
    let mean = |days: &[(i32, i128)]| {
        let sum = value(days.iter().map(|(_, net)| net).sum());
        (!days.is_empty()).then(|| sum / days.len() as f64)
    };
    let summary = purchases.first().map(|&(first, _)| Summary {
        frequency: purchases.len() as u32 - 1,
        first,
        last: purchases[purchases.len() - 1].0,
        monetary: mean(&purchases[1..]),
        revenue,
    });
    let activity =
        Activity { purchases: purchases.len() as u32, monetary: mean(&purchases), revenue };
    (summary, activity, purchases.into_iter().map(|(day, _)| day).collect())
}

/// A random permutation.
fn shuffled(orders: &[(i32, Money)], seed: u64) -> Vec<(i32, Money)> {
    let (mut orders, mut dice) = (orders.to_vec(), Dice(seed));
    for i in (1..orders.len()).rev() {
        orders.swap(i, dice.below(i as u64 + 1) as usize);
    }
    orders
}

struct Dice(u64);

impl Dice {
    /// SplitMix64.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

const SCALE: u32 = 12;

/// Few days, so that they have several orders; amounts that often cancel.
fn decimals() -> impl Strategy<Value = Vec<(i32, i128, u32)>> {
    let coefficient = prop_oneof![
        -30_i128..30,
        -200_000_i128..200_000,
        -1_000_000_000_000_000_i128..1_000_000_000_000_000
    ];
    let order = (-3_i32..4, coefficient, 0_u32..=SCALE);
    prop_oneof![4 => prop::collection::vec(order.clone(), 0..40), 1 => prop::collection::vec(order, 200..900)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn decimal_amounts_of_any_scale_in_any_order_and_division_give_what_the_map_gives(
        rows in decimals(), parts in prop::collection::vec(any::<u8>(), 1..40), seed: u64,
    ) {
        let orders: Vec<(i32, Money)> =
            rows.iter().map(|&(day, c, scale)| (day, Money::numeric(c, scale))).collect();
        let exact = rows.iter().map(|&(day, c, scale)| (day, c < 0, c * 10_i128.pow(SCALE - scale)));
        let value = |sum: i128| format!("{sum}e-{SCALE}").parse::<f64>().unwrap();
        let (summary, was_active, days) = by_map(exact, value);
        for orders in [orders.clone(), shuffled(&orders, seed)] {
            for mut words in [words(&orders), words_of_parts(&orders, &parts)] {
                prop_assert_eq!(summarise(&mut words).unwrap(), summary);
                prop_assert_eq!(activity(&mut words).unwrap(), was_active);
                prop_assert_eq!(purchase_days(&mut words), days.clone());
            }
        }
    }

    /// Sums of these doubles are exact in 128 bits: 2^-20 is the smallest part, and hundredths of
    /// whole cents come to 25 of its parts in 2^22.
    #[test]
    fn doubles_in_any_order_and_division_give_the_same_bits(
        rows in prop_oneof![
            4 => prop::collection::vec((-3_i32..4, -(1_i64 << 45)..1 << 45, 0_u32..2), 0..40),
            1 => prop::collection::vec((-3_i32..4, -(1_i64 << 45)..1 << 45, 0_u32..3), 200..900)
        ],
        parts in prop::collection::vec(any::<u8>(), 1..40), seed: u64,
    ) {
        let double = |parts: i64, whole: u32| if whole == 1 { (parts >> 20) as f64 } else { parts as f64 / 1_048_576.0 };
        let orders: Vec<(i32, Money)> =
            rows.iter().map(|&(day, k, whole)| (day, Money::Double(double(k, whole)))).collect();
        let exact = orders.iter().map(|(day, money)| match money {
            Money::Double(double) => (*day, *double < 0.0, (double * 1_048_576.0) as i128),
            _ => unreachable!(),
        });
        let (expected, ..) = by_map(exact, |sum| sum as f64 / 1_048_576.0);
        let summary = summary(&orders);
        for orders in [orders.clone(), shuffled(&orders, seed)] {
            prop_assert_eq!(summarise(&mut words_of_parts(&orders, &parts)).unwrap(), summary);
        }
        let close = |a: f64, b: f64, size: f64| (a - b).abs() <= 1e-15 * size;
        let size: f64 = rows.iter().map(|&(_, k, whole)| double(k, whole).abs()).sum();
        match (summary, expected) {
            (Some(got), Some(right)) => {
                prop_assert_eq!((got.frequency, got.first, got.last), (right.frequency, right.first, right.last));
                prop_assert!(close(got.revenue, right.revenue, size));
                prop_assert!(close(got.monetary.unwrap_or(0.0), right.monetary.unwrap_or(0.0), size));
            }
            (got, right) => prop_assert_eq!(got.is_some(), right.is_some()),
        }
    }

    #[test]
    fn a_sum_of_decimals_is_rounded_once(rows in decimals()) {
        let mut sum = DecimalSum::default();
        for &(_, coefficient, scale) in &rows {
            let number = Numeric::new(coefficient, -(scale as i32));
            let digits = number.digits.iter().map(|&digit| u16::from_ne_bytes(digit));
            sum.add(number.negative, i32::from(number.weight), digits);
        }
        let exact: i128 = rows.iter().map(|&(_, c, scale)| c * 10_i128.pow(SCALE - scale)).sum();
        prop_assert_eq!(sum.value(), format!("{exact}e-{SCALE}").parse::<f64>().unwrap());
        prop_assert_eq!(sum.is_positive(), exact > 0);
    }
}

#[test]
fn a_return_of_three_decimals_leaves_no_purchase() {
    let orders = [(31_417, 3), (58_209, 3), (12_004, 3), (-101_630, 3)];
    let decimals: Vec<(i32, Money)> =
        orders.iter().map(|&(c, scale)| (1, Money::numeric(c, scale))).collect();
    let doubles: Vec<(i32, Money)> =
        [31.417, 58.209, 12.004, -101.630].map(|x| (1, Money::Double(x))).into();
    for mut orders in [decimals, doubles] {
        assert_eq!(summary(&orders), None);
        orders.push((0, Money::Cents(1000)));
        orders.push((2, Money::Cents(2000)));
        let left = summary(&orders).unwrap();
        assert_eq!((left.frequency, left.monetary, left.revenue), (1, Some(20.0), 30.0));
    }
}

/// A day's basket: prices with so many decimals times quantities.
fn basket(dice: &mut Dice, decimals: u32) -> Vec<(i128, i128)> {
    let lines = 1 + dice.below(30);
    let price = 20 * 10_u64.pow(decimals);
    (0..lines).map(|_| (1 + dice.below(price) as i128, 1 + dice.below(50) as i128)).collect()
}

#[test]
fn ten_thousand_baskets_returned_line_by_line_are_no_purchases() {
    let mut dice = Dice(4);
    for _ in 0..10_000 {
        let basket = basket(&mut dice, 4);
        let bought: i128 = basket.iter().map(|(price, quantity)| price * quantity).sum();
        let mut orders = vec![(5, Money::numeric(bought, 4))];
        orders.extend(basket.iter().map(|(p, n)| (5, Money::numeric(-p * n, 4))));
        assert_eq!(summary(&orders), None);
        // One ten-thousandth more, and it is a purchase of that much.
        orders.push((5, Money::numeric(1, 4)));
        assert_eq!(summary(&orders).unwrap().revenue, 0.0001);
    }
}

/// Prices of two to four decimals as doubles times quantities, each line bought and returned by
/// itself or in one sum, from the first line or the last; beside a purchase that stays.
#[test]
fn what_rounding_leaves_of_doubles_is_no_purchase_and_a_small_one_beside_it_stays() {
    let mut dice = Dice(7);
    for round in 0..10_000 {
        let decimals = 2 + round % 3;
        let lines: Vec<f64> = basket(&mut dice, decimals)
            .iter()
            .map(|&(price, n)| price as f64 / 10_f64.powi(decimals as i32) * n as f64)
            .collect();
        let forth: f64 = lines.iter().sum();
        let back: f64 = lines.iter().rev().sum();
        let each = |sign: f64| lines.iter().map(move |line| sign * line);
        let days: [Vec<f64>; 4] = [
            std::iter::once(forth).chain(each(-1.0)).collect(),
            std::iter::once(-forth).chain(each(1.0)).collect(),
            vec![forth, -back],
            each(1.0).chain(each(-1.0)).collect(),
        ];
        for amounts in days {
            let mut orders: Vec<(i32, Money)> =
                amounts.iter().map(|&amount| (9, Money::Double(amount))).collect();
            assert_eq!(summary(&orders), None, "{amounts:?}");
            orders.push((9, Money::Double(0.001)));
            let stays = summary(&shuffled(&orders, round.into())).expect("0.001 was bought");
            assert!((stays.revenue - 0.001).abs() < 1e-9, "{stays:?}");
        }
    }
}

/// A cent beside a large order and its refund, doubles that are no whole cents.
#[test]
fn a_cent_stays_a_purchase_beside_millions() {
    for large in [1e3, 1e6, 1e9] {
        let large = large + 0.123;
        for small in [0.01, 0.012] {
            let orders: Vec<(i32, Money)> =
                [large, small, -large].map(|x| (1, Money::Double(x))).into();
            let left = summary(&orders).expect("a purchase");
            assert!((left.revenue - small).abs() < 1e-6 * small, "{left:?}");
        }
    }
}

#[test]
fn a_free_order_and_dust_without_a_refund_are_purchases() {
    assert_eq!(summary(&[(1, Money::Cents(0))]).unwrap().revenue, 0.0);
    assert_eq!(summary(&[(1, Money::Double(1e-300))]).unwrap().revenue, 1e-300);
    let dust = Numeric::new(1, -16_000);
    assert_eq!(summary(&[(1, Money::Numeric(dust))]).unwrap().revenue, 0.0);
}

#[test]
fn numbers_at_both_ends_of_numeric_add_exactly() {
    let number = |coefficient, exponent| (1, Money::Numeric(Numeric::new(coefficient, exponent)));
    let (huge, tiny) = (number(1, 131_071), number(1, -16_383));
    let mut orders = vec![huge, number(-1, 131_071)];
    assert_eq!(summary(&orders), None);
    orders.push(tiny);
    orders.push((2, Money::Cents(250)));
    assert_eq!(summary(&orders).unwrap().frequency, 1);
    orders.push(number(-2, -16_383));
    assert_eq!(summary(&orders).unwrap().frequency, 0);
}

/// Sums of doubles stay within it, since no double may be larger than `LARGEST_DOUBLE`.
#[test]
fn sums_beyond_the_range_of_a_double_are_refused() {
    let numeric = |day| (day, Money::Numeric(Numeric::new(1, 400)));
    let mut words = words(&[numeric(1), numeric(2)]);
    assert_eq!(summarise(&mut words).unwrap_err().refusal, Refusal::Overflow);
    assert_eq!(activity(&mut words).unwrap_err().refusal, Refusal::Overflow);
    let largest = vec![(1, Money::Double(LARGEST_DOUBLE)); 100_000];
    assert!((summary(&largest).unwrap().revenue / (1e5 * LARGEST_DOUBLE) - 1.0).abs() < 1e-15);
}

/// A group of any number of orders takes as much as its days do.
#[test]
fn the_days_of_a_large_group_merge() {
    let mut dice = Dice(11);
    for scale in [2, 4] {
        let orders: Vec<(i32, Money)> = (0..100_000)
            .map(|_| {
                let (day, amount) = (dice.below(100) as i32, dice.below(2_000_000) as i128 - 500);
                let double = amount as f64 / 10_f64.powi(scale);
                if scale == 2 {
                    (day, Money::Double(1.1 * double))
                } else {
                    (day, Money::numeric(amount, 4))
                }
            })
            .collect();
        assert!(words(&orders).capacity() <= 2_048, "{}", words(&orders).capacity());
        let mut apart: Vec<u64> =
            orders.iter().flat_map(|order| words(std::slice::from_ref(order))).collect();
        assert_eq!(summary(&orders), summarise(&mut apart).unwrap());
        assert_eq!(summary(&orders), summary(&shuffled(&orders, 5)));
    }
}
