"""Intervals per second of each method, beside a plain pass of numpy over the same arrays in the same run.

    python benchmarks/intervals.py [ROWS]

Machines differ and are noisy, so the ratios are what to read: how many times as long as one pass takes, which
is a division, a square root and an addition of each row. The numbers are synthetic, from a fixed seed.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from send_jsna.statistics.differences import (
    log_proportion_ratio,
    proportion_difference,
    proportion_ratio,
    proportions_test,
)
from send_jsna.statistics.funnel import proportion_limits, ratio_limits
from send_jsna.statistics.intervals import byar, mean_interval, wilson
from send_jsna.statistics.quantiles import quantile_group
from send_jsna.statistics.rate_differences import rate_difference, rate_ratio, rates_test
from send_jsna.statistics.rates import crude_rate, directly_standardised_rate
from send_jsna.statistics.standard_population import standard_weights

Call = Callable[[], object]
_REPEATS = 5


def methods(rows: int) -> dict[str, tuple[int, Call]]:
    """Each method's rows and call; the slow ones get a tenth of the rows."""
    rng = np.random.default_rng(2024)
    n = rng.integers(1, 100_000, rows)
    m = rng.integers(1, 100_000, rows)
    x, y = rng.binomial(n, 0.05), rng.binomial(m, 0.06)
    few = max(rows // 10, 1)
    a, b, c, d = x[:few], n[:few], y[:few], m[:few]
    bands = rng.integers(500, 5_000, (few, 5))
    events = rng.poisson(bands * 0.01)
    standard = standard_weights(0, 24)
    return {
        "wilson": (rows, lambda: wilson(x, n)),
        "byar": (rows, lambda: byar(x)),
        "mean_interval": (few, lambda: mean_interval(c, d, b + 1)),
        "crude_rate": (rows, lambda: crude_rate(x, n)),
        "directly_standardised_rate": (few, lambda: directly_standardised_rate(events, bands, standard)),
        "proportion_difference": (rows, lambda: proportion_difference(x, n, y, m)),
        "proportions_test": (rows, lambda: proportions_test(x, n, y, m)),
        "log_proportion_ratio": (rows, lambda: log_proportion_ratio(x, n, y, m)),
        "proportion_ratio": (few, lambda: proportion_ratio(a, b, c, d)),
        "rate_difference": (rows, lambda: rate_difference(x, n, y, m)),
        "rate_ratio": (few, lambda: rate_ratio(a, b, c, d)),
        "rates_test": (few, lambda: rates_test(a, b, c, d)),
        "proportion_limits": (few, lambda: proportion_limits(0.05, b)),
        "ratio_limits": (few, lambda: ratio_limits(b / 100)),
        "quantile_group": (rows, lambda: quantile_group(x / n)),
    }


def seconds(call: Call) -> float:
    """The median of several runs."""
    call()
    found = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def main() -> None:
    """Print rows per second and the ratio to a plain pass, method by method."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rng = np.random.default_rng(2024)
    x, n = rng.random(rows), rng.random(rows) + 1
    plain = seconds(lambda: np.sqrt(x / n) + x) / rows
    print(f"{rows:,} rows; one plain pass {1 / plain:,.0f} rows a second")
    for name, (count, call) in methods(rows).items():
        each = seconds(call) / count
        print(f"  {name:<27} {1 / each:>14,.0f} rows a second, {each / plain:>8.1f} x a plain pass")


if __name__ == "__main__":
    main()
