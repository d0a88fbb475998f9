//! Pareto/NBD: every row of its oracle tables, derivatives and probabilities against mpmath, and
//! the properties that hold at any parameters.

mod common;

use common::{Row, assert_oracle, rows};
use pg_clv::maths::fit::{Fit, Options};
use pg_clv::maths::history::{Folded, Histories, History};
use pg_clv::maths::likelihood::Likelihood;
use pg_clv::maths::pareto_nbd::{ParetoNbd, ParetoNbdLikelihood};
use pg_clv::maths::purchase_model::PurchaseModel;
use proptest::prelude::*;

fn history(row: &Row) -> History {
    History { x: row.number("x"), t_x: row.number("t_x"), age: row.number("T") }
}

fn model(row: &Row) -> ParetoNbd {
    let [r, alpha, s, beta] = ParetoNbd::PARAMETERS.map(|name| row.number(name));
    ParetoNbd::new(r, alpha, s, beta).unwrap()
}

#[test]
fn log_likelihood_meets_the_oracle() {
    assert_oracle("paretonbd_loglik", |row| model(row).log_likelihood(history(row)));
}

#[test]
fn p_alive_meets_the_oracle() {
    assert_oracle("paretonbd_palive", |row| model(row).p_alive(history(row), 0.0));
}

#[test]
fn conditional_expectation_meets_the_oracle() {
    assert_oracle("paretonbd_cond_exp", |row| {
        model(row).expected_purchases(history(row), row.number("t"))
    });
}

#[test]
fn expectation_of_a_new_customer_meets_the_oracle() {
    assert_oracle("paretonbd_exp", |row| model(row).expected_purchases_new(row.number("t")));
}

#[test]
fn pmf_of_a_new_customer_meets_the_oracle() {
    assert_oracle("paretonbd_pmf", |row| {
        model(row).purchase_pmf_new(row.number("n") as u64, row.number("t"))
    });
}

#[test]
fn discounted_purchases_without_end_meet_the_oracle() {
    assert_oracle("paretonbd_dert", |row| {
        model(row).discounted_purchases(history(row), row.number("delta"), f64::INFINITY)
    });
}

#[test]
fn discounted_purchases_by_period_meet_the_oracle() {
    assert_oracle("paretonbd_disc_exp", |row| {
        model(row).discounted_purchases_by_period(
            history(row),
            row.number("h"),
            row.number("K") as u32,
            row.number("d"),
        )
    });
}

/// r, alpha, s, beta, x, t_x, T.
type Case = [f64; 7];

/// ln L, its gradient, and the lower triangle of its Hessian by rows, by (r, alpha, s, beta):
/// mpmath at 60 digits, numerical differences of the 2F1 form.
const DERIVATIVES: [(Case, [f64; 15]); 12] = [
    (
        [0.553, 10.578, 0.606, 11.669, 2.0, 30.43, 38.86],
        [
            -9.5542832451504057,
            0.92370252617196338,
            -0.00010216960848441702,
            -1.2366132650461444,
            0.036905809806099569,
            -3.6830717655110588,
            0.073931322716776367,
            -0.0038607155068706787,
            0.020770059777888428,
            -0.0011466757677973237,
            -0.0075256855513967105,
            -0.00028308848171367412,
            1.5643083861354472e-5,
            0.061002400359925842,
            -0.004081501276150598,
        ],
    ),
    (
        [0.8, 20.0, 0.5, 400.0, 1.0, 3.0, 700.0],
        [
            -7.0152996169506209,
            0.16747007390313831,
            0.00034365161292566131,
            1.7652533455267925,
            -0.0020104360968966955,
            -0.8084086332544909,
            0.010425632433109735,
            -0.00036262644157006108,
            0.39948513542682756,
            -0.0068342933193232906,
            -3.4685268913766449,
            -0.00057977897325682863,
            1.1517859116778874e-5,
            -0.00010088024527412844,
            4.8229305508178382e-6,
        ],
    ),
    (
        [0.8, 20.0, 0.5, 400.0, 40.0, 300.0, 365.0],
        [
            -128.89367143796128,
            1.8510163889924273,
            -0.08292008669759548,
            1.258039948746956,
            -0.00074815899886203952,
            -2.2721783748249514,
            0.046697737632234459,
            -0.0015950681371668245,
            0.02540879347540396,
            -0.0029279371569169527,
            -3.3447881280837915,
            -1.8273301687385365e-5,
            2.1079781088081443e-6,
            0.00086606731046361129,
            -1.4530432911251616e-7,
        ],
    ),
    (
        [0.7, 12.0, 0.5, 12.0, 3.0, 3.0, 270.0],
        [
            -9.3529165477165682,
            1.925850558874484,
            -0.14089131622426516,
            1.5385986777997904,
            -0.039099950551117457,
            -2.4670906548186454,
            0.020350551447343807,
            0.0078036999008359151,
            0.057122248305687978,
            -0.009152200360493339,
            -3.9423770011268082,
            -0.0037050663752495499,
            0.00061842661176315634,
            0.025777859305515695,
            0.0012944821824358345,
        ],
    ),
    (
        [0.7, 100000.0, 0.3, 0.01, 5.0, 10.0, 38.86],
        [
            -55.616014626537546,
            2.8698868089902442,
            -4.9981392145533129e-5,
            -6.9077418867798647,
            29.970010312071052,
            -2.6423266608620402,
            3.2639772637418398e-9,
            4.9962794107337788e-10,
            0.00017775246367997709,
            -1.0129102794331371e-8,
            -0.00098459047128896519,
            -3.4499622935053604e-6,
            1.9659562583276432e-10,
            99.900052694915314,
            -2999.9970035568489,
        ],
    ),
    (
        [0.7, 0.01, 0.3, 100000.0, 26.0, 38.0, 38.86],
        [
            -40.932301797608367,
            -3.7795492390131717,
            69.313094901924897,
            -0.00037677536621293777,
            1.1301132264057839e-9,
            -2.7958858482906147,
            99.974273216833694,
            -6999.9823281414704,
            1.4396125235521534e-7,
            -9.9663581774553027e-8,
            -2.703757031862011e-11,
            -4.3171858692034231e-13,
            2.9887640040752237e-13,
            3.7670441691009388e-9,
            -2.2598008395425401e-14,
        ],
    ),
    (
        [0.9, 9.0, 1.0, 14.0, 0.0, 0.0, 38.86],
        [
            -0.72767380912839095,
            -0.66589251229187709,
            0.041721399671737051,
            0.37952695338865025,
            -0.020460081250325987,
            0.29107337954755893,
            0.032830313271626402,
            -0.005942129625397722,
            0.3554301194127958,
            -0.015525869338209144,
            -0.38205150848530326,
            -0.020431284634146112,
            0.00095802118430450735,
            -0.00088410330582180971,
            0.0013097173534483508,
        ],
    ),
    (
        [30.0, 500.0, 20.0, 900.0, 200.0, 38.0, 38.86],
        [
            -313.25844121834133,
            1.9766365776300004,
            -0.36683494347153488,
            -0.041167182476320577,
            0.00089625318847387864,
            -0.029537748710794255,
            0.00014418732802587549,
            0.00067212571501799084,
            9.2059384470908221e-7,
            -3.9315044484482245e-7,
            -1.4641573240347997e-7,
            -1.9623240510201957e-8,
            8.3803363226227033e-9,
            4.4815780274304955e-5,
            -1.9515801102332441e-6,
        ],
    ),
    (
        [0.02, 0.1, 0.03, 0.2, 7.0, 29.43, 38.86],
        [
            -23.173991200203167,
            46.460053082164384,
            0.018905428011068842,
            -4.4352266752042996,
            0.14845807079012539,
            -2501.4441081715821,
            9.9740142262635208,
            -1.9952846775169417,
            0.14827327694966946,
            -0.029754388549736536,
            -0.40210053012272099,
            -0.00014071144619799845,
            2.8279942198845111e-5,
            4.9489792214992264,
            -0.74993287801485431,
        ],
    ),
    (
        [0.8, 12.0, 1e-06, 15.0, 4.0, 38.86, 38.86],
        [
            -14.142380808977152,
            0.98168619722928146,
            -0.02771005374229912,
            -1.2783378862812428,
            4.8100012377769524e-8,
            -2.0679450732791319,
            0.063671516581465461,
            -0.0036999377732322017,
            0.0,
            0.0,
            2.8298997121333476e-73,
            0.0,
            0.0,
            0.048100012377769526,
            -4.0997237929610217e-9,
        ],
    ),
    (
        [2.0, 0.03, 3.0, 40.0, 1.0, 0.0005, 0.001],
        [
            4.1012990367880555,
            0.46721049128386335,
            -30.107557445038418,
            -1.2190878284904759e-5,
            9.1431039786300418e-7,
            -0.24999999658584933,
            1.0752582970032041,
            899.52797174250447,
            1.0470089130518343e-7,
            -1.0187637249665361e-5,
            -2.6568212042859641e-12,
            -7.8524362837865123e-9,
            7.6406009383040702e-7,
            3.047703318791738e-7,
            -4.5715261164124451e-8,
        ],
    ),
    (
        [1.5, 60.0, 0.7, 2.0, 150.0, 200.0, 250.0],
        [
            -237.01626616043735,
            3.5079049756396989,
            -0.55390071371516764,
            -3.1949636330658154,
            0.34165438403677391,
            -0.92813680807889056,
            0.01282086655581629,
            0.0018096710813163134,
            5.5013521810426288e-5,
            -3.1640486492810389e-5,
            -2.0407457774046972,
            -4.553105071939241e-7,
            2.6188150710923102e-7,
            0.49509023025208238,
            -0.17495902214443471,
        ],
    ),
];

#[test]
fn derivatives_are_those_of_the_log_likelihood() {
    let mut worst: f64 = 0.0;
    for (case, expected) in DERIVATIVES {
        let [r, alpha, s, beta, x, t_x, age] = case;
        let row = Folded { x: x as u32, customers: 3, t_x, age };
        let all = ParetoNbdLikelihood::new(&[row]).evaluate(&[r, alpha, s, beta], &mut || {});
        let natural = [1.0, r, alpha, s, beta];
        let mut check = |got: f64, expected: f64, scale: f64, what: &str| {
            // Derivatives by the logarithms of the parameters, on the scale of ln L and the counts.
            let error = (got / 3.0 - expected).abs() * scale / (1.0 + x + expected.abs() * scale);
            worst = worst.max(error);
            assert!(error < 1e-12, "{case:?} {what}: {} for {expected}: {error:e}", got / 3.0);
        };
        check(all.value, expected[0], 1.0, "value");
        let mut at = 5;
        for i in 0..4 {
            check(all.gradient[i], expected[1 + i], natural[1 + i], &format!("gradient {i}"));
            for j in 0..=i {
                let scale = natural[1 + i] * natural[1 + j];
                check(all.hessian[(i, j)], expected[at], scale, &format!("hessian {i} {j}"));
                assert_eq!(all.hessian[(i, j)], all.hessian[(j, i)]);
                at += 1;
            }
        }
    }
    println!("worst error of a derivative by logarithms: {worst:e}");
}

/// Parameters, n, t, P(X(t) = n): mpmath at 30 digits, Gauss-Legendre over the
/// logarithm of time with panels halved until 19 digits agree.
const PMF: [([f64; 4], u64, f64, f64); 29] = [
    (
        [7.362519203895075, 92.71456329681652, 7.683882174076164, 588.5740836053989],
        0,
        500.6023381212393,
        0.15348848916259187,
    ),
    (
        [101.11951718724603, 0.13062337873540347, 0.7886203199930554, 593.5083973132772],
        0,
        175.74086743123627,
        1.7335706151422634e-6,
    ),
    (
        [83.83432436873787, 0.28367682571105646, 0.8076201450876341, 0.9689276077532996],
        0,
        52.33645424502746,
        0.0028362203977542141,
    ),
    (
        [4.797075062064277, 0.11283835815278782, 0.14131537047036624, 1.3119867953264828],
        0,
        3817.0413004039583,
        0.0030978884569328906,
    ),
    (
        [25.689562973844076, 0.4349274808958995, 7.788269556554972, 0.358979520888533],
        0,
        122.25386620948397,
        0.2674935626742317,
    ),
    (
        [0.09582020235858459, 0.10164814296421226, 13.00811100037454, 0.6883756981973057],
        1,
        1.1951044021640191,
        0.026505798877894142,
    ),
    (
        [171.08038287852884, 308.76713050932744, 0.23330041065603124, 701.3131073188598],
        1,
        49.67265165202231,
        0.00060007633000681076,
    ),
    (
        [11.905724084693839, 0.6593531087098242, 21.034297072057424, 57.88523015730803],
        1,
        6804.897086915387,
        0.020903409528425591,
    ),
    (
        [78.74416367172883, 1.5673124787822763, 0.38332734766673016, 0.4611309038337725],
        1,
        0.5351919195149495,
        0.014980083316025499,
    ),
    (
        [0.05591533237863137, 1.6048572298892634, 2.0385904821176224, 0.1031650225629876],
        1,
        245.28514531105665,
        0.0027187514584395658,
    ),
    (
        [0.608146307525732, 1.7371276234774236, 9.027224100570796, 8.374921529521204],
        3,
        3.7928487922650747,
        0.016409935296111766,
    ),
    (
        [2.1312277763554435, 65.86831239380801, 0.04688163924083567, 795.0569760944579],
        3,
        0.13011513488152343,
        3.5061140039994047e-8,
    ),
    (
        [22.34709548752656, 239.62027240899738, 0.03582635344627752, 141.56412727476942],
        3,
        6.775204045996404,
        0.02357732178140101,
    ),
    (
        [4.993114789594769, 0.10872102727638036, 0.04366981540109191, 0.5292708210653355],
        3,
        5968.971399414908,
        0.0017936466302701288,
    ),
    (
        [0.17651529707368294, 105.42549523996568, 19.452076048734597, 586.3748268471919],
        3,
        5.271194789733003,
        7.0903560083780765e-6,
    ),
    (
        [0.705040685253379, 12.554727267880697, 6.711336957798299, 0.2705275355848332],
        17,
        552.0650863841507,
        9.3230910230987745e-17,
    ),
    (
        [33.842417185988516, 274.6485286460149, 0.040728155280624595, 607.0168408798726],
        17,
        0.2856928166972206,
        1.7111556301982626e-38,
    ),
    (
        [0.6234678091320555, 27.753013847584267, 17.958148420680168, 2.2900138370455965],
        17,
        4178.1891518027915,
        4.9378606115290059e-23,
    ),
    (
        [3.728613270805651, 1.7774667171725371, 0.2820979674290847, 0.5127564144901797],
        17,
        0.2460260880233678,
        1.0781767270995559e-13,
    ),
    (
        [0.11633183257005832, 57.10818390395222, 30.915796761458505, 0.44270849713418653],
        17,
        0.17488832477578597,
        1.1348345048319271e-49,
    ),
    (
        [177.60558289900808, 13.61830214307509, 0.5219922603276029, 0.8899106729480676],
        100,
        93.28269904015613,
        0.00143602447322759,
    ),
    (
        [43.643838981983144, 6.647531530702922, 0.5824676981398149, 0.16704324729865525],
        100,
        3804.9306205161365,
        0.00041378478122998285,
    ),
    (
        [0.04210567518634225, 9.424466904554475, 10.358284699235254, 0.33287969787308364],
        100,
        455.3256506723856,
        1.2385721393592937e-32,
    ),
    (
        [128.59809582602264, 33.23511407012021, 7.311873165251914, 0.2670068718596712],
        100,
        14.885929334345883,
        1.4922410416791054e-18,
    ),
    (
        [0.11671651436305368, 239.29608203464818, 0.2423476309319015, 6.495605696418718],
        100,
        9919.727461658327,
        2.3104502909619742e-5,
    ),
    (
        [2.0910350404385403, 1.459118179893827, 0.5144797027734416, 0.3855009476712214],
        1000,
        7.673680957567697,
        2.0517872882149832e-75,
    ),
    (
        [0.06897983986599265, 1.228119243873037, 7.0154722834748195, 294.8134052355424],
        1000,
        6.406652453242706,
        5.9781009857283003e-81,
    ),
    (
        [30.68215097570454, 125.7744330875978, 3.835219707587101, 45.29745267075186],
        1000,
        628.3385163029307,
        4.9641552471992233e-51,
    ),
    (
        [13.346126413897693, 1.497642594123338, 21.709142048488314, 39.69799724022562],
        20000,
        80.03945665277014,
        2.8804701236307236e-151,
    ),
];

#[test]
fn pmf_of_many_purchases_is_exact() {
    let mut worst: f64 = 0.0;
    for (parameters, n, t, expected) in PMF {
        let [r, alpha, s, beta] = parameters;
        let got = ParetoNbd::new(r, alpha, s, beta).unwrap().purchase_pmf_new(n, t);
        let error = (got / expected - 1.0).abs();
        worst = worst.max(error / (1.0 + expected.ln().abs()));
    }
    assert!(worst < 2e-14, "{worst:e}");
}

/// A data set of mle.csv, folded, in the unit in which its estimates are stated.
fn data(dataset: &str) -> Vec<Folded> {
    let mut folded = Histories::default();
    for row in rows(&format!("oracle/data_{dataset}")) {
        let (t_x, age) = if dataset == "cdnow_sample_39w" {
            (row.number("t_x_days") / 7.0, row.number("T_days") / 7.0)
        } else {
            (row.number("t_x"), row.number("T"))
        };
        folded.add(row.number("x") as u32, t_x, age, 1).unwrap();
    }
    folded.rows()
}

fn fitted(rows: &[Folded]) -> Fit {
    ParetoNbd::fit(rows, &Options::default(), &mut || ()).unwrap()
}

#[test]
fn fits_reach_the_oracle_estimates_and_standard_errors() {
    let mut fits = 0;
    for row in rows("oracle/mle").iter().filter(|row| row.text("model") == "paretonbd") {
        let fit = fitted(&data(row.text("dataset")));
        println!("{}: {} passes", row.text("dataset"), fit.evaluations);
        assert!(fit.converged);
        assert_eq!(fit.customers, row.number("customers") as u64);
        let log_likelihood = fit.log_likelihood.unwrap();
        assert!((log_likelihood - row.number("loglik")).abs() < 1e-9);
        let (estimates, errors) = (fit.parameters.unwrap(), fit.std_errors.unwrap());
        for i in 0..4 {
            let value = row.number(&format!("value{}", i + 1));
            let error = row.number(&format!("se{}", i + 1));
            assert!((estimates[i] / value - 1.0).abs() < 1e-9, "{} {value}", estimates[i]);
            assert!((errors[i] / error - 1.0).abs() < 1e-8, "{} {error}", errors[i]);
        }
        fits += 1;
    }
    assert_eq!(fits, 2);
}

#[test]
fn published_values_of_cdnow_are_met() {
    let fit = fitted(&data("cdnow_sample_39w"));
    let [r, alpha, s, beta] = fit.parameters.unwrap().try_into().unwrap();
    let published = [
        (r, 0.5532770, 0.0476281),
        (alpha, 10.5776834, 0.8427235),
        (s, 0.6062400, 0.1872843),
        (beta, 11.6687342, 6.2112130),
    ];
    for ((estimate, value, std_error), error) in published.into_iter().zip(fit.std_errors.unwrap())
    {
        assert!((estimate / value - 1.0).abs() < 1e-6, "{estimate} {value}");
        assert!((error / std_error - 1.0).abs() < 1e-4, "{error} {std_error}");
    }
    assert!((fit.log_likelihood.unwrap() + 9594.97618).abs() < 1e-5);

    let model = ParetoNbd::new(r, alpha, s, beta).unwrap();
    let customer = History { x: 26.0, t_x: 216.0 / 7.0, age: 31.0 };
    assert!((model.expected_purchases(customer, 52.0) - 25.45518).abs() < 1e-5);
    assert!((model.p_alive(customer, 0.0) - 0.997874).abs() < 1e-6);
    assert!((model.expected_purchases_new(52.0) - 1.473434).abs() < 1e-6);
}

#[test]
fn s_of_one_has_its_own_limit() {
    let customer = History { x: 2.0, t_x: 30.43, age: 38.86 };
    let at =
        |s: f64| ParetoNbd::new(0.55, 10.58, s, 11.67).unwrap().expected_purchases(customer, 39.0);
    assert!((at(1.0) - 1.18470).abs() < 5e-6, "{}", at(1.0));
    for tiny in [1e-15, 1e-12, 1e-9] {
        assert!((at(1.0 + tiny) / at(1.0) - 1.0).abs() < 4.0 * tiny);
        assert!((at(1.0 - tiny) / at(1.0) - 1.0).abs() < 4.0 * tiny);
    }
}

#[test]
fn ends_of_time_have_their_limits() {
    let model = |s: f64| ParetoNbd::new(0.8, 20.0, s, 35.0).unwrap();
    let customer = History { x: 4.0, t_x: 50.0, age: 60.0 };
    let new = History { x: 0.0, t_x: 0.0, age: 0.0 };
    assert_eq!(model(1.4).log_likelihood(new), 0.0);
    assert_eq!(model(1.4).p_alive(new, 0.0), 1.0);
    assert_eq!(model(1.4).p_alive(customer, f64::INFINITY), 0.0);
    assert_eq!(model(1.4).expected_purchases(customer, 0.0), 0.0);
    assert_eq!(model(1.4).discounted_purchases(customer, 0.01, 0.0), 0.0);
    assert_eq!(model(1.4).purchase_pmf(customer, 0, 0.0), 1.0);
    assert_eq!(model(1.4).purchase_pmf(customer, 3, 0.0), 0.0);
    let alive = model(1.4).p_alive(customer, 0.0);
    let forever = alive * 4.8 / 80.0 * 95.0 / 0.4;
    assert!((model(1.4).expected_purchases(customer, f64::INFINITY) / forever - 1.0).abs() < 1e-14);
    assert_eq!(model(1.0).expected_purchases(customer, f64::INFINITY), f64::INFINITY);
    assert_eq!(model(0.9).discounted_purchases(customer, 0.0, f64::INFINITY), f64::INFINITY);
    // Gone for so long that P(alive) is 0 in double precision: nothing is expected, for ever.
    let gone = History { x: 3000.0, t_x: 10.0, age: 1e5 };
    assert_eq!(model(0.9).expected_purchases(gone, f64::INFINITY), 0.0);
    let sum: f64 = (0..400).map(|n| model(1.4).purchase_pmf_new(n, f64::INFINITY)).sum();
    let rest = model(1.4).purchase_pmf_new(400, f64::INFINITY) * 400.0;
    assert!(sum < 1.0 && 1.0 - sum < 2.0 * rest, "{sum} {rest}");
}

#[test]
fn parameters_not_above_zero_are_refused() {
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(ParetoNbd::new(wrong, 1.0, 1.0, 1.0).is_err());
        assert_eq!(ParetoNbd::new(1.0, 1.0, 1.0, wrong).unwrap_err().name, "beta");
    }
    let data = [Folded { x: 1, customers: 1, t_x: 1.0, age: 2.0 }];
    let likelihood = ParetoNbdLikelihood::new(&data);
    assert!(likelihood.evaluate(&[1.0, 1.0, 0.0, 1.0], &mut || {}).value.is_nan());
}

fn any_model() -> impl Strategy<Value = ParetoNbd> {
    let log = |low: f64, high: f64| (low.ln()..high.ln()).prop_map(f64::exp);
    (log(0.05, 20.0), log(0.1, 1e3), log(0.05, 10.0), log(0.1, 1e3))
        .prop_map(|(r, alpha, s, beta)| ParetoNbd::new(r, alpha, s, beta).unwrap())
}

fn any_history() -> impl Strategy<Value = History> {
    (0u32..60, 0.0..1.0f64, 0.1..500.0f64).prop_map(|(x, part, age)| History {
        x: f64::from(x),
        t_x: if x == 0 { 0.0 } else { part * age },
        age,
    })
}

proptest! {
    #[test]
    fn p_alive_is_a_probability_and_falls_with_silence(
        model in any_model(), customer in any_history(), longer in 0.01..100.0f64,
    ) {
        let now = model.p_alive(customer, 0.0);
        prop_assert!((0.0..=1.0).contains(&now));
        let later = History { age: customer.age + longer, ..customer };
        prop_assert!(model.p_alive(later, 0.0) <= now * (1.0 + 1e-14));
        // Silence that will only be seen later says less than the same silence seen.
        let unseen = model.p_alive(customer, longer);
        prop_assert!(unseen <= now && model.p_alive(later, 0.0) <= unseen * (1.0 + 1e-13));
    }

    #[test]
    fn likelihood_at_a_later_age_is_less_by_the_purchases_that_did_not_come(
        model in any_model(), customer in any_history(),
    ) {
        // d ln L / dT = −P(alive) E[λ | alive].
        let History { x, age, .. } = customer;
        let [r, alpha, ..] = model.parameters();
        let h = 1e-4 * (alpha + age).min(age);
        let at = |age: f64| model.log_likelihood(History { age, ..customer });
        let slope = (at(age + 2.0 * h) - at(age + h)) / h;
        let middle = History { age: age + 1.5 * h, ..customer };
        let rate = model.p_alive(middle, 0.0) * (r + x) / (alpha + middle.age);
        let noise = 1e-14 * (1.0 + x) * 10.0 / h;
        prop_assert!((slope + rate).abs() < 1e-4 * rate + noise, "{} {}", slope, rate);
    }

    #[test]
    fn pmf_sums_to_one_with_the_expectation_as_its_mean(
        model in any_model(), customer in any_history(), part in 0.01..2.0f64,
    ) {
        let [r, alpha, ..] = model.parameters();
        let sums = |pmf: &dyn Fn(u64) -> f64, k: f64| {
            let (mut total, mut mean) = (0.0, 0.0);
            // The tail falls like (t/(alpha+t))^n ≤ (2/3)^n, from about k purchases on.
            for n in 0..(150.0 + 12.0 * k) as u64 {
                let p = pmf(n);
                assert!(p >= 0.0);
                total += p;
                mean += n as f64 * p;
            }
            (total, mean)
        };
        let t = part * alpha;
        let (total, mean) = sums(&|n| model.purchase_pmf_new(n, t), r);
        prop_assert!((total - 1.0).abs() < 1e-12, "{}", total);
        let expected = model.expected_purchases_new(t);
        prop_assert!((mean / expected - 1.0).abs() < 1e-11, "{} {}", mean, expected);

        let t = part * (alpha + customer.age);
        let (total, mean) = sums(&|n| model.purchase_pmf(customer, n, t), r + customer.x);
        prop_assert!((total - 1.0).abs() < 1e-12, "{}", total);
        let expected = model.expected_purchases(customer, t);
        prop_assert!((mean - expected).abs() < 1e-11 * expected + 1e-300);
    }

    #[test]
    fn purchases_come_at_the_rate_of_those_alive(
        model in any_model(), customer in any_history(), t in 0.1..300.0f64,
    ) {
        let [r, alpha, ..] = model.parameters();
        let h = 1e-3 * t;
        let [before, after] = [t - h, t + h].map(|t| model.expected_purchases(customer, t));
        prop_assert!(after >= before);
        let rate = (r + customer.x) / (alpha + customer.age) * model.p_alive(customer, t);
        let noise = 1e-15 * after / h;
        prop_assert!(((after - before) / (2.0 * h) - rate).abs() <= 1e-4 * rate + noise);
    }

    #[test]
    fn discounting_loses_at_most_its_factor_and_vanishes_with_the_rate(
        model in any_model(), customer in any_history(), delta in 1e-9..0.1f64, t in 0.1..300.0f64,
    ) {
        let full = model.expected_purchases(customer, t);
        let discounted = model.discounted_purchases(customer, delta, t);
        prop_assert!(discounted <= full * (1.0 + 1e-14));
        prop_assert!(discounted >= full * (-delta * t).exp() * (1.0 - 1e-14));
        prop_assert!(model.discounted_purchases(customer, 0.0, t) == full);
        let nearly = model.discounted_purchases(customer, 1e-17, t);
        prop_assert!((nearly - full).abs() <= 1e-13 * full);
    }

    #[test]
    fn discounting_without_end_is_the_limit_of_long_horizons(
        model in any_model(), customer in any_history(), ln_delta in -20.0..1.0f64,
    ) {
        // Two ways: the exponential integral, and quadrature up to where e^−49 is left.
        let delta = ln_delta.exp();
        let forever = model.discounted_purchases(customer, delta, f64::INFINITY);
        let mut last = 0.0;
        for reach in [0.5, 5.0, 49.0] {
            let long = model.discounted_purchases(customer, delta, reach / delta);
            prop_assert!(last <= long * (1.0 + 1e-14) && long <= forever * (1.0 + 1e-13));
            last = long;
        }
        prop_assert!((last - forever).abs() <= 1e-13 * forever, "{} {}", last, forever);
    }

    #[test]
    fn folded_likelihood_is_the_sum_over_its_rows(
        model in any_model(), customers in prop::collection::vec((any_history(), 1u32..9), 1..40),
    ) {
        let rows: Vec<Folded> = customers
            .iter()
            .map(|&(History { x, t_x, age }, customers)| {
                // Whole times, so that some are shared.
                let (t_x, age) = (t_x.floor().min(20.0), age.ceil());
                Folded { x: x as u32 % 5, customers, t_x: if x as u32 % 5 == 0 { 0.0 } else { t_x }, age }
            })
            .collect();
        let parameters = model.parameters();
        let whole = ParetoNbdLikelihood::new(&rows).evaluate(&parameters, &mut || {});
        let (mut value, mut gradient) = (0.0, [0.0; 4]);
        for row in &rows {
            value += f64::from(row.customers) * model.log_likelihood(row.history());
            let one = ParetoNbdLikelihood::new(&[*row]).evaluate(&parameters, &mut || {});
            gradient.iter_mut().zip(&one.gradient).for_each(|(sum, part)| *sum += part);
        }
        prop_assert!((whole.value - value).abs() < 1e-12 * (1.0 + value.abs()));
        for i in 0..4 {
            let scale = parameters[i] / (1.0 + value.abs());
            prop_assert!((whole.gradient[i] - gradient[i]).abs() * scale < 1e-12);
        }
        let mut reversed = rows.clone();
        reversed.reverse();
        let again = ParetoNbdLikelihood::new(&reversed).evaluate(&parameters, &mut || {});
        prop_assert_eq!(again.value.to_bits(), whole.value.to_bits());
    }
}
