//! Statements: a function, its arguments, and where the rows come from.

use fastrand::Rng;

use crate::catalogue::{Argument, Catalogue, Function};
use crate::values::Values;

/// Settings that choose other plans, each for a batch of statements.
pub const PLANS: &[&str] = &[
    "",
    "SET max_parallel_workers_per_gather = 0; SET work_mem = '64kB'",
    "SET enable_hashagg = off; SET TimeZone = 'America/New_York'",
    "SET enable_sort = off; SET work_mem = '256MB'",
    "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0; SET parallel_leader_participation = off",
    // Its name is another from PostgreSQL 16 on.
    "SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode')",
];
/// Every so many statements another plan.
pub const BATCH: u64 = 40;

pub struct Statement {
    /// Its place in the catalogue.
    pub function: usize,
    pub text: String,
}

impl Statement {
    /// Are all values in it finite, so that the result has to be?
    pub fn finite(&self) -> bool {
        !self.text.contains("NaN") && !self.text.contains("nfinity")
    }
}

/// The statement of that number: the same for a seed and a catalogue.
pub fn statement(catalogue: &Catalogue, seed: u64, number: u64) -> Statement {
    let mut random = Rng::with_seed(seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let edges = [0, 10, 30, 60, 100][random.usize(0..5)];
    let values = Values::new(random, catalogue, edges);
    // Each function in turn.
    let function = number as usize % catalogue.functions.len();
    let text = Maker { function: &catalogue.functions[function], values, catalogue }.write();
    Statement { function, text }
}

struct Maker<'a> {
    function: &'a Function,
    values: Values<'a>,
    catalogue: &'a Catalogue,
}

impl Maker<'_> {
    fn write(&mut self) -> String {
        let count = self.arguments();
        match self.function.kind {
            'f' if self.function.returns_set => self.set(count),
            'f' => self.scalar(count),
            _ => self.aggregate(count),
        }
    }

    /// How many of the arguments are given; the others have defaults.
    fn arguments(&mut self) -> usize {
        let Function { required, ref arguments, .. } = *self.function;
        if self.values.one_in(4) {
            self.values.random.usize(required..=arguments.len())
        } else {
            arguments.len()
        }
    }

    fn row(&mut self, count: usize) -> Vec<String> {
        self.values.next_customer();
        let function = self.function;
        // Mostly a single odd value: the others let it pass the first checks.
        let odd = match self.values.edges {
            1..=30 if count > 0 => self.values.random.usize(0..count),
            _ => usize::MAX,
        };
        let value = |(i, argument): (usize, &Argument)| match odd {
            usize::MAX => self.values.literal(argument, &function.name),
            odd => self.values.value(argument, &function.name, i == odd),
        };
        function.arguments[..count].iter().enumerate().map(value).collect()
    }

    /// A VALUES list, whose columns are c1, c2 …; what the rows of a group have to share they mostly do.
    fn values(&mut self, rows: usize, count: usize) -> String {
        let mut rows: Vec<Vec<String>> = (0..rows).map(|_| self.row(count)).collect();
        for (i, argument) in self.function.arguments[..count].iter().enumerate() {
            if self.shared(argument) && !self.values.one_in(5) {
                let value = rows[0][i].clone();
                rows.iter_mut().for_each(|row| row[i].clone_from(&value));
            }
        }
        let rows: Vec<String> = rows.iter().map(|row| format!("({})", row.join(", "))).collect();
        format!("(VALUES {}) AS v({})", rows.join(", "), columns("c", count).join(", "))
    }

    /// Is it an argument that all rows of a group have in common? Its name is then that of no column.
    fn shared(&self, argument: &Argument) -> bool {
        let column = |column: &Argument| column.name == argument.name;
        self.function.kind != 'f' && !self.catalogue.columns.iter().any(column)
    }

    fn call(&mut self, arguments: &[String]) -> String {
        let names = &self.function.arguments;
        // In the notation by name now and then, where there is one: not for aggregates.
        let named = self.function.kind == 'f' && self.values.one_in(8);
        let argument = |(text, known): (&String, &Argument)| match named {
            true => format!("\"{}\" => {text}", known.name),
            false => text.clone(),
        };
        let arguments: Vec<String> = arguments.iter().zip(names).map(argument).collect();
        format!("{}({})", self.function.name, arguments.join(", "))
    }

    /// Takes rows apart, so that each field is looked at.
    fn apart(&self, query: &str) -> String {
        match self.function {
            f if f.array_of_composite => format!(
                "SELECT (q.r).* FROM (SELECT unnest(q.r) AS r FROM ({query}) AS q OFFSET 0) AS q LIMIT 1000"
            ),
            f if f.composite => format!("SELECT (q.r).* FROM ({query} OFFSET 0) AS q LIMIT 1000"),
            _ => format!("{query} LIMIT 1000"),
        }
    }

    fn scalar(&mut self, count: usize) -> String {
        // By constants, which the planner evaluates, or row by row, which keeps what was decoded.
        if count == 0 || self.values.one_in(2) {
            let row = self.row(count);
            let call = self.call(&row);
            return self.apart(&format!("SELECT {call} AS r"));
        }
        let rows = self.values.random.usize(1..6);
        let from = self.values(rows, count);
        let call = self.call(&columns("v.c", count));
        self.apart(&format!("SELECT {call} AS r FROM {from}"))
    }

    fn set(&mut self, count: usize) -> String {
        match self.values.random.u32(0..3) {
            0 if count > 0 => {
                let from = self.values(2, count);
                let call = self.call(&columns("v.c", count));
                format!("SELECT f.* FROM {from}, LATERAL {call} AS f LIMIT 1000")
            }
            1 => {
                let row = self.row(count);
                format!("SELECT ({}).* LIMIT 1000", self.call(&row))
            }
            _ => {
                let row = self.row(count);
                format!("SELECT * FROM {} LIMIT 1000", self.call(&row))
            }
        }
    }

    /// An aggregate or a window function over a VALUES list or the table.
    fn aggregate(&mut self, count: usize) -> String {
        let (from, arguments, order) = match self.values.random.u32(0..4) {
            0 => {
                let rows = self.values.random.usize(1..12);
                (self.values(rows, count), columns("v.c", count), "1".to_owned())
            }
            _ => {
                let rows = match self.values.one_in(40) {
                    true => 40000,
                    false => self.values.pick(&[0, 1, 2, 100, 100, 1000, 1000, 5000]),
                };
                let arguments = self.over_table(count);
                (format!("fuzz_rows AS t WHERE t.id <= {rows}"), arguments, "t.id".to_owned())
            }
        };
        let mut call = self.call(&arguments);
        let table = from.starts_with("fuzz_rows");
        let mut group = String::new();
        if self.function.kind == 'w' || self.values.one_in(12) {
            let partition =
                if table && self.values.one_in(2) { "PARTITION BY t.id % 7 " } else { "" };
            let frame = self.values.pick(&[
                "",
                "ROWS BETWEEN 3 PRECEDING AND CURRENT ROW",
                "ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
            ]);
            let order = if self.values.one_in(3) && frame.is_empty() {
                String::new()
            } else {
                format!("ORDER BY {order} ")
            };
            call = format!("{call} OVER ({partition}{order}{frame})");
        } else {
            if self.values.one_in(8) {
                call.truncate(call.len() - 1);
                call = format!("{call} ORDER BY {})", arguments[0]);
            }
            if table && self.values.one_in(3) {
                group = format!(" GROUP BY t.id % {}", self.values.pick(&[2, 50, 1000]));
            } else if table && self.values.one_in(8) {
                call = format!("{call} FILTER (WHERE t.id % 3 = 0)");
            }
        }
        self.apart(&format!("SELECT {call} AS r FROM {from}{group}"))
    }

    /// For each argument a column that has its name or type, a constant, or a column with odd values.
    fn over_table(&mut self, count: usize) -> Vec<String> {
        let function = self.function;
        let mut texts = Vec::new();
        for argument in &function.arguments[..count] {
            let known = &self.catalogue.columns;
            let same_type: Vec<&Argument> =
                known.iter().filter(|column| column.sql_type == argument.sql_type).collect();
            let named = same_type.iter().find(|column| column.name == argument.name).copied();
            let constant = same_type.is_empty() || self.shared(argument) && !self.values.one_in(5);
            if constant || self.values.one_in(10) {
                texts.push(self.values.literal(argument, &function.name));
                continue;
            }
            let column = match named {
                Some(column) => column,
                None => self.values.pick(&same_type),
            };
            texts.push(if self.values.random.u32(0..200) < self.values.edges {
                let odd = self.values.value(argument, &function.name, true);
                format!(
                    "CASE WHEN t.id % {} = 1 THEN {odd} ELSE t.{} END",
                    self.values.pick(&[2, 37, 1000]),
                    column.name
                )
            } else {
                format!("t.{}", column.name)
            });
        }
        texts
    }
}

fn columns(prefix: &str, count: usize) -> Vec<String> {
    (1..=count).map(|i| format!("{prefix}{i}")).collect()
}
