"""What a suite judges: the rows of an audit as plain values; and suites that would judge less than they say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from helpers.checks import Evidence, all_checks
from helpers.message import PHASES, SEVERITIES, InputError, Place
from helpers.prose import plain
from helpers.register import Row
from helpers.schema import Schema, read_schema
from helpers.validation import AUDIT, CUSTOM

OUTPUT_COLUMNS = {"facts": ("id", "label", "unit"), "text": ("id", "text"), "blocks": ("id", "kind")}
INPUTS, BLOCKS = ("facts", "text"), ("blocks",)


def read_sound_schema(root: Path) -> Schema:
    """The suites, refused when they would judge less than they say.

    Raises:
        InputError: a suite that is not sound.
    """
    schema = read_schema(root / "expectations")
    check_suites(schema)
    return schema


def check_suites(schema: Schema) -> None:
    """Refuse suites that would judge less than they say.

    Raises:
        InputError: an unknown check, column or output, or a rule without check, class or severities.
    """
    for name in schema.output_suites:
        if name not in OUTPUT_COLUMNS:
            raise InputError(
                f"expectations/{name}.json",
                "Suiten hører ikke til noe register",
                "Ta den ut, eller gi den et kjent navn.",
            )
    for key, register in schema.registers.items():
        _check_suite(key, register.suite, {AUDIT, *register.by_key})
    for name, suite in schema.output_suites.items():
        _check_suite(name, suite, {AUDIT, *OUTPUT_COLUMNS[name]})


def _check_suite(name: str, suite: Mapping[str, Any], columns: set[str]) -> None:
    for index, rule in enumerate(suite.get("expectations", ()), start=1):
        place = f"expectations/{name}.json, regel {index}"
        try:
            meta, kwargs = rule["meta"], rule["kwargs"]
            levels = {meta["severity"][phase] for phase in PHASES}
            known = isinstance(meta["class"], int) and bool(meta["check"]) and levels <= set(SEVERITIES)
        except (KeyError, TypeError):
            known = False
        if not known:
            raise InputError(place, "Regelen mangler check, class eller severity for hver fase", "Se de andre reglene.")
        if rule["type"] == CUSTOM and kwargs.get("check") not in all_checks():
            raise InputError(
                place, f"Kontrollen «{kwargs.get('check')}» finnes ikke", f"Kjente: {', '.join(sorted(all_checks()))}."
            )
        if unknown := {column.partition("#")[0] for column in _columns(kwargs)} - columns:
            raise InputError(place, f"Kolonnen «{sorted(unknown)[0]}» finnes ikke", "Rett navnet i regelen.")


@dataclass(frozen=True)
class Sheet:
    """What one suite judges of one audit: rows as plain values, and what each of them stands for."""

    register: str
    suite: Mapping[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    subjects: tuple[Row | Place, ...]

    @property
    def checks(self) -> list[str]:
        """The named checks that the suite lists."""
        return [rule["kwargs"]["check"] for rule in self.suite["expectations"] if rule["type"] == CUSTOM]

    @property
    def name(self) -> str:
        return str(self.suite["name"])

    @cached_property
    def key(self) -> str:
        """Content address of the suite and the rows: what is known before any check has run."""
        content = msgspec.json.encode((self.suite, self.columns, self.rows))
        return hashlib.sha256(content).hexdigest()[:32]


def sheets_of(evidence: Evidence, *, blocks: bool = False) -> list[Sheet]:
    """A sheet for every register, for facts and for text; or, once the chapters have run, for the blocks."""
    schema = evidence.audit.schema
    found = [] if blocks else [_register_sheet(evidence, key) for key in schema.registers]
    for name in BLOCKS if blocks else INPUTS:
        if name in schema.output_suites:
            lines = (
                (dict(zip(OUTPUT_COLUMNS[name], cells, strict=True)), place)
                for cells, place in _OUTPUTS[name](evidence)
            )
            found.append(_sheet("", schema.output_suites[name], lines))
    return found


def _register_sheet(evidence: Evidence, key: str) -> Sheet:
    suite = evidence.audit.schema[key].suite
    judged = _judged(suite)
    rows = evidence.audit.rows(key)
    return _sheet(
        key,
        suite,
        (({name: _derive(row, name) if "#" in name else row[name] or None for name in judged}, row) for row in rows),
    )


def _sheet(register: str, suite: Mapping[str, Any], lines: Iterable[tuple[Mapping[str, Any], Row | Place]]) -> Sheet:
    """The columns that native rules name, and no other: what no rule looks at changes no answer."""
    columns, judged = _judged(suite), tuple(lines)
    rows = tuple(tuple(cells[name] for name in columns) for cells, _ in judged) if columns else ()
    return Sheet(register, suite, columns, rows, tuple(subject for _, subject in judged))


def _judged(suite: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns that the native rules of a suite name."""
    native = (rule["kwargs"] for rule in suite["expectations"] if rule["type"] != CUSTOM)
    return tuple(sorted({column for kwargs in native for column in _columns(kwargs)} - {AUDIT}))


def _columns(kwargs: Mapping[str, Any]) -> set[str]:
    named = {str(kwargs[key]) for key in ("column", "column_A", "column_B") if key in kwargs}
    return named | set(kwargs.get("column_list", ()))


def _derive(row: Row, name: str) -> float | None:
    """A comparable form of a cell: ``#low`` of a number, ``#first`` and ``#last`` day of a date."""
    column, _, form = name.partition("#")
    if form == "low":
        number = row.number(column)
        return float(number.value) if number else None
    span = row.date(column)
    return float((span.first if form == "first" else span.last).toordinal()) if span else None


Line = tuple[tuple[str | None, ...], Place]


def _fact_lines(evidence: Evidence) -> Iterator[Line]:
    for fact in evidence.facts:
        place = fact.cells[0].place if fact.cells else Place(fact.register, fact.row)
        yield (fact.id, fact.label or None, fact.unit or None), place


def _text_lines(evidence: Evidence) -> Iterator[Line]:
    for name, prose in evidence.prose.items():
        for paragraph in prose.all:
            line = paragraph["line"]
            yield (f"{name}-{line}", plain(paragraph["runs"])), Place(evidence.audit.texts[name].file, name, "", line)


def _block_lines(evidence: Evidence) -> Iterator[Line]:
    for block in evidence.blocks:
        yield (block["id"], block["kind"]), Place(f"workbooks/{block['chapter']}.ipynb", block["id"])


_OUTPUTS = {"facts": _fact_lines, "text": _text_lines, "blocks": _block_lines}
