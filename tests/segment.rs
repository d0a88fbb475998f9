//! Segment maps: totality, disjointness, scaling of other numbers of bins.

use pg_clv::maths::rfm::{Bins, Score};
use pg_clv::maths::segment::{
    ActionCuts, Finding, MOST_RULES, MapError, Rule, SegmentMap, ShippedMap, action_segment,
    all_scores, five_level, five_levels,
};
use proptest::prelude::*;

fn every_bins() -> impl Iterator<Item = Bins> {
    (3..=10).map(|bins| Bins::new(bins).expect("3 to 10 are valid"))
}

/// The table of the published default map, cell by cell: row = r from 1, column = f from 1.
const DEFAULT_MAP: [[&str; 5]; 5] = [
    ["Hibernating", "Hibernating", "At Risk", "At Risk", "Cannot Lose Them"],
    ["Hibernating", "Hibernating", "At Risk", "At Risk", "Cannot Lose Them"],
    ["About To Sleep", "About To Sleep", "Need Attention", "Loyal Customers", "Loyal Customers"],
    [
        "Promising",
        "Potential Loyalists",
        "Potential Loyalists",
        "Loyal Customers",
        "Loyal Customers",
    ],
    ["New Customers", "Potential Loyalists", "Potential Loyalists", "Champions", "Champions"],
];

#[test]
fn default_map_names_all_25_cells_as_documented() {
    for Score { r, f, m } in all_scores(Bins::FIVE) {
        let expected = DEFAULT_MAP[usize::from(r) - 1][usize::from(f) - 1];
        assert_eq!(
            ShippedMap::Default.segment(Score { r, f, m }, Bins::FIVE),
            Some(expected),
            "{r} {f}"
        );
    }
}

#[test]
fn shipped_maps_as_rows_are_total_and_disjoint() {
    for shipped in ShippedMap::ALL {
        let map = SegmentMap::new(shipped.rules(), Bins::FIVE).expect("valid rules");
        assert_eq!(map.check(), Vec::<Finding>::new(), "{}", shipped.name());
        // Disjoint in the strict sense: not even two rules of one segment share a cell.
        for score in all_scores(Bins::FIVE) {
            let holding = shipped.rules().into_iter().filter(|rule| {
                rule.r.contains(&score.r) && rule.f.contains(&score.f) && rule.m.contains(&score.m)
            });
            assert_eq!(holding.count(), 1, "{} {score}", shipped.name());
        }
    }
}

#[test]
fn shipped_maps_name_every_cell_of_3_to_10_bins_like_their_rows() {
    for shipped in ShippedMap::ALL {
        let map = SegmentMap::new(shipped.rules(), Bins::FIVE).expect("valid rules");
        for bins in every_bins() {
            for score in all_scores(bins) {
                let named = shipped.segment(score, bins);
                assert!(named.is_some(), "{} {score} of {}", shipped.name(), bins.get());
                assert_eq!(named, map.segment(five_levels(score, bins)));
            }
        }
    }
}

#[test]
fn best_scores_are_champions_and_worst_are_lost_with_any_number_of_bins() {
    for bins in every_bins() {
        let all = |score| Score { r: score, f: score, m: score };
        for shipped in ShippedMap::ALL {
            assert_eq!(shipped.segment(all(bins.get()), bins), Some("Champions"));
        }
        assert_eq!(ShippedMap::Default.segment(all(1), bins), Some("Hibernating"));
        assert_eq!(ShippedMap::FiveGroups.segment(all(1), bins), Some("Lost"));
    }
}

#[test]
fn five_groups_are_the_five_named_ones() {
    let mut names: Vec<String> =
        ShippedMap::FiveGroups.rules().into_iter().map(|rule| rule.segment).collect();
    names.sort();
    names.dedup();
    assert_eq!(names, ["At Risk", "Champions", "Lost", "Loyal", "Potential"]);
}

#[test]
fn mean_map_uses_the_rounded_mean_of_f_and_m_in_the_place_of_f() {
    for score in all_scores(Bins::FIVE) {
        let mean = (f64::from(score.f + score.m) / 2.0 + 0.5).floor() as u8;
        let stand_in = Score { f: mean, ..score };
        assert_eq!(
            ShippedMap::MeanFrequencyMonetary.segment(score, Bins::FIVE),
            ShippedMap::Default.segment(stand_in, Bins::FIVE),
        );
    }
}

#[test]
fn five_levels_of_other_bins_are_the_documented_ones() {
    let levels = |bins: i64| -> Vec<u8> {
        let bins = Bins::new(bins).expect("valid bins");
        (1..=bins.get()).map(|score| five_level(score, bins)).collect()
    };
    assert_eq!(levels(3), [1, 3, 5]);
    assert_eq!(levels(4), [1, 2, 4, 5]);
    assert_eq!(levels(5), [1, 2, 3, 4, 5]);
    assert_eq!(levels(6), [1, 2, 3, 3, 4, 5]);
    assert_eq!(levels(7), [1, 2, 2, 3, 4, 4, 5]);
    assert_eq!(levels(8), [1, 1, 2, 3, 3, 4, 5, 5]);
    assert_eq!(levels(9), [1, 1, 2, 2, 3, 4, 4, 5, 5]);
    assert_eq!(levels(10), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
}

#[test]
fn scaling_to_five_levels_is_monotone_symmetric_and_keeps_the_ends() {
    for bins in every_bins() {
        let top = bins.get();
        assert_eq!((five_level(1, bins), five_level(top, bins)), (1, 5));
        for score in 1..=top {
            assert_eq!(five_level(score, bins) + five_level(top + 1 - score, bins), 6);
            assert!(score == top || five_level(score, bins) <= five_level(score + 1, bins));
        }
    }
}

fn rule(
    segment: &str,
    r: std::ops::RangeInclusive<u8>,
    f: std::ops::RangeInclusive<u8>,
    m: std::ops::RangeInclusive<u8>,
    priority: i32,
) -> Rule {
    Rule { segment: segment.to_owned(), r, f, m, priority }
}

#[test]
fn check_lists_gaps_and_overlaps_as_runs_of_m() {
    let three = Bins::new(3).expect("valid bins");
    let rules = vec![
        rule("low", 1..=2, 1..=3, 1..=3, 1),
        rule("high", 3..=3, 1..=3, 1..=2, 1),
        rule("also low", 2..=2, 3..=3, 2..=3, 1),
        rule("rare", 1..=1, 1..=1, 3..=3, 0),
    ];
    let map = SegmentMap::new(rules, three).expect("valid rules");
    let finding =
        |r, f, m, rules: &[usize], decided| Finding { r, f, m, rules: rules.to_vec(), decided };
    assert_eq!(
        map.check(),
        [
            finding(1, 1, 3..=3, &[3, 0], true),
            finding(2, 3, 2..=3, &[2, 0], false),
            finding(3, 1, 3..=3, &[], false),
            finding(3, 2, 3..=3, &[], false),
            finding(3, 3, 3..=3, &[], false),
        ]
    );
    assert_eq!(map.segment(Score { r: 1, f: 1, m: 3 }), Some("rare"));
    assert_eq!(map.segment(Score { r: 2, f: 3, m: 3 }), Some("also low"));
    assert_eq!(map.segment(Score { r: 3, f: 1, m: 3 }), None);
    assert_eq!(map.segment(Score { r: 0, f: 1, m: 1 }), None);
    assert_eq!(map.segment(Score { r: 1, f: 1, m: 4 }), None);
}

#[test]
fn rules_with_empty_or_outlying_ranges_are_refused() {
    let range = |rule, measure| Err(MapError::Range { rule, measure });
    let made = |rules| SegmentMap::new(rules, Bins::FIVE).map(|_| ());
    assert_eq!(made(vec![]), Err(MapError::NoRules));
    assert_eq!(made(vec![rule("a", 0..=5, 1..=5, 1..=5, 1)]), range(0, 'r'));
    assert_eq!(made(vec![rule("a", 1..=5, 1..=6, 1..=5, 1)]), range(0, 'f'));
    let backwards = std::ops::RangeInclusive::new(4, 2);
    let good = rule("a", 1..=5, 1..=5, 1..=5, 1);
    assert_eq!(made(vec![good, rule("b", 1..=5, 1..=5, backwards, 1)]), range(1, 'm'));
}

/// No look at a map depends on more than its thousand rules and cells.
#[test]
fn a_map_has_as_many_rules_as_ten_bins_have_scores_at_most() {
    let plain = |count: usize| -> Vec<Rule> {
        (0..count).map(|i| rule(&format!("segment {i:04}"), 1..=10, 1..=10, 1..=10, 1)).collect()
    };
    let ten = Bins::new(10).expect("10 bins");
    let map = SegmentMap::new(plain(MOST_RULES), ten).expect("valid rules");
    let findings = map.check();
    assert_eq!(findings.len(), 100);
    for finding in findings {
        assert_eq!((finding.m, finding.decided), (1..=10, false));
        assert!(finding.rules.iter().copied().eq(0..MOST_RULES));
    }
    assert_eq!(SegmentMap::new(plain(MOST_RULES + 1), ten), Err(MapError::TooManyRules));
    // The aggregate takes in one more, so that too many are seen, and drops the others.
    let sql = include_str!("../sql/segment.sql");
    let bound = format!("jsonb_array_length(map) OPERATOR(pg_catalog.>) {MOST_RULES} THEN map");
    assert_eq!(sql.matches(&bound).count(), 2);
}

prop_compose! {
    fn any_range()(low in 1..=5_u8, length in 0..5_u8) -> std::ops::RangeInclusive<u8> {
        low..=(low + length).min(5)
    }
}

prop_compose! {
    fn any_rule()(
        segment in "[a-d]", r in any_range(), f in any_range(), m in any_range(),
        priority in 0..3,
    ) -> Rule {
        Rule { segment, r, f, m, priority }
    }
}

proptest! {
    #[test]
    fn order_of_the_rules_never_changes_a_segment(
        rules in prop::collection::vec(any_rule(), 1..12),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let mut rotated = rules.clone();
        rotated.rotate_left(shuffled.index(rules.len()));
        rotated.reverse();
        let one = SegmentMap::new(rules, Bins::FIVE).expect("valid rules");
        let other = SegmentMap::new(rotated, Bins::FIVE).expect("valid rules");
        for score in all_scores(Bins::FIVE) {
            prop_assert_eq!(one.segment(score), other.segment(score));
        }
    }

    #[test]
    fn check_finds_exactly_the_cells_without_one_segment(
        rules in prop::collection::vec(any_rule(), 1..12),
    ) {
        let map = SegmentMap::new(rules.clone(), Bins::FIVE).expect("valid rules");
        let findings = map.check();
        for score in all_scores(Bins::FIVE) {
            let mut names: Vec<&str> = rules
                .iter()
                .filter(|rule| {
                    rule.r.contains(&score.r)
                        && rule.f.contains(&score.f)
                        && rule.m.contains(&score.m)
                })
                .map(|rule| rule.segment.as_str())
                .collect();
            names.sort_unstable();
            names.dedup();
            let found = findings
                .iter()
                .filter(|at| (at.r, at.f) == (score.r, score.f) && at.m.contains(&score.m))
                .count();
            prop_assert_eq!(found, usize::from(names.len() != 1));
            prop_assert_eq!(map.segment(score).is_none(), names.is_empty());
        }
    }
}

#[test]
fn an_action_asks_who_is_left_and_what_is_at_stake() {
    let cuts = ActionCuts { high_value: 100.0, active: 0.7, lost: 0.3 };
    let grid = [
        (1.0, 100.0, "Protect"),
        (0.7, 99.99, "Develop"),
        (0.699, 1e6, "Rescue"),
        (0.3, -5.0, "Remind"),
        (0.299, 100.0, "Win Back"),
        (0.0, 0.0, "Let Go"),
    ];
    for (p_alive, value, segment) in grid {
        assert_eq!(action_segment(p_alive, value, cuts), Ok(segment));
    }
    let refused = |p_alive, value, cuts| action_segment(p_alive, value, cuts).unwrap_err().argument;
    assert_eq!(refused(70.0, 1.0, cuts), "p_alive");
    assert_eq!(refused(0.5, f64::NAN, cuts), "value");
    assert_eq!(refused(0.5, 1.0, ActionCuts { high_value: f64::INFINITY, ..cuts }), "high_value");
    assert_eq!(refused(0.5, 1.0, ActionCuts { active: 70.0, ..cuts }), "active");
    assert_eq!(refused(0.5, 1.0, ActionCuts { lost: 0.8, ..cuts }), "lost");
}
