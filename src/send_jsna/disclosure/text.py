"""Numbers in text, however they are written: what a scanner looks for that must find a withheld count.

Used on whatever a run publishes. It prefers to find too much: ``234`` is found in ``1,234``, which may be two
columns of a CSV file. Values that are planted to be looked for should have five digits or more.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

#: What stands between thousands: comma, full stop as on the Continent, apostrophe, spaces of every width,
#: underscore, and the comma of TeX.
_BETWEEN = r"(?:,|\.|'|’|_|\{,\}|[  \t\u00a0\u2009\u202f\u2007])"


@dataclass(frozen=True)
class Written:
    """A number found in a text.

    Attributes:
        value: The number that was looked for.
        form: As it is written.
        start: Place of its first character.
    """

    value: float
    form: str
    start: int


def find_values(text: str, values: Iterable[float]) -> list[Written]:
    """Where numbers stand in a text, in any form they may be written in.

    Args:
        text: The text; character references of HTML and XML are read as what they stand for.
        values: Numbers looked for, none of them negative.

    Returns:
        What was found, in the order of the text: ``1234``, ``1,234``, ``1 234``, ``1.234``, ``1234.0``,
        ``1.234e+03``, each not within a longer number.

    Raises:
        ValueError: A number is negative or not finite.
    """
    plain = html.unescape(text)
    found = [
        Written(value, match.group(), match.start())
        for value in dict.fromkeys(values)
        for match in _pattern(value).finditer(plain)
    ]
    return sorted(found, key=lambda item: (item.start, item.value))


def _pattern(value: float) -> re.Pattern[str]:
    if not 0 <= value < float("inf"):
        raise ValueError(f"only numbers from zero on can be looked for, not {value}")
    whole, _, fraction = _digits(value).partition(".")
    forms = [whole]
    if len(whole) > 3:
        first = len(whole) % 3 or 3
        groups = [whole[:first], *(whole[at : at + 3] for at in range(first, len(whole), 3))]
        forms.append(_BETWEEN.join(groups))
    decimals = rf"[.,]{fraction}0*" if fraction else r"(?:\.0+)?"
    written = "|".join(rf"(?:{form}){decimals}" for form in forms)
    mantissa = (whole + fraction).lstrip("0").rstrip("0")
    if len(whole) > 1:
        rest = rf"\.{mantissa[1:]}0*" if len(mantissa) > 1 else r"(?:\.0+)?"
        written += rf"|{mantissa[0]}{rest}[eE]\+?0*{len(whole) - 1}"
    # Not the decimals of another number, nor followed by digits; a full stop may end a sentence.
    return re.compile(rf"(?<!\d)(?<!\d\.)(?:{written})(?!\d|\.\d|[eE][+-]?\d)")


def _digits(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
