"""From a result of Great Expectations to an outcome with its level, and to the sentences a reader sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from send_jsna.catalogue.observations import DIMENSIONS, KEY, WITHHELD_HERE
from send_jsna.validation.record import Level, Notice, Outcome
from send_jsna.validation.suite_model import Known, SuiteEntry

#: Rows a record lists for one expectation.
CAP = 20
#: The words where the report withholds a number that a finding rests on.
ON_WITHHELD = f"it rests on numbers {WITHHELD_HERE}"


@dataclass(frozen=True)
class Shown:
    """What a reader of the report can see of the rows that were validated.

    An expectation decides on the publishers' numbers; what is written about it is made from these.

    Attributes:
        result: What Great Expectations makes of the expectation on the rows as the report shows them.
        withheld: Ids of rows that are withheld; they are not named unless ``result`` finds them too.
    """

    result: Mapping[str, Any]
    withheld: Collection[str] = ()


def outcome(
    entry: SuiteEntry,
    result: dict[str, Any],
    frame: pd.DataFrame,
    subject: str = "",
    shown: Shown | None = None,
) -> tuple[Outcome, list[Notice]]:
    """The outcome of one expectation, and the warnings that follow from it.

    Args:
        entry: The expectation as the suite's file has it.
        result: What Great Expectations made of it, as plain data.
        frame: The rows that were validated.
        subject: Code of the area whose rows a warning names first.
        shown: What may be written of it; everything where it is None.
    """
    shown = shown or Shown(result)
    if _exception(result):
        raised = _exception(shown.result) or ON_WITHHELD
        return _ended(entry, success=False, level="error", exception=raised), []
    numbers = result.get("result") or {}
    unexpected = _unexpected(entry, numbers)
    named = _named(entry, unexpected, shown)
    count = int(numbers.get("unexpected_count") or 0)
    known = [_matched(item, unexpected, frame) for item in entry.meta.known]
    declared = {key for ids in known for key in ids}
    # Rows beyond those listed cannot be recognised as known errors: they count as new ones.
    fresh = [key for key in unexpected if key not in declared]
    news = count - len(declared)
    ended = _ended(
        entry,
        success=bool(result["success"]),
        level=_level(entry, success=bool(result["success"]), all_known=bool(declared) and news == 0),
        checked=int(numbers.get("element_count") or 0),
        unexpected_count=count,
        known_count=len(declared),
        observed=_observed(numbers, shown.result.get("result") or {}),
        unexpected_rows=list(named)[:CAP],
        details=_details(named, len(unexpected) - len(named), frame),
    )
    stale = _stale(entry, known, frame)
    if stale:
        ended = ended.model_copy(update={"level": "error", "observed": stale, "success": False})
    notices = _known_notices(entry, [[key for key in ids if key in named] for ids in known], frame)
    if ended.level == "warning" and news > 0:
        notices += _fresh_notices(entry, [key for key in fresh if key in named], named, frame, subject)
    if ended.level == "warning" and not count:
        notices.append(Notice(text=f"{entry.meta.problem}.", expectation=entry.meta.name))
    return ended, notices


def error_sentence(item: Outcome, suite: str) -> str:
    """One sentence on an outcome that gates the data set; empty for any other."""
    if item.level != "error":
        return ""
    where = f"suite {suite}, expectation {item.name} ({item.type})"
    if item.exception:
        return f"{where} could not be evaluated: {item.exception}"
    text = f"{where}: {item.description}"
    if item.observed:
        text += f" Seen: {item.observed}."
    if item.details:
        text += f" First: {item.details[0]}."
    if item.unexpected_count and any(WITHHELD_HERE in detail for detail in item.details[:1]):
        text += " What they are is said by jsna validate."
    return text


def one_line(error: Exception) -> str:
    """An exception's message on one line of bearable length."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 300 else f"{text[:297]}…"


def _ended(entry: SuiteEntry, **values: Any) -> Outcome:
    notes = entry.notes or ""
    return Outcome(
        name=entry.meta.name,
        type=entry.type,
        description=entry.description,
        notes=notes if isinstance(notes, str) else " ".join(notes),
        severity=entry.meta.severity,
        **values,
    )


def _level(entry: SuiteEntry, *, success: bool, all_known: bool) -> Level:
    if success:
        return "passed"
    return "warning" if all_known else entry.meta.severity


def _exception(result: Mapping[str, Any]) -> str:
    """Why an expectation could not be evaluated; Great Expectations nests this by metric in some cases."""
    info = result.get("exception_info") or {}
    several = [info] if "raised_exception" in info else list(info.values())
    raised = [item for item in several if item.get("raised_exception")]
    if not raised:
        return ""
    first = raised[0]
    kind = str(first.get("exception_traceback") or "").strip().rsplit("\n", 1)[-1].partition(":")[0]
    text = " ".join(str(first.get("exception_message") or "").split()).removeprefix("Error: ")
    # The message of a KeyError and its like says nothing without its kind.
    return f"{kind.rsplit('.', 1)[-1]}: {text}" if kind and "does not exist" not in text else text


def _named(entry: SuiteEntry, unexpected: Collection[str], shown: Shown) -> dict[str, str]:
    """Observation id → what is written of the row, of those unexpected rows that may be named."""
    visible = _unexpected(entry, shown.result.get("result") or {})
    return {
        key: visible.get(key, ON_WITHHELD)
        for key in unexpected
        if key in visible or key not in shown.withheld
    }


def _details(named: Mapping[str, str], unnamed: int, frame: pd.DataFrame) -> list[str]:
    """A sentence for each of the first rows that may be named, and how many may not."""
    sentences = [_sentence(key, named[key], frame) for key in list(named)[:CAP]]
    return sentences + ([f"rows that are not named: {unnamed} ({WITHHELD_HERE})"] if unnamed else [])


def _unexpected(entry: SuiteEntry, numbers: Mapping[str, Any]) -> dict[str, str]:
    """Observation id → what is wrong with the row, of the rows that Great Expectations lists."""
    listed = {}
    for item in numbers.get("partial_unexpected_index_list") or []:
        values = [f"{name} is {_shown(value)}" for name, value in item.items() if name != "observation_id"]
        if entry.type == "expect_compound_columns_to_be_unique":
            values = ["the key stands more than once"]
        listed[str(item["observation_id"])] = item.get("detail") or ", ".join(values)
    return listed


def _observed(numbers: Mapping[str, Any], visible: Mapping[str, Any]) -> str:
    """What was seen: how many rows of how many, or a measure of the rows as a reader can see them."""
    count, checked = numbers.get("unexpected_count"), numbers.get("element_count")
    mismatched = (visible.get("details") or {}).get("mismatched") or {}
    if mismatched:
        return "; ".join(
            f"{kind}: {', '.join(map(str, names))}" for kind, names in sorted(mismatched.items())
        )
    if count is not None and checked is not None and not numbers.get("observed_value"):
        return f"{count:,} of {checked:,}"
    seen = visible.get("observed_value")
    return _shown(seen) if seen is not None and not isinstance(seen, list) else ""


def _rows(ids: list[str], frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["observation_id"].isin(ids)] if "observation_id" in frame else frame.iloc[:0]


def _matching(known: Known, frame: pd.DataFrame) -> pd.DataFrame:
    rows = frame
    for column, wanted in known.where.items():
        if column not in rows:
            return rows.iloc[:0]
        rows = rows[rows[column].isin([wanted] if isinstance(wanted, str) else wanted)]
    return rows


def _matched(known: Known, unexpected: dict[str, str], frame: pd.DataFrame) -> list[str]:
    """The unexpected rows that a known error declares."""
    ids = set(_matching(known, _rows(list(unexpected), frame))["observation_id"]) if unexpected else set()
    return [key for key in unexpected if key in ids]


def _stale(entry: SuiteEntry, known: list[list[str]], frame: pd.DataFrame) -> str:
    """The publisher has mended a known error: say so, as the declaration would hide a new one."""
    for item, ids in zip(entry.meta.known, known, strict=True):
        if not ids and not item.standing and len(_matching(item, frame)):
            return f"a declared known error no longer occurs ({item.reason}): remove it from the suite"
    return ""


def _known_notices(entry: SuiteEntry, known: list[list[str]], frame: pd.DataFrame) -> list[Notice]:
    notices = []
    for item, ids in zip(entry.meta.known, known, strict=True):
        for indicator, rows in _rows(ids, frame).groupby("indicator", sort=True):
            notices.append(
                Notice(
                    text=item.reason,
                    indicator=str(indicator),
                    areas=sorted(set(rows["area_code"])),
                    expectation=entry.meta.name,
                    observations=list(rows["observation_id"])[:CAP],
                    known=True,
                )
            )
    return notices


def _fresh_notices(
    entry: SuiteEntry, fresh: list[str], named: Mapping[str, str], frame: pd.DataFrame, subject: str
) -> list[Notice]:
    """One warning for each indicator concerned, with the row a reader is likeliest to look for."""
    notices = []
    for indicator, rows in _rows(fresh, frame).groupby("indicator", sort=True):
        ids = [str(key) for key in rows["observation_id"]]
        areas = sorted(set(rows["area_code"]), key=lambda code: (code != subject, code[:3] != "E92", code))
        own = rows[rows["area_code"] == areas[0]].sort_values("period_start", kind="stable")
        first = str(own["observation_id"].iloc[-1])
        more = [f"{len(own) - 1} more in this area"] if len(own) > 1 else []
        more += [f"{len(rows) - len(own)} in other areas"] if len(areas) > 1 else []
        found = "; ".join([_sentence(first, named[first], frame), *([" and ".join(more)] if more else [])])
        notices.append(
            Notice(
                text=f"{entry.meta.problem}: {found}.",
                indicator=str(indicator),
                areas=sorted(areas),
                expectation=entry.meta.name,
                observations=ids[:CAP],
            )
        )
    return notices


def _sentence(key: str, detail: str, frame: pd.DataFrame) -> str:
    """A row in words: area, period, breakdown, and what is wrong with it."""
    rows = _rows([key], frame)
    if rows.empty or any(column not in rows for column in KEY):
        return f"{key} ({detail})" if detail else key
    row = rows.iloc[0]
    name = row.get("area_name") or row["area_code"]
    broken = [str(row[dimension]).replace("_", " ") for dimension in DIMENSIONS if row[dimension]]
    where = ", ".join([str(name), str(row["period"]), *broken])
    return f"{where} ({detail})" if detail else where


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
