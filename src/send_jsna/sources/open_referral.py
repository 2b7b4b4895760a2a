"""Open Referral UK: a council's feed of services, version 3 of the profile.

``ask`` of the catalogue says what is fetched: ``params`` of the list (such as ``taxonomy_term_id``),
``per_page`` and ``details`` (whether each service is asked for in full; by default where the list leaves out
what is read).
The pages are kept as one page in the form of ``data/services``. Who is to be contacted, what a service says
of itself, and every other field that is not read, is dropped on the way, as it is from a file that was
downloaded by hand: no person's name reaches the store.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.periods import NOT_STATED, Period, month
from send_jsna.errors import DataError
from send_jsna.ingest import opening
from send_jsna.ingest.tidy_rows import as_frame, row
from send_jsna.sources import reading
from send_jsna.sources.open_referral_feed import fetch, stored
from send_jsna.sources.service_directory import NAMED
from send_jsna.sources.service_schema import slug

if TYPE_CHECKING:
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context

__all__ = ["fetch", "stored", "tidy"]

_STATUSES = ("active", "inactive", "defunct", "temporarily closed")
_ONS_CODE = re.compile(r"[EWSN]\d{8}")


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """One row a service that is active, of indicator ``service_named``, as the declared directories give.

    A service's need is that of its taxonomy terms the label map knows, as ``taxonomy|term``, where they name
    one need; its month is that of its last change; its area the first it names, else the edition's own.

    A service that is not one of the profile is left out and stated, by its place in the page alone.

    Raises:
        DataError: The document is no page of services, or none of them is one of the profile.
    """
    resource = reading.newest_resource(files)
    where = files.where(resource)
    services = _services(opening.text_of(files.path(resource), where), where)
    active = _active(services, files, context, where)
    codes = Counter(slug(str(item["name"])) for item, *_ in active)
    rows = []
    for item, area, (period, printed), ages in active:
        if not context.keeps(area):
            continue
        code = slug(str(item["name"]))
        if codes[code] > 1:
            code = f"{code}_{slug(str(item['id']))[:8]}"
        level, need = _terms(item, files.source_id, context)
        provider = str((item.get("organization") or {}).get("name", ""))
        rows.append(
            row(
                indicator=NAMED,
                area_code=area,
                period=period,
                text="1",
                source_id=files.source_id,
                source_label="; ".join(part for part in (level, provider, str(item["name"])) if part),
                source_period=printed,
                dimensions={"age": ages, "need": need, "service": code},
            )
        )
    return as_frame(rows)


#: A service, its area, its month as period and as printed, and the ages it is for.
_Read = tuple[dict[str, Any], str, tuple[Period, str], str]


def _active(services: list[Any], files: SourceFiles, context: Context, where: str) -> list[_Read]:
    """The services that are active, without those that are not ones of the profile."""
    found: list[_Read] = []
    faults: list[DataError] = []
    for place, item in enumerate(services, 1):
        here = f"{where}, service {place}"
        try:
            _check(item, here)
            if item["status"] == "active":
                month = _period(item.get("last_modified"), here)
                found.append((item, _area(item, context, here), month, _ages(item, here)))
        except DataError as error:
            faults.append(error)
    if faults and not found:
        raise faults[0]
    for fault in faults:
        files.leave_out(f"{fault.where}: {fault.what}")
    return found


def _services(text: str, where: str) -> list[Any]:
    try:
        page = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"it is not valid JSON ({type(error).__name__})",
            where=where,
            expected="a page of services as Open Referral UK gives it",
            remedy="fetch it again",
        ) from error
    contents = page.get("contents") if isinstance(page, dict) else None
    if not isinstance(contents, list) or not contents:
        raise DataError("it holds no services", where=where, expected="contents: a list of services")
    if page.get("total_items", len(contents)) != len(contents):
        raise DataError(
            f"it holds {len(contents)} services", where=where, expected="as many as its total_items says"
        )
    return contents


def _check(item: Any, where: str) -> None:
    fault = _fault(item)
    if fault:
        raise DataError(fault, where=where, expected="a service of the profile")


def _fault(item: Any) -> str:
    if not isinstance(item, dict):
        return "it is no service"
    if not isinstance(item.get("id"), str) or not str(item.get("name") or "").strip():
        return "it has no id or no name"
    if item.get("status") not in _STATUSES:
        return "its status is unknown"
    for key in ("service_areas", "attributes"):
        parts = item.get(key, [])
        if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
            return f"its {key} are no list"
    return "" if isinstance(item.get("organization") or {}, dict) else "its organization is no object"


def _area(item: Mapping[str, Any], context: Context, where: str) -> str:
    """ONS code of the first area named that is known, else of the edition's own."""
    known = {area.code for area in context.areas}
    for place in item.get("service_areas", []):
        code = context.areas.in_use(str(place.get("uri", "")).rsplit("/", 1)[-1])
        if _ONS_CODE.fullmatch(code) and code in known:
            return code
    if not context.subject:
        raise DataError(
            "it names no area that is known", where=where, expected="a uri that ends in an ONS code"
        )
    return context.subject


def _terms(item: Mapping[str, Any], source_id: str, context: Context) -> tuple[str, str]:
    """The level a service states, and its need where its terms name one."""
    level, needs = "", set()
    for attribute in item.get("attributes", []):
        term = attribute.get("taxonomy_term")
        if not isinstance(term, dict):
            continue
        label = f"{term.get('taxonomy', '')}|{term.get('term') or term.get('name', '')}"
        if attribute.get("link_type") == "level":
            level = str(term.get("term", ""))
        meaning = context.names.find(source_id, label)
        if meaning is not None and "need" in meaning.dimensions:
            needs.add(meaning.dimensions["need"])
    return level, needs.pop() if len(needs) == 1 else ""


def _ages(item: Mapping[str, Any], where: str) -> str:
    """The ages a service is for, as the declared directories word them."""
    low, high = item.get("minimum_age"), item.get("maximum_age")
    for age in (low, high):
        if age is not None and (
            isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age < 150
        ):
            raise DataError("its minimum or maximum age is none", where=where, expected="a number of years")
    if low is not None and high is not None:
        if low > high:
            raise DataError(
                "its minimum age is above its maximum age", where=where, expected="a span of ages"
            )
        return f"{low:g}" if low == high else f"{low:g} to {high:g}"
    if low is not None:
        return f"{low:g} and over"
    return f"up to {high:g}" if high is not None else ""


def _period(modified: Any, where: str) -> tuple[Period, str]:
    if modified is None:
        return NOT_STATED, NOT_STATED.label
    match = re.match(r"(20\d\d)-(0[1-9]|1[0-2])-\d\d", str(modified))
    if match is None:
        raise DataError(
            "its last_modified is no time",
            where=where,
            expected="a time such as 2025-03-15T10:30:45Z",
        )
    return month(int(match[1]), int(match[2])), match[0]
