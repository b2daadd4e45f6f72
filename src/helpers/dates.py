"""Dates as auditors write them: a day, a month, a year, a season or a period."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import cache

MONTHS = (
    "januar",
    "februar",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "desember",
)
_SEASONS = {
    "vinteren": (1, 3),
    "våren": (1, 6),
    "sommeren": (6, 8),
    "høsten": (8, 12),
    "hausten": (8, 12),
    "jula": (12, 12),
    "julen": (12, 12),
}
_HALVES = {"1. halvår": (1, 6), "2. halvår": (7, 12), "første halvår": (1, 6), "andre halvår": (7, 12)}
_PARTS = _SEASONS | _HALVES
FIRST_YEAR, LAST_YEAR = 1800, 2100
MONTH_AS_NUMBER = re.compile(r"(?:0?[1-9]|1[0-2]),(?:19|20)\d\d")
"""A month and a year that a spreadsheet took for a decimal: 11.2004 as 11,2004."""


class DateError(ValueError):
    """A cell that should hold a date does not."""


@dataclass(frozen=True)
class Span:
    """A date with its precision: the first and last day it can mean."""

    first: date
    last: date


@cache
def parse_date(text: str) -> Span:
    """Read ``13.11.2014``, ``11.2014``, ``2014``, ``våren 2022``, ``august–desember 2014``, ``2017–2019``.

    Raises:
        DateError: when the text is none of these or names a day that does not exist.
    """
    clean = " ".join(text.replace("\u00a0", " ").strip().lower().split())
    ends = re.split(r"\s*[–—]\s*|\s+-\s+|(?<=\d{4})-(?=\d{4}$)|\s+til\s+", clean)
    if len(ends) == 2:
        last = _one(ends[1])
        first = _one(ends[0] if re.search(r"\d{4}", ends[0]) else f"{ends[0]} {last.last.year}")
        if first.first > last.last:
            raise DateError("Perioden slutter før den begynner.")
        return Span(first.first, last.last)
    return _one(clean)


def _one(text: str) -> Span:
    if match := re.fullmatch(r"(\d{1,2})\.\s?(\d{1,2})\.?\s?(\d{4})", text):
        return _day(int(match[3]), int(match[2]), int(match[1]))
    if match := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := re.fullmatch(r"(\d{1,2})\.(\d{4})", text):
        return _months(int(match[2]), int(match[1]), int(match[1]))
    if match := re.fullmatch(r"\d{4}", text):
        return _months(int(text), 1, 12)
    if match := re.fullmatch(rf"(?:(\d{{1,2}})\. ?)?({'|'.join(MONTHS)}) (\d{{4}})", text):
        month = MONTHS.index(match[2]) + 1
        return _day(int(match[3]), month, int(match[1])) if match[1] else _months(int(match[3]), month, month)
    if match := re.fullmatch(rf"({'|'.join(map(re.escape, _PARTS))}) (\d{{4}})", text):
        return _months(int(match[2]), *_PARTS[match[1]])
    raise DateError("Skriv datoen som 13.11.2014, 11.2014, 2014, våren 2014 eller 2013–2014.")


def _day(year: int, month: int, day: int) -> Span:
    _check_year(year)
    try:
        one = date(year, month, day)
    except ValueError:
        raise DateError("Dagen finnes ikke i kalenderen.") from None
    return Span(one, one)


def _months(year: int, first: int, last: int) -> Span:
    _check_year(year)
    if not 1 <= first <= last <= 12:
        raise DateError("Måneden finnes ikke i kalenderen.")
    return Span(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DateError(f"Årstallet {year} er utenfor {FIRST_YEAR}–{LAST_YEAR}.")
