"""Registers from disk: CSV (one file a sheet) or one ``registers.xlsx``, read as text, every cell with its place."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from helpers.dates import DateError, Span, parse_date
from helpers.message import InputError, Place
from helpers.numbers import Number, NumberError, parse_number
from helpers.schema import RegisterSchema, Schema, fold

WORKBOOK = "registers.xlsx"
_SPLIT = re.compile(r"[,;\s]+")


@dataclass(frozen=True)
class Row:
    """One row as written; ``line`` is the line in the file, the header being line 1."""

    audit: str
    schema: RegisterSchema
    line: int
    cells: Mapping[str, str]
    letters: Mapping[str, str]

    @property
    def id(self) -> str:
        return self.cells.get("id", "")

    @property
    def register(self) -> str:
        return self.schema.key

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def refs(self, column: str) -> tuple[str, ...]:
        """The ids in a cell, separated by comma, semicolon or space."""
        return tuple(part for part in _SPLIT.split(self[column]) if part)

    def reason(self, column: str) -> str:
        """Why a cell is empty: the part of *Mangler fordi* that names the column, else all of it."""
        label = self.schema.label(column).lower()
        for part in self["missing"].split(";"):
            name, found, why = part.strip().partition(":")
            if found and name.strip().lower() == label:
                return why.strip().capitalize()
        return self["missing"]

    def number(self, column: str) -> Number | None:
        """The number in a cell with the row's bound; None when empty or no number (the gate tells)."""
        try:
            number = parse_number(self[column]) if self[column] else None
        except NumberError:
            return None
        return number.with_bound(self["bound"]) if number and column == self.schema.main else number

    def date(self, column: str) -> Span | None:
        """The date in a cell; None when empty or no date (the gate tells)."""
        try:
            return parse_date(self[column]) if self[column] else None
        except DateError:
            return None

    def place(self, column: str = "") -> Place:
        """Sheet, row id, column, line and Excel cell."""
        letter = self.letters.get(column, "A")
        label = self.schema.label(column) if column else ""
        return Place(self.schema.sheet, self.id, label, self.line, f"{letter}{self.line}")


@dataclass(frozen=True)
class Register:
    """A register of one audit: its rows in the order of the file, its unknown headings, its matrix columns."""

    schema: RegisterSchema
    rows: tuple[Row, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    wide: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Row]:
        """First row of each id."""
        found: dict[str, Row] = {}
        for row in self.rows:
            found.setdefault(row.id, row)
        return found

    @cached_property
    def position(self) -> dict[str, int]:
        """Row id to its number in the sheet, from 1; kept when a slice leaves rows out."""
        return {id: number for number, id in enumerate(self.order or self.by_id, start=1)}

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def keep(self, ids: set[str]) -> Register:
        """The register with only these rows."""
        return Register(
            self.schema,
            tuple(row for row in self.rows if row.id in ids),
            self.unknown,
            self.wide,
            self.order or tuple(self.by_id),
        )


def read_registers(folder: Path, audit: str, schema: Schema) -> dict[str, Register]:
    """Read every register of an audit from ``folder``.

    Raises:
        InputError: a required register is missing or empty, a file is locked, in an unknown
            encoding, with rows longer than its heading, or a sheet stands both as CSV and in Excel.
    """
    _refuse_open_files(folder)
    workbook = folder / WORKBOOK
    sheets = _read_workbook(workbook) if workbook.exists() else {}
    for path in sorted(folder.glob("*.csv")):
        key = schema.by_name.get(fold(path.stem))
        if key is None:
            known = ", ".join(f"{register.file}.csv" for register in schema.registers.values())
            raise InputError(_name(path), "Arbeidsboken kjenner ikke dette arket", f"Kjente ark: {known}.")
        if key in {schema.by_name.get(fold(sheet)) for sheet in sheets}:
            raise InputError(_name(path), f"Arket står også i {WORKBOOK}", "Behold ett av dem.")
        sheets[path.stem] = (_name(path), _read_csv(path))
    found: dict[str, Register] = {}
    for sheet, (name, lines) in sheets.items():
        key = schema.by_name.get(fold(sheet))
        if key is None:
            raise InputError(name, "Arbeidsboken kjenner ikke dette arket", "Gi det et kjent navn, eller ta det ut.")
        found[key] = _register(name, lines, audit, schema[key])
    for key, register in schema.registers.items():
        if register.required and key not in found:
            raise InputError(
                f"data/{audit}/{register.file}.csv",
                f"Registeret {register.sheet} mangler",
                f"Lagre arket som CSV, eller legg det i {WORKBOOK}.",
            )
    return {key: found.get(key, Register(schema[key])) for key in schema.registers}


def _name(path: Path) -> str:
    return f"data/{path.parent.name}/{path.name}"


def _refuse_open_files(folder: Path) -> None:
    for pattern in ("~$*", ".~lock.*#"):
        for lock in folder.glob(pattern):
            file = lock.name.removeprefix("~$").removeprefix(".~lock.").removesuffix("#")
            raise InputError(
                f"data/{folder.name}/{file}",
                "Filen er åpen i Excel eller LibreOffice",
                f"Lagre og lukk den. Er den lukket, slett {lock.name}.",
            )


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except PermissionError:
        raise InputError(_name(path), "Filen er låst", "Lukk den i Excel, og kjør igjen.") from None
    except OSError as error:
        raise InputError(_name(path), f"Filen kan ikke leses ({error.strerror})") from None


def decode(data: bytes, name: str) -> str:
    """UTF-8 with or without BOM, else Windows-1252 as Excel writes it.

    Raises:
        InputError: when the bytes are neither; names the line.
    """
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            continue
        if "\x00" not in text:
            return text
        line = text.count("\n", 0, text.index("\x00")) + 1
    raise InputError(
        f"{name}, rad {line}, kolonne ukjent", "Tegnsettet kan ikke leses", "Lagre som «CSV UTF-8» i Excel."
    )


def _read_csv(path: Path) -> list[list[str]]:
    text = decode(_read_bytes(path), _name(path))
    head = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        line = text.count("\n") + 1
        raise InputError(
            f"{_name(path)}, rad {line}, kolonne ukjent",
            f"Anførselstegnene går ikke opp ({error})",
            "Se etter en celle med ett enkelt anførselstegn.",
        ) from None


def _read_workbook(path: Path) -> dict[str, tuple[str, list[list[str]]]]:
    from openpyxl import load_workbook

    data = _read_bytes(path)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the zip or the XML raised
        raise InputError(
            _name(path), f"Filen er ingen Excel-arbeidsbok ({type(error).__name__})", "Lagre den på nytt som .xlsx."
        ) from None
    return {
        sheet.title: (f"{_name(path)}, {sheet.title}", [[_cell_text(c) for c in row] for row in sheet.values])
        for sheet in book.worksheets
    }


def _cell_text(value: object) -> str:
    """What Excel holds as the text an auditor would have typed."""
    from datetime import date, datetime

    if value is None:
        return ""
    if isinstance(value, bool):
        return "Ja" if value else "Nei"
    if isinstance(value, (datetime, date)):
        return value.strftime("%d.%m.%Y")
    if isinstance(value, (int, float)):
        return format(Decimal(repr(value)).normalize(), "f").replace(".", ",")
    return str(value)


def _register(name: str, lines: Sequence[Sequence[str]], audit: str, schema: RegisterSchema) -> Register:
    head = [cell.strip() for cell in lines[0]] if lines else []
    if not any(head):
        raise InputError(
            f"{name}, rad 1, kolonne A",
            "Registeret er tomt: overskriftene mangler",
            f"Første rad skal ha overskriftene: {', '.join(c.label() for c in schema.columns)}.",
        )
    while head and not head[-1]:
        head.pop()
    columns: list[str] = []
    unknown: list[tuple[str, str]] = []
    wide: list[str] = []
    for index, heading in enumerate(head):
        key = schema.heading(heading)
        if key is None and schema.wide and heading:
            key = heading.lower()
            wide.append(key)
        elif key is None:
            key = f"?{heading}"
            unknown.append((heading, f"{_letter(index)}1"))
        if key in columns:
            raise InputError(
                f"{name}, rad 1, kolonne {_letter(index)}",
                f"Overskriften «{heading}» står to ganger",
                "Ta ut en av kolonnene.",
            )
        columns.append(key)
    letters = {key: _letter(index) for index, key in enumerate(columns)}
    rows = []
    for line, cells in enumerate(lines[1:], start=2):
        values = [cell.strip() for cell in cells]
        if not any(values):
            continue
        if any(values[len(columns) :]):
            raise InputError(
                f"{name}, rad {line}, kolonne {_letter(len(columns))}",
                f"Raden har {len(values)} celler, overskriften {len(columns)}",
                "Se etter et skilletegn inne i en celle uten anførselstegn.",
            )
        rows.append(Row(audit, schema, line, dict(zip(columns, values, strict=False)), letters))
    return Register(schema, tuple(rows), tuple(unknown), tuple(wide))


def _letter(index: int) -> str:
    """Excel's letter of a column: 0 is A, 26 is AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text
