//! What a model sees of a customer: how often, how recently, for how long.
//!
//! Notation of Fader and Hardie: x repeat purchases, t_x the time of the last one, T the age.

use super::counted::{Counted, Row};

/// The purchase history of one customer, in the unit of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct History {
    /// Repeat purchases (x): purchase days after the first. A whole number, 0 or more.
    pub x: f64,
    /// Time from the first purchase to the last (t_x); 0 when `x` is 0.
    pub t_x: f64,
    /// Time from the first purchase to the end of observation (T).
    pub age: f64,
}

/// Customers with one and the same history, counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Folded {
    pub x: u32,
    pub customers: u32,
    pub t_x: f64,
    pub age: f64,
}

impl Folded {
    pub fn history(&self) -> History {
        History { x: f64::from(self.x), t_x: self.t_x, age: self.age }
    }
}

impl Row for Folded {
    type Key = (u64, u64, u64);

    /// First x with as much of the times as tells whole numbers below 2^14 apart, or all of an x
    /// from 65,535 on.
    fn key(&self) -> Self::Key {
        const MANY: u16 = u16::MAX;
        let (t_x, age) = (self.t_x.to_bits(), self.age.to_bits());
        let first = match u16::try_from(self.x) {
            Ok(x) if x < MANY => u64::from(x) << 48 | t_x >> 39 << 24 | age >> 39,
            _ => u64::from(MANY) << 48 | u64::from(self.x),
        };
        (first, t_x, age)
    }

    fn customers(&self) -> u32 {
        self.customers
    }

    fn set_customers(&mut self, customers: u32) {
        self.customers = customers;
    }
}

/// Histories, folded: 24 bytes for a distinct one, 32 while they grow.
pub type Histories = Counted<Folded>;

impl Histories {
    /// Adds customers with one history. Negative zeros count as zeros.
    pub fn add(&mut self, x: u32, t_x: f64, age: f64, customers: u32) {
        self.push(Folded { x, customers, t_x: t_x + 0.0, age: age + 0.0 });
    }
}
