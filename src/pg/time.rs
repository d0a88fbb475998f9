//! Days, units and horizons: how the dates and intervals of SQL become numbers of the models.
//! '1 month' is 30.4375 days, '1 year' 365.25.

use super::error::{Outcome, invalid};
use super::raw::Span;
use crate::maths::cohort::calendar;

pub const DAYS_PER_MONTH: f64 = 30.4375;
pub const DAYS_PER_YEAR: f64 = 365.25;
const MICROS_PER_DAY: i64 = 86_400_000_000;

impl Span {
    /// The length in days.
    pub fn days(self) -> f64 {
        f64::from(self.months) * DAYS_PER_MONTH
            + f64::from(self.days)
            + self.micros as f64 / MICROS_PER_DAY as f64
    }

    /// As the reader would write it.
    pub fn written(self) -> String {
        let seconds = self.micros as f64 / 1e6;
        format!("{} months, {} days, {seconds} seconds", self.months, self.days)
    }
}

/// The unit of time of a summary: whole months and days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    pub months: u8,
    pub days: u16,
}

impl Unit {
    pub const DAY: Unit = Unit { months: 0, days: 1 };

    pub fn from_span(span: Span) -> Outcome<Unit> {
        let days = i64::from(span.days) + span.micros / MICROS_PER_DAY;
        match (u8::try_from(span.months), u16::try_from(days)) {
            (Ok(months), Ok(days))
                if span.micros % MICROS_PER_DAY == 0 && (months > 0 || days > 0) =>
            {
                Ok(Unit { months, days })
            }
            _ => Err(invalid(
                "unit of time is not a positive number of whole days or months",
                format!("The unit is {}.", span.written()),
                "Use a unit such as interval '1 day', '1 week' or '1 month', of at most 255 months.",
            )),
        }
    }

    pub fn span(self) -> Span {
        Span { months: i32::from(self.months), days: i32::from(self.days), micros: 0 }
    }

    /// The length in days.
    pub fn length(self) -> f64 {
        self.span().days()
    }
}

/// The day of a timestamp in microseconds since 2000-01-01.
pub fn day_of_timestamp(micros: i64) -> i32 {
    micros.div_euclid(MICROS_PER_DAY) as i32
}

/// A day as PostgreSQL writes it in ISO style, whatever the session's style of dates.
pub fn date_text(day: i32) -> String {
    match day {
        i32::MIN => "-infinity".to_owned(),
        i32::MAX => "infinity".to_owned(),
        _ => {
            let (year, month, of_month) = calendar(day);
            let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
            format!("{year:04}-{month:02}-{of_month:02}{era}")
        }
    }
}
