//! RFM scores: hand-checked CDNOW customers, ties, missing values, thresholds, NTILE.

use std::collections::BTreeMap;

use pg_clv::maths::rfm::{Bins, Measures, Method, Score, ThresholdError, Thresholds, scores};
use proptest::prelude::*;

const NULL: f64 = f64::NAN;

/// Customers as (recency, frequency, monetary).
type Rows = Vec<(f64, f64, f64)>;

struct Columns {
    recency: Vec<f64>,
    frequency: Vec<f64>,
    monetary: Vec<f64>,
}

impl Columns {
    fn of(rows: &[(f64, f64, f64)]) -> Self {
        Columns {
            recency: rows.iter().map(|row| row.0).collect(),
            frequency: rows.iter().map(|row| row.1).collect(),
            monetary: rows.iter().map(|row| row.2).collect(),
        }
    }

    fn measures(&self) -> Measures<'_> {
        Measures { recency: &self.recency, frequency: &self.frequency, monetary: &self.monetary }
    }
}

fn bins(number: i64) -> Bins {
    Bins::new(number).expect("3 to 10 are valid")
}

fn scored(rows: &[(f64, f64, f64)], number: i64, method: Method) -> Vec<Option<Score>> {
    scores(Columns::of(rows).measures(), bins(number), method, &mut || ())
}

fn texts(rows: &[(f64, f64, f64)], method: Method) -> Vec<String> {
    let name = |score: Option<Score>| score.map_or("none".to_owned(), |score| score.to_string());
    scored(rows, 5, method).into_iter().map(name).collect()
}

fn thresholds_of(rows: &[(f64, f64, f64)], number: i64) -> Option<Thresholds> {
    Thresholds::of(Columns::of(rows).measures(), bins(number), &mut || ())
}

/// Days since the last order, repeat order days and their mean value on 1997-09-30.
fn cdnow() -> BTreeMap<u32, (f64, f64, f64)> {
    // Days from 1997-01-01 on; the file has no order before it.
    let day = |date: &str| -> Option<i32> {
        let (month, day) = date.strip_prefix("1997-")?.split_once('-')?;
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243];
        Some(before.get(month.parse::<usize>().ok()? - 1)? + day.parse::<i32>().ok()? - 1)
    };
    let mut days: BTreeMap<u32, BTreeMap<i32, f64>> = BTreeMap::new();
    let orders = include_str!("data/cdnow_orders.csv");
    let mut reader = csv::Reader::from_reader(orders.as_bytes());
    for order in reader.records() {
        let order = order.expect("a well-formed file");
        let customer = order[0].parse().expect("a customer number");
        let amount: f64 = order[3].parse().expect("an amount");
        if let Some(day) = day(&order[1]) {
            *days.entry(customer).or_default().entry(day).or_default() += amount;
        }
    }
    let summary = |days: BTreeMap<i32, f64>| {
        let (last, repeats) = (*days.keys().last().expect("a day"), days.len() - 1);
        let spent: f64 = days.values().skip(1).sum();
        let monetary = if repeats == 0 { NULL } else { spent / repeats as f64 };
        (f64::from(272 - last), repeats as f64, monetary)
    };
    days.into_iter().map(|(customer, days)| (customer, summary(days))).collect()
}

#[test]
fn cdnow_customers_score_as_counted_by_hand() {
    // By a separate program: exact fractions over sorted Python lists.
    let cdnow = cdnow();
    let rows: Rows = cdnow.values().copied().collect();
    let scores = scored(&rows, 5, Method::PercentRank);
    let by_customer: BTreeMap<u32, String> = cdnow
        .keys()
        .zip(&scores)
        .map(|(&customer, score)| (customer, score.expect("all are scored").to_string()))
        .collect();
    for (customer, expected) in [
        (1, "544"),
        (2, "134"),
        (3, "111"),
        (9, "544"),
        (25, "111"),
        (1000, "554"),
        (1516, "555"),
        (2357, "411"),
    ] {
        assert_eq!(by_customer[&customer], expected, "customer {customer}");
    }
    let counts = |of: fn(&Score) -> u8| {
        let mut counts = [0; 5];
        for score in scores.iter().flatten() {
            counts[usize::from(of(score)) - 1] += 1;
        }
        counts
    };
    assert_eq!(counts(|score| score.r), [480, 478, 459, 475, 465]);
    assert_eq!(counts(|score| score.f), [1411, 0, 439, 214, 293]);
    assert_eq!(counts(|score| score.m), [1411, 0, 3, 471, 472]);
}

#[test]
fn cdnow_one_timers_with_one_recency_are_all_alike() {
    let rows: Rows = cdnow().into_values().collect();
    let mut by_recency: BTreeMap<i64, Score> = BTreeMap::new();
    let mut one_timers = 0;
    for (row, score) in rows.iter().zip(scored(&rows, 5, Method::PercentRank)) {
        let score = score.expect("all are scored");
        if row.1 == 0.0 {
            one_timers += 1;
            assert_eq!((score.f, score.m), (1, 1));
            assert_eq!(*by_recency.entry(row.0 as i64).or_insert(score), score);
        }
    }
    assert_eq!(one_timers, 1411);
    // NTILE spreads the same customers over the scores 1, 2 and 3 of frequency.
    let mut tiles: Vec<u8> = rows
        .iter()
        .zip(scored(&rows, 5, Method::Ntile))
        .filter(|(row, _)| row.1 == 0.0)
        .map(|(_, score)| score.expect("all are scored").f)
        .collect();
    tiles.sort_unstable();
    tiles.dedup();
    assert_eq!(tiles, [1, 2, 3]);
}

#[test]
fn six_distinct_customers_take_the_percent_ranks_of_sql() {
    // percent_rank 0, .2, .4, .6, .8, 1: exact fifths, which floats would miss.
    let rows: Rows =
        (0..6).map(|i| (100.0 - f64::from(i), f64::from(i), f64::from(i) * 10.0)).collect();
    assert_eq!(texts(&rows, Method::PercentRank), ["111", "222", "333", "444", "555", "555"]);
}

#[test]
fn one_customer_and_equal_customers_score_one() {
    assert_eq!(texts(&[(3.0, 9.0, 50.0)], Method::PercentRank), ["111"]);
    assert_eq!(texts(&[(3.0, 9.0, 50.0); 4], Method::PercentRank), ["111"; 4]);
    assert_eq!(texts(&[], Method::PercentRank), [""; 0]);
    assert_eq!(texts(&[(3.0, 9.0, 50.0)], Method::Ntile), ["111"]);
}

#[test]
fn equal_recency_scores_by_those_who_ordered_longer_ago() {
    // Four of five ordered on the best day: each of them beats one of four others, .25 → score 2.
    let rows: Rows = [9.0, 2.0, 2.0, 2.0, 2.0].map(|recency| (recency, 1.0, 1.0)).to_vec();
    assert_eq!(texts(&rows, Method::PercentRank), ["111", "211", "211", "211", "211"]);
}

#[test]
fn missing_monetary_ranks_below_every_value_and_scores_one() {
    let rows = [(1.0, 0.0, NULL), (1.0, 1.0, -5.0), (1.0, 1.0, 0.0), (1.0, 0.0, NULL)];
    // Two of three others are below −5, all three below 0.
    assert_eq!(texts(&rows, Method::PercentRank), ["111", "144", "145", "111"]);
}

#[test]
fn missing_recency_or_frequency_is_not_scored_and_does_not_count() {
    let rows =
        [(NULL, 5.0, 5.0), (4.0, 1.0, 1.0), (5.0, NULL, 9.0), (2.0, 2.0, 2.0), (NULL, NULL, NULL)];
    let expected = ["none", "111", "none", "555", "none"];
    assert_eq!(texts(&rows, Method::PercentRank), expected);
    assert_eq!(texts(&rows, Method::Ntile), ["none", "111", "none", "222", "none"]);
    assert_eq!(texts(&[(NULL, 1.0, 1.0)], Method::PercentRank), ["none"]);
}

#[test]
fn minus_zero_and_zero_are_equal() {
    let rows = [(0.0, -0.0, 0.0), (-0.0, 0.0, -0.0), (1.0, -1.0, -1.0)];
    let all = texts(&rows, Method::PercentRank);
    assert_eq!(all[0], all[1]);
    assert_eq!(all[2], "111");
}

#[test]
fn score_text_separates_scores_of_two_digits() {
    assert_eq!(Score { r: 5, f: 4, m: 5 }.to_string(), "545");
    assert_eq!(Score { r: 10, f: 1, m: 5 }.to_string(), "10-1-5");
}

#[test]
fn bins_outside_3_to_10_are_refused() {
    let valid: Vec<i64> = (-3..300).filter(|&bins| Bins::new(bins).is_some()).collect();
    assert_eq!(valid, (3..=10).collect::<Vec<i64>>());
    assert_eq!([i64::MIN, i64::MAX].map(Bins::new), [None, None]);
}

#[test]
fn ntile_has_the_sizes_of_sql_and_breaks_ties_by_the_other_measures() {
    // Seven rows in five tiles: 2, 2, 1, 1, 1. Frequency ties are ordered by recency, then money.
    let rows = [
        (10.0, 1.0, 5.0),
        (10.0, 1.0, 6.0),
        (9.0, 1.0, 1.0),
        (8.0, 1.0, 1.0),
        (7.0, 1.0, 1.0),
        (6.0, 1.0, 1.0),
        (5.0, 1.0, 1.0),
    ];
    let all = texts(&rows, Method::Ntile);
    assert_eq!(all, ["114", "115", "221", "221", "332", "442", "553"]);
    // Three rows in five tiles: 1, 2, 3.
    let few = [(1.0, 3.0, 3.0), (2.0, 2.0, 2.0), (3.0, 1.0, 1.0)];
    assert_eq!(texts(&few, Method::Ntile), ["333", "222", "111"]);
}

#[test]
fn thresholds_are_the_worst_values_of_each_score() {
    let rows: Rows = (0..6)
        .map(|i| (100.0 - f64::from(i), f64::from(i), if i == 0 { NULL } else { f64::from(i) }))
        .collect();
    let thresholds = thresholds_of(&rows, 5).expect("six customers");
    assert_eq!(thresholds.recency(), [99.0, 98.0, 97.0, 96.0]);
    assert_eq!(thresholds.frequency(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(thresholds.monetary(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(thresholds.bins(), Bins::FIVE);
    // Between two values, and beyond all of them.
    let between = thresholds.score(97.5, 2.5, 1e300).expect("complete");
    assert_eq!(between.to_string(), "335");
    assert_eq!(thresholds.score(400.0, 0.0, NULL).expect("complete").to_string(), "111");
    assert_eq!(thresholds.score(NULL, 0.0, 1.0), None);
    assert_eq!(thresholds.score(0.0, NULL, 1.0), None);
}

#[test]
fn a_score_nobody_reached_begins_at_infinity() {
    let thresholds = thresholds_of(&[(7.0, 1.0, 2.0); 3], 3).expect("three customers");
    assert_eq!(thresholds.recency(), [f64::NEG_INFINITY; 2]);
    assert_eq!(thresholds.frequency(), [f64::INFINITY; 2]);
    assert_eq!(thresholds.score(0.0, 1e9, 1e9).expect("complete").to_string(), "111");
    assert_eq!(thresholds_of(&[], 5), None);
    assert_eq!(thresholds_of(&[(NULL, 1.0, 1.0)], 5), None);
}

#[test]
fn thresholds_set_by_hand_are_checked() {
    let rising = || vec![1.0, 2.0, 2.0, 5.0];
    let falling = || vec![90.0, 60.0, 30.0, 10.0];
    let by_hand = Thresholds::new(falling(), rising(), rising()).expect("valid cut points");
    // At the cut itself the score is reached.
    assert_eq!(by_hand.score(10.0, 2.0, 4.99).expect("complete").to_string(), "544");
    assert_eq!(Thresholds::new(falling(), rising(), vec![1.0]), Err(ThresholdError::Count));
    let one = || vec![1.0];
    assert_eq!(Thresholds::new(one(), one(), one()), Err(ThresholdError::Count));
    let ten = || vec![1.0; 10];
    assert_eq!(Thresholds::new(ten(), ten(), ten()), Err(ThresholdError::Count));
    let order = |measure| Err(ThresholdError::Order(measure));
    assert_eq!(Thresholds::new(rising(), rising(), rising()), order("recency"));
    assert_eq!(Thresholds::new(falling(), falling(), rising()), order("frequency"));
    assert_eq!(Thresholds::new(falling(), rising(), falling()), order("monetary"));
    assert_eq!(
        Thresholds::new(falling(), vec![1.0, NULL, 2.0, 3.0], rising()),
        Err(ThresholdError::NotANumber("frequency"))
    );
}

#[test]
fn scoring_a_long_partition_can_be_interrupted_throughout() {
    let rows: Rows = (0..100_000).map(|i| (f64::from(i % 733), f64::from(i % 7), 1.0)).collect();
    for (method, at_least) in [(Method::PercentRank, 20), (Method::Ntile, 45)] {
        let mut calls = 0;
        scores(Columns::of(&rows).measures(), Bins::FIVE, method, &mut || calls += 1);
        assert!(calls >= at_least, "{calls}");
    }
}

/// The definition, one customer against all others, in integers.
fn by_definition(rows: &[(f64, f64, f64)], number: i64) -> Vec<Option<Score>> {
    let counted = |row: &(f64, f64, f64)| !row.0.is_nan() && !row.1.is_nan();
    let all: Vec<_> = rows.iter().filter(|row| counted(row)).collect();
    let score = |below: usize| {
        let rank = (number as usize * below).checked_div(all.len() - 1).unwrap_or(0);
        (1 + rank).min(number as usize) as u8
    };
    let worse = |a: f64, b: f64| (a.is_nan() && !b.is_nan()) || a < b;
    rows.iter()
        .map(|row| {
            counted(row).then(|| Score {
                r: score(all.iter().filter(|other| other.0 > row.0).count()),
                f: score(all.iter().filter(|other| other.1 < row.1).count()),
                m: score(all.iter().filter(|other| worse(other.2, row.2)).count()),
            })
        })
        .collect()
}

/// A value from few, so that ties abound, or missing, or anything at all.
fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => (0..6_i32).prop_map(f64::from),
        2 => -1e3..1e3_f64,
        1 => Just(NULL),
        1 => prop_oneof![Just(-0.0), Just(f64::MAX), Just(f64::MIN), Just(5e-324)],
    ]
}

fn any_rows() -> impl Strategy<Value = Rows> {
    prop::collection::vec((any_value(), any_value(), any_value()), 0..60)
}

fn any_method() -> impl Strategy<Value = Method> {
    prop_oneof![Just(Method::PercentRank), Just(Method::Ntile)]
}

proptest! {
    #[test]
    fn scores_are_those_of_the_definition(rows in any_rows(), number in 3..=10_i64) {
        let scores = scored(&rows, number, Method::PercentRank);
        prop_assert_eq!(scores, by_definition(&rows, number));
    }

    #[test]
    fn scores_lie_within_the_bins(
        rows in any_rows(), number in 3..=10_i64, method in any_method(),
    ) {
        for score in scored(&rows, number, method).into_iter().flatten() {
            for part in [score.r, score.f, score.m] {
                prop_assert!((1..=number as u8).contains(&part));
            }
        }
    }

    #[test]
    fn permuting_the_rows_permutes_the_scores(
        (rows, shuffled) in any_rows().prop_flat_map(|rows| {
            let numbered: Vec<_> = rows.iter().copied().enumerate().collect();
            (Just(rows), Just(numbered).prop_shuffle())
        }),
        number in 3..=10_i64,
    ) {
        let scores = scored(&rows, number, Method::PercentRank);
        let (places, moved): (Vec<usize>, Rows) = shuffled.into_iter().unzip();
        for (place, score) in places.iter().zip(scored(&moved, number, Method::PercentRank)) {
            prop_assert_eq!(score, scores[*place]);
        }
        // NTILE splits identical customers, but as many of them get each score.
        let multiset = |rows: &Rows| {
            let bits = |row: &(f64, f64, f64)| [row.0, row.1, row.2].map(|v| (v + 0.0).to_bits());
            let mut all: Vec<_> =
                rows.iter().map(bits).zip(scored(rows, number, Method::Ntile)).collect();
            all.sort_unstable();
            all
        };
        prop_assert_eq!(multiset(&rows), multiset(&moved));
    }

    #[test]
    fn a_better_value_never_scores_lower_and_an_equal_one_the_same(
        rows in any_rows(), number in 3..=10_i64, method in any_method(),
    ) {
        let scores = scored(&rows, number, method);
        for (row, score) in rows.iter().zip(&scores) {
            for (other, other_score) in rows.iter().zip(&scores) {
                let (Some(score), Some(other_score)) = (score, other_score) else { continue };
                prop_assert!(row.0 <= other.0 || score.r <= other_score.r);
                prop_assert!(row.1 >= other.1 || score.f <= other_score.f);
                if row.2 < other.2 || (row.2.is_nan() && !other.2.is_nan()) {
                    prop_assert!(score.m <= other_score.m);
                }
                if method == Method::PercentRank {
                    prop_assert!(row.0 != other.0 || score.r == other_score.r);
                    prop_assert!(row.1 != other.1 || score.f == other_score.f);
                    prop_assert!(row.2 != other.2 || score.m == other_score.m);
                }
            }
        }
    }

    #[test]
    fn ntile_scores_are_of_equal_size(rows in any_rows(), number in 3..=10_i64) {
        let scores: Vec<Score> =
            scored(&rows, number, Method::Ntile).into_iter().flatten().collect();
        for tile in 1..=number as usize {
            let expected = scores.len() / number as usize
                + usize::from(tile <= scores.len() % number as usize);
            for of in [|s: &Score| s.r, |s: &Score| s.f, |s: &Score| s.m] {
                let size = scores.iter().filter(|score| usize::from(of(score)) == tile).count();
                prop_assert_eq!(size, expected);
            }
        }
    }

    #[test]
    fn thresholds_of_a_population_give_its_own_scores(
        rows in any_rows(), number in 3..=10_i64,
    ) {
        let scores = scored(&rows, number, Method::PercentRank);
        match thresholds_of(&rows, number) {
            None => prop_assert!(scores.iter().all(Option::is_none)),
            Some(thresholds) => {
                prop_assert_eq!(thresholds.bins(), bins(number));
                for (row, score) in rows.iter().zip(scores) {
                    prop_assert_eq!(thresholds.score(row.0, row.1, row.2), score);
                }
                let copy = Thresholds::new(
                    thresholds.recency().to_vec(),
                    thresholds.frequency().to_vec(),
                    thresholds.monetary().to_vec(),
                );
                prop_assert_eq!(copy, Ok(thresholds));
            }
        }
    }

    #[test]
    fn scoring_by_thresholds_is_monotone(
        rows in any_rows(), number in 3..=10_i64, low in -1e3..1e3_f64, step in 0.0..1e3_f64,
    ) {
        if let Some(thresholds) = thresholds_of(&rows, number) {
            let one = thresholds.score(low + step, low, low).expect("complete");
            let better = thresholds.score(low, low + step, low + step).expect("complete");
            prop_assert!(one.r <= better.r && one.f <= better.f && one.m <= better.m);
        }
    }
}
