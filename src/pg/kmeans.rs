//! k-means clusters of customers: the window function clv_kmeans.
//! The search stands in maths::kmeans.

use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;

use super::argument::complete;
use super::error::{Outcome, invalid, missing, too_large};
use super::raw::{Call, Field, Repeated, Returned, Window, check_interrupts, numbers};
use crate::maths::error::written;
use crate::maths::kmeans::{self, Clusters, Features, KMeansError, Search};
use crate::maths::memory;

/// The features of one partition, in bytes: fifteen million customers of nine features.
const MEMORY_LIMIT: usize = 1 << 30;
/// More clusters than anybody can look at; the time grows with them.
const MOST_CLUSTERS: i32 = 1000;

/// The clusters of a partition.
struct Clustered {
    /// None if there are no customers.
    clusters: Option<Clusters>,
    /// Of each row its cluster; none where the features are NULL.
    cluster_of: Vec<Option<u32>>,
    /// Of each cluster the composite, once a customer is in it.
    rows: Repeated,
}

fn clusters_wanted(given: Option<i32>) -> Outcome<usize> {
    let hint = "Try k => 3 to 8, and compare the inertia.";
    let Some(k) = given else {
        return Err(missing("k is NULL", "The number of clusters must be known.", hint));
    };
    usize::try_from(k).ok().filter(|_| (1..=MOST_CLUSTERS).contains(&k)).ok_or_else(|| {
        invalid(format!("k must be from 1 to {MOST_CLUSTERS}"), format!("k is {k}."), hint)
    })
}

fn refused(error: KMeansError) -> ErrorReport {
    match error {
        KMeansError::Ragged { expected: 0, .. } => invalid(
            "a customer has no features",
            "The array is empty.",
            "Pass NULL in place of the array for a customer who belongs to no cluster.",
        ),
        KMeansError::Ragged { expected, found } => invalid(
            "features differ in number",
            format!("One customer has {found}, the first has {expected}."),
            "Give every customer the same features in the same order.",
        ),
        KMeansError::NotFinite(value) => invalid(
            "a feature is not finite",
            format!("It is {value}."),
            "Filter such customers out, or pass NULL in place of the array.",
        ),
        other => invalid(
            "fewer different customers than clusters",
            format!("There would be {other}."),
            "Ask for fewer clusters.",
        ),
    }
}

/// An error of a customer, with their features, or the first of them.
#[cold]
fn with_features(error: ErrorReport, features: &[f64]) -> ErrorReport {
    const SHOWN: usize = 10;
    if features.is_empty() {
        return error;
    }
    let shown: Vec<String> = features.iter().take(SHOWN).map(|&value| written(value)).collect();
    let more = if features.len() > SHOWN { ", …" } else { "" };
    let detail = error.detail().unwrap_or_default();
    let detail = format!("{detail} The features are {{{}{more}}}.", shown.join(", "));
    error.set_detail(detail)
}

fn cluster(window: &Window) -> Outcome<Clustered> {
    let k = clusters_wanted(window.current(1).int())?;
    let Some(seed) = window.current(2).bigint() else {
        return Err(missing("seed is NULL", "The clusters depend on it.", "Use seed => 1."));
    };
    let most = MEMORY_LIMIT / size_of::<f64>();
    let mut features = Features::of_customers(window.rows(), most);
    let mut cluster_of = memory::room(window.rows());
    let mut memory = 0;
    window.each(0, |bytes| {
        let customer = bytes.and_then(numbers);
        cluster_of.push(customer.is_some().then_some(0));
        let Some(customer) = customer else { return Ok(()) };
        memory += size_of::<f64>() * customer.len();
        if memory > MEMORY_LIMIT {
            return Err(too_large(
                "too many features for one k-means",
                format!("They take more than {MEMORY_LIMIT} bytes."),
                "Cluster a random sample, or one segment at a time with PARTITION BY.",
            ));
        }
        let customer = complete("features", customer)?;
        features.push(&customer).map_err(|error| with_features(refused(error), &customer))
    })?;
    if features.customers() == 0 {
        return Ok(Clustered { clusters: None, cluster_of, rows: window.repeated(0) });
    }
    let mut clusters =
        kmeans::clusters(&features, Search::new(k, seed as u64), &mut check_interrupts)
            .map_err(refused)?;
    let assignment = std::mem::take(&mut clusters.assignment);
    for (cluster, found) in cluster_of.iter_mut().flatten().zip(assignment) {
        *cluster = found;
    }
    Ok(Clustered { clusters: Some(clusters), cluster_of, rows: window.repeated(k) })
}

/// (features, k, seed) OVER
#[pg_extern(sql = false)]
fn clv_kmeans(call: Call) -> Outcome<Option<Returned>> {
    let window = call.window()?;
    let Clustered { clusters, cluster_of, rows } = window.kept(|| cluster(&window))?;
    let Some(cluster) = cluster_of.get(window.position()).copied().flatten() else {
        return Ok(None);
    };
    let number = cluster as usize;
    let Some(clusters) = clusters else { return Ok(None) };
    let (Some(centre), Some(&customers)) =
        (clusters.centres.get(number), clusters.customers.get(number))
    else {
        return Ok(None);
    };
    let row = [
        Field::Int(cluster as i32 + 1),
        Field::Floats(centre),
        Field::Bigint(customers as i64),
        Field::Float(clusters.inertia),
        Field::Boolean(clusters.converged),
    ];
    window.repeat(rows, number, || call.row(&row)).map(Some)
}
