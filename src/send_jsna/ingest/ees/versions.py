"""Versions of a data set of Explore Education Statistics: which to fetch, and what has changed, in sentences.

A major version is pinned, because a new one may drop or rename columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from send_jsna.errors import FetchError, GateError
from send_jsna.ingest.ees.model import Version, version_key

#: Changes of one kind that are listed one by one; the rest is counted.
_MOST_LISTED = 20


@dataclass(frozen=True)
class VersionChoice:
    """The version to fetch.

    Attributes:
        version: The newest of the pinned major.
        changes: What has changed since the version known before, oldest first, in sentences.
        notes: What a person should know: a newer major, a deprecated version.
    """

    version: Version
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def choose(
    versions: Sequence[Version], major: int, known_version: str, where: str
) -> tuple[VersionChoice, list[Version]]:
    """The newest version of the pinned major, and the versions since the one known.

    Args:
        versions: The versions there are.
        major: The pinned major version.
        known_version: The version fetched last; empty where there is none.
        where: Address of the versions, for messages.

    Returns:
        The choice, without changes; the versions after the known one up to the chosen one, oldest first.

    Raises:
        GateError: There is only a newer major.
        FetchError: There is no version of this major.
    """
    usable = sorted((one for one in versions if one.status != "Withdrawn"), key=lambda one: one.key)
    ours = [one for one in usable if one.key[0] == major]
    newer = [one for one in usable if one.key[0] > major]
    advice = ""
    if newer:
        last = newer[-1]
        advice = (
            f"version {last.version} is out; pinned {major}; read its changes at "
            f"{where}/{last.version}/changes; then set major: {last.key[0]} in sources.yaml"
        )
    if not ours and newer:
        raise GateError(
            f"no version {major} is served any more",
            where=where,
            expected=f"a version {major}",
            remedy=advice,
        )
    if not ours:
        listed = ", ".join(one.version for one in versions) or "none"
        raise FetchError(
            f"no version {major} of the data set (there are: {listed})",
            where=where,
            expected=f"a version {major} that is not withdrawn",
            remedy="correct major in sources.yaml",
            status=404,
        )
    newest = ours[-1]
    notes = [advice] if advice else []
    if newest.status == "Deprecated":
        notes.append(f"version {newest.version} is deprecated")
    known = version_key(known_version) if known_version else newest.key
    return VersionChoice(newest, (), tuple(notes)), [one for one in usable if known < one.key <= newest.key]


def describe_changes(changes: Mapping[str, Any]) -> list[str]:
    """The changes of a version, one sentence each.

    Args:
        changes: The document of ``…/versions/{version}/changes``.

    Returns:
        Sentences such as ``2.0, major: filter option removed in 'School type': 'Total'``.
    """
    sentences: list[str] = []
    for one in (changes, *(changes.get("patchHistory") or [])):
        version = one.get("versionNumber", "?")
        if one.get("notes"):
            sentences.append(f"{version}: {one['notes']}")
        for grade in ("major", "minor"):
            lines = list(_change_set(one.get(f"{grade}Changes") or {}))
            sentences += [f"{version}, {grade}: {line}" for line in lines[:_MOST_LISTED]]
            if len(lines) > _MOST_LISTED:
                sentences.append(f"{version}, {grade}: and {len(lines) - _MOST_LISTED} more")
    return sentences


def _change_set(changes: Mapping[str, Any]) -> Iterator[str]:
    """The changes of one grade."""
    plain = {
        "filters": "filter",
        "geographicLevels": "geographic level",
        "indicators": "indicator",
        "locationGroups": "group of locations",
        "timePeriods": "time period",
    }
    for key, noun in plain.items():
        for change in changes.get(key) or []:
            yield _change(noun, "", change)
    for group in changes.get("filterOptions") or []:
        for change in group.get("options") or []:
            yield _change("filter option", _name(group.get("filter")), change)
    for group in changes.get("locationOptions") or []:
        for change in group.get("options") or []:
            yield _change("location", _name(group.get("level")), change)


def _change(noun: str, inside: str, change: Mapping[str, Any]) -> str:
    before, after = change.get("previousState"), change.get("currentState")
    place = f" in {inside}" if inside else ""
    if before and after:
        parts = [f"{key} {before.get(key)!r} → {after.get(key)!r}" for key in after]
        differing = [
            part for part, key in zip(parts, after, strict=True) if before.get(key) != after.get(key)
        ]
        return f"{noun} changed{place}: {_name(before)}: {', '.join(differing)}"
    return f"{noun} {'removed' if before else 'added'}{place}: {_name(before or after)}"


def _name(state: Any) -> str:
    if not isinstance(state, dict):
        return "?"
    level = state.get("level")
    inner = level if isinstance(level, dict) else state
    label = inner.get("label") or inner.get("column") or inner.get("code") or "?"
    code = inner.get("code")
    return f"{label!r} ({code})" if code and code != label else repr(label)
