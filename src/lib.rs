//! pg_clv: customer lifetime value inside PostgreSQL.
//!
//! `maths` knows no Postgres, `pg` knows no formulas. This file only lists the parts
//! and the order in which their SQL is loaded.

pub mod maths;

#[cfg(feature = "postgres")]
mod pg;

#[cfg(feature = "postgres")]
pgrx::pg_module_magic!(name, version);

/// Each file after the one above it.
#[cfg(feature = "postgres")]
mod install {
    use pgrx::extension_sql_file;

    extension_sql_file!("../sql/encoding.sql", name = "encoding");
    extension_sql_file!("../sql/summary.sql", name = "summary", requires = ["encoding"]);
    extension_sql_file!("../sql/sums.sql", name = "sums", requires = ["summary"]);
    extension_sql_file!("../sql/holdout.sql", name = "holdout", requires = ["sums"]);
    extension_sql_file!("../sql/model.sql", name = "model", requires = ["holdout"]);
    extension_sql_file!("../sql/fit.sql", name = "fit", requires = ["model"]);
    extension_sql_file!("../sql/predict.sql", name = "predict", requires = ["fit"]);
    extension_sql_file!("../sql/rfm.sql", name = "rfm", requires = ["predict"]);
    extension_sql_file!("../sql/segment.sql", name = "segment", requires = ["rfm"]);
    extension_sql_file!("../sql/concentration.sql", name = "concentration", requires = ["segment"]);
    extension_sql_file!("../sql/kmeans.sql", name = "kmeans", requires = ["concentration"]);
    extension_sql_file!("../sql/lifecycle.sql", name = "lifecycle", requires = ["kmeans"]);
    extension_sql_file!("../sql/inference.sql", name = "inference", requires = ["lifecycle"]);
    extension_sql_file!("../sql/simulate.sql", name = "simulate", requires = ["inference"]);
    extension_sql_file!("../sql/tenure.sql", name = "tenure", requires = ["simulate"]);
    extension_sql_file!("../sql/contract.sql", name = "contract", requires = ["tenure"]);
    extension_sql_file!("../sql/covariates.sql", name = "covariates", requires = ["contract"]);
    extension_sql_file!("../sql/classic.sql", name = "classic", requires = ["covariates"]);
    extension_sql_file!("../sql/metrics.sql", name = "metrics", requires = ["classic"]);
    extension_sql_file!("../sql/retention.sql", name = "retention", requires = ["metrics"]);
    extension_sql_file!("../sql/economics.sql", name = "economics", requires = ["retention"]);
    extension_sql_file!("../sql/cohort.sql", name = "cohort", requires = ["economics"]);
    extension_sql_file!("../sql/survival.sql", name = "survival", requires = ["cohort"]);
    extension_sql_file!("../sql/experiment.sql", name = "experiment", requires = ["survival"]);
    extension_sql_file!("../sql/success.sql", name = "success", requires = ["experiment"]);
    extension_sql_file!("../sql/alert.sql", name = "alert", requires = ["success"]);
}
