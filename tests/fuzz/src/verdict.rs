//! What a statement may give: a value within its domain, or an error that a user can act on.

use std::collections::HashMap;

use postgres::error::DbError;
use serde_json::Value;

use crate::catalogue::{Argument, Function};

/// The domains of tests/fuzz/domains: of "function.column", "column" or "function".
pub struct Domains(HashMap<String, Domain>);

#[derive(Clone, Copy)]
struct Domain {
    low: f64,
    high: f64,
    /// May it be infinite for finite arguments?
    infinite: bool,
}

impl Domains {
    /// Lines of a name and the words of its domain; # begins a comment.
    pub fn read(text: &str) -> Self {
        let mut domains = HashMap::new();
        for line in text.lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            let Some(word) = words.next() else { continue };
            let (low, high) = match word {
                "number" => (f64::NEG_INFINITY, f64::INFINITY),
                "nonnegative" => (0.0, f64::INFINITY),
                "share" => (0.0, 1.0),
                range => {
                    let (low, high) =
                        range.split_once("..").unwrap_or_else(|| panic!("no domain: {range}"));
                    (low.parse().expect("a lower end"), high.parse().expect("an upper end"))
                }
            };
            for name in words {
                let (name, infinite) =
                    name.strip_suffix("(infinite)").map_or((name, false), |name| (name, true));
                domains.insert(name.to_owned(), Domain { low, high, infinite });
            }
        }
        Self(domains)
    }

    fn find(&self, function: &str, column: &str) -> Option<Domain> {
        let Self(domains) = self;
        let qualified = format!("{function}.{column}");
        let name = if column.is_empty() { function } else { column };
        domains.get(&qualified).or_else(|| domains.get(name)).copied()
    }

    /// The columns of numbers for which nobody has said what they may be.
    pub fn missing(&self, functions: &[Function]) -> Vec<String> {
        let mut missing: Vec<String> = functions
            .iter()
            .flat_map(|f| f.columns.iter().map(move |column| (f, column)))
            .filter(|(f, column)| {
                is_number(&column.sql_type) && self.find(&f.name, &column.name).is_none()
            })
            .map(|(f, column)| format!("{}.{}", f.name, column.name))
            .collect();
        missing.sort();
        missing.dedup();
        missing
    }

    /// What is wrong with a field of a result.
    pub fn fault(
        &self,
        function: &Function,
        column: &Argument,
        text: &str,
        finite_arguments: bool,
    ) -> Option<String> {
        let function = &function.name;
        let name = if column.name.is_empty() { function } else { &column.name };
        let wrong = |what: &str| Some(format!("{name} {what}"));
        match column.sql_type.as_str() {
            "clv_model" | "rfm_map" | "jsonb" => match serde_json::from_str::<Value>(text) {
                Ok(value) => {
                    self.model(&value, function).and_then(|key| wrong(&format!("has {key}")))
                }
                Err(error) => wrong(&format!("cannot be read: {error}")),
            },
            number if is_number(number) => {
                let domain = self.find(function, &column.name)?;
                let elements = text.trim_matches(|c| c == '{' || c == '}').split(',');
                let bad = elements.filter(|e| !e.is_empty() && *e != "NULL").find(|element| {
                    let value: f64 = element.parse().unwrap_or(f64::NAN);
                    // numeric holds more than a double precision.
                    let finite = value.is_finite()
                        || number == "numeric" && element.ends_with(|c: char| c.is_ascii_digit());
                    let allowed = finite || !finite_arguments || domain.infinite && !value.is_nan();
                    !allowed || value < domain.low || value > domain.high
                });
                bad.and_then(|bad| wrong(&format!("is {bad}")))
            }
            _ => None,
        }
    }

    /// The first number of a model that is outside its domain.
    fn model(&self, value: &Value, function: &str) -> Option<String> {
        let Value::Object(map) = value else { return None };
        map.iter().find_map(|(key, value)| match value {
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                let domain = self.find(function, key)?;
                (number < domain.low || number > domain.high).then(|| format!("{key} of {number}"))
            }
            Value::Object(_) => self.model(value, function),
            _ => None,
        })
    }
}

fn is_number(sql_type: &str) -> bool {
    ["double precision", "integer", "bigint", "numeric"].contains(&sql_type.trim_end_matches("[]"))
}

/// Data, resources, limits, features, a cancel, the CHECK of a domain.
const OF_THE_USER: &str = "22 53 54 0A 57014 23502 23514";
const OF_RUST: &str =
    "panicked backtrace .rs: core:: std:: alloc:: pgrx pg_clv:: unwrap RUST_ called`";

/// What is wrong with an error: its class, or its words.
pub fn error_fault(error: &DbError) -> Option<(&'static str, String)> {
    let code = error.code().code();
    let (message, detail, hint) = (error.message(), error.detail(), error.hint());
    let said = format!(
        "{code}: {message} | {} | {}",
        detail.unwrap_or("no DETAIL"),
        hint.unwrap_or("no HINT")
    );
    if !OF_THE_USER.split(' ').any(|class| code.starts_with(class)) {
        return Some(("state", said));
    }
    let shown = |text: &str| OF_RUST.split(' ').any(|trace| text.replace(' ', "").contains(trace));
    // PostgreSQL's own errors have a file in C, and its own style. An abbreviation may begin a message.
    let ours = error.file().is_some_and(|file| !file.ends_with(".c")) && code != "57014";
    let mut letters = message.chars();
    let capital = letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some_and(char::is_lowercase);
    let bare = detail.is_none() || hint.is_none();
    let bad = shown(&said) || shown(error.where_().unwrap_or("")) || ours && (capital || bare);
    bad.then_some(("message", said))
}
