"""Registers: CSV or Excel, UTF-8 or Windows-1252, semicolon or comma; read the same."""

import csv
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet as Worksheet

from conftest import AUDITS, PROJECT, Small
from helpers.audit import Audit, load_audit
from helpers.facts import facts_of
from helpers.schema import LANGUAGE_ORDER, read_schema


def content(audit: Audit) -> dict[str, list[dict[str, str]]]:
    """What the registers hold, empty cells left out."""
    return {
        key: [{column: value for column, value in row.cells.items() if value} for row in register]
        for key, register in audit.registers.items()
    }


def as_workbook(folder: Path) -> None:
    """The registers as one Excel book with a sheet each; plain numbers as Excel numbers."""
    book = Workbook(write_only=True)
    schema = read_schema(PROJECT / "expectations")
    for path in sorted(folder.glob("*.csv")):
        sheet = book.create_sheet(schema[schema.by_name[path.stem]].sheet)
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines, delimiter=";"):
                sheet.append([_excel(sheet, cell) for cell in row])
        path.unlink()
    book.save(folder / "registers.xlsx")


def _excel(sheet: Worksheet, cell: str) -> WriteOnlyCell:
    """As Excel keeps it: a number with the decimals it shows."""
    whole, _, rest = cell.partition(",")
    number = whole.isdigit() and (not rest or rest.isdigit()) and (whole == "0" or not whole.startswith("0"))
    made = WriteOnlyCell(sheet, float(f"{whole}.{rest or 0}") if number else cell)
    if number:
        made.number_format = f"0.{'0' * len(rest)}" if rest else "0"
    return made


@pytest.mark.parametrize("name", AUDITS)
def test_one_excel_book_gives_the_same_as_csv_files(name: str, tmp_path: Path) -> None:
    from conftest import copy_inputs

    root = copy_inputs(tmp_path, [name])
    before = load_audit(root, name)
    as_workbook(root / "data" / name)
    after = load_audit(root, name)
    assert content(before) == content(after)
    assert facts_of(before).by_id == facts_of(after).by_id


@pytest.mark.parametrize(
    ("shape", "read"),
    [
        ("dd.mm.yyyy", "01.11.2020"), ("yyyy-mm-dd", "01.11.2020"), ("mm-dd-yy", "01.11.2020"), ("mm.yyyy", "11.2020"),
        ("mm\\.yyyy;@", "11.2020"), ("[$-414]mmm\\ yyyy", "11.2020"), ('"den "mmmm yyyy', "11.2020"), ("yyyy", "2020"),
    ],
)  # fmt: skip
def test_a_date_in_excel_is_read_as_exactly_as_the_cell_shows_it(small: Small, shape: str, read: str) -> None:
    """Behind 11.2020 Excel holds the first of the month, a day nobody wrote."""
    path = small.write().path("kilder")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter=";"))
    path.unlink()
    book = Workbook()
    book.active.title = "Kilder"
    for row in rows:
        book.active.append(row)
    cell = book.active.cell(3, rows[0].index("Dato") + 1, datetime(2020, 11, 1))
    cell.number_format = shape
    book.save(path.with_name("registers.xlsx"))
    plan = small.load().row("sources", "plan")
    assert plan and plan["date"] == read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_what_excel_saves_is_read_the_same(small: Small, encoding: str, delimiter: str) -> None:
    before = content(small.write().load())
    for path in (small.root / "data" / "liten").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines, delimiter=";"))
        with path.open("w", encoding=encoding, newline="") as lines:
            csv.writer(lines, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    assert content(small.load()) == before


def test_every_row_knows_its_cell(audits: Mapping[str, Audit]) -> None:
    row = audits["eidskog-2015"].row("quantities", "vedtak-2013-i-alt")
    assert row is not None
    place = row.place("value")
    assert (place.register, place.column) == ("Tall", "Verdi")
    line = (PROJECT / "data/eidskog-2015/tall.csv").read_text(encoding="utf-8").splitlines()[(place.line or 0) - 1]
    assert line.startswith("vedtak-2013-i-alt;")
    assert place.cell == f"{chr(65 + _heading(place.column))}{place.line}"


def _heading(label: str) -> int:
    first = (PROJECT / "data/eidskog-2015/tall.csv").read_text(encoding="utf-8").splitlines()[0]
    return first.split(";").index(label)


def test_the_suite_is_the_schema() -> None:
    schema = read_schema(PROJECT / "expectations")
    criteria = schema["criteria"]
    assert criteria.by_key["text"].required
    assert "skal" in criteria.by_key["modality"].allowed
    assert criteria.by_key["source"].refers_to == ("sources", "interviews", "samples", "surveys")
    for register in schema.registers.values():
        for column in register.columns:
            assert set(column.labels) == set(LANGUAGE_ORDER), f"{register.key}.{column.key}"


def test_suites_are_native_great_expectations_json() -> None:
    for path in (PROJECT / "expectations").glob("*.json"):
        suite = json.loads(path.read_text(encoding="utf-8"))
        assert set(suite) == {"name", "expectations", "meta"}
        assert suite["name"] == path.stem
        for expectation in suite["expectations"]:
            assert set(expectation) == {"type", "kwargs", "meta"}
            assert set(expectation["meta"]["severity"]) == {"arbeid", "høring", "endelig"}
