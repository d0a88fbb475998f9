//! Calendar periods: the period in which a day lies, and how many lie between two days.
//!
//! Days count from 2000-01-01, a Saturday, on the proleptic Gregorian calendar.

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
        match self {
            Period::Day => day,
            Period::Week => 7 * self.number(day) + FIRST_MONDAY,
            _ => first_of_month(self.months() * self.number(day)),
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

/// The day so many months, then days before `day`. Where the month is shorter its last day is
/// taken, as PostgreSQL does.
pub fn subtract(day: i32, months: i32, days: i32) -> i32 {
    let (month, of_month) = month(day);
    let earlier = first_of_month(month - months);
    let length = first_of_month(month - months + 1) - earlier;
    earlier + of_month.min(length - 1) - days
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
