//! From the purchase days of one customer to frequency, recency, age and monetary value.

use super::error::{ArgumentError, Result, in_range};
use super::memory::{self, Grow};
use super::orders::{Cents, Day, Mixed, Money, day, is_plain, orders};

/// What is known of a customer at `as_of`; times in days, money as it came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Purchase days after the first (x).
    pub frequency: u32,
    /// First and last purchase day.
    pub first: i32,
    pub last: i32,
    /// Mean net value of the repeat purchase days; none without repeat purchases.
    pub monetary: Option<f64>,
    /// Sum of all amounts, refunds subtracted.
    pub revenue: f64,
}

/// A sum of amounts, if a double can hold it.
fn of_amounts(sum: f64) -> Result<f64> {
    let remedy = "Correct the amounts, or leave orders of such amounts out";
    in_range("sum of the amounts of a customer", sum)
        .map_err(|error| ArgumentError { remedy, ..error })
}

/// The sums over the first purchase day, over those after it, and over days that were none.
#[derive(Default)]
struct Totals<M> {
    days: u32,
    first: i32,
    last: i32,
    first_value: M,
    repeats: M,
    others: M,
}

impl<M: Money> Totals<M> {
    fn of(words: &mut [u64]) -> Self {
        let mut totals = Totals::default();
        M::each_day(words, |day| totals.close(day));
        totals
    }

    fn close(&mut self, day: &Day<M>) {
        if !day.is_purchase() {
            self.others.add(&day.net);
            return;
        }
        if self.days == 0 {
            self.first = day.day;
            self.first_value.add(&day.net);
        } else {
            self.repeats.add(&day.net);
        }
        self.last = day.day;
        self.days += 1;
    }

    fn summary(self) -> Result<Option<Summary>> {
        let Some(frequency) = self.days.checked_sub(1) else { return Ok(None) };
        let Totals { first, last, first_value: mut all, repeats, others, .. } = self;
        let value = of_amounts(repeats.value())?;
        all.add(&repeats);
        all.add(&others);
        Ok(Some(Summary {
            frequency,
            first,
            last,
            monetary: (frequency > 0).then(|| value / f64::from(frequency)),
            revenue: of_amounts(all.value())?,
        }))
    }

    fn activity(self) -> Result<Activity> {
        let Totals { days, first_value: mut all, repeats, others, .. } = self;
        all.add(&repeats);
        let value = of_amounts(all.value())?;
        all.add(&others);
        Ok(Activity {
            purchases: days,
            monetary: (days > 0).then(|| value / f64::from(days)),
            revenue: of_amounts(all.value())?,
        })
    }
}

/// The summary of all words of a customer; none if no day was a purchase.
pub fn summarise(words: &mut [u64]) -> Result<Option<Summary>> {
    if is_plain(words) {
        Totals::<Cents>::of(words).summary()
    } else {
        Totals::<Mixed>::of(words).summary()
    }
}

/// What a customer did in a stretch of time that a model had to predict.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Activity {
    /// Purchase days.
    pub purchases: u32,
    /// Mean net value of a purchase day; none without one.
    pub monetary: Option<f64>,
    /// Sum of all amounts, refunds subtracted.
    pub revenue: f64,
}

/// The activity in the words of a stretch of time.
pub fn activity(words: &mut [u64]) -> Result<Activity> {
    if is_plain(words) {
        Totals::<Cents>::of(words).activity()
    } else {
        Totals::<Mixed>::of(words).activity()
    }
}

/// What the orders and refunds of one day come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayTotal {
    pub day: i32,
    pub net: f64,
    pub is_purchase: bool,
}

/// Returns the days of all orders and refunds, ascending, with what they come to.
pub fn day_totals(words: &mut [u64]) -> Vec<DayTotal> {
    fn of<M: Money>(words: &mut [u64]) -> Vec<DayTotal> {
        let mut days = Vec::new();
        M::each_day(words, |day| {
            let is_purchase = day.is_purchase();
            days.add(DayTotal { day: day.day, net: day.net.value(), is_purchase });
        });
        days
    }
    if is_plain(words) { of::<Cents>(words) } else { of::<Mixed>(words) }
}

/// The days of all purchases, ascending.
pub fn purchase_days(words: &mut [u64]) -> Vec<i32> {
    fn of<M: Money>(words: &mut [u64]) -> Vec<i32> {
        let mut days = Vec::new();
        M::each_day(words, |day| days.add_all(day.is_purchase().then_some(day.day)));
        days
    }
    if is_plain(words) { of::<Cents>(words) } else { of::<Mixed>(words) }
}

/// The sum of all amounts, refunds subtracted, of the days before `end`.
pub fn revenue_before(words: &[u64], end: i32) -> Result<f64> {
    let before = orders(words).filter(|order| day(order[0]) < end);
    let mut words: Vec<u64> = memory::collected(before.flatten().copied());
    activity(&mut words).map(|activity| activity.revenue)
}
