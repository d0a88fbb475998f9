//! What a model expects of survivors, remembered. Their future depends on x and T alone, so that
//! customers have it in common by the hundred; a value from memory has the bits of a new one.

use std::cell::RefCell;

use super::history::History;
use super::purchase_model::PurchaseModel;

/// 16384 places of 24 bytes: 384 kB at most. The table begins small and grows as it is used.
const MOST_PLACES: usize = 16384;
const FIRST_PLACES: usize = 32;
const GROWTH: usize = 4;
/// Places that a key may take. A value found moves up one of them, and a new one takes the last, so
/// that the pairs of many customers stay, whatever others come by.
const WAYS: usize = 4;

/// The values of one model for one discount rate and horizon at a time.
#[derive(Default)]
pub struct Survivors(RefCell<Table>);

#[derive(Default)]
struct Table {
    /// delta and horizon, bit by bit.
    question: [u64; 2],
    /// `WAYS` for each of some sets, or none.
    places: Vec<Place>,
    /// Since the table has its size.
    written: usize,
}

/// A value with its key, which is x and T, bit by bit.
#[derive(Clone, Copy)]
struct Place {
    key: [u64; 2],
    value: f64,
}

/// A key that no history has.
const EMPTY: Place = Place { key: [u64::MAX; 2], value: f64::NAN };

impl Survivors {
    /// [`PurchaseModel::survivor_purchases`] of `model`, which is the same at each call.
    pub fn purchases(
        &self,
        model: &dyn PurchaseModel,
        History { x, age, .. }: History,
        delta: f64,
        horizon: f64,
    ) -> f64 {
        let question = [delta, horizon].map(f64::to_bits);
        let key = [x, age].map(f64::to_bits);
        if let Some(known) = self.0.borrow_mut().find(question, key) {
            return known;
        }
        let value = model.survivor_purchases(x, age, delta, horizon);
        self.0.borrow_mut().write(Place { key, value });
        value
    }
}

impl Table {
    fn find(&mut self, question: [u64; 2], key: [u64; 2]) -> Option<f64> {
        if self.question != question {
            self.question = question;
            self.places.clear();
            return None;
        }
        let places = self.ways(key);
        let at = places.iter().position(|place| place.key == key)?;
        let value = places[at].value;
        if at > 0 {
            places.swap(at - 1, at);
        }
        Some(value)
    }

    fn write(&mut self, place: Place) {
        if self.places.is_empty() {
            self.resize(FIRST_PLACES);
        } else if self.written >= self.places.len() && self.places.len() < MOST_PLACES {
            let old = self.places.clone();
            self.resize((GROWTH * old.len()).min(MOST_PLACES));
            old.into_iter()
                .filter(|place| place.key != EMPTY.key)
                .for_each(|place| self.put(place));
        }
        self.written += 1;
        self.put(place);
    }

    fn resize(&mut self, size: usize) {
        self.places.clear();
        self.places.resize(size, EMPTY);
        self.written = 0;
    }

    fn put(&mut self, place: Place) {
        let places = self.ways(place.key);
        let free = places.iter().position(|place| place.key == EMPTY.key);
        places[free.unwrap_or(WAYS - 1)] = place;
    }

    /// The places that a key may take; none in a table without any. Fibonacci hashing: multiplied
    /// by 2^64 over the golden ratio, the top bits depend on all.
    fn ways(&mut self, [x, age]: [u64; 2]) -> &mut [Place] {
        let sets = (self.places.len() / WAYS) as u64;
        let hash = (age ^ x.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let set = ((u128::from(hash) * u128::from(sets)) >> 64) as usize;
        self.places.get_mut(WAYS * set..WAYS * (set + 1)).unwrap_or_default()
    }
}
