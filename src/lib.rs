//! pg_clv: customer lifetime value inside PostgreSQL.
//!
//! `maths` knows no Postgres, `pg` knows no formulas. This file only lists the parts
//! and the order in which their SQL is loaded.

pub mod maths;

#[cfg(feature = "postgres")]
mod pg;

#[cfg(feature = "postgres")]
pgrx::pg_module_magic!(name, version);

#[cfg(feature = "postgres")]
pgrx::extension_sql_file!("../sql/summary.sql", name = "summary", bootstrap);
