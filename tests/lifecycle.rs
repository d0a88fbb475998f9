//! Lifecycle states and reactivations, by hand.

use pg_clv::maths::lifecycle::{RuleError, Rules, State, reactivations, state};
use proptest::prelude::*;

fn on(days: &[i32], as_of: i32) -> Option<State> {
    state(days, as_of, Rules::default())
}

#[test]
fn a_single_order_ages_from_new_to_churned_at_the_stated_days() {
    let expected = [
        (-1, None),
        (0, Some(State::New)),
        (30, Some(State::New)),
        (31, Some(State::Active)),
        (90, Some(State::Active)),
        (91, Some(State::AtRisk)),
        (180, Some(State::AtRisk)),
        (181, Some(State::Lapsed)),
        (365, Some(State::Lapsed)),
        (366, Some(State::Churned)),
    ];
    for (as_of, state) in expected {
        assert_eq!(on(&[0], as_of), state, "day {as_of}");
    }
}

#[test]
fn an_order_after_a_lapse_is_a_reactivation_for_the_days_of_a_new_customer() {
    let days = [0, 40, 221];
    assert_eq!(on(&days, 221), Some(State::Reactivated));
    assert_eq!(on(&days, 251), Some(State::Reactivated));
    assert_eq!(on(&days, 252), Some(State::Active));
    // 180 days are no lapse yet, and a second order does not end the state.
    assert_eq!(on(&[0, 40, 220], 221), Some(State::Active));
    assert_eq!(on(&[0, 221, 230], 240), Some(State::Reactivated));
    assert_eq!(on(&[0, 10], 20), Some(State::New));
}

#[test]
fn orders_after_the_day_asked_for_do_not_count() {
    assert_eq!(on(&[0, 300], 200), Some(State::Lapsed));
    assert_eq!(on(&[], 0), None);
}

#[test]
fn reactivations_are_counted_within_the_period_with_both_ends() {
    let days = [0, 200, 210, 400, 800];
    let count = |from, to| reactivations(&days, from, to, Rules::default());
    assert_eq!(count(0, 1000), 3);
    assert_eq!(count(200, 400), 2);
    assert_eq!(count(201, 399), 0);
    assert_eq!(count(900, 100), 0);
    assert_eq!(reactivations(&[], 0, 1000, Rules::default()), 0);
    // The first order of all is no return.
    assert_eq!(reactivations(&[5], 0, 10, Rules::default()), 0);
}

#[test]
fn rules_that_contradict_each_other_are_refused() {
    assert!(Rules::new(0, 0, 0, 0).is_ok());
    assert_eq!(Rules::new(30, 90, 180, 365), Ok(Rules::default()));
    assert_eq!(Rules::new(-1, 90, 180, 365), Err(RuleError::Negative));
    assert_eq!(Rules::new(1, -90, 180, 365), Err(RuleError::Negative));
    assert_eq!(Rules::new(1, 181, 180, 365), Err(RuleError::Order));
    assert_eq!(Rules::new(1, 90, 366, 365), Err(RuleError::Order));
}

#[test]
fn the_ends_of_the_calendar_do_not_overflow() {
    let days = [i32::MIN, i32::MAX];
    assert_eq!(on(&days, i32::MAX), Some(State::Reactivated));
    assert_eq!(on(&days[..1], i32::MAX), Some(State::Churned));
    assert_eq!(reactivations(&days, i32::MIN, i32::MAX, Rules::default()), 1);
}

/// How far a state is from buying; new, active and reactivated customers all buy.
fn distance(state: State) -> u8 {
    match state {
        State::New | State::Active | State::Reactivated => 0,
        State::AtRisk => 1,
        State::Lapsed => 2,
        State::Churned => 3,
    }
}

proptest! {
    #[test]
    fn a_customer_without_orders_only_drifts_away(
        mut days in prop::collection::vec(0..2000_i32, 1..12), later in 0..500_i32,
        step in 0..500_i32, new_for in 0..100_i32, rules in [0..100_i32, 0..100, 0..100],
    ) {
        days.sort_unstable();
        let [at_risk, lapsed, churned] = rules;
        let rules = Rules::new(new_for, at_risk, at_risk + lapsed, at_risk + lapsed + churned)
            .expect("consistent rules");
        let last = days[days.len() - 1];
        let one = state(&days, last + later, rules).expect("after the first order");
        let other = state(&days, last + later + step, rules).expect("after the first order");
        prop_assert!(distance(one) <= distance(other));
        // On the day of an order nobody is away.
        prop_assert_eq!(state(&days, last, rules).map(distance), Some(0));
        // Two orders on one day are one.
        let doubled: Vec<i32> = days.iter().flat_map(|&day| [day, day]).collect();
        prop_assert_eq!(state(&doubled, last + later, rules), Some(one));
    }
}
