//! Present value of money at known times: evenly spaced, dated, or earned so far.

use super::error::{Result, discount, finite, in_range, interest};
use super::memory::{copied, room};

/// Days in the year of XNPV, as every spreadsheet has it.
const XNPV_YEAR: f64 = 365.0;

/// Days in a year where no spreadsheet has to be matched.
const YEAR: f64 = 365.25;

/// Money on a day; days are counted from any origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CashFlow {
    pub day: f64,
    pub amount: f64,
}

/// Net present value of one cash flow a period, the first one now: the sum of c_k / (1+d)^k, k
/// from 0.
///
/// Spreadsheets' NPV puts the first flow at the end of the first period: it is this value over
/// 1 + d. No flows: `None`.
pub fn npv(cash_flows: &[f64], discount_rate: f64) -> Result<Option<f64>> {
    let growth = 1.0 + interest("discount_rate", discount_rate)?;
    for (k, &amount) in cash_flows.iter().enumerate() {
        finite("cash_flows", amount).map_err(|error| error.at(k))?;
    }
    let Some((last, earlier)) = cash_flows.split_last() else { return Ok(None) };
    let value = earlier.iter().rev().fold(*last, |value, amount| amount + value / growth);
    in_range("net present value", value).map(Some)
}

/// Net present value of dated cash flows at `value_day`, by default the day of the first flow:
/// the sum of c / (1+d)^(days / 365).
///
/// The discount rate is per year. With the default day it is the XNPV of spreadsheets whose rows
/// stand in order of date; flows before `value_day` are compounded. The order of the flows does
/// not change a bit of the result. No flows: `None`.
pub fn xnpv(
    cash_flows: &[CashFlow],
    discount_rate: f64,
    value_day: Option<f64>,
) -> Result<Option<f64>> {
    let first = cash_flows.iter().map(|flow| flow.day).reduce(f64::min);
    let Some(day) = value_day.or(first) else { return Ok(None) };
    dated_value(cash_flows, discount_rate, day, XNPV_YEAR)
}

/// Value of what a customer has brought by the end of `as_of`: money to date, refunds being
/// negative amounts, as of `value_day`.
///
/// Later flows are left out. Rate 0: the plain sum. A `value_day` at the first order discounts
/// to the acquisition, one at `as_of` compounds to today; rate per year of 365.25 days. No flow
/// by then: `None`.
pub fn historical(
    cash_flows: &[CashFlow],
    as_of: f64,
    discount_rate: f64,
    value_day: f64,
) -> Result<Option<f64>> {
    discount("discount_rate", discount_rate)?;
    finite("as_of", as_of)?;
    let mut earned = room(cash_flows.len());
    for flow in cash_flows {
        if finite("day", flow.day)? <= as_of {
            earned.push(*flow);
        }
    }
    dated_value(&earned, discount_rate, value_day, YEAR)
}

/// Sum of the flows brought to one day, in order of day and amount so that equal data give equal
/// bits, with the rounding errors carried along (Neumaier 1974).
fn dated_value(flows: &[CashFlow], rate: f64, day: f64, year: f64) -> Result<Option<f64>> {
    let log_growth = interest("discount_rate", rate)?.ln_1p();
    finite("value_day", day)?;
    let mut flows = copied(flows);
    for flow in &flows {
        finite("day", flow.day)?;
        finite("amount", flow.amount)?;
    }
    if flows.is_empty() {
        return Ok(None);
    }
    flows.sort_unstable_by(|a, b| {
        a.day.total_cmp(&b.day).then_with(|| a.amount.total_cmp(&b.amount))
    });
    let (mut sum, mut rest) = (0.0_f64, 0.0);
    for flow in flows {
        let value = flow.amount * (log_growth * (day - flow.day) / year).exp();
        let total = sum + value;
        rest += if sum.abs() >= value.abs() { sum - total + value } else { value - total + sum };
        sum = total;
    }
    in_range("net present value", sum + rest).map(Some)
}
