//! The day on which a moment falls, in the session's time zone or in one that is named.

use std::ffi::CString;

use pgrx::pg_sys;

use super::Call;
use crate::pg::error::{Outcome, invalid};

/// Seconds from 1970-01-01 to 2000-01-01.
const UNIX_TO_POSTGRES: i64 = 946_684_800;

/// The seconds that a time zone is ahead of UTC, in a range of Unix seconds.
pub(super) struct Offset {
    zone: *mut pg_sys::pg_tz,
    from: i64,
    to: i64,
    ahead: i64,
}

/// A loaded time zone; PostgreSQL keeps it as long as the session.
struct Zone(*mut pg_sys::pg_tz);

fn zone_named(name: &str) -> Outcome<Zone> {
    let written = CString::new(name).unwrap_or_default();
    // SAFETY: takes a C string; the zone that it returns is kept in a table of the session.
    let zone = unsafe { pg_sys::pg_tzset(written.as_ptr()) };
    if zone.is_null() {
        return Err(invalid(
            "time zone is not known",
            format!("time_zone is '{name}'."),
            "Give a name of pg_timezone_names, such as 'Europe/Berlin'.",
        ));
    }
    Ok(Zone(zone))
}

impl Call {
    /// The day, in the session's time zone, of a finite timestamptz in microseconds.
    pub fn local_day(&self, micros: i64) -> i32 {
        // SAFETY: the session's time zone is set once the backend runs.
        self.day_in(unsafe { pg_sys::session_timezone }, micros)
    }

    /// The same in the time zone that the text argument `i` names; none if it is NULL.
    pub fn zoned_day(&self, i: usize, micros: i64) -> Outcome<Option<i32>> {
        let zone = self.decoded(i, |call| zone_named(call.text(i).unwrap_or_default()))?;
        Ok(zone.map(|zone| self.day_in(zone.0, micros)))
    }

    fn day_in(&self, zone: *mut pg_sys::pg_tz, micros: i64) -> i32 {
        let seconds = micros.div_euclid(1_000_000) + UNIX_TO_POSTGRES;
        let ahead = self.seconds_ahead(zone, seconds);
        (seconds - UNIX_TO_POSTGRES + ahead).div_euclid(86_400) as i32
    }

    /// How far a zone is ahead of UTC; asked of PostgreSQL once for each stretch between two
    /// changes of the clock.
    fn seconds_ahead(&self, zone: *mut pg_sys::pg_tz, seconds: i64) -> i64 {
        let offsets = &mut self.memory().offsets;
        let known = offsets
            .iter()
            .find(|known| known.zone == zone && (known.from..known.to).contains(&seconds));
        if let Some(known) = known {
            return known.ahead;
        }
        let (mut before, mut after) = (0, 0);
        let (mut before_dst, mut after_dst) = (0, 0);
        let mut boundary: pg_sys::pg_time_t = 0;
        // SAFETY: fills the variables it is given; `zone` is a loaded time zone.
        let found = unsafe {
            pg_sys::pg_next_dst_boundary(
                &seconds,
                &mut before,
                &mut before_dst,
                &mut boundary,
                &mut after,
                &mut after_dst,
                zone,
            )
        };
        let to = if found > 0 { boundary } else { i64::MAX };
        let ahead = before;
        match offsets.iter_mut().find(|known| known.zone == zone && known.to == to) {
            Some(known) if known.ahead == ahead => known.from = known.from.min(seconds),
            _ => offsets.push(Offset { zone, from: seconds, to, ahead }),
        }
        ahead
    }
}
