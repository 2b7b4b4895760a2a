"""One accessible page for each figure: everything the ledger knows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from send_jsna.pages import CSS, template


@dataclass(frozen=True)
class Use:
    """A page of the report that shows a figure."""

    page: str
    title: str


@dataclass(frozen=True)
class AuditPages:
    """The audit pages of one run's report.

    Attributes:
        report_title: Title of the report, for the pages' titles and the way back.
        audit_chapter: File name of the audit chapter's page.
    """

    report_title: str
    audit_chapter: str
    # Six figures use the same observation on average, and its row is the same in the page of each.
    _parts: dict[Hashable, Markup] = field(default_factory=dict, init=False, repr=False)

    def write(
        self, folder: Path, lineage: Mapping[str, Mapping[str, Any]], uses: Mapping[str, Sequence[Use]]
    ) -> None:
        """Write the page of every figure, ``<figure id>.html``.

        Args:
            folder: Folder of the pages, such as ``site/audit``; made where it does not exist.
            lineage: The run's audit entries by figure id.
            uses: For each figure id the report's pages that show it.
        """
        folder.mkdir(exist_ok=True)
        for key, entry in lineage.items():
            page = self.render(entry, uses.get(key, ()))
            (folder / f"{key}.html").write_text(page, encoding="utf-8")

    def render(self, entry: Mapping[str, Any], uses: Sequence[Use] = ()) -> str:
        """The audit entry of one figure as an HTML page.

        Args:
            entry: The entry of :func:`send_jsna.provenance.ledger.read_lineage`.
            uses: The report's pages that show the figure.

        Returns:
            The page. The same entry gives the same bytes.
        """
        sources = Counter(source["source_id"] for source in entry["sources"])
        return template("audit.html.j2").render(
            entry=entry,
            observations=self._joined(
                self._part("observation", item["observation_id"], item) for item in entry["inputs"]
            ),
            datasets=self._joined(self._part("dataset", item["dataset"], item) for item in entry["datasets"]),
            sources=self._joined(
                self._part(
                    "source", (item["source_id"], item["dataset"]), item, sources[item["source_id"]] > 1
                )
                for item in entry["sources"]
            ),
            report_title=self.report_title,
            uses=uses,
            audit_chapter=self.audit_chapter,
            css=CSS,
        )

    def _part(self, name: str, key: Hashable, *given: Any) -> Markup:
        """What a macro of the parts' template makes of an observation, data set or source."""
        place = (name, key, *given[1:])
        if place not in self._parts:
            self._parts[place] = getattr(template("audit_parts.html.j2").module, name)(*given)
        return self._parts[place]

    @staticmethod
    def _joined(parts: Iterable[Markup]) -> Markup:
        return Markup("".join(parts))  # not Markup.join, which looks at each part again
