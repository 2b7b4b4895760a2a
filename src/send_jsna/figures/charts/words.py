"""Text alternatives: what a chart shows, in sentences that state its values."""

from __future__ import annotations

from collections.abc import Sequence

from send_jsna.figures.charts.base import Break, Chart, Value

#: Up to this many points of a line are all stated; of a longer one the ends and the extremes.
_ALL_POINTS = 8


def series_sentence(chart: Chart, name: str, labels: Sequence[str], values: Sequence[Value]) -> str:
    """One line's values: all where there are few, else first, last, highest and lowest, and its gaps."""
    known = [(label, value) for label, value in zip(labels, values, strict=True) if value.known]
    missing = [label for label, value in zip(labels, values, strict=True) if not value.known]
    if not known:
        return f"{name}: no values."
    if len(known) <= _ALL_POINTS:
        stated = ", ".join(f"{chart.text(value)} in {label}" for label, value in known)
    else:
        low = min(known, key=lambda point: point[1].number)
        high = max(known, key=lambda point: point[1].number)
        (first, start), (last, end) = known[0], known[-1]
        stated = (
            f"{chart.text(start)} in {first} and {chart.text(end)} in {last};"
            f" lowest {chart.text(low[1])} in {low[0]}, highest {chart.text(high[1])} in {high[0]}"
        )
    newest = known[-1][1]
    interval = (
        f" (95% confidence interval of the newest value {chart.interval_text(newest)})"
        if newest.has_interval
        else ""
    )
    gaps = f"; no value for {joined(missing)}" if missing else ""
    return f"{name}: {stated}{interval}{gaps}."


def breaks_sentence(breaks: Sequence[Break]) -> list[str]:
    """The breaks a chart marks."""
    return [f"A break in the series is marked before {mark.before}: {mark.label}." for mark in breaks]


def joined(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
