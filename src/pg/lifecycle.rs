//! The lifecycle state of a customer, and how often it came back, from the dates of its orders.
//! The rules stand in maths::lifecycle.

use pgrx::pg_extern;

use super::error::{Outcome, invalid};
use super::raw::Call;
use super::time::date_text;
use crate::maths::lifecycle::{self, Rules};
use crate::maths::memory::collected;

/// The order days in argument `i`, ascending; NULL elements are left out.
fn days(call: &Call, i: usize) -> Outcome<Vec<i32>> {
    let mut days: Vec<i32> = collected(call.dates(i).unwrap_or_default().into_iter().flatten());
    days.sort_unstable();
    if let (Some(&first), Some(&last)) = (days.first(), days.last())
        && (first == i32::MIN || last == i32::MAX)
    {
        return Err(invalid(
            "an order is at infinity",
            format!("The first is on {}, the last on {}.", date_text(first), date_text(last)),
            "Correct the date or filter the row out: WHERE isfinite(ordered_at).",
        ));
    }
    Ok(days)
}

/// A date argument; infinity is before or after all orders.
fn day(call: &Call, i: usize) -> i32 {
    call.date(i).unwrap_or_default()
}

fn rules(numbers: [i32; 4]) -> Outcome<Rules> {
    let [new_for, at_risk_after, lapsed_after, churned_after] = numbers;
    Rules::new(new_for, at_risk_after, lapsed_after, churned_after).map_err(|error| {
        invalid(
            error.to_string(),
            format!(
                "new_for is {new_for}, at_risk_after {at_risk_after}, lapsed_after {lapsed_after}, churned_after {churned_after}."
            ),
            "Give whole days, as the defaults are: 30, 90, 180 and 365.",
        )
    })
}

/// (ordered_on, as_of, new_for, at_risk_after, lapsed_after, churned_after)
#[pg_extern(sql = false)]
fn clv_lifecycle(call: Call) -> Outcome<Option<&'static str>> {
    let rules = rules([2, 3, 4, 5].map(|i| call.int(i).unwrap_or_default()))?;
    let state = lifecycle::state(&days(&call, 0)?, day(&call, 1), rules);
    Ok(state.map(lifecycle::State::name))
}

/// (ordered_on, first_day, last_day, lapsed_after)
#[pg_extern(sql = false)]
fn clv_reactivations(call: Call) -> Outcome<i32> {
    let lapsed_after = call.int(3).unwrap_or_default();
    if lapsed_after < 0 {
        return Err(invalid(
            "lapsed_after is negative",
            format!("lapsed_after is {lapsed_after}."),
            "Give whole days, as the default is: 180.",
        ));
    }
    let rules = rules([0, 0, lapsed_after, lapsed_after])?;
    let count = lifecycle::reactivations(&days(&call, 0)?, day(&call, 1), day(&call, 2), rules);
    Ok(count as i32)
}
