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
/// *Marketing Metrics* (2010), chapter 5.
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

/// When the first payment comes in, counted from the acquisition, and whether it is certain.
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

/// Which payment is the first that has grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstGrowth {
    /// Payment k is m (1+g)^k: what is given is the first payment itself.
    SecondPayment,
    /// Payment k is m (1+g)^(k+1): what is given is paid at the acquisition, before any growth, as
    /// the m of Gupta and Lehmann 2003.
    FirstPayment,
}

/// The terms on which a customer stays and pays, all rates per period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relationship {
    /// Money from a customer at the first payment, costs of serving subtracted; may be negative.
    pub payment: f64,
    /// Probability of staying from one period to the next (r), between 0 and 1.
    pub retention_rate: f64,
    /// Discount rate per period (d), above -1.
    pub discount_rate: f64,
    /// How many payments are counted; `None` is for ever.
    pub periods: Option<u64>,
    /// Growth of the payment from one to the next (g), at least -1.
    pub growth_rate: f64,
    pub first_growth: FirstGrowth,
    /// Spent before each renewal on everyone who is still a customer: half a period before the
    /// payment that the renewal brings, as the M of Berger and Nasr 1998. Constant over time.
    pub retention_cost: f64,
    /// Spent at time 0.
    pub acquisition_cost: f64,
    pub first_payment: FirstPayment,
}

/// Present value at acquisition of the payments of one customer, less the costs.
///
/// With the ratio q = r (1+g) / (1+d), n payments are worth F m (1 + q + … + q^(n-1)), where F is
/// 1 (`Now`), 1/(1+d) (`PeriodEnd`) or r/(1+d) (`FirstRenewal`), times 1+g where the first has
/// grown. For ever is refused unless r (1+g) < 1+d (and r < 1+d where there is a retention cost);
/// 0 periods are worth minus the acquisition cost. Exact where q comes close to 1, for any number
/// of periods.
pub fn clv_discounted(terms: &Relationship) -> Result<f64> {
    let parts = terms.parts()?;
    let value = terms.payment * parts.payments - terms.retention_cost * parts.costs;
    in_range("customer lifetime value", value - terms.acquisition_cost)
}

/// The same with a curve of retention and one of payments, so that both may change with age.
///
/// `payments[k]` is the money of payment k; growth lies in the curve. `retention_rates[k]` is the
/// probability of staying from period k to k+1, given that the customer is still there in k.
/// `FirstRenewal` takes as many rates as payments; the other timings use one less, and ignore the
/// rate out of the last period if it is given. No payments: minus the acquisition cost.
pub fn clv_discounted_curves(
    retention_rates: &[f64],
    payments: &[f64],
    discount_rate: f64,
    retention_cost: f64,
    acquisition_cost: f64,
    first_payment: FirstPayment,
) -> Result<f64> {
    let needed = (payments.len() + first_payment.renewals() as usize).saturating_sub(1);
    if retention_rates.len() < needed || retention_rates.len() > payments.len() {
        let remedy = "Give a retention rate for every renewal between two payments: as many as \
                      payments, or one less if the first payment needs no renewal";
        let length = retention_rates.len() as f64;
        return Err(ArgumentError::invalid("number of retention rates", length, remedy));
    }
    for (k, &rate) in retention_rates.iter().enumerate() {
        share("retention_rates", rate).map_err(|error| error.at(k))?;
    }
    for (k, &money) in payments.iter().enumerate() {
        finite("payments", money).map_err(|error| error.at(k))?;
    }
    let growth = 1.0 + discount("discount_rate", discount_rate)?;
    not_negative("retention_cost", retention_cost)?;
    let mut value = -not_negative("acquisition_cost", acquisition_cost)?;
    let mut renewals = retention_rates.iter();
    let mut staying = 1.0;
    for (k, money) in payments.iter().enumerate() {
        let time = first_payment.time() + k as f64;
        if k as u64 + first_payment.renewals() > 0 {
            value -= staying * retention_cost * growth.powf(0.5 - time);
            staying *= renewals.next().unwrap_or(&0.0);
        }
        value += staying * money * growth.powf(-time);
    }
    in_range("customer lifetime value", value)
}

/// Lifetime value of a subscription, undiscounted, the first payment at once:
/// arpu × margin / (churn - expansion) - acquisition cost.
///
/// `churn_rate` and `expansion_rate` are shares of the recurring revenue at the start of a period,
/// so that their difference is the net revenue churn. `None` where they do not differ or the
/// expansion is larger: revenue that never shrinks has no finite value; discount it with
/// `clv_discounted`. Equals `clv_discounted` with discount 0, retention 1 - churn, growth
/// expansion / (1 - churn) and the first payment now. Source: Skok, *SaaS Metrics 2.0*, with a
/// proportional instead of a linear expansion.
pub fn clv_subscription(
    arpu: f64,
    churn_rate: f64,
    margin_share: f64,
    expansion_rate: f64,
    acquisition_cost: f64,
) -> Result<Option<f64>> {
    let earned = finite("arpu", arpu)? * margin("margin", margin_share)?;
    let expansion = not_negative("expansion_rate", expansion_rate)?;
    let net_churn = share("churn_rate", churn_rate)? - expansion;
    let cost = not_negative("acquisition_cost", acquisition_cost)?;
    if net_churn <= 0.0 {
        return Ok(None);
    }
    in_range("customer lifetime value", earned / net_churn - cost).map(Some)
}

/// How the value of `clv_discounted` answers to each of its terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensitivity {
    pub value: f64,
    pub payment: Effect,
    pub retention_rate: Effect,
    pub discount_rate: Effect,
    pub growth_rate: Effect,
    pub retention_cost: Effect,
    pub acquisition_cost: Effect,
}

/// The effect of one term p on the value V, to first order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Money gained when the term rises by 1 % of itself: p dV/dp / 100.
    pub gain: f64,
    /// Percent by which the value rises with it: (p / V) dV/dp; `None` if the value is 0.
    pub elasticity: Option<f64>,
}

/// Value of 1 % more of each term (retention 0.80 becomes 0.808), by exact derivatives.
///
/// Source: Gupta, Lehmann and Stuart 2004, "Valuing Customers", who find that of retention to be
/// the largest. Same conditions as `clv_discounted`.
pub fn clv_sensitivity(terms: &Relationship) -> Result<Sensitivity> {
    let value = clv_discounted(terms)?;
    let timing = terms.first_payment;
    let (before, present) = (timing.renewals() as f64, 1.0 / (1.0 + terms.discount_rate));
    let parts = terms.parts()?;
    let (payment, costs) = (terms.payment, terms.retention_cost);
    // d/dr, d/dd and d/dg of F S(q) through S'(q) and q = r (1+g) / (1+d), each times its term.
    let slope = payment * parts.first * geometric_slope(terms.payment_excess(), terms.periods);
    let flow = payment * parts.payments;
    let payment_slope = slope * terms.retention_rate * (1.0 + terms.growth_rate) * present;
    let (cost_flow, cost_slope) = if costs == 0.0 {
        (0.0, 0.0)
    } else {
        let slope = geometric_slope(terms.cost_excess(), terms.renewals());
        let ratio = terms.retention_rate * present;
        (costs * parts.costs, costs * parts.first_cost * slope * ratio)
    };
    // d/dg of the growth that the first payment has already seen.
    let raised = payment * parts.payments_per_growth;
    let effect = |change: f64| -> Result<Effect> {
        // No negative zero.
        let change = change + 0.0;
        let gain = in_range("gain", change / 100.0)?;
        Ok(Effect { gain, elasticity: (value != 0.0).then_some(change / value + 0.0) })
    };
    let aging =
        payment_slope + timing.time() * flow - cost_slope - timing.renewal_time() * cost_flow;
    Ok(Sensitivity {
        value,
        payment: effect(flow)?,
        retention_rate: effect(payment_slope + before * flow - cost_slope)?,
        discount_rate: effect(-terms.discount_rate * present * aging)?,
        growth_rate: effect(terms.growth_rate * (slope * terms.retention_rate * present + raised))?,
        retention_cost: effect(-cost_flow)?,
        acquisition_cost: effect(-terms.acquisition_cost)?,
    })
}

/// What one unit of payment and of retention cost come to over the relationship, and the first of
/// each.
struct Parts {
    payments: f64,
    /// `payments` / (1 + g) where growth begins before the first payment, otherwise 0.
    payments_per_growth: f64,
    costs: f64,
    first: f64,
    first_cost: f64,
}

impl Relationship {
    fn check(&self) -> Result<()> {
        finite("payment", self.payment)?;
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
        if self.payment_excess() >= 0.0 {
            let remedy = "Give periods, or rates with retention_rate * (1 + growth_rate) below \
                          1 + discount_rate: otherwise the value for ever is infinite";
            // Who did not speak of growth gave too high a retention rate.
            let (argument, value) = match self.growth_rate {
                0.0 => ("retention_rate", self.retention_rate),
                growth => ("growth_rate", growth),
            };
            return Err(ArgumentError::invalid(argument, value, remedy));
        }
        if self.retention_cost > 0.0 && self.cost_excess() >= 0.0 {
            let remedy = "Give periods, or a retention_rate below 1 + discount_rate: otherwise \
                          the retention cost for ever is infinite";
            return Err(ArgumentError::invalid("retention_rate", self.retention_rate, remedy));
        }
        Ok(())
    }

    /// q - 1 of the payments, formed without cancelling near q = 1.
    fn payment_excess(&self) -> f64 {
        let surplus = self.retention_rate.mul_add(self.growth_rate, self.retention_rate - 1.0);
        (surplus - self.discount_rate) / (1.0 + self.discount_rate)
    }

    /// q - 1 of the retention costs, which do not grow.
    fn cost_excess(&self) -> f64 {
        (self.retention_rate - 1.0 - self.discount_rate) / (1.0 + self.discount_rate)
    }

    /// How many renewals are paid for.
    fn renewals(&self) -> Option<u64> {
        let before = self.first_payment.renewals();
        self.periods.map(|n| n.saturating_add(before).saturating_sub(1))
    }

    fn parts(&self) -> Result<Parts> {
        self.check()?;
        let present = |time: f64| (1.0 + self.discount_rate).powf(-time);
        let timing = self.first_payment;
        let reached = present(timing.time()) * self.retention_rate.powi(timing.renewals() as i32);
        let ungrown = reached * geometric_sum(self.payment_excess(), self.periods);
        let (growth, payments_per_growth) = match self.first_growth {
            FirstGrowth::SecondPayment => (1.0, 0.0),
            FirstGrowth::FirstPayment => (1.0 + self.growth_rate, ungrown),
        };
        let (first, payments) = (growth * reached, growth * ungrown);
        let first_cost = present(timing.renewal_time());
        let costs = if self.retention_cost == 0.0 {
            0.0
        } else {
            first_cost * geometric_sum(self.cost_excess(), self.renewals())
        };
        Ok(Parts { payments, payments_per_growth, costs, first, first_cost })
    }
}

/// 1 + q + … + q^(n-1) for q = 1 + `excess` >= 0; for ever if `terms` is `None`, which needs q < 1.
pub(super) fn geometric_sum(excess: f64, terms: Option<u64>) -> f64 {
    match terms {
        None => -1.0 / excess,
        Some(0) => 0.0,
        Some(n) if excess == 0.0 => n as f64,
        Some(n) => (n as f64 * excess.ln_1p()).exp_m1() / excess,
    }
}

/// d/dq of `geometric_sum`: 1 + 2 q + … + (n-1) q^(n-2).
///
/// Doubling the number of terms adds positive numbers only, so nothing cancels near q = 1:
/// S(2n) = S(n) (1 + q^n), and S(n+1) = S(n) + q^n.
fn geometric_slope(excess: f64, terms: Option<u64>) -> f64 {
    let Some(terms) = terms else { return 1.0 / (excess * excess) };
    let power = |k: u64| if k == 0 { 1.0 } else { (k as f64 * excess.ln_1p()).exp() };
    let (mut n, mut slope) = (0_u64, 0.0);
    for bit in (0..u64::BITS - terms.leading_zeros()).rev() {
        if n > 0 {
            let middle = n as f64 * power(n - 1) * geometric_sum(excess, Some(n));
            slope = slope * (1.0 + power(n)) + middle;
            n *= 2;
        }
        if terms >> bit & 1 == 1 {
            slope += if n == 0 { 0.0 } else { n as f64 * power(n - 1) };
            n += 1;
        }
    }
    slope
}
