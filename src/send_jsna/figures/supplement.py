"""What notebooks call to read observations and to publish a number, a phrase, a chart or a table.

A figure is published with its id, its inputs and its method, once; what is refused, and how a figure is
written, is in :mod:`send_jsna.figures.figure_store`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue import neighbourhoods
from send_jsna.catalogue.neighbourhoods import Neighbourhood
from send_jsna.catalogue.observations import WITHHELD, as_objects, observation_ids
from send_jsna.errors import FailedValidationError, FigureError, NoDataError
from send_jsna.figures.cell import notebook_shell
from send_jsna.figures.charts.render import save
from send_jsna.figures.figure_store import FigureStore
from send_jsna.figures.records import FigureRecord
from send_jsna.figures.run_context import RunContext, checked_context, read_observations
from send_jsna.figures.run_rows import RunRows
from send_jsna.figures.run_view import view_of
from send_jsna.wording import cell_text, format_number, sentence_case

if TYPE_CHECKING:
    from send_jsna.figures.charts import Chart


class Supplement(RunRows):
    """One notebook's view of a run: its area, its comparators, the observations, and a place to publish."""

    def __init__(
        self, name: str, context: RunContext, observations: pd.DataFrame, folder: Path, execution: Any = None
    ) -> None:
        # Here, since they import SciPy, which takes long and is not needed for reading figures.
        from send_jsna.disclosure import methods
        from send_jsna.disclosure.sealed_counts import Sealed, open_sealed

        if "withheld" not in observations:
            observations = observations.assign(withheld="")
        super().__init__(name, context, observations)
        self._folder = folder
        self._execution = execution
        profile = methods.profile(context.disclosure, context.smallest_count)
        sealed = Sealed.of_run(folder, profile, name)
        self._store = FigureStore(name, context, observations, folder, sealed, execution)
        open_sealed(sealed)

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
        context = checked_context(name, run_folder, area=area, edition=edition, comparators=comparators)
        folder = Path(run_folder)
        declared = context.supplements.get(name)
        rows = read_observations(folder, datasets=declared.datasets if declared else None)
        # A notebook takes hundreds of small selections, and each moves a frame of objects as a whole.
        context, observations = view_of(name, context, as_objects(rows))
        return cls(name, context, observations, folder, notebook_shell())

    @cached_property
    def neighbourhoods(self) -> tuple[Neighbourhood, ...]:
        """The neighbourhoods of the area, with their wards and outlines; none where the edition has none."""
        path = self._folder / neighbourhoods.FILE
        return neighbourhoods.parse(path.read_bytes(), path) if path.is_file() else ()

    @contextmanager
    def covering(self, name: str, *figures: str) -> Iterator[None]:
        """Publish figures as far as the data allow, and record why one is missing.

        A block of this kind ends where what a figure needs is missing for the area, or where its data failed
        validation; the cell continues after the block.

        Args:
            name: What the figures measure, worded as in a title.
            *figures: Their ids; ``stem.*`` means all ids that begin with the stem.
        """
        try:
            yield
        except NoDataError as error:
            self.absent(name, *figures, reason=error.reason, rule=error.rule)
        except FailedValidationError as error:
            reason = error.what.partition(" is refused: ")[2] or error.what
            self._store.note_absence(name, figures, reason, is_refusal=True)
            self._say(error.what)

    def absent(self, name: str, *figures: str, reason: str, rule: str = "") -> None:
        """Record that figures cannot be published.

        Args:
            name: What they measure, worded as in a title.
            *figures: Their ids; ``stem.*`` means all ids that begin with the stem.
            reason: Why, in words that are printed before a colon and the name.
            rule: Rule of ``data/catalogue/statistics.yaml`` by which they do not help a reader.
        """
        self._store.note_absence(name, figures, reason, rule=rule)
        self._say(f"{reason}: {sentence_case(name)}")

    def _say(self, text: str) -> None:
        """Print for the notebook's reader why a figure is missing."""
        if self._execution is not None:
            print(f"{text[:1].upper()}{text[1:]}.")

    def shown(self, figure_id: str) -> str:
        """The text of a number or phrase this notebook has published; see :meth:`FigureStore.shown`."""
        return self._store.shown(figure_id)

    def show_text(self, text: str) -> None:
        """Show words, in Markdown, under the cell of a notebook; elsewhere nothing is done."""
        if self._execution is not None:
            self._execution.display_pub.publish({"text/markdown": text, "text/plain": text})

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
        """Publish a number for a sentence; all a notebook states of it are parameters of their own.

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
        return self._store.publish(
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
        return self._store.publish(
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
        return self._store.publish(
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
            files={"svg": f"{figure_id}.svg"},
            notebook=self.name,
        )
        # Before the picture is drawn: a second figure of this id must not replace it.
        self._store.publish(record)
        stem = self._store.file(figure_id)
        try:
            source = "; ".join(self._store.citations(record.inputs))
            record._svg = save(chart, stem, title=title, source=source)
        except BaseException:
            self._store.withdraw(record)
            raise
        return record
