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

from send_jsna import acquisition
from send_jsna.acquisition import Obtained, Store, Tidy
from send_jsna.areas import Areas
from send_jsna.errors import FetchError, JsnaError
from send_jsna.sources.context import Download
from send_jsna.sources.mirror import Mirror
from send_jsna.transport import Client

if TYPE_CHECKING:
    from send_jsna.catalogue import Source
    from send_jsna.progress import Stage
    from send_jsna.settings import Settings
    from send_jsna.unreleased import Obtain

#: Sources fetched at once; of one host the client itself allows fewer.
AT_ONCE = 4

#: Hosts the publishers' own addresses lead to.
_LEADS_TO = {
    "www.gov.uk": ("assets.publishing.service.gov.uk",),
    "explore-education-statistics.service.gov.uk": ("content.explore-education-statistics.service.gov.uk",),
    "digital.nhs.uk": ("files.digital.nhs.uk",),
}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def supply(settings: Settings, mirror: Path | None, stage: Stage) -> Obtain:
    """What brings the sources' files: from the folder where one is given, else from the publishers.

    Args:
        settings: The project's settings.
        mirror: Folder of downloads.
        stage: The stage to report to.
    """

    def obtain(sources: Sequence[Source], tidy_for: Callable[[Source], Tidy]) -> Iterable[Obtained]:
        with opened(settings) as (store, scratch):
            if mirror is not None:
                yield from _from_folder(sources, tidy_for, Mirror(mirror), store, scratch, settings, stage)
            else:
                yield from _from_publishers(sources, tidy_for, store, scratch, settings, stage)

    return obtain


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Store, Path]]:
    """The store, and a scratch folder on its disk that is removed at the end."""
    scratch = settings.state_folder / f"scratch-{os.getpid()}-{threading.get_ident()}"
    try:
        yield Store(settings.snapshots, Areas(settings.data / "areas")), scratch
    finally:
        acquisition.clear(scratch)


def _from_folder(
    sources: Sequence[Source],
    tidy_for: Callable[[Source], Tidy],
    mirror: Mirror,
    store: Store,
    scratch: Path,
    settings: Settings,
    stage: Stage,
) -> Iterator[Obtained]:
    known = acquisition.known_days(settings.editions)
    for place, source in enumerate(sources, 1):
        try:
            files = mirror.find(source)
            found = acquisition.from_mirror(source, files, scratch, known) if files else []
        except JsnaError as error:
            item = store.fall_back(source, error, tidy_for(source))
        else:
            # A folder is what somebody chose to read: what it does not hold is absent, whatever else is kept.
            item = store.obtain(source, found, tidy_for(source)) if files else Obtained(source, "absent")
        stage.step(f"{source.id}: {acquisition.WORDS[item.outcome]}", place, len(sources))
        yield item


def _from_publishers(
    sources: Sequence[Source],
    tidy_for: Callable[[Source], Tidy],
    store: Store,
    scratch: Path,
    settings: Settings,
    stage: Stage,
) -> Iterator[Obtained]:
    wanted = [source for source in sources if source.fetch is not None]
    reached = 0
    faults: list[JsnaError] = []
    with client(wanted, scratch, settings, stage) as http, ThreadPoolExecutor(AT_ONCE) as pool:
        tasks: dict[Future[list[Download]], Source] = {
            pool.submit(fetch, source, http, store): source for source in wanted
        }
        try:
            for place, task in enumerate(as_completed(tasks), 1):
                source = tasks[task]
                try:
                    found = acquisition.from_downloads(source, task.result())
                except JsnaError as error:
                    faults.append(error)
                    item = store.fall_back(source, error, tidy_for(source))
                else:
                    reached += 1
                    item = store.obtain(source, found, tidy_for(source))
                stage.step(f"{source.id}: {acquisition.WORDS[item.outcome]}", place, len(wanted))
                yield item
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if wanted and not reached:
        raise FetchError(
            f"no publisher could be reached; the first fault: {faults[0].line()}",
            remedy="look at the network, or download the files by hand and pass their folder with --mirror",
        )


def fetch(source: Source, http: Client, store: Store) -> list[Download]:
    """Ask a source's publisher for its files; what has not changed since the last good snapshot is not moved.

    Raises:
        FetchError: The publisher could not be reached, or answered with something else.
        CatalogueError: The source has no interface.
    """
    from send_jsna.sources import fetching

    return fetching.fetch(source, http, store.last_good(source))


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
