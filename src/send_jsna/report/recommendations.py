"""The action register: what was recommended, who owns it, what measures it, and what has been reported since.

The register is data (``data/recommendations/register.yaml``). A status is only ever what a document reports;
the schema refuses one without a source.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from send_jsna.catalogue.releases import Search
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError
from send_jsna.figures.records import FIGURE_ID, Absence, FigureRecord
from send_jsna.report.markdown import escape, table
from send_jsna.report.named_figures import NamedFigures
from send_jsna.report.publication import ANCHOR
from send_jsna.wording import in_words

Status = Literal["not_reported", "not_started", "under_way", "done", "dropped"]
Change = Literal["carried_over", "new", "reworded", "status_changed", "closed"]

STATUS_WORDS: dict[str, str] = {
    "not_reported": "Nothing reported since",
    "not_started": "Not started",
    "under_way": "Under way",
    "done": "Done",
    "dropped": "Dropped",
}
CHANGE_WORDS: dict[str, str] = {
    "carried_over": "Carried over",
    "new": "New in this edition",
    "reworded": "Reworded",
    "status_changed": "Status changed",
    "closed": "Closed",
}
#: Of an action that no figure measures, and of which nobody has looked whether one is published.
UNMEASURED = "No figure of this edition measures this. Not searched for."


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class Action(_Record):
    """One recommended action.

    Attributes:
        id: Unique in the register.
        text: What is to be done, in plain words.
        lead: Group that leads it, where the document names another than the theme's owner.
        measured_by: Ids of the figures that measure it.
        searched: Id of the search of ``searches.yaml`` for a figure that would; none where nobody searched.
        status: What has been reported of it.
        reported_in: The document that reports the status; none where nothing is reported.
        change: What became of it since the last edition.
    """

    id: str = Field(pattern=r"[a-z][a-z0-9-]*")
    text: str = Field(min_length=10)
    lead: str = ""
    measured_by: tuple[str, ...]
    searched: str = ""
    status: Status = "not_reported"
    reported_in: str = ""
    change: Change = "carried_over"
    _where: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _says_only_what_is_reported(self) -> Self:
        if (self.status != "not_reported") != bool(self.reported_in):
            raise ValueError("a status and the document that reports it (reported_in) go together")
        malformed = [figure for figure in self.measured_by if not FIGURE_ID.fullmatch(figure)]
        if malformed:
            raise ValueError(f"{malformed[0]!r} is no figure id; expected such as ehcp.share.latest")
        return self


class Theme(_Record):
    """A group of actions with one owner.

    Attributes:
        id: Unique in the register.
        title: What the actions are for.
        owner: Group that owns them.
        board: Board, forum or role the group reports to.
        actions: The actions, in the document's order.
    """

    id: str = Field(pattern=r"[a-z][a-z0-9-]*")
    title: str
    owner: str
    board: str
    actions: tuple[Action, ...] = Field(min_length=1)


class Register(_Record):
    """Every theme, the document that recommends them, and the area whose council published it."""

    title: str
    area: str = Field(pattern=r"[EWSN]\d{8}")
    source_id: str
    edition: str
    themes: tuple[Theme, ...] = Field(min_length=1)

    @property
    def actions(self) -> list[Action]:
        """The actions of all themes, in order."""
        return [action for theme in self.themes for action in theme.actions]


def load_register(path: Path) -> Register:
    """Read the action register.

    Raises:
        CatalogueError: The file breaks the schema, an id is duplicated, or a text could identify a child;
            with file and line.
    """
    declared = Declared(path, root=path.parent.parent.parent)
    declared.refuse_identifying()
    register = declared.as_model(Register)
    seen: dict[str, str] = {}
    for t, theme in enumerate(register.themes):
        _once(theme.id, declared.where("themes", t, "id"), seen)
        for a, action in enumerate(theme.actions):
            place = ("themes", t, "actions", a)
            _once(action.id, declared.where(*place, "id"), seen)
            action._where = declared.where(*place, "measured_by")
    return register


def _once(name: str, where: str, seen: dict[str, str]) -> None:
    if name in seen:
        raise CatalogueError(f"the id {name} is duplicated (first in {seen[name]})", where=where)
    seen[name] = where


def check_measures(register: Register, figures: Collection[str], absences: Sequence[Absence] = ()) -> None:
    """Refuse an action measured by a figure that no notebook publishes.

    Args:
        register: The register.
        figures: Ids of all figures of the run, the refused ones among them.
        absences: What the notebooks recorded as missing, with the reasons.

    Raises:
        CatalogueError: The first such action, with file and line.
    """
    for action in register.actions:
        for figure in action.measured_by:
            if figure not in figures and not any(absence.covers(figure) for absence in absences):
                raise CatalogueError(
                    f"action {action.id} is measured by figure {figure}, which no supplement publishes",
                    where=action._where,
                    expected="the id of a published figure",
                    remedy="correct the id or leave measured_by empty",
                )


def render_recommendations(
    register: Register,
    figures: Mapping[str, FigureRecord],
    *,
    shown: Collection[str] = (),
    absences: Sequence[Absence] = (),
    searches: Mapping[str, Search] | None = None,
    audit: str = "22-audit.qmd",
) -> str:
    """The generated block ``recommendations``: pandoc Markdown, an overview and a table for each theme.

    Args:
        register: The register.
        figures: The published figures, by id; where a measure is not among them the block says that it was
            refused in this run.
        shown: Ids of the charts and tables some chapter shows, which can be referred to by their number.
        absences: What the notebooks recorded as missing, with the reasons.
        searches: The recorded searches, by id.
        audit: File of the audit chapter, which lists them.
    """
    named = NamedFigures(figures, shown, absences)
    opening = f"The register holds the actions of the published documents, by theme. {_reported(register)}"
    blocks = [opening, _overview(register)]
    for place, theme in enumerate(register.themes, start=1):
        blocks.append(f"## {place}\\. {escape(theme.title)} {{#theme-{theme.id} .unnumbered}}")
        blocks.append(f"Owner: {escape(theme.owner)}. Linked to: {escape(theme.board)}.")
        rows = [
            (
                f"[{escape(action.text)}]{{#action-{action.id}}}"
                + (f" Lead: {escape(action.lead)}." if action.lead else ""),
                named.words(action.measured_by)
                if action.measured_by
                else _unmeasured((searches or {}).get(action.searched), audit),
                STATUS_WORDS[action.status]
                + (f" ({escape(action.reported_in)})" if action.reported_in else ""),
                CHANGE_WORDS[action.change],
            )
            for action in theme.actions
        ]
        head = ("Action", "Measured by", "Status", "Since the last edition")
        blocks.append(table(head, rows, (40, 30, 14, 16), caption=f"Actions: {theme.title}"))
    return "\n\n".join(blocks) + "\n"


def _reported(register: Register) -> str:
    reported = [action for action in register.actions if action.status != "not_reported"]
    measured = [action for action in register.actions if action.measured_by]
    progress = (
        f"A published document reports on {in_words(len(reported))} of them."
        if reported
        else "No document of this edition reports on the progress of any of them."
    )
    return f"{progress} Published figures measure {in_words(len(measured)) if measured else 'none'} of them."


def _overview(register: Register) -> str:
    rows = [
        (
            f"[{escape(theme.title)}](#theme-{theme.id})",
            escape(theme.owner),
            escape(theme.board),
            str(len(theme.actions)),
        )
        for theme in register.themes
    ]
    head = ("Theme", "Owner", "Linked to", "Actions")
    return table(head, rows, (44, 18, 28, 10), caption="Themes, and who owns them")


def _unmeasured(search: Search | None, audit: str) -> str:
    """What is said of an action that no figure of the report measures."""
    if search is None:
        return UNMEASURED
    target = f"{audit}#{ANCHOR}{search.id}"
    if not search.found:
        return f"[Not published]({target}), as far as was searched."
    return f"[Published]({target}) and not in this edition: {escape('; '.join(search.found))}."
