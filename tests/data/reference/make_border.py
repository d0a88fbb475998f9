"""Writes border.csv and border_discrete.csv: the limits of the purchase models, by integrals over what varies between customers."""

import csv
from mpmath import mp, mpf, binomial, exp, gamma, gammainc, beta, factorial, quad, log

mp.dps = 40


def poisson(n, m):
    return exp(-m) * m**n / factorial(n)


def p_at_least(n, m):
    return gammainc(n, 0, m, regularized=True) if n else mpf(1)


def span(rate, t):
    return t if rate == 0 else (1 - exp(-rate * t)) / rate


class AtPurchases:
    """After each purchase (from the first repeat one on, or from the very first: early = 1) one leaves with probability p."""

    def __init__(self, early):
        self.early = early

    def alive(self, rate, p, x, t_x, age):
        return rate**x * exp(-rate * age) * (1 - p)**(x + self.early)

    def left(self, rate, p, x, t_x, age):
        m = x + self.early
        return rate**x * exp(-rate * t_x) * p * (1 - p)**(m - 1) if m else mpf(0)

    def survival(self, rate, p, t):
        return exp(-rate * p * t)

    def discounted(self, rate, p, delta, t):
        return rate * span(delta + rate * p, t)

    def pmf(self, rate, p, n, t):
        value = poisson(n, rate * t) * (1 - p)**n
        return value + (p * (1 - p)**(n - 1) * p_at_least(n, rate * t) if n else 0)

    def at_least(self, rate, p, n, t):
        return (1 - p)**(n - 1) * p_at_least(n, rate * t)


class InTime:
    """One leaves at the rate mu."""

    def alive(self, rate, mu, x, t_x, age):
        return rate**x * exp(-(rate + mu) * age)

    def left(self, rate, mu, x, t_x, age):
        return rate**x * mu * exp(-(rate + mu) * t_x) * span(rate + mu, age - t_x)

    def survival(self, rate, mu, t):
        return exp(-mu * t)

    def discounted(self, rate, mu, delta, t):
        return rate * span(delta + mu, t)

    def pmf(self, rate, mu, n, t):
        both = rate + mu
        dead = mu * rate**n / both**(n + 1) * gammainc(n + 1, 0, both * t, regularized=True)
        return poisson(n, rate * t) * exp(-mu * t) + dead

    def at_least(self, rate, mu, n, t):
        return (rate / (rate + mu))**n * gammainc(n, 0, (rate + mu) * t, regularized=True)


def over_gamma(shape, scale, f):
    density = lambda v: scale**shape / gamma(shape) * v**(shape - 1) * exp(-scale * v)
    # v = w^k takes the singularity at 0 away.
    k = mpf(1) / shape if shape < 1 else mpf(1)
    k = max(k, 1)
    g = lambda w: density(w**k) * f(w**k) * k * w**(k - 1) if w > 0 else mpf(0)
    top = ((shape + 8) / scale)**(1 / k)
    return quad(g, [top * c for c in (0, .05, .15, .3, .5, .75, 1, 1.5, 2, 3, 5)] + [12 * top])


def over_beta(a, b, f):
    return quad(lambda p: p**(a - 1) * (1 - p)**(b - 1) * f(p), [0, .01, .05, .1, .25, .5, .75, .9, 1]) / beta(a, b)


def mean(border, parameters, f):
    """E[f(rate, dropout)] over the customers of a limit."""
    v = [mpf(p) for p in parameters]
    same_rate = border in ("poisson",) or border.startswith("same_rate")
    rates = (lambda g: g(v[0])) if same_rate else (lambda g: over_gamma(v[0], v[1], g))
    rest = v[1:] if same_rate else v[2:]
    if border in ("nbd", "poisson"):
        return rates(lambda rate: f(rate, mpf(0)))
    if border.endswith("same_dropout"):
        return rates(lambda rate: f(rate, rest[0]))
    if border.endswith("mover_stayer"):
        return rates(lambda rate: (1 - rest[0]) * f(rate, mpf(0)) + rest[0] * f(rate, mpf(1)))
    return None


NAMES = "family border p1 p2 p3 x t_x age log_likelihood p_alive p_alive_13 expected discounted pmf_0 pmf_2 at_least_3 new".split()
CASES = {
    "bgnbd": AtPurchases(0), "mbgnbd": AtPurchases(1), "pnbd": InTime(),
}
LIMITS = [
    ("nbd", (.75, 9.5)), ("poisson", (.12,)), ("same_dropout", (.75, 9.5, .2)), ("same_dropout", (2.5, 20, .015625)),
    ("mover_stayer", (.75, 9.5, .3)), ("same_rate", (.12, .8, 2.5)), ("same_rate", (.3, 3, 1.5)),
    ("same_rate_same_dropout", (.12, .2)), ("same_rate_mover_stayer", (.12, .3)),
]
CUSTOMERS = [(0, 0, 39), (1, 5.5, 39), (2, 30.5, 39), (7, 29.5, 38.75), (3, 39, 39)]
rows = []
for family, process in CASES.items():
    for border, parameters in LIMITS:
        for x, t_x, age in CUSTOMERS:
            x, t_x, age = mpf(x), mpf(t_x), mpf(age)
            movers = border.endswith("mover_stayer")
            in_time = family == "pnbd"
            # Who leaves Pareto/NBD at once is who leaves MBG/NBD right after the first purchase.
            use = CASES["mbgnbd"] if in_time and movers else process
            if border == "same_rate":
                rate, one, other = (mpf(p) for p in parameters)
                if in_time:
                    E = lambda f: over_gamma(one, other, lambda mu: f(rate, mu))
                else:
                    E = lambda f: over_beta(one, other, lambda p: f(rate, p))
            else:
                E = lambda f: mean(border, parameters, f)
            A = lambda r, d: use.alive(r, d, x, t_x, age)
            alive = E(A)
            left = E(lambda r, d: use.left(r, d, x, t_x, age))
            both = alive + left
            now = alive / both
            given = lambda f: E(lambda r, d: A(r, d) * f(r, d)) / both
            new = E(lambda r, d: use.alive(r, d, mpf(0), mpf(0), mpf(0)) * use.discounted(r, d, mpf(0), mpf(26)))
            values = [
                log(both), now, given(lambda r, d: use.survival(r, d, mpf(13))),
                given(lambda r, d: use.discounted(r, d, mpf(0), mpf(26))),
                given(lambda r, d: use.discounted(r, d, mpf("0.001953125"), mpf(52))),
                1 - now + given(lambda r, d: use.pmf(r, d, 0, mpf(13))), given(lambda r, d: use.pmf(r, d, 2, mpf(13))),
                given(lambda r, d: use.at_least(r, d, 3, mpf(13))), new,
            ]
            padded = list(parameters) + [""] * (3 - len(parameters))
            rows.append([family, border, *padded, *(f"{float(v):g}" for v in (x, t_x, age)), *(mp.nstr(v, 20) for v in values)])
with open("border.csv", "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(NAMES)
    out.writerows(rows)


def chance(border, parameters):
    """Purchase and dropout probabilities of a limit of BG/BB: each a function that averages another over the customers."""
    v = [mpf(p) for p in parameters]
    same = border == "binomial" or border.startswith("same_rate")
    purchase, rest = ((lambda f: f(v[0])), v[1:]) if same else ((lambda f: over_beta(v[0], v[1], f)), v[2:])
    if border in ("binomial", "beta_binomial"):
        return purchase, lambda f: f(mpf(0))
    if border.endswith("same_dropout"):
        return purchase, lambda f: f(rest[0])
    if border.endswith("mover_stayer"):
        return purchase, lambda f: (1 - rest[0]) * f(mpf(0)) + rest[0] * f(mpf(1))
    return purchase, lambda f: over_beta(rest[0], rest[1], f)


mp.dps = 25
DISCRETE = [
    ("binomial", (.375,)), ("beta_binomial", (1.25, 2.5)), ("same_rate_same_dropout", (.375, .125)),
    ("same_rate_mover_stayer", (.375, .25)), ("same_dropout", (1.25, 2.5, .125)), ("mover_stayer", (1.25, 2.5, .25)),
    ("same_rate", (.375, 1.5, 3)),
]
HISTORIES = [(0, 0, 6), (1, 1, 6), (2, 5, 6), (3, 6, 6), (4, 5, 9)]
rows = []
for border, parameters in DISCRETE:
    P, D = chance(border, parameters)
    # Both are independent, so that averages of products are sums of products of averages.
    purchases = lambda x, j: P(lambda p: p**x * (1 - p)**j)
    stays = lambda k: D(lambda d: (1 - d)**k)
    leaves = lambda k: D(lambda d: d * (1 - d)**k)
    for x, t_x, n in HISTORIES:
        alive = purchases(x, n - x) * stays(n)
        both = alive + sum(purchases(x, k - x) * leaves(k) for k in range(t_x, n))
        rate = mpf("0.0625")
        bought = purchases(x + 1, n - x)
        expected = sum(bought * stays(n + k) for k in range(1, 6)) / both
        discounted = sum(bought * stays(n + k) / (1 + rate)**k for k in range(1, 9)) / both

        def pmf(m, h):
            whole = binomial(h, m) * purchases(x + m, n - x + h - m) * stays(n + h)
            return (whole + sum(binomial(k, m) * purchases(x + m, n - x + k - m) * leaves(n + k) for k in range(m, h))) / both

        at_least = sum(binomial(k - 1, 1) * purchases(x + 2, n - x + k - 2) * stays(n + k) for k in range(2, 6)) / both
        values = [
            log(both), alive * stays(n + 1) / stays(n) / both, alive * stays(n + 4) / stays(n) / both, expected, discounted,
            1 - alive / both + pmf(0, 5), pmf(2, 5), at_least, P(lambda p: p) * sum(stays(k) for k in range(1, 6)),
        ]
        padded = list(parameters) + [""] * (3 - len(parameters))
        rows.append([border, *padded, x, t_x, n, *(mp.nstr(v, 20) for v in values)])
with open("border_discrete.csv", "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow("border p1 p2 p3 x t_x n log_likelihood p_alive p_alive_3 expected discounted pmf_0 pmf_2 at_least_2 new".split())
    out.writerows(rows)
