//! The state of a customer's relation by the dates of its orders, under stated rules.
//!
//! Days are whole numbers on any calendar count; several orders on one day are one.

use std::fmt;

/// The rules, in days. A gap of more than `lapsed_after` days between two orders ends a spell of
/// buying; the order after it begins the next one and is a reactivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// So long after the begin of a spell a customer is new (first spell) or reactivated (later).
    new_for: i32,
    at_risk_after: i32,
    lapsed_after: i32,
    churned_after: i32,
}

/// 30 days new, at risk after 90 days without an order, lapsed after 180, churned after 365.
impl Default for Rules {
    fn default() -> Self {
        Rules { new_for: 30, at_risk_after: 90, lapsed_after: 180, churned_after: 365 }
    }
}

/// Why four numbers of days are no rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleError {
    Negative,
    /// Not at_risk_after <= lapsed_after <= churned_after.
    Order,
}

impl fmt::Display for RuleError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RuleError::Negative => write!(out, "a number of days is negative"),
            RuleError::Order => {
                write!(out, "at_risk_after, lapsed_after and churned_after must not fall")
            }
        }
    }
}

impl std::error::Error for RuleError {}

impl Rules {
    pub fn new(
        new_for: i32,
        at_risk_after: i32,
        lapsed_after: i32,
        churned_after: i32,
    ) -> Result<Self, RuleError> {
        if new_for.min(at_risk_after) < 0 {
            return Err(RuleError::Negative);
        }
        if at_risk_after > lapsed_after || lapsed_after > churned_after {
            return Err(RuleError::Order);
        }
        Ok(Rules { new_for, at_risk_after, lapsed_after, churned_after })
    }
}

/// Where a customer stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    New,
    Active,
    AtRisk,
    Lapsed,
    Reactivated,
    Churned,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::New => "new",
            State::Active => "active",
            State::AtRisk => "at risk",
            State::Lapsed => "lapsed",
            State::Reactivated => "reactivated",
            State::Churned => "churned",
        }
    }
}

/// The begins of the customer's spells of buying, from its ascending order days.
fn spells(days: &[i32], rules: Rules) -> impl Iterator<Item = i32> {
    let gap = move |pair: &&[i32]| days_from(pair[0], pair[1]) > i64::from(rules.lapsed_after);
    days.first().copied().into_iter().chain(days.windows(2).filter(gap).map(|pair| pair[1]))
}

fn days_from(earlier: i32, later: i32) -> i64 {
    i64::from(later) - i64::from(earlier)
}

/// The state at `as_of` of the customer with these ascending order days; None before the first.
///
/// The idle time, from the last order, decides first: more than `churned_after` days are churned,
/// more than `lapsed_after` lapsed, more than `at_risk_after` at risk. Of the others those whose
/// spell began at most `new_for` days ago are new in their first spell and reactivated in a later
/// one, and the rest is active. Orders after `as_of` do not count.
pub fn state(days: &[i32], as_of: i32, rules: Rules) -> Option<State> {
    let days = &days[..days.partition_point(|&day| day <= as_of)];
    let (first, last) = (*days.first()?, *days.last()?);
    let idle = days_from(last, as_of);
    let spell = spells(days, rules).last()?;
    let began_lately = days_from(spell, as_of) <= i64::from(rules.new_for);
    Some(match idle {
        idle if idle > i64::from(rules.churned_after) => State::Churned,
        idle if idle > i64::from(rules.lapsed_after) => State::Lapsed,
        idle if idle > i64::from(rules.at_risk_after) => State::AtRisk,
        _ if began_lately && spell == first => State::New,
        _ if began_lately => State::Reactivated,
        _ => State::Active,
    })
}

/// How often the customer came back within `from..=to` after more than `lapsed_after` days.
pub fn reactivations(days: &[i32], from: i32, to: i32, rules: Rules) -> usize {
    spells(days, rules).skip(1).filter(|day| (from..=to).contains(day)).count()
}
