//! Rates of staying and leaving, of customers and of recurring revenue, and their conversions.
//!
//! A rate over nothing (no customers, no revenue at the start) is `None`, and so is one of what
//! cannot be (more stayed than there were): a single such month does not stop a report.

use super::error::{ArgumentError, Result, finite, in_range, interest, share};

/// Customer retention rate of a period: (end - new) / start.
///
/// `end` counts the customers at its end, `new` those among them who came within it. Source:
/// Farris et al., *Marketing Metrics* (2010), chapter 5.
pub fn retention_rate(start: f64, end: f64, new: f64) -> Result<Option<f64>> {
    let kept = kept(start, end, new)?;
    Ok(kept.map(|kept| kept / start))
}

/// Customer churn rate of a period: 1 - retention rate.
pub fn churn_rate(start: f64, end: f64, new: f64) -> Result<Option<f64>> {
    let kept = kept(start, end, new)?;
    Ok(kept.map(|kept| (start - kept) / start))
}

/// Customers of the start who are still there at the end; `None` if nobody was there at the start,
/// and where the numbers contradict each other: a negative one, more new customers than there are
/// at the end, more who stayed than there were.
fn kept(start: f64, end: f64, new: f64) -> Result<Option<f64>> {
    let start = finite("start_customers", start)?;
    let kept = finite("end_customers", end)? - finite("new_customers", new)?;
    Ok((start > 0.0 && new >= 0.0 && (0.0..=start).contains(&kept)).then_some(kept))
}

/// Retention rate per `periods` periods from the rate per period: r^periods (12 for a month's
/// rate to a year's, 1/12 for the way back).
pub fn convert_retention(retention_rate: f64, periods: f64) -> Result<f64> {
    Ok(share("retention_rate", retention_rate)?.powf(length(periods)?))
}

/// Churn rate per `periods` periods: 1 - (1 - churn)^periods, exact also for small rates.
pub fn convert_churn(churn_rate: f64, periods: f64) -> Result<f64> {
    let log_retention = (-share("churn_rate", churn_rate)?).ln_1p();
    Ok(-(log_retention * length(periods)?).exp_m1())
}

/// Discount rate per `periods` periods: (1 + d)^periods - 1, exact also for small rates.
pub fn convert_discount(discount_rate: f64, periods: f64) -> Result<f64> {
    let log_growth = interest("discount_rate", discount_rate)?.ln_1p();
    in_range("discount rate", (log_growth * length(periods)?).exp_m1())
}

fn length(periods: f64) -> Result<f64> {
    let remedy = "Give a number above 0; whole numbers divide to whole numbers, so write 1 / 12.0";
    match finite("periods", periods)? {
        periods if periods > 0.0 => Ok(periods),
        periods => Err(ArgumentError::invalid("periods", periods, remedy)),
    }
}

/// Expected lifespan in periods: 1 / churn, the period of acquisition counted; `None` without
/// churn, which gives no end to expect.
pub fn expected_lifespan(churn_rate: f64) -> Result<Option<f64>> {
    let churn = share("churn_rate", churn_rate)?;
    if churn == 0.0 { Ok(None) } else { in_range("expected lifespan", 1.0 / churn).map(Some) }
}

/// Gross revenue retention: (start - contraction - churn) / start, between 0 and 1.
///
/// All four are recurring revenue of the customers of the start; losses are positive numbers.
pub fn gross_revenue_retention(start: f64, contraction: f64, churn: f64) -> Result<Option<f64>> {
    net_revenue_retention(start, contraction, churn, 0.0)
}

/// Net revenue retention: (start - contraction - churn + expansion) / start; above 1 where the
/// expansion outweighs the losses. `None` too where a number is negative or more was lost than
/// there was.
pub fn net_revenue_retention(
    start: f64,
    contraction: f64,
    churn: f64,
    expansion: f64,
) -> Result<Option<f64>> {
    let start = finite("start_revenue", start)?;
    let contraction = finite("contraction", contraction)?;
    let churn = finite("churn", churn)?;
    let expansion = finite("expansion", expansion)?;
    let lost = contraction + churn;
    let possible = contraction >= 0.0 && churn >= 0.0 && expansion >= 0.0 && lost <= start;
    if !possible || start == 0.0 {
        return Ok(None);
    }
    in_range("revenue retention", (start - lost + expansion) / start).map(Some)
}

/// The movements of monthly recurring revenue (MRR) from one period to the next, all 0 or more:
/// end = start + new + reactivated + expansion - contraction - churned.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RevenueMovement {
    pub start: f64,
    pub new: f64,
    pub reactivated: f64,
    pub expansion: f64,
    pub contraction: f64,
    pub churned: f64,
    pub end: f64,
}

impl RevenueMovement {
    /// The movement of one customer. `paid_before` tells the reactivated, who paid in some
    /// earlier period but not in the last, from the new. `None` where one of the two periods is
    /// negative: no revenue that recurs.
    pub fn of_customer(previous: f64, current: f64, paid_before: bool) -> Result<Option<Self>> {
        let start = finite("previous", previous)?;
        let end = finite("current", current)?;
        if start < 0.0 || end < 0.0 {
            return Ok(None);
        }
        let mut movement = RevenueMovement { start, end, ..RevenueMovement::default() };
        let change = (end - start).abs();
        let kind = match (start > 0.0, end > start) {
            (false, true) if paid_before => &mut movement.reactivated,
            (false, true) => &mut movement.new,
            (true, true) => &mut movement.expansion,
            _ if end == 0.0 => &mut movement.churned,
            _ => &mut movement.contraction,
        };
        *kind = change;
        Ok(Some(movement))
    }

    /// What was lost of the start. Each of the three is a rounded sum, and no more can be lost than
    /// there was.
    fn lost(&self) -> f64 {
        (self.contraction + self.churned).min(self.start)
    }

    /// Gross revenue retention of the customers of the start.
    pub fn gross_retention(&self) -> Result<Option<f64>> {
        gross_revenue_retention(self.start, 0.0, self.lost())
    }

    /// Net revenue retention of the customers of the start.
    pub fn net_retention(&self) -> Result<Option<f64>> {
        net_revenue_retention(self.start, 0.0, self.lost(), self.expansion)
    }
}

impl std::ops::AddAssign for RevenueMovement {
    fn add_assign(&mut self, other: Self) {
        self.start += other.start;
        self.new += other.new;
        self.reactivated += other.reactivated;
        self.expansion += other.expansion;
        self.contraction += other.contraction;
        self.churned += other.churned;
        self.end += other.end;
    }
}
