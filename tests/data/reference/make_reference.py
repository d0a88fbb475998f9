"""Writes the reference tables of this directory with scipy, statsmodels and mpmath."""

import csv
import mpmath
import numpy as np
from scipy import stats
from scipy.stats.contingency import odds_ratio
from statsmodels.stats import proportion
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW


def table(name, header, rows):
    with open(name, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header.split())
        out.writerows([[f"{v:.17g}" if isinstance(v, float) else v for v in map(plain, row)] for row in rows])


def plain(value):
    return value.item() if isinstance(value, np.generic) else value


RATES = [(0.05, 0.06), (0.10, 0.12), (0.02, 0.01), (0.5, 0.6), (0.001, 0.0015), (0.3, 0.9), (0.0, 0.1), (1.0, 0.8)]
rows = []
for p1, p2 in RATES:
    for alpha, power, ratio in [(0.05, 0.8, 1.0), (0.01, 0.9, 1.0), (0.05, 0.95, 2.0), (0.10, 0.8, 0.25)]:
        n = proportion.samplesize_proportions_2indep_onetail(p1 - p2, p2, power, ratio, alpha)
        rows.append((p1, p2, alpha, power, ratio, n))
table("sample_size.csv", "rate_1 rate_2 significance power ratio customers_1", rows)

rows = []
for p1, p2 in RATES + [(0.2, 0.2)]:
    for n1, n2, alpha in [(20, 30, 0.05), (500, 500, 0.05), (3000, 1000, 0.01), (40000, 80000, 0.1)]:
        power = proportion.power_proportions_2indep(p1 - p2, p2, n1, n2 / n1, alpha, return_results=False)
        rows.append((p1, p2, n1, n2, alpha, float(power)))
table("power.csv", "rate_1 rate_2 customers_1 customers_2 significance power", rows)

TABLES = [(45, 500, 30, 500), (7, 10, 1, 12), (0, 10, 4, 12), (10, 10, 8, 12), (3, 40, 3, 40), (120, 2400, 90, 2500),
          (5210, 100000, 4980, 100000), (1, 3, 2, 7), (12, 1000000, 40, 900000), (900, 1000, 850, 1000), (2, 2, 0, 2),
          (150, 1000, 50, 1000)]


def exactly(x1, n1, x2, n2, level, p, odds, low, high):
    """Fisher's p, the conditional odds ratio and its limits at 40 digits, from scipy's values on."""
    mpmath.mp.dps = 40
    total, least, most = x1 + x2, max(0, x1 + x2 - n2), min(x1 + x2, n1)
    weights, weight = [], mpmath.mpf(1)
    for k in range(least, most + 1):
        weights.append(weight)
        weight = weight * (n1 - k) * (total - k) / ((k + 1) * (n2 - total + k + 1))
    here = x1 - least

    def share(ratio, terms, factor=lambda k: 1):
        return sum(factor(k) * weights[k] * ratio**k for k in terms) / sum(w * ratio**k for k, w in enumerate(weights))

    def root(function, start):
        return mpmath.findroot(lambda log: function(mpmath.exp(log)), mpmath.log(start))

    tail, every = (1 - mpmath.mpf(level)) / 2, range(len(weights))
    exact = [mpmath.fsum(w for w in weights if w <= weights[here] * (1 + mpmath.mpf(10) ** -12)) / mpmath.fsum(weights)]
    exact.append(mpmath.exp(root(lambda r: share(r, every, lambda k: k) - here, odds)) if 0 < odds < np.inf else odds)
    exact.append(mpmath.exp(root(lambda r: share(r, every[here:]) - tail, low)) if low > 0 else low)
    exact.append(mpmath.exp(root(lambda r: share(r, every[:here + 1]) - tail, high)) if high < np.inf else high)
    assert np.allclose([float(v) for v in exact], [p, odds, low, high], rtol=1e-6, atol=0)
    return [float(v) for v in exact]


rows, exact = [], []
for x1, n1, x2, n2 in TABLES:
    for level in (0.95, 0.8):
        z, p = proportion.proportions_ztest([x1, x2], [n1, n2])
        low, high = proportion.confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff", alpha=1 - level)
        rows.append((x1, n1, x2, n2, level, x1 / n1 - x2 / n2, z, p, low, high))
        cells = [[x1, n1 - x1], [x2, n2 - x2]]
        result = odds_ratio(cells, kind="conditional")
        limits = result.confidence_interval(level)
        p = stats.fisher_exact(cells)[1]
        exact.append((x1, n1, x2, n2, level, *exactly(x1, n1, x2, n2, level, p, result.statistic, limits.low, limits.high)))
table("rate_difference.csv", "responses_1 customers_1 responses_2 customers_2 confidence difference z p_value lower upper", rows)
table("exact_test.csv", "responses_1 customers_1 responses_2 customers_2 confidence p_value odds_ratio lower upper", exact)

random = np.random.default_rng(20260101)
rows = []
for n1, n2, scale, shift in [(2, 2, 1, 0.5), (5, 9, 3, 1), (30, 12, 0.2, 0.1), (400, 900, 2, 0.1), (5000, 6000, 1, 0.02),
                             (20000, 30000, 1, 0.1)]:
    first, second = random.gamma(2.0, 20.0, n1), scale * random.gamma(1.5, 20.0, n2) + shift
    for level in (0.95, 0.99):
        test = stats.ttest_ind(first, second, equal_var=False)
        low, high = CompareMeans(DescrStatsW(first), DescrStatsW(second)).tconfint_diff(1 - level, usevar="unequal")
        rows.append((first.mean(), first.var(ddof=1), n1, second.mean(), second.var(ddof=1), n2, level,
                     first.mean() - second.mean(), test.statistic, test.pvalue, low, high))
table("mean_difference.csv", "mean_1 variance_1 customers_1 mean_2 variance_2 customers_2 confidence difference t p_value "
      "lower upper", rows)

# Skewed order values; limits over 400,000 resamples of a generator of its own.
rows = []
for n1, n2 in [(8, 11), (40, 25)]:
    first, second = np.round(random.lognormal(3, 1, n1), 2), np.round(random.lognormal(2.5, 1.2, n2), 2)
    test = stats.bootstrap((first, second), lambda a, b, axis=-1: a.mean(axis=axis) - b.mean(axis=axis), method="BCa",
                           n_resamples=400_000, batch=10_000, random_state=1, confidence_level=0.9)
    limits = test.confidence_interval
    rows.append((" ".join(map(str, first)), " ".join(map(str, second)), 0.9, first.mean() - second.mean(),
                 limits.low, limits.high, float(test.standard_error)))
table("bootstrap_difference.csv", "first second confidence difference lower upper standard_error", rows)
