//! Calls every public function of pg_clv with ordinary and with extreme values under many plans, and
//! looks at what comes back. Prints TAP.
//!
//!     pg_clv_fuzz "CONNECTION" CALLS SEED CONNECTIONS
//!
//! A client of its own, not a loop inside the server: only from outside can one see that a statement
//! does not end at statement_timeout, that the server is gone, and what fields an error has. What there
//! is to call comes from the catalogue; what may come back from tests/fuzz/domains. The statement of a
//! number depends on the seed and the catalogue alone, and a fault is printed as psql takes it.

mod catalogue;
mod statement;
mod values;
mod verdict;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use postgres::error::DbError;
use postgres::{Client, NoTls, SimpleQueryMessage};

use catalogue::Catalogue;
use statement::{BATCH, PLANS, Statement, statement};
use verdict::{Domains, error_fault};

const TIMEOUT: &str = "SET statement_timeout = '1s'; SET client_min_messages = error; SET jit = off; SET temp_file_limit = '1GB'";
/// A statement that is still running then does not heed its timeout.
const TOO_LONG: Duration = Duration::from_secs(3);
/// And is ended by force.
const HOPELESS: Duration = Duration::from_secs(10);

/// Each a line of the report, with the kind under which faults are filed.
const CHECKS: &[(&str, &str)] = &[
    ("crash", "no statement ends the server"),
    ("slow", "no statement takes three seconds at a statement_timeout of one"),
    ("state", "every error has an SQLSTATE of the user's making"),
    ("message", "every error has lower-case words, a DETAIL and a HINT, and no trace of Rust"),
    ("domain", "every value is within its domain, and finite where the arguments are"),
];

#[derive(Default)]
struct Report {
    /// By kind and function, the first few statements and how many there were.
    faults: BTreeMap<(&'static str, String), (u64, Vec<String>)>,
    /// By SQLSTATE, or what else came of it.
    outcomes: BTreeMap<String, u64>,
    slowest: (Duration, String),
}

impl Report {
    fn fault(&mut self, kind: &'static str, function: &str, what: &str, plan: &str, text: &str) {
        let (count, examples) = self.faults.entry((kind, function.to_owned())).or_default();
        *count += 1;
        if examples.len() < 3 {
            let plan = if plan.is_empty() { String::new() } else { format!("{plan}; ") };
            examples.push(format!("{what}\n#   {plan}{text};"));
        }
    }
}

/// What a connection is doing, for the watchdog.
struct Running {
    since: Instant,
    backend: i32,
    ended: bool,
}

struct Fuzz<'a> {
    connection: &'a str,
    calls: u64,
    seed: u64,
    catalogue: Catalogue,
    domains: Domains,
    next: AtomicU64,
    report: Mutex<Report>,
}

impl Fuzz<'_> {
    fn connect(&self) -> (Client, i32) {
        // A server that restarts after a crash is back within a minute.
        let client = (0..600).find_map(|_| {
            let client = Client::connect(self.connection, NoTls).ok();
            if client.is_none() {
                std::thread::sleep(Duration::from_millis(100))
            }
            client
        });
        let mut client = client.unwrap_or_else(|| panic!("no connection to {}", self.connection));
        client.batch_execute(TIMEOUT).expect("settings");
        let backend = client.query_one("SELECT pg_backend_pid()", &[]).expect("a backend").get(0);
        (client, backend)
    }

    /// Takes batches until all are done.
    fn work(&self, running: &Mutex<Option<Running>>) {
        let (mut client, mut backend) = self.connect();
        loop {
            let batch = self.next.fetch_add(1, Relaxed);
            let numbers = batch * BATCH..((batch + 1) * BATCH).min(self.calls);
            if numbers.is_empty() {
                return;
            }
            let plan = PLANS[(batch % PLANS.len() as u64) as usize];
            let _ = client.batch_execute(&format!("RESET ALL; {TIMEOUT}; {plan}"));
            for number in numbers {
                let statement = statement(&self.catalogue, self.seed, number);
                *running.lock().unwrap() =
                    Some(Running { since: Instant::now(), backend, ended: false });
                let result = client.simple_query(&statement.text);
                let ran = running.lock().unwrap().take().expect("it was set");
                let lost =
                    result.as_ref().is_err_and(|error| error.as_db_error().is_none_or(restarted));
                self.judge(&statement, plan, result, &ran);
                if lost {
                    (client, backend) = self.connect();
                    let _ = client.batch_execute(plan);
                }
            }
        }
    }

    fn judge(
        &self,
        statement: &Statement,
        plan: &str,
        result: Result<Vec<SimpleQueryMessage>, postgres::Error>,
        ran: &Running,
    ) {
        let Statement { function, text } = statement;
        let took = ran.since.elapsed();
        let mut report = self.report.lock().unwrap();
        if took > report.slowest.0 {
            report.slowest = (took, text.clone());
        }
        if took > TOO_LONG {
            report.fault(
                "slow",
                &function.name,
                &format!("{:.1} s", took.as_secs_f64()),
                plan,
                text,
            );
        }
        let outcome = match &result {
            Ok(_) => "success".to_owned(),
            Err(error) => {
                error.code().map_or("no answer".to_owned(), |code| code.code().to_owned())
            }
        };
        *report.outcomes.entry(outcome).or_default() += 1;
        match result {
            Ok(messages) => {
                let rows = messages.iter().filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => Some(row),
                    _ => None,
                });
                let fields = rows.flat_map(|row| {
                    function.columns.iter().enumerate().map(move |(i, column)| (column, row.get(i)))
                });
                let mut faults = fields
                    .filter_map(|(column, text)| self.domains.fault(statement, column, text?));
                if let Some(what) = faults.next() {
                    report.fault("domain", &function.name, &what, plan, text);
                }
            }
            Err(error) => match error.as_db_error() {
                Some(said) if restarted(said) => {}
                Some(said) => {
                    if let Some((kind, what)) = error_fault(said) {
                        report.fault(kind, &function.name, &what, plan, text);
                    }
                }
                None if ran.ended => {}
                None => report.fault("crash", &function.name, &error.to_string(), plan, text),
            },
        }
    }

    /// Ends backends that nothing else ends.
    fn watch(&self, running: &[Mutex<Option<Running>>], done: &AtomicBool) {
        while !done.load(Relaxed) {
            std::thread::sleep(Duration::from_millis(200));
            for slot in running {
                if let Some(running) = slot.lock().unwrap().as_mut()
                    && running.since.elapsed() > HOPELESS
                    && !running.ended
                {
                    running.ended = true;
                    let _ = std::process::Command::new("kill")
                        .args(["-9", &running.backend.to_string()])
                        .status();
                }
            }
        }
    }

    fn run(&self, connections: usize) {
        let running: Vec<Mutex<Option<Running>>> =
            (0..connections).map(|_| Mutex::new(None)).collect();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| self.watch(&running, &done));
            let workers: Vec<_> =
                running.iter().map(|slot| scope.spawn(move || self.work(slot))).collect();
            for worker in workers {
                worker.join().expect("a worker");
            }
            done.store(true, Relaxed);
        });
    }

    /// Prints TAP; was everything in order?
    fn print(&self, took: Duration) -> bool {
        let report = self.report.lock().unwrap();
        let functions = &self.catalogue.functions;
        let missing = self.domains.missing(functions);
        println!(
            "# {} calls of {} functions with seed {} in {:.0} s",
            self.calls,
            functions.len(),
            self.seed,
            took.as_secs_f64()
        );
        let outcomes: Vec<String> =
            report.outcomes.iter().map(|(outcome, count)| format!("{outcome} {count}")).collect();
        println!(
            "# {}; the longest took {:.2} s",
            outcomes.join(", "),
            report.slowest.0.as_secs_f64()
        );
        let mut sound = missing.is_empty();
        println!(
            "{}ok - every number that a function gives has a domain in tests/fuzz/domains",
            if sound { "" } else { "not " }
        );
        for column in missing {
            println!("# {column}");
        }
        for (kind, fact) in CHECKS {
            let faults: Vec<_> =
                report.faults.iter().filter(|((filed, _), _)| filed == kind).collect();
            println!("{}ok - {fact}", if faults.is_empty() { "" } else { "not " });
            for ((_, function), (count, examples)) in &faults {
                println!("# {function}: {count}");
                for example in examples {
                    println!("#  {example}");
                }
            }
            sound &= faults.is_empty();
        }
        sound
    }
}

/// Was the server restarted because of another connection?
fn restarted(error: &DbError) -> bool {
    ["57P01", "57P02", "57P03"].contains(&error.code().code())
}

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [connection, calls, seed, connections] = arguments.as_slice() else {
        panic!("usage: pg_clv_fuzz CONNECTION CALLS SEED CONNECTIONS");
    };
    let mut client = Client::connect(connection, NoTls).expect("a server");
    let catalogue = Catalogue::read(&mut client).expect("a database made by setup.sql");
    let number =
        |text: &String| text.parse::<u64>().unwrap_or_else(|_| panic!("{text} is no number"));
    let fuzz = Fuzz {
        connection,
        calls: number(calls),
        seed: number(seed),
        catalogue,
        domains: Domains::read(include_str!("../domains")),
        next: AtomicU64::new(0),
        report: Mutex::default(),
    };
    let start = Instant::now();
    fuzz.run(number(connections) as usize);
    if fuzz.print(start.elapsed()) { 0.into() } else { 1.into() }
}
