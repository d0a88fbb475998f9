//! Retention and churn by hand, their conversions, and movements of revenue that add up.

use pg_clv::maths::retention::{
    RevenueMovement, churn_rate, convert_churn, convert_discount, convert_retention,
    expected_lifespan, gross_revenue_retention, net_revenue_retention, retention_rate,
};
use proptest::prelude::*;

fn near(actual: f64, expected: f64, tolerance: f64) {
    assert!(
        (actual - expected).abs() <= tolerance * expected.abs(),
        "{actual:?} is not {expected:?}"
    );
}

#[test]
fn retention_and_churn_by_hand() {
    // 200 at the start, 210 at the end of whom 30 are new.
    assert_eq!(retention_rate(200., 210., 30.), Ok(Some(0.9)));
    assert_eq!(churn_rate(200., 210., 30.), Ok(Some(0.1)));
    assert_eq!(retention_rate(200., 30., 30.), Ok(Some(0.0)));
    assert_eq!(churn_rate(200., 230., 30.), Ok(Some(0.0)));
    assert_eq!(retention_rate(0., 30., 30.), Ok(None));
    assert_eq!(churn_rate(0., 0., 0.), Ok(None));
}

#[test]
fn counts_that_contradict_each_other_have_no_rate() {
    let numbers = [-5.0, -1.0, 0.0, 0.5, 3.0, 5.0, 10.0, 30.0, 1e308];
    for start in numbers {
        for end in numbers {
            for new in numbers {
                let kept = end - new;
                let possible = start > 0.0 && new >= 0.0 && (0.0..=start).contains(&kept);
                let (retention, churn) =
                    (retention_rate(start, end, new), churn_rate(start, end, new));
                assert_eq!(retention, Ok(possible.then(|| kept / start)), "{start} {end} {new}");
                assert_eq!(churn, Ok(possible.then(|| (start - kept) / start)));
                assert!(retention.unwrap().is_none_or(|rate| (0.0..=1.0).contains(&rate)));
            }
        }
    }
    assert_eq!(retention_rate(10., 30., 5.), Ok(None));
    assert_eq!(churn_rate(10., 3., 5.), Ok(None));
}

#[test]
fn what_is_no_number_is_refused_by_name() {
    assert_eq!(churn_rate(f64::NAN, 1., 0.).unwrap_err().argument, "start_customers");
    assert_eq!(churn_rate(1., f64::NAN, 0.).unwrap_err().argument, "end_customers");
    assert_eq!(retention_rate(0., 1., f64::INFINITY).unwrap_err().argument, "new_customers");
    assert_eq!(gross_revenue_retention(1., f64::NAN, 0.).unwrap_err().argument, "contraction");
    assert_eq!(net_revenue_retention(-1., 0., 0., f64::NAN).unwrap_err().argument, "expansion");
}

#[test]
fn monthly_rates_become_yearly_ones() {
    near(convert_retention(0.97, 12.).unwrap(), 0.97_f64.powi(12), 1e-15);
    near(convert_churn(0.03, 12.).unwrap(), 1.0 - 0.97_f64.powi(12), 1e-14);
    near(convert_discount(0.01, 12.).unwrap(), 0.126_825_030_131_969_72, 1e-14);
    assert_eq!(convert_churn(0.0, 12.), Ok(0.0));
    assert_eq!(convert_churn(1.0, 12.), Ok(1.0));
    assert_eq!(convert_retention(0.0, 12.), Ok(0.0));
    assert_eq!(convert_retention(1.0, 0.5), Ok(1.0));
}

/// mpmath: 1 - (1 - 1e-12)^12 = 1.1999999999934e-11.
#[test]
fn small_rates_keep_their_digits() {
    near(convert_churn(1e-12, 12.).unwrap(), 1.199_999_999_993_4e-11, 1e-15);
    near(convert_discount(1e-12, 12.).unwrap(), 1.200_000_000_006_6e-11, 1e-15);
}

#[test]
fn conversions_refuse_rates_and_periods_that_are_none() {
    assert_eq!(convert_retention(1.1, 12.).unwrap_err().argument, "retention_rate");
    assert_eq!(convert_churn(-0.1, 12.).unwrap_err().argument, "churn_rate");
    assert_eq!(convert_discount(-1., 12.).unwrap_err().argument, "discount_rate");
    for periods in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(convert_churn(0.1, periods).unwrap_err().argument, "periods");
    }
    assert_eq!(convert_discount(9., 1e9).unwrap_err().argument, "discount rate");
}

#[test]
fn lifespan_is_one_over_churn_and_none_without_churn() {
    assert_eq!(expected_lifespan(0.05), Ok(Some(20.)));
    assert_eq!(expected_lifespan(1.), Ok(Some(1.)));
    assert_eq!(expected_lifespan(0.), Ok(None));
    assert_eq!(expected_lifespan(1.5).unwrap_err().argument, "churn_rate");
}

#[test]
fn revenue_retention_by_hand() {
    // 1000 at the start, less 50 and 100, plus 200.
    assert_eq!(gross_revenue_retention(1000., 50., 100.), Ok(Some(0.85)));
    assert_eq!(net_revenue_retention(1000., 50., 100., 200.), Ok(Some(1.05)));
    assert_eq!(gross_revenue_retention(1000., 0., 1000.), Ok(Some(0.)));
    assert_eq!(net_revenue_retention(0., 0., 0., 0.), Ok(None));
    // More lost than there was, and what is negative.
    assert_eq!(gross_revenue_retention(100., 60., 60.), Ok(None));
    assert_eq!(net_revenue_retention(100., 0., 0., -5.), Ok(None));
    assert_eq!(net_revenue_retention(-100., 0., 0., 5.), Ok(None));
    assert_eq!(gross_revenue_retention(100., -1., 0.), Ok(None));
}

#[test]
fn each_change_of_a_customers_revenue_has_one_name() {
    let of = |previous, current, paid_before| {
        RevenueMovement::of_customer(previous, current, paid_before).unwrap().unwrap()
    };
    let base = |start, end| RevenueMovement { start, end, ..RevenueMovement::default() };
    assert_eq!(of(0., 9., false), RevenueMovement { new: 9., ..base(0., 9.) });
    assert_eq!(of(0., 9., true), RevenueMovement { reactivated: 9., ..base(0., 9.) });
    assert_eq!(of(9., 12., true), RevenueMovement { expansion: 3., ..base(9., 12.) });
    assert_eq!(of(9., 5., true), RevenueMovement { contraction: 4., ..base(9., 5.) });
    assert_eq!(of(9., 0., true), RevenueMovement { churned: 9., ..base(9., 0.) });
    assert_eq!(of(9., 9., true), base(9., 9.));
    assert_eq!(of(0., 0., true), base(0., 0.));
    assert_eq!(RevenueMovement::of_customer(-1., 0., true), Ok(None));
    assert_eq!(RevenueMovement::of_customer(5., -0.01, true), Ok(None));
    assert_eq!(RevenueMovement::of_customer(-1., f64::NAN, true).unwrap_err().argument, "current");
    assert_eq!(RevenueMovement::of_customer(1., f64::NAN, true).unwrap_err().argument, "current");
}

proptest! {
    #[test]
    fn revenue_movements_add_up(
        customers in proptest::collection::vec((0..9_u32, 0..9_u32, any::<bool>()), 0..50)
    ) {
        let mut all = RevenueMovement::default();
        for (previous, current, before) in customers {
            let moved = RevenueMovement::of_customer(previous.into(), current.into(), before);
            all += moved.unwrap().unwrap();
        }
        let gained = all.new + all.reactivated + all.expansion;
        prop_assert_eq!(all.start + gained - all.contraction - all.churned, all.end);
        if let Some(net) = all.net_retention().unwrap() {
            let kept = all.end - all.new - all.reactivated;
            prop_assert!((net - kept / all.start).abs() < 1e-14);
            prop_assert!(all.gross_retention().unwrap().unwrap() <= net.min(1.0));
        } else {
            prop_assert_eq!(all.start, 0.0);
        }
    }

    /// Sums of cents are rounded, each for itself: no more is ever lost than there was.
    #[test]
    fn rounding_never_makes_a_loss_larger_than_what_there_was(
        start in 0.01..1e6, share in 0.0..=1.0, excess in 0..4_u32
    ) {
        let contraction = start * share;
        let churned = (start - contraction) * (1.0 + f64::from(excess) * f64::EPSILON);
        let all = RevenueMovement { start, contraction, churned, ..RevenueMovement::default() };
        prop_assert!(all.gross_retention().unwrap().unwrap() >= 0.0);
        prop_assert!(all.net_retention().unwrap().unwrap() >= 0.0);
    }

    #[test]
    fn conversions_there_and_back_agree(rate in 0.0..0.5, periods in 0.1..12.0) {
        let back = 1.0 / periods;
        let churn = convert_churn(convert_churn(rate, periods).unwrap().min(1.0), back).unwrap();
        prop_assert!((churn - rate).abs() < 1e-11);
        let retention = convert_retention(1.0 - rate, periods).unwrap();
        prop_assert!((retention - (1.0 - convert_churn(rate, periods).unwrap())).abs() < 1e-14);
        let discount = convert_discount(convert_discount(rate, periods).unwrap(), back).unwrap();
        prop_assert!((discount - rate).abs() < 1e-12);
    }
}
