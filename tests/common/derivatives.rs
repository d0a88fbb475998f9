//! Exact derivatives of a likelihood against differences of its own lower ones.

use pg_clv::maths::likelihood::Likelihood;

/// Gradient against the value and Hessian against the gradient, by central differences of sixth
/// order, each to `tolerance` of its natural scale: the customers over the parameters.
pub fn agree_with_differences(likelihood: &dyn Likelihood, at: &[f64], scale: f64, tolerance: f64) {
    const WEIGHTS: [f64; 3] = [45.0 / 60.0, -9.0 / 60.0, 1.0 / 60.0];
    let exact = likelihood.evaluate(at, &mut || {});
    for j in 0..at.len() {
        let h = 2e-3 * at[j].abs();
        let mut gradient = 0.0;
        let mut hessian = vec![0.0; at.len()];
        for (k, weight) in WEIGHTS.iter().enumerate() {
            for sign in [1.0, -1.0] {
                let mut point = at.to_vec();
                point[j] += sign * (k as f64 + 1.0) * h;
                let there = likelihood.evaluate(&point, &mut || {});
                gradient += sign * weight * there.value / h;
                for (i, sum) in hessian.iter_mut().enumerate() {
                    *sum += sign * weight * there.gradient[i] / h;
                }
            }
        }
        let error = (gradient - exact.gradient[j]).abs() * at[j].abs() / scale;
        assert!(error < tolerance, "gradient {j} at {at:?}: {error:.1e}");
        for (i, difference) in hessian.iter().enumerate() {
            let error = (difference - exact.hessian[(i, j)]).abs() * (at[i] * at[j]).abs() / scale;
            assert!(error < tolerance, "Hessian {i} {j} at {at:?}: {error:.1e}");
        }
    }
}
