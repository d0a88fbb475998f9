//! Contracts by the calendar: how many periods one has run, and whether it was renewed or ended.
//!
//! A contract is renewed or not on the days of renewal alone. Whatever happens to it between two
//! of them shows on the second, so that all contracts of one age are asked at the same moment.

use super::cohort::{add_months, months_between};

/// What a contract is billed by, above 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContractPeriod {
    Months(i32),
    Days(i32),
}

impl ContractPeriod {
    /// Returns the number of renewals due from `start` up to and including `day`, which is no
    /// earlier, and whether the last of them falls on `day`.
    ///
    /// Renewals are counted from the start: after 31 January come 28 or 29 February and 31 March.
    fn renewals(self, start: i32, day: i32) -> (i32, bool) {
        match self {
            ContractPeriod::Days(days) => {
                let passed = i64::from(day) - i64::from(start);
                ((passed / i64::from(days)) as i32, passed % i64::from(days) == 0)
            }
            ContractPeriod::Months(months) => {
                let due = months_between(start, day) / months;
                match add_months(start, due * months) {
                    // Due later in the month of `day`.
                    last if last > day => (due - 1, false),
                    last => (due, last == day),
                }
            }
        }
    }

    /// Returns the number of the first renewal on `day` or later.
    fn next_renewal(self, start: i32, day: i32) -> i32 {
        let (due, today) = self.renewals(start, day);
        if today { due } else { due + 1 }
    }
}

/// Days since 2000-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    pub started: i32,
    /// The first day without the contract, no earlier than the start; none while it runs.
    pub ended: Option<i32>,
}

/// A contract as it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractTenure {
    /// Renewals that were decided by the end of observation: the one that was declined, or the last
    /// that was made.
    pub periods: i32,
    /// Whether the renewal at the end of `periods` was declined.
    pub churned: bool,
    /// Days from the start to the end, or to the end of observation.
    pub days: i32,
    /// Whether the contract has ended, be its last period over or not.
    pub ended: bool,
    /// Renewals before the contract was observed, of those in `periods`.
    pub entered: i32,
}

impl Contract {
    /// Returns the tenure on the day `as_of`, which is observed; none for a contract that begins
    /// later. Who began before `observed_from` is observed from the first renewal on it or later:
    /// contracts that ended between the renewal before and that day are not in the data.
    ///
    /// An end between two renewals is a renewal declined: it counts from the second on. Counted at
    /// once, those who leave early in a period would be seen and those who stay would not be yet.
    pub fn tenure(
        self,
        as_of: i32,
        period: ContractPeriod,
        observed_from: Option<i32>,
    ) -> Option<ContractTenure> {
        if self.started > as_of {
            return None;
        }
        let (due, _) = period.renewals(self.started, as_of);
        let end = self.ended.filter(|&end| end <= as_of);
        let declined = end.map(|end| period.next_renewal(self.started, end).max(1));
        let declined = declined.filter(|&declined| declined <= due);
        let periods = declined.unwrap_or(due);
        let late = observed_from.filter(|&from| from > self.started);
        Some(ContractTenure {
            periods,
            churned: declined.is_some(),
            // Within 32 bits for all dates of PostgreSQL.
            days: end.unwrap_or(as_of).wrapping_sub(self.started),
            ended: end.is_some(),
            entered: late.map_or(0, |from| period.next_renewal(self.started, from).min(periods)),
        })
    }
}
