"""Writes corners.csv: answers of the models at extreme but legal parameters and arguments, with mpmath at 40 digits
from the published formulas. Inputs are the decimal numbers as written, read as doubles. Run: python3 make_corners.py"""

import csv
import os

from mpmath import beta, betainc, exp, expm1, factorial, hyp2f1, log, log1p, mp, mpf, quad, rf

mp.dps = 40


def d(text):
    """The double that the text is read as, exactly."""
    return mpf(float(text))


def nbd(r, alpha, n, t):
    return rf(r, n) / factorial(n) * (alpha / (alpha + t)) ** r * (t / (alpha + t)) ** n


def expected(r, alpha, a, b, t):
    """Fader, Hardie & Lee (2005), eq. 9."""
    c = a + b - 1
    return c / (a - 1) * (1 - hyp2f1(r, a - 1, c, -t / alpha))


def survival(r, alpha, a, b, t):
    return hyp2f1(r, a, a + b, -t / alpha)


def p_alive(r, alpha, a, b, x, t_x, age):
    """Fader, Hardie & Lee (2008), "Computing P(alive) using the BG/NBD model"."""
    return 1 / (1 + a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x))


def pmf(r, alpha, a, b, n, t):
    """Fader, Hardie & Lee (2005), eq. 8."""
    at_least = betainc(n, r, 0, t / (alpha + t), regularized=True)
    return beta(a, b + n) / beta(a, b) * nbd(r, alpha, n, t) + beta(a + 1, b + n - 1) / beta(a, b) * at_least


def discounted(r, alpha, a, b, delta, horizon):
    """The mean rate r/alpha E[(1 + p s/alpha)^(-r-1)]."""
    rate = lambda s: r / alpha * hyp2f1(r + 1, a, a + b, -s / alpha) * exp(-delta * s)
    return quad(rate, [horizon * mpf(k) ** 2 / 64 for k in range(9)], maxdegree=5)


def pareto_discounted(r, alpha, s, b, delta, horizon):
    """Fader, Hardie & Lee (2005), "RFM and CLV": the mean rate r/alpha (beta/(beta+u))^s, discounted."""
    pieces = [horizon * mpf(k) / 64 for k in range(65)]
    return r / alpha * quad(lambda u: exp(-delta * u - s * log1p(u / b)), pieces)


def moments(a, b, d, periods):
    """The sum of (1 + d)^-k E[Y^k] over k = 1..periods, Y ~ Beta(a, b)."""
    total, term = mpf(0), mpf(1)
    for k in range(periods):
        term *= (a + k) / (a + b + k) / (1 + d)
        total += term
    return total


def rows():
    def row(model, quantity, parameters, arguments, compute):
        value = compute(*[d(p) for p in parameters], *[d(p) for p in arguments])
        return [model, quantity, " ".join(parameters), " ".join(arguments), mp.nstr(value, 17)]

    cdnow = ["0.243", "4.414", "0.793", "2.426"]
    yield row("bgnbd", "expected_new", cdnow, ["1e300"], expected)
    yield row("bgnbd", "expected_new", cdnow, ["1e270"], expected)
    yield row("bgnbd", "expected_new", ["2.774e-12", "1e-30", "3.112e-10", "0.001"], ["1.93e-28"], expected)
    for after in ["10", "1e6", "1e200"]:
        yield row("bgnbd", "p_alive_later", ["0.5", "3", "1e-12", "1e-12"], ["1", "1", "2", after],
                  lambda r, alpha, a, b, x, t_x, age, after:
                  p_alive(r, alpha, a, b, x, t_x, age) * survival(r + x, alpha + age, a, b + x, after))
    for parameters, n, t in [(["0.5", "3", "2", "1e-11"], "1", "1e5"), (["1e-12", "3", "2", "1.5"], "1", "1000"),
                             (["1e-12", "3", "2", "1.5"], "4", "1000"), (["1e-9", "3", "1e-3", "1.5"], "40", "1e9"),
                             (["1e8", "1e8", "0.8", "2.5"], "7", "10")]:
        yield row("bgnbd", "pmf_new", parameters, [n, t], lambda r, alpha, a, b, n, t: pmf(r, alpha, a, b, int(n), t))
    yield row("bgnbd", "discounted_new", cdnow, ["-0.01", "300"], discounted)
    yield row("mbgnbd", "discounted_new", ["0.525", "6.183", "0.891", "1.614"], ["-0.002", "52"],
              lambda r, alpha, a, b, delta, horizon: b / (a + b) * discounted(r, alpha, a, b + 1, delta, horizon))
    yield row("pnbd", "discounted_new", ["0.5", "10", "2", "11"], ["-0.0019", "5000"], pareto_discounted)
    yield row("pnbd", "discounted_new", ["0.5", "10", "1e12", "1e12"], ["-0.01", "100"], pareto_discounted)
    yield row("pnbd", "discounted_new", ["0.5", "10", "1e-12", "1e-30"], ["-0.01", "100"], pareto_discounted)
    yield row("bgbb", "discounted_new", ["1.2", "0.75", "0.66", "2.78"], ["-0.1", "300"],
              lambda alpha, beta, gamma, delta, rate, n: alpha / (alpha + beta) * moments(delta, gamma, expm1(rate), int(n)))
    yield row("sbg", "lifetime", ["0.668", "3.806"], ["-0.05", "500"],
              lambda alpha, beta, d, n: 1 + moments(beta, alpha, d, int(n) - 1))
    yield row("sbg", "lifetime", ["3.2e-12", "1e-12"], ["0", "100000"],
              lambda alpha, beta, d, n: 1 + moments(beta, alpha, d, int(n) - 1))


if __name__ == "__main__":
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corners.csv")
    with open(path, "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["model", "quantity", "parameters", "arguments", "value"])
        writer.writerows(rows())
