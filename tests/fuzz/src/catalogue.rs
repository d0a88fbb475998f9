//! What there is to call, read from the catalogue: a function that is new in sql/ is fuzzed without
//! a change here.

use std::collections::HashMap;

use postgres::{Client, Error};

use crate::values::Edges;

pub struct Argument {
    pub name: String,
    pub sql_type: String,
}

pub struct Function {
    pub name: String,
    /// f: a function, a: an aggregate, w: a window function.
    pub kind: char,
    pub returns_set: bool,
    pub arguments: Vec<Argument>,
    /// How many arguments cannot be left out.
    pub required: usize,
    /// The columns of a result, one for a scalar.
    pub columns: Vec<Argument>,
    /// Is the result a row, whose fields are to be taken apart?
    pub composite: bool,
    /// Is it an array of rows?
    pub array_of_composite: bool,
}

impl Function {
    pub fn signature(&self) -> String {
        let types: Vec<&str> = self.arguments.iter().map(|a| a.sql_type.as_str()).collect();
        format!("{}({})", self.name, types.join(", "))
    }
}

pub struct Catalogue {
    pub functions: Vec<Function>,
    /// The fields of each composite type.
    pub composites: HashMap<String, Vec<Argument>>,
    /// Columns of the table of ordinary rows that setup.sql makes.
    pub columns: Vec<Argument>,
    pub edges: Edges,
    /// Sound models by their family: published, and fitted to the shop.
    pub models: Vec<(String, String)>,
}

const FUNCTIONS: &str = "
    SELECT p.oid::text, p.proname, p.prokind, p.proretset, p.pronargs - p.pronargdefaults AS required,
           format_type(p.prorettype, NULL) AS result,
           array_to_string(p.proargnames[1:p.pronargs], ',') AS names,
           array_to_string(ARRAY(SELECT CASE t WHEN 'anyelement'::regtype THEN 'integer' ELSE format_type(t, NULL) END
                                 FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a(t, n) ORDER BY n), ',') AS types,
           array_to_string(ARRAY(SELECT n FROM unnest(p.proargnames, p.proargmodes) AS a(n, m) WHERE m IN ('t', 'o')), ',') AS out_names,
           array_to_string(ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proallargtypes, p.proargmodes) AS a(t, m) WHERE m IN ('t', 'o')), ',') AS out_types
    FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    WHERE d.refclassid = 'pg_extension'::regclass AND p.prokind IN ('f', 'a', 'w') AND p.proname NOT LIKE '\\_%'
      AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_clv')
    ORDER BY p.oid::regprocedure::text COLLATE \"C\"";

const FIELDS: &str = "
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL), c.relkind = 'c'
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relkind = 'c' AND c.relnamespace = 'public'::regnamespace OR c.relname = 'fuzz_rows'
    ORDER BY c.relname, a.attnum";

fn arguments(names: &str, types: &str) -> Vec<Argument> {
    let pair =
        |(name, sql_type): (&str, &str)| Argument { name: name.into(), sql_type: sql_type.into() };
    if names.is_empty() {
        Vec::new()
    } else {
        names.split(',').zip(types.split(',')).map(pair).collect()
    }
}

impl Catalogue {
    pub fn read(client: &mut Client) -> Result<Self, Error> {
        let mut composites: HashMap<String, Vec<Argument>> = HashMap::new();
        for row in client.query(FIELDS, &[])? {
            let field = Argument { name: row.get(1), sql_type: row.get(2) };
            composites.entry(row.get(0)).or_default().push(field);
        }
        let columns = composites.remove("fuzz_rows").unwrap_or_default();
        let mut functions = Vec::new();
        for row in client.query(FUNCTIONS, &[])? {
            let text = |column: &str| row.get::<_, String>(column);
            let (name, result) = (text("proname"), text("result"));
            let element = result.strip_suffix("[]").unwrap_or(&result);
            let fields = composites.get(element);
            let columns = match (result.as_str(), fields) {
                ("record", _) => arguments(&text("out_names"), &text("out_types")),
                (_, Some(fields)) => fields
                    .iter()
                    .map(|f| Argument { name: f.name.clone(), sql_type: f.sql_type.clone() })
                    .collect(),
                _ => vec![Argument { name: String::new(), sql_type: result.clone() }],
            };
            functions.push(Function {
                kind: row.get::<_, i8>("prokind") as u8 as char,
                returns_set: row.get("proretset"),
                arguments: arguments(&text("names"), &text("types")),
                required: row.get::<_, i16>("required") as usize,
                composite: result == "record" || (fields.is_some() && element == result),
                array_of_composite: fields.is_some() && element != result,
                columns,
                name,
            });
        }
        let models = client
            .query("SELECT model ->> 'model', model::text FROM fuzz_models ORDER BY 1, 2", &[])?;
        let models = models.iter().map(|row| (row.get(0), row.get(1))).collect();
        let edges = Edges::read(include_str!("../edges"));
        Ok(Self { functions, composites, columns, edges, models })
    }
}
