"""Names in sentences: the article a place takes, the small letter of a measure in a list.

The report is written once for every area. English does not treat their names alike: one lives in the West
Midlands and in London, in Birmingham and in the Isles of Scilly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    """A place as it stands in a sentence.

    Args:
        name: Such as ``West Midlands``, ``Isles of Scilly`` or ``Bristol, City of``.

    Returns:
        ``the West Midlands``, ``the Isles of Scilly``, ``Bristol``; most names stay as they are.
    """
    plain = re.sub(r", (?:City|County) of$", "", name)
    return f"the {plain}" if _WITH_ARTICLE.match(plain) else plain


def sentence_case(name: str) -> str:
    """A measure as it stands inside a sentence: ``babies of low birth weight``, ``EHC plans``."""
    first = name.split(" ", 1)[0]
    if first in _PROPER or not name[1:2].islower():
        return name
    return name[:1].lower() + name[1:]


def listed(names: Sequence[str]) -> str:
    """Names in a list, parted by semicolons where one of them holds a comma or an ``and`` of its own."""
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
