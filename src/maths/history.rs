//! What a model sees of a customer: how often, how recently, for how long.
//!
//! Notation of Fader and Hardie: x repeat purchases, t_x the time of the last one, T the age.

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
