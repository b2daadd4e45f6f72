"""Rows the tool writes into the auditor's registers: corrections it saw, comments that came back.

A row is only ever added, or a cell of a row the tool wrote filled in; nothing an auditor typed is touched. The
register keeps its form: CSV with its delimiter and encoding, or a sheet of the Excel book.
"""

from __future__ import annotations

import csv
import io
import re
import stat
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from helpers.audit import Audit
from helpers.cells import SEPARATOR, Change
from helpers.corrections import by_change, cells_named
from helpers.files import write_atomically, write_bytes_atomically
from helpers.message import InputError, unwritable
from helpers.register import WORKBOOK, decode, headings, read_bytes, refuse_open_files
from helpers.schema import RegisterSchema, fold

BY_THE_TOOL = "registrert"
NO_PLACE = "ført i arbeidsboken"


def log_changes(root: Path, audit: Audit, changes: Sequence[Change], reason: Mapping[str, str]) -> int:
    """Write the changes nobody has given a reason for into *Rettelser*; returns how many rows are new.

    The same words replaced by the same in several cells is one row. Where a reason is given it stands in the first
    row, and the others name that row in *Samme som*; so one why and who serves many cells.

    Args:
        reason: date, and kind, why and who where they are given; else these are for the auditor to fill in.

    Raises:
        InputError: the register is open in Excel, or cannot be written.
    """
    replaced: dict[tuple[str, str], list[Change]] = {}
    for change, row in by_change(audit, changes).items():
        if row is None:
            replaced.setdefault(change.differs, []).append(change)
    numbers = [int(row.id[1:]) for row in audit.rows("corrections") if re.fullmatch(r"r\d+", row.id)]
    first = max(numbers, default=0) + 1
    given = bool(reason.get("why"))
    rows: list[dict[str, str]] = []
    for number, ((old, new), same) in enumerate(replaced.items(), start=first):
        told = reason if number == first or not given else {"date": reason["date"], "same_as": f"r{first}"}
        cells = f"{SEPARATOR} ".join(change.name for change in same)
        rows.append({"id": f"r{number}", "about": _about(same), "cell": cells, "old": old, "new": new,
                     "place": NO_PLACE, "origin": BY_THE_TOOL, **told})  # fmt: skip
    add_rows(root, audit, "corrections", rows)
    return len(rows)


def _about(same: Sequence[Change]) -> str:
    sheets = list(dict.fromkeys(change.place.register for change in same))
    return same[0].name if len(same) == 1 else f"{', '.join(sheets)}: {len(same)} celler"


def reason_for_all(root: Path, audit: Audit, reason: Mapping[str, str]) -> int:
    """Give kind, why and who to the corrections the tool wrote that have none; returns how many it was.

    Raises:
        InputError: one of them has no id any more, or the register cannot be written.
    """
    open_rows = [row for row in audit.rows("corrections") if cells_named(row) and not row["same_as"] and not row["why"]]
    if not open_rows:
        return 0
    if nameless := next((row for row in open_rows if not row.id), None):
        raise InputError(str(nameless.place("id")), "Raden mangler id", "Gi raden en id, for eksempel r1.")
    first = open_rows[0]
    same = {row.id for row in open_rows[1:] if not row["kind"] and (first["kind"] or reason["kind"]) == reason["kind"]}
    fills = {row.id: {"same_as": first.id} if row.id in same else reason for row in open_rows}
    fill_cells(root, audit, "corrections", fills)
    return len(open_rows)


def add_rows(root: Path, audit: Audit, register: str, rows: Iterable[Mapping[str, str]]) -> None:
    """Add rows (column key to value) at the end of a register, with the headings it lacks; the file is made if need be.

    Raises:
        InputError: the register is open elsewhere, or cannot be written.
    """
    new = [dict(row) for row in rows]
    if new:
        _rewrite(root, audit, register, lambda lines, schema: _added(lines, schema, new))


def fill_cells(root: Path, audit: Audit, register: str, fills: Mapping[str, Mapping[str, str]]) -> None:
    """Fill in empty cells of rows (row id to column key to value).

    Raises:
        InputError: the register is open elsewhere, or cannot be written.
    """
    _rewrite(root, audit, register, lambda lines, schema: _filled(lines, schema, fills))


Lines = list[list[str]]
Edit = Callable[[Lines, RegisterSchema], Lines]


def _headed(lines: Lines, schema: RegisterSchema, needed: Iterable[str]) -> tuple[Lines, list[str]]:
    """The lines with a heading for each needed column, and the column keys of the headings."""
    language = "nb"
    written = list(lines[0]) if lines else [column.label(language) for column in schema.columns]
    keys = [schema.heading(heading) or "" for heading in headings(written)]
    head = written[: len(keys)]
    for key in dict.fromkeys(needed):
        if key not in keys:
            keys.append(key)
            head.append(schema.label(key, language))
    return [head, *lines[1:]], keys


def _added(lines: Lines, schema: RegisterSchema, new: Sequence[Mapping[str, str]]) -> Lines:
    while lines and not any(cell.strip() for cell in lines[-1]):  # an Excel sheet is formatted far below its last row
        lines = lines[:-1]
    lines, keys = _headed(lines, schema, [key for row in new for key, value in row.items() if value])
    return [*lines, *([row.get(key, "") for key in keys] for row in new)]


def _filled(lines: Lines, schema: RegisterSchema, fills: Mapping[str, Mapping[str, str]]) -> Lines:
    lines, keys = _headed(lines, schema, [key for cells in fills.values() for key in cells])
    at = keys.index("id")
    done = []
    for line in lines:
        line = [*line, *[""] * (len(keys) - len(line))]
        for key, value in fills.get(line[at].strip(), {}).items():
            line[keys.index(key)] = line[keys.index(key)] or value
        done.append(line)
    return done


def _rewrite(root: Path, audit: Audit, register: str, change: Edit) -> None:
    """Put changed lines in the place of a register's lines, in the file it stands in."""
    schema = audit.schema[register]
    folder = root / "data" / audit.name
    refuse_open_files(folder)  # an auditor may have opened one since it was read
    files = [path for path in folder.glob("*.csv") if audit.schema.by_name.get(fold(path.stem)) == register]
    book = _Book(folder / WORKBOOK, schema) if not files and (folder / WORKBOOK).exists() else None
    in_book = book is not None and (book.title or not book.lost)
    path = folder / WORKBOOK if in_book else files[0] if files else folder / f"{schema.file}.csv"
    name = f"data/{audit.name}/{path.name}"
    if path.exists() and not path.stat().st_mode & stat.S_IWUSR:
        raise InputError(name, "Filen er skrivebeskyttet", "Ta bort skrivebeskyttelsen, og kjør igjen.")
    try:
        if book and in_book:
            book.rewrite(name, change)
        else:
            _rewrite_csv(path, name, schema, change)
    except OSError as error:
        raise unwritable(name, error, "Lukk filen, og kjør igjen.") from None


def _rewrite_csv(path: Path, name: str, schema: RegisterSchema, change: Edit) -> None:
    data = read_bytes(path, name) if path.exists() else b""
    text = decode(data, name)
    hint, _, text = text.partition("\n") if text[:4].lower() == "sep=" else ("", "", text)
    delimiter = max(";,\t", key=text.partition("\n")[0].count) if text else ";"
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=ending).writerows(change(lines, schema))
    mark = "" if data and _is_plain_utf8(data) else "\ufeff"  # Excel reads UTF-8 as such by its mark only
    first = hint.rstrip("\r") + ending if hint else ""
    write_atomically(path, f"{mark}{first}{out.getvalue()}")


def _is_plain_utf8(data: bytes) -> bool:
    try:
        return not data.decode("utf-8").startswith("\ufeff")
    except UnicodeDecodeError:
        return False


KEPT_BY_EXCEL = ("xl/charts/", "xl/media/", "xl/pivotTables/")


def _only_excel_keeps(path: Path) -> bool:
    """Whether a book holds what openpyxl reads past: lists of other sheets, pictures, charts, pivot tables."""
    with zipfile.ZipFile(path) as parts:
        return any(
            name.startswith(KEPT_BY_EXCEL) or (name.startswith("xl/worksheets/") and b"<extLst" in parts.read(name))
            for name in parts.namelist()
        )


class _Book:
    """The Excel book of an audit; when a sheet is rewritten, its other sheets, widths and drop-downs stay.

    Attributes:
        title: the sheet of the register; empty where it has none.
        lost: what the book holds that it would lose if anyone but Excel wrote it; empty when nothing.
    """

    def __init__(self, path: Path, schema: RegisterSchema) -> None:
        from openpyxl import load_workbook

        self._path, self._schema, self._book = path, schema, load_workbook(path)
        names = {fold(one) for one in schema.names}
        self.title = next((one for one in self._book.sheetnames if fold(one) in names), "")
        formulas = next((one.title for one in self._book.worksheets if _has_formula(one)), "")
        self.lost = f"Arket {formulas} har formler" if formulas else ""
        if not formulas and _only_excel_keeps(path):
            self.lost = "Boken har nedtrekkslister fra andre ark, bilder, diagrammer eller pivottabeller"

    def rewrite(self, name: str, change: Edit) -> None:
        """Put changed lines in the place of the sheet's lines; only cells that differ are touched.

        Raises:
            InputError: the book holds what would be lost, or cells are merged where a row is to stand.
        """
        from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell

        if self.lost:
            found = f"{self.lost}, og det går tapt når arbeidsboken skriver i boken"
            raise InputError(f"{name}, {self.title}", found, f"Flytt {self.title} til {self._schema.file}.csv.")
        sheet = self._book[self.title] if self.title else self._book.create_sheet(self._schema.sheet)
        lines = [["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        for number, line in enumerate(change(lines, self._schema), start=1):
            for column, value in enumerate(line, start=1):
                old = lines[number - 1][column - 1] if number <= len(lines) and column <= len(lines[number - 1]) else ""
                if value != old:
                    cell = sheet.cell(number, column)
                    if isinstance(cell, MergedCell):
                        place = f"{name}, {sheet.title}, celle {cell.coordinate}"
                        raise InputError(place, "Cellen er slått sammen med andre", "Opphev sammenslåingen, og lagre.")
                    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
                    cell.data_type = "s"  # words, also where they begin with «=»
        out = io.BytesIO()
        self._book.save(out)
        write_bytes_atomically(self._path, out.getvalue())


def _has_formula(sheet: Any) -> bool:
    return any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
