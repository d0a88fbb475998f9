//! Spikes and drops by hand, with and without season, and series that hardly vary.

use std::f64::consts::TAU;

use pg_clv::maths::anomaly::{self, Alert, USUAL_THRESHOLD, Verdict, judge};
use pg_clv::maths::error::Result;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

fn alerts(
    series: &[Option<f64>],
    window: usize,
    season: usize,
    threshold: f64,
) -> Result<Vec<Option<Alert>>> {
    anomaly::alerts(series, window, season, threshold, &mut || {})
}

#[test]
fn robust_z_by_hand() {
    // Median 12, deviations 2 1 0 1 3: MAD 1.
    let alert = judge(&mut [10., 13., 12., 11., 15.], 20., USUAL_THRESHOLD).unwrap().unwrap();
    let deviation = 1.482_602_218_505_602;
    assert_eq!((alert.expected, alert.verdict), (12.0, Verdict::Spike));
    assert!((alert.z - 8.0 / deviation).abs() < 1e-14);
    assert!((alert.upper - (12.0 + 3.5 * deviation)).abs() < 1e-14);
    assert!((alert.lower - (12.0 - 3.5 * deviation)).abs() < 1e-14);
}

#[test]
fn median_of_an_even_history_is_the_middle_of_two() {
    // Median 2.5, deviations 1.5 0.5 0.5 7.5: MAD 1.
    let alert = judge(&mut [1., 2., 10., 3.], 2.5, 2.0).unwrap().unwrap();
    assert_eq!((alert.expected, alert.z, alert.verdict), (2.5, 0.0, Verdict::Usual));
    assert!((alert.upper - 2.5 - 2.0 * 1.482_602_218_505_602).abs() < 1e-14);
}

#[test]
fn values_at_the_limits_are_usual() {
    let history = [10., 13., 12., 11., 15.];
    let alert = judge(&mut history.clone(), 12., 3.5).unwrap().unwrap();
    for (value, verdict) in [
        (alert.upper, Verdict::Usual),
        (alert.upper + 1e-9, Verdict::Spike),
        (alert.lower, Verdict::Usual),
        (alert.lower - 1e-9, Verdict::Drop),
    ] {
        assert_eq!(judge(&mut history.clone(), value, 3.5).unwrap().unwrap().verdict, verdict);
    }
}

#[test]
fn mean_deviation_stands_in_where_most_of_the_history_is_one_value() {
    // MAD 0; mean absolute deviation 5 / 5.
    let alert = judge(&mut [4., 4., 4., 4., 9.], 5., 3.5).unwrap().unwrap();
    assert!((alert.upper - 4.0 - 3.5 * 1.253_314_137_315_500_3).abs() < 1e-14);
    assert_eq!(alert.verdict, Verdict::Usual);
}

#[test]
fn after_a_constant_history_every_other_value_is_an_alert() {
    let alert = |value| judge(&mut [4.; 5], value, 3.5).unwrap().unwrap();
    assert_eq!((alert(4.).z, alert(4.).verdict), (0.0, Verdict::Usual));
    assert_eq!((alert(5.).z, alert(5.).verdict), (f64::INFINITY, Verdict::Spike));
    assert_eq!((alert(3.).z, alert(3.).verdict), (f64::NEG_INFINITY, Verdict::Drop));
}

#[test]
fn a_series_is_judged_by_what_came_before_only() {
    let series = [1., 2., 3., 2., 50., 2.].map(Some);
    let found = alerts(&series, 4, 1, 3.5).unwrap();
    assert_eq!(&found[..3], &[None; 3]);
    let verdicts: Vec<_> = found[3..].iter().map(|alert| alert.unwrap().verdict).collect();
    assert_eq!(verdicts, [Verdict::Usual, Verdict::Spike, Verdict::Usual]);
    // The window of the last one is 2, 3, 2, 50.
    assert_eq!(found[5].unwrap().expected, 2.5);
}

#[test]
fn a_season_hides_from_a_plain_window_but_not_from_its_lag() {
    // Sundays bring 100, other days about 10; the sixth Sunday brings 10.
    let mut series: Vec<_> = (0..42)
        .map(|day| Some(if day % 7 == 6 { 100.0 } else { 10.0 } + f64::from(day % 3)))
        .collect();
    series[41] = Some(10.0);
    let plain = alerts(&series, 14, 1, 3.5).unwrap();
    let seasonal = alerts(&series, 5, 7, 3.5).unwrap();
    assert_eq!(plain[41].unwrap().verdict, Verdict::Usual);
    assert_eq!(plain[34].unwrap().verdict, Verdict::Spike);
    assert_eq!(seasonal[41].unwrap().verdict, Verdict::Drop);
    assert_eq!(seasonal[34].unwrap().verdict, Verdict::Usual);
    assert_eq!(seasonal[20], None);
}

#[test]
fn missing_values_are_neither_judged_nor_history() {
    let series = [Some(1.), None, Some(2.), Some(3.), None, Some(2.)];
    let found = alerts(&series, 5, 1, 3.5).unwrap();
    assert_eq!(found[4], None);
    assert_eq!(found[5].unwrap().expected, 2.0);
    // Within a window of 4 places there are only two values.
    assert_eq!(alerts(&series, 3, 1, 3.5).unwrap()[5], None);
}

#[test]
fn alerts_refuse_what_cannot_be_judged() {
    let refused = |series: &[Option<f64>], window, lag, threshold| {
        alerts(series, window, lag, threshold).unwrap_err().argument
    };
    assert_eq!(refused(&[Some(1.)], 2, 1, 3.5), "history");
    assert_eq!(refused(&[Some(1.)], 3, 0, 3.5), "season");
    assert_eq!(refused(&[Some(1.)], 3, 1, 0.0), "threshold");
    assert_eq!(refused(&[Some(f64::NAN)], 3, 1, 3.5), "value");
    assert_eq!(judge(&mut [1., f64::INFINITY, 2.], 1., 3.5).unwrap_err().argument, "history");
    assert_eq!(judge(&mut [1.7e308, -1.7e308, 0.], 1., 9.).unwrap_err().argument, "lower");
    assert_eq!(alerts(&[], 3, 1, 3.5), Ok(vec![]));
}

/// The shares that the manual names: noise alone is flagged, and a short history is a rough measure.
#[test]
fn of_normal_noise_one_value_in_21_is_flagged_and_with_a_long_history_one_in_165() {
    let mut stream = ChaCha8Rng::seed_from_u64(1);
    let mut uniform = || (stream.next_u64() >> 11) as f64 * 2.0_f64.powi(-53);
    let mut normal = || (-2.0 * (1.0 - uniform()).ln()).sqrt() * (TAU * uniform()).cos();
    let noise: Vec<Option<f64>> = (0..400_000).map(|_| Some(normal())).collect();
    let one_in = |window: usize| {
        let alerts = alerts(&noise, window, 1, USUAL_THRESHOLD).unwrap();
        let full = alerts.iter().skip(window).flatten();
        let flagged = full.clone().filter(|alert| alert.verdict != Verdict::Usual).count();
        full.count() as f64 / flagged as f64
    };
    assert!((one_in(8) - 21.3).abs() < 0.7, "{}", one_in(8));
    assert!((one_in(28) - 165.0).abs() < 13.0, "{}", one_in(28));
}

proptest! {
    #[test]
    fn verdicts_do_not_depend_on_unit_and_origin(
        history in proptest::collection::vec(-50..50_i32, 3..30), value in -200..200_i32
    ) {
        let judged = |scale: f64, origin: f64| {
            let mut history: Vec<_> =
                history.iter().map(|&v| origin + scale * f64::from(v)).collect();
            judge(&mut history, origin + scale * f64::from(value), 3.5).unwrap().unwrap()
        };
        let (plain, moved) = (judged(1.0, 0.0), judged(4.0, 64.0));
        prop_assert_eq!(plain.verdict, moved.verdict);
        prop_assert!((moved.expected - (64.0 + 4.0 * plain.expected)).abs() < 1e-10);
    }
}

proptest! {
    #[test]
    fn no_history_panics_or_gives_nan(
        history in proptest::collection::vec(any::<f64>(), 0..9), value in any::<f64>(),
        threshold in any::<f64>()
    ) {
        if let Ok(Some(alert)) = judge(&mut history.clone(), value, threshold) {
            prop_assert!(alert.lower <= alert.expected && alert.expected <= alert.upper);
            prop_assert!(!alert.z.is_nan());
        }
    }
}
