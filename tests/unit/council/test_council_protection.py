"""No small count can be worked out from what is written of a council's extract.

The attacker of these tests knows everything that is printed and how the numbers hang together: parts add to
their total, done is at most due, which school has which specialism, numerators and denominators of shares. It
asks a linear program for the lowest and the highest value each hidden small number can have.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from council_files import AREA, BY_STEM
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from send_jsna.catalogue.dataset_file import parse_dataset, write_dataset
from send_jsna.council.extract import Extract, ExtractTable
from send_jsna.council.extract_observations import to_observations
from send_jsna.council.extract_sums import Aggregate, Counts, aggregate
from send_jsna.council.grid import Grid
from send_jsna.disclosure.methods import council

Variable = tuple[str, str, int]  # breakdown or "", code, place of the measure
_READ = ("status", "value", "numerator", "denominator")


class Printed:
    """The rows of one table as they are printed, found by indicator and breakdown."""

    def __init__(self, extract: Extract, table: ExtractTable, shown: pd.DataFrame) -> None:
        apart = {extract.column(name).dimension for name in table.apart}
        self.dimensions = sorted({column.dimension for column in extract.columns if column.dimension} - apart)
        self._rows: dict[tuple[str, ...], list[dict[str, object]]] = {}
        for row in shown[["indicator", *self.dimensions, *_READ]].to_dict("records"):
            key = (row["indicator"], *(row[name] for name in self.dimensions))
            self._rows.setdefault(key, []).append(row)

    def row(self, indicator: str, codes: Mapping[str, str]) -> dict[str, object]:
        """The one row of an indicator with these codes, and in total by every other breakdown."""
        (row,) = self._rows[indicator, *(codes.get(name, "") for name in self.dimensions)]
        return row


class Attacker:
    """What a reader knows of one table in one period, as linear equations."""

    def __init__(self, extract: Extract, table: ExtractTable, counts: Counts, shown: pd.DataFrame) -> None:
        self.truth = self._truth(table, counts)
        self.printed = Printed(extract, table, shown)
        self.place = {variable: number for number, variable in enumerate(self.truth)}
        self.equal: list[tuple[dict[Variable, float], float]] = []
        self.at_most: list[dict[Variable, float]] = []
        #: Counts with a mark, which is not a zero's: not those of a breakdown of few, of whom none is shown.
        self.marked: set[Variable] = set()
        measures = range(len(counts.measures))
        margins: dict[str, set[str]] = {}
        for margin, code, _ in self.truth:
            if margin and margin != "part":
                margins.setdefault(margin, set()).add(code)
        for margin, codes in margins.items():
            for j in measures:
                self.equal.append(({(margin, code, j): 1.0 for code in codes} | {("", "", j): -1.0}, 0))
        for margin, code, j in self.truth:
            if j:
                self.at_most.append({(margin, code, j): 1.0, (margin, code, j - 1): -1.0})
        # A code is the sum of its parts in the groups it stands in, and so is a group.
        for name, side in zip((*table.breakdowns[:1], table.groups), (0, 1), strict=False):
            for whole in {cell[side] for cell in counts.cells}:
                members = {("part", " ".join(cell), 0): 1.0 for cell in counts.cells if cell[side] == whole}
                self.equal.append((members | {(name, whole, 0): -1.0}, 0))
        for margin, code, j in self.truth:
            if margin == "part":
                continue
            self._read(extract, table, counts, margin, code, j)

    @staticmethod
    def _truth(table: ExtractTable, counts: Counts) -> dict[Variable, int]:
        truth = {("", "", j): count for j, count in enumerate(counts.total)}
        for margin, by in counts.by.items():
            truth |= {(margin, code, j): n for code, row in by.items() for j, n in enumerate(row)}
        for (code, group), (count,) in counts.cells.items():
            key = (table.groups, group, 0)
            truth[key] = truth.get(key, 0) + count
            truth["part", f"{code} {group}", 0] = count
        return truth

    def _wholes(self, table: ExtractTable, counts: Counts, margin: str, code: str, j: int) -> Iterator[int]:
        """The totals a count is a part of."""
        if margin:
            yield from counts.total[: j + 1]
        yield from (self.truth[margin, code, wider] for wider in range(j))
        if table.groups and margin == table.breakdowns[0]:
            groups = [group for held, group in counts.cells if held == code]
            yield from (self.truth[table.groups, group, 0] for group in groups if len(groups) == 1)
        if table.groups and margin == table.groups:
            held = [one for one, group in counts.cells if group == code]
            yield from (self.truth[table.breakdowns[0], one, 0] for one in held if len(held) == 1)
        if table.share and margin == table.share.column:
            over = sum(counts.by[margin][one][0] for one in table.share.codes)
            yield over if code in table.share.codes else counts.total[0] - over

    def _read(
        self,
        extract: Extract,
        table: ExtractTable,
        counts: Counts,
        margin: str,
        code: str,
        j: int,
    ) -> None:
        measure = counts.measures[j]
        codes = {extract.column(margin).dimension: code} if margin else {}
        count = self.printed.row(measure.indicator, codes)
        if count["status"] == "c":
            if not any(is_small(whole) for whole in self._wholes(table, counts, margin, code, j)):
                self.marked.add((margin, code, j))
        else:
            self.equal.append(({(margin, code, j): 1.0}, float(count["value"])))
        if measure.share:
            share = self.printed.row(measure.share, codes)
            if share["status"] == "final":
                self.equal.append(({(margin, code, j): 1.0}, float(share["numerator"])))
                self.equal.append(({(margin, code, j - 1): 1.0}, float(share["denominator"])))
            elif share["status"] == "z":
                self.equal.append(({(margin, code, j - 1): 1.0}, 0))
        if table.share and margin == "" and table.share.column in counts.by:
            share = self.printed.row(table.share.indicator, {})
            if share["status"] == "final":
                over = {(table.share.column, over, 0): 1.0 for over in table.share.codes}
                self.equal.append((over, float(share["numerator"])))
                self.equal.append(({("", "", 0): 1.0}, float(share["denominator"])))

    @cached_property
    def _system(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        nothing = np.zeros((0, len(self.place)))
        return (
            np.array([self._row(terms) for terms in self.at_most] or nothing),
            np.array([self._row(terms) for terms, _ in self.equal] or nothing),
            np.array([value for _, value in self.equal]),
        )

    def _row(self, terms: Mapping[Variable, float]) -> np.ndarray:
        found = np.zeros(len(self.place))
        for variable, factor in terms.items():
            found[self.place[variable]] += factor
        return found

    def range_of(self, goal: Mapping[Variable, float]) -> tuple[float, float]:
        """Lowest and highest value of a sum of variables that agrees with everything known."""
        at_most, equal, values = self._system
        limits = []
        for sign in (1, -1):
            result = linprog(
                sign * self._row(goal),
                A_ub=at_most,
                b_ub=np.zeros(len(at_most)),
                A_eq=equal,
                b_eq=values,
                bounds=[(int(variable in self.marked), None) for variable in self.place],
                method="highs",
            )
            assert result.status in (0, 3), result.message
            limits.append(sign * result.fun if result.status == 0 else sign * -np.inf)
        return limits[0], limits[1]

    def small_numbers(self) -> list[tuple[dict[Variable, float], int]]:
        """Every small count, and every small difference of two measures of a row."""
        found: list[tuple[dict[Variable, float], int]] = [
            ({variable: 1.0}, count) for variable, count in self.truth.items() if is_small(count)
        ]
        for first, second in combinations(self.truth, 2):
            if first[:2] == second[:2]:
                difference = abs(self.truth[first] - self.truth[second])
                if is_small(difference):
                    wide, narrow = sorted((first, second), key=lambda variable: variable[2])
                    found.append(({wide: 1.0, narrow: -1.0}, difference))
        return found


def attack(extract: Extract, found: Aggregate, content: bytes) -> int:
    """Assert that no small number can be worked out; how many there were."""
    written = parse_dataset(content, dataset=extract.dataset, where="x")
    tried = 0
    for (table, period, apart), counts in found.counts.items():
        shown = written[written["period"] == period.label]
        for name, code in zip(table.apart, apart, strict=True):
            shown = shown[shown[extract.column(name).dimension] == code]
        attacker = Attacker(extract, table, counts, shown)
        for goal, truth in attacker.small_numbers():
            low, high = attacker.range_of(goal)
            assert low <= (1 if len(goal) == 1 else truth) + 1e-6, (
                f"{goal} is {truth}; it is known to be {low}"
            )
            assert high >= 5 - 1e-6, f"{goal} is {truth}; a reader knows that it is {low} to {high}"
            assert high - low >= 1, f"{goal} is {truth}; a reader can work it out"
            tried += 1
        # Whatever is shown is true, and none at all is never hidden from a table that is shown whole.
        assert (written["value"].dropna() >= 0).all()
    return tried


def is_small(count: int) -> bool:
    return 0 < count < 5


def made(extract: Extract, rows: list[dict[str, str]]) -> tuple[Aggregate, bytes]:
    header = list(rows[0])
    grid = Grid(Path("made-up.csv"), "", header, [(n, list(row.values())) for n, row in enumerate(rows, 2)])
    found = aggregate(extract, grid)
    return found, write_dataset(to_observations(extract, found, council())[0])


# Files are small as they are, and the linear programs too slow to make a failing one smaller.
SEARCH = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)

few = st.one_of(st.integers(0, 7), st.integers(0, 60))


@st.composite
def files(draw: st.DrawFn, stem: str) -> list[dict[str, str]]:
    """A file of counts with some of the codes, many of them held by few."""
    extract = BY_STEM[stem]
    base = {"area_code": AREA, "period": "2024/25" if stem.startswith("special") else "October 2025"}
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for number in range(draw(st.integers(1, 9))):
        row = dict(base)
        for column in extract.columns:
            if column.name == "school":
                row["school"] = f"school_{draw(st.integers(0, number))}"
            elif column.only and row[extract.state] not in column.only:
                row[column.name] = ""
            else:
                row[column.name] = draw(st.sampled_from(column.codes[:5]))
        key = tuple(row.values())
        count = draw(few)
        for place, measure in enumerate(extract.measures):
            if place and not stem.startswith("special"):
                # A part of the one before, often nearly all of it or nearly none.
                count = draw(st.one_of(st.integers(0, count), st.integers(max(0, count - 4), count)))
            elif place:
                count = draw(few)
            row[measure.column] = str(count)
        rows[key] = row
    return list(rows.values())


@pytest.mark.parametrize("stem", sorted(BY_STEM))
def test_no_small_number_can_be_worked_out_from_what_is_written(stem: str) -> None:
    tried = []

    @SEARCH
    @given(files(stem))
    def run(rows: list[dict[str, str]]) -> None:
        found, content = made(BY_STEM[stem], rows)
        tried.append(attack(BY_STEM[stem], found, content))

    run()
    assert sum(tried) > 20


def test_a_school_in_two_specialisms_of_its_own_may_have_one_place() -> None:
    base = {"area_code": AREA, "period": "2024/25"}
    places = (("0", "broad_spectrum", "15", "51"), ("1", "mld", "2", "0"), ("1", "asd", "2", "31"))
    rows = [
        base
        | {
            "school": f"school_{number}",
            "specialism": specialism,
            "commissioned_places": commissioned,
            "number_on_roll": roll,
        }
        for number, specialism, commissioned, roll in places
    ]
    assert attack(BY_STEM["special-school-places"], *made(BY_STEM["special-school-places"], rows))


def test_the_attacker_finds_a_count_that_only_its_own_row_withholds() -> None:
    extract = BY_STEM["ehc-register"]
    rows = [
        {"area_code": AREA, "period": "January 2026", "need": need, "count": count}
        for need, count in (("asd", "30"), ("slcn", "20"), ("vi", "3"), ("hi", "9"))
    ]
    found, _ = made(extract, rows)
    naive, _ = to_observations(extract, found, council())
    # As if 3 alone were withheld, and every other count shown.
    (counts,) = found.counts.values()
    for index, row in naive.iterrows():
        if row["need"]:
            count = counts.by["need"][row["need"]][0]
            naive.loc[index, "value"] = float("nan") if count == 3 else float(count)
            naive.loc[index, "status"] = "c" if count == 3 else "final"
    with pytest.raises(AssertionError, match="is 3; it is known to be 3"):
        attack(extract, found, write_dataset(naive))


@pytest.mark.parametrize(
    ("chain", "shown"),
    [
        ((100, 80, 60), [True, True, True]),
        ((100, 100, 0), [True, True, True]),
        ((3, 2), [False, False]),
        # Four were not done: done is hidden, and the ASQ-3 count differs by enough from due.
        ((100, 96, 90), [True, False, True]),
        ((100, 98, 97), [True, False, False]),
        ((100, 40, 3), [True, True, False]),
        ((0, 0), [True, True]),
    ],
)
def test_which_counts_of_a_chain_are_shown(chain: tuple[int, ...], shown: list[bool]) -> None:
    row = {"area_code": AREA, "period": "2024-25", "check": "new_birth"}
    names = ("due", "done", "asq3_done")[: len(chain)]
    _, content = made(BY_STEM["health-visiting"], [row | dict(zip(names, map(str, chain), strict=True))])
    frame = parse_dataset(content, dataset="x", where="x")
    status = frame.set_index("indicator")["status"]
    measures = BY_STEM["health-visiting"].measures[: len(chain)]
    assert [status[measure.indicator] == "final" for measure in measures] == shown


def test_small_counts_are_coded_and_zero_stays_zero() -> None:
    rows = [
        {"area_code": AREA, "period": "January 2026", "need": need, "count": count}
        for need, count in (("asd", "300"), ("slcn", "40"), ("vi", "4"), ("hi", "7"), ("pd", "0"))
    ]
    _, content = made(BY_STEM["ehc-register"], rows)
    frame = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False).set_index("need")
    assert frame.loc[["vi", "hi"], ["value", "status"]].to_numpy().tolist() == [["", "c"]] * 2
    assert frame.loc[["asd", "slcn", "pd", "sld", ""], "value"].tolist() == ["300", "40", "0", "0", "351"]
