//! Every answer of every model over the whole domain of its parameters and arguments, legal but
//! extreme: a probability is one, an expectation is not negative, nothing is NaN, nothing takes
//! long. Values in the corners are held against those of mpmath in tests/data/reference/corners.csv.

mod common;

use std::time::{Duration, Instant};

use common::{Row, rows};
use pg_clv::maths::bg_bb::BgBb;
use pg_clv::maths::bg_nbd::BgNbd;
use pg_clv::maths::border::{Border, Made};
use pg_clv::maths::gamma_gamma::GammaGamma;
use pg_clv::maths::history::History;
use pg_clv::maths::likelihood::Domain;
use pg_clv::maths::mbg_nbd::MbgNbd;
use pg_clv::maths::nbd::Nbd;
use pg_clv::maths::pareto_nbd::ParetoNbd;
use pg_clv::maths::purchase_model::PurchaseModel;
use pg_clv::maths::sbg::Sbg;

/// No call may take longer, on a slow machine either.
const MOST_TIME: Duration = Duration::from_secs(5);

/// Where a double begins to lose digits.
const TINY: f64 = 1e-280;

/// Numbers spread evenly over (0, 1): SplitMix64 (Steele, Lea and Flood 2014).
struct Spread(u64);

impl Spread {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// Log-uniform between powers of ten, both ends among them.
    fn log(&mut self, low: f64, high: f64) -> f64 {
        match self.next() {
            end if end < 0.05 => 10_f64.powf(low),
            end if end > 0.95 => 10_f64.powf(high),
            _ => 10_f64.powf(low + (high - low) * self.next()),
        }
    }

    /// 0 now and then.
    fn or_zero(&mut self, value: f64) -> f64 {
        if self.next() < 0.1 { 0.0 } else { value }
    }

    fn shape(&mut self) -> f64 {
        let wide = if self.next() < 0.5 { 12.0 } else { 3.0 };
        self.log(-wide, wide)
    }

    fn scale(&mut self) -> f64 {
        let wide = if self.next() < 0.5 { 30.0 } else { 4.0 };
        self.log(-wide, wide)
    }

    /// A time, near those of the model or anywhere.
    fn time(&mut self, scale: f64) -> f64 {
        let time = match (3.0 * self.next()) as u32 {
            0 => scale * self.log(-3.0, 3.0),
            1 => scale * self.log(-20.0, 20.0),
            _ => self.log(-300.0, 300.0),
        };
        self.or_zero(time)
    }

    fn history(&mut self, scale: f64) -> History {
        let age = self.time(scale);
        let most = if self.next() < 0.5 { 2.0 } else { 9.6 };
        let x = self.log(0.0, most).floor();
        let x = self.or_zero(x);
        let share = if self.next() < 0.2 { 1.0 } else { self.next() };
        History { x, t_x: if x == 0.0 { 0.0 } else { age * share }, age }
    }

    fn count(&mut self) -> u64 {
        let most = if self.next() < 0.7 { 1.5 } else { 9.3 };
        self.log(0.0, most) as u64 - 1
    }
}

/// What went wrong, or took its time.
struct Watch {
    what: String,
    faults: Vec<String>,
    calls: u64,
    slowest: (Duration, String),
}

impl Watch {
    fn new() -> Watch {
        Watch {
            what: String::new(),
            faults: Vec::new(),
            calls: 0,
            slowest: (Duration::ZERO, String::new()),
        }
    }

    fn call(&mut self, name: &str, compute: impl FnOnce() -> f64) -> f64 {
        let start = Instant::now();
        let value = compute();
        let taken = start.elapsed();
        self.calls += 1;
        if taken > self.slowest.0 {
            self.slowest = (taken, format!("{name} of {}", self.what));
        }
        value
    }

    fn check(&mut self, holds: bool, name: &str, value: f64) {
        if !holds {
            self.faults.push(format!("{name} of {} is {value:e}", self.what));
        }
    }

    fn probability(&mut self, name: &str, compute: impl FnOnce() -> f64) -> f64 {
        let value = self.call(name, compute);
        self.check((0.0..=1.0).contains(&value), name, value);
        value
    }

    /// An expectation; beyond the range of a double it is infinite.
    fn expectation(&mut self, name: &str, compute: impl FnOnce() -> f64) -> f64 {
        let value = self.call(name, compute);
        self.check(value >= 0.0, name, value);
        value
    }

    fn end(self) {
        let Watch { faults, calls, slowest: (taken, what), .. } = self;
        println!("{calls} calls, the slowest {taken:?}: {what}");
        assert!(
            faults.is_empty(),
            "{} of {calls} calls are wrong:\n{}",
            faults.len(),
            faults[..faults.len().min(40)].join("\n"),
        );
        assert!(taken < MOST_TIME, "{taken:?}: {what}");
    }
}

fn cases() -> u64 {
    std::env::var("DOMAIN_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1000)
}

/// Of customers in continuous time.
fn sweep(name: &str, scale: f64, model: &dyn PurchaseModel, at: &mut Spread, watch: &mut Watch) {
    let customer = at.history(scale);
    let (t, after, n) = (at.time(scale), at.time(scale), at.count());
    let delta = at.log(-12.0, 3.0) / t.max(1e-300);
    let delta = at.or_zero(delta).min(1e12);
    watch.what = format!("{name}, {customer:?}, t {t:e}, after {after:e}, n {n}, delta {delta:e}");
    let now = watch.probability("P(alive)", || model.p_alive(customer, 0.0));
    let later = watch.probability("P(alive) later", || model.p_alive(customer, after));
    watch.check(later <= now, "P(alive) later, above that now,", later - now);
    watch.probability("pmf", || model.purchase_pmf(customer, n, t));
    watch.probability("pmf of a new one", || model.purchase_pmf_new(n, t));
    watch.probability("P(at least)", || model.p_at_least(customer, n, t));
    watch.probability("pmf of 0", || model.purchase_pmf(customer, 0, t));
    let expected = watch.expectation("E", || model.expected_purchases(customer, t));
    watch.expectation("E of a new one", || model.expected_purchases_new(t));
    let discounted =
        watch.expectation("discounted", || model.discounted_purchases(customer, delta, t));
    watch.check(
        discounted <= expected * (1.0 + 1e-9) + TINY,
        "discounted above E",
        discounted - expected,
    );
    let grown = watch.expectation("grown", || model.discounted_purchases(customer, -delta, t));
    watch.check(grown >= expected * (1.0 - 1e-9) - TINY, "grown below E", grown - expected);
    if delta > 0.0 {
        watch.expectation("whole life", || {
            model.discounted_purchases(customer, delta, f64::INFINITY)
        });
    }
    let ln_l = watch.call("ln L", || model.log_likelihood(customer));
    watch.check(!ln_l.is_nan() && ln_l < f64::INFINITY, "ln L", ln_l);
    // The distribution of few purchases adds up to the expectation of them at most.
    if n < 8 {
        let sum: f64 = (0..=n).map(|n| model.purchase_pmf(customer, n, t)).sum();
        let beyond = model.p_at_least(customer, n + 1, t);
        watch.check(
            (sum + beyond - 1.0).abs() < 1e-7,
            "the sum of all, less 1,",
            sum + beyond - 1.0,
        );
        watch.check(beyond <= expected * (1.0 + 1e-7), "P(at least) above E", beyond - expected);
    }
}

/// Of customers at whole opportunities.
fn sweep_opportunities(name: &str, model: &dyn PurchaseModel, at: &mut Spread, watch: &mut Watch) {
    let longest = if at.next() < 0.8 { 2.0 } else { 5.0 };
    let age = at.log(0.0, longest).floor();
    let t_x = (age * at.next()).ceil();
    let x = (t_x * at.next()).ceil();
    let customer = History { x, t_x, age };
    let (t, n) = (at.log(0.0, longest).floor(), at.count());
    let far = at.time(1.0);
    let delta = at.log(-12.0, 1.0);
    let delta = at.or_zero(delta);
    watch.what = format!("{name}, {customer:?}, t {t}, far {far:e}, n {n}, delta {delta:e}");
    watch.probability("P(alive)", || model.p_alive(customer, 0.0));
    watch.probability("P(survived)", || model.p_survived(customer));
    watch.probability("P(alive) later", || model.p_alive(customer, far));
    watch.probability("pmf", || model.purchase_pmf(customer, n, t));
    watch.probability("pmf of a new one", || model.purchase_pmf_new(n, t));
    watch.probability("P(at least)", || model.p_at_least(customer, n, t));
    watch.expectation("E", || model.expected_purchases(customer, far));
    watch.expectation("E of a new one", || model.expected_purchases_new(far));
    let expected = watch.expectation("E", || model.expected_purchases(customer, t));
    watch.expectation("discounted", || model.discounted_purchases(customer, delta, far));
    let lost = watch.expectation("discounted", || model.discounted_purchases(customer, delta, t));
    watch.check(lost <= expected * (1.0 + 1e-9), "discounted above E", lost - expected);
    let grown = watch.expectation("grown", || model.discounted_purchases(customer, -delta, t));
    watch.check(grown >= expected * (1.0 - 1e-9), "grown below E", grown - expected);
    let ln_l = watch.call("ln L", || model.log_likelihood(customer));
    watch.check(ln_l.is_finite() && ln_l <= 1e-9, "ln L", ln_l);
    if n < 8 {
        let sum: f64 = (0..=n).map(|n| model.purchase_pmf(customer, n, t)).sum();
        let beyond = model.p_at_least(customer, n + 1, t);
        let more = sum + beyond - 1.0;
        watch.check(more.abs() < 1e-7, "the sum of all, less 1,", more);
    }
}

#[test]
fn bg_nbd() {
    let (mut at, mut watch) = (Spread(1), Watch::new());
    for _ in 0..cases() {
        let p = [at.shape(), at.scale(), at.shape(), at.shape()];
        let model = BgNbd::new(p[0], p[1], p[2], p[3]).unwrap();
        sweep(&format!("{p:?}"), p[1], &model, &mut at, &mut watch);
    }
    watch.end();
}

#[test]
fn mbg_nbd() {
    let (mut at, mut watch) = (Spread(2), Watch::new());
    for _ in 0..cases() {
        let p = [at.shape(), at.scale(), at.shape(), at.shape()];
        let model = MbgNbd::new(p[0], p[1], p[2], p[3]).unwrap();
        sweep(&format!("{p:?}"), p[1], &model, &mut at, &mut watch);
    }
    watch.end();
}

#[test]
fn pareto_nbd() {
    let (mut at, mut watch) = (Spread(3), Watch::new());
    for _ in 0..cases() {
        let alpha = at.scale();
        let beta = if at.next() < 0.5 { at.scale() } else { alpha * at.log(-6.0, 6.0) };
        let p = [at.shape(), alpha, at.shape(), beta.clamp(1e-30, 1e30)];
        let model = ParetoNbd::new(p[0], p[1], p[2], p[3]).unwrap();
        sweep(&format!("{p:?}"), p[1], &model, &mut at, &mut watch);
    }
    watch.end();
}

#[test]
fn bg_bb() {
    let (mut at, mut watch) = (Spread(4), Watch::new());
    for _ in 0..cases() {
        let p = [at.shape(), at.shape(), at.shape(), at.shape()];
        let model = BgBb::new(p[0], p[1], p[2], p[3]).unwrap();
        sweep_opportunities(&format!("{p:?}"), &model, &mut at, &mut watch);
    }
    watch.end();
}

#[test]
fn sbg() {
    let (mut at, mut watch) = (Spread(5), Watch::new());
    for _ in 0..10 * cases() {
        let model = if at.next() < 0.8 {
            Sbg::new(at.shape(), at.shape()).unwrap()
        } else {
            let border = &Sbg::BORDERS[(2.0 * at.next()) as usize];
            Sbg::on_border(border.name, &on(border, &mut at)).unwrap().unwrap()
        };
        let t = if at.next() < 0.5 { at.log(0.0, 5.0) } else { at.log(0.0, 300.0) };
        let n = at.log(0.0, 9.0).floor();
        let near = t.min(1e5);
        let d = at.log(-12.0, 1.0);
        let d = at.or_zero(d);
        watch.what = format!("{model:?}, t {t:e}, n {n}, d {d:e}");
        watch.probability("survival", || model.survival(t));
        watch.probability("retention", || model.retention(t));
        watch.probability("P(leaves)", || model.churn_probability(t));
        watch.expectation("life", || model.discounted_lifetime(d, t));
        watch.expectation("rest", || model.discounted_residual_lifetime(n, d, t));
        let all = watch.expectation("rest", || model.discounted_residual_lifetime(n, 0.0, near));
        let growth = -d.min(0.999);
        let grown =
            watch.expectation("grown", || model.discounted_residual_lifetime(n, growth, near));
        let grown = grown / (1.0 + growth);
        watch.check(grown >= all * (1.0 - 1e-9), "grown below", grown - all);
    }
    watch.end();
}

#[test]
fn gamma_gamma() {
    let (mut at, mut watch) = (Spread(6), Watch::new());
    for _ in 0..10 * cases() {
        let p = [at.shape(), at.shape(), at.scale()];
        let model = GammaGamma::new(p[0], p[1], p[2]).unwrap();
        let (x, mean) = (at.log(0.0, 9.6).floor(), at.log(-307.0, 308.0));
        watch.what = format!("{p:?}, x {x}, mean {mean:e}");
        watch.expectation("mean spend", || model.mean_spend().unwrap_or(0.0));
        let spend = watch.expectation("spend", || model.expected_spend(x, mean).unwrap_or(0.0));
        if p[1] > 1.0 {
            let most = mean.max(p[2] * (p[0] / (p[1] - 1.0)));
            watch.check(spend <= most * (1.0 + 1e-9), "spend above both means", spend);
        }
        let ln_l = watch.call("ln L", || model.log_likelihood(x, mean));
        watch.check(ln_l.is_finite(), "ln L", ln_l);
    }
    watch.end();
}

/// Parameters of a border, anywhere within their limits.
fn on(border: &Border, at: &mut Spread) -> Vec<f64> {
    let of_time = border.parameters.iter().any(|name| ["r", "s", "lambda"].contains(name));
    let places = border.parameters.iter().zip(border.domains);
    let value = |(&name, domain): (&&str, &Domain)| match domain {
        Domain::Share if at.next() < 0.5 => 10_f64.powf(-16.0 * at.next()).min(1.0 - 1e-16),
        Domain::Share => at.next(),
        _ if of_time && ["alpha", "beta", "lambda", "mu"].contains(&name) => at.scale(),
        _ => at.shape(),
    };
    places.map(value).collect()
}

/// Models to which a fit comes where its likelihood has no maximum.
#[test]
fn borders() {
    type Family = (&'static str, &'static [Border], fn(&str, &[f64]) -> Made);
    let families: [Family; 5] = [
        ("nbd", Nbd::BORDERS, Nbd::on_border),
        ("bgnbd", BgNbd::BORDERS, BgNbd::on_border),
        ("mbgnbd", MbgNbd::BORDERS, MbgNbd::on_border),
        ("pnbd", ParetoNbd::BORDERS, ParetoNbd::on_border),
        ("bgbb", BgBb::BORDERS, BgBb::on_border),
    ];
    let (mut at, mut watch) = (Spread(7), Watch::new());
    for (family, borders, make) in families {
        for border in borders {
            for _ in 0..cases() / 10 {
                let p = on(border, &mut at);
                let name = format!("{family} {} {p:?}", border.name);
                let model = make(border.name, &p).unwrap().expect(&name);
                if family == "bgbb" {
                    sweep_opportunities(&name, &*model, &mut at, &mut watch);
                } else {
                    let scale = if border.parameters[0] == "r" { p[1] } else { 1.0 / p[0] };
                    sweep(&name, scale, &*model, &mut at, &mut watch);
                }
            }
        }
    }
    watch.end();
}

/// What a row of corners.csv asks for.
fn corner(row: &Row) -> f64 {
    let numbers = |column: &str| -> Vec<f64> {
        row.text(column).split(' ').map(|number| number.parse().unwrap()).collect()
    };
    let (p, at) = (numbers("parameters"), numbers("arguments"));
    let new = History { x: 0.0, t_x: 0.0, age: 0.0 };
    let model: Box<dyn PurchaseModel> = match row.text("model") {
        "bgnbd" => Box::new(BgNbd::new(p[0], p[1], p[2], p[3]).unwrap()),
        "mbgnbd" => Box::new(MbgNbd::new(p[0], p[1], p[2], p[3]).unwrap()),
        "pnbd" => Box::new(ParetoNbd::new(p[0], p[1], p[2], p[3]).unwrap()),
        "bgbb" => Box::new(BgBb::new(p[0], p[1], p[2], p[3]).unwrap()),
        _ => return Sbg::new(p[0], p[1]).unwrap().discounted_lifetime(at[0], at[1]),
    };
    match row.text("quantity") {
        "expected_new" => model.expected_purchases_new(at[0]),
        "pmf_new" => model.purchase_pmf_new(at[0] as u64, at[1]),
        "p_alive_later" => model.p_alive(History { x: at[0], t_x: at[1], age: at[2] }, at[3]),
        _ => model.discounted_purchases(new, at[0], at[1]),
    }
}

#[test]
fn corners_agree_with_mpmath() {
    for row in rows("reference/corners") {
        let (value, expected) = (corner(&row), row.number("value"));
        let error = (value / expected - 1.0).abs();
        println!("{error:e} {} {}", row.text("model"), row.text("parameters"));
        assert!(error < 1e-10, "{value:e} is {error:e} off: {}", row.text("parameters"));
    }
}

/// Beyond them a model is refused, so that no jsonb can ask for endless work.
#[test]
fn parameters_have_limits() {
    for beyond in [1e-13, 1e13, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY] {
        assert!(BgNbd::new(beyond, 1.0, 1.0, 1.0).is_err());
        assert!(MbgNbd::new(1.0, 1.0, 1.0, beyond).is_err());
        assert!(ParetoNbd::new(1.0, 1.0, beyond, 1.0).is_err());
        assert!(BgBb::new(1.0, 1.0, beyond, 1.0).is_err());
        assert!(Sbg::new(1.0, beyond).is_err());
        assert!(BgBb::on_border("mover_stayer", &[1.0, beyond, 0.5]).is_err());
        assert!(ParetoNbd::on_border("same_rate", &[1.0, beyond, 1.0]).is_err());
        assert!(GammaGamma::new(1.0, beyond, 1.0).is_err());
    }
    for beyond in [1e-31, 1e31, f64::MAX, f64::MIN_POSITIVE] {
        assert!(BgNbd::new(1.0, beyond, 1.0, 1.0).is_err());
        assert!(MbgNbd::new(1.0, beyond, 1.0, 1.0).is_err());
        assert!(ParetoNbd::new(1.0, 1.0, 1.0, beyond).is_err());
        assert!(ParetoNbd::on_border("same_rate", &[1.0, 1.0, beyond]).is_err());
        assert!(BgNbd::on_border("poisson", &[beyond]).is_err());
        assert!(GammaGamma::new(1.0, 1.0, beyond).is_err());
    }
}
