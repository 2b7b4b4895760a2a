"""Fingertips: indicators and profiles recognised by name; see :mod:`send_jsna.sources.fingertips`."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from send_jsna.errors import FetchError
from send_jsna.ingest import web

if TYPE_CHECKING:
    from send_jsna.ingest.http import Client


def _metadata(client: Client, url: str, params: Mapping[str, str]) -> dict[str, str]:
    """Indicator names by id, from a metadata file."""
    fetched = client.get(url, params=params, expect=("text", "gzip"), max_bytes=web.MAX_PAGE)
    text = web.text_of(fetched)
    reader = csv.DictReader(io.StringIO(text))
    columns = {name.strip().casefold(): name for name in reader.fieldnames or ()}
    key, name = columns.get("indicator id"), columns.get("indicator", columns.get("indicator name"))
    if key is None or name is None:
        raise FetchError(
            f"the metadata has the columns {', '.join(list(columns)[:8]) or 'none'}",
            where=fetched.url,
            expected="Indicator ID and Indicator (or Indicator Name)",
            remedy="the interface has changed: look at sources/fingertips.py",
        )
    try:
        return {(row[key] or "").strip(): " ".join((row[name] or "").split()) for row in reader}
    except csv.Error as error:
        raise FetchError(f"the metadata cannot be read ({error})", where=fetched.url) from error


#: Indicators by id, and what is wrong with those that are not among them.
Found = tuple[dict[str, str], list[FetchError]]


def confirm(client: Client, base: str, pinned: Mapping[str, str]) -> Found:
    """The pinned ids whose names the publisher gives as they should be, with these names."""
    url = f"{base}/indicator_metadata/csv/by_indicator_id"
    names = _metadata(client, url, {"indicator_ids": ",".join(pinned)})
    confirmed: dict[str, str] = {}
    faults = []
    for key, pattern in pinned.items():
        found = names.get(key)
        if found is not None and re.search(pattern, found, flags=re.IGNORECASE):
            confirmed[key] = found
            continue
        faults.append(
            FetchError(
                f"indicator {key} is {found!r}" if found else f"there is no indicator {key}",
                where=url,
                expected=f"a name that matches {pattern!r}",
                remedy=f"look the indicator up and correct ask: of the source in {web.DECLARED}",
            )
        )
    return confirmed, faults


def look_up(client: Client, base: str, profile: str, patterns: list[str]) -> Found:
    """The indicators of a profile whose names match, one for each pattern.

    Raises:
        FetchError: The profile is not found, or its metadata cannot be fetched.
    """
    profile = profile if profile.isdigit() else _profile_id(client, base, profile)
    url = f"{base}/indicator_metadata/csv/by_profile_id"
    names = _metadata(client, url, {"profile_id": profile})
    found: dict[str, str] = {}
    faults = []
    for pattern in patterns:
        matching = {key: name for key, name in names.items() if re.search(pattern, name, re.IGNORECASE)}
        if len(matching) == 1:
            found |= matching
            continue
        shown = "; ".join(f"{key} {name}" for key, name in sorted(matching.items())[:5]) or "none"
        faults.append(
            FetchError(
                f"{len(matching)} indicators of profile {profile} match {pattern!r} ({shown})",
                where=url,
                expected="one",
                remedy=f"correct named: of the source in {web.DECLARED}, or pin the id under indicators:",
                status=404 if not matching else 0,
            )
        )
    return found, faults


def _profile_id(client: Client, base: str, name: str) -> str:
    """The id of a profile, by its name."""
    url = f"{base}/profiles"
    answer = client.get_json(url)
    profiles = [item for item in answer if isinstance(item, dict)] if isinstance(answer, list) else []
    found = [item.get("Id") for item in profiles if str(item.get("Name", "")).casefold() == name.casefold()]
    if len(found) != 1 or not isinstance(found[0], int):
        near = difflib.get_close_matches(
            name, [str(item.get("Name", "")) for item in profiles], n=3, cutoff=0.3
        )
        raise FetchError(
            f"{len(found)} of {len(profiles)} profiles are called {name!r}",
            where=url,
            expected=f"one, such as {', '.join(near)}" if near else "one",
            remedy=f"correct profile: of the source in {web.DECLARED}",
            status=404,
        )
    return str(found[0])
