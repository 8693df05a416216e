"""Dates and times in texts, as seconds since 1970."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?\s*(?:Z|UTC|GMT|[CEMP][SD]T|[CEW]ES?T|MES?Z|B?ST|Uhr|[+-]\d{2}:?(?:\d{2})?)?"
)
_AFTER = rf"(?:(?:[Tt]|,?\s+){_TIME})?"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})(?:\2(?P<day>\d{{1,2}}){_AFTER})?")
# With points, a year of two digits stands behind days and months of two: 1.2.10 may be a version.
_YEAR_LAST = re.compile(
    rf"(?P<first>\d{{1,2}})(?:(?P<mark>[-/.])(?P<second_part>\d{{1,2}})(?P=mark)(?P<year>\d{{4}})"
    rf"|(?P<short_mark>/|(?<=^\d\d)\.(?=\d\d\.))(?P<second_short>\d{{1,2}})(?P=short_mark)(?P<short>\d{{2}})){_AFTER}"
)
_NAME = r"(?P<named>[^\W\d_]{3,10})\.?"
_DAY_NAMED = re.compile(
    rf"(?P<day>\d{{1,2}})[-\s.]+(?:de\s+)?{_NAME}[-\s.,]+(?:de\s+)?(?P<year>\d{{4}}|\d{{2}}){_AFTER}"
)
_MONTH_NAMED = re.compile(rf"{_NAME}[-\s.]+(?P<day>\d{{1,2}})(?:,\s*|\s+)(?P<year>\d{{4}}){_AFTER}")
_COMPACT = re.compile(r"(?P<year>(?:18|19|20|21)\d{2})(?P<month>\d{2})(?P<day>\d{2})")
_TIME_ALONE = re.compile(_TIME)
# Names of the months in English, German, French, Spanish, Italian, Portuguese and Dutch, without accents; some are
# names in several of them, always of the same month.
_MONTHS = tuple(
    frozenset(names.split())
    for names in (
        "jan january januar janner janvier janv enero ene gennaio gen janeiro januari",
        "feb february februar feber fevrier fevr febrero febbraio fevereiro fev februari",
        "mar march marz mrz mars marzo marco maart mrt",
        "apr april avril avr abril abr aprile",
        "may mai mayo maggio mag maio mei",
        "jun june juni juin junio giugno giu junho",
        "jul july juli juillet juil julio luglio lug julho",
        "aug august aout agosto ago augustus",
        "sep sept september septembre septiembre settembre set setembro",
        "oct october oktober okt octobre octubre ottobre ott outubro out",
        "nov november novembre noviembre novembro",
        "dec december dezember dez decembre diciembre dic dicembre dezembro",
    )
)
_EPOCH = datetime(1970, 1, 1)
# Dates of one layout are read at once, from this number on and in blocks; longer texts are no dates.
_FEWEST_ALIKE = 16
_BLOCK = 65_536
_LONGEST = 48
# Layouts that are looked for among texts of one length.
_MOST_LAYOUTS = 16
# Two-digit years from here on are of the last century.
_CENTURY = 70


class DateOrder(NamedTuple):
    """The order of day and month in dates such as 3/4/2021.

    Attributes
    ----------
    day_first : bool
    is_ambiguous : bool
        Whether the texts fit the other order too.
    """

    day_first: bool
    is_ambiguous: bool = False


def find_order(texts: Sequence[str]) -> DateOrder:
    """Return the order of day and month that all dates of a column fit.

    Parameters
    ----------
    texts : sequence of str
        The distinct texts; those that are not dates do not count.

    Returns
    -------
    DateOrder
        With slashes the month comes first if both orders fit; with points and hyphens the day.
    """
    above_twelve = [False, False]
    slashes = different = False
    for text in texts:
        match = _YEAR_LAST.fullmatch(text)
        if match is None:
            continue
        first, second = _pair(match)
        above_twelve[0] |= first > 12
        above_twelve[1] |= second > 12
        different |= first != second
        slashes |= (match["mark"] or match["short_mark"]) == "/"
    if above_twelve[0] != above_twelve[1]:
        return DateOrder(day_first=above_twelve[0])
    dots_alone = not slashes and any("." in text for text in texts)
    return DateOrder(not slashes, different and not dots_alone and not above_twelve[0])


def parse_date(text: str, day_first: bool) -> float:
    """Return the seconds since 1970 of a date, with or without a time; offsets of time zones are ignored.

    Parameters
    ----------
    text : str
    day_first : bool
        Whether 3/4/2021 is the third of April.

    Returns
    -------
    float
        nan where the text is no date.
    """
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _DAY_NAMED, _MONTH_NAMED, _COMPACT):
        if match := pattern.fullmatch(text):
            return _seconds(match, day_first)
    return math.nan


def parse_dates(texts: Sequence[str], day_first: bool) -> NDArray[np.float64]:
    """Return the seconds since 1970 of many dates, as `parse_date` does; those of one layout are read at once.

    Parameters
    ----------
    texts : sequence of str
    day_first : bool

    Returns
    -------
    ndarray of float64, shape (texts,)
        nan where a text is no date.
    """
    seconds = np.full(len(texts), np.nan)
    by_length: dict[int, list[int]] = {}
    for place, text in enumerate(texts):
        by_length.setdefault(len(text), []).append(place)
    for length, places in by_length.items():
        if length > _LONGEST:
            continue
        for first in range(0, len(places), _BLOCK):
            rows = np.array(places[first : first + _BLOCK])
            seconds[rows] = _parse_of_length([texts[place] for place in rows.tolist()], length, day_first)
    return seconds


def parse_time(text: str) -> float:
    """Return the seconds since midnight of a time of day such as 12:30; nan where the text is none."""
    match = _TIME_ALONE.fullmatch(text)
    if match is None:
        return math.nan
    hour, minute, second = _time_of(match)
    return hour * 3_600.0 + minute * 60 + second if hour < 24 and minute < 60 and second < 60 else math.nan


def _parse_of_length(texts: list[str], length: int, day_first: bool) -> NDArray[np.float64]:
    """Return the seconds of texts of the same length."""
    seconds = np.full(len(texts), np.nan)
    remaining = np.arange(len(texts))
    if length and len(texts) >= _FEWEST_ALIKE:
        characters = np.array(texts, f"U{length}").view(np.uint32).reshape(len(texts), length)
        digits = (characters >= ord("0")) & (characters <= ord("9"))
        for _ in range(_MOST_LAYOUTS):
            if len(remaining) < _FEWEST_ALIKE:
                break
            # The layout of the first text is that of all with its digits and other characters at the same places.
            first = remaining[0]
            match = _match_digits(texts[first])
            alike = (digits[remaining] == digits[first]).all(axis=1)
            alike &= ((characters[remaining] == characters[first]) | digits[first]).all(axis=1)
            rows = remaining[alike]
            if match is not None:
                seconds[rows] = _seconds_alike(characters[rows], match, day_first)
                remaining = remaining[~alike]
            else:
                seconds[first] = parse_date(texts[first], day_first)
                remaining = remaining[1:]
    for row in remaining.tolist():
        seconds[row] = parse_date(texts[row], day_first)
    return seconds


def _match_digits(text: str) -> re.Match[str] | None:
    """Return the match of a date that is written in digits alone; None if it is no date, or has names or AM and PM."""
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _COMPACT):
        if match := pattern.fullmatch(text):
            return None if match.groupdict().get("half") else match
    return None


def _seconds_alike(characters: NDArray[np.uint32], match: re.Match[str], day_first: bool) -> NDArray[np.float64]:
    """Return the seconds of dates whose parts are at the same places as in a match."""
    groups = match.groupdict()

    def number(name: str, default: int = 0) -> NDArray[np.int64]:
        if not groups.get(name):
            return np.full(len(characters), default, np.int64)
        value = np.zeros(len(characters), np.int64)
        for place in range(*match.span(name)):
            value = value * 10 + (characters[:, place].astype(np.int64) - ord("0"))
        return value

    if "first" in groups:
        pair = number("first"), number("second_part" if groups["second_part"] else "second_short")
        day, month = pair if day_first else pair[::-1]
    else:
        day, month = number("day", 1), number("month")
    if groups["year"]:
        year = number("year")
    else:
        short = number("short")
        year = short + np.where(short >= _CENTURY, 1900, 2000)
    hour, minute, second = number("hour"), number("minute"), number("second")
    months = (year - 1970) * 12 + month - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]") + (day - 1)
    is_date = (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("datetime64[M]").astype(np.int64) == months)
    is_date &= (year >= 1) & (hour < 24) & (minute < 60) & (second < 60)
    seconds = days.astype(np.int64) * 86_400.0 + hour * 3_600 + minute * 60 + second
    return np.where(is_date, seconds, np.nan)


def _pair(match: re.Match[str]) -> tuple[int, int]:
    return int(match["first"]), int(match["second_part"] or match["second_short"])


def _seconds(match: re.Match[str], day_first: bool) -> float:
    groups = match.groupdict()
    if "first" in groups:
        first, second = _pair(match)
        day, month = (first, second) if day_first else (second, first)
    else:
        day = int(groups["day"] or 1)
        month = int(groups["month"]) if groups.get("month") else _month_named(groups.get("named") or "")
    digits = groups["year"] or groups["short"]
    year = int(digits) if len(digits) == 4 else int(digits) + (1900 if int(digits) >= _CENTURY else 2000)
    try:
        date = datetime(year, month, day, *(_time_of(match) if groups.get("hour") else ()))
    except ValueError:
        return math.nan
    return (date - _EPOCH).total_seconds()


def _time_of(match: re.Match[str]) -> tuple[int, int, int]:
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(match["minute"]), int(match["second"] or 0)


def _month_named(name: str) -> int:
    """Return a month's number; 0 if it has no such name."""
    plain = "".join(character for character in unicodedata.normalize("NFKD", name.lower()) if character.isalpha())
    return next((number for number, names in enumerate(_MONTHS, start=1) if plain in names), 0)
