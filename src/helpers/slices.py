"""What one chapter may read of an audit, and the content address of it."""

from __future__ import annotations

import copyreg
import hashlib
import io
import os
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from helpers.audit import Audit
from helpers.facts import Fact, FactError, Facts
from helpers.journal import Journal
from helpers.prose import citations, references
from helpers.register import Register, Row
from helpers.schema import RegisterSchema, Schema


@dataclass(frozen=True)
class Reads:
    """What a chapter that looks across the questions reads.

    Attributes:
        whole: registers it shows row by row: every row, every cell, and what the row points to.
        links: registers it only follows from link to link of the chain: every row, these cells.
        texts: its texts, with the facts and sources they name.
    """

    whole: tuple[str, ...]
    links: Mapping[str, tuple[str, ...]]
    texts: tuple[str, ...]


KEPT = 50_000
"""How many short hashes are kept: those of the cells of some ten audits."""
_LINK = ("id", "questions", "criteria", "known")
_MARK = ("id",)
ACROSS = {
    "method": Reads(("interviews", "samples", "control_points", "sources"), {}, ("background", "method")),
    "conclusion": Reads(
        ("criteria", "assessments", "recommendations", "comments", "corrections"),
        {"evidence": _LINK, "arrangements": _LINK},
        ("summary", "conclusion"),
    ),
}


HANDED = "REVISJONSBOK_SLICE"
"""The environment variable that names the file with the slice a notebook was handed, where it was."""


def packed(chapter: str, part: Audit, facts: Facts) -> bytes:
    """A slice as it is handed to the process that executes a chapter; the rules of suites are the gate's alone."""
    data = io.BytesIO()
    pickler = pickle.Pickler(data, protocol=pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = copyreg.dispatch_table | {RegisterSchema: _bare}
    pickler.dump((chapter, part, facts))
    return data.getvalue()


def _bare(schema: RegisterSchema) -> tuple[type[RegisterSchema], tuple[Any, ...]]:
    return RegisterSchema, schema.without_suite


def handed(audit: str, chapter: str) -> tuple[Audit, Facts] | None:
    """The slice this process was handed, if it is this chapter's; where there is none a chapter takes its own."""
    file = os.environ.get(HANDED)
    if not file:
        return None
    name, part, facts = pickle.loads(Path(file).read_bytes())
    return (part, facts) if (part.name, name) == (audit, chapter) else None


def take_slice(audit: Audit, facts: Facts, chapter: str) -> tuple[Audit, Facts]:
    """The rows a chapter reads, what they point to, its texts, and the facts all these reach.

    A chapter with questions reads the rows of its questions in every register, the cases and control points of its
    samples, and all these point to, to the end. One that looks across the questions reads the registers it shows
    (``ACROSS``); a row of another register that these or its texts point to is there by its mark and its number
    alone. A fact or cell outside the slice is not there for the chapter: what its content address does not cover
    it cannot show.
    """
    reads = ACROSS.get(chapter)
    own = {question.id for question in audit.params.questions if question.chapter == chapter}
    texts = {name: text for name, text in audit.texts.items() if name in (reads.texts if reads else own)}
    whole = set(reads.whole if reads else audit.registers)
    if reads:
        queue = [row for key in (*reads.whole, *reads.links) for row in audit.rows(key)]
    else:
        queue = [*audit.rows_of.get(chapter, ())]
    samples = {row.id for row in queue if row.register == "samples"} if "cases" in whole else set()
    queue += [row for key in ("cases", "control_points") for row in audit.rows(key) if samples & {*row.refs("sample")}]
    named = _named(facts, [name for text in texts.values() for name in references(text.content)])
    queue += [row for fact in named.values() if (row := _row_of(audit, fact))]
    queue += [row for text in texts.values() for id in citations(text.content) if (row := audit.cited(id))]
    kept: dict[str, set[str]] = {key: set() for key in audit.registers}
    while queue:
        row = queue.pop()
        id, register = row.id, row.register
        if id in kept[register]:
            continue
        kept[register].add(id)
        if register in whole:
            queue += _reached(audit, row)
        if (marked := audit.cited(id)) and marked is not row:
            queue.append(marked)  # two rows share an id: the mark is the other one's
    registers = {
        key: _part(register.keep(kept[key]), None if key in whole else reads.links.get(key, _MARK) if reads else _MARK)
        for key, register in audit.registers.items()
    }
    by_id = {id: fact for id, fact in facts.by_id.items() if id in named or _holds(kept, whole, samples, fact)}
    names = {name: id for name, id in facts.names.items() if id in by_id}
    schema = Schema(audit.schema.registers, {})
    part = replace(audit, schema=schema, registers=registers, texts=texts, journal=Journal())
    return part, Facts(by_id, names, ())


def _named(facts: Facts, names: Sequence[str]) -> dict[str, Fact]:
    """The facts a text names; unknown names are the gate's business."""
    found = {}
    for name in names:
        try:
            fact = facts.find(name)
        except FactError:
            continue
        found[fact.id] = fact
    return found


def _row_of(audit: Audit, fact: Fact) -> Row | None:
    """The row behind a fact; behind the count of a control point its sample."""
    sample = audit.row("samples", fact.row) if fact.register == "cases" else None
    return sample or audit.row(fact.register, fact.row)


def _holds(kept: Mapping[str, set[str]], whole: set[str], samples: set[str], fact: Fact) -> bool:
    """Whether a fact comes with the rows: all of one that is read, the number of one pointed to, a sample's counts."""
    if fact.register not in whole:
        return not fact.column and fact.row in kept[fact.register]
    return fact.row in kept[fact.register] or (fact.register == "cases" and fact.row in samples)


def _reached(audit: Audit, row: Row) -> list[Row]:
    """What a row points to."""
    return [
        other
        for column in row.schema.pointers
        if row[column.key]
        for target in column.refers_to
        if target in audit.registers
        for id in row.refs(column.key)
        if (other := audit.row(target, id))
    ]


def _part(register: Register, columns: tuple[str, ...] | None) -> Register:
    """The register without what only the gate looks at; with these columns alone its rows stand on no line."""
    if columns is None:
        return replace(register, unknown=(), wide=())
    rows = tuple(
        Row(row.audit, row.schema, 0, {key: row.cells[key] for key in columns if key in row.cells}, {})
        for row in register
    )
    return replace(register, rows=rows, unknown=(), wide=())


def slice_key(part: Audit, facts: Facts) -> str:
    """Content hash of a slice: rows with their lines and marks, facts whole, texts, parameters, suites."""
    return _hash(_content(part, facts))


def whole_key(audit: Audit, facts: Facts) -> str:
    """Content hash of all the gate looks at: also where each cell stands, and headings nobody knows."""
    places = {
        key: (register.unknown, register.wide, sorted(register.rows[0].letters.items()) if register.rows else ())
        for key, register in audit.registers.items()
    }
    return _hash([_content(audit, facts), places, audit.schema.output_suites, audit.journal.key])


def _content(audit: Audit, facts: Facts) -> object:
    return {
        "params": repr(audit.params),
        "rows": {key: [(row.digest, audit.marker(row.id)) for row in rows] for key, rows in audit.registers.items()},
        "facts": [fact.digest for fact in facts],
        "names": facts.names,
        "texts": {name: text.content for name, text in audit.texts.items()},
        "suites": {key: register.digest for key, register in audit.schema.registers.items()},
    }


def slice_parts(audit: Audit, facts: Facts, chapter: str) -> dict[str, Any]:
    """The same slice in small parts with short hashes: to tell which of them changed between two slices.

    Returns:
        ``params`` by key; ``rows`` by register, row and column, each row with its ``line``; ``cells`` that facts
        rest on, the same way; ``order`` by register; ``facts`` by id; ``names`` of facts; ``texts`` by name and
        line; ``suites`` by register.
    """
    part, reached = take_slice(audit, facts, chapter)
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for row in part.all_rows():
        written = {key: _short(value) for key, value in row.cells.items() if value}
        rows.setdefault(row.register, {})[row.id] = {"line": row.line, **written}
    registers = {register.sheet: key for key, register in audit.schema.registers.items()}
    cells: dict[str, dict[str, dict[str, str]]] = {}
    for fact in reached:
        for cell in fact.cells:
            place, register = cell.place, registers[cell.place.register]
            cells.setdefault(register, {}).setdefault(place.row, {})[place.column] = _short(cell.written)
    return {
        "params": {key: _short(repr(getattr(part.params, key))) for key in part.params.__struct_fields__},
        "rows": rows,
        "cells": cells,
        "order": {key: _short(str([audit.marker(row.id) for row in rows])) for key, rows in part.registers.items()},
        "facts": {fact.id: _short(fact.digest) for fact in reached},
        "names": _short(_hash(reached.names)),
        "texts": {name: [_short(line) for line in text.content.split("\n")] for name, text in part.texts.items()},
        "suites": {key: _short(register.digest) for key, register in part.schema.registers.items()},
    }


@lru_cache(maxsize=KEPT)
def _short(text: str) -> str:
    """A short hash; kept, because a row is read by several chapters."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _hash(content: object) -> str:
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()
