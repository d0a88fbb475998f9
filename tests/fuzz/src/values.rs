//! Values as SQL literals, by type and by the name of the argument: ordinary ones, which belong
//! together as far as a name says so, and those of tests/fuzz/edges.

use std::collections::HashMap;

use fastrand::Rng;
use serde_json::{Map, Value};

use crate::catalogue::{Argument, Catalogue};

/// The values of tests/fuzz/edges by type.
pub struct Edges(HashMap<&'static str, Vec<&'static str>>);

impl Edges {
    pub fn read(text: &'static str) -> Self {
        let mut edges: HashMap<_, Vec<_>> = HashMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((kind, values)) = line.split_once('|') {
                edges.entry(kind.trim()).or_default().extend(values.split('|').map(str::trim));
            }
        }
        Self(edges)
    }
}

pub struct Values<'a> {
    pub random: Rng,
    catalogue: &'a Catalogue,
    /// How many of a hundred values come from the edges.
    pub edges: u32,
    /// Frequency, recency and age of one customer.
    customer: [f64; 3],
    /// Arrays that belong together are of one length.
    length: usize,
}

impl<'a> Values<'a> {
    pub fn new(mut random: Rng, catalogue: &'a Catalogue, edges: u32) -> Self {
        let length = random.usize(1..6);
        Self { random, catalogue, edges, customer: [2.0, 30.43, 38.86], length }
    }

    pub fn one_in(&mut self, n: u32) -> bool {
        self.random.u32(0..n) == 0
    }

    pub fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.random.usize(0..among.len())]
    }

    fn edge(&mut self, kind: &str) -> String {
        let Edges(edges) = &self.catalogue.edges;
        self.pick(&edges[kind]).to_owned()
    }

    /// Another customer for the arguments that describe one.
    pub fn next_customer(&mut self) {
        // In whole units, as BG/BB has them, or in quarters, which a double precision holds exactly.
        let unit = self.pick(&[1.0, 0.25]);
        let age = self.random.u32(12..400);
        let frequency = self.random.u32(0..12);
        let recency = if frequency == 0 { 0 } else { self.random.u32(frequency..=age) };
        self.customer = [frequency.into(), f64::from(recency) * unit, f64::from(age) * unit];
    }

    /// A value of an argument for the function of that name.
    pub fn literal(&mut self, argument: &Argument, function: &str) -> String {
        let edge = self.random.u32(0..100) < self.edges;
        self.value(argument, function, edge)
    }

    pub fn value(&mut self, argument: &Argument, function: &str, edge: bool) -> String {
        let Argument { name, sql_type } = argument;
        if edge && self.one_in(12) {
            return format!("NULL::{sql_type}");
        }
        if let Some(element) = sql_type.strip_suffix("[]") {
            return self.array(name, element, function, edge);
        }
        if let Some(fields) = self.catalogue.composites.get(sql_type) {
            // One field at the edge is enough to be an absurd row.
            let odd = edge.then(|| self.random.usize(0..fields.len()));
            let field = |(i, field)| self.value(field, function, odd == Some(i));
            let fields: Vec<String> = fields.iter().enumerate().map(field).collect();
            return format!("ROW({})::{sql_type}", fields.join(", "));
        }
        let text = match sql_type.as_str() {
            "double precision" => self.number(name, edge),
            "numeric" if edge && self.one_in(3) => self.edge("numeric"),
            "numeric" => self.number(name, edge),
            "integer" | "bigint" if !edge => self.integer(name).to_string(),
            "boolean" => self.random.bool().to_string(),
            "timestamp without time zone" | "timestamp with time zone" if edge => {
                self.edge("timestamp")
            }
            "date" | "timestamp without time zone" | "timestamp with time zone" if !edge => {
                self.date(name)
            }
            "interval" if !edge => self.pick(&["1 day", "1 week", "1 month", "1 year"]).into(),
            "text" => self.text(name, edge),
            "clv_model" => self.model(name, function, edge),
            "jsonb" => self.options(function),
            "rfm_map" => return self.map(edge),
            known if self.catalogue.edges.0.contains_key(known) => self.edge(known),
            new => panic!("no values are known of type {new}: tests/fuzz/src/values.rs"),
        };
        format!("'{}'::{sql_type}", text.replace('\'', "''"))
    }

    fn number(&mut self, name: &str, edge: bool) -> String {
        if edge {
            let finite = !self.one_in(8);
            return self.edge(if finite { "double precision" } else { "not finite" });
        }
        let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
        match ["frequency", "recency", "age"].iter().position(|known| *known == name) {
            Some(i) => self.customer[i].to_string(),
            None if is(&["rate", "level", "share", "margin", "significance", "power"])
                || is(&["p_alive", "p_values", "active", "lost"]) =>
            {
                format!("{:.3}", self.random.f64())
            }
            None if is(&[
                "customers",
                "responses",
                "rating",
                "period",
                "tenure",
                "days",
                "entered",
            ]) =>
            {
                self.integer(name).to_string()
            }
            None => match self.random.u32(0..4) {
                0 => format!("{:.3}", self.random.f64()),
                1 => self.random.u32(0..60).to_string(),
                _ => format!("{:.4}", 10f64.powf(self.random.f64() * 5.0 - 2.0)),
            },
        }
    }

    /// A whole number such as an argument of that name has.
    fn integer(&mut self, name: &str) -> u32 {
        self.random.u32(match name {
            "r" | "f" | "m" | "rating" => 1..6,
            "bins" | "history" => 5..11,
            "resamples" => 100..300,
            "entered" => 0..1,
            _ if name.contains("responses") => 0..30,
            _ if name.starts_with("customers_") => 30..1000,
            _ => 1..11,
        })
    }

    fn date(&mut self, name: &str) -> String {
        // What looks back comes after what is looked at, and mostly from one and the same day.
        if name == "as_of" && !self.one_in(4) {
            return "1998-01-01".into();
        }
        let later = ["as_of", "to", "until", "at", "day", "value_date"].contains(&name);
        let year = if later { 1998 } else { 1997 };
        format!("{year}-{:02}-{:02}", self.random.u32(1..13), self.random.u32(1..29))
    }

    fn text(&mut self, name: &str, edge: bool) -> String {
        let words: &[&str] = match name {
            _ if edge && self.one_in(10) => return self.pick(&["x", "9", "1 day "]).repeat(300),
            _ if edge => {
                let kind = self.pick(&["text", "interval"]);
                return self.edge(kind);
            }
            "horizon" | "unit" => &["1 year", "26 weeks", "90 days"],
            "time_zone" => &["UTC", "Europe/Berlin"],
            "first_payment" => &["now", "period_end", "first_renewal"],
            "first_growth" => &["second_payment", "first_payment"],
            "period" => &["day", "week", "month", "quarter", "year"],
            "map" => &["default", "five", "mean"],
            _ => &["Bronze", "Silver", "Gold"],
        };
        self.pick(words).to_owned()
    }

    fn array(&mut self, name: &str, element: &str, function: &str, edge: bool) -> String {
        let of = Argument { name: name.into(), sql_type: element.into() };
        let shape = if edge { self.random.u32(0..8) } else { u32::MAX };
        let odd = self.value(&of, function, shape == 1);
        match shape {
            0 => return format!("'{{}}'::{element}[]"),
            1 => return format!("array_fill({odd}, ARRAY[10000])"),
            2 => return format!("ARRAY[ARRAY[{odd}], ARRAY[{odd}]]"),
            3 => return format!("array_fill({odd}, ARRAY[2], ARRAY[-5])"),
            _ => {}
        }
        let length = if self.one_in(8) { self.random.usize(1..5) } else { self.length };
        let odd = edge.then(|| self.random.usize(0..length));
        let elements: Vec<String> =
            (0..length).map(|i| self.value(&of, function, odd == Some(i))).collect();
        format!("ARRAY[{}]", elements.join(", "))
    }

    /// A model of the family that the function or the argument asks for, mostly.
    fn model(&mut self, name: &str, function: &str, edge: bool) -> String {
        let models = &self.catalogue.models;
        let prefix = |family: &str| function.starts_with(&format!("{family}_"));
        let spend = name == "spend" || function.contains("spend");
        let named = models.iter().any(|(family, _)| prefix(family));
        let wanted = |family: &str| match family {
            _ if named => prefix(family),
            "gamma_gamma" => spend,
            _ => !spend && family != "sbg",
        };
        let fitting: Vec<&(String, String)> =
            models.iter().filter(|(family, _)| wanted(family)).collect();
        let (_, model) = match fitting.is_empty() || self.one_in(30) {
            true => &models[self.random.usize(0..models.len())],
            false => self.pick(&fitting),
        };
        if edge { self.mutated(model) } else { model.clone() }
    }

    /// The model with one value changed, or its parameters.
    fn mutated(&mut self, model: &str) -> String {
        let mut model: Map<String, Value> = serde_json::from_str(model).expect("a model is JSON");
        let mut tokens = Vec::new();
        match model.get_mut("params") {
            Some(Value::Object(parameters)) if self.random.u32(0..10) < 6 => {
                let all = self.one_in(3);
                let odd = self.random.usize(0..parameters.len());
                for (i, parameter) in parameters.values_mut().enumerate() {
                    if all || i == odd {
                        *parameter = placeholder(&mut tokens, self.edge("double precision"));
                    }
                }
            }
            _ => self.change(&mut model, &mut tokens),
        }
        let mut text = Value::Object(model).to_string();
        for (i, token) in tokens.iter().enumerate() {
            text = text.replacen(&format!("\"@{i}@\""), token, 1);
        }
        text
    }

    fn change(&mut self, object: &mut Map<String, Value>, tokens: &mut Vec<String>) {
        let token = match self.random.u32(0..10) {
            0 => format!("{}{}", "[".repeat(500), "]".repeat(500)),
            1..5 => self.edge("token"),
            _ => self.edge("double precision"),
        };
        if object.is_empty() || self.one_in(12) {
            let key = self.pick(&["border", "wrong", "params", "unit_days", ""]);
            object.insert(key.into(), placeholder(tokens, token));
            return;
        }
        let keys: Vec<String> = object.keys().cloned().collect();
        let key = &keys[self.random.usize(0..keys.len())];
        match &mut object[key] {
            Value::Object(inner) if !self.one_in(4) => self.change(inner, tokens),
            Value::Array(inner) if !inner.is_empty() && !self.one_in(4) => {
                let i = self.random.usize(0..inner.len());
                inner[i] = placeholder(tokens, token);
            }
            _ if self.one_in(6) => drop(object.remove(key)),
            value => *value = placeholder(tokens, token),
        }
    }

    fn options(&mut self, function: &str) -> String {
        if self.one_in(12) {
            return self.edge("token");
        }
        let count = self.random.u32(0..3);
        let entry = |_| {
            let fit = function.contains("_fit");
            let key =
                if fit { self.edge("option") } else { self.pick(&["level", "horizon"]).into() };
            let value = match self.random.u32(0..4) {
                0 => self.edge("token"),
                1 => self.edge("integer"),
                2 => self.pick(&["true", "\"1 week\"", "0.01", "0.9", "50"]).into(),
                _ => self.edge("double precision"),
            };
            format!("\"{key}\": {value}")
        };
        format!("{{{}}}", (0..count).map(entry).collect::<Vec<String>>().join(", "))
    }

    /// A map of segments: some rules, or ten thousand.
    fn map(&mut self, edge: bool) -> String {
        let rules = if edge { self.pick(&[0, 1, 3, 100, 10000]) } else { self.random.u32(1..6) };
        let keys = ["r_low", "r_high", "f_low", "f_high", "m_low", "m_high", "priority"];
        // Many sound rules, or one whose bounds are not.
        let odd = (edge && self.random.bool()).then(|| self.random.usize(0..keys.len()));
        let bound = |(i, key): (usize, &&str)| {
            let ordinary = if key.ends_with("high") { "3" } else { "1" };
            let bound = if odd == Some(i) { self.edge("integer") } else { ordinary.into() };
            format!("'{key}', '{bound}'::bigint + i % 3")
        };
        let bounds: Vec<String> = keys.iter().enumerate().map(bound).collect();
        format!(
            "(SELECT jsonb_agg(jsonb_build_object('segment', 'segment ' || i, {})) FROM generate_series(1, {rules}) AS i)::rfm_map",
            bounds.join(", ")
        )
    }
}

/// Stands for a token that serde_json could not hold, such as 1e999.
fn placeholder(tokens: &mut Vec<String>, token: String) -> Value {
    tokens.push(token);
    Value::String(format!("@{}@", tokens.len() - 1))
}
