"""What could identify a child: columns by their name, values and running text by what is in them.

One detector serves every source a council supplies. A number counts in running text only where its check
digit or check letter is right, so that years, codes and identifiers of schools pass; a cell that is nothing
but such a number counts whatever its check says. A person's name has no shape and cannot be found: text that
is not read is therefore not stored (see :mod:`send_jsna.sources.open_referral_feed`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Any

# Words of a column's name that give it away, words that begin so, and fragments of names written as one word.
_WORDS = {"name", "upn", "nhs", "dob", "birth", "phone", "email", "postcode", "address", "uln"}
_BEGINNINGS = ("upn", "uln", "nhs", "dob")
_PARTS = (
    *("forename", "surname", "firstname", "lastname", "fullname", "childsname", "pupilname", "nhsn", "nhsid"),
    *("dateofbirth", "birthdate", "birthday", "postcode", "postalcode", "email", "phone", "mobile"),
    *("pupilnumber", "upnnumber", "learnernumber", "homeaddress", "streetaddress"),
    *("pupilid", "childid", "personid", "patientid", "clientid"),
    *("nationalinsurance", "ninumber"),
)

DATE = "a date"
_UPN, _NHS, _ULN = "a unique pupil number", "an NHS number", "a unique learner number"
_NINO, _EMAIL, _PHONE = "a National Insurance number", "an e-mail address", "a telephone number"
_POSTCODE, _BIRTH = "a postcode", "a date of birth"

#: The letters of a UPN, by their value: I, O and S are not used.
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_POSTCODE_AREAS = (
    "AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC"
    " EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M"
    " ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW"
    " SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE"
)
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_A_DATE = (
    r"(?:[0-9]{1,2}[/. -][0-9]{1,2}[/. -](?:[0-9]{4}|[0-9]{2})(?![0-9])"
    r"|[0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2}"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?[ -](?:of )?{_MONTHS},?[ -](?:[0-9]{{4}}|[0-9]{{2}})(?![0-9])"
    rf"|{_MONTHS} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}})"
)
_LOOSE = re.IGNORECASE
_URL = re.compile(r"https?://\S+", _LOOSE)

# In running text; each is checked further below where it can be.
_UPNS = re.compile(r"(?<![A-Z0-9])[A-HJ-NP-RT-Z](?:[ ./-]?[0-9]){11}[ ./-]?[0-9A-Z](?![A-Z0-9])", _LOOSE)
_BEGINS = (
    r"(?:(?<![0-9A-Z.,])|(?<=nhs)|(?<=uln)|(?<=tel)|(?<=mob)|(?<=no)|(?<=[A-Z][.,]))(?<!isbn )(?<!isbn: )"
)
_TENS = re.compile(
    rf"{_BEGINS}[0-9]{{3}}(?P<gap>[ .-]?)[0-9]{{3}}(?P=gap)[0-9]{{4}}(?![0-9A-Z])",
    _LOOSE,
)
_NINOS = re.compile(
    r"(?<![A-Z0-9])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r"(?:[ -]?[0-9]{2}){3}[ -]?[A-D](?![A-Z0-9])",
    _LOOSE,
)
_EMAILS = re.compile(
    r"(?<![\w.+'-])[\w.+'-]+(?:@|\s?[\[(]at[\])]\s?)[\w-]+(?:\.[\w-]+)*\.[A-Z]{2,}(?![A-Z])", _LOOSE
)
_PHONES = re.compile(
    rf"{_BEGINS}(?:(?:\+|00)44[ .-]?(?:\(0\)[ .-]?)?|\(?0)[1-9][0-9]{{1,4}}\)?"
    r"(?:[ ./-]{0,2}[0-9]){4,8}(?![0-9A-Z])",
    _LOOSE,
)
_POSTCODES = re.compile(
    rf"(?<![A-Z0-9])(?:{'|'.join(_POSTCODE_AREAS.split())})[0-9][A-Z0-9]?"
    r"(?:[0-9][ABD-HJLNP-UW-Z]{2}|[ +]+(?![0-9](?:st|nd|rd|th))[0-9][ABD-HJLNP-UW-Z]{2})(?![A-Z0-9])",
    _LOOSE,
)
_BIRTHS = re.compile(
    rf"(?:\bborn\b|\bd\.?o\.?b\b\.?|\bdate of birth\b|\bbirth ?date\b|\bbirthday\b)"
    rf"(?:[ :=(-]|\bon\b|\bis\b|\bwas\b)*{_A_DATE}",
    _LOOSE,
)

# A whole cell.
_WHOLE = {
    _UPN: re.compile(r"[A-Z](?:[ ./-]?[0-9]){11}[ ./-]?[0-9A-Z]", _LOOSE),
    _NHS: re.compile(r"[0-9]{3}[ .-]?[0-9]{3}[ .-]?[0-9]{4}"),
    _PHONE: re.compile(r"(?:\+44|0)(?!\.)(?:[ ()./-]*[0-9]){9,10}"),
    _EMAIL: re.compile(r"[^@\s]+@[^@\s]+"),
    DATE: re.compile(
        rf"{_A_DATE}|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:19|20)[0-9]{{2}}"
        r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])",
        _LOOSE,
    ),
}


def identifies(column: str) -> bool:
    """Whether a column's name says that it has a name, a number, a date or an address of a person."""
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).casefold())
    together = "".join(words)
    return (
        not _WORDS.isdisjoint(words)
        or any(word.startswith(_BEGINNINGS) for word in words)
        or together.endswith("name")
        or any(part in together for part in _PARTS)
    )


def looks_like(value: str) -> str:
    """What a cell looks like that could identify a child, such as ``an NHS number``; empty where nothing.

    Args:
        value: A cell or a code. One that is nothing but a date counts, in whatever way it is written.
    """
    plain = _plain(value)
    return next((kind for kind, form in _WHOLE.items() if form.fullmatch(plain)), "") or _found(plain)


def found_in(text: str) -> str:
    """What in a running text could identify a child, such as ``a postcode``; empty where nothing could.

    Args:
        text: Running text. A date counts only where the text says that it is one of birth.
    """
    return _found(_plain(text))


def first_found(data: Any, passed_over: Collection[str] = ()) -> tuple[tuple[str | int, ...], str] | None:
    """The first text of declared data that could identify a child: its place, and what it looks like.

    Args:
        data: Mappings, lists and scalars, as YAML and JSON give them.
        passed_over: Keys whose values are not looked at.
    """
    for place, text in _texts(data, (), passed_over):
        if kind := found_in(text):
            return place, kind
    return None


def _texts(
    data: Any, place: tuple[str | int, ...], passed_over: Collection[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in passed_over:
                yield from _texts(value, (*place, key), passed_over)
    elif isinstance(data, list | tuple):
        for number, value in enumerate(data):
            yield from _texts(value, (*place, number), passed_over)
    elif isinstance(data, str | int) and not isinstance(data, bool):
        yield place, str(data)


def _plain(text: str) -> str:
    """Text with one form of each letter, digit, dash and space, and codes' underscores as spaces."""
    found = []
    for char in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(char)
        if category == "Nd":
            char = str(unicodedata.decimal(char))
        elif category == "Pd":
            char = "-"
        elif category == "Cf":  # soft hyphens and signs of no width, which a spreadsheet does not show
            continue
        elif category in ("Zs", "Zl", "Zp", "Cc") or char == "_":
            char = " "
        found.append(char)
    return "".join(found).strip()


def _found(plain: str) -> str:
    if _EMAILS.search(plain):
        return _EMAIL
    if any(_is_upn(match[0]) for match in _UPNS.finditer(plain)):
        return _UPN
    for name, form in ((_NINO, _NINOS), (_POSTCODE, _POSTCODES), (_BIRTH, _BIRTHS)):
        if form.search(plain):
            return name
    # Addresses of pages have numbers of their own.
    rest = _URL.sub(" ", plain)
    if any(_is_phone(match[0]) for match in _PHONES.finditer(rest)):
        return _PHONE
    tens = [_digits(match[0]) for match in _TENS.finditer(rest)]
    if any(_is_nhs_number(digits) for digits in tens):
        return _NHS
    return _ULN if any(_is_uln(digits) for digits in tens) else ""


def _digits(text: str) -> list[int]:
    return [int(char) for char in text if char.isdigit()]


def _is_upn(text: str) -> bool:
    """Whether the check letter of a UPN, or of a temporary one, is right (DfE: Unique pupil numbers)."""
    letters = re.sub(r"[^A-Z0-9]", "", text.upper())
    if letters[-1] in "IOS":
        return False
    values = [int(char) if char.isdigit() else _UPN_LETTERS.index(char) for char in letters[1:]]
    return _UPN_LETTERS[sum(w * value for w, value in enumerate(values, 2)) % 23] == letters[0]


def _is_nhs_number(digits: list[int]) -> bool:
    """Whether the check digit is right (NHS Data Model and Dictionary: NHS number, modulus 11)."""
    return any(digits) and sum((10 - place) * digit for place, digit in enumerate(digits)) % 11 == 0


def _is_uln(digits: list[int]) -> bool:
    """Whether the check digit is right (Learning Records Service: ULN, modulus 11)."""
    rest = sum((10 - place) * digit for place, digit in enumerate(digits[:9])) % 11
    return digits[0] > 0 and rest > 0 and digits[9] == 10 - rest


def _is_phone(text: str) -> bool:
    """Whether a number has as many digits as one of the United Kingdom has."""
    number = re.sub(r"^(?:\+|00)44(?:\D*0\))?|^\(?0", "", text)
    return 9 <= len(_digits(number)) <= 10
