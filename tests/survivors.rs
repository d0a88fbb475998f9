//! What is remembered of survivors is what the model says, to the bit.

use pg_clv::maths::bg_bb::BgBb;
use pg_clv::maths::bg_nbd::BgNbd;
use pg_clv::maths::history::History;
use pg_clv::maths::mbg_nbd::MbgNbd;
use pg_clv::maths::pareto_nbd::ParetoNbd;
use pg_clv::maths::purchase_model::PurchaseModel;
use pg_clv::maths::survivors::Survivors;

fn models() -> [Box<dyn PurchaseModel>; 4] {
    [
        Box::new(BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap()),
        Box::new(MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap()),
        Box::new(ParetoNbd::new(0.553, 10.58, 0.606, 11.67).unwrap()),
        Box::new(BgBb::new(1.204, 0.750, 0.657, 2.783).unwrap()),
    ]
}

/// Customers of up to `most` different pairs of x and T, in an order without a pattern.
fn customers(count: u32, most: u32) -> impl Iterator<Item = History> {
    (0..count).map(move |i| {
        let drawn = i.wrapping_mul(2_654_435_761) % most;
        let (x, age) = (f64::from(drawn % 7), f64::from(drawn / 7 + 7));
        History { x, t_x: if x == 0.0 { 0.0 } else { age - 1.0 }, age }
    })
}

fn assert_remembered(
    survivors: &Survivors,
    model: &dyn PurchaseModel,
    customer: History,
    (delta, horizon): (f64, f64),
) {
    let History { x, age, .. } = customer;
    let fresh = model.survivor_purchases(x, age, delta, horizon);
    let got = survivors.purchases(model, customer, delta, horizon);
    assert_eq!(
        got.to_bits(),
        fresh.to_bits(),
        "{customer:?}, {delta}, {horizon}: {got}, not {fresh}"
    );
}

#[test]
fn a_customer_gets_the_same_bits_whoever_came_before() {
    for model in models() {
        let survivors = Survivors::default();
        for customer in customers(5_000, 700).chain(customers(1_000, 50)) {
            assert_remembered(&survivors, model.as_ref(), customer, (0.002, 52.0));
        }
    }
}

#[test]
fn more_histories_than_there_are_places_are_no_matter() {
    let (model, survivors) = (&models()[2], Survivors::default());
    for customer in customers(60_000, 30_000).chain(customers(60_000, 30_000)) {
        assert_remembered(&survivors, model.as_ref(), customer, (0.0, 52.0));
    }
}

#[test]
fn discount_rate_and_horizon_may_change_with_every_customer() {
    for model in models() {
        let survivors = Survivors::default();
        let questions = [(0.0, 52.0), (0.002, 52.0), (0.002, 26.0), (0.0, 26.0), (0.002, 52.0)];
        for (customer, question) in customers(400, 60).zip(questions.into_iter().cycle()) {
            assert_remembered(&survivors, model.as_ref(), customer, question);
        }
    }
}

/// Nothing is taken for another: ages that differ in the last bit, x against T.
#[test]
fn neighbours_are_told_apart() {
    let (model, survivors) = (&models()[0], Survivors::default());
    for age in [38.0_f64, 38.0_f64.next_up(), 38.0_f64.next_down(), 2.0, 3.0] {
        for x in [2.0, 3.0, 38.0] {
            let customer = History { x, t_x: age, age };
            for _ in 0..2 {
                assert_remembered(&survivors, model.as_ref(), customer, (0.002, 52.0));
            }
        }
    }
}

/// All of them share one table: what is found is the model's own, and places that were a gone
/// model's are no answer.
#[test]
fn thousands_of_models_are_told_apart() {
    let models: Vec<_> =
        (0..3_000).map(|i| BgNbd::new(0.2 + f64::from(i) / 1e4, 4.0, 0.8, 2.4).unwrap()).collect();
    let survivors: Vec<_> = models.iter().map(|_| Survivors::default()).collect();
    for round in 0..3 {
        for (model, survivors) in models.iter().zip(&survivors) {
            for customer in customers(20, 40 + round) {
                assert_remembered(survivors, model, customer, (0.002, 52.0));
            }
        }
    }
    drop(survivors);
    for model in &models[..100] {
        let survivors = Survivors::default();
        for customer in customers(40, 40) {
            assert_remembered(&survivors, model, customer, (0.002, 52.0));
        }
    }
}
