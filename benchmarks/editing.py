"""Changes to an audit in memory: cells, rows, texts and parameters; nothing on disk is touched."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from helpers.audit import Audit, Text
from helpers.message import InputError
from helpers.register import Register, Row

SYNTHETIC = "syntetisk"


@dataclass(frozen=True)
class Cell:
    """A cell gets another value; columns by English key."""

    register: str
    row: str
    column: str
    value: str


@dataclass(frozen=True)
class Add:
    """A row at the end of a register."""

    register: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Drop:
    """A row out of a register; the other rows keep their lines."""

    register: str
    row: str


@dataclass(frozen=True)
class Rewrite:
    """The whole of a text; None takes the text out."""

    text: str
    content: str | None


@dataclass(frozen=True)
class Parameters:
    """Other values of parameters, by the attribute names of ``Params``."""

    values: tuple[tuple[str, object], ...]


Change = Cell | Add | Drop | Rewrite | Parameters


def edit(audit: Audit, changes: Iterable[Change]) -> Audit:
    """The audit after the changes, in their order.

    Raises:
        KeyError: a register, row, column or text that is not there.
    """
    registers, texts, params = dict(audit.registers), dict(audit.texts), audit.params
    for change in changes:
        match change:
            case Cell(register, id, column, value):
                registers[register] = _with_cell(registers[register], id, column, value)
            case Add(register, cells):
                registers[register] = _with_row(registers[register], audit.name, dict(cells))
            case Drop(register, id):
                known = registers[register]
                if id not in known.by_id:
                    raise KeyError(id)
                registers[register] = replace(known, rows=tuple(row for row in known.rows if row.id != id))
            case Rewrite(name, None):
                del texts[name]
            case Rewrite(name, str(content)):
                texts[name] = Text(name, texts[name].file if name in texts else f"text/{name}.md", content)
            case Parameters(values):
                params = msgspec.structs.replace(params, **dict(values))
    return Audit(params, audit.schema, registers, texts)


def _with_cell(register: Register, id: str, column: str, value: str) -> Register:
    if id not in register.by_id or (column not in register.schema.by_key and column not in register.wide):
        raise KeyError(f"{id}.{column}")
    rows = [
        replace(row, cells={**row.cells, column: value}, letters={column: "A", **row.letters}) if row.id == id else row
        for row in register.rows
    ]
    return replace(register, rows=tuple(rows))


def _with_row(register: Register, audit: str, cells: Mapping[str, str]) -> Register:
    unknown = set(cells) - {*register.schema.by_key, *register.wide}
    if unknown:
        raise KeyError(sorted(unknown)[0])
    keys = [*register.schema.by_key, *register.wide]
    letters = register.rows[0].letters if register.rows else {}
    letters = {**dict.fromkeys(keys, "A"), **letters}
    line = max((row.line for row in register.rows), default=1) + 1
    whole = {key: cells.get(key, "") for key in keys}
    return replace(register, rows=(*register.rows, Row(audit, register.schema, line, whole, letters)))


def rename(audit: Audit, name: str) -> Audit:
    """The same audit under another name, in its parameters and in every row."""
    registers = {
        key: replace(register, rows=tuple(replace(row, audit=name) for row in register.rows))
        for key, register in audit.registers.items()
    }
    return Audit(msgspec.structs.replace(audit.params, audit=name), audit.schema, registers, audit.texts)


def correct(audit: Audit, folder: Path) -> Audit:
    """The audit with ``<folder>/<audit>.csv`` applied and its waivers taken out; a missing file corrects nothing.

    Each line names register, row and column by English key, with the value and why. Column ``+`` adds the row
    given as JSON, ``-`` takes the row out. For a text, register is ``text/<name>.md``, column ``replace``, and the
    value ``old => new``. A corrected row is of synthetic origin: its report never printed it.

    Raises:
        InputError: what cannot be read, and targets the audit does not have; names file and line.
    """
    path = folder / f"{audit.name}.csv"
    registers = {**audit.registers, "waivers": replace(audit.registers["waivers"], rows=())}
    audit = Audit(audit.params, audit.schema, registers, audit.texts)
    if not path.exists():
        return audit
    reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter=";")
    for line in reader:
        place = f"{folder.name}/{path.name}, linje {reader.line_num}"
        try:
            audit = edit(audit, _changes(audit, line))
        except (KeyError, ValueError) as error:
            known = f"{line.get('register')}, {line.get('row')}, {line.get('column')}"
            what = f"Rettelsen treffer ikke noe i revisjonen: {known} ({error})"
            raise InputError(place, what, "Rett linjen.") from None
    return audit


def _changes(audit: Audit, line: Mapping[str, str]) -> Sequence[Change]:
    register, row, column, value = (line[key] or "" for key in ("register", "row", "column", "value"))
    if register.startswith("text/"):
        name = register.removeprefix("text/").removesuffix(".md")
        old, arrow, new = value.partition(" => ")
        content = audit.texts[name].content
        if column != "replace" or not arrow:
            raise ValueError("skriv replace og «gammelt => nytt»")
        if old not in content:
            raise ValueError(f"teksten har ikke «{old}»")
        return [Rewrite(name, content.replace(old, new))]
    if column == "+":
        cells: dict[str, str] = {"id": row, **json.loads(value), "origin": SYNTHETIC}
        known = audit.schema[register].by_key
        return [Add(register, tuple((key, text) for key, text in cells.items() if key != "origin" or key in known))]
    if column == "-":
        return [Drop(register, row)]
    origin = [Cell(register, row, "origin", SYNTHETIC)] if "origin" in audit.schema[register].by_key else []
    return [Cell(register, row, column, value), *origin]
