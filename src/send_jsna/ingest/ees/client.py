"""Department for Education: fetching data sets of Explore Education Statistics, by its API version 1.

A data set is found by the titles of its publication and its own, because no list of ids is published; a major
version is pinned, because a new one may drop or rename columns. What is not in the API is taken from the data
catalogue, which serves the newest file and knows no versions. Transport only: the other modules of this
package read the files.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from send_jsna.errors import FetchError
from send_jsna.ingest.ees.api import (
    Api,
    checked_id,
    checked_version,
    lasting,
    none_called,
    only_one,
    plain,
    undocumented,
    version_param,
)
from send_jsna.ingest.ees.model import DataSet, Publication, Version
from send_jsna.ingest.ees.versions import VersionChoice, choose, describe_changes
from send_jsna.ingest.http import Client, Fetched, Validators

BASE = "https://api.education.gov.uk/statistics"
CONTENT = "https://explore-education-statistics.service.gov.uk"
#: Hosts a client must be allowed to ask. The last is where the site keeps the files of the data catalogue;
#: whether it redirects there is not confirmed, and a redirect to any other host is refused with its name.
HOSTS = (
    "api.education.gov.uk",
    "explore-education-statistics.service.gov.uk",
    "content.explore-education-statistics.service.gov.uk",
)

_MAX_SUPERSEDED = 5


@dataclass(frozen=True)
class DataSetFetch:
    """A data set that was fetched.

    Attributes:
        fetched: The file; "not modified" where the version known before is still the newest.
        version: Its version; empty where it came from the data catalogue.
        title: The publisher's title.
        published: When the version was published, where it is known.
        notes: How it was found and what has changed, in sentences.
    """

    fetched: Fetched
    version: str
    title: str
    published: date | None
    notes: list[str] = field(default_factory=list)


class EesClient:
    """Asks the API; every method raises ``FetchError`` where the answer is not what the API documents."""

    def __init__(self, client: Client, base: str = BASE, content: str = CONTENT) -> None:
        """Set up.

        Args:
            client: What to ask with; its hosts must include :data:`HOSTS`.
            base: Address of the API, without the version.
            content: Address of the site of the data catalogue.
        """
        self._client = client
        self._base = f"{base.rstrip('/')}/v1"
        self._api = Api(client)
        self._content = content.rstrip("/")

    def find_publication(self, title_or_slug: str) -> Publication:
        """The publication with this title or slug.

        Raises:
            FetchError: There is none (status 404, with titles that are near) or more than one.
        """
        wanted = plain(title_or_slug)
        url = f"{self._base}/publications"
        words = (
            title_or_slug.replace("-", " ") if title_or_slug == title_or_slug.casefold() else title_or_slug
        )
        seen: dict[str, Publication] = {}
        # A search that ranks by likeness need not find a slug's words; then all publications are read.
        for params in ({"search": words}, {}) if len(words) >= 3 else ({},):
            found = list(self._api.listed(url, params, 40, Publication))
            seen |= {one.id: one for one in found}
            exact = {one.id: one for one in found if wanted in (plain(one.title), plain(one.slug))}
            if exact:
                return only_one(exact.values(), "publication", title_or_slug, url)
        raise none_called("publication", title_or_slug, [one.title for one in seen.values()], url)

    def find_data_set(self, publication_id: str, title: str) -> DataSet:
        """The data set of a publication with this title; one that supersedes it where it is deprecated.

        A title may differ in the years it covers and in the number before it, which change with each release.

        Raises:
            FetchError: There is none (status 404, with titles that are near), more than one, or it was
                withdrawn.
        """
        url = f"{self._base}/publications/{checked_id(publication_id)}/data-sets"
        every = list(self._api.listed(url, {}, 20, DataSet))
        exact = [one for one in every if plain(one.title) == plain(title)] or [
            one for one in every if lasting(one.title) == lasting(title)
        ]
        if not exact:
            raise none_called("data set", title, [one.title for one in every], url)
        current = [one for one in exact if one.status == "Published"] or exact
        return self._followed(only_one(current, "data set", title, url), url)

    def _followed(self, data_set: DataSet, where: str) -> DataSet:
        """The newest data set in place of one: itself, or what superseded it."""
        notes: list[str] = []
        for _ in range(_MAX_SUPERSEDED):
            if data_set.status == "Withdrawn":
                raise FetchError(
                    f"the data set {data_set.title!r} was withdrawn by its publisher",
                    where=where,
                    expected="a published data set",
                    remedy="look on the publication's page for why; the last good snapshot can still be used",
                    status=410,
                )
            following = data_set.superseding_data_set_id
            if data_set.status != "Deprecated" or not following:
                if data_set.status == "Deprecated":
                    notes.append(
                        f"the data set {data_set.title!r} is deprecated, and nothing supersedes it yet"
                    )
                return data_set.model_copy(update={"notes": tuple(notes)})
            successor = self.data_set(following)
            notes.append(f"the data set {data_set.title!r} is superseded by {successor.title!r}")
            data_set = successor
        raise FetchError(
            "data sets supersede one another without end", where=where, remedy="tell the publisher"
        )

    def data_set(self, data_set_id: str) -> DataSet:
        """A data set by its id."""
        return self._api.read(f"{self._base}/data-sets/{checked_id(data_set_id)}", {}, DataSet)

    def versions(self, data_set_id: str) -> list[Version]:
        """The versions of a data set, newest first."""
        url = f"{self._base}/data-sets/{checked_id(data_set_id)}/versions"
        return sorted(self._api.listed(url, {}, 20, Version), key=lambda one: one.key, reverse=True)

    def changes(self, data_set_id: str, version: str) -> dict[str, Any]:
        """What has changed in a version against the one before, as the API says it, patches included."""
        url = f"{self._base}/data-sets/{checked_id(data_set_id)}/versions/{checked_version(version)}/changes"
        document = self._client.get_json(url, params={"includePatchHistory": "true"})
        if not isinstance(document, dict) or "versionNumber" not in document:
            raise undocumented(url, "no versionNumber")
        return document

    def resolve_version(self, data_set_id: str, major: int, known_version: str = "") -> VersionChoice:
        """The newest version of the pinned major.

        Args:
            data_set_id: The data set.
            major: The pinned major version.
            known_version: The version fetched last; changes since then are read.

        Raises:
            GateError: There is only a newer major.
            FetchError: There is no version of this major.
        """
        where = f"{self._base}/data-sets/{checked_id(data_set_id)}/versions"
        choice, since = choose(self.versions(data_set_id), major, known_version, where)
        changes = [line for one in since for line in describe_changes(self.changes(data_set_id, one.version))]
        return replace(choice, changes=tuple(changes))

    def csv_url(self, data_set_id: str) -> str:
        """Where a whole data set is served."""
        return f"{self._base}/data-sets/{checked_id(data_set_id)}/csv"

    def csv(self, data_set_id: str, version: str) -> Fetched:
        """A whole data set as CSV with labels; it comes as gzip, and is kept so."""
        url = self.csv_url(data_set_id)
        return self._client.get(url, params=version_param(version), expect=["text"])

    def catalogue_url(self, file_id: str) -> str:
        """Where the data catalogue serves the newest file of a data set."""
        return f"{self._content}/data-catalogue/data-set/{checked_id(file_id)}/csv"

    def catalogue_csv(self, file_id: str, *, validators: Validators | None = None) -> Fetched:
        """The newest file of a data set in the data catalogue; it carries no version."""
        url = self.catalogue_url(file_id)
        return self._client.get(url, validators=validators, expect=["text"])


def fetch_data_set(
    ees: EesClient,
    *,
    publication: str,
    title: str,
    major: int,
    fallback_file_id: str = "",
    known_version: str = "",
    validators: Validators | None = None,
) -> DataSetFetch:
    """Fetch the newest version of a data set's pinned major, from the data catalogue where the API lacks it.

    Args:
        ees: What to ask with.
        publication: Title or slug of the publication.
        title: Title of the data set.
        major: The pinned major version.
        fallback_file_id: Id of the data set's file in the data catalogue.
        known_version: Version of the bytes the caller has; where it is still the newest nothing is fetched,
            for a version never changes once published.
        validators: What the catalogue stated of the bytes the caller has, where they came from there.

    Raises:
        FetchError: It is in neither, was withdrawn, or could not be fetched.
        GateError: Only a newer major is served.
    """
    try:
        data_set = ees.find_data_set(ees.find_publication(publication).id, title)
    except FetchError as error:
        if error.status != 404 or not fallback_file_id:
            raise
        conditions = None if known_version else validators
        fetched = ees.catalogue_csv(fallback_file_id, validators=conditions)
        note = f"not in the API ({error.what}); taken from the data catalogue, which knows no versions"
        return DataSetFetch(fetched, "", title, None, [note])
    choice = ees.resolve_version(data_set.id, major, known_version)
    version = choice.version.version
    published = choice.version.published.date() if choice.version.published else None
    notes = [*data_set.notes, *choice.notes, *choice.changes]
    if version == known_version:
        fetched = _unchanged(f"{ees.csv_url(data_set.id)}?dataSetVersion={version}")
    else:
        fetched = ees.csv(data_set.id, version)
    return DataSetFetch(fetched, version, data_set.title, published, notes)


def _unchanged(url: str) -> Fetched:
    return Fetched(url, url, True, None, "", 0, "", "", "", datetime.now(UTC))
