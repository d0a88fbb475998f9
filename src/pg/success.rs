//! Customer success: scores over ratings, shares, the health score. The formulas stand in
//! maths::success.

use pgrx::pg_extern;

use super::argument::complete;
use super::error::{Outcome, invalid, refused};
use super::portable;
use super::raw::{Call, Returned};
use super::sums::Sums;
use crate::maths::memory::{collected, filled};
use crate::maths::success::{
    self, EffortCount, HealthMetric, PromoterCount, SatisfactionCount, health_score as score_of,
};

/// Adds what `count` makes of the rating in argument 1; a NULL is no answer.
fn rated<const N: usize>(
    call: &Call,
    count: impl FnOnce(f64) -> Outcome<[u64; N]>,
) -> Outcome<Option<Returned>> {
    portable::step(call, |sums: &mut Sums| {
        if let Some(rating) = call.float(1) {
            sums.add_all(count(rating)?.map(|count| count as f64));
        }
        Ok(())
    })
}

/// What `rated` has added up; none without an answer.
fn counted<const N: usize>(call: &Call) -> Outcome<Option<[u64; N]>> {
    let totals = Sums::finished::<N>(call)?;
    Ok(totals.map(|totals| totals.map(|total| total as u64)))
}

#[pg_extern(sql = false)]
fn _net_promoter_score_step(call: Call) -> Outcome<Option<Returned>> {
    rated(&call, |rating| {
        let mut count = PromoterCount::default();
        count.add(rating).map_err(refused)?;
        Ok([count.promoters, count.passives, count.detractors])
    })
}

#[pg_extern(sql = false)]
fn _net_promoter_score_final(call: Call) -> Outcome<Option<f64>> {
    let Some([promoters, passives, detractors]) = counted(&call)? else { return Ok(None) };
    Ok(PromoterCount { promoters, passives, detractors }.score())
}

#[pg_extern(sql = false)]
fn _customer_satisfaction_score_step(call: Call) -> Outcome<Option<Returned>> {
    rated(&call, |rating| {
        let mut count = SatisfactionCount::default();
        count.add(rating).map_err(refused)?;
        Ok([count.satisfied, count.answers])
    })
}

#[pg_extern(sql = false)]
fn _customer_satisfaction_score_final(call: Call) -> Outcome<Option<f64>> {
    let Some([satisfied, answers]) = counted(&call)? else { return Ok(None) };
    Ok(SatisfactionCount { satisfied, answers }.score())
}

#[pg_extern(sql = false)]
fn _customer_effort_score_step(call: Call) -> Outcome<Option<Returned>> {
    rated(&call, |rating| {
        let mut count = EffortCount::default();
        count.add(rating).map_err(refused)?;
        Ok([count.total, count.answers])
    })
}

#[pg_extern(sql = false)]
fn _customer_effort_score_final(call: Call) -> Outcome<Option<f64>> {
    let Some([total, answers]) = counted(&call)? else { return Ok(None) };
    Ok(EffortCount { total, answers }.score())
}

#[pg_extern(sql = false)]
fn clv_adoption_rate(adopters: f64, users: f64) -> Outcome<Option<f64>> {
    success::adoption_rate(adopters, users).map_err(refused)
}

#[pg_extern(sql = false)]
fn clv_share_of_wallet(spend: f64, category_spend: f64) -> Outcome<Option<f64>> {
    success::share_of_wallet(spend, category_spend).map_err(refused)
}

/// Weights may be NULL, which weighs all metrics alike.
#[pg_extern(sql = false)]
fn clv_health_score(call: Call) -> Outcome<Option<f64>> {
    let (Some(values), Some(worst), Some(best)) = (call.floats(0), call.floats(1), call.floats(2))
    else {
        return Ok(None);
    };
    let (worst, best) = (complete("worst", worst)?, complete("best", best)?);
    let weights = match call.floats(3) {
        Some(weights) => complete("weights", weights)?,
        None => filled(1.0, values.len()),
    };
    let metrics = values.len();
    for (argument, length) in
        [("worst", worst.len()), ("best", best.len()), ("weights", weights.len())]
    {
        if length != metrics {
            return Err(invalid(
                "arrays of a health score differ in length",
                format!("metrics has {metrics} elements, {argument} {length}."),
                "Give worst, best and weights one element for each metric.",
            ));
        }
    }
    let metrics: Vec<HealthMetric> = collected((0..metrics).map(|i| HealthMetric {
        value: values[i],
        worst: worst[i],
        best: best[i],
        weight: weights[i],
    }));
    score_of(&metrics).map_err(refused)
}
