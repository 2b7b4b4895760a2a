"""What could identify a child: columns by their name, values by their shape."""

from __future__ import annotations

import re

# Words of a column's name that give it away, words that begin so, and fragments of names written as one word.
_WORDS = {"name", "upn", "nhs", "dob", "birth", "phone", "email", "postcode", "address", "uln"}
_BEGINNINGS = ("upn", "uln", "nhs", "dob")
_PARTS = (
    *("forename", "surname", "firstname", "lastname", "fullname", "childsname", "pupilname", "nhsn", "nhsid"),
    *("dateofbirth", "birthdate", "birthday", "postcode", "postalcode", "email", "phone", "mobile"),
    *("pupilnumber", "upnnumber", "learnernumber", "homeaddress", "streetaddress"),
    *("pupilid", "childid", "personid", "patientid", "clientid"),
)
DATE = "a date"
_VALUES = {
    "a unique pupil number": re.compile(r"[A-Za-z]\d{11}[0-9A-Za-z]"),
    "an NHS number": re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}"),
    "a telephone number": re.compile(r"(?:\+44|0)(?:[ ()-]*\d){9,10}"),
    "an e-mail address": re.compile(r"[^@\s]+@[^@\s]+"),
    "a postcode": re.compile(r"[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}"),
    DATE: re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2}"),
}


def identifies(column: str) -> bool:
    """Whether a column's name says that it holds a name, a number, a date or an address of a person."""
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).casefold())
    together = "".join(words)
    return (
        not _WORDS.isdisjoint(words)
        or any(word.startswith(_BEGINNINGS) for word in words)
        or together.endswith("name")
        or any(part in together for part in _PARTS)
    )


def looks_like(value: str) -> str:
    """What a value looks like that could identify a child, such as ``an NHS number``; empty where nothing."""
    return next((kind for kind, pattern in _VALUES.items() if pattern.fullmatch(value)), "")
