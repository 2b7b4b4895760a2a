"""Getting a source's files: from its publisher, from a folder of downloads, or from what is stored already.

Whatever comes passes the gate before it is used: it is compared with the last good snapshot, and it must
become observations. What does not pass is kept as well, marked, so that a person can look at it; the last
good snapshot stays in use until then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from send_jsna.errors import DataError, JsnaError
from send_jsna.files import sha256_of_files, write_whole
from send_jsna.ingest import change_checks, retrieval_ledger, snapshots
from send_jsna.ingest.containment import contained
from send_jsna.ingest.profile import FileProfile, profile
from send_jsna.ingest.retrieval_ledger import Retrieval
from send_jsna.ingest.source_files import SourceFiles

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Areas
    from send_jsna.catalogue.schema import Source

log = logging.getLogger("send_jsna")

Outcome = Literal["new", "unchanged", "kept", "refused", "absent", "failed"]

#: An outcome in words.
WORDS: Mapping[Outcome, str] = {
    "new": "new",
    "unchanged": "unchanged",
    "kept": "kept from the last good snapshot",
    "refused": "refused, and nothing stored can be used instead",
    "absent": "not in the folder",
    "failed": "not available, and nothing stored can be used instead",
}

Tidy = Callable[[SourceFiles], pd.DataFrame]


@dataclass(frozen=True)
class Candidate:
    """A file that may come into use.

    Attributes:
        resource: Which of the source's files it is.
        path: The file, for the store to take away.
        retrieval: What its card will say.
    """

    resource: str
    path: Path
    retrieval: Retrieval


@dataclass(frozen=True)
class IntakeResult:
    """What came of one source.

    Attributes:
        source: The source.
        outcome: In one word.
        retrievals: The snapshots in use, by resource.
        frame: Their observations; None where there are none in use.
        sentences: What a person should know, one sentence each.
        left_out: Those of them that say what was left out of the files because it was wrong.
    """

    source: Source
    outcome: Outcome
    retrievals: Mapping[str, Retrieval] = field(default_factory=dict)
    frame: pd.DataFrame | None = None
    sentences: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def as_at(self) -> date:
        """The day the figures in use were published or retrieved; of several files of figures the newest."""
        main = self.retrievals.get("main")
        figures = [main] if main else list(self.retrievals.values())
        return max(used.published or used.retrieved_at.date() for used in figures)

    @property
    def sha256(self) -> str:
        """SHA-256 of its file; of several, that of the list of theirs."""
        return sha256_of_files(used.sha256 for used in self.retrievals.values())

    @property
    def is_troubled(self) -> bool:
        """Whether it is not what was asked for."""
        return self.outcome in ("kept", "refused", "failed")


class Intake:
    """The snapshots of all sources, and the profiles their successors are compared with.

    Args:
        folder: The content-addressed store.
        areas: All areas.
    """

    def __init__(self, folder: Path, areas: Areas) -> None:
        self.folder = folder
        self.areas = areas

    def last_good(self, source: Source) -> dict[str, Retrieval]:
        """The newest accepted snapshot of each of a source's files, by resource."""
        return retrieval_ledger.good(self.folder, source.id)

    def newest(self, source: Source) -> list[Retrieval]:
        """The newest retrieval of each of a source's files, accepted or not."""
        return list(
            {entry.resource: entry for entry in retrieval_ledger.listed(self.folder, source.id)}.values()
        )

    def kept_back(self, source: Source) -> dict[str, Retrieval]:
        """The newest retrieval of each of a source's files, where it is stored and not in use."""
        return {
            entry.resource: entry
            for entry in self.newest(source)
            if not entry.accepted and (self.folder / entry.sha256).is_file()
        }

    def files(self, source: Source, retrievals: Mapping[str, Retrieval]) -> SourceFiles:
        """Snapshots as a reader takes them."""
        return SourceFiles(
            source.id,
            {resource: self.folder / entry.sha256 for resource, entry in retrievals.items()},
            source.columns,
            {resource: entry.name or resource for resource, entry in retrievals.items()},
            source.table,
        )

    def obtain(
        self, source: Source, candidates: Sequence[Candidate], tidy: Tidy, *, accept: bool = False
    ) -> IntakeResult:
        """Take what came of a source into use, or keep to what is stored.

        Args:
            source: The source.
            candidates: Files that came; none where nothing changed.
            tidy: Turns the source's files into observations, or refuses them.
            accept: Take them whatever the gate finds, as a person decided who has looked.
        """
        good = self.last_good(source)
        kept_back = self.kept_back(source) if accept and not candidates else {}
        if kept_back:
            return self._accept(source, good, kept_back, tidy)
        fresh = [item for item in candidates if not _is_in_use(item, good)]
        for item in candidates:
            if item not in fresh:
                item.path.unlink(missing_ok=True)
                retrieval_ledger.record_checked(self.folder, good[item.resource], item.retrieval.asked_at)
        if not fresh:
            return self._in_use(source, good, tidy, "unchanged" if good else "absent")
        taken = [self._take(source, item) for item in fresh]
        problems = [] if accept else [text for entry in taken for text in self._findings(source, entry, good)]
        proposed = {**good, **{entry.resource: entry for entry in taken}}
        used = IntakeResult(source, "new")
        if not problems:
            try:
                used = self._used(source, proposed, tidy, "new")
            except JsnaError as error:
                problems = [error.line()]
        judged = {"accepted": not problems, "problems": tuple(problems)}
        for entry in taken:
            retrieval_ledger.record(self.folder, entry.model_copy(update=judged))
        if not problems:
            return used
        kept = self._in_use(source, good, tidy, "kept") if good else IntakeResult(source, "refused")
        return replace(kept, sentences=(*problems, *kept.sentences))

    def _accept(
        self, source: Source, good: Mapping[str, Retrieval], kept_back: Mapping[str, Retrieval], tidy: Tidy
    ) -> IntakeResult:
        """Take stored files into use that were kept back until now, if they become observations."""
        now = datetime.now(UTC)
        taken = {
            resource: entry.model_copy(update={"accepted": True, "checked_at": now})
            for resource, entry in kept_back.items()
        }
        proposed = {**good, **taken}
        try:
            used = self._used(source, proposed, tidy, "new")
        except DataError as error:
            kept = self._in_use(source, good, tidy, "kept") if good else IntakeResult(source, "refused")
            return replace(kept, sentences=(error.line(), *kept.sentences))
        for entry in taken.values():
            retrieval_ledger.record(self.folder, entry)
        return used

    def fall_back(self, source: Source, why: JsnaError, tidy: Tidy) -> IntakeResult:
        """What is used of a source that could not be fetched."""
        good = self.last_good(source)
        kept = self._in_use(source, good, tidy, "kept") if good else IntakeResult(source, "failed")
        return replace(kept, sentences=(why.line(), *kept.sentences))

    def _in_use(
        self, source: Source, good: Mapping[str, Retrieval], tidy: Tidy, outcome: Outcome
    ) -> IntakeResult:
        if not good:
            return IntakeResult(source, outcome)
        try:
            return self._used(source, good, tidy, outcome)
        except JsnaError as error:
            return IntakeResult(source, "refused", sentences=(error.line(),))

    def _used(
        self, source: Source, retrievals: Mapping[str, Retrieval], tidy: Tidy, outcome: Outcome
    ) -> IntakeResult:
        """The observations of some snapshots, and what is to be known of them.

        Raises:
            DataError: They do not become observations.
        """
        files = self.files(source, retrievals)
        frame = tidy(files)
        wrong = tuple(sentence for sentence, is_wrong in files.left_out.items() if is_wrong)
        return IntakeResult(source, outcome, retrievals, frame, (*_notes(retrievals), *files.left_out), wrong)

    def _take(self, source: Source, item: Candidate) -> Retrieval:
        """Move a file into the store, whether or not it will be used: a person may have to look at it."""
        entry = item.retrieval
        card = {
            "title": entry.title,
            "producer": source.publisher,
            "url": entry.final_url or entry.url,
            "licence": entry.licence,
            "media_type": entry.media_type,
            "file": entry.name,
            "version": entry.version,
            "retrieved_at": entry.retrieved_at.isoformat(),
        }
        snapshots.adopt(self.folder, item.path, card, digest=entry.sha256)
        return entry

    def _findings(self, source: Source, new: Retrieval, good: Mapping[str, Retrieval]) -> list[str]:
        """What the gate stops a file for, in sentences."""
        where = f"{source.id}, {new.name or new.resource}"
        old = good.get(new.resource)
        try:
            found = change_checks.compare(
                self.profile(new, where),
                self._profile_of(old, where),
                self.areas,
                files=(self.folder / new.sha256, self.folder / old.sha256) if old else None,
                where=where,
            )
        except DataError as error:
            return [error.line()]
        for item in found:
            if not item.stops:
                log.info("%s: %s", where, item.sentence)
        return [f"{where}: {item.sentence}; {item.remedy}" for item in found if item.stops]

    def _profile_of(self, entry: Retrieval | None, where: str) -> FileProfile | None:
        """The profile of the last good snapshot; None where it has none.

        A file that a person accepted may be one that cannot be profiled. It must not stop the next one, which
        is then checked as a first one is.
        """
        if entry is not None:
            with suppress(DataError):
                return self.profile(entry, where)
            log.info("%s: the file in use cannot be compared with", where)
        return None

    def profile(self, entry: Retrieval, where: str) -> FileProfile:
        """The profile of a snapshot, made once.

        Raises:
            DataError: It is empty, a web page, or a damaged table.
        """
        path = self.folder / "profiles" / f"{entry.sha256}.json"
        with suppress(OSError, ValueError):
            return FileProfile.model_validate_json(path.read_text(encoding="utf-8"))
        with contained(entry.source_id, "looking through its file"):
            found = profile(self.folder / entry.sha256, where=where)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, found.model_dump_json())
        return found


def _notes(retrievals: Mapping[str, Retrieval]) -> tuple[str, ...]:
    """What is to be known of how the files in use were fetched, once each."""
    return tuple(dict.fromkeys(text for entry in retrievals.values() for text in entry.notes))


def _is_in_use(item: Candidate, good: Mapping[str, Retrieval]) -> bool:
    entry = good.get(item.resource)
    return entry is not None and entry.sha256 == item.retrieval.sha256
