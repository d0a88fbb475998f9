//! Calendar periods and what a customer did in them.

use pg_clv::maths::cohort::{Activity, CELL_LIMIT, NoRoom, Period, Retained, Retention, subtract};
use proptest::prelude::*;

/// Days since 2000-01-01, as PostgreSQL gives them: `date '…' - date '2000-01-01'`.
const FEB_29_2000: i32 = 59;
const MAR_31_2024: i32 = 8856;
const FEB_29_2024: i32 = 8825;
const JAN_01_1970: i32 = -10957;

#[test]
fn periods_start_where_the_calendar_says() {
    assert_eq!(Period::Month.start(FEB_29_2000), 31);
    assert_eq!(Period::Quarter.start(FEB_29_2000), 0);
    assert_eq!(Period::Year.start(MAR_31_2024), 8766);
    // 1970-01-01 was a Thursday, 2024-03-31 a Sunday.
    assert_eq!(Period::Week.start(JAN_01_1970), JAN_01_1970 - 3);
    assert_eq!(Period::Week.start(MAR_31_2024), MAR_31_2024 - 6);
    assert_eq!(Period::Month.number(JAN_01_1970), -360);
    assert_eq!(Period::Quarter.number(MAR_31_2024), 96);
    assert_eq!(Period::Year.number(JAN_01_1970), -30);
}

#[test]
fn a_month_before_the_31st_is_the_last_of_a_shorter_month() {
    assert_eq!(subtract(MAR_31_2024, 1, 0), FEB_29_2024);
    assert_eq!(subtract(MAR_31_2024, 1, 1), FEB_29_2024 - 1);
    assert_eq!(subtract(FEB_29_2024, 12, 0), 8459);
}

#[test]
fn activity_compares_a_period_with_the_one_before() {
    let of = |days: &[i32]| Activity::of(days, 100, 200, 299);
    assert_eq!(of(&[200]), Some(Activity::New));
    assert_eq!(of(&[199, 299]), Some(Activity::Returning));
    assert_eq!(of(&[99, 299]), Some(Activity::Reactivated));
    assert_eq!(of(&[100]), Some(Activity::Lapsed));
    assert_eq!(of(&[99]), Some(Activity::Inactive));
    assert_eq!(of(&[99, 300]), Some(Activity::Inactive));
    assert_eq!(of(&[300]), None);
    assert_eq!(of(&[]), None);
}

/// Cohort, period, customers, active customers.
fn counts(table: &Retention) -> Vec<(i32, i32, u64, u64)> {
    let row = |row: &Retained| (row.cohort, row.period, row.customers, row.active);
    table.rows().unwrap().iter().map(row).collect()
}

#[test]
fn a_period_without_a_purchase_is_a_zero_and_one_that_is_not_over_is_none() {
    // Two cohorts, January and February 2000, seen up to 29 February: a customer of January returns
    // in February, another does not.
    let mut table = Retention::new(Period::Month, FEB_29_2000);
    table.add(&[0, 40], &[]).unwrap();
    table.add(&[3], &[]).unwrap();
    table.add(&[31], &[]).unwrap();
    assert_eq!(counts(&table), [(0, 0, 2, 2), (0, 1, 2, 1), (31, 0, 1, 1)]);
    // A day earlier February is not over.
    let mut table = Retention::new(Period::Month, FEB_29_2000 - 1);
    table.add(&[0, 40], &[]).unwrap();
    table.add(&[31], &[]).unwrap();
    assert_eq!(counts(&table), [(0, 0, 1, 1)]);
    // Nobody of January comes until April: a zero in February, in March.
    let mut table = Retention::new(Period::Month, 120);
    table.add(&[0, 100], &[]).unwrap();
    assert_eq!(counts(&table), [(0, 0, 1, 1), (0, 1, 1, 0), (0, 2, 1, 0), (0, 3, 1, 1)]);
    // Mean retention of a cohort of two, one of whom returns in one of two months: a quarter.
    let mut table = Retention::new(Period::Month, 90);
    table.add(&[0, 70], &[]).unwrap();
    table.add(&[1], &[]).unwrap();
    let rows = table.rows().unwrap();
    let later: Vec<f64> = rows[1..].iter().map(|r| r.active as f64 / r.customers as f64).collect();
    assert_eq!(later, [0.0, 0.5]);
}

#[test]
fn revenue_before_the_first_purchase_counts_in_its_period() {
    let mut table = Retention::new(Period::Month, FEB_29_2000);
    // A refund of the time before the first purchase, one in the period, one of a later month.
    table
        .add(&[5, 6], &[(-40, -9.0), (5, 20.0), (6, 10.0), (7, -4.0), (45, -3.0), (80, 99.0)])
        .unwrap();
    table.add(&[8], &[(8, 1.0)]).unwrap();
    let money: Vec<(f64, f64)> =
        table.rows().unwrap().iter().map(|row| (row.revenue, row.revenue_so_far)).collect();
    assert_eq!(money, [(18.0, 18.0), (-3.0, 15.0)]);
}

#[test]
fn too_many_periods_are_refused() {
    let mut table = Retention::new(Period::Day, 2 * CELL_LIMIT as i32);
    assert_eq!(table.add(&[0, CELL_LIMIT as i32], &[]), Err(NoRoom::TooManyPeriods));
    // One purchase takes no room, but the row of each day does.
    let mut table = Retention::new(Period::Day, CELL_LIMIT as i32);
    table.add(&[0], &[]).unwrap();
    assert_eq!(table.rows(), Err(NoRoom::TooManyPeriods));
    let mut table = Retention::new(Period::Day, CELL_LIMIT as i32 - 1);
    table.add(&[0], &[]).unwrap();
    assert_eq!(table.rows().unwrap().len(), CELL_LIMIT);
}

/// Up to 30 customers with up to 10 purchase days each of some years, ascending.
fn any_customers() -> impl Strategy<Value = Vec<Vec<i32>>> {
    let days = prop::collection::vec(-400_i32..800, 0..10).prop_map(|mut days| {
        days.sort_unstable();
        days
    });
    prop::collection::vec(days, 0..30)
}

fn any_kind() -> impl Strategy<Value = Period> {
    (0..Period::ALL.len()).prop_map(|i| Period::ALL[i])
}

proptest! {
    #[test]
    fn every_amount_counts_whatever_the_period(
        days in any_customers(),
        money in prop::collection::vec((-900_i32..800, -500_i32..500), 0..20),
        kind in any_kind(),
    ) {
        let orders: Vec<(i32, f64)> = money.iter().map(|&(day, cents)| (day, f64::from(cents))).collect();
        let mut table = Retention::new(kind, 3_000);
        for purchases in &days {
            table.add(purchases, &orders).unwrap();
        }
        let customers = days.iter().filter(|purchases| !purchases.is_empty()).count();
        let each: f64 = orders.iter().map(|&(_, amount)| amount).sum();
        let all: f64 = table.rows().unwrap().iter().map(|row| row.revenue).sum();
        prop_assert_eq!(all, each * customers as f64);
    }

    #[test]
    fn a_period_holds_exactly_the_days_of_its_number(day in -2_000_000_i32..2_000_000) {
        for period in [Period::Day, Period::Week, Period::Month, Period::Quarter, Period::Year] {
            let start = period.start(day);
            prop_assert!(start <= day);
            prop_assert_eq!(period.number(start), period.number(day));
            prop_assert_eq!(period.number(start - 1), period.number(day) - 1);
        }
    }

    #[test]
    fn months_taken_off_one_by_one_reach_the_same_first(day in -2_000_000_i32..2_000_000, months in 0_i32..600) {
        let first = Period::Month.start(day);
        let stepped = (0..months).fold(first, |day, _| subtract(day, 1, 0));
        prop_assert_eq!(subtract(first, months, 0), stepped);
        prop_assert_eq!(Period::Month.number(stepped), Period::Month.number(day) - months);
    }

    #[test]
    fn tables_are_those_of_counting_by_hand(
        customers in any_customers(), period in any_kind(), as_of in -300_i32..900, split in 0..30_usize
    ) {
        let add = |table: &mut Retention, days: &Vec<i32>| {
            let orders: Vec<(i32, f64)> = days.iter().map(|&day| (day, f64::from(day) / 3.0)).collect();
            table.add(days, &orders).unwrap();
        };
        let mut table = Retention::new(period, as_of);
        customers.iter().for_each(|days| add(&mut table, days));
        let of = |day: i32| period.number(day);
        for row in table.rows().unwrap() {
            let cohort: Vec<&Vec<i32>> = customers
                .iter()
                .filter(|days| days.first().is_some_and(|&first| period.start(first) == row.cohort))
                .collect();
            prop_assert_eq!(row.customers, cohort.len() as u64);
            let number = of(row.cohort) + row.period;
            // The last day of the period is over.
            prop_assert!(period.start_of(number + 1) - 1 <= as_of);
            let active = cohort.iter().filter(|days| days.iter().any(|&day| of(day) == number));
            prop_assert_eq!(row.active, active.count() as u64);
            let days = cohort.iter().flat_map(|days| days.iter()).filter(|&&day| of(day) == number);
            let revenue: f64 = days.map(|&day| f64::from(day) / 3.0).sum();
            prop_assert!((row.revenue - revenue).abs() < 1e-9);
        }
        // Every period of every cohort that is over is there.
        let starts: std::collections::BTreeSet<i32> =
            customers.iter().filter_map(|days| days.first()).map(|&day| of(day)).collect();
        let complete = |&number: &i32| (of(as_of + 1) - number).max(0) as usize;
        prop_assert_eq!(table.rows().unwrap().len(), starts.iter().map(complete).sum::<usize>());
        // Merged from two parts, and in another order, it is the same to the bit.
        let split = split.min(customers.len());
        let (mut one, mut other) = (Retention::new(period, as_of), Retention::new(period, as_of));
        customers[..split].iter().for_each(|days| add(&mut one, days));
        customers[split..].iter().rev().for_each(|days| add(&mut other, days));
        other.merge(&one).unwrap();
        prop_assert_eq!(other.rows(), table.rows());
    }
}
