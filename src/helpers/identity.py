"""Norwegian identity numbers: told by their control digits, and never repeated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from helpers.names import readable

_NUMBER = re.compile(
    r"""(?P<day>[0-9](?<![0-9]{2})(?<![0-9][.,][0-9])[0-9])  # no part of a longer or a decimal number
        (?P<mark>[ .\u00a0/-]?)(?P<month>[0-9]{2})(?P=mark)(?:19|20)?(?P<year>[0-9]{2})
        (?:[\s/–-]|[ ]?[–-][ ])?(?P<serial>[0-9]{3})\s?(?P<control>[0-9]{2})(?![0-9])""",
    re.VERBOSE,
)
_WITHOUT_ZERO = re.compile(r"[0-9](?<![^\n][0-9])[0-9]{9}(?![^\n])")
_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_MONTH_SHIFTS = (0, 40, 80)
_D_NUMBER = 40
SHORTEST = len("0101010101")
"""Digits of a number that lost its leading zero."""


def is_identity_number(digits: str) -> bool:
    """Whether eleven digits are a Norwegian identity number: a day and month that exist, and both control digits.

    A D-number has 4 added to its first digit; synthetic numbers have 40 or 80 added to the month (the national
    population register's rules for *fødselsnummer* and *d-nummer*).
    """
    if len(digits) != 11 or not digits.isascii() or not digits.isdigit():
        return False
    day, month = int(digits[:2]), int(digits[2:4])
    if not (1 <= day <= 31 or 1 <= day - _D_NUMBER <= 31):
        return False
    if not any(1 <= month - shift <= 12 for shift in _MONTH_SHIFTS):
        return False
    values = [int(digit) for digit in digits]
    return _control(values, _FIRST_WEIGHTS) == values[9] and _control(values, _SECOND_WEIGHTS) == values[10]


def _control(values: Sequence[int], weights: Sequence[int]) -> int:
    """The control digit after these weights, modulo 11; 10 fits no digit."""
    return -sum(value * weight for value, weight in zip(values, weights, strict=False)) % 11


def numbers_in(text: str) -> Iterator[tuple[int, str]]:
    """The position of each identity number in a readable text, and the number with its last five digits hidden."""
    for match in _NUMBER.finditer(text):
        born = match["day"] + match["month"] + match["year"]
        if is_identity_number(born + match["serial"] + match["control"]):
            yield match.start(), f"{born}*****"


def may_hold_numbers(cells: Iterable[str]) -> bool:
    """Whether any of these cells can hold an identity number, told by one search over them all."""
    text = readable("\n".join(cells))
    return bool(_NUMBER.search(text) or _WITHOUT_ZERO.search(text))


def hidden_in_cell(cell: str) -> list[str]:
    """The hidden identity numbers of a cell; Excel takes a leading zero from one it was given as a number."""
    if len(cell) < SHORTEST:
        return []
    text = readable(cell)
    if re.fullmatch(r"[0-9]{10}", text):
        text = f"0{text}"
    return [hidden for _, hidden in numbers_in(text)]


def hide(text: str) -> str:
    """The text with the last five digits of every identity number hidden: for messages, which travel."""
    shown = readable(text)
    for match in reversed(list(_NUMBER.finditer(shown))):
        born = match["day"] + match["month"] + match["year"]
        if is_identity_number(born + match["serial"] + match["control"]):
            shown = f"{shown[: match.start()]}{born}*****{shown[match.end() :]}"
    return shown
