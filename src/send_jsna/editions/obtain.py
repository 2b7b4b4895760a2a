"""Where the files of a made edition come from: the publishers themselves, or a folder of downloads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pandas as pd

from send_jsna.catalogue.areas import Areas
from send_jsna.editions.edition_files import known_days
from send_jsna.editions.known_releases import record_found
from send_jsna.errors import FetchError, JsnaError, StorageError
from send_jsna.ingest import incoming, intake, retrieval_ledger
from send_jsna.ingest.containment import contained
from send_jsna.ingest.http import Client
from send_jsna.ingest.intake import Candidate, Intake, IntakeResult, Tidy
from send_jsna.ingest.leftovers import store_in_use
from send_jsna.ingest.mirror import Mirror
from send_jsna.ingest.source_files import Download
from send_jsna.sources.registry import stored_of

if TYPE_CHECKING:
    from send_jsna.catalogue.schema import Source
    from send_jsna.editions.make import Obtain
    from send_jsna.progress import Stage
    from send_jsna.settings import Settings

#: Sources fetched at once; of one host the client itself allows fewer.
AT_ONCE = 4

#: Hosts the publishers' own addresses lead to.
_LEADS_TO = {
    "www.gov.uk": ("assets.publishing.service.gov.uk",),
    "explore-education-statistics.service.gov.uk": ("content.explore-education-statistics.service.gov.uk",),
    "digital.nhs.uk": ("files.digital.nhs.uk",),
}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def obtain_edition(settings: Settings, mirror: Path | None, stage: Stage, *, accept: bool = False) -> Obtain:
    """What brings the files of an edition's sources: from a folder if one is given, else from the publishers.

    Args:
        settings: The project's settings.
        mirror: Folder of downloads.
        stage: The stage to report to.
        accept: Take files into use whatever changed in them.
    """

    def obtain(sources: Sequence[Source], tidy_for: Callable[[Source], Tidy]) -> Iterable[IntakeResult]:
        with opened(settings) as (store, scratch):
            found = (
                _from_publishers(sources, store, scratch, settings, stage, stored_ones=accept)
                if mirror is None
                else _from_folder(sources, Mirror(mirror), scratch, settings)
            )
            faults: list[JsnaError] = []
            used = 0
            for place, (source, brought) in enumerate(found, 1):
                item = _obtained(store, source, brought, tidy_for(source), accept=accept)
                if mirror is None and source.fetch is not None and not isinstance(brought, JsnaError):
                    record_found(settings.state_folder, item, store.newest(source))
                stage.step(f"{source.id}: {intake.WORDS[item.outcome]}", place, len(sources))
                faults += [brought] if isinstance(brought, JsnaError) else []
                used += bool(item.retrievals)
                yield item
            if faults and not used:
                raise _nothing(faults)

    return obtain


def obtain_all(
    sources: Sequence[Source], settings: Settings, mirror: Path | None, stage: Stage, *, accept: bool = False
) -> list[IntakeResult]:
    """Bring some sources' files without making an edition; they must still become observations.

    Args:
        sources: The sources.
        settings: The project's settings; their area is the one the files are tried on.
        mirror: Folder of downloads; None asks the publishers.
        stage: The stage to report to.
        accept: Take files into use whatever changed in them.
    """
    from send_jsna.catalogue.loading import load_catalogue
    from send_jsna.editions import built

    catalogue = load_catalogue(settings.data / "catalogue")
    context = built.make_context(settings.area, settings.neighbours, settings.data)

    def tidy_for(source: Source) -> Tidy:
        if not source.reader:  # such as the neighbour lists, which become files of data/areas
            return lambda files: pd.DataFrame()
        return lambda files: built.tidied(source, files, context, catalogue)

    return list(obtain_edition(settings, mirror, stage, accept=accept)(sources, tidy_for))


def _nothing(faults: Sequence[JsnaError]) -> JsnaError:
    """The error where no source gave anything and nothing is stored of any."""
    if not isinstance(faults[0], FetchError):
        return faults[0]
    return FetchError(
        f"no publisher could be reached; the first fault: {faults[0].line()}",
        remedy="look at the network, or download the files by hand and pass their folder with --mirror",
    )


#: What came of asking for a source's files: candidates, None where there are none by its name, or a fault.
_Brought = list[Candidate] | JsnaError | None


def _obtained(store: Intake, source: Source, brought: _Brought, tidy: Tidy, *, accept: bool) -> IntakeResult:
    if brought is None:
        # The user chose to read this folder: what is not in it is absent, even where the store has it.
        return IntakeResult(source, "absent")
    try:
        with contained(source.id, "taking its files into use"):
            if isinstance(brought, JsnaError):
                return store.fall_back(source, brought, tidy)
            return store.obtain(source, brought, tidy, accept=accept)
    except StorageError:
        raise
    except JsnaError as error:
        return IntakeResult(source, "refused", sentences=(error.line(),))


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Intake, Path]]:
    """The store, and a scratch folder on its disk that is removed at the end."""
    scratch = settings.state_folder / f"scratch-{os.getpid()}-{threading.get_ident()}"
    with store_in_use(settings.state_folder):
        try:
            yield Intake(settings.snapshots, Areas(settings.data / "areas")), scratch
        finally:
            incoming.clear(scratch)


def _from_folder(
    sources: Sequence[Source], mirror: Mirror, scratch: Path, settings: Settings
) -> Iterator[tuple[Source, _Brought]]:
    known = known_days(settings.editions)
    for source in sources:
        try:
            with contained(source.id, "looking for its files"):
                files = mirror.find(source)
                brought = (
                    incoming.from_mirror(source, files, scratch, known, stored_of(source)) if files else None
                )
        except JsnaError as error:
            yield source, error
        else:
            yield source, brought


def _from_publishers(
    sources: Sequence[Source],
    store: Intake,
    scratch: Path,
    settings: Settings,
    stage: Stage,
    *,
    stored_ones: bool = False,
) -> Iterator[tuple[Source, _Brought]]:
    """What came from the publishers, in the order it came; a source that is not asked brings nothing.

    Args:
        sources: The sources; one without an interface is not asked.
        store: The store.
        scratch: Folder for downloads.
        settings: The project's settings.
        stage: The stage to report to.
        stored_ones: Do not ask where a stored file waits to be accepted: it is the one a person looked at.
    """
    wanted = [
        source
        for source in sources
        if source.fetch is not None and not (stored_ones and store.kept_back(source))
    ]
    yield from ((source, []) for source in sources if source not in wanted)
    if not wanted:
        return
    with client(wanted, scratch, settings, stage) as http, ThreadPoolExecutor(AT_ONCE) as pool:
        tasks: dict[Future[list[Download]], Source] = {
            pool.submit(fetch, source, http, store): source for source in wanted
        }
        try:
            for task in as_completed(tasks):
                source = tasks[task]
                try:
                    with contained(source.id, "fetching its files", FetchError):
                        brought = incoming.from_downloads(source, task.result())
                except JsnaError as error:
                    yield source, error
                else:
                    yield source, brought
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def fetch(source: Source, http: Client, store: Intake) -> list[Download]:
    """Ask a source's publisher for its files; what has not changed since the last good snapshot is not moved.

    Raises:
        FetchError: The publisher could not be reached, or answered with something else.
        CatalogueError: The source has no interface.
    """
    from send_jsna.sources import fetching

    good = store.last_good(source)
    found = fetching.fetch(fetching.for_every_code(source, store.areas), http, good)
    for item in found:
        if item.fetched.not_modified and item.resource in good:
            retrieval_ledger.record_checked(store.folder, good[item.resource], item.fetched.retrieved_at)
    return found


@contextmanager
def client(
    sources: Iterable[Source], scratch: Path, settings: Settings, stage: Stage | None = None
) -> Iterator[Client]:
    """A client for the hosts that the sources' addresses name or lead to, and for no others."""
    named = {urlsplit(address).netloc for source in sources for address in source.addresses()}
    local = {host for host in named if urlsplit(f"//{host}").hostname in _LOOPBACK}
    hosts = named | {other for host in named for other in _LEADS_TO.get(host, ())}

    def on_bytes(address: str, done: int, total: int | None) -> None:
        if stage is not None:
            stage.moved(address, done, total)

    with Client(
        scratch, hosts=hosts, insecure_hosts=local, on_bytes=on_bytes, contact=settings.contact
    ) as http:
        yield http
