"""Crude, directly standardised and indirectly standardised rates, with their confidence intervals.

They follow the Association of Public Health Observatories' Technical Briefing 3, "Commonly used public health
statistics and their confidence intervals" (2008).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from send_jsna.statistics.arrays import Estimate, Floats, events, floats, refuse, together
from send_jsna.statistics.intervals import byar


def crude_rate(
    count: npt.ArrayLike, population: npt.ArrayLike, *, per: float = 100_000, confidence: float = 0.95
) -> Estimate:
    """Events per so many people (or person-years), with Byar's limits.

    Args:
        count: Events; may exceed the population, as a person may have several.
        population: People, or person-years; broadcast against the count.
        per: What the rate is expressed per.
        confidence: 0.95 or 0.998.

    Returns:
        The rate and its limits, per ``per``; NaN where an input is NaN.

    Raises:
        ValueError: A negative or infinite number, or a population of zero; the message names the row.
    """
    x, n = events(count, population)
    low, high = byar(x, confidence)
    return Estimate(per * x / n, per * low / n, per * high / n)


def directly_standardised_rate(
    counts: npt.ArrayLike,
    populations: npt.ArrayLike,
    standard: npt.ArrayLike,
    *,
    per: float = 100_000,
    confidence: float = 0.95,
) -> Estimate:
    """The rate a standard population would have with the area's rates at each age.

    The interval is that of A. J. Dobson, K. Kuulasmaa, E. Eberle and J. Scherer, "Confidence intervals for
    weighted sums of Poisson parameters", Statistics in Medicine 10 (1991) 457–462: the interval of the total
    count (here Byar's), carried over in proportion to the standard errors. It is an approximation that public
    health practice gives from ten events on. Where there is no event at all it has no scale; the upper limit
    is then that of a count of zero, all of it in the band of the greatest weight, which errs on the wide
    side (the bound that M. P. Fay and E. J. Feuer, Statistics in Medicine 16 (1997) 791–801, start from).

    Args:
        counts: Events by area and band, shape (…, bands).
        populations: People, of the same shape.
        standard: The standard population, shape (bands,); see
            :func:`send_jsna.statistics.standard_population.standard_weights`.
        per: What the rate is expressed per.
        confidence: 0.95 or 0.998.

    Returns:
        The rate and its limits, per ``per``, shape (…); NaN where an area lacks a band.

    Raises:
        ValueError: A negative or infinite number, a population of zero, numbers of bands that differ, or a
            standard that is negative or adds up to nothing; the message names row and column.
    """
    x, n = events(counts, populations)
    w = floats(standard)
    refuse(~(w >= 0), "standard population is negative or missing", w)
    if x.ndim == 0 or w.shape != x.shape[-1:]:
        raise ValueError(f"{x.shape[-1:]} bands of counts do not fit {w.shape} of the standard population")
    if not w.sum() > 0:
        raise ValueError("the standard population adds up to nothing")
    w = w / w.sum()
    total = x.sum(axis=-1)
    value = (w * x / n).sum(axis=-1)
    variance = (w**2 * x / n**2).sum(axis=-1)
    low, high = byar(total, confidence)
    none = total == 0
    scale = np.where(none, (w / n).max(axis=-1), np.sqrt(variance / np.where(none, 1.0, total)))
    lower = np.maximum(value + scale * (low - total), 0.0)
    return Estimate(per * value, per * lower, per * (value + scale * (high - total)))


def expected_events(populations: npt.ArrayLike, reference_rates: npt.ArrayLike) -> Floats:
    """Events an area would have at the reference population's rates.

    Args:
        populations: People by area and band, shape (…, bands).
        reference_rates: Events per person in each band, shape (bands,).

    Returns:
        Expected events, shape (…); NaN where a band is missing.

    Raises:
        ValueError: A negative number; the message names row and column.
    """
    n, rates = together(populations, reference_rates)
    refuse(n < 0, "population is negative", n)
    refuse(rates < 0, "reference rate is negative", rates)
    return np.asarray((n * rates).sum(axis=-1))


def indirectly_standardised_ratio(
    observed: npt.ArrayLike, expected: npt.ArrayLike, *, confidence: float = 0.95
) -> Estimate:
    """Observed events as a ratio to those expected, with Byar's limits.

    N. E. Breslow and N. E. Day, "Statistical Methods in Cancer Research, volume II" (IARC, 1987), chapter 2.
    The expected number is taken to be known without error. Two areas' ratios are each compared with the
    reference population, not with each other, since each is based on its own age structure.

    Args:
        observed: Events.
        expected: Events expected; see :func:`expected_events`.
        confidence: 0.95 or 0.998.

    Returns:
        The ratio and its limits, times 100; NaN where an input is NaN.

    Raises:
        ValueError: A negative or infinite number, or nothing expected; the message names the row.
    """
    x, e = together(observed, expected)
    refuse(x < 0, "observed count is negative", x)
    refuse(e <= 0, "expected count is not above zero", e)
    refuse(np.isinf(x) | np.isinf(e), "observed or expected count is infinite", x, e)
    low, high = byar(x, confidence)
    return Estimate(100 * x / e, 100 * low / e, 100 * high / e)
