//! Segments: what a customer with given RFM scores is called, by shipped maps or the user's own.
//! The maps stand in maths::segment.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::RangeInclusive;

use pgrx::iter::TableIterator;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::name;
use serde::Deserialize;

use super::argument::word;
use super::error::{Outcome, invalid, missing, refused};
use super::raw::Call;
use super::rfm::bins;
use crate::maths::rfm::{Bins, Score};
use crate::maths::segment::{
    ActionCuts, MOST_RULES, MapError, Rule, SegmentMap, ShippedMap, action_segment,
};

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
            "Make scores with rfm_score, or as ROW(5, 4, 5, '545', 5)::rfm_scores.",
        )),
    }
}

#[pg_extern(sql = false)]
fn rfm_segment(call: Call) -> Outcome<Option<&'static str>> {
    Ok(scored(&call, 0)?.and_then(|(score, bins)| ShippedMap::Default.segment(score, bins)))
}

/// (score, map), a shipped map by its name.
#[pg_extern(sql = false)]
fn rfm_segment_shipped(call: Call) -> Outcome<Option<&'static str>> {
    let Some(written) = call.bytes(1) else { return Ok(None) };
    let map = word(
        "map",
        &String::from_utf8_lossy(written),
        &ShippedMap::ALL.map(|map| (map.name(), map)),
    )?;
    Ok(scored(&call, 0)?.and_then(|(score, bins)| map.segment(score, bins)))
}

/// A user's map, made ready for a number of bins when the first score of it comes.
struct OwnMap {
    rules: Vec<WrittenRule>,
    by_bins: [OnceCell<SegmentMap>; (Bins::MAX - Bins::MIN) as usize + 1],
}

/// One element of a value rfm_map. A bound that is not given is open.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    segment: String,
    r_low: Option<i32>,
    r_high: Option<i32>,
    f_low: Option<i32>,
    f_high: Option<i32>,
    m_low: Option<i32>,
    m_high: Option<i32>,
    priority: Option<i32>,
}

impl WrittenRule {
    fn rule(&self, bins: Bins) -> Rule {
        // Any score beyond the bins is refused by the map, so that what it becomes matters not.
        let score = |bound: i32| u8::try_from(bound).unwrap_or(u8::MAX);
        let range = |low: Option<i32>, high: Option<i32>| -> RangeInclusive<u8> {
            low.map_or(1, score)..=high.map_or(bins.get(), score)
        };
        Rule {
            segment: self.segment.clone(),
            r: range(self.r_low, self.r_high),
            f: range(self.f_low, self.f_high),
            m: range(self.m_low, self.m_high),
            priority: self.priority.unwrap_or(1),
        }
    }

    fn written(&self, measure: char) -> String {
        let (low, high) = match measure {
            'r' => (self.r_low, self.r_high),
            'f' => (self.f_low, self.f_high),
            _ => (self.m_low, self.m_high),
        };
        let bound = |bound: Option<i32>| bound.map_or("NULL".into(), |bound| bound.to_string());
        format!("{measure} from {} to {}", bound(low), bound(high))
    }
}

impl OwnMap {
    /// The value rfm_map in argument `i`.
    fn decode(call: &Call, i: usize) -> Outcome<OwnMap> {
        let rules = serde_json::from_value(call.json(i).unwrap_or_default()).map_err(|error| {
            invalid(
                "value is not an rfm_map",
                format!("{error}."),
                "Make maps from the rows of a table: (SELECT rfm_map(segment, r_low, r_high, f_low, f_high, m_low, m_high, priority) FROM my_map).",
            )
        })?;
        Ok(OwnMap { rules, by_bins: Default::default() })
    }

    fn of(&self, bins: Bins) -> Outcome<&SegmentMap> {
        let ready = &self.by_bins[usize::from(bins.get() - Bins::MIN)];
        if let Some(map) = ready.get() {
            return Ok(map);
        }
        let rules = self.rules.iter().map(|rule| rule.rule(bins)).collect();
        let map = SegmentMap::new(rules, bins).map_err(|error| self.refused(error, bins))?;
        Ok(ready.get_or_init(|| map))
    }

    fn refused(&self, error: MapError, bins: Bins) -> ErrorReport {
        match error {
            MapError::NoRules => missing(
                error.to_string(),
                "The map has no rows.",
                "Start from a shipped one: CREATE TABLE my_map AS SELECT * FROM rfm_maps() WHERE map = 'default'.",
            ),
            MapError::TooManyRules => invalid(
                error.to_string(),
                format!("The map has more than {MOST_RULES} rules."),
                "Leave out rules that never decide: ten bins have no more scores than that.",
            ),
            MapError::Range { rule, measure } => {
                let written = self.rules.get(rule).map_or(String::new(), |rule| {
                    format!("Segment \"{}\" has {}; ", rule.segment, rule.written(measure))
                });
                let detail = format!("{written}the scores go from 1 to {}.", bins.get());
                let hint = "A user's map is made for one number of bins: score with the same.";
                let message =
                    format!("the {measure} range of a segment is empty or leaves the scores");
                invalid(message, detail, hint)
            }
        }
    }
}

/// (score, map)
#[pg_extern(sql = false)]
fn rfm_segment_map(call: Call) -> Outcome<Option<String>> {
    let Some(map) = call.decoded(1, |call| OwnMap::decode(call, 1))? else { return Ok(None) };
    let Some((score, bins)) = scored(&call, 0)? else { return Ok(None) };
    Ok(map.of(bins)?.segment(score).map(str::to_owned))
}

/// (map, bins)
#[pg_extern(sql = false)]
fn rfm_check_map(
    call: Call,
) -> Result<
    TableIterator<
        'static,
        (
            name!(problem, &'static str),
            name!(r, i32),
            name!(f, i32),
            name!(m_low, i32),
            name!(m_high, i32),
            name!(segments, Vec<String>),
            name!(decided, bool),
        ),
    >,
    ErrorReport,
> {
    if call.is_null(0) || call.is_null(1) {
        return Ok(TableIterator::empty());
    }
    let map = OwnMap::decode(&call, 0)?;
    let map = map.of(bins(call.int(1))?)?;
    let rows: Vec<_> = map
        .check()
        .into_iter()
        .map(|finding| {
            let problem = if finding.rules.is_empty() { "gap" } else { "overlap" };
            let mut seen = HashSet::new();
            let names = finding.rules.iter().map(|&rule| &map.rules()[rule].segment);
            let segments = names.filter(|&name| seen.insert(name)).cloned().collect();
            let [r, f, low, high] =
                [finding.r, finding.f, *finding.m.start(), *finding.m.end()].map(i32::from);
            (problem, r, f, low, high, segments, finding.decided)
        })
        .collect();
    Ok(TableIterator::new(rows))
}

/// The shipped maps as rows.
#[pg_extern(sql = false)]
fn rfm_maps() -> TableIterator<
    'static,
    (
        name!(map, &'static str),
        name!(segment, String),
        name!(r_low, i32),
        name!(r_high, i32),
        name!(f_low, i32),
        name!(f_high, i32),
        name!(m_low, i32),
        name!(m_high, i32),
        name!(priority, i32),
    ),
> {
    let rows = ShippedMap::ALL.into_iter().flat_map(|map| {
        map.rules().into_iter().map(move |Rule { segment, r, f, m, priority }| {
            let [r_low, r_high, f_low, f_high, m_low, m_high] =
                [*r.start(), *r.end(), *f.start(), *f.end(), *m.start(), *m.end()].map(i32::from);
            (map.name(), segment, r_low, r_high, f_low, f_high, m_low, m_high, priority)
        })
    });
    TableIterator::new(rows)
}

#[pg_extern(sql = false)]
fn clv_segment(
    p_alive: f64,
    value: f64,
    high_value: f64,
    active: f64,
    lost: f64,
) -> Outcome<&'static str> {
    let cuts = ActionCuts { high_value, active, lost };
    action_segment(p_alive, value, cuts).map_err(refused)
}
