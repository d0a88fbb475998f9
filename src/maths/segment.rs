//! Segments: what customers with given RFM scores are called, by shipped maps or the user's own.
//!
//! A map is a list of rules, each a box of scores with a name. The scores come from `rfm`.

use std::fmt;
use std::ops::RangeInclusive;

use super::memory::{Grow, collected};

use super::error::{self, ArgumentError, finite, share};
use super::rfm::{Bins, Score};

/// The level from 1 to 5 of one score of `bins`: the quintile that holds the middle of the score's
/// band of ranks, 1 + floor(5 (2 score − 1) / (2 bins)).
///
/// With five bins the score itself. Monotone; the lowest score is level 1, the highest level 5,
/// and level(bins + 1 − score) = 6 − level(score). Three bins reach the levels 1, 3 and 5, four
/// all but 3, ten pair up.
pub fn five_level(score: u8, bins: Bins) -> u8 {
    let (score, bins) = (u32::from(score), u32::from(bins.get()));
    let level = 1 + (5 * (2 * score).saturating_sub(1)) / (2 * bins);
    level.min(5) as u8
}

/// A score of any number of bins in the five levels of the shipped maps.
pub fn five_levels(score: Score, bins: Bins) -> Score {
    let level = |score| five_level(score, bins);
    Score { r: level(score.r), f: level(score.f), m: level(score.m) }
}

/// Names and their ranges of recency and frequency levels; every cell of 5 × 5 lies in one.
type Table = [(&'static str, RangeInclusive<u8>, RangeInclusive<u8>)];

const TEN_SEGMENTS: &Table = &[
    ("Champions", 5..=5, 4..=5),
    ("Loyal Customers", 3..=4, 4..=5),
    ("Potential Loyalists", 4..=5, 2..=3),
    ("New Customers", 5..=5, 1..=1),
    ("Promising", 4..=4, 1..=1),
    ("Need Attention", 3..=3, 3..=3),
    ("About To Sleep", 3..=3, 1..=2),
    ("Cannot Lose Them", 1..=2, 5..=5),
    ("At Risk", 1..=2, 3..=4),
    ("Hibernating", 1..=2, 1..=2),
];

const FIVE_GROUPS: &Table = &[
    ("Champions", 4..=5, 4..=5),
    ("Loyal", 4..=5, 3..=3),
    ("Loyal", 3..=3, 3..=5),
    ("Potential", 3..=5, 1..=2),
    ("At Risk", 1..=2, 3..=5),
    ("Lost", 1..=2, 1..=2),
];

/// The maps that come with pg_clv, all of five levels, total and disjoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShippedMap {
    /// Ten segments over recency and frequency.
    Default,
    /// Champions, Loyal, Potential, At Risk and Lost over recency and frequency.
    FiveGroups,
    /// The ten segments with the mean of the frequency and monetary levels, halves rounded up, in
    /// the place of frequency.
    MeanFrequencyMonetary,
}

impl ShippedMap {
    pub const ALL: [ShippedMap; 3] =
        [ShippedMap::Default, ShippedMap::FiveGroups, ShippedMap::MeanFrequencyMonetary];

    /// The name by which SQL calls the map.
    pub fn name(self) -> &'static str {
        match self {
            ShippedMap::Default => "default",
            ShippedMap::FiveGroups => "five groups",
            ShippedMap::MeanFrequencyMonetary => "mean of frequency and monetary",
        }
    }

    fn table(self) -> &'static Table {
        match self {
            ShippedMap::Default | ShippedMap::MeanFrequencyMonetary => TEN_SEGMENTS,
            ShippedMap::FiveGroups => FIVE_GROUPS,
        }
    }

    /// The segment of a score of `bins`, scaled to five levels. None only for a score outside
    /// 1 to `bins`.
    pub fn segment(self, score: Score, bins: Bins) -> Option<&'static str> {
        let Score { r, f, m } = five_levels(score, bins);
        let second = match self {
            ShippedMap::MeanFrequencyMonetary => (f + m).div_ceil(2),
            _ => f,
        };
        let holds = |(_, r_range, f_range): &&(_, RangeInclusive<u8>, RangeInclusive<u8>)| {
            r_range.contains(&r) && f_range.contains(&second)
        };
        self.table().iter().find(holds).map(|&(name, ..)| name)
    }

    /// The map as rows, to start an own one from; each with priority 1.
    pub fn rules(self) -> Vec<Rule> {
        let rule = |segment: &str, r: &RangeInclusive<u8>, f, m| Rule {
            segment: segment.to_owned(),
            r: r.clone(),
            f,
            m,
            priority: 1,
        };
        self.table()
            .iter()
            .flat_map(|(segment, r, second)| match self {
                // ceil((f + m)/2) in low..=high is m in 2 low − 1 − f ..= 2 high − f.
                ShippedMap::MeanFrequencyMonetary => (1..=5_u8)
                    .map(|f| {
                        let low = (2 * second.start() - 1).saturating_sub(f).max(1);
                        let high = (2 * second.end()).saturating_sub(f).min(5);
                        rule(segment, r, f..=f, low..=high)
                    })
                    .filter(|rule| !rule.m.is_empty())
                    .collect::<Vec<_>>(),
                _ => vec![rule(segment, r, second.clone(), 1..=5)],
            })
            .collect()
    }
}

/// One row of a map: the scores in the box belong to the segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub segment: String,
    pub r: RangeInclusive<u8>,
    pub f: RangeInclusive<u8>,
    pub m: RangeInclusive<u8>,
    /// Where rules overlap, the one with the smaller number decides; between equal numbers the
    /// name that sorts first, so that the order of the rows never matters.
    pub priority: i32,
}

impl Rule {
    fn holds(&self, score: Score) -> bool {
        self.r.contains(&score.r) && self.f.contains(&score.f) && self.m.contains(&score.m)
    }
}

/// Why a list of rules is no map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapError {
    NoRules,
    TooManyRules,
    /// Rule `rule` (from 0) has a range that is empty or leaves 1 to the number of bins.
    Range {
        rule: usize,
        measure: char,
    },
}

impl fmt::Display for MapError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MapError::NoRules => write!(out, "a segment map needs at least one rule"),
            MapError::TooManyRules => write!(out, "a segment map has too many rules"),
            MapError::Range { rule, measure } => {
                let row = rule + 1;
                write!(out, "the {measure} range of rule {row} is empty or leaves the scores")
            }
        }
    }
}

impl std::error::Error for MapError {}

/// The most rules of a map: as many as there are scores of ten bins, so that more never decide
/// anything. It bounds the work on a map, which may come from anybody, at a million looks.
pub const MOST_RULES: usize = 1000;

/// Scores that no rule or more than one rule holds: one r and f, a run of m.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub r: u8,
    pub f: u8,
    pub m: RangeInclusive<u8>,
    /// The rules (from 0) that hold these scores, the deciding one first; none: a gap.
    pub rules: Vec<usize>,
    /// An overlap in which priority alone decides. False for a gap and for rules of different
    /// segments with equal priority.
    pub decided: bool,
}

/// A user's map over scores of a number of bins.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentMap {
    bins: Bins,
    rules: Vec<Rule>,
    /// The rules from the first to decide to the last.
    ranked: Vec<usize>,
    /// The deciding rule of each cell, by `cell`; at most 1,000 cells.
    cells: Vec<Option<usize>>,
}

impl SegmentMap {
    pub fn new(rules: Vec<Rule>, bins: Bins) -> Result<Self, MapError> {
        if rules.is_empty() {
            return Err(MapError::NoRules);
        }
        if rules.len() > MOST_RULES {
            return Err(MapError::TooManyRules);
        }
        let valid = 1..=bins.get();
        for (rule, Rule { r, f, m, .. }) in rules.iter().enumerate() {
            for (measure, range) in [('r', r), ('f', f), ('m', m)] {
                if range.is_empty()
                    || !valid.contains(range.start())
                    || !valid.contains(range.end())
                {
                    return Err(MapError::Range { rule, measure });
                }
            }
        }
        let mut ranked: Vec<usize> = collected(0..rules.len());
        ranked.sort_unstable_by_key(|&rule| (rules[rule].priority, &rules[rule].segment, rule));
        let mut map = SegmentMap { bins, rules, ranked, cells: Vec::new() };
        map.cells = all_scores(bins).map(|score| map.holding(score).next()).collect();
        Ok(map)
    }

    pub fn bins(&self) -> Bins {
        self.bins
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules that hold a score, the deciding one first.
    fn holding(&self, score: Score) -> impl Iterator<Item = usize> {
        self.ranked.iter().copied().filter(move |&rule| self.rules[rule].holds(score))
    }

    /// The segment of a score of the map's own number of bins; None in a gap.
    pub fn segment(&self, score: Score) -> Option<&str> {
        let bins = usize::from(self.bins.get());
        let place = |score: u8| usize::from(score).checked_sub(1).filter(|&place| place < bins);
        let cell = (place(score.r)? * bins + place(score.f)?) * bins + place(score.m)?;
        self.cells[cell].map(|rule| self.rules[rule].segment.as_str())
    }

    /// Every gap and every overlap, in the order of the scores; empty: total and disjoint.
    ///
    /// Rules of the same segment may overlap without a finding: nothing depends on which decides.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for score in all_scores(self.bins) {
            let rules: Vec<usize> = collected(self.holding(score));
            let segment = |&rule: &usize| &self.rules[rule].segment;
            let others = rules.iter().filter(|rule| segment(rule) != segment(&rules[0]));
            let rival = others.map(|&rule| self.rules[rule].priority).min();
            if !rules.is_empty() && rival.is_none() {
                continue;
            }
            let decided = rival.is_some_and(|rival| self.rules[rules[0]].priority < rival);
            match findings.last_mut() {
                Some(last)
                    if (last.r, last.f) == (score.r, score.f)
                        && *last.m.end() + 1 == score.m
                        && last.rules == rules =>
                {
                    last.m = *last.m.start()..=score.m;
                }
                _ => findings.add(Finding {
                    r: score.r,
                    f: score.f,
                    m: score.m..=score.m,
                    rules,
                    decided,
                }),
            }
        }
        findings
    }
}

/// All scores of a number of bins: r, then f, then m ascending.
pub fn all_scores(bins: Bins) -> impl Iterator<Item = Score> {
    let scores = 1..=bins.get();
    scores.clone().flat_map(move |r| {
        let scores = scores.clone();
        scores.clone().flat_map(move |f| scores.clone().map(move |m| Score { r, f, m }))
    })
}

/// Where the segments of [`action_segment`] part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActionCuts {
    /// The least expected value that counts as high.
    pub high_value: f64,
    /// The least P(alive) of a customer taken as active.
    pub active: f64,
    /// Below this P(alive) a customer is taken as lost.
    pub lost: f64,
}

/// Names what to do about a customer by P(alive) and the value still expected: unlike recency and
/// frequency scores, these say whether anybody is left to act upon and what is at stake.
///
/// Errors if a probability is outside [0, 1], the value or its cut is not finite, or `lost` is
/// above `active`.
pub fn action_segment(p_alive: f64, value: f64, cuts: ActionCuts) -> error::Result<&'static str> {
    let ActionCuts { high_value, active, lost } = cuts;
    let (p_alive, active) = (share("p_alive", p_alive)?, share("active", active)?);
    if share("lost", lost)? > active {
        return Err(ArgumentError::invalid("lost", lost, "Give at most the share of active"));
    }
    let high = finite("value", value)? >= finite("high_value", high_value)?;
    Ok(match (p_alive, high) {
        (p, true) if p >= active => "Protect",
        (p, false) if p >= active => "Develop",
        (p, true) if p >= lost => "Rescue",
        (p, false) if p >= lost => "Remind",
        (_, true) => "Win Back",
        (_, false) => "Let Go",
    })
}
