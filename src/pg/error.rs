//! Errors as the reader of a psql prompt needs them: SQLSTATE, what is wrong in lower case, the
//! offending value in DETAIL, the remedy in HINT.

use pgrx::PgSqlErrorCode::{self, *};
use pgrx::pg_sys::panic::{ErrorReport, ErrorReportable};

use crate::maths::error::{ArgumentError, Refusal};

/// What every SQL function returns: a value, or an error that PostgreSQL reports as it is.
pub type Outcome<T> = Result<T, ErrorReport>;

#[track_caller]
fn report(code: PgSqlErrorCode, message: String, detail: String, hint: &str) -> ErrorReport {
    ErrorReport::new(code, message, "pg_clv").set_detail(detail).set_hint(hint.to_owned())
}

/// 22023: an argument has a value that the function is not defined for.
#[track_caller]
pub fn invalid(message: impl Into<String>, detail: impl Into<String>, hint: &str) -> ErrorReport {
    report(ERRCODE_INVALID_PARAMETER_VALUE, message.into(), detail.into(), hint)
}

/// 22003: a number that is too large for what is done with it.
#[track_caller]
pub fn out_of_range(
    message: impl Into<String>,
    detail: impl Into<String>,
    hint: &str,
) -> ErrorReport {
    report(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, message.into(), detail.into(), hint)
}

/// 22004: a NULL where the function cannot do without a value.
#[track_caller]
pub fn missing(message: impl Into<String>, detail: impl Into<String>, hint: &str) -> ErrorReport {
    report(ERRCODE_NULL_VALUE_NOT_ALLOWED, message.into(), detail.into(), hint)
}

/// 54000: more than the stated bound of memory or rows.
#[track_caller]
pub fn too_large(message: impl Into<String>, detail: impl Into<String>, hint: &str) -> ErrorReport {
    report(ERRCODE_PROGRAM_LIMIT_EXCEEDED, message.into(), detail.into(), hint)
}

/// 53200: memory that is not to be had.
#[track_caller]
pub fn out_of_memory(bytes: usize) -> ErrorReport {
    report(
        ERRCODE_OUT_OF_MEMORY,
        "out of memory".to_owned(),
        format!(
            "The statement needs {bytes} bytes more at once, for what it has collected of one group or partition, or for an argument."
        ),
        "Give it fewer rows at a time, by GROUP BY, PARTITION BY or a random sample, or the server more memory.",
    )
}

/// 0A000: what this server or database cannot give.
#[track_caller]
pub fn unsupported(
    message: impl Into<String>,
    detail: impl Into<String>,
    hint: &str,
) -> ErrorReport {
    report(ERRCODE_FEATURE_NOT_SUPPORTED, message.into(), detail.into(), hint)
}

/// XX000: what only a damaged or hand-made value can cause.
#[track_caller]
pub fn corrupted(message: impl Into<String>, detail: impl Into<String>) -> ErrorReport {
    report(
        ERRCODE_DATA_CORRUPTED,
        message.into(),
        detail.into(),
        "Support functions whose name begins with _clv are not meant to be called.",
    )
}

/// Reports an error from where no `Outcome` can be returned.
pub fn raise(error: ErrorReport) -> ! {
    match Err::<std::convert::Infallible, _>(error).unwrap_or_report() {}
}

/// An argument that the maths refused.
#[track_caller]
pub fn refused(error: ArgumentError) -> ErrorReport {
    let code = match error.refusal {
        Refusal::Invalid => ERRCODE_INVALID_PARAMETER_VALUE,
        Refusal::Overflow => ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
    };
    report(code, error.to_string(), error.detail(), &error.hint())
}
