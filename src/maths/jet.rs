//! Functions with their first and second derivatives by the parameters, for likelihoods that add up
//! probabilities.

use super::likelihood::Derivatives;

/// Position in a packed lower triangle.
pub(super) const fn index(i: usize, j: usize) -> usize {
    let (i, j) = if i >= j { (i, j) } else { (j, i) };
    i * (i + 1) / 2 + j
}

/// A function of up to four parameters to the second order; the Hessian is a packed lower triangle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jet {
    pub value: f64,
    pub gradient: [f64; 4],
    pub hessian: [f64; 10],
}

impl Jet {
    pub const ZERO: Jet = Jet { value: 0.0, gradient: [0.0; 4], hessian: [0.0; 10] };

    /// Sets the derivatives by one parameter alone.
    pub fn set(&mut self, parameter: usize, first: f64, second: f64) {
        self.gradient[parameter] = first;
        self.hessian[index(parameter, parameter)] = second;
    }

    /// self += weight × other.
    pub fn add(&mut self, other: &Jet, weight: f64) {
        self.value += weight * other.value;
        for (sum, part) in self.gradient.iter_mut().zip(&other.gradient) {
            *sum += weight * part;
        }
        for (sum, part) in self.hessian.iter_mut().zip(&other.hessian) {
            *sum += weight * part;
        }
    }

    /// The same by parameters with which these arguments move, each one for one with any of them.
    pub fn moved(&self, parameters: [&[usize]; 3]) -> Jet {
        let mut jet = Jet { value: self.value, ..Jet::ZERO };
        for (i, moving) in parameters.iter().enumerate() {
            for &to in *moving {
                jet.gradient[to] += self.gradient[i];
                for (j, others) in parameters.iter().enumerate() {
                    for &other in others.iter().filter(|&&other| other <= to) {
                        jet.hessian[index(to, other)] += self.hessian[index(i, j)];
                    }
                }
            }
        }
        jet
    }

    /// ln(e^self + e^other): with p the share of self, H = p H₁ + q H₂ + p q (g₁−g₂)(g₁−g₂)ᵀ.
    pub fn log_add(&self, other: &Jet) -> Jet {
        let difference = self.value - other.value;
        let ratio = (-difference.abs()).exp();
        let (more, less) = (1.0 / (1.0 + ratio), ratio / (1.0 + ratio));
        let (p, q) = if difference >= 0.0 { (more, less) } else { (less, more) };
        let mut gap = [0.0; 4];
        let mut sum = Jet { value: self.value.max(other.value) + ratio.ln_1p(), ..Jet::ZERO };
        for i in 0..4 {
            gap[i] = self.gradient[i] - other.gradient[i];
            sum.gradient[i] = p * self.gradient[i] + q * other.gradient[i];
            for j in 0..=i {
                let at = index(i, j);
                sum.hessian[at] =
                    p * self.hessian[at] + q * other.hessian[at] + p * q * gap[i] * gap[j];
            }
        }
        sum
    }

    /// Adds power × ln of a factor that is a parameter, or one plus a constant.
    pub fn ln_times(mut self, parameter: usize, factor: f64, power: f64) -> Jet {
        self.value += power * factor.ln();
        self.gradient[parameter] += power / factor;
        self.hessian[index(parameter, parameter)] -= power / (factor * factor);
        self
    }

    /// By the first so many parameters, the others not being there.
    pub fn derivatives(&self, dimension: usize) -> Derivatives {
        let mut all = Derivatives::zero(dimension);
        all.value = self.value;
        for i in 0..dimension {
            all.gradient[i] = self.gradient[i];
            for j in 0..dimension {
                all.hessian[(i, j)] = self.hessian[index(i, j)];
            }
        }
        all
    }
}
