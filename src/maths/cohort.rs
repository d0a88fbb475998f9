//! Calendar periods: the period in which a day lies, and how many lie between two days.
//!
//! Days count from 2000-01-01, a Saturday, on the proleptic Gregorian calendar. On them stand the
//! cohorts of customers and what is left of them period by period.

use super::exact_sum::ExactSum;
use super::memory::{Grow, room};

/// A kind of calendar period. Weeks begin on Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Period {
    /// In the order of their numbers in serialised forms.
    pub const ALL: [Period; 5] =
        [Period::Day, Period::Week, Period::Month, Period::Quarter, Period::Year];

    pub fn name(self) -> &'static str {
        match self {
            Period::Day => "day",
            Period::Week => "week",
            Period::Month => "month",
            Period::Quarter => "quarter",
            Period::Year => "year",
        }
    }

    /// Number of the period in which `day` lies; consecutive periods have consecutive numbers.
    pub fn number(self, day: i32) -> i32 {
        match self {
            Period::Day => day,
            Period::Week => (day - FIRST_MONDAY).div_euclid(7),
            _ => month(day).0.div_euclid(self.months()),
        }
    }

    /// First day of the period in which `day` lies.
    pub fn start(self, day: i32) -> i32 {
        self.start_of(self.number(day))
    }

    /// First day of the period of a number.
    pub fn start_of(self, number: i32) -> i32 {
        match self {
            Period::Day => number,
            Period::Week => 7 * number + FIRST_MONDAY,
            _ => first_of_month(self.months() * number),
        }
    }

    fn months(self) -> i32 {
        match self {
            Period::Year => 12,
            Period::Quarter => 3,
            _ => 1,
        }
    }
}

/// 2000-01-03.
const FIRST_MONDAY: i32 = 2;

/// The year (0 is 1 BC), the month from 1 to 12 and the day of the month from 1.
pub fn calendar(day: i32) -> (i32, i32, i32) {
    let (months, of_month) = month(day);
    (2000 + months.div_euclid(12), 1 + months.rem_euclid(12), 1 + of_month)
}

/// Returns the day so many months later. Where the month is shorter its last day is taken, as
/// PostgreSQL does.
pub fn add_months(day: i32, months: i32) -> i32 {
    let (month, of_month) = month(day);
    let first = first_of_month(month + months);
    let length = first_of_month(month + months + 1) - first;
    first + of_month.min(length - 1)
}

/// Returns the day so many months, then days before `day`.
pub fn subtract(day: i32, months: i32, days: i32) -> i32 {
    add_months(day, -months) - days
}

/// Returns how many months of the calendar lie between two days, whatever their day of the month.
pub fn months_between(from: i32, to: i32) -> i32 {
    month(to).0 - month(from).0
}

/// Months since January 2000, and the day of the month from 0.
///
/// Years begin on the first of March, so that the leap day comes last. Source: Richards 1998,
/// "Mapping Time", in the form of Hinnant's "chrono-compatible low-level date algorithms" (2013).
fn month(day: i32) -> (i32, i32) {
    let since = i64::from(day) + MARCH_OF_YEAR_0;
    let (era, of_era) = (since.div_euclid(DAYS_OF_ERA), since.rem_euclid(DAYS_OF_ERA));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5;
    // March of year 0 is month 2 of that year.
    let months = 12 * (400 * era + year - 2000) + month + 2;
    (months as i32, of_month as i32)
}

/// The first day of a month counted from January 2000.
fn first_of_month(month: i32) -> i32 {
    let month = i64::from(month) + 12 * 2000 - 2;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12));
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let days = 365 * of_era + of_era / 4 - of_era / 100 + (153 * month + 2) / 5;
    (DAYS_OF_ERA * era + days - MARCH_OF_YEAR_0) as i32
}

/// Days of 400 years.
const DAYS_OF_ERA: i64 = 146_097;

/// Days from 0000-03-01 to 2000-01-01.
const MARCH_OF_YEAR_0: i64 = 730_425;

/// Cohorts of customers by the period of their first purchase, and what they did in it and in the
/// periods after it, as far as these are over.
#[derive(Clone, Debug, PartialEq)]
pub struct Retention {
    period: Period,
    as_of: i32,
    /// By number of the period, ascending.
    cohorts: Vec<Cohort>,
    cells: usize,
}

/// The customers whose first purchase lies in one period.
#[derive(Clone, Debug, PartialEq)]
struct Cohort {
    number: i32,
    customers: u64,
    /// By period since the first, as far as anything happened.
    cells: Vec<Cell>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Cell {
    active: u64,
    revenue: ExactSum,
}

/// A cohort in one of its periods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retained {
    /// First day of the cohort's own period.
    pub cohort: i32,
    /// Periods since then, from 0.
    pub period: i32,
    pub customers: u64,
    /// Customers of the cohort with a purchase in the period.
    pub active: u64,
    pub revenue: f64,
    /// Of all periods so far.
    pub revenue_so_far: f64,
}

/// Why a customer cannot be counted, or the table not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoom {
    /// There are more than [`CELL_LIMIT`] periods of all cohorts together.
    TooManyPeriods,
}

/// The most periods of all cohorts together: a thousand cohorts seen for a thousand periods each.
pub const CELL_LIMIT: usize = 1_000_000;

impl Retention {
    /// Periods that end on `as_of` or earlier are over.
    pub fn new(period: Period, as_of: i32) -> Self {
        Retention { period, as_of, cohorts: Vec::new(), cells: 0 }
    }

    pub fn period(&self) -> Period {
        self.period
    }

    pub fn as_of(&self) -> i32 {
        self.as_of
    }

    /// Returns what was counted of each cohort, for `restore_customers` and `restore`: number and
    /// customers, then active customers and revenue of each period.
    pub fn parts(
        &self,
    ) -> impl Iterator<Item = (i32, u64, impl Iterator<Item = (u64, &ExactSum)>)> {
        self.cohorts.iter().map(|cohort| {
            let cells = cohort.cells.iter().map(|cell| (cell.active, &cell.revenue));
            (cohort.number, cohort.customers, cells)
        })
    }

    /// Adds to one period of a cohort what `parts` gave of it.
    pub fn restore(
        &mut self,
        number: i32,
        period: usize,
        active: u64,
        revenue: &ExactSum,
    ) -> Result<(), NoRoom> {
        let cell = self.cell(number, period)?;
        cell.active += active;
        cell.revenue.merge(revenue);
        Ok(())
    }

    /// Adds customers to a cohort.
    pub fn restore_customers(&mut self, number: i32, customers: u64) -> Result<(), NoRoom> {
        self.cohort(number)?.customers += customers;
        Ok(())
    }

    /// Returns how many periods of a cohort are over, its own counted.
    fn complete(&self, cohort: i32) -> usize {
        // The day after as_of lies in the first period that is not over.
        let running = self.period.number(self.as_of.saturating_add(1));
        usize::try_from(i64::from(running) - i64::from(cohort)).unwrap_or(0)
    }

    fn cohort(&mut self, number: i32) -> Result<&mut Cohort, NoRoom> {
        let at = match self.cohorts.binary_search_by_key(&number, |cohort| cohort.number) {
            Ok(at) => at,
            Err(at) => {
                self.cohorts.make_room(1);
                self.cohorts.insert(at, Cohort { number, customers: 0, cells: Vec::new() });
                at
            }
        };
        Ok(&mut self.cohorts[at])
    }

    fn cell(&mut self, number: i32, period: usize) -> Result<&mut Cell, NoRoom> {
        let known = self.cohort(number)?.cells.len();
        let more = (period + 1).saturating_sub(known);
        if self.cells + more > CELL_LIMIT {
            return Err(NoRoom::TooManyPeriods);
        }
        self.cells += more;
        let cells = &mut self.cohort(number)?.cells;
        if more > 0 {
            cells.make_room(more);
            cells.resize_with(period + 1, Cell::default);
        }
        Ok(&mut cells[period])
    }

    /// Adds a customer: the days of purchases, ascending, and day and value of all orders and
    /// refunds, if money is looked at. Money from before the first purchase, such as a refund of an
    /// older order, counts in the first period, so that the periods add up to the customer's
    /// revenue whatever their length. What happened in a period that is not over is left out.
    pub fn add(&mut self, purchases: &[i32], orders: &[(i32, f64)]) -> Result<(), NoRoom> {
        let Some(&first) = purchases.first() else { return Ok(()) };
        let number = self.period.number(first);
        let complete = self.complete(number);
        if complete == 0 {
            return Ok(());
        }
        self.cohort(number)?.customers += 1;
        let kind = self.period;
        let within = |day: i32| {
            let period = (i64::from(kind.number(day)) - i64::from(number)).max(0);
            usize::try_from(period).ok().filter(|&period| period < complete)
        };
        let mut before = None;
        for period in purchases.iter().map_while(|&day| within(day)) {
            if before != Some(period) {
                self.cell(number, period)?.active += 1;
            }
            before = Some(period);
        }
        for &(day, amount) in orders {
            if let Some(period) = within(day) {
                self.cell(number, period)?.revenue.add(amount);
            }
        }
        Ok(())
    }

    /// Adds what another part of the customers did. Both have one period and one `as_of`.
    pub fn merge(&mut self, other: &Self) -> Result<(), NoRoom> {
        for theirs in &other.cohorts {
            self.cohort(theirs.number)?.customers += theirs.customers;
            for (period, cell) in theirs.cells.iter().enumerate() {
                let ours = self.cell(theirs.number, period)?;
                ours.active += cell.active;
                ours.revenue.merge(&cell.revenue);
            }
        }
        Ok(())
    }

    /// Returns every period of every cohort that is over, those without a purchase as well.
    pub fn rows(&self) -> Result<Vec<Retained>, NoRoom> {
        let lengths = self.cohorts.iter().map(|cohort| self.complete(cohort.number));
        let count = lengths.fold(0_usize, usize::saturating_add);
        if count > CELL_LIMIT {
            return Err(NoRoom::TooManyPeriods);
        }
        let mut rows = room(count);
        for cohort in &self.cohorts {
            let start = self.period.start_of(cohort.number);
            let mut so_far = ExactSum::default();
            for period in 0..self.complete(cohort.number) {
                let cell = cohort.cells.get(period);
                cell.iter().for_each(|cell| so_far.merge(&cell.revenue));
                rows.push(Retained {
                    cohort: start,
                    period: period as i32,
                    customers: cohort.customers,
                    active: cell.map_or(0, |cell| cell.active),
                    revenue: cell.map_or(0.0, |cell| cell.revenue.value()),
                    revenue_so_far: so_far.value(),
                });
            }
        }
        Ok(rows)
    }
}

/// What a customer did in a period, against the period before and all that came earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// First purchase in the period.
    New,
    /// Purchases in the period and in the one before.
    Returning,
    /// Purchases in the period and earlier, none in the one before.
    Reactivated,
    /// Purchases in the period before, none in this one.
    Lapsed,
    /// Earlier purchases only.
    Inactive,
}

impl Activity {
    /// Of the purchase days (ascending), of which those up to `end` count. The periods begin on
    /// `start` and `start_before`. `None` without a purchase.
    pub fn of(days: &[i32], start_before: i32, start: i32, end: i32) -> Option<Activity> {
        let days = &days[..days.partition_point(|&day| day <= end)];
        let (&first, &last) = (days.first()?, days.last()?);
        let before = days.partition_point(|&day| day < start);
        let active = last >= start;
        let active_before = before > 0 && days[before - 1] >= start_before;
        Some(match (active, active_before) {
            (true, _) if first >= start => Activity::New,
            (true, true) => Activity::Returning,
            (true, false) => Activity::Reactivated,
            (false, true) => Activity::Lapsed,
            (false, false) => Activity::Inactive,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Activity::New => "new",
            Activity::Returning => "returning",
            Activity::Reactivated => "reactivated",
            Activity::Lapsed => "lapsed",
            Activity::Inactive => "inactive",
        }
    }
}
