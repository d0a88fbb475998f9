//! The state of all aggregates that only add up: a few exact sums, so that a parallel plan gives
//! the bits of a serial one.

use pgrx::pg_extern;

use super::error::{Outcome, refused};
use super::portable::{self, Portable, Reader, Writer, write_sum};
use super::raw::{Call, Returned};
use crate::maths::error::in_range;
use crate::maths::exact_sum::ExactSum;
use crate::maths::memory::Grow;

/// Sums by number; one that nothing was added to is none.
#[derive(Default)]
pub struct Sums(Vec<Option<ExactSum>>);

impl Sums {
    /// Adds a finite number to sum `i`.
    pub fn add(&mut self, i: usize, number: f64) {
        self.sum(i).add(number);
    }

    /// Adds to the sums from 0 on.
    pub fn add_all<const N: usize>(&mut self, numbers: [f64; N]) {
        numbers.into_iter().enumerate().for_each(|(i, number)| self.add(i, number));
    }

    fn sum(&mut self, i: usize) -> &mut ExactSum {
        if self.0.len() <= i {
            self.0.make_exact_room(i + 1 - self.0.len());
            self.0.resize_with(i + 1, || None);
        }
        self.0[i].get_or_insert_default()
    }

    /// The sums from 0 on, as far as anything was added to them.
    pub fn totals<const N: usize>(&self) -> Outcome<[Option<f64>; N]> {
        let mut totals = [None; N];
        for (total, sum) in totals.iter_mut().zip(&self.0) {
            let value = sum.as_ref().map(ExactSum::value);
            *total = value.map(|value| in_range("sum", value)).transpose().map_err(refused)?;
        }
        Ok(totals)
    }

    /// The sums from 0 on of the state in argument 0, if anything was added to all of them.
    pub fn finished<const N: usize>(call: &Call) -> Outcome<Option<[f64; N]>> {
        call.aggregate()?;
        let Some(sums) = call.state::<Sums>(0) else { return Ok(None) };
        let totals = sums.totals::<N>()?;
        Ok(totals.iter().all(Option::is_some).then(|| totals.map(Option::unwrap_or_default)))
    }
}

impl Portable for Sums {
    fn merge(&mut self, other: &Self) -> Outcome<()> {
        for (i, sum) in other.0.iter().enumerate() {
            if let Some(sum) = sum {
                self.sum(i).merge(sum);
            }
        }
        Ok(())
    }

    fn write(&mut self, bytes: &mut Writer) {
        bytes.extend((self.0.len() as u64).to_le_bytes());
        for sum in &self.0 {
            bytes.push(u8::from(sum.is_some()));
            sum.iter().for_each(|sum| write_sum(sum, bytes));
        }
    }

    fn read(bytes: &mut Reader) -> Option<Self> {
        let mut sums = Sums::default();
        for _ in 0..bytes.count(1)? {
            let sum = if bytes.byte()? != 0 { Some(bytes.sum()?) } else { None };
            sums.0.add(sum);
        }
        Some(sums)
    }
}

#[pg_extern(sql = false)]
fn _clv_sums_combine(call: Call) -> Outcome<Option<Returned>> {
    portable::combine::<Sums>(&call)
}

#[pg_extern(sql = false)]
fn _clv_sums_serialize(call: Call) -> Outcome<Option<Returned>> {
    portable::serialize::<Sums>(&call)
}

#[pg_extern(sql = false)]
fn _clv_sums_deserialize(call: Call) -> Outcome<Option<Returned>> {
    portable::deserialize::<Sums>(&call)
}
