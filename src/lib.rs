//! pg_clv: customer lifetime value inside PostgreSQL.
//!
//! `maths` knows no Postgres, `pg` knows no formulas. This file only lists the parts
//! and the order in which their SQL is loaded.

pub mod maths;
