//! What is done once in every process, when the server loads the library.

use std::io::Write as _;

use super::reserve::refill;
use crate::maths::memory::{self, Host};
use crate::pg::error::{out_of_memory, raise};

/// Called by PostgreSQL, after pgrx has put its own hook for panics in place.
#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    memory::on_refusal(Host { refuse: |bytes| raise(out_of_memory(bytes)), refill });
    refill();
    // All errors travel as panics, those of PostgreSQL too. pgrx's hook takes a backtrace of each
    // where RUST_BACKTRACE is set, which then stands in the DETAIL that the client gets: this one
    // takes none. A true panic is a fault of the extension: where it began goes to the server's log.
    std::panic::set_hook(Box::new(|panic| {
        if panic.payload_as_str().is_some() {
            // Without a log there is nothing to tell it to.
            let _ = writeln!(std::io::stderr(), "pg_clv: {panic}");
        }
    }));
}
