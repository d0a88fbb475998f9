//! Predictions held against what came: by hand, and for numbers that cannot be compared.

use pg_clv::maths::holdout::{Accuracy, terms};

fn accuracy(pairs: &[(f64, f64)]) -> Option<Accuracy> {
    let mut sums = [0.0; 5];
    for &(predicted, actual) in pairs {
        let terms = terms(predicted, actual).unwrap();
        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
    }
    Accuracy::of(sums)
}

#[test]
fn accuracy_is_that_of_the_sums_by_hand() {
    let found = accuracy(&[(1.0, 2.0), (3.0, 3.0), (6.0, 2.0), (0.0, 0.0)]).unwrap();
    assert_eq!(found.customers, 4.0);
    assert_eq!((found.predicted, found.actual, found.bias), (2.5, 1.75, 0.75));
    assert_eq!(found.mean_absolute_error, 1.25);
    assert_eq!(found.root_mean_square_error, (17.0_f64 / 4.0).sqrt());
    assert_eq!(accuracy(&[]), None);
}

#[test]
fn numbers_that_cannot_be_compared_are_refused() {
    assert_eq!(terms(f64::NAN, 0.0).unwrap_err().argument, "predicted");
    assert_eq!(terms(0.0, f64::INFINITY).unwrap_err().argument, "actual");
    assert_eq!(terms(1e150, 0.0).unwrap_err().argument, "predicted");
}
