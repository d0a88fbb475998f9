//! What a customer costs to win against what it brings: CAC, LTV:CAC, payback, customer equity.
//!
//! A ratio over nothing (no new customers, no cost) is `None`, and so is one of a negative number of
//! customers or cost: one such channel does not stop a report by channel.

use super::classic::{FirstPayment, geometric_sum};
use super::error::{ArgumentError, Result, discount, finite, in_range, not_negative, share};

/// Customer acquisition cost: spend over new customers; `None` without new customers.
pub fn acquisition_cost(spend: f64, new_customers: f64) -> Result<Option<f64>> {
    let (spend, new_customers) = (finite("spend", spend)?, finite("new_customers", new_customers)?);
    if spend < 0.0 {
        return Ok(None);
    }
    ratio("spend", spend, new_customers)
}

/// Lifetime value over acquisition cost (LTV:CAC); `None` where acquisition cost nothing.
pub fn ltv_cac_ratio(lifetime_value: f64, acquisition_cost: f64) -> Result<Option<f64>> {
    let value = finite("lifetime_value", lifetime_value)?;
    ratio("lifetime_value", value, finite("acquisition_cost", acquisition_cost)?)
}

fn ratio(name: &'static str, above: f64, below: f64) -> Result<Option<f64>> {
    if below <= 0.0 { Ok(None) } else { in_range(name, above / below).map(Some) }
}

/// The usual reading of LTV:CAC (Skok, *SaaS Metrics 2.0*: "greater than 3").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LtvCacReading {
    /// Below 1: every new customer loses money.
    LosesMoney,
    /// From 1 to below 3: too little left for the other costs.
    Thin,
    /// From 3 to 5.
    Healthy,
    /// Above 5: growth could be bought faster.
    Underinvests,
}

impl LtvCacReading {
    pub fn of(ratio: f64) -> Result<Self> {
        Ok(match finite("ratio", ratio)? {
            ratio if ratio < 1.0 => LtvCacReading::LosesMoney,
            ratio if ratio < 3.0 => LtvCacReading::Thin,
            ratio if ratio <= 5.0 => LtvCacReading::Healthy,
            _ => LtvCacReading::Underinvests,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            LtvCacReading::LosesMoney => "loses money",
            LtvCacReading::Thin => "thin",
            LtvCacReading::Healthy => "healthy",
            LtvCacReading::Underinvests => "underinvests",
        }
    }
}

/// Periods after which the payments of a customer have paid back its acquisition; `None` if they
/// never do, or the cost is negative.
///
/// Payment k of the chosen timing counts `payment` × (1 - churn)^k / (1+d)^time. The result n says
/// that n payments pay the cost; within a period the payment is taken as earned evenly, so that
/// without churn and discount it is the textbook's acquisition cost / payment.
pub fn payback(
    acquisition_cost: f64,
    payment: f64,
    churn_rate: f64,
    discount_rate: f64,
    first_payment: FirstPayment,
) -> Result<Option<f64>> {
    let cost = finite("acquisition_cost", acquisition_cost)?;
    let churn = share("churn_rate", churn_rate)?;
    let growth = 1.0 + discount("discount_rate", discount_rate)?;
    finite("payment", payment)?;
    let first = match first_payment {
        FirstPayment::Now => payment,
        FirstPayment::PeriodEnd => payment / growth,
        FirstPayment::FirstRenewal => payment * (1.0 - churn) / growth,
    };
    if cost <= 0.0 {
        return Ok((cost == 0.0).then_some(0.0));
    }
    let payments = cost / first;
    if first <= 0.0 || !payments.is_finite() {
        return Ok(None);
    }
    // q - 1 of the payments; their sum never passes first / (1 - q).
    let excess = -(churn + discount_rate) / growth;
    let left = 1.0 + excess * payments;
    if left < 0.0 || (left == 0.0 && excess > -1.0) {
        return Ok(None);
    }
    let whole = match excess {
        0.0 => payments.floor(),
        _ => ((excess * payments).ln_1p() / excess.ln_1p()).floor(),
    };
    let whole = whole as u64;
    let last = if whole == 0 { 1.0 } else { (whole as f64 * excess.ln_1p()).exp() };
    let part = (payments - geometric_sum(excess, Some(whole))) / last;
    in_range("payback", whole as f64 + part).map(Some)
}

/// Periods after which the payments that were observed have paid back the acquisition, the period
/// in which they do counted in part, evenly; `None` if they have not yet.
///
/// `payments[k]` is what came in during period k + 1, per customer or of a cohort as the cost is;
/// it may be negative. Nothing is discounted.
pub fn payback_observed(acquisition_cost: f64, payments: &[f64]) -> Result<Option<f64>> {
    let mut left = not_negative("acquisition_cost", acquisition_cost)?;
    for (k, &payment) in payments.iter().enumerate() {
        let payment = finite("payments", payment).map_err(|error| error.at(k))?;
        if left <= 0.0 {
            break;
        }
        if payment >= left {
            return Ok(Some(k as f64 + left / payment));
        }
        left = in_range("payback", left - payment)?;
    }
    Ok((left <= 0.0).then_some(0.0))
}

/// Customer equity: the residual value of today's customers plus the present value of those
/// still to be acquired, a constant number at the end of each coming period.
///
/// residual + sum over k from 1 of acquisitions × value / (1+d)^k, over `periods` or for ever
/// (which needs d > 0). `value_at_acquisition` is net of the cost of acquisition. Source:
/// Gupta, Lehmann and Stuart 2004, in discrete time.
pub fn customer_equity(
    residual_value: f64,
    acquisitions_per_period: f64,
    value_at_acquisition: f64,
    discount_rate: f64,
    periods: Option<u64>,
) -> Result<f64> {
    let residual = finite("residual_value", residual_value)?;
    let gain = not_negative("acquisitions_per_period", acquisitions_per_period)?
        * finite("value_at_acquisition", value_at_acquisition)?;
    let growth = 1.0 + discount("discount_rate", discount_rate)?;
    if periods.is_none() && discount_rate <= 0.0 {
        let remedy = "Give periods, or a discount rate above 0: otherwise the value of all \
                      future customers is infinite";
        return Err(ArgumentError::invalid("discount_rate", discount_rate, remedy));
    }
    let future = geometric_sum(-discount_rate / growth, periods) / growth;
    in_range("customer equity", residual + gain * future)
}

/// The same with the acquisitions and the value at acquisition of each coming period.
///
/// Element k (from 1) is discounted by (1+d)^k. Arrays of equal length; empty ones leave the
/// residual value.
pub fn customer_equity_curves(
    residual_value: f64,
    acquisitions: &[f64],
    values_at_acquisition: &[f64],
    discount_rate: f64,
) -> Result<f64> {
    let residual = finite("residual_value", residual_value)?;
    let growth = 1.0 + discount("discount_rate", discount_rate)?;
    if acquisitions.len() != values_at_acquisition.len() {
        let length = values_at_acquisition.len() as f64;
        let remedy = "Give a value at acquisition for every period that has acquisitions";
        return Err(ArgumentError::invalid("number of values at acquisition", length, remedy));
    }
    let mut equity = 0.0;
    for (k, (&customers, &value)) in
        acquisitions.iter().zip(values_at_acquisition).enumerate().rev()
    {
        not_negative("acquisitions", customers).map_err(|error| error.at(k))?;
        finite("values_at_acquisition", value).map_err(|error| error.at(k))?;
        equity = (equity + customers * value) / growth;
    }
    in_range("customer equity", residual + equity)
}
