"""Words and numbers as the report prints them: numerals, articles, lists, the case of a measure.

The report is written once for every area. English does not treat their names alike: one lives in the West
Midlands and in London, in Birmingham and in the Isles of Scilly.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any


def format_number(value: float, *, unit: str = "", decimals: int | None = None) -> str:
    """A number as the report prints it.

    Args:
        value: The unrounded number.
        unit: ``%`` (also of ``% change`` and the like) is put after the number, ``pp`` as percentage points,
            and the pound sign (also of ``£ per week`` and the like) before it; other units stay out.
        decimals: Decimal places; by default none for counts and pounds and one for other units. A number that
            rounds to zero but is not zero is shown as ``less than`` the smallest number that could be.

    Returns:
        The number with thousands separators and a true minus sign.
    """
    is_money = unit.startswith("£")
    places = decimals if decimals is not None else (0 if is_money or unit in ("count", "rank") else 1)
    rounded = _half_up(value, places)
    prefix = "£" if is_money else ""
    text = f"{prefix}{abs(rounded):,.{places}f}"
    sign = "−" if rounded < 0 else ""
    suffix = "%" if unit.startswith("%") else " percentage points" if unit == "pp" else ""
    if rounded == 0 and value != 0:
        return f"less than {prefix}{10**-places:.{places}f}{suffix}"
    return f"{sign}{text}{suffix}"


def amount(pounds: float) -> str:
    """A sum of money as a sentence gives it: ``£125.2 million``, ``£16.0 billion``; small ones in full."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if abs(pounds) >= size:
            return f"{format_number(pounds / size, unit='£', decimals=1)} {word}"
    return format_number(pounds, unit="£")


def _half_up(value: float, places: int) -> float:
    """Round half away from zero on the decimal digits, as published tables do."""
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def cell_text(cell: Any) -> str:
    """A table's cell as text: numbers as counts, nothing for a missing value."""
    if isinstance(cell, str):
        return cell
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return format_number(float(cell), unit="count")


#: Beginnings of names that take the article.
_WITH_ARTICLE = re.compile(
    r"(City|County|Isles?|Vale|East Riding|Royal Borough|Borough) of\b"
    r"|Wirral$"
    r"|(North|South) (East|West)$"
    r"|(East|West) (Midlands\b|of England$)"
)


_ABBREVIATIONS = ("sen", "ehc", "slcn")


#: First words of a measure that keep their capital letter: names, not only beginnings.
_PROPER = ("Asian", "Black", "Attainment", "English", "January", "Ofsted", "White", "Year")


def with_article(name: str) -> str:
    """A place as it is written in a sentence.

    Args:
        name: Such as ``West Midlands``, ``Isles of Scilly`` or ``Bristol, City of``.

    Returns:
        ``the West Midlands``, ``the Isles of Scilly``, ``Bristol``; most names stay as they are.
    """
    plain = re.sub(r", (?:City|County) of$", "", name)
    return f"the {plain}" if _WITH_ARTICLE.match(plain) else plain


def sentence_case(name: str) -> str:
    """A measure as it is written inside a sentence: ``babies of low birth weight``, ``EHC plans``."""
    first = name.split(" ", 1)[0]
    if first in _PROPER or not name[1:2].islower():
        return name
    return name[:1].lower() + name[1:]


def listed(names: Sequence[str]) -> str:
    """Names in a list, parted by semicolons where one of them has a comma or an ``and`` of its own."""
    if len(names) < 2:
        return "".join(names)
    if any("," in name or " and " in name for name in names):
        return "; ".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def title_of(dataset: str) -> str:
    """A data set's id in words: ``sen_prevalence`` as ``SEN prevalence``."""
    words = [word.upper() if word in _ABBREVIATIONS else word for word in dataset.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")


_TEENS = ("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")


_WORDS = (*_UNITS, *_TEENS, "twenty")


_IRREGULAR = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"}
_IRREGULAR |= {"nine": "ninth", "twelve": "twelfth", "twenty": "twentieth"}


def in_words(number: int) -> str:
    """A whole number in words to twenty, as the report writes small numbers; digits beyond."""
    return _WORDS[number] if 0 <= number < len(_WORDS) else f"{number:,}"


def ordinal(number: int) -> str:
    """``third`` and so on to twentieth; ``21st`` beyond."""
    if 1 <= number < len(_WORDS):
        word = _WORDS[number]
        return _IRREGULAR.get(word, f"{word}th")
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def joined(names: Sequence[str]) -> str:
    """A list in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"
