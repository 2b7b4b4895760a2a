"""The part of the methods that says which statistics are not printed, by which rule, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from send_jsna.catalogue.statistic_rules import StatisticRules
from send_jsna.figures.records import Absence
from send_jsna.report.markdown import escape, table
from send_jsna.wording import in_words, joined

_INTRODUCTION = (
    "A statistic that would not help a reader is not printed, however it was worked out. These rules decide."
    " They are the same for every area, are declared in the catalogue, and do not look at what the statistic"
    " would say."
)


def left_out_text(rules: StatisticRules | None, absences: Sequence[Absence], known: Collection[str]) -> str:
    """The rules, and what they left out of this report.

    Args:
        rules: The rules of the run; None where it was made before there were any, and nothing is said.
        absences: What the notebooks recorded as not published.
        known: Ids of the published and refused figures.

    Returns:
        Markdown; empty where there are no rules.
    """
    if rules is None:
        return ""
    stated = [list(map(escape, row)) for row in _limits(rules)]
    parts = [
        "### Statistics that are not printed {#left-out .unnumbered}",
        _INTRODUCTION,
        table(
            ["Statistic", "Printed where", "Why the limit is there"],
            stated,
            [3, 5, 9],
            caption="Rules for what is printed",
        ),
    ]
    rows = _rows(absences, known)
    if not rows:
        return "\n\n".join([*parts, "By these rules nothing was left out of this report."]) + "\n"
    columns = ["Statistic", "Figures not printed", "Why"]
    return "\n\n".join([*parts, table(columns, rows, [6, 5, 5], caption="Statistics left out")]) + "\n"


def _limits(rules: StatisticRules) -> list[tuple[str, str, str]]:
    """Name, limit in words, and reason of the limit, of each rule."""
    times, points = f"{rules.range.most_times:g}", f"{rules.range.most_points:g}"
    held, outside = f"{rules.forecast.least_held_pct:g}%", f"{rules.funnel.most_outside_pct:g}%"
    most = rules.coverage.most_breaks
    limits = {
        "range": f"the upper limit is at most {times} times the lower one, and the range of a percentage"
        f" spans {points} points at most",
        "forecast": f"the 80% range held {held} of outcomes or more in every year ahead that was tested, and"
        f" {in_words(rules.forecast.least_years)} years ahead or more were tested",
        "funnel": f"at most {outside} of the authorities lie outside the 99.8% limits",
        "coverage": f"{f'at most {in_words(most)}' if most else 'no'} change of those who report lies between"
        " the first value and the last",
    }
    return [(rule.name, limits[key], rule.because) for key, rule in rules]


def _rows(absences: Sequence[Absence], known: Collection[str]) -> list[list[str]]:
    """A row a statistic that a rule left out: what it measures, its figures, and why."""
    found: dict[tuple[str, str], list[str]] = {}
    for absence in absences:
        figures = [name for name in absence.figures if name not in known]
        if absence.rule and figures:
            found.setdefault((absence.name, absence.reason), []).extend(figures)
    return [
        [
            escape(name[:1].upper() + name[1:]),
            joined([f"`{figure}`" for figure in dict.fromkeys(figures)]),
            escape(reason[:1].upper() + reason[1:]),
        ]
        for (name, reason), figures in found.items()
    ]
