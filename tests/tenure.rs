//! Contracts by the calendar against a calendar walked day by day, and sBG fitted to contracts that
//! were drawn on it.

use pg_clv::maths::fit::Options;
use pg_clv::maths::likelihood::Likelihood;
use pg_clv::maths::sbg::{Sbg, SbgLikelihood};
use pg_clv::maths::survival::{KaplanMeier, Tenure};
use pg_clv::maths::tenure::{Contract, ContractPeriod, ContractTenure};
use proptest::prelude::*;

const MONTH: ContractPeriod = ContractPeriod::Months(1);

/// Days since 2000-01-01, by counting.
fn day(year: i32, month: i32, of_month: i32) -> i32 {
    let years: i32 = (2000..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let months: i32 = (1..month).map(|month| days_of(year, month)).sum();
    years + months + of_month - 1
}

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i32, month: i32) -> i32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day of the month of a day from 2000 on, by counting.
fn date(mut days: i32) -> (i32, i32, i32) {
    let (mut year, mut month) = (2000, 1);
    while days >= days_of(year, month) {
        days -= days_of(year, month);
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
    (year, month, days + 1)
}

/// The day of renewal n, by the definition: so many months after the start, or the last day of a
/// shorter month.
fn renewal(start: i32, period: ContractPeriod, n: i32) -> i32 {
    match period {
        ContractPeriod::Days(days) => start + n * days,
        ContractPeriod::Months(months) => {
            let (year, month, of_month) = date(start);
            let months = month - 1 + n * months;
            let (year, month) = (year + months / 12, months % 12 + 1);
            day(year, month, of_month.min(days_of(year, month)))
        }
    }
}

/// The tenure by walking from renewal to renewal.
fn walked(
    contract: Contract,
    as_of: i32,
    period: ContractPeriod,
    from: Option<i32>,
) -> Option<ContractTenure> {
    let Contract { started, ended } = contract;
    if started > as_of {
        return None;
    }
    let ended = ended.filter(|&end| end <= as_of);
    let (mut periods, mut churned) = (0, false);
    while !churned && renewal(started, period, periods + 1) <= as_of {
        periods += 1;
        churned = ended.is_some_and(|end| end <= renewal(started, period, periods));
    }
    let mut entered = 0;
    while from.is_some_and(|from| renewal(started, period, entered) < from) {
        entered += 1;
    }
    Some(ContractTenure {
        periods,
        churned,
        days: ended.unwrap_or(as_of) - started,
        ended: ended.is_some(),
        entered: entered.min(periods),
    })
}

fn seen(start: i32, end: Option<i32>, as_of: i32) -> (i32, bool, i32, bool) {
    let tenure = Contract { started: start, ended: end }.tenure(as_of, MONTH, None).unwrap();
    (tenure.periods, tenure.churned, tenure.days, tenure.ended)
}

#[test]
fn a_month_is_a_month_of_the_calendar() {
    let (start, as_of) = (day(2024, 1, 1), day(2024, 12, 31));
    // 31 days are one period, where days / 30.4375 say two.
    assert_eq!(seen(start, Some(day(2024, 2, 1)), as_of), (1, true, 31, true));
    assert_eq!(seen(start, Some(day(2024, 1, 31)), as_of), (1, true, 30, true));
    assert_eq!(seen(start, Some(day(2024, 2, 2)), as_of), (2, true, 32, true));
    // 31 January, 29 February, 31 March, 30 April: counted from the start.
    let last = day(2024, 1, 31);
    for (n, end) in [(1, day(2024, 2, 29)), (2, day(2024, 3, 31)), (3, day(2024, 4, 30))] {
        assert_eq!(seen(last, Some(end), as_of), (n, true, end - last, true));
        assert_eq!(seen(last, None, end), (n, false, end - last, false));
        assert_eq!(seen(last, None, end - 1), (n - 1, false, end - last - 1, false));
    }
    assert_eq!(seen(day(2023, 1, 31), None, day(2023, 2, 28)).0, 1);
    // From a leap day, yearly: 28 February, and the leap day again after four years.
    let yearly = |as_of| {
        let contract = Contract { started: day(2024, 2, 29), ended: None };
        contract.tenure(as_of, ContractPeriod::Months(12), None).unwrap().periods
    };
    assert_eq!((yearly(day(2025, 2, 27)), yearly(day(2025, 2, 28))), (0, 1));
    assert_eq!((yearly(day(2028, 2, 28)), yearly(day(2028, 2, 29))), (3, 4));
}

#[test]
fn edges_of_a_contract_are_as_defined() {
    let (start, as_of) = (day(2024, 3, 15), day(2024, 6, 20));
    // Cancelled on the day it began: the first renewal is declined.
    assert_eq!(seen(start, Some(start), as_of), (1, true, 0, true));
    // An end after as_of is not known yet, one on as_of is.
    assert_eq!(seen(start, Some(as_of + 1), as_of), (3, false, 97, false));
    assert_eq!(seen(start, Some(as_of), day(2024, 7, 15)), (4, true, 97, true));
    // Ended in a period that is not over: ended, but the renewal is still to be declined.
    assert_eq!(seen(start, Some(as_of), as_of), (3, false, 97, true));
    assert_eq!(seen(start, Some(as_of), day(2024, 7, 14)), (3, false, 97, true));
    // Begun on as_of, and after it.
    assert_eq!(seen(as_of, None, as_of), (0, false, 0, false));
    assert_eq!(Contract { started: as_of + 1, ended: None }.tenure(as_of, MONTH, None), None);
    // The ends of PostgreSQL's calendar.
    let (first, last) = (-2_451_545, 2_145_031_948);
    let all = Contract { started: first, ended: Some(last) };
    for period in [
        MONTH,
        ContractPeriod::Days(1),
        ContractPeriod::Months(i32::MAX),
        ContractPeriod::Days(i32::MAX),
    ] {
        let tenure = all.tenure(last, period, Some(last)).unwrap();
        assert_eq!(tenure.days, last - first);
        assert!(tenure.entered <= tenure.periods);
    }
    assert_eq!(all.tenure(last, ContractPeriod::Days(1), None).unwrap().periods, last - first);
}

fn any_period() -> impl Strategy<Value = ContractPeriod> {
    prop_oneof![
        (1..30_i32).prop_map(ContractPeriod::Months),
        (1..400_i32).prop_map(ContractPeriod::Days)
    ]
}

proptest! {
    #[test]
    fn tenures_are_those_of_a_walk_along_the_calendar(
        started in 0..4000_i32, lasted in prop::option::of(0..1500_i32), watched in 0..1500_i32,
        before in prop::option::of(0..2000_i32), period in any_period()
    ) {
        let contract = Contract { started, ended: lasted.map(|days| started + days) };
        let as_of = started + watched;
        let from = before.map(|days| (as_of - days).max(0));
        prop_assert_eq!(contract.tenure(as_of, period, from), walked(contract, as_of, period, from));
    }

    #[test]
    fn a_tenure_never_goes_back_and_an_end_is_final(
        started in 0..4000_i32, lasted in 0..900_i32, period in any_period()
    ) {
        let contract = Contract { started, ended: Some(started + lasted) };
        let mut before: Option<ContractTenure> = None;
        for as_of in started..started + 1000 {
            let now = contract.tenure(as_of, period, None).unwrap();
            if let Some(before) = before {
                prop_assert!(now.periods >= before.periods && now.churned >= before.churned);
                prop_assert!(!before.churned || now == before);
                prop_assert!(now.periods - before.periods <= 1);
            }
            prop_assert!(!now.churned || now.ended && now.periods > 0);
            before = Some(now);
        }
    }
}

/// Draws between 0 and 1, evenly spread: the multiples of the golden ratio, by number of the draw.
fn even(i: u32) -> f64 {
    (f64::from(i) * 0.618_033_988_749_894_9).fract()
}

/// Contracts that began on days of three years, each renewed every month of the calendar with a
/// probability of its own, of a beta distribution; cancelled on the day of renewal, or on any day of the
/// period before it.
fn drawn(model: &Sbg, on_renewal: bool) -> Vec<Contract> {
    use pg_clv::maths::simulate::{Draws, Purpose};
    let customers = 60_000;
    (0..customers)
        .map(|i| {
            let started = (1095.0 * even(i)) as i32;
            let tenure =
                model.simulate_tenure(60, &mut Draws::new(7, u64::from(i), Purpose::Tenure));
            let last = renewal(started, MONTH, tenure.time as i32);
            let before = renewal(started, MONTH, tenure.time as i32 - 1);
            // Never on the renewal before, which was made.
            let day = before + 1 + (f64::from(last - before) * even(i.wrapping_mul(7919))) as i32;
            let ended = tenure.churned.then_some(if on_renewal { last } else { day.min(last) });
            Contract { started, ended }
        })
        .collect()
}

fn tenures(contracts: &[Contract], as_of: i32, from: Option<i32>) -> Vec<Tenure> {
    contracts
        .iter()
        .filter_map(|contract| contract.tenure(as_of, MONTH, from))
        .map(|tenure| Tenure {
            time: f64::from(tenure.periods),
            churned: tenure.churned,
            entered: f64::from(tenure.entered),
            customers: 1,
        })
        .collect()
}

fn assert_recovers(what: &str, tenures: &[Tenure], truth: &Sbg) {
    let fit = Sbg::fit(tenures, &Options::default(), &mut || ()).unwrap();
    assert!(fit.converged, "{what}: {}", fit.termination);
    let (estimates, errors) = (fit.parameters.unwrap(), fit.std_errors.unwrap());
    let z: Vec<f64> =
        (0..2).map(|i| (estimates[i] - truth.parameters().unwrap()[i]) / errors[i]).collect();
    println!("{what}: {estimates:?}, {z:?} standard errors off");
    assert!(z.iter().all(|z| z.abs() < 3.0), "{what}: {estimates:?} {z:?}");
    let curve = KaplanMeier::new(tenures, 0.95);
    for t in 1..=12 {
        let t = f64::from(t);
        let point = curve.points.iter().find(|point| point.time == t).unwrap();
        let off = point.survival - truth.survival(t);
        assert!(off.abs() < 4.0 * point.std_error.unwrap(), "{what}: S({t}) is {off} off");
    }
}

#[test]
fn sbg_and_the_curve_recover_the_renewals_of_contracts_drawn_on_the_calendar() {
    let truth = Sbg::new(1.4, 9.0).unwrap();
    // In the middle of the month, where most contracts are within a period.
    let as_of = day(2003, 1, 14);
    for on_renewal in [true, false] {
        let contracts = drawn(&truth, on_renewal);
        let what = if on_renewal { "ends on renewals" } else { "ends on any day" };
        assert_recovers(what, &tenures(&contracts, as_of, None), &truth);
        // The data begin a year later: who had ended by then is missing, or left in.
        let from = day(2001, 1, 20);
        let missing: Vec<Contract> = contracts
            .iter()
            .copied()
            .filter(|contract| contract.ended.is_none_or(|end| end >= from))
            .collect();
        let late = tenures(&missing, as_of, Some(from));
        assert!(late.iter().filter(|tenure| tenure.entered > 0.0).count() > 5000);
        assert_recovers(&format!("{what}, late entry"), &late, &truth);
        let whole = tenures(&contracts, as_of, Some(from));
        let fit = |tenures: &[Tenure]| Sbg::fit(tenures, &Options::default(), &mut || ()).unwrap();
        assert_eq!(fit(&late).parameters, fit(&whole).parameters);
        // As if they had been seen from their start: those who left early are not there.
        let naive: Vec<Tenure> = late.iter().map(|t| Tenure { entered: 0.0, ..*t }).collect();
        let naive = fit(&naive).parameters.unwrap();
        let churn = |p: &[f64]| p[0] / (p[0] + p[1]);
        assert!(churn(&naive) < 0.9 * churn(&truth.parameters().unwrap()), "{naive:?}");
    }
}

#[test]
fn ends_counted_before_their_period_is_over_overstate_churn() {
    let truth = Sbg::new(50.0, 450.0).unwrap();
    let as_of = day(2001, 1, 14);
    let contracts = drawn(&truth, false);
    let counted_at_once: Vec<Tenure> = contracts
        .iter()
        .filter(|contract| contract.started <= as_of)
        .map(|contract| {
            let tenure = contract.tenure(as_of, MONTH, None).unwrap();
            let early = tenure.ended && !tenure.churned;
            let periods = f64::from(tenure.periods + i32::from(early));
            Tenure::whole(periods, tenure.ended, 1)
        })
        .collect();
    // Losses by renewals: of a geometric lifetime the estimate of the churn rate.
    let rate = |tenures: &[Tenure]| {
        let lost = tenures.iter().filter(|tenure| tenure.churned).count() as f64;
        lost / tenures.iter().map(|tenure| tenure.time).sum::<f64>()
    };
    let (right, wrong) = (rate(&tenures(&contracts, as_of, None)), rate(&counted_at_once));
    println!("churn of a period: {right:.4}, counted at once {wrong:.4}, true 0.1");
    assert!((right - 0.1).abs() < 0.003, "{right}");
    assert!(wrong > 0.105, "{wrong}");
}

#[test]
fn a_late_entry_divides_by_the_chance_to_get_there() {
    let model = Sbg::new(0.7, 1.2).unwrap();
    let late = Tenure { time: 5.0, churned: true, entered: 3.0, customers: 4 };
    let value =
        |tenures: &[Tenure]| SbgLikelihood::new(tenures).evaluate(&[0.7, 1.2], &mut || ()).value;
    let expected = 4.0 * (model.churn_probability(5.0) / model.survival(3.0)).ln();
    assert!((value(&[late]) - expected).abs() < 1e-13);
    // As the model of customers who have renewed three times says.
    let after = model.after_renewals(3.0).churn_probability(2.0).ln();
    assert!((expected / 4.0 - after).abs() < 1e-13);
    // Who was not observed says nothing.
    let never = Tenure { time: 3.0, churned: true, entered: 3.0, customers: 4 };
    assert_eq!(value(&[late, never]), value(&[late]));
}
