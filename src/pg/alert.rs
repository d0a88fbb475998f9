//! The window function that says when a metric spikes or drops. The statistics stand in
//! maths::anomaly.

use pgrx::pg_extern;

use super::error::{Outcome, invalid, refused};
use super::raw::{Call, Field, Returned, check_interrupts};
use crate::maths::anomaly::{Alert, Verdict, alerts};
use crate::maths::memory::{collected, filled};

/// (value, history, season, threshold) of every row of the partition.
#[pg_extern(sql = false)]
fn clv_metric_alert(call: Call) -> Outcome<Option<Returned>> {
    let window = call.window()?;
    let alert = window.result(|| {
        let (length, season) = (window.current(1).int(), window.current(2).int());
        let (Some(length), Some(season), Some(threshold)) =
            (length, season, window.current(3).float())
        else {
            return Ok(filled(None, window.rows()));
        };
        let values = window.floats(0, not_a_number)?;
        let series: Vec<Option<f64>> =
            collected(values.into_iter().map(|value| (!value.is_nan()).then_some(value)));
        if !window.in_order() {
            return Err(invalid(
                "values of the series have no order",
                "The window has no ORDER BY, or it leaves two rows in one place.",
                "Write OVER (PARTITION BY channel ORDER BY week): one series to a partition, in order of time, one row for each time.",
            ));
        }
        let count = |number: i32| usize::try_from(number).unwrap_or(0);
        alerts(&series, count(length), count(season), threshold, &mut check_interrupts)
            .map_err(refused)
    })?;
    let Some(Alert { expected, lower, upper, z, verdict }) = alert.flatten() else {
        return Ok(None);
    };
    let flag = match verdict {
        Verdict::Drop => "drop",
        Verdict::Usual => "usual",
        Verdict::Spike => "spike",
    };
    call.row(&[
        Field::Float(expected),
        Field::Float(lower),
        Field::Float(upper),
        Field::Float(z),
        Field::Text(flag),
    ])
    .map(Some)
}

fn not_a_number(row: usize) -> pgrx::pg_sys::panic::ErrorReport {
    invalid(
        "value of the series is NaN",
        format!("It is number {} of its series.", row + 1),
        "Turn NaN into NULL: nullif(value, 'NaN').",
    )
}
