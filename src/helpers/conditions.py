"""The small language of *Måltall*: ``behov-ip = Ja og (ip = Nei eller ip er tom)``; parsed, never evaluated.

Grammar: ``eller`` binds weaker than ``og``, ``og`` weaker than ``ikke``; comparisons are
``= != < > <= >=``, ``er tom``, ``er ikke tom`` and ``i (a, b)``. Column names are headings in lower
case with hyphens for spaces, or the ids of a matrix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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
    """A parsed condition: what it holds for, the columns it looks at, and how a reader is told."""

    test: Callable[[Row], bool]
    columns: tuple[str, ...] = ()
    said: str = ""


MANY = 3


def parse_condition(text: str, register: Register, called: Mapping[str, str] | None = None) -> Condition:
    """Parse a condition over the columns of a register; empty text holds for every row.

    Args:
        called: what the columns of a matrix are called.

    Raises:
        ConditionError: with what could not be read and which columns there are.
    """
    if not text.strip():
        return Condition(lambda _: True)
    parser = _Parser(_tokens(text), register, called or {})
    try:
        found = parser.either()
    except RecursionError:
        raise ConditionError("Betingelsen har for mange parenteser.") from None
    if parser.rest:
        raise ConditionError(f"Kan ikke lese «{parser.rest[0]}» i betingelsen «{text}».")
    return Condition(found.test, tuple(dict.fromkeys(parser.columns)), found.said)


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
    def __init__(self, tokens: list[str], register: Register, called: Mapping[str, str]) -> None:
        self.rest, self.register, self.called = tokens, register, called
        self.columns: list[str] = []

    def _take(self, *wanted: str) -> bool:
        if self.rest and self.rest[0].lower() in wanted:
            self.rest.pop(0)
            return True
        return False

    def either(self) -> Condition:
        parts = [self.both()]
        while self._take("eller"):
            parts.append(self.both())
        said = " eller ".join(part.said for part in parts)
        return parts[0] if len(parts) == 1 else Condition(lambda row: any(part.test(row) for part in parts), said=said)

    def both(self) -> Condition:
        parts = [self.one()]
        while self._take("og"):
            parts.append(self.one())
        if len(parts) == 1:
            return parts[0]
        values = {part.said.rpartition(" = ")[2] for part in parts if " = " in part.said}
        same = len(parts) > MANY and len(values) == 1 and all(" = " in part.said for part in parts)
        said = f"{values.pop()} på alle {len(parts)}" if same else " og ".join(part.said for part in parts)
        return Condition(lambda row: all(part.test(row) for part in parts), said=said)

    def one(self) -> Condition:
        if self._take("ikke"):
            inner = self.one()
            return Condition(lambda row: not inner.test(row), said=f"ikke {inner.said}")
        if self._take("("):
            found = self.either()
            if not self._take(")"):
                raise ConditionError("En parentes i betingelsen er ikke lukket.")
            return Condition(found.test, said=f"({found.said})")
        return self.comparison()

    def comparison(self) -> Condition:
        if not self.rest:
            raise ConditionError("Betingelsen slutter for tidlig.")
        column = find_column(self.rest.pop(0), self.register)
        self.columns.append(column)
        name = self.called.get(column) or self.register.schema.label(column)
        if self._take("er"):
            filled = self._take("ikke")
            if not self._take("tom"):
                raise ConditionError("Etter «er» ventes «tom» eller «ikke tom».")
            return Condition(
                lambda row: bool(row[column]) == filled, said=f"{name} {'fylt ut' if filled else 'uten verdi'}"
            )
        if self._take("i"):
            values = self._list()
            for value in values:
                self._known(column, value)
            said = f"{name} {' eller '.join(values)}"
            tests = [self._equals(column, value) for value in values]
            return Condition(lambda row: any(test(row) for test in tests), said=said)
        if not self.rest or self.rest[0] not in ("=", "!=", "<", ">", "<=", ">="):
            raise ConditionError(f"Etter kolonnen «{column}» ventes =, !=, <, >, «er tom» eller «i (…)».")
        operator = self.rest.pop(0)
        value = self.value()
        if operator in ("=", "!="):
            self._known(column, value)
        said = f"{name} {'≠' if operator == '!=' else operator} {value}"
        if operator in ("=", "!="):
            equal = self._equals(column, value)
            return Condition(equal if operator == "=" else lambda row: not equal(row), said=said)
        return Condition(_order(column, operator, value), said=said)

    def _equals(self, column: str, value: str) -> Callable[[Row], bool]:
        known = self.register.schema.by_key.get(column)
        if known and known.type == "refs":
            return lambda row: value in row.refs(column)
        wanted = value.casefold()
        return lambda row: row[column].casefold() == wanted

    def _known(self, column: str, value: str) -> None:
        """A value the column can never have is a misspelling, not a count of zero."""
        about = self.register.schema.by_key.get(column)
        wide = self.register.schema.wide
        allowed = about.allowed if about else wide.allowed if wide else ()
        wanted = value.casefold()
        if not allowed or wanted in map(str.casefold, allowed):
            return
        if all(row[column].casefold() != wanted for row in self.register):
            raise ConditionError(f"«{value}» kan ikke stå i kolonnen {column}. Mulige verdier: {', '.join(allowed)}.")

    def _list(self) -> list[str]:
        if not self._take("("):
            raise ConditionError("Etter «i» ventes en liste i parentes.")
        values = [self.value()]
        while self._take(","):
            values.append(self.value())
        if not self._take(")"):
            raise ConditionError("Listen etter «i» er ikke lukket.")
        return values

    def value(self) -> str:
        words = []
        while self.rest and self.rest[0].lower() not in _KEYWORDS and self.rest[0] not in (")", ","):
            words.append(self.rest.pop(0))
        if not words:
            raise ConditionError("En verdi mangler i betingelsen.")
        return " ".join(words)


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
