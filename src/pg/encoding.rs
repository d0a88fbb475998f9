//! The encoding of the database, which must be UTF-8.

use pgrx::pg_extern;

use super::error::{Outcome, unsupported};
use super::raw::{Call, database_encoding};

/// Refuses the installation into a database whose texts are not UTF-8. The script calls it instead
/// of a DO block, which would have to name functions and operators that a schema can shadow.
#[pg_extern(sql = false)]
fn _clv_check_encoding(_call: Call) -> Outcome<()> {
    let encoding = database_encoding();
    if encoding == "UTF8" {
        return Ok(());
    }
    Err(unsupported(
        "pg_clv needs a database in UTF-8",
        format!("The encoding of this database is {encoding}."),
        "Create a database with ENCODING 'UTF8'.",
    ))
}
