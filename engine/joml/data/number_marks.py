"""Numbers with a mark: a currency, a percent sign or a unit, or blanks between thousands."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: The mark of numbers without one that have blanks or apostrophes between their thousands, or a sign of their own.
GROUPS_ALONE = " "
#: The mark of durations, such as 75:10 or 1:02:10.5; their digits are in the unit of the last place, such as seconds.
DURATION = ":"
#: The mark of limits beside measured values, such as <5 and >200, whose digits are those of the limit.
LIMIT = "<"

_CURRENCY = (
    "(?:[A-Z]{0,3}[$€£¥₹₩₽₺₪฿¢₫₴₦₱₡₲₵₸₮]|USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN"
    "|ZAR|KRW|TRY)"
)
_WORD = r"[^\W\d_]"
# A unit directly behind the digits is short; behind a blank, it may be a word, such as "months".
_UNIT = rf"(?:[%‰]|°[CF]?|(?:{_WORD}{{1,5}}|(?<=\s){_WORD}{{1,12}})(?:/{_WORD}{{1,5}})?)"
# Blanks, also those without a break and narrow ones, and apostrophes.
_GROUP = "[ '\u2019\u00a0\u2009\u202f]"
_MARKED = re.compile(
    rf"[+-]?\s*(?P<before>{_CURRENCY})?\s*[+-]?\s*(?P<body>(?:\d[\d.,'\u2019 \u00a0\u2009\u202f]*)?\d|[.,]\d+)"
    rf"\s*(?P<after>{_CURRENCY}|{_UNIT})?"
)
# Negative numbers of accounts, and a minus behind the digits, which a grade such as 2- is not.
_PARENTHESES = re.compile(r"\(\s*([^-+()][^()]*)\)")
_LAST_MINUS = re.compile(r"([^-+]*(?:[.,]\d+|\d{3}))\s*-")
_MINUS = "\u2212"
_CODE = re.compile(r"0\d")
_DURATION = re.compile(r"\d+(:[0-5]\d){1,2}([.,]\d+)?")
_LIMIT = re.compile("[<>\u2264\u2265]=?\\s*([+-]?\\d.*)")
_GROUPED = re.compile(rf"\d{{1,3}}(?P<group>{_GROUP})\d{{3}}(?:(?P=group)\d{{3}})*(?:[.,]\d+)?")


def split_mark(text: str) -> tuple[str, str] | None:
    """Return the mark of a number and its digits; None if the text is no number with or without one mark.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    tuple of (str, str) or None
        The mark: a currency, a percent sign or a unit, also behind a limit; `DURATION`, or `LIMIT` without a unit;
        `GROUPS_ALONE` if there are only blanks or apostrophes between thousands; or "" for a plain number. The digits,
        without blanks and apostrophes, may have commas and points.
    """
    if is_duration(text):
        return DURATION, without_mark(text, DURATION).lstrip("+-")
    limit = _LIMIT.fullmatch(text.strip())
    if limit is not None:
        split = split_mark(limit[1])
        return (LIMIT, split[1]) if split is not None and split[0] in ("", GROUPS_ALONE) else split
    own_sign = _without_own_sign(text)
    match = _MARKED.fullmatch(text.strip() if own_sign is None else own_sign)
    if match is None:
        return None
    before, body, after = match.group("before", "body", "after")
    grouped = _GROUPED.fullmatch(body)
    digits = body.replace(grouped["group"], "") if grouped else body
    # 01170 is a code, and so is 0A1.
    if (before and after) or re.search(_GROUP, digits) or _CODE.match(digits):
        return None
    return before or after or (GROUPS_ALONE if grouped or own_sign is not None else ""), digits


def is_duration(text: str) -> bool:
    """Return whether a text is minutes and seconds, or hours, minutes and seconds, with or without a sign."""
    return _DURATION.fullmatch(text.strip().lstrip("+-\u2212")) is not None


def is_limit(text: str) -> bool:
    """Return whether a text is a number with a sign such as < in front."""
    return _LIMIT.fullmatch(text.strip()) is not None and split_mark(text) is not None


def has_own_sign(text: str) -> bool:
    """Return whether a text has a sign that numbers have in accounts: (1.5), 1.50- or a minus of typesetters."""
    return _without_own_sign(text) is not None


def is_in_parentheses(text: str) -> bool:
    """Return whether a text is in parentheses, as negative numbers of accounts are, but footnotes too."""
    return text.strip().startswith("(")


def _without_own_sign(text: str) -> str | None:
    """Return a text with a usual sign or none in place of one as in `has_own_sign`; None if it has no such sign."""
    stripped = text.strip()
    plain = stripped.replace(_MINUS, "-")
    match = None
    if plain.startswith("("):
        match = _PARENTHESES.fullmatch(plain)
    elif plain.endswith("-"):
        match = _LAST_MINUS.fullmatch(plain)
    if match is not None:
        return match[1].strip()
    return plain if plain != stripped else None


def describe_groups(texts: Iterable[str]) -> str:
    """Return what separates thousands in texts of numbers: "blanks", "apostrophes" or "blanks or apostrophes".

    Parameters
    ----------
    texts : iterable of str

    Returns
    -------
    str
    """
    groups = {match["group"] for text in texts if (match := _GROUPED.search(text.strip()))}
    names = ["apostrophes"] if groups & {"'", "\u2019"} else []
    return " or ".join(["blanks", *names] if groups - {"'", "\u2019"} or not groups else names)


def common_mark(texts: Iterable[str]) -> str:
    """Return the mark of texts that all are numbers with the same one; "" if they are not, or are limits alone.

    Parameters
    ----------
    texts : iterable of str

    Returns
    -------
    str
        As in `split_mark`.
    """
    mark = ""
    for text in texts:
        split = split_mark(text)
        if split is None or split[0] in ("", LIMIT) or split[0] != (mark or split[0]):
            return ""
        mark = split[0]
    return mark


def without_mark(text: str, mark: str) -> str:
    """Return a number's text without its mark, and without blanks and apostrophes between thousands.

    A text without the mark is returned as it is, but for these blanks; what is left of one with another mark is no
    number.

    Parameters
    ----------
    text : str
    mark : str
        As returned by `split_mark`.

    Returns
    -------
    str
        It may have commas and points.
    """
    rest, sign = text.strip().replace("\u2212", "-"), ""
    if rest[:1] in ("<", ">", "\u2264", "\u2265"):  # a limit is read as its number
        rest = rest[1:].removeprefix("=").strip()
    if rest[:1] == "(" and rest[-1:] == ")":  # as in accounts
        sign, rest = "-", rest[1:-1].strip()
    elif rest[-1:] == "-" and rest[:1] not in ("+", "-"):
        sign, rest = "-", rest[:-1].strip()
    elif rest[:1] in ("+", "-"):
        sign, rest = rest[:1], rest[1:].strip()
    if mark == ":":  # a duration in the unit of its last place
        if not re.fullmatch(r"\d+(:[0-5]\d){1,2}([.,]\d+)?", rest):
            return sign + rest
        whole = re.match(r"[\d:]+", rest)[0]  # type: ignore[index]
        total = 0
        for part in whole.split(":"):
            total = 60 * total + int(part)
        return f"{sign}{total}{rest[len(whole) :]}"
    if mark.strip() and rest.startswith(mark):
        rest = rest[len(mark) :].strip()
        if not sign and rest[:1] in ("+", "-"):
            sign, rest = rest[:1], rest[1:].strip()
    elif mark.strip() and rest.endswith(mark):
        rest = rest[: -len(mark)].strip()
    if rest.replace(",", "").replace(".", "").isdigit():  # the usual case
        return sign + rest
    grouped = re.fullmatch("\\d{1,3}([ '\u2019\u00a0\u2009\u202f])\\d{3}(\\1\\d{3})*([.,]\\d*)?", rest)
    return sign + (rest.replace(grouped[1], "") if grouped else rest)
