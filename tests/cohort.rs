//! Calendar periods and what a customer did in them.

use pg_clv::maths::cohort::{Activity, Period, subtract};
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

proptest! {
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
}
