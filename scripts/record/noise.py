#!/usr/bin/env python3
"""Record distribution functions of the noise models, by SciPy, for the tests of package noise.

    python scripts/record/noise.py engine/noise/testdata/distributions.json

Needs numpy and scipy. Written is {"command", "scipy", "distributions": [...], "counts": [...]}:

    distributions   model, x, values (peak; photons, attenuation; ... as the model takes them), edges, cumulative (P(y <= edge), the edges
                    between possible values where y is discrete), mean, variance, kurtosis (fourth central moment / variance^2)
    counts          mean, k, log_probability of the Poisson distribution
"""
import json
import math
import sys

import numpy as np
import scipy
from scipy import stats

COMMAND = "python scripts/record/noise.py engine/noise/testdata/distributions.json"
BINS = 64


def discrete(pmf, value, support):
    """Distribution of value(k), decreasing or increasing in k, for k of pmf on the support (consecutive integers)."""
    p = pmf(support)
    y = value(support)
    order = np.argsort(y, kind="stable")
    y, p = y[order], p[order]
    levels, first = np.unique(y, return_index=True)
    weights = np.add.reduceat(p, first)
    cumulative = np.cumsum(weights)
    mean = float(np.sum(weights * levels) / cumulative[-1])
    variance = float(np.sum(weights * (levels - mean) ** 2) / cumulative[-1])
    fourth = float(np.sum(weights * (levels - mean) ** 4) / cumulative[-1])
    edges, below, last = [], [], 0.0
    for i in range(len(levels) - 1):
        # a bin of 1 / BINS or one possible value, and none rarer than 1e-5
        if cumulative[i] - last >= 1 / BINS and 1 - cumulative[i] > 1e-5 or i == 0 and cumulative[i] > 1e-5:
            edges.append((levels[i] + levels[i + 1]) / 2)
            below.append(cumulative[i])
            last = cumulative[i]
    return edges, below, mean, variance, fourth / variance**2


def poisson_support(mean):
    return np.arange(max(0, math.floor(mean - 12 * math.sqrt(mean) - 30)), math.ceil(mean + 12 * math.sqrt(mean) + 30))


def poisson(x, peak):
    return discrete(stats.poisson(peak * x).pmf, lambda k: k / peak, poisson_support(peak * x))


def ct(x, photons, attenuation):
    mean = photons * math.exp(-attenuation * x)
    value = lambda k: -np.log(np.maximum(k, 1) / photons) / attenuation
    return discrete(stats.poisson(mean).pmf, value, poisson_support(mean))


def poisson_gaussian(x, peak, sigma):
    mean, support = peak * x, poisson_support(peak * x)
    p = stats.poisson(mean).pmf(support)
    deviation = math.sqrt(x / peak + sigma**2)
    edges = x + deviation * stats.norm.ppf(np.arange(1, BINS) / BINS)
    cumulative = [float(np.sum(p * stats.norm.cdf((e - support / peak) / sigma))) for e in edges]
    variance = x / peak + sigma**2
    # cumulants add: the fourth is that of the counts
    return list(edges), cumulative, x, variance, 3 + x / peak**3 / variance**2


def continuous(distribution):
    edges = distribution.ppf(np.arange(1, BINS) / BINS)
    mean, variance, _, excess = distribution.stats("mvsk")
    return list(edges), list(distribution.cdf(edges)), float(mean), float(variance), float(excess) + 3


def gaussian(x, sigma):
    return continuous(stats.norm(x, sigma))


def speckle(x, looks):
    return continuous(stats.gamma(looks, scale=x / looks))


def rayleigh(x):
    return continuous(stats.rayleigh(scale=x * math.sqrt(2 / math.pi)))


MODELS = {"gaussian": gaussian, "poisson": poisson, "ct": ct, "poisson-gaussian": poisson_gaussian, "speckle": speckle, "rayleigh": rayleigh}

PARAMETERS = {
    "gaussian": [(0.5, 0.1)],
    # means of 1e-3, 0.03, 0.5, 3, 9.99, 10, 10.5, 14, 30, 100, 1000.7, 12345.6, 1e5, 65536.3, 1e6
    "poisson": [(1e-3, 1.0), (1e-3, 30.0), (0.5, 1.0), (0.1, 30.0), (0.999, 10.0), (1.0, 10.0), (0.35, 30.0), (14 / 30, 30.0), (1.0, 30.0),
                (1.0, 100.0), (1.0, 1000.7), (1.0, 12345.6), (0.1, 1e6), (1.0, 65536.3), (1.0, 1e6)],
    "ct": [(0.0, 1000.0, 1.0), (0.5, 1000.0, 1.0), (1.0, 1000.0, 1.0), (0.7, 20.0, 3.0), (1.0, 30.0, 5.0), (1.0, 1e5, 0.1), (1.0, 1e6, 8.0)],
    "poisson-gaussian": [(0.01, 30.0, 0.1), (0.3, 30.0, 0.05), (1.0, 30.0, 0.1), (0.5, 300.0, 0.02), (1.0, 3.0, 0.1)],
    "speckle": [(1.0, 0.1), (1.0, 0.3), (0.5, 0.9), (1.0, 1.0), (0.7, 1.5), (1.0, 2.0), (0.3, 4.0), (1.0, 16.0), (1.0, 100.0), (1.0, 1000.0)],
    "rayleigh": [(1.0,), (0.2,)],
}


def single(value):
    """The float32 that the sampler is given."""
    return float(np.float32(value))


def main():
    record = {"command": COMMAND, "scipy": scipy.__version__, "distributions": [], "counts": []}
    for model, rows in PARAMETERS.items():
        for row in rows:
            x, *values = map(single, row)
            edges, cumulative, mean, variance, kurtosis = MODELS[model](x, *values)
            record["distributions"].append({
                "model": model, "x": x, "values": values, "edges": [float(f"{e:.9g}") for e in edges],
                "cumulative": [float(f"{c:.12g}") for c in cumulative], "mean": mean, "variance": variance, "kurtosis": kurtosis,
            })
    for mean in (10.0, 10.7, 33.3, 250.0, 4321.0, 1e5, 1e6):
        mean = single(mean)
        for deviations in (-6, -4, -2, -1, 0, 0.5, 1, 2, 3, 4, 6, 8):
            k = round(mean + deviations * math.sqrt(mean))
            if k >= 0:
                record["counts"].append({"mean": mean, "k": k, "log_probability": float(stats.poisson(mean).logpmf(k))})
        if mean < 11:
            for k in range(4):
                record["counts"].append({"mean": mean, "k": k, "log_probability": float(stats.poisson(mean).logpmf(k))})
    with open(sys.argv[1], "w") as out:
        json.dump(record, out, indent=None, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main()
