"""Registers from disk: CSV (one file a sheet) or one ``registers.xlsx``, read as text, every cell with its place."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import msgspec

from helpers.dates import DateError, Span, parse_date
from helpers.message import InputError, Place
from helpers.numbers import Number, NumberError, parse_number
from helpers.schema import RegisterSchema, Schema, fold

WORKBOOK = "registers.xlsx"
LONGEST_CELL = 10_000_000
KEPT = 20_000
_SPLIT = re.compile(r"[,;\s]+")


@lru_cache(maxsize=KEPT)
def _ids_in(cell: str) -> tuple[str, ...]:
    """The ids in a cell; kept, because facts, checks and slices all follow them."""
    return tuple(part for part in _SPLIT.split(cell) if part)


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

    @cached_property
    def digest(self) -> str:
        """Hash of what is written, and of the line it stands on."""
        return hashlib.sha256(msgspec.json.encode((self.line, sorted(self.cells.items())))).hexdigest()

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def refs(self, column: str) -> tuple[str, ...]:
        """The ids in a cell, separated by comma, semicolon or space."""
        return _ids_in(self[column])

    def reason(self, column: str) -> str:
        """Why a cell is empty: the part of *Mangler fordi* that names the column, else all of it."""
        label = self.schema.label(column).lower()
        for part in self["missing"].split(";"):
            name, found, why = part.strip().partition(":")
            if found and name.strip().lower() == label:
                return why.strip().capitalize()
        return self["missing"]

    def explained(self, column: str) -> bool:
        """Whether *Mangler fordi* gives a reason for this cell: by naming its column, or naming none."""
        if not self["missing"]:
            return False
        label, labels = self.schema.label(column).lower(), self.schema.folded_labels
        parts = [part.strip().partition(":") for part in self["missing"].split(";") if part.strip()]
        names = [name.strip().lower() if found else "" for name, found, _ in parts]
        named = [name if name in labels else "" for name in names]
        return any(name in ("", label) for name in named)

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
            tuple(row for row in self.rows if row.cells.get("id", "") in ids) if ids else (),
            self.unknown,
            self.wide,
            self.order or tuple(self.by_id),
        )


def read_registers(folder: Path, audit: str, schema: Schema, *, opened: bool = False) -> dict[str, Register]:
    """Read every register of an audit from ``folder``.

    Args:
        opened: read files that are open in Excel or LibreOffice as they were last saved, instead of refusing them.

    Raises:
        InputError: a required register is missing or empty, a file is locked, in an unknown
            encoding, with rows longer than its heading, or a sheet stands twice.
    """
    if not opened:
        refuse_open_files(folder)
    workbook = folder / WORKBOOK
    sheets = _read_workbook(workbook) if workbook.exists() else []
    sheets += [(path.stem, _name(path), _read_csv(path)) for path in sorted(folder.glob("*.csv"))]
    found: dict[str, Register] = {}
    names: dict[str, str] = {}
    for sheet, name, lines in sheets:
        key = schema.by_name.get(fold(sheet))
        if key is None:
            known = ", ".join(f"{register.file}.csv" for register in schema.registers.values())
            raise InputError(name, "Arbeidsboken kjenner ikke dette arket", f"Kjente ark: {known}.")
        if key in found:
            raise InputError(name, f"Arket står også i {names[key]}", "Behold ett av dem.")
        found[key], names[key] = _register(name, lines, audit, schema[key]), name
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


def refuse_open_files(folder: Path) -> None:
    """Refuse a folder where Excel or LibreOffice has a file open.

    Raises:
        InputError: names the file.
    """
    for pattern in ("~$*", ".~lock.*#"):
        for lock in folder.glob(pattern):
            file = lock.name.removeprefix("~$").removeprefix(".~lock.").removesuffix("#")
            raise InputError(
                f"data/{folder.name}/{file}",
                "Filen er åpen i Excel eller LibreOffice",
                f"Lagre og lukk den. Er den lukket, slett {lock.name}.",
            )


def read_bytes(path: Path, name: str) -> bytes:
    """The bytes of a file.

    Raises:
        InputError: locked, a folder, or unreadable.
    """
    try:
        return path.read_bytes()
    except PermissionError:
        raise InputError(name, "Filen er låst", "Lukk den i Excel, og kjør igjen.") from None
    except OSError:
        what = "Her ligger en mappe, ikke en fil" if path.is_dir() else "Filen kan ikke leses"
        raise InputError(name, what, "Legg filen tilbake.") from None


_MOJIBAKE = re.compile("[ÃÂ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")


def decode(data: bytes, name: str) -> str:
    """UTF-8 with or without BOM, else Windows-1252 as Excel writes it.

    Raises:
        InputError: when the bytes are neither, or UTF-8 with a stray byte; names the line.
    """
    try:
        text, line = data.decode("utf-8-sig"), 0
    except UnicodeDecodeError as error:
        text, line = data.decode("cp1252", errors="replace"), data.count(b"\n", 0, error.start) + 1
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
    elif not line or not ("\ufffd" in text or _MOJIBAKE.search(text)):
        return text
    if name.endswith(".csv"):
        raise InputError(f"{name}, rad {line}", "Tegnsettet kan ikke leses", "Lagre som «CSV UTF-8» i Excel.")
    raise InputError(f"{name}, linje {line}", "Tegnsettet kan ikke leses", "Lagre filen som UTF-8.")


def _read_csv(path: Path) -> list[list[str]]:
    name = _name(path)
    text = decode(read_bytes(path, name), name)
    skipped = 0
    if text[:4].lower() == "sep=":  # Excel's own hint of the delimiter
        text, skipped = text.partition("\n")[2], 1
    delimiter = max(";,\t", key=text.partition("\n")[0].count)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = [[] for _ in range(skipped)]
    begun = 1
    try:
        for row in reader:
            rows.append(row)
            begun = reader.line_num + 1
    except csv.Error:
        raise InputError(
            f"{name}, rad {begun + skipped}",
            "Raden kan ikke leses",
            "Se etter en celle med ett enkelt anførselstegn, eller en altfor lang celle.",
        ) from None
    return rows[skipped:]


def _read_workbook(path: Path) -> list[tuple[str, str, list[list[str]]]]:
    """Every sheet as text: as Excel shows its numbers, formulas by their stored value."""
    from openpyxl import load_workbook

    data = read_bytes(path, _name(path))
    try:
        values = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        formulas = load_workbook(io.BytesIO(data), read_only=True)
        return [
            (
                sheet.title,
                f"{_name(path)}, {sheet.title}",
                _sheet(f"{_name(path)}, {sheet.title}", sheet, formulas[sheet.title]),
            )
            for sheet in values.worksheets
        ]
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever the zip or the XML raised
        raise InputError(
            _name(path), f"Filen er ingen Excel-arbeidsbok ({type(error).__name__})", "Lagre den på nytt som .xlsx."
        ) from None


def _sheet(name: str, values: Any, formulas: Any) -> list[list[str]]:
    rows = []
    for number, (shown, written) in enumerate(zip(values.iter_rows(), formulas.iter_rows(), strict=True), start=1):
        cells = []
        for index, (cell, source) in enumerate(zip(shown, written, strict=True)):
            place = f"{name}, {_letter(index)}{number}"
            if source.data_type == "f" and cell.value is None:
                raise InputError(place, "Cellen har en formel uten lagret verdi", "Åpne boken i Excel, og lagre den.")
            if cell.data_type == "e":
                raise InputError(place, f"Cellen viser feilen {cell.value}", "Rett formelen.")
            cells.append(_cell_text(cell.value, str(getattr(cell, "number_format", "") or "")))
        rows.append(cells)
    return rows


def _cell_text(value: object, shape: str) -> str:
    """What Excel holds as the text an auditor would have typed: the decimals and parts of a date the cell shows."""
    from datetime import date, datetime

    if value is None:
        return ""
    if isinstance(value, bool):
        return "Ja" if value else "Nei"
    if isinstance(value, (datetime, date)):
        return value.strftime(_date_shown(shape))
    if isinstance(value, (int, float)):
        number = Decimal(repr(value)) * (100 if "%" in shape else 1)
        number = number.to_integral_value() if number == number.to_integral_value() else number.normalize()
        shown = re.search(r"0\.(0+)", shape)
        places = max(-int(number.as_tuple().exponent), len(shown[1]) if shown else 0, 0)
        return f"{number:.{places}f}".replace(".", ",")
    return str(value)


_NOT_SHAPE = re.compile(r'\[[^\]]*\]|"[^"]*"|\\.')
"""What a number format says in words: the language, and text that stands as it is."""


def _date_shown(shape: str) -> str:
    """The parts of a date that a cell shows: behind ``11.2020`` Excel holds a day nobody wrote."""
    parts = _NOT_SHAPE.sub("", shape).lower()
    if "d" in parts or "y" not in parts:
        return "%d.%m.%Y"
    return "%m.%Y" if "m" in parts else "%Y"


def headings(line: Sequence[str]) -> list[str]:
    """The headings of a register; what Excel leaves empty after the last one is no column."""
    head = [cell.strip() for cell in line]
    while head and not head[-1]:
        head.pop()
    return head


def _register(name: str, lines: Sequence[Sequence[str]], audit: str, schema: RegisterSchema) -> Register:
    head = headings(lines[0]) if lines else []
    if not head:
        raise InputError(
            f"{name}, rad 1, kolonne A",
            "Registeret er tomt: overskriftene mangler",
            f"Første rad skal ha overskriftene: {', '.join(c.label() for c in schema.columns)}.",
        )
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
