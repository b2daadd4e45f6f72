"""Numbers as Norwegian reports write them: decimals with the precision and the bound they came with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Literal

from helpers.words import NBSP, Words

Kind = Literal["exact", "about", "at most", "less", "at least", "more", "interval"]

BOUNDS: dict[str, Kind] = {
    "": "exact",
    "ca.": "about",
    "inntil": "at most",
    "under": "less",
    "minst": "at least",
    "over": "more",
}
_BOUND_WORDS = {kind: word for word, kind in BOUNDS.items()}

MOST_DIGITS = 15
MOST_DECIMALS = 6

_PLAIN = re.compile(r"[-\u2212]?(?:\d{1,3}(?: \d{3})+|\d+)(?:,\d+)?")
_INTERVAL = re.compile(rf"({_PLAIN.pattern})\s*[–-]\s*({_PLAIN.pattern})")
_DOTTED = re.compile(r"\d+\.\d+")


class NumberError(ValueError):
    """A cell that should hold a number does not; the text says what to write instead."""


@dataclass(frozen=True)
class Number:
    """A decimal value with its kind; ``high`` is the upper end of an interval."""

    value: Decimal
    kind: Kind = "exact"
    high: Decimal | None = None

    @property
    def places(self) -> int:
        """Decimals the number was written with."""
        return max(0, -int(self.value.as_tuple().exponent))

    def with_bound(self, bound: str) -> Number:
        """The same number under a word of the column *Grense*; an interval keeps both its ends."""
        kind = BOUNDS.get(bound, "exact")
        return self if kind == "exact" else replace(self, kind=kind)


@cache
def parse_number(text: str) -> Number:
    """Read ``12,5``, ``1 096`` or ``35–40``.

    Raises:
        NumberError: when the text is no Norwegian number; a dot is refused, because 6.250 is
            six thousand in one report and six and a quarter in another.
    """
    if sum(char.isdigit() for char in text) > MOST_DIGITS:
        raise NumberError(f"Tallet har flere enn {MOST_DIGITS} sifre.")
    clean = text.replace(NBSP, " ").replace("\u202f", " ").strip()
    if _PLAIN.fullmatch(clean):
        return Number(_decimal(clean))
    if match := _INTERVAL.fullmatch(clean):
        low, high = _decimal(match[1]), _decimal(match[2])
        if low > high:
            raise NumberError("Intervallet går fra et større til et mindre tall.")
        return Number(low, "interval", high)
    if _DOTTED.fullmatch(clean):
        raise NumberError("Bruk komma som desimaltegn og mellomrom i tusen, for eksempel 12,5 eller 6 250.")
    raise NumberError("Skriv bare tallet, for eksempel 12,5, 1 096 eller 35–40. Ord som «ca.» hører i kolonnen Grense.")


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(" ", "").replace(",", ".").replace("\u2212", "-"))


def add(numbers: Sequence[Number]) -> Number:
    """The sum: an interval when a term is one, «ca.» when any term is bounded."""
    low = sum((number.value for number in numbers), Decimal(0))
    high = sum((number.value if number.high is None else number.high for number in numbers), Decimal(0))
    bounded = any(number.kind not in ("exact", "interval") for number in numbers)
    if high != low:
        return Number(low, "about" if bounded else "interval", high)
    return Number(low, "about" if bounded else "exact")


def bound_of(*numbers: Number) -> Kind:
    """The kind of a difference or share of two numbers: «ca.» when either is bounded.

    Raises:
        NumberError: for an interval, of which there is no one difference or share.
    """
    if any(number.high is not None for number in numbers):
        raise NumberError("Et intervall kan ikke trekkes fra eller deles.")
    return "exact" if all(number.kind == "exact" for number in numbers) else "about"


def show_number(number: Number, words: Words, *, bound: bool = True) -> str:
    """``ca. 94``, ``35–40``, ``1 096``."""
    text = words.decimal(number.value)
    if number.high is not None:
        text = f"{text}–{words.decimal(number.high)}"
    word = _BOUND_WORDS.get(number.kind, "")
    return f"{word}{NBSP}{text}" if bound and word else text


PERCENT = "prosent"
POINTS = "prosentpoeng"


def show_with_unit(number: Number, unit: str, words: Words) -> str:
    """The number with ``%`` or ``prosentpoeng``; other units stand in the sentence itself."""
    text = show_number(number, words)
    if unit == PERCENT:
        return f"{text}{NBSP}%"
    if unit == POINTS:
        return f"{text}{NBSP}{'percentage points' if words.language == 'en' else POINTS}"
    return text


def round_like(value: Decimal, like: Number) -> Decimal:
    """Round half up to the decimals ``like`` was written with."""
    return round_to(value, like.places)


def round_to(value: Decimal, places: int) -> Decimal:
    """Round half up, as people do and reports print."""
    from decimal import ROUND_HALF_UP

    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
