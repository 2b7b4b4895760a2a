"""What notebooks call to read observations and to publish a number, a phrase, a chart or a table.

A figure is published with its id, its inputs and its method, once. It is refused when another figure has
the id, when an input was withheld by its publisher, and when an input's data set failed validation. Each
figure is one JSON file in the run folder, written whole or not at all, so that notebooks running side by
side cannot disturb each other.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.areas import Area, Areas, Comparators
from send_jsna.catalogue.observations import (
    IN_SUMS,
    WITHHELD,
    WITHHELD_HERE,
    ObservationTable,
    is_withheld_here,
    observation_ids,
)
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import (
    DuplicateFigureError,
    FailedValidationError,
    FigureError,
    NoDataError,
    NotebookError,
    WithheldInputError,
)
from send_jsna.figures.cell import cell_number, notebook_shell
from send_jsna.figures.charts.render import save
from send_jsna.figures.records import (
    ABSENCES,
    FIGURE_ID,
    Absence,
    FigureRecord,
    read_absences,
    read_figures,
    shown_together,
)
from send_jsna.figures.run_context import RunContext
from send_jsna.files import json_text, unfinished
from send_jsna.wording import cell_text, format_number, sentence_case, with_article

if TYPE_CHECKING:
    from send_jsna.figures.charts import Chart

#: An authority that maintains fewer plans than this has few children.
FEW_PLANS = 100
#: What the guards look at; taking rows of all columns for each figure is what would cost.
_GUARDED = ["observation_id", "dataset", "status", "indicator", "source_id", "withheld"]

__all__ = ["FIGURE_ID", "FigureRecord", "RunContext", "Supplement", "format_number", "read_figures"]


class Supplement:
    """One notebook's view of a run: its area, its comparators, the observations, and a place to publish."""

    def __init__(
        self, name: str, context: RunContext, observations: pd.DataFrame, folder: Path, execution: Any = None
    ) -> None:
        self.name = name
        self.context = context
        self.area = Area(**context.area)
        self.comparators = Comparators.from_dict(context.comparators)
        self.edition = context.edition
        self.project_root = Path(context.project_root)
        from send_jsna.disclosure import (
            methods,  # brings SciPy, which whoever only reads figures need not wait for
        )
        from send_jsna.disclosure.sealed_counts import Sealed, open_sealed

        if "withheld" not in observations:
            observations = observations.assign(withheld="")
        self._table = ObservationTable(observations)
        self._names = dict(zip(observations["area_code"], observations["area_name"], strict=True))
        self._folder = folder
        self._execution = execution
        self._not_shown: list[FigureRecord] = []
        if execution is not None:
            execution.events.register("post_run_cell", self._show)
        self._by_id = observations.set_index("observation_id", drop=False)[_GUARDED]
        profile = methods.profile(context.disclosure, context.smallest_count)
        self._sealed = Sealed.of_run(folder, profile, name)
        open_sealed(self._sealed)

    @classmethod
    def open(
        cls, name: str, *, area: str, edition: str, comparators: Sequence[str], run_folder: str
    ) -> Supplement:
        """Open a run from a notebook, with exactly the notebook's four parameters.

        Args:
            name: The supplement's id, the notebook's file name without ending.
            area: ONS code.
            edition: Edition id.
            comparators: ONS codes of region, country and neighbours.
            run_folder: Absolute path of the run folder.

        Raises:
            NotebookError: There is no run in that folder, or the parameters are not the run's.
        """
        folder = Path(run_folder)
        path = folder / "context.json"
        if not run_folder or not path.is_file():
            raise NotebookError(
                f"no run in {run_folder!r}",
                where=f"{name}.ipynb, parameters cell",
                remedy="execute the notebook with jsna refresh, or set run_folder to a run folder",
            )
        context = RunContext.model_validate_json(path.read_text(encoding="utf-8"))
        found = {"area": area, "edition": edition, "comparators": list(comparators)}
        run = {
            "area": context.area["code"],
            "edition": context.edition,
            "comparators": Comparators.from_dict(context.comparators).codes,
        }
        for key, value in run.items():
            if found[key] != value:
                raise NotebookError(
                    f"parameter {key} is {found[key]!r}",
                    where=f"{name}.ipynb, parameters cell",
                    expected=f"the run's {value!r}",
                )
        frame = pd.read_parquet(folder / "observations.parquet")
        return cls(name, context, frame, folder, notebook_shell())

    # -- reading ----------------------------------------------------------------------------------------

    def observations(self, indicator: str | Iterable[str], **selection: Any) -> pd.DataFrame:
        """Observations of an indicator; by default of the supplement's own area, total of every dimension.

        Args:
            indicator: One indicator id or several.
            **selection: As :func:`send_jsna.catalogue.observations.select`; ``area`` may also be an ``Area``,
                ``"comparators"`` (area, region, England, neighbours) or ``"headline"`` (the first three). The
                period ``"latest"`` is the newest with a value of the own area, where it is among them.

        Returns:
            The rows with a column ``area_name``. Withheld rows are among them: see ``observations.known``.

        Raises:
            NoDataError: None of them has a value or, where the own area is among the areas, none of its own.
                Those of a breakdown that is shown in sums only are there to be added up.
            DataError: A dimension, or an indicator of the catalogue, that does not exist.
        """
        rows = self.held(indicator, **selection)
        codes = self._codes(selection.get("area", self.area))
        mine = rows if codes is None or self.area.code not in codes else self.own(rows)
        if (mine["value"].isna() & (mine["withheld"] != IN_SUMS)).all():
            place = self.area.name if codes is None or self.area.code in codes else self._name_of(codes[0])
            names = [self.context.indicator_names.get(key, key) for key in _listed(indicator)]
            raise NoDataError(
                f"{place} has no value of {' or '.join(_listed(indicator))} ({'; '.join(names)})",
                reason=self._reason(indicator, mine, place),
                where=self._where(),
            )
        return rows

    def held(self, indicator: str | Iterable[str], **selection: Any) -> pd.DataFrame:
        """As :meth:`observations`, but with no rows where nothing is held.

        Raises:
            DataError: A dimension, or an indicator of the catalogue, that does not exist.
        """
        area = selection.pop("area", self.area)
        wanted = [name for name in _listed(indicator) if not self._is_unheld(name)]
        codes = self._codes(area)
        if selection.get("period") == "latest" and codes and len(codes) > 1 and self.area.code in codes:
            newest = self._table.select(wanted, area=[self.area.code], **selection)
            selection["period"] = list(newest["period"].unique()) or "latest"
        rows = self._table.select(wanted, area=codes, **selection)
        if isinstance(area, str) and area in ("comparators", "headline"):
            order = {code: place for place, code in enumerate(codes or [])}
            rows = rows.sort_values(
                by=["indicator", "area_code"],
                key=lambda s: s.map(order) if s.name == "area_code" else s,
                kind="stable",
            ).reset_index(drop=True)
        return rows

    def own(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of the supplement's own area."""
        return rows[rows["area_code"] == self.area.code]

    @cached_property
    def has_few_children(self) -> bool:
        """Whether the area has so few children that chance moves a share whose counts are not published.

        Told by the plans it maintains, which every authority returns: two authorities have fewer than a
        hundred, no other fewer than four hundred.
        """
        plans = self._table.select(
            [name for name in ("ehc_plans_count",) if name in self._table.indicators],
            area=[self.area.code],
            period="latest",
        )
        return bool(is_withheld_here(plans).any() or plans["value"].max() < FEW_PLANS)

    def _is_unheld(self, indicator: str) -> bool:
        """Whether the catalogue has an indicator this edition holds nothing of."""
        return indicator in self.context.indicator_names and indicator not in self._table.indicators

    def _name_of(self, code: str) -> str:
        """The name of an area of the run, or of one that has rows in it."""
        places = (self.comparators.region, self.comparators.country, *self.comparators.neighbours)
        found = {place.code: place.name for place in places}
        return found.get(code) or self._names.get(code, code)

    def _reason(self, indicator: str | Iterable[str], rows: pd.DataFrame, place: str) -> str:
        """Why an area has no value: the edition holds nothing, the publisher withheld it or has no row."""
        if all(self._is_unheld(name) for name in _listed(indicator)):
            return f"not held in this edition for {with_article(place)}"
        if is_withheld_here(rows).any():
            return WITHHELD_HERE
        withheld = set(rows["status"]) & {"c", "low", "u"}
        if withheld:
            return f"withheld by the publisher for {with_article(place)}"
        return f"not published for {with_article(place)}"

    def _codes(self, area: Any) -> list[str] | None:
        headline = [self.area.code, self.comparators.region.code, self.comparators.country.code]
        if area is None:
            return None
        if isinstance(area, Area):
            return [area.code]
        if area == "headline":
            return headline
        if area == "comparators":
            return headline + [neighbour.code for neighbour in self.comparators.neighbours]
        return [area] if isinstance(area, str) else [a.code if isinstance(a, Area) else a for a in area]

    def path(self, *parts: str) -> Path:
        """A declared file of the project's ``data`` folder."""
        return self.project_root.joinpath("data", *parts)

    def labels(self, dimension: str) -> dict[str, str]:
        """The catalogue's labels of a dimension's codes."""
        return dict(Declared(self.path("catalogue", "dimensions.yaml")).data[dimension])

    @property
    def areas(self) -> Areas:
        """All areas."""
        return Areas(self.path("areas"))

    # -- what is not there ------------------------------------------------------------------------------

    @contextmanager
    def covering(self, name: str, *figures: str) -> Iterator[None]:
        """Publish figures as far as the data allow, and put on record why one is not there.

        A block of this kind ends where the area lacks what a figure needs, or where its data failed
        validation; what comes after it goes on.

        Args:
            name: What the figures measure, as it would stand in a title.
            *figures: Their ids; ``stem.*`` stands for all that begin so.
        """
        try:
            yield
        except NoDataError as error:
            self.absent(name, *figures, reason=error.reason)
        except FailedValidationError as error:
            reason = error.what.partition(" is refused: ")[2] or error.what
            self._note(name, figures, reason, is_refusal=True)
            self._say(error.what)

    def absent(self, name: str, *figures: str, reason: str) -> None:
        """Put on record that figures cannot be published.

        Args:
            name: What they measure, as it would stand in a title.
            *figures: Their ids; ``stem.*`` stands for all that begin so.
            reason: Why, in words that stand before a colon and the name.
        """
        self._note(name, figures, reason, is_refusal=False)
        self._say(f"{reason}: {sentence_case(name)}")

    def _say(self, text: str) -> None:
        """Tell the notebook's reader why a figure is not there."""
        if self._execution is not None:
            print(f"{text[:1].upper()}{text[1:]}.")

    def _note(self, name: str, figures: Sequence[str], reason: str, *, is_refusal: bool) -> None:
        noted = Absence(
            figures=list(figures),
            name=sentence_case(name),
            reason=reason,
            notebook=self.name,
            is_refusal=is_refusal,
        )
        folder = self._folder / ABSENCES
        folder.mkdir(exist_ok=True)
        with (folder / f"{self.name}.jsonl").open("a", encoding="utf-8") as file:
            file.write(noted.model_dump_json() + "\n")

    # -- publishing -------------------------------------------------------------------------------------

    def number(
        self,
        figure_id: str,
        value: float,
        *,
        title: str,
        inputs: Any,
        method: str,
        unit: str = "",
        decimals: int | None = None,
        shown: str | None = None,
        interval: tuple[float, float] | None = None,
    ) -> FigureRecord:
        """Publish a number for a sentence.

        Args:
            figure_id: Its id, such as ``ehcp.share.latest``.
            value: The unrounded number.
            title: What it is, with area and period.
            inputs: Observations: a frame, several frames, or ids.
            method: How the number was made from them.
            unit: ``%``, ``pp``, ``count``, ``per 1,000`` and so on.
            decimals: Decimal places to show.
            shown: The text to show where formatting by unit does not do.
            interval: 95 % confidence limits in the unit of the value.

        Raises:
            FigureError: The id is malformed, a number is missing, or the figure is refused.
        """
        if value is None or not math.isfinite(float(value)):
            raise FigureError(f"figure {figure_id} has no finite value ({value!r})", where=self._where())
        text = shown if shown is not None else format_number(float(value), unit=unit, decimals=decimals)
        lower, upper = interval if interval is not None else (None, None)
        return self._publish(
            FigureRecord(
                id=figure_id,
                kind="number",
                title=title,
                shown=text,
                value=float(value),
                unit=unit,
                lower=lower,
                upper=upper,
                method=method,
                inputs=observation_ids(inputs),
                notebook=self.name,
            )
        )

    def phrase(self, figure_id: str, text: str, *, title: str, inputs: Any, method: str) -> FigureRecord:
        """Publish words that depend on the data, such as ``above`` or ``has risen``."""
        if not text.strip():
            raise FigureError(f"figure {figure_id} has no words", where=self._where())
        return self._publish(
            FigureRecord(
                id=figure_id,
                kind="phrase",
                title=title,
                shown=text,
                method=method,
                inputs=observation_ids(inputs),
                notebook=self.name,
            )
        )

    def table(
        self,
        figure_id: str,
        frame: pd.DataFrame,
        *,
        title: str,
        inputs: Any,
        method: str,
        notes: Sequence[str] = (),
    ) -> FigureRecord:
        """Publish a table.

        Args:
            figure_id: Its id.
            frame: Cells as they are to be shown; the column names are the headings and the first column
                heads the rows. Numbers that are not text yet are shown as counts. No cell may be empty: use
                a reason code.
            title: Caption.
            inputs: Observations the cells were made from.
            method: How.
            notes: Notes to print under the table, a reason code's meaning among them.
        """
        rows = [[cell_text(cell) for cell in row] for row in frame.itertuples(index=False, name=None)]
        if not rows:
            raise FigureError(f"table {figure_id} has no rows", where=self._where())
        empty = [(r, c) for r, row in enumerate(rows) for c, cell in enumerate(row) if not cell.strip()]
        if empty:
            row, column = empty[0]
            raise FigureError(
                f"table {figure_id} has an empty cell in row {row + 1}, column {frame.columns[column]}",
                where=self._where(),
                expected="a value or a reason code: " + ", ".join(WITHHELD),
            )
        return self._publish(
            FigureRecord(
                id=figure_id,
                kind="table",
                title=title,
                method=method,
                inputs=observation_ids(inputs),
                columns=[str(name) for name in frame.columns],
                rows=rows,
                notes=list(notes),
                notebook=self.name,
            )
        )

    def chart(
        self,
        figure_id: str,
        chart: Chart,
        *,
        title: str,
        inputs: Any,
        method: str,
        alt: str | None = None,
        notes: Sequence[str] = (),
    ) -> FigureRecord:
        """Publish a chart of :mod:`send_jsna.figures.charts`, with its data and text alternative.

        Args:
            figure_id: Its id.
            chart: The chart.
            title: Caption: what it shows, with area and periods.
            inputs: Observations it draws.
            method: How its values were made from them.
            alt: Text alternative; by default the chart's own, which states its values.
            notes: Notes to print under it.

        Raises:
            FigureError: The text alternative states none of the chart's values, or the figure is refused.
        """
        text = alt if alt is not None else f"{title}. {chart.alt}"
        if not any(value in text for value in chart.shown_values()):
            raise FigureError(
                f"the text alternative of chart {figure_id} states none of its values",
                where=self._where(),
                expected="a sentence with the actual values",
            )
        record = FigureRecord(
            id=figure_id,
            kind="chart",
            title=title,
            method=method,
            inputs=observation_ids(inputs),
            alt=text,
            columns=chart.columns,
            rows=chart.rows,
            notes=list(notes),
            files={"svg": f"{figure_id}.svg", "png": f"{figure_id}.png"},
            notebook=self.name,
        )
        self._publish(record)  # before the picture is drawn: a second figure of this id must not replace it
        stem = self._folder / "figures" / figure_id
        try:
            save(chart, stem, title=title, source="; ".join(self._citations(record.inputs)))
        except BaseException:
            stem.with_name(f"{figure_id}.json").unlink()
            self._not_shown.clear()
            raise
        record._svg = stem.with_name(f"{figure_id}.svg").read_text(encoding="utf-8")
        return record

    # -- guards -----------------------------------------------------------------------------------------

    def _guard(self, record: FigureRecord) -> None:
        """Refuse a figure that must not be published."""
        if not FIGURE_ID.fullmatch(record.id):
            raise FigureError(
                f"figure id {record.id!r} is malformed",
                where=self._where(),
                expected="such as ehcp.share.latest",
            )
        if not record.inputs:
            raise FigureError(f"figure {record.id} has no inputs", where=self._where())
        if not record.method.strip() or not record.title.strip():
            raise FigureError(f"figure {record.id} has no method or no title", where=self._where())
        unknown = [key for key in record.inputs if key not in self._by_id.index]
        if unknown:
            raise FigureError(
                f"figure {record.id} uses unknown observation {unknown[0]}", where=self._where()
            )
        rows = self._by_id.loc[record.inputs]
        record.datasets = sorted(rows["dataset"].unique())
        failed = [name for name in record.datasets if name in self.context.failed_datasets]
        if failed:
            reason = f"data set {failed[0]} failed validation: {self.context.failed_datasets[failed[0]]}"
            self._write(record.model_copy(update={"refused": reason}), suffix=".refused.json")
            raise FailedValidationError(
                f"figure {record.id} is refused: {reason}",
                where=self._where(),
                remedy="see the validation record and correct the data or record the known error",
            )
        self._refuse_withheld(record, rows)
        record.disclosure = self.context.disclosure
        record.withheld_inputs = int((rows["withheld"] != "").sum())
        warnings = [text for name in record.datasets for text in self.context.warnings.get(name, [])]
        for indicator in sorted(rows["indicator"].unique()):
            warnings += self.context.indicator_warnings.get(indicator, [])
        for key in record.inputs:
            warnings += self.context.observation_warnings.get(key, [])
        record.warnings = list(dict.fromkeys(warnings))

    def _refuse_withheld(self, record: FigureRecord, rows: pd.DataFrame) -> None:
        """Refuse inputs without a value, but for those a sum was made over, or a band that is not shown."""
        withheld = rows[rows["status"].isin(list(WITHHELD)) & ~rows["observation_id"].isin(self._sealed.used)]
        if len(withheld):
            first = withheld.iloc[0]
            who = "is withheld" if first["withheld"] else "its publisher withheld"
            raise WithheldInputError(
                f"figure {record.id} would use {first['observation_id']}, which {who}"
                f" ({first['status']}: {WITHHELD[first['status']]})",
                where=self._where(),
                remedy="leave withheld rows out with observations.known()",
            )

    def _publish(self, record: FigureRecord) -> FigureRecord:
        self._guard(record)
        if self._execution is not None:
            record.execution_count = cell_number(self._execution)
            self._not_shown.append(record)
        self._write(record, suffix=".json")
        return record

    def shown(self, figure_id: str) -> str:
        """The text of a number or phrase this notebook has published.

        Raises:
            NoDataError: It is on record that the area has no such figure; the reason is the recorded one.
            NotebookError: The notebook has neither published it nor put it on record as missing.
        """
        path = self._folder / "figures" / f"{figure_id}.json"
        if path.is_file():
            return FigureRecord.model_validate_json(path.read_text(encoding="utf-8")).shown
        noted = max(read_absences(self._folder), key=lambda found: found.covers(figure_id), default=None)
        if noted is not None and noted.covers(figure_id):
            raise NoDataError(f"{figure_id} is not published", reason=noted.reason)
        raise NotebookError(
            f"{figure_id} is no figure of this notebook",
            where=self._where(),
            remedy="correct the id, or publish it in a cell above",
        )

    def show_text(self, text: str) -> None:
        """Show words, in Markdown, under the cell of a notebook; elsewhere nothing is done."""
        if self._execution is not None:
            self._execution.display_pub.publish({"text/markdown": text, "text/plain": text})

    def _show(self, result: Any) -> None:
        """Show what a cell published under it; a figure the cell ends with is shown as its result already."""
        found = [record for record in self._not_shown if record is not result.result]
        self._not_shown.clear()
        if found:
            self._execution.display_pub.publish(shown_together(found))

    def _write(self, record: FigureRecord, *, suffix: str) -> None:
        folder = self._folder / "figures"
        folder.mkdir(exist_ok=True)
        path = folder / f"{record.id}{suffix}"
        with unfinished(path) as scratch:
            scratch.write_text(json_text(record.model_dump()), encoding="utf-8")
            try:
                os.link(scratch, path)
            except FileExistsError:
                other = FigureRecord.model_validate_json(path.read_text(encoding="utf-8"))
                raise DuplicateFigureError(
                    f"figure {record.id} is already published by {other.notebook}.ipynb",
                    where=self._where(),
                    expected="one figure for each id",
                    remedy="rename one of the two",
                ) from None

    def _where(self) -> str:
        return f"{self.name}.ipynb"

    def _citations(self, inputs: Sequence[str]) -> list[str]:
        sources = self._by_id.loc[list(inputs)]["source_id"].drop_duplicates()
        return [self.context.citations.get(source, source) for source in sources]


def _listed(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
