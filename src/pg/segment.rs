//! Segments: what a customer with given RFM scores is called.
//! The maps stand in maths::segment.

use pgrx::pg_extern;

use super::error::{Outcome, invalid};
use super::raw::Call;
use super::rfm::bins;
use crate::maths::rfm::{Bins, Score};
use crate::maths::segment::ShippedMap;

/// The value of the composite rfm in argument `i`; none if it, or a field that counts, is NULL.
fn scored(call: &Call, i: usize) -> Outcome<Option<(Score, Bins)>> {
    let Some(mut record) = call.record(i) else { return Ok(None) };
    let (r, f, m) = (record.int(), record.int(), record.int());
    record.skip_text();
    let (Some(r), Some(f), Some(m), Some(given)) = (r, f, m, record.int()) else {
        return Ok(None);
    };
    let bins = bins(Some(given))?;
    let score = |score: i32| u8::try_from(score).ok().filter(|s| (1..=bins.get()).contains(s));
    match (score(r), score(f), score(m)) {
        (Some(r), Some(f), Some(m)) => Ok(Some((Score { r, f, m }, bins))),
        _ => Err(invalid(
            "an RFM score is not from 1 to the number of bins",
            format!("The scores are {r}, {f} and {m} of {given} bins."),
            "Make scores with rfm_score, or as ROW(5, 4, 5, '545', 5)::rfm.",
        )),
    }
}

#[pg_extern(sql = false)]
fn rfm_segment(call: Call) -> Outcome<Option<&'static str>> {
    Ok(scored(&call, 0)?.and_then(|(score, bins)| ShippedMap::Default.segment(score, bins)))
}
