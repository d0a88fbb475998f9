//! k-means: known optima, determinism, refusals. References by scikit-learn 1.9.1, 300 starts each.

use std::collections::BTreeMap;

use pg_clv::maths::kmeans::{Clusters, Features, KMeansError, Search, clusters};
use proptest::prelude::*;

fn features(rows: &[Vec<f64>]) -> Features {
    let mut features = Features::default();
    for row in rows {
        features.push(row).expect("valid features");
    }
    features
}

fn found(rows: &[Vec<f64>], k: usize, seed: u64) -> Clusters {
    clusters(&features(rows), Search::new(k, seed), &mut || ()).expect("valid data")
}

/// Days since the last order, repeat order days and their mean value of the 946 CDNOW customers
/// who had ordered again by 1997-09-30.
fn cdnow_repeaters() -> Vec<Vec<f64>> {
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243];
    let mut days: BTreeMap<u32, BTreeMap<i32, f64>> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(include_str!("data/cdnow_orders.csv").as_bytes());
    for order in reader.records() {
        let order = order.expect("a well-formed file");
        let Some((month, day)) = order[1].strip_prefix("1997-").and_then(|d| d.split_once('-'))
        else {
            continue;
        };
        let month: usize = month.parse().expect("a month");
        let Some(before) = before.get(month - 1) else { continue };
        let day = before + day.parse::<i32>().expect("a day") - 1;
        let customer = order[0].parse().expect("a customer number");
        let amount: f64 = order[3].parse().expect("an amount");
        *days.entry(customer).or_default().entry(day).or_default() += amount;
    }
    days.into_values()
        .filter(|days| days.len() > 1)
        .map(|days| {
            let repeats = (days.len() - 1) as f64;
            let last = *days.keys().last().expect("a day");
            let spent: f64 = days.values().skip(1).sum();
            vec![f64::from(272 - last), repeats, spent / repeats]
        })
        .collect()
}

fn assert_close(one: f64, other: f64) {
    assert!((one - other).abs() <= 1e-9 * other.abs().max(1.0), "{one} {other}");
}

#[test]
fn cdnow_repeaters_cluster_to_the_inertia_and_centres_of_the_reference() {
    let rows = cdnow_repeaters();
    assert_eq!(rows.len(), 946);
    for (k, inertia) in [(2, 1981.9310105215218), (3, 1468.1172685187887), (4, 1038.8608430201582)]
    {
        let clusters = found(&rows, k, 42);
        assert!(clusters.converged);
        assert_close(clusters.inertia, inertia);
    }
    let four = found(&rows, 4, 42);
    assert_eq!(four.customers, [39, 458, 61, 388]);
    let centres = [
        [25.794871794871796, 12.512820512820513, 37.31609719692582],
        [53.742358078602656, 2.698689956331878, 29.847183458099398],
        [110.55737704918033, 2.6885245901639347, 122.57086729117879],
        [184.83505154639172, 1.4664948453608233, 27.271863524791357],
    ];
    for (centre, reference) in four.centres.iter().flatten().zip(centres.iter().flatten()) {
        assert_close(*centre, *reference);
    }
}

#[test]
fn separate_groups_are_found_and_numbered_by_their_centres() {
    let rows: Vec<Vec<f64>> =
        (0..30).map(|i| vec![[900.0, 5.0, 300.0][i % 3] + (i / 3) as f64 * 0.1, 7.0]).collect();
    let clusters = found(&rows, 3, 1);
    assert_eq!(clusters.customers, [10, 10, 10]);
    for (row, &cluster) in clusters.assignment.iter().enumerate() {
        assert_eq!(cluster, [2, 0, 1][row % 3]);
    }
    // The constant feature keeps its value.
    assert!(clusters.centres.iter().all(|centre| centre[1] == 7.0));
}

#[test]
fn as_many_clusters_as_customers_leave_no_inertia() {
    let rows: Vec<Vec<f64>> = (0..12).map(|i| vec![f64::from(i * i), f64::from(i % 5)]).collect();
    let clusters = found(&rows, 12, 3);
    assert_eq!((clusters.inertia, clusters.customers), (0.0, vec![1; 12]));
    let one = found(&[vec![3.5, -2.0]], 1, 0);
    assert_eq!((one.centres, one.assignment), (vec![vec![3.5, -2.0]], vec![0]));
}

#[test]
fn a_cluster_that_loses_all_its_customers_starts_again_at_the_farthest() {
    // Found by search: from this seed the first start empties a cluster on its way.
    let rows = [
        [0.0, 0.0],
        [6.0, 2.0],
        [25.0, 9.0],
        [4.0, 1.0],
        [7.0, 8.0],
        [0.0, 3.0],
        [2.0, 11.0],
        [7.0, 100.0],
        [1.0, 100.0],
    ]
    .map(Vec::from);
    let search = Search { restarts: 1, ..Search::new(4, 10_825) };
    let clusters = clusters(&features(&rows), search, &mut || ()).expect("valid data");
    assert!(clusters.converged);
    assert!(clusters.customers.iter().all(|&size| size > 0), "{:?}", clusters.customers);
    assert!(clusters.centres.iter().flatten().all(|centre| centre.is_finite()));
}

#[test]
fn impossible_numbers_of_clusters_are_refused() {
    let all =
        |rows: &[Vec<f64>], k| clusters(&features(rows), Search::new(k, 0), &mut || ()).map(|_| ());
    let three = [vec![1.0], vec![1.0], vec![2.0]];
    assert_eq!(all(&three, 0), Err(KMeansError::NoClusters));
    let too_many = KMeansError::TooManyClusters { clusters: 4, customers: 3 };
    assert_eq!(all(&three, 4), Err(too_many));
    let alike = KMeansError::TooFewDistinct { clusters: 3, distinct: 2 };
    assert_eq!(all(&three, 3), Err(alike));
    assert_eq!(all(&three, 2), Ok(()));
    let nobody = KMeansError::TooManyClusters { clusters: 1, customers: 0 };
    assert_eq!(all(&[], 1), Err(nobody));
}

#[test]
fn ragged_missing_and_infinite_features_are_refused() {
    let mut two = features(&[vec![1.0, 2.0]]);
    assert_eq!(two.push(&[1.0]), Err(KMeansError::Ragged { expected: 2, found: 1 }));
    assert_eq!(two.push(&[]), Err(KMeansError::Ragged { expected: 2, found: 0 }));
    assert!(matches!(two.push(&[1.0, f64::NAN]), Err(KMeansError::NotFinite(_))));
    assert_eq!(two.push(&[f64::NEG_INFINITY, 0.0]), Err(KMeansError::NotFinite(f64::NEG_INFINITY)));
    assert_eq!(two.customers(), 1);
    let none = Features::default().push(&[]);
    assert_eq!(none, Err(KMeansError::Ragged { expected: 0, found: 0 }));
}

#[test]
fn features_at_the_ends_of_the_doubles_still_cluster() {
    for rows in [
        [f64::MAX, f64::MIN, f64::MAX / 2.0, f64::MIN / 2.0],
        [5e-324, -5e-324, 1e-323, -1e-323],
        [1e9, 1e9 + 3e-7, 1e9, 1e9 + 3e-7],
    ] {
        let rows = rows.map(|value| vec![value]);
        let clusters = found(&rows, 2, 5);
        assert_eq!(clusters.customers, [2, 2]);
        assert!(clusters.inertia.is_finite());
        assert!(clusters.centres.iter().flatten().all(|centre| centre.is_finite()));
    }
}

#[test]
fn a_long_search_can_be_interrupted_throughout() {
    let rows: Vec<Vec<f64>> = (0..20_000)
        .map(|i: u32| vec![f64::from(i.wrapping_mul(2_654_435_761) >> 8), f64::from(i)])
        .collect();
    let mut calls = 0;
    clusters(&features(&rows), Search::new(6, 1), &mut || calls += 1).expect("valid data");
    assert!(calls > 1000, "{calls}");
}

/// Twenty thousand customers in five heaps of very different size, two features.
fn heaps() -> Vec<Vec<f64>> {
    let unit = |hash: u32| f64::from(hash) / f64::from(u32::MAX);
    (0..20_000_u32)
        .map(|i| {
            let noise = [2_654_435_761, 2_246_822_519].map(|prime| unit(i.wrapping_mul(prime)));
            let (x, y) = match i {
                0..10 => (500.0, -300.0),
                10..300 => (60.0, 40.0),
                300..4000 => (0.0, 40.0),
                4000..9000 => (30.0, 0.0),
                _ => (0.0, 0.0),
            };
            vec![x + 10.0 * noise[0], y + 10.0 * noise[1]]
        })
        .collect()
}

#[test]
fn a_sample_finds_the_clusters_of_all_even_those_of_few_customers() {
    let rows = heaps();
    for seed in 1..=10 {
        let search = Search::new(5, seed);
        let all = clusters(&features(&rows), search, &mut || ()).expect("valid data");
        let search = Search { sample: 500, ..search };
        let sampled = clusters(&features(&rows), search, &mut || ()).expect("valid data");
        assert_eq!(sampled.customers, [11_000, 3700, 5000, 290, 10]);
        assert_eq!(sampled.assignment, all.assignment);
        assert!(sampled.converged && all.converged);
        assert_eq!(sampled.inertia, all.inertia);
    }
}

#[test]
fn a_sample_of_fewer_points_than_clusters_is_not_used() {
    let rows: Vec<Vec<f64>> = (0..12).map(|i| vec![f64::from(i * i)]).collect();
    let search = Search::new(6, 3);
    let all = clusters(&features(&rows), search, &mut || ()).expect("valid data");
    for sample in [0, 1, 3, 6] {
        let search = Search { sample, ..search };
        let sampled = clusters(&features(&rows), search, &mut || ()).expect("valid data");
        assert_eq!(sampled.customers.iter().sum::<u64>(), 12);
        assert!(sampled.customers.iter().all(|&size| size > 0));
        assert!(sampled.inertia.is_finite() && all.inertia.is_finite());
    }
    // Differences too small for their squares: no distance says what to draw.
    let rows = [0.0, 1e-200, 2e-200, 1.0].map(|value| vec![value]);
    let search = Search { sample: 2, ..Search::new(2, 1) };
    let sampled = clusters(&features(&rows), search, &mut || ()).expect("valid data");
    assert_eq!(sampled.customers, [3, 1]);
}

/// The search as the literature has it, every distance measured at every step: the least inertia
/// and the clusters. For rows that all differ.
fn by_the_textbook(rows: &[Vec<f64>], search: Search) -> (f64, Vec<u32>) {
    let (n, dimension, k) = (rows.len(), rows[0].len(), search.clusters);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&one, &other| rows[one].partial_cmp(&rows[other]).expect("finite features"));
    let moments: Vec<(f64, f64)> = (0..dimension)
        .map(|feature| {
            let mean = rows.iter().map(|row| row[feature]).sum::<f64>() / n as f64;
            let squares = rows.iter().map(|row| (row[feature] - mean).powi(2)).sum::<f64>();
            (mean, (squares / n as f64).sqrt())
        })
        .collect();
    let standardised = |&row: &usize| -> Vec<f64> {
        let features = rows[row].iter().zip(&moments);
        features.map(|(value, (mean, deviation))| (value - mean) / deviation).collect()
    };
    let points: Vec<Vec<f64>> = order.iter().map(standardised).collect();
    let distance = |one: &[f64], other: &[f64]| -> f64 {
        one.iter().zip(other).map(|(one, other)| (one - other).powi(2)).sum()
    };
    let nearest = |point: &[f64], centres: &[Vec<f64>]| -> (u32, f64) {
        let all = centres.iter().map(|centre| distance(point, centre)).enumerate();
        let (cluster, least) = all.min_by(|one, other| one.1.total_cmp(&other.1)).expect("k > 0");
        (cluster as u32, least)
    };
    // SplitMix64 (Steele, Lea & Flood 2014).
    let mut state = search.seed;
    let mut uniform = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut best = (f64::INFINITY, Vec::new());
    for _ in 0..search.restarts {
        let mut centres: Vec<Vec<f64>> = Vec::new();
        for _ in 0..k {
            let mass = |point: &Vec<f64>| match &centres[..] {
                [] => 1.0,
                centres => nearest(point, centres).1,
            };
            let masses: Vec<f64> = points.iter().map(mass).collect();
            let mut left = uniform() * masses.iter().sum::<f64>();
            let drawn = masses.iter().position(|mass| {
                left -= mass;
                left < 0.0
            });
            centres.push(points[drawn.expect("some mass")].clone());
        }
        let mut assignment = vec![u32::MAX; n];
        loop {
            let found: Vec<u32> = points.iter().map(|point| nearest(point, &centres).0).collect();
            let moved = found != assignment;
            assignment = found;
            if !moved {
                break;
            }
            for (cluster, centre) in centres.iter_mut().enumerate() {
                let own = || points.iter().zip(&assignment).filter(|one| *one.1 == cluster as u32);
                let size = own().count() as f64;
                for (feature, value) in centre.iter_mut().enumerate() {
                    *value = own().map(|(point, _)| point[feature]).sum::<f64>() / size;
                }
            }
        }
        let inertia = points.iter().map(|point| nearest(point, &centres).1).sum::<f64>();
        if inertia < best.0 {
            best = (inertia, assignment);
        }
    }
    let mut of_rows = vec![0; n];
    for (&row, cluster) in order.iter().zip(best.1) {
        of_rows[row] = cluster;
    }
    (best.0, of_rows)
}

/// Clusters renumbered in the order in which the rows meet them.
fn renumbered(assignment: &[u32]) -> Vec<usize> {
    let mut met = Vec::new();
    for cluster in assignment {
        if !met.contains(cluster) {
            met.push(*cluster);
        }
    }
    let number = |cluster: &u32| met.iter().position(|other| other == cluster).expect("met");
    assignment.iter().map(number).collect()
}

fn any_rows() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let value = || prop_oneof![(0..5_i32).prop_map(f64::from), -1e3..1e3_f64];
    (1..4_usize).prop_flat_map(move |dimension| {
        prop::collection::vec(prop::collection::vec(value(), dimension), 8..60)
    })
}

/// Squared distance in standard deviations, by the textbook.
fn inertia_of(rows: &[Vec<f64>], clusters: &Clusters) -> (f64, bool) {
    let n = rows.len() as f64;
    let variance: Vec<f64> = (0..rows[0].len())
        .map(|feature| {
            let mean = rows.iter().map(|row| row[feature]).sum::<f64>() / n;
            let variance = rows.iter().map(|row| (row[feature] - mean).powi(2)).sum::<f64>() / n;
            if rows.iter().all(|row| row[feature] == rows[0][feature]) { 1.0 } else { variance }
        })
        .collect();
    let distance = |row: &[f64], centre: &[f64]| -> f64 {
        let parts = row.iter().zip(centre).zip(&variance);
        parts.map(|((value, centre), variance)| (value - centre).powi(2) / variance).sum()
    };
    let (mut inertia, mut nearest) = (0.0, true);
    for (row, &cluster) in rows.iter().zip(&clusters.assignment) {
        let own = distance(row, &clusters.centres[cluster as usize]);
        let others = clusters.centres.iter().map(|centre| distance(row, centre));
        nearest &= others.fold(f64::INFINITY, f64::min) >= own - 1e-9 * (1.0 + own);
        inertia += own;
    }
    (inertia, nearest)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn everyone_is_in_the_nearest_cluster_and_the_inertia_adds_up(
        rows in any_rows(), k in 1..5_usize, seed in any::<u64>(), sample in 4..60_usize,
    ) {
        let search = Search { sample, ..Search::new(k, seed) };
        let Ok(clusters) = clusters(&features(&rows), search, &mut || ()) else {
            return Err(TestCaseError::reject("fewer different customers than clusters"));
        };
        let (inertia, nearest) = inertia_of(&rows, &clusters);
        prop_assert!(nearest);
        prop_assert!((inertia - clusters.inertia).abs() <= 1e-8 * (1.0 + inertia));
        prop_assert!(clusters.customers.iter().all(|&size| size > 0));
        prop_assert_eq!(clusters.customers.iter().sum::<u64>(), rows.len() as u64);
        for (number, &size) in clusters.customers.iter().enumerate() {
            let counted =
                clusters.assignment.iter().filter(|&&cluster| cluster == number as u32).count();
            prop_assert_eq!(counted as u64, size);
        }
        prop_assert!(clusters.centres.is_sorted_by(|one, other| one <= other));
    }

    /// The bounds that spare distances change no step. More than six features have their own code.
    #[test]
    fn the_search_ends_where_that_of_all_distances_does(
        rows in (1..9_usize).prop_flat_map(|dimension| {
            prop::collection::vec(prop::collection::vec(-1e3..1e3_f64, dimension), 60..300)
        }),
        k in 2..9_usize,
        seed in any::<u64>(),
    ) {
        let search = Search { restarts: 3, ..Search::new(k, seed) };
        let (inertia, assignment) = by_the_textbook(&rows, search);
        let found = clusters(&features(&rows), search, &mut || ()).expect("valid data");
        prop_assert!((found.inertia / inertia - 1.0).abs() < 1e-9);
        prop_assert_eq!(renumbered(&found.assignment), renumbered(&assignment));
    }

    #[test]
    fn permuting_the_rows_changes_no_bit(
        (rows, shuffled) in any_rows().prop_flat_map(|rows| {
            let numbered: Vec<_> = rows.iter().cloned().enumerate().collect();
            (Just(rows), Just(numbered).prop_shuffle())
        }),
        seed in any::<u64>(),
        sample in 4..60_usize,
    ) {
        let (places, moved): (Vec<usize>, Vec<Vec<f64>>) = shuffled.into_iter().unzip();
        let search = Search { sample, ..Search::new(3, seed) };
        let one = clusters(&features(&rows), search, &mut || ());
        let other = clusters(&features(&moved), search, &mut || ());
        match (one, other) {
            (Ok(one), Ok(mut other)) => {
                let mut back = vec![0; rows.len()];
                for (place, cluster) in places.iter().zip(&other.assignment) {
                    back[*place] = *cluster;
                }
                other.assignment = back;
                prop_assert_eq!(one, other);
            }
            (one, other) => prop_assert_eq!(one, other),
        }
    }
}
