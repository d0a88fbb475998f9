//! What models expect of survivors, remembered. Their future depends on x and T alone, so that
//! customers have it in common by the hundred; a value from memory has the bits of a new one.

use std::cell::{Cell, RefCell};

use super::history::History;
use super::purchase_model::PurchaseModel;

/// 2^20 places of 32 bytes: 32 MB at most for all models of a thread, of which each brings 512 kB,
/// so that the table of a single one stays in the processor's cache. It begins small and grows as
/// it is used.
const MOST_PLACES: usize = 1 << 20;
const PLACES_OF_MODEL: usize = 1 << 14;
const FIRST_PLACES: usize = 32;
const GROWTH: usize = 4;
/// Places that a key may take. A value found moves up one of them, and a new one takes the last, so
/// that those of many customers stay, whatever others come by.
const WAYS: usize = 4;

thread_local! {
    static TABLE: RefCell<Table> = const { RefCell::new(Table::new()) };
}

/// A model's part of the table, for one discount rate and horizon at a time.
#[derive(Default)]
pub struct Survivors {
    /// delta and horizon, bit by bit.
    question: Cell<[u64; 2]>,
    /// What the answers are filed under; 0 before the first question.
    number: Cell<u64>,
}

/// The values of all models, so that thousands share what one would take. Those of a question that
/// nobody asks any more give way to others.
struct Table {
    /// `WAYS` for each of some sets, or none.
    places: Vec<Place>,
    /// Since the table has its size.
    written: usize,
    /// Models that have asked a question and are still there.
    models: usize,
    /// Questions asked so far, over all models.
    numbers: u64,
}

/// A value with its key: the number of the question; x and T, bit by bit.
#[derive(Clone, Copy)]
struct Place {
    key: [u64; 3],
    value: f64,
}

/// A key that no question has.
const EMPTY: Place = Place { key: [0; 3], value: f64::NAN };

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
        if self.number.get() == 0 || self.question.get() != question {
            let is_new = self.number.get() == 0;
            self.number.set(TABLE.with(|table| table.borrow_mut().next_number(is_new)));
            self.question.set(question);
        }
        let key = [self.number.get(), x.to_bits(), age.to_bits()];
        if let Some(known) = TABLE.with(|table| table.borrow_mut().find(key)) {
            return known;
        }
        let value = model.survivor_purchases(x, age, delta, horizon);
        TABLE.with(|table| table.borrow_mut().write(Place { key, value }));
        value
    }
}

impl Drop for Survivors {
    /// The last model takes the table with it.
    fn drop(&mut self) {
        if self.number.get() != 0 {
            // At the end of a thread the table may be gone before.
            let _ = TABLE.try_with(|table| table.borrow_mut().leave());
        }
    }
}

impl Table {
    const fn new() -> Table {
        Table { places: Vec::new(), written: 0, models: 0, numbers: 0 }
    }

    fn next_number(&mut self, of_new_model: bool) -> u64 {
        self.models += usize::from(of_new_model);
        self.numbers += 1;
        self.numbers
    }

    fn leave(&mut self) {
        self.models -= 1;
        if self.models == 0 {
            *self = Table { numbers: self.numbers, ..Table::new() };
        }
    }

    fn find(&mut self, key: [u64; 3]) -> Option<f64> {
        let places = self.ways(key);
        let at = places.iter().position(|place| place.key == key)?;
        let value = places[at].value;
        if at > 0 {
            places.swap(at - 1, at);
        }
        Some(value)
    }

    fn write(&mut self, place: Place) {
        if self.written >= self.places.len() {
            self.grow();
        }
        self.written += 1;
        self.put(place);
    }

    /// Makes the table larger if it may be and there is memory; what it holds moves along.
    fn grow(&mut self) {
        let most = MOST_PLACES.min(PLACES_OF_MODEL * self.models);
        let size = (GROWTH * self.places.len()).clamp(FIRST_PLACES, most);
        let mut places = Vec::new();
        if size <= self.places.len() || places.try_reserve_exact(size).is_err() {
            return;
        }
        places.resize(size, EMPTY);
        let old = std::mem::replace(&mut self.places, places);
        self.written = 0;
        old.into_iter().filter(|place| place.key != EMPTY.key).for_each(|place| self.put(place));
    }

    fn put(&mut self, place: Place) {
        let places = self.ways(place.key);
        let free = places.iter().position(|place| place.key == EMPTY.key);
        if let Some(place_of_key) = places.get_mut(free.unwrap_or(WAYS - 1)) {
            *place_of_key = place;
        }
    }

    /// The places that a key may take; none in a table without any. Fibonacci hashing: multiplied
    /// by 2^64 over the golden ratio, the top bits depend on all; the number is spread before, lest
    /// it change the last bits alone.
    fn ways(&mut self, [number, x, age]: [u64; 3]) -> &mut [Place] {
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
        let sets = (self.places.len() / WAYS) as u64;
        let hash = (age ^ x.rotate_left(32) ^ number.wrapping_mul(SPREAD)).wrapping_mul(SPREAD);
        let set = ((u128::from(hash) * u128::from(sets)) >> 64) as usize;
        self.places.get_mut(WAYS * set..WAYS * (set + 1)).unwrap_or_default()
    }
}
