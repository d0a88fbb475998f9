//! The optimiser on functions whose maximum, or lack of one, is known in closed form.

use nalgebra::{DMatrix, DVector};
use pg_clv::maths::likelihood::{Derivatives, Domain, Likelihood};
use pg_clv::maths::optimise::{self, Climb, Settings, Stop, begin, run_away};
use proptest::prelude::*;

/// A function with its gradient and Hessian (row by row), given as (value, gradient, Hessian).
struct Function<F> {
    domains: Vec<Domain>,
    derivatives: F,
}

impl<F: Fn(&[f64]) -> (f64, Vec<f64>, Vec<f64>)> Likelihood for Function<F> {
    fn domains(&self) -> Vec<Domain> {
        self.domains.clone()
    }

    fn evaluate(&self, parameters: &[f64], _: &mut dyn FnMut()) -> Derivatives {
        let (value, gradient, hessian) = (self.derivatives)(parameters);
        let n = gradient.len();
        Derivatives {
            value,
            gradient: DVector::from_vec(gradient),
            hessian: DMatrix::from_row_slice(n, n, &hessian),
        }
    }
}

const SETTINGS: Settings<'static> =
    Settings { penalties: &[], max_iterations: 200, tolerance: 1e-10 };

fn maximise(
    function: &dyn Likelihood,
    start: &[f64],
    known: &[Vec<f64>],
    settings: &Settings,
    interrupt: &mut dyn FnMut(),
) -> Climb {
    let start = begin(function, start, settings, interrupt);
    optimise::maximise(function, start, known, settings, interrupt)
}

fn climb(
    domain: Domain,
    start: &[f64],
    derivatives: impl Fn(&[f64]) -> (f64, Vec<f64>, Vec<f64>),
) -> Climb {
    let function = Function { domains: vec![domain; start.len()], derivatives };
    maximise(&function, start, &[], &SETTINGS, &mut || ())
}

/// n events in a time S at the rate λ: n ln λ − λ S, with its maximum at n / S.
fn events(n: f64, time: f64) -> impl Fn(&[f64]) -> (f64, Vec<f64>, Vec<f64>) {
    move |p| (n * p[0].ln() - p[0] * time, vec![n / p[0] - time], vec![-n / (p[0] * p[0])])
}

fn rosenbrock(p: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
    let (x, y) = (p[0], p[1]);
    let bend = y - x * x;
    (
        -(1.0 - x).powi(2) - 100.0 * bend * bend,
        vec![2.0 * (1.0 - x) + 400.0 * x * bend, -200.0 * bend],
        vec![-2.0 + 400.0 * bend - 800.0 * x * x, 400.0 * x, 400.0 * x, -200.0],
    )
}

#[test]
fn quadratic_takes_one_step() {
    let found = climb(Domain::Real, &[0.5, 0.2], |p| {
        let (x, y) = (p[0] - 0.7, p[1] + 0.1);
        (
            -2.0 * x * x - x * y - 3.0 * y * y,
            vec![-4.0 * x - y, -x - 6.0 * y],
            vec![-4.0, -1.0, -1.0, -6.0],
        )
    });
    assert_eq!((found.stop, found.iterations, found.evaluations), (Stop::Converged, 1, 2));
    assert!((found.parameters[0] - 0.7).abs() < 1e-15);
    assert!((found.parameters[1] + 0.1).abs() < 1e-15);
}

#[test]
fn curved_valley_of_rosenbrock_is_followed_to_its_end() {
    let found = climb(Domain::Real, &[-1.2, 1.0], rosenbrock);
    assert_eq!(found.stop, Stop::Converged);
    assert!((found.parameters[0] - 1.0).abs() < 1e-9 && (found.parameters[1] - 1.0).abs() < 1e-9);
    assert!(found.evaluations < 40, "{}", found.evaluations);
}

#[test]
fn saddle_is_left_although_its_gradient_is_zero() {
    let found = climb(Domain::Real, &[0.0, 0.0], |p| {
        let (x, y) = (p[0], p[1]);
        (
            -(x * x - 1.0).powi(2) - y * y,
            vec![-4.0 * x * (x * x - 1.0), -2.0 * y],
            vec![4.0 - 12.0 * x * x, 0.0, 0.0, -2.0],
        )
    });
    assert_eq!(found.stop, Stop::Converged);
    assert!((found.parameters[0].abs() - 1.0).abs() < 1e-12);
}

#[test]
fn start_many_orders_of_magnitude_off_is_no_obstacle() {
    for start in [1e-7, 1e-3, 1.0, 1e3, 1e7] {
        let found = climb(Domain::Positive, &[start], events(37.0, 12.5));
        assert_eq!(found.stop, Stop::Converged, "from {start}");
        assert!((found.parameters[0] / (37.0 / 12.5) - 1.0).abs() < 1e-10, "from {start}");
        assert!(found.evaluations < 25, "from {start}: {}", found.evaluations);
    }
}

#[test]
fn steps_out_of_the_domain_are_taken_back() {
    // ln(1 − x) + 9 ln(1 + x) is not defined beyond ±1 and highest at 0.8.
    let found = climb(Domain::Real, &[-0.999], |p| {
        let x = p[0];
        let value = (1.0 - x).ln() + 9.0 * (1.0 + x).ln();
        let slope = -1.0 / (1.0 - x) + 9.0 / (1.0 + x);
        (value, vec![slope], vec![-(1.0 - x).powi(-2) - 9.0 * (1.0 + x).powi(-2)])
    });
    assert_eq!(found.stop, Stop::Converged);
    assert!((found.parameters[0] - 0.8).abs() < 1e-10);
}

#[test]
fn undefined_start_is_reported_and_not_climbed() {
    let found = climb(Domain::Real, &[0.0], |_| (f64::NAN, vec![0.0], vec![0.0]));
    assert_eq!((found.stop, found.evaluations), (Stop::Undefined, 1));
}

#[test]
fn supremum_at_infinity_or_zero_ends_as_a_ridge() {
    let rising = climb(Domain::Positive, &[1.0], |p| {
        (-100.0 / p[0], vec![100.0 / p[0].powi(2)], vec![-200.0 / p[0].powi(3)])
    });
    assert_eq!(rising.stop, Stop::Ridge);
    assert_eq!(run_away(&[Domain::Positive], &rising.parameters), [(0, true)]);
    let falling = climb(Domain::Positive, &[1.0], |p| (-p[0], vec![-1.0], vec![0.0]));
    assert_eq!(falling.stop, Stop::Ridge);
    assert_eq!(run_away(&[Domain::Positive], &falling.parameters), [(0, false)]);
    assert!(rising.evaluations < 60 && falling.evaluations < 60);
}

#[test]
fn parameter_that_does_not_matter_ends_as_flat() {
    // Only the product of the two is determined.
    let found = climb(Domain::Positive, &[1.0, 3.0], |p| {
        let (a, b) = (p[0], p[1]);
        let product = (a * b).ln();
        let mixed = -2.0 / (a * b);
        (
            -product * product,
            vec![-2.0 * product / a, -2.0 * product / b],
            vec![(2.0 * product - 2.0) / (a * a), mixed, mixed, (2.0 * product - 2.0) / (b * b)],
        )
    });
    assert_eq!(found.stop, Stop::Flat);
    assert!((found.parameters[0] * found.parameters[1] - 1.0).abs() < 1e-6);
}

#[test]
fn iterations_are_bounded() {
    let function = Function { domains: vec![Domain::Real; 2], derivatives: rosenbrock };
    let settings = Settings { max_iterations: 3, ..SETTINGS };
    let mut passes = 0;
    let found = maximise(&function, &[-1.2, 1.0], &[], &settings, &mut || passes += 1);
    assert_eq!((found.stop, found.iterations, found.evaluations), (Stop::Iterations, 3, 4));
    assert_eq!(passes, 4, "each evaluation can be interrupted, however few its rows");
}

#[test]
fn climb_towards_a_known_maximum_ends_early() {
    let function = Function { domains: vec![Domain::Positive], derivatives: events(37.0, 12.5) };
    let alone = maximise(&function, &[40.0], &[], &SETTINGS, &mut || ());
    let found = maximise(&function, &[40.0], &[vec![37.0 / 12.5]], &SETTINGS, &mut || ());
    assert_eq!(found.stop, Stop::Merged);
    assert!(found.evaluations < alone.evaluations);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// n ln λ − λ S − c λ² is highest where 2 c λ² + S λ = n.
    #[test]
    fn penalty_is_per_sum_in_the_natural_parameter(
        n in 1.0..1e6f64, time in 1e-3..1e3f64, penalty in 1e-6..1e3f64,
    ) {
        let function = Function { domains: vec![Domain::Positive], derivatives: events(n, time) };
        let settings = Settings { penalties: &[penalty], ..SETTINGS };
        let found = maximise(&function, &[1.0], &[], &settings, &mut || ());
        let expected = 2.0 * n / (time + (time * time + 8.0 * penalty * n).sqrt());
        prop_assume!((1e-8..1e8).contains(&expected));
        prop_assert!(found.stop.converged(), "{:?}", found.stop);
        prop_assert!((found.parameters[0] / expected - 1.0).abs() < 1e-9);
        let (gain, loss) = (n * expected.ln() - expected * time, penalty * expected * expected);
        let scale = (n * expected.ln()).abs() + expected * time + loss;
        prop_assert!((found.log_likelihood - gain).abs() <= 1e-12 * scale);
        prop_assert!((found.objective - (gain - loss)).abs() <= 1e-12 * scale);
    }

    /// The gradient and the information are those by ln λ: n − λ S and λ S.
    #[test]
    fn derivatives_are_carried_over_to_the_logarithm(rate in 1e-6..1e6f64) {
        let function = Function { domains: vec![Domain::Positive], derivatives: events(5.0, 2.0) };
        let settings = Settings { tolerance: f64::MIN_POSITIVE, max_iterations: 0, ..SETTINGS };
        let found = maximise(&function, &[rate], &[], &settings, &mut || ());
        prop_assert!((found.gradient[0] - (5.0 - 2.0 * rate)).abs() <= 1e-12 * (5.0 + rate));
        prop_assert!((found.information[(0, 0)] - 2.0 * rate).abs() <= 1e-9 * (1.0 + rate));
    }
}
