//! The value clv_model: jsonb with fixed keys, made by a fit or from published numbers, decoded
//! once per query for the functions that predict.

use std::ops::RangeInclusive;
use std::rc::Rc;

use nalgebra::DMatrix;
use pgrx::iter::TableIterator;
use pgrx::prelude::name;
use pgrx::{pg_extern, pg_sys::panic::ErrorReport};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::{Outcome, invalid, refused};
use super::observation::Observation;
use super::predict::finite;
use super::raw::{Call, Returned};
use super::time::{Unit, date_text};
use crate::maths::bg_bb::BgBb;
use crate::maths::bg_nbd::BgNbd;
use crate::maths::border::{Border, Purchases};
use crate::maths::comparison::wald_test;
use crate::maths::covariates::{Design, Effects, WithCovariates, count_in_words};
use crate::maths::error::{ArgumentError, written};
use crate::maths::fit::Fit;
use crate::maths::gamma_gamma::{GammaGamma, Influence};
use crate::maths::history::History;
use crate::maths::interval::{Limits, parameter_limits};
use crate::maths::likelihood::Domain;
use crate::maths::mbg_nbd::MbgNbd;
use crate::maths::nbd::Nbd;
use crate::maths::pareto_nbd::ParetoNbd;
use crate::maths::purchase_model::{PurchaseModel, if_survived};
use crate::maths::sbg::Sbg;
use crate::maths::survivors::Survivors;

/// The models, by the prefix of their functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Nbd,
    BgNbd,
    MbgNbd,
    ParetoNbd,
    BgBb,
    GammaGamma,
    Sbg,
}

impl Kind {
    const ALL: [Kind; 7] = [
        Kind::Nbd,
        Kind::BgNbd,
        Kind::MbgNbd,
        Kind::ParetoNbd,
        Kind::BgBb,
        Kind::GammaGamma,
        Kind::Sbg,
    ];

    /// The name in SQL: the value of the key `model` and the prefix of the model's functions.
    pub fn prefix(self) -> &'static str {
        match self {
            Kind::Nbd => "nbd",
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
            Kind::Nbd => &Nbd::PARAMETERS,
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
            Kind::Nbd | Kind::BgNbd | Kind::MbgNbd | Kind::ParetoNbd | Kind::BgBb => {
                Purpose::Purchases
            }
            Kind::GammaGamma => Purpose::Spend,
            Kind::Sbg => Purpose::Contract,
        }
    }

    /// How covariates act on the model; none if it takes none.
    pub fn effects(self) -> Option<&'static Effects> {
        Some(match self {
            Kind::BgNbd => &BgNbd::EFFECTS,
            Kind::MbgNbd => &MbgNbd::EFFECTS,
            Kind::ParetoNbd => &ParetoNbd::EFFECTS,
            Kind::GammaGamma => &GammaGamma::EFFECTS,
            Kind::Sbg => &Sbg::EFFECTS,
            Kind::Nbd | Kind::BgBb => return None,
        })
    }

    /// The limits of the model at which a fit may end.
    pub fn borders(self) -> &'static [Border] {
        match self {
            Kind::Nbd => Nbd::BORDERS,
            Kind::BgNbd => BgNbd::BORDERS,
            Kind::MbgNbd => MbgNbd::BORDERS,
            Kind::ParetoNbd => ParetoNbd::BORDERS,
            Kind::BgBb => BgBb::BORDERS,
            Kind::Sbg => Sbg::BORDERS,
            Kind::GammaGamma => &[],
        }
    }

    fn on_border(self, border: &Border, parameters: &[f64]) -> Result<Predictor, ArgumentError> {
        let purchases = match self {
            Kind::Nbd => Nbd::on_border(border.name, parameters)?,
            Kind::BgNbd => BgNbd::on_border(border.name, parameters)?,
            Kind::MbgNbd => MbgNbd::on_border(border.name, parameters)?,
            Kind::ParetoNbd => ParetoNbd::on_border(border.name, parameters)?,
            Kind::BgBb => BgBb::on_border(border.name, parameters)?,
            Kind::Sbg => {
                let contract = Sbg::on_border(border.name, parameters)?;
                return Ok(contract.map_or(Predictor::None, Predictor::Contract));
            }
            Kind::GammaGamma => None,
        };
        Ok(purchases.map_or(Predictor::None, Predictor::Purchases))
    }

    pub fn inside(self, parameters: &[f64]) -> Result<Predictor, ArgumentError> {
        Ok(match (self, parameters) {
            (Kind::Nbd, &[r, alpha]) => Predictor::Purchases(Box::new(Nbd::new(r, alpha)?)),
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

/// A model or, on the border of its parameters, the limit of it that a fit has come to.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    pub kind: Kind,
    pub border: Option<&'static Border>,
}

impl Form {
    /// The limit of that name; none if the model has no such limit.
    fn named(kind: Kind, border: Option<&str>) -> Option<Form> {
        let Some(name) = border else { return Some(Form { kind, border: None }) };
        Border::named(kind.borders(), name).map(|border| Form { kind, border: Some(border) })
    }

    /// The names of all parameters, the coefficients of covariates last.
    pub fn names(self, design: &Design) -> Vec<String> {
        let own = self.border.map_or(self.kind.parameters(), |border| border.parameters);
        let own = own.iter().map(|&name| name.to_owned());
        own.chain(design.names()).collect()
    }

    /// Where they live: those of the model are positive, unless the limit says otherwise,
    /// coefficients of covariates real.
    pub fn domain(self, parameter: usize) -> Domain {
        if let Some(border) = self.border {
            return border.domains.get(parameter).copied().unwrap_or(Domain::Real);
        }
        if parameter < self.kind.parameters().len() { Domain::Positive } else { Domain::Real }
    }

    pub fn predictor(self, parameters: &[f64]) -> Result<Predictor, ArgumentError> {
        match self.border {
            Some(border) => self.kind.on_border(border, parameters),
            None => self.kind.inside(parameters),
        }
    }
}

/// The units that an interval can be, from a microsecond to 178,000,000 years.
const UNIT_DAYS: RangeInclusive<f64> = 1e-11..=1e11;

/// More covariates in one array than a fit could ever tell apart.
pub const MOST_COVARIATES: usize = 100;

/// What a model describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Purchases,
    Spend,
    Contract,
}

impl Purpose {
    /// As an error names it, and what to pass the result of.
    fn name(self) -> (&'static str, &'static str) {
        match self {
            Purpose::Purchases => (
                "purchase model",
                "nbd_fit, bgnbd_fit, mbgnbd_fit, pnbd_fit or bgbb_fit, before a spend model; contracts have sbg_predict",
            ),
            Purpose::Spend => ("spend model", "gamma_gamma_fit"),
            Purpose::Contract => ("model of contract lifetimes", "sbg_fit"),
        }
    }
}

/// What a decoded model can answer.
pub enum Predictor {
    Purchases(Box<dyn Purchases>),
    Spend(GammaGamma),
    Contract(Sbg),
    /// The fit had too little to go by.
    None,
}

/// A decoded model.
pub struct Model {
    pub kind: Kind,
    /// The limit of the model that it is, if the fit came to one.
    pub border: Option<&'static Border>,
    /// The length of the unit of time, if it is known.
    pub unit_days: Option<f64>,
    /// The last day that the fit knew of, if it knew.
    pub as_of: Option<String>,
    pub predictor: Predictor,
    survivors: Survivors,
    /// In the order of `names`; empty if the fit had too little to go by.
    pub parameters: Vec<f64>,
    pub covariance: Option<DMatrix<f64>>,
    /// The coefficients of covariates of a customer, which the model needs before it can answer.
    pub design: Design,
    /// Of the fit, for comparisons.
    pub log_likelihood: Option<f64>,
    pub customers: u64,
    pub converged: Option<bool>,
}

/// The keys of a clv_model, in the order in which they are explained in README.md.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Document {
    model: String,
    /// The limit of the model that it is; none inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    border: Option<String>,
    /// Those that are left on the border, or all.
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
    /// Gamma-Gamma: of the customer who spent most in what all spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    largest_share: Option<f64>,
    /// Gamma-Gamma: the customers without whom the parameters would be most different.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    influence: Option<Value>,
    unit_days: Option<f64>,
    /// The last day of the customers' observation, as PostgreSQL writes dates in ISO style.
    as_of: Option<String>,
    /// How many covariates a customer has in each array of the fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    covariates: Vec<usize>,
    /// The numbers of those, from 1 on, that act on both processes by one coefficient.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    equal: Vec<usize>,
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
    /// Of a spend model alone.
    pub of_spend: Option<OfSpend>,
    pub observation: Observation,
    pub design: Design,
}

/// What a spend model says of its customers.
pub struct OfSpend {
    pub left_out: u64,
    pub correlation: Option<f64>,
    pub largest_share: Option<f64>,
    /// None with covariates.
    pub influence: Option<Vec<Influence>>,
}

/// As a WHERE finds them, with relative changes of the parameters.
fn influential(influence: Vec<Influence>) -> Value {
    let change = |changes: Option<[f64; 3]>, i: usize| changes.map(|changes| changes[i]);
    let customer = |Influence { x, mean, share, changes, mean_spend }| {
        json!({
            "frequency": x, "monetary": mean, "share": share,
            "p": change(changes, 0), "q": change(changes, 1), "v": change(changes, 2),
            "mean_spend": mean_spend,
        })
    };
    influence.into_iter().map(customer).collect()
}

/// A model as the fit aggregates return it.
pub fn fitted(kind: Kind, fit: Fit, beside: Circumstances) -> Outcome<Value> {
    let Circumstances { skipped, of_spend, observation, design } = beside;
    let spend = of_spend.as_ref();
    let border = fit.border.and_then(|name| Border::named(kind.borders(), name));
    let names = Form { kind, border }.names(&design);
    let rows = |matrix: &DMatrix<f64>| {
        matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
    };
    let covariates = if design.size() > 0 { design.lengths() } else { &[] };
    let (covariates, equal) = (covariates.to_vec(), design.equal().to_vec()); // small
    write(&Document {
        model: kind.prefix().into(),
        border: fit.border.map(str::to_owned),
        params: fit.parameters.as_deref().map(|values| named(&names, values)),
        std_errors: fit.std_errors.as_deref().map(|values| named(&names, values)),
        covariance: fit.covariance.as_ref().map(rows),
        log_likelihood: fit.log_likelihood,
        aic: fit.aic,
        bic: fit.bic,
        customers: Some(fit.customers),
        skipped: Some(skipped),
        left_out: spend.map(|spend| spend.left_out),
        correlation: spend.and_then(|spend| spend.correlation),
        largest_share: spend.and_then(|spend| spend.largest_share),
        influence: of_spend.and_then(|spend| spend.influence).map(influential),
        unit_days: observation.unit_days,
        as_of: observation.as_of.map(date_text),
        covariates,
        equal,
        iterations: Some(fit.iterations),
        converged: Some(fit.converged),
        termination: Some(fit.termination),
        gradient_norm: fit.gradient_norm,
        condition_number: fit.condition_number,
        version: Some(env!("CARGO_PKG_VERSION").into()),
    })
}

fn named(names: &[String], values: &[f64]) -> Map<String, Value> {
    names.iter().cloned().zip(values.iter().map(|&value| value.into())).collect()
}

fn write(document: &Document) -> Outcome<Value> {
    serde_json::to_value(document).map_err(|error| not_a_model(error.to_string()))
}

/// A model from published parameters: arguments 0.. are the parameters, then the unit.
fn published(call: &Call, kind: Kind) -> Outcome<Option<Returned>> {
    let count = kind.parameters().len();
    let Some(values) = (0..count).map(|i| call.float(i)).collect::<Option<Vec<f64>>>() else {
        return Ok(None);
    };
    kind.inside(&values).map_err(refused)?;
    let unit = call.interval(count).map(Unit::from_span).transpose()?;
    let value = given(kind, &values, unit.map(Unit::length), None, "parameters given, not fitted")?;
    call.returned_json(value).map(Some)
}

/// A model with these parameters that no fit has made.
pub fn given(
    kind: Kind,
    values: &[f64],
    unit_days: Option<f64>,
    as_of: Option<String>,
    origin: &str,
) -> Outcome<Value> {
    write(&Document {
        model: kind.prefix().into(),
        params: Some(named(&Form { kind, border: None }.names(&Design::default()), values)),
        unit_days,
        as_of,
        termination: Some(origin.into()),
        version: Some(env!("CARGO_PKG_VERSION").into()),
        ..Document::default()
    })
}

#[pg_extern(sql = false)]
fn nbd_model(call: Call) -> Outcome<Option<Returned>> {
    published(&call, Kind::Nbd)
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

    /// The model, and whether it is a limit of it.
    fn form(&self) -> Outcome<Form> {
        let form = Form::named(self.kind()?, self.border.as_deref()).ok_or_else(|| {
            let border = self.border.as_deref().unwrap_or_default();
            not_a_model(format!("\"border\" is {border:?}, which {} does not have.", self.model))
        })?;
        let covariates = !self.covariates.is_empty();
        if form.border.is_some() && (self.params.is_none() || covariates) {
            let lacks = if covariates { "has covariates" } else { "lacks \"params\"" };
            return Err(not_a_model(format!("It has a \"border\" and {lacks}.")));
        }
        Ok(form)
    }

    /// The coefficients of covariates.
    fn design(&self) -> Outcome<Design> {
        let wrong = |why: String| {
            let Document { covariates, equal, .. } = self;
            not_a_model(format!("\"covariates\" is {covariates:?}, \"equal\" {equal:?}: {why}."))
        };
        let effects = self.kind()?.effects();
        match (effects, self.covariates.as_slice()) {
            (_, []) if self.equal.is_empty() => Ok(Design::none(effects)),
            (Some(effects), lengths) if lengths.iter().all(|&n| n <= MOST_COVARIATES) => {
                Design::new(effects, lengths, &self.equal).map_err(|error| wrong(error.to_string()))
            }
            (Some(_), _) => Err(wrong(format!("at most {MOST_COVARIATES} are supported"))),
            (None, _) => Err(wrong("the model takes none".into())),
        }
    }

    /// The values of one of the maps over the parameters, in the order of the literature.
    fn values(names: &[String], map: &Map<String, Value>) -> Outcome<Vec<f64>> {
        let value = |name: &String| {
            let value = map.get(name);
            value.and_then(Value::as_f64).ok_or_else(|| {
                not_a_model(format!("Parameter {name} is {}.", value.unwrap_or(&Value::Null)))
            })
        };
        names.iter().map(value).collect()
    }
}

impl Model {
    /// The model in argument `i`; none if it is NULL.
    pub fn argument(call: &Call, i: usize) -> Outcome<Option<Rc<Model>>> {
        call.decoded(i, |call| Model::decode(call.json(i).unwrap_or_default()))
    }

    pub fn decode(value: Value) -> Outcome<Model> {
        let document = Document::read(value)?;
        let form = document.form()?;
        if let Some(days) = document.unit_days.filter(|days| !UNIT_DAYS.contains(days)) {
            return Err(not_a_model(format!("\"unit_days\" is {}.", written(days))));
        }
        // Twice the difference of two is a statistic.
        if let Some(value) = document.log_likelihood.filter(|value| value.abs() > 1e300) {
            return Err(not_a_model(format!("\"log_likelihood\" is {}.", written(value))));
        }
        let design = document.design()?;
        let names = form.names(&design);
        let parameters = match &document.params {
            Some(params) => Document::values(&names, params)?,
            None => Vec::new(),
        };
        let predictor = match design.size() {
            0 => form.predictor(&parameters).map_err(refused)?,
            _ => Predictor::None,
        };
        let size = parameters.len();
        let entries: Vec<f64> = document.covariance.iter().flatten().flatten().copied().collect();
        let square = size > 0 && entries.len() == size * size;
        Ok(Model {
            kind: form.kind,
            border: form.border,
            unit_days: document.unit_days,
            as_of: document.as_of,
            predictor,
            survivors: Survivors::default(),
            parameters,
            covariance: square.then(|| DMatrix::from_row_slice(size, size, &entries)),
            design,
            log_likelihood: document.log_likelihood,
            customers: document.customers.unwrap_or(0),
            converged: document.converged,
        })
    }

    pub fn form(&self) -> Form {
        Form { kind: self.kind, border: self.border }
    }

    /// The purchase model; none if the fit found none.
    pub fn purchases(&self) -> Outcome<Option<&dyn PurchaseModel>> {
        match &self.predictor {
            Predictor::Purchases(model) => Ok(Some(model.as_ref())),
            _ => self.none_or_unfit(Purpose::Purchases),
        }
    }

    /// As [`PurchaseModel::discounted_purchases`] of `self.purchases()`; for customers with the same
    /// x and T the part that they have in common is computed once.
    pub fn discounted_purchases(
        &self,
        purchases: &dyn PurchaseModel,
        history: History,
        delta: f64,
        horizon: f64,
    ) -> f64 {
        let expected = self.survivors.purchases(purchases, history, delta, horizon);
        if_survived(purchases.p_survived(history), expected)
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
            return if self.design.size() == 0 { Ok(None) } else { Err(self.lacks_covariates()) };
        }
        let (name, fit) = needed.name();
        Err(self.unfit(name, fit))
    }

    fn lacks_covariates(&self) -> ErrorReport {
        invalid(
            "the model needs the covariates of the customer",
            format!("It was fitted with {}.", self.covariates_in_words()),
            match self.design.effects().is_some_and(|effects| effects.separate) {
                true => "Pass clv_model_for(model, purchase, dropout) with those of the customer.",
                false => "Pass clv_model_for(model, covariates) with those of the customer.",
            },
        )
    }

    /// How many covariates a customer has in each array.
    pub fn covariates_in_words(&self) -> String {
        let arrays = self.design.effects().map_or(&[][..], Effects::arrays);
        count_in_words(arrays, self.design.lengths())
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

/// The parameters as rows, on the border those that are left. The limits are symmetric for the
/// logarithm of a parameter, or the log odds of a share, so that they stay where it may be.
#[pg_extern(sql = false)]
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
    let document = Document::read(value)?;
    let form = document.form()?;
    let Some(params) = &document.params else { return Ok(TableIterator::empty()) };
    let names = form.names(&document.design()?);
    let estimates = Document::values(&names, params)?;
    let std_errors = document.std_errors.map(|map| Document::values(&names, &map)).transpose()?;
    let limits = |i: usize, estimate: f64, error: f64| {
        parameter_limits(estimate, error, form.domain(i), level).map_err(refused)
    };
    let rows = names.into_iter().zip(estimates).enumerate().map(|(i, (name, estimate))| {
        let Some(error) = std_errors.as_ref().map(|errors| errors[i]) else {
            return Ok((name, estimate, None, None, None, None));
        };
        let Limits { lower, upper } = limits(i, estimate, error)?;
        Ok((
            name,
            estimate,
            Some(error),
            finite(lower),
            finite(upper),
            finite(wald_test(estimate, error).z),
        ))
    });
    Ok(TableIterator::new(rows.collect::<Outcome<Vec<_>>>()?))
}
