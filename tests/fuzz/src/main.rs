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

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use postgres::error::DbError;
use postgres::{Client, NoTls, SimpleQueryMessage};

use catalogue::Catalogue;
use statement::{BATCH, PLANS, Statement, statement};
use verdict::{Domains, error_fault};

/// What every statement has to keep within; that it fails is no news to the server's log.
const LIMITS: &str = "SET statement_timeout = '1s'; SET temp_file_limit = '1GB'; SET jit = off; \
                      SET client_min_messages = error; SET log_min_messages = fatal";
/// A statement that is still running then does not heed its timeout.
const TOO_LONG: Duration = Duration::from_secs(3);
/// And is ended by force.
const HOPELESS: Duration = Duration::from_secs(10);
/// A server that ended starts again within this time.
const RESTART: Duration = Duration::from_secs(60);

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
    /// Which functions gave something other than NULL.
    gave: BTreeSet<usize>,
    slowest: (Duration, String),
}

/// What a connection is doing, for the watchdog.
struct Running {
    since: Instant,
    backend: i32,
}

/// What came of a statement.
struct Answer {
    result: Result<Vec<SimpleQueryMessage>, postgres::Error>,
    took: Duration,
    /// Did the watchdog end a backend meanwhile, with which the server restarts all?
    ended: bool,
}

struct Fuzz<'a> {
    connection: &'a str,
    calls: u64,
    seed: u64,
    catalogue: Catalogue,
    domains: Domains,
    /// The next batch.
    next: AtomicU64,
    /// How many backends the watchdog has ended.
    ended: AtomicU64,
    report: Mutex<Report>,
}

impl Fuzz<'_> {
    fn connect(&self, plan: &str) -> (Client, i32) {
        let connect = || {
            let mut client = Client::connect(self.connection, NoTls)?;
            let backend = client.query_one("SELECT pg_backend_pid()", &[])?.get(0);
            client.batch_execute(&format!("{LIMITS}; {plan}"))?;
            Ok((client, backend))
        };
        let start = Instant::now();
        loop {
            match connect() {
                Ok(connected) => return connected,
                Err::<_, postgres::Error>(error) if start.elapsed() > RESTART => panic!("{error}"),
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// Takes batches until all are done.
    fn work(&self, running: &Mutex<Option<Running>>) {
        loop {
            let batch = self.next.fetch_add(1, Relaxed);
            let numbers = batch * BATCH..((batch + 1) * BATCH).min(self.calls);
            if numbers.is_empty() {
                return;
            }
            let plan = PLANS[(batch % PLANS.len() as u64) as usize];
            let (mut client, mut backend) = self.connect(plan);
            for number in numbers {
                let statement = statement(&self.catalogue, self.seed, number);
                let mut call = || {
                    let since = Instant::now();
                    let ended = self.ended.load(Relaxed);
                    *running.lock().unwrap() = Some(Running { since, backend });
                    let result = client.simple_query(&statement.text);
                    *running.lock().unwrap() = None;
                    let ended = self.ended.load(Relaxed) > ended;
                    Answer { result, took: since.elapsed(), ended }
                };
                let mut answer = call();
                // Something else may have held up the machine.
                if answer.took > TOO_LONG && !answer.ended {
                    answer = call();
                }
                let lost = |error: &postgres::Error| error.as_db_error().is_none_or(restarted);
                let lost = answer.result.as_ref().is_err_and(lost);
                self.judge(&statement, plan, answer);
                if lost {
                    (client, backend) = self.connect(plan);
                }
            }
        }
    }

    fn judge(&self, statement: &Statement, plan: &str, Answer { result, took, ended }: Answer) {
        let function = &self.catalogue.functions[statement.function];
        let mut report = self.report.lock().unwrap();
        let text = match plan {
            "" => format!("{};", statement.text),
            _ => format!("{plan}; {};", statement.text),
        };
        let mut fault = |kind, what: String| {
            let filed = report.faults.entry((kind, function.name.clone())).or_default();
            filed.0 += 1;
            if filed.1.len() < 3 {
                // A long run says at once what it has found.
                eprintln!("{kind}: {}: {what}", function.name);
                filed.1.push(format!("{what}\n#   {text}"));
            }
        };
        if took > TOO_LONG {
            fault("slow", format!("{:.1} s", took.as_secs_f64()));
        }
        let mut gave = false;
        let outcome = match &result {
            Ok(messages) => {
                let rows = messages.iter().filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => Some(row),
                    _ => None,
                });
                let fields = rows.flat_map(|row| {
                    function.columns.iter().enumerate().map(move |(i, column)| (column, row.get(i)))
                });
                let mut values = fields.filter_map(|(column, text)| Some((column, text?)));
                let wrong = values.find_map(|(column, text)| {
                    gave = true;
                    self.domains.fault(function, column, text, statement.finite())
                });
                if let Some(what) = wrong {
                    fault("domain", what);
                }
                "success"
            }
            Err(error) => match error.as_db_error() {
                Some(said) => {
                    if let Some((kind, what)) = error_fault(said).filter(|_| !restarted(said)) {
                        fault(kind, what);
                    }
                    said.code().code()
                }
                None => {
                    if !ended {
                        fault("crash", error.to_string());
                    }
                    "no answer"
                }
            },
        };
        *report.outcomes.entry(outcome.to_owned()).or_default() += 1;
        if gave {
            report.gave.insert(statement.function);
        }
        if took > report.slowest.0 {
            report.slowest = (took, text);
        }
    }

    /// Runs all calls, and ends backends that nothing else ends.
    fn run(&self, connections: usize) {
        let running: Vec<Mutex<Option<Running>>> =
            (0..connections).map(|_| Mutex::new(None)).collect();
        std::thread::scope(|scope| {
            let workers: Vec<_> =
                running.iter().map(|slot| scope.spawn(move || self.work(slot))).collect();
            while workers.iter().any(|worker| !worker.is_finished()) {
                std::thread::sleep(Duration::from_millis(100));
                for slot in &running {
                    let hopeless = |ran: &mut Running| ran.since.elapsed() > HOPELESS;
                    if let Some(Running { backend, .. }) = slot.lock().unwrap().take_if(hopeless) {
                        self.ended.fetch_add(1, Relaxed);
                        let _ = Command::new("kill").args(["-9", &backend.to_string()]).status();
                    }
                }
            }
        });
    }

    /// Prints TAP; was everything in order?
    fn print(&self, took: Duration) -> bool {
        let Report { faults, outcomes, gave, slowest } = &*self.report.lock().unwrap();
        let functions = &self.catalogue.functions;
        let (calls, known, seconds) = (self.calls, functions.len(), took.as_secs_f64());
        println!("# {calls} calls of {known} functions with seed {} in {seconds:.0} s", self.seed);
        let outcomes: Vec<String> =
            outcomes.iter().map(|(what, n)| format!("{what} {n}")).collect();
        println!("# {}; the longest took {:.2} s", outcomes.join(", "), slowest.0.as_secs_f64());
        if slowest.0 > TOO_LONG / 2 {
            println!("#   {}", slowest.1);
        }
        let mut sound = true;
        let mut check = |fact: &str, faults: &[String]| {
            println!("{}ok - {fact}", if faults.is_empty() { "" } else { "not " });
            faults.iter().for_each(|fault| println!("# {fault}"));
            sound &= faults.is_empty();
        };
        let undefined = self.domains.missing(functions);
        check("every number that a function gives has a domain in tests/fuzz/domains", &undefined);
        for (kind, fact) in CHECKS {
            let filed = faults.iter().filter(|((filed, _), _)| filed == kind);
            let faults = filed.map(|((_, function), (count, examples))| {
                format!("{function}: {count}\n#  {}", examples.join("\n#  "))
            });
            check(fact, &faults.collect::<Vec<String>>());
        }
        // Some need more luck than a short run has.
        let silent = (0..known).filter(|i| !gave.contains(i) && calls > 100 * known as u64);
        let silent: Vec<String> = silent.map(|i| functions[i].signature()).collect();
        check("every function gave a value", &silent);
        sound
    }
}

/// Was the server restarted because of another connection?
fn restarted(error: &DbError) -> bool {
    ["57P01", "57P02", "57P03"].contains(&error.code().code())
}

fn main() -> ExitCode {
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
        ended: AtomicU64::new(0),
        report: Mutex::default(),
    };
    let start = Instant::now();
    fuzz.run(number(connections) as usize);
    if fuzz.print(start.elapsed()) { 0.into() } else { 1.into() }
}
