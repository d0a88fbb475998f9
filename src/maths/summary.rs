//! From the orders of one customer to purchase days, and from these to frequency, recency, age
//! and monetary value. Order of arrival and grouping never change a bit of the result.
//!
//! An order is one 64-bit word, sorted by day: day (21 bits) | real (1) | refund (1) | cents (41).
//! An amount that is no whole number of cents sets `real` and is followed by a word of its bits.
//! Cents add exactly, so words of one day merge; real amounts are kept apart and summed sorted.

/// What a store of words must be able to do; the database keeps them in its own memory.
pub trait Words {
    fn words(&mut self) -> &mut [u64];
    fn push(&mut self, word: u64);
    fn truncate(&mut self, length: usize);
    /// Whether the next push has to make the store larger.
    fn is_full(&self) -> bool;
    /// Makes room for about as many words again.
    fn grow(&mut self);
}

impl Words for Vec<u64> {
    fn words(&mut self) -> &mut [u64] {
        self
    }
    fn push(&mut self, word: u64) {
        self.push(word);
    }
    fn truncate(&mut self, length: usize) {
        self.truncate(length);
    }
    fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }
    fn grow(&mut self) {
        self.reserve(self.len().max(4));
    }
}

/// What is known of a customer at `as_of`; times in days, money as it came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Purchase days after the first (x).
    pub frequency: u32,
    /// First and last purchase day.
    pub first: i32,
    pub last: i32,
    /// Mean net value of the repeat purchase days; none without repeat purchases.
    pub monetary: Option<f64>,
    /// Sum of all amounts, refunds subtracted.
    pub revenue: f64,
}

const CENTS_BITS: u32 = 41;
const CENTS_BIAS: i64 = 1 << (CENTS_BITS - 1);
const REFUND: u64 = 1 << CENTS_BITS;
const REAL: u64 = 1 << (CENTS_BITS + 1);
const DAY_SHIFT: u32 = CENTS_BITS + 2;
const DAY_BIAS: i64 = 1 << (63 - DAY_SHIFT);

/// The days that fit a word: about 2,870 years either side of the origin.
pub const DAY_LIMIT: i32 = (DAY_BIAS - 1) as i32;

fn pack(day: i32, flags: u64, cents: i64) -> u64 {
    (((i64::from(day) + DAY_BIAS) as u64) << DAY_SHIFT) | flags | ((cents + CENTS_BIAS) as u64)
}

fn day(word: u64) -> i32 {
    ((word >> DAY_SHIFT) as i64 - DAY_BIAS) as i32
}

fn cents(word: u64) -> i64 {
    (word & (REFUND - 1)) as i64 - CENTS_BIAS
}

/// Whether the cents of `a` and `b` still fit one word together.
fn sum_fits(a: u64, b: u64) -> bool {
    (-CENTS_BIAS..CENTS_BIAS).contains(&(cents(a) + cents(b)))
}

fn sum(a: u64, b: u64) -> u64 {
    pack(day(a), (a | b) & REFUND, cents(a) + cents(b))
}

/// The money of an order; negative: a refund.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    Cents(i64),
    /// What is no whole number of cents, or too many of them for a word.
    Real(f64),
}

impl From<f64> for Amount {
    fn from(amount: f64) -> Self {
        let cents = (amount * 100.0).round();
        if cents.abs() < CENTS_BIAS as f64 && cents / 100.0 == amount {
            Amount::Cents(cents as i64)
        } else {
            Amount::Real(amount)
        }
    }
}

impl Amount {
    /// Of whole cents, below 2^53 either side of 0.
    pub fn of_cents(cents: i64) -> Self {
        if (1 - CENTS_BIAS..CENTS_BIAS).contains(&cents) {
            Amount::Cents(cents)
        } else {
            Amount::Real(cents as f64 / 100.0)
        }
    }

    pub fn is_refund(self) -> bool {
        match self {
            Amount::Cents(cents) => cents < 0,
            Amount::Real(amount) => amount < 0.0,
        }
    }
}

/// Adds one order of a finite amount on `day` (within `DAY_LIMIT`).
///
/// `has_real` is the caller's note that some amount was no whole number of cents.
pub fn add(words: &mut impl Words, has_real: &mut bool, day: i32, amount: Amount) {
    let refund = if amount.is_refund() { REFUND } else { 0 };
    match amount {
        Amount::Cents(cents) => add_word(words, *has_real, pack(day, refund, cents)),
        Amount::Real(amount) => {
            *has_real = true;
            words.push(pack(day, refund | REAL, 0));
            words.push(amount.to_bits());
        }
    }
}

/// Adds the words of another part of the same customer's orders.
pub fn merge(words: &mut impl Words, has_real: &mut bool, other: &[u64]) {
    let mut rest = other.iter();
    while let Some(&word) = rest.next() {
        if word & REAL == 0 {
            add_word(words, *has_real, word);
        } else if let Some(&bits) = rest.next() {
            *has_real = true;
            words.push(word);
            words.push(bits);
        }
    }
}

fn add_word(words: &mut impl Words, has_real: bool, word: u64) {
    if !has_real && words.is_full() {
        let (before, after) = (words.words().len(), compact(words.words()));
        words.truncate(after);
        // Growing unless much was freed keeps the work of all orders together linear.
        if after > before / 2 {
            words.grow();
        }
    }
    words.push(word);
}

/// Sorts words without real amounts by day and merges each day into one; returns how many remain.
pub fn compact(words: &mut [u64]) -> usize {
    words.sort_unstable();
    let mut kept = 0;
    for i in 0..words.len() {
        let word = words[i];
        if kept > 0 && day(words[kept - 1]) == day(word) && sum_fits(words[kept - 1], word) {
            words[kept - 1] = sum(words[kept - 1], word);
        } else {
            words[kept] = word;
            kept += 1;
        }
    }
    kept
}

/// One day's orders so far.
struct Day {
    day: i32,
    refund: bool,
    cents: i128,
    real: f64,
}

impl Day {
    fn new(day: i32) -> Self {
        Day { day, refund: false, cents: 0, real: 0.0 }
    }

    fn net(&self) -> f64 {
        self.cents as f64 / 100.0 + self.real
    }

    /// A day is a purchase unless refunds bring its net value to zero or below; an order given
    /// away for nothing is a purchase.
    fn is_purchase(&self) -> bool {
        !self.refund || self.net() > 0.0
    }
}

/// The sums over the days that were purchases, and over all.
#[derive(Default)]
struct Totals {
    days: u32,
    first: i32,
    last: i32,
    first_cents: i128,
    purchase_cents: i128,
    purchase_real: f64,
    repeat_real: f64,
    cents: i128,
    real: f64,
}

impl Totals {
    fn close(&mut self, day: &Day) {
        self.cents += day.cents;
        self.real += day.real;
        if !day.is_purchase() {
            return;
        }
        self.purchase_cents += day.cents;
        self.purchase_real += day.real;
        if self.days == 0 {
            self.first = day.day;
            self.first_cents = day.cents;
        } else {
            self.repeat_real += day.real;
        }
        self.last = day.day;
        self.days += 1;
    }
}

fn totals(words: &mut [u64], has_real: bool) -> Totals {
    let mut totals = Totals::default();
    each_day(words, has_real, |day| totals.close(day));
    totals
}

/// The summary of all words of a customer; none if no day was a purchase.
pub fn summarise(words: &mut [u64], has_real: bool) -> Option<Summary> {
    let totals = totals(words, has_real);
    let frequency = totals.days.checked_sub(1)?;
    let repeat_value =
        (totals.purchase_cents - totals.first_cents) as f64 / 100.0 + totals.repeat_real;
    Some(Summary {
        frequency,
        first: totals.first,
        last: totals.last,
        monetary: (frequency > 0).then(|| repeat_value / f64::from(frequency)),
        revenue: totals.cents as f64 / 100.0 + totals.real,
    })
}

/// What a customer did in a stretch of time that a model had to predict.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Activity {
    /// Purchase days.
    pub purchases: u32,
    /// Mean net value of a purchase day; none without one.
    pub monetary: Option<f64>,
    /// Sum of all amounts, refunds subtracted.
    pub revenue: f64,
}

/// The activity in the words of a stretch of time.
pub fn activity(words: &mut [u64], has_real: bool) -> Activity {
    let totals = totals(words, has_real);
    let value = totals.purchase_cents as f64 / 100.0 + totals.purchase_real;
    Activity {
        purchases: totals.days,
        monetary: (totals.days > 0).then(|| value / f64::from(totals.days)),
        revenue: totals.cents as f64 / 100.0 + totals.real,
    }
}

/// The days of all purchases, ascending.
pub fn purchase_days(words: &mut [u64], has_real: bool) -> Vec<i32> {
    let mut days = Vec::new();
    each_day(words, has_real, |day| {
        if day.is_purchase() {
            days.push(day.day);
        }
    });
    days
}

fn each_day(words: &mut [u64], has_real: bool, close: impl FnMut(&Day)) {
    if has_real {
        let mut orders = sorted_orders(words);
        add_days(orders.drain(..), close);
    } else {
        words.sort_unstable();
        add_days(words.iter().map(|&word| (word, 0.0)), close);
    }
}

/// Words paired with their real amounts, in an order that depends on nothing but the values.
fn sorted_orders(words: &[u64]) -> Vec<(u64, f64)> {
    let mut orders = Vec::with_capacity(words.len());
    let mut rest = words.iter();
    while let Some(&word) = rest.next() {
        let real =
            if word & REAL == 0 { Some(0.0) } else { rest.next().map(|&b| f64::from_bits(b)) };
        orders.extend(real.map(|real| (word, real)));
    }
    orders.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    orders
}

fn add_days(orders: impl Iterator<Item = (u64, f64)>, mut close: impl FnMut(&Day)) {
    let mut today: Option<Day> = None;
    for (word, real) in orders {
        if today.as_ref().is_some_and(|t| t.day != day(word))
            && let Some(done) = today.take()
        {
            close(&done);
        }
        let open = today.get_or_insert_with(|| Day::new(day(word)));
        open.refund |= word & REFUND != 0;
        if word & REAL == 0 {
            open.cents += i128::from(cents(word));
        } else {
            open.real += real;
        }
    }
    if let Some(done) = today {
        close(&done);
    }
}
