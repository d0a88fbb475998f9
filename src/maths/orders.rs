//! The orders of one customer in few words, and their days with exact sums of money. Order of
//! arrival and grouping never change a bit of what is read from them.
//!
//! An order in whole cents is one 64-bit word: day (21 bits) | long (1) | refund (1) | cents (41).
//! Cents add exactly, so words of one day merge. Any other amount sets `long`, says in the place of
//! the cents what it is, and is followed by words of its own: a decimal number by its digits as
//! PostgreSQL's numeric has them, four to a word; a double by its bits. Of large groups the days
//! merge as well: decimals into one, doubles into their number, the largest and an exact sum.

use super::decimal::{Decimal, DecimalSum};
use super::exact_sum::ExactSum;
use super::memory::{Grow, room};

/// What a store of words must be able to do; the database keeps them in its own memory.
pub trait Words {
    fn words(&mut self) -> &mut [u64];
    fn push(&mut self, word: u64);
    fn truncate(&mut self, length: usize);
    /// How many words can be pushed before the store has to become larger.
    fn free(&self) -> usize;
    /// Makes room for about as many words again.
    fn grow(&mut self);
}

impl Words for Vec<u64> {
    fn words(&mut self) -> &mut [u64] {
        self
    }
    fn push(&mut self, word: u64) {
        self.add(word);
    }
    fn truncate(&mut self, length: usize) {
        self.truncate(length);
    }
    fn free(&self) -> usize {
        self.capacity() - self.len()
    }
    fn grow(&mut self) {
        Grow::make_room(self, self.len().max(4));
    }
}

const CENTS_BITS: u32 = 41;
const CENTS_BIAS: i64 = 1 << (CENTS_BITS - 1);
const REFUND: u64 = 1 << CENTS_BITS;
const LONG: u64 = 1 << (CENTS_BITS + 1);
const DAY_SHIFT: u32 = CENTS_BITS + 2;
const DAY_BIAS: i64 = 1 << (63 - DAY_SHIFT);

/// In the first word of a long order: a decimal number, not a double; below 0; its weight and the
/// number of its digits, 16 bits each. Of doubles the number of parts of their sum, 0 for a single
/// one, whose bits follow; for others their number, the bits of the largest, and the parts.
const DECIMAL: u64 = 1 << 33;
const NEGATIVE: u64 = 1 << 32;
const WEIGHT_SHIFT: u32 = 16;

/// Digits of base 10,000 in a word.
const DIGITS: usize = 4;

/// The days that fit a word: about 2,870 years either side of the origin.
pub const DAY_LIMIT: i32 = (DAY_BIAS - 1) as i32;

fn pack(day: i32, rest: u64) -> u64 {
    (((i64::from(day) + DAY_BIAS) as u64) << DAY_SHIFT) | rest
}

pub(super) fn day(word: u64) -> i32 {
    ((word >> DAY_SHIFT) as i64 - DAY_BIAS) as i32
}

fn pack_cents(cents: i64) -> u64 {
    (cents + CENTS_BIAS) as u64
}

fn cents(word: u64) -> i64 {
    (word & (REFUND - 1)) as i64 - CENTS_BIAS
}

/// Whether the cents of `a` and `b` still fit one word together.
fn sum_fits(a: u64, b: u64) -> bool {
    (-CENTS_BIAS..CENTS_BIAS).contains(&(cents(a) + cents(b)))
}

fn sum(a: u64, b: u64) -> u64 {
    pack(day(a), ((a | b) & REFUND) | pack_cents(cents(a) + cents(b)))
}

/// Whether all orders are in whole cents. The words of a long order come after its first, which
/// is long, so that no word of cents is taken for one.
pub(super) fn is_plain(words: &[u64]) -> bool {
    words.iter().fold(0, |all, word| all | word) & LONG == 0
}

/// The words that belong to the first of them.
fn length(word: u64) -> usize {
    if word & LONG == 0 {
        1
    } else if word & DECIMAL != 0 {
        1 + usize::from(word as u16).div_ceil(DIGITS)
    } else if word as u16 == 0 {
        2
    } else {
        3 + usize::from(word as u16)
    }
}

/// The largest double that may be an amount: no sum of such is beyond the range of a double.
pub const LARGEST_DOUBLE: f64 = 1e290;

/// The money of an order; negative: a refund.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount<'a> {
    Cents(i64),
    /// A decimal number that is no whole number of cents, or too many of them for a word.
    Decimal(Decimal<'a>),
    /// A double that is no whole number of cents, or too many of them for a word.
    Real(f64),
}

impl From<f64> for Amount<'_> {
    fn from(amount: f64) -> Self {
        let cents = (amount * 100.0).round();
        if cents.abs() < CENTS_BIAS as f64 && cents / 100.0 == amount {
            Amount::Cents(cents as i64)
        } else {
            Amount::Real(amount)
        }
    }
}

impl Amount<'_> {
    /// None if the cents do not fit a word.
    #[inline]
    pub fn of_cents(cents: i64) -> Option<Self> {
        (1 - CENTS_BIAS..CENTS_BIAS).contains(&cents).then_some(Amount::Cents(cents))
    }

    #[inline]
    pub fn is_refund(self) -> bool {
        match self {
            Amount::Cents(cents) => cents < 0,
            Amount::Decimal(decimal) => decimal.negative,
            Amount::Real(amount) => amount < 0.0,
        }
    }
}

/// Adds one order on `day` (within `DAY_LIMIT`), a double being at most `LARGEST_DOUBLE`.
#[inline]
pub fn add(words: &mut impl Words, day: i32, amount: Amount) {
    let refund = if amount.is_refund() { REFUND } else { 0 };
    match amount {
        Amount::Cents(cents) => {
            make_room(words, 1);
            words.push(pack(day, refund | pack_cents(cents)));
        }
        Amount::Decimal(decimal) => {
            make_room(words, 1 + decimal.len().div_ceil(DIGITS));
            let Decimal { negative, weight, .. } = decimal;
            push_decimal(words, pack(day, refund), negative, weight, decimal.digits());
        }
        Amount::Real(amount) => {
            make_room(words, 2);
            words.push(pack(day, refund | LONG));
            words.push(amount.to_bits());
        }
    }
}

fn push_decimal(
    words: &mut impl Words,
    word: u64,
    negative: bool,
    weight: i16,
    mut digits: impl ExactSizeIterator<Item = u16>,
) {
    let sign = if negative { NEGATIVE } else { 0 };
    let weight = u64::from(weight as u16) << WEIGHT_SHIFT;
    words.push(word | LONG | DECIMAL | sign | weight | digits.len() as u64);
    while digits.len() > 0 {
        let four = digits.by_ref().take(DIGITS).enumerate();
        words.push(four.fold(0, |word, (i, digit)| word | u64::from(digit) << (16 * i)));
    }
}

/// Adds the words of another part of the same customer's orders.
pub fn merge(words: &mut impl Words, other: &[u64]) {
    for order in orders(other) {
        make_room(words, order.len());
        order.iter().for_each(|&word| words.push(word));
    }
}

/// The words of each order; what is cut off at the end is left out.
pub(super) fn orders(words: &[u64]) -> impl Iterator<Item = &[u64]> {
    let mut rest = words;
    std::iter::from_fn(move || {
        let (order, behind) = rest.split_at_checked(length(*rest.first()?))?;
        rest = behind;
        Some(order)
    })
}

#[inline]
fn make_room(words: &mut impl Words, needed: usize) {
    if words.free() < needed {
        merge_days(words);
    }
}

fn merge_days(words: &mut impl Words) {
    let before = words.words().len();
    let after = compact(words.words());
    words.truncate(after);
    // Growing unless much was freed keeps the work of all orders together linear.
    if after > before / 2 {
        words.grow();
    }
}

/// Merges the orders of each day as far as that takes fewer words; returns how many remain.
pub fn compact(words: &mut [u64]) -> usize {
    if is_plain(words) {
        return compact_cents(words);
    }
    // With few orders there are few on one day.
    const MANY: usize = 256;
    if words.len() < MANY { words.len() } else { compact_mixed(words) }
}

fn compact_cents(words: &mut [u64]) -> usize {
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

fn compact_mixed(words: &mut [u64]) -> usize {
    let mut kept = room(words.len());
    let mut today = Mixed::default();
    for places in by_day(words).chunk_by(same_day) {
        let orders = || places.iter().map(|&place| order_at(words, place));
        let (begin, room) = (kept.len(), orders().map(<[u64]>::len).sum());
        today.clear();
        let refund = today.add_orders(orders());
        let written = today.write(words[first_word(places[0])], refund, &mut kept);
        if written.is_none() || kept.len() - begin > room {
            kept.truncate(begin);
            kept.add_all(orders().flatten().copied());
        }
    }
    words[..kept.len()].copy_from_slice(&kept);
    kept.len()
}

/// The orders by day: the day of each, and behind it, in 32 bits, where its words begin.
fn by_day(words: &[u64]) -> Vec<u64> {
    let mut places = room(words.len() / 2 + 1);
    let mut at = 0;
    for order in orders(words) {
        places.add(order[0] >> DAY_SHIFT << 32 | at as u64);
        at += order.len();
    }
    places.sort_unstable();
    places
}

fn same_day(one: &u64, other: &u64) -> bool {
    one >> 32 == other >> 32
}

fn first_word(place: u64) -> usize {
    place as u32 as usize
}

fn order_at(words: &[u64], place: u64) -> &[u64] {
    let at = first_word(place);
    &words[at..at + length(words[at])]
}

/// A sum of money, exact until its value is read.
pub(super) trait Money: Default {
    fn add(&mut self, other: &Self);

    /// Infinite beyond the range of a double.
    fn value(&self) -> f64;

    fn is_positive(&self) -> bool;

    /// Calls `close` with each day, ascending.
    fn each_day(words: &mut [u64], close: impl FnMut(&Day<Self>));
}

/// One day's orders.
pub(super) struct Day<M> {
    pub day: i32,
    refund: bool,
    pub net: M,
}

impl<M: Money> Day<M> {
    /// A day is a purchase unless refunds bring its net value to zero or below; an order given
    /// away for nothing is a purchase.
    pub fn is_purchase(&self) -> bool {
        !self.refund || self.net.is_positive()
    }
}

/// Whole cents.
#[derive(Clone, Copy, Default)]
pub(super) struct Cents(i128);

impl Money for Cents {
    fn add(&mut self, other: &Self) {
        self.0 += other.0;
    }

    fn value(&self) -> f64 {
        const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
        if let Ok(cents) = i64::try_from(self.0)
            && cents.unsigned_abs() <= EXACT
        {
            return cents as f64 / 100.0;
        }
        let mut exact = DecimalSum::default();
        exact.add_cents(self.0);
        exact.value()
    }

    fn is_positive(&self) -> bool {
        self.0 > 0
    }

    fn each_day(words: &mut [u64], mut close: impl FnMut(&Day<Self>)) {
        words.sort_unstable();
        for words in words.chunk_by(|a, b| day(*a) == day(*b)) {
            let net = Cents(words.iter().map(|&word| i128::from(cents(word))).sum());
            let refund = words.iter().any(|word| word & REFUND != 0);
            close(&Day { day: day(words[0]), refund, net });
        }
    }
}

/// Amounts of all kinds.
#[derive(Default)]
pub(super) struct Mixed {
    cents: Cents,
    decimals: DecimalSum,
    reals: ExactSum,
    /// How many doubles these are, and the size of the largest.
    doubles: u64,
    largest: f64,
}

/// How far each of a day's doubles may be from the amount that it stands for, as a share of the
/// largest: an amount is a product of a price and a quantity, or the sum of up to some hundreds of
/// them, each of which was rounded.
const ROUNDING: f64 = 32.0 * f64::EPSILON;

impl Mixed {
    fn clear(&mut self) {
        self.cents = Cents::default();
        self.decimals.clear();
        self.reals.clear();
        (self.doubles, self.largest) = (0, 0.0);
    }

    /// Adds the words of orders; returns whether there is a refund among them.
    fn add_orders<'a>(&mut self, orders: impl Iterator<Item = &'a [u64]>) -> bool {
        let mut refund = false;
        for order in orders {
            refund |= order[0] & REFUND != 0;
            match order {
                [word] => self.cents.0 += i128::from(cents(*word)),
                [word, digits @ ..] if word & DECIMAL != 0 => self.add_decimal(*word, digits),
                [_, bits] => self.add_doubles(1, f64::from_bits(*bits).abs(), &[*bits]),
                [_, number, largest, parts @ ..] => {
                    self.add_doubles(*number, f64::from_bits(*largest), parts);
                }
                [] => {}
            }
        }
        refund
    }

    fn add_doubles(&mut self, number: u64, largest: f64, parts: &[u64]) {
        parts.iter().for_each(|&bits| self.reals.add(f64::from_bits(bits)));
        self.doubles = self.doubles.saturating_add(number);
        self.largest = self.largest.max(largest);
    }

    /// Of what refunds leave of a day, makes nothing what may be nothing but rounding errors.
    fn drop_rounding(&mut self) {
        let rounding = ROUNDING * self.doubles as f64 * self.largest;
        if self.doubles > 0 && self.value().abs() <= rounding {
            self.clear();
        }
    }

    /// Writes one day as orders, `word` being any word of it; none if no order can hold it.
    fn write(&mut self, word: u64, refund: bool, words: &mut Vec<u64>) -> Option<()> {
        let day = word >> DAY_SHIFT << DAY_SHIFT | if refund { REFUND } else { 0 };
        let mut cents = i64::try_from(self.cents.0).unwrap_or(i64::MAX);
        if Amount::of_cents(cents).is_none() {
            self.decimals.add_cents(self.cents.0);
            cents = 0;
        }
        let decimal = self.decimals.digits();
        if cents != 0 || decimal.is_none() && self.doubles == 0 {
            words.add(day | pack_cents(cents));
        }
        if let Some((negative, weight, digits)) = decimal {
            push_decimal(words, day, negative, i16::try_from(weight).ok()?, digits);
        }
        let parts = self.reals.parts().iter().map(|part| part.to_bits());
        match self.doubles {
            0 => {}
            1 => words.add_all([day | LONG, self.reals.value().to_bits()]),
            number => {
                words.add_all([day | LONG | parts.len() as u64, number, self.largest.to_bits()]);
                words.add_all(parts);
            }
        }
        Some(())
    }

    /// All but the doubles.
    fn decimal(&self) -> DecimalSum {
        let mut sum = self.decimals.clone();
        sum.add_cents(self.cents.0);
        sum
    }

    fn add_decimal(&mut self, word: u64, digits: &[u64]) {
        let weight = i32::from((word >> WEIGHT_SHIFT) as i16);
        let count = usize::from(word as u16).min(DIGITS * digits.len());
        let digit = |i: usize| (digits[i / DIGITS] >> (16 * (i % DIGITS))) as u16;
        self.decimals.add(word & NEGATIVE != 0, weight, (0..count).map(digit));
    }
}

impl Money for Mixed {
    fn add(&mut self, other: &Self) {
        self.cents.add(&other.cents);
        self.decimals.merge(&other.decimals);
        self.reals.merge(&other.reals);
        self.doubles = self.doubles.saturating_add(other.doubles);
    }

    fn value(&self) -> f64 {
        if self.decimals.is_empty() {
            return self.cents.value() + self.reals.value();
        }
        self.decimal().value() + self.reals.value()
    }

    fn is_positive(&self) -> bool {
        if self.doubles == 0 {
            return self.decimal().is_positive();
        }
        self.value() > 0.0
    }

    fn each_day(words: &mut [u64], mut close: impl FnMut(&Day<Self>)) {
        let mut today = Day { day: 0, refund: false, net: Mixed::default() };
        for places in by_day(words).chunk_by(same_day) {
            today.day = day(words[first_word(places[0])]);
            today.net.clear();
            today.refund = today.net.add_orders(places.iter().map(|&place| order_at(words, place)));
            if today.refund {
                today.net.drop_rounding();
            }
            close(&today);
        }
    }
}
