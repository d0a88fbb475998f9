"""Writes the reference tables of tests/interval.rs, comparison.rs and covariates.rs with mpmath and scipy."""

import csv
from collections import Counter
from itertools import combinations_with_replacement
import mpmath as mp
from scipy import stats

mp.mp.dps = 40


def table(name, header, rows):
    with open(name, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header.split())
        out.writerows([[v if isinstance(v, str) else mp.nstr(mp.mpf(v), 17) for v in row] for row in rows])


def bg_nbd(r, alpha, a, b, x, t_x, T):
    """ln L, Fader, Hardie and Lee 2005, eq. 6."""
    left = a / (b + x - 1) * (alpha + t_x) ** -(r + x) if x > 0 else 0
    return (mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) + mp.log(mp.beta(a, b + x) / mp.beta(a, b))
            + mp.log((alpha + T) ** -(r + x) + left))


def mbg_nbd(r, alpha, a, b, x, t_x, T):
    """ln L, Batislam, Denizel and Filiztekin 2007, eq. 3, in the notation of BG/NBD."""
    left = a / (b + x) * (alpha + t_x) ** -(r + x)
    return (mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) + mp.log(mp.beta(a, b + x + 1) / mp.beta(a, b))
            + mp.log((alpha + T) ** -(r + x) + left))


def pareto_nbd(r, alpha, s, beta, x, t_x, T):
    """ln L, Fader and Hardie 2005, eq. 18 and 19."""
    w = r + s + x
    if alpha >= beta:
        f = lambda t: mp.hyp2f1(w, s + 1, w + 1, (alpha - beta) / (alpha + t)) / (alpha + t) ** w
    else:
        f = lambda t: mp.hyp2f1(w, r + x, w + 1, (beta - alpha) / (beta + t)) / (beta + t) ** w
    head = mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) + s * mp.log(beta)
    return head + mp.log((alpha + T) ** -(r + x) * (beta + T) ** -s + s / w * (f(t_x) - f(T)))


def derivative(f, at, orders, step=mp.mpf("1e-9")):
    return mp.diff(f, tuple(at), tuple(orders), h=step)


def unit(i, n):
    return [int(i == k) for k in range(n)]


# The delta method for BG/NBD on CDNOW in weeks, at the estimates of oracle/mle.csv.
with open("../oracle/mle.csv") as file:
    fit = next(row for row in csv.DictReader(file) if (row["dataset"], row["model"]) == ("cdnow_sample_39w", "bgnbd"))
estimate = [mp.mpf(fit[f"value{i}"]) for i in range(1, 5)]
with open("../oracle/data_cdnow_sample_39w.csv") as file:
    data = Counter((int(row["x"]), int(row["t_x_days"]), int(row["T_days"])) for row in csv.DictReader(file))
total = lambda *p: mp.fsum(n * bg_nbd(*p, x, mp.mpf(t_x) / 7, mp.mpf(T) / 7) for (x, t_x, T), n in data.items())
information = mp.matrix(4)
for i, j in combinations_with_replacement(range(4), 2):
    orders = [one + other for one, other in zip(unit(i, 4), unit(j, 4))]
    information[i, j] = information[j, i] = -derivative(total, estimate, orders)
covariance = information**-1
for i in range(4):
    assert abs(mp.sqrt(covariance[i, i]) / mp.mpf(fit[f"se{i + 1}"]) - 1) < 1e-12


def expected(r, alpha, a, b, x, t_x, T, t):
    """Fader, Hardie and Lee 2005, eq. 10."""
    z = t / (alpha + T + t)
    future = (a + b + x - 1) / (a - 1) * (1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * mp.hyp2f1(r + x, b + x, a + b + x - 1, z))
    odds = a / (b + x - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x) if x > 0 else 0
    return future / (1 + odds)


z = mp.sqrt(2) * mp.erfinv(mp.mpf("0.95"))
rows = []
for x, t_x, T, t in [(2, "30.43", "38.86", 39), (0, 0, "38.86", 52), (26, "30.857", "31", 52), (1, "2", "38", 1), (7, "10", "39", 520), (0, 0, 0, 78)]:
    t_x, T = mp.mpf(float(t_x)), mp.mpf(float(T))
    f = lambda *p: mp.log(expected(*p, x, t_x, T, mp.mpf(t)))
    gradient = mp.matrix([derivative(f, estimate, unit(i, 4)) for i in range(4)])
    width = z * mp.sqrt((gradient.T * covariance * gradient)[0])
    mean = mp.exp(f(*estimate))
    rows.append((x, t_x, T, t, mean * mp.exp(-width), mean * mp.exp(width)))
table("delta_method.csv", "x t_x T t lower upper", rows)

# Tails of chi-square.
rows = [(v, k, float(stats.chi2.sf(v, k))) for v in [0.0, 0.1, 1.0, 3.841, 10.0, 60.0, 500.0] for k in [1, 2, 4, 9]]
table("chi_square.csv", "statistic freedom p_value", rows)

# ln L with covariates by r, alpha, a, b (or s, beta), the coefficients of the purchases, those of the dropout.
ROWS = [(3, 12.5, 20.0, (1.0, 0.25)), (0, 0.0, 31.0, (0.0, -1.5)), (11, 30.0, 30.0, (1.0, 0.0)), (1, 0.5, 25.0, (0.0, 2.0)), (2, 7.0, 39.0, (1.0, 0.25))]
MODELS = {
    "bgnbd": (bg_nbd, (0.6, 6.0, 0.9, 3.0), lambda p, u, v: (p[0], p[1] * mp.exp(-u), p[2] * mp.exp(v), p[3] * mp.exp(v))),
    "mbgnbd": (mbg_nbd, (0.6, 6.0, 0.9, 3.0), lambda p, u, v: (p[0], p[1] * mp.exp(-u), p[2] * mp.exp(v), p[3] * mp.exp(v))),
    "pnbd": (pareto_nbd, (0.8, 6.0, 0.7, 12.0), lambda p, u, v: (p[0], p[1] * mp.exp(-u), p[2], p[3] * mp.exp(-v))),
}
rows = []
for name, (model, baseline, effective) in MODELS.items():
    point = [mp.mpf(v) for v in baseline + (0.4, -0.1, -0.3, 0.2)]

    def likelihood(*p):
        value = mp.mpf(0)
        for x, t_x, T, (one, other) in ROWS:
            u, v = p[4] * one + p[5] * other, p[6] * one + p[7] * other
            value += model(*effective(p[:4], u, v), x, mp.mpf(t_x), mp.mpf(T))
        return value

    rows.append((name, -1, -1, likelihood(*point)))
    rows += [(name, i, -1, derivative(likelihood, point, unit(i, 8))) for i in range(8)]
    for i, j in combinations_with_replacement(range(8), 2):
        orders = [one + other for one, other in zip(unit(i, 8), unit(j, 8))]
        rows.append((name, i, j, derivative(likelihood, point, orders)))
table("covariates.csv", "model first second value", rows)
