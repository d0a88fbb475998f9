//! The value clv_model: jsonb with fixed keys, made by a fit or from published numbers, decoded
//! once per query for the functions that predict.

use std::rc::Rc;

use pgrx::iter::TableIterator;
use pgrx::prelude::name;
use pgrx::{pg_extern, pg_sys::panic::ErrorReport};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use statrs::distribution::{ContinuousCDF, Normal};

use super::error::{Outcome, invalid, refused};
use super::raw::{Call, Returned};
use super::time::Unit;
use crate::maths::bg_bb::BgBb;
use crate::maths::bg_nbd::BgNbd;
use crate::maths::error::ArgumentError;
use crate::maths::fit::Fit;
use crate::maths::gamma_gamma::GammaGamma;
use crate::maths::mbg_nbd::MbgNbd;
use crate::maths::pareto_nbd::ParetoNbd;
use crate::maths::purchase_model::PurchaseModel;
use crate::maths::sbg::Sbg;

/// The models, by the prefix of their functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    BgNbd,
    MbgNbd,
    ParetoNbd,
    BgBb,
    GammaGamma,
    Sbg,
}

impl Kind {
    const ALL: [Kind; 6] =
        [Kind::BgNbd, Kind::MbgNbd, Kind::ParetoNbd, Kind::BgBb, Kind::GammaGamma, Kind::Sbg];

    /// The name in SQL: the value of the key `model` and the prefix of the model's functions.
    pub fn prefix(self) -> &'static str {
        match self {
            Kind::BgNbd => "bgnbd",
            Kind::MbgNbd => "mbgnbd",
            Kind::ParetoNbd => "pnbd",
            Kind::BgBb => "bgbb",
            Kind::GammaGamma => "gamma_gamma",
            Kind::Sbg => "sbg",
        }
    }

    /// The parameters in the order of the literature.
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Kind::BgNbd => &BgNbd::PARAMETERS,
            Kind::MbgNbd => &MbgNbd::PARAMETERS,
            Kind::ParetoNbd => &ParetoNbd::PARAMETERS,
            Kind::BgBb => &BgBb::PARAMETERS,
            Kind::GammaGamma => &GammaGamma::PARAMETERS,
            Kind::Sbg => &Sbg::PARAMETERS,
        }
    }

    /// What the model describes, and the fit that makes one.
    fn purpose(self) -> Purpose {
        match self {
            Kind::BgNbd | Kind::MbgNbd | Kind::ParetoNbd | Kind::BgBb => Purpose::Purchases,
            Kind::GammaGamma => Purpose::Spend,
            Kind::Sbg => Purpose::Contract,
        }
    }

    fn predictor(self, parameters: &[f64]) -> Result<Predictor, ArgumentError> {
        Ok(match (self, parameters) {
            (Kind::BgNbd, &[r, alpha, a, b]) => {
                Predictor::Purchases(Box::new(BgNbd::new(r, alpha, a, b)?))
            }
            (Kind::MbgNbd, &[r, alpha, a, b]) => {
                Predictor::Purchases(Box::new(MbgNbd::new(r, alpha, a, b)?))
            }
            (Kind::ParetoNbd, &[r, alpha, s, beta]) => {
                Predictor::Purchases(Box::new(ParetoNbd::new(r, alpha, s, beta)?))
            }
            (Kind::BgBb, &[alpha, beta, gamma, delta]) => {
                Predictor::Purchases(Box::new(BgBb::new(alpha, beta, gamma, delta)?))
            }
            (Kind::GammaGamma, &[p, q, v]) => Predictor::Spend(GammaGamma::new(p, q, v)?),
            (Kind::Sbg, &[alpha, beta]) => Predictor::Contract(Sbg::new(alpha, beta)?),
            _ => Predictor::None,
        })
    }
}

/// What a model describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Purchases,
    Spend,
    Contract,
}

impl Purpose {
    /// As an error names it, with a fit that makes such a model.
    fn name(self) -> (&'static str, &'static str) {
        match self {
            Purpose::Purchases => ("purchase model", "bgnbd_fit"),
            Purpose::Spend => ("spend model", "gamma_gamma_fit"),
            Purpose::Contract => ("model of contract lifetimes", "sbg_fit"),
        }
    }
}

/// What a decoded model can answer.
pub enum Predictor {
    Purchases(Box<dyn PurchaseModel>),
    Spend(GammaGamma),
    Contract(Sbg),
    /// The fit had too little to go by.
    None,
}

/// A decoded model.
pub struct Model {
    pub kind: Kind,
    /// The length of the unit of time, if it is known.
    pub unit_days: Option<f64>,
    pub predictor: Predictor,
}

/// The keys of a clv_model, in the order in which they are explained in README.md.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Document {
    model: String,
    params: Option<Map<String, Value>>,
    std_errors: Option<Map<String, Value>>,
    covariance: Option<Vec<Vec<f64>>>,
    log_likelihood: Option<f64>,
    aic: Option<f64>,
    bic: Option<f64>,
    customers: Option<u64>,
    /// Rows with a NULL.
    skipped: Option<u64>,
    /// Gamma-Gamma: customers without a repeat purchase of positive value.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<u64>,
    /// Gamma-Gamma: of frequency and monetary, which the model takes as independent.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<f64>,
    unit_days: Option<f64>,
    iterations: Option<u32>,
    converged: Option<bool>,
    termination: Option<String>,
    gradient_norm: Option<f64>,
    condition_number: Option<f64>,
    version: Option<String>,
}

/// What a fit knows beside the Fit itself.
pub struct Circumstances {
    pub skipped: u64,
    pub left_out: Option<u64>,
    pub correlation: Option<f64>,
    pub unit_days: Option<f64>,
}

/// A model as the fit aggregates return it.
pub fn fitted(kind: Kind, fit: Fit, beside: Circumstances) -> Outcome<Value> {
    let Circumstances { skipped, left_out, correlation, unit_days } = beside;
    let rows = |matrix: &nalgebra::DMatrix<f64>| {
        matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
    };
    write(&Document {
        model: kind.prefix().into(),
        params: fit.parameters.as_deref().map(|values| named(kind, values)),
        std_errors: fit.std_errors.as_deref().map(|values| named(kind, values)),
        covariance: fit.covariance.as_ref().map(rows),
        log_likelihood: fit.log_likelihood,
        aic: fit.aic,
        bic: fit.bic,
        customers: Some(fit.customers),
        skipped: Some(skipped),
        left_out,
        correlation,
        unit_days,
        iterations: Some(fit.iterations),
        converged: Some(fit.converged),
        termination: Some(fit.termination),
        gradient_norm: fit.gradient_norm,
        condition_number: fit.condition_number,
        version: Some(env!("CARGO_PKG_VERSION").into()),
    })
}

fn named(kind: Kind, values: &[f64]) -> Map<String, Value> {
    kind.parameters()
        .iter()
        .map(|&name| name.to_owned())
        .zip(values.iter().map(|&v| v.into()))
        .collect()
}

fn write(document: &Document) -> Outcome<Value> {
    serde_json::to_value(document).map_err(|error| not_a_model(error.to_string()))
}

/// A model from published parameters: arguments 0.. are the parameters, then the unit.
fn published(call: &Call, kind: Kind) -> Outcome<Option<Returned>> {
    let names = kind.parameters();
    let Some(values) = (0..names.len()).map(|i| call.float(i)).collect::<Option<Vec<f64>>>() else {
        return Ok(None);
    };
    kind.predictor(&values).map_err(refused)?;
    let unit = call.interval(names.len()).map(Unit::from_span).transpose()?;
    let value = write(&Document {
        model: kind.prefix().into(),
        params: Some(named(kind, &values)),
        unit_days: unit.map(Unit::length),
        termination: Some("parameters given, not fitted".into()),
        version: Some(env!("CARGO_PKG_VERSION").into()),
        ..Document::default()
    })?;
    call.returned_json(value).map(Some)
}

#[pg_extern(sql = false)]
fn bgnbd_model(call: Call) -> Outcome<Option<Returned>> {
    published(&call, Kind::BgNbd)
}

#[pg_extern(sql = false)]
fn mbgnbd_model(call: Call) -> Outcome<Option<Returned>> {
    published(&call, Kind::MbgNbd)
}

#[pg_extern(sql = false)]
fn pnbd_model(call: Call) -> Outcome<Option<Returned>> {
    published(&call, Kind::ParetoNbd)
}

#[pg_extern(sql = false)]
fn bgbb_model(call: Call) -> Outcome<Option<Returned>> {
    published(&call, Kind::BgBb)
}

#[pg_extern(sql = false)]
fn gamma_gamma_model(call: Call) -> Outcome<Option<Returned>> {
    published(&call, Kind::GammaGamma)
}

#[pg_extern(sql = false)]
fn sbg_model(call: Call) -> Outcome<Option<Returned>> {
    published(&call, Kind::Sbg)
}

fn not_a_model(detail: String) -> ErrorReport {
    invalid(
        "value is not a clv_model",
        detail,
        "Make models with a fit aggregate such as bgnbd_fit, or from published parameters with bgnbd_model.",
    )
}

impl Document {
    fn read(value: Value) -> Outcome<Document> {
        serde_json::from_value(value).map_err(|error| not_a_model(format!("{error}.")))
    }

    fn kind(&self) -> Outcome<Kind> {
        let known = Kind::ALL.into_iter().find(|kind| kind.prefix() == self.model);
        known.ok_or_else(|| not_a_model(format!("\"model\" is {:?}.", self.model)))
    }

    /// The values of one of the maps over the parameters, in the order of the literature.
    fn values(kind: Kind, map: &Map<String, Value>) -> Outcome<Vec<f64>> {
        let value = |name: &&str| {
            let value = map.get(*name);
            value.and_then(Value::as_f64).ok_or_else(|| {
                not_a_model(format!("Parameter {name} is {}.", value.unwrap_or(&Value::Null)))
            })
        };
        kind.parameters().iter().map(value).collect()
    }
}

impl Model {
    /// The model in argument `i`; none if it is NULL.
    pub fn argument(call: &Call, i: usize) -> Outcome<Option<Rc<Model>>> {
        call.decoded(i, |call| Model::decode(call.json(i).unwrap_or_default()))
    }

    fn decode(value: Value) -> Outcome<Model> {
        let document = Document::read(value)?;
        let kind = document.kind()?;
        if let Some(days) = document.unit_days
            && !(days > 0.0 && days.is_finite())
        {
            return Err(not_a_model(format!("\"unit_days\" is {days}.")));
        }
        let predictor = match &document.params {
            Some(params) => kind.predictor(&Document::values(kind, params)?).map_err(refused)?,
            None => Predictor::None,
        };
        Ok(Model { kind, unit_days: document.unit_days, predictor })
    }

    /// The purchase model; none if the fit found none.
    pub fn purchases(&self) -> Outcome<Option<&dyn PurchaseModel>> {
        match &self.predictor {
            Predictor::Purchases(model) => Ok(Some(model.as_ref())),
            _ => self.none_or_unfit(Purpose::Purchases),
        }
    }

    /// The spend model; none if the fit found none.
    pub fn spend(&self) -> Outcome<Option<&GammaGamma>> {
        match &self.predictor {
            Predictor::Spend(model) => Ok(Some(model)),
            _ => self.none_or_unfit(Purpose::Spend),
        }
    }

    /// The model of contract lifetimes; none if the fit found none.
    pub fn contract(&self) -> Outcome<Option<&Sbg>> {
        match &self.predictor {
            Predictor::Contract(model) => Ok(Some(model)),
            _ => self.none_or_unfit(Purpose::Contract),
        }
    }

    fn none_or_unfit<T>(&self, needed: Purpose) -> Outcome<Option<T>> {
        if self.kind.purpose() == needed {
            return Ok(None);
        }
        let (name, fit) = needed.name();
        Err(self.unfit(name, fit))
    }

    /// That the function needs another kind of model.
    pub fn unfit(&self, needed: &str, fit: &str) -> ErrorReport {
        invalid(
            format!("a {needed} is needed here"),
            format!("The model is {}.", self.kind.prefix()),
            &format!("Pass the result of {fit}."),
        )
    }
}

/// The parameters as rows. The limits are symmetric for the logarithm of a parameter, so that
/// they stay above 0.
#[pg_extern(sql = false)]
#[allow(clippy::type_complexity)] // cargo-pgrx reads the type as it is written.
fn clv_parameters(
    call: Call,
) -> Result<
    TableIterator<
        'static,
        (
            name!(parameter, String),
            name!(estimate, f64),
            name!(std_error, Option<f64>),
            name!(ci_low, Option<f64>),
            name!(ci_high, Option<f64>),
            name!(z, Option<f64>),
        ),
    >,
    ErrorReport,
> {
    let (Some(value), Some(level)) = (call.json(0), call.float(1)) else {
        return Ok(TableIterator::empty());
    };
    if !(level > 0.0 && level < 1.0) {
        return Err(invalid(
            "confidence level is not between 0 and 1",
            format!("The level is {level}."),
            "Use 0.95 for limits that hold in 95 of 100 samples.",
        ));
    }
    let document = Document::read(value)?;
    let kind = document.kind()?;
    let Some(params) = &document.params else { return Ok(TableIterator::empty()) };
    let estimates = Document::values(kind, params)?;
    let std_errors = document.std_errors.map(|map| Document::values(kind, &map)).transpose()?;
    let z = Normal::standard().inverse_cdf(0.5 + level / 2.0);
    let rows =
        kind.parameters().iter().zip(estimates).enumerate().map(move |(i, (name, estimate))| {
            let std_error = std_errors.as_ref().map(|errors| errors[i]);
            let limit =
                |sign: f64| std_error.map(|error| estimate * (sign * z * error / estimate).exp());
            (
                (*name).to_owned(),
                estimate,
                std_error,
                limit(-1.0),
                limit(1.0),
                std_error.map(|error| estimate / error),
            )
        });
    Ok(TableIterator::new(rows.collect::<Vec<_>>()))
}
