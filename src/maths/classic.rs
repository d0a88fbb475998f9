//! Customer lifetime value by the textbook formulas: margins, retention and discount rates.
//!
//! One period is whatever the rates are per (a year, a month). No model is fitted here.

use super::error::{
    ArgumentError, Result, discount, finite, in_range, margin, not_negative, share,
};

/// Undiscounted lifetime value: order value × purchases per period × periods × margin, less the
/// cost of acquisition.
///
/// `purchase_frequency` is per period and `lifespan` in the same periods; `margin` is a share of
/// revenue. Source: the "customer value × average lifespan" rule, for instance Farris et al.,
/// *Marketing Metrics* (2010), section 5.3.
pub fn clv_simple(
    average_order_value: f64,
    purchase_frequency: f64,
    lifespan: f64,
    margin_share: f64,
    acquisition_cost: f64,
) -> Result<f64> {
    let revenue = finite("average_order_value", average_order_value)?
        * not_negative("purchase_frequency", purchase_frequency)?
        * not_negative("lifespan", lifespan)?;
    let cost = not_negative("acquisition_cost", acquisition_cost)?;
    in_range("customer lifetime value", revenue * margin("margin", margin_share)? - cost)
}

/// When the first margin comes in, counted from the acquisition, and whether it is certain.
///
/// r is the retention rate, d the discount rate, k = 0, 1, 2 … numbers the payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstPayment {
    /// At once: payment k at time k with probability r^k; for ever m (1+d) / (1+d-r).
    /// Berger and Nasr 1998, case 1.
    Now,
    /// At the end of the first period, and certain: payment k at time k+1 with probability r^k;
    /// for ever m / (1+d-r). The form m / (1 - r + d) of many textbooks.
    PeriodEnd,
    /// At the end of the first period if the customer has renewed by then: payment k at time k+1
    /// with probability r^(k+1); for ever m r / (1+d-r). Gupta and Lehmann 2003.
    FirstRenewal,
}

impl FirstPayment {
    /// Time of the first payment, in periods.
    fn time(self) -> f64 {
        if self == FirstPayment::Now { 0.0 } else { 1.0 }
    }

    /// Renewals before the first payment.
    fn renewals(self) -> u64 {
        u64::from(self == FirstPayment::FirstRenewal)
    }

    /// Time at which the cost of the first renewal is spent.
    fn renewal_time(self) -> f64 {
        if self == FirstPayment::PeriodEnd { 1.5 } else { 0.5 }
    }
}

/// The terms on which a customer stays and pays, all rates per period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relationship {
    /// Money from a customer at the first payment; may be negative.
    pub margin: f64,
    /// Probability of staying from one period to the next (r), between 0 and 1.
    pub retention_rate: f64,
    /// Discount rate per period (d), above -1.
    pub discount_rate: f64,
    /// How many payments are counted; `None` is for ever.
    pub periods: Option<u64>,
    /// Growth of the margin from one payment to the next (g), at least -1.
    pub growth_rate: f64,
    /// Spent before each renewal on everyone who is still a customer: half a period before the
    /// payment that the renewal brings, as the M of Berger and Nasr 1998. Constant over time.
    pub retention_cost: f64,
    /// Spent at time 0.
    pub acquisition_cost: f64,
    pub first_payment: FirstPayment,
}

/// Present value at acquisition of the margins of one customer, less the costs.
///
/// With the ratio q = r (1+g) / (1+d), n payments are worth F m (1 + q + … + q^(n-1)), where F is
/// 1 (`Now`), 1/(1+d) (`PeriodEnd`) or r/(1+d) (`FirstRenewal`). For ever is refused unless
/// r (1+g) < 1+d (and r < 1+d where there is a retention cost); 0 periods are worth minus the
/// acquisition cost. Exact where q comes close to 1, for any number of periods.
pub fn clv_discounted(terms: &Relationship) -> Result<f64> {
    let parts = terms.parts()?;
    let value = terms.margin * parts.margins - terms.retention_cost * parts.costs;
    in_range("customer lifetime value", value - terms.acquisition_cost)
}

/// What one unit of margin and of retention cost come to over the relationship.
struct Parts {
    margins: f64,
    costs: f64,
}

impl Relationship {
    fn check(&self) -> Result<()> {
        finite("margin", self.margin)?;
        share("retention_rate", self.retention_rate)?;
        discount("discount_rate", self.discount_rate)?;
        finite("growth_rate", self.growth_rate)?;
        not_negative("retention_cost", self.retention_cost)?;
        not_negative("acquisition_cost", self.acquisition_cost)?;
        if self.growth_rate < -1.0 {
            let remedy = "Give a growth rate per period of at least -1: 5 % is 0.05";
            return Err(ArgumentError::invalid("growth_rate", self.growth_rate, remedy));
        }
        if self.periods.is_none() {
            self.check_convergence()?;
        }
        Ok(())
    }

    fn check_convergence(&self) -> Result<()> {
        if self.margin_ratio() >= 0.0 {
            let remedy = "Give periods, or rates with retention_rate * (1 + growth_rate) below \
                          1 + discount_rate: otherwise the value for ever is infinite";
            return Err(ArgumentError::invalid("growth_rate", self.growth_rate, remedy));
        }
        if self.retention_cost > 0.0 && self.cost_ratio() >= 0.0 {
            let remedy = "Give periods, or a retention_rate below 1 + discount_rate: otherwise \
                          the retention cost for ever is infinite";
            return Err(ArgumentError::invalid("retention_rate", self.retention_rate, remedy));
        }
        Ok(())
    }

    /// q - 1 of the margins, formed without cancelling near q = 1.
    fn margin_ratio(&self) -> f64 {
        let surplus = self.retention_rate.mul_add(self.growth_rate, self.retention_rate - 1.0);
        (surplus - self.discount_rate) / (1.0 + self.discount_rate)
    }

    /// q - 1 of the retention costs, which do not grow.
    fn cost_ratio(&self) -> f64 {
        (self.retention_rate - 1.0 - self.discount_rate) / (1.0 + self.discount_rate)
    }

    fn parts(&self) -> Result<Parts> {
        self.check()?;
        let present = |time: f64| (1.0 + self.discount_rate).powf(-time);
        let timing = self.first_payment;
        let first = present(timing.time()) * self.retention_rate.powi(timing.renewals() as i32);
        let margins = first * geometric_sum(self.margin_ratio(), self.periods);
        if self.retention_cost == 0.0 {
            return Ok(Parts { margins, costs: 0.0 });
        }
        let renewals = self.periods.map(|n| n.saturating_add(timing.renewals()).saturating_sub(1));
        let costs = present(timing.renewal_time()) * geometric_sum(self.cost_ratio(), renewals);
        Ok(Parts { margins, costs })
    }
}

/// 1 + q + … + q^(n-1) for q = 1 + `excess` >= 0; for ever if `terms` is `None`, which needs q < 1.
fn geometric_sum(excess: f64, terms: Option<u64>) -> f64 {
    match terms {
        None => -1.0 / excess,
        Some(0) => 0.0,
        Some(n) if excess == 0.0 => n as f64,
        Some(n) => (n as f64 * excess.ln_1p()).exp_m1() / excess,
    }
}
