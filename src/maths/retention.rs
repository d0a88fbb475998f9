//! Rates of staying and leaving, of customers and of recurring revenue, and their conversions.
//!
//! A rate over nothing (no customers, no revenue at the start) is `None`.

use super::error::{ArgumentError, Result, finite, in_range, interest, not_negative, share};

/// Customer retention rate of a period: (end - new) / start.
///
/// `end` counts the customers at its end, `new` those among them who came within it. Source:
/// Farris et al., *Marketing Metrics* (2010), chapter 5.
pub fn retention_rate(start: f64, end: f64, new: f64) -> Result<Option<f64>> {
    let start = not_negative("start_customers", start)?;
    let kept = kept(start, end, new)?;
    Ok((start > 0.0).then(|| kept / start))
}

/// Customer churn rate of a period: 1 - retention rate.
pub fn churn_rate(start: f64, end: f64, new: f64) -> Result<Option<f64>> {
    let start = not_negative("start_customers", start)?;
    let kept = kept(start, end, new)?;
    Ok((start > 0.0).then(|| (start - kept) / start))
}

/// Customers of the start who are still there at the end.
fn kept(start: f64, end: f64, new: f64) -> Result<f64> {
    let end = not_negative("end_customers", end)?;
    if not_negative("new_customers", new)? > end {
        let remedy = "Count as new only customers who are among those at the end";
        return Err(ArgumentError::invalid("new_customers", new, remedy));
    }
    if end - new > start {
        let remedy = "Give end_customers - new_customers of at most start_customers: who came within \
                      the period, also the reactivated, counts as new";
        return Err(ArgumentError::invalid("end_customers", end, remedy));
    }
    Ok(end - new)
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
/// expansion outweighs the losses.
pub fn net_revenue_retention(
    start: f64,
    contraction: f64,
    churn: f64,
    expansion: f64,
) -> Result<Option<f64>> {
    let start = not_negative("start_revenue", start)?;
    let lost = not_negative("contraction", contraction)? + not_negative("churn", churn)?;
    let expansion = not_negative("expansion", expansion)?;
    if lost > start {
        let remedy = "Give contraction and churn of customers of the start only: together they \
                      cannot exceed the revenue of the start";
        return Err(ArgumentError::invalid("contraction + churn", lost, remedy));
    }
    if start == 0.0 {
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
    /// earlier period but not in the last, from the new.
    pub fn of_customer(previous: f64, current: f64, paid_before: bool) -> Result<Self> {
        let start = not_negative("previous", previous)?;
        let end = not_negative("current", current)?;
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
        Ok(movement)
    }

    /// Gross revenue retention of the customers of the start.
    pub fn gross_retention(&self) -> Result<Option<f64>> {
        gross_revenue_retention(self.start, self.contraction, self.churned)
    }

    /// Net revenue retention of the customers of the start.
    pub fn net_retention(&self) -> Result<Option<f64>> {
        net_revenue_retention(self.start, self.contraction, self.churned, self.expansion)
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
