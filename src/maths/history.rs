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
    fn key(&self) -> [u64; 3] {
        [u64::from(self.x), self.t_x.to_bits(), self.age.to_bits()]
    }

    fn customers(&self) -> u32 {
        self.customers
    }

    fn set_customers(&mut self, customers: u32) {
        self.customers = customers;
    }
}

/// Histories, folded: 24 bytes for a distinct one, and a quarter.
pub type Histories = Counted<Folded>;

impl Histories {
    /// Adds customers with one history. Negative zeros count as zeros.
    pub fn add(&mut self, x: u32, t_x: f64, age: f64, customers: u32) {
        self.push(Folded { x, customers, t_x: t_x + 0.0, age: age + 0.0 });
    }
}
