"""The small language of *Måltall*: ``behov-ip = Ja og (ip = Nei eller ip er tom)``; parsed, never evaluated.

Grammar: ``eller`` binds weaker than ``og``, ``og`` weaker than ``ikke``; comparisons are
``= != < > <= >=``, ``er tom``, ``er ikke tom`` and ``i (a, b)``. Column names are headings in lower
case with hyphens for spaces, or the ids of a matrix.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from helpers.numbers import NumberError, parse_number
from helpers.register import Register, Row
from helpers.schema import fold

_TOKEN = re.compile(r'\s*(?:"([^"]*)"|«([^»]*)»|(<=|>=|!=|[=<>(),])|([^\s=<>!(),"«»]+))')
_KEYWORDS = {"og", "eller"}


class ConditionError(ValueError):
    """A condition that cannot be read, or names a column the sheet does not have."""


@dataclass(frozen=True)
class Condition:
    """A parsed condition: what it holds for, and the columns it looks at."""

    test: Callable[[Row], bool]
    columns: tuple[str, ...]


def parse_condition(text: str, register: Register) -> Condition:
    """Parse a condition over the columns of a register; empty text holds for every row.

    Raises:
        ConditionError: with what could not be read and which columns there are.
    """
    if not text.strip():
        return Condition(lambda _: True, ())
    parser = _Parser(_tokens(text), register)
    test = parser.either()
    if parser.rest:
        raise ConditionError(f"Kan ikke lese «{parser.rest[0]}» i betingelsen «{text}».")
    return Condition(test, tuple(dict.fromkeys(parser.columns)))


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if not match:
            raise ConditionError(f"Kan ikke lese «{text[at:].strip()[:20]}» i betingelsen «{text}».")
        found.append(next(group for group in match.groups() if group is not None))
        at = match.end()
    return found


def find_column(name: str, register: Register) -> str:
    """The key of a column named by heading, key or matrix id.

    Raises:
        ConditionError: the sheet has no such column.
    """
    wanted = fold(name)
    known = {fold(key): key for key in (*register.schema.by_key, *register.wide)} | register.schema.by_heading
    if wanted not in known:
        raise ConditionError(f"Arket {register.schema.sheet} har ingen kolonne «{name}».")
    return known[wanted]


class _Parser:
    def __init__(self, tokens: list[str], register: Register) -> None:
        self.rest, self.register = tokens, register
        self.columns: list[str] = []

    def _take(self, *wanted: str) -> bool:
        if self.rest and self.rest[0].lower() in wanted:
            self.rest.pop(0)
            return True
        return False

    def either(self) -> Callable[[Row], bool]:
        tests = [self.both()]
        while self._take("eller"):
            tests.append(self.both())
        return lambda row: any(test(row) for test in tests)

    def both(self) -> Callable[[Row], bool]:
        tests = [self.one()]
        while self._take("og"):
            tests.append(self.one())
        return lambda row: all(test(row) for test in tests)

    def one(self) -> Callable[[Row], bool]:
        if self._take("ikke"):
            inner = self.one()
            return lambda row: not inner(row)
        if self._take("("):
            inner = self.either()
            if not self._take(")"):
                raise ConditionError("En parentes i betingelsen er ikke lukket.")
            return inner
        return self.comparison()

    def comparison(self) -> Callable[[Row], bool]:
        if not self.rest:
            raise ConditionError("Betingelsen slutter for tidlig.")
        column = find_column(self.rest.pop(0), self.register)
        self.columns.append(column)
        if self._take("er"):
            negated = self._take("ikke")
            if not self._take("tom"):
                raise ConditionError("Etter «er» ventes «tom» eller «ikke tom».")
            return lambda row: bool(row[column]) == negated
        if self._take("i"):
            if not self._take("("):
                raise ConditionError("Etter «i» ventes en liste i parentes.")
            values = [self.value()]
            while self._take(","):
                values.append(self.value())
            if not self._take(")"):
                raise ConditionError("Listen etter «i» er ikke lukket.")
            return lambda row: any(_equal(row, column, value) for value in values)
        if not self.rest or self.rest[0] not in ("=", "!=", "<", ">", "<=", ">="):
            raise ConditionError(f"Etter kolonnen «{column}» ventes =, !=, <, >, «er tom» eller «i (…)».")
        operator = self.rest.pop(0)
        value = self.value()
        if operator == "=":
            return lambda row: _equal(row, column, value)
        if operator == "!=":
            return lambda row: not _equal(row, column, value)
        return _order(column, operator, value)

    def value(self) -> str:
        words = []
        while self.rest and self.rest[0].lower() not in _KEYWORDS and self.rest[0] not in (")", ","):
            words.append(self.rest.pop(0))
        if not words:
            raise ConditionError("En verdi mangler i betingelsen.")
        return " ".join(words)


def _equal(row: Row, column: str, value: str) -> bool:
    known = row.schema.by_key.get(column)
    if known and known.type == "refs":
        return value in row.refs(column)
    return row[column].casefold() == value.casefold()


def _order(column: str, operator: str, value: str) -> Callable[[Row], bool]:
    try:
        limit = parse_number(value).value
    except NumberError:
        raise ConditionError(f"«{value}» er ikke et tall, og kan ikke sammenliknes med {operator}.") from None

    def test(row: Row) -> bool:
        number = row.number(column)
        if number is None:
            return False
        return {
            "<": number.value < limit,
            ">": number.value > limit,
            "<=": number.value <= limit,
            ">=": number.value >= limit,
        }[operator]

    return test
